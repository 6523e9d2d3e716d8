//! Ledgers whose bytes are sound and whose history is not: written by somebody who has the program.

use sabt_chain::{Envelope, Hash, LedgerName, Position, Timestamp};

use super::support::{Registry, raw_frame};
use crate::class::FaultClass;
use crate::report::Report;

/// Ledger, position and class of every fault.
pub(crate) fn all(report: &Report) -> Vec<(LedgerName, Option<u64>, FaultClass)> {
    let faults = report.faults.iter();
    faults
        .map(|fault| {
            (
                fault.ledger,
                fault.position.map(Position::get),
                fault.class(),
            )
        })
        .collect()
}

/// The only fault must be this one, in the events ledger.
#[track_caller]
pub(crate) fn check_event_fault(registry: &Registry, position: Position, class: FaultClass) {
    let report = registry.verify();
    let expected = [(LedgerName::Events, Some(position.get()), class)];
    assert_eq!(all(&report), expected, "{report}");
}

/// Changes the envelope at a position, mends the frame's checksum and nothing else.
fn alter(registry: &mut Registry, position: u64, edit: impl Fn(&mut Envelope)) {
    let frame = registry.events.frames.iter_mut().find(|frame| {
        let first = frame.before.next_position().get();
        (first..first + frame.records.len() as u64).contains(&position)
    });
    let frame = frame.unwrap();
    let index = usize::try_from(position - frame.before.next_position().get()).unwrap();
    let mut envelope = Envelope::decode(&frame.records[index].0).unwrap();
    edit(&mut envelope);
    frame.records[index].0 = envelope.encode().unwrap().to_vec();
    frame.bytes = raw_frame(&frame.before, &frame.records);
}

#[test]
fn an_altered_envelope_is_named_although_the_next_one_shows_it() {
    for position in [3, 5, 8, 11] {
        let mut registry = Registry::complete();
        alter(&mut registry, position, |envelope| {
            envelope.subject_tag = sabt_chain::SubjectTag::from_bytes([0xee; 16]);
        });
        let report = registry.verify();
        let expected = (LedgerName::Events, Some(position), FaultClass::Envelope);
        assert_eq!(all(&report)[0], expected, "{report}");
        assert!(all(&report).contains(&(LedgerName::Events, None, FaultClass::Root)));
    }
}

#[test]
fn an_altered_link_is_told_from_an_altered_envelope() {
    for position in [0, 3, 5, 8, 11] {
        let mut registry = Registry::complete();
        alter(&mut registry, position, |envelope| {
            envelope.previous = sabt_chain::Link::from_bytes([0xee; 32]);
        });
        let report = registry.verify();
        let expected = (LedgerName::Events, Some(position), FaultClass::Link);
        assert_eq!(all(&report)[0], expected, "{report}");
    }
}

#[test]
fn a_rewritten_history_with_all_hashes_recomputed_has_another_root() {
    let registry = Registry::complete();
    let mut rewritten = registry.clone();
    rewritten.events = Registry::founded().events;
    rewritten.event(&[120]);
    rewritten.event(&[128, 64, 64]);
    while rewritten.events.state.size() < registry.events.state.size() {
        rewritten.event(&[64]);
    }
    let mut files = rewritten.data_files();
    let (_, checkpoint) = files
        .iter_mut()
        .find(|(path, _)| path == "events/checkpoint")
        .unwrap();
    *checkpoint = registry.events.checkpoint().into_bytes().into();
    let report = registry.verify_files(files);
    let faults = all(&report);
    assert_eq!(
        faults[0],
        (LedgerName::Events, None, FaultClass::Root),
        "{report}"
    );
    // The disclosures ledger has kept the earlier root as well.
    let anchor = |fault: &&(LedgerName, Option<u64>, FaultClass)| {
        fault.0 == LedgerName::Disclosures && fault.2 == FaultClass::Anchor
    };
    assert!(faults.iter().any(|fault| anchor(&fault)), "{report}");
}

#[test]
fn a_rolled_back_ledger_is_shown_by_the_other() {
    let registry = Registry::complete();
    let mut older = registry.clone();
    older.events.frames.truncate(8);
    older.events.segment_starts.truncate(2);
    let last = older.events.frames.pop().unwrap();
    older.events.state = last.before;
    let report = older.verify();
    let faults = all(&report);
    assert_eq!(faults[0].0, LedgerName::Disclosures, "{report}");
    assert_eq!(faults[0].2, FaultClass::Anchor, "{report}");
}

#[test]
fn checkpoints_that_prove_nothing() {
    let registry = Registry::complete();
    let events = &registry.events;
    let size = events.state.size();
    let larger = sabt_chain::Size::new(size.get() + 5);
    let cases = [
        (
            events.checkpoint_at(size, Hash::EMPTY_ROOT),
            FaultClass::Root,
        ),
        (
            events.checkpoint_at(larger, events.state.root()),
            FaultClass::RecordsMissing,
        ),
        (
            registry.disclosures.checkpoint(),
            FaultClass::CheckpointSignature,
        ),
        ("nothing\n".to_owned(), FaultClass::CheckpointSignature),
    ];
    for (checkpoint, class) in cases {
        let mut files = registry.data_files();
        let (_, bytes) = files
            .iter_mut()
            .find(|(path, _)| path == "events/checkpoint")
            .unwrap();
        *bytes = checkpoint.into_bytes().into();
        let report = registry.verify_files(files);
        assert_eq!(
            all(&report),
            [(LedgerName::Events, None, class)],
            "{report}"
        );
    }
}

#[test]
fn time_never_goes_back() {
    let mut registry = Registry::founded();
    let drafts = registry.event_drafts(&registry.registrar.clone(), &[64]);
    let position = registry.events.append_edited(drafts, |envelope| {
        envelope.recorded_at = Timestamp::from_micros(1);
    });
    check_event_fault(&registry, position, FaultClass::Time);
}

#[test]
fn acts_are_whole() {
    let key = Registry::empty().registrar;
    let mut registry = Registry::founded();
    let mut drafts = registry.event_drafts(&key, &[64, 64, 64]);
    drafts.pop();
    let first = registry.events.append(drafts);
    check_event_fault(&registry, first.advance(2).unwrap(), FaultClass::Act);

    let mut registry = Registry::founded();
    let mut drafts = registry.event_drafts(&key, &[64, 64, 64]);
    drafts.remove(1);
    let first = registry.events.append(drafts);
    check_event_fault(&registry, first.next().unwrap(), FaultClass::Act);

    let mut registry = Registry::founded();
    let mut drafts = registry.event_drafts(&key, &[64, 64]);
    drafts.remove(0);
    let first = registry.events.append(drafts);
    check_event_fault(&registry, first, FaultClass::Act);
}
