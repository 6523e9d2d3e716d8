//! The keys of the asylum compartment, which no key of the rest of the registry opens.
//!
//! Two key files, under a key-encryption key of their own (`keys/asylum.key`): one key per claim, and one per month for
//! the disclosures of the asylum unit. A registry has them from the start, whether or not anybody ever lodges a claim; one
//! that was founded before there was a compartment gets them when it is opened for writing next:
//!
//! 1. Both files are written under other names. *A crash leaves files that nobody has the key of; they are removed.*
//! 2. The key-encryption key is written. *A crash leaves both files whole; the next opening goes on with step 3.*
//! 3. The files get their names. Only now can a claim be recorded.
//!
//! So where the key-encryption key is there and a file is not, the file was lost, which is refused and never made good by
//! an empty one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::durable;
use crate::files::{self, PrivateFileError};
use crate::kek::{FileKek, KeyEncryptionKey};
use crate::secret::SecretKey;
use crate::secrets::{AsylumKek, Fingerprints, KeyRing};
use crate::slots::{Expected, KeyFile, KeyFileError, KeyFileKind};

/// File name of the keys of claims to asylum.
pub const ASYLUM_KEYS_FILE: &str = "asylum.keys";

/// File name of the monthly keys of the asylum unit's disclosures.
pub const ASYLUM_AUDIT_KEYS_FILE: &str = "asylum-audit.keys";

/// What a key file is called until the key-encryption key is durable.
const NEW_ENDING: &str = "new";

const FILES: [(&str, KeyFileKind); 2] = [
    (ASYLUM_KEYS_FILE, KeyFileKind::Asylum),
    (ASYLUM_AUDIT_KEYS_FILE, KeyFileKind::AsylumAudit),
];

/// Both key files, open and locked.
#[derive(Debug)]
pub(crate) struct Compartment {
    pub(crate) claims: KeyFile,
    pub(crate) audit: KeyFile,
}

/// Where the files stand, and what they must be.
pub(crate) struct Site<'a> {
    pub(crate) vault_dir: &'a Path,
    pub(crate) registry: &'a str,
    pub(crate) ring: &'a KeyRing,
    /// How an existing file is opened: [`KeyFile::open`], or [`KeyFile::open_beside`]; not used where files are made.
    pub(crate) opener: Opener,
}

/// Opens a key file.
pub(crate) type Opener =
    fn(&Path, &Expected<'_>, Arc<dyn KeyEncryptionKey>) -> Result<KeyFile, KeyFileError>;

impl Site<'_> {
    /// Makes both files of a new vault, and the key-encryption key if there is none.
    pub(crate) fn create(&self) -> Result<Compartment, KeyFileError> {
        match self.ring.asylum_kek() {
            AsylumKek::Present(kek) => {
                let [claims, audit] = FILES;
                Ok(Compartment {
                    claims: self.create_file(&self.path(claims.0), claims.1, kek)?,
                    audit: self.create_file(&self.path(audit.0), audit.1, kek)?,
                })
            }
            AsylumKek::Absent { path } => self.establish(path),
        }
    }

    /// Opens both files; `None` where the registry has no compartment yet.
    pub(crate) fn open(&self) -> Result<Option<Compartment>, KeyFileError> {
        let missing = FILES.map(|(name, _)| !self.path(name).exists());
        match self.ring.asylum_kek() {
            AsylumKek::Absent { .. } if missing == [true, true] => Ok(None),
            AsylumKek::Absent { path } => Err(absent(path)),
            AsylumKek::Present(kek) => {
                for ((name, _), missing) in FILES.into_iter().zip(missing) {
                    if missing && self.new_path(name).exists() {
                        // Its making was cut off after the second step: nothing was ever sealed.
                        return Ok(None);
                    }
                }
                self.open_files(kek).map(Some)
            }
        }
    }

    /// Opens both files and makes them where the registry has no compartment yet.
    pub(crate) fn open_for_writing(&self) -> Result<Compartment, KeyFileError> {
        match (self.open()?, self.ring.asylum_kek()) {
            (Some(compartment), _) => Ok(compartment),
            (None, AsylumKek::Absent { path }) => self.establish(path),
            (None, AsylumKek::Present(kek)) => {
                self.name_files()?;
                self.open_files(kek)
            }
        }
    }

    /// The three steps of the module description.
    fn establish(&self, kek_path: &Path) -> Result<Compartment, KeyFileError> {
        let secret = SecretKey::generate().map_err(KeyFileError::Randomness)?;
        let kek: Arc<dyn KeyEncryptionKey> = Arc::new(FileKek::from_master(&secret));
        let [claims, audit] = FILES.map(|(name, kind)| {
            let path = self.new_path(name);
            match fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    Err(files::refusal(&path, source).into())
                }
                Ok(()) | Err(_) => self.create_file(&path, kind, &kek),
            }
        });
        let compartment = Compartment {
            claims: claims?,
            audit: audit?,
        };
        files::write_secret(kek_path, &secret)?;
        self.name_files()?;
        Ok(compartment)
    }

    /// The third step, as far as it has not been taken.
    fn name_files(&self) -> Result<(), KeyFileError> {
        for (name, _) in FILES {
            let (new, path) = (self.new_path(name), self.path(name));
            if new.exists() {
                durable::rename(&new, &path).map_err(|source| files::refusal(&path, source))?;
            }
        }
        Ok(())
    }

    fn open_files(&self, kek: &Arc<dyn KeyEncryptionKey>) -> Result<Compartment, KeyFileError> {
        let [claims, audit] = FILES.map(|(name, kind)| {
            (self.opener)(&self.path(name), &self.expected(kind), Arc::clone(kek))
        });
        Ok(Compartment {
            claims: claims?,
            audit: audit?,
        })
    }

    fn create_file(
        &self,
        path: &Path,
        kind: KeyFileKind,
        kek: &Arc<dyn KeyEncryptionKey>,
    ) -> Result<KeyFile, KeyFileError> {
        KeyFile::create(path, &self.expected(kind), Arc::clone(kek))
    }

    fn expected(&self, kind: KeyFileKind) -> Expected<'_> {
        let fingerprints: Fingerprints = self.ring.fingerprints();
        Expected {
            kind,
            registry: self.registry,
            fingerprints,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.vault_dir.join(name)
    }

    fn new_path(&self, name: &str) -> PathBuf {
        self.path(name).with_added_extension(NEW_ENDING)
    }
}

fn absent(path: &Path) -> KeyFileError {
    PrivateFileError::Missing {
        path: path.to_owned(),
    }
    .into()
}
