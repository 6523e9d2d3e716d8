//! Why nothing is signed.

use std::path::PathBuf;

use sabt_chain::{LedgerName, Size};
use sabt_journal::ReadError;

use super::witnesses::WitnessesError;

/// Why a checkpoint does not fit its ledger, or cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A log key cannot be used.
    #[error("{path} is not a signing key of this log: {source}")]
    Key {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: sabt_chain::note::NoteKeyError,
    },
    /// A log key has the name of another log.
    #[error("{path} is the key of another log than {origin}")]
    KeyOfAnother {
        /// The file.
        path: PathBuf,
        /// Origin of the ledger that it should sign for.
        origin: String,
    },
    /// A key that the governance records name as one that signs is not there.
    #[error(
        "the private half of the log key {vkey} is missing: by the governance records it signs the \
         checkpoints of this ledger\n  remedy: put it back as {path}"
    )]
    KeyMissing {
        /// Its public half.
        vkey: String,
        /// The file that should hold it.
        path: PathBuf,
    },
    /// The governance records name a log key that is none.
    #[error("the governance records name a log key that cannot be read: {source}")]
    Enrolled {
        /// The cause.
        #[source]
        source: sabt_chain::note::NoteKeyError,
    },
    /// The lock is damaged.
    #[error("{path} is damaged: it holds no tree and checkpoint that fit each other")]
    Lock {
        /// The file.
        path: PathBuf,
    },
    /// The ledger holds records, or a checkpoint was published, but the lock is missing: this may be an older copy.
    #[error(
        "{path} is missing although the ledger holds records: the directory may be an older copy that was \
         brought back, and signing from it could make a second history\n  \
         remedy: `sabt restore` confirms that nothing signed was lost; or put the file back from the machine \
         that ran this registry last"
    )]
    LockMissing {
        /// Which ledger.
        ledger: LedgerName,
        /// The file.
        path: PathBuf,
    },
    /// The ledger is shorter than what was signed.
    #[error(
        "the {ledger} ledger holds {found} records, but {signed} were signed: records are missing\n  \
         remedy: bring the whole ledger back; nothing is signed over a loss"
    )]
    Shorter {
        /// Which ledger.
        ledger: LedgerName,
        /// Records found.
        found: Size,
        /// Records signed.
        signed: Size,
    },
    /// The ledger has another history than what was signed.
    #[error(
        "the {ledger} ledger does not continue the tree that was signed at {signed} records\n  \
         remedy: bring the signed ledger back; nothing is signed over another history"
    )]
    Fork {
        /// Which ledger.
        ledger: LedgerName,
        /// Records signed.
        signed: Size,
    },
    /// The published checkpoint is damaged, or not signed by a key of this log.
    #[error(
        "{path} is no checkpoint signed by a key of this log\n  \
         remedy: look into how it was changed; if it is only damaged, remove it: it is published anew"
    )]
    Published {
        /// The file.
        path: PathBuf,
    },
    /// More was published than this directory remembers to have signed.
    #[error(
        "{path} covers {published} records, but by {lock} only {signed} were signed: the lock is from an older \
         copy, and signing from it could make a second history\n  \
         remedy: put the lock back from the machine that ran this registry last, or remove it and let \
         `sabt restore` confirm that nothing signed was lost"
    )]
    PublishedAhead {
        /// The published checkpoint.
        path: PathBuf,
        /// The lock.
        lock: PathBuf,
        /// Records that the published checkpoint covers.
        published: Size,
        /// Records that the lock covers.
        signed: Size,
    },
    /// What was published is not of the history that was signed.
    #[error(
        "{path} is of another history than the {ledger} ledger at {published} records: a log key has signed twice\n  \
         remedy: keep all files as they are and find out which history others have seen; nothing is signed \
         until then"
    )]
    PublishedFork {
        /// Which ledger.
        ledger: LedgerName,
        /// The published checkpoint.
        path: PathBuf,
        /// Records that it covers.
        published: Size,
    },
    /// A witness shows that a key of this log signed more than was signed here.
    #[error(
        "witness {witness} shows a checkpoint over {seen} records of the {ledger} ledger that a key of this log signed, \
         but only {signed} were signed here: this may be an older copy\n  \
         remedy: bring the records from {signed} up to {seen} back from the machine that ran this registry last; \
         nothing is signed until then"
    )]
    WitnessAhead {
        /// Its name in the policy.
        witness: String,
        /// Which ledger.
        ledger: LedgerName,
        /// Records that the witness has seen.
        seen: Size,
        /// Records that were signed here.
        signed: Size,
    },
    /// A witness shows that a key of this log signed another history.
    #[error(
        "witness {witness} shows a checkpoint over {size} records of the {ledger} ledger that a key of this log \
         signed, and it is of another history: this may be an older copy that was written on\n  \
         remedy: keep all files as they are and compare with the witness; nothing is signed until then"
    )]
    WitnessFork {
        /// Its name in the policy.
        witness: String,
        /// Which ledger.
        ledger: LedgerName,
        /// Records that the checkpoint of the witness covers.
        size: Size,
    },
    /// Cosignatures do not fit the checkpoint.
    #[error("cosignatures cannot be added to the checkpoint: {source}")]
    Cosignatures {
        /// The cause.
        #[source]
        source: sabt_chain::note::NoteError,
    },
    /// The thread that signs cannot be started.
    #[error("a thread cannot be started: {0}")]
    Thread(#[source] std::io::Error),
    /// The witnesses cannot be asked.
    #[error(transparent)]
    Witnesses(#[from] WitnessesError),
    /// Somebody else has signed with this key.
    #[error("{path} was changed by another process: two must never sign for one log")]
    Taken {
        /// The file.
        path: PathBuf,
    },
    /// The ledger cannot be read.
    #[error("the ledger cannot be read back: {0}")]
    Read(#[from] ReadError),
    /// Signing failed.
    #[error("the checkpoint cannot be signed: {0}")]
    Sign(#[from] sabt_chain::checkpoint::CheckpointError),
    /// A hash of the ledger's tree cannot be computed.
    #[error("the tree of the ledger cannot be read: {0}")]
    Proof(#[source] Box<dyn std::error::Error + Send + Sync>),
}
