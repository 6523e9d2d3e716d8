use super::*;
use crate::{ENVELOPE_BYTES_MAX, SEALED_BYTES_MAX};

fn width(width: u16) -> TileWidth {
    TileWidth::new(width).unwrap()
}

fn payload(index: u8, bytes: &[u8]) -> ClearPayload<'_> {
    ClearPayload { index, bytes }
}

#[test]
fn entries_stand_after_their_lengths() {
    let bundle = encode_entries([b"one".as_slice(), b"three"]).unwrap();
    assert_eq!(bundle, b"\0\x03one\0\x05three");
    assert_eq!(
        decode_entries(&bundle, width(2)),
        Ok(vec![b"one".as_slice(), b"three"])
    );
    let longest = vec![7; ENVELOPE_BYTES_MAX];
    let full = encode_entries(vec![longest.as_slice(); 256]).unwrap();
    assert_eq!(full.len(), ENTRY_BUNDLE_BYTES_MAX);
    assert_eq!(decode_entries(&full, TileWidth::FULL).unwrap().len(), 256);
}

#[test]
fn malformed_entry_bundles_are_refused() {
    let bundle = encode_entries([b"one".as_slice(), b"three"]).unwrap();
    for length in 0..bundle.len() {
        let item = usize::from(length >= 5);
        let expected = BundleError::CutOff { item };
        assert_eq!(
            decode_entries(&bundle[..length], width(2)),
            Err(expected),
            "{length}"
        );
    }
    assert_eq!(
        decode_entries(&bundle, width(1)),
        Err(BundleError::Excess { bytes: 7 })
    );
    assert_eq!(
        decode_entries(&bundle, width(3)),
        Err(BundleError::CutOff { item: 2 })
    );
    let empty = BundleError::ItemLength { item: 0, bytes: 0 };
    assert_eq!(decode_entries(&[0, 0], width(1)), Err(empty));
    assert_eq!(encode_entries([b"".as_slice()]), Err(empty));
    let long = vec![7; ENVELOPE_BYTES_MAX + 1];
    let expected = BundleError::ItemLength {
        item: 0,
        bytes: long.len(),
    };
    assert_eq!(encode_entries([long.as_slice()]), Err(expected));
    assert_eq!(decode_entries(&[0, 225], width(1)), Err(expected));
    let many = vec![b"x".as_slice(); 257];
    assert_eq!(encode_entries(many), Err(BundleError::Excess { bytes: 1 }));
}

#[test]
fn payloads_stand_after_their_record() {
    let bundle = encode_clear([payload(2, b"two"), payload(255, b"")]).unwrap();
    assert_eq!(bundle, b"\x02\0\0\0\x03two\xff\0\0\0\0");
    let decoded = decode_clear(&bundle, TileWidth::FULL).unwrap();
    assert_eq!(decoded, [payload(2, b"two"), payload(255, b"")]);
    assert_eq!(encode_clear([]), Ok(vec![]));
    assert_eq!(decode_clear(&[], width(1)), Ok(vec![]));
}

#[test]
fn malformed_clear_bundles_are_refused() {
    let bundle = encode_clear([payload(2, b"two"), payload(9, b"nine")]).unwrap();
    for length in (1..bundle.len()).filter(|length| *length != 8) {
        let expected = BundleError::CutOff {
            item: usize::from(length > 8),
        };
        assert_eq!(
            decode_clear(&bundle[..length], width(10)),
            Err(expected),
            "{length}"
        );
    }
    let outside = BundleError::Record { item: 1, record: 9 };
    assert_eq!(decode_clear(&bundle, width(9)), Err(outside));
    let twice = BundleError::Record { item: 1, record: 2 };
    assert_eq!(
        encode_clear([payload(2, b"a"), payload(2, b"b")]),
        Err(twice)
    );
    assert_eq!(
        decode_clear(b"\x02\0\0\0\0\x02\0\0\0\0", width(10)),
        Err(twice)
    );
    let back = BundleError::Record { item: 1, record: 1 };
    assert_eq!(
        decode_clear(b"\x02\0\0\0\0\x01\0\0\0\0", width(10)),
        Err(back)
    );
    let long = vec![0; usize::try_from(SEALED_BYTES_MAX).unwrap() + 1];
    let expected = BundleError::ItemLength {
        item: 0,
        bytes: long.len(),
    };
    assert_eq!(encode_clear([payload(0, &long)]), Err(expected));
    assert_eq!(decode_clear(b"\0\0\x01\0\x01", width(1)), Err(expected));
    let largest = &long[1..];
    let full = encode_clear((0..=255).map(|index| payload(index, largest))).unwrap();
    assert_eq!(full.len(), CLEAR_BUNDLE_BYTES_MAX);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), count in 1_u16..=256) {
        let count = width(count);
        if let Ok(entries) = decode_entries(&bytes, count) {
            prop_assert_eq!(encode_entries(entries), Ok(bytes.clone()));
        }
        if let Ok(payloads) = decode_clear(&bytes, count) {
            prop_assert_eq!(encode_clear(payloads), Ok(bytes));
        }
    }
}
