//! A claim to asylum, in the compartment of the asylum unit. Everything here is derived from a [`crate::life::Life`].
//!
//! A claim is a subject of its own: nothing of it stands in the life of the person who lodged it, so that no view, version
//! or number of that life differs by it (design 7.3). Only the person's number in the claim leads from one to the other,
//! and only for whoever holds the compartment's keys.
//!
//! The bill names no deciding body, no time and no appeal (AM-51). So a claim is open until it is granted, refused or
//! withdrawn; a refusal needs what every act needs that takes something away (design 7.6), a withdrawal the person's own
//! declaration; and nothing keeps a person from lodging another claim after that.

#[cfg(test)]
mod tests;

use crate::event::EventBody;
use crate::fact::{Address, AdverseDecision, AsylumGround, AsylumLodging, AsylumOutcome, redacted};
use crate::life::Effective;
use crate::number::{ClaimNumber, PersonNumber};
use crate::time::PartialDate;

/// A claim on some day.
#[derive(Clone, PartialEq, Eq)]
pub struct AsylumClaim {
    /// Its number.
    pub number: ClaimNumber,
    /// Who lodged it.
    pub person: PersonNumber,
    /// When.
    pub lodged_on: PartialDate,
    /// Where.
    pub lodged_at: AsylumLodging,
    /// Consulate, border point or authority; may be empty.
    pub place: String,
    /// On what grounds.
    pub grounds: Vec<AsylumGround>,
    /// Interviews, the first one of the lodging included, in the order in which they were held.
    pub interviews: Vec<AsylumInterview>,
    /// Where the person shelters, as last recorded.
    pub shelter_address: Option<Address>,
    /// How it ended; `None` while it is not decided.
    pub decision: Option<AsylumDecision>,
}

/// An interview.
#[derive(Clone, PartialEq, Eq)]
pub struct AsylumInterview {
    /// When.
    pub on: PartialDate,
    /// Where its record is kept.
    pub reference: String,
}

/// How a claim ended.
#[derive(Clone, PartialEq, Eq)]
pub struct AsylumDecision {
    /// When.
    pub on: PartialDate,
    /// How.
    pub outcome: AsylumOutcome,
    /// Granted: body that decided; else empty.
    pub decided_by: String,
    /// Refused: decider, ground, notice and body of appeal.
    pub adverse: Option<AdverseDecision>,
    /// Withdrawn: the declaration that the person signed; else empty.
    pub declaration_reference: String,
}

redacted!(AsylumClaim, AsylumInterview, AsylumDecision);

impl AsylumClaim {
    /// True while it is not decided.
    pub const fn is_pending(&self) -> bool {
        self.decision.is_none()
    }

    /// Folds events in valid order into a claim, and gives the events that were passed over.
    pub(crate) fn fold<'life>(
        events: &[Effective<'life>],
    ) -> (Option<Self>, Vec<Effective<'life>>) {
        let mut claim = None;
        let mut passed_over = Vec::new();
        for effective in events {
            let applied = match &mut claim {
                None => {
                    claim = Self::lodged(effective);
                    claim.is_some()
                }
                Some(claim) => claim.apply(effective),
            };
            if !applied {
                passed_over.push(*effective);
            }
        }
        (claim, passed_over)
    }

    fn lodged(effective: &Effective<'_>) -> Option<Self> {
        let EventBody::AsylumClaimLodged(lodged) = &effective.event.body else {
            return None;
        };
        let on = effective.event.occurred_on;
        let mut claim = Self {
            number: lodged.number,
            person: lodged.person,
            lodged_on: on,
            lodged_at: lodged.lodged_at,
            place: lodged.place.clone(),
            grounds: lodged.grounds.clone(),
            interviews: Vec::new(),
            shelter_address: lodged.shelter_address.clone(),
            decision: None,
        };
        if !lodged.interview_reference.is_empty() {
            claim.interviews.push(AsylumInterview {
                on,
                reference: lodged.interview_reference.clone(),
            });
        }
        Some(claim)
    }

    /// Applies an event; false if it finds nothing to act on: a claim that was decided has ended.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "events about other subjects find nothing to act on in a claim"
    )]
    fn apply(&mut self, effective: &Effective<'_>) -> bool {
        let on = effective.event.occurred_on;
        match &effective.event.body {
            _ if !self.is_pending() => false,
            EventBody::AsylumInterviewRecorded(interview) => {
                self.interviews.push(AsylumInterview {
                    on,
                    reference: interview.interview_reference.clone(),
                });
                if let Some(address) = &interview.shelter_address {
                    self.shelter_address = Some(address.clone());
                }
                true
            }
            EventBody::AsylumClaimDecided(decided) => {
                self.decision = Some(AsylumDecision {
                    on,
                    outcome: decided.outcome,
                    decided_by: decided.decided_by.clone(),
                    adverse: decided.decision.clone(),
                    declaration_reference: decided.declaration_reference.clone(),
                });
                true
            }
            _ => false,
        }
    }
}
