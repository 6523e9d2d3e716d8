use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::act::SubjectId;
use sabt_domain::fact::{Address, MemberRelation};
use sabt_domain::life::{At, Life};
use sabt_domain::number::{HouseholdCode, PersonNumber};

use super::{Answer, QueryError, Question, unknown_household};
use crate::views::Views;

/// A household on a day, cut to a permit.
#[derive(Clone)]
pub struct HouseholdView {
    /// Its code.
    pub code: HouseholdCode,
    /// Number of its events.
    pub version: u64,
    /// The head; `None` while it has none (AM-54).
    pub head: Option<PersonNumber>,
    /// Members and what they are to the head.
    pub members: Vec<MemberRelation>,
    /// Where it lives; only with [`FieldGroup::Address`].
    pub address: Option<Address>,
}

impl Views {
    /// A household.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn household(
        &self,
        permit: &Permit,
        household: HouseholdCode,
        at: &At,
    ) -> Result<Answer<HouseholdView>, QueryError> {
        let question = Question::begin(self, permit, Method::GetHousehold)?;
        question.require(FieldGroup::Household)?;
        let life = question.reader.life_of(&SubjectId::Household(household))?;
        let view = view(permit, &life, at).ok_or_else(unknown_household)?;
        question.answer(about(&view), view)
    }
}

/// The household and its members.
pub(super) fn about(view: &HouseholdView) -> Vec<SubjectId> {
    let members = view
        .members
        .iter()
        .map(|member| SubjectId::Person(member.person));
    std::iter::once(SubjectId::Household(view.code))
        .chain(members)
        .collect()
}

/// The household a life comes to, cut to a permit that allows [`FieldGroup::Household`].
pub(super) fn view(permit: &Permit, life: &Life, at: &At) -> Option<HouseholdView> {
    let household = life.household(at)?;
    Some(HouseholdView {
        code: household.code,
        version: life.version(),
        head: household.head(),
        address: household
            .address
            .filter(|_| permit.allows(FieldGroup::Address)),
        members: household.members,
    })
}
