//! From tiles to proofs.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::path::{TileCoordinate, TileLevel};
use super::{TILE_HEIGHT, WIDTH, complete_root};
use crate::proof::HashReader;
use crate::{Hash, Size};

/// Most tiles that a reader keeps. A proof of inclusion or consistency reads at most two tiles of each of 8 levels.
const TILES_KEPT_MAX: usize = 32;

/// Where tiles come from: files, a server, memory. What it gives is not trusted: whoever reads proofs or roots from
/// tiles compares the outcome with a verified checkpoint.
pub trait TileSource {
    /// Why a tile cannot be had.
    type Error;

    /// The hashes of a tile, as many as its width says. Where the partial tile is gone, the source may take the first
    /// hashes of the full one.
    fn tile(&self, coordinate: TileCoordinate) -> Result<Vec<Hash>, Self::Error>;
}

/// Reads the hashes of the tree of `size` leaves from its tiles, so that [`crate::proof::inclusion`],
/// [`crate::proof::consistency`] and [`crate::proof::root`] work on them.
///
/// Each tile is fetched once for as long as few are read; the tree must have a checkpoint, or its partial tiles need
/// not exist.
#[derive(Debug)]
pub struct TileReader<S> {
    source: S,
    size: Size,
    kept: RefCell<BTreeMap<TileCoordinate, Vec<Hash>>>,
}

/// Why a hash cannot be read from tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileReadError<E> {
    /// A tree of this size does not have the subtree.
    #[error("a tree of {size} leaves has no complete subtree {index} of level {level}")]
    NotInTree {
        /// Size of the tree.
        size: Size,
        /// Level of the subtree.
        level: u32,
        /// Number of the subtree on its level.
        index: u64,
    },
    /// The source gave fewer or more hashes than the tile has.
    #[error("tile {} of level {} has {hashes} hashes, not {}", coordinate.index, coordinate.level, coordinate.width)]
    Width {
        /// The tile.
        coordinate: TileCoordinate,
        /// How many hashes there are.
        hashes: usize,
    },
    /// The tile cannot be had.
    #[error("tile {} of level {} cannot be read", coordinate.index, coordinate.level)]
    Source {
        /// The tile.
        coordinate: TileCoordinate,
        /// Why.
        #[source]
        error: E,
    },
}

impl<S: TileSource> TileReader<S> {
    /// Of the tree of `size` leaves.
    pub const fn new(source: S, size: Size) -> Self {
        Self {
            source,
            size,
            kept: RefCell::new(BTreeMap::new()),
        }
    }

    /// How many leaves the tree has.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// Root of `width` hashes of a tile, the first of them number `start` of the tile's.
    fn within(
        &self,
        coordinate: TileCoordinate,
        start: usize,
        width: usize,
    ) -> Result<Option<Hash>, TileReadError<S::Error>> {
        let mut kept = self.kept.borrow_mut();
        if !kept.contains_key(&coordinate) {
            let hashes = self.source.tile(coordinate);
            let hashes = hashes.map_err(|error| TileReadError::Source { coordinate, error })?;
            if hashes.len() != usize::from(coordinate.width.get()) {
                return Err(TileReadError::Width {
                    coordinate,
                    hashes: hashes.len(),
                });
            }
            if kept.len() >= TILES_KEPT_MAX {
                kept.clear();
            }
            kept.insert(coordinate, hashes);
        }
        let hashes = kept.get(&coordinate);
        let subtree = hashes.and_then(|hashes| hashes.get(start..start.checked_add(width)?));
        Ok(subtree.and_then(complete_root))
    }
}

impl<S: TileSource> HashReader for TileReader<S> {
    type Error = TileReadError<S::Error>;

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, Self::Error> {
        let missing = || TileReadError::NotInTree {
            size: self.size,
            level,
            index,
        };
        let tile_level = u8::try_from(level.wrapping_div(TILE_HEIGHT));
        let tile_level = tile_level
            .ok()
            .and_then(TileLevel::new)
            .ok_or_else(missing)?;
        let width = 1_u64.wrapping_shl(level.wrapping_rem(TILE_HEIGHT));
        let first = index.checked_mul(width).ok_or_else(missing)?;
        let tile = first / WIDTH;
        let start = first % WIDTH;
        let coordinate = TileCoordinate::in_tree(tile_level, tile, self.size);
        let (Some(coordinate), Ok(start), Ok(width)) =
            (coordinate, usize::try_from(start), usize::try_from(width))
        else {
            return Err(missing());
        };
        self.within(coordinate, start, width)?.ok_or_else(missing)
    }
}

impl<S: TileSource + ?Sized> TileSource for &S {
    type Error = S::Error;

    fn tile(&self, coordinate: TileCoordinate) -> Result<Vec<Hash>, Self::Error> {
        (**self).tile(coordinate)
    }
}
