use super::Decided;
use super::scene::Scene;
use super::vital::same_subject;
use crate::act::{ConfirmDistinctPersons, ConfirmSamePerson, DeclareOfficer, WithdrawIdentityLink};
use crate::event::EventBody;
use crate::number::PersonNumber;
use crate::person::Person;
use crate::refusal::{Reason, Refusal};

/// Links instead of fusion: no fact moves from one life to the other.
const RULE: &str = "design:6 identity links";

/// Two records are one human being.
pub(super) fn confirm_same(
    scene: &Scene<'_>,
    body: &ConfirmSamePerson,
) -> Result<Vec<Decided>, Refusal> {
    let (person, other) = pair(scene, body.person, body.other)?;
    if person.same_as.contains(&body.other) && other.same_as.contains(&body.person) {
        return Err(Refusal::new(Reason::IdentityContradiction, RULE)
            .with_message("The same finding is in force already.")
            .with_remedy("Nothing is to be confirmed."));
    }
    if person.distinct_from.contains(&body.other) {
        return Err(Refusal::new(Reason::IdentityContradiction, RULE));
    }
    Ok(both(
        scene,
        body.person,
        body.other,
        &EventBody::SamePersonConfirmed(body.clone()),
    ))
}

/// Two records are two human beings.
pub(super) fn confirm_distinct(
    scene: &Scene<'_>,
    body: &ConfirmDistinctPersons,
) -> Result<Vec<Decided>, Refusal> {
    let (person, other) = pair(scene, body.person, body.other)?;
    if person.distinct_from.contains(&body.other) && other.distinct_from.contains(&body.person) {
        return Err(Refusal::new(Reason::IdentityContradiction, RULE)
            .with_message("The same finding is in force already.")
            .with_remedy("Nothing is to be confirmed."));
    }
    if person.same_as.contains(&body.other) {
        return Err(Refusal::new(Reason::IdentityContradiction, RULE));
    }
    Ok(both(
        scene,
        body.person,
        body.other,
        &EventBody::DistinctPersonsConfirmed(body.clone()),
    ))
}

/// A person is an officer of the author's agency. An agency speaks of its own officers alone.
pub(super) fn declare_officer(
    scene: &Scene<'_>,
    body: &DeclareOfficer,
) -> Result<Vec<Decided>, Refusal> {
    let rule = "design:7.5";
    if body.agency != scene.facts().author.agency {
        return Err(Refusal::new(Reason::RoleNotAllowed, rule)
            .with_message("The officer is one of another agency than the one that signed the act.")
            .with_remedy("Let the officer's own agency declare who they are."));
    }
    let person = scene.living(body.person)?;
    if person.is_officer(&body.agency, body.officer.as_str()) {
        return Err(Refusal::new(Reason::OutOfSequence, rule)
            .with_message("The person is declared to be this officer already.")
            .with_remedy("Nothing is to be declared."));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::OfficerDeclared(body.clone()),
    )])
}

/// A finding is withdrawn.
pub(super) fn withdraw(
    scene: &Scene<'_>,
    body: &WithdrawIdentityLink,
) -> Result<Vec<Decided>, Refusal> {
    let (person, _other) = pair(scene, body.person, body.other)?;
    let linked = person.same_as.contains(&body.other) || person.distinct_from.contains(&body.other);
    if !linked {
        return Err(Refusal::new(Reason::UnknownIdentityLink, RULE));
    }
    Ok(both(
        scene,
        body.person,
        body.other,
        &EventBody::IdentityLinkWithdrawn(body.clone()),
    ))
}

fn pair(
    scene: &Scene<'_>,
    person: PersonNumber,
    other: PersonNumber,
) -> Result<(Person, Person), Refusal> {
    if person == other {
        return Err(same_subject());
    }
    Ok((scene.person(person)?, scene.person(other)?))
}

fn both(
    scene: &Scene<'_>,
    person: PersonNumber,
    other: PersonNumber,
    body: &EventBody,
) -> Vec<Decided> {
    vec![
        scene.about(person, body.clone()),
        scene.about(other, body.clone()),
    ]
}
