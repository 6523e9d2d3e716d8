//! From the files of a directory to a journal that may be written.
//!
//! Opening has two steps. [`Unrecovered::open`] reads and changes nothing: it finds where the ledger ends, or
//! refuses. [`Unrecovered::recover`] clears what a crash left behind the end, makes it durable, and gives the
//! journal. Between the two the caller can hold the ledger against what it knows from elsewhere, such as the
//! last checkpoint that was signed: [`Unrecovered::require`].
//!
//! Only the newest segment is read, so opening takes as long for a country as for a village.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use sabt_chain::segment::SegmentHeader;
use sabt_chain::{Chain, LedgerState, Origin, Position, Size};

use crate::backend::Head;
use crate::erasure::{Intent, complete, read_intent};
use crate::error::{Damage, OpenError, Operation, StorageError};
use crate::index::SparseIndex;
use crate::journal::{FileJournal, Options, Published, Writer, lock_directory};
use crate::layout::{FileName, INTENT_TEMPORARY_NAME, segment_name};
use crate::segment::{SegmentFailure, open_segment};
use crate::storage::{Storage, StorageFile};
use crate::tail::{ScanError, Tail, TailDamage, WINDOW_BYTES, Window, scan};
use crate::wide;

/// What opening had to put right. All zero after a clean stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovery {
    /// Bytes cleared behind the end: a frame that was being written when the machine stopped, and that was
    /// therefore never receipted.
    pub torn_bytes: u64,
    /// Payloads of an erasure that had begun and was completed.
    pub erased_payloads: usize,
}

/// A ledger that was read and not changed yet. Dropping it leaves everything as it was.
pub struct Unrecovered {
    storage: Arc<dyn Storage>,
    chain: Chain,
    options: Options,
    segments: Vec<Position>,
    file: Arc<dyn StorageFile>,
    header: SegmentHeader,
    tail: Tail,
    intent: Option<Intent>,
    has_temporary_intent: bool,
}

impl Unrecovered {
    /// Locks the directory, finds the ledger in it and reads its newest segment.
    ///
    /// # Errors
    /// [`OpenError`]. Nothing was changed.
    pub fn open(directory: &Path, origin: &Origin, options: &Options) -> Result<Self, OpenError> {
        Self::open_on(lock_directory(directory)?, origin, options)
    }

    /// [`Unrecovered::open`] on any disk.
    pub fn open_on(
        storage: Arc<dyn Storage>,
        origin: &Origin,
        options: &Options,
    ) -> Result<Self, OpenError> {
        options.check()?;
        let names = storage.list();
        let names = names.map_err(|source| StorageError::directory(Operation::List, source))?;
        let segments = segments(&names)?;
        let newest = *segments.last().ok_or(OpenError::NoLedger)?;
        let intent = read_intent(&*storage, &names)?;
        let has_temporary_intent = names.iter().any(|name| name == INTENT_TEMPORARY_NAME);

        let chain = Chain::new(origin);
        let (file, header) = open_segment(&*storage, origin, newest)?;
        let erasing = intent.as_ref().map(|intent| intent.positions_in(newest));
        let tail = scan_medium(&*file, &header, &chain, &erasing.unwrap_or_default())?;
        Ok(Self {
            storage,
            chain,
            options: *options,
            segments,
            file,
            header,
            tail,
            intent,
            has_temporary_intent,
        })
    }

    /// Where the ledger ends.
    pub fn head(&self) -> Head {
        Head::of(self.tail.reach.state())
    }

    /// The ledger as far as it is sound.
    pub const fn state(&self) -> &LedgerState {
        self.tail.reach.state()
    }

    /// How many bytes of a torn frame stand behind the end; recovery clears them.
    pub fn torn_bytes(&self) -> u64 {
        self.tail.torn.as_ref().map_or(0, |torn| wide(torn.len()))
    }

    /// Insists that the ledger holds at least `size` records, because that many were signed or receipted.
    ///
    /// # Errors
    /// [`OpenError::Short`]; what looks like a torn frame then is lost records, and nothing was cleared.
    pub fn require(self, size: Size) -> Result<Self, OpenError> {
        let found = self.head().size;
        if found < size {
            return Err(OpenError::Short {
                size: found,
                required: size,
            });
        }
        Ok(self)
    }

    /// Clears the torn rest, completes an erasure that had begun, makes all of it durable, and gives the journal.
    /// A crash on the way leaves a ledger that is recovered the same way.
    ///
    /// # Errors
    /// What the disk said, or [`OpenError::Damaged`] for a list of an erasure that names impossible places.
    pub fn recover(self) -> Result<FileJournal, OpenError> {
        let newest = self.header.first_position();
        let name = segment_name(newest);
        let failed = |operation| {
            let name = &name;
            move |source| StorageError::new(operation, name, source)
        };
        if let Some(torn) = &self.tail.torn {
            tracing::warn!(segment = %name, offset = torn.start, bytes = torn.len(), "clearing a torn frame");
            let zeros = vec![0_u8; torn.len()];
            let cleared = self.file.write_all_at(&zeros, wide(torn.start));
            cleared.map_err(failed(Operation::Write))?;
        }
        // Frames that a process wrote and did not live to sync are taken over, so they are synced now. The same
        // goes for the name of a segment that was put in place last.
        self.file.sync_data().map_err(failed(Operation::Sync))?;
        if self.has_temporary_intent {
            let removed = self.storage.remove(INTENT_TEMPORARY_NAME);
            removed.map_err(|source| {
                StorageError::new(Operation::Remove, INTENT_TEMPORARY_NAME, source)
            })?;
        }
        let synced = self.storage.sync();
        synced.map_err(|source| StorageError::directory(Operation::Sync, source))?;
        if let Some(intent) = &self.intent {
            tracing::warn!(payloads = intent.len(), "completing an erasure");
            complete(&*self.storage, intent)?;
        }
        let recovery = Recovery {
            torn_bytes: self.torn_bytes(),
            erased_payloads: self.intent.as_ref().map_or(0, Intent::len),
        };
        self.into_journal(recovery)
    }

    fn into_journal(self, recovery: Recovery) -> Result<FileJournal, OpenError> {
        let Tail { reach, frames, .. } = self.tail;
        let newest_frame = frames.last().map(|(first, _)| *first);
        let mut index = SparseIndex::default();
        for (first, offset) in frames {
            index.note(first, wide(offset));
        }
        let mut segments: BTreeMap<_, _> = self
            .segments
            .into_iter()
            .map(|first| (first, Arc::default()))
            .collect();
        segments.insert(self.header.first_position(), Arc::new(Mutex::new(index)));
        let writer = Writer {
            newest_epoch: reach.epoch(),
            opened: false,
            file: self.file,
            segment_bytes: self.header.segment_bytes,
            newest_frame: newest_frame.unwrap_or(reach.state().next_position()),
            latch: None,
        };
        let published = Published {
            state: reach.state().clone(),
            end: wide(reach.end),
            segment_bytes: self.header.segment_bytes,
            segments,
            erasures: 0,
        };
        FileJournal::assemble(
            self.storage,
            self.chain,
            published,
            writer,
            recovery,
            &self.options,
        )
    }
}

impl std::fmt::Debug for Unrecovered {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Unrecovered")
            .field("head", &self.head())
            .field("torn_bytes", &self.torn_bytes())
            .finish_non_exhaustive()
    }
}

impl From<SegmentFailure> for OpenError {
    fn from(failure: SegmentFailure) -> Self {
        match failure {
            SegmentFailure::Storage(error) => error.into(),
            SegmentFailure::Damage(damage) => damage.into(),
        }
    }
}

/// The first positions of all segments, in order.
fn segments(names: &[String]) -> Result<Vec<Position>, OpenError> {
    let mut segments = Vec::new();
    for name in names {
        match FileName::parse(name) {
            FileName::Segment(first) => segments.push(first),
            FileName::Stray => return Err(OpenError::StrayFile { name: name.clone() }),
            FileName::Other => {}
        }
    }
    segments.sort_unstable();
    Ok(segments)
}

/// What the newest segment holds as it stands on the medium: pages in memory may be of a process whose sync failed.
fn scan_medium(
    file: &dyn StorageFile,
    header: &SegmentHeader,
    chain: &Chain,
    erasing: &BTreeSet<Position>,
) -> Result<Tail, OpenError> {
    let name = segment_name(header.first_position());
    let failed = |source| StorageError::new(Operation::Read, &name, source);
    file.drop_cache().map_err(failed)?;
    let segment_bytes = usize::try_from(header.segment_bytes).unwrap_or(usize::MAX);
    let window = Window::new(segment_bytes, WINDOW_BYTES, |buffer: &mut [u8], offset| {
        file.read_exact_at(buffer, offset)
    });
    scan(window, header, chain, erasing).map_err(|error| match error {
        ScanError::Read(source) => failed(source).into(),
        ScanError::Damage(TailDamage {
            offset,
            position,
            fault,
        }) => OpenError::from(Damage {
            file: name.clone(),
            offset: wide(offset),
            position,
            fault,
        }),
    })
}
