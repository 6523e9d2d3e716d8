use sabt_chain::{LedgerName, Position, Timestamp};
use sabt_vault::ordinal::SubjectOrdinal;

use super::sites::Moves;
use super::work::Works;
use super::{Fold, posting_key};
use crate::error::{FoldError, ViewsError};
use crate::keys::{life_key, position_key};
use crate::reader::life_table;
use crate::store::Table;
use crate::value::{self, AnswerRow, HistoryRow};

impl Fold<'_> {
    /// Blanks the rows of erased records. What is blank already stays as it is.
    pub(super) fn erase(
        &mut self,
        erasure: Position,
        subject: SubjectOrdinal,
        positions: &[u64],
    ) -> Result<(), FoldError> {
        let shift = self.shift(erasure)?;
        let mut amended = false;
        for erased in positions.iter().map(|named| named.saturating_add(shift)) {
            let found = match self.ledger {
                LedgerName::Events => {
                    amended = true;
                    self.blank_event(subject, erased)?
                }
                LedgerName::Disclosures => self.blank_answer(erased)?,
            };
            if !found {
                return Err(FoldError::ForeignErasure {
                    ledger: self.ledger,
                    position: erasure,
                    erased: Position::new(erased),
                });
            }
        }
        if amended {
            self.weigh_again(subject)?;
            self.note_stay(subject, Moves::Perhaps)?;
            self.note_work(subject, Works::Perhaps, erasure.get())?;
        }
        Ok(())
    }

    fn blank_event(&mut self, subject: SubjectOrdinal, erased: u64) -> Result<bool, FoldError> {
        let key = life_key(subject, erased);
        let life = life_table(subject);
        let Some(bytes) = self.current(life, &key)? else {
            return Ok(false);
        };
        let row: HistoryRow = value::decode(life, &bytes).map_err(ViewsError::from)?;
        for posting in &row.postings {
            let (table, key) = posting_key(posting, subject, erased);
            self.batch.delete(table, key);
        }
        let recorded_at = Timestamp::from_micros(row.recorded_at);
        let blank = HistoryRow::blank(recorded_at, row.act_id, row.part);
        self.batch.put(life, key, value::encode(&blank));
        self.forget_amendment(subject, erased)?;
        Ok(true)
    }

    fn blank_answer(&mut self, erased: u64) -> Result<bool, FoldError> {
        let key = position_key(erased);
        let Some(bytes) = self.current(Table::Answers, &key)? else {
            return Ok(false);
        };
        let row: AnswerRow = value::decode(Table::Answers, &bytes).map_err(ViewsError::from)?;
        let subject = SubjectOrdinal::new(row.subject);
        let blank = AnswerRow {
            sealed: Vec::new(),
            ..row
        };
        self.batch.put(Table::Answers, key, value::encode(&blank));
        self.forget_drawn(erased)?;
        if let Some(subject) = subject {
            self.forget_told(subject, erased)?;
        }
        Ok(true)
    }

    /// The value of a key as it will be once the batch is applied.
    pub(super) fn current(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, ViewsError> {
        match self.batch.pending(table, key) {
            Some(pending) => Ok(pending.map(<[u8]>::to_vec)),
            None => Ok(self.base.get(table, key)?),
        }
    }
}
