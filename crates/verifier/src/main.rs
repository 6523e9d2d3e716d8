//! `sabt-verify`: the auditor's program.

mod args;

use std::cell::Cell;
use std::io::{self, IsTerminal as _, Write as _};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use sabt_verifier::class::{EXIT_IO, EXIT_SOUND, EXIT_USAGE};
use sabt_verifier::{FAULTS_LISTED, Options, Progress, Source, TrustedLogs, verify};

use args::{Command, Request, UsageError};

/// How often the progress line is written.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    let code = match args::parse(env::args_os().skip(1)) {
        Ok(Command::Help) => print(&args::help(), EXIT_SOUND),
        Ok(Command::Version) => print(
            concat!("sabt-verify ", env!("CARGO_PKG_VERSION"), "\n"),
            EXIT_SOUND,
        ),
        Ok(Command::Verify(request)) => run(&request),
        Err(error) => complain(&format!("{error}\ntry --help"), EXIT_USAGE),
    };
    ExitCode::from(code)
}

/// Why the arguments are of no use although they could be parsed.
#[derive(Debug, thiserror::Error)]
enum SetupError {
    #[error("{path}: {source}")]
    File { path: String, source: io::Error },
    #[error(transparent)]
    Trust(#[from] sabt_verifier::TrustError),
    #[error(transparent)]
    Usage(#[from] UsageError),
    #[cfg(not(feature = "server"))]
    #[error("this build reads directories only, not servers")]
    NoNetwork,
}

fn run(request: &Request) -> u8 {
    let options = match options(request) {
        Ok(options) => options,
        Err(error) => return complain(&error.to_string(), EXIT_USAGE),
    };
    let outcome = verify(&options);
    if options.progress.is_some() {
        clear_progress();
    }
    match outcome {
        Ok(report) if request.json => print(&(report.to_json() + "\n"), report.exit_code()),
        Ok(report) => print(&format!("{report}\n"), report.exit_code()),
        Err(error) => complain(&error.to_string(), EXIT_IO),
    }
}

fn options(request: &Request) -> Result<Options, SetupError> {
    let mut trust = TrustedLogs::from_vkeys(log_keys(request)?.iter().map(String::as_str))?;
    if let Some(key) = &request.governance_key {
        trust = trust.with_governance_key(key)?;
    }
    let threads = request
        .threads
        .or_else(|| thread::available_parallelism().ok());
    Ok(Options {
        source: source(request)?,
        trust,
        threads: threads.unwrap_or(NonZeroUsize::MIN),
        faults_listed: request.faults.unwrap_or(FAULTS_LISTED),
        progress: progress(request),
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

fn clear_progress() {
    drop(write!(io::stderr(), "\r\x1b[K"));
}

/// Writes to standard output; gives back `code`, or that of an I/O error.
fn print(text: &str, code: u8) -> u8 {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => code,
        Err(_) => EXIT_IO,
    }
}

/// Writes to standard error; gives back `code`.
fn complain(text: &str, code: u8) -> u8 {
    // There is nowhere left to say that this failed; the exit code says that something did.
    drop(writeln!(io::stderr(), "sabt-verify: {text}"));
    code
}
