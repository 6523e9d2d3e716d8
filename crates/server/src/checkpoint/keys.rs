//! The keys that sign: which of them the governance records want, and where their private halves stand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use sabt_chain::note::{NoteKeyId, SignerKey, TrustedKeys, VerifierKey};
use sabt_chain::{LedgerName, Origin};
use sabt_domain::governance::Enrolment;
use sabt_domain::time::Timestamp;
use zeroize::Zeroizing;

use super::CheckpointError;
use crate::clock::Clock;

/// The private halves of the log keys, in the directory of keys.
pub struct LogKeys {
    directory: PathBuf,
}

impl std::fmt::Debug for LogKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogKeys").finish_non_exhaustive()
    }
}

impl LogKeys {
    /// The keys in a directory; nothing is read yet.
    pub fn of(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
        }
    }

    /// Those of them that sign now, by the governance records.
    pub(crate) fn signers(&self, enrolment: &Arc<ArcSwap<Enrolment>>, clock: &Clock) -> Signers {
        Signers::new(&self.directory, enrolment, clock)
    }

    /// File of the first key of a log in the directory of keys, in the form `PRIVATE+KEY+...` of C2SP signed-note.
    pub fn file(ledger: LedgerName) -> String {
        format!("{}.log.key", ledger.as_str())
    }

    /// File of a key that takes the place of an earlier one, told apart by its key id.
    pub fn successor_file(ledger: LedgerName, id: NoteKeyId) -> String {
        format!("{}.{id}.log.key", ledger.as_str())
    }

    /// The first key of a log, which signs until the governance records name another.
    ///
    /// # Errors
    /// [`CheckpointError::File`], [`CheckpointError::Key`], [`CheckpointError::KeyOfAnother`].
    pub fn first(&self, origin: &Origin) -> Result<SignerKey, CheckpointError> {
        let path = self.directory.join(Self::file(origin.ledger()));
        let key = read(&path)?.ok_or_else(|| CheckpointError::File {
            path: path.clone(),
            source: std::io::ErrorKind::NotFound.into(),
        })?;
        if key.verifier().name().as_str() != origin.as_str() {
            let origin = origin.as_str().to_owned();
            return Err(CheckpointError::KeyOfAnother { path, origin });
        }
        Ok(key)
    }

    /// The private half of a key of the log, under either of its file names.
    ///
    /// # Errors
    /// [`CheckpointError::KeyMissing`] if it is not there; [`CheckpointError::File`], [`CheckpointError::Key`].
    pub fn find(
        &self,
        ledger: LedgerName,
        wanted: &VerifierKey,
    ) -> Result<SignerKey, CheckpointError> {
        let successor = self
            .directory
            .join(Self::successor_file(ledger, wanted.id()));
        for path in [&self.directory.join(Self::file(ledger)), &successor] {
            if let Some(key) = read(path)?
                && key.verifier() == wanted
            {
                return Ok(key);
            }
        }
        Err(CheckpointError::KeyMissing {
            vkey: wanted.to_string(),
            path: successor,
        })
    }
}

fn read(path: &Path) -> Result<Option<SignerKey>, CheckpointError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            let path = path.to_owned();
            return Err(CheckpointError::File { path, source });
        }
    };
    match text.trim_end().parse() {
        Ok(key) => Ok(Some(key)),
        Err(source) => {
            let path = path.to_owned();
            Err(CheckpointError::Key { path, source })
        }
    }
}

/// Who signs the checkpoints now, by the governance records.
pub(crate) struct Signers {
    keys: LogKeys,
    enrolment: Arc<ArcSwap<Enrolment>>,
    clock: Clock,
    /// Private halves read so far, by their vkey; the first key of a log also by its origin.
    held: Mutex<BTreeMap<String, SignerKey>>,
}

impl Signers {
    /// With the private halves in a directory.
    pub(crate) fn new(keys: &Path, enrolment: &Arc<ArcSwap<Enrolment>>, clock: &Clock) -> Self {
        Self {
            keys: LogKeys::of(keys),
            enrolment: Arc::clone(enrolment),
            clock: clock.clone(),
            held: Mutex::default(),
        }
    }

    /// The keys that sign the checkpoints of a ledger now; two while one of them retires. A log of which the
    /// governance records name no key (one not founded yet, or one that succeeds another log) has its first key.
    ///
    /// # Errors
    /// [`CheckpointError::KeyMissing`] for a key that should sign and is not there; [`CheckpointError::Enrolled`],
    /// [`CheckpointError::File`], [`CheckpointError::Key`], [`CheckpointError::KeyOfAnother`].
    pub(crate) fn now(&self, origin: &Origin) -> Result<Vec<SignerKey>, CheckpointError> {
        let enrolment = self.enrolment.load();
        if enrolment.log_keys_of(origin.as_str()).next().is_none() {
            return Ok(vec![self.first(origin)?]);
        }
        let now = Timestamp::from_micros(self.clock.now_micros());
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        enrolment
            .log_keys_at(origin.as_str(), now)
            .map(|key| {
                if let Some(signer) = held.get(&key.vkey) {
                    return Ok(signer.clone());
                }
                let signer = self.keys.find(origin.ledger(), &parse(&key.vkey)?)?;
                held.insert(key.vkey.clone(), signer.clone());
                Ok(signer)
            })
            .collect()
    }

    /// Every key that ever signed for a ledger: what was signed before a rotation stays signed.
    ///
    /// # Errors
    /// As [`Signers::now`].
    pub(crate) fn ever(&self, origin: &Origin) -> Result<TrustedKeys, CheckpointError> {
        let enrolment = self.enrolment.load();
        let keys = enrolment
            .log_keys_of(origin.as_str())
            .map(|key| parse(&key.vkey))
            .collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            let first = self.first(origin)?;
            return Ok(TrustedKeys::only(first.verifier().clone()));
        }
        TrustedKeys::new(keys).map_err(|source| CheckpointError::Enrolled { source })
    }

    /// The first key of a log, read once: every checkpoint asks for it until the governance records name one.
    fn first(&self, origin: &Origin) -> Result<SignerKey, CheckpointError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = held.get(origin.as_str()) {
            return Ok(first.clone());
        }
        let first = self.keys.first(origin)?;
        held.insert(origin.as_str().to_owned(), first.clone());
        Ok(first)
    }
}

fn parse(vkey: &str) -> Result<VerifierKey, CheckpointError> {
    vkey.parse()
        .map_err(|source| CheckpointError::Enrolled { source })
}
