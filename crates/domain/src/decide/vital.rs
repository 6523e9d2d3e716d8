use super::registration::contradicts;
use super::scene::Scene;
use super::{Decided, document};
use crate::act::{AppointGuardian, ConfirmParentage, RegisterDeath, RemoveHouseholdMember};
use crate::event::{EventBody, SpouseDied};
use crate::fact::{Informant, MemberRemovalReason, ParentRole, Party};
use crate::person::Person;
use crate::refusal::{Reason, Refusal};

/// Completed years of age at which a guardian is no longer appointed (bill art. 1(13), TL-01).
const MAJORITY_YEARS: u32 = 18;

/// Services row 18: a death ends documents, permits, marriages and membership. All of that follows from the one event about
/// the deceased; spouses and household get an event of their own.
pub(super) fn register_death(
    scene: &Scene<'_>,
    body: &RegisterDeath,
) -> Result<Vec<Decided>, Refusal> {
    let whole = scene.whole_person(body.person)?;
    if whole.death.is_some() {
        return Err(Refusal::new(Reason::AlreadyDeceased, "service:10032154109"));
    }
    let person = scene.person(body.person)?;
    check_informant(scene, body.informant.as_ref())?;
    if let Some(certificate) = &body.certificate {
        document::check_unheld(scene, &certificate.key(), body.person)?;
    }
    let mut decided = vec![scene.about(body.person, EventBody::DeathRegistered(body.clone()))];
    let spouses = person
        .spouses_on(scene.day())
        .filter_map(|spouse| spouse.who.person());
    for spouse in spouses {
        let died = SpouseDied {
            spouse: body.person,
        };
        decided.push(scene.about(spouse, EventBody::SpouseDied(died)));
    }
    if let Some(membership) = &person.household {
        let removed = RemoveHouseholdMember {
            household: membership.household,
            person: body.person,
            reason: MemberRemovalReason::Death,
        };
        decided.push(scene.about(
            membership.household,
            EventBody::HouseholdMemberRemoved(removed),
        ));
    }
    Ok(decided)
}

/// A registered informant is a registered person; nothing more is asked of them.
pub(super) fn check_informant(
    scene: &Scene<'_>,
    informant: Option<&Informant>,
) -> Result<(), Refusal> {
    match informant.and_then(|informant| informant.person) {
        Some(number) => scene.whole_person(number).map(|_| ()),
        None => Ok(()),
    }
}

/// A finding about descent; it may come after the death of either.
pub(super) fn confirm_parentage(
    scene: &Scene<'_>,
    body: &ConfirmParentage,
) -> Result<Vec<Decided>, Refusal> {
    let child = scene.whole_person(body.child)?;
    if body.parent == Party::Person(body.child) {
        return Err(same_subject());
    }
    if child.parent(body.role).is_some() {
        return Err(Refusal::new(
            Reason::ParentageConflict,
            "service:12012154106",
        ));
    }
    let mut decided = vec![scene.about(body.child, EventBody::ParentageConfirmed(body.clone()))];
    if let Some(number) = body.parent.person() {
        let parent = scene.whole_person(number)?;
        check_sex(&parent, body.role)?;
        check_older(&parent, &child)?;
        let known = parent
            .children
            .iter()
            .any(|known| known.child == body.child);
        if known {
            return Err(Refusal::new(
                Reason::ParentageConflict,
                "service:12012154106",
            ));
        }
        decided.push(scene.about(number, EventBody::ParentageConfirmed(body.clone())));
    }
    Ok(decided)
}

/// A mother is not male and a father is not female; an unknown sex contradicts nothing.
pub(super) fn check_sex(person: &Person, role: ParentRole) -> Result<(), Refusal> {
    if contradicts(person.particulars.sex, role) {
        return Err(Refusal::new(Reason::ParentageConflict, "duty:12")
            .with_message("The parent's recorded sex does not fit the role.")
            .with_remedy("Correct the role, or correct the registration of the parent first."));
    }
    Ok(())
}

/// A parent is born before the child.
fn check_older(parent: &Person, child: &Person) -> Result<(), Refusal> {
    let births = (parent.particulars.birth_date, child.particulars.birth_date);
    if let (Some(parent), Some(child)) = births
        && child.latest() <= parent.earliest()
    {
        return Err(Refusal::new(Reason::BeforeBirth, "design:6 three clocks"));
    }
    Ok(())
}

/// A guardian is appointed for a minor; who has no date of birth is taken to be one.
pub(super) fn appoint_guardian(
    scene: &Scene<'_>,
    body: &AppointGuardian,
) -> Result<Vec<Decided>, Refusal> {
    let child = scene.living(body.child)?;
    if body.guardian == Party::Person(body.child) {
        return Err(same_subject());
    }
    if child
        .age_years(scene.day())
        .is_some_and(|age| MAJORITY_YEARS <= age)
    {
        return Err(Refusal::new(Reason::NotAMinor, "law:art. 1(13) (TL-01)"));
    }
    let mut decided = vec![scene.about(body.child, EventBody::GuardianAppointed(body.clone()))];
    if let Some(guardian) = scene.living_party(&body.guardian)? {
        decided.push(scene.about(guardian.number, EventBody::GuardianAppointed(body.clone())));
    }
    Ok(decided)
}

/// The same person cannot stand on both sides.
pub(super) fn same_subject() -> Refusal {
    Refusal::new(Reason::SubjectsNotDistinct, "design:1 subject")
}
