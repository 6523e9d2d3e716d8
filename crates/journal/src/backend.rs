//! The contract between the writer of a ledger and whatever keeps it.

use std::fmt;
use std::time::Duration;

use sabt_chain::frame::{Frame, FrameError, FrameHeader};
use sabt_chain::{Digest, Epoch, LedgerState, Link, Position, Size};
use thiserror::Error;

use crate::error::{AppendError, EraseError, OpenEpochError, ReadError};

/// Most payloads that one call of [`Backend::erase`] takes. The list of a call is written down before the
/// first byte is overwritten: 4,096 entries of 28 bytes are a file of 112 KiB, which the reserve of a full
/// disk can still hold.
pub const ERASE_PAYLOADS_MAX: usize = 4_096;

/// Where one ledger stands: what keeps its records, in order, for ever.
///
/// The unit is the *frame*: one group commit of whole acts, in the format of [`sabt_chain::frame`]. A backend
/// keeps frames as opaque bytes, so the same verifier reads every backend, but it looks at their headers and
/// envelopes: a frame is accepted only when it continues the chain. All calls block.
///
/// Safety rests on [`Backend::append`] alone: electing a writer is only for liveness. Acknowledge by
/// (epoch, position, link), never by position alone.
pub trait Backend: Send + Sync {
    /// Opens a new epoch and fences every earlier one: none of their appends will succeed from now on.
    /// The returned head is that of the ledger at this moment.
    fn open_epoch(&self, owner: &Owner) -> Result<(Epoch, Head), OpenEpochError>;

    /// Appends one frame when `epoch` is the newest epoch and `expected` is the head, and returns the new
    /// head once the frame is durable.
    ///
    /// # Errors
    /// [`AppendError`]; only after [`AppendError::Unknown`] is it open whether the frame was kept.
    fn append(&self, epoch: Epoch, expected: &Head, frame: &[u8]) -> Result<Head, AppendError>;

    /// The head of the durable prefix.
    fn head(&self) -> Result<Head, ReadError>;

    /// The durable prefix as the next record is checked against it: link, time, and the Merkle tree over all
    /// envelopes in its compact form, from which the root to sign is taken.
    fn state(&self) -> Result<LedgerState, ReadError>;

    /// Reads whole frames of the durable prefix, beginning with the frame that holds `from`. `from` may be
    /// the size of the ledger: such a reader has nothing to give until something is appended. Any number of
    /// readers run beside the writer.
    fn read(&self, from: Position) -> Result<Reader, ReadError>;

    /// Waits until the ledger holds more than `size` records, or until the time is up, and returns the head.
    fn wait_beyond(&self, size: Size, timeout: Duration) -> Result<Head, ReadError>;

    /// Overwrites the sealed payloads of records with zeros, in place and durably. Envelopes stay.
    ///
    /// Append the erasure record *first*: a zeroed payload is then covered by its record at every moment,
    /// and after a crash the caller finds the record and repeats the call. So that an erased payload can
    /// never look like a torn append, payloads of the newest frame are refused. A payload that holds zeros
    /// already is left alone; the result counts those that were overwritten.
    ///
    /// # Errors
    /// [`EraseError`]; everything is checked before the first byte is overwritten.
    fn erase(&self, epoch: Epoch, payloads: &[PayloadRef]) -> Result<usize, EraseError>;
}

/// Who opens an epoch, for the log: a host and process, never a person. 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner(String);

/// A name that cannot be an [`Owner`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the owner of an epoch is named with 1 to {} visible ASCII characters",
    Owner::BYTES_MAX
)]
pub struct OwnerError;

impl Owner {
    /// Longest name in bytes: a host name of DNS (RFC 1035, section 3.1).
    pub const BYTES_MAX: usize = 255;

    /// Checks and takes the name.
    pub fn new(name: &str) -> Result<Self, OwnerError> {
        let length_fits = (1..=Self::BYTES_MAX).contains(&name.len());
        if length_fits && name.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(name.to_owned()))
        } else {
            Err(OwnerError)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a ledger ends: how many records it holds and the link of the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// How many records there are.
    pub size: Size,
    /// The link of the newest record; of an empty ledger, the link that its origin gives.
    pub link: Link,
}

impl Head {
    /// The head of a ledger in this state.
    pub const fn of(state: &LedgerState) -> Self {
        Self {
            size: state.size(),
            link: state.link,
        }
    }
}

/// A sealed payload that is to be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayloadRef {
    /// The record it belongs to.
    pub position: Position,
    /// The digest in that record's envelope, so that a mistaken position is noticed.
    pub sealed_digest: Digest,
}

/// Walks a ledger forwards.
pub type Reader = Box<dyn ReadFrames>;

/// Gives the frames of a ledger in order.
pub trait ReadFrames: Send {
    /// The next frame of the durable prefix; `None` when there is none yet. After something was appended
    /// (see [`Backend::wait_beyond`]) the same reader goes on.
    ///
    /// Each frame is checked: structure, checksum, the link to the frame before it and between its records,
    /// and every payload against its digest (an erased payload, all zeros, is let through).
    ///
    /// # Errors
    /// [`ReadError`]; the reader then stays where it is.
    fn next_frame(&mut self) -> Result<Option<StoredFrame>, ReadError>;

    /// The first position that was not given yet.
    fn position(&self) -> Position;
}

/// One frame as it is kept. Its bytes are known to be a sound frame.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredFrame {
    bytes: Vec<u8>,
    link: Link,
}

impl StoredFrame {
    /// Takes the bytes of one frame whose newest record has this link.
    ///
    /// # Errors
    /// When the bytes are not a sound frame.
    pub fn new(bytes: Vec<u8>, link: Link) -> Result<Self, FrameError> {
        Frame::parse(&bytes)?;
        Ok(Self { bytes, link })
    }

    /// Takes a frame that was parsed.
    pub(crate) fn sound(frame: &Frame<'_>, link: Link) -> Self {
        Self {
            bytes: frame.bytes().to_vec(),
            link,
        }
    }

    /// The frame. Each call runs over the envelopes once to compute the checksum, so keep the answer.
    ///
    /// # Panics
    /// Never: the constructor has parsed the same bytes.
    pub fn frame(&self) -> Frame<'_> {
        Frame::parse(&self.bytes).expect("the bytes were parsed when they were read")
    }

    /// The bytes, with the frame's padding.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many records the ledger holds with this frame.
    ///
    /// # Panics
    /// Never: the constructor has parsed the same bytes.
    pub fn size_after(&self) -> Size {
        let header = FrameHeader::peek(&self.bytes);
        header
            .expect("the bytes were parsed when they were read")
            .size_after()
    }

    /// The link of the newest record in the frame.
    pub const fn link(&self) -> Link {
        self.link
    }
}

impl fmt::Debug for StoredFrame {
    /// Shows no payload.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StoredFrame")
            .field("bytes", &self.bytes.len())
            .field("link", &self.link)
            .finish_non_exhaustive()
    }
}
