//! The rules that a whole ledger obeys, checked record by record.
//!
//! | rule | fault |
//! |---|---|
//! | positions are 0-based and gapless | [`FaultClass::Position`] |
//! | each envelope holds the link of the one before | [`FaultClass::Link`] |
//! | times never decrease | [`FaultClass::Time`] |
//! | an act's records stand together, in order, complete, within one frame | [`FaultClass::Act`] |
//! | a payload is what its digest says, or erased | [`FaultClass::Payload`] |
//! | frames and segments state what stands before them | [`FaultClass::FrameLink`], [`FaultClass::Segment`] |
//! | epochs never decrease | [`FaultClass::Epoch`] |
//!
//! Signatures, erasure records and checkpoints are not seen here: an auditor's program adds them.

mod stretch;

pub use stretch::{Broken, Stretch};

use crate::frame::{Frame, FrameError, FrameHeader, PayloadState, RecordView};
use crate::segment::SegmentHeader;
use crate::{
    ActFault, ActId, ActTracker, Chain, Epoch, Hash, LedgerState, Link, Part, Position, Timestamp,
};

/// Something that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("position {position}: {class}")]
pub struct Fault {
    /// The position, counted from the start of the ledger, at which the rule is broken.
    pub position: Position,
    /// Which rule, and how.
    pub class: FaultClass,
}

/// Which rule is broken, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FaultClass {
    /// The frame does not parse. Not found by the verifier, which is given parsed frames, but by whoever reads them.
    #[error("{0}")]
    Frame(#[from] FrameError),
    /// A segment header does not state what stands before it.
    #[error("{0}")]
    Segment(#[from] SegmentFault),
    /// The writer's epoch is lower than before.
    #[error("epoch {found} follows epoch {previous}")]
    Epoch {
        /// Epoch of the frame or segment before.
        previous: Epoch,
        /// Epoch found.
        found: Epoch,
    },
    /// The frame states another link of the record before it than that record has.
    #[error("the frame follows link {found}, not {expected}")]
    FrameLink {
        /// Link of the record before.
        expected: Link,
        /// Link that the frame states.
        found: Link,
    },
    /// A record has another position than its place in the sequence.
    #[error("a record of position {found} stands here")]
    Position {
        /// Position in its envelope.
        found: Position,
    },
    /// The record does not follow the one before: either its field `previous` or the envelope before it was altered.
    #[error("the record follows link {found}, not {expected}")]
    Link {
        /// Link of the record before.
        expected: Link,
        /// Link that the envelope states.
        found: Link,
    },
    /// Time runs back.
    #[error("recorded {} microseconds before the record before", .previous.as_micros().saturating_sub(found.as_micros()))]
    Time {
        /// When the record before was recorded.
        previous: Timestamp,
        /// When this one was, by its envelope.
        found: Timestamp,
    },
    /// An act is not whole.
    #[error("{0}")]
    Act(#[from] ActFault),
    /// The payload is neither what was recorded nor erased.
    #[error("the payload is not the one recorded")]
    Payload,
}

/// How a segment header disagrees with what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SegmentFault {
    /// It is of another ledger.
    #[error("the segment belongs to another ledger")]
    Origin,
    /// It starts at another position.
    #[error("the segment starts at position {found}")]
    Position {
        /// Position stated.
        found: Position,
    },
    /// It states another link of the record before.
    #[error("the segment follows link {found}, not {expected}")]
    Link {
        /// Link of the record before.
        expected: Link,
        /// Link stated.
        found: Link,
    },
    /// It states another tree.
    #[error("the segment follows a tree with root {found}, not {expected}")]
    Tree {
        /// Root of the tree over all records before.
        expected: Hash,
        /// Root of the tree stated.
        found: Hash,
    },
    /// It states another time of the record before.
    #[error("the segment states another time of the record before")]
    Time,
}

/// What the verifier has to say of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// A rule is broken.
    Fault(Fault),
    /// The payload at this position is all zeros: lawful if an erasure record names it.
    Erased(Position),
}

/// What the rules need of one record. Computing it is nearly all the work of verifying, needs no other record, and so
/// can be spread over all cores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Examined {
    /// Position in the envelope.
    pub position: Position,
    /// Link of the record before, as stated.
    pub previous: Link,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The act it belongs to.
    pub act_id: ActId,
    /// Which of the act's records it is.
    pub part: Part,
    /// Its own link.
    pub link: Link,
    /// Its leaf in the Merkle tree.
    pub leaf: Hash,
    /// How its payload stands to its digest.
    pub payload: PayloadState,
}

impl Examined {
    /// Examines a record.
    pub fn of(chain: &Chain, record: &RecordView<'_>) -> Self {
        let envelope = &record.envelope;
        Self {
            position: envelope.position,
            previous: envelope.previous,
            recorded_at: envelope.recorded_at,
            act_id: envelope.act_id,
            part: envelope.part,
            link: chain.link(record.envelope_bytes),
            leaf: Hash::leaf(record.envelope_bytes),
            payload: record.payload_state(),
        }
    }
}

/// Takes the frames of a ledger in order and checks every rule of this module.
///
/// After a fault it goes on from what it found, so that one fault is reported once and later ones still are.
#[derive(Debug, Clone)]
pub struct LedgerVerifier {
    chain: Chain,
    state: LedgerState,
    /// Differs from the state's size only after a gap.
    next_position: Position,
    epoch: Epoch,
    acts: ActTracker,
}

impl LedgerVerifier {
    /// Verifies the ledger of `chain` from its first record.
    pub fn new(chain: Chain) -> Self {
        let state = LedgerState::genesis(&chain);
        Self::resume(chain, state, Epoch::ZERO)
    }

    /// Verifies the ledger of `chain` from where it has come to `state`, last written by the writer of `epoch`.
    pub fn resume(chain: Chain, state: LedgerState, epoch: Epoch) -> Self {
        let next_position = state.next_position();
        Self {
            chain,
            state,
            next_position,
            epoch,
            acts: ActTracker::new(),
        }
    }

    /// The chain that links are computed with.
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// How far the ledger has come.
    pub const fn state(&self) -> &LedgerState {
        &self.state
    }

    /// The same, giving up the verifier.
    pub fn into_state(self) -> LedgerState {
        self.state
    }

    /// Whether no act is open.
    pub const fn is_between_acts(&self) -> bool {
        self.acts.is_complete()
    }

    /// Highest epoch seen.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Checks a frame that must be sound; returns the positions whose payload is erased.
    ///
    /// # Errors
    /// The first fault; the verifier has then taken the whole frame all the same.
    pub fn check_frame(&mut self, frame: &Frame<'_>) -> Result<Vec<Position>, Fault> {
        let mut first_fault = None;
        let mut erased = Vec::new();
        self.frame(frame, &mut |finding| match finding {
            Finding::Fault(fault) => first_fault = first_fault.or(Some(fault)),
            Finding::Erased(position) => erased.push(position),
        });
        first_fault.map_or(Ok(erased), Err)
    }

    /// Checks a frame and reports everything found.
    pub fn frame(&mut self, frame: &Frame<'_>, report: &mut dyn FnMut(Finding)) {
        self.begin_frame(frame.header(), report);
        for record in frame.records() {
            let examined = Examined::of(&self.chain, &record);
            self.record(&examined, report);
        }
        self.end_frame(report);
    }

    /// Checks a segment header against everything before it.
    pub fn segment(&mut self, header: &SegmentHeader, report: &mut dyn FnMut(Finding)) {
        let (known, stated) = (&self.state, &header.start);
        let fault = if header.origin != *self.chain.origin() {
            Some(SegmentFault::Origin)
        } else if stated.next_position() != self.next_position {
            Some(SegmentFault::Position {
                found: stated.next_position(),
            })
        } else if stated.link != known.link {
            Some(SegmentFault::Link {
                expected: known.link,
                found: stated.link,
            })
        } else if stated.frontier != known.frontier {
            Some(SegmentFault::Tree {
                expected: known.root(),
                found: stated.root(),
            })
        } else if stated.recorded_at != known.recorded_at {
            Some(SegmentFault::Time)
        } else {
            None
        };
        if let Some(fault) = fault {
            self.fault(FaultClass::Segment(fault), report);
        }
        self.check_epoch(header.epoch, report);
    }

    /// Checks a frame's header. Then come its records, then [`LedgerVerifier::end_frame`].
    pub fn begin_frame(&mut self, header: &FrameHeader, report: &mut dyn FnMut(Finding)) {
        self.check_epoch(header.epoch(), report);
        let (expected, found) = (self.state.link, header.previous());
        if found != expected {
            self.fault(FaultClass::FrameLink { expected, found }, report);
        }
    }

    /// Checks the next record.
    pub fn record(&mut self, record: &Examined, report: &mut dyn FnMut(Finding)) {
        if record.position != self.next_position {
            self.fault(
                FaultClass::Position {
                    found: record.position,
                },
                report,
            );
        }
        if record.previous != self.state.link {
            let (expected, found) = (self.state.link, record.previous);
            self.fault(FaultClass::Link { expected, found }, report);
        }
        if let Some(previous) = self
            .state
            .recorded_at
            .filter(|time| *time > record.recorded_at)
        {
            self.fault(
                FaultClass::Time {
                    previous,
                    found: record.recorded_at,
                },
                report,
            );
        }
        if let Err(act) = self.acts.accept(record.act_id, record.part) {
            self.fault(FaultClass::Act(act), report);
        }
        match record.payload {
            PayloadState::Intact => {}
            PayloadState::Erased => report(Finding::Erased(record.position)),
            PayloadState::Altered => self.fault(FaultClass::Payload, report),
        }
        self.state.frontier.append(record.leaf);
        self.state.link = record.link;
        self.state.recorded_at = Some(record.recorded_at);
        // No record stands at the last number there is: the size would not be one.
        self.next_position = record.position.next().unwrap_or(record.position);
    }

    /// Ends a frame: no act may be open.
    pub fn end_frame(&mut self, report: &mut dyn FnMut(Finding)) {
        if let Err(act) = self.acts.finish() {
            self.fault(FaultClass::Act(act), report);
        }
    }

    fn check_epoch(&mut self, found: Epoch, report: &mut dyn FnMut(Finding)) {
        let previous = self.epoch;
        if found < previous {
            self.fault(FaultClass::Epoch { previous, found }, report);
        }
        self.epoch = previous.max(found);
    }

    fn fault(&self, class: FaultClass, report: &mut dyn FnMut(Finding)) {
        report(Finding::Fault(Fault {
            position: self.next_position,
            class,
        }));
    }
}

#[cfg(test)]
mod tests;
