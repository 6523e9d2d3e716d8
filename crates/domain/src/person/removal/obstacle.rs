use std::collections::BTreeSet;

use super::super::{Direction, Person, Verdict};
use super::{Decision, DecisionEffect, ExpulsionOrder};
use crate::fact::{EntryKind, ProtectionKind, Relation};
use crate::law::{PersonStatus, TimeLimit};
use crate::time::{Calendar, Day};

closed_enum! {
    /// What stands against carrying an order of expulsion out.
    pub enum Obstacle {
        /// The order was not served.
        NotServed = "NOT_SERVED",
        /// The time for an appeal is running, or an appeal is open.
        Appeal = "APPEAL",
        /// A court has suspended it.
        Suspended = "SUSPENDED",
        /// Something else stands against the removal. What it is, is told to nobody with this: a protection of art. 13, a
        /// stay of removal, refuge, or another lawful basis.
        Barred = "BARRED",
    }
}

impl Person {
    /// What stands against carrying this order out on a day; `has_stay` says whether a stay of removal stands, which the
    /// person's life does not tell. The person must be folded to that day or a later one. Empty is not a duty to expel, and
    /// says nothing about any other order.
    pub fn obstacles(
        &self,
        order: &ExpulsionOrder,
        has_stay: bool,
        day: Day,
    ) -> BTreeSet<Obstacle> {
        let removal = &self.removal;
        let served = removal
            .decision(order.act_id)
            .and_then(|decision| decision.served_on)
            .is_some_and(|served_on| served_on.latest() <= day);
        // Any appeal of the person counts, not only one against this order: whoever wins back a permit or a protection is
        // not to be out of the country by then.
        let appeal = removal
            .decisions
            .iter()
            .any(|decision| decision.has_open_appeal() || decision.appeal_time_runs(day));
        let suspended = order
            .suspensions
            .iter()
            .any(|suspension| suspension.stands(day));
        let barred = has_stay || self.is_protected(day) || self.has_lawful_basis(day);
        [
            (!served, Obstacle::NotServed),
            (appeal, Obstacle::Appeal),
            (suspended, Obstacle::Suspended),
            (barred, Obstacle::Barred),
        ]
        .into_iter()
        .filter_map(|(stands, obstacle)| stands.then_some(obstacle))
        .collect()
    }

    /// True if a protection of art. 13(1) stands on a day.
    pub fn is_protected(&self, day: Day) -> bool {
        let found = self.removal.protections.iter().any(|protection| {
            let outgrown = protection.kind == ProtectionKind::UnaccompaniedChild
                && self.particulars.birth_date.is_some()
                && !self.may_be_child(day);
            self.removal.protects(protection) && !outgrown
        });
        found || self.may_be_over_eighty(day) || self.is_child_alone(day)
    }

    /// True if the person may stay on a ground that has not ended: a permit or visa, refuge, a visa-free entry, the stay of an
    /// emergency entrant, or a former refugee's time to leave (AM-46).
    pub fn has_lawful_basis(&self, day: Day) -> bool {
        let emergency = self.holds(PersonStatus::EmergencyEntrant) && self.emergency_stay_runs(day);
        self.residence(day).verdict == Verdict::Valid
            || self.holds(PersonStatus::Refugee)
            || self.holds(PersonStatus::VisaFreeEntrant)
            || emergency
            || self
                .removal
                .decisions
                .iter()
                .any(|decision| leaves(decision, day))
    }

    /// The stay of an emergency entrant, from the entry on; without a recorded entry nothing has run out.
    fn emergency_stay_runs(&self, day: Day) -> bool {
        let entry = self
            .last_crossing
            .as_ref()
            .filter(|crossing| matches!(crossing.direction, Direction::In(EntryKind::Emergency)));
        entry.is_none_or(|entry| {
            let last = TimeLimit::EMERGENCY_STAY.due(entry.on.latest());
            last.ok().flatten().is_none_or(|last| day <= last)
        })
    }

    /// In doubt about the date of birth the person is the younger one.
    fn may_be_child(&self, day: Day) -> bool {
        let limit = TimeLimit::PROTECTED_CHILD.number().map(u32::from);
        self.age_years(day) < limit && self.particulars.birth_date.is_some()
    }

    /// "Over eighty" begins with the eightieth birthday; in doubt about the date of birth the person is the older one.
    fn may_be_over_eighty(&self, day: Day) -> bool {
        let Some(birth) = self.particulars.birth_date else {
            return false;
        };
        let age = birth.earliest().completed_years(Calendar::Jalali, day);
        TimeLimit::PROTECTED_AGE
            .number()
            .is_some_and(|limit| u32::from(limit) <= age)
    }

    /// A child of whom no household with a head, and no guardian, is recorded is alone, whether or not anybody has found
    /// so yet.
    fn is_child_alone(&self, day: Day) -> bool {
        let with_family = self
            .household
            .is_some_and(|membership| membership.relation != Relation::Head);
        self.may_be_child(day) && !with_family && self.guardians.is_empty()
    }
}

/// True while a former refugee has time to leave (TL-62).
fn leaves(decision: &Decision, day: Day) -> bool {
    let of_refugee = matches!(
        decision.effect,
        DecisionEffect::Status {
            from: PersonStatus::Refugee,
            ..
        }
    );
    let last = decision.served_on.map(|served_on| {
        let limit = &TimeLimit::FORMER_REFUGEE_DEPARTURE;
        limit.due(served_on.latest()).ok().flatten()
    });
    of_refugee && last.is_some_and(|last| last.is_none_or(|last| day <= last))
}
