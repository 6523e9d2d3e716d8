//! Whom the panel asks, what it makes of the answers, and when a checkpoint is ready.

use std::time::{Duration, Instant};

use sabt_chain::checkpoint::{TreeHead, UnverifiedCheckpoint};
use sabt_chain::note::{SignatureLine, SignerKey, TrustedKeys};
use sabt_chain::proof::MemoryTree;
use sabt_chain::{Hash, LedgerName, Size};
use sabt_witness::client::WitnessError;

use super::world::{ModelWitness, log_key, origin, policy, trusted};
use crate::checkpoint::panel::{Panel, Question, WitnessIndex};
use crate::checkpoint::witnesses::Declined;
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
        self.take(question, answer)
    }

    /// It is answered without showing anything.
    fn fail(&mut self, question: &Question, err: WitnessError) -> Result<(), CheckpointError> {
        self.take(question, Err(err.into()))
    }

    /// It is answered, and a tree of this log is shown, whether the log ever had it or not.
    fn show(
        &mut self,
        question: &Question,
        error: WitnessError,
        head: &TreeHead,
    ) -> Result<(), CheckpointError> {
        let note = head.sign(&[&self.key]).unwrap();
        let checkpoint = UnverifiedCheckpoint::parse(note.as_bytes()).unwrap();
        let checkpoint = checkpoint.verify(&self.keys).unwrap();
        let shown = Some(self.witnesses[question.witness.0].show(checkpoint));
        self.take(question, Err(Declined { error, shown }))
    }

    fn take(
        &mut self,
        question: &Question,
        answer: Result<SignatureLine, Declined>,
    ) -> Result<(), CheckpointError> {
        let tree = &self.tree;
        let root_at = |size| Ok(tree.root(size));
        self.panel.answer(question, answer, &root_at, self.now)
    }

    fn head(&self, size: u64) -> TreeHead {
        let size = Size::new(size);
        TreeHead::new(&origin(), size, self.tree.root(size).unwrap())
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

fn conflict(size: u64) -> WitnessError {
    let size = Size::new(size);
    WitnessError::Conflict { size }
}

fn fork() -> WitnessError {
    let text = "no".to_owned();
    WitnessError::Fork { text }
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
        scene.fail(&question, conflict(size)).unwrap();
        question = scene.turn().remove(0);
    }
    scene.fail(&question, conflict(4)).unwrap();
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
fn a_witness_that_claims_without_showing_stops_nobody() {
    let claims: [fn() -> WitnessError; 3] = [|| conflict(1_000), fork, || conflict(u64::MAX)];
    for claim in claims {
        let mut scene = Scene::set(3, 2);
        let mut liars = 0;
        for size in [20, 30, 40, 50] {
            scene.later(WITNESS_PAUSE_MAX);
            let questions = scene.sign(size);
            for question in &questions {
                if question.witness != WitnessIndex(0) {
                    scene.answer(question).unwrap();
                    continue;
                }
                liars += 1;
                let text = claim().to_string();
                scene.fail(question, claim()).unwrap();
                assert!(scene.problem(0).contains("claims to have seen"), "{text}");
                assert!(scene.problem(0).contains("shows no checkpoint"), "{text}");
            }
            assert_eq!(scene.ready(), Some((size, 3)), "published by the others");
        }
        assert_eq!(liars, 4, "it is asked again and again");
        // And it is heard when it comes round.
        scene.later(WITNESS_PAUSE_MAX);
        let question = scene.sign(60).remove(0);
        assert_eq!((question.witness, question.old.get()), (WitnessIndex(0), 0));
        scene.answer(&question).unwrap();
        assert_eq!(scene.problem(0), "");
    }
}

#[test]
fn a_claim_of_more_moves_no_candidate_on() {
    let mut scene = Scene::set(3, 2);
    let questions = scene.sign(20);
    // It guesses a size that is signed by then, but that nobody has shown it.
    scene.sign(21);
    scene.fail(&questions[0], conflict(21)).unwrap();
    scene.sign(22);
    scene.answer(&questions[1]).unwrap();
    scene.answer(&questions[2]).unwrap();
    assert_eq!(
        scene.ready(),
        Some((20, 3)),
        "else none would have its quorum"
    );
}

#[test]
fn showing_what_was_signed_here_proves_nothing_against_it() {
    let mut scene = Scene::set(1, 1);
    let question = scene.sign(20).remove(0);
    let head = scene.head(7);
    scene.show(&question, conflict(1_000), &head).unwrap();
    assert!(scene.problem(0).contains("claims to have seen 1000"));
    scene.later(WITNESS_PAUSE_MAX);
    let question = scene.turn().remove(0);
    scene.show(&question, fork(), &head).unwrap();
    assert!(scene.problem(0).contains("another history"));
    assert_eq!(scene.ready(), None);
}

#[test]
fn a_witness_that_shows_more_or_another_history_stops_everything() {
    let mut scene = Scene::set(3, 2);
    let questions = scene.sign(20);
    let outcome = scene.show(&questions[0], conflict(21), &scene.head(21));
    assert!(matches!(outcome, Err(CheckpointError::WitnessAhead { .. })));
    for size in [7, 20] {
        let other = TreeHead::new(&origin(), Size::new(size), Hash::leaf(b"another"));
        let outcome = scene.show(&questions[1], fork(), &other);
        let Err(err @ CheckpointError::WitnessFork { .. }) = outcome else {
            panic!("{outcome:?}");
        };
        let text = err.to_string();
        assert!(text.contains("w2") && text.contains("remedy"), "{text}");
        assert!(!text.contains("  another"), "{text}");
    }
}

#[test]
fn a_proof_that_cannot_be_compared_yet_counts_when_it_can() {
    let mut scene = Scene::set(1, 1);
    let question = scene.sign(20).remove(0);
    let other = TreeHead::new(&origin(), Size::new(7), Hash::leaf(b"another"));
    // The tree of the ledger is still being built.
    let tree = std::mem::take(&mut scene.tree);
    scene.show(&question, fork(), &other).unwrap();
    scene.tree = tree;
    scene.later(WITNESS_PAUSE_MAX);
    let question = scene.turn().remove(0);
    let outcome = scene.show(&question, fork(), &other);
    assert!(matches!(outcome, Err(CheckpointError::WitnessFork { .. })));
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
