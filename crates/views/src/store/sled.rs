//! The selectable engine: sled 0.34, through multi-tree transactions only.
//!
//! Against the default it loads 3 times slower, writes through a process-wide lock that makes readers wait for
//! whole batches, and keeps about 0.9 GB in memory at a million events. `Tree::apply_batch` is not used: it is atomic
//! over one tree only, and was measured at 14 GB. After a kill the last half second of batches may be missing and
//! is folded again.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{RwLock, RwLockReadGuard};
use std::thread;
use std::time::Duration;

use sled::transaction::{ConflictableTransactionError, TransactionError, TransactionalTree};
use sled::{Db, Transactional, Tree};

use super::memory::Ascending;
use super::rewrite::{self, Beside};
use super::{Batch, Entry, Snapshot, Store, StoreError, Table};

const ENGINE: &str = "sled";

/// Bytes of the page cache, unless the configuration says otherwise.
const CACHE_BYTES_DEFAULT: u64 = 256 * 1024 * 1024;

/// Entries a transaction of a bulk load holds: about 1 MiB at a usual entry of 400 bytes, and at most 512 MiB.
const BULK_TRANSACTION_ENTRIES: usize = 4_096;

/// How often a store that is locked is tried again: the engine lets go of its lock a moment after it is dropped, when its
/// own threads have ended.
const LOCKED_ATTEMPTS_MAX: u32 = 100;

/// Wait before each further attempt: 100 x 20 ms, two seconds in all.
const LOCKED_PAUSE: Duration = Duration::from_millis(20);

/// How to open a [`SledStore`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SledOptions {
    /// Bytes of the page cache.
    pub cache_bytes: u64,
}

impl Default for SledOptions {
    fn default() -> Self {
        Self {
            cache_bytes: CACHE_BYTES_DEFAULT,
        }
    }
}

/// Views in a sled database.
pub struct SledStore {
    dir: PathBuf,
    options: SledOptions,
    // sled has no snapshots: readers hold the gate shared for as long as a snapshot lives, a batch alone. `None` only where
    // another database was to take the place of this one, and that failed.
    gate: RwLock<Option<Opened>>,
    failed: AtomicBool,
}

/// An open database.
struct Opened {
    database: Db,
    tables: [Tree; Table::COUNT],
}

impl SledStore {
    /// Opens the store in a directory, creating both if they do not exist.
    ///
    /// # Errors
    /// [`StoreError::Open`] where another process holds it or its files are damaged.
    pub fn open(dir: &Path, options: SledOptions) -> Result<Self, StoreError> {
        Beside::of(dir)
            .settle()
            .map_err(|source| StoreError::Open {
                engine: ENGINE,
                source: source.into(),
            })?;
        Ok(Self {
            dir: dir.to_owned(),
            options,
            gate: RwLock::new(Some(Opened::open(dir, options)?)),
            failed: AtomicBool::new(false),
        })
    }

    fn write<R>(
        &self,
        opened: Option<&Opened>,
        write: impl FnOnce(&Opened) -> Result<R, sled::Error>,
    ) -> Result<R, StoreError> {
        let Some(opened) = opened.filter(|_| !self.has_failed()) else {
            return Err(StoreError::Latched { engine: ENGINE });
        };
        write(opened).map_err(|source| self.fail(source))
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

    fn transact(&self, batch: &Batch) -> Result<(), StoreError> {
        let Ok(alone) = self.gate.write() else {
            return Err(StoreError::Poisoned { engine: ENGINE });
        };
        self.write(alone.as_ref(), |store| {
            let changes = |trees: &Vec<TransactionalTree>| {
                for table in Table::ALL {
                    let tree = &trees[table.index()];
                    for (key, value) in batch.changes(table) {
                        match value {
                            Some(value) => tree.insert(key, value)?,
                            None => tree.remove(key)?,
                        };
                    }
                }
                Ok::<(), ConflictableTransactionError<Infallible>>(())
            };
            match store.tables[..].transaction(changes) {
                Ok(()) => Ok(()),
                Err(TransactionError::Storage(error)) => Err(error),
                Err(TransactionError::Abort(never)) => match never {},
            }
        })
    }
}

impl Opened {
    fn open(dir: &Path, options: SledOptions) -> Result<Self, StoreError> {
        let open = || -> Result<Self, sled::Error> {
            let config = sled::Config::new()
                .path(dir)
                .cache_capacity(options.cache_bytes)
                .mode(sled::Mode::HighThroughput);
            let mut attempts = 0;
            let database = loop {
                match config.open() {
                    Err(error) if is_locked(&error) && attempts < LOCKED_ATTEMPTS_MAX => {
                        attempts += 1;
                        thread::park_timeout(LOCKED_PAUSE);
                    }
                    opened => break opened?,
                }
            };
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
                database.open_tree(meta.name())?,
                database.open_tree(history.name())?,
                database.open_tree(names.name())?,
                database.open_tree(documents.name())?,
                database.open_tree(acts.name())?,
                database.open_tree(governance.name())?,
                database.open_tree(answers.name())?,
                database.open_tree(looked.name())?,
                database.open_tree(disputed.name())?,
                database.open_tree(claims.name())?,
                database.open_tree(claimants.name())?,
                database.open_tree(asylum_looked.name())?,
                database.open_tree(corrections.name())?,
                database.open_tree(notices.name())?,
                database.open_tree(rosters.name())?,
                database.open_tree(officers.name())?,
                database.open_tree(drawn.name())?,
                database.open_tree(justified.name())?,
                database.open_tree(biometrics.name())?,
                database.open_tree(clocks.name())?,
                database.open_tree(sites.name())?,
                database.open_tree(work.name())?,
            ];
            Ok(Self { database, tables })
        };
        open().map_err(|source| StoreError::Open {
            engine: ENGINE,
            source: source.into(),
        })
    }
}

impl Store for SledStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, StoreError> {
        match self.gate.read() {
            Ok(shared) => {
                let tables = shared.as_ref().map(|opened| opened.tables.clone());
                let tables = tables.ok_or(StoreError::Latched { engine: ENGINE })?;
                Ok(Box::new(SledSnapshot {
                    tables,
                    _shared: shared,
                }))
            }
            Err(_poisoned) => Err(StoreError::Poisoned { engine: ENGINE }),
        }
    }

    fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        self.transact(&batch)
    }

    fn bulk_load(
        &self,
        table: Table,
        entries: &mut dyn Iterator<Item = Entry>,
    ) -> Result<u64, StoreError> {
        let mut order = Ascending::new(table);
        loop {
            let mut batch = Batch::new();
            for entry in (&mut *entries).take(BULK_TRANSACTION_ENTRIES) {
                order.admit(&entry.key)?;
                batch.put(table, entry.key, entry.value);
            }
            if batch.is_empty() {
                return Ok(order.entries);
            }
            self.transact(&batch)?;
        }
    }

    fn persist(&self) -> Result<(), StoreError> {
        let Ok(shared) = self.gate.read() else {
            return Err(StoreError::Poisoned { engine: ENGINE });
        };
        self.write(shared.as_ref(), |store| {
            store.database.flush().map(|_bytes| ())
        })
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
        let Ok(mut open) = self.gate.write() else {
            return Err(StoreError::Poisoned { engine: ENGINE });
        };
        // Closed before its directory is renamed. Should anything fail from here on, nothing is read or written any more.
        drop(open.take());
        beside.replace().map_err(|source| self.fail(source))?;
        let opened = Opened::open(&self.dir, self.options);
        *open = Some(opened.map_err(|source| self.fail(source))?);
        Ok(())
    }
}

struct SledSnapshot<'a> {
    tables: [Tree; Table::COUNT],
    _shared: RwLockReadGuard<'a, Option<Opened>>,
}

impl Snapshot for SledSnapshot<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.tables[table.index()]
            .get(key)
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
        for item in self.tables[table.index()].range(start..).take(limit) {
            let (key, value) = item.map_err(|source| read_error(table, source))?;
            if !key.starts_with(prefix) {
                break;
            }
            entries.push(Entry {
                key: key.to_vec(),
                value: value.to_vec(),
            });
        }
        Ok(entries)
    }
}

/// The engine tells of a lock in words alone.
fn is_locked(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(source) if source.to_string().contains("could not acquire lock"))
}

fn read_error(table: Table, source: sled::Error) -> StoreError {
    StoreError::Read {
        engine: ENGINE,
        table,
        source: source.into(),
    }
}
