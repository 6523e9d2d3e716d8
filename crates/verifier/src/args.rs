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
    /// Verify a registry.
    Verify(Box<Request>),
    /// Verify the proof of one record.
    Proof(Box<ProofArguments>),
    /// Verify a subject extract.
    Extract(Box<ExtractArguments>),
}

/// One verification, as asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    /// A data directory or an exported directory.
    pub(crate) directory: Option<PathBuf>,
    /// A running registry's gRPC address, `https://host:port`.
    pub(crate) server: Option<String>,
    /// A registry's endpoint for auditors, `https://host:port`.
    pub(crate) audit_url: Option<String>,
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
    /// Policy file: which witnesses must have cosigned.
    pub(crate) policy: Option<PathBuf>,
    /// Checkpoints seen before, one file each.
    pub(crate) since: Vec<PathBuf>,
    /// The auditor's own memory between two verifications.
    pub(crate) state: Option<PathBuf>,
    /// Directory for temporary files.
    pub(crate) scratch: Option<PathBuf>,
    /// Worker threads; absent: one for each core.
    pub(crate) threads: Option<NonZeroUsize>,
    /// How many faults are listed.
    pub(crate) faults: Option<usize>,
    /// Write the report as JSON.
    pub(crate) json: bool,
    /// Show no progress.
    pub(crate) quiet: bool,
}

/// One proof to verify, as asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ProofArguments {
    /// The proof of the record.
    pub(crate) proof: PathBuf,
    /// Trusted log keys, each a vkey or a file of vkeys.
    pub(crate) log_keys: Vec<String>,
    /// Files of trusted log keys.
    pub(crate) log_key_files: Vec<PathBuf>,
    /// Policy file: which witnesses must have cosigned.
    pub(crate) policy: Option<PathBuf>,
    /// The link on the receipt, 64 hexadecimal digits.
    pub(crate) link: Option<String>,
    /// The proof of the anchor.
    pub(crate) anchor: Option<PathBuf>,
    /// The anchor's payload.
    pub(crate) anchor_payload: Option<PathBuf>,
    /// Write the report as JSON.
    pub(crate) json: bool,
}

/// One subject extract to verify, as asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ExtractArguments {
    /// The page.
    pub(crate) page: PathBuf,
    /// Trusted log keys, each a vkey or a file of vkeys.
    pub(crate) log_keys: Vec<String>,
    /// Files of trusted log keys.
    pub(crate) log_key_files: Vec<PathBuf>,
    /// Policy file: which witnesses must have cosigned.
    pub(crate) policy: Option<PathBuf>,
    /// Write the report as JSON.
    pub(crate) json: bool,
}

/// Why the arguments could not be understood.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UsageError {
    /// An unknown option, a missing or an extra value.
    #[error(transparent)]
    Syntax(#[from] lexopt::Error),
    /// Neither a directory nor a server was named, or both were.
    #[error("name one thing to verify: a directory, --audit-url or --server")]
    NotOneSource,
    /// No proof was named.
    #[error("name the proof to verify, a file FILE.tlog-proof")]
    NoProof,
    /// No extract was named.
    #[error("name the extract to verify, the HTML file that `sabt extract` wrote")]
    NoExtract,
    /// One of the two files of an anchor is missing.
    #[error("--anchor and --anchor-payload go together")]
    AnchorFiles,
    /// No log key was given.
    #[error(
        "give the log keys you trust with --log-key or --log-keys; a key that comes with the data proves nothing"
    )]
    NoLogKey,
    /// A server was named without the files that reach it.
    #[error("--audit-url and --server also need --ca, --cert and --key")]
    ServerFiles,
}

/// Reads the arguments that follow the program's name.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, UsageError> {
    let mut arguments = arguments.into_iter().peekable();
    let parser = |arguments: &mut dyn Iterator<Item = OsString>| {
        lexopt::Parser::from_args(arguments.collect::<Vec<_>>())
    };
    if arguments.next_if(|first| first == "proof").is_some() {
        parse_proof(parser(&mut arguments))
    } else if arguments.next_if(|first| first == "extract").is_some() {
        parse_extract(parser(&mut arguments))
    } else {
        parse_verify(parser(&mut arguments))
    }
}

fn parse_verify(mut parser: lexopt::Parser) -> Result<Command, UsageError> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};

    let mut request = Request::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Short('V') | Long("version") => return Ok(Command::Version),
            Long("log-key") => request.log_keys.push(parser.value()?.string()?),
            Long("log-keys") => request.log_key_files.push(parser.value()?.into()),
            Long("governance-key") => request.governance_key = Some(parser.value()?.string()?),
            Long("policy") => request.policy = Some(parser.value()?.into()),
            Long("since") => request.since.push(parser.value()?.into()),
            Long("state") => request.state = Some(parser.value()?.into()),
            Long("scratch") => request.scratch = Some(parser.value()?.into()),
            Long("server") => request.server = Some(parser.value()?.string()?),
            Long("audit-url") => request.audit_url = Some(parser.value()?.string()?),
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
    let addresses = [&request.server, &request.audit_url];
    let over_network = addresses.iter().filter(|address| address.is_some()).count();
    if over_network + usize::from(request.directory.is_some()) != 1 {
        return Err(UsageError::NotOneSource);
    }
    if request.log_keys.is_empty() && request.log_key_files.is_empty() {
        return Err(UsageError::NoLogKey);
    }
    let files = [&request.ca, &request.cert, &request.key];
    if over_network == 1 && files.iter().any(|file| file.is_none()) {
        return Err(UsageError::ServerFiles);
    }
    Ok(Command::Verify(Box::new(request)))
}

fn parse_proof(mut parser: lexopt::Parser) -> Result<Command, UsageError> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};

    let mut request = ProofArguments::default();
    let mut proof = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("log-key") => request.log_keys.push(parser.value()?.string()?),
            Long("log-keys") => request.log_key_files.push(parser.value()?.into()),
            Long("policy") => request.policy = Some(parser.value()?.into()),
            Long("link") => request.link = Some(parser.value()?.string()?),
            Long("anchor") => request.anchor = Some(parser.value()?.into()),
            Long("anchor-payload") => request.anchor_payload = Some(parser.value()?.into()),
            Long("json") => request.json = true,
            Value(path) if proof.is_none() => proof = Some(path.into()),
            Short(_) | Long(_) | Value(_) => return Err(argument.unexpected().into()),
        }
    }
    request.proof = proof.ok_or(UsageError::NoProof)?;
    if request.log_keys.is_empty() && request.log_key_files.is_empty() {
        return Err(UsageError::NoLogKey);
    }
    if request.anchor.is_some() != request.anchor_payload.is_some() {
        return Err(UsageError::AnchorFiles);
    }
    Ok(Command::Proof(Box::new(request)))
}

fn parse_extract(mut parser: lexopt::Parser) -> Result<Command, UsageError> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};

    let mut request = ExtractArguments::default();
    let mut page = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("log-key") => request.log_keys.push(parser.value()?.string()?),
            Long("log-keys") => request.log_key_files.push(parser.value()?.into()),
            Long("policy") => request.policy = Some(parser.value()?.into()),
            Long("json") => request.json = true,
            Value(path) if page.is_none() => page = Some(path.into()),
            Short(_) | Long(_) | Value(_) => return Err(argument.unexpected().into()),
        }
    }
    request.page = page.ok_or(UsageError::NoExtract)?;
    if request.log_keys.is_empty() && request.log_key_files.is_empty() {
        return Err(UsageError::NoLogKey);
    }
    Ok(Command::Extract(Box::new(request)))
}

/// The help page.
pub(crate) fn help() -> String {
    format!(
        "\
sabt-verify {version}: verifies the ledgers of a Sabt registry without trusting its operator

usage:
  sabt-verify --log-keys FILE [options] DIRECTORY
  sabt-verify --log-keys FILE [options] --audit-url https://HOST:PORT --ca FILE --cert FILE --key FILE
  sabt-verify proof FILE.tlog-proof --log-keys FILE [proof options]
  sabt-verify extract FILE.html --log-keys FILE [--policy FILE] [--json]

DIRECTORY is a registry's data directory (also while the registry runs), what `sabt export` wrote, or what
`sabt export --tiles` wrote. It is only read. No personal data is read: payloads stay sealed. Tiles hold no sealed
payloads, so that these cannot be compared with their digests.

An extract is what `sabt extract` wrote for a person. Its signature, every record in it and what is printed are verified
from the file alone; that nothing is left out is the registry's word.

trust:
  --log-key VKEY|FILE      a log key you trust (C2SP vkey); once for each ledger. Keys that later took their place
                           are found in the events ledger. Keys of a registry that this one succeeds may follow
  --log-keys FILE          a file of log keys, one a line
  --governance-key HEX     the governance key must be this one; otherwise it is shown for you to compare
  --policy FILE            which witnesses must have cosigned the checkpoints (C2SP tlog-policy)
  --since FILE             a checkpoint, of either ledger, seen before: the ledger must continue it; repeatable

what was verified before:
  --state FILE             your own memory: verifies only what is new, and that it continues what FILE remembers;
                           an interrupted verification goes on where it stopped

over the network, as an auditor:
  --audit-url URL          a registry's endpoint for auditors (tiles)
  --server URL             its gRPC address: slower, with payloads
  --ca FILE                its certificate authority, PEM
  --cert FILE, --key FILE  your client certificate and its private key, PEM

proof options; also --log-key, --log-keys, --policy, --json:
  --link HEX               the proof must be of the record with this link, as on the receipt
  --anchor FILE.tlog-proof --anchor-payload FILE
                           the proof's checkpoint is anchored in the other ledger; --policy applies to the latter

output:
  --json                   the report as one JSON object
  --faults N               list at most N faults (default {faults}); all are counted
  --threads N              worker threads (default: one for each core)
  --scratch DIR            for temporary files (default: the system's directory)
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
