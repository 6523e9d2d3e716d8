//! What stands must go on standing: an act may not leave an event passed over that was applied before.

use std::collections::{BTreeMap, BTreeSet};

use super::{Decided, States};
use crate::act::{Act, ActBody, ActId, SubjectId};
use crate::event::{Event, Recorded};
use crate::life::Life;
use crate::refusal::{Reason, Refusal};
use crate::time::Timestamp;

const RULE: &str = "design:6 amendments and the order of facts";

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
    for (subject, events) in by_subject {
        let before = states.lives.get(subject).unwrap_or(&none);
        let passed_over: BTreeSet<_> = before.passed_over().into_iter().collect();
        let after = with_events(before, act.id, &events);
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
    }
    if !disturbed.is_empty() {
        let reason = if act.body.kind().is_amendment() {
            Reason::DependentActsStand
        } else {
            Reason::LaterActsContradict
        };
        return Err(Refusal::new(reason, RULE).with("acts", disturbed.len()));
    }
    if own_passed_over {
        return Err(Refusal::new(Reason::OutOfSequence, RULE));
    }
    Ok(())
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
