//! The courses that an order takes, and how often.

use std::collections::VecDeque;

use sabt_domain::refusal::Reason;
use sabt_proto::event::v1::{AppealOutcome, HoldingEnding, ProtectionKind};

use crate::life::Family;

/// Something that happens to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Serve,
    Hold,
    Notify,
    ExtendHolding,
    EndHolding(HoldingEnding),
    /// Whoever is held on arrival goes free.
    Release,
    /// Whoever is held leaves the camp in the hands of another authority, and stays held.
    HandOver,
    /// Whoever is held is taken to the exit station.
    MoveToExit,
    Appeal,
    Session,
    EndAppeal(AppealOutcome),
    /// Somebody tries to carry the order out, and is refused.
    Attempt(Reason),
    Suspend,
    ExtendSuspension,
    EndSuspension,
    Protect(ProtectionKind),
    EndProtection,
    Return,
    Reside,
    Depart,
    Execute,
    Ban,
    LiftBan,
    Withdraw,
}

impl Measure {
    /// True for what is recorded of somebody who has left.
    pub(super) fn follows_departure(self) -> bool {
        matches!(
            self,
            Measure::Ban | Measure::LiftBan | Measure::Withdraw | Measure::EndHolding(_)
        )
    }
}

/// What becomes of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// Served; the person returns of their own, and the order is withdrawn.
    Returns,
    /// An appeal is accepted: the order is void.
    Voided,
    /// An appeal is rejected, and the order is carried out.
    Rejected,
    /// No appeal; held until the time for one is over, and expelled.
    Unopposed,
    /// The appeal is taken back, and the person returns.
    TakenBack,
    /// A court suspends it, extends that, and lifts it; then it is withdrawn.
    Suspended,
    /// Illness protects; it is withdrawn.
    Protected,
    /// The person is held for longer than a month, with consent, and released.
    Released,
}

/// Of a hundred orders. A quarter is carried out: of the whole population, one or two persons in a thousand.
const COURSES: [(Course, u32); 8] = [
    (Course::Returns, 24),
    (Course::Voided, 20),
    (Course::Rejected, 16),
    (Course::Unopposed, 8),
    (Course::TakenBack, 8),
    (Course::Suspended, 10),
    (Course::Protected, 8),
    (Course::Released, 6),
];

/// Moves with the days between them.
type Moves = Vec<(i32, Measure)>;

impl Family {
    /// Draws what becomes of an order.
    pub(super) fn course_of_order(&mut self) -> VecDeque<(i32, Measure)> {
        let (course, _) = *self.draw.weighted(&COURSES, |row| row.1);
        let served = (self.draw.between(1, 5), Measure::Serve);
        let moves = match course {
            Course::Returns => {
                let returns = (self.draw.between(2, 20), Measure::Return);
                vec![served, returns, (2, Measure::Withdraw)]
            }
            Course::Voided => {
                let mut moves = vec![served];
                moves.extend(self.heard(AppealOutcome::Accepted));
                moves
            }
            Course::Rejected => self.rejected(served),
            Course::TakenBack => {
                let appealed = (self.draw.between(1, 6), Measure::Appeal);
                let taken_back = (3, Measure::EndAppeal(AppealOutcome::Withdrawn));
                let returns = (self.draw.between(2, 15), Measure::Return);
                vec![
                    served,
                    appealed,
                    taken_back,
                    returns,
                    (1, Measure::Withdraw),
                ]
            }
            Course::Unopposed => vec![
                (0, Measure::Hold),
                (1, Measure::Notify),
                served,
                (3, Measure::Attempt(Reason::AppealTimeRunning)),
                (11, Measure::MoveToExit),
                (1, Measure::Execute),
                (0, Measure::EndHolding(HoldingEnding::LeftTheCountry)),
            ],
            Course::Suspended => vec![
                served,
                (5, Measure::Suspend),
                (15, Measure::Attempt(Reason::ExpulsionIsSuspended)),
                (200, Measure::ExtendSuspension),
                (40, Measure::EndSuspension),
                (20, Measure::Withdraw),
            ],
            Course::Protected => vec![
                served,
                (3, Measure::Protect(ProtectionKind::Illness)),
                (10, Measure::Attempt(Reason::RemovalBarred)),
                (80, Measure::EndProtection),
                (5, Measure::Withdraw),
            ],
            Course::Released => vec![
                (0, Measure::Hold),
                (1, Measure::Notify),
                served,
                (18, Measure::ExtendHolding),
                (15, Measure::EndHolding(HoldingEnding::Released)),
                (10, Measure::Withdraw),
            ],
        };
        moves.into()
    }

    /// An appeal that the commission hears; somebody tries to carry the order out meanwhile.
    fn heard(&mut self, outcome: AppealOutcome) -> Moves {
        vec![
            (self.draw.between(1, 6), Measure::Appeal),
            (2, Measure::Attempt(Reason::AppealOpen)),
            (self.draw.between(5, 30), Measure::Session),
            (3, Measure::EndAppeal(outcome)),
        ]
    }

    fn rejected(&mut self, served: (i32, Measure)) -> Moves {
        let outcome = if self.draw.permille(660) {
            AppealOutcome::Rejected
        } else {
            AppealOutcome::Inadmissible
        };
        let mut moves = vec![served];
        moves.extend(self.heard(outcome));
        moves.push((self.draw.between(5, 25), Measure::Execute));
        if self.draw.permille(500) {
            moves.push((4, Measure::Ban));
            moves.push((self.draw.between(60, 400), Measure::LiftBan));
        }
        moves
    }

    /// Draws what becomes of a visa that was taken away: one in three objects, and half of these are right.
    pub(super) fn course_of_visa(&mut self) -> VecDeque<(i32, Measure)> {
        let mut moves = Moves::new();
        let objects = self.draw.permille(330);
        let right = self.draw.permille(500);
        if objects {
            let outcome = if right {
                AppealOutcome::Accepted
            } else {
                AppealOutcome::Rejected
            };
            moves.extend([(2, Measure::Appeal), (4, Measure::Session)]);
            moves.push((2, Measure::EndAppeal(outcome)));
        }
        if objects && right {
            moves.push((3, Measure::Reside));
        } else {
            moves.push((self.draw.between(2, 8), Measure::Depart));
        }
        moves.into()
    }
}
