//! The fold: records of the two ledgers into tables.
//!
//! One call, one atomic batch: the rows of the records and the new [`Mark`](crate::Mark) stand together or not at
//! all, so the views are always exactly the fold of the first *n* records. What is offered a second time is
//! skipped by its position. The same records give byte for byte the same tables, in whatever portions they come; a
//! rebuild is the same fold from position 0.
//!
//! **Erasure.** A record whose payload can never be opened again gets a blank row. An erasure record turns the rows
//! it names into blank ones and takes away the index entries they caused, so views that had seen the payload and
//! views rebuilt later are the same. An erasure record's subject tag names the subject whose records it erases. In
//! the ledger of disclosures, where retention ends by month and not by subject, it names positions alone.
//!
//! **Corrections.** Who was told what was corrected follows from both ledgers; whichever record of the two is folded last
//! makes the row, so that it does not matter how far the other ledger had been folded; a rebuild makes them all at its end
//! (module `corrections`).
//!
//! **Sites.** Where a person is follows from the whole life, because a death or an exit ends a stay as well: whatever may move
//! somebody makes the row anew from the life (module `sites`).
//!
//! **Work.** Which service cases of an office are open, in the order of their newest records, follows from their lives
//! likewise; a step that neither opens nor closes one only moves it (module `work`).
//!
//! **Watching.** Which look-ups wait to be justified follows from both ledgers as well: a draw is a row unless the
//! justification was folded before, and a justification takes the row away (module `watch`).
//!
//! **Succession.** A ledger that succeeds another one holds its records, moved on by one. Erasure records among them
//! name positions of the old ledger; the fold knows by how much they have moved.

mod corrections;
mod erase;
mod postings;
mod prepare;
mod sequence;
mod sites;
mod succession;
mod watch;
mod work;

use sabt_chain::frame::RecordView;
use sabt_chain::{ActId, Envelope, LedgerName};
use sabt_vault::ordinal::SubjectOrdinal;

use self::prepare::{Content, Noted, prepare_all};
use self::sequence::{Admission, Sequence};
use crate::error::FoldError;
use crate::keys::{erasure_key, index_key, life_key};
use crate::meta::Mark;
use crate::registry_keys::RegistryKeys;
use crate::store::{Batch, Snapshot, Table};
use crate::value::{self, ActRow, Posting};

pub(crate) use self::corrections::Amended;
pub(crate) use self::prepare::{Prepared, THREADS, joined, prepare_here};

/// What a portion of records makes of the tables, beside what a batch before it left pending.
pub(crate) struct Fold<'a> {
    keys: &'a RegistryKeys,
    ledger: LedgerName,
    /// The tables before the batch.
    base: &'a dyn Snapshot,
    batch: &'a mut Batch,
    sequence: Sequence,
    /// The act whose parts are still coming.
    act: Option<(ActId, ActRow)>,
    /// In a rebuild: whose records were amended, to be weighed at its end.
    amended: Option<&'a mut Amended>,
}

impl<'a> Fold<'a> {
    /// Folds into `batch`, which is to be applied to the tables of `base`.
    pub(crate) fn new(
        keys: &'a RegistryKeys,
        ledger: LedgerName,
        mark: Mark,
        base: &'a dyn Snapshot,
        batch: &'a mut Batch,
    ) -> Self {
        Self {
            keys,
            ledger,
            base,
            batch,
            sequence: Sequence::new(ledger, mark),
            act: None,
            amended: None,
        }
    }

    /// Leaves corrections to be weighed later, those of everybody whom it puts into `amended`.
    pub(crate) fn leaving(self, amended: &'a mut Amended) -> Self {
        Self {
            amended: Some(amended),
            ..self
        }
    }

    /// Folds whole acts and returns the new mark, which is not yet in the batch.
    pub(crate) fn run(self, records: &[RecordView<'_>]) -> Result<Mark, FoldError> {
        let prepared = prepare_all(self.keys, self.ledger, records)?;
        self.take_all(prepared)
    }

    /// Folds whole acts that were prepared, and returns the new mark, which is not yet in the batch.
    pub(crate) fn take_all(mut self, prepared: Vec<Prepared>) -> Result<Mark, FoldError> {
        for record in prepared {
            let (envelope, link) = (&record.envelope, record.link);
            match self.sequence.admit(envelope, link, record.subject)? {
                Admission::Known => {}
                Admission::New => self.take(record)?,
            }
        }
        self.sequence.finish()
    }

    fn take(&mut self, record: Prepared) -> Result<(), FoldError> {
        for row in record.rows {
            self.batch.put(row.table, row.key, row.value);
        }
        let (envelope, subject) = (&record.envelope, record.subject);
        let position = envelope.position;
        match record.content {
            Content::Event(amending, moves, works) => {
                self.note_act(envelope, subject);
                if let Some(office) = amending {
                    self.note_amendment(subject, position.get(), &office)?;
                }
                self.note_stay(subject, moves)?;
                self.note_work(subject, works, position.get())?;
            }
            Content::Governance(noted) => {
                self.note_act(envelope, subject);
                match noted {
                    Some(Noted::Office(office, agency)) => self.note_office(&office, &agency),
                    Some(Noted::Justified(disclosure)) => {
                        self.note_justified(disclosure, position.get())?;
                    }
                    None => {}
                }
            }
            Content::Answer(drawn) => {
                if !subject.is_compartment() {
                    self.note_told(subject, position.get())?;
                }
                if let Some(drawn) = drawn {
                    self.note_drawn(position.get(), &drawn)?;
                }
            }
            Content::Erasure(positions) => {
                self.erase(position, subject, &positions)?;
                // Its id is taken like that of an act.
                if self.ledger == LedgerName::Events {
                    self.note_act(envelope, subject);
                    let key = erasure_key(position.get());
                    self.batch.put(Table::Meta, key, []);
                }
            }
            Content::Anchor(anchor) => self.note_succession(position.get(), &anchor)?,
        }
        Ok(())
    }

    /// Collects the parts of an act; the last one writes its row.
    fn note_act(&mut self, envelope: &Envelope, subject: SubjectOrdinal) {
        let (_, row) = self.act.get_or_insert_with(|| {
            let row = ActRow {
                position: envelope.position.get(),
                recorded_at: envelope.recorded_at.as_micros(),
                commitment: envelope
                    .authorship
                    .map(|author| author.commitment.to_bytes()),
                ordinals: Vec::with_capacity(usize::from(envelope.part.count())),
            };
            (envelope.act_id, row)
        });
        row.ordinals.push(subject.get());
        if envelope.part.is_last()
            && let Some((act, row)) = self.act.take()
        {
            self.batch
                .put(Table::Acts, act.to_bytes(), value::encode(&row));
        }
    }
}

/// Where an index entry stands.
fn posting_key(posting: &Posting, subject: SubjectOrdinal, position: u64) -> (Table, Vec<u8>) {
    match posting {
        Posting::Name(blind) => (Table::Names, index_key(blind, subject, position)),
        Posting::Document(blind) => (Table::Documents, index_key(blind, subject, position)),
        Posting::Officer(blind) => (Table::Officers, index_key(blind, subject, position)),
        Posting::Biometric(blind) => (Table::Biometrics, index_key(blind, subject, position)),
        Posting::Dispute => (Table::Disputed, life_key(subject, position).to_vec()),
        Posting::Claimant(blind) => (Table::Claimants, index_key(blind, subject, position)),
        Posting::Campaign(blind, _) => (Table::Rosters, index_key(blind, subject, position)),
        Posting::Clock(blind) => (Table::Clocks, index_key(blind, subject, position)),
        Posting::Site(blind) => (Table::Sites, index_key(blind, subject, position)),
        Posting::Work(blind) => (Table::Work, index_key(blind, subject, position)),
    }
}

/// What an index entry says by itself: nothing, where whoever follows it reads the life.
fn posting_value(posting: &Posting) -> Vec<u8> {
    match posting {
        Posting::Name(_)
        | Posting::Document(_)
        | Posting::Dispute
        | Posting::Claimant(_)
        | Posting::Clock(_)
        | Posting::Site(_)
        | Posting::Work(_)
        | Posting::Officer(_)
        | Posting::Biometric(_) => Vec::new(),
        Posting::Campaign(_, row) => value::encode(row),
    }
}
