//! The first block of a segment file.
//!
//! A segment file is a header of [`SEGMENT_HEADER_BYTES`], then frames, each starting at a multiple of
//! [`FRAME_ALIGNMENT`](crate::frame::FRAME_ALIGNMENT), then zeros to the end of the file. All integers are
//! big-endian.
//!
//! | field | bytes |
//! |---|---|
//! | magic `SABTSEG1` | 8 |
//! | format version | 2 |
//! | length of the origin, origin | 2, as stated |
//! | epoch of the writer that started the segment | 8 |
//! | position of the first record | 8 |
//! | link of the record before it | 32 |
//! | `recorded_at` of the record before it, 0 if there is none | 8 |
//! | tree before it: size, hashes | 8, 32 for each set bit of the size |
//! | length of the segment file | 8 |
//! | zeros | to 4092 |
//! | CRC32C of all of the above | 4 |

use crate::tree::Frontier;
use crate::wire::{self, Cursor};
use crate::{Epoch, LedgerState, Link, ORIGIN_BYTES_MAX, Origin, OriginError, Position, Timestamp};

/// Length of a segment header in bytes: one block of every common file system.
pub const SEGMENT_HEADER_BYTES: usize = 4096;

/// What a segment file starts with.
pub const SEGMENT_MAGIC: [u8; 8] = *b"SABTSEG1";

/// The only version of the segment format so far.
pub const SEGMENT_VERSION: u16 = 1;

/// A segment's length is a multiple of this, and at least twice it: the header and some room.
pub const SEGMENT_BYTES_UNIT: u64 = 4096;

const CHECKSUM_BYTES: usize = 4;

// The longest header: fixed fields, the longest origin, and a frontier with a hash for each bit of its size.
const _: () = assert!(
    8 + 2 + 2 + ORIGIN_BYTES_MAX + 8 + 8 + 32 + 8 + 8 + 64 * 32 + 8 + CHECKSUM_BYTES
        <= SEGMENT_HEADER_BYTES
);

/// What a segment says about itself: enough to check and to extend it without reading the segments before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentHeader {
    /// The ledger it belongs to.
    pub origin: Origin,
    /// Epoch of the writer that started it.
    pub epoch: Epoch,
    /// The ledger just before the segment's first record.
    pub start: LedgerState,
    /// Length of the whole file in bytes.
    pub segment_bytes: u64,
}

/// Why a block is not a segment header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SegmentError {
    /// Shorter than a header.
    #[error("a segment header has {SEGMENT_HEADER_BYTES} bytes, only {bytes} are there")]
    Truncated {
        /// Bytes there are.
        bytes: usize,
    },
    /// The block is all zeros: the header was never written.
    #[error("the segment header was never written")]
    Blank,
    /// Some other file.
    #[error("not a segment file")]
    Magic,
    /// A bit has changed.
    #[error("segment header checksum is {stored:08x}, its bytes give {computed:08x}")]
    Checksum {
        /// Checksum in the header.
        stored: u32,
        /// Checksum of the header's bytes.
        computed: u32,
    },
    /// A version that this program does not know.
    #[error("segment format version {version} is not known")]
    Version {
        /// Version found.
        version: u16,
    },
    /// The origin is malformed.
    #[error("segment header: {0}")]
    Origin(#[from] OriginError),
    /// The origin is not even text, or its length or the tree's reaches past the block.
    #[error("the fields of the segment header do not fit it")]
    Layout,
    /// The tree's size is not the first position.
    #[error("segment starts at position {first_position}, its tree has {tree_size} leaves")]
    Tree {
        /// Position stated.
        first_position: Position,
        /// Size of the tree stated.
        tree_size: u64,
    },
    /// A time stands where there is no record before.
    #[error("the first segment states a time of a record before it")]
    Time,
    /// The stated length of the file is not one that a segment can have.
    #[error("a segment of {segment_bytes} bytes")]
    SegmentBytes {
        /// Length stated.
        segment_bytes: u64,
    },
    /// Bytes that must be zero are not.
    #[error("the padding of the segment header is not zero")]
    Padding,
}

impl SegmentHeader {
    /// Position of the segment's first record.
    pub const fn first_position(&self) -> Position {
        self.start.next_position()
    }

    /// Encodes the header, [`SEGMENT_HEADER_BYTES`] long.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SEGMENT_HEADER_BYTES);
        let origin = self.origin.as_str().as_bytes();
        bytes.extend_from_slice(&SEGMENT_MAGIC);
        bytes.extend_from_slice(&SEGMENT_VERSION.to_be_bytes());
        // An origin has at most 200 bytes.
        bytes.extend_from_slice(
            &u16::try_from(origin.len())
                .unwrap_or(u16::MAX)
                .to_be_bytes(),
        );
        bytes.extend_from_slice(origin);
        bytes.extend_from_slice(&self.epoch.get().to_be_bytes());
        bytes.extend_from_slice(&self.first_position().get().to_be_bytes());
        bytes.extend_from_slice(self.start.link.as_bytes());
        let recorded_at = self.start.recorded_at.map_or(0, Timestamp::as_micros);
        bytes.extend_from_slice(&recorded_at.to_be_bytes());
        bytes.extend_from_slice(&self.start.frontier.encode());
        bytes.extend_from_slice(&self.segment_bytes.to_be_bytes());
        bytes.resize(SEGMENT_HEADER_BYTES.saturating_sub(CHECKSUM_BYTES), 0);
        let checksum = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&checksum.to_be_bytes());
        bytes
    }

    /// Decodes the header that stands at the start of `bytes`; what follows it is not looked at.
    pub fn decode(bytes: &[u8]) -> Result<Self, SegmentError> {
        let header = bytes
            .first_chunk::<SEGMENT_HEADER_BYTES>()
            .ok_or(SegmentError::Truncated { bytes: bytes.len() })?;
        if wire::is_zero(header) {
            return Err(SegmentError::Blank);
        }
        if !header.starts_with(&SEGMENT_MAGIC) {
            return Err(SegmentError::Magic);
        }
        let (body, checksum) = header
            .split_last_chunk::<CHECKSUM_BYTES>()
            .ok_or(SegmentError::Layout)?;
        let stored = u32::from_be_bytes(*checksum);
        let computed = crc32c::crc32c(body);
        if stored != computed {
            return Err(SegmentError::Checksum { stored, computed });
        }
        Self::decode_body(body)
    }

    fn decode_body(body: &[u8]) -> Result<Self, SegmentError> {
        const LAYOUT: SegmentError = SegmentError::Layout;
        let mut cursor = Cursor::new(body);
        let _magic: [u8; 8] = cursor.array().ok_or(LAYOUT)?;
        let version = cursor.u16().ok_or(LAYOUT)?;
        if version != SEGMENT_VERSION {
            return Err(SegmentError::Version { version });
        }
        let origin_bytes = usize::from(cursor.u16().ok_or(LAYOUT)?);
        let origin = cursor.slice(origin_bytes).ok_or(LAYOUT)?;
        let origin = str::from_utf8(origin)
            .ok()
            .ok_or(LAYOUT)?
            .parse::<Origin>()?;
        let epoch = Epoch::new(cursor.u64().ok_or(LAYOUT)?);
        let first_position = Position::new(cursor.u64().ok_or(LAYOUT)?);
        let link = Link::from_bytes(cursor.array().ok_or(LAYOUT)?);
        let recorded_at = cursor.i64().ok_or(LAYOUT)?;
        let frontier = Frontier::read(&mut cursor).ok_or(LAYOUT)?;
        let segment_bytes = cursor.u64().ok_or(LAYOUT)?;
        if frontier.size() != first_position.size_before() {
            let tree_size = frontier.size().get();
            return Err(SegmentError::Tree {
                first_position,
                tree_size,
            });
        }
        let recorded_at = match (first_position, recorded_at) {
            (Position::FIRST, 0) => None,
            (Position::FIRST, _) => return Err(SegmentError::Time),
            (_, micros) => Some(Timestamp::from_micros(micros)),
        };
        let whole_units = segment_bytes.checked_rem(SEGMENT_BYTES_UNIT) == Some(0);
        if !whole_units || segment_bytes < SEGMENT_BYTES_UNIT.saturating_mul(2) {
            return Err(SegmentError::SegmentBytes { segment_bytes });
        }
        if !wire::is_zero(cursor.rest()) {
            return Err(SegmentError::Padding);
        }
        let start = LedgerState {
            frontier,
            link,
            recorded_at,
        };
        Ok(Self {
            origin,
            epoch,
            start,
            segment_bytes,
        })
    }
}

#[cfg(test)]
mod tests;
