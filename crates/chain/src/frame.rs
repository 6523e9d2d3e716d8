//! A frame: the records of one group commit, whole acts only, as they stand in a segment.
//!
//! All integers are big-endian. A frame starts at a multiple of [`FRAME_ALIGNMENT`] and is zero-padded to one.
//!
//! | field | bytes |
//! |---|---|
//! | magic `SBF1` | 4 |
//! | epoch of the writer | 8 |
//! | position of the first record | 8 |
//! | number of records | 4 |
//! | length of the envelope section | 4 |
//! | length of the payload section | 4 |
//! | link of the record before the first | 32 |
//! | CRC32C of the header before this field, then the envelope section | 4 |
//! | envelope section: for each record its length (2) and its envelope | as stated |
//! | payload section: the payloads in order, lengths as in the envelopes | as stated |
//! | zeros | to a multiple of 8 |
//!
//! The checksum does not cover payloads: each is covered by the digest in its envelope, so that erasing a payload in
//! place leaves the frame intact. All-zero bytes are never a frame.

mod builder;
mod error;
mod raw;

pub use builder::{FrameBuildError, FrameBuilder};
pub use error::{FrameError, FrameFailure};
pub use raw::{Envelopes, RawFrame};

use std::fmt;

use crate::wire::{self, Cursor};
use crate::{
    Chain, Digest, ENVELOPE_BYTES_MAX, ENVELOPE_BYTES_MIN, Envelope, Epoch, Link, Position,
    SEALED_BYTES_MAX, Size,
};

/// What a frame starts with.
pub const FRAME_MAGIC: [u8; 4] = *b"SBF1";

/// Frames start at multiples of this many bytes.
pub const FRAME_ALIGNMENT: usize = 8;

/// Length of a frame's header in bytes.
pub const FRAME_HEADER_BYTES: usize = 4 + 8 + 8 + 4 + 4 + 4 + 32 + 4;

/// Longest frame in bytes: what one group commit writes at most, and what a reader must hold at once.
pub const FRAME_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Most records in a frame. At the shortest they take 65,536 x (2 + 120 + 1) bytes, just under 7.7 MiB, so that frames
/// of small records meet this limit first and frames of large ones [`FRAME_BYTES_MAX`].
pub const FRAME_RECORDS_MAX: u32 = 65_536;

/// Bytes of a record in the envelope section besides its envelope.
const ENVELOPE_PREFIX_BYTES: usize = 2;

// The largest act there is, 255 records with the longest payloads, fits a frame: an act is never split.
#[expect(
    clippy::as_conversions,
    reason = "u32 to usize in a constant; wire.rs asserts that it fits"
)]
const _: () = assert!(
    FRAME_HEADER_BYTES
        + 255 * (ENVELOPE_PREFIX_BYTES + ENVELOPE_BYTES_MAX + SEALED_BYTES_MAX as usize)
        + FRAME_ALIGNMENT
        <= FRAME_BYTES_MAX
);

/// The fixed part of a frame. [`FrameHeader::peek`] checks that its numbers are possible, not its checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    epoch: Epoch,
    first_position: Position,
    count: u32,
    envelopes_len: u32,
    sealed_len: u32,
    previous: Link,
    checksum: u32,
}

impl FrameHeader {
    /// Reads the header that stands at the start of `bytes`.
    ///
    /// # Errors
    /// [`FrameError::Blank`] where nothing was written, [`FrameError::Truncated`] where the bytes end too soon, else
    /// what is impossible about it.
    pub fn peek(bytes: &[u8]) -> Result<Self, FrameError> {
        let Some(header) = bytes.first_chunk::<FRAME_HEADER_BYTES>() else {
            return Err(Self::cut_off(bytes));
        };
        if wire::is_zero(header) {
            return Err(FrameError::Blank);
        }
        let truncated = FrameError::Truncated {
            needed: FRAME_HEADER_BYTES,
            found: bytes.len(),
        };
        let mut cursor = Cursor::new(header);
        let magic: [u8; 4] = cursor.array().ok_or(truncated)?;
        if magic != FRAME_MAGIC {
            return Err(FrameError::Magic { found: magic });
        }
        let header = Self {
            epoch: Epoch::new(cursor.u64().ok_or(truncated)?),
            first_position: Position::new(cursor.u64().ok_or(truncated)?),
            count: cursor.u32().ok_or(truncated)?,
            envelopes_len: cursor.u32().ok_or(truncated)?,
            sealed_len: cursor.u32().ok_or(truncated)?,
            previous: Link::from_bytes(cursor.array().ok_or(truncated)?),
            checksum: cursor.u32().ok_or(truncated)?,
        };
        header.check()?;
        Ok(header)
    }

    /// Epoch of the writer.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Position of the first record.
    pub const fn first_position(&self) -> Position {
        self.first_position
    }

    /// Number of records, 1 to [`FRAME_RECORDS_MAX`].
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Size of the ledger with this frame.
    pub const fn size_after(&self) -> Size {
        // `check` has seen that the sum does not overflow.
        #[expect(
            clippy::as_conversions,
            reason = "u32 to u64 in a const fn loses nothing"
        )]
        Size::new(self.first_position.get().saturating_add(self.count as u64))
    }

    /// Link of the record before the first.
    pub const fn previous(&self) -> Link {
        self.previous
    }

    /// Checksum of header and envelopes, as stored.
    pub const fn checksum(&self) -> u32 {
        self.checksum
    }

    /// Length of the envelope section in bytes.
    pub fn envelopes_len(&self) -> usize {
        wire::index(self.envelopes_len)
    }

    /// Length of the payload section in bytes.
    pub fn sealed_len(&self) -> usize {
        wire::index(self.sealed_len)
    }

    /// Length of header, envelopes and payloads in bytes.
    fn content_len(&self) -> usize {
        FRAME_HEADER_BYTES
            .saturating_add(self.envelopes_len())
            .saturating_add(self.sealed_len())
    }

    /// Length of the whole frame in bytes, with its padding.
    pub fn total_len(&self) -> usize {
        padded(self.content_len())
    }

    fn check(&self) -> Result<(), FrameError> {
        let first = self.first_position;
        let count = wire::index(self.count);
        if self.count == 0
            || self.count > FRAME_RECORDS_MAX
            || first.advance(u64::from(self.count)).is_none()
        {
            return Err(FrameError::Count {
                first,
                count: self.count,
            });
        }
        let shortest = count.saturating_mul(ENVELOPE_PREFIX_BYTES + ENVELOPE_BYTES_MIN);
        let longest = count.saturating_mul(ENVELOPE_PREFIX_BYTES + ENVELOPE_BYTES_MAX);
        let sealed_longest = count.saturating_mul(wire::index(SEALED_BYTES_MAX));
        if !(shortest..=longest).contains(&self.envelopes_len())
            || !(count..=sealed_longest).contains(&self.sealed_len())
            || self.total_len() > FRAME_BYTES_MAX
        {
            return Err(FrameError::Lengths {
                first,
                count: self.count,
                envelopes_len: self.envelopes_len,
                sealed_len: self.sealed_len,
            });
        }
        Ok(())
    }

    /// Encodes the header with the checksum over itself and `envelopes`.
    fn encode(&self, envelopes: &[u8]) -> [u8; FRAME_HEADER_BYTES] {
        let mut bytes = Vec::with_capacity(FRAME_HEADER_BYTES);
        bytes.extend_from_slice(&FRAME_MAGIC);
        bytes.extend_from_slice(&self.epoch.get().to_be_bytes());
        bytes.extend_from_slice(&self.first_position.get().to_be_bytes());
        bytes.extend_from_slice(&self.count.to_be_bytes());
        bytes.extend_from_slice(&self.envelopes_len.to_be_bytes());
        bytes.extend_from_slice(&self.sealed_len.to_be_bytes());
        bytes.extend_from_slice(self.previous.as_bytes());
        let checksum = crc32c::crc32c_append(crc32c::crc32c(&bytes), envelopes);
        bytes.extend_from_slice(&checksum.to_be_bytes());
        bytes
            .first_chunk()
            .copied()
            .unwrap_or([0; FRAME_HEADER_BYTES])
    }

    /// What to say of bytes too few for a header.
    fn cut_off(bytes: &[u8]) -> FrameError {
        if wire::is_zero(bytes) {
            return FrameError::Blank;
        }
        match bytes.first_chunk::<4>() {
            Some(magic) if *magic != FRAME_MAGIC => FrameError::Magic { found: *magic },
            _ => FrameError::Truncated {
                needed: FRAME_HEADER_BYTES,
                found: bytes.len(),
            },
        }
    }
}

/// A frame whose structure is sound: checksum, lengths, consecutive positions, zero padding. A view of the bytes it
/// was parsed from.
///
/// Links, payload digests and the completeness of acts are not part of that: see [`Frame::check_links`],
/// [`Frame::check_digests`] and [`LedgerVerifier`](crate::verify::LedgerVerifier).
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    raw: RawFrame<'a>,
}

impl<'a> Frame<'a> {
    /// Parses the frame that stands at the start of `bytes`; what follows it is not looked at.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FrameError> {
        let raw = RawFrame::split(bytes)?;
        raw.check_checksum()?;
        raw.check_records()?;
        raw.check_padding()?;
        Ok(Self { raw })
    }

    /// The header.
    pub const fn header(&self) -> &FrameHeader {
        self.raw.header()
    }

    /// The frame's own bytes, with its padding.
    pub const fn bytes(&self) -> &'a [u8] {
        self.raw.bytes()
    }

    /// The records in order.
    pub fn records(&self) -> Records<'a> {
        Records {
            envelopes: self.raw.envelopes(),
            sealed: self.raw.sealed_section(),
            sealed_offset: FRAME_HEADER_BYTES.saturating_add(self.header().envelopes_len()),
        }
    }

    /// Checks that the frame follows a record with link `previous` and that its records follow each other; returns
    /// the link of the last.
    ///
    /// # Errors
    /// [`FrameError::Link`] with the first position that does not follow.
    pub fn check_links(&self, chain: &Chain, previous: Link) -> Result<Link, FrameError> {
        let header = self.header();
        if header.previous() != previous {
            return Err(FrameError::Link {
                position: header.first_position(),
                expected: previous,
                found: header.previous(),
            });
        }
        self.records().try_fold(previous, |expected, record| {
            let RecordView {
                envelope,
                envelope_bytes,
                ..
            } = record;
            if envelope.previous == expected {
                Ok(chain.link(envelope_bytes))
            } else {
                let (position, found) = (envelope.position, envelope.previous);
                Err(FrameError::Link {
                    position,
                    expected,
                    found,
                })
            }
        })
    }

    /// Checks every payload against its digest; returns the positions whose payload is erased.
    ///
    /// Whether an erasure is lawful only an erasure record elsewhere in the ledger tells. In a frame that was being
    /// written when the machine stopped, zeros may also be what never reached the disk.
    ///
    /// # Errors
    /// [`FrameError::Digest`] with the first position whose payload is neither intact nor erased.
    pub fn check_digests(&self) -> Result<Vec<Position>, FrameError> {
        let mut erased = Vec::new();
        for record in self.records() {
            let position = record.envelope.position;
            match record.payload_state() {
                PayloadState::Intact => {}
                PayloadState::Erased => erased.push(position),
                PayloadState::Altered => return Err(FrameError::Digest { position }),
            }
        }
        Ok(erased)
    }
}

impl fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("header", self.header())
            .finish_non_exhaustive()
    }
}

/// One record of a frame.
#[derive(Clone)]
pub struct RecordView<'a> {
    /// The envelope, decoded.
    pub envelope: Envelope,
    /// The envelope's bytes: what links and leaves are computed from.
    pub envelope_bytes: &'a [u8],
    /// The payload as it stands in the frame.
    pub sealed: &'a [u8],
    /// Where the payload starts, in bytes from the start of the frame.
    pub sealed_offset: usize,
}

impl RecordView<'_> {
    /// Checks the payload against the digest in the envelope.
    pub fn payload_state(&self) -> PayloadState {
        PayloadState::of(&self.envelope, self.sealed)
    }
}

impl fmt::Debug for RecordView<'_> {
    /// Shows no payload.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordView")
            .field("envelope", &self.envelope)
            .finish_non_exhaustive()
    }
}

/// How a payload stands to the digest in its envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PayloadState {
    /// It is what was recorded.
    Intact,
    /// It is all zeros; lawful if an erasure record names the position.
    Erased,
    /// It is something else.
    Altered,
}

impl PayloadState {
    /// Of the payload `sealed` that stands beside `envelope`.
    pub fn of(envelope: &Envelope, sealed: &[u8]) -> Self {
        if sealed.len() != envelope.sealed_size() {
            Self::Altered
        } else if Digest::of(sealed) == envelope.sealed_digest {
            Self::Intact
        } else if wire::is_zero(sealed) {
            Self::Erased
        } else {
            Self::Altered
        }
    }
}

/// Iterates over the records of a [`Frame`].
#[derive(Debug, Clone)]
pub struct Records<'a> {
    envelopes: Envelopes<'a>,
    sealed: &'a [u8],
    sealed_offset: usize,
}

impl<'a> Iterator for Records<'a> {
    type Item = RecordView<'a>;

    fn next(&mut self) -> Option<RecordView<'a>> {
        // Parsing the frame has decoded every envelope and added up the lengths, so no record is dropped here.
        let envelope_bytes = self.envelopes.next()?.ok()?;
        let envelope = Envelope::decode(envelope_bytes).ok()?;
        let (sealed, rest) = self.sealed.split_at_checked(envelope.sealed_size())?;
        let sealed_offset = self.sealed_offset;
        self.sealed = rest;
        self.sealed_offset = sealed_offset.saturating_add(sealed.len());
        Some(RecordView {
            envelope,
            envelope_bytes,
            sealed,
            sealed_offset,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.envelopes.size_hint()
    }
}

/// The next multiple of [`FRAME_ALIGNMENT`].
fn padded(length: usize) -> usize {
    length
        .checked_next_multiple_of(FRAME_ALIGNMENT)
        .unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
