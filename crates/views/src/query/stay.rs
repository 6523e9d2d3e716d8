use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::act::SubjectId;
use sabt_domain::life::At;
use sabt_domain::number::PersonNumber;
use sabt_domain::person::{StayReason, Verdict};

use super::contest::Disputes;
use super::{Answer, QueryError, Question};
use crate::cut;
use crate::views::Views;

/// Whether a person may stay; nothing else. It tells no ground, so it is the same for every ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StayVerdict {
    /// Yes, no, or unknown; unknown is never to be read as no.
    pub verdict: Verdict,
    /// Why not, or why unknown; `None` when valid, and where nobody has this number.
    pub reason: Option<StayReason>,
}

impl Views {
    /// May this person stay in the country on `at.as_of`?
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn verify_stay(
        &self,
        permit: &Permit,
        person: PersonNumber,
        at: &At,
    ) -> Result<Answer<StayVerdict>, QueryError> {
        let question = Question::begin_about(self, permit, Method::VerifyStay, person)?;
        question.require(FieldGroup::Verdict)?;
        let life = question.reader.life_of(&SubjectId::Person(person))?;
        let Some(folded) = life.person(at) else {
            let unknown = StayVerdict {
                verdict: Verdict::Unknown,
                reason: None,
            };
            return question.answer(Vec::new(), unknown);
        };
        let residence = cut::stay(permit, &folded, at.as_of);
        let content = StayVerdict {
            verdict: residence.verdict,
            reason: residence.reason,
        };
        let disputes = Disputes::of(&life, at.known_at);
        let contested =
            disputes.map(|disputes| disputes.marks_of_verdict(permit, cut::bears_on_stay));
        let answer = question.answer(vec![SubjectId::Person(person)], content)?;
        Ok(answer.marked(contested.unwrap_or_default()))
    }
}
