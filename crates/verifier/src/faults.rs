//! The faults of a verification: all are counted, the first ones are kept.

use crate::class::FaultClass;
use crate::fault::{Fault, Finding};
use sabt_chain::Position;

/// Collects faults.
#[derive(Debug)]
pub(crate) struct Faults {
    kept: Vec<Fault>,
    /// Most faults to be kept.
    limit: usize,
    /// How many there were.
    total: u64,
    /// The first by rank, which may not be among the kept.
    first: Option<Fault>,
}

impl Faults {
    /// None yet; at most `limit` will be kept.
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            kept: Vec::new(),
            limit,
            total: 0,
            first: None,
        }
    }

    /// Adds a fault.
    pub(crate) fn add(&mut self, fault: Fault) {
        self.total += 1;
        if self
            .first
            .as_ref()
            .is_none_or(|first| fault.rank() < first.rank())
        {
            self.first = Some(fault.clone());
        }
        if self.kept.len() < self.limit {
            self.kept.push(fault);
        }
    }

    /// Adds several.
    pub(crate) fn extend(&mut self, faults: impl IntoIterator<Item = Fault>) {
        for fault in faults {
            self.add(fault);
        }
    }

    /// Adds those that others collected.
    pub(crate) fn absorb(&mut self, others: Self) {
        let total = self.total + others.total;
        self.extend(others.into_sorted());
        self.total = total;
    }

    /// Whether a fault of one of `classes` is known for a position from `first` up to and without `end`.
    pub(crate) fn any_within(
        &self,
        first: Position,
        end: Position,
        classes: &[FaultClass],
    ) -> bool {
        self.kept.iter().any(|fault| {
            fault
                .position
                .is_some_and(|position| first <= position && position < end)
                && classes.contains(&fault.class())
        })
    }

    /// How many faults there were.
    pub(crate) const fn total(&self) -> u64 {
        self.total
    }

    /// The faults kept, in order of rank, the very first among them.
    pub(crate) fn into_sorted(self) -> Vec<Fault> {
        let Self {
            mut kept,
            first,
            limit,
            ..
        } = self;
        kept.sort_by_key(Fault::rank);
        if let Some(first) = first.filter(|first| kept.first() != Some(first)) {
            kept.insert(0, first);
            kept.truncate(limit.max(1));
        }
        kept
    }
}

/// A checksum fault that stands only if the frame under it proves whole.
#[derive(Debug)]
pub(crate) struct Suspended {
    /// The fault.
    pub(crate) fault: Fault,
    /// The first position of the frame.
    pub(crate) first: Position,
    /// The position after its last.
    pub(crate) end: Position,
}

impl Suspended {
    /// Adds the fault unless something the checksum covers was found altered.
    pub(crate) fn settle(self, faults: &mut Faults) {
        const COVERED: [FaultClass; 5] = [
            FaultClass::Envelope,
            FaultClass::Link,
            FaultClass::Position,
            FaultClass::Time,
            FaultClass::Act,
        ];
        let explained = faults.any_within(self.first, self.end, &COVERED);
        if !explained {
            faults.add(self.fault);
        }
    }

    /// Whether a finding is one that has to wait.
    pub(crate) const fn applies_to(finding: &Finding) -> bool {
        matches!(finding, Finding::ChecksumField)
    }
}
