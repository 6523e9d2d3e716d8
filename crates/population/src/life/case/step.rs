//! The steps of a case as acts.

use sabt_domain::time::{Day, Timestamp};
use sabt_proto::event::v1::{
    self as proto, AppealOutcome, CaseOutcome, CommissionMember, EvidenceKind, FeeState,
    MemberRemovalReason, NationalityBasis, NoticeManner, Opinion, ProcedureKind, ProcedureResult,
    ReplyClass, advance_case::Step as CaseStep,
};

use super::script::{ASKED, Move};
use super::{CaseIx, Family};
use crate::life::state::Spouse;
use crate::tables::Sex;
use crate::when::{DayMath, stated_jalali};

/// Minutes after midnight at which notices go out: before the counters open.
const NOTICE_MINUTE: i64 = 7 * 60 + 40;
const MINUTE_US: i64 = 60_000_000;
/// Fees in rial: 150,000 for a slip (services row 25), more for what takes longer.
const FEES_RIAL: [u64; 4] = [150_000, 320_000, 550_000, 1_200_000];
/// To whom people turn against a decision.
const APPEAL_BODY: &str = "Commission for Organising Foreign Nationals";

/// A moment of a day before the counters open, microseconds.
pub(in crate::life) fn before_office_hours(day: Day) -> i64 {
    Timestamp::start_of_day_in_tehran(day).micros() + NOTICE_MINUTE * MINUTE_US
}

impl Family {
    /// Records a step of a case.
    pub(super) fn make_move(&mut self, day: Day, ix: CaseIx, next: Move) {
        let step = match next {
            Move::Evidence => self.evidence(day),
            Move::Fee => self.fee(),
            Move::Inquire => inquire(),
            Move::Reply => self.reply(),
            Move::Consult => CaseStep::CommissionConsulted(proto::Consultation {
                members: ASKED.map(i32::from).to_vec(),
                sent_at: before_office_hours(day),
            }),
            Move::Opinion(member, opinion) => opinion_of(day, member, opinion),
            Move::Procedure(kind, result) => self.held(kind, result),
            Move::Grant => self.grant_case(day, ix),
            Move::Refuse => self.refuse_case(ix),
            Move::Serve => self.notice(day),
            Move::Appeal => {
                self.cases[ix.0].appealed = true;
                CaseStep::AppealLodged(proto::ServiceAppeal {
                    body: APPEAL_BODY.to_owned(),
                    ground: "the papers were not looked at".to_owned(),
                })
            }
            Move::AppealDecided(outcome) => self.end_appeal(ix, outcome),
            Move::Report => CaseStep::ReportReceived(proto::ActivityReport {
                reference: format!("report:{}", self.draw.digits(5)),
                period: day.jalali_year().to_string(),
            }),
            Move::Close(outcome) => {
                self.close_case(day, ix, outcome);
                return;
            }
            Move::Paper | Move::HandOver | Move::Extend | Move::Lapse | Move::Nationality => {
                match self.follow(day, ix, next) {
                    Some(step) => step,
                    None => return,
                }
            }
        };
        self.record_step(day, ix, step);
    }

    /// What follows a grant, as far as it still can.
    fn follow(&mut self, day: Day, ix: CaseIx, next: Move) -> Option<CaseStep> {
        if next == Move::Paper {
            self.paper(day, ix)
        } else if next == Move::HandOver {
            self.hand_over(ix)
        } else if next == Move::Extend {
            self.extension(ix)
        } else if next == Move::Lapse {
            self.lapse(ix)
        } else {
            self.nationality(day, ix)
        }
    }

    /// Closes a case.
    pub(super) fn close_case(&mut self, day: Day, ix: CaseIx, outcome: CaseOutcome) {
        let declaration_reference = match outcome {
            CaseOutcome::Withdrawn => format!("declaration:{}", self.draw.digits(6)),
            CaseOutcome::Unspecified
            | CaseOutcome::Granted
            | CaseOutcome::Refused
            | CaseOutcome::ApplicantDied => String::new(),
        };
        let step = CaseStep::CaseClosed(proto::CaseClosure {
            outcome: outcome.into(),
            declaration_reference,
        });
        self.record_step(day, ix, step);
    }

    fn evidence(&mut self, day: Day) -> CaseStep {
        let (kind, _) = *self.draw.weighted(
            &[
                (EvidenceKind::IdentityPaper, 400),
                (EvidenceKind::ResidencePaper, 350),
                (EvidenceKind::CivilStatusDeed, 100),
                (EvidenceKind::AgencyLetter, 90),
                (EvidenceKind::Photo, 60),
            ],
            |row| row.1,
        );
        CaseStep::EvidenceAttached(proto::Evidence {
            kind: kind.into(),
            issuer: String::new(),
            number: self.draw.digits(8),
            issued_on: Some(stated_jalali(day.plus(-self.draw.between(10, 900)))),
            original: self.draw.permille(700),
            checked_by: format!("K{}", 1000 + self.draw.below(40)),
        })
    }

    fn fee(&mut self) -> CaseStep {
        let waived = self.draw.permille(120);
        CaseStep::FeeRecorded(if waived {
            proto::Fee {
                state: FeeState::Waived.into(),
                waiver_ground: "vulnerable household".to_owned(),
                ..proto::Fee::default()
            }
        } else {
            proto::Fee {
                state: FeeState::Paid.into(),
                amount_rial: *self.draw.pick(&FEES_RIAL),
                receipt_number: self.draw.digits(10),
                waiver_ground: String::new(),
            }
        })
    }

    fn reply(&mut self) -> CaseStep {
        let (reply, _) = *self.draw.weighted(
            &[
                (ReplyClass::NoObjection, 600),
                (ReplyClass::Confirmed, 250),
                (ReplyClass::NoRecord, 150),
            ],
            |row| row.1,
        );
        CaseStep::InquiryReplyReceived(proto::InquiryReply {
            inquiry: INQUIRY.to_owned(),
            reply: reply.into(),
            reference: format!("reply:{}", self.draw.digits(6)),
        })
    }

    fn held(&mut self, kind: ProcedureKind, result: ProcedureResult) -> CaseStep {
        CaseStep::ProcedureHeld(proto::Procedure {
            kind: kind.into(),
            result: result.into(),
            reference: format!("minute:{}", self.draw.digits(5)),
        })
    }

    fn grant_case(&mut self, day: Day, ix: CaseIx) -> CaseStep {
        let case = &mut self.cases[ix.0];
        case.decided = true;
        let against = |text: &str| {
            let text = if case.service.adverse { text } else { "" };
            text.to_owned()
        };
        CaseStep::ServiceGranted(proto::ServiceGrant {
            decided_by: "BAFIA".to_owned(),
            ground: against("papers used by another person"),
            effective_from: Some(stated_jalali(day)),
            conditions: String::new(),
            appeal_body: against(APPEAL_BODY),
        })
    }

    fn refuse_case(&mut self, ix: CaseIx) -> CaseStep {
        self.cases[ix.0].decided = true;
        let grounds = [
            "a paper that the service asks for is missing",
            "the reply to the inquiry does not support the request",
            "the applicant is not among those whom the service is for",
        ];
        CaseStep::ServiceRefused(proto::ServiceRefusal {
            decided_by: "BAFIA".to_owned(),
            ground: (*self.draw.pick(&grounds)).to_owned(),
            appeal_body: APPEAL_BODY.to_owned(),
        })
    }

    fn notice(&mut self, day: Day) -> CaseStep {
        let at = before_office_hours(day);
        let electronic = self.draw.permille(700);
        CaseStep::DecisionServed(proto::ServiceNotice {
            manner: if electronic {
                NoticeManner::Electronic
            } else {
                NoticeManner::InPerson
            }
            .into(),
            sms_sent_at: if electronic { at } else { 0 },
            placed_at: if electronic { at + MINUTE_US } else { 0 },
            handed_at: if electronic { 0 } else { at },
            language: "fa".to_owned(),
        })
    }

    fn end_appeal(&mut self, ix: CaseIx, outcome: AppealOutcome) -> CaseStep {
        self.cases[ix.0].appealed = false;
        CaseStep::AppealDecided(proto::AppealDecision {
            outcome: outcome.into(),
            decided_by: APPEAL_BODY.to_owned(),
            ground: "the minute of the session".to_owned(),
        })
    }

    /// The person becomes Iranian, and the record is closed: only where nobody of the family is left half-way.
    fn nationality(&mut self, day: Day, ix: CaseIx) -> Option<CaseStep> {
        let (person, service) = {
            let case = &self.cases[ix.0];
            (*case.persons.first()?, case.service.id.as_str())
        };
        let wife = self.person(person).sex == Sex::Female
            && matches!(self.person(person).spouse, Spouse::Iranian(_));
        let basis = match service {
            "10031076101" => NationalityBasis::IranianMother,
            "10032154103" if wife => NationalityBasis::Marriage,
            "10012154102" if self.is_settled(day, person) => NationalityBasis::Residence,
            _ => return None,
        };
        self.cases[ix.0].naturalised = true;
        self.remove_member(day, person, MemberRemovalReason::Other);
        let number = self.reference(person);
        let national_number = self.iranian();
        let closed = self.person_mut(person);
        closed.closed = true;
        closed.status = None;
        closed.permit = None;
        closed.papers.clear();
        closed.stay = None;
        Some(CaseStep::NationalityGranted(proto::NationalityGrant {
            person: number,
            basis: basis.into(),
            certificate_number: format!("N/{}", self.draw.digits(6)),
            certificate_date: Some(stated_jalali(day)),
            national_number,
        }))
    }
}

/// The one inquiry of a case, by its number there.
const INQUIRY: &str = "1";

fn inquire() -> CaseStep {
    CaseStep::InquirySent(proto::Inquiry {
        inquiry: INQUIRY.to_owned(),
        authority: "civil registration".to_owned(),
        question: "whether the papers are genuine".to_owned(),
        due_on: None,
    })
}

fn opinion_of(day: Day, member: CommissionMember, opinion: Opinion) -> CaseStep {
    let reasons = match opinion {
        Opinion::Unfavourable => "the workplace stated was not found",
        Opinion::Unspecified | Opinion::Favourable | Opinion::Abstained => "",
    };
    CaseStep::OpinionRecorded(proto::MemberOpinion {
        member: member.into(),
        opinion: opinion.into(),
        reasons: reasons.to_owned(),
        received_at: before_office_hours(day) + MINUTE_US,
    })
}
