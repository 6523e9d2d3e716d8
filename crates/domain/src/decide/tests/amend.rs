use crate::act::*;
use crate::fact::*;
use crate::law::{DocumentKind, PersonStatus, ResidenceKind};
use crate::life::{At, EntryState};
use crate::number::PersonNumber;
use crate::refusal::Reason;
use crate::testing::*;

use EntryState::{Annulled, InForce};

/// A correction of an act by the present office.
fn correct(
    registry: &mut Registry,
    target: ActId,
    date: &str,
    body: impl Into<ActBody>,
) -> CorrectAct {
    let replacement = Box::new(registry.act(date, body));
    CorrectAct {
        target,
        replacement,
        reason: "misread".into(),
    }
}

#[test]
fn an_annulment_restores_and_its_annulment_reinstates() {
    let mut registry = Registry::new();
    let (husband, wife, household) = registry.couple();
    let before = registry.lives.clone();
    let died = registry.ok("1400-01-01", death(husband));
    let dead = registry.lives.clone();
    let annulment = registry.ok("1400-02-01", annul(died.id));
    assert_eq!(annulment.decided.len(), died.decided.len());
    for (subject, life) in &before {
        let now = &registry.lives[subject];
        assert!(now.person(&At::END) == life.person(&At::END));
        assert!(now.household(&At::END) == life.household(&At::END));
    }
    assert!(
        registry
            .person(husband)
            .household
            .is_some_and(|m| m.household == household)
    );
    assert_eq!(
        registry.refused("1400-02-02", annul(died.id)),
        Reason::TargetAnnulled
    );
    registry.ok("1400-03-01", annul(annulment.id));
    for subject in [SubjectId::from(husband), wife.into(), household.into()] {
        assert!(registry.lives[&subject].person(&At::END) == dead[&subject].person(&At::END));
        assert!(registry.lives[&subject].household(&At::END) == dead[&subject].household(&At::END));
    }
    // What was known on each position is still what it was.
    let last = before[&husband.into()]
        .records()
        .last()
        .unwrap()
        .recorded_at;
    let known = At {
        known_at: last,
        ..At::END
    };
    assert!(registry.life(husband).person(&known) == before[&husband.into()].person(&known));
}

#[test]
fn a_reinstatement_must_still_fit() {
    let mut registry = Registry::new();
    let (husband, _, _) = registry.couple();
    let died = registry.ok("1400-01-01", death(husband));
    let annulment = registry.ok("1400-02-01", annul(died.id));
    let moved = ChangeAddress {
        subject: Resident::Person(husband),
        address: address("Alive Street"),
    };
    registry.ok("1400-03-01", moved);
    assert_eq!(
        registry.refused("1400-04-01", annul(annulment.id)),
        Reason::DependentActsStand
    );
}

#[test]
fn what_others_rest_on_is_not_annulled() {
    let mut registry = Registry::new();
    let (husband, wife, household) = registry.couple();
    let registration = registry.life(husband).records()[0].act_id;
    let act = registry.act("1400-01-01", annul(registration));
    let refusal = registry.submit(&act).err().unwrap();
    assert_eq!(refusal.reason(), Reason::DependentActsStand);
    // The marriage and the household.
    assert_eq!(refusal.metadata()["acts"], "2");
    let formed = registry.life(household).records()[0].act_id;
    registry.ok("1400-01-02", annul(formed));
    assert!(registry.person(wife).household.is_none());
    assert!(registry.life(household).household(&At::END).is_none());
    let married = registry.life(husband).records()[1].act_id;
    registry.ok("1400-01-02", annul(married));
    registry.ok("1400-01-02", annul(registration));
    assert!(registry.life(husband).person(&At::END).is_none());
    let again = death(husband);
    assert_eq!(registry.refused("1400-01-03", again), Reason::UnknownPerson);
}

#[test]
fn a_correction_is_decided_as_if_the_target_had_not_been() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let of = |number, until| {
        permit(
            person,
            ResidenceKind::Temporary,
            number,
            "1400-01-01",
            until,
        )
    };
    let issued = registry.ok("1400-01-01", of("T1", "1400-06-01"));
    // The same number and the same days do not stand against the correction.
    let body = correct(
        &mut registry,
        issued.id,
        "1400-01-01",
        of("T1", "1400-12-29"),
    );
    let first = registry.ok("1400-02-01", body);
    let until = |registry: &Registry| registry.person(person).permits[0].until.unwrap();
    assert!(until(&registry) == on("1400-12-29"));
    let body = correct(
        &mut registry,
        issued.id,
        "1400-01-01",
        of("T1", "1401-12-29"),
    );
    assert_eq!(registry.refused("1400-02-02", body), Reason::TermTooLong);
    // The newest correction counts, and the older one after its annulment.
    let body = correct(
        &mut registry,
        issued.id,
        "1400-01-01",
        of("T1", "1400-09-01"),
    );
    let second = registry.ok("1400-02-03", body);
    assert!(until(&registry) == on("1400-09-01"));
    registry.ok("1400-02-04", annul(second.id));
    assert!(until(&registry) == on("1400-12-29"));
    registry.ok("1400-02-05", annul(first.id));
    assert!(until(&registry) == on("1400-06-01"));
    let history = registry.life(person).history(At::END.known_at);
    let states: Vec<_> = history.iter().map(|entry| entry.state).collect();
    assert_eq!(
        states,
        [InForce, InForce, Annulled, Annulled, InForce, InForce]
    );
    assert_eq!(history[1].amended_by, [first.id, second.id]);
}

#[test]
fn a_correction_keeps_the_number_and_may_change_the_mother() {
    let mut registry = Registry::new();
    let (husband, wife, _) = registry.couple();
    let other = registry.register("1370-01-01", Sex::Female);
    let born = registry.ok(
        "1395-01-01",
        birth("1395-01-01", Some(husband), Some(other)),
    );
    let child = born.persons[0];
    let body = birth("1395-01-02", Some(husband), Some(wife));
    let body = correct(&mut registry, born.id, "1395-01-02", body);
    let corrected = registry.ok("1400-01-01", body);
    let found = registry.person(child);
    assert!(
        found.number == child && found.parent(ParentRole::Mother) == Some(&Party::Person(wife))
    );
    assert!(found.particulars.birth_date == Some(on("1395-01-02")));
    let has = |registry: &Registry, mother| {
        registry
            .person(mother)
            .children
            .iter()
            .any(|known| known.child == child)
    };
    assert!(has(&registry, wife) && !has(&registry, other));
    // The annulment of the correction, and of the corrected act, reach everybody who was ever concerned.
    registry.ok("1400-01-02", annul(corrected.id));
    assert!(!has(&registry, wife) && has(&registry, other));
    let body = birth("1395-01-02", Some(husband), Some(wife));
    let body = correct(&mut registry, born.id, "1395-01-02", body);
    registry.ok("1400-01-03", body);
    registry.ok("1400-01-04", annul(born.id));
    assert!(!has(&registry, wife) && !has(&registry, other) && !has(&registry, husband));
    assert!(registry.life(child).person(&At::END).is_none());
}

#[test]
fn corrections_that_cannot_be() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let other = registry.register("1370-01-01", Sex::Male);
    let granted = registry.ok(
        "1400-01-01",
        GrantStatus {
            person,
            status: PersonStatus::VisaHolder,
            decided_by: String::new(),
        },
    );
    let grant = |person| GrantStatus {
        person,
        status: PersonStatus::Displaced,
        decided_by: String::new(),
    };
    let body = correct(&mut registry, granted.id, "1400-01-01", death(person));
    assert_eq!(registry.refused("1400-02-01", body), Reason::NotSameKind);
    let body = correct(&mut registry, granted.id, "1400-01-01", grant(other));
    assert_eq!(
        registry.refused("1400-02-01", body),
        Reason::NotSameSubjects
    );
    let body = correct(&mut registry, ActId([7; 16]), "1400-01-01", grant(person));
    assert_eq!(registry.refused("1400-02-01", body), Reason::TargetUnknown);
    assert_eq!(
        registry.refused("1400-02-01", annul(ActId([7; 16]))),
        Reason::TargetUnknown
    );
    let body = correct(&mut registry, granted.id, "1400-01-01", grant(person));
    let correction = registry.ok("1400-02-01", body.clone());
    let nested = CorrectAct {
        target: correction.id,
        ..body
    };
    assert_eq!(
        registry.refused("1400-02-02", nested),
        Reason::TargetNotAmendable
    );
    registry.ok("1400-02-03", annul(granted.id));
    let body = correct(&mut registry, granted.id, "1400-01-01", grant(person));
    assert_eq!(registry.refused("1400-02-04", body), Reason::TargetAnnulled);
    assert_eq!(
        registry.refused("1400-02-04", annul(granted.id)),
        Reason::TargetAnnulled
    );
}

#[test]
fn governance_is_revoked_and_not_amended() {
    let mut registry = Registry::new();
    let enrolled = registry.acts.keys().next().copied().unwrap();
    assert_eq!(
        registry.refused("1400-01-01", annul(enrolled)),
        Reason::TargetNotAmendable
    );
}

#[test]
fn a_registration_is_corrected_under_the_acts_that_rest_on_it() {
    let mut registry = Registry::new();
    let (husband, _, _) = registry.couple();
    let registration = registry.life(husband).records()[0].act_id;
    let mut body = register_with(vec![document(DocumentKind::Passport, "P5")]);
    body.particulars = particulars("1366-02-02", Sex::Male);
    let correction = correct(&mut registry, registration, "1390-01-01", body);
    registry.ok("1400-01-01", correction);
    let person = registry.person(husband);
    assert!(person.particulars.birth_date == Some(on("1366-02-02")));
    assert!(person.documents.len() == 1 && person.household.is_some());
    // The document shows up in the index through the correction.
    let twin = register_with(vec![document(DocumentKind::Passport, "P5")]);
    assert_eq!(
        registry.refused("1400-01-02", twin),
        Reason::DuplicateDocument
    );
}

#[test]
fn a_split_is_annulled_as_a_whole() {
    let mut registry = Registry::new();
    let (husband, wife, household) = registry.couple();
    let child = registry.child("1393-01-01", husband, wife);
    let before: Vec<_> = [husband, wife, child]
        .map(|number| registry.person(number))
        .into();
    let split = SplitHousehold {
        household,
        new_head: wife,
        leaving: vec![member(child, Relation::Child)],
        address: None,
    };
    let split = registry.ok("1400-01-01", split);
    registry.ok("1400-01-02", annul(split.id));
    let after: Vec<_> = [husband, wife, child]
        .map(|number: PersonNumber| registry.person(number))
        .into();
    assert!(before == after);
    assert!(
        registry
            .life(split.households[0])
            .household(&At::END)
            .is_none()
    );
}
