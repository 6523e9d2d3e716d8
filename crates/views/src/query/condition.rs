use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::act::SubjectId;
use sabt_domain::fact::PermitScope;
use sabt_domain::law::{Edition, ResidenceBasis, ResidenceKind, ResidenceStep};
use sabt_domain::life::At;
use sabt_domain::number::PersonNumber;
use sabt_domain::person::{ConditionAnswer, PermitAsked};

use super::contest::Disputes;
use super::{Answer, QueryError, Question, unknown_person};
use crate::views::Views;

/// The permit whose conditions are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConditionsQuery {
    /// Kind of residence.
    pub kind: ResidenceKind,
    /// Ground.
    pub basis: ResidenceBasis,
    /// Individual or family permit; of a renewal, the scope of the permit that the person holds prevails.
    pub scope: PermitScope,
    /// What is to be done about it.
    pub step: ResidenceStep,
}

/// The conditions of residence that the law states for a permit, and which of them are shown for a person.
#[derive(Clone, PartialEq)]
pub struct ConditionsView {
    /// In the order of the law; empty where it states none.
    pub conditions: Vec<ConditionAnswer>,
    /// Code of the edition of the law by which it is answered.
    pub law_edition: &'static str,
}

/// What the answer rests on: what was attested, the address that shows a domicile, who heads the family, who is a child.
pub const CONDITIONS_REST_ON: [FieldGroup; 5] = [
    FieldGroup::Residence,
    FieldGroup::Identity,
    FieldGroup::Household,
    FieldGroup::Address,
    FieldGroup::ShelterAddress,
];

impl Views {
    /// Which conditions of a kind of residence are shown for a person on `at.as_of`, by what, and which are missing. It decides
    /// nothing: an act that asks for them is decided when it is submitted. No agency of another State is answered.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn residence_conditions(
        &self,
        permit: &Permit,
        person: PersonNumber,
        query: ConditionsQuery,
        at: &At,
    ) -> Result<Answer<ConditionsView>, QueryError> {
        let method = Method::GetResidenceConditions;
        let question = Question::begin_about(self, permit, method, person)?;
        question.require(FieldGroup::Residence)?;
        let life = question.reader.life_of(&SubjectId::Person(person))?;
        let folded = life.person(at).ok_or_else(unknown_person)?;
        let held = Some(query.step).filter(|step| *step == ResidenceStep::Renew);
        let held = held.and_then(|_| folded.renewal_of(query.kind, query.basis));
        let asked = held.unwrap_or(PermitAsked {
            kind: query.kind,
            basis: query.basis,
            scope: query.scope,
            step: query.step,
            law_of: at.as_of,
        });
        let whole = life.person(&At {
            as_of: At::END.as_of,
            known_at: at.known_at,
        });
        let stated = whole.map(|whole| whole.conditions).unwrap_or_default();
        let content = ConditionsView {
            conditions: folded.residence_conditions(asked, &stated, at.as_of),
            law_edition: Edition::in_force(asked.law_of).code,
        };
        let disputes = Disputes::of(&life, at.known_at);
        let contested = disputes.map(|disputes| disputes.marks(permit, &CONDITIONS_REST_ON));
        let answer = question.answer(vec![SubjectId::Person(person)], content)?;
        Ok(answer.marked(contested.unwrap_or_default()))
    }
}
