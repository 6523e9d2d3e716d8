//! Who is at the other end of a connection, and what they are given.

use std::sync::Arc;
use std::time::Instant;

use http::{Method as HttpMethod, Request, Response};
use http_body_util::Full;
use hyper::body::{Body as _, Bytes, Incoming};
use prost::Message as _;
use sabt_chain::proof::HashReader as _;
use sabt_chain::tile::{
    BundleCoordinate, ClearPayload, TileCoordinate, TilePath, encode_clear, encode_entries,
    encode_hashes,
};
use sabt_chain::{Hash, LedgerName, Size};
use sabt_domain::access::{Asker, Method};
use sabt_domain::refusal::{Class, Reason, Refusal};
use sabt_proto::api::v1 as api;
use tokio::sync::{OnceCell, Semaphore};
use tokio_rustls::server::TlsStream;
use tonic::transport::server::Connected as _;

use super::Shown;
use super::answer::Answer;
use super::target::{Target, What};
use crate::api::{record_reading, record_refusal};
use crate::disclose::DiscloseError;
use crate::identity::{Caller, IdentityError};
use crate::limits::{AUDIT_CONNECTION_AGE_MAX, AUDIT_PATH_BYTES_MAX};
use crate::listen::{self, Connection, Distrust, PeerInfo};
use crate::registry::Registry;
use crate::tree::{RUN_LEVEL, StoredTree, TreeError};

/// One connection.
pub(super) struct Visitor {
    shown: Shown,
    caller: Result<Caller, IdentityError>,
    /// The certificates shown, which may cease to hold while the connection is open.
    info: PeerInfo,
    since: Instant,
    /// Readings that run at once, over all connections.
    reads: Arc<Semaphore>,
    /// Whether it is recorded that this connection reads a ledger: the events, the disclosures.
    recorded: [OnceCell<()>; 2],
    /// Whether it is recorded that this connection was refused a ledger.
    refused: [OnceCell<()>; 2],
}

impl Visitor {
    pub(super) fn new(shown: Shown, stream: &TlsStream<Connection>, reads: Arc<Semaphore>) -> Self {
        let (_, tls) = stream.get_ref();
        let leaf = tls
            .peer_certificates()
            .and_then(|certificates| certificates.first());
        let caller = match (&shown, leaf) {
            (Shown::Registry(registry), Some(leaf)) => {
                Caller::from_certificate(registry.name(), leaf.as_ref())
            }
            (Shown::Registry(_) | Shown::Checkpoints(_), _) => Err(IdentityError::NoCertificate),
        };
        Self {
            shown,
            caller,
            info: stream.connect_info(),
            since: Instant::now(),
            reads,
            recorded: Default::default(),
            refused: Default::default(),
        }
    }

    /// Answers one request.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let target = Target::parse(request.uri());
        let answer = self.answer_target(&request, target).await;
        let answer = answer.unwrap_or_else(|problem| problem);
        let status = answer.status().as_u16().to_string();
        let kind = Target::kind(target);
        metrics::counter!("sabt_audit_requests_total", "kind" => kind, "status" => status)
            .increment(1);
        answer.into_response(AUDIT_CONNECTION_AGE_MAX <= self.since.elapsed())
    }

    async fn answer_target(
        &self,
        request: &Request<Incoming>,
        target: Option<Target>,
    ) -> Result<Answer, Answer> {
        if !request.body().is_end_stream() {
            return Err(Answer::no_body_wanted());
        }
        if *request.method() != HttpMethod::GET && *request.method() != HttpMethod::HEAD {
            return Err(Answer::method_not_allowed());
        }
        if AUDIT_PATH_BYTES_MAX < request.uri().path().len() {
            return Err(Answer::path_too_long());
        }
        let Target { ledger, what } = target.ok_or_else(Answer::not_found)?;
        match (&self.shown, what) {
            (Shown::Checkpoints(checkpoints), What::Checkpoint) => {
                let note = checkpoints.of(ledger).ok_or_else(Answer::no_checkpoint)?;
                Ok(Answer::checkpoint(note))
            }
            (Shown::Checkpoints(_), What::Tile(_)) => Err(Answer::checkpoints_only()),
            (Shown::Registry(registry), What::Checkpoint) => {
                let published = registry.checkpointer().published(ledger);
                let note = published
                    .borrow()
                    .as_ref()
                    .map(|newest| Arc::clone(&newest.note));
                Ok(Answer::checkpoint(&note.ok_or_else(Answer::no_checkpoint)?))
            }
            (Shown::Registry(registry), What::Tile(path)) => {
                self.tile(registry, ledger, path).await
            }
        }
    }

    /// A tile or bundle: who asks, whether it is there, the record that it was taken, the bytes.
    async fn tile(
        &self,
        registry: &Arc<Registry>,
        ledger: LedgerName,
        path: TilePath,
    ) -> Result<Answer, Answer> {
        let published = registry.checkpointer().published(ledger);
        let size = published.borrow().as_ref().map(|newest| newest.size);
        let size = size.unwrap_or(Size::EMPTY);
        let asker = self.admit(registry, ledger, size).await?;
        if path.size_min().is_none_or(|needed| size < needed) {
            return Err(Answer::not_found());
        }
        self.recorded[ledger.index()]
            .get_or_try_init(|| record_reading(registry, &asker, question(ledger, size)))
            .await
            .map_err(not_recorded)?;
        let _turn = self.reads.acquire().await;
        let tree = Arc::clone(registry.tree(ledger));
        let read = tokio::task::spawn_blocking(move || read(&tree, path)).await;
        match read {
            Ok(Ok(bytes)) => Ok(Answer::tile(bytes)),
            Ok(Err(err @ (TreeError::Building { .. } | TreeError::Closing))) => {
                Err(Answer::unavailable(&format!("{err}.")))
            }
            Ok(Err(err)) => {
                tracing::error!(path = %path, error = %err, "a tile cannot be read");
                Err(Answer::fault())
            }
            Err(_panicked) => Err(Answer::fault()),
        }
    }

    /// Lets an auditor through. A refusal of somebody whose certificate names them is recorded, once for each
    /// connection and ledger; nobody else leaves a trace in the ledger.
    async fn admit(
        &self,
        registry: &Arc<Registry>,
        ledger: LedgerName,
        size: Size,
    ) -> Result<Asker, Answer> {
        let caller = self.caller.as_ref().map_err(|err| {
            let refusal = Refusal::new(Reason::NotIdentified, "design:7.1");
            Answer::unauthorized(&refusal.with_message(err.to_string()))
        })?;
        let asker = registry.asker(caller);
        let held = listen::check(&self.info).map_err(Distrust::refusal);
        let opened = held.and(asker.clone()).and_then(|asker| {
            registry.matrix()?.open_to(&asker, Method::ReadRecords)?;
            Ok(asker)
        });
        let refusal = match opened {
            Ok(asker) => return Ok(asker),
            Err(refusal) => refusal,
        };
        let recording = || async {
            let question = question(ledger, size).encode_to_vec();
            let asker = asker.as_ref().ok();
            record_refusal(
                registry,
                asker,
                Method::ReadRecords,
                None,
                &question,
                &refusal,
            )
            .await
        };
        self.refused[ledger.index()]
            .get_or_try_init(recording)
            .await
            .map_err(not_recorded)?;
        Err(if refusal.class() == Class::Unauthenticated {
            Answer::unauthorized(&refusal)
        } else {
            Answer::forbidden(&refusal)
        })
    }
}

/// What reading tiles asks for, in the words of the RPC contract: everything up to the published checkpoint.
fn question(ledger: LedgerName, size: Size) -> api::ReadRecordsRequest {
    let ledger = match ledger {
        LedgerName::Events => api::Ledger::Events,
        LedgerName::Disclosures => api::Ledger::Disclosures,
    };
    api::ReadRecordsRequest {
        ledger: ledger.into(),
        from: 0,
        until: size.get(),
    }
}

fn not_recorded(err: DiscloseError) -> Answer {
    Answer::unavailable(&format!(
        "The reading could not be recorded, so nothing was given: {err}."
    ))
}

/// The bytes of a tile or bundle that the ledger covers.
pub(super) fn read(tree: &StoredTree, path: TilePath) -> Result<Vec<u8>, TreeError> {
    match path {
        TilePath::Hashes(tile) => read_hashes(tree, tile),
        TilePath::Entries(run) => {
            let width = usize::from(run.width.get());
            let run = tree.run(run.index, end(run))?;
            let envelopes = run.envelopes().iter().take(width).map(Vec::as_slice);
            encode_entries(envelopes).map_err(|_too_long| TreeError::Short)
        }
        TilePath::Clear(run) => {
            let width = run.width.get();
            let run = tree.run(run.index, end(run))?;
            let clear = run.clear().iter();
            let clear = clear.filter(|(index, _)| u16::from(*index) < width);
            let clear = clear.map(|(index, bytes)| ClearPayload {
                index: *index,
                bytes,
            });
            encode_clear(clear).map_err(|_too_long| TreeError::Short)
        }
    }
}

fn read_hashes(tree: &StoredTree, tile: TileCoordinate) -> Result<Vec<u8>, TreeError> {
    let width = u64::from(tile.width.get());
    let height = u32::from(tile.level.get()) * RUN_LEVEL;
    let first = tile.index << RUN_LEVEL;
    let hashes: Vec<Hash> = if height == 0 {
        let run = tree.run(tile.index, first + width)?;
        let leaves = (0..width).map(|leaf| run.leaves().subtree(0, leaf));
        leaves.collect::<Result<_, _>>()?
    } else {
        let roots = (first..first + width).map(|index| tree.subtree(height, index));
        roots.collect::<Result<_, _>>()?
    };
    Ok(encode_hashes(&hashes))
}

/// Position behind the last record of a run.
fn end(run: BundleCoordinate) -> u64 {
    (run.index << RUN_LEVEL) + u64::from(run.width.get())
}
