//! The hash chain: each envelope holds the link of the record before it.

use std::fmt;

use crate::Origin;
use crate::ids::{byte_string, hex_text};

byte_string! {
    /// What binds a record to everything before it: BLAKE3 of its envelope under the ledger's own context.
    Link, 32
}
hex_text!(Link);

/// Computes the links of one ledger.
///
/// The context string is `"<origin> chain v1"`, so a record of one ledger never links into another.
#[derive(Clone)]
pub struct Chain {
    origin: Origin,
    // Deriving the context's key costs a BLAKE3 compression of its own, so it is done once.
    keyed: blake3::Hasher,
}

impl Chain {
    /// The chain of the ledger named `origin`.
    pub fn new(origin: &Origin) -> Self {
        let keyed = blake3::Hasher::new_derive_key(&format!("{origin} chain v1"));
        Self {
            origin: origin.clone(),
            keyed,
        }
    }

    /// The ledger whose chain it is.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What stands as `previous` in the record at position 0: derived from the origin.
    pub fn genesis(&self) -> Link {
        self.link(self.origin.as_str().as_bytes())
    }

    /// Link of the record with this encoded envelope.
    pub fn link(&self, envelope: &[u8]) -> Link {
        Link::from_bytes(*self.keyed.clone().update(envelope).finalize().as_bytes())
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
