//! Anchors: the published checkpoint of one ledger as a record of the other.

use std::time::{Duration, Instant};

use prost::Message as _;
use sabt_chain::{Kind, Position, Size};
use sabt_proto::event::v1::Anchor;

use super::Published;
use super::log::ReadBack;
use crate::registry::Ledger;
use crate::tree::{AnchorPlace, BLOCK_RECORDS, TreeError, read_block};

/// How many records of the other ledger an anchor covers; `None` if its payload is no checkpoint, or one of the ledger
/// that this one succeeds. The payload stands in the clear; whether the checkpoint in it is genuine is for the verifier
/// to say.
pub(crate) fn anchored_size(payload: &[u8]) -> Option<Size> {
    let anchor = Anchor::decode(payload).ok()?;
    if anchor.succession.is_some() {
        return None;
    }
    let size = anchor.checkpoint.lines().nth(1)?;
    size.parse().ok().map(Size::new)
}

/// The newest records of a ledger that say whether the other one, and it itself, are to be anchored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Newest {
    /// The newest record that is no anchor.
    pub(crate) content: Option<Position>,
    /// The newest anchor.
    pub(crate) anchor: Option<AnchorPlace>,
}

/// Looks for them among the last `at_most` records below `size`.
///
/// # Errors
/// If those records cannot be read.
pub(crate) fn look_back(ledger: &Ledger, size: Size, at_most: u64) -> Result<Newest, TreeError> {
    let mut end = size.get();
    let least = end.saturating_sub(at_most);
    let mut newest = Newest::default();
    while least < end && (newest.content.is_none() || newest.anchor.is_none()) {
        let start = end.saturating_sub(BLOCK_RECORDS).max(least);
        let mut block = Newest::default();
        read_block(ledger, start..end, &mut |record| {
            if record.envelope.kind != Kind::Anchor {
                block.content = Some(record.envelope.position);
            }
            block.anchor = AnchorPlace::of(record).or(block.anchor);
        })?;
        newest.content = newest.content.or(block.content);
        newest.anchor = newest.anchor.or(block.anchor);
        end = start;
    }
    Ok(newest)
}

/// When one ledger is anchored in the other.
pub(crate) struct Anchoring {
    every: Duration,
    /// When the next anchor is due.
    due: Instant,
    /// How many records the newest anchor covers, as far as this process knows.
    anchored: Size,
}

impl Anchoring {
    /// The first anchor is due one interval after the registry opened.
    pub(crate) fn new(every: Duration, now: Instant) -> Self {
        Self {
            every,
            due: now + every,
            anchored: Size::EMPTY,
        }
    }

    /// How many records the newest anchor covers, as far as this process knows.
    pub(crate) const fn anchored(&self) -> Size {
        self.anchored
    }

    /// Takes note of an anchor that was read back in the other ledger.
    pub(crate) fn stands(&mut self, newest: Option<AnchorPlace>) {
        if let Some(newest) = newest {
            self.anchored = newest.covers;
        }
    }

    /// The checkpoint to anchor now, if the time has come and the ledger has grown by more than anchors. Anchors alone
    /// never count as growth: two idle ledgers would anchor each other for ever.
    pub(crate) fn due(
        &mut self,
        ledger: &ReadBack,
        published: Option<&Published>,
        now: Instant,
    ) -> Option<Published> {
        let published = published?;
        let grown = self.anchored < published.size
            && ledger
                .newest_content()
                .is_some_and(|position| !self.anchored.covers(position));
        if now < self.due || !grown {
            return None;
        }
        self.due = now + self.every;
        Some(published.clone())
    }
}

/// The payload of an anchor.
pub(crate) fn payload(checkpoint: &Published) -> Vec<u8> {
    Anchor {
        checkpoint: checkpoint.note.to_string(),
        succession: None,
    }
    .encode_to_vec()
}
