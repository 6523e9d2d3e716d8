//! Where the other ledger is anchored.

use std::collections::VecDeque;
use std::ops::Range;

use sabt_chain::frame::RecordView;
use sabt_chain::{Kind, Position, Size};

use super::TreeError;
use crate::checkpoint::anchored_size;
use crate::limits::ANCHORS_REMEMBERED_MAX;
use crate::registry::Ledger;

/// Records that are read at once on the way back to an older anchor.
pub(crate) const BLOCK_RECORDS: u64 = 4_096;

/// An anchor of the other ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AnchorPlace {
    /// Where it stands.
    pub(crate) position: Position,
    /// How many records of the other ledger its checkpoint covers.
    pub(crate) covers: Size,
}

impl AnchorPlace {
    /// The anchor that a record is, if it is one.
    pub(crate) fn of(record: &RecordView<'_>) -> Option<Self> {
        if record.envelope.kind != Kind::Anchor {
            return None;
        }
        anchored_size(record.sealed).map(|covers| Self {
            position: record.envelope.position,
            covers,
        })
    }
}

/// The anchors that passed by, and the newest one before them.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    seen: VecDeque<AnchorPlace>,
    earlier: Earlier,
}

/// The newest anchor before those that passed by.
#[derive(Debug, Default, Clone, Copy)]
enum Earlier {
    /// It was not looked for.
    #[default]
    Unknown,
    /// There is none.
    Missing,
    /// It stands here.
    At(AnchorPlace),
}

impl Anchors {
    /// Takes notice of a record. Anchors cover more and more.
    pub(super) fn observe(&mut self, record: &RecordView<'_>) {
        if let Some(anchor) = AnchorPlace::of(record) {
            if ANCHORS_REMEMBERED_MAX <= self.seen.len() {
                self.seen.pop_front();
            }
            self.seen.push_back(anchor);
        }
    }

    /// The first anchor remembered that covers `position` and stands below `published`; else whether one that was
    /// not observed might, and where it would stand: before that position.
    pub(super) fn over(&self, position: Position, published: Size) -> Result<AnchorPlace, Lookup> {
        let fits = |anchor: &&AnchorPlace| {
            anchor.covers.covers(position) && published.covers(anchor.position)
        };
        if let Some(anchor) = self.seen.iter().find(fits) {
            return Ok(*anchor);
        }
        match self.earlier {
            Earlier::At(anchor) if fits(&&anchor) => Ok(anchor),
            Earlier::At(_) | Earlier::Missing => Err(Lookup::None),
            Earlier::Unknown => Err(Lookup::Before(
                self.seen.front().map(|first| first.position),
            )),
        }
    }

    /// Remembers the newest anchor before those observed.
    pub(super) fn found(&mut self, earlier: Option<AnchorPlace>) {
        self.earlier = earlier.map_or(Earlier::Missing, Earlier::At);
    }
}

/// What is known when no anchor fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lookup {
    /// There is none.
    None,
    /// One may stand before this position, or anywhere.
    Before(Option<Position>),
}

/// The newest anchor below `end`, read backwards block by block. Where anchors are made every minute it is near; a
/// ledger from before there were anchors is read once.
pub(super) fn newest_before(ledger: &Ledger, end: u64) -> Result<Option<AnchorPlace>, TreeError> {
    let mut end = end;
    while end != 0 {
        let start = end.saturating_sub(BLOCK_RECORDS);
        let mut newest = None;
        read_block(ledger, start..end, &mut |record| {
            newest = AnchorPlace::of(record).or(newest);
        })?;
        if newest.is_some() {
            return Ok(newest);
        }
        end = start;
    }
    Ok(None)
}

/// Hands the records at `positions`, in order, to `take`.
pub(crate) fn read_block(
    ledger: &Ledger,
    positions: Range<u64>,
    take: &mut dyn FnMut(&RecordView<'_>),
) -> Result<(), TreeError> {
    read_frames(ledger, positions.clone(), &mut |record| {
        if positions.contains(&record.envelope.position.get()) {
            take(record);
        }
    })
}

/// The same, with all other records of the frames that hold them.
pub(super) fn read_frames(
    ledger: &Ledger,
    positions: Range<u64>,
    take: &mut dyn FnMut(&RecordView<'_>),
) -> Result<(), TreeError> {
    let mut reader = ledger.journal.read(Position::new(positions.start))?;
    let mut next = positions.start;
    while next < positions.end {
        let frame = reader.next_frame()?.ok_or(TreeError::Short)?;
        for record in frame.frame().records() {
            take(&record);
        }
        next = frame.size_after().get();
    }
    Ok(())
}
