//! A service case: what somebody asked for, what happened, how it was decided, what followed. Everything here is derived from
//! a [`crate::life::Life`].
//!
//! # The order of steps
//!
//! | step | stands only |
//! |---|---|
//! | inquiry, consultation, opinion, procedure | before a decision |
//! | grant, refusal | where no decision stands |
//! | notice | after a decision, once |
//! | appeal | after notice, one at a time |
//! | paper, nationality, report | after a grant that is in effect |
//! | closing | after notice of what takes something away, and never while an appeal is open |
//!
//! # Readings taken here
//!
//! | question | reading |
//! |---|---|
//! | a late or silent member of the commission | it is told as such and decides nothing: a grant and a refusal each need somebody who decided (AM-21) |
//! | an interview that was missed | an event, never a gate (AM-24) |
//! | by when to appeal | the sources set no time for these services, so that no appeal is late, and a case that was closed opens again by one (AM-22) |
//! | what an appeal does | while it is open, what it is against has no effect (design 7.6) |
//! | when notice was served | from the later of SMS and placing in the national e-mail (TL-09: both are needed) |

mod apply;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::act::{
    ActivityReport, AppealDecision, Applicant, Evidence, Fee, Inquiry, InquiryReply, MemberOpinion,
    NationalityGrant, PaperIssue, Procedure, ServiceNotice,
};
use crate::event::EventBody;
use crate::fact::{
    AppealOutcome, CaseOutcome, CommissionMember, DocumentKey, NoticeManner, OfficeCode,
    ProcedureKind, ProcedureResult, RequestChannel, redacted,
};
use crate::law::{Requirement, ServiceId, TimeLimit};
use crate::life::Life;
use crate::number::{CaseNumber, PersonNumber};
use crate::person::DocumentState;
use crate::time::{Day, PartialDate, Timestamp};

closed_enum! {
    /// How a case stands.
    pub enum CaseState {
        /// Not decided.
        Open = "OPEN",
        /// Decided, and the decision has no effect yet, since it takes something away and was not served.
        NotServed = "NOT_SERVED",
        /// Granted.
        Granted = "GRANTED",
        /// Refused, with effect.
        Refused = "REFUSED",
        /// The person objects; what they object to is suspended.
        UnderAppeal = "UNDER_APPEAL",
        /// Ended.
        Closed = "CLOSED",
    }
}

closed_enum! {
    /// How a member of the commission stands to what they were asked (TL-34).
    pub enum OpinionState {
        /// The 24 hours have not run out.
        Awaited = "AWAITED",
        /// They have, and nothing came.
        Silent = "SILENT",
        /// An opinion came in time.
        Given = "GIVEN",
        /// An opinion came after its time.
        Late = "LATE",
    }
}

/// A case on some day.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceCase {
    /// Its number.
    pub number: CaseNumber,
    /// Which service.
    pub service: ServiceId,
    /// Who asked.
    pub applicant: Applicant,
    /// Registered persons whom it concerns, the applicant first.
    pub persons: Vec<PersonNumber>,
    /// Where it was asked for.
    pub channel: RequestChannel,
    /// Who asked in the applicant's name; may be empty.
    pub representative: String,
    /// What exactly was asked for; may be empty.
    pub request: String,
    /// True if granting the service takes something away.
    pub adverse: bool,
    /// When.
    pub requested_on: PartialDate,
    /// The office that took the request.
    pub office: OfficeCode,
    /// Documents shown.
    pub evidence: Vec<Dated<Evidence>>,
    /// Fees.
    pub fees: Vec<Dated<Fee>>,
    /// Authorities asked.
    pub inquiries: Vec<CaseInquiry>,
    /// Members of the commission asked.
    pub opinions: Vec<AskedMember>,
    /// Interviews, oaths, classes, exams.
    pub procedures: Vec<Dated<Procedure>>,
    /// Decisions, those set aside included; the last one may stand.
    pub decisions: Vec<CaseDecision>,
    /// Papers.
    pub papers: Vec<CasePaper>,
    /// Nationality, if it was granted.
    pub nationality: Option<Dated<NationalityGrant>>,
    /// Reports of the organisation.
    pub reports: Vec<Dated<ActivityReport>>,
    /// How it ended; `None` while it has not.
    pub closure: Option<Closure>,
}

/// Something and its day.
#[derive(Clone, PartialEq, Eq)]
pub struct Dated<T> {
    /// When.
    pub on: PartialDate,
    /// What.
    pub what: T,
}

/// An authority that was asked.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseInquiry {
    /// When.
    pub on: PartialDate,
    /// What was asked.
    pub inquiry: Inquiry,
    /// The reply, and when it came.
    pub reply: Option<Dated<InquiryReply>>,
}

/// A member of the commission that was asked.
#[derive(Clone, PartialEq, Eq)]
pub struct AskedMember {
    /// Who.
    pub member: CommissionMember,
    /// When the particulars were sent.
    pub sent_at: Timestamp,
    /// What came back.
    pub opinion: Option<MemberOpinion>,
}

/// A decision.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseDecision {
    /// When.
    pub on: PartialDate,
    /// True for a grant.
    pub granted: bool,
    /// True if it takes something away: a refusal, or a grant of what is adverse.
    pub adverse: bool,
    /// Who decided.
    pub decided_by: String,
    /// On what ground; may be empty for a grant.
    pub ground: String,
    /// Article, resolution or service it rests on.
    pub legal_basis: String,
    /// Edition of the law tables under which it was taken.
    pub law_edition: String,
    /// Conditions; may be empty.
    pub conditions: String,
    /// From when it holds, if that is stated.
    pub effective_from: Option<PartialDate>,
    /// To whom the person may object; may be empty for a grant.
    pub appeal_body: String,
    /// Notice, once it was served.
    pub notice: Option<Served>,
    /// Objections.
    pub appeals: Vec<CaseAppeal>,
}

/// Notice that was served.
#[derive(Clone, PartialEq, Eq)]
pub struct Served {
    /// From which moment notice counts.
    pub at: Timestamp,
    /// How.
    pub manner: NoticeManner,
    /// In which language.
    pub language: String,
}

/// An objection.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseAppeal {
    /// When.
    pub on: PartialDate,
    /// To whom.
    pub body: String,
    /// Why; may be empty.
    pub ground: String,
    /// How it ended; `None` while it is open.
    pub decision: Option<Dated<AppealDecision>>,
}

/// A paper.
#[derive(Clone, PartialEq, Eq)]
pub struct CasePaper {
    /// When it was issued.
    pub on: PartialDate,
    /// What was issued.
    pub issue: PaperIssue,
    /// Last valid day, extensions included.
    pub valid_until: Option<PartialDate>,
    /// When it was handed over, and to whom.
    pub handed_over: Option<Dated<String>>,
    /// When it lapsed unused.
    pub lapsed_on: Option<PartialDate>,
}

/// The end of a case.
#[derive(Clone, PartialEq, Eq)]
pub struct Closure {
    /// When.
    pub on: PartialDate,
    /// How.
    pub outcome: CaseOutcome,
    /// Withdrawn: the applicant's declaration.
    pub declaration_reference: String,
}

redacted!(
    ServiceCase,
    CaseInquiry,
    AskedMember,
    CaseDecision,
    Served,
    CaseAppeal,
    CasePaper,
    Closure
);

impl ServiceCase {
    /// The decision that stands; `None` before there is one, and after it was set aside.
    pub fn decision(&self) -> Option<&CaseDecision> {
        self.decisions.last().filter(|last| !last.is_set_aside())
    }

    /// The grant, if one stands and is in effect.
    pub fn grant(&self) -> Option<&CaseDecision> {
        self.decision()
            .filter(|decision| decision.granted && decision.is_in_effect())
    }

    /// How it stands.
    pub fn state(&self) -> CaseState {
        if self.closure.is_some() {
            return CaseState::Closed;
        }
        match self.decision() {
            None => CaseState::Open,
            Some(decision) if decision.open_appeal().is_some() => CaseState::UnderAppeal,
            Some(decision) if !decision.is_in_effect() => CaseState::NotServed,
            Some(decision) if decision.granted => CaseState::Granted,
            Some(_) => CaseState::Refused,
        }
    }

    /// Members who still have time on this moment: nothing is decided before they answered or their time is over.
    pub fn awaited(&self, now: Timestamp) -> impl Iterator<Item = CommissionMember> + '_ {
        let awaited = move |asked: &&AskedMember| asked.state(now) == OpinionState::Awaited;
        self.opinions
            .iter()
            .filter(awaited)
            .map(|asked| asked.member)
    }

    /// True if this has happened in the case, with success where something can fail.
    pub fn has(&self, requirement: Requirement) -> bool {
        let passed = |kind| {
            let mut held = self.procedures.iter().filter(|held| held.what.kind == kind);
            held.any(|held| held.what.result == ProcedureResult::Passed)
        };
        match requirement {
            Requirement::Evidence => !self.evidence.is_empty(),
            Requirement::Fee => !self.fees.is_empty(),
            Requirement::Inquiry => {
                let mut asked = self.inquiries.iter();
                !self.inquiries.is_empty() && asked.all(|asked| asked.reply.is_some())
            }
            Requirement::Consultation => !self.opinions.is_empty(),
            Requirement::Interview => passed(ProcedureKind::Interview),
            Requirement::Oath => passed(ProcedureKind::Oath),
            Requirement::Class => passed(ProcedureKind::Class),
            Requirement::Exam => passed(ProcedureKind::Exam),
            Requirement::Report => !self.reports.is_empty(),
        }
    }

    /// The paper with this number.
    pub fn paper(&self, number: &str) -> Option<&CasePaper> {
        let number = crate::fact::comparable(number);
        let of_number = |paper: &&CasePaper| crate::fact::comparable(&paper.issue.number) == number;
        self.papers.iter().rev().find(of_number)
    }
}

impl ServiceCase {
    /// The service of a case and every registered person whom a record of it names, what was annulled or corrected included:
    /// until when it is kept may not depend on what was made of it. `None` if nothing of it can be read.
    pub fn named_in(life: &Life) -> Option<(ServiceId, BTreeSet<PersonNumber>)> {
        let mut named = None;
        for event in life.records().iter().map(|recorded| &recorded.event) {
            let replacement = if let EventBody::ActCorrected(corrected) = &event.body {
                corrected.replacement.as_slice()
            } else {
                &[]
            };
            for event in core::iter::once(event).chain(replacement) {
                if let EventBody::ServiceRequested(requested) = &event.body {
                    let request = &requested.request;
                    let (_, persons) =
                        named.get_or_insert_with(|| (request.service.clone(), BTreeSet::new()));
                    persons.extend(request.persons());
                }
            }
        }
        named
    }

    /// Cases that concern a person, as the records of their life name them, what was annulled or corrected included.
    pub fn concerning(person: &Life) -> BTreeSet<CaseNumber> {
        let events = person.records().iter().map(|recorded| &recorded.event);
        events
            .filter_map(|event| {
                if let EventBody::ServiceCaseOpened(opened) = &event.body {
                    Some(opened.case)
                } else {
                    None
                }
            })
            .collect()
    }

    /// The paper with this key, if no registered person holds it, so that it stands in the case alone.
    pub fn held_paper(&self, key: &DocumentKey) -> Option<&CasePaper> {
        let held = |paper: &&CasePaper| paper.issue.holders.is_empty() && paper.issue.key() == *key;
        self.papers.iter().rev().find(held)
    }
}

impl CaseDecision {
    /// True if an appeal against it was accepted.
    pub fn is_set_aside(&self) -> bool {
        self.appeals.iter().any(|appeal| {
            let outcome = appeal
                .decision
                .as_ref()
                .map(|decision| decision.what.outcome);
            outcome == Some(AppealOutcome::Accepted)
        })
    }

    /// The objection that is not decided.
    pub fn open_appeal(&self) -> Option<&CaseAppeal> {
        self.appeals.iter().find(|appeal| appeal.decision.is_none())
    }

    /// True if it has effect: what takes something away has none before notice, nor while somebody objects.
    pub fn is_in_effect(&self) -> bool {
        !self.adverse || (self.notice.is_some() && self.open_appeal().is_none())
    }
}

impl CasePaper {
    /// State on a day, for a paper that no registered person holds; partial dates are read in the holder's favour.
    pub fn state(&self, day: Day) -> DocumentState {
        let lapsed = self.lapsed_on.is_some_and(|on| on.earliest() <= day);
        if lapsed || self.valid_until.is_some_and(|until| until.latest() < day) {
            DocumentState::Expired
        } else if day < self.issue.valid_from.earliest() {
            DocumentState::NotYetValid
        } else {
            DocumentState::Valid
        }
    }
}

impl AskedMember {
    /// When the time of the member is over ([`TimeLimit::OPINIONS`]); `None` beyond the range of the calendar.
    pub fn due_at(&self) -> Option<Timestamp> {
        TimeLimit::OPINIONS.due_at(self.sent_at).ok().flatten()
    }

    /// How the member stands at a moment.
    pub fn state(&self, now: Timestamp) -> OpinionState {
        let in_time = |at: Timestamp| self.due_at().is_none_or(|due| at <= due);
        match &self.opinion {
            Some(opinion) if in_time(opinion.received_at) => OpinionState::Given,
            Some(_) => OpinionState::Late,
            None if in_time(now) => OpinionState::Awaited,
            None => OpinionState::Silent,
        }
    }
}

impl ServiceNotice {
    /// From which moment notice counts; `None` where a moment that its manner needs is missing.
    pub fn served_at(&self) -> Option<Timestamp> {
        match self.manner {
            NoticeManner::Electronic => Some(self.sms_sent_at?.max(self.placed_at?)),
            NoticeManner::InPerson | NoticeManner::Representative => self.handed_at,
        }
    }
}
