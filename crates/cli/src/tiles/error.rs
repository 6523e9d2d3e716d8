//! Why tiles are not written.

use std::io;
use std::path::PathBuf;

use sabt_chain::tile::BundleError;
use sabt_chain::{Origin, Position};

use crate::exit::Exit;

/// Why tiles are not written.
#[derive(Debug, thiserror::Error)]
pub enum TilesError {
    /// A file or directory cannot be used.
    #[error("{path}: {source}")]
    Path {
        /// The path.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The directory holds tiles of another ledger.
    #[error("{directory} holds another ledger than {origin}\n  hint: name another directory")]
    Foreign {
        /// The directory.
        directory: PathBuf,
        /// The ledger that was to be written.
        origin: Origin,
    },
    /// What the directory holds does not hold together.
    #[error("{directory} is damaged: {problem}\n  hint: remove it and export again")]
    Damaged {
        /// The directory.
        directory: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A record is not the next, or not whole.
    #[error("the record that should stand at position {position} {problem}")]
    Record {
        /// The position.
        position: Position,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The records of a run cannot be written.
    #[error("a run of records cannot be written: {0}")]
    Bundle(#[from] BundleError),
    /// The checkpoint is not that of the records.
    #[error(
        "the checkpoint does not fit the records: {problem}\n  hint: keep the directory: it shows that the ledger changed"
    )]
    Checkpoint {
        /// What is wrong.
        problem: String,
    },
}

impl TilesError {
    /// How the program ends: what the registry sent is at fault, or the disk is.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Record { .. } | Self::Bundle(_) | Self::Checkpoint { .. } => Exit::Fault,
            Self::Path { .. } | Self::Foreign { .. } | Self::Damaged { .. } => Exit::Files,
        }
    }
}
