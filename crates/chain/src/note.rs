//! Signed notes (C2SP signed-note): a text and the signatures of named keys.
//!
//! Only signatures of type 0x01, Ed25519 over the text, are made and verified. Signatures of other types, such as
//! the cosignatures of witnesses, are carried along as unknown.

mod keys;

pub use keys::{
    KeyName, KeyNameError, NoteKeyError, NoteKeyId, SignerKey, TrustedKeys, VerifierKey,
};

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Longest note in bytes, as in the Go implementation: 100 post-quantum signatures of 3.3 KB in base64 fit.
pub const NOTE_BYTES_MAX: usize = 1_000_000;

/// Most signatures on a note, as in the Go implementation; the specification asks for at least 16.
pub const NOTE_SIGNATURES_MAX: usize = 100;

/// An em dash and a space: what a signature line starts with.
const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// Length of the key id that stands before a signature.
const KEY_ID_BYTES: usize = 4;

/// A note as it was received. Nothing of its text can be read before [`UnverifiedNote::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// A note of which at least one signature is that of a trusted key, and none is a forgery of a trusted key's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signers: Vec<(KeyName, NoteKeyId)>,
}

/// A signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct NoteSignature {
    name: KeyName,
    key_id: NoteKeyId,
    signature: Vec<u8>,
}

/// Why a note is refused, or cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than [`NOTE_BYTES_MAX`].
    #[error("a note has at most {NOTE_BYTES_MAX} bytes, this one has {bytes}")]
    Length {
        /// Its length.
        bytes: usize,
    },
    /// Not UTF-8, or a control character other than a line feed.
    #[error("a note is UTF-8 text without control characters")]
    Text,
    /// The text is empty, does not end with a line feed, or no empty line and signatures follow it.
    #[error("a note is a text, an empty line and signatures, each line with its end")]
    Layout,
    /// A signature line is malformed.
    #[error("signature line {line} of the note is malformed")]
    SignatureLine {
        /// 1-based, counted after the empty line.
        line: usize,
    },
    /// More signatures than [`NOTE_SIGNATURES_MAX`].
    #[error("a note has at most {NOTE_SIGNATURES_MAX} signatures")]
    Signatures,
    /// A signature of a trusted key does not verify.
    #[error("the signature of {name} does not verify")]
    Signature {
        /// Name of the key.
        name: KeyName,
    },
    /// No signature is of a trusted key.
    #[error("no signature of a trusted key")]
    Untrusted,
    /// Two of the keys to sign with have the same name and id.
    #[error("two signing keys have the name {name} and the same id")]
    DuplicateSigner {
        /// Their name.
        name: KeyName,
    },
}

impl UnverifiedNote {
    /// Parses a note.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::Length { bytes: bytes.len() });
        }
        let note = str::from_utf8(bytes).ok().ok_or(NoteError::Text)?;
        check_characters(note)?;
        // The text may hold empty lines itself: the last one ends it.
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Layout)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Layout)?;
        let mut signatures = Vec::new();
        for (index, line) in lines.split('\n').enumerate() {
            if index >= NOTE_SIGNATURES_MAX {
                return Err(NoteError::Signatures);
            }
            let line_number = index.saturating_add(1);
            let signature = NoteSignature::parse(line);
            signatures.push(signature.ok_or(NoteError::SignatureLine { line: line_number })?);
        }
        Ok(Self {
            text: format!("{text}\n"),
            signatures,
        })
    }

    /// Verifies the signatures of trusted keys. Signatures of other keys are ignored, and so is a second signature
    /// of the same key.
    pub fn verify(self, keys: &TrustedKeys) -> Result<Note, NoteError> {
        let mut signers = Vec::new();
        let mut seen = BTreeSet::new();
        for NoteSignature {
            name,
            key_id,
            signature,
        } in self.signatures
        {
            let Some(key) = keys.find(&name, key_id) else {
                continue;
            };
            if !seen.insert((name.clone(), key_id)) {
                continue;
            }
            if !key.verify(self.text.as_bytes(), &signature) {
                return Err(NoteError::Signature { name });
            }
            signers.push((name, key_id));
        }
        if signers.is_empty() {
            return Err(NoteError::Untrusted);
        }
        Ok(Note {
            text: self.text,
            signers,
        })
    }

    /// The text, for parsers in this crate that hand out nothing before it is verified.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl Note {
    /// The text, ending with a line feed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The trusted keys that signed it, in the order of their signatures.
    pub fn signers(&self) -> &[(KeyName, NoteKeyId)] {
        &self.signers
    }
}

impl NoteSignature {
    fn parse(line: &str) -> Option<Self> {
        let (name, signature) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
        let bytes = BASE64.decode(signature).ok()?;
        let (key_id, signature) = bytes.split_first_chunk::<KEY_ID_BYTES>()?;
        (!signature.is_empty()).then_some(())?;
        Some(Self {
            name: name.parse().ok()?,
            key_id: NoteKeyId::from_bytes(*key_id),
            signature: signature.to_vec(),
        })
    }
}

/// Signs `text` with each of `signers`; the result is the note, byte for byte as it is published.
///
/// # Errors
/// [`NoteError::Text`] and [`NoteError::Layout`], if the text has control characters or does not end with a line
/// feed; [`NoteError::Signatures`] without signers or with too many; [`NoteError::DuplicateSigner`].
pub fn sign(text: &str, signers: &[&SignerKey]) -> Result<String, NoteError> {
    check_characters(text)?;
    if !text.ends_with('\n') {
        return Err(NoteError::Layout);
    }
    if signers.is_empty() || signers.len() > NOTE_SIGNATURES_MAX {
        return Err(NoteError::Signatures);
    }
    let mut note = format!("{text}\n");
    let mut seen = BTreeSet::new();
    for signer in signers {
        let key = signer.verifier();
        if !seen.insert((key.name(), key.id())) {
            return Err(NoteError::DuplicateSigner {
                name: key.name().clone(),
            });
        }
        let mut signature = key.id().to_bytes().to_vec();
        signature.extend_from_slice(&signer.sign(text.as_bytes()));
        let line = [
            SIGNATURE_PREFIX,
            key.name().as_str(),
            " ",
            &BASE64.encode(&signature),
            "\n",
        ];
        note.push_str(&line.concat());
    }
    if note.len() > NOTE_BYTES_MAX {
        return Err(NoteError::Length { bytes: note.len() });
    }
    Ok(note)
}

fn check_characters(text: &str) -> Result<(), NoteError> {
    if text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(NoteError::Text);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
