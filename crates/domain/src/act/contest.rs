use super::ActId;
use crate::access::{Field, FieldGroup};
use crate::fact::{AdverseDecision, DisputeGround, DisputeOutcome, redacted};
use crate::number::PersonNumber;

/// What a person contests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DisputedFact {
    /// What this act states about the person.
    Act(ActId),
    /// What the registry tells of the person under a field group ([`FieldGroup::is_contestable`]).
    Group {
        /// The group.
        group: FieldGroup,
        /// The field of answers that is meant, where the person named one.
        field: Option<&'static Field>,
    },
}

/// A person says that what is recorded about them is wrong. The fact is delivered marked until the dispute is resolved.
#[derive(Clone, PartialEq, Eq)]
pub struct DisputeFact {
    /// Who contests.
    pub person: PersonNumber,
    /// What.
    pub fact: DisputedFact,
    /// Why.
    pub ground: DisputeGround,
    /// Reference to what the person stated, as the office keeps it.
    pub statement_reference: String,
}

/// How a dispute ended.
#[derive(Clone, PartialEq, Eq)]
pub enum Resolution {
    /// The person was right.
    Upheld {
        /// The act that put the fact right.
        correction: ActId,
    },
    /// The fact stands.
    Rejected {
        /// Who decided and why, when the person was told, and to whom they may object. `None` only where it is withheld.
        decision: Option<AdverseDecision>,
    },
    /// The person no longer contests it.
    Withdrawn,
}

impl Resolution {
    /// The outcome without what belongs to it.
    pub const fn outcome(&self) -> DisputeOutcome {
        match self {
            Self::Upheld { .. } => DisputeOutcome::Upheld,
            Self::Rejected { .. } => DisputeOutcome::Rejected,
            Self::Withdrawn => DisputeOutcome::Withdrawn,
        }
    }
}

/// A dispute ends.
#[derive(Clone, PartialEq, Eq)]
pub struct ResolveDispute {
    /// Who contested.
    pub person: PersonNumber,
    /// The act that recorded the dispute.
    pub dispute: ActId,
    /// How it ended.
    pub resolution: Resolution,
}

redacted!(DisputedFact, DisputeFact, Resolution, ResolveDispute);
