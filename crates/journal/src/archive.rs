//! A ledger's directory that somebody else may be writing, and copies of it.
//!
//! Copying takes no lock on the source. What a caller asks to be copied must be durable there: records that a signed
//! checkpoint covers are, because checkpoints are signed over durable records alone. Every frame is checked before it
//! is copied, so damage never reaches a copy, and a segment that the copy holds already is never written again.
//!
//! # What a crash leaves in the copy
//!
//! 1. A new segment is filled under another name, synced, renamed: it is there whole or not at all.
//! 2. The newest segment of the copy is extended in place by whole frames: a torn one at its end is what opening a
//!    ledger knows how to cut, and the next copying writes it again.
//! 3. Payloads that were erased in the source are overwritten last, after the records that say so have been copied.

mod copying;

use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use sabt_chain::frame::{Frame, PayloadState, RecordView};
use sabt_chain::verify::LedgerVerifier;
use sabt_chain::{Chain, Hash, Kind, LedgerState, Origin, Position, Size};
use thiserror::Error;

use self::copying::Copying;
use crate::backend::{Head, StoredFrame};
use crate::check::{Checked, SegmentCheck};
use crate::digest::SegmentDigest;
use crate::durable::{Directory, ReadOnlyDirectory};
use crate::erasure::read_intent;
use crate::error::{Damage, DamageFault, FrameFault, Operation, StorageError};
use crate::layout::{FileName, segment_name};
use crate::segment::SegmentFailure;
use crate::storage::Storage;
use crate::wide;

/// Which of the two directories an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one that is read.
    Source,
    /// The one that is written.
    Copy,
}

impl std::fmt::Display for Side {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Source => "the source",
            Self::Copy => "the copy",
        })
    }
}

/// Why a ledger was not copied. What the copy held before stands.
#[derive(Debug, Error)]
pub enum CopyError {
    /// There is no ledger.
    #[error("there is no ledger in this directory")]
    NoLedger,
    /// Another process writes the copy.
    #[error("another process writes this copy")]
    Busy,
    /// Stored bytes are not what was written.
    #[error("{side}: {damage}")]
    Damaged {
        /// Where.
        side: Side,
        /// What.
        damage: Box<Damage>,
    },
    /// A directory cannot be read or written.
    #[error("{side}: {source}")]
    Storage {
        /// Which one.
        side: Side,
        /// What failed.
        #[source]
        source: Arc<StorageError>,
    },
    /// The ledger holds fewer records than it must.
    #[error("the ledger holds {size} records, {required} are wanted")]
    Short {
        /// How many there are.
        size: Size,
        /// How many there must be.
        required: Size,
    },
    /// No group commit ends where the copy should.
    #[error("no frame ends at {size} records")]
    Unaligned {
        /// Where it should end.
        size: Size,
    },
    /// The copy holds another history than the source.
    #[error(
        "{file} of the copy is not a copy of the source's; one of the two is damaged or of another history: nothing \
         was overwritten"
    )]
    Differs {
        /// The segment.
        file: String,
    },
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Where the copy ends.
    pub head: Head,
    /// Root of the tree over all of it.
    pub root: Hash,
    /// Its segments, in order.
    pub segments: Vec<CopiedSegment>,
    /// Bytes that were written.
    pub written_bytes: u64,
    /// Records that were read and whose payload is all zeros, or is being overwritten. Each must be named by an
    /// erasure record, which was read as well.
    pub zeroed: BTreeSet<Position>,
}

/// A segment of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopiedSegment {
    /// Its first record.
    pub first: Position,
    /// How many records the ledger holds with it.
    pub size_after: Size,
    /// Its digest, if another segment follows it in the source.
    pub digest: Option<SegmentDigest>,
}

/// A ledger's directory, to be read while another process may write it.
pub struct Archive {
    storage: Arc<dyn Storage>,
    chain: Chain,
    segments: Vec<Position>,
}

impl Archive {
    /// Looks at the ledger in `directory`. Nothing is locked, and nothing in it is ever changed.
    ///
    /// # Errors
    /// [`CopyError::NoLedger`], [`CopyError::Damaged`] for a file that is named almost like a segment, or what the
    /// disk said.
    pub fn open(directory: &Path, origin: &Origin) -> Result<Self, CopyError> {
        Self::open_on(Arc::new(ReadOnlyDirectory::new(directory)), origin)
    }

    /// [`Archive::open`] on any disk.
    pub(crate) fn open_on(storage: Arc<dyn Storage>, origin: &Origin) -> Result<Self, CopyError> {
        let segments = list_segments(&*storage, Side::Source)?;
        if segments.is_empty() {
            return Err(CopyError::NoLedger);
        }
        Ok(Self {
            storage,
            chain: Chain::new(origin),
            segments,
        })
    }

    /// How many records the ledger holds, in a directory that nobody writes: up to the last sound frame.
    ///
    /// # Errors
    /// [`CopyError::Short`] or [`CopyError::Damaged`] when that is before `at_least` records.
    pub fn extent(&self, at_least: Size) -> Result<Size, CopyError> {
        let newest = *self.segments.last().ok_or(CopyError::NoLedger)?;
        let mut check = self.check(newest, None)?;
        loop {
            match check.next_frame(check.segment_bytes(), None) {
                Ok(Some(_)) => {}
                Ok(None) => break,
                // What an interrupted copying leaves behind the records that are wanted does no harm.
                Err(_) if at_least <= check.size() => break,
                Err(damage) => return Err(source_damage(damage)),
            }
        }
        if check.size() < at_least {
            let (size, required) = (check.size(), at_least);
            return Err(CopyError::Short { size, required });
        }
        Ok(check.size())
    }

    /// Copies the first `up_to` records to `destination`, which may hold some of them already, and must exist. `each`
    /// is told every record that is read, in order: all from `since` on, and of those before it what stands in the
    /// segments that are read. What explains zeros in a payload stands behind it, so once a segment was read, every
    /// segment behind it is.
    ///
    /// Segments of the copy that are sealed, whose digest is that of the source and whose records all stand before
    /// `since` are not even read; nor are those of `held`, which the same caller has read and copied before, whether
    /// the source knows their digests or not.
    ///
    /// # Errors
    /// [`CopyError`]; what the copy held before stands.
    pub fn copy_to(
        &self,
        destination: &Path,
        since: Size,
        held: &[CopiedSegment],
        up_to: Size,
        each: &mut dyn FnMut(&RecordView<'_>),
    ) -> Result<Copied, CopyError> {
        let storage = open_copy(destination)?;
        let wanted = |first: &Position| {
            first.size_before() < up_to || (up_to == Size::EMPTY && *first == Position::FIRST)
        };
        let mut waiting: VecDeque<Position> =
            self.segments.iter().copied().filter(wanted).collect();
        let mut copying = Copying {
            source: self,
            present: list_segments(&storage, Side::Copy)?.into_iter().collect(),
            storage,
            since,
            held,
            has_read: false,
            before: None,
            zeroed: BTreeSet::new(),
            written_bytes: 0,
            each,
        };
        let mut segments = Vec::with_capacity(waiting.len());
        while let Some(first) = waiting.pop_front() {
            let sealed = self
                .segments
                .iter()
                .any(|next| first < *next && next.size_before() <= up_to);
            segments.push(if sealed {
                copying.sealed(first)?
            } else {
                copying.newest(first, up_to)?
            });
        }
        let Copying {
            before,
            zeroed,
            written_bytes,
            ..
        } = copying;
        let state = match before {
            Some(verifier) => verifier.into_state(),
            // The last segment was not read because the copy holds it: the next one states what stands before it.
            None => self.state_before(up_to)?,
        };
        if state.size() != up_to {
            return Err(CopyError::Unaligned { size: up_to });
        }
        Ok(Copied {
            head: Head::of(&state),
            root: state.root(),
            segments,
            written_bytes,
            zeroed,
        })
    }

    /// Tells every record from the segment on that holds `from`, in order, to `each`, until it breaks off.
    ///
    /// # Errors
    /// [`CopyError::Damaged`], except behind the last sound frame of the newest segment.
    pub fn for_each(
        &self,
        from: Position,
        each: &mut dyn FnMut(&RecordView<'_>) -> ControlFlow<()>,
    ) -> Result<(), CopyError> {
        let held = self.segments.partition_point(|first| *first <= from);
        let mut before = None;
        for (index, first) in self
            .segments
            .iter()
            .enumerate()
            .skip(held.saturating_sub(1))
        {
            let is_newest = index.saturating_add(1) == self.segments.len();
            let mut check = self.check(*first, before.take())?;
            loop {
                match check.next_frame(check.segment_bytes(), None) {
                    Ok(Some(frame)) => {
                        let mut flow = ControlFlow::Continue(());
                        frame.for_each(|record| {
                            if flow.is_continue() {
                                flow = each(record);
                            }
                        });
                        if flow.is_break() {
                            return Ok(());
                        }
                    }
                    Ok(None) => break,
                    Err(_) if is_newest => break,
                    Err(damage) => return Err(source_damage(damage)),
                }
            }
            before = Some(check.verifier().clone());
        }
        Ok(())
    }

    /// Every frame from the segment on that holds `from`, up to `until` records, which must be durable in the source.
    pub fn into_frames(self, from: Position, until: Size) -> ArchivedFrames {
        let held = self.segments.partition_point(|first| *first <= from);
        ArchivedFrames {
            next: held.saturating_sub(1),
            check: None,
            before: None,
            until,
            archive: self,
        }
    }

    fn check(
        &self,
        first: Position,
        before: Option<LedgerVerifier>,
    ) -> Result<SegmentCheck, CopyError> {
        let check = SegmentCheck::open(&*self.storage, &self.chain, first, before);
        check.map_err(|failure| failed(Side::Source, failure))
    }

    fn state_before(&self, size: Size) -> Result<LedgerState, CopyError> {
        let next = size.next_position();
        let check = self.check(next, None)?;
        Ok(check.header().start.clone())
    }

    /// Records whose erasure has begun and not ended.
    fn erasing(&self) -> BTreeSet<Position> {
        let names = self.storage.list().unwrap_or_default();
        match read_intent(&*self.storage, &names) {
            Ok(Some(intent)) => intent.positions(),
            // Without a list, or with one that went away while it was read, nothing is half done.
            Ok(None) | Err(_) => BTreeSet::new(),
        }
    }

    /// Looks again at payloads that are neither intact nor erased: an erasure may have been half done.
    fn settle(&self, check: &SegmentCheck, frame: &mut Checked) -> Result<(), CopyError> {
        if frame.altered.is_empty() {
            return Ok(());
        }
        // An erasure writes its list before it begins and removes it when it has ended. So what is half done is
        // either in the list now or is done when it is read again.
        SegmentCheck::accept_erasing(frame, &self.erasing());
        let begun: BTreeSet<Position> = frame.erased.iter().copied().collect();
        if frame.altered.is_empty() {
            return Ok(());
        }
        if let Err(error) = check.reread(frame) {
            let kind = error.kind();
            return Err(source_damage(
                check.damage(DamageFault::Unreadable { kind }),
            ));
        }
        SegmentCheck::accept_erasing(frame, &begun);
        match frame.altered.first() {
            None => Ok(()),
            Some(position) => {
                let position = *position;
                let fault = FrameFault::from(sabt_chain::frame::FrameError::Digest { position });
                Err(source_damage(check.damage_at(
                    position,
                    frame.offset,
                    fault.into(),
                )))
            }
        }
    }
}

/// Frames of a ledger that somebody else may be writing, in order, each checked as it is read.
///
/// # Errors
/// [`CopyError::Damaged`], [`CopyError::Short`] where there are fewer records than asked for, or what the disk said. The
/// iterator ends after the first.
pub struct ArchivedFrames {
    archive: Archive,
    /// Index of the next segment.
    next: usize,
    /// The segment that is being read.
    check: Option<SegmentCheck>,
    /// The ledger up to the next segment, once it is known.
    before: Option<LedgerVerifier>,
    until: Size,
}

impl ArchivedFrames {
    fn read(&mut self) -> Result<Option<StoredFrame>, CopyError> {
        loop {
            let mut check = if let Some(check) = self.check.take() {
                check
            } else {
                let Some(first) = self.archive.segments.get(self.next) else {
                    let before = self.before.as_ref();
                    let size = before.map_or(Size::EMPTY, |before| before.state().size());
                    return short(size, self.until);
                };
                self.next = self.next.saturating_add(1);
                self.archive.check(*first, self.before.take())?
            };
            if self.until <= check.size() {
                return Ok(None);
            }
            match check.next_frame(check.segment_bytes(), None) {
                Ok(Some(mut frame)) => {
                    self.archive.settle(&check, &mut frame)?;
                    let link = Head::of(check.verifier().state()).link;
                    let stored = frame.into_stored(link).map_err(|error| {
                        source_damage(check.damage(FrameFault::from(error).into()))
                    })?;
                    self.check = Some(check);
                    return Ok(Some(stored));
                }
                Ok(None) => self.before = Some(check.verifier().clone()),
                Err(damage) => return Err(source_damage(damage)),
            }
        }
    }
}

impl Iterator for ArchivedFrames {
    type Item = Result<StoredFrame, CopyError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read();
        if !matches!(read, Ok(Some(_))) {
            self.next = usize::MAX;
            self.until = Size::EMPTY;
        }
        read.transpose()
    }
}

/// The end of a ledger that should hold so many records.
fn short<T>(size: Size, required: Size) -> Result<Option<T>, CopyError> {
    if required <= size {
        Ok(None)
    } else {
        Err(CopyError::Short { size, required })
    }
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Archive")
            .field("origin", self.chain.origin())
            .field("segments", &self.segments.len())
            .finish_non_exhaustive()
    }
}

/// Overwrites payloads of a copy with zeros, durably. Only events are touched; what is zero already counts as well.
/// Returns how many there were.
///
/// # Errors
/// [`CopyError`]. A payload may then be half overwritten: repeat the call.
pub fn erase_copied(
    directory: &Path,
    origin: &Origin,
    positions: &BTreeSet<Position>,
) -> Result<usize, CopyError> {
    if positions.is_empty() {
        return Ok(0);
    }
    let storage = open_copy(directory)?;
    let chain = Chain::new(origin);
    let segments = list_segments(&storage, Side::Copy)?;
    let mut erased = 0_usize;
    for (index, first) in segments.iter().enumerate() {
        let end = segments.get(index.saturating_add(1));
        let in_segment =
            |position: &&Position| first <= *position && end.is_none_or(|end| *position < end);
        let wanted: BTreeSet<Position> = positions.iter().filter(in_segment).copied().collect();
        if !wanted.is_empty() {
            erased = erased.saturating_add(erase_segment(&storage, &chain, *first, &wanted)?);
        }
    }
    Ok(erased)
}

fn erase_segment(
    storage: &dyn Storage,
    chain: &Chain,
    first: Position,
    wanted: &BTreeSet<Position>,
) -> Result<usize, CopyError> {
    let check = SegmentCheck::open(storage, chain, first, None);
    let mut check = check.map_err(|failure| failed(Side::Copy, failure))?;
    let name = segment_name(first);
    let write_failed = |operation| {
        let name = &name;
        move |source| storage_error(Side::Copy, StorageError::new(operation, name, source))
    };
    let file = Arc::clone(check.file());
    let (mut erased, mut changed) = (0_usize, false);
    loop {
        let frame = match check.next_frame(check.segment_bytes(), None) {
            Ok(Some(frame)) => frame,
            Ok(None) => break,
            Err(damage) => {
                let side = Side::Copy;
                return Err(CopyError::Damaged { side, damage });
            }
        };
        let Ok(parsed) = Frame::parse(frame.bytes()) else {
            continue;
        };
        for record in parsed.records() {
            let envelope = &record.envelope;
            if envelope.kind != Kind::Event || !wanted.contains(&envelope.position) {
                continue;
            }
            erased = erased.saturating_add(1);
            if record.payload_state() != PayloadState::Erased {
                let zeros = vec![0_u8; record.sealed.len()];
                let offset = frame.offset.saturating_add(wide(record.sealed_offset));
                file.write_all_at(&zeros, offset)
                    .map_err(write_failed(Operation::Write))?;
                changed = true;
            }
        }
        if erased == wanted.len() {
            break;
        }
    }
    if changed {
        file.sync_data().map_err(write_failed(Operation::Sync))?;
    }
    Ok(erased)
}

/// The directory of a copy, for the one who writes it.
fn open_copy(directory: &Path) -> Result<Directory, CopyError> {
    Directory::open(directory).map_err(|error| {
        if error.kind() == std::io::ErrorKind::WouldBlock {
            CopyError::Busy
        } else {
            storage_error(Side::Copy, StorageError::directory(Operation::Lock, error))
        }
    })
}

fn source_damage(damage: Box<Damage>) -> CopyError {
    let side = Side::Source;
    CopyError::Damaged { side, damage }
}

fn storage_error(side: Side, error: StorageError) -> CopyError {
    CopyError::Storage {
        side,
        source: Arc::new(error),
    }
}

fn failed(side: Side, failure: SegmentFailure) -> CopyError {
    match failure {
        SegmentFailure::Storage(error) => storage_error(side, error),
        SegmentFailure::Damage(damage) => CopyError::Damaged { side, damage },
    }
}

/// The first positions of all segments, in order.
fn list_segments(storage: &dyn Storage, side: Side) -> Result<Vec<Position>, CopyError> {
    let names = storage
        .list()
        .map_err(|source| storage_error(side, StorageError::directory(Operation::List, source)))?;
    let parsed = names.iter().map(|name| FileName::parse(name));
    let mut segments: Vec<Position> = parsed
        .filter_map(|name| match name {
            FileName::Segment(first) => Some(first),
            FileName::Stray | FileName::Other => None,
        })
        .collect();
    segments.sort_unstable();
    Ok(segments)
}

#[cfg(test)]
mod tests;
