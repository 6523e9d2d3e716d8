//! Random sequences of acts against a naive recomputation: no sequence records an expulsion as carried out against an appeal,
//! a suspension, a protection, a stay or a lawful basis, and none that nothing stands against is refused.

#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::too_many_lines,
    clippy::option_option,
    reason = "a model looks for one kind of fact at a time, and a table of acts is one function"
)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{POLICE, REGISTRAR, UNIT};
use crate::act::*;
use crate::fact::*;
use crate::law::{PersonStatus, ResidenceKind};
use crate::number::{ClaimNumber, PersonNumber};
use crate::refusal::Reason;
use crate::testing::*;
use crate::time::{Calendar, Day, PartialDate};

/// Acts of one sequence.
const STEPS: usize = 60;
/// Sequences: tens of thousands of acts in all.
const SEQUENCES: u32 = 600;

/// What was accepted, in the words of the model.
#[derive(Clone)]
enum Fact {
    Order(usize),
    Serve(usize),
    Appeal(ActId),
    AppealEnd(ActId, AppealOutcome),
    Session,
    Suspend(usize),
    Extend(ActId, Day),
    End(ActId, SuspensionEnding),
    Withdraw(usize),
    Protect,
    Unprotect(ActId),
    Stay,
    Lift(ActId),
    Permit,
    Revoke,
    Refuge,
    Cease,
    Execute(usize),
    Annul(ActId),
}

struct Model {
    born: Day,
    /// Accepted facts in the order of their records.
    facts: Vec<(ActId, Day, Fact)>,
}

impl Model {
    /// True unless an annulment that is itself in force takes it back.
    fn in_force(&self, act: ActId) -> bool {
        !self.facts.iter().any(|(by, _, fact)| {
            matches!(fact, Fact::Annul(target) if *target == act) && self.in_force(*by)
        })
    }

    fn until(&self, day: Day) -> impl Iterator<Item = (ActId, Day, &Fact)> {
        self.facts
            .iter()
            .filter(move |(act, on, _)| *on <= day && self.in_force(*act))
            .map(|(act, on, fact)| (*act, *on, fact))
    }

    /// How the appeal against a decision stands: `None` without one, `Some(None)` while it is open.
    fn appeal(&self, decision: ActId, day: Day) -> Option<Option<AppealOutcome>> {
        let (appeal, ..) = self
            .until(day)
            .find(|(_, _, fact)| matches!(fact, Fact::Appeal(of) if *of == decision))?;
        Some(self.until(day).find_map(|(_, _, fact)| match fact {
            Fact::AppealEnd(of, outcome) if *of == appeal => Some(*outcome),
            _ => None,
        }))
    }

    /// True if the decision was taken and no appeal keeps it from having an effect.
    fn in_effect(&self, decision: ActId, day: Day) -> bool {
        !matches!(
            self.appeal(decision, day),
            Some(None | Some(AppealOutcome::Accepted))
        )
    }

    fn suspension_stands(&self, act: ActId, ruled_on: Day, day: Day) -> bool {
        let mut last = ruled_on.plus_years(Calendar::Jalali, 1).unwrap();
        let mut ended = false;
        for (_, _, fact) in self.until(day) {
            match fact {
                Fact::Extend(of, until) if *of == act => last = last.max(*until),
                Fact::End(of, SuspensionEnding::LiftedByCourt) if *of == act => return false,
                Fact::End(of, SuspensionEnding::CauseEnded) if *of == act => ended = true,
                _ => {}
            }
        }
        !ended || day <= last
    }

    fn is_protected(&self, day: Day) -> bool {
        let age = self.born.completed_years(Calendar::Jalali, day);
        let found = self.until(day).any(|(act, _, fact)| {
            matches!(fact, Fact::Protect)
                && !self
                    .until(day)
                    .any(|(_, _, fact)| matches!(fact, Fact::Unprotect(of) if *of == act))
        });
        found || !(18..80).contains(&age)
    }

    fn is_stayed(&self, day: Day) -> bool {
        self.until(day).any(|(act, _, fact)| {
            matches!(fact, Fact::Stay)
                && !self
                    .until(day)
                    .any(|(_, _, fact)| matches!(fact, Fact::Lift(of) if *of == act))
        })
    }

    fn may_stay(&self, day: Day) -> bool {
        let has = |wanted: fn(&Fact) -> bool| self.until(day).find(|(_, _, fact)| wanted(fact));
        let taken = |wanted: fn(&Fact) -> bool| {
            let mut taken = self.until(day).filter(|(_, _, fact)| wanted(fact));
            taken.any(|(act, ..)| self.in_effect(act, day))
        };
        let permit = has(|fact| matches!(fact, Fact::Permit)).is_some_and(|(_, from, _)| {
            let revoked = taken(|fact| matches!(fact, Fact::Revoke));
            !revoked && day <= from.plus_days(PERMIT_DAYS).unwrap()
        });
        let refuge = has(|fact| matches!(fact, Fact::Refuge)).is_some()
            && !taken(|fact| matches!(fact, Fact::Cease));
        let mut ceased = self
            .until(day)
            .filter(|(_, _, fact)| matches!(fact, Fact::Cease));
        let leaving = ceased.any(|(_, on, _)| day <= on.plus_days(45).unwrap());
        permit || refuge || leaving
    }

    /// True if the time for an appeal against some decision runs, or an appeal is open.
    fn is_appealed(&self, day: Day) -> bool {
        self.until(day).any(|(act, on, fact)| {
            let clock = match fact {
                Fact::Order(order) => {
                    let served = self
                        .until(day)
                        .find(|(_, _, fact)| matches!(fact, Fact::Serve(of) if of == order));
                    served.map(|(_, on, _)| on.plus_days(7).unwrap())
                }
                Fact::Revoke => Some(on.plus_days(3).unwrap()),
                Fact::Cease => None,
                _ => return false,
            };
            match self.appeal(act, day) {
                None => clock.is_some_and(|last| day <= last),
                Some(outcome) => outcome.is_none(),
            }
        })
    }

    /// True if nothing stands against carrying an order out on a day.
    fn may_execute(&self, order: usize, day: Day) -> bool {
        let given = self
            .until(day)
            .find(|(_, _, fact)| matches!(fact, Fact::Order(of) if *of == order));
        let Some((act, ..)) = given else {
            return false;
        };
        let served = self
            .until(day)
            .any(|(_, _, fact)| matches!(fact, Fact::Serve(of) if *of == order));
        let over = self.until(day).any(
            |(_, _, fact)| matches!(fact, Fact::Withdraw(of) | Fact::Execute(of) if *of == order),
        );
        let voided = self.appeal(act, day) == Some(Some(AppealOutcome::Accepted));
        let suspended = self.until(day).any(|(act, on, fact)| {
            matches!(fact, Fact::Suspend(of) if *of == order)
                && self.suspension_stands(act, on, day)
        });
        served
            && !over
            && !voided
            && !suspended
            && !self.is_appealed(day)
            && !self.is_protected(day)
            && !self.is_stayed(day)
            && !self.may_stay(day)
    }

    /// Expulsions that count.
    fn executions(&self) -> Vec<ActId> {
        let executed = |fact: &Fact| matches!(fact, Fact::Execute(_));
        let in_force = self.facts.iter().filter(|(act, _, _)| self.in_force(*act));
        let executions = in_force.filter(|(_, _, fact)| executed(fact));
        executions.map(|(act, _, _)| *act).collect()
    }

    fn acts(&self, wanted: impl Fn(&Fact) -> bool) -> Vec<ActId> {
        let wanted = self.facts.iter().filter(|(_, _, fact)| wanted(fact));
        wanted.map(|(act, _, _)| *act).collect()
    }
}

const PERMIT_DAYS: i32 = 200;

struct Run {
    registry: Registry,
    person: PersonNumber,
    model: Model,
    stays: BTreeMap<ActId, ClaimNumber>,
    accepted: usize,
    executed: usize,
}

/// One of the acts of a kind, if there is one.
fn pick(acts: &[ActId], seed: usize) -> ActId {
    acts.get(seed % acts.len().max(1))
        .copied()
        .unwrap_or(ActId([9; 16]))
}

impl Run {
    fn new(born: &str) -> Self {
        let mut registry = Registry::new();
        with_police(&mut registry);
        let person = registry.register(born, Sex::Female);
        Self {
            registry,
            person,
            model: Model {
                born: day(born),
                facts: vec![],
            },
            stays: BTreeMap::new(),
            accepted: 0,
            executed: 0,
        }
    }

    /// An act of a kind on a day, in the name of who may submit it.
    fn draw(&self, kind: usize, seed: usize, on: PartialDate) -> (&'static str, ActBody, Fact) {
        let (person, model) = (self.person, &self.model);
        let order = seed % 2;
        let number = format!("E-{order}");
        let decisions =
            model.acts(|fact| matches!(fact, Fact::Order(_) | Fact::Revoke | Fact::Cease));
        let appeals = model.acts(|fact| matches!(fact, Fact::Appeal(_)));
        let suspensions = model.acts(|fact| matches!(fact, Fact::Suspend(_)));
        let served = AdverseDecision {
            served_on: Some(on),
            ..decision()
        };
        let later = |days: i32| {
            let day = on.earliest().plus_days(days).unwrap();
            day.date_in(Calendar::Jalali).unwrap()
        };
        match kind {
            0 => (
                REGISTRAR,
                order_expulsion(person, &number).into(),
                Fact::Order(order),
            ),
            1 | 2 => {
                let target = pick(
                    &model.acts(|fact| matches!(fact, Fact::Order(of) if *of == order)),
                    0,
                );
                let mut body = serve_on(person, target, "1402-01-01");
                let moment = crate::time::Timestamp::start_of_day_in_tehran(on.earliest());
                body.sms_sent_at = moment.plus_seconds(60).unwrap();
                body.notice_placed_at = moment.plus_seconds(90).unwrap();
                (REGISTRAR, body.into(), Fact::Serve(order))
            }
            3 => {
                let target = pick(&decisions, seed);
                let body = lodge_appeal(person, target, &format!("A-{seed}"));
                (REGISTRAR, body.into(), Fact::Appeal(target))
            }
            4 => {
                let body = hold_session(person, pick(&appeals, seed));
                (REGISTRAR, body.into(), Fact::Session)
            }
            5 | 6 => {
                let appeal = pick(&appeals, seed);
                let outcome = AppealOutcome::ALL[seed / 8 % 4];
                let held = self.registry.person(person);
                let session = held
                    .removal
                    .appeal(appeal)
                    .and_then(|(_, appeal)| appeal.sessions.first())
                    .map(|session| session.act_id);
                let body = DecideAppeal {
                    session,
                    served_on: Some(on),
                    ..decide_appeal(person, appeal, outcome, "1402-01-01")
                };
                (REGISTRAR, body.into(), Fact::AppealEnd(appeal, outcome))
            }
            7 => (
                REGISTRAR,
                suspend(person, &number).into(),
                Fact::Suspend(order),
            ),
            8 => {
                let target = pick(&suspensions, seed);
                let until = later(400);
                let body = ExtendExpulsionSuspension {
                    until,
                    ..extend_suspension(person, target, "1404-01-01")
                };
                (REGISTRAR, body.into(), Fact::Extend(target, until.latest()))
            }
            9 | 10 => {
                let target = pick(&suspensions, seed);
                let ending = SuspensionEnding::ALL[seed / 8 % 2];
                let body = end_suspension(person, target, ending);
                (REGISTRAR, body.into(), Fact::End(target, ending))
            }
            11 if seed.is_multiple_of(5) => {
                let body = WithdrawExpulsionOrder {
                    person,
                    order_number: number,
                    decided_by: "directorate".into(),
                    reason: "x".into(),
                };
                (REGISTRAR, body.into(), Fact::Withdraw(order))
            }
            11 | 12 => (
                REGISTRAR,
                protect(person, ProtectionKind::Pregnancy).into(),
                Fact::Protect,
            ),
            13 | 14 => {
                let protection = pick(&model.acts(|fact| matches!(fact, Fact::Protect)), seed);
                let body = EndProtection {
                    person,
                    protection,
                    ending: ProtectionEnding::CauseEnded,
                    decision: None,
                };
                (REGISTRAR, body.into(), Fact::Unprotect(protection))
            }
            15 => (UNIT, of_unit(person).into(), Fact::Stay),
            16 | 17 => {
                let stay = pick(&model.acts(|fact| matches!(fact, Fact::Stay)), seed);
                let number = self.stays.get(&stay).copied();
                let number = number.unwrap_or(ClaimNumber::from_serial(99_000_000_000).unwrap());
                (UNIT, lift_stay(number).into(), Fact::Lift(stay))
            }
            18 => {
                let body = IssueResidencePermit {
                    valid_from: on,
                    valid_until: Some(later(PERMIT_DAYS)),
                    ..permit(person, ResidenceKind::Temporary, "T-1", "1402", "1402")
                };
                (REGISTRAR, body.into(), Fact::Permit)
            }
            19 => {
                let body = RevokeResidencePermit {
                    person,
                    permit_number: "T-1".into(),
                    decision: Some(served),
                };
                (REGISTRAR, body.into(), Fact::Revoke)
            }
            // Refuge is granted once, so that the model need not tell one grant from another.
            20 if model.acts(|fact| matches!(fact, Fact::Refuge)).is_empty() => {
                let body = super::super::residence::grant(person, PersonStatus::Refugee);
                (REGISTRAR, body.into(), Fact::Refuge)
            }
            21 => {
                let body = ChangeStatus {
                    person,
                    from: PersonStatus::Refugee,
                    to: PersonStatus::FormerRefugee,
                    decided_by: String::new(),
                    decision: Some(served),
                };
                (REGISTRAR, body.into(), Fact::Cease)
            }
            22..=24 => {
                let facts = &model.facts;
                let target = facts.get(seed % facts.len().max(1));
                let (target, office) = target.map_or((ActId([9; 16]), REGISTRAR), |fact| {
                    let office = match fact.2 {
                        Fact::Stay | Fact::Lift(_) => UNIT,
                        Fact::Execute(_) => POLICE,
                        _ => REGISTRAR,
                    };
                    (fact.0, office)
                });
                (office, super::annul(target).into(), Fact::Annul(target))
            }
            _ => (
                POLICE,
                execute(person, &number).into(),
                Fact::Execute(order),
            ),
        }
    }

    fn step(&mut self, kind: usize, seed: usize, on: PartialDate) {
        let (office, body, fact) = self.draw(kind, seed, on);
        let today = self.registry.now().day_in_tehran();
        let expected = match fact {
            Fact::Execute(order) => Some(
                self.model.may_execute(order, on.earliest())
                    && self.model.may_execute(order, today),
            ),
            _ => None,
        };
        self.registry.as_office(office);
        let mut act = self.registry.act("1402-01-01", body);
        act.occurred_on = on;
        let outcome = self.registry.submit(&act);
        if let (Some(expected), Err(refusal)) = (expected, &outcome) {
            // A later fact may rest on what the expulsion would end; nothing else refuses what nothing stands against.
            let reason = refusal.reason();
            assert!(
                !expected || reason == Reason::LaterActsContradict,
                "refused for {reason:?} on {on}"
            );
        }
        let Ok(outcome) = outcome else {
            return;
        };
        self.accepted += 1;
        assert_ne!(expected, Some(false), "carried out on {on}");
        if let Some(stay) = outcome.claims.first() {
            self.stays.insert(outcome.id, *stay);
        }
        let before = self.model.executions();
        self.model.facts.push((outcome.id, on.earliest(), fact));
        let again = self.model.executions();
        for execution in again.iter().filter(|act| !before.contains(act)) {
            self.executed += 1;
            self.check_again(*execution);
        }
    }

    /// An expulsion that counts from now on, whichever act made it count, has nothing against it but itself.
    fn check_again(&self, execution: ActId) {
        let mut others = Model {
            born: self.model.born,
            facts: self.model.facts.clone(),
        };
        let at = others
            .facts
            .iter()
            .position(|(act, _, _)| *act == execution);
        let (_, on, fact) = others.facts.remove(at.unwrap());
        let Fact::Execute(order) = fact else {
            panic!("no expulsion");
        };
        let today = self.registry.now().day_in_tehran();
        assert!(others.may_execute(order, on) && others.may_execute(order, today));
    }
}

fn of_unit(person: PersonNumber) -> PlaceStayOfRemoval {
    PlaceStayOfRemoval {
        ground: StayGround::AsylumProcedure,
        ..place_stay(person)
    }
}

/// Kinds that a sequence begins with more often, so that it comes as far as an expulsion.
fn kinds() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 0_usize..25, 2 => Just(25), 1 => Just(0), 1 => Just(1)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: SEQUENCES, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_reaches_an_expulsion_against_what_stands(
        born in prop_oneof![4 => Just("1370-01-01"), 1 => Just("1324-06-01"), 1 => Just("1386-03-01")],
        steps in proptest::collection::vec((kinds(), 0_usize..256, 0_i32..900), STEPS),
    ) {
        let mut run = Run::new(born);
        let first = day("1402-10-01");
        for (kind, seed, offset) in steps {
            let on = first.plus_days(offset).unwrap().date_in(Calendar::Jalali).unwrap();
            run.step(kind, seed, on);
        }
    }
}

/// The sequences do come to expulsions, and to refusals of expulsions, so that the comparison says something.
#[test]
fn an_easy_sequence_comes_to_an_expulsion() {
    let mut run = Run::new("1370-01-01");
    for (kind, date) in [(0, "1403-01-01"), (1, "1403-01-02"), (25, "1403-02-01")] {
        run.step(kind, 0, on(date));
    }
    assert_eq!((run.accepted, run.executed), (3, 1));
}
