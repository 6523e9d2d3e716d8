use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::act::SubjectId;
use sabt_domain::law::Right;
use sabt_domain::life::At;
use sabt_domain::number::PersonNumber;
use sabt_domain::person::RightAnswer;

use super::contest::Disputes;
use super::{Answer, QueryError, Question};
use crate::cut;
use crate::views::Views;

impl Views {
    /// Has this person this right on `at.as_of`? It tells no ground, so it is the same for every ground; of a number that
    /// nobody has, nobody can tell.
    ///
    /// # Errors
    /// [`QueryError`], for a right about which the asker may not ask as well: that is refused before the person is looked
    /// up.
    pub fn verify_right(
        &self,
        permit: &Permit,
        person: PersonNumber,
        right: Right,
        at: &At,
    ) -> Result<Answer<RightAnswer>, QueryError> {
        permit.require_about(Method::VerifyRight, person)?;
        permit.require_right(right)?;
        let question = Question::begin(self, permit, Method::VerifyRight)?;
        question.require(FieldGroup::Verdict)?;
        let life = question.reader.life_of(&SubjectId::Person(person))?;
        let Some(folded) = life.person(at) else {
            return question.answer(Vec::new(), RightAnswer::unknown(right, at.as_of));
        };
        let content = cut::right(permit, &folded, right, at.as_of);
        let disputes = Disputes::of(&life, at.known_at);
        let bears = |groups: &_| cut::bears_on_right(right, groups);
        let contested = disputes.map(|disputes| disputes.marks_of_verdict(permit, bears));
        let answer = question.answer(vec![SubjectId::Person(person)], content)?;
        Ok(answer.marked(contested.unwrap_or_default()))
    }
}
