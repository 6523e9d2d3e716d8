//! Files of keys and certificates: never overwritten but by name, secrets readable by their owner alone.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// A file could not be read or made.
#[derive(Debug, thiserror::Error)]
#[error("{action} {path}: {source}")]
pub struct FileError {
    action: &'static str,
    path: PathBuf,
    #[source]
    source: std::io::Error,
}

impl FileError {
    fn wrap(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self {
            action,
            path,
            source,
        }
    }

    /// True if the file is not there.
    pub fn is_missing(&self) -> bool {
        self.source.kind() == std::io::ErrorKind::NotFound
    }
}

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everybody: 0644.
    Public,
    /// Its owner alone: 0600.
    Secret,
}

/// Makes a new file; one that exists is refused.
pub fn create(path: &Path, content: &[u8], mode: Mode) -> Result<(), FileError> {
    let bits = match mode {
        Mode::Public => 0o644,
        Mode::Secret => 0o600,
    };
    let wrap = || FileError::wrap("cannot create", path);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(bits)
        .open(path)
        .map_err(wrap())?;
    file.write_all(content).map_err(wrap())?;
    sync(&file).map_err(wrap())
}

/// Puts content in the place of what a file holds, whole: whoever reads it meanwhile sees the old or the new.
pub fn replace(path: &Path, content: &[u8], mode: Mode) -> Result<(), FileError> {
    let wrap = || FileError::wrap("cannot replace", path);
    sabt_journal::durable::write_atomically(path, content).map_err(wrap())?;
    match mode {
        Mode::Public => std::fs::set_permissions(path, Permissions::from_mode(0o644)),
        // It is the owner's alone from the start.
        Mode::Secret => Ok(()),
    }
    .map_err(wrap())
}

/// Makes the content of a file durable.
///
/// # Errors
/// Of the operating system; the file is then not to be used.
pub fn sync(file: &std::fs::File) -> std::io::Result<()> {
    #[expect(
        clippy::disallowed_methods,
        reason = "keys and exports must last before they are used"
    )]
    file.sync_all()
}

/// Makes a directory, and those above it, that only its owner may enter.
pub fn create_directory(path: &Path) -> Result<(), FileError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(FileError::wrap("cannot create directory", path))
}

/// Reads a small text file.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    std::fs::read_to_string(path).map_err(FileError::wrap("cannot read", path))
}
