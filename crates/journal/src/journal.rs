//! The ledger in a directory of this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, RwLock};
use std::time::Duration;
use std::{fmt, io};

use sabt_chain::frame::{Frame, FrameError};
use sabt_chain::segment::{SEGMENT_BYTES_UNIT, SEGMENT_HEADER_BYTES, SegmentHeader};
use sabt_chain::verify::LedgerVerifier;
use sabt_chain::{Chain, Epoch, LedgerState, Origin, Position, Size};

use crate::backend::{Backend, Head, Owner, PayloadRef, Reader};
use crate::durable::{Directory, create_directory};
use crate::error::{
    AppendError, Cause, EraseError, FrameFault, OpenEpochError, OpenError, Operation, ReadError,
    StorageError,
};
use crate::index::SparseIndex;
use crate::layout::{FileName, SPARE_NAME, segment_name};
use crate::recovery::{Recovery, Unrecovered};
use crate::scrub::Scrub;
use crate::spare::{Spare, SpareMaker, SparePreparation};
use crate::storage::{Storage, StorageFile};
use crate::sync::lock;
use crate::walk::Walker;
use crate::wide;

/// Length of a segment by default: 64 MiB, four frames of the greatest length. Recovery reads one of them; a
/// country of 20 million fills 7,500.
pub const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

/// Length of the reserve by default: 4 MiB, room for the list of an erasure (112 KiB), a few checkpoints
/// (4 KiB each) and what the file system itself needs to write them.
pub const RESERVE_BYTES: u64 = 4 * 1024 * 1024;

/// How a journal uses its disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Length of new segments in bytes, a multiple of 4,096 and at least 8,192. Segments that are there keep
    /// theirs. A frame that does not fit a segment is refused.
    pub segment_bytes: u64,
    /// Space given up when the disk is full, in bytes; 0 for none.
    pub reserve_bytes: u64,
    /// Who makes the next segment.
    pub spares: SparePreparation,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: SEGMENT_BYTES,
            reserve_bytes: RESERVE_BYTES,
            spares: SparePreparation::Ahead,
        }
    }
}

impl Options {
    pub(crate) fn check(&self) -> Result<(), OpenError> {
        let whole_units = self.segment_bytes.is_multiple_of(SEGMENT_BYTES_UNIT);
        if whole_units && SEGMENT_BYTES_UNIT < self.segment_bytes {
            Ok(())
        } else {
            Err(OpenError::SegmentBytes {
                segment_bytes: self.segment_bytes,
            })
        }
    }
}

/// A ledger in a directory, held by this process alone. The one writer and any number of readers share it.
pub struct FileJournal {
    shared: Arc<Shared>,
    writer: Mutex<Writer>,
    spares: SpareMaker,
    recovery: Recovery,
}

/// What readers see.
pub(crate) struct Shared {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) chain: Chain,
    pub(crate) published: Mutex<Published>,
    grown: Condvar,
    /// Held for reading while bytes are taken from a segment, for writing while payloads are overwritten, so
    /// that no reader sees half a payload.
    pub(crate) overwriting: RwLock<()>,
}

/// The durable prefix. Only the writer changes it, after the sync.
pub(crate) struct Published {
    pub(crate) state: LedgerState,
    /// Where the frames of the newest segment end, in bytes.
    pub(crate) end: u64,
    /// Length of the newest segment, in bytes.
    pub(crate) segment_bytes: u64,
    /// Every segment by its first position, with what is known of its inside.
    pub(crate) segments: BTreeMap<Position, Arc<Mutex<SparseIndex>>>,
    /// How many times payloads were overwritten, so that readers drop what they hold in memory.
    pub(crate) erasures: u64,
}

/// The writer's side: the newest segment, and whether it may be written.
pub(crate) struct Writer {
    /// The newest epoch that the ledger has seen.
    pub(crate) newest_epoch: Epoch,
    /// Whether that epoch was opened here, so that somebody may append under it.
    pub(crate) opened: bool,
    pub(crate) file: Arc<dyn StorageFile>,
    pub(crate) segment_bytes: u64,
    /// First record of the newest frame; the size of the ledger when the newest segment is empty.
    pub(crate) newest_frame: Position,
    /// The first I/O error, after which nothing is written.
    pub(crate) latch: Option<Cause>,
}

impl FileJournal {
    /// Makes an empty ledger in `directory`, which is made where it is missing; its parent must exist.
    ///
    /// # Errors
    /// [`OpenError::AlreadyExists`] when there is a ledger, [`OpenError::Busy`], [`OpenError::Full`], or what
    /// the disk said. A crash on the way leaves a directory that this function accepts again.
    pub fn create(directory: &Path, origin: &Origin, options: &Options) -> Result<Self, OpenError> {
        let made = create_directory(directory);
        made.map_err(|source| StorageError::directory(Operation::Open, source))?;
        Self::create_on(lock_directory(directory)?, origin, options)
    }

    /// Opens the ledger in `directory` and recovers it: [`Unrecovered::open`], then [`Unrecovered::recover`].
    ///
    /// # Errors
    /// [`OpenError`]; a torn frame is none, but anything else that is wrong with the newest segment is.
    pub fn open(directory: &Path, origin: &Origin, options: &Options) -> Result<Self, OpenError> {
        Unrecovered::open(directory, origin, options)?.recover()
    }

    /// [`FileJournal::create`] on any disk.
    pub fn create_on(
        storage: Arc<dyn Storage>,
        origin: &Origin,
        options: &Options,
    ) -> Result<Self, OpenError> {
        options.check()?;
        let names = storage.list();
        let names = names.map_err(|source| StorageError::directory(Operation::List, source))?;
        if names
            .iter()
            .any(|name| FileName::parse(name) != FileName::Other)
        {
            return Err(OpenError::AlreadyExists);
        }
        let header = SegmentHeader {
            origin: origin.clone(),
            epoch: Epoch::ZERO,
            start: LedgerState::genesis(&Chain::new(origin)),
            segment_bytes: options.segment_bytes,
        };
        let maker = SpareMaker::start(
            Arc::clone(&storage),
            options.segment_bytes,
            options.reserve_bytes,
            SparePreparation::OnDemand,
        )?;
        match maker.take() {
            Spare::Ready(spare) => put_in_place(&*storage, &*spare, &header)?,
            Spare::Full => {
                let segment_bytes = options.segment_bytes;
                return Err(OpenError::Full { segment_bytes });
            }
            Spare::Failed(error) => return Err(error.into()),
        }
        Unrecovered::open_on(storage, origin, options)?.recover()
    }

    /// [`FileJournal::open`] on any disk.
    pub fn open_on(
        storage: Arc<dyn Storage>,
        origin: &Origin,
        options: &Options,
    ) -> Result<Self, OpenError> {
        Unrecovered::open_on(storage, origin, options)?.recover()
    }

    /// The chain of the ledger.
    pub fn chain(&self) -> &Chain {
        &self.shared.chain
    }

    /// Begins to read every stored record again, beside the writer, to find damage before it is needed.
    pub fn scrub(&self) -> Scrub {
        Scrub::new(Arc::clone(&self.shared))
    }

    /// What opening had to put right.
    pub const fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// A journal whose disk is in order.
    pub(crate) fn assemble(
        storage: Arc<dyn Storage>,
        chain: Chain,
        published: Published,
        writer: Writer,
        recovery: Recovery,
        options: &Options,
    ) -> Result<Self, OpenError> {
        let spares = SpareMaker::start(
            Arc::clone(&storage),
            options.segment_bytes,
            options.reserve_bytes,
            options.spares,
        )?;
        Ok(Self {
            shared: Arc::new(Shared {
                storage,
                chain,
                published: Mutex::new(published),
                grown: Condvar::new(),
                overwriting: RwLock::new(()),
            }),
            writer: Mutex::new(writer),
            spares,
            recovery,
        })
    }

    #[cfg(test)]
    pub(crate) fn shared_for_tests(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Appends a frame of records that are carried over from a ledger that this one succeeds. The payloads at `erased`,
    /// exactly those of the frame, were erased there: they stand as zeros from the first, beside envelopes that state
    /// the length and the digest which they had. Nothing is known of them but what the envelope says, so this is for a
    /// succession alone; whoever acts on records appends with [`Backend::append`], which refuses zeros.
    ///
    /// A frame with zeros in it, if it were the newest, would look like a torn one when the ledger is opened. The
    /// records that say what was erased must therefore follow in a later frame.
    ///
    /// # Errors
    /// As [`Backend::append`]; [`FrameError::Digest`] where a payload is zeros and not in `erased`, or is in it and not
    /// zeros.
    pub fn append_carried(
        &self,
        epoch: Epoch,
        expected: &Head,
        frame: &[u8],
        erased: &BTreeSet<Position>,
    ) -> Result<Head, AppendError> {
        self.append_frame(epoch, expected, frame, erased)
    }

    /// Each step, and what a crash there leaves:
    ///
    /// 1. Everything is checked against the head: nothing is written yet.
    /// 2. A new segment is begun where the frame does not fit: see `rotate`.
    /// 3. The frame is written: any part of it may be there, and recovery keeps it whole or cuts it.
    /// 4. It is synced: from here on it is there after every crash.
    /// 5. Readers see it, and the caller may receipt it.
    fn append_frame(
        &self,
        epoch: Epoch,
        expected: &Head,
        frame: &[u8],
        erased: &BTreeSet<Position>,
    ) -> Result<Head, AppendError> {
        let mut writer = lock(&self.writer);
        self.check_latch(&mut writer)
            .map_err(|source| AppendError::Latched { source })?;
        let newest = writer.newest_epoch;
        if !writer.is_open(epoch) {
            return Err(AppendError::Fenced { epoch, newest });
        }
        let state = lock(&self.shared.published).state.clone();
        if Head::of(&state) != *expected {
            return Err(AppendError::Conflict(Head::of(&state)));
        }
        let next = check_frame(&self.shared.chain, &state, epoch, frame, erased)?;

        let offset = self.make_room(&mut writer, &state, wide(frame.len()))?;

        let written = write_durably(&*writer.file, frame, offset);
        written.map_err(|error| writer.unknown(error))?;

        let head = Head::of(&next);
        writer.newest_frame = state.next_position();
        let mut published = lock(&self.shared.published);
        if let Some(mut segment) = published.segments.last_entry() {
            lock(segment.get_mut()).note(state.next_position(), offset);
        }
        published.end = offset.saturating_add(wide(frame.len()));
        published.state = next;
        drop(published);
        self.shared.grown.notify_all();
        Ok(head)
    }

    /// Refuses when an earlier I/O error latched, in this thread or in the one that makes spares.
    fn check_latch(&self, writer: &mut Writer) -> Result<(), Cause> {
        if writer.latch.is_none() {
            writer.latch = self.spares.failure().map(|error| -> Cause { error });
        }
        writer.latch.clone().map_or(Ok(()), Err)
    }

    /// Where a frame of this length goes: behind the newest frame, or at the start of a new segment.
    fn make_room(
        &self,
        writer: &mut Writer,
        state: &LedgerState,
        frame_bytes: u64,
    ) -> Result<u64, AppendError> {
        let start = wide(SEGMENT_HEADER_BYTES);
        let end = lock(&self.shared.published).end;
        if end.saturating_add(frame_bytes) <= writer.segment_bytes {
            return Ok(end);
        }
        let is_empty = end == start;
        let segment_bytes = if is_empty {
            writer.segment_bytes
        } else {
            self.spares.segment_bytes()
        };
        let room_bytes = segment_bytes.saturating_sub(start);
        if room_bytes < frame_bytes {
            return Err(FrameFault::TooLarge {
                frame_bytes,
                room_bytes,
            }
            .into());
        }
        self.rotate(writer, state)?;
        Ok(start)
    }

    /// Makes the spare the newest segment. A crash here is harmless at every step:
    ///
    /// 1. The header is written and synced while the file is still the spare: a spare is never looked at.
    /// 2. The rename and the sync of the directory: after a crash the newest segment is either the full one or
    ///    an empty one that continues it.
    fn rotate(&self, writer: &mut Writer, state: &LedgerState) -> Result<(), AppendError> {
        let segment_bytes = self.spares.segment_bytes();
        let spare = match self.spares.take() {
            Spare::Ready(spare) => spare,
            Spare::Full => return Err(AppendError::Full { segment_bytes }),
            Spare::Failed(source) => {
                writer.latch = Some(source.clone());
                return Err(AppendError::Latched { source });
            }
        };
        let header = SegmentHeader {
            origin: self.shared.chain.origin().clone(),
            epoch: writer.newest_epoch,
            start: state.clone(),
            segment_bytes,
        };
        let placed = put_in_place(&*self.shared.storage, &*spare, &header);
        placed.map_err(|error| writer.unknown(error))?;
        self.spares.request();
        writer.file = spare;
        writer.segment_bytes = segment_bytes;
        let mut published = lock(&self.shared.published);
        published.end = wide(SEGMENT_HEADER_BYTES);
        published.segment_bytes = segment_bytes;
        published
            .segments
            .insert(header.first_position(), Arc::default());
        Ok(())
    }
}

impl Backend for FileJournal {
    fn open_epoch(&self, owner: &Owner) -> Result<(Epoch, Head), OpenEpochError> {
        let mut writer = lock(&self.writer);
        self.check_latch(&mut writer)
            .map_err(|source| OpenEpochError::Latched { source })?;
        let newest = writer.newest_epoch;
        let epoch = newest.next().ok_or(OpenEpochError::Exhausted { newest })?;
        // Nothing is written: this process holds the directory alone, so earlier epochs are either its own,
        // fenced here, or of processes that are gone. Their frames carry smaller numbers.
        writer.newest_epoch = epoch;
        writer.opened = true;
        let head = Head::of(&lock(&self.shared.published).state);
        tracing::info!(
            epoch = epoch.get(),
            owner = owner.as_str(),
            size = head.size.get(),
            "epoch opened"
        );
        Ok((epoch, head))
    }

    fn append(&self, epoch: Epoch, expected: &Head, frame: &[u8]) -> Result<Head, AppendError> {
        self.append_frame(epoch, expected, frame, &BTreeSet::new())
    }

    fn head(&self) -> Result<Head, ReadError> {
        Ok(Head::of(&lock(&self.shared.published).state))
    }

    fn state(&self) -> Result<LedgerState, ReadError> {
        Ok(lock(&self.shared.published).state.clone())
    }

    fn read(&self, from: Position) -> Result<Reader, ReadError> {
        Ok(Box::new(Walker::new(Arc::clone(&self.shared), from)?))
    }

    fn wait_beyond(&self, size: Size, timeout: Duration) -> Result<Head, ReadError> {
        let published = lock(&self.shared.published);
        let waited = self
            .shared
            .grown
            .wait_timeout_while(published, timeout, |published| {
                published.state.size() <= size
            });
        let (published, _) = waited.expect("a thread panicked while it held the journal's state");
        Ok(Head::of(&published.state))
    }

    fn erase(&self, epoch: Epoch, payloads: &[PayloadRef]) -> Result<usize, EraseError> {
        let mut writer = lock(&self.writer);
        self.check_latch(&mut writer)
            .map_err(|source| EraseError::Latched { source })?;
        let newest = writer.newest_epoch;
        if !writer.is_open(epoch) {
            return Err(EraseError::Fenced { epoch, newest });
        }
        crate::erasure::erase(&self.shared, &mut writer, payloads)
    }
}

impl fmt::Debug for FileJournal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FileJournal")
            .field("origin", self.shared.chain.origin())
            .field("recovery", &self.recovery)
            .finish_non_exhaustive()
    }
}

impl Writer {
    fn is_open(&self, epoch: Epoch) -> bool {
        self.opened && epoch == self.newest_epoch
    }

    /// Latches at the first failure of a write.
    pub(crate) fn fail(&mut self, error: StorageError) -> Cause {
        tracing::error!(error = %error, cause = %error.source, "the journal stops at an I/O error");
        let cause: Cause = Arc::new(error);
        self.latch = Some(Arc::clone(&cause));
        cause
    }

    fn unknown(&mut self, error: StorageError) -> AppendError {
        AppendError::Unknown {
            source: self.fail(error),
        }
    }
}

/// Locks a directory for this process and gives it as a disk, for [`FileJournal::open_on`] and its like.
///
/// # Errors
/// [`OpenError::Busy`] if another process holds it, [`OpenError::NoLedger`] or what the disk said.
pub fn lock_directory(directory: &Path) -> Result<Arc<dyn Storage>, OpenError> {
    match Directory::open(directory) {
        Ok(storage) => Ok(Arc::new(storage)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(OpenError::Busy),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(OpenError::NoLedger),
        Err(error) => Err(StorageError::directory(Operation::Lock, error).into()),
    }
}

/// Everything that recovery would check of this frame, so that nothing is written that could not be read back.
fn check_frame(
    chain: &Chain,
    state: &LedgerState,
    epoch: Epoch,
    bytes: &[u8],
    erased: &BTreeSet<Position>,
) -> Result<LedgerState, FrameFault> {
    let frame = Frame::parse(bytes)?;
    let (frame_bytes, given_bytes) = (frame.bytes().len(), bytes.len());
    if frame_bytes != given_bytes {
        return Err(FrameFault::Trailing {
            frame_bytes,
            given_bytes,
        });
    }
    let found = frame.header().epoch();
    if found != epoch {
        return Err(FrameFault::Epoch {
            expected: epoch,
            found,
        });
    }
    let mut verifier = LedgerVerifier::resume(chain.clone(), state.clone(), epoch);
    // A payload of zeros is an erased one, and nothing is erased before it was written, here or in the ledger that
    // this one succeeds.
    let zeros: BTreeSet<Position> = verifier.check_frame(&frame)?.into_iter().collect();
    if let Some(position) = zeros.symmetric_difference(erased).next() {
        let position = *position;
        return Err(FrameError::Digest { position }.into());
    }
    Ok(verifier.into_state())
}

/// Gives a spare its header and its name, durably and in this order.
fn put_in_place(
    storage: &dyn Storage,
    spare: &dyn StorageFile,
    header: &SegmentHeader,
) -> Result<(), StorageError> {
    let failed = |operation| move |source| StorageError::new(operation, SPARE_NAME, source);
    spare
        .write_all_at(&header.encode(), 0)
        .map_err(failed(Operation::Write))?;
    spare.sync_data().map_err(failed(Operation::Sync))?;
    let name = segment_name(header.first_position());
    storage
        .rename(SPARE_NAME, &name)
        .map_err(failed(Operation::Rename))?;
    storage
        .sync()
        .map_err(|source| StorageError::directory(Operation::Sync, source))
}

fn write_durably(file: &dyn StorageFile, frame: &[u8], offset: u64) -> Result<(), StorageError> {
    let failed =
        |operation| move |source| StorageError::new(operation, "the newest segment", source);
    file.write_all_at(frame, offset)
        .map_err(failed(Operation::Write))?;
    file.sync_data().map_err(failed(Operation::Sync))
}
