//! What opening refuses, and what it never needs to read.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use sabt_chain::frame::{Frame, FrameError};
use sabt_chain::{Position, Size};

use super::{SMALL, is_segment, origin};
use crate::backend::{Backend, Owner};
use crate::conformance::ModelLedger;
use crate::error::{AppendError, DamageFault, FrameFault, OpenError, ReadError};
use crate::journal::{FileJournal, Options};
use crate::recovery::Unrecovered;
use crate::storage::Storage as _;
use crate::storage::memory::MemoryDisk;

/// A ledger of several segments.
pub(super) fn grown() -> (MemoryDisk, ModelLedger) {
    let disk = MemoryDisk::new();
    let journal = FileJournal::create_on(Arc::new(disk.clone()), &origin(), &SMALL).unwrap();
    let (epoch, _) = journal.open_epoch(&Owner::new("writer").unwrap()).unwrap();
    let mut model = ModelLedger::new(&origin());
    for _ in 0..30 {
        model.append(&journal, epoch, &[1, 2], 300);
    }
    (disk, model)
}

pub(super) fn open(disk: &MemoryDisk) -> Result<FileJournal, OpenError> {
    FileJournal::open_on(Arc::new(disk.clone()), &origin(), &SMALL)
}

#[test]
fn one_process_and_one_ledger() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("events");
    let missing = FileJournal::open(&directory, &origin(), &SMALL).err();
    assert!(matches!(missing, Some(OpenError::NoLedger)), "{missing:?}");
    let journal = FileJournal::create(&directory, &origin(), &SMALL).unwrap();
    let busy = FileJournal::open(&directory, &origin(), &SMALL).err();
    assert!(matches!(busy, Some(OpenError::Busy)), "{busy:?}");
    drop(journal);
    let again = FileJournal::create(&directory, &origin(), &SMALL).err();
    assert!(matches!(again, Some(OpenError::AlreadyExists)), "{again:?}");
    let other = "other.example/events".parse().unwrap();
    let wrong = FileJournal::open(&directory, &other, &SMALL).err();
    let Some(OpenError::Damaged(damage)) = wrong else {
        panic!("{wrong:?}")
    };
    assert!(matches!(damage.fault, DamageFault::Origin), "{damage}");
    FileJournal::open(&directory, &origin(), &SMALL).unwrap();
}

#[test]
fn options_that_no_segment_can_have() {
    for segment_bytes in [0, 4_096, 8_191, 10_000] {
        let options = Options {
            segment_bytes,
            ..SMALL
        };
        let disk = Arc::new(MemoryDisk::new());
        let refused = FileJournal::create_on(disk, &origin(), &options).err();
        assert!(
            matches!(refused, Some(OpenError::SegmentBytes { .. })),
            "{segment_bytes}"
        );
    }
}

#[test]
fn segments_keep_their_length_when_the_options_change() {
    let (disk, mut model) = grown();
    for segment_bytes in [20_480, 8_192] {
        let options = Options {
            segment_bytes,
            ..SMALL
        };
        let journal = FileJournal::open_on(Arc::new(disk.clone()), &origin(), &options).unwrap();
        let (epoch, _) = journal.open_epoch(&Owner::new("writer").unwrap()).unwrap();
        for _ in 0..10 {
            model.append(&journal, epoch, &[2], 500);
        }
        model.check(&journal);
    }
}

#[test]
fn a_frame_that_fits_no_segment_is_refused() {
    let (disk, mut model) = grown();
    let journal = open(&disk).unwrap();
    let (epoch, _) = journal.open_epoch(&Owner::new("writer").unwrap()).unwrap();
    let large = model.frame(epoch, &[5], 2_000);
    let refused = journal.append(epoch, &model.head(), &large.bytes);
    let Err(AppendError::Invalid {
        source: FrameFault::TooLarge { room_bytes, .. },
    }) = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!(room_bytes, 8_192);
    model.append(&journal, epoch, &[1], 64);
}

#[test]
fn strays_and_malformed_lists_are_refused() {
    let (disk, _) = grown();
    disk.replace("copy.seg", b"");
    let stray = open(&disk).err();
    assert!(
        matches!(stray, Some(OpenError::StrayFile { .. })),
        "{stray:?}"
    );
    disk.remove("copy.seg").unwrap();
    disk.replace("erasing", b"not a list");
    let Some(OpenError::Damaged(damage)) = open(&disk).err() else {
        panic!("accepted")
    };
    assert!(matches!(damage.fault, DamageFault::Intent), "{damage}");
    disk.remove("erasing").unwrap();
    open(&disk).unwrap();
}

#[test]
fn a_ledger_shorter_than_what_was_signed_is_left_alone() {
    let (disk, model) = grown();
    let newest = disk
        .list()
        .unwrap()
        .into_iter()
        .rfind(|name| is_segment(name))
        .unwrap();
    let mut bytes = disk.contents(&newest).unwrap();
    let last = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[last - 200..].fill(0);
    disk.replace(&newest, &bytes);
    let unrecovered = Unrecovered::open_on(Arc::new(disk.clone()), &origin(), &SMALL).unwrap();
    assert!(unrecovered.torn_bytes() > 0);
    let short = unrecovered.require(model.head().size).err();
    assert!(matches!(short, Some(OpenError::Short { .. })), "{short:?}");
    assert_eq!(
        disk.contents(&newest).unwrap(),
        bytes,
        "nothing was cleared"
    );
    let unrecovered = Unrecovered::open_on(Arc::new(disk.clone()), &origin(), &SMALL).unwrap();
    let shorter = Size::new(model.head().size.get() - 3);
    let journal = unrecovered.require(shorter).unwrap().recover().unwrap();
    assert_eq!(journal.head().unwrap().size, shorter);
    assert!(journal.recovery().torn_bytes > 0);
    let cleared = disk.contents(&newest).unwrap();
    assert!(cleared[last - 600..].iter().all(|byte| *byte == 0));
}

#[test]
fn old_segments_are_checked_when_they_are_read() {
    let (disk, model) = grown();
    let segments: Vec<_> = disk
        .list()
        .unwrap()
        .into_iter()
        .filter(|name| is_segment(name))
        .collect();
    assert!(3 < segments.len());
    let whole = disk.contents(&segments[1]).unwrap();
    let first: u64 = segments[1].strip_suffix(".seg").unwrap().parse().unwrap();
    for (at, bit) in [
        (0, 1),
        (100, 1),
        (4_100, 2),
        (4_096 + 300, 4),
        (4_096 + 700, 1),
    ] {
        let mut bytes = whole.clone();
        bytes[at] ^= bit;
        disk.replace(&segments[1], &bytes);
        let journal = open(&disk).unwrap();
        let mut reader = journal.read(Position::FIRST).unwrap();
        let damage = loop {
            match reader.next_frame() {
                Ok(frame) => assert!(frame.is_some(), "damage at {at} was not seen"),
                Err(ReadError::Damaged(damage)) => break damage,
                Err(error) => panic!("{error:?}"),
            }
        };
        assert_eq!(
            (damage.file.as_str(), damage.position.get()),
            (segments[1].as_str(), first)
        );
        assert_eq!(reader.position().get(), first);
        // What stands behind the damage can still be read.
        let behind = Position::new(model.head().size.get() - 1);
        assert!(
            journal
                .read(behind)
                .unwrap()
                .next_frame()
                .unwrap()
                .is_some()
        );
    }
    disk.remove(&segments[1]).unwrap();
    let journal = open(&disk).unwrap();
    let mut reader = journal.read(Position::new(first)).unwrap();
    let Err(ReadError::Damaged(damage)) = reader.next_frame() else {
        panic!("a gap was not seen")
    };
    assert!(
        matches!(damage.fault, DamageFault::EndsEarly { .. }),
        "{damage}"
    );
}

/// Two ledgers of one origin whose files are alike but for what the first act says.
fn twins() -> [(MemoryDisk, Vec<String>, ModelLedger); 2] {
    [[1, 2], [2, 1]].map(|first| {
        let disk = MemoryDisk::new();
        let journal = FileJournal::create_on(Arc::new(disk.clone()), &origin(), &SMALL).unwrap();
        let (epoch, _) = journal.open_epoch(&Owner::new("writer").unwrap()).unwrap();
        let mut model = ModelLedger::new(&origin());
        model.append(&journal, epoch, &first, 300);
        for _ in 0..29 {
            model.append(&journal, epoch, &[1, 2], 300);
        }
        let names = disk.list().unwrap();
        let segments = names.into_iter().filter(|name| is_segment(name)).collect();
        (disk, segments, model)
    })
}

/// The damage that a reader from `from` meets.
fn damage_from(disk: &MemoryDisk, from: u64) -> crate::Damage {
    let journal = open(disk).unwrap();
    let mut reader = journal.read(Position::new(from)).unwrap();
    loop {
        match reader.next_frame() {
            Ok(frame) => assert!(frame.is_some(), "nothing was noticed from {from} on"),
            Err(ReadError::Damaged(damage)) => return *damage,
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[test]
fn a_sound_frame_of_another_history_breaks_the_chain() {
    let [(disk, segments, model), (_, _, other)] = twins();
    let mut bytes = disk.contents(&segments[0]).unwrap();
    let frame = &other.frames()[0];
    assert_eq!(frame.len(), model.frames()[0].len());
    bytes[4_096..4_096 + frame.len()].copy_from_slice(frame);
    disk.replace(&segments[0], &bytes);
    let damage = damage_from(&disk, 0);
    assert_eq!(
        damage.position.get(),
        3,
        "the record behind the foreign frame"
    );
    assert!(matches!(
        damage.fault,
        DamageFault::Frame(FrameFault::Frame(FrameError::Link { .. }))
    ));
}

#[test]
fn a_segment_of_another_history_breaks_the_chain() {
    let [(disk, segments, _), (other, _, _)] = twins();
    disk.replace(&segments[1], &other.contents(&segments[1]).unwrap());
    let first_of = |index: usize| {
        segments[index]
            .strip_suffix(".seg")
            .unwrap()
            .parse()
            .unwrap()
    };
    // Coming from before it, its own header betrays it; starting in it, the header of the next one does.
    for (from, position) in [
        (0, first_of(1)),
        (first_of(1), first_of(2)),
        (first_of(1) + 4, first_of(2)),
    ] {
        let damage = damage_from(&disk, from);
        assert_eq!(damage.position.get(), position);
        assert!(
            matches!(damage.fault, DamageFault::Discontinuity),
            "{damage}"
        );
    }
}

#[test]
fn a_spare_that_a_crash_left_is_made_anew() {
    let (disk, mut model) = grown();
    let garbage: Vec<u8> = (1..=251).cycle().take(12_288).collect();
    for leftover in [
        &garbage[..],
        &garbage[..5_000],
        &[garbage.clone(), garbage.clone()].concat(),
    ] {
        disk.replace("spare", leftover);
        let journal = open(&disk).unwrap();
        let (epoch, _) = journal.open_epoch(&Owner::new("writer").unwrap()).unwrap();
        for _ in 0..8 {
            model.append(&journal, epoch, &[1, 2], 300);
        }
        model.check(&journal);
        drop(journal);
        let newest = disk
            .list()
            .unwrap()
            .into_iter()
            .rfind(|name| is_segment(name))
            .unwrap();
        let bytes = disk.contents(&newest).unwrap();
        assert_eq!((bytes.len(), bytes.last()), (12_288, Some(&0)));
    }
}

#[test]
fn an_owner_is_a_short_visible_name() {
    for name in ["", "two words", "\u{645}", &"x".repeat(256)] {
        Owner::new(name).unwrap_err();
    }
    assert_eq!(Owner::new("host-1/4711").unwrap().as_str(), "host-1/4711");
}

#[test]
fn opening_reads_the_newest_segment_alone() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("events");
    let journal = FileJournal::create(&directory, &origin(), &SMALL).unwrap();
    let (epoch, _) = journal.open_epoch(&Owner::new("writer").unwrap()).unwrap();
    let mut model = ModelLedger::new(&origin());
    for _ in 0..20 {
        model.append(&journal, epoch, &[1, 2], 300);
    }
    drop(journal);
    // Every older segment is unreadable, and opening does not notice.
    let segments = std::fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut segments: Vec<_> = segments
        .filter(|path| path.extension().is_some_and(|suffix| suffix == "seg"))
        .collect();
    segments.sort();
    segments.pop();
    for segment in &segments {
        std::fs::OpenOptions::new()
            .write(true)
            .open(segment)
            .unwrap()
            .set_len(0)
            .unwrap();
    }
    let journal = FileJournal::open(&directory, &origin(), &SMALL).unwrap();
    assert_eq!(journal.head().unwrap(), model.head());
    let late = journal
        .wait_beyond(model.head().size, Duration::from_millis(1))
        .unwrap();
    assert_eq!(late, model.head());
    let damage = journal
        .read(Position::FIRST)
        .unwrap()
        .next_frame()
        .unwrap_err();
    assert!(matches!(damage, ReadError::Damaged(_)), "{damage:?}");
}

/// A frame of the model whose first payload is overwritten with zeros, and the position of it.
fn with_zeros(frame: &[u8]) -> (Vec<u8>, Position) {
    let parsed = Frame::parse(frame).unwrap();
    let record = parsed.records().next().unwrap();
    let mut bytes = frame.to_vec();
    bytes[record.sealed_offset..][..record.sealed.len()].fill(0);
    (bytes, record.envelope.position)
}

#[test]
fn zeros_are_appended_only_where_they_were_carried_over() {
    let disk = MemoryDisk::new();
    let journal = FileJournal::create_on(Arc::new(disk.clone()), &origin(), &SMALL).unwrap();
    let (epoch, head) = journal.open_epoch(&Owner::new("writer").unwrap()).unwrap();
    let mut model = ModelLedger::new(&origin());
    let next = model.frame(epoch, &[1, 2], 300);
    let (frame, zeroed) = with_zeros(&next.bytes);
    let none = BTreeSet::new();
    let only = BTreeSet::from([zeroed]);
    let more = BTreeSet::from([zeroed, Position::new(zeroed.get() + 1)]);
    let refused = |outcome: Result<_, AppendError>, at: u64| {
        let Err(AppendError::Invalid {
            source: FrameFault::Frame(FrameError::Digest { position }),
        }) = outcome
        else {
            panic!("{outcome:?}")
        };
        assert_eq!(position.get(), at);
    };
    refused(journal.append(epoch, &head, &frame), 0);
    refused(journal.append_carried(epoch, &head, &frame, &none), 0);
    refused(journal.append_carried(epoch, &head, &frame, &more), 1);
    refused(journal.append_carried(epoch, &head, &next.bytes, &only), 0);
    journal.append_carried(epoch, &head, &frame, &only).unwrap();
    model.accept(next);

    // It stays when another frame follows it.
    model.append(&journal, epoch, &[1], 300);
    drop(journal);
    let journal = open(&disk).unwrap();
    assert_eq!(journal.recovery().torn_bytes, 0);
    let stored = journal.read(zeroed).unwrap().next_frame().unwrap().unwrap();
    assert_eq!(stored.bytes(), frame);
}
