use sabt_chain::Position;
use sabt_domain::access::{FieldGroup, Method, Permit, Told};
use sabt_domain::act::{ActId, SubjectId};
use sabt_domain::event::Event;
use sabt_domain::life::{At, EntryState, Life};
use sabt_domain::number::PersonNumber;
use sabt_domain::time::Timestamp;

use super::contest::Disputes;
use super::{Answer, QueryError, Question, unknown_person};
use crate::cut;
use crate::views::Views;

/// A record of a life, cut to a permit.
#[derive(Clone, PartialEq)]
pub struct HistoryEntry {
    /// Position in the events ledger.
    pub position: Position,
    /// The act it belongs to.
    pub act_id: ActId,
    /// When the registry received it.
    pub recorded_at: Timestamp,
    /// What was recorded.
    pub event: Told<Event>,
    /// Whether it counts.
    pub state: EntryState,
    /// Acts that corrected or annulled it.
    pub amended_by: Vec<ActId>,
    /// True if its person contests what it states.
    pub contested: bool,
}

impl Views {
    /// Everything recorded about a person up to `at.known_at`, in the order of the records, with what became of it.
    /// `at.as_of` has no part in it: a history tells what was recorded, not what held. Records of other field groups
    /// are left out.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn history(
        &self,
        permit: &Permit,
        person: PersonNumber,
        at: &At,
    ) -> Result<Answer<Vec<HistoryEntry>>, QueryError> {
        let question = Question::begin_about(self, permit, Method::GetHistory, person)?;
        question.require(FieldGroup::History)?;
        let life = question.reader.life_of(&SubjectId::Person(person))?;
        let disputes = Disputes::of(&life, at.known_at);
        let entries = entries(permit, &life, disputes.as_ref(), at.known_at);
        if entries.is_empty() {
            return Err(unknown_person().into());
        }
        let marks = disputes
            .as_ref()
            .map(|disputes| disputes.marks(permit, FieldGroup::ALL));
        let answer = question.answer(vec![SubjectId::Person(person)], entries)?;
        Ok(answer.marked(marks.unwrap_or_default()))
    }
}

/// The records of a life up to a time that a permit covers, with what is contested of them.
pub(super) fn entries(
    permit: &Permit,
    life: &Life,
    disputes: Option<&Disputes>,
    known_at: Timestamp,
) -> Vec<HistoryEntry> {
    let contests = |act, event: &Event| {
        let marks = disputes.map(|disputes| disputes.marks_of_event(permit, life, act, event));
        marks.is_some_and(|marks| !marks.is_empty())
    };
    life.history(known_at)
        .into_iter()
        .filter_map(|entry| {
            let (act, event) = (entry.recorded.act_id, &entry.recorded.event);
            Some(HistoryEntry {
                contested: contests(cut::amended(event).unwrap_or(act), event),
                position: Position::new(entry.recorded.position),
                act_id: entry.recorded.act_id,
                recorded_at: entry.recorded.recorded_at,
                event: cut::event(permit, life, &entry.recorded.event)?,
                state: entry.state,
                amended_by: entry.amended_by,
            })
        })
        .collect()
}
