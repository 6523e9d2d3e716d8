//! Whether a person has a right on a day.

use super::{Person, StayReason, Verdict};
use crate::fact::redacted;
use crate::law::{Edition, PersonStatus, Right, RightRule, RightsHolder};
use crate::time::Day;

/// Class of the reason of an answer about a right. None of them is given to those under protection alone, nor tells a
/// kind of residence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RightReason {
    /// Held whatever the residence.
    NotTiedToResidence,
    /// Held by residence or status.
    Held,
    /// The law or the record does not settle it: an open list that does not name it, a permit or a decision of which
    /// the registry does not hold the content, a stay that may rest on what is not recorded (AM-46). Never to be read as
    /// no.
    NotSettled,
    /// The residence that could give it has ended.
    ResidenceEnded,
    /// The residence that could give it begins later.
    NotYetResident,
    /// The person has died.
    Deceased,
}

impl RightReason {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotTiedToResidence => "NOT_TIED_TO_RESIDENCE",
            Self::Held => "HELD",
            Self::NotSettled => "NOT_SETTLED",
            Self::ResidenceEnded => "RESIDENCE_ENDED",
            Self::NotYetResident => "NOT_YET_RESIDENT",
            Self::Deceased => "DECEASED",
        }
    }
}

/// Has a person a right, under which articles, by which edition. It tells neither kind of residence nor status: the
/// articles are those that rule the right for everybody.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RightAnswer {
    /// Yes, no, or unknown; unknown is never to be read as no.
    pub verdict: Verdict,
    /// Class of the reason.
    pub reason: RightReason,
    /// The articles that rule the right.
    pub source: &'static str,
    /// Code of the edition of the law by which it is answered.
    pub edition: &'static str,
}

redacted!(RightAnswer);

impl RightAnswer {
    fn new(right: Right, day: Day, verdict: Verdict, reason: RightReason) -> Self {
        Self {
            verdict,
            reason,
            source: right.source(),
            edition: Edition::in_force(day).code,
        }
    }

    /// The answer that nobody can tell.
    pub fn unknown(right: Right, day: Day) -> Self {
        Self::new(right, day, Verdict::Unknown, RightReason::NotSettled)
    }
}

impl Person {
    /// Has the person this right on this day? The person must be folded to the same day or a later one.
    ///
    /// A claim to asylum plays no part in it: only what was granted gives a right (design 7.3).
    pub fn right(&self, right: Right, day: Day) -> RightAnswer {
        let answer = |verdict, reason| RightAnswer::new(right, day, verdict, reason);
        let residence = self.residence(day);
        if residence.reason == Some(StayReason::Deceased) {
            return answer(Verdict::NotValid, RightReason::Deceased);
        }
        if !right.rests_on_residence() {
            return answer(Verdict::Valid, RightReason::NotTiedToResidence);
        }
        let holders = self.rights_holders(day);
        let rule = RightRule::in_force(right, day);
        let held = rule.is_some_and(|rule| {
            let mut holders = holders.iter();
            holders.any(|holder| rule.cell(*holder).entitlement.is_held())
        });
        if held {
            return answer(Verdict::Valid, RightReason::Held);
        }
        // Whoever holds anything, or may stay, is not told no: what gives them less may give them this as well.
        match residence.reason {
            Some(StayReason::Expired | StayReason::Revoked | StayReason::Lapsed)
                if holders.is_empty() =>
            {
                answer(Verdict::NotValid, RightReason::ResidenceEnded)
            }
            Some(StayReason::NotYetValid) if holders.is_empty() => {
                answer(Verdict::NotValid, RightReason::NotYetResident)
            }
            Some(_) | None => RightAnswer::unknown(right, day),
        }
    }

    /// The columns of the table that hold for the person. Several may: refuge stands beside a permit (art. 35(2)).
    fn rights_holders(&self, day: Day) -> Vec<RightsHolder> {
        let permits = self
            .permits
            .iter()
            .filter(|permit| permit.state(day) == super::PermissionState::Valid)
            .filter_map(|permit| RightsHolder::of(permit.kind));
        // The bill gives stateless persons rights by their permit alone, refugees by what they are (art. 35(3)).
        let refuge = self
            .holds(PersonStatus::Refugee)
            .then_some(RightsHolder::Refugee);
        permits.chain(refuge).collect()
    }
}

#[cfg(test)]
mod tests;
