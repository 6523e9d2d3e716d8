//! The newest segment cut at every byte, and with every bit flipped.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use sabt_chain::frame::Frame;
use sabt_chain::segment::SegmentHeader;
use sabt_chain::{Chain, Epoch, LedgerState, Link};

use super::{SMALL, origin};
use crate::conformance::ModelLedger;
use crate::error::{DamageFault, OpenError};
use crate::recovery::Unrecovered;
use crate::storage::memory::MemoryDisk;
use crate::tail::{ScanError, Tail, TailDamage, WINDOW_BYTES, Window, scan};

const SEGMENT_BYTES: usize = 8_192;

/// A segment with a few small frames, and the model of it.
fn segment() -> (Vec<u8>, ModelLedger) {
    let mut model = ModelLedger::new(&origin());
    let header = SegmentHeader {
        origin: origin(),
        epoch: Epoch::ZERO,
        start: model.state().clone(),
        segment_bytes: SEGMENT_BYTES.try_into().unwrap(),
    };
    let mut bytes = header.encode();
    for acts in [[1, 1].as_slice(), &[2], &[1], &[1, 2]] {
        let frame = model.frame(Epoch::new(1), acts, 100);
        bytes.extend_from_slice(&frame.bytes);
        model.accept(frame);
    }
    bytes.resize(SEGMENT_BYTES, 0);
    (bytes, model)
}

/// The end of the last frame, and the links of every prefix of whole frames.
fn prefixes(model: &ModelLedger) -> (usize, Vec<Link>) {
    let chain = Chain::new(&origin());
    let mut links = vec![LedgerState::genesis(&chain).link];
    let mut end = 4_096;
    for frame in model.frames() {
        let frame = Frame::parse(frame).unwrap();
        links.push(frame.check_links(&chain, *links.last().unwrap()).unwrap());
        end += frame.bytes().len();
    }
    (end, links)
}

/// What is found when the segment is read at once, which is what is found in windows of any size.
fn scanned(bytes: &[u8]) -> Option<Result<Tail, TailDamage>> {
    let header = SegmentHeader::decode(bytes).ok()?;
    let in_windows = |window_bytes| {
        let window = Window::new(bytes.len(), window_bytes, |buffer: &mut [u8], offset| {
            let offset = usize::try_from(offset).unwrap();
            buffer.copy_from_slice(&bytes[offset..offset + buffer.len()]);
            Ok(())
        });
        let found = scan(window, &header, &Chain::new(&origin()), &BTreeSet::new());
        found.map_err(|error| match error {
            ScanError::Read(error) => panic!("{error}"),
            ScanError::Damage(damage) => damage,
        })
    };
    let found = in_windows(WINDOW_BYTES);
    for window_bytes in [1, 500, 4_096] {
        assert_eq!(outcome(&in_windows(window_bytes)), outcome(&found));
    }
    Some(found)
}

/// All that is told of it.
fn outcome(found: &Result<Tail, TailDamage>) -> String {
    match found {
        Ok(Tail {
            reach,
            frames,
            torn,
        }) => format!("{:?} {} {frames:?} {torn:?}", reach.state().link, reach.end),
        Err(damage) => format!("{damage:?}"),
    }
}

#[test]
fn no_more_is_held_than_a_window_or_a_frame() {
    let (whole, model) = segment();
    let longest = model.frames().iter().map(Vec::len).max().unwrap();
    let mut most = 0;
    let window = Window::new(whole.len(), 100, |buffer: &mut [u8], offset| {
        most = most.max(buffer.len());
        let offset = usize::try_from(offset).unwrap();
        buffer.copy_from_slice(&whole[offset..offset + buffer.len()]);
        Ok(())
    });
    let header = SegmentHeader::decode(&whole).unwrap();
    scan(window, &header, &Chain::new(&origin()), &BTreeSet::new()).unwrap();
    assert_eq!(most, longest);
}

#[test]
fn a_segment_that_cannot_be_read_is_no_damage() {
    let (whole, _model) = segment();
    let header = SegmentHeader::decode(&whole).unwrap();
    let window = Window::new(whole.len(), 100, |buffer: &mut [u8], offset| {
        if 5_000 <= offset {
            return Err(io::Error::other("unreadable"));
        }
        let offset = usize::try_from(offset).unwrap();
        buffer.copy_from_slice(&whole[offset..offset + buffer.len()]);
        Ok(())
    });
    let found = scan(window, &header, &Chain::new(&origin()), &BTreeSet::new());
    assert!(matches!(found, Err(ScanError::Read(_))));
}

#[test]
fn zeroed_from_any_byte_on_it_is_a_prefix_or_refused() {
    let (whole, model) = segment();
    let (end, links) = prefixes(&model);
    let mut refused = 0;
    for cut in 4_096..end {
        let mut bytes = whole.clone();
        bytes[cut..].fill(0);
        match scanned(&bytes).unwrap() {
            Ok(tail) => {
                let place = links
                    .iter()
                    .position(|link| *link == tail.reach.state().link)
                    .unwrap();
                assert_eq!(place, tail.frames.len());
                assert!(tail.reach.end <= cut.next_multiple_of(8));
                let torn = tail.torn.unwrap_or(cut..cut);
                bytes[torn].fill(0);
                let again = scanned(&bytes).unwrap().unwrap();
                assert_eq!((again.reach.end, again.torn), (tail.reach.end, None));
            }
            Err(damage) => {
                // Within the last word of a frame the tear looks like a bit that changed.
                assert!(
                    matches!(damage.fault, DamageFault::NotTorn { .. }),
                    "{cut}: {damage:?}"
                );
                assert_ne!(
                    cut % 64,
                    0,
                    "at the edge of a granule a tear is always known"
                );
                refused += 1;
            }
        }
    }
    assert!(
        refused < 40,
        "{refused} of {} cuts were refused",
        end - 4_096
    );
}

#[test]
fn granules_that_never_reached_the_disk_are_known() {
    let (whole, model) = segment();
    let (end, links) = prefixes(&model);
    let last = model.frames().last().unwrap().len();
    for granule in (end - last) / 64..end.div_ceil(64) {
        let start = (granule * 64).max(end - last);
        let mut bytes = whole.clone();
        bytes[start..granule * 64 + 64].fill(0);
        if bytes == whole {
            continue;
        }
        let tail = scanned(&bytes).unwrap().unwrap();
        assert_eq!(tail.reach.state().link, links[links.len() - 2]);
        assert_eq!(tail.reach.end, end - last);
    }
}

#[test]
fn any_flipped_bit_is_refused_or_cuts_the_newest_frame_alone() {
    let (whole, model) = segment();
    let (end, links) = prefixes(&model);
    let newest = end - model.frames().last().unwrap().len();
    let mut cut_bits = 0;
    for at in 0..SEGMENT_BYTES {
        // Behind the frames one bit is as good as another.
        for bit in 0..if at < end { 8 } else { 1 } {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            let Some(outcome) = scanned(&bytes) else {
                assert!(at < 4_096);
                continue;
            };
            assert!(4_096 <= at, "a flip in the header at {at} was not seen");
            let Ok(tail) = outcome else { continue };
            assert!(
                newest <= at,
                "a flip in an older frame at {at} was not seen"
            );
            let expected = if at < end {
                links.len() - 2
            } else {
                links.len() - 1
            };
            assert_eq!(tail.reach.state().link, links[expected]);
            assert!(tail.torn.unwrap().contains(&at) || at < end);
            cut_bits += u32::from(at < end);
        }
    }
    // Of the newest frame only a few bits, those of its lengths, make it look torn.
    assert!(cut_bits < 80, "{cut_bits}");
}

#[test]
fn a_damaged_frame_names_the_valid_frame_behind_it() {
    let (mut bytes, model) = segment();
    let second = 4_096 + model.frames()[0].len();
    bytes[second + 80] ^= 1;
    let damage = scanned(&bytes).unwrap().unwrap_err();
    assert_eq!((damage.offset, damage.position.get()), (second, 2));
    let DamageFault::FollowedByFrame {
        later_offset,
        later_position,
        ..
    } = damage.fault
    else {
        panic!("{damage:?}")
    };
    let third = second + model.frames()[1].len();
    assert_eq!(
        (later_offset, later_position.get()),
        (third.try_into().unwrap(), 4)
    );
}

#[test]
fn a_sound_frame_that_does_not_continue_is_never_cut() {
    let (whole, model) = segment();
    let (end, _) = prefixes(&model);
    let mut elsewhere = ModelLedger::new(&"other.example/events".parse().unwrap());
    let older = model.frames()[3].clone();
    let foreign = elsewhere.frame(Epoch::new(1), &[6], 100);
    elsewhere.accept(foreign);
    for frame in [
        older,
        elsewhere.frame(Epoch::new(1), &[1], 100).bytes,
        model.frame(Epoch::ZERO, &[1], 100).bytes,
    ] {
        let mut bytes = whole.clone();
        bytes[end..end + frame.len()].copy_from_slice(&frame);
        let damage = scanned(&bytes).unwrap().unwrap_err();
        assert_eq!(
            (damage.offset, damage.position),
            (end, model.state().next_position())
        );
        assert!(matches!(damage.fault, DamageFault::Frame(_)), "{damage:?}");
    }
}

#[test]
fn a_file_cut_at_any_length_is_refused() {
    let (whole, _) = segment();
    let disk = MemoryDisk::new();
    for length in (0..SEGMENT_BYTES)
        .step_by(7)
        .chain(SEGMENT_BYTES - 9..SEGMENT_BYTES)
    {
        disk.replace("00000000000000000000.seg", &whole[..length]);
        let refused = Unrecovered::open_on(Arc::new(disk.clone()), &origin(), &SMALL).err();
        let Some(OpenError::Damaged(damage)) = refused else {
            panic!("{length}: {refused:?}")
        };
        assert!(
            matches!(damage.fault, DamageFault::Length { .. }),
            "{damage}"
        );
    }
    disk.replace("00000000000000000000.seg", &whole);
    Unrecovered::open_on(Arc::new(disk), &origin(), &SMALL).unwrap();
}
