//! Space is taken ahead of need: the next segment stands ready, full of zeros really written and synced,
//! before the current one is full.
//!
//! So an append never needs new blocks and never changes a length, which makes it one write and one sync
//! of data alone; and a full disk shows here, where nothing of the ledger is half written, as
//! [`Spare::Full`]. Segments are never deleted, hence never recycled: the only file that is used again is
//! a spare that a crash left behind.
//!
//! Beside the spare stands a reserve. When no spare can be made, the disk is full, and the reserve is given
//! up so that the small files that must still be written (checkpoints, the list of an erasure) find room. When
//! space returns, both are made again before anything is appended to a new segment.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::error::{Operation, StorageError};
use crate::layout::{RESERVE_NAME, SPARE_NAME};
use crate::storage::{Storage, StorageFile, is_full};
use crate::sync::{lock, wait_while};
use crate::wide;

/// Zeros are written and synced in pieces of this size, so that the sync of an append that runs at the same time waits
/// behind one of them alone: at 200 MB/s 5 ms.
const ZEROS_BYTES: usize = 1 << 20;
/// After each piece the disk is left to appends for so long, unless one waits for the segment: a segment of 64 MiB then
/// takes some two seconds, in which appends fill a few megabytes, and four fifths of the disk are theirs.
const PAUSE: Duration = Duration::from_millis(25);

/// Whether the next segment is made by a thread of its own or by the append that needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SparePreparation {
    /// By a helper thread, ahead of need. For every ledger that runs.
    Ahead,
    /// By the append that needs it. For tools and tests that want each step in one thread.
    OnDemand,
}

/// The answer to asking for the spare.
pub(crate) enum Spare {
    /// It is there, under [`SPARE_NAME`], zero from end to end and durable.
    Ready(Arc<dyn StorageFile>),
    /// The disk has no room for it.
    Full,
    /// Making it failed for another reason.
    Failed(Arc<StorageError>),
}

/// Makes spares, and the reserve.
pub(crate) struct SpareMaker {
    shared: Arc<Shared>,
    helper: Option<JoinHandle<()>>,
}

struct Shared {
    storage: Arc<dyn Storage>,
    segment_bytes: u64,
    reserve_bytes: u64,
    slot: Mutex<Slot>,
    changed: Condvar,
    /// Set before the slot says so, so that a helper in the middle of a segment stops at the next piece.
    stopping: AtomicBool,
    /// True while nobody waits for the segment, so that it may be made at leisure.
    at_leisure: AtomicBool,
}

enum Slot {
    /// Nobody needs one: the last was taken and is not in its place yet.
    Taken,
    Wanted,
    Ready(Arc<dyn StorageFile>),
    Full,
    Failed(Arc<StorageError>),
    Stopped,
}

impl SpareMaker {
    /// A maker that starts at once when it prepares ahead.
    pub(crate) fn start(
        storage: Arc<dyn Storage>,
        segment_bytes: u64,
        reserve_bytes: u64,
        preparation: SparePreparation,
    ) -> Result<Self, StorageError> {
        let shared = Arc::new(Shared {
            storage,
            segment_bytes,
            reserve_bytes,
            slot: Mutex::new(Slot::Wanted),
            changed: Condvar::new(),
            stopping: AtomicBool::new(false),
            at_leisure: AtomicBool::new(matches!(preparation, SparePreparation::Ahead)),
        });
        let helper = match preparation {
            SparePreparation::OnDemand => None,
            SparePreparation::Ahead => {
                let shared = Arc::clone(&shared);
                let builder = thread::Builder::new().name("sabt-spare".to_owned());
                let spawned = builder.spawn(move || shared.run());
                Some(spawned.map_err(|source| StorageError::directory(Operation::Thread, source))?)
            }
        };
        Ok(Self { shared, helper })
    }

    /// The size of the segments made here, in bytes.
    pub(crate) fn segment_bytes(&self) -> u64 {
        self.shared.segment_bytes
    }

    /// Takes the spare, waiting for it where it is being made. When the disk was full, it is tried once more:
    /// space may have returned. The caller renames it and then calls [`SpareMaker::request`].
    pub(crate) fn take(&self) -> Spare {
        let mut slot = lock(&self.shared.slot);
        if matches!(*slot, Slot::Full | Slot::Taken) {
            *slot = Slot::Wanted;
        }
        if self.helper.is_some() {
            self.shared.at_leisure.store(false, Ordering::Relaxed);
            self.shared.changed.notify_all();
            slot = wait_while(&self.shared.changed, slot, |slot| {
                matches!(slot, Slot::Wanted)
            });
            self.shared.at_leisure.store(true, Ordering::Relaxed);
        } else if matches!(*slot, Slot::Wanted) {
            *slot = self.shared.outcome();
        }
        match &*slot {
            Slot::Ready(file) => {
                let file = Arc::clone(file);
                *slot = Slot::Taken;
                Spare::Ready(file)
            }
            Slot::Failed(error) => Spare::Failed(Arc::clone(error)),
            Slot::Full | Slot::Taken | Slot::Wanted | Slot::Stopped => Spare::Full,
        }
    }

    /// Asks for the next spare, now that the last one has its final name.
    pub(crate) fn request(&self) {
        *lock(&self.shared.slot) = Slot::Wanted;
        self.shared.changed.notify_all();
    }

    /// Why no further spare will be made, if that is so.
    pub(crate) fn failure(&self) -> Option<Arc<StorageError>> {
        match &*lock(&self.shared.slot) {
            Slot::Failed(error) => Some(Arc::clone(error)),
            Slot::Taken | Slot::Wanted | Slot::Ready(_) | Slot::Full | Slot::Stopped => None,
        }
    }
}

impl Drop for SpareMaker {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        *lock(&self.shared.slot) = Slot::Stopped;
        self.shared.changed.notify_all();
        if let Some(helper) = self.helper.take() {
            // A panic of the helper was reported where it happened; dropping must not panic again.
            drop(helper.join());
        }
    }
}

/// A helper that panics says so, or an append would wait for it for ever.
struct Tended<'a>(&'a Shared);

impl Drop for Tended<'_> {
    fn drop(&mut self) {
        if thread::panicking()
            && let Ok(mut slot) = self.0.slot.lock()
        {
            let source = io::Error::other("the thread panicked");
            let error = StorageError::directory(Operation::Thread, source);
            *slot = Slot::Failed(Arc::new(error));
            self.0.changed.notify_all();
        }
    }
}

impl Shared {
    /// The helper thread: makes a spare whenever one is wanted.
    fn run(&self) {
        let _tended = Tended(self);
        let mut slot = lock(&self.slot);
        loop {
            slot = wait_while(&self.changed, slot, |slot| {
                !matches!(slot, Slot::Wanted | Slot::Stopped)
            });
            if matches!(*slot, Slot::Stopped) {
                return;
            }
            drop(slot);
            let outcome = self.outcome();
            slot = lock(&self.slot);
            if !self.store(&mut slot, outcome) {
                return;
            }
        }
    }

    /// Publishes an outcome unless the maker was stopped meanwhile.
    fn store(&self, slot: &mut MutexGuard<'_, Slot>, outcome: Slot) -> bool {
        if matches!(**slot, Slot::Stopped) {
            return false;
        }
        **slot = outcome;
        self.changed.notify_all();
        true
    }

    fn outcome(&self) -> Slot {
        match self.make() {
            Ok(file) => Slot::Ready(file),
            Err(error) if is_full(&error.source) => match self.give_up_reserve() {
                Ok(()) => {
                    tracing::warn!("the disk has no room for the next segment");
                    Slot::Full
                }
                Err(error) => Slot::Failed(Arc::new(error)),
            },
            Err(error) => Slot::Failed(Arc::new(error)),
        }
    }

    /// Makes the spare and the reserve durable. A crash at any step leaves files that the next start overwrites;
    /// none of them is part of the ledger.
    ///
    /// Blocks are claimed before anything is written, so that a full disk answers at once, however often it is asked.
    fn make(&self) -> Result<Arc<dyn StorageFile>, StorageError> {
        let spare = self.claim(SPARE_NAME, self.segment_bytes)?;
        if self.reserve_bytes != 0 {
            let reserve = self.claim(RESERVE_NAME, self.reserve_bytes)?;
            let length = reserve.len();
            let length = length
                .map_err(|source| StorageError::new(Operation::Open, RESERVE_NAME, source))?;
            // Nobody reads the reserve, only its blocks count.
            if length != self.reserve_bytes {
                self.fill(&*reserve, RESERVE_NAME, self.reserve_bytes)?;
            }
        }
        self.fill(&*spare, SPARE_NAME, self.segment_bytes)?;
        let synced = self.storage.sync();
        synced.map_err(|source| StorageError::directory(Operation::Sync, source))?;
        Ok(spare)
    }

    /// Opens a file, makes it where it is missing, and reserves its blocks.
    fn claim(&self, name: &str, bytes: u64) -> Result<Arc<dyn StorageFile>, StorageError> {
        let failed = |operation| move |source| StorageError::new(operation, name, source);
        let file = self
            .storage
            .open_or_create(name)
            .map_err(failed(Operation::Open))?;
        if bytes < file.len().map_err(failed(Operation::Open))? {
            file.set_len(bytes).map_err(failed(Operation::Resize))?;
        }
        file.allocate(bytes).map_err(failed(Operation::Allocate))?;
        Ok(file)
    }

    /// Writes zeros over the whole file, really and durably, whatever it held.
    fn fill(&self, file: &dyn StorageFile, name: &str, bytes: u64) -> Result<(), StorageError> {
        let failed = |operation| move |source| StorageError::new(operation, name, source);
        let zeros = vec![0_u8; ZEROS_BYTES.min(usize::try_from(bytes).unwrap_or(ZEROS_BYTES))];
        let mut offset = 0_u64;
        while offset < bytes && !self.stopping.load(Ordering::Relaxed) {
            let left = usize::try_from(bytes.saturating_sub(offset)).unwrap_or(usize::MAX);
            let piece = zeros.get(..left).unwrap_or(&zeros);
            file.write_all_at(piece, offset)
                .map_err(failed(Operation::Write))?;
            offset = offset.saturating_add(wide(piece.len()));
            file.sync_data().map_err(failed(Operation::Sync))?;
            self.pause();
        }
        Ok(())
    }

    /// Leaves the disk to others for a while, unless the segment is waited for.
    fn pause(&self) {
        let at_leisure = || self.at_leisure.load(Ordering::Relaxed);
        // Where no thread of its own makes it, whoever waits for it holds the slot.
        if !at_leisure() {
            return;
        }
        let waited = self
            .changed
            .wait_timeout_while(lock(&self.slot), PAUSE, |slot| {
                at_leisure() && !matches!(slot, Slot::Stopped)
            });
        drop(waited);
    }

    /// Frees the blocks of a half-made spare and of the reserve.
    fn give_up_reserve(&self) -> Result<(), StorageError> {
        let names = self.storage.list();
        let names = names.map_err(|source| StorageError::directory(Operation::List, source))?;
        for name in [SPARE_NAME, RESERVE_NAME] {
            if names.iter().any(|listed| listed == name) {
                let removed = self.storage.remove(name);
                removed.map_err(|source| StorageError::new(Operation::Remove, name, source))?;
            }
        }
        let synced = self.storage.sync();
        synced.map_err(|source| StorageError::directory(Operation::Sync, source))
    }
}
