use crate::access::{Field, FieldGroup, Role};
use crate::act::*;
use crate::fact::*;
use crate::life::At;
use crate::number::PersonNumber;
use crate::refusal::Reason;
use crate::testing::*;
use crate::time::Timestamp;

const IDENTITY: DisputedFact = DisputedFact::Group {
    group: FieldGroup::Identity,
    field: None,
};

fn contest(person: PersonNumber, fact: DisputedFact) -> DisputeFact {
    DisputeFact {
        person,
        fact,
        ground: DisputeGround::Inaccurate,
        statement_reference: "statement 7".into(),
    }
}

fn end(person: PersonNumber, dispute: ActId, resolution: Resolution) -> ResolveDispute {
    ResolveDispute {
        person,
        dispute,
        resolution,
    }
}

fn rejected(decision: Option<AdverseDecision>) -> Resolution {
    Resolution::Rejected { decision }
}

/// A registry with the data-protection officer's office, and a person whom an office in Tehran registered.
fn registry() -> (Registry, PersonNumber, ActId) {
    let mut registry = Registry::new();
    registry.author = crate::governance::Author::governance();
    registry.office = code("REGISTRY");
    for (agency, role) in [
        ("DPO", Role::DataProtectionOfficer),
        ("KEFALAT", Role::Registrar),
    ] {
        registry.ok("1357-01-03", enrol_agency(agency, role));
    }
    for (office, agency) in [("DPO-01", "DPO"), ("KEF-01", "KEFALAT")] {
        let province = crate::law::ProvinceCode::Tehran;
        registry.ok("1357-01-03", enrol_office(office, agency, province));
    }
    registry.as_office("THR-01");
    let person = registry.register("1370-01-01", Sex::Female);
    let registration = registry.accepted.last().unwrap().id;
    (registry, person, registration)
}

/// Corrects the registration: another day of birth.
fn correct(registry: &mut Registry, target: ActId) -> ActId {
    let mut replacement = registry.act("1390-01-01", register_person("1371-01-01", Sex::Female));
    replacement.id = ActId([0; 16]);
    let correction = CorrectAct {
        target,
        replacement: Box::new(replacement),
        reason: "misread".into(),
    };
    registry.ok("1401-08-01", correction).id
}

#[test]
fn a_fact_is_contested_until_it_is_put_right() {
    let (mut registry, person, registration) = registry();
    let fact = DisputedFact::Act(registration);
    let dispute = registry.ok("1401-07-01", contest(person, fact)).id;
    let held = registry.person(person);
    let open = held.open_dispute(dispute).unwrap();
    assert!(open.fact == fact && open.since == on("1401-07-01"));
    // Ten days after the registry knew of it.
    let recorded = open.recorded_at.day_in_tehran();
    assert_eq!(open.answer_by(), recorded.plus_days(10));

    // Twice at once there is nothing to contest; another fact is another dispute.
    assert_eq!(
        registry.refused("1401-07-02", contest(person, fact)),
        Reason::DisputeStands
    );
    registry.ok("1401-07-02", contest(person, IDENTITY));

    // Nothing was put right yet, and what went before the dispute does not count.
    let upheld = |correction| end(person, dispute, Resolution::Upheld { correction });
    for wrong in [registration, dispute, ActId([9; 16])] {
        let reason = registry.refused("1401-08-02", upheld(wrong));
        assert_eq!(reason, Reason::CorrectionMissing);
    }
    let correction = correct(&mut registry, registration);
    let resolved = registry.ok("1401-08-02", upheld(correction)).id;
    let held = registry.person(person);
    assert!(held.open_dispute(dispute).is_none());
    assert_eq!(held.open_disputes().count(), 1);
    let reason = registry.refused("1401-08-03", upheld(correction));
    assert_eq!(reason, Reason::DisputeUnknown);

    // The correction stands as long as the answer rests on it. Without the answer the fact is contested again.
    let annul = |target| AnnulAct {
        target,
        reason: "wrong".into(),
    };
    assert_eq!(
        registry.refused("1401-09-01", annul(correction)),
        Reason::DependentActsStand
    );
    assert_eq!(
        registry.refused("1401-09-01", annul(dispute)),
        Reason::DependentActsStand
    );
    registry.ok("1401-09-01", annul(resolved));
    assert!(registry.person(person).open_dispute(dispute).is_some());
    registry.ok("1401-09-02", annul(correction));
    let annulment = registry.ok("1401-09-03", annul(dispute)).id;
    assert!(registry.person(person).open_dispute(dispute).is_none());
    registry.ok("1401-09-04", annul(annulment));
    assert!(registry.person(person).open_dispute(dispute).is_some());
}

#[test]
fn what_is_contested_is_a_fact_about_the_person() {
    let (mut registry, person, registration) = registry();
    let other = registry.register("1372-01-01", Sex::Male);
    let act = |id| contest(person, DisputedFact::Act(id));
    let of_other = registry.accepted.last().unwrap().id;
    for unknown in [of_other, ActId([9; 16])] {
        let reason = registry.refused("1401-07-01", act(unknown));
        assert_eq!(reason, Reason::TargetUnknown);
    }
    let correction = correct(&mut registry, registration);
    let dispute = registry.ok("1401-08-02", act(registration)).id;
    for no_fact in [correction, dispute] {
        let reason = registry.refused("1401-08-02", act(no_fact));
        assert_eq!(reason, Reason::TargetNotAmendable);
    }
    let moved = ChangeAddress {
        subject: Resident::Person(other),
        address: address("Second Street"),
    };
    let moved = registry.ok("1401-08-03", moved).id;
    let annulment = AnnulAct {
        target: moved,
        reason: "never moved".into(),
    };
    registry.ok("1401-08-04", annulment);
    let gone = contest(other, DisputedFact::Act(moved));
    assert_eq!(registry.refused("1401-08-05", gone), Reason::TargetAnnulled);
    // Groups that state no fact about a person, and fields of other groups, are not contested.
    for (group, field) in [
        (FieldGroup::AsylumClaim, None),
        (FieldGroup::Verdict, None),
        (FieldGroup::History, None),
        (FieldGroup::Identity, Field::named("person.address")),
        (FieldGroup::Identity, Field::named("contested.person")),
    ] {
        let fact = DisputedFact::Group { group, field };
        let reason = registry.refused("1401-08-05", contest(person, fact));
        assert_eq!(reason, Reason::InvalidField);
    }
    let named = DisputedFact::Group {
        group: FieldGroup::Address,
        field: Field::named("person.address"),
    };
    registry.ok("1401-08-05", contest(person, named));
    // Who has died has heirs.
    registry.ok("1401-09-01", death(other));
    registry.ok("1401-09-02", contest(other, IDENTITY));
}

#[test]
fn who_recorded_the_fact_answers_and_who_took_the_dispute_withdraws_it() {
    let (mut registry, person, registration) = registry();
    registry.as_office("DPO-01");
    let fact = DisputedFact::Act(registration);
    let dispute = registry.ok("1401-07-01", contest(person, fact)).id;
    let reject = || end(person, dispute, rejected(Some(decision())));
    let withdraw = || end(person, dispute, Resolution::Withdrawn);
    let annul = || AnnulAct {
        target: dispute,
        reason: "inconvenient".into(),
    };

    // Neither the data-protection officer nor another registrar answers for the agency that recorded it.
    for office in ["DPO-01", "KEF-01", "DOG-01"] {
        registry.as_office(office);
        let reason = registry.refused("1401-07-02", reject());
        assert_eq!(reason, Reason::DisputeOfOtherAgency, "{office}");
    }
    // Nobody but who took it puts it away.
    for office in ["KEF-01", "THR-01"] {
        registry.as_office(office);
        for reason in [
            registry.refused("1401-07-02", withdraw()),
            registry.refused("1401-07-02", annul()),
        ] {
            assert_eq!(reason, Reason::DisputeOfOtherAgency, "{office}");
        }
    }
    registry.as_office("DOG-01");
    let reason = registry.refused("1401-07-02", contest(person, IDENTITY));
    assert_eq!(reason, Reason::RoleNotAllowed);

    // A rejection takes something away: it is decided, has a ground, is served, and names where to object.
    registry.as_office("RKH-01");
    let without = |change: fn(&mut AdverseDecision)| {
        let mut decision = decision();
        change(&mut decision);
        end(person, dispute, rejected(Some(decision)))
    };
    for (incomplete, expected) in [
        (end(person, dispute, rejected(None)), Reason::DeciderMissing),
        (without(|d| d.ground.clear()), Reason::GroundMissing),
        (without(|d| d.served_on = None), Reason::MissingNotice),
        (
            without(|d| d.appeal_body.clear()),
            Reason::AppealBodyMissing,
        ),
    ] {
        assert_eq!(registry.refused("1401-07-02", incomplete), expected);
    }
    registry.ok("1401-07-02", reject());
    assert_eq!(registry.person(person).open_disputes().count(), 0);

    // The same may be contested anew, and withdrawn by the officer who took it.
    registry.as_office("DPO-01");
    let again = registry.ok("1401-07-03", contest(person, fact)).id;
    registry.ok("1401-07-04", end(person, again, Resolution::Withdrawn));
    assert_eq!(registry.person(person).open_disputes().count(), 0);
}

#[test]
fn what_was_contested_is_told_on_both_axes() {
    let (mut registry, person, _) = registry();
    let before = registry.position;
    let dispute = registry.ok("1401-07-01", contest(person, IDENTITY)).id;
    let during = registry.position;
    registry.ok("1401-07-05", end(person, dispute, Resolution::Withdrawn));
    let life = registry.life(person);
    // The clock of this registry counts positions.
    let known = |position: u64| Timestamp::from_micros(i64::try_from(position).unwrap());
    assert!(life.disputes(known(before)).is_empty());
    assert_eq!(life.disputes(known(during)).len(), 1);
    assert!(life.disputes(At::END.known_at).is_empty());
    // A dispute that stands today marks what is told of any time.
    registry.ok("1401-08-01", contest(person, IDENTITY));
    let life = registry.life(person);
    assert_eq!(life.disputes(known(before)).len(), 1);
    assert_eq!(life.disputes(known(during)).len(), 2);
    let on_day = |date: &str| {
        let at = At::day(day(date));
        life.person(&at).unwrap().open_disputes().count()
    };
    assert_eq!([on_day("1401-07-03"), on_day("1401-07-10")], [1, 0]);
    assert_eq!(on_day("1401-08-01"), 1);
}
