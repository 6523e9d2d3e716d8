use sabt_chain::{LedgerName, Size};

use super::*;

const HALF: Progress = Progress {
    ledger: LedgerName::Events,
    anchors: false,
    records: 600_000,
    signed: Some(Size::new(1_000_000)),
    done: 600_000,
    total: Some(1_200_000),
};

#[test]
fn the_line_tells_how_far_how_fast_and_how_long() {
    assert_eq!(
        render(HALF, 0, Duration::from_secs(2)),
        "[############            ]  50 % events: 600000 of 1000000 records, 300000/s, 2 s left"
    );
}

#[test]
fn what_was_verified_before_does_not_count_as_speed() {
    let line = render(HALF, 500_000, Duration::from_secs(10));
    assert!(line.contains("10000/s, 1 min 0 s left"), "{line}");
}

#[test]
fn without_a_checkpoint_or_with_more_than_it_signs_nothing_is_promised() {
    let unknown = Progress {
        signed: None,
        total: None,
        ..HALF
    };
    assert_eq!(
        render(unknown, 0, Duration::from_secs(2)),
        "events: 600000 records, 300000/s"
    );
    let anchors = Progress {
        anchors: true,
        done: 1_300_000,
        ..HALF
    };
    assert_eq!(
        render(anchors, 0, Duration::ZERO),
        "[########################] 100 % events, anchors: 600000 of 1000000 records, 1300000000/s"
    );
    assert_eq!(duration(7_384), "2 h 3 min");
}
