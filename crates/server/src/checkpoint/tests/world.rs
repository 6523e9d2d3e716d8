//! One ledger on a disk in memory, its log keys, and witnesses that decide as the specification says.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use sabt_chain::checkpoint::{Checkpoint, UnverifiedCheckpoint};
use sabt_chain::frame::FrameBuilder;
use sabt_chain::note::{CosignatureTime, CosignerKey, SignatureLine, SignerKey, TrustedKeys};
use sabt_chain::policy::Policy;
use sabt_chain::proof::{MemoryTree, consistency};
use sabt_chain::witness::{AddCheckpoint, Decision, Refusal, decide};
use sabt_chain::{
    ActId, Chain, Digest, Envelope, Epoch, Hash, Kind, Origin, Part, Position, Size, SubjectTag,
    Timestamp,
};
use sabt_journal::storage::Storage;
use sabt_journal::storage::memory::MemoryDisk;
use sabt_journal::{
    Backend, FileJournal, Head, OpenError, Options, Owner, SparePreparation, Unrecovered,
};
use sabt_witness::client::{CosignedCheckpoint, WitnessError};

use crate::checkpoint::log::{Signed, Unverified};
use crate::checkpoint::panel::{Panel, Question};
use crate::checkpoint::publication::Publication;
use crate::checkpoint::witnesses::Declined;
use crate::checkpoint::{CheckpointError, Files, Published};
use crate::registry::Ledger;

/// Segments that hold a few frames, so that a table also passes from one to the next.
const SMALL: Options = Options {
    segment_bytes: 12 * 1024,
    reserve_bytes: 4_096,
    spares: SparePreparation::OnDemand,
};

pub(super) fn origin() -> Origin {
    "registry.example/events".parse().unwrap()
}

pub(super) fn log_key(seed: u8) -> SignerKey {
    SignerKey::from_seed((&origin()).into(), [seed; 32])
}

pub(super) fn trusted(keys: &[SignerKey]) -> TrustedKeys {
    TrustedKeys::new(keys.iter().map(|key| key.verifier().clone())).unwrap()
}

/// A policy that wants `threshold` of witnesses numbered from 1.
pub(super) fn policy(witnesses: u8, threshold: u8) -> Policy {
    let mut lines = Vec::new();
    let mut names = Vec::new();
    for number in 1..=witnesses {
        let name = format!("w{number}");
        let vkey = ModelWitness::new(number).key.witness().to_string();
        lines.push(format!("witness {name} {vkey} https://{name}.example/"));
        names.push(name);
    }
    let names = names.join(" ");
    lines.push(format!(
        "group quorate {threshold} {names}\nquorum quorate\n"
    ));
    let text = lines.join("\n");
    Policy::parse(text.as_bytes()).unwrap()
}

/// A witness on another machine: no crash of ours makes it forget.
#[derive(Clone)]
pub(super) struct ModelWitness {
    key: CosignerKey,
    latest: Option<Checkpoint>,
}

impl ModelWitness {
    pub(super) fn new(number: u8) -> Self {
        Self {
            key: CosignerKey::from_seed(format!("w{number}").parse().unwrap(), [100 + number; 32]),
            latest: None,
        }
    }

    /// What it answers, and remembers from then on.
    pub(super) fn cosign(
        &mut self,
        question: &Question,
        tree: &MemoryTree,
        keys: &TrustedKeys,
    ) -> Result<SignatureLine, Declined> {
        let (old, size) = (question.old, question.checkpoint.size());
        let proof = if old == Size::EMPTY {
            Vec::new()
        } else {
            consistency(tree, old, size).unwrap().hashes
        };
        let checkpoint = question.checkpoint.to_string();
        let request = AddCheckpoint {
            old_size: old,
            proof,
            checkpoint: UnverifiedCheckpoint::parse(checkpoint.as_bytes()).unwrap(),
        };
        let latest = self.latest.as_ref().map(Checkpoint::tree_head);
        let error = match decide(latest, request, Some(keys)) {
            Decision::Accept(checkpoint) => {
                let line = self.line(&checkpoint);
                self.latest = Some(checkpoint);
                return Ok(line);
            }
            Decision::Conflict { size } => WitnessError::Conflict { size },
            Decision::Refuse(refusal @ (Refusal::Fork { .. } | Refusal::Proof(_))) => {
                let text = refusal.to_string();
                WitnessError::Fork { text }
            }
            Decision::Refuse(refusal) => WitnessError::Refused {
                status: refusal.status(),
                text: refusal.to_string(),
            },
        };
        // It is asked for its newest checkpoint only when it claims what it was not shown.
        let known = matches!(error, WitnessError::Conflict { size: seen } if seen <= size);
        let latest = self.latest.clone().filter(|_latest| !known);
        let shown = latest.map(|latest| self.show(latest));
        Err(Declined { error, shown })
    }

    /// What it hands out as its newest checkpoint.
    pub(super) fn show(&self, checkpoint: Checkpoint) -> Box<CosignedCheckpoint> {
        let line = self.line(&checkpoint);
        let key = self.key.witness();
        let cosigner = key.verify(checkpoint.note().text(), &line);
        Box::new(CosignedCheckpoint {
            checkpoint,
            cosigner: cosigner.unwrap().unwrap(),
        })
    }

    pub(super) fn line(&self, checkpoint: &Checkpoint) -> SignatureLine {
        self.key
            .cosign(checkpoint, CosignatureTime::new(1).unwrap())
    }
}

/// A ledger that is open.
pub(super) struct Open {
    pub(super) ledger: Ledger,
    pub(super) files: Files,
    epoch: Epoch,
    head: Head,
}

impl Open {
    /// Opens the ledger on a disk as the registry does, and makes it where there is none yet.
    pub(super) fn on(disk: &MemoryDisk) -> Result<Self, OpenError> {
        Self::with_files(disk, Arc::new(disk.clone()))
    }

    /// With another disk under the two small files.
    pub(super) fn with_files(
        disk: &MemoryDisk,
        small: Arc<dyn Storage>,
    ) -> Result<Self, OpenError> {
        let files = Files::on(small, Path::new("ledger"));
        let signed = match files.read_lock() {
            Ok(Some(lock)) => crate::checkpoint::files::Lock::decode(&lock)
                .map_or(Size::EMPTY, |lock| lock.tree.size()),
            Ok(None) | Err(_) => Size::EMPTY,
        };
        let storage = Arc::new(disk.clone());
        let journal = match Unrecovered::open_on(storage.clone(), &origin(), &SMALL) {
            Ok(unrecovered) => unrecovered.require(signed)?.recover()?,
            Err(OpenError::NoLedger) => FileJournal::create_on(storage, &origin(), &SMALL)?,
            Err(err) => return Err(err),
        };
        let (epoch, head) = journal
            .open_epoch(&Owner::new("table").unwrap())
            .map_err(|_stopped| OpenError::NoLedger)?;
        Ok(Self {
            ledger: Ledger {
                chain: Chain::new(&origin()),
                journal: Arc::new(journal),
            },
            files,
            epoch,
            head,
        })
    }

    /// Appends a frame of so many records of a kind. `nonce` makes them unlike any others. Whether it is durable.
    pub(super) fn append(&mut self, kind: Kind, records: u8, nonce: &mut u128) -> bool {
        let chain = &self.ledger.chain;
        let first = self.head.size.next_position();
        let mut frame = FrameBuilder::new(self.epoch, first, self.head.link);
        let (mut previous, mut position) = (self.head.link, first);
        for _record in 0..records {
            *nonce += 1;
            let payload = nonce.to_be_bytes();
            let envelope = Envelope {
                kind,
                position,
                previous,
                recorded_at: Timestamp::from_micros(1),
                subject_tag: SubjectTag::from_bytes([1; 16]),
                act_id: ActId::from_bytes(nonce.to_be_bytes()),
                part: Part::ONLY,
                sealed_len: 16,
                sealed_digest: Digest::of(&payload),
                authorship: None,
            };
            let bytes = envelope.encode().unwrap();
            frame.push(&bytes, &payload).unwrap();
            previous = chain.link(&bytes);
            position = position.next().unwrap();
        }
        let bytes = frame.finish().unwrap();
        match self.ledger.journal.append(self.epoch, &self.head, &bytes) {
            Ok(head) => {
                self.head = head;
                true
            }
            Err(_stopped) => false,
        }
    }

    /// The tree over what stands.
    pub(super) fn tree(&self) -> MemoryTree {
        let mut reader = self.ledger.journal.read(Position::FIRST).unwrap();
        let mut tree = MemoryTree::new();
        while let Some(frame) = reader.next_frame().unwrap() {
            for record in frame.frame().records() {
                tree.append(Hash::leaf(record.envelope_bytes));
            }
        }
        tree
    }

    /// What was signed, checked as the registry checks it.
    pub(super) fn signed(&self, keys: &[SignerKey]) -> Result<Signed, CheckpointError> {
        let unverified = Unverified::read(self.ledger.clone(), self.files.clone(), Vec::new())?;
        let tree = self.tree();
        let mut signed = unverified.verify(&trusted(keys), |size| {
            Ok(tree.root(size).unwrap_or(Hash::EMPTY_ROOT))
        })?;
        signed.establish(|| Ok(keys.to_vec()))?;
        Ok(signed)
    }
}

/// Signs what is there, puts it into the lock, and publishes it.
pub(super) fn publish_all(signed: &mut Signed, keys: &[SignerKey]) -> Option<Published> {
    let governed = Size::new(u64::MAX);
    let prepared = signed.prepare(governed, || Ok(keys.to_vec())).unwrap()?;
    let published = signed.take_lock(prepared).unwrap();
    signed.publish(&published).unwrap();
    Some(published)
}

/// A panel and a publication over what was signed.
pub(super) fn publication(
    signed: Signed,
    policy: Option<Policy>,
    keys: &[SignerKey],
) -> Result<(Panel, Publication), CheckpointError> {
    let mut panel = Panel::new(policy, Instant::now());
    let publication = Publication::resume(signed, &mut panel, &trusted(keys))?;
    Ok((panel, publication))
}
