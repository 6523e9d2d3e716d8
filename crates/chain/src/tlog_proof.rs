//! Proofs that stand alone: that a record is in a ledger, verifiable offline (C2SP tlog-proof, `.tlog-proof` files).
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra <base64>
//! index <n>
//! <base64 hash, from the leaf's sibling up>...
//!
//! <checkpoint with its cosignatures>
//! ```
//!
//! Sabt puts the record's envelope into `extra`, so that the file needs nothing beside it: the leaf is the hash of the
//! envelope. Whoever has the envelope from elsewhere compares, or gives its hash to [`TlogProof::verify`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::checkpoint::{Checkpoint, CheckpointError, UnverifiedCheckpoint};
use crate::note::{Cosigner, NOTE_BYTES_MAX, NoteError, TrustedKeys};
use crate::policy::{Policy, PolicyName};
use crate::proof::{INCLUSION_HASHES_MAX, InclusionProof, ProofError};
use crate::{ENVELOPE_BYTES_MAX, Envelope, EnvelopeError, Hash, Position, wire};

/// First line.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Longest extra data in bytes. Ours is an envelope; those of other logs are certificates or file names.
pub const EXTRA_BYTES_MAX: usize = 65_535;

/// Longest proof in bytes: the header (23), `extra ` with base64 at 4/3 and a line feed, `index ` with 20 digits and a
/// line feed (27), 64 hashes of 44 characters with line feeds, an empty line, the checkpoint.
pub const TLOG_PROOF_BYTES_MAX: usize =
    23 + 7 + EXTRA_BYTES_MAX.div_ceil(3) * 4 + 27 + INCLUSION_HASHES_MAX * 45 + 1 + NOTE_BYTES_MAX;

const _: () = assert!(ENVELOPE_BYTES_MAX <= EXTRA_BYTES_MAX);

/// A proof as it was received or made: nothing in it is to be believed before [`Self::verify`].
///
/// Its text form is the content of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Data of the application, authenticated by nothing in the proof itself; at most [`EXTRA_BYTES_MAX`].
    pub extra: Option<Vec<u8>>,
    /// Index of the leaf.
    pub position: Position,
    /// Hashes of the inclusion proof, leaf's sibling first; at most [`INCLUSION_HASHES_MAX`].
    pub hashes: Vec<Hash>,
    /// The checkpoint with its cosignatures, verbatim.
    pub checkpoint: String,
}

/// What a proof has proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    position: Position,
    leaf: Hash,
    checkpoint: Checkpoint,
    cosigners: Vec<(PolicyName, Cosigner)>,
}

/// A record that a proof carried and has proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenRecord {
    /// Its envelope.
    pub envelope: Envelope,
    /// Where it is, and who vouches for it.
    pub proven: Proven,
}

/// Why a proof is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// Longer than [`TLOG_PROOF_BYTES_MAX`].
    #[error("a proof has at most {TLOG_PROOF_BYTES_MAX} bytes, this one has {bytes}")]
    Length {
        /// Its length.
        bytes: usize,
    },
    /// Not UTF-8, or the first line is not that of a proof of version 1.
    #[error("not a proof of the form {HEADER}")]
    Header,
    /// The extra data are not base64, or more than [`EXTRA_BYTES_MAX`].
    #[error("the extra data of the proof are not base64 of at most {EXTRA_BYTES_MAX} bytes")]
    Extra,
    /// There is no `index` line, or its number is not in the shortest decimal form.
    #[error("the proof has no line with \"index\" and a number")]
    Index,
    /// A line of the inclusion proof is no hash in base64.
    #[error("line {line} of the inclusion proof is no hash")]
    Hash {
        /// 1-based, counted after the index line.
        line: usize,
    },
    /// More hashes than [`INCLUSION_HASHES_MAX`].
    #[error("an inclusion proof has at most {INCLUSION_HASHES_MAX} hashes")]
    Hashes,
    /// No empty line, and then a checkpoint, follows the hashes.
    #[error("the proof has no checkpoint after its hashes and an empty line")]
    Layout,
    /// The checkpoint is refused.
    #[error("the checkpoint of the proof is refused")]
    Checkpoint(#[from] CheckpointError),
    /// The leaf is not in the tree of the checkpoint, not there, or not shown to be.
    #[error("the proof does not show that the leaf is in the log")]
    Inclusion(#[from] ProofError),
    /// A witness's cosignature does not verify.
    #[error("a cosignature of the proof is refused")]
    Cosignature(#[source] NoteError),
    /// Too few witnesses of the policy have cosigned the checkpoint.
    #[error(
        "the checkpoint of the proof lacks a quorum of witnesses; missing: {}",
        list(missing)
    )]
    Quorum {
        /// The witnesses of the policy that have not cosigned.
        missing: Vec<PolicyName>,
    },
    /// The proof carries no envelope to verify.
    #[error("the proof carries no extra data; give the record's envelope beside it")]
    NoEnvelope,
    /// The extra data are not an envelope.
    #[error("the extra data of the proof are not an envelope")]
    Envelope(#[from] EnvelopeError),
    /// The envelope states another position than the one that is proved.
    #[error("the envelope in the proof is of position {stated}, the proof of {proved}")]
    Position {
        /// Position in the envelope.
        stated: Position,
        /// Index that the proof proves.
        proved: Position,
    },
}

impl TlogProof {
    /// Parses the content of a file.
    pub fn parse(bytes: &[u8]) -> Result<Self, TlogProofError> {
        if bytes.len() > TLOG_PROOF_BYTES_MAX {
            return Err(TlogProofError::Length { bytes: bytes.len() });
        }
        let text = str::from_utf8(bytes).ok().ok_or(TlogProofError::Header)?;
        let rest = text
            .strip_prefix(HEADER)
            .and_then(|rest| rest.strip_prefix('\n'));
        let rest = rest.ok_or(TlogProofError::Header)?;
        let (extra, rest) = match rest.strip_prefix("extra ") {
            None => (None, rest),
            Some(rest) => {
                let (extra, rest) = rest.split_once('\n').ok_or(TlogProofError::Layout)?;
                let extra = BASE64.decode(extra).ok();
                let extra = extra.filter(|extra| extra.len() <= EXTRA_BYTES_MAX);
                (Some(extra.ok_or(TlogProofError::Extra)?), rest)
            }
        };
        let (index, mut rest) = rest.split_once('\n').ok_or(TlogProofError::Index)?;
        let index = index.strip_prefix("index ").and_then(wire::parse_decimal);
        let index = index.ok_or(TlogProofError::Index)?;
        let mut hashes = Vec::new();
        let checkpoint = loop {
            let (line, after) = rest.split_once('\n').ok_or(TlogProofError::Layout)?;
            if line.is_empty() {
                break after;
            }
            if hashes.len() >= INCLUSION_HASHES_MAX {
                return Err(TlogProofError::Hashes);
            }
            let number = hashes.len().saturating_add(1);
            let hash = Hash::from_base64(line);
            hashes.push(hash.ok_or(TlogProofError::Hash { line: number })?);
            rest = after;
        };
        if checkpoint.is_empty() {
            return Err(TlogProofError::Layout);
        }
        Ok(Self {
            extra,
            position: Position::new(index),
            hashes,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// Checks that the log of the checkpoint has the leaf with this hash at the proof's position: the checkpoint is
    /// signed by one of `logs`, cosigned by a quorum of `policy`, and the hashes lead from the leaf to its root.
    ///
    /// Without a `policy` no cosignature is needed or looked at; its `log` lines are not read here. Which log it is,
    /// [`Proven::checkpoint`] says: a caller that trusts several has to look.
    pub fn verify(
        &self,
        leaf: &Hash,
        logs: &TrustedKeys,
        policy: Option<&Policy>,
    ) -> Result<Proven, TlogProofError> {
        let checkpoint = UnverifiedCheckpoint::parse(self.checkpoint.as_bytes())?.verify(logs)?;
        let cosigners = match policy {
            None => Vec::new(),
            Some(policy) => {
                let evaluation = policy.evaluate(&checkpoint);
                let evaluation = evaluation.map_err(TlogProofError::Cosignature)?;
                if !evaluation.has_quorum() {
                    return Err(TlogProofError::Quorum {
                        missing: evaluation.missing().to_vec(),
                    });
                }
                evaluation.cosigners().to_vec()
            }
        };
        let proof = InclusionProof {
            position: self.position,
            size: checkpoint.size(),
            hashes: self.hashes.clone(),
        };
        proof.verify(leaf, &checkpoint.root())?;
        Ok(Proven {
            position: self.position,
            leaf: *leaf,
            checkpoint,
            cosigners,
        })
    }

    /// Checks the envelope that the proof carries as its extra data, as [`Self::verify`] does.
    pub fn verify_record(
        &self,
        logs: &TrustedKeys,
        policy: Option<&Policy>,
    ) -> Result<ProvenRecord, TlogProofError> {
        let bytes = self.extra.as_deref().ok_or(TlogProofError::NoEnvelope)?;
        let proven = self.verify(&Hash::leaf(bytes), logs, policy)?;
        let envelope = Envelope::decode(bytes)?;
        if envelope.position != self.position {
            return Err(TlogProofError::Position {
                stated: envelope.position,
                proved: self.position,
            });
        }
        Ok(ProvenRecord { envelope, proven })
    }
}

impl std::fmt::Display for TlogProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", BASE64.encode(extra))?;
        }
        writeln!(f, "index {}", self.position)?;
        for hash in &self.hashes {
            writeln!(f, "{}", hash.to_base64())?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

impl Proven {
    /// Index of the leaf.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Hash of the leaf.
    pub const fn leaf(&self) -> Hash {
        self.leaf
    }

    /// The checkpoint of the log that has it.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The witnesses of the policy that cosigned the checkpoint, with the time; none without a policy.
    pub fn cosigners(&self) -> &[(PolicyName, Cosigner)] {
        &self.cosigners
    }
}

fn list(names: &[PolicyName]) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests;
