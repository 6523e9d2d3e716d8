//! A disk that fails at a chosen write of a ledger, over the real one.
//!
//! `SABT_DISK_FAULT=<ledger>:<fault>:<when>`:
//!
//! | fault | when | what happens |
//! |---|---|---|
//! | `write-full` | n | the n-th write to a segment that was there says that the disk is full, and writes nothing |
//! | `write` | n | the n-th write to a segment that was there says that the device failed, and writes nothing |
//! | `sync` | n | the n-th write is done, and its sync says that the device failed |
//! | `room` | path | there is no room for another segment while this file exists |

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sabt_chain::LedgerName;
use sabt_journal::storage::{Storage, StorageFile};

/// Variable that names the fault.
const VARIABLE: &str = "SABT_DISK_FAULT";
/// How segments are called.
const SEGMENT: &str = ".seg";

/// What goes wrong.
enum Fault {
    /// The n-th write to a segment, in this way.
    Write(u64, io::ErrorKind),
    /// The sync of the n-th write to a segment.
    Sync(u64),
    /// Blocks cannot be had while this file exists.
    Room(PathBuf),
}

/// What goes wrong, and how far it is from that.
struct Plan {
    fault: Fault,
    writes: AtomicU64,
}

impl Plan {
    /// The plan for a ledger, if the environment has one.
    fn read(ledger: LedgerName) -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "a test build is told what fails")]
        let value = std::env::var(VARIABLE).ok()?;
        let (_, plan) = value
            .split_once(':')
            .filter(|(name, _)| *name == ledger.as_str())?;
        let (fault, when) = plan.split_once(':')?;
        let fault = match fault {
            "write-full" => Fault::Write(when.parse().ok()?, io::ErrorKind::StorageFull),
            "write" => Fault::Write(when.parse().ok()?, io::ErrorKind::Other),
            "sync" => Fault::Sync(when.parse().ok()?),
            "room" => Fault::Room(when.into()),
            _ => return None,
        };
        let writes = AtomicU64::new(0);
        Some(Self { fault, writes })
    }
}

/// The disk, which fails if the environment says that it does.
pub(super) fn faulty(ledger: LedgerName, storage: Arc<dyn Storage>) -> Arc<dyn Storage> {
    match Plan::read(ledger) {
        Some(plan) => Arc::new(Disk {
            storage,
            plan: Arc::new(plan),
        }),
        None => storage,
    }
}

struct Disk {
    storage: Arc<dyn Storage>,
    plan: Arc<Plan>,
}

impl Disk {
    fn file(&self, name: &str, file: Arc<dyn StorageFile>) -> Arc<dyn StorageFile> {
        let (plan, is_segment) = (Arc::clone(&self.plan), name.ends_with(SEGMENT));
        Arc::new(FaultyFile {
            file,
            plan,
            is_segment,
        })
    }
}

impl Storage for Disk {
    fn list(&self) -> io::Result<Vec<String>> {
        self.storage.list()
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        Ok(self.file(name, self.storage.open(name)?))
    }

    fn open_or_create(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        Ok(self.file(name, self.storage.open_or_create(name)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.storage.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.storage.remove(name)
    }

    fn sync(&self) -> io::Result<()> {
        self.storage.sync()
    }
}

struct FaultyFile {
    file: Arc<dyn StorageFile>,
    plan: Arc<Plan>,
    is_segment: bool,
}

impl StorageFile for FaultyFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if self.is_segment {
            let write = self.plan.writes.fetch_add(1, Ordering::SeqCst) + 1;
            if let Fault::Write(at, kind) = &self.plan.fault
                && *at == write
            {
                return Err(io::Error::new(*kind, "injected fault"));
            }
        }
        self.file.write_all_at(bytes, offset)
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.file.set_len(bytes)
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        if let Fault::Room(path) = &self.plan.fault
            && path.exists()
        {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.file.allocate(bytes)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()?;
        match self.plan.fault {
            Fault::Sync(at) if self.is_segment && self.plan.writes.load(Ordering::SeqCst) == at => {
                Err(io::Error::other("injected fault"))
            }
            Fault::Sync(_) | Fault::Write(..) | Fault::Room(_) => Ok(()),
        }
    }

    fn drop_cache(&self) -> io::Result<()> {
        self.file.drop_cache()
    }
}
