//! From the command line to what the library is asked.

use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::{fs, thread};

use sabt_chain::LedgerName;
use sabt_chain::checkpoint::UnverifiedCheckpoint;
use sabt_chain::note::{NoteKeyError, TrustedKeys, VerifierKey};
use sabt_chain::policy::{Policy, PolicyError};
use sabt_verifier::extract::ExtractRequest;
use sabt_verifier::proof::{AnchorProof, ProofRequest};
#[cfg(feature = "server")]
use sabt_verifier::{AuditEndpoint, ServerAddress};
use sabt_verifier::{FAULTS_LISTED, Options, Source, TrustedLogs};

use crate::args::{ExtractArguments, ProofArguments, Request, UsageError};
use crate::progress;

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
    /// A policy cannot be used.
    #[error("{path}: {source}")]
    Policy {
        /// The file.
        path: String,
        /// What is wrong with it.
        source: PolicyError,
    },
    /// A remembered checkpoint is none, or one of another log.
    #[error("{path}: not a checkpoint of a ledger of {registry}")]
    NotRemembered {
        /// The file.
        path: String,
        /// The registry that is verified.
        registry: String,
    },
    /// A link is not one.
    #[error("a link is 64 hexadecimal digits")]
    Link,
    /// A log key for proofs is not one.
    #[error("a log key is not a vkey: {0}")]
    LogKey(#[from] NoteKeyError),
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
    let log_keys = log_keys(&request.log_keys, &request.log_key_files)?;
    let mut trust = TrustedLogs::from_vkeys(log_keys.iter().map(String::as_str))?;
    if let Some(key) = &request.governance_key {
        trust = trust.with_governance_key(key)?;
    }
    let threads = request
        .threads
        .or_else(|| thread::available_parallelism().ok());
    let policy = request.policy.as_deref().map(policy).transpose()?;
    let remembered = request.since.iter().map(|file| remembered(file, &trust));
    Ok(Options {
        policy,
        remembered: remembered.collect::<Result<_, _>>()?,
        state: request.state.clone(),
        scratch: request.scratch.clone(),
        threads: threads.unwrap_or(NonZeroUsize::MIN),
        faults_listed: request.faults.unwrap_or(FAULTS_LISTED),
        progress: (!request.quiet).then(progress::line).flatten(),
        ..Options::new(source(request)?, trust)
    })
}

/// What a proof is to be verified with, with its files read.
pub(crate) fn proof_request(arguments: &ProofArguments) -> Result<ProofRequest, SetupError> {
    let read = |file: &Path| fs::read(file).map_err(|source| unreadable(file, source));
    let keys = log_keys(&arguments.log_keys, &arguments.log_key_files)?;
    let keys: Result<Vec<VerifierKey>, _> = keys.iter().map(|key| key.parse()).collect();
    let link = arguments.link.as_deref().map(|link| link.trim().parse());
    let link = link.transpose().map_err(|_malformed| SetupError::Link)?;
    let anchor = match (&arguments.anchor, &arguments.anchor_payload) {
        (Some(proof), Some(payload)) => Some(AnchorProof {
            proof: read(proof)?,
            payload: read(payload)?,
        }),
        _ => None,
    };
    Ok(ProofRequest {
        proof: read(&arguments.proof)?,
        keys: TrustedKeys::new(keys?)?,
        policy: arguments.policy.as_deref().map(policy).transpose()?,
        link,
        anchor,
    })
}

/// What an extract is to be verified with, with its files read.
pub(crate) fn extract_request(arguments: &ExtractArguments) -> Result<ExtractRequest, SetupError> {
    let page = &arguments.page;
    let keys = log_keys(&arguments.log_keys, &arguments.log_key_files)?;
    let keys: Result<Vec<VerifierKey>, _> = keys.iter().map(|key| key.parse()).collect();
    Ok(ExtractRequest {
        page: fs::read(page).map_err(|source| unreadable(page, source))?,
        keys: TrustedKeys::new(keys?)?,
        policy: arguments.policy.as_deref().map(policy).transpose()?,
    })
}

fn policy(file: &Path) -> Result<Policy, SetupError> {
    let bytes = fs::read(file).map_err(|source| unreadable(file, source))?;
    Policy::parse(&bytes).map_err(|source| SetupError::Policy {
        path: file.display().to_string(),
        source,
    })
}

/// A checkpoint seen before. Whether a trusted key signed it is told when all keys are known.
fn remembered(file: &Path, trust: &TrustedLogs) -> Result<Vec<u8>, SetupError> {
    let note = fs::read(file).map_err(|source| unreadable(file, source))?;
    let ledgers = LedgerName::ALL;
    let origins = ledgers.map(|ledger| trust.origin(ledger).as_str());
    let checkpoint = UnverifiedCheckpoint::parse(&note).ok();
    let ours = checkpoint
        .is_some_and(|checkpoint| origins.contains(&checkpoint.claimed_origin().as_str()));
    if ours {
        Ok(note)
    } else {
        Err(SetupError::NotRemembered {
            path: file.display().to_string(),
            registry: trust.registry().to_owned(),
        })
    }
}

/// The log keys given directly and those in files, one a line; empty lines and lines that start with `#` do not count.
fn log_keys(given: &[String], files: &[PathBuf]) -> Result<Vec<String>, SetupError> {
    let mut keys = Vec::new();
    for key in given {
        // A vkey has two plus signs; whatever has not is a file.
        if 2 <= key.matches('+').count() && !Path::new(key).exists() {
            keys.push(key.clone());
        } else {
            keys.extend(lines(Path::new(key))?);
        }
    }
    for file in files {
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
    let url = request.server.as_ref().or(request.audit_url.as_ref());
    let address = ServerAddress {
        url: url.ok_or(UsageError::NotOneSource)?.clone(),
        ca: read(&request.ca)?,
        certificate: read(&request.cert)?,
        key: read(&request.key)?,
    };
    Ok(if request.server.is_some() {
        Source::Server(address)
    } else {
        Source::Endpoint(AuditEndpoint::new(address))
    })
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

#[cfg(test)]
mod tests;
