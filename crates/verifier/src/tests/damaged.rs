//! Damage other than one bit: cut, swapped, repeated, missing, torn.

use std::sync::Arc;

use sabt_chain::segment::SEGMENT_HEADER_BYTES;
use sabt_chain::{LedgerName, Position};

use super::support::Registry;
use crate::class::FaultClass;
use crate::report::Report;

type Edit = Box<dyn Fn(&mut Vec<u8>)>;
type TestFiles = Vec<(String, Arc<[u8]>)>;

fn edited(files: &TestFiles, path: &str, edit: impl Fn(&mut Vec<u8>)) -> TestFiles {
    let mut files = files.clone();
    let (_, bytes) = files.iter_mut().find(|(name, _)| name == path).unwrap();
    let mut edited = bytes.to_vec();
    edit(&mut edited);
    *bytes = edited.into();
    files
}

fn first(report: &Report) -> Option<(FaultClass, Option<u64>)> {
    let fault = report.faults.first()?;
    Some((fault.class(), fault.position.map(Position::get)))
}

/// Path of the last segment of events, and offsets of its frames with their first positions.
fn last_segment(registry: &Registry) -> (String, Vec<(usize, u64)>, usize) {
    let ledger = &registry.events;
    let start = *ledger.segment_starts.last().unwrap();
    let mut offset = SEGMENT_HEADER_BYTES;
    let mut frames = Vec::new();
    for frame in &ledger.frames[start..] {
        frames.push((offset, frame.before.next_position().get()));
        offset += frame.bytes.len();
    }
    let path = ledger.segment_path(ledger.frames[start].before.next_position());
    (path, frames, offset)
}

#[test]
fn a_file_cut_anywhere_is_noticed() {
    let registry = Registry::complete();
    let files = registry.data_files();
    let (path, frames, end) = last_segment(&registry);
    let size = registry.events.state.size().get();
    // Any step that is no multiple of 8 meets every kind of place.
    for length in (0..end + 8).step_by(3) {
        let report = registry.verify_files(edited(&files, &path, |bytes| bytes.truncate(length)));
        let whole = frames.iter().rev().find(|(offset, _)| *offset <= length);
        let expected = match whole {
            None => (FaultClass::SegmentHeader, frames[0].1),
            Some(_) if end <= length => (FaultClass::TornTail, size),
            Some((_, position)) => (FaultClass::TornTail, *position),
        };
        let found = first(&report);
        assert_eq!(
            found,
            Some((expected.0, Some(expected.1))),
            "cut at {length}: {report}"
        );
        let missing = report
            .faults
            .iter()
            .any(|fault| fault.class() == FaultClass::RecordsMissing);
        assert_eq!(missing, length < end, "cut at {length}: {report}");
    }
}

/// As after a power cut: the file keeps its length, the end was never written.
#[test]
fn a_torn_frame_is_told_from_corruption() {
    let registry = Registry::complete();
    let files = registry.data_files();
    let (path, frames, end) = last_segment(&registry);
    let (offset, position) = *frames.last().unwrap();
    // From the payloads on, header and envelopes are whole and the digests decide.
    let frame = sabt_chain::frame::FrameHeader::peek(&registry.events.frames.last().unwrap().bytes);
    let covered = 68 + frame.unwrap().envelopes_len();
    for written in 1..end - offset - 8 {
        let report = registry.verify_files(edited(&files, &path, |bytes| {
            bytes[offset + written..end].fill(0);
        }));
        let (class, found) = first(&report).unwrap();
        // An envelope that happens to end in the zeros is one flipped bit away from whole.
        if written + 8 < covered {
            assert_eq!(
                (class, found),
                (FaultClass::TornTail, Some(position)),
                "{written} {report}"
            );
        } else {
            assert!(!report.is_sound(), "{written}");
        }
    }
}

#[test]
fn frames_out_of_order_are_gaps() {
    let registry = Registry::complete();
    let files = registry.data_files();
    let (path, frames, _) = last_segment(&registry);
    let (a, position) = frames[1];
    let (b, _) = frames[2];
    let (c, _) = frames[3];
    let swapped = edited(&files, &path, |bytes| bytes[a..c].rotate_left(b - a));
    assert_eq!(
        first(&registry.verify_files(swapped)),
        Some((FaultClass::Position, Some(position)))
    );
    let removed = edited(&files, &path, |bytes| {
        let zeros = vec![0; b - a];
        bytes.drain(a..b);
        bytes.extend(zeros);
    });
    assert_eq!(
        first(&registry.verify_files(removed)),
        Some((FaultClass::Position, Some(position)))
    );
    let repeated = edited(&files, &path, |bytes| {
        let frame = bytes[a..b].to_vec();
        bytes.splice(b..b, frame);
    });
    let report = registry.verify_files(repeated);
    assert_eq!(first(&report).unwrap().0, FaultClass::Position, "{report}");
}

#[test]
fn a_lost_frame_is_reported_once_and_the_rest_is_still_checked() {
    let registry = Registry::complete();
    let files = registry.data_files();
    let (path, frames, _) = last_segment(&registry);
    let (offset, position) = frames[1];
    let (next, _) = frames[2];
    let wiped = edited(&files, &path, |bytes| bytes[offset..next].fill(0));
    let report = registry.verify_files(wiped);
    assert_eq!(
        first(&report),
        Some((FaultClass::FrameStructure, Some(position))),
        "{report}"
    );
    assert!(
        report
            .faults
            .iter()
            .all(|fault| fault.class() != FaultClass::Position),
        "{report}"
    );
    assert_eq!(report.events.root, None);

    // In a segment before the last, the next segment's header takes up the tree, and the root is confirmed.
    let (first_path, damaged) = {
        let ledger = &registry.events;
        (
            ledger.segment_path(Position::FIRST),
            SEGMENT_HEADER_BYTES + ledger.frames[0].bytes.len(),
        )
    };
    let length = registry.events.frames[1].bytes.len();
    let wiped = edited(&files, &first_path, |bytes| {
        bytes[damaged..damaged + length].fill(0);
    });
    let report = registry.verify_files(wiped);
    assert_eq!(
        first(&report),
        Some((FaultClass::FrameStructure, Some(1))),
        "{report}"
    );
    assert!(report.events.checkpoint_holds, "{report}");
}

#[test]
fn more_than_one_wrong_bit() {
    let registry = Registry::complete();
    let files = registry.data_files();
    let (path, frames, end) = last_segment(&registry);
    let (offset, position) = frames[1];
    let fill = |range: std::ops::Range<usize>| -> Edit {
        Box::new(move |bytes: &mut Vec<u8>| bytes[range.clone()].fill(0x5a))
    };
    let at = |start: usize, length: usize| offset + start..offset + start + length;
    let cases: [(&str, Edit, FaultClass, u64); 7] = [
        (
            "magic",
            fill(at(0, 4)),
            FaultClass::FrameStructure,
            position,
        ),
        (
            "first position",
            fill(at(12, 8)),
            FaultClass::FrameStructure,
            position,
        ),
        (
            "link before",
            fill(at(32, 32)),
            FaultClass::FrameStructure,
            position,
        ),
        (
            "checksum",
            fill(at(64, 4)),
            FaultClass::FrameChecksum,
            position,
        ),
        (
            "subject tag",
            fill(at(68 + 2 + 50, 16)),
            FaultClass::Envelope,
            position,
        ),
        (
            "previous",
            fill(at(68 + 2 + 10, 32)),
            FaultClass::Link,
            position,
        ),
        ("tail", fill(end..end + 40), FaultClass::Padding, 14),
    ];
    for (name, edit, class, position) in cases {
        let report = registry.verify_files(edited(&files, &path, edit));
        assert_eq!(
            first(&report),
            Some((class, Some(position))),
            "{name}: {report}"
        );
    }
}

#[test]
fn missing_and_stray_files() {
    let registry = Registry::complete();
    let files = registry.data_files();
    let first_segment = registry.events.segment_path(Position::FIRST);
    let without = |path: &str| {
        let mut files = files.clone();
        files.retain(|(name, _)| name != path);
        registry.verify_files(files)
    };
    assert_eq!(
        first(&without(&first_segment)),
        Some((FaultClass::Position, Some(0)))
    );
    let report = without("disclosures/checkpoint");
    assert_eq!(first(&report), Some((FaultClass::CheckpointMissing, None)));
    assert_eq!(report.faults[0].ledger, LedgerName::Disclosures);
    let mut stray = files.clone();
    stray.push(("events/copy.seg".to_owned(), Arc::from([0; 10])));
    stray.push(("events/spare".to_owned(), Arc::from([0; 10])));
    assert_eq!(
        first(&registry.verify_files(stray)),
        Some((FaultClass::SegmentHeader, None))
    );
    // A segment under another's name.
    let mut renamed = files.clone();
    let (last, frames, _) = last_segment(&registry);
    for (name, _) in &mut renamed {
        if *name == last {
            *name = registry.events.segment_path(Position::new(frames[0].1 + 1));
        }
    }
    let report = registry.verify_files(renamed);
    assert_eq!(
        first(&report).unwrap().0,
        FaultClass::SegmentHeader,
        "{report}"
    );
}
