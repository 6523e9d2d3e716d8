//! The default engine: fjall, a log-structured merge tree.
//!
//! Tuned as measured: a journal of 64 MiB bounds what is replayed when it opens after a kill (about a second), and
//! memtables of 16 MiB a table bound its memory. Every batch is handed to the operating system before
//! [`Store::apply`] returns, so a killed process loses nothing; after a power loss the views may stand behind the
//! ledger and fold again what is missing.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use fjall::config::CompressionPolicy;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable};

use super::memory::Ascending;
use super::{Batch, Entry, Snapshot, Store, StoreError, Table};

const ENGINE: &str = "fjall";

/// Bytes of all journals together; the least the engine admits.
const JOURNAL_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Bytes of the memtable of one table; eight tables hold at most 128 MiB, in practice a third of it.
const MEMTABLE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Bytes of the block cache, unless the configuration says otherwise.
const CACHE_BYTES_DEFAULT: u64 = 64 * 1024 * 1024;

/// How to open a [`FjallStore`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FjallOptions {
    /// Bytes of the block cache, shared by all tables.
    pub cache_bytes: u64,
}

impl Default for FjallOptions {
    fn default() -> Self {
        Self {
            cache_bytes: CACHE_BYTES_DEFAULT,
        }
    }
}

/// Views in a fjall database.
pub struct FjallStore {
    database: Database,
    tables: [Keyspace; Table::COUNT],
    failed: AtomicBool,
}

impl FjallStore {
    /// Opens the store in a directory, creating both if they do not exist. Takes up to about a second after a kill.
    ///
    /// # Errors
    /// [`StoreError::Open`] where another process holds it or its files are damaged.
    pub fn open(dir: &Path, options: FjallOptions) -> Result<Self, StoreError> {
        let open = || -> Result<Self, fjall::Error> {
            let database = Database::builder(dir)
                .max_journaling_size(JOURNAL_BYTES_MAX)
                .cache_size(options.cache_bytes)
                .open()?;
            let keyspace = |table: Table| database.keyspace(table.name(), || table_options(table));
            let [
                meta,
                history,
                names,
                documents,
                acts,
                governance,
                answers,
                looked,
                disputed,
            ] = Table::ALL;
            let tables = [
                keyspace(meta)?,
                keyspace(history)?,
                keyspace(names)?,
                keyspace(documents)?,
                keyspace(acts)?,
                keyspace(governance)?,
                keyspace(answers)?,
                keyspace(looked)?,
                keyspace(disputed)?,
            ];
            Ok(Self {
                database,
                tables,
                failed: AtomicBool::new(false),
            })
        };
        open().map_err(|source| StoreError::Open {
            engine: ENGINE,
            source: source.into(),
        })
    }

    fn keyspace(&self, table: Table) -> &Keyspace {
        &self.tables[table.index()]
    }

    fn write<R>(
        &self,
        write: impl FnOnce(&Self) -> Result<R, fjall::Error>,
    ) -> Result<R, StoreError> {
        if self.failed.load(Ordering::Acquire) {
            return Err(StoreError::Latched { engine: ENGINE });
        }
        write(self).map_err(|source| {
            self.failed.store(true, Ordering::Release);
            StoreError::Write {
                engine: ENGINE,
                source: source.into(),
            }
        })
    }
}

impl Store for FjallStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, StoreError> {
        Ok(Box::new(FjallSnapshot {
            store: self,
            snapshot: self.database.snapshot(),
        }))
    }

    fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        self.write(|store| {
            let mut writes = store.database.batch();
            for table in Table::ALL {
                let keyspace = store.keyspace(table);
                for (key, value) in batch.changes(table) {
                    match value {
                        Some(value) => writes.insert(keyspace, key, value),
                        None => writes.remove(keyspace, key),
                    }
                }
            }
            writes.commit()
        })
    }

    fn bulk_load(
        &self,
        table: Table,
        entries: &mut dyn Iterator<Item = Entry>,
    ) -> Result<u64, StoreError> {
        let mut order = Ascending::new(table);
        let mut unsorted = None;
        self.write(|store| {
            let mut load = store.keyspace(table).start_ingestion()?;
            for entry in entries {
                // The engine panics on an unsorted key, so it must not see one.
                if let Err(error) = order.admit(&entry.key) {
                    unsorted = Some(error);
                    break;
                }
                load.write(entry.key, entry.value)?;
            }
            load.finish()
        })?;
        unsorted.map_or(Ok(order.entries), Err)
    }

    fn persist(&self) -> Result<(), StoreError> {
        self.write(|store| store.database.persist(PersistMode::SyncAll))
    }
}

fn table_options(table: Table) -> KeyspaceCreateOptions {
    let options = KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES_MAX);
    if table.is_sealed() {
        options.data_block_compression_policy(CompressionPolicy::disabled())
    } else {
        options
    }
}

struct FjallSnapshot<'a> {
    store: &'a FjallStore,
    snapshot: fjall::Snapshot,
}

impl Snapshot for FjallSnapshot<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.snapshot
            .get(self.store.keyspace(table), key)
            .map(|value| value.map(|value| value.to_vec()))
            .map_err(|source| read_error(table, source))
    }

    fn scan_prefix(
        &self,
        table: Table,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let start = prefix.max(from);
        let mut entries = Vec::new();
        // A range that ends with the prefix, and not an open one, lets the engine skip files.
        let items = match end_of_prefix(prefix) {
            Some(end) if end.as_slice() <= start => return Ok(entries),
            Some(end) => self
                .snapshot
                .range(self.store.keyspace(table), start..end.as_slice()),
            None => self.snapshot.range(self.store.keyspace(table), start..),
        };
        for item in items.take(limit) {
            let (key, value) = item
                .into_inner()
                .map_err(|source| read_error(table, source))?;
            entries.push(Entry {
                key: key.to_vec(),
                value: value.to_vec(),
            });
        }
        Ok(entries)
    }
}

/// The smallest byte string above everything that starts with `prefix`, if there is one.
fn end_of_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let raised = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=raised].to_vec();
    end[raised] += 1;
    Some(end)
}

fn read_error(table: Table, source: fjall::Error) -> StoreError {
    StoreError::Read {
        engine: ENGINE,
        table,
        source: source.into(),
    }
}
