//! Handing the engine's journal to the disk a little at a time.
//!
//! Before the engine flushes a memtable it syncs its journal, and nothing can be written meanwhile. What had gathered in the
//! page cache by then is some tens of megabytes, and every act waits until an ordinary disk has taken them. A thread of its
//! own therefore syncs the same files after every [`BYTES`], holding nothing that a writer needs, so that the engine finds
//! little left to do.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

/// Bytes that are written before they are handed over: a few milliseconds of an ordinary disk.
const BYTES: usize = 1024 * 1024;

/// How the names of the engine's journals end.
const ENDING: &str = "jnl";

/// The thread. It ends when this is dropped.
pub(super) struct WriteBack {
    written: AtomicUsize,
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl WriteBack {
    /// For the journals in a directory.
    pub(super) fn start(directory: &Path) -> io::Result<Self> {
        let (wake, woken) = sync_channel(1);
        let directory = directory.to_owned();
        let thread = thread::Builder::new()
            .name("views-writeback".to_owned())
            .spawn(move || {
                for () in woken {
                    if let Err(error) = sync_journals(&directory) {
                        // The engine syncs them itself, and says what is wrong. A file may also have gone meanwhile.
                        tracing::debug!(%error, "a journal of the views was not handed to the disk early");
                    }
                }
            })?;
        Ok(Self {
            written: AtomicUsize::new(0),
            wake: Some(wake),
            thread: Some(thread),
        })
    }

    /// Takes note of what was written.
    pub(super) fn wrote(&self, bytes: usize) {
        if self.written.fetch_add(bytes, Ordering::Relaxed) + bytes < BYTES {
            return;
        }
        self.written.store(0, Ordering::Relaxed);
        let woken = self.wake.as_ref().map(|wake| wake.try_send(()));
        if matches!(woken, Some(Err(TrySendError::Disconnected(())))) {
            tracing::debug!("nobody hands the journals of the views to the disk early any more");
        }
    }
}

impl Drop for WriteBack {
    fn drop(&mut self) {
        drop(self.wake.take());
        // A panic of the thread was reported where it happened; dropping must not panic again.
        drop(self.thread.take().map(JoinHandle::join));
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
