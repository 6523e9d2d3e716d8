//! Claims to asylum: subjects of their own, in tables of their own.

use sabt_domain::access::{Method, Permit, Purpose, Role};
use sabt_domain::act::{DecideAsylumClaim, SubjectId};
use sabt_domain::decide::{Need, States};
use sabt_domain::event::{ActCorrected, AsylumClaimLodged, Event, EventBody};
use sabt_domain::fact::{AsylumGround, AsylumLodging, AsylumOutcome};
use sabt_domain::governance::Enrolment;
use sabt_domain::refusal::Reason;
use sabt_proto::event::v1::Disclosure;
use sabt_vault::ordinal::SubjectOrdinal;

use super::world::{everything, now};
use super::{QueryError, reason};
use crate::store::Table;
use crate::testing::{TestRegistry, address, all_permits, event, folded, permit};

fn unit() -> Permit {
    permit(Role::AsylumUnit, Purpose::AsylumProcedure)
}

fn lodged(registry: &TestRegistry, claim: SubjectOrdinal, person: SubjectOrdinal) -> Event {
    let body = AsylumClaimLodged {
        number: registry.claim_number(claim),
        person: registry.number(person),
        lodged_at: AsylumLodging::BorderPost,
        place: "MKPOST".to_owned(),
        grounds: vec![AsylumGround::Religious],
        interview_reference: String::new(),
        shelter_address: Some(address("MKSHELTER")),
    };
    event("2025-06-01", EventBody::AsylumClaimLodged(body))
}

/// Lodges a claim of the person.
fn lodge(registry: &mut TestRegistry, person: SubjectOrdinal) -> SubjectOrdinal {
    let claim = registry.claim();
    let event = lodged(registry, claim, person);
    registry.act(&[(claim, event)]);
    claim
}

#[test]
fn a_claim_is_told_to_the_unit_and_changes_no_other_answer() {
    let mut registry = TestRegistry::new();
    let with = registry.register("MkGiven", "Karimi", "P1");
    let without = registry.register("MkGiven", "Karimi", "P1");
    let claim = lodge(&mut registry, with);
    let decided = DecideAsylumClaim {
        claim: registry.claim_number(claim),
        outcome: AsylumOutcome::Withdrawn,
        decided_by: String::new(),
        decision: None,
        declaration_reference: "D-1".to_owned(),
    };
    let decided = event("2025-07-01", EventBody::AsylumClaimDecided(decided));
    registry.act(&[(claim, decided)]);
    let again = lodge(&mut registry, with);
    let asked = Disclosure {
        agency: "ASYLUM".to_owned(),
        ..Disclosure::default()
    };
    registry.disclose(with.in_compartment(), &asked);
    let (views, _) = folded(&registry);

    let mut open = 0;
    for permit in all_permits() {
        let told = [with, without].map(|subject| {
            let number = registry.number(subject).to_string();
            everything(&views, &registry, &permit, subject).replace(&number, "N")
        });
        // Of the unit's own questions, who has looked is the one among these that differs.
        if permit.role() != Role::AsylumUnit {
            assert_eq!(told[0], told[1]);
        }
        assert!(!told[0].contains("MKSHELTER"));
        let number = registry.number(with);
        match views.asylum_claims(&permit, number, &now()) {
            Ok(_) => {
                assert_eq!(permit.role(), Role::AsylumUnit);
                open += 1;
            }
            Err(error) => assert_eq!(reason(error), Reason::MethodNotAllowed),
        }
    }
    assert_eq!(open, 2);

    let claims = |person| {
        let answer = views.asylum_claims(&unit(), registry.number(person), &now());
        let answer = answer.unwrap();
        assert_eq!(answer.about, [SubjectId::Person(registry.number(person))]);
        answer.content
    };
    let told = claims(with);
    let numbers: Vec<_> = told.iter().map(|view| view.claim.number).collect();
    assert_eq!(
        numbers,
        [claim, again].map(|claim| registry.claim_number(claim))
    );
    assert_eq!(told[0].version, 2);
    assert!(!told[0].claim.is_pending() && told[1].claim.is_pending());
    assert!(claims(without).is_empty());
    let nobody = registry.claim();
    let unknown = views.asylum_claims(&unit(), registry.number(nobody), &now());
    assert!(matches!(unknown, Err(QueryError::Refused(refusal))
        if refusal.reason() == Reason::UnknownPerson));
}

#[test]
fn who_looked_in_the_compartment_is_told_there_and_counted_nowhere_else() {
    let mut registry = TestRegistry::new();
    let person = registry.register("MkGiven", "Karimi", "P1");
    let by = |agency: &str| Disclosure {
        agency: agency.to_owned(),
        ..Disclosure::default()
    };
    registry.disclose(person, &by("BAFIA"));
    registry.disclose(person.in_compartment(), &by("ASYLUM"));
    registry.disclose(person.in_compartment(), &by("ASYLUM"));
    let (views, _) = folded(&registry);
    let number = registry.number(person);
    let looked = |role| {
        let permit = permit(role, Purpose::SubjectAccess);
        let answer =
            views.disclosures_about(&permit, number, &Enrolment::default(), now().known_at);
        let content = answer.unwrap().content;
        assert_eq!((content.withheld, content.earlier), (0, 0));
        let entries = content.entries.into_iter();
        entries
            .map(|entry| entry.disclosure.agency)
            .collect::<Vec<_>>()
    };
    assert_eq!(looked(Role::Registrar), ["BAFIA"]);
    assert_eq!(looked(Role::DataProtectionOfficer), ["BAFIA"]);
    assert_eq!(looked(Role::AsylumUnit), ["ASYLUM", "ASYLUM"]);
}

#[test]
fn a_claim_corrected_to_be_of_somebody_else_is_found_there() {
    let mut registry = TestRegistry::new();
    let wrong = registry.register("MkGiven", "Karimi", "P1");
    let right = registry.register("MkGiven", "Karimi", "P2");
    let claim = registry.claim();
    let event_of = |registry: &TestRegistry, person| lodged(registry, claim, person);
    let first = event_of(&registry, wrong);
    let target = registry.act(&[(claim, first)]);
    let corrected = ActCorrected {
        target: sabt_domain::act::ActId(target.to_bytes()),
        replacement: vec![event_of(&registry, right)],
        reason: "misread".to_owned(),
    };
    registry.act(&[(
        claim,
        event("2025-12-01", EventBody::ActCorrected(corrected)),
    )]);
    let (views, writer) = folded(&registry);
    let claims = |person| {
        let answer = views.asylum_claims(&unit(), registry.number(person), &now());
        answer.unwrap().content.len()
    };
    assert_eq!((claims(wrong), claims(right)), (0, 1));
    // For deciding, a set may be too large, never too small.
    let mut states = States::default();
    let reader = views.states(&writer).unwrap();
    for person in [wrong, right] {
        let person = registry.number(person);
        reader.load(Need::Claims(person), &mut states).unwrap();
        assert_eq!(states.claims[&person].len(), 1);
    }
}

#[test]
fn the_other_tables_are_the_same_with_and_without_a_claim() {
    let rows = |with_claim: bool| {
        let mut registry = TestRegistry::new();
        let person = registry.register("MkGiven", "Karimi", "P1");
        let claim = with_claim.then(|| lodge(&mut registry, person));
        if with_claim {
            registry.disclose(person.in_compartment(), &Disclosure::default());
        }
        let (views, writer) = folded(&registry);
        let marks = views.marks().events;
        assert_eq!(marks.highest_ordinal, person);
        assert_eq!(marks.highest_claim.place(), u64::from(with_claim));
        if let Some(claim) = claim {
            let reader = views.states(&writer).unwrap();
            let number = SubjectId::AsylumClaim(registry.claim_number(claim));
            assert_eq!(reader.ordinal(&number), Some(claim));
            assert_eq!(reader.positions(claim).unwrap().len(), 1);
        }
        let snapshot = views.store.snapshot().unwrap();
        Table::ALL.map(|table| snapshot.scan_prefix(table, &[], &[], 100).unwrap().len())
    };
    let (with, without) = (rows(true), rows(false));
    for (table, counts) in Table::ALL.into_iter().zip(with.into_iter().zip(without)) {
        let compartment = matches!(
            table,
            Table::Claims | Table::Claimants | Table::AsylumLooked
        );
        // Acts and answers are found by their identifiers and positions, which name nobody.
        let nobody = matches!(table, Table::Acts | Table::Answers);
        let more = usize::from(compartment || nobody);
        assert_eq!(counts.0, counts.1 + more, "{}", table.name());
    }
}

#[test]
fn a_claim_is_erased_with_its_index() {
    let mut registry = TestRegistry::new();
    let person = registry.register("MkGiven", "Karimi", "P1");
    let claim = lodge(&mut registry, person);
    registry.erase(claim);
    let (views, _) = folded(&registry);
    let answer = views.asylum_claims(&unit(), registry.number(person), &now());
    assert!(answer.unwrap().content.is_empty());
    assert!(unit().allows_method(Method::GetAsylumClaims));
}
