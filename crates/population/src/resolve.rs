//! From local references to the numbers the registry gave.

use std::collections::BTreeMap;

use crate::plan::{Expectation, Lane, LocalRef, PlannedAct};

/// Knows which number each subject was given. One resolver serves one lane or all of them: workers that own whole
/// lanes need not share one.
#[derive(Debug, Clone, Default)]
pub struct Resolver {
    numbers: BTreeMap<Lane, BTreeMap<LocalRef, String>>,
}

/// A planned act cannot be resolved, or a receipt does not fit it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// The act refers to a subject whose registration has not been recorded.
    #[error(
        "{0} has no number yet: submit the acts of its lane in order and record their receipts"
    )]
    UnknownSubject(LocalRef),
    /// The receipt carries more or fewer numbers than the act allocates.
    #[error("the act brings {expected} subjects into being, the receipt names {found}")]
    WrongCount {
        /// Subjects the plan expects.
        expected: usize,
        /// Numbers in the receipt.
        found: usize,
    },
    /// A receipt was recorded for an act that should have been refused.
    #[error("an act of lane {} that should be refused has a receipt", lane.0)]
    ReceiptOfRefusal {
        /// Its lane.
        lane: Lane,
    },
}

impl Resolver {
    /// A resolver that knows nothing yet.
    pub fn new() -> Resolver {
        Resolver::default()
    }

    /// A resolver for lanes of families that knows what this one knows of campaigns and sites, and nothing else.
    #[must_use]
    pub fn of_families(&self) -> Resolver {
        let of_all = [Lane::CAMPAIGNS, Lane::SITES].into_iter();
        Resolver {
            numbers: of_all
                .filter_map(|lane| Some((lane, self.numbers.get(&lane)?.clone())))
                .collect(),
        }
    }

    /// Takes in the receipt of an accepted act: `numbers` is `Receipt.numbers`.
    ///
    /// # Errors
    /// If the act should have been refused, or the count does not fit; nothing is taken in then.
    pub fn record(&mut self, planned: &PlannedAct, numbers: &[String]) -> Result<(), Unresolved> {
        let expected = match &planned.expect {
            Expectation::Accepted { numbers } => numbers,
            Expectation::Refused { .. } => {
                return Err(Unresolved::ReceiptOfRefusal { lane: planned.lane });
            }
        };
        if expected.len() != numbers.len() {
            return Err(Unresolved::WrongCount {
                expected: expected.len(),
                found: numbers.len(),
            });
        }
        for (local, number) in expected.iter().zip(numbers) {
            self.numbers
                .entry(local.lane)
                .or_default()
                .insert(*local, number.clone());
        }
        Ok(())
    }

    /// The number of a subject, once its act was recorded.
    pub fn number(&self, local: LocalRef) -> Option<&str> {
        self.numbers
            .get(&local.lane)?
            .get(&local)
            .map(String::as_str)
    }

    /// Every subject with a number, in order.
    pub fn known(&self) -> impl Iterator<Item = (LocalRef, &str)> {
        self.numbers
            .values()
            .flatten()
            .map(|(local, number)| (*local, number.as_str()))
    }

    /// Drops what is known of a finished lane, so that a stream of millions of persons runs in little memory.
    pub fn forget(&mut self, lane: Lane) {
        self.numbers.remove(&lane);
    }
}
