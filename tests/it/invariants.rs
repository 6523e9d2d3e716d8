//! A real ledger cut at every byte of its end, and damaged by one bit in every kind of place: never a wrong prefix,
//! never unnoticed.

use std::fs::{self, OpenOptions};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sabt_chain::frame::{FRAME_ALIGNMENT, FRAME_HEADER_BYTES, Frame};
use sabt_chain::segment::SEGMENT_HEADER_BYTES;
use sabt_chain::{LedgerName, Link, Position, Size};
use sabt_cli::cast::{ASYLUM_UNIT, BORDER_POLICE, POLICE, REGISTRAR};
use sabt_journal::{Backend as _, OpenError, Options, Unrecovered};
use sabt_population::{Mistakes, Population, Resolver, Scale, Seed};
use sabt_proto::api::v1 as api;
use sabt_server::checkpoint::CHECKPOINT_FILE;
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::registry::{Layout, Registry, RegistryError};
use sabt_verifier::class::FaultClass;
use sabt_verifier::field::EnvelopeField;
use sabt_verifier::{MemoryFiles, Source};
use tempfile::TempDir;

use crate::processes;
use crate::synthetic::{Family, Mirror, Synthetic, origin};

/// Small, so that the founding alone fills several.
const SEGMENT_BYTES: u64 = 64 * 1024;
/// Acts about persons, each a frame of its own.
const ACTS: usize = 24;

/// A closed registry with a few acts and a few questions, each in a frame of its own.
async fn small_registry(seed: Seed) -> Synthetic {
    let registry = Synthetic::found(seed, SEGMENT_BYTES).await;
    let serving = registry.serve().await;
    let registrar = registry.client(serving.addr(), REGISTRAR).await;
    let border = registry.client(serving.addr(), BORDER_POLICE).await;
    let unit = registry.client(serving.addr(), ASYLUM_UNIT).await;
    let police = registry.client(serving.addr(), POLICE).await;
    let mut population =
        Population::with_mistakes(seed, Scale { persons: 1_000 }, Mistakes::NONE).families_alone();
    let mut family = Family::next(&mut population, &Resolver::new()).unwrap();
    for _act in 0..ACTS {
        if family.is_done() {
            family = Family::next(&mut population, &Resolver::new()).unwrap();
        }
        let (planned, signed) = family.sign_next(&registry).unwrap();
        let client = match planned.author.agency.as_str() {
            agency if agency == BORDER_POLICE.agency => &border,
            agency if agency == ASYLUM_UNIT.agency => &unit,
            _ => &registrar,
        };
        let signed_act = Some(signed);
        let response = client
            .registry()
            .submit_act(api::SubmitActRequest { signed_act })
            .await
            .unwrap();
        let receipt = response.into_inner().receipt.unwrap();
        for person in family.answered(Ok(&receipt)) {
            let question = api::VerifyStayRequest {
                purpose: Some(api::Purpose {
                    code: POLICE.purpose.code().to_owned(),
                    legal_basis: POLICE.purpose.source().to_owned(),
                    case_reference: String::new(),
                    ..api::Purpose::default()
                }),
                at: Some(api::AsOf {
                    min_position: receipt.position + u64::from(receipt.parts),
                    ..api::AsOf::default()
                }),
                person,
            };
            police.persons().verify_stay(question).await.unwrap();
        }
    }
    serving.stop().await.unwrap();
    registry
}

/// Segments of a ledger, oldest first.
fn segments(ledger: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(ledger).unwrap();
    let mut segments: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "seg"))
        .collect();
    segments.sort();
    segments
}

/// A frame and where it stands in its segment.
struct Placed {
    bytes: Range<usize>,
    size_before: u64,
    size_after: u64,
}

/// The frames of a segment, in order; whatever follows them must be zeros.
fn frames(segment: &[u8]) -> Vec<Placed> {
    let mut frames = Vec::new();
    let mut start = SEGMENT_HEADER_BYTES;
    while let Ok(frame) = Frame::parse(&segment[start..]) {
        let end = start + frame.bytes().len();
        frames.push(Placed {
            bytes: start..end,
            size_before: frame.header().first_position().get(),
            size_after: frame.header().size_after().get(),
        });
        start = end;
    }
    assert!(segment[start..].iter().all(|byte| *byte == 0));
    frames
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            // Keeps the mode, so that keys stay private.
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// The events ledger of a closed registry, its newest segment cut in a copy of its directory.
struct Cutting {
    _scratch: TempDir,
    directory: PathBuf,
    segment: PathBuf,
    original: Vec<u8>,
    frames: Vec<Placed>,
    mirror: Mirror,
}

impl Cutting {
    fn of(registry: &Synthetic) -> Self {
        let mut mirror = Mirror::new(LedgerName::Events);
        mirror.catch_up(&registry.journal(LedgerName::Events));
        let ledger = Layout::new(registry.path()).ledger(LedgerName::Events);
        let scratch = tempfile::tempdir().unwrap();
        let directory = scratch.path().join("events");
        copy_tree(&ledger, &directory);
        let segment = segments(&directory).pop().unwrap();
        let original = fs::read(&segment).unwrap();
        let frames = frames(&original);
        assert!(
            3 <= frames.len(),
            "the newest segment holds {} frames",
            frames.len()
        );
        Self {
            _scratch: scratch,
            directory,
            segment,
            original,
            frames,
            mirror,
        }
    }

    /// Fills the copy with zeros from `cut` on.
    fn cut(&self, cut: usize) {
        let file = OpenOptions::new().write(true).open(&self.segment).unwrap();
        let mut bytes = self.original.clone();
        bytes[cut..].fill(0);
        file.write_all_at(&bytes, 0).unwrap();
    }

    fn open(&self) -> Result<Unrecovered, OpenError> {
        let options = Options {
            segment_bytes: SEGMENT_BYTES,
            reserve_bytes: 0,
            spares: sabt_journal::SparePreparation::OnDemand,
        };
        // A process that another test has just started may hold a copy of the lock for some microseconds still.
        let mut patience = 10_000;
        loop {
            processes::settle();
            let ledger = origin(LedgerName::Events);
            match Unrecovered::open(&self.directory, &ledger, &options) {
                Err(OpenError::Busy) if 0 < patience => patience -= 1,
                outcome => return outcome,
            }
            std::thread::yield_now();
        }
    }

    /// How many records are whole when the segment is cut here. Bytes that were zero before are no loss.
    fn whole(&self, cut: usize) -> u64 {
        let intact = |frame: &&Placed| {
            let lost = cut.clamp(frame.bytes.start, frame.bytes.end)..frame.bytes.end;
            self.original[lost].iter().all(|byte| *byte == 0)
        };
        let last = self.frames.iter().take_while(intact).last();
        last.map_or(self.frames[0].size_before, |frame| frame.size_after)
    }

    /// Whether the cut goes through the last word of a frame. No medium of the journal's model tears within 64 bytes, so
    /// such a frame may have been whole and receipted once: it need not be taken for a torn one.
    fn splits_last_word(&self, cut: usize) -> bool {
        let mut ends = self.frames.iter().map(|frame| frame.bytes.end);
        ends.any(|end| (end - FRAME_ALIGNMENT + 1..end).contains(&cut))
    }

    /// The link that a ledger of this size ends with.
    fn link_at(&self, size: u64) -> Link {
        self.mirror.link_at(Size::new(size))
    }

    /// Where to cut: at every byte of the last two frames, and here and there before and behind them.
    fn places(&self) -> Vec<usize> {
        let [.., last_but_one, last] = &self.frames[..] else {
            panic!("too few frames");
        };
        let every = last_but_one.bytes.start..=last.bytes.end;
        let before = (SEGMENT_HEADER_BYTES..last_but_one.bytes.start).step_by(211);
        let behind = (last.bytes.end..self.original.len()).step_by(4_099);
        before.chain(every).chain(behind).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_segment_cut_anywhere_opens_as_a_prefix_of_whole_acts_or_not_at_all() {
    let registry = small_registry(Seed(71)).await;
    let cutting = Cutting::of(&registry);
    let signed = Size::new(cutting.mirror.len());
    let mut sizes = std::collections::BTreeSet::new();
    for place in cutting.places() {
        cutting.cut(place);
        let whole = cutting.whole(place);
        let unrecovered = match cutting.open() {
            Ok(unrecovered) => unrecovered,
            Err(OpenError::Damaged(damage)) => {
                assert!(cutting.splits_last_word(place), "cut at {place}: {damage}");
                assert_eq!(damage.position.get(), whole, "cut at {place}");
                continue;
            }
            Err(err) => panic!("cut at {place}: {err}"),
        };
        let head = unrecovered.head();
        assert_eq!(head.size.get(), whole, "cut at {place}");
        assert_eq!(head.link, cutting.link_at(whole), "cut at {place}");
        sizes.insert(whole);

        // What was signed is not cut: the same bytes are a loss then, and nothing is cleared.
        let required = unrecovered.require(signed);
        if whole == signed.get() {
            drop(required.unwrap());
        } else {
            let Err(OpenError::Short { size, required }) = required else {
                panic!("cut at {place}: opened below what was signed");
            };
            assert_eq!((size.get(), required), (whole, signed));
        }
    }
    assert!(3 <= sizes.len(), "{sizes:?}");

    // A cut through the header leaves no ledger to open.
    for place in (0..SEGMENT_HEADER_BYTES).step_by(509) {
        cutting.cut(place);
        assert!(
            matches!(cutting.open(), Err(OpenError::Damaged(_))),
            "cut at {place}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_frame_is_cleared_and_the_prefix_reads_whole() {
    let registry = small_registry(Seed(72)).await;
    let cutting = Cutting::of(&registry);
    for place in cutting.places().into_iter().step_by(37) {
        if cutting.splits_last_word(place) {
            continue;
        }
        cutting.cut(place);
        let whole = cutting.whole(place);
        let journal = cutting.open().unwrap().recover().unwrap();
        assert_eq!(journal.head().unwrap().size.get(), whole);
        let mut mirror = Mirror::new(LedgerName::Events);
        mirror.catch_up(&journal);
        assert_eq!(mirror.link(), cutting.link_at(whole));
        drop(journal);
        let recovered = fs::read(&cutting.segment).unwrap();
        let end = frames(&recovered)
            .last()
            .map_or(SEGMENT_HEADER_BYTES, |frame| frame.bytes.end);
        assert_eq!(recovered[..end], cutting.original[..end], "cut at {place}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_cut_below_what_it_signed_does_not_open() {
    let registry = small_registry(Seed(73)).await;
    for ledger in LedgerName::ALL {
        let copy = tempfile::tempdir().unwrap();
        copy_tree(registry.path(), copy.path());
        let segment = segments(&Layout::new(copy.path()).ledger(ledger))
            .pop()
            .unwrap();
        let mut bytes = fs::read(&segment).unwrap();
        let last = frames(&bytes).pop().unwrap();
        bytes[last.bytes.end - last.bytes.len() / 2..].fill(0);
        let file = OpenOptions::new().write(true).open(&segment).unwrap();
        file.write_all_at(&bytes, 0).unwrap();
        let config = Config::load(copy.path()).unwrap();
        let refused = Registry::open(copy.path(), &config, Clock::system()).unwrap_err();
        let RegistryError::Journal {
            ledger: named,
            source,
        } = refused
        else {
            panic!("refused for another reason: {refused}");
        };
        assert_eq!(named, ledger.as_str());
        assert!(matches!(source, OpenError::Short { .. }), "{source}");
        // Nothing was cleared: the bytes are evidence.
        assert_eq!(fs::read(&segment).unwrap(), bytes);
    }
}

/// One bit to flip, and what it must be called.
struct Flip {
    offset: usize,
    class: FaultClass,
    position: Position,
}

/// One byte of every field of the frame that starts at `start`, of its payloads and of its padding.
fn frame_flips(segment: &[u8], start: usize) -> Vec<Flip> {
    let frame = Frame::parse(&segment[start..]).unwrap();
    let first = frame.header().first_position();
    // Magic, epoch, first position, count, lengths of both sections, previous link; then the checksum.
    let mut flips: Vec<Flip> = [0, 4, 12, 20, 24, 28, 32, 63]
        .map(|offset| (offset, FaultClass::FrameStructure))
        .into_iter()
        .chain([(FRAME_HEADER_BYTES - 1, FaultClass::FrameChecksum)])
        .map(|(offset, class)| Flip {
            offset: start + offset,
            class,
            position: first,
        })
        .collect();
    let mut at = start + FRAME_HEADER_BYTES;
    for record in frame.records() {
        let position = record.envelope.position;
        flips.push(Flip {
            offset: at,
            class: FaultClass::FrameStructure,
            position,
        });
        at += 2;
        let mut before = None;
        for offset in 0..record.envelope_bytes.len() {
            let field = EnvelopeField::at(offset).unwrap();
            if before == Some(field) {
                continue;
            }
            before = Some(field);
            let class = if field == EnvelopeField::Previous {
                FaultClass::Link
            } else if field == EnvelopeField::Position {
                FaultClass::Position
            } else {
                FaultClass::Envelope
            };
            flips.push(Flip {
                offset: at + offset,
                class,
                position,
            });
        }
        at += record.envelope_bytes.len();
    }
    for record in frame.records() {
        for offset in [0, record.sealed.len() / 2, record.sealed.len() - 1] {
            flips.push(Flip {
                offset: at + offset,
                class: FaultClass::Payload,
                position: record.envelope.position,
            });
        }
        at += record.sealed.len();
    }
    let last = frame.header().size_after().last_position().unwrap();
    flips.extend((at..start + frame.bytes().len()).map(|offset| Flip {
        offset,
        class: FaultClass::Padding,
        position: last,
    }));
    flips
}

/// Flips in the header of a segment, in its last frame, and in the zeros behind it.
fn segment_flips(segment: &[u8], first: Position) -> Vec<Flip> {
    let header = [0, 8, 10, 14, 60, 80, 120, 2_048, SEGMENT_HEADER_BYTES - 1];
    let mut flips: Vec<Flip> = header
        .map(|offset| Flip {
            offset,
            class: FaultClass::SegmentHeader,
            position: first,
        })
        .into();
    let frames = frames(segment);
    let last = frames.last().unwrap();
    flips.extend(frame_flips(segment, last.bytes.start));
    let tail = last.bytes.end..segment.len();
    for offset in [tail.start, tail.start + tail.len() / 2, tail.end - 1] {
        flips.push(Flip {
            offset,
            class: FaultClass::Padding,
            position: Position::new(last.size_after),
        });
    }
    flips
}

type Files = Vec<(String, Arc<[u8]>)>;

/// What an auditor is given: segments and checkpoints.
fn files(registry: &Synthetic) -> Files {
    let layout = Layout::new(registry.path());
    let mut files = Files::new();
    for ledger in LedgerName::ALL {
        let directory = layout.ledger(ledger);
        let checkpoint = directory.join(CHECKPOINT_FILE);
        for path in segments(&directory).into_iter().chain([checkpoint]) {
            let name = path.file_name().unwrap().to_str().unwrap();
            files.push((format!("{ledger}/{name}"), fs::read(&path).unwrap().into()));
        }
    }
    files
}

fn flip(registry: &Synthetic, files: &Files, index: usize, ledger: LedgerName, flip: &Flip) {
    let (path, original) = &files[index];
    let mut bytes = original.to_vec();
    bytes[flip.offset] ^= 1 << (flip.offset % 8);
    let mut damaged = files.clone();
    damaged[index].1 = bytes.into();
    let source = Source::Memory(MemoryFiles::new(damaged));
    let report = sabt_verifier::verify(&registry.verifier_options(source)).unwrap();
    let first = report.faults.first();
    let found = first.map(|fault| (fault.ledger, fault.class(), fault.position));
    let wanted = Some((ledger, flip.class, Some(flip.position)));
    assert_eq!(found, wanted, "{path} byte {}: {report}", flip.offset);
    assert_ne!(report.exit_code(), 0);
    assert_eq!(report.exit_code(), flip.class.exit_code());
}

/// Every byte of a small ledger is flipped in the tests of the verifier; here a real one, with real payloads, in every
/// kind of place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_flipped_bit_of_a_real_ledger_is_named_by_class_and_position() {
    let registry = small_registry(Seed(74)).await;
    let files = files(&registry);
    for ledger in LedgerName::ALL {
        let prefix = format!("{ledger}/");
        let of_ledger: Vec<usize> = (0..files.len())
            .filter(|index| files[*index].0.starts_with(&prefix))
            .filter(|index| files[*index].0 != format!("{prefix}{CHECKPOINT_FILE}"))
            .collect();
        let ends = [*of_ledger.first().unwrap(), *of_ledger.last().unwrap()];
        let ends = if ends[0] == ends[1] {
            &ends[..1]
        } else {
            &ends[..]
        };
        for index in ends {
            let (path, segment) = &files[*index];
            let first: u64 = path[prefix.len()..]
                .trim_end_matches(".seg")
                .parse()
                .unwrap();
            for one in segment_flips(segment, Position::new(first)) {
                flip(&registry, &files, *index, ledger, &one);
            }
        }
    }
}
