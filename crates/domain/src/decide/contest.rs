use super::scene::Scene;
use super::{Decided, status};
use crate::access::Role;
use crate::act::{ActId, DisputeFact, DisputedFact, Resolution, ResolveDispute, SubjectId};
use crate::event::{Event, EventBody};
use crate::fact::{AgencyCode, OfficeCode};
use crate::life::{At, Life, amendment_target};
use crate::person::{Dispute, Person};
use crate::refusal::{Reason, Refusal};

const RULE: &str = "design:7.7";

/// A person contests a fact.
pub(super) fn dispute(scene: &Scene<'_>, body: &DisputeFact) -> Result<Vec<Decided>, Refusal> {
    // What is contested must be known of the person today, whatever the day of the dispute.
    scene.person(body.person)?;
    let person = scene.whole_person(body.person)?;
    if let (DisputedFact::Act(act), Some(life)) = (body.fact, scene.life(body.person)) {
        check_states_fact(life, act)?;
    }
    if person.open_disputes().any(|open| open.fact == body.fact) {
        return Err(Refusal::new(Reason::DisputeStands, RULE));
    }
    Ok(vec![
        scene.about(body.person, EventBody::FactDisputed(body.clone())),
    ])
}

/// An act that is contested states something about the person, and states it still.
fn check_states_fact(life: &Life, act: ActId) -> Result<(), Refusal> {
    let mut parts = life.of_act(act).peekable();
    if parts.peek().is_none() {
        return Err(Refusal::new(Reason::TargetUnknown, RULE)
            .with_message("The act that is contested records nothing about this person.")
            .with_remedy("Correct the identifier of the act, or name the field group."));
    }
    if !parts.any(|part| states_fact(&part.event)) {
        return Err(Refusal::new(Reason::TargetNotAmendable, RULE)
            .with_message("The act that is contested states no fact by itself.")
            .with_remedy(
                "Contest the act that states the fact: the one that was corrected or annulled.",
            ));
    }
    if life.is_annulled(act) {
        return Err(Refusal::new(Reason::TargetAnnulled, RULE)
            .with_remedy("Nothing is to be contested: the registry no longer tells the fact."));
    }
    Ok(())
}

/// True for events that state a fact by themselves.
fn states_fact(event: &Event) -> bool {
    amendment_target(event).is_none() && !is_about_dispute(event)
}

fn is_about_dispute(event: &Event) -> bool {
    matches!(
        event.body,
        EventBody::FactDisputed(_) | EventBody::DisputeResolved(_)
    )
}

/// A dispute ends: whoever recorded the fact upholds or rejects it, whoever took it records that it was withdrawn.
pub(super) fn resolve(scene: &Scene<'_>, body: &ResolveDispute) -> Result<Vec<Decided>, Refusal> {
    let unknown = || Refusal::new(Reason::DisputeUnknown, RULE);
    let person: Person = scene.whole_person(body.person)?;
    let dispute = person.open_dispute(body.dispute).ok_or_else(unknown)?;
    let life = scene.life(body.person).ok_or_else(unknown)?;
    match &body.resolution {
        Resolution::Upheld { correction } => {
            check_answers(scene, life, dispute)?;
            check_correction(life, dispute, *correction)?;
        }
        Resolution::Rejected { decision } => {
            check_answers(scene, life, dispute)?;
            status::check_adverse(scene, decision.as_ref(), RULE)?;
        }
        Resolution::Withdrawn => check_took(scene, &dispute.office)?,
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::DisputeResolved(body.clone()),
    )])
}

/// The author's agency recorded the fact. Of a field group, several agencies may have recorded something, and any of them
/// answers. Where none of them is enrolled any more, the registrar answers.
fn check_answers(scene: &Scene<'_>, life: &Life, dispute: &Dispute) -> Result<(), Refusal> {
    let author = &scene.facts().author;
    let recorders: Vec<&AgencyCode> = life
        .records()
        .iter()
        .filter(|recorded| !is_about_dispute(&recorded.event))
        .filter(|recorded| match dispute.fact {
            DisputedFact::Act(act) => recorded.act_id == act,
            DisputedFact::Group { .. } => true,
        })
        .filter_map(|recorded| enrolled_agency(scene, &recorded.event.office))
        .collect();
    let answers = if recorders.is_empty() {
        author.roles.contains(&Role::Registrar)
    } else {
        recorders.contains(&&author.agency)
    };
    if answers { Ok(()) } else { Err(of_other()) }
}

/// The author's agency took the dispute, or answers for the rights of registered persons.
fn check_took(scene: &Scene<'_>, office: &OfficeCode) -> Result<(), Refusal> {
    let author = &scene.facts().author;
    let took = enrolled_agency(scene, office) == Some(&author.agency);
    if took || author.roles.contains(&Role::DataProtectionOfficer) {
        Ok(())
    } else {
        Err(of_other())
    }
}

/// The agency of an office, if both are enrolled.
fn enrolled_agency<'a>(scene: &Scene<'a>, office: &OfficeCode) -> Option<&'a AgencyCode> {
    let enrolment = &scene.states().enrolment;
    let agency = &enrolment.office(office)?.agency;
    enrolment.agency(agency).map(|_enrolled| agency)
}

fn of_other() -> Refusal {
    Refusal::new(Reason::DisputeOfOtherAgency, RULE)
}

/// The act named has put right what is contested: it stands, came after the dispute and, where an act is contested, amends
/// that act or an amendment of it.
fn check_correction(life: &Life, dispute: &Dispute, correction: ActId) -> Result<(), Refusal> {
    let missing = || Refusal::new(Reason::CorrectionMissing, RULE);
    let part = life.of_act(correction).next().ok_or_else(missing)?;
    let stands = dispute.position < part.position
        && !is_about_dispute(&part.event)
        && !life.is_annulled(correction);
    let fits = match dispute.fact {
        DisputedFact::Act(act) => amends(life, correction, act),
        DisputedFact::Group { .. } => true,
    };
    if stands && fits {
        Ok(())
    } else {
        Err(missing())
    }
}

/// True if an act amends another one, or an amendment of it. Amendments point back, so that the way ends.
fn amends(life: &Life, amendment: ActId, act: ActId) -> bool {
    let target = |by: ActId| {
        let part = life.of_act(by).next();
        part.and_then(|part| amendment_target(&part.event))
    };
    let mut at = target(amendment);
    while let Some(target_id) = at {
        if target_id == act {
            return true;
        }
        at = target(target_id);
    }
    false
}

/// A correction by which a dispute was upheld is not annulled while that answer stands: the fact would be told again as it
/// was, and without the mark.
pub(super) fn check_resolutions(
    scene: &Scene<'_>,
    correction: ActId,
    subjects: &[SubjectId],
) -> Result<(), Refusal> {
    let mut persons = subjects
        .iter()
        .filter_map(|subject| scene.life(subject.clone()))
        .filter_map(|life| life.person(&At::END));
    let upheld = persons.any(|person| {
        let mut disputes = person.disputes.iter();
        disputes.any(|dispute| dispute.was_upheld_by(correction))
    });
    if upheld {
        return Err(Refusal::new(Reason::DependentActsStand, RULE)
            .with_message("A dispute was upheld by this act.")
            .with_remedy(
                "Annul the act that resolved the dispute first: then the fact is marked again.",
            ));
    }
    Ok(())
}

/// What a person contests is amended by the agency that recorded it, and by no other: a dispute is not put away by the one
/// it is about.
pub(super) fn check_amender(scene: &Scene<'_>, life: &Life, act: ActId) -> Result<(), Refusal> {
    let Some(part) = life.of_act(act).next() else {
        return Ok(());
    };
    check_took(scene, &part.event.office)
}
