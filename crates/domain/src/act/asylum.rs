use crate::fact::{Address, AdverseDecision, AsylumGround, AsylumLodging, AsylumOutcome, redacted};
use crate::number::{ClaimNumber, PersonNumber};

/// A person asks for asylum (art. 1(6), 35(1)).
///
/// Lodging changes nothing outside the compartment, so it does not keep the person from removal either: that is for a
/// [`PlaceStayOfRemoval`](super::PlaceStayOfRemoval), which the unit is to submit with it (AM-43; [`crate::stay`]).
#[derive(Clone, PartialEq, Eq)]
pub struct LodgeAsylumClaim {
    /// Who asks.
    pub person: PersonNumber,
    /// Where the claim was lodged.
    pub lodged_at: AsylumLodging,
    /// Consulate, border point or authority; may be empty.
    pub place: String,
    /// On what grounds; at least one, each once.
    pub grounds: Vec<AsylumGround>,
    /// Where the record of the first interview is kept; may be empty.
    pub interview_reference: String,
    /// Where the person shelters; `None` if nowhere else than is known.
    pub shelter_address: Option<Address>,
}

/// An interview about a claim that is not decided.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordAsylumInterview {
    /// Which claim.
    pub claim: ClaimNumber,
    /// Where the record of the interview is kept.
    pub interview_reference: String,
    /// Where the person shelters now, if that has changed.
    pub shelter_address: Option<Address>,
}

/// How a claim ended. The parts are read as they come, so that deciding can say which of them is missing.
#[derive(Clone, PartialEq, Eq)]
pub struct DecideAsylumClaim {
    /// Which claim.
    pub claim: ClaimNumber,
    /// How it ended.
    pub outcome: AsylumOutcome,
    /// Granted: body that decided.
    pub decided_by: String,
    /// Refused: decider, ground, notice and body of appeal.
    pub decision: Option<AdverseDecision>,
    /// Withdrawn: the declaration that the person signed.
    pub declaration_reference: String,
}

redacted!(LodgeAsylumClaim, RecordAsylumInterview, DecideAsylumClaim);
