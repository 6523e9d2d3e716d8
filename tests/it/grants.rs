//! What an officer can obtain with every certificate of their agency, with and without a supervisor's grant: every method
//! of the contract is called, and what comes back is searched for what may not leave.

mod foreign;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sabt_chain::LedgerName;
use sabt_cli::cast::{
    BORDER_POLICE, BORDER_SUPERVISOR, CIVIL_REGISTRY, DATA_PROTECTION, POLICE, Player, REGISTRAR,
};
use sabt_cli::client::Client;
use sabt_domain::access::{FieldGroup, Grant, Purpose};
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, DisclosureVerb, Sex};
use tonic::Status;
use tonic_types::StatusExt as _;

use crate::calls::{About, call_each, contract};
use crate::support::{self, HOUR, TestRegistry, under};

/// What stands in the record of the person, and the group under which it may leave.
const MARKS: [(&str, FieldGroup); 6] = [
    ("MKTEMPLATE", FieldGroup::BiometricReferences),
    ("MKPASSPORT", FieldGroup::Documents),
    ("MKPERMIT", FieldGroup::Residence),
    ("MkStreet", FieldGroup::Address),
    ("MkGiven", FieldGroup::Identity),
    ("DOGHAROUN", FieldGroup::Presence),
];

/// A registry with one person, who has everything, and another.
struct Town {
    registry: TestRegistry,
    person: String,
    other: String,
    /// The household of the person.
    household: String,
}

impl Town {
    async fn build() -> Self {
        let registry = TestRegistry::start().await;
        let office = registry.client(REGISTRAR).await;
        let author = registry.author(REGISTRAR.name);
        let mut registration = support::register_with(Sex::Male, "1368-01-01", "MKPASSPORT");
        let particulars = registration.particulars.as_mut().unwrap();
        "MkGiven".clone_into(&mut particulars.names[0].given);
        let mut address = support::address("IR-23");
        "MkStreet".clone_into(&mut address.street);
        registration.address = Some(address);
        let registered = Body::RegisterPerson(registration);
        let act = support::act("1399-01-01", registered);
        let receipt = registry.submit(&office, &author, &act).await.unwrap();
        let person = receipt.numbers[0].clone();
        let second = Body::RegisterPerson(support::register(Sex::Female, "1370-01-01"));
        let act = support::act("1399-01-01", second);
        let receipt = registry.submit(&office, &author, &act).await.unwrap();
        let other = receipt.numbers[0].clone();
        let household = Body::FormHousehold(event::FormHousehold {
            head: person.clone(),
            members: vec![],
            address: None,
        });
        let act = support::act("1399-01-02", household);
        let receipt = registry.submit(&office, &author, &act).await.unwrap();
        let household = receipt.numbers[0].clone();
        let permit = support::temporary(&person, "MKPERMIT", ("1404-10-01", "1405-09-30"));
        let act = support::act("1404-10-01", permit);
        registry.submit(&office, &author, &act).await.unwrap();
        let template = support::template(&person, "MKTEMPLATE");
        let act = support::act("1404-10-01", template);
        registry.submit(&office, &author, &act).await.unwrap();
        let entry = Body::RecordEntry(event::RecordEntry {
            person: person.clone(),
            border_point: "DOGHAROUN".to_owned(),
            kind: event::EntryKind::Resident.into(),
            document: None,
        });
        let border = registry.client(BORDER_POLICE).await;
        let author = registry.author(BORDER_POLICE.name);
        let act = support::by_office(support::BORDER, support::act("1405-02-01", entry));
        let receipt = registry.submit(&border, &author, &act).await.unwrap();
        let folded = receipt.position + u64::from(receipt.parts);
        let at_most = Duration::from_secs(10);
        assert!(registry.registry().wait_for(folded, at_most).await);
        Self {
            registry,
            person,
            other,
            household,
        }
    }

    fn purpose(player: Player) -> api::Purpose {
        api::Purpose {
            code: player.purpose.code().to_owned(),
            legal_basis: "duty:12".to_owned(),
            case_reference: "C-1".to_owned(),
            ..api::Purpose::default()
        }
    }

    fn issued(&self, grant: &Grant) -> api::Purpose {
        under(grant, self.registry.issue(grant))
    }

    async fn get(
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
}

fn reason(status: &Status) -> Reason {
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    Reason::from_code(&info.reason).unwrap()
}

/// Methods that answered, of all that exist; fails if what was answered holds a mark of another group.
async fn answered(
    town: &Town,
    client: &Client,
    purpose: &api::Purpose,
    person: &str,
    allowed: &[FieldGroup],
) -> BTreeSet<String> {
    let outcomes: BTreeMap<String, Result<Vec<u8>, Status>> =
        call_each(client, purpose, &About::person(person, &town.household)).await;
    let called: BTreeSet<String> = outcomes.keys().cloned().collect();
    assert_eq!(
        called,
        contract().into_iter().collect(),
        "every method of the contract is called"
    );
    let mut answered = BTreeSet::new();
    for (method, outcome) in outcomes {
        let told = match outcome {
            Ok(bytes) => {
                answered.insert(method.clone());
                bytes
            }
            Err(status) => [status.message().as_bytes(), status.details()].concat(),
        };
        for (mark, group) in MARKS {
            let found = told
                .windows(mark.len())
                .any(|window| window == mark.as_bytes());
            assert!(!found || allowed.contains(&group), "{method} told {mark}");
        }
    }
    answered
}

fn methods(names: &[&str]) -> BTreeSet<String> {
    names
        .iter()
        .map(|name| format!("sabt.api.v1.{name}"))
        .collect()
}

/// Nothing about a person: whoever has a receipt may ask for its proof, and border police submit acts.
const OF_ACTS: [&str; 5] = [
    "Registry/SubmitActs",
    "Audit/GetCheckpoint",
    "Audit/GetInclusionProof",
    "Audit/GetConsistencyProof",
    "Operations/GetStatus",
];
/// Whoever was told something is told its correction, without content where a grant is missing.
const CORRECTIONS: [&str; 1] = ["Persons/ListCorrections"];
const VERDICTS: [&str; 2] = ["Persons/VerifyDocument", "Persons/VerifyStay"];

#[tokio::test(flavor = "multi_thread")]
async fn police_obtain_verdicts_whatever_they_bring() {
    let town = Town::build().await;
    let police = town.registry.client(POLICE).await;
    let verdicts = methods(&[&VERDICTS[..], &["Registry/SubmitActs"], &CORRECTIONS].concat());
    let plain = Town::purpose(POLICE);
    let told = answered(&town, &police, &plain, &town.person, &[]).await;
    assert_eq!(told, verdicts);
    // Every purpose, and a genuine grant of the border.
    for purpose in Purpose::ALL {
        let stated = api::Purpose {
            code: purpose.code().to_owned(),
            ..plain.clone()
        };
        let told = answered(&town, &police, &stated, &town.person, &[]).await;
        let of_officers = methods(&[
            "Audit/ListLookupFlags",
            "Audit/ListDrawnLookups",
            "Audit/ListGrantUses",
        ]);
        let open = if *purpose == Purpose::Supervision {
            &verdicts | &of_officers
        } else {
            verdicts.clone()
        };
        assert!(told.is_subset(&open), "{purpose:?}: {told:?}");
    }
    let grant = town.registry.border_grant(&[&town.person]);
    let told = answered(&town, &police, &town.issued(&grant), &town.person, &[]).await;
    assert_eq!(told, methods(&["Registry/SubmitActs"]));
    drop(police);
    town.registry.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn border_police_open_the_intersection_of_matrix_and_grant() {
    let town = Town::build().await;
    let border = town.registry.client(BORDER_POLICE).await;
    // Who carries expulsions out asks whether something stands against one.
    let of_removal = ["Persons/VerifyRemoval"];
    let without = [&VERDICTS[..], &of_removal, &OF_ACTS, &CORRECTIONS];
    let without = methods(&without.concat());
    let plain = Town::purpose(BORDER_POLICE);
    assert_eq!(
        answered(&town, &border, &plain, &town.person, &[]).await,
        without
    );

    let grant = town.registry.border_grant(&[&town.person]);
    let allowed = [FieldGroup::Identity, FieldGroup::Presence];
    let named = answered(&town, &border, &town.issued(&grant), &town.person, &allowed).await;
    // The grant gives no verdict, so under it none is told.
    assert_eq!(
        named,
        methods(&[&["Persons/GetPerson"][..], &OF_ACTS[..], &CORRECTIONS].concat())
    );
    let told = answered(&town, &border, &town.issued(&grant), &town.other, &[]).await;
    assert_eq!(told, methods(&[&OF_ACTS[..], &CORRECTIONS].concat()));

    let narrow = Grant {
        groups: [FieldGroup::Identity].into(),
        persons: [].into(),
        ..grant.clone()
    };
    let purpose = town.issued(&narrow);
    let told = answered(
        &town,
        &border,
        &purpose,
        &town.person,
        &[FieldGroup::Identity],
    )
    .await;
    let opened = ["Persons/FindPerson", "Persons/GetPerson"];
    assert_eq!(
        told,
        methods(&[&opened[..], &OF_ACTS[..], &CORRECTIONS].concat())
    );
    let answer = town.get(&border, purpose, &town.person).await.unwrap();
    let person = answer.person.unwrap();
    assert!(person.presence.is_none() && person.particulars.is_some());
    assert!(person.withheld.iter().any(|group| group == "PRESENCE"));
    drop(border);
    town.registry.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_holds_until_it_ends_or_is_revoked() {
    let town = Town::build().await;
    let border = town.registry.client(BORDER_POLICE).await;
    let grant = town.registry.border_grant(&[&town.person]);
    let get = async || {
        town.get(&border, town.issued(&grant), &town.person)
            .await
            .map(drop)
    };
    assert_eq!(get().await, Ok(()));
    // Known by now, and checked all the same.
    let now = town.registry.clock().now_micros();
    town.registry.clock().set(grant.not_after.micros());
    assert_eq!(get().await, Ok(()));
    town.registry.clock().set(grant.not_after.micros() + 1);
    assert_eq!(get().await, Err(Reason::GrantExpired));
    town.registry.clock().set(now + HOUR / 2);
    assert_eq!(get().await, Ok(()));

    // The supervisor takes it back; the data-protection officer takes another one back.
    let supervisor = town.registry.client(BORDER_SUPERVISOR).await;
    let author = town.registry.author(BORDER_SUPERVISOR.name);
    let act = support::revocation(&grant);
    town.registry
        .submit(&supervisor, &author, &act)
        .await
        .unwrap();
    assert_eq!(get().await, Err(Reason::GrantRevoked));
    let second = town.registry.border_grant(&[]);
    let purpose = || town.issued(&second);
    assert!(town.get(&border, purpose(), &town.person).await.is_ok());
    let officer = town.registry.client(DATA_PROTECTION).await;
    let author = town.registry.author(DATA_PROTECTION.name);
    let act = support::revocation(&second);
    town.registry.submit(&officer, &author, &act).await.unwrap();
    let refused = town.get(&border, purpose(), &town.person).await;
    assert_eq!(refused.map(drop), Err(Reason::GrantRevoked));

    // An auditor finds nothing amiss: the revocations were signed by those who may.
    drop((border, supervisor, officer));
    let report = support::verify(town.registry.stop().await.path());
    assert_eq!(report.exit_code(), 0, "{}", report.to_json());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disclosure_names_the_grant_and_a_refusal_is_recorded() {
    let town = Town::build().await;
    let border = town.registry.client(BORDER_POLICE).await;
    let grant = town.registry.border_grant(&[&town.person]);
    let answer = town
        .get(&border, town.issued(&grant), &town.person)
        .await
        .unwrap();
    let receipt = answer.info.unwrap().disclosure.unwrap();
    let before = town.registry.size(LedgerName::Disclosures);
    let refused = town.get(&border, town.issued(&grant), &town.other).await;
    assert_eq!(refused.map(drop), Err(Reason::GrantOutOfScope));
    assert_eq!(town.registry.size(LedgerName::Disclosures), before + 1);

    let office = town.registry.client(REGISTRAR).await;
    let request = api::ListDisclosuresRequest {
        purpose: Some(api::Purpose {
            code: Purpose::SubjectAccess.code().to_owned(),
            ..Town::purpose(REGISTRAR)
        }),
        person: town.person.clone(),
        consent_reference: "F-1".to_owned(),
    };
    let entry = support::until("the disclosure", async || {
        let answer = office.audit().list_disclosures(request.clone()).await;
        let entries = answer.unwrap().into_inner().entries;
        entries
            .into_iter()
            .find(|entry| entry.position == receipt.position)
    })
    .await;
    let disclosure = entry.disclosure.unwrap();
    assert_eq!(disclosure.verb(), DisclosureVerb::Opened);
    assert_eq!(disclosure.grant_id, grant.id.0);
    assert_eq!(disclosure.case_reference, grant.case_reference);
    assert_eq!(disclosure.field_groups, ["IDENTITY", "PRESENCE"]);
    drop((border, office));
    town.registry.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_narrows_also_what_needs_none() {
    let town = Town::build().await;
    let job = town.registry.client(CIVIL_REGISTRY).await;
    // The standing legal basis opens the feed, and what was corrected of it, and nothing else.
    let plain = Town::purpose(CIVIL_REGISTRY);
    let allowed = [FieldGroup::Identity];
    let told = answered(&town, &job, &plain, &town.person, &allowed).await;
    let open = ["Feed/Follow", "Registry/SubmitActs"];
    assert_eq!(told, methods(&[&open[..], &CORRECTIONS].concat()));
    drop(job);
    town.registry.stop().await;
}
