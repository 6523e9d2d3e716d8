//! References from their taking to their erasure, and the clocks in between.

use crate::access::FieldGroup;
use crate::act::*;
use crate::erasure::{ErasureGround, Found, Order, Standing};
use crate::fact::{BiometricModality, BiometricWithdrawal, ExitKind, Sex};
use crate::life::{At, Life};
use crate::number::{BiometricNumber, PersonNumber};
use crate::refusal::Reason;
use crate::retention::{RetentionState, biometric_due, due};
use crate::testing::*;
use crate::time::Timestamp;

fn face(person: PersonNumber) -> RecordBiometricReference {
    RecordBiometricReference {
        person,
        modality: BiometricModality::Face,
        device: "CAM-7".into(),
        system: "ABIS-1".into(),
        reference: "T-1".into(),
        digest: [9; 32],
    }
}

fn withdraw(biometric: BiometricNumber) -> WithdrawBiometricReference {
    WithdrawBiometricReference {
        biometric,
        ground: BiometricWithdrawal::Replaced,
    }
}

fn taken(registry: &mut Registry, day: &str, person: PersonNumber) -> BiometricNumber {
    registry.ok(day, face(person)).biometrics[0]
}

fn life(registry: &Registry, number: BiometricNumber) -> &Life {
    &registry.lives[&SubjectId::Biometric(number)]
}

#[test]
fn a_reference_is_a_life_of_its_own_of_which_nothing_stands_in_the_persons() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let version = registry.life(person).version();
    let number = taken(&mut registry, "1402-03-04", person);
    assert_eq!(registry.life(person).version(), version);
    let reference = life(&registry, number).biometric(&At::END).unwrap();
    assert!(reference.person == person && reference.number == number);
    assert_eq!(
        (&*reference.system, &*reference.reference),
        ("ABIS-1", "T-1")
    );
    assert_eq!(reference.legal_basis, "duty:12");
    assert_eq!(reference.office.as_str(), "THR-01");
    assert!(reference.withdrawn.is_none());
    assert!(life(&registry, number).person(&At::END).is_none());

    // It is withdrawn once, and was not before the day.
    registry.ok("1403-01-01", withdraw(number));
    let again = registry.refused("1403-01-02", withdraw(number));
    assert_eq!(again, Reason::BiometricReferenceWithdrawn);
    let withdrawn = |day_of: &str| {
        let reference = life(&registry, number).biometric(&At::day(day(day_of)));
        reference.unwrap().withdrawn.map(|(_, ground)| ground)
    };
    assert_eq!(withdrawn("1402-12-29"), None);
    assert_eq!(withdrawn("1403-01-01"), Some(BiometricWithdrawal::Replaced));
}

#[test]
fn only_offices_and_the_border_record_and_nobody_corrects() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    registry.as_office("THR-97");
    assert_eq!(
        registry.refused("1402-01-01", face(person)),
        Reason::RoleNotAllowed
    );
    registry.as_office("DOG-01");
    let outcome = registry.ok("1402-01-01", face(person));
    registry.as_office("THR-01");
    let annul = AnnulAct {
        target: outcome.id,
        reason: "another person's".into(),
    };
    assert_eq!(
        registry.refused("1402-01-02", annul),
        Reason::TargetNotAmendable
    );
    let unknown = BiometricNumber::from_serial(crate::number::SERIAL_MAX).unwrap();
    let refused = registry.refused("1402-01-02", withdraw(unknown));
    assert_eq!(refused, Reason::UnknownBiometricReference);
    let nobody = PersonNumber::from_serial(crate::number::SERIAL_MAX).unwrap();
    assert_eq!(
        registry.refused("1402-01-02", face(nobody)),
        Reason::UnknownPerson
    );
    // An erased one is not withdrawn, and the person may have another.
    let number = outcome.biometrics[0];
    registry.erase(number);
    assert_eq!(
        registry.refused("1402-01-03", withdraw(number)),
        Reason::SubjectErased
    );
    for _ in 0..crate::fact::limits::BIOMETRIC_REFERENCES_MAX {
        taken(&mut registry, "1402-01-03", person);
    }
    let full = registry.refused("1402-01-03", face(person));
    assert_eq!(full, Reason::BiometricReferencesFull);
    registry.ok("1402-02-01", death(person));
    assert_eq!(
        registry.refused("1402-02-02", face(person)),
        Reason::PersonDeceased
    );
}

#[test]
fn its_clocks_are_the_shortest_and_the_first_to_end_ends_it() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let number = taken(&mut registry, "1400-05-05", person);
    let ends = |registry: &Registry, today: &str| {
        let row = biometric_due(life(registry, number), registry.life(person), day(today));
        let row = row.unwrap();
        assert_eq!(row.group, FieldGroup::BiometricReferences);
        (
            row.ends_on,
            row.clock.map(|clock| clock.id),
            row.state(day(today)),
        )
    };
    // Five years after it was taken, and announced before.
    let (end, clock, state) = ends(&registry, "1402-01-01");
    assert_eq!((end, clock), (Some(day("1405-05-05")), Some("RT-40")));
    assert_eq!(state, RetentionState::Running);
    assert_eq!(ends(&registry, "1405-02-05").2, RetentionState::Warned);
    assert_eq!(ends(&registry, "1405-05-05").2, RetentionState::Ended);
    // Three months after departure, unless the person comes back.
    let exit = RecordExit {
        person,
        border_point: "DOGHAROUN".into(),
        kind: ExitKind::Final,
        document: None,
    };
    registry.ok("1403-02-01", exit);
    let (end, clock, _) = ends(&registry, "1403-02-02");
    assert_eq!((end, clock), (Some(day("1403-05-01")), Some("RT-38")));
    // A month after it was withdrawn.
    registry.ok("1403-02-10", withdraw(number));
    let (end, clock, _) = ends(&registry, "1403-02-11");
    assert_eq!((end, clock), (Some(day("1403-03-10")), Some("RT-39")));
    // The person's own groups say nothing of it, and each of them ends later.
    let rows = due(registry.life(person), day("1403-02-11"));
    assert!(
        rows.iter()
            .all(|row| row.group != FieldGroup::BiometricReferences)
    );
    assert!(
        rows.iter()
            .filter_map(|row| row.ends_on)
            .all(|end| day("1403-03-10") < end)
    );
    // One whose person was erased has outlived its purpose.
    let row = biometric_due(life(&registry, number), &Life::default(), day("1403-02-11"));
    assert!(row.unwrap().has_ended(day("1403-02-11")));
}

#[test]
fn no_group_has_a_shorter_clock_by_the_same_start() {
    use crate::retention::Clock;
    let of = |group: FieldGroup, start| {
        let mut clocks = Clock::ALL.iter();
        clocks.find(|clock| clock.group == group && clock.starts == start)
    };
    for clock in Clock::ALL {
        let own = of(FieldGroup::BiometricReferences, clock.starts);
        assert!(
            own.is_none_or(|own| own.months <= clock.months),
            "{}",
            clock.id
        );
    }
}

#[test]
fn it_is_erased_before_its_person_and_alone() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let number = taken(&mut registry, "1400-05-05", person);
    let order = |ground| Order {
        id: ActId([7; 16]),
        origin: "registry.example/events".into(),
        positions: vec![4],
        subject: [0; 32],
        ground,
        legal_basis: "P".into(),
        permit_number: "P-1".into(),
        not_after: Timestamp::from_micros(0),
        approvers: [("DPO", 1), ("MOI", 2)].map(|(agency, key)| crate::erasure::Approver {
            agency: code(agency),
            officer: code("X1"),
            key: KeyId([key; 8]),
        }),
    };
    let standing = |life, found, today: &str, ground| {
        let standing = Standing {
            found,
            life,
            positions: &[4],
            erased: false,
            today: day(today),
        };
        standing
            .decide(&order(ground))
            .map_err(|refusal| refusal.reason())
    };
    let (time_up, court) = (ErasureGround::RetentionEnded, ErasureGround::CourtOrder);
    let owner = registry.life(person);
    let reference = life(&registry, number);
    let found = Found::Biometric { owner };
    assert_eq!(
        standing(reference, found, "1402-01-01", time_up),
        Err(Reason::OrderNotDue)
    );
    assert_eq!(standing(reference, found, "1405-05-05", time_up), Ok(()));
    assert_eq!(standing(reference, found, "1402-01-01", court), Ok(()));
    // Nothing of the person is left behind, whoever orders it.
    let referenced = Found::Person { referenced: true };
    assert_eq!(
        standing(owner, referenced, "1402-01-01", court),
        Err(Reason::OrderNotDue)
    );
    let alone = Found::Person { referenced: false };
    assert_eq!(standing(owner, alone, "1402-01-01", court), Ok(()));
    let empty = Life::default();
    let missing = standing(&empty, found, "1402-01-01", court);
    assert_eq!(missing, Err(Reason::UnknownBiometricReference));
}
