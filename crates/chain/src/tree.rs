//! The Merkle tree over a ledger (RFC 6962 section 2.1).

mod range;

pub use range::{LeafRange, RangeError};

use crate::wire::{self, Cursor};
use crate::{Hash, Size};

/// Most hashes in a [`Frontier`]: one for each bit of its size.
pub const FRONTIER_HASHES_MAX: usize = 64;

/// The right edge of a Merkle tree: the roots of the complete subtrees that its leaves fall into, one for each set
/// bit of the size, largest first. It is all that appending needs, and a few hundred bytes at any size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    hashes: Vec<Hash>,
}

/// Why bytes are not a [`Frontier`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// The length is not that of a frontier of the stated size.
    #[error("a frontier has 8 bytes and 32 for each set bit of its size, this one has {bytes}")]
    Length {
        /// Length found.
        bytes: usize,
    },
    /// The number of hashes is not the number of set bits of the size.
    #[error("a frontier of size {size} does not have {hashes} hashes")]
    Hashes {
        /// The stated size.
        size: Size,
        /// How many hashes there are.
        hashes: usize,
    },
}

impl Frontier {
    /// Of the empty tree.
    pub const fn new() -> Self {
        Self {
            size: 0,
            hashes: Vec::new(),
        }
    }

    /// From its parts, largest subtree first.
    pub fn from_hashes(size: Size, hashes: Vec<Hash>) -> Result<Self, FrontierError> {
        if hashes.len() != wire::index(size.get().count_ones()) {
            return Err(FrontierError::Hashes {
                size,
                hashes: hashes.len(),
            });
        }
        Ok(Self {
            size: size.get(),
            hashes,
        })
    }

    /// From hashes that the caller has made or read one by one for this size.
    pub(crate) fn of_own(size: Size, hashes: Vec<Hash>) -> Self {
        let set_bits = wire::index(size.get().count_ones());
        assert_eq!(
            hashes.len(),
            set_bits,
            "one hash for each set bit of the size"
        );
        Self {
            size: size.get(),
            hashes,
        }
    }

    /// How many leaves the tree has.
    pub const fn size(&self) -> Size {
        Size::new(self.size)
    }

    /// The roots of the complete subtrees, largest first.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Appends a leaf, given its [`Hash::leaf`].
    pub fn append(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // Each trailing one of the size is a complete subtree as large as the one just made: they merge.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.hashes.pop() {
                hash = Hash::node(&left, &hash);
            }
        }
        self.hashes.push(hash);
        // No ledger lives long enough to reach the limit: at 10^9 leaves a second, 584 years.
        self.size = self.size.saturating_add(1);
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let mut subtrees = self.hashes.iter().rev();
        match subtrees.next() {
            None => Hash::EMPTY_ROOT,
            Some(last) => subtrees.fold(*last, |right, left| Hash::node(left, &right)),
        }
    }

    /// Size as 8 bytes big-endian, then the hashes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.encoded_len());
        bytes.extend_from_slice(&self.size.to_be_bytes());
        for hash in &self.hashes {
            bytes.extend_from_slice(hash.as_bytes());
        }
        bytes
    }

    /// Length of the encoding in bytes.
    pub fn encoded_len(&self) -> usize {
        self.hashes
            .len()
            .saturating_mul(Hash::BYTES)
            .saturating_add(size_of::<u64>())
    }

    /// Decodes what [`Frontier::encode`] wrote; nothing may follow it.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrontierError> {
        let mut cursor = Cursor::new(bytes);
        match Self::read(&mut cursor) {
            Some(frontier) if cursor.rest().is_empty() => Ok(frontier),
            _ => Err(FrontierError::Length { bytes: bytes.len() }),
        }
    }

    /// Reads a frontier from the front of `cursor`; `None` if it is cut off.
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Option<Self> {
        let size = cursor.u64()?;
        let hashes = (0..size.count_ones())
            .map(|_| cursor.array().map(Hash::from_bytes))
            .collect::<Option<Vec<_>>>()?;
        Some(Self { size, hashes })
    }
}

#[cfg(test)]
mod tests;
