use std::sync::Arc;

use crate::class::FaultClass;
use crate::report::Report;
use crate::tests::altered::all;
use crate::tests::support::Registry;
use sabt_chain::{LedgerName, Position};

/// Three runs of disclosures and two of events, the last of each partial.
fn registry() -> Registry {
    let mut registry = Registry::complete();
    for _ in 0..5 {
        registry.disclose(&[64; 120]);
    }
    for _ in 0..100 {
        registry.event(&[64, 64, 64]);
    }
    registry.anchor_events();
    registry.anchor_disclosures();
    registry
}

type Files = Vec<(String, Arc<[u8]>)>;

/// Verifies the tiles after a change to the one at `path`: `None` takes it away.
#[track_caller]
fn changed(registry: &Registry, path: &str, change: impl Fn(&mut Vec<u8>) -> Option<()>) -> Report {
    let mut files: Files = registry.tile_files();
    let at = files.iter().position(|(name, _)| name == path);
    let at = at.unwrap_or_else(|| panic!("{path} is not among the tiles"));
    let mut bytes = files[at].1.to_vec();
    match change(&mut bytes) {
        Some(()) => files[at].1 = bytes.into(),
        None => drop(files.remove(at)),
    }
    registry.verify_files(files)
}

#[track_caller]
fn check(report: &Report, ledger: LedgerName, position: Option<u64>, class: FaultClass) {
    assert_eq!(
        all(report).first(),
        Some(&(ledger, position, class)),
        "{report}"
    );
}

#[test]
fn tiles_say_what_segments_say() {
    let registry = registry();
    let (tiles, segments) = (
        registry.verify_files(registry.tile_files()),
        registry.verify(),
    );
    assert!(tiles.is_sound() && segments.is_sound(), "{tiles}");
    for (tiles, segments) in tiles.ledgers().into_iter().zip(segments.ledgers()) {
        assert_eq!(tiles.records, segments.records);
        assert_eq!(tiles.root, segments.root);
        assert_eq!(tiles.link, segments.link);
        assert_eq!(tiles.kinds, segments.kinds);
        assert_eq!(tiles.signatures, segments.signatures);
        assert!(tiles.checkpoint_holds);
        // Everything but what is in the clear.
        assert_eq!(tiles.payloads_unread, segments.kinds.events);
        assert_eq!(segments.payloads_unread, 0);
    }
    // An empty ledger has no tile at all.
    let founded = Registry::founded();
    let report = founded.verify_files(founded.tile_files());
    assert!(report.is_sound(), "{report}");
}

#[test]
fn a_partial_tile_may_be_replaced_by_the_full_one() {
    let registry = registry();
    let mut files = registry.tile_files();
    let mut grown = registry.clone();
    grown.disclose(&[64; 200]);
    let full = grown.disclosures.tiles();
    files.retain(|(path, _)| !path.starts_with("disclosures/tile/") || !path.contains(".p/"));
    files.extend(full.into_iter().filter(|(path, _)| {
        path.starts_with("disclosures/tile/") && (path.contains("/1/") || path.ends_with("/002"))
    }));
    let levels = files.iter().filter(|(path, _)| path.contains("/tile/1/"));
    assert!(levels.count() > 0);
    let report = registry.verify_files(files);
    // The level above has only a partial tile, which is gone: of another size than this checkpoint's.
    check(&report, LedgerName::Disclosures, None, FaultClass::Tile);
    assert!(
        report
            .to_string()
            .contains("tile/1/000.p/2: the tile is missing"),
        "{report}"
    );
}

#[test]
fn every_kind_of_tile_is_needed() {
    let registry = registry();
    for (path, position) in [
        ("disclosures/tile/entries/001", Some(256)),
        ("disclosures/tile/clear/001", Some(256)),
        ("disclosures/tile/0/001", Some(256)),
        ("disclosures/tile/1/000.p/2", None),
    ] {
        let report = changed(&registry, path, |_| None);
        check(&report, LedgerName::Disclosures, position, FaultClass::Tile);
        assert!(
            report.to_string().contains("the tile is missing"),
            "{report}"
        );
    }
}

#[test]
fn tiles_that_are_not_what_their_name_says() {
    let registry = registry();
    for path in [
        "disclosures/tile/entries/001",
        "disclosures/tile/0/001",
        "disclosures/tile/1/000.p/2",
    ] {
        let class = |report: &Report| report.faults[0].class();
        let cut = changed(&registry, path, |bytes| {
            bytes.pop();
            Some(())
        });
        assert_eq!(class(&cut), FaultClass::Tile, "{cut}");
        let longer = changed(&registry, path, |bytes| {
            bytes.push(0);
            Some(())
        });
        assert_eq!(class(&longer), FaultClass::Tile, "{longer}");
        let empty = changed(&registry, path, |bytes| {
            bytes.clear();
            Some(())
        });
        assert_eq!(class(&empty), FaultClass::Tile, "{empty}");
    }
    let huge = changed(&registry, "disclosures/tile/entries/001", |bytes| {
        bytes.resize(1 << 20, 7);
        Some(())
    });
    check(&huge, LedgerName::Disclosures, Some(256), FaultClass::Tile);
    // No run without clear payloads may have one, and none that has them may lack one.
    let added = changed(&registry, "disclosures/tile/clear/001", |bytes| {
        bytes.extend([3, 0, 0, 0, 2, 7, 7]);
        Some(())
    });
    check(&added, LedgerName::Disclosures, Some(256), FaultClass::Tile);
    let lacking = changed(&registry, "events/tile/clear/000", |bytes| {
        bytes.clear();
        Some(())
    });
    check(&lacking, LedgerName::Events, Some(0), FaultClass::Tile);
}

#[test]
fn hashes_follow_from_the_entries() {
    let registry = registry();
    for (path, position) in [
        ("events/tile/0/000", Some(0)),
        ("events/tile/1/000.p/1", None),
    ] {
        let report = changed(&registry, path, |bytes| {
            bytes[17] ^= 4;
            Some(())
        });
        let expected = [(LedgerName::Events, position, FaultClass::TileHash)];
        assert_eq!(all(&report), expected, "{report}");
    }
}

#[test]
fn an_altered_entry_is_one_of_the_ledger() {
    let registry = registry();
    let report = changed(&registry, "disclosures/tile/entries/001", |bytes| {
        // The subject tag of the first record of the run.
        bytes[2 + 60] ^= 1;
        Some(())
    });
    // What the events ledger anchors of it comes first, for it is the first ledger.
    let own: Vec<_> = all(&report)
        .into_iter()
        .filter(|fault| fault.0 == LedgerName::Disclosures)
        .collect();
    assert_eq!(
        own[0],
        (LedgerName::Disclosures, Some(256), FaultClass::Envelope),
        "{report}"
    );
    let classes: Vec<FaultClass> = all(&report).iter().map(|fault| fault.2).collect();
    assert!(classes.contains(&FaultClass::Root), "{report}");
    assert!(classes.contains(&FaultClass::TileHash), "{report}");
}

#[test]
fn an_altered_payload_in_the_clear_is_named() {
    let registry = registry();
    let report = changed(&registry, "events/tile/clear/000", |bytes| {
        // The last byte is of the last clear payload of the run: the revocation, the erasure or an anchor.
        *bytes.last_mut()? ^= 1;
        Some(())
    });
    assert_eq!(report.faults[0].class(), FaultClass::Payload, "{report}");
    assert!(report.faults[0].position > Some(Position::FIRST));
}
