//! Orders over households and claims to asylum.

use super::*;
use crate::act::Applicant;
use crate::case::ServiceCase;
use crate::fact::AsylumOutcome;
use crate::household::Household;
use crate::number::{CaseNumber, SERIAL_MIN};
use crate::retention::{RetentionState, case_due, claim_due, household_due};

const UNIT: &str = "THR-97";
/// A key of the asylum unit.
const ASYLUM: u8 = 60;

fn of(target: Target) -> Case {
    Case { target, ..case() }
}

fn signed_over(case: &Case, mut order: Order) -> proto::SignedErasureOrder {
    order.subject = case.commit(&NONCE);
    proto::SignedErasureOrder {
        case: case.encode(),
        ..signed(&order)
    }
}

fn with_unit() -> Registry {
    let mut registry = registry();
    registry.ok("1400-01-01", enrol_agency("UNIT", Role::AsylumUnit));
    let enrol = EnrolKey {
        agency: code("UNIT"),
        public_key: key(ASYLUM),
        office: None,
        not_after: None,
        supervisor: None,
        emergency_officer: None,
    };
    registry.ok("1400-01-01", enrol);
    registry
}

#[test]
fn whose_records_are_erased_decides_who_orders() {
    let registry = with_unit();
    let targets = [
        Target::Person(PersonNumber::from_serial(SERIAL_MIN + 1).unwrap()),
        Target::Household(HouseholdCode::from_serial(SERIAL_MIN + 2).unwrap()),
        Target::Claim(ClaimNumber::from_serial(SERIAL_MIN + 3).unwrap()),
        Target::ServiceCase(CaseNumber::from_serial(SERIAL_MIN + 4).unwrap()),
    ];
    for target in targets {
        let case = of(target);
        assert!(Case::decode(&case.encode()).unwrap() == case);
        for (first, role) in [
            (approver(DPO, "DPO", "D5001"), Role::DataProtectionOfficer),
            (approver(ASYLUM, "UNIT", "A7001"), Role::AsylumUnit),
        ] {
            let order = Order {
                approvers: [first, approver(MINISTRY, "MOI", "G6001")],
                ..order(registry.now())
            };
            let signed = signed_over(&case, order);
            let read = AuthenticOrder::read(&signed, ORIGIN, &registry.enrolment, |_, _| true);
            let authentic = read.unwrap();
            assert!(authentic.target() == target);
            let by = authentic.order().approvers[0].key;
            let checked = authentic.check(&by, &registry.enrolment, registry.now());
            if role == target.ordered_by() {
                assert_eq!(checked, Ok(()));
            } else {
                assert_eq!(reason(checked), Reason::OrderApproverNotAllowed);
            }
        }
    }
}

#[test]
fn a_case_is_about_one_subject() {
    let number = |serial| {
        HouseholdCode::from_serial(SERIAL_MIN + serial)
            .unwrap()
            .to_string()
    };
    let case = |person: &str, household: &str, asylum_claim: &str| {
        let case = proto::ErasureCase {
            biometric: String::new(),
            person: person.to_owned(),
            household: household.to_owned(),
            asylum_claim: asylum_claim.to_owned(),
            service_case: String::new(),
            case_reference: "E-7".to_owned(),
        };
        Case::decode(&prost::Message::encode_to_vec(&case))
    };
    let (one, other) = (number(1), number(2));
    case("", &one, "").unwrap();
    let claim = ClaimNumber::from_serial(SERIAL_MIN + 1).unwrap();
    case("", "", &claim.to_string()).unwrap();
    for several in [
        case(&one, &other, ""),
        case(&one, "", &other),
        case("", &one, &other),
        case("", "", ""),
        case("", "123", ""),
    ] {
        assert_eq!(reason(several), Reason::InvalidField);
    }
}

/// What is decided of an order over everything recorded about a subject.
fn decide(
    life: &Life,
    found: Found<'_>,
    ground: ErasureGround,
    today: &str,
) -> Result<(), Refusal> {
    let positions: Vec<u64> = life.records().iter().map(|one| one.position).collect();
    let order = Order {
        positions: positions.clone(),
        ground,
        ..order(Timestamp::from_micros(0))
    };
    let standing = Standing {
        found,
        life,
        positions: &positions,
        erased: false,
        today: day(today),
    };
    standing.decide(&order)
}

#[test]
fn a_household_is_erased_when_nobody_belongs_to_it() {
    let mut registry = registry();
    registry.as_office("THR-01");
    let (husband, wife, household) = registry.couple();
    let life = registry.life(household).clone();
    assert_eq!(Household::members_of(&life), [husband, wife]);
    for ground in ErasureGround::ALL {
        let inhabited = decide(
            &life,
            Found::Household { inhabited: true },
            *ground,
            "1405-01-01",
        );
        assert_eq!(reason(inhabited), Reason::OrderNotDue);
        let left = Found::Household { inhabited: false };
        assert_eq!(decide(&life, left, *ground, "1405-01-01"), Ok(()));
    }
    let nothing = decide(
        &Life::default(),
        Found::Household { inhabited: false },
        ErasureGround::CourtOrder,
        "1405-01-01",
    );
    assert_eq!(reason(nothing), Reason::UnknownHousehold);
    let today = day("1405-01-01");
    let state = |inhabited| household_due(inhabited, today).map(|row| row.state(today));
    assert_eq!(state(true), [RetentionState::NotStarted; 2]);
    assert_eq!(state(false), [RetentionState::Ended; 2]);
}

#[test]
fn a_case_is_erased_when_nobody_whom_it_concerns_is_recorded() {
    let mut registry = registry();
    registry.as_office("THR-01");
    let person = registry.register("1370-01-01", Sex::Female);
    let requested = request(MOVEMENT, Applicant::Person(person));
    let opened = registry.ok("1400-01-01", requested);
    let number = opened.cases[0];
    // What is annulled is kept no longer and no shorter.
    registry.ok("1400-01-02", annul(opened.id));
    let life = registry.life(number).clone();
    let (service, persons) = ServiceCase::named_in(&life).unwrap();
    assert_eq!(service.as_str(), MOVEMENT);
    assert_eq!(persons, [person].into());
    assert_eq!(
        ServiceCase::concerning(registry.life(person)),
        [number].into()
    );
    assert_eq!(ServiceCase::named_in(registry.life(person)), None);
    let kept = Found::ServiceCase { kept: true };
    let due = decide(&life, kept, ErasureGround::RetentionEnded, "1405-01-01");
    assert_eq!(reason(due), Reason::OrderNotDue);
    for ground in [ErasureGround::CourtOrder, ErasureGround::UnlawfulStorage] {
        assert_eq!(decide(&life, kept, ground, "1405-01-01"), Ok(()));
    }
    let left = Found::ServiceCase { kept: false };
    let due = decide(&life, left, ErasureGround::RetentionEnded, "1405-01-01");
    assert_eq!(due, Ok(()));
    let nothing = decide(
        &Life::default(),
        left,
        ErasureGround::CourtOrder,
        "1405-01-01",
    );
    assert_eq!(reason(nothing), Reason::UnknownCase);
    let today = day("1405-01-01");
    let state = |kept| case_due(FieldGroup::ServiceCases, kept, today).state(today);
    assert_eq!(state(true), RetentionState::NotStarted);
    assert_eq!(state(false), RetentionState::Ended);
}

#[test]
fn a_claim_ends_with_its_decision_or_its_person() {
    let mut registry = registry();
    registry.as_office("THR-01");
    let person = registry.register("1370-01-01", Sex::Female);
    registry.as_office(UNIT);
    let claim = registry.ok("1400-02-01", lodge_claim(person)).claims[0];
    let ended = ErasureGround::RetentionEnded;
    let decide_at = |registry: &Registry, claimant: &Life, today: &str| {
        decide(
            registry.life(claim),
            Found::Claim { claimant },
            ended,
            today,
        )
    };
    // While it is pending, nothing ends but by order of a court.
    let claimant = registry.life(person).clone();
    let pending = decide_at(&registry, &claimant, "1410-01-01");
    assert_eq!(reason(pending), Reason::OrderNotDue);
    let found = Found::Claim {
        claimant: &claimant,
    };
    let court = decide(
        registry.life(claim),
        found,
        ErasureGround::CourtOrder,
        "1400-03-01",
    );
    assert_eq!(court, Ok(()));
    // Whoever is erased takes the ground for keeping it along.
    assert_eq!(decide_at(&registry, &Life::default(), "1400-03-01"), Ok(()));
    // Six months after the decision, however the person lives on.
    let withdrawn = crate::act::DecideAsylumClaim {
        declaration_reference: "D-1".into(),
        ..decide_claim(claim, AsylumOutcome::Withdrawn)
    };
    registry.ok("1400-05-01", withdrawn);
    let claimant = registry.life(person).clone();
    let early = decide_at(&registry, &claimant, "1400-10-30");
    assert_eq!(reason(early), Reason::OrderNotDue);
    assert_eq!(decide_at(&registry, &claimant, "1400-11-01"), Ok(()));
    // Three months after death, if that is sooner.
    registry.as_office("THR-01");
    registry.ok("1400-06-01", death(person));
    let dead = registry.life(person).clone();
    let due = claim_due(registry.life(claim), &dead, day("1400-09-01")).unwrap();
    let died_on = dead.person(&At::END).unwrap().death.unwrap().on;
    let months = i32::from(due.clock.unwrap().months);
    let calendar = crate::time::Calendar::Jalali;
    let expected = died_on.latest().plus_months(calendar, months).unwrap();
    assert_eq!(
        (due.clock.unwrap().id, due.ends_on),
        ("RT-12", Some(expected))
    );
    assert!(claim_due(&dead, &dead, day("1400-09-01")).is_none());
}
