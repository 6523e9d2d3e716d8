//! The key-encryption key: what stands between a stolen key file and the keys in it.

#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;

use crate::files::{self, PrivateFileError};
use crate::secret::{RandomnessError, SECRET_BYTES, SecretKey};

/// Length of a wrapped key: room for a 12-byte nonce, 32 bytes of ciphertext and a 16-byte tag.
pub const WRAPPED_BYTES: usize = NONCE_LEN + SECRET_BYTES + TAG_BYTES;

const TAG_BYTES: usize = 16;

/// Wraps and unwraps the keys of the vault.
///
/// `context` says which key it is (key file, registry, slot) and is authenticated: a wrapped key
/// moved to another place does not unwrap. An implementation over a hardware module (PKCS#11
/// `C_Encrypt` with AES-GCM and the context as associated data) fits the 60 bytes; one that needs
/// fewer pads with zeros and checks them. Implementations are called from several threads at once
/// and may block.
pub trait KeyEncryptionKey: fmt::Debug + Send + Sync {
    /// Wraps `key` for the place named by `context`.
    ///
    /// # Errors
    /// [`KekError::Unavailable`] when the key, or randomness for a nonce, cannot be reached.
    fn wrap(&self, context: &[u8], key: &SecretKey) -> Result<WrappedKey, KekError>;

    /// Gives back the key that was wrapped for the place named by `context`.
    ///
    /// # Errors
    /// [`KekError::Rejected`] when the bytes were not wrapped by this key for this context.
    fn unwrap(&self, context: &[u8], wrapped: &WrappedKey) -> Result<SecretKey, KekError>;
}

/// A wrapped key as it stands in a slot.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct WrappedKey([u8; WRAPPED_BYTES]);

impl WrappedKey {
    /// The wrapped key with these bytes.
    pub fn from_bytes(bytes: [u8; WRAPPED_BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes to be stored.
    pub fn as_bytes(&self) -> &[u8; WRAPPED_BYTES] {
        &self.0
    }
}

impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WrappedKey(..)")
    }
}

/// Why a key was not wrapped or unwrapped.
#[derive(Debug, thiserror::Error)]
pub enum KekError {
    /// Not wrapped by this key-encryption key, not for this place, or altered since.
    #[error("the wrapped key does not belong to this key-encryption key and place")]
    Rejected,
    /// The key-encryption key cannot be reached.
    #[error("the key-encryption key cannot be used now")]
    Unavailable {
        /// What the implementation says.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// A key-encryption key from a master key file.
///
/// Wrapping is AES-256-GCM-SIV under a key derived from the master key, with a random nonce; a
/// nonce that should ever repeat would reveal only that two wrapped keys are equal.
pub struct FileKek {
    key: LessSafeKey,
}

impl FileKek {
    /// Makes a new master key file, readable by its owner alone and durable when this returns.
    ///
    /// # Errors
    /// [`PrivateFileError::Exists`] if there is a file: a master key is never overwritten.
    pub fn generate(path: &Path) -> Result<Self, PrivateFileError> {
        Ok(Self::from_master(&files::generate_secret(path)?))
    }

    /// Reads the master key file: 32 raw bytes or 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`PrivateFileError`] if the file is missing, may be read by others than its owner, belongs
    /// to somebody else than the user of this process, or does not hold a key.
    pub fn open(path: &Path) -> Result<Self, PrivateFileError> {
        Ok(Self::from_master(&files::read_secret(path)?))
    }

    /// The key-encryption key of this master key.
    pub fn from_master(master: &SecretKey) -> Self {
        Self {
            key: wrapping_key(&master.derive("sabt master key wrap v1", &[])),
        }
    }
}

impl KeyEncryptionKey for FileKek {
    fn wrap(&self, context: &[u8], key: &SecretKey) -> Result<WrappedKey, KekError> {
        let mut wrapped = [0; WRAPPED_BYTES];
        let (nonce, sealed) = wrapped.split_at_mut(NONCE_LEN);
        let (ciphertext, tag) = sealed.split_at_mut(SECRET_BYTES);
        getrandom::fill(nonce).map_err(|error| KekError::Unavailable {
            source: Box::new(RandomnessError::from(error)),
        })?;
        ciphertext.copy_from_slice(key.expose());
        // Sealing in place: the plaintext key is overwritten by its ciphertext.
        let computed = self
            .key
            .seal_in_place_separate_tag(nonce_of(nonce), Aad::from(context), ciphertext)
            .map_err(|error: Unspecified| KekError::Unavailable {
                source: Box::new(error),
            })?;
        tag.copy_from_slice(computed.as_ref());
        Ok(WrappedKey(wrapped))
    }

    fn unwrap(&self, context: &[u8], wrapped: &WrappedKey) -> Result<SecretKey, KekError> {
        let (nonce, sealed) = wrapped.0.split_at(NONCE_LEN);
        let (ciphertext, tag) = sealed.split_at(SECRET_BYTES);
        SecretKey::try_filled(|key| {
            self.key
                .open_separate_gather(nonce_of(nonce), Aad::from(context), ciphertext, tag, key)
        })
        .map_err(|_unspecified: Unspecified| KekError::Rejected)
    }
}

impl fmt::Debug for FileKek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKek(redacted)")
    }
}

fn wrapping_key(key: &SecretKey) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM_SIV, key.expose())
        .expect("32 bytes are a key of AES-256-GCM-SIV");
    LessSafeKey::new(key)
}

fn nonce_of(bytes: &[u8]) -> Nonce {
    Nonce::try_assume_unique_for_key(bytes).expect("the nonce of a wrapped key is 12 bytes")
}
