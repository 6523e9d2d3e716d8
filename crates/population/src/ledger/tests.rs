use std::num::{NonZeroU32, NonZeroU64};
use std::path::Path;

use sabt_chain::{LedgerName, Position};
use sabt_proto::event::v1 as proto;
use sabt_proto::event::v1::act::Body;
use sabt_verifier::report::Report;
use sabt_verifier::{Options, Source, TrustedLogs, verify};

use super::{LOG_KEYS_FILE, LedgerError, LedgerPlan, SyntheticRegistry, share, spread, write};
use crate::Seed;

fn plan(events: u64) -> LedgerPlan {
    LedgerPlan {
        anchor_every: NonZeroU64::new(700).unwrap(),
        frame_records: NonZeroU32::new(40).unwrap(),
        segment_bytes: 256 * 1024,
        erased: 9,
        ..LedgerPlan::new("synthetic.example", Seed(7), events)
    }
}

fn examine(directory: &Path) -> Report {
    let keys = std::fs::read_to_string(directory.join(LOG_KEYS_FILE)).unwrap();
    let trust = TrustedLogs::from_vkeys(keys.lines()).unwrap();
    let source = Source::Directory(directory.to_owned());
    verify(&Options::new(source, trust)).unwrap()
}

/// Every file under a directory with its bytes.
fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = ["events", "disclosures"]
        .into_iter()
        .flat_map(|ledger| std::fs::read_dir(directory.join(ledger)).unwrap())
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(directory).unwrap().display().to_string();
            (name, std::fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn what_is_written_is_sound_and_holds_everything_a_registry_has() {
    let directory = tempfile::tempdir().unwrap();
    let written = write(directory.path(), &plan(2_500)).unwrap();
    let report = examine(directory.path());

    assert!(report.is_sound(), "{report}");
    assert_eq!(report.exit_code(), 0);
    // Four rounds, each ledger anchored in each.
    assert_eq!(written.anchors, 8);
    assert_eq!(written.erased.len(), 9);
    assert_eq!(written.disclosures.get(), 500 + 4);
    let governance = written.events.get() - 2_500 - 4 - 1;
    assert!(governance > 100, "{governance} governance records");
    assert!(files(directory.path()).len() > 8, "several segments");
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    let [one, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    write(one.path(), &plan(300)).unwrap();
    write(other.path(), &plan(300)).unwrap();
    assert!(files(one.path()) == files(other.path()));

    let seeded = tempfile::tempdir().unwrap();
    let other_seed = LedgerPlan {
        seed: Seed(8),
        ..plan(300)
    };
    write(seeded.path(), &other_seed).unwrap();
    assert!(files(one.path()) != files(seeded.path()));
}

#[test]
fn a_registry_grows_and_is_governed() {
    let directory = tempfile::tempdir().unwrap();
    let mut registry = SyntheticRegistry::create(directory.path(), &plan(0)).unwrap();
    registry.append_events(50).unwrap();
    registry.publish().unwrap();
    assert!(examine(directory.path()).is_sound());

    let reason = "dissolved".to_owned();
    let agency = "POLICE".to_owned();
    let revoke = Body::RevokeAgency(proto::RevokeAgency { agency, reason });
    registry.append_governance(revoke).unwrap();
    registry.append_disclosures(10).unwrap();
    registry.anchor().unwrap();
    // Nothing but anchors is new, so nothing is anchored.
    registry.anchor().unwrap();
    assert_eq!(registry.anchors(), 2);
    registry.publish().unwrap();
    let report = examine(directory.path());
    assert!(report.is_sound(), "{report}");
    assert_eq!(registry.size(LedgerName::Disclosures).get(), 11);
}

#[test]
fn only_sealed_payloads_are_erased() {
    let directory = tempfile::tempdir().unwrap();
    let mut registry = SyntheticRegistry::create(directory.path(), &plan(0)).unwrap();
    registry.append_events(5).unwrap();
    let refused = registry.erase(&[Position::FIRST]);
    assert!(
        matches!(refused, Err(LedgerError::NotSealed { position }) if position == Position::FIRST)
    );
}

#[test]
fn short_segments_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let short = LedgerPlan {
        segment_bytes: 8_192,
        ..plan(1)
    };
    let refused = write(directory.path(), &short);
    assert!(matches!(refused, Err(LedgerError::SegmentBytes { .. })));
}

#[test]
fn shares_add_up() {
    for (total, rounds) in [(0, 1), (7, 3), (9, 9), (3, 10), (u64::MAX, 7)] {
        let shares: Vec<u64> = (0..rounds)
            .map(|round| share(total, round, rounds))
            .collect();
        assert_eq!(shares.iter().sum::<u64>(), total);
        let least = shares.iter().min().unwrap();
        assert!(shares.iter().all(|share| share - least <= 1), "{shares:?}");
    }
    let positions = spread(Position::new(10), 100, 4).map(Position::get);
    assert_eq!(positions.collect::<Vec<_>>(), [10, 35, 60, 85]);
    assert_eq!(spread(Position::new(10), 2, 4).count(), 2);
    assert_eq!(spread(Position::FIRST, 0, 4).count(), 0);
}
