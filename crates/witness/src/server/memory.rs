//! What a witness remembers of one log: the newest checkpoint that it cosigned.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sabt_chain::checkpoint::{Checkpoint, TreeHead, UnverifiedCheckpoint};
use sabt_chain::note::{CosignatureTime, KeyName, SignatureLine, WitnessKey};
use sabt_journal::durable;

use super::error::{Fault, OpenError};

/// Directory of what is remembered, in that of the witness.
pub(super) const MEMORY_DIRECTORY: &str = "checkpoints";

/// A checkpoint that was cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Memory {
    /// What it states.
    pub(super) head: TreeHead,
    /// When it was cosigned.
    pub(super) time: CosignatureTime,
    /// Its text, the signatures of the log's known keys, and the cosignature.
    pub(super) note: Arc<str>,
}

/// Where the memory of one log stands.
#[derive(Debug)]
pub(super) struct MemoryFile {
    path: PathBuf,
    fork: PathBuf,
}

impl Memory {
    /// `checkpoint`, cosigned with `line` at `time`.
    pub(super) fn new(
        checkpoint: &Checkpoint,
        line: &SignatureLine,
        time: CosignatureTime,
    ) -> Self {
        Self {
            head: checkpoint.tree_head().clone(),
            time,
            note: format!("{}{line}", checkpoint.note().signed_text()).into(),
        }
    }
}

impl MemoryFile {
    /// The file of the log whose origin has this `hash`, in the directory of the witness.
    pub(super) fn new(dir: &Path, hash: &str) -> Self {
        let memory = dir.join(MEMORY_DIRECTORY);
        Self {
            path: memory.join(hash),
            fork: memory.join(format!("{hash}.fork")),
        }
    }

    /// Reads what was remembered of the log named `origin`; `None` if nothing ever was. The cosignature proves that
    /// `witness` wrote it; which keys the log signed with then does not matter any more.
    pub(super) fn read(
        &self,
        origin: &KeyName,
        witness: &WitnessKey,
    ) -> Result<Option<Memory>, OpenError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(OpenError::File {
                    path: self.path.clone(),
                    source,
                });
            }
        };
        let memory = parse(&bytes, origin, witness);
        memory.map(Some).ok_or_else(|| OpenError::Memory {
            path: self.path.clone(),
            origin: origin.clone(),
        })
    }

    /// Replaces what is remembered, durably.
    pub(super) fn write(&self, memory: &Memory) -> Result<(), Fault> {
        write(&self.path, &memory.note)
    }

    /// Keeps a checkpoint that contradicts what is remembered: with the one remembered it proves that the log signed
    /// two histories. The first one is proof enough; later ones are not kept.
    pub(super) fn keep_fork(&self, checkpoint: &Checkpoint) -> Result<(), Fault> {
        let head = checkpoint.tree_head();
        tracing::error!(
            origin = %head.origin,
            size = %head.size,
            root = %head.root,
            "the log has signed two histories"
        );
        if self.fork.exists() {
            return Ok(());
        }
        write(&self.fork, &checkpoint.note().signed_text())
    }
}

fn write(path: &Path, note: &str) -> Result<(), Fault> {
    durable::write_atomically(path, note.as_bytes()).map_err(|source| Fault::Write {
        path: path.to_owned(),
        source,
    })
}

fn parse(bytes: &[u8], origin: &KeyName, witness: &WitnessKey) -> Option<Memory> {
    let checkpoint = UnverifiedCheckpoint::parse(bytes).ok()?;
    let (head, cosigner) = checkpoint.verify_cosigned(witness).ok()?;
    (head.origin == *origin).then_some(())?;
    Some(Memory {
        head,
        time: cosigner.time,
        note: String::from_utf8(bytes.to_vec()).ok()?.into(),
    })
}
