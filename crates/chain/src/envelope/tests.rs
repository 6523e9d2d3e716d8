use proptest::prelude::*;

use super::*;
use crate::testing::{Ledger, check_golden, for_each_bit_flip};

fn part_zero() -> Envelope {
    Ledger::new().act(2).remove(0).0
}

fn part_one() -> Envelope {
    Ledger::new().act(2).remove(1).0
}

#[test]
fn bytes_are_those_of_the_stored_format() {
    let mut bytes = part_zero().encode().unwrap().to_vec();
    bytes.extend_from_slice(&part_one().encode().unwrap());
    check_golden(include_str!("../../testdata/envelope.txt"), &bytes);
}

#[test]
fn only_the_two_lengths_decode() {
    let bytes = [part_zero().encode().unwrap().as_bytes(), &[0; 8]].concat();
    for length in 0..=bytes.len() {
        let decoded = Envelope::decode(&bytes[..length]);
        match length {
            ENVELOPE_BYTES_MIN | ENVELOPE_BYTES_MAX => assert!(decoded.is_ok()),
            _ => assert_eq!(decoded, Err(EnvelopeError::Length { bytes: length })),
        }
    }
    assert_eq!(
        part_zero().encode().unwrap().len(),
        part_zero().encoded_len()
    );
    assert_eq!(part_one().encode().unwrap().len(), part_one().encoded_len());
}

#[test]
fn every_flipped_bit_is_refused_or_changes_the_link() {
    let ledger = Ledger::new();
    for envelope in [part_zero(), part_one()] {
        let bytes = envelope.encode().unwrap();
        for_each_bit_flip(&bytes, |_, flipped| {
            if let Ok(decoded) = Envelope::decode(flipped) {
                assert_ne!(decoded, envelope);
                assert_eq!(decoded.encode().unwrap().as_bytes(), flipped);
                assert_ne!(ledger.chain.link(flipped), ledger.chain.link(&bytes));
            }
        });
    }
}

#[test]
fn fields_out_of_range_are_refused() {
    let bytes = part_zero().encode().unwrap().to_vec();
    let with = |offset: usize, value: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[offset..offset + value.len()].copy_from_slice(value);
        Envelope::decode(&bytes).unwrap_err()
    };
    assert_eq!(with(0, &[2]), EnvelopeError::Version { version: 2 });
    assert_eq!(with(1, &[0]), EnvelopeError::Kind { code: 0 });
    assert_eq!(with(1, &[5]), EnvelopeError::Kind { code: 5 });
    assert_eq!(with(82, &[2]), EnvelopeError::Part { part: 2, parts: 2 });
    assert_eq!(with(82, &[0, 0]), EnvelopeError::Part { part: 0, parts: 0 });
    let late = Part::new(1, 2).unwrap();
    assert_eq!(
        with(82, &[1]),
        EnvelopeError::AuthorshipPlace { part: late }
    );
    assert_eq!(with(84, &[0; 4]), EnvelopeError::SealedLength { bytes: 0 });
    let long = SEALED_BYTES_MAX + 1;
    assert_eq!(
        with(84, &long.to_be_bytes()),
        EnvelopeError::SealedLength { bytes: long }
    );
}

#[test]
fn what_would_not_decode_is_not_encoded() {
    let late = Envelope {
        authorship: part_zero().authorship,
        ..part_one()
    };
    assert_eq!(
        late.encode(),
        Err(EnvelopeError::AuthorshipPlace { part: late.part })
    );
    let empty = Envelope {
        sealed_len: 0,
        ..part_one()
    };
    assert_eq!(
        empty.encode(),
        Err(EnvelopeError::SealedLength { bytes: 0 })
    );
}

prop_compose! {
    fn envelope()(
        code in 1_u8..=4,
        position: u64,
        previous: [u8; 32],
        micros: i64,
        tag: [u8; 16],
        act_id: [u8; 16],
        count in 1_u8..,
        index: u8,
        sealed_len in 1..=SEALED_BYTES_MAX,
        digest: [u8; 32],
        signed: bool,
        signature: [u8; 32],
    ) -> Envelope {
        let index = if signed { 0 } else { index % count };
        Envelope {
            kind: Kind::from_code(code).unwrap(),
            position: Position::new(position),
            previous: Link::from_bytes(previous),
            recorded_at: Timestamp::from_micros(micros),
            subject_tag: SubjectTag::from_bytes(tag),
            act_id: ActId::from_bytes(act_id),
            part: Part::new(index, count).unwrap(),
            sealed_len,
            sealed_digest: Digest::from_bytes(digest),
            authorship: signed.then(|| Authorship {
                key_id: KeyId::from_bytes(*digest.first_chunk().unwrap()),
                commitment: Commitment::from_bytes(previous),
                signature: Signature::from_bytes([signature, digest].concat().try_into().unwrap()),
            }),
        }
    }
}

proptest! {
    #[test]
    fn every_envelope_survives_encoding(envelope in envelope()) {
        let bytes = envelope.encode().unwrap();
        prop_assert_eq!(Envelope::decode(&bytes), Ok(envelope));
    }

    #[test]
    fn what_decodes_encodes_to_the_same_bytes(
        mut bytes in prop::collection::vec(any::<u8>(), ENVELOPE_BYTES_MIN..=ENVELOPE_BYTES_MIN),
        code in 1_u8..=4,
        part in 0_u8..4,
    ) {
        bytes[..2].copy_from_slice(&[1, code]);
        bytes[82..86].copy_from_slice(&[part, 3, 0, 0]);
        if let Ok(envelope) = Envelope::decode(&bytes) {
            let encoded = envelope.encode().unwrap();
            prop_assert_eq!(encoded.as_bytes(), bytes.as_slice());
        }
    }
}
