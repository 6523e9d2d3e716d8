//! Acts on service cases (services.md section 3).

mod paper;

use crate::fact::{
    AppealOutcome, CaseOutcome, CommissionMember, EvidenceKind, FeeState, NationalityBasis,
    NoticeManner, Opinion, ProcedureKind, ProcedureResult, ReplyClass, RequestChannel, redacted,
};
use crate::law::ServiceId;
use crate::number::{CaseNumber, HouseholdCode, IranianNationalNumber, PersonNumber};
use crate::time::{PartialDate, Timestamp};

pub use self::paper::{
    ActivityPermit, ExitPermit, InsuranceBooklet, MovementPass, PaperContent, PaperExtension,
    PaperIssue, PaperLapse, ProgrammePermit, ProjectPermit, PropertyPermit, RefugeeCard,
    RelocationPermit, SchoolingCertificate, StudyConfirmation, StudyPermit, TravelPass,
    VehicleRelease,
};

/// Who asks for a service.
#[derive(Clone, PartialEq, Eq)]
pub enum Applicant {
    /// A registered person.
    Person(PersonNumber),
    /// A household.
    Household(HouseholdCode),
    /// An organisation. It has no life of its own here: its permits and reports stand in its cases.
    Organisation(Organisation),
    /// A vehicle.
    Vehicle(Vehicle),
}

/// An organisation that asks.
#[derive(Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its name.
    pub name: String,
    /// Number under which it is registered; may be empty.
    pub registration_number: String,
    /// True if it is an international one.
    pub international: bool,
}

/// An impounded vehicle. No passenger is named with it.
#[derive(Clone, PartialEq, Eq)]
pub struct Vehicle {
    /// Plate.
    pub plate: String,
    /// Owner.
    pub owner: String,
}

/// A service is asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestService {
    /// Which.
    pub service: ServiceId,
    /// Who asks.
    pub applicant: Applicant,
    /// Registered persons whom the case concerns beside the applicant, each once.
    pub concerned: Vec<PersonNumber>,
    /// Where.
    pub channel: RequestChannel,
    /// Who asks in the applicant's name; may be empty.
    pub representative: String,
    /// What exactly is asked for; may be empty.
    pub request: String,
}

/// A step of a case.
#[derive(Clone, PartialEq, Eq)]
pub struct AdvanceCase {
    /// Which case.
    pub case: CaseNumber,
    /// What happened in it.
    pub step: CaseStep,
}

/// Defines the steps of a case and their kind, so that neither can miss one of the other.
macro_rules! steps {
    ($($(#[$meta:meta])* $variant:ident($holds:ident) = $code:literal,)+) => {
        /// What may happen in a case.
        #[derive(Clone, PartialEq, Eq)]
        pub enum CaseStep {
            $($(#[$meta])* $variant($holds),)+
        }

        closed_enum! {
            /// Kind of a step: the step without its content.
            pub enum CaseStepKind {
                $($(#[$meta])* $variant = $code,)+
            }
        }

        impl CaseStep {
            /// Kind of this step.
            pub const fn kind(&self) -> CaseStepKind {
                match self {
                    $(Self::$variant(_) => CaseStepKind::$variant,)+
                }
            }
        }

        $(
            impl From<$holds> for CaseStep {
                fn from(step: $holds) -> Self {
                    Self::$variant(step)
                }
            }
        )+
    };
}

steps! {
    /// A document was shown.
    EvidenceAttached(Evidence) = "EVIDENCE_ATTACHED",
    /// A fee was paid, waived or found not due.
    FeeRecorded(Fee) = "FEE_RECORDED",
    /// Another authority was asked.
    InquirySent(Inquiry) = "INQUIRY_SENT",
    /// It replied.
    InquiryReplyReceived(InquiryReply) = "INQUIRY_REPLY_RECEIVED",
    /// Members of the commission were asked.
    CommissionConsulted(Consultation) = "COMMISSION_CONSULTED",
    /// One of them gave an opinion.
    OpinionRecorded(MemberOpinion) = "OPINION_RECORDED",
    /// An interview, an oath, a class or an exam was held.
    ProcedureHeld(Procedure) = "PROCEDURE_HELD",
    /// The service was granted.
    ServiceGranted(ServiceGrant) = "SERVICE_GRANTED",
    /// The service was refused.
    ServiceRefused(ServiceRefusal) = "SERVICE_REFUSED",
    /// The person got notice of the decision.
    DecisionServed(ServiceNotice) = "DECISION_SERVED",
    /// The paper left the counter.
    DocumentHandedOver(HandOver) = "DOCUMENT_HANDED_OVER",
    /// The person objects to the decision.
    AppealLodged(ServiceAppeal) = "APPEAL_LODGED",
    /// The objection was decided.
    AppealDecided(AppealDecision) = "APPEAL_DECIDED",
    /// The paper was issued.
    PaperIssued(PaperIssue) = "PAPER_ISSUED",
    /// The paper is valid for longer.
    PaperExtended(PaperExtension) = "PAPER_EXTENDED",
    /// An exit permit was not used.
    PaperLapsed(PaperLapse) = "PAPER_LAPSED",
    /// The person became Iranian.
    NationalityGranted(NationalityGrant) = "NATIONALITY_GRANTED",
    /// The organisation reported.
    ReportReceived(ActivityReport) = "REPORT_RECEIVED",
    /// The case ended.
    CaseClosed(CaseClosure) = "CASE_CLOSED",
}

/// A document was shown or scanned.
#[derive(Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Kind.
    pub kind: EvidenceKind,
    /// Who issued it; may be empty.
    pub issuer: String,
    /// Its number; may be empty.
    pub number: String,
    /// When it was issued.
    pub issued_on: Option<PartialDate>,
    /// True for the original, false for a copy.
    pub original: bool,
    /// Code of the officer who looked at it.
    pub checked_by: String,
}

/// A fee.
#[derive(Clone, PartialEq, Eq)]
pub struct Fee {
    /// Paid, waived or not due.
    pub state: FeeState,
    /// Rials; 0 where nothing was paid.
    pub amount_rial: u64,
    /// Paid: number of the receipt.
    pub receipt_number: String,
    /// Waived: on what ground.
    pub waiver_ground: String,
}

/// Another authority was asked. The legal basis is that of the act.
#[derive(Clone, PartialEq, Eq)]
pub struct Inquiry {
    /// The office's number of it, unique in the case.
    pub inquiry: String,
    /// Who was asked.
    pub authority: String,
    /// What.
    pub question: String,
    /// By when a reply is awaited.
    pub due_on: Option<PartialDate>,
}

/// A reply: its class and where it is kept, never its content.
#[derive(Clone, PartialEq, Eq)]
pub struct InquiryReply {
    /// Number of the inquiry.
    pub inquiry: String,
    /// Class.
    pub reply: ReplyClass,
    /// Where the reply is kept.
    pub reference: String,
}

/// The particulars went to members of the commission (art. 20(1)).
#[derive(Clone, PartialEq, Eq)]
pub struct Consultation {
    /// To whom; at least one, each once.
    pub members: Vec<CommissionMember>,
    /// When: their 24 hours begin (TL-34).
    pub sent_at: Timestamp,
}

/// An opinion of a member.
#[derive(Clone, PartialEq, Eq)]
pub struct MemberOpinion {
    /// Whose.
    pub member: CommissionMember,
    /// What.
    pub opinion: Opinion,
    /// Why; needed for an unfavourable one.
    pub reasons: String,
    /// When it came in.
    pub received_at: Timestamp,
}

/// An interview, an oath, a class or an exam.
#[derive(Clone, PartialEq, Eq)]
pub struct Procedure {
    /// Which.
    pub kind: ProcedureKind,
    /// How it went.
    pub result: ProcedureResult,
    /// Where its record is kept; may be empty.
    pub reference: String,
}

/// The service is granted. Parts are read as they come, so that deciding can say which of them is missing.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceGrant {
    /// Who decided.
    pub decided_by: String,
    /// On what ground; needed where the grant takes something away.
    pub ground: String,
    /// From when it holds; `None`: from the day of the decision.
    pub effective_from: Option<PartialDate>,
    /// Conditions; may be empty.
    pub conditions: String,
    /// To whom the person may object; needed where the grant takes something away.
    pub appeal_body: String,
}

/// The service is refused.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceRefusal {
    /// Who decided.
    pub decided_by: String,
    /// On what ground.
    pub ground: String,
    /// To whom the person may object.
    pub appeal_body: String,
}

/// Notice of the decision.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceNotice {
    /// How.
    pub manner: NoticeManner,
    /// Electronic: when the SMS was sent.
    pub sms_sent_at: Option<Timestamp>,
    /// Electronic: when the notice was placed in the national e-mail.
    pub placed_at: Option<Timestamp>,
    /// Otherwise: when it was handed over.
    pub handed_at: Option<Timestamp>,
    /// Language of the notice.
    pub language: String,
}

/// A paper left the counter.
#[derive(Clone, PartialEq, Eq)]
pub struct HandOver {
    /// Number of the paper.
    pub paper_number: String,
    /// Who received it.
    pub receiver: String,
}

/// An objection to the decision.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceAppeal {
    /// To whom.
    pub body: String,
    /// Why; may be empty: nobody need give a reason to be heard.
    pub ground: String,
}

/// How an objection ended. Accepted, it sets the decision aside, and the case is to be decided anew.
#[derive(Clone, PartialEq, Eq)]
pub struct AppealDecision {
    /// How.
    pub outcome: AppealOutcome,
    /// Who decided; empty where it was withdrawn.
    pub decided_by: String,
    /// Why; empty where it was withdrawn.
    pub ground: String,
}

/// A person became Iranian. The certificate is the foreign ministry's; only number and date of it are recorded.
#[derive(Clone, PartialEq, Eq)]
pub struct NationalityGrant {
    /// Who.
    pub person: PersonNumber,
    /// On what ground.
    pub basis: NationalityBasis,
    /// Number of the certificate.
    pub certificate_number: String,
    /// Date of the certificate.
    pub certificate_date: Option<PartialDate>,
    /// The number under which the register of Iranians goes on.
    pub national_number: IranianNationalNumber,
}

/// A report of an organisation on what it was permitted to do.
#[derive(Clone, PartialEq, Eq)]
pub struct ActivityReport {
    /// Where it is kept.
    pub reference: String,
    /// What time it is about.
    pub period: String,
}

/// The end of a case.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseClosure {
    /// How.
    pub outcome: CaseOutcome,
    /// Withdrawn: the applicant's declaration.
    pub declaration_reference: String,
}

redacted!(
    Applicant,
    Organisation,
    Vehicle,
    RequestService,
    AdvanceCase,
    CaseStep,
    Evidence,
    Fee,
    Inquiry,
    InquiryReply,
    Consultation,
    MemberOpinion,
    Procedure,
    ServiceGrant,
    ServiceRefusal,
    ServiceNotice,
    HandOver,
    ServiceAppeal,
    AppealDecision,
    NationalityGrant,
    ActivityReport,
    CaseClosure,
);

impl RequestService {
    /// Every registered person whom the case concerns, the applicant first, each once.
    pub fn persons(&self) -> Vec<PersonNumber> {
        let mut persons = Vec::new();
        if let Applicant::Person(number) = self.applicant {
            persons.push(number);
        }
        for number in &self.concerned {
            if !persons.contains(number) {
                persons.push(*number);
            }
        }
        persons
    }
}
