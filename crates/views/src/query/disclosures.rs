use std::collections::VecDeque;

use sabt_chain::{ActId, LedgerName, Position, Size};
use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::act::SubjectId;
use sabt_domain::deferral::{Deferral, Extension};
use sabt_domain::governance::Enrolment;
use sabt_domain::number::PersonNumber;
use sabt_domain::time::Timestamp;
use sabt_proto::event::v1::Disclosure;
use sabt_vault::ordinal::SubjectOrdinal;

use super::{Answer, QueryError, Question, unknown_person};
use crate::error::ViewsError;
use crate::keys::{blind_position, life_position, life_prefix, position_key};
use crate::reader::Reader;
use crate::store::{Table, visit_prefix};
use crate::value::{self, AnswerRow};
use crate::views::Views;

/// Disclosures listed at most, the newest ones. At about 1 KiB each an answer stays at 4 MiB, the usual limit of a gRPC
/// message.
pub const DISCLOSURES_LISTED_MAX: usize = 4_096;

/// Who looked at a person's data.
#[derive(Clone, Debug, PartialEq)]
pub struct Disclosures {
    /// What may be told today, in the order of the records.
    pub entries: Vec<DisclosureEntry>,
    /// Disclosures withheld until their embargo date.
    pub withheld: u64,
    /// Disclosures older than the first entry that were left out because of [`DISCLOSURES_LISTED_MAX`].
    pub earlier: u64,
    /// Number of records of the disclosures ledger that were folded when this was read.
    pub disclosures_position: Size,
}

/// One disclosure.
#[derive(Clone, Debug, PartialEq)]
pub struct DisclosureEntry {
    /// Position in the disclosures ledger.
    pub position: Position,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What was asked and told.
    pub disclosure: Disclosure,
    /// Until when it was withheld, if it was.
    pub withheld_until: Option<Timestamp>,
    /// Orders by which it was withheld for longer, oldest first.
    pub extensions: Vec<Extension>,
}

impl DisclosureEntry {
    pub(super) fn deferral(&self) -> Option<Deferral> {
        Deferral::stated(self.recorded_at, self.disclosure.embargo_until)
    }
}

impl Views {
    /// Who looked at this person's data, when and why, as it may be told at `now`: an entry under embargo is counted,
    /// not shown, until its end or the one that an order recorded up to `now` has set (design 7.5, [`Deferral`]).
    /// Entries whose retention has ended are gone.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn disclosures_about(
        &self,
        permit: &Permit,
        person: PersonNumber,
        enrolment: &Enrolment,
        now: Timestamp,
    ) -> Result<Answer<Disclosures>, QueryError> {
        let question = Question::begin_about(self, permit, Method::ListDisclosures, person)?;
        question.require(FieldGroup::Disclosures)?;
        let reader = &question.reader;
        let subject = reader.keys().ordinal(&SubjectId::Person(person));
        let subject = subject.ok_or_else(unknown_person)?;
        // What the asylum unit looked at is told by the unit alone, and everything else by everybody else: neither list
        // tells or counts anything of the other.
        let subject = if question.allows(FieldGroup::AsylumClaim) {
            subject.in_compartment()
        } else {
            subject
        };
        let content = listed(reader, subject, enrolment, now, DISCLOSURES_LISTED_MAX)?;
        question.answer(vec![SubjectId::Person(person)], content)
    }
}

/// The newest `at_most` disclosures about a subject that may be told at `now`, and how many there are besides.
pub(super) fn listed(
    reader: &Reader<'_>,
    subject: SubjectOrdinal,
    enrolment: &Enrolment,
    now: Timestamp,
    at_most: usize,
) -> Result<Disclosures, ViewsError> {
    let mut listed = VecDeque::new();
    let (mut withheld, mut earlier) = (0, 0);
    let compartment = subject.is_compartment();
    let (table, prefix) = if compartment {
        let blind = reader.keys().asylum_blinder()?.asylum_looked(subject);
        (Table::AsylumLooked, blind.to_vec())
    } else {
        (Table::Looked, life_prefix(subject).to_vec())
    };
    visit_prefix(reader.snapshot(), table, &prefix, |entry| {
        let position = if compartment {
            blind_position(&entry.key)
        } else {
            life_position(&entry.key)
        };
        let position = Position::new(position.ok_or(ViewsError::Damaged { table })?);
        let Some(mut entry) = open(reader, position)? else {
            return Ok::<_, ViewsError>(true);
        };
        let orders = enrolment.extensions(position.get());
        if let Some(deferral) = entry.deferral() {
            let extended = deferral.with(orders, now);
            if extended.withholds(now) {
                withheld += 1;
                return Ok(true);
            }
            entry.withheld_until = Some(extended.until());
            entry.extensions = deferral.effective(orders, now).cloned().collect();
        }
        if listed.len() == at_most {
            listed.pop_front();
            earlier += 1;
        }
        listed.push_back(entry);
        Ok(true)
    })?;
    Ok(Disclosures {
        entries: listed.into(),
        withheld,
        earlier,
        disclosures_position: reader.size(LedgerName::Disclosures)?,
    })
}

/// The deferral that the disclosure at this position states; `None` if it states none, or is not there.
pub(crate) fn deferral_of(
    reader: &Reader<'_>,
    position: Position,
) -> Result<Option<Deferral>, ViewsError> {
    Ok(find(reader, position)?.and_then(|entry| entry.deferral()))
}

/// Opens a disclosure that an index names; `None` if its retention has ended.
pub(super) fn open(
    reader: &Reader<'_>,
    position: Position,
) -> Result<Option<DisclosureEntry>, ViewsError> {
    let row = row_at(reader, position)?.ok_or(ViewsError::Damaged {
        table: Table::Answers,
    })?;
    open_row(reader, position, &row)
}

/// Opens the disclosure at a position; `None` if there is none, or its retention has ended.
pub(super) fn find(
    reader: &Reader<'_>,
    position: Position,
) -> Result<Option<DisclosureEntry>, ViewsError> {
    match row_at(reader, position)? {
        Some(row) => open_row(reader, position, &row),
        None => Ok(None),
    }
}

fn row_at(reader: &Reader<'_>, position: Position) -> Result<Option<AnswerRow>, ViewsError> {
    let key = position_key(position.get());
    let bytes = reader.snapshot().get(Table::Answers, &key)?;
    let row = bytes.map(|bytes| value::decode(Table::Answers, &bytes));
    Ok(row.transpose()?)
}

/// Opens the disclosure in a row; `None` if its retention has ended.
pub(super) fn open_row(
    reader: &Reader<'_>,
    position: Position,
    row: &AnswerRow,
) -> Result<Option<DisclosureEntry>, ViewsError> {
    if row.sealed.is_empty() {
        return Ok(None);
    }
    let act_id = ActId::from_bytes(row.act_id);
    let opened = reader.keys().open_disclosure(
        row.recorded_at,
        row.compartment,
        position,
        act_id,
        &row.sealed,
    )?;
    Ok(opened.map(|disclosure| DisclosureEntry {
        position,
        recorded_at: Timestamp::from_micros(row.recorded_at),
        disclosure,
        withheld_until: None,
        extensions: Vec::new(),
    }))
}
