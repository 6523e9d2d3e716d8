//! What is true of every byte string that a decoder of `sabt-chain` or `sabt-extract` is given: it never panics, what it accepts is
//! written back as it was, and what it verifies was signed by the keys it trusts.
//!
//! Each function takes what a stranger may send; `targets/` hands it to libFuzzer.

mod extracts;
mod formats;
mod signed;
mod tiles;

pub use extracts::extract;
pub use formats::{envelope, frame, frontier, segment_header};
pub use signed::{
    checkpoint, keys, note, policy, rotation, tlog_proof, witness_request, witness_response,
};
pub use tiles::{clear_bundle, entry_bundle, hash_tile, proof, tile_path};
