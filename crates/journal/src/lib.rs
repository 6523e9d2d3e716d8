//! The durable ledger: append-only segments of frames, one writer, recovery, erasure of payloads in place.
//!
//! [`Backend`] is the contract between a writer and whatever keeps its ledger; [`FileJournal`] keeps it in a
//! directory of this machine and is the default. `conformance` (feature `testing`) is what every backend
//! must pass.
//!
//! # What a directory holds
//!
//! | name | what |
//! |---|---|
//! | `<first position, 20 digits>.seg` | a segment ([`sabt_chain::segment`]), at its full length from the first moment |
//! | `spare` | the next segment, zero from end to end; never part of the ledger |
//! | `reserve` | space that is given up when the disk is full |
//! | `erasing` | payloads whose erasure has begun; the next start completes it |
//! | `<first position, 20 digits>.digest` | digest of a sealed segment, written when it was found sound |
//! | `copying` | in a copy: a segment that is being filled, and gets its name when it is whole |
//! | `checkpoint` | the newest checkpoint that was published; not the journal's business |
//! | `signed.lock` | the newest checkpoint that was signed, never in a copy; not the journal's business |
//! | `hashes` | hashes of the tree, kept for its readers; made anew where it is missing; not the journal's business |
//!
//! # Invariants
//!
//! - Only [`durable`] syncs and renames. The first I/O error on the way of a write latches: nothing is written
//!   or acknowledged after it, and a failed sync is never asked again.
//! - An append is one write and one sync of data into space that was zero and durable before.
//! - Every frame is durable before the next is begun. So a torn frame can only be the newest, and opening looks
//!   at the newest segment alone; older segments are checked as they are read.
//! - Nothing is ever deleted or repaired silently. The only bytes that change are payloads that are erased and
//!   the torn rest of a frame that was never receipted.
//!
//! The disk model behind all this is written down in [`storage`].
#![cfg_attr(
    not(test),
    deny(
        clippy::as_conversions,
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing
    )
)]

#[cfg(any(test, feature = "testing"))]
pub mod conformance;
pub mod durable;
pub mod storage;

mod ahead;
mod archive;
mod backend;
mod check;
mod digest;
mod erasure;
mod error;
mod index;
mod journal;
mod layout;
mod recovery;
mod scrub;
mod segment;
mod spare;
mod sync;
mod tail;
mod walk;

pub use archive::{Archive, ArchivedFrames, Copied, CopiedSegment, CopyError, Side, erase_copied};
pub use backend::{
    Backend, ERASE_PAYLOADS_MAX, Head, Owner, OwnerError, PayloadRef, ReadFrames, Reader,
    StoredFrame,
};
pub use digest::SegmentDigest;
pub use error::{
    AppendError, Cause, Damage, DamageFault, EraseError, FrameFault, OpenEpochError, OpenError,
    Operation, ReadError, StorageError,
};
pub use journal::{FileJournal, Options, RESERVE_BYTES, SEGMENT_BYTES, lock_directory};
pub use recovery::{Recovery, Unrecovered};
pub use scrub::{Scrub, ScrubStep};
pub use spare::SparePreparation;

#[cfg(test)]
mod tests;

// Offsets are u64 on disk and usize in memory; this makes the conversion below lossless.
const _: () = assert!(usize::BITS <= u64::BITS);

/// A length in memory, as it counts on disk.
fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
