//! Subject tags: how the registry finds a record's subject, and nobody else does.
//!
//! The tag in an envelope is one AES-128 block of (position, ordinal). A position occurs once in a
//! ledger, so every tag is fresh: without the key, the records of one person cannot be told from
//! the records of a thousand, and with it the registry reads the subject straight off the
//! envelope, without an index.
//!
//! Each ledger has a routing key of its own, derived from the registry's routing secret and the
//! ledger's origin. Under one key for both, the event at position *p* and the disclosure at
//! position *p* would carry the same tag exactly when they are about the same subject, and anyone
//! holding both ledgers could see it.

#[cfg(test)]
mod tests;

use std::fmt;

use aes::Aes128;
use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

use crate::ordinal::SubjectOrdinal;
use crate::secret::SecretKey;

/// Length of a subject tag, in bytes.
pub const SUBJECT_TAG_BYTES: usize = 16;

const AES_128_KEY_BYTES: usize = 16;

/// The AES-128 key under which one ledger's subject tags are made and read.
pub struct RoutingKey {
    cipher: Aes128,
}

impl RoutingKey {
    /// The routing key of the ledger with this origin.
    pub fn derive(secret: &SecretKey, origin: &str) -> Self {
        let key = secret.derive("sabt routing key v1", origin.as_bytes());
        let (key, _spare) = key.expose().split_at(AES_128_KEY_BYTES);
        Self {
            cipher: cipher(key),
        }
    }

    /// The tag of a record at `position` about `subject`.
    pub fn tag(&self, position: u64, subject: SubjectOrdinal) -> [u8; SUBJECT_TAG_BYTES] {
        let mut block = [0; SUBJECT_TAG_BYTES];
        let (high, low) = block.split_at_mut(8);
        high.copy_from_slice(&position.to_be_bytes());
        low.copy_from_slice(&subject.get().to_be_bytes());
        let mut block = Array::from(block);
        self.cipher.encrypt_block(&mut block);
        block.into()
    }

    /// The subject of the record at `position` that carries `tag`.
    ///
    /// # Errors
    /// [`ForeignTag`] when the tag was not made by this key for this position: the record belongs
    /// to another ledger or registry, stands at another place, or was altered. A tag made without
    /// the key passes with a probability below 2^-90.
    pub fn subject(
        &self,
        position: u64,
        tag: &[u8; SUBJECT_TAG_BYTES],
    ) -> Result<SubjectOrdinal, ForeignTag> {
        match self.open(tag) {
            Some((stated, subject)) if stated == position => Ok(subject),
            Some(_) | None => Err(ForeignTag { position }),
        }
    }

    /// The position and subject inside `tag`, or `None` if no subject can have the ordinal in it.
    /// The position must still be compared; [`Self::subject`] does.
    pub fn open(&self, tag: &[u8; SUBJECT_TAG_BYTES]) -> Option<(u64, SubjectOrdinal)> {
        let mut block = Array::from(*tag);
        self.cipher.decrypt_block(&mut block);
        let [high, low] = halves(block.into());
        Some((
            u64::from_be_bytes(high),
            SubjectOrdinal::new(u64::from_be_bytes(low))?,
        ))
    }
}

impl fmt::Debug for RoutingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoutingKey(redacted)")
    }
}

/// A subject tag that was not made by this registry for this place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the subject tag at position {position} was not made by this registry for this position")]
pub struct ForeignTag {
    /// The record's position in its ledger.
    pub position: u64,
}

fn cipher(key: &[u8]) -> Aes128 {
    Aes128::new_from_slice(key).expect("16 bytes are a key of AES-128")
}

fn halves(block: [u8; SUBJECT_TAG_BYTES]) -> [[u8; 8]; 2] {
    let mut halves = [[0; 8]; 2];
    halves.as_flattened_mut().copy_from_slice(&block);
    halves
}
