use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use sabt_chain::frame::FrameError;
use sabt_chain::{Digest, Kind, Position};
use tempfile::TempDir;

use super::ScrubStep;
use crate::backend::{Backend as _, Owner, PayloadRef};
use crate::conformance::ModelLedger;
use crate::error::{Damage, DamageFault, FrameFault};
use crate::journal::{FileJournal, Options};
use crate::layout::{digest_name, segment_name};
use crate::spare::SparePreparation;

const OPTIONS: Options = Options {
    segment_bytes: 12 * 1024,
    reserve_bytes: 0,
    spares: SparePreparation::OnDemand,
};

/// A journal with three segments; record 9 says that record 1 was erased.
pub(crate) struct Ledger {
    pub(crate) directory: TempDir,
    pub(crate) journal: FileJournal,
    pub(crate) model: ModelLedger,
    pub(crate) epoch: sabt_chain::Epoch,
}

pub(crate) const ERASURE: Position = Position::new(9);
pub(crate) const ERASED: Position = Position::new(1);

pub(crate) fn origin() -> sabt_chain::Origin {
    "registry.example/events".parse().unwrap()
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self::with_payloads(1_500)
    }

    /// Another history.
    pub(crate) fn other() -> Self {
        Self::with_payloads(1_501)
    }

    fn with_payloads(payload_bytes: u32) -> Self {
        let directory = TempDir::new().unwrap();
        let journal = FileJournal::create(directory.path(), &origin(), &OPTIONS).unwrap();
        let epoch = journal.open_epoch(&Owner::new("test").unwrap()).unwrap().0;
        let mut model = ModelLedger::new(&origin());
        for _ in 0..3 {
            model.append(&journal, epoch, &[1, 2], payload_bytes);
        }
        let erasure = model.frame_of(Kind::Erasure, epoch, &[1], 64);
        journal
            .append(epoch, &model.head(), &erasure.bytes)
            .unwrap();
        model.accept(erasure);
        model.append(&journal, epoch, &[1, 1], 2_500);
        let ledger = Self {
            directory,
            journal,
            model,
            epoch,
        };
        assert!(3 <= ledger.segments().len());
        ledger
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn erase(&self, position: Position) {
        let mut reader = self.journal.read(position).unwrap();
        let frame = reader.next_frame().unwrap().unwrap();
        let parsed = frame.frame();
        let record = parsed
            .records()
            .find(|record| record.envelope.position == position);
        let sealed_digest: Digest = record.unwrap().envelope.sealed_digest;
        let payload = PayloadRef {
            position,
            sealed_digest,
        };
        self.journal.erase(self.epoch, &[payload]).unwrap();
    }

    pub(crate) fn segments(&self) -> Vec<Position> {
        let published = crate::sync::lock(&self.journal.shared_for_tests().published);
        published.segments.keys().copied().collect()
    }

    /// One pass; what it found, and how many bytes it read.
    fn pass(&self) -> (Vec<Damage>, u64) {
        let mut scrub = self.journal.scrub();
        let (mut found, mut read) = (Vec::new(), 0);
        loop {
            let step = scrub.step(
                &mut |record| match record.envelope.position {
                    ERASURE => vec![ERASED],
                    _ => Vec::new(),
                },
                &mut |damage| found.push(damage),
            );
            match step {
                ScrubStep::Read { bytes } => read += bytes,
                ScrubStep::Ended => return (found, read),
            }
        }
    }

    /// Flips a bit as a medium does.
    fn rot(&self, name: &str, offset: u64) {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(self.path().join(name))
            .unwrap();
        let mut byte = [0];
        file.read_exact_at(&mut byte, offset).unwrap();
        file.write_all_at(&[byte[0] ^ 0x10], offset).unwrap();
    }
}

#[test]
fn a_sound_ledger_gets_its_digests() {
    let ledger = Ledger::new();
    let (found, read) = ledger.pass();
    assert!(found.is_empty(), "{found:?}");
    let segments = ledger.segments();
    let (newest, sealed) = segments.split_last().unwrap();
    for first in sealed {
        assert!(ledger.path().join(digest_name(*first)).exists());
    }
    assert!(!ledger.path().join(digest_name(*newest)).exists());
    // Every byte of the sealed segments and the written part of the newest.
    assert_eq!(read, ledger.journal.scrub().bytes());
    assert!(ledger.pass().0.is_empty(), "the digests are compared now");
}

#[test]
fn the_digest_outlives_an_erasure_that_a_record_names() {
    let ledger = Ledger::new();
    assert!(ledger.pass().0.is_empty());
    ledger.erase(ERASED);
    let (found, _) = ledger.pass();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn zeros_that_nothing_names_are_found() {
    let ledger = Ledger::new();
    ledger.erase(Position::new(2));
    let (found, _) = ledger.pass();
    assert!(
        matches!(found.as_slice(), [damage] if damage.position == Position::new(2)
            && matches!(damage.fault, DamageFault::Unexplained)),
        "{found:?}"
    );
}

#[test]
fn a_flipped_bit_is_found_wherever_it_is() {
    for pass_before in [false, true] {
        let reference = Ledger::new();
        let bytes = std::fs::read(reference.path().join(segment_name(Position::FIRST))).unwrap();
        let written = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        // Header, its padding, frame header, envelope, payload, the zeros behind: a byte of each, and many between.
        for offset in [
            0,
            20,
            3_000,
            4_095,
            4_096,
            4_110,
            4_200,
            written,
            written + 8,
        ]
        .into_iter()
        .chain((4_300..written).step_by(977))
        {
            let ledger = Ledger::new();
            if pass_before {
                assert!(ledger.pass().0.is_empty());
            }
            ledger.rot(&segment_name(Position::FIRST), offset as u64);
            let (found, _) = ledger.pass();
            assert!(!found.is_empty(), "byte {offset}");
            assert!(
                found
                    .iter()
                    .all(|damage| damage.file == segment_name(Position::FIRST)),
                "byte {offset}: {found:?}"
            );
        }
    }
}

#[test]
fn a_rotten_payload_does_not_hide_another_one() {
    let ledger = Ledger::new();
    let name = segment_name(Position::FIRST);
    let bytes = std::fs::read(ledger.path().join(&name)).unwrap();
    let frame = sabt_chain::frame::Frame::parse(&bytes[4_096..]).unwrap();
    for record in frame.records() {
        ledger.rot(&name, (4_096 + record.sealed_offset) as u64);
    }
    let (found, _) = ledger.pass();
    let altered: Vec<u64> = found
        .iter()
        .filter(|damage| {
            matches!(
                damage.fault,
                DamageFault::Frame(FrameFault::Frame(FrameError::Digest { .. }))
            )
        })
        .map(|damage| damage.position.get())
        .collect();
    assert_eq!(altered, [0, 1, 2]);
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn a_digest_file_is_read_critically() {
    let ledger = Ledger::new();
    assert!(ledger.pass().0.is_empty());
    let name = digest_name(Position::FIRST);
    // A letter of the title, then a digit of the digest; neither is one any more.
    for offset in [0, 25] {
        let ledger = Ledger::new();
        assert!(ledger.pass().0.is_empty());
        ledger.rot(&name, offset);
        let (found, _) = ledger.pass();
        let [damage] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert!(
            matches!(damage.fault, DamageFault::DigestFile),
            "{offset}: {damage:?}"
        );
    }
    let text = std::fs::read_to_string(ledger.path().join(&name)).unwrap();
    let digit = text.lines().nth(1).unwrap().chars().next().unwrap();
    let other = if digit == '0' { '1' } else { '0' };
    let changed = text.replacen(&format!("\n{digit}"), &format!("\n{other}"), 1);
    #[expect(clippy::disallowed_methods, reason = "a test damages a file")]
    std::fs::write(ledger.path().join(&name), changed).unwrap();
    let (found, _) = ledger.pass();
    assert!(
        matches!(found.as_slice(), [damage] if matches!(damage.fault, DamageFault::Digest { .. })),
        "{found:?}"
    );
}

#[test]
fn a_pass_sees_what_is_appended_while_it_runs() {
    let mut ledger = Ledger::new();
    let mut scrub = ledger.journal.scrub();
    let mut found = Vec::new();
    let mut seen = Vec::new();
    let mut steps = 0;
    loop {
        let step = scrub.step(
            &mut |record| {
                seen.push(record.envelope.position);
                Vec::new()
            },
            &mut |damage| found.push(damage),
        );
        steps += 1;
        if steps == 5 {
            ledger
                .model
                .append(&ledger.journal, ledger.epoch, &[1, 1], 3_000);
            let erasure = ledger
                .model
                .frame_of(Kind::Erasure, ledger.epoch, &[1], 3_000);
            let head = ledger.model.head();
            ledger
                .journal
                .append(ledger.epoch, &head, &erasure.bytes)
                .unwrap();
            ledger.model.accept(erasure);
        }
        if step == ScrubStep::Ended {
            break;
        }
    }
    assert!(found.is_empty(), "{found:?}");
    let last = ledger.model.head().size.last_position().unwrap();
    assert_eq!(seen, [ERASURE, last]);
}
