use std::path::Path;

use sabt_chain::authorship::AuthorSigningKey;

use super::*;
use crate::data;

const REGISTRY: &str = "test.example/sabt";
const ACTS: usize = 5;
/// The line whose act the registry refuses.
const WRONG: usize = 3;

/// A registry that knows acts by identifier and bytes, and counts what it records.
#[derive(Default)]
struct Fake {
    acts: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Targets that were annulled, in order.
    annulled: Vec<Vec<u8>>,
    /// Acts that something rests on: they are not annulled.
    needed: Vec<Vec<u8>>,
}

impl Fake {
    fn submit(&mut self, signed: &Signed) -> Outcome {
        if let Some(known) = self.acts.get(&signed.act_id) {
            assert_eq!(*known, signed.act.act, "an identifier was used twice");
            return Outcome::Recorded(7);
        }
        let act = statement(&signed.act).unwrap();
        let target = match &act.body {
            Some(Body::AnnulAct(annulment)) => Some(annulment.target_act_id.clone()),
            _ => None,
        };
        let refused = match &target {
            Some(target) => self.needed.contains(target),
            None => act.officer == "WRONG",
        };
        if refused {
            let (rule, remedy) = ("design:6", "put it right");
            return Outcome::Refused(json!({ "reason": "R", "rule": rule, "remedy": remedy }));
        }
        if let Some(target) = target {
            assert!(self.acts.contains_key(&target));
            assert!(!self.annulled.contains(&target), "annulled twice");
            self.annulled.push(target);
        }
        self.acts
            .insert(signed.act_id.clone(), signed.act.act.clone());
        Outcome::Recorded(7)
    }
}

/// Steps that are taken before the process is killed.
struct Life(usize);

impl Life {
    fn step(&mut self) -> Option<()> {
        self.0 = self.0.checked_sub(1)?;
        Some(())
    }
}

fn author() -> Author {
    Author::new(AuthorSigningKey::from_seed([5; 32]), REGISTRY).unwrap()
}

fn clock() -> Clock {
    Clock::fixed(1_789_459_200_000_000)
}

fn intakes() -> Vec<Intake> {
    (1..=ACTS)
        .map(|line| Intake {
            line,
            act: Act {
                act_id: new_act_id(&clock()).to_vec(),
                officer: if line == WRONG { "WRONG" } else { "K1001" }.to_owned(),
                ..data::without_papers().unwrap()
            },
        })
        .collect()
}

fn submit(directory: &Path, fake: &mut Fake, life: &mut Life) -> Option<()> {
    if !Batch::is_at(directory) {
        life.step()?;
        Batch::make(directory, REGISTRY, [9; 32], intakes(), &author(), &clock()).unwrap();
    }
    let mut batch = Batch::open(directory).unwrap();
    for act in batch.open_acts() {
        life.step()?;
        let outcome = fake.submit(&act);
        life.step()?;
        batch.note(&act, outcome).unwrap();
    }
    life.step()?;
    batch.write_quarantine().unwrap();
    Some(())
}

fn retract(directory: &Path, fake: &mut Fake, life: &mut Life) -> Option<()> {
    let retraction = Retraction {
        reason: "by mistake".to_owned(),
        legal_basis: "directive 7".to_owned(),
        officer: "K1001".to_owned(),
        on: data::today(&clock()),
    };
    let mut batch = Batch::open(directory).unwrap();
    life.step()?;
    let attempts = batch.annulments(&retraction, &author(), &clock()).unwrap();
    for attempt in attempts {
        life.step()?;
        let outcome = fake.submit(&attempt);
        life.step()?;
        batch.note_annulment(&attempt, outcome).unwrap();
    }
    Some(())
}

/// Cuts the end of the last line off, as a crash in the middle of writing leaves it.
fn tear(directory: &Path, file: &str) {
    let path = directory.join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        return;
    };
    let torn = text.len().saturating_sub(4);
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(torn as u64).unwrap();
}

/// Runs until it is killed after so many steps, then to the end. The end of a file may be torn in between.
fn killed_and_resumed(
    steps: usize,
    torn: Option<&str>,
    run: impl Fn(&mut Life) -> Option<()>,
    directory: &Path,
) -> bool {
    let ended = run(&mut Life(steps)).is_some();
    if let Some(file) = torn {
        tear(directory, file);
    }
    assert!(run(&mut Life(usize::MAX)).is_some());
    ended
}

#[test]
fn a_batch_that_is_killed_at_any_step_goes_on_and_records_nothing_twice() {
    for torn in [None, Some(OUTCOMES)] {
        for steps in 0.. {
            let directory = tempfile::tempdir().unwrap();
            let directory = directory.path().join("acts.batch");
            let fake = std::cell::RefCell::new(Fake::default());
            let run = |life: &mut Life| submit(&directory, &mut fake.borrow_mut(), life);
            let ended = killed_and_resumed(steps, torn, run, &directory);
            assert_eq!(fake.borrow().acts.len(), ACTS - 1);
            let batch = Batch::open(&directory).unwrap();
            let expected = Standing {
                acts: ACTS,
                recorded: ACTS - 1,
                refused: 1,
                ..Standing::default()
            };
            assert_eq!(batch.standing(), expected);
            let quarantine = std::fs::read_to_string(batch.quarantine()).unwrap();
            let refused: Value = serde_json::from_str(quarantine.trim_end()).unwrap();
            assert_eq!(refused["line"], WRONG);
            assert_eq!(refused["refusal"]["remedy"], "put it right");
            // What stands in quarantine is an act again, of no batch.
            let act: Act =
                json::from_str("sabt.event.v1.Act", &refused["act"].to_string()).unwrap();
            assert!(act.act_id.is_empty() && act.batch_id.is_empty());
            assert_eq!(act.officer, "WRONG");
            if ended {
                break;
            }
        }
    }
}

#[test]
fn every_act_of_a_batch_says_so_and_is_signed_once() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().join("acts.batch");
    submit(&directory, &mut Fake::default(), &mut Life(usize::MAX)).unwrap();
    let batch = Batch::open(&directory).unwrap();
    for act in &batch.acts {
        assert_eq!(statement(&act.act).unwrap().batch_id, batch.id);
    }
    assert!(batch.open_acts().is_empty());
    assert!(batch.is_of([9; 32]));
    assert!(!batch.is_of([8; 32]));
}

#[test]
fn an_attempt_that_was_broken_off_before_it_was_whole_sends_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().join("acts.batch");
    let mut fake = Fake::default();
    // Signed and not yet a batch: nothing was sent of it.
    submit(&directory, &mut fake, &mut Life(1));
    std::fs::remove_file(directory.join(BATCH)).unwrap();
    assert!(!Batch::is_at(&directory) && fake.acts.is_empty());
    submit(&directory, &mut fake, &mut Life(usize::MAX)).unwrap();
    assert_eq!(fake.acts.len(), ACTS - 1);
}

#[test]
fn a_retraction_that_is_killed_at_any_step_annuls_every_act_once_the_last_one_first() {
    for torn in [None, Some(RETRACTION_OUTCOMES)] {
        for steps in 0.. {
            let directory = tempfile::tempdir().unwrap();
            let directory = directory.path().join("acts.batch");
            let mut fake = Fake::default();
            submit(&directory, &mut fake, &mut Life(usize::MAX)).unwrap();
            let batch = Batch::open(&directory).unwrap();
            let first = batch.acts[0].act_id.clone();
            let standing: Vec<_> = batch.acts.iter().filter(|act| act.line != WRONG).collect();
            let reversed: Vec<_> = standing
                .iter()
                .rev()
                .map(|act| act.act_id.clone())
                .collect();
            // Something rests on the first act.
            fake.needed.push(first.clone());
            let fake = std::cell::RefCell::new(fake);
            let run = |life: &mut Life| retract(&directory, &mut fake.borrow_mut(), life);
            let ended = killed_and_resumed(steps, torn, run, &directory);
            assert_eq!(fake.borrow().annulled, reversed[..reversed.len() - 1]);
            let kept = Batch::open(&directory).unwrap().standing();
            assert_eq!((kept.retracted, kept.kept), (ACTS - 2, 1));
            // Nothing rests on it any more: given again, the command takes it back too.
            fake.borrow_mut().needed.clear();
            run(&mut Life(usize::MAX)).unwrap();
            assert_eq!(fake.borrow().annulled, reversed);
            let done = Batch::open(&directory).unwrap().standing();
            assert_eq!((done.retracted, done.kept, done.recorded), (ACTS - 1, 0, 0));
            if ended {
                break;
            }
        }
    }
}

#[test]
fn an_act_of_another_batch_is_not_taken() {
    let directory = tempfile::tempdir().unwrap();
    let mut acts = intakes();
    acts[1].act.batch_id = vec![1; 16];
    let made = Batch::make(
        directory.path(),
        REGISTRY,
        [9; 32],
        acts,
        &author(),
        &clock(),
    );
    assert!(made.is_err() && !Batch::is_at(directory.path()));
}

#[test]
fn a_damaged_file_is_told_of() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().join("acts.batch");
    submit(&directory, &mut Fake::default(), &mut Life(usize::MAX)).unwrap();
    Log::append(&directory.join(OUTCOMES), &json!({ "line": "x" })).unwrap();
    assert!(matches!(
        Batch::open(&directory),
        Err(CliError::Content { .. })
    ));
}
