use std::path::Path;

use super::conformance::{Factory, conformance};
use super::{Batch, FjallOptions, FjallStore, MemoryStore, Store, Table, digest};

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
    assert_eq!(batch.take_puts(Table::Acts), None);
    batch.put(Table::Acts, b"f", b"g");
    assert_eq!(batch.take_puts(Table::Acts).unwrap().len(), 2);
    assert!(batch.is_empty());
}
