//! Extracts at their limits: too many records, and look-ups that are withheld.

use prost::Message as _;
use sabt_chain::frame::FrameBuilder;
use sabt_chain::{ActId, Digest, Envelope, Kind, LedgerName, Origin, Part, SubjectTag, Timestamp};
use sabt_cli::cast::{DATA_PROTECTION, Player, REGISTRAR};
use sabt_domain::number::PersonNumber;
use sabt_domain::refusal::Reason;
use sabt_extract::EXTRACT_RECORDS_MAX;
use sabt_journal::{Backend as _, FileJournal, Options, Owner};
use sabt_proto::api::v1 as api;
use sabt_proto::api::v1::submit_acts_response::Result as Outcome;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Disclosure, DisclosureVerb, Sex};
use sabt_proto::extract::v1::Extract;
use sabt_server::clock::Clock;
use sabt_server::registry::Layout;
use sabt_vault::numbers::NumberKind;
use sabt_vault::seal::RecordPlace;
use sabt_vault::secrets::KeyRing;
use sabt_vault::{KeyOwner, Vault, audit};
use tokio_stream::StreamExt as _;
use tonic::Status;
use tonic_types::StatusExt as _;

use super::purpose;
use crate::support::{self, NOW, REGISTRY, SEGMENT_BYTES, TestRegistry};

/// A day, microseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;
/// When the look-up may be told.
const EMBARGO: i64 = NOW + 30 * DAY;
/// The officer who looked.
const INVESTIGATOR: &str = "INV-7";

fn subject_access(player: Player) -> api::Purpose {
    api::Purpose {
        code: "SUBJECT_ACCESS".to_owned(),
        ..purpose(player)
    }
}

async fn extract(registry: &TestRegistry, person: &str) -> Result<Extract, Status> {
    let client = registry.client(DATA_PROTECTION).await;
    let request = api::GetExtractRequest {
        purpose: Some(subject_access(DATA_PROTECTION)),
        person: person.to_owned(),
        consent_reference: String::new(),
    };
    let answer = client.persons().get_extract(request).await?.into_inner();
    Ok(Extract::decode(answer.extract.as_slice()).unwrap())
}

/// Has an office submit acts in their order; returns the receipts.
async fn record(registry: &TestRegistry, acts: Vec<event::Act>) -> Vec<api::Receipt> {
    let author = registry.author(REGISTRAR.name);
    let signed: Vec<_> = acts
        .iter()
        .map(|act| api::SubmitActRequest {
            signed_act: Some(author.sign(act).unwrap()),
        })
        .collect();
    let client = registry.client(REGISTRAR).await;
    let results = client
        .registry()
        .submit_acts(tokio_stream::iter(signed))
        .await;
    let mut results = results.unwrap().into_inner();
    let mut receipts = Vec::new();
    while let Some(item) = results.next().await {
        match item.unwrap().result.unwrap() {
            Outcome::Receipt(receipt) => receipts.push(receipt),
            Outcome::Refusal(refusal) => panic!("{refusal:?}"),
        }
    }
    let last = receipts.last().unwrap();
    let folded = last.position + u64::from(last.parts);
    assert!(
        registry
            .registry()
            .wait_for(folded, support::PATIENCE)
            .await
    );
    receipts
}

async fn somebody(registry: &TestRegistry) -> String {
    let body = Body::RegisterPerson(support::register(Sex::Female, "1370-01-01"));
    let receipts = record(registry, vec![support::act("1399-01-01", body)]).await;
    receipts[0].numbers[0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn more_records_than_an_extract_holds_are_refused_with_the_limit() {
    let registry = TestRegistry::start().await;
    let person = somebody(&registry).await;
    let moved = |province: &str| {
        let body = Body::ChangeAddress(event::ChangeAddress {
            subject: person.clone(),
            address: Some(support::address(province)),
        });
        support::act("1400-01-01", body)
    };
    // With the registration, as many as fit.
    let provinces = ["IR-23", "IR-09"].into_iter().cycle();
    let fitting = provinces.take(EXTRACT_RECORDS_MAX - 1).map(moved).collect();
    record(&registry, fitting).await;
    let whole = extract(&registry, &person).await.unwrap();
    assert_eq!(whole.history.len(), EXTRACT_RECORDS_MAX);
    record(&registry, vec![moved("IR-10")]).await;
    let before = registry.size(LedgerName::Disclosures);
    let refused = extract(&registry, &person).await.unwrap_err();
    let details = refused.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(info.reason, Reason::ExtractTooLarge.code());
    assert_eq!(
        info.metadata["records_max"],
        EXTRACT_RECORDS_MAX.to_string()
    );
    assert_eq!(
        info.metadata["records"],
        (EXTRACT_RECORDS_MAX + 1).to_string()
    );
    // The refusal is recorded; nothing was told.
    assert_eq!(registry.size(LedgerName::Disclosures), before + 1);
    registry.stop().await;
}

/// Writes a look-up that is withheld until [`EMBARGO`] into a closed registry, as the server does for a row of the matrix
/// that defers: no edition has one.
fn defer_a_look_up(registry: &std::path::Path, person: &str) {
    let layout = Layout::new(registry);
    let ring = KeyRing::open(&layout.keys()).unwrap();
    let vault = Vault::open(&layout.vault(), REGISTRY, ring).unwrap();
    let origin = Origin::new(REGISTRY, LedgerName::Disclosures).unwrap();
    let options = Options {
        segment_bytes: SEGMENT_BYTES,
        ..Options::default()
    };
    crate::processes::settle();
    let directory = layout.ledger(LedgerName::Disclosures);
    let journal = FileJournal::open(&directory, &origin, &options).unwrap();
    let (epoch, head) = journal.open_epoch(&Owner::new("test").unwrap()).unwrap();
    let position = head.size.next_position();
    let serial = person.parse::<PersonNumber>().unwrap().serial();
    let subject = vault
        .numbering()
        .ordinal(NumberKind::Person, serial)
        .unwrap();
    let act_id = ActId::from_bytes(*uuid::Uuid::now_v7().as_bytes());
    let disclosure = Disclosure {
        subject: person.to_owned(),
        agency: "POLICE".to_owned(),
        officer: INVESTIGATOR.to_owned(),
        verb: DisclosureVerb::Opened.into(),
        purpose: "STAY_CHECK".to_owned(),
        embargo_until: EMBARGO,
        deferral_reason: "investigation".to_owned(),
        deferral_order: "1405/12".to_owned(),
        ..Disclosure::default()
    };
    let owner = KeyOwner::Audit(audit::epoch_of(NOW).unwrap());
    vault.ensure(owner).unwrap();
    let place = RecordPlace {
        origin: origin.as_str(),
        position: position.get(),
        act_id: act_id.to_bytes(),
    };
    let mut payload = Vec::new();
    let plain = disclosure.encode_to_vec();
    vault
        .seal_into(owner, &place, &plain, &mut payload)
        .unwrap();
    let routing = vault.routing_key(origin.as_str());
    let envelope = Envelope {
        kind: Kind::Event,
        position,
        previous: head.link,
        recorded_at: Timestamp::from_micros(NOW),
        subject_tag: SubjectTag::from_bytes(routing.tag(position.get(), subject)),
        act_id,
        part: Part::ONLY,
        sealed_len: u32::try_from(payload.len()).unwrap(),
        sealed_digest: Digest::of(&payload),
        authorship: None,
    };
    let mut frame = FrameBuilder::new(epoch, position, head.link);
    frame.push(&envelope.encode().unwrap(), &payload).unwrap();
    journal
        .append(epoch, &head, &frame.finish().unwrap())
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extract_counts_what_is_withheld_and_tells_it_when_its_day_has_come() {
    let registry = TestRegistry::start().await;
    let person = somebody(&registry).await;
    let client = registry.client(REGISTRAR).await;
    let request = api::GetPersonRequest {
        purpose: Some(purpose(REGISTRAR)),
        at: None,
        person: person.clone(),
    };
    client.persons().get_person(request).await.unwrap();
    drop(client);
    let directory = registry.stop().await;
    defer_a_look_up(directory.path(), &person);

    let registry = TestRegistry::serve(directory, Clock::fixed(NOW)).await;
    let told = extract(&registry, &person).await.unwrap().look_ups.unwrap();
    assert_eq!(told.deferred, 1);
    assert!(
        told.entries
            .iter()
            .any(|one| one.agency == REGISTRAR.agency)
    );
    assert!(told.entries.iter().all(|one| one.officer != INVESTIGATOR));
    let directory = registry.stop().await;

    // On its day it is told, with how long and why it was withheld.
    let registry = TestRegistry::serve(directory, Clock::fixed(EMBARGO)).await;
    let told = extract(&registry, &person).await.unwrap().look_ups.unwrap();
    assert_eq!(told.deferred, 0);
    let mut entries = told.entries.iter();
    let one = entries.find(|one| one.officer == INVESTIGATOR).unwrap();
    assert_eq!(
        (one.withheld_until, one.deferral_order.as_str()),
        (EMBARGO, "1405/12")
    );
    let directory = registry.stop().await;
    let report = support::verify(directory.path());
    assert_eq!(report.exit_code(), 0, "{}", report.to_json());
}
