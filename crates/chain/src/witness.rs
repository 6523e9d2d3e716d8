//! What a log and a witness say to each other (C2SP tlog-witness), and what a witness decides.
//!
//! A log that has a new checkpoint posts it to each witness's `/add-checkpoint`, with a proof that it is consistent
//! with the last one this witness has cosigned. The witness remembers one checkpoint a log and cosigns only what
//! continues it, so it never cosigns two histories. It sees sizes and hashes, never a record.
//!
//! | answer | when | body |
//! |---|---|---|
//! | 200 | it is cosigned | signature lines |
//! | 400 | malformed, or the old size is above the new | |
//! | 403 | no signature of a key trusted for that log, or one that fails | |
//! | 404 | a log that the witness does not know | |
//! | 409 | the old size is not that of the last cosigned checkpoint | that size, [`SIZE_CONTENT_TYPE`] |
//! | 422 | the proof fails, or the same size has another root | |

use std::fmt;

use crate::checkpoint::{Checkpoint, CheckpointError, TreeHead, UnverifiedCheckpoint};
use crate::note::{KeyName, NOTE_BYTES_MAX, TrustedKeys};
use crate::proof::{ConsistencyProof, ProofError};
use crate::{Hash, Size, wire};

/// Path of the request, below the witness's submission prefix.
pub const ADD_CHECKPOINT_PATH: &str = "/add-checkpoint";

/// Media type of the body of a 409: the size of the last cosigned checkpoint.
pub const SIZE_CONTENT_TYPE: &str = "text/x.tlog.size";

/// Most hashes in a request, by the specification: no tree of fewer than 2^63 leaves needs more.
pub const PROOF_HASHES_MAX: usize = 63;

/// Longest request body in bytes: `old ` and 20 digits with a line feed (25), the proof (63 x 45 = 2,835), an empty
/// line (1), the checkpoint.
pub const REQUEST_BYTES_MAX: usize = 25 + PROOF_HASHES_MAX * 45 + 1 + NOTE_BYTES_MAX;

/// Longest body of a 409 in bytes: 20 digits and a line feed.
pub const SIZE_BYTES_MAX: usize = 21;

/// What a log posts: a checkpoint, and the proof that it continues the one of `old_size` that the witness knows.
///
/// Its text form is the body of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Size of the last checkpoint that the witness has cosigned, as far as the log knows; 0: none.
    pub old_size: Size,
    /// Hashes of the consistency proof from `old_size`, at most [`PROOF_HASHES_MAX`]; none from 0.
    pub proof: Vec<Hash>,
    /// The new checkpoint.
    pub checkpoint: UnverifiedCheckpoint,
}

/// Why a body is not a request; the answer to it is 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Longer than [`REQUEST_BYTES_MAX`].
    #[error("a request has at most {REQUEST_BYTES_MAX} bytes, this one has {bytes}")]
    Length {
        /// Its length.
        bytes: usize,
    },
    /// Not UTF-8, or no empty line ends the proof.
    #[error("a request is the old size, the proof, an empty line and the checkpoint")]
    Layout,
    /// The first line is not `old` and a size in its shortest decimal form.
    #[error("the first line of the request is not \"old\" and a size")]
    OldSize,
    /// A line of the proof is no hash in base64.
    #[error("line {line} of the consistency proof is no hash")]
    Hash {
        /// 1-based, counted after the first line.
        line: usize,
    },
    /// More than [`PROOF_HASHES_MAX`] hashes.
    #[error("a consistency proof has at most {PROOF_HASHES_MAX} hashes")]
    Hashes,
    /// What follows the empty line is no checkpoint.
    #[error("the checkpoint of the request is refused")]
    Checkpoint(#[from] CheckpointError),
}

/// What a witness does about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The checkpoint continues what the witness knows. Its tree head is stored durably, in place of the one it was
    /// decided against and of no other, before it is cosigned.
    Accept(Checkpoint),
    /// The log is wrong about the last cosigned checkpoint; its size is told (409).
    Conflict {
        /// Size of the last cosigned checkpoint; 0: none.
        size: Size,
    },
    /// The checkpoint is not cosigned.
    Refuse(Refusal),
}

/// Why a witness does not cosign a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The witness does not know the log.
    #[error("the log {origin} is not known to this witness")]
    UnknownLog {
        /// Origin of the checkpoint.
        origin: KeyName,
    },
    /// No signature is of a key trusted for the log, or one of such a key does not verify.
    #[error("the log's signature is refused")]
    Signature(#[source] CheckpointError),
    /// The old size is above that of the checkpoint.
    #[error("the old size {old} is above the size {new} of the checkpoint")]
    OldSize {
        /// The old size.
        old: Size,
        /// Size of the checkpoint.
        new: Size,
    },
    /// The log signed two roots of one size. Both checkpoints together are the proof of its misconduct.
    #[error(
        "the log signed root {root} at size {size}, where root {known} is cosigned: it is forked"
    )]
    Fork {
        /// Size of both trees.
        size: Size,
        /// Root of the submitted checkpoint.
        root: Hash,
        /// Root of the cosigned checkpoint.
        known: Hash,
    },
    /// The consistency proof does not hold: the proof is wrong, or the log has rewritten its past.
    #[error("the checkpoint is not shown to continue the cosigned one")]
    Proof(#[source] ProofError),
}

impl Refusal {
    /// The HTTP status that tells it.
    pub const fn status(&self) -> u16 {
        match self {
            Self::OldSize { .. } => 400,
            Self::Signature(_) => 403,
            Self::UnknownLog { .. } => 404,
            Self::Fork { .. } | Self::Proof(_) => 422,
        }
    }
}

impl AddCheckpoint {
    /// Parses the body of a request.
    pub fn parse(body: &[u8]) -> Result<Self, RequestError> {
        if body.len() > REQUEST_BYTES_MAX {
            return Err(RequestError::Length { bytes: body.len() });
        }
        let text = str::from_utf8(body).ok().ok_or(RequestError::Layout)?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(RequestError::Layout)?;
        let mut lines = head.split('\n');
        let old_size = lines.next().and_then(|line| line.strip_prefix("old "));
        let old_size = old_size.and_then(wire::parse_decimal);
        let old_size = old_size.map(Size::new).ok_or(RequestError::OldSize)?;
        let mut proof = Vec::new();
        for (index, line) in lines.enumerate() {
            if index >= PROOF_HASHES_MAX {
                return Err(RequestError::Hashes);
            }
            let hash = Hash::from_base64(line);
            let line = index.saturating_add(1);
            proof.push(hash.ok_or(RequestError::Hash { line })?);
        }
        Ok(Self {
            old_size,
            proof,
            checkpoint: UnverifiedCheckpoint::parse(checkpoint.as_bytes())?,
        })
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode_request(
            self.old_size,
            &self.proof,
            &self.checkpoint,
        ))
    }
}

/// The body of a request: the size that the witness is thought to remember, the proof from there, the checkpoint.
pub fn encode_request(old_size: Size, proof: &[Hash], checkpoint: &impl fmt::Display) -> String {
    let hashes: String = proof.iter().map(|hash| hash.to_base64() + "\n").collect();
    format!("old {old_size}\n{hashes}\n{checkpoint}")
}

/// What a witness that trusts `keys` for the checkpoint's log, and cosigned `latest` of it last, does about a request.
///
/// `keys` are those that the witness trusts for the origin that the checkpoint claims, `None` if it does not know that
/// log. `latest` must be of the same origin. The decision holds against that `latest` only: the caller stores what is
/// accepted if and only if `latest` is still the last.
///
/// # Panics
/// If `latest` is of another log: the caller has mixed up its records.
pub fn decide(
    latest: Option<&TreeHead>,
    request: AddCheckpoint,
    keys: Option<&TrustedKeys>,
) -> Decision {
    let AddCheckpoint {
        old_size,
        proof,
        checkpoint,
    } = request;
    let Some(keys) = keys else {
        return Decision::Refuse(Refusal::UnknownLog {
            origin: checkpoint.claimed_origin().clone(),
        });
    };
    let checkpoint = match checkpoint.verify(keys) {
        Ok(checkpoint) => checkpoint,
        Err(error) => return Decision::Refuse(Refusal::Signature(error)),
    };
    let new = checkpoint.tree_head();
    if old_size > new.size {
        return Decision::Refuse(Refusal::OldSize {
            old: old_size,
            new: new.size,
        });
    }
    // Of a log that it never cosigned, a witness knows the empty tree: every tree continues it.
    let (known_size, known_root) = latest.map_or((Size::EMPTY, Hash::EMPTY_ROOT), |latest| {
        assert_eq!(latest.origin, new.origin, "one record a log");
        (latest.size, latest.root)
    });
    if old_size != known_size {
        return Decision::Conflict { size: known_size };
    }
    if new.size == known_size && new.root != known_root {
        return Decision::Refuse(Refusal::Fork {
            size: new.size,
            root: new.root,
            known: known_root,
        });
    }
    let proof = ConsistencyProof {
        old_size,
        new_size: new.size,
        hashes: proof,
    };
    match proof.verify(&known_root, &new.root) {
        Ok(()) => Decision::Accept(checkpoint),
        Err(error) => Decision::Refuse(Refusal::Proof(error)),
    }
}

/// Body of a 409.
pub fn size_body(size: Size) -> String {
    format!("{size}\n")
}

/// Reads the body of a 409: a size in its shortest decimal form and a line feed; `None` of anything else.
pub fn parse_size_body(body: &[u8]) -> Option<Size> {
    let text = str::from_utf8(body).ok()?.strip_suffix('\n')?;
    wire::parse_decimal(text).map(Size::new)
}

#[cfg(test)]
mod tests;
