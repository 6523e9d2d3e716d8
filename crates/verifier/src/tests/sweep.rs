//! Every byte of every file, one bit flipped: never unnoticed, and named by class and position.

use std::sync::Arc;

use sabt_chain::frame::{FRAME_HEADER_BYTES, Frame, FrameHeader};
use sabt_chain::segment::SEGMENT_HEADER_BYTES;
use sabt_chain::{LedgerName, Position};

use super::support::{Ledger, Registry};
use crate::class::FaultClass;
use crate::field::EnvelopeField;
use crate::{MemoryFiles, Source, verify};

/// What a flip in each byte of a segment must be called.
fn expectations(first: Position, segment: &[u8]) -> Vec<(FaultClass, Position)> {
    let mut expected = vec![(FaultClass::SegmentHeader, first); SEGMENT_HEADER_BYTES];
    let mut next = first;
    while let Ok(frame) = Frame::parse(&segment[expected.len()..]) {
        expected.extend(frame_expectations(&frame));
        next = frame.header().size_after().next_position();
    }
    expected.resize(segment.len(), (FaultClass::Padding, next));
    expected
}

fn frame_expectations(frame: &Frame<'_>) -> Vec<(FaultClass, Position)> {
    let header: &FrameHeader = frame.header();
    let first = header.first_position();
    let mut expected = vec![(FaultClass::FrameStructure, first); FRAME_HEADER_BYTES - 4];
    expected.resize(FRAME_HEADER_BYTES, (FaultClass::FrameChecksum, first));
    for record in frame.records() {
        let position = record.envelope.position;
        expected.extend([(FaultClass::FrameStructure, position); 2]);
        for offset in 0..record.envelope_bytes.len() {
            let field = EnvelopeField::at(offset).unwrap();
            let class = if field == EnvelopeField::Previous {
                FaultClass::Link
            } else if field == EnvelopeField::Position {
                FaultClass::Position
            } else {
                FaultClass::Envelope
            };
            expected.push((class, position));
        }
    }
    for record in frame.records() {
        let payload = (FaultClass::Payload, record.envelope.position);
        expected.resize(expected.len() + record.sealed.len(), payload);
    }
    let last = header.size_after().last_position().unwrap();
    expected.resize(frame.bytes().len(), (FaultClass::Padding, last));
    expected
}

/// Every how many bytes a long stretch of zeros is sampled. Its every byte is flipped in the tests of `header` and
/// `mend`, where that costs nothing.
const ZEROS_STEP: usize = 61;

/// Whether a byte stands inside a long stretch of zeros.
fn in_zeros(bytes: &[u8], offset: usize) -> bool {
    let reach = offset.saturating_sub(32)..(offset + 32).min(bytes.len());
    bytes[reach].iter().all(|byte| *byte == 0)
}

/// Flips one bit of each byte of a file, a different one from byte to byte, and checks what is reported first.
fn sweep(
    registry: &Registry,
    files: &[(String, Arc<[u8]>)],
    path: &str,
    expected: &[(FaultClass, Option<Position>)],
    ledger: LedgerName,
) {
    let (_, original) = files.iter().find(|(name, _)| name == path).unwrap();
    assert_eq!(original.len(), expected.len(), "{path}");
    let mut options = registry.options(Source::Memory(MemoryFiles::default()));
    for (offset, (class, position)) in expected.iter().enumerate() {
        if in_zeros(original, offset) && offset % ZEROS_STEP != 0 {
            continue;
        }
        let mut flipped = original.to_vec();
        flipped[offset] ^= 1 << (offset % 8);
        let flipped: Arc<[u8]> = flipped.into();
        let damaged = files.iter().map(|(name, bytes)| {
            let bytes = if name == path { &flipped } else { bytes };
            (name.clone(), Arc::clone(bytes))
        });
        options.source = Source::Memory(MemoryFiles::new(damaged));
        let report = verify(&options).unwrap();
        let first = report.faults.first();
        let found = first.map(|fault| (fault.ledger, fault.class(), fault.position));
        let wanted = Some((ledger, *class, *position));
        assert_eq!(found, wanted, "{path} byte {offset}: {report}");
        assert_eq!(report.exit_code(), class.exit_code());
    }
}

fn sweep_segments(registry: &Registry, ledger: &Ledger, number: usize) {
    let (first, bytes) = ledger.segments().swap_remove(number);
    let expected: Vec<_> = expectations(first, &bytes)
        .into_iter()
        .map(|(class, position)| (class, Some(position)))
        .collect();
    sweep(
        registry,
        &registry.data_files(),
        &ledger.segment_path(first),
        &expected,
        ledger.name,
    );
}

#[test]
fn first_segment_of_events() {
    let registry = Registry::complete();
    sweep_segments(&registry, &registry.events, 0);
}

#[test]
fn last_segment_of_events() {
    let registry = Registry::complete();
    sweep_segments(&registry, &registry.events, 1);
}

#[test]
fn first_segment_of_disclosures() {
    let registry = Registry::complete();
    sweep_segments(&registry, &registry.disclosures, 0);
}

#[test]
fn last_segment_of_disclosures() {
    let registry = Registry::complete();
    sweep_segments(&registry, &registry.disclosures, 1);
}

#[test]
fn checkpoints() {
    let registry = Registry::complete();
    let files = registry.data_files();
    for ledger in [&registry.events, &registry.disclosures] {
        let expected = vec![(FaultClass::CheckpointSignature, None); ledger.checkpoint().len()];
        sweep(
            &registry,
            &files,
            &format!("{}/checkpoint", ledger.name),
            &expected,
            ledger.name,
        );
    }
}

/// The same over an export, which has neither segment headers nor zeros at its end.
#[test]
fn exported_records() {
    let registry = Registry::complete();
    let files = registry.export_files();
    let path = "disclosures/records.bin";
    let (_, original) = files.iter().find(|(name, _)| name == path).unwrap();
    let mut expected = Vec::new();
    while let Ok(frame) = Frame::parse(&original[expected.len()..]) {
        let frame = frame_expectations(&frame).into_iter();
        expected.extend(frame.map(|(class, position)| (class, Some(position))));
    }
    sweep(&registry, &files, path, &expected, LedgerName::Disclosures);
}
