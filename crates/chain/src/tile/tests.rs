mod bundle;
mod path;

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

/// All tiles of a tree: the full ones, and the partial ones of its builder.
fn with_partials(builder: &TileBuilder, full: &Tiles) -> Tiles {
    let partials = builder.partials().map(|(at, hashes)| (at, hashes.to_vec()));
    Tiles(full.0.clone().into_iter().chain(partials).collect())
}

/// All tiles of the tree of `size` leaves.
fn tiles_of(size: u64) -> (TileBuilder, Tiles) {
    let (mut builder, mut tiles) = (TileBuilder::new(), Tiles::default());
    grow(&mut builder, &mut tiles, size);
    let tiles = with_partials(&builder, &tiles);
    (builder, tiles)
}

#[test]
fn tiles_give_the_roots_and_proofs_of_the_tree() {
    let memory: MemoryTree = (0..70_000).map(leaf).collect();
    let (mut builder, mut full) = (TileBuilder::new(), Tiles::default());
    for size in [
        0, 1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000,
    ] {
        grow(&mut builder, &mut full, size);
        let tiles = with_partials(&builder, &full);
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
        assert_eq!(TileBuilder::resume(&builder, size).as_ref(), Ok(&builder));
    }
}

#[test]
fn a_tree_of_70_000_has_the_tiles_of_the_specification() {
    let size = Size::new(70_000);
    let partials: Vec<_> = TileCoordinate::partials(size)
        .map(|tile| (tile.level.get(), tile.index, tile.width.get()))
        .collect();
    assert_eq!(partials, [(0, 273, 112), (1, 1, 17), (2, 0, 1)]);
    let full = |level| {
        TileCoordinate::all(size)
            .filter(|tile| tile.level.get() == level && tile.width.is_full())
            .count()
    };
    assert_eq!((full(0), full(1), full(2)), (273, 1, 0));
    let paths: Vec<_> = TileCoordinate::all(Size::new(256))
        .map(|tile| TilePath::Hashes(tile).to_string())
        .collect();
    assert_eq!(paths, ["tile/0/000", "tile/1/000.p/1"]);
    assert_eq!(TileCoordinate::all(Size::EMPTY).count(), 0);
}

#[test]
fn the_partial_tiles_of_the_largest_tree_are_counted() {
    let partials: Vec<_> = TileCoordinate::partials(Size::new(u64::MAX)).collect();
    assert_eq!(partials.len(), 8);
    assert!(partials.iter().all(|tile| tile.width.get() == 255));
    let last = partials.last().unwrap();
    assert_eq!(last.size_min(), Some(Size::new(255 << 56)));
    assert_eq!(partials[0].size_min(), Some(Size::new(u64::MAX)));
    assert_eq!(last.full().size_min(), None);
}

#[test]
fn building_resumes_anywhere() {
    let (mut whole, mut tiles) = (TileBuilder::new(), Tiles::default());
    grow(&mut whole, &mut tiles, 1_000);
    for stop in [0, 1, 255, 256, 257, 511, 512, 999, 1_000] {
        let (part, part_tiles) = tiles_of(stop);
        let reader = TileReader::new(&part_tiles, Size::new(stop));
        let mut resumed = TileBuilder::resume(&reader, Size::new(stop)).unwrap();
        assert_eq!(resumed, part);
        let mut rest = Tiles::default();
        grow(&mut resumed, &mut rest, 1_000);
        assert_eq!(resumed, whole);
        let full = part_tiles
            .0
            .into_iter()
            .filter(|(tile, _)| tile.width.is_full());
        rest.0.extend(full);
        assert_eq!(rest.0, tiles.0);
    }
    let missing = TileBuilder::resume(&TileBuilder::new(), Size::new(1)).unwrap_err();
    assert_eq!(missing.0, crate::proof::NotInTree { level: 0, index: 0 });
}

#[test]
fn a_tile_that_cannot_be_kept_is_told() {
    let mut builder = TileBuilder::new();
    for position in 0..255 {
        builder
            .append(leaf(position), |_, _| Err::<(), _>("no tile yet"))
            .unwrap();
    }
    assert_eq!(
        builder.append(leaf(255), |_, _| Err("full disk")),
        Err("full disk")
    );
    assert_eq!(builder.size(), Size::new(256));
    assert_eq!(builder.root(), tiles_of(256).0.root());
}

#[test]
fn what_a_source_gives_is_not_believed() {
    let (builder, tiles) = tiles_of(600);
    let size = builder.size();
    let position = Position::new(300);
    // A tile that is gone, one of another width, one with a wrong hash.
    let mut gone = Tiles(tiles.0.clone());
    let coordinate = TileCoordinate::in_tree(TileLevel::LEAVES, 1, size).unwrap();
    gone.0.remove(&coordinate);
    let error = inclusion(&TileReader::new(&gone, size), position, size).unwrap_err();
    let expected = TileReadError::Source {
        coordinate,
        error: coordinate,
    };
    assert_eq!(error, crate::proof::ProofGenerationError::Read(expected));
    let mut short = Tiles(tiles.0.clone());
    short.0.get_mut(&coordinate).unwrap().pop();
    let error = root(&TileReader::new(&short, Size::new(300)), Size::new(300)).unwrap_err();
    assert!(
        matches!(error, TileReadError::Source { .. }),
        "300 leaves need another tile"
    );
    let error = inclusion(&TileReader::new(&short, size), position, size).unwrap_err();
    let expected = TileReadError::Width {
        coordinate,
        hashes: 255,
    };
    assert_eq!(error, crate::proof::ProofGenerationError::Read(expected));
    let mut wrong = Tiles(tiles.0.clone());
    wrong.0.get_mut(&coordinate).unwrap()[45] = Hash::EMPTY_ROOT;
    let proof = inclusion(&TileReader::new(&wrong, size), position, size).unwrap();
    assert!(proof.verify(&leaf(300), &builder.root()).is_err());
    let reader = TileReader::new(&tiles, size);
    assert_eq!(reader.size(), size);
    for (level, index) in [
        (0, 600),
        (1, 300),
        (8, 2),
        (9, 1),
        (64, 0),
        (600, 0),
        (0, u64::MAX),
    ] {
        let missing = TileReadError::NotInTree { size, level, index };
        assert_eq!(
            crate::proof::HashReader::subtree(&reader, level, index),
            Err(missing)
        );
    }
}

#[test]
fn the_log_of_tessera_has_these_tiles_and_bundles() {
    let log = include_str!("../../testdata/tessera.txt");
    let entries: Vec<&str> = log
        .lines()
        .filter_map(|line| line.strip_prefix("leaf "))
        .collect();
    let roots = log
        .lines()
        .filter_map(|line| line.strip_prefix("checkpoint "));
    let roots: Vec<_> = roots.map(|line| line.split(' ').nth(1).unwrap()).collect();
    assert_eq!(roots.len(), 16);
    for (width, expected) in (0_u16..16).zip(roots) {
        let size = Size::new(u64::from(width));
        let mut builder = TileBuilder::new();
        let entries = || {
            entries[..usize::from(width)]
                .iter()
                .map(|entry| entry.as_bytes())
        };
        for entry in entries() {
            builder
                .append(Hash::leaf(entry), |_, _| Err("no full tile"))
                .unwrap();
        }
        assert_eq!(Hash::from_base64(expected), Some(builder.root()));
        let Some(width) = TileWidth::new(width) else {
            continue;
        };
        // `testdata/log` there has one partial tile and one partial bundle of each width.
        let partials: Vec<_> = builder.partials().collect();
        let [(coordinate, hashes)] = partials.as_slice() else {
            panic!("one tile")
        };
        assert_eq!(
            TilePath::Hashes(*coordinate).to_string(),
            format!("tile/0/000.p/{width}")
        );
        let tile = encode_hashes(hashes);
        let mut leaves = entries().map(Hash::leaf);
        assert!(
            decode_hashes(&tile, width)
                .unwrap()
                .into_iter()
                .eq(leaves.by_ref())
        );
        let bundle = encode_entries(entries()).unwrap();
        let coordinate = BundleCoordinate::in_tree(0, size).unwrap();
        assert_eq!(
            TilePath::Entries(coordinate).to_string(),
            format!("tile/entries/000.p/{width}")
        );
        assert!(
            decode_entries(&bundle, width)
                .unwrap()
                .into_iter()
                .eq(entries())
        );
    }
}

#[test]
fn hash_tiles_are_exactly_as_long_as_they_are_wide() {
    let hashes: Vec<_> = (0..256).map(leaf).collect();
    let bytes = encode_hashes(&hashes);
    assert_eq!(bytes.len(), HASH_TILE_BYTES_MAX);
    assert_eq!(decode_hashes(&bytes, TileWidth::FULL), Some(hashes.clone()));
    assert_eq!(decode_hashes(&bytes[..8_191], TileWidth::FULL), None);
    assert_eq!(
        decode_hashes(&[bytes.as_slice(), &[0]].concat(), TileWidth::FULL),
        None
    );
    let width = TileWidth::new(3).unwrap();
    assert_eq!(
        decode_hashes(&bytes[..96], width),
        Some(hashes[..3].to_vec())
    );
    assert_eq!(decode_hashes(&bytes[..64], width), None);
    assert_eq!(decode_hashes(&[], width), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What a stored tree says, tiles say.
    #[test]
    fn proofs_from_tiles_are_those_of_the_tree(
        (size, old, position) in (1_u64..1_500).prop_flat_map(|size| (Just(size), 0..=size, 0..size)),
    ) {
        let (builder, tiles) = tiles_of(size);
        let memory: MemoryTree = (0..size).map(leaf).collect();
        let (size, old, position) = (Size::new(size), Size::new(old), Position::new(position));
        let reader = TileReader::new(&tiles, size);
        prop_assert_eq!(Some(builder.root()), memory.root(size));
        let frontier = crate::proof::frontier(&reader, size).unwrap();
        prop_assert_eq!(&frontier, &builder.frontier());
        let mut appended = crate::tree::Frontier::new();
        (0..size.get()).for_each(|position| appended.append(leaf(position)));
        prop_assert_eq!(frontier, appended);
        let proof = inclusion(&reader, position, size).unwrap();
        prop_assert_eq!(proof.verify(&leaf(position.get()), &builder.root()), Ok(()));
        prop_assert_eq!(consistency(&reader, old, size).ok(), memory.consistency(old, size));
        // Tiles of the larger tree also prove what an earlier tree had.
        if old > Size::EMPTY {
            prop_assert_eq!(root(&reader, old).ok(), memory.root(old));
        }
    }
}
