use super::*;
use crate::note::VerifierKey;
use crate::proof::{ConsistencyProof, HashReader as _, MemoryTree};
use crate::testing::{for_each_bit_flip, origin};

const TESSERA: &str =
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
const TESSERA_SECRET: &str =
    "PRIVATE+KEY+example.com/log/testdata+33d7b496+AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg";
const TESSERA_LOG: &str = include_str!("../../testdata/tessera.txt");
const MONKEYS: &str = "monkeys+db4d9f7e+AULaJMvTtDLHPUcUrjdDad9vDlh/PTfC2VV60JUtCfWT";
const MONKEYS_5: &str = include_str!("../../testdata/checkpoint-monkeys-5.txt");
const MONKEYS_8: &str = include_str!("../../testdata/checkpoint-monkeys-8.txt");
const MONKEYS_PROOF: &str = include_str!("../../testdata/monkeys.txt");
const SIGSUM: &str = include_str!("../../testdata/checkpoint-sigsum.txt");

fn trust(key: &str) -> TrustedKeys {
    TrustedKeys::only(key.parse().unwrap())
}

fn open(text: &str, keys: &TrustedKeys) -> Result<Checkpoint, CheckpointError> {
    UnverifiedCheckpoint::parse(text.as_bytes())?.verify(keys)
}

fn signer() -> SignerKey {
    SignerKey::from_seed((&origin()).into(), [5; 32])
}

fn keys() -> TrustedKeys {
    TrustedKeys::only(signer().verifier().clone())
}

/// A note over `text` by the log's own key.
fn signed(text: &str) -> String {
    note::sign(text, &[&signer()]).unwrap()
}

/// The leaves of the log of tessera's tests, and its checkpoints of sizes 0 to 15.
fn tessera() -> (MemoryTree, Vec<String>) {
    let (mut tree, mut checkpoints) = (MemoryTree::new(), Vec::new());
    for line in TESSERA_LOG.lines() {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["leaf", entry] => tree.append(Hash::leaf(entry.as_bytes())),
            ["checkpoint", size, root, signature] => {
                let origin = "example.com/log/testdata";
                checkpoints.push(format!(
                    "{origin}\n{size}\n{root}\n\n\u{2014} {origin} {signature}\n"
                ));
            }
            _ => assert!(line.starts_with('#')),
        }
    }
    (tree, checkpoints)
}

#[test]
fn checkpoints_of_tessera_verify_over_their_leaves() {
    let (tree, checkpoints) = tessera();
    let secret: SignerKey = TESSERA_SECRET.parse().unwrap();
    let mut heads = Vec::new();
    for (size, text) in (0_u64..).zip(&checkpoints) {
        let checkpoint = open(text, &trust(TESSERA)).unwrap();
        assert_eq!(checkpoint.size(), Size::new(size));
        assert_eq!(checkpoint.origin().as_str(), "example.com/log/testdata");
        assert_eq!(Some(checkpoint.root()), tree.root(checkpoint.size()));
        let signed = checkpoint.tree_head().sign(&[&secret]);
        assert_eq!(signed.as_ref(), Ok(text));
        assert_eq!(checkpoint.to_string(), *text);
        heads.push(checkpoint);
    }
    assert_eq!(heads.len(), 16);
    // Every entry is in every later tree, and every tree continues every earlier one.
    for new in &heads {
        for old in heads.iter().take_while(|old| old.size() <= new.size()) {
            let growth = tree.consistency(old.size(), new.size()).unwrap();
            assert_eq!(growth.verify(&old.root(), &new.root()), Ok(()));
            if old.size() < new.size() {
                let position = old.size().next_position();
                let leaf = tree.subtree(0, position.get()).unwrap();
                let proof = tree.inclusion(position, new.size()).unwrap();
                assert_eq!(proof.verify(&leaf, &new.root()), Ok(()));
            }
        }
    }
}

#[test]
fn checkpoints_of_the_witness_tests_are_consistent() {
    let (old, new) = (
        open(MONKEYS_5, &trust(MONKEYS)).unwrap(),
        open(MONKEYS_8, &trust(MONKEYS)).unwrap(),
    );
    let proof = ConsistencyProof {
        old_size: old.size(),
        new_size: new.size(),
        hashes: MONKEYS_PROOF
            .lines()
            .map(|hash| hash.parse().unwrap())
            .collect(),
    };
    assert_eq!(proof.hashes.len(), 4);
    assert_eq!(proof.verify(&old.root(), &new.root()), Ok(()));
    assert!(proof.verify(&new.root(), &old.root()).is_err());
}

#[test]
fn the_checkpoint_of_sigsum_is_reproduced() {
    let mut seed = [0; 32];
    seed[0] = 0x11;
    let origin = SIGSUM.lines().next().unwrap();
    let signer = SignerKey::from_seed(origin.parse().unwrap(), seed);
    let key: &VerifierKey = signer.verifier();
    let public = "66e0b858e462a609e66fe71370c816d8846ff103d5499a22a7fec37fdbc424a7";
    assert_eq!(hex::encode(key.as_bytes()), public);
    assert_eq!(key.id().to_string(), "809da1a3");
    let checkpoint = open(SIGSUM, &TrustedKeys::only(key.clone())).unwrap();
    assert_eq!(checkpoint.size(), Size::new(10));
    assert_eq!(
        checkpoint.tree_head().sign(&[&signer]).as_deref(),
        Ok(SIGSUM)
    );
    // The signature first posted in that issue carries a wrong key id.
    let first_posted = SIGSUM.replace(" gJ2ho0n8", " pOZUn0n8");
    let refused = open(&first_posted, &TrustedKeys::only(key.clone()));
    assert_eq!(refused, Err(NoteError::Untrusted.into()));
}

#[test]
fn our_checkpoints_come_back() {
    let head = TreeHead::new(&origin(), Size::new(42), Hash::leaf(b"a root"));
    let note = head.sign(&[&signer()]).unwrap();
    let checkpoint = open(&note, &keys()).unwrap();
    assert_eq!(checkpoint.tree_head(), &head);
    assert!(checkpoint.is_of(&origin()));
    assert_eq!(checkpoint.signers().len(), 1);
}

#[test]
fn only_the_key_named_like_the_origin_speaks_for_the_log() {
    let head = TreeHead::new(&origin(), Size::new(42), Hash::leaf(b"a root"));
    let other = SignerKey::from_seed("witness.example".parse().unwrap(), [6; 32]);
    let not_by_origin = CheckpointError::NotByOrigin {
        origin: head.origin.clone(),
    };
    assert_eq!(head.sign(&[&other]), Err(not_by_origin.clone()));
    let by_other = note::sign(&head.to_text(), &[&other]).unwrap();
    let both = head.sign(&[&signer(), &other]).unwrap();
    let trusted =
        TrustedKeys::new([signer().verifier().clone(), other.verifier().clone()]).unwrap();
    assert_eq!(open(&by_other, &trusted), Err(not_by_origin));
    assert_eq!(open(&both, &trusted).unwrap().signers().len(), 2);
    assert_eq!(open(&both, &keys()).unwrap().signers().len(), 1);
}

#[test]
fn malformed_checkpoints_are_refused() {
    let root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let refused = |text: &str| open(&signed(text), &keys()).unwrap_err();
    let origin = origin();
    assert_eq!(refused(&format!("{origin}\n7\n")), CheckpointError::Lines);
    assert_eq!(
        refused(&format!("{origin}\n7\n{root}\nextension\n")),
        CheckpointError::Lines
    );
    assert_eq!(
        refused(&format!("{origin}\n7\n{root}\n\n")),
        CheckpointError::Lines
    );
    assert_eq!(refused(&format!("\n7\n{root}\n")), CheckpointError::Origin);
    assert_eq!(
        refused(&format!("two words\n7\n{root}\n")),
        CheckpointError::Origin
    );
    for size in [
        "",
        "07",
        "00",
        "+7",
        "-1",
        "7 ",
        "0x7",
        "18446744073709551616",
    ] {
        assert_eq!(
            refused(&format!("{origin}\n{size}\n{root}\n")),
            CheckpointError::Size
        );
    }
    for root in [
        "",
        "47DE",
        &root[..43],
        &root.replace('+', "-"),
        &format!("{root}AAAA"),
    ] {
        assert_eq!(
            refused(&format!("{origin}\n7\n{root}\n")),
            CheckpointError::Root
        );
    }
    let other = root.replace("47DE", "AAAA");
    assert_eq!(
        refused(&format!("{origin}\n0\n{other}\n")),
        CheckpointError::EmptyRoot
    );
}

#[test]
fn every_flipped_bit_is_refused() {
    let head = TreeHead::new(&origin(), Size::new(42), Hash::leaf(b"a root"));
    let note = head.sign(&[&signer()]).unwrap();
    for_each_bit_flip(note.as_bytes(), |offset, flipped| {
        let opened = UnverifiedCheckpoint::parse(flipped).and_then(|read| read.verify(&keys()));
        assert!(opened.is_err(), "flip in byte {offset} went unseen");
    });
}
