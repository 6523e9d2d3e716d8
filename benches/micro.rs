//! What one record costs, step by step.
#![allow(missing_docs, reason = "the generated entry point has none")]

use divan::Bencher;
use sabt_chain::authorship::{AuthorSigningKey, Nonce};
use sabt_chain::tree::Frontier;
use sabt_chain::{
    ActId, Authorship, Chain, Digest, Envelope, Hash, Kind, LedgerName, Link, Origin, Part,
    Position, SubjectTag, Timestamp,
};
use sabt_vault::seal::{RecordPlace, open, seal_into};
use sabt_vault::secret::SecretKey;

fn main() {
    divan::main();
}

const PLAINTEXT: [u8; 300] = [0x5a; 300];
const PLACE: RecordPlace<'static> = RecordPlace {
    origin: "registry.example/sabt/events",
    position: 7,
    act_id: [1; 16],
};

fn origin() -> Origin {
    Origin::new("registry.example/sabt", LedgerName::Events).expect("a valid name")
}

fn envelope() -> Vec<u8> {
    let envelope = Envelope {
        kind: Kind::Event,
        position: Position::new(7),
        previous: Link::from_bytes([1; 32]),
        recorded_at: Timestamp::from_micros(1_700_000_000_000_000),
        subject_tag: SubjectTag::from_bytes([2; 16]),
        act_id: ActId::from_bytes([3; 16]),
        part: Part::ONLY,
        sealed_len: 384,
        sealed_digest: Digest::from_bytes([4; 32]),
        authorship: None,
    };
    envelope
        .encode()
        .expect("a valid envelope")
        .as_bytes()
        .to_vec()
}

#[divan::bench]
fn link(bencher: Bencher<'_, '_>) {
    let (chain, envelope) = (Chain::new(&origin()), envelope());
    bencher.bench_local(|| chain.link(divan::black_box(&envelope)));
}

#[divan::bench]
fn leaf_and_nodes(bencher: Bencher<'_, '_>) {
    let envelope = envelope();
    let mut tree = Frontier::new();
    bencher.bench_local(|| tree.append(Hash::leaf(divan::black_box(&envelope))));
}

#[divan::bench]
fn decode_envelope(bencher: Bencher<'_, '_>) {
    let envelope = envelope();
    bencher.bench_local(|| Envelope::decode(divan::black_box(&envelope)));
}

#[divan::bench]
fn seal_record(bencher: Bencher<'_, '_>) {
    let key = SecretKey::copied_from(&[9; 32]);
    let mut out = Vec::with_capacity(512);
    bencher.bench_local(|| {
        out.clear();
        seal_into(&key, &PLACE, divan::black_box(&PLAINTEXT), 0, &mut out)
    });
}

#[divan::bench]
fn open_record(bencher: Bencher<'_, '_>) {
    let key = SecretKey::copied_from(&[9; 32]);
    let mut sealed = Vec::new();
    seal_into(&key, &PLACE, &PLAINTEXT, 0, &mut sealed).expect("300 bytes are sealed");
    bencher.bench_local(|| open(&key, &PLACE, divan::black_box(&sealed), 0));
}

#[divan::bench]
fn verify_author(bencher: Bencher<'_, '_>) {
    let key = AuthorSigningKey::from_seed([7; 32]);
    let (origin, act_id) = (origin(), ActId::from_bytes([3; 16]));
    let nonce = Nonce::from_bytes([5; 32]);
    let authorship: Authorship = key.sign_act(&origin, act_id, &PLAINTEXT, &nonce);
    bencher.bench_local(|| {
        key.public()
            .verify(&origin, act_id, divan::black_box(&authorship))
    });
}
