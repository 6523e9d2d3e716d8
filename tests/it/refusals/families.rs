//! Births, deaths, marriages and identities that do not pass.

use sabt_domain::number::PersonNumber;
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1::SignedAct;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Act, ParentRole, Sex};
use tonic::Code;

use super::Row;
use super::world::World;
use crate::support;

pub(super) fn rows(world: &World) -> Vec<Row> {
    let mut rows = times(world);
    rows.extend(descent(world));
    rows.extend(marriages(world));
    rows.extend(licences(world));
    rows.extend(identities(world));
    rows
}

fn refused(name: &'static str, signed: SignedAct, reason: Reason) -> Row {
    Row::new(name, signed, Code::FailedPrecondition, reason)
}

fn entry(person: &str) -> Body {
    Body::RecordEntry(event::RecordEntry {
        person: person.to_owned(),
        border_point: "DOGHAROUN".to_owned(),
        kind: event::EntryKind::WithVisa.into(),
        document: None,
    })
}

fn times(world: &World) -> Vec<Row> {
    let people = &world.people;
    let ahead = Act {
        recorded_at: support::NOW + 2 * 86_400_000_000,
        ..support::act("1404-01-01", entry(&people.man))
    };
    let unborn = Body::RegisterPerson(support::register(Sex::Male, "1404-06-01"));
    let nobody = PersonNumber::from_serial(12_345_678_901)
        .unwrap()
        .to_string();
    let versioned = Act {
        expected: vec![event::ExpectedVersion {
            subject: people.child.clone(),
            version: 1,
        }],
        ..support::act("1404-01-01", entry(&people.child))
    };
    let refuge = event::ChangeStatus {
        person: people.child.clone(),
        from: event::PersonStatus::Displaced.into(),
        to: event::PersonStatus::Refugee.into(),
        ..event::ChangeStatus::default()
    };
    let died = |on: &str, person: &str| world.act(on, Body::RegisterDeath(support::death(person)));
    vec![
        refused(
            "fact of next year",
            world.act("1406-01-01", entry(&people.man)),
            Reason::FutureDate,
        ),
        refused(
            "office clock ahead",
            world.signed(&ahead),
            Reason::FutureDate,
        ),
        refused(
            "entry before birth",
            world.act("1370-01-01", entry(&people.man)),
            Reason::BeforeBirth,
        ),
        refused(
            "person registered before birth",
            world.act("1400-01-01", unborn),
            Reason::BeforeBirth,
        ),
        refused(
            "entry after death",
            world.act("1403-01-01", entry(&people.dead)),
            Reason::PersonDeceased,
        ),
        refused(
            "second death",
            died("1403-01-01", &people.dead),
            Reason::AlreadyDeceased,
        ),
        refused(
            "status changed in the year of birth, granted at birth",
            world.act("1400", Body::ChangeStatus(refuge)),
            Reason::OutOfSequence,
        ),
        refused(
            "death before a later fact",
            died("1400-06-01", &people.man),
            Reason::LaterActsContradict,
        ),
        Row::new(
            "entry of nobody",
            world.act("1404-01-01", entry(&nobody)),
            Code::NotFound,
            Reason::UnknownPerson,
        ),
        Row::new(
            "version that has passed",
            world.signed(&versioned),
            Code::Aborted,
            Reason::VersionConflict,
        )
        .with(&[("expected_version", "1"), ("current_version", "4")]),
    ]
}

fn descent(world: &World) -> Vec<Row> {
    let people = &world.people;
    let born = |mother: Option<&str>, father: Option<&str>| {
        world.act(
            "1403-01-01",
            Body::RegisterBirth(support::birth("1403-01-01", mother, father)),
        )
    };
    let parentage = |child: &str, parent: event::Party, role: ParentRole| {
        let finding = event::ConfirmParentage {
            child: child.to_owned(),
            parent: Some(parent),
            role: role.into(),
            evidence: "ruling".to_owned(),
        };
        world.act("1403-01-01", Body::ConfirmParentage(finding))
    };
    let guardian = |child: &str, guardian: &str| {
        let appointed = event::AppointGuardian {
            child: child.to_owned(),
            guardian: Some(support::party(guardian)),
            kind: event::GuardianKind::Appointed.into(),
            instrument: "ruling".to_owned(),
        };
        world.act("1403-01-01", Body::AppointGuardian(appointed))
    };
    let (man, single, child) = (&people.man, &people.single, &people.child);
    let invalid = Code::InvalidArgument;
    vec![
        refused(
            "male mother",
            born(Some(man), None),
            Reason::ParentageConflict,
        ),
        Row::new(
            "one person as both parents",
            born(Some(single), Some(single)),
            invalid,
            Reason::SubjectsNotDistinct,
        ),
        refused(
            "second mother",
            parentage(child, support::party(single), ParentRole::Mother),
            Reason::ParentageConflict,
        ),
        Row::new(
            "child of itself",
            parentage(single, support::party(single), ParentRole::Mother),
            invalid,
            Reason::SubjectsNotDistinct,
        ),
        refused(
            "guardian of an adult",
            guardian(single, man),
            Reason::NotAMinor,
        ),
        Row::new(
            "guardian of oneself",
            guardian(child, child),
            invalid,
            Reason::SubjectsNotDistinct,
        ),
    ]
}

fn marriages(world: &World) -> Vec<Row> {
    let people = &world.people;
    let marry = |husband: event::Party, wife: event::Party| {
        world.act(
            "1404-01-01",
            Body::RegisterMarriage(support::marriage(husband, wife)),
        )
    };
    let divorce = |husband: event::Party, wife: event::Party| {
        let divorce = event::RegisterDivorce {
            husband: Some(husband),
            wife: Some(wife),
            kind: event::DivorceKind::Irrevocable.into(),
            deed_number: "D-1".to_owned(),
            custody: Vec::new(),
        };
        world.act("1404-01-01", Body::RegisterDivorce(divorce))
    };
    let party = |number: &str| support::party(number);
    let named = || event::Party {
        who: Some(event::party::Who::Named("somebody".to_owned())),
    };
    let custody = event::RegisterDivorce {
        husband: Some(party(&people.husband)),
        wife: Some(party(&people.wife)),
        kind: event::DivorceKind::Irrevocable.into(),
        deed_number: "D-2".to_owned(),
        custody: vec![event::Custody {
            child: people.single.clone(),
            custodian: Some(party(&people.wife)),
        }],
    };
    let invalid = Code::InvalidArgument;
    vec![
        refused(
            "wife of two",
            marry(party(&people.man), party(&people.wife)),
            Reason::AlreadyMarried,
        ),
        refused(
            "wed twice",
            marry(party(&people.husband), party(&people.wife)),
            Reason::AlreadyMarried,
        ),
        Row::new(
            "wed to oneself",
            marry(party(&people.man), party(&people.man)),
            invalid,
            Reason::SubjectsNotDistinct,
        ),
        Row::new(
            "wife as husband",
            marry(party(&people.single), party(&people.other)),
            invalid,
            Reason::SubjectsNotDistinct,
        ),
        refused(
            "dead husband",
            marry(party(&people.dead), party(&people.single)),
            Reason::PersonDeceased,
        ),
        refused(
            "marriage of strangers",
            marry(
                named(),
                event::Party {
                    who: Some(event::party::Who::Named("another".to_owned())),
                },
            ),
            Reason::PartyNotForeign,
        ),
        refused(
            "divorce of strangers to each other",
            divorce(party(&people.man), party(&people.single)),
            Reason::NotMarried,
        ),
        refused(
            "custody of another's child",
            world.act("1404-01-01", Body::RegisterDivorce(custody)),
            Reason::ParentageConflict,
        ),
    ]
}

fn licences(world: &World) -> Vec<Row> {
    let people = &world.people;
    let licence = |wife: event::Party, husband: event::Party, number: &str, until: &str| {
        let licence = event::IssueMarriageLicence {
            wife: Some(wife),
            husband: Some(husband),
            licence_number: number.to_owned(),
            level: event::IssuingLevel::Provincial.into(),
            valid_until: Some(support::jalali(until)),
        };
        world.act("1404-01-01", Body::IssueMarriageLicence(licence))
    };
    let under = |number: &str, wife: u64| {
        let marriage = event::RegisterMarriage {
            licence_number: number.to_owned(),
            ..support::marriage(support::party(&people.man), support::iranian(wife))
        };
        world.act("1404-01-01", Body::RegisterMarriage(marriage))
    };
    let man = || support::party(&people.man);
    let iranian = || support::iranian(8);
    let both_foreign = licence(support::party(&people.single), man(), "L-8", "1404-06-01");
    vec![
        refused(
            "licence for two foreign nationals",
            both_foreign,
            Reason::PartyNotForeign,
        ),
        refused(
            "licence that ends before",
            licence(iranian(), man(), "L-8", "1403-06-01"),
            Reason::TermReversed,
        ),
        Row::new(
            "licence of a known number",
            licence(iranian(), man(), "L-1", "1404-06-01"),
            Code::AlreadyExists,
            Reason::DuplicatePermit,
        ),
        refused(
            "marriage without its licence",
            under("", 8),
            Reason::LicenceRequired,
        ),
        refused(
            "licence of another wife",
            under("L-1", 8),
            Reason::LicenceRequired,
        ),
        refused("licence used before", under("L-1", 7), Reason::LicenceUsed),
    ]
}

fn identities(world: &World) -> Vec<Row> {
    let people = &world.people;
    let same = |person: &str, other: &str| {
        let finding = event::ConfirmSamePerson {
            person: person.to_owned(),
            other: other.to_owned(),
            evidence: "fingerprints elsewhere".to_owned(),
        };
        world.act("1404-01-01", Body::ConfirmSamePerson(finding))
    };
    let withdrawal = event::WithdrawIdentityLink {
        person: people.man.clone(),
        other: people.husband.clone(),
        reason: "mistake".to_owned(),
    };
    let (man, other) = (&people.man, &people.other);
    vec![
        refused(
            "same person as somebody distinct",
            same(man, other),
            Reason::IdentityContradiction,
        ),
        Row::new(
            "same person as oneself",
            same(man, man),
            Code::InvalidArgument,
            Reason::SubjectsNotDistinct,
        ),
        Row::new(
            "link that is none",
            world.act("1404-01-01", Body::WithdrawIdentityLink(withdrawal)),
            Code::NotFound,
            Reason::UnknownIdentityLink,
        ),
    ]
}
