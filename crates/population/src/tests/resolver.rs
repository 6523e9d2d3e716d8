use super::plan;
use crate::{Expectation, Lane, LocalRef, NotALocalRef, Resolver, SubjectSort, Unresolved};

fn number_of(local: LocalRef) -> String {
    format!("number of {} {}", local.lane.0, local.ordinal)
}

#[test]
fn a_reference_reads_as_it_is_written() {
    for (sort, text) in [
        (SubjectSort::Person, "@p12.3"),
        (SubjectSort::Household, "@h12.3"),
    ] {
        let local = LocalRef {
            lane: Lane(12),
            sort,
            ordinal: 3,
        };
        assert_eq!(local.to_string(), text);
        assert_eq!(text.parse(), Ok(local));
    }
    for text in [
        "",
        "@",
        "@p",
        "@p1",
        "@p1.",
        "@x1.2",
        "p1.2",
        "@p1.2.3",
        "@p-1.2",
        "123456789012",
    ] {
        assert_eq!(text.parse::<LocalRef>(), Err(NotALocalRef));
    }
}

#[test]
fn no_reference_is_left_in_a_resolved_act() {
    let mut resolver = Resolver::new();
    for planned in plan(5, 400) {
        let act = planned
            .resolve(&resolver)
            .expect("acts come after those they depend on");
        let text = format!("{act:?}");
        assert!(!text.contains("@p") && !text.contains("@h"));
        if let Expectation::Accepted { numbers } = &planned.expect {
            let numbers: Vec<String> = numbers.iter().copied().map(number_of).collect();
            resolver.record(&planned, &numbers).unwrap();
        }
    }
}

#[test]
fn an_act_before_its_subject_is_unresolved() {
    let acts = plan(5, 40);
    let dependent = acts
        .iter()
        .find(|planned| !planned.depends_on().is_empty())
        .unwrap();
    let missing = dependent.depends_on()[0];
    assert_eq!(
        dependent.resolve(&Resolver::new()).unwrap_err(),
        Unresolved::UnknownSubject(missing)
    );
}

#[test]
fn a_receipt_must_fit_its_act() {
    let acts = plan(5, 400);
    let mut resolver = Resolver::new();
    let first = &acts[0];
    assert_eq!(
        resolver.record(first, &[]).unwrap_err(),
        Unresolved::WrongCount {
            expected: 1,
            found: 0
        }
    );
    let refused = acts.iter().find(|planned| !planned.is_accepted()).unwrap();
    assert_eq!(
        resolver.record(refused, &[]).unwrap_err(),
        Unresolved::ReceiptOfRefusal { lane: refused.lane }
    );
    assert_eq!(resolver.known().count(), 0);
}

#[test]
fn a_forgotten_lane_is_gone_and_the_others_stay() {
    let acts = plan(5, 120);
    let mut resolver = Resolver::new();
    for planned in &acts {
        if let Expectation::Accepted { numbers } = &planned.expect {
            let numbers: Vec<String> = numbers.iter().copied().map(number_of).collect();
            resolver.record(planned, &numbers).unwrap();
        }
    }
    let all = resolver.known().count();
    let of_first = resolver
        .known()
        .filter(|(local, _)| local.lane == Lane(0))
        .count();
    assert!(0 < of_first && of_first < all);
    resolver.forget(Lane(0));
    assert_eq!(resolver.known().count(), all - of_first);
    assert!(resolver.known().all(|(local, _)| local.lane != Lane(0)));
}
