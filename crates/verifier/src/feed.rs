//! Reads a ledger, has its pieces computed on all cores, and gives them back in order.

use std::collections::BTreeMap;

use crate::signatures::Claim;
use crate::source::{LedgerReader, Piece, SourceError};
use crate::walk::FrameRun;
use crate::work::{Computed, Job, Outcome, Part, Pass, Sequence, Workers};

/// A piece of a ledger whose turn has come.
pub(crate) enum Ready {
    /// One that needs no computing.
    Piece(Piece),
    /// One that was computed.
    Computed(Computed),
}

/// Pieces of a ledger in order, with a bounded number of them read ahead.
pub(crate) struct Feed<'r> {
    workers: Workers,
    reader: &'r mut LedgerReader,
    pass: Pass,
    /// Computed before their turn; never more than as many as may be under way.
    waiting: BTreeMap<Sequence, Ready>,
    /// The piece whose turn it is.
    turn: Sequence,
    /// The number of the next piece to be read.
    read: Sequence,
    exhausted: bool,
    forged: Vec<Claim>,
    /// Jobs without a turn that are under way.
    signatures: usize,
}

impl<'r> Feed<'r> {
    /// Of what `reader` reads.
    pub(crate) const fn new(workers: Workers, reader: &'r mut LedgerReader, pass: Pass) -> Self {
        Self {
            workers,
            reader,
            pass,
            waiting: BTreeMap::new(),
            turn: 0,
            read: 0,
            exhausted: false,
            forged: Vec::new(),
            signatures: 0,
        }
    }

    /// The next piece in order; `None` at the end.
    pub(crate) fn next_ready(&mut self) -> Result<Option<Ready>, SourceError> {
        loop {
            self.fill()?;
            if let Some(ready) = self.waiting.remove(&self.turn) {
                self.turn += 1;
                return Ok(Some(ready));
            }
            if self.exhausted && self.turn == self.read {
                return Ok(None);
            }
            self.receive();
        }
    }

    /// From here on, records are to be gone through one by one: something is wrong that will not pass.
    pub(crate) const fn one_by_one(&mut self) {
        self.pass = Pass::OneByOne;
    }

    /// Goes back to a run that does not hold sound frames, to look at every frame from there on. What was read ahead
    /// is dropped.
    pub(crate) fn go_back(&mut self, run: &FrameRun) -> Result<(), SourceError> {
        self.waiting.clear();
        self.turn = self.read;
        self.exhausted = false;
        self.reader.go_back(run)
    }

    /// Takes back what was read, once it is done with.
    pub(crate) fn recycle(&mut self, part: Part) {
        if let Part::Run(run) = part {
            self.reader.recycle(run);
        }
    }

    /// Hands in signatures. Their outcome has no turn.
    pub(crate) fn submit(&mut self, claims: Vec<Claim>) {
        while !self.workers.has_room() {
            self.receive();
        }
        self.signatures += 1;
        self.workers.submit(Job::Signatures(claims));
    }

    /// The claims found forged since the last call.
    pub(crate) fn take_forged(&mut self) -> Vec<Claim> {
        std::mem::take(&mut self.forged)
    }

    /// Waits until all signatures handed in are verified.
    pub(crate) fn settle(&mut self) {
        while self.signatures != 0 && self.receive() {}
    }

    /// Waits for everything under way.
    pub(crate) fn drain(&mut self) {
        while self.receive() {}
    }

    /// Reads on while there is room.
    fn fill(&mut self) -> Result<(), SourceError> {
        while !self.exhausted
            && self.workers.has_room()
            && self.waiting.len() < self.workers.capacity()
        {
            let Some(piece) = self.reader.next_piece()? else {
                self.exhausted = true;
                break;
            };
            let sequence = self.read;
            self.read += 1;
            let part = match piece {
                Piece::Part(part) => part,
                piece @ (Piece::Segment(_)
                | Piece::Damage(_)
                | Piece::Finding { .. }
                | Piece::Lost
                | Piece::SegmentEnd { .. }
                | Piece::Stray { .. }) => {
                    self.waiting.insert(sequence, Ready::Piece(piece));
                    continue;
                }
            };
            self.workers.submit(Job::Part(sequence, part, self.pass));
        }
        Ok(())
    }

    /// Takes one outcome; `false` if nothing is under way.
    fn receive(&mut self) -> bool {
        match self.workers.receive() {
            None => return false,
            // What was read ahead before going back has no turn any more.
            Some(Outcome::Part(sequence, _)) if sequence < self.turn => {}
            Some(Outcome::Part(sequence, computed)) => {
                self.waiting.insert(sequence, Ready::Computed(computed));
            }
            Some(Outcome::Forged(claims)) => {
                self.signatures -= 1;
                self.forged.extend(claims);
            }
        }
        true
    }
}
