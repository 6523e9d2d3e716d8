//! Acts go in: parse, verify the author's signature, hand over to the writer.

use std::pin::Pin;
use std::sync::Arc;

use prost::Message as _;
use sabt_chain::authorship::{AuthorKey, Nonce};
use sabt_chain::{Authorship, KeyId, Signature};
use sabt_domain::access::{Asker, Method, Role};
use sabt_domain::act::{Act, ActBody, ActKind};
use sabt_domain::refusal::{Reason, Refusal};
use sabt_domain::time::Timestamp;
use sabt_proto::api::v1 as api;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::ask::{ask_at_length, identify, not_recorded, observe, record_refusal};
use super::governance;
use super::persons::failed;
use super::prove::await_proof;
use crate::limits::{ACT_BYTES_MAX, BULK_WINDOW};
use crate::registry::Registry;
use crate::status;
use crate::writer::{Outcome, VerifiedAct};

/// `sabt.api.v1.Registry`.
pub(crate) struct RegistryService(pub(crate) Arc<Registry>);

#[tonic::async_trait]
impl api::registry_server::Registry for RegistryService {
    async fn erase(
        &self,
        request: Request<api::EraseRequest>,
    ) -> Result<Response<api::EraseResponse>, Status> {
        super::erase::erase(&self.0, request).await
    }

    async fn submit_act(
        &self,
        request: Request<api::SubmitActRequest>,
    ) -> Result<Response<api::SubmitActResponse>, Status> {
        let started = self.0.clock().now_micros();
        let asker = identify(&self.0, &request);
        let outcome = submit(&self.0, asker.as_ref(), request.into_inner()).await;
        observe(
            &self.0,
            Method::SubmitAct,
            started,
            matches!(outcome, Ok(Ok(_))),
        );
        match outcome? {
            Ok(receipt) => Ok(Response::new(api::SubmitActResponse {
                receipt: Some(receipt),
            })),
            Err(refusal) => Err(status::status(&refusal)),
        }
    }

    async fn check_act(
        &self,
        request: Request<api::CheckActRequest>,
    ) -> Result<Response<api::CheckActResponse>, Status> {
        ask_at_length(
            &self.0,
            Method::CheckAct,
            request,
            |registry, permit, question, _at| {
                Box::pin(super::check::check(registry, permit, question))
            },
        )
        .await
    }

    type SubmitActsStream =
        Pin<Box<dyn Stream<Item = Result<api::SubmitActsResponse, Status>> + Send>>;

    async fn submit_acts(
        &self,
        request: Request<Streaming<api::SubmitActRequest>>,
    ) -> Result<Response<Self::SubmitActsStream>, Status> {
        let asker = identify(&self.0, &request);
        let acts = request.into_inner();
        // Signatures are verified side by side; acts are handed to the writer, and results given, in the order
        // of the stream. At most BULK_WINDOW acts stand between any two of the three steps.
        let (verifying, verified) = mpsc::channel(BULK_WINDOW);
        let (submitting, submitted) = mpsc::channel(BULK_WINDOW);
        let (results, stream) = mpsc::channel(BULK_WINDOW);
        tokio::spawn(verify_each(
            Arc::clone(&self.0),
            asker.clone(),
            acts,
            verifying,
        ));
        tokio::spawn(submit_each(Arc::clone(&self.0), verified, submitting));
        tokio::spawn(answer_each(
            Arc::clone(&self.0),
            asker.ok(),
            submitted,
            results,
        ));
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }

    async fn await_proof(
        &self,
        request: Request<api::AwaitProofRequest>,
    ) -> Result<Response<api::AwaitProofResponse>, Status> {
        let started = self.0.clock().now_micros();
        // Whoever is enrolled may ask: who knows a record's link has its receipt.
        let asker = identify(&self.0, &request);
        let question = request.into_inner();
        let bytes = question.encode_to_vec();
        let outcome = match &asker {
            Ok(_) => await_proof(&self.0, question).await,
            Err(refusal) => Err(refusal.clone()),
        };
        let waited = self.0.clock().now_micros().saturating_sub(started);
        super::prove::observe(waited, outcome.is_ok());
        let refusal = match outcome {
            Ok(response) => return Ok(Response::new(response)),
            Err(refusal) => refusal,
        };
        // To be told to ask again is no refusal; recorded, it would lengthen the ledger whose proof is waited for.
        if refusal.reason() != Reason::ProofNotReady {
            let asker = asker.as_ref().ok();
            record_refusal(&self.0, asker, Method::GetProof, None, &bytes, &refusal)
                .await
                .map_err(not_recorded)?;
        }
        Err(status::status(&refusal))
    }
}

/// An act being verified: its bytes as sent, and the task.
type Verifying = (Vec<u8>, JoinHandle<Result<VerifiedAct, Refusal>>);
/// An act in the writer's queue, or refused before it got there.
type Submitted = (Vec<u8>, Result<Outcome, Refusal>);

async fn verify_each(
    registry: Arc<Registry>,
    asker: Result<Asker, Refusal>,
    mut acts: Streaming<api::SubmitActRequest>,
    next: mpsc::Sender<Verifying>,
) {
    loop {
        let request = match acts.message().await {
            Ok(Some(request)) => request,
            Ok(None) => return,
            Err(status) => {
                // The client broke off: what was handed over stands, and the rest never came.
                tracing::debug!(code = ?status.code(), "a bulk stream broke off");
                return;
            }
        };
        let bytes = request.encode_to_vec();
        let (registry, asker) = (Arc::clone(&registry), asker.clone());
        let task = tokio::spawn(async move { admit(&registry, asker.as_ref(), request) });
        if next.send((bytes, task)).await.is_err() {
            return;
        }
    }
}

async fn submit_each(
    registry: Arc<Registry>,
    mut verified: mpsc::Receiver<Verifying>,
    next: mpsc::Sender<Submitted>,
) {
    while let Some((bytes, task)) = verified.recv().await {
        let outcome = match task.await {
            Ok(Ok(act)) => registry.submitter().enqueue(act).await,
            Ok(Err(refusal)) => Err(refusal),
            Err(panicked) => Err(failed(&panicked)),
        };
        if next.send((bytes, outcome)).await.is_err() {
            return;
        }
    }
}

async fn answer_each(
    registry: Arc<Registry>,
    asker: Option<Asker>,
    mut submitted: mpsc::Receiver<Submitted>,
    results: mpsc::Sender<Result<api::SubmitActsResponse, Status>>,
) {
    let mut index = 0;
    while let Some((bytes, outcome)) = submitted.recv().await {
        let outcome = match outcome {
            Ok(outcome) => outcome.wait().await,
            Err(refusal) => Err(refusal),
        };
        let item = told(&registry, asker.as_ref(), &bytes, outcome)
            .await
            .map(|outcome| result(index, outcome.as_ref()));
        let ended = item.is_err();
        if results.send(item).await.is_err() || ended {
            return;
        }
        index += 1;
    }
}

fn result(index: u64, outcome: Result<&api::Receipt, &Refusal>) -> api::SubmitActsResponse {
    use api::submit_acts_response::Result as Outcome;
    let result = match outcome {
        Ok(receipt) => Outcome::Receipt(receipt.clone()),
        Err(refusal) => Outcome::Refusal(status::message(refusal)),
    };
    api::SubmitActsResponse {
        index,
        result: Some(result),
    }
}

/// Submits one act.
async fn submit(
    registry: &Arc<Registry>,
    asker: Result<&Asker, &Refusal>,
    request: api::SubmitActRequest,
) -> Result<Result<api::Receipt, Refusal>, Status> {
    let bytes = request.encode_to_vec();
    let outcome = match admit(registry, asker, request) {
        Ok(act) => registry.submit(act).await,
        Err(refusal) => Err(refusal),
    };
    told(registry, asker.ok(), &bytes, outcome).await
}

/// A refusal is recorded before it is told; if it cannot be, the status says so.
async fn told(
    registry: &Arc<Registry>,
    asker: Option<&Asker>,
    bytes: &[u8],
    outcome: Result<api::Receipt, Refusal>,
) -> Result<Result<api::Receipt, Refusal>, Status> {
    if let Err(refusal) = &outcome {
        record_refusal(registry, asker, Method::SubmitAct, None, bytes, refusal)
            .await
            .map_err(not_recorded)?;
    }
    Ok(outcome)
}

/// Lets an act through to the writer: who submits, who signed, and that both belong together.
pub(super) fn admit(
    registry: &Registry,
    asker: Result<&Asker, &Refusal>,
    request: api::SubmitActRequest,
) -> Result<VerifiedAct, Refusal> {
    let asker = asker.map_err(Clone::clone)?;
    let opened = registry.matrix()?.open_to(asker, Method::SubmitAct);
    let signed = request.signed_act;
    // Whoever issued a grant must be able to take it back, and every agency answers for its own officers, also where it
    // submits no other acts.
    if let Err(refusal) = opened
        && !signed.as_ref().is_some_and(is_about_own_officers)
    {
        return Err(refusal);
    }
    let act = verify(
        registry,
        signed.ok_or_else(|| Refusal::field("signed_act", "is missing"))?,
    )?;
    let now = Timestamp::from_micros(registry.clock().now_micros());
    let key = sabt_domain::act::KeyId(act.authorship.key_id.to_bytes());
    let author = registry.enrolment().author(&key, now)?;
    // The registry's own office hands in what a governance key or, for a court's order, the data-protection officer signed.
    let is_order = act.act.body.kind() == ActKind::ExtendDeferral;
    let governs = asker.roles.contains(&Role::Governance)
        && (is_order || author.roles.contains(&Role::Governance));
    if author.agency.as_str() != asker.agency && !governs {
        return Err(Refusal::new(Reason::RoleNotAllowed, "design:4 authorship")
            .with_message("The act was signed by another agency than the one that submits it.")
            .with_remedy("Submit acts with a certificate of the agency that signed them."));
    }
    Ok(act)
}

/// Whether an act says that it revokes a grant, justifies a look-up or declares who an officer is; who may sign one is checked
/// as for every act. What is too long for an act is not read.
fn is_about_own_officers(signed: &api::SignedAct) -> bool {
    if ACT_BYTES_MAX < signed.act.len() {
        return false;
    }
    let about = |body: &ActBody| {
        matches!(
            body,
            ActBody::RevokeGrant(_) | ActBody::JustifyLookup(_) | ActBody::DeclareOfficer(_)
        )
    };
    Act::decode(&signed.act).is_ok_and(|act| about(&act.body))
}

/// Parses an act and checks that its author signed exactly these bytes for this registry.
pub(crate) fn verify(registry: &Registry, signed: api::SignedAct) -> Result<VerifiedAct, Refusal> {
    if ACT_BYTES_MAX < signed.act.len() {
        return Err(
            Refusal::new(Reason::ActTooLarge, "design:limits ACT_BYTES_MAX")
                .with("act_bytes_max", ACT_BYTES_MAX),
        );
    }
    let nonce: [u8; 32] = exact("signed_act.nonce", &signed.nonce)?;
    let key_id = KeyId::from_bytes(exact("signed_act.key_id", &signed.key_id)?);
    let signature = Signature::from_bytes(exact("signed_act.signature", &signed.signature)?);
    let act = Act::decode(&signed.act)?;
    governance::check(registry, &act.body)?;
    let key = author_key(registry, key_id, &act)?;
    let commitment = Nonce::from_bytes(nonce).commit(&signed.act);
    let authorship = Authorship {
        key_id,
        commitment,
        signature,
    };
    let origin = registry
        .ledger(sabt_chain::LedgerName::Events)
        .chain
        .origin();
    key.verify(
        origin,
        sabt_chain::ActId::from_bytes(*act.id.as_bytes()),
        &authorship,
    )
    .map_err(|_invalid| Refusal::new(Reason::BadSignature, "design:4 authorship"))?;
    Ok(VerifiedAct {
        act,
        bytes: signed.act,
        nonce,
        authorship,
    })
}

/// The key that an act says it is signed with; the founding act carries its own.
fn author_key(registry: &Registry, id: KeyId, act: &Act) -> Result<Arc<AuthorKey>, Refusal> {
    let unknown = || Refusal::new(Reason::UnknownKey, "design:4 authorship");
    let enrolment = registry.enrolment();
    let public = match (enrolment.founding(), &act.body) {
        (None, ActBody::FoundRegistry(founding)) => founding.governance_key.0,
        _ => {
            enrolment
                .key(&sabt_domain::act::KeyId(id.to_bytes()))
                .ok_or_else(unknown)?
                .public_key
                .0
        }
    };
    let key = registry.author_key(&public).map_err(|_unsound| unknown())?;
    if key.id() != id {
        return Err(unknown());
    }
    Ok(key)
}

pub(super) fn exact<const N: usize>(path: &'static str, bytes: &[u8]) -> Result<[u8; N], Refusal> {
    bytes
        .try_into()
        .map_err(|_length| Refusal::field(path, format!("is not {N} bytes long")))
}
