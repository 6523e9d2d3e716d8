//! One run of records, as proofs and tiles need it.

use sabt_chain::proof::MemoryTree;
use sabt_chain::{Hash, Kind, Position};

use super::{RUN_LEVEL, RUN_RECORDS, TreeError};
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
        let mut reader = ledger.journal.read(Position::new(first))?;
        while (run.envelopes.len() as u64) < count {
            let frame = reader.next_frame()?.ok_or(TreeError::Short)?;
            for record in frame.frame().records() {
                let wanted = first + run.envelopes.len() as u64;
                if record.envelope.position.get() != wanted || first + count <= wanted {
                    continue;
                }
                if is_clear(record.envelope.kind)
                    && let Ok(place) = u8::try_from(wanted % RUN_RECORDS)
                {
                    run.clear.push((place, record.sealed.to_vec()));
                }
                run.leaves.append(Hash::leaf(record.envelope_bytes));
                run.envelopes.push(record.envelope_bytes.to_vec());
            }
        }
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

/// Whether payloads of this kind are in the clear. Those of events are sealed, of the disclosures ledger too.
const fn is_clear(kind: Kind) -> bool {
    match kind {
        Kind::Governance | Kind::Erasure | Kind::Anchor => true,
        Kind::Event => false,
    }
}
