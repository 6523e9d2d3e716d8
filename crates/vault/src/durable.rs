//! Bytes that must outlive the process: the only module of this crate that syncs.
//!
//! Everywhere else in Sabt only `journal` may sync. The vault is the reasoned exception: a record
//! may be acknowledged only when its subject's key is durable, and a destroyed key must be gone
//! from the disk before anybody is told so. Were the key file written through the journal, the
//! vault would depend on the journal, and the journal must know nothing of keys.
//!
//! What is assumed of the disk: a 512-byte sector is written whole or not at all, in any order
//! until a sync; after `sync_data` has returned, everything written before it stays, the file's
//! length included. A failed sync says nothing about what was written and is never retried.
#![expect(
    clippy::disallowed_methods,
    reason = "the vault syncs its own key files, here and nowhere else; see the module doc"
)]

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;

/// Mode of every file the vault creates: its owner alone may read and write it.
const PRIVATE_FILE_MODE: u32 = 0o600;

/// Mode of every directory the vault creates.
const PRIVATE_DIRECTORY_MODE: u32 = 0o700;

/// A file as the key slots need it. Tests put a disk in its place that fails and forgets.
pub(crate) trait Storage: Send + Sync {
    /// Length in bytes.
    fn size_bytes(&self) -> io::Result<u64>;
    /// Fills `buffer` from `offset`; an end of file before that is an error.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
    /// Writes all of `bytes` at `offset`, growing the file if need be.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Returns when everything written before is durable.
    fn sync(&self) -> io::Result<()>;
}

impl Storage for File {
    fn size_bytes(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        FileExt::read_exact_at(self, buffer, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Creates an empty private file for reading and writing; fails if anything stands at `path`.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(PRIVATE_FILE_MODE)
        .open(path)
}

/// Creates a private file that holds exactly `bytes`, durable when this returns.
pub(crate) fn write_new_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create_private(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    sync_directory_of(path)
}

/// Creates the directory for its owner alone; one that exists already is left as it is.
pub(crate) fn create_private_directory(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(PRIVATE_DIRECTORY_MODE).create(path) {
        Ok(()) => sync_directory_of(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Gives a file its name, in the same directory; durable when this returns.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)?;
    sync_directory_of(to)
}

/// Makes the directory entry of `path` durable.
pub(crate) fn sync_directory_of(path: &Path) -> io::Result<()> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    File::open(parent)?.sync_all()
}
