//! Carrying an erasure out: what a record of it says was destroyed comes to be destroyed.
//!
//! The record stands first, so that at no moment anything is missing that no record explains; then
//!
//! 1. the person's key is destroyed, and with it every sealed byte in every copy of the ledger is noise;
//! 2. the sealed bytes are overwritten in place, in every segment;
//! 3. the views fold the record, which takes the rows and the index entries away;
//! 4. the store of the views is written anew, so that its files hold none of it either.
//!
//! Each step may be repeated. A record that the views have not folded yet may not be carried out yet, so opening carries
//! out again whatever the views have not seen ([`resume`]); that the store is still to be written anew stands in the store
//! itself ([`Views::remembers`](sabt_views::Views::remembers)). A crash at any moment so ends with the next start.

use sabt_chain::frame::{PayloadState, RecordView};
use sabt_chain::{Epoch, Kind, Position, Size};
use sabt_journal::{Backend, ERASE_PAYLOADS_MAX, EraseError, PayloadRef, ReadError, StoredFrame};
use sabt_vault::Vault;
use sabt_vault::ordinal::SubjectOrdinal;
use sabt_vault::routing::{ForeignTag, RoutingKey};
use sabt_vault::slots::{KeyFileError, SlotState};

use crate::erasures::Erasures;

/// Why an erasure that is recorded could not be carried out. It is at the next start.
#[derive(Debug, thiserror::Error)]
pub enum CarryOutError {
    /// The ledger cannot be read.
    #[error("the ledger cannot be read: {0}")]
    Read(#[from] ReadError),
    /// The key cannot be destroyed.
    #[error("the key cannot be destroyed: {0}")]
    Key(#[from] KeyFileError),
    /// Whose key is to be destroyed cannot be read.
    #[error("it cannot be told whose key is to be destroyed: {0}")]
    Subject(#[from] ForeignTag),
    /// The sealed bytes cannot be overwritten.
    #[error("the sealed bytes cannot be overwritten: {0}")]
    Overwrite(#[from] EraseError),
    /// A record of an erasure cannot be read.
    #[error(
        "the record of an erasure at position {position} cannot be read: {source}\n  hint: `sabt-verify` tells what \
         the ledger is worth"
    )]
    Record {
        /// Where it stands.
        position: Position,
        /// What is wrong with it.
        #[source]
        source: prost::DecodeError,
    },
}

/// The events ledger, and the right to write to it.
pub(crate) struct Hold<'a> {
    pub(crate) journal: &'a dyn Backend,
    pub(crate) epoch: Epoch,
    pub(crate) vault: &'a Vault,
}

impl Hold<'_> {
    /// Destroys the key of a subject and overwrites what is sealed with it. The record that says so must be durable.
    ///
    /// Crash at any moment: [`resume`] does the same again, and nothing is done twice.
    pub(crate) fn carry_out(
        &self,
        subject: SubjectOrdinal,
        positions: &[Position],
    ) -> Result<(), CarryOutError> {
        crate::crash::point("erase.recorded");
        if self.vault.state(subject)? == SlotState::Live {
            self.vault.destroy(subject)?;
        }
        crate::crash::point("erase.key_destroyed");
        let payloads = self.payloads(positions)?;
        for payloads in payloads.chunks(ERASE_PAYLOADS_MAX) {
            self.journal.erase(self.epoch, payloads)?;
        }
        crate::crash::point("erase.overwritten");
        Ok(())
    }

    /// The payloads at these positions, ascending, that are still there.
    fn payloads(&self, positions: &[Position]) -> Result<Vec<PayloadRef>, ReadError> {
        let mut payloads = Vec::with_capacity(positions.len());
        let mut at: Option<StoredFrame> = None;
        for position in positions {
            if !at
                .as_ref()
                .is_some_and(|frame| frame.size_after().covers(*position))
            {
                at = self.journal.read(*position)?.next_frame()?;
            }
            let Some(frame) = &at else { continue };
            let parsed = frame.frame();
            let record = parsed
                .records()
                .find(|record| record.envelope.position == *position);
            if let Some(record) = record.filter(is_there) {
                payloads.push(PayloadRef {
                    position: *position,
                    sealed_digest: record.envelope.sealed_digest,
                });
            }
        }
        Ok(payloads)
    }
}

fn is_there(record: &RecordView<'_>) -> bool {
    record.envelope.kind == Kind::Event && record.payload_state() != PayloadState::Erased
}

/// Whether an erasure is recorded at `from` or later.
pub(crate) fn is_recorded(journal: &dyn Backend, from: Size) -> Result<bool, ReadError> {
    if journal.head()?.size <= from {
        return Ok(false);
    }
    let mut reader = journal.read(from.next_position())?;
    while let Some(frame) = reader.next_frame()? {
        let parsed = frame.frame();
        let mut kinds = parsed.records().map(|record| record.envelope.kind);
        if kinds.any(|kind| kind == Kind::Erasure) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Carries out again every erasure that is recorded at `from` or later, and returns how many there are. Records before
/// `from` are known to be carried out.
pub(crate) fn resume(
    hold: &Hold<'_>,
    routing: &RoutingKey,
    from: Size,
) -> Result<u64, CarryOutError> {
    let mut erasures = carried(hold.journal)?;
    let mut reader = hold.journal.read(from.next_position())?;
    let mut found = 0;
    while let Some(frame) = reader.next_frame()? {
        let parsed = frame.frame();
        for record in parsed.records() {
            let position = record.envelope.position;
            if record.envelope.kind != Kind::Erasure || position < from.next_position() {
                continue;
            }
            let mut positions = erasures
                .read(&record)
                .map_err(|source| CarryOutError::Record { position, source })?;
            positions.sort_unstable();
            let tag = record.envelope.subject_tag.as_bytes();
            hold.carry_out(routing.subject(position.get(), tag)?, &positions)?;
            found += 1;
        }
    }
    Ok(found)
}

/// What must be known to read records of erasures: which records the ledger has carried over from others. The anchors that
/// say so are its very first records.
fn carried(journal: &dyn Backend) -> Result<Erasures, ReadError> {
    let mut erasures = Erasures::default();
    let mut reader = journal.read(Position::FIRST)?;
    while let Some(frame) = reader.next_frame()? {
        let parsed = frame.frame();
        for record in parsed.records() {
            if record.envelope.kind != Kind::Anchor {
                return Ok(erasures);
            }
            erasures.of(&record);
        }
    }
    Ok(erasures)
}
