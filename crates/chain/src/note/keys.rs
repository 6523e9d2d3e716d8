//! The keys of signed notes and their text forms.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

use super::ed25519::{NOTE_SIGNATURE, PublicKey, SecretKey};
use crate::Origin;
use crate::ids::{byte_string, hex_text};

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
pub struct VerifierKey(PublicKey<NOTE_SIGNATURE>);

/// Why a text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteKeyError {
    /// The parts, their lengths or their encoding are wrong.
    #[error("a key is written as name+id+base64")]
    Layout,
    /// The name is not a key name.
    #[error(transparent)]
    Name(#[from] KeyNameError),
    /// Another signature type than such a key must have.
    #[error("the key is of type {code:#04x}, not {expected:#04x}")]
    Type {
        /// The type in the text.
        code: u8,
        /// The type that was expected: 0x01 of a log's key, 0x04 of a witness's.
        expected: u8,
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
        PublicKey::new(name, public_key).map(Self)
    }

    /// Its name.
    pub const fn name(&self) -> &KeyName {
        self.0.name()
    }

    /// Its id.
    pub const fn id(&self) -> NoteKeyId {
        self.0.id()
    }

    /// The public key.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    pub(crate) fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        self.0.verify(text, signature)
    }
}

impl FromStr for VerifierKey {
    type Err = NoteKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        PublicKey::parse(text).map(Self)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
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
    secret: SecretKey<NOTE_SIGNATURE>,
    verifier: VerifierKey,
}

impl SignerKey {
    /// The key named `name` with this RFC 8032 private key, 32 random bytes; they are zeroed.
    pub fn from_seed(name: KeyName, seed: [u8; 32]) -> Self {
        let (secret, public) = SecretKey::from_seed(name, seed);
        Self {
            secret,
            verifier: VerifierKey(public),
        }
    }

    /// The public half.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The text form of Go's `golang.org/x/mod/sumdb/note`: `PRIVATE+KEY+name+id+base64(type || private key)`.
    pub fn to_text(&self) -> Zeroizing<String> {
        self.secret.to_text(&self.verifier.0)
    }

    pub(crate) fn sign(&self, text: &[u8]) -> [u8; 64] {
        self.secret.sign(text)
    }
}

impl FromStr for SignerKey {
    type Err = NoteKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (secret, public) = SecretKey::parse(text)?;
        Ok(Self {
            secret,
            verifier: VerifierKey(public),
        })
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey({})", self.verifier)
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
            match trusted.find(key.name(), key.id()) {
                None => trusted.0.push(key),
                Some(known) if *known == key => {}
                Some(_) => return Err(NoteKeyError::Ambiguous { id: key.id() }),
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
        self.0
            .iter()
            .find(|key| key.id() == id && key.name() == name)
    }
}
