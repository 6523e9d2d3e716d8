//! Random lives against a naive recomputation: what runs on a day is what each fact by itself starts, less what ended it.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a model looks for one kind of fact at a time"
)]

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::act::ActBody;
use crate::life::At;
use crate::time::Timestamp;

/// Acts of one life.
const STEPS: usize = 40;
/// Lives: some ten thousand acts in all.
const LIVES: u32 = 250;

/// What was accepted, in the words of the model.
#[derive(Clone, Copy)]
enum Fact {
    /// With its last day.
    Permit(usize, Day),
    Revoked(usize),
    Visa(usize, Day),
    VisaRevoked(usize),
    Order,
    Served(ActId),
    Appealed(ActId),
    Suspended(usize),
    Extended(ActId, Day),
    Lifted(ActId),
    CauseEnded,
    Held(usize),
    HeldLonger(ActId, Day),
    Notified(ActId),
    Released(ActId),
    Banned(usize, Day),
    BanLifted(usize),
    Annulled(ActId),
}

type Clock = (&'static str, Day, String);

#[derive(Default)]
struct Model {
    facts: Vec<(ActId, Day, Fact)>,
}

impl Model {
    /// Facts that count on a day.
    fn until(&self, day: Day) -> Vec<(ActId, Day, Fact)> {
        let annulled = |act: ActId| {
            let mut facts = self.facts.iter();
            facts.any(|(_, _, fact)| matches!(fact, Fact::Annulled(target) if *target == act))
        };
        let counts = self
            .facts
            .iter()
            .filter(|(act, on, _)| *on <= day && !annulled(*act));
        counts.copied().collect()
    }

    fn acts(&self, wanted: impl Fn(Fact) -> bool) -> Vec<ActId> {
        let facts = self.facts.iter().filter(|(_, _, fact)| wanted(*fact));
        facts.map(|(act, _, _)| *act).collect()
    }

    fn open(&self, day: Day) -> BTreeSet<Clock> {
        let facts = self.until(day);
        let any = |wanted: &dyn Fn(Fact) -> bool| facts.iter().any(|(_, _, fact)| wanted(*fact));
        let mut open = BTreeSet::new();
        for (act, on, fact) in &facts {
            let (act, on) = (*act, *on);
            let clock: Option<Clock> = match *fact {
                Fact::Permit(n, until) => (!any(&|f| matches!(f, Fact::Revoked(m) if m == n)))
                    .then(|| ("PERMIT_ENDS", until, format!("T-{n}"))),
                Fact::Visa(n, until) => (!any(&|f| matches!(f, Fact::VisaRevoked(m) if m == n)))
                    .then(|| ("VISA_ENDS", until, format!("V-{n}"))),
                Fact::Revoked(_) => Some(("OBJECTION", days(on, 3), String::new())),
                Fact::VisaRevoked(_) => Some(("OBJECTION", months(on, 1), String::new())),
                Fact::Served(order) => {
                    (!any(&|f| matches!(f, Fact::Appealed(target) if target == order)))
                        .then(|| ("OBJECTION", days(on, 7), String::new()))
                }
                Fact::Suspended(n) => {
                    let extended = facts.iter().filter_map(|(_, _, fact)| match fact {
                        Fact::Extended(target, until) if *target == act => Some(*until),
                        _ => None,
                    });
                    let term = extended.chain([months(on, 12)]).max().unwrap();
                    (!any(&|f| matches!(f, Fact::Lifted(target) if target == act)))
                        .then(|| ("SUSPENSION_TERM_ENDS", term, format!("E-{n}")))
                }
                Fact::Held(n) => {
                    if !any(&|f| matches!(f, Fact::Notified(target) if target == act)) {
                        open.insert(("HOLDING_NOTICE", days(on, 3), format!("H-{n}")));
                    }
                    let longer = facts.iter().filter_map(|(_, _, fact)| match fact {
                        Fact::HeldLonger(target, until) if *target == act => Some(*until),
                        _ => None,
                    });
                    let until = longer.chain([months(on, 1)]).max().unwrap();
                    (!any(&|f| matches!(f, Fact::Released(target) if target == act)))
                        .then(|| ("HOLDING_ENDS", until, format!("H-{n}")))
                }
                Fact::Banned(n, review) => (!any(&|f| matches!(f, Fact::BanLifted(m) if m == n)))
                    .then(|| ("ENTRY_BAN_REVIEW", review, format!("B-{n}"))),
                _ => None,
            };
            open.extend(clock);
        }
        open.retain(|(kind, due, _)| day <= *due || kind.starts_with("HOLDING"));
        open
    }
}

fn days(start: Day, count: i32) -> Day {
    start.plus_days(count).unwrap()
}

/// So many months later by the numbers of the date; a day that the month does not have is its last one.
fn months(start: Day, count: u32) -> Day {
    let date = start.date_in(Calendar::Jalali).unwrap().to_string();
    let numbers: Vec<u32> = date.split('-').map(|part| part.parse().unwrap()).collect();
    let [year, month, day] = numbers[..] else {
        panic!("{date}");
    };
    let month = month - 1 + count;
    let (year, month) = (year + month / 12, month % 12 + 1);
    let text = |day: u32| format!("{year}-{month:02}-{day:02}");
    let parsed = |day| PartialDate::parse(&text(day), Calendar::Jalali).ok();
    (1..=day).rev().find_map(parsed).unwrap().earliest()
}

fn date(day: Day) -> PartialDate {
    day.date_in(Calendar::Jalali).unwrap()
}

fn pick(acts: &[ActId], seed: usize) -> ActId {
    let found = acts.get(seed % acts.len().max(1));
    found.copied().unwrap_or(ActId([9; 16]))
}

/// An act of a kind on a day; most of those that fit nothing are refused, and are no facts then.
#[expect(clippy::too_many_lines, reason = "a table of acts is one function")]
fn draw(model: &Model, person: PersonNumber, kind: usize, seed: usize, on: Day) -> (ActBody, Fact) {
    let n = seed % 3;
    let served = AdverseDecision {
        served_on: Some(date(on)),
        ..decision()
    };
    let orders = model.acts(|fact| matches!(fact, Fact::Order));
    let suspensions = model.acts(|fact| matches!(fact, Fact::Suspended(_)));
    let holdings = model.acts(|fact| matches!(fact, Fact::Held(_)));
    match kind {
        0 => {
            let until = days(on, 120);
            let body = IssueResidencePermit {
                valid_from: date(on),
                valid_until: Some(date(until)),
                ..permit(
                    person,
                    ResidenceKind::Temporary,
                    &format!("T-{n}"),
                    "1402",
                    "1402",
                )
            };
            (body.into(), Fact::Permit(n, until))
        }
        1 => {
            let body = RevokeResidencePermit {
                person,
                permit_number: format!("T-{n}"),
                decision: Some(served),
            };
            (body.into(), Fact::Revoked(n))
        }
        2 => {
            let until = days(on, 90);
            let body = IssueVisa {
                valid_from: date(on),
                valid_until: date(until),
                ..visa(person, &format!("V-{n}"))
            };
            (body.into(), Fact::Visa(n, until))
        }
        3 => {
            let body = RevokeVisa {
                person,
                visa_number: format!("V-{n}"),
                decision: Some(served),
            };
            (body.into(), Fact::VisaRevoked(n))
        }
        4 => (
            order_expulsion(person, &format!("E-{n}")).into(),
            Fact::Order,
        ),
        5 => {
            let target = pick(&orders, seed);
            let moment = Timestamp::start_of_day_in_tehran(on);
            let body = ServeDecision {
                person,
                decision: target,
                sms_sent_at: moment.plus_seconds(60).unwrap(),
                notice_placed_at: moment.plus_seconds(90).unwrap(),
            };
            (body.into(), Fact::Served(target))
        }
        6 => {
            let target = pick(&orders, seed);
            let body = lodge_appeal(person, target, &format!("A-{seed}"));
            (body.into(), Fact::Appealed(target))
        }
        7 => (
            suspend(person, &format!("E-{n}")).into(),
            Fact::Suspended(n),
        ),
        8 => {
            let (target, until) = (pick(&suspensions, seed), days(on, 400));
            let body = ExtendExpulsionSuspension {
                until: date(until),
                ..extend_suspension(person, target, "1404-01-01")
            };
            (body.into(), Fact::Extended(target, until))
        }
        9 => {
            let target = pick(&suspensions, seed);
            let body = end_suspension(person, target, SuspensionEnding::ALL[seed / 8 % 2]);
            let lifted = body.ending == SuspensionEnding::LiftedByCourt;
            let fact = if lifted {
                Fact::Lifted(target)
            } else {
                Fact::CauseEnded
            };
            (body.into(), fact)
        }
        10 => (
            begin_holding(person, &format!("H-{n}")).into(),
            Fact::Held(n),
        ),
        11 => {
            let (target, until) = (pick(&holdings, seed), days(on, 35));
            let body = ExtendHolding {
                until: date(until),
                ..extend_holding(person, target, "1402-01-01")
            };
            (body.into(), Fact::HeldLonger(target, until))
        }
        12 => {
            let holding = pick(&holdings, seed);
            let body = NotifyOfHolding {
                person,
                holding,
                letter_number: "L".into(),
            };
            (body.into(), Fact::Notified(holding))
        }
        13 => {
            let target = pick(&holdings, seed);
            (end_holding(person, target).into(), Fact::Released(target))
        }
        14 => {
            let review = days(on, 200);
            let body = ImposeEntryBan {
                review_on: date(review),
                decision: Some(served),
                ..ban(person, &format!("B-{n}"))
            };
            (body.into(), Fact::Banned(n, review))
        }
        15 => {
            let body = LiftEntryBan {
                person,
                ban_number: format!("B-{n}"),
                ground: EntryBanLifting::CostsPaid,
                reference: "R".into(),
            };
            (body.into(), Fact::BanLifted(n))
        }
        _ => {
            let target = pick(&model.acts(|fact| !matches!(fact, Fact::Annulled(_))), seed);
            let reason = "wrong".into();
            (AnnulAct { target, reason }.into(), Fact::Annulled(target))
        }
    }
}

/// What the domain tells of a day.
fn told(registry: &Registry, person: PersonNumber, day: Day) -> BTreeSet<Clock> {
    let at = At::day(day);
    let life = registry.life(person);
    let effective = life.effective(at.known_at);
    let events: Vec<_> = effective
        .iter()
        .filter(|effective| effective.event.occurred_on.earliest() <= day)
        .map(|effective| (effective.position, effective.event))
        .collect();
    let open = open(&life.person(&at).unwrap(), &events, [], day);
    let clocks = open.into_iter();
    clocks
        .map(|clock| (clock.kind.code(), clock.due, clock.number))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: LIVES, ..ProptestConfig::default() })]

    #[test]
    fn deadlines_equal_a_naive_recomputation(
        steps in proptest::collection::vec((0_usize..18, 0_usize..256, 0_i32..25), STEPS),
        looks in proptest::collection::vec(0_i32..900, 8),
    ) {
        let mut registry = Registry::new();
        let person = registry.register("1370-01-01", Sex::Male);
        let mut model = Model::default();
        let first = day("1399-02-01");
        let mut on = first;
        for (kind, seed, wait) in steps {
            on = days(on, wait);
            let (body, fact) = draw(&model, person, kind, seed, on);
            let mut act = registry.act("1399-02-01", body);
            act.occurred_on = date(on);
            if let Ok(outcome) = registry.submit(&act) {
                model.facts.push((outcome.id, on, fact));
            }
        }
        for offset in looks {
            let day = days(first, offset);
            prop_assert_eq!(told(&registry, person, day), model.open(day), "on {}", date(day));
        }
    }

    /// What an index of last days rests on: nothing begins to run by itself.
    #[test]
    fn nothing_runs_that_did_not_run_when_it_was_recorded(
        steps in proptest::collection::vec((0_usize..18, 0_usize..256, 0_i32..25), STEPS),
    ) {
        let mut registry = Registry::new();
        let person = registry.register("1370-01-01", Sex::Male);
        let mut model = Model::default();
        let mut on = day("1399-02-01");
        for (kind, seed, wait) in steps {
            on = days(on, wait);
            let (body, fact) = draw(&model, person, kind, seed, on);
            let mut act = registry.act("1399-02-01", body);
            act.occurred_on = date(on);
            if let Ok(outcome) = registry.submit(&act) {
                model.facts.push((outcome.id, on, fact));
            }
        }
        let records = registry.life(person).records();
        let indexed: BTreeSet<u32> = records
            .iter()
            .flat_map(|record| super::super::months(&record.event, record.recorded_at.day_in_tehran()))
            .collect();
        let held = records.iter().any(|record| begins_holding(&record.event));
        let mut before = told(&registry, person, on);
        for (kind, due, _) in &before {
            let found = if kind.starts_with("HOLDING") {
                held
            } else {
                indexed.contains(&month_of(*due))
            };
            prop_assert!(found, "{} on {}", kind, date(*due));
        }
        for wait in [1, 30, 100, 400] {
            let after = told(&registry, person, days(on, wait));
            prop_assert!(after.is_subset(&before));
            before = after;
        }
    }
}
