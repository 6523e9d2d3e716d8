//! The vault: per-subject keys, sealing, opening, destroying.
//!
//! Every subject has a key of its own. What the ledger says about a subject is sealed under keys
//! derived from it, so destroying those 32 bytes makes the whole history unreadable, in every copy
//! of the ledger at once, while every proof over it still verifies.
//!
//! **Architecture invariant:** the vault knows nothing of events, ledgers or law. It sees bytes, an
//! origin, a position and an act id. It depends on no other crate of Sabt.
//!
//! # Keys
//!
//! ```text
//! master.key (or a hardware module)          the key-encryption key
//!   wraps  vault/subjects.keys               one key per subject, by ordinal
//!   wraps  vault/audit.keys                  one key per month, for disclosures
//! asylum.key                                 the key-encryption key of the asylum compartment
//!   wraps  vault/asylum.keys                 one key per claim to asylum, by ordinal
//!   wraps  vault/asylum-audit.keys           one key per month, for disclosures to the asylum unit
//!            derives                         key, nonce and commitment per record   (seal)
//! routing.key   derives per ledger           subject tags                           (routing)
//! numbers.key                                public numbers                         (numbers)
//!   derives                                  the key that protects figures of statistics
//! index.key                                  blind indexes of views
//! ```
//!
//! # Threat model
//!
//! What it protects against:
//! - **A stolen ledger, view or backup of them.** Payloads are unreadable, lengths are bucketed,
//!   subject tags cannot be clustered, blind indexes cannot be computed.
//! - **A stolen key file.** Its keys are wrapped under a key that is not in it.
//! - **All keys but `asylum.key`.** They open nothing of the compartment (module `compartment`), nor do its payloads tell by
//!   their length which of them they are ([`seal::COMPARTMENT_LEN_MIN`]).
//! - **Altered or exchanged data.** A payload opens at its own place under its own key only; a
//!   wrapped key unwraps in its own slot of its own file only. A master, routing or numbering key
//!   that does not belong to the registry is refused at the start.
//! - **Erasure that is not.** A key is gone from file and memory before anybody is told so, and
//!   nothing makes a new key in its place.
//! - **A crash at any moment.** A key is durable before it can be used.
//!
//! What it does not protect against, and who must:
//! - **Whoever controls the running process** reads what it can read. Core dumps and swap are to be
//!   switched off by the operator; keys are wiped when dropped, not locked into memory.
//! - **An old copy of a key file**, together with the master key, brings destroyed keys back. After
//!   restoring one, the server destroys again every key whose erasure the ledger records
//!   ([`Vault::destroy`] may be repeated at will), and backups of key files must not be kept longer
//!   than the law allows an erasure to take.
//! - **Remanence.** The slot is overwritten in place; flash translation layers and copy-on-write
//!   file systems may keep the former block for a while. It is a *wrapped* key: who finds it needs
//!   the master key as well. Put the vault on a volume that is encrypted and not snapshotted.
//! - **Who may look.** The vault opens what it is asked to open; permits are asked for before.

#[cfg(test)]
mod tests;

pub mod audit;
mod compartment;
mod durable;
pub mod files;
pub mod kek;
pub mod numbers;
pub mod ordinal;
pub mod routing;
pub mod seal;
pub mod secret;
pub mod secrets;
pub mod slots;

use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

pub use crate::compartment::{ASYLUM_AUDIT_KEYS_FILE, ASYLUM_KEYS_FILE};

use crate::audit::AuditEpoch;
use crate::compartment::{Compartment, Opener, Site};
use crate::numbers::Numbering;
use crate::ordinal::{Space, SubjectOrdinal};
use crate::routing::RoutingKey;
use crate::seal::{PayloadError, RecordPlace, SealError};
use crate::secret::SecretKey;
use crate::secrets::KeyRing;
use crate::slots::{Census, Expected, KeyFile, KeyFileError, KeyFileKind, SlotState};

/// File name of the subjects' keys.
pub const SUBJECT_KEYS_FILE: &str = "subjects.keys";

/// File name of the audit epochs' keys.
pub const AUDIT_KEYS_FILE: &str = "audit.keys";

/// Whose key seals a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyOwner {
    /// An event: the subject it is about, which also tells whether the compartment holds the key.
    Subject(SubjectOrdinal),
    /// A disclosure: the month in which it was recorded.
    Audit(AuditEpoch),
    /// A disclosure to the asylum unit: the month in which it was recorded.
    AsylumAudit(AuditEpoch),
}

impl KeyOwner {
    /// Whose key seals a disclosure about this subject.
    pub const fn of_disclosure(subject: SubjectOrdinal, epoch: AuditEpoch) -> Self {
        if subject.is_compartment() {
            Self::AsylumAudit(epoch)
        } else {
            Self::Audit(epoch)
        }
    }

    /// Least length of a payload sealed under the key.
    const fn sealed_len_min(self) -> usize {
        match self {
            Self::Subject(subject) if subject.is_compartment() => seal::COMPARTMENT_LEN_MIN,
            Self::Subject(_) | Self::Audit(_) | Self::AsylumAudit(_) => 0,
        }
    }
}

impl From<SubjectOrdinal> for KeyOwner {
    fn from(subject: SubjectOrdinal) -> Self {
        Self::Subject(subject)
    }
}

impl From<AuditEpoch> for KeyOwner {
    fn from(epoch: AuditEpoch) -> Self {
        Self::Audit(epoch)
    }
}

/// The keys of a registry, open and locked, or read beside the process that has them locked. `Send` and `Sync`: one writer
/// and any number of readers share it by reference.
#[derive(Debug)]
pub struct Vault {
    subjects: KeyFile,
    audit: KeyFile,
    /// Missing only where a registry founded before there was one has not been opened for writing since.
    compartment: Option<Compartment>,
    ring: KeyRing,
    numbering: Numbering,
}

impl Vault {
    /// Makes the directory `vault_dir`, if need be, and the key files in it, durable when this
    /// returns. After a failure the directory is to be removed before another attempt.
    ///
    /// # Errors
    /// [`KeyFileError`]; existing key files are never overwritten.
    pub fn create(vault_dir: &Path, registry: &str, ring: KeyRing) -> Result<Self, KeyFileError> {
        durable::create_private_directory(vault_dir)
            .map_err(|source| files::refusal(vault_dir, source))?;
        let compartment = |site: &Site<'_>| site.create().map(Some);
        Self::with(KeyFile::create, compartment, vault_dir, registry, ring)
    }

    /// Opens the key files in `vault_dir` and locks them.
    ///
    /// # Errors
    /// [`KeyFileError`] if one of them is missing, damaged, in use, or belongs to another registry
    /// or other secrets than those of `ring`.
    pub fn open(vault_dir: &Path, registry: &str, ring: KeyRing) -> Result<Self, KeyFileError> {
        let compartment = |site: &Site<'_>| site.open();
        Self::with(KeyFile::open, compartment, vault_dir, registry, ring)
    }

    /// Opens the key files in `vault_dir` to read them beside the process that has them open, whatever it writes
    /// meanwhile. A key that it destroys may still be held here.
    ///
    /// # Errors
    /// As [`Vault::open`], without [`KeyFileError::InUse`].
    pub fn open_beside(
        vault_dir: &Path,
        registry: &str,
        ring: KeyRing,
    ) -> Result<Self, KeyFileError> {
        let compartment = |site: &Site<'_>| site.open();
        Self::with(KeyFile::open_beside, compartment, vault_dir, registry, ring)
    }

    /// The same for whoever will record: a registry founded before there was an asylum compartment gets its keys.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn open_for_writing(
        vault_dir: &Path,
        registry: &str,
        ring: KeyRing,
    ) -> Result<Self, KeyFileError> {
        let compartment = |site: &Site<'_>| site.open_for_writing().map(Some);
        Self::with(KeyFile::open, compartment, vault_dir, registry, ring)
    }

    /// Makes the vault of a registry that succeeds the one of `old`: every subject and every month keeps its key, bound
    /// anew to the name of the new registry; what was destroyed stays destroyed. `ring` holds the same secrets.
    ///
    /// # Errors
    /// [`KeyFileError`] as [`Vault::create`], or of a damaged slot of the old vault. Nothing of the old one is changed;
    /// the new directory is to be removed before another attempt.
    pub fn succeed(
        old: &Self,
        vault_dir: &Path,
        registry: &str,
        ring: KeyRing,
    ) -> Result<Self, KeyFileError> {
        let new = Self::create(vault_dir, registry, ring)?;
        new.subjects.succeed(&old.subjects)?;
        new.audit.succeed(&old.audit)?;
        if let (Some(new), Some(old)) = (&new.compartment, &old.compartment) {
            new.claims.succeed(&old.claims)?;
            new.audit.succeed(&old.audit)?;
        }
        Ok(new)
    }

    fn with(
        opener: Opener,
        compartment: impl Fn(&Site<'_>) -> Result<Option<Compartment>, KeyFileError>,
        vault_dir: &Path,
        registry: &str,
        ring: KeyRing,
    ) -> Result<Self, KeyFileError> {
        let key_file = |name: &str, kind| {
            let expected = Expected {
                kind,
                registry,
                fingerprints: ring.fingerprints(),
            };
            opener(&vault_dir.join(name), &expected, Arc::clone(ring.kek()))
        };
        let subjects = key_file(SUBJECT_KEYS_FILE, KeyFileKind::Subjects)?;
        let audit = key_file(AUDIT_KEYS_FILE, KeyFileKind::Audit)?;
        let compartment = compartment(&Site {
            vault_dir,
            registry,
            ring: &ring,
            opener,
        })?;
        let numbering = ring.numbering();
        Ok(Self {
            subjects,
            audit,
            compartment,
            ring,
            numbering,
        })
    }

    /// Returns when `owner` has a durable key. Costs a sync only once in
    /// [`slots::BLOCK_SLOTS`] new owners.
    ///
    /// # Errors
    /// [`KeyFileError::Destroyed`] if the key has been destroyed: it is never made again.
    /// [`KeyFileError::OrdinalTooFar`] if the ordinal cannot have been given out.
    pub fn ensure(&self, owner: impl Into<KeyOwner>) -> Result<(), KeyFileError> {
        let (file, ordinal) = self.slot_of(owner.into())?;
        file.ensure(ordinal)
    }

    /// Seals `plaintext` for `place` under the key of `owner` and appends it to `out`. Returns the
    /// length appended; on an error `out` is left as it was.
    ///
    /// # Errors
    /// [`SealingError::Keys`] if `owner` has no key; [`SealingError::Payload`] if the plaintext is
    /// longer than [`seal::PLAIN_LEN_MAX`].
    pub fn seal_into(
        &self,
        owner: impl Into<KeyOwner>,
        place: &RecordPlace<'_>,
        plaintext: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<usize, SealingError> {
        let owner = owner.into();
        let (file, ordinal) = self.slot_of(owner)?;
        let key = file.key(ordinal)?;
        let least = owner.sealed_len_min();
        Ok(seal::seal_into(&key, place, plaintext, least, out)?)
    }

    /// Opens a sealed payload that stands at `place` and was sealed under the key of `owner`.
    ///
    /// # Errors
    /// [`OpeningError::Destroyed`] if the key has been destroyed, otherwise [`OpeningError`].
    pub fn open_sealed(
        &self,
        owner: impl Into<KeyOwner>,
        place: &RecordPlace<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpeningError> {
        let owner = owner.into();
        let (file, ordinal) = self.slot_of(owner).map_err(OpeningError::Keys)?;
        let key = file.key(ordinal).map_err(OpeningError::from_keys)?;
        Ok(seal::open(&key, place, sealed, owner.sealed_len_min())?)
    }

    /// The key of `owner` itself, for tests that look for it in files. No program has this: it leaves the vault nowhere else.
    ///
    /// # Errors
    /// [`KeyFileError`] if `owner` has no key.
    #[cfg(feature = "testing")]
    pub fn reveal(
        &self,
        owner: impl Into<KeyOwner>,
    ) -> Result<std::sync::Arc<SecretKey>, KeyFileError> {
        let (file, ordinal) = self.slot_of(owner.into())?;
        file.key(ordinal)
    }

    /// Whether `owner` has a key.
    ///
    /// # Errors
    /// [`KeyFileError::CorruptSlot`] if the slot is damaged.
    pub fn state(&self, owner: impl Into<KeyOwner>) -> Result<SlotState, KeyFileError> {
        let (file, ordinal) = self.slot_of(owner.into())?;
        file.state(ordinal)
    }

    /// Destroys the key of `owner`. When this returns it is gone from the file, durably, and from
    /// memory, except where another thread is using it at this moment. May be repeated.
    ///
    /// A month of disclosures ends in the compartment as well: retention knows no difference.
    ///
    /// # Errors
    /// [`KeyFileError::NotProvisioned`] if there never was a key.
    pub fn destroy(&self, owner: impl Into<KeyOwner>) -> Result<(), KeyFileError> {
        let owner = owner.into();
        if let (KeyOwner::Audit(epoch), Some(_)) = (owner, &self.compartment) {
            match self.destroy(KeyOwner::AsylumAudit(epoch)) {
                Ok(()) | Err(KeyFileError::NotProvisioned { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let (file, ordinal) = self.slot_of(owner)?;
        file.destroy(ordinal)
    }

    /// Reads every slot of one key file and unwraps every live one: the check after a restore.
    /// Twenty million slots take about half a minute.
    ///
    /// # Errors
    /// [`KeyFileError::CorruptSlot`] at the first damaged slot.
    pub fn census(&self, kind: KeyFileKind) -> Result<Census, KeyFileError> {
        match kind {
            KeyFileKind::Subjects => self.subjects.census(),
            KeyFileKind::Audit => self.audit.census(),
            KeyFileKind::Asylum => self.in_compartment(0)?.claims.census(),
            KeyFileKind::AsylumAudit => self.in_compartment(0)?.audit.census(),
        }
    }

    /// The routing key of the ledger with this origin. To be kept; deriving it costs a hash.
    pub fn routing_key(&self, origin: &str) -> RoutingKey {
        self.ring.routing_key(origin)
    }

    /// The permutations between ordinals and public numbers.
    pub fn numbering(&self) -> &Numbering {
        &self.numbering
    }

    /// The key of the blind indexes in views.
    pub fn index_key(&self) -> &SecretKey {
        self.ring.index_key()
    }

    /// The key under which figures of statistics are protected. Deriving it costs a hash.
    pub fn statistics_key(&self) -> SecretKey {
        self.ring.statistics_key()
    }

    /// The key of the compartment's blind index, which finds the claims of a person. It stands where no claim does.
    ///
    /// # Errors
    /// [`KeyFileError::NotProvisioned`] where there is no compartment yet.
    pub fn asylum_index_key(&self) -> Result<Arc<SecretKey>, KeyFileError> {
        let place = SubjectOrdinal::NO_CLAIM.place();
        self.in_compartment(place)?.claims.key(place)
    }

    fn in_compartment(&self, ordinal: u64) -> Result<&Compartment, KeyFileError> {
        let missing = KeyFileError::NotProvisioned { ordinal };
        self.compartment.as_ref().ok_or(missing)
    }

    /// The one place that says which file holds a key.
    fn slot_of(&self, owner: KeyOwner) -> Result<(&KeyFile, u64), KeyFileError> {
        let subject = match owner {
            KeyOwner::Subject(subject) => subject,
            KeyOwner::Audit(epoch) => return Ok((&self.audit, u64::from(epoch.get()))),
            KeyOwner::AsylumAudit(epoch) => {
                let month = u64::from(epoch.get());
                return Ok((&self.in_compartment(month)?.audit, month));
            }
        };
        let place = subject.place();
        match subject.space() {
            Space::General => Ok((&self.subjects, place)),
            Space::Claims => Ok((&self.in_compartment(place)?.claims, place)),
            // It is a subject of disclosures alone, which are sealed by month.
            Space::Compartment => Err(KeyFileError::NotProvisioned { ordinal: place }),
        }
    }
}

/// Why a payload was not sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    /// The owner has no key, or the key file failed.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// The plaintext cannot be sealed.
    #[error(transparent)]
    Payload(#[from] SealError),
}

/// Why a payload was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpeningError {
    /// The key has been destroyed. Lawful only if an erasure record says so.
    #[error("the key of this payload has been destroyed")]
    Destroyed,
    /// The payload is erased, of another owner or place, altered or malformed.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The owner never had a key, or the key file failed.
    #[error(transparent)]
    Keys(KeyFileError),
}

impl OpeningError {
    /// Whether the payload is unreadable because it was erased: its key is destroyed, or its bytes
    /// are overwritten. Erasure destroys first and overwrites then, so either may be seen alone.
    pub fn is_erased(&self) -> bool {
        matches!(self, Self::Destroyed | Self::Payload(PayloadError::Erased))
    }

    fn from_keys(error: KeyFileError) -> Self {
        if matches!(error, KeyFileError::Destroyed { .. }) {
            Self::Destroyed
        } else {
            Self::Keys(error)
        }
    }
}
