//! What people contest about themselves, and what comes of it.

use sabt_domain::time::Day;
use sabt_proto::event::v1::{self as proto, DisputeGround, DisputeOutcome, act::Body};

use super::permit::adverse;
use super::state::PersonIx;
use super::{Family, Step};
use crate::institutions::Desk;
use crate::when::DayMath;

/// The first Jalali year in which disputes are taken.
const FIRST_YEAR: i32 = 1398;
/// Field groups that people contest, and how often of a hundred.
const CONTESTED: [(&str, u32); 4] = [
    ("ADDRESS", 40),
    ("IDENTITY", 30),
    ("FAMILY", 20),
    ("PRESENCE", 10),
];
const BASIS: &str = "design:7.7";

impl Family {
    /// Somebody contests what is recorded of them in a field group; most are answered.
    pub(super) fn contest(&mut self, day: Day, ix: PersonIx) {
        if !self.may_contest(day, ix) {
            return;
        }
        let (group, _) = *self.draw.weighted(&CONTESTED, |row| row.1);
        let ground = if self.draw.permille(600) {
            DisputeGround::Outdated
        } else {
            DisputeGround::Inaccurate
        };
        let body = self.disputed(ix, Vec::new(), group, ground);
        let desk = Desk::Registrar(self.person(ix).province);
        let dispute = self.accept(desk, day, BASIS, body);
        if self.draw.permille(850) {
            self.plan_within(day, 60, Step::Answer(ix, dispute));
        }
    }

    /// The dispute is rejected with reasons, of which the person was told; one in three takes it back before.
    pub(super) fn answer_dispute(&mut self, day: Day, ix: PersonIx, dispute: [u8; 16]) {
        if !self.person(ix).alive || self.person(ix).closed {
            return;
        }
        let (outcome, decision) = if self.draw.permille(330) {
            (DisputeOutcome::Withdrawn, None)
        } else {
            let decision = adverse(day, "the fact stands as the deed shows it");
            (DisputeOutcome::Rejected, Some(decision))
        };
        self.resolve(day, ix, dispute, outcome, Vec::new(), decision);
    }

    /// True if the person is here, at a time in which disputes are taken.
    pub(super) fn may_contest(&self, day: Day, ix: PersonIx) -> bool {
        self.person(ix).is_here() && FIRST_YEAR <= day.jalali_year()
    }

    /// Somebody finds out how they were registered and contests it; a correction puts it right, and the dispute is upheld
    /// by it. `wrong` is the place of the registration in the plan.
    pub(super) fn contest_registration(&mut self, day: Day, ix: PersonIx, wrong: usize) {
        let target = self.person(ix).registered_by.to_vec();
        let body = self.disputed(ix, target, "", DisputeGround::Inaccurate);
        let desk = Desk::Registrar(self.person(ix).province);
        let dispute = self.accept(desk, day, BASIS, body);
        let corrected = day.plus(self.draw.between(1, 12));
        let correction = self.correct(corrected, ix, wrong).to_vec();
        let outcome = DisputeOutcome::Upheld;
        self.resolve(corrected, ix, dispute, outcome, correction, None);
    }

    fn disputed(
        &mut self,
        ix: PersonIx,
        target_act_id: Vec<u8>,
        field_group: &str,
        ground: DisputeGround,
    ) -> Body {
        Body::DisputeFact(proto::DisputeFact {
            person: self.reference(ix),
            target_act_id,
            field_group: field_group.to_owned(),
            field: String::new(),
            ground: ground.into(),
            statement_reference: format!("statement:{}", self.draw.digits(6)),
        })
    }

    fn resolve(
        &mut self,
        day: Day,
        ix: PersonIx,
        dispute: [u8; 16],
        outcome: DisputeOutcome,
        correction_act_id: Vec<u8>,
        decision: Option<proto::AdverseDecision>,
    ) {
        let body = Body::ResolveDispute(proto::ResolveDispute {
            person: self.reference(ix),
            dispute_act_id: dispute.to_vec(),
            outcome: outcome.into(),
            correction_act_id,
            decision,
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, BASIS, body);
    }
}
