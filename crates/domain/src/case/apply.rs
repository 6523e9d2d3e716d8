use super::{
    AskedMember, CaseAppeal, CaseDecision, CaseInquiry, CasePaper, Closure, Dated, Served,
    ServiceCase,
};
use crate::act::{
    AppealDecision, CaseClosure, CaseStep, Consultation, HandOver, Inquiry, InquiryReply,
    MemberOpinion, PaperExtension, PaperIssue, PaperLapse, ServiceAppeal, ServiceGrant,
    ServiceNotice, ServiceRefusal,
};
use crate::event::{Event, EventBody, ServiceRequested};
use crate::fact::{CaseOutcome, comparable};
use crate::life::Effective;
use crate::time::PartialDate;

impl ServiceCase {
    /// Folds events in valid order into a case, and gives the events that were passed over.
    pub(crate) fn fold<'life>(
        events: &[Effective<'life>],
    ) -> (Option<Self>, Vec<Effective<'life>>) {
        let mut case = None;
        let mut passed_over = Vec::new();
        for effective in events {
            let applied = match (&mut case, &effective.event.body) {
                (none @ None, EventBody::ServiceRequested(requested)) => {
                    *none = Some(Self::requested(requested, effective.event));
                    true
                }
                (Some(case), EventBody::CaseAdvanced(advanced)) => {
                    case.apply(&advanced.step, effective.event)
                }
                _ => false,
            };
            if !applied {
                passed_over.push(*effective);
            }
        }
        (case, passed_over)
    }

    fn requested(requested: &ServiceRequested, event: &Event) -> Self {
        let request = &requested.request;
        Self {
            number: requested.number,
            service: request.service.clone(),
            applicant: request.applicant.clone(),
            persons: request.persons(),
            channel: request.channel,
            representative: request.representative.clone(),
            request: request.request.clone(),
            adverse: requested.adverse,
            requested_on: event.occurred_on,
            office: event.office.clone(),
            evidence: Vec::new(),
            fees: Vec::new(),
            inquiries: Vec::new(),
            opinions: Vec::new(),
            procedures: Vec::new(),
            decisions: Vec::new(),
            papers: Vec::new(),
            nationality: None,
            reports: Vec::new(),
            closure: None,
        }
    }

    /// Applies a step; false if it finds nothing to act on.
    fn apply(&mut self, step: &CaseStep, event: &Event) -> bool {
        let on = event.occurred_on;
        if self.closure.is_some() && !matches!(step, CaseStep::AppealLodged(_)) {
            return false;
        }
        match step {
            CaseStep::EvidenceAttached(what) => note(&mut self.evidence, on, what),
            CaseStep::FeeRecorded(what) => note(&mut self.fees, on, what),
            CaseStep::InquirySent(inquiry) => self.ask(inquiry, on),
            CaseStep::InquiryReplyReceived(reply) => self.note_reply(reply, on),
            CaseStep::CommissionConsulted(consultation) => self.consult(consultation),
            CaseStep::OpinionRecorded(opinion) => self.note_opinion(opinion),
            CaseStep::ProcedureHeld(what) => {
                self.is_undecided() && note(&mut self.procedures, on, what)
            }
            CaseStep::ServiceGranted(grant) => self.decide(CaseDecision {
                adverse: self.adverse,
                ..CaseDecision::granted(grant, event)
            }),
            // Refusing what takes something away leaves the person as they were.
            CaseStep::ServiceRefused(refusal) => self.decide(CaseDecision {
                adverse: !self.adverse,
                ..CaseDecision::refused(refusal, event)
            }),
            CaseStep::DecisionServed(notice) => self.serve(notice),
            CaseStep::DocumentHandedOver(hand_over) => self.hand_over(hand_over, on),
            CaseStep::AppealLodged(appeal) => self.appeal(appeal, on),
            CaseStep::AppealDecided(decision) => self.decide_appeal(decision, on),
            CaseStep::PaperIssued(issue) => self.issue(issue, on),
            CaseStep::PaperExtended(extension) => self.extend(extension),
            CaseStep::PaperLapsed(lapse) => self.lapse(lapse, on),
            CaseStep::NationalityGranted(grant) => {
                let fits = self.grant().is_some() && self.nationality.is_none();
                if fits {
                    self.nationality = Some(dated(on, grant));
                }
                fits
            }
            CaseStep::ReportReceived(report) => {
                self.grant().is_some() && note(&mut self.reports, on, report)
            }
            CaseStep::CaseClosed(closure) => self.close(closure, on),
        }
    }

    fn is_undecided(&self) -> bool {
        self.decision().is_none()
    }

    fn ask(&mut self, inquiry: &Inquiry, on: PartialDate) -> bool {
        let mut known = self.inquiries.iter();
        let new =
            self.is_undecided() && !known.any(|known| known.inquiry.inquiry == inquiry.inquiry);
        if new {
            self.inquiries.push(CaseInquiry {
                on,
                inquiry: inquiry.clone(),
                reply: None,
            });
        }
        new
    }

    fn note_reply(&mut self, reply: &InquiryReply, on: PartialDate) -> bool {
        let mut inquiries = self.inquiries.iter_mut();
        let asked =
            inquiries.find(|asked| asked.inquiry.inquiry == reply.inquiry && asked.reply.is_none());
        match asked {
            Some(asked) => {
                asked.reply = Some(dated(on, reply));
                true
            }
            None => false,
        }
    }

    fn consult(&mut self, consultation: &Consultation) -> bool {
        let pending = self
            .opinions
            .iter()
            .any(|asked| asked.opinion.is_none() && consultation.members.contains(&asked.member));
        if pending || !self.is_undecided() {
            return false;
        }
        let asked = consultation.members.iter().map(|member| AskedMember {
            member: *member,
            sent_at: consultation.sent_at,
            opinion: None,
        });
        self.opinions.extend(asked);
        true
    }

    /// An opinion that comes after the decision is kept as what it is: late.
    fn note_opinion(&mut self, opinion: &MemberOpinion) -> bool {
        let mut asked = self.opinions.iter_mut();
        let asked = asked.find(|asked| {
            asked.member == opinion.member
                && asked.opinion.is_none()
                && asked.sent_at <= opinion.received_at
        });
        match asked {
            Some(asked) => {
                asked.opinion = Some(opinion.clone());
                true
            }
            None => false,
        }
    }

    fn decide(&mut self, decision: CaseDecision) -> bool {
        let fits = self.is_undecided();
        if fits {
            self.decisions.push(decision);
        }
        fits
    }

    fn serve(&mut self, notice: &ServiceNotice) -> bool {
        let decision = self.decisions.last_mut();
        let decision = decision.filter(|last| !last.is_set_aside() && last.notice.is_none());
        match (decision, notice.served_at()) {
            (Some(decision), Some(at)) => {
                decision.notice = Some(Served {
                    at,
                    manner: notice.manner,
                    language: notice.language.clone(),
                });
                true
            }
            _ => false,
        }
    }

    fn hand_over(&mut self, hand_over: &HandOver, on: PartialDate) -> bool {
        let Some(paper) = self.paper_mut(&hand_over.paper_number) else {
            return false;
        };
        let fits = paper.handed_over.is_none();
        if fits {
            paper.handed_over = Some(dated(on, &hand_over.receiver));
        }
        fits
    }

    /// An appeal opens a closed case again: that an office put the file away takes nothing from the person.
    fn appeal(&mut self, appeal: &ServiceAppeal, on: PartialDate) -> bool {
        let decision = self
            .decisions
            .last_mut()
            .filter(|last| !last.is_set_aside());
        let Some(decision) = decision.filter(|last| last.notice.is_some()) else {
            return false;
        };
        if decision.open_appeal().is_some() {
            return false;
        }
        decision.appeals.push(CaseAppeal {
            on,
            body: appeal.body.clone(),
            ground: appeal.ground.clone(),
            decision: None,
        });
        self.closure = None;
        true
    }

    fn decide_appeal(&mut self, decision: &AppealDecision, on: PartialDate) -> bool {
        let appeals = self.decisions.last_mut().map(|last| &mut last.appeals);
        let mut appeals = appeals.into_iter().flatten();
        match appeals.find(|appeal| appeal.decision.is_none()) {
            Some(open) => {
                open.decision = Some(dated(on, decision));
                true
            }
            None => false,
        }
    }

    fn issue(&mut self, issue: &PaperIssue, on: PartialDate) -> bool {
        let fits = self.grant().is_some() && self.paper(&issue.number).is_none();
        if fits {
            self.papers.push(CasePaper {
                on,
                valid_until: issue.valid_until,
                issue: issue.clone(),
                handed_over: None,
                lapsed_on: None,
            });
        }
        fits
    }

    fn extend(&mut self, extension: &PaperExtension) -> bool {
        let granted = self.grant().is_some();
        let paper = self.paper_mut(&extension.paper_number);
        match paper.filter(|paper| granted && paper.lapsed_on.is_none()) {
            Some(paper) => {
                paper.valid_until = Some(extension.valid_until);
                true
            }
            None => false,
        }
    }

    fn lapse(&mut self, lapse: &PaperLapse, on: PartialDate) -> bool {
        match self.paper_mut(&lapse.paper_number) {
            Some(paper) if paper.lapsed_on.is_none() => {
                paper.lapsed_on = Some(on);
                true
            }
            _ => false,
        }
    }

    fn paper_mut(&mut self, number: &str) -> Option<&mut CasePaper> {
        let number = comparable(number);
        let of_number = |paper: &&mut CasePaper| comparable(&paper.issue.number) == number;
        self.papers.iter_mut().rev().find(of_number)
    }

    fn close(&mut self, closure: &CaseClosure, on: PartialDate) -> bool {
        let decision = self.decision();
        let fits = match closure.outcome {
            CaseOutcome::Granted => decision.is_some_and(|d| d.granted && d.is_in_effect()),
            CaseOutcome::Refused => decision.is_some_and(|d| !d.granted && d.is_in_effect()),
            CaseOutcome::Withdrawn => decision.is_none(),
            CaseOutcome::ApplicantDied => true,
        };
        let fits = fits && decision.is_none_or(|decision| decision.open_appeal().is_none());
        if fits {
            self.closure = Some(Closure {
                on,
                outcome: closure.outcome,
                declaration_reference: closure.declaration_reference.clone(),
            });
        }
        fits
    }
}

impl CaseDecision {
    fn granted(grant: &ServiceGrant, event: &Event) -> Self {
        Self {
            granted: true,
            decided_by: grant.decided_by.clone(),
            ground: grant.ground.clone(),
            conditions: grant.conditions.clone(),
            effective_from: grant.effective_from,
            appeal_body: grant.appeal_body.clone(),
            ..Self::of(event)
        }
    }

    fn refused(refusal: &ServiceRefusal, event: &Event) -> Self {
        Self {
            decided_by: refusal.decided_by.clone(),
            ground: refusal.ground.clone(),
            appeal_body: refusal.appeal_body.clone(),
            ..Self::of(event)
        }
    }

    /// A refusal as the head of its event states it; the rest is filled in.
    fn of(event: &Event) -> Self {
        Self {
            on: event.occurred_on,
            granted: false,
            adverse: true,
            decided_by: String::new(),
            ground: String::new(),
            legal_basis: event.legal_basis.clone(),
            law_edition: event.law_edition.clone(),
            conditions: String::new(),
            effective_from: None,
            appeal_body: String::new(),
            notice: None,
            appeals: Vec::new(),
        }
    }
}

fn dated<T: Clone>(on: PartialDate, what: &T) -> Dated<T> {
    Dated {
        on,
        what: what.clone(),
    }
}

fn note<T: Clone>(list: &mut Vec<Dated<T>>, on: PartialDate, what: &T) -> bool {
    list.push(dated(on, what));
    true
}
