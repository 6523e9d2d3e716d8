//! Households and files that do not pass.

use sabt_domain::number::HouseholdCode;
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1::SignedAct;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, MemberRemovalReason, Relation};
use tonic::Code;

use super::Row;
use super::world::World;
use crate::support;

pub(super) fn rows(world: &World) -> Vec<Row> {
    let mut rows = formed(world);
    rows.extend(members(world));
    rows.extend(files(world));
    rows
}

fn refused(name: &'static str, signed: SignedAct, reason: Reason) -> Row {
    Row::new(name, signed, Code::FailedPrecondition, reason)
}

fn formed(world: &World) -> Vec<Row> {
    let people = &world.people;
    let form = |head: &str, members: Vec<event::MemberRelation>| {
        let household = event::FormHousehold {
            head: head.to_owned(),
            members,
            address: None,
        };
        world.act("1404-01-01", Body::FormHousehold(household))
    };
    let split = |new_head: &str, leaving: Vec<event::MemberRelation>| {
        let split = event::SplitHousehold {
            household: people.household.clone(),
            new_head: new_head.to_owned(),
            leaving,
            address: None,
        };
        world.act("1404-01-01", Body::SplitHousehold(split))
    };
    let head = |household: &str, new_head: &str| {
        let change = event::ChangeHouseholdHead {
            household: household.to_owned(),
            new_head: new_head.to_owned(),
            ground: event::HeadChangeGround::Other.into(),
            relations: Vec::new(),
        };
        world.act("1404-01-01", Body::ChangeHouseholdHead(change))
    };
    let moved = event::ChangeAddress {
        subject: people.empty_household.clone(),
        address: Some(support::address("IR-23")),
    };
    let everybody = vec![
        support::member(&people.husband, Relation::Spouse),
        support::member(&people.child, Relation::Child),
    ];
    let second_head = vec![support::member(&people.man, Relation::Head)];
    let oneself = vec![support::member(&people.single, Relation::Child)];
    let invalid = Code::InvalidArgument;
    vec![
        refused(
            "second household",
            form(&people.husband, Vec::new()),
            Reason::AlreadyMember,
        ),
        refused(
            "two heads",
            form(&people.single, second_head),
            Reason::NotAHead,
        ),
        Row::new(
            "head as member",
            form(&people.single, oneself),
            invalid,
            Reason::SubjectsNotDistinct,
        ),
        refused(
            "everybody leaves",
            split(&people.wife, everybody),
            Reason::HouseholdEmpty,
        ),
        refused(
            "stranger leaves",
            split(&people.man, Vec::new()),
            Reason::NotAMember,
        ),
        refused(
            "head made head",
            head(&people.household, &people.husband),
            Reason::NotAHead,
        ),
        refused(
            "stranger made head",
            head(&people.household, &people.man),
            Reason::NotAMember,
        ),
        refused(
            "head of an empty household",
            head(&people.empty_household, &people.man),
            Reason::HouseholdEmpty,
        ),
        refused(
            "empty household moves",
            world.act("1404-01-01", Body::ChangeAddress(moved)),
            Reason::HouseholdEmpty,
        ),
    ]
}

fn members(world: &World) -> Vec<Row> {
    let people = &world.people;
    let add = |household: &str, person: &str, relation| {
        let added = event::AddHouseholdMember {
            household: household.to_owned(),
            member: Some(support::member(person, relation)),
        };
        world.act("1404-01-01", Body::AddHouseholdMember(added))
    };
    let remove = |person: &str, reason: MemberRemovalReason| {
        let removal = event::RemoveHouseholdMember {
            household: people.household.clone(),
            person: person.to_owned(),
            reason: reason.into(),
        };
        world.act("1404-01-01", Body::RemoveHouseholdMember(removal))
    };
    let moved = event::MoveHouseholdMember {
        from_household: people.household.clone(),
        to_household: people.household.clone(),
        member: Some(support::member(&people.wife, Relation::Spouse)),
    };
    let nowhere = HouseholdCode::from_serial(12_345_678_901)
        .unwrap()
        .to_string();
    let (home, empty) = (&people.household, &people.empty_household);
    let other = Relation::OtherRelative;
    vec![
        Row::new(
            "member of nothing",
            add(&nowhere, &people.man, other),
            Code::NotFound,
            Reason::UnknownHousehold,
        ),
        refused(
            "member of two",
            add(home, &people.wife, other),
            Reason::AlreadyMember,
        ),
        refused(
            "member added as head",
            add(home, &people.man, Relation::Head),
            Reason::NotAHead,
        ),
        refused(
            "member of an empty household",
            add(empty, &people.man, other),
            Reason::HouseholdEmpty,
        ),
        refused(
            "stranger removed",
            remove(&people.man, MemberRemovalReason::Other),
            Reason::NotAMember,
        ),
        refused(
            "death without its registration",
            remove(&people.wife, MemberRemovalReason::Death),
            Reason::NotAMember,
        ),
        Row::new(
            "moved to where one is",
            world.act("1404-01-01", Body::MoveHouseholdMember(moved)),
            Code::InvalidArgument,
            Reason::SubjectsNotDistinct,
        ),
    ]
}

fn files(world: &World) -> Vec<Row> {
    let people = &world.people;
    let send = |person: &str, from: &str, to: &str| {
        let transfer = event::SendFileTransfer {
            person: person.to_owned(),
            from_province: from.to_owned(),
            to_province: to.to_owned(),
        };
        world.act("1404-02-01", Body::SendFileTransfer(transfer))
    };
    let receive = |person: &str, province: &str| {
        let receipt = event::ReceiveFileTransfer {
            person: person.to_owned(),
            province: province.to_owned(),
        };
        world.act("1404-02-01", Body::ReceiveFileTransfer(receipt))
    };
    let (man, other) = (&people.man, &people.other);
    vec![
        refused(
            "file sent from where it is not",
            send(man, "IR-09", "IR-23"),
            Reason::FileElsewhere,
        ),
        refused(
            "file sent on the way",
            send(other, "IR-23", "IR-09"),
            Reason::FileInTransit,
        ),
        refused(
            "file received that nobody sent",
            receive(man, "IR-23"),
            Reason::FileNotInTransit,
        ),
        refused(
            "file received by another office",
            receive(other, "IR-09"),
            Reason::FileElsewhere,
        ),
    ]
}
