//! A registry of known keys, built record by record, in memory.

use std::sync::Arc;

use prost::Message as _;
use sabt_chain::authorship::{AuthorSigningKey, Nonce};
use sabt_chain::checkpoint::TreeHead;
use sabt_chain::frame::{FRAME_MAGIC, FrameBuilder};
use sabt_chain::note::SignerKey;
use sabt_chain::rotation::Rotation;
use sabt_chain::segment::SegmentHeader;
use sabt_chain::tile::{
    BundleCoordinate, ClearPayload, TILE_WIDTH, TileBuilder, TilePath, encode_clear,
    encode_entries, encode_hashes,
};
use sabt_chain::{
    ActId, Authorship, Chain, Digest, Envelope, Epoch, Hash, Kind, LedgerName, LedgerState, Origin,
    Part, Position, Size, SubjectTag, Timestamp,
};
use sabt_proto::event::v1 as proto;

use crate::export::RecordsWriter;
use crate::report::Report;
use crate::{MemoryFiles, Options, Source, TrustedLogs, verify};

pub(crate) const REGISTRY: &str = "registry.example.ir";
/// The registry that takes its place when it has lost records.
pub(crate) const SUCCESSOR: &str = "registry2.example.ir";
const EPOCH: Epoch = Epoch::new(3);
const SEGMENT_UNIT: usize = 4096;

/// One record before it has a place in a ledger.
pub(crate) struct Draft {
    pub(crate) kind: Kind,
    pub(crate) act_id: ActId,
    pub(crate) part: Part,
    pub(crate) payload: Vec<u8>,
    pub(crate) authorship: Option<Authorship>,
}

/// A ledger under construction: its frames, and the state before each.
#[derive(Clone)]
pub(crate) struct Ledger {
    pub(crate) name: LedgerName,
    pub(crate) chain: Chain,
    pub(crate) state: LedgerState,
    pub(crate) frames: Vec<StoredFrame>,
    pub(crate) clock: i64,
    /// Indices of frames that start a new segment.
    pub(crate) segment_starts: Vec<usize>,
    /// The first log key.
    pub(crate) signer: SignerKey,
    /// The key that took its place.
    pub(crate) successor: Option<SignerKey>,
    /// Whether the first key signs no more.
    pub(crate) retired: bool,
}

#[derive(Clone)]
pub(crate) struct StoredFrame {
    pub(crate) before: LedgerState,
    pub(crate) bytes: Vec<u8>,
    /// Encoded envelopes and payloads, to rebuild from.
    pub(crate) records: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Ledger {
    fn new(name: LedgerName) -> Self {
        Self::of(REGISTRY, name)
    }

    fn of(registry: &str, name: LedgerName) -> Self {
        let origin = Origin::new(registry, name).unwrap();
        let chain = Chain::new(&origin);
        let seed = [if name == LedgerName::Events { 11 } else { 12 }; 32];
        Self {
            name,
            state: LedgerState::genesis(&chain),
            chain,
            frames: Vec::new(),
            clock: 1_770_000_000_000_000,
            segment_starts: vec![0],
            signer: SignerKey::from_seed((&origin).into(), seed),
            successor: None,
            retired: false,
        }
    }

    pub(crate) fn vkey(&self) -> String {
        self.signer.verifier().to_string()
    }

    /// Appends a frame of these records; returns the first position.
    pub(crate) fn append(&mut self, drafts: Vec<Draft>) -> Position {
        self.append_edited(drafts, |_| ())
    }

    /// The same, with a last change to each envelope before it is linked.
    pub(crate) fn append_edited(
        &mut self,
        drafts: Vec<Draft>,
        edit: impl Fn(&mut Envelope),
    ) -> Position {
        let before = self.state.clone();
        let mut records = Vec::new();
        for draft in drafts {
            self.clock += 1_000;
            let mut envelope = Envelope {
                kind: draft.kind,
                position: self.state.next_position(),
                previous: self.state.link,
                recorded_at: Timestamp::from_micros(self.clock),
                subject_tag: SubjectTag::from_bytes(
                    [u8::try_from(self.state.size().get() % 251).unwrap(); 16],
                ),
                act_id: draft.act_id,
                part: draft.part,
                sealed_len: u32::try_from(draft.payload.len()).unwrap(),
                sealed_digest: Digest::of(&draft.payload),
                authorship: draft.authorship,
            };
            edit(&mut envelope);
            let bytes = envelope.encode().unwrap();
            self.state.link = self.chain.link(&bytes);
            self.state.frontier.append(Hash::leaf(&bytes));
            self.state.recorded_at = Some(envelope.recorded_at);
            records.push((bytes.to_vec(), draft.payload));
        }
        let first = before.next_position();
        self.frames.push(StoredFrame {
            bytes: raw_frame(&before, &records),
            before,
            records,
        });
        first
    }

    /// Appends the records of a frame of another ledger, linked anew.
    pub(crate) fn carry(&mut self, frame: &StoredFrame) {
        let decoded = frame.records.iter().map(|(envelope, payload)| {
            let old = Envelope::decode(envelope).unwrap();
            let draft = Draft {
                kind: old.kind,
                act_id: old.act_id,
                part: old.part,
                payload: payload.clone(),
                authorship: old.authorship,
            };
            (old, draft)
        });
        let (old, drafts): (Vec<Envelope>, Vec<Draft>) = decoded.unzip();
        self.append_edited(drafts, |envelope| {
            let same = |old: &&Envelope| (old.act_id, old.part) == (envelope.act_id, envelope.part);
            let old = old.iter().find(same).unwrap();
            envelope.recorded_at = old.recorded_at;
            envelope.sealed_digest = old.sealed_digest;
        });
    }

    /// The next frame starts a new segment.
    pub(crate) fn new_segment(&mut self) {
        self.segment_starts.push(self.frames.len());
    }

    /// A signed checkpoint over everything so far.
    pub(crate) fn checkpoint(&self) -> String {
        self.checkpoint_at(self.state.size(), self.state.root())
    }

    pub(crate) fn checkpoint_at(&self, size: Size, root: Hash) -> String {
        TreeHead::new(self.chain.origin(), size, root)
            .sign(&self.signers())
            .unwrap()
    }

    fn signers(&self) -> Vec<&SignerKey> {
        let first = (!self.retired).then_some(&self.signer);
        first.into_iter().chain(&self.successor).collect()
    }

    /// Overwrites a payload with zeros, in place.
    pub(crate) fn destroy(&mut self, position: Position) {
        for frame in &mut self.frames {
            let first = frame.before.next_position().get();
            let Some(index) = position.get().checked_sub(first) else {
                continue;
            };
            let Ok(index) = usize::try_from(index) else {
                continue;
            };
            if index < frame.records.len() {
                frame.records[index].1.fill(0);
                frame.bytes = raw_frame(&frame.before, &frame.records);
            }
        }
    }

    /// Segment files: first position and contents.
    pub(crate) fn segments(&self) -> Vec<(Position, Vec<u8>)> {
        let mut ends = self.segment_starts[1..].to_vec();
        ends.push(self.frames.len());
        let ranges = self.segment_starts.iter().zip(ends);
        ranges
            .map(|(start, end)| self.segment(&self.frames[*start..end]))
            .collect()
    }

    fn segment(&self, frames: &[StoredFrame]) -> (Position, Vec<u8>) {
        let start = frames
            .first()
            .map_or(&self.state, |frame| &frame.before)
            .clone();
        let body: Vec<u8> = frames
            .iter()
            .flat_map(|frame| frame.bytes.clone())
            .collect();
        // At least some zeros stand at the end.
        let length = (SEGMENT_UNIT + body.len() + 64).next_multiple_of(SEGMENT_UNIT);
        let header = SegmentHeader {
            origin: self.chain.origin().clone(),
            epoch: EPOCH,
            start,
            segment_bytes: length as u64,
        };
        let mut bytes = header.encode();
        bytes.extend(body);
        bytes.resize(length, 0);
        (header.first_position(), bytes)
    }

    /// The ledger as static files: checkpoint, hash tiles, entries, clear payloads.
    pub(crate) fn tiles(&self) -> Vec<(String, Arc<[u8]>)> {
        let mut files: Vec<(String, Vec<u8>)> =
            vec![("checkpoint".to_owned(), self.checkpoint().into_bytes())];
        let records = self.frames.iter().flat_map(|frame| &frame.records);
        let records: Vec<&(Vec<u8>, Vec<u8>)> = records.collect();
        let mut builder = TileBuilder::new();
        for (envelope, _) in &records {
            let appended = builder.append(Hash::leaf(envelope), |tile, hashes| {
                files.push((TilePath::Hashes(tile).to_string(), encode_hashes(hashes)));
                Ok::<(), std::convert::Infallible>(())
            });
            let Ok(()) = appended;
        }
        for (tile, hashes) in builder.partials() {
            files.push((TilePath::Hashes(tile).to_string(), encode_hashes(hashes)));
        }
        for (run, bundle) in records
            .chunks(usize::from(TILE_WIDTH))
            .zip(BundleCoordinate::all(self.state.size()))
        {
            let entries = run.iter().map(|(envelope, _)| envelope.as_slice());
            let entries = encode_entries(entries).unwrap();
            files.push((TilePath::Entries(bundle).to_string(), entries));
            let clear = run.iter().enumerate().filter_map(|(index, record)| {
                let (envelope, bytes) = record;
                let is_clear = Envelope::decode(envelope).unwrap().kind.is_clear();
                let index = u8::try_from(index).unwrap();
                is_clear.then_some(ClearPayload { index, bytes })
            });
            let clear = encode_clear(clear).unwrap();
            files.push((TilePath::Clear(bundle).to_string(), clear));
        }
        files
            .into_iter()
            .map(|(path, bytes)| (format!("{}/{path}", self.name), Arc::from(bytes)))
            .collect()
    }

    pub(crate) fn segment_path(&self, first: Position) -> String {
        format!("{}/{:020}.seg", self.name, first.get())
    }
}

/// A frame's bytes, whether or not its acts are whole.
pub(crate) fn raw_frame(before: &LedgerState, records: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut builder = FrameBuilder::new(EPOCH, before.next_position(), before.link);
    for (envelope, payload) in records {
        if builder.push(envelope, payload).is_err() {
            return unchecked_frame(before, records);
        }
    }
    builder
        .finish()
        .unwrap_or_else(|_| unchecked_frame(before, records))
}

/// A frame written without the builder's checks.
fn unchecked_frame(before: &LedgerState, records: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut envelopes = Vec::new();
    let mut sealed: Vec<u8> = Vec::new();
    for (envelope, payload) in records {
        envelopes.extend(u16::try_from(envelope.len()).unwrap().to_be_bytes());
        envelopes.extend(envelope);
        sealed.extend(payload);
    }
    let mut bytes = FRAME_MAGIC.to_vec();
    bytes.extend(EPOCH.get().to_be_bytes());
    bytes.extend(before.next_position().get().to_be_bytes());
    for length in [records.len(), envelopes.len(), sealed.len()] {
        bytes.extend(u32::try_from(length).unwrap().to_be_bytes());
    }
    bytes.extend(before.link.as_bytes());
    let checksum = crc32c::crc32c_append(crc32c::crc32c(&bytes), &envelopes);
    bytes.extend(checksum.to_be_bytes());
    bytes.extend(envelopes);
    bytes.extend(sealed);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

/// Two ledgers and the keys around them.
#[derive(Clone)]
pub(crate) struct Registry {
    pub(crate) events: Ledger,
    pub(crate) disclosures: Ledger,
    pub(crate) governance: AuthorSigningKey,
    pub(crate) registrar: AuthorSigningKey,
    pub(crate) second: AuthorSigningKey,
    acts: u64,
}

impl Registry {
    /// No record yet.
    pub(crate) fn empty() -> Self {
        Self {
            events: Ledger::new(LedgerName::Events),
            disclosures: Ledger::new(LedgerName::Disclosures),
            governance: AuthorSigningKey::from_seed([21; 32]),
            registrar: AuthorSigningKey::from_seed([22; 32]),
            second: AuthorSigningKey::from_seed([23; 32]),
            acts: 0,
        }
    }

    /// Founded, with one agency and its key. The agency is that of the data-protection officer, too.
    pub(crate) fn founded() -> Self {
        let mut registry = Self::empty();
        registry.govern(registry.founding());
        registry.govern(proto::act::Body::EnrolAgency(proto::EnrolAgency {
            agency: "BAFIA".to_owned(),
            roles: [proto::Role::Registrar, proto::Role::DataProtectionOfficer]
                .map(i32::from)
                .to_vec(),
            state: "IRN".to_owned(),
            ..Default::default()
        }));
        let key = registry.registrar.clone();
        registry.govern(enrol_key("BAFIA", &key, 0));
        registry
    }

    /// Small, with everything in it that a registry has: several segments, acts of several parts, a second and a revoked
    /// key, an erasure, anchors both ways, and records that no checkpoint signs.
    pub(crate) fn complete() -> Self {
        let mut registry = Self::founded();
        registry.event(&[120]);
        registry.event(&[64, 128, 64]);
        registry.disclose(&[64]);
        registry.anchor_disclosures();
        registry.anchor_events();
        registry.events.new_segment();
        registry.disclosures.new_segment();
        let second = registry.second.clone();
        registry.govern(enrol_key("BAFIA", &second, 0));
        let erased = registry.event_by(&second, &[192]);
        registry.govern(revoke_key(&second));
        registry.erase(&[erased]);
        registry.disclose(&[64, 64]);
        registry.anchor_events();
        registry.event(&[64, 64]);
        registry
    }

    /// A registry that succeeds this one, with all of its records but the last `lost` frames of each ledger, said to be
    /// that many.
    pub(crate) fn succeeded(&self, lost: usize) -> Self {
        let old_name = self.events.chain.origin().registry().to_owned();
        let successor_name = if old_name == REGISTRY {
            SUCCESSOR
        } else {
            "registry3.example.ir"
        };
        let ledger = |old: &Ledger| {
            let mut ledger = Ledger::of(successor_name, old.name);
            ledger.clock = old.clock + 1_000_000;
            ledger
        };
        let mut successor = Self {
            events: ledger(&self.events),
            disclosures: ledger(&self.disclosures),
            acts: self.acts,
            ..self.clone()
        };
        for (name, old) in [
            (LedgerName::Events, &self.events),
            (LedgerName::Disclosures, &self.disclosures),
        ] {
            let kept = &old.frames[..old.frames.len() - lost];
            let carried: u64 = kept.iter().map(|frame| frame.records.len() as u64).sum();
            let succession = proto::Succession {
                registry: old_name.clone(),
                carried,
                known: old.state.size().get(),
            };
            successor.begin_succession(name, old.checkpoint(), succession);
            let new = successor.ledger_mut(name);
            for frame in kept {
                new.carry(frame);
            }
        }
        successor
    }

    /// The first record of a ledger that succeeds another.
    pub(crate) fn begin_succession(
        &mut self,
        name: LedgerName,
        checkpoint: String,
        succession: proto::Succession,
    ) {
        let mut draft = self.anchor_draft(checkpoint.clone());
        draft.payload = proto::Anchor {
            checkpoint,
            succession: Some(succession),
        }
        .encode_to_vec();
        let ledger = self.ledger_mut(name);
        ledger.append_edited(vec![draft], |envelope| {
            envelope.recorded_at = Timestamp::from_micros(1_770_000_000_000_000);
        });
    }

    fn ledger_mut(&mut self, name: LedgerName) -> &mut Ledger {
        match name {
            LedgerName::Events => &mut self.events,
            LedgerName::Disclosures => &mut self.disclosures,
        }
    }

    /// Replaces a log key; from then on both keys sign.
    pub(crate) fn rotate(&mut self, name: LedgerName, retire_in_micros: i64) -> Position {
        let body = self.rotation(name, retire_in_micros);
        let successor = self.successor_key(name);
        self.ledger_mut(name).successor = Some(successor);
        self.govern(proto::act::Body::RotateLogKey(body))
    }

    /// The key that takes the place of a log's first key.
    pub(crate) fn successor_key(&self, name: LedgerName) -> SignerKey {
        let origin = Origin::new(self.events.chain.origin().registry(), name).unwrap();
        SignerKey::from_seed((&origin).into(), [41; 32])
    }

    /// The rotation that both keys signed.
    pub(crate) fn rotation(
        &mut self,
        name: LedgerName,
        retire_in_micros: i64,
    ) -> proto::RotateLogKey {
        let successor = self.successor_key(name);
        let retire_at = self.events.clock + retire_in_micros;
        let old = &self.ledger_mut(name).signer;
        let keys = (old.verifier().clone(), successor.verifier().clone());
        let rotation = Rotation::new(keys.0, keys.1, Timestamp::from_micros(retire_at)).unwrap();
        proto::RotateLogKey {
            old_log_key: old.verifier().to_string(),
            new_log_key: successor.verifier().to_string(),
            retire_at,
            old_signature: rotation.sign(old).as_bytes().to_vec(),
            new_signature: rotation.sign(&successor).as_bytes().to_vec(),
        }
    }

    pub(crate) fn founding(&self) -> proto::act::Body {
        proto::act::Body::FoundRegistry(proto::FoundRegistry {
            name: REGISTRY.to_owned(),
            events_log_key: self.events.vkey(),
            disclosures_log_key: self.disclosures.vkey(),
            governance_key: self.governance.public().as_bytes().to_vec(),
        })
    }

    /// A governance record, signed by the governance key.
    pub(crate) fn govern(&mut self, body: proto::act::Body) -> Position {
        let key = self.governance.clone();
        self.govern_by(&key, body)
    }

    pub(crate) fn govern_by(&mut self, key: &AuthorSigningKey, body: proto::act::Body) -> Position {
        let draft = self.governance_draft(key, body);
        self.events.append(vec![draft])
    }

    pub(crate) fn governance_draft(
        &mut self,
        key: &AuthorSigningKey,
        body: proto::act::Body,
    ) -> Draft {
        let act_id = self.act_id();
        let event_body = stated(&body);
        let act = proto::Act {
            act_id: act_id.as_bytes().to_vec(),
            body: Some(body),
            ..Default::default()
        };
        let (act, nonce) = (act.encode_to_vec(), Nonce::from_bytes([7; 32]));
        let authorship = key.sign_act(self.events.chain.origin(), act_id, &act, &nonce);
        let event = proto::Event {
            act,
            nonce: nonce.as_bytes().to_vec(),
            body: Some(event_body),
            ..Default::default()
        };
        Draft {
            kind: Kind::Governance,
            act_id,
            part: Part::ONLY,
            payload: event.encode_to_vec(),
            authorship: Some(authorship),
        }
    }

    /// An act with one part for each payload length, signed by the registrar.
    pub(crate) fn event(&mut self, lengths: &[usize]) -> Position {
        let key = self.registrar.clone();
        self.event_by(&key, lengths)
    }

    pub(crate) fn event_by(&mut self, key: &AuthorSigningKey, lengths: &[usize]) -> Position {
        let drafts = self.event_drafts(key, lengths);
        self.events.append(drafts)
    }

    pub(crate) fn event_drafts(&mut self, key: &AuthorSigningKey, lengths: &[usize]) -> Vec<Draft> {
        let act_id = self.act_id();
        let nonce = Nonce::from_bytes([9; 32]);
        let authorship = key.sign_act(self.events.chain.origin(), act_id, b"sealed", &nonce);
        parts(Kind::Event, act_id, lengths, Some(authorship))
    }

    /// An erasure of these payloads: the record, and the zeros.
    pub(crate) fn erase(&mut self, positions: &[Position]) -> Position {
        let position = self.record_erasure(positions);
        for position in positions {
            self.events.destroy(*position);
        }
        position
    }

    /// The record of an erasure alone.
    pub(crate) fn record_erasure(&mut self, positions: &[Position]) -> Position {
        let draft = self.erasure_draft(self.order(positions));
        self.events.append(vec![draft])
    }

    /// An order over these payloads, without its id and unsigned: the data-protection officer's, approved by the governance
    /// authority itself.
    pub(crate) fn order(&self, positions: &[Position]) -> proto::Erasure {
        let keys = [&self.registrar, &self.governance];
        proto::Erasure {
            positions: positions.iter().map(|position| position.get()).collect(),
            legal_basis: "law:art.31".to_owned(),
            approvers: vec!["BAFIA/D5001".to_owned(), "GOVERNANCE/G6001".to_owned()],
            origin: self.events.chain.origin().as_str().to_owned(),
            subject: vec![3; 32],
            not_after: i64::MAX,
            ground: proto::ErasureGround::CourtOrder.into(),
            permit_number: "P-12".to_owned(),
            approver_keys: keys
                .map(|key| key.public().id().as_bytes().to_vec())
                .to_vec(),
            ..proto::Erasure::default()
        }
    }

    /// The record of an order, which is given its id and signed by both officers.
    pub(crate) fn erasure_draft(&mut self, mut order: proto::Erasure) -> Draft {
        let act_id = self.act_id();
        order.order_id = act_id.as_bytes().to_vec();
        let signed = order.encode_to_vec();
        let origin = self.events.chain.origin();
        order.signatures = [&self.registrar, &self.governance]
            .map(|key| key.sign_erasure(origin, &signed).as_bytes().to_vec())
            .to_vec();
        self.erasure_record(act_id, &order)
    }

    /// The record of an erasure without an order.
    pub(crate) fn bare_erasure_draft(&mut self, positions: &[Position]) -> Draft {
        let order = self.order(positions);
        let bare = proto::Erasure {
            positions: order.positions,
            legal_basis: order.legal_basis,
            approvers: order.approvers,
            ..proto::Erasure::default()
        };
        let act_id = self.act_id();
        self.erasure_record(act_id, &bare)
    }

    fn erasure_record(&self, act_id: ActId, erasure: &proto::Erasure) -> Draft {
        let payload = erasure.encode_to_vec();
        let origin = self.events.chain.origin();
        let authorship = self
            .governance
            .sign_erasure_record(origin, act_id, &payload);
        Draft {
            kind: Kind::Erasure,
            act_id,
            part: Part::ONLY,
            payload,
            authorship: Some(authorship),
        }
    }

    /// Disclosures, each an act of its own, in one frame.
    pub(crate) fn disclose(&mut self, lengths: &[usize]) -> Position {
        let drafts = lengths
            .iter()
            .flat_map(|length| parts(Kind::Event, self.act_id(), &[*length], None))
            .collect();
        self.disclosures.append(drafts)
    }

    /// Anchors the disclosures ledger as it stands in the events ledger.
    pub(crate) fn anchor_disclosures(&mut self) -> Position {
        let draft = self.anchor_draft(self.disclosures.checkpoint());
        self.events.append(vec![draft])
    }

    /// Anchors the events ledger as it stands in the disclosures ledger.
    pub(crate) fn anchor_events(&mut self) -> Position {
        let draft = self.anchor_draft(self.events.checkpoint());
        self.disclosures.append(vec![draft])
    }

    pub(crate) fn anchor_draft(&mut self, checkpoint: String) -> Draft {
        Draft {
            kind: Kind::Anchor,
            act_id: self.act_id(),
            part: Part::ONLY,
            payload: proto::Anchor {
                checkpoint,
                succession: None,
            }
            .encode_to_vec(),
            authorship: None,
        }
    }

    pub(crate) fn act_id(&mut self) -> ActId {
        self.acts += 1;
        let mut bytes = [0x70; 16];
        bytes[8..].copy_from_slice(&self.acts.to_be_bytes());
        ActId::from_bytes(bytes)
    }

    pub(crate) fn trust(&self) -> TrustedLogs {
        let vkeys = [self.events.vkey(), self.disclosures.vkey()];
        TrustedLogs::from_vkeys(vkeys.iter().map(String::as_str)).unwrap()
    }

    /// The data directory, as path and contents.
    pub(crate) fn data_files(&self) -> Vec<(String, Arc<[u8]>)> {
        [&self.events, &self.disclosures]
            .into_iter()
            .flat_map(|ledger| {
                let checkpoint = (
                    format!("{}/checkpoint", ledger.name),
                    Arc::from(ledger.checkpoint().into_bytes()),
                );
                let segments = ledger.segments().into_iter();
                let segments = segments
                    .map(|(first, bytes)| (ledger.segment_path(first), Arc::from(bytes)))
                    .collect::<Vec<_>>();
                segments.into_iter().chain([checkpoint])
            })
            .collect()
    }

    /// The exported directory, as path and contents.
    pub(crate) fn export_files(&self) -> Vec<(String, Arc<[u8]>)> {
        [&self.events, &self.disclosures]
            .into_iter()
            .flat_map(|ledger| {
                let mut writer = RecordsWriter::new(Vec::new());
                for frame in &ledger.frames {
                    writer.write_frame(&frame.bytes).unwrap();
                }
                let records: Arc<[u8]> = writer.finish().unwrap().into();
                let checkpoint = Arc::from(ledger.checkpoint().into_bytes());
                [
                    (format!("{}/records.bin", ledger.name), records),
                    (format!("{}/checkpoint", ledger.name), checkpoint),
                ]
            })
            .collect()
    }

    /// The exported tiles, as path and contents.
    pub(crate) fn tile_files(&self) -> Vec<(String, Arc<[u8]>)> {
        [&self.events, &self.disclosures]
            .into_iter()
            .flat_map(Ledger::tiles)
            .collect()
    }

    /// Verifies the data directory.
    pub(crate) fn verify(&self) -> Report {
        self.verify_files(self.data_files())
    }

    /// Verifies these files against this registry's keys.
    pub(crate) fn verify_files(&self, files: Vec<(String, Arc<[u8]>)>) -> Report {
        verify(&self.options(Source::Memory(MemoryFiles::new(files)))).unwrap()
    }

    pub(crate) fn options(&self, source: Source) -> Options {
        Options::new(source, self.trust())
    }
}

/// The parts of one act, one for each payload length.
fn parts(
    kind: Kind,
    act_id: ActId,
    lengths: &[usize],
    authorship: Option<Authorship>,
) -> Vec<Draft> {
    let count = u8::try_from(lengths.len()).unwrap();
    (0..count)
        .zip(lengths)
        .map(|(index, length)| Draft {
            kind,
            act_id,
            part: Part::new(index, count).unwrap(),
            payload: (0..*length)
                .map(|n| u8::try_from(n % 255 + 1).unwrap())
                .collect(),
            authorship: authorship.filter(|_| index == 0),
        })
        .collect()
}

pub(crate) fn enrol_agency(agency: &str, role: proto::Role) -> proto::act::Body {
    proto::act::Body::EnrolAgency(proto::EnrolAgency {
        agency: agency.to_owned(),
        roles: vec![role.into()],
        state: "IRN".to_owned(),
        ..Default::default()
    })
}

pub(crate) fn revoke_agency(agency: &str) -> proto::act::Body {
    proto::act::Body::RevokeAgency(proto::RevokeAgency {
        agency: agency.to_owned(),
        reason: "dissolved".to_owned(),
    })
}

pub(crate) fn enrol_key(agency: &str, key: &AuthorSigningKey, not_after: i64) -> proto::act::Body {
    proto::act::Body::EnrolKey(proto::EnrolKey {
        agency: agency.to_owned(),
        public_key: key.public().as_bytes().to_vec(),
        not_after,
        ..Default::default()
    })
}

pub(crate) fn revoke_key(key: &AuthorSigningKey) -> proto::act::Body {
    proto::act::Body::RevokeKey(proto::RevokeKey {
        key_id: key.public().id().as_bytes().to_vec(),
        reason: "lost".to_owned(),
    })
}

/// What the registry states of a governance act.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "tests make governance acts only"
)]
fn stated(body: &proto::act::Body) -> proto::event::Body {
    use proto::{act::Body as Act, event::Body as Event};
    match body.clone() {
        Act::FoundRegistry(body) => Event::RegistryFounded(body),
        Act::EnrolAgency(body) => Event::AgencyEnrolled(body),
        Act::RevokeAgency(body) => Event::AgencyRevoked(body),
        Act::EnrolKey(body) => Event::KeyEnrolled(body),
        Act::RevokeKey(body) => Event::KeyRevoked(body),
        Act::EnrolOffice(body) => Event::OfficeEnrolled(body),
        Act::AdoptPolicy(body) => Event::PolicyAdopted(body),
        Act::RotateLogKey(body) => Event::LogKeyRotated(body),
        Act::ExtendDeferral(body) => Event::DeferralExtended(body),
        Act::JustifyLookup(body) => Event::LookupJustified(body),
        _ => panic!("not a governance act"),
    }
}
