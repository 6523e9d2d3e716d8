//! A journal on a faulty disk beside the model of what it must hold.

use std::collections::BTreeSet;
use std::sync::Arc;

use sabt_chain::frame::{Frame, PayloadState};
use sabt_chain::{Digest, Epoch, Position};

use super::{SMALL, origin};
use crate::backend::{Backend, Head, Owner, PayloadRef};
use crate::conformance::{ModelLedger, NextFrame};
use crate::error::{AppendError, EraseError, OpenError};
use crate::journal::FileJournal;
use crate::recovery::Unrecovered;
use crate::storage::memory::{Crash, MemoryDisk};

pub(super) struct World {
    pub(super) disk: MemoryDisk,
    journal: Option<FileJournal>,
    epoch: Epoch,
    pub(super) model: ModelLedger,
    /// A frame of which it is not known whether it was kept.
    pending: Option<NextFrame>,
    erased: BTreeSet<Position>,
    /// Payloads of which it is not known whether they were erased.
    erasing: BTreeSet<Position>,
}

impl World {
    pub(super) fn new(disk: MemoryDisk) -> Self {
        Self {
            disk,
            journal: None,
            epoch: Epoch::ZERO,
            model: ModelLedger::new(&origin()),
            pending: None,
            erased: BTreeSet::new(),
            erasing: BTreeSet::new(),
        }
    }

    /// Opens the ledger, making it where there is none yet, and checks that it is what the model says.
    pub(super) fn start(&mut self) -> Result<(), OpenError> {
        self.journal = None;
        let storage = Arc::new(self.disk.clone());
        let journal = match Unrecovered::open_on(storage.clone(), &origin(), &SMALL) {
            Ok(unrecovered) => {
                // What was receipted must be there before anything is put right.
                unrecovered.require(self.model.head().size)?.recover()?
            }
            Err(OpenError::NoLedger) => {
                assert_eq!(self.model.frames().len(), 0);
                FileJournal::create_on(storage, &origin(), &SMALL)?
            }
            Err(error) => return Err(error),
        };
        self.settle(&journal);
        self.epoch = journal.open_epoch(&Owner::new("world").unwrap()).unwrap().0;
        self.journal = Some(journal);
        self.check();
        Ok(())
    }

    /// The frame in flight was kept or it was not; the journal tells which.
    fn settle(&mut self, journal: &FileJournal) {
        let head = journal.head().unwrap();
        if let Some(pending) = self.pending.take()
            && Head::of(&pending.state) == head
        {
            self.model.accept(pending);
        }
        assert_eq!(
            head,
            self.model.head(),
            "neither with nor without the frame in flight"
        );
    }

    /// Whether the append was acknowledged.
    pub(super) fn append(&mut self, acts: &[u8], payload_bytes: u32) -> bool {
        let Some(journal) = &self.journal else {
            return false;
        };
        let next = self.model.frame(self.epoch, acts, payload_bytes);
        match journal.append(self.epoch, &self.model.head(), &next.bytes) {
            Ok(head) => {
                assert_eq!(head, Head::of(&next.state));
                self.model.accept(next);
                true
            }
            Err(AppendError::Unknown { .. }) => {
                assert!(self.pending.is_none(), "the journal did not latch");
                self.pending = Some(next);
                false
            }
            Err(AppendError::Latched { .. } | AppendError::Full { .. }) => false,
            Err(error) => panic!("{error:?}"),
        }
    }

    /// Erases those of these records that may be erased. Whether it was acknowledged.
    pub(super) fn erase(&mut self, positions: &[u64]) -> bool {
        let Some(journal) = &self.journal else {
            return false;
        };
        let newest = self
            .model
            .frames()
            .last()
            .map(|frame| Frame::parse(frame).unwrap());
        let end = newest.map_or(Position::FIRST, |frame| frame.header().first_position());
        let wanted = positions.iter().map(|position| Position::new(*position));
        let wanted: Vec<PayloadRef> = wanted
            .filter(|position| *position < end)
            .map(|position| PayloadRef {
                position,
                sealed_digest: self.digest_of(position),
            })
            .collect();
        match journal.erase(self.epoch, &wanted) {
            Ok(_) => {
                self.erased
                    .extend(wanted.iter().map(|payload| payload.position));
                true
            }
            Err(EraseError::Unknown { .. }) => {
                self.erasing
                    .extend(wanted.iter().map(|payload| payload.position));
                false
            }
            Err(EraseError::Latched { .. } | EraseError::Full) => false,
            Err(error) => panic!("{error:?}"),
        }
    }

    fn digest_of(&self, position: Position) -> Digest {
        let frames = self
            .model
            .frames()
            .iter()
            .map(|frame| Frame::parse(frame).unwrap());
        let mut records = frames.flat_map(|frame| frame.records());
        let record = records.find(|record| record.envelope.position == position);
        record.unwrap().envelope.sealed_digest
    }

    /// The machine stops; the disk keeps what it keeps.
    pub(super) fn crash(&mut self, crash: Crash) {
        self.journal = None;
        self.disk = self.disk.crash(crash);
    }

    /// Every record that was acknowledged is there, as it was appended, and nothing else is. Payloads are whole
    /// or erased.
    pub(super) fn check(&mut self) {
        let journal = self.journal.as_ref().unwrap();
        assert_eq!(journal.state().unwrap(), *self.model.state());
        let mut reader = journal.read(Position::FIRST).unwrap();
        for expected in self.model.frames() {
            let stored = reader.next_frame().unwrap().unwrap();
            let expected = Frame::parse(expected).unwrap();
            for (found, expected) in stored.frame().records().zip(expected.records()) {
                let position = expected.envelope.position;
                assert_eq!(found.envelope_bytes, expected.envelope_bytes);
                let is_erased = found.payload_state() == PayloadState::Erased;
                if !is_erased {
                    assert_eq!(found.sealed, expected.sealed);
                }
                if self.erasing.contains(&position) {
                    // Known again: from now on it must stay as it is.
                    if is_erased {
                        self.erased.insert(position);
                    }
                } else {
                    assert_eq!(is_erased, self.erased.contains(&position), "{position}");
                }
            }
        }
        assert!(reader.next_frame().unwrap().is_none());
        self.erasing.clear();
    }

    pub(super) fn journal(&self) -> &FileJournal {
        self.journal.as_ref().unwrap()
    }

    pub(super) const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Three segments, an erasure that reaches two of them, and a restart. Ends early at the first failure.
    pub(super) fn script(&mut self) {
        if self.start().is_err() {
            return;
        }
        for round in 0..6 {
            if !self.append(&[1, 2], 700 + round) {
                return;
            }
        }
        if !self.erase(&[1, 2, 9]) || !self.append(&[3], 1_200) {
            return;
        }
        if self.start().is_err() {
            return;
        }
        for _ in 0..3 {
            if !self.append(&[1], 2_000) {
                return;
            }
        }
    }
}
