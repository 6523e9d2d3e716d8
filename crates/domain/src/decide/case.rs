//! Service cases: which step may be recorded when. What a service allows and needs stands in the catalogue.

mod decision;
mod paper;

use std::collections::BTreeSet;

use super::Decided;
use super::scene::Scene;
use crate::access::FieldGroup;
use crate::act::{
    AdvanceCase, Applicant, CaseClosure, CaseStep, CaseStepKind, Consultation, Fee, MemberOpinion,
    Procedure, RequestService,
};
use crate::case::ServiceCase;
use crate::erasure;
use crate::event::{EventBody, ServiceCaseOpened, ServiceRequested};
use crate::fact::{CaseOutcome, FeeState, Opinion, ProcedureKind};
use crate::law::{CaseSubject, PersonStatus, Requirement, Service, ServiceScope};
use crate::life::At;
use crate::number::PersonNumber;
use crate::refusal::{Reason, Refusal};
use crate::time::Timestamp;

const RULE: &str = "services.md section 3";

/// A case is opened. Each registered person whom it concerns gets an event that names it, so that their life leads to it.
pub(super) fn request(scene: &Scene<'_>, body: &RequestService) -> Result<Vec<Decided>, Refusal> {
    let service = scene
        .catalogue()
        .service(&body.service)
        .ok_or_else(|| Refusal::new(Reason::UnknownService, "services.md section 2"))?;
    if service.scope == ServiceScope::Out {
        return Err(Refusal::new(
            Reason::ServiceOutOfScope,
            "services.md section 5",
        ));
    }
    check_applicant(scene, service, body)?;
    let persons = body.persons();
    for number in &persons {
        check_person(scene, service, *number)?;
    }
    let number = *scene
        .facts()
        .new_cases
        .first()
        .ok_or_else(|| Refusal::new(Reason::NotWritable, RULE))?;
    let requested = ServiceRequested {
        number,
        request: body.clone(),
        adverse: service.adverse,
    };
    let mut decided = vec![scene.about(number, EventBody::ServiceRequested(requested))];
    decided.extend(persons.into_iter().map(|person| {
        let opened = ServiceCaseOpened {
            case: number,
            service: body.service.clone(),
        };
        scene.about(person, EventBody::ServiceCaseOpened(opened))
    }));
    Ok(decided)
}

/// The applicant is of a kind that the service is for, and names nobody whom the case must not lead to.
fn check_applicant(
    scene: &Scene<'_>,
    service: &Service,
    body: &RequestService,
) -> Result<(), Refusal> {
    let refuse = || Refusal::new(Reason::ApplicantNotAllowed, service_rule(service));
    let fits: &[CaseSubject] = match &body.applicant {
        Applicant::Person(_) => &[CaseSubject::Person, CaseSubject::Programme],
        Applicant::Household(_) => &[CaseSubject::Household],
        Applicant::Organisation(_) => &[CaseSubject::Organisation, CaseSubject::Programme],
        Applicant::Vehicle(_) => &[CaseSubject::Vehicle],
    };
    if !fits
        .iter()
        .any(|subject| service.subjects.contains(subject))
    {
        let subjects: Vec<_> = service.subjects.iter().map(|kind| kind.code()).collect();
        return Err(refuse().with("subjects", subjects.join(" ")));
    }
    let distinct: BTreeSet<_> = body.concerned.iter().collect();
    let twice = distinct.len() < body.concerned.len();
    let applicant = |number: &PersonNumber| body.applicant == Applicant::Person(*number);
    if twice || body.concerned.iter().any(applicant) {
        return Err(Refusal::new(Reason::SubjectsNotDistinct, RULE));
    }
    match &body.applicant {
        Applicant::Household(code) => {
            let household = scene.household(*code)?;
            if body.concerned.is_empty() {
                return Err(refuse()
                    .with_message("The request names no member of the household.")
                    .with_remedy("Name every member whom the case concerns."));
            }
            if body.concerned.iter().any(|member| !household.has(*member)) {
                return Err(Refusal::new(Reason::NotAMember, service_rule(service)));
            }
        }
        Applicant::Organisation(_) | Applicant::Vehicle(_) if !body.concerned.is_empty() => {
            return Err(refuse()
                .with_message(
                    "A case of an organisation, a programme or a vehicle leads to no person.",
                )
                .with_remedy("Name nobody: not whom a project serves, and no passenger."));
        }
        Applicant::Person(_) | Applicant::Organisation(_) | Applicant::Vehicle(_) => {}
    }
    Ok(())
}

fn check_person(scene: &Scene<'_>, service: &Service, number: PersonNumber) -> Result<(), Refusal> {
    let person = if service.for_deceased {
        scene.person(number)?
    } else {
        scene.living(number)?
    };
    // Whoever asks for refuge goes to the asylum unit: a case here would tell of it. Cases that tell of refuge are for those
    // to whom it was granted (services row 2a, design:7.3).
    let tells = service.group == FieldGroup::Protection && !service.adverse;
    if tells && !person.holds(PersonStatus::Refugee) {
        return Err(Refusal::new(Reason::NotEligible, service_rule(service))
            .with_message("The service is for those to whom refuge was granted.")
            .with_remedy("Whoever asks for refuge asks the asylum unit."));
    }
    Ok(())
}

/// A step of a case.
pub(super) fn advance(scene: &Scene<'_>, body: &AdvanceCase) -> Result<Vec<Decided>, Refusal> {
    let case = on_day(scene, body)?;
    let kind = body.step.kind();
    if case.closure.is_some() && kind != CaseStepKind::AppealLodged {
        return Err(Refusal::new(Reason::CaseClosed, RULE));
    }
    let service = scene
        .catalogue()
        .service(&case.service)
        .ok_or_else(|| Refusal::new(Reason::UnknownService, "services.md section 2"))?;
    let step = Step {
        scene,
        service,
        case: &case,
    };
    let of_persons = step.decide(&body.step)?;
    let advanced = EventBody::CaseAdvanced(body.clone());
    let mut decided = vec![scene.about(body.case, advanced)];
    decided.extend(of_persons);
    Ok(decided)
}

/// The case on the day of the fact.
fn on_day(scene: &Scene<'_>, body: &AdvanceCase) -> Result<ServiceCase, Refusal> {
    if scene.is_erased(body.case) {
        return Err(erasure::erased());
    }
    let life = scene.life(body.case);
    if life.and_then(|life| life.case(&At::END)).is_none() {
        return Err(Refusal::new(Reason::UnknownCase, RULE));
    }
    life.and_then(|life| life.case(&At::day(scene.day())))
        .ok_or_else(|| {
            Refusal::new(Reason::OutOfSequence, RULE)
                .with_message("The step is dated before the request.")
                .with_remedy("Date it with the day of the request or later.")
        })
}

/// A step, the case as it stands before it, and the row of the catalogue.
struct Step<'a> {
    scene: &'a Scene<'a>,
    service: &'a Service,
    case: &'a ServiceCase,
}

impl Step<'_> {
    /// Checks the step, and gives what is recorded of it about registered persons.
    fn decide(&self, step: &CaseStep) -> Result<Vec<Decided>, Refusal> {
        let nobody = Vec::new();
        match step {
            CaseStep::EvidenceAttached(_) => Ok(nobody),
            CaseStep::FeeRecorded(fee) => self.fee(fee).map(|()| nobody),
            CaseStep::InquirySent(inquiry) => {
                self.allowed(Requirement::Inquiry)?;
                self.undecided()?;
                let mut known = self.case.inquiries.iter();
                if known.any(|known| known.inquiry.inquiry == inquiry.inquiry) {
                    return Err(self.refuse(Reason::StepRepeated));
                }
                Ok(nobody)
            }
            CaseStep::InquiryReplyReceived(reply) => {
                let mut known = self.case.inquiries.iter();
                let known = known.find(|known| known.inquiry.inquiry == reply.inquiry);
                match known {
                    None => Err(self.refuse(Reason::UnknownInquiry)),
                    Some(known) if known.reply.is_some() => Err(self.refuse(Reason::StepRepeated)),
                    Some(_) => Ok(nobody),
                }
            }
            CaseStep::CommissionConsulted(consultation) => {
                self.consult(consultation).map(|()| nobody)
            }
            CaseStep::OpinionRecorded(opinion) => self.opinion(opinion).map(|()| nobody),
            CaseStep::ProcedureHeld(procedure) => self.procedure(procedure).map(|()| nobody),
            CaseStep::ServiceGranted(grant) => self.grant(grant).map(|()| nobody),
            CaseStep::ServiceRefused(refusal) => self.refusal(refusal).map(|()| nobody),
            CaseStep::DecisionServed(notice) => self.serve(notice).map(|()| nobody),
            CaseStep::DocumentHandedOver(hand_over) => {
                let paper = self.known_paper(&hand_over.paper_number)?;
                match paper.handed_over {
                    Some(_) => Err(self.refuse(Reason::StepRepeated)),
                    None => Ok(nobody),
                }
            }
            CaseStep::AppealLodged(_) => self.appeal().map(|()| nobody),
            CaseStep::AppealDecided(decision) => self.decide_appeal(decision).map(|()| nobody),
            CaseStep::PaperIssued(issue) => self.issue(issue),
            CaseStep::PaperExtended(extension) => self.extend(extension),
            CaseStep::PaperLapsed(lapse) => self.lapse(lapse).map(|()| nobody),
            CaseStep::NationalityGranted(grant) => self.nationality(grant),
            CaseStep::ReportReceived(_) => {
                self.allowed(Requirement::Report)?;
                self.granted()?;
                Ok(nobody)
            }
            CaseStep::CaseClosed(closure) => self.close(closure).map(|()| nobody),
        }
    }

    fn refuse(&self, reason: Reason) -> Refusal {
        Refusal::new(reason, service_rule(self.service))
    }

    /// Refuses a step that the catalogue does not give to the service.
    fn allowed(&self, requirement: Requirement) -> Result<(), Refusal> {
        if self.service.allows(requirement) {
            Ok(())
        } else {
            Err(self
                .refuse(Reason::StepNotAllowed)
                .with("step", requirement.code())
                .with("catalogue", &self.scene.catalogue().edition))
        }
    }

    fn undecided(&self) -> Result<(), Refusal> {
        match self.case.decision() {
            Some(_) => Err(self.refuse(Reason::CaseDecided)),
            None => Ok(()),
        }
    }

    fn granted(&self) -> Result<(), Refusal> {
        match self.case.grant() {
            Some(_) => Ok(()),
            None => Err(self.refuse(Reason::CaseNotGranted)),
        }
    }

    fn fee(&self, fee: &Fee) -> Result<(), Refusal> {
        self.allowed(Requirement::Fee)?;
        let paid = fee.amount_rial != 0 && !fee.receipt_number.trim().is_empty();
        match fee.state {
            FeeState::Paid if !paid => Err(Refusal::field(
                "advance_case.fee_recorded.receipt_number",
                "a fee that is paid has an amount and a receipt",
            )),
            FeeState::Waived if fee.waiver_ground.trim().is_empty() => {
                Err(self.refuse(Reason::GroundMissing))
            }
            FeeState::Paid | FeeState::Waived | FeeState::NotDue => Ok(()),
        }
    }

    fn consult(&self, consultation: &Consultation) -> Result<(), Refusal> {
        self.allowed(Requirement::Consultation)?;
        self.undecided()?;
        self.not_in_future(consultation.sent_at)?;
        let mut pending = self
            .case
            .opinions
            .iter()
            .filter(|asked| asked.opinion.is_none());
        if pending.any(|asked| consultation.members.contains(&asked.member)) {
            return Err(self.refuse(Reason::StepRepeated));
        }
        Ok(())
    }

    /// A late opinion is recorded as what it is; it changes nothing that was decided (AM-21).
    fn opinion(&self, opinion: &MemberOpinion) -> Result<(), Refusal> {
        self.not_in_future(opinion.received_at)?;
        let mut asked = self.case.opinions.iter();
        let asked = asked.any(|asked| {
            asked.member == opinion.member
                && asked.opinion.is_none()
                && asked.sent_at <= opinion.received_at
        });
        if !asked {
            return Err(self.refuse(Reason::OpinionNotAsked));
        }
        if opinion.opinion == Opinion::Unfavourable && opinion.reasons.trim().is_empty() {
            return Err(Refusal::new(Reason::GroundMissing, "law:art. 20(2)")
                .with_message("An opinion against an application states no reasons.")
                .with_remedy("Record the member's reasons."));
        }
        Ok(())
    }

    fn procedure(&self, procedure: &Procedure) -> Result<(), Refusal> {
        self.allowed(match procedure.kind {
            ProcedureKind::Interview => Requirement::Interview,
            ProcedureKind::Oath => Requirement::Oath,
            ProcedureKind::Class => Requirement::Class,
            ProcedureKind::Exam => Requirement::Exam,
        })?;
        self.undecided()
    }

    fn not_in_future(&self, moment: Timestamp) -> Result<(), Refusal> {
        if self.scene.facts().now < moment {
            return Err(self.refuse(Reason::FutureDate));
        }
        Ok(())
    }

    fn close(&self, closure: &CaseClosure) -> Result<(), Refusal> {
        let decision = self.case.decision();
        if decision.is_some_and(|decision| decision.open_appeal().is_some()) {
            return Err(self.refuse(Reason::AppealOpen));
        }
        let granted = match closure.outcome {
            CaseOutcome::Granted => true,
            CaseOutcome::Refused => false,
            CaseOutcome::Withdrawn => {
                self.undecided()?;
                if closure.declaration_reference.trim().is_empty() {
                    return Err(self
                        .refuse(Reason::ConsentMissing)
                        .with_message("The withdrawal names no declaration of the applicant.")
                        .with_remedy("Refer to the declaration that the applicant signed."));
                }
                return Ok(());
            }
            CaseOutcome::ApplicantDied => return self.all_dead(),
        };
        match decision {
            None => Err(self.refuse(Reason::CaseNotDecided)),
            Some(decision) if decision.granted != granted => Err(self
                .refuse(Reason::CaseDecided)
                .with_message("The case was decided otherwise than it would be closed.")
                .with_remedy("Close it with the outcome of the decision that stands.")),
            Some(decision) if !decision.is_in_effect() => Err(self.refuse(Reason::MissingNotice)),
            Some(_) => Ok(()),
        }
    }

    fn all_dead(&self) -> Result<(), Refusal> {
        for number in &self.case.persons {
            if self.scene.person(*number)?.death.is_none() {
                return Err(self
                    .refuse(Reason::OutOfSequence)
                    .with_message("A death of those whom the case concerns is not registered.")
                    .with_remedy("Register the death first, or close the case otherwise."));
            }
        }
        if self.case.persons.is_empty() {
            return Err(self.refuse(Reason::ApplicantNotAllowed));
        }
        Ok(())
    }
}

/// The rule that a refusal about a service names.
fn service_rule(service: &Service) -> String {
    format!("service:{} ({})", service.id, service.source)
}
