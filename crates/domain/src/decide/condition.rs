//! Conditions of residence: attested, exempted from, and asked for. What is asked of whom stands at [`crate::law::ConditionRule`].

use super::Decided;
use super::scene::Scene;
use crate::act::{AttestResidenceCondition, ExemptFromResidenceCondition};
use crate::event::EventBody;
use crate::fact::limits::RESIDENCE_CONDITIONS_MAX;
use crate::law::ConditionRule;
use crate::number::PersonNumber;
use crate::person::{ConditionState, PermitAsked, Person};
use crate::refusal::{Reason, Refusal};

/// A named officer states that a condition is met. It counts from the day it states, so that an attestation that comes late
/// counts for a permit that was given meanwhile.
pub(super) fn attest(
    scene: &Scene<'_>,
    body: &AttestResidenceCondition,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    let rule = body.condition.source();
    let met = body.met_on;
    let today = scene.facts().now.day_in_tehran();
    if scene.act().occurred_on.latest().min(today) < met.earliest() {
        return Err(Refusal::new(Reason::FutureDate, rule)
            .with_message("The condition is stated to be met only after the officer attests it.")
            .with_remedy("Attest it when it is met, or correct the day."));
    }
    let birth = person.particulars.birth_date;
    if birth.is_some_and(|birth| met.latest() < birth.earliest()) {
        return Err(Refusal::new(Reason::BeforeBirth, rule));
    }
    check_room(scene, body.person, rule)?;
    let event = EventBody::ResidenceConditionAttested(body.clone());
    Ok(vec![scene.about(body.person, event)])
}

/// The council or the organisation decided that somebody need not meet a condition.
pub(super) fn exempt(
    scene: &Scene<'_>,
    body: &ExemptFromResidenceCondition,
) -> Result<Vec<Decided>, Refusal> {
    scene.living(body.person)?;
    let rule = body.condition.source();
    if !body.condition.is_open_to_exemption() {
        return Err(Refusal::new(Reason::ExemptionNotAllowed, rule)
            .with("condition", body.condition.code()));
    }
    check_room(scene, body.person, rule)?;
    let event = EventBody::ResidenceConditionExempted(body.clone());
    Ok(vec![scene.about(body.person, event)])
}

fn check_room(scene: &Scene<'_>, number: PersonNumber, rule: &'static str) -> Result<(), Refusal> {
    let whole = scene.whole_person(number)?;
    if RESIDENCE_CONDITIONS_MAX <= whole.conditions.len() {
        return Err(Refusal::new(Reason::ResidenceConditionsFull, rule)
            .with("conditions_max", RESIDENCE_CONDITIONS_MAX));
    }
    Ok(())
}

/// Refuses a permit whose conditions are not shown on its day, and names all that are missing with their articles. Who calls it
/// spares a correction that leaves day, kind, ground and scope as they were ([`Scene::restates`]): what was given stays given, and
/// its record can be put right whatever became of the papers.
pub(super) fn check_conditions(
    scene: &Scene<'_>,
    person: &Person,
    asked: PermitAsked,
) -> Result<(), Refusal> {
    let mut rules = ConditionRule::asked(asked.kind, asked.step, asked.law_of);
    if rules.next().is_none() {
        return Ok(());
    }
    let stated = scene.whole_person(person.number)?.conditions;
    let answers = person.residence_conditions(asked, &stated, scene.day());
    let mut missing = answers
        .iter()
        .filter(|answer| answer.state == ConditionState::Missing)
        .map(|answer| answer.rule);
    let Some(first) = missing.next() else {
        return Ok(());
    };
    let named = [first].into_iter().chain(missing);
    let named: Vec<_> = named
        .map(|rule| format!("{} ({})", rule.condition.code(), rule.source))
        .collect();
    Err(Refusal::new(Reason::ConditionNotShown, first.source)
        .with("kind", asked.kind.code())
        .with("step", asked.step.code())
        .with("missing", named.join(", ")))
}
