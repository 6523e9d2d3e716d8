use super::*;
use crate::note::{KeyName, SignerKey, TrustedKeys};
use crate::testing::origin;

const RETIRE_AT: Timestamp = Timestamp::from_micros(1_774_051_200_000_000);

fn key(seed: u8) -> SignerKey {
    SignerKey::from_seed((&origin()).into(), [seed; 32])
}

fn rotation() -> Rotation {
    Rotation::new(
        key(1).verifier().clone(),
        key(2).verifier().clone(),
        RETIRE_AT,
    )
    .unwrap()
}

#[test]
fn both_keys_sign_the_text() {
    let rotation = rotation();
    let text = rotation.to_string();
    let (old, new) = (key(1).verifier().to_string(), key(2).verifier().to_string());
    assert_eq!(
        text,
        format!("sabt log key rotation v1\n{old}\n{new}\n1774051200000000\n")
    );
    assert_eq!(Rotation::parse(&text).as_ref(), Ok(&rotation));
    let (by_old, by_new) = (rotation.sign(&key(1)), rotation.sign(&key(2)));
    assert_eq!(rotation.verify(&by_old, &by_new), Ok(()));
    assert_eq!(
        rotation.verify(&by_new, &by_new),
        Err(RotationError::OldSignature)
    );
    assert_eq!(
        rotation.verify(&by_old, &by_old),
        Err(RotationError::NewSignature)
    );
    assert_eq!(
        rotation.verify(&rotation.sign(&key(3)), &by_new),
        Err(RotationError::OldSignature)
    );
    // A signature holds for one rotation only.
    let later = Timestamp::from_micros(RETIRE_AT.as_micros() + 1);
    let other = Rotation::new(key(1).verifier().clone(), key(2).verifier().clone(), later).unwrap();
    assert_eq!(
        other.verify(&by_old, &by_new),
        Err(RotationError::OldSignature)
    );
    let third = Rotation::new(
        key(1).verifier().clone(),
        key(3).verifier().clone(),
        RETIRE_AT,
    );
    assert!(third.unwrap().verify(&by_old, &by_new).is_err());
}

#[test]
fn trust_follows_a_rotation() {
    let rotation = rotation();
    let (by_old, by_new) = (rotation.sign(&key(1)), rotation.sign(&key(2)));
    let trusted = TrustedKeys::only(key(1).verifier().clone());
    assert!(trusted.keys().contains(rotation.old()));
    rotation.verify(&by_old, &by_new).unwrap();
    let keys = trusted.keys().iter().chain([rotation.new_key()]);
    assert_eq!(TrustedKeys::new(keys.cloned()).unwrap().keys().len(), 2);
}

#[test]
fn a_key_is_replaced_by_another_of_its_log() {
    let elsewhere: KeyName = "registry.example/other/events".parse().unwrap();
    let other = SignerKey::from_seed(elsewhere, [2; 32]);
    let old = key(1).verifier().clone();
    assert!(matches!(
        Rotation::new(old.clone(), other.verifier().clone(), RETIRE_AT),
        Err(RotationError::Name { .. })
    ));
    assert_eq!(
        Rotation::new(old.clone(), old.clone(), RETIRE_AT),
        Err(RotationError::SameKey)
    );
    let before = Timestamp::from_micros(-1);
    let early = Rotation::new(old, key(2).verifier().clone(), before);
    assert_eq!(early, Err(RotationError::RetireAt));
}

#[test]
fn only_the_exact_text_is_parsed() {
    let text = rotation().to_string();
    let refused = |text: &str| Rotation::parse(text).unwrap_err();
    assert_eq!(refused(""), RotationError::Lines);
    assert_eq!(refused(text.trim_end()), RotationError::Lines);
    assert_eq!(refused(&format!("{text}\n")), RotationError::Lines);
    assert_eq!(refused(&format!("{text}more\n")), RotationError::Lines);
    assert_eq!(refused(&text.replace(" v1", " v2")), RotationError::Lines);
    assert_eq!(
        refused(&"x".repeat(ROTATION_BYTES_MAX + 1)),
        RotationError::Lines
    );
    for time in ["", "-1", "+1", "01", "1 ", "0x1", "9223372036854775808"] {
        assert_eq!(
            refused(&text.replace("1774051200000000", time)),
            RotationError::RetireAt
        );
    }
    assert!(Rotation::parse(&text.replace("1774051200000000", "9223372036854775807")).is_ok());
    let witness_key = crate::note::CosignerKey::from_seed((&origin()).into(), [2; 32]);
    let of_witness = text.replace(
        &key(2).verifier().to_string(),
        &witness_key.witness().to_string(),
    );
    assert!(matches!(refused(&of_witness), RotationError::Key(_)));
    let of_another_key = text.replace("+AY", "+AT");
    assert_ne!(of_another_key, text);
    assert!(matches!(refused(&of_another_key), RotationError::Key(_)));
}
