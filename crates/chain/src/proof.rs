//! Proofs about the Merkle tree: that a leaf is in it, and that it only grew (RFC 6962 section 2.1; the verification
//! algorithms are those of RFC 9162 sections 2.1.3.2 and 2.1.4.2).
//!
//! ```
//! use sabt_chain::proof::MemoryTree;
//! use sabt_chain::{Hash, Position, Size};
//!
//! let leaf = |entry: &str| Hash::leaf(entry.as_bytes());
//! let tree: MemoryTree = ["one", "two", "three", "four", "five"].map(leaf).into_iter().collect();
//! let (then, now) = (tree.root(Size::new(3)).unwrap(), tree.root(Size::new(5)).unwrap());
//!
//! let third = tree.inclusion(Position::new(2), Size::new(5)).unwrap();
//! assert!(third.verify(&leaf("three"), &now).is_ok());
//! assert!(third.verify(&leaf("another"), &now).is_err());
//!
//! let growth = tree.consistency(Size::new(3), Size::new(5)).unwrap();
//! assert!(growth.verify(&then, &now).is_ok());
//! assert!(growth.verify(&leaf("another past"), &now).is_err());
//! ```

mod generate;

pub use generate::{
    HashReader, MemoryTree, NotInTree, ProofGenerationError, consistency, frontier, inclusion, root,
};

use crate::{Hash, Position, Size};

/// Most hashes in a proof of inclusion: one for each level of the tallest tree.
pub const INCLUSION_HASHES_MAX: usize = 64;

/// Most hashes in a proof of consistency: one for each level of the tallest tree, and the subtree it starts from.
pub const CONSISTENCY_HASHES_MAX: usize = 65;

/// That the tree of `size` leaves has a certain leaf at `position`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// Index of the leaf.
    pub position: Position,
    /// How many leaves the tree has.
    pub size: Size,
    /// Siblings on the way from the leaf to the root.
    pub hashes: Vec<Hash>,
}

/// That the tree of `new_size` leaves starts with the tree of `old_size` leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// How many leaves the earlier tree has.
    pub old_size: Size,
    /// How many leaves the later tree has.
    pub new_size: Size,
    /// The nodes from which both roots follow.
    pub hashes: Vec<Hash>,
}

/// Why a proof does not prove what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf is not in a tree of that size.
    #[error("position {position} is not in a tree of {size} leaves")]
    Position {
        /// Index of the leaf.
        position: Position,
        /// How many leaves the tree has.
        size: Size,
    },
    /// The earlier tree is the larger.
    #[error("a tree of {old} leaves cannot come before one of {new}")]
    Sizes {
        /// How many leaves the earlier tree has.
        old: Size,
        /// How many leaves the later tree has.
        new: Size,
    },
    /// Too few or too many hashes.
    #[error("a proof of {hashes} hashes does not fit the tree")]
    Length {
        /// How many there are.
        hashes: usize,
    },
    /// The hashes lead to another root than that of the (later) tree.
    #[error("the proof leads to root {computed}, not {expected}")]
    Root {
        /// Root that the proof was checked against.
        expected: Hash,
        /// Root that the hashes lead to.
        computed: Hash,
    },
    /// The hashes lead to another root than that of the earlier tree.
    #[error("the proof leads to the earlier root {computed}, not {expected}")]
    OldRoot {
        /// Root that the proof was checked against.
        expected: Hash,
        /// Root that the hashes lead to.
        computed: Hash,
    },
}

impl InclusionProof {
    /// Checks that the tree with this `root` has the leaf with hash `leaf` at the proof's position.
    pub fn verify(&self, leaf: &Hash, root: &Hash) -> Result<(), ProofError> {
        let (position, size) = (self.position, self.size);
        let length = ProofError::Length {
            hashes: self.hashes.len(),
        };
        let Some(last) = size.last_position().filter(|last| position <= *last) else {
            return Err(ProofError::Position { position, size });
        };
        let mut path = Path {
            node: position.get(),
            last: last.get(),
        };
        let mut computed = *leaf;
        for sibling in &self.hashes {
            computed = match path.step() {
                None => return Err(length),
                Some(Side::Left) => Hash::node(sibling, &computed),
                Some(Side::Right) => Hash::node(&computed, sibling),
            };
        }
        if path.last != 0 {
            return Err(length);
        }
        check_root(*root, computed)
    }
}

impl ConsistencyProof {
    /// Checks that the tree with root `new_root` starts with the tree with root `old_root`.
    ///
    /// Every tree starts with the empty one, whose proof is empty.
    pub fn verify(&self, old_root: &Hash, new_root: &Hash) -> Result<(), ProofError> {
        let (old, new) = (self.old_size, self.new_size);
        let length = ProofError::Length {
            hashes: self.hashes.len(),
        };
        let (Some(last), true) = (new.last_position(), old <= new) else {
            return self.verify_empty(old_root, new_root);
        };
        let Some(old_last) = old.last_position() else {
            return self.verify_empty(old_root, &Hash::EMPTY_ROOT);
        };
        if old == new {
            return if self.hashes.is_empty() {
                check_root(*new_root, *old_root)
            } else {
                Err(length)
            };
        }
        let mut path = Path {
            node: old_last.get(),
            last: last.get(),
        };
        path.skip_right_edges();
        // Where the earlier tree is one complete subtree, its root is where the proof starts, and is left out of it.
        let mut hashes = self.hashes.iter();
        let start = if old.get().is_power_of_two() {
            old_root
        } else {
            hashes.next().ok_or(length)?
        };
        let (mut computed_old, mut computed_new) = (*start, *start);
        for hash in hashes {
            match path.step() {
                None => return Err(length),
                Some(Side::Left) => {
                    computed_old = Hash::node(hash, &computed_old);
                    computed_new = Hash::node(hash, &computed_new);
                }
                Some(Side::Right) => computed_new = Hash::node(&computed_new, hash),
            }
        }
        if path.last != 0 {
            return Err(length);
        }
        check_old_root(*old_root, computed_old)?;
        check_root(*new_root, computed_new)
    }

    /// Where the earlier tree is empty there is nothing to prove, and its root is known. `new_root` is that of the
    /// later tree if it is empty too.
    fn verify_empty(&self, old_root: &Hash, new_root: &Hash) -> Result<(), ProofError> {
        let (old, new) = (self.old_size, self.new_size);
        if old > new {
            return Err(ProofError::Sizes { old, new });
        }
        if !self.hashes.is_empty() {
            return Err(ProofError::Length {
                hashes: self.hashes.len(),
            });
        }
        check_old_root(*old_root, Hash::EMPTY_ROOT)?;
        check_root(*new_root, Hash::EMPTY_ROOT)
    }
}

/// On which side of a node its sibling stands.
enum Side {
    Left,
    Right,
}

/// A node and the last node of its level, on the way to the root; `fn` and `sn` of RFC 9162.
struct Path {
    node: u64,
    last: u64,
}

impl Path {
    /// Goes up to the next level where the node has a sibling; `None` at the root.
    fn step(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let side = if is_odd(self.node) || self.node == self.last {
            // The last node of a level without a sibling stands for itself on the levels above.
            while !is_odd(self.node) && self.node != 0 {
                self.up();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        Some(side)
    }

    /// Goes up while the node is a right child: those levels are inside the earlier tree.
    fn skip_right_edges(&mut self) {
        while is_odd(self.node) {
            self.up();
        }
    }

    fn up(&mut self) {
        self.node = self.node.wrapping_shr(1);
        self.last = self.last.wrapping_shr(1);
    }
}

fn is_odd(number: u64) -> bool {
    number & 1 == 1
}

fn check_root(expected: Hash, computed: Hash) -> Result<(), ProofError> {
    if expected == computed {
        Ok(())
    } else {
        Err(ProofError::Root { expected, computed })
    }
}

fn check_old_root(expected: Hash, computed: Hash) -> Result<(), ProofError> {
    if expected == computed {
        Ok(())
    } else {
        Err(ProofError::OldRoot { expected, computed })
    }
}

#[cfg(test)]
mod tests;
