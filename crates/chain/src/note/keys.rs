//! The keys of signed notes and their text forms.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use crate::Origin;
use crate::ids::{byte_string, hex_text};

/// Signature type of Ed25519 over the note's text.
const ED25519: u8 = 0x01;

/// What the text form of a signing key starts with (Go's `golang.org/x/mod/sumdb/note`).
const SIGNER_PREFIX: &str = "PRIVATE+KEY+";

/// Name of a key: not empty, without white space or `+`. The key of a log is named like its origin.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyName(String);

/// A text that may not name a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key name is not empty and has no white space, control character or '+'")]
pub struct KeyNameError;

impl KeyName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = KeyNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let barred = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if text.is_empty() || text.contains(barred) {
            return Err(KeyNameError);
        }
        Ok(Self(text.to_owned()))
    }
}

impl From<&Origin> for KeyName {
    /// An origin's characters are a subset of a key name's.
    fn from(origin: &Origin) -> Self {
        Self(origin.as_str().to_owned())
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

byte_string! {
    /// Tells the keys of one name apart: the first 4 bytes of SHA-256(name || 0x0A || type || public key).
    NoteKeyId, 4
}
hex_text!(NoteKeyId);

/// A key that verifies notes. Its text form is the specification's "vkey": `name+id+base64(type || public key)`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    id: NoteKeyId,
    key: VerifyingKey,
}

/// Why a text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteKeyError {
    /// The parts, their lengths or their encoding are wrong.
    #[error("a key is written as name+id+base64")]
    Layout,
    /// The name is not a key name.
    #[error(transparent)]
    Name(#[from] KeyNameError),
    /// A type other than Ed25519.
    #[error("key type {code:#04x} is not supported")]
    Type {
        /// The type.
        code: u8,
    },
    /// The id is not that of the name and key.
    #[error("key id {stated} is stated, name and key give {computed}")]
    Id {
        /// The id in the text.
        stated: NoteKeyId,
        /// The id of name and key.
        computed: NoteKeyId,
    },
    /// The bytes are no Ed25519 public key, or one with which anything verifies.
    #[error("not a sound Ed25519 public key")]
    Key,
    /// Two different keys have the same name and id.
    #[error("two trusted keys have the id {id} and the same name")]
    Ambiguous {
        /// Their id.
        id: NoteKeyId,
    },
}

impl VerifierKey {
    /// The key named `name` with these bytes.
    pub fn new(name: KeyName, public_key: &[u8; 32]) -> Result<Self, NoteKeyError> {
        match VerifyingKey::from_bytes(public_key) {
            Ok(key) if !key.is_weak() => Ok(Self::from_key(name, key)),
            _ => Err(NoteKeyError::Key),
        }
    }

    fn from_key(name: KeyName, key: VerifyingKey) -> Self {
        let hash: [u8; 32] = Sha256::new_with_prefix(name.as_str())
            .chain_update([b'\n', ED25519])
            .chain_update(key.as_bytes())
            .finalize()
            .into();
        let id = NoteKeyId::from_bytes(hash.first_chunk().copied().unwrap_or_default());
        Self { name, id, key }
    }

    /// Its name.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// Its id.
    pub const fn id(&self) -> NoteKeyId {
        self.id
    }

    /// The public key.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    pub(super) fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(text, &signature).is_ok())
    }
}

impl FromStr for VerifierKey {
    type Err = NoteKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let KeyText { name, id, key } = KeyText::parse(text)?;
        let parsed = Self::new(name, &key)?;
        parsed.check_id(id)?;
        Ok(parsed)
    }
}

impl VerifierKey {
    fn check_id(&self, stated: NoteKeyId) -> Result<(), NoteKeyError> {
        let computed = self.id;
        if stated == computed {
            Ok(())
        } else {
            Err(NoteKeyError::Id { stated, computed })
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, self.id, BASE64.encode(key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

/// A key that signs notes. Zeroed when dropped, never shown.
#[derive(Clone)]
pub struct SignerKey {
    secret: SigningKey,
    verifier: VerifierKey,
}

impl SignerKey {
    /// The key named `name` with this RFC 8032 private key, 32 random bytes; they are zeroed.
    pub fn from_seed(name: KeyName, mut seed: [u8; 32]) -> Self {
        let secret = SigningKey::from_bytes(&seed);
        seed.zeroize();
        let verifier = VerifierKey::from_key(name, secret.verifying_key());
        Self { secret, verifier }
    }

    /// The public half.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The text form of Go's `golang.org/x/mod/sumdb/note`: `PRIVATE+KEY+name+id+base64(type || private key)`.
    pub fn to_text(&self) -> Zeroizing<String> {
        let VerifierKey { name, id, .. } = &self.verifier;
        let mut key = Zeroizing::new([ED25519; 33]);
        for (to, from) in key.iter_mut().skip(1).zip(self.secret.as_bytes()) {
            *to = *from;
        }
        let key = Zeroizing::new(BASE64.encode(key.as_slice()));
        Zeroizing::new(format!("{SIGNER_PREFIX}{name}+{id}+{}", key.as_str()))
    }

    pub(super) fn sign(&self, text: &[u8]) -> [u8; 64] {
        self.secret.sign(text).to_bytes()
    }
}

impl FromStr for SignerKey {
    type Err = NoteKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text
            .strip_prefix(SIGNER_PREFIX)
            .ok_or(NoteKeyError::Layout)?;
        let KeyText { name, id, key } = KeyText::parse(text)?;
        let signer = Self::from_seed(name, *key);
        signer.verifier.check_id(id)?;
        Ok(signer)
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey({})", self.verifier)
    }
}

/// The three parts that both text forms have.
struct KeyText {
    name: KeyName,
    id: NoteKeyId,
    key: Zeroizing<[u8; 32]>,
}

impl KeyText {
    fn parse(text: &str) -> Result<Self, NoteKeyError> {
        // The name has no '+'; base64 may.
        let (name, rest) = text.split_once('+').ok_or(NoteKeyError::Layout)?;
        let (id, key) = rest.split_once('+').ok_or(NoteKeyError::Layout)?;
        let name = name.parse()?;
        let id = id.parse().ok().ok_or(NoteKeyError::Layout)?;
        let bytes = Zeroizing::new(BASE64.decode(key).ok().ok_or(NoteKeyError::Layout)?);
        let (code, key) = bytes.split_first().ok_or(NoteKeyError::Layout)?;
        if *code != ED25519 {
            return Err(NoteKeyError::Type { code: *code });
        }
        let key = <[u8; 32]>::try_from(key).ok().ok_or(NoteKeyError::Layout)?;
        Ok(Self {
            name,
            id,
            key: Zeroizing::new(key),
        })
    }
}

/// The keys that a reader trusts; no two have the same name and id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedKeys(Vec<VerifierKey>);

impl TrustedKeys {
    /// These keys; a key given twice counts once.
    ///
    /// # Errors
    /// [`NoteKeyError::Ambiguous`], if two different keys have the same name and id.
    pub fn new(keys: impl IntoIterator<Item = VerifierKey>) -> Result<Self, NoteKeyError> {
        let mut trusted = Self::default();
        for key in keys {
            match trusted.find(&key.name, key.id) {
                None => trusted.0.push(key),
                Some(known) if *known == key => {}
                Some(_) => return Err(NoteKeyError::Ambiguous { id: key.id }),
            }
        }
        Ok(trusted)
    }

    /// This key alone.
    pub fn only(key: VerifierKey) -> Self {
        Self(vec![key])
    }

    /// The keys.
    pub fn keys(&self) -> &[VerifierKey] {
        &self.0
    }

    pub(super) fn find(&self, name: &KeyName, id: NoteKeyId) -> Option<&VerifierKey> {
        self.0.iter().find(|key| key.id == id && key.name == *name)
    }
}
