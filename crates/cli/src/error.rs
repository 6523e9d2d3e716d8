//! What can go wrong, and how the program ends then.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use sabt_journal::CopyError;
use sabt_server::backup::BackupError;
use sabt_server::registry::RegistryError;
use sabt_server::restore::{CarryError, RestoreError, SuccessionError};
use sabt_server::serve::ServeError;
use sabt_vault::slots::KeyFileError;
use sabt_witness::server::{Fault, InitError, OpenError, TlsError};
use serde_json::{Value, json};
use tonic::{Code, Status};

use crate::client::ConnectError;
use crate::exit::Exit;
use crate::files::FileError;
use crate::refused::Refused;

/// Why a command did not do what it was asked. The text says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command line or the input is wrong.
    #[error("{problem}\n  hint: {hint}")]
    Usage {
        /// What is wrong.
        problem: String,
        /// What to do.
        hint: String,
    },
    /// A directory holds something already.
    #[error("{path} is not empty\n  hint: {hint}")]
    NotEmpty {
        /// The directory.
        path: PathBuf,
        /// What to do.
        hint: String,
    },
    /// A file cannot be read or made.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file or directory cannot be used.
    #[error("{path}: {source}")]
    Path {
        /// The path.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{path} {problem}")]
    Content {
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The configuration cannot be read.
    #[error(transparent)]
    Config(#[from] sabt_server::config::ConfigError),
    /// Keys or certificates cannot be made.
    #[error(transparent)]
    Pki(#[from] crate::pki::PkiError),
    /// The secrets of the registry cannot be made.
    #[error("the keys cannot be made: {0}")]
    Secrets(#[from] sabt_vault::files::PrivateFileError),
    /// No randomness.
    #[error("the system gives no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// The name of the registry cannot be used.
    #[error("the registry's name cannot be used: {0}")]
    Name(#[from] sabt_chain::OriginError),
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The registry refused.
    #[error("{0}")]
    Refused(Box<Refused>),
    /// A call failed otherwise.
    #[error("the call failed: {} ({}){}", .0.message(), code_name(.0.code()), turned_away(.0))]
    Call(Box<Status>),
    /// Another process has the registry open.
    #[error(
        "the registry is open in another process\n  hint: stop `sabt serve` first; `sabt rebuild` can do without, with --while-served"
    )]
    InUse,
    /// The registry does not open.
    #[error(transparent)]
    Registry(RegistryError),
    /// There is no new backup.
    #[error(transparent)]
    Backup(#[from] sabt_server::backup::BackupError),
    /// A backup is not brought back, or a copy not confirmed.
    #[error(transparent)]
    Restore(#[from] sabt_server::restore::RestoreError),
    /// The registry is not served.
    #[error(transparent)]
    Serve(ServeError),
    /// JSON and messages do not meet.
    #[error(transparent)]
    Json(#[from] crate::json::JsonError),
    /// The records delivered do not follow one another.
    #[error(transparent)]
    Broken(#[from] crate::follow::Broken),
    /// Records cannot be exported.
    #[error("the export cannot be written: {0}")]
    Export(#[from] sabt_verifier::export::ExportError),
    /// Tiles cannot be written.
    #[error(transparent)]
    Tiles(#[from] crate::tiles::TilesError),
    /// What the registry handed over for export is no ledger.
    #[error("what the registry sent is not a ledger: {0}")]
    Frame(#[from] sabt_chain::frame::FrameBuildError),
    /// The ledgers cannot be verified.
    #[error("the ledgers cannot be verified: {0}")]
    Verify(#[from] sabt_verifier::VerifyError),
    /// The log keys cannot be trusted.
    #[error("the log keys cannot be used: {0}")]
    Trust(#[from] sabt_verifier::TrustError),
    /// A witness cannot be made.
    #[error(transparent)]
    WitnessInit(#[from] InitError),
    /// A witness does not start.
    #[error(transparent)]
    WitnessOpen(#[from] OpenError),
    /// A witness cannot speak TLS.
    #[error(transparent)]
    WitnessTls(#[from] TlsError),
    /// A witness stopped.
    #[error(transparent)]
    WitnessFault(#[from] Arc<Fault>),
    /// A socket cannot be opened.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Something came out otherwise than it should.
    #[error("{0}")]
    Otherwise(String),
    /// A ledger does not hold what it should.
    #[error("{0}")]
    Unsound(String),
    /// The output cannot be written.
    #[error("cannot write the answer: {0}")]
    Output(#[from] io::Error),
}

impl CliError {
    /// Wrong usage.
    pub fn usage(problem: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            problem: problem.into(),
            hint: hint.into(),
        }
    }

    /// A path that cannot be used.
    pub fn path(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Path { path, source }
    }

    /// How the program ends.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. }
            | Self::NotEmpty { .. }
            | Self::Name(_)
            | Self::WitnessInit(InitError::Exists { .. }) => Exit::Usage,
            Self::Refused(_) | Self::Otherwise(_) => Exit::Refused,
            Self::Backup(err) => backup_exit(err),
            Self::Restore(err) => restore_exit(err),
            Self::Tiles(err) => err.exit(),
            Self::WitnessOpen(OpenError::Memory { .. }) | Self::WitnessFault(_) => Exit::Fault,
            Self::File(_)
            | Self::Path { .. }
            | Self::Content { .. }
            | Self::Config(_)
            | Self::Pki(_)
            | Self::Secrets(_)
            | Self::Randomness(_)
            | Self::Json(_)
            | Self::Export(_)
            | Self::Trust(_)
            | Self::InUse
            | Self::Listen { .. }
            | Self::WitnessInit(_)
            | Self::WitnessOpen(_)
            | Self::WitnessTls(_)
            | Self::Serve(ServeError::Listen { .. } | ServeError::Tls(_))
            | Self::Connect(ConnectError::Credentials { .. } | ConnectError::Authority(_))
            | Self::Output(_) => Exit::Files,
            Self::Connect(ConnectError::Transport { .. }) => Exit::Unreachable,
            Self::Call(status) if is_unreachable(status.code()) => Exit::Unreachable,
            Self::Call(_)
            | Self::Registry(_)
            | Self::Serve(_)
            | Self::Broken(_)
            | Self::Frame(_)
            | Self::Verify(_)
            | Self::Unsound(_) => Exit::Fault,
        }
    }

    /// True if whoever read the output has gone: nothing is wrong then.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(source) if source.kind() == io::ErrorKind::BrokenPipe)
    }

    /// As one JSON object.
    pub fn to_json(&self) -> Value {
        let exit = self.exit() as u8;
        if let Self::Refused(refused) = self {
            return json!({ "refused": refused.to_json(), "exit_code": exit });
        }
        json!({ "error": self.to_string(), "exit_code": exit })
    }
}

impl From<RegistryError> for CliError {
    fn from(err: RegistryError) -> Self {
        if matches!(err, RegistryError::Vault(KeyFileError::InUse)) {
            return Self::InUse;
        }
        Self::Registry(err)
    }
}

impl From<ServeError> for CliError {
    fn from(err: ServeError) -> Self {
        match err {
            ServeError::Registry(err) => err.into(),
            ServeError::Copy(err) => Self::Restore(err),
            other @ (ServeError::Tls(_)
            | ServeError::Listen { .. }
            | ServeError::Metrics(_)
            | ServeError::Reflection(_)
            | ServeError::Transport(_)
            | ServeError::Fault(_)
            | ServeError::Abandoned) => Self::Serve(other),
        }
    }
}

impl From<Status> for CliError {
    fn from(status: Status) -> Self {
        match Refused::from_status(&status) {
            Some(refused) => Self::Refused(Box::new(refused)),
            None => Self::Call(Box::new(status)),
        }
    }
}

impl From<Refused> for CliError {
    fn from(refused: Refused) -> Self {
        Self::Refused(Box::new(refused))
    }
}

fn backup_exit(err: &BackupError) -> Exit {
    match err {
        BackupError::Root { .. } | BackupError::Unexplained { .. } => Exit::Fault,
        BackupError::Copy { source, .. } => copy_exit(source),
        BackupError::Unsettled => Exit::Refused,
        BackupError::File { .. }
        | BackupError::NotEmpty { .. }
        | BackupError::Manifest { .. }
        | BackupError::Foreign { .. }
        | BackupError::Unsigned { .. }
        | BackupError::Checkpoint(_)
        | BackupError::Keys { .. }
        | BackupError::Secrets(_)
        | BackupError::Name(_)
        | BackupError::OtherKey { .. } => Exit::Files,
    }
}

fn restore_exit(err: &RestoreError) -> Exit {
    match err {
        RestoreError::Lost(_)
        | RestoreError::Manifest { .. }
        | RestoreError::Unexplained { .. } => Exit::Fault,
        RestoreError::Undecided(_) => Exit::Unreachable,
        RestoreError::Succession(err) => succession_exit(err),
        RestoreError::Ledger { source, .. } => copy_exit(source),
        RestoreError::Backup(err) => backup_exit(err),
        RestoreError::File { .. }
        | RestoreError::NotEmpty { .. }
        | RestoreError::NoBackup { .. }
        | RestoreError::Config(_)
        | RestoreError::Checkpoint(_)
        | RestoreError::Name(_)
        | RestoreError::Keys(_)
        | RestoreError::Confirmed { .. }
        | RestoreError::Evidence(_) => Exit::Files,
    }
}

fn succession_exit(err: &SuccessionError) -> Exit {
    match err {
        SuccessionError::Record { source, .. }
            if matches!(**source, CarryError::Altered | CarryError::Unexplained) =>
        {
            Exit::Fault
        }
        SuccessionError::SameName { .. } => Exit::Usage,
        SuccessionError::Whole { .. }
        | SuccessionError::NoCheckpoint { .. }
        | SuccessionError::Configuration { .. }
        | SuccessionError::Record { .. }
        | SuccessionError::Written { .. }
        | SuccessionError::Journal { .. }
        | SuccessionError::Epoch(_)
        | SuccessionError::Read(_)
        | SuccessionError::Randomness(_) => Exit::Files,
    }
}

fn copy_exit(err: &CopyError) -> Exit {
    match err {
        CopyError::Damaged { .. }
        | CopyError::Short { .. }
        | CopyError::Unaligned { .. }
        | CopyError::Differs { .. } => Exit::Fault,
        CopyError::NoLedger | CopyError::Busy | CopyError::Storage { .. } => Exit::Files,
    }
}

/// Whether a call that failed with this code may not have reached the registry.
fn is_unreachable(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown
    )
}

/// What a server that turned the certificate away has said; empty if something else went wrong. In TLS 1.3 a client learns
/// it with its first call.
fn turned_away(status: &Status) -> String {
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        let text = error.to_string();
        if let Some((_, alert)) = text.split_once("received fatal alert: ") {
            return format!(
                ": the server turned the certificate away ({alert})\n  hint: it is revoked, has expired, or is not \
                 vouched for; ask whoever issues certificates, or the operator whether the revocation lists are in force"
            );
        }
        cause = error.source();
    }
    String::new()
}

/// The name of a gRPC code, in the words of its description.
fn code_name(code: Code) -> String {
    code.description().to_lowercase()
}
