//! Reading a segment header, and telling what is wrong with one that does not decode.

use sabt_chain::Hash;
use sabt_chain::segment::{SEGMENT_HEADER_BYTES, SegmentError, SegmentHeader};

use crate::crc::{Flip, locate_flip};
use crate::fault::Finding;
use crate::field::SegmentField;

/// What became of a segment header.
#[derive(Debug)]
pub(crate) struct HeaderReading {
    /// The header, if it could be read or mended.
    pub(crate) header: Option<SegmentHeader>,
    /// What is wrong with it.
    pub(crate) finding: Option<Finding>,
    /// Where in the header, bytes.
    pub(crate) offset: usize,
}

const CHECKSUM_BYTES: usize = size_of::<u32>();
const CHECKSUM_OFFSET: usize = SEGMENT_HEADER_BYTES - CHECKSUM_BYTES;

/// Reads a header; if one of its bits is flipped, names the bit's field and reads it with the bit restored.
pub(crate) fn read_header(bytes: &[u8]) -> HeaderReading {
    match SegmentHeader::decode(bytes) {
        Ok(header) => HeaderReading {
            header: Some(header),
            finding: None,
            offset: 0,
        },
        Err(error) => mend(bytes).unwrap_or_else(|| unreadable(error)),
    }
}

fn mend(bytes: &[u8]) -> Option<HeaderReading> {
    let mut mended = *bytes.first_chunk::<SEGMENT_HEADER_BYTES>()?;
    let (body, checksum) = mended.split_last_chunk::<CHECKSUM_BYTES>()?;
    let computed = crc32c::crc32c(body);
    let offset = match locate_flip(body.len(), u32::from_be_bytes(*checksum), computed)? {
        Flip::Checksum => {
            mended[CHECKSUM_OFFSET..].copy_from_slice(&computed.to_be_bytes());
            CHECKSUM_OFFSET
        }
        Flip::Covered { byte, bit } => {
            mended[byte] ^= 1 << bit;
            byte
        }
    };
    let header = SegmentHeader::decode(&mended).ok()?;
    let field = if offset == CHECKSUM_OFFSET {
        SegmentField::Checksum
    } else {
        let hashes: &[Hash] = header.start.frontier.hashes();
        SegmentField::at(offset, header.origin.as_str().len(), hashes.len())
    };
    Some(HeaderReading {
        header: Some(header),
        finding: Some(Finding::SegmentBit(field)),
        offset,
    })
}

const fn unreadable(error: SegmentError) -> HeaderReading {
    HeaderReading {
        header: None,
        finding: Some(Finding::Segment(error)),
        offset: 0,
    }
}

#[cfg(test)]
mod tests;
