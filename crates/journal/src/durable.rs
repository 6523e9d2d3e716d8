//! The one place that syncs and renames.
//!
//! [`Directory`] is the disk under a [`crate::FileJournal`]. The free functions are for the small files
//! of the other crates that must survive a crash whole: checkpoints, configuration, lock files.
//! The lint configuration bans the calls behind them everywhere else.
#![expect(
    clippy::disallowed_methods,
    reason = "this module is where syncing and renaming is done for everybody else"
)]

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Advice, FallocateFlags, fadvise, fallocate};
use rustix::io::Errno;

use crate::storage::{Storage, StorageFile};

/// Files and directories of a ledger are the operator's alone.
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;

/// Suffix of the file that [`write_atomically`] fills before it takes the final name. A leftover after
/// a crash is harmless: the next write truncates it.
const TEMPORARY_SUFFIX: &str = ".tmp";

/// Replaces the content of `path` so that a crash at any moment leaves either the old or the new
/// content, whole: temporary file, sync, rename, sync of the directory. Two writers of the same path
/// must take turns. The file is readable by its owner alone.
///
/// # Errors
/// The first failed step. The file then holds the old or the new content; which, is known only after
/// reading it again.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = temporary_path(path)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(&temporary)?;
    // Crash here or before the rename is durable: the old content stands, the temporary file is stray.
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    sync_directory(parent(path))
}

/// [`write_atomically`] on any disk: replaces the content of a file so that a crash at any moment leaves either the old
/// or the new content, whole.
///
/// # Errors
/// The first failed step. The file then holds the old or the new content; which, is known only after
/// reading it again.
pub fn replace(directory: &dyn Storage, name: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = format!(".{name}{TEMPORARY_SUFFIX}");
    let file = directory.open_or_create(&temporary)?;
    // What a crash left of an earlier attempt may be longer.
    file.set_len(0)?;
    // Crash here or before the rename is durable: the old content stands, the temporary file is stray.
    file.write_all_at(bytes, 0)?;
    file.sync_data()?;
    directory.rename(&temporary, name)?;
    directory.sync()
}

/// Reads a whole file of at most `bytes_max` bytes; `None` if there is no file of that name.
///
/// # Errors
/// `FileTooLarge` for a longer file, else what the disk said.
pub fn read(directory: &dyn Storage, name: &str, bytes_max: usize) -> io::Result<Option<Vec<u8>>> {
    let file = match directory.open(name) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let length = usize::try_from(file.len()?).map_err(io::Error::other)?;
    if bytes_max < length {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(Some(bytes))
}

/// Writes a file that must not exist yet and makes it and its name durable.
///
/// # Errors
/// `AlreadyExists` when something stands under that name, else the first failed step.
pub fn create_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    sync_directory(parent(path))
}

/// Makes a directory, readable by its owner alone, and makes its name durable. A directory that is there
/// already is left as it is.
///
/// # Errors
/// The first failed step; the parent directory must exist.
pub fn create_directory(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(DIRECTORY_MODE).create(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
        Err(error) => return Err(error),
    }
    sync_directory(parent(path))
}

/// Makes a directory as [`create_directory`] does, and before it those above it that are missing.
///
/// # Errors
/// The first failed step.
pub fn create_directories(path: &Path) -> io::Result<()> {
    let above = parent(path);
    if !above.is_dir() && above != path {
        create_directories(above)?;
    }
    create_directory(path)
}

/// Gives a directory a name that nothing has, durably. Both names stand in the same parent.
///
/// # Errors
/// What the file system said; then the old name may still stand.
pub fn rename_directory(from: &Path, to: &Path) -> io::Result<()> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this module is where renames belong"
    )]
    std::fs::rename(from, to)?;
    match to.parent() {
        Some(parent) => sync_directory(parent),
        None => Ok(()),
    }
}

/// Removes a file and makes the removal durable.
///
/// # Errors
/// The first failed step, `NotFound` included.
pub fn remove_file(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    sync_directory(parent(path))
}

/// Makes the names in a directory durable.
///
/// # Errors
/// When the directory cannot be opened or synced.
pub fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes everything durable that was written to the file system on which `path` stands. For many files that are only
/// of use together, that is one wait instead of one for each.
///
/// # Errors
/// When the path cannot be opened, or anything could not be written back.
pub fn sync_file_system(path: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(path)?)?)
}

/// A directory on a local file system, locked against every other process as long as this value lives (or, from
/// [`Directory::beside`], as long as another one does).
///
/// The lock is an advisory `flock` on the directory itself: it leaves no file behind and goes with the
/// process. Other programs may read the files meanwhile.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    handle: File,
}

impl Directory {
    /// Opens an existing directory and locks it.
    ///
    /// # Errors
    /// `WouldBlock` when another process holds it, else what opening or locking said.
    pub fn open(path: &Path) -> io::Result<Self> {
        let handle = File::open(path)?;
        match handle.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                handle,
            }),
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Opens a directory that another value of this process keeps locked, for the small files that stand beside a
    /// ledger. It locks nothing itself: it is for whoever knows that the journal is open.
    ///
    /// # Errors
    /// When the directory cannot be opened.
    pub fn beside(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            handle: File::open(path)?,
        })
    }

    fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Storage for Directory {
    fn list(&self) -> io::Result<Vec<String>> {
        list(&self.path)
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(self.path_of(name))?;
        Ok(Arc::new(DiskFile(file)))
    }

    fn open_or_create(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE)
            .open(self.path_of(name))?;
        Ok(Arc::new(DiskFile(file)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path_of(from), self.path_of(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path_of(name))
    }

    fn sync(&self) -> io::Result<()> {
        self.handle.sync_all()
    }
}

/// A directory that another process may hold: it is read and never changed.
#[derive(Debug)]
pub(crate) struct ReadOnlyDirectory {
    path: PathBuf,
}

impl ReadOnlyDirectory {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }
}

impl Storage for ReadOnlyDirectory {
    fn list(&self) -> io::Result<Vec<String>> {
        list(&self.path)
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        Ok(Arc::new(DiskFile(File::open(self.path.join(name))?)))
    }

    fn open_or_create(&self, _name: &str) -> io::Result<Arc<dyn StorageFile>> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn rename(&self, _from: &str, _to: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn remove(&self, _name: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync(&self) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}

/// A file of a [`Directory`].
#[derive(Debug)]
struct DiskFile(File);

impl StorageFile for DiskFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.0.read_exact_at(buffer, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        match fallocate(&self.0, FallocateFlags::KEEP_SIZE, 0, bytes) {
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn drop_cache(&self) -> io::Result<()> {
        Ok(fadvise(&self.0, 0, None, Advice::DontNeed)?)
    }
}

fn list(path: &Path) -> io::Result<Vec<String>> {
    fs::read_dir(path)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

/// The directory that holds `path`; a bare file name stands in the working directory.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn temporary_path(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(TEMPORARY_SUFFIX);
    Ok(path.with_file_name(temporary))
}

#[cfg(test)]
mod tests;
