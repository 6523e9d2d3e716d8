//! Key files: one wrapped key per ordinal, destroyed in place.
//!
//! A key file is a header page and then slots of 64 bytes, addressed by ordinal. Slots are
//! provisioned with keys in blocks of [`BLOCK_SLOTS`], long before they are needed, so that a new
//! subject costs no sync of its own. The steps of provisioning, and what a crash after each leaves:
//!
//! 1. Write the block: fresh keys, wrapped. *Nobody was told of them; the next provisioning writes
//!    over what is there.*
//! 2. Sync. *The block is whole but not counted; opening the file counts it.*
//! 3. Write the other mark: so many slots are provisioned. *As after step 2.*
//! 4. Sync. Only now may a key of the block be used.
//!
//! So below the mark every slot is live or destroyed, for ever. An empty one there is damage, like
//! any other bytes that do not unwrap, and is refused with its ordinal: making a new key in its
//! place would turn damage into loss. A destroyed slot is never live again.
//!
//! The first input or output error latches: every later call is refused, because after a failed
//! write or sync nobody knows what the disk holds. Reopening the file finds out.

mod cache;
mod copy;
mod disk;
mod error;
mod header;
mod scope;
mod slot;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, RwLock};

pub use self::copy::copy_key_file;
pub use self::error::{IoStep, KeyFileError};

use self::cache::{KeyCache, Lookup};
use self::disk::LatchedDisk;
use self::header::{HEADER_BYTES, Identity, Mark, SECTOR_BYTES};
use self::scope::{Scope, check_key};
use self::slot::{SLOT_BYTES, Slot};
use crate::durable::{self, Storage};
use crate::files::{self, Access};
use crate::kek::{KekError, KeyEncryptionKey, WrappedKey};
use crate::secret::SecretKey;
use crate::secrets::Fingerprints;

/// Slots provisioned at once: 1,024 slots of 64 bytes are 64 KiB, two syncs and about 2 ms of
/// wrapping, spread over as many new subjects.
pub const BLOCK_SLOTS: u32 = 1024;

/// Slots provisioned by one call at most: 64 blocks, 4 MiB, some 150 ms. Ordinals are given out
/// one after another; one that is farther ahead than this was never given out.
pub const PROVISION_SLOTS_MAX: u64 = 64 * BLOCK_SLOTS as u64;

/// Length of a block of slots, in bytes.
const BLOCK_BYTES: usize = BLOCK_SLOTS as usize * SLOT_BYTES;

/// Whose keys a key file holds. Stored in the file's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFileKind {
    /// One key per subject, by ordinal.
    Subjects,
    /// One key per audit epoch, by month.
    Audit,
    /// One key per claim to asylum, by its place.
    Asylum,
    /// One key per audit epoch of the asylum unit's disclosures.
    AsylumAudit,
}

impl KeyFileKind {
    fn code(self) -> u8 {
        match self {
            Self::Subjects => 1,
            Self::Audit => 2,
            Self::Asylum => 3,
            Self::AsylumAudit => 4,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        [Self::Subjects, Self::Audit, Self::Asylum, Self::AsylumAudit]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// What is known of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotState {
    /// Not provisioned yet.
    Empty,
    /// Holds a key.
    Live,
    /// Held a key that has been destroyed.
    Destroyed,
}

/// The slots of a key file, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Slots whose key unwraps, whether in use or provisioned ahead.
    pub live: u64,
    /// Slots whose key has been destroyed.
    pub destroyed: u64,
}

/// What a key file must be to be opened.
pub(crate) struct Expected<'a> {
    pub(crate) kind: KeyFileKind,
    pub(crate) registry: &'a str,
    pub(crate) fingerprints: Fingerprints,
}

/// An open key file, used by this process alone, or read beside the process that uses it.
pub(crate) struct KeyFile {
    disk: LatchedDisk,
    scope: Scope,
    kek: Arc<dyn KeyEncryptionKey>,
    /// Slots below this are durable. Raised only after the sync of its mark.
    provisioned: AtomicU64,
    /// Held by whoever writes.
    latest_mark: Mutex<Mark>,
    /// Whether another process writes the file, and this one only reads it.
    beside: bool,
    /// Held to read slots in use, and exclusively to overwrite one: a reader must not see a slot
    /// half destroyed and take it for damaged.
    overwriting: RwLock<()>,
    cache: KeyCache,
}

impl KeyFile {
    /// Creates a key file with its first block, durable when this returns.
    pub(crate) fn create(
        path: &Path,
        expected: &Expected<'_>,
        kek: Arc<dyn KeyEncryptionKey>,
    ) -> Result<Self, KeyFileError> {
        let file = durable::create_private(path).map_err(|source| files::refusal(path, source))?;
        file.try_lock().map_err(KeyFileError::from_lock)?;
        let key_file = Self::format(Box::new(file), expected, kek)?;
        durable::sync_directory_of(path).map_err(|source| files::refusal(path, source))?;
        Ok(key_file)
    }

    /// Opens the key file at `path` and locks it.
    pub(crate) fn open(
        path: &Path,
        expected: &Expected<'_>,
        kek: Arc<dyn KeyEncryptionKey>,
    ) -> Result<Self, KeyFileError> {
        let file = files::open_private(path, Access::ReadWrite)?;
        file.try_lock().map_err(KeyFileError::from_lock)?;
        Self::load(Box::new(file), expected, kek)
    }

    /// Opens the key file at `path` to read it beside the process that has it locked. Nothing is written or locked; blocks
    /// that come to stand are found when a key of them is asked for.
    pub(crate) fn open_beside(
        path: &Path,
        expected: &Expected<'_>,
        kek: Arc<dyn KeyEncryptionKey>,
    ) -> Result<Self, KeyFileError> {
        let file = files::open_private(path, Access::Read)?;
        let (key_file, _found_bytes) = Self::read(Box::new(file), expected, kek)?;
        Ok(Self {
            beside: true,
            ..key_file
        })
    }

    /// Writes header, first block and both marks to an empty storage.
    fn format(
        storage: Box<dyn Storage>,
        expected: &Expected<'_>,
        kek: Arc<dyn KeyEncryptionKey>,
    ) -> Result<Self, KeyFileError> {
        let scope = Scope::new(expected);
        let check = kek
            .wrap(&scope.check_context(), &check_key())
            .map_err(KeyFileError::Kek)?;
        let identity = Identity {
            kind: expected.kind,
            registry_digest: scope.registry_digest,
            check,
            fingerprints: expected.fingerprints,
        };
        let disk = LatchedDisk::new(storage);
        let mark = Mark {
            sequence: 0,
            provisioned: 0,
        };
        let key_file = Self::assemble(disk, scope, kek, mark);
        key_file.disk.write(0, &identity.encode())?;
        let mut mark = key_file.writer();
        key_file.provision_block(&mut mark)?;
        // The second mark says the same as the first; from here on each has a predecessor.
        let provisioned = mark.provisioned;
        key_file.commit_mark(&mut mark, provisioned)?;
        drop(mark);
        Ok(key_file)
    }

    fn load(
        storage: Box<dyn Storage>,
        expected: &Expected<'_>,
        kek: Arc<dyn KeyEncryptionKey>,
    ) -> Result<Self, KeyFileError> {
        let (key_file, found_bytes) = Self::read(storage, expected, kek)?;
        key_file.adopt_uncounted_block(found_bytes)?;
        Ok(key_file)
    }

    /// Reads and checks the header; also returns the length of the file in bytes.
    fn read(
        storage: Box<dyn Storage>,
        expected: &Expected<'_>,
        kek: Arc<dyn KeyEncryptionKey>,
    ) -> Result<(Self, u64), KeyFileError> {
        let scope = Scope::new(expected);
        let disk = LatchedDisk::new(storage);
        let found_bytes = disk.size_bytes()?;
        if found_bytes < HEADER_BYTES {
            return Err(KeyFileError::Truncated {
                expected_bytes: HEADER_BYTES,
                found_bytes,
            });
        }
        let mut sectors = [[0; SECTOR_BYTES]; 3];
        disk.read(0, sectors.as_flattened_mut())?;
        let [identity, a, b] = &sectors;
        let identity = Identity::decode(identity)?;
        expected.check(&scope, &identity)?;
        match kek.unwrap(&scope.check_context(), &identity.check) {
            Ok(_check) => {}
            Err(KekError::Rejected) => return Err(KeyFileError::WrongMasterKey),
            Err(unavailable @ KekError::Unavailable { .. }) => {
                return Err(KeyFileError::Kek(unavailable));
            }
        }
        let mark = Mark::latest(a, b).ok_or(KeyFileError::HeaderCorrupt)?;
        let expected_bytes = slot_offset(mark.provisioned);
        if found_bytes < expected_bytes {
            return Err(KeyFileError::Truncated {
                expected_bytes,
                found_bytes,
            });
        }
        Ok((Self::assemble(disk, scope, kek, mark), found_bytes))
    }

    fn assemble(
        disk: LatchedDisk,
        scope: Scope,
        kek: Arc<dyn KeyEncryptionKey>,
        mark: Mark,
    ) -> Self {
        Self {
            disk,
            scope,
            kek,
            provisioned: AtomicU64::new(mark.provisioned),
            latest_mark: Mutex::new(mark),
            beside: false,
            overwriting: RwLock::new(()),
            cache: KeyCache::new(),
        }
    }

    /// Returns when the slot of `ordinal` holds a durable key, provisioning blocks if need be.
    pub(crate) fn ensure(&self, ordinal: u64) -> Result<(), KeyFileError> {
        if self.provisioned() <= ordinal {
            self.provision_through(ordinal)?;
        }
        // The caller is about to use the key, so loading it here costs nothing later; and a slot
        // that was destroyed or damaged is found out before anything is sealed.
        self.key(ordinal).map(drop)
    }

    /// The key of `ordinal`.
    pub(crate) fn key(&self, ordinal: u64) -> Result<Arc<SecretKey>, KeyFileError> {
        self.disk.check()?;
        let ticket = match self.cache.lookup(ordinal) {
            Lookup::Hit(key) => return Ok(key),
            Lookup::Miss(ticket) => ticket,
        };
        match self.slot(ordinal)? {
            Slot::Live(wrapped) => {
                let key = Arc::new(self.unwrap(ordinal, &wrapped)?);
                self.cache.insert(ordinal, &key, ticket);
                Ok(key)
            }
            Slot::Destroyed => Err(KeyFileError::Destroyed { ordinal }),
            Slot::Empty => Err(KeyFileError::NotProvisioned { ordinal }),
        }
    }

    /// What is known of the slot of `ordinal`. A live slot is not unwrapped.
    pub(crate) fn state(&self, ordinal: u64) -> Result<SlotState, KeyFileError> {
        self.disk.check()?;
        Ok(match self.slot(ordinal)? {
            Slot::Empty => SlotState::Empty,
            Slot::Live(_) => SlotState::Live,
            Slot::Destroyed => SlotState::Destroyed,
        })
    }

    /// Destroys the key of `ordinal`: overwritten in the file, synced, and forgotten in memory when
    /// this returns. Destroying it again, or destroying a damaged slot, is no error: an order to
    /// erase is carried out whatever the slot holds.
    pub(crate) fn destroy(&self, ordinal: u64) -> Result<(), KeyFileError> {
        let _writer = self.writer();
        if self.provisioned() <= ordinal {
            return Err(KeyFileError::NotProvisioned { ordinal });
        }
        self.overwrite(ordinal, Slot::Destroyed)?;
        // After the overwriting: whoever loads the key from here on finds it destroyed, and
        // whoever loaded it before holds a ticket that no longer counts.
        self.cache.remove(ordinal);
        // Also when the slot was destroyed before: an earlier process may have been killed between
        // its write and its sync.
        self.disk.sync()
    }

    /// Reads every provisioned slot and unwraps every live one. One block is in memory at a time;
    /// 20 million slots take about half a minute.
    ///
    /// Slots provisioned while it runs are not counted.
    pub(crate) fn census(&self) -> Result<Census, KeyFileError> {
        let provisioned = self.provisioned();
        let mut census = Census::default();
        let mut first = 0;
        while first < provisioned {
            let block = self.read_block(first)?;
            for (ordinal, bytes) in (first..).zip(block.as_chunks::<SLOT_BYTES>().0) {
                match Slot::decode(bytes) {
                    Some(Slot::Live(wrapped)) => {
                        drop(self.unwrap(ordinal, &wrapped)?);
                        census.live += 1;
                    }
                    Some(Slot::Destroyed) => census.destroyed += 1,
                    Some(Slot::Empty) | None => return Err(KeyFileError::CorruptSlot { ordinal }),
                }
            }
            first += u64::from(BLOCK_SLOTS);
        }
        Ok(census)
    }

    fn provisioned(&self) -> u64 {
        self.provisioned.load(Ordering::Acquire)
    }

    fn writer(&self) -> MutexGuard<'_, Mark> {
        self.latest_mark
            .lock()
            .expect("no thread panicked while it wrote to the key file")
    }

    /// The slot of `ordinal`: `Empty` exactly where nothing is provisioned yet.
    fn slot(&self, ordinal: u64) -> Result<Slot, KeyFileError> {
        if self.provisioned() <= ordinal && !(self.beside && self.has_grown_to(ordinal)?) {
            return Ok(Slot::Empty);
        }
        let mut slot = self.read_slot(ordinal)?;
        if self.beside && slot.is_none() {
            // The process that writes may have been half done with destroying it.
            slot = self.read_slot(ordinal)?;
        }
        slot.ok_or(KeyFileError::CorruptSlot { ordinal })
    }

    /// What stands in a slot that is provisioned, if it can be read.
    fn read_slot(&self, ordinal: u64) -> Result<Option<Slot>, KeyFileError> {
        let mut bytes = [0; SLOT_BYTES];
        self.read_slots(ordinal, &mut bytes)?;
        Ok(Slot::decode(&bytes).filter(|slot| !matches!(slot, Slot::Empty)))
    }

    /// Whether the process that writes the file has provisioned `ordinal` meanwhile.
    fn has_grown_to(&self, ordinal: u64) -> Result<bool, KeyFileError> {
        let mut sectors = [[0; SECTOR_BYTES]; 3];
        self.disk.read(0, sectors.as_flattened_mut())?;
        let [_identity, a, b] = &sectors;
        // One of the two may be half written; the other one counts then, as after a crash.
        let mark = Mark::latest(a, b).ok_or(KeyFileError::HeaderCorrupt)?;
        self.provisioned
            .fetch_max(mark.provisioned, Ordering::AcqRel);
        Ok(ordinal < mark.provisioned)
    }

    fn unwrap(&self, ordinal: u64, wrapped: &WrappedKey) -> Result<SecretKey, KeyFileError> {
        self.kek
            .unwrap(&self.scope.slot_context(ordinal), wrapped)
            .map_err(|error| match error {
                KekError::Rejected => KeyFileError::CorruptSlot { ordinal },
                unavailable @ KekError::Unavailable { .. } => KeyFileError::Kek(unavailable),
            })
    }

    fn provision_through(&self, ordinal: u64) -> Result<(), KeyFileError> {
        let mut mark = self.writer();
        let provisioned = mark.provisioned;
        if PROVISION_SLOTS_MAX <= ordinal.saturating_sub(provisioned) {
            return Err(KeyFileError::OrdinalTooFar {
                ordinal,
                provisioned,
            });
        }
        // At most PROVISION_SLOTS_MAX / BLOCK_SLOTS rounds; none if another thread was faster.
        while mark.provisioned <= ordinal {
            self.provision_block(&mut mark)?;
        }
        Ok(())
    }

    /// Provisions one more block; the four steps of the module doc.
    fn provision_block(&self, mark: &mut Mark) -> Result<(), KeyFileError> {
        let first = mark.provisioned;
        let mut block = Vec::with_capacity(BLOCK_BYTES);
        for ordinal in first..first + u64::from(BLOCK_SLOTS) {
            let key = SecretKey::generate().map_err(KeyFileError::Randomness)?;
            let wrapped = self
                .kek
                .wrap(&self.scope.slot_context(ordinal), &key)
                .map_err(KeyFileError::Kek)?;
            block.extend_from_slice(&Slot::Live(wrapped).encode());
        }
        self.disk.write(slot_offset(first), &block)?;
        self.disk.sync()?;
        self.commit_mark(mark, first + u64::from(BLOCK_SLOTS))
    }

    /// Makes `provisioned` durable and only then visible.
    fn commit_mark(&self, mark: &mut Mark, provisioned: u64) -> Result<(), KeyFileError> {
        let next = Mark {
            sequence: mark.sequence + 1,
            provisioned,
        };
        self.disk.write(next.offset(), &next.encode())?;
        self.disk.sync()?;
        *mark = next;
        self.provisioned.store(provisioned, Ordering::Release);
        Ok(())
    }

    /// Counts a block that is whole but stands beyond the mark: a crash came between its sync and
    /// its mark, or the disk has spoiled the mark, and then its keys may be in use. A block that is
    /// not whole was never counted and is left to be written over, unless a slot in it has been
    /// destroyed: that was in use, so the mark is wrong.
    fn adopt_uncounted_block(&self, found_bytes: u64) -> Result<(), KeyFileError> {
        let mut mark = self.writer();
        let first = mark.provisioned;
        let next = first + u64::from(BLOCK_SLOTS);
        if found_bytes < slot_offset(next) {
            return Ok(());
        }
        let block = self.read_block(first)?;
        let (mut whole, mut used) = (true, false);
        for (ordinal, bytes) in (first..).zip(block.as_chunks::<SLOT_BYTES>().0) {
            match Slot::decode(bytes) {
                Some(Slot::Live(wrapped)) => match self.unwrap(ordinal, &wrapped) {
                    Ok(_key) => {}
                    Err(KeyFileError::CorruptSlot { .. }) => whole = false,
                    Err(error) => return Err(error),
                },
                Some(Slot::Destroyed) => used = true,
                Some(Slot::Empty) | None => whole = false,
            }
        }
        if whole {
            self.disk.sync()?;
            self.commit_mark(&mut mark, next)
        } else if used {
            Err(KeyFileError::HeaderCorrupt)
        } else {
            Ok(())
        }
    }

    fn read_block(&self, first: u64) -> Result<Vec<u8>, KeyFileError> {
        let mut block = vec![0; BLOCK_BYTES];
        self.read_slots(first, &mut block)?;
        Ok(block)
    }

    fn overwrite(&self, ordinal: u64, slot: Slot) -> Result<(), KeyFileError> {
        let _overwriting = self
            .overwriting
            .write()
            .expect("no thread panicked while it overwrote a slot");
        self.disk.write(slot_offset(ordinal), &slot.encode())
    }

    fn read_slots(&self, first: u64, buffer: &mut [u8]) -> Result<(), KeyFileError> {
        let _reading = self
            .overwriting
            .read()
            .expect("no thread panicked while it overwrote a slot");
        self.disk.read(slot_offset(first), buffer)
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile")
            .field("kind", &self.scope.kind)
            .field("provisioned", &self.provisioned())
            .finish_non_exhaustive()
    }
}

impl Expected<'_> {
    fn check(&self, scope: &Scope, found: &Identity) -> Result<(), KeyFileError> {
        if found.kind != self.kind {
            return Err(KeyFileError::WrongKind {
                expected: self.kind,
                found: found.kind,
            });
        }
        if found.registry_digest != scope.registry_digest {
            return Err(KeyFileError::WrongRegistry);
        }
        if found.fingerprints.routing != self.fingerprints.routing {
            return Err(KeyFileError::WrongRoutingKey);
        }
        if found.fingerprints.numbers != self.fingerprints.numbers {
            return Err(KeyFileError::WrongNumbersKey);
        }
        Ok(())
    }
}

fn slot_offset(ordinal: u64) -> u64 {
    HEADER_BYTES + SLOT_BYTES as u64 * ordinal
}
