//! Wrapping and unwrapping.

use super::{FileKek, KekError, KeyEncryptionKey, WRAPPED_BYTES, WrappedKey};
use crate::secret::SecretKey;

#[test]
fn unwraps_under_its_key_and_context_only() {
    let (kek, other) = (kek(1), kek(2));
    let key = SecretKey::copied_from(&[7; 32]);
    let wrapped = kek.wrap(b"here", &key).unwrap();
    assert_eq!(kek.unwrap(b"here", &wrapped).unwrap().expose(), &[7; 32]);
    assert!(matches!(
        kek.unwrap(b"there", &wrapped),
        Err(KekError::Rejected)
    ));
    assert!(matches!(
        other.unwrap(b"here", &wrapped),
        Err(KekError::Rejected)
    ));
}

#[test]
fn every_altered_bit_is_rejected() {
    let kek = kek(1);
    let wrapped = kek
        .wrap(b"here", &SecretKey::copied_from(&[7; 32]))
        .unwrap();
    for bit in 0..WRAPPED_BYTES * 8 {
        let mut bytes = *wrapped.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let altered = WrappedKey::from_bytes(bytes);
        assert!(
            matches!(kek.unwrap(b"here", &altered), Err(KekError::Rejected)),
            "bit {bit}"
        );
    }
}

#[test]
fn wrapping_twice_gives_different_bytes_without_the_key_in_them() {
    let kek = kek(1);
    let key = SecretKey::copied_from(&[7; 32]);
    let (one, other) = (
        kek.wrap(b"here", &key).unwrap(),
        kek.wrap(b"here", &key).unwrap(),
    );
    assert_ne!(one, other);
    assert!(!one.as_bytes().windows(4).any(|window| window == [7; 4]));
}

#[test]
fn opens_what_it_generated() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    let wrapped = FileKek::generate(&path)
        .unwrap()
        .wrap(b"here", &SecretKey::copied_from(&[7; 32]))
        .unwrap();
    let kek = FileKek::open(&path).unwrap();
    assert_eq!(kek.unwrap(b"here", &wrapped).unwrap().expose(), &[7; 32]);
}

#[test]
fn debug_shows_no_secret() {
    let kek = kek(1);
    let wrapped = kek
        .wrap(b"here", &SecretKey::copied_from(&[7; 32]))
        .unwrap();
    assert_eq!(
        format!("{kek:?} {wrapped:?}"),
        "FileKek(redacted) WrappedKey(..)"
    );
}

fn kek(master: u8) -> FileKek {
    FileKek::from_master(&SecretKey::copied_from(&[master; 32]))
}
