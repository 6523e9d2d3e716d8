//! Who signed an act: checkable by everybody without reading the act, openable by a court that may read it.
//!
//! The author commits to the act with a random nonce that is sealed together with it, and signs the commitment. Seen
//! from outside, two acts with the same text have unrelated commitments, and once the payload is erased nobody can
//! test guesses about it.

mod erasure;
mod grant;

pub use self::erasure::{ERASURE_CONTEXT, ERASURE_NONCE};
pub use self::grant::GRANT_CONTEXT;

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, ZeroizeOnDrop};

use crate::{ActId, Authorship, Commitment, KeyId, Origin, Signature};

/// What an author signs starts with this, so that the signature means nothing anywhere else.
pub const ACT_CONTEXT: &[u8] = b"sabt act v1";

/// What the hash behind a [`KeyId`] starts with.
pub const KEY_ID_CONTEXT: &[u8] = b"sabt author key v1";

/// Most signatures verified as one batch. The gain per signature is flat beyond a few hundred, and a batch holds about
/// 0.5 KiB for each signature: half a megabyte.
pub const BATCH_SIGNATURES_MAX: usize = 1024;

/// Key of a [`Commitment`]: 32 random bytes, made by the author, fresh for every act, kept sealed with it.
///
/// Zeroed when dropped, never shown.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct Nonce([u8; 32]);

impl Nonce {
    /// Takes 32 random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be sealed with the act.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The commitment to `act`: BLAKE3 of its bytes, keyed with the nonce.
    pub fn commit(&self, act: &[u8]) -> Commitment {
        Commitment::from_bytes(*blake3::keyed_hash(&self.0, act).as_bytes())
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(..)")
    }
}

/// An author's public key.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorKey {
    key: VerifyingKey,
    id: KeyId,
}

/// Why an author's key or signature is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthorshipError {
    /// The bytes are no Ed25519 public key of prime order. With such a key signatures would verify that prove nothing.
    #[error("not an Ed25519 public key of prime order")]
    Key,
    /// The authorship names another key.
    #[error("signed with key {found}, not {expected}")]
    KeyId {
        /// The key it was checked against.
        expected: KeyId,
        /// The key that the authorship names.
        found: KeyId,
    },
    /// The signature is not of this key over this act, commitment and ledger.
    #[error("the author's signature does not verify")]
    Signature,
}

impl AuthorKey {
    /// Length of a public key in bytes.
    pub const BYTES: usize = 32;

    /// Reads a public key (RFC 8032 section 5.1.5).
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Result<Self, AuthorshipError> {
        match VerifyingKey::from_bytes(bytes) {
            Ok(key) if !key.is_weak() && key.to_edwards().is_torsion_free() => Ok(Self::new(key)),
            _ => Err(AuthorshipError::Key),
        }
    }

    fn new(key: VerifyingKey) -> Self {
        let hash: [u8; 32] = Sha256::new_with_prefix(KEY_ID_CONTEXT)
            .chain_update(key.as_bytes())
            .finalize()
            .into();
        let id = KeyId::from_bytes(hash.first_chunk().copied().unwrap_or_default());
        Self { key, id }
    }

    /// The public key.
    pub fn as_bytes(&self) -> &[u8; Self::BYTES] {
        self.key.as_bytes()
    }

    /// Its name in envelopes.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Checks that the holder of this key signed the act `act_id` for the ledger `origin`.
    ///
    /// This is the rule that the registry admits acts by, and it is strict: only signatures that every implementation
    /// of Ed25519 accepts pass.
    pub fn verify(
        &self,
        origin: &Origin,
        act_id: ActId,
        authorship: &Authorship,
    ) -> Result<(), AuthorshipError> {
        self.check_id(authorship)?;
        let message = signed_message(origin, act_id, &authorship.commitment);
        self.verify_message(&message, &authorship.signature)
    }

    /// Checks a signature over `bytes`, a document other than an act, for the registry whose events ledger is `origin`.
    fn verify_document(
        &self,
        context: &[u8],
        origin: &Origin,
        bytes: &[u8],
        signature: &Signature,
    ) -> Result<(), AuthorshipError> {
        self.verify_message(&document_message(context, origin, bytes), signature)
    }

    fn verify_message(&self, message: &[u8], signature: &Signature) -> Result<(), AuthorshipError> {
        let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
        match self.key.verify_strict(message, &signature) {
            Ok(()) => Ok(()),
            // The library's error says no more than this, on purpose.
            Err(_) => Err(AuthorshipError::Signature),
        }
    }

    fn check_id(&self, authorship: &Authorship) -> Result<(), AuthorshipError> {
        if authorship.key_id == self.id {
            Ok(())
        } else {
            Err(AuthorshipError::KeyId {
                expected: self.id,
                found: authorship.key_id,
            })
        }
    }
}

impl fmt::Debug for AuthorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthorKey({})", self.id)
    }
}

/// An author's secret key. Zeroed when dropped, never shown.
#[derive(Clone)]
pub struct AuthorSigningKey {
    secret: SigningKey,
    public: AuthorKey,
}

impl AuthorSigningKey {
    /// From the 32 random bytes that RFC 8032 calls the private key; they are zeroed.
    pub fn from_seed(mut seed: [u8; 32]) -> Self {
        let secret = SigningKey::from_bytes(&seed);
        seed.zeroize();
        let public = AuthorKey::new(secret.verifying_key());
        Self { secret, public }
    }

    /// The public half.
    pub const fn public(&self) -> &AuthorKey {
        &self.public
    }

    /// Signs `act`, the bytes of an act named `act_id`, for the events ledger `origin`.
    ///
    /// `nonce` must be fresh and is sealed together with the act.
    pub fn sign_act(
        &self,
        origin: &Origin,
        act_id: ActId,
        act: &[u8],
        nonce: &Nonce,
    ) -> Authorship {
        let commitment = nonce.commit(act);
        let signature = self
            .secret
            .sign(&signed_message(origin, act_id, &commitment));
        Authorship {
            key_id: self.public.id(),
            commitment,
            signature: Signature::from_bytes(signature.to_bytes()),
        }
    }

    /// Signs `bytes`, a document other than an act, for the registry whose events ledger is `origin`.
    fn sign_document(&self, context: &[u8], origin: &Origin, bytes: &[u8]) -> Signature {
        let signature = self.secret.sign(&document_message(context, origin, bytes));
        Signature::from_bytes(signature.to_bytes())
    }
}

impl fmt::Debug for AuthorSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthorSigningKey({})", self.public.id())
    }
}

/// One signature of a batch.
#[derive(Debug, Clone, Copy)]
pub struct SignedAct<'a> {
    /// Key it should be of.
    pub key: &'a AuthorKey,
    /// The act.
    pub act_id: ActId,
    /// What stands in the envelope.
    pub authorship: &'a Authorship,
}

/// Checks many signatures at once, about twice as fast as one by one; returns the indices of those that fail
/// [`AuthorKey::verify`].
///
/// For replay and audit. A batch accepts nothing that the holder of the key did not sign, but the holder can craft,
/// with effort, a signature that passes in a batch and fails alone. The registry therefore admits acts by
/// [`AuthorKey::verify`], so that whoever checks the ledger, one by one or in batches, comes to the same answer.
pub fn verify_batch(origin: &Origin, acts: &[SignedAct<'_>]) -> Vec<usize> {
    let mut failed = Vec::new();
    for (chunk_index, chunk) in acts.chunks(BATCH_SIGNATURES_MAX).enumerate() {
        if batch_passes(origin, chunk) {
            continue;
        }
        let first = chunk_index.saturating_mul(BATCH_SIGNATURES_MAX);
        for (index, act) in chunk.iter().enumerate() {
            if act.key.verify(origin, act.act_id, act.authorship).is_err() {
                failed.push(first.saturating_add(index));
            }
        }
    }
    failed
}

fn batch_passes(origin: &Origin, acts: &[SignedAct<'_>]) -> bool {
    // A batch of one gains nothing, and alone the strict rule can be had.
    if acts.len() < 2
        || acts
            .iter()
            .any(|act| act.key.check_id(act.authorship).is_err())
    {
        return false;
    }
    let messages: Vec<Vec<u8>> = acts
        .iter()
        .map(|act| signed_message(origin, act.act_id, &act.authorship.commitment))
        .collect();
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let signatures: Vec<ed25519_dalek::Signature> = acts
        .iter()
        .map(|act| ed25519_dalek::Signature::from_bytes(act.authorship.signature.as_bytes()))
        .collect();
    let keys: Vec<VerifyingKey> = acts.iter().map(|act| act.key.key).collect();
    ed25519_dalek::verify_batch(&messages, &signatures, &keys).is_ok()
}

/// What the author signs. Everything but the origin has a fixed length, so no two inputs give the same bytes.
fn signed_message(origin: &Origin, act_id: ActId, commitment: &Commitment) -> Vec<u8> {
    [
        ACT_CONTEXT,
        origin.as_str().as_bytes(),
        act_id.as_bytes(),
        commitment.as_bytes(),
    ]
    .concat()
}

/// What is signed of a document other than an act. Everything but the origin has a length that the context fixes, so no
/// two inputs give the same bytes.
fn document_message(context: &[u8], origin: &Origin, bytes: &[u8]) -> Vec<u8> {
    [
        context,
        origin.as_str().as_bytes(),
        blake3::hash(bytes).as_bytes(),
    ]
    .concat()
}

#[cfg(test)]
mod tests;
