use std::collections::BTreeSet;

use sabt_domain::access::{FieldGroup, FieldSet, Filed, Method, Permit, Told};
use sabt_domain::act::SubjectId;
use sabt_domain::deadline::{self, Deadline, Objection};
use sabt_domain::event::{Event, StoredAct};
use sabt_domain::governance::Enrolment;
use sabt_domain::life::{At, Life};
use sabt_domain::number::PersonNumber;
use sabt_domain::person::Person;
use sabt_vault::ordinal::SubjectOrdinal;

use super::contest::Disputes;
use super::history::{self, HistoryEntry};
use super::{
    Answer, CaseEntry, Disclosures, FamilyView, PersonView, QueryError, Question, case,
    disclosures, family, person, unknown_person,
};
use crate::cut;
use crate::error::ViewsError;
use crate::views::Views;

/// Everything held about a person, cut to a permit.
#[derive(Clone)]
pub struct ExtractView {
    /// The person on the day asked for.
    pub person: PersonView,
    /// Family and household; only with [`FieldGroup::Family`].
    pub family: Option<FamilyView>,
    /// Everything recorded that may be told, in the order of the records.
    pub history: Vec<ExtractEntry>,
    /// Vital events that count, each with the position of its record; only with [`FieldGroup::VitalEvents`].
    pub vital_events: Vec<(u64, Told<Event>)>,
    /// Service cases that concern the person; their steps stand in the history.
    pub cases: Vec<Told<CaseEntry>>,
    /// Time limits that run.
    pub deadlines: Vec<Told<Deadline>>,
    /// Decisions to which the person may object.
    pub objections: Vec<Told<Objection>>,
    /// Who has looked.
    pub disclosures: Disclosures,
}

/// A record, and what it takes to prove who signed it.
#[derive(Clone)]
pub struct ExtractEntry {
    /// The record.
    pub entry: HistoryEntry,
    /// Part of its act, 0 first.
    pub part: u8,
    /// The act as its author signed it: where this is its first record, and the permit withholds nothing that an act
    /// could tell.
    pub act: Option<Told<StoredAct>>,
}

impl Views {
    /// Everything held about a person, from one snapshot: what a person is given to keep. It lists at most `look_ups`
    /// disclosures, the newest ones.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn extract(
        &self,
        permit: &Permit,
        person: PersonNumber,
        enrolment: &Enrolment,
        at: &At,
        look_ups: usize,
    ) -> Result<Answer<ExtractView>, QueryError> {
        let question = Question::begin_about(self, permit, Method::GetExtract, person)?;
        for group in [
            FieldGroup::Identity,
            FieldGroup::History,
            FieldGroup::Disclosures,
            FieldGroup::Integrity,
        ] {
            question.require(group)?;
        }
        let id = SubjectId::Person(person);
        let reader = &question.reader;
        let subject = reader.keys().ordinal(&id).ok_or_else(unknown_person)?;
        let life = reader.life_of(&id)?;
        let folded = life.person(at).ok_or_else(unknown_person)?;
        let disputes = Disputes::of(&life, at.known_at);
        let own = disputes.as_ref();
        let own = own.map(|disputes| disputes.marks(permit, FieldGroup::ALL));
        let mut contested = own.unwrap_or_default();
        let (about, family) = if question.allows(FieldGroup::Family) {
            let (about, family, marks) = family::view(&question, &life, &folded, at)?;
            contested.extend(marks);
            (about, Some(family))
        } else {
            (vec![id], None)
        };
        let mut history = question.entries(subject, &life, disputes.as_ref(), at)?;
        if question.allows(FieldGroup::BiometricReferences) {
            for reference in reader.biometrics_of(person)? {
                let life = reader.life(reference)?;
                history.extend(question.entries(reference, &life, None, at)?);
            }
        }
        let cases = question.cases_of(&folded, at)?;
        let mut about = about;
        let mut listed = Vec::new();
        for (entry, concerned, records) in cases {
            listed.push(entry);
            about.extend(concerned);
            history.extend(records);
        }
        // The person stays the first: the receipt is for their part of the disclosure.
        let mut seen = BTreeSet::new();
        about.retain(|one| seen.insert(one.clone()));
        history.sort_by_key(|entry| entry.entry.position);
        let positions = history.iter().map(|entry| entry.entry.position.get());
        let positions: BTreeSet<u64> = positions.collect();
        // A correction may be told where both its own content and what it corrects may.
        let counting = counting(permit, &life, at, |position| positions.contains(&position));
        let events: Vec<(u64, &Event)> =
            counting.iter().map(|(at, event)| (*at, &**event)).collect();
        let told = self::told(permit, &folded);
        let answers = contested.iter().filter_map(|mark| mark.answer_by);
        let content = ExtractView {
            deadlines: derived(permit, deadline::open(&told, &events, answers, at.as_of)),
            objections: derived(permit, deadline::objections(&told, &events)),
            vital_events: counting
                .into_iter()
                .filter(|(_, event)| cut::vital(&event.body))
                .collect(),
            person: person::view(permit, folded, life.version(), at.as_of),
            cases: listed,
            family,
            history,
            disclosures: disclosures::listed(reader, subject, enrolment, at.known_at, look_ups)?,
        };
        Ok(question.answer(about, content)?.marked(contested))
    }
}

/// A case that may be told, whom it concerns with the case itself, and its records.
type ToldCase = (Told<CaseEntry>, Vec<SubjectId>, Vec<ExtractEntry>);

impl Question<'_> {
    /// The service cases of a person, as far as they may be told. What is told of a case is told of all whom it concerns.
    fn cases_of(&self, person: &Person, at: &At) -> Result<Vec<ToldCase>, ViewsError> {
        let mut told = Vec::new();
        for known in &person.cases {
            let id = SubjectId::Case(known.number);
            let life = self.reader.life_of(&id)?;
            let entry = case::entry(self.permit, &life, at);
            let (Some(entry), Some(subject)) = (entry, self.reader.keys().ordinal(&id)) else {
                continue;
            };
            let concerned = life.case(at).map(|case| case.persons).unwrap_or_default();
            let concerned = concerned.into_iter().map(SubjectId::Person);
            let records = self.entries(subject, &life, None, at)?;
            told.push((entry, concerned.chain([id]).collect(), records));
        }
        Ok(told)
    }

    /// The records that may be told, with the acts that their authors signed.
    fn entries(
        &self,
        subject: SubjectOrdinal,
        life: &Life,
        disputes: Option<&Disputes>,
        at: &At,
    ) -> Result<Vec<ExtractEntry>, ViewsError> {
        let permit = self.permit;
        // An act is told as a whole or not at all. Records of groups that are withheld silently are not among the entries.
        let everything = FieldGroup::ALL.iter().copied();
        let everything = everything.filter(|group| group.is_told_when_withheld());
        let everything = everything.fold(FieldSet::EMPTY, FieldSet::with);
        let entries = history::entries(permit, life, disputes, at.known_at);
        let entry = |entry: HistoryEntry| {
            let position = entry.position.get();
            let recorded = life.records();
            let found = recorded.binary_search_by_key(&position, |recorded| recorded.position);
            let recorded = found.ok().and_then(|at| recorded.get(at));
            let act = match recorded.filter(|recorded| recorded.part == 0) {
                Some(_) => self.reader.stored_act(subject, entry.position)?,
                None => None,
            };
            let act = act.and_then(|act| permit.tell(Filed::under(everything, act)));
            Ok(ExtractEntry {
                part: recorded.map_or(0, |recorded| recorded.part),
                act,
                entry,
            })
        };
        entries.into_iter().map(entry).collect()
    }
}

/// What counts on a day and may be told, of the records at these positions.
fn counting(
    permit: &Permit,
    life: &Life,
    at: &At,
    listed: impl Fn(u64) -> bool,
) -> Vec<(u64, Told<Event>)> {
    let effective = life.effective(at.known_at);
    let counting = effective
        .iter()
        .filter(|effective| effective.event.occurred_on.earliest() <= at.as_of)
        .filter(|effective| listed(effective.position));
    counting
        .filter_map(|effective| {
            let event = cut::event(permit, life, effective.event)?;
            Some((effective.position, event))
        })
        .collect()
}

/// The time limits that run for a person, derived from what may be told.
pub(super) fn running(
    permit: &Permit,
    life: &Life,
    folded: &Person,
    disputes: Option<&Disputes>,
    at: &At,
) -> Vec<Told<Deadline>> {
    let counting = counting(permit, life, at, |_position| true);
    let events: Vec<(u64, &Event)> = counting.iter().map(|(at, event)| (*at, &**event)).collect();
    let marks = disputes.map(|disputes| disputes.marks(permit, FieldGroup::ALL));
    let answers = marks.into_iter().flatten();
    let answers = answers.filter_map(|mark| mark.answer_by);
    let told = told(permit, folded);
    derived(permit, deadline::open(&told, &events, answers, at.as_of))
}

/// What is derived from what is told, as part of the history that it is derived from.
pub(super) fn derived<T>(permit: &Permit, values: Vec<T>) -> Vec<Told<T>> {
    let told = |value| permit.tell_of(FieldGroup::History, value);
    values.into_iter().filter_map(told).collect()
}

/// The person with the permits, visas, crossings, orders, bans, holdings and stays that may be told: nothing is derived from
/// others.
fn told(permit: &Permit, person: &Person) -> Person {
    let mut told = person.clone();
    let residence = permit.allows(FieldGroup::Residence);
    told.visas.retain(|_| residence);
    told.permits
        .retain(|held| residence && permit.allows(FieldGroup::of_residence(held.kind, held.basis)));
    if !permit.allows(FieldGroup::Presence) {
        told.last_crossing = None;
    }
    if !permit.allows(FieldGroup::Removal) {
        told.removal.orders.clear();
        told.removal.bans.clear();
        told.removal.holdings.clear();
    }
    told.site_stays
        .retain(|stay| permit.allows(FieldGroup::of_stay(stay.ground)));
    told
}
