//! What an auditor remembers of the content.

use sabt_chain::frame::RecordView;
use sabt_chain::{Chain, Digest, Envelope, Kind};

use super::Content;
use crate::examine::{Record, examine};
use crate::state::LedgerMemory;

impl Content {
    /// The records that decide who may sign are to be kept.
    pub(crate) fn keep_decisive_records(&mut self) {
        self.decisive.get_or_insert_default();
    }

    /// Keeps a record that decides who may sign: a governance record, or one that says what is succeeded.
    pub(super) fn keep_decisive(&mut self, record: &Record) {
        let envelope = &record.envelope;
        let begins = self.successions.may_begin(envelope.position);
        let decides = envelope.kind == Kind::Governance || begins;
        if let (true, Some(kept), Some(clear)) = (decides, &mut self.decisive, &record.clear)
            && let Ok(encoded) = envelope.encode()
        {
            kept.push((encoded.to_vec(), clear.to_vec()));
        }
    }

    /// Writes down what is known so far.
    pub(crate) fn remember(&self, memory: &mut LedgerMemory) {
        memory.kinds = self.kinds;
        memory.acts = self.acts + self.act_ids.count();
        memory.erased = self.erased + self.erasures.count();
        memory.anchored = self.anchored;
        memory.anchors.clone_from(&self.anchors);
        for anchor in &mut memory.anchors {
            anchor.place = None;
        }
        memory.clear = self.erasures.clear_positions().to_vec();
        memory.unexplained = self.erasures.unexplained();
        memory.decisive = self.decisive.clone().unwrap_or_default();
    }

    /// Takes up what was written down; `false` if it does not hold together.
    pub(crate) fn restore(&mut self, chain: &Chain, memory: &LedgerMemory) -> bool {
        for (envelope_bytes, payload) in &memory.decisive {
            let Ok(envelope) = Envelope::decode(envelope_bytes) else {
                return false;
            };
            let intact = Digest::of(payload) == envelope.sealed_digest
                && u32::try_from(payload.len()) == Ok(envelope.sealed_len);
            let view = RecordView {
                envelope,
                envelope_bytes,
                sealed: payload,
                sealed_offset: 0,
            };
            let record = examine(chain, &view, 0);
            if !intact || !self.accept(&record, None).is_empty() {
                return false;
            }
        }
        // Their signatures were verified, and their act ids are counted already.
        self.claims.clear();
        self.acts = memory.acts.saturating_sub(self.act_ids.count());
        self.kinds = memory.kinds;
        let unexplained = memory.unexplained.len() as u64;
        self.erased = memory.erased.saturating_sub(unexplained);
        self.anchored = memory.anchored;
        self.anchors.clone_from(&memory.anchors);
        self.erasures.restore(&memory.clear, &memory.unexplained);
        true
    }
}
