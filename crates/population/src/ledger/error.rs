//! What can go wrong while ledgers are written.

use std::io;
use std::path::PathBuf;

use sabt_chain::checkpoint::CheckpointError;
use sabt_chain::frame::FrameBuildError;
use sabt_chain::{EnvelopeError, OriginError, Position};
use sabt_journal::{AppendError, EraseError, OpenEpochError, OpenError, OwnerError, ReadError};

/// Why synthetic ledgers cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The name of the registry cannot be part of an origin.
    #[error("the registry's name: {0}")]
    Origin(#[from] OriginError),
    /// Segments are too short for an act of three parts.
    #[error(
        "segments of {segment_bytes} bytes: an act may not fit; ask for at least {least} bytes"
    )]
    SegmentBytes {
        /// Length asked for.
        segment_bytes: u64,
        /// Least that is of use.
        least: u64,
    },
    /// A directory or file beside the segments cannot be written.
    #[error("{}: {source}", path.display())]
    File {
        /// What was written.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A ledger cannot be made.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The ledger has no more epochs.
    #[error(transparent)]
    Epoch(#[from] OpenEpochError),
    /// The writer's name is none.
    #[error(transparent)]
    Owner(#[from] OwnerError),
    /// A frame was not taken.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// Payloads cannot be erased.
    #[error(transparent)]
    Erase(#[from] EraseError),
    /// The position whose payload is to be erased holds no sealed payload.
    #[error(
        "position {position} of the events ledger holds no sealed payload that could be erased"
    )]
    NotSealed {
        /// The position.
        position: Position,
    },
    /// The ledger cannot be read back.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An envelope breaks a rule of the format.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// A frame breaks a rule of the format.
    #[error(transparent)]
    Frame(#[from] FrameBuildError),
    /// A checkpoint cannot be signed.
    #[error(transparent)]
    Sign(#[from] CheckpointError),
}
