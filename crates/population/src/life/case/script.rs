//! What happens in a case, and after how many days.

use std::collections::VecDeque;

use sabt_domain::law::{Requirement, Service};
use sabt_proto::event::v1::{
    AppealOutcome, CaseOutcome, CommissionMember, Opinion, ProcedureKind, ProcedureResult,
};

use crate::life::Family;

/// A step of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    Evidence,
    Fee,
    Inquire,
    Reply,
    Consult,
    Opinion(CommissionMember, Opinion),
    Procedure(ProcedureKind, ProcedureResult),
    Grant,
    Refuse,
    Serve,
    Appeal,
    AppealDecided(AppealOutcome),
    Paper,
    HandOver,
    Extend,
    Lapse,
    Nationality,
    Report,
    Close(CaseOutcome),
}

/// Members of the commission whose opinion is asked for a residence document, in the population.
pub(super) const ASKED: [CommissionMember; 2] =
    [CommissionMember::Police, CommissionMember::Labour];

impl Family {
    /// Draws what will happen in a case of a service.
    pub(super) fn script(&mut self, service: &Service) -> VecDeque<(i32, Move)> {
        let mut moves = VecDeque::from([(0, Move::Evidence)]);
        if service.allows(Requirement::Fee) {
            moves.push_back((0, Move::Fee));
        }
        if self.draw.permille(30) && !service.adverse {
            moves.push_back((self.days(2, 20), Move::Close(CaseOutcome::Withdrawn)));
            return moves;
        }
        self.prepare(service, &mut moves);
        let refused = self.draw.permille(if service.adverse { 300 } else { 90 });
        let decision = if refused { Move::Refuse } else { Move::Grant };
        moves.push_back((self.days(1, 8), decision));
        // Whoever loses something by the decision is told, and may object.
        let loses = refused != service.adverse;
        let mut granted = !refused;
        if loses {
            moves.push_back((self.days(1, 4), Move::Serve));
            granted = self.object(granted, &mut moves);
        } else if self.draw.permille(400) {
            moves.push_back((self.days(0, 2), Move::Serve));
        }
        if granted {
            self.hand_out(service, &mut moves);
        }
        let outcome = if granted {
            CaseOutcome::Granted
        } else {
            CaseOutcome::Refused
        };
        moves.push_back((self.days(0, 3), Move::Close(outcome)));
        moves
    }

    /// What comes before the decision.
    fn prepare(&mut self, service: &Service, moves: &mut VecDeque<(i32, Move)>) {
        if service.allows(Requirement::Inquiry) {
            moves.push_back((self.days(0, 3), Move::Inquire));
            moves.push_back((self.days(3, 15), Move::Reply));
        }
        if service.allows(Requirement::Consultation) && self.draw.permille(500) {
            moves.push_back((self.days(0, 2), Move::Consult));
            for member in ASKED {
                // One member in eight is silent, and the decision does not wait for it (AM-21).
                if !self.draw.permille(125) {
                    let opinion = *self.draw.pick(&[
                        Opinion::Favourable,
                        Opinion::Favourable,
                        Opinion::Favourable,
                        Opinion::Abstained,
                        Opinion::Unfavourable,
                    ]);
                    moves.push_back((0, Move::Opinion(member, opinion)));
                }
            }
            // Their time has passed (TL-34).
            moves.push_back((2, Move::Evidence));
        }
        for (requirement, kind) in [
            (Requirement::Interview, ProcedureKind::Interview),
            (Requirement::Class, ProcedureKind::Class),
            (Requirement::Exam, ProcedureKind::Exam),
            (Requirement::Oath, ProcedureKind::Oath),
        ] {
            let needed = service.needs.contains(&requirement);
            if service.allows(requirement) && (needed || self.draw.permille(150)) {
                if self.draw.permille(150) {
                    let failed = ProcedureResult::Failed;
                    moves.push_back((self.days(5, 30), Move::Procedure(kind, failed)));
                }
                let passed = ProcedureResult::Passed;
                moves.push_back((self.days(5, 40), Move::Procedure(kind, passed)));
            }
        }
    }

    /// One in three objects; of these two in five are right, and the case is decided anew. True if it is granted in the
    /// end.
    fn object(&mut self, granted: bool, moves: &mut VecDeque<(i32, Move)>) -> bool {
        if !self.draw.permille(330) {
            return granted;
        }
        moves.push_back((self.days(2, 20), Move::Appeal));
        let outcome = match self.draw.below(10) {
            0..4 => AppealOutcome::Accepted,
            4..8 => AppealOutcome::Rejected,
            8 => AppealOutcome::Inadmissible,
            _ => AppealOutcome::Withdrawn,
        };
        moves.push_back((self.days(10, 40), Move::AppealDecided(outcome)));
        if outcome != AppealOutcome::Accepted {
            return granted;
        }
        let anew = if granted { Move::Refuse } else { Move::Grant };
        moves.push_back((self.days(1, 6), anew));
        !granted
    }

    /// What follows a grant.
    fn hand_out(&mut self, service: &Service, moves: &mut VecDeque<(i32, Move)>) {
        if service.grants_nationality {
            moves.push_back((self.days(5, 30), Move::Nationality));
        }
        if !service.papers.is_empty() {
            moves.push_back((self.days(0, 3), Move::Paper));
            moves.push_back((self.days(0, 4), Move::HandOver));
            if self.draw.permille(120) {
                moves.push_back((self.days(20, 29), Move::Extend));
            }
            if self.draw.permille(120) {
                moves.push_back((self.days(35, 50), Move::Lapse));
            }
        }
        if service.allows(Requirement::Report) {
            moves.push_back((self.days(90, 200), Move::Report));
        }
    }

    fn days(&mut self, least: i32, most: i32) -> i32 {
        self.draw.between(least, most)
    }
}
