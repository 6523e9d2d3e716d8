//! Whom the panel asks, what it makes of the answers, and when a checkpoint is ready.

use std::time::{Duration, Instant};

use sabt_chain::checkpoint::TreeHead;
use sabt_chain::note::{SignerKey, TrustedKeys};
use sabt_chain::proof::MemoryTree;
use sabt_chain::{Hash, LedgerName, Size};
use sabt_witness::client::WitnessError;

use super::world::{ModelWitness, log_key, origin, policy, trusted};
use crate::checkpoint::panel::{Panel, Question, WitnessIndex};
use crate::checkpoint::{CheckpointError, Published};
use crate::limits::{CANDIDATE_AGE_MAX, WITNESS_PAUSE_FIRST, WITNESS_PAUSE_MAX};

const EVENTS: LedgerName = LedgerName::Events;

/// A log whose checkpoints are signed at any size, and its panel.
struct Scene {
    panel: Panel,
    tree: MemoryTree,
    key: SignerKey,
    keys: TrustedKeys,
    witnesses: Vec<ModelWitness>,
    now: Instant,
}

impl Scene {
    /// `threshold` of `witnesses` make a quorum.
    fn set(witnesses: u8, threshold: u8) -> Self {
        let key = log_key(1);
        let now = Instant::now();
        Self {
            panel: Panel::new(Some(policy(witnesses, threshold)), now),
            tree: (0..100_u8).map(|leaf| Hash::leaf(&[leaf])).collect(),
            keys: trusted(std::slice::from_ref(&key)),
            key,
            witnesses: (1..=witnesses).map(ModelWitness::new).collect(),
            now,
        }
    }

    fn checkpoint(&self, size: u64) -> Published {
        let size = Size::new(size);
        let root = self.tree.root(size).unwrap();
        let note = TreeHead::new(&origin(), size, root).sign(&[&self.key]);
        Published {
            size,
            root,
            note: note.unwrap().into(),
        }
    }

    /// Signs a tree of so many records and lets the panel go on.
    fn sign(&mut self, size: u64) -> Vec<Question> {
        let signed = self.checkpoint(size);
        self.panel
            .signed(EVENTS, &signed, &self.keys, self.now)
            .unwrap();
        self.turn()
    }

    /// What the thread does between answers: publish, go on, ask.
    fn turn(&mut self) -> Vec<Question> {
        self.publish();
        self.panel.turn(self.now, false);
        self.publish();
        self.panel.questions(self.now)
    }

    fn publish(&mut self) {
        if let Some(ready) = self.panel.ready(EVENTS).unwrap() {
            self.panel.published(EVENTS, &ready, self.now);
        }
    }

    /// Carries a question to its witness and the answer back.
    fn answer(&mut self, question: &Question) -> Result<(), CheckpointError> {
        let witness = &mut self.witnesses[question.witness.0];
        let answer = witness.cosign(question, &self.tree, &self.keys);
        self.panel.answer(question, answer, self.now)
    }

    fn fail(&mut self, question: &Question, err: WitnessError) -> Result<(), CheckpointError> {
        self.panel.answer(question, Err(err), self.now)
    }

    /// Size of what is ready, and how many signatures it has.
    fn ready(&self) -> Option<(u64, usize)> {
        let ready = self.panel.ready(EVENTS).unwrap()?;
        let signatures = ready.note.matches("\u{2014} ").count();
        Some((ready.size.get(), signatures))
    }

    fn later(&mut self, more: Duration) {
        self.now += more;
    }

    fn problem(&self, witness: usize) -> String {
        self.panel.status(EVENTS)[witness].problem.clone()
    }
}

fn busy() -> WitnessError {
    WitnessError::Busy {
        status: 503,
        retry_after: None,
    }
}

#[test]
fn without_a_policy_what_is_signed_is_ready() {
    let mut scene = Scene::set(1, 1);
    scene.panel = Panel::new(None, scene.now);
    assert!(scene.sign(5).is_empty());
    assert_eq!(scene.ready(), Some((5, 1)));
    assert!(!scene.panel.needs_cosignatures());
}

#[test]
fn a_checkpoint_is_ready_with_its_quorum_and_takes_later_cosignatures() {
    let mut scene = Scene::set(3, 2);
    let questions = scene.sign(5);
    assert_eq!(questions.len(), 3, "all are asked at once");
    assert!(questions.iter().all(|question| question.old == Size::EMPTY));
    scene.answer(&questions[2]).unwrap();
    assert_eq!(scene.ready(), None, "one of two");
    scene.answer(&questions[0]).unwrap();
    assert_eq!(scene.ready(), Some((5, 3)));
    let note = scene.panel.ready(EVENTS).unwrap().unwrap().note;
    let order: Vec<&str> = note.lines().rev().take(2).collect();
    assert!(
        order[1].contains("w1") && order[0].contains("w3"),
        "in the order of the policy"
    );

    // The third comes while the next checkpoint is the candidate.
    let next = scene.sign(9);
    assert_eq!(next.len(), 2, "the third is still being asked");
    scene.answer(&questions[1]).unwrap();
    assert_eq!(scene.ready(), Some((5, 4)));
    scene.answer(&next[0]).unwrap();
    scene.answer(&next[1]).unwrap();
    assert_eq!(scene.ready(), Some((9, 3)));
    let third = scene.turn();
    assert_eq!((third.len(), third[0].old.get()), (1, 5));
    scene.answer(&third[0]).unwrap();
    assert_eq!(scene.ready(), Some((9, 4)));
    assert!(
        scene
            .panel
            .status(EVENTS)
            .iter()
            .all(|one| one.cosigned == 9)
    );
}

#[test]
fn slow_witnesses_are_asked_about_one_checkpoint_until_it_has_its_quorum() {
    let mut scene = Scene::set(2, 2);
    let questions = scene.sign(5);
    scene.answer(&questions[0]).unwrap();
    for size in 6..20 {
        assert!(
            scene.sign(size).is_empty(),
            "nobody is asked about a newer one"
        );
    }
    scene.answer(&questions[1]).unwrap();
    assert_eq!(scene.ready(), Some((5, 3)));
    let next = scene.turn();
    let sizes: Vec<u64> = next
        .iter()
        .map(|question| question.checkpoint.size().get())
        .collect();
    assert_eq!(sizes, [19, 19], "then about the newest");
}

#[test]
fn without_a_quorum_the_candidate_grows_old() {
    let mut scene = Scene::set(2, 2);
    let questions = scene.sign(5);
    scene.answer(&questions[0]).unwrap();
    scene.fail(&questions[1], busy()).unwrap();
    assert!(
        scene
            .sign(8)
            .iter()
            .all(|one| one.checkpoint.size().get() == 5)
    );
    scene.later(CANDIDATE_AGE_MAX);
    let newer: Vec<u64> = scene
        .turn()
        .iter()
        .map(|question| question.checkpoint.size().get())
        .collect();
    assert!(
        newer.contains(&8),
        "the witness that answers learns how far the log is"
    );
    assert_eq!(scene.ready(), None);
}

#[test]
fn a_witness_tells_what_it_remembers_and_is_asked_from_there() {
    let mut scene = Scene::set(1, 1);
    let earlier = scene.sign(7).remove(0);
    scene.answer(&earlier).unwrap();
    // Another process, which knows nothing of the witness.
    scene.panel = Panel::new(Some(policy(1, 1)), scene.now);
    let first = scene.sign(30).remove(0);
    assert_eq!(first.old, Size::EMPTY);
    scene.answer(&first).unwrap();
    let second = scene.turn().remove(0);
    assert_eq!(second.old.get(), 7, "at once, and from what it said");
    scene.answer(&second).unwrap();
    assert_eq!(scene.ready(), Some((30, 2)));
}

#[test]
fn a_witness_that_contradicts_itself_is_given_up_for_a_while() {
    let mut scene = Scene::set(1, 1);
    let mut question = scene.sign(30).remove(0);
    for size in [1, 2, 3] {
        scene
            .fail(
                &question,
                WitnessError::Conflict {
                    size: Size::new(size),
                },
            )
            .unwrap();
        question = scene.turn().remove(0);
    }
    scene
        .fail(&question, WitnessError::Conflict { size: Size::new(4) })
        .unwrap();
    assert!(scene.turn().is_empty());
    assert!(!scene.problem(0).is_empty());
}

#[test]
fn a_witness_that_fails_rests_longer_each_time() {
    let mut scene = Scene::set(1, 1);
    let mut question = scene.sign(5).remove(0);
    let mut pause = WITNESS_PAUSE_FIRST;
    for _failure in 0..10 {
        scene.fail(&question, busy()).unwrap();
        assert!(scene.problem(0).contains("503"));
        let almost = pause.checked_sub(Duration::from_millis(1)).unwrap();
        scene.later(almost);
        assert!(scene.turn().is_empty(), "rests for {pause:?}");
        scene.later(Duration::from_millis(1));
        question = scene.turn().remove(0);
        pause = (pause * 2).min(WITNESS_PAUSE_MAX);
    }
    scene.answer(&question).unwrap();
    assert_eq!(scene.problem(0), "");
    assert_eq!(scene.ready(), Some((5, 2)));
}

#[test]
fn a_witness_that_has_seen_more_stops_everything() {
    let mut scene = Scene::set(1, 1);
    let question = scene.sign(50).remove(0);
    scene.answer(&question).unwrap();
    // An older copy is brought back.
    scene.panel = Panel::new(Some(policy(1, 1)), scene.now);
    let question = scene.sign(20).remove(0);
    let outcome = scene.answer(&question);
    let Err(err @ CheckpointError::WitnessAhead { seen, signed, .. }) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!((seen.get(), signed.get()), (50, 20));
    let text = err.to_string();
    assert!(text.contains("older copy") && text.contains("w1") && text.contains("remedy"));
}

#[test]
fn a_witness_that_has_seen_another_history_stops_everything() {
    let mut scene = Scene::set(1, 1);
    let question = scene.sign(20).remove(0);
    scene.answer(&question).unwrap();
    // The older copy was written on.
    scene.tree = (0..100_u8).map(|leaf| Hash::leaf(&[leaf, leaf])).collect();
    scene.panel = Panel::new(Some(policy(1, 1)), scene.now);
    let first = scene.sign(30).remove(0);
    scene.answer(&first).unwrap();
    let second = scene.turn().remove(0);
    let outcome = scene.answer(&second);
    assert!(matches!(outcome, Err(CheckpointError::WitnessFork { .. })));
}

#[test]
fn what_was_published_tells_who_remembers_what() {
    let mut scene = Scene::set(2, 1);
    let questions = scene.sign(5);
    scene.answer(&questions[1]).unwrap();
    let published = scene.panel.ready(EVENTS).unwrap().unwrap();

    let mut later = Panel::new(Some(policy(2, 1)), scene.now);
    assert_eq!(later.resume(EVENTS, &published, &scene.keys), Some(true));
    scene.panel = later;
    let olds: Vec<(WitnessIndex, u64)> = scene
        .sign(9)
        .iter()
        .map(|question| (question.witness, question.old.get()))
        .collect();
    assert_eq!(olds, [(WitnessIndex(0), 0), (WitnessIndex(1), 5)]);

    let mut stricter = Panel::new(Some(policy(2, 2)), scene.now);
    assert_eq!(
        stricter.resume(EVENTS, &published, &scene.keys),
        Some(false)
    );
    let forged = published.note.replace("w2 ", "w1 ");
    let forged = Published {
        note: forged.into(),
        ..published
    };
    let outcome = stricter.resume(EVENTS, &forged, &scene.keys);
    assert_eq!(
        outcome,
        Some(false),
        "a line of nobody's key counts for nothing"
    );
}

#[test]
fn the_empty_tree_is_not_witnessed() {
    let mut scene = Scene::set(1, 1);
    assert!(scene.sign(0).is_empty());
    assert_eq!(scene.ready(), None);
}

#[test]
fn a_witness_without_a_url_is_never_asked_and_says_why() {
    let key = "w1";
    let text = policy(1, 1);
    let vkey = text.witnesses().next().unwrap().key().to_string();
    let silent = format!("witness {key} {vkey}\nquorum {key}\n");
    let mut scene = Scene::set(1, 1);
    let silent = sabt_chain::policy::Policy::parse(silent.as_bytes()).unwrap();
    scene.panel = Panel::new(Some(silent), scene.now);
    assert!(scene.sign(5).is_empty());
    assert!(scene.problem(0).contains("URL"));
}
