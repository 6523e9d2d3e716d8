use crate::act::*;
use crate::event::EventBody;
use crate::fact::*;
use crate::law::{DocumentKind, ProvinceCode};
use crate::person::FileLocation;
use crate::refusal::Reason;
use crate::testing::*;

#[test]
fn a_person_is_registered_with_no_document_and_no_date_of_birth() {
    let mut registry = Registry::new();
    let number = registry.register("", Sex::Unknown);
    let person = registry.person(number);
    assert_eq!(person.number, number);
    assert!(person.documents.is_empty() && person.particulars.birth_date.is_none());
    assert!(person.file == FileLocation::Held(ProvinceCode::Tehran));
    assert_eq!(registry.life(number).version(), 1);
}

#[test]
fn evidence_fits_the_documents() {
    let mut registry = Registry::new();
    let passport = document(DocumentKind::Passport, "P1");
    let mut body = register_with(vec![passport]);
    body.evidence = EvidenceState::NoDocument;
    assert_eq!(registry.refused("1400-01-01", body), Reason::InvalidField);
    let body = register_with(vec![]);
    assert_eq!(registry.refused("1400-01-01", body), Reason::InvalidField);
    let mut body = register_with(vec![document(DocumentKind::Tazkira, "12/34/56")]);
    body.evidence = EvidenceState::ExpiredDocument;
    registry.ok("1400-01-01", body);
}

#[test]
fn a_personal_document_has_one_holder() {
    let mut registry = Registry::new();
    let first = registry
        .ok(
            "1400-01-01",
            register_with(vec![document(DocumentKind::Passport, "P 012-34")]),
        )
        .persons[0];
    // The same number in Persian digits and without separators is the same document.
    let again = register_with(vec![document(
        DocumentKind::Passport,
        "p\u{6f0}\u{6f1}\u{6f2}\u{6f3}\u{6f4}",
    )]);
    assert_eq!(
        registry.refused("1400-01-02", again.clone()),
        Reason::DuplicateDocument
    );
    let twice = vec![
        document(DocumentKind::Tazkira, "1"),
        document(DocumentKind::Tazkira, "1"),
    ];
    assert_eq!(
        registry.refused("1400-01-02", register_with(twice)),
        Reason::DuplicateDocument
    );
    // A booklet may be a family's.
    for _ in 0..2 {
        registry.ok(
            "1400-01-02",
            register_with(vec![document(DocumentKind::ResidenceBooklet, "B1")]),
        );
    }
    // Once the first registration is annulled, nobody holds the passport.
    let id = registry.life(first).records()[0].act_id;
    registry.ok(
        "1400-01-03",
        AnnulAct {
            target: id,
            reason: "a slip".into(),
        },
    );
    registry.ok("1400-01-04", again);
}

#[test]
fn facts_are_neither_in_the_future_nor_before_birth() {
    let mut registry = Registry::new();
    let body = register_person("1370-01-01", Sex::Male);
    assert_eq!(
        registry.refused("1405-06-02", body.clone()),
        Reason::FutureDate
    );
    registry.ok("1405-06-01", body.clone());
    // A year that has begun is not in the future.
    registry.ok("1405", body);
    let body = register_person("1401-01-01", Sex::Male);
    assert_eq!(registry.refused("1400-01-01", body), Reason::BeforeBirth);
    let mut act = registry.act("1400-01-01", register_person("1370-01-01", Sex::Male));
    act.office_recorded_at = registry.now().plus_seconds(3600).unwrap();
    assert_eq!(registry.refused_act(&act), Reason::FutureDate);
    let child = registry.register("1395-05-05", Sex::Female);
    let visa = address_change(child);
    assert_eq!(registry.refused("1395-05-04", visa), Reason::BeforeBirth);
}

fn address_change(person: crate::number::PersonNumber) -> ChangeAddress {
    ChangeAddress {
        subject: Resident::Person(person),
        address: address("Second Street"),
    }
}

#[test]
fn a_birth_needs_neither_parent() {
    let mut registry = Registry::new();
    let outcome = registry.ok("1400-01-01", birth("1400-01-01", None, None));
    assert_eq!(outcome.decided.len(), 1);
    let child = registry.person(outcome.persons[0]);
    assert!(child.parents.is_empty() && child.household.is_none());
}

#[test]
fn a_birth_reaches_parents_and_household() {
    let mut registry = Registry::new();
    let (husband, wife, household) = registry.couple();
    let child = registry.child("1395-02-03", husband, wife);
    let found = registry.person(child);
    assert!(found.parent(ParentRole::Mother) == Some(&Party::Person(wife)));
    assert!(found.household.is_some_and(|m| {
        m.household == household && m.relation == Relation::Child && m.since == on("1395-02-03")
    }));
    assert!(found.address == Some(address("First Street")));
    for parent in [husband, wife] {
        assert!(
            registry
                .person(parent)
                .children
                .iter()
                .any(|known| known.child == child)
        );
    }
    assert_eq!(
        registry.household(household).relation_of(child),
        Some(Relation::Child)
    );
    // Part 0 is about the child and names the household.
    let records = registry.life(child).records();
    assert!(matches!(
        &records[0].event.body,
        EventBody::BirthRegistered(birth) if birth.household == Some(household)
    ));
}

#[test]
fn a_birth_before_the_household_joins_it_when_it_is_recorded() {
    let mut registry = Registry::new();
    let (husband, wife, household) = registry.couple();
    let child = registry.child("1391-01-01", husband, wife);
    let membership = registry.person(child).household.unwrap();
    assert!(membership.household == household && membership.since == on("1405-06-01"));
}

#[test]
fn a_grandchild_is_told_from_a_child() {
    let mut registry = Registry::new();
    let (husband, wife, household) = registry.couple();
    let daughter = registry.child("1393-01-01", husband, wife);
    let body = birth("1405-01-01", None, Some(daughter));
    let grandchild = registry.ok("1405-01-01", body).persons[0];
    let relation = registry.household(household).relation_of(grandchild);
    assert_eq!(relation, Some(Relation::Grandchild));
}

#[test]
fn births_that_cannot_be() {
    let mut registry = Registry::new();
    let (husband, wife, _) = registry.couple();
    let unknown = crate::number::PersonNumber::from_serial(99_999_999_999).unwrap();
    let of_nobody_known = registry.register("1370-01-01", Sex::Unknown);
    let cases = [
        (
            "1400-01-01",
            birth("1400-01-02", None, None),
            Reason::InvalidDate,
        ),
        (
            "1400-01-01",
            birth("1400-01-01", Some(wife), None),
            Reason::ParentageConflict,
        ),
        (
            "1400-01-01",
            birth("1400-01-01", None, Some(husband)),
            Reason::ParentageConflict,
        ),
        (
            "1400-01-01",
            birth("1400-01-01", None, Some(unknown)),
            Reason::UnknownPerson,
        ),
        (
            "1366-01-01",
            birth("1366-01-01", None, Some(wife)),
            Reason::BeforeBirth,
        ),
    ];
    let both = birth("1400-01-01", Some(of_nobody_known), Some(of_nobody_known));
    assert_eq!(
        registry.refused("1400-01-01", both),
        Reason::SubjectsNotDistinct
    );
    for (date, body, reason) in cases {
        assert_eq!(registry.refused(date, body), reason);
    }
    // A father may have died before the birth, a mother may not.
    registry.ok("1400-02-01", death(husband));
    registry.child("1400-06-01", husband, wife);
    registry.ok("1400-07-01", death(wife));
    let late = birth("1400-08-01", None, Some(wife));
    assert_eq!(registry.refused("1400-08-01", late), Reason::PersonDeceased);
    // A birth on the day of the mother's death.
    registry.ok("1400-07-01", birth("1400-07-01", None, Some(wife)));
}

#[test]
fn a_death_ends_what_a_person_had() {
    let mut registry = Registry::new();
    let (husband, wife, household) = registry.couple();
    let passport = document(DocumentKind::Passport, "P77");
    registry.ok(
        "1393-01-01",
        IssueDocument {
            person: husband,
            document: passport,
            replaces: None,
        },
    );
    let certificate = document(DocumentKind::DeathCertificate, "D5");
    let certified = RegisterDeath {
        certificate: Some(certificate),
        ..death(husband)
    };
    registry.ok("1400-01-01", certified);
    let dead = registry.person(husband);
    assert!(dead.household.is_none() && dead.spouses_on(day("1401-01-01")).next().is_none());
    // The certificate of the death is the only document that lives on.
    let ended: Vec<bool> = dead
        .documents
        .iter()
        .map(|held| held.end.is_some())
        .collect();
    assert_eq!(ended, [true, false]);
    let of_another = RegisterDeath {
        certificate: Some(document(DocumentKind::DeathCertificate, "D5")),
        ..death(wife)
    };
    assert_eq!(
        registry.refused("1400-01-01", of_another),
        Reason::DuplicateDocument
    );
    assert!(
        registry
            .person(wife)
            .spouses_on(day("1401-01-01"))
            .next()
            .is_none()
    );
    assert!(
        registry
            .person(wife)
            .spouses_on(day("1399-01-01"))
            .next()
            .is_some()
    );
    let without_head = registry.household(household);
    assert!(without_head.head().is_none() && without_head.has(wife));
    assert_eq!(
        registry.refused("1400-02-01", death(husband)),
        Reason::AlreadyDeceased
    );
    assert_eq!(
        registry.refused("1400-02-01", address_change(husband)),
        Reason::PersonDeceased
    );
    // A fact from before the death may come late.
    registry.ok("1399-01-01", address_change(husband));
}

#[test]
fn a_death_is_not_dated_before_what_the_person_did() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    registry.ok("1400-01-01", address_change(person));
    assert_eq!(
        registry.refused("1399-01-01", death(person)),
        Reason::LaterActsContradict
    );
    registry.ok("1400-01-01", death(person));
}

#[test]
fn parentage_has_one_mother_and_one_father() {
    let mut registry = Registry::new();
    let (husband, wife, _) = registry.couple();
    let child = registry
        .ok("1396-01-01", birth("1396-01-01", None, Some(wife)))
        .persons[0];
    let finding = |parent: Party, role| ConfirmParentage {
        child,
        parent,
        role,
        evidence: "ruling 12".into(),
    };
    let cases = [
        (
            finding(Party::Person(husband), ParentRole::Mother),
            Reason::ParentageConflict,
        ),
        (
            finding(Party::Person(child), ParentRole::Father),
            Reason::SubjectsNotDistinct,
        ),
        (
            finding(Party::Person(wife), ParentRole::Father),
            Reason::ParentageConflict,
        ),
    ];
    for (body, reason) in cases {
        assert_eq!(registry.refused("1397-01-01", body), reason);
    }
    registry.ok(
        "1397-01-01",
        finding(Party::Person(husband), ParentRole::Father),
    );
    assert!(
        registry
            .person(husband)
            .children
            .iter()
            .any(|known| known.child == child)
    );
    let other = finding(Party::Named("somebody".into()), ParentRole::Father);
    assert_eq!(
        registry.refused("1398-01-01", other),
        Reason::ParentageConflict
    );
    let younger = registry.register("1398-01-01", Sex::Male);
    let orphan = registry.register("1395-01-01", Sex::Male);
    let body = ConfirmParentage {
        child: orphan,
        parent: Party::Person(younger),
        role: ParentRole::Father,
        evidence: "claim".into(),
    };
    assert_eq!(registry.refused("1399-01-01", body), Reason::BeforeBirth);
}

#[test]
fn guardians_are_for_minors() {
    let mut registry = Registry::new();
    let child = registry.register("1390-01-01", Sex::Male);
    let adult = registry.register("1370-01-01", Sex::Male);
    let appoint = |child, guardian| AppointGuardian {
        child,
        guardian: Party::Person(guardian),
        kind: GuardianKind::Appointed,
        instrument: "ruling 7".into(),
    };
    assert_eq!(
        registry.refused("1400-01-01", appoint(adult, child)),
        Reason::NotAMinor
    );
    assert_eq!(
        registry.refused("1400-01-01", appoint(child, child)),
        Reason::SubjectsNotDistinct
    );
    registry.ok("1400-01-01", appoint(child, adult));
    assert!(registry.person(child).guardians.len() == 1 && registry.person(adult).wards.len() == 1);
    // Without a date of birth a person is taken to be a minor.
    let unknown_age = registry.register("", Sex::Male);
    registry.ok("1400-01-01", appoint(unknown_age, adult));
}
