//! The default engine: fjall, a log-structured merge tree.
//!
//! Tuned as measured: a journal of 64 MiB bounds what is replayed when it opens after a kill (less than a second), and
//! tables are flushed after every 8 MiB, which bounds its memory. Every batch is handed to the operating system before
//! [`Store::apply`] returns, so a killed process loses nothing; after a power loss the views may stand behind the
//! ledger and fold again what is missing.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use fjall::compaction::Leveled;
use fjall::compaction::filter::Factory;
use fjall::config::CompressionPolicy;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable};

use super::memory::Ascending;
use super::pace::{Pace, Paced};
use super::rewrite::{self, Beside};
use super::upkeep::Upkeep;
use super::{Batch, Entry, Snapshot, Store, StoreError, Table};

const ENGINE: &str = "fjall";

/// Bytes of all journals together; the least the engine admits.
const JOURNAL_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Bytes of the memtable of one table, never reached: [`Upkeep`] has it flushed long before.
const MEMTABLE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Threads that flush and compact. With more than one, the engine keeps one of them for flushes, and while another compacts
/// that one sends what is left to compact back to the queue and takes it again, without end: a whole processor for nothing.
const WORKERS: usize = 1;

/// Bytes of a file of a table with sealed values. The level that merges begin with holds four of them, and the last file of a
/// merge is synced while nobody can read; files that are much smaller would be too many in a large registry.
const SEALED_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// Bytes of a file of any other table: their entries are small, and merging takes its time by the entry.
const INDEX_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// Files of tables that are kept open; more are opened when they are read.
const OPEN_FILES_MAX: usize = 512;

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
    dir: PathBuf,
    options: FjallOptions,
    // Whoever reads or writes holds it shared; whoever puts another database in its place, alone. `None` only where that
    // failed.
    open: RwLock<Option<Arc<Opened>>>,
    failed: AtomicBool,
}

/// An open database.
struct Opened {
    // Before the database, which waits for nobody who uses it when it is closed.
    upkeep: Upkeep,
    /// As the last batch left the tables. A flush or compaction that ends while a batch is written makes the engine show to new
    /// snapshots what of the batch is there, so whoever reads is given one that was taken when nothing was being written.
    whole: RwLock<fjall::Snapshot>,
    /// Held while something is written.
    writing: Mutex<()>,
    database: Database,
    tables: [Keyspace; Table::COUNT],
}

impl FjallStore {
    /// Opens the store in a directory, creating both if they do not exist. Takes up to about a second after a kill.
    ///
    /// # Errors
    /// [`StoreError::Open`] where another process holds it or its files are damaged.
    pub fn open(dir: &Path, options: FjallOptions) -> Result<Self, StoreError> {
        let failed = |source: std::io::Error| StoreError::Open {
            engine: ENGINE,
            source: source.into(),
        };
        Beside::of(dir).settle().map_err(failed)?;
        Ok(Self {
            dir: dir.to_owned(),
            options,
            open: RwLock::new(Some(Arc::new(Opened::open(dir, options)?))),
            failed: AtomicBool::new(false),
        })
    }

    fn write<R>(
        &self,
        write: impl FnOnce(&Opened) -> Result<R, fjall::Error>,
    ) -> Result<R, StoreError> {
        let open = self.opened()?;
        let Some(opened) = open.as_ref().filter(|_| !self.has_failed()) else {
            return Err(StoreError::Latched { engine: ENGINE });
        };
        write(opened).map_err(|source| self.fail(source))
    }

    /// Has every table flushed.
    #[cfg(test)]
    pub(super) fn flush(&self) {
        let open = self.opened().unwrap();
        for table in &open.as_ref().unwrap().tables {
            table.rotate_memtable_and_wait().unwrap();
        }
    }

    fn opened(&self) -> Result<RwLockReadGuard<'_, Option<Arc<Opened>>>, StoreError> {
        let open = self.open.read();
        open.map_err(|_poisoned| StoreError::Poisoned { engine: ENGINE })
    }

    fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    fn fail(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
        self.failed.store(true, Ordering::Release);
        StoreError::Write {
            engine: ENGINE,
            source: source.into(),
        }
    }
}

impl Opened {
    fn open(dir: &Path, options: FjallOptions) -> Result<Self, StoreError> {
        let open = || -> Result<Self, fjall::Error> {
            let pace = Arc::new(Pace::default());
            let database = database(dir, options, &pace)?;
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
                claims,
                claimants,
                asylum_looked,
                corrections,
                notices,
                rosters,
                officers,
                drawn,
                justified,
                biometrics,
                clocks,
                sites,
                work,
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
                keyspace(claims)?,
                keyspace(claimants)?,
                keyspace(asylum_looked)?,
                keyspace(corrections)?,
                keyspace(notices)?,
                keyspace(rosters)?,
                keyspace(officers)?,
                keyspace(drawn)?,
                keyspace(justified)?,
                keyspace(biometrics)?,
                keyspace(clocks)?,
                keyspace(sites)?,
                keyspace(work)?,
            ];
            let upkeep = Upkeep::start(dir, tables.clone(), pace)?;
            Ok(Self {
                upkeep,
                whole: RwLock::new(database.snapshot()),
                writing: Mutex::new(()),
                database,
                tables,
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

    /// Writes, and shows it to whoever reads from then on.
    fn write(&self, write: impl FnOnce() -> Result<(), fjall::Error>) -> Result<(), fjall::Error> {
        // Neither lock guards a state that a panic could leave half changed.
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        write()?;
        let whole = self.database.snapshot();
        *self.whole.write().unwrap_or_else(PoisonError::into_inner) = whole;
        Ok(())
    }

    /// The tables as the last batch left them.
    fn whole(&self) -> fjall::Snapshot {
        let whole = self.whole.read().unwrap_or_else(PoisonError::into_inner);
        whole.clone()
    }
}

impl Store for FjallStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, StoreError> {
        let open = self.opened()?;
        let Some(opened) = open.as_ref() else {
            return Err(StoreError::Latched { engine: ENGINE });
        };
        Ok(Box::new(FjallSnapshot {
            snapshot: opened.whole(),
            opened: Arc::clone(opened),
            _open: open,
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
            store.write(|| writes.commit())?;
            store.upkeep.wrote(&batch);
            Ok(())
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
            store.write(|| load.finish())?;
            store.upkeep.loaded();
            Ok(())
        })?;
        unsorted.map_or(Ok(order.entries), Err)
    }

    fn persist(&self) -> Result<(), StoreError> {
        self.write(|store| store.database.persist(PersistMode::SyncAll))
    }

    fn rewrite(&self) -> Result<(), StoreError> {
        if self.has_failed() {
            return Err(StoreError::Latched { engine: ENGINE });
        }
        let beside = Beside::of(&self.dir);
        beside.settle().map_err(|source| self.fail(source))?;
        {
            let fresh = Self::open(beside.fresh(), self.options)?;
            rewrite::copy(&*self.snapshot()?, &fresh)?;
        }
        let Ok(mut open) = self.open.write() else {
            return Err(StoreError::Poisoned { engine: ENGINE });
        };
        // Closed before its directory is renamed. Should anything fail from here on, nothing is read or written any more.
        drop(open.take());
        beside.replace().map_err(|source| self.fail(source))?;
        let opened = Opened::open(&self.dir, self.options);
        *open = Some(Arc::new(opened.map_err(|source| self.fail(source))?));
        Ok(())
    }
}

fn database(dir: &Path, options: FjallOptions, pace: &Arc<Pace>) -> Result<Database, fjall::Error> {
    let paced: Arc<dyn Factory> = Arc::new(Paced(Arc::clone(pace)));
    Database::builder(dir)
        .max_journaling_size(JOURNAL_BYTES_MAX)
        .cache_size(options.cache_bytes)
        .max_cached_files(Some(OPEN_FILES_MAX))
        .worker_threads(WORKERS)
        .with_compaction_filter_factories(Arc::new(move |_table| Some(Arc::clone(&paced))))
        .open()
}

/// How a table is kept; fixed when its directory is made.
fn table_options(table: Table) -> KeyspaceCreateOptions {
    let options = KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES_MAX);
    let files = |bytes: u64| Arc::new(Leveled::default().with_table_target_size(bytes));
    if table.is_sealed() {
        options
            .compaction_strategy(files(SEALED_FILE_BYTES))
            .data_block_compression_policy(CompressionPolicy::disabled())
    } else {
        options.compaction_strategy(files(INDEX_FILE_BYTES))
    }
}

struct FjallSnapshot<'a> {
    snapshot: fjall::Snapshot,
    opened: Arc<Opened>,
    // Let go of last: whoever holds the lock alone closes the database, and then nobody else may hold it open.
    _open: RwLockReadGuard<'a, Option<Arc<Opened>>>,
}

impl Snapshot for FjallSnapshot<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.snapshot
            .get(self.opened.keyspace(table), key)
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
                .range(self.opened.keyspace(table), start..end.as_slice()),
            None => self.snapshot.range(self.opened.keyspace(table), start..),
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
