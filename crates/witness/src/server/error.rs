//! What can go wrong with a witness.

use std::io;
use std::path::PathBuf;

use sabt_chain::note::{KeyName, NoteKeyError};

/// Why the directory of a witness cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// There is a witness already.
    #[error("{path} is the key of a witness already: two witnesses never share a directory")]
    Exists {
        /// File of its key.
        path: PathBuf,
    },
    /// A file or directory cannot be made.
    #[error("{path} cannot be made: {source}")]
    File {
        /// The path.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

/// Why a witness does not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the directory open.
    #[error("{path} is in use by another witness: two must never sign with one key")]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The directory cannot be opened.
    #[error(
        "{path} cannot be opened: {source}\n  hint: `sabt witness init` makes the directory of a witness"
    )]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file cannot be read.
    #[error("{path} cannot be read: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Others than the owner can read the key.
    #[error(
        "{path} can be read by others than its owner (mode {mode:03o})\n  hint: chmod 600 it; if others may have read it, make a new witness"
    )]
    KeyMode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key cannot be used.
    #[error("{path} is not the key of a witness: {source}")]
    Key {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: NoteKeyError,
    },
    /// The file of logs is malformed.
    #[error("{path}: {source}")]
    Logs {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: LogsError,
    },
    /// What was remembered of a log is not what this witness wrote.
    #[error(
        "{path} is damaged: it does not hold a checkpoint of {origin} with the cosignature of this witness\n  \
         what was cosigned is not known any more, so nothing can be; make a new witness with a new name"
    )]
    Memory {
        /// The file.
        path: PathBuf,
        /// The log.
        origin: KeyName,
    },
}

/// Why a file of logs is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogsError {
    /// It is too long.
    #[error("a list of logs has at most {max} bytes, this one has {bytes}")]
    Length {
        /// Its length.
        bytes: usize,
        /// The most it may have.
        max: usize,
    },
    /// It is not UTF-8.
    #[error("a list of logs is UTF-8 text")]
    Text,
    /// A line is no verifier key of a log.
    #[error("line {line} is no verifier key of a log: {source}")]
    Key {
        /// 1-based.
        line: usize,
        /// The cause.
        #[source]
        source: NoteKeyError,
    },
    /// Two keys of one log cannot be told apart.
    #[error("the keys of {origin} cannot be told apart: {source}")]
    Ambiguous {
        /// The log.
        origin: KeyName,
        /// The cause.
        #[source]
        source: NoteKeyError,
    },
}

/// Why a witness stopped: what its directory holds is not known until it is read again.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A checkpoint could not be made durable.
    #[error(
        "{path} cannot be written: {source}; nothing is cosigned until the witness is started again"
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A thread ended in the middle of a decision.
    #[error("a decision was broken off; nothing is cosigned until the witness is started again")]
    Poisoned,
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A PEM file cannot be read.
    #[error("cannot read {path}: {source}")]
    Pem {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// Certificate or key cannot be used.
    #[error("certificate or key cannot be used: {0}")]
    Config(#[from] rustls::Error),
}
