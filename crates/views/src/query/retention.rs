use std::collections::BTreeSet;

use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::act::SubjectId;
use sabt_domain::life::At;
use sabt_domain::number::PersonNumber;
use sabt_domain::retention::{self, Retention};

use super::contest::Disputes;
use super::{Answer, QueryError, Question, unknown_person};
use crate::views::Views;

/// Until when what is recorded about a person may be kept, and what an order of erasure has to name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetentionView {
    /// A row for each group of which something is recorded, as far as the permit covers it.
    pub retentions: Vec<Retention>,
    /// Positions of every record about the person, ascending.
    pub positions: Vec<u64>,
    /// Records found to be about the same human being; each is erased by an order of its own.
    pub same_as: BTreeSet<PersonNumber>,
}

impl Views {
    /// Until when what is recorded about a person may be kept, as it stands on the day `at.as_of`.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn retention(
        &self,
        permit: &Permit,
        person: PersonNumber,
        at: &At,
    ) -> Result<Answer<RetentionView>, QueryError> {
        let question = Question::begin_about(self, permit, Method::GetRetention, person)?;
        question.require(FieldGroup::History)?;
        let reader = &question.reader;
        let subject = SubjectId::Person(person);
        let life = reader.life_of(&subject)?;
        let ordinal = reader
            .keys()
            .ordinal(&subject)
            .filter(|_| !life.is_empty())
            .ok_or_else(unknown_person)?;
        let mut retentions = retention::due(&life, at.as_of);
        retentions.retain(|row| permit.allows(row.group));
        let positions = reader.positions(ordinal)?;
        let whole = life.person(&At::END);
        let same_as = whole.filter(|_| permit.allows(FieldGroup::Identity));
        // When something ends rests on every date there is.
        let disputes = Disputes::of(&life, at.known_at);
        let marks = disputes.map(|disputes| disputes.marks(permit, FieldGroup::ALL));
        let answer = question.answer(
            vec![subject],
            RetentionView {
                retentions,
                positions: positions.iter().map(|position| position.get()).collect(),
                same_as: same_as.map(|person| person.same_as).unwrap_or_default(),
            },
        )?;
        Ok(answer.marked(marks.unwrap_or_default()))
    }
}
