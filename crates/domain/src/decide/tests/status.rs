use super::residence::{grant, visa};
use crate::act::*;
use crate::event::EventBody;
use crate::fact::*;
use crate::law::{PersonStatus, ResidenceKind as K};
use crate::number::PersonNumber;
use crate::person::{StayReason, Verdict};
use crate::refusal::Reason;
use crate::testing::*;

use PersonStatus as S;

fn revoke(person: PersonNumber, decision: Option<AdverseDecision>) -> RevokeResidencePermit {
    RevokeResidencePermit {
        person,
        permit_number: "T1".into(),
        decision,
    }
}

#[test]
fn an_adverse_act_carries_all_its_parts() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    registry.ok(
        "1401-01-01",
        permit(person, K::Temporary, "T1", "1401-01-01", "1401-12-29"),
    );
    let without = |change: fn(&mut AdverseDecision)| {
        let mut decision = decision();
        change(&mut decision);
        revoke(person, Some(decision))
    };
    let cases = [
        (revoke(person, None), Reason::DeciderMissing),
        (without(|d| d.decided_by.clear()), Reason::DeciderMissing),
        (without(|d| d.ground.clear()), Reason::GroundMissing),
        (without(|d| d.served_on = None), Reason::MissingNotice),
        (
            without(|d| d.appeal_body = " ".into()),
            Reason::AppealBodyMissing,
        ),
        (
            without(|d| d.served_on = Some(on("1401-08-01"))),
            Reason::MissingNotice,
        ),
    ];
    for (body, reason) in cases {
        assert_eq!(registry.refused("1401-07-01", body), reason);
    }
    // Nothing takes effect before service.
    assert_eq!(
        registry.refused("1401-05-31", revoke(person, Some(decision()))),
        Reason::MissingNotice
    );
    registry.ok("1401-06-01", revoke(person, Some(decision())));
    let answer = registry.person(person).residence(day("1401-07-01"));
    assert_eq!(
        (answer.verdict, answer.reason),
        (Verdict::NotValid, Some(StayReason::Revoked))
    );
    let before = registry.life(person).person(&as_of("1401-05-31")).unwrap();
    assert_eq!(before.residence(day("1401-05-31")).verdict, Verdict::Valid);
}

#[test]
fn a_claim_that_was_once_recorded_as_a_status_does_not_show_in_a_stay() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    registry.ok(
        "1400-01-01",
        visa(person, "V1", "1400-01-01", "1400-03-01", 0),
    );
    let before = registry.person(person).residence(day("1400-06-01"));
    let claimed = EventBody::StatusGranted(grant(person, PersonStatus::AsylumSeeker));
    registry.recorded_before("1400-02-01", person, claimed);
    assert!(registry.person(person).holds(PersonStatus::AsylumSeeker));
    assert!(registry.person(person).residence(day("1400-06-01")) == before);
}

#[test]
fn statuses_follow_the_table() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let change = |from, to, decision| ChangeStatus {
        person,
        from,
        to,
        decided_by: String::new(),
        decision,
    };
    assert_eq!(
        registry.refused("1400-01-01", grant(person, S::FormerRefugee)),
        Reason::TransitionNotAllowed
    );
    registry.ok("1400-01-01", grant(person, S::Displaced));
    assert_eq!(
        registry.refused("1400-01-02", grant(person, S::Displaced)),
        Reason::StatusHeld
    );
    let cases = [
        (
            change(S::Refugee, S::FormerRefugee, Some(decision())),
            Reason::StatusNotHeld,
        ),
        (
            change(S::Displaced, S::VisaHolder, None),
            Reason::TransitionNotAllowed,
        ),
    ];
    for (body, reason) in cases {
        assert_eq!(registry.refused("1400-02-01", body), reason);
    }
    registry.ok("1400-02-01", change(S::Displaced, S::Refugee, None));
    assert_eq!(
        registry.refused("1401-07-01", change(S::Refugee, S::FormerRefugee, None)),
        Reason::DeciderMissing,
    );
    registry.ok(
        "1401-07-01",
        change(S::Refugee, S::FormerRefugee, Some(decision())),
    );
    let now: Vec<_> = registry.person(person).current_statuses().collect();
    assert_eq!(now, [S::FormerRefugee]);
    let then = registry.life(person).person(&as_of("1400-03-01")).unwrap();
    assert!(then.holds(S::Refugee) && !then.holds(S::Displaced));
}
