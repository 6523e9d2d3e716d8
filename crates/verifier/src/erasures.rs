//! Lawful erasure told from loss: every destroyed payload must be named by an erasure record, and every payload named
//! must be destroyed.

use std::collections::BTreeSet;

use prost::Message as _;
use sabt_chain::Position;
use sabt_proto::event::v1::Erasure;

use crate::fault::{ErasureFault, Finding, Place};
use crate::mutant::{Check, removed};

/// Fewest different officers who must approve an erasure (design: format v1, erasure).
const APPROVERS_MIN: usize = 2;

/// The erasures of one ledger.
#[derive(Debug, Default)]
pub(crate) struct Erasures {
    /// Payloads found destroyed, in ascending order: 40 bytes each.
    destroyed: Vec<(Position, Option<Place>)>,
    /// What erasure records name, each with the position of the record: 16 bytes each.
    named: Vec<(Position, Position)>,
    /// Erasure records that cannot be read, and places where records are lost, in ascending order.
    unreadable: Vec<Position>,
    /// Whether any sealed payload could not be read, because the source holds none.
    unread: bool,
    /// Records whose payload is in the clear, in ascending order: 8 bytes each.
    clear: Vec<Position>,
}

impl Erasures {
    /// A sealed payload is all zeros.
    pub(crate) fn destroyed(&mut self, position: Position, place: Option<Place>) {
        self.destroyed.push((position, place));
    }

    /// What stands at `position` cannot be read and may have been an erasure record.
    pub(crate) fn unreadable(&mut self, position: Position) {
        self.unreadable.push(position);
    }

    /// A sealed payload could not be read, so that nobody can tell whether it is destroyed.
    pub(crate) const fn unread(&mut self) {
        self.unread = true;
    }

    /// The payload of the record at `position` is in the clear.
    pub(crate) fn clear(&mut self, position: Position) {
        self.clear.push(position);
    }

    /// Takes the payload of the erasure record at `position`; returns what is wrong with it. The positions that it names
    /// are `shift` less than those in this ledger, if it was carried over from another.
    pub(crate) fn record(
        &mut self,
        position: Position,
        payload: &[u8],
        shift: u64,
    ) -> Vec<ErasureFault> {
        let Ok(erasure) = Erasure::decode(payload) else {
            return vec![ErasureFault::Malformed];
        };
        let mut faults = Vec::new();
        if erasure.positions.is_empty() {
            faults.push(ErasureFault::NoPosition);
        }
        if erasure.legal_basis.trim().is_empty() {
            faults.push(ErasureFault::NoLegalBasis);
        }
        let approvers = erasure.approvers.iter().map(|approver| approver.trim());
        let approvers: BTreeSet<&str> = approvers.filter(|approver| !approver.is_empty()).collect();
        if approvers.len() < APPROVERS_MIN {
            faults.push(ErasureFault::Approvers);
        }
        let named = erasure.positions.into_iter();
        for named in named.map(|named| Position::new(named.saturating_add(shift))) {
            if position <= named {
                faults.push(ErasureFault::NotBefore { named });
            } else if self.clear.binary_search(&named).is_ok() {
                faults.push(ErasureFault::NotSealed { named });
            } else {
                self.named.push((named, position));
            }
        }
        faults
    }

    /// The positions of payloads in the clear, ascending.
    pub(crate) fn clear_positions(&self) -> &[Position] {
        &self.clear
    }

    /// The payloads destroyed that no erasure record read so far names, ascending.
    pub(crate) fn unexplained(&self) -> Vec<Position> {
        let mut named: Vec<Position> = self.named.iter().map(|(named, _)| *named).collect();
        named.sort_unstable();
        let destroyed = self.destroyed.iter().map(|(position, _)| *position);
        destroyed
            .filter(|position| named.binary_search(position).is_err())
            .collect()
    }

    /// Takes up what is remembered of the records before: nothing was read yet.
    pub(crate) fn restore(&mut self, clear: &[Position], unexplained: &[Position]) {
        self.clear = clear.to_vec();
        self.destroyed = unexplained
            .iter()
            .map(|position| (*position, None))
            .collect();
    }

    /// How many payloads were destroyed.
    pub(crate) fn count(&self) -> u64 {
        self.destroyed.len() as u64
    }

    /// Compares what was destroyed with what erasure records name. `read` says whether a record was read at all.
    pub(crate) fn finish(
        mut self,
        read: impl Fn(Position) -> bool,
    ) -> Vec<(Position, Option<Place>, Finding)> {
        self.named.sort_unstable();
        self.named.dedup_by_key(|(named, _)| *named);
        let named = |position: &Position| {
            self.named
                .binary_search_by_key(position, |(named, _)| *named)
                .is_ok()
        };
        let mut findings = Vec::new();
        for (position, place) in self
            .destroyed
            .iter()
            .filter(|(position, _)| !named(position) && !removed(Check::Erasure))
        {
            // A record that cannot be read is a fault of its own; that it may name this payload is said there.
            findings.push(
                match self
                    .unreadable
                    .iter()
                    .find(|unreadable| position < *unreadable)
                {
                    None => (*position, place.clone(), Finding::ErasedWithoutRecord),
                    Some(unreadable) => (
                        *unreadable,
                        None,
                        Finding::ErasureUnproven { erased: *position },
                    ),
                },
            );
        }
        let destroyed = |position: &Position| {
            self.destroyed
                .binary_search_by_key(position, |(destroyed, _)| *destroyed)
                .is_ok()
        };
        let still_there = self
            .named
            .iter()
            .filter(|(named, _)| !self.unread && !destroyed(named) && read(*named))
            .map(|(named, erasure)| (*named, None, Finding::StillThere { erasure: *erasure }));
        findings.extend(still_there);
        findings
    }
}
