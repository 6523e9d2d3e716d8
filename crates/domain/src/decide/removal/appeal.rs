use super::super::Decided;
use super::super::scene::Scene;
use super::check_new_number;
use crate::act::{DecideAppeal, HoldCommissionSession, LodgeAppeal, ServeDecision};
use crate::event::EventBody;
use crate::fact::{AppealOutcome, CommissionLevel};
use crate::person::{Appeal, Decision, DecisionEffect, OrderEndGround, Person};
use crate::refusal::{Reason, Refusal};

const SERVICE_RULE: &str = "law:art. 3 note 3 (TL-09)";
const APPEAL_RULE: &str = "law:art. 11 note, 12 note 4, 20 note 2 (TL-22, AM-37)";
const COMMISSION_RULE: &str = "law:art. 1(17), 12 note 4 (AM-32), duty:22";

fn decision(person: &Person, act: crate::act::ActId) -> Result<&Decision, Refusal> {
    let decision = person.removal.decision(act);
    decision.ok_or_else(|| Refusal::new(Reason::DecisionUnknown, APPEAL_RULE))
}

/// A decision is served once, and the act is dated with the day of service.
pub(in crate::decide) fn serve(
    scene: &Scene<'_>,
    body: &ServeDecision,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    if decision(&person, body.decision)?.served_on.is_some() {
        return Err(Refusal::new(Reason::DecisionServedBefore, SERVICE_RULE));
    }
    let moment = body.moment();
    if scene.act().office_recorded_at < moment {
        return Err(Refusal::new(Reason::FutureDate, SERVICE_RULE)
            .with_message("The notice was sent after the office recorded that it was.")
            .with_remedy("Record the service once both the SMS and the notice are out."));
    }
    if !scene.act().occurred_on.may_be(moment.day_in_tehran()) {
        return Err(Refusal::new(Reason::MissingNotice, SERVICE_RULE)
            .with_message(
                "The act is not dated with the day on which SMS and notice were both out.",
            )
            .with_remedy("Date the act with the day of service."));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::DecisionServed(body.clone()),
    )])
}

/// An appeal lies against every decision, once (TL-22, AM-37), also before it was served. None is refused for being late:
/// whether it is to be heard is for the body that hears it.
pub(in crate::decide) fn lodge_appeal(
    scene: &Scene<'_>,
    body: &LodgeAppeal,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    let decision = decision(&person, body.decision)?;
    let whole = scene.whole_person(body.person)?;
    let known = whole.removal.decision(body.decision);
    if known.is_some_and(|known| known.appeal.is_some()) {
        return Err(Refusal::new(Reason::AppealLodgedBefore, APPEAL_RULE));
    }
    if let DecisionEffect::Expulsion(number) = &decision.effect {
        let order = person.removal.order(number);
        let end = order.and_then(|order| order.end);
        if end.is_some_and(|end| end.ground == OrderEndGround::Withdrawn) {
            return Err(Refusal::new(Reason::ExpulsionOrderEnded, APPEAL_RULE));
        }
    }
    check_new_number(scene, body.person, &body.appeal_number)?;
    Ok(vec![
        scene.about(body.person, EventBody::AppealLodged(body.clone())),
    ])
}

fn open_appeal(person: &Person, act: crate::act::ActId) -> Result<(&Decision, &Appeal), Refusal> {
    person
        .removal
        .appeal(act)
        .filter(|(_, appeal)| appeal.end.is_none())
        .ok_or_else(|| Refusal::new(Reason::AppealUnknown, APPEAL_RULE))
}

/// A commission sits on an open appeal. Which one, the central or that of a province, is recorded (AM-32).
pub(in crate::decide) fn hold_session(
    scene: &Scene<'_>,
    body: &HoldCommissionSession,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    open_appeal(&person, body.appeal)?;
    let problem = match (body.level, body.province) {
        (CommissionLevel::Provincial, None) => Some("is missing for a provincial commission"),
        (CommissionLevel::Central, Some(_)) => Some("stands beside the central commission"),
        (CommissionLevel::Provincial, Some(_)) | (CommissionLevel::Central, None) => None,
    };
    if let Some(problem) = problem {
        return Err(Refusal::field("hold_commission_session.province", problem));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::CommissionSessionHeld(body.clone()),
    )])
}

/// An appeal ends: decided with reasons and, where the person loses, after they were told; or withdrawn by their own
/// declaration.
pub(in crate::decide) fn decide_appeal(
    scene: &Scene<'_>,
    body: &DecideAppeal,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    let (decision, appeal) = open_appeal(&person, body.appeal)?;
    match body.outcome {
        AppealOutcome::Withdrawn => {
            if body.declaration_reference.trim().is_empty() {
                return Err(Refusal::new(Reason::ConsentMissing, APPEAL_RULE)
                    .with_message("The withdrawal names no declaration of the person.")
                    .with_remedy("Refer to the declaration that the person signed."));
            }
        }
        AppealOutcome::Accepted => {
            check_decided(body)?;
            check_session(body, decision, appeal)?;
        }
        AppealOutcome::Rejected | AppealOutcome::Inadmissible => {
            check_decided(body)?;
            check_session(body, decision, appeal)?;
            check_told(scene, body)?;
        }
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::AppealDecided(body.clone()),
    )])
}

fn check_decided(body: &DecideAppeal) -> Result<(), Refusal> {
    if body.decided_by.trim().is_empty() {
        return Err(Refusal::new(Reason::DeciderMissing, APPEAL_RULE));
    }
    if body.ground.trim().is_empty() {
        return Err(Refusal::new(Reason::GroundMissing, APPEAL_RULE));
    }
    Ok(())
}

/// Appeals against expulsion and against the revocation of a visa are for the commission (art. 11 note, 12 note 4), so a
/// session of it comes first; where one is named, it sat on this appeal.
fn check_session(body: &DecideAppeal, decision: &Decision, appeal: &Appeal) -> Result<(), Refusal> {
    let for_commission = matches!(
        decision.effect,
        DecisionEffect::Expulsion(_) | DecisionEffect::Visa(_)
    );
    let sat = match body.session {
        Some(session) => appeal.sessions.iter().any(|held| held.act_id == session),
        None => !for_commission,
    };
    if sat {
        Ok(())
    } else {
        Err(Refusal::new(
            Reason::CommissionSessionMissing,
            COMMISSION_RULE,
        ))
    }
}

/// Whoever loses is told before it has an effect.
fn check_told(scene: &Scene<'_>, body: &DecideAppeal) -> Result<(), Refusal> {
    let told = body.served_on.is_some_and(|served_on| {
        let latest = served_on.latest().min(scene.act().occurred_on.latest());
        latest.max(served_on.earliest()) <= scene.day()
    });
    if told {
        Ok(())
    } else {
        Err(Refusal::new(Reason::MissingNotice, APPEAL_RULE)
            .with_message("The person was not told how the appeal ended.")
            .with_remedy("Tell the person, and date the act with that day or later."))
    }
}
