//! Signed notes (C2SP signed-note): a text and the signatures of named keys.
//!
//! Two types of signature are made and verified: 0x01, Ed25519 over the text ([`SignerKey`], [`VerifierKey`]), and
//! 0x04, the timestamped cosignatures of witnesses over checkpoints ([`CosignerKey`], [`WitnessKey`]). Signatures of
//! other types are carried along as unknown.

mod cosignature;
mod ed25519;
mod keys;
mod line;

pub use cosignature::{CosignatureTime, Cosigner, CosignerKey, WitnessKey};
pub use keys::{
    KeyName, KeyNameError, NoteKeyError, NoteKeyId, SignerKey, TrustedKeys, VerifierKey,
};
pub use line::SignatureLine;

use std::collections::BTreeSet;
use std::fmt;

/// Longest note in bytes, as in the Go implementation: 100 post-quantum signatures of 3.3 KB in base64 fit.
pub const NOTE_BYTES_MAX: usize = 1_000_000;

/// Most signatures on a note, as in the Go implementation; the specification asks for at least 16.
pub const NOTE_SIGNATURES_MAX: usize = 100;

/// A note as it was received. Nothing of its text can be read before [`UnverifiedNote::verify`]. Its text form is
/// byte for byte what was parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedNote {
    text: String,
    signatures: Vec<SignatureLine>,
}

/// A note of which at least one signature is that of a trusted key, and none is a forgery of a trusted key's. Its
/// text form is byte for byte what was parsed, signatures of unknown keys included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<SignatureLine>,
    signers: Vec<(KeyName, NoteKeyId)>,
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
        let signatures = SignatureLine::parse_lines(lines)?;
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
        for line in &self.signatures {
            let (name, key_id) = (line.name(), line.key_id());
            let Some(key) = keys.find(name, key_id) else {
                continue;
            };
            if !seen.insert((name, key_id)) {
                continue;
            }
            if !key.verify(self.text.as_bytes(), line.signature()) {
                return Err(NoteError::Signature { name: name.clone() });
            }
            signers.push((name.clone(), key_id));
        }
        if signers.is_empty() {
            return Err(NoteError::Untrusted);
        }
        Ok(Note {
            text: self.text,
            signatures: self.signatures,
            signers,
        })
    }

    /// Those of `witnesses` that have cosigned the note, as [`Note::cosigners`] tells them.
    pub(crate) fn cosigners<'a>(
        &self,
        witnesses: impl IntoIterator<Item = &'a WitnessKey>,
    ) -> Result<Vec<Cosigner>, NoteError> {
        cosigners(&self.text, &self.signatures, witnesses)
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

    /// The note with the signatures of [`Self::signers`] alone: whoever hands a note on could add any others. Of a key
    /// that signed twice, the line that was verified: its first.
    pub fn signed_text(&self) -> String {
        let lines = self.signers.iter().filter_map(|(name, id)| {
            let of_signer = |line: &&SignatureLine| line.key_id() == *id && line.name() == name;
            self.signatures.iter().find(of_signer)
        });
        lines.fold(format!("{}\n", self.text), |note, line| {
            note + &line.to_string()
        })
    }

    /// Those of `witnesses` that have cosigned the note, in the order of the lines; a second line of the same key is
    /// not looked at.
    ///
    /// # Errors
    /// [`NoteError::Signature`], if a cosignature of one of them does not verify: such a note is refused as a whole.
    pub fn cosigners<'a>(
        &self,
        witnesses: impl IntoIterator<Item = &'a WitnessKey>,
    ) -> Result<Vec<Cosigner>, NoteError> {
        cosigners(&self.text, &self.signatures, witnesses)
    }
}

/// Those of `witnesses` that have cosigned `text`.
fn cosigners<'a>(
    text: &str,
    signatures: &[SignatureLine],
    witnesses: impl IntoIterator<Item = &'a WitnessKey>,
) -> Result<Vec<Cosigner>, NoteError> {
    let witnesses: Vec<_> = witnesses.into_iter().collect();
    let mut cosigners: Vec<Cosigner> = Vec::new();
    for line in signatures {
        let (name, key_id) = (line.name(), line.key_id());
        let seen = |cosigner: &Cosigner| cosigner.key_id == key_id && cosigner.name == *name;
        if cosigners.iter().any(seen) {
            continue;
        }
        for witness in &witnesses {
            if let Some(cosigner) = witness.verify(text, line)? {
                cosigners.push(cosigner);
                break;
            }
        }
    }
    Ok(cosigners)
}

impl fmt::Display for UnverifiedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_note(f, &self.text, &self.signatures)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_note(f, &self.text, &self.signatures)
    }
}

fn write_note(f: &mut fmt::Formatter<'_>, text: &str, signatures: &[SignatureLine]) -> fmt::Result {
    writeln!(f, "{text}")?;
    signatures.iter().try_for_each(|line| write!(f, "{line}"))
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
        let signature = signer.sign(text.as_bytes()).to_vec();
        let line = SignatureLine::new(key.name().clone(), key.id(), signature);
        note.push_str(&line.to_string());
    }
    if note.len() > NOTE_BYTES_MAX {
        return Err(NoteError::Length { bytes: note.len() });
    }
    Ok(note)
}

/// Adds signature lines to a published note: its text and the lines that it has stay as they are, byte for byte. A
/// line of a key that has one already is left out, whatever it holds: no note has two lines of one name and key id.
///
/// Nothing is verified here: the caller adds what it has verified.
///
/// # Errors
/// What [`UnverifiedNote::parse`] says of `note`; [`NoteError::Signatures`] and [`NoteError::Length`], if the lines
/// do not fit.
pub fn add_signatures(note: &str, lines: &[SignatureLine]) -> Result<String, NoteError> {
    let mut merged = UnverifiedNote::parse(note.as_bytes())?;
    for line in lines {
        if !merged
            .signatures
            .iter()
            .any(|known| known.is_of_same_key(line))
        {
            merged.signatures.push(line.clone());
        }
    }
    if merged.signatures.len() > NOTE_SIGNATURES_MAX {
        return Err(NoteError::Signatures);
    }
    let note = merged.to_string();
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
