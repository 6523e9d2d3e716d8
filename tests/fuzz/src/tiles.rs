//! Tiles, bundles, and proofs.

use sabt_chain::proof::{ConsistencyProof, InclusionProof, MemoryTree};
use sabt_chain::tile::{self, HASH_TILE_BYTES_MAX, TILE_PATH_BYTES_MAX, TilePath, TileWidth};
use sabt_chain::{Hash, Position, Size};

/// A path has one spelling.
pub fn tile_path(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    if let Ok(path) = text.parse::<TilePath>() {
        assert_eq!(path.to_string(), text);
        assert!(text.len() <= TILE_PATH_BYTES_MAX);
        let _size = path.size_min();
    }
}

/// A hash tile is written back as it was. The first byte is its width less one.
pub fn hash_tile(bytes: &[u8]) {
    let Some((width, bytes)) = width_and_rest(bytes) else {
        return;
    };
    if let Some(hashes) = tile::decode_hashes(bytes, width) {
        assert_eq!(hashes.len(), usize::from(width.get()));
        assert_eq!(tile::encode_hashes(&hashes), bytes);
        assert!(bytes.len() <= HASH_TILE_BYTES_MAX);
    }
}

/// An entry bundle is written back as it was. The first byte is its width less one.
pub fn entry_bundle(bytes: &[u8]) {
    let Some((width, bytes)) = width_and_rest(bytes) else {
        return;
    };
    if let Ok(entries) = tile::decode_entries(bytes, width) {
        assert_eq!(entries.len(), usize::from(width.get()));
        let encoded = tile::encode_entries(entries);
        assert_eq!(encoded.as_deref(), Ok(bytes));
    }
}

/// A bundle of payloads is written back as it was. The first byte is its width less one.
pub fn clear_bundle(bytes: &[u8]) {
    let Some((width, bytes)) = width_and_rest(bytes) else {
        return;
    };
    if let Ok(payloads) = tile::decode_clear(bytes, width) {
        assert!(payloads.is_sorted_by(|one, next| one.index < next.index));
        assert!(
            payloads
                .iter()
                .all(|payload| u16::from(payload.index) < width.get())
        );
        let encoded = tile::encode_clear(payloads);
        assert_eq!(encoded.as_deref(), Ok(bytes));
    }
}

/// Proofs of a tree of up to 16 leaves hold as they are made, and no other proof says something else: 0: what to prove,
/// 1 and 2: about which leaf or size, 3 and 4: what the proof states, then its hashes.
pub fn proof(bytes: &[u8]) {
    let Some((&[what, one, other, first, second], hashes)) = bytes.split_first_chunk::<5>() else {
        return;
    };
    let (hashes, _) = hashes.as_chunks::<{ Hash::BYTES }>();
    let hashes: Vec<Hash> = hashes.iter().copied().map(Hash::from_bytes).collect();
    let tree: MemoryTree = (0..16_u8).map(|leaf| Hash::leaf(&[leaf])).collect();
    let root = |size: Size| tree.root(size).expect("the tree has as many leaves");
    let (one_size, other_size) = (u64::from(one % 17), u64::from(other % 17));
    let (small, large) = (one_size.min(other_size), one_size.max(other_size));
    if what % 2 == 0 {
        let stated = InclusionProof {
            position: Position::new(u64::from(first)),
            size: Size::new(u64::from(second)),
            hashes,
        };
        let leaf = Hash::leaf(&[one % 16]);
        // A path does not tell the size of its tree, so only a proof that states the right one says where the leaf is.
        let holds = stated.verify(&leaf, &root(Size::new(large))).is_ok();
        if holds && stated.size.get() == large {
            assert_eq!(u64::from(one % 16), u64::from(first), "{stated:?}");
        }
        let position = Position::new(u64::from(one % 16));
        if let Some(made) = tree.inclusion(position, Size::new(large)) {
            assert_eq!(made.verify(&leaf, &root(Size::new(large))), Ok(()));
        }
    } else {
        let stated = ConsistencyProof {
            old_size: Size::new(u64::from(first)),
            new_size: Size::new(u64::from(second)),
            hashes,
        };
        let held = stated.verify(&root(Size::new(small)), &root(Size::new(large)));
        let made = tree.consistency(Size::new(small), Size::new(large));
        let made = made.expect("both trees are there");
        assert_eq!(
            made.verify(&root(Size::new(small)), &root(Size::new(large))),
            Ok(())
        );
        // For the right sizes there is one proof and no other.
        if held.is_ok() && (stated.old_size, stated.new_size) == (made.old_size, made.new_size) {
            assert_eq!(stated, made);
        }
    }
}

fn width_and_rest(bytes: &[u8]) -> Option<(TileWidth, &[u8])> {
    let (width, rest) = bytes.split_first()?;
    Some((TileWidth::new(u16::from(*width) + 1)?, rest))
}
