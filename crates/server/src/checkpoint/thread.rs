//! The thread that signs, asks witnesses, publishes and anchors, both ledgers in turn.

use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Instant;

use sabt_chain::proof::{ProofGenerationError, consistency, root};
use sabt_chain::{Hash, LedgerName, Size};
use sabt_proto::api::v1 as api;
use tokio::sync::watch;

use super::anchors::{self, Anchoring};
use super::log::Signed;
use super::panel::{Panel, Question};
use super::publication::Publication;
use super::witnesses::{Answer, Witnesses};
use super::{CheckpointError, Logs, Published, Setup, Signers, Status};
use crate::disclose::DisclosureAnchorer;
use crate::fault::Fault;
use crate::limits::{CHECKPOINT_INTERVAL, WITNESSES_AT_CLOSE_WAIT};
use crate::telemetry::count;
use crate::tree::{StoredTree, TreeError};
use crate::writer::EventAnchorer;

/// What the thread is told.
pub(crate) enum Message {
    /// A witness has answered.
    Answer(Answer),
    /// The writers have stopped: sign once more, and end.
    Close,
}

/// One ledger, and what is told of it.
struct Log {
    publication: Publication,
    tree: Arc<StoredTree>,
    anchoring: Anchoring,
}

pub(super) struct Worker {
    logs: [Log; 2],
    signers: Signers,
    witnesses: Witnesses,
    panel: Panel,
    folded: watch::Receiver<u64>,
    events: EventAnchorer,
    disclosures: DisclosureAnchorer,
    fault: Arc<Fault>,
    status: Arc<Status>,
}

impl Worker {
    pub(super) fn new(setup: Setup, status: Arc<Status>) -> Result<Self, CheckpointError> {
        let now = Instant::now();
        let Logs {
            signed: [events, disclosures],
            trees: [events_tree, disclosures_tree],
            signers,
            witnesses,
        } = setup.logs;
        let mut panel = witnesses.panel(now);
        let mut log = |signed: Signed, tree| {
            let trusted = signers.ever(signed.ledger().chain.origin())?;
            Ok::<_, CheckpointError>(Log {
                publication: Publication::resume(signed, &mut panel, &trusted)?,
                anchoring: Anchoring::new(setup.anchor_every, now),
                tree,
            })
        };
        let logs = [
            log(events, events_tree)?,
            log(disclosures, disclosures_tree)?,
        ];
        let mut worker = Self {
            logs,
            signers,
            witnesses,
            panel,
            folded: setup.folded,
            events: setup.events,
            disclosures: setup.disclosures,
            fault: setup.fault,
            status,
        };
        worker.note_anchors();
        worker.report();
        Ok(worker)
    }

    /// The published checkpoints of both ledgers, the events first.
    pub(super) fn subscribe(&self) -> [watch::Receiver<Option<Published>>; 2] {
        [&self.logs[0], &self.logs[1]].map(|log| log.publication.subscribe())
    }

    pub(super) fn run(mut self) {
        if let Err(err) = self.work() {
            self.fault.latch("checkpoints", &err);
        }
    }

    fn work(&mut self) -> Result<(), CheckpointError> {
        let mut due = Instant::now() + CHECKPOINT_INTERVAL;
        loop {
            let wait = due.saturating_duration_since(Instant::now());
            let message = self.witnesses.received().recv_timeout(wait);
            if self.fault.is_latched() {
                // After a fault nothing is signed: what stands is looked at on the next start.
                return Ok(());
            }
            match message {
                Ok(Message::Answer(answer)) => self.take(answer)?,
                Ok(Message::Close) | Err(RecvTimeoutError::Disconnected) => return self.close(),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = Instant::now();
            if due <= now {
                due = now + CHECKPOINT_INTERVAL;
                self.sign()?;
                self.panel.complain(now);
            }
            self.publish()?;
            self.panel.turn(now, false);
            self.publish()?;
            self.ask()?;
            self.anchor();
            self.report();
        }
    }

    /// The writers have stopped: the last checkpoint covers everything. Its quorum is waited for a moment; without it
    /// the lock is ahead of what is published until the next start.
    fn close(&mut self) -> Result<(), CheckpointError> {
        let deadline = Instant::now() + WITNESSES_AT_CLOSE_WAIT;
        self.sign()?;
        self.publish()?;
        self.panel.turn(Instant::now(), true);
        loop {
            self.publish()?;
            if self
                .logs
                .iter()
                .all(|log| log.publication.is_all_published())
            {
                break;
            }
            self.ask()?;
            let wait = deadline.saturating_duration_since(Instant::now());
            match self.witnesses.received().recv_timeout(wait) {
                Ok(Message::Answer(answer)) => self.take(answer)?,
                Ok(Message::Close) => {}
                Err(_late) => break,
            }
        }
        self.report();
        Ok(())
    }

    fn sign(&mut self) -> Result<(), CheckpointError> {
        let governed = Size::new(*self.folded.borrow());
        let now = Instant::now();
        for log in &mut self.logs {
            let origin = log.publication.signed().ledger().chain.origin().clone();
            let signers = &self.signers;
            let trusted = signers.ever(&origin)?;
            let keys = || signers.now(&origin);
            log.publication
                .sign(&mut self.panel, governed, &trusted, keys, now)?;
        }
        Ok(())
    }

    fn publish(&mut self) -> Result<(), CheckpointError> {
        let now = Instant::now();
        for log in &mut self.logs {
            log.publication.publish(&mut self.panel, now)?;
        }
        Ok(())
    }

    /// Sends the questions that are due. The proofs that go with them are checked first, so that a witness that
    /// refuses one has seen another history.
    fn ask(&mut self) -> Result<(), CheckpointError> {
        let now = Instant::now();
        for question in self.panel.questions(now) {
            let log = &self.logs[question.ledger.index()];
            match prove(&log.tree, &question) {
                Ok(proof) => {
                    let log_keys = self
                        .signers
                        .ever(log.publication.signed().ledger().chain.origin())?;
                    self.witnesses.ask(question, proof, log_keys);
                }
                Err(Unproved::Building) => self.panel.postpone(&question, now),
                Err(Unproved::Fault(err)) => return Err(err),
            }
        }
        Ok(())
    }

    fn take(&mut self, answer: Answer) -> Result<(), CheckpointError> {
        match answer {
            Answer::Cosigned { question, answer } => {
                let tree = &self.logs[question.ledger.index()].tree;
                let root_at = |size| known_root(tree, size);
                self.panel
                    .answer(&question, answer, &root_at, Instant::now())
            }
            // One that came too late for the opening: the witness says it again when it is asked to cosign.
            Answer::Latest { .. } => Ok(()),
        }
    }

    /// Hands the newest published checkpoint of each ledger to the writer of the other one. Whether it came to stand
    /// is seen when the record is read back; if it did not, it is handed over anew when the next anchor is due.
    fn anchor(&mut self) {
        let now = Instant::now();
        self.note_anchors();
        for ledger in LedgerName::ALL {
            let log = &mut self.logs[ledger.index()];
            let (read, shown) = (
                log.publication.signed().read_back(),
                log.publication.shown(),
            );
            let Some(checkpoint) = log.anchoring.due(read, shown.as_ref(), now) else {
                continue;
            };
            let payload = anchors::payload(&checkpoint);
            match ledger.other() {
                LedgerName::Events => self.events.anchor(payload),
                LedgerName::Disclosures => self.disclosures.anchor(payload),
            }
        }
    }

    /// Takes note of the anchors that were read back.
    fn note_anchors(&mut self) {
        for ledger in LedgerName::ALL {
            let other = self.logs[ledger.other().index()].publication.signed();
            let standing = other.read_back().newest_anchor();
            self.logs[ledger.index()].anchoring.stands(standing);
        }
    }

    fn report(&self) {
        for log in &self.logs {
            let log_signed = log.publication.signed();
            let ledger = log_signed.name();
            let size = |checkpoint: Option<&Published>| {
                checkpoint.map_or(0, |checkpoint| checkpoint.size.get())
            };
            let signed = size(log_signed.newest());
            let published = size(log.publication.shown().as_ref());
            let anchored = log.anchoring.anchored().get();
            let witnesses = self.panel.status(ledger);
            self.status.update(ledger, |status| {
                status.ledger = match ledger {
                    LedgerName::Events => i32::from(api::Ledger::Events),
                    LedgerName::Disclosures => i32::from(api::Ledger::Disclosures),
                };
                status.signed = signed;
                status.published = published;
                status.anchored = anchored;
                status.witnesses = witnesses;
            });
            let label = ledger.as_str();
            let read = log_signed.read_back().size().get();
            metrics::gauge!("sabt_checkpoint_size", "ledger" => label).set(count(signed));
            metrics::gauge!("sabt_checkpoint_published", "ledger" => label).set(count(published));
            metrics::gauge!("sabt_checkpoint_lag_records", "ledger" => label)
                .set(count(read.saturating_sub(published)));
        }
    }
}

/// Why there is no proof of growth.
enum Unproved {
    /// The tree is still being built.
    Building,
    Fault(CheckpointError),
}

impl From<TreeError> for Unproved {
    fn from(err: TreeError) -> Self {
        match err {
            TreeError::Building { .. } => Self::Building,
            TreeError::Read(_)
            | TreeError::Short
            | TreeError::Diverged { .. }
            | TreeError::Closing => Self::Fault(CheckpointError::Proof(Box::new(err))),
        }
    }
}

/// Root of the tree at an earlier size; `None` while the tree is being built, which nobody here waits for.
fn known_root(tree: &StoredTree, size: Size) -> Result<Option<Hash>, CheckpointError> {
    match root(tree, size).map_err(Unproved::from) {
        Ok(root) => Ok(Some(root)),
        Err(Unproved::Building) => Ok(None),
        Err(Unproved::Fault(err)) => Err(err),
    }
}

/// Proves that the checkpoint of a question continues the tree that the witness is thought to remember.
fn prove(tree: &StoredTree, question: &Question) -> Result<Vec<Hash>, Unproved> {
    let (old, new) = (question.old, question.checkpoint.size());
    if old == Size::EMPTY || old == new {
        return Ok(Vec::new());
    }
    let proof = match consistency(tree, old, new) {
        Ok(proof) => proof,
        Err(ProofGenerationError::Read(err)) => return Err(err.into()),
        Err(err) => return Err(Unproved::Fault(CheckpointError::Proof(Box::new(err)))),
    };
    let old_root = root(tree, old)?;
    match proof.verify(&old_root, &question.checkpoint.root()) {
        Ok(()) => Ok(proof.hashes),
        Err(err) => Err(Unproved::Fault(CheckpointError::Proof(Box::new(err)))),
    }
}
