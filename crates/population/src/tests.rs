//! Tests.

use std::collections::BTreeMap;

use prost::Message;

use crate::{Expectation, Population, Scale, Seed};

#[test]
fn print_distribution() {
    let n = 3000;
    let start = std::time::Instant::now();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut bytes = 0;
    let mut acts = 0;
    let mut refused = BTreeMap::new();
    let mut lanes = 0;
    for p in Population::new(Seed(1), Scale { persons: n }) {
        acts += 1;
        bytes += p.act.encoded_len();
        lanes = p.lane.0 + 1;
        let name = format!("{:?}", p.act.body.as_ref().unwrap());
        let name = name.split(['(', ' ']).next().unwrap().to_owned();
        match p.expect {
            Expectation::Accepted { .. } => *kinds.entry(name).or_default() += 1,
            Expectation::Refused { reason } => *refused.entry(reason.code()).or_insert(0) += 1,
        }
    }
    println!(
        "{acts} acts, {lanes} lanes, {} bytes each, {:?}",
        bytes / acts,
        start.elapsed()
    );
    println!("{kinds:#?} {refused:#?}");
}
