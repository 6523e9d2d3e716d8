//! Writing a frame.

use std::fmt;

use super::{
    ENVELOPE_PREFIX_BYTES, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, FRAME_RECORDS_MAX, FrameHeader,
    padded,
};
use crate::wire;
use crate::{ActFault, ActTracker, Envelope, EnvelopeError, Epoch, Link, Position};

/// Collects the records of one group commit and encodes them as a frame.
///
/// Records are pushed in order; the frame can be finished only between acts. Links and payload digests are the
/// caller's: whoever makes an envelope computes them anyway, and the journal checks them on append.
#[derive(Clone)]
pub struct FrameBuilder {
    epoch: Epoch,
    first_position: Position,
    previous: Link,
    next_position: Position,
    count: u32,
    acts: ActTracker,
    envelopes: Vec<u8>,
    sealed: Vec<u8>,
}

/// Why a record cannot be added to a frame, or a frame not be finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameBuildError {
    /// The envelope is malformed.
    #[error("envelope: {0}")]
    Envelope(#[from] EnvelopeError),
    /// The record is not the next one.
    #[error("position {found} pushed where {expected} comes next")]
    Position {
        /// Position that comes next.
        expected: Position,
        /// Position in the envelope.
        found: Position,
    },
    /// The payload does not have the length that the envelope states.
    #[error("the payload at position {position} has {found} bytes, its envelope states {stated}")]
    SealedLength {
        /// Position of the record.
        position: Position,
        /// Length in the envelope.
        stated: u32,
        /// Length of the payload.
        found: usize,
    },
    /// The act that the record belongs to, or the last act of the frame, is not whole.
    #[error("{0}")]
    Act(#[from] ActFault),
    /// The frame would exceed [`FRAME_BYTES_MAX`] or [`FRAME_RECORDS_MAX`]; it can be finished without this record if
    /// it stands between acts.
    #[error("the frame is full")]
    Full,
    /// A frame has at least one record.
    #[error("the frame has no record")]
    Empty,
}

impl FrameBuilder {
    /// Starts a frame of the writer of `epoch` whose first record takes `first_position` after a record with link
    /// `previous`.
    pub const fn new(epoch: Epoch, first_position: Position, previous: Link) -> Self {
        Self {
            epoch,
            first_position,
            previous,
            next_position: first_position,
            count: 0,
            acts: ActTracker::new(),
            envelopes: Vec::new(),
            sealed: Vec::new(),
        }
    }

    /// The position that the next record takes.
    pub const fn next_position(&self) -> Position {
        self.next_position
    }

    /// How many records there are.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Whether there is no record yet.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Length in bytes of the frame as it stands, with its padding.
    pub fn encoded_len(&self) -> usize {
        self.len_with(0, 0)
    }

    /// Whether `records` more records, together `envelope_bytes` of envelopes and `sealed_bytes` of payloads, fit.
    pub fn has_room(&self, records: u32, envelope_bytes: usize, sealed_bytes: usize) -> bool {
        let prefixes = wire::index(records).saturating_mul(ENVELOPE_PREFIX_BYTES);
        self.count
            .checked_add(records)
            .is_some_and(|count| count <= FRAME_RECORDS_MAX)
            && self.len_with(envelope_bytes.saturating_add(prefixes), sealed_bytes)
                <= FRAME_BYTES_MAX
    }

    /// Adds the next record: its encoded envelope and its payload. On error the frame is as before.
    pub fn push(&mut self, envelope_bytes: &[u8], sealed: &[u8]) -> Result<(), FrameBuildError> {
        let envelope = Envelope::decode(envelope_bytes)?;
        let (expected, found) = (self.next_position, envelope.position);
        if found != expected {
            return Err(FrameBuildError::Position { expected, found });
        }
        if envelope.sealed_size() != sealed.len() {
            return Err(FrameBuildError::SealedLength {
                position: found,
                stated: envelope.sealed_len,
                found: sealed.len(),
            });
        }
        if !self.has_room(1, envelope_bytes.len(), sealed.len()) {
            return Err(FrameBuildError::Full);
        }
        let mut acts = self.acts;
        acts.accept(envelope.act_id, envelope.part)?;
        self.next_position = found.next().ok_or(FrameBuildError::Full)?;
        self.acts = acts;
        self.count = self.count.saturating_add(1);
        // An envelope has at most 224 bytes.
        let prefix = u16::try_from(envelope_bytes.len()).unwrap_or(u16::MAX);
        self.envelopes.extend_from_slice(&prefix.to_be_bytes());
        self.envelopes.extend_from_slice(envelope_bytes);
        self.sealed.extend_from_slice(sealed);
        Ok(())
    }

    /// Encodes the frame.
    ///
    /// # Errors
    /// [`FrameBuildError::Empty`] without records, [`FrameBuildError::Act`] within an act.
    pub fn finish(mut self) -> Result<Vec<u8>, FrameBuildError> {
        if self.is_empty() {
            return Err(FrameBuildError::Empty);
        }
        self.acts.finish()?;
        let total = self.encoded_len();
        let header = FrameHeader {
            epoch: self.epoch,
            first_position: self.first_position,
            count: self.count,
            // Both sections are shorter than a frame.
            envelopes_len: u32::try_from(self.envelopes.len()).unwrap_or(u32::MAX),
            sealed_len: u32::try_from(self.sealed.len()).unwrap_or(u32::MAX),
            previous: self.previous,
            checksum: 0,
        };
        let mut bytes = Vec::with_capacity(total);
        bytes.extend_from_slice(&header.encode(&self.envelopes));
        bytes.append(&mut self.envelopes);
        bytes.append(&mut self.sealed);
        bytes.resize(total, 0);
        Ok(bytes)
    }

    fn len_with(&self, more_envelopes: usize, more_sealed: usize) -> usize {
        let content = FRAME_HEADER_BYTES
            .saturating_add(self.envelopes.len())
            .saturating_add(self.sealed.len())
            .saturating_add(more_envelopes)
            .saturating_add(more_sealed);
        padded(content)
    }
}

impl fmt::Debug for FrameBuilder {
    /// Shows no payload.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameBuilder")
            .field("epoch", &self.epoch)
            .field("first_position", &self.first_position)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}
