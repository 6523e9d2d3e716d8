use std::collections::BTreeMap;

use sabt_domain::time::Timestamp;

use super::plan;
use crate::reference::Reference;
use crate::when::last_day;
use crate::{Expectation, PlannedAct, Resolver, Seed};

/// A moment after everything that is simulated.
fn after() -> Timestamp {
    Timestamp::start_of_day_in_tehran(last_day())
        .plus_seconds(7 * 86_400)
        .unwrap()
}

/// Submits a plan, and tells what the registry answered otherwise than expected.
fn deviations(plan: &[PlannedAct], now: impl Fn(&PlannedAct) -> Timestamp) -> Vec<String> {
    let mut registry = Reference::founded(Seed(0), now(&plan[0])).unwrap();
    let mut resolver = Resolver::new();
    let mut deviations = Vec::new();
    for planned in plan {
        let kind = super::kind(planned);
        let Ok(act) = planned.resolve(&resolver) else {
            deviations.push(format!("{kind} cannot be resolved"));
            continue;
        };
        match (
            registry.submit(&planned.author, &act, now(planned)),
            &planned.expect,
        ) {
            (Ok(receipt), Expectation::Accepted { .. }) => {
                resolver.record(planned, &receipt.numbers).unwrap();
            }
            (Err(refusal), Expectation::Refused { reason }) if refusal.reason() == *reason => {}
            (Ok(_), Expectation::Refused { reason }) => {
                deviations.push(format!("{kind} is accepted instead of {}", reason.code()));
            }
            (Err(refusal), Expectation::Accepted { .. }) => deviations.push(format!(
                "{kind} is refused: {} {:?} {:?}",
                refusal.reason().code(),
                refusal.violations(),
                refusal.metadata()
            )),
            (Err(refusal), Expectation::Refused { reason }) => deviations.push(format!(
                "{kind} is refused for {} instead of {}",
                refusal.reason().code(),
                reason.code()
            )),
        }
    }
    deviations
}

fn check(deviations: Vec<String>) {
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for deviation in deviations {
        *counted.entry(deviation).or_default() += 1;
    }
    assert!(counted.is_empty(), "{counted:#?}");
}

#[test]
fn the_registry_answers_as_expected_when_all_comes_late() {
    check(deviations(&plan(21, 300), |_| after()));
}

#[test]
fn the_registry_answers_as_expected_as_time_goes_by() {
    let plan = crate::chronological(plan(22, 60));
    check(deviations(&plan, |planned| {
        Timestamp::from_micros(planned.act.recorded_at)
    }));
}

#[test]
fn temporary_many_seeds() {
    let mut all = Vec::new();
    for seed in 100..112 {
        for d in deviations(&plan(seed, 250), |_| after()) {
            all.push(format!("{seed} {d}"));
        }
    }
    check(all);
}
