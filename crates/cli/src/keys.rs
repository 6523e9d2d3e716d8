//! Keys in the directory of a registry, and who may read them.
//!
//! | file under `keys/` | what it is |
//! |---|---|
//! | `events.log.key`, `disclosures.log.key` | keys that sign checkpoints, C2SP `PRIVATE+KEY+` form, 0600 |
//! | `events.log.vkey`, `disclosures.log.vkey` | their public halves, to be published |
//! | `<ledger>.<id>.log.key`, `<ledger>.<id>.log.vkey` | the same of a key that took the place of another ([`crate::rotation`]) |
//! | `governance.key` | seed of the key that signs governance acts, hexadecimal, 0600; keep it off the server |
//! | `authors/<name>.key` | seed of a key that signs acts, hexadecimal, 0600; belongs to the office |
//! | `tls/` | development authority, server and client certificates |
//!
//! The secrets of the vault stand beside them (`sabt_vault::secrets`).

use std::path::{Path, PathBuf};

use sabt_chain::authorship::AuthorSigningKey;
use sabt_chain::note::SignerKey;
use sabt_chain::{LedgerName, Origin};
use sabt_server::checkpoint::LogKeys;
use sabt_server::registry::Layout;
use zeroize::Zeroizing;

use crate::cast::GOVERNANCE;
use crate::error::CliError;
use crate::files::{self, Mode};

/// Length of a seed, bytes (RFC 8032 section 5.1.5).
const SEED_BYTES: usize = 32;

/// The keys of one registry.
#[derive(Debug, Clone)]
pub struct Keys {
    directory: PathBuf,
}

impl Keys {
    /// The keys under a data directory.
    pub fn of(data: &Path) -> Self {
        Self {
            directory: Layout::new(data).keys(),
        }
    }

    /// `keys/`.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// `keys/authors/`.
    pub fn authors(&self) -> PathBuf {
        self.directory.join("authors")
    }

    /// The published key of a log.
    pub fn log_key(&self, ledger: LedgerName) -> PathBuf {
        self.directory.join(format!("{}.log.vkey", ledger.as_str()))
    }

    /// Makes the key of a log and writes both halves; returns the public one.
    ///
    /// # Errors
    /// [`CliError::Randomness`], [`CliError::File`] if one exists already.
    pub fn create_log_key(&self, origin: &Origin) -> Result<String, CliError> {
        let key = SignerKey::from_seed(origin.into(), *random_seed()?);
        let public = key.verifier().to_string();
        let secret = Zeroizing::new(format!("{}\n", key.to_text().as_str()));
        let path = self.directory.join(LogKeys::file(origin.ledger()));
        files::create(&path, secret.as_bytes(), Mode::Secret)?;
        let line = format!("{public}\n");
        files::create(
            &self.log_key(origin.ledger()),
            line.as_bytes(),
            Mode::Public,
        )?;
        Ok(public)
    }

    /// Makes the key that signs governance acts.
    ///
    /// # Errors
    /// [`CliError::Randomness`], [`CliError::File`] if it exists already.
    pub fn create_governance(&self) -> Result<AuthorSigningKey, CliError> {
        create_seed(&self.governance())
    }

    /// Makes a key that signs acts.
    ///
    /// # Errors
    /// [`CliError::Randomness`], [`CliError::File`] if it exists already.
    pub fn create_author(&self, name: &str) -> Result<AuthorSigningKey, CliError> {
        create_seed(&self.author_file(name))
    }

    /// Reads a key that signs acts; `governance` is the key of governance acts.
    ///
    /// # Errors
    /// [`CliError`] if it is missing or is no key.
    pub fn author(&self, name: &str) -> Result<AuthorSigningKey, CliError> {
        let path = if name == GOVERNANCE.name {
            self.governance()
        } else {
            self.author_file(name)
        };
        match Self::read_author(&path) {
            Err(CliError::File(err)) if err.is_missing() => Err(CliError::usage(
                format!("there is no key {name}: {} is missing", path.display()),
                "--author takes a name under DIR/keys/authors; police, auditors and the like sign nothing",
            )),
            read => read,
        }
    }

    /// Reads a key that signs acts from any file.
    ///
    /// # Errors
    /// [`CliError::File`] if it is missing, [`CliError::Content`] if it is no key.
    pub fn read_author(path: &Path) -> Result<AuthorSigningKey, CliError> {
        let text = Zeroizing::new(files::read_text(path)?);
        let mut seed = Zeroizing::new([0; SEED_BYTES]);
        match hex::decode_to_slice(text.trim_end(), seed.as_mut_slice()) {
            Ok(()) => Ok(AuthorSigningKey::from_seed(*seed)),
            Err(_) => Err(CliError::Content {
                path: path.to_owned(),
                problem: "does not hold a key: 64 hexadecimal digits".to_owned(),
            }),
        }
    }

    fn governance(&self) -> PathBuf {
        self.directory.join("governance.key")
    }

    fn author_file(&self, name: &str) -> PathBuf {
        self.authors().join(format!("{name}.key"))
    }
}

fn create_seed(path: &Path) -> Result<AuthorSigningKey, CliError> {
    let seed = random_seed()?;
    let line = Zeroizing::new(format!("{}\n", Zeroizing::new(hex::encode(*seed)).as_str()));
    files::create(path, line.as_bytes(), Mode::Secret)?;
    Ok(AuthorSigningKey::from_seed(*seed))
}

/// 32 random bytes of which a key is made.
pub(crate) fn random_seed() -> Result<Zeroizing<[u8; SEED_BYTES]>, CliError> {
    let mut seed = Zeroizing::new([0; SEED_BYTES]);
    getrandom::fill(seed.as_mut_slice())?;
    Ok(seed)
}
