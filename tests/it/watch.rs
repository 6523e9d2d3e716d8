//! Watching those who look, over gRPC: an emergency alarms before its answer leaves and is justified by a supervisor; flags name
//! officers and nobody whom they looked up.

mod alarm;
mod uses;

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sabt_chain::LedgerName;
use sabt_chain::authorship::AuthorSigningKey;
use sabt_cli::args::{
    ConnectArgs, PurposeArgs, WatchArgs, WatchCommand, WatchFlagsArgs, WatchJustifyArgs,
    WatchSampleArgs,
};
use sabt_cli::cast::{
    BORDER_POLICE, BORDER_SUPERVISOR, DATA_PROTECTION, POLICE, Player, REGISTRAR,
};
use sabt_cli::client::Client;
use sabt_cli::commands::watch;
use sabt_cli::out::Out;
use sabt_domain::access::{FieldGroup, Grant, Purpose};
use sabt_domain::act::KeyId;
use sabt_domain::refusal::Reason;
use sabt_domain::time::Timestamp;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Sex};
use sabt_server::clock::Clock;
use tempfile::TempDir;
use tonic::Status;
use tonic_types::StatusExt as _;

use crate::support::{self, HOUR, NOW, REGISTRY, SEGMENT_BYTES, TestRegistry, under};

/// What a command has written.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn reason(status: &Status) -> Reason {
    let details = status.get_error_details();
    Reason::from_code(&details.error_info().unwrap().reason).unwrap()
}

fn stated(purpose: Purpose) -> api::Purpose {
    api::Purpose {
        code: purpose.code().to_owned(),
        legal_basis: "duty:12".to_owned(),
        case_reference: "C-1".to_owned(),
        ..api::Purpose::default()
    }
}

/// A registry with a child, the mother, and somebody else.
struct Town {
    registry: TestRegistry,
    child: String,
    mother: String,
    other: String,
}

impl Town {
    async fn build() -> Self {
        Self::of(TestRegistry::start().await).await
    }

    async fn of(registry: TestRegistry) -> Self {
        let mut numbers = Vec::new();
        let mut body = support::register_with(Sex::Female, "1368-01-01", "MKPASSPORT");
        let mut address = support::address("IR-23");
        "MkStreet".clone_into(&mut address.street);
        body.address = Some(address);
        for body in [body, support::register(Sex::Male, "1370-01-01")] {
            let act = support::act("1399-01-01", Body::RegisterPerson(body));
            numbers.extend(record(&registry, &act).await.numbers);
        }
        let [mother, other] = numbers.try_into().unwrap();
        let born = support::birth("1400-01-01", Some(&mother), None);
        let act = support::act("1400-01-01", Body::RegisterBirth(born));
        let child = record(&registry, &act).await.numbers.remove(0);
        Self {
            registry,
            child,
            mother,
            other,
        }
    }

    /// What the officer of border police signs for themselves: about the child, for an hour.
    fn emergency(&self) -> Grant {
        let now = self.registry.clock().now_micros();
        Grant {
            purpose: Purpose::VitalEmergency,
            legal_basis: Purpose::VitalEmergency.source().to_owned(),
            groups: [FieldGroup::Identity, FieldGroup::Family].into(),
            not_before: Timestamp::from_micros(now),
            not_after: Timestamp::from_micros(now + HOUR),
            issuer: KeyId(self.registry.key(BORDER_POLICE).public().id().to_bytes()),
            ..self.registry.border_grant(&[&self.child])
        }
    }

    fn signed(&self, grant: &Grant) -> api::Purpose {
        signed(&self.registry.key(BORDER_POLICE), grant)
    }

    async fn open(
        &self,
        client: &Client,
        purpose: api::Purpose,
        person: &str,
    ) -> Result<api::GetPersonResponse, Reason> {
        let request = api::GetPersonRequest {
            purpose: Some(purpose),
            at: None,
            person: person.to_owned(),
        };
        let answer = client.persons().get_person(request).await;
        answer
            .map(tonic::Response::into_inner)
            .map_err(|status| reason(&status))
    }

    async fn status(&self) -> api::GetStatusResponse {
        let client = self.registry.client(DATA_PROTECTION).await;
        let request = api::GetStatusRequest {};
        let answer = client.operations().get_status(request).await;
        answer.unwrap().into_inner()
    }

    async fn flags(&self, player: Player, purpose: Purpose) -> Vec<api::LookupFlag> {
        let client = self.registry.client(player).await;
        let request = api::ListLookupFlagsRequest {
            purpose: Some(stated(purpose)),
            ..api::ListLookupFlagsRequest::default()
        };
        let answer = client.audit().list_lookup_flags(request).await;
        let answer = answer.unwrap().into_inner();
        assert_eq!(answer.next, 0);
        answer.flags
    }

    async fn drawn(&self, player: Player, purpose: Purpose) -> Vec<api::DrawnLookup> {
        let client = self.registry.client(player).await;
        let request = api::ListDrawnLookupsRequest {
            purpose: Some(stated(purpose)),
            ..api::ListDrawnLookupsRequest::default()
        };
        let answer = client.audit().list_drawn_lookups(request).await;
        answer.unwrap().into_inner().lookups
    }

    async fn justify(&self, player: Player, officer: &str, position: u64) -> Result<(), Reason> {
        let client = self.registry.client(player).await;
        let author = self.registry.author(player.name);
        let body = Body::JustifyLookup(event::JustifyLookup {
            disclosure: position,
            ground: event::LookupGround::DangerToLife.into(),
        });
        let act = event::Act {
            office: player.agency.to_owned(),
            officer: officer.to_owned(),
            ..support::governance_act(body)
        };
        let receipt = self.registry.submit(&client, &author, &act).await;
        receipt.map(drop).map_err(|status| reason(&status))
    }
}

fn signed(key: &AuthorSigningKey, grant: &Grant) -> api::Purpose {
    under(grant, sabt_cli::grants::sign(key, REGISTRY, grant).unwrap())
}

async fn record(registry: &TestRegistry, act: &event::Act) -> api::Receipt {
    let office = registry.client(REGISTRAR).await;
    let author = registry.author(REGISTRAR.name);
    let receipt = registry.submit(&office, &author, act).await.unwrap();
    let wanted = receipt.position + u64::from(receipt.parts);
    let at_most = Duration::from_secs(30);
    assert!(registry.registry().wait_for(wanted, at_most).await);
    receipt
}

/// Whoever opened a record in an emergency does not justify it, nor does another agency.
async fn justified_by_a_supervisor(town: &Town, [first, second]: [u64; 2]) {
    let own = town.justify(BORDER_POLICE, "B3001", first).await;
    assert_eq!(own, Err(Reason::JustificationNotAllowed));
    let other = town.justify(REGISTRAR, "K1001", first).await;
    assert_eq!(other, Err(Reason::LookupNotDrawn));
    town.justify(BORDER_SUPERVISOR, "B3000", first)
        .await
        .unwrap();
    let again = town.justify(BORDER_SUPERVISOR, "B3000", first).await;
    assert_eq!(again, Err(Reason::LookupJustified));
    assert_eq!(town.status().await.open_emergencies, 1);
    assert_eq!(
        town.drawn(DATA_PROTECTION, Purpose::DataProtection)
            .await
            .len(),
        1
    );
    town.justify(BORDER_SUPERVISOR, "B3000", second)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_opens_one_person_and_alarms_before_the_answer_leaves() {
    let town = Town::build().await;
    let border = town.registry.client(BORDER_POLICE).await;
    let grant = town.emergency();
    let told = town.open(&border, town.signed(&grant), &town.child).await;
    let told = told.unwrap();
    // The alarm stands when the answer arrives: nobody waited for it.
    assert_eq!(town.status().await.open_emergencies, 1);
    let person = told.person.unwrap();
    assert!(person.particulars.is_some());
    assert!(person.address.is_none() && person.documents.is_empty() && person.version == 0);

    let request = api::GetFamilyRequest {
        purpose: Some(town.signed(&grant)),
        at: None,
        person: town.child.clone(),
    };
    let family = border.persons().get_family(request).await.unwrap();
    let family = family.into_inner();
    assert_eq!(town.status().await.open_emergencies, 2);
    assert!(family.household.is_none());
    let next_of_kin = family.relatives.iter().filter_map(|one| one.who.as_ref());
    let who = event::party::Who::Person(town.mother.clone());
    assert!(
        next_of_kin
            .clone()
            .any(|party| party.who.as_ref() == Some(&who))
    );
    // Of the mother nothing else is told.
    let sought = town.open(&border, town.signed(&grant), &town.mother).await;
    assert_eq!(sought, Err(Reason::GrantOutOfScope));

    let flags = town.flags(DATA_PROTECTION, Purpose::DataProtection).await;
    let emergencies: Vec<_> = flags.iter().take(2).collect();
    for flag in &emergencies {
        assert_eq!(flag.rule, "EMERGENCY");
        assert_eq!((&*flag.agency, &*flag.officer), ("BORDER", "B3001"));
    }
    let told = format!("{flags:?}");
    for number in [&town.child, &town.mother] {
        assert!(!told.contains(number.as_str()));
    }
    // Its own agency is told, another one is not.
    let own = town.flags(BORDER_POLICE, Purpose::Supervision).await;
    assert_eq!(own.iter().filter(|one| one.rule == "EMERGENCY").count(), 2);
    let others = town.flags(REGISTRAR, Purpose::Supervision).await;
    assert!(others.iter().all(|one| one.agency == "BAFIA"));

    let drawn = town.drawn(BORDER_POLICE, Purpose::Supervision).await;
    let positions: Vec<u64> = emergencies.iter().map(|flag| flag.position).collect();
    let waiting = drawn.iter().map(|lookup| lookup.position);
    assert_eq!(waiting.collect::<Vec<_>>(), positions);
    assert!(
        drawn
            .iter()
            .all(|lookup| lookup.emergency && !lookup.overdue)
    );
    assert!(drawn.iter().all(|lookup| lookup.time_limit == "LJ-02"));

    let positions: [u64; 2] = positions.try_into().unwrap();
    justified_by_a_supervisor(&town, positions).await;
    drop(border);

    // Opened anew it knows the same, and auditors can follow.
    let directory = town.registry.stop().await;
    let report = support::verify(directory.path());
    assert_eq!(report.exit_code(), 0, "{}", report.to_json());
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "a table of attempts")]
async fn every_misuse_of_an_emergency_is_refused_and_raises_no_alarm() {
    let town = Town::build().await;
    let border = town.registry.client(BORDER_POLICE).await;
    let good = town.emergency();
    let now = good.not_before.micros();
    let at = |offset: i64| Timestamp::from_micros(now + offset);
    let supervisor = town.registry.key(BORDER_SUPERVISOR);
    let office = town.registry.key(REGISTRAR);
    let id = |key: &AuthorSigningKey| KeyId(key.public().id().to_bytes());
    let mut forged = town.signed(&good);
    if let Some(grant) = &mut forged.grant {
        grant.signature[0] ^= 1;
    }
    let deferral = api::Deferral {
        until: now + HOUR,
        reason: "secret".to_owned(),
        order_reference: "1405/1".to_owned(),
    };
    let attempts = [
        (
            "a second person",
            town.signed(&Grant {
                persons: [town.child.parse().unwrap(), town.other.parse().unwrap()].into(),
                ..good.clone()
            }),
            Reason::GrantTooWide,
        ),
        (
            "two hours",
            town.signed(&Grant {
                not_after: at(2 * HOUR),
                ..good.clone()
            }),
            Reason::GrantTooLong,
        ),
        (
            "an address",
            town.signed(&Grant {
                groups: [FieldGroup::Identity, FieldGroup::Address].into(),
                ..good.clone()
            }),
            Reason::GrantTooWide,
        ),
        (
            "deferred",
            api::Purpose {
                deferral: Some(deferral),
                ..town.signed(&good)
            },
            Reason::DeferralNotAllowed,
        ),
        (
            "another purpose stated",
            api::Purpose {
                code: Purpose::BorderControl.code().to_owned(),
                ..town.signed(&good)
            },
            Reason::GrantOfOtherPurpose,
        ),
        (
            "another purpose signed",
            town.signed(&Grant {
                purpose: Purpose::BorderControl,
                groups: [FieldGroup::Identity].into(),
                ..good.clone()
            }),
            Reason::GrantNotBySupervisor,
        ),
        (
            "expired",
            town.signed(&Grant {
                not_before: at(-HOUR),
                not_after: at(-1),
                ..good.clone()
            }),
            Reason::GrantExpired,
        ),
        (
            "another officer's",
            town.signed(&Grant {
                officer: "B3002".parse().unwrap(),
                ..good.clone()
            }),
            Reason::GrantOfOtherOfficer,
        ),
        (
            "signed by a supervisor",
            signed(
                &supervisor,
                &Grant {
                    issuer: id(&supervisor),
                    ..good.clone()
                },
            ),
            Reason::GrantNotOwn,
        ),
        (
            "signed by another agency",
            signed(
                &office,
                &Grant {
                    issuer: id(&office),
                    ..good.clone()
                },
            ),
            Reason::GrantOfOtherAgency,
        ),
        ("forged", forged, Reason::GrantForged),
        (
            "no grant",
            api::Purpose {
                grant: None,
                ..town.signed(&good)
            },
            Reason::GrantRequired,
        ),
    ];
    for (what, purpose, expected) in attempts {
        let told = town.open(&border, purpose, &town.child).await;
        assert_eq!(told.map(drop), Err(expected), "{what}");
    }
    // Replayed by a colleague and by another agency, and by the officer after it was taken back.
    let colleague = town.registry.client(BORDER_SUPERVISOR).await;
    let replayed = town.open(&colleague, town.signed(&good), &town.child).await;
    assert_eq!(replayed.map(drop), Err(Reason::GrantOfOtherOfficer));
    let police = town.registry.client(POLICE).await;
    let replayed = town.open(&police, town.signed(&good), &town.child).await;
    assert_eq!(replayed.map(drop), Err(Reason::GrantOfOtherAgency));
    let act = support::revocation(&good);
    let author = town.registry.author(BORDER_SUPERVISOR.name);
    town.registry
        .submit(&colleague, &author, &act)
        .await
        .unwrap();
    let replayed = town.open(&border, town.signed(&good), &town.child).await;
    assert_eq!(replayed.map(drop), Err(Reason::GrantRevoked));
    assert_eq!(town.status().await.open_emergencies, 0);
    let flags = town.flags(DATA_PROTECTION, Purpose::DataProtection).await;
    assert!(flags.iter().all(|flag| flag.rule != "EMERGENCY"));
    drop((border, colleague, police));
    town.registry.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_an_officer_is_shows_in_flags_of_the_officer_of_data_protection_alone() {
    let town = Town::build().await;
    let office = town.registry.client(REGISTRAR).await;
    let open = || async {
        let purpose = stated(Purpose::Registration);
        let told = town.open(&office, purpose, &town.other).await.unwrap();
        told.person.unwrap()
    };
    let before = open().await;
    let declare = Body::DeclareOfficer(event::DeclareOfficer {
        person: town.other.clone(),
        agency: REGISTRAR.agency.to_owned(),
        officer: REGISTRAR.officer.to_owned(),
    });
    record(&town.registry, &support::act("1400-01-01", declare)).await;
    // The office is told nothing of it: no field, no record, and no gap in the version.
    assert_eq!(open().await, before);
    let request = api::GetHistoryRequest {
        purpose: Some(stated(Purpose::Registration)),
        at: None,
        person: town.other.clone(),
    };
    let history = office.persons().get_history(request).await.unwrap();
    let entries = history.into_inner().entries;
    let declared = |entry: &api::HistoryEntry| {
        let body = entry.event.as_ref().and_then(|event| event.body.as_ref());
        matches!(body, Some(event::event::Body::OfficerDeclared(_)))
    };
    assert!(!entries.iter().any(declared));
    let size = town.registry.size(LedgerName::Disclosures);
    support::until("the look-ups are folded", async || {
        let views = town.registry.registry().views();
        (size <= views.marks().disclosures.size.get()).then_some(())
    })
    .await;

    let of_rule = |flags: Vec<api::LookupFlag>| {
        let own = flags.into_iter().filter(|flag| flag.rule == "OWN_RECORD");
        own.map(|flag| (flag.agency, flag.officer))
            .collect::<Vec<_>>()
    };
    let told = of_rule(town.flags(DATA_PROTECTION, Purpose::DataProtection).await);
    let officer = (REGISTRAR.agency.to_owned(), REGISTRAR.officer.to_owned());
    assert_eq!(told, vec![officer; 3]);
    let own = town.flags(REGISTRAR, Purpose::Supervision).await;
    assert!(own.iter().all(|flag| flag.agency == REGISTRAR.agency));
    assert!(of_rule(own).is_empty());
    drop(office);
    town.registry.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_lists_and_justifies() {
    // Whoever calls dates acts by the clock of their machine.
    let directory = TempDir::new().unwrap();
    let clock = Clock::system();
    support::establish(directory.path(), REGISTRY, SEGMENT_BYTES, clock).await;
    let registry = TestRegistry::serve(directory, Clock::system()).await;
    let town = Town::of(registry).await;
    let border = town.registry.client(BORDER_POLICE).await;
    let purpose = town.signed(&town.emergency());
    town.open(&border, purpose, &town.child).await.unwrap();
    let connect = |player: Player| ConnectArgs {
        dir: town.registry.dir().to_owned(),
        server: Some(town.registry.server()),
        registry: Some(REGISTRY.to_owned()),
        caller: Some(player.name.to_owned()),
    };
    let purpose = || PurposeArgs {
        purpose: None,
        legal_basis: None,
        case: Some("C-1".to_owned()),
        grant: None,
    };
    let run = async |command: WatchCommand| {
        let paper = Paper::default();
        let mut out = Out::to(Box::new(paper.clone()), false);
        watch::run(&WatchArgs { command }, &mut out).await.unwrap();
        out.flush().unwrap();
        let written = paper.0.lock().unwrap();
        String::from_utf8(written.clone()).unwrap()
    };
    let flags = run(WatchCommand::Flags(WatchFlagsArgs {
        since: None,
        purpose: purpose(),
        connect: connect(DATA_PROTECTION),
    }))
    .await;
    assert!(
        flags.contains("emergency") && flags.contains("B3001"),
        "{flags}"
    );
    let sample = |justified| {
        WatchCommand::Sample(WatchSampleArgs {
            justified,
            purpose: purpose(),
            connect: connect(BORDER_SUPERVISOR),
        })
    };
    let waiting = run(sample(false)).await;
    assert!(waiting.contains("EMERGENCY"), "{waiting}");
    let position = town.drawn(BORDER_POLICE, Purpose::Supervision).await[0].position;
    run(WatchCommand::Justify(WatchJustifyArgs {
        position,
        ground: "danger-to-life".to_owned(),
        officer: None,
        author: None,
        connect: connect(BORDER_SUPERVISOR),
    }))
    .await;
    let justified = run(sample(true)).await;
    assert!(justified.contains("danger to life"), "{justified}");
    let waiting = run(sample(false)).await;
    assert!(waiting.contains("No look-up waits"), "{waiting}");
    drop(border);
    town.registry.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_justified_in_time_shows_as_overdue() {
    let town = Town::build().await;
    let border = town.registry.client(BORDER_POLICE).await;
    let purpose = town.signed(&town.emergency());
    town.open(&border, purpose, &town.child).await.unwrap();
    drop(border);
    assert_eq!(town.status().await.overdue_justifications, 0);
    let now = town.registry.clock().now_micros().max(NOW);
    let directory = town.registry.stop().await;
    // Five days later.
    let later = Clock::fixed(now + 5 * 24 * HOUR);
    let registry = TestRegistry::serve(directory, later).await;
    let town = Town { registry, ..town };
    let status = town.status().await;
    assert_eq!(
        (status.open_emergencies, status.overdue_justifications),
        (1, 1)
    );
    let drawn = town.drawn(BORDER_POLICE, Purpose::Supervision).await;
    assert!(drawn.iter().all(|lookup| lookup.overdue));
    town.registry.stop().await;
}
