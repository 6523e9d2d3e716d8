//! Proofs from the records themselves. Only the roots of runs of 256 records are kept in memory, 32 bytes a
//! run; what lies below is hashed again from the ledger when a proof needs it.

use std::sync::{Mutex, PoisonError};

use sabt_chain::proof::HashReader;
use sabt_chain::tree::Frontier;
use sabt_chain::{Hash, Position};
use sabt_journal::ReadError;

use crate::registry::Ledger;

/// Level of the subtrees whose roots are kept: 2^8 records each.
const KEPT_LEVEL: u32 = 8;

/// Why a hash of the tree cannot be given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TreeError {
    /// The ledger cannot be read.
    #[error("the ledger cannot be read: {0}")]
    Read(#[from] ReadError),
    /// The ledger is shorter than the subtree.
    #[error("the ledger is shorter than the subtree")]
    Short,
}

/// The Merkle tree of one ledger, for proofs.
#[derive(Debug)]
pub(crate) struct ProofTree {
    ledger: Ledger,
    runs: Mutex<Vec<Hash>>,
}

impl ProofTree {
    /// The tree of a ledger; nothing is read yet.
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self {
            ledger,
            runs: Mutex::new(Vec::new()),
        }
    }

    /// Root of the records from `first` on, `count` of them, a power of two.
    fn hash_run(&self, first: u64, count: u64) -> Result<Hash, TreeError> {
        let mut reader = self.ledger.journal.read(Position::new(first))?;
        let mut tree = Frontier::new();
        while tree.size().get() < count {
            let frame = reader.next_frame()?.ok_or(TreeError::Short)?;
            for record in frame.frame().records() {
                let wanted = first + tree.size().get();
                if record.envelope.position.get() == wanted && tree.size().get() < count {
                    tree.append(Hash::leaf(record.envelope_bytes));
                }
            }
        }
        Ok(tree.root())
    }

    fn run(&self, index: u64) -> Result<Hash, TreeError> {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        while (runs.len() as u64) <= index {
            let first = (runs.len() as u64) << KEPT_LEVEL;
            let root = self.hash_run(first, 1 << KEPT_LEVEL)?;
            runs.push(root);
        }
        usize::try_from(index)
            .ok()
            .and_then(|i| runs.get(i).copied())
            .ok_or(TreeError::Short)
    }
}

impl HashReader for ProofTree {
    type Error = TreeError;

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, TreeError> {
        if level < KEPT_LEVEL {
            return self.hash_run(index << level, 1 << level);
        }
        if level == KEPT_LEVEL {
            return self.run(index);
        }
        let left = self.subtree(level - 1, index * 2)?;
        let right = self.subtree(level - 1, index * 2 + 1)?;
        Ok(Hash::node(&left, &right))
    }
}
