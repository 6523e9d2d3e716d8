//! Cosignatures of witnesses (C2SP tlog-cosignature, Ed25519, type 0x04): that a witness saw a checkpoint, and when.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

use super::ed25519::{COSIGNATURE, PublicKey, SecretKey};
use super::{KeyName, NoteError, NoteKeyError, NoteKeyId, SignatureLine};
use crate::Timestamp;
use crate::checkpoint::Checkpoint;
use crate::wire::Cursor;

/// When a witness cosigned, in whole seconds since 1970 UTC: 0 up to 2^63 - 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CosignatureTime(u64);

impl CosignatureTime {
    /// This many seconds after the start of 1970 UTC; `None` above 2^63 - 1, which the specification rules out.
    pub fn new(seconds: u64) -> Option<Self> {
        i64::try_from(seconds).is_ok().then_some(Self(seconds))
    }

    /// The whole second that `now` falls into; `None` before 1970.
    pub fn at(now: Timestamp) -> Option<Self> {
        let seconds = now.as_micros().div_euclid(1_000_000);
        u64::try_from(seconds).ok().map(Self)
    }

    /// Seconds since the start of 1970 UTC.
    pub const fn as_seconds(self) -> u64 {
        self.0
    }
}

impl fmt::Display for CosignatureTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A key that verifies the cosignatures of one witness. Its text form is a vkey of type 0x04.
#[derive(Clone, PartialEq, Eq)]
pub struct WitnessKey(PublicKey<COSIGNATURE>);

/// A witness of whom a note has a cosignature that verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigner {
    /// Name of its key.
    pub name: KeyName,
    /// Id of its key.
    pub key_id: NoteKeyId,
    /// When it cosigned, by its own clock.
    pub time: CosignatureTime,
}

impl WitnessKey {
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

    /// Checks a cosignature over `text`, the signed text of a checkpoint; `None` if it is a line of another key.
    ///
    /// # Errors
    /// [`NoteError::Signature`], if it is a line of this key and does not verify.
    pub fn verify(&self, text: &str, line: &SignatureLine) -> Result<Option<Cosigner>, NoteError> {
        if line.key_id() != self.id() || line.name() != self.name() {
            return Ok(None);
        }
        let mut cursor = Cursor::new(line.signature());
        let time = cursor.u64().and_then(CosignatureTime::new);
        match time {
            Some(time) if self.0.verify(&message(text, time), cursor.rest()) => {
                Ok(Some(Cosigner {
                    name: self.name().clone(),
                    key_id: self.id(),
                    time,
                }))
            }
            _ => Err(NoteError::Signature {
                name: self.name().clone(),
            }),
        }
    }
}

impl FromStr for WitnessKey {
    type Err = NoteKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        PublicKey::parse(text).map(Self)
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WitnessKey({self})")
    }
}

/// A witness's key. Zeroed when dropped, never shown. It must not be the key of a log, nor of a second witness: the
/// signed message holds no name.
#[derive(Clone)]
pub struct CosignerKey {
    secret: SecretKey<COSIGNATURE>,
    witness: WitnessKey,
}

impl CosignerKey {
    /// The key named `name` with this RFC 8032 private key, 32 random bytes; they are zeroed.
    pub fn from_seed(name: KeyName, seed: [u8; 32]) -> Self {
        let (secret, public) = SecretKey::from_seed(name, seed);
        Self {
            secret,
            witness: WitnessKey(public),
        }
    }

    /// The public half.
    pub const fn witness(&self) -> &WitnessKey {
        &self.witness
    }

    /// The text form of Go's `golang.org/x/mod/sumdb/note`, of type 0x04:
    /// `PRIVATE+KEY+name+id+base64(type || private key)`.
    pub fn to_text(&self) -> Zeroizing<String> {
        self.secret.to_text(&self.witness.0)
    }

    /// States that as of `time` the checkpoint is of the largest consistent tree that this witness has seen of the
    /// log. The caller must have made it so, durably.
    pub fn cosign(&self, checkpoint: &Checkpoint, time: CosignatureTime) -> SignatureLine {
        self.cosign_text(checkpoint.note().text(), time)
    }

    pub(crate) fn cosign_text(&self, text: &str, time: CosignatureTime) -> SignatureLine {
        let signature = self.secret.sign(&message(text, time));
        let stamped = [time.0.to_be_bytes().as_slice(), &signature].concat();
        SignatureLine::new(self.witness.name().clone(), self.witness.id(), stamped)
    }
}

impl FromStr for CosignerKey {
    type Err = NoteKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (secret, public) = SecretKey::parse(text)?;
        Ok(Self {
            secret,
            witness: WitnessKey(public),
        })
    }
}

impl fmt::Debug for CosignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CosignerKey({})", self.witness)
    }
}

/// What a cosignature signs.
fn message(text: &str, time: CosignatureTime) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}
