//! Telling what is wrong with a frame that does not parse, and making it readable again in memory.
//!
//! A registry is copied, stored and restored for decades; most damage will be one flipped bit. Its checksum then names
//! the bit, the fault is reported by its field and position, and verification goes on with the bit restored, to tell
//! whether anything else is wrong. Mending only ever adds a fault; it never takes one away.

use std::ops::Range;

use sabt_chain::frame::{
    FRAME_BYTES_MAX, FRAME_HEADER_BYTES, FRAME_MAGIC, Frame, FrameError, FrameHeader, RawFrame,
};
use sabt_chain::{Epoch, Link, Position};

use crate::crc::{Flip, locate_flip};
use crate::fault::Finding;
use crate::field::{EnvelopeField, FrameField};

/// What the records before a damaged frame say about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    /// Position of its first record.
    pub(crate) position: Position,
    /// Link of the record before.
    pub(crate) previous: Link,
    /// Highest epoch so far.
    pub(crate) epoch: Epoch,
}

/// What was found out about damaged bytes.
#[derive(Debug)]
pub(crate) struct Diagnosis {
    /// What is wrong.
    pub(crate) finding: Finding,
    /// The record it concerns.
    pub(crate) position: Position,
    /// Offset of the fault, in bytes from the start of the damage.
    pub(crate) offset: usize,
    /// The frame, made readable; `None` if its records are lost.
    pub(crate) mended: Option<Vec<u8>>,
}

/// Offset and width of the header's fields; all integers big-endian (`sabt_chain::frame`).
const HEADER_FIELDS: [(FrameField, Range<usize>); 7] = [
    (FrameField::Magic, 0..4),
    (FrameField::Epoch, 4..12),
    (FrameField::FirstPosition, 12..20),
    (FrameField::Count, 20..24),
    (FrameField::EnvelopesLength, ENVELOPES_LENGTH),
    (FrameField::SealedLength, 28..32),
    (FrameField::Previous, 32..COVERED_HEADER_BYTES),
];
const ENVELOPES_LENGTH: Range<usize> = 24..28;
/// The checksum covers the header up to itself.
const COVERED_HEADER_BYTES: usize = 64;
const CHECKSUM: Range<usize> = COVERED_HEADER_BYTES..FRAME_HEADER_BYTES;
/// Bytes of the length that stands before each envelope.
const PREFIX_BYTES: usize = 2;

const _: () = assert!(CHECKSUM.end - CHECKSUM.start == size_of::<u32>());

/// Tells what is wrong with `bytes`, at whose start a frame should stand and does not parse.
///
/// `followed` says whether a sound frame follows the bytes; without one they may be a torn write.
pub(crate) fn diagnose(bytes: &[u8], expected: Expected, followed: bool) -> Diagnosis {
    let error = match Frame::parse(bytes) {
        Ok(frame) => FrameError::Padding {
            first: frame.header().first_position(),
        },
        Err(error) => error,
    };
    if let FrameError::Padding { .. } = error
        && let Some(diagnosis) = padding(bytes)
    {
        return diagnosis;
    }
    flipped_bit(bytes, expected)
        .or_else(|| flipped_length(bytes, expected))
        .or_else(|| replaced_field(bytes, expected))
        .or_else(|| torn_envelopes(bytes, expected, followed))
        .or_else(|| wrong_checksum(bytes, expected))
        .unwrap_or_else(|| lost(bytes, expected, followed, error))
}

/// The frame is sound but for its padding.
fn padding(bytes: &[u8]) -> Option<Diagnosis> {
    let frame = RawFrame::split(bytes).ok()?;
    let dirty = frame.padding().iter().position(|byte| *byte != 0)?;
    let start = frame.bytes().len() - frame.padding().len();
    let mut mended = frame.bytes().to_vec();
    mended[start..].fill(0);
    let position = frame.header().size_after().last_position()?;
    readable(&mended)?;
    Some(Diagnosis {
        finding: Finding::FramePadding,
        position,
        offset: start + dirty,
        mended: Some(mended),
    })
}

/// One bit of what the checksum covers, or of the checksum, is flipped.
fn flipped_bit(bytes: &[u8], expected: Expected) -> Option<Diagnosis> {
    let (stored, computed, covered_bytes) = checksums(bytes)?;
    let mut mended = bytes.to_vec();
    let flip = locate_flip(covered_bytes, stored, computed)?;
    let offset = match flip {
        Flip::Checksum => {
            mended[CHECKSUM].copy_from_slice(&computed.to_be_bytes());
            CHECKSUM.start
        }
        Flip::Covered { byte, bit } => {
            // The checksum itself stands between the two parts that it covers.
            let offset = if byte < COVERED_HEADER_BYTES {
                byte
            } else {
                byte + CHECKSUM.len()
            };
            mended[offset] ^= 1 << bit;
            offset
        }
    };
    let mended = readable(&mended)?;
    let (finding, position) = match flip {
        Flip::Checksum => (Finding::ChecksumBit, expected.position),
        Flip::Covered { .. } => covered_field(&mended, offset, expected)?,
    };
    Some(Diagnosis {
        finding,
        position,
        offset,
        mended: Some(mended),
    })
}

/// One bit of the envelope section's length is flipped, so that the checksum was computed over another length.
fn flipped_length(bytes: &[u8], expected: Expected) -> Option<Diagnosis> {
    let stated = u32::from_be_bytes(*bytes.get(ENVELOPES_LENGTH)?.first_chunk()?);
    (0..u32::BITS).find_map(|bit| {
        let mended = with_field(
            bytes,
            ENVELOPES_LENGTH,
            &(stated ^ (1 << bit)).to_be_bytes(),
        )?;
        let mended = sound(&mended)?;
        Some(Diagnosis {
            finding: Finding::FrameBit(FrameField::EnvelopesLength),
            position: expected.position,
            offset: ENVELOPES_LENGTH.start,
            mended: Some(mended),
        })
    })
}

/// One field of the header is not what the records before say, and with their value the checksum holds.
fn replaced_field(bytes: &[u8], expected: Expected) -> Option<Diagnosis> {
    let candidates: [(FrameField, &[u8]); 4] = [
        (FrameField::Magic, &FRAME_MAGIC),
        (FrameField::Epoch, &expected.epoch.get().to_be_bytes()),
        (
            FrameField::FirstPosition,
            &expected.position.get().to_be_bytes(),
        ),
        (FrameField::Previous, expected.previous.as_bytes()),
    ];
    candidates.into_iter().find_map(|(field, value)| {
        let (_, range) = HEADER_FIELDS.into_iter().find(|(name, _)| *name == field)?;
        let offset = range.start;
        let mended = sound(&with_field(bytes, range, value)?)?;
        Some(Diagnosis {
            finding: Finding::FrameField(field),
            position: expected.position,
            offset,
            mended: Some(mended),
        })
    })
}

/// Nothing follows, and what was written ends before the last envelope does, although zeros in its place may pass for
/// one.
fn torn_envelopes(bytes: &[u8], expected: Expected, followed: bool) -> Option<Diagnosis> {
    let missing_bytes = torn(bytes).filter(|_| !followed)?;
    let header = FrameHeader::peek(bytes).ok()?;
    let envelopes_end = FRAME_HEADER_BYTES + header.envelopes_len();
    let written = (header.total_len() as u64).checked_sub(missing_bytes)?;
    (written < envelopes_end as u64).then_some(Diagnosis {
        finding: Finding::TornFrame { missing_bytes },
        position: expected.position,
        offset: 0,
        mended: None,
    })
}

/// The checksum does not match, yet everything can be read: either it alone is wrong, or envelopes were altered, which
/// their links will show.
fn wrong_checksum(bytes: &[u8], expected: Expected) -> Option<Diagnosis> {
    let (_, computed, _) = checksums(bytes)?;
    let mended = readable(&with_field(bytes, CHECKSUM, &computed.to_be_bytes())?)?;
    Some(Diagnosis {
        finding: Finding::ChecksumField,
        position: expected.position,
        offset: CHECKSUM.start,
        mended: Some(mended),
    })
}

/// Nothing can be read.
fn lost(bytes: &[u8], expected: Expected, followed: bool, error: FrameError) -> Diagnosis {
    let position = expected.position;
    let first_written = bytes.iter().position(|byte| *byte != 0).unwrap_or(0);
    let (finding, offset) = if followed {
        (Finding::FrameUnreadable(error), 0)
    } else if let Some(missing_bytes) = torn(bytes) {
        (Finding::TornFrame { missing_bytes }, 0)
    } else if bytes.starts_with(&FRAME_MAGIC) {
        (Finding::FrameUnreadable(error), 0)
    } else {
        (Finding::SegmentTail, first_written)
    };
    Diagnosis {
        finding,
        position,
        offset,
        mended: None,
    }
}

/// How many bytes of a torn frame are missing; `None` if the bytes are not the beginning of a frame.
fn torn(bytes: &[u8]) -> Option<u64> {
    let written = bytes.len() - bytes.iter().rev().take_while(|byte| **byte == 0).count();
    let magic = &bytes[..written.min(FRAME_MAGIC.len())];
    if written == 0 || !FRAME_MAGIC.starts_with(magic) {
        return None;
    }
    let needed = match FrameHeader::peek(bytes) {
        Ok(header) => header.total_len(),
        Err(FrameError::Truncated { needed, .. }) => needed,
        Err(_) if written < FRAME_HEADER_BYTES => FRAME_HEADER_BYTES,
        Err(_) => return None,
    };
    needed
        .checked_sub(written)
        .filter(|missing| 0 < *missing)
        .map(|missing| missing as u64)
}

/// The stored checksum, the computed one, and how many bytes it covers; `None` if the bytes end before.
fn checksums(bytes: &[u8]) -> Option<(u32, u32, usize)> {
    let header = bytes.first_chunk::<FRAME_HEADER_BYTES>()?;
    let stored = u32::from_be_bytes(*header[CHECKSUM].first_chunk()?);
    let length = u32::from_be_bytes(*header[ENVELOPES_LENGTH].first_chunk()?);
    let length = usize::try_from(length)
        .ok()
        .filter(|length| *length <= FRAME_BYTES_MAX)?;
    let envelopes = bytes[FRAME_HEADER_BYTES..].get(..length)?;
    let computed =
        crc32c::crc32c_append(crc32c::crc32c(&header[..COVERED_HEADER_BYTES]), envelopes);
    Some((stored, computed, COVERED_HEADER_BYTES + length))
}

/// The field that holds the byte at `offset` of a mended frame, as a finding with its position.
fn covered_field(mended: &[u8], offset: usize, expected: Expected) -> Option<(Finding, Position)> {
    let header_field = HEADER_FIELDS
        .iter()
        .find(|(_, range)| range.contains(&offset));
    if let Some((field, _)) = header_field {
        return Some((Finding::FrameBit(*field), expected.position));
    }
    let frame = Frame::parse(mended).ok()?;
    let mut start = FRAME_HEADER_BYTES;
    for record in frame.records() {
        let end = start + PREFIX_BYTES + record.envelope_bytes.len();
        if offset < end {
            let finding = match offset.checked_sub(start + PREFIX_BYTES) {
                None => Finding::EnvelopeLengthBit,
                Some(within) => Finding::EnvelopeBit(EnvelopeField::at(within)?),
            };
            return Some((finding, record.envelope.position));
        }
        start = end;
    }
    None
}

/// A copy with one field replaced; `None` if the bytes end before it.
fn with_field(bytes: &[u8], field: Range<usize>, value: &[u8]) -> Option<Vec<u8>> {
    let mut copy = bytes.to_vec();
    copy.get_mut(field)?.copy_from_slice(value);
    Some(copy)
}

/// The frame at the start of the bytes, if its stored checksum and all else hold.
fn sound(bytes: &[u8]) -> Option<Vec<u8>> {
    Frame::parse(bytes).ok().map(|frame| frame.bytes().to_vec())
}

/// The same, for bytes whose checksum was just made to hold; dirty padding is cleared on the way, for a frame may be
/// damaged twice.
fn readable(bytes: &[u8]) -> Option<Vec<u8>> {
    match Frame::parse(bytes) {
        Ok(frame) => Some(frame.bytes().to_vec()),
        Err(FrameError::Padding { .. }) => {
            let frame = RawFrame::split(bytes).ok()?;
            let mut clean = frame.bytes().to_vec();
            let start = clean.len() - frame.padding().len();
            clean[start..].fill(0);
            sound(&clean)
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests;
