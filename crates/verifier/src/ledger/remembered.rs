//! Going on from what an auditor remembers, and remembering anew.

use sabt_chain::verify::LedgerVerifier;
use sabt_chain::{Position, Size};

use super::LedgerCheck;
use crate::examine::{Batch, Record};
use crate::fault::Finding;
use crate::state::LedgerMemory;

/// Where a check went on from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resumption {
    /// How many records are remembered.
    size: Size,
    /// Whether the last of them was seen again.
    reached: bool,
}

impl Resumption {
    /// How many records are remembered.
    pub(super) const fn size(self) -> Size {
        self.size
    }

    /// Position of the first record that is not.
    pub(super) const fn position(self) -> Position {
        self.size.next_position()
    }
}

impl LedgerCheck {
    /// Has what is found out be remembered.
    pub(crate) fn keep_decisive_records(&mut self) {
        self.content.keep_decisive_records();
    }

    /// Goes on from what is remembered; `false` if that does not hold together. Nothing was read yet.
    pub(crate) fn resume_from(&mut self, memory: &LedgerMemory) -> bool {
        if !self.content.restore(&self.chain, memory) {
            return false;
        }
        let chain = self.chain.clone();
        self.verifier = LedgerVerifier::resume(chain, memory.state.clone(), memory.epoch);
        self.epoch = memory.epoch;
        self.next = memory.state.next_position();
        self.tally.records = memory.state.size().get();
        self.tally.signatures = memory.signatures;
        self.tally.first_recorded_at = memory.first_recorded_at;
        self.resumption = Some(Resumption {
            size: memory.state.size(),
            reached: false,
        });
        self.compare_roots();
        true
    }

    /// What is known so far, to be remembered; `None` while something is wrong or under way. Authors' signatures must
    /// have been verified.
    pub(crate) fn remember(&self) -> Option<LedgerMemory> {
        let settled = self.tree_known
            && !self.lost
            && self.suspect.is_none()
            && self.suspended.is_empty()
            && self.faults.total() == 0
            && self.roots.all_hold()
            && self.content.has_no_claims()
            && self.verifier.is_between_acts()
            && self.resumption.is_none_or(|resumption| resumption.reached);
        if !settled {
            return None;
        }
        let mut memory = LedgerMemory {
            state: self.verifier.state().clone(),
            epoch: self.epoch,
            first_recorded_at: self.tally.first_recorded_at,
            kinds: crate::report::KindCounts::default(),
            acts: 0,
            signatures: self.tally.signatures,
            erased: 0,
            checkpoint: None,
            anchored: Size::EMPTY,
            anchors: Vec::new(),
            clear: Vec::new(),
            unexplained: Vec::new(),
            decisive: Vec::new(),
        };
        self.content.remember(&mut memory);
        Some(memory)
    }

    /// Whether what comes next was verified before, as far as this position.
    pub(super) fn is_remembered(&self, end: Position) -> bool {
        self.resumption
            .is_some_and(|resumption| end.size_before() <= resumption.size)
    }

    /// Takes the link of the last record that was verified before, read again: the ledger must still hold that record.
    pub(super) fn see_again(&mut self, position: Position, link: sabt_chain::Link) {
        let Some(resumption) = &mut self.resumption else {
            return;
        };
        if position.next().map(Position::size_before) != Some(resumption.size) || resumption.reached
        {
            return;
        }
        resumption.reached = true;
        let size = resumption.size;
        if link != self.verifier.state().link {
            self.fault(None, None, Finding::Forked { size });
        }
    }

    /// Takes the records away that were verified before.
    pub(super) fn drop_remembered(&mut self, batch: &mut Batch) {
        let Some(Resumption { size, .. }) = self.resumption else {
            return;
        };
        let before = |record: &Record| record.envelope.position.size_before() < size;
        let dropped = batch
            .records
            .iter()
            .take_while(|record| before(record))
            .count();
        if dropped == 0 {
            return;
        }
        for record in batch.records.drain(..dropped) {
            self.see_again(record.envelope.position, record.examined.link);
        }
        // What the frame says of the record before it is about one that was verified before.
        batch.header = None;
    }

    /// Reports if the source ends before the last record that was verified before, although its checkpoint covers it: it
    /// was there just before, when this was gone on with, and so were those before it.
    pub(super) fn check_reached(&mut self) {
        if let Some(Resumption {
            size,
            reached: false,
        }) = self.resumption
            && self.stated.is_some_and(|stated| size <= stated)
        {
            let finding = Finding::RecordsMissing {
                signed: size,
                found: Size::new(size.get().saturating_sub(1)),
            };
            self.fault(None, None, finding);
        }
    }
}
