//! What every backend must pass, whatever keeps its bytes.
//!
//! [`run`] drives a backend through the promises of [`Backend`]: one winner of a race, no writes by a fenced
//! writer, a resend and a lost acknowledgement that resolve by the link, reading back with every link and
//! payload checked, tailing beside the writer, erasure in place, and all of it again after a restart. What
//! depends on the kind of backend stands with the backend: killing it under load, and refusing to start
//! when its durability settings are wrong.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use sabt_chain::frame::{Frame, FrameBuilder, PayloadState};
use sabt_chain::{
    ActId, Chain, Digest, Envelope, Epoch, Hash, Kind, LedgerState, Origin, Part, Position, Size,
    SubjectTag, Timestamp,
};

use crate::backend::{Backend, ERASE_PAYLOADS_MAX, Head, Owner, PayloadRef, Reader};
use crate::error::{AppendError, EraseError, ReadError};

/// How many writers race for one place.
const RACERS: usize = 20;
/// How long a test waits for what must come at once, so that a fault does not hang it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A kind of backend under test.
pub trait Harness {
    /// The ledger that it keeps.
    fn origin(&self) -> Origin;

    /// A backend with an empty ledger.
    fn create(&self) -> Box<dyn Backend>;

    /// Stops a backend that [`Harness::create`] made and starts it again on the same ledger.
    fn reopen(&self, backend: Box<dyn Backend>) -> Box<dyn Backend>;
}

/// Runs the whole suite, each part on a ledger of its own.
///
/// # Panics
/// When the backend breaks a promise.
pub fn run(harness: &dyn Harness) {
    starts_empty(harness);
    reads_back_what_was_appended(harness);
    refuses_what_does_not_continue_the_ledger(harness);
    one_of_many_racers_wins(harness);
    fences_a_zombie(harness);
    resolves_a_lost_acknowledgement(harness);
    reads_beside_the_writer(harness);
    erases_in_place(harness);
}

/// Makes frames that continue a ledger, and remembers where it stands: the model that a backend is held against.
#[derive(Debug, Clone)]
pub struct ModelLedger {
    chain: Chain,
    state: LedgerState,
    frames: Vec<Vec<u8>>,
}

/// A frame that is not part of the model yet.
#[derive(Debug, Clone)]
pub struct NextFrame {
    /// The frame.
    pub bytes: Vec<u8>,
    /// The ledger with it.
    pub state: LedgerState,
}

impl ModelLedger {
    /// An empty ledger.
    pub fn new(origin: &Origin) -> Self {
        let chain = Chain::new(origin);
        let state = LedgerState::genesis(&chain);
        Self {
            chain,
            state,
            frames: Vec::new(),
        }
    }

    /// Where it stands.
    pub const fn state(&self) -> &LedgerState {
        &self.state
    }

    /// Where it ends.
    pub const fn head(&self) -> Head {
        Head::of(&self.state)
    }

    /// Its frames in order.
    pub fn frames(&self) -> &[Vec<u8>] {
        &self.frames
    }

    /// A frame of events that continues the ledger: one act for each entry of `acts`, of so many parts, each
    /// part with a payload of `payload_bytes`. The same call on the same ledger makes the same frame.
    ///
    /// # Panics
    /// When `acts` or an entry of it is empty, or the frame would be too long.
    pub fn frame(&self, epoch: Epoch, acts: &[u8], payload_bytes: u32) -> NextFrame {
        self.frame_of(Kind::Event, epoch, acts, payload_bytes)
    }

    /// [`ModelLedger::frame`] with records of another kind.
    ///
    /// # Panics
    /// As there.
    pub fn frame_of(&self, kind: Kind, epoch: Epoch, acts: &[u8], payload_bytes: u32) -> NextFrame {
        let mut state = self.state.clone();
        let mut builder = FrameBuilder::new(epoch, state.next_position(), state.link);
        for count in acts {
            let act_id = ActId::from_bytes(u128::from(state.next_position().get()).to_be_bytes());
            for index in 0..*count {
                let position = state.next_position();
                let payload = payload(position, payload_bytes);
                let micros = i64::try_from(position.get()).expect("a short ledger");
                let envelope = Envelope {
                    kind,
                    position,
                    previous: state.link,
                    recorded_at: Timestamp::from_micros(micros),
                    subject_tag: SubjectTag::from_bytes(act_id.to_bytes()),
                    act_id,
                    part: Part::new(index, *count).expect("index is less than count"),
                    sealed_len: payload_bytes,
                    sealed_digest: Digest::of(&payload),
                    authorship: None,
                };
                let bytes = envelope.encode().expect("a well-formed envelope");
                builder
                    .push(&bytes, &payload)
                    .expect("the record is the next one");
                state.link = self.chain.link(&bytes);
                state.recorded_at = Some(envelope.recorded_at);
                state.frontier.append(Hash::leaf(&bytes));
            }
        }
        let bytes = builder.finish().expect("whole acts");
        NextFrame { bytes, state }
    }

    /// Takes a frame into the model.
    pub fn accept(&mut self, frame: NextFrame) {
        self.state = frame.state;
        self.frames.push(frame.bytes);
    }

    /// Appends such a frame to the backend, which must accept it, and to the model.
    ///
    /// # Panics
    /// When the backend does not accept it.
    pub fn append(&mut self, backend: &dyn Backend, epoch: Epoch, acts: &[u8], payload_bytes: u32) {
        let next = self.frame(epoch, acts, payload_bytes);
        let head = backend.append(epoch, &self.head(), &next.bytes);
        assert_eq!(
            head.expect("the frame continues the ledger"),
            Head::of(&next.state)
        );
        self.accept(next);
    }

    /// Reads the whole backend and holds it against the model.
    ///
    /// # Panics
    /// When they differ.
    pub fn check(&self, backend: &dyn Backend) {
        assert_eq!(backend.head().expect("a head"), self.head());
        assert_eq!(backend.state().expect("a state"), self.state);
        let mut reader = backend
            .read(Position::FIRST)
            .expect("a reader from the first record");
        for frame in &self.frames {
            let stored = reader
                .next_frame()
                .expect("a sound frame")
                .expect("as many frames as written");
            assert!(
                stored.bytes() == frame.as_slice(),
                "a frame differs from what was appended"
            );
        }
        assert!(reader.next_frame().expect("the end").is_none());
        assert_eq!(reader.position(), self.state.next_position());
    }
}

/// Bytes without zeros that differ from record to record.
fn payload(position: Position, payload_bytes: u32) -> Vec<u8> {
    let seed = Digest::of(&position.get().to_be_bytes());
    let length = usize::try_from(payload_bytes).expect("u32 fits usize");
    seed.as_bytes()
        .iter()
        .cycle()
        .map(|byte| byte | 1)
        .take(length)
        .collect()
}

fn open_epoch(backend: &dyn Backend, owner: &str) -> Epoch {
    let owner = Owner::new(owner).expect("a valid owner");
    backend.open_epoch(&owner).expect("an epoch").0
}

fn starts_empty(harness: &dyn Harness) {
    let backend = harness.create();
    let model = ModelLedger::new(&harness.origin());
    model.check(&*backend);
    let owner = Owner::new("writer-1").expect("a valid owner");
    let (epoch, head) = backend.open_epoch(&owner).expect("an epoch");
    assert!(Epoch::ZERO < epoch, "epoch 0 is the time before the first");
    assert_eq!(head, model.head());
    let beyond = backend.read(Position::new(1)).err();
    assert!(
        matches!(beyond, Some(ReadError::BeyondHead { .. })),
        "{beyond:?}"
    );
    let unopened = harness.create();
    let frame = model.frame(Epoch::ZERO, &[1], 64);
    let refused = unopened.append(Epoch::ZERO, &model.head(), &frame.bytes);
    assert!(
        matches!(refused, Err(AppendError::Fenced { .. })),
        "{refused:?}"
    );
}

fn reads_back_what_was_appended(harness: &dyn Harness) {
    let mut backend = harness.create();
    let mut model = ModelLedger::new(&harness.origin());
    for round in 0..3 {
        let epoch = open_epoch(&*backend, &format!("writer-{round}"));
        for size in [1_u32, 63, 64, 1_000] {
            model.append(&*backend, epoch, &[1, 3, 2], size);
            model.append(&*backend, epoch, &[1], size);
        }
        model.check(&*backend);
        backend = harness.reopen(backend);
        model.check(&*backend);
    }
    // A reader that begins anywhere begins with the frame that holds its position.
    let size = model.state().size().get();
    for from in 0..size {
        let from = Position::new(from);
        let mut reader = backend.read(from).expect("a reader");
        let stored = reader
            .next_frame()
            .expect("a sound frame")
            .expect("a frame");
        let first = stored.frame().header().first_position();
        assert!(first <= from && stored.size_after().covers(from));
        let mut last = stored;
        while let Some(stored) = reader.next_frame().expect("a sound frame") {
            last = stored;
        }
        assert_eq!(
            (last.size_after(), last.link()),
            (model.head().size, model.head().link)
        );
    }
    let mut at_end = backend
        .read(Position::new(size))
        .expect("a reader at the end");
    assert!(at_end.next_frame().expect("the end").is_none());
}

fn refuses_what_does_not_continue_the_ledger(harness: &dyn Harness) {
    let backend = harness.create();
    let mut model = ModelLedger::new(&harness.origin());
    let epoch = open_epoch(&*backend, "writer-1");
    let empty = model.clone();
    model.append(&*backend, epoch, &[2], 64);
    let stranger = ModelLedger::new(&"stranger.example/events".parse().expect("an origin"));
    let next = model.frame(epoch, &[1], 64);
    let mut flipped = next.bytes.clone();
    *flipped.first_mut().expect("a frame has bytes") ^= 1;
    let mut payload = next.bytes.clone();
    let sealed = Frame::parse(&payload)
        .expect("a frame")
        .records()
        .next()
        .expect("a record");
    let sealed_offset = sealed.sealed_offset;
    payload.get_mut(sealed_offset..).expect("a payload").fill(0);
    let mut longer = next.bytes.clone();
    longer.extend_from_slice(&[0; 8]);
    let later = epoch.next().expect("a later epoch");
    for (what, frame) in [
        ("an older frame", empty.frame(epoch, &[1], 64).bytes),
        (
            "a frame of another ledger",
            stranger.frame(epoch, &[1], 64).bytes,
        ),
        (
            "a frame of another epoch",
            model.frame(later, &[1], 64).bytes,
        ),
        ("a frame with a flipped bit", flipped),
        ("a frame with an altered payload", payload),
        ("a frame with something behind it", longer),
        ("nothing", Vec::new()),
    ] {
        let refused = backend.append(epoch, &model.head(), &frame);
        assert!(
            matches!(refused, Err(AppendError::Invalid { .. })),
            "{what}: {refused:?}"
        );
    }
    let refused = backend.append(epoch, &empty.head(), &next.bytes);
    let conflict = matches!(&refused, Err(AppendError::Conflict(head)) if *head == model.head());
    assert!(conflict, "{refused:?}");
    model.check(&*backend);
    model.append(&*backend, epoch, &[1], 64);
    model.check(&*backend);
}

fn one_of_many_racers_wins(harness: &dyn Harness) {
    let backend = harness.create();
    let mut model = ModelLedger::new(&harness.origin());
    let epoch = open_epoch(&*backend, "writer-1");
    for round in 0..5_u32 {
        let start = Barrier::new(RACERS);
        let frames: Vec<NextFrame> = (1_u32..)
            .take(RACERS)
            .map(|racer| model.frame(epoch, &[1], racer.saturating_add(round)))
            .collect();
        let expected = model.head();
        let outcomes: Vec<_> = thread::scope(|scope| {
            let racers: Vec<_> = frames
                .iter()
                .map(|frame| {
                    scope.spawn(|| {
                        start.wait();
                        backend.append(epoch, &expected, &frame.bytes)
                    })
                })
                .collect();
            racers
                .into_iter()
                .map(|racer| racer.join().expect("no panic"))
                .collect()
        });
        let mut winners = frames
            .into_iter()
            .zip(&outcomes)
            .filter(|(_, outcome)| outcome.is_ok());
        let (winner, _) = winners.next().expect("one of the racers wins");
        assert!(winners.next().is_none(), "two frames took the same place");
        model.accept(winner);
        for outcome in outcomes {
            let (Ok(head) | Err(AppendError::Conflict(head))) = outcome else {
                unreachable!("a racer met {outcome:?}")
            };
            assert_eq!(head, model.head());
        }
        model.check(&*backend);
    }
}

fn fences_a_zombie(harness: &dyn Harness) {
    let backend = harness.create();
    let mut model = ModelLedger::new(&harness.origin());
    let old = open_epoch(&*backend, "old");
    model.append(&*backend, old, &[1], 64);
    let new = open_epoch(&*backend, "new");
    assert!(old < new);
    // The zombie knows the head and its frame is sound: only its epoch is old.
    let frame = model.frame(old, &[1], 64);
    let refused = backend.append(old, &model.head(), &frame.bytes);
    assert!(
        matches!(refused, Err(AppendError::Fenced { .. })),
        "{refused:?}"
    );
    let erased = backend.erase(old, &[]);
    assert!(
        matches!(erased, Err(EraseError::Fenced { .. })),
        "{erased:?}"
    );
    model.append(&*backend, new, &[1], 64);
    model.check(&*backend);
    let backend = harness.reopen(backend);
    let frame = model.frame(new, &[1], 64);
    let refused = backend.append(new, &model.head(), &frame.bytes);
    assert!(
        matches!(refused, Err(AppendError::Fenced { .. })),
        "{refused:?}"
    );
    assert!(new < open_epoch(&*backend, "newest"));
}

fn resolves_a_lost_acknowledgement(harness: &dyn Harness) {
    let backend = harness.create();
    let mut model = ModelLedger::new(&harness.origin());
    let epoch = open_epoch(&*backend, "writer-1");
    model.append(&*backend, epoch, &[1], 64);
    let before = model.head();
    let frame = model.frame(epoch, &[2], 64);
    backend
        .append(epoch, &before, &frame.bytes)
        .expect("the first copy is kept");
    // The acknowledgement is lost, the writer sends the same bytes again and learns that they are the head.
    let again = backend.append(epoch, &before, &frame.bytes);
    let mine = Head::of(&frame.state);
    let resolved = matches!(&again, Err(AppendError::Conflict(head)) if *head == mine);
    assert!(resolved, "{again:?}");
    model.accept(frame);
    model.check(&*backend);
}

fn reads_beside_the_writer(harness: &dyn Harness) {
    let backend = harness.create();
    let mut model = ModelLedger::new(&harness.origin());
    let epoch = open_epoch(&*backend, "writer-1");
    let goal = Size::new(120);
    let at_once = backend
        .wait_beyond(Size::EMPTY, Duration::ZERO)
        .expect("a head");
    assert_eq!(at_once.size, Size::EMPTY, "the time is up at once");
    thread::scope(|scope| {
        let readers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut reader = backend.read(Position::FIRST).expect("a reader");
                    let mut seen = Vec::new();
                    while reader.position().size_before() < goal {
                        let size = reader.position().size_before();
                        let head = backend.wait_beyond(size, PATIENCE).expect("a head");
                        assert!(size < head.size, "nothing came in time");
                        while let Some(stored) = reader.next_frame().expect("a sound frame") {
                            seen.push(stored.bytes().to_vec());
                        }
                    }
                    seen
                })
            })
            .collect();
        while model.state().size() < goal {
            model.append(&*backend, epoch, &[1, 2], 300);
        }
        for reader in readers {
            assert!(reader.join().expect("no panic") == model.frames());
        }
    });
}

fn erases_in_place(harness: &dyn Harness) {
    let backend = harness.create();
    let mut model = ModelLedger::new(&harness.origin());
    let epoch = open_epoch(&*backend, "writer-1");
    let governance = model.frame_of(Kind::Governance, epoch, &[1], 64);
    backend
        .append(epoch, &model.head(), &governance.bytes)
        .expect("the frame is kept");
    model.accept(governance);
    for _ in 0..6 {
        model.append(&*backend, epoch, &[1, 2], 200);
    }
    // This reader has the whole ledger in memory, perhaps, when the payloads are overwritten.
    let mut reader = backend.read(Position::FIRST).expect("a reader");
    reader
        .next_frame()
        .expect("a sound frame")
        .expect("a frame");

    refuses_erasures(&*backend, epoch, &model);
    assert_eq!(
        backend
            .erase(epoch, &[payload_of(5), payload_of(2), payload_of(5)])
            .expect("erased"),
        2
    );
    assert_eq!(
        backend
            .erase(epoch, &[payload_of(2), payload_of(6)])
            .expect("erased"),
        1
    );

    check_erased(reader, &[2, 5, 6]);
    let backend = harness.reopen(backend);
    check_erased(backend.read(Position::FIRST).expect("a reader"), &[2, 5, 6]);
    assert_eq!(backend.state().expect("a state"), *model.state());
    let epoch = open_epoch(&*backend, "writer-2");
    let next = model.frame(epoch, &[1], 64);
    backend
        .append(epoch, &model.head(), &next.bytes)
        .expect("the ledger goes on");
}

fn refuses_erasures(backend: &dyn Backend, epoch: Epoch, model: &ModelLedger) {
    let wrong = PayloadRef {
        sealed_digest: Digest::of(b"another payload"),
        ..payload_of(4)
    };
    let refused = backend.erase(epoch, &[payload_of(2), wrong]);
    assert!(
        matches!(refused, Err(EraseError::DigestMismatch { .. })),
        "{refused:?}"
    );
    let refused = backend.erase(epoch, &[payload_of(2), payload_of(0)]);
    assert!(
        matches!(refused, Err(EraseError::NotErasable { .. })),
        "{refused:?}"
    );
    let newest = model.state().size().last_position().expect("a record");
    let refused = backend.erase(epoch, &[payload_of(2), payload_of(newest.get())]);
    assert!(
        matches!(refused, Err(EraseError::NotCovered { .. })),
        "{refused:?}"
    );
    let many = vec![payload_of(2); ERASE_PAYLOADS_MAX.saturating_add(1)];
    let refused = backend.erase(epoch, &many);
    assert!(
        matches!(refused, Err(EraseError::TooMany { .. })),
        "{refused:?}"
    );
    model.check(backend);
}

/// The payload of 200 bytes that the model gives the record at this position.
fn payload_of(position: u64) -> PayloadRef {
    let position = Position::new(position);
    let sealed_digest = Digest::of(&payload(position, 200));
    PayloadRef {
        position,
        sealed_digest,
    }
}

fn check_erased(mut reader: Reader, positions: &[u64]) {
    while let Some(stored) = reader
        .next_frame()
        .expect("erased payloads are let through")
    {
        for record in stored.frame().records() {
            let is_erased = positions.contains(&record.envelope.position.get());
            let expected = if is_erased {
                PayloadState::Erased
            } else {
                PayloadState::Intact
            };
            assert_eq!(record.payload_state(), expected);
        }
    }
}
