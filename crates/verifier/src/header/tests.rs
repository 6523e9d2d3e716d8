use super::*;
use crate::tests::support::Registry;

#[test]
fn every_flipped_bit_is_named_and_mended() {
    let registry = Registry::complete();
    let (_, segment) = registry.events.segments().swap_remove(1);
    let original = SegmentHeader::decode(&segment).unwrap();
    let origin_bytes = original.origin.as_str().len();
    let fields = [
        (0, SegmentField::Magic),
        (8, SegmentField::Version),
        (10, SegmentField::Origin),
        (12, SegmentField::Origin),
        (12 + origin_bytes, SegmentField::Epoch),
        (20 + origin_bytes, SegmentField::FirstPosition),
        (28 + origin_bytes, SegmentField::Link),
        (60 + origin_bytes, SegmentField::RecordedAt),
        (68 + origin_bytes, SegmentField::Tree),
        // The second segment starts at position 8: one set bit, one hash.
        (108 + origin_bytes, SegmentField::SegmentBytes),
        (116 + origin_bytes, SegmentField::Padding),
        (CHECKSUM_OFFSET, SegmentField::Checksum),
    ];
    for offset in 0..SEGMENT_HEADER_BYTES {
        let (_, field) = fields
            .iter()
            .rev()
            .find(|(start, _)| *start <= offset)
            .unwrap();
        let mut header = segment[..SEGMENT_HEADER_BYTES].to_vec();
        header[offset] ^= 1 << (offset % 8);
        let reading = read_header(&header);
        assert_eq!(
            reading.finding,
            Some(Finding::SegmentBit(*field)),
            "{offset}"
        );
        assert_eq!(reading.header.as_ref(), Some(&original), "{offset}");
        // Which byte of the checksum is not told.
        assert_eq!(reading.offset, offset.min(CHECKSUM_OFFSET));
    }
}

#[test]
fn what_cannot_be_mended_is_not_guessed() {
    let registry = Registry::complete();
    let (_, segment) = registry.events.segments().swap_remove(0);
    let mut header = segment[..SEGMENT_HEADER_BYTES].to_vec();
    header[40] ^= 0xff;
    let reading = read_header(&header);
    assert!(matches!(
        reading.finding,
        Some(Finding::Segment(SegmentError::Checksum { .. }))
    ));
    assert_eq!(reading.header, None);
    let reading = read_header(&header[..4095]);
    assert!(matches!(
        reading.finding,
        Some(Finding::Segment(SegmentError::Truncated { .. }))
    ));
}
