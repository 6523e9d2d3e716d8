//! Making proofs from stored hashes.

use super::{ConsistencyProof, InclusionProof};
use crate::tree::Frontier;
use crate::wire;
use crate::{Hash, Position, Size};

/// Where the hashes of a tree's complete subtrees are kept. They never change once the subtree is complete.
pub trait HashReader {
    /// Why a hash cannot be read.
    type Error;

    /// Root of the complete subtree number `index` of its `level`: over the leaves `index * 2^level` up to, not
    /// including, `(index + 1) * 2^level`. Level 0 is the leaves.
    fn subtree(&self, level: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// Why a proof cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofGenerationError<E> {
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
    /// A hash cannot be read.
    #[error("a hash of the tree cannot be read")]
    Read(#[source] E),
}

/// Proves that the tree of `size` leaves has the leaf at `position` (`PATH` of RFC 6962 section 2.1.1).
pub fn inclusion<R: HashReader>(
    reader: &R,
    position: Position,
    size: Size,
) -> Result<InclusionProof, ProofGenerationError<R::Error>> {
    if !size.covers(position) {
        return Err(ProofGenerationError::Position { position, size });
    }
    let mut range = Range {
        start: 0,
        end: size.get(),
    };
    let mut hashes = Vec::new();
    while let Some((left, right)) = range.split() {
        let (inside, sibling) = if left.contains(position.get()) {
            (left, right)
        } else {
            (right, left)
        };
        hashes.push(sibling.root(reader).map_err(ProofGenerationError::Read)?);
        range = inside;
    }
    hashes.reverse();
    Ok(InclusionProof {
        position,
        size,
        hashes,
    })
}

/// Proves that the tree of `new` leaves starts with the tree of `old` leaves (`PROOF` of RFC 6962 section 2.1.2).
pub fn consistency<R: HashReader>(
    reader: &R,
    old: Size,
    new: Size,
) -> Result<ConsistencyProof, ProofGenerationError<R::Error>> {
    if old > new {
        return Err(ProofGenerationError::Sizes { old, new });
    }
    let mut hashes = Vec::new();
    if old != Size::EMPTY && old != new {
        let mut range = Range {
            start: 0,
            end: new.get(),
        };
        // Down the tree to the subtree that ends where the earlier tree ends.
        while range.end != old.get() {
            let Some((left, right)) = range.split() else {
                break;
            };
            let (inside, sibling) = if old.get() <= left.end {
                (left, right)
            } else {
                (right, left)
            };
            hashes.push(sibling.root(reader).map_err(ProofGenerationError::Read)?);
            range = inside;
        }
        // Where it is the whole earlier tree, its root is known to whoever checks.
        if range.start != 0 {
            hashes.push(range.root(reader).map_err(ProofGenerationError::Read)?);
        }
        hashes.reverse();
    }
    Ok(ConsistencyProof {
        old_size: old,
        new_size: new,
        hashes,
    })
}

/// Root of the tree of `size` leaves.
pub fn root<R: HashReader>(reader: &R, size: Size) -> Result<Hash, R::Error> {
    if size == Size::EMPTY {
        return Ok(Hash::EMPTY_ROOT);
    }
    let all = Range {
        start: 0,
        end: size.get(),
    };
    all.root(reader)
}

/// The right edge of the tree of `size` leaves.
pub fn frontier<R: HashReader>(reader: &R, size: Size) -> Result<Frontier, R::Error> {
    let mut hashes = Vec::new();
    let mut start = 0_u64;
    for level in (0..u64::BITS).rev() {
        let width = 1_u64.wrapping_shl(level);
        if size.get() & width != 0 {
            hashes.push(reader.subtree(level, start.wrapping_shr(level))?);
            start |= width;
        }
    }
    Ok(Frontier::of_own(size, hashes))
}

/// Leaves `start` up to, not including, `end`: a node of some tree, never empty.
#[derive(Clone, Copy)]
struct Range {
    start: u64,
    end: u64,
}

impl Range {
    const fn contains(self, leaf: u64) -> bool {
        self.start <= leaf && leaf < self.end
    }

    const fn len(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Both children: the left has as many leaves as the largest power of two below the length. `None` of a leaf.
    fn split(self) -> Option<(Self, Self)> {
        let level = self.len().saturating_sub(1).checked_ilog2()?;
        let middle = self.start.checked_add(1_u64.checked_shl(level)?)?;
        Some((
            Self {
                end: middle,
                ..self
            },
            Self {
                start: middle,
                ..self
            },
        ))
    }

    /// Hash of the node.
    fn root<R: HashReader>(self, reader: &R) -> Result<Hash, R::Error> {
        let mut range = self;
        let mut complete = Vec::new();
        let mut root = loop {
            // A node of a tree starts at a multiple of its length, if that is a power of two.
            if range.len().is_power_of_two() {
                break range.read(reader)?;
            }
            let Some((left, right)) = range.split() else {
                break range.read(reader)?;
            };
            complete.push(left);
            range = right;
        };
        for left in complete.into_iter().rev() {
            root = Hash::node(&left.read(reader)?, &root);
        }
        Ok(root)
    }

    /// Hash of the node, which is a complete subtree.
    fn read<R: HashReader>(self, reader: &R) -> Result<Hash, R::Error> {
        let level = self.len().trailing_zeros();
        reader.subtree(level, self.start.wrapping_shr(level))
    }
}

/// All hashes of a tree in memory: 64 bytes a leaf. For tests, tools and small ledgers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryTree {
    /// Hashes of the complete subtrees of each level, leaves first.
    levels: Vec<Vec<Hash>>,
}

/// A hash was asked for that the tree does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tree has no complete subtree {index} of level {level}")]
pub struct NotInTree {
    /// Level of the subtree; 0 is the leaves.
    pub level: u32,
    /// Number of the subtree on its level.
    pub index: u64,
}

impl MemoryTree {
    /// The empty tree.
    pub const fn new() -> Self {
        Self { levels: Vec::new() }
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> Size {
        Size::new(
            self.levels
                .first()
                .map_or(0, |leaves| wire::wide(leaves.len())),
        )
    }

    /// Appends a leaf, given its [`Hash::leaf`].
    pub fn append(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for level in &mut self.levels {
            level.push(hash);
            // The pair that an even number of hashes ends with makes a node of the level above.
            match level.as_slice() {
                [.., left, right] if level.len().is_multiple_of(2) => {
                    hash = Hash::node(left, right);
                }
                _ => return,
            }
        }
        self.levels.push(vec![hash]);
    }

    /// Root of the tree over the first `size` leaves; `None` if there are fewer.
    pub fn root(&self, size: Size) -> Option<Hash> {
        root(self, size).ok()
    }

    /// Proves that the tree of `size` leaves has the leaf at `position`; `None` if this tree has fewer leaves, or
    /// that one does not reach the position.
    pub fn inclusion(&self, position: Position, size: Size) -> Option<InclusionProof> {
        inclusion(self, position, size).ok()
    }

    /// Proves that the tree of `new` leaves starts with the tree of `old` leaves; `None` if this tree has fewer than
    /// `new` leaves, or `old > new`.
    pub fn consistency(&self, old: Size, new: Size) -> Option<ConsistencyProof> {
        consistency(self, old, new)
            .ok()
            .filter(|_| new <= self.size())
    }
}

impl Extend<Hash> for MemoryTree {
    fn extend<T: IntoIterator<Item = Hash>>(&mut self, leaves: T) {
        leaves.into_iter().for_each(|leaf| self.append(leaf));
    }
}

impl FromIterator<Hash> for MemoryTree {
    fn from_iter<T: IntoIterator<Item = Hash>>(leaves: T) -> Self {
        let mut tree = Self::new();
        tree.extend(leaves);
        tree
    }
}

impl HashReader for MemoryTree {
    type Error = NotInTree;

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, NotInTree> {
        let hashes = self.levels.get(wire::index(level));
        let hash = hashes.and_then(|hashes| hashes.get(usize::try_from(index).ok()?));
        hash.copied().ok_or(NotInTree { level, index })
    }
}

/// A tree given by its leaf hashes alone; every proof hashes all of them again.
impl HashReader for [Hash] {
    type Error = NotInTree;

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, NotInTree> {
        let missing = NotInTree { level, index };
        let leaves = 1_u64.checked_shl(level).and_then(|width| {
            let start = usize::try_from(index.checked_mul(width)?).ok()?;
            let end = start.checked_add(usize::try_from(width).ok()?)?;
            self.get(start..end)
        });
        let tree: MemoryTree = leaves.ok_or(missing)?.iter().copied().collect();
        tree.subtree(level, 0)
    }
}

impl<R: HashReader + ?Sized> HashReader for &R {
    type Error = R::Error;

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, Self::Error> {
        (**self).subtree(level, index)
    }
}
