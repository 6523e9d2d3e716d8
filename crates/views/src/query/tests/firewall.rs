//! The firewall towards the State of origin, swept at run time: every row of every edition held by an agency of another
//! State, and lives that differ in nothing but protection.

use sabt_domain::access::{FieldGroup, Permit};
use sabt_domain::event::{EventBody, PersonRegistered};
use sabt_domain::fact::{Nationality, NationalityState};
use sabt_domain::law::{DocumentKind, PersonStatus, ResidenceKind};
use sabt_domain::person::Verdict;

use super::world::{MARKS, World, everything, grant, issue, now, residence};
use crate::Views;
use crate::query::FindQuery;
use crate::testing::{TestRegistry, all_permits_of, document, folded};

/// What a document with this number comes to for whom the permit was given.
fn about_document(views: &Views, permit: &Permit, kind: DocumentKind, number: &str) -> String {
    let key = document(kind, number).key();
    let verified = views.verify_document(permit, &key, &now()).ok();
    let verified = verified.map(|answer| (answer.content, answer.about.len()));
    let found = views.find(permit, &FindQuery::Document(key), &now()).ok();
    let found = found.map(|answer| answer.content.candidates.len());
    format!("{verified:?} {found:?}")
}

#[test]
fn no_mark_of_protection_reaches_another_state() {
    let world = World::new();
    let (views, _) = folded(&world.registry);
    let mut told_something = false;
    for permit in all_permits_of("AFG") {
        let told = everything(&views, &world.registry, &permit, world.woman);
        told_something |= told.contains("MkGiven");
        for (mark, groups) in MARKS {
            let covered = groups
                .iter()
                .all(|group| permit.allows(*group) && !group.is_firewalled());
            assert!(
                covered || !told.contains(mark),
                "{} for {} under {} was told {mark}",
                permit.role().code(),
                permit.purpose().code(),
                permit.edition()
            );
        }
    }
    assert!(told_something);
}

/// Two persons, one of whom is a stateless refugee in a shelter; nothing else differs.
fn pair(registry: &mut TestRegistry) -> [sabt_vault::ordinal::SubjectOrdinal; 2] {
    let subjects = [true, false].map(|protected| {
        let subject = registry.subject();
        let mut registration = registry.registration(subject, "MkGiven", "Karimi", "P1");
        if let EventBody::PersonRegistered(PersonRegistered { particulars, .. }) =
            &mut registration.body
            && protected
        {
            particulars.nationalities.push(Nationality {
                country: None,
                state: NationalityState::Stateless,
            });
        }
        registry.act(&[(subject, registration)]);
        subject
    });
    let [protected, _] = subjects;
    for event in [
        grant(registry, protected, PersonStatus::Refugee, "MKREFBODY"),
        residence(registry, protected, ResidenceKind::Refugee, "MKREFPERMIT"),
        issue(
            registry,
            protected,
            DocumentKind::RefugeeIdentityCard,
            "MKREFCARD",
        ),
    ] {
        registry.act(&[(protected, event)]);
    }
    subjects
}

#[test]
fn protection_changes_no_answer_to_another_state() {
    let mut registry = TestRegistry::new();
    let subjects = pair(&mut registry);
    let (views, _) = folded(&registry);
    let numbers = subjects.map(|subject| registry.number(subject));
    for (state, same) in [("AFG", true), ("IRQ", true), ("", true), ("IRN", false)] {
        let mut differs = false;
        for permit in all_permits_of(state) {
            let [with, without] = subjects.map(|subject| {
                let number = registry.number(subject).to_string();
                everything(&views, &registry, &permit, subject).replace(&number, "N")
            });
            differs |= with != without;
            let [with, without] = numbers.map(|number| {
                let answer = views.person(&permit, number, &now()).ok();
                answer.map(|answer| answer.content.version.is_some())
            });
            assert_eq!(with, without);
            assert!(!(same && with == Some(true)), "events are counted");
        }
        assert_eq!(differs, !same, "{state}");
    }
}

#[test]
fn a_card_of_refuge_is_unknown_to_another_state() {
    let mut registry = TestRegistry::new();
    pair(&mut registry);
    let (views, _) = folded(&registry);
    let card = DocumentKind::RefugeeIdentityCard;
    let mut asked = 0;
    for (state, known) in [("AFG", false), ("IRN", true)] {
        for permit in all_permits_of(state) {
            let of_refuge = about_document(&views, &permit, card, "MKREFCARD");
            let of_nobody = about_document(&views, &permit, card, "NOBODYS");
            let passport = about_document(&views, &permit, DocumentKind::Passport, "P1");
            if passport == of_nobody {
                // This row opens neither question.
                continue;
            }
            asked += 1;
            assert_eq!(of_refuge != of_nobody, known, "{state}: {of_refuge}");
        }
    }
    assert!(0 < asked);
}

#[test]
fn a_ground_of_protection_is_no_ground_to_another_state() {
    let mut registry = TestRegistry::new();
    let [protected, other] = pair(&mut registry).map(|subject| registry.number(subject));
    let (views, _) = folded(&registry);
    for (state, expected) in [
        ("IRN", [Verdict::Valid, Verdict::Unknown]),
        ("AFG", [Verdict::Unknown, Verdict::Unknown]),
    ] {
        for permit in all_permits_of(state) {
            if !permit.allows(FieldGroup::Verdict) {
                continue;
            }
            for (person, expected) in [protected, other].into_iter().zip(expected) {
                let Ok(stay) = views.verify_stay(&permit, person, &now()) else {
                    continue;
                };
                assert_eq!(stay.content.verdict, expected, "{state}");
                assert!(state == "IRN" || stay.content.reason.is_none());
            }
        }
    }
}
