//! Records of a ledger, sealed and linked anew under the origin of the ledger that succeeds it.
//!
//! What a record is stays: its kind, act, time, authorship and payload. What binds it to its place changes: position,
//! link, subject tag, seal. A payload that an erasure record names is carried as zeros, beside the length and the digest
//! that it had.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sabt_chain::frame::{FrameBuildError, FrameBuilder, PayloadState, RecordView};
use sabt_chain::segment::SEGMENT_HEADER_BYTES;
use sabt_chain::{
    Chain, Digest, Envelope, EnvelopeError, Epoch, Kind, LedgerName, Origin, Position, Size,
    SubjectTag, Timestamp,
};
use sabt_journal::{AppendError, Archive, CopyError, FileJournal, Head};
use sabt_vault::audit::{self, BeforeAudit};
use sabt_vault::routing::{ForeignTag, RoutingKey};
use sabt_vault::seal::RecordPlace;
use sabt_vault::{KeyOwner, OpeningError, SealingError, Vault};

use crate::erasures::Erasures;
use crate::limits::CARRIED_FRAME_BYTES;

/// Why a record cannot be carried over.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// Its subject cannot be read: the secrets are those of another registry.
    #[error(transparent)]
    Tag(#[from] ForeignTag),
    /// Its payload cannot be opened.
    #[error("its payload does not open: {0}")]
    Open(#[from] OpeningError),
    /// Its payload cannot be sealed.
    #[error("its payload cannot be sealed anew: {0}")]
    Seal(#[from] SealingError),
    /// Its payload is not the one recorded.
    #[error("its payload is not the one recorded")]
    Altered,
    /// Its payload is all zeros.
    #[error("its payload is all zeros, but no erasure record names it")]
    Unexplained,
    /// Its time lies before all months of disclosures.
    #[error(transparent)]
    Time(#[from] BeforeAudit),
    /// Its envelope cannot be encoded.
    #[error("its envelope cannot be encoded: {0}")]
    Envelope(#[from] EnvelopeError),
    /// It does not fit a frame.
    #[error("it cannot be framed: {0}")]
    Frame(#[from] FrameBuildError),
    /// There is no position for it.
    #[error("the ledger has no more positions")]
    Exhausted,
    /// The journal did not take it.
    #[error(transparent)]
    Append(#[from] AppendError),
}

/// What a first reading tells of the records to be carried.
#[derive(Debug)]
pub(super) struct Survey {
    /// How many there are.
    pub(super) size: Size,
    /// When the first was recorded.
    pub(super) first_recorded_at: Option<Timestamp>,
    /// Payloads that later records say were erased.
    erased: BTreeSet<Position>,
}

impl Survey {
    /// Reads all of a ledger.
    pub(super) fn of(archive: &Archive) -> Result<Self, CopyError> {
        let mut survey = Self {
            size: Size::EMPTY,
            first_recorded_at: None,
            erased: BTreeSet::new(),
        };
        let mut erasures = Erasures::default();
        archive.for_each(Position::FIRST, &mut |record: &RecordView<'_>| {
            let envelope = &record.envelope;
            let earlier = |named: &Position| *named < envelope.position;
            survey
                .erased
                .extend(erasures.of(record).into_iter().filter(earlier));
            survey.size = Size::new(envelope.position.get().saturating_add(1));
            survey.first_recorded_at = survey.first_recorded_at.or(Some(envelope.recorded_at));
            ControlFlow::Continue(())
        })?;
        Ok(survey)
    }
}

/// A ledger, with what opens and seals its payloads.
pub(super) struct Sealer<'a> {
    origin: &'a Origin,
    vault: &'a Vault,
    routing: RoutingKey,
}

impl<'a> Sealer<'a> {
    pub(super) fn new(origin: &'a Origin, vault: &'a Vault) -> Self {
        let routing = vault.routing_key(origin.as_str());
        Self {
            origin,
            vault,
            routing,
        }
    }

    /// The tag of a record about the subject with this ordinal.
    pub(super) fn tag(
        &self,
        position: Position,
        subject: sabt_vault::ordinal::SubjectOrdinal,
    ) -> SubjectTag {
        SubjectTag::from_bytes(self.routing.tag(position.get(), subject))
    }

    fn place(&self, envelope: &Envelope, position: Position) -> RecordPlace<'_> {
        RecordPlace {
            origin: self.origin.as_str(),
            position: position.get(),
            act_id: envelope.act_id.to_bytes(),
        }
    }
}

/// A record that has a position and no link yet.
struct Carried {
    envelope: Envelope,
    sealed: Vec<u8>,
    is_erased: bool,
}

/// Writes the records of a ledger that succeeds another.
pub(super) struct Carrier<'a> {
    old: Sealer<'a>,
    new: Sealer<'a>,
    chain: Chain,
    journal: &'a FileJournal,
    epoch: Epoch,
    head: Head,
    /// Longest frame in bytes, unless a single act is longer.
    frame_bytes_max: usize,
    frame: FrameBuilder,
    link: sabt_chain::Link,
    /// Payloads of the frame that are carried as zeros.
    zeros: BTreeSet<Position>,
    /// The act whose parts are still coming.
    act: Vec<Carried>,
}

impl<'a> Carrier<'a> {
    /// Into an empty journal whose newest epoch is this one.
    pub(super) fn new(
        old: Sealer<'a>,
        new: Sealer<'a>,
        journal: &'a FileJournal,
        (epoch, head): (Epoch, Head),
        segment_bytes: u64,
    ) -> Self {
        let room = usize::try_from(segment_bytes)
            .unwrap_or(usize::MAX)
            .saturating_sub(SEGMENT_HEADER_BYTES);
        Self {
            old,
            new,
            chain: journal.chain().clone(),
            journal,
            epoch,
            head,
            frame_bytes_max: room.min(CARRIED_FRAME_BYTES),
            frame: FrameBuilder::new(epoch, head.size.next_position(), head.link),
            link: head.link,
            zeros: BTreeSet::new(),
            act: Vec::new(),
        }
    }

    /// Carries a record over. It is durable when its frame is: at the latest after [`Self::finish`].
    pub(super) fn carry(
        &mut self,
        record: &RecordView<'_>,
        survey: &Survey,
    ) -> Result<(), CarryError> {
        let old = &record.envelope;
        let position = old.position.next().ok_or(CarryError::Exhausted)?;
        let subject = self
            .old
            .routing
            .subject(old.position.get(), old.subject_tag.as_bytes())?;
        let mut carried = Carried {
            envelope: Envelope {
                position,
                subject_tag: self.new.tag(position, subject),
                ..record.envelope.clone()
            },
            sealed: record.sealed.to_vec(),
            is_erased: survey.erased.contains(&old.position),
        };
        if carried.is_erased {
            carried.sealed.fill(0);
        } else {
            match record.payload_state() {
                PayloadState::Intact => {}
                PayloadState::Erased => return Err(CarryError::Unexplained),
                PayloadState::Altered => return Err(CarryError::Altered),
            }
            if old.kind == Kind::Event {
                let owner = match self.old.origin.ledger() {
                    LedgerName::Events => subject.into(),
                    LedgerName::Disclosures => {
                        let epoch = audit::epoch_of(old.recorded_at.as_micros())?;
                        KeyOwner::of_disclosure(subject, epoch)
                    }
                };
                self.seal_anew(record, owner, &mut carried)?;
            }
        }
        self.add(carried)
    }

    /// Adds a record that is the whole of an act and stands in no other ledger.
    pub(super) fn begin(&mut self, envelope: Envelope, payload: Vec<u8>) -> Result<(), CarryError> {
        self.add(Carried {
            envelope,
            sealed: payload,
            is_erased: false,
        })
    }

    /// Writes what was not written yet.
    pub(super) fn finish(mut self) -> Result<Head, CarryError> {
        self.flush()?;
        Ok(self.head)
    }

    fn seal_anew(
        &self,
        record: &RecordView<'_>,
        owner: KeyOwner,
        carried: &mut Carried,
    ) -> Result<(), CarryError> {
        let old = &record.envelope;
        let place = self.old.place(old, old.position);
        let plain = match self.old.vault.open_sealed(owner, &place, record.sealed) {
            Ok(plain) => plain,
            // The record that says so was lost, but nobody can open the payload ever again: it stays as it is.
            Err(OpeningError::Destroyed) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        carried.sealed.clear();
        let envelope = &mut carried.envelope;
        let place = self.new.place(envelope, envelope.position);
        self.new
            .vault
            .seal_into(owner, &place, &plain, &mut carried.sealed)?;
        envelope.sealed_len =
            u32::try_from(carried.sealed.len()).map_err(|_too_long| FrameBuildError::Full)?;
        envelope.sealed_digest = Digest::of(&carried.sealed);
        Ok(())
    }

    fn add(&mut self, carried: Carried) -> Result<(), CarryError> {
        let part = carried.envelope.part;
        self.act.push(carried);
        if part.is_last() {
            self.place_act()
        } else {
            Ok(())
        }
    }

    /// Links the act and puts it into a frame, into the next one if this is full. A record that says what was erased
    /// never stands in the frame that holds the zeros: the newest frame then never does, and a frame with zeros at the
    /// end of a ledger would be taken for a torn one.
    fn place_act(&mut self) -> Result<(), CarryError> {
        let act = std::mem::take(&mut self.act);
        let mut encoded_bytes = 0_usize;
        for carried in &act {
            let envelope = carried.envelope.encode()?;
            encoded_bytes = encoded_bytes
                .saturating_add(envelope.as_bytes().len())
                .saturating_add(carried.sealed.len())
                // The length before the envelope, and the padding of the frame.
                .saturating_add(16);
        }
        let erases = act
            .iter()
            .any(|carried| carried.envelope.kind == Kind::Erasure);
        let records = u32::try_from(act.len()).unwrap_or(u32::MAX);
        let fits = self.frame.encoded_len().saturating_add(encoded_bytes) <= self.frame_bytes_max
            && self.frame.has_room(records, encoded_bytes, 0);
        if !fits || (erases && !self.zeros.is_empty()) {
            self.flush()?;
        }
        for mut carried in act {
            carried.envelope.previous = self.link;
            let encoded = carried.envelope.encode()?;
            self.frame.push(encoded.as_bytes(), &carried.sealed)?;
            self.link = self.chain.link(encoded.as_bytes());
            if carried.is_erased {
                self.zeros.insert(carried.envelope.position);
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), CarryError> {
        if self.frame.is_empty() {
            return Ok(());
        }
        let next = FrameBuilder::new(self.epoch, self.frame.next_position(), self.link);
        let frame = std::mem::replace(&mut self.frame, next).finish()?;
        let zeros = std::mem::take(&mut self.zeros);
        self.head = self
            .journal
            .append_carried(self.epoch, &self.head, &frame, &zeros)?;
        Ok(())
    }
}
