use super::*;
use crate::frame::{FRAME_HEADER_BYTES, FrameBuilder};
use crate::testing::{Ledger, START, chain, origin};
use crate::tree::Frontier;
use crate::{Envelope, LedgerName, Size};

/// Everything found in these frames.
fn findings(frames: &[Vec<u8>]) -> Vec<Finding> {
    let mut verifier = LedgerVerifier::new(chain());
    let mut found = Vec::new();
    for bytes in frames {
        verifier.frame(&Frame::parse(bytes).unwrap(), &mut |finding| {
            found.push(finding);
        });
    }
    found
}

fn fault(position: u64, class: FaultClass) -> Finding {
    Finding::Fault(Fault {
        position: Position::new(position),
        class,
    })
}

/// A frame of records, each a frame's act of one part as `alter` leaves it.
fn frame_of(ledger: &mut Ledger, records: Vec<(Envelope, Vec<u8>)>) -> Vec<u8> {
    let mut builder = FrameBuilder::new(ledger.epoch, ledger.position, ledger.link);
    for (envelope, payload) in records {
        ledger.push(&mut builder, &envelope.encode().unwrap(), &payload);
    }
    builder.finish().unwrap()
}

/// A ledger's first two records, the second as `alter` leaves it, each in its own frame.
fn with_altered_second(alter: impl FnOnce(&mut Envelope)) -> Vec<Vec<u8>> {
    let mut ledger = Ledger::new();
    let first = ledger.frame(&[1]);
    let mut records = ledger.act(1);
    alter(&mut records[0].0);
    let second = frame_of(&mut ledger, records);
    vec![first, second]
}

#[test]
fn an_honest_ledger_has_no_fault() {
    let mut ledger = Ledger::new();
    let frames = [
        ledger.frame(&[1, 3]),
        ledger.frame(&[2]),
        ledger.frame(&[1, 1, 1]),
    ];
    assert_eq!(findings(&frames), []);
    let mut verifier = LedgerVerifier::new(chain());
    let mut frontier = Frontier::new();
    for bytes in &frames {
        let frame = Frame::parse(bytes).unwrap();
        assert_eq!(verifier.check_frame(&frame), Ok(Vec::new()));
        for record in frame.records() {
            frontier.append(Hash::leaf(record.envelope_bytes));
        }
    }
    let state = verifier.into_state();
    assert_eq!(state.size(), Size::new(9));
    assert_eq!(state.link, ledger.link);
    assert_eq!(state.frontier, frontier);
    assert_eq!(
        state.recorded_at,
        Some(Timestamp::from_micros(START.as_micros() + 8))
    );
}

#[test]
fn verifying_resumes_where_it_stopped() {
    let mut ledger = Ledger::new();
    let (first, second) = (ledger.frame(&[2]), ledger.frame(&[1]));
    let mut verifier = LedgerVerifier::new(chain());
    verifier
        .check_frame(&Frame::parse(&first).unwrap())
        .unwrap();
    let (state, epoch) = (verifier.state().clone(), verifier.epoch());
    let mut resumed = LedgerVerifier::resume(chain(), state, epoch);
    assert_eq!(
        resumed.check_frame(&Frame::parse(&second).unwrap()),
        Ok(Vec::new())
    );
    verifier
        .check_frame(&Frame::parse(&second).unwrap())
        .unwrap();
    assert_eq!(verifier.state(), resumed.state());
}

#[test]
fn a_missing_frame_is_a_gap() {
    let mut ledger = Ledger::new();
    let first = ledger.frame(&[1]);
    let before = ledger.link;
    ledger.frame(&[2]);
    let third = ledger.frame(&[1]);
    let found = ledger.act(1)[0].0.position;
    assert_eq!(found, Position::new(4));
    let after = Frame::parse(&third).unwrap().header().previous();
    assert_eq!(
        findings(&[first, third]),
        [
            fault(
                1,
                FaultClass::FrameLink {
                    expected: before,
                    found: after
                }
            ),
            fault(
                1,
                FaultClass::Position {
                    found: Position::new(3)
                }
            ),
            fault(
                1,
                FaultClass::Link {
                    expected: before,
                    found: after
                }
            ),
        ]
    );
}

#[test]
fn an_altered_envelope_shows_at_the_record_after() {
    let mut ledger = Ledger::new();
    let mut frames = [ledger.frame(&[1]), ledger.frame(&[1]), ledger.frame(&[1])];
    // A bit of the subject tag of record 1, with the checksum made to fit.
    frames[1][FRAME_HEADER_BYTES + 2 + 52] ^= 1;
    let raw = crate::frame::RawFrame::split(&frames[1]).unwrap();
    let checksum = raw.computed_checksum().to_be_bytes();
    frames[1][FRAME_HEADER_BYTES - 4..FRAME_HEADER_BYTES].copy_from_slice(&checksum);
    let found = findings(&frames);
    assert_eq!(found.len(), 2, "{found:?}");
    for finding in found {
        let Finding::Fault(Fault { position, class }) = finding else {
            panic!("{finding:?}")
        };
        assert_eq!(position, Position::new(2));
        assert!(matches!(
            class,
            FaultClass::FrameLink { .. } | FaultClass::Link { .. }
        ));
    }
}

#[test]
fn an_altered_previous_link_is_found() {
    let wrong = Link::from_bytes([3; 32]);
    let frames = with_altered_second(|envelope| envelope.previous = wrong);
    let expected = Frame::parse(&frames[1]).unwrap().header().previous();
    assert_eq!(
        findings(&frames),
        [fault(
            1,
            FaultClass::Link {
                expected,
                found: wrong
            }
        )]
    );
}

#[test]
fn time_does_not_run_back() {
    let earlier = Timestamp::from_micros(START.as_micros() - 1);
    let frames = with_altered_second(|envelope| envelope.recorded_at = earlier);
    let class = FaultClass::Time {
        previous: START,
        found: earlier,
    };
    assert_eq!(findings(&frames), [fault(1, class)]);
    let same = with_altered_second(|envelope| envelope.recorded_at = START);
    assert_eq!(findings(&same), []);
}

#[test]
fn acts_stand_together() {
    let mut verifier = LedgerVerifier::new(chain());
    let ledger = Ledger::new();
    let examined: Vec<Examined> = {
        let bytes = ledger.clone().frame(&[3, 1]);
        let frame = Frame::parse(&bytes).unwrap();
        frame
            .records()
            .map(|record| Examined::of(&ledger.chain, &record))
            .collect()
    };
    let mut acts = |order: &[usize]| {
        let mut found = Vec::new();
        let mut report = |finding| {
            if let Finding::Fault(Fault {
                class: FaultClass::Act(act),
                ..
            }) = finding
            {
                found.push(act);
            }
        };
        for index in order {
            verifier.record(&examined[*index], &mut report);
        }
        verifier.end_frame(&mut report);
        found
    };
    let part = |index| Part::new(index, 3).unwrap();
    assert_eq!(acts(&[0, 1, 2, 3]), []);
    assert_eq!(acts(&[0, 1]), [ActFault::Unfinished { expected: part(2) }]);
    assert_eq!(acts(&[1, 2]), [ActFault::StartsLate { found: part(1) }]);
    assert_eq!(
        acts(&[0, 2, 3]),
        [ActFault::PartMissing { expected: part(1) }]
    );
    assert_eq!(acts(&[0, 3]), [ActFault::PartMissing { expected: part(1) }]);
}

#[test]
fn erased_payloads_are_told_and_altered_ones_are_faults() {
    let mut bytes = Ledger::new().frame(&[3]);
    let frame = Frame::parse(&bytes).unwrap();
    let offsets: Vec<(usize, usize)> = frame
        .records()
        .map(|record| (record.sealed_offset, record.sealed.len()))
        .collect();
    let (erased, length) = offsets[1];
    bytes[erased..erased + length].fill(0);
    bytes[offsets[2].0] ^= 1;
    assert_eq!(
        findings(&[bytes]),
        [
            Finding::Erased(Position::new(1)),
            fault(2, FaultClass::Payload)
        ]
    );
}

#[test]
fn epochs_do_not_fall() {
    let mut ledger = Ledger::new();
    ledger.epoch = Epoch::new(4);
    let first = ledger.frame(&[1]);
    ledger.epoch = Epoch::new(3);
    let second = ledger.frame(&[1]);
    let class = FaultClass::Epoch {
        previous: Epoch::new(4),
        found: Epoch::new(3),
    };
    assert_eq!(findings(&[first, second]), [fault(1, class)]);
}

#[test]
fn segments_state_what_stands_before_them() {
    let mut ledger = Ledger::new();
    let mut verifier = LedgerVerifier::new(chain());
    verifier
        .check_frame(&Frame::parse(&ledger.frame(&[3])).unwrap())
        .unwrap();
    let honest = SegmentHeader {
        origin: origin(),
        epoch: Epoch::new(2),
        start: verifier.state().clone(),
        segment_bytes: 8192,
    };
    let check = |header: &SegmentHeader| {
        let mut found = Vec::new();
        verifier
            .clone()
            .segment(header, &mut |finding| found.push(finding));
        found
    };
    assert_eq!(check(&honest), []);
    let expect = |header: &SegmentHeader, segment| {
        assert_eq!(check(header), [fault(3, FaultClass::Segment(segment))]);
    };
    let mut header = honest.clone();
    header.origin = origin().sibling(LedgerName::Disclosures).unwrap();
    expect(&header, SegmentFault::Origin);
    header = honest.clone();
    header.start.frontier.append(Hash::leaf(b"one more"));
    expect(
        &header,
        SegmentFault::Position {
            found: Position::new(4),
        },
    );
    header = honest.clone();
    header.start.link = Link::from_bytes([1; 32]);
    let (expected, found) = (ledger.link, header.start.link);
    expect(&header, SegmentFault::Link { expected, found });
    header = honest.clone();
    header.start.frontier =
        Frontier::from_hashes(Size::new(3), vec![Hash::leaf(b"a"), Hash::leaf(b"b")]).unwrap();
    let (expected, found) = (honest.start.root(), header.start.root());
    expect(&header, SegmentFault::Tree { expected, found });
    header = honest.clone();
    header.start.recorded_at = Some(START);
    expect(&header, SegmentFault::Time);
    header = honest.clone();
    header.epoch = Epoch::ZERO;
    let class = FaultClass::Epoch {
        previous: Epoch::new(1),
        found: Epoch::ZERO,
    };
    assert_eq!(check(&header), [fault(3, class)]);
}

#[test]
fn the_first_fault_is_returned_and_the_frame_taken_all_the_same() {
    let frames = with_altered_second(|envelope| envelope.previous = Link::from_bytes([3; 32]));
    let mut verifier = LedgerVerifier::new(chain());
    verifier
        .check_frame(&Frame::parse(&frames[0]).unwrap())
        .unwrap();
    let found = verifier
        .check_frame(&Frame::parse(&frames[1]).unwrap())
        .unwrap_err();
    assert_eq!(found.position, Position::new(1));
    assert_eq!(verifier.state().size(), Size::new(2));
}
