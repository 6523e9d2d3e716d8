use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::Size;
use crate::checkpoint::TreeHead;
use crate::note::{self, CosignatureTime, CosignerKey, SignerKey};
use crate::proof::MemoryTree;
use crate::testing::{Ledger, origin};

fn hash_of(text: &str) -> Hash {
    Hash::from_bytes(Sha256::digest(text).into())
}

fn log() -> SignerKey {
    SignerKey::from_seed((&origin()).into(), [5; 32])
}

fn logs() -> TrustedKeys {
    TrustedKeys::only(log().verifier().clone())
}

fn cosigner() -> CosignerKey {
    CosignerKey::from_seed("witness.example".parse().unwrap(), [6; 32])
}

fn policy() -> Policy {
    let text = format!("witness w {}\nquorum w\n", cosigner().witness());
    Policy::parse(text.as_bytes()).unwrap()
}

/// Envelopes of a small ledger, and the tree over them.
fn ledger() -> (Vec<Vec<u8>>, MemoryTree) {
    let act = Ledger::new().act(5);
    let envelopes: Vec<_> = act
        .iter()
        .map(|(envelope, _)| envelope.encode().unwrap().to_vec())
        .collect();
    let tree = envelopes
        .iter()
        .map(|envelope| Hash::leaf(envelope))
        .collect();
    (envelopes, tree)
}

/// A proof of the record at `position`, cosigned.
fn proof_of(position: usize) -> TlogProof {
    let (envelopes, tree) = ledger();
    let head = TreeHead::new(&origin(), tree.size(), tree.root(tree.size()).unwrap());
    let published = head.sign(&[&log()]).unwrap();
    let checkpoint = UnverifiedCheckpoint::parse(published.as_bytes()).unwrap();
    let line = cosigner().cosign(
        &checkpoint.verify(&logs()).unwrap(),
        CosignatureTime::new(7).unwrap(),
    );
    let at = Position::new(position.try_into().unwrap());
    TlogProof {
        extra: Some(envelopes[position].clone()),
        position: at,
        hashes: tree.inclusion(at, tree.size()).unwrap().hashes,
        checkpoint: note::add_signatures(&published, &[line]).unwrap(),
    }
}

#[test]
fn what_the_formats_tests_write_is_written_and_read() {
    // `transparency-dev/formats` `proof/tlog_proof_test.go`.
    let (h1, h2) = (hash_of("hash1"), hash_of("hash2"));
    let (b1, b2) = (h1.to_base64(), h2.to_base64());
    let proof = |position, hashes: &[Hash], checkpoint: &str, extra: Option<&str>| TlogProof {
        extra: extra.map(|extra| extra.as_bytes().to_vec()),
        position: Position::new(position),
        hashes: hashes.to_vec(),
        checkpoint: checkpoint.to_owned(),
    };
    let cases = [
        (
            proof(5, &[h1, h2], "test checkpoint\n", None),
            format!("c2sp.org/tlog-proof@v1\nindex 5\n{b1}\n{b2}\n\ntest checkpoint\n"),
        ),
        (
            proof(10, &[h1], "checkpoint data\n", Some("extra information")),
            format!(
                "c2sp.org/tlog-proof@v1\nextra ZXh0cmEgaW5mb3JtYXRpb24=\nindex 10\n{b1}\n\ncheckpoint data\n"
            ),
        ),
        (
            proof(0, &[], "checkpoint\n", None),
            "c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint\n".to_owned(),
        ),
        (
            proof(
                123,
                &[hash_of("a"), hash_of("b")],
                "some checkpoint\n",
                None,
            ),
            proof(
                123,
                &[hash_of("a"), hash_of("b")],
                "some checkpoint\n",
                None,
            )
            .to_string(),
        ),
        (
            proof(
                456,
                &[hash_of("c")],
                "another checkpoint\n",
                Some("some extra data"),
            ),
            proof(
                456,
                &[hash_of("c")],
                "another checkpoint\n",
                Some("some extra data"),
            )
            .to_string(),
        ),
        (
            proof(789, &[], "checkpoint\n", None),
            proof(789, &[], "checkpoint\n", None).to_string(),
        ),
    ];
    for (proof, text) in cases {
        assert_eq!(proof.to_string(), text);
        assert_eq!(TlogProof::parse(text.as_bytes()), Ok(proof));
    }
}

#[test]
fn what_the_formats_tests_refuse_is_refused() {
    use TlogProofError as E;
    let double = base64::engine::general_purpose::STANDARD.encode([0; 64]);
    let long = "a".repeat(65 * 1024);
    let cases = [
        (
            "wrong-header\nindex 0\n\ncheckpoint\n".to_owned(),
            E::Header,
        ),
        (
            "c2sp.org/tlog-proof@v1\nextra !!notbase64!!\nindex 0\n\ncheckpoint\n".to_owned(),
            E::Extra,
        ),
        (
            "c2sp.org/tlog-proof@v1\n\n\ncheckpoint\n".to_owned(),
            E::Index,
        ),
        (
            "c2sp.org/tlog-proof@v1\nindex notanumber\n\ncheckpoint\n".to_owned(),
            E::Index,
        ),
        (
            "c2sp.org/tlog-proof@v1\nindex -5\n\ncheckpoint\n".to_owned(),
            E::Index,
        ),
        (
            "c2sp.org/tlog-proof@v1\nindex 0\n!!notbase64!!\n\ncheckpoint\n".to_owned(),
            E::Hash { line: 1 },
        ),
        (
            format!("c2sp.org/tlog-proof@v1\nindex 0\n{double}\n\ncheckpoint\n"),
            E::Hash { line: 1 },
        ),
        (
            format!("c2sp.org/tlog-proof@v1\nindex 0\n{long}\n"),
            E::Hash { line: 1 },
        ),
    ];
    for (text, error) in cases {
        assert_eq!(TlogProof::parse(text.as_bytes()), Err(error), "{text:.80}");
    }
}

#[test]
fn other_malformed_proofs_are_refused() {
    use TlogProofError as E;
    let text = proof_of(3).to_string();
    assert_eq!(TlogProof::parse(text.as_bytes()), Ok(proof_of(3)));
    let refused = |text: &str| TlogProof::parse(text.as_bytes()).unwrap_err();
    assert_eq!(refused(""), E::Header);
    assert_eq!(
        refused(text.trim_start_matches("c2sp.org/tlog-proof@v1\n")),
        E::Header
    );
    assert_eq!(refused(&text.replace("@v1", "@v2")), E::Header);
    assert_eq!(refused(&text.replace("@v1\n", "@v1\r\n")), E::Header);
    assert_eq!(refused(&text.replace("index 3", "index 03")), E::Index);
    assert_eq!(refused(&text.replace("index 3", "index 3 ")), E::Index);
    assert_eq!(refused(&text.replace("index 3", "Index 3")), E::Index);
    assert_eq!(refused(&text.replace("extra ", "extra\t")), E::Index);
    assert_eq!(refused("c2sp.org/tlog-proof@v1\nextra AAAA"), E::Layout);
    assert_eq!(refused("c2sp.org/tlog-proof@v1\nindex 0"), E::Index);
    assert_eq!(refused("c2sp.org/tlog-proof@v1\nindex 0\n"), E::Layout);
    assert_eq!(refused("c2sp.org/tlog-proof@v1\nindex 0\n\n"), E::Layout);
    let hash = format!("{}\n", Hash::EMPTY_ROOT.to_base64());
    let many = |count| {
        format!(
            "c2sp.org/tlog-proof@v1\nindex 0\n{}\ncheckpoint\n",
            hash.repeat(count)
        )
    };
    assert!(TlogProof::parse(many(INCLUSION_HASHES_MAX).as_bytes()).is_ok());
    assert_eq!(refused(&many(INCLUSION_HASHES_MAX + 1)), E::Hashes);
    let extra = |bytes: usize| {
        TlogProof {
            extra: Some(vec![7; bytes]),
            ..proof_of(0)
        }
        .to_string()
    };
    assert!(TlogProof::parse(extra(EXTRA_BYTES_MAX).as_bytes()).is_ok());
    assert_eq!(refused(&extra(EXTRA_BYTES_MAX + 1)), E::Extra);
    let long = "x".repeat(TLOG_PROOF_BYTES_MAX + 1);
    assert_eq!(refused(&long), E::Length { bytes: long.len() });
    assert_eq!(
        TlogProof::parse(b"c2sp.org/tlog-proof@v1\nindex 0\n\n\xff"),
        Err(E::Header)
    );
}

#[test]
fn a_file_proves_its_record() {
    for position in 0..5 {
        let text = proof_of(position).to_string();
        let parsed = TlogProof::parse(text.as_bytes()).unwrap();
        let record = parsed.verify_record(&logs(), Some(&policy())).unwrap();
        assert_eq!(record.envelope.position, parsed.position);
        assert_eq!(record.proven.position(), parsed.position);
        assert_eq!(record.proven.checkpoint().size(), Size::new(5));
        assert!(record.proven.checkpoint().is_of(&origin()));
        let (_, witness) = &record.proven.cosigners()[0];
        assert_eq!(witness.time, CosignatureTime::new(7).unwrap());
        let plain = parsed.verify_record(&logs(), None).unwrap();
        assert!(plain.proven.cosigners().is_empty());
        assert_eq!(
            plain.proven.leaf(),
            Hash::leaf(parsed.extra.as_ref().unwrap())
        );
    }
}

#[test]
fn nothing_else_is_proved() {
    use TlogProofError as E;
    let good = proof_of(3);
    let leaf = Hash::leaf(good.extra.as_ref().unwrap());
    let refused = |proof: &TlogProof| proof.verify(&leaf, &logs(), Some(&policy())).unwrap_err();
    assert!(good.verify(&leaf, &logs(), Some(&policy())).is_ok());
    let other = Hash::leaf(b"another");
    let error = good.verify(&other, &logs(), Some(&policy())).unwrap_err();
    assert!(matches!(error, E::Inclusion(ProofError::Root { .. })));
    let moved = TlogProof {
        position: Position::new(2),
        ..good.clone()
    };
    assert!(matches!(refused(&moved), E::Inclusion(_)));
    let beyond = TlogProof {
        position: Position::new(5),
        ..good.clone()
    };
    assert!(matches!(
        refused(&beyond),
        E::Inclusion(ProofError::Position { .. })
    ));
    let short = TlogProof {
        hashes: good.hashes[1..].to_vec(),
        ..good.clone()
    };
    assert!(matches!(
        refused(&short),
        E::Inclusion(ProofError::Length { .. })
    ));
    let resized = TlogProof {
        checkpoint: good.checkpoint.replace("\n5\n", "\n6\n"),
        ..good.clone()
    };
    assert!(matches!(refused(&resized), E::Checkpoint(_)));
    let no_checkpoint = TlogProof {
        checkpoint: "checkpoint\n".to_owned(),
        ..good.clone()
    };
    assert!(matches!(refused(&no_checkpoint), E::Checkpoint(_)));
    let strangers = TrustedKeys::only(
        SignerKey::from_seed((&origin()).into(), [7; 32])
            .verifier()
            .clone(),
    );
    assert!(matches!(
        good.verify(&leaf, &strangers, None),
        Err(E::Checkpoint(_))
    ));
}

#[test]
fn a_policy_wants_its_cosignatures() {
    use TlogProofError as E;
    let good = proof_of(3);
    let leaf = Hash::leaf(good.extra.as_ref().unwrap());
    let refused = |proof: &TlogProof| proof.verify(&leaf, &logs(), Some(&policy())).unwrap_err();
    // Without its last line the file lacks the cosignature, and a policy refuses it.
    let lines: Vec<_> = good.checkpoint.lines().collect();
    let alone = TlogProof {
        checkpoint: lines[..lines.len() - 1].join("\n") + "\n",
        ..good.clone()
    };
    assert!(alone.verify(&leaf, &logs(), None).is_ok());
    let error = refused(&alone);
    assert_eq!(
        error.to_string(),
        "the checkpoint of the proof lacks a quorum of witnesses; missing: w"
    );
    assert!(matches!(error, E::Quorum { .. }));
    // A forged cosignature of a witness of the policy.
    let head = TreeHead::new(&origin(), Size::new(6), Hash::leaf(b"another"));
    let note = head.sign(&[&log()]).unwrap();
    let other = UnverifiedCheckpoint::parse(note.as_bytes())
        .unwrap()
        .verify(&logs())
        .unwrap();
    let line = cosigner().cosign(&other, CosignatureTime::new(7).unwrap());
    let forged = TlogProof {
        checkpoint: note::add_signatures(&alone.checkpoint, &[line]).unwrap(),
        ..good.clone()
    };
    assert!(matches!(refused(&forged), E::Cosignature(_)));
}

#[test]
fn the_envelope_in_the_file_is_the_one_that_is_proved() {
    use TlogProofError as E;
    let good = proof_of(3);
    let refused = |proof: &TlogProof| proof.verify_record(&logs(), None).unwrap_err();
    let bare = TlogProof {
        extra: None,
        ..good.clone()
    };
    assert_eq!(refused(&bare), E::NoEnvelope);
    let swapped = TlogProof {
        extra: proof_of(2).extra,
        ..good.clone()
    };
    assert!(matches!(refused(&swapped), E::Inclusion(_)));
    let mut flipped = good.clone();
    flipped.extra.as_mut().unwrap()[40] ^= 1;
    assert!(matches!(refused(&flipped), E::Inclusion(_)));
    // Another log may hold anything: an entry that is no envelope, or one that states another position.
    let prove = |entry: &[u8]| {
        let tree: MemoryTree = [Hash::leaf(entry)].into_iter().collect();
        let head = TreeHead::new(&origin(), tree.size(), tree.root(tree.size()).unwrap());
        TlogProof {
            extra: Some(entry.to_vec()),
            position: Position::FIRST,
            hashes: Vec::new(),
            checkpoint: head.sign(&[&log()]).unwrap(),
        }
    };
    assert!(matches!(refused(&prove(b"no envelope")), E::Envelope(_)));
    let expected = E::Position {
        stated: Position::new(3),
        proved: Position::FIRST,
    };
    assert_eq!(refused(&prove(good.extra.as_ref().unwrap())), expected);
}

proptest! {
    #[test]
    fn arbitrary_texts_never_panic(text in "(c2sp.org/tlog-proof@v1\n)?(extra [A-Za-z]{0,8}=?=?\n)?(index [0-9]{1,3}\n)?([A-Za-z0-9+/]{43}=\n){0,3}\n?\\PC{0,20}\n?") {
        if let Ok(proof) = TlogProof::parse(text.as_bytes()) {
            prop_assert_eq!(proof.to_string(), text);
        }
    }

    #[test]
    fn one_flipped_bit_proves_nothing(position in 0_usize..5, place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut bytes = proof_of(position).to_string().into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= 1_u8 << bit;
        // A flip in the name or the id of the cosigner's key makes it a stranger's; every other one is refused
        // whatever the policy.
        let proved = TlogProof::parse(&bytes).is_ok_and(|proof| {
            proof.verify_record(&logs(), Some(&policy())).is_ok()
        });
        prop_assert!(!proved, "byte {}", place);
    }
}
