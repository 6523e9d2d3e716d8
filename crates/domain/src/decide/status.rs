use super::Decided;
use super::asylum::check_status;
use super::scene::Scene;
use crate::act::{ChangeStatus, GrantStatus};
use crate::event::EventBody;
use crate::fact::AdverseDecision;
use crate::law::transition;
use crate::refusal::{Reason, Refusal};

const RULE: &str = "services row 24, design:7.6";

/// A status to which the law knows a way without another one (law.md section 2). Statuses may stand beside each other: a
/// refugee may be stateless, a visa holder may be a migrant. That somebody asks for asylum is no status here.
pub(super) fn grant(scene: &Scene<'_>, body: &GrantStatus) -> Result<Vec<Decided>, Refusal> {
    check_status(body.status)?;
    let person = scene.living(body.person)?;
    if person.holds(body.status) {
        return Err(Refusal::new(Reason::StatusHeld, "law.md section 2"));
    }
    if transition(None, body.status).is_none() {
        return Err(
            Refusal::new(Reason::TransitionNotAllowed, "law.md section 2")
                .with("to", body.status.code()),
        );
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::StatusGranted(body.clone()),
    )])
}

/// A status becomes another, along a transition of the table.
pub(super) fn change(scene: &Scene<'_>, body: &ChangeStatus) -> Result<Vec<Decided>, Refusal> {
    check_status(body.from)?;
    check_status(body.to)?;
    let person = scene.living(body.person)?;
    if !person.holds(body.from) {
        return Err(Refusal::new(Reason::StatusNotHeld, "law.md section 2"));
    }
    if person.holds(body.to) {
        return Err(Refusal::new(Reason::StatusHeld, "law.md section 2"));
    }
    let Some(way) = transition(Some(body.from), body.to) else {
        return Err(
            Refusal::new(Reason::TransitionNotAllowed, "law.md section 2")
                .with("from", body.from.code())
                .with("to", body.to.code()),
        );
    };
    match &body.decision {
        Some(decision) => check_adverse(scene, Some(decision), way.source)?,
        None if way.adverse => check_adverse(scene, None, way.source)?,
        None => {}
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::StatusChanged(body.clone()),
    )])
}

/// An act that takes something away names decider, ground and body of appeal, and takes effect only once notice was served.
pub(super) fn check_adverse(
    scene: &Scene<'_>,
    decision: Option<&AdverseDecision>,
    source: &'static str,
) -> Result<(), Refusal> {
    let refuse = |reason| Err(Refusal::new(reason, format!("{source}; {RULE}")));
    let Some(decision) = decision else {
        return refuse(Reason::DeciderMissing);
    };
    if decision.decided_by.trim().is_empty() {
        return refuse(Reason::DeciderMissing);
    }
    if decision.ground.trim().is_empty() {
        return refuse(Reason::GroundMissing);
    }
    let Some(served_on) = decision.served_on else {
        return refuse(Reason::MissingNotice);
    };
    // Of a partial date of service the last day counts, as far as it is not in the future: in doubt notice came late.
    let served = served_on
        .latest()
        .min(scene.act().occurred_on.latest())
        .max(served_on.earliest());
    if scene.day() < served || scene.recorded_on().latest() < served {
        return Err(
            Refusal::new(Reason::MissingNotice, format!("{source}; {RULE}"))
                .with_message("The decision would take effect before notice was served.")
                .with_remedy("Date the act with the day of service or later."),
        );
    }
    if decision.appeal_body.trim().is_empty() {
        return refuse(Reason::AppealBodyMissing);
    }
    Ok(())
}
