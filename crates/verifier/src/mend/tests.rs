use super::*;
use crate::tests::support::{Registry, StoredFrame};

fn expected(frame: &StoredFrame) -> Expected {
    Expected {
        position: frame.before.next_position(),
        previous: frame.before.link,
        epoch: Epoch::new(3),
    }
}

#[test]
fn every_flipped_bit_of_what_is_covered_is_mended() {
    let registry = Registry::complete();
    let frame = &registry.events.frames[4];
    let covered = FRAME_HEADER_BYTES
        + RawFrame::split(&frame.bytes)
            .unwrap()
            .envelope_section()
            .len();
    for offset in 0..covered {
        for bit in 0..8 {
            let mut damaged = frame.bytes.clone();
            damaged[offset] ^= 1 << bit;
            for followed in [false, true] {
                let diagnosis = diagnose(&damaged, expected(frame), followed);
                assert_eq!(
                    diagnosis.mended.as_ref(),
                    Some(&frame.bytes),
                    "{offset}.{bit}"
                );
                assert!(diagnosis.offset <= offset);
            }
        }
    }
}

/// A flip in the zeros behind the last frame is padding, wherever it is.
#[test]
fn a_flip_behind_the_last_frame_is_never_taken_for_a_frame() {
    let registry = Registry::complete();
    let frame = registry.events.frames.last().unwrap();
    for offset in 0..4096 {
        for bit in 0..8 {
            let mut zeros = vec![0; 4096];
            zeros[offset] ^= 1 << bit;
            let diagnosis = diagnose(&zeros, expected(frame), false);
            assert_eq!(diagnosis.finding, Finding::SegmentTail, "{offset}.{bit}");
            assert_eq!(diagnosis.offset, offset);
            assert_eq!(diagnosis.mended, None);
        }
    }
}

#[test]
fn a_torn_frame_says_how_much_is_missing() {
    let registry = Registry::complete();
    let frame = &registry.events.frames[4];
    let covered = FRAME_HEADER_BYTES
        + RawFrame::split(&frame.bytes)
            .unwrap()
            .envelope_section()
            .len();
    for written in 1..covered - 8 {
        // Cut off, and followed by the zeros of a segment.
        for zeros in [0, 4096] {
            let mut torn = frame.bytes[..written].to_vec();
            torn.resize(written + zeros, 0);
            let diagnosis = diagnose(&torn, expected(frame), false);
            let Finding::TornFrame { missing_bytes } = diagnosis.finding else {
                panic!("{written} {zeros}: {}", diagnosis.finding);
            };
            assert!(0 < missing_bytes);
            if FRAME_HEADER_BYTES <= written {
                let zeros_before = frame.bytes[..written]
                    .iter()
                    .rev()
                    .take_while(|b| **b == 0)
                    .count();
                let missing = frame.bytes.len() - written + zeros_before;
                assert_eq!(missing_bytes, missing as u64);
            }
        }
    }
}
