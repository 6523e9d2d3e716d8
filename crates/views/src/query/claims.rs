use sabt_domain::access::{FieldGroup, Method, Permit, Told};
use sabt_domain::act::SubjectId;
use sabt_domain::asylum::AsylumClaim;
use sabt_domain::life::At;
use sabt_domain::number::PersonNumber;

use super::{Answer, QueryError, Question, unknown_person};
use crate::views::Views;

/// A claim to asylum on a day.
#[derive(Clone)]
pub struct ClaimView {
    /// The claim.
    pub claim: Told<AsylumClaim>,
    /// Number of its events.
    pub version: u64,
}

impl Views {
    /// Claims to asylum of a person, in the order in which they were lodged; none is an answer too. No policy can give the
    /// group to another than the asylum unit ([`Bar`](sabt_domain::access::Bar)), and no other question reads a claim.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn asylum_claims(
        &self,
        permit: &Permit,
        person: PersonNumber,
        at: &At,
    ) -> Result<Answer<Vec<ClaimView>>, QueryError> {
        let question = Question::begin_about(self, permit, Method::GetAsylumClaims, person)?;
        question.require(FieldGroup::AsylumClaim)?;
        let reader = &question.reader;
        let subject = SubjectId::Person(person);
        reader
            .life_of(&subject)?
            .person(at)
            .ok_or_else(unknown_person)?;
        let mut claims = Vec::new();
        for ordinal in reader.claims_of(person)? {
            let life = reader.life(ordinal)?;
            // The claim may have been corrected since to be another person's.
            let claim = life.claim(at).filter(|claim| claim.person == person);
            let told = claim.and_then(|claim| permit.tell_of(FieldGroup::AsylumClaim, claim));
            claims.extend(told.map(|claim| ClaimView {
                claim,
                version: life.version(),
            }));
        }
        question.answer(vec![subject], claims)
    }
}
