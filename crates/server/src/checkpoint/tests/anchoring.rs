//! When one ledger is anchored in the other.

use std::time::{Duration, Instant};

use prost::Message as _;
use sabt_chain::{Kind, Position, Size};
use sabt_journal::storage::memory::MemoryDisk;
use sabt_proto::event::v1::{Anchor, Succession};

use super::world::{Open, log_key, publish_all};
use crate::checkpoint::Published;
use crate::checkpoint::anchors::{Anchoring, Newest, anchored_size, look_back, payload};
use crate::tree::AnchorPlace;
use crate::tree::testing::Grown;

const EVERY: Duration = Duration::from_mins(1);

/// An anchor that stands at a position and covers so many records.
const fn place(position: Position, covers: u64) -> AnchorPlace {
    let covers = Size::new(covers);
    AnchorPlace { position, covers }
}

#[test]
fn an_anchor_tells_how_many_records_it_covers() {
    let published = Published {
        size: Size::new(42),
        root: sabt_chain::Hash::EMPTY_ROOT,
        note: "registry.example/events\n42\nroot\n\n".into(),
    };
    let anchor = payload(&published);
    assert_eq!(anchored_size(&anchor), Some(Size::new(42)));
    assert_eq!(anchored_size(b"nothing"), None);
    let mut succeeding = Anchor::decode(&*anchor).unwrap();
    succeeding.succession = Some(Succession::default());
    let of_the_old = anchored_size(&succeeding.encode_to_vec());
    assert_eq!(
        of_the_old, None,
        "an anchor of the ledger that was succeeded"
    );
}

#[test]
fn a_ledger_is_anchored_when_it_has_grown_by_more_than_anchors() {
    let (disk, keys) = (MemoryDisk::new(), [log_key(1)]);
    let mut open = Open::on(&disk).unwrap();
    let mut signed = open.signed(&keys).unwrap();
    let start = Instant::now();
    let mut anchoring = Anchoring::new(EVERY, start);
    let mut nonce = 0;
    let at = |seconds: u64, anchoring: &mut Anchoring, signed: &crate::checkpoint::Signed| {
        let now = start + Duration::from_secs(seconds);
        let due = anchoring.due(signed.read_back(), signed.published(), now);
        due.map(|checkpoint| checkpoint.size.get())
    };

    assert_eq!(
        at(100, &mut anchoring, &signed),
        None,
        "nothing is published"
    );
    assert!(open.append(Kind::Event, 2, &mut nonce));
    publish_all(&mut signed, &keys).unwrap();
    assert_eq!(at(59, &mut anchoring, &signed), None, "not yet");
    assert_eq!(at(60, &mut anchoring, &signed), Some(2));
    assert_eq!(
        at(61, &mut anchoring, &signed),
        None,
        "handed over just now"
    );
    assert_eq!(
        at(120, &mut anchoring, &signed),
        Some(2),
        "it did not come to stand"
    );
    anchoring.stands(Some(place(Position::FIRST, 2)));
    assert_eq!(anchoring.anchored(), Size::new(2));
    assert_eq!(
        at(1_000, &mut anchoring, &signed),
        None,
        "nothing has come since"
    );

    // The other ledger is anchored in this one: that alone is no growth.
    assert!(open.append(Kind::Anchor, 1, &mut nonce));
    publish_all(&mut signed, &keys).unwrap();
    assert_eq!(
        at(2_000, &mut anchoring, &signed),
        None,
        "an anchor is no content"
    );
    assert!(open.append(Kind::Event, 1, &mut nonce));
    publish_all(&mut signed, &keys).unwrap();
    assert_eq!(at(3_000, &mut anchoring, &signed), Some(4));
}

#[test]
fn the_newest_anchor_is_known_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut grown = Grown::create(&dir.path().join("ledger"), 1);
    grown.grow(300);
    grown.anchor(10);
    grown.grow(5_000);
    let second = grown.anchor(20);
    let at = |size, at_most| look_back(&grown.ledger, Size::new(size), at_most).unwrap();
    let content = |position| Some(Position::new(position));
    assert_eq!(
        at(5_001, u64::MAX),
        Newest {
            content: content(4_999),
            anchor: Some(place(second, 20)),
        }
    );
    let below = at(5_000, u64::MAX);
    assert_eq!(
        below.anchor,
        Some(place(Position::new(300), 10)),
        "blocks further"
    );
    assert_eq!(
        at(5_000, 4_699).anchor,
        None,
        "not looked for that far back"
    );
    assert_eq!(at(5_000, 4_700).anchor, below.anchor);
    assert_eq!(at(0, u64::MAX), Newest::default());
}

#[test]
fn after_a_restart_an_anchor_at_the_end_is_still_no_content() {
    let (disk, keys) = (MemoryDisk::new(), [log_key(1)]);
    let mut open = Open::on(&disk).unwrap();
    let mut signed = open.signed(&keys).unwrap();
    assert!(open.append(Kind::Event, 2, &mut 0));
    assert!(open.append(Kind::Anchor, 1, &mut 10));
    publish_all(&mut signed, &keys).unwrap();
    drop((signed, open));
    let signed = Open::on(&disk).unwrap().signed(&keys).unwrap();
    assert_eq!(signed.read_back().newest_content(), Some(Position::new(1)));
}
