use std::sync::Barrier;

use sabt_chain::Size;
use sabt_chain::checkpoint::UnverifiedCheckpoint;
use sabt_chain::note::{SignatureLine, SignerKey, TrustedKeys};
use sabt_chain::witness::Refusal;

use crate::origin::origin_hash;
use crate::server::{Answer, Witness};
use crate::testing::{START, TestClock, TestLog, directory, know, name, open, verified};

const ORIGIN: &str = "log.example/events";

fn log() -> TestLog {
    TestLog::new(ORIGIN, "leaf", 20)
}

fn size_of(witness: &Witness) -> Option<u64> {
    let size = witness.logs().first().unwrap().size;
    size.map(Size::get)
}

/// Sends a request and expects a cosignature; tells its time.
fn cosigned(witness: &Witness, log: &TestLog, old: u64, new: u64) -> u64 {
    let answer = witness.add_checkpoint(log.request(old, new).as_bytes());
    let Answer::Cosigned(line) = answer else {
        panic!("{answer:?}")
    };
    let line = SignatureLine::parse_all(line.as_bytes()).unwrap().remove(0);
    let text = log.head(new).to_text();
    let cosigner = witness.key().verify(&text, &line).unwrap().unwrap();
    cosigner.time.as_seconds()
}

fn conflict(witness: &Witness, log: &TestLog, old: u64, new: u64) -> u64 {
    let answer = witness.add_checkpoint(log.request(old, new).as_bytes());
    let Answer::Conflict(size) = answer else {
        panic!("{answer:?}")
    };
    size.get()
}

#[test]
fn what_continues_is_cosigned_and_remembered() {
    let log = log();
    let (dir, key) = directory(&[&log.signer]);
    let witness = open(dir.path());
    assert_eq!(*witness.key(), key);
    assert_eq!(size_of(&witness), None);
    let hash = origin_hash(&name(ORIGIN));
    assert_eq!(witness.checkpoint(&hash), None);

    assert_eq!(cosigned(&witness, &log, 0, 5), START);
    assert_eq!(conflict(&witness, &log, 0, 12), 5);
    assert_eq!(conflict(&witness, &log, 4, 12), 5);
    assert_eq!(conflict(&witness, &log, 6, 12), 5);
    cosigned(&witness, &log, 5, 12);
    // A log whose answer was lost asks again for the same tree.
    cosigned(&witness, &log, 12, 12);
    assert_eq!(size_of(&witness), Some(12));

    let note = witness.checkpoint(&hash).unwrap();
    let checkpoint = verified(&note, &log.keys());
    assert_eq!(*checkpoint.tree_head(), log.head(12));
    let cosigners = checkpoint.note().cosigners([witness.key()]).unwrap();
    assert_eq!(cosigners.len(), 1);
}

#[test]
fn the_memory_outlives_the_process() {
    let log = log();
    let (dir, _) = directory(&[&log.signer]);
    let witness = open(dir.path());
    cosigned(&witness, &log, 0, 5);
    let note = witness.checkpoint(&origin_hash(&name(ORIGIN))).unwrap();
    drop(witness);

    let witness = open(dir.path());
    assert_eq!(size_of(&witness), Some(5));
    assert_eq!(witness.checkpoint(&origin_hash(&name(ORIGIN))), Some(note));
    assert_eq!(conflict(&witness, &log, 0, 12), 5);
    let fork = TestLog::new(ORIGIN, "other", 20);
    let answer = witness.add_checkpoint(fork.request(5, 12).as_bytes());
    assert!(matches!(answer, Answer::Refused(Refusal::Proof(_))));
    cosigned(&witness, &log, 5, 12);
}

/// The answer is lost in a crash after the file was replaced: the log asks again with what it believes.
#[test]
fn a_crash_before_the_answer_is_harmless() {
    let log = log();
    let (dir, _) = directory(&[&log.signer]);
    cosigned(&open(dir.path()), &log, 0, 5);
    // Nothing in memory survives; the file is all there is, beside what a crash before the rename leaves.
    let hash = origin_hash(&name(ORIGIN));
    let checkpoints = dir.path().join("checkpoints");
    std::fs::copy(
        checkpoints.join(&hash),
        checkpoints.join(format!(".{hash}.tmp")),
    )
    .unwrap();
    cosigned(&open(dir.path()), &log, 5, 12);
    let witness = open(dir.path());
    assert_eq!(conflict(&witness, &log, 5, 12), 12);
    cosigned(&witness, &log, 12, 12);
    cosigned(&witness, &log, 12, 13);
}

#[test]
fn a_second_history_is_refused_and_kept_as_proof() {
    let log = log();
    let fork = TestLog::new(ORIGIN, "other", 20);
    let (dir, _) = directory(&[&log.signer]);
    let witness = open(dir.path());
    cosigned(&witness, &log, 0, 5);
    let hash = origin_hash(&name(ORIGIN));
    let kept = dir.path().join("checkpoints").join(format!("{hash}.fork"));

    // A larger tree that does not continue: perhaps only the proof is wrong.
    let answer = witness.add_checkpoint(fork.request(5, 8).as_bytes());
    let Answer::Refused(refusal) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(refusal.status(), 422);
    assert!(!kept.exists());

    // Another root of the same size, signed: nothing else can explain it.
    for other in ["other", "third"] {
        let fork = TestLog::new(ORIGIN, other, 20);
        let answer = witness.add_checkpoint(fork.request(5, 5).as_bytes());
        assert!(matches!(answer, Answer::Refused(Refusal::Fork { .. })));
    }
    let proof = std::fs::read_to_string(&kept).unwrap();
    assert_eq!(proof, fork.note(5));

    // The true log goes on.
    cosigned(&witness, &log, 5, 6);
}

/// Of two histories that arrive together one is taken, and it is the one that is remembered.
#[test]
fn of_concurrent_histories_one_is_cosigned() {
    let logs: Vec<_> = (0..8)
        .map(|word| TestLog::new(ORIGIN, &format!("history {word}"), 20))
        .collect();
    let signer = &logs.first().unwrap().signer;
    let (dir, _) = directory(&[signer]);
    let witness = open(dir.path());
    let barrier = Barrier::new(logs.len());
    let winners: Vec<u64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (5..)
            .zip(&logs)
            .map(|(size, log)| {
                let (witness, barrier) = (&witness, &barrier);
                scope.spawn(move || {
                    let body = log.request(0, size);
                    barrier.wait();
                    match witness.add_checkpoint(body.as_bytes()) {
                        Answer::Cosigned(_) => Some(size),
                        Answer::Conflict(_) => None,
                        answer @ (Answer::Refused(_)
                        | Answer::Malformed(_)
                        | Answer::Clock
                        | Answer::Fault) => panic!("{answer:?}"),
                    }
                })
            })
            .collect();
        let ended = threads.into_iter().map(|thread| thread.join().unwrap());
        ended.flatten().collect()
    });
    assert_eq!(winners.len(), 1);
    assert_eq!(size_of(&witness), winners.first().copied());
    drop(witness);
    assert_eq!(size_of(&open(dir.path())), winners.first().copied());
}

#[test]
fn what_is_not_the_logs_is_refused() {
    let log = log();
    let (dir, _) = directory(&[&log.signer]);
    let witness = open(dir.path());
    let stranger = TestLog::new("stranger.example", "leaf", 20);
    let answer = witness.add_checkpoint(stranger.request(0, 5).as_bytes());
    assert!(matches!(
        answer,
        Answer::Refused(Refusal::UnknownLog { .. })
    ));

    let mut forger = TestLog::new(ORIGIN, "leaf", 20);
    forger.signer = SignerKey::from_seed(name(ORIGIN), [8; 32]);
    let answer = witness.add_checkpoint(forger.request(0, 5).as_bytes());
    assert!(matches!(answer, Answer::Refused(Refusal::Signature(_))));

    let answer = witness.add_checkpoint(b"old 0\n\nno checkpoint\n");
    assert!(matches!(answer, Answer::Malformed(_)));
    assert_eq!(size_of(&witness), None);
}

#[test]
fn time_never_goes_back_for_a_log() {
    let log = log();
    let (dir, _) = directory(&[&log.signer]);
    let clock = TestClock::new();
    let witness = Witness::open(dir.path(), clock.clock()).unwrap();
    assert_eq!(cosigned(&witness, &log, 0, 1), START);
    clock.set(START + 5);
    assert_eq!(cosigned(&witness, &log, 1, 2), START + 5);
    // A small step back is waited out.
    clock.set(START - 5);
    assert_eq!(cosigned(&witness, &log, 2, 3), START + 5);
    // A large one, or no time at all, is an error of the machine.
    for wrong in [START - 6, 0, u64::MAX] {
        clock.set(wrong);
        let answer = witness.add_checkpoint(log.request(3, 4).as_bytes());
        assert!(matches!(answer, Answer::Clock), "{answer:?}");
    }
    drop(witness);
    // What was cosigned last is remembered with its time.
    let witness = Witness::open(dir.path(), clock.clock()).unwrap();
    clock.set(START - 6);
    let answer = witness.add_checkpoint(log.request(3, 4).as_bytes());
    assert!(matches!(answer, Answer::Clock), "{answer:?}");
    clock.set(START + 6);
    assert_eq!(cosigned(&witness, &log, 3, 4), START + 6);
}

#[test]
fn a_log_may_change_its_key() {
    let log = log();
    let mut later = TestLog::new(ORIGIN, "leaf", 20);
    later.signer = SignerKey::from_seed(name(ORIGIN), [8; 32]);
    let (dir, _) = directory(&[&log.signer, &later.signer]);
    let witness = open(dir.path());
    cosigned(&witness, &log, 0, 5);
    let both = later.head(6).sign(&[&log.signer, &later.signer]).unwrap();
    let request = later.request(5, 6).replace(&later.note(6), &both);
    let answer = witness.add_checkpoint(request.as_bytes());
    assert!(matches!(answer, Answer::Cosigned(_)));
    let note = witness.checkpoint(&origin_hash(&name(ORIGIN))).unwrap();
    assert!(note.starts_with(&both));
    drop(witness);

    // What the old key signed is remembered after that key is no longer known.
    cosigned(&open(dir.path()), &log, 6, 7);
    know(dir.path(), &[&later.signer]);
    let witness = open(dir.path());
    assert_eq!(size_of(&witness), Some(7));
    let answer = witness.add_checkpoint(log.request(7, 8).as_bytes());
    assert!(matches!(answer, Answer::Refused(Refusal::Signature(_))));
    cosigned(&witness, &later, 7, 8);
}

#[test]
fn signatures_of_strangers_are_let_pass_and_not_kept() {
    let log = log();
    let stranger = SignerKey::from_seed(name("stranger.example"), [3; 32]);
    let (dir, _) = directory(&[&log.signer]);
    let witness = open(dir.path());
    let crowded = log.head(5).sign(&[&stranger, &log.signer]).unwrap();
    let answer = witness.add_checkpoint(format!("old 0\n\n{crowded}").as_bytes());
    assert!(matches!(answer, Answer::Cosigned(_)));
    let note = witness.checkpoint(&origin_hash(&name(ORIGIN))).unwrap();
    assert!(note.starts_with(&log.note(5)));
    assert!(!note.contains("stranger"));
    let parsed = UnverifiedCheckpoint::parse(note.as_bytes()).unwrap();
    assert!(
        parsed
            .verify(&TrustedKeys::only(stranger.verifier().clone()))
            .is_err()
    );
}

#[test]
fn a_repeated_request_costs_one_write_a_second() {
    let log = log();
    let (dir, _) = directory(&[&log.signer]);
    let clock = TestClock::new();
    let witness = Witness::open(dir.path(), clock.clock()).unwrap();
    cosigned(&witness, &log, 0, 5);
    let file = dir
        .path()
        .join("checkpoints")
        .join(origin_hash(&name(ORIGIN)));
    std::fs::remove_file(&file).unwrap();
    assert_eq!(cosigned(&witness, &log, 5, 5), START);
    assert!(!file.exists());
    clock.set(START + 1);
    assert_eq!(cosigned(&witness, &log, 5, 5), START + 1);
    assert!(file.exists());
}

#[test]
fn a_fault_of_the_disk_latches() {
    let log = log();
    let (dir, _) = directory(&[&log.signer]);
    let witness = open(dir.path());
    cosigned(&witness, &log, 0, 5);
    let (away, back) = (dir.path().join("away"), dir.path().join("checkpoints"));
    sabt_journal::durable::rename_directory(&back, &away).unwrap();
    let answer = witness.add_checkpoint(log.request(5, 6).as_bytes());
    assert!(matches!(answer, Answer::Fault));
    assert!(
        witness
            .fault()
            .unwrap()
            .to_string()
            .contains("cannot be written")
    );
    sabt_journal::durable::rename_directory(&away, &back).unwrap();
    let answer = witness.add_checkpoint(log.request(5, 6).as_bytes());
    assert!(matches!(answer, Answer::Fault));
    drop(witness);
    cosigned(&open(dir.path()), &log, 5, 6);
}
