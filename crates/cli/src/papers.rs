//! Signed papers that go from hand to hand, grants and orders of erasure: a file holds one as base64, and a directory
//! keeps those that were made from it.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use sabt_domain::refusal::Refusal;

use crate::error::CliError;
use crate::files;

/// Papers of a directory that are listed at most; the newest are.
pub const LISTED_MAX: usize = 1_000;

/// A paper as text.
pub fn to_text(paper: &impl Message) -> String {
    STANDARD.encode(paper.encode_to_vec())
}

/// Reads a paper from a file, and what `open` says of it.
///
/// # Errors
/// [`CliError::File`] if it is missing, [`CliError::Content`] if it holds no `what`.
pub fn read<M: Message + Default, T>(
    path: &Path,
    what: &str,
    open: impl FnOnce(&M) -> Result<T, Refusal>,
) -> Result<(M, T), CliError> {
    let text = files::read_text(path)?;
    let read = || {
        let bytes = STANDARD.decode(text.trim()).ok()?;
        let paper = M::decode(bytes.as_slice()).ok()?;
        let says = open(&paper).ok()?;
        Some((paper, says))
    };
    read().ok_or_else(|| CliError::Content {
        path: path.to_owned(),
        problem: format!("does not hold {what}"),
    })
}

/// Files of a directory with one of these endings, the newest last, and whether there are more than are listed. None if
/// there is no such directory.
///
/// # Errors
/// [`CliError`] if the directory cannot be read.
pub fn newest(directory: &Path, endings: &[&str]) -> Result<(Vec<PathBuf>, bool), CliError> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok((Vec::new(), false)),
        Err(source) => return Err(CliError::path(directory)(source)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(CliError::path(directory))?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if ending.is_some_and(|ending| endings.contains(&ending)) {
            paths.push(path);
        }
    }
    // Identifiers begin with the time at which they were made.
    paths.sort();
    let more = LISTED_MAX < paths.len();
    paths.drain(..paths.len().saturating_sub(LISTED_MAX));
    Ok((paths, more))
}

/// What is wrong with a paper that the registry would not read, with fields named from `under` on.
pub fn problem(refusal: &Refusal, under: &str) -> String {
    refusal.violations().first().map_or_else(
        || refusal.message().to_owned(),
        |violation| {
            let field = violation.path.trim_start_matches(under);
            format!("{field} {}", violation.problem)
        },
    )
}
