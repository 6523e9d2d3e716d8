use super::super::Decided;
use super::super::scene::Scene;
use super::super::status::check_adverse;
use crate::access::Role;
use crate::act::{EndProtection, LiftStayOfRemoval, PlaceStayOfRemoval, RecordProtection};
use crate::event::{EventBody, StayOfRemovalPlaced};
use crate::fact::limits::STAYS_MAX;
use crate::fact::{ProtectionEnding, StayGround};
use crate::life::At;
use crate::refusal::{Reason, Refusal};

const RULE: &str = "law:art. 13 (AM-47)";
const STAY_RULE: &str = "law:art. 13(2), 35 (AM-43), design:7.3";

/// A protection is found; one of a kind stands at a time.
pub(in crate::decide) fn record_protection(
    scene: &Scene<'_>,
    body: &RecordProtection,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    let mut protections = person.removal.protections.iter();
    if protections.any(|known| known.kind == body.kind && known.end.is_none()) {
        return Err(Refusal::new(Reason::ProtectionStands, RULE));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::ProtectionRecorded(body.clone()),
    )])
}

/// A protection ends with its cause. That there is a security problem is a finding against the person, to which they may
/// object; the law asks for the organisation's confirmation (art. 13) and says no more about it, so that the finding
/// carries what every adverse act carries.
pub(in crate::decide) fn end_protection(
    scene: &Scene<'_>,
    body: &EndProtection,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    let known = person.removal.protection(body.protection);
    if known.is_none_or(|known| known.end.is_some()) {
        return Err(Refusal::new(Reason::ProtectionUnknown, RULE));
    }
    match (body.ending, &body.decision) {
        (ProtectionEnding::Security, decision) => check_adverse(scene, decision.as_ref(), RULE)?,
        (ProtectionEnding::CauseEnded, Some(_)) => {
            return Err(Refusal::field(
                "end_protection.decision",
                "stands beside a cause that has ended by itself",
            ));
        }
        (ProtectionEnding::CauseEnded, None) => {}
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::ProtectionEnded(body.clone()),
    )])
}

/// A stay of removal. Stays are never refused because others stand, and are counted by ground, so that no author learns of
/// those that another one placed ([`crate::stay`]).
pub(in crate::decide) fn place_stay(
    scene: &Scene<'_>,
    body: &PlaceStayOfRemoval,
) -> Result<Vec<Decided>, Refusal> {
    let role = match body.ground {
        StayGround::CommissionFinding => Role::Registrar,
        StayGround::AsylumProcedure => Role::AsylumUnit,
    };
    if !scene.facts().author.roles.contains(&role) {
        return Err(Refusal::new(Reason::RoleNotAllowed, STAY_RULE)
            .with_message("The agency's roles do not include stays on this ground.")
            .with("roles_allowed", role.code()));
    }
    scene.living(body.person)?;
    let known = scene.states().stays.get(&body.person);
    let of_ground = known.into_iter().flatten().filter(|number| {
        let stay = scene.life(**number).and_then(|life| life.stay(&At::END));
        stay.is_some_and(|stay| stay.ground == body.ground)
    });
    if STAYS_MAX <= of_ground.count() {
        return Err(
            Refusal::new(Reason::TooManyStays, "design:limits STAYS_MAX")
                .with("stays_max", STAYS_MAX),
        );
    }
    let number = *scene
        .facts()
        .new_claims
        .first()
        .ok_or_else(|| Refusal::new(Reason::NotWritable, STAY_RULE))?;
    let placed = StayOfRemovalPlaced {
        number,
        person: body.person,
        ground: body.ground,
        decided_by: body.decided_by.clone(),
        reference: body.reference.clone(),
    };
    Ok(vec![
        scene.about(number, EventBody::StayOfRemovalPlaced(placed)),
    ])
}

/// A stay that stands on the day of the fact is lifted.
pub(in crate::decide) fn lift_stay(
    scene: &Scene<'_>,
    body: &LiftStayOfRemoval,
) -> Result<Vec<Decided>, Refusal> {
    let stay = scene
        .life(body.stay)
        .and_then(|life| life.stay(&At::day(scene.day())));
    if stay.is_none_or(|stay| stay.lifted_on.is_some()) {
        return Err(Refusal::new(Reason::StayUnknown, STAY_RULE));
    }
    Ok(vec![scene.about(
        body.stay,
        EventBody::StayOfRemovalLifted(body.clone()),
    )])
}
