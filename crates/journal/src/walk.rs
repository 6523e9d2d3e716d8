//! Walking the frames of the durable prefix, beside the writer.

use std::ops::Bound;
use std::sync::{Arc, Mutex};

use sabt_chain::frame::{FRAME_HEADER_BYTES, Frame, FrameError, FrameHeader};
use sabt_chain::segment::SEGMENT_HEADER_BYTES;
use sabt_chain::{Link, Position};

use crate::ahead::Ahead;
use crate::backend::{ReadFrames, StoredFrame};
use crate::error::{Damage, DamageFault, FrameFault, Operation, ReadError, StorageError};
use crate::index::SparseIndex;
use crate::journal::Shared;
use crate::layout::segment_name;
use crate::segment::{SegmentFailure, open_segment};
use crate::storage::StorageFile;
use crate::sync::{lock, read};
use crate::wide;

/// A reader takes at least this much of a segment at once: 256 KiB, some 300 records, so that the calls to the
/// operating system do not count on a replay.
const READ_BYTES: usize = 256 * 1024;

/// A frame and where it stands.
pub(crate) struct Located {
    /// First position of the segment.
    pub(crate) segment: Position,
    /// Where the frame begins in it, in bytes.
    pub(crate) offset: u64,
    pub(crate) frame: StoredFrame,
}

/// Walks frame by frame and from segment to segment.
pub(crate) struct Walker {
    shared: Arc<Shared>,
    /// The first position that was not given yet.
    position: Position,
    /// The link before it, once it is known.
    link: Option<Link>,
    place: Option<Place>,
}

/// A byte of a segment, and what was read from there on.
struct Place {
    first: Position,
    file: Arc<dyn StorageFile>,
    segment_bytes: u64,
    index: Arc<Mutex<SparseIndex>>,
    offset: u64,
    /// What was read ahead, as it stood after this many erasures.
    ahead: Ahead,
    erasures: u64,
}

impl ReadFrames for Walker {
    fn next_frame(&mut self) -> Result<Option<StoredFrame>, ReadError> {
        Ok(self.next_located()?.map(|located| located.frame))
    }

    fn position(&self) -> Position {
        self.position
    }
}

impl Walker {
    /// A walk that begins with the frame that holds `from`.
    pub(crate) fn new(shared: Arc<Shared>, from: Position) -> Result<Self, ReadError> {
        let size = lock(&shared.published).state.size();
        if size.next_position() < from {
            return Err(ReadError::BeyondHead { from, size });
        }
        Ok(Self {
            shared,
            position: from,
            link: None,
            place: None,
        })
    }

    /// The next frame and where it stands; `None` at the end of the durable prefix.
    pub(crate) fn next_located(&mut self) -> Result<Option<Located>, ReadError> {
        if !lock(&self.shared.published)
            .state
            .size()
            .covers(self.position)
        {
            return Ok(None);
        }
        let mut place = match self.place.take() {
            Some(place) if place.next_segment(&self.shared) != Some(self.position) => place,
            Some(_) | None => self.enter()?,
        };
        let located = self.take(&mut place);
        self.place = Some(place);
        located.map(Some)
    }

    /// Takes the frame at `place` and moves behind it.
    fn take(&mut self, place: &mut Place) -> Result<Located, ReadError> {
        let position = self.position;
        let bytes = place.load(&self.shared, position)?;
        let checked = Frame::parse(bytes).and_then(|frame| {
            let (expected, found) = (position, frame.header().first_position());
            if found != expected {
                return Err(FrameError::Position { expected, found });
            }
            let previous = self.link.unwrap_or_else(|| frame.header().previous());
            let link = frame.check_links(&self.shared.chain, previous)?;
            frame.check_digests()?;
            Ok((
                StoredFrame::sound(&frame, link),
                frame.header().size_after(),
            ))
        });
        let (frame, size) = match checked {
            Ok(checked) => checked,
            Err(error) => return Err(place.damage(position, FrameFault::from(error).into())),
        };
        let located = Located {
            segment: place.first,
            offset: place.offset,
            frame,
        };
        place.advance(located.frame.bytes().len());
        self.position = size.next_position();
        self.link = Some(located.frame.link());
        Ok(located)
    }

    /// Goes to the frame that holds the position: its segment, the nearest frame known there, and on from it.
    fn enter(&mut self) -> Result<Place, ReadError> {
        let (mut place, mut link) = self.open_place()?;
        loop {
            let (position, chain) = (self.position, &self.shared.chain);
            let bytes = place.load(&self.shared, position)?;
            let header = FrameHeader::peek(bytes);
            if let Ok(header) = &header
                && header.size_after().covers(position)
            {
                // The frame itself is checked when it is taken.
                self.position = header.first_position().min(position);
                self.link = self.link.or(link);
                return Ok(place);
            }
            let checked = Frame::parse(bytes).and_then(|frame| {
                let previous = link.unwrap_or_else(|| frame.header().previous());
                let next = frame.check_links(chain, previous)?;
                Ok((next, frame.bytes().len()))
            });
            match checked {
                Ok((next, frame_bytes)) => {
                    link = Some(next);
                    place.advance(frame_bytes);
                }
                Err(error) => return Err(place.damage(position, FrameFault::from(error).into())),
            }
        }
    }

    /// Opens the segment that holds the position, at the nearest frame known, with the link before that frame where
    /// it is the first of the segment.
    fn open_place(&self) -> Result<(Place, Option<Link>), ReadError> {
        let (first, index, erasures) = {
            let published = lock(&self.shared.published);
            let (first, index) = published
                .segments
                .range(..=self.position)
                .next_back()
                .expect("a ledger has a segment that begins with its first record");
            (*first, Arc::clone(index), published.erasures)
        };
        let opened = open_segment(&*self.shared.storage, self.shared.chain.origin(), first);
        let (file, header) = opened.map_err(|failure| match failure {
            SegmentFailure::Storage(error) => ReadError::unavailable(error),
            SegmentFailure::Damage(damage) => damage.into(),
        })?;
        let offset = lock(&index).floor(self.position);
        let place = Place {
            first,
            file,
            segment_bytes: header.segment_bytes,
            index,
            offset: offset.unwrap_or(wide(SEGMENT_HEADER_BYTES)),
            ahead: Ahead::of(READ_BYTES),
            erasures,
        };
        // Walking on from the segment before, the link is known; it must be the one that this segment states.
        if first == self.position && self.link.is_some_and(|link| link != header.start.link) {
            return Err(place.damage(first, DamageFault::Discontinuity));
        }
        let at_start = place.offset == wide(SEGMENT_HEADER_BYTES);
        Ok((place, at_start.then_some(header.start.link)))
    }
}

impl Place {
    /// The first position of the segment after this one.
    fn next_segment(&self, shared: &Shared) -> Option<Position> {
        let published = lock(&shared.published);
        let after = (Bound::Excluded(self.first), Bound::Unbounded);
        let (next, _) = published.segments.range(after).next()?;
        Some(*next)
    }

    /// The bytes from here on, with at least the whole frame that begins here.
    fn load(&mut self, shared: &Shared, position: Position) -> Result<&[u8], ReadError> {
        let (limit, next_segment) = {
            let published = lock(&shared.published);
            if published.erasures != self.erasures {
                self.erasures = published.erasures;
                self.ahead.clear();
            }
            let after = (Bound::Excluded(self.first), Bound::Unbounded);
            match published.segments.range(after).next() {
                None => (published.end, None),
                Some((next, _)) => (self.segment_bytes, Some(*next)),
            }
        };
        let room = usize::try_from(limit.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        self.fill(shared, FRAME_HEADER_BYTES.min(room), room)?;
        match FrameHeader::peek(self.ahead.from(self.offset)) {
            Ok(header) => {
                self.fill(shared, header.total_len().min(room), room)?;
                lock(&self.index).note(header.first_position(), self.offset);
                Ok(self.ahead.from(self.offset))
            }
            Err(error) => {
                let fault = match (error, next_segment) {
                    (FrameError::Blank, Some(next)) => DamageFault::EndsEarly { next },
                    _ => FrameFault::from(error).into(),
                };
                Err(self.damage(position, fault))
            }
        }
    }

    /// Makes sure that `needed` bytes from here on are at hand, reading at most `room`.
    fn fill(&mut self, shared: &Shared, needed: usize, room: usize) -> Result<(), ReadError> {
        let (file, offset) = (&self.file, self.offset);
        let taken = self.ahead.fill(offset, needed, room, |bytes| {
            let _whole_payloads = read(&shared.overwriting);
            file.read_exact_at(bytes, offset)
        });
        taken.map_err(|source| {
            let name = segment_name(self.first);
            ReadError::unavailable(StorageError::new(Operation::Read, &name, source))
        })
    }

    fn advance(&mut self, frame_bytes: usize) {
        self.offset = self.offset.saturating_add(wide(frame_bytes));
    }

    fn damage(&self, position: Position, fault: DamageFault) -> ReadError {
        Damage {
            file: segment_name(self.first),
            offset: self.offset,
            position,
            fault,
        }
        .into()
    }
}
