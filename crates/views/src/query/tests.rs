//! What is told to whom.

mod cases;
mod claims;
mod contest;
mod corrections;
mod deferral;
mod firewall;
mod sites;
mod statistics;
mod watch;
mod world;

use sabt_domain::access::{FieldGroup, Matrix, Method, Permit, Purpose, Role};
use sabt_domain::act::{ActId as DomainActId, SubjectId};
use sabt_domain::event::{ActAnnulled, EventBody};
use sabt_domain::governance::Enrolment;
use sabt_domain::law::{DocumentKind, PersonStatus, ResidenceKind};
use sabt_domain::life::{At, EntryState};
use sabt_domain::person::{StayReason, Verdict};
use sabt_domain::refusal::Reason;
use sabt_domain::time::Timestamp;
use sabt_proto::event::v1::Disclosure;
use sabt_vault::audit;
use sabt_vault::ordinal::SubjectOrdinal;

use self::world::{MARKS, World, day, everything, grant, issue, now, residence};
use super::{CANDIDATES_MAX, FindQuery, Kinship, QueryError, Relative};
use crate::testing::{
    FAMILY_FA, GIVEN_FA, SECOND_MICROS, START_MICROS, TestRegistry, all_permits, document, event,
    folded, granted, permit, registrar,
};

fn reason(error: QueryError) -> Reason {
    match error {
        QueryError::Refused(refusal) => refusal.reason(),
        QueryError::Views(error) => panic!("{error}"),
    }
}

#[test]
fn nothing_beyond_the_permit_is_told() {
    let world = World::new();
    let (views, _) = folded(&world.registry);
    for permit in all_permits() {
        let told = everything(&views, &world.registry, &permit, world.woman);
        for (mark, groups) in MARKS {
            let covered = groups.iter().all(|group| permit.allows(*group));
            assert!(
                covered || !told.contains(mark),
                "{} for {} was told {mark}",
                permit.role().code(),
                permit.purpose().code()
            );
        }
    }
}

/// The newest policy with other groups in the place of both groups of addresses, for the registrar.
fn registrar_given(addresses: &str) -> Permit {
    let document = Matrix::newest().document();
    let matrix = Matrix::parse(&document.replace("ADDRESS SHELTER_ADDRESS", addresses)).unwrap();
    let asker = registrar().asker().clone();
    matrix
        .permit(&asker, Purpose::Registration.code(), "law:art.4", "CASE-1")
        .unwrap()
}

#[test]
fn where_a_protected_person_lives_needs_the_group_of_shelters() {
    let world = World::new();
    let (views, _) = folded(&world.registry);
    for (addresses, told) in [
        ("ADDRESS SHELTER_ADDRESS", true),
        ("SHELTER_ADDRESS", true),
        ("ADDRESS", false),
    ] {
        let permit = registrar_given(addresses);
        let text = everything(&views, &world.registry, &permit, world.woman);
        // Her record, her household's, her family's and her history alike.
        assert_eq!(text.contains("MKSTREET"), told, "{addresses}");
        assert!(text.contains("MKREFPERMIT"));
    }
}

#[test]
fn what_the_permit_covers_is_told() {
    let world = World::new();
    let (views, _) = folded(&world.registry);
    let told = everything(&views, &world.registry, &registrar(), world.woman);
    for (mark, groups) in MARKS {
        let covered = groups.iter().all(|group| registrar().allows(*group));
        assert_eq!(told.contains(mark), covered, "{mark}");
    }
    let civil = permit(Role::CivilRegistry, Purpose::CivilRegistrationSync);
    let told = everything(&views, &world.registry, &civil, world.woman);
    assert!(told.contains("MkGiven") && told.contains("MKDEED"));
}

#[test]
fn a_claim_that_was_once_a_status_changes_no_answer() {
    let mut registry = TestRegistry::new();
    let with = registry.register("MkGiven", "Karimi", "P1");
    let without = registry.register("MkGiven", "Karimi", "P1");
    for subject in [with, without] {
        let permit = residence(&registry, subject, ResidenceKind::Temporary, "R1");
        registry.act(&[(subject, permit)]);
    }
    let claim = grant(&registry, with, PersonStatus::AsylumSeeker, "MKCLAIM");
    let act = registry.act(&[(with, claim)]);
    let annulled = ActAnnulled {
        target: DomainActId(act.to_bytes()),
        reason: "withdrawn".to_owned(),
    };
    registry.act(&[(with, event("2025-12-01", EventBody::ActAnnulled(annulled)))]);
    let claim = grant(&registry, with, PersonStatus::AsylumSeeker, "MKCLAIM");
    registry.act(&[(with, claim)]);
    let (views, _) = folded(&registry);
    for permit in all_permits() {
        let [with, without] = [with, without].map(|subject| {
            let number = registry.number(subject).to_string();
            everything(&views, &registry, &permit, subject).replace(&number, "N")
        });
        // The unit still sees what was recorded as a status before there were claims.
        let unit = permit.allows_method(Method::GetPerson) && permit.role() == Role::AsylumUnit;
        assert_eq!(with == without, !unit);
    }
}

#[test]
fn methods_outside_the_row_are_refused() {
    let world = World::new();
    let (views, _) = folded(&world.registry);
    let number = world.registry.number(world.woman);
    let police = permit(Role::Police, Purpose::StayCheck);
    let refusals = [
        views.person(&police, number, &now()).err(),
        views.family(&police, number, &now()).err(),
        views.history(&police, number, &now()).err(),
        views
            .disclosures_about(&police, number, &Enrolment::default(), now().known_at)
            .err(),
    ];
    for refusal in refusals {
        assert_eq!(reason(refusal.unwrap()), Reason::MethodNotAllowed);
    }
    let stay = views.verify_stay(&police, number, &now()).unwrap();
    assert_eq!(stay.content.verdict, Verdict::Valid);
}

#[test]
fn unknown_numbers_are_answered_alike() {
    let mut world = World::new();
    let erased = world.registry.register("Gone", "Karimi", "P9");
    world.registry.erase(erased);
    let unused = SubjectOrdinal::new(9_999).unwrap();
    let (views, _) = folded(&world.registry);
    for subject in [erased, unused, world.household] {
        let number = world.registry.number(subject);
        let error = views.person(&registrar(), number, &now()).err().unwrap();
        assert_eq!(reason(error), Reason::UnknownPerson);
        let stay = views.verify_stay(&registrar(), number, &now()).unwrap();
        assert_eq!(stay.content.verdict, Verdict::Unknown);
        assert_eq!(stay.content.reason, None);
    }
    let code = world.registry.code(world.woman);
    let error = views.household(&registrar(), code, &now()).err().unwrap();
    assert_eq!(reason(error), Reason::UnknownHousehold);
}

#[test]
fn both_axes_of_time() {
    let mut registry = TestRegistry::new();
    let subject = registry.register("Zahra", "Karimi", "P1");
    let card = issue(&registry, subject, DocumentKind::ResidenceCard, "C1");
    let act = registry.act(&[(subject, card)]);
    let annulled = ActAnnulled {
        target: DomainActId(act.to_bytes()),
        reason: "entered twice".to_owned(),
    };
    registry.act(&[(
        subject,
        event("2022-01-02", EventBody::ActAnnulled(annulled)),
    )]);
    let (views, _) = folded(&registry);
    let number = registry.number(subject);
    let documents = |as_of: &str, acts: i64| {
        let at = At {
            as_of: day(as_of),
            known_at: Timestamp::from_micros(START_MICROS + (acts - 1) * SECOND_MICROS),
        };
        views
            .person(&registrar(), number, &at)
            .map(|answer| answer.content.documents.len())
            .ok()
    };
    assert_eq!(documents("2023-01-01", 0), None);
    assert_eq!(documents("2023-01-01", 1), Some(1));
    assert_eq!(documents("2023-01-01", 2), Some(2));
    assert_eq!(documents("2021-06-01", 2), Some(1));
    assert_eq!(documents("2023-01-01", 3), Some(1));

    let states = |acts: i64| {
        let at = At {
            as_of: day("2023-01-01"),
            known_at: Timestamp::from_micros(START_MICROS + (acts - 1) * SECOND_MICROS),
        };
        let history = views.history(&registrar(), number, &at).unwrap();
        assert_eq!(history.position.get(), 3);
        history
            .content
            .iter()
            .map(|entry| entry.state)
            .collect::<Vec<_>>()
    };
    assert_eq!(states(2), [EntryState::InForce, EntryState::InForce]);
    assert_eq!(
        states(3),
        [
            EntryState::InForce,
            EntryState::Annulled,
            EntryState::InForce
        ]
    );
}

#[test]
fn documents_are_verified() {
    let world = World::new();
    let (views, _) = folded(&world.registry);
    let police = permit(Role::Police, Purpose::StayCheck);
    let key = |number| document(DocumentKind::Passport, number).key();
    let verify = |number, as_of| {
        let at = At {
            as_of: day(as_of),
            ..now()
        };
        let answer = views.verify_document(&police, &key(number), &at).unwrap();
        (
            answer.content.verdict,
            answer.content.reason_class,
            answer.about.len(),
        )
    };
    assert_eq!(verify("mk-passport", "2026-01-01"), (Verdict::Valid, "", 1));
    assert_eq!(
        verify("MKPASSPORT", "2031-01-01"),
        (Verdict::NotValid, "EXPIRED", 1)
    );
    assert_eq!(verify("NOBODYS", "2026-01-01"), (Verdict::Unknown, "", 0));
}

#[test]
fn stays_are_verified() {
    let world = World::new();
    let (views, _) = folded(&world.registry);
    let police = permit(Role::Police, Purpose::StayCheck);
    let verify = |subject, as_of| {
        let at = At {
            as_of: day(as_of),
            ..now()
        };
        let number = world.registry.number(subject);
        let answer = views.verify_stay(&police, number, &at).unwrap();
        (answer.content.verdict, answer.content.reason)
    };
    assert_eq!(verify(world.woman, "2026-01-01"), (Verdict::Valid, None));
    assert_eq!(
        verify(world.woman, "2027-01-01"),
        (Verdict::NotValid, Some(StayReason::Expired))
    );
    assert_eq!(
        verify(world.man, "2026-01-01"),
        (Verdict::Unknown, Some(StayReason::NoRecord))
    );
}

#[test]
fn persons_are_found_by_either_spelling_and_a_near_year() {
    let world = World::new();
    let (views, _) = folded(&world.registry);
    let find = |given: &str, family: &str, birth_year| {
        let query = FindQuery::Name {
            given: given.to_owned(),
            family: family.to_owned(),
            birth_year,
        };
        let answer = views.find(&registrar(), &query, &now()).unwrap();
        assert_eq!(answer.about.len(), answer.content.candidates.len());
        let persons = answer.content.candidates.iter();
        persons
            .map(|candidate| candidate.person)
            .collect::<Vec<_>>()
    };
    let woman = world.registry.number(world.woman);
    for year in [1989, 1990, 1991] {
        assert!(find("MKGIVEN", "karimi", year).contains(&woman));
        assert!(find(GIVEN_FA, FAMILY_FA, year).contains(&woman));
    }
    for year in [i32::MIN, 1988, 1992, i32::MAX] {
        assert!(find("MkGiven", "Karimi", year).is_empty());
    }
    let document = FindQuery::Document(document(DocumentKind::Passport, "MKPASSPORT").key());
    let found = views.find(&registrar(), &document, &now()).unwrap().content;
    assert_eq!(found.candidates.len(), 1);
    assert_eq!(found.candidates[0].birth_year, Some(1990));
    let empty = FindQuery::Name {
        given: " ".to_owned(),
        family: String::new(),
        birth_year: 1990,
    };
    let error = views.find(&registrar(), &empty, &now()).err().unwrap();
    assert_eq!(reason(error), Reason::SearchTooWide);
}

#[test]
fn candidate_lists_are_capped_and_unranked() {
    let mut registry = TestRegistry::new();
    for index in 0..CANDIDATES_MAX + 5 {
        registry.register("Zahra", "Karimi", &format!("P{index}"));
    }
    let (views, _) = folded(&registry);
    let query = FindQuery::Name {
        given: "Zahra".to_owned(),
        family: "Karimi".to_owned(),
        birth_year: 1990,
    };
    let found = views.find(&registrar(), &query, &now()).unwrap().content;
    assert_eq!(found.candidates.len(), CANDIDATES_MAX);
    assert!(found.more);
    assert!(
        found
            .candidates
            .is_sorted_by_key(|candidate| candidate.person)
    );
}

#[test]
fn families_and_households_are_told() {
    let world = World::new();
    let (views, _) = folded(&world.registry);
    let number = |subject| world.registry.number(subject);
    let answer = views
        .family(&registrar(), number(world.woman), &now())
        .unwrap();
    let relatives: Vec<_> = answer
        .content
        .relatives
        .iter()
        .map(|relative| {
            (
                relative.kinship,
                relative.who.person(),
                relative.name.is_some(),
            )
        })
        .collect();
    assert_eq!(
        relatives,
        [
            (Kinship::Spouse, Some(number(world.man)), true),
            (Kinship::Child, Some(number(world.child)), true),
        ]
    );
    let household = answer.content.household.unwrap();
    assert_eq!(household.head, Some(number(world.woman)));
    assert_eq!(household.members.len(), 2);
    assert_eq!(household.address.unwrap().street, "MKSTREET");
    // Everybody in the answer gets a disclosure, once: three persons and the household.
    assert_eq!(answer.about.len(), 4);

    let before = At {
        as_of: day("2022-03-02"),
        ..now()
    };
    let answer = views
        .family(&registrar(), number(world.woman), &before)
        .unwrap();
    assert!(answer.content.relatives.is_empty());

    // Under a grant for her, the register of Iranians learns who her relatives are, and not their names.
    let groups = [FieldGroup::Identity, FieldGroup::Family];
    let named = |persons: &[_]| {
        granted(
            Role::CivilRegistry,
            Purpose::CivilRegistrationSync,
            &groups,
            persons,
        )
    };
    let civil = named(&[number(world.woman)]);
    let answer = views.family(&civil, number(world.woman), &now()).unwrap();
    assert!(answer.content.household.is_none());
    assert!(!answer.content.relatives.is_empty());
    let nameless = |relative: &Relative| relative.name.is_none();
    assert!(answer.content.relatives.iter().all(nameless));
    let couple = named(&[number(world.woman), number(world.man)]);
    let answer = views.family(&couple, number(world.woman), &now()).unwrap();
    for relative in &answer.content.relatives {
        let covered = relative.who.person() == Some(number(world.man));
        assert_eq!(relative.name.is_some(), covered);
    }

    let code = world.registry.code(world.household);
    let answer = views.household(&registrar(), code, &now()).unwrap();
    assert!(answer.about[0] == SubjectId::Household(code));
    assert_eq!(answer.about.len(), 3);
}

#[test]
fn a_grant_reads_no_further_than_the_persons_and_groups_it_names() {
    let world = World::new();
    let (views, _) = folded(&world.registry);
    let number = |subject| world.registry.number(subject);
    let plain = permit(Role::BorderPolice, Purpose::BorderControl);
    let refused = views.person(&plain, number(world.woman), &now());
    assert_eq!(
        reason(refused.map(drop).unwrap_err()),
        Reason::GrantRequired
    );
    let border = granted(
        Role::BorderPolice,
        Purpose::BorderControl,
        &[FieldGroup::Identity],
        &[number(world.woman)],
    );
    let answer = views.person(&border, number(world.woman), &now()).unwrap();
    assert!(answer.content.presence.is_none());
    let beyond = Err(Reason::GrantOutOfScope);
    let other = views.person(&border, number(world.man), &now());
    assert_eq!(other.map(drop).map_err(reason), beyond);
    let other = views.verify_stay(&border, number(world.man), &now());
    assert_eq!(other.map(drop).map_err(reason), beyond);
    let told = everything(&views, &world.registry, &border, world.woman);
    for (mark, groups) in MARKS {
        let covered = groups.iter().all(|group| border.allows(*group));
        assert!(covered || !told.contains(mark), "{mark}");
    }
}

#[test]
fn a_feed_delivers_what_its_row_covers_and_its_amendments() {
    let mut world = World::new();
    let before = world.registry.events.records().count();
    world.annul(&[world.man, world.woman], world.marriage);
    world.annul(&[world.woman], world.residence);
    let (views, _) = folded(&world.registry);
    let civil = permit(Role::CivilRegistry, Purpose::CivilRegistrationSync);
    let delivered: Vec<_> = world
        .registry
        .events
        .records()
        .skip(before)
        .map(|record| views.delivery(&civil, &record).unwrap().content.is_some())
        .collect();
    // The marriage had been delivered, so its annulment is, to both; of the permit nothing is told.
    assert_eq!(delivered, [true, true, false]);
}

#[test]
fn disclosures_are_listed_after_their_embargo() {
    let mut registry = TestRegistry::new();
    let subject = registry.register("Zahra", "Karimi", "P1");
    let other = registry.register("Ali", "Karimi", "P2");
    let disclosure = |officer: &str, embargo_until| Disclosure {
        officer: officer.to_owned(),
        embargo_until,
        ..Disclosure::default()
    };
    let later = START_MICROS + 3_600 * SECOND_MICROS;
    registry.disclose(subject, &disclosure("T-1", 0));
    registry.disclose(other, &disclosure("T-2", 0));
    registry.disclose(subject, &disclosure("T-3", later));
    let (views, _) = folded(&registry);
    let officer = permit(Role::DataProtectionOfficer, Purpose::DataProtection);
    let list = |now| {
        let now = Timestamp::from_micros(now);
        let number = registry.number(subject);
        let list = views
            .disclosures_about(&officer, number, &Enrolment::default(), now)
            .unwrap()
            .content;
        assert_eq!(list.disclosures_position.get(), 3);
        let officers = list
            .entries
            .iter()
            .map(|entry| entry.disclosure.officer.clone());
        (officers.collect::<Vec<_>>(), list.withheld)
    };
    assert_eq!(list(later - 1), (vec!["T-1".to_owned()], 1));
    assert_eq!(list(later), (vec!["T-1".to_owned(), "T-3".to_owned()], 0));
    // When the retention of the month ends, its key is destroyed.
    registry
        .vault
        .destroy(audit::epoch_of(START_MICROS).unwrap())
        .unwrap();
    assert_eq!(list(later), (Vec::new(), 0));
}
