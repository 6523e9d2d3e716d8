mod random;

use crate::act::*;
use crate::fact::*;
use crate::law::ResidenceKind;
use crate::number::PersonNumber;
use crate::testing::*;
use crate::time::Calendar;

use super::*;

/// What runs for a person on a day: kind, last day, row of the table, number.
fn open_on(registry: &Registry, person: PersonNumber, day_of: &str) -> Vec<String> {
    let at = as_of(day_of);
    let life = registry.life(person);
    let effective = life.effective(at.known_at);
    let events: Vec<_> = effective
        .iter()
        .map(|effective| (effective.position, effective.event))
        .collect();
    let open = open(&life.person(&at).unwrap(), &events, [], at.as_of);
    let told = |deadline: &Deadline| {
        let due = deadline.due.date_in(Calendar::Jalali).unwrap();
        let limit = deadline.limit.map_or("-", |limit| limit.id);
        assert!(!deadline.article.is_empty());
        let kind = deadline.kind.code();
        format!("{kind} {due} {limit} {}", deadline.number)
            .trim_end()
            .to_owned()
    };
    open.iter().map(told).collect()
}

#[test]
fn permits_end_and_are_renewed_in_time() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    assert!(open_on(&registry, person, "1400-02-01").is_empty());
    registry.ok(
        "1400-01-01",
        permit(
            person,
            ResidenceKind::ThreeYear,
            "P-1",
            "1400-01-01",
            "1402-12-29",
        ),
    );
    assert_eq!(
        open_on(&registry, person, "1400-02-01"),
        [
            "RENEWAL_REQUEST 1402-06-29 TL-39 P-1",
            "PERMIT_ENDS 1402-12-29 TL-37 P-1"
        ]
    );
    // The last day is in time; after it nothing runs.
    assert_eq!(open_on(&registry, person, "1402-06-29").len(), 2);
    assert_eq!(
        open_on(&registry, person, "1402-12-29"),
        ["PERMIT_ENDS 1402-12-29 TL-37 P-1"]
    );
    assert!(open_on(&registry, person, "1403-01-01").is_empty());
}

#[test]
fn an_objection_is_in_time_until_the_last_day() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Female);
    registry.ok(
        "1401-01-01",
        permit(
            person,
            ResidenceKind::Temporary,
            "T-1",
            "1401-01-01",
            "1401-12-29",
        ),
    );
    registry.ok(
        "1401-06-01",
        RevokeResidencePermit {
            person,
            permit_number: "T-1".into(),
            decision: Some(decision()),
        },
    );
    // Served on the first: three days.
    let objection = ["OBJECTION 1401-06-04 TL-36"];
    assert_eq!(open_on(&registry, person, "1401-06-01"), objection);
    assert_eq!(open_on(&registry, person, "1401-06-04"), objection);
    assert!(open_on(&registry, person, "1401-06-05").is_empty());

    let life = registry.life(person);
    let effective = life.effective(as_of("1401-06-05").known_at);
    let events: Vec<_> = effective
        .iter()
        .map(|effective| (effective.position, effective.event))
        .collect();
    // The decision stays, whether or not it is still in time, with whom to turn to.
    let objections = objections(&registry.person(person), &events);
    assert_eq!(objections.len(), 1);
    assert_eq!(objections[0].decision.appeal_body, "organisation");
    assert_eq!(objections[0].until.unwrap().1.id, "TL-36");
    assert_eq!(objections[0].position, life.records()[2].position);
}

#[test]
fn crossings_start_their_clocks() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    registry.ok(
        "1400-01-01",
        permit(
            person,
            ResidenceKind::Temporary,
            "T-7",
            "1400-01-01",
            "1400-12-29",
        ),
    );
    registry.as_office("DOG-01");
    let exit = RecordExit {
        person,
        border_point: "DOGHAROUN".into(),
        kind: ExitKind::Travel,
        document: None,
    };
    registry.ok("1400-03-01", exit);
    assert_eq!(
        open_on(&registry, person, "1400-03-02"),
        [
            "ABSENCE 1400-06-01 TL-47",
            "PERMIT_ENDS 1400-12-29 TL-32 T-7"
        ]
    );
    let other = {
        registry.as_office("THR-01");
        registry.register("1375-01-01", Sex::Male)
    };
    registry.as_office("DOG-01");
    let entry = RecordEntry {
        person: other,
        border_point: "DOGHAROUN".into(),
        kind: EntryKind::Emergency,
        document: None,
    };
    registry.ok("1400-03-01", entry);
    assert_eq!(
        open_on(&registry, other, "1400-03-02"),
        ["EMERGENCY_STAY_ENDS 1400-03-16 TL-25"]
    );
}

#[test]
fn a_visa_ends_with_the_stay_that_it_opened() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let visa = IssueVisa {
        valid_from: on("1402-02-01"),
        valid_until: on("1402-03-01"),
        ..visa(person, "V-1")
    };
    registry.ok("1402-01-01", visa);
    // It runs before its first day, so that nothing has to be recorded for it to be seen.
    let ends = ["VISA_ENDS 1402-03-01 - V-1"];
    assert_eq!(open_on(&registry, person, "1402-01-02"), ends);
    registry.as_office("DOG-01");
    let entry = RecordEntry {
        person,
        border_point: "DOGHAROUN".into(),
        kind: EntryKind::WithVisa,
        document: None,
    };
    registry.ok("1402-02-25", entry);
    let stay = ["VISA_ENDS 1402-03-24 - V-1"];
    assert_eq!(open_on(&registry, person, "1402-02-26"), stay);
    assert_eq!(open_on(&registry, person, "1402-03-24"), stay);
    assert!(open_on(&registry, person, "1402-03-25").is_empty());
}

#[test]
fn a_child_asks_for_a_permit_of_their_own_before_nineteen() {
    let mut registry = Registry::new();
    let (_, wife, household) = registry.couple();
    let child = registry.register("1386-06-15", Sex::Female);
    let joins = AddHouseholdMember {
        household,
        member: member(child, Relation::Child),
    };
    registry.ok("1393-07-01", joins);
    let of_family = |person, number| IssueResidencePermit {
        scope: PermitScope::Family,
        ..permit(
            person,
            ResidenceKind::ThreeYear,
            number,
            "1403-01-01",
            "1405-12-29",
        )
    };
    registry.ok("1403-01-01", of_family(child, "F-1"));
    registry.ok("1403-01-01", of_family(wife, "F-2"));
    // Nineteen on 1405-06-15: ninety days before the day before (AM-17).
    assert_eq!(
        open_on(&registry, child, "1403-02-01"),
        [
            "INDIVIDUAL_PERMIT_REQUEST 1405-03-17 TL-45 F-1",
            "RENEWAL_REQUEST 1405-06-29 TL-39 F-1",
            "PERMIT_ENDS 1405-12-29 TL-37 F-1"
        ]
    );
    assert_eq!(open_on(&registry, child, "1405-03-18").len(), 2);
    // The spouse stays on the permit of the family.
    assert_eq!(open_on(&registry, wife, "1403-02-01").len(), 2);
}

#[test]
fn a_household_that_lost_its_head_has_thirty_days() {
    let mut registry = Registry::new();
    let (husband, wife, household) = registry.couple();
    let runs = |registry: &Registry, date: &str| {
        let open = of_household(registry.life(household), &as_of(date));
        open.map(|open| {
            let due = open.due.date_in(Calendar::Jalali).unwrap();
            (open.limit.unwrap().id, due.to_string())
        })
    };
    assert_eq!(runs(&registry, "1400-01-01"), None);
    registry.ok("1400-05-01", death(husband));
    let due = Some(("TL-42", "1400-05-31".to_owned()));
    assert_eq!(runs(&registry, "1400-05-01"), due);
    assert_eq!(runs(&registry, "1400-05-31"), due);
    assert_eq!(runs(&registry, "1400-06-01"), None);
    assert_eq!(runs(&registry, "1400-04-01"), None);
    let named = ChangeHouseholdHead {
        household,
        new_head: wife,
        ground: HeadChangeGround::Other,
        relations: vec![],
    };
    registry.ok("1400-05-10", named);
    assert_eq!(runs(&registry, "1400-05-11"), None);
}

#[test]
fn nothing_runs_for_the_dead() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    registry.ok(
        "1400-01-01",
        permit(
            person,
            ResidenceKind::Temporary,
            "T-7",
            "1400-01-01",
            "1400-12-29",
        ),
    );
    registry.ok("1400-05-01", death(person));
    assert_eq!(open_on(&registry, person, "1400-04-01").len(), 1);
    assert!(open_on(&registry, person, "1400-06-01").is_empty());
}
