//! The second acknowledgement: a proof, verifiable offline, that a published checkpoint covers a record.

use std::sync::Arc;
use std::time::Duration;

use prost::Message as _;
use sabt_chain::proof::{ProofGenerationError, inclusion};
use sabt_chain::tlog_proof::TlogProof;
use sabt_chain::{Hash, LedgerName, Link, Position, Size};
use sabt_domain::refusal::{Reason, Refusal};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::Anchor;

use super::persons::failed;
use super::reading;
use crate::limits::AWAIT_PROOF_WAIT;
use crate::registry::Registry;
use crate::tree::{AnchorPlace, RUN_LEVEL, StoredTree, TreeError};

const RULE: &str = "design:4 proofs";

/// A tree head and the note that states it.
pub(super) struct Head {
    pub(super) size: Size,
    pub(super) root: Hash,
    pub(super) note: Arc<str>,
}

/// Waits for a published checkpoint over a record, and for its anchor where asked for; at most
/// [`AWAIT_PROOF_WAIT`]. The caller must know the link of the record: then the answer tells nothing new.
pub(super) async fn await_proof(
    registry: &Arc<Registry>,
    request: api::AwaitProofRequest,
) -> Result<api::AwaitProofResponse, Refusal> {
    let link: [u8; Link::BYTES] = request
        .link
        .as_slice()
        .try_into()
        .map_err(|_length| Refusal::field("link", "is not 32 bytes long"))?;
    let name = registry.ledger_named(&request.origin).ok_or_else(unknown)?;
    if request.anchored && name == LedgerName::Events {
        return Err(Refusal::field(
            "anchored",
            "is only for records of the disclosures ledger",
        ));
    }
    let position = Position::new(request.position);
    let envelope = envelope_at(registry, name, position, Link::from_bytes(link)).await?;
    // The registry's own patience: an anchor is waited for with what the checkpoint has left of it.
    let waiting = tokio::time::timeout(AWAIT_PROOF_WAIT, async {
        if request.anchored {
            let (anchor, events) = anchor(registry, position).await?;
            proofs_with_anchor(registry, position, envelope, anchor, events).await
        } else {
            let head = published_over(registry, name, position).await?;
            let proof = prove(registry, name, position, envelope, head).await?;
            Ok(api::AwaitProofResponse {
                proof,
                anchor: None,
            })
        }
    });
    waiting.await.unwrap_or_else(|_elapsed| Err(not_ready()))
}

/// One refusal for a ledger, a position and a link that do not belong together, so that nothing can be learnt by
/// trying.
fn unknown() -> Refusal {
    Refusal::new(Reason::UnknownRecord, RULE)
        .with_message("There is no record with this link at this position.")
        .with_remedy("Give origin, position and link as they stand in the receipt.")
}

pub(super) fn not_ready() -> Refusal {
    Refusal::new(Reason::ProofNotReady, RULE)
}

/// What went wrong in a tree, as it is told.
pub(super) fn told(err: &TreeError) -> Refusal {
    match err {
        TreeError::Building { .. } | TreeError::Closing => {
            not_ready().with_message("The tree of the ledger is being read.")
        }
        TreeError::Read(_) | TreeError::Short | TreeError::Diverged { .. } => failed(err),
    }
}

/// The envelope of a record whose link the caller knows.
async fn envelope_at(
    registry: &Arc<Registry>,
    name: LedgerName,
    position: Position,
    link: Link,
) -> Result<Vec<u8>, Refusal> {
    let tree = Arc::clone(registry.tree(name));
    reading(move || {
        let record = match record_at(&tree, position) {
            Err(TreeError::Short) => return Err(unknown()),
            record => record.map_err(|err| told(&err))?,
        };
        let chain = &tree.ledger().chain;
        if chain.link(&record.envelope) == link {
            Ok(record.envelope)
        } else {
            Err(unknown())
        }
    })
    .await
}

/// A record as the tree has it.
pub(super) struct StoredRecord {
    pub(super) envelope: Vec<u8>,
    /// Its payload, if that is in the clear.
    pub(super) clear: Option<Vec<u8>>,
}

pub(super) fn record_at(tree: &StoredTree, position: Position) -> Result<StoredRecord, TreeError> {
    let until = position.get().checked_add(1).ok_or(TreeError::Short)?;
    let run = tree.run(position.get() >> RUN_LEVEL, until)?;
    let place = position.get() % (1 << RUN_LEVEL);
    let index = usize::try_from(place).map_err(|_wide| TreeError::Short)?;
    let envelope = run.envelopes().get(index).ok_or(TreeError::Short)?;
    let clear = run
        .clear()
        .iter()
        .find(|(of, _)| u64::from(*of) == place)
        .map(|(_, payload)| payload.clone());
    Ok(StoredRecord {
        envelope: envelope.clone(),
        clear,
    })
}

/// The first published checkpoint that covers a record.
pub(super) async fn published_over(
    registry: &Arc<Registry>,
    name: LedgerName,
    position: Position,
) -> Result<Head, Refusal> {
    let mut published = registry.checkpointer().published(name);
    let covering = published
        .wait_for(|newest| {
            newest
                .as_ref()
                .is_some_and(|head| head.size.covers(position))
        })
        .await
        .map_err(|_closing| not_ready())?;
    let head = covering.as_ref().ok_or_else(not_ready)?;
    Ok(Head {
        size: head.size,
        root: head.root,
        note: Arc::clone(&head.note),
    })
}

/// An anchor in the events ledger that covers a record of the disclosures ledger, and a published checkpoint over it.
async fn anchor(
    registry: &Arc<Registry>,
    position: Position,
) -> Result<(AnchorPlace, Head), Refusal> {
    let mut published = registry.checkpointer().published(LedgerName::Events);
    loop {
        let newest = published.borrow_and_update().clone();
        if let Some(newest) = newest {
            let tree = Arc::clone(registry.tree(LedgerName::Events));
            let size = newest.size;
            let found = reading(move || {
                let anchor = tree.anchor_over(position, size);
                anchor.map_err(|err| told(&err))
            });
            if let Some(anchor) = found.await? {
                let head = Head {
                    size: newest.size,
                    root: newest.root,
                    note: newest.note,
                };
                return Ok((anchor, head));
            }
        }
        published.changed().await.map_err(|_closing| not_ready())?;
    }
}

/// The proof of a disclosure ends with the very checkpoint that stands in the anchor.
async fn proofs_with_anchor(
    registry: &Arc<Registry>,
    position: Position,
    envelope: Vec<u8>,
    anchor: AnchorPlace,
    events: Head,
) -> Result<api::AwaitProofResponse, Refusal> {
    let tree = Arc::clone(registry.tree(LedgerName::Events));
    let record = reading(move || {
        let record = record_at(&tree, anchor.position);
        record.map_err(|err| told(&err))
    })
    .await?;
    let payload = record.clear.ok_or_else(|| failed(&TreeError::Short))?;
    let note = Anchor::decode(payload.as_slice())
        .map_err(|err| failed(&err))?
        .checkpoint;
    let root = note.lines().nth(2).and_then(Hash::from_base64);
    let anchored = Head {
        size: anchor.covers,
        root: root.ok_or_else(|| failed(&TreeError::Short))?,
        note: note.into(),
    };
    let disclosures = LedgerName::Disclosures;
    let proof = prove(registry, disclosures, position, envelope, anchored).await?;
    let (place, envelope) = (anchor.position, record.envelope);
    let anchor = prove(registry, LedgerName::Events, place, envelope, events).await?;
    Ok(api::AwaitProofResponse {
        proof,
        anchor: Some(api::AnchorProof {
            payload,
            proof: anchor,
        }),
    })
}

/// Makes a proof, and checks it before it is told: one that does not hold would be worse than none.
async fn prove(
    registry: &Arc<Registry>,
    name: LedgerName,
    position: Position,
    envelope: Vec<u8>,
    head: Head,
) -> Result<String, Refusal> {
    let tree = Arc::clone(registry.tree(name));
    reading(move || {
        let hashes = proved(&tree, position, &envelope, &head)?;
        let file = TlogProof {
            extra: Some(envelope),
            position,
            hashes,
            checkpoint: head.note.to_string(),
        };
        Ok(file.to_string())
    })
    .await
}

/// The hashes that prove an envelope in the tree of a head; checked before they are given out.
pub(super) fn proved(
    tree: &StoredTree,
    position: Position,
    envelope: &[u8],
    head: &Head,
) -> Result<Vec<Hash>, Refusal> {
    let proof = match inclusion(tree, position, head.size) {
        Ok(proof) => proof,
        Err(ProofGenerationError::Read(err)) => return Err(told(&err)),
        Err(err) => return Err(failed(&err)),
    };
    proof
        .verify(&Hash::leaf(envelope), &head.root)
        .map_err(|err| failed(&err))?;
    Ok(proof.hashes)
}

/// Records how long a proof was waited for.
pub(super) fn observe(micros: i64, given: bool) {
    let waited = Duration::from_micros(micros.max(0).unsigned_abs());
    let outcome = if given { "given" } else { "refused" };
    metrics::histogram!("sabt_proof_wait_seconds", "outcome" => outcome)
        .record(waited.as_secs_f64());
}
