//! Biometric references: recorded where a template is held elsewhere, told to the office and to the person alone, and erased
//! when their own clocks end, while everything else about the person stays.

use sabt_cli::cast::{BORDER_POLICE, DATA_PROTECTION, POLICE, REGISTRAR};
use sabt_domain::erasure::{ErasureGround, Target};
use sabt_domain::number::BiometricNumber;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;
use sabt_proto::event::v1::act::Body;
use sabt_server::clock::Clock;
use sabt_vault::numbers::NumberKind;
use sabt_vault::slots::SlotState;
use tempfile::TempDir;

use super::scan::Needles;
use super::world::{Office, sealed, stated};
use super::{
    assert_nothing_found, assert_sound, assert_views_are_a_rebuild, back_up, exported, office,
    published, started, vault_of,
};
use crate::support::{self, NOW, TestRegistry, approved, order_over};
use crate::synthetic::refusal_reason;

const SYSTEM: &str = "ABIS-QW-7712";
const REFERENCE: &str = "TEMPLATE-ZX-55081";
const DIGEST: [u8; 32] = *b"\xd1gest-of-a-template-nobody-holds";

fn face(person: &str) -> Body {
    Body::RecordBiometricReference(event::RecordBiometricReference {
        person: person.to_owned(),
        modality: event::BiometricModality::Face.into(),
        device: "CAM-DOG-3".to_owned(),
        system: SYSTEM.to_owned(),
        reference: REFERENCE.to_owned(),
        digest: DIGEST.to_vec(),
    })
}

fn withdraw(number: &str) -> Body {
    Body::WithdrawBiometricReference(event::WithdrawBiometricReference {
        biometric: number.to_owned(),
        ground: event::BiometricWithdrawal::Replaced.into(),
    })
}

/// The number of a reference that nobody recorded.
fn unknown() -> String {
    let number = BiometricNumber::from_serial(99_000_000_000).unwrap();
    number.to_string()
}

/// What the office is told of a person for registration.
async fn told(desk: &Office, person: &str) -> api::Person {
    let request = api::GetPersonRequest {
        purpose: Some(stated("REGISTRATION")),
        at: Some(desk.now()),
        person: person.to_owned(),
    };
    let answer = desk.client.persons().get_person(request).await.unwrap();
    answer.into_inner().person.unwrap()
}

/// The person's extract, as bytes.
async fn extract(registry: &TestRegistry, person: &str) -> Vec<u8> {
    let client = registry.client(REGISTRAR).await;
    let request = api::GetExtractRequest {
        purpose: Some(stated("SUBJECT_ACCESS")),
        person: person.to_owned(),
        consent_reference: "F-1".to_owned(),
    };
    let answer = support::until("an extract", async || {
        client.persons().get_extract(request.clone()).await.ok()
    });
    answer.await.into_inner().extract
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

async fn due(desk: &Office) -> Vec<api::RetentionDue> {
    let request = api::ListRetentionsDueRequest {
        purpose: Some(stated("ERASURE")),
        field_group: "BIOMETRIC_REFERENCES".to_owned(),
        ..api::ListRetentionsDueRequest::default()
    };
    let answer = desk.dpo.persons().list_retentions_due(request).await;
    answer.unwrap().into_inner().due
}

/// Nobody but the office is told where a template is, and an extract that is verified says it to the person.
async fn assert_told_to_two_alone(registry: &TestRegistry, person: &str) {
    let page = extract(registry, person).await;
    for needle in [SYSTEM.as_bytes(), REFERENCE.as_bytes(), &DIGEST] {
        assert!(holds(&page, needle));
    }
    let purpose = |code: &str| Some(stated(code));
    for (player, code) in [
        (POLICE, "STAY_CHECK"),
        (BORDER_POLICE, "BORDER_CONTROL"),
        (DATA_PROTECTION, "SUBJECT_ACCESS"),
    ] {
        let client = registry.client(player).await;
        let mut asked = purpose(code);
        if player == BORDER_POLICE {
            let grant = registry.border_grant(&[person]);
            asked = Some(support::under(&grant, registry.issue(&grant)));
        }
        let request = api::GetPersonRequest {
            purpose: asked,
            at: None,
            person: person.to_owned(),
        };
        let answer = client.persons().get_person(request).await;
        let known = answer.is_ok_and(|answer| {
            let person = answer.into_inner().person.unwrap();
            !person.biometric_references.is_empty()
        });
        // The data-protection officer asks for the person.
        assert_eq!(known, player == DATA_PROTECTION, "{}", player.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::too_many_lines,
    reason = "a reference, from its taking to its erasure"
)]
async fn a_reference_is_erased_when_its_clock_ends_and_the_person_stays() {
    let registry = started(Clock::fixed(NOW)).await;
    let desk = office(&registry).await;
    let person = desk.somebody().await;
    let before = told(&desk, &person).await;
    let recorded = desk.submit("1404-01-01", face(&person)).await.unwrap();
    let number = recorded.numbers[0].clone();
    let other = desk.submit("1405-01-01", face(&person)).await.unwrap();
    let other = other.numbers[0].clone();
    desk.submit("1405-01-02", withdraw(&number)).await.unwrap();
    let wanted = recorded.position + 3;
    for (number, reason) in [
        (number.clone(), "BIOMETRIC_REFERENCE_WITHDRAWN"),
        (unknown(), "UNKNOWN_BIOMETRIC_REFERENCE"),
    ] {
        let refused = desk.submit("1405-01-03", withdraw(&number)).await;
        let refused = refused.unwrap_err();
        assert_eq!(refusal_reason(&refused).as_deref(), Some(reason));
    }
    let registry_now = registry.registry();
    assert!(registry_now.wait_for(wanted, support::PATIENCE).await);

    // The office reads both; nothing else of the person differs, the version neither.
    let shown = told(&desk, &person).await;
    let of = |number: &str| {
        let mut references = shown.biometric_references.iter();
        references.find(|one| one.number == number).unwrap()
    };
    assert_eq!(of(&number).digest, DIGEST);
    assert_eq!(
        (of(&number).system.as_str(), of(&number).reference.as_str()),
        (SYSTEM, REFERENCE)
    );
    assert_eq!(of(&number).office, support::TEHRAN);
    assert!(of(&number).withdrawn_on.is_some() && of(&other).withdrawn_on.is_none());
    let without = api::Person {
        biometric_references: Vec::new(),
        ..shown.clone()
    };
    assert_eq!(without, before);
    assert_told_to_two_alone(&registry, &person).await;

    // A month after it was withdrawn one is due, and the other is not; the person's own groups are not either.
    let kept = desk.retention(&person).await.unwrap();
    let row = |number: &str| {
        let mut rows = kept.biometric_references.iter();
        let row = rows.find(|row| row.number == number).unwrap();
        let retention = row.retention.clone().unwrap();
        (retention.state, retention.clock, row.positions.clone())
    };
    let (state, clock, positions) = row(&number);
    assert_eq!(
        (state.as_str(), clock.as_str()),
        ("ENDED", "BIOMETRIC_WITHDRAWN")
    );
    assert_eq!(positions.len(), 2);
    let (state, clock, others) = row(&other);
    assert_eq!(
        (state.as_str(), clock.as_str()),
        ("RUNNING", "BIOMETRIC_TAKEN")
    );
    let listed = due(&desk).await;
    assert_eq!(listed.len(), 1);
    assert!(listed[0].erasable && listed[0].person == person);
    assert_eq!(listed[0].biometric_reference, number);

    let mut sealed_bytes = Needles::default();
    let references: Vec<u64> = positions.iter().chain(&others).copied().collect();
    for payload in sealed(registry.registry(), &references) {
        sealed_bytes.add_windows("a sealed payload", &payload);
    }
    let everywhere = sealed_bytes.found_below(registry.dir());
    assert!(!everywhere.is_empty(), "what is looked for can be found");
    let dir = registry.dir().to_owned();
    let ordered = |target, positions: &[u64], ground| {
        let (mut order, case) = order_over(target, DATA_PROTECTION, &dir, positions, NOW);
        order.ground = ground;
        approved(&dir, &order, &case)
    };
    let target = |number: &str| Target::Biometric(number.parse().unwrap());
    let (time_up, court) = (ErasureGround::RetentionEnded, ErasureGround::CourtOrder);
    // The other's time is not up, and nobody is erased of whom a reference would be left behind.
    let refused = desk.erase(ordered(target(&other), &others, time_up)).await;
    let refused = refused.unwrap_err();
    assert_eq!(refusal_reason(&refused).as_deref(), Some("ORDER_NOT_DUE"));
    let whole = Target::Person(person.parse().unwrap());
    let refused = desk.erase(ordered(whole, &kept.positions, court)).await;
    let refused = refused.unwrap_err();
    assert_eq!(refusal_reason(&refused).as_deref(), Some("ORDER_NOT_DUE"));
    assert!(refused.message().contains("Biometric references"));

    let erased = desk
        .erase(ordered(target(&number), &positions, time_up))
        .await;
    assert_eq!(erased.unwrap().erased, 2);
    let again = desk
        .submit("1405-02-01", withdraw(&number))
        .await
        .unwrap_err();
    assert_eq!(refusal_reason(&again).as_deref(), Some("SUBJECT_ERASED"));
    let left = told(&desk, &person).await;
    assert_eq!(left.biometric_references, [of(&other).clone()]);
    assert_eq!(left.particulars, before.particulars);
    assert!(due(&desk).await.is_empty());

    // The other one by order of a court, and then nothing of either is found anywhere; the person is still there.
    let erased = desk.erase(ordered(target(&other), &others, court)).await;
    assert_eq!(erased.unwrap().erased, 1);
    assert_eq!(told(&desk, &person).await, before);
    let page = extract(&registry, &person).await;
    assert!(!holds(&page, REFERENCE.as_bytes()) && holds(&page, person.as_bytes()));

    let mut needles = sealed_bytes;
    for (what, needle) in [
        ("system", SYSTEM.as_bytes()),
        ("reference", REFERENCE.as_bytes()),
        ("digest", &DIGEST),
        ("number", number.as_bytes()),
        ("number", other.as_bytes()),
    ] {
        needles.add(what, needle);
    }
    drop(desk);
    published(&registry).await;
    let after = TempDir::new().unwrap();
    back_up(registry.dir(), &after.path().join("copy"));
    exported(&registry, after.path()).await;
    assert_nothing_found(&needles, after.path());
    let directory = registry.stop().await;
    assert_nothing_found(&needles, directory.path());
    assert_views_are_a_rebuild(directory.path());
    assert_sound(directory.path());
    let (vault, ordinal) = vault_of(directory.path(), &person);
    assert_ne!(vault.state(ordinal).unwrap(), SlotState::Destroyed);
    for number in [number, other] {
        let serial = number.parse::<BiometricNumber>().unwrap().serial();
        let ordinal = vault.numbering().ordinal(NumberKind::Biometric, serial);
        assert_eq!(vault.state(ordinal.unwrap()).unwrap(), SlotState::Destroyed);
    }
}
