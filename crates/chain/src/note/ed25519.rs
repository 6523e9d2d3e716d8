//! Named Ed25519 keys of one signature type: what the keys of logs and of witnesses have in common.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use super::{KeyName, NoteKeyError, NoteKeyId};

/// Signature type of Ed25519 over the note's text.
pub(super) const NOTE_SIGNATURE: u8 = 0x01;

/// Signature type of a timestamped Ed25519 cosignature (C2SP tlog-cosignature).
pub(super) const COSIGNATURE: u8 = 0x04;

/// What the text form of a secret key starts with (Go's `golang.org/x/mod/sumdb/note`).
const SECRET_PREFIX: &str = "PRIVATE+KEY+";

/// A public key for signatures of one type. Its text form is the specification's "vkey".
#[derive(Clone, PartialEq, Eq)]
pub(super) struct PublicKey<const TYPE: u8> {
    name: KeyName,
    id: NoteKeyId,
    key: VerifyingKey,
}

impl<const TYPE: u8> PublicKey<TYPE> {
    pub(super) fn new(name: KeyName, public_key: &[u8; 32]) -> Result<Self, NoteKeyError> {
        match VerifyingKey::from_bytes(public_key) {
            Ok(key) if !key.is_weak() => Ok(Self::from_key(name, key)),
            _ => Err(NoteKeyError::Key),
        }
    }

    fn from_key(name: KeyName, key: VerifyingKey) -> Self {
        let hash: [u8; 32] = Sha256::new_with_prefix(name.as_str())
            .chain_update([b'\n', TYPE])
            .chain_update(key.as_bytes())
            .finalize()
            .into();
        let id = NoteKeyId::from_bytes(hash.first_chunk().copied().unwrap_or_default());
        Self { name, id, key }
    }

    pub(super) fn parse(text: &str) -> Result<Self, NoteKeyError> {
        let KeyText { name, id, key } = KeyText::parse(text, TYPE)?;
        let parsed = Self::new(name, &key)?;
        parsed.check_id(id)?;
        Ok(parsed)
    }

    fn check_id(&self, stated: NoteKeyId) -> Result<(), NoteKeyError> {
        let computed = self.id;
        if stated == computed {
            Ok(())
        } else {
            Err(NoteKeyError::Id { stated, computed })
        }
    }

    pub(super) const fn name(&self) -> &KeyName {
        &self.name
    }

    pub(super) const fn id(&self) -> NoteKeyId {
        self.id
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

impl<const TYPE: u8> fmt::Display for PublicKey<TYPE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[TYPE], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, self.id, BASE64.encode(key))
    }
}

/// A secret key for signatures of one type; `ed25519_dalek` zeroes it when it is dropped.
#[derive(Clone)]
pub(super) struct SecretKey<const TYPE: u8> {
    secret: SigningKey,
}

impl<const TYPE: u8> SecretKey<TYPE> {
    /// From an RFC 8032 private key; the caller's copy is zeroed.
    pub(super) fn from_seed(name: KeyName, mut seed: [u8; 32]) -> (Self, PublicKey<TYPE>) {
        let secret = SigningKey::from_bytes(&seed);
        seed.zeroize();
        let public = PublicKey::from_key(name, secret.verifying_key());
        (Self { secret }, public)
    }

    pub(super) fn parse(text: &str) -> Result<(Self, PublicKey<TYPE>), NoteKeyError> {
        let text = text
            .strip_prefix(SECRET_PREFIX)
            .ok_or(NoteKeyError::Layout)?;
        let KeyText { name, id, key } = KeyText::parse(text, TYPE)?;
        let (secret, public) = Self::from_seed(name, *key);
        public.check_id(id)?;
        Ok((secret, public))
    }

    pub(super) fn to_text(&self, public: &PublicKey<TYPE>) -> Zeroizing<String> {
        let PublicKey { name, id, .. } = public;
        let mut key = Zeroizing::new([TYPE; 33]);
        for (to, from) in key.iter_mut().skip(1).zip(self.secret.as_bytes()) {
            *to = *from;
        }
        let key = Zeroizing::new(BASE64.encode(key.as_slice()));
        Zeroizing::new(format!("{SECRET_PREFIX}{name}+{id}+{}", key.as_str()))
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }
}

/// The three parts that both text forms have.
struct KeyText {
    name: KeyName,
    id: NoteKeyId,
    key: Zeroizing<[u8; 32]>,
}

impl KeyText {
    fn parse(text: &str, expected: u8) -> Result<Self, NoteKeyError> {
        // The name has no '+'; base64 may.
        let (name, rest) = text.split_once('+').ok_or(NoteKeyError::Layout)?;
        let (id, key) = rest.split_once('+').ok_or(NoteKeyError::Layout)?;
        let name = name.parse()?;
        let id = id.parse().ok().ok_or(NoteKeyError::Layout)?;
        let bytes = Zeroizing::new(BASE64.decode(key).ok().ok_or(NoteKeyError::Layout)?);
        let (code, key) = bytes.split_first().ok_or(NoteKeyError::Layout)?;
        if *code != expected {
            return Err(NoteKeyError::Type {
                code: *code,
                expected,
            });
        }
        let key = <[u8; 32]>::try_from(key).ok().ok_or(NoteKeyError::Layout)?;
        Ok(Self {
            name,
            id,
            key: Zeroizing::new(key),
        })
    }
}
