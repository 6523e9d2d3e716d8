//! A 32-byte secret that is wiped when it is dropped and never printed.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// Length of every secret of the vault, in bytes.
pub const SECRET_BYTES: usize = 32;

/// A 32-byte secret key.
///
/// The bytes live in one heap cell for the whole life of the value, so moving the key moves a
/// pointer and leaves no copy behind on the stack. The cell is overwritten on drop. There is no
/// `Clone`: whoever needs to share a key shares an `Arc`.
pub struct SecretKey(Box<[u8; SECRET_BYTES]>);

impl SecretKey {
    /// Draws a fresh key from the operating system's generator.
    ///
    /// # Errors
    /// [`RandomnessError`] when the operating system gives no randomness.
    pub fn generate() -> Result<Self, RandomnessError> {
        let key = Self::try_filled(|bytes| getrandom::fill(bytes))?;
        Ok(key)
    }

    /// Takes a copy of `bytes`. Wiping the original is the caller's business.
    pub fn copied_from(bytes: &[u8; SECRET_BYTES]) -> Self {
        Self(Box::new(*bytes))
    }

    /// The secret bytes. Whoever calls this is answerable for every copy made of them.
    pub fn expose(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// A 16-byte name of this key that says nothing about it: equal keys have equal fingerprints
    /// under the same `purpose`, and 128 bits cannot be searched for a 256-bit key. A store that
    /// depends on a key keeps its fingerprint and so notices when another key is put in its place.
    pub fn fingerprint(&self, purpose: &str) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new_derive_key("sabt key fingerprint v1");
        hasher.update(self.expose());
        hasher.update(purpose.as_bytes());
        let mut fingerprint = [0; 16];
        hasher.finalize_xof().fill(&mut fingerprint);
        hasher.zeroize();
        fingerprint
    }

    /// A key of its own for one purpose: BLAKE3 in its key-derivation mode over this key and
    /// `material`.
    pub(crate) fn derive(&self, context: &'static str, material: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(context);
        hasher.update(self.expose());
        hasher.update(material);
        let derived = Self::filled(|bytes| hasher.finalize_xof().fill(bytes));
        hasher.zeroize();
        derived
    }

    /// Builds a key in place, so that its bytes never stand anywhere else.
    pub(crate) fn try_filled<E>(
        fill: impl FnOnce(&mut [u8; SECRET_BYTES]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut key = Self(Box::new([0; SECRET_BYTES]));
        fill(&mut key.0)?;
        Ok(key)
    }

    fn filled(fill: impl FnOnce(&mut [u8; SECRET_BYTES])) -> Self {
        let mut key = Self(Box::new([0; SECRET_BYTES]));
        fill(&mut key.0);
        key
    }
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for SecretKey {}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(redacted)")
    }
}

/// The operating system gave no randomness; nothing secret can be made.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no randomness")]
pub struct RandomnessError(#[from] getrandom::Error);
