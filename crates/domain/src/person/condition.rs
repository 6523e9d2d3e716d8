//! Which conditions of residence are shown for a person, and by what.

use super::{HeldPermit, Person};
use crate::fact::{ExemptionBody, PermitScope, Relation, redacted};
use crate::law::{
    ConditionRule, NotAsked, ResidenceBasis, ResidenceCondition, ResidenceKind, ResidenceStep,
};
use crate::time::{Day, PartialDate};

/// Age at which nobody is a child any more, in completed years (AM-17: reached on the birthday).
const ADULT_YEARS: u32 = 18;

/// An attestation of a condition of residence, or an exemption from one.
#[derive(Clone, PartialEq, Eq)]
pub struct StatedCondition {
    /// The condition.
    pub condition: ResidenceCondition,
    /// Who exempted the person; `None` for an attestation.
    pub exempted_by: Option<ExemptionBody>,
    /// Reference of the paper, resolution or decision.
    pub reference: String,
    /// From which day on it counts.
    pub on: PartialDate,
    /// Position of the act's record about the person.
    pub position: u64,
}

/// A permit that is to be given or renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermitAsked {
    /// Kind of residence.
    pub kind: ResidenceKind,
    /// Ground.
    pub basis: ResidenceBasis,
    /// Individual or family permit.
    pub scope: PermitScope,
    /// What is done about it.
    pub step: ResidenceStep,
    /// The day whose law says what is asked: that on which it is given; of a renewal, the permit's first day.
    pub law_of: Day,
}

/// A condition that the law states for a permit, and whether it is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ConditionAnswer {
    /// The row of the law.
    pub rule: &'static ConditionRule,
    /// Whether it is shown.
    pub state: ConditionState,
}

/// Whether a condition is shown.
#[derive(Clone, PartialEq, Eq)]
pub enum ConditionState {
    /// It is, by this.
    Shown(ShownBy),
    /// It is not asked of this person.
    NotAsked(NotAsked),
    /// It is neither in the record nor attested, and nobody exempted the person.
    Missing,
}

/// What shows a condition.
#[derive(Clone, PartialEq, Eq)]
pub enum ShownBy {
    /// The record: of a domicile, an address on that day. Interview, oath and classes are steps of a case and live with it, so
    /// that they are attested.
    Record,
    /// An attestation, or an exemption.
    Act(StatedCondition),
}

redacted!(StatedCondition, ConditionAnswer, ConditionState, ShownBy);

impl PermitAsked {
    /// The renewal of a permit.
    pub fn renewal(permit: &HeldPermit) -> Self {
        Self {
            kind: permit.kind,
            basis: permit.basis,
            scope: permit.scope,
            step: ResidenceStep::Renew,
            law_of: permit.from.earliest(),
        }
    }
}

impl ConditionState {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Shown(_) => "SHOWN",
            Self::NotAsked(_) => "NOT_ASKED",
            Self::Missing => "MISSING",
        }
    }
}

impl ShownBy {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Record => "RECORD",
            Self::Act(StatedCondition {
                exempted_by: None, ..
            }) => "ATTESTATION",
            Self::Act(_) => "EXEMPTION",
        }
    }
}

impl Person {
    /// Which conditions the law states for a permit, in its order, and which of them are shown on this day, to which the person is
    /// folded. `stated` are those of the whole life ([`Person::conditions`]): an attestation counts from the day it states, also
    /// where the officer gave it later.
    ///
    /// Nothing is kept of what was shown when a permit was given: whoever annuls an attestation changes this answer and no permit.
    pub fn residence_conditions(
        &self,
        asked: PermitAsked,
        stated: &[StatedCondition],
        day: Day,
    ) -> Vec<ConditionAnswer> {
        ConditionRule::asked(asked.kind, asked.step, asked.law_of)
            .map(|rule| ConditionAnswer {
                rule,
                state: self.condition_state(rule.condition, asked, stated, day),
            })
            .collect()
    }

    /// The renewal of the permit of this kind and ground that the person holds, the newest of them.
    pub fn renewal_of(&self, kind: ResidenceKind, basis: ResidenceBasis) -> Option<PermitAsked> {
        let mut held = self.permits.iter().rev();
        held.find(|permit| permit.kind == kind && permit.basis == basis && permit.end.is_none())
            .map(PermitAsked::renewal)
    }

    fn condition_state(
        &self,
        condition: ResidenceCondition,
        asked: PermitAsked,
        stated: &[StatedCondition],
        day: Day,
    ) -> ConditionState {
        if let Some(ground) = self.not_asked(condition, asked, day) {
            ConditionState::NotAsked(ground)
        } else if let Some(shown) = self.shown(condition, stated, day) {
            ConditionState::Shown(shown)
        } else {
            ConditionState::Missing
        }
    }

    /// Why the condition is not asked of this person, if it is not; the readings stand at [`ConditionRule`]. The ground of the permit
    /// comes first, so that what is told of a refugee depends on what was asked alone.
    fn not_asked(
        &self,
        condition: ResidenceCondition,
        asked: PermitAsked,
        day: Day,
    ) -> Option<NotAsked> {
        if asked.basis == ResidenceBasis::Refugee && condition.is_of_article_22() {
            return Some(NotAsked::Refugee);
        }
        let relation = self.household.map(|membership| membership.relation);
        let is_head = relation == Some(Relation::Head);
        let on_family_permit = asked.scope == PermitScope::Family && !is_head;
        if on_family_permit || asked.basis == ResidenceBasis::Family {
            return Some(NotAsked::FamilyPermit);
        }
        let age = self.age_years(day);
        if condition.is_for_adults() && age.is_some_and(|age| age < ADULT_YEARS) {
            return Some(NotAsked::Child);
        }
        let of_iranian_woman = matches!(
            asked.basis,
            ResidenceBasis::SpouseOfIranian | ResidenceBasis::IranianMother
        );
        if of_iranian_woman && condition == ResidenceCondition::Literacy {
            return Some(NotAsked::IranianFamily);
        }
        if condition.is_for_heads() && relation.is_some() && !is_head {
            return Some(NotAsked::NotHead);
        }
        None
    }

    /// What shows a condition on a day: the record, else an attestation, else an exemption, and of several the newest.
    fn shown(
        &self,
        condition: ResidenceCondition,
        stated: &[StatedCondition],
        day: Day,
    ) -> Option<ShownBy> {
        if condition == ResidenceCondition::Domicile && self.address.is_some() {
            return Some(ShownBy::Record);
        }
        let stated = stated
            .iter()
            .filter(|stated| stated.condition == condition && stated.on.earliest() <= day);
        let newest = stated.max_by_key(|stated| {
            let attested = stated.exempted_by.is_none();
            (attested, stated.on.earliest(), stated.position)
        });
        newest.cloned().map(ShownBy::Act)
    }
}
