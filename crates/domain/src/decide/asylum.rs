use super::scene::Scene;
use super::status::check_adverse;
use super::{Decided, States};
use crate::access::Role;
use crate::act::{
    Act, ActKind, ChangeStatus, DecideAsylumClaim, GrantStatus, LodgeAsylumClaim,
    RecordAsylumInterview, SubjectId,
};
use crate::asylum::AsylumClaim;
use crate::event::{AsylumClaimLodged, EventBody};
use crate::fact::AsylumOutcome;
use crate::fact::limits::CLAIMS_MAX;
use crate::governance::Author;
use crate::law::PersonStatus;
use crate::life::At;
use crate::number::ClaimNumber;
use crate::person::Person;
use crate::refusal::{Reason, Refusal};

const RULE: &str = "law:art. 35 (AM-51), design:7.3";

/// True for acts that only the asylum unit may submit. For everybody else they are refused before anything is read.
pub(super) const fn is_asylum(kind: ActKind) -> bool {
    matches!(
        kind,
        ActKind::LodgeAsylumClaim
            | ActKind::RecordAsylumInterview
            | ActKind::DecideAsylumClaim
            | ActKind::LiftStayOfRemoval
    )
}

/// True if claims exist for this author at all: for everybody but the asylum unit there is no claim to load, to compare a
/// version with or to amend, whatever else the registry knows (design 7.3).
pub(super) fn sees_claims(author: &Author) -> bool {
    author.roles.contains(&Role::AsylumUnit)
}

/// True if this subject exists for the author.
pub(super) fn sees(author: &Author, subject: &SubjectId) -> bool {
    sees_claims(author) || !matches!(subject, SubjectId::AsylumClaim(_))
}

/// The claim that an act is about, if it names one.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "no other act names a claim; the asylum unit's acts are decided in tests after loading what they need"
)]
pub(super) fn claim_of(act: &Act) -> Option<ClaimNumber> {
    match &act.body {
        crate::act::ActBody::RecordAsylumInterview(body) => Some(body.claim),
        crate::act::ActBody::DecideAsylumClaim(body) => Some(body.claim),
        _ => None,
    }
}

/// The person whom the grant of a claim makes a refugee, once the claim is loaded.
pub(super) fn claimant(states: &States, claim: ClaimNumber) -> Option<crate::number::PersonNumber> {
    let life = states.lives.get(&claim.into())?;
    life.claim(&At::END).map(|claim| claim.person)
}

/// Everybody may ask for asylum, whatever the status (AM-43, AM-51), and has one claim under way at a time.
pub(super) fn lodge(scene: &Scene<'_>, body: &LodgeAsylumClaim) -> Result<Vec<Decided>, Refusal> {
    scene.living(body.person)?;
    let known = scene.states().claims.get(&body.person);
    if known.is_some_and(|known| CLAIMS_MAX <= known.len()) {
        return Err(
            Refusal::new(Reason::ClaimPending, "design:limits CLAIMS_MAX")
                .with_message("The person has lodged as many claims as the registry keeps apart.")
                .with_remedy("Annul and correct what was lodged last.")
                .with("claims_max", CLAIMS_MAX),
        );
    }
    for number in known.into_iter().flatten() {
        let life = scene.life(*number);
        let pending = life.and_then(|life| life.claim(&At::END));
        if pending.is_some_and(|claim| claim.is_pending()) {
            return Err(Refusal::new(Reason::ClaimPending, RULE));
        }
    }
    let number = *scene
        .facts()
        .new_claims
        .first()
        .ok_or_else(|| Refusal::new(Reason::NotWritable, RULE))?;
    let lodged = AsylumClaimLodged {
        number,
        person: body.person,
        lodged_at: body.lodged_at,
        place: body.place.clone(),
        grounds: body.grounds.clone(),
        interview_reference: body.interview_reference.clone(),
        shelter_address: body.shelter_address.clone(),
    };
    Ok(vec![
        scene.about(number, EventBody::AsylumClaimLodged(lodged)),
    ])
}

/// An interview belongs to a claim that is not decided.
pub(super) fn record_interview(
    scene: &Scene<'_>,
    body: &RecordAsylumInterview,
) -> Result<Vec<Decided>, Refusal> {
    pending(scene, body.claim)?;
    Ok(vec![scene.about(
        body.claim,
        EventBody::AsylumInterviewRecorded(body.clone()),
    )])
}

/// A grant makes the person a refugee in the same act (ST-17); refusal and withdrawal leave no trace outside the claim.
pub(super) fn decide(scene: &Scene<'_>, body: &DecideAsylumClaim) -> Result<Vec<Decided>, Refusal> {
    let claim = pending(scene, body.claim)?;
    let mut decided = vec![scene.about(body.claim, EventBody::AsylumClaimDecided(body.clone()))];
    match body.outcome {
        AsylumOutcome::Granted => {
            if body.decided_by.trim().is_empty() {
                return Err(Refusal::new(Reason::DeciderMissing, RULE));
            }
            let person = scene.living(claim.person)?;
            decided.extend(recognised(&person, body).map(|event| scene.about(claim.person, event)));
        }
        AsylumOutcome::Refused => check_adverse(scene, body.decision.as_ref(), RULE)?,
        AsylumOutcome::Withdrawn => {
            if body.declaration_reference.trim().is_empty() {
                return Err(Refusal::new(Reason::ConsentMissing, RULE)
                    .with_message("The withdrawal names no declaration of the person.")
                    .with_remedy("Refer to the declaration that the person signed."));
            }
        }
    }
    Ok(decided)
}

/// What makes the person a refugee; nothing where they are one already, as members of a group.
fn recognised(person: &Person, body: &DecideAsylumClaim) -> Option<EventBody> {
    let (to, decided_by) = (PersonStatus::Refugee, body.decided_by.clone());
    if person.holds(to) {
        return None;
    }
    let from = PersonStatus::AsylumSeeker;
    // Claims were once a status. Where one still is, it ends here.
    Some(if person.holds(from) {
        EventBody::StatusChanged(ChangeStatus {
            person: person.number,
            from,
            to,
            decided_by,
            decision: None,
        })
    } else {
        EventBody::StatusGranted(GrantStatus {
            person: person.number,
            status: to,
            decided_by,
        })
    })
}

/// The claim on the day of the fact, not decided then.
fn pending(scene: &Scene<'_>, number: ClaimNumber) -> Result<AsylumClaim, Refusal> {
    let life = scene.life(number);
    let whole = life.and_then(|life| life.claim(&At::END));
    if whole.is_none() {
        return Err(Refusal::new(Reason::UnknownClaim, RULE));
    }
    let claim = life
        .and_then(|life| life.claim(&At::day(scene.day())))
        .ok_or_else(|| Refusal::new(Reason::OutOfSequence, RULE))?;
    if claim.is_pending() {
        Ok(claim)
    } else {
        Err(Refusal::new(Reason::ClaimDecided, RULE))
    }
}

/// Claims once were a status of the person, which counted in the person's life. That is refused to everybody alike, whoever
/// the person is and whether or not there is a claim.
pub(super) fn check_status(status: PersonStatus) -> Result<(), Refusal> {
    if status == PersonStatus::AsylumSeeker {
        return Err(Refusal::new(
            Reason::AsylumUnitOnly,
            "law:art. 35(1), design:7.3",
        ));
    }
    Ok(())
}
