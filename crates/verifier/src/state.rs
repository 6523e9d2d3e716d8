//! The auditor's memory: what was verified before, so that only what is new has to be.
//!
//! For each ledger it holds where the chain and the tree stood at a position up to which everything was sound, and what
//! the rules after it need of the records before. It is the auditor's own file: whoever can write it can make the program
//! believe things, like the program itself. It is written to another name, synced and renamed, so that an interruption
//! leaves the old one or the new one.
//!
//! What an audit that goes on from it cannot see: payloads altered or erased since they were verified, and act ids that
//! repeat those of records verified before. A full audit, without the file, sees them.

mod text;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sabt_chain::{Epoch, LedgerName, LedgerState, Position, Size, Timestamp};

use crate::report::KindCounts;
use crate::roots::AnchoredRoot;
use crate::trust::TrustedLogs;

/// Longest state file. A clear record takes at most 128 KiB of digits, and a registry has some hundreds.
const STATE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Why a state file is of no use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// It cannot be read or written.
    #[error("state file {path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// It is not what this program wrote.
    #[error(
        "state file {path}, line {line}: not what this program writes; remove the file to verify everything anew"
    )]
    Malformed {
        /// The file.
        path: String,
        /// The line, counted from 1.
        line: usize,
    },
    /// It is about another registry, or rests on keys that are not trusted now.
    #[error(
        "state file {path} is of another registry, or rests on a log key that is not trusted now"
    )]
    OtherKeys {
        /// The file.
        path: String,
    },
    /// The governance records in it do not hold together.
    #[error("state file {path} contradicts itself; remove the file to verify everything anew")]
    Contradiction {
        /// The file.
        path: String,
    },
}

/// What is remembered of a registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    /// The vkeys that were trusted, sorted.
    pub(crate) log_keys: Vec<String>,
    /// Of the events ledger.
    pub(crate) events: Option<LedgerMemory>,
    /// Of the disclosures ledger.
    pub(crate) disclosures: Option<LedgerMemory>,
}

/// What is remembered of one ledger, up to a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LedgerMemory {
    /// The chain and the tree.
    pub(crate) state: LedgerState,
    /// Highest epoch.
    pub(crate) epoch: Epoch,
    /// When the first record was recorded.
    pub(crate) first_recorded_at: Option<Timestamp>,
    /// How many records of each kind.
    pub(crate) kinds: KindCounts,
    /// How many acts.
    pub(crate) acts: u64,
    /// How many authors' signatures were verified.
    pub(crate) signatures: u64,
    /// How many payloads were found erased.
    pub(crate) erased: u64,
    /// The newest checkpoint seen, if its signature was verified; it may cover more than what is remembered.
    pub(crate) checkpoint: Option<Vec<u8>>,
    /// How many records of the other ledger the last anchor covers.
    pub(crate) anchored: Size,
    /// Anchors that were not compared with the other ledger yet.
    pub(crate) anchors: Vec<AnchoredRoot>,
    /// Positions whose payload is in the clear, ascending.
    pub(crate) clear: Vec<Position>,
    /// Positions whose payload is erased and which no erasure record named yet, ascending.
    pub(crate) unexplained: Vec<Position>,
    /// The records that decide who may sign: envelopes and payloads.
    pub(crate) decisive: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Memory {
    /// What is remembered of one ledger.
    pub(crate) const fn of(&self, ledger: LedgerName) -> Option<&LedgerMemory> {
        match ledger {
            LedgerName::Events => self.events.as_ref(),
            LedgerName::Disclosures => self.disclosures.as_ref(),
        }
    }
}

/// A state file.
#[derive(Clone, Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
}

impl StateFile {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// What is remembered; nothing, if there is no file yet.
    pub(crate) fn read(&self, trust: &TrustedLogs) -> Result<Memory, StateError> {
        let text = match self.text() {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Memory::default()),
            Err(source) => return Err(self.failed(source)),
        };
        let memory = text::parse(&text, trust).map_err(|line| StateError::Malformed {
            path: self.shown(),
            line,
        })?;
        let trusted = trust.vkeys();
        if memory.log_keys.iter().all(|key| trusted.contains(key)) {
            Ok(memory)
        } else {
            Err(StateError::OtherKeys { path: self.shown() })
        }
    }

    fn text(&self) -> io::Result<String> {
        if STATE_BYTES_MAX < fs::metadata(&self.path)?.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        fs::read_to_string(&self.path)
    }

    /// Writes it anew.
    #[expect(
        clippy::disallowed_methods,
        reason = "the auditor's own file: this program depends on nothing that writes ledgers"
    )]
    pub(crate) fn write(&self, memory: &Memory, trust: &TrustedLogs) -> Result<(), StateError> {
        let text = text::compose(memory, trust);
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        let new = PathBuf::from(name);
        let written = File::create(&new).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written
            .and_then(|()| fs::rename(&new, &self.path))
            .map_err(|source| self.failed(source))
    }

    /// The records in it do not hold together.
    pub(crate) fn contradiction(&self) -> StateError {
        StateError::Contradiction { path: self.shown() }
    }

    fn failed(&self, source: io::Error) -> StateError {
        StateError::File {
            path: self.shown(),
            source,
        }
    }

    fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

#[cfg(test)]
mod tests;
