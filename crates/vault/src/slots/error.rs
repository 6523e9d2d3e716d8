//! What can be wrong with a key file.

use std::fs::TryLockError;
use std::io;

use crate::files::PrivateFileError;
use crate::kek::KekError;
use crate::secret::RandomnessError;
use crate::slots::KeyFileKind;

/// Why a key file was refused, or a key in it. Ordinals are internal and name nobody.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The key of this slot has been destroyed and will never be there again.
    #[error("the key at ordinal {ordinal} has been destroyed")]
    Destroyed {
        /// The slot.
        ordinal: u64,
    },
    /// No key was ever provisioned for this slot.
    #[error("no key has been provisioned at ordinal {ordinal}")]
    NotProvisioned {
        /// The slot.
        ordinal: u64,
    },
    /// The slot is farther ahead than [`crate::slots::PROVISION_SLOTS_MAX`] allows at once.
    #[error("ordinal {ordinal} was never given out: keys are provisioned up to {provisioned}")]
    OrdinalTooFar {
        /// The slot asked for.
        ordinal: u64,
        /// Slots provisioned so far.
        provisioned: u64,
    },
    /// The slot's bytes are damaged, or were moved here from another slot or file. The key can
    /// come back from a backup of the key file only.
    #[error("the slot at ordinal {ordinal} is damaged; restore the key file from its backup")]
    CorruptSlot {
        /// The slot.
        ordinal: u64,
    },
    /// The file does not begin like a key file.
    #[error("not a key file")]
    NotAKeyFile,
    /// A later version of the format.
    #[error("key file format {found} is not known to this version")]
    UnsupportedVersion {
        /// The version in the header.
        found: u16,
    },
    /// The header page is damaged.
    #[error("the header of the key file is damaged; restore the key file from its backup")]
    HeaderCorrupt,
    /// The file is shorter than its header says.
    #[error(
        "the key file has {found_bytes} bytes and should have {expected_bytes}; restore it from its backup"
    )]
    Truncated {
        /// The least length it must have, in bytes.
        expected_bytes: u64,
        /// The length it has, in bytes.
        found_bytes: u64,
    },
    /// The file holds other keys than were expected.
    #[error("a key file of kind {found:?} stands where one of kind {expected:?} should")]
    WrongKind {
        /// The kind expected.
        expected: KeyFileKind,
        /// The kind in the header.
        found: KeyFileKind,
    },
    /// The file belongs to another registry.
    #[error("the key file belongs to another registry")]
    WrongRegistry,
    /// The keys were wrapped under another master key.
    #[error("the key file was made under another master key")]
    WrongMasterKey,
    /// The routing secret is another one than that of this registry's records.
    #[error("routing.key is not the one this registry began with")]
    WrongRoutingKey,
    /// The numbering secret is another one than that of this registry's numbers.
    #[error("numbers.key is not the one this registry began with")]
    WrongNumbersKey,
    /// Another process, or this one, has the file open.
    #[error("the key file is in use")]
    InUse,
    /// The file itself was refused.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The key-encryption key failed.
    #[error(transparent)]
    Kek(KekError),
    /// No randomness for new keys.
    #[error(transparent)]
    Randomness(RandomnessError),
    /// The operating system failed. Every later call gets [`Self::PreviousIo`].
    #[error("the key file failed at {step:?}")]
    Io {
        /// What was being done.
        step: IoStep,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// An earlier call failed at input or output; what the disk holds is not known.
    #[error("the key file failed before and must be opened anew")]
    PreviousIo,
}

impl KeyFileError {
    pub(super) fn from_lock(error: TryLockError) -> Self {
        match error {
            TryLockError::WouldBlock => Self::InUse,
            TryLockError::Error(source) => Self::Io {
                step: IoStep::Lock,
                source,
            },
        }
    }
}

/// What was being done to a key file when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IoStep {
    /// Locking it against other processes.
    Lock,
    /// Reading its length.
    Measure,
    /// Reading.
    Read,
    /// Writing.
    Write,
    /// Waiting until it is durable.
    Sync,
}
