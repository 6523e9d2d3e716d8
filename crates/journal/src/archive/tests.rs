use std::collections::BTreeSet;
use std::fs;

use sabt_chain::{Position, Size};
use tempfile::TempDir;

use super::{Archive, Copied, CopyError, Side, erase_copied};
use crate::backend::Backend as _;
use crate::journal::{FileJournal, Options};
use crate::layout::{digest_name, segment_name};
use crate::scrub::ScrubStep;
use crate::scrub::tests::{ERASED, ERASURE, Ledger, origin};

fn copy(ledger: &Ledger, to: &TempDir, since: u64, up_to: Size) -> Result<Copied, CopyError> {
    let archive = Archive::open(ledger.path(), &origin())?;
    archive.copy_to(to.path(), Size::new(since), &[], up_to, &mut |_| {})
}

fn size(ledger: &Ledger) -> Size {
    ledger.model.head().size
}

#[test]
fn a_copy_of_a_ledger_that_is_held_is_the_ledger() {
    let ledger = Ledger::new();
    let to = TempDir::new().unwrap();
    let copied = copy(&ledger, &to, 0, size(&ledger)).unwrap();
    assert_eq!(copied.head, ledger.model.head());
    assert_eq!(copied.root, ledger.model.state().root());
    assert_eq!(
        copied
            .segments
            .iter()
            .map(|segment| segment.first)
            .collect::<Vec<_>>(),
        ledger.segments()
    );
    for segment in &copied.segments {
        let name = segment_name(segment.first);
        let read = |dir: &std::path::Path| fs::read(dir.join(&name)).unwrap();
        assert!(read(ledger.path()) == read(to.path()), "{name}");
        assert_eq!(
            segment.digest.is_some(),
            to.path().join(digest_name(segment.first)).exists()
        );
    }
    // It opens as a ledger and goes on.
    let options = Options::default();
    let journal = FileJournal::open(to.path(), &origin(), &options).unwrap();
    ledger.model.check(&journal);
}

#[test]
fn frames_are_read_while_the_ledger_is_held_and_grows() {
    let mut ledger = Ledger::new();
    let read = |ledger: &Ledger, from: u64, until: Size| {
        let archive = Archive::open(ledger.path(), &origin()).unwrap();
        let frames = archive.into_frames(Position::new(from), until);
        frames.collect::<Result<Vec<_>, _>>()
    };
    let bytes = |ledger: &Ledger| -> Vec<Vec<u8>> { ledger.model.frames().to_vec() };
    let before = size(&ledger);
    let all = read(&ledger, 0, before).unwrap();
    let found: Vec<Vec<u8>> = all.iter().map(|frame| frame.bytes().to_vec()).collect();
    assert!(found == bytes(&ledger));
    assert_eq!(all.last().unwrap().link(), ledger.model.head().link);
    ledger
        .model
        .append(&ledger.journal, ledger.epoch, &[1], 500);
    // Only what is asked for, from the segment on in which it stands.
    let same = read(&ledger, 0, before).unwrap();
    assert_eq!(same.len(), all.len());
    let rest = read(&ledger, before.get(), size(&ledger)).unwrap();
    assert!(rest.len() < all.len());
    assert!(rest.last().unwrap().bytes() == bytes(&ledger).last().unwrap());
    // More than there is are too few.
    let more = Size::new(size(&ledger).get() + 1);
    let short = read(&ledger, 0, more);
    assert!(matches!(short, Err(CopyError::Short { .. })), "{short:?}");
}

#[test]
fn only_what_is_new_is_written_again() {
    let mut ledger = Ledger::new();
    let to = TempDir::new().unwrap();
    let before = size(&ledger);
    let first = copy(&ledger, &to, 0, before).unwrap();
    let again = copy(&ledger, &to, before.get(), before).unwrap();
    assert_eq!(again.written_bytes, 0);
    assert_eq!((again.head, again.root), (first.head, first.root));
    ledger
        .model
        .append(&ledger.journal, ledger.epoch, &[1], 500);
    let frame = ledger.model.frames().last().unwrap().len();
    let mut told = Vec::new();
    let archive = Archive::open(ledger.path(), &origin()).unwrap();
    let more = archive
        .copy_to(to.path(), before, &[], size(&ledger), &mut |record| {
            told.push(record.envelope.position);
        })
        .unwrap();
    assert_eq!(more.written_bytes, frame as u64);
    // Nothing has a digest in the source yet, so everything is read, and what is read is told in order.
    let all: Vec<Position> = (0..size(&ledger).get()).map(Position::new).collect();
    assert_eq!(told, all);
    told.retain(|position| !before.covers(*position));
    assert_eq!(told, [before.next_position()]);
    assert_eq!(more.head, ledger.model.head());
}

#[test]
fn what_the_same_caller_has_copied_is_not_read_again() {
    let mut ledger = Ledger::new();
    let to = TempDir::new().unwrap();
    let before = size(&ledger);
    let first = copy(&ledger, &to, 0, before).unwrap();
    ledger
        .model
        .append(&ledger.journal, ledger.epoch, &[1], 500);
    // No digest stands in the source yet, so only whoever knows may pass the older segments by.
    assert!(!ledger.path().join(digest_name(Position::FIRST)).exists());
    let name = segment_name(Position::FIRST);
    let mut rotten = fs::read(ledger.path().join(&name)).unwrap();
    rotten[4_200] ^= 1;
    #[expect(clippy::disallowed_methods, reason = "a test damages a file")]
    fs::write(ledger.path().join(&name), rotten).unwrap();
    copy(&ledger, &to, before.get(), size(&ledger)).unwrap_err();

    let archive = Archive::open(ledger.path(), &origin()).unwrap();
    let mut told = Vec::new();
    let more = archive
        .copy_to(
            to.path(),
            before,
            &first.segments,
            size(&ledger),
            &mut |record| told.push(record.envelope.position),
        )
        .unwrap();
    assert_eq!(more.head, ledger.model.head());
    assert_eq!(more.root, ledger.model.state().root());
    assert_eq!(
        told.first(),
        first.segments.last().map(|newest| &newest.first)
    );
}

#[test]
fn what_explains_zeros_is_read_with_them() {
    let ledger = Ledger::new();
    let to = TempDir::new().unwrap();
    let whole = size(&ledger);
    copy(&ledger, &to, 0, whole).unwrap();
    ledger.erase(ERASED);
    // All sealed segments could be passed by, but the first has no digest in the source.
    let mut scrub = ledger.journal.scrub();
    while scrub.step(&mut |_| vec![ERASED], &mut |_| {}) != ScrubStep::Ended {}
    fs::remove_file(ledger.path().join(digest_name(Position::FIRST))).unwrap();
    let archive = Archive::open(ledger.path(), &origin()).unwrap();
    let mut told = BTreeSet::new();
    let copied = archive
        .copy_to(to.path(), whole, &[], whole, &mut |record| {
            told.insert(record.envelope.position);
        })
        .unwrap();
    assert_eq!(copied.zeroed, BTreeSet::from([ERASED]));
    assert!(told.contains(&ERASURE));
}

#[test]
fn it_ends_where_it_is_told_and_only_at_a_frame() {
    let ledger = Ledger::new();
    // Frames of three records each.
    let to = TempDir::new().unwrap();
    let copied = copy(&ledger, &to, 0, Size::new(6)).unwrap();
    assert_eq!(copied.head.size, Size::new(6));
    let archive = Archive::open(to.path(), &origin()).unwrap();
    assert_eq!(archive.extent(Size::new(6)).unwrap(), Size::new(6));
    assert!(matches!(
        archive.extent(Size::new(7)),
        Err(CopyError::Short { .. })
    ));
    let other = TempDir::new().unwrap();
    assert!(matches!(
        copy(&ledger, &other, 0, Size::new(7)),
        Err(CopyError::Unaligned { .. })
    ));
    let beyond = Size::new(size(&ledger).get() + 3);
    assert!(matches!(
        copy(&ledger, &other, 0, beyond),
        Err(CopyError::Short { .. })
    ));
    // The same copy goes on to the end.
    let rest = copy(&ledger, &to, 6, size(&ledger)).unwrap();
    assert_eq!(rest.head, ledger.model.head());
}

#[test]
fn rot_in_the_source_never_reaches_the_copy() {
    let ledger = Ledger::new();
    let name = segment_name(Position::FIRST);
    let bytes = fs::read(ledger.path().join(&name)).unwrap();
    let to = TempDir::new().unwrap();
    let whole = size(&ledger);
    copy(&ledger, &to, 0, whole).unwrap();
    let good = fs::read(to.path().join(&name)).unwrap();
    for offset in [100, 4_100, 4_200, 6_000] {
        let mut rotten = bytes.clone();
        rotten[offset] ^= 1;
        #[expect(clippy::disallowed_methods, reason = "a test damages a file")]
        fs::write(ledger.path().join(&name), rotten).unwrap();
        let fresh = TempDir::new().unwrap();
        let refused = copy(&ledger, &fresh, 0, whole);
        assert!(
            matches!(
                refused,
                Err(CopyError::Damaged {
                    side: Side::Source,
                    ..
                })
            ),
            "byte {offset}: {refused:?}"
        );
        assert!(!fresh.path().join(&name).exists());
        // Asked to read the segment again, it refuses; the good copy stands.
        copy(&ledger, &to, 0, whole).unwrap_err();
        assert!(fs::read(to.path().join(&name)).unwrap() == good);
    }
}

#[test]
fn a_copy_of_another_history_is_not_touched() {
    let ledger = Ledger::new();
    let to = TempDir::new().unwrap();
    copy(&ledger, &to, 0, Size::new(6)).unwrap();
    let other = Ledger::other();
    let refused = copy(&other, &to, 6, size(&other));
    assert!(
        matches!(refused, Err(CopyError::Differs { .. })),
        "{refused:?}"
    );
    let archive = Archive::open(to.path(), &origin()).unwrap();
    assert_eq!(archive.extent(Size::EMPTY).unwrap(), Size::new(6));
}

#[test]
fn an_erasure_reaches_the_copy() {
    let ledger = Ledger::new();
    let to = TempDir::new().unwrap();
    let whole = size(&ledger);
    copy(&ledger, &to, 0, whole).unwrap();
    ledger.erase(ERASED);
    let positions = BTreeSet::from([ERASED]);
    assert_eq!(erase_copied(to.path(), &origin(), &positions).unwrap(), 1);
    let name = segment_name(Position::FIRST);
    let read = |dir: &std::path::Path| fs::read(dir.join(&name)).unwrap();
    assert!(read(ledger.path()) == read(to.path()));
    // A fresh copy says which payloads are zeros.
    let fresh = TempDir::new().unwrap();
    let copied = copy(&ledger, &fresh, 0, whole).unwrap();
    assert_eq!(copied.zeroed, positions);
}

#[test]
fn an_interrupted_copy_is_completed() {
    let ledger = Ledger::new();
    let whole = size(&ledger);
    let to = TempDir::new().unwrap();
    copy(&ledger, &to, 0, Size::new(3)).unwrap();
    let name = segment_name(Position::FIRST);
    let mut torn = fs::read(to.path().join(&name)).unwrap();
    let source = fs::read(ledger.path().join(&name)).unwrap();
    let end = torn
        .iter()
        .rposition(|byte| *byte != 0)
        .unwrap()
        .next_multiple_of(8);
    torn[end..end + 300].copy_from_slice(&source[end..end + 300]);
    #[expect(clippy::disallowed_methods, reason = "a test damages a file")]
    fs::write(to.path().join(&name), torn).unwrap();
    let archive = Archive::open(to.path(), &origin()).unwrap();
    assert_eq!(archive.extent(Size::new(3)).unwrap(), Size::new(3));
    let copied = copy(&ledger, &to, 3, whole).unwrap();
    assert_eq!(copied.head, ledger.model.head());
    let journal = FileJournal::open(to.path(), &origin(), &Options::default()).unwrap();
    assert_eq!(journal.head().unwrap(), ledger.model.head());
}
