use sabt_domain::access::{FieldGroup, Method, Permit, Told};
use sabt_domain::act::SubjectId;
use sabt_domain::fact::{Address, MemberRelation};
use sabt_domain::life::{At, Life};
use sabt_domain::number::{HouseholdCode, PersonNumber};

use super::contest::{Contested, Disputes};
use super::{Answer, QueryError, Question, unknown_household};
use crate::views::Views;

/// A household on a day, cut to a permit.
#[derive(Clone, PartialEq)]
pub struct HouseholdView {
    /// Its code.
    pub code: HouseholdCode,
    /// Number of its events.
    pub version: u64,
    /// The head; `None` while it has none (AM-54).
    pub head: Option<PersonNumber>,
    /// Members and what they are to the head.
    pub members: Vec<MemberRelation>,
    /// Where it lives; only with [`FieldGroup::Address`], or [`FieldGroup::ShelterAddress`] where a member needs shelter.
    pub address: Option<Told<Address>>,
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
        let view = view(&question, &life, at)?.ok_or_else(unknown_household)?;
        let contested = marks(&question, &view, at)?;
        Ok(question.answer(about(&view), view)?.marked(contested))
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

/// What members contest of a household: that they belong to it, and its address where it is told.
pub(super) fn marks(
    question: &Question<'_>,
    view: &HouseholdView,
    at: &At,
) -> Result<Vec<Contested>, QueryError> {
    let address = [FieldGroup::Address, FieldGroup::ShelterAddress];
    let mut told = vec![FieldGroup::Household];
    told.extend(address.iter().filter(|_| view.address.is_some()));
    let mut contested = Vec::new();
    let members = view.members.iter().map(|member| member.person);
    for member in members.filter(|member| question.permit.covers(*member)) {
        let life = question.reader.life_of(&SubjectId::Person(member))?;
        if let Some(disputes) = Disputes::of(&life, at.known_at) {
            contested.extend(disputes.marks(question.permit, &told));
        }
    }
    Ok(contested)
}

/// The household a life comes to, cut to a permit that allows [`FieldGroup::Household`].
pub(super) fn view(
    question: &Question<'_>,
    life: &Life,
    at: &At,
) -> Result<Option<HouseholdView>, QueryError> {
    let Some(household) = life.household(at) else {
        return Ok(None);
    };
    let head = household.head();
    let address = match household.address {
        Some(address) => {
            let group = group_of_address(question, &household.members, at)?;
            question.permit.tell_of(group, address)
        }
        None => None,
    };
    Ok(Some(HouseholdView {
        code: household.code,
        version: life.version(),
        head,
        address,
        members: household.members,
    }))
}

/// The group of the address of these members. Where one of them needs shelter, theirs is the shelter's; whom the permit
/// gives both or neither, the lives of members need not be read for.
fn group_of_address(
    question: &Question<'_>,
    members: &[MemberRelation],
    at: &At,
) -> Result<FieldGroup, QueryError> {
    if question.allows(FieldGroup::Address) == question.allows(FieldGroup::ShelterAddress) {
        return Ok(FieldGroup::ShelterAddress);
    }
    for member in members {
        let life = question.reader.life_of(&SubjectId::Person(member.person))?;
        let person = life.person(at);
        let group = person.map(|person| FieldGroup::of_address(&person));
        if group == Some(FieldGroup::ShelterAddress) {
            return Ok(FieldGroup::ShelterAddress);
        }
    }
    Ok(FieldGroup::Address)
}
