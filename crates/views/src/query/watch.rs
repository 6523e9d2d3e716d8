//! Watching those who look: which look-ups wait to be justified, and which draw attention (module `flags`).

mod flags;
mod uses;

use sabt_chain::Position;
use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::event::EventBody;
use sabt_domain::fact::{AgencyCode, LookupGround};
use sabt_domain::law::TimeLimit;
use sabt_domain::time::Timestamp;
use sabt_domain::watch::{DrawnLookup, justified_by};
use sabt_proto::event::v1::DisclosureVerb;

pub use self::flags::{FLAGS_OPENED_MAX, FLAGS_SCANNED_MAX, FlagsFrom, LookupFlag, LookupFlags};
pub use self::uses::{GrantUse, GrantUses, USES_SCANNED_MAX};

use super::disclosures::find;
use super::{Answer, QueryError, Question};
use crate::error::ViewsError;
use crate::keys::{position_key, position_of};
use crate::reader::Reader;
use crate::registry_keys::decode_event;
use crate::store::{Entry, Table, visit_prefix};
use crate::value::{self, DrawnRow, GovernanceRow};
use crate::views::Views;

/// Look-ups that are looked at for one list. At some 10 us each a list takes some ten milliseconds; whoever wants more goes
/// on where it ended.
pub const LOOKUPS_LISTED_MAX: usize = 1_000;

/// Waiting look-ups that are counted for the status; beyond it there are at least as many. At a microsecond each that is a
/// tenth of a second.
const DRAWN_COUNTED_MAX: usize = 100_000;

/// Look-ups that wait to be justified, or were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawnLookups {
    /// Emergencies first, each kind by position.
    pub lookups: Vec<DrawnEntry>,
    /// Where to go on; `None` if there are no more.
    pub next: Option<Position>,
}

/// A look-up that waits to be justified, or was. It names nobody who was looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawnEntry {
    /// Agency that looked.
    pub agency: String,
    /// Its officer.
    pub officer: String,
    /// Position in the disclosures ledger.
    pub position: Position,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// True if it was made on an emergency grant.
    pub emergency: bool,
    /// The limit by which it is justified.
    pub limit: &'static TimeLimit,
    /// When that ends; `None` beyond the range of the calendar.
    pub due_at: Option<Timestamp>,
    /// True if that is past and it is not justified.
    pub overdue: bool,
    /// How it was justified, if it was.
    pub justification: Option<Justification>,
}

/// How a look-up was justified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Justification {
    /// Position in the events ledger of the record that says so.
    pub position: Position,
    /// When that was recorded.
    pub recorded_at: Timestamp,
    /// The ground.
    pub ground: LookupGround,
}

/// How many look-ups wait to be justified. Tells of nobody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DrawnCounts {
    /// Made on emergency grants.
    pub emergencies: u64,
    /// Drawn by lot.
    pub drawn: u64,
    /// Of both, how many are overdue.
    pub overdue: u64,
}

impl Views {
    /// Look-ups that wait to be justified or, where `justified` says so, that were: those of the asker's agency, and of all
    /// agencies for whoever supervises disclosures.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn drawn_lookups(
        &self,
        permit: &Permit,
        from: Position,
        justified: bool,
        now: Timestamp,
    ) -> Result<Answer<DrawnLookups>, QueryError> {
        let question = Question::begin(self, permit, Method::ListDrawnLookups)?;
        question.require(FieldGroup::Oversight)?;
        let table = if justified {
            Table::Justified
        } else {
            Table::Drawn
        };
        let key = position_key(from.get());
        let snapshot = question.reader.snapshot();
        let mut rows = snapshot.scan_prefix(table, &[], &key, LOOKUPS_LISTED_MAX + 1)?;
        let next = if LOOKUPS_LISTED_MAX < rows.len() {
            rows.pop().map(|entry| place(table, &entry)).transpose()?
        } else {
            None
        };
        let mut lookups = Vec::new();
        for row in rows {
            lookups.extend(question.drawn_entry(table, &row, now)?);
        }
        lookups.sort_by_key(|entry| (!entry.emergency, entry.position));
        question.answer(Vec::new(), DrawnLookups { lookups, next })
    }

    /// How many look-ups wait to be justified.
    ///
    /// # Errors
    /// [`ViewsError`].
    pub fn drawn_counts(&self, now: Timestamp) -> Result<DrawnCounts, ViewsError> {
        let reader = Reader::new(self)?;
        let mut counts = DrawnCounts::default();
        let mut left = DRAWN_COUNTED_MAX;
        visit_prefix(reader.snapshot(), Table::Drawn, &[], |entry| {
            let row: DrawnRow = value::decode(Table::Drawn, &entry.value)?;
            if row.emergency {
                counts.emergencies += 1;
            } else {
                counts.drawn += 1;
            }
            let recorded_at = Timestamp::from_micros(row.recorded_at);
            counts.overdue += u64::from(is_overdue(due(row.emergency, recorded_at).1, now));
            left -= 1;
            Ok::<_, ViewsError>(left != 0)
        })?;
        Ok(counts)
    }
}

impl Question<'_> {
    /// The agency whose look-ups alone may be told; `None`: those of all.
    fn watched(&self) -> Option<&str> {
        let supervises = self.allows(FieldGroup::Disclosures);
        (!supervises).then(|| self.permit.asker().agency.as_str())
    }

    fn drawn_entry(
        &self,
        table: Table,
        row: &Entry,
        now: Timestamp,
    ) -> Result<Option<DrawnEntry>, ViewsError> {
        let position = place(table, row)?;
        let watched = self.watched();
        // Another agency's look-up is not even opened, where the row tells whose it is.
        if let (Some(agency), Table::Drawn) = (watched, table) {
            let drawn: DrawnRow = value::decode(table, &row.value)?;
            if drawn.agency != self.reader.keys().blinder().agency(agency) {
                return Ok(None);
            }
        }
        let Some(entry) = find(&self.reader, position)? else {
            return Ok(None);
        };
        if watched.is_some_and(|agency| agency != entry.disclosure.agency) {
            return Ok(None);
        }
        let justification = if table == Table::Justified {
            self.justification(row)?
        } else {
            None
        };
        let emergency = entry.disclosure.verb() == DisclosureVerb::Alarmed;
        let (limit, due_at) = due(emergency, entry.recorded_at);
        Ok(Some(DrawnEntry {
            agency: entry.disclosure.agency,
            officer: entry.disclosure.officer,
            position,
            recorded_at: entry.recorded_at,
            emergency,
            limit,
            due_at,
            overdue: justification.is_none() && is_overdue(due_at, now),
            justification,
        }))
    }

    fn justification(&self, row: &Entry) -> Result<Option<Justification>, ViewsError> {
        let table = Table::Justified;
        let position = position_of(&row.value).ok_or(ViewsError::Damaged { table })?;
        let table = Table::Governance;
        let stored = self.reader.snapshot().get(table, &position_key(position))?;
        let row: GovernanceRow =
            value::decode(table, &stored.ok_or(ViewsError::Damaged { table })?)?;
        let position = Position::new(position);
        let event = decode_event(position, &row.payload)?;
        let EventBody::LookupJustified(body) = event.body else {
            return Ok(None);
        };
        Ok(Some(Justification {
            position,
            recorded_at: Timestamp::from_micros(row.recorded_at),
            ground: body.ground,
        }))
    }
}

/// The look-up at a position, if it was drawn, as far as justifying it needs it.
pub(crate) fn drawn_at(
    reader: &Reader<'_>,
    position: Position,
) -> Result<Option<DrawnLookup>, ViewsError> {
    let key = position_key(position.get());
    let stands =
        |table| -> Result<bool, ViewsError> { Ok(reader.snapshot().get(table, &key)?.is_some()) };
    let justified = stands(Table::Justified)?;
    if !justified && !stands(Table::Drawn)? {
        return Ok(None);
    }
    let Some(entry) = find(reader, position)? else {
        return Ok(None);
    };
    let agency = entry.disclosure.agency.parse::<AgencyCode>().ok();
    Ok(agency.map(|agency| DrawnLookup {
        agency,
        emergency: entry.disclosure.verb() == DisclosureVerb::Alarmed,
        officer: entry.disclosure.officer,
        justified,
    }))
}

/// The limit of a look-up and when it ends; beyond the range of the calendar it does not.
fn due(emergency: bool, recorded_at: Timestamp) -> (&'static TimeLimit, Option<Timestamp>) {
    let fallback = &TimeLimit::LOOKUP_JUSTIFICATION;
    justified_by(emergency, recorded_at).unwrap_or((fallback, None))
}

fn is_overdue(due_at: Option<Timestamp>, now: Timestamp) -> bool {
    due_at.is_some_and(|due_at| due_at <= now)
}

fn place(table: Table, row: &Entry) -> Result<Position, ViewsError> {
    let position = position_of(&row.key);
    position
        .map(Position::new)
        .ok_or(ViewsError::Damaged { table })
}
