use sha2::{Digest as _, Sha256};

use super::*;
use crate::checkpoint::{Checkpoint, TreeHead, UnverifiedCheckpoint};
use crate::testing::origin;
use crate::tile::TileBuilder;
use crate::{Hash, Size, Timestamp};

const SKYLIGHT: &str = include_str!("../../../testdata/cosigned-skylight.txt");
const SKYLIGHT_MIRROR: &str = include_str!("../../../testdata/cosigned-skylight-mirror.txt");
const WITNESS: &str = "witness.example.org+b8a2cf20+BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN";
const MIRROR: &str = "mirror.example.org+3fb148ef+BAAjjch9GyYz0sJsJx7ALhbdAtz2ov0unbzSl1vMp94O";
/// 2025-12-31T00:00:00Z.
const SKYLIGHT_TIME: u64 = 1_767_139_200;

fn time(seconds: u64) -> CosignatureTime {
    CosignatureTime::new(seconds).unwrap()
}

fn witness(seed: u8) -> CosignerKey {
    CosignerKey::from_seed(name(&format!("witness-{seed}.example")), [seed; 32])
}

fn log() -> SignerKey {
    SignerKey::from_seed((&origin()).into(), [5; 32])
}

fn checkpoint() -> Checkpoint {
    let head = TreeHead::new(&origin(), Size::new(42), Hash::leaf(b"a root"));
    verified(&head.sign(&[&log()]).unwrap())
}

fn verified(note: &str) -> Checkpoint {
    let keys = TrustedKeys::only(log().verifier().clone());
    UnverifiedCheckpoint::parse(note.as_bytes())
        .unwrap()
        .verify(&keys)
        .unwrap()
}

#[test]
fn the_cosignature_of_skylight_is_reproduced() {
    let seed = Sha256::digest(b"skylight test witness key").into();
    let cosigner = CosignerKey::from_seed(name("witness.example.org"), seed);
    assert_eq!(cosigner.witness().to_string(), WITNESS);
    assert_eq!(WITNESS.parse().as_ref(), Ok(cosigner.witness()));
    let note = UnverifiedNote::parse(SKYLIGHT.as_bytes()).unwrap();
    let [log, line] = note.signatures.as_slice() else {
        panic!("two lines")
    };
    assert_eq!(cosigner.cosign_text(&note.text, time(SKYLIGHT_TIME)), *line);
    assert_eq!(
        cosigner.witness().verify(&note.text, line),
        Ok(Some(Cosigner {
            name: name("witness.example.org"),
            key_id: "b8a2cf20".parse().unwrap(),
            time: time(SKYLIGHT_TIME),
        }))
    );
    // The log of that checkpoint signs with a type that we do not know: not a line of the witness.
    assert_eq!(cosigner.witness().verify(&note.text, log), Ok(None));
}

#[test]
fn the_mirror_of_skylight_cosigned_the_tree_of_its_records() {
    let note = UnverifiedNote::parse(SKYLIGHT_MIRROR.as_bytes()).unwrap();
    let mirror: WitnessKey = MIRROR.parse().unwrap();
    let cosigner = mirror
        .verify(&note.text, &note.signatures[0])
        .unwrap()
        .unwrap();
    assert_eq!(cosigner.time, time(SKYLIGHT_TIME));
    let mut tree = TileBuilder::new();
    for record in 0..300 {
        let leaf = Hash::leaf(format!("record {record}").as_bytes());
        tree.append(leaf, |_, _| Ok::<(), ()>(())).unwrap();
    }
    let root = note.text.lines().nth(2).and_then(Hash::from_base64);
    assert_eq!(Some(tree.root()), root);
}

#[test]
fn a_cosignature_holds_for_its_text_and_time_alone() {
    let checkpoint = checkpoint();
    let cosigner = witness(1);
    let line = cosigner.cosign(&checkpoint, time(1_800_000_000));
    let text = checkpoint.note().text();
    let failed = Err(NoteError::Signature {
        name: cosigner.witness().name().clone(),
    });
    assert!(matches!(
        cosigner.witness().verify(text, &line),
        Ok(Some(_))
    ));
    let other = text.replace("42", "43");
    assert_eq!(cosigner.witness().verify(&other, &line), failed);
    for byte in 0..line.signature().len() {
        let mut bytes = line.signature().to_vec();
        bytes[byte] ^= 1;
        let flipped = SignatureLine::new(line.name().clone(), line.key_id(), bytes);
        assert_eq!(
            cosigner.witness().verify(text, &flipped),
            failed,
            "byte {byte}"
        );
    }
    for length in [1, 7, 8, 71, 73] {
        let mut bytes = line.signature().to_vec();
        bytes.resize(length, 0);
        let cut = SignatureLine::new(line.name().clone(), line.key_id(), bytes);
        assert_eq!(
            cosigner.witness().verify(text, &cut),
            failed,
            "{length} bytes"
        );
    }
    // A plain signature of the same key and text is none: what is signed differs, and so does the id.
    let plain = SignerKey::from_seed(cosigner.witness().name().clone(), [1; 32]);
    let note = sign(text, &[&plain]).unwrap();
    let plain_line = UnverifiedNote::parse(note.as_bytes())
        .unwrap()
        .signatures
        .remove(0);
    assert_eq!(cosigner.witness().verify(text, &plain_line), Ok(None));
    let renamed = SignatureLine::new(
        line.name().clone(),
        line.key_id(),
        [0_u64.to_be_bytes().as_slice(), plain_line.signature()].concat(),
    );
    assert_eq!(cosigner.witness().verify(text, &renamed), failed);
}

#[test]
fn times_are_seconds_of_64_bits_with_a_sign() {
    assert_eq!(CosignatureTime::new(u64::MAX), None);
    assert_eq!(CosignatureTime::new(1 << 63), None);
    assert!(CosignatureTime::new((1 << 63) - 1).is_some());
    assert_eq!(CosignatureTime::at(Timestamp::from_micros(-1)), None);
    assert_eq!(
        CosignatureTime::at(Timestamp::from_micros(1_999_999)),
        CosignatureTime::new(1)
    );
    // A signature that verifies over a time beyond that is refused all the same.
    let (cosigner, checkpoint) = (witness(1), checkpoint());
    let late = 1_u64 << 63;
    let text = checkpoint.note().text();
    let plain = SignerKey::from_seed(cosigner.witness().name().clone(), [1; 32]);
    let signature = plain.sign(format!("cosignature/v1\ntime {late}\n{text}").as_bytes());
    let signature = [late.to_be_bytes().as_slice(), &signature].concat();
    let key = cosigner.witness();
    let line = SignatureLine::new(key.name().clone(), key.id(), signature);
    assert!(key.verify(text, &line).is_err());
}

#[test]
fn keys_of_one_type_are_not_taken_for_the_other() {
    let cosigner = witness(1);
    let text = cosigner.to_text();
    let parsed: CosignerKey = text.parse().unwrap();
    assert_eq!(parsed.witness(), cosigner.witness());
    assert_eq!(
        format!("{cosigner:?}"),
        format!("CosignerKey({})", cosigner.witness())
    );
    let wrong = NoteKeyError::Type {
        code: 0x04,
        expected: 0x01,
    };
    assert_eq!(text.parse::<SignerKey>().unwrap_err(), wrong);
    assert_eq!(
        cosigner.witness().to_string().parse::<VerifierKey>(),
        Err(wrong)
    );
    let wrong = NoteKeyError::Type {
        code: 0x01,
        expected: 0x04,
    };
    assert_eq!(PETER.parse::<WitnessKey>(), Err(wrong));
    assert_eq!(PETER_SECRET.parse::<CosignerKey>().unwrap_err(), wrong);
    let plain = SignerKey::from_seed(cosigner.witness().name().clone(), [1; 32]);
    assert_eq!(plain.verifier().as_bytes(), cosigner.witness().as_bytes());
    assert_ne!(plain.verifier().id(), cosigner.witness().id());
}

#[test]
fn cosignatures_are_merged_into_a_published_checkpoint() {
    let published = checkpoint();
    let lines = [
        witness(1).cosign(&published, time(10)),
        witness(2).cosign(&published, time(20)),
        witness(1).cosign(&published, time(30)),
    ];
    let merged = add_signatures(&published.to_string(), &lines).unwrap();
    assert_eq!(merged, format!("{published}{}{}", lines[0], lines[1]));
    assert_eq!(add_signatures(&merged, &lines).as_ref(), Ok(&merged));
    let merged = verified(&merged);
    assert_eq!(merged.tree_head(), published.tree_head());
    assert_eq!(merged.signers(), published.signers());
    let seeds = |seeds: &[u8]| {
        seeds
            .iter()
            .map(|seed| witness(*seed).witness().clone())
            .collect()
    };
    let cosigners = |of: &[u8]| {
        let keys: Vec<WitnessKey> = seeds(of);
        let cosigners = merged.note().cosigners(&keys).unwrap();
        cosigners
            .into_iter()
            .map(|cosigner| cosigner.time.as_seconds())
            .collect::<Vec<_>>()
    };
    assert_eq!(cosigners(&[1, 2, 3]), [10, 20]);
    assert_eq!(cosigners(&[2]), [20]);
    assert_eq!(cosigners(&[3]), []);
    assert_eq!(
        published.note().cosigners(&seeds(&[1]) as &Vec<WitnessKey>),
        Ok(vec![])
    );
}

#[test]
fn a_forged_cosignature_refuses_the_note_and_one_of_a_stranger_does_not() {
    let published = checkpoint();
    let other_head = TreeHead::new(&origin(), Size::new(43), Hash::leaf(b"another"));
    let other = verified(&other_head.sign(&[&log()]).unwrap());
    let forged = witness(1).cosign(&other, time(10));
    let merged = verified(&add_signatures(&published.to_string(), &[forged]).unwrap());
    let key = witness(1).witness().clone();
    let refused = Err(NoteError::Signature {
        name: key.name().clone(),
    });
    assert_eq!(merged.note().cosigners([&key]), refused);
    assert_eq!(merged.note().cosigners([witness(2).witness()]), Ok(vec![]));
}

#[test]
fn a_log_signs_with_two_keys_while_one_retires() {
    let head = TreeHead::new(&origin(), Size::new(42), Hash::leaf(b"a root"));
    let (old, new) = (log(), SignerKey::from_seed((&origin()).into(), [6; 32]));
    let note = head.sign(&[&old, &new]).unwrap();
    let open = |note: &str, keys: &[&SignerKey]| {
        let keys = TrustedKeys::new(keys.iter().map(|key| key.verifier().clone())).unwrap();
        let checkpoint = UnverifiedCheckpoint::parse(note.as_bytes())
            .unwrap()
            .verify(&keys);
        checkpoint.map(|checkpoint| checkpoint.signers().len())
    };
    assert_eq!(open(&note, &[&old, &new]), Ok(2));
    assert_eq!(open(&note, &[&old]), Ok(1));
    assert_eq!(open(&note, &[&new]), Ok(1));
    // One of the two missing is no fault, one of them forged is.
    let by_new = head.sign(&[&new]).unwrap();
    assert_eq!(open(&by_new, &[&old, &new]), Ok(1));
    assert!(open(&by_new, &[&old]).is_err());
    let other = TreeHead::new(&origin(), Size::new(43), Hash::leaf(b"a root"));
    let forged = other.sign(&[&old]).unwrap();
    let line = UnverifiedNote::parse(forged.as_bytes())
        .unwrap()
        .signatures
        .remove(0);
    let forged = add_signatures(&by_new, &[line]).unwrap();
    assert!(open(&forged, &[&old, &new]).is_err());
    assert_eq!(open(&forged, &[&new]), Ok(1));
}
