mod scenario;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;
use prost::Message as _;
use sabt_proto::event::v1 as proto;

use self::scenario::full_registry;
use super::CodecError;
use crate::access::Role;
use crate::act::*;
use crate::event::{Event, EventKind};
use crate::fact::limits::{ACT_BYTES_MAX, NAMES_MAX, TEXT_CHARS_MAX};
use crate::fact::*;
use crate::law::{
    Catalogue, DocumentKind, PersonStatus, ResidenceBasis, ResidenceCondition, ResidenceKind, Right,
};
use crate::life::At;
use crate::refusal::{Reason, Refusal};
use crate::testing::*;

#[test]
fn every_kind_of_act_and_event_goes_round() {
    let registry = full_registry();
    let mut acts = BTreeMap::new();
    for act in &registry.accepted {
        let bytes = act.encode();
        assert!(
            Act::decode(&bytes).unwrap() == *act,
            "{:?}",
            act.body.kind()
        );
        acts.entry(act.body.kind()).or_insert(bytes);
    }
    let missing: Vec<_> = ActKind::ALL
        .iter()
        .filter(|kind| !acts.contains_key(kind))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let mut events = BTreeMap::new();
    for decided in &registry.decided {
        let event = &decided.event;
        let bytes = event.encode(None);
        let (again, act) = Event::decode(&bytes).unwrap();
        assert!(again == *event && act.is_none(), "{:?}", event.body.kind());
        events.entry(event.body.kind()).or_insert(bytes);
    }
    let missing: Vec<_> = EventKind::ALL
        .iter()
        .filter(|kind| !events.contains_key(kind))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    golden(
        "acts",
        acts.iter().map(|(kind, bytes)| (kind.code(), bytes)),
    );
    golden(
        "events",
        events.iter().map(|(kind, bytes)| (kind.code(), bytes)),
    );
}

/// The steps of a case are one kind of act; each of them and each paper has bytes of its own that may not change.
#[test]
fn every_step_of_a_case_and_every_paper_goes_round() {
    let registry = full_registry();
    let (mut steps, mut papers) = (BTreeMap::new(), BTreeMap::new());
    for act in &registry.accepted {
        if let ActBody::AdvanceCase(advanced) = &act.body {
            let bytes = act.encode();
            if let CaseStep::PaperIssued(issue) = &advanced.step {
                papers.entry(issue.content.kind()).or_insert(bytes.clone());
            }
            steps.entry(advanced.step.kind()).or_insert(bytes);
        }
    }
    let all = CaseStepKind::ALL.iter();
    let missing: Vec<_> = all.filter(|kind| !steps.contains_key(kind)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let services = Catalogue::newest().services().iter();
    let kinds = services.flat_map(|service| &service.papers);
    let missing: Vec<_> = kinds.filter(|kind| !papers.contains_key(kind)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    golden(
        "case-steps",
        steps.iter().map(|(kind, bytes)| (kind.code(), bytes)),
    );
    golden(
        "case-papers",
        papers.iter().map(|(kind, bytes)| (kind.code(), bytes)),
    );
}

/// The bytes under which acts are signed and events are stored may not change.
fn golden<'a>(name: &str, lines: impl Iterator<Item = (&'static str, &'a Vec<u8>)>) {
    let mut text = String::new();
    for (code, bytes) in lines {
        write!(text, "{code} ").unwrap();
        for byte in bytes {
            write!(text, "{byte:02x}").unwrap();
        }
        text.push('\n');
    }
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/contract"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn part_zero_carries_the_act_and_its_nonce() {
    let mut registry = Registry::new();
    let act = registry.act("1400-01-01", register_person("1370-01-01", Sex::Male));
    let bytes = act.encode();
    let event = registry.submit(&act).unwrap().decided.remove(0).event;
    let stored = event.encode(Some((&bytes, &[9; 32])));
    let (again, carried) = Event::decode(&stored).unwrap();
    let carried = carried.unwrap();
    assert!(again == event && carried.bytes == bytes && carried.nonce == [9; 32]);
    assert!(Event::decode_alone(&stored).unwrap() == event);
    assert_eq!(super::events::split_act(&stored).0, bytes);
    let mut message = proto::Event::decode(stored.as_slice()).unwrap();
    message.nonce.pop();
    let stored = message.encode_to_vec();
    for error in [
        Event::decode(&stored).err(),
        Event::decode_alone(&stored).err(),
    ] {
        let error = error.unwrap();
        assert!(matches!(error, CodecError::Fields(violations) if violations[0].path == "nonce"));
    }
    assert!(matches!(
        Event::decode(b"\xff"),
        Err(CodecError::Protobuf(_))
    ));
}

fn violations(refusal: &Refusal) -> Vec<(&str, &str)> {
    refusal
        .violations()
        .iter()
        .map(|v| (v.path.as_str(), v.problem.as_ref()))
        .collect()
}

/// An act with a fault in nearly every field.
fn faulty_act() -> proto::Act {
    proto::Act {
        act_id: vec![1; 15],
        office: "thr".into(),
        occurred_on: Some(proto::Date {
            calendar: 2,
            year: 1400,
            month: 12,
            day: 30,
        }),
        body: Some(proto::act::Body::RegisterPerson(proto::RegisterPerson {
            particulars: Some(proto::Particulars {
                names: vec![proto::Name {
                    kind: 77,
                    script: 1,
                    ..Default::default()
                }],
                sex: 0,
                nationalities: vec![proto::Nationality {
                    country: "afg".into(),
                    state: 1,
                }],
                ..Default::default()
            }),
            evidence: 1,
            documents: vec![proto::Document {
                kind: 1,
                issuer: "AFG".into(),
                number: "--".into(),
                ..Default::default()
            }],
            address: Some(proto::Address {
                province: "IR-99".into(),
                postal_code: "12".into(),
                ..Default::default()
            }),
        })),
        ..Default::default()
    }
}

#[test]
fn everything_wrong_is_named_with_its_path() {
    let message = faulty_act();
    let refusal = Act::decode(&message.encode_to_vec()).err().unwrap();
    assert_eq!(refusal.reason(), Reason::InvalidField);
    assert_eq!(
        violations(&refusal),
        [
            ("act_id", "is not 16 bytes long"),
            (
                "office",
                "is not 2 to 24 capital letters, digits or dashes, a letter first"
            ),
            ("officer", "is missing"),
            ("occurred_on", "has a day that its month does not have"),
            ("recorded_at", "is missing"),
            ("legal_basis", "is missing"),
            (
                "register_person.particulars.names[0].kind",
                "is not a value this registry knows"
            ),
            ("register_person.particulars.sex", "is missing"),
            (
                "register_person.particulars.nationalities[0].country",
                "is not three capital letters, as in ISO 3166-1 alpha-3",
            ),
            (
                "register_person.documents[0].number",
                "has neither letters nor digits"
            ),
            (
                "register_person.address.province",
                "is not a code of the province table"
            ),
            ("register_person.address.postal_code", "is not ten digits"),
        ]
    );
}

/// A valid act, changed and read again: the one violation that comes of it.
fn violation(change: impl Fn(&mut proto::Act)) -> (String, String) {
    let mut registry = Registry::new();
    let body = register_with(vec![document(DocumentKind::Passport, "P1")]);
    let mut message = registry.act("1400-01-01", body).to_proto();
    change(&mut message);
    let refusal = Act::from_proto(&message).err().unwrap();
    let [only] = refusal.violations() else {
        panic!("{refusal}")
    };
    (only.path.clone(), only.problem.to_string())
}

fn person_of(act: &mut proto::Act) -> &mut proto::RegisterPerson {
    let Some(proto::act::Body::RegisterPerson(body)) = &mut act.body else {
        panic!()
    };
    body
}

#[test]
fn texts_have_limits_and_no_controls() {
    let name = |act: &mut proto::Act, text: &str| {
        person_of(act).particulars.as_mut().unwrap().names[0].given = text.to_owned();
    };
    let path = "register_person.particulars.names[0].given";
    for text in ["a\u{0}", "a\nb", "\u{202e}ba", "\u{2066}a"] {
        let (at, problem) = violation(|act| name(act, text));
        assert_eq!(
            (at.as_str(), problem.as_str()),
            (path, "contains control characters")
        );
    }
    let (at, problem) = violation(|act| name(act, &"a".repeat(129)));
    assert_eq!(
        (at.as_str(), problem.as_str()),
        (path, "is longer than 128 characters")
    );
    let (at, _) = violation(|act| act.legal_basis = "x".repeat(TEXT_CHARS_MAX + 1));
    assert_eq!(at, "legal_basis");
    let (at, problem) = violation(|act| act.officer = "  ".into());
    assert_eq!((at.as_str(), problem.as_str()), ("officer", "is missing"));
    let (at, _) = violation(|act| {
        let names = &mut person_of(act).particulars.as_mut().unwrap().names;
        *names = vec![names[0].clone(); NAMES_MAX + 1];
    });
    assert_eq!(at, "register_person.particulars.names");
    let (at, _) = violation(|act| person_of(act).particulars.as_mut().unwrap().names.clear());
    assert_eq!(at, "register_person.particulars.names");
    let (at, problem) = violation(|act| {
        let name = &mut person_of(act).particulars.as_mut().unwrap().names[0];
        (name.given, name.family) = (" ".into(), String::new());
    });
    assert_eq!(at, "register_person.particulars.names[0]");
    assert_eq!(problem, "has neither a given name nor a family name");
    let (at, _) = violation(|act| person_of(act).documents[0].mrz = vec!["<".repeat(45)]);
    assert_eq!(at, "register_person.documents[0].mrz[0]");
    let (at, _) = violation(|act| act.body = None);
    assert_eq!(at, "body");
}

#[test]
fn what_an_author_signed_is_not_passed_over() {
    let mut registry = Registry::new();
    let mut bytes = registry
        .act("1400-01-01", register_person("1370-01-01", Sex::Male))
        .encode();
    assert!(Act::decode(&bytes).is_ok());
    // Field 2000, a varint.
    bytes.extend([0x80, 0x7d, 0x01]);
    let refusal = Act::decode(&bytes).err().unwrap();
    assert_eq!(refusal.reason(), Reason::MalformedAct);
    assert_eq!(
        Act::decode(b"\xff\xff").err().unwrap().reason(),
        Reason::MalformedAct
    );
    let refusal = Act::decode(&vec![0; ACT_BYTES_MAX + 1]).err().unwrap();
    assert_eq!(refusal.reason(), Reason::ActTooLarge);
}

#[test]
fn subjects_are_told_apart_by_their_check_digit() {
    let mut registry = Registry::new();
    let (husband, _, household) = registry.couple();
    let mut act = registry.act("1400-01-01", death(husband));
    act.expected = vec![
        ExpectedVersion {
            subject: husband.into(),
            version: 1,
        },
        ExpectedVersion {
            subject: household.into(),
            version: 2,
        },
    ];
    assert!(Act::decode(&act.encode()).unwrap() == act);
    let mut message = act.to_proto();
    message.expected[1].subject = "123456789012".into();
    let refusal = Act::from_proto(&message).err().unwrap();
    let expected = (
        "expected[1].subject",
        "is neither a person number, a household code nor the number of a case",
    );
    assert_eq!(violations(&refusal), [expected]);
}

/// Every code is the name of its value in the contract, without the name of the enum.
#[test]
fn codes_are_those_of_the_contract() {
    macro_rules! check {
        ($($name:ident $prefix:literal,)+) => {$(
            for value in $name::ALL {
                let expected = format!("{}_{}", $prefix, value.code());
                assert_eq!(value.to_proto().as_str_name(), expected);
                assert_eq!($name::from_proto(value.to_proto().into()), Some(*value));
            }
            assert!($name::from_proto(0).is_none() && $name::from_proto(98).is_none());
        )+};
    }
    check! {
        Sex "SEX", NationalityState "NATIONALITY_STATE", EvidenceState "EVIDENCE_STATE",
        InformantRelation "INFORMANT_RELATION", IssuingLevel "ISSUING_LEVEL",
        MarriageKind "MARRIAGE_KIND", MarriageForm "MARRIAGE_FORM",
        RegisteredWith "REGISTERED_WITH", DivorceKind "DIVORCE_KIND", ParentRole "PARENT_ROLE",
        GuardianKind "GUARDIAN_KIND", EntryKind "ENTRY_KIND", ExitKind "EXIT_KIND",
        VisaKind "VISA_KIND", PermitScope "PERMIT_SCOPE", ResidenceCondition "RESIDENCE_CONDITION",
        ExemptionBody "EXEMPTION_BODY", ReplacementReason "REPLACEMENT_REASON",
        VoidReason "VOID_REASON", Relation "RELATION",
        MemberRemovalReason "MEMBER_REMOVAL_REASON", HeadChangeGround "HEAD_CHANGE_GROUND",
        DocumentKind "DOCUMENT_KIND", ResidenceKind "RESIDENCE_KIND",
        ResidenceBasis "RESIDENCE_BASIS", PersonStatus "PERSON_STATUS", Role "ROLE",
        Right "RIGHT",
    }
}

/// What an index of holders is made of covers what persons hold.
#[test]
fn events_name_every_document_that_a_person_holds() {
    let registry = full_registry();
    let mut held = 0;
    for life in registry.lives.values() {
        let Some(person) = life.person(&At::END) else {
            continue;
        };
        for document in &person.documents {
            assert!(registry.documents[&document.document.key()].contains(&person.number));
            held += 1;
        }
    }
    assert!(2 <= held);
}

#[test]
fn nothing_personal_is_printed() {
    let registry = full_registry();
    for act in &registry.accepted {
        let printed = format!("{act:?} {:?}", act.body);
        assert!(
            !printed.contains("Maryam") && !printed.contains("P100"),
            "{printed}"
        );
    }
    for decided in &registry.decided {
        let printed = format!("{decided:?} {:?} {:?}", decided.event, decided.event.body);
        assert!(
            !printed.contains("Maryam") && !printed.contains("P100"),
            "{printed}"
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(Act::decode(&bytes).is_err() || !bytes.is_empty());
        prop_assert!(Event::decode(&bytes).is_err() || !bytes.is_empty());
        prop_assert!(Event::decode_alone(&bytes).is_err() || !bytes.is_empty());
    }

    /// Whatever stands where the act should: an event that is read with it is read without it.
    #[test]
    fn an_event_alone_is_the_event(
        before in proptest::collection::vec(any::<u8>(), 0..8),
        act in proptest::collection::vec(any::<u8>(), 1..300),
    ) {
        let mut registry = Registry::new();
        let registration = registry.act("1400-01-01", register_person("1370-01-01", Sex::Male));
        let event = registry.submit(&registration).unwrap().decided.remove(0).event;
        let stored = [before, event.encode(Some((&act, &[9; 32])))].concat();
        if let Ok((whole, _act)) = Event::decode(&stored) {
            prop_assert!(Event::decode_alone(&stored).unwrap() == whole);
        }
    }

    #[test]
    fn damaged_acts_are_read_exactly_or_refused(at in 0_usize..400, byte in any::<u8>()) {
        let mut registry = Registry::new();
        let body = register_with(vec![document(DocumentKind::Passport, "P1")]);
        let mut bytes = registry.act("1400-01-01", body).encode();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(act) = Act::decode(&bytes) {
            // Whatever is accepted writes itself in the same length: nothing was dropped.
            let again = Act::decode(&act.encode()).unwrap();
            prop_assert!(again == act);
        }
    }
}
