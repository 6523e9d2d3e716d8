use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use sabt_chain::{ActId, LedgerName, Position};
use sabt_domain::event::Recorded;
use sabt_domain::fact::{AgencyCode, OfficeCode};
use sabt_domain::life::Life;
use sabt_vault::ordinal::SubjectOrdinal;

use super::Fold;
use super::prepare::joined;
use crate::blind::{BLIND_BYTES, Blind};
use crate::corrections::{Answered, Correction, corrections};
use crate::error::{FoldError, ViewsError};
use crate::keys::{
    Recipience, life_key, life_position, life_prefix, notice_key, office_key, position_key,
    recipient_key, recipient_prefix,
};
use crate::meta::Marks;
use crate::reader;
use crate::registry_keys::RegistryKeys;
use crate::store::{Batch, Snapshot, Store, StoreError, Table, visit_prefix};
use crate::value::{self, AnswerRow};

/// Subjects whose corrections are weighed in one batch: enough to make little of a snapshot and a write, few rows in memory.
const WEIGHED_TOGETHER: usize = 256;

/// What the tables know of a subject's corrections: by position, the agency that recorded it, blinded, if it is known.
type Known = BTreeMap<u64, Option<Blind>>;

/// Whose records were amended, as far as a rebuild has come. Their corrections are weighed when everything is folded, once for
/// each of them: to weigh every disclosure as it comes would read the whole life anew for each.
#[derive(Debug, Default)]
pub(crate) struct Amended(BTreeSet<SubjectOrdinal>);

impl Amended {
    /// As an interrupted rebuild has left them.
    pub(crate) fn of(loaded: &dyn Snapshot) -> Result<Self, StoreError> {
        let mut amended = BTreeSet::new();
        visit_prefix(loaded, Table::Corrections, &[], |entry| {
            // Every key of the table begins with its subject.
            let subject = entry.key.first_chunk().copied().map(u64::from_be_bytes);
            amended.extend(subject.and_then(SubjectOrdinal::new));
            Ok::<_, StoreError>(true)
        })?;
        Ok(Self(amended))
    }

    /// Makes the rows of their corrections from everything that is stored, on several threads. Done again after an
    /// interruption, it comes to the same.
    pub(crate) fn weigh(
        &self,
        keys: &RegistryKeys,
        marks: &Marks,
        store: &dyn Store,
        threads: usize,
    ) -> Result<(), FoldError> {
        let subjects: Vec<SubjectOrdinal> = self.0.iter().copied().collect();
        let portions = subjects.chunks(WEIGHED_TOGETHER);
        let weigh = |portion: &[SubjectOrdinal]| {
            let mut batch = Batch::new();
            {
                let base = store.snapshot()?;
                let (ledger, mark) = (LedgerName::Events, marks.events);
                let mut fold = Fold::new(keys, ledger, mark, &*base, &mut batch);
                for subject in portion {
                    fold.weigh_again(*subject)?;
                }
            }
            Ok(store.apply(batch)?)
        };
        thread::scope(|scope| {
            let shares = (0..threads).map(|first| portions.clone().skip(first).step_by(threads));
            let workers: Vec<_> = shares
                .map(|mut share| scope.spawn(move || share.try_for_each(weigh)))
                .collect();
            workers.into_iter().try_for_each(joined)
        })
    }
}

impl Fold<'_> {
    /// An office belongs to an agency: a correction by one of its offices is no news to it.
    pub(super) fn note_office(&mut self, office: &OfficeCode, agency: &AgencyCode) {
        let key = office_key(office);
        let agency = self.keys.blinder().agency(agency.as_str());
        self.batch.put(Table::Meta, key, agency);
    }

    /// A record amends what was recorded about its subject before.
    pub(super) fn note_amendment(
        &mut self,
        subject: SubjectOrdinal,
        position: u64,
        office: &OfficeCode,
    ) -> Result<(), ViewsError> {
        let agency = self.current(Table::Meta, &office_key(office))?;
        let key = life_key(subject, position);
        self.batch
            .put(Table::Corrections, key, agency.unwrap_or_default());
        self.weigh_again(subject)
    }

    /// Somebody asked about a subject: if anything about it was corrected, this disclosure may have told or acknowledged
    /// that. Its row is in the batch. In a rebuild that is weighed when everything is folded.
    pub(super) fn note_told(
        &mut self,
        subject: SubjectOrdinal,
        position: u64,
    ) -> Result<(), ViewsError> {
        if self.amended.is_some() {
            return Ok(());
        }
        let known = self.known_corrections(subject)?;
        if known.is_empty() {
            return Ok(());
        }
        let Some(told) = self.told(position)? else {
            return Ok(());
        };
        for correction in corrections(&self.life(subject)?) {
            self.weigh(subject, &known, &correction, position, &told)?;
        }
        Ok(())
    }

    /// Takes away what the rows of a subject owe to a disclosure that nobody can read any more.
    pub(super) fn forget_told(
        &mut self,
        subject: SubjectOrdinal,
        disclosure: u64,
    ) -> Result<(), ViewsError> {
        for (key, _) in self.under(Table::Corrections, &life_prefix(subject))? {
            let Some(recipience) = Recipience::of(&key) else {
                continue;
            };
            if recipience.disclosure == disclosure {
                self.batch.delete(Table::Corrections, key);
                self.refresh(subject, recipience.correction, &recipience.recipient)?;
            }
        }
        Ok(())
    }

    /// Makes the rows of a subject's corrections anew, from its life and every disclosure about it; in a rebuild, when
    /// everything is folded.
    /// There are none of a claim to asylum: the tables do not differ by it.
    pub(super) fn weigh_again(&mut self, subject: SubjectOrdinal) -> Result<(), ViewsError> {
        if subject.is_compartment() {
            return Ok(());
        }
        if let Some(amended) = &mut self.amended {
            amended.0.insert(subject);
            return Ok(());
        }
        let mut touched = BTreeSet::new();
        for (key, _) in self.under(Table::Corrections, &life_prefix(subject))? {
            if let Some(recipience) = Recipience::of(&key) {
                touched.insert((recipience.correction, recipience.recipient));
                self.batch.delete(Table::Corrections, key);
            }
        }
        let known = self.known_corrections(subject)?;
        let looked = self.under(Table::Looked, &life_prefix(subject))?;
        if !known.is_empty() && !looked.is_empty() {
            let corrections = corrections(&self.life(subject)?);
            for (key, _) in looked {
                let damaged = ViewsError::Damaged {
                    table: Table::Looked,
                };
                let position = life_position(&key).ok_or(damaged)?;
                let Some(told) = self.told(position)? else {
                    continue;
                };
                for correction in &corrections {
                    self.weigh(subject, &known, correction, position, &told)?;
                }
            }
        }
        for (correction, recipient) in touched {
            self.refresh(subject, correction, &recipient)?;
        }
        Ok(())
    }

    /// Forgets that a record amended something: nobody can read it any more.
    pub(super) fn forget_amendment(
        &mut self,
        subject: SubjectOrdinal,
        position: u64,
    ) -> Result<(), ViewsError> {
        let key = life_key(subject, position);
        if self.current(Table::Corrections, &key)?.is_some() {
            self.batch.delete(Table::Corrections, key);
        }
        Ok(())
    }

    /// Holds one disclosure against one correction.
    fn weigh(
        &mut self,
        subject: SubjectOrdinal,
        known: &Known,
        correction: &Correction,
        disclosure: u64,
        told: &Answered,
    ) -> Result<(), ViewsError> {
        let Some(by) = known.get(&correction.position) else {
            return Ok(());
        };
        let mut changed = false;
        // To which State the recipient answers is asked when the notice is told.
        let outdated = told.outdated_by(correction, |_group| false);
        for (applies, kind) in [
            (!outdated.is_empty(), Recipience::TOLD),
            (told.closes(correction), Recipience::ACKNOWLEDGED),
        ] {
            if applies && *by != Some(told.agency) {
                let recipience = Recipience {
                    correction: correction.position,
                    recipient: told.recipient,
                    kind,
                    disclosure,
                };
                let key = recipient_key(subject, &recipience);
                self.batch.put(Table::Corrections, key, []);
                changed = true;
            }
        }
        if changed {
            self.refresh(subject, correction.position, &told.recipient)?;
        }
        Ok(())
    }

    /// A notice is open if its recipient was told what was corrected and has not acknowledged the correction.
    fn refresh(
        &mut self,
        subject: SubjectOrdinal,
        correction: u64,
        recipient: &Blind,
    ) -> Result<(), ViewsError> {
        let prefix = recipient_prefix(subject, correction, recipient);
        let rows = self.under(Table::Corrections, &prefix)?;
        let kinds: BTreeSet<u8> = rows
            .keys()
            .filter_map(|key| Recipience::of(key))
            .map(|recipience| recipience.kind)
            .collect();
        let open = kinds.contains(&Recipience::TOLD) && !kinds.contains(&Recipience::ACKNOWLEDGED);
        let key = notice_key(recipient, correction, subject);
        let was_open = self.current(Table::Notices, &key)?.is_some();
        if open && !was_open {
            self.batch.put(Table::Notices, key, []);
        } else if was_open && !open {
            self.batch.delete(Table::Notices, key);
        }
        Ok(())
    }

    fn known_corrections(&self, subject: SubjectOrdinal) -> Result<Known, ViewsError> {
        let mut known = Known::new();
        for (key, agency) in self.under(Table::Corrections, &life_prefix(subject))? {
            if let Some(position) = life_position(&key) {
                let agency = <[u8; BLIND_BYTES]>::try_from(agency.as_slice());
                known.insert(position, agency.ok());
            }
        }
        Ok(known)
    }

    /// The life of a subject as far as it has been folded.
    pub(super) fn life(&self, subject: SubjectOrdinal) -> Result<Life, ViewsError> {
        let mut life = Life::default();
        let rows = self.under(Table::History, &life_prefix(subject))?;
        if reader::LIFE_RECORDS_MAX < rows.len() {
            return Err(ViewsError::LifeTooLong);
        }
        for (key, row) in rows {
            let recorded: Option<Recorded> = reader::recorded(self.keys, subject, &key, &row)?;
            if let Some(recorded) = recorded {
                life.apply(recorded);
            }
        }
        Ok(life)
    }

    /// What a disclosure that was folded before says of whom was told what.
    fn told(&self, position: u64) -> Result<Option<Answered>, ViewsError> {
        let damaged = ViewsError::Damaged {
            table: Table::Answers,
        };
        let row = self.current(Table::Answers, &position_key(position))?;
        let row: AnswerRow = value::decode(Table::Answers, &row.ok_or(damaged)?)?;
        if row.sealed.is_empty() {
            return Ok(None);
        }
        let (position, act_id) = (Position::new(position), ActId::from_bytes(row.act_id));
        let opened = self.keys.open_disclosure(
            row.recorded_at,
            row.compartment,
            position,
            act_id,
            &row.sealed,
        )?;
        Ok(opened.and_then(|disclosure| Answered::of(self.keys.blinder(), &disclosure)))
    }

    /// Everything under a prefix as it will be once the batch is applied, in key order.
    fn under(&self, table: Table, prefix: &[u8]) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, ViewsError> {
        let mut rows = BTreeMap::new();
        visit_prefix(self.base, table, prefix, |entry| {
            rows.insert(entry.key, entry.value);
            Ok::<_, ViewsError>(true)
        })?;
        for (key, change) in self.batch.pending_prefix(table, prefix) {
            match change {
                Some(value) => rows.insert(key.to_vec(), value.to_vec()),
                None => rows.remove(key),
            };
        }
        Ok(rows)
    }
}
