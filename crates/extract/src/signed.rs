//! Signing an extract, and reading one that was signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use prost::Message as _;
use sabt_chain::note::{self, Note, NoteError, SignerKey, TrustedKeys, UnverifiedNote};
use sabt_chain::{LedgerName, Origin, OriginError};
use sabt_proto::extract::v1::{Extract, SignedExtract};
use sha2::{Digest as _, Sha256};

use crate::{EXTRACT_BYTES_MAX, FORM, SIGNED_BYTES_MAX};

/// First line of the text that is signed. It has spaces, so no checkpoint, whose first line is an origin, can ever be
/// taken for it, nor it for one.
const HEADER: &str = "sabt extract v1";

/// An extract as it was received: nothing of it can be read before [`UnverifiedExtract::verify`].
#[derive(Debug, Clone)]
pub struct UnverifiedExtract {
    signed: SignedExtract,
}

/// An extract that a trusted key of its registry's events log has signed, in canonical form.
#[derive(Debug, Clone)]
pub struct VerifiedExtract {
    signed: SignedExtract,
    extract: Extract,
    origin: Origin,
    note: Note,
}

/// Why an extract is refused, or cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtractError {
    /// Longer than [`EXTRACT_BYTES_MAX`].
    #[error("an extract has at most {EXTRACT_BYTES_MAX} bytes, this one has {bytes}")]
    Length {
        /// Its length.
        bytes: usize,
    },
    /// The bytes are not an extract with its note.
    #[error("these bytes are not a signed extract")]
    Signed,
    /// The note is malformed, or no trusted key signed it, or a signature is forged.
    #[error("the signature of the extract is refused")]
    Note(#[from] NoteError),
    /// What was signed is another document, or the extract of another registry.
    #[error("what was signed is another document than this one")]
    OtherDocument,
    /// Trusted keys signed it, but none of them is one of the registry's events log.
    #[error("no trusted key of {origin} signed the extract")]
    NotByLog {
        /// Origin of the events ledger that the extract states.
        origin: String,
    },
    /// The document is not a message of this contract, or states no registry.
    #[error("the signed document is not an extract")]
    Document,
    /// The registry's name cannot stand in an origin.
    #[error("the extract states no registry: {0}")]
    Registry(#[from] OriginError),
    /// The bytes are not those that this program would write: it may be older than the extract.
    #[error(
        "the extract is not in its canonical form, or has fields that this program does not know"
    )]
    NotCanonical,
    /// It is to be printed in a form that this program does not know.
    #[error("the extract is of form {form}; this program knows form {FORM}")]
    Form {
        /// The form stated.
        form: u32,
    },
}

/// The text that is signed for an extract of the registry with this events ledger.
pub fn note_text(events: &Origin, extract: &[u8]) -> String {
    let digest = BASE64.encode(digest(extract));
    format!("{HEADER}\n{}\n{digest}\n", events.as_str())
}

/// SHA-256 of an extract's bytes, which stands in the note and on the page.
pub fn digest(extract: &[u8]) -> [u8; 32] {
    Sha256::digest(extract).into()
}

/// Signs an extract with the keys of the events log that are in force.
///
/// # Errors
/// [`ExtractError::Length`]; [`ExtractError::Registry`]; [`ExtractError::NotByLog`] if none of the keys is one of the
/// log; [`ExtractError::Note`].
pub fn sign(extract: &Extract, signers: &[&SignerKey]) -> Result<SignedExtract, ExtractError> {
    let origin = Origin::new(&extract.registry, LedgerName::Events)?;
    let bytes = extract.encode_to_vec();
    if EXTRACT_BYTES_MAX < bytes.len() {
        return Err(ExtractError::Length { bytes: bytes.len() });
    }
    let of_log = |signer: &&SignerKey| signer.verifier().name().as_str() == origin.as_str();
    if !signers.iter().any(of_log) {
        let origin = origin.as_str().to_owned();
        return Err(ExtractError::NotByLog { origin });
    }
    let note = note::sign(&note_text(&origin, &bytes), signers)?;
    Ok(SignedExtract {
        extract: bytes,
        note,
    })
}

impl UnverifiedExtract {
    /// Parses a serialised [`SignedExtract`].
    ///
    /// # Errors
    /// [`ExtractError::Length`], [`ExtractError::Signed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ExtractError> {
        if SIGNED_BYTES_MAX < bytes.len() {
            return Err(ExtractError::Length { bytes: bytes.len() });
        }
        let signed = SignedExtract::decode(bytes).ok();
        let signed = signed.filter(|signed| signed.encode_to_vec() == bytes);
        Self::new(signed.ok_or(ExtractError::Signed)?)
    }

    /// Takes an extract and its note.
    ///
    /// # Errors
    /// [`ExtractError::Length`].
    pub fn new(signed: SignedExtract) -> Result<Self, ExtractError> {
        let bytes = signed.extract.len();
        if EXTRACT_BYTES_MAX < bytes {
            return Err(ExtractError::Length { bytes });
        }
        Ok(Self { signed })
    }

    /// Checks the signature, that it is over this document, and the document's form.
    ///
    /// # Errors
    /// [`ExtractError`].
    pub fn verify(self, keys: &TrustedKeys) -> Result<VerifiedExtract, ExtractError> {
        let bytes = self.signed.extract.as_slice();
        let note = UnverifiedNote::parse(self.signed.note.as_bytes())?.verify(keys)?;
        let stated = note.text().strip_prefix(HEADER);
        let (origin, _digest) = stated
            .and_then(|rest| rest.strip_prefix('\n')?.split_once('\n'))
            .ok_or(ExtractError::OtherDocument)?;
        let origin: Origin = origin.parse()?;
        if origin.ledger() != LedgerName::Events || note.text() != note_text(&origin, bytes) {
            return Err(ExtractError::OtherDocument);
        }
        let mut signers = note.signers().iter();
        if !signers.any(|(name, _id)| name.as_str() == origin.as_str()) {
            let origin = origin.as_str().to_owned();
            return Err(ExtractError::NotByLog { origin });
        }
        let extract = read(bytes)?;
        if extract.registry != origin.registry() {
            return Err(ExtractError::OtherDocument);
        }
        Ok(VerifiedExtract {
            extract,
            origin,
            note,
            signed: self.signed,
        })
    }
}

/// Reads a document in its canonical form.
pub(crate) fn read(bytes: &[u8]) -> Result<Extract, ExtractError> {
    let extract = Extract::decode(bytes).map_err(|_malformed| ExtractError::Document)?;
    if extract.form != FORM {
        return Err(ExtractError::Form { form: extract.form });
    }
    if extract.encode_to_vec() != bytes {
        return Err(ExtractError::NotCanonical);
    }
    Ok(extract)
}

impl VerifiedExtract {
    /// What it says.
    pub const fn extract(&self) -> &Extract {
        &self.extract
    }

    /// The bytes and the note.
    pub const fn signed(&self) -> &SignedExtract {
        &self.signed
    }

    /// Origin of the events ledger whose log signed it.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The note.
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// SHA-256 of the document.
    pub fn digest(&self) -> [u8; 32] {
        digest(&self.signed.extract)
    }
}

#[cfg(test)]
mod tests;
