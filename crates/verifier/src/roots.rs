//! Roots that somebody signed, waiting for the tree to reach their size.

use std::collections::VecDeque;

use sabt_chain::tree::Frontier;
use sabt_chain::{Hash, LedgerName, Position, Size};

use crate::fault::{AnchorFault, Fault, Finding, Place};

/// A root of one ledger that an anchor in the other states.
#[derive(Clone, Debug)]
pub(crate) struct AnchoredRoot {
    /// How many records it covers.
    pub(crate) size: Size,
    /// The root.
    pub(crate) root: Hash,
    /// Position of the anchor, in the other ledger.
    pub(crate) position: Position,
    /// Where the anchor stands.
    pub(crate) place: Option<Place>,
}

/// Who states a root.
#[derive(Clone, Debug)]
enum Claimant {
    /// The checkpoint beside the ledger.
    Checkpoint,
    /// An anchor in the other ledger.
    Anchor {
        position: Position,
        place: Option<Place>,
    },
}

/// The roots that one ledger must have.
#[derive(Debug)]
pub(crate) struct Roots {
    ledger: LedgerName,
    /// In order of size.
    awaited: VecDeque<(Size, Hash, Claimant)>,
    checkpoint_holds: bool,
}

impl Roots {
    /// The roots of `ledger` that its checkpoint and the anchors in the other ledger state.
    pub(crate) fn new(
        ledger: LedgerName,
        checkpoint: Option<(Size, Hash)>,
        anchors: Vec<AnchoredRoot>,
    ) -> Self {
        let anchors = anchors.into_iter().map(
            |AnchoredRoot {
                 size,
                 root,
                 position,
                 place,
             }| { (size, root, Claimant::Anchor { position, place }) },
        );
        let checkpoint = checkpoint.map(|(size, root)| (size, root, Claimant::Checkpoint));
        let mut awaited: Vec<_> = anchors.chain(checkpoint).collect();
        awaited.sort_by_key(|(size, ..)| *size);
        Self {
            ledger,
            awaited: awaited.into(),
            checkpoint_holds: false,
        }
    }

    /// Whether a root is awaited at `size` or before.
    pub(crate) fn is_due(&self, size: Size) -> bool {
        self.awaited
            .front()
            .is_some_and(|(awaited, ..)| *awaited <= size)
    }

    /// Whether none is awaited any more.
    pub(crate) fn is_empty(&self) -> bool {
        self.awaited.is_empty()
    }

    /// Compares the roots awaited at the size of `frontier`. Roots awaited before it were passed while the tree was not
    /// known, because of a fault already reported; they are dropped.
    pub(crate) fn compare(&mut self, frontier: &Frontier) -> Vec<Fault> {
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
                Claimant::Checkpoint if holds => self.checkpoint_holds = true,
                Claimant::Checkpoint => {
                    faults.push(self.of_checkpoint(Finding::RootDiffers { size }));
                }
                Claimant::Anchor { .. } if holds => {}
                Claimant::Anchor { position, place } => {
                    let fault = AnchorFault::OtherLedgerDiffers { size };
                    faults.push(self.of_anchor(position, place, fault));
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
            faults.push(match claimant {
                Claimant::Checkpoint => self.of_checkpoint(Finding::RecordsMissing {
                    signed: size,
                    found,
                }),
                Claimant::Anchor { position, place } => {
                    let fault = AnchorFault::OtherLedgerShorter {
                        anchored: size,
                        found,
                    };
                    self.of_anchor(position, place, fault)
                }
            });
        }
        faults
    }

    /// Whether the checkpoint's root was reached and is right.
    pub(crate) const fn checkpoint_holds(&self) -> bool {
        self.checkpoint_holds
    }

    fn of_checkpoint(&self, finding: Finding) -> Fault {
        Fault {
            ledger: self.ledger,
            position: None,
            place: None,
            finding,
        }
    }

    fn of_anchor(&self, position: Position, place: Option<Place>, fault: AnchorFault) -> Fault {
        let finding = Finding::Anchor(fault);
        Fault {
            ledger: self.ledger.other(),
            position: Some(position),
            place,
            finding,
        }
    }
}
