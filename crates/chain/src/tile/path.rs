//! Where a tile or bundle is: its coordinates, and its path.

use std::fmt;
use std::str::FromStr;

use super::{TILE_HEIGHT, TILE_WIDTH, WIDTH};
use crate::{Position, Size, wire};

/// Longest path in bytes: `tile/entries/`, six groups `x000/` and one of three digits for 20 digits, `.p/255`.
pub const TILE_PATH_BYTES_MAX: usize = 13 + 6 * 5 + 3 + 6;

/// Level of a tile: 0 holds the hashes of leaves, each level above those of full tiles below; 0 to 63.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileLevel(u8);

/// How many hashes a tile has, or entries a bundle; 1 to 256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileWidth(u16);

/// A hash tile: hashes `256 index` up to, not including, `256 index + width` of level `8 level` of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileCoordinate {
    /// Level among tiles.
    pub level: TileLevel,
    /// Number of the tile on its level.
    pub index: u64,
    /// How many hashes it has.
    pub width: TileWidth,
}

/// A run of entries: positions `256 index` up to, not including, `256 index + width`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BundleCoordinate {
    /// Number of the run.
    pub index: u64,
    /// How many entries it has.
    pub width: TileWidth,
}

/// What lies at a path below `tile/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TilePath {
    /// `tile/<L>/<N>[.p/<W>]`: hashes of the tree.
    Hashes(TileCoordinate),
    /// `tile/entries/<N>[.p/<W>]`: the envelopes of a run.
    Entries(BundleCoordinate),
    /// `tile/clear/<N>[.p/<W>]`: the payloads in the clear of a run.
    Clear(BundleCoordinate),
}

/// A text is not a path of a tile in its one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a path tile/<level 0 to 63, entries or clear>/<number in groups of three digits>[.p/<1 to 255>]"
)]
pub struct TilePathError;

impl TileLevel {
    /// Of the tiles that hold the hashes of leaves.
    pub const LEAVES: Self = Self(0);

    /// This level; `None` above 63.
    pub const fn new(level: u8) -> Option<Self> {
        if level < 64 { Some(Self(level)) } else { None }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The level above; `None` after the last.
    pub const fn above(self) -> Option<Self> {
        Self::new(self.0.saturating_add(1))
    }

    /// How many hashes of this level a tree of `size` leaves has: one for each complete subtree of 256^level leaves.
    pub fn hashes(self, size: Size) -> u64 {
        let shift = u32::from(self.0).saturating_mul(TILE_HEIGHT);
        size.get().checked_shr(shift).unwrap_or_default()
    }
}

impl fmt::Display for TileLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TileWidth {
    /// Of a full tile or bundle.
    pub const FULL: Self = Self(TILE_WIDTH);

    /// This many; `None` of 0 and above 256.
    pub const fn new(width: u16) -> Option<Self> {
        if 1 <= width && width <= TILE_WIDTH {
            Some(Self(width))
        } else {
            None
        }
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// Whether nothing can be added.
    pub const fn is_full(self) -> bool {
        self.0 == TILE_WIDTH
    }

    /// Of tile or bundle number `index`, where there are `count` hashes or entries altogether; `None` if it has none.
    fn of(index: u64, count: u64) -> Option<Self> {
        let start = index.checked_mul(WIDTH)?;
        let rest = count.saturating_sub(start).min(WIDTH);
        Self::new(u16::try_from(rest).ok()?)
    }
}

impl fmt::Display for TileWidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TileCoordinate {
    /// The tile number `index` of `level` in a tree of `size` leaves, as wide as that tree makes it; `None` if the tree
    /// does not have it.
    pub fn in_tree(level: TileLevel, index: u64, size: Size) -> Option<Self> {
        let width = TileWidth::of(index, level.hashes(size))?;
        Some(Self {
            level,
            index,
            width,
        })
    }

    /// Every tile of a tree of `size` leaves, level by level, each level from the left.
    pub fn all(size: Size) -> impl Iterator<Item = Self> {
        levels().flat_map(move |level| {
            (0..level.hashes(size).div_ceil(WIDTH))
                .filter_map(move |index| Self::in_tree(level, index, size))
        })
    }

    /// The partial tiles of a tree of `size` leaves: at most one a level, the leaves' first.
    pub fn partials(size: Size) -> impl Iterator<Item = Self> {
        levels().filter_map(move |level| {
            let index = level.hashes(size) / WIDTH;
            Self::in_tree(level, index, size)
        })
    }

    /// The same tile when it is full, which a log may serve in place of a partial one.
    #[must_use]
    pub const fn full(self) -> Self {
        Self {
            width: TileWidth::FULL,
            ..self
        }
    }

    /// Size of the smallest tree that has the tile as wide as this; `None` if no tree can.
    pub fn size_min(self) -> Option<Size> {
        let hashes = self
            .index
            .checked_mul(WIDTH)?
            .checked_add(u64::from(self.width.get()))?;
        let shift = u32::from(self.level.get()).checked_mul(TILE_HEIGHT)?;
        let leaves = 1_u64.checked_shl(shift)?;
        hashes.checked_mul(leaves).map(Size::new)
    }
}

/// All levels that a tree of up to 2^64 - 1 leaves can have tiles on.
fn levels() -> impl Iterator<Item = TileLevel> {
    (0..8).map(TileLevel)
}

impl BundleCoordinate {
    /// The run number `index` of a ledger of `size` records, as wide as the ledger makes it; `None` if the ledger does
    /// not have it.
    pub fn in_tree(index: u64, size: Size) -> Option<Self> {
        let width = TileWidth::of(index, size.get())?;
        Some(Self { index, width })
    }

    /// The run that a record is in, in a ledger of `size` records; `None` if it does not have the record.
    pub fn holding(position: Position, size: Size) -> Option<Self> {
        if !size.covers(position) {
            return None;
        }
        Self::in_tree(position.get() / WIDTH, size)
    }

    /// Every run of a ledger of `size` records, from the first.
    pub fn all(size: Size) -> impl Iterator<Item = Self> {
        (0..size.get().div_ceil(WIDTH)).filter_map(move |index| Self::in_tree(index, size))
    }

    /// Position of the first entry; `None` beyond the last number there is.
    pub fn first(self) -> Option<Position> {
        let first = self.index.checked_mul(WIDTH);
        first.map(Position::new)
    }

    /// Size of the smallest ledger that has the run as wide as this; `None` if no ledger can.
    pub fn size_min(self) -> Option<Size> {
        let end = self.first()?.advance(u64::from(self.width.get()));
        end.map(Position::size_before)
    }

    /// The same run when it is full.
    #[must_use]
    pub const fn full(self) -> Self {
        Self {
            width: TileWidth::FULL,
            ..self
        }
    }
}

impl TilePath {
    const fn index_and_width(self) -> (u64, TileWidth) {
        match self {
            Self::Hashes(TileCoordinate { index, width, .. })
            | Self::Entries(BundleCoordinate { index, width })
            | Self::Clear(BundleCoordinate { index, width }) => (index, width),
        }
    }

    /// Size of the smallest ledger that has this; `None` if no ledger can.
    pub fn size_min(self) -> Option<Size> {
        match self {
            Self::Hashes(tile) => tile.size_min(),
            Self::Entries(bundle) | Self::Clear(bundle) => bundle.size_min(),
        }
    }
}

impl fmt::Display for TilePath {
    /// Without a leading `/`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hashes(tile) => write!(f, "tile/{}/", tile.level)?,
            Self::Entries(_) => f.write_str("tile/entries/")?,
            Self::Clear(_) => f.write_str("tile/clear/")?,
        }
        let (index, width) = self.index_and_width();
        write_index(f, index)?;
        if width.is_full() {
            Ok(())
        } else {
            write!(f, ".p/{width}")
        }
    }
}

impl FromStr for TilePath {
    type Err = TilePathError;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        parse(path).ok_or(TilePathError)
    }
}

fn parse(path: &str) -> Option<TilePath> {
    if path.len() > TILE_PATH_BYTES_MAX {
        return None;
    }
    let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let (index, width) = match rest.split_once(".p/") {
        None => (rest, TileWidth::FULL),
        Some((index, width)) => {
            let width = u16::try_from(wire::parse_decimal(width)?).ok()?;
            let width = TileWidth::new(width).filter(|width| !width.is_full())?;
            (index, width)
        }
    };
    let index = parse_index(index)?;
    let bundle = BundleCoordinate { index, width };
    Some(match kind {
        "entries" => TilePath::Entries(bundle),
        "clear" => TilePath::Clear(bundle),
        level => {
            let level = u8::try_from(wire::parse_decimal(level)?).ok()?;
            TilePath::Hashes(TileCoordinate {
                level: TileLevel::new(level)?,
                index,
                width,
            })
        }
    })
}

/// 1234067 is written `x001/x234/067`.
fn write_index(f: &mut fmt::Formatter<'_>, index: u64) -> fmt::Result {
    let digits = index.to_string();
    let padded_len = digits.len().next_multiple_of(3);
    let padded = format!("{digits:0>padded_len$}");
    let (groups, _) = padded.as_bytes().as_chunks::<3>();
    let (last, front) = groups.split_last().ok_or(fmt::Error)?;
    for group in front {
        write!(f, "x{}/", ascii(group))?;
    }
    f.write_str(ascii(last))
}

/// Digits, so always text.
fn ascii(group: &[u8; 3]) -> &str {
    str::from_utf8(group).unwrap_or_default()
}

/// Reads what [`write_index`] writes, and nothing else.
fn parse_index(text: &str) -> Option<u64> {
    let (front, last) = match text.rsplit_once('/') {
        None => (None, text),
        Some((front, last)) => (Some(front), last),
    };
    let mut digits = String::new();
    for group in front.into_iter().flat_map(|front| front.split('/')) {
        digits.push_str(group.strip_prefix('x').filter(|group| is_group(group))?);
    }
    // A group in front that says nothing would be a second spelling.
    if digits.starts_with("000") || !is_group(last) {
        return None;
    }
    digits.push_str(last);
    digits.parse().ok()
}

fn is_group(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit())
}
