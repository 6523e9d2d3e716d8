//! Contested and corrected facts over gRPC: marks unasked, and corrections that find those who had been told otherwise.

use sabt_cli::args::{
    ConnectArgs, CorrectionsAcknowledgeArgs, CorrectionsArgs, CorrectionsCommand, PurposeArgs,
};
use sabt_cli::cast::{BORDER_POLICE, CIVIL_REGISTRY, DATA_PROTECTION, POLICE, Player, REGISTRAR};
use sabt_cli::client::Client;
use sabt_cli::commands::corrections;
use sabt_cli::out::Out;
use sabt_domain::access::Purpose;
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Act, Sex};
use sabt_server::clock::Clock;
use tonic_types::StatusExt as _;

use crate::support::{self, REGISTRY, TestRegistry};

fn asked(player: Player) -> api::Purpose {
    api::Purpose {
        code: player.purpose.code().to_owned(),
        legal_basis: "duty:12".to_owned(),
        case_reference: "C-1".to_owned(),
        ..api::Purpose::default()
    }
}

fn registration(given: &str) -> Act {
    let mut body = support::register(Sex::Female, "1370-01-01");
    let particulars = body.particulars.as_mut().unwrap();
    given.clone_into(&mut particulars.names[0].given);
    support::act("1399-01-01", Body::RegisterPerson(body))
}

/// Submits an act of the office and waits until it is told.
async fn record(registry: &TestRegistry, act: &Act) -> api::Receipt {
    let office = registry.client(REGISTRAR).await;
    let author = registry.author(REGISTRAR.name);
    let receipt = registry.submit(&office, &author, act).await.unwrap();
    let wanted = receipt.position + u64::from(receipt.parts);
    let at_most = std::time::Duration::from_secs(30);
    assert!(registry.registry().wait_for(wanted, at_most).await);
    receipt
}

/// Puts another name in the place of the one registered.
async fn correct(registry: &TestRegistry, target: &[u8], given: &str) -> api::Receipt {
    let correction = event::CorrectAct {
        target_act_id: target.to_vec(),
        replacement: Some(Box::new(registration(given))),
        reason: "misread".to_owned(),
    };
    let body = Body::CorrectAct(Box::new(correction));
    record(registry, &support::act("1405-01-01", body)).await
}

/// Everything a feed delivers up to now.
async fn follow(client: &Client) -> Vec<api::FeedEntry> {
    let request = api::FollowRequest {
        purpose: Some(asked(CIVIL_REGISTRY)),
        from: 0,
        stop_at_head: true,
    };
    let mut stream = client.feed().follow(request).await.unwrap().into_inner();
    let mut entries = Vec::new();
    while let Some(page) = stream.message().await.unwrap() {
        entries.extend(page.entries);
    }
    entries
}

async fn waiting(client: &Client, player: Player) -> Vec<api::Correction> {
    let request = api::ListCorrectionsRequest {
        purpose: Some(asked(player)),
    };
    let answer = client.persons().list_corrections(request).await.unwrap();
    answer.into_inner().corrections
}

async fn open(registry: &TestRegistry) -> api::ListOpenCorrectionsResponse {
    let officer = registry.client(DATA_PROTECTION).await;
    let supervising = Player {
        purpose: Purpose::DataProtection,
        ..DATA_PROTECTION
    };
    let request = api::ListOpenCorrectionsRequest {
        purpose: Some(asked(supervising)),
    };
    let answer = officer.audit().list_open_corrections(request).await;
    answer.unwrap().into_inner()
}

async fn counted(registry: &TestRegistry) -> u64 {
    let office = registry.client(REGISTRAR).await;
    let mut operations = office.operations();
    let status = operations.get_status(api::GetStatusRequest {}).await;
    status.unwrap().into_inner().open_corrections
}

/// Acknowledges as a person at a terminal does.
async fn acknowledge(registry: &TestRegistry, position: u64) {
    let args = CorrectionsArgs {
        command: CorrectionsCommand::Acknowledge(CorrectionsAcknowledgeArgs {
            position,
            purpose: PurposeArgs::default(),
            connect: ConnectArgs {
                dir: registry.dir().to_owned(),
                server: Some(registry.server()),
                registry: Some(REGISTRY.to_owned()),
                caller: Some(CIVIL_REGISTRY.name.to_owned()),
            },
        }),
    };
    let mut out = Out::to(Box::new(std::io::sink()), false);
    corrections::run(&args, &mut out).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::too_many_lines,
    reason = "one journey, from what was told to the last notice"
)]
async fn a_correction_finds_whoever_was_told_otherwise() {
    let registry = TestRegistry::start().await;
    let registered = record(&registry, &registration("MkOld")).await;
    let person = registered.numbers[0].clone();
    let civil = registry.client(CIVIL_REGISTRY).await;
    let police = registry.client(POLICE).await;
    let border = registry.client(BORDER_POLICE).await;
    let office = registry.client(REGISTRAR).await;
    follow(&civil).await;
    for (client, player) in [(&police, POLICE), (&border, BORDER_POLICE)] {
        let request = api::VerifyStayRequest {
            purpose: Some(asked(player)),
            at: None,
            person: person.clone(),
        };
        client.persons().verify_stay(request).await.unwrap();
    }
    assert_eq!(counted(&registry).await, 0);

    let correction = correct(&registry, &registered.act_id, "MkNew").await;
    let notices = support::until("the notice", async || {
        let notices = waiting(&civil, CIVIL_REGISTRY).await;
        (!notices.is_empty()).then_some(notices)
    })
    .await;
    assert_eq!(notices.len(), 1);
    let notice = &notices[0];
    assert_eq!(notice.position, correction.position);
    assert_eq!(notice.field_groups, ["IDENTITY"]);
    assert_eq!(notice.subject, person);
    let told = notice.person.as_ref().unwrap();
    let names = &told.particulars.as_ref().unwrap().names;
    assert_eq!(names[0].given, "MkNew");
    assert!(told.address.is_none() && told.documents.is_empty());

    // Who was told a verdict was told nothing that a name bears on; who corrected it knows.
    for (client, player) in [
        (&police, POLICE),
        (&border, BORDER_POLICE),
        (&office, REGISTRAR),
    ] {
        assert!(waiting(client, player).await.is_empty(), "{}", player.name);
    }
    let list = open(&registry).await;
    assert_eq!(list.recipients.len(), 1);
    assert_eq!(list.recipients[0].agency, CIVIL_REGISTRY.agency);
    assert_eq!((list.recipients[0].open, list.notices.len()), (1, 1));
    assert_eq!(list.notices[0].position, correction.position);
    assert_eq!(counted(&registry).await, 1);

    acknowledge(&registry, correction.position).await;
    support::until("the acknowledgement", async || {
        waiting(&civil, CIVIL_REGISTRY)
            .await
            .is_empty()
            .then_some(())
    })
    .await;
    assert!(open(&registry).await.recipients.is_empty());
    assert_eq!(counted(&registry).await, 0);
    let again = api::AcknowledgeCorrectionRequest {
        purpose: Some(asked(CIVIL_REGISTRY)),
        position: correction.position,
    };
    let status = civil.persons().acknowledge_correction(again).await;
    let status = status.unwrap_err();
    let details = status.get_error_details();
    let reason = &details.error_info().unwrap().reason;
    assert_eq!(reason, Reason::UnknownRecord.code());

    // What the acknowledgement closed is closed in views made anew, and another correction is another notice.
    drop((civil, police, border, office));
    let directory = registry.stop().await;
    std::fs::remove_dir_all(directory.path().join("views")).unwrap();
    let registry = TestRegistry::serve(directory, Clock::fixed(support::NOW)).await;
    assert_eq!(counted(&registry).await, 0);
    correct(&registry, &registered.act_id, "MkNewer").await;
    let civil = registry.client(CIVIL_REGISTRY).await;
    assert_eq!(waiting(&civil, CIVIL_REGISTRY).await.len(), 1);
    // The feed delivers the correction, which is as good.
    follow(&civil).await;
    support::until("the feed", async || {
        waiting(&civil, CIVIL_REGISTRY)
            .await
            .is_empty()
            .then_some(())
    })
    .await;
    drop(civil);
    let report = support::verify(registry.stop().await.path());
    assert_eq!(report.exit_code(), 0, "{}", report.to_json());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contested_fact_is_marked_until_it_is_put_right() {
    let registry = TestRegistry::start().await;
    let registered = record(&registry, &registration("MkOld")).await;
    let person = registered.numbers[0].clone();
    let office = registry.client(REGISTRAR).await;
    let civil = registry.client(CIVIL_REGISTRY).await;
    let marks = async || {
        let request = api::GetPersonRequest {
            purpose: Some(asked(REGISTRAR)),
            at: None,
            person: person.clone(),
        };
        let answer = office.persons().get_person(request).await.unwrap();
        let told = answer.into_inner().contested;
        let delivered = follow(&civil).await;
        let fed = delivered.iter().filter(|entry| !entry.contested.is_empty());
        (told, fed.count())
    };
    let (told, fed) = marks().await;
    assert!(told.is_empty() && fed == 0);

    let body = Body::DisputeFact(support::dispute(&person, "IDENTITY"));
    let dispute = record(&registry, &support::act("1404-12-01", body)).await;
    let (told, fed) = marks().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].field_group, "IDENTITY");
    assert_eq!(told[0].person, person);
    assert_eq!(told[0].ground(), event::DisputeGround::Inaccurate);
    assert!(told[0].answer_by.is_some());
    assert_eq!(fed, 1);

    let correction = correct(&registry, &registered.act_id, "MkNew").await;
    // Put right is not answered: the mark stays until the agency says so.
    let (told, _) = marks().await;
    assert_eq!(told.len(), 1);
    let body = Body::ResolveDispute(event::ResolveDispute {
        person: person.clone(),
        dispute_act_id: dispute.act_id.clone(),
        outcome: event::DisputeOutcome::Upheld.into(),
        correction_act_id: correction.act_id.clone(),
        decision: None,
    });
    record(&registry, &support::act("1405-01-02", body)).await;
    let (told, fed) = marks().await;
    assert!(told.is_empty() && fed == 0);
    drop((office, civil));
    let report = support::verify(registry.stop().await.path());
    assert_eq!(report.exit_code(), 0, "{}", report.to_json());
}
