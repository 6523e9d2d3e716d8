//! One run of records, as proofs and tiles need it.

use sabt_chain::Hash;
use sabt_chain::proof::MemoryTree;

use super::{RUN_LEVEL, RUN_RECORDS, TreeError, read_block};
use crate::registry::Ledger;

/// Up to 256 records that begin at a multiple of 256: their envelopes, and the payloads that are in the clear.
#[derive(Debug)]
pub(crate) struct Run {
    index: u64,
    leaves: MemoryTree,
    envelopes: Vec<Vec<u8>>,
    /// Payloads in the clear, with the place of their record in the run.
    clear: Vec<(u8, Vec<u8>)>,
}

impl Run {
    /// Reads the first `count` records of the run, which the ledger has.
    pub(super) fn read(ledger: &Ledger, index: u64, count: u64) -> Result<Self, TreeError> {
        let first = index << RUN_LEVEL;
        let mut run = Self {
            index,
            leaves: MemoryTree::new(),
            envelopes: Vec::new(),
            clear: Vec::new(),
        };
        read_block(ledger, first..first + count, &mut |record| {
            if record.envelope.kind.is_clear()
                && let Ok(place) = u8::try_from(record.envelope.position.get() % RUN_RECORDS)
            {
                run.clear.push((place, record.sealed.to_vec()));
            }
            run.leaves.append(Hash::leaf(record.envelope_bytes));
            run.envelopes.push(record.envelope_bytes.to_vec());
        })?;
        Ok(run)
    }

    /// Its number: of the run that begins with record 256 n.
    pub(super) const fn index(&self) -> u64 {
        self.index
    }

    /// How many records were read.
    pub(super) const fn len(&self) -> u64 {
        self.envelopes.len() as u64
    }

    /// The tree over its records.
    pub(crate) const fn leaves(&self) -> &MemoryTree {
        &self.leaves
    }

    /// Envelopes in order.
    pub(crate) fn envelopes(&self) -> &[Vec<u8>] {
        &self.envelopes
    }

    /// Payloads of governance, erasure and anchor records, each with the place of its record in the run.
    pub(crate) fn clear(&self) -> &[(u8, Vec<u8>)] {
        &self.clear
    }
}
