//! Recorded before it leaves: the writer of the `disclosures` ledger.
//!
//! An answer waits here until its record is durable. Whoever holds a [`DisclosureReceipt`] may answer; there
//! is no other way to get one.

use std::sync::Arc;

use prost::Message as _;
use sabt_chain::{ActId, Kind, LedgerName, Part};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::{Disclosure, DisclosureVerb};
use sabt_vault::ordinal::SubjectOrdinal;
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::folder::Folder;
use crate::ledger::{Appender, Draft, Placed, Sealing};
use crate::limits::{
    DISCLOSURE_QUEUE_MAX, DISCLOSURES_UNFOLDED_MAX, GROUP_BYTES_MAX, GROUP_DISCLOSURES_MAX,
    PARTS_MAX,
};

/// Proof that what is about to be answered stands in the ledger.
#[derive(Debug, Clone)]
pub(crate) struct DisclosureReceipt(api::DisclosureReceipt);

impl DisclosureReceipt {
    /// Position of its first record in the `disclosures` ledger.
    pub(crate) const fn position(&self) -> u64 {
        self.0.position
    }

    /// As it travels with the answer.
    pub(crate) fn into_message(self) -> api::DisclosureReceipt {
        self.0
    }
}

/// Why an answer may not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DiscloseError {
    /// Too many answers wait.
    #[error("too many answers wait for their disclosure record")]
    QueueFull,
    /// The disk has no room. Nothing was written, and records are taken again when there is space.
    #[error("the disk has no room for the disclosures ledger")]
    Full,
    /// The ledger does not take records: an I/O error, an earlier fault, or shutdown.
    #[error("the disclosures ledger does not take records")]
    NotWritable,
}

/// What is recorded of one answer: one record for each subject in it.
pub(crate) struct Answered {
    pub(crate) records: Vec<(SubjectOrdinal, Disclosure)>,
}

impl Answered {
    fn alarms(&self) -> bool {
        let mut records = self.records.iter();
        records.any(|(_, disclosure)| disclosure.verb() == DisclosureVerb::Alarmed)
    }
}

enum Job {
    Answer {
        drafts: Vec<Draft>,
        bytes: usize,
        /// True if it holds an alarm, which is to be seen before the answer leaves.
        alarms: bool,
        reply: Reply,
    },
    /// A checkpoint of the events ledger, to be anchored.
    Anchor(Vec<u8>),
}

type Reply = oneshot::Sender<Result<DisclosureReceipt, DiscloseError>>;

impl Job {
    fn records(&self) -> usize {
        match self {
            Self::Answer { drafts, .. } => drafts.len(),
            Self::Anchor(_) => 1,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Answer { bytes, .. } => *bytes,
            Self::Anchor(payload) => payload.len(),
        }
    }
}

/// The way to the writer thread.
#[derive(Clone)]
pub(crate) struct Discloser {
    queue: mpsc::Sender<Job>,
}

impl Discloser {
    /// Records an answer; when this returns, its records are durable.
    pub(crate) async fn record(
        &self,
        request: uuid::Uuid,
        answered: Answered,
    ) -> Result<DisclosureReceipt, DiscloseError> {
        let drafts = drafts(request, &answered);
        let bytes = drafts.iter().map(|draft| draft.payload.len()).sum();
        let alarms = answered.alarms();
        let (reply, outcome) = oneshot::channel();
        self.queue
            .try_send(Job::Answer {
                drafts,
                bytes,
                alarms,
                reply,
            })
            .map_err(|err| match err {
                mpsc::error::TrySendError::Full(_) => DiscloseError::QueueFull,
                mpsc::error::TrySendError::Closed(_) => DiscloseError::NotWritable,
            })?;
        outcome.await.unwrap_or(Err(DiscloseError::NotWritable))
    }

    /// The way for anchors of the events ledger.
    pub(crate) fn anchorer(&self) -> DisclosureAnchorer {
        DisclosureAnchorer(self.queue.downgrade())
    }
}

/// The way to the writer thread for anchors of the events ledger. It does not keep the thread running.
pub(crate) struct DisclosureAnchorer(mpsc::WeakSender<Job>);

impl DisclosureAnchorer {
    /// Hands an anchor over. Nobody is told whether it came to stand: who wants to know reads the ledger. A writer
    /// that is busy or has stopped does not take it.
    pub(crate) fn anchor(&self, payload: Vec<u8>) {
        let queue = self.0.upgrade();
        if queue.is_none_or(|queue| queue.try_send(Job::Anchor(payload)).is_err()) {
            tracing::debug!("the disclosures ledger took no anchor");
        }
    }
}

/// One record a subject; more than 255 subjects share several act ids, since `parts` is one byte.
fn drafts(request: uuid::Uuid, answered: &Answered) -> Vec<Draft> {
    let mut drafts = Vec::with_capacity(answered.records.len());
    for (index, chunk) in answered.records.chunks(PARTS_MAX).enumerate() {
        let mut act_id = request.into_bytes();
        if let (Some(last), Ok(index)) = (act_id.last_mut(), u8::try_from(index % 256)) {
            *last = last.wrapping_add(index);
        }
        let count = u8::try_from(chunk.len()).unwrap_or(u8::MAX);
        for (part, (subject, disclosure)) in (0..count).zip(chunk) {
            let Some(part) = Part::new(part, count) else {
                continue;
            };
            drafts.push(Draft {
                kind: Kind::Event,
                subject: *subject,
                act_id: ActId::from_bytes(act_id),
                part,
                sealing: Sealing::Audit,
                payload: Zeroizing::new(disclosure.encode_to_vec()),
                authorship: None,
            });
        }
    }
    drafts
}

/// Starts the writer thread. It ends when every [`Discloser`] is dropped, or on the first fault.
pub(crate) fn start(
    appender: Appender,
    folder: Folder,
    fault: Arc<Fault>,
) -> std::io::Result<(Discloser, std::thread::JoinHandle<()>)> {
    let (queue, jobs) = mpsc::channel(DISCLOSURE_QUEUE_MAX);
    let writer = Writer {
        appender,
        folder,
        fault,
        unfolded: 0,
    };
    let thread = std::thread::Builder::new()
        .name("disclosures".to_owned())
        .spawn(move || writer.run(jobs))?;
    Ok((Discloser { queue }, thread))
}

struct Writer {
    appender: Appender,
    folder: Folder,
    fault: Arc<Fault>,
    /// Records appended since the last fold.
    unfolded: usize,
}

impl Writer {
    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(first) = jobs.blocking_recv() {
            let mut group = vec![first];
            let mut records = group[0].records();
            let mut bytes = group[0].bytes();
            while records < GROUP_DISCLOSURES_MAX && bytes < GROUP_BYTES_MAX {
                let Ok(job) = jobs.try_recv() else { break };
                records += job.records();
                bytes += job.bytes();
                group.push(job);
            }
            if self.fault.is_latched() || !self.commit(group) {
                // Waiting callers see their reply channel close: nothing leaves.
                return;
            }
            // A fold of many groups at once costs far less than one after each, and whoever waits is served first.
            let wait = !jobs.is_empty() && self.unfolded < DISCLOSURES_UNFOLDED_MAX;
            if !wait && !self.fold() {
                return;
            }
        }
    }

    /// Appends one group and tells the callers. False: the first I/O error has latched.
    fn commit(&mut self, group: Vec<Job>) -> bool {
        let mut drafts = Vec::new();
        let mut replies = Vec::with_capacity(group.len());
        let mut alarms = false;
        for job in group {
            let first = drafts.len();
            match job {
                Job::Answer {
                    drafts: more,
                    alarms: alarmed,
                    reply,
                    ..
                } => {
                    alarms |= alarmed;
                    drafts.extend(more);
                    replies.push((first, reply));
                }
                Job::Anchor(payload) => drafts.push(self.appender.anchor(payload)),
            }
        }
        crate::crash::point("disclosure.before_append");
        let outcome = self.appender.append(&drafts, self.appender.now());
        crate::crash::point("disclosure.after_append");
        match outcome {
            Ok(placed) => {
                self.fault.set_full(LedgerName::Disclosures, false);
                metrics::counter!("sabt_disclosures_total").increment(placed.len() as u64);
                self.unfolded += placed.len();
                // Nobody waits for the views but whoever raises an alarm.
                if alarms && !self.fold() {
                    return false;
                }
                for (first, reply) in replies {
                    let receipt = placed.get(first).map(|placed| self.receipt(*placed));
                    answer(reply, receipt.ok_or(DiscloseError::NotWritable));
                }
                true
            }
            Err(err) if err.is_full() => {
                self.fault.set_full(LedgerName::Disclosures, true);
                for (_, reply) in replies {
                    answer(reply, Err(DiscloseError::Full));
                }
                true
            }
            Err(err) => {
                // Whoever waits is told before the fault latches and the process ends.
                for (_, reply) in replies {
                    answer(reply, Err(DiscloseError::NotWritable));
                }
                self.fault.latch("disclosures", &err);
                false
            }
        }
    }

    fn receipt(&self, placed: Placed) -> DisclosureReceipt {
        DisclosureReceipt(api::DisclosureReceipt {
            origin: self.appender.origin().as_str().to_owned(),
            position: placed.position.get(),
            link: placed.link.as_bytes().to_vec(),
            recorded_at: placed.recorded_at.as_micros(),
        })
    }

    /// Folds what has been appended, if there is anything.
    fn fold(&mut self) -> bool {
        if std::mem::take(&mut self.unfolded) == 0 {
            return true;
        }
        match self.folder.fold() {
            Ok(()) => true,
            Err(err) => {
                self.fault.latch("views of the disclosures", &err);
                false
            }
        }
    }
}

fn answer<T>(reply: oneshot::Sender<T>, value: T) {
    if reply.send(value).is_err() {
        // The caller has gone; the record stands all the same.
        tracing::debug!("an answer was recorded for a caller who has gone");
    }
}
