use crate::act::*;
use crate::fact::limits::HOUSEHOLD_MEMBERS_MAX;
use crate::fact::*;
use crate::number::{HouseholdCode, PersonNumber};
use crate::refusal::Reason;
use crate::testing::*;

fn form(head: PersonNumber, members: Vec<MemberRelation>) -> FormHousehold {
    FormHousehold {
        head,
        members,
        address: None,
    }
}

fn split(
    household: HouseholdCode,
    new_head: PersonNumber,
    leaving: Vec<MemberRelation>,
) -> SplitHousehold {
    SplitHousehold {
        household,
        new_head,
        leaving,
        address: Some(address("New Street")),
    }
}

fn change_head(household: HouseholdCode, new_head: PersonNumber) -> ChangeHouseholdHead {
    ChangeHouseholdHead {
        household,
        new_head,
        ground: HeadChangeGround::Other,
        relations: vec![],
    }
}

#[test]
fn a_person_is_in_one_household_with_one_head() {
    let mut registry = Registry::new();
    let (husband, wife, household) = registry.couple();
    let other = registry.register("1370-01-01", Sex::Male);
    let cases = [
        (form(husband, vec![]), Reason::AlreadyMember),
        (
            form(other, vec![member(wife, Relation::Spouse)]),
            Reason::AlreadyMember,
        ),
        (
            form(other, vec![member(other, Relation::Child)]),
            Reason::SubjectsNotDistinct,
        ),
    ];
    for (body, reason) in cases {
        assert_eq!(registry.refused("1400-01-01", body), reason);
    }
    let second = registry.register("1370-01-01", Sex::Male);
    let two_heads = form(other, vec![member(second, Relation::Head)]);
    assert_eq!(registry.refused("1400-01-01", two_heads), Reason::NotAHead);
    let add = |person, relation| AddHouseholdMember {
        household,
        member: member(person, relation),
    };
    assert_eq!(
        registry.refused("1400-01-01", add(other, Relation::Head)),
        Reason::NotAHead
    );
    assert_eq!(
        registry.refused("1400-01-01", add(wife, Relation::Child)),
        Reason::AlreadyMember
    );
    assert_eq!(
        registry.refused("1391-01-01", add(other, Relation::Sibling)),
        Reason::UnknownHousehold,
    );
    registry.ok("1400-01-01", add(other, Relation::Sibling));
    assert!(registry.person(other).address == Some(address("First Street")));
    // A join told late may not overlap the one that stands.
    let body = form(other, vec![]);
    assert_eq!(
        registry.refused("1399-01-01", body),
        Reason::LaterActsContradict
    );
}

#[test]
fn a_household_has_a_limit() {
    let mut registry = Registry::new();
    let (_, _, household) = registry.couple();
    for _ in 2..HOUSEHOLD_MEMBERS_MAX {
        let person = registry.register("1390-01-01", Sex::Male);
        let added = AddHouseholdMember {
            household,
            member: member(person, Relation::OtherRelative),
        };
        registry.ok("1400-01-01", added);
    }
    let person = registry.register("1390-01-01", Sex::Male);
    let added = AddHouseholdMember {
        household,
        member: member(person, Relation::OtherRelative),
    };
    assert_eq!(registry.refused("1400-01-01", added), Reason::ActTooLarge);
    // Everybody but one leaves: the widest act there is.
    let members = registry.household(household).members;
    let leaving = members[2..]
        .iter()
        .map(|m| member(m.person, Relation::Sibling))
        .collect();
    let outcome = registry.ok("1400-02-01", split(household, members[1].person, leaving));
    assert_eq!(outcome.decided.len(), 2 + 3 * (HOUSEHOLD_MEMBERS_MAX - 1));
    let moved = ChangeAddress {
        subject: Resident::Household(outcome.households[0]),
        address: address("Third Street"),
    };
    assert_eq!(
        registry.ok("1400-03-01", moved).decided.len(),
        HOUSEHOLD_MEMBERS_MAX
    );
}

#[test]
fn a_split_moves_members_and_may_take_the_head() {
    let mut registry = Registry::new();
    let (husband, wife, household) = registry.couple();
    let child = registry.child("1395-01-01", husband, wife);
    let stranger = registry.register("1370-01-01", Sex::Male);
    let all = vec![
        member(wife, Relation::Spouse),
        member(child, Relation::Child),
    ];
    assert_eq!(
        registry.refused("1400-01-01", split(household, husband, all)),
        Reason::HouseholdEmpty
    );
    assert_eq!(
        registry.refused("1400-01-01", split(household, stranger, vec![])),
        Reason::NotAMember
    );
    let leaving = vec![member(child, Relation::Child)];
    let outcome = registry.ok("1400-01-01", split(household, husband, leaving));
    let new = outcome.households[0];
    assert!(registry.household(household).head().is_none());
    assert!(registry.household(new).head() == Some(husband));
    assert!(registry.household(new).split_from == Some(household));
    assert!(
        registry
            .person(child)
            .household
            .is_some_and(|m| m.household == new)
    );
    assert!(registry.person(child).address == Some(address("New Street")));
    registry.ok("1400-01-02", change_head(household, wife));
    assert!(registry.household(household).head() == Some(wife));
    assert!(
        registry
            .person(wife)
            .household
            .is_some_and(|m| m.relation == Relation::Head)
    );
}

#[test]
fn the_head_is_a_member_and_changes() {
    let mut registry = Registry::new();
    let (husband, wife, household) = registry.couple();
    let stranger = registry.register("1370-01-01", Sex::Male);
    let with = |relations| ChangeHouseholdHead {
        relations,
        ..change_head(household, wife)
    };
    let cases = [
        (change_head(household, stranger), Reason::NotAMember),
        (change_head(household, husband), Reason::NotAHead),
        (
            with(vec![member(stranger, Relation::Child)]),
            Reason::NotAMember,
        ),
        (
            with(vec![member(husband, Relation::Head)]),
            Reason::NotAHead,
        ),
        (
            with(vec![member(wife, Relation::Spouse)]),
            Reason::SubjectsNotDistinct,
        ),
    ];
    for (body, reason) in cases {
        assert_eq!(registry.refused("1400-01-01", body), reason);
    }
    registry.ok("1400-01-01", with(vec![member(husband, Relation::Spouse)]));
    let household = registry.household(household);
    assert!(household.head() == Some(wife));
    assert_eq!(household.relation_of(husband), Some(Relation::Spouse));
    let former = registry.person(husband).household.unwrap();
    assert!(former.relation == Relation::Spouse && former.since == on("1392-01-02"));
}

#[test]
fn members_leave_and_move() {
    let mut registry = Registry::new();
    let (husband, wife, household) = registry.couple();
    let other = registry.register("1370-01-01", Sex::Male);
    let second = registry.ok("1399-01-01", form(other, vec![])).households[0];
    let remove = |person, reason| RemoveHouseholdMember {
        household,
        person,
        reason,
    };
    assert_eq!(
        registry.refused("1400-01-01", remove(wife, MemberRemovalReason::Death)),
        Reason::NotAMember,
    );
    assert_eq!(
        registry.refused("1400-01-01", remove(other, MemberRemovalReason::Other)),
        Reason::NotAMember,
    );
    let moves = |from_household, to_household| MoveHouseholdMember {
        from_household,
        to_household,
        member: member(wife, Relation::NotRelated),
    };
    assert_eq!(
        registry.refused("1400-01-01", moves(household, household)),
        Reason::SubjectsNotDistinct
    );
    assert_eq!(
        registry.refused("1400-01-01", moves(second, household)),
        Reason::NotAMember
    );
    registry.ok("1400-01-01", moves(household, second));
    assert!(
        registry
            .person(wife)
            .household
            .is_some_and(|m| m.household == second)
    );
    assert!(!registry.household(household).has(wife) && registry.household(second).has(wife));
    // The head leaves, the last one: nobody can join what nobody lives in.
    registry.ok(
        "1400-02-01",
        remove(husband, MemberRemovalReason::Departure),
    );
    assert!(registry.household(household).members.is_empty());
    assert_eq!(
        registry.refused("1400-03-01", moves(second, household)),
        Reason::HouseholdEmpty
    );
    let nobody = ChangeAddress {
        subject: Resident::Household(household),
        address: address("Third Street"),
    };
    assert_eq!(
        registry.refused("1400-03-01", nobody),
        Reason::HouseholdEmpty
    );
}

#[test]
fn an_address_of_a_household_is_everybodys() {
    let mut registry = Registry::new();
    let (husband, wife, household) = registry.couple();
    let change = ChangeAddress {
        subject: Resident::Household(household),
        address: address("Third Street"),
    };
    assert_eq!(registry.ok("1400-01-01", change).decided.len(), 3);
    for person in [husband, wife] {
        assert!(registry.person(person).address == Some(address("Third Street")));
    }
    assert!(registry.household(household).address == Some(address("Third Street")));
}
