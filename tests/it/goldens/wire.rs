//! Bytes on the wire, in hexadecimal: an act and its signature, an event, a disclosure, an envelope and its hashes.
//! Whoever writes a client or a verifier in another language can check it against these.

use std::fmt::Write as _;

use prost::Message as _;
use sabt_chain::authorship::{AuthorSigningKey, Nonce};
use sabt_chain::{
    ActId, Chain, Digest, Envelope, Kind, LedgerName, Origin, Part, Position, SubjectTag, Timestamp,
};
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Act, Disclosure, Event};

use crate::support::{self, NOW, REGISTRY};

/// Identifier of the act.
const ACT_ID: [u8; 16] = [
    0x01, 0x9f, 0xa1, 0xb2, 0xc3, 0xd4, 0x70, 0x01, 0x80, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
];
/// Seed of the author's key.
const SEED: [u8; 32] = [7; 32];
/// Nonce of the commitment.
const NONCE: [u8; 32] = [9; 32];

fn act() -> Act {
    let registration = support::register_with(event::Sex::Female, "1370", "P-1");
    Act {
        act_id: ACT_ID.to_vec(),
        expected: Vec::new(),
        case_reference: "C-1".to_owned(),
        ..support::act("1399-09-09", Body::RegisterPerson(registration))
    }
}

fn event() -> Event {
    let act = act();
    let Some(Body::RegisterPerson(registration)) = &act.body else {
        panic!("the act registers a person");
    };
    let registered = event::PersonRegistered {
        number: "123456789012".to_owned(),
        particulars: registration.particulars.clone(),
        evidence: registration.evidence,
        documents: registration.documents.clone(),
        address: registration.address.clone(),
        file_province: "IR-23".to_owned(),
    };
    Event {
        act: act.encode_to_vec(),
        nonce: NONCE.to_vec(),
        occurred_on: act.occurred_on,
        office_recorded_at: NOW,
        office: act.office.clone(),
        legal_basis: act.legal_basis.clone(),
        law_edition: "1405-1".to_owned(),
        body: Some(event::event::Body::PersonRegistered(registered)),
    }
}

fn disclosure() -> Disclosure {
    Disclosure {
        verb: event::DisclosureVerb::Opened.into(),
        agency: "BAFIA".to_owned(),
        officer: "K1001".to_owned(),
        role: event::Role::Registrar.into(),
        purpose: "REGISTRATION".to_owned(),
        legal_basis: "duty:12".to_owned(),
        case_reference: "C-1".to_owned(),
        method: "sabt.api.v1.Persons/GetPerson".to_owned(),
        field_groups: vec!["IDENTITY".to_owned(), "RESIDENCE".to_owned()],
        policy_edition: "1405-1".to_owned(),
        subject: "123456789012".to_owned(),
        answered_at: 42,
        request_digest: vec![1; 32],
        answer_digest: vec![2; 32],
        salt: vec![3; 32],
        refusal: String::new(),
        embargo_until: 0,
        deferral_reason: String::new(),
        deferral_order: String::new(),
        consent_reference: String::new(),
        delivered: vec![40, 41, 300],
        ..Disclosure::default()
    }
}

#[test]
fn bytes_on_the_wire_stay_as_they_are() {
    let origin = Origin::new(REGISTRY, LedgerName::Events).unwrap();
    let chain = Chain::new(&origin);
    let act = act().encode_to_vec();
    let key = AuthorSigningKey::from_seed(SEED);
    let id = ActId::from_bytes(ACT_ID);
    let authorship = key.sign_act(&origin, id, &act, &Nonce::from_bytes(NONCE));
    let envelope = Envelope {
        kind: Kind::Event,
        position: Position::new(0),
        previous: chain.genesis(),
        recorded_at: Timestamp::from_micros(NOW),
        subject_tag: SubjectTag::from_bytes([4; 16]),
        act_id: id,
        part: Part::new(0, 1).unwrap(),
        sealed_len: 1024,
        sealed_digest: Digest::from_bytes([5; 32]),
        authorship: Some(authorship),
    };
    let first = envelope.encode().unwrap();
    let second = Envelope {
        position: Position::new(1),
        previous: chain.link(&first),
        authorship: None,
        ..envelope
    };
    let second = second.encode().unwrap();
    assert_eq!(
        Envelope::decode(&first)
            .unwrap()
            .encode()
            .unwrap()
            .as_bytes(),
        first.as_bytes()
    );

    let mut text = String::new();
    for (name, bytes) in [
        ("act", act.as_slice()),
        ("author's seed", &SEED),
        ("author's public key", key.public().as_bytes()),
        ("author's key id", authorship.key_id.as_bytes()),
        ("nonce", &NONCE),
        ("commitment", authorship.commitment.as_bytes()),
        ("signature", authorship.signature.as_bytes()),
        ("event", &event().encode_to_vec()),
        ("disclosure", &disclosure().encode_to_vec()),
        ("genesis link", chain.genesis().as_bytes()),
        ("envelope with authorship", &first),
        ("its link", chain.link(&first).as_bytes()),
        ("envelope without authorship", &second),
        ("its link", chain.link(&second).as_bytes()),
    ] {
        writeln!(text, "{name} ({} bytes)", bytes.len()).unwrap();
        for line in bytes.chunks(32) {
            writeln!(text, "  {}", hex::encode(line)).unwrap();
        }
    }
    insta::with_settings!({
        snapshot_path => "../../../snapshots/wire",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("v1", text) });
}
