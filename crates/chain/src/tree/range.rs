//! A range of leaves of the Merkle tree, worked out apart from the leaves before it.

use super::Frontier;
use crate::{Hash, Size};

/// The roots of the complete subtrees that a range of consecutive leaves falls into, from left to right: the fewest and
/// largest there are. At most two for each bit of the range's length.
///
/// Ranges of one tree can be worked out side by side, on all cores, and joined from left to right with
/// [`Frontier::extend`]. Together they compute no more nodes than [`Frontier::append`] does leaf by leaf. (Known from
/// other logs as a compact range.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafRange {
    start: u64,
    end: u64,
    hashes: Vec<Hash>,
}

/// A range does not start where the tree ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("leaves from {start} on do not follow a tree of {size}")]
pub struct RangeError {
    /// How many leaves the tree has.
    pub size: Size,
    /// How many leaves stand before the range.
    pub start: Size,
}

impl LeafRange {
    /// Of no leaf yet; the first one appended follows a tree of `start` leaves.
    pub const fn starting_at(start: Size) -> Self {
        Self {
            start: start.get(),
            end: start.get(),
            hashes: Vec::new(),
        }
    }

    /// How many leaves stand before the range.
    pub const fn start(&self) -> Size {
        Size::new(self.start)
    }

    /// How many leaves stand up to its end.
    pub const fn end(&self) -> Size {
        Size::new(self.end)
    }

    /// Whether there is no leaf in it.
    pub const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The roots of the subtrees, from left to right.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Appends a leaf, given its [`Hash::leaf`].
    pub fn append(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // No ledger lives long enough to reach the limit: at 10^9 leaves a second, 584 years.
        let end = self.end.saturating_add(1);
        let mut width: u64 = 2;
        // A subtree is complete where its last leaf is; it belongs here if its first leaf does too.
        while end.is_multiple_of(width)
            && end
                .checked_sub(width)
                .is_some_and(|first| self.start <= first)
        {
            if let Some(left) = self.hashes.pop() {
                hash = Hash::node(&left, &hash);
            }
            let Some(wider) = width.checked_mul(2) else {
                break;
            };
            width = wider;
        }
        self.hashes.push(hash);
        self.end = end;
    }

    /// The subtrees with their heights (0 for a single leaf), from left to right.
    fn subtrees(&self) -> impl Iterator<Item = (u32, Hash)> {
        let mut start = self.start;
        self.hashes.iter().map(move |hash| {
            let left = self.end.saturating_sub(start);
            // As wide as the place allows and the range goes on.
            let height = start
                .trailing_zeros()
                .min(left.checked_ilog2().unwrap_or(0));
            start = start.saturating_add(1_u64.checked_shl(height).unwrap_or(0));
            (height, *hash)
        })
    }
}

impl Frontier {
    /// Appends a range of leaves.
    ///
    /// # Errors
    /// [`RangeError`] if the range does not start where the tree ends; the tree is then as it was.
    pub fn extend(&mut self, range: &LeafRange) -> Result<(), RangeError> {
        if range.start != self.size {
            return Err(RangeError {
                size: self.size(),
                start: range.start(),
            });
        }
        for (height, root) in range.subtrees() {
            let mut hash = root;
            // The size is a multiple of the subtree's width, so every subtree on the edge is at least as wide.
            let wider = self.size.checked_shr(height).unwrap_or(0);
            for _ in 0..wider.trailing_ones() {
                if let Some(left) = self.hashes.pop() {
                    hash = Hash::node(&left, &hash);
                }
            }
            self.hashes.push(hash);
            let width = 1_u64.checked_shl(height).unwrap_or(0);
            self.size = self.size.saturating_add(width);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
