//! Ledgers of synthetic records in a directory, for tests.

use std::path::Path;
use std::sync::Arc;

use prost::Message as _;
use sabt_chain::frame::FrameBuilder;
use sabt_chain::proof::MemoryTree;
use sabt_chain::{
    ActId, Chain, Digest, Envelope, Hash, Kind, LedgerName, Link, Origin, Part, Position, Size,
    SubjectTag, Timestamp,
};
use sabt_journal::{FileJournal, Options, Owner};
use sabt_proto::event::v1::Anchor;

use crate::registry::Ledger;

/// Records of one frame: no divisor of a run, so that runs begin inside frames.
const FRAME_RECORDS: u64 = 100;

/// A ledger that grows, and what its files should be made of.
pub(crate) struct Grown {
    pub(crate) ledger: Ledger,
    pub(crate) tree: MemoryTree,
    pub(crate) envelopes: Vec<Vec<u8>>,
    /// Payloads in the clear, by position.
    pub(crate) clear: Vec<(u64, Vec<u8>)>,
    previous: Link,
    salt: u8,
}

impl Grown {
    /// An empty ledger; `salt` tells histories apart.
    pub(crate) fn create(directory: &Path, salt: u8) -> Self {
        let origin = Origin::new("tree.example", LedgerName::Events).unwrap();
        let options = Options {
            segment_bytes: 1024 * 1024,
            reserve_bytes: 0,
            ..Options::default()
        };
        let journal = FileJournal::create(directory, &origin, &options).unwrap();
        let chain = Chain::new(&origin);
        let previous = chain.genesis();
        Self {
            ledger: Ledger {
                chain,
                journal: Arc::new(journal),
            },
            tree: MemoryTree::new(),
            envelopes: Vec::new(),
            clear: Vec::new(),
            previous,
            salt,
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.envelopes.len() as u64
    }

    /// Grows to `size` records; each seventh is governance.
    pub(crate) fn grow(&mut self, size: u64) {
        while self.size() < size {
            let count = FRAME_RECORDS.min(size - self.size());
            self.append(count, |position| {
                let kind = if position % 7 == 3 {
                    Kind::Governance
                } else {
                    Kind::Event
                };
                (kind, position.to_be_bytes().to_vec())
            });
        }
    }

    /// Grows to `size` records with one frame.
    pub(crate) fn grow_at_once(&mut self, size: u64) {
        let count = size - self.size();
        self.append(count, |position| {
            (Kind::Event, position.to_be_bytes().to_vec())
        });
    }

    /// Appends an anchor that covers `covers` records of the other ledger.
    pub(crate) fn anchor(&mut self, covers: u64) -> Position {
        let position = Position::new(self.size());
        let anchor = Anchor {
            checkpoint: format!("tree.example/disclosures\n{covers}\nroot\n"),
            succession: None,
        };
        self.append(1, |_position| (Kind::Anchor, anchor.encode_to_vec()));
        position
    }

    fn append(&mut self, count: u64, content: impl Fn(u64) -> (Kind, Vec<u8>)) {
        let journal = &self.ledger.journal;
        let (epoch, head) = journal.open_epoch(&Owner::new("test").unwrap()).unwrap();
        let mut frame = FrameBuilder::new(epoch, head.size.next_position(), head.link);
        for _record in 0..count {
            let position = self.envelopes.len() as u64;
            let (kind, payload) = content(position);
            let envelope = Envelope {
                kind,
                position: Position::new(position),
                previous: self.previous,
                recorded_at: Timestamp::from_micros(1),
                subject_tag: SubjectTag::from_bytes([self.salt; 16]),
                act_id: ActId::from_bytes([2; 16]),
                part: Part::ONLY,
                sealed_len: u32::try_from(payload.len()).unwrap(),
                sealed_digest: Digest::of(&payload),
                authorship: None,
            };
            let encoded = envelope.encode().unwrap();
            frame.push(encoded.as_bytes(), &payload).unwrap();
            self.previous = self.ledger.chain.link(encoded.as_bytes());
            self.tree.append(Hash::leaf(encoded.as_bytes()));
            self.envelopes.push(encoded.as_bytes().to_vec());
            if kind.is_clear() {
                self.clear.push((position, payload));
            }
        }
        let bytes = frame.finish().unwrap();
        journal.append(epoch, &head, &bytes).unwrap();
        assert_eq!(journal.head().unwrap().size, Size::new(self.size()));
    }
}
