//! Why views cannot be opened, folded or read. No error holds personal data.

use sabt_chain::{ActFault, LedgerName, OriginError, Position, Size};
use sabt_domain::codec::CodecError;
use sabt_vault::OpeningError;
use sabt_vault::audit::BeforeAudit;
use sabt_vault::slots::KeyFileError;

use crate::VIEW_VERSION;
use crate::store::{StoreError, Table};
use crate::value::ValueError;

/// A view could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ViewsError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored value does not decode.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// A table does not hold what the views put there. The remedy is a rebuild.
    #[error("table {} of the views is damaged: rebuild the views", table.name())]
    Damaged {
        /// The table.
        table: Table,
    },
    /// A payload that had been opened when it was folded does not open any more, though its key is not destroyed.
    #[error("the payload of the record at position {position} of {ledger} does not open")]
    Payload {
        /// The ledger.
        ledger: LedgerName,
        /// The record.
        position: Position,
        /// Why.
        #[source]
        source: Box<OpeningError>,
    },
    /// An opened payload is not what this program knows how to read.
    #[error(
        "the record at position {position} of {ledger} holds something this program cannot read"
    )]
    Content {
        /// The ledger.
        ledger: LedgerName,
        /// The record.
        position: Position,
        /// Why.
        #[source]
        source: ContentError,
    },
    /// A subject tag was not made by this registry for this place.
    #[error("the subject tag at position {position} of {ledger} is not this registry's")]
    ForeignTag {
        /// The ledger.
        ledger: LedgerName,
        /// The record.
        position: Position,
    },
    /// A subject has more events than one answer may read.
    #[error("a subject has more than {} records", crate::reader::LIFE_RECORDS_MAX)]
    LifeTooLong,
    /// The keys of the asylum compartment cannot be read.
    #[error("the keys of the asylum compartment cannot be read: {0}")]
    Compartment(#[source] Box<KeyFileError>),
    /// More claims to asylum are indexed under one person than may be looked at.
    #[error(
        "more than {} claims to asylum are indexed under one person",
        crate::reader::CLAIMS_LOADED_MAX
    )]
    TooManyClaims,
    /// A person has more biometric references than may be recorded.
    #[error("a person has more biometric references than may be recorded")]
    TooManyReferences,
    /// More persons are in a site than may be counted.
    #[error("more persons are in a site than may be counted")]
    TooManyOccupants,
    /// A document was recorded with more persons than may be looked at.
    #[error(
        "a document was recorded with more than {} persons",
        crate::load::DOCUMENT_HOLDERS_LOADED_MAX
    )]
    TooManyHolders,
}

/// Why an opened payload cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// It is not an event this program knows.
    #[error(transparent)]
    Event(#[from] CodecError),
    /// It is not the protobuf message that stands in such a record.
    #[error(transparent)]
    Message(#[from] prost::DecodeError),
    /// It was recorded before there were audit keys.
    #[error(transparent)]
    Epoch(#[from] BeforeAudit),
}

/// The store in a directory cannot serve as these views.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The views cannot be read.
    #[error(transparent)]
    Views(#[from] ViewsError),
    /// The registry's name makes no ledger origin.
    #[error(transparent)]
    Registry(#[from] OriginError),
    /// Another version of this program made the views; `None` where the version is unreadable.
    #[error(
        "the views are of version {found:?}, this program reads version {VIEW_VERSION}: rebuild them"
    )]
    Version {
        /// The version found.
        found: Option<u32>,
    },
    /// The index key is not the one the views were made with.
    #[error("the views were made with another index key: rebuild them")]
    IndexKey,
    /// A rebuild did not come to its end.
    #[error(
        "a rebuild of the views was interrupted: go on with it, or begin again in an empty directory"
    )]
    Unfinished,
    /// The store holds something, but no views.
    #[error("the directory of the views holds something else")]
    Foreign,
    /// A rebuild needs a store that is empty, or one whose rebuild was interrupted.
    #[error("the directory of the views holds finished views: rebuild into an empty directory")]
    Finished,
}

impl OpenError {
    /// True if the remedy is to delete the views and rebuild them from the ledger; nothing is lost by that.
    pub const fn needs_rebuild(&self) -> bool {
        match self {
            Self::Version { .. } | Self::IndexKey | Self::Unfinished | Self::Views(_) => true,
            Self::Store(_) | Self::Registry(_) | Self::Foreign | Self::Finished => false,
        }
    }
}

/// The views do not continue the ledger they are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the views hold {size} records of {ledger}, but that ledger has another record there: it was restored or forked"
)]
pub struct ResumeError {
    /// The ledger.
    pub ledger: LedgerName,
    /// Number of records folded.
    pub size: Size,
}

/// Records could not be folded. Nothing of the call was applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FoldError {
    /// The views could not be read or written.
    #[error(transparent)]
    Views(#[from] ViewsError),
    /// Records are missing between what has been folded and what was offered.
    #[error("{ledger} goes on at position {expected}, the record offered stands at {found}")]
    Gap {
        /// The ledger.
        ledger: LedgerName,
        /// Position of the next record wanted.
        expected: Position,
        /// Position of the record offered.
        found: Position,
    },
    /// A record does not link to the one folded before it.
    #[error("the record at position {position} of {ledger} does not follow the record before it")]
    Fork {
        /// The ledger.
        ledger: LedgerName,
        /// The record.
        position: Position,
    },
    /// The records offered are not whole acts.
    #[error("an act in {ledger} is not whole")]
    HalfAct {
        /// The ledger.
        ledger: LedgerName,
        /// How.
        #[source]
        source: ActFault,
    },
    /// A payload in the clear is not what its envelope says.
    #[error("the payload at position {position} of {ledger} does not match its envelope")]
    Altered {
        /// The ledger.
        ledger: LedgerName,
        /// The record.
        position: Position,
    },
    /// An erasure names a record that is not one of its subject's, or none at all.
    #[error(
        "the erasure at position {position} of {ledger} names position {erased}, which is not its subject's"
    )]
    ForeignErasure {
        /// The ledger.
        ledger: LedgerName,
        /// The erasure record.
        position: Position,
        /// The record it names.
        erased: Position,
    },
    /// A record of a kind that this ledger does not have.
    #[error(
        "the record at position {position} of {ledger} has a kind that this ledger does not have"
    )]
    Kind {
        /// The ledger.
        ledger: LedgerName,
        /// The record.
        position: Position,
    },
    /// An earlier call failed to write, so the views no longer change. Open them again.
    #[error("the views stopped at an earlier failure")]
    Latched,
}

impl From<StoreError> for FoldError {
    fn from(error: StoreError) -> Self {
        Self::Views(error.into())
    }
}
