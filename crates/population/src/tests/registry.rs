use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use sabt_domain::act::Act;
use sabt_domain::refusal::Refusal;
use sabt_domain::time::Timestamp;

use super::plan;
use crate::reference::Reference;
use crate::when::last_day;
use crate::{Expectation, Mistakes, PlannedAct, Population, Resolver, Scale, Seed};

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
        // What is signed are bytes; the registry must read the same act from them.
        let read = |act: Result<Act, Refusal>| act.map_err(|refusal| refusal.reason());
        let from_bytes = read(Act::decode(&act.encode_to_vec()));
        assert!(from_bytes == read(Act::from_proto(&act)));
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

/// Acts of a lane that come after the families, later than they did.
fn an_hour_after() -> Timestamp {
    after().plus_seconds(3600).unwrap()
}

#[test]
fn campaigns_and_sites_end_as_the_registry_counts_them() {
    let mut population = Population::new(Seed(21), Scale { persons: 300 });
    let mut plan: Vec<PlannedAct> = population.by_ref().collect();
    let families = plan.len();
    let closing = population.closing(Some(after()));
    assert_eq!(closing.len(), 3 * 8 + 1);
    plan.extend(closing);
    let loaded: Vec<&[u8]> = plan[..families].iter().map(act_id).collect();
    check(deviations(&plan, |planned| {
        if loaded.contains(&act_id(planned)) {
            after()
        } else {
            an_hour_after()
        }
    }));
}

fn act_id(planned: &PlannedAct) -> &[u8] {
    &planned.act.act_id
}

#[test]
fn the_registry_answers_as_expected_as_time_goes_by() {
    let mut population = Population::new(Seed(22), Scale { persons: 200 });
    let mut plan: Vec<PlannedAct> = population.by_ref().collect();
    plan.extend(population.closing(None));
    let plan = crate::chronological(plan);
    check(deviations(&plan, |planned| {
        Timestamp::from_micros(planned.act.recorded_at)
    }));
}

#[test]
fn the_registry_refuses_many_mistakes_each_for_its_reason() {
    let mistakes = Mistakes {
        refused_per_mille: 600,
        misread_per_mille: 150,
        false_death_per_mille: 20,
        twice_registered_per_mille: 10,
    };
    let plan: Vec<PlannedAct> =
        Population::with_mistakes(Seed(23), Scale { persons: 120 }, mistakes).collect();
    let reasons: BTreeSet<&str> = plan
        .iter()
        .filter_map(|planned| match planned.expect {
            Expectation::Refused { reason } => Some(reason.code()),
            Expectation::Accepted { .. } => None,
        })
        .collect();
    assert!(28 <= reasons.len(), "{reasons:?}");
    for of_sites in ["HOLDING_MISSING", "NOT_IN_SITE", "NOT_ELIGIBLE"] {
        assert!(reasons.contains(of_sites), "{of_sites}");
    }
    check(deviations(&plan, |_| after()));
}

/// Families as only a large population has them: children are born to parents whose household has no head and is not named,
/// and an office annuls the birth of a child who has claimed asylum.
#[test]
fn rare_families_are_decided_as_planned() {
    let now = Timestamp::from_micros(1_795_400_000_000_000);
    let persons = 2_000_000;
    for lane in [1_151, 4_499, 4_605] {
        let mut population = Population::new(Seed(7), Scale { persons })
            .until(now.day_in_tehran())
            .families_alone();
        population.next_lane = lane;
        check(deviations(&population.next_lane().unwrap(), |_| now));
    }
}
