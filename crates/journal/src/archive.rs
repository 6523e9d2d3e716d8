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

use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use sabt_chain::frame::{Frame, PayloadState, RecordView};
use sabt_chain::segment::SEGMENT_HEADER_BYTES;
use sabt_chain::verify::LedgerVerifier;
use sabt_chain::{Chain, Hash, Kind, LedgerState, Origin, Position, Size};
use thiserror::Error;

use crate::backend::Head;
use crate::check::{Checked, GRANULE_BYTES, SegmentCheck};
use crate::digest::{Sealed, SegmentDigest, open_empty};
use crate::durable::{Directory, ReadOnlyDirectory};
use crate::erasure::read_intent;
use crate::error::{Damage, DamageFault, FrameFault, Operation, StorageError};
use crate::layout::{COPYING_NAME, FileName, segment_name};
use crate::segment::SegmentFailure;
use crate::storage::{Storage, StorageFile};
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

/// How far a ledger reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// The ledger there.
    pub state: LedgerState,
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
    /// erasure record.
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

    /// Finds where the ledger ends, in a directory that nobody writes: behind the last sound frame.
    ///
    /// # Errors
    /// [`CopyError::Short`] or [`CopyError::Damaged`] when that is before `at_least` records.
    pub fn extent(&self, at_least: Size) -> Result<Extent, CopyError> {
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
        let state = check.verifier().state().clone();
        Ok(Extent { state })
    }

    /// Copies the first `up_to` records to `destination`, which may hold some of them already, and must exist. `each`
    /// is told every record from `since` on, in order, whether it had been copied before or not.
    ///
    /// Segments of the copy that are sealed, whose digest is that of the source and whose records all stand before
    /// `since` are not even read.
    ///
    /// # Errors
    /// [`CopyError`]; what the copy held before stands.
    pub fn copy_to(
        &self,
        destination: &Path,
        since: Size,
        up_to: Size,
        each: &mut dyn FnMut(&RecordView<'_>),
    ) -> Result<Copied, CopyError> {
        let storage = match Directory::open(destination) {
            Ok(storage) => storage,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                return Err(CopyError::Busy);
            }
            Err(error) => {
                let error = StorageError::directory(Operation::Lock, error);
                return Err(storage_error(Side::Copy, error));
            }
        };
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
    let storage = match Directory::open(directory) {
        Ok(storage) => storage,
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
            return Err(CopyError::Busy);
        }
        Err(error) => {
            let error = StorageError::directory(Operation::Lock, error);
            return Err(storage_error(Side::Copy, error));
        }
    };
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

/// A copying under way.
struct Copying<'a> {
    source: &'a Archive,
    storage: Directory,
    present: BTreeSet<Position>,
    since: Size,
    /// The ledger before the next segment, if the one before it was read.
    before: Option<LedgerVerifier>,
    zeroed: BTreeSet<Position>,
    written_bytes: u64,
    each: &'a mut dyn FnMut(&RecordView<'_>),
}

impl Copying<'_> {
    /// Copies a segment that is followed by another one, or finds that it is there already.
    fn sealed(&mut self, first: Position) -> Result<CopiedSegment, CopyError> {
        let theirs = Sealed::read(&*self.source.storage, first)
            .map_err(|error| storage_error(Side::Source, error))?;
        let ours =
            Sealed::read(&self.storage, first).map_err(|error| storage_error(Side::Copy, error))?;
        let ours = ours
            .and_then(Result::ok)
            .filter(|_| self.present.contains(&first));
        if let (Some(Ok(theirs)), Some(ours)) = (theirs, ours)
            && theirs == ours
            && ours.size_after <= self.since
        {
            self.before = None;
            return Ok(copied(first, ours));
        }
        let mut check = self.source.check(first, self.before.take())?;
        let mut target = match ours {
            Some(_) => None,
            None => Some(self.target(&check)?),
        };
        while let Some(frame) = self.next(&mut check, None)? {
            self.take(&frame, target.as_mut(), &check)?;
        }
        loop {
            match check.next_rest() {
                Ok(0) => break,
                Ok(_) => {}
                Err(damage) => return Err(source_damage(damage)),
            }
        }
        let found = Sealed {
            digest: check.digest(),
            size_after: check.size(),
        };
        if let Some(theirs) = theirs
            && theirs != Ok(found)
        {
            let fault = theirs.map_or(DamageFault::DigestFile, |theirs| DamageFault::Digest {
                expected: theirs.digest,
                found: found.digest,
            });
            return Err(source_damage(check.damage_at(first, 0, fault)));
        }
        if ours.is_some_and(|ours| ours != found) {
            return Err(differs(first));
        }
        if let Some(target) = target {
            self.written_bytes = self.written_bytes.saturating_add(target.written_bytes);
            target.finish(&self.storage, &check)?;
            found
                .write(&self.storage, first)
                .map_err(|error| storage_error(Side::Copy, error))?;
        }
        self.before = Some(check.verifier().clone());
        Ok(copied(first, found))
    }

    /// Copies the segment in which the copy ends.
    fn newest(&mut self, first: Position, up_to: Size) -> Result<CopiedSegment, CopyError> {
        let mut check = self.source.check(first, self.before.take())?;
        let mut target = self.target(&check)?;
        while check.size() < up_to {
            let Some(frame) = self.next(&mut check, Some(up_to))? else {
                let (size, required) = (check.size(), up_to);
                return Err(CopyError::Short { size, required });
            };
            self.take(&frame, Some(&mut target), &check)?;
        }
        if target.end.is_some() {
            // The copy reaches further than what is to be copied: an earlier copying was of more.
            return Err(differs(first));
        }
        self.written_bytes = self.written_bytes.saturating_add(target.written_bytes);
        target.finish(&self.storage, &check)?;
        let size_after = check.size();
        self.before = Some(check.verifier().clone());
        Ok(CopiedSegment {
            first,
            size_after,
            digest: None,
        })
    }

    fn next(
        &self,
        check: &mut SegmentCheck,
        up_to: Option<Size>,
    ) -> Result<Option<Checked>, CopyError> {
        let limit = check.segment_bytes();
        let frame = check.next_frame(limit, None).map_err(source_damage)?;
        let Some(mut frame) = frame else {
            return Ok(None);
        };
        if let Some(size) = up_to
            && size < check.size()
        {
            return Err(CopyError::Unaligned { size });
        }
        self.source.settle(check, &mut frame)?;
        Ok(Some(frame))
    }

    fn take(
        &mut self,
        frame: &Checked,
        target: Option<&mut Target>,
        check: &SegmentCheck,
    ) -> Result<(), CopyError> {
        self.zeroed.extend(&frame.erased);
        let since = self.since;
        let each = &mut *self.each;
        frame.for_each(|record| {
            if !since.covers(record.envelope.position) {
                each(record);
            }
        });
        match target {
            Some(target) => target.take(frame, check),
            None => Ok(()),
        }
    }

    /// The file of the copy that a segment goes to.
    fn target(&self, check: &SegmentCheck) -> Result<Target, CopyError> {
        let first = check.header().first_position();
        if !self.present.contains(&first) {
            let file = open_empty(&self.storage, COPYING_NAME)
                .map_err(|error| storage_error(Side::Copy, error))?;
            let target = Target {
                file,
                is_new: true,
                first,
                end: None,
                written_bytes: 0,
            };
            target.write(&check.header().encode(), 0)?;
            return Ok(target);
        }
        let found = SegmentCheck::open(&self.storage, &self.source.chain, first, None);
        let mut found = found.map_err(|failure| failed(Side::Copy, failure))?;
        if found.header() != check.header() {
            return Err(differs(first));
        }
        // What cannot be read of the copy's last frames is written anew.
        while let Ok(Some(_)) = found.next_frame(found.segment_bytes(), None) {}
        let reached = wide(SEGMENT_HEADER_BYTES) < found.offset();
        Ok(Target {
            file: Arc::clone(found.file()),
            is_new: false,
            first,
            end: reached.then(|| (found.offset(), Head::of(found.verifier().state()))),
            written_bytes: 0,
        })
    }
}

/// A segment file of the copy that is being written.
struct Target {
    file: Arc<dyn StorageFile>,
    is_new: bool,
    first: Position,
    /// Where the copy ends so far and with which records; `None` once the source has come that far.
    end: Option<(u64, Head)>,
    written_bytes: u64,
}

impl Target {
    /// Writes a frame, unless the copy holds it.
    fn take(&mut self, frame: &Checked, check: &SegmentCheck) -> Result<(), CopyError> {
        let Some((end, head)) = self.end else {
            self.write(frame.bytes(), frame.offset)?;
            self.written_bytes = self.written_bytes.saturating_add(frame.len());
            return Ok(());
        };
        let reached = frame.offset.saturating_add(frame.len());
        if end < reached {
            return Err(differs(self.first));
        }
        if end == reached {
            if Head::of(check.verifier().state()) != head {
                return Err(differs(self.first));
            }
            self.end = None;
        }
        Ok(())
    }

    /// Makes the segment durable, under its name and at its full length.
    fn finish(self, storage: &dyn Storage, check: &SegmentCheck) -> Result<(), CopyError> {
        let name = if self.is_new {
            COPYING_NAME.to_owned()
        } else {
            segment_name(self.first)
        };
        let error = |operation| {
            let name = &name;
            move |source| storage_error(Side::Copy, StorageError::new(operation, name, source))
        };
        if self.is_new {
            let frames_end = wide(SEGMENT_HEADER_BYTES).saturating_add(self.written_bytes);
            self.fill(frames_end, check.segment_bytes())?;
        }
        if self.is_new || self.written_bytes != 0 {
            self.file.sync_data().map_err(error(Operation::Sync))?;
        }
        if self.is_new {
            storage
                .rename(&name, &segment_name(self.first))
                .map_err(error(Operation::Rename))?;
            storage.sync().map_err(|source| {
                storage_error(Side::Copy, StorageError::directory(Operation::Sync, source))
            })?;
        }
        Ok(())
    }

    /// Zeros, really written, to the end: whoever appends to the copy one day finds space that is there.
    fn fill(&self, from: u64, to: u64) -> Result<(), CopyError> {
        let zeros = vec![0_u8; GRANULE_BYTES];
        let mut offset = from;
        while offset < to {
            let left = usize::try_from(to.saturating_sub(offset)).unwrap_or(usize::MAX);
            let piece = zeros.get(..left).unwrap_or(&zeros);
            self.write(piece, offset)?;
            offset = offset.saturating_add(wide(piece.len()));
        }
        Ok(())
    }

    fn write(&self, bytes: &[u8], offset: u64) -> Result<(), CopyError> {
        self.file.write_all_at(bytes, offset).map_err(|source| {
            let error = StorageError::new(Operation::Write, &segment_name(self.first), source);
            storage_error(Side::Copy, error)
        })
    }
}

fn copied(first: Position, sealed: Sealed) -> CopiedSegment {
    CopiedSegment {
        first,
        size_after: sealed.size_after,
        digest: Some(sealed.digest),
    }
}

fn differs(first: Position) -> CopyError {
    CopyError::Differs {
        file: segment_name(first),
    }
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
