//! From the command line to what the library is asked.

use std::cell::Cell;
use std::io::{self, IsTerminal as _, Write as _};
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, thread};

use sabt_verifier::{FAULTS_LISTED, Options, Progress, Source, TrustedLogs};

use crate::args::{Request, UsageError};

/// How often the progress line is written.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);

/// Why the arguments are of no use although they could be parsed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetupError {
    /// A file named on the command line cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The log keys cannot be trusted logs.
    #[error(transparent)]
    Trust(#[from] sabt_verifier::TrustError),
    /// Arguments do not go together.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// This build has no network code.
    #[cfg(not(feature = "server"))]
    #[error("this build reads directories only, not servers")]
    NoNetwork,
}

/// What a request asks for, with its files read.
pub(crate) fn options(request: &Request) -> Result<Options, SetupError> {
    let mut trust = TrustedLogs::from_vkeys(log_keys(request)?.iter().map(String::as_str))?;
    if let Some(key) = &request.governance_key {
        trust = trust.with_governance_key(key)?;
    }
    let threads = request
        .threads
        .or_else(|| thread::available_parallelism().ok());
    Ok(Options {
        threads: threads.unwrap_or(NonZeroUsize::MIN),
        faults_listed: request.faults.unwrap_or(FAULTS_LISTED),
        progress: progress(request),
        ..Options::new(source(request)?, trust)
    })
}

/// The log keys given directly and those in files, one a line; empty lines and lines that start with `#` do not count.
fn log_keys(request: &Request) -> Result<Vec<String>, SetupError> {
    let mut keys = Vec::new();
    for key in &request.log_keys {
        // A vkey has two plus signs; whatever has not is a file.
        if 2 <= key.matches('+').count() && !Path::new(key).exists() {
            keys.push(key.clone());
        } else {
            keys.extend(lines(Path::new(key))?);
        }
    }
    for file in &request.log_key_files {
        keys.extend(lines(file)?);
    }
    Ok(keys)
}

fn lines(file: &Path) -> Result<Vec<String>, SetupError> {
    let text = fs::read_to_string(file).map_err(|source| unreadable(file, source))?;
    let lines = text.lines().map(str::trim);
    Ok(lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect())
}

fn source(request: &Request) -> Result<Source, SetupError> {
    if let Some(directory) = &request.directory {
        return Ok(Source::Directory(directory.clone()));
    }
    server(request)
}

#[cfg(feature = "server")]
fn server(request: &Request) -> Result<Source, SetupError> {
    let read = |file: &Option<std::path::PathBuf>| {
        let file = file.as_deref().ok_or(UsageError::ServerFiles)?;
        fs::read(file).map_err(|source| unreadable(file, source))
    };
    Ok(Source::Server(sabt_verifier::ServerAddress {
        url: request.server.clone().ok_or(UsageError::NotOneSource)?,
        ca: read(&request.ca)?,
        certificate: read(&request.cert)?,
        key: read(&request.key)?,
    }))
}

#[cfg(not(feature = "server"))]
fn server(_request: &Request) -> Result<Source, SetupError> {
    Err(SetupError::NoNetwork)
}

fn unreadable(file: &Path, source: io::Error) -> SetupError {
    SetupError::File {
        path: file.display().to_string(),
        source,
    }
}

/// A progress line on standard error, if somebody is watching.
fn progress(request: &Request) -> Option<Box<dyn Fn(Progress)>> {
    if request.quiet || !io::stderr().is_terminal() {
        return None;
    }
    let shown = Cell::new(Instant::now());
    Some(Box::new(move |progress| {
        if shown.get().elapsed() < PROGRESS_INTERVAL {
            return;
        }
        shown.set(Instant::now());
        let Progress {
            ledger,
            anchors,
            records,
            signed,
        } = progress;
        let pass = if anchors { " (anchors)" } else { "" };
        let of = signed.map(|size| format!(" of {size}")).unwrap_or_default();
        // Progress is a courtesy: if it cannot be shown, the verification goes on.
        drop(write!(
            io::stderr(),
            "\r\x1b[K{ledger}{pass}: {records}{of} records"
        ));
    }))
}

/// Takes the progress line away.
pub(crate) fn clear_progress() {
    drop(write!(io::stderr(), "\r\x1b[K"));
}

#[cfg(test)]
mod tests;
