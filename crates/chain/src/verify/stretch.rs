//! A stretch of records that hold together among themselves: all that the rules need of many records at once, so that
//! the part of verifying that needs order costs next to nothing.

use super::{Examined, LedgerVerifier};
use crate::tree::{Frontier, LeafRange};
use crate::{ActId, ActTracker, Epoch, Link, Part, Position, Timestamp};

/// Consecutive records that break no rule among themselves. Whether they follow the records before them,
/// [`LedgerVerifier::extend`] tells.
#[derive(Debug, Clone)]
pub struct Stretch {
    first: Position,
    end: Position,
    /// Link that the first record states for the record before it.
    previous: Link,
    /// Link of the last record.
    link: Link,
    first_recorded_at: Timestamp,
    last_recorded_at: Timestamp,
    /// Epochs of the first and the last frame; `None` without frames.
    epochs: Option<(Epoch, Epoch)>,
    /// Parts of an act that starts before the stretch: at most 254.
    head: Vec<(ActId, Part)>,
    /// Whether an act starts in the stretch.
    has_start: bool,
    /// The act that is open at the end.
    acts: ActTracker,
    /// The leaves, cut at the sizes asked for, and when the last record of each range was recorded.
    ranges: Vec<(LeafRange, Timestamp)>,
}

/// The records break a rule among themselves. Which one, [`LedgerVerifier`] tells record by record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the records do not hold together")]
pub struct Broken;

impl Stretch {
    /// The stretch of one record, the first of its frame if it has one.
    pub fn starting_with(record: &Examined) -> Result<Self, Broken> {
        let mut stretch = Self {
            first: record.position,
            end: record.position,
            previous: record.previous,
            link: record.previous,
            first_recorded_at: record.recorded_at,
            last_recorded_at: record.recorded_at,
            epochs: None,
            head: Vec::new(),
            has_start: false,
            acts: ActTracker::new(),
            ranges: vec![(
                LeafRange::starting_at(record.position.size_before()),
                record.recorded_at,
            )],
        };
        stretch.push(record)?;
        Ok(stretch)
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// [`Broken`] if it does not follow; the stretch is then of no use any more.
    pub fn push(&mut self, record: &Examined) -> Result<(), Broken> {
        let follows = record.position == self.end
            && record.previous == self.link
            && self.last_recorded_at <= record.recorded_at;
        if !follows {
            return Err(Broken);
        }
        if self.has_start || record.part.is_first() {
            self.has_start = true;
            self.acts
                .accept(record.act_id, record.part)
                .map_err(|_fault| Broken)?;
        } else {
            self.head.push((record.act_id, record.part));
        }
        // No record stands at the last number there is: the size would not be one.
        self.end = record.position.next().ok_or(Broken)?;
        self.link = record.link;
        self.last_recorded_at = record.recorded_at;
        if let Some((range, recorded_at)) = self.ranges.last_mut() {
            range.append(record.leaf);
            *recorded_at = record.recorded_at;
        }
        Ok(())
    }

    /// Ends a frame: no act may be open, and none may have started before it.
    ///
    /// # Errors
    /// [`Broken`] if one is, or if the epoch went back.
    pub fn end_frame(&mut self, epoch: Epoch) -> Result<(), Broken> {
        let (first, last) = self.epochs.unwrap_or((epoch, epoch));
        if epoch < last || !self.head.is_empty() || !self.acts.is_complete() {
            return Err(Broken);
        }
        self.epochs = Some((first, epoch));
        Ok(())
    }

    /// Makes [`LedgerVerifier::extend`] stop here, where the root of the tree is wanted.
    pub fn cut(&mut self) {
        let size = self.end.size_before();
        if self
            .ranges
            .last()
            .is_some_and(|(range, _)| !range.is_empty())
        {
            let range = LeafRange::starting_at(size);
            self.ranges.push((range, self.last_recorded_at));
        }
    }

    /// Position of the first record.
    pub const fn first(&self) -> Position {
        self.first
    }

    /// Position after the last record.
    pub const fn end(&self) -> Position {
        self.end
    }

    /// How many records there are.
    pub const fn count(&self) -> u64 {
        self.end.get().saturating_sub(self.first.get())
    }

    /// Link that the first record states for the record before it.
    pub const fn previous(&self) -> Link {
        self.previous
    }

    /// Link of the last record.
    pub const fn link(&self) -> Link {
        self.link
    }

    /// When the first record was recorded.
    pub const fn first_recorded_at(&self) -> Timestamp {
        self.first_recorded_at
    }

    /// Epochs of the first and the last frame; `None` without frames.
    pub const fn epochs(&self) -> Option<(Epoch, Epoch)> {
        self.epochs
    }

    /// The acts at the end, if they start as `acts` left off; `None` if they do not.
    fn acts_after(&self, mut acts: ActTracker) -> Option<ActTracker> {
        for (act_id, part) in &self.head {
            acts.accept(*act_id, *part).ok()?;
        }
        if !self.has_start {
            return Some(acts);
        }
        acts.is_complete().then_some(self.acts)
    }
}

impl LedgerVerifier {
    /// Takes a stretch of records that follows everything before it without breaking a rule: the same as taking its
    /// records one by one. `at_cut` is called wherever the stretch was cut, and at its end, with the tree and with the
    /// time of the record before.
    ///
    /// `false` if the stretch does not follow; the verifier is then as it was, and record by record it will tell what
    /// is wrong. Payloads are not judged here.
    #[must_use]
    pub fn extend(
        &mut self,
        stretch: &Stretch,
        at_cut: &mut dyn FnMut(&Frontier, Timestamp),
    ) -> bool {
        let in_place = stretch.first == self.next_position
            && stretch.first.size_before() == self.state.size()
            && stretch.previous == self.state.link;
        let in_time = self
            .state
            .recorded_at
            .is_none_or(|before| before <= stretch.first_recorded_at);
        let in_epoch = stretch.epochs.is_none_or(|(first, _)| self.epoch <= first);
        let acts = stretch.acts_after(self.acts);
        let (true, Some(acts)) = (in_place && in_time && in_epoch, acts) else {
            return false;
        };
        for (range, recorded_at) in &stretch.ranges {
            // A stretch's ranges follow each other, and the first starts at the size just compared.
            if self.state.frontier.extend(range).is_err() {
                return false;
            }
            at_cut(&self.state.frontier, *recorded_at);
        }
        self.state.link = stretch.link;
        self.state.recorded_at = Some(stretch.last_recorded_at);
        self.next_position = stretch.end;
        self.acts = acts;
        if let Some((_, last)) = stretch.epochs {
            self.epoch = last;
        }
        true
    }
}

#[cfg(test)]
mod tests;
