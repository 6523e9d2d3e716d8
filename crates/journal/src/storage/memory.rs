//! A disk in memory that crashes, tears, fails and fills up on demand, for tests.
//!
//! It keeps two states of every file and of the directory, the one programs see and the one that would
//! survive a power cut, and follows the disk model of [`crate::storage`].

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Storage, StorageFile, TEAR_BYTES};

/// What happens at the chosen step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The operation does nothing and reports an I/O error. A failed sync loses what it should have kept.
    Error,
    /// The operation is done, durably where it is a sync, and reports an I/O error all the same.
    DoneButError,
    /// The machine stops before the operation: it and everything after it fails.
    PowerCut,
}

/// What a power cut leaves of the bytes and names that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// Nothing.
    LoseUnsynced,
    /// Everything.
    KeepUnsynced,
    /// Any granules of any write and any prefix of the name changes, chosen by this seed.
    Random(u64),
}

/// The disk: one directory. Clones are handles of the same disk.
#[derive(Clone, Default)]
pub struct MemoryDisk(Arc<Mutex<Disk>>);

#[derive(Default)]
struct Disk {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    name_changes: Vec<NameChange>,
    capacity_bytes: Option<u64>,
    steps: u64,
    fault: Option<(u64, Fault)>,
    powered_off: bool,
}

#[derive(Default)]
struct Inode {
    live: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Pending>,
    allocated: u64,
}

enum Pending {
    Write(usize, Vec<u8>),
    Length(usize),
}

enum NameChange {
    Create(String, usize),
    Rename(String, String),
    Remove(String),
}

impl MemoryDisk {
    /// An empty disk without a limit.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the sum of all file lengths; `None` lifts the limit.
    pub fn set_capacity(&self, capacity_bytes: Option<u64>) {
        self.disk().capacity_bytes = capacity_bytes;
    }

    /// Sum of the lengths and reservations of all files, in bytes.
    pub fn used_bytes(&self) -> u64 {
        self.disk().used_bytes()
    }

    /// How many changing operations were asked for so far.
    pub fn steps(&self) -> u64 {
        self.disk().steps
    }

    /// Makes the operation with this number (counted from 0, see [`MemoryDisk::steps`]) go wrong.
    pub fn fail_at(&self, step: u64, fault: Fault) {
        self.disk().fault = Some((step, fault));
    }

    /// The disk as it stands after a power cut now. The old one is left as it is.
    #[must_use]
    pub fn crash(&self, crash: Crash) -> Self {
        let disk = self.disk();
        let mut dice = Dice::new(crash);
        let inodes = disk.inodes.iter().map(|inode| inode.after_crash(&mut dice));
        let inodes: Vec<Inode> = inodes.collect();
        let mut names = disk.durable_names.clone();
        for change in disk
            .name_changes
            .iter()
            .take(dice.prefix(disk.name_changes.len()))
        {
            change.apply(&mut names);
        }
        Self(Arc::new(Mutex::new(Disk {
            inodes,
            durable_names: names.clone(),
            names,
            capacity_bytes: disk.capacity_bytes,
            ..Disk::default()
        })))
    }

    /// What a file holds now.
    pub fn contents(&self, name: &str) -> Option<Vec<u8>> {
        let disk = self.disk();
        let inode = disk.names.get(name)?;
        disk.inodes.get(*inode).map(|inode| inode.live.clone())
    }

    /// Puts a file in place, durably, as a fault of the medium or of a person would.
    pub fn replace(&self, name: &str, bytes: &[u8]) {
        let mut disk = self.disk();
        let index = disk.inodes.len();
        disk.inodes.push(Inode {
            live: bytes.to_vec(),
            durable: bytes.to_vec(),
            ..Inode::default()
        });
        disk.names.insert(name.to_owned(), index);
        disk.durable_names.insert(name.to_owned(), index);
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for MemoryDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        let disk = self.disk();
        disk.powered()?;
        Ok(disk.names.keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        let disk = self.disk();
        disk.powered()?;
        let inode = *disk.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(MemoryFile {
            disk: self.clone(),
            inode,
        }))
    }

    fn open_or_create(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        if let Ok(file) = self.open(name) {
            return Ok(file);
        }
        let mut disk = self.disk();
        let inode = disk.inodes.len();
        disk.step(|disk| {
            disk.inodes.push(Inode::default());
            disk.change_name(NameChange::Create(name.to_owned(), inode));
            Ok(())
        })?;
        Ok(Arc::new(MemoryFile {
            disk: self.clone(),
            inode,
        }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk().step(|disk| {
            if !disk.names.contains_key(from) {
                return Err(io::ErrorKind::NotFound.into());
            }
            disk.change_name(NameChange::Rename(from.to_owned(), to.to_owned()));
            Ok(())
        })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk().step(|disk| {
            if !disk.names.contains_key(name) {
                return Err(io::ErrorKind::NotFound.into());
            }
            disk.change_name(NameChange::Remove(name.to_owned()));
            Ok(())
        })
    }

    fn sync(&self) -> io::Result<()> {
        let mut disk = self.disk();
        let result = disk.step(|disk| {
            disk.durable_names = disk.names.clone();
            disk.name_changes.clear();
            Ok(())
        });
        if result.is_err() && !disk.powered_off {
            disk.name_changes.clear();
        }
        result
    }
}

struct MemoryFile {
    disk: MemoryDisk,
    inode: usize,
}

impl StorageFile for MemoryFile {
    fn len(&self) -> io::Result<u64> {
        let mut disk = self.disk.disk();
        disk.powered()?;
        Ok(to_u64(disk.inode(self.inode)?.live.len()))
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let mut disk = self.disk.disk();
        disk.powered()?;
        let start = to_usize(offset)?;
        let end = start.checked_add(buffer.len());
        let range = start..end.ok_or(io::ErrorKind::InvalidInput)?;
        let live = &disk.inode(self.inode)?.live;
        buffer.copy_from_slice(live.get(range).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let offset = to_usize(offset)?;
        let end = to_u64(offset.saturating_add(bytes.len()));
        self.disk.disk().step(|disk| {
            disk.reserve(self.inode, end)?;
            let inode = disk.inode(self.inode)?;
            overwrite(&mut inode.live, offset, bytes);
            inode.pending.push(Pending::Write(offset, bytes.to_vec()));
            Ok(())
        })
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        let length = to_usize(bytes)?;
        self.disk.disk().step(|disk| {
            let inode = disk.inode(self.inode)?;
            inode.live.resize(length, 0);
            inode.allocated = inode.allocated.min(bytes);
            inode.pending.push(Pending::Length(length));
            Ok(())
        })
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        self.disk
            .disk()
            .step(|disk| disk.reserve(self.inode, bytes))
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut disk = self.disk.disk();
        let result = disk.step(|disk| {
            let inode = disk.inode(self.inode)?;
            for pending in std::mem::take(&mut inode.pending) {
                pending.apply(&mut inode.durable);
            }
            Ok(())
        });
        if result.is_err() && !disk.powered_off {
            // As on Linux: the pages count as clean, so nothing will ever write them again.
            disk.inode(self.inode)?.pending.clear();
        }
        result
    }

    fn drop_cache(&self) -> io::Result<()> {
        let mut disk = self.disk.disk();
        disk.powered()?;
        let inode = disk.inode(self.inode)?;
        let mut medium = inode.durable.clone();
        for pending in &inode.pending {
            pending.apply(&mut medium);
        }
        inode.live = medium;
        Ok(())
    }
}

impl Disk {
    fn powered(&self) -> io::Result<()> {
        if self.powered_off {
            return Err(io::Error::other("the disk has lost power"));
        }
        Ok(())
    }

    /// Runs one changing operation, or the fault that was set for it.
    fn step(&mut self, operation: impl FnOnce(&mut Self) -> io::Result<()>) -> io::Result<()> {
        self.powered()?;
        let step = self.steps;
        self.steps = step.saturating_add(1);
        let fault = self.fault.filter(|(at, _)| *at == step);
        match fault.map(|(_, fault)| fault) {
            None => operation(self),
            Some(Fault::Error) => Err(io::Error::other("injected fault")),
            Some(Fault::DoneButError) => {
                operation(self)?;
                Err(io::Error::other("injected fault"))
            }
            Some(Fault::PowerCut) => {
                self.powered_off = true;
                self.powered()
            }
        }
    }

    fn inode(&mut self, inode: usize) -> io::Result<&mut Inode> {
        let inode = self.inodes.get_mut(inode);
        inode.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn used_bytes(&self) -> u64 {
        let named = self
            .names
            .values()
            .filter_map(|inode| self.inodes.get(*inode));
        named.map(Inode::allocated_bytes).sum()
    }

    /// Takes the space for a file of `end` bytes, or says that the disk is full.
    fn reserve(&mut self, inode: usize, end: u64) -> io::Result<()> {
        let used = self.used_bytes();
        let capacity = self.capacity_bytes.unwrap_or(u64::MAX);
        let inode = self.inode(inode)?;
        let more = end.saturating_sub(inode.allocated_bytes());
        if more != 0 && capacity < used.saturating_add(more) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        inode.allocated = inode.allocated.max(end);
        Ok(())
    }

    fn change_name(&mut self, change: NameChange) {
        change.apply(&mut self.names);
        self.name_changes.push(change);
    }
}

impl Inode {
    fn allocated_bytes(&self) -> u64 {
        self.allocated.max(to_u64(self.live.len()))
    }

    fn after_crash(&self, dice: &mut Dice) -> Self {
        let mut durable = self.durable.clone();
        for pending in &self.pending {
            pending.tear(&mut durable, dice);
        }
        Self {
            live: durable.clone(),
            durable,
            ..Self::default()
        }
    }
}

impl Pending {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(offset, content) => overwrite(bytes, *offset, content),
            Self::Length(length) => bytes.resize(*length, 0),
        }
    }

    /// Applies those granules of the change that the dice keep.
    fn tear(&self, bytes: &mut Vec<u8>, dice: &mut Dice) {
        match self {
            Self::Length(length) => {
                if dice.keeps() {
                    bytes.resize(*length, 0);
                }
            }
            Self::Write(offset, content) => {
                let granule = to_usize(TEAR_BYTES).unwrap_or(1);
                let mut at = *offset;
                let mut rest = content.as_slice();
                while !rest.is_empty() {
                    let to_boundary = granule.saturating_sub(at.checked_rem(granule).unwrap_or(0));
                    let (piece, after) = rest.split_at(to_boundary.min(rest.len()));
                    if dice.keeps() {
                        overwrite(bytes, at, piece);
                    }
                    at = at.saturating_add(piece.len());
                    rest = after;
                }
            }
        }
    }
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Create(name, inode) => {
                names.insert(name.clone(), *inode);
            }
            Self::Rename(from, to) => {
                if let Some(inode) = names.remove(from) {
                    names.insert(to.clone(), inode);
                }
            }
            Self::Remove(name) => {
                names.remove(name);
            }
        }
    }
}

/// Decides what survives. The generator is `SplitMix64`: small, and the same in every version of every library.
struct Dice {
    crash: Crash,
    state: u64,
}

impl Dice {
    fn new(crash: Crash) -> Self {
        let state = match crash {
            Crash::LoseUnsynced | Crash::KeepUnsynced => 0,
            Crash::Random(seed) => seed,
        };
        Self { crash, state }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn keeps(&mut self) -> bool {
        match self.crash {
            Crash::LoseUnsynced => false,
            Crash::KeepUnsynced => true,
            Crash::Random(_) => self.next() & 1 == 1,
        }
    }

    /// How many of `count` ordered changes survive.
    fn prefix(&mut self, count: usize) -> usize {
        match self.crash {
            Crash::LoseUnsynced => 0,
            Crash::KeepUnsynced => count,
            Crash::Random(_) => {
                let choices = to_u64(count).saturating_add(1);
                let kept = self.next().checked_rem(choices).unwrap_or(0);
                to_usize(kept).unwrap_or(count)
            }
        }
    }
}

fn overwrite(bytes: &mut Vec<u8>, offset: usize, content: &[u8]) {
    let end = offset.saturating_add(content.len());
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    if let Some(target) = bytes.get_mut(offset..end) {
        target.copy_from_slice(content);
    }
}

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn to_usize(length: u64) -> io::Result<usize> {
    usize::try_from(length).map_err(io::Error::other)
}

#[cfg(test)]
mod tests;
