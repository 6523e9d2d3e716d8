//! What witnesses say before anything is signed, and the threads that carry questions to them.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use sabt_chain::checkpoint::{Checkpoint, TreeHead, UnverifiedCheckpoint};
use sabt_chain::note::{KeyName, SignerKey, TrustedKeys, WitnessKey, add_signatures};
use sabt_chain::policy::Policy;
use sabt_chain::proof::MemoryTree;
use sabt_chain::{Hash, LedgerName, Size};
use sabt_witness::client::{Cosignature, CosignedCheckpoint, WitnessError};

use super::world::{ModelWitness, log_key, origin, policy, trusted};
use crate::checkpoint::CheckpointError;
use crate::checkpoint::panel::{Question, WitnessIndex};
use crate::checkpoint::thread::Message;
use crate::checkpoint::witnesses::{Answer, Declined, Witness, Witnesses};

/// A witness that says what it was told to.
enum Fake {
    /// It has cosigned this tree.
    Saw(TreeHead, SignerKey),
    /// It does not tell.
    Silent,
    /// It never answers: the other end is held open by the test.
    Slow(Receiver<()>),
    /// It knows another size, and tells which only through its newest checkpoint.
    Unsized(TreeHead, SignerKey),
    /// It claims to have seen so many records, or another history, and hands out this as its newest checkpoint.
    Claims(Option<Size>, Option<(TreeHead, SignerKey)>),
}

fn key() -> WitnessKey {
    let policy: Policy = policy(1, 1);
    policy.witnesses().next().unwrap().key().clone()
}

fn cosigned(head: &TreeHead, key_of_log: &SignerKey) -> CosignedCheckpoint {
    let keys = trusted(std::slice::from_ref(key_of_log));
    let note = head.sign(&[key_of_log]).unwrap();
    let parse = |note: &str| {
        let checkpoint = UnverifiedCheckpoint::parse(note.as_bytes()).unwrap();
        checkpoint.verify(&keys).unwrap()
    };
    let line = ModelWitness::new(1).line(&parse(&note));
    let checkpoint = parse(&add_signatures(&note, &[line]).unwrap());
    let cosigner = checkpoint.note().cosigners([&key()]).unwrap().remove(0);
    CosignedCheckpoint {
        checkpoint,
        cosigner,
    }
}

impl Witness for Fake {
    fn add_checkpoint(
        &self,
        _old: Size,
        _proof: &[Hash],
        checkpoint: &Checkpoint,
    ) -> Result<Cosignature, WitnessError> {
        match self {
            Self::Unsized(..) => {
                let text = String::new();
                Err(WitnessError::ConflictUnsized { text })
            }
            Self::Claims(Some(size), _) => Err(WitnessError::Conflict { size: *size }),
            Self::Claims(None, _) => {
                let text = String::new();
                Err(WitnessError::Fork { text })
            }
            Self::Saw(..) | Self::Silent | Self::Slow(_) => {
                let line = ModelWitness::new(1).line(checkpoint);
                let text = checkpoint.note().text();
                let cosigner = key().verify(text, &line).unwrap().unwrap();
                Ok(Cosignature { line, cosigner })
            }
        }
    }

    fn latest(
        &self,
        _origin: &KeyName,
        log_keys: &TrustedKeys,
    ) -> Result<Option<CosignedCheckpoint>, WitnessError> {
        match self {
            Self::Saw(head, key)
            | Self::Unsized(head, key)
            | Self::Claims(_, Some((head, key))) => {
                // As the client does: whatever no key of this log signed is no checkpoint of it.
                let cosigned = cosigned(head, key);
                let text = cosigned.checkpoint.to_string();
                UnverifiedCheckpoint::parse(text.as_bytes())?.verify(log_keys)?;
                Ok(Some(cosigned))
            }
            Self::Silent | Self::Claims(_, None) => Ok(None),
            Self::Slow(held) => {
                assert!(held.recv().is_err(), "held until the test ends");
                Ok(None)
            }
        }
    }
}

fn start(fake: Fake) -> Witnesses {
    Witnesses::start(Some(policy(1, 1)), vec![Some(Box::new(fake))]).unwrap()
}

fn tree() -> MemoryTree {
    (0..50_u8).map(|leaf| Hash::leaf(&[leaf])).collect()
}

fn head(size: u64) -> TreeHead {
    let size = Size::new(size);
    TreeHead::new(&origin(), size, tree().root(size).unwrap())
}

/// Opens a log of so many signed records.
fn compare(fake: Fake, signed: u64) -> Result<(), CheckpointError> {
    let keys = trusted(&[log_key(1)]);
    let logs = [(
        LedgerName::Events,
        (&origin()).into(),
        keys,
        Size::new(signed),
    )];
    start(fake).compare(logs, &|_ledger, size| Ok(tree().root(size).unwrap()))
}

#[test]
fn a_witness_that_has_seen_as_much_or_less_lets_the_log_open() {
    for seen in [0, 7, 20] {
        compare(Fake::Saw(head(seen), log_key(1)), 20).unwrap();
    }
    compare(Fake::Silent, 20).unwrap();
}

#[test]
fn a_witness_that_has_seen_more_keeps_the_log_from_opening() {
    let outcome = compare(Fake::Saw(head(21), log_key(1)), 20);
    let Err(CheckpointError::WitnessAhead { seen, signed, .. }) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!((seen.get(), signed.get()), (21, 20));
    // A new registry under a name that was used before.
    assert!(compare(Fake::Saw(head(1), log_key(1)), 0).is_err());
}

#[test]
fn a_witness_that_has_seen_another_history_keeps_the_log_from_opening() {
    let other = TreeHead::new(&origin(), Size::new(5), Hash::leaf(b"another"));
    let outcome = compare(Fake::Saw(other, log_key(1)), 20);
    let fork = matches!(outcome, Err(CheckpointError::WitnessFork { size, .. }) if size.get() == 5);
    assert!(fork, "{outcome:?}");
}

#[test]
fn a_witness_that_shows_what_no_key_of_this_log_signed_keeps_nobody_from_opening() {
    compare(Fake::Saw(head(21), log_key(2)), 20).unwrap();
    let other = TreeHead::new(&origin(), Size::new(5), Hash::leaf(b"another"));
    compare(Fake::Saw(other, log_key(2)), 20).unwrap();
}

#[test]
fn a_slow_witness_keeps_nobody_from_opening() {
    let (_held, hold) = std::sync::mpsc::channel();
    let started = std::time::Instant::now();
    compare(Fake::Slow(hold), 20).unwrap();
    let waited = started.elapsed();
    assert!(
        waited < crate::limits::WITNESSES_AT_OPEN_WAIT + Duration::from_secs(5),
        "{waited:?}"
    );
}

/// The answer to one question.
fn ask(fake: Fake, size: u64) -> Result<(), Declined> {
    let keys = trusted(&[log_key(1)]);
    let witnesses = start(fake);
    let question = Question {
        witness: WitnessIndex(0),
        ledger: LedgerName::Events,
        old: Size::EMPTY,
        checkpoint: cosigned(&head(size), &log_key(1)).checkpoint,
    };
    witnesses.ask(question, Vec::new(), keys);
    let message = witnesses.received().recv_timeout(Duration::from_secs(20));
    let Ok(Message::Answer(Answer::Cosigned { answer, .. })) = message else {
        panic!("no answer");
    };
    answer.map(drop)
}

#[test]
fn a_question_is_carried_to_the_witness_and_its_answer_back() {
    ask(Fake::Silent, 9).unwrap();
}

#[test]
fn a_witness_that_does_not_say_which_size_it_remembers_is_asked_for_its_checkpoint() {
    let answer = ask(Fake::Unsized(head(4), log_key(1)), 9);
    let error = answer.unwrap_err().error;
    let learnt = matches!(error, WitnessError::Conflict { size } if size.get() == 4);
    assert!(learnt, "{error:?}");
}

#[test]
fn a_witness_that_claims_more_or_another_history_is_asked_to_show_it() {
    for claimed in [Some(Size::new(30)), None] {
        let shown = |shown| {
            let declined = ask(Fake::Claims(claimed, shown), 9).unwrap_err();
            let shown = declined.shown?;
            Some(shown.checkpoint.size().get())
        };
        assert_eq!(shown(Some((head(30), log_key(1)))), Some(30));
        assert_eq!(shown(Some((head(30), log_key(2)))), None, "not by this log");
        assert_eq!(shown(None), None);
    }
    // What it was shown before, it may just say.
    let shown = Some((head(4), log_key(1)));
    let declined = ask(Fake::Claims(Some(Size::new(4)), shown), 9).unwrap_err();
    assert!(declined.shown.is_none());
}
