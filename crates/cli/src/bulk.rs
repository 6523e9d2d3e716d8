//! Many acts over one stream (`SubmitActs`), shared by many submitters.
//!
//! Results come in the order of the acts, so a queue of waiting submitters is all there is to know whose
//! result is whose.

use std::sync::{Arc, OnceLock};

use sabt_proto::api::v1 as api;
use sabt_proto::api::v1::registry_client::RegistryClient;
use sabt_proto::api::v1::submit_acts_response::Result as Decided;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Status, Streaming};

use crate::error::CliError;
use crate::refused::Refused;

/// Acts of one stream that may wait for their results. The server decides at most 256 of a stream at once.
pub const WINDOW: usize = 256;

/// What the registry says to one act.
pub type Outcome = Result<api::Receipt, Refused>;

type Reply = oneshot::Sender<Outcome>;

/// One stream of acts.
#[derive(Debug, Clone)]
pub struct Pipe {
    jobs: mpsc::Sender<(api::SignedAct, Reply)>,
    /// Why the stream ended before its time.
    broken: Arc<OnceLock<Status>>,
}

/// An act under way.
#[derive(Debug)]
pub struct Pending {
    reply: oneshot::Receiver<Outcome>,
    broken: Arc<OnceLock<Status>>,
}

impl Pipe {
    /// Opens a stream. It ends when every clone is dropped.
    ///
    /// # Errors
    /// [`CliError`] if the registry does not take the stream.
    pub async fn open(mut client: RegistryClient<Channel>) -> Result<Self, CliError> {
        let (jobs, queue) = mpsc::channel(WINDOW);
        let (requests, stream) = mpsc::channel(WINDOW);
        let (waiting, replies) = mpsc::channel(WINDOW);
        let broken = Arc::new(OnceLock::new());
        tokio::spawn(send(queue, requests, waiting));
        let results = client
            .submit_acts(ReceiverStream::new(stream))
            .await?
            .into_inner();
        tokio::spawn(receive(results, replies, Arc::clone(&broken)));
        Ok(Self { jobs, broken })
    }

    /// Sends an act; waits only while the window is full.
    ///
    /// # Errors
    /// [`CliError`] if the stream is broken.
    pub async fn send(&self, act: api::SignedAct) -> Result<Pending, CliError> {
        let (reply, outcome) = oneshot::channel();
        if self.jobs.send((act, reply)).await.is_err() {
            return Err(cause(&self.broken));
        }
        Ok(Pending {
            reply: outcome,
            broken: Arc::clone(&self.broken),
        })
    }
}

impl Pending {
    /// What the registry says.
    ///
    /// # Errors
    /// [`CliError`] if the stream broke off before it said anything: the act may stand or not, and sending
    /// the same bytes again tells.
    pub async fn outcome(self) -> Result<Outcome, CliError> {
        self.reply.await.map_err(|_dropped| cause(&self.broken))
    }
}

fn cause(broken: &OnceLock<Status>) -> CliError {
    let ended = || Status::unavailable("the registry ended the stream");
    broken.get().cloned().unwrap_or_else(ended).into()
}

async fn send(
    mut queue: mpsc::Receiver<(api::SignedAct, Reply)>,
    requests: mpsc::Sender<api::SubmitActRequest>,
    waiting: mpsc::Sender<Reply>,
) {
    while let Some((act, reply)) = queue.recv().await {
        // The reply waits before the act leaves, so that no result comes too early for it.
        if waiting.send(reply).await.is_err() {
            return;
        }
        if requests
            .send(api::SubmitActRequest {
                signed_act: Some(act),
            })
            .await
            .is_err()
        {
            return;
        }
    }
}

async fn receive(
    mut results: Streaming<api::SubmitActsResponse>,
    mut replies: mpsc::Receiver<Reply>,
    broken: Arc<OnceLock<Status>>,
) {
    loop {
        let response = match results.message().await {
            Ok(Some(response)) => response,
            Ok(None) => return,
            Err(status) => {
                // A first cause stays.
                drop(broken.set(status));
                return;
            }
        };
        let outcome = match response.result {
            Some(Decided::Receipt(receipt)) => Ok(receipt),
            Some(Decided::Refusal(refusal)) => Err(refusal.into()),
            None => {
                drop(broken.set(Status::internal(
                    "the registry sent a result without content",
                )));
                return;
            }
        };
        let Some(reply) = replies.recv().await else {
            return;
        };
        // Whoever sent the act may have gone; the act stands or not all the same.
        drop(reply.send(outcome));
    }
}
