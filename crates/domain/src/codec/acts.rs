use prost::Message as _;
use sabt_proto::event::v1 as proto;

use super::field::{Field, Wire, wire};
use super::reader::Reader;
use super::text;
use crate::act::{
    Act, ActBody, ActId, AddHouseholdMember, AdoptPolicy, AdvanceCase, AnnulAct, AppointGuardian,
    BeginHolding, ChangeAddress, ChangeHouseholdHead, ChangeStatus, ConfirmDistinctPersons,
    ConfirmParentage, ConfirmSamePerson, ConvertResidencePermit, CorrectAct, DecideAppeal,
    DecideAsylumClaim, DeclareOfficer, DisputeFact, EndExpulsionSuspension, EndHolding,
    EndProtection, EnrolAgency, EnrolKey, EnrolOffice, ExecuteExpulsion, ExtendDeferral,
    ExtendExpulsionSuspension, ExtendHolding, FormHousehold, FoundRegistry, GrantStatus,
    HoldCommissionSession, ImposeEntryBan, IssueDocument, IssueMarriageLicence,
    IssueResidencePermit, IssueVisa, JustifyLookup, LiftEntryBan, LiftStayOfRemoval, LodgeAppeal,
    LodgeAsylumClaim, MoveHouseholdMember, NotifyOfHolding, OrderExpulsion, PlaceStayOfRemoval,
    ReceiveFileTransfer, RecordAsylumInterview, RecordBiometricReference, RecordEntry, RecordExit,
    RecordProtection, RecordResidencePermitLapse, RecordThirdCountryDeparture,
    RecordViolationDecision, RecordVoluntaryReturn, RegisterBirth, RegisterDeath, RegisterDivorce,
    RegisterMarriage, RegisterPerson, RemoveHouseholdMember, RenewResidencePermit,
    ReplaceResidencePermit, ReportDocumentLost, RequestService, Resident, ResolveDispute,
    RevokeAgency, RevokeGrant, RevokeKey, RevokeResidencePermit, RevokeVisa, RotateLogKey,
    SendFileTransfer, ServeDecision, SplitHousehold, SubjectId, SuspendExpulsion, VoidDocument,
    WithdrawBiometricReference, WithdrawExpulsionOrder, WithdrawIdentityLink,
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
use crate::fact::limits::ACT_BYTES_MAX;
use crate::number::{HouseholdCode, PersonNumber};
use crate::refusal::{Reason, Refusal};

const CONTRACT: &str = "contract:sabt.event.v1";

impl Act {
    /// Reads an act from the bytes that its author signed.
    ///
    /// # Errors
    ///
    /// [`Reason::ActTooLarge`] above [`ACT_BYTES_MAX`]; [`Reason::MalformedAct`] if the bytes are not an act or carry
    /// fields this contract does not know; [`Reason::InvalidField`] with every field that is missing or malformed.
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        if ACT_BYTES_MAX < bytes.len() {
            return Err(
                Refusal::new(Reason::ActTooLarge, CONTRACT).with("bytes_max", ACT_BYTES_MAX)
            );
        }
        let Ok(message) = proto::Act::decode(bytes) else {
            return Err(Refusal::new(Reason::MalformedAct, CONTRACT));
        };
        if message.encoded_len() != bytes.len() {
            return Err(Refusal::new(Reason::MalformedAct, CONTRACT)
                .with_message("The act carries fields that this version of the contract does not know, or is not in the canonical form of proto3.")
                .with_remedy("Leave out unknown fields and default values; what an author signs may not be passed over."));
        }
        Self::from_proto(&message)
    }

    /// Reads an act from its message.
    ///
    /// # Errors
    ///
    /// [`Reason::InvalidField`] with every field that is missing or malformed.
    pub fn from_proto(message: &proto::Act) -> Result<Self, Refusal> {
        let mut reader = Reader::default();
        let act = read_act(message, Place::Whole, &mut reader);
        let violations = reader.finish();
        match act {
            Some(act) if violations.is_empty() => Ok(act),
            _ => {
                let mut refusal = Refusal::new(Reason::InvalidField, CONTRACT);
                for violation in violations {
                    refusal.push_violation(violation.path, violation.problem);
                }
                Err(refusal)
            }
        }
    }

    /// The message of this act.
    pub fn to_proto(&self) -> proto::Act {
        proto::Act {
            act_id: self.id.0.to_vec(),
            office: self.office.to_string(),
            officer: self.officer.clone(),
            occurred_on: Field::write(&self.occurred_on),
            recorded_at: self.office_recorded_at.micros(),
            legal_basis: self.legal_basis.clone(),
            case_reference: self.case_reference.clone(),
            batch_id: Field::write(&self.batch),
            expected: Field::write(&self.expected),
            body: Some(write_body(&self.body)),
        }
    }

    /// The act as bytes, ready to be signed.
    pub fn encode(&self) -> Vec<u8> {
        self.to_proto().encode_to_vec()
    }
}

/// Where an act stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// By itself.
    Whole,
    /// Inside a correction: identifier and expected versions are ignored.
    Replacement,
}

fn read_act(message: &proto::Act, place: Place, reader: &mut Reader) -> Option<Act> {
    let id = match place {
        Place::Whole => reader.at("act_id", |reader| Field::read(&message.act_id, reader)),
        Place::Replacement => Some(ActId([0; 16])),
    };
    let office = reader.at("office", |reader| Field::read(&message.office, reader));
    let officer = reader.at("officer", |reader| {
        text::reference::read(&message.officer, reader)
    });
    let occurred_on = reader.at("occurred_on", |reader| {
        Field::read(&message.occurred_on, reader)
    });
    let office_recorded_at = reader.at("recorded_at", |reader| {
        Field::read(&message.recorded_at, reader)
    });
    let legal_basis = reader.at("legal_basis", |reader| {
        text::text::read(&message.legal_basis, reader)
    });
    let case_reference = reader.at("case_reference", |reader| {
        text::optional_reference::read(&message.case_reference, reader)
    });
    let batch = reader.at("batch_id", |reader| Field::read(&message.batch_id, reader));
    let expected = match place {
        Place::Whole => reader.at("expected", |reader| Field::read(&message.expected, reader)),
        Place::Replacement => Some(Vec::new()),
    };
    let body = match &message.body {
        Some(body) => read_body(body, reader),
        None => reader.at("body", |reader| {
            reader.reject("is missing or of an unknown kind")
        }),
    };
    Some(Act {
        id: id?,
        office: office?,
        officer: officer?,
        occurred_on: occurred_on?,
        office_recorded_at: office_recorded_at?,
        legal_basis: legal_basis?,
        case_reference: case_reference?,
        batch: batch?,
        expected: expected?,
        body: body?,
    })
}

/// Maps the bodies of acts to their messages, both ways.
macro_rules! bodies {
    ($($field:ident $name:ident,)+) => {
        fn read_body(body: &proto::act::Body, reader: &mut Reader) -> Option<ActBody> {
            match body {
                $(proto::act::Body::$name(body) => reader
                    .at(stringify!($field), |reader| <$name as Wire>::read(body, reader))
                    .map(ActBody::$name),)+
            }
        }

        fn write_body(body: &ActBody) -> proto::act::Body {
            match body {
                $(ActBody::$name(body) => proto::act::Body::$name(Wire::write(body).into()),)+
            }
        }
    };
}

bodies! {
    register_person RegisterPerson,
    register_birth RegisterBirth,
    register_death RegisterDeath,
    issue_marriage_licence IssueMarriageLicence,
    register_marriage RegisterMarriage,
    register_divorce RegisterDivorce,
    confirm_parentage ConfirmParentage,
    appoint_guardian AppointGuardian,
    record_entry RecordEntry,
    record_exit RecordExit,
    issue_visa IssueVisa,
    issue_residence_permit IssueResidencePermit,
    renew_residence_permit RenewResidencePermit,
    replace_residence_permit ReplaceResidencePermit,
    convert_residence_permit ConvertResidencePermit,
    revoke_residence_permit RevokeResidencePermit,
    record_residence_permit_lapse RecordResidencePermitLapse,
    grant_status GrantStatus,
    change_status ChangeStatus,
    issue_document IssueDocument,
    report_document_lost ReportDocumentLost,
    void_document VoidDocument,
    form_household FormHousehold,
    split_household SplitHousehold,
    add_household_member AddHouseholdMember,
    remove_household_member RemoveHouseholdMember,
    move_household_member MoveHouseholdMember,
    change_household_head ChangeHouseholdHead,
    change_address ChangeAddress,
    send_file_transfer SendFileTransfer,
    receive_file_transfer ReceiveFileTransfer,
    confirm_same_person ConfirmSamePerson,
    confirm_distinct_persons ConfirmDistinctPersons,
    withdraw_identity_link WithdrawIdentityLink,
    correct_act CorrectAct,
    annul_act AnnulAct,
    dispute_fact DisputeFact,
    resolve_dispute ResolveDispute,
    found_registry FoundRegistry,
    enrol_agency EnrolAgency,
    revoke_agency RevokeAgency,
    enrol_key EnrolKey,
    revoke_key RevokeKey,
    enrol_office EnrolOffice,
    adopt_policy AdoptPolicy,
    rotate_log_key RotateLogKey,
    extend_deferral ExtendDeferral,
    revoke_grant RevokeGrant,
    declare_officer DeclareOfficer,
    justify_lookup JustifyLookup,
    lodge_asylum_claim LodgeAsylumClaim,
    record_asylum_interview RecordAsylumInterview,
    decide_asylum_claim DecideAsylumClaim,
    open_campaign OpenCampaign,
    fix_campaign_target_list FixCampaignTargetList,
    record_campaign_participation RecordCampaignParticipation,
    record_campaign_non_participation RecordCampaignNonParticipation,
    report_campaign_coverage ReportCampaignCoverage,
    close_campaign CloseCampaign,
    order_expulsion OrderExpulsion,
    serve_decision ServeDecision,
    lodge_appeal LodgeAppeal,
    hold_commission_session HoldCommissionSession,
    decide_appeal DecideAppeal,
    suspend_expulsion SuspendExpulsion,
    extend_expulsion_suspension ExtendExpulsionSuspension,
    end_expulsion_suspension EndExpulsionSuspension,
    withdraw_expulsion_order WithdrawExpulsionOrder,
    execute_expulsion ExecuteExpulsion,
    record_protection RecordProtection,
    end_protection EndProtection,
    place_stay_of_removal PlaceStayOfRemoval,
    lift_stay_of_removal LiftStayOfRemoval,
    impose_entry_ban ImposeEntryBan,
    lift_entry_ban LiftEntryBan,
    revoke_visa RevokeVisa,
    record_violation_decision RecordViolationDecision,
    begin_holding BeginHolding,
    extend_holding ExtendHolding,
    notify_of_holding NotifyOfHolding,
    end_holding EndHolding,
    record_voluntary_return RecordVoluntaryReturn,
    record_third_country_departure RecordThirdCountryDeparture,
    request_service RequestService,
    advance_case AdvanceCase,
    attest_residence_condition AttestResidenceCondition,
    exempt_from_residence_condition ExemptFromResidenceCondition,
    record_biometric_reference RecordBiometricReference,
    withdraw_biometric_reference WithdrawBiometricReference,
    open_site OpenSite,
    change_site_capacity ChangeSiteCapacity,
    record_site_admission RecordSiteAdmission,
    record_site_transfer RecordSiteTransfer,
    record_site_discharge RecordSiteDischarge,
    inspect_site InspectSite,
    close_site CloseSite,
}

wire! {
    RegisterPerson { particulars, evidence, documents, address }
    RegisterBirth { child, mother, father, household, informant, certificate }
    RegisterDeath { person, place, informant, certificate }
    IssueMarriageLicence { wife, husband, licence_number: reference, level, valid_until }
    RegisterMarriage {
        husband, wife, kind, term_months, form, registered_with,
        deed_number: optional_reference, licence_number: optional_reference,
    }
    RegisterDivorce { husband, wife, kind, deed_number: reference, custody }
    ConfirmParentage { child, parent, role, evidence: text }
    AppointGuardian { child, guardian, kind, instrument: text }
    RecordEntry { person, border_point: optional_reference, kind, document }
    RecordExit { person, border_point: reference, kind, document }
    IssueVisa {
        person, kind, visa_number: reference, valid_from, valid_until, stay_days, multiple_entry,
        issued_at: optional_text,
    }
    IssueResidencePermit {
        person, kind, basis, scope, permit_number: reference, valid_from, valid_until,
    }
    AttestResidenceCondition { person, condition, reference: reference, met_on }
    ExemptFromResidenceCondition { person, condition, decided_by, reference: reference }
    RenewResidencePermit { person, permit_number: reference, valid_until }
    ReplaceResidencePermit {
        person, permit_number: reference, new_permit_number: reference, reason,
    }
    ConvertResidencePermit {
        person, permit_number: reference, kind, basis, new_permit_number: reference,
        valid_from, valid_until, consent_reference: optional_reference,
    }
    RevokeResidencePermit { person, permit_number: reference, decision }
    RecordResidencePermitLapse { person, permit_number: reference }
    GrantStatus { person, status, decided_by: optional_text }
    ChangeStatus { person, from, to, decided_by: optional_text, decision }
    IssueDocument { person, document, replaces }
    ReportDocumentLost { person, document, stolen }
    VoidDocument { person, document, reason }
    FormHousehold { head, members, address }
    SplitHousehold { household, new_head, leaving, address }
    AddHouseholdMember { household, member }
    RemoveHouseholdMember { household, person, reason }
    MoveHouseholdMember { from_household, to_household, member }
    ChangeHouseholdHead { household, new_head, ground, relations }
    SendFileTransfer { person, from_province, to_province }
    ReceiveFileTransfer { person, province }
    ConfirmSamePerson { person, other, evidence: text }
    ConfirmDistinctPersons { person, other, evidence: text }
    WithdrawIdentityLink { person, other, reason: text }
    AnnulAct { target = target_act_id, reason: text }
    FoundRegistry {
        name: reference, events_log_key: text, disclosures_log_key: text, governance_key,
    }
    EnrolAgency { agency, name_fa: text, name_en: text, roles, state, rights }
    RevokeAgency { agency, reason: text }
    EnrolKey { agency, public_key, office, not_after, supervisor, emergency_officer }
    DeclareOfficer { person, agency, officer }
    JustifyLookup { disclosure, ground }
    RevokeGrant { agency, grant_id }
    RevokeKey { key_id, reason: text }
    EnrolOffice { office, agency, province, name_fa: text, name_en: text }
    AdoptPolicy { edition: reference, digest }
    ExtendDeferral { disclosure, until, court: reference, order_number: reference }
    LodgeAsylumClaim {
        person, lodged_at, place: optional_text, grounds,
        interview_reference: optional_reference, shelter_address,
    }
    RecordAsylumInterview { claim, interview_reference: reference, shelter_address }
    DecideAsylumClaim {
        claim, outcome, decided_by: optional_text, decision,
        declaration_reference: optional_reference,
    }
    RecordBiometricReference {
        person, modality, device: optional_reference, system: reference, reference: reference, digest,
    }
    WithdrawBiometricReference { biometric, ground }
    RotateLogKey { old_log_key: text, new_log_key: text, retire_at, old_signature, new_signature }
}

impl Wire for ChangeAddress {
    type Proto = proto::ChangeAddress;

    fn read(message: &proto::ChangeAddress, reader: &mut Reader) -> Option<Self> {
        let subject = reader.at("subject", |reader| resident(&message.subject, reader));
        let address = reader.at("address", |reader| Field::read(&message.address, reader));
        Some(Self {
            subject: subject?,
            address: address?,
        })
    }

    fn write(&self) -> proto::ChangeAddress {
        proto::ChangeAddress {
            subject: match self.subject {
                Resident::Person(number) => number.to_string(),
                Resident::Household(code) => code.to_string(),
            },
            address: Field::write(&self.address),
        }
    }
}

/// A person number or a household code; their check digits tell them apart.
fn resident(subject: &str, reader: &mut Reader) -> Option<Resident> {
    if subject.is_empty() {
        return reader.reject("is missing");
    }
    if let Ok(number) = subject.parse::<PersonNumber>() {
        return Some(Resident::Person(number));
    }
    match subject.parse::<HouseholdCode>() {
        Ok(code) => Some(Resident::Household(code)),
        Err(_neither) => reader.reject("is neither a person number nor a household code"),
    }
}

impl Wire for CorrectAct {
    type Proto = proto::CorrectAct;

    fn read(message: &proto::CorrectAct, reader: &mut Reader) -> Option<Self> {
        let target = reader.at("target_act_id", |reader| {
            Field::read(&message.target_act_id, reader)
        });
        let replacement = reader.at("replacement", |reader| match &message.replacement {
            Some(act) => read_act(act, Place::Replacement, reader),
            None => reader.reject("is missing"),
        });
        let reason = reader.at("reason", |reader| text::text::read(&message.reason, reader));
        Some(Self {
            target: target?,
            replacement: Box::new(replacement?),
            reason: reason?,
        })
    }

    fn write(&self) -> proto::CorrectAct {
        let mut replacement = self.replacement.to_proto();
        replacement.act_id = Vec::new();
        replacement.expected = Vec::new();
        proto::CorrectAct {
            target_act_id: Field::write(&self.target),
            replacement: Some(Box::new(replacement)),
            reason: self.reason.clone(),
        }
    }
}

impl core::fmt::Display for SubjectId {
    /// The number or code of the subject; empty for the registry.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Registry => Ok(()),
            Self::Person(number) => number.fmt(f),
            Self::Household(code) => code.fmt(f),
            Self::AsylumClaim(number) => number.fmt(f),
            Self::Campaign(number) => number.fmt(f),
            Self::Case(number) => number.fmt(f),
            Self::Biometric(number) => number.fmt(f),
            Self::Site(number) => number.fmt(f),
            Self::Agency(code) => code.fmt(f),
            Self::Office(code) => code.fmt(f),
        }
    }
}
