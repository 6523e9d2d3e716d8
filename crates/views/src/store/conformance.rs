//! What every engine must do, run against each of them and against the reference model.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{
    Batch, Entry, MemoryStore, SCAN_PAGE_ENTRIES, Snapshot, Store, StoreError, Table, digest,
    visit_prefix,
};

/// An engine under test: opens, or opens again, its store in a directory.
pub(crate) trait Factory {
    /// The engine's store.
    type Store: Store;

    /// Whether the content outlives the value.
    const PERSISTENT: bool;

    /// Opens the store in `dir`.
    fn open(&self, dir: &Path) -> Self::Store;
}

/// Runs the whole suite.
pub(crate) fn conformance<F: Factory>(factory: &F) {
    empty_store_has_nothing(factory);
    later_word_in_a_batch_wins(factory);
    scans_keep_to_prefix_start_and_limit(factory);
    long_prefix_is_visited_page_by_page(factory);
    snapshot_does_not_move(factory);
    readers_see_whole_batches(factory);
    bulk_load_mixes_with_batches(factory);
    unsorted_bulk_load_is_refused(factory);
    agrees_with_the_model(factory);
    rewriting_changes_nothing(factory);
    if F::PERSISTENT {
        survives_reopening(factory);
        rewriting_forgets(factory);
        a_rewriting_that_was_killed_is_finished_or_taken_back(factory);
    }
}

fn with_store<F: Factory>(factory: &F, test: impl FnOnce(&F::Store)) {
    let dir = tempfile::tempdir().unwrap();
    test(&factory.open(dir.path()));
}

fn entry(key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Entry {
    Entry {
        key: key.into(),
        value: value.into(),
    }
}

fn get(store: &dyn Store, table: Table, key: &[u8]) -> Option<Vec<u8>> {
    store.snapshot().unwrap().get(table, key).unwrap()
}

fn empty_store_has_nothing<F: Factory>(factory: &F) {
    with_store(factory, |store| {
        let snapshot = store.snapshot().unwrap();
        for table in Table::ALL {
            assert_eq!(snapshot.get(table, b"k").unwrap(), None);
            assert_eq!(snapshot.scan_prefix(table, b"", b"", 10).unwrap(), []);
        }
        let model = MemoryStore::new();
        assert_eq!(
            digest(&*snapshot).unwrap(),
            digest(&*model.snapshot().unwrap()).unwrap()
        );
    });
}

fn later_word_in_a_batch_wins<F: Factory>(factory: &F) {
    with_store(factory, |store| {
        let mut batch = Batch::new();
        batch.put(Table::Acts, b"a", b"1");
        batch.put(Table::Acts, b"a", b"2");
        batch.put(Table::Acts, b"b", b"");
        batch.put(Table::Names, b"a", b"other table");
        batch.delete(Table::Names, b"absent");
        batch.put(Table::Looked, b"a", b"1");
        batch.delete(Table::Looked, b"a");
        store.apply(batch).unwrap();
        assert_eq!(
            get(store, Table::Acts, b"a").as_deref(),
            Some(b"2".as_slice())
        );
        assert_eq!(
            get(store, Table::Acts, b"b").as_deref(),
            Some(b"".as_slice())
        );
        assert_eq!(
            get(store, Table::Names, b"a").as_deref(),
            Some(b"other table".as_slice())
        );
        assert_eq!(get(store, Table::Looked, b"a"), None);
        store.apply(Batch::new()).unwrap();
    });
}

fn scans_keep_to_prefix_start_and_limit<F: Factory>(factory: &F) {
    with_store(factory, |store| {
        let mut batch = Batch::new();
        let keys: [&[u8]; 7] = [b"a", b"b", b"b0", b"b1", b"b\xff", b"c", b"\xff\xff"];
        for key in keys {
            batch.put(Table::History, key, key);
        }
        store.apply(batch).unwrap();
        let snapshot = store.snapshot().unwrap();
        let scan = |prefix: &[u8], from: &[u8], limit: usize| -> Vec<Vec<u8>> {
            let page = snapshot.scan_prefix(Table::History, prefix, from, limit);
            page.unwrap().into_iter().map(|entry| entry.key).collect()
        };
        let expect = |keys: &[&[u8]]| keys.iter().map(|key| key.to_vec()).collect::<Vec<_>>();
        assert_eq!(scan(b"b", b"", 9), expect(&[b"b", b"b0", b"b1", b"b\xff"]));
        assert_eq!(scan(b"b", b"b1", 9), expect(&[b"b1", b"b\xff"]));
        assert_eq!(scan(b"b", b"b0\0", 1), expect(&[b"b1"]));
        assert_eq!(scan(b"b", b"", 0), expect(&[]));
        assert_eq!(scan(b"b", b"a", 2), expect(&[b"b", b"b0"]));
        assert_eq!(scan(b"b", b"c", 9), expect(&[]));
        assert_eq!(scan(b"bb", b"", 9), expect(&[]));
        assert_eq!(scan(b"\xff", b"", 9), expect(&[b"\xff\xff"]));
        assert_eq!(scan(b"", b"", 99), expect(&keys));
    });
}

fn long_prefix_is_visited_page_by_page<F: Factory>(factory: &F) {
    with_store(factory, |store| {
        let entries = 2 * SCAN_PAGE_ENTRIES;
        let mut batch = Batch::new();
        for number in 0..u64::try_from(entries).unwrap() {
            let mut key = b"p".to_vec();
            key.extend_from_slice(&number.to_be_bytes());
            batch.put(Table::History, key, number.to_be_bytes());
        }
        batch.put(Table::History, b"q", b"");
        store.apply(batch).unwrap();
        let snapshot = store.snapshot().unwrap();
        let mut next = 0_u64;
        visit_prefix(&*snapshot, Table::History, b"p", |entry| {
            assert_eq!(entry.value, next.to_be_bytes());
            next += 1;
            Ok::<_, StoreError>(true)
        })
        .unwrap();
        assert_eq!(usize::try_from(next).unwrap(), entries);
        let mut seen = 0;
        visit_prefix(&*snapshot, Table::History, b"p", |_entry| {
            seen += 1;
            Ok::<_, StoreError>(seen < 3)
        })
        .unwrap();
        assert_eq!(seen, 3);
    });
}

fn snapshot_does_not_move<F: Factory>(factory: &F) {
    with_store(factory, |store| {
        let mut batch = Batch::new();
        batch.put(Table::Meta, b"position", b"1");
        store.apply(batch).unwrap();
        std::thread::scope(|scope| {
            let snapshot = store.snapshot().unwrap();
            let before = digest(&*snapshot).unwrap();
            // The writer may have to wait for the snapshot; either way the snapshot must not see its batch.
            let writer = scope.spawn(|| {
                let mut batch = Batch::new();
                batch.put(Table::Meta, b"position", b"2");
                batch.put(Table::Acts, b"new", b"2");
                store.apply(batch).unwrap();
            });
            for _ in 0..200 {
                assert_eq!(digest(&*snapshot).unwrap(), before);
            }
            drop(snapshot);
            writer.join().unwrap();
        });
        assert_eq!(
            get(store, Table::Meta, b"position").as_deref(),
            Some(b"2".as_slice())
        );
    });
}

fn readers_see_whole_batches<F: Factory>(factory: &F) {
    const BATCHES: u64 = 300;
    with_store(factory, |store| {
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for number in 1..=BATCHES {
                    let mut batch = Batch::new();
                    for table in Table::ALL {
                        batch.put(table, b"n", number.to_be_bytes());
                    }
                    store.apply(batch).unwrap();
                }
            });
            let mut last = None;
            while last != Some(BATCHES.to_be_bytes().to_vec()) {
                let snapshot = store.snapshot().unwrap();
                let first = snapshot.get(Table::Meta, b"n").unwrap();
                for table in Table::ALL {
                    assert_eq!(snapshot.get(table, b"n").unwrap(), first);
                }
                assert!(last <= first, "a reader went back in time");
                last = first;
            }
            writer.join().unwrap();
        });
    });
}

fn bulk_load_mixes_with_batches<F: Factory>(factory: &F) {
    with_store(factory, |store| {
        let model = MemoryStore::new();
        for store in [store as &dyn Store, &model] {
            let mut batch = Batch::new();
            batch.put(Table::Names, b"k1", b"old");
            batch.put(Table::Names, b"k3", b"kept");
            store.apply(batch).unwrap();
            let entries = [entry(b"k0", b"0"), entry(b"k1", b"1"), entry(b"k2", b"")];
            let loaded = store.bulk_load(Table::Names, &mut entries.clone().into_iter());
            assert_eq!(loaded.unwrap(), 3);
            // The same again is harmless.
            let loaded = store.bulk_load(Table::Names, &mut entries.into_iter());
            assert_eq!(loaded.unwrap(), 3);
            let mut batch = Batch::new();
            batch.delete(Table::Names, b"k2");
            batch.put(Table::Names, b"k1", b"newest");
            store.apply(batch).unwrap();
            assert_eq!(
                store
                    .bulk_load(Table::Looked, &mut std::iter::empty())
                    .unwrap(),
                0
            );
        }
        assert_eq!(
            get(store, Table::Names, b"k1").as_deref(),
            Some(b"newest".as_slice())
        );
        assert_eq!(get(store, Table::Names, b"k2"), None);
        assert_same(store, &model);
    });
}

fn unsorted_bulk_load_is_refused<F: Factory>(factory: &F) {
    for (first, second) in [(b"b", b"a"), (b"a", b"a")] {
        with_store(factory, |store| {
            let entries = [entry(first, b"1"), entry(second, b"2")];
            let error = store
                .bulk_load(Table::Acts, &mut entries.into_iter())
                .unwrap_err();
            assert!(matches!(
                error,
                StoreError::Unsorted {
                    table: Table::Acts,
                    entry: 1
                }
            ));
            // That was the caller's fault, not the store's.
            let mut batch = Batch::new();
            batch.put(Table::Acts, b"a", b"3");
            store.apply(batch).unwrap();
        });
    }
}

/// One change of a random batch; `None` deletes.
type Change = (Table, Vec<u8>, Option<Vec<u8>>);

fn batches() -> impl Strategy<Value = Vec<Vec<Change>>> {
    // Few short keys, so that batches collide.
    let key = prop::collection::vec(prop::sample::select(vec![0_u8, 1, 0x7f, 0xff]), 1..4);
    let value = prop::option::weighted(0.8, prop::collection::vec(any::<u8>(), 0..40));
    let table = prop::sample::select(Table::ALL.to_vec());
    prop::collection::vec(prop::collection::vec((table, key, value), 0..12), 1..24)
}

fn to_batch(changes: &[Change], number: usize) -> Batch {
    let mut batch = Batch::new();
    for (table, key, value) in changes {
        match value {
            Some(value) => batch.put(*table, key.clone(), value.clone()),
            None => batch.delete(*table, key.clone()),
        }
    }
    batch.put(Table::Meta, b"applied", number.to_be_bytes());
    batch
}

fn assert_same(store: &dyn Store, model: &dyn Store) {
    let (left, right) = (store.snapshot().unwrap(), model.snapshot().unwrap());
    assert_eq!(dump(&*left), dump(&*right));
    assert_eq!(digest(&*left).unwrap(), digest(&*right).unwrap());
}

/// Everything a snapshot holds.
pub(crate) fn dump(snapshot: &dyn Snapshot) -> BTreeMap<(Table, Vec<u8>), Vec<u8>> {
    let mut all = BTreeMap::new();
    for table in Table::ALL {
        visit_prefix(snapshot, table, b"", |entry| {
            all.insert((table, entry.key), entry.value);
            Ok::<_, StoreError>(true)
        })
        .unwrap();
    }
    all
}

fn run_property<S: Strategy>(cases: u32, strategy: &S, test: impl Fn(S::Value)) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(strategy, |value| {
            test(value);
            Ok(())
        })
        .unwrap();
}

fn agrees_with_the_model<F: Factory>(factory: &F) {
    // Opening a store on disk costs some ten syncs.
    let cases = if F::PERSISTENT { 6 } else { 64 };
    run_property(cases, &batches(), |batches| {
        with_store(factory, |store| {
            let model = MemoryStore::new();
            for (number, changes) in batches.iter().enumerate() {
                store.apply(to_batch(changes, number)).unwrap();
                model.apply(to_batch(changes, number)).unwrap();
                if number % 5 == 0 {
                    assert_same(store, &model);
                }
            }
            assert_same(store, &model);
        });
    });
}

fn rewriting_changes_nothing<F: Factory>(factory: &F) {
    run_property(3, &batches(), |batches| {
        let parent = tempfile::tempdir().unwrap();
        let store = factory.open(&parent.path().join("store"));
        let model = MemoryStore::new();
        for (number, changes) in batches.iter().enumerate() {
            store.apply(to_batch(changes, number)).unwrap();
            model.apply(to_batch(changes, number)).unwrap();
            if number % 3 == 0 {
                store.rewrite().unwrap();
                assert_same(&store, &model);
            }
        }
        assert_same(&store, &model);
    });
}

/// What was overwritten or deleted is in no file any more.
fn rewriting_forgets<F: Factory>(factory: &F) {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("store");
    let store = factory.open(&dir);
    let [deleted, overwritten, kept] =
        ["deleted and gone 1", "overwritten one 2", "what is kept 3"];
    for (key, value) in [("a", deleted), ("b", overwritten), ("c", kept)] {
        let mut batch = Batch::new();
        batch.put(Table::History, key, value);
        store.apply(batch).unwrap();
    }
    store.persist().unwrap();
    let mut batch = Batch::new();
    batch.delete(Table::History, "a");
    batch.put(Table::History, "b", "other");
    store.apply(batch).unwrap();
    store.persist().unwrap();
    assert!(stands_in(parent.path(), deleted), "the control finds it");
    assert!(
        stands_in(parent.path(), overwritten),
        "the control finds it"
    );
    store.rewrite().unwrap();
    assert!(!stands_in(parent.path(), deleted));
    assert!(!stands_in(parent.path(), overwritten));
    assert!(stands_in(parent.path(), kept));
    assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 1);
    // It goes on.
    let mut batch = Batch::new();
    batch.put(Table::History, "d", "more");
    store.apply(batch).unwrap();
    drop(store);
    let store = factory.open(&dir);
    let value = |key: &[u8]| get(&store, Table::History, key);
    assert_eq!(value(b"a"), None);
    assert_eq!(value(b"b").as_deref(), Some(b"other".as_slice()));
    assert_eq!(value(b"d").as_deref(), Some(b"more".as_slice()));
}

/// Every state of the directories that a kill can leave.
fn a_rewriting_that_was_killed_is_finished_or_taken_back<F: Factory>(factory: &F) {
    let put = |store: &F::Store, value: &str| {
        let mut batch = Batch::new();
        batch.put(Table::Acts, "a", value);
        store.apply(batch).unwrap();
        store.persist().unwrap();
    };
    // Which of store, fresh one and old one there are, and which content is to be found.
    for (places, expected) in [
        (["store", "store.fresh"], "first"),
        (["store.old", "store.fresh"], "second"),
        (["store.old", "store"], "second"),
    ] {
        let parent = tempfile::tempdir().unwrap();
        for (place, value) in places.into_iter().zip(["first", "second"]) {
            put(&factory.open(&parent.path().join(place)), value);
        }
        let store = factory.open(&parent.path().join("store"));
        let found = get(&store, Table::Acts, b"a");
        assert_eq!(found.as_deref(), Some(expected.as_bytes()), "{places:?}");
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 1);
    }
}

/// Whether a text stands in any file under a directory.
fn stands_in(dir: &Path, text: &str) -> bool {
    std::fs::read_dir(dir).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return stands_in(&path, text);
        }
        let bytes = std::fs::read(path).unwrap();
        bytes
            .windows(text.len())
            .any(|found| found == text.as_bytes())
    })
}

fn survives_reopening<F: Factory>(factory: &F) {
    run_property(3, &batches(), |batches| {
        let dir = tempfile::tempdir().unwrap();
        let model = MemoryStore::new();
        for (round, chunk) in batches.chunks(5).enumerate() {
            let store = factory.open(dir.path());
            assert_same(&store, &model);
            for (number, changes) in chunk.iter().enumerate() {
                store.apply(to_batch(changes, number)).unwrap();
                model.apply(to_batch(changes, number)).unwrap();
            }
            let key = u64::try_from(round).unwrap().to_be_bytes();
            for store in [&store as &dyn Store, &model] {
                let loaded =
                    store.bulk_load(Table::Governance, &mut [entry(key, b"g")].into_iter());
                assert_eq!(loaded.unwrap(), 1);
            }
            store.persist().unwrap();
        }
        assert_same(&factory.open(dir.path()), &model);
    });
}
