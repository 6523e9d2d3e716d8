//! Roots that somebody signed, waiting for the tree to reach their size.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use sabt_chain::tree::Frontier;
use sabt_chain::{Hash, LedgerName, Position, Size, Timestamp};

use crate::fault::{AnchorFault, Fault, Finding, LogKeyFault, Place};
use crate::head::{HeadIndex, HeadOutcome, Heads};
use crate::mutant::{Check, removed};

/// A root of one ledger that an anchor in the other states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnchoredRoot {
    /// How many records it covers.
    pub(crate) size: Size,
    /// The root.
    pub(crate) root: Hash,
    /// Position of the anchor, in the other ledger.
    pub(crate) position: Position,
    /// Where the anchor stands.
    pub(crate) place: Option<Place>,
    /// When the last of the keys that signed it retired; `None`: one of them has not.
    pub(crate) retired_at: Option<Timestamp>,
}

/// Who states a root.
#[derive(Clone, Debug)]
enum Claimant {
    /// A checkpoint beside the ledger, or one that is remembered. What comes of it is told when its signatures are
    /// judged.
    Head(HeadIndex),
    /// What the auditor verified before.
    Memory,
    /// An anchor in the other ledger.
    Anchor {
        position: Position,
        place: Option<Place>,
        retired_at: Option<Timestamp>,
    },
}

/// The roots that one ledger must have.
#[derive(Debug)]
pub(crate) struct Roots {
    ledger: LedgerName,
    /// In order of size.
    awaited: VecDeque<(Size, Hash, Claimant)>,
    /// What came of the heads, in order of their index.
    heads: BTreeMap<HeadIndex, HeadOutcome>,
}

impl Roots {
    /// The roots of `ledger` that its checkpoints and the anchors in the other ledger state.
    pub(crate) fn new(
        ledger: LedgerName,
        heads: Option<&Heads>,
        anchors: Vec<AnchoredRoot>,
    ) -> Self {
        let anchors = anchors.into_iter().map(
            |AnchoredRoot {
                 size,
                 root,
                 position,
                 place,
                 retired_at,
             }| {
                let claimant = Claimant::Anchor {
                    position,
                    place,
                    retired_at,
                };
                (size, root, claimant)
            },
        );
        let heads: Vec<_> = heads.into_iter().flat_map(Heads::claims).collect();
        let unknown = heads
            .iter()
            .map(|(index, ..)| (*index, HeadOutcome::Unknown));
        let outcomes = unknown.collect();
        let heads = heads
            .into_iter()
            .map(|(index, size, root)| (size, root, Claimant::Head(index)));
        let mut awaited: Vec<_> = anchors.chain(heads).collect();
        awaited.sort_by_key(|(size, ..)| *size);
        Self {
            ledger,
            awaited: awaited.into(),
            heads: outcomes,
        }
    }

    /// Whether a root is awaited at `size` or before.
    pub(crate) fn is_due(&self, size: Size) -> bool {
        self.awaited
            .front()
            .is_some_and(|(awaited, ..)| *awaited <= size)
    }

    /// Also expects the root that is remembered of a size.
    pub(crate) fn expect_remembered(&mut self, size: Size, root: Hash) {
        let at = self
            .awaited
            .partition_point(|(awaited, ..)| *awaited <= size);
        self.awaited.insert(at, (size, root, Claimant::Memory));
    }

    /// Whether no checkpoint reached so far has another root than the tree, and what the auditor verified before was
    /// reached.
    pub(crate) fn all_hold(&self) -> bool {
        let differs =
            |outcome: &HeadOutcome| matches!(outcome, HeadOutcome::Reached { holds: false, .. });
        let of_memory = |claimant: &Claimant| matches!(claimant, Claimant::Memory);
        !self.heads.values().any(differs)
            && !self
                .awaited
                .iter()
                .any(|(.., claimant)| of_memory(claimant))
    }

    /// The size at which the next root is awaited.
    pub(crate) fn next_size(&self) -> Option<Size> {
        self.awaited.front().map(|(size, ..)| *size)
    }

    /// The sizes at which roots are awaited, in ascending order.
    pub(crate) fn sizes(&self) -> Arc<[Size]> {
        let mut sizes: Vec<Size> = self.awaited.iter().map(|(size, ..)| *size).collect();
        sizes.dedup();
        sizes.into()
    }

    /// Compares the roots awaited at the size of `frontier`, whose last record was recorded at `recorded_at`, if that is
    /// known. Roots awaited before it were passed while the tree was not known, because of a fault already reported;
    /// they are dropped.
    pub(crate) fn compare(
        &mut self,
        frontier: &Frontier,
        recorded_at: Option<Timestamp>,
    ) -> Vec<Fault> {
        let size = frontier.size();
        let mut faults = Vec::new();
        while self.is_due(size) {
            let Some((awaited, root, claimant)) = self.awaited.pop_front() else {
                break;
            };
            if awaited < size {
                continue;
            }
            let holds = frontier.root() == root;
            match claimant {
                Claimant::Head(index) => {
                    let outcome = HeadOutcome::Reached { holds, recorded_at };
                    self.heads.insert(index, outcome);
                }
                Claimant::Memory if holds => {}
                Claimant::Memory => faults.push(self.of_memory(size)),
                Claimant::Anchor {
                    position,
                    place,
                    retired_at,
                } => {
                    let retired = retired_at.zip(recorded_at);
                    if retired.is_some_and(|(retired_at, recorded_at)| retired_at < recorded_at)
                        && !removed(Check::RetiredLogKey)
                    {
                        let finding = Finding::LogKey(LogKeyFault::Retired);
                        faults.push(self.of_anchor(position, place.clone(), finding));
                    }
                    if !holds && !removed(Check::Anchor) {
                        let fault = AnchorFault::OtherLedgerDiffers { size };
                        faults.push(self.of_anchor(position, place, Finding::Anchor(fault)));
                    }
                }
            }
        }
        faults
    }

    /// Ends the ledger at `found` records; what is still awaited can never be reached.
    pub(crate) fn finish(&mut self, found: Size) -> Vec<Fault> {
        let mut faults = Vec::new();
        while let Some((size, _, claimant)) = self.awaited.pop_front() {
            // A root that was passed over while the tree was not known.
            if size <= found {
                continue;
            }
            match claimant {
                Claimant::Head(index) => {
                    self.heads.insert(index, HeadOutcome::NotReached { found });
                }
                Claimant::Memory => faults.push(self.of_memory(size)),
                Claimant::Anchor {
                    position, place, ..
                } => {
                    let fault = AnchorFault::OtherLedgerShorter {
                        anchored: size,
                        found,
                    };
                    faults.push(self.of_anchor(position, place, Finding::Anchor(fault)));
                }
            }
        }
        faults
    }

    /// Whether a root is still awaited beyond `found` records.
    pub(crate) fn is_awaited_beyond(&self, found: Size) -> bool {
        self.awaited.iter().any(|(size, ..)| found < *size)
    }

    /// What came of the heads, in order of their index.
    pub(crate) fn into_heads(self) -> Vec<HeadOutcome> {
        self.heads.into_values().collect()
    }

    fn of_memory(&self, size: Size) -> Fault {
        Fault::of_ledger(self.ledger, Finding::Forked { size })
    }

    fn of_anchor(&self, position: Position, place: Option<Place>, finding: Finding) -> Fault {
        Fault::at(self.ledger.other(), position, place, finding)
    }
}
