//! What can go wrong, for branching on, cut by whose fault it is: the caller's, the disk's, or ours to
//! report as damage.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use sabt_chain::frame::FrameError;
use sabt_chain::segment::SegmentError;
use sabt_chain::verify::Fault;
use sabt_chain::{Epoch, Kind, Position, Size};
use thiserror::Error;

use crate::backend::Head;
use crate::digest::SegmentDigest;

/// The failure behind an outcome, whatever the backend; shared because it latches.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// What was asked of the disk when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Locking the directory.
    Lock,
    /// Listing the directory.
    List,
    /// Opening or making a file.
    Open,
    /// Reading.
    Read,
    /// Writing.
    Write,
    /// Reserving blocks.
    Allocate,
    /// Changing a length.
    Resize,
    /// Making bytes or names durable.
    Sync,
    /// Renaming.
    Rename,
    /// Removing.
    Remove,
    /// Running the thread that makes spare segments.
    Thread,
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Lock => "locking",
            Self::List => "listing",
            Self::Open => "opening",
            Self::Read => "reading",
            Self::Write => "writing",
            Self::Allocate => "reserving blocks of",
            Self::Resize => "resizing",
            Self::Sync => "syncing",
            Self::Rename => "renaming",
            Self::Remove => "removing",
            Self::Thread => "running the helper thread of",
        })
    }
}

/// One failed operation on the files of a ledger.
#[derive(Debug, Error)]
#[error("{operation} {file} failed")]
pub struct StorageError {
    /// What was being done.
    pub operation: Operation,
    /// To which file of the ledger's directory; "the ledger directory" when to the directory itself.
    pub file: String,
    /// What the operating system said.
    pub source: io::Error,
}

impl StorageError {
    pub(crate) fn new(operation: Operation, file: &str, source: io::Error) -> Self {
        let file = file.to_owned();
        Self {
            operation,
            file,
            source,
        }
    }

    pub(crate) fn directory(operation: Operation, source: io::Error) -> Self {
        Self::new(operation, "the ledger directory", source)
    }
}

/// Why an epoch could not be opened.
#[derive(Debug, Error)]
pub enum OpenEpochError {
    /// An earlier I/O error stopped this writer for good; restart and let recovery look at the disk.
    #[error("the journal stopped at an earlier failure")]
    Latched {
        /// That failure.
        source: Cause,
    },
    /// There have been 2^64 - 1 epochs.
    #[error("there is no epoch after {newest}")]
    Exhausted {
        /// The newest epoch.
        newest: Epoch,
    },
    /// The backend could not be asked.
    #[error("the epoch could not be opened")]
    Unavailable {
        /// Why not.
        source: Cause,
    },
}

/// The outcomes of an append that did not succeed.
#[derive(Debug, Error)]
pub enum AppendError {
    /// A newer epoch was opened: this writer has been replaced and must stop.
    #[error("epoch {epoch} was fenced by epoch {newest}")]
    Fenced {
        /// The epoch of the caller.
        epoch: Epoch,
        /// The newest epoch.
        newest: Epoch,
    },
    /// The ledger does not end where the caller expected. Nothing was written.
    #[error("the ledger ends at {} records, not where the caller expected", .0.size)]
    Conflict(Head),
    /// The disk has no room for another segment. Nothing was written; the same call may be repeated, and
    /// succeeds once space has returned. Reads go on.
    #[error("no room for another segment of {segment_bytes} bytes")]
    Full {
        /// How much space the next segment takes, in bytes.
        segment_bytes: u64,
    },
    /// The frame does not continue the ledger. Nothing was written; it is the caller's mistake.
    #[error("the frame does not continue the ledger")]
    Invalid {
        /// What is wrong with it.
        #[from]
        source: FrameFault,
    },
    /// Whether the frame was kept is not known. A file journal is latched from here on: restart and read the
    /// tail. If the head is that of this frame it was kept; if it is the expected one it was not.
    #[error("whether the frame was kept is not known")]
    Unknown {
        /// What failed.
        source: Cause,
    },
    /// An earlier I/O error stopped this writer for good. Nothing was written.
    #[error("the journal stopped at an earlier failure")]
    Latched {
        /// That failure.
        source: Cause,
    },
}

/// Why records could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The position lies beyond the end of the ledger.
    #[error("position {from} lies beyond the {size} records of the ledger")]
    BeyondHead {
        /// The position asked for.
        from: Position,
        /// How many records there are.
        size: Size,
    },
    /// What is stored is not what was written.
    #[error(transparent)]
    Damaged(#[from] Box<Damage>),
    /// The disk or the backend could not be read.
    #[error("the ledger could not be read")]
    Unavailable {
        /// Why not.
        source: Cause,
    },
}

impl From<Damage> for ReadError {
    fn from(damage: Damage) -> Self {
        Self::Damaged(Box::new(damage))
    }
}

impl ReadError {
    pub(crate) fn unavailable(error: StorageError) -> Self {
        Self::Unavailable {
            source: Arc::new(error),
        }
    }
}

/// Why payloads were not erased.
#[derive(Debug, Error)]
pub enum EraseError {
    /// A newer epoch was opened: this writer has been replaced and must stop.
    #[error("epoch {epoch} was fenced by epoch {newest}")]
    Fenced {
        /// The epoch of the caller.
        epoch: Epoch,
        /// The newest epoch.
        newest: Epoch,
    },
    /// More payloads than one call takes.
    #[error(
        "{count} payloads in one call; {} are the limit",
        crate::ERASE_PAYLOADS_MAX
    )]
    TooMany {
        /// How many there were.
        count: usize,
    },
    /// The record stands in the newest frame, or beyond it. Append the erasure record first.
    #[error("record {position} is not followed by the record of its erasure")]
    NotCovered {
        /// The position asked for.
        position: Position,
    },
    /// The record's payload is in the clear and part of the ledger's own rules; only events are erased.
    #[error("record {position} is no event")]
    NotErasable {
        /// The position asked for.
        position: Position,
        /// What it is.
        kind: Kind,
    },
    /// The digest in the envelope is not the one the caller named.
    #[error("the payload of record {position} is not the one that was to be erased")]
    DigestMismatch {
        /// The position asked for.
        position: Position,
    },
    /// The record could not be read. Nothing was overwritten.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The disk has no room for the list of the erasure. Nothing was overwritten; the call may be repeated.
    #[error("no room for the list of the erasure")]
    Full,
    /// Overwriting failed half-way. The journal is latched; the next start completes the erasure.
    #[error("the erasure was not completed")]
    Unknown {
        /// What failed.
        source: Cause,
    },
    /// An earlier I/O error stopped this writer for good. Nothing was overwritten.
    #[error("the journal stopped at an earlier failure")]
    Latched {
        /// That failure.
        source: Cause,
    },
}

/// Why a ledger was not made or not opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The options contradict the segment format.
    #[error("a segment has a multiple of 4096 bytes and at least 8192, not {segment_bytes}")]
    SegmentBytes {
        /// The size asked for.
        segment_bytes: u64,
    },
    /// There is no ledger in this directory.
    #[error("there is no ledger in this directory")]
    NoLedger,
    /// There is a ledger in this directory already.
    #[error("there is a ledger in this directory already")]
    AlreadyExists,
    /// Another process has the ledger open.
    #[error("another process has this ledger open")]
    Busy,
    /// A file that ends like a segment but is named like none.
    #[error("{name} is not the name of a segment; move it elsewhere")]
    StrayFile {
        /// Its name.
        name: String,
    },
    /// What is stored is not what was written.
    #[error(transparent)]
    Damaged(#[from] Box<Damage>),
    /// The ledger is whole but shorter than it must be, by a checkpoint that was signed earlier.
    #[error("the ledger holds {size} records, {required} were signed; {LOST_REMEDY}")]
    Short {
        /// How many records there are.
        size: Size,
        /// How many there must be at least.
        required: Size,
    },
    /// The disk has no room for the first segment.
    #[error("no room for a segment of {segment_bytes} bytes")]
    Full {
        /// How much space it takes, in bytes.
        segment_bytes: u64,
    },
    /// The disk failed.
    #[error(transparent)]
    Storage(#[from] Arc<StorageError>),
}

impl From<Damage> for OpenError {
    fn from(damage: Damage) -> Self {
        Self::Damaged(Box::new(damage))
    }
}

impl From<StorageError> for OpenError {
    fn from(error: StorageError) -> Self {
        Self::Storage(Arc::new(error))
    }
}

const RESTORE_REMEDY: &str =
    "keep the directory as evidence and restore the ledger from a copy or a follower";
const LOST_REMEDY: &str =
    "receipted records are missing: restore the ledger from a newer copy or a follower";
const CONFIGURATION_REMEDY: &str = "check the configured origin and the data directory";

/// Stored bytes that are not what was written, with the place and the remedy. Never repaired silently.
#[derive(Debug, Error)]
#[error("{file}, byte {offset}, record {position}: {fault}; {}", self.fault.remedy())]
pub struct Damage {
    /// The file in the ledger's directory.
    pub file: String,
    /// Where in the file, in bytes.
    pub offset: u64,
    /// The first record that is touched.
    pub position: Position,
    /// What is wrong.
    pub fault: DamageFault,
}

/// What is wrong with stored bytes.
#[derive(Debug, Error)]
pub enum DamageFault {
    /// The file is not as long as its header says; segments are written at their full length.
    #[error("the segment has {found} bytes instead of {expected}")]
    Length {
        /// As the header says.
        expected: u64,
        /// As the file is.
        found: u64,
    },
    /// The segment's header cannot be read.
    #[error("segment header: {0}")]
    Header(#[from] SegmentError),
    /// The segment belongs to another ledger.
    #[error("the segment belongs to another ledger")]
    Origin,
    /// The segment's header does not fit its name, or not the records before it.
    #[error("the segment does not continue the one before it")]
    Discontinuity,
    /// A frame is damaged in a way that no torn write explains.
    #[error("{0}")]
    Frame(#[from] FrameFault),
    /// A frame is damaged, and a valid frame follows: the damaged one was durable once.
    #[error(
        "{fault}, but a valid frame follows at byte {later_offset} with record {later_position}"
    )]
    FollowedByFrame {
        /// What is wrong with the damaged frame.
        fault: FrameFault,
        /// Where the later frame stands.
        later_offset: u64,
        /// Its first record.
        later_position: Position,
    },
    /// The newest frame is damaged, but no part of it is missing: it was whole once.
    #[error("{fault}, and no torn write leaves a frame like that")]
    NotTorn {
        /// What is wrong with the frame.
        fault: FrameFault,
    },
    /// There are bytes beyond the last frame, further away than any torn write reaches.
    #[error("there are bytes far beyond the last frame")]
    StrayBytes,
    /// The segment's frames end before the next segment begins.
    #[error("the records end before the next segment begins at {next}")]
    EndsEarly {
        /// The first record of the next segment.
        next: Position,
    },
    /// The list of an erasure that had begun cannot be read.
    #[error("the list of an erasure that had begun is damaged")]
    Intent,
    /// A payload is all zeros, but no erasure record names it.
    #[error("the payload is all zeros, but no erasure record names it")]
    Unexplained,
    /// The sealed segment has another digest than the one that was written down when it was found sound.
    #[error("the sealed segment has changed: its digest was {expected} and is {found}")]
    Digest {
        /// As written down.
        expected: SegmentDigest,
        /// Of the segment as it is.
        found: SegmentDigest,
    },
    /// The file with the digest of a sealed segment cannot be understood.
    #[error("the digest file of the segment is damaged")]
    DigestFile,
    /// The medium does not give the bytes back.
    #[error("the medium cannot be read: {kind}")]
    Unreadable {
        /// What the operating system said.
        kind: io::ErrorKind,
    },
}

impl DamageFault {
    /// What to do about it, for the operator.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Origin => CONFIGURATION_REMEDY,
            Self::Length { .. }
            | Self::Header(_)
            | Self::Discontinuity
            | Self::Frame(_)
            | Self::FollowedByFrame { .. }
            | Self::NotTorn { .. }
            | Self::StrayBytes
            | Self::EndsEarly { .. }
            | Self::Unexplained
            | Self::Digest { .. }
            | Self::Unreadable { .. } => RESTORE_REMEDY,
            Self::DigestFile => {
                "remove the digest file when the segment itself is known to be sound; it is then made anew"
            }
            Self::Intent => {
                "repeat the erasures that have an erasure record, then remove the file `erasing`"
            }
        }
    }
}

/// Why a frame does not continue a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FrameFault {
    /// Its bytes are not a sound frame, or do not continue the chain.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// There are bytes after the frame.
    #[error("{given_bytes} bytes were given for a frame of {frame_bytes}")]
    Trailing {
        /// Length by the frame's header.
        frame_bytes: usize,
        /// Length of what was given.
        given_bytes: usize,
    },
    /// It fits no segment of this journal.
    #[error(
        "a frame of {frame_bytes} bytes does not fit a segment with {room_bytes} bytes of room"
    )]
    TooLarge {
        /// Its length.
        frame_bytes: u64,
        /// What a segment holds beside its header.
        room_bytes: u64,
    },
    /// It carries another epoch than the one it was appended under.
    #[error("the frame carries epoch {found} and was appended under epoch {expected}")]
    Epoch {
        /// The epoch of the append.
        expected: Epoch,
        /// The epoch it carries.
        found: Epoch,
    },
    /// It breaks a rule of the ledger.
    #[error(transparent)]
    Rule(#[from] Fault),
}
