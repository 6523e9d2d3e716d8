//! Whether an act id is used twice, told exactly, with memory that does not grow with the ledger.
//!
//! Act ids are spread over buckets by a hash with a key of its own, so that nobody can choose ids that crowd one bucket.
//! Full buckets are appended to a temporary file; at the end each bucket is read back and gone through by itself, on all
//! cores. Equal ids are always in the same bucket.

use std::collections::hash_map::RandomState;
use std::fs::{self, File, OpenOptions};
use std::hash::BuildHasher as _;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{env, process, thread};

use sabt_chain::{ActId, Position};

/// Number of buckets: few enough that the ends of all of them stay in the core's own cache. With 10 million acts each
/// holds 80 thousand.
const BUCKETS: usize = 128;

/// Acts of a bucket held in memory: 128 x 2048 x 24 bytes, 6 MiB in all. Ledgers of less than some two hundred thousand
/// acts need no file.
const BUCKET_ENTRIES: usize = 2048;

/// Bytes of an act in the file: id 16, position 8.
const ENTRY_BYTES: usize = 16 + 8;

/// Bytes of a full bucket in the file.
const EXTENT_BYTES: usize = BUCKET_ENTRIES * ENTRY_BYTES;

/// Acts compared at once: a table of 2 MiB of ids and 2 MiB of slots. Buckets that hold more are gone through several
/// times, a share of them each time. (Tests make do with small ones.)
const TABLE_ENTRIES: usize = if cfg!(test) { 1024 } else { 128 * 1024 };

/// Slots of the table for each id expected, at least: so few are taken that looking one up takes one or two steps, and
/// chance cannot fill them.
const SLOTS_PER_ENTRY: usize = 2;

/// Fewer acts are compared on one thread: starting another takes longer.
const SHARED_FROM: u64 = 16 * 1024;

/// Names tried for the temporary file before giving up.
const NAMES_TRIED: u32 = 16;

/// Why the temporary file is of no use.
#[derive(Debug, thiserror::Error)]
#[error("temporary file in {directory}: {source}; another directory can be named with --scratch")]
pub struct ScratchError {
    /// The directory.
    directory: String,
    /// What the system said.
    source: io::Error,
}

/// The act ids of one ledger.
pub(crate) struct ActIds {
    hasher: Multilinear,
    buckets: Vec<Vec<(ActId, Position)>>,
    /// For each bucket, which extents of the file are its own.
    extents: Vec<Vec<u32>>,
    scratch: Scratch,
    count: u64,
    /// The first error; nothing is written after it.
    failed: Option<io::Error>,
}

/// Strongly universal hashing of two words, "Multilinear": the high half of `k0 + k1 w1 + k2 w2` modulo 2^128, with
/// secret random keys (Lemire and Kaser, "Strongly universal string hashing is fast", The Computer Journal 57, 2014).
/// Whoever chooses ids without knowing the keys can make no two of them meet more often than chance. The hash of ids in a
/// row would be values in a row, so it is mixed ("fmix64" of `MurmurHash3`), which as a permutation takes nothing away.
struct Multilinear([u128; 3]);

impl Multilinear {
    /// With new random keys.
    fn new() -> Self {
        let random = RandomState::new();
        let word = |number: u8| u128::from(random.hash_one(number));
        Self([0, 2, 4].map(|number| (word(number) << 64) | word(number + 1)))
    }

    fn hash(&self, id: ActId) -> u64 {
        let Self([start, first, second]) = self;
        let id = u128::from_le_bytes(*id.as_bytes());
        let (low, high) = (id & u128::from(u64::MAX), id >> 64);
        let sum = start
            .wrapping_add(first.wrapping_mul(low))
            .wrapping_add(second.wrapping_mul(high));
        let mut hash = u64::try_from(sum >> 64).unwrap_or_default();
        for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
            hash = (hash ^ (hash >> 33)).wrapping_mul(factor);
        }
        hash ^ (hash >> 33)
    }
}

/// A temporary file, made when it is needed first.
struct Scratch {
    directory: PathBuf,
    file: Option<Mutex<File>>,
    /// Extents written.
    extents: u32,
}

impl ActIds {
    /// None yet. The temporary file will be in `scratch`, or where the system has such files.
    pub(crate) fn new(scratch: Option<&Path>) -> Self {
        Self {
            hasher: Multilinear::new(),
            buckets: vec![Vec::new(); BUCKETS],
            extents: vec![Vec::new(); BUCKETS],
            scratch: Scratch {
                directory: scratch.map_or_else(env::temp_dir, Path::to_owned),
                file: None,
                extents: 0,
            },
            count: 0,
            failed: None,
        }
    }

    /// An act of this id starts at this position.
    pub(crate) fn add(&mut self, id: ActId, position: Position) {
        self.count += 1;
        let bucket = bucket_of(self.hasher.hash(id));
        self.buckets[bucket].push((id, position));
        if self.buckets[bucket].len() < BUCKET_ENTRIES {
            return;
        }
        if self.failed.is_none() {
            match self.scratch.write(&self.buckets[bucket]) {
                Ok(extent) => self.extents[bucket].push(extent),
                Err(error) => self.failed = Some(error),
            }
        }
        self.buckets[bucket].clear();
    }

    /// How many acts there are.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// The positions, in order, of every act whose id was used at an earlier one.
    ///
    /// # Errors
    /// [`ScratchError`], if the temporary file could not be made, written or read.
    pub(crate) fn finish(mut self, threads: NonZeroUsize) -> Result<Vec<Position>, ScratchError> {
        let directory = self.scratch.directory.display().to_string();
        let compared = match self.failed.take() {
            Some(error) => Err(error),
            None => self.compare(threads),
        };
        compared.map_err(|source| ScratchError { directory, source })
    }

    fn compare(&self, threads: NonZeroUsize) -> io::Result<Vec<Position>> {
        let threads = threads.get().min(BUCKETS);
        let next = AtomicUsize::new(0);
        let mut repeated = if threads == 1 || self.count < SHARED_FROM {
            self.compare_from(&next)?
        } else {
            thread::scope(|scope| {
                let spawn = |_| scope.spawn(|| self.compare_from(&next));
                let others: Vec<_> = (1..threads).map(spawn).collect();
                let mut repeated = self.compare_from(&next)?;
                for other in others {
                    let found = other.join().unwrap_or_else(|panic| resume_unwind(panic));
                    repeated.append(&mut found?);
                }
                Ok::<_, io::Error>(repeated)
            })?
        };
        repeated.sort_unstable();
        Ok(repeated)
    }

    /// Goes through one bucket after another, as long as there are any that nobody has taken.
    fn compare_from(&self, next: &AtomicUsize) -> io::Result<Vec<Position>> {
        let mut table = Table::default();
        let mut bytes = Vec::new();
        let mut repeated = Vec::new();
        loop {
            // No other memory depends on who takes which.
            let bucket = next.fetch_add(1, Ordering::Relaxed);
            let (Some(buffered), Some(extents)) =
                (self.buckets.get(bucket), self.extents.get(bucket))
            else {
                return Ok(repeated);
            };
            let entries = buffered.len() + extents.len() * BUCKET_ENTRIES;
            let shares = entries.div_ceil(TABLE_ENTRIES) as u64;
            for share in 0..shares {
                table.clear(entries.min(TABLE_ENTRIES));
                let mut take = |(id, position): (ActId, Position)| {
                    let hash = self.hasher.hash(id);
                    if share_of(hash, shares) == share && !table.insert(id, hash) {
                        repeated.push(position);
                    }
                };
                for extent in extents {
                    self.scratch.read(*extent, &mut bytes, &mut take)?;
                }
                buffered.iter().copied().for_each(&mut take);
            }
        }
    }
}

/// The low bits choose the bucket, the high ones the share of a bucket, those between the slot.
fn bucket_of(hash: u64) -> usize {
    usize::from(hash.to_le_bytes()[0]) % BUCKETS
}

const fn share_of(hash: u64, shares: u64) -> u64 {
    (hash >> 40) % shares
}

impl Scratch {
    /// Appends a full bucket; returns the number of its extent.
    fn write(&mut self, entries: &[(ActId, Position)]) -> io::Result<u32> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(Mutex::new(temporary(&self.directory)?)),
        };
        let file = file.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = Vec::with_capacity(EXTENT_BYTES);
        for (id, position) in entries {
            bytes.extend_from_slice(id.as_bytes());
            bytes.extend_from_slice(&position.get().to_be_bytes());
        }
        file.write_all(&bytes)?;
        let extent = self.extents;
        // 4 billion extents are 100 terabytes.
        self.extents = extent.checked_add(1).ok_or(io::ErrorKind::StorageFull)?;
        Ok(extent)
    }

    /// Gives back the entries of an extent, in order. `bytes` is only there to be used again.
    fn read(
        &self,
        extent: u32,
        bytes: &mut Vec<u8>,
        take: &mut impl FnMut((ActId, Position)),
    ) -> io::Result<()> {
        bytes.resize(EXTENT_BYTES, 0);
        let file = self.file.as_ref().ok_or(io::ErrorKind::NotFound)?;
        {
            // Wherever another thread has left the file, it is sought anew.
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(u64::from(extent) * EXTENT_BYTES as u64))?;
            file.read_exact(bytes)?;
        }
        let (entries, _) = bytes.as_chunks::<ENTRY_BYTES>();
        for entry in entries {
            let (id, position) = entry.split_at(16);
            let (Ok(id), Ok(position)) = (id.try_into(), position.try_into()) else {
                continue;
            };
            take((
                ActId::from_bytes(id),
                Position::new(u64::from_be_bytes(position)),
            ));
        }
        Ok(())
    }
}

/// A file without a name, which is gone when it is closed, however the program ends.
fn temporary(directory: &Path) -> io::Result<File> {
    let names = RandomState::new();
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for number in 0..NAMES_TRIED {
        let name = format!(
            "sabt-verify-{}-{:016x}",
            process::id(),
            names.hash_one(number)
        );
        let path = directory.join(name);
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path);
        match opened {
            Ok(file) => {
                fs::remove_file(&path)?;
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// A set of act ids.
#[derive(Default)]
struct Table {
    ids: Vec<ActId>,
    /// Indices of `ids`, plus one; 0 where nothing stands.
    slots: Vec<u32>,
}

impl Table {
    /// Empties it, and makes room for about as many ids as are expected.
    fn clear(&mut self, expected: usize) {
        self.ids.clear();
        self.slots.clear();
        let slots = (2 * SLOTS_PER_ENTRY * expected).next_power_of_two();
        self.slots.resize(slots, 0);
    }

    /// Adds an id; `false` if it is there already.
    fn insert(&mut self, id: ActId, hash: u64) -> bool {
        assert!(
            self.ids.len() < self.slots.len(),
            "a share of a bucket holds several times what it should"
        );
        let mask = self.slots.len() - 1;
        // The bits above those that chose the bucket; a table has less than 2^32 slots.
        let [_, a, b, c, d, ..] = hash.to_le_bytes();
        let mut slot = u32::from_le_bytes([a, b, c, d]) as usize & mask;
        loop {
            match self.slots[slot] {
                0 => break,
                index if self.ids[index as usize - 1] == id => return false,
                _ => slot = (slot + 1) & mask,
            }
        }
        self.ids.push(id);
        // At most as many as there are slots.
        self.slots[slot] = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        true
    }
}

#[cfg(test)]
mod tests;
