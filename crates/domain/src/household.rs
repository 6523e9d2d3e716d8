//! A household: persons around a head. Everything here is derived from a [`crate::life::Life`].

use crate::act::{ChangeHouseholdHead, Resident};
use crate::event::{EventBody, HouseholdFormed};
use crate::fact::limits::HOUSEHOLD_MEMBERS_MAX;
use crate::fact::{Address, MemberRelation, Relation, redacted};
use crate::life::{At, Effective, Life};
use crate::number::{HouseholdCode, PersonNumber};
use crate::time::PartialDate;

#[cfg(test)]
mod tests;

/// A household on some day.
#[derive(Clone, PartialEq, Eq)]
pub struct Household {
    /// Its code.
    pub code: HouseholdCode,
    /// Members in the order in which they joined; the head, if there is one, has the relation `Head`.
    pub members: Vec<MemberRelation>,
    /// Where it lives.
    pub address: Option<Address>,
    /// When it was formed.
    pub formed_on: PartialDate,
    /// The household it was split from.
    pub split_from: Option<HouseholdCode>,
}

redacted!(Household);

impl Household {
    /// The head; `None` while the household is without one (AM-54).
    pub fn head(&self) -> Option<PersonNumber> {
        self.members
            .iter()
            .find(|member| member.relation == Relation::Head)
            .map(|member| member.person)
    }

    /// What this person is to the head; `None` if not a member.
    pub fn relation_of(&self, person: PersonNumber) -> Option<Relation> {
        self.members
            .iter()
            .find(|member| member.person == person)
            .map(|member| member.relation)
    }

    /// True if this person is a member.
    pub fn has(&self, person: PersonNumber) -> bool {
        self.relation_of(person).is_some()
    }

    /// Who belongs to a household at the end of everything that is recorded of it; nobody once it was annulled.
    pub fn members_of(life: &Life) -> Vec<PersonNumber> {
        let household = life.household(&At::END);
        let members = household.map(|household| household.members);
        let members = members.unwrap_or_default().into_iter();
        members.map(|member| member.person).collect()
    }

    /// Folds events in valid order into a household, and gives the events that were passed over.
    pub(crate) fn fold<'life>(
        events: &[Effective<'life>],
    ) -> (Option<Self>, Vec<Effective<'life>>) {
        let mut household = None;
        let mut passed_over = Vec::new();
        for effective in events {
            let applied = match (&mut household, &effective.event.body) {
                (none @ None, EventBody::HouseholdFormed(formed)) => {
                    *none = Some(Self::formed(formed, effective.event.occurred_on));
                    true
                }
                (None, _) => false,
                (Some(household), body) => household.apply(body),
            };
            if !applied {
                passed_over.push(*effective);
            }
        }
        (household, passed_over)
    }

    fn formed(formed: &HouseholdFormed, on: PartialDate) -> Self {
        Self {
            code: formed.code,
            members: formed.members.clone(),
            address: formed.address.clone(),
            formed_on: on,
            split_from: formed.split_from,
        }
    }

    /// Applies an event; false if it finds nothing to act on.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "events about other subjects find nothing to act on in a household"
    )]
    fn apply(&mut self, body: &EventBody) -> bool {
        match body {
            EventBody::HouseholdMemberAdded(added) => {
                let fits = !self.has(added.member.person)
                    && added.member.relation != Relation::Head
                    && self.members.len() < HOUSEHOLD_MEMBERS_MAX;
                if fits {
                    self.members.push(added.member);
                }
                fits
            }
            EventBody::HouseholdMemberRemoved(removed) => self.remove(removed.person),
            EventBody::HouseholdSplit(split) => {
                let all_members = split.leaving.iter().all(|person| self.has(*person));
                if all_members {
                    self.members
                        .retain(|member| !split.leaving.contains(&member.person));
                }
                all_members
            }
            EventBody::HouseholdHeadChanged(change) => self.change_head(change),
            EventBody::AddressChanged(change) => match change.subject {
                Resident::Household(_) => {
                    self.address = Some(change.address.clone());
                    true
                }
                Resident::Person(_) => false,
            },
            _ => false,
        }
    }

    fn remove(&mut self, person: PersonNumber) -> bool {
        let before = self.members.len();
        self.members.retain(|member| member.person != person);
        self.members.len() < before
    }

    fn change_head(&mut self, change: &ChangeHouseholdHead) -> bool {
        let fits = self.has(change.new_head)
            && self.head() != Some(change.new_head)
            && change
                .relations
                .iter()
                .all(|member| self.has(member.person));
        if !fits {
            return false;
        }
        for member in &mut self.members {
            let stated = change
                .relations
                .iter()
                .find(|stated| stated.person == member.person);
            member.relation = if member.person == change.new_head {
                Relation::Head
            } else if let Some(stated) = stated {
                stated.relation
            } else if member.relation == Relation::Head {
                // A household has one head; what the former head is to the new one was not stated.
                Relation::OtherRelative
            } else {
                member.relation
            };
        }
        true
    }
}
