use crate::fact::{
    AdverseDecision, DocumentReference, EntryKind, ExemptionBody, ExitKind, PermitScope,
    ReplacementReason, VisaKind, redacted,
};
use crate::law::{PersonStatus, ResidenceBasis, ResidenceCondition, ResidenceKind};
use crate::number::PersonNumber;
use crate::time::PartialDate;

/// A person came in.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordEntry {
    /// Who.
    pub person: PersonNumber,
    /// Code of the border point; empty where the person crossed elsewhere.
    pub border_point: String,
    /// How.
    pub kind: EntryKind,
    /// Document shown; `None` when none was.
    pub document: Option<DocumentReference>,
}

/// A person went out.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordExit {
    /// Who.
    pub person: PersonNumber,
    /// Code of the border point.
    pub border_point: String,
    /// Travel, or for good.
    pub kind: ExitKind,
    /// Document shown; `None` when none was.
    pub document: Option<DocumentReference>,
}

/// A visa, or an electronic entry permit, which counts as one (art. 20(3)).
#[derive(Clone, PartialEq, Eq)]
pub struct IssueVisa {
    /// For whom.
    pub person: PersonNumber,
    /// Kind of visa.
    pub kind: VisaKind,
    /// Number of the visa.
    pub visa_number: String,
    /// First valid day.
    pub valid_from: PartialDate,
    /// Last valid day.
    pub valid_until: PartialDate,
    /// Length of stay allowed per entry, in days; 0 where the visa states none.
    pub stay_days: u32,
    /// True if the visa may be used more than once.
    pub multiple_entry: bool,
    /// Mission or border post that issued it; may be empty.
    pub issued_at: String,
}

/// A residence permit.
#[derive(Clone, PartialEq, Eq)]
pub struct IssueResidencePermit {
    /// For whom.
    pub person: PersonNumber,
    /// Kind of residence.
    pub kind: ResidenceKind,
    /// Ground on which it is given.
    pub basis: ResidenceBasis,
    /// Individual or family permit.
    pub scope: PermitScope,
    /// Number of the permit.
    pub permit_number: String,
    /// First valid day.
    pub valid_from: PartialDate,
    /// Last valid day; `None` only for special residence.
    pub valid_until: Option<PartialDate>,
}

/// A condition of residence is met, by the word of a named officer, the author of the act (arts. 22 to 24).
///
/// It counts from the day it states, until it is annulled. A permit that was given on it stays given when it is: nothing is
/// voided by a fold, and whoever finds that a permit should not stand decides so in an act of its own, with notice and appeal.
#[derive(Clone, PartialEq, Eq)]
pub struct AttestResidenceCondition {
    /// Who meets it.
    pub person: PersonNumber,
    /// What is met; never what was found.
    pub condition: ResidenceCondition,
    /// Reference of the paper that the officer saw.
    pub reference: String,
    /// From which day on it is met; not later than the day of the act.
    pub met_on: PartialDate,
}

/// Somebody need not meet a condition of residence (art. 22 note 3 and its like).
///
/// It counts from the day of the act, until it is annulled. A permit that was given on it stays given when it is, as with
/// [`AttestResidenceCondition`].
#[derive(Clone, PartialEq, Eq)]
pub struct ExemptFromResidenceCondition {
    /// Who is exempted.
    pub person: PersonNumber,
    /// From what.
    pub condition: ResidenceCondition,
    /// Who decided it.
    pub decided_by: ExemptionBody,
    /// Reference of the resolution or decision.
    pub reference: String,
}

/// A later last day for a permit.
#[derive(Clone, PartialEq, Eq)]
pub struct RenewResidencePermit {
    /// Whose permit.
    pub person: PersonNumber,
    /// Number of the permit.
    pub permit_number: String,
    /// New last valid day.
    pub valid_until: PartialDate,
}

/// The same permit on a new paper.
#[derive(Clone, PartialEq, Eq)]
pub struct ReplaceResidencePermit {
    /// Whose permit.
    pub person: PersonNumber,
    /// Number so far.
    pub permit_number: String,
    /// Number from now on.
    pub new_permit_number: String,
    /// Why.
    pub reason: ReplacementReason,
}

/// Another kind of residence in place of the one held (services row 17).
#[derive(Clone, PartialEq, Eq)]
pub struct ConvertResidencePermit {
    /// Whose permit.
    pub person: PersonNumber,
    /// Number of the permit given up.
    pub permit_number: String,
    /// New kind of residence.
    pub kind: ResidenceKind,
    /// Ground of the new residence.
    pub basis: ResidenceBasis,
    /// Number of the new permit.
    pub new_permit_number: String,
    /// First valid day of the new permit.
    pub valid_from: PartialDate,
    /// Last valid day of the new permit; `None` only for special residence.
    pub valid_until: Option<PartialDate>,
    /// The informed consent of the person, as a reference to the signed form; deciding asks for it.
    pub consent_reference: String,
}

/// A permit is taken away.
#[derive(Clone, PartialEq, Eq)]
pub struct RevokeResidencePermit {
    /// Whose permit.
    pub person: PersonNumber,
    /// Number of the permit.
    pub permit_number: String,
    /// The decision; deciding asks for it and for each of its parts.
    pub decision: Option<AdverseDecision>,
}

/// The office states that a permit ended and nothing was done to extend it (art. 12(5)).
#[derive(Clone, PartialEq, Eq)]
pub struct RecordResidencePermitLapse {
    /// Whose permit.
    pub person: PersonNumber,
    /// Number of the permit.
    pub permit_number: String,
}

/// A person gets a status.
#[derive(Clone, PartialEq, Eq)]
pub struct GrantStatus {
    /// Who.
    pub person: PersonNumber,
    /// Which status.
    pub status: PersonStatus,
    /// Body that decided; may be empty.
    pub decided_by: String,
}

/// A person's status becomes another one (law.md section 2).
#[derive(Clone, PartialEq, Eq)]
pub struct ChangeStatus {
    /// Who.
    pub person: PersonNumber,
    /// Status held so far.
    pub from: PersonStatus,
    /// Status from now on.
    pub to: PersonStatus,
    /// Body that decided; may be empty.
    pub decided_by: String,
    /// Required when the change takes a protection or residence away.
    pub decision: Option<AdverseDecision>,
}

redacted!(
    RecordEntry,
    RecordExit,
    IssueVisa,
    IssueResidencePermit,
    AttestResidenceCondition,
    ExemptFromResidenceCondition,
    RenewResidencePermit,
    ReplaceResidencePermit,
    ConvertResidencePermit,
    RevokeResidencePermit,
    RecordResidencePermitLapse,
    GrantStatus,
    ChangeStatus,
);
