use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::conformance::{Factory, conformance};
use super::{
    Batch, Engine, FjallOptions, FjallStore, MemoryStore, Overlaid, Snapshot as _, Store, Table,
    digest,
};

/// How long a flush is waited for, on a machine that does something else.
const FLUSH_WAIT: Duration = Duration::from_mins(1);

struct Memory;

impl Factory for Memory {
    type Store = MemoryStore;
    const PERSISTENT: bool = false;

    fn open(&self, _dir: &Path) -> MemoryStore {
        MemoryStore::new()
    }
}

struct Fjall;

impl Factory for Fjall {
    type Store = FjallStore;
    const PERSISTENT: bool = true;

    fn open(&self, dir: &Path) -> FjallStore {
        FjallStore::open(dir, FjallOptions::default()).unwrap()
    }
}

#[test]
fn memory_conforms() {
    conformance(&Memory);
}

#[test]
fn fjall_conforms() {
    conformance(&Fjall);
}

#[cfg(feature = "sled")]
#[test]
fn sled_conforms() {
    use super::{SledOptions, SledStore};

    struct Sled;

    impl Factory for Sled {
        type Store = SledStore;
        const PERSISTENT: bool = true;

        fn open(&self, dir: &Path) -> SledStore {
            SledStore::open(dir, SledOptions::default()).unwrap()
        }
    }

    conformance(&Sled);
}

#[test]
fn a_directory_has_one_owner() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Fjall.open(dir.path());
    assert!(FjallStore::open(dir.path(), FjallOptions::default()).is_err());
}

/// Files of tables that the engine has written.
fn files_of_tables(directory: &Path) -> usize {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.path() {
            path if path.is_dir() => files_of_tables(&path),
            path => usize::from(
                path.parent()
                    .is_some_and(|parent| parent.ends_with("tables")),
            ),
        })
        .sum()
}

/// Waits until there are more of them than before.
#[expect(
    clippy::disallowed_methods,
    reason = "the engine tells nobody what it has flushed"
)]
fn wait_for_a_flush(directory: &Path, before: usize) {
    let begun = Instant::now();
    while files_of_tables(directory) <= before {
        assert!(begun.elapsed() < FLUSH_WAIT, "nothing was flushed");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the engine tells nobody what it has merged"
)]
fn what_is_merged_is_all_there() {
    let dir = tempfile::tempdir().unwrap();
    let store = Fjall.open(dir.path());
    let put = |numbers: &mut dyn Iterator<Item = u32>| {
        let mut batch = Batch::new();
        for number in numbers {
            batch.put(Table::Looked, number.to_be_bytes(), [0; 8]);
        }
        store.apply(batch).unwrap();
    };
    // Files that lie over one another, so that all but the first are merged and not only moved.
    let (rounds, of_a_round) = (6_u32, 2_000_u32);
    let empty = files_of_tables(dir.path());
    for round in 0..rounds {
        put(&mut (0..of_a_round).map(|number| number * rounds + round));
        store.flush();
    }
    let begun = Instant::now();
    while empty + rounds as usize <= files_of_tables(dir.path()) {
        assert!(begun.elapsed() < FLUSH_WAIT, "nothing was merged");
        // A file goes with the first flush after which no snapshot is older than the merge.
        put(&mut (0..1));
        store.flush();
        std::thread::sleep(Duration::from_millis(10));
    }
    let found = store
        .snapshot()
        .unwrap()
        .scan_prefix(Table::Looked, &[], &[], 20_000);
    let keys = found.unwrap().into_iter().map(|entry| entry.key);
    let all = 0..rounds * of_a_round;
    assert!(keys.eq(all.map(|number| number.to_be_bytes().to_vec())));
}

#[test]
fn tables_are_flushed_long_before_the_engine_would_do_it() {
    let dir = tempfile::tempdir().unwrap();
    let put = |store: &FjallStore, number: u64| {
        let mut batch = Batch::new();
        batch.put(Table::History, number.to_be_bytes(), [0; 1024]);
        store.apply(batch).unwrap();
    };
    let store = Fjall.open(dir.path());
    let empty = files_of_tables(dir.path());
    for number in 0..12_000 {
        put(&store, number);
    }
    wait_for_a_flush(dir.path(), empty);

    // What is left in memory is replayed when it opens again, and flushed as soon as something is written.
    put(&store, 12_000);
    drop(store);
    let closed = files_of_tables(dir.path());
    let store = Fjall.open(dir.path());
    for number in 12_000..14_000 {
        put(&store, number);
    }
    wait_for_a_flush(dir.path(), closed);
    let snapshot = store.snapshot().unwrap();
    let found = snapshot.scan_prefix(Table::History, &[], &[], 20_000);
    assert_eq!(found.unwrap().len(), 14_000);
}

#[test]
fn readers_see_whole_batches_while_tables_are_flushed() {
    const BATCHES: u64 = 2_000;
    let dir = tempfile::tempdir().unwrap();
    let store = Fjall.open(dir.path());
    let written = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1..=BATCHES {
                let mut batch = Batch::new();
                for table in Table::ALL {
                    batch.put(table, b"n", number.to_be_bytes());
                }
                store.apply(batch).unwrap();
            }
            written.store(true, Ordering::Release);
        });
        scope.spawn(|| {
            while !written.load(Ordering::Acquire) {
                store.flush();
            }
        });
        while !written.load(Ordering::Acquire) {
            let snapshot = store.snapshot().unwrap();
            let first = snapshot.get(Table::Meta, b"n").unwrap();
            for table in Table::ALL {
                assert_eq!(snapshot.get(table, b"n").unwrap(), first);
            }
        }
    });
}

/// Run by [`kill`] in a process of its own.
#[test]
#[ignore = "runs until it is killed"]
fn writes_until_killed() {
    let mut lines = std::io::stdin().lines();
    let engine: Engine = lines.next().unwrap().unwrap().parse().unwrap();
    let dir = lines.next().unwrap().unwrap();
    let store = engine.open(Path::new(&dir), None).unwrap();
    for number in 1_u64.. {
        let mut batch = Batch::new();
        for table in Table::ALL {
            batch.put(table, b"n", number.to_be_bytes());
            batch.put(table, number.to_be_bytes(), [0; 300]);
        }
        store.apply(batch).unwrap();
        println!("applied {number}");
    }
}

/// Lets a process write until it says that it has applied this many batches, kills it, and checks that the store holds
/// the first batches whole and nothing else. Returns how many it said and how many were found.
fn kill(engine: Engine, after: u64) -> (u64, u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture"])
        .arg("store::tests::writes_until_killed")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{}\n{}", engine.name(), dir.path().display()).unwrap();
    let mut applied = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        // The test harness of the child may begin the line.
        if let Some((_, number)) = line.unwrap().rsplit_once("applied ") {
            applied = number.parse::<u64>().unwrap();
        }
        if after <= applied {
            child.kill().unwrap();
            break;
        }
    }
    child.wait().unwrap();

    let store = engine.open(dir.path(), None).unwrap();
    let snapshot = store.snapshot().unwrap();
    let last = snapshot.get(Table::Meta, b"n").unwrap();
    let found = last
        .as_deref()
        .map_or(0, |last| u64::from_be_bytes(last.try_into().unwrap()));
    for table in Table::ALL {
        assert_eq!(snapshot.get(table, b"n").unwrap(), last);
        for number in 1..=found {
            let kept = snapshot.get(table, &number.to_be_bytes()).unwrap();
            assert!(kept.is_some(), "a batch before the last one is missing");
        }
        let next = (found + 1).to_be_bytes();
        assert_eq!(snapshot.get(table, &next).unwrap(), None);
    }
    (applied, found)
}

#[test]
fn a_killed_process_leaves_what_it_applied() {
    for after in [1, 40, 900] {
        let (applied, found) = kill(Engine::Fjall, after);
        assert!(applied <= found, "a batch that was applied is lost");
    }
}

#[cfg(feature = "sled")]
#[test]
fn a_killed_process_leaves_whole_batches_in_sled() {
    for after in [1, 40, 900] {
        kill(Engine::Sled, after);
    }
}

#[test]
fn digest_tells_tables_and_framing_apart() {
    let of = |puts: &[(Table, &[u8], &[u8])]| {
        let store = MemoryStore::new();
        let mut batch = Batch::new();
        for (table, key, value) in puts {
            batch.put(*table, *key, *value);
        }
        store.apply(batch).unwrap();
        digest(&*store.snapshot().unwrap()).unwrap()
    };
    let all = [
        of(&[]),
        of(&[(Table::Acts, b"k", b"v")]),
        of(&[(Table::Names, b"k", b"v")]),
        of(&[(Table::Acts, b"kv", b"")]),
        of(&[(Table::Acts, b"k", b"v"), (Table::Acts, b"l", b"")]),
    ];
    for (index, left) in all.iter().enumerate() {
        assert!(all[..index].iter().all(|right| right != left));
    }
}

#[test]
fn tables_stand_at_their_index() {
    for (index, table) in Table::ALL.into_iter().enumerate() {
        assert_eq!(table.index(), index);
    }
}

#[test]
fn batch_counts_what_it_holds() {
    let mut batch = Batch::new();
    assert!(batch.is_empty());
    batch.put(Table::Acts, b"ab", b"cde");
    batch.delete(Table::Acts, b"f");
    assert_eq!((batch.len(), batch.bytes()), (2, 6));
    assert_eq!(batch.puts(Table::Acts).count(), 1);
    batch.put(Table::Acts, b"f", b"g");
    assert_eq!(batch.puts(Table::Acts).count(), 2);
    assert_eq!(batch.pending_from(Table::Acts, b"", b"b").count(), 1);
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0_u8..3, 1..4)
}

proptest! {
    /// A page of what lies over a store is the page of that store with the batch applied.
    #[test]
    fn what_is_laid_over_a_store_reads_as_if_it_were_applied(
        under in prop::collection::btree_map(key(), any::<u8>(), 0..20),
        over in prop::collection::btree_map(key(), any::<Option<u8>>(), 0..20),
        prefix in prop::collection::vec(0_u8..3, 0..3),
        from in prop::collection::vec(0_u8..3, 0..4),
        limit in 1_usize..7,
    ) {
        let table = Table::Names;
        let store = MemoryStore::new();
        let mut batch = Batch::new();
        for (key, value) in under {
            batch.put(table, key, [value]);
        }
        store.apply(batch).unwrap();
        let mut batch = Batch::new();
        for (key, change) in over {
            match change {
                Some(value) => batch.put(table, key, [value]),
                None => batch.delete(table, key),
            }
        }
        let (page, values) = {
            let overlaid = Overlaid::new(&batch, store.snapshot().unwrap());
            let page = overlaid.scan_prefix(table, &prefix, &from, limit).unwrap();
            let values: Vec<_> = page.iter().map(|entry| overlaid.get(table, &entry.key).unwrap()).collect();
            (page, values)
        };
        store.apply(batch).unwrap();
        let applied = store.snapshot().unwrap();
        prop_assert_eq!(&page, &applied.scan_prefix(table, &prefix, &from, limit).unwrap());
        for (entry, value) in page.into_iter().zip(values) {
            prop_assert_eq!(value, Some(entry.value));
        }
    }
}

#[test]
fn engines_are_named() {
    for engine in Engine::ALL {
        assert_eq!(engine.name().parse(), Ok(*engine));
        let dir = tempfile::tempdir().unwrap();
        let store = engine.open(dir.path(), Some(8 * 1024 * 1024)).unwrap();
        assert!(store.snapshot().is_ok());
    }
    assert!("rocksdb".parse::<Engine>().is_err());
}
