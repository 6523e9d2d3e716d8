use super::*;
use crate::Hash;
use crate::testing::{START, check_golden, for_each_bit_flip, origin};

fn header() -> SegmentHeader {
    let mut frontier = Frontier::new();
    for leaf in 0..7_u8 {
        frontier.append(Hash::leaf(&[leaf]));
    }
    SegmentHeader {
        origin: origin(),
        epoch: Epoch::new(3),
        start: LedgerState {
            frontier,
            link: Link::from_bytes([0xab; 32]),
            recorded_at: Some(START),
        },
        segment_bytes: 64 * 1024 * 1024,
    }
}

/// What is found when `value` is written at `offset`, with the checksum made to fit.
fn forged(header: &SegmentHeader, offset: usize, value: &[u8]) -> SegmentError {
    let mut bytes = header.encode();
    bytes[offset..offset + value.len()].copy_from_slice(value);
    let body = SEGMENT_HEADER_BYTES - CHECKSUM_BYTES;
    let checksum = crc32c::crc32c(&bytes[..body]);
    bytes[body..].copy_from_slice(&checksum.to_be_bytes());
    SegmentHeader::decode(&bytes).unwrap_err()
}

#[test]
fn bytes_are_those_of_the_stored_format() {
    let bytes = header().encode();
    assert_eq!(bytes.len(), SEGMENT_HEADER_BYTES);
    let zeros = bytes[..SEGMENT_HEADER_BYTES - 4]
        .iter()
        .rev()
        .take_while(|byte| **byte == 0);
    let written = SEGMENT_HEADER_BYTES - 4 - zeros.count();
    let told = [&bytes[..written], &bytes[SEGMENT_HEADER_BYTES - 4..]].concat();
    check_golden(include_str!("../../testdata/segment.txt"), &told);
}

#[test]
fn headers_come_back() {
    let header = header();
    let followed = [header.encode(), vec![1; 10]].concat();
    assert_eq!(SegmentHeader::decode(&followed), Ok(header.clone()));
    assert_eq!(header.first_position(), Position::new(7));
    let chain = crate::Chain::new(&origin());
    let first = SegmentHeader {
        start: LedgerState::genesis(&chain),
        ..header
    };
    assert_eq!(SegmentHeader::decode(&first.encode()), Ok(first));
}

#[test]
fn the_longest_header_fits() {
    let registry = "r".repeat(ORIGIN_BYTES_MAX - "/disclosures".len());
    let origin = Origin::new(&registry, crate::LedgerName::Disclosures).unwrap();
    let size = crate::Size::new(u64::MAX);
    let frontier = Frontier::from_hashes(size, vec![Hash::EMPTY_ROOT; 64]).unwrap();
    let start = LedgerState {
        frontier,
        ..header().start
    };
    let header = SegmentHeader {
        origin,
        start,
        ..header()
    };
    assert_eq!(header.encode().len(), SEGMENT_HEADER_BYTES);
    assert_eq!(SegmentHeader::decode(&header.encode()), Ok(header));
}

#[test]
fn every_truncation_and_every_flipped_bit_is_refused() {
    let bytes = header().encode();
    for length in 0..bytes.len() {
        assert_eq!(
            SegmentHeader::decode(&bytes[..length]),
            Err(SegmentError::Truncated { bytes: length })
        );
    }
    for_each_bit_flip(&bytes, |offset, flipped| {
        assert!(
            SegmentHeader::decode(flipped).is_err(),
            "flip in byte {offset} went unseen"
        );
    });
    let blank = vec![0; SEGMENT_HEADER_BYTES];
    assert_eq!(SegmentHeader::decode(&blank), Err(SegmentError::Blank));
}

#[test]
fn forged_fields_are_refused() {
    let header = header();
    let origin_bytes = origin().as_str().len();
    let at_epoch = 12 + origin_bytes;
    assert_eq!(forged(&header, 0, b"SABTSEG2"), SegmentError::Magic);
    assert_eq!(
        forged(&header, 8, &[0, 2]),
        SegmentError::Version { version: 2 }
    );
    assert_eq!(forged(&header, 10, &[0xff, 0xff]), SegmentError::Layout);
    assert_eq!(forged(&header, 12, &[0xff]), SegmentError::Layout);
    let upper = OriginError::Character { byte: b'R' };
    assert_eq!(forged(&header, 12, b"R"), SegmentError::Origin(upper));
    let first_position = Position::new(8);
    assert_eq!(
        forged(&header, at_epoch + 15, &[8]),
        SegmentError::Tree {
            first_position,
            tree_size: 7
        }
    );
    let at_length = at_epoch + 8 + 8 + 32 + 8 + 8 + 3 * 32;
    assert_eq!(
        forged(&header, at_length, &4097_u64.to_be_bytes()),
        SegmentError::SegmentBytes {
            segment_bytes: 4097
        }
    );
    assert_eq!(
        forged(&header, at_length, &4096_u64.to_be_bytes()),
        SegmentError::SegmentBytes {
            segment_bytes: 4096
        }
    );
    assert_eq!(forged(&header, at_length + 8, &[1]), SegmentError::Padding);
    assert_eq!(
        forged(&header, SEGMENT_HEADER_BYTES - 5, &[1]),
        SegmentError::Padding
    );
    let chain = crate::Chain::new(&origin());
    let first = SegmentHeader {
        start: LedgerState::genesis(&chain),
        ..header
    };
    assert_eq!(
        forged(&first, at_epoch + 8 + 8 + 32, &[1]),
        SegmentError::Time
    );
}
