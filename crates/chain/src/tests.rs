//! Of the small types.

use super::*;

#[test]
fn origins_are_validated() {
    let origin: Origin = "registry.example/sabt/events".parse().unwrap();
    assert_eq!(origin.registry(), "registry.example/sabt");
    assert_eq!(origin.ledger(), LedgerName::Events);
    let sibling = origin.sibling(LedgerName::Disclosures).unwrap();
    assert_eq!(sibling.as_str(), "registry.example/sabt/disclosures");
    assert_eq!(LedgerName::Events.other(), LedgerName::Disclosures);
    let refused = |text: &str| text.parse::<Origin>().unwrap_err();
    assert_eq!(refused("events"), OriginError::Ledger);
    assert_eq!(refused("registry/other"), OriginError::Ledger);
    assert_eq!(refused("/events"), OriginError::EmptyElement);
    assert_eq!(refused("a//events"), OriginError::EmptyElement);
    assert_eq!(refused("a b/events"), OriginError::Character { byte: b' ' });
    assert_eq!(refused("a+b/events"), OriginError::Character { byte: b'+' });
    assert_eq!(
        refused("Registry/events"),
        OriginError::Character { byte: b'R' }
    );
    assert_eq!(
        refused("a\n/events"),
        OriginError::Character { byte: b'\n' }
    );
    let long = format!("{}/events", "a".repeat(ORIGIN_BYTES_MAX));
    assert_eq!(
        refused(&long),
        OriginError::Length {
            bytes: ORIGIN_BYTES_MAX + 7
        }
    );
}

#[test]
fn chains_of_two_ledgers_never_meet() {
    let events: Origin = "registry.example/events".parse().unwrap();
    let disclosures = events.sibling(LedgerName::Disclosures).unwrap();
    let (one, other) = (Chain::new(&events), Chain::new(&disclosures));
    assert_ne!(one.genesis(), other.genesis());
    assert_ne!(one.link(b"envelope"), other.link(b"envelope"));
    let expected = blake3::derive_key("registry.example/events chain v1", b"envelope");
    assert_eq!(one.link(b"envelope").to_bytes(), expected);
    let expected = blake3::derive_key(
        "registry.example/events chain v1",
        b"registry.example/events",
    );
    assert_eq!(one.genesis().to_bytes(), expected);
}

#[test]
fn act_ids_are_written_as_uuids() {
    let text = "0196b2c4-7d5e-7abc-8def-0123456789ab";
    let act_id: ActId = text.parse().unwrap();
    assert_eq!(act_id.to_string(), text);
    for wrong in [
        "",
        "0196b2c47d5e7abc8def0123456789ab",
        "0196B2C4-7D5E-7ABC-8DEF-0123456789AB",
        "0196b2c4-7d5e-7abc-8def-0123456789a",
        "0196b2c47-d5e-7abc-8def-0123456789ab",
        "0196b2c4-7d5e-7abc-8def-0123456789-b",
    ] {
        assert_eq!(
            wrong.parse::<ActId>(),
            Err(HexError { bytes: 16 }),
            "{wrong}"
        );
    }
}

#[test]
fn hexadecimal_is_lower_case_and_of_the_right_length() {
    let key_id = KeyId::from_bytes([0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]);
    assert_eq!(key_id.to_string(), "0123456789abcdef");
    assert_eq!("0123456789abcdef".parse(), Ok(key_id));
    for wrong in [
        "",
        "0123456789abcde",
        "0123456789ABCDEF",
        "0123456789abcdefff",
        "0123456789abcdeg",
    ] {
        assert_eq!(
            wrong.parse::<KeyId>(),
            Err(HexError { bytes: 8 }),
            "{wrong}"
        );
    }
}

#[test]
fn parts_count_from_zero() {
    assert_eq!(Part::new(0, 0), None);
    assert_eq!(Part::new(3, 3), None);
    let last = Part::new(254, 255).unwrap();
    assert!(last.is_last() && !last.is_first());
    assert_eq!(last.next(), None);
    assert_eq!(last.to_string(), "255/255");
    assert!(Part::ONLY.is_first() && Part::ONLY.is_last());
    assert_eq!(Part::new(0, 2).unwrap().next(), Part::new(1, 2));
}

#[test]
fn positions_end_where_numbers_do() {
    assert_eq!(Position::new(u64::MAX).next(), None);
    assert_eq!(Position::FIRST.next(), Some(Position::new(1)));
    assert_eq!(Size::EMPTY.last_position(), None);
    assert_eq!(Size::new(3).last_position(), Some(Position::new(2)));
    assert!(Size::new(3).covers(Position::new(2)) && !Size::new(3).covers(Position::new(3)));
}

#[test]
fn kinds_keep_their_numbers() {
    for (code, kind) in [
        (1, Kind::Event),
        (2, Kind::Governance),
        (3, Kind::Erasure),
        (4, Kind::Anchor),
    ] {
        assert_eq!(kind.code(), code);
        assert_eq!(Kind::from_code(code), Some(kind));
    }
    assert_eq!(Kind::from_code(0), None);
    assert_eq!(Kind::from_code(5), None);
}
