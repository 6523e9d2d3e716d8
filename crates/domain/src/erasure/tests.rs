mod targets;

use super::*;
use crate::act::{
    ActBody, AnnulAct, ChangeAddress, DisputeFact, DisputedFact, EnrolKey, RecordExit,
    RemoveHouseholdMember, Resident, RevokeKey, SubjectId,
};
use crate::fact::{DisputeGround, ExitKind, MemberRemovalReason, Party, Sex};
use crate::governance::Author;
use crate::testing::*;

const ORIGIN: &str = "registry.example/events";
const NONCE: [u8; 32] = [5; 32];
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// The key of the data-protection officer, of any of their agency.
const DPO: u8 = 50;
/// A key of the governance agency.
const MINISTRY: u8 = 51;
/// A key of the directorate.
const OFFICE: u8 = 52;
/// A key of the governance agency that belongs to one officer, G6000.
const OWN: u8 = 53;
/// A key that its officer of the ministry has for emergencies.
const OWN_EMERGENCY: u8 = 58;
/// A key of an agency that is data-protection officer and governance at once.
const BOTH: u8 = 54;

fn key(seed: u8) -> PublicKey {
    PublicKey([seed; 32])
}

fn registry() -> Registry {
    let mut registry = Registry::new();
    registry.author = Author::governance();
    registry.ok(
        "1400-01-01",
        enrol_agency("DPO", Role::DataProtectionOfficer),
    );
    registry.ok("1400-01-01", enrol_agency("MOI", Role::Governance));
    let mut both = enrol_agency("BOTH", Role::Governance);
    both.roles.push(Role::DataProtectionOfficer);
    registry.ok("1400-01-01", both);
    for (seed, agency, officer, emergency) in [
        (DPO, "DPO", None, None),
        (MINISTRY, "MOI", None, None),
        (OFFICE, "BAFIA", None, None),
        (OWN, "MOI", Some("G6000"), None),
        (OWN_EMERGENCY, "MOI", None, Some("G6000")),
        (BOTH, "BOTH", None, None),
        (BOTH + 1, "BOTH", None, None),
    ] {
        registry.ok(
            "1400-01-01",
            EnrolKey {
                agency: code(agency),
                public_key: key(seed),
                office: None,
                not_after: None,
                supervisor: officer.map(code),
                emergency_officer: emergency.map(code),
            },
        );
    }
    registry
}

fn approver(seed: u8, agency: &str, officer: &str) -> Approver {
    Approver {
        agency: code(agency),
        officer: code(officer),
        key: key(seed).id(),
    }
}

fn case() -> Case {
    Case {
        target: Target::Person(PersonNumber::from_serial(crate::number::SERIAL_MIN + 1).unwrap()),
        case_reference: "E-7".to_owned(),
    }
}

fn order(now: Timestamp) -> Order {
    Order {
        id: ActId([7; 16]),
        origin: ORIGIN.to_owned(),
        positions: vec![3, 8, 9],
        subject: case().commit(&NONCE),
        ground: ErasureGround::CourtOrder,
        legal_basis: "judgment 12/1405".to_owned(),
        permit_number: "P-12".to_owned(),
        not_after: Timestamp::from_micros(now.micros() + DAY),
        approvers: [
            approver(DPO, "DPO", "D5001"),
            approver(MINISTRY, "MOI", "G6001"),
        ],
    }
}

fn signed(order: &Order) -> proto::SignedErasureOrder {
    proto::SignedErasureOrder {
        order: order.encode(),
        case: case().encode(),
        nonce: NONCE.to_vec(),
        signatures: vec![vec![1; 64], vec![2; 64]],
    }
}

fn read(registry: &Registry, order: &Order) -> Result<AuthenticOrder, Refusal> {
    AuthenticOrder::read(&signed(order), ORIGIN, &registry.enrolment, |_, _| true)
}

fn reason<T>(outcome: Result<T, Refusal>) -> Reason {
    match outcome {
        Ok(_) => panic!("was accepted"),
        Err(refusal) => {
            assert!(!refusal.rule().is_empty() && !refusal.remedy().is_empty());
            refusal.reason()
        }
    }
}

fn check(registry: &Registry, order: &Order) -> Result<(), Refusal> {
    let by = order.approvers[0].key;
    read(registry, order)?.check(&by, &registry.enrolment, registry.now())
}

#[test]
fn an_order_of_both_officers_stands() {
    let registry = registry();
    let order = order(registry.now());
    let authentic = read(&registry, &order).unwrap();
    for approver in &order.approvers {
        let now = registry.now();
        assert_eq!(
            authentic.check(&approver.key, &registry.enrolment, now),
            Ok(())
        );
    }
    assert!(authentic.target() == case().target);
    // The record is the order with the signatures behind it, and tells nothing of the person.
    let payload = authentic.payload();
    assert!(payload.starts_with(&order.encode()));
    let record = <proto::Erasure as prost::Message>::decode(payload).unwrap();
    assert_eq!(record.signatures, [vec![1; 64], vec![2; 64]]);
    assert_eq!(record.positions, [3, 8, 9]);
    assert_eq!(record.approvers, ["DPO/D5001", "MOI/G6001"]);
    let Target::Person(person) = case().target else {
        panic!("the case is about a person");
    };
    for secret in [person.to_string(), case().case_reference] {
        let found = payload
            .windows(secret.len())
            .any(|bytes| bytes == secret.as_bytes());
        assert!(!found);
    }
}

#[test]
fn the_governance_authority_itself_may_approve() {
    let mut registry = registry();
    let founding = registry
        .enrolment
        .founding()
        .unwrap()
        .registry
        .governance_key;
    let mut order = order(registry.now());
    order.approvers[1] = Approver {
        agency: Author::governance().agency,
        officer: code("G1"),
        key: founding.id(),
    };
    assert_eq!(check(&registry, &order), Ok(()));
    // A key that was revoked approves nothing any more, also where it had signed before.
    registry.ok(
        "1400-01-02",
        RevokeKey {
            key_id: key(DPO).id(),
            reason: "lost".into(),
        },
    );
    assert_eq!(reason(check(&registry, &order)), Reason::RevokedKey);
}

#[test]
fn two_officers_of_two_agencies_in_their_roles() {
    let registry = registry();
    let now = registry.now();
    let with = |first: Approver, second: Approver| Order {
        approvers: [first, second],
        ..order(now)
    };
    let dpo = || approver(DPO, "DPO", "D5001");
    let ministry = || approver(MINISTRY, "MOI", "G6001");
    let refused = [
        // The wrong way round, in the wrong role, under another agency's name, with another officer's key.
        (with(ministry(), dpo()), Reason::OrderApproverNotAllowed),
        (
            with(dpo(), approver(OFFICE, "BAFIA", "K1001")),
            Reason::OrderApproverNotAllowed,
        ),
        (
            with(approver(OFFICE, "BAFIA", "K1001"), ministry()),
            Reason::OrderApproverNotAllowed,
        ),
        (
            with(dpo(), approver(MINISTRY, "BOTH", "G6001")),
            Reason::OrderApproverNotAllowed,
        ),
        (
            with(dpo(), approver(OWN, "MOI", "G6001")),
            Reason::OrderApproverNotAllowed,
        ),
        (
            with(dpo(), approver(OWN_EMERGENCY, "MOI", "G6001")),
            Reason::OrderApproverNotAllowed,
        ),
        // One officer, one agency, one key.
        (
            with(dpo(), approver(MINISTRY, "MOI", "D5001")),
            Reason::OrderApproversSame,
        ),
        (
            with(
                approver(BOTH, "BOTH", "X1"),
                approver(BOTH + 1, "BOTH", "X2"),
            ),
            Reason::OrderApproversSame,
        ),
        (
            with(approver(BOTH, "BOTH", "X1"), approver(BOTH, "BOTH", "X1")),
            Reason::OrderApproversSame,
        ),
        (
            with(dpo(), approver(99, "MOI", "G6001")),
            Reason::UnknownKey,
        ),
    ];
    for (order, expected) in refused {
        assert_eq!(reason(check(&registry, &order)), expected, "{order:?}");
    }
    assert_eq!(
        check(&registry, &with(dpo(), approver(OWN, "MOI", "G6000"))),
        Ok(())
    );
}

#[test]
fn an_order_waits_thirty_days_at_most() {
    let registry = registry();
    let now = registry.now().micros();
    let until = |not_after| Order {
        not_after: Timestamp::from_micros(not_after),
        ..order(registry.now())
    };
    assert_eq!(check(&registry, &until(now)), Ok(()));
    assert_eq!(
        check(&registry, &until(now + ORDER_VALIDITY_MAX_MICROS)),
        Ok(())
    );
    let expired = check(&registry, &until(now - 1));
    assert_eq!(reason(expired), Reason::OrderExpired);
    let long = check(&registry, &until(now + ORDER_VALIDITY_MAX_MICROS + 1));
    assert_eq!(reason(long), Reason::OrderTooLong);
}

#[test]
fn only_an_approver_hands_it_in() {
    let registry = registry();
    let authentic = read(&registry, &order(registry.now())).unwrap();
    let by = key(OFFICE).id();
    let refused = authentic.check(&by, &registry.enrolment, registry.now());
    assert_eq!(reason(refused), Reason::OrderNotByApprover);
}

#[test]
fn signatures_are_both_there_and_fit() {
    let registry = registry();
    let order = order(registry.now());
    let with = |signatures: Vec<Vec<u8>>, sound: &dyn Fn(&PublicKey) -> bool| {
        let signed = proto::SignedErasureOrder {
            signatures,
            ..signed(&order)
        };
        let read = AuthenticOrder::read(&signed, ORIGIN, &registry.enrolment, |key, _| sound(key));
        reason(read)
    };
    for missing in [vec![], vec![vec![1; 64]], vec![vec![1; 64], vec![]]] {
        assert_eq!(with(missing, &|_| true), Reason::OrderNotApproved);
    }
    for odd in [
        vec![vec![1; 64], vec![2; 63]],
        vec![vec![1; 64], vec![2; 64], vec![3; 64]],
    ] {
        assert_eq!(with(odd, &|_| true), Reason::InvalidField);
    }
    let both = || vec![vec![1; 64], vec![2; 64]];
    for forged in [DPO, MINISTRY] {
        let sound = move |public: &PublicKey| *public != key(forged);
        assert_eq!(with(both(), &sound), Reason::OrderForged);
    }
}

#[test]
fn an_order_is_for_one_registry_and_one_person() {
    let registry = registry();
    let order = order(registry.now());
    let elsewhere = Order {
        origin: "other.example/events".to_owned(),
        ..order.clone()
    };
    assert_eq!(
        reason(read(&registry, &elsewhere)),
        Reason::OrderOfOtherRegistry
    );
    let other = Case {
        case_reference: "E-8".to_owned(),
        ..case()
    };
    let changed = [
        proto::SignedErasureOrder {
            case: other.encode(),
            ..signed(&order)
        },
        proto::SignedErasureOrder {
            nonce: vec![6; 32],
            ..signed(&order)
        },
    ];
    for signed in changed {
        assert_eq!(reason(Proposal::read(&signed)), Reason::OrderOfOtherPerson);
    }
}

#[test]
fn bytes_are_read_strictly() {
    let order = order(registry().now());
    let bytes = order.encode();
    assert_eq!(Order::decode(&bytes).unwrap(), order);
    assert!(Case::decode(&case().encode()).unwrap() == case());
    // Cut anywhere, with something behind, or not an order at all.
    for end in 0..bytes.len() {
        Order::decode(&bytes[..end]).unwrap_err();
    }
    for behind in [&[0x78, 1][..], &[0xa2, 6, 0], &bytes] {
        let longer = [bytes.as_slice(), behind].concat();
        assert_eq!(reason(Order::decode(&longer)), Reason::MalformedOrder);
    }
    let signed_already = proto::Erasure {
        signatures: vec![vec![1; 64]],
        ..proto::Erasure::default()
    };
    let behind = prost::Message::encode_to_vec(&signed_already);
    let longer = [bytes.as_slice(), &behind].concat();
    assert_eq!(reason(Order::decode(&longer)), Reason::MalformedOrder);
    let changes: [&dyn Fn(&mut Order); 6] = [
        &|order| order.positions.clear(),
        &|order| order.positions = vec![3, 3],
        &|order| order.positions = vec![9, 8],
        &|order| order.positions = (0..=12_000).collect(),
        &|order| order.legal_basis = " ".to_owned(),
        &|order| order.permit_number.clear(),
    ];
    for (index, change) in changes.iter().enumerate() {
        let mut other = order.clone();
        change(&mut other);
        let refused = Order::decode(&other.encode());
        assert_eq!(reason(refused), Reason::InvalidField, "change {index}");
    }
    let long = vec![0; crate::fact::limits::ERASURE_BYTES_MAX + 1];
    assert_eq!(reason(Order::decode(&long)), Reason::MalformedOrder);
    // The longest order that can be signed fits.
    let longest = Order {
        positions: (0..12_000).map(|n| (1 << 34) + n).collect(),
        legal_basis: "\u{62d}".repeat(512),
        ..order
    };
    Order::decode(&longest.encode()).unwrap();
}

#[test]
fn an_order_names_exactly_what_there_is() {
    let mut registry = registry();
    registry.as_office("THR-01");
    let person = registry.register("1370-01-01", Sex::Female);
    let life = registry.life(person).clone();
    let positions: Vec<u64> = life.records().iter().map(|one| one.position).collect();
    let order = Order {
        positions: positions.clone(),
        ..order(registry.now())
    };
    let found = Standing {
        found: Found::Person { referenced: false },
        life: &life,
        positions: &positions,
        erased: false,
        today: day("1405-06-01"),
    };
    assert_eq!(found.decide(&order), Ok(()));
    let with = |positions: Vec<u64>| Order {
        positions,
        ..order.clone()
    };
    let mut more = positions.clone();
    more.push(99);
    for other in [more, vec![positions[0] + 1]] {
        assert_eq!(reason(found.decide(&with(other))), Reason::OrderOutdated);
    }
    let again = Standing {
        erased: true,
        ..found
    };
    assert_eq!(reason(again.decide(&order)), Reason::SubjectErased);
    let nobody = Standing {
        life: &Life::default(),
        ..found
    };
    assert_eq!(reason(nobody.decide(&order)), Reason::UnknownPerson);
    // On the end of retention it rests only when every clock has run out.
    let ended = Order {
        ground: ErasureGround::RetentionEnded,
        ..order
    };
    assert_eq!(reason(found.decide(&ended)), Reason::OrderNotDue);
}

#[test]
fn what_is_contested_is_not_erased_because_its_time_is_up() {
    let mut registry = registry();
    registry.as_office("DOG-01");
    let person = registry.register("1370-01-01", Sex::Female);
    registry.ok("1394-01-01", exit(person));
    let decide = |registry: &Registry| {
        let life = registry.life(person);
        let positions: Vec<u64> = life.records().iter().map(|one| one.position).collect();
        let order = Order {
            positions: positions.clone(),
            ground: ErasureGround::RetentionEnded,
            ..order(registry.now())
        };
        let found = Standing {
            found: Found::Person { referenced: false },
            life,
            positions: &positions,
            erased: false,
            today: day("1405-06-01"),
        };
        found.decide(&order)
    };
    assert_eq!(decide(&registry), Ok(()));
    registry.as_office("THR-01");
    let contest = DisputeFact {
        person,
        fact: DisputedFact::Group {
            group: FieldGroup::Identity,
            field: None,
        },
        ground: DisputeGround::Inaccurate,
        statement_reference: "statement 7".into(),
    };
    registry.ok("1405-05-01", contest);
    assert_eq!(reason(decide(&registry)), Reason::OrderNotDue);
}

#[test]
fn nothing_is_recorded_about_whoever_was_erased() {
    let mut registry = registry();
    registry.as_office("THR-01");
    let (husband, wife, household) = registry.couple();
    registry.erase(husband);
    let spouses = (Party::Person(husband), Party::Person(wife));
    let about: [(&str, ActBody); 5] = [
        ("1395-01-01", death(husband).into()),
        (
            "1395-01-01",
            marriage(spouses.0.clone(), spouses.1.clone()).into(),
        ),
        (
            "1395-01-01",
            birth("1395-01-01", Some(husband), Some(wife)).into(),
        ),
        ("1395-01-01", exit(husband).into()),
        ("1395-01-01", moved(Resident::Person(husband)).into()),
    ];
    for (date, body) in about {
        let act = registry.act(date, body);
        let refused = registry.refused_act(&act);
        assert_eq!(refused, Reason::SubjectErased, "{:?}", act.body.kind());
    }
    // Whoever is left goes on: a household that moves and lets them go, a divorce, a death.
    let moved = registry.ok("1396-01-01", moved(Resident::Household(household)));
    let divorced = registry.ok("1397-01-01", divorce(spouses.0, spouses.1));
    assert_eq!(divorced.decided.len(), 1);
    let leave = RemoveHouseholdMember {
        household,
        person: husband,
        reason: MemberRemovalReason::Moved,
    };
    let left = registry.ok("1398-01-01", leave);
    assert!(!registry.household(household).has(husband));
    let died = registry.ok("1399-01-01", death(wife));
    for outcome in [moved, divorced, left, died] {
        let subjects = outcome.decided.iter().map(|part| &part.subject);
        assert!(
            subjects
                .into_iter()
                .all(|subject| *subject != husband.into())
        );
    }
}

#[test]
fn an_act_with_somebody_erased_is_annulled_for_those_who_are_left() {
    let mut registry = registry();
    registry.as_office("THR-01");
    let husband = registry.register("1365-01-01", Sex::Male);
    let wife = registry.register("1368-01-01", Sex::Female);
    let spouses = (Party::Person(husband), Party::Person(wife));
    let married = registry.ok("1392-01-01", marriage(spouses.0, spouses.1));
    registry.erase(husband);
    let annul = AnnulAct {
        target: married.id,
        reason: "never took place".into(),
    };
    let annulled = registry.ok("1393-01-01", annul);
    let subjects: Vec<_> = annulled
        .decided
        .iter()
        .map(|part| part.subject.clone())
        .collect();
    assert!(subjects == [SubjectId::Person(wife)]);
    assert!(registry.person(wife).spouses.is_empty());
}

fn exit(person: PersonNumber) -> RecordExit {
    RecordExit {
        person,
        border_point: "DOGHAROUN".into(),
        kind: ExitKind::Final,
        document: None,
    }
}

fn moved(subject: Resident) -> ChangeAddress {
    ChangeAddress {
        subject,
        address: address("Second Street"),
    }
}
