//! What can be wrong with a frame.

use crate::{EnvelopeError, Link, Position};

/// Why bytes are not a sound frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Only zeros where a header would stand: the written part ends here.
    #[error("nothing is written here")]
    Blank,
    /// The bytes end before the frame does.
    #[error("a frame needs {needed} bytes, only {found} are there")]
    Truncated {
        /// Bytes needed, as far as is known.
        needed: usize,
        /// Bytes there are.
        found: usize,
    },
    /// Something else than a frame.
    #[error("no frame starts here")]
    Magic {
        /// What stands where the magic should.
        found: [u8; 4],
    },
    /// A number of records that no frame has.
    #[error("a frame of {count} records at position {first}")]
    Count {
        /// First position stated.
        first: Position,
        /// Number of records stated.
        count: u32,
    },
    /// Section lengths that no frame with so many records has.
    #[error(
        "a frame of {count} records at position {first} with {envelopes_len} bytes of envelopes and {sealed_len} \
         bytes of payloads"
    )]
    Lengths {
        /// First position stated.
        first: Position,
        /// Number of records stated.
        count: u32,
        /// Length of the envelope section stated.
        envelopes_len: u32,
        /// Length of the payload section stated.
        sealed_len: u32,
    },
    /// A bit of header or envelopes has changed, or they were not wholly written.
    #[error(
        "checksum of the frame at position {first} is {stored:08x}, its bytes give {computed:08x}"
    )]
    Checksum {
        /// First position stated.
        first: Position,
        /// Checksum in the header.
        stored: u32,
        /// Checksum of header and envelopes.
        computed: u32,
    },
    /// The lengths of the envelopes do not add up to the envelope section.
    #[error("the envelope at position {position} does not fit its section")]
    EnvelopeSection {
        /// Position of the envelope, or the one after the last where bytes are left over.
        position: Position,
    },
    /// An envelope is malformed.
    #[error("envelope at position {position}: {source}")]
    Envelope {
        /// Position of the envelope.
        position: Position,
        /// What is wrong with it.
        source: EnvelopeError,
    },
    /// A position is not the one after the last.
    #[error("position {found} stands where {expected} should")]
    Position {
        /// Position that should be there.
        expected: Position,
        /// Position found.
        found: Position,
    },
    /// The lengths of the payloads do not add up to the payload section.
    #[error("the payload at position {position} does not fit its section")]
    SealedSection {
        /// Position of the payload, or the one after the last where bytes are left over.
        position: Position,
    },
    /// The bytes after the payloads are not zero.
    #[error("the padding of the frame at position {first} is not zero")]
    Padding {
        /// First position of the frame.
        first: Position,
    },
    /// A record does not follow the one before.
    #[error("the record at position {position} follows link {found}, not {expected}")]
    Link {
        /// Position of the record.
        position: Position,
        /// Link of the record before.
        expected: Link,
        /// Link it states.
        found: Link,
    },
    /// A payload is neither what its envelope says nor erased.
    #[error("the payload at position {position} is not the one recorded")]
    Digest {
        /// Position of the record.
        position: Position,
    },
}

/// What a [`FrameError`] means to somebody who reads frames one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameFailure {
    /// Nothing is written here: the end, if only zeros follow.
    End,
    /// The bytes at hand end within the frame: read more, or the file is cut.
    Incomplete,
    /// Bytes are there and are not a sound frame. At the very end of a ledger this may be a torn write; anywhere
    /// else it is corruption. Only the reader knows what follows.
    Unsound,
}

impl FrameError {
    /// What the error means to a reader.
    pub const fn failure(&self) -> FrameFailure {
        match self {
            Self::Blank => FrameFailure::End,
            Self::Truncated { .. } => FrameFailure::Incomplete,
            Self::Magic { .. }
            | Self::Count { .. }
            | Self::Lengths { .. }
            | Self::Checksum { .. }
            | Self::EnvelopeSection { .. }
            | Self::Envelope { .. }
            | Self::Position { .. }
            | Self::SealedSection { .. }
            | Self::Padding { .. }
            | Self::Link { .. }
            | Self::Digest { .. } => FrameFailure::Unsound,
        }
    }

    /// The position that the error is about, as far as the bytes tell. What they tell may itself be the damage, so a
    /// reader that knows which position comes next should name that.
    pub const fn position(&self) -> Option<Position> {
        match self {
            Self::Blank | Self::Truncated { .. } | Self::Magic { .. } => None,
            Self::Count { first, .. }
            | Self::Lengths { first, .. }
            | Self::Checksum { first, .. }
            | Self::Padding { first } => Some(*first),
            Self::Position { expected, .. } => Some(*expected),
            Self::EnvelopeSection { position }
            | Self::Envelope { position, .. }
            | Self::SealedSection { position }
            | Self::Link { position, .. }
            | Self::Digest { position } => Some(*position),
        }
    }
}
