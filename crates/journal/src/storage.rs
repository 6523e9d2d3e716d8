//! What the journal asks of a disk: one directory of files with positional reads and writes.
//!
//! The real disk is [`crate::durable::Directory`]; tests put a faulty disk in memory in its place
//! (`storage::memory`), which tears writes, loses what was not synced and fails at a chosen step.
//!
//! # The disk model
//!
//! Everything this crate promises rests on four assumptions about the medium, and on no more:
//!
//! 1. After `sync_data` returned, the bytes of that file survive a crash; after [`Storage::sync`]
//!    returned, so do the names of the directory. Before that, any part of them may or may not.
//! 2. Overwriting bytes that were synced before needs no new space, and a crash during the overwrite
//!    leaves every [`TEAR_BYTES`] granule either as it was or as it was to be.
//! 3. Names change in the order in which they were changed: a crash may lose the newest changes
//!    of names but never keeps a newer change and loses an older one (journaling file systems do this).
//! 4. After a failed sync nothing is known of what that file holds, and asking again proves nothing:
//!    Linux marks the pages clean. So the first failure is the last word ("fsyncgate", `PostgreSQL` 2018).
//!
//! Copy-on-write file systems break the second half of assumption 2 (an overwrite needs new space);
//! there, keep a quota reserve for the data directory.

use std::io;
use std::sync::Arc;

#[cfg(any(test, feature = "testing"))]
pub mod memory;

/// The smallest unit that a crash leaves whole, in bytes: a cache line, the unit of persistent memory.
/// Sectors (512) and pages (4,096) are multiples of it, so the rule holds for them as well.
pub const TEAR_BYTES: u64 = 64;

/// One directory of files, held exclusively by this process. Names are plain file names.
pub trait Storage: Send + Sync {
    /// Every file name in the directory, in any order.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Opens an existing file for reading and writing.
    fn open(&self, name: &str) -> io::Result<Arc<dyn StorageFile>>;

    /// Opens a file for reading and writing and makes it, empty, when there is none.
    fn open_or_create(&self, name: &str) -> io::Result<Arc<dyn StorageFile>>;

    /// Renames a file, replacing whatever stands under the new name.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file name; a name that does not exist is an error.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes all names of the directory durable.
    fn sync(&self) -> io::Result<()>;
}

/// One open file. Writes are never visible as durable before [`StorageFile::sync_data`] returned.
#[expect(
    clippy::len_without_is_empty,
    reason = "no caller asks whether a file is empty"
)]
pub trait StorageFile: Send + Sync {
    /// Length in bytes.
    fn len(&self) -> io::Result<u64>;

    /// Fills the whole buffer from `offset`; a file that ends before that is an error.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;

    /// Writes all bytes at `offset`, growing the file where needed.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Cuts or extends (with zeros) the file.
    fn set_len(&self, bytes: u64) -> io::Result<()>;

    /// Reserves disk blocks for the first `bytes` bytes without changing what the file holds.
    /// A file system that cannot do that answers `Ok` and leaves the refusal to the write.
    fn allocate(&self, bytes: u64) -> io::Result<()>;

    /// Makes the bytes written so far durable, with the length when it changed.
    fn sync_data(&self) -> io::Result<()>;

    /// Asks that later reads come from the medium and not from memory, where pages may stand whose
    /// writing failed under an earlier process. Only an advice to the operating system.
    fn drop_cache(&self) -> io::Result<()>;
}

/// Whether an error says that the disk or the quota is full, which is the one failure of preparing
/// space that passes by itself when space returns.
pub fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}
