//! How an origin is written in a path.

use sabt_chain::note::KeyName;
use sha2::{Digest as _, Sha256};

/// The lower-case hexadecimal SHA-256 of an origin, without line end: its name in the read interface of a witness, and
/// in its directory.
pub(crate) fn origin_hash(origin: &KeyName) -> String {
    hex::encode(Sha256::digest(origin.as_str()))
}
