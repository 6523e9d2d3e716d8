use super::{
    AddHouseholdMember, AdoptPolicy, AdvanceCase, AnnulAct, AppointGuardian, BeginHolding,
    ChangeAddress, ChangeHouseholdHead, ChangeStatus, ConfirmDistinctPersons, ConfirmParentage,
    ConfirmSamePerson, ConvertResidencePermit, CorrectAct, DecideAppeal, DecideAsylumClaim,
    DeclareOfficer, DisputeFact, EndExpulsionSuspension, EndHolding, EndProtection, EnrolAgency,
    EnrolKey, EnrolOffice, ExecuteExpulsion, ExtendDeferral, ExtendExpulsionSuspension,
    ExtendHolding, FormHousehold, FoundRegistry, GrantStatus, HoldCommissionSession,
    ImposeEntryBan, IssueDocument, IssueMarriageLicence, IssueResidencePermit, IssueVisa,
    JustifyLookup, LiftEntryBan, LiftStayOfRemoval, LodgeAppeal, LodgeAsylumClaim,
    MoveHouseholdMember, NotifyOfHolding, OrderExpulsion, PlaceStayOfRemoval, ReceiveFileTransfer,
    RecordAsylumInterview, RecordBiometricReference, RecordEntry, RecordExit, RecordProtection,
    RecordResidencePermitLapse, RecordThirdCountryDeparture, RecordViolationDecision,
    RecordVoluntaryReturn, RegisterBirth, RegisterDeath, RegisterDivorce, RegisterMarriage,
    RegisterPerson, RemoveHouseholdMember, RenewResidencePermit, ReplaceResidencePermit,
    ReportDocumentLost, RequestService, ResolveDispute, RevokeAgency, RevokeGrant, RevokeKey,
    RevokeResidencePermit, RevokeVisa, RotateLogKey, SendFileTransfer, ServeDecision,
    SplitHousehold, SuspendExpulsion, VoidDocument, WithdrawBiometricReference,
    WithdrawExpulsionOrder, WithdrawIdentityLink,
};
use super::{AttestResidenceCondition, ExemptFromResidenceCondition};
use super::{
    ChangeSiteCapacity, CloseSite, InspectSite, OpenSite, RecordSiteAdmission, RecordSiteDischarge,
    RecordSiteTransfer,
};
use super::{
    CloseCampaign, FixCampaignTargetList, OpenCampaign, RecordCampaignNonParticipation,
    RecordCampaignParticipation, ReportCampaignCoverage,
};
use crate::fact::redacted;

/// Defines the body of an act and its kind, so that neither can miss a variant of the other.
macro_rules! bodies {
    ($($(#[$meta:meta])* $name:ident = $code:literal,)+) => {
        /// What an act states. Each variant is described at the type it holds.
        #[derive(Clone, PartialEq, Eq)]
        pub enum ActBody {
            $($(#[$meta])* $name($name),)+
        }

        redacted!(ActBody);

        closed_enum! {
            /// Kind of an act: its body without the content.
            pub enum ActKind {
                $($(#[$meta])* $name = $code,)+
            }
        }

        impl ActBody {
            /// Kind of this body.
            pub fn kind(&self) -> ActKind {
                match self {
                    $(Self::$name(_) => ActKind::$name,)+
                }
            }
        }

        $(
            impl From<$name> for ActBody {
                fn from(body: $name) -> Self {
                    Self::$name(body)
                }
            }
        )+
    };
}

bodies! {
    /// A person is registered.
    RegisterPerson = "REGISTER_PERSON",
    /// A birth is registered.
    RegisterBirth = "REGISTER_BIRTH",
    /// A death is registered.
    RegisterDeath = "REGISTER_DEATH",
    /// A marriage licence or registration permit is issued.
    IssueMarriageLicence = "ISSUE_MARRIAGE_LICENCE",
    /// A marriage is registered.
    RegisterMarriage = "REGISTER_MARRIAGE",
    /// A divorce is registered.
    RegisterDivorce = "REGISTER_DIVORCE",
    /// Parentage is confirmed.
    ConfirmParentage = "CONFIRM_PARENTAGE",
    /// A guardian is appointed.
    AppointGuardian = "APPOINT_GUARDIAN",
    /// An entry is recorded.
    RecordEntry = "RECORD_ENTRY",
    /// An exit is recorded.
    RecordExit = "RECORD_EXIT",
    /// A visa is issued.
    IssueVisa = "ISSUE_VISA",
    /// A residence permit is issued.
    IssueResidencePermit = "ISSUE_RESIDENCE_PERMIT",
    /// A residence permit is renewed.
    RenewResidencePermit = "RENEW_RESIDENCE_PERMIT",
    /// A residence permit is replaced.
    ReplaceResidencePermit = "REPLACE_RESIDENCE_PERMIT",
    /// A residence permit is converted.
    ConvertResidencePermit = "CONVERT_RESIDENCE_PERMIT",
    /// A residence permit is revoked.
    RevokeResidencePermit = "REVOKE_RESIDENCE_PERMIT",
    /// The lapse of a residence permit is recorded.
    RecordResidencePermitLapse = "RECORD_RESIDENCE_PERMIT_LAPSE",
    /// A status is granted.
    GrantStatus = "GRANT_STATUS",
    /// A status is changed.
    ChangeStatus = "CHANGE_STATUS",
    /// A document is issued.
    IssueDocument = "ISSUE_DOCUMENT",
    /// The loss of a document is reported.
    ReportDocumentLost = "REPORT_DOCUMENT_LOST",
    /// A document is voided.
    VoidDocument = "VOID_DOCUMENT",
    /// A household is formed.
    FormHousehold = "FORM_HOUSEHOLD",
    /// A household is split.
    SplitHousehold = "SPLIT_HOUSEHOLD",
    /// A member is added.
    AddHouseholdMember = "ADD_HOUSEHOLD_MEMBER",
    /// A member is removed.
    RemoveHouseholdMember = "REMOVE_HOUSEHOLD_MEMBER",
    /// A member is moved.
    MoveHouseholdMember = "MOVE_HOUSEHOLD_MEMBER",
    /// The head is changed.
    ChangeHouseholdHead = "CHANGE_HOUSEHOLD_HEAD",
    /// An address is changed.
    ChangeAddress = "CHANGE_ADDRESS",
    /// A file is sent to another province.
    SendFileTransfer = "SEND_FILE_TRANSFER",
    /// A file is received.
    ReceiveFileTransfer = "RECEIVE_FILE_TRANSFER",
    /// Two records are one person.
    ConfirmSamePerson = "CONFIRM_SAME_PERSON",
    /// Two records are two persons.
    ConfirmDistinctPersons = "CONFIRM_DISTINCT_PERSONS",
    /// A finding about two records is withdrawn.
    WithdrawIdentityLink = "WITHDRAW_IDENTITY_LINK",
    /// An act is corrected.
    CorrectAct = "CORRECT_ACT",
    /// An act is annulled.
    AnnulAct = "ANNUL_ACT",
    /// A person contests a fact.
    DisputeFact = "DISPUTE_FACT",
    /// A dispute ends.
    ResolveDispute = "RESOLVE_DISPUTE",
    /// The registry is founded.
    FoundRegistry = "FOUND_REGISTRY",
    /// An agency is enrolled.
    EnrolAgency = "ENROL_AGENCY",
    /// An agency is revoked.
    RevokeAgency = "REVOKE_AGENCY",
    /// A key is enrolled.
    EnrolKey = "ENROL_KEY",
    /// A key is revoked.
    RevokeKey = "REVOKE_KEY",
    /// An office is enrolled.
    EnrolOffice = "ENROL_OFFICE",
    /// A policy is adopted.
    AdoptPolicy = "ADOPT_POLICY",
    /// A log key is replaced.
    RotateLogKey = "ROTATE_LOG_KEY",
    /// A deferred disclosure is withheld for longer.
    ExtendDeferral = "EXTEND_DEFERRAL",
    /// A grant is revoked.
    RevokeGrant = "REVOKE_GRANT",
    /// A person is an officer of the agency.
    DeclareOfficer = "DECLARE_OFFICER",
    /// A look-up is justified.
    JustifyLookup = "JUSTIFY_LOOKUP",
    /// A claim to asylum is lodged.
    LodgeAsylumClaim = "LODGE_ASYLUM_CLAIM",
    /// An interview about a claim is recorded.
    RecordAsylumInterview = "RECORD_ASYLUM_INTERVIEW",
    /// A claim is decided.
    DecideAsylumClaim = "DECIDE_ASYLUM_CLAIM",
    /// A campaign of registration begins.
    OpenCampaign = "OPEN_CAMPAIGN",
    /// It is fixed whom a campaign is to reach.
    FixCampaignTargetList = "FIX_CAMPAIGN_TARGET_LIST",
    /// A person took part in a campaign.
    RecordCampaignParticipation = "RECORD_CAMPAIGN_PARTICIPATION",
    /// A person was observed not to take part in a campaign.
    RecordCampaignNonParticipation = "RECORD_CAMPAIGN_NON_PARTICIPATION",
    /// The coverage of a campaign is reported.
    ReportCampaignCoverage = "REPORT_CAMPAIGN_COVERAGE",
    /// A campaign ends.
    CloseCampaign = "CLOSE_CAMPAIGN",
    /// An expulsion is ordered.
    OrderExpulsion = "ORDER_EXPULSION",
    /// A decision is served.
    ServeDecision = "SERVE_DECISION",
    /// An appeal is lodged.
    LodgeAppeal = "LODGE_APPEAL",
    /// A commission sits on an appeal.
    HoldCommissionSession = "HOLD_COMMISSION_SESSION",
    /// An appeal is decided.
    DecideAppeal = "DECIDE_APPEAL",
    /// A court suspends an expulsion.
    SuspendExpulsion = "SUSPEND_EXPULSION",
    /// A court extends a suspension.
    ExtendExpulsionSuspension = "EXTEND_EXPULSION_SUSPENSION",
    /// A suspension, or its cause, ends.
    EndExpulsionSuspension = "END_EXPULSION_SUSPENSION",
    /// An order of expulsion is withdrawn.
    WithdrawExpulsionOrder = "WITHDRAW_EXPULSION_ORDER",
    /// An expulsion is carried out.
    ExecuteExpulsion = "EXECUTE_EXPULSION",
    /// A protection of art. 13 is recorded.
    RecordProtection = "RECORD_PROTECTION",
    /// A protection ends.
    EndProtection = "END_PROTECTION",
    /// A stay of removal is placed.
    PlaceStayOfRemoval = "PLACE_STAY_OF_REMOVAL",
    /// A stay of removal is lifted.
    LiftStayOfRemoval = "LIFT_STAY_OF_REMOVAL",
    /// An entry ban is imposed.
    ImposeEntryBan = "IMPOSE_ENTRY_BAN",
    /// An entry ban is lifted.
    LiftEntryBan = "LIFT_ENTRY_BAN",
    /// A visa is revoked.
    RevokeVisa = "REVOKE_VISA",
    /// A violation is decided on.
    RecordViolationDecision = "RECORD_VIOLATION_DECISION",
    /// A person is held.
    BeginHolding = "BEGIN_HOLDING",
    /// A holding goes on.
    ExtendHolding = "EXTEND_HOLDING",
    /// The foreign ministry is told of a holding.
    NotifyOfHolding = "NOTIFY_OF_HOLDING",
    /// A holding ends.
    EndHolding = "END_HOLDING",
    /// A person returns of their own will.
    RecordVoluntaryReturn = "RECORD_VOLUNTARY_RETURN",
    /// A person leaves for a third country.
    RecordThirdCountryDeparture = "RECORD_THIRD_COUNTRY_DEPARTURE",
    /// A service is asked for.
    RequestService = "REQUEST_SERVICE",
    /// A step of a case.
    AdvanceCase = "ADVANCE_CASE",
    /// A condition of residence is attested.
    AttestResidenceCondition = "ATTEST_RESIDENCE_CONDITION",
    /// A person is exempted from a condition of residence.
    ExemptFromResidenceCondition = "EXEMPT_FROM_RESIDENCE_CONDITION",
    /// A biometric reference is recorded.
    RecordBiometricReference = "RECORD_BIOMETRIC_REFERENCE",
    /// A biometric reference is withdrawn.
    WithdrawBiometricReference = "WITHDRAW_BIOMETRIC_REFERENCE",
    /// A site is opened.
    OpenSite = "OPEN_SITE",
    /// The number of places of a site changes.
    ChangeSiteCapacity = "CHANGE_SITE_CAPACITY",
    /// A person is admitted to a site.
    RecordSiteAdmission = "RECORD_SITE_ADMISSION",
    /// A person moves from one site to another.
    RecordSiteTransfer = "RECORD_SITE_TRANSFER",
    /// A person leaves a site.
    RecordSiteDischarge = "RECORD_SITE_DISCHARGE",
    /// A site was inspected.
    InspectSite = "INSPECT_SITE",
    /// A site ends.
    CloseSite = "CLOSE_SITE",
}

impl ActKind {
    /// True for acts about the registry itself, which are recorded in the clear. All but three are signed by a governance
    /// key: extending a deferral is for the data-protection officer, revoking a grant for them and for supervisors, and
    /// justifying a look-up for the agency that looked.
    pub fn is_governance(self) -> bool {
        matches!(
            self,
            Self::FoundRegistry
                | Self::EnrolAgency
                | Self::RevokeAgency
                | Self::EnrolKey
                | Self::RevokeKey
                | Self::EnrolOffice
                | Self::AdoptPolicy
                | Self::RotateLogKey
                | Self::ExtendDeferral
                | Self::RevokeGrant
                | Self::JustifyLookup
        )
    }

    /// True for acts that point at an earlier act.
    pub fn is_amendment(self) -> bool {
        matches!(self, Self::CorrectAct | Self::AnnulAct)
    }

    /// True for acts about what a person contests, which state no fact by themselves.
    pub fn is_about_dispute(self) -> bool {
        matches!(self, Self::DisputeFact | Self::ResolveDispute)
    }
}

/// New numbers that an act needs from the registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allocation {
    /// Person numbers.
    pub persons: usize,
    /// Household codes.
    pub households: usize,
    /// Numbers of subjects in the compartment of the asylum unit: claims, and stays of removal.
    pub claims: usize,
    /// Numbers of campaigns.
    pub campaigns: usize,
    /// Numbers of cases.
    pub cases: usize,
    /// Numbers of biometric references.
    pub biometrics: usize,
    /// Numbers of sites.
    pub sites: usize,
}

impl ActBody {
    /// New numbers that this act needs before it can be decided.
    pub fn allocates(&self) -> Allocation {
        let kind = self.kind();
        let person = matches!(kind, ActKind::RegisterPerson | ActKind::RegisterBirth);
        let household = matches!(kind, ActKind::FormHousehold | ActKind::SplitHousehold);
        // A stay of removal is numbered as a claim is: it stands in the same compartment.
        let in_compartment = matches!(
            kind,
            ActKind::LodgeAsylumClaim | ActKind::PlaceStayOfRemoval
        );
        Allocation {
            persons: usize::from(person),
            households: usize::from(household),
            claims: usize::from(in_compartment),
            campaigns: usize::from(kind == ActKind::OpenCampaign),
            cases: usize::from(kind == ActKind::RequestService),
            biometrics: usize::from(kind == ActKind::RecordBiometricReference),
            sites: usize::from(kind == ActKind::OpenSite),
        }
    }
}
