//! Sealing: one key, one record, one ciphertext.
//!
//! For every record a key, a nonce and a key commitment are derived from the owner's key and the
//! record's place in the ledger:
//!
//! ```text
//! material = BLAKE3.keyed(owner key, "sabt seal v1" || u16 len(origin) || origin || u64 position || act_id)
//!            extended to 76 bytes = key 32 | nonce 12 | commitment 32
//! sealed   = commitment || AES-256-GCM-SIV(key, nonce, AAD = origin || position || act_id, padded)
//! padded   = u32 length || plaintext || zeros
//! ```
//!
//! Integers are big-endian. What follows from it:
//! - A sealed payload opens at its own ledger, position and act only, and only under its owner's
//!   key. AES-GCM-SIV alone does not commit to its key (one ciphertext can be built that opens
//!   under two keys); the commitment stands first and is compared before anything is decrypted.
//! - A place that is used twice after a crash costs nothing: AES-GCM-SIV keeps its secrecy when
//!   key and nonce repeat, and reveals only whether the two plaintexts were equal.
//! - The length of a sealed payload says only which bucket it fell into: multiples of 64 bytes up
//!   to 1 KiB, of 256 up to 8 KiB, of 4,096 up to 64 KiB. Claims to asylum begin at [`COMPARTMENT_LEN_MIN`].

#[cfg(test)]
mod tests;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, Tag, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::error::Unspecified;
use zeroize::{Zeroize, Zeroizing};

use crate::secret::{SECRET_BYTES, SecretKey};

/// Length of the longest sealed payload, in bytes.
pub const SEALED_LEN_MAX: usize = 64 * 1024;

/// Length of the longest plaintext that can be sealed, in bytes.
pub const PLAIN_LEN_MAX: usize = SEALED_LEN_MAX - OVERHEAD_BYTES;

/// Length of the longest ledger origin, in bytes. It keeps the derivation's input on the stack.
pub const ORIGIN_LEN_MAX: usize = 255;

/// Least length of the sealed payload of a claim to asylum, in bytes: long enough for nearly everything that is recorded of
/// one, so that lodging, interview and decision look alike.
pub const COMPARTMENT_LEN_MIN: usize = 1024;

const CONTEXT: &[u8; 12] = b"sabt seal v1";
const COMMITMENT_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const LENGTH_BYTES: usize = 4;
const OVERHEAD_BYTES: usize = COMMITMENT_BYTES + LENGTH_BYTES + TAG_BYTES;
const MATERIAL_BYTES: usize = SECRET_BYTES + NONCE_LEN + COMMITMENT_BYTES;
const ACT_ID_BYTES: usize = 16;

/// Buckets: up to this sealed length, a multiple of that many bytes.
const BUCKETS: [(usize, usize); 3] = [(1024, 64), (8 * 1024, 256), (SEALED_LEN_MAX, 4096)];

/// Where in which ledger a sealed payload stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordPlace<'a> {
    /// Origin of the ledger, at most [`ORIGIN_LEN_MAX`] bytes.
    pub origin: &'a str,
    /// Position of the record in it.
    pub position: u64,
    /// The act the record belongs to.
    pub act_id: [u8; ACT_ID_BYTES],
}

/// Why a plaintext was not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The plaintext is longer than [`PLAIN_LEN_MAX`].
    #[error("a plaintext of {plain_len} bytes is longer than {PLAIN_LEN_MAX}")]
    TooLong {
        /// Its length, in bytes.
        plain_len: usize,
    },
    /// The ledger's origin is longer than [`ORIGIN_LEN_MAX`].
    #[error("an origin of {origin_len} bytes is longer than {ORIGIN_LEN_MAX}")]
    OriginTooLong {
        /// Its length, in bytes.
        origin_len: usize,
    },
}

/// Why a sealed payload was not opened. None of them carries a byte of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// All bytes are zero: the payload was overwritten. Lawful only if an erasure record says so.
    #[error("the sealed payload has been overwritten with zeros")]
    Erased,
    /// The key commitment differs: sealed under another key, or for another place.
    #[error("the payload was sealed under another key or for another place in a ledger")]
    WrongKey,
    /// The commitment fits, but the ciphertext was altered.
    #[error("the sealed payload was altered")]
    Tampered,
    /// No sealed payload has this length, or what was sealed is not a padded plaintext.
    #[error("{sealed_len} bytes that are not a sealed payload")]
    Malformed {
        /// Length of the payload, in bytes.
        sealed_len: usize,
    },
    /// The ledger's origin is longer than [`ORIGIN_LEN_MAX`].
    #[error("an origin of {origin_len} bytes is longer than {ORIGIN_LEN_MAX}")]
    OriginTooLong {
        /// Its length, in bytes.
        origin_len: usize,
    },
}

/// Length of the sealed payload of a plaintext of `plain_len` bytes, or `None` above
/// [`PLAIN_LEN_MAX`].
pub const fn sealed_len_for(plain_len: usize) -> Option<usize> {
    if PLAIN_LEN_MAX < plain_len {
        return None;
    }
    let len = plain_len + OVERHEAD_BYTES;
    let mut bucket = 0;
    while bucket < BUCKETS.len() {
        let (len_max, step) = BUCKETS[bucket];
        if len <= len_max {
            return Some(len.next_multiple_of(step));
        }
        bucket += 1;
    }
    None
}

/// Seals `plaintext` for `place` and appends the result to `out`, which grows once and by exactly
/// [`sealed_len_for`] bytes, or by `len_min`, one of these lengths, if that is more. Returns that length. On an error `out`
/// is left as it was.
///
/// # Errors
/// [`SealError`] when the plaintext or the origin is too long.
pub fn seal_into(
    key: &SecretKey,
    place: &RecordPlace<'_>,
    plaintext: &[u8],
    len_min: usize,
    out: &mut Vec<u8>,
) -> Result<usize, SealError> {
    let too_long = SealError::TooLong {
        plain_len: plaintext.len(),
    };
    let sealed_len = sealed_len_for(plaintext.len())
        .ok_or(too_long)?
        .max(len_min);
    let length = u32::try_from(plaintext.len()).map_err(|_above_u32| too_long)?;
    let input = DerivationInput::new(place)
        .map_err(|OriginTooLong { origin_len }| SealError::OriginTooLong { origin_len })?;
    let material = Material::derive(key, &input);

    // Reserving first keeps the vector from moving while it holds plaintext, which would leave a
    // copy behind in freed memory.
    let start = out.len();
    out.reserve(sealed_len);
    out.extend_from_slice(material.commitment());
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(plaintext);
    out.resize(start + sealed_len - TAG_BYTES, 0);
    let tag = material.encrypt(
        input.associated_data(),
        &mut out[start + COMMITMENT_BYTES..],
    );
    out.extend_from_slice(tag.as_ref());
    debug_assert_eq!(out.len(), start + sealed_len);
    Ok(sealed_len)
}

/// Opens a payload that was sealed to at least `len_min` bytes. The plaintext is wiped when it is dropped.
///
/// # Errors
/// [`PayloadError`]; nothing of the plaintext is given out before it is authenticated.
pub fn open(
    key: &SecretKey,
    place: &RecordPlace<'_>,
    sealed: &[u8],
    len_min: usize,
) -> Result<Zeroizing<Vec<u8>>, PayloadError> {
    let malformed = PayloadError::Malformed {
        sealed_len: sealed.len(),
    };
    // A sealed length is its own bucket: what fits exactly must be sealed to that very length.
    let padded_len = sealed
        .len()
        .checked_sub(COMMITMENT_BYTES + TAG_BYTES)
        .ok_or(malformed)?;
    let fullest = padded_len.checked_sub(LENGTH_BYTES).ok_or(malformed)?;
    if sealed_len_for(fullest) != Some(sealed.len()) {
        return Err(malformed);
    }
    if is_overwritten(sealed) {
        return Err(PayloadError::Erased);
    }
    let input = DerivationInput::new(place)
        .map_err(|OriginTooLong { origin_len }| PayloadError::OriginTooLong { origin_len })?;
    let material = Material::derive(key, &input);
    let (commitment, ciphertext) = sealed.split_at(COMMITMENT_BYTES);
    verify_slices_are_equal(commitment, material.commitment())
        .map_err(|_unspecified: Unspecified| PayloadError::WrongKey)?;

    let (ciphertext, tag) = ciphertext.split_at(padded_len);
    let mut plaintext = Zeroizing::new(vec![0; padded_len]);
    material.decrypt(input.associated_data(), ciphertext, tag, &mut plaintext)?;
    unpad(&mut plaintext, sealed.len(), len_min).ok_or(malformed)?;
    Ok(plaintext)
}

/// Whether a sealed payload has been overwritten with zeros, as erasure does. A sealed payload of
/// zeros cannot occur otherwise: its commitment would have to be zero.
pub fn is_overwritten(sealed: &[u8]) -> bool {
    sealed.iter().all(|byte| *byte == 0)
}

/// Takes length and padding away. `None` if the padding is not the one [`seal_into`] writes: then
/// the key's holder sealed something that is not ours.
fn unpad(padded: &mut Vec<u8>, sealed_len: usize, len_min: usize) -> Option<()> {
    let (length, rest) = padded.split_first_chunk::<LENGTH_BYTES>()?;
    let plain_len = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let padding = rest.get(plain_len..)?;
    let fitting = sealed_len_for(plain_len)?.max(len_min);
    if fitting != sealed_len || padding.iter().any(|byte| *byte != 0) {
        return None;
    }
    padded.copy_within(LENGTH_BYTES..LENGTH_BYTES + plain_len, 0);
    // Truncating leaves the tail in the vector's spare capacity, which `Zeroizing` wipes as well.
    padded.truncate(plain_len);
    Some(())
}

struct OriginTooLong {
    origin_len: usize,
}

/// What a record's key material is derived from. Its end, without the context and the length of
/// the origin, is at the same time the associated data.
struct DerivationInput {
    bytes: [u8; Self::PREFIX_BYTES + ORIGIN_LEN_MAX + size_of::<u64>() + ACT_ID_BYTES],
    len: usize,
}

impl DerivationInput {
    const PREFIX_BYTES: usize = CONTEXT.len() + size_of::<u16>();

    fn new(place: &RecordPlace<'_>) -> Result<Self, OriginTooLong> {
        let origin_len = place.origin.len();
        let Some(origin_len_u16) = u16::try_from(origin_len)
            .ok()
            .filter(|_| origin_len <= ORIGIN_LEN_MAX)
        else {
            return Err(OriginTooLong { origin_len });
        };
        let mut input = Self {
            bytes: [0; Self::PREFIX_BYTES + ORIGIN_LEN_MAX + size_of::<u64>() + ACT_ID_BYTES],
            len: 0,
        };
        input.push(CONTEXT);
        input.push(&origin_len_u16.to_be_bytes());
        input.push(place.origin.as_bytes());
        input.push(&place.position.to_be_bytes());
        input.push(&place.act_id);
        Ok(input)
    }

    fn push(&mut self, part: &[u8]) {
        self.bytes[self.len..self.len + part.len()].copy_from_slice(part);
        self.len += part.len();
    }

    fn all(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn associated_data(&self) -> &[u8] {
        &self.bytes[Self::PREFIX_BYTES..self.len]
    }
}

/// The key, nonce and commitment of one record.
struct Material(Zeroizing<[u8; MATERIAL_BYTES]>);

impl Material {
    fn derive(key: &SecretKey, input: &DerivationInput) -> Self {
        let mut material = Zeroizing::new([0; MATERIAL_BYTES]);
        let mut hasher = blake3::Hasher::new_keyed(key.expose());
        hasher.update(input.all());
        let mut output = hasher.finalize_xof();
        output.fill(&mut material[..]);
        output.zeroize();
        hasher.zeroize();
        Self(material)
    }

    fn encrypt(&self, associated_data: &[u8], padded: &mut [u8]) -> Tag {
        self.cipher()
            .seal_in_place_separate_tag(self.nonce(), Aad::from(associated_data), padded)
            .expect("AES-256-GCM-SIV seals 64 KiB")
    }

    fn decrypt(
        &self,
        associated_data: &[u8],
        ciphertext: &[u8],
        tag: &[u8],
        padded: &mut [u8],
    ) -> Result<(), PayloadError> {
        let aad = Aad::from(associated_data);
        self.cipher()
            .open_separate_gather(self.nonce(), aad, ciphertext, tag, padded)
            .map_err(|_unspecified: Unspecified| PayloadError::Tampered)
    }

    fn cipher(&self) -> LessSafeKey {
        let key = UnboundKey::new(&AES_256_GCM_SIV, &self.0[..SECRET_BYTES])
            .expect("32 bytes are a key of AES-256-GCM-SIV");
        LessSafeKey::new(key)
    }

    fn nonce(&self) -> Nonce {
        Nonce::try_assume_unique_for_key(&self.0[SECRET_BYTES..SECRET_BYTES + NONCE_LEN])
            .expect("a nonce is 12 bytes")
    }

    fn commitment(&self) -> &[u8] {
        &self.0[SECRET_BYTES + NONCE_LEN..]
    }
}
