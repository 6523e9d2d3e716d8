//! A full disk refuses before anything is half written, and appends go on when space returns.

use std::io;
use std::sync::Arc;

use super::{SMALL, is_segment, origin};
use crate::backend::{Backend, Owner};
use crate::conformance::ModelLedger;
use crate::error::{AppendError, OpenEpochError, OpenError};
use crate::journal::{FileJournal, Options};
use crate::spare::SparePreparation;
use crate::storage::memory::MemoryDisk;
use crate::storage::{Storage, StorageFile};

fn fill_up_and_go_on(spares: SparePreparation) {
    let options = Options { spares, ..SMALL };
    let disk = MemoryDisk::new();
    let journal = FileJournal::create_on(Arc::new(disk.clone()), &origin(), &options).unwrap();
    let (epoch, _) = journal.open_epoch(&Owner::new("writer").unwrap()).unwrap();
    let mut model = ModelLedger::new(&origin());
    // Room for three segments and the reserve, not for a fourth.
    disk.set_capacity(Some(3 * SMALL.segment_bytes + SMALL.reserve_bytes + 1_000));
    let refused = loop {
        let next = model.frame(epoch, &[1, 1], 900);
        match journal.append(epoch, &model.head(), &next.bytes) {
            Ok(_) => model.accept(next),
            Err(error) => break error,
        }
        assert!(model.frames().len() < 100, "the disk never fills up");
    };
    let is_full = matches!(
        refused,
        AppendError::Full {
            segment_bytes: 12_288
        }
    );
    assert!(is_full, "{refused:?}");
    let segments = disk
        .list()
        .unwrap()
        .iter()
        .filter(|name| is_segment(name))
        .count();
    assert_eq!(segments, 3, "all the space that there was is used");
    model.check(&journal);

    // The reserve was given up, so small files find room.
    assert!(disk.contents("reserve").is_none() && disk.contents("spare").is_none());
    let checkpoint = disk.open_or_create("checkpoint").unwrap();
    checkpoint.write_all_at(&[1; 3_000], 0).unwrap();

    // A smaller frame still fits the segment in use, and a refused one changes nothing however often it comes.
    let next = model.frame(epoch, &[1, 1], 900);
    for _ in 0..3 {
        let refused = journal.append(epoch, &model.head(), &next.bytes);
        assert!(
            matches!(refused, Err(AppendError::Full { .. })),
            "{refused:?}"
        );
    }
    model.append(&journal, epoch, &[1], 64);

    disk.set_capacity(None);
    for _ in 0..10 {
        model.append(&journal, epoch, &[1, 1], 900);
    }
    model.check(&journal);
    assert!(disk.contents("reserve").is_some());
    drop(journal);
    let journal = FileJournal::open_on(Arc::new(disk), &origin(), &options).unwrap();
    model.check(&journal);
}

#[test]
fn on_demand() {
    fill_up_and_go_on(SparePreparation::OnDemand);
}

#[test]
fn ahead() {
    fill_up_and_go_on(SparePreparation::Ahead);
}

/// A disk that cannot even be asked for space.
struct Broken(MemoryDisk);

impl Storage for Broken {
    fn list(&self) -> io::Result<Vec<String>> {
        self.0.list()
    }
    fn open(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        self.0.open(name)
    }
    fn open_or_create(&self, _: &str) -> io::Result<Arc<dyn StorageFile>> {
        panic!("on purpose")
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }
    fn sync(&self) -> io::Result<()> {
        self.0.sync()
    }
}

#[test]
fn a_helper_that_panics_stops_the_writer() {
    let disk = MemoryDisk::new();
    drop(FileJournal::create_on(Arc::new(disk.clone()), &origin(), &SMALL).unwrap());
    let options = Options {
        spares: SparePreparation::Ahead,
        ..SMALL
    };
    let journal = FileJournal::open_on(Arc::new(Broken(disk)), &origin(), &options).unwrap();
    let model = ModelLedger::new(&origin());
    let owner = Owner::new("writer").unwrap();
    // The helper may panic before the epoch is opened or after.
    let latched = match journal.open_epoch(&owner) {
        Ok((epoch, _)) => loop {
            let frame = model.frame(epoch, &[5], 1_000);
            match journal.append(epoch, &model.head(), &frame.bytes) {
                Err(AppendError::Latched { .. }) => break true,
                Ok(_) | Err(AppendError::Conflict(_)) => std::thread::yield_now(),
                Err(error) => panic!("{error:?}"),
            }
        },
        Err(error) => matches!(error, OpenEpochError::Latched { .. }),
    };
    assert!(latched);
}

#[test]
fn a_ledger_is_not_begun_on_a_full_disk() {
    let disk = MemoryDisk::new();
    disk.set_capacity(Some(SMALL.segment_bytes));
    let refused = FileJournal::create_on(Arc::new(disk.clone()), &origin(), &SMALL).err();
    assert!(
        matches!(
            refused,
            Some(OpenError::Full {
                segment_bytes: 12_288
            })
        ),
        "{refused:?}"
    );
    disk.set_capacity(None);
    FileJournal::create_on(Arc::new(disk), &origin(), &SMALL).unwrap();
}

#[test]
fn a_ledger_opens_on_a_full_disk() {
    let disk = MemoryDisk::new();
    let journal = FileJournal::create_on(Arc::new(disk.clone()), &origin(), &SMALL).unwrap();
    let (epoch, _) = journal.open_epoch(&Owner::new("writer").unwrap()).unwrap();
    let mut model = ModelLedger::new(&origin());
    model.append(&journal, epoch, &[4], 900);
    drop(journal);
    disk.set_capacity(Some(disk.used_bytes()));
    let journal = FileJournal::open_on(Arc::new(disk), &origin(), &SMALL).unwrap();
    model.check(&journal);
    let (epoch, _) = journal.open_epoch(&Owner::new("writer").unwrap()).unwrap();
    model.append(&journal, epoch, &[1], 64);
}
