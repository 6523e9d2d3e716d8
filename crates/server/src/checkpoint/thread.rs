//! The thread that signs, asks witnesses, publishes and anchors, both ledgers in turn.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use sabt_chain::{LedgerName, Size};
use sabt_proto::api::v1 as api;
use tokio::sync::watch;

use super::anchors::{self, Anchoring};
use super::log::Signed;
use super::{CheckpointError, Published, Setup, Signers, Status, index};
use crate::disclose::DisclosureAnchorer;
use crate::fault::Fault;
use crate::limits::CHECKPOINT_INTERVAL;
use crate::writer::EventAnchorer;

/// What the thread is told.
pub(super) enum Message {
    /// The writers have stopped: sign once more, and end.
    Close,
}

/// One ledger, and what is told of it.
struct Log {
    signed: Signed,
    announce: watch::Sender<Option<Published>>,
    anchoring: Anchoring,
}

pub(super) struct Worker {
    logs: [Log; 2],
    signers: Signers,
    folded: watch::Receiver<u64>,
    events: EventAnchorer,
    disclosures: DisclosureAnchorer,
    fault: Arc<Fault>,
    status: Arc<Status>,
    messages: Receiver<Message>,
}

impl Worker {
    pub(super) fn new(
        setup: Setup,
        status: Arc<Status>,
        messages: Receiver<Message>,
    ) -> (Self, [watch::Receiver<Option<Published>>; 2]) {
        let now = Instant::now();
        let logs = setup.signed.map(|signed| Log {
            announce: watch::Sender::new(signed.published().cloned()),
            anchoring: Anchoring::new(setup.anchor_every, now),
            signed,
        });
        let published = [logs[0].announce.subscribe(), logs[1].announce.subscribe()];
        let worker = Self {
            logs,
            signers: setup.signers,
            folded: setup.folded,
            events: setup.events,
            disclosures: setup.disclosures,
            fault: setup.fault,
            status,
            messages,
        };
        worker.report();
        (worker, published)
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
            let closing = match self.messages.recv_timeout(wait) {
                Ok(Message::Close) | Err(RecvTimeoutError::Disconnected) => true,
                Err(RecvTimeoutError::Timeout) => false,
            };
            if self.fault.is_latched() {
                // After a fault nothing is signed: what stands is looked at on the next start.
                return Ok(());
            }
            due = Instant::now() + CHECKPOINT_INTERVAL;
            self.sign()?;
            self.publish()?;
            if !closing {
                self.anchor();
            }
            self.report();
            if closing {
                return Ok(());
            }
        }
    }

    fn sign(&mut self) -> Result<(), CheckpointError> {
        let governed = Size::new(*self.folded.borrow());
        for log in &mut self.logs {
            let origin = log.signed.ledger().chain.origin().clone();
            let signers = &self.signers;
            if let Some(prepared) = log.signed.prepare(governed, || signers.now(&origin))? {
                log.signed.take_lock(prepared)?;
            }
        }
        Ok(())
    }

    fn publish(&mut self) -> Result<(), CheckpointError> {
        for log in &mut self.logs {
            let Some(newest) = log.signed.newest().cloned() else {
                continue;
            };
            if log.signed.published() == Some(&newest) {
                continue;
            }
            log.signed.publish(&newest)?;
            log.announce.send_replace(Some(newest));
        }
        Ok(())
    }

    /// Hands the newest published checkpoint of each ledger to the writer of the other one. Whether it came to stand
    /// is seen when the record is read back; if it did not, it is handed over anew when the next anchor is due.
    fn anchor(&mut self) {
        let now = Instant::now();
        for ledger in [LedgerName::Events, LedgerName::Disclosures] {
            let standing = self.logs[index(ledger.other())]
                .signed
                .read_back()
                .newest_anchor();
            let log = &mut self.logs[index(ledger)];
            log.anchoring.stands(standing);
            let (read, published) = (log.signed.read_back(), log.signed.published());
            let Some(checkpoint) = log.anchoring.due(read, published, now) else {
                continue;
            };
            let payload = anchors::payload(&checkpoint);
            match ledger.other() {
                LedgerName::Events => self.events.anchor(payload),
                LedgerName::Disclosures => self.disclosures.anchor(payload),
            }
        }
    }

    fn report(&self) {
        for log in &self.logs {
            let ledger = log.signed.name();
            let size = |checkpoint: Option<&Published>| {
                checkpoint.map_or(0, |checkpoint| checkpoint.size.get())
            };
            let signed = size(log.signed.newest());
            let published = size(log.signed.published());
            let anchored = log.anchoring.anchored().get();
            self.status.update(ledger, |status| {
                status.ledger = match ledger {
                    LedgerName::Events => i32::from(api::Ledger::Events),
                    LedgerName::Disclosures => i32::from(api::Ledger::Disclosures),
                };
                status.signed = signed;
                status.published = published;
                status.anchored = anchored;
            });
            let label = ledger.as_str();
            metrics::gauge!("sabt_checkpoint_size", "ledger" => label).set(count(signed));
            metrics::gauge!("sabt_checkpoint_published", "ledger" => label).set(count(published));
            let read = log.signed.read_back().size().get();
            metrics::gauge!("sabt_checkpoint_lag_records", "ledger" => label)
                .set(count(read.saturating_sub(published)));
        }
    }
}

/// A count as a metric: exact below 2^53.
#[expect(
    clippy::cast_precision_loss,
    reason = "beyond 2^53 records a gauge may be inexact"
)]
fn count(records: u64) -> f64 {
    records as f64
}
