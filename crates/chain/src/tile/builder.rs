//! From leaves to tiles.

use super::path::{TileCoordinate, TileLevel, TileWidth};
use super::{TILE_HEIGHT, TILE_WIDTH, WIDTH, complete_root};
use crate::proof::HashReader;
use crate::tree::Frontier;
use crate::wire;
use crate::{Hash, Size};

/// Makes the tiles of a growing tree: each tile is handed out when it is full, and the partial ones when asked for.
///
/// It keeps the partial tile of each level, at most 255 hashes on each of up to 8: 64 KiB at any size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TileBuilder {
    size: u64,
    /// The hashes of the partial tile of each level, leaves first; a level above the highest used is absent.
    levels: Vec<Vec<Hash>>,
}

/// Why building cannot go on from a stored tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash of the tree cannot be read")]
pub struct ResumeError<E>(#[source] pub E);

impl TileBuilder {
    /// Of the empty tree.
    pub const fn new() -> Self {
        Self {
            size: 0,
            levels: Vec::new(),
        }
    }

    /// Of a tree of `size` leaves, whose hashes are read: those of its partial tiles.
    pub fn resume<R: HashReader>(reader: &R, size: Size) -> Result<Self, ResumeError<R::Error>> {
        let mut builder = Self {
            size: size.get(),
            levels: Vec::new(),
        };
        let mut level = Some(TileLevel::LEAVES);
        while let Some(at) = level.filter(|level| level.hashes(size) > 0) {
            let end = at.hashes(size);
            let start = end.saturating_sub(end % WIDTH);
            let height = u32::from(at.get()).saturating_mul(TILE_HEIGHT);
            let hashes = (start..end).map(|index| reader.subtree(height, index));
            let hashes = hashes.collect::<Result<Vec<_>, _>>();
            builder.levels.push(hashes.map_err(ResumeError)?);
            level = at.above();
        }
        Ok(builder)
    }

    /// How many leaves the tree has.
    pub const fn size(&self) -> Size {
        Size::new(self.size)
    }

    /// Appends a leaf, given its [`Hash::leaf`], and calls `finished` with each tile that this fills, leaves' level
    /// first.
    ///
    /// # Errors
    /// Those of `finished`; the leaf is appended all the same, and the tile is not handed out again.
    pub fn append<E>(
        &mut self,
        leaf: Hash,
        mut finished: impl FnMut(TileCoordinate, &[Hash]) -> Result<(), E>,
    ) -> Result<(), E> {
        // No ledger lives long enough to reach the limit: at 10^9 leaves a second, 584 years.
        self.size = self.size.saturating_add(1);
        let mut outcome = Ok(());
        let mut carried = Some((TileLevel::LEAVES, leaf));
        while let Some((level, hash)) = carried.take() {
            let number = usize::from(level.get());
            if self.levels.len() <= number {
                self.levels.push(Vec::new());
            }
            let Some(hashes) = self.levels.get_mut(number) else {
                break;
            };
            hashes.push(hash);
            if hashes.len() < usize::from(TILE_WIDTH) {
                break;
            }
            let tile = std::mem::take(hashes);
            let count = level.hashes(Size::new(self.size));
            let coordinate = TileCoordinate {
                level,
                index: (count / WIDTH).saturating_sub(1),
                width: TileWidth::FULL,
            };
            if outcome.is_ok() {
                outcome = finished(coordinate, &tile);
            }
            carried = level.above().zip(complete_root(&tile));
        }
        outcome
    }

    /// The partial tiles of the tree as it is, leaves' level first.
    pub fn partials(&self) -> impl Iterator<Item = (TileCoordinate, &[Hash])> {
        TileCoordinate::partials(self.size()).filter_map(|coordinate| {
            let hashes = self.levels.get(usize::from(coordinate.level.get()))?;
            Some((coordinate, hashes.as_slice()))
        })
    }

    /// The right edge of the tree.
    pub fn frontier(&self) -> Frontier {
        let mut hashes = Vec::new();
        for level in self.levels.iter().rev() {
            let mut rest = level.as_slice();
            // A partial tile falls into complete subtrees, one for each set bit of its width, largest first.
            while let Some(height) = rest.len().checked_ilog2() {
                let width = 1_usize.checked_shl(height).unwrap_or_default();
                let Some((subtree, after)) = rest.split_at_checked(width) else {
                    break;
                };
                hashes.extend(complete_root(subtree));
                rest = after;
            }
        }
        Frontier::of_own(self.size(), hashes)
    }

    /// Root of the tree.
    pub fn root(&self) -> Hash {
        self.frontier().root()
    }
}

/// The hashes of the partial tiles, which are those that [`TileBuilder::resume`] reads.
impl HashReader for TileBuilder {
    type Error = crate::proof::NotInTree;

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, Self::Error> {
        let missing = crate::proof::NotInTree { level, index };
        let number = level.wrapping_div(TILE_HEIGHT);
        let height = level.wrapping_rem(TILE_HEIGHT);
        let hash = || {
            let tile_level = TileLevel::new(u8::try_from(number).ok()?)?;
            let end = tile_level.hashes(self.size());
            let tile_start = end.saturating_sub(end % WIDTH);
            let width = 1_u64.checked_shl(height)?;
            let start = index.checked_mul(width)?.checked_sub(tile_start)?;
            let start = usize::try_from(start).ok()?;
            let end = start.checked_add(usize::try_from(width).ok()?)?;
            complete_root(self.levels.get(wire::index(number))?.get(start..end)?)
        };
        hash().ok_or(missing)
    }
}
