//! What can come of asking a witness.

use std::time::Duration;

use sabt_chain::Size;
use sabt_chain::checkpoint::CheckpointError;
use sabt_chain::note::{KeyName, NoteError};

/// Most characters of a witness's own words that are passed on.
const EXCERPT_CHARS_MAX: usize = 200;

/// Why there is no cosignature, or no checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// The witness remembers a tree of another size than the proof starts from (409): prove from there.
    #[error("the witness remembers a tree of {size} leaves")]
    Conflict {
        /// What it remembers.
        size: Size,
    },
    /// The same, but the witness does not say what it remembers; [`super::WitnessClient::latest`] may tell.
    #[error("the witness remembers another size than the proof starts from, but not which{}", said(.text))]
    ConflictUnsized {
        /// Its words.
        text: String,
    },
    /// The checkpoint does not continue what the witness remembers (422): two histories were signed, or the proof is
    /// wrong. A person has to look.
    #[error("the checkpoint does not continue the tree that the witness remembers{}", said(.text))]
    Fork {
        /// Its words.
        text: String,
    },
    /// The witness does not know the log (404); its operator has to add the log's key.
    #[error("the witness does not know this log; its operator has to add the log's verifier key")]
    UnknownLog,
    /// The witness cannot now (429 or 5xx): ask again later.
    #[error("the witness cannot answer now (status {status})")]
    Busy {
        /// Status of the answer.
        status: u16,
        /// When it wants to be asked again, if it says so.
        retry_after: Option<Duration>,
    },
    /// The request is larger than the witness takes (413).
    #[error(
        "the request is larger than the witness takes; a checkpoint is sent without the lines of others"
    )]
    TooLarge,
    /// The witness refuses otherwise. 403 means that it does not trust the key that signed, or does not know the log.
    #[error("the witness refuses (status {status}){}", said(.text))]
    Refused {
        /// Status of the answer.
        status: u16,
        /// Its words.
        text: String,
    },
    /// The answer is larger than any that makes sense.
    #[error("the witness answers with more than {limit} bytes")]
    AnswerTooLarge {
        /// Most bytes that are read.
        limit: u64,
    },
    /// There is no connection, it broke, or it took too long.
    #[error("the witness cannot be reached: {0}")]
    Transport(#[source] Box<ureq::Error>),
    /// The answer is not made of signature lines.
    #[error("the witness answers with what are no signature lines: {0}")]
    Lines(#[source] NoteError),
    /// The cosignature does not verify with the key of the witness.
    #[error("the witness answers with a false cosignature: {0}")]
    BadSignature(#[source] NoteError),
    /// There is no cosignature of the witness in the answer.
    #[error(
        "the answer holds no cosignature by the key of {witness}: is it the key of this witness?"
    )]
    NoCosignature {
        /// Name of the key that was expected.
        witness: KeyName,
    },
    /// The witness hands out what is no checkpoint of the log.
    #[error("the witness hands out a checkpoint that cannot be trusted: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The witness hands out a checkpoint of another log.
    #[error("the witness hands out a checkpoint of {origin}, which was not asked for")]
    Origin {
        /// The log.
        origin: KeyName,
    },
}

impl From<ureq::Error> for WitnessError {
    fn from(error: ureq::Error) -> Self {
        if let ureq::Error::BodyExceedsLimit(limit) = error {
            Self::AnswerTooLarge { limit }
        } else {
            Self::Transport(Box::new(error))
        }
    }
}

/// The beginning of what a witness says, fit to be shown: no control characters, no line ends.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim().chars().take(EXCERPT_CHARS_MAX);
    text.map(|char| if char.is_control() { ' ' } else { char })
        .collect()
}

/// What the witness said, as the end of a sentence.
fn said(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!(": \"{text}\"")
    }
}
