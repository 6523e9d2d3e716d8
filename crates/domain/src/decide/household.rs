use std::collections::BTreeSet;

use super::Decided;
use super::scene::Scene;
use super::vital::same_subject;
use crate::act::{
    AddHouseholdMember, ChangeAddress, ChangeHouseholdHead, FormHousehold, MoveHouseholdMember,
    RemoveHouseholdMember, Resident, SplitHousehold,
};
use crate::event::{EventBody, HouseholdFormed, HouseholdJoined, HouseholdLeft, HouseholdSplit};
use crate::fact::limits::HOUSEHOLD_MEMBERS_MAX;
use crate::fact::{Address, MemberRelation, MemberRemovalReason, Relation};
use crate::household::Household;
use crate::number::{HouseholdCode, PersonNumber};
use crate::refusal::{Reason, Refusal};
use crate::time::PartialDate;

/// Household changes; a person is in one household at a time.
const RULE: &str = "service:10032154107 (row 16)";

/// A new household; nobody in it belongs to another one.
pub(super) fn form(scene: &Scene<'_>, body: &FormHousehold) -> Result<Vec<Decided>, Refusal> {
    let members = head_first(body.head, &body.members)?;
    for member in &members {
        if scene.living(member.person)?.household.is_some() {
            return Err(Refusal::new(Reason::AlreadyMember, RULE));
        }
    }
    let code = new_household(scene)?;
    let formed = HouseholdFormed {
        code,
        members: members.clone(),
        address: body.address.clone(),
        split_from: None,
    };
    let mut decided = vec![scene.about(code, EventBody::HouseholdFormed(formed))];
    for member in &members {
        decided.push(joined(scene, code, member));
        decided.extend(moved_in(scene, code, member.person, body.address.as_ref()));
    }
    Ok(decided)
}

/// The new code that the shell allocated.
fn new_household(scene: &Scene<'_>) -> Result<HouseholdCode, Refusal> {
    scene
        .facts()
        .new_households
        .first()
        .copied()
        .ok_or_else(|| Refusal::new(Reason::NotWritable, RULE))
}

/// Members of a new household, the head first; each once, and one head.
fn head_first(
    head: PersonNumber,
    others: &[MemberRelation],
) -> Result<Vec<MemberRelation>, Refusal> {
    let mut members = vec![MemberRelation {
        person: head,
        relation: Relation::Head,
    }];
    members.extend_from_slice(others);
    check_distinct(members.iter().map(|member| member.person))?;
    if others
        .iter()
        .any(|member| member.relation == Relation::Head)
    {
        return Err(second_head());
    }
    if HOUSEHOLD_MEMBERS_MAX < members.len() {
        return Err(too_large());
    }
    Ok(members)
}

fn check_distinct(persons: impl Iterator<Item = PersonNumber>) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for person in persons {
        if !seen.insert(person) {
            return Err(same_subject());
        }
    }
    Ok(())
}

fn second_head() -> Refusal {
    Refusal::new(Reason::NotAHead, RULE)
        .with_message("A member is stated as a second head.")
        .with_remedy(
            "State the member's relation to the head; change the head by an act of its own.",
        )
}

fn too_large() -> Refusal {
    Refusal::new(Reason::ActTooLarge, RULE).with("members_max", HOUSEHOLD_MEMBERS_MAX)
}

/// Refuses a household in which so many more have no room.
pub(super) fn check_room(household: &Household, more: usize) -> Result<(), Refusal> {
    if HOUSEHOLD_MEMBERS_MAX < household.members.len().saturating_add(more) {
        return Err(too_large());
    }
    Ok(())
}

/// Refuses a household that everybody has left.
pub(super) fn check_not_empty(household: &Household) -> Result<(), Refusal> {
    if household.members.is_empty() {
        return Err(Refusal::new(Reason::HouseholdEmpty, RULE));
    }
    Ok(())
}

fn joined(scene: &Scene<'_>, household: HouseholdCode, member: &MemberRelation) -> Decided {
    let joined = HouseholdJoined {
        household,
        relation: member.relation,
    };
    scene.about(member.person, EventBody::HouseholdJoined(joined))
}

fn left(
    scene: &Scene<'_>,
    household: HouseholdCode,
    person: PersonNumber,
    reason: MemberRemovalReason,
) -> Decided {
    scene.about(
        person,
        EventBody::HouseholdLeft(HouseholdLeft { household, reason }),
    )
}

/// A member lives where the household lives.
fn moved_in(
    scene: &Scene<'_>,
    household: HouseholdCode,
    person: PersonNumber,
    address: Option<&Address>,
) -> Option<Decided> {
    address
        .map(|address| address_changed(scene, household, person, address, scene.act().occurred_on))
}

/// The address of somebody who joins a household that has one.
pub(super) fn address_of_new_member(
    scene: &Scene<'_>,
    household: &Household,
    person: PersonNumber,
    on: PartialDate,
) -> Option<Decided> {
    household
        .address
        .as_ref()
        .map(|address| address_changed(scene, household.code, person, address, on))
}

fn address_changed(
    scene: &Scene<'_>,
    household: HouseholdCode,
    person: PersonNumber,
    address: &Address,
    on: PartialDate,
) -> Decided {
    let change = ChangeAddress {
        subject: Resident::Household(household),
        address: address.clone(),
    };
    scene.about_on(person, on, EventBody::AddressChanged(change))
}

/// The event about a household that somebody joins.
pub(super) fn member_added(
    scene: &Scene<'_>,
    household: HouseholdCode,
    person: PersonNumber,
    relation: Relation,
    on: PartialDate,
) -> Decided {
    let added = AddHouseholdMember {
        household,
        member: MemberRelation { person, relation },
    };
    scene.about_on(household, on, EventBody::HouseholdMemberAdded(added))
}

/// Members leave and form a household of their own. The head may be among them; then the household left behind is without
/// one for a time (AM-54). Somebody stays: a household that everybody would leave changes its head instead.
pub(super) fn split(scene: &Scene<'_>, body: &SplitHousehold) -> Result<Vec<Decided>, Refusal> {
    let household = scene.household(body.household)?;
    let members = head_first(body.new_head, &body.leaving)?;
    for member in &members {
        check_member(scene, &household, member.person)?;
    }
    if household.members.len() <= members.len() {
        return Err(Refusal::new(Reason::HouseholdEmpty, RULE)
            .with_message("Nobody would stay in the household.")
            .with_remedy("Change the head of the household instead."));
    }
    let code = new_household(scene)?;
    let split = HouseholdSplit {
        new_household: code,
        leaving: members.iter().map(|member| member.person).collect(),
    };
    let formed = HouseholdFormed {
        code,
        members: members.clone(),
        address: body.address.clone(),
        split_from: Some(body.household),
    };
    let mut decided = vec![
        scene.about(body.household, EventBody::HouseholdSplit(split)),
        scene.about(code, EventBody::HouseholdFormed(formed)),
    ];
    for member in &members {
        decided.push(left(
            scene,
            body.household,
            member.person,
            MemberRemovalReason::Moved,
        ));
        decided.push(joined(scene, code, member));
        decided.extend(moved_in(scene, code, member.person, body.address.as_ref()));
    }
    Ok(decided)
}

/// Refuses a person who is dead or not a member.
fn check_member(
    scene: &Scene<'_>,
    household: &Household,
    person: PersonNumber,
) -> Result<(), Refusal> {
    let membership = scene.living(person)?.household;
    let is_member = household.has(person)
        && membership.is_some_and(|membership| membership.household == household.code);
    if is_member {
        Ok(())
    } else {
        Err(Refusal::new(Reason::NotAMember, RULE))
    }
}

/// A person without a household joins one.
pub(super) fn add_member(
    scene: &Scene<'_>,
    body: &AddHouseholdMember,
) -> Result<Vec<Decided>, Refusal> {
    let household = scene.household(body.household)?;
    let member = body.member;
    if member.relation == Relation::Head {
        return Err(second_head());
    }
    if scene.living(member.person)?.household.is_some() {
        return Err(Refusal::new(Reason::AlreadyMember, RULE));
    }
    check_not_empty(&household)?;
    check_room(&household, 1)?;
    let on = scene.act().occurred_on;
    let mut decided = vec![
        scene.about(
            body.household,
            EventBody::HouseholdMemberAdded(body.clone()),
        ),
        joined(scene, body.household, &member),
    ];
    decided.extend(address_of_new_member(scene, &household, member.person, on));
    Ok(decided)
}

/// A member leaves; when it is the head, the household is without one for a time (AM-54).
pub(super) fn remove_member(
    scene: &Scene<'_>,
    body: &RemoveHouseholdMember,
) -> Result<Vec<Decided>, Refusal> {
    let household = scene.household(body.household)?;
    if scene.is_erased(body.person) && household.has(body.person) {
        // Nothing is recorded about whoever was erased; those who are left must not keep their number for ever.
        let removed = EventBody::HouseholdMemberRemoved(body.clone());
        return Ok(vec![scene.about(body.household, removed)]);
    }
    check_member(scene, &household, body.person)?;
    if body.reason == MemberRemovalReason::Death {
        return Err(
            Refusal::new(Reason::NotAMember, "service:10032154109 (row 18)")
                .with_message("A death takes the person out of the household by itself.")
                .with_remedy("Register the death."),
        );
    }
    Ok(vec![
        scene.about(
            body.household,
            EventBody::HouseholdMemberRemoved(body.clone()),
        ),
        left(scene, body.household, body.person, body.reason),
    ])
}

/// A member goes from one household to another, as after a marriage (services row 13).
pub(super) fn move_member(
    scene: &Scene<'_>,
    body: &MoveHouseholdMember,
) -> Result<Vec<Decided>, Refusal> {
    if body.from_household == body.to_household {
        return Err(same_subject());
    }
    let from = scene.household(body.from_household)?;
    let to = scene.household(body.to_household)?;
    let MemberRelation { person, relation } = body.member;
    check_member(scene, &from, person)?;
    if relation == Relation::Head {
        return Err(second_head());
    }
    check_not_empty(&to)?;
    check_room(&to, 1)?;
    let on = scene.act().occurred_on;
    let removed = RemoveHouseholdMember {
        household: from.code,
        person,
        reason: MemberRemovalReason::Moved,
    };
    let mut decided = vec![
        left(scene, from.code, person, MemberRemovalReason::Moved),
        joined(scene, to.code, &body.member),
        scene.about(from.code, EventBody::HouseholdMemberRemoved(removed)),
        member_added(scene, to.code, person, relation, on),
    ];
    decided.extend(address_of_new_member(scene, &to, person, on));
    Ok(decided)
}

/// Any member may become head, on any ground (AM-54); art. 25 note 2 names the mother and the eldest adult child, but leaves
/// families without either.
pub(super) fn change_head(
    scene: &Scene<'_>,
    body: &ChangeHouseholdHead,
) -> Result<Vec<Decided>, Refusal> {
    let household = scene.household(body.household)?;
    check_not_empty(&household)?;
    check_member(scene, &household, body.new_head)?;
    let former = household.head();
    if former == Some(body.new_head) {
        return Err(Refusal::new(Reason::NotAHead, RULE)
            .with_message("The person is the head already.")
            .with_remedy("Name another member."));
    }
    check_distinct(
        body.relations
            .iter()
            .map(|member| member.person)
            .chain([body.new_head]),
    )?;
    for member in &body.relations {
        if member.relation == Relation::Head {
            return Err(second_head());
        }
        if !household.has(member.person) {
            return Err(Refusal::new(Reason::NotAMember, RULE));
        }
    }
    let event = EventBody::HouseholdHeadChanged(body.clone());
    let mut decided = vec![scene.about(body.household, event.clone())];
    let concerned: BTreeSet<PersonNumber> = body
        .relations
        .iter()
        .map(|member| member.person)
        .chain(former)
        .collect();
    decided.push(scene.about(body.new_head, event.clone()));
    decided.extend(
        concerned
            .into_iter()
            .map(|person| scene.about(person, event.clone())),
    );
    Ok(decided)
}

/// A new address of a person, or of a household and everybody in it.
pub(super) fn change_address(
    scene: &Scene<'_>,
    body: &ChangeAddress,
) -> Result<Vec<Decided>, Refusal> {
    let event = EventBody::AddressChanged(body.clone());
    match body.subject {
        Resident::Person(number) => {
            scene.living(number)?;
            Ok(vec![scene.about(number, event)])
        }
        Resident::Household(code) => {
            let household = scene.household(code)?;
            check_not_empty(&household)?;
            let mut decided = vec![scene.about(code, event.clone())];
            for member in &household.members {
                decided.push(scene.about(member.person, event.clone()));
            }
            Ok(decided)
        }
    }
}
