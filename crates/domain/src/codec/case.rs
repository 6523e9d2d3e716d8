//! Service cases as messages.

use sabt_proto::event::v1 as proto;

use super::field::{Field, Wire, wire};
use super::reader::Reader;
use crate::act::{
    ActivityPermit, ActivityReport, AdvanceCase, AppealDecision, Applicant, CaseClosure, CaseStep,
    Consultation, Evidence, ExitPermit, Fee, HandOver, Inquiry, InquiryReply, InsuranceBooklet,
    MemberOpinion, MovementPass, NationalityGrant, Organisation, PaperContent, PaperExtension,
    PaperIssue, PaperLapse, Procedure, ProgrammePermit, ProjectPermit, PropertyPermit, RefugeeCard,
    RelocationPermit, RequestService, SchoolingCertificate, ServiceAppeal, ServiceGrant,
    ServiceNotice, ServiceRefusal, StudyConfirmation, StudyPermit, TravelPass, Vehicle,
    VehicleRelease,
};
use crate::event::{DocumentExtended, PersonRecordClosed, ServiceCaseOpened, ServiceRequested};

wire! {
    Organisation { name: text, registration_number: optional_reference, international }
    Vehicle { plate: reference, owner: optional_text }
    RequestService {
        service, applicant, concerned, channel, representative: optional_text,
        request: optional_text,
    }
    ServiceRequested { number, request, adverse }
    ServiceCaseOpened { case, service }
    Evidence {
        kind, issuer: optional_text, number: optional_reference, issued_on, original,
        checked_by: reference,
    }
    Fee { state, amount_rial, receipt_number: optional_reference, waiver_ground: optional_text }
    Inquiry { inquiry: reference, authority: text, question: text, due_on }
    InquiryReply { inquiry: reference, reply, reference: reference }
    Consultation { members, sent_at }
    MemberOpinion { member, opinion, reasons: optional_text, received_at }
    Procedure { kind, result, reference: optional_reference }
    ServiceGrant {
        decided_by: optional_text, ground: optional_text, effective_from,
        conditions: optional_text, appeal_body: optional_text,
    }
    ServiceRefusal {
        decided_by: optional_text, ground: optional_text, appeal_body: optional_text,
    }
    ServiceNotice { manner, sms_sent_at, placed_at, handed_at, language: reference }
    HandOver { paper_number: reference, receiver: text }
    ServiceAppeal { body: text, ground: optional_text }
    AppealDecision { outcome, decided_by: optional_text, ground: optional_text }
    PaperExtension { paper_number: reference, valid_until }
    PaperLapse { paper_number: reference }
    NationalityGrant {
        person, basis, certificate_number: reference, certificate_date, national_number,
    }
    ActivityReport { reference: reference, period: optional_text }
    CaseClosure { outcome, declaration_reference: optional_reference }
    PersonRecordClosed { basis, national_number }
    DocumentExtended { document, valid_until }
    MovementPass { province, ground: optional_text }
    TravelPass { destination: text }
    ExitPermit {
        kind, border_point: optional_reference, declaration_reference: optional_reference,
    }
    RelocationPermit { from_province, to_province }
    StudyPermit { institution: text, level: text, year: reference }
    StudyConfirmation { institution: text, level: text, year: reference }
    SchoolingCertificate { county: text, level: text, year: reference }
    InsuranceBooklet { entitlement }
    RefugeeCard { decision_reference: optional_reference }
    PropertyPermit { property: reference }
    ProjectPermit { title: text, province, target_category: text, target_number, funder: optional_text }
    ActivityPermit { host_authority: text, province }
    ProgrammePermit { title: text, place: text, expected_number }
    VehicleRelease { impound_order: reference, ruling: optional_reference }
}

impl Wire for Applicant {
    type Proto = proto::Applicant;

    fn read(message: &proto::Applicant, reader: &mut Reader) -> Option<Self> {
        use proto::applicant::Who;
        match &message.who {
            Some(Who::Person(number)) => reader
                .at("person", |reader| Field::read(number, reader))
                .map(Self::Person),
            Some(Who::Household(code)) => reader
                .at("household", |reader| Field::read(code, reader))
                .map(Self::Household),
            Some(Who::Organisation(organisation)) => reader
                .at("organisation", |reader| Wire::read(organisation, reader))
                .map(Self::Organisation),
            Some(Who::Vehicle(vehicle)) => reader
                .at("vehicle", |reader| Wire::read(vehicle, reader))
                .map(Self::Vehicle),
            None => reader.reject("is missing"),
        }
    }

    fn write(&self) -> proto::Applicant {
        use proto::applicant::Who;
        proto::Applicant {
            who: Some(match self {
                Self::Person(number) => Who::Person(number.to_string()),
                Self::Household(code) => Who::Household(code.to_string()),
                Self::Organisation(organisation) => Who::Organisation(Wire::write(organisation)),
                Self::Vehicle(vehicle) => Who::Vehicle(Wire::write(vehicle)),
            }),
        }
    }
}

/// Maps the steps of a case to their messages, both ways.
macro_rules! steps {
    ($($field:ident $variant:ident $holds:ident,)+) => {
        fn read_step(step: &proto::advance_case::Step, reader: &mut Reader) -> Option<CaseStep> {
            match step {
                $(proto::advance_case::Step::$variant(step) => reader
                    .at(stringify!($field), |reader| <$holds as Wire>::read(step, reader))
                    .map(CaseStep::$variant),)+
            }
        }

        fn write_step(step: &CaseStep) -> proto::advance_case::Step {
            match step {
                $(CaseStep::$variant(step) => {
                    proto::advance_case::Step::$variant(Wire::write(step))
                })+
            }
        }
    };
}

steps! {
    evidence_attached EvidenceAttached Evidence,
    fee_recorded FeeRecorded Fee,
    inquiry_sent InquirySent Inquiry,
    inquiry_reply_received InquiryReplyReceived InquiryReply,
    commission_consulted CommissionConsulted Consultation,
    opinion_recorded OpinionRecorded MemberOpinion,
    procedure_held ProcedureHeld Procedure,
    service_granted ServiceGranted ServiceGrant,
    service_refused ServiceRefused ServiceRefusal,
    decision_served DecisionServed ServiceNotice,
    document_handed_over DocumentHandedOver HandOver,
    appeal_lodged AppealLodged ServiceAppeal,
    appeal_decided AppealDecided AppealDecision,
    paper_issued PaperIssued PaperIssue,
    paper_extended PaperExtended PaperExtension,
    paper_lapsed PaperLapsed PaperLapse,
    nationality_granted NationalityGranted NationalityGrant,
    report_received ReportReceived ActivityReport,
    case_closed CaseClosed CaseClosure,
}

impl Wire for AdvanceCase {
    type Proto = proto::AdvanceCase;

    fn read(message: &proto::AdvanceCase, reader: &mut Reader) -> Option<Self> {
        let case = reader.at("case", |reader| Field::read(&message.case, reader));
        let step = match &message.step {
            Some(step) => read_step(step, reader),
            None => reader.at("step", |reader| {
                reader.reject("is missing or of an unknown kind")
            }),
        };
        Some(Self {
            case: case?,
            step: step?,
        })
    }

    fn write(&self) -> proto::AdvanceCase {
        proto::AdvanceCase {
            case: self.case.to_string(),
            step: Some(write_step(&self.step)),
        }
    }
}

/// Maps what papers say to their messages, both ways.
macro_rules! papers {
    ($($field:ident $name:ident,)+) => {
        fn read_content(content: &proto::paper_issue::Content, reader: &mut Reader) -> Option<PaperContent> {
            match content {
                $(proto::paper_issue::Content::$name(content) => reader
                    .at(stringify!($field), |reader| <$name as Wire>::read(content, reader))
                    .map(PaperContent::$name),)+
            }
        }

        fn write_content(content: &PaperContent) -> proto::paper_issue::Content {
            match content {
                $(PaperContent::$name(content) => {
                    proto::paper_issue::Content::$name(Wire::write(content))
                })+
            }
        }
    };
}

papers! {
    movement_pass MovementPass,
    travel_pass TravelPass,
    exit_permit ExitPermit,
    relocation_permit RelocationPermit,
    study_permit StudyPermit,
    study_confirmation StudyConfirmation,
    schooling_certificate SchoolingCertificate,
    insurance_booklet InsuranceBooklet,
    refugee_card RefugeeCard,
    property_permit PropertyPermit,
    project_permit ProjectPermit,
    activity_permit ActivityPermit,
    programme_permit ProgrammePermit,
    vehicle_release VehicleRelease,
}

impl Wire for PaperIssue {
    type Proto = proto::PaperIssue;

    fn read(message: &proto::PaperIssue, reader: &mut Reader) -> Option<Self> {
        let holders = reader.at("holders", |reader| Field::read(&message.holders, reader));
        let number = reader.at("number", |reader| {
            super::facts::document_number(&message.number, reader)
        });
        let valid_from = reader.at("valid_from", |reader| {
            Field::read(&message.valid_from, reader)
        });
        let valid_until = reader.at("valid_until", |reader| {
            Field::read(&message.valid_until, reader)
        });
        let replaces = reader.at("replaces", |reader| {
            super::text::optional_reference::read(&message.replaces, reader)
        });
        let content = match &message.content {
            Some(content) => read_content(content, reader),
            None => reader.at("content", |reader| {
                reader.reject("is missing or of an unknown kind")
            }),
        };
        Some(Self {
            holders: holders?,
            number: number?,
            valid_from: valid_from?,
            valid_until: valid_until?,
            replaces: replaces?,
            content: content?,
        })
    }

    fn write(&self) -> proto::PaperIssue {
        proto::PaperIssue {
            holders: Field::write(&self.holders),
            number: self.number.clone(),
            valid_from: Field::write(&self.valid_from),
            valid_until: Field::write(&self.valid_until),
            replaces: self.replaces.clone(),
            content: Some(write_content(&self.content)),
        }
    }
}
