//! The registry's long-lived secrets: the directory `keys/`.
//!
//! | file | what it is | if it is lost | if it is stolen |
//! |---|---|---|---|
//! | `master.key` | wraps every key of the vault | every sealed payload is unreadable | with the key files: every payload is readable |
//! | `routing.key` | makes subject tags | views cannot be rebuilt | one person's records can be told from others |
//! | `numbers.key` | turns ordinals into public numbers; the key of statistics follows from it | no number can be given or understood, no figure made again | numbers show the order of registration; with the ordinals of those counted, figures lose their noise |
//! | `asylum.key` | wraps every key of the asylum compartment | every claim to asylum is unreadable | with the key files: every claim is readable |
//! | `index.key` | keys the blind indexes of views | views are rebuilt under a new one | names can be guessed against a view's index |
//!
//! All of them belong into a backup, kept apart from the backup of the vault: together they undo
//! every erasure made since. The keys that sign checkpoints stand elsewhere.

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::durable;
use crate::files::{self, PrivateFileError};
use crate::kek::{FileKek, KeyEncryptionKey};
use crate::numbers::Numbering;
use crate::routing::RoutingKey;
use crate::secret::SecretKey;

/// File name of the master key.
pub const MASTER_KEY_FILE: &str = "master.key";

/// File name of the routing secret.
pub const ROUTING_KEY_FILE: &str = "routing.key";

/// File name of the numbering secret.
pub const NUMBERS_KEY_FILE: &str = "numbers.key";

/// File name of the key of blind indexes.
pub const INDEX_KEY_FILE: &str = "index.key";

/// File name of the key of the asylum compartment.
pub const ASYLUM_KEY_FILE: &str = "asylum.key";

/// The key-encryption key of the asylum compartment.
pub(crate) enum AsylumKek {
    /// There is one.
    Present(Arc<dyn KeyEncryptionKey>),
    /// The registry was founded before there was a compartment, and has not been opened for writing since.
    Absent {
        /// Where the key will stand.
        path: PathBuf,
    },
}

/// The registry's long-lived secrets.
pub struct KeyRing {
    kek: Arc<dyn KeyEncryptionKey>,
    asylum: AsylumKek,
    routing: SecretKey,
    numbers: SecretKey,
    index: SecretKey,
}

/// File names of all secrets.
const SECRET_FILES: [&str; 5] = [
    MASTER_KEY_FILE,
    ASYLUM_KEY_FILE,
    ROUTING_KEY_FILE,
    NUMBERS_KEY_FILE,
    INDEX_KEY_FILE,
];

/// Copies the secrets of a registry from one directory of keys to another, which must exist. Durable when this returns.
/// A secret that is there already is left; a master key that stands in no file is not copied, nor is the key of a
/// compartment that is not there yet.
///
/// # Errors
/// [`PrivateFileError`]; [`PrivateFileError::Exists`] where another secret stands, that of another registry.
pub fn copy(from: &Path, to: &Path) -> Result<(), PrivateFileError> {
    for name in SECRET_FILES {
        let (source, destination) = (from.join(name), to.join(name));
        let secret = match files::read_secret(&source) {
            Err(PrivateFileError::Missing { .. })
                if matches!(name, MASTER_KEY_FILE | ASYLUM_KEY_FILE) =>
            {
                continue;
            }
            read => read?,
        };
        match files::read_secret(&destination) {
            Ok(present) if present.fingerprint("copy") == secret.fingerprint("copy") => {}
            Ok(_another) => return Err(PrivateFileError::Exists { path: destination }),
            Err(PrivateFileError::Missing { .. }) => files::write_secret(&destination, &secret)?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl KeyRing {
    /// Makes `keys_dir`, if need be, and all secrets in it. They are durable when this
    /// returns. A secret that exists is never overwritten; after a failure the directory is to be
    /// removed and the registry initialised again.
    ///
    /// # Errors
    /// [`PrivateFileError`] if a file exists already or cannot be written.
    pub fn create(keys_dir: &Path) -> Result<Self, PrivateFileError> {
        durable::create_private_directory(keys_dir)
            .map_err(|source| files::refusal(keys_dir, source))?;
        let kek = FileKek::generate(&keys_dir.join(MASTER_KEY_FILE))?;
        Self::create_with(keys_dir, Arc::new(kek))
    }

    /// Like [`Self::create`], but with a key-encryption key that is kept elsewhere.
    ///
    /// # Errors
    /// [`PrivateFileError`] if a file exists already or cannot be written.
    pub fn create_with(
        keys_dir: &Path,
        kek: Arc<dyn KeyEncryptionKey>,
    ) -> Result<Self, PrivateFileError> {
        durable::create_private_directory(keys_dir)
            .map_err(|source| files::refusal(keys_dir, source))?;
        let asylum = FileKek::generate(&keys_dir.join(ASYLUM_KEY_FILE))?;
        Ok(Self {
            kek,
            asylum: AsylumKek::Present(Arc::new(asylum)),
            routing: files::generate_secret(&keys_dir.join(ROUTING_KEY_FILE))?,
            numbers: files::generate_secret(&keys_dir.join(NUMBERS_KEY_FILE))?,
            index: files::generate_secret(&keys_dir.join(INDEX_KEY_FILE))?,
        })
    }

    /// Reads all secrets of `keys_dir`.
    ///
    /// # Errors
    /// [`PrivateFileError`] if one is missing, may be read by others than its owner, belongs to
    /// somebody else than the user of this process, or does not hold a key.
    pub fn open(keys_dir: &Path) -> Result<Self, PrivateFileError> {
        let kek = FileKek::open(&keys_dir.join(MASTER_KEY_FILE))?;
        Self::open_with(keys_dir, Arc::new(kek))
    }

    /// Like [`Self::open`], but with a key-encryption key that is kept elsewhere.
    ///
    /// # Errors
    /// [`PrivateFileError`] as [`Self::open`].
    pub fn open_with(
        keys_dir: &Path,
        kek: Arc<dyn KeyEncryptionKey>,
    ) -> Result<Self, PrivateFileError> {
        let path = keys_dir.join(ASYLUM_KEY_FILE);
        let asylum = match FileKek::open(&path) {
            Ok(kek) => AsylumKek::Present(Arc::new(kek)),
            Err(PrivateFileError::Missing { .. }) => AsylumKek::Absent { path },
            Err(error) => return Err(error),
        };
        Ok(Self {
            kek,
            asylum,
            routing: files::read_secret(&keys_dir.join(ROUTING_KEY_FILE))?,
            numbers: files::read_secret(&keys_dir.join(NUMBERS_KEY_FILE))?,
            index: files::read_secret(&keys_dir.join(INDEX_KEY_FILE))?,
        })
    }

    /// The routing key of the ledger with this origin.
    pub fn routing_key(&self, origin: &str) -> RoutingKey {
        RoutingKey::derive(&self.routing, origin)
    }

    /// The permutations between ordinals and public numbers.
    pub fn numbering(&self) -> Numbering {
        Numbering::derive(&self.numbers)
    }

    /// The key of the blind indexes in views. A view keeps its [`SecretKey::fingerprint`] and is
    /// rebuilt when that changes.
    pub fn index_key(&self) -> &SecretKey {
        &self.index
    }

    /// The key under which figures of statistics are protected. It follows from a secret that never changes and that the key
    /// files are bound to, so that every registry has one and gives the same figure for ever.
    pub fn statistics_key(&self) -> SecretKey {
        self.numbers.derive("sabt statistics v1", &[])
    }

    pub(crate) fn kek(&self) -> &Arc<dyn KeyEncryptionKey> {
        &self.kek
    }

    pub(crate) const fn asylum_kek(&self) -> &AsylumKek {
        &self.asylum
    }

    pub(crate) fn fingerprints(&self) -> Fingerprints {
        Fingerprints {
            routing: self.routing.fingerprint("routing"),
            numbers: self.numbers.fingerprint("numbers"),
        }
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("kek", &self.kek)
            .finish_non_exhaustive()
    }
}

/// Names of the secrets that can never change: records and given numbers depend on them. The key
/// files keep them and refuse to be opened beside others. The index key may change, for views are
/// rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprints {
    pub(crate) routing: [u8; 16],
    pub(crate) numbers: [u8; 16],
}
