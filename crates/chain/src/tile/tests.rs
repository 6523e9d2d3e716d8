use super::*;
use crate::proof::{MemoryTree, consistency, inclusion, root};
use crate::{Position, Size};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Tiles in memory, as files would hold them.
#[derive(Default)]
struct Tiles(BTreeMap<TileCoordinate, Vec<Hash>>);

impl TileSource for Tiles {
    type Error = TileCoordinate;

    fn tile(&self, coordinate: TileCoordinate) -> Result<Vec<Hash>, TileCoordinate> {
        self.0.get(&coordinate).cloned().ok_or(coordinate)
    }
}

fn leaf(position: u64) -> Hash {
    Hash::leaf(format!("leaf {position}").as_bytes())
}

/// Appends leaves up to a size and keeps the full tiles.
fn grow(builder: &mut TileBuilder, tiles: &mut Tiles, size: u64) {
    for position in builder.size().get()..size {
        builder
            .append(leaf(position), |coordinate, hashes| {
                assert!(coordinate.width.is_full());
                let before = tiles.0.insert(coordinate, hashes.to_vec());
                if before.is_none() {
                    Ok(())
                } else {
                    Err("the tile was handed out before")
                }
            })
            .unwrap();
    }
}

/// All tiles of the tree of `size` leaves.
fn tiles_of(size: u64) -> (TileBuilder, Tiles) {
    let (mut builder, mut tiles) = (TileBuilder::new(), Tiles::default());
    grow(&mut builder, &mut tiles, size);
    let partials = builder.partials().map(|(at, hashes)| (at, hashes.to_vec()));
    tiles.0.extend(partials);
    (builder, tiles)
}

#[test]
fn tiles_give_the_roots_and_proofs_of_the_tree() {
    let mut memory = MemoryTree::new();
    for position in 0..70_000 {
        memory.append(leaf(position));
    }
    for size in [
        0, 1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000,
    ] {
        let (builder, tiles) = tiles_of(size);
        let size = Size::new(size);
        assert_eq!(Some(builder.root()), memory.root(size), "size {size}");
        let all: Vec<_> = TileCoordinate::all(size).collect();
        assert_eq!(all, tiles.0.keys().copied().collect::<Vec<_>>());
        let reader = TileReader::new(&tiles, size);
        assert_eq!(root(&reader, size).ok(), memory.root(size));
        for position in [0, 1, 255, 256, 65_535, 65_536, size.get().saturating_sub(1)] {
            let position = Position::new(position);
            if size.covers(position) {
                assert_eq!(
                    inclusion(&reader, position, size).ok(),
                    memory.inclusion(position, size)
                );
            }
        }
        for old in [0, 1, 255, 256, 257, 60_000, 65_536, size.get()] {
            let old = Size::new(old);
            if old <= size {
                assert_eq!(
                    consistency(&reader, old, size).ok(),
                    memory.consistency(old, size)
                );
            }
        }
        assert_eq!(TileBuilder::resume(&memory, size), Ok(builder.clone()));
        assert_eq!(TileBuilder::resume(&builder, size), Ok(builder));
    }
}
