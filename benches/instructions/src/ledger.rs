//! A small sealed ledger in memory.

use std::sync::Arc;

use sabt_chain::frame::FrameBuilder;
use sabt_chain::{
    ActId, Chain, Digest, Envelope, Epoch, Kind, LedgerName, Origin, Part, Position, SubjectTag,
    Timestamp,
};
use sabt_vault::Vault;
use sabt_vault::ordinal::SubjectOrdinal;
use sabt_vault::seal::RecordPlace;
use sabt_vault::secrets::KeyRing;

use crate::Outcome;

/// Name of the registry.
pub(crate) const REGISTRY: &str = "bench.example/sabt";

/// When the first record is received: 1 January 2026.
const START_MICROS: i64 = 1_767_225_600_000_000;

/// Events sealed in one frame, and the vault that opens them.
pub(crate) struct SealedFrame {
    pub(crate) frame: Vec<u8>,
    pub(crate) vault: Arc<Vault>,
    _directory: tempfile::TempDir,
}

impl SealedFrame {
    /// Seals these payloads, all about one subject, each as an act of its own.
    pub(crate) fn of(payloads: &[Vec<u8>]) -> Outcome<Self> {
        let directory = tempfile::tempdir()?;
        let ring = KeyRing::create(&directory.path().join("keys"))?;
        let vault = Vault::create(&directory.path().join("vault"), REGISTRY, ring)?;
        let subject = SubjectOrdinal::new(1).ok_or("an ordinal")?;
        vault.ensure(subject)?;
        let origin = Origin::new(REGISTRY, LedgerName::Events)?;
        let (chain, routing) = (Chain::new(&origin), vault.routing_key(origin.as_str()));
        let mut link = chain.genesis();
        let mut frame = FrameBuilder::new(Epoch::new(1), Position::FIRST, link);
        for (position, payload) in (0_u64..).zip(payloads) {
            let act_id = (u128::from(position) + 1).to_be_bytes();
            let place = RecordPlace {
                origin: origin.as_str(),
                position,
                act_id,
            };
            let mut sealed = Vec::new();
            vault.seal_into(subject, &place, payload, &mut sealed)?;
            let envelope = Envelope {
                kind: Kind::Event,
                position: Position::new(position),
                previous: link,
                recorded_at: Timestamp::from_micros(START_MICROS),
                subject_tag: SubjectTag::from_bytes(routing.tag(position, subject)),
                act_id: ActId::from_bytes(act_id),
                part: Part::ONLY,
                sealed_len: u32::try_from(sealed.len())?,
                sealed_digest: Digest::of(&sealed),
                authorship: None,
            };
            let envelope = envelope.encode()?;
            link = chain.link(&envelope);
            frame.push(&envelope, &sealed)?;
        }
        Ok(Self {
            frame: frame.finish()?,
            vault: Arc::new(vault),
            _directory: directory,
        })
    }
}
