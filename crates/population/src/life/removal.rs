//! Orders of expulsion and visas taken away, and what becomes of them: served, objected to, suspended, protected against,
//! withdrawn, and rarely carried out.
//!
//! Orders are given to adults without papers alone, who head no household of others. What may stand against an order is
//! drawn with it (`course`), so that an attempt to carry it out meanwhile is refused for a known reason.

mod course;
mod measure;

use std::collections::VecDeque;

use sabt_domain::time::Day;
use sabt_proto::event::v1::{
    self as proto, ExpulsionGround, HoldingEnding, MemberRemovalReason, PersonStatus, act::Body,
};

use super::permit::adverse;
use super::state::{Course as Stay, PersonIx};
use super::{Family, Step};
use crate::institutions::Desk;
use crate::when::{DayMath, last_day};
use course::Measure;

/// A matter of the family, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MatterIx(usize);

/// An order, or a visa that was taken away, and what is still to come of it.
#[derive(Debug, Clone)]
pub(super) struct Matter {
    person: PersonIx,
    /// Number of the order; `None` where a visa was taken away.
    order: Option<String>,
    /// The act that took the decision.
    decision: [u8; 16],
    appeal: [u8; 16],
    session: Vec<u8>,
    suspension: [u8; 16],
    protection: [u8; 16],
    holding: Option<([u8; 16], Day)>,
    ban: String,
    moves: VecDeque<(i32, Measure)>,
}

impl Matter {
    /// A holding on arrival that is over: neither an order nor a visa taken away.
    fn is_settled_intake(&self) -> bool {
        self.order.is_none() && self.decision == [0; 16] && self.moves.is_empty()
    }
}

/// The first Jalali year in which orders are kept.
const FIRST_YEAR: i32 = 1388;
/// Whoever would be older than this by the end of the simulated time is not ordered to leave: age protects from eighty on,
/// and a registry that takes the plan in at once looks at today as well.
const OLDEST: u32 = 74;

impl Family {
    /// An order of expulsion is given.
    pub(super) fn order_expulsion(&mut self, day: Day, ix: PersonIx) {
        if day.jalali_year() < FIRST_YEAR || !self.may_be_ordered(day, ix) {
            return;
        }
        let number = self.serial("E");
        let ground = if self.draw.permille(550) {
            ExpulsionGround::UnlawfulEntry
        } else {
            ExpulsionGround::NoVisaOrCard
        };
        let body = Body::OrderExpulsion(proto::OrderExpulsion {
            person: self.reference(ix),
            order_number: number.clone(),
            decided_by: "BAFIA".to_owned(),
            ground: ground.into(),
            appeal_body: "Commission for Organising Foreign Nationals".to_owned(),
            court_ruling: String::new(),
            destination: self.person(ix).country.to_owned(),
        });
        let desk = Desk::Registrar(self.person(ix).province);
        let decision = self.accept(desk, day, "law:art. 12", body);
        let moves = self.course_of_order();
        self.take_up(day, ix, Some(number), decision, moves);
    }

    /// A visa is taken away, with notice. Some object; most leave.
    pub(super) fn revoke_visa(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        let Some(visa_number) = person.visa.clone().filter(|_| person.is_here()) else {
            return;
        };
        let body = Body::RevokeVisa(proto::RevokeVisa {
            person: self.reference(ix),
            visa_number,
            decision: Some(adverse(day, "art. 11")),
        });
        self.person_mut(ix).visa = None;
        let desk = Desk::Registrar(self.person(ix).province);
        let decision = self.accept(desk, day, "law:art. 11", body);
        let moves = self.course_of_visa();
        self.take_up(day, ix, None, decision, moves);
    }

    fn take_up(
        &mut self,
        day: Day,
        person: PersonIx,
        order: Option<String>,
        decision: [u8; 16],
        moves: VecDeque<(i32, Measure)>,
    ) {
        let matter = MatterIx(self.matters.len());
        self.matters.push(Matter {
            person,
            order,
            decision,
            appeal: [0; 16],
            session: Vec::new(),
            suspension: [0; 16],
            protection: [0; 16],
            holding: None,
            ban: String::new(),
            moves,
        });
        self.plan(day, Step::Matter(matter));
    }

    /// Without papers, grown up, not old, and nobody's provider.
    fn may_be_ordered(&self, day: Day, ix: PersonIx) -> bool {
        let person = self.person(ix);
        let provides = person.home.is_some_and(|home| {
            let home = &self.homes[home.0];
            home.head == Some(ix) && 1 < home.members.len()
        });
        let known = self
            .matters
            .iter()
            .any(|matter| matter.person == ix && !matter.is_settled_intake());
        person.is_here()
            && self.is_removable(ix)
            && 18 <= person.age(day)
            && person.birth.age(last_day()) < OLDEST
            && !provides
            && !known
    }

    /// Somebody who arrives is held until it is settled who they are, a month at most, or half a month longer with the
    /// commission's consent. One in twelve is handed over meanwhile: to a hospital, to a court.
    pub(super) fn take_in(&mut self, day: Day, ix: PersonIx) {
        let mut moves = vec![(0, Measure::Hold), (1, Measure::Notify)];
        if self.chance.permille(120) {
            moves.push((18, Measure::ExtendHolding));
            moves.push((self.chance.between(14, 20), Measure::Release));
        } else if self.chance.permille(90) {
            moves.push((self.chance.between(2, 8), Measure::HandOver));
            moves.push((self.chance.between(3, 9), Measure::Release));
        } else {
            moves.push((self.chance.between(2, 24), Measure::Release));
        }
        self.take_up(day, ix, None, [0; 16], moves.into());
    }

    /// Somebody is held whom the plan does not know to be free again.
    pub(super) fn is_held(&self, ix: PersonIx) -> bool {
        let mut matters = self.matters.iter();
        matters.any(|matter| matter.person == ix && matter.holding.is_some())
    }

    /// Nothing but what the matter itself holds stands between the person and an order.
    fn is_removable(&self, ix: PersonIx) -> bool {
        let person = self.person(ix);
        person.course == Stay::Irregular
            && person.status == Some(PersonStatus::IrregularMigrant)
            && person.permit.is_none()
    }

    /// The next measures of a matter that fall on one day.
    pub(super) fn go_on(&mut self, day: Day, ix: MatterIx) {
        loop {
            let matter = &mut self.matters[ix.0];
            let Some(next) = matter.moves.front_mut() else {
                return;
            };
            if 0 < next.0 {
                let wait = std::mem::take(&mut next.0);
                self.plan(day.plus(wait), Step::Matter(ix));
                return;
            }
            let measure = next.1;
            matter.moves.pop_front();
            let person = self.person(matter_person(&self.matters, ix));
            if !person.alive {
                self.matters[ix.0].moves.clear();
                return;
            }
            if !person.is_here() && !measure.follows_departure() {
                self.matters[ix.0].moves.clear();
                self.let_go(day, ix);
                return;
            }
            self.take_measure(day, ix, measure);
        }
    }

    /// The person has left of their own: the holding ends, and the order is taken back.
    fn let_go(&mut self, day: Day, ix: MatterIx) {
        self.end_holding(day, ix, HoldingEnding::LeftTheCountry);
        self.withdraw(day, ix, "left the country");
    }

    /// The person is out of the country for good, and out of the household.
    fn is_gone(&mut self, day: Day, ix: PersonIx) {
        self.remove_member(day, ix, MemberRemovalReason::Departure);
        let person = self.person_mut(ix);
        person.in_iran = false;
        person.closed = true;
        person.stay = None;
    }
}

fn matter_person(matters: &[Matter], ix: MatterIx) -> PersonIx {
    matters[ix.0].person
}
