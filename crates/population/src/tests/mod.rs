//! Tests of the plan as a whole; the rules of law are tested by running it against the registry's own decisions.

mod data;
mod plan;
mod registry;
mod resolver;

use crate::{Mistakes, PlannedAct, Population, Scale, Seed};

/// A plan of the default kind.
fn plan(seed: u64, persons: u32) -> Vec<PlannedAct> {
    Population::new(Seed(seed), Scale { persons }).collect()
}

/// A plan in which nothing goes wrong.
fn faultless(seed: u64, persons: u32) -> Vec<PlannedAct> {
    Population::with_mistakes(Seed(seed), Scale { persons }, Mistakes::NONE).collect()
}

/// The name of the body of an act, e.g. "`RegisterPerson`".
fn kind(planned: &PlannedAct) -> String {
    let body = format!(
        "{:?}",
        planned.act.body.as_ref().expect("every act has a body")
    );
    body.split(['(', ' ']).next().unwrap_or_default().to_owned()
}
