//! The asylum compartment: what the unit is told, and that nobody else can tell a person with a claim from one without.

mod answers;
mod documents;
mod inside;
mod timing;
mod twins;

use std::collections::BTreeMap;
use std::sync::Arc;

use prost::Message as _;
use sabt_chain::{Envelope, LedgerName};
use sabt_cli::cast::{
    ASYLUM_UNIT, AUDITOR, CIVIL_REGISTRY, DATA_PROTECTION, REGISTRAR, STATISTICS,
};
use sabt_domain::access::Purpose;
use sabt_domain::law::PersonStatus;
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Sex};
use tokio::task::JoinSet;
use tokio_stream::StreamExt as _;
use tonic_types::StatusExt as _;

use self::answers::{Calls, Told, refusal};
use self::twins::{PAIRS, Side, Twins};
use crate::support::{self, TestRegistry, UNIT};

/// Pairs asked about at the same time.
const WORKERS: usize = 64;

fn purpose(code: Purpose) -> api::Purpose {
    api::Purpose {
        code: code.code().to_owned(),
        legal_basis: "law:art.35".to_owned(),
        case_reference: "C-1".to_owned(),
        ..api::Purpose::default()
    }
}

/// Two registries that differ in who of two people lodged a claim, asked everything about the one: [`PAIRS`] times.
///
/// Every question is put to the views of both about every pair ([`inside`]); over TLS, where errors, headers and receipts
/// come along, every question about some pairs and one or two about each of the others ([`answers`]).
///
/// Both were copied from one founding, so that keys and numbers are the same, and took the same acts in the same order;
/// only the claims are, act by act, of the person in one registry and of somebody else in the other. So nothing that counts
/// records differs either, and an answer is compared byte for byte. Left out of the comparison is what cannot be the same
/// in two ledgers with different content: hashes and signatures over records, random salts, ciphertext, and where the
/// records of the answers themselves come to stand, because they are asked side by side.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_unit_can_tell_who_has_a_claim() {
    let twins = Arc::new(Twins::build().await);
    let calls = Arc::new(Calls::of(&twins).await);
    let mut shares = JoinSet::new();
    for share in 0..inside::SHARES {
        let asked = Arc::clone(&twins);
        shares.spawn_blocking(move || inside::compare(&asked, share));
    }
    let inside: usize = shares.join_all().await.into_iter().sum();
    assert!(PAIRS * 34 <= inside, "{inside} answers were compared");
    let mut compared = 0;
    for round in 0..calls.rounds() {
        let mut workers = JoinSet::new();
        for worker in 0..WORKERS {
            let (twins, calls) = (Arc::clone(&twins), Arc::clone(&calls));
            workers.spawn(async move { compare(&twins, &calls, round, worker).await });
        }
        compared += workers.join_all().await.into_iter().sum::<usize>();
        twins.settle().await;
    }
    assert!(2 * PAIRS <= compared, "{compared} answers were compared");

    refusals(&twins, &calls).await;
    acts(&twins).await;
    feed(&twins).await;
    audit(&twins).await;
    status(&twins).await;
    statistics(&twins).await;
    let flags = inside::compare_flags(&twins);
    assert!(0 < flags, "nothing drew attention");
    let uses = inside::compare_uses(&twins);
    assert!(0 < uses, "no grant was used");
    // Everybody was looked at: those asked about, those who lodged the other claims, children and households.
    let (pages, listed) = inside::compare_due(&twins);
    assert!(16 <= pages, "{pages} pages");
    // Of those who left everything is over one day.
    assert!(2 * PAIRS / 9 <= listed, "{listed} were listed");
    let signed = documents::compare(&twins).await;
    assert!(40 < signed, "{signed} documents were compared");

    // And there was something to hide.
    let unit = twins.client(Side::With, ASYLUM_UNIT).await;
    assert_eq!(claims(&unit, &twins.people[0]).await.len(), 1);
    let unit = twins.client(Side::Without, ASYLUM_UNIT).await;
    assert_eq!(claims(&unit, &twins.people[0]).await.len(), 0);
    drop((unit, calls));
    for registry in Arc::into_inner(twins).unwrap().registries {
        let report = support::verify(registry.stop().await.path());
        assert_eq!(report.exit_code(), 0, "{}", report.to_json());
    }
}

/// Asks one worker's share of the pairs what a round asks; returns how many answers were compared.
async fn compare(twins: &Twins, calls: &Calls, round: usize, worker: usize) -> usize {
    let mut compared = 0;
    for pair in (worker..PAIRS).step_by(WORKERS) {
        let about = |side| calls.about(twins, round, side, pair);
        let (with, without): (Vec<Told>, Vec<Told>) =
            tokio::join!(about(Side::With), about(Side::Without));
        assert_eq!(with.len(), without.len());
        for (with, without) in with.iter().zip(&without) {
            assert_eq!(with, without, "pair {pair}");
        }
        compared += with.len();
    }
    compared
}

/// Every role asks every method for every purpose, whether it may or not.
async fn refusals(twins: &Twins, calls: &Calls) {
    let with = calls.every(twins, Side::With, 1).await;
    let without = calls.every(twins, Side::Without, 1).await;
    assert_eq!(with, without);
}

/// What offices are told who submit acts about the person.
async fn acts(twins: &Twins) {
    let clients = [
        twins.client(Side::With, REGISTRAR).await,
        twins.client(Side::Without, REGISTRAR).await,
    ];
    let author = twins.registries[0].author(REGISTRAR.name);
    for person in twins.people.iter().take(24) {
        let status = |status: PersonStatus| {
            Body::GrantStatus(event::GrantStatus {
                person: person.clone(),
                status: status.to_proto().into(),
                decided_by: String::new(),
            })
        };
        let moved = Body::ChangeAddress(event::ChangeAddress {
            subject: person.clone(),
            address: Some(support::address("IR-09")),
        });
        let annulled = support::annulment(&twins.lodgings[0]);
        for body in [
            status(PersonStatus::AsylumSeeker),
            support::lodge(person),
            support::refuse(&twins.claims[0], "1405-01-01"),
            annulled,
            moved,
            status(PersonStatus::Stateless),
            status(PersonStatus::Stateless),
        ] {
            let mut act = support::act("1405-05-01", body);
            act.expected = vec![event::ExpectedVersion {
                subject: twins.claims[0].clone(),
                version: 0,
            }];
            let signed = author.sign(&act).unwrap();
            let mut told = Vec::new();
            for client in &clients {
                let request = api::SubmitActRequest {
                    signed_act: Some(signed.clone()),
                };
                let outcome = client.registry().submit_act(request).await;
                told.push(outcome.map_err(|status| refusal(&status)).map(|response| {
                    let receipt = response.into_inner().receipt.unwrap();
                    api::Receipt {
                        link: Vec::new(),
                        ..receipt
                    }
                }));
            }
            assert_eq!(told[0], told[1]);
        }
    }
}

/// Every table, of a month in which all these people were registered.
async fn statistics(twins: &Twins) {
    let author = twins.registries[0].author(REGISTRAR.name);
    let act = support::act(
        "1405-06-20",
        Body::RegisterPerson(support::register(Sex::Male, "1370-01-01")),
    );
    let signed = author.sign(&act).unwrap();
    let mut told = Vec::new();
    for side in [Side::With, Side::Without] {
        // The month of all that was recorded is over when something is recorded in a later one.
        let registry = twins.registry(side);
        registry.clock().set(support::NOW + 40 * 86_400_000_000);
        let request = api::SubmitActRequest {
            signed_act: Some(signed.clone()),
        };
        let office = twins.client(side, REGISTRAR).await;
        let receipt = office.registry().submit_act(request).await.unwrap();
        let receipt = receipt.into_inner().receipt.unwrap();
        let at = api::AsOf {
            min_position: receipt.position + u64::from(receipt.parts),
            ..api::AsOf::default()
        };
        let client = twins.client(side, STATISTICS).await;
        let mut tables = Vec::new();
        for table in sabt_statistics::TABLES {
            let request = api::GetStatisticsRequest {
                purpose: Some(purpose(STATISTICS.purpose)),
                at: Some(at),
                table: table.code.to_owned(),
                cut_off: 0,
            };
            let answer = client.statistics().get_statistics(request).await.unwrap();
            let answer = answer.into_inner();
            tables.push(api::GetStatisticsResponse {
                info: None,
                ..answer
            });
        }
        assert!(tables.iter().any(|table| 10 < table.cells.len()));
        told.push(tables);
    }
    assert_eq!(told[0], told[1]);
}

/// Every envelope, and what the register of Iranians is told with it.
async fn feed(twins: &Twins) {
    let mut told = Vec::new();
    for side in [Side::With, Side::Without] {
        let client = twins.client(side, CIVIL_REGISTRY).await;
        let request = api::FollowRequest {
            purpose: Some(purpose(CIVIL_REGISTRY.purpose)),
            from: 0,
            stop_at_head: true,
        };
        let mut pages = client.feed().follow(request).await.unwrap().into_inner();
        let mut entries = Vec::new();
        while let Some(page) = pages.next().await {
            for entry in page.unwrap().entries {
                let event = entry.event.map(|event| event.encode_to_vec());
                entries.push((shown(&entry.envelope), entry.subject, event));
            }
        }
        told.push(entries);
    }
    assert!(2 * PAIRS < told[0].len());
    assert!(told[0] == told[1]);
}

/// What stands in an envelope beside hashes, signatures and the tag.
fn shown(envelope: &[u8]) -> String {
    let envelope = Envelope::decode(envelope).unwrap();
    format!(
        "{:?} {} {} {:?} {:?} {} {:?}",
        envelope.kind,
        envelope.position.get(),
        envelope.recorded_at.as_micros(),
        envelope.act_id.as_bytes(),
        envelope.part,
        envelope.sealed_len,
        envelope.authorship.map(|author| author.key_id.to_bytes()),
    )
}

/// What an auditor reads of the events.
async fn audit(twins: &Twins) {
    let mut told = Vec::new();
    for side in [Side::With, Side::Without] {
        let client = twins.client(side, AUDITOR).await;
        let until = twins.registry(side).size(LedgerName::Events);
        let request = api::ReadRecordsRequest {
            ledger: api::Ledger::Events.into(),
            from: 0,
            until,
        };
        let mut pages = client
            .audit()
            .read_records(request)
            .await
            .unwrap()
            .into_inner();
        let mut records = Vec::new();
        while let Some(page) = pages.next().await {
            for record in page.unwrap().records {
                records.push((shown(&record.envelope), record.payload.len()));
            }
        }
        assert_eq!(records.len() as u64, until);
        told.push(records);
    }
    assert!(told[0] == told[1]);
}

/// What the registry says of itself, as far as its own threads do not make it differ from moment to moment.
async fn status(twins: &Twins) {
    let mut told = Vec::new();
    for side in [Side::With, Side::Without] {
        let client = twins.client(side, DATA_PROTECTION).await;
        let request = api::GetStatusRequest {};
        let status = client.operations().get_status(request).await.unwrap();
        let status = status.into_inner();
        told.push((
            (status.registry, status.version, status.problem),
            (status.events, status.disclosures, status.views_position),
            status.writable,
        ));
    }
    assert_eq!(told[0], told[1]);
}

async fn claims(unit: &sabt_cli::client::Client, person: &str) -> Vec<api::AsylumClaim> {
    let request = api::GetAsylumClaimsRequest {
        purpose: Some(purpose(Purpose::AsylumProcedure)),
        at: None,
        person: person.to_owned(),
    };
    let answer = unit.persons().get_asylum_claims(request).await;
    answer.unwrap().into_inner().claims
}

#[expect(
    clippy::too_many_lines,
    reason = "a claim from its beginning to its end"
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_lodged_heard_and_granted_in_the_compartment() {
    let registry = TestRegistry::start().await;
    let office = registry.client(REGISTRAR).await;
    let unit = registry.client(ASYLUM_UNIT).await;
    let (registrar, author) = (
        registry.author(REGISTRAR.name),
        registry.author(ASYLUM_UNIT.name),
    );
    let act = support::act(
        "1398-01-01",
        Body::RegisterPerson(support::register(Sex::Female, "1370-01-01")),
    );
    let registered = registry.submit(&office, &registrar, &act).await.unwrap();
    let person = registered.numbers[0].clone();
    let record = async |on: &str, body: Body| {
        let act = support::by_office(UNIT, support::act(on, body));
        let request = api::SubmitActRequest {
            signed_act: Some(author.sign(&act).unwrap()),
        };
        let submit = async || {
            let response = unit.registry().submit_act(request.clone()).await;
            response.unwrap().into_inner().receipt.unwrap()
        };
        let receipt = submit().await;
        let wanted = receipt.position + u64::from(receipt.parts);
        assert!(
            registry
                .registry()
                .wait_for(wanted, support::PATIENCE)
                .await
        );
        // The same act again gets its receipt again, with the number of the claim.
        let again = submit().await;
        assert!(again.repeated && again.numbers == receipt.numbers);
        receipt
    };
    let lodged = record("1404-01-01", support::lodge(&person)).await;
    let claim = lodged.numbers[0].clone();
    assert_eq!(lodged.parts, 1);
    record("1404-02-01", support::interview(&claim)).await;
    let told = claims(&unit, &person).await;
    assert_eq!(told[0].number, claim);
    assert_eq!((told[0].version, told[0].interviews.len()), (2, 2));
    assert!(told[0].decision.is_none() && told[0].shelter_address.is_some());

    // Until it is granted the person is to an office what they were before; from then on a refugee.
    let statuses = async || {
        let request = api::GetPersonRequest {
            purpose: Some(purpose(Purpose::Registration)),
            at: None,
            person: person.clone(),
        };
        let answer = office.persons().get_person(request).await.unwrap();
        let person = answer.into_inner().person.unwrap();
        (person.version, person.statuses)
    };
    assert_eq!(statuses().await, (1, vec![]));
    let granted = record("1404-03-01", support::recognise(&claim)).await;
    assert_eq!((granted.parts, granted.numbers.len()), (2, 0));
    let refugee = i32::from(event::PersonStatus::Refugee);
    assert_eq!(statuses().await, (2, vec![refugee]));

    // The person learns from the unit who looked there, and from an office who looked elsewhere.
    let mut seen = BTreeMap::new();
    for (client, name) in [(&office, REGISTRAR.agency), (&unit, ASYLUM_UNIT.agency)] {
        let request = api::ListDisclosuresRequest {
            purpose: Some(purpose(Purpose::SubjectAccess)),
            person: person.clone(),
            consent_reference: "F-1".to_owned(),
        };
        let entries = support::until("the disclosures", async || {
            let answer = client.audit().list_disclosures(request.clone()).await;
            let entries = answer.unwrap().into_inner().entries;
            (!entries.is_empty()).then_some(entries)
        })
        .await;
        for entry in entries {
            assert_eq!(entry.disclosure.unwrap().agency, name);
            *seen.entry(name).or_insert(0) += 1;
        }
    }
    assert_eq!(seen.len(), 2);
    let request = api::ListDisclosuresRequest {
        purpose: Some(purpose(Purpose::SubjectAccess)),
        person,
        consent_reference: String::new(),
    };
    let refused = unit.audit().list_disclosures(request).await.unwrap_err();
    let reason = refused
        .get_error_details()
        .error_info()
        .unwrap()
        .reason
        .clone();
    assert_eq!(reason, Reason::ConsentMissing.code());
    drop((office, unit));
    let report = support::verify(registry.stop().await.path());
    assert_eq!(report.exit_code(), 0, "{}", report.to_json());
}
