//! Orders of expulsion and what belongs to them, and the one check that stands before every record of an expulsion.

mod appeal;
mod departure;
mod holding;
mod protection;

use std::collections::{BTreeMap, BTreeSet};

use super::residence::check_border_point;
use super::scene::Scene;
use super::standing::with_events;
use super::status::check_adverse;
use super::{Decided, States};
use crate::act::{
    ActId, EndExpulsionSuspension, ExecuteExpulsion, ExtendExpulsionSuspension, ImposeEntryBan,
    LiftEntryBan, OrderExpulsion, RecordViolationDecision, RevokeVisa, SubjectId, SuspendExpulsion,
    WithdrawExpulsionOrder,
};
use crate::event::{Event, EventBody};
use crate::fact::{EntryBanGround, EntryBanLifting, SuspensionEnding};
use crate::life::{At, Life};
use crate::number::PersonNumber;
use crate::person::{Decision, ExpulsionOrder, Obstacle, Person};
use crate::refusal::{Reason, Refusal};
use crate::time::{Day, Timestamp};

pub(super) use self::appeal::{decide_appeal, hold_session, lodge_appeal, serve};
pub(super) use self::departure::{third_country, voluntary_return};
pub(super) use self::holding::{begin_holding, end_holding, extend_holding, notify_of_holding};
pub(super) use self::protection::{end_protection, lift_stay, place_stay, record_protection};

const ORDER_RULE: &str = "law:art. 12, design:7.6";
const SUSPENSION_RULE: &str = "law:art. 18 (TL-30, AM-39)";
const BAN_RULE: &str = "law:art. 9(5), 12 note 2 (AM-48)";
const VISA_RULE: &str = "law:art. 11";
const VIOLATION_RULE: &str = "service:12012154115 (row 24)";

/// An order names its decider and the body to which the person may turn. Whoever the person is, an order may be given: what
/// protects them stands against carrying it out.
pub(super) fn order(scene: &Scene<'_>, body: &OrderExpulsion) -> Result<Vec<Decided>, Refusal> {
    scene.living(body.person)?;
    check_new_number(scene, body.person, &body.order_number)?;
    let rule = body.ground.source();
    if body.decided_by.trim().is_empty() {
        return Err(Refusal::new(Reason::DeciderMissing, rule));
    }
    if body.appeal_body.trim().is_empty() {
        return Err(Refusal::new(Reason::AppealBodyMissing, rule));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::ExpulsionOrdered(body.clone()),
    )])
}

/// Numbers of orders, appeals and bans of one person differ, so that each of them names one thing.
fn check_new_number(scene: &Scene<'_>, person: PersonNumber, number: &str) -> Result<(), Refusal> {
    if scene.whole_person(person)?.removal.has_number(number) {
        return Err(Refusal::new(Reason::NumberInUse, ORDER_RULE));
    }
    Ok(())
}

/// The order with this number, which stands on the day of the fact.
fn standing_order<'person>(
    person: &'person Person,
    number: &str,
) -> Result<&'person ExpulsionOrder, Refusal> {
    let Some(order) = person.removal.order(number) else {
        return Err(Refusal::new(Reason::UnknownOrder, ORDER_RULE));
    };
    if order.stands() {
        Ok(order)
    } else {
        Err(Refusal::new(Reason::ExpulsionOrderEnded, ORDER_RULE))
    }
}

/// A court suspends an order that stands.
pub(super) fn suspend(scene: &Scene<'_>, body: &SuspendExpulsion) -> Result<Vec<Decided>, Refusal> {
    standing_order(&scene.living(body.person)?, &body.order_number)?;
    Ok(vec![scene.about(
        body.person,
        EventBody::ExpulsionSuspended(body.clone()),
    )])
}

/// A court extends a suspension: to a later day than the one it had.
pub(super) fn extend_suspension(
    scene: &Scene<'_>,
    body: &ExtendExpulsionSuspension,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    let (_, suspension) = suspension_of(&person, body.suspension)?;
    let extended = suspension.extended_until;
    if extended.is_some_and(|until| body.until.latest() <= until.latest())
        || body.until.latest() < scene.day()
    {
        return Err(Refusal::new(Reason::TermReversed, SUSPENSION_RULE)
            .with_remedy("State a last day after the one that the suspension has."));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::ExpulsionSuspensionExtended(body.clone()),
    )])
}

/// A suspension that no court has lifted.
fn suspension_of(
    person: &Person,
    act: ActId,
) -> Result<(&ExpulsionOrder, &crate::person::Suspension), Refusal> {
    let lifted = |ending| ending == SuspensionEnding::LiftedByCourt;
    person
        .removal
        .suspension(act)
        .filter(|(_, suspension)| !suspension.ended.is_some_and(|(_, ending)| lifted(ending)))
        .ok_or_else(|| Refusal::new(Reason::SuspensionUnknown, SUSPENSION_RULE))
}

/// The cause of a suspension ends, which leaves the rest of its term, or a court lifts it.
pub(super) fn end_suspension(
    scene: &Scene<'_>,
    body: &EndExpulsionSuspension,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    let (_, suspension) = suspension_of(&person, body.suspension)?;
    match body.ending {
        SuspensionEnding::CauseEnded if suspension.ended.is_some() => {
            return Err(Refusal::new(Reason::SuspensionUnknown, SUSPENSION_RULE));
        }
        SuspensionEnding::LiftedByCourt if body.ruling_number.trim().is_empty() => {
            return Err(Refusal::new(Reason::GroundMissing, SUSPENSION_RULE)
                .with_message("No ruling of a court is named that lifts the suspension.")
                .with_remedy("Name the ruling, or record that the cause has ended."));
        }
        SuspensionEnding::CauseEnded | SuspensionEnding::LiftedByCourt => {}
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::ExpulsionSuspensionEnded(body.clone()),
    )])
}

/// An order that stands is taken back.
pub(super) fn withdraw(
    scene: &Scene<'_>,
    body: &WithdrawExpulsionOrder,
) -> Result<Vec<Decided>, Refusal> {
    standing_order(&scene.living(body.person)?, &body.order_number)?;
    Ok(vec![scene.about(
        body.person,
        EventBody::ExpulsionOrderWithdrawn(body.clone()),
    )])
}

/// An expulsion was carried out. What stands against it is looked at in [`check_executions`], wherever the record comes from.
pub(super) fn execute(scene: &Scene<'_>, body: &ExecuteExpulsion) -> Result<Vec<Decided>, Refusal> {
    scene.living(body.person)?;
    check_border_point(&body.border_point)?;
    Ok(vec![scene.about(
        body.person,
        EventBody::ExpulsionExecuted(body.clone()),
    )])
}

/// An entry ban is an adverse act with a day of review after it (AM-48).
pub(super) fn impose_ban(
    scene: &Scene<'_>,
    body: &ImposeEntryBan,
) -> Result<Vec<Decided>, Refusal> {
    scene.living(body.person)?;
    check_new_number(scene, body.person, &body.ban_number)?;
    check_adverse(scene, body.decision.as_ref(), BAN_RULE)?;
    if body.review_on.latest() <= scene.day() {
        return Err(Refusal::new(Reason::TermReversed, BAN_RULE)
            .with_message("The ban is not to be looked at again after it began.")
            .with_remedy("State a day of review after the day of the ban."));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::EntryBanImposed(body.clone()),
    )])
}

/// A ban for unpaid costs ends when they are paid (TL-21); every ban may end when it is looked at again.
pub(super) fn lift_ban(scene: &Scene<'_>, body: &LiftEntryBan) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    let ban = person.removal.ban(&body.ban_number);
    let Some(ban) = ban.filter(|ban| ban.lifted.is_none()) else {
        return Err(Refusal::new(Reason::EntryBanUnknown, BAN_RULE));
    };
    if body.ground == EntryBanLifting::CostsPaid && ban.ground != EntryBanGround::CostsUnpaid {
        return Err(Refusal::new(Reason::NotEligible, BAN_RULE)
            .with_message("The ban does not rest on unpaid costs.")
            .with_remedy("Look at the ban again, and lift it as reviewed."));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::EntryBanLifted(body.clone()),
    )])
}

/// A visa is taken away: an adverse act.
pub(super) fn revoke_visa(scene: &Scene<'_>, body: &RevokeVisa) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    let mut visas = person.visas.iter();
    let Some(visa) = visas.find(|visa| visa.number == body.visa_number) else {
        return Err(Refusal::new(Reason::UnknownPermit, VISA_RULE));
    };
    if visa.end.is_some() {
        return Err(Refusal::new(Reason::PermitNotInForce, VISA_RULE));
    }
    check_adverse(scene, body.decision.as_ref(), VISA_RULE)?;
    Ok(vec![
        scene.about(body.person, EventBody::VisaRevoked(body.clone())),
    ])
}

/// Documents lose their validity for a violation: an adverse act about one person. Each must be live.
pub(super) fn record_violation(
    scene: &Scene<'_>,
    body: &RecordViolationDecision,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    if body.documents.is_empty() {
        return Err(Refusal::field(
            "record_violation_decision.documents",
            "is missing",
        ));
    }
    let mut keys = BTreeSet::new();
    for document in &body.documents {
        let key = document.key();
        let Some(held) = person.document(&key) else {
            return Err(Refusal::new(Reason::UnknownDocument, VIOLATION_RULE));
        };
        if held.end.is_some() || !keys.insert(key) {
            return Err(Refusal::new(Reason::DocumentNotLive, VIOLATION_RULE));
        }
    }
    check_adverse(scene, body.decision.as_ref(), VIOLATION_RULE)?;
    Ok(vec![scene.about(
        body.person,
        EventBody::ViolationDecisionRecorded(body.clone()),
    )])
}

/// A record of an expulsion that counts, and by which content it does.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Execution {
    act_id: ActId,
    position: u64,
    index: usize,
    corrected_by: Option<ActId>,
    day: Day,
    order_number: String,
}

/// The records of expulsions in a life that count.
fn executions(life: &Life) -> BTreeSet<Execution> {
    let effective = life.effective(Timestamp::from_micros(i64::MAX));
    let executed = effective.iter().filter_map(|effective| {
        let EventBody::ExpulsionExecuted(executed) = &effective.event.body else {
            return None;
        };
        Some(Execution {
            act_id: effective.act_id,
            position: effective.position,
            index: effective.index,
            corrected_by: effective.corrected_by,
            day: effective.event.occurred_on.earliest(),
            order_number: executed.order_number.clone(),
        })
    });
    executed.collect()
}

/// Persons among the lives loaded of whom an expulsion was ever recorded as carried out, in force or not. An amendment may put
/// it in force again, and then what stands against it is looked at.
pub(super) fn executed(states: &States) -> BTreeSet<PersonNumber> {
    let of_person = states.lives.iter().filter_map(|(subject, life)| {
        let SubjectId::Person(number) = subject else {
            return None;
        };
        let mut events = life.records().iter().map(|recorded| &recorded.event);
        events.any(states_execution).then_some(*number)
    });
    of_person.collect()
}

/// True if an event says, by itself or in the place of another, that an expulsion was carried out.
fn states_execution(event: &Event) -> bool {
    event.states(|body| matches!(body, EventBody::ExpulsionExecuted(_)))
}

/// Refuses whatever would make a record of an expulsion count while something stands against the expulsion: the act that
/// records it, a correction of that, or an amendment that puts it in force again.
///
/// It is looked at both on the day of the expulsion and today, with all that is known: an appeal that was lodged since, or
/// a protection that was found since, stands against the record of an earlier day as well.
pub(super) fn check_executions(scene: &Scene<'_>, decided: &[Decided]) -> Result<(), Refusal> {
    let mut by_person: BTreeMap<PersonNumber, Vec<&Event>> = BTreeMap::new();
    for part in decided {
        if let SubjectId::Person(number) = part.subject {
            by_person.entry(number).or_default().push(&part.event);
        }
    }
    let none = Life::default();
    for (number, events) in by_person {
        let before = scene.life(number).unwrap_or(&none);
        // Nothing can make a record of an expulsion count where there is none.
        let mut recorded = before.records().iter().map(|recorded| &recorded.event);
        if !recorded.any(states_execution) && !events.iter().copied().any(states_execution) {
            continue;
        }
        let after = with_events(before, scene.act().id, &events);
        for execution in executions(&after).difference(&executions(before)) {
            let today = scene.facts().now.day_in_tehran();
            for day in [execution.day, today] {
                check_execution(scene, &after, number, execution, day)?;
            }
        }
    }
    Ok(())
}

fn check_execution(
    scene: &Scene<'_>,
    life: &Life,
    number: PersonNumber,
    execution: &Execution,
    day: Day,
) -> Result<(), Refusal> {
    let person = life.without(execution.act_id).person(&At::day(day));
    let Some(person) = person else {
        return Err(Refusal::new(Reason::UnknownOrder, ORDER_RULE));
    };
    let order = standing_order(&person, &execution.order_number)?;
    let obstacles = person.obstacles(order, has_stay(scene, number, day), day);
    match obstacles.first() {
        None => Ok(()),
        Some(Obstacle::NotServed) => Err(Refusal::new(
            Reason::ExpulsionNotServed,
            "law:art. 12 note 4 (TL-09), design:7.6",
        )),
        Some(Obstacle::Appeal) => {
            let open = person
                .removal
                .decisions
                .iter()
                .any(Decision::has_open_appeal);
            let reason = if open {
                Reason::AppealOpen
            } else {
                Reason::AppealTimeRunning
            };
            let rule = "law:art. 12 note 4 (TL-22, AM-36, AM-37), design:7.6";
            Err(Refusal::new(reason, rule))
        }
        Some(Obstacle::Suspended) => {
            Err(Refusal::new(Reason::ExpulsionIsSuspended, SUSPENSION_RULE))
        }
        Some(Obstacle::Barred) => Err(Refusal::new(
            Reason::RemovalBarred,
            "law:art. 13, 35 (AM-43, AM-46, AM-47), design:7.6",
        )),
    }
}

/// True if a stay of removal stands. One that was not looked for is taken to stand.
fn has_stay(scene: &Scene<'_>, person: PersonNumber, day: Day) -> bool {
    let Some(stays) = scene.states().stays.get(&person) else {
        return true;
    };
    stays.iter().any(|number| {
        let stay = scene.life(*number).and_then(|life| life.stay(&At::END));
        // A stay may have been corrected since to be another person's.
        stay.is_some_and(|stay| stay.person == person && stay.stands(day))
    })
}
