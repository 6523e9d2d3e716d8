use crate::act::RecordAsylumInterview;
use crate::fact::{AsylumOutcome, Sex};
use crate::testing::*;

#[test]
fn a_claim_is_what_it_was_on_a_day() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Female);
    registry.as_office("THR-97");
    let number = registry.ok("1400-01-01", lodge_claim(person)).claims[0];
    registry.ok(
        "1400-02-01",
        RecordAsylumInterview {
            claim: number,
            interview_reference: "I-2".into(),
            shelter_address: Some(address("Third Street")),
        },
    );
    registry.ok("1400-03-01", refuse_claim(number, "1400-03-01"));
    let on_day = |date| registry.life(number).claim(&as_of(date));
    assert!(on_day("1399-12-29").is_none());
    let first = on_day("1400-01-01").unwrap();
    assert!(first.is_pending() && first.person == person && first.number == number);
    assert_eq!(first.interviews.len(), 1);
    assert!(first.shelter_address == Some(address("Second Street")));
    let second = on_day("1400-02-10").unwrap();
    assert_eq!(second.interviews[1].reference, "I-2");
    assert!(second.shelter_address == Some(address("Third Street")));
    let last = on_day("1400-03-01").unwrap();
    let decision = last.decision.clone().unwrap();
    assert!(!last.is_pending());
    assert_eq!(decision.outcome, AsylumOutcome::Refused);
    assert!(decision.adverse.is_some() && decision.on == on("1400-03-01"));
    // It is neither a person nor a household.
    let life = registry.life(number);
    assert!(life.person(&as_of("1400-03-01")).is_none());
    assert!(life.household(&as_of("1400-03-01")).is_none());
    assert!(!format!("{last:?}").contains("Street"));
}
