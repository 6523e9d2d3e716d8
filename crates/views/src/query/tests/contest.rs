//! Marks of contested facts: wherever the fact is told they are told, and nowhere else.

use sabt_domain::act::{DisputeFact, DisputedFact, Resolution, ResolveDispute};
use sabt_domain::event::EventKind;
use sabt_domain::fact::DisputeGround;

use super::*;
use crate::Views;
use crate::query::Contested;
use crate::testing::all_permits_of;

fn disputed(registry: &TestRegistry, person: SubjectOrdinal, fact: DisputedFact) -> EventBody {
    EventBody::FactDisputed(DisputeFact {
        person: registry.number(person),
        fact,
        ground: DisputeGround::Outdated,
        statement_reference: "MKSTATEMENT".to_owned(),
    })
}

/// The person contests this; the act that says so.
fn contest(
    registry: &mut TestRegistry,
    person: SubjectOrdinal,
    fact: DisputedFact,
) -> sabt_chain::ActId {
    let body = disputed(registry, person, fact);
    registry.act(&[(person, event("2025-12-05", body))])
}

fn group(group: FieldGroup) -> DisputedFact {
    DisputedFact::Group { group, field: None }
}

/// Marks of everything that every question tells under a permit.
fn marks(
    views: &Views,
    registry: &TestRegistry,
    permit: &Permit,
    about: SubjectOrdinal,
    household: SubjectOrdinal,
) -> Vec<(&'static str, Vec<Contested>)> {
    let number = registry.number(about);
    let name = FindQuery::Name {
        given: "MkGiven".to_owned(),
        family: "Karimi".to_owned(),
        birth_year: 1990,
    };
    let passport = document(DocumentKind::Passport, "MKPASSPORT").key();
    let mut all = vec![
        (
            "person",
            views
                .person(permit, number, &now())
                .map(|answer| answer.contested),
        ),
        (
            "family",
            views
                .family(permit, number, &now())
                .map(|answer| answer.contested),
        ),
        (
            "household",
            views
                .household(permit, registry.code(household), &now())
                .map(|answer| answer.contested),
        ),
        (
            "history",
            views
                .history(permit, number, &now())
                .map(|answer| answer.contested),
        ),
        (
            "stay",
            views
                .verify_stay(permit, number, &now())
                .map(|answer| answer.contested),
        ),
        (
            "document",
            views
                .verify_document(permit, &passport, &now())
                .map(|answer| answer.contested),
        ),
        (
            "find",
            views
                .find(permit, &name, &now())
                .map(|answer| answer.contested),
        ),
    ];
    for record in registry.events.records() {
        all.push((
            "feed",
            views
                .delivery(permit, &record)
                .map(|answer| answer.contested),
        ));
    }
    let told = all
        .into_iter()
        .filter_map(|(question, marks)| Some((question, marks.ok()?)));
    told.filter(|(_, marks)| !marks.is_empty()).collect()
}

/// Questions under which something was marked, each once.
fn questions(marks: &[(&'static str, Vec<Contested>)]) -> Vec<&'static str> {
    let mut questions: Vec<_> = marks.iter().map(|(question, _)| *question).collect();
    questions.dedup();
    questions
}

#[test]
fn marks_tell_of_no_group_that_the_permit_does_not_give() {
    for contested in FieldGroup::ALL
        .iter()
        .filter(|group| group.is_contestable())
    {
        let mut world = World::new();
        contest(&mut world.registry, world.woman, group(*contested));
        let (views, _) = folded(&world.registry);
        for permit in all_permits() {
            let told = marks(
                &views,
                &world.registry,
                &permit,
                world.woman,
                world.household,
            );
            for (question, mark) in told.iter().flat_map(|(question, marks)| {
                let marks = marks.iter();
                marks.map(move |mark| (question, mark))
            }) {
                assert!(permit.allows(mark.group), "{question}: {mark:?}");
                // Of a sheltered person's address nothing is told under the group of contact addresses.
                let expected = if *contested == FieldGroup::Address {
                    FieldGroup::ShelterAddress
                } else {
                    *contested
                };
                let verdict = mark.group == FieldGroup::Verdict;
                assert_eq!(mark.person.is_none(), verdict);
                assert!(verdict || mark.group == expected, "{question}: {mark:?}");
            }
        }
    }
}

#[test]
fn whoever_is_told_a_contested_fact_is_told_that_it_is() {
    use FieldGroup as G;
    let registrar = registrar();
    let civil = permit(Role::CivilRegistry, Purpose::CivilRegistrationSync);
    let police = permit(Role::Police, Purpose::StayCheck);
    for (contested, to_registrar, to_civil, to_police) in [
        (
            G::Identity,
            &["person", "history", "find"][..],
            &["feed"][..],
            &[][..],
        ),
        (
            G::Documents,
            &["person", "history", "document"],
            &[],
            &["document"],
        ),
        (G::Residence, &["person", "history", "stay"], &[], &["stay"]),
        (
            G::Protection,
            &["person", "history", "stay"],
            &[],
            &["stay"],
        ),
        (G::Presence, &["person", "history", "stay"], &[], &["stay"]),
        (G::Family, &["family", "history"], &["feed"], &[]),
        (
            G::Household,
            &["person", "family", "household", "history"],
            &[],
            &[],
        ),
        (
            G::Address,
            &["person", "family", "household", "history"],
            &[],
            &[],
        ),
    ] {
        let mut world = World::new();
        contest(&mut world.registry, world.woman, group(contested));
        let (views, _) = folded(&world.registry);
        for (permit, expected) in [
            (&registrar, to_registrar),
            (&civil, to_civil),
            (&police, to_police),
        ] {
            let told = marks(
                &views,
                &world.registry,
                permit,
                world.woman,
                world.household,
            );
            let found = questions(&told);
            let missing: Vec<_> = expected
                .iter()
                .filter(|question| !found.contains(question))
                .collect();
            assert!(missing.is_empty(), "{contested:?} {missing:?} of {found:?}");
        }
    }
}

#[test]
fn an_act_that_is_contested_is_marked_wherever_it_shows() {
    let mut world = World::new();
    let act = DisputedFact::Act(DomainActId(world.marriage.to_bytes()));
    let dispute = contest(&mut world.registry, world.woman, act);
    let number = world.registry.number(world.woman);
    let (views, writer) = folded(&world.registry);
    let history = views.history(&registrar(), number, &now()).unwrap().content;
    let marked: Vec<_> = history.iter().filter(|entry| entry.contested).collect();
    // The marriage, and the record that says so.
    assert!(
        marked
            .iter()
            .any(|entry| entry.act_id.0 == world.marriage.to_bytes())
    );
    assert!(
        !marked
            .iter()
            .any(|entry| entry.act_id.0 == world.residence.to_bytes())
    );
    let civil = permit(Role::CivilRegistry, Purpose::CivilRegistrationSync);
    let told = |world: &World, views: &Views| -> Vec<_> {
        let records = world.registry.events.records();
        let delivered = records.filter_map(|record| {
            let answer = views.delivery(&civil, &record).unwrap();
            let delivery = answer.content?;
            Some((delivery.event.body.kind(), answer.contested.len()))
        });
        delivered.collect()
    };
    let marked = |told: &[(EventKind, usize)]| -> Vec<EventKind> {
        let marked = told.iter().filter(|(_, marks)| *marks != 0);
        marked.map(|(kind, _)| *kind).collect()
    };
    // The husband does not contest his marriage.
    assert_eq!(
        marked(&told(&world, &views)),
        [EventKind::MarriageRegistered]
    );

    let resolved = EventBody::DisputeResolved(ResolveDispute {
        person: number,
        dispute: DomainActId(dispute.to_bytes()),
        resolution: Resolution::Withdrawn,
    });
    world
        .registry
        .act(&[(world.woman, event("2025-12-06", resolved))]);
    drop((views, writer));
    let (views, _) = folded(&world.registry);
    let told = told(&world, &views);
    assert!(marked(&told).is_empty());
    // Who follows the marriage follows the dispute, without what the person said.
    assert!(
        told.iter()
            .any(|(kind, _)| *kind == EventKind::FactDisputed)
    );
    assert!(
        told.iter()
            .any(|(kind, _)| *kind == EventKind::DisputeResolved)
    );
    let text = everything(&views, &world.registry, &civil, world.woman);
    assert!(!text.contains("MKSTATEMENT"));
    let text = everything(&views, &world.registry, &registrar(), world.woman);
    assert!(text.contains("MKSTATEMENT"));
}

#[test]
fn a_contested_claim_to_asylum_marks_nothing() {
    let mut world = World::new();
    let claim = grant(
        &world.registry,
        world.woman,
        PersonStatus::AsylumSeeker,
        "MKCLAIM2",
    );
    let claim = world.registry.act(&[(world.woman, claim)]);
    let act = DisputedFact::Act(DomainActId(claim.to_bytes()));
    contest(&mut world.registry, world.woman, act);
    let (views, _) = folded(&world.registry);
    for permit in all_permits() {
        let told = marks(
            &views,
            &world.registry,
            &permit,
            world.woman,
            world.household,
        );
        assert!(told.is_empty(), "{told:?}");
        let text = everything(&views, &world.registry, &permit, world.woman);
        assert!(!text.contains("MKSTATEMENT"));
    }
}

#[test]
fn who_may_see_a_relative_under_a_grant_sees_the_marks_of_no_other() {
    let mut world = World::new();
    contest(&mut world.registry, world.man, group(FieldGroup::Identity));
    let (views, _) = folded(&world.registry);
    let [woman, man] = [world.woman, world.man].map(|subject| world.registry.number(subject));
    let groups = [FieldGroup::Identity, FieldGroup::Family];
    for (persons, expected) in [(vec![woman], 0), (vec![woman, man], 1)] {
        let permit = granted(
            Role::CivilRegistry,
            Purpose::CivilRegistrationSync,
            &groups,
            &persons,
        );
        let answer = views.family(&permit, woman, &now()).unwrap();
        assert_eq!(answer.contested.len(), expected, "{persons:?}");
    }
}

#[test]
fn no_mark_tells_another_state_of_protection() {
    for contested in FieldGroup::ALL
        .iter()
        .filter(|group| group.is_contestable() && group.is_firewalled())
    {
        let mut world = World::new();
        contest(&mut world.registry, world.woman, group(*contested));
        let (views, _) = folded(&world.registry);
        for permit in all_permits_of("AFG") {
            let told = marks(
                &views,
                &world.registry,
                &permit,
                world.woman,
                world.household,
            );
            assert_eq!(questions(&told), [""; 0], "{}", contested.code());
        }
    }
}
