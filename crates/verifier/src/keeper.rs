//! Keeps the auditor's memory up to date while ledgers are verified.

use sabt_chain::{Chain, LedgerName, Link, Size};

use crate::examine::{examine_raw, examine_run};
use crate::feed::Feed;
use crate::head::Heads;
use crate::ledger::LedgerCheck;
use crate::run::{Options, VerifyError, settle};
use crate::source::{LedgerReader, Piece, SourceError};
use crate::state::{LedgerMemory, Memory, StateError, StateFile};
use crate::trust::TrustedLogs;
use crate::work::Part;

/// The memory is written after so many records: every few seconds, so that an interruption costs no more. (Tests are
/// shorter than that.)
const SAVE_EVERY_RECORDS: u64 = if cfg!(test) { 2 } else { 1_000_000 };

/// The memory of one verification. Without a state file it remembers nothing.
pub(crate) struct Keeper {
    file: Option<StateFile>,
    /// As it was when the verification began.
    before: Memory,
    /// As it is now; what is written.
    now: Memory,
    /// Which ledgers are gone on with, and not read from their start.
    resumed: Vec<LedgerName>,
    /// Size of the ledger that is being read when it was last remembered.
    kept: Size,
}

impl Keeper {
    /// Reads what is remembered.
    pub(crate) fn open(options: &Options) -> Result<Self, StateError> {
        let file = options.state.as_deref().map(StateFile::new);
        let before = match &file {
            Some(file) => file.read(&options.trust)?,
            None => Memory::default(),
        };
        let now = Memory {
            log_keys: options.trust.vkeys(),
            ..before.clone()
        };
        Ok(Self {
            file,
            before,
            now,
            resumed: Vec::new(),
            kept: Size::EMPTY,
        })
    }

    /// The checkpoints that a ledger must continue: those given, and the one remembered.
    pub(crate) fn remembered(&self, ledger: LedgerName, given: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut notes = given.to_vec();
        let own = self.before.of(ledger).and_then(|of| of.checkpoint.clone());
        notes.extend(own);
        notes
    }

    /// What to go on from; nothing, if a checkpoint to be compared covers less.
    pub(crate) fn resume(&mut self, ledger: LedgerName, heads: &Heads) -> Option<&LedgerMemory> {
        self.kept = Size::EMPTY;
        let memory = self.before.of(ledger)?;
        let size = memory.state.size();
        // The published checkpoint is compared with those that are remembered; if it is older, that is the fault.
        let mut given = heads.remembered_sizes();
        if size == Size::EMPTY || given.any(|given| given < size) {
            return None;
        }
        self.kept = size;
        self.resumed.push(ledger);
        Some(memory)
    }

    /// What a ledger was gone on from.
    pub(crate) fn resumed(&self, ledger: LedgerName) -> Option<&LedgerMemory> {
        let resumed = self.resumed.contains(&ledger);
        self.before.of(ledger).filter(|_| resumed)
    }

    /// A ledger cannot be gone on with: it is read from its start.
    pub(crate) fn forget(&mut self, ledger: LedgerName) {
        self.resumed.retain(|resumed| *resumed != ledger);
        self.kept = Size::EMPTY;
    }

    /// After each piece: remembers now and then, and where the checkpoint ends.
    pub(crate) fn pass(
        &mut self,
        options: &Options,
        ledger: LedgerName,
        published: Option<&[u8]>,
        check: &mut LedgerCheck,
        feed: &mut Feed<'_>,
    ) -> Result<(), VerifyError> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let (size, Some(stated)) = (check.size(), check.stated()) else {
            return Ok(());
        };
        let long = SAVE_EVERY_RECORDS <= size.get().saturating_sub(self.kept.get());
        if size <= self.kept || stated < size || !(long || size == stated) {
            return Ok(());
        }
        settle(check, feed);
        let Some(mut memory) = check.remember() else {
            return Ok(());
        };
        memory.checkpoint = self.checkpoint(ledger, published, check);
        match ledger {
            LedgerName::Events => self.now.events = Some(memory),
            LedgerName::Disclosures => {
                // What the events ledger anchors up to here was compared.
                if let Some(events) = &mut self.now.events {
                    events.anchors.retain(|anchor| size < anchor.size);
                }
                self.now.disclosures = Some(memory);
            }
        }
        self.kept = size;
        Ok(file.write(&self.now, &options.trust)?)
    }

    /// Everything was sound, and every anchor compared.
    pub(crate) fn finish(mut self, trust: &TrustedLogs) -> Result<(), StateError> {
        let ledgers = [&mut self.now.events, &mut self.now.disclosures];
        for memory in ledgers.into_iter().flatten() {
            memory.anchors.clear();
        }
        match &self.file {
            Some(file) => file.write(&self.now, trust),
            None => Ok(()),
        }
    }

    /// The state file contradicts itself.
    ///
    /// # Panics
    /// Without a state file, from which alone a contradiction can come.
    pub(crate) fn contradiction(&self) -> StateError {
        let file = self.file.as_ref();
        file.expect("only a state file can contradict itself")
            .contradiction()
    }

    /// The checkpoint to be remembered: the one remembered already until its size is reached, then the one published,
    /// if a trusted key signed it.
    fn checkpoint(
        &self,
        ledger: LedgerName,
        published: Option<&[u8]>,
        check: &LedgerCheck,
    ) -> Option<Vec<u8>> {
        let trust = check.trust();
        let size_of = |note: &[u8]| Some(trust.checkpoint(ledger, note).ok()?.size());
        let before = self.before.of(ledger).and_then(|of| of.checkpoint.clone());
        let ahead = before.as_deref().and_then(size_of);
        if ahead.is_some_and(|ahead| check.size() < ahead) {
            return before;
        }
        let published = published.filter(|note| size_of(note).is_some());
        published.map(<[u8]>::to_vec).or(before)
    }
}

/// The link of the last record verified before, read where it stood; `None` if it cannot be read there.
pub(crate) fn link_now(
    reader: &mut LedgerReader,
    chain: &Chain,
    memory: &LedgerMemory,
) -> Result<Option<Link>, SourceError> {
    let end = memory.state.next_position();
    while let Some(piece) = reader.next_piece()? {
        let batches = match piece {
            Piece::Part(Part::Run(run)) => examine_run(chain, &run),
            Piece::Part(Part::Raw(raw)) => vec![examine_raw(chain, &raw)],
            Piece::Segment(_)
            | Piece::Damage(_)
            | Piece::Finding { .. }
            | Piece::Lost
            | Piece::SegmentEnd { .. }
            | Piece::Stray { .. } => continue,
        };
        for record in batches.iter().flat_map(|batch| &batch.records) {
            let after = record.envelope.position.next();
            if after == Some(end) {
                return Ok(Some(record.examined.link));
            }
            if after.is_none_or(|after| end < after) {
                return Ok(None);
            }
        }
    }
    Ok(None)
}
