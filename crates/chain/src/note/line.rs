//! The signature lines of a note.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{KeyName, NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX, NoteError, NoteKeyId};

/// An em dash and a space: what a signature line starts with.
const PREFIX: &str = "\u{2014} ";

/// A signature line: the name and id of a key, and what it signed with. Whether it verifies is not known.
///
/// Its text form ends with a line feed, as in a note and in the answer of a witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine {
    name: KeyName,
    key_id: NoteKeyId,
    signature: Vec<u8>,
}

impl SignatureLine {
    pub(super) const fn new(name: KeyName, key_id: NoteKeyId, signature: Vec<u8>) -> Self {
        Self {
            name,
            key_id,
            signature,
        }
    }

    /// Parses one or more lines, each with its line feed and nothing else between or after them: what a witness
    /// answers (C2SP tlog-witness).
    ///
    /// # Errors
    /// [`NoteError::Length`], [`NoteError::Text`], [`NoteError::Layout`] if the last line has no end or there is
    /// none, [`NoteError::Signatures`] and [`NoteError::SignatureLine`].
    pub fn parse_all(bytes: &[u8]) -> Result<Vec<Self>, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::Length { bytes: bytes.len() });
        }
        let text = str::from_utf8(bytes).ok().ok_or(NoteError::Text)?;
        super::check_characters(text)?;
        Self::parse_lines(text)
    }

    /// Parses the lines of `text`, whose characters have been checked.
    pub(super) fn parse_lines(text: &str) -> Result<Vec<Self>, NoteError> {
        let lines = text.strip_suffix('\n').ok_or(NoteError::Layout)?;
        let mut signatures = Vec::new();
        for (index, line) in lines.split('\n').enumerate() {
            if index >= NOTE_SIGNATURES_MAX {
                return Err(NoteError::Signatures);
            }
            let line_number = index.saturating_add(1);
            let signature = Self::parse(line);
            signatures.push(signature.ok_or(NoteError::SignatureLine { line: line_number })?);
        }
        Ok(signatures)
    }

    /// Parses one line without its end.
    fn parse(line: &str) -> Option<Self> {
        let (name, signature) = line.strip_prefix(PREFIX)?.split_once(' ')?;
        let bytes = BASE64.decode(signature).ok()?;
        let (key_id, signature) = bytes.split_first_chunk::<{ NoteKeyId::BYTES }>()?;
        (!signature.is_empty()).then_some(())?;
        Some(Self {
            name: name.parse().ok()?,
            key_id: NoteKeyId::from_bytes(*key_id),
            signature: signature.to_vec(),
        })
    }

    /// Name of the key.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// Id of the key; a name and an id together tell which key it is, and which type of signature.
    pub const fn key_id(&self) -> NoteKeyId {
        self.key_id
    }

    pub(super) fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Whether both are lines of one key.
    pub(super) fn is_of_same_key(&self, other: &Self) -> bool {
        self.key_id == other.key_id && self.name == other.name
    }
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.as_bytes(), self.signature.as_slice()].concat();
        writeln!(f, "{PREFIX}{} {}", self.name, BASE64.encode(bytes))
    }
}
