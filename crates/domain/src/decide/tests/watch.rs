use crate::act::*;
use crate::fact::LookupGround;
use crate::governance::Author;
use crate::life::At;
use crate::refusal::Reason;
use crate::testing::*;
use crate::watch::DrawnLookup;

fn justify(disclosure: u64) -> JustifyLookup {
    JustifyLookup {
        disclosure,
        ground: LookupGround::CaseWork,
    }
}

fn drawn(agency: &str, officer: &str, emergency: bool) -> DrawnLookup {
    DrawnLookup {
        agency: code(agency),
        officer: officer.into(),
        emergency,
        justified: false,
    }
}

fn supervisor(registry: &Registry, officer: &str) -> Author {
    Author {
        supervisor: Some(code(officer)),
        ..registry.author.clone()
    }
}

#[test]
fn whoever_looked_or_their_supervisor_justifies_what_was_drawn() {
    let mut registry = Registry::new();
    // Acts of the test are those of officer-7 of BAFIA.
    registry.drawn.insert(3, drawn("BAFIA", "officer-7", false));
    registry.drawn.insert(4, drawn("BAFIA", "officer-8", false));
    registry.drawn.insert(5, drawn("BAFIA", "officer-7", true));
    registry
        .drawn
        .insert(6, drawn("BORDER", "officer-7", false));
    let day = "1400-01-01";
    for (position, reason) in [
        (2, Reason::LookupNotDrawn),
        (4, Reason::JustificationNotAllowed),
        (5, Reason::JustificationNotAllowed),
        // Another agency learns nothing of what was drawn.
        (6, Reason::LookupNotDrawn),
    ] {
        assert_eq!(registry.refused(day, justify(position)), reason);
    }
    let mut act = registry.act(day, justify(3));
    act.case_reference = "C-1".into();
    assert_eq!(registry.refused_act(&act), Reason::InvalidField);
    let outcome = registry.ok(day, justify(3));
    assert_eq!(outcome.decided.len(), 1);
    assert_eq!(registry.refused(day, justify(3)), Reason::LookupJustified);
    // A supervisor answers for others, and after an emergency nobody answers for themselves.
    registry.author = supervisor(&registry, "officer-7");
    assert_eq!(
        registry.refused(day, justify(5)),
        Reason::JustificationNotAllowed
    );
    registry.ok(day, justify(4));
    // Not in the officer's name: the key is the supervisor's own.
    registry.author = supervisor(&registry, "K1000");
    assert_eq!(
        registry.refused(day, justify(5)),
        Reason::JustificationNotAllowed
    );
    let mut act = registry.act(day, justify(5));
    act.officer = "K1000".into();
    registry.submit(&act).unwrap();
}

#[test]
fn a_key_enrolled_for_emergencies_justifies_in_its_own_officers_name_alone() {
    let mut registry = Registry::new();
    registry.drawn.insert(3, drawn("BAFIA", "officer-7", false));
    registry.drawn.insert(4, drawn("BAFIA", "officer-8", false));
    registry.author.emergency_officer = Some(code("officer-8"));
    let day = "1400-01-01";
    // The look-up of officer-7, in the name of officer-7, with the key of officer-8.
    assert_eq!(
        registry.refused(day, justify(3)),
        Reason::JustificationNotAllowed
    );
    let mut own = registry.act(day, justify(4));
    own.officer = "officer-8".into();
    registry.submit(&own).unwrap();
}

#[test]
fn the_asylum_unit_and_those_who_govern_justify_nothing() {
    let mut registry = Registry::new();
    registry
        .drawn
        .insert(3, drawn("ASYLUM", "officer-7", false));
    registry.as_office("THR-97");
    assert_eq!(
        registry.refused("1400-01-01", justify(3)),
        Reason::RoleNotAllowed
    );
    registry.author = Author::governance();
    assert_eq!(
        registry.refused("1400-01-01", justify(3)),
        Reason::RoleNotAllowed
    );
}

#[test]
fn an_agency_declares_who_its_own_officers_are() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", crate::fact::Sex::Male);
    let declare = |agency: &str, officer: &str| DeclareOfficer {
        person,
        agency: code(agency),
        officer: code(officer),
    };
    assert_eq!(
        registry.refused("1400-01-01", declare("BORDER", "B3001")),
        Reason::RoleNotAllowed
    );
    let act = registry.ok("1400-01-01", declare("BAFIA", "K1001")).id;
    let person_now = registry.person(person);
    assert!(person_now.is_officer(&code("BAFIA"), "K1001"));
    assert!(!person_now.is_officer(&code("BORDER"), "K1001"));
    assert!(!person_now.is_officer(&code("BAFIA"), "K1002"));
    assert_eq!(
        registry.refused("1400-01-02", declare("BAFIA", "K1001")),
        Reason::OutOfSequence
    );
    // Before the day of the declaration there is none.
    let before = registry.life(person).person(&At::day(day("1399-12-29")));
    assert!(before.unwrap().officer_posts.is_empty());
    registry.ok(
        "1400-01-03",
        AnnulAct {
            target: act,
            reason: "another officer".into(),
        },
    );
    assert!(registry.person(person).officer_posts.is_empty());
    registry.as_office("THR-97");
    assert_eq!(
        registry.refused("1400-01-03", declare("ASYLUM", "U8001")),
        Reason::RoleNotAllowed
    );
}
