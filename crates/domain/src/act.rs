//! Acts: what an office or agency submits. One act states one legal fact or decision about one or more subjects.
//!
//! [`Act::decode`] is the only way in from bytes, and every act it returns is complete and within the limits of
//! [`crate::fact::limits`]. Whether the law allows it is for [`crate::decide`].

mod amendment;
mod asylum;
mod biometric;
mod body;
mod campaign;
mod case;
mod contest;
mod document;
mod governance;
mod household;
mod removal;
mod residence;
mod site;
mod vital;
mod watch;

#[cfg(test)]
mod tests;

use core::fmt;

use crate::fact::{OfficeCode, redacted};
use crate::number::{
    BiometricNumber, CampaignNumber, CaseNumber, ClaimNumber, HouseholdCode, PersonNumber,
    SiteNumber,
};
use crate::time::{PartialDate, Timestamp};

pub use self::amendment::{AnnulAct, CorrectAct};
pub use self::asylum::{DecideAsylumClaim, LodgeAsylumClaim, RecordAsylumInterview};
pub use self::biometric::{RecordBiometricReference, WithdrawBiometricReference};
pub use self::body::{ActBody, ActKind, Allocation};
pub use self::campaign::{
    CampaignCard, CloseCampaign, FixCampaignTargetList, OpenCampaign,
    RecordCampaignNonParticipation, RecordCampaignParticipation, ReportCampaignCoverage,
    TargetDefinition,
};
pub use self::case::{
    ActivityPermit, ActivityReport, AdvanceCase, AppealDecision, Applicant, CaseClosure, CaseStep,
    CaseStepKind, Consultation, Evidence, ExitPermit, Fee, HandOver, Inquiry, InquiryReply,
    InsuranceBooklet, MemberOpinion, MovementPass, NationalityGrant, Organisation, PaperContent,
    PaperExtension, PaperIssue, PaperLapse, Procedure, ProgrammePermit, ProjectPermit,
    PropertyPermit, RefugeeCard, RelocationPermit, RequestService, SchoolingCertificate,
    ServiceAppeal, ServiceGrant, ServiceNotice, ServiceRefusal, StudyConfirmation, StudyPermit,
    TravelPass, Vehicle, VehicleRelease,
};
pub use self::contest::{DisputeFact, DisputedFact, Resolution, ResolveDispute};
pub use self::document::{IssueDocument, ReportDocumentLost, VoidDocument};
pub use self::governance::{
    AdoptPolicy, EnrolAgency, EnrolKey, EnrolOffice, ExtendDeferral, FoundRegistry, KeyId,
    PublicKey, RevokeAgency, RevokeGrant, RevokeKey, RotateLogKey,
};
pub use self::household::{
    AddHouseholdMember, ChangeAddress, ChangeHouseholdHead, FormHousehold, MoveHouseholdMember,
    ReceiveFileTransfer, RemoveHouseholdMember, Resident, SendFileTransfer, SplitHousehold,
};
pub use self::removal::{
    BeginHolding, DecideAppeal, EndExpulsionSuspension, EndHolding, EndProtection,
    ExecuteExpulsion, ExtendExpulsionSuspension, ExtendHolding, HoldCommissionSession,
    ImposeEntryBan, LiftEntryBan, LiftStayOfRemoval, LodgeAppeal, NotifyOfHolding, OrderExpulsion,
    PlaceStayOfRemoval, RecordProtection, RecordThirdCountryDeparture, RecordViolationDecision,
    RecordVoluntaryReturn, RevokeVisa, ServeDecision, SuspendExpulsion, WithdrawExpulsionOrder,
};
pub use self::residence::{
    AttestResidenceCondition, ChangeStatus, ConvertResidencePermit, ExemptFromResidenceCondition,
    GrantStatus, IssueResidencePermit, IssueVisa, RecordEntry, RecordExit,
    RecordResidencePermitLapse, RenewResidencePermit, ReplaceResidencePermit,
    RevokeResidencePermit,
};
pub use self::site::{
    ChangeSiteCapacity, CloseSite, InspectSite, OpenSite, RecordSiteAdmission, RecordSiteDischarge,
    RecordSiteTransfer,
};
pub use self::vital::{
    AppointGuardian, ConfirmDistinctPersons, ConfirmParentage, ConfirmSamePerson,
    IssueMarriageLicence, RegisterBirth, RegisterDeath, RegisterDivorce, RegisterMarriage,
    RegisterPerson, WithdrawIdentityLink,
};
pub use self::watch::{DeclareOfficer, JustifyLookup};

/// Identifier of an act: a `UUIDv7` chosen by the author, 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActId(pub [u8; 16]);

impl ActId {
    /// The identifier as bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for ActId {
    /// As a UUID: `0190163d-8694-739b-aea5-966c26f8ad91`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ActId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActId({self})")
    }
}

/// Identifier of a batch of acts: a `UUIDv7` chosen by whoever submits it, 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub [u8; 16]);

/// One legal fact or decision, as its author stated it.
#[derive(Clone, PartialEq, Eq)]
pub struct Act {
    /// Identifier, chosen by the author.
    pub id: ActId,
    /// Office that recorded the fact.
    pub office: OfficeCode,
    /// Code of the officer at that office; never a name.
    pub officer: String,
    /// When the fact held.
    pub occurred_on: PartialDate,
    /// When the office recorded it, by the office's clock.
    pub office_recorded_at: Timestamp,
    /// Article, resolution or service the act rests on; never empty.
    pub legal_basis: String,
    /// The office's own file or case number; may be empty.
    pub case_reference: String,
    /// The batch that it was submitted in, so that whoever opens it sees with what it came, and it can be taken back with
    /// that.
    pub batch: Option<BatchId>,
    /// Versions of subjects that the author saw.
    pub expected: Vec<ExpectedVersion>,
    /// What the act states.
    pub body: ActBody,
}

/// A version of a subject that the author of an act saw.
#[derive(Clone, PartialEq, Eq)]
pub struct ExpectedVersion {
    /// The subject: a person, a household, a case, a campaign, a site or a claim to asylum.
    pub subject: SubjectId,
    /// Number of its events.
    pub version: u64,
}

/// Anything with a life of its own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubjectId {
    /// The registry itself.
    Registry,
    /// A person.
    Person(PersonNumber),
    /// A household.
    Household(HouseholdCode),
    /// A claim to asylum, which is a subject of its own (design 7.3).
    AsylumClaim(ClaimNumber),
    /// A campaign of registration.
    Campaign(CampaignNumber),
    /// A service case.
    Case(CaseNumber),
    /// A biometric reference, which is a subject of its own so that it can be erased before its person.
    Biometric(BiometricNumber),
    /// A site: a guest town, a care camp, an exit station or a return centre.
    Site(SiteNumber),
    /// An agency.
    Agency(crate::fact::AgencyCode),
    /// An office.
    Office(OfficeCode),
}

redacted!(Act, ExpectedVersion, SubjectId);

impl From<PersonNumber> for SubjectId {
    fn from(number: PersonNumber) -> Self {
        Self::Person(number)
    }
}

impl From<HouseholdCode> for SubjectId {
    fn from(code: HouseholdCode) -> Self {
        Self::Household(code)
    }
}

impl From<ClaimNumber> for SubjectId {
    fn from(number: ClaimNumber) -> Self {
        Self::AsylumClaim(number)
    }
}

impl From<CampaignNumber> for SubjectId {
    fn from(number: CampaignNumber) -> Self {
        Self::Campaign(number)
    }
}

impl From<CaseNumber> for SubjectId {
    fn from(number: CaseNumber) -> Self {
        Self::Case(number)
    }
}

impl From<BiometricNumber> for SubjectId {
    fn from(number: BiometricNumber) -> Self {
        Self::Biometric(number)
    }
}

impl From<SiteNumber> for SubjectId {
    fn from(number: SiteNumber) -> Self {
        Self::Site(number)
    }
}

impl Act {
    /// New numbers that this act needs before it can be decided.
    pub fn allocates(&self) -> Allocation {
        self.body.allocates()
    }
}
