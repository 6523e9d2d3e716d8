//! The digest of a sealed segment, and the file that keeps it.
//!
//! A segment is *sealed* when another one follows it: nothing is appended to it any more. Its digest is BLAKE3 over
//! all of its bytes but the sealed payloads: header, frame headers, envelopes, padding, the zeros behind the last
//! frame. Each payload is covered by the digest in its envelope, so a lawful erasure changes no segment digest.
//!
//! The file `<first position, 20 digits>.digest` has three lines: `sabt segment digest v1`, the digest in lower-case
//! hexadecimal, and the number of records the ledger holds with this segment.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use sabt_chain::{HexError, Link, Position, Size};

use crate::durable;
use crate::error::{Operation, StorageError};
use crate::layout::digest_name;
use crate::storage::{Storage, StorageFile};

const TITLE: &str = "sabt segment digest v1";

/// Longest digest file: title, 64 digits, 20 digits, three line feeds, and room to notice that there is more.
const DIGEST_FILE_BYTES_MAX: usize = 128;
const _: () = assert!(TITLE.len() + 64 + 20 + 3 < DIGEST_FILE_BYTES_MAX);

/// BLAKE3 over a sealed segment without its sealed payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentDigest([u8; 32]);

impl SegmentDigest {
    pub(crate) fn of(hasher: &blake3::Hasher) -> Self {
        Self(*hasher.finalize().as_bytes())
    }
}

impl fmt::Display for SegmentDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(formatter, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for SegmentDigest {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A link has the same text form: 32 bytes in lower-case hexadecimal.
        text.parse::<Link>().map(|bytes| Self(bytes.to_bytes()))
    }
}

/// A digest file that cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoDigest;

/// What a digest file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) digest: SegmentDigest,
    /// Records of the ledger with this segment.
    pub(crate) size_after: Size,
}

impl Sealed {
    pub(crate) fn encode(&self) -> String {
        format!("{TITLE}\n{}\n{}\n", self.digest, self.size_after)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let text = str::from_utf8(bytes).ok()?;
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (title, digest, size) = (lines.next()?, lines.next()?, lines.next()?);
        let sealed = Self {
            digest: digest.parse().ok()?,
            size_after: Size::new(size.parse().ok()?),
        };
        // Only the one form that encoding gives is accepted, so `+1` and `01` are not.
        (title == TITLE && lines.next().is_none() && sealed.encode() == text).then_some(sealed)
    }

    /// What stands in the digest file of a segment; `None` without a file.
    pub(crate) fn read(
        storage: &dyn Storage,
        first: Position,
    ) -> Result<Option<Result<Self, NoDigest>>, StorageError> {
        let name = digest_name(first);
        match durable::read(storage, &name, DIGEST_FILE_BYTES_MAX) {
            Ok(bytes) => Ok(bytes.map(|bytes| Self::decode(&bytes).ok_or(NoDigest))),
            Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
                Ok(Some(Err(NoDigest)))
            }
            Err(error) => Err(StorageError::new(Operation::Read, &name, error)),
        }
    }

    /// Writes the digest file of a segment, durably and whole.
    pub(crate) fn write(&self, storage: &dyn Storage, first: Position) -> Result<(), StorageError> {
        let name = digest_name(first);
        durable::replace(storage, &name, self.encode().as_bytes())
            .map_err(|source| StorageError::new(Operation::Write, &name, source))
    }
}

/// A file of this name without content.
pub(crate) fn open_empty(
    storage: &dyn Storage,
    name: &str,
) -> Result<Arc<dyn StorageFile>, StorageError> {
    let failed = |operation| move |source| StorageError::new(operation, name, source);
    let file = storage
        .open_or_create(name)
        .map_err(failed(Operation::Open))?;
    file.set_len(0).map_err(failed(Operation::Resize))?;
    Ok(file)
}

#[cfg(test)]
mod tests;
