//! Notes, keys, proofs as files, policies, and what logs and witnesses send each other.

use std::sync::LazyLock;

use sabt_chain::checkpoint::{TreeHead, UnverifiedCheckpoint};
use sabt_chain::note::{
    self, CosignerKey, SignatureLine, SignerKey, TrustedKeys, UnverifiedNote, VerifierKey,
    WitnessKey,
};
use sabt_chain::policy::{Policy, PolicyWitness};
use sabt_chain::rotation::Rotation;
use sabt_chain::tlog_proof::TlogProof;
use sabt_chain::witness::{AddCheckpoint, Decision, decide, parse_size_body, size_body};
use sabt_chain::{Hash, LedgerName, Origin, Signature, Size};

/// The keys that signed what lies in the corpus: the events ledger of `registry.example/sabt`, seed 5, and a witness
/// `witness.example`, seed 6.
struct Known {
    log: SignerKey,
    next_log: SignerKey,
    trusted: TrustedKeys,
    policy: Policy,
    /// The one checkpoint that the log has signed.
    head: TreeHead,
}

/// Entries of the log, which has signed a checkpoint over the first five.
const ENTRIES: [&[u8]; 5] = [b"one", b"two", b"three", b"four", b"five"];

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let origin = Origin::new("registry.example/sabt", LedgerName::Events).expect("a valid name");
    let log = SignerKey::from_seed((&origin).into(), [5; 32]);
    let witness = CosignerKey::from_seed("witness.example".parse().expect("a valid name"), [6; 32]);
    let policy = format!(
        "log {}\nwitness w {}\nquorum w\n",
        log.verifier(),
        witness.witness()
    );
    let tree: sabt_chain::proof::MemoryTree = ENTRIES.into_iter().map(Hash::leaf).collect();
    let root = tree.root(tree.size()).expect("the whole tree");
    Known {
        next_log: SignerKey::from_seed((&origin).into(), [7; 32]),
        trusted: TrustedKeys::only(log.verifier().clone()),
        policy: Policy::parse(policy.as_bytes()).expect("a valid policy"),
        head: TreeHead::new(&origin, tree.size(), root),
        log,
    }
});

/// A note is written back as it was; adding its own lines to it changes nothing; a line more is kept once.
pub fn note(bytes: &[u8]) {
    let Ok(parsed) = UnverifiedNote::parse(bytes) else {
        return;
    };
    let text = parsed.to_string();
    assert_eq!(text.as_bytes(), bytes);
    let (_, lines) = text.rsplit_once("\n\n").expect("it was parsed");
    let lines = SignatureLine::parse_all(lines.as_bytes()).expect("lines of a note");
    assert_eq!(note::add_signatures(&text, &lines).as_ref(), Ok(&text));
    let more = note::sign("another text\n", &[&KNOWN.next_log]).expect("a text");
    let (_, more) = more.rsplit_once("\n\n").expect("it was signed");
    let more = SignatureLine::parse_all(more.as_bytes()).expect("lines of a note");
    if let Ok(merged) = note::add_signatures(&text, &more) {
        assert!(merged.starts_with(&text));
        assert_eq!(note::add_signatures(&merged, &more), Ok(merged));
    }
    if let Ok(verified) = parsed.verify(&KNOWN.trusted) {
        assert_eq!(verified.to_string(), text);
        assert_eq!(
            verified.text(),
            KNOWN.head.to_text(),
            "the log has signed nothing else"
        );
    }
}

/// A checkpoint is written back as it was; only the one that the log has signed verifies.
pub fn checkpoint(bytes: &[u8]) {
    let Ok(parsed) = UnverifiedCheckpoint::parse(bytes) else {
        return;
    };
    assert_eq!(parsed.to_string().as_bytes(), bytes);
    if let Ok(verified) = parsed.verify(&KNOWN.trusted) {
        assert_eq!(
            *verified.tree_head(),
            KNOWN.head,
            "the log has signed nothing else"
        );
        if let Ok(evaluation) = KNOWN.policy.evaluate(&verified) {
            assert_eq!(evaluation.has_quorum(), evaluation.missing().is_empty());
        }
    }
}

/// A key has one spelling, and is of one type.
pub fn keys(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let verifier = text.parse::<VerifierKey>();
    let witness = text.parse::<WitnessKey>();
    assert!(verifier.is_err() || witness.is_err());
    if let Ok(key) = verifier {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(key) = witness {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(key) = text.parse::<SignerKey>() {
        assert_eq!(key.to_text().as_str(), text);
    }
    if let Ok(key) = text.parse::<CosignerKey>() {
        assert_eq!(key.to_text().as_str(), text);
    }
}

/// A rotation is written back as it was; without the signatures of both its keys it holds nothing.
pub fn rotation(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let Ok(rotation) = Rotation::parse(text) else {
        return;
    };
    assert_eq!(rotation.to_string(), text);
    assert_eq!(rotation.old().name(), rotation.new_key().name());
    let zero = Signature::from_bytes([0; 64]);
    assert!(rotation.verify(&zero, &zero).is_err());
    let is_ours =
        rotation.old() == KNOWN.log.verifier() && rotation.new_key() == KNOWN.next_log.verifier();
    let (by_log, by_next) = (rotation.sign(&KNOWN.log), rotation.sign(&KNOWN.next_log));
    assert_eq!(rotation.verify(&by_log, &by_next).is_ok(), is_ours);
}

/// A proof is written back as it was; it proves an entry of the log only where that entry is.
pub fn tlog_proof(bytes: &[u8]) {
    let Ok(parsed) = TlogProof::parse(bytes) else {
        return;
    };
    assert_eq!(parsed.to_string().as_bytes(), bytes);
    let _record = parsed.verify_record(&KNOWN.trusted, Some(&KNOWN.policy));
    for (position, entry) in (0_u64..).zip(ENTRIES) {
        let leaf = Hash::leaf(entry);
        if let Ok(proven) = parsed.verify(&leaf, &KNOWN.trusted, None) {
            assert_eq!(proven.position().get(), position);
            assert_eq!(*proven.checkpoint().tree_head(), KNOWN.head);
        }
    }
}

/// All witnesses of a policy together are a quorum; nobody is one only where none is needed; and whoever is added to a
/// quorum leaves it one.
pub fn policy(bytes: &[u8]) {
    let Ok(policy) = Policy::parse(bytes) else {
        return;
    };
    let names: Vec<_> = policy.witnesses().map(PolicyWitness::name).collect();
    assert!(policy.is_quorum(names.iter().copied()));
    assert_eq!(policy.is_quorum([]), !policy.needs_cosignatures());
    let mut was_quorum = false;
    for count in 0..=names.len() {
        let is_quorum = policy.is_quorum(names[..count].iter().copied());
        assert!(is_quorum || !was_quorum);
        was_quorum = is_quorum;
    }
    assert_eq!(policy.log_keys().keys().len(), policy.logs().count());
}

/// A request is written back as it was; a witness accepts only the checkpoint that the log has signed, after none or
/// itself.
pub fn witness_request(bytes: &[u8]) {
    let Ok(request) = AddCheckpoint::parse(bytes) else {
        return;
    };
    assert_eq!(request.to_string().as_bytes(), bytes);
    let old_size = request.old_size;
    for latest in [None, Some(&KNOWN.head)] {
        let is_ours = *request.checkpoint.claimed_origin() == KNOWN.head.origin;
        let keys = is_ours.then_some(&KNOWN.trusted);
        match decide(latest, request.clone(), keys) {
            Decision::Accept(accepted) => {
                assert_eq!(*accepted.tree_head(), KNOWN.head);
                assert_eq!(old_size, latest.map_or(Size::EMPTY, |head| head.size));
            }
            Decision::Conflict { size } => assert_ne!(size, old_size),
            Decision::Refuse(refusal) => assert!(matches!(refusal.status(), 400 | 403 | 404 | 422)),
        }
    }
}

/// The lines of an answer, and the size in a refusal, are written back as they were.
pub fn witness_response(bytes: &[u8]) {
    if let Ok(lines) = SignatureLine::parse_all(bytes) {
        let text: String = lines
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .concat();
        assert_eq!(text.as_bytes(), bytes);
    }
    if let Some(size) = parse_size_body(bytes) {
        assert_eq!(size_body(size).as_bytes(), bytes);
    }
}
