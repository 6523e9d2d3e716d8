//! Bundles: the entries of a run, and its payloads in the clear.

use super::{TILE_WIDTH, TileWidth};
use crate::wire::{self, Cursor};
use crate::{ENVELOPE_BYTES_MAX, SEALED_BYTES_MAX};

/// Longest entry bundle in bytes: 256 entries, each after a length of 2 bytes.
pub const ENTRY_BUNDLE_BYTES_MAX: usize = 256 * (2 + ENVELOPE_BYTES_MAX);

/// Longest clear bundle in bytes: 256 payloads, each after a number of 1 byte and a length of 4.
pub const CLEAR_BUNDLE_BYTES_MAX: usize = 256 * (1 + 4 + 64 * 1024);

const _: () = assert!(SEALED_BYTES_MAX == 64 * 1024, "the longest payload");

/// The payload of a record that is in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClearPayload<'a> {
    /// Which record of the run it belongs to, 0-based.
    pub index: u8,
    /// The payload; its BLAKE3 digest stands in the record's envelope.
    pub bytes: &'a [u8],
}

/// Why bytes are not a bundle of the stated width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// The bytes end inside an entry or payload, or before the last entry.
    #[error("the bundle is cut off in or before item {item}")]
    CutOff {
        /// 0-based number of the entry or payload.
        item: usize,
    },
    /// There are bytes after the last entry.
    #[error("the bundle has {bytes} bytes too many")]
    Excess {
        /// How many.
        bytes: usize,
    },
    /// An entry or payload is empty or longer than a record's can be.
    #[error("item {item} of the bundle has {bytes} bytes, which no record has")]
    ItemLength {
        /// 0-based number of the entry or payload.
        item: usize,
        /// Its stated length.
        bytes: usize,
    },
    /// Payloads are out of order, two are of one record, or one is of a record outside the run.
    #[error("item {item} of the bundle is of record {record}, which cannot come there")]
    Record {
        /// 0-based number of the payload.
        item: usize,
        /// Number of the record that it states.
        record: u8,
    },
}

/// Writes the entries of a run, envelopes, as they are served: each after its length as u16 big-endian.
///
/// # Errors
/// [`BundleError::ItemLength`], if one is empty or longer than an envelope can be, and [`BundleError::Excess`] of more
/// than 256.
pub fn encode_entries<'a>(
    entries: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<u8>, BundleError> {
    let mut bundle = Vec::new();
    for (item, entry) in entries.into_iter().enumerate() {
        if item >= usize::from(TILE_WIDTH) {
            return Err(BundleError::Excess { bytes: entry.len() });
        }
        check_entry(item, entry.len())?;
        let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Ok(bundle)
}

/// The entries of a bundle of `width`, in order.
pub fn decode_entries(bytes: &[u8], width: TileWidth) -> Result<Vec<&[u8]>, BundleError> {
    let mut cursor = Cursor::new(bytes);
    let mut entries = Vec::new();
    for item in 0..usize::from(width.get()) {
        let cut_off = BundleError::CutOff { item };
        let length = usize::from(cursor.u16().ok_or(cut_off)?);
        check_entry(item, length)?;
        entries.push(cursor.slice(length).ok_or(cut_off)?);
    }
    match cursor.rest().len() {
        0 => Ok(entries),
        bytes => Err(BundleError::Excess { bytes }),
    }
}

/// Writes the payloads in the clear of a run as they are served: each after the number of its record in the run and
/// its length as u32 big-endian. A run without such payloads has an empty file.
///
/// # Errors
/// [`BundleError::Record`], unless the numbers rise, and [`BundleError::ItemLength`] of a payload that is too long.
pub fn encode_clear<'a>(
    payloads: impl IntoIterator<Item = ClearPayload<'a>>,
) -> Result<Vec<u8>, BundleError> {
    let mut bundle = Vec::new();
    let mut last = None;
    for (item, ClearPayload { index, bytes }) in payloads.into_iter().enumerate() {
        check_record(item, index, &mut last, TileWidth::FULL)?;
        check_payload(item, bytes.len())?;
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        bundle.push(index);
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(bytes);
    }
    Ok(bundle)
}

/// The payloads in the clear of a run of `width` records, in order.
pub fn decode_clear(bytes: &[u8], width: TileWidth) -> Result<Vec<ClearPayload<'_>>, BundleError> {
    let mut cursor = Cursor::new(bytes);
    let mut payloads = Vec::new();
    let mut last = None;
    while let Some(index) = cursor.u8() {
        let item = payloads.len();
        check_record(item, index, &mut last, width)?;
        let cut_off = BundleError::CutOff { item };
        let length = wire::index(cursor.u32().ok_or(cut_off)?);
        check_payload(item, length)?;
        let bytes = cursor.slice(length).ok_or(cut_off)?;
        payloads.push(ClearPayload { index, bytes });
    }
    Ok(payloads)
}

/// Entries of other logs can have up to 65,535 bytes; ours are envelopes.
fn check_entry(item: usize, bytes: usize) -> Result<(), BundleError> {
    if (1..=ENVELOPE_BYTES_MAX).contains(&bytes) {
        Ok(())
    } else {
        Err(BundleError::ItemLength { item, bytes })
    }
}

fn check_payload(item: usize, bytes: usize) -> Result<(), BundleError> {
    if bytes <= wire::index(SEALED_BYTES_MAX) {
        Ok(())
    } else {
        Err(BundleError::ItemLength { item, bytes })
    }
}

fn check_record(
    item: usize,
    record: u8,
    last: &mut Option<u8>,
    width: TileWidth,
) -> Result<(), BundleError> {
    let in_order = last.replace(record).is_none_or(|last| last < record);
    if in_order && u16::from(record) < width.get() {
        Ok(())
    } else {
        Err(BundleError::Record { item, record })
    }
}
