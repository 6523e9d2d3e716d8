//! One ledger on disk, under construction.

use std::path::{Path, PathBuf};

use sabt_chain::checkpoint::TreeHead;
use sabt_chain::frame::FrameBuilder;
use sabt_chain::note::SignerKey;
use sabt_chain::segment::SEGMENT_HEADER_BYTES;
use sabt_chain::{
    Chain, ENVELOPE_BYTES_MAX, Envelope, Epoch, Link, Origin, Position, Size, Timestamp,
};
use sabt_journal::{
    Backend as _, FileJournal, Head, Options, Owner, PayloadRef, SparePreparation, durable,
};

use super::batch::Draft;
use super::error::LedgerError;

/// Who writes, for the log.
const OWNER: &str = "synthetic";

/// File beside the segments, as the server names it.
const CHECKPOINT_FILE: &str = "checkpoint";

/// Shortest segment: header, and room for the longest list of an erasure.
pub(super) const SEGMENT_BYTES_MIN: u64 = 32 * 1024;

/// A ledger that grows.
#[derive(Debug)]
pub(super) struct LedgerFile {
    journal: FileJournal,
    directory: PathBuf,
    chain: Chain,
    epoch: Epoch,
    head: Head,
    signer: SignerKey,
    frame_records: u32,
    frame_bytes_max: usize,
    /// Whether it holds records besides anchors since it was anchored last.
    unanchored: bool,
}

impl LedgerFile {
    /// An empty ledger.
    pub(super) fn create(
        directory: &Path,
        origin: &Origin,
        signer: SignerKey,
        segment_bytes: u64,
        frame_records: u32,
    ) -> Result<Self, LedgerError> {
        let directory = directory.join(origin.ledger().as_str());
        let options = Options {
            segment_bytes,
            reserve_bytes: 0,
            spares: SparePreparation::OnDemand,
        };
        let journal = FileJournal::create(&directory, origin, &options)?;
        let (epoch, head) = journal.open_epoch(&Owner::new(OWNER)?)?;
        let room = usize::try_from(segment_bytes).unwrap_or(usize::MAX);
        Ok(Self {
            journal,
            directory,
            chain: Chain::new(origin),
            epoch,
            head,
            signer,
            frame_records,
            frame_bytes_max: room.saturating_sub(SEGMENT_HEADER_BYTES),
            unanchored: false,
        })
    }

    pub(super) const fn signer(&self) -> &SignerKey {
        &self.signer
    }

    pub(super) const fn size(&self) -> Size {
        self.head.size
    }

    /// Whether it has anything new to be anchored; asked once, it has not.
    pub(super) const fn take_unanchored(&mut self) -> bool {
        std::mem::replace(&mut self.unanchored, false)
    }

    /// Appends records, whole acts, in as many frames as they need, and moves `clock` on; returns their first position.
    pub(super) fn append(
        &mut self,
        drafts: &[Draft],
        clock: &mut Timestamp,
    ) -> Result<Position, LedgerError> {
        let first = self.head.size.next_position();
        let mut link = self.head.link;
        let mut frame = self.frame(first, link);
        for act in drafts.chunk_by(|before, after| before.act_id == after.act_id) {
            if self.is_full(&frame, act) {
                let next = frame.next_position();
                self.commit(std::mem::replace(&mut frame, self.frame(next, link)))?;
            }
            for draft in act {
                link = self.push(&mut frame, draft, link, clock)?;
            }
            let anchors = act
                .iter()
                .all(|draft| draft.kind == sabt_chain::Kind::Anchor);
            self.unanchored |= !anchors;
        }
        if !frame.is_empty() {
            self.commit(frame)?;
        }
        Ok(first)
    }

    fn frame(&self, first: Position, previous: Link) -> FrameBuilder {
        FrameBuilder::new(self.epoch, first, previous)
    }

    /// Whether an act belongs into the next frame.
    fn is_full(&self, frame: &FrameBuilder, act: &[Draft]) -> bool {
        // An envelope, its length before it, and the frame's padding, at most.
        let overhead = act.len() * (ENVELOPE_BYTES_MAX + 2) + 8;
        let sealed: usize = act.iter().map(|draft| draft.sealed.len()).sum();
        !frame.is_empty()
            && (self.frame_records <= frame.count()
                || self.frame_bytes_max < frame.encoded_len() + overhead + sealed)
    }

    fn push(
        &self,
        frame: &mut FrameBuilder,
        draft: &Draft,
        previous: Link,
        clock: &mut Timestamp,
    ) -> Result<Link, LedgerError> {
        *clock = Timestamp::from_micros(clock.as_micros().saturating_add(draft.pause_us));
        let envelope = Envelope {
            kind: draft.kind,
            position: frame.next_position(),
            previous,
            recorded_at: *clock,
            subject_tag: draft.subject_tag,
            act_id: draft.act_id,
            part: draft.part,
            sealed_len: u32::try_from(draft.sealed.len()).unwrap_or(u32::MAX),
            sealed_digest: draft.sealed_digest,
            authorship: draft.authorship,
        };
        let bytes = envelope.encode()?;
        frame.push(&bytes, &draft.sealed)?;
        Ok(self.chain.link(&bytes))
    }

    fn commit(&mut self, frame: FrameBuilder) -> Result<(), LedgerError> {
        let bytes = frame.finish()?;
        self.head = self.journal.append(self.epoch, &self.head, &bytes)?;
        Ok(())
    }

    /// Overwrites payloads with zeros.
    pub(super) fn erase(&self, payloads: &[PayloadRef]) -> Result<(), LedgerError> {
        self.journal.erase(self.epoch, payloads)?;
        Ok(())
    }

    /// What an erasure of the sealed payload at `position` must name.
    pub(super) fn payload(&self, position: Position) -> Result<PayloadRef, LedgerError> {
        let missing = LedgerError::NotSealed { position };
        let Some(stored) = self.journal.read(position)?.next_frame()? else {
            return Err(missing);
        };
        let frame = stored.frame();
        let record = frame.records().find(|record| {
            record.envelope.position == position && record.envelope.kind == sabt_chain::Kind::Event
        });
        record.map_or(Err(missing), |record| {
            Ok(PayloadRef {
                position,
                sealed_digest: record.envelope.sealed_digest,
            })
        })
    }

    /// Signs a checkpoint over all records and puts it where the server would.
    pub(super) fn publish(&self) -> Result<String, LedgerError> {
        let state = self.journal.state()?;
        let head = TreeHead::new(self.chain.origin(), state.size(), state.root());
        let note = head.sign(&[&self.signer])?;
        write(&self.directory.join(CHECKPOINT_FILE), note.as_bytes())?;
        Ok(note)
    }
}

/// Writes a file durably.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), LedgerError> {
    durable::write_atomically(path, bytes).map_err(|source| LedgerError::File {
        path: path.to_owned(),
        source,
    })
}
