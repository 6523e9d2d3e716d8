use super::*;
use crate::act::{EndProtection, RecordEntry, RecordExit, RecordProtection};
use crate::fact::{EntryKind, ExitKind, ProtectionEnding, ProtectionKind, Sex};
use crate::law::ResidenceKind;
use crate::number::PersonNumber;
use crate::testing::*;

fn rows(registry: &Registry, person: PersonNumber, today: &str) -> Vec<Retention> {
    due(registry.life(person), day(today))
}

fn row(registry: &Registry, person: PersonNumber, group: FieldGroup, today: &str) -> Retention {
    let rows = rows(registry, person, today);
    *rows.iter().find(|row| row.group == group).unwrap()
}

fn exit(person: PersonNumber) -> RecordExit {
    RecordExit {
        person,
        border_point: "DOGHAROUN".into(),
        kind: ExitKind::Final,
        document: None,
    }
}

fn entry(person: PersonNumber) -> RecordEntry {
    RecordEntry {
        person,
        border_point: "DOGHAROUN".into(),
        kind: EntryKind::Resident,
        document: None,
    }
}

#[test]
fn the_table_is_sound() {
    let mut ids = std::collections::BTreeSet::new();
    for clock in Clock::ALL {
        assert!(ids.insert(clock.id), "{} stands twice", clock.id);
        assert!(0 < clock.months && !clock.source.is_empty());
        assert_ne!(clock.group, FieldGroup::VitalEvents);
    }
    // Who is told apart by what: the shortest clock of each start is that of a claim to asylum, but for biometric references,
    // which are no part of the person's life.
    for start in [Start::Death, Start::Departure] {
        let of_start = Clock::ALL.iter().filter(|clock| clock.starts == start);
        let of_start = of_start.filter(|clock| clock.group != FieldGroup::BiometricReferences);
        let shortest = of_start.min_by_key(|clock| clock.months).unwrap();
        assert_eq!(shortest.group, FieldGroup::AsylumClaim, "{start:?}");
        // So it ends before identity does, and what is due never hangs on it.
    }
    // Protection goes before what identifies.
    let months = |group, start| {
        let mut clocks = Clock::ALL.iter();
        let clock = clocks.find(|clock| clock.group == group && clock.starts == start);
        clock.unwrap().months
    };
    for start in [Start::Death, Start::Departure] {
        assert!(months(FieldGroup::Protection, start) < months(FieldGroup::Identity, start));
    }
}

#[test]
fn nothing_ends_while_a_person_lives_here() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Female);
    for row in rows(&registry, person, "1499-01-01") {
        assert_eq!(row.state(day("1499-01-01")), RetentionState::NotStarted);
        assert!(!row.rule().is_empty());
    }
}

#[test]
fn the_earliest_clock_wins_and_is_announced() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Female);
    registry.ok("1395-01-10", exit(person));
    let identity = row(&registry, person, FieldGroup::Identity, "1400-01-01");
    assert_eq!(identity.ends_on, Some(day("1405-01-10")));
    assert_eq!(identity.warn_from, Some(day("1404-10-10")));
    assert_eq!(identity.clock.unwrap().starts, Start::Departure);
    let states = [
        ("1404-10-09", RetentionState::Running),
        ("1404-10-10", RetentionState::Warned),
        ("1405-01-09", RetentionState::Warned),
        ("1405-01-10", RetentionState::Ended),
    ];
    for (today, state) in states {
        assert_eq!(identity.state(day(today)), state, "{today}");
    }
    // A death ends earlier than the departure would have.
    registry.ok("1396-02-01", death(person));
    let identity = row(&registry, person, FieldGroup::Identity, "1400-01-01");
    assert_eq!(identity.ends_on, Some(day("1401-02-01")));
    assert_eq!(identity.clock.unwrap().starts, Start::Death);
    // The death itself is a vital event, and those are kept.
    let vital = row(&registry, person, FieldGroup::VitalEvents, "1499-01-01");
    assert_eq!(vital.state(day("1499-01-01")), RetentionState::Kept);
}

#[test]
fn a_return_stops_the_clock_of_the_departure() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Female);
    registry.ok("1395-01-10", exit(person));
    registry.ok("1396-01-10", entry(person));
    for row in rows(&registry, person, "1499-01-01") {
        assert_eq!(row.ends_on, None, "{:?}", row.group);
    }
}

#[test]
fn what_is_still_to_come_begins_no_clock() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Female);
    registry.ok("1395-01-10", exit(person));
    let identity = row(&registry, person, FieldGroup::Identity, "1394-01-01");
    assert_eq!(identity.ends_on, None);
}

#[test]
fn protection_ends_before_residence() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Female);
    registry.ok(
        "1391-01-01",
        permit(
            person,
            ResidenceKind::GuestTown,
            "R-1",
            "1391-01-01",
            "1391-06-01",
        ),
    );
    let protection = row(&registry, person, FieldGroup::Protection, "1393-01-01");
    assert_eq!(protection.clock.unwrap().starts, Start::ProtectionEnded);
    assert_eq!(protection.ends_on, Some(day("1394-06-01")));
    let held = rows(&registry, person, "1393-01-01");
    assert!(held.iter().all(|row| row.group != FieldGroup::Residence));
}

#[test]
fn an_illness_is_forgotten_soon_after_it_has_ended() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Female);
    let protect = |registry: &mut Registry, on, kind| {
        let protection = RecordProtection {
            person,
            kind,
            finding_reference: "F-1".into(),
        };
        registry.ok(on, protection).id
    };
    let illness = protect(&mut registry, "1402-01-01", ProtectionKind::Illness);
    let pregnancy = protect(&mut registry, "1402-02-01", ProtectionKind::Pregnancy);
    let end = |registry: &mut Registry, on, protection| {
        let ended = EndProtection {
            person,
            protection,
            ending: ProtectionEnding::CauseEnded,
            decision: None,
        };
        registry.ok(on, ended);
    };
    let health = |registry: &Registry| row(registry, person, FieldGroup::Health, "1405-01-01");
    end(&mut registry, "1402-03-01", illness);
    assert_eq!(health(&registry).clock, None);
    end(&mut registry, "1402-09-01", pregnancy);
    let ended = health(&registry);
    assert_eq!(ended.clock.unwrap().starts, Start::HealthEnded);
    assert_eq!(ended.ends_on, Some(day("1403-03-01")));
}
