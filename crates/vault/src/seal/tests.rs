//! What a sealed payload promises.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{
    COMPARTMENT_LEN_MIN, ORIGIN_LEN_MAX, PLAIN_LEN_MAX, PayloadError, RecordPlace, SEALED_LEN_MAX,
    SealError, sealed_len_for,
};
use crate::secret::SecretKey;
use zeroize::Zeroizing;

/// Seals to no particular length.
fn seal_into(
    key: &SecretKey,
    place: &RecordPlace<'_>,
    plaintext: &[u8],
    out: &mut Vec<u8>,
) -> Result<usize, SealError> {
    super::seal_into(key, place, plaintext, 0, out)
}

/// Opens what was sealed to no particular length.
fn open(
    key: &SecretKey,
    place: &RecordPlace<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, PayloadError> {
    super::open(key, place, sealed, 0)
}

const PLACE: RecordPlace<'static> = RecordPlace {
    origin: "registry.example/events",
    position: 7,
    act_id: [3; 16],
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn opens_to_what_was_sealed(
        key: [u8; 32],
        origin in "[a-z.]{1,40}/events",
        position: u64,
        act_id: [u8; 16],
        plaintext in vec(any::<u8>(), 0..10_000),
        before in vec(any::<u8>(), 0..50),
    ) {
        let key = SecretKey::copied_from(&key);
        let place = RecordPlace { origin: &origin, position, act_id };
        let mut out = before.clone();
        let sealed_len = seal_into(&key, &place, &plaintext, &mut out).unwrap();
        prop_assert_eq!(&out[..before.len()], &before[..]);
        let sealed = &out[before.len()..];
        prop_assert_eq!(Some(sealed.len()), sealed_len_for(plaintext.len()));
        prop_assert_eq!(sealed.len(), sealed_len);
        prop_assert_eq!(&open(&key, &place, sealed).unwrap()[..], &plaintext[..]);
    }

    #[test]
    fn no_bytes_from_outside_open(sealed in vec(any::<u8>(), 0..2_000)) {
        open(&key(1), &PLACE, &sealed).unwrap_err();
    }
}

#[test]
fn every_altered_bit_is_rejected() {
    let sealed = seal(b"a fact about a person");
    for bit in 0..sealed.len() * 8 {
        let mut altered = sealed.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let expected = if bit / 8 < 32 {
            PayloadError::WrongKey
        } else {
            PayloadError::Tampered
        };
        assert_eq!(
            open(&key(1), &PLACE, &altered).unwrap_err(),
            expected,
            "bit {bit}"
        );
    }
}

#[test]
fn opens_only_under_its_key_and_at_its_place() {
    let sealed = seal(b"a fact about a person");
    open(&key(1), &PLACE, &sealed).unwrap();
    assert_eq!(
        open(&key(2), &PLACE, &sealed).unwrap_err(),
        PayloadError::WrongKey
    );
    let elsewhere = [
        RecordPlace {
            position: 8,
            ..PLACE
        },
        RecordPlace {
            act_id: [4; 16],
            ..PLACE
        },
        RecordPlace {
            origin: "registry.example/disclosures",
            ..PLACE
        },
    ];
    for place in elsewhere {
        assert_eq!(
            open(&key(1), &place, &sealed).unwrap_err(),
            PayloadError::WrongKey
        );
    }
}

#[test]
fn parts_of_two_payloads_do_not_combine() {
    let (one, other) = (seal(b"one"), {
        let mut sealed = Vec::new();
        seal_into(
            &key(1),
            &RecordPlace {
                position: 8,
                ..PLACE
            },
            b"one",
            &mut sealed,
        )
        .unwrap();
        sealed
    });
    let mixed = [&one[..32], &other[32..]].concat();
    assert_eq!(
        open(&key(1), &PLACE, &mixed).unwrap_err(),
        PayloadError::Tampered
    );
}

#[test]
fn lengths_fall_into_buckets() {
    let check = |plain_len, sealed_len| assert_eq!(sealed_len_for(plain_len), Some(sealed_len));
    check(0, 64);
    check(12, 64);
    check(13, 128);
    check(1024 - 52, 1024);
    check(1024 - 51, 1280);
    check(8192 - 52, 8192);
    check(8192 - 51, 12_288);
    check(PLAIN_LEN_MAX, SEALED_LEN_MAX);
    assert_eq!(sealed_len_for(PLAIN_LEN_MAX + 1), None);
    assert_eq!(sealed_len_for(usize::MAX), None);
}

#[test]
fn the_longest_plaintext_is_sealed_and_a_longer_one_refused() {
    let mut out = vec![9];
    let plaintext = vec![5; PLAIN_LEN_MAX + 1];
    let error = seal_into(&key(1), &PLACE, &plaintext, &mut out).unwrap_err();
    assert_eq!(
        error,
        SealError::TooLong {
            plain_len: PLAIN_LEN_MAX + 1
        }
    );
    assert_eq!(out, [9]);
    assert_eq!(
        seal_into(&key(1), &PLACE, &plaintext[1..], &mut out).unwrap(),
        SEALED_LEN_MAX
    );
    assert_eq!(
        open(&key(1), &PLACE, &out[1..]).unwrap()[..],
        plaintext[1..]
    );
}

#[test]
fn the_longest_origin_is_accepted_and_a_longer_one_refused() {
    let origin = "o".repeat(ORIGIN_LEN_MAX + 1);
    let longest = RecordPlace {
        origin: &origin[1..],
        ..PLACE
    };
    let too_long = RecordPlace {
        origin: &origin,
        ..PLACE
    };
    let mut sealed = Vec::new();
    seal_into(&key(1), &longest, b"x", &mut sealed).unwrap();
    assert_eq!(open(&key(1), &longest, &sealed).unwrap()[..], b"x"[..]);
    let error = open(&key(1), &too_long, &sealed).unwrap_err();
    assert_eq!(
        error,
        PayloadError::OriginTooLong {
            origin_len: ORIGIN_LEN_MAX + 1
        }
    );
    let error = seal_into(&key(1), &too_long, b"x", &mut sealed).unwrap_err();
    assert_eq!(
        error,
        SealError::OriginTooLong {
            origin_len: ORIGIN_LEN_MAX + 1
        }
    );
}

#[test]
fn overwritten_and_impossible_payloads_are_told_apart() {
    assert_eq!(
        open(&key(1), &PLACE, &[0; 128]).unwrap_err(),
        PayloadError::Erased
    );
    let mut nearly = [0; 128];
    nearly[127] = 1;
    assert_eq!(
        open(&key(1), &PLACE, &nearly).unwrap_err(),
        PayloadError::WrongKey
    );
    for sealed_len in [0, 1, 51, 52, 63, 65, 1088, 8448, SEALED_LEN_MAX + 4096] {
        let error = open(&key(1), &PLACE, &vec![1; sealed_len]).unwrap_err();
        assert_eq!(error, PayloadError::Malformed { sealed_len });
    }
}

#[test]
fn the_stored_form_never_changes() {
    // Computed a second time from the module doc alone, with another BLAKE3 and another AES.
    let sealed = seal(b"Sabt");
    assert_eq!(
        hex::encode(&sealed),
        "25a0adcf7c0f112b07c03a27ea07679cc3d8d159d3ae1c087d47b9cafe0ab9e6\
         bd5f163eefe6503e35c6694dea7f7a77153e70ea03475ed6b6718371375ec568"
    );
}

fn seal(plaintext: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::new();
    seal_into(&key(1), &PLACE, plaintext, &mut sealed).unwrap();
    sealed
}

fn key(byte: u8) -> SecretKey {
    SecretKey::copied_from(&[byte; 32])
}

#[test]
fn a_least_length_hides_what_is_shorter_and_is_part_of_the_form() {
    let least = COMPARTMENT_LEN_MIN;
    for plain_len in [0, 100, 900] {
        let plaintext = vec![7; plain_len];
        let mut sealed = Vec::new();
        let len = super::seal_into(&key(1), &PLACE, &plaintext, least, &mut sealed).unwrap();
        assert_eq!((len, sealed.len()), (least, least));
        let opened = super::open(&key(1), &PLACE, &sealed, least).unwrap();
        assert_eq!(opened[..], plaintext[..]);
    }
    let plaintext = vec![7; 1_200];
    let mut sealed = Vec::new();
    super::seal_into(&key(1), &PLACE, &plaintext, least, &mut sealed).unwrap();
    assert_eq!(Some(sealed.len()), sealed_len_for(plaintext.len()));
    // What was padded otherwise is not ours.
    let mut short = Vec::new();
    seal_into(&key(1), &PLACE, b"x", &mut short).unwrap();
    assert!(matches!(
        super::open(&key(1), &PLACE, &short, least),
        Err(PayloadError::Malformed { .. })
    ));
}
