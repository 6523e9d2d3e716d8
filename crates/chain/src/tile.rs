//! A ledger as static files that anybody can check: Merkle tree tiles and entry bundles (C2SP tlog-tiles).
//!
//! | path, below the ledger's prefix | holds |
//! |---|---|
//! | `checkpoint` | the newest checkpoint |
//! | `tile/<L>/<N>[.p/<W>]` | up to 256 hashes of level `8 L` of the tree: a *hash tile* |
//! | `tile/entries/<N>[.p/<W>]` | up to 256 entries: envelopes, each after its length |
//! | `tile/clear/<N>[.p/<W>]` | payloads in the clear of governance, erasure and anchor records of that run |
//!
//! `<N>` is written in groups of three digits, `x001/x234/067`; `.p/<W>` marks a partial tile or bundle of `W` hashes
//! or entries at the right edge of a tree. `tile/clear` is an addition of Sabt: whoever only reads tiles needs these
//! payloads to know who could sign.

mod builder;
mod bundle;
mod path;
mod reader;

pub use builder::{ResumeError, TileBuilder};
pub use bundle::{
    BundleError, CLEAR_BUNDLE_BYTES_MAX, ClearPayload, ENTRY_BUNDLE_BYTES_MAX, decode_clear,
    decode_entries, encode_clear, encode_entries,
};
pub use path::{
    BundleCoordinate, TILE_PATH_BYTES_MAX, TileCoordinate, TileLevel, TilePath, TilePathError,
    TileWidth,
};
pub use reader::{TileReadError, TileReader, TileSource};

use crate::Hash;
use crate::wire;

/// Most hashes of a tile, or entries of a bundle: 2^8, a tile stands for a subtree of 8 levels.
pub const TILE_WIDTH: u16 = 256;

/// [`TILE_WIDTH`] to reckon with.
const WIDTH: u64 = 256;

/// Levels of the tree that one level of tiles spans.
pub const TILE_HEIGHT: u32 = 8;

/// Length of a full hash tile: 256 hashes of 32 bytes.
pub const HASH_TILE_BYTES_MAX: usize = 8192;

/// Media type of tiles and bundles.
pub const TILE_CONTENT_TYPE: &str = "application/octet-stream";

/// Media type of the checkpoint.
pub const CHECKPOINT_CONTENT_TYPE: &str = "text/plain; charset=utf-8";

/// Writes the hashes of a tile as they are served.
pub fn encode_hashes(hashes: &[Hash]) -> Vec<u8> {
    let hashes: Vec<_> = hashes.iter().map(Hash::as_bytes).copied().collect();
    hashes.concat()
}

/// The hashes of a tile of `width`; `None` if there are fewer or more bytes.
pub fn decode_hashes(bytes: &[u8], width: TileWidth) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<{ Hash::BYTES }>();
    let fits = rest.is_empty() && hashes.len() == wire::index(u32::from(width.get()));
    fits.then(|| hashes.iter().copied().map(Hash::from_bytes).collect())
}

/// Root of the complete subtree over these hashes, if there are a power of two of them, else `None`.
fn complete_root(hashes: &[Hash]) -> Option<Hash> {
    let mut level = hashes.to_vec();
    if !level.len().is_power_of_two() {
        return None;
    }
    while level.len() > 1 {
        let (pairs, _) = level.as_chunks::<2>();
        level = pairs
            .iter()
            .map(|[left, right]| Hash::node(left, right))
            .collect();
    }
    level.first().copied()
}

#[cfg(test)]
mod tests;
