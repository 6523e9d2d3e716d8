//! The ledger's mathematics: what the bytes of a record are, how records hold together, and how anybody can check it.
//!
//! Everything here is a pure function of bytes: no files, no clock, no randomness, no async, and no knowledge of what
//! an event means. An auditor's program needs this crate and nothing else of Sabt.
//!
//! One byte string, two hashes. The envelope of a record is hashed into a BLAKE3 chain ([`Chain`]) that checks every
//! record on append, replay and recovery, and into a SHA-256 Merkle tree ([`tree`], RFC 6962) whose signed roots
//! ([`checkpoint`]) outsiders verify. A chain link is never offered as a proof.
//!
//! | module | holds |
//! |---|---|
//! | [`frame`], [`segment`] | the two byte formats of the journal's files |
//! | [`tree`], [`proof`] | the Merkle tree and its proofs |
//! | [`note`], [`checkpoint`] | C2SP signed notes, cosignatures and tree heads |
//! | [`rotation`] | how one key of a log takes the place of another |
//! | [`witness`], [`policy`] | what logs and witnesses say to each other, and which cosignatures suffice |
//! | [`tile`] | the tree and the entries as static files (C2SP tlog-tiles) |
//! | [`tlog_proof`] | a proof of inclusion that stands alone, as a file |
//! | [`authorship`] | who signed an act |
//! | [`verify`] | the rules a whole ledger obeys, checked record by record |
#![cfg_attr(
    not(test),
    deny(
        clippy::as_conversions,
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing
    )
)]

pub mod authorship;
pub mod checkpoint;
pub mod frame;
pub mod note;
pub mod policy;
pub mod proof;
pub mod rotation;
pub mod segment;
pub mod tile;
pub mod tlog_proof;
pub mod tree;
pub mod verify;
pub mod witness;

mod act;
mod digests;
mod envelope;
mod hash;
mod ids;
mod link;
mod origin;
mod state;
mod wire;

pub use act::{ActFault, ActTracker};
pub use digests::DigestBatch;
pub use envelope::{
    AUTHORSHIP_BYTES, Authorship, ENVELOPE_BYTES_MAX, ENVELOPE_BYTES_MIN, ENVELOPE_VERSION,
    EncodedEnvelope, Envelope, EnvelopeError, SEALED_BYTES_MAX,
};
pub use hash::{Digest, Hash};
pub use ids::{
    ActId, Commitment, Epoch, HexError, KeyId, Kind, Part, Position, Signature, Size, SubjectTag,
    Timestamp,
};
pub use link::{Chain, Link};
pub use origin::{LedgerName, ORIGIN_BYTES_MAX, Origin, OriginError};
pub use state::LedgerState;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
