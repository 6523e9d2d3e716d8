//! What the engine needs done in time, off the way of every write.
//!
//! The engine flushes a table when a write finds it too large: every such write then sends a message to the engine's workers,
//! and while these compact, the messages fill a queue of a thousand from which a worker may in the end wait for itself. So a
//! thread of its own has tables flushed before they are that large.
//!
//! Before the engine flushes a table it syncs its journal, and nothing can be written meanwhile. What had gathered in the page
//! cache by then is some tens of megabytes, and every act waits until an ordinary disk has taken them. The same thread
//! therefore syncs the journal after every [`BYTES`], holding nothing that a writer needs, so that the engine finds little
//! left to do.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

use fjall::Keyspace;

use super::pace::Pace;
use super::{Batch, Table};

/// Bytes that are written before it is looked what there is to do: a few milliseconds of an ordinary disk.
const BYTES: usize = 1024 * 1024;

/// Bytes that a table holds in memory when it is flushed. The engine compacts once after each flush; as small as this it is
/// not left behind by five levels of tables.
const TABLE_BYTES: usize = 8 * 1024 * 1024;

/// What the engine reckons for an entry beside its key and value.
const ENTRY_BYTES: usize = 64;

/// How the names of the engine's journals end.
const ENDING: &str = "jnl";

/// The thread. It ends when this is dropped.
pub(super) struct Upkeep {
    written: Arc<Written>,
    pace: Arc<Pace>,
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Bytes that were written and are not seen to.
struct Written {
    all: AtomicUsize,
    tables: [AtomicUsize; Table::COUNT],
}

impl Upkeep {
    /// For an open database in a directory, whose merges have this pace.
    pub(super) fn start(
        directory: &Path,
        tables: [Keyspace; Table::COUNT],
        pace: Arc<Pace>,
    ) -> io::Result<Self> {
        let (wake, woken) = sync_channel(1);
        let written = Arc::new(Written {
            all: AtomicUsize::new(0),
            // Nobody knows how much the journal has brought back, so every table is flushed at the first occasion.
            tables: std::array::from_fn(|_table| AtomicUsize::new(TABLE_BYTES)),
        });
        let seen = Arc::clone(&written);
        let merges = Arc::clone(&pace);
        let directory = directory.to_owned();
        let thread = thread::Builder::new()
            .name("views-upkeep".to_owned())
            .spawn(move || {
                for () in woken {
                    for (table, written) in tables.iter().zip(&seen.tables) {
                        if TABLE_BYTES <= written.load(Ordering::Relaxed) {
                            written.store(0, Ordering::Relaxed);
                            merges.asked();
                            flush(table);
                        }
                    }
                    if let Err(error) = sync_journals(&directory) {
                        // The engine syncs them itself, and says what is wrong. A file may also have gone meanwhile.
                        tracing::debug!(%error, "a journal of the views was not handed to the disk early");
                    }
                }
            })?;
        Ok(Self {
            written,
            pace,
            wake: Some(wake),
            thread: Some(thread),
        })
    }

    /// Takes note of a load, which leaves files to be merged.
    pub(super) fn loaded(&self) {
        self.pace.asked();
    }

    /// Takes note of what was written.
    pub(super) fn wrote(&self, batch: &Batch) {
        for (table, written) in Table::ALL.into_iter().zip(&self.written.tables) {
            let changes = batch.changes(table);
            let bytes: usize = changes
                .map(|(key, value)| key.len() + value.map_or(0, <[u8]>::len) + ENTRY_BYTES)
                .sum();
            written.fetch_add(bytes, Ordering::Relaxed);
        }
        let bytes = batch.bytes();
        if self.written.all.fetch_add(bytes, Ordering::Relaxed) + bytes < BYTES {
            return;
        }
        self.written.all.store(0, Ordering::Relaxed);
        let woken = self.wake.as_ref().map(|wake| wake.try_send(()));
        if matches!(woken, Some(Err(TrySendError::Disconnected(())))) {
            tracing::debug!("nobody looks after the tables of the views any more");
        }
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        self.pace.closing();
        drop(self.wake.take());
        // A panic of the thread was reported where it happened; dropping must not panic again.
        drop(self.thread.take().map(JoinHandle::join));
    }
}

/// Has what a table holds in memory written to its files, by the engine's worker.
fn flush(table: &Keyspace) {
    if let Err(error) = table.rotate_memtable() {
        // The engine does not go on after an error that matters, and whoever writes next is told.
        tracing::debug!(%error, "a table of the views was not flushed ahead");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "nothing is promised by it: the engine syncs its files itself"
)]
fn sync_journals(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new(ENDING)) {
            File::open(path)?.sync_data()?;
        }
    }
    Ok(())
}
