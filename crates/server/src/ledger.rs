//! The end of the write path, the same for both ledgers: place, seal, link, frame, append, sync.

use std::sync::Arc;

use sabt_chain::frame::{FrameBuildError, FrameBuilder};
use sabt_chain::{
    ActId, Authorship, Chain, Digest, Envelope, EnvelopeError, Epoch, Kind, Link, Origin, Part,
    Position, SubjectTag, Timestamp,
};
use sabt_journal::{AppendError, Backend, Head, Owner};
use sabt_vault::ordinal::SubjectOrdinal;
use sabt_vault::routing::RoutingKey;
use sabt_vault::seal::RecordPlace;
use sabt_vault::slots::KeyFileError;
use sabt_vault::{KeyOwner, SealingError, Vault, audit};
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::registry::{Ledger, RegistryError};

/// Under which key a payload is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sealing {
    /// The subject's own key, which for a claim to asylum is one of the compartment.
    Subject,
    /// The audit key of the epoch in which it is recorded; for the asylum unit, that of the compartment.
    Audit,
    /// Not at all: governance, erasure and anchor records hold no personal data.
    Clear,
}

/// A record that has no place yet.
pub(crate) struct Draft {
    pub(crate) kind: Kind,
    pub(crate) subject: SubjectOrdinal,
    pub(crate) act_id: ActId,
    pub(crate) part: Part,
    pub(crate) sealing: Sealing,
    pub(crate) payload: Zeroizing<Vec<u8>>,
    pub(crate) authorship: Option<Authorship>,
}

impl Draft {
    /// An anchor: a checkpoint of the other ledger, in the clear. It is nobody's act.
    fn anchor(id: uuid::Uuid, payload: Vec<u8>) -> Self {
        Self {
            kind: Kind::Anchor,
            subject: SubjectOrdinal::REGISTRY,
            act_id: ActId::from_bytes(id.into_bytes()),
            part: Part::ONLY,
            sealing: Sealing::Clear,
            payload: Zeroizing::new(payload),
            authorship: None,
        }
    }
}

/// Where a draft came to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    /// Its position.
    pub position: Position,
    /// Its link.
    pub link: Link,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// Why nothing was appended, or why it is not known whether it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LedgerError {
    /// A payload cannot be sealed.
    #[error("cannot seal a payload: {0}")]
    Seal(#[from] SealingError),
    /// The key of an audit epoch cannot be made.
    #[error("cannot provide a key: {0}")]
    Key(#[from] KeyFileError),
    /// The clock stands before 1970.
    #[error("the clock is wrong: {0}")]
    Clock(#[from] audit::BeforeAudit),
    /// A record cannot be framed.
    #[error("cannot frame the records: {0}")]
    Frame(#[from] FrameBuildError),
    /// An envelope cannot be encoded.
    #[error("cannot encode an envelope: {0}")]
    Envelope(#[from] EnvelopeError),
    /// The ledger has no more positions.
    #[error("the ledger has no more positions")]
    Exhausted,
    /// The journal did not take the frame.
    #[error(transparent)]
    Append(#[from] AppendError),
}

impl LedgerError {
    /// True if only space was missing: nothing was written, and appends resume when space returns.
    pub(crate) fn is_full(&self) -> bool {
        matches!(self, Self::Append(AppendError::Full { .. }))
    }
}

/// Appends frames to one ledger, of which it is the only writer.
pub(crate) struct Appender {
    chain: Chain,
    journal: Arc<dyn Backend>,
    epoch: Epoch,
    head: Head,
    vault: Arc<Vault>,
    routing: RoutingKey,
    clock: Clock,
    last_recorded_at: i64,
    sealed: Vec<u8>,
}

impl Appender {
    /// Opens a new epoch of the ledger and continues at its head.
    pub(crate) fn open(
        ledger: Ledger,
        vault: Arc<Vault>,
        clock: Clock,
        owner: &Owner,
    ) -> Result<Self, RegistryError> {
        let Ledger { chain, journal } = ledger;
        let (epoch, head) = journal.open_epoch(owner)?;
        let last_recorded_at = journal
            .state()?
            .recorded_at
            .map_or(0, sabt_chain::Timestamp::as_micros);
        let routing = vault.routing_key(chain.origin().as_str());
        let sealed = Vec::new();
        Ok(Self {
            chain,
            journal,
            epoch,
            head,
            vault,
            routing,
            clock,
            last_recorded_at,
            sealed,
        })
    }

    /// The head as this writer knows it.
    pub(crate) const fn head(&self) -> &Head {
        &self.head
    }

    /// The ledger itself, and the epoch in which it is written.
    pub(crate) fn hold(&self) -> (&dyn Backend, Epoch) {
        (&*self.journal, self.epoch)
    }

    /// Origin of the ledger.
    pub(crate) const fn origin(&self) -> &Origin {
        self.chain.origin()
    }

    /// Time that a record appended now will carry: never before that of the last record.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now_micros().max(self.last_recorded_at)
    }

    /// A record that anchors a checkpoint of the other ledger in this one.
    pub(crate) fn anchor(&self, payload: Vec<u8>) -> Draft {
        Draft::anchor(self.clock.new_id(), payload)
    }

    /// Places, seals, links and appends `drafts` as one frame. When this returns, they are durable.
    ///
    /// Crash before the journal's sync returns: the frame is whole or is cut on reopening. Crash after it:
    /// the records stand, whether or not anybody was told.
    pub(crate) fn append(
        &mut self,
        drafts: &[Draft],
        recorded_at: i64,
    ) -> Result<Vec<Placed>, LedgerError> {
        let first = self.head.size.next_position();
        let mut frame = FrameBuilder::new(self.epoch, first, self.head.link);
        let mut placed = Vec::with_capacity(drafts.len());
        let mut previous = self.head.link;
        let mut position = first;
        for draft in drafts {
            self.seal(draft, position, recorded_at)?;
            let envelope = Envelope {
                kind: draft.kind,
                position,
                previous,
                recorded_at: Timestamp::from_micros(recorded_at),
                subject_tag: SubjectTag::from_bytes(
                    self.routing.tag(position.get(), draft.subject),
                ),
                act_id: draft.act_id,
                part: draft.part,
                sealed_len: u32::try_from(self.sealed.len())
                    .map_err(|_too_long| FrameBuildError::Full)?,
                sealed_digest: Digest::from_bytes(*blake3::hash(&self.sealed).as_bytes()),
                authorship: draft.authorship,
            };
            let encoded = envelope.encode()?;
            frame.push(encoded.as_bytes(), &self.sealed)?;
            previous = self.chain.link(encoded.as_bytes());
            placed.push(Placed {
                position,
                link: previous,
                recorded_at: envelope.recorded_at,
            });
            position = position.next().ok_or(LedgerError::Exhausted)?;
        }
        let bytes = frame.finish()?;
        self.head = self.journal.append(self.epoch, &self.head, &bytes)?;
        self.last_recorded_at = recorded_at;
        Ok(placed)
    }

    fn seal(&mut self, draft: &Draft, position: Position, at: i64) -> Result<(), LedgerError> {
        self.sealed.clear();
        let place = RecordPlace {
            origin: self.chain.origin().as_str(),
            position: position.get(),
            act_id: draft.act_id.to_bytes(),
        };
        match draft.sealing {
            Sealing::Clear => self.sealed.extend_from_slice(&draft.payload),
            Sealing::Subject => {
                self.vault
                    .seal_into(draft.subject, &place, &draft.payload, &mut self.sealed)?;
            }
            Sealing::Audit => {
                let owner = KeyOwner::of_disclosure(draft.subject, audit::epoch_of(at)?);
                // Costs a sync once in many months: the key is durable before its first record.
                self.vault.ensure(owner)?;
                self.vault
                    .seal_into(owner, &place, &draft.payload, &mut self.sealed)?;
            }
        }
        Ok(())
    }
}
