//! Proofs that stand alone: that one record is in a ledger that was signed, and cosigned by witnesses, offline.
//!
//! A `.tlog-proof` file (C2SP tlog-proof) of Sabt carries the record's envelope. A disclosure may be proved in two steps:
//! it is in the disclosures ledger of a checkpoint, and an anchor with that very checkpoint is in the events ledger of
//! another checkpoint, which witnesses cosigned.

use std::fmt;

use prost::Message as _;
use sabt_chain::checkpoint::{Checkpoint, CheckpointError};
use sabt_chain::note::TrustedKeys;
use sabt_chain::policy::Policy;
use sabt_chain::tlog_proof::{ProvenRecord, TlogProof, TlogProofError};
use sabt_chain::{Chain, Digest, Envelope, Kind, Link, Origin};
use sabt_proto::event::v1::Anchor;

use crate::class::{EXIT_SOUND, FaultClass};
use crate::fault::KindName;
use crate::json::Json;
use crate::mutant::{Check, removed};
use crate::report::{Utc, Witness};

/// What is to be proved, and against which keys.
#[derive(Debug)]
pub struct ProofRequest {
    /// The proof of the record.
    pub proof: Vec<u8>,
    /// The log keys to trust.
    pub keys: TrustedKeys,
    /// Which witnesses must have cosigned; `None`: cosignatures are not looked at.
    pub policy: Option<Policy>,
    /// The link on the receipt; `None`: whichever record the proof carries.
    pub link: Option<Link>,
    /// The second step, for a record of one ledger that is anchored in the other.
    pub anchor: Option<AnchorProof>,
}

/// That a checkpoint is anchored in the other ledger.
#[derive(Debug)]
pub struct AnchorProof {
    /// The proof of the anchor.
    pub proof: Vec<u8>,
    /// The anchor's payload; its digest stands in the anchor's envelope.
    pub payload: Vec<u8>,
}

/// What came of a proof.
#[derive(Debug)]
pub struct ProofReport {
    /// The record, as far as it could be proved.
    outcome: Result<Proved, ProofFault>,
    /// Whether the link on a receipt was compared.
    link_given: bool,
}

/// What a proof has proved.
#[derive(Debug)]
pub struct Proved {
    /// The record.
    pub record: ProvedRecord,
    /// The anchor of its checkpoint, if one was given.
    pub anchor: Option<ProvedRecord>,
}

/// A record that is in the tree of a signed checkpoint.
#[derive(Debug)]
pub struct ProvedRecord {
    /// Its ledger.
    pub origin: Origin,
    /// Its envelope.
    pub envelope: Envelope,
    /// Its link, as on a receipt.
    pub link: Link,
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Who cosigned the checkpoint, if a policy was looked at.
    pub witnesses: Vec<Witness>,
}

/// Why nothing is proved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault {
    /// The proof of the record.
    #[error("{}", in_full(.0))]
    Record(TlogProofError),
    /// The proof of the anchor.
    #[error("the anchor: {}", in_full(.0))]
    Anchor(TlogProofError),
    /// A log that is none of Sabt's.
    #[error("the checkpoint is of {0}, which is no ledger of a registry")]
    Origin(String),
    /// It proves another record than the receipt is of.
    #[error("it proves the record with link {proved}, not the one with link {wanted}")]
    OtherRecord {
        /// Link of the record that is proved.
        proved: Link,
        /// Link that was asked for.
        wanted: Link,
    },
    /// The second proof is not one of an anchor.
    #[error("the second proof is of {0}, not of an anchor")]
    NotAnchor(KindName),
    /// The anchor stands in another place than the other ledger of the same registry.
    #[error("the anchor stands in {found}, not in the other ledger of {registry}")]
    OtherRegistry {
        /// Ledger of the anchor.
        found: Origin,
        /// Registry of the record.
        registry: String,
    },
    /// The payload is not that of the anchor.
    #[error("the anchor's payload does not match the digest in its envelope")]
    AnchorPayload,
    /// The anchor holds another checkpoint than the record's proof ends with.
    #[error("the anchor holds another checkpoint than the one in the record's proof")]
    OtherCheckpoint,
}

impl ProofFault {
    /// The class it belongs to.
    pub const fn class(&self) -> FaultClass {
        let (Self::Record(error) | Self::Anchor(error)) = self else {
            return FaultClass::Proof;
        };
        if matches!(
            error,
            TlogProofError::Checkpoint(
                CheckpointError::Note(_) | CheckpointError::NotByOrigin { .. }
            )
        ) {
            FaultClass::CheckpointSignature
        } else if matches!(error, TlogProofError::Cosignature(_)) {
            FaultClass::Cosignature
        } else if matches!(error, TlogProofError::Quorum { .. }) {
            FaultClass::Quorum
        } else {
            FaultClass::Proof
        }
    }
}

/// Verifies a proof. Nothing is read but what is given.
pub fn verify_proof(request: &ProofRequest) -> ProofReport {
    ProofReport {
        outcome: prove(request),
        link_given: request.link.is_some(),
    }
}

fn prove(request: &ProofRequest) -> Result<Proved, ProofFault> {
    let ProofRequest { keys, policy, .. } = request;
    // With an anchor, witnesses are asked for where the chain of proofs ends.
    let own_policy = policy.as_ref().filter(|_| request.anchor.is_none());
    let record = proved(&request.proof, keys, own_policy, ProofFault::Record)?;
    if let Some(wanted) = request.link
        && wanted != record.link
        && !removed(Check::ProofLink)
    {
        let proved = record.link;
        return Err(ProofFault::OtherRecord { proved, wanted });
    }
    let anchor = match &request.anchor {
        None => None,
        Some(anchor) => Some(prove_anchor(anchor, &record, keys, policy.as_ref())?),
    };
    Ok(Proved { record, anchor })
}

/// The checkpoint of `record` is in the other ledger.
fn prove_anchor(
    anchor: &AnchorProof,
    record: &ProvedRecord,
    keys: &TrustedKeys,
    policy: Option<&Policy>,
) -> Result<ProvedRecord, ProofFault> {
    let proved = proved(&anchor.proof, keys, policy, ProofFault::Anchor)?;
    let kind = proved.envelope.kind;
    if kind != Kind::Anchor {
        return Err(ProofFault::NotAnchor(KindName(kind)));
    }
    let (found, of_record) = (&proved.origin, &record.origin);
    let is_other = found.ledger() == of_record.ledger().other();
    if found.registry() != of_record.registry() || !is_other {
        return Err(ProofFault::OtherRegistry {
            found: found.clone(),
            registry: of_record.registry().to_owned(),
        });
    }
    if Digest::of(&anchor.payload) != proved.envelope.sealed_digest {
        return Err(ProofFault::AnchorPayload);
    }
    // Its text is what the digest says, so a message that cannot be read is the registry's own fault.
    let message = Anchor::decode(anchor.payload.as_slice());
    let message = message.map_err(|_undecodable| ProofFault::AnchorPayload)?;
    // The signed text decides; one of the two may carry more cosignatures.
    let text = record.checkpoint.note().text();
    if message
        .checkpoint
        .strip_prefix(text)
        .is_none_or(|rest| !rest.starts_with('\n'))
    {
        return Err(ProofFault::OtherCheckpoint);
    }
    Ok(proved)
}

fn proved(
    bytes: &[u8],
    keys: &TrustedKeys,
    policy: Option<&Policy>,
    fault: fn(TlogProofError) -> ProofFault,
) -> Result<ProvedRecord, ProofFault> {
    let proof = TlogProof::parse(bytes).map_err(fault)?;
    let ProvenRecord { envelope, proven } = proof.verify_record(keys, policy).map_err(fault)?;
    let checkpoint = proven.checkpoint().clone();
    let name = checkpoint.origin().as_str();
    let origin: Origin = name
        .parse()
        .map_err(|_not_ours| ProofFault::Origin(name.to_owned()))?;
    // The proof was verified over these bytes.
    let link = Chain::new(&origin).link(proof.extra.as_deref().unwrap_or_default());
    let witnesses = proven.cosigners().iter().map(|(name, cosigner)| Witness {
        name: name.to_string(),
        cosigned_at_seconds: cosigner.time.as_seconds(),
    });
    Ok(ProvedRecord {
        origin,
        link,
        witnesses: witnesses.collect(),
        envelope,
        checkpoint,
    })
}

/// An error with its cause.
fn in_full(error: &TlogProofError) -> String {
    use std::error::Error as _;

    error
        .source()
        .map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

impl ProofReport {
    /// Exit code of the program: 0, or that of the fault.
    pub fn exit_code(&self) -> u8 {
        let fault = self.outcome.as_ref().err();
        fault.map_or(EXIT_SOUND, |fault| fault.class().exit_code())
    }

    /// What was proved, or why nothing was.
    pub const fn outcome(&self) -> Result<&Proved, &ProofFault> {
        self.outcome.as_ref()
    }

    /// The report as one JSON object. Members are added, never renamed or removed.
    pub fn to_json(&self) -> String {
        let (proved, fault) = (self.outcome.as_ref().ok(), self.outcome.as_ref().err());
        Json::Object(vec![
            ("proven", Json::Bool(proved.is_some())),
            ("exit_code", Json::Number(self.exit_code().into())),
            ("link_given", Json::Bool(self.link_given)),
            (
                "record",
                Json::optional(proved, |proved| proved.record.json()),
            ),
            (
                "anchor",
                Json::optional(proved.and_then(|proved| proved.anchor.as_ref()), |anchor| {
                    anchor.json()
                }),
            ),
            (
                "fault",
                Json::optional(fault, |fault| {
                    Json::Object(vec![
                        ("class", Json::text(fault.class())),
                        ("what", Json::text(fault)),
                        ("remedy", Json::text(fault.class().remedy())),
                    ])
                }),
            ),
        ])
        .to_string()
    }
}

impl ProvedRecord {
    fn json(&self) -> Json {
        let Self {
            envelope,
            checkpoint,
            ..
        } = self;
        let witness = |witness: &Witness| {
            Json::Object(vec![
                ("name", Json::text(&witness.name)),
                (
                    "cosigned_at_seconds",
                    Json::Number(witness.cosigned_at_seconds),
                ),
            ])
        };
        Json::Object(vec![
            ("origin", Json::text(&self.origin)),
            ("position", Json::Number(envelope.position.get())),
            ("kind", Json::text(KindName(envelope.kind))),
            (
                "recorded_at",
                Json::Signed(envelope.recorded_at.as_micros()),
            ),
            ("act_id", Json::text(envelope.act_id)),
            ("link", Json::text(self.link)),
            ("size", Json::Number(checkpoint.size().get())),
            ("root", Json::text(checkpoint.root())),
            (
                "witnesses",
                Json::Array(self.witnesses.iter().map(witness).collect()),
            ),
        ])
    }
}

impl fmt::Display for ProofReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Proved { record, anchor } = match &self.outcome {
            Ok(proved) => proved,
            Err(fault) => {
                let class = fault.class();
                writeln!(
                    f,
                    "result       NOT PROVEN: {class} ({})",
                    class.exit_code()
                )?;
                writeln!(f, "  what       {fault}")?;
                return write!(f, "  remedy     {}", class.remedy());
            }
        };
        write!(f, "record       {record}")?;
        if let Some(anchor) = anchor {
            write!(f, "anchored in  {anchor}")?;
        }
        let compared = if self.link_given {
            "the record of the receipt"
        } else {
            "this record"
        };
        write!(f, "result       proven: {compared} is in the signed ledger")?;
        if anchor.is_some() {
            f.write_str(", whose checkpoint is in the other one")?;
        }
        Ok(())
    }
}

impl fmt::Display for ProvedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            envelope,
            checkpoint,
            ..
        } = self;
        writeln!(f, "{} position {}", self.origin, envelope.position)?;
        writeln!(
            f,
            "  what       {}, part {} of act {}",
            KindName(envelope.kind),
            envelope.part,
            envelope.act_id
        )?;
        writeln!(f, "  recorded   {}", Utc(envelope.recorded_at))?;
        writeln!(f, "  link       {}", self.link)?;
        let (size, root) = (checkpoint.size(), checkpoint.root());
        writeln!(f, "  signed     tree of {size} records, root {root}")?;
        for witness in &self.witnesses {
            writeln!(f, "  witness    {witness}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests;
