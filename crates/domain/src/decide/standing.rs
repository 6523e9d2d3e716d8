//! What stands must go on standing: an act may not leave an event passed over that was applied before, nor two statuses held
//! on one day of which nobody can have both, nor a household and its members that say different things of each other.

use std::collections::{BTreeMap, BTreeSet};

use super::{Decided, States};
use crate::act::{Act, ActBody, ActId, ActKind, SubjectId};
use crate::event::{Event, Recorded};
use crate::fact::Relation;
use crate::law::PersonStatus;
use crate::life::{At, Life};
use crate::number::{HouseholdCode, PersonNumber};
use crate::person::Person;
use crate::refusal::{Reason, Refusal};
use crate::time::{Day, Timestamp};

const RULE: &str = "design:6 amendments and the order of facts";
const STATUS_RULE: &str = "law:art. 1(9), 35(5); law.md section 2";

/// Folds each subject's life with and without what was decided, and refuses what makes an event pass over.
pub(super) fn check(states: &States, act: &Act, decided: &[Decided]) -> Result<(), Refusal> {
    let mut by_subject: BTreeMap<&SubjectId, Vec<&Event>> = BTreeMap::new();
    for part in decided {
        by_subject
            .entry(&part.subject)
            .or_default()
            .push(&part.event);
    }
    let own = own_acts(act);
    let mut disturbed = BTreeSet::new();
    let mut own_passed_over = false;
    let none = Life::default();
    let mut lives = BTreeMap::new();
    for (subject, events) in by_subject {
        let before = states.lives.get(subject).unwrap_or(&none);
        let passed_over: BTreeSet<_> = before.passed_over().into_iter().collect();
        let after = with_events(before, act.id, &events);
        check_statuses(act, before, &after)?;
        for event in after.passed_over() {
            if passed_over.contains(&event) {
                continue;
            }
            let (by, _, _) = event;
            if own.contains(&by) {
                own_passed_over = true;
            } else {
                disturbed.insert(by);
            }
        }
        lives.insert(subject, after);
    }
    if !disturbed.is_empty() {
        return Err(Refusal::new(reason(act), RULE).with("acts", disturbed.len()));
    }
    if own_passed_over {
        return Err(Refusal::new(Reason::OutOfSequence, RULE));
    }
    check_rosters(states, act, &lives)
}

/// Refuses statuses that would contradict each other on some day and did not before.
fn check_statuses(act: &Act, before: &Life, after: &Life) -> Result<(), Refusal> {
    let kind = act.body.kind();
    let about_statuses = matches!(
        kind,
        ActKind::GrantStatus | ActKind::ChangeStatus | ActKind::LodgeAppeal | ActKind::DecideAppeal
    );
    if !about_statuses && !kind.is_amendment() {
        return Ok(());
    }
    let after = contradictions(after);
    let new = if after.is_empty() {
        None
    } else {
        after.difference(&contradictions(before)).next().copied()
    };
    let Some((_, one, other)) = new else {
        return Ok(());
    };
    let refusal = Refusal::new(Reason::TransitionNotAllowed, STATUS_RULE)
        .with_message("Nobody can hold both of these statuses on one day.")
        .with_remedy("Change the one into the other, or annul what was recorded wrongly.");
    Err(refusal.with("one", one.code()).with("other", other.code()))
}

/// Days on which two statuses are held that contradict each other. What is held changes on no other days than those of facts.
fn contradictions(life: &Life) -> BTreeSet<(Day, PersonStatus, PersonStatus)> {
    let mut found = BTreeSet::new();
    for day in life.days() {
        let person = life.person(&At::day(day));
        let held: BTreeSet<_> = person.iter().flat_map(Person::current_statuses).collect();
        for one in &held {
            let others = held.range(one..).filter(|other| one.contradicts(**other));
            found.extend(others.map(|other| (day, *one, *other)));
        }
    }
    found
}

/// Refuses what makes a household say of somebody something else than their own life says: who the head is, or that they are
/// in it at all. An act says both sides as things stand on its day; what it changes under later acts, or takes away from
/// under them, it cannot say there.
fn check_rosters(
    states: &States,
    act: &Act,
    after: &BTreeMap<&SubjectId, Life>,
) -> Result<(), Refusal> {
    let day = act.occurred_on.earliest();
    let is_before = |subject: &&SubjectId| {
        let life = states.lives.get(*subject);
        life.is_some_and(|life| {
            life.records()
                .iter()
                .any(|of| day < of.event.occurred_on.earliest())
        })
    };
    if !act.body.kind().is_amendment() && !after.keys().any(is_before) {
        return Ok(());
    }
    let new = |subject: &SubjectId| after.get(subject).or_else(|| states.lives.get(subject));
    let old = |subject: &SubjectId| states.lives.get(subject);
    let persons: BTreeSet<PersonNumber> = after
        .keys()
        .copied()
        .chain(states.lives.keys())
        .filter_map(|subject| {
            if let SubjectId::Person(person) = subject {
                Some(*person)
            } else {
                None
            }
        })
        .collect();
    for subject in after.keys() {
        let SubjectId::Household(code) = subject else {
            continue;
        };
        let now = disagreements(new, *code, &persons);
        let contradicts = !now.is_empty() && !now.is_subset(&disagreements(old, *code, &persons));
        if contradicts || moves_others(new(subject), old(subject), &persons) {
            return Err(Refusal::new(reason(act), RULE)
                .with_message("Later acts about the household rest on what this act changes.")
                .with_remedy("Annul the later acts first, then record them again."));
        }
    }
    Ok(())
}

/// True if a household would say something else of somebody whom the act is not about: their own life stays as it is.
fn moves_others(new: Option<&Life>, old: Option<&Life>, persons: &BTreeSet<PersonNumber>) -> bool {
    let members = |life: Option<&Life>, day: Day| -> BTreeMap<PersonNumber, Relation> {
        let household = life.and_then(|life| life.household(&At::day(day)));
        let members = household.map(|household| household.members);
        let members = members.unwrap_or_default().into_iter();
        members
            .filter(|member| !persons.contains(&member.person))
            .map(|member| (member.person, member.relation))
            .collect()
    };
    let lives = [new, old].into_iter().flatten();
    let days: BTreeSet<Day> = lives.flat_map(Life::days).collect();
    days.into_iter()
        .any(|day| members(new, day) != members(old, day))
}

/// Days on which a household and the life of a person say different things about each other.
fn disagreements<'life>(
    life: impl Fn(&SubjectId) -> Option<&'life Life>,
    code: HouseholdCode,
    persons: &BTreeSet<PersonNumber>,
) -> BTreeSet<(Day, PersonNumber)> {
    let mut found = BTreeSet::new();
    let Some(roster) = life(&SubjectId::Household(code)) else {
        return found;
    };
    for day in roster.days() {
        let at = At::day(day);
        let household = roster.household(&at);
        for person in persons {
            let listed = household.as_ref().and_then(|of| of.relation_of(*person));
            let own = life(&SubjectId::Person(*person)).and_then(|life| life.person(&at));
            let own = own.and_then(|person| person.household);
            let own = own.filter(|own| own.household == code);
            if listed != own.map(|own| own.relation) {
                found.insert((day, *person));
            }
        }
    }
    found
}

/// Why an act is refused under which others would fall.
fn reason(act: &Act) -> Reason {
    if act.body.kind().is_amendment() {
        Reason::DependentActsStand
    } else {
        Reason::LaterActsContradict
    }
}

/// The act itself, and the act it corrects: those whose events are the ones decided now.
fn own_acts(act: &Act) -> BTreeSet<ActId> {
    let mut own = BTreeSet::from([act.id]);
    if let ActBody::CorrectAct(correction) = &act.body {
        own.insert(correction.target);
    }
    own
}

/// The life with these events recorded next.
pub(super) fn with_events(life: &Life, act_id: ActId, events: &[&Event]) -> Life {
    let mut after = life.clone();
    let next = life
        .records()
        .last()
        .map_or(0, |last| last.position.saturating_add(1));
    for (position, event) in (next..).zip(events) {
        after.apply(Recorded {
            position,
            recorded_at: Timestamp::from_micros(i64::MAX),
            act_id,
            part: 0,
            event: (*event).clone(),
        });
    }
    after
}
