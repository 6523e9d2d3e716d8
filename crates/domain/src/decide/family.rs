use super::Decided;
use super::scene::{Scene, check_term};
use super::vital::same_subject;
use crate::act::{IssueMarriageLicence, RegisterDivorce, RegisterMarriage};
use crate::erasure;
use crate::event::EventBody;
use crate::fact::{Custody, MarriageForm, MarriageKind, Party, Sex};
use crate::number::PersonNumber;
use crate::person::{HeldLicence, Person};
use crate::refusal::{Reason, Refusal};

/// Licence for an Iranian wife (rows 3 and 14), registration permit for an Iranian husband (row 12).
const LICENCE_RULE: &str = "service:10032154105, 10032154103 (rows 3, 12, 14)";
const MARRIAGE_RULE: &str = "service:10032154104 (row 13), duty:12";
const DIVORCE_RULE: &str = "service:10032154107 (row 16), duty:12";

/// A licence is for a marriage in which exactly one party is Iranian; it is about the other one, and is no marriage.
pub(super) fn issue_marriage_licence(
    scene: &Scene<'_>,
    body: &IssueMarriageLicence,
) -> Result<Vec<Decided>, Refusal> {
    let foreign = match (&body.wife, &body.husband) {
        (Party::Iranian(_), Party::Person(number)) | (Party::Person(number), Party::Iranian(_)) => {
            *number
        }
        _ => {
            return Err(Refusal::new(Reason::PartyNotForeign, LICENCE_RULE)
                .with_message("A licence is for an Iranian and a registered person.")
                .with_remedy("Register the foreign party first; a marriage of two foreign nationals needs no licence."));
        }
    };
    let person = scene.living(foreign)?;
    check_sex(&person, body.wife == Party::Person(foreign))?;
    check_term(scene.act().occurred_on, body.valid_until, LICENCE_RULE)?;
    if scene
        .whole_person(foreign)?
        .licence(&body.licence_number)
        .is_some()
    {
        return Err(Refusal::new(Reason::DuplicatePermit, LICENCE_RULE));
    }
    Ok(vec![scene.about(
        foreign,
        EventBody::MarriageLicenceIssued(body.clone()),
    )])
}

/// A wife is not male and a husband is not female, as far as sexes are known.
fn check_sex(person: &Person, is_wife: bool) -> Result<(), Refusal> {
    let other = if is_wife { Sex::Male } else { Sex::Female };
    if person.particulars.sex == other {
        return Err(Refusal::new(Reason::SubjectsNotDistinct, MARRIAGE_RULE)
            .with_message("The recorded sex of a party does not fit the role of wife or husband.")
            .with_remedy("Exchange the roles, or correct the registration of the person first."));
    }
    Ok(())
}

/// A marriage; about each registered party.
pub(super) fn register_marriage(
    scene: &Scene<'_>,
    body: &RegisterMarriage,
) -> Result<Vec<Decided>, Refusal> {
    if body.husband == body.wife {
        return Err(same_subject());
    }
    check_marriage_form(body)?;
    let husband = scene.living_party(&body.husband)?;
    let wife = scene.living_party(&body.wife)?;
    check_licence(scene, body, husband.as_ref(), wife.as_ref())?;
    let parties = [(husband, &body.wife, false), (wife, &body.husband, true)];
    let mut decided = Vec::new();
    for (person, other, is_wife) in parties {
        let Some(person) = person else { continue };
        check_sex(&person, is_wife)?;
        if !person.may_marry(other, is_wife, scene.day()) {
            return Err(Refusal::new(Reason::AlreadyMarried, MARRIAGE_RULE));
        }
        decided.push(scene.about(person.number, EventBody::MarriageRegistered(body.clone())));
    }
    if decided.is_empty() {
        return Err(Refusal::new(Reason::PartyNotForeign, MARRIAGE_RULE));
    }
    Ok(decided)
}

/// A term belongs to a temporary marriage, an authority and a deed to an official one (art. 28; AM-53: a religious marriage
/// may stand unregistered).
fn check_marriage_form(body: &RegisterMarriage) -> Result<(), Refusal> {
    let is_temporary = body.kind == MarriageKind::Temporary;
    if is_temporary != (0 < body.term_months) {
        return Err(Refusal::field(
            "register_marriage.term_months",
            "does not fit the kind of marriage",
        ));
    }
    if body.form == MarriageForm::OfficialDeed {
        if body.registered_with.is_none() {
            return Err(Refusal::field(
                "register_marriage.registered_with",
                "is missing",
            ));
        }
        if body.deed_number.is_empty() {
            return Err(Refusal::field(
                "register_marriage.deed_number",
                "is missing",
            ));
        }
    }
    Ok(())
}

/// An Iranian party makes a licence or a registration permit necessary. It is issued for these two, unused, and in force on
/// the day of the marriage; where the marriage came before it, as religious ones do, it is in force since.
fn check_licence(
    scene: &Scene<'_>,
    body: &RegisterMarriage,
    husband: Option<&Person>,
    wife: Option<&Person>,
) -> Result<(), Refusal> {
    let an_iranian =
        matches!(body.husband, Party::Iranian(_)) || matches!(body.wife, Party::Iranian(_));
    if !an_iranian {
        return Ok(());
    }
    let Some(foreign) = husband.or(wife) else {
        return Err(Refusal::new(Reason::PartyNotForeign, MARRIAGE_RULE));
    };
    let whole = scene.whole_person(foreign.number)?;
    let licence = whole
        .licence(&body.licence_number)
        .filter(|licence| licence.wife == body.wife && licence.husband == body.husband);
    let Some(licence) = licence else {
        return Err(Refusal::new(Reason::LicenceRequired, LICENCE_RULE));
    };
    if licence.used || has_expired(licence, scene) {
        return Err(Refusal::new(Reason::LicenceUsed, LICENCE_RULE));
    }
    Ok(())
}

fn has_expired(licence: &HeldLicence, scene: &Scene<'_>) -> bool {
    licence
        .valid_until
        .is_some_and(|until| until.latest() < scene.day())
}

/// A divorce; about each registered party, and about each child on whose custody it rules.
pub(super) fn register_divorce(
    scene: &Scene<'_>,
    body: &RegisterDivorce,
) -> Result<Vec<Decided>, Refusal> {
    if body.husband == body.wife {
        return Err(same_subject());
    }
    let husband = scene.remaining_party(&body.husband)?;
    let wife = scene.remaining_party(&body.wife)?;
    let mut decided = Vec::new();
    for (person, other) in [(&husband, &body.wife), (&wife, &body.husband)] {
        let Some(person) = person else { continue };
        if person.marriage_with(other).is_none() {
            return Err(Refusal::new(Reason::NotMarried, DIVORCE_RULE));
        }
        decided.push(scene.about(person.number, EventBody::DivorceRegistered(body.clone())));
    }
    if decided.is_empty() {
        let mut persons = [&body.husband, &body.wife]
            .into_iter()
            .filter_map(Party::person);
        return Err(if persons.any(|number| scene.is_erased(number)) {
            erasure::erased()
        } else {
            Refusal::new(Reason::PartyNotForeign, DIVORCE_RULE)
        });
    }
    let parents: Vec<&Person> = [&husband, &wife].into_iter().flatten().collect();
    let mut ruled_on: Vec<PersonNumber> = Vec::new();
    for custody in &body.custody {
        if ruled_on.contains(&custody.child) {
            return Err(same_subject());
        }
        ruled_on.push(custody.child);
        check_custody(scene, custody, &parents)?;
        let about_child = RegisterDivorce {
            custody: vec![custody.clone()],
            ..body.clone()
        };
        decided.push(scene.about(custody.child, EventBody::DivorceRegistered(about_child)));
    }
    Ok(decided)
}

/// Custody is ruled on for a living child of one of the two.
fn check_custody(scene: &Scene<'_>, custody: &Custody, parents: &[&Person]) -> Result<(), Refusal> {
    let child = scene.living(custody.child)?;
    let is_theirs = parents.iter().any(|parent| {
        parent
            .children
            .iter()
            .any(|known| known.child == custody.child)
            || child
                .parents
                .iter()
                .any(|known| known.who == Party::Person(parent.number))
    });
    if !is_theirs {
        return Err(Refusal::new(Reason::ParentageConflict, DIVORCE_RULE)
            .with_message("Custody is ruled on for a child of neither party.")
            .with_remedy("Confirm the parentage first, or correct the number of the child."));
    }
    scene.living_party(&custody.custodian).map(|_| ())
}
