use super::Event;
use crate::act::{
    ActId, ActKind, AddHouseholdMember, AdoptPolicy, AdvanceCase, AppointGuardian, BeginHolding,
    ChangeAddress, ChangeHouseholdHead, ChangeStatus, ConfirmDistinctPersons, ConfirmParentage,
    ConfirmSamePerson, ConvertResidencePermit, DecideAppeal, DecideAsylumClaim, DeclareOfficer,
    DisputeFact, EndExpulsionSuspension, EndHolding, EndProtection, EnrolAgency, EnrolKey,
    EnrolOffice, ExecuteExpulsion, ExtendDeferral, ExtendExpulsionSuspension, ExtendHolding,
    FoundRegistry, GrantStatus, HoldCommissionSession, ImposeEntryBan, IssueDocument,
    IssueMarriageLicence, IssueResidencePermit, IssueVisa, JustifyLookup, LiftEntryBan,
    LiftStayOfRemoval, LodgeAppeal, NotifyOfHolding, OrderExpulsion, ReceiveFileTransfer,
    RecordAsylumInterview, RecordEntry, RecordExit, RecordProtection, RecordResidencePermitLapse,
    RecordThirdCountryDeparture, RecordViolationDecision, RecordVoluntaryReturn, RegisterDeath,
    RegisterDivorce, RegisterMarriage, RemoveHouseholdMember, RenewResidencePermit,
    ReplaceResidencePermit, ReportDocumentLost, RequestService, ResolveDispute, RevokeAgency,
    RevokeGrant, RevokeKey, RevokeResidencePermit, RevokeVisa, RotateLogKey, SendFileTransfer,
    ServeDecision, SuspendExpulsion, VoidDocument, WithdrawBiometricReference,
    WithdrawExpulsionOrder, WithdrawIdentityLink,
};
use crate::act::{AttestResidenceCondition, ExemptFromResidenceCondition};
use crate::act::{
    ChangeSiteCapacity, CloseSite, InspectSite, OpenSite, RecordSiteAdmission, RecordSiteDischarge,
    RecordSiteTransfer,
};
use crate::act::{
    CloseCampaign, FixCampaignTargetList, OpenCampaign, RecordCampaignNonParticipation,
    RecordCampaignParticipation, ReportCampaignCoverage,
};
use crate::fact::{
    Address, AsylumGround, AsylumLodging, BiometricModality, Document, DocumentReference,
    EvidenceState, Informant, MemberRelation, MemberRemovalReason, NationalityBasis, ParentRole,
    Particulars, Party, Relation, StayGround, redacted,
};
use crate::law::{ProvinceCode, ServiceId};
use crate::number::{
    BiometricNumber, CampaignNumber, CaseNumber, ClaimNumber, HouseholdCode, IranianNationalNumber,
    PersonNumber, SiteNumber,
};
use crate::time::PartialDate;

/// About the person: a person was registered.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonRegistered {
    /// The number given by the registry.
    pub number: PersonNumber,
    /// Who the person is.
    pub particulars: Particulars,
    /// On what papers the registration rests.
    pub evidence: EvidenceState,
    /// Documents shown.
    pub documents: Vec<Document>,
    /// Where the person lives.
    pub address: Option<Address>,
    /// Province that opens and holds the file: that of the registering office.
    pub file_province: Option<ProvinceCode>,
}

/// About the child: a birth was registered.
#[derive(Clone, PartialEq, Eq)]
pub struct BirthRegistered {
    /// The number given by the registry.
    pub number: PersonNumber,
    /// Who the child is.
    pub child: Particulars,
    /// Mother, if known.
    pub mother: Option<Party>,
    /// Father, if known.
    pub father: Option<Party>,
    /// Who told of the birth.
    pub informant: Option<Informant>,
    /// Birth certificate, if one exists.
    pub certificate: Option<Document>,
    /// Household joined at birth.
    pub household: Option<HouseholdCode>,
    /// Province that opens and holds the file: that of the registering office.
    pub file_province: Option<ProvinceCode>,
}

/// About a parent: a child was born to them.
#[derive(Clone, PartialEq, Eq)]
pub struct ChildBorn {
    /// The child.
    pub child: PersonNumber,
    /// What the subject is to the child.
    pub role: ParentRole,
}

/// About the surviving spouse.
#[derive(Clone, PartialEq, Eq)]
pub struct SpouseDied {
    /// Who died.
    pub spouse: PersonNumber,
}

/// About the case: it was opened.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceRequested {
    /// The number given by the registry.
    pub number: CaseNumber,
    /// What was asked for.
    pub request: RequestService,
    /// True if granting it takes something away: so the catalogue said on that day.
    pub adverse: bool,
}

/// About a person: a case that concerns them was opened.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceCaseOpened {
    /// The case.
    pub case: CaseNumber,
    /// Which service.
    pub service: ServiceId,
}

/// About the holder: a paper is valid for longer.
#[derive(Clone, PartialEq, Eq)]
pub struct DocumentExtended {
    /// Which paper.
    pub document: DocumentReference,
    /// The new last valid day.
    pub valid_until: PartialDate,
}

/// About the person: became Iranian; the record is closed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PersonRecordClosed {
    /// On what ground.
    pub basis: NationalityBasis,
    /// The number under which the register of Iranians goes on.
    pub national_number: IranianNationalNumber,
}

/// About the household: it was formed.
#[derive(Clone, PartialEq, Eq)]
pub struct HouseholdFormed {
    /// The code given by the registry.
    pub code: HouseholdCode,
    /// Members, the head first.
    pub members: Vec<MemberRelation>,
    /// Where it lives.
    pub address: Option<Address>,
    /// The household it was split from.
    pub split_from: Option<HouseholdCode>,
}

/// About the household left behind by a split.
#[derive(Clone, PartialEq, Eq)]
pub struct HouseholdSplit {
    /// The new household.
    pub new_household: HouseholdCode,
    /// Members who left, the new head first.
    pub leaving: Vec<PersonNumber>,
}

/// About the person: joined a household.
#[derive(Clone, PartialEq, Eq)]
pub struct HouseholdJoined {
    /// The household.
    pub household: HouseholdCode,
    /// Relation to its head.
    pub relation: Relation,
}

/// About the person: left a household.
#[derive(Clone, PartialEq, Eq)]
pub struct HouseholdLeft {
    /// The household.
    pub household: HouseholdCode,
    /// Why.
    pub reason: MemberRemovalReason,
}

/// About one subject of a corrected act, or of the act as it was corrected before.
#[derive(Clone, PartialEq, Eq)]
pub struct ActCorrected {
    /// The act corrected.
    pub target: ActId,
    /// What takes the place of everything the target recorded about this subject; empty where the corrected act no
    /// longer concerns it.
    pub replacement: Vec<Event>,
    /// Why.
    pub reason: String,
}

/// About one subject of an annulled act.
#[derive(Clone, PartialEq, Eq)]
pub struct ActAnnulled {
    /// The act annulled.
    pub target: ActId,
    /// Why.
    pub reason: String,
}

/// About the claim: it was lodged.
#[derive(Clone, PartialEq, Eq)]
pub struct AsylumClaimLodged {
    /// The number given by the registry.
    pub number: ClaimNumber,
    /// Who lodged it.
    pub person: PersonNumber,
    /// Where.
    pub lodged_at: AsylumLodging,
    /// Consulate, border point or authority; may be empty.
    pub place: String,
    /// On what grounds.
    pub grounds: Vec<AsylumGround>,
    /// Where the record of the first interview is kept; may be empty.
    pub interview_reference: String,
    /// Where the person shelters.
    pub shelter_address: Option<Address>,
}

/// About the reference: a biometric template of a person is held outside the registry.
#[derive(Clone, PartialEq, Eq)]
pub struct BiometricReferenceRecorded {
    /// The number given by the registry.
    pub number: BiometricNumber,
    /// Whose it is.
    pub person: PersonNumber,
    /// What of the body it is of.
    pub modality: BiometricModality,
    /// Device that took it; may be empty.
    pub device: String,
    /// System that holds the template.
    pub system: String,
    /// Its reference in that system.
    pub reference: String,
    /// Digest of the template, keyed by that system.
    pub digest: [u8; 32],
}

/// About the campaign: it was opened.
#[derive(Clone, PartialEq, Eq)]
pub struct CampaignOpened {
    /// The number given by the registry.
    pub number: CampaignNumber,
    /// What it is, when it is held and whom it is for.
    pub terms: OpenCampaign,
}

/// About the stay of removal: it was placed.
#[derive(Clone, PartialEq, Eq)]
pub struct StayOfRemovalPlaced {
    /// The number given by the registry.
    pub number: ClaimNumber,
    /// Who may not be removed.
    pub person: PersonNumber,
    /// Why.
    pub ground: StayGround,
    /// Body that decided.
    pub decided_by: String,
    /// The finding or case it rests on.
    pub reference: String,
}

/// About the site: it was opened.
#[derive(Clone, PartialEq, Eq)]
pub struct SiteOpened {
    /// The number given by the registry.
    pub number: SiteNumber,
    /// What it is and where it stands.
    pub terms: OpenSite,
}

redacted!(
    SiteOpened,
    BiometricReferenceRecorded,
    StayOfRemovalPlaced,
    ServiceRequested,
    ServiceCaseOpened,
    DocumentExtended,
    PersonRecordClosed,
    AsylumClaimLodged,
    CampaignOpened,
    PersonRegistered,
    BirthRegistered,
    ChildBorn,
    SpouseDied,
    HouseholdFormed,
    HouseholdSplit,
    HouseholdJoined,
    HouseholdLeft,
    ActCorrected,
    ActAnnulled,
);

/// Defines the body of an event and its kind. After the arrow stands the kind of the acts that can have such an event
/// as part 0; an event that only ever is a later part names none.
macro_rules! bodies {
    ($($(#[$meta:meta])* $variant:ident($holds:ident) = $code:literal $(=> $act:ident)?,)+) => {
        /// What happened.
        #[derive(Clone, PartialEq, Eq)]
        pub enum EventBody {
            $($(#[$meta])* $variant($holds),)+
        }

        redacted!(EventBody);

        closed_enum! {
            /// Kind of an event: its body without the content.
            pub enum EventKind {
                $($(#[$meta])* $variant = $code,)+
            }
        }

        impl EventBody {
            /// Kind of this body.
            pub fn kind(&self) -> EventKind {
                match self {
                    $(Self::$variant(_) => EventKind::$variant,)+
                }
            }
        }

        impl EventKind {
            /// Kind of the act whose part 0 is an event of this kind; `None` for events that are never part 0.
            pub fn act_kind(self) -> Option<ActKind> {
                match self {
                    $(Self::$variant => bodies!(@act $($act)?),)+
                }
            }
        }
    };
    (@act) => { None };
    (@act $act:ident) => { Some(ActKind::$act) };
}

bodies! {
    /// A person was registered.
    PersonRegistered(PersonRegistered) = "PERSON_REGISTERED" => RegisterPerson,
    /// A birth was registered; about the child.
    BirthRegistered(BirthRegistered) = "BIRTH_REGISTERED" => RegisterBirth,
    /// A child was born; about a parent.
    ChildBorn(ChildBorn) = "CHILD_BORN",
    /// The person died.
    DeathRegistered(RegisterDeath) = "DEATH_REGISTERED" => RegisterDeath,
    /// The person's spouse died.
    SpouseDied(SpouseDied) = "SPOUSE_DIED",
    /// A marriage licence or registration permit was issued.
    MarriageLicenceIssued(IssueMarriageLicence) = "MARRIAGE_LICENCE_ISSUED" => IssueMarriageLicence,
    /// The person married.
    MarriageRegistered(RegisterMarriage) = "MARRIAGE_REGISTERED" => RegisterMarriage,
    /// The person was divorced, or the divorce ruled on the custody of the person.
    DivorceRegistered(RegisterDivorce) = "DIVORCE_REGISTERED" => RegisterDivorce,
    /// Parentage was confirmed; about the child, and about the parent.
    ParentageConfirmed(ConfirmParentage) = "PARENTAGE_CONFIRMED" => ConfirmParentage,
    /// A guardian was appointed; about the child, and about the guardian.
    GuardianAppointed(AppointGuardian) = "GUARDIAN_APPOINTED" => AppointGuardian,
    /// The person came in.
    EntryRecorded(RecordEntry) = "ENTRY_RECORDED" => RecordEntry,
    /// The person went out.
    ExitRecorded(RecordExit) = "EXIT_RECORDED" => RecordExit,
    /// A visa was issued.
    VisaIssued(IssueVisa) = "VISA_ISSUED" => IssueVisa,
    /// A residence permit was issued.
    ResidencePermitIssued(IssueResidencePermit) = "RESIDENCE_PERMIT_ISSUED" => IssueResidencePermit,
    /// A residence permit was renewed.
    ResidencePermitRenewed(RenewResidencePermit) = "RESIDENCE_PERMIT_RENEWED" => RenewResidencePermit,
    /// A residence permit was replaced.
    ResidencePermitReplaced(ReplaceResidencePermit) = "RESIDENCE_PERMIT_REPLACED" => ReplaceResidencePermit,
    /// One kind of residence took the place of another.
    ResidenceStatusConverted(ConvertResidencePermit) = "RESIDENCE_STATUS_CONVERTED" => ConvertResidencePermit,
    /// A residence permit was revoked.
    ResidencePermitRevoked(RevokeResidencePermit) = "RESIDENCE_PERMIT_REVOKED" => RevokeResidencePermit,
    /// A residence permit lapsed.
    ResidencePermitLapsed(RecordResidencePermitLapse) = "RESIDENCE_PERMIT_LAPSED" => RecordResidencePermitLapse,
    /// The person got a status.
    StatusGranted(GrantStatus) = "STATUS_GRANTED" => GrantStatus,
    /// A status became another.
    StatusChanged(ChangeStatus) = "STATUS_CHANGED" => ChangeStatus,
    /// A document was issued or recorded.
    DocumentIssued(IssueDocument) = "DOCUMENT_ISSUED" => IssueDocument,
    /// A document was reported lost.
    DocumentLossReported(ReportDocumentLost) = "DOCUMENT_LOSS_REPORTED" => ReportDocumentLost,
    /// A document lost its validity.
    DocumentVoided(VoidDocument) = "DOCUMENT_VOIDED" => VoidDocument,
    /// The household was formed.
    HouseholdFormed(HouseholdFormed) = "HOUSEHOLD_FORMED" => FormHousehold,
    /// Members left the household to form their own.
    HouseholdSplit(HouseholdSplit) = "HOUSEHOLD_SPLIT" => SplitHousehold,
    /// A member joined the household.
    HouseholdMemberAdded(AddHouseholdMember) = "HOUSEHOLD_MEMBER_ADDED" => AddHouseholdMember,
    /// A member left the household.
    HouseholdMemberRemoved(RemoveHouseholdMember) = "HOUSEHOLD_MEMBER_REMOVED" => RemoveHouseholdMember,
    /// The household got another head; also about the members concerned.
    HouseholdHeadChanged(ChangeHouseholdHead) = "HOUSEHOLD_HEAD_CHANGED" => ChangeHouseholdHead,
    /// The person joined a household.
    HouseholdJoined(HouseholdJoined) = "HOUSEHOLD_JOINED",
    /// The person left a household.
    HouseholdLeft(HouseholdLeft) = "HOUSEHOLD_LEFT" => MoveHouseholdMember,
    /// An address changed; about the household, and about each person who lives there.
    AddressChanged(ChangeAddress) = "ADDRESS_CHANGED" => ChangeAddress,
    /// The file left its province.
    FileTransferSent(SendFileTransfer) = "FILE_TRANSFER_SENT" => SendFileTransfer,
    /// The file arrived.
    FileTransferReceived(ReceiveFileTransfer) = "FILE_TRANSFER_RECEIVED" => ReceiveFileTransfer,
    /// Two records are one person.
    SamePersonConfirmed(ConfirmSamePerson) = "SAME_PERSON_CONFIRMED" => ConfirmSamePerson,
    /// Two records are two persons.
    DistinctPersonsConfirmed(ConfirmDistinctPersons) = "DISTINCT_PERSONS_CONFIRMED" => ConfirmDistinctPersons,
    /// A finding about two records was withdrawn.
    IdentityLinkWithdrawn(WithdrawIdentityLink) = "IDENTITY_LINK_WITHDRAWN" => WithdrawIdentityLink,
    /// An earlier act was corrected.
    ActCorrected(ActCorrected) = "ACT_CORRECTED" => CorrectAct,
    /// An earlier act was annulled.
    ActAnnulled(ActAnnulled) = "ACT_ANNULLED" => AnnulAct,
    /// The person contests a fact.
    FactDisputed(DisputeFact) = "FACT_DISPUTED" => DisputeFact,
    /// A dispute of the person ended.
    DisputeResolved(ResolveDispute) = "DISPUTE_RESOLVED" => ResolveDispute,
    /// The registry was founded.
    RegistryFounded(FoundRegistry) = "REGISTRY_FOUNDED" => FoundRegistry,
    /// An agency was enrolled.
    AgencyEnrolled(EnrolAgency) = "AGENCY_ENROLLED" => EnrolAgency,
    /// An agency was revoked.
    AgencyRevoked(RevokeAgency) = "AGENCY_REVOKED" => RevokeAgency,
    /// A key was enrolled.
    KeyEnrolled(EnrolKey) = "KEY_ENROLLED" => EnrolKey,
    /// A key was revoked.
    KeyRevoked(RevokeKey) = "KEY_REVOKED" => RevokeKey,
    /// An office was enrolled.
    OfficeEnrolled(EnrolOffice) = "OFFICE_ENROLLED" => EnrolOffice,
    /// A policy was adopted.
    PolicyAdopted(AdoptPolicy) = "POLICY_ADOPTED" => AdoptPolicy,
    /// A log key was replaced.
    LogKeyRotated(RotateLogKey) = "LOG_KEY_ROTATED" => RotateLogKey,
    /// A deferred disclosure is withheld for longer.
    DeferralExtended(ExtendDeferral) = "DEFERRAL_EXTENDED" => ExtendDeferral,
    /// A grant was revoked.
    GrantRevoked(RevokeGrant) = "GRANT_REVOKED" => RevokeGrant,
    /// The person is an officer of an agency.
    OfficerDeclared(DeclareOfficer) = "OFFICER_DECLARED" => DeclareOfficer,
    /// A look-up was justified.
    LookupJustified(JustifyLookup) = "LOOKUP_JUSTIFIED" => JustifyLookup,
    /// A claim to asylum was lodged.
    AsylumClaimLodged(AsylumClaimLodged) = "ASYLUM_CLAIM_LODGED" => LodgeAsylumClaim,
    /// An interview about the claim was held.
    AsylumInterviewRecorded(RecordAsylumInterview) = "ASYLUM_INTERVIEW_RECORDED" => RecordAsylumInterview,
    /// The claim was granted, refused or withdrawn.
    AsylumClaimDecided(DecideAsylumClaim) = "ASYLUM_CLAIM_DECIDED" => DecideAsylumClaim,
    /// A campaign of registration was opened.
    CampaignOpened(CampaignOpened) = "CAMPAIGN_OPENED" => OpenCampaign,
    /// It was fixed whom the campaign is to reach.
    CampaignTargetListFixed(FixCampaignTargetList) = "CAMPAIGN_TARGET_LIST_FIXED" => FixCampaignTargetList,
    /// The person took part in a campaign.
    CampaignParticipationRecorded(RecordCampaignParticipation) = "CAMPAIGN_PARTICIPATION_RECORDED" => RecordCampaignParticipation,
    /// The person was observed not to take part in a campaign.
    CampaignNonParticipationRecorded(RecordCampaignNonParticipation) = "CAMPAIGN_NON_PARTICIPATION_RECORDED" => RecordCampaignNonParticipation,
    /// The coverage of the campaign was reported.
    CampaignCoverageReported(ReportCampaignCoverage) = "CAMPAIGN_COVERAGE_REPORTED" => ReportCampaignCoverage,
    /// The campaign ended.
    CampaignClosed(CloseCampaign) = "CAMPAIGN_CLOSED" => CloseCampaign,
    /// An expulsion was ordered.
    ExpulsionOrdered(OrderExpulsion) = "EXPULSION_ORDERED" => OrderExpulsion,
    /// A decision was served.
    DecisionServed(ServeDecision) = "DECISION_SERVED" => ServeDecision,
    /// An appeal was lodged.
    AppealLodged(LodgeAppeal) = "APPEAL_LODGED" => LodgeAppeal,
    /// A commission sat on an appeal.
    CommissionSessionHeld(HoldCommissionSession) = "COMMISSION_SESSION_HELD" => HoldCommissionSession,
    /// An appeal was decided.
    AppealDecided(DecideAppeal) = "APPEAL_DECIDED" => DecideAppeal,
    /// A court suspended an expulsion.
    ExpulsionSuspended(SuspendExpulsion) = "EXPULSION_SUSPENDED" => SuspendExpulsion,
    /// A court extended a suspension.
    ExpulsionSuspensionExtended(ExtendExpulsionSuspension) = "EXPULSION_SUSPENSION_EXTENDED" => ExtendExpulsionSuspension,
    /// A suspension, or its cause, ended.
    ExpulsionSuspensionEnded(EndExpulsionSuspension) = "EXPULSION_SUSPENSION_ENDED" => EndExpulsionSuspension,
    /// An order of expulsion was withdrawn.
    ExpulsionOrderWithdrawn(WithdrawExpulsionOrder) = "EXPULSION_ORDER_WITHDRAWN" => WithdrawExpulsionOrder,
    /// An expulsion was carried out.
    ExpulsionExecuted(ExecuteExpulsion) = "EXPULSION_EXECUTED" => ExecuteExpulsion,
    /// A protection of art. 13 was recorded.
    ProtectionRecorded(RecordProtection) = "PROTECTION_RECORDED" => RecordProtection,
    /// A protection ended.
    ProtectionEnded(EndProtection) = "PROTECTION_ENDED" => EndProtection,
    /// A stay of removal was placed.
    StayOfRemovalPlaced(StayOfRemovalPlaced) = "STAY_OF_REMOVAL_PLACED" => PlaceStayOfRemoval,
    /// A stay of removal was lifted.
    StayOfRemovalLifted(LiftStayOfRemoval) = "STAY_OF_REMOVAL_LIFTED" => LiftStayOfRemoval,
    /// An entry ban was imposed.
    EntryBanImposed(ImposeEntryBan) = "ENTRY_BAN_IMPOSED" => ImposeEntryBan,
    /// An entry ban was lifted.
    EntryBanLifted(LiftEntryBan) = "ENTRY_BAN_LIFTED" => LiftEntryBan,
    /// A visa was revoked.
    VisaRevoked(RevokeVisa) = "VISA_REVOKED" => RevokeVisa,
    /// A violation was decided on.
    ViolationDecisionRecorded(RecordViolationDecision) = "VIOLATION_DECISION_RECORDED" => RecordViolationDecision,
    /// The person was held.
    HoldingBegan(BeginHolding) = "HOLDING_BEGAN" => BeginHolding,
    /// The holding went on.
    HoldingExtended(ExtendHolding) = "HOLDING_EXTENDED" => ExtendHolding,
    /// The foreign ministry was told of the holding.
    HoldingNotified(NotifyOfHolding) = "HOLDING_NOTIFIED" => NotifyOfHolding,
    /// The holding ended.
    HoldingEnded(EndHolding) = "HOLDING_ENDED" => EndHolding,
    /// The person returned of their own will.
    VoluntaryReturnRecorded(RecordVoluntaryReturn) = "VOLUNTARY_RETURN_RECORDED" => RecordVoluntaryReturn,
    /// The person left for a third country.
    ThirdCountryDepartureRecorded(RecordThirdCountryDeparture) = "THIRD_COUNTRY_DEPARTURE_RECORDED" => RecordThirdCountryDeparture,
    /// A case was opened; about the case.
    ServiceRequested(ServiceRequested) = "SERVICE_REQUESTED" => RequestService,
    /// Something happened in the case.
    CaseAdvanced(AdvanceCase) = "CASE_ADVANCED" => AdvanceCase,
    /// A case was opened that concerns the person.
    ServiceCaseOpened(ServiceCaseOpened) = "SERVICE_CASE_OPENED",
    /// A paper of the person is valid for longer.
    DocumentExtended(DocumentExtended) = "DOCUMENT_EXTENDED",
    /// The person became Iranian, and the record is closed.
    PersonRecordClosed(PersonRecordClosed) = "PERSON_RECORD_CLOSED",
    /// The person meets a condition of residence.
    ResidenceConditionAttested(AttestResidenceCondition) = "RESIDENCE_CONDITION_ATTESTED" => AttestResidenceCondition,
    /// The person need not meet a condition of residence.
    ResidenceConditionExempted(ExemptFromResidenceCondition) = "RESIDENCE_CONDITION_EXEMPTED" => ExemptFromResidenceCondition,
    /// A biometric template of a person is held outside the registry.
    BiometricReferenceRecorded(BiometricReferenceRecorded) = "BIOMETRIC_REFERENCE_RECORDED" => RecordBiometricReference,
    /// The reference serves no purpose any more.
    BiometricReferenceWithdrawn(WithdrawBiometricReference) = "BIOMETRIC_REFERENCE_WITHDRAWN" => WithdrawBiometricReference,
    /// A site was opened.
    SiteOpened(SiteOpened) = "SITE_OPENED" => OpenSite,
    /// The number of places of the site changed.
    SiteCapacityChanged(ChangeSiteCapacity) = "SITE_CAPACITY_CHANGED" => ChangeSiteCapacity,
    /// The person was admitted to a site.
    SiteAdmissionRecorded(RecordSiteAdmission) = "SITE_ADMISSION_RECORDED" => RecordSiteAdmission,
    /// The person moved from one site to another.
    SiteTransferRecorded(RecordSiteTransfer) = "SITE_TRANSFER_RECORDED" => RecordSiteTransfer,
    /// The person left a site.
    SiteDischargeRecorded(RecordSiteDischarge) = "SITE_DISCHARGE_RECORDED" => RecordSiteDischarge,
    /// The site was inspected.
    SiteInspected(InspectSite) = "SITE_INSPECTED" => InspectSite,
    /// The site ended.
    SiteClosed(CloseSite) = "SITE_CLOSED" => CloseSite,
}
