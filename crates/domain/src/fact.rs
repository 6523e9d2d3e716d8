//! Values that acts and events are made of: closed sets, codes, documents, addresses, particulars, parties.
//!
//! None of these types prints its content: their `Debug` shows the type alone, so that no log line can carry a
//! person's data by accident.

mod campaign;
mod case;
mod code;
mod document;
mod kinds;
mod person;
mod removal;
mod site;

#[cfg(test)]
mod tests;

/// Named limits of acts.
pub mod limits;

pub use self::campaign::{CampaignKind, CoverageDefinition, NonParticipationReason};
pub use self::case::{
    CaseOutcome, CommissionMember, DepartureKind, EvidenceKind, FeeState, InsuranceEntitlement,
    NationalityBasis, NoticeManner, Opinion, ProcedureKind, ProcedureResult, ReplyClass,
    RequestChannel,
};
pub use self::code::{AgencyCode, CountryCode, InvalidCode, OfficeCode, OfficerCode};
pub use self::document::{Document, DocumentKey, DocumentReference};
pub use self::kinds::{
    AsylumGround, AsylumLodging, AsylumOutcome, BiometricModality, BiometricWithdrawal,
    DisputeGround, DisputeOutcome, DivorceKind, EntryKind, EvidenceState, ExemptionBody, ExitKind,
    GuardianKind, HeadChangeGround, InformantRelation, IssuingLevel, LookupGround, MarriageForm,
    MarriageKind, MemberRemovalReason, NationalityState, ParentRole, PermitScope, RegisteredWith,
    Relation, ReplacementReason, Sex, VisaKind, VoidReason,
};
pub use self::person::{
    Address, AdverseDecision, Custody, Informant, MemberRelation, Nationality, Particulars, Party,
    Place,
};
pub use self::removal::{
    AppealBy, AppealOutcome, CommissionLevel, EntryBanGround, EntryBanLifting, HoldingBasis,
    HoldingEnding, HoldingPlace, ProtectionEnding, ProtectionKind, StayGround, SuspensionCause,
    SuspensionEnding,
};
pub use self::site::{AdmissionGround, DischargeReason, InspectionFinding, SiteKind};

/// Implements a `Debug` that shows the name of the type and nothing of its content.
macro_rules! redacted {
    ($($name:ident),+ $(,)?) => {$(
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(concat!(stringify!($name), " { .. }"))
            }
        }
    )+};
}

pub(crate) use self::document::{comparable, is_comparable};
pub(crate) use redacted;
