//! The stored tree gives what the tree in memory gives, whatever its cache holds.

use std::fs;
use std::path::{Path, PathBuf};

use sabt_chain::proof::{HashReader as _, consistency, inclusion};
use sabt_chain::{Hash, Position, Size};
use tempfile::TempDir;

use super::testing::Grown;
use super::{HASHES_FILE, StoredTree, TreeError};
use crate::checkpoint::Observer as _;

/// A directory with a ledger beside the cache of its tree.
struct World {
    directory: TempDir,
    grown: Grown,
}

impl World {
    fn of(size: u64) -> Self {
        let directory = TempDir::new().unwrap();
        let mut grown = Grown::create(&directory.path().join("ledger"), 0);
        grown.grow(size);
        Self { directory, grown }
    }

    fn cache(&self) -> PathBuf {
        self.directory.path().join(HASHES_FILE)
    }

    /// Opens the tree and waits until it is built.
    fn tree(&self) -> std::sync::Arc<StoredTree> {
        let opened = StoredTree::open(self.grown.ledger.clone(), self.directory.path());
        let (tree, filler) = opened.unwrap();
        filler.finish();
        tree.closing
            .store(false, std::sync::atomic::Ordering::Relaxed);
        tree
    }

    /// Proofs at the edges of runs and frames, against those of the tree in memory.
    #[track_caller]
    fn check(&self, tree: &StoredTree) {
        let size = self.grown.size();
        let edges = [1, 100, 255, 256, 257, 512, 1_023, 1_300];
        let sizes: Vec<u64> = edges
            .into_iter()
            .chain([size])
            .filter(|s| *s <= size)
            .collect();
        for size in &sizes {
            let size = Size::new(*size);
            for position in sizes.iter().map(|size| Position::new(size - 1)) {
                if size.covers(position) {
                    let proof = inclusion(tree, position, size).unwrap();
                    assert_eq!(Some(proof), self.grown.tree.inclusion(position, size));
                }
            }
            for old in sizes.iter().map(|old| Size::new(*old)) {
                if old <= size {
                    let proof = consistency(tree, old, size).unwrap();
                    assert_eq!(Some(proof), self.grown.tree.consistency(old, size));
                }
            }
        }
    }

    /// One proof that needs every run, against that of the tree in memory.
    #[track_caller]
    fn check_runs(&self, tree: &StoredTree) {
        let size = Size::new(self.grown.size());
        for position in [Position::new(700), Position::new(1_300)] {
            let proof = inclusion(tree, position, size).unwrap();
            assert_eq!(Some(proof), self.grown.tree.inclusion(position, size));
        }
    }

    /// What the cache should hold: a header and the root of every complete run.
    fn expected(&self) -> Vec<u8> {
        let runs = self.grown.size() / 256;
        let roots = (0..runs).map(|run| self.grown.tree.subtree(8, run).unwrap());
        let roots = roots.flat_map(Hash::to_bytes);
        let header = b"sabt roots of 256 records, v1\n\0\0";
        header.iter().copied().chain(roots).collect()
    }
}

fn write(path: &Path, bytes: &[u8]) {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test damages a file on purpose"
    )]
    fs::write(path, bytes).unwrap();
}

#[test]
fn proofs_are_those_of_the_tree_in_memory() {
    for size in [1, 255, 256, 257, 1_400] {
        let world = World::of(size);
        let tree = world.tree();
        world.check(&tree);
        assert_eq!(fs::read(world.cache()).unwrap(), world.expected());
    }
}

#[test]
fn an_empty_ledger_has_no_hashes() {
    let world = World::of(0);
    let tree = world.tree();
    for level in [0, 7, 8, 20, 63] {
        assert!(matches!(tree.subtree(level, 0), Err(TreeError::Short)));
    }
    assert_eq!(fs::read(world.cache()).unwrap(), world.expected());
}

#[test]
fn a_tree_grows_with_its_ledger_observed_or_not() {
    for observing in [true, false] {
        let mut world = World::of(300);
        let mut tree = world.tree();
        for size in [400, 513, 1_024, 1_400] {
            let from = world.grown.size();
            world.grown.grow(size);
            if observing {
                let mut reader = world
                    .grown
                    .ledger
                    .journal
                    .read(Position::new(from))
                    .unwrap();
                while let Some(frame) = reader.next_frame().unwrap() {
                    for record in frame.frame().records() {
                        if from <= record.envelope.position.get() {
                            tree.observe(&record, Hash::leaf(record.envelope_bytes));
                        }
                    }
                }
                // The run in which observing began was not observed whole, and is hashed when it is needed or the next
                // is whole.
                let lacking = u64::from(size == 513);
                assert_eq!(tree.lock().len(), size / 256 - lacking, "at {size}");
            }
            world.check(&tree);
        }
        assert_eq!(fs::read(world.cache()).unwrap(), world.expected());
    }
}

#[test]
fn what_was_not_observed_whole_is_hashed_with_what_follows() {
    let mut world = World::of(300);
    let mut tree = world.tree();
    world.grown.grow(1_400);
    let journal = &world.grown.ledger.journal;
    let mut reader = journal.read(Position::new(300)).unwrap();
    while let Some(frame) = reader.next_frame().unwrap() {
        for record in frame.frame().records() {
            tree.observe(&record, Hash::leaf(record.envelope_bytes));
        }
    }
    assert_eq!(tree.lock().len(), 1_400 / 256);
    assert_eq!(fs::read(world.cache()).unwrap(), world.expected());
    world.check(&tree);
}

#[test]
fn the_first_proof_after_opening_reads_no_more_than_a_few_runs() {
    let world = World::of(1_400);
    drop(world.tree());
    let tree = world.tree();
    assert_eq!(tree.lock().len(), 5);
    let (position, size) = (Position::new(3), Size::new(1_400));
    inclusion(&*tree, position, size).unwrap();
    // The run of the record and that at the edge were read, and nothing else.
    let mut recent: Vec<u64> = tree
        .recent
        .lock()
        .unwrap()
        .iter()
        .map(|run| run.index())
        .collect();
    recent.sort_unstable();
    assert_eq!(recent, [0, 5]);
}

#[test]
fn a_frame_that_is_read_gives_all_runs_of_its_block() {
    let directory = TempDir::new().unwrap();
    let mut grown = Grown::create(&directory.path().join("ledger"), 0);
    grown.grow(300);
    grown.grow_at_once(5_000);
    let world = World { directory, grown };
    let tree = world.tree();
    let at_hand = || -> Vec<u64> { tree.recent().iter().map(|run| run.index()).collect() };
    let run = tree.run(3, 1_024).unwrap();
    assert_eq!(run.envelopes(), &world.grown.envelopes[768..1_024]);
    // The frame begins inside run 1 and reaches into the next block, which is read when it is asked for.
    let mut known = at_hand();
    assert_eq!(known.pop(), Some(3), "the newest");
    known.sort_unstable();
    assert_eq!(known, (2..16).filter(|run| *run != 3).collect::<Vec<_>>());
    for index in [2, 9, 15, 1, 17, 19] {
        let until = 5_000.min((index + 1) * 256);
        let run = tree.run(index, until).unwrap();
        let place = |position: u64| usize::try_from(position).unwrap();
        let envelopes = &world.grown.envelopes[place(index * 256)..place(until)];
        assert_eq!(run.envelopes(), envelopes, "run {index}");
    }
    let error = tree.run(19, 5_001).unwrap_err();
    assert!(matches!(error, TreeError::Short), "{error}");
}

#[test]
fn a_cache_that_is_damaged_torn_or_foreign_is_made_anew() {
    let world = World::of(1_400);
    drop(world.tree());
    let good = world.expected();
    let mut flipped = good.clone();
    flipped[100] ^= 1;
    let swapped = [&good[..32], &good[64..96], &good[32..64], &good[96..]].concat();
    let foreign = World {
        grown: {
            let directory = TempDir::new().unwrap();
            let mut grown = Grown::create(&directory.path().join("ledger"), 9);
            grown.grow(1_400);
            grown
        },
        directory: TempDir::new().unwrap(),
    };
    let longer = [good.as_slice(), &[7; 64]].concat();
    for (name, bytes) in [
        ("flipped", flipped),
        ("swapped", swapped),
        ("foreign", foreign.expected()),
        ("longer", longer),
        ("torn", good[..77].to_vec()),
        ("header alone", good[..32].to_vec()),
        ("torn header", good[..9].to_vec()),
        ("empty", Vec::new()),
        (
            "text",
            b"not hashes at all, but as long as a header at least".to_vec(),
        ),
        ("zeros", vec![0; good.len()]),
    ] {
        write(&world.cache(), &bytes);
        let tree = world.tree();
        world.check_runs(&tree);
        assert!(fs::read(world.cache()).unwrap() == good, "{name}");
    }
    fs::remove_file(world.cache()).unwrap();
    world.check_runs(&world.tree());
    assert!(fs::read(world.cache()).unwrap() == good, "missing");
}

#[test]
fn a_cache_that_lacks_runs_is_carried_on() {
    let mut world = World::of(600);
    drop(world.tree());
    world.grown.grow(1_400);
    let tree = world.tree();
    assert_eq!(tree.lock().len(), 5);
    world.check(&tree);
    assert_eq!(fs::read(world.cache()).unwrap(), world.expected());
}

#[test]
fn without_a_cache_there_are_proofs_all_the_same() {
    let world = World::of(600);
    fs::create_dir(world.cache()).unwrap();
    world.check(&world.tree());
}

#[test]
fn an_anchor_is_found_where_it_is_published() {
    let mut world = World::of(300);
    let first = world.grown.anchor(10);
    world.grown.grow(5_000);
    let second = world.grown.anchor(20);
    world.grown.grow(9_600);
    let mut tree = world.tree();
    let at = |tree: &StoredTree, position, published| {
        let anchor = tree.anchor_over(Position::new(position), Size::new(published));
        anchor.unwrap().map(|anchor| anchor.position)
    };
    // Only the newest from before the start is known: it covers whatever an older one does.
    assert_eq!(at(&tree, 3, 9_600), Some(second));
    assert_eq!(at(&tree, 19, 9_600), Some(second));
    assert_eq!(at(&tree, 20, 9_600), None);
    assert_eq!(at(&tree, 3, second.get()), None);
    assert_eq!(first, Position::new(300));

    let third = world.grown.anchor(30);
    let mut reader = world.grown.ledger.journal.read(third).unwrap();
    let frame = reader.next_frame().unwrap().unwrap();
    for record in frame.frame().records() {
        tree.observe(&record, Hash::leaf(record.envelope_bytes));
    }
    assert_eq!(at(&tree, 20, 9_600), None);
    assert_eq!(at(&tree, 20, 9_601), Some(third));
    assert_eq!(at(&tree, 3, 9_600), Some(second));
    assert_eq!(at(&tree, 30, 9_601), None);
}

#[test]
fn a_ledger_without_anchors_is_looked_through_once() {
    let world = World::of(5_000);
    let tree = world.tree();
    for _attempt in 0..2 {
        let found = tree.anchor_over(Position::FIRST, Size::new(5_000));
        assert_eq!(found.unwrap(), None);
    }
}
