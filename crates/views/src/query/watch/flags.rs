//! Look-ups that draw attention, derived from both ledgers for every list anew.

use sabt_chain::{ActId, LedgerName, Position};
use sabt_domain::access::{FieldGroup, Method, Permit, Purpose, Role};
use sabt_domain::act::{Act, SubjectId};
use sabt_domain::fact::{Address, AgencyCode};
use sabt_domain::governance::Enrolment;
use sabt_domain::household::Household;
use sabt_domain::life::At;
use sabt_domain::number::HouseholdCode;
use sabt_domain::person::Person;
use sabt_domain::time::Timestamp;
use sabt_domain::watch::{
    BURST_WINDOW_MICROS, Bursts, FlagRule, case_span, expects_act, is_off_shift,
};
use sabt_proto::event::v1::{Disclosure, DisclosureVerb};
use sabt_vault::ordinal::SubjectOrdinal;

use super::super::disclosures::open_row;
use super::super::{Answer, QueryError, Question};
use crate::error::ViewsError;
use crate::keys::{life_prefix, position_key, position_of};
use crate::reader::{Reader, recorded};
use crate::store::{Entry, Table, visit_prefix};
use crate::value::{self, ActRow, AnswerRow, HistoryRow};
use crate::views::Views;

/// Disclosures that are looked at for one list. At some 5 us to open each that is a tenth of a second.
pub const FLAGS_SCANNED_MAX: usize = 20_000;

/// Opened records that are judged for one list. At some 500 us for the lives that each needs that is a second.
pub const FLAGS_OPENED_MAX: usize = 2_000;

/// Disclosures before the first one listed that are looked at for bursts, the nearest ones: those of ten minutes at 150 a
/// second.
const BURST_SCANNED_MAX: u64 = 100_000;

/// Persons declared as one officer that are looked at.
const DECLARED_MAX: usize = 64;

/// Where a list begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlagsFrom {
    /// Position in the disclosures ledger.
    pub position: Position,
    /// Look-ups recorded before are left out.
    pub since: Timestamp,
}

/// Look-ups that draw attention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupFlags {
    /// Emergencies first, then by position.
    pub flags: Vec<LookupFlag>,
    /// Where to go on; `None` if everything recorded so far was looked at.
    pub next: Option<Position>,
}

/// A rule draws attention to one look-up of one officer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupFlag {
    /// The rule.
    pub rule: FlagRule,
    /// Agency of the officer.
    pub agency: String,
    /// The officer.
    pub officer: String,
    /// Position of the look-up in the disclosures ledger.
    pub position: Position,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

impl Views {
    /// Look-ups that draw attention: those of the asker's agency, and of all agencies for whoever supervises disclosures. What
    /// rests on who an officer is leaves only with [`FieldGroup::Officer`].
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn lookup_flags(
        &self,
        permit: &Permit,
        from: FlagsFrom,
        enrolment: &Enrolment,
        now: Timestamp,
    ) -> Result<Answer<LookupFlags>, QueryError> {
        let question = Question::begin(self, permit, Method::ListLookupFlags)?;
        question.require(FieldGroup::Oversight)?;
        let mut watch = Watch {
            question: &question,
            enrolment,
            now,
            bursts: Bursts::default(),
            flags: Vec::new(),
        };
        let next = watch.run(from)?;
        let mut flags = watch.flags;
        flags.sort_by_key(|flag| (flag.rule != FlagRule::Emergency, flag.position, flag.rule));
        question.answer(Vec::new(), LookupFlags { flags, next })
    }
}

/// Goes over the disclosures in their order.
struct Watch<'w, 'q> {
    question: &'w Question<'q>,
    enrolment: &'w Enrolment,
    now: Timestamp,
    bursts: Bursts<(String, String), SubjectOrdinal>,
    flags: Vec<LookupFlag>,
}

/// A row of a disclosure.
pub(super) struct Row {
    pub(super) position: Position,
    pub(super) row: AnswerRow,
}

impl Row {
    fn read(entry: &Entry) -> Result<Self, ViewsError> {
        let table = Table::Answers;
        let position = position_of(&entry.key).ok_or(ViewsError::Damaged { table })?;
        Ok(Self {
            position: Position::new(position),
            row: value::decode(table, &entry.value)?,
        })
    }
}

/// A record that was opened.
struct Lookup {
    position: Position,
    recorded_at: Timestamp,
    disclosure: Disclosure,
    subject: SubjectOrdinal,
}

/// Where somebody lived on a day.
struct Whereabouts {
    household: Option<HouseholdCode>,
    address: Option<Address>,
}

impl Watch<'_, '_> {
    fn run(&mut self, from: FlagsFrom) -> Result<Option<Position>, ViewsError> {
        let since = first_since(&self.question.reader, from.since)?;
        let start = from.position.get().max(since);
        self.warm_up(start)?;
        let mut before = act_before(&self.question.reader, start)?;
        let (mut scanned, mut judged) = (0, 0);
        let mut next = None;
        let snapshot = self.question.reader.snapshot();
        visit_from(snapshot, start, |row| {
            if FLAGS_SCANNED_MAX <= scanned || FLAGS_OPENED_MAX <= judged {
                next = Some(row.position);
                return Ok(false);
            }
            scanned += 1;
            let of_same_answer = before == Some(row.row.act_id);
            before = Some(row.row.act_id);
            if let Some(disclosure) = watched(self.question, &row)? {
                if disclosure.verb() == DisclosureVerb::Alarmed {
                    judged += 1;
                    self.flag(FlagRule::Emergency, &disclosure, row.position, &row.row);
                } else if let Some(lookup) = lookup(&row, disclosure, of_same_answer) {
                    judged += 1;
                    self.judge(&lookup)?;
                }
            }
            Ok(true)
        })?;
        Ok(next)
    }

    /// Notes the look-ups of the window before the first one listed.
    fn warm_up(&mut self, start: u64) -> Result<(), ViewsError> {
        let Some(first) = row_from(&self.question.reader, start)? else {
            return Ok(());
        };
        let window = first.row.recorded_at.saturating_sub(BURST_WINDOW_MICROS);
        let begin = first_since(&self.question.reader, Timestamp::from_micros(window))?;
        let begin = begin.max(start.saturating_sub(BURST_SCANNED_MAX));
        let mut before = act_before(&self.question.reader, begin)?;
        let snapshot = self.question.reader.snapshot();
        visit_from(snapshot, begin, |row| {
            if start <= row.position.get() {
                return Ok(false);
            }
            let of_same_answer = before == Some(row.row.act_id);
            before = Some(row.row.act_id);
            if let Some(disclosure) = watched(self.question, &row)?
                && let Some(lookup) = lookup(&row, disclosure, of_same_answer)
            {
                self.note(&lookup);
            }
            Ok(true)
        })
    }

    fn note(&mut self, lookup: &Lookup) -> bool {
        let disclosure = &lookup.disclosure;
        let officer = (disclosure.agency.clone(), disclosure.officer.clone());
        self.bursts
            .note(officer, lookup.recorded_at, lookup.subject)
    }

    fn judge(&mut self, lookup: &Lookup) -> Result<(), ViewsError> {
        let at = At {
            as_of: lookup.recorded_at.day_in_tehran(),
            known_at: self.now,
        };
        let mut rules = Vec::new();
        rules.extend(self.own(lookup, &at)?);
        if self.is_without_activity(lookup)? {
            rules.push(FlagRule::NoCaseActivity);
        }
        let role = Role::from_proto(lookup.disclosure.role);
        if role.is_some_and(|role| is_off_shift(role, lookup.recorded_at)) {
            rules.push(FlagRule::OffShift);
        }
        if self.note(lookup) {
            rules.push(FlagRule::Burst);
        }
        for rule in rules {
            let micros = lookup.recorded_at.micros();
            self.put(rule, &lookup.disclosure, lookup.position, micros);
        }
        Ok(())
    }

    fn flag(&mut self, rule: FlagRule, disclosure: &Disclosure, at: Position, row: &AnswerRow) {
        self.put(rule, disclosure, at, row.recorded_at);
    }

    fn put(&mut self, rule: FlagRule, disclosure: &Disclosure, position: Position, micros: i64) {
        if self.question.allows(rule.rests_on()) {
            self.flags.push(LookupFlag {
                rule,
                agency: disclosure.agency.clone(),
                officer: disclosure.officer.clone(),
                position,
                recorded_at: Timestamp::from_micros(micros),
            });
        }
    }

    /// Whether the officer looked up themselves, or somebody they live with.
    fn own(&self, lookup: &Lookup, at: &At) -> Result<Option<FlagRule>, ViewsError> {
        if !self.question.allows(FieldGroup::Officer) {
            return Ok(None);
        }
        let Some((officer, own)) = self.officer(&lookup.disclosure, at)? else {
            return Ok(None);
        };
        if officer == lookup.subject {
            return Ok(Some(FlagRule::OwnRecord));
        }
        let reader = &self.question.reader;
        let life = reader.life(lookup.subject)?;
        let other = if let Some(person) = life.person(at) {
            self.whereabouts(&person, at)?
        } else if let Some(Household { code, address, .. }) = life.household(at) {
            Whereabouts {
                household: Some(code),
                address,
            }
        } else {
            return Ok(None);
        };
        let same_household = own.household.is_some() && own.household == other.household;
        let same_address = own.address.is_some() && own.address == other.address;
        Ok(if same_household {
            Some(FlagRule::OwnHousehold)
        } else {
            same_address.then_some(FlagRule::OwnAddress)
        })
    }

    /// The person who was declared to be the officer last, and where they lived.
    fn officer(
        &self,
        disclosure: &Disclosure,
        at: &At,
    ) -> Result<Option<(SubjectOrdinal, Whereabouts)>, ViewsError> {
        let Ok(agency) = disclosure.agency.parse::<AgencyCode>() else {
            return Ok(None);
        };
        let reader = &self.question.reader;
        let blind = reader
            .keys()
            .blinder()
            .officer(&disclosure.agency, &disclosure.officer);
        let (declared, _more) = reader.candidates(Table::Officers, &blind, DECLARED_MAX)?;
        let mut newest: Option<(u64, SubjectOrdinal, Person)> = None;
        for subject in declared {
            let Some(person) = reader.life(subject)?.person(at) else {
                continue;
            };
            let posts = person.officer_posts.iter();
            let post = posts
                .filter(|post| post.agency == agency && post.officer.as_str() == disclosure.officer)
                .map(|post| post.position)
                .max();
            if let Some(position) = post
                && newest.as_ref().is_none_or(|(other, ..)| *other < position)
            {
                newest = Some((position, subject, person));
            }
        }
        let Some((_, subject, person)) = newest else {
            return Ok(None);
        };
        Ok(Some((subject, self.whereabouts(&person, at)?)))
    }

    /// The household and address of a person; that of the household where the person has none of their own.
    fn whereabouts(&self, person: &Person, at: &At) -> Result<Whereabouts, ViewsError> {
        let household = person.household.map(|membership| membership.household);
        let mut address = person.address.clone();
        if let (None, Some(code)) = (&address, household) {
            let life = self.question.reader.life_of(&SubjectId::Household(code))?;
            address = life.household(at).and_then(|household| household.address);
        }
        Ok(Whereabouts { household, address })
    }

    /// Whether the record was opened to do something about its person, the time for that is over, and nothing was done.
    fn is_without_activity(&self, lookup: &Lookup) -> Result<bool, ViewsError> {
        let disclosure = &lookup.disclosure;
        let role = Role::from_proto(disclosure.role);
        let purpose = Purpose::from_code(&disclosure.purpose);
        let (Some(role), Some(purpose)) = (role, purpose) else {
            return Ok(false);
        };
        let (from, until) = case_span(lookup.recorded_at);
        let expected = expects_act(&disclosure.policy_edition, role, purpose);
        if !expected || self.now <= until {
            return Ok(false);
        }
        let is_person = matches!(
            self.question.reader.origin(lookup.subject)?,
            Some(origin) if matches!(origin.subject, SubjectId::Person(_))
        );
        Ok(is_person && !self.acted(lookup, (from, until))?)
    }

    /// Whether the agency recorded something about the person in the span, under the case that the look-up names; under any,
    /// if it names none. An act that nobody can read any more counts: in doubt for the officer.
    fn acted(
        &self,
        lookup: &Lookup,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<bool, ViewsError> {
        let reader = &self.question.reader;
        let case = lookup.disclosure.case_reference.trim();
        let mut acted = false;
        let prefix = life_prefix(lookup.subject);
        visit_prefix(reader.snapshot(), Table::History, &prefix, |entry| {
            let row: HistoryRow = value::decode(Table::History, &entry.value)?;
            if (from.micros()..=until.micros()).contains(&row.recorded_at) {
                acted = self.is_activity(lookup, &entry, case)?;
            }
            Ok::<_, ViewsError>(!acted)
        })?;
        Ok(acted)
    }

    fn is_activity(&self, lookup: &Lookup, entry: &Entry, case: &str) -> Result<bool, ViewsError> {
        let keys = self.question.reader.keys();
        let Some(event) = recorded(keys, lookup.subject, &entry.key, &entry.value)? else {
            return Ok(true);
        };
        let office = self.enrolment.office(&event.event.office);
        if office.is_none_or(|office| office.agency.as_str() != lookup.disclosure.agency) {
            return Ok(false);
        }
        if case.is_empty() {
            return Ok(true);
        }
        let act = self.act(ActId::from_bytes(event.act_id.0))?;
        Ok(act.is_none_or(|act| act.case_reference.trim() == case))
    }

    /// An act as its author signed it; `None` if nobody can read it any more.
    fn act(&self, id: ActId) -> Result<Option<Act>, ViewsError> {
        let reader = &self.question.reader;
        let table = Table::Acts;
        let Some(stored) = reader.snapshot().get(table, &id.to_bytes())? else {
            return Ok(None);
        };
        let row: ActRow = value::decode(table, &stored)?;
        let first = row.ordinals.first().copied();
        let Some(subject) = first.and_then(SubjectOrdinal::new) else {
            return Ok(None);
        };
        let stored = reader.stored_act(subject, Position::new(row.position))?;
        Ok(stored.and_then(|stored| Act::decode(&stored.bytes).ok()))
    }
}

/// The disclosure in a row, if the asker may be told of it.
pub(super) fn watched(
    question: &Question<'_>,
    row: &Row,
) -> Result<Option<Disclosure>, ViewsError> {
    // What the asylum unit looks at is told by the unit alone.
    if row.row.compartment || row.row.sealed.is_empty() {
        return Ok(None);
    }
    let opened = open_row(&question.reader, row.position, &row.row)?;
    let disclosure = opened.map(|entry| entry.disclosure);
    let watched = question.watched();
    Ok(disclosure.filter(|one| watched.is_none_or(|agency| agency == one.agency)))
}

/// The first position of a disclosure recorded at this time or later: records never go back in time.
pub(super) fn first_since(reader: &Reader<'_>, since: Timestamp) -> Result<u64, ViewsError> {
    let size = reader.size(LedgerName::Disclosures)?;
    let (mut low, mut high) = (0, size.get());
    while low < high {
        let middle = low + (high - low) / 2;
        match row_from(reader, middle)? {
            Some(found) if found.row.recorded_at < since.micros() => {
                low = found.position.get() + 1;
            }
            Some(_) | None => high = middle,
        }
    }
    Ok(low)
}

/// The first disclosure at this position or later.
fn row_from(reader: &Reader<'_>, position: u64) -> Result<Option<Row>, ViewsError> {
    let snapshot = reader.snapshot();
    let found = snapshot.scan_prefix(Table::Answers, &[], &position_key(position), 1)?;
    found.first().map(Row::read).transpose()
}

/// The answer to which the disclosure before this position belongs.
pub(super) fn act_before(
    reader: &Reader<'_>,
    position: u64,
) -> Result<Option<[u8; 16]>, ViewsError> {
    let Some(before) = position.checked_sub(1) else {
        return Ok(None);
    };
    let found = row_from(reader, before)?;
    Ok(found
        .filter(|row| row.position.get() == before)
        .map(|row| row.row.act_id))
}

/// A record that was opened: of an answer about several persons, the one asked about.
fn lookup(row: &Row, disclosure: Disclosure, of_same_answer: bool) -> Option<Lookup> {
    let opened = matches!(
        disclosure.verb(),
        DisclosureVerb::Opened | DisclosureVerb::Exported
    );
    let subject = SubjectOrdinal::new(row.row.subject)?;
    (opened && !of_same_answer && subject != SubjectOrdinal::REGISTRY).then(|| Lookup {
        position: row.position,
        recorded_at: Timestamp::from_micros(row.row.recorded_at),
        disclosure,
        subject,
    })
}

/// Rows read at once.
const PAGE_ROWS: usize = 256;

/// Visits the disclosures from a position on until the visitor has seen enough.
pub(super) fn visit_from(
    snapshot: &dyn crate::store::Snapshot,
    position: u64,
    mut visit: impl FnMut(Row) -> Result<bool, ViewsError>,
) -> Result<(), ViewsError> {
    let table = Table::Answers;
    let mut from = position;
    loop {
        let page = snapshot.scan_prefix(table, &[], &position_key(from), PAGE_ROWS)?;
        let is_last = page.len() < PAGE_ROWS;
        for entry in &page {
            let row = Row::read(entry)?;
            from = row.position.get() + 1;
            if !visit(row)? {
                return Ok(());
            }
        }
        if is_last {
            return Ok(());
        }
    }
}
