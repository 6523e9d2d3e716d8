//! The segments of a copy, as they are written.

use std::collections::BTreeSet;
use std::sync::Arc;

use sabt_chain::frame::RecordView;
use sabt_chain::segment::SEGMENT_HEADER_BYTES;
use sabt_chain::verify::LedgerVerifier;
use sabt_chain::{Position, Size};

use super::{Archive, CopiedSegment, CopyError, Side, failed, source_damage, storage_error};
use crate::backend::Head;
use crate::check::{Checked, GRANULE_BYTES, SegmentCheck};
use crate::digest::{Sealed, open_empty};
use crate::durable::Directory;
use crate::error::{DamageFault, Operation, StorageError};
use crate::layout::{COPYING_NAME, segment_name};
use crate::storage::{Storage, StorageFile};
use crate::wide;

/// A copying under way.
pub(super) struct Copying<'a> {
    pub(super) source: &'a Archive,
    pub(super) storage: Directory,
    pub(super) present: BTreeSet<Position>,
    pub(super) since: Size,
    /// Segments that the caller has read and copied before.
    pub(super) held: &'a [CopiedSegment],
    /// Whether a segment was read, so that all behind it are.
    pub(super) has_read: bool,
    /// The ledger before the next segment, if the one before it was read.
    pub(super) before: Option<LedgerVerifier>,
    pub(super) zeroed: BTreeSet<Position>,
    pub(super) written_bytes: u64,
    pub(super) each: &'a mut dyn FnMut(&RecordView<'_>),
}

impl Copying<'_> {
    /// Copies a segment that is followed by another one, or finds that it is there already.
    pub(super) fn sealed(&mut self, first: Position) -> Result<CopiedSegment, CopyError> {
        let theirs = Sealed::read(&*self.source.storage, first)
            .map_err(|error| storage_error(Side::Source, error))?;
        let ours =
            Sealed::read(&self.storage, first).map_err(|error| storage_error(Side::Copy, error))?;
        let ours = ours
            .and_then(Result::ok)
            .filter(|_| self.present.contains(&first));
        if let Some(ours) = ours
            && !self.has_read
            && ours.size_after <= self.since
            && (theirs == Some(Ok(ours)) || self.held.contains(&copied(first, ours)))
        {
            self.before = None;
            return Ok(copied(first, ours));
        }
        self.has_read = true;
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
    pub(super) fn newest(
        &mut self,
        first: Position,
        up_to: Size,
    ) -> Result<CopiedSegment, CopyError> {
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
        frame.for_each(|record| (self.each)(record));
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
