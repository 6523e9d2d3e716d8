//! The two small files of a ledger: what was signed last, and what was published last.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sabt_chain::note::NOTE_BYTES_MAX;
use sabt_chain::tree::{FRONTIER_HASHES_MAX, Frontier};
use sabt_chain::{Hash, Size};
use sabt_journal::durable::{self, Directory};
use sabt_journal::storage::Storage;

use super::{CHECKPOINT_FILE, CheckpointError, LOCK_FILE};

/// Longest lock: 4 bytes of length, a frontier (8 bytes of size and 64 hashes of 32), a note. About 1 MB.
const LOCK_BYTES_MAX: usize = 4 + 8 + FRONTIER_HASHES_MAX * Hash::BYTES + NOTE_BYTES_MAX;

/// The directory of a ledger.
#[derive(Clone)]
pub(crate) struct Files {
    storage: Arc<dyn Storage>,
    path: PathBuf,
}

impl Files {
    /// Of a ledger whose journal this process holds open.
    ///
    /// # Errors
    /// [`CheckpointError::File`].
    pub(crate) fn open(path: &Path) -> Result<Self, CheckpointError> {
        let directory = Directory::beside(path).map_err(|source| CheckpointError::File {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self::on(Arc::new(directory), path))
    }

    /// On any disk; errors name files under `path`.
    pub(crate) fn on(storage: Arc<dyn Storage>, path: &Path) -> Self {
        Self {
            storage,
            path: path.to_owned(),
        }
    }

    /// Where the lock stands.
    pub(crate) fn lock(&self) -> PathBuf {
        self.path.join(LOCK_FILE)
    }

    /// Where the published checkpoint stands.
    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.path.join(CHECKPOINT_FILE)
    }

    /// What was signed last, as it stands in the lock; `None` if there is no lock.
    ///
    /// # Errors
    /// [`CheckpointError::File`].
    pub(crate) fn read_lock(&self) -> Result<Option<Vec<u8>>, CheckpointError> {
        self.read(LOCK_FILE, LOCK_BYTES_MAX)
    }

    /// Replaces the lock, durably.
    ///
    /// # Errors
    /// [`CheckpointError::File`].
    pub(crate) fn replace_lock(&self, lock: &[u8]) -> Result<(), CheckpointError> {
        self.replace(LOCK_FILE, lock)
    }

    /// The published checkpoint; `None` if there is none.
    ///
    /// # Errors
    /// [`CheckpointError::File`].
    pub(crate) fn read_checkpoint(&self) -> Result<Option<Vec<u8>>, CheckpointError> {
        self.read(CHECKPOINT_FILE, NOTE_BYTES_MAX)
    }

    /// Replaces the published checkpoint, durably.
    ///
    /// # Errors
    /// [`CheckpointError::File`].
    pub(crate) fn replace_checkpoint(&self, note: &str) -> Result<(), CheckpointError> {
        self.replace(CHECKPOINT_FILE, note.as_bytes())
    }

    fn read(&self, name: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, CheckpointError> {
        durable::read(&*self.storage, name, bytes_max).map_err(self.failed(name))
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), CheckpointError> {
        durable::replace(&*self.storage, name, bytes).map_err(self.failed(name))
    }

    fn failed(&self, name: &str) -> impl FnOnce(std::io::Error) -> CheckpointError {
        let path = self.path.join(name);
        move |source| CheckpointError::File { path, source }
    }
}

/// What a lock holds: the tree that was signed last, in its compact form, and the signed note over it.
///
/// As bytes: length of the tree (4 bytes, big-endian), the tree ([`Frontier::encode`]), the note.
pub(crate) struct Lock {
    pub(crate) tree: Frontier,
    pub(crate) note: Vec<u8>,
}

impl Lock {
    pub(crate) fn encode(tree: &Frontier, note: &str) -> Vec<u8> {
        let tree = tree.encode();
        let length = u32::try_from(tree.len()).unwrap_or(u32::MAX);
        [&length.to_be_bytes(), tree.as_slice(), note.as_bytes()].concat()
    }

    /// `None`: the lengths do not fit, or the tree is none.
    pub(crate) fn decode(lock: &[u8]) -> Option<Self> {
        let (length, rest) = lock.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (tree, note) = rest.split_at_checked(length)?;
        Some(Self {
            tree: Frontier::decode(tree).ok()?,
            note: note.to_vec(),
        })
    }
}

/// Size and root of what was signed last, by the lock of a ledger's directory; `None` without a lock.
///
/// # Errors
/// [`CheckpointError::File`] or [`CheckpointError::Lock`].
pub(crate) fn signed_head(directory: &Path) -> Result<Option<(Size, Hash)>, CheckpointError> {
    let files = Files::open(directory)?;
    let Some(lock) = files.read_lock()? else {
        return Ok(None);
    };
    match Lock::decode(&lock) {
        Some(lock) => Ok(Some((lock.tree.size(), lock.tree.root()))),
        None => Err(CheckpointError::Lock { path: files.lock() }),
    }
}

/// How many records were signed, by the lock of a ledger's directory; none if nothing was signed yet.
///
/// # Errors
/// [`CheckpointError::File`] or [`CheckpointError::Lock`].
pub(crate) fn signed_size(directory: &Path) -> Result<Size, CheckpointError> {
    if !directory.exists() {
        // The journal says it better.
        return Ok(Size::EMPTY);
    }
    Ok(signed_head(directory)?.map_or(Size::EMPTY, |(size, _root)| size))
}
