//! Places in a ledger from which its tree can be gone on with, so that what the other ledger anchors is compared without
//! reading all of it a second time.

use sabt_chain::tree::Frontier;
use sabt_chain::{Size, Timestamp};

use crate::fault::Place;

/// Most waypoints kept. A tree of a billion records has at most 30 hashes on its edge, on average 15: about a megabyte.
const WAYPOINTS_MAX: usize = 2048;

/// A tree that was known, and where its next record stands.
#[derive(Clone, Debug)]
pub(crate) struct Waypoint {
    /// The tree.
    pub(crate) tree: Frontier,
    /// When the last record before was recorded.
    pub(crate) recorded_at: Option<Timestamp>,
    /// The frame after it; `None` if the records came without.
    pub(crate) place: Option<Place>,
}

/// Waypoints, evenly spread; the longer the ledger, the farther apart.
#[derive(Debug)]
pub(crate) struct Waypoints {
    kept: Vec<Waypoint>,
    /// One of so many is kept.
    stride: u64,
    /// How many were passed.
    passed: u64,
}

impl Waypoints {
    /// None yet.
    pub(crate) const fn new() -> Self {
        Self {
            kept: Vec::new(),
            stride: 1,
            passed: 0,
        }
    }

    /// Passes a place where a waypoint can be; `waypoint` is called if one is wanted.
    pub(crate) fn pass(&mut self, waypoint: impl FnOnce() -> Waypoint) {
        if self.passed.is_multiple_of(self.stride) {
            self.kept.push(waypoint());
        }
        self.passed += 1;
        if self.kept.len() == WAYPOINTS_MAX {
            let mut keep = false;
            self.kept.retain(|_| {
                keep = !keep;
                keep
            });
            self.stride *= 2;
        }
    }

    /// The last one at this size or before.
    pub(crate) fn before(&self, size: Size) -> Option<&Waypoint> {
        let after = self
            .kept
            .partition_point(|waypoint| waypoint.tree.size() <= size);
        self.kept.get(after.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests;
