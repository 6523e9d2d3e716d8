//! The envelope: the part of a record that stands in the clear and is hashed.

use std::fmt;
use std::ops::Deref;

use crate::wire::{self, Cursor};
use crate::{
    ActId, Commitment, Digest, KeyId, Kind, Link, Part, Position, Signature, SubjectTag, Timestamp,
};

/// The only version of the envelope so far.
pub const ENVELOPE_VERSION: u8 = 1;

/// Bytes that an author's signature adds to an envelope: key id 8, commitment 32, signature 64.
pub const AUTHORSHIP_BYTES: usize = 8 + 32 + 64;

/// Length of an envelope without authorship: version 1, kind 1, position 8, previous 32, `recorded_at` 8, subject
/// tag 16, act id 16, part 1, parts 1, sealed length 4, sealed digest 32.
pub const ENVELOPE_BYTES_MIN: usize = 1 + 1 + 8 + 32 + 8 + 16 + 16 + 1 + 1 + 4 + 32;

/// Length of an envelope with authorship.
pub const ENVELOPE_BYTES_MAX: usize = ENVELOPE_BYTES_MIN + AUTHORSHIP_BYTES;

/// Longest payload in bytes. It is the last bucket of the sealing format and bounds what one record can cost.
pub const SEALED_BYTES_MAX: u32 = 64 * 1024;

const _: () = assert!(ENVELOPE_BYTES_MIN == 120 && ENVELOPE_BYTES_MAX == 224);

/// Who signed an act, as auditors see it: checkable without reading the act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authorship {
    /// The author's key, enrolled by a governance record.
    pub key_id: KeyId,
    /// What the author signed in place of the act.
    pub commitment: Commitment,
    /// Over `"sabt act v1" || origin || act_id || commitment`.
    pub signature: Signature,
}

/// The part of a record that stands in the clear. It holds no personal data and cannot be linked to a person without
/// the registry's keys. Its version is [`ENVELOPE_VERSION`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// What the record is.
    pub kind: Kind,
    /// Place in the ledger.
    pub position: Position,
    /// Link of the record before; for position 0 derived from the origin.
    pub previous: Link,
    /// When the registry received it; never less than in the record before.
    pub recorded_at: Timestamp,
    /// The subject, enciphered.
    pub subject_tag: SubjectTag,
    /// The act that the record belongs to.
    pub act_id: ActId,
    /// Which of the act's records it is.
    pub part: Part,
    /// Length of the payload in bytes, 1 to [`SEALED_BYTES_MAX`].
    pub sealed_len: u32,
    /// BLAKE3 of the payload.
    pub sealed_digest: Digest,
    /// Who signed the act; only in part 0.
    pub authorship: Option<Authorship>,
}

/// Why bytes are not an envelope, or why an envelope cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Neither of the two lengths.
    #[error(
        "an envelope has {ENVELOPE_BYTES_MIN} or {ENVELOPE_BYTES_MAX} bytes, this one has {bytes}"
    )]
    Length {
        /// Length found.
        bytes: usize,
    },
    /// A version that this program does not know.
    #[error("envelope version {version} is not known")]
    Version {
        /// Version found.
        version: u8,
    },
    /// A kind that the version does not have.
    #[error("record kind {code} is not known")]
    Kind {
        /// Number found.
        code: u8,
    },
    /// Not a part of an act: `part < parts` does not hold.
    #[error("part {part} of {parts} parts")]
    Part {
        /// 0-based part found.
        part: u8,
        /// Number of parts found.
        parts: u8,
    },
    /// An empty payload, or one longer than [`SEALED_BYTES_MAX`].
    #[error("a payload has 1 to {SEALED_BYTES_MAX} bytes, {bytes} are stated")]
    SealedLength {
        /// Length stated.
        bytes: u32,
    },
    /// Authorship stands in a part other than the first.
    #[error("authorship in part {part}, it belongs to the first alone")]
    AuthorshipPlace {
        /// The part that carries it.
        part: Part,
    },
}

impl Envelope {
    /// Decodes an envelope. Every byte string that this accepts is the encoding of what it returns.
    #[inline]
    pub fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let length = EnvelopeError::Length { bytes: bytes.len() };
        if bytes.len() != ENVELOPE_BYTES_MIN && bytes.len() != ENVELOPE_BYTES_MAX {
            return Err(length);
        }
        // Of known lengths, so that no field needs a check of its own: audits spend their time here.
        let (fixed, authorship) = bytes
            .split_first_chunk::<ENVELOPE_BYTES_MIN>()
            .ok_or(length)?;
        let mut cursor = Cursor::new(fixed);
        let version = cursor.u8().ok_or(length)?;
        if version != ENVELOPE_VERSION {
            return Err(EnvelopeError::Version { version });
        }
        let code = cursor.u8().ok_or(length)?;
        let envelope = Self {
            kind: Kind::from_code(code).ok_or(EnvelopeError::Kind { code })?,
            position: Position::new(cursor.u64().ok_or(length)?),
            previous: Link::from_bytes(cursor.array().ok_or(length)?),
            recorded_at: Timestamp::from_micros(cursor.i64().ok_or(length)?),
            subject_tag: SubjectTag::from_bytes(cursor.array().ok_or(length)?),
            act_id: ActId::from_bytes(cursor.array().ok_or(length)?),
            part: {
                let [part, parts] = cursor.array().ok_or(length)?;
                Part::new(part, parts).ok_or(EnvelopeError::Part { part, parts })?
            },
            sealed_len: cursor.u32().ok_or(length)?,
            sealed_digest: Digest::from_bytes(cursor.array().ok_or(length)?),
            authorship: if authorship.is_empty() {
                None
            } else {
                let mut cursor = Cursor::new(authorship);
                Some(Authorship {
                    key_id: KeyId::from_bytes(cursor.array().ok_or(length)?),
                    commitment: Commitment::from_bytes(cursor.array().ok_or(length)?),
                    signature: Signature::from_bytes(cursor.array().ok_or(length)?),
                })
            },
        };
        envelope.check()?;
        Ok(envelope)
    }

    /// Encodes the envelope.
    ///
    /// # Errors
    /// [`EnvelopeError::SealedLength`] and [`EnvelopeError::AuthorshipPlace`], if a field breaks its rule.
    pub fn encode(&self) -> Result<EncodedEnvelope, EnvelopeError> {
        self.check()?;
        let mut encoded = EncodedEnvelope {
            bytes: [0; ENVELOPE_BYTES_MAX],
            length: 0,
        };
        encoded.put(&[ENVELOPE_VERSION, self.kind.code()]);
        encoded.put(&self.position.get().to_be_bytes());
        encoded.put(self.previous.as_bytes());
        encoded.put(&self.recorded_at.as_micros().to_be_bytes());
        encoded.put(self.subject_tag.as_bytes());
        encoded.put(self.act_id.as_bytes());
        encoded.put(&[self.part.index(), self.part.count()]);
        encoded.put(&self.sealed_len.to_be_bytes());
        encoded.put(self.sealed_digest.as_bytes());
        if let Some(authorship) = &self.authorship {
            encoded.put(authorship.key_id.as_bytes());
            encoded.put(authorship.commitment.as_bytes());
            encoded.put(authorship.signature.as_bytes());
        }
        Ok(encoded)
    }

    /// Length of the encoding in bytes.
    pub const fn encoded_len(&self) -> usize {
        if self.authorship.is_some() {
            ENVELOPE_BYTES_MAX
        } else {
            ENVELOPE_BYTES_MIN
        }
    }

    /// The rules that the field types alone do not carry.
    fn check(&self) -> Result<(), EnvelopeError> {
        if self.sealed_len == 0 || self.sealed_len > SEALED_BYTES_MAX {
            return Err(EnvelopeError::SealedLength {
                bytes: self.sealed_len,
            });
        }
        if self.authorship.is_some() && !self.part.is_first() {
            return Err(EnvelopeError::AuthorshipPlace { part: self.part });
        }
        Ok(())
    }

    /// Length of the payload as an index.
    pub(crate) fn sealed_size(&self) -> usize {
        wire::index(self.sealed_len)
    }
}

/// The bytes of an [`Envelope`]: what is linked, hashed and stored. Dereferences to them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EncodedEnvelope {
    bytes: [u8; ENVELOPE_BYTES_MAX],
    length: usize,
}

impl EncodedEnvelope {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&self.bytes)
    }

    /// Appends a field. All fields together are as long as the array.
    fn put(&mut self, field: &[u8]) {
        let end = self.length.saturating_add(field.len());
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(field);
            self.length = end;
        }
    }
}

impl Deref for EncodedEnvelope {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<[u8]> for EncodedEnvelope {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Debug for EncodedEnvelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncodedEnvelope(")?;
        wire::write_hex(self.as_bytes(), f)?;
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests;
