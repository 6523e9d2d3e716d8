//! One run of records, as proofs and tiles need it.

use sabt_chain::Hash;
use sabt_chain::frame::RecordView;
use sabt_chain::proof::MemoryTree;

use super::{RUN_LEVEL, RUN_RECORDS, RUNS_PER_BLOCK, TreeError, read_frames};
use crate::limits::RUN_CLEAR_KEPT_MAX;
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
    const fn new(index: u64) -> Self {
        Self {
            index,
            leaves: MemoryTree::new(),
            envelopes: Vec::new(),
            clear: Vec::new(),
        }
    }

    /// Reads the run, of which the ledger has at least `count` records. A frame is read and checked as a whole, so the
    /// complete runs of the same block that stand in the same frames are given too: before it, in no order.
    pub(super) fn read(
        ledger: &Ledger,
        index: u64,
        count: u64,
    ) -> Result<(Self, Vec<Self>), TreeError> {
        let block = index / RUNS_PER_BLOCK;
        let first = index << RUN_LEVEL;
        let mut runs: Vec<Self> = Vec::new();
        read_frames(ledger, first..first + count, &mut |record| {
            let position = record.envelope.position.get();
            let (number, place) = (position >> RUN_LEVEL, position % RUN_RECORDS);
            if number / RUNS_PER_BLOCK != block {
                return;
            }
            if place == 0 {
                runs.push(Self::new(number));
            }
            // Of a run that begins before the first frame there is nothing to be had.
            if let Some(run) = runs.last_mut() {
                run.take(place, record);
            }
        })?;
        let wanted = runs.iter().position(|run| run.index == index);
        let wanted = wanted.map(|place| runs.swap_remove(place));
        let wanted = wanted
            .filter(|run| count <= run.len())
            .ok_or(TreeError::Short)?;
        runs.retain(|run| run.len() == RUN_RECORDS && run.clear_bytes() <= RUN_CLEAR_KEPT_MAX);
        Ok((wanted, runs))
    }

    fn take(&mut self, place: u64, record: &RecordView<'_>) {
        if record.envelope.kind.is_clear()
            && let Ok(place) = u8::try_from(place)
        {
            self.clear.push((place, record.sealed.to_vec()));
        }
        self.leaves.append(Hash::leaf(record.envelope_bytes));
        self.envelopes.push(record.envelope_bytes.to_vec());
    }

    fn clear_bytes(&self) -> usize {
        self.clear.iter().map(|(_, bytes)| bytes.len()).sum()
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
