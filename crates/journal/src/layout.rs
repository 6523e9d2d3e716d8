//! The names in a ledger's directory, each parsed once into a type.

use sabt_chain::Position;

/// The prepared next segment: full length, zeros, not yet in use.
pub(crate) const SPARE_NAME: &str = "spare";
/// Space that is given up when the disk is full, so that small files can still be written.
pub(crate) const RESERVE_NAME: &str = "reserve";
/// The list of payloads whose erasure has begun.
pub(crate) const INTENT_NAME: &str = "erasing";
/// The same list while it is being written.
pub(crate) const INTENT_TEMPORARY_NAME: &str = "erasing.tmp";

/// A file that is being written and takes its name when it is whole; a leftover is written anew.
pub(crate) const COPYING_NAME: &str = "copying";

const DIGEST_SUFFIX: &str = ".digest";
const SEGMENT_SUFFIX: &str = ".seg";
const SEGMENT_DIGITS: usize = 20;

/// What a file name means to the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileName {
    /// A segment that begins with this position.
    Segment(Position),
    /// Ends like a segment but is none: somebody's copy. Guessing what it is would be a silent repair.
    Stray,
    /// Not the journal's business.
    Other,
}

impl FileName {
    pub(crate) fn parse(name: &str) -> Self {
        let Some(digits) = name.strip_suffix(SEGMENT_SUFFIX) else {
            return Self::Other;
        };
        let canonical =
            digits.len() == SEGMENT_DIGITS && digits.bytes().all(|digit| digit.is_ascii_digit());
        match digits.parse::<u64>() {
            Ok(first) if canonical => Self::Segment(Position::new(first)),
            Ok(_) | Err(_) => Self::Stray,
        }
    }
}

/// The file name of the segment that begins with this position: 20 digits, so that names sort as positions do.
pub(crate) fn segment_name(first: Position) -> String {
    format!("{:0SEGMENT_DIGITS$}{SEGMENT_SUFFIX}", first.get())
}

/// The file that holds the digest of the sealed segment that begins with this position.
pub(crate) fn digest_name(first: Position) -> String {
    format!("{:0SEGMENT_DIGITS$}{DIGEST_SUFFIX}", first.get())
}

#[cfg(test)]
mod tests;
