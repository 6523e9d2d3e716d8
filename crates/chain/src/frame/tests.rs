use proptest::prelude::*;

use super::*;
use crate::testing::{Ledger, check_golden, for_each_bit_flip};
use crate::{ActFault, EnvelopeError, Part};

/// Two acts, of one and two records, at position 0.
fn frame() -> Vec<u8> {
    Ledger::new().frame(&[1, 2])
}

/// Recomputes the checksum after a change, as a forger would.
fn reseal(bytes: &mut [u8]) {
    let computed = RawFrame::split(bytes).unwrap().computed_checksum();
    bytes[FRAME_HEADER_BYTES - 4..FRAME_HEADER_BYTES].copy_from_slice(&computed.to_be_bytes());
}

/// What is found when `value` is written at `offset`, with the checksum made to fit.
fn forged(offset: usize, value: &[u8]) -> FrameError {
    let mut bytes = frame();
    bytes[offset..offset + value.len()].copy_from_slice(value);
    if RawFrame::split(&bytes).is_ok() {
        reseal(&mut bytes);
    }
    Frame::parse(&bytes).unwrap_err()
}

#[test]
fn bytes_are_those_of_the_stored_format() {
    check_golden(include_str!("../../testdata/frame.txt"), &frame());
}

#[test]
fn records_come_back_as_they_were_pushed() {
    let ledger = Ledger::new();
    let bytes = ledger.clone().frame(&[3]);
    let followed = [bytes.as_slice(), &[0xff; 16]].concat();
    let frame = Frame::parse(&followed).unwrap();
    assert_eq!(frame.bytes(), bytes);
    assert_eq!(frame.header().total_len(), bytes.len());
    assert_eq!(frame.header().count(), 3);
    assert_eq!(frame.header().size_after(), Size::new(3));
    assert_eq!(bytes.len() % FRAME_ALIGNMENT, 0);
    let records: Vec<_> = frame.records().collect();
    assert_eq!(records.len(), 3);
    for (record, (envelope, payload)) in records.iter().zip(ledger.act(3)) {
        assert_eq!(record.envelope, envelope);
        assert_eq!(record.envelope_bytes, envelope.encode().unwrap().as_bytes());
        assert_eq!(record.sealed, payload);
        assert_eq!(bytes[record.sealed_offset..][..payload.len()], payload);
        assert_eq!(record.payload_state(), PayloadState::Intact);
    }
}

#[test]
fn zeros_are_never_a_frame() {
    for length in [0, 1, 4, 8, FRAME_HEADER_BYTES, 4096] {
        let error = Frame::parse(&vec![0; length]).unwrap_err();
        assert_eq!(
            (error, error.failure()),
            (FrameError::Blank, FrameFailure::End)
        );
    }
}

#[test]
fn every_truncation_is_incomplete() {
    let bytes = frame();
    for length in 1..bytes.len() {
        let error = Frame::parse(&bytes[..length]).unwrap_err();
        assert_eq!(
            error.failure(),
            FrameFailure::Incomplete,
            "at {length}: {error}"
        );
    }
}

#[test]
fn every_flipped_bit_is_detected() {
    let bytes = frame();
    let chain = Ledger::new().chain;
    for_each_bit_flip(&bytes, |offset, flipped| {
        let detected = Frame::parse(flipped).and_then(|frame| {
            frame.check_links(&chain, chain.genesis())?;
            frame.check_digests().map(|erased| assert_eq!(erased, []))
        });
        assert!(detected.is_err(), "flip in byte {offset} went unseen");
    });
}

#[test]
fn a_write_cut_short_in_zeroed_space_is_detected() {
    let bytes = frame();
    let written: usize = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    for length in 0..written {
        let mut torn = vec![0; bytes.len()];
        torn[..length].copy_from_slice(&bytes[..length]);
        let erased = Frame::parse(&torn).and_then(|frame| frame.check_digests());
        // A payload of which nothing arrived looks erased; the reader of a tail must not take it as such.
        assert!(
            erased.is_err() || erased != Ok(Vec::new()),
            "cut at {length} went unseen"
        );
    }
}

#[test]
fn checksum_covers_everything_before_the_payloads() {
    let mut bytes = frame();
    bytes[FRAME_HEADER_BYTES + 10] ^= 1;
    let error = Frame::parse(&bytes).unwrap_err();
    assert!(
        matches!(
            error,
            FrameError::Checksum {
                first: Position::FIRST,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(error.failure(), FrameFailure::Unsound);
}

#[test]
fn impossible_headers_are_refused() {
    let first = Position::FIRST;
    assert_eq!(forged(0, b"SBF2"), FrameError::Magic { found: *b"SBF2" });
    assert_eq!(forged(20, &[0; 4]), FrameError::Count { first, count: 0 });
    let count = FRAME_RECORDS_MAX + 1;
    assert_eq!(
        forged(20, &count.to_be_bytes()),
        FrameError::Count { first, count }
    );
    let last = Position::new(u64::MAX - 1);
    assert_eq!(
        forged(12, &last.get().to_be_bytes()),
        FrameError::Count {
            first: last,
            count: 3
        }
    );
    assert!(matches!(
        forged(24, &[0; 4]),
        FrameError::Lengths {
            envelopes_len: 0,
            ..
        }
    ));
    assert!(matches!(
        forged(24, &[0, 0, 9, 0]),
        FrameError::Lengths {
            envelopes_len: 0x900,
            ..
        }
    ));
    assert!(matches!(
        forged(28, &[0; 4]),
        FrameError::Lengths { sealed_len: 0, .. }
    ));
    assert!(matches!(
        forged(28, &[1, 0, 0, 0]),
        FrameError::Lengths { .. }
    ));
}

#[test]
fn sections_must_be_filled_exactly() {
    let first = Position::FIRST;
    let header = *RawFrame::split(&frame()).unwrap().header();
    let envelopes = FRAME_HEADER_BYTES;
    // The length of the first envelope reaches past the section, or cuts the envelope.
    assert_eq!(
        forged(envelopes, &[9, 0]),
        FrameError::EnvelopeSection { position: first }
    );
    let source = EnvelopeError::Length { bytes: 0xdf };
    assert_eq!(
        forged(envelopes, &[0, 0xdf]),
        FrameError::Envelope {
            position: first,
            source
        }
    );
    // One envelope fewer leaves bytes over in the section.
    assert_eq!(
        forged(20, &2_u32.to_be_bytes()),
        FrameError::Lengths {
            first,
            count: 2,
            envelopes_len: u32::try_from(header.envelopes_len()).unwrap(),
            sealed_len: u32::try_from(header.sealed_len()).unwrap(),
        }
    );
    // The first payload is longer by one, so that the last does not fit.
    let position = Position::new(2);
    assert_eq!(
        forged(envelopes + 2 + 87, &[61]),
        FrameError::SealedSection { position }
    );
    assert_eq!(
        forged(envelopes + 2 + 87, &[59]),
        FrameError::SealedSection {
            position: Position::new(3)
        }
    );
    // The second position is skipped.
    let skipped = FrameError::Position {
        expected: Position::new(1),
        found: Position::new(9),
    };
    assert_eq!(forged(envelopes + 2 + 224 + 2 + 9, &[9]), skipped);
    // Padding.
    let end = FRAME_HEADER_BYTES + header.envelopes_len() + header.sealed_len();
    assert!(end < header.total_len(), "the frame has padding");
    assert_eq!(forged(end, &[1]), FrameError::Padding { first });
}

#[test]
fn links_are_checked_from_the_record_before() {
    let chain = Ledger::new().chain;
    let bytes = frame();
    let parsed = Frame::parse(&bytes).unwrap();
    let mut ledger = Ledger::new();
    ledger.frame(&[1, 2]);
    assert_eq!(parsed.check_links(&chain, chain.genesis()), Ok(ledger.link));
    let other = Link::from_bytes([1; 32]);
    let error = parsed.check_links(&chain, other).unwrap_err();
    let found = chain.genesis();
    assert_eq!(
        error,
        FrameError::Link {
            position: Position::FIRST,
            expected: other,
            found
        }
    );
    // An altered envelope shows at the next record.
    let mut altered = bytes.clone();
    altered[FRAME_HEADER_BYTES + 2 + 50] ^= 1;
    reseal(&mut altered);
    let error = Frame::parse(&altered)
        .unwrap()
        .check_links(&chain, chain.genesis())
        .unwrap_err();
    assert_eq!(error.position(), Some(Position::new(1)));
}

#[test]
fn erased_and_altered_payloads_are_told_apart() {
    let mut bytes = frame();
    let second = Frame::parse(&bytes).unwrap().records().nth(1).unwrap();
    let (offset, length) = (second.sealed_offset, second.sealed.len());
    bytes[offset..offset + length].fill(0);
    let erased = Frame::parse(&bytes).unwrap();
    assert_eq!(erased.check_digests(), Ok(vec![Position::new(1)]));
    bytes[offset] = 1;
    let altered = Frame::parse(&bytes).unwrap();
    assert_eq!(
        altered.check_digests(),
        Err(FrameError::Digest {
            position: Position::new(1)
        })
    );
}

#[test]
fn builder_takes_only_the_next_record_of_whole_acts() {
    let ledger = Ledger::new();
    let records = ledger.act(2);
    let (first, payload) = (records[0].0.encode().unwrap(), &records[0].1);
    let second = records[1].0.encode().unwrap();
    let mut builder = FrameBuilder::new(ledger.epoch, ledger.position, ledger.link);
    assert_eq!(builder.clone().finish(), Err(FrameBuildError::Empty));
    let (expected, found) = (Position::new(0), Position::new(1));
    assert_eq!(
        builder.push(&second, &records[1].1),
        Err(FrameBuildError::Position { expected, found })
    );
    assert_eq!(
        builder.push(&first, &payload[1..]),
        Err(FrameBuildError::SealedLength {
            position: expected,
            stated: 60,
            found: 59
        })
    );
    assert!(builder.is_empty());
    builder.push(&first, payload).unwrap();
    let expected = Part::new(1, 2).unwrap();
    let unfinished = FrameBuildError::Act(ActFault::Unfinished { expected });
    assert_eq!(builder.clone().finish(), Err(unfinished));
    builder.push(&second, &records[1].1).unwrap();
    let length = builder.encoded_len();
    assert_eq!(builder.finish().unwrap().len(), length);
    // A frame cannot start within an act.
    let mut late = FrameBuilder::new(ledger.epoch, Position::new(1), ledger.link);
    assert_eq!(
        late.push(&second, &records[1].1),
        Err(FrameBuildError::Act(ActFault::StartsLate {
            found: expected
        }))
    );
}

#[test]
fn builder_refuses_more_than_a_frame_holds() {
    let ledger = Ledger::new();
    let template = ledger.act(1).remove(0).0;
    let payload = vec![0xaa; wire::index(SEALED_BYTES_MAX)];
    let mut builder = FrameBuilder::new(ledger.epoch, ledger.position, ledger.link);
    let full = loop {
        let envelope = Envelope {
            position: builder.next_position(),
            sealed_len: SEALED_BYTES_MAX,
            ..template.clone()
        };
        if let Err(error) = builder.push(&envelope.encode().unwrap(), &payload) {
            break error;
        }
    };
    assert_eq!(full, FrameBuildError::Full);
    assert_eq!(builder.count(), 255);
    let bytes = builder.finish().unwrap();
    assert!(bytes.len() <= FRAME_BYTES_MAX);
    assert_eq!(Frame::parse(&bytes).unwrap().records().count(), 255);
    let empty = FrameBuilder::new(ledger.epoch, ledger.position, ledger.link);
    assert!(empty.has_room(FRAME_RECORDS_MAX, 0, 0));
    assert!(!empty.has_room(FRAME_RECORDS_MAX + 1, 0, 0));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _unread = Frame::parse(&bytes).is_ok();
        if let Some(start) = bytes.get_mut(..4) {
            start.copy_from_slice(&FRAME_MAGIC);
        }
        prop_assert!(Frame::parse(&bytes).is_err());
    }

    #[test]
    fn frames_of_any_acts_come_back(acts in prop::collection::vec(1_u8..5, 1..12)) {
        let mut ledger = Ledger::new();
        let bytes = ledger.frame(&acts);
        let frame = Frame::parse(&bytes).unwrap();
        let count: u32 = acts.iter().copied().map(u32::from).sum();
        prop_assert_eq!(frame.header().count(), count);
        let genesis = ledger.chain.genesis();
        prop_assert_eq!(frame.check_links(&ledger.chain, genesis), Ok(ledger.link));
        prop_assert_eq!(frame.check_digests(), Ok(Vec::new()));
    }
}
