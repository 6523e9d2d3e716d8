//! Replacing the key of a log: the text that the old key and the new one sign.
//!
//! ```text
//! sabt log key rotation v1
//! registry.example/events+<id>+<old key>
//! registry.example/events+<id>+<new key>
//! 1774051200000000
//! ```
//!
//! The old key's signature hands its trust on; the new key's shows that its owner takes part. The first line has
//! spaces, so no checkpoint, whose first line is an origin, can ever be taken for a rotation.

use std::fmt;

use crate::note::{NoteKeyError, SignerKey, VerifierKey};
use crate::{Signature, Timestamp, wire};

/// First line of the signed text.
const HEADER: &str = "sabt log key rotation v1";

/// Longest text in bytes: the header, two vkeys, a time of 19 digits and four line feeds. A vkey of a log is an origin,
/// 8 digits and 44 characters, with two `+`; 4 KiB leaves room for other names.
pub const ROTATION_BYTES_MAX: usize = 4096;

/// That one key of a log takes the place of another.
///
/// Its text form is what both keys sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    old: VerifierKey,
    new: VerifierKey,
    retire_at: Timestamp,
}

/// Why a rotation is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RotationError {
    /// It does not have exactly the four lines of its form.
    #[error("a rotation is four lines: \"{HEADER}\", the old vkey, the new vkey, the time")]
    Lines,
    /// A key is malformed.
    #[error("a key of the rotation is refused")]
    Key(#[from] NoteKeyError),
    /// The keys have different names, so they are not keys of one log.
    #[error(
        "a key named {new} cannot take the place of one named {old}: both are named like the log"
    )]
    Name {
        /// Name of the old key.
        old: String,
        /// Name of the new key.
        new: String,
    },
    /// The new key is the old one.
    #[error("a key cannot take its own place; make another")]
    SameKey,
    /// The time is not a number in its shortest decimal form, or before 1970.
    #[error("the time at which the old key retires is microseconds since 1970 in decimal")]
    RetireAt,
    /// The signature of the old key does not verify.
    #[error("the old key did not sign this rotation")]
    OldSignature,
    /// The signature of the new key does not verify.
    #[error("the new key did not sign this rotation")]
    NewSignature,
}

impl Rotation {
    /// From `retire_at` on, `new` signs the log's checkpoints alone; until then both do.
    ///
    /// # Errors
    /// [`RotationError::Name`], [`RotationError::SameKey`], and [`RotationError::RetireAt`] before 1970.
    pub fn new(
        old: VerifierKey,
        new: VerifierKey,
        retire_at: Timestamp,
    ) -> Result<Self, RotationError> {
        if old.name() != new.name() {
            return Err(RotationError::Name {
                old: old.name().to_string(),
                new: new.name().to_string(),
            });
        }
        if old.as_bytes() == new.as_bytes() {
            return Err(RotationError::SameKey);
        }
        if retire_at.as_micros() < 0 {
            return Err(RotationError::RetireAt);
        }
        Ok(Self {
            old,
            new,
            retire_at,
        })
    }

    /// Parses the signed text.
    pub fn parse(text: &str) -> Result<Self, RotationError> {
        if text.len() > ROTATION_BYTES_MAX {
            return Err(RotationError::Lines);
        }
        let lines = text.strip_suffix('\n').ok_or(RotationError::Lines)?;
        let lines: Vec<&str> = lines.split('\n').collect();
        let [HEADER, old, new, retire_at] = lines.as_slice() else {
            return Err(RotationError::Lines);
        };
        let micros = wire::parse_decimal(retire_at).and_then(|micros| i64::try_from(micros).ok());
        let retire_at = micros.ok_or(RotationError::RetireAt)?;
        Self::new(
            old.parse()?,
            new.parse()?,
            Timestamp::from_micros(retire_at),
        )
    }

    /// The key that retires.
    pub const fn old(&self) -> &VerifierKey {
        &self.old
    }

    /// The key that takes its place.
    pub const fn new_key(&self) -> &VerifierKey {
        &self.new
    }

    /// From when on the old key signs no more.
    pub const fn retire_at(&self) -> Timestamp {
        self.retire_at
    }

    /// Signs the rotation with `key`; both keys have to.
    pub fn sign(&self, key: &SignerKey) -> Signature {
        Signature::from_bytes(key.sign(self.to_string().as_bytes()))
    }

    /// Checks both signatures. Whoever trusts the old key may then trust the new one.
    pub fn verify(
        &self,
        old_signature: &Signature,
        new_signature: &Signature,
    ) -> Result<(), RotationError> {
        let text = self.to_string();
        if !self.old.verify(text.as_bytes(), old_signature.as_bytes()) {
            return Err(RotationError::OldSignature);
        }
        if !self.new.verify(text.as_bytes(), new_signature.as_bytes()) {
            return Err(RotationError::NewSignature);
        }
        Ok(())
    }
}

impl fmt::Display for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { old, new, .. } = self;
        let retire_at = self.retire_at.as_micros();
        write!(f, "{HEADER}\n{old}\n{new}\n{retire_at}\n")
    }
}

#[cfg(test)]
mod tests;
