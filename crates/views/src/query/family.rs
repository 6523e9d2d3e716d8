use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::act::SubjectId;
use sabt_domain::fact::{ParentRole, Party};
use sabt_domain::life::{At, Life};
use sabt_domain::name::Name;
use sabt_domain::number::PersonNumber;
use sabt_domain::person::{Person, Spouse};
use sabt_domain::time::{Calendar, Day, PartialDate};

use super::contest::{Contested, Disputes};
use super::household::{self, HouseholdView};
use super::{Answer, QueryError, Question, unknown_person};
use crate::views::Views;

/// Relatives whose names are looked up for one answer; each costs a life. Relatives beyond these are listed without a
/// name. Forty children, as the limit on custody rulings has it, and their families leave room.
pub const RELATIVES_NAMED_MAX: usize = 128;

/// What somebody is to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kinship {
    /// Married to the person on the day asked for.
    Spouse,
    /// Was married to the person.
    FormerSpouse,
    /// Mother.
    Mother,
    /// Father.
    Father,
    /// Child.
    Child,
    /// Guardian of the person.
    Guardian,
    /// Child whose guardian the person is.
    Ward,
}

impl Kinship {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Spouse => "SPOUSE",
            Self::FormerSpouse => "FORMER_SPOUSE",
            Self::Mother => "MOTHER",
            Self::Father => "FATHER",
            Self::Child => "CHILD",
            Self::Guardian => "GUARDIAN",
            Self::Ward => "WARD",
        }
    }
}

/// Somebody in a person's family.
#[derive(Clone, PartialEq)]
pub struct Relative {
    /// Who.
    pub who: Party,
    /// What they are to the person.
    pub kinship: Kinship,
    /// Since when, where a record says.
    pub since: Option<PartialDate>,
    /// Until when.
    pub until: Option<PartialDate>,
    /// First name of a registered relative; only with [`FieldGroup::Identity`].
    pub name: Option<Name>,
}

/// A person's family on a day, cut to a permit.
#[derive(Clone, PartialEq)]
pub struct FamilyView {
    /// Relatives: spouses, parents, children, guardians, wards, each in the order of the records.
    pub relatives: Vec<Relative>,
    /// The household the person belongs to; only with [`FieldGroup::Household`].
    pub household: Option<HouseholdView>,
}

impl Views {
    /// A person's family.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn family(
        &self,
        permit: &Permit,
        person: PersonNumber,
        at: &At,
    ) -> Result<Answer<FamilyView>, QueryError> {
        let question = Question::begin_about(self, permit, Method::GetFamily, person)?;
        question.require(FieldGroup::Family)?;
        let reader = &question.reader;
        let life = reader.life_of(&SubjectId::Person(person))?;
        let folded = life.person(at).ok_or_else(unknown_person)?;
        let (about, family, contested) = view(&question, &life, &folded, at)?;
        Ok(question.answer(about, family)?.marked(contested))
    }
}

/// A person's family, cut to a permit that allows [`FieldGroup::Family`], everybody whom it tells of, the person first,
/// and what of it is contested.
pub(super) fn view(
    question: &Question<'_>,
    life: &Life,
    person: &Person,
    at: &At,
) -> Result<(Vec<SubjectId>, FamilyView, Vec<Contested>), QueryError> {
    let mut relatives = relatives(person, at.as_of);
    let mut contested = Vec::new();
    let own = Disputes::of(life, at.known_at);
    let own = own.map(|disputes| disputes.marks(question.permit, &[FieldGroup::Family]));
    contested.extend(own.into_iter().flatten());
    question.look_up(&mut relatives, &mut contested, at)?;
    let household = match person.household {
        Some(membership) if question.allows(FieldGroup::Household) => {
            let household = SubjectId::Household(membership.household);
            let life = question.reader.life_of(&household)?;
            household::view(question, &life, at)?
        }
        _ => None,
    };
    if let Some(household) = &household {
        contested.extend(household::marks(question, household, at)?);
    }
    let mut about = vec![SubjectId::Person(person.number)];
    let registered = relatives
        .iter()
        .filter_map(|relative| relative.who.person());
    about.extend(registered.map(SubjectId::Person));
    about.extend(household.iter().flat_map(household::about));
    let mut seen = std::collections::BTreeSet::new();
    about.retain(|subject| seen.insert(subject.clone()));
    let family = FamilyView {
        relatives,
        household,
    };
    Ok((about, family, contested))
}

impl Question<'_> {
    /// Looks the names up of those relatives whom the grant covers, if the question is asked under one, and what they
    /// contest of what is told.
    fn look_up(
        &self,
        relatives: &mut [Relative],
        contested: &mut Vec<Contested>,
        at: &At,
    ) -> Result<(), QueryError> {
        for relative in relatives.iter_mut().take(RELATIVES_NAMED_MAX) {
            let Some(number) = relative.who.person() else {
                continue;
            };
            if !self.permit.covers(number) {
                continue;
            }
            let life = self.reader.life_of(&SubjectId::Person(number))?;
            if let Some(disputes) = Disputes::of(&life, at.known_at) {
                let told = [FieldGroup::Family, FieldGroup::Identity];
                contested.extend(disputes.marks(self.permit, &told));
            }
            if self.allows(FieldGroup::Identity) {
                let names = life.person(at).map(|person| person.particulars.names);
                relative.name = names.and_then(|names| names.into_iter().next());
            }
        }
        Ok(())
    }
}

pub(super) fn relatives(person: &Person, day: Day) -> Vec<Relative> {
    let relative = |who: &Party, kinship, since| Relative {
        who: who.clone(),
        kinship,
        since,
        until: None,
        name: None,
    };
    let mut relatives: Vec<_> = person
        .spouses
        .iter()
        .map(|spouse| {
            let kinship = if spouse.in_force(day) {
                Kinship::Spouse
            } else {
                Kinship::FormerSpouse
            };
            Relative {
                until: end_of_marriage(spouse),
                ..relative(&spouse.who, kinship, Some(spouse.since))
            }
        })
        .collect();
    relatives.extend(person.parents.iter().map(|parent| {
        let kinship = match parent.role {
            ParentRole::Mother => Kinship::Mother,
            ParentRole::Father => Kinship::Father,
        };
        relative(&parent.who, kinship, None)
    }));
    relatives.extend(person.children.iter().map(|child| {
        let who = Party::Person(child.child);
        relative(&who, Kinship::Child, Some(child.since))
    }));
    relatives.extend(
        person
            .guardians
            .iter()
            .map(|guardian| relative(&guardian.who, Kinship::Guardian, Some(guardian.since))),
    );
    relatives.extend(person.wards.iter().map(|ward| {
        let who = Party::Person(ward.child);
        relative(&who, Kinship::Ward, Some(ward.since))
    }));
    relatives
}

/// When a marriage ended or its term ends, in the calendar of the law where nobody stated it.
fn end_of_marriage(spouse: &Spouse) -> Option<PartialDate> {
    match spouse.end {
        Some(end) => Some(end.on),
        None => spouse.term_end()?.date_in(Calendar::Jalali).ok(),
    }
}
