use sabt_chain::{Hash, Link, Position, Size};
use sabt_journal::CopiedSegment;

use super::{LedgerEntry, Manifest};

fn manifest() -> Manifest {
    let ledger = |size: u64| LedgerEntry {
        size: Size::new(size),
        link: Link::from_bytes([7; 32]),
        root: Hash::from_bytes([9; 32]),
        segments: vec![
            CopiedSegment {
                first: Position::FIRST,
                size_after: Size::new(10),
                digest: "ab".repeat(32).parse().ok(),
            },
            CopiedSegment {
                first: Position::new(10),
                size_after: Size::new(size),
                digest: None,
            },
        ],
    };
    Manifest {
        registry: "registry.example/sabt".to_owned(),
        taken_at: 1_795_000_000_000_000,
        ledgers: [ledger(1_234), ledger(17)],
    }
}

#[test]
fn it_reads_what_it_wrote() {
    let text = manifest().encode();
    assert!(text.starts_with("sabt backup v1\nregistry registry.example/sabt\n"));
    assert_eq!(text.lines().count(), 10);
    assert_eq!(Manifest::parse(&text), Ok(manifest()));
}

#[test]
fn no_byte_may_change_and_none_be_missing() {
    let text = manifest().encode();
    for cut in 0..text.len() {
        assert!(Manifest::parse(&text[..cut]).is_err(), "cut at {cut}");
        let mut bytes = text.clone().into_bytes();
        bytes[cut] ^= 1;
        if let Ok(changed) = str::from_utf8(&bytes) {
            assert!(Manifest::parse(changed).is_err(), "changed at {cut}");
        }
    }
    assert!(Manifest::parse(&format!("{text}\n")).is_err());
    assert!(Manifest::parse("").is_err());
}
