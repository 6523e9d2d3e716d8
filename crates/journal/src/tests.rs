//! The journal as a whole, on a faulty disk in memory and on a real one.

mod crash;
mod damage;
mod full;
mod opening;
mod property;
mod world;

use std::sync::{Arc, Mutex};

use sabt_chain::Origin;

use crate::backend::Backend;
use crate::conformance::{self, Harness};
use crate::journal::{FileJournal, Options};
use crate::layout::FileName;
use crate::spare::SparePreparation;
use crate::storage::memory::MemoryDisk;

/// Small segments, so that a few frames fill one, and every step in the caller's thread.
const SMALL: Options = Options {
    segment_bytes: 12 * 1024,
    reserve_bytes: 4_096,
    spares: SparePreparation::OnDemand,
};

fn origin() -> Origin {
    "registry.example/events".parse().unwrap()
}

fn is_segment(name: &str) -> bool {
    matches!(FileName::parse(name), FileName::Segment(_))
}

/// File journals on disks in memory.
struct InMemory {
    options: Options,
    newest: Mutex<MemoryDisk>,
}

impl Harness for InMemory {
    fn origin(&self) -> Origin {
        origin()
    }

    fn create(&self) -> Box<dyn Backend> {
        let disk = MemoryDisk::new();
        *self.newest.lock().unwrap() = disk.clone();
        Box::new(FileJournal::create_on(Arc::new(disk), &origin(), &self.options).unwrap())
    }

    fn reopen(&self, backend: Box<dyn Backend>) -> Box<dyn Backend> {
        drop(backend);
        let disk = self.newest.lock().unwrap().clone();
        Box::new(FileJournal::open_on(Arc::new(disk), &origin(), &self.options).unwrap())
    }
}

/// File journals in real directories.
struct OnDisk {
    parent: tempfile::TempDir,
    made: Mutex<u32>,
    options: Options,
}

impl Harness for OnDisk {
    fn origin(&self) -> Origin {
        origin()
    }

    fn create(&self) -> Box<dyn Backend> {
        let mut made = self.made.lock().unwrap();
        *made += 1;
        let directory = self.parent.path().join(made.to_string());
        Box::new(FileJournal::create(&directory, &origin(), &self.options).unwrap())
    }

    fn reopen(&self, backend: Box<dyn Backend>) -> Box<dyn Backend> {
        drop(backend);
        let directory = self
            .parent
            .path()
            .join(self.made.lock().unwrap().to_string());
        Box::new(FileJournal::open(&directory, &origin(), &self.options).unwrap())
    }
}

#[test]
fn conforms_in_memory() {
    for spares in [SparePreparation::OnDemand, SparePreparation::Ahead] {
        conformance::run(&InMemory {
            options: Options { spares, ..SMALL },
            newest: Mutex::default(),
        });
    }
}

#[test]
fn conforms_on_disk() {
    conformance::run(&OnDisk {
        parent: tempfile::tempdir().unwrap(),
        made: Mutex::default(),
        options: Options {
            segment_bytes: 64 * 1024,
            spares: SparePreparation::Ahead,
            ..SMALL
        },
    });
}
