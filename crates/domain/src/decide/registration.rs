use super::scene::Scene;
use super::{Decided, document, household, vital};
use crate::act::{RegisterBirth, RegisterPerson};
use crate::event::{BirthRegistered, ChildBorn, EventBody, HouseholdJoined, PersonRegistered};
use crate::fact::{Document, EvidenceState, ParentRole, Party, Relation, Sex};
use crate::household::Household;
use crate::number::PersonNumber;
use crate::person::Person;
use crate::refusal::{Reason, Refusal};
use crate::time::PartialDate;

/// Duty 12 and bill art. 1(16): everybody gets a number, papers or not.
pub(super) fn register_person(
    scene: &Scene<'_>,
    body: &RegisterPerson,
) -> Result<Vec<Decided>, Refusal> {
    let number = new_person(scene)?;
    let shows_documents = !body.documents.is_empty();
    if shows_documents == (body.evidence == EvidenceState::NoDocument) {
        return Err(Refusal::field(
            "register_person.evidence",
            "does not fit the documents shown",
        ));
    }
    check_birth_date(scene, body.particulars.birth_date)?;
    check_documents(scene, number, &body.documents)?;
    let registered = PersonRegistered {
        number,
        particulars: body.particulars.clone(),
        evidence: body.evidence,
        documents: body.documents.clone(),
        address: body.address.clone(),
        file_province: scene.office().map(|office| office.province),
    };
    Ok(vec![
        scene.about(number, EventBody::PersonRegistered(registered)),
    ])
}

/// The new number that the shell allocated.
fn new_person(scene: &Scene<'_>) -> Result<PersonNumber, Refusal> {
    scene
        .facts()
        .new_persons
        .first()
        .copied()
        .ok_or_else(|| Refusal::new(Reason::NotWritable, "law:art. 1(16)"))
}

/// A person is not born after the day of the fact.
fn check_birth_date(scene: &Scene<'_>, birth: Option<PartialDate>) -> Result<(), Refusal> {
    let last = scene.act().occurred_on.latest();
    if birth.is_some_and(|birth| last < birth.earliest()) {
        return Err(Refusal::new(Reason::BeforeBirth, "design:6 three clocks"));
    }
    Ok(())
}

/// Each document is shown once, and nobody else holds it.
fn check_documents(
    scene: &Scene<'_>,
    number: PersonNumber,
    documents: &[Document],
) -> Result<(), Refusal> {
    let mut keys: Vec<_> = documents.iter().map(Document::key).collect();
    keys.sort_unstable();
    if keys.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(document::duplicate());
    }
    keys.iter()
        .try_for_each(|key| document::check_unheld(scene, key, number))
}

/// Duty 12: a birth is registered whoever the parents are, and whether or not they are known.
pub(super) fn register_birth(
    scene: &Scene<'_>,
    body: &RegisterBirth,
) -> Result<Vec<Decided>, Refusal> {
    let number = new_person(scene)?;
    let on = scene.act().occurred_on;
    if body
        .child
        .birth_date
        .is_some_and(|birth| birth.latest() < on.earliest() || on.latest() < birth.earliest())
    {
        return Err(Refusal::new(Reason::InvalidDate, "duty:12")
            .with_message("The child's date of birth is not the date of the birth.")
            .with_remedy("Date the act with the day of the birth."));
    }
    check_documents(scene, number, body.certificate.as_slice())?;
    vital::check_informant(scene, body.informant.as_ref())?;
    // Two persons of whom only a name is known may bear the same one.
    let is_identified = matches!(body.mother, Some(Party::Person(_) | Party::Iranian(_)));
    if is_identified && body.mother == body.father {
        return Err(vital::same_subject());
    }
    let mother = parent(scene, body.mother.as_ref(), ParentRole::Mother)?;
    let father = parent(scene, body.father.as_ref(), ParentRole::Father)?;
    let joined = household_at_birth(scene, body, [mother.as_ref(), father.as_ref()])?;
    let registered = BirthRegistered {
        number,
        child: body.child.clone(),
        mother: body.mother.clone(),
        father: body.father.clone(),
        informant: body.informant,
        certificate: body.certificate.clone(),
        household: joined.as_ref().map(|(household, _)| household.code),
        file_province: scene.office().map(|office| office.province),
    };
    let mut decided = vec![scene.about(number, EventBody::BirthRegistered(registered))];
    if let Some((household, on)) = &joined {
        let relation = relation_of_child(household, body);
        let joins = HouseholdJoined {
            household: household.code,
            relation,
        };
        decided.push(scene.about_on(number, *on, EventBody::HouseholdJoined(joins)));
        decided.extend(household::address_of_new_member(
            scene, household, number, *on,
        ));
        decided.push(household::member_added(
            scene,
            household.code,
            number,
            relation,
            *on,
        ));
    }
    for (parent, role) in [(mother, ParentRole::Mother), (father, ParentRole::Father)] {
        if let Some(parent) = parent {
            let born = ChildBorn {
                child: number,
                role,
            };
            decided.push(scene.about(parent.number, EventBody::ChildBorn(born)));
        }
    }
    Ok(decided)
}

/// A registered parent. The mother is alive on the day of the birth, by the latest reading of the date; the father may have
/// died before.
fn parent(
    scene: &Scene<'_>,
    party: Option<&Party>,
    role: ParentRole,
) -> Result<Option<Person>, Refusal> {
    let Some(number) = party.and_then(Party::person) else {
        return Ok(None);
    };
    let person = scene.person(number)?;
    vital::check_sex(&person, role)?;
    let died_before = person
        .death
        .as_ref()
        .is_some_and(|death| death.on.latest() < scene.act().occurred_on.earliest());
    if role == ParentRole::Mother && died_before {
        return Err(Refusal::new(Reason::PersonDeceased, "duty:12"));
    }
    Ok(Some(person))
}

/// The household the child joins, and since when: the one named, else the mother's, else the father's. Membership begins with
/// the birth where the household was theirs then, otherwise on the day the office recorded it.
fn household_at_birth(
    scene: &Scene<'_>,
    body: &RegisterBirth,
    parents: [Option<&Person>; 2],
) -> Result<Option<(Household, PartialDate)>, Refusal> {
    let on = scene.act().occurred_on;
    let recorded_on = scene.recorded_on();
    let mut code = body.household;
    for parent in parents.into_iter().flatten() {
        let now = scene.whole_person(parent.number)?.household;
        code = code.or(now.map(|membership| membership.household));
    }
    let Some(code) = code else { return Ok(None) };
    let at_birth = scene.household(code).ok().filter(|household| {
        let is_parents = parents
            .into_iter()
            .flatten()
            .any(|parent| household.has(parent.number));
        is_parents || parents.iter().all(Option::is_none)
    });
    let (household, since) = match at_birth {
        Some(household) => (household, on),
        None => (
            scene.household_on(code, recorded_on.earliest())?,
            recorded_on,
        ),
    };
    household::check_room(&household, 1)?;
    household::check_not_empty(&household)?;
    Ok(Some((household, since)))
}

/// What a newborn is to the head of the household.
fn relation_of_child(household: &Household, body: &RegisterBirth) -> Relation {
    let is_head = |party: Option<&Party>| {
        party
            .and_then(Party::person)
            .is_some_and(|number| household.head() == Some(number))
    };
    let is_child_of_head = |party: Option<&Party>| {
        party
            .and_then(Party::person)
            .and_then(|number| household.relation_of(number))
            == Some(Relation::Child)
    };
    let is_spouse_of_head = |party: Option<&Party>| {
        party
            .and_then(Party::person)
            .and_then(|number| household.relation_of(number))
            == Some(Relation::Spouse)
    };
    let parents = [body.mother.as_ref(), body.father.as_ref()];
    if parents
        .into_iter()
        .any(|party| is_head(party) || is_spouse_of_head(party))
    {
        Relation::Child
    } else if parents.into_iter().any(is_child_of_head) {
        Relation::Grandchild
    } else {
        Relation::OtherRelative
    }
}

/// True if a person of this sex can stand in a role that is for the other one only.
pub(super) fn contradicts(sex: Sex, role: ParentRole) -> bool {
    matches!(
        (sex, role),
        (Sex::Male, ParentRole::Mother) | (Sex::Female, ParentRole::Father)
    )
}
