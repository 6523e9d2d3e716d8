//! Reading every stored record again, to find damage before it is needed.
//!
//! A *pass* goes from the first segment to where the ledger ends when it gets there. The caller sets the pace: each
//! step reads one frame or one granule and says how many bytes that were. A pass that has found a sealed segment sound,
//! up to the header of the segment that follows it, writes down the digest of the segment; later passes compare it.
//!
//! What is found is told and nothing is changed. A frame that cannot be read hides the rest of its segment from this
//! pass; the next segment states what stands before it, so the pass goes on there.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use sabt_chain::frame::RecordView;
use sabt_chain::segment::SEGMENT_HEADER_BYTES;
use sabt_chain::verify::LedgerVerifier;
use sabt_chain::{Kind, Position};

use crate::check::{Checked, SegmentCheck};
use crate::digest::{NoDigest, Sealed};
use crate::error::{Damage, DamageFault, FrameFault, StorageError};
use crate::journal::Shared;
use crate::layout::segment_name;
use crate::segment::{SegmentFailure, open_segment};
use crate::sync::lock;
use crate::wide;

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScrubStep {
    /// So many bytes were read; there are more.
    Read {
        /// How many, 0 where a segment could not be opened.
        bytes: u64,
    },
    /// The pass has ended.
    Ended,
}

/// One pass over a ledger that is being written.
pub struct Scrub {
    shared: Arc<Shared>,
    /// The segment that comes next, unless one is under way.
    next: Option<Position>,
    segment: Option<Segment>,
    /// The ledger before the next segment, where it could be followed that far.
    before: Option<LedgerVerifier>,
    /// Payloads of zeros that no erasure record has named so far: in which segment, at which frame.
    zeroed: BTreeMap<Position, (Position, u64)>,
    /// Whether every frame so far could be read, so that no erasure record was missed.
    complete: bool,
}

/// A segment under way.
struct Segment {
    check: SegmentCheck,
    /// Nothing was found in it so far.
    sound: bool,
    /// All frames were read; what is left must be zero.
    at_rest: bool,
}

impl Scrub {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let next = lock(&shared.published).segments.keys().next().copied();
        Self {
            shared,
            next,
            segment: None,
            before: None,
            zeroed: BTreeMap::new(),
            complete: true,
        }
    }

    /// How many bytes a pass that began now would read.
    pub fn bytes(&self) -> u64 {
        let published = lock(&self.shared.published);
        let segments = wide(published.segments.len());
        // Segments have one length unless the configuration was changed: an estimate for whoever watches.
        let sealed = segments.saturating_sub(1);
        sealed
            .saturating_mul(published.segment_bytes)
            .saturating_add(published.end)
    }

    /// Reads on by one frame or one granule. `erases` is asked of every record that is no event which payloads, by
    /// their positions, it says were erased; `found` is told of every damage.
    pub fn step(
        &mut self,
        erases: &mut dyn FnMut(&RecordView<'_>) -> Vec<Position>,
        found: &mut dyn FnMut(Damage),
    ) -> ScrubStep {
        let Some(mut segment) = self.segment.take() else {
            return self.enter(found);
        };
        let (next_segment, end) = self.reach(segment.first());
        let read = if segment.at_rest {
            match segment.check.next_rest() {
                Ok(0) => return self.leave(&segment, next_segment, found),
                outcome => outcome,
            }
        } else {
            let limit = match next_segment {
                Some(_) => segment.check.segment_bytes(),
                None => end,
            };
            let overwriting = Some(&self.shared.overwriting);
            match segment.check.next_frame(limit, overwriting) {
                Ok(Some(frame)) => {
                    self.judge(&mut segment, &frame, erases, found);
                    Ok(frame.len())
                }
                Ok(None) if next_segment.is_some() => {
                    segment.at_rest = true;
                    Ok(0)
                }
                Ok(None) => return self.finish(found),
                Err(damage) => Err(damage),
            }
        };
        match read {
            Ok(bytes) => {
                self.segment = Some(segment);
                ScrubStep::Read { bytes }
            }
            Err(damage) => {
                found(*damage);
                self.abandon(next_segment);
                ScrubStep::Read { bytes: 0 }
            }
        }
    }

    /// Opens the next segment.
    fn enter(&mut self, found: &mut dyn FnMut(Damage)) -> ScrubStep {
        let Some(first) = self.next.take() else {
            return self.finish(found);
        };
        let (storage, chain) = (&*self.shared.storage, &self.shared.chain);
        let opened = SegmentCheck::open(storage, chain, first, self.before.take());
        let (damage, check) = match opened {
            Ok(check) => (None, Some(check)),
            Err(SegmentFailure::Damage(damage)) => {
                // What it says itself may still be followed, for whatever else there is to find.
                let alone = SegmentCheck::open(storage, chain, first, None).ok();
                (Some(*damage), alone)
            }
            Err(SegmentFailure::Storage(error)) => (Some(unreadable(first, &error)), None),
        };
        let sound = damage.is_none();
        damage.into_iter().for_each(found);
        let Some(check) = check else {
            let (next, _) = self.reach(first);
            self.abandon(next);
            return ScrubStep::Read { bytes: 0 };
        };
        // Only an advice; a medium that does not take it is read through the memory it keeps.
        drop(check.file().drop_cache());
        self.segment = Some(Segment {
            check,
            sound,
            at_rest: false,
        });
        ScrubStep::Read {
            bytes: wide(SEGMENT_HEADER_BYTES),
        }
    }

    /// Takes note of payloads and of what explains them.
    fn judge(
        &mut self,
        segment: &mut Segment,
        frame: &Checked,
        erases: &mut dyn FnMut(&RecordView<'_>) -> Vec<Position>,
        found: &mut dyn FnMut(Damage),
    ) {
        let first = segment.first();
        for position in &frame.altered {
            segment.sound = false;
            let position = *position;
            let fault = FrameFault::from(sabt_chain::frame::FrameError::Digest { position });
            found(
                *segment
                    .check
                    .damage_at(position, frame.offset, fault.into()),
            );
        }
        for position in &frame.erased {
            self.zeroed.insert(*position, (first, frame.offset));
        }
        frame.for_each(|record| {
            if record.envelope.kind != Kind::Event {
                for position in erases(record) {
                    self.zeroed.remove(&position);
                }
            }
        });
    }

    /// Ends a sealed segment whose every byte was read.
    fn leave(
        &mut self,
        segment: &Segment,
        next: Option<Position>,
        found: &mut dyn FnMut(Damage),
    ) -> ScrubStep {
        self.next = next;
        let first = segment.first();
        let (storage, origin) = (&*self.shared.storage, self.shared.chain.origin());
        let Some(Ok((_, header))) = next.map(|next| open_segment(storage, origin, next)) else {
            // The next segment says itself what is wrong with it.
            self.before = Some(segment.check.verifier().clone());
            return ScrubStep::Read { bytes: 0 };
        };
        match segment.check.continued_by(&header) {
            Ok(_) => {
                self.before = Some(segment.check.verifier().clone());
                if segment.sound {
                    self.compare(segment, first, found);
                }
            }
            Err(_) if segment.check.size() < header.start.size() => {
                let next = header.first_position();
                found(*segment.check.damage(DamageFault::EndsEarly { next }));
                self.complete = false;
            }
            Err(fault) => found(*segment.check.damage(fault)),
        }
        drop(segment.check.file().drop_cache());
        ScrubStep::Read { bytes: 0 }
    }

    /// Compares the digest of a sound segment with the one that was written down, or writes it down.
    fn compare(&self, segment: &Segment, first: Position, found: &mut dyn FnMut(Damage)) {
        let storage = &*self.shared.storage;
        let sealed = Sealed {
            digest: segment.check.digest(),
            size_after: segment.check.size(),
        };
        match Sealed::read(storage, first) {
            Ok(Some(Ok(known))) if known == sealed => {}
            Ok(Some(Ok(known))) => {
                let (expected, digest) = (known.digest, sealed.digest);
                let fault = DamageFault::Digest {
                    expected,
                    found: digest,
                };
                found(*segment.check.damage_at(first, 0, fault));
            }
            Ok(Some(Err(NoDigest))) => {
                found(*segment.check.damage_at(first, 0, DamageFault::DigestFile));
            }
            Ok(None) => {
                if let Err(error) = sealed.write(storage, first) {
                    // Nothing depends on it yet: the next pass tries again.
                    tracing::warn!(error = %error, cause = %error.source, "the digest of a segment was not kept");
                }
            }
            Err(error) => found(unreadable(first, &error)),
        }
    }

    /// Gives a segment up and goes on with the next one.
    fn abandon(&mut self, next: Option<Position>) {
        self.next = next;
        self.before = None;
        self.complete = false;
    }

    /// Judges payloads of zeros. Where a part of the ledger could not be read, the record that names them may stand
    /// there, and what was found says so already.
    fn finish(&mut self, found: &mut dyn FnMut(Damage)) -> ScrubStep {
        let zeroed = std::mem::take(&mut self.zeroed);
        if self.complete {
            for (position, (segment, offset)) in zeroed {
                found(Damage {
                    file: segment_name(segment),
                    offset,
                    position,
                    fault: DamageFault::Unexplained,
                });
            }
        }
        ScrubStep::Ended
    }

    /// The segment after this one, and where the frames of the newest segment end, at one moment.
    fn reach(&self, first: Position) -> (Option<Position>, u64) {
        let published = lock(&self.shared.published);
        let after = (Bound::Excluded(first), Bound::Unbounded);
        let next = published.segments.range(after).next();
        (next.map(|(next, _)| *next), published.end)
    }
}

impl Segment {
    fn first(&self) -> Position {
        self.check.header().first_position()
    }
}

impl std::fmt::Debug for Scrub {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Scrub")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

fn unreadable(first: Position, error: &StorageError) -> Damage {
    Damage {
        file: error.file.clone(),
        offset: 0,
        position: first,
        fault: DamageFault::Unreadable {
            kind: error.source.kind(),
        },
    }
}

#[cfg(test)]
pub(crate) mod tests;
