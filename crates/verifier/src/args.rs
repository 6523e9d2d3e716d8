//! The command line of `sabt-verify`.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use sabt_verifier::class::exit_code_table;

/// What the program was asked to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Print the help page.
    Help,
    /// Print the version.
    Version,
    /// Verify.
    Verify(Box<Request>),
}

/// One verification, as asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    /// A data directory or an exported directory.
    pub(crate) directory: Option<PathBuf>,
    /// A running registry, `https://host:port`.
    pub(crate) server: Option<String>,
    /// Certificate authority of the server, PEM.
    pub(crate) ca: Option<PathBuf>,
    /// Client certificate, PEM.
    pub(crate) cert: Option<PathBuf>,
    /// Private key of the client certificate, PEM.
    pub(crate) key: Option<PathBuf>,
    /// Trusted log keys, each a vkey or a file of vkeys.
    pub(crate) log_keys: Vec<String>,
    /// Files of trusted log keys.
    pub(crate) log_key_files: Vec<PathBuf>,
    /// The governance key that must have founded the registry: 64 hexadecimal digits.
    pub(crate) governance_key: Option<String>,
    /// Worker threads; absent: one for each core.
    pub(crate) threads: Option<NonZeroUsize>,
    /// How many faults are listed.
    pub(crate) faults: Option<usize>,
    /// Write the report as JSON.
    pub(crate) json: bool,
    /// Show no progress.
    pub(crate) quiet: bool,
}

/// Why the arguments could not be understood.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UsageError {
    /// An unknown option, a missing or an extra value.
    #[error(transparent)]
    Syntax(#[from] lexopt::Error),
    /// Neither a directory nor a server was named, or both were.
    #[error("name one thing to verify: a directory, or --server")]
    NotOneSource,
    /// No log key was given.
    #[error(
        "give the log keys you trust with --log-key or --log-keys; a key that comes with the data proves nothing"
    )]
    NoLogKey,
    /// A server was named without the files that reach it.
    #[error("--server also needs --ca, --cert and --key")]
    ServerFiles,
}

/// Reads the arguments that follow the program's name.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, UsageError> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};

    let mut request = Request::default();
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Short('V') | Long("version") => return Ok(Command::Version),
            Long("log-key") => request.log_keys.push(parser.value()?.string()?),
            Long("log-keys") => request.log_key_files.push(parser.value()?.into()),
            Long("governance-key") => request.governance_key = Some(parser.value()?.string()?),
            Long("server") => request.server = Some(parser.value()?.string()?),
            Long("ca") => request.ca = Some(parser.value()?.into()),
            Long("cert") => request.cert = Some(parser.value()?.into()),
            Long("key") => request.key = Some(parser.value()?.into()),
            Long("threads") => request.threads = Some(parser.value()?.parse()?),
            Long("faults") => request.faults = Some(parser.value()?.parse()?),
            Long("json") => request.json = true,
            Short('q') | Long("quiet") => request.quiet = true,
            Value(path) if request.directory.is_none() => request.directory = Some(path.into()),
            Short(_) | Long(_) | Value(_) => return Err(argument.unexpected().into()),
        }
    }
    if request.directory.is_some() == request.server.is_some() {
        return Err(UsageError::NotOneSource);
    }
    if request.log_keys.is_empty() && request.log_key_files.is_empty() {
        return Err(UsageError::NoLogKey);
    }
    let files = [&request.ca, &request.cert, &request.key];
    if request.server.is_some() && files.iter().any(|file| file.is_none()) {
        return Err(UsageError::ServerFiles);
    }
    Ok(Command::Verify(Box::new(request)))
}

/// The help page.
pub(crate) fn help() -> String {
    format!(
        "\
sabt-verify {version}: verifies the ledgers of a Sabt registry without trusting its operator

usage:
  sabt-verify --log-keys FILE [options] DIRECTORY
  sabt-verify --log-keys FILE [options] --server https://HOST:PORT --ca FILE --cert FILE --key FILE

DIRECTORY is a registry's data directory (also while the registry runs) or what `sabt export` wrote.
It is only read. No personal data is read: payloads stay sealed.

trust:
  --log-key VKEY|FILE      a log key you trust (C2SP vkey); once for each ledger
  --log-keys FILE          a file of log keys, one a line
  --governance-key HEX     the governance key must be this one; otherwise it is shown for you to compare

server:
  --server URL             read from a running registry, role auditor
  --ca FILE                its certificate authority, PEM
  --cert FILE, --key FILE  your client certificate and its private key, PEM

output:
  --json                   the report as one JSON object
  --faults N               list at most N faults (default {faults}); all are counted
  --threads N              worker threads (default: one for each core)
  -q, --quiet              no progress
  -h, --help, -V, --version

exit codes; the first fault by position decides:
{table}",
        version = env!("CARGO_PKG_VERSION"),
        faults = sabt_verifier::FAULTS_LISTED,
        table = exit_code_table(),
    )
}

#[cfg(test)]
mod tests;
