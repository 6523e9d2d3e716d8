use prost::Message as _;
use prost::encoding::{WireType, decode_key, decode_varint};
use sabt_proto::event::v1 as proto;

use super::CodecError;
use super::field::{Field, Wire, wire};
use super::reader::Reader;
use super::text;
use crate::act::{
    AddHouseholdMember, AdoptPolicy, AdvanceCase, AppointGuardian, BeginHolding, ChangeAddress,
    ChangeHouseholdHead, ChangeStatus, ConfirmDistinctPersons, ConfirmParentage, ConfirmSamePerson,
    ConvertResidencePermit, DecideAppeal, DecideAsylumClaim, DeclareOfficer, DisputeFact,
    EndExpulsionSuspension, EndHolding, EndProtection, EnrolAgency, EnrolKey, EnrolOffice,
    ExecuteExpulsion, ExtendDeferral, ExtendExpulsionSuspension, ExtendHolding, FoundRegistry,
    GrantStatus, HoldCommissionSession, ImposeEntryBan, IssueDocument, IssueMarriageLicence,
    IssueResidencePermit, IssueVisa, JustifyLookup, LiftEntryBan, LiftStayOfRemoval, LodgeAppeal,
    NotifyOfHolding, OrderExpulsion, ReceiveFileTransfer, RecordAsylumInterview, RecordEntry,
    RecordExit, RecordProtection, RecordResidencePermitLapse, RecordThirdCountryDeparture,
    RecordViolationDecision, RecordVoluntaryReturn, RegisterDeath, RegisterDivorce,
    RegisterMarriage, RemoveHouseholdMember, RenewResidencePermit, ReplaceResidencePermit,
    ReportDocumentLost, ResolveDispute, RevokeAgency, RevokeGrant, RevokeKey,
    RevokeResidencePermit, RevokeVisa, RotateLogKey, SendFileTransfer, ServeDecision,
    SuspendExpulsion, VoidDocument, WithdrawBiometricReference, WithdrawExpulsionOrder,
    WithdrawIdentityLink,
};
use crate::act::{AttestResidenceCondition, ExemptFromResidenceCondition};
use crate::act::{
    ChangeSiteCapacity, CloseSite, InspectSite, RecordSiteAdmission, RecordSiteDischarge,
    RecordSiteTransfer,
};
use crate::act::{
    CloseCampaign, FixCampaignTargetList, RecordCampaignNonParticipation,
    RecordCampaignParticipation, ReportCampaignCoverage,
};
use crate::event::{
    ActAnnulled, ActCorrected, AsylumClaimLodged, BiometricReferenceRecorded, BirthRegistered,
    CampaignOpened, ChildBorn, DocumentExtended, Event, EventBody, HouseholdFormed,
    HouseholdJoined, HouseholdLeft, HouseholdSplit, PersonRecordClosed, PersonRegistered,
    ServiceCaseOpened, ServiceRequested, SiteOpened, SpouseDied, StayOfRemovalPlaced, StoredAct,
};
use crate::fact::limits::PARTS_MAX;

impl Event {
    /// The event as it is stored: with the act and its nonce in part 0, without them in every other part.
    pub fn encode(&self, act: Option<(&[u8], &[u8; 32])>) -> Vec<u8> {
        let mut message = self.to_proto();
        if let Some((bytes, nonce)) = act {
            message.act = bytes.to_vec();
            message.nonce = nonce.to_vec();
        }
        message.encode_to_vec()
    }

    /// Reads a stored event, and the act if it stands in part 0.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if the bytes are not an event of this contract.
    pub fn decode(bytes: &[u8]) -> Result<(Self, Option<StoredAct>), CodecError> {
        let mut message = proto::Event::decode(bytes).map_err(CodecError::Protobuf)?;
        let (event, nonce) = read_stored(&message, !message.act.is_empty())?;
        let bytes = core::mem::take(&mut message.act);
        Ok((event, nonce.map(|nonce| StoredAct { bytes, nonce })))
    }

    /// Reads a stored event and passes over the act beside it: lives are made of events alone, and most of the bytes of a
    /// first part are its act.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if the bytes are not an event of this contract.
    pub fn decode_alone(bytes: &[u8]) -> Result<Self, CodecError> {
        let (act, rest) = split_act(bytes);
        let message = proto::Event::decode(rest).map_err(CodecError::Protobuf)?;
        let holds_act = !(act.is_empty() && message.act.is_empty());
        read_stored(&message, holds_act).map(|(event, _nonce)| event)
    }

    /// The message of this event, without act and nonce.
    pub fn to_proto(&self) -> proto::Event {
        Wire::write(self)
    }
}

/// Reads an event, and the nonce that stands with an act.
fn read_stored(
    message: &proto::Event,
    holds_act: bool,
) -> Result<(Event, Option<[u8; 32]>), CodecError> {
    let mut reader = Reader::default();
    let event = <Event as Wire>::read(message, &mut reader);
    let nonce = if holds_act {
        reader.at("nonce", |reader| Field::read(&message.nonce, reader))
    } else {
        None
    };
    let violations = reader.finish();
    match event {
        Some(event) if violations.is_empty() => Ok((event, nonce)),
        _ => Err(CodecError::Fields(violations)),
    }
}

/// Number of the field that holds the act.
const ACT_TAG: u32 = 1;

/// The act, which is written first, and what stands behind it. What does not begin with one is left to be read whole.
pub(super) fn split_act(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut rest = bytes;
    let length = match decode_key(&mut rest) {
        Ok((ACT_TAG, WireType::LengthDelimited)) => decode_varint(&mut rest).ok(),
        _ => None,
    };
    let length = length.and_then(|length| usize::try_from(length).ok());
    let split = length.and_then(|length| rest.split_at_checked(length));
    split.unwrap_or((&[], bytes))
}

impl Wire for Event {
    type Proto = proto::Event;

    const LIST_MAX: usize = PARTS_MAX;

    fn read(message: &proto::Event, reader: &mut Reader) -> Option<Self> {
        let occurred_on = reader.at("occurred_on", |reader| {
            Field::read(&message.occurred_on, reader)
        });
        let office_recorded_at = reader.at("office_recorded_at", |reader| {
            Field::read(&message.office_recorded_at, reader)
        });
        let office = reader.at("office", |reader| Field::read(&message.office, reader));
        let legal_basis = reader.at("legal_basis", |reader| {
            text::text::read(&message.legal_basis, reader)
        });
        let law_edition = reader.at("law_edition", |reader| {
            text::reference::read(&message.law_edition, reader)
        });
        let body = match &message.body {
            Some(body) => read_body(body, reader),
            None => reader.at("body", |reader| {
                reader.reject("is missing or of an unknown kind")
            }),
        };
        Some(Self {
            occurred_on: occurred_on?,
            office_recorded_at: office_recorded_at?,
            office: office?,
            legal_basis: legal_basis?,
            law_edition: law_edition?,
            body: body?,
        })
    }

    fn write(&self) -> proto::Event {
        proto::Event {
            act: Vec::new(),
            nonce: Vec::new(),
            occurred_on: Field::write(&self.occurred_on),
            office_recorded_at: Field::write(&self.office_recorded_at),
            office: Field::write(&self.office),
            legal_basis: self.legal_basis.clone(),
            law_edition: self.law_edition.clone(),
            body: Some(write_body(&self.body)),
        }
    }
}

/// Maps the bodies of events to their messages, both ways.
macro_rules! bodies {
    ($($field:ident $variant:ident $holds:ident,)+) => {
        fn read_body(body: &proto::event::Body, reader: &mut Reader) -> Option<EventBody> {
            match body {
                $(proto::event::Body::$variant(body) => reader
                    .at(stringify!($field), |reader| <$holds as Wire>::read(body, reader))
                    .map(EventBody::$variant),)+
            }
        }

        fn write_body(body: &EventBody) -> proto::event::Body {
            match body {
                $(EventBody::$variant(body) => proto::event::Body::$variant(Wire::write(body)),)+
            }
        }
    };
}

bodies! {
    person_registered PersonRegistered PersonRegistered,
    birth_registered BirthRegistered BirthRegistered,
    child_born ChildBorn ChildBorn,
    death_registered DeathRegistered RegisterDeath,
    spouse_died SpouseDied SpouseDied,
    marriage_licence_issued MarriageLicenceIssued IssueMarriageLicence,
    marriage_registered MarriageRegistered RegisterMarriage,
    divorce_registered DivorceRegistered RegisterDivorce,
    parentage_confirmed ParentageConfirmed ConfirmParentage,
    guardian_appointed GuardianAppointed AppointGuardian,
    entry_recorded EntryRecorded RecordEntry,
    exit_recorded ExitRecorded RecordExit,
    visa_issued VisaIssued IssueVisa,
    residence_permit_issued ResidencePermitIssued IssueResidencePermit,
    residence_permit_renewed ResidencePermitRenewed RenewResidencePermit,
    residence_permit_replaced ResidencePermitReplaced ReplaceResidencePermit,
    residence_status_converted ResidenceStatusConverted ConvertResidencePermit,
    residence_permit_revoked ResidencePermitRevoked RevokeResidencePermit,
    residence_permit_lapsed ResidencePermitLapsed RecordResidencePermitLapse,
    status_granted StatusGranted GrantStatus,
    status_changed StatusChanged ChangeStatus,
    document_issued DocumentIssued IssueDocument,
    document_loss_reported DocumentLossReported ReportDocumentLost,
    document_voided DocumentVoided VoidDocument,
    household_formed HouseholdFormed HouseholdFormed,
    household_split HouseholdSplit HouseholdSplit,
    household_member_added HouseholdMemberAdded AddHouseholdMember,
    household_member_removed HouseholdMemberRemoved RemoveHouseholdMember,
    household_head_changed HouseholdHeadChanged ChangeHouseholdHead,
    household_joined HouseholdJoined HouseholdJoined,
    household_left HouseholdLeft HouseholdLeft,
    address_changed AddressChanged ChangeAddress,
    file_transfer_sent FileTransferSent SendFileTransfer,
    file_transfer_received FileTransferReceived ReceiveFileTransfer,
    same_person_confirmed SamePersonConfirmed ConfirmSamePerson,
    distinct_persons_confirmed DistinctPersonsConfirmed ConfirmDistinctPersons,
    identity_link_withdrawn IdentityLinkWithdrawn WithdrawIdentityLink,
    act_corrected ActCorrected ActCorrected,
    act_annulled ActAnnulled ActAnnulled,
    fact_disputed FactDisputed DisputeFact,
    dispute_resolved DisputeResolved ResolveDispute,
    registry_founded RegistryFounded FoundRegistry,
    agency_enrolled AgencyEnrolled EnrolAgency,
    agency_revoked AgencyRevoked RevokeAgency,
    key_enrolled KeyEnrolled EnrolKey,
    key_revoked KeyRevoked RevokeKey,
    office_enrolled OfficeEnrolled EnrolOffice,
    policy_adopted PolicyAdopted AdoptPolicy,
    log_key_rotated LogKeyRotated RotateLogKey,
    deferral_extended DeferralExtended ExtendDeferral,
    grant_revoked GrantRevoked RevokeGrant,
    officer_declared OfficerDeclared DeclareOfficer,
    lookup_justified LookupJustified JustifyLookup,
    asylum_claim_lodged AsylumClaimLodged AsylumClaimLodged,
    asylum_interview_recorded AsylumInterviewRecorded RecordAsylumInterview,
    asylum_claim_decided AsylumClaimDecided DecideAsylumClaim,
    campaign_opened CampaignOpened CampaignOpened,
    campaign_target_list_fixed CampaignTargetListFixed FixCampaignTargetList,
    campaign_participation_recorded CampaignParticipationRecorded RecordCampaignParticipation,
    campaign_non_participation_recorded CampaignNonParticipationRecorded RecordCampaignNonParticipation,
    campaign_coverage_reported CampaignCoverageReported ReportCampaignCoverage,
    campaign_closed CampaignClosed CloseCampaign,
    expulsion_ordered ExpulsionOrdered OrderExpulsion,
    decision_served DecisionServed ServeDecision,
    appeal_lodged AppealLodged LodgeAppeal,
    commission_session_held CommissionSessionHeld HoldCommissionSession,
    appeal_decided AppealDecided DecideAppeal,
    expulsion_suspended ExpulsionSuspended SuspendExpulsion,
    expulsion_suspension_extended ExpulsionSuspensionExtended ExtendExpulsionSuspension,
    expulsion_suspension_ended ExpulsionSuspensionEnded EndExpulsionSuspension,
    expulsion_order_withdrawn ExpulsionOrderWithdrawn WithdrawExpulsionOrder,
    expulsion_executed ExpulsionExecuted ExecuteExpulsion,
    protection_recorded ProtectionRecorded RecordProtection,
    protection_ended ProtectionEnded EndProtection,
    stay_of_removal_placed StayOfRemovalPlaced StayOfRemovalPlaced,
    stay_of_removal_lifted StayOfRemovalLifted LiftStayOfRemoval,
    entry_ban_imposed EntryBanImposed ImposeEntryBan,
    entry_ban_lifted EntryBanLifted LiftEntryBan,
    visa_revoked VisaRevoked RevokeVisa,
    violation_decision_recorded ViolationDecisionRecorded RecordViolationDecision,
    holding_began HoldingBegan BeginHolding,
    holding_extended HoldingExtended ExtendHolding,
    holding_notified HoldingNotified NotifyOfHolding,
    holding_ended HoldingEnded EndHolding,
    voluntary_return_recorded VoluntaryReturnRecorded RecordVoluntaryReturn,
    third_country_departure_recorded ThirdCountryDepartureRecorded RecordThirdCountryDeparture,
    service_requested ServiceRequested ServiceRequested,
    case_advanced CaseAdvanced AdvanceCase,
    service_case_opened ServiceCaseOpened ServiceCaseOpened,
    document_extended DocumentExtended DocumentExtended,
    person_record_closed PersonRecordClosed PersonRecordClosed,
    residence_condition_attested ResidenceConditionAttested AttestResidenceCondition,
    residence_condition_exempted ResidenceConditionExempted ExemptFromResidenceCondition,
    biometric_reference_recorded BiometricReferenceRecorded BiometricReferenceRecorded,
    biometric_reference_withdrawn BiometricReferenceWithdrawn WithdrawBiometricReference,
    site_opened SiteOpened SiteOpened,
    site_capacity_changed SiteCapacityChanged ChangeSiteCapacity,
    site_admission_recorded SiteAdmissionRecorded RecordSiteAdmission,
    site_transfer_recorded SiteTransferRecorded RecordSiteTransfer,
    site_discharge_recorded SiteDischargeRecorded RecordSiteDischarge,
    site_inspected SiteInspected InspectSite,
    site_closed SiteClosed CloseSite,
}

wire! {
    PersonRegistered { number, particulars, evidence, documents, address, file_province }
    BirthRegistered {
        number, child, mother, father, informant, certificate, household, file_province,
    }
    ChildBorn { child, role }
    SpouseDied { spouse }
    HouseholdFormed { code, members, address, split_from }
    HouseholdSplit { new_household, leaving }
    HouseholdJoined { household, relation }
    HouseholdLeft { household, reason }
    ActCorrected { target = target_act_id, replacement, reason: text }
    ActAnnulled { target = target_act_id, reason: text }
    BiometricReferenceRecorded {
        number, person, modality, device: optional_reference, system: reference,
        reference: reference, digest,
    }
    AsylumClaimLodged {
        number, person, lodged_at, place: optional_text, grounds,
        interview_reference: optional_reference, shelter_address,
    }
}
