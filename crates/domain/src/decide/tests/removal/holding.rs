//! Holding with its clocks, and departures that are no expulsion.

use super::{POLICE, REGISTRAR, ordered, refused_execution};
use crate::act::*;
use crate::deadline::{Deadline, DeadlineKind, open};
use crate::fact::*;
use crate::number::PersonNumber;
use crate::person::Direction;
use crate::refusal::Reason;
use crate::testing::*;

/// What runs for a person on a day about removal and holding: kind, last day, row of the table, number.
fn running(registry: &Registry, person: PersonNumber, date: &str) -> Vec<String> {
    let at = as_of(date);
    let life = registry.life(person);
    let effective = life.effective(at.known_at);
    let events: Vec<_> = effective
        .iter()
        .map(|effective| (effective.position, effective.event))
        .collect();
    let told = |deadline: &Deadline| {
        let due = deadline.due.date_in(crate::time::Calendar::Jalali).unwrap();
        let limit = deadline.limit.map_or("-", |limit| limit.id);
        format!("{} {due} {limit} {}", deadline.kind.code(), deadline.number)
    };
    let open = open(&life.person(&at).unwrap(), &events, [], at.as_of);
    open.iter().map(told).collect()
}

fn held() -> (Registry, PersonNumber, ActId) {
    let mut registry = Registry::new();
    with_police(&mut registry);
    let person = registry.register("1370-01-01", Sex::Male);
    let holding = registry.ok("1402-02-01", begin_holding(person, "H-1")).id;
    (registry, person, holding)
}

#[test]
fn a_holding_names_whose_order_it_is_and_one_stands_at_a_time() {
    let (mut registry, person, holding) = held();
    let nobody = BeginHolding {
        ordered_by: " ".into(),
        ..begin_holding(person, "H-2")
    };
    let again = registry.refused("1402-02-02", begin_holding(person, "H-2"));
    assert_eq!(again, Reason::HoldingStands);
    registry.ok("1402-02-03", end_holding(person, holding));
    let twice = registry.refused("1402-02-03", end_holding(person, holding));
    assert_eq!(twice, Reason::HoldingUnknown);
    assert_eq!(
        registry.refused("1402-02-04", nobody),
        Reason::DeciderMissing
    );
    let number = registry.refused("1402-02-04", begin_holding(person, "H-1"));
    assert_eq!(number, Reason::NumberInUse);
    registry.ok("1402-02-04", begin_holding(person, "H-2"));
}

#[test]
fn a_holding_has_a_month_which_stays_in_sight_when_it_has_passed() {
    let (mut registry, person, holding) = held();
    let both = [
        "HOLDING_NOTICE 1402-02-04 TL-29 H-1",
        "HOLDING_ENDS 1402-03-01 TL-57 H-1",
    ];
    assert_eq!(running(&registry, person, "1402-02-01"), both);
    // Nobody who is held for too long vanishes from the list of what is due, nor does a notice that is late.
    assert_eq!(running(&registry, person, "1402-06-01"), both);
    let notify = NotifyOfHolding {
        person,
        holding,
        letter_number: "L-1".into(),
    };
    registry.ok("1402-02-10", notify.clone());
    assert_eq!(
        registry.refused("1402-02-11", notify),
        Reason::HoldingUnknown
    );
    assert_eq!(running(&registry, person, "1402-06-01"), both[1..]);
    registry.ok("1402-06-02", end_holding(person, holding));
    assert!(running(&registry, person, "1402-06-02").is_empty());
}

#[test]
fn the_month_of_a_prosecutors_order_is_the_courts_and_is_not_extended() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let body = BeginHolding {
        basis: HoldingBasis::ProsecutorOrder,
        place_kind: HoldingPlace::Prison,
        ..begin_holding(person, "H-1")
    };
    let holding = registry.ok("1402-06-31", body).id;
    assert_eq!(
        running(&registry, person, "1402-07-05"),
        [
            "HOLDING_NOTICE 1402-07-03 TL-29 H-1",
            "HOLDING_ENDS 1402-07-30 TL-27 H-1"
        ]
    );
    let extension = extend_holding(person, holding, "1402-08-01");
    assert_eq!(
        registry.refused("1402-07-20", extension),
        Reason::NotEligible
    );
}

#[test]
fn the_commission_agrees_anew_for_every_month() {
    let (mut registry, person, holding) = held();
    let alone = ExtendHolding {
        consent_reference: String::new(),
        ..extend_holding(person, holding, "1402-03-15")
    };
    let reason = registry.refused("1402-02-20", alone);
    assert_eq!(reason, Reason::ConsentMissing);
    for (until, expected) in [
        ("1402-03-01", Reason::TermReversed),
        ("1402-04-02", Reason::TermTooLong),
    ] {
        let extension = extend_holding(person, holding, until);
        assert_eq!(registry.refused("1402-02-20", extension), expected);
    }
    registry.ok("1402-02-20", extend_holding(person, holding, "1402-04-01"));
    registry.ok("1402-03-20", extend_holding(person, holding, "1402-05-01"));
    let ends = "HOLDING_ENDS 1402-05-01 TL-57 H-1".to_owned();
    assert!(running(&registry, person, "1402-03-21").contains(&ends));
    // The first month again, where the second extension is annulled.
    let second = registry.accepted.last().unwrap().id;
    registry.ok("1402-03-25", super::annul(second));
    let ends = "HOLDING_ENDS 1402-04-01 TL-57 H-1".to_owned();
    assert!(running(&registry, person, "1402-03-26").contains(&ends));
}

#[test]
fn a_holding_that_was_annulled_or_corrected_has_other_clocks() {
    let (mut registry, person, holding) = held();
    registry.ok("1402-02-05", super::annul(holding));
    assert!(running(&registry, person, "1402-02-05").is_empty());
    let holding = registry.ok("1402-02-06", begin_holding(person, "H-2")).id;
    let other = BeginHolding {
        basis: HoldingBasis::ProsecutorOrder,
        ..begin_holding(person, "H-2")
    };
    let correction = CorrectAct {
        target: holding,
        replacement: Box::new(registry.act("1402-02-06", other)),
        reason: "misread".into(),
    };
    registry.ok("1402-02-05", correction);
    assert!(
        running(&registry, person, "1402-02-07")
            .iter()
            .any(|told| told.contains("TL-27"))
    );
}

#[test]
fn a_return_is_voluntary_by_its_own_evidence() {
    let (mut registry, person, holding) = held();
    let complete = voluntary_return(person);
    for without in [
        RecordVoluntaryReturn {
            interviewed_by: String::new(),
            ..complete.clone()
        },
        RecordVoluntaryReturn {
            language: " ".into(),
            ..complete.clone()
        },
        RecordVoluntaryReturn {
            information_reference: String::new(),
            ..complete.clone()
        },
        RecordVoluntaryReturn {
            declaration_reference: String::new(),
            ..complete.clone()
        },
        // Complete, but silent about the person's being held.
        complete.clone(),
    ] {
        let reason = registry.refused("1402-02-10", without);
        assert_eq!(reason, Reason::ConsentMissing);
    }
    let said = RecordVoluntaryReturn {
        declared_while_held: true,
        ..complete.clone()
    };
    let returned = registry.ok("1402-02-10", said).id;
    assert!(!registry.person(person).in_country());
    registry.ok("1402-02-11", super::annul(returned));
    assert!(registry.person(person).in_country());
    registry.ok("1402-02-12", end_holding(person, holding));
    registry.ok("1402-02-13", complete);
    let crossing = registry.person(person).last_crossing.unwrap();
    assert_eq!(crossing.direction, Direction::Out(ExitKind::Final));
}

#[test]
fn return_third_country_exit_and_expulsion_are_four_different_things() {
    let (mut registry, person, _) = ordered("1370-01-01");
    let home = RecordThirdCountryDeparture {
        destination: code("AFG"),
        ..third_country(person)
    };
    assert_eq!(registry.refused("1402-02-01", home), Reason::NotEligible);
    registry.ok("1402-02-01", third_country(person));
    // Whoever left by themselves was not expelled: the order stands, and is recorded as carried out by nobody else's act.
    let held = registry.person(person);
    assert!(!held.in_country());
    assert!(held.removal.order("E-1").unwrap().stands());

    let (mut registry, person, _) = ordered("1370-01-01");
    registry.ok("1402-02-01", voluntary_return(person));
    assert!(
        registry
            .person(person)
            .removal
            .order("E-1")
            .unwrap()
            .stands()
    );

    let (mut registry, person, _) = ordered("1370-01-01");
    registry.as_office("DOG-01");
    let exit = RecordExit {
        person,
        border_point: "DOGHAROUN".into(),
        kind: ExitKind::Final,
        document: None,
    };
    registry.ok("1402-02-01", exit);
    assert!(
        registry
            .person(person)
            .removal
            .order("E-1")
            .unwrap()
            .stands()
    );

    let (mut registry, person, _) = ordered("1370-01-01");
    registry.as_office(POLICE);
    registry.ok("1402-02-01", execute(person, "E-1"));
    assert!(
        !registry
            .person(person)
            .removal
            .order("E-1")
            .unwrap()
            .stands()
    );
}

/// A person who is held is not thereby removable, and one who is not held is not thereby free of an order.
#[test]
fn holding_changes_nothing_about_an_order() {
    let (mut registry, person, _) = ordered("1370-01-01");
    registry.as_office(REGISTRAR);
    registry.ok("1402-01-03", begin_holding(person, "H-1"));
    let reason = refused_execution(&mut registry, person, "1402-01-04");
    assert_eq!(reason, Reason::AppealTimeRunning);
}

#[test]
fn clocks_of_orders_visas_and_bans_run_until_they_are_used() {
    let (mut registry, person, order) = ordered("1370-01-01");
    assert_eq!(
        running(&registry, person, "1402-01-05"),
        ["OBJECTION 1402-01-09 TL-22 "]
    );
    registry.ok("1402-01-06", lodge_appeal(person, order, "A-1"));
    assert!(running(&registry, person, "1402-01-07").is_empty());
    registry.ok("1402-02-01", suspend(person, "E-1"));
    registry.ok("1402-02-02", ban(person, "B-1"));
    registry.ok("1402-02-03", visa(person, "V-1"));
    let revocation = RevokeVisa {
        person,
        visa_number: "V-1".into(),
        decision: Some(decision()),
    };
    registry.ok("1402-02-04", revocation);
    let told = running(&registry, person, "1402-02-05");
    let kinds = [
        ("SUSPENSION_TERM_ENDS 1403-02-01 TL-30 E-1", true),
        ("ENTRY_BAN_REVIEW 1404-01-01 - B-1", true),
        ("VISA_ENDS", false),
    ];
    for (clock, runs) in kinds {
        assert_eq!(
            told.iter().any(|told| told.starts_with(clock)),
            runs,
            "{clock}"
        );
    }
}

/// Every kind says who is to act and, where a reading made the day, which.
#[test]
fn every_clock_says_who_is_to_act() {
    for kind in DeadlineKind::ALL {
        assert!(!kind.bearer().code().is_empty());
        let reading = kind.reading();
        assert!(reading.is_none_or(|reading| reading.starts_with("AM-")));
    }
    assert_eq!(DeadlineKind::HoldingEnds.reading(), Some("AM-41"));
}
