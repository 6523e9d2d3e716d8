//! What is refused when a ledger opens, and what is signed by which keys.

use sabt_chain::checkpoint::TreeHead;
use sabt_chain::note::SignerKey;
use sabt_chain::{Hash, Kind, Size};
use sabt_journal::storage::memory::MemoryDisk;

use super::world::{Open, log_key, origin, publish_all, trusted};
use crate::checkpoint::files::Lock;
use crate::checkpoint::log::{Signed, Unverified};
use crate::checkpoint::{CHECKPOINT_FILE, CheckpointError, LOCK_FILE, Published};

/// A ledger of five records, signed and published at three and at five.
struct Scene {
    disk: MemoryDisk,
    keys: Vec<SignerKey>,
    /// The small files as they stood at three records.
    earlier: [Vec<u8>; 2],
}

impl Scene {
    fn set() -> Self {
        let (disk, keys) = (MemoryDisk::new(), vec![log_key(1)]);
        let mut open = Open::on(&disk).unwrap();
        let mut signed = open.signed(&keys).unwrap();
        let mut nonce = 0;
        assert!(open.append(Kind::Event, 3, &mut nonce));
        publish_all(&mut signed, &keys).unwrap();
        let earlier = [LOCK_FILE, CHECKPOINT_FILE].map(|name| disk.contents(name).unwrap());
        assert!(open.append(Kind::Event, 2, &mut nonce));
        publish_all(&mut signed, &keys).unwrap();
        Self {
            disk,
            keys,
            earlier,
        }
    }

    fn open(&self) -> Result<Signed, CheckpointError> {
        Open::on(&self.disk).unwrap().signed(&self.keys)
    }

    fn without(&self, name: &str) -> MemoryDisk {
        use sabt_journal::storage::Storage as _;
        let disk = self.disk.clone();
        disk.remove(name).unwrap();
        disk
    }
}

fn size(checkpoint: Option<&Published>) -> u64 {
    checkpoint.unwrap().size.get()
}

#[test]
fn goes_on_from_what_was_signed_and_published() {
    let scene = Scene::set();
    let mut signed = scene.open().unwrap();
    assert_eq!((size(signed.newest()), size(signed.published())), (5, 5));
    assert!(
        publish_all(&mut signed, &scene.keys).is_none(),
        "nothing is new"
    );
}

#[test]
fn the_published_checkpoint_may_be_behind_the_lock_or_missing() {
    let scene = Scene::set();
    scene.disk.replace(CHECKPOINT_FILE, &scene.earlier[1]);
    let signed = scene.open().unwrap();
    assert_eq!((size(signed.newest()), size(signed.published())), (5, 3));
    scene.without(CHECKPOINT_FILE);
    let signed = scene.open().unwrap();
    assert_eq!(size(signed.newest()), 5);
    assert!(signed.published().is_none());
}

#[test]
fn records_or_a_checkpoint_without_a_lock_are_an_older_copy() {
    let scene = Scene::set();
    scene.without(LOCK_FILE);
    let missing = |outcome| matches!(outcome, Err(CheckpointError::LockMissing { .. }));
    assert!(missing(scene.open().map(drop)));
    scene.without(CHECKPOINT_FILE);
    assert!(missing(scene.open().map(drop)));
    assert_eq!(scene.disk.contents(LOCK_FILE), None, "nothing was signed");

    let empty = MemoryDisk::new();
    drop(Open::on(&empty).unwrap());
    empty.replace(CHECKPOINT_FILE, &scene.earlier[1]);
    assert!(missing(
        Open::on(&empty).unwrap().signed(&scene.keys).map(drop)
    ));
}

#[test]
fn a_new_ledger_has_a_lock_before_its_first_record() {
    let disk = MemoryDisk::new();
    let open = Open::on(&disk).unwrap();
    let signed = open.signed(&[log_key(1)]).unwrap();
    assert_eq!(size(signed.newest()), 0);
    let lock = Lock::decode(&disk.contents(LOCK_FILE).unwrap()).unwrap();
    assert_eq!(lock.tree.size(), Size::EMPTY);
}

#[test]
fn a_checkpoint_ahead_of_the_lock_is_refused() {
    let scene = Scene::set();
    scene.disk.replace(LOCK_FILE, &scene.earlier[0]);
    let Err(CheckpointError::PublishedAhead {
        published, signed, ..
    }) = scene.open()
    else {
        panic!("the older lock was taken");
    };
    assert_eq!((published.get(), signed.get()), (5, 3));
}

#[test]
fn a_checkpoint_of_another_history_is_refused() {
    let scene = Scene::set();
    for records in [3, 5] {
        let head = TreeHead::new(&origin(), Size::new(records), Hash::leaf(b"another"));
        let note = head.sign(&[&scene.keys[0]]).unwrap();
        scene.disk.replace(CHECKPOINT_FILE, note.as_bytes());
        let Err(CheckpointError::PublishedFork { published, .. }) = scene.open() else {
            panic!("a fork was taken");
        };
        assert_eq!(published.get(), records);
    }
}

#[test]
fn damaged_and_foreign_files_are_refused() {
    let scene = Scene::set();
    let lock = scene.disk.contents(LOCK_FILE).unwrap();
    for at in 0..lock.len() {
        let mut damaged = lock.clone();
        damaged[at] ^= 0x10;
        scene.disk.replace(LOCK_FILE, &damaged);
        assert!(
            Open::on(&scene.disk).map_or(true, |open| open.signed(&scene.keys).is_err()),
            "byte {at} of the lock"
        );
    }
    scene.disk.replace(LOCK_FILE, &lock[..lock.len() - 1]);
    assert!(matches!(scene.open(), Err(CheckpointError::Lock { .. })));
    scene.disk.replace(LOCK_FILE, &lock);

    scene.disk.replace(CHECKPOINT_FILE, b"nothing");
    assert!(matches!(
        scene.open(),
        Err(CheckpointError::Published { .. })
    ));
    let other = log_key(2);
    let foreign = TreeHead::new(&origin(), Size::EMPTY, Hash::EMPTY_ROOT).sign(&[&other]);
    scene
        .disk
        .replace(CHECKPOINT_FILE, foreign.unwrap().as_bytes());
    assert!(matches!(
        scene.open(),
        Err(CheckpointError::Published { .. })
    ));
}

#[test]
fn a_lock_that_another_process_replaced_is_not_overwritten() {
    let scene = Scene::set();
    let mut open = Open::on(&scene.disk).unwrap();
    let mut signed = open.signed(&scene.keys).unwrap();
    assert!(open.append(Kind::Event, 1, &mut 100));
    let prepared = signed
        .prepare(Size::new(6), || Ok(scene.keys.clone()))
        .unwrap()
        .unwrap();
    scene.disk.replace(LOCK_FILE, &scene.earlier[0]);
    let outcome = signed.take_lock(prepared);
    assert!(matches!(outcome, Err(CheckpointError::Taken { .. })));
    assert_eq!(scene.disk.contents(LOCK_FILE).unwrap(), scene.earlier[0]);
}

#[test]
fn a_rotation_signs_the_same_tree_anew_and_old_locks_open() {
    let scene = Scene::set();
    let (old, new) = (log_key(1), log_key(2));
    let both = vec![old.clone(), new.clone()];
    let mut signed = Open::on(&scene.disk).unwrap().signed(&both).unwrap();
    let published = publish_all(&mut signed, &both).unwrap();
    assert_eq!(published.size.get(), 5);
    assert_eq!(published.note.matches("\u{2014} ").count(), 2);
    assert!(
        publish_all(&mut signed, &both).is_none(),
        "both have signed"
    );
    let alone = publish_all(&mut signed, std::slice::from_ref(&new)).unwrap();
    assert_eq!(alone.note.matches("\u{2014} ").count(), 1);

    // What either key signed stays signed for whoever knows both, and is nothing to others.
    drop(signed);
    assert!(Open::on(&scene.disk).unwrap().signed(&both).is_ok());
    let outcome = Open::on(&scene.disk).unwrap().signed(&[old]);
    assert!(matches!(outcome, Err(CheckpointError::Lock { .. })));
}

#[test]
fn a_tree_over_a_governance_record_waits_until_the_enrolment_knows_it() {
    let (disk, keys) = (MemoryDisk::new(), vec![log_key(1)]);
    let mut open = Open::on(&disk).unwrap();
    let mut signed = open.signed(&keys).unwrap();
    assert!(open.append(Kind::Governance, 1, &mut 0));
    assert!(open.append(Kind::Event, 1, &mut 1));
    let mut prepare = |governed| {
        let prepared = signed.prepare(Size::new(governed), || Ok(keys.clone()));
        prepared.unwrap().map(|prepared| prepared.checkpoint().size)
    };
    assert_eq!(prepare(0), None);
    assert_eq!(prepare(1), Some(Size::new(2)));
}

#[test]
fn records_are_observed_once_and_in_order() {
    use std::sync::{Arc, Mutex};

    use crate::checkpoint::Observer;

    #[derive(Clone, Default)]
    struct Seen(Arc<Mutex<Vec<(u64, Hash)>>>);
    impl Observer for Seen {
        fn observe(&mut self, record: &sabt_chain::frame::RecordView<'_>, leaf: Hash) {
            let position = record.envelope.position.get();
            self.0.lock().unwrap().push((position, leaf));
        }
    }

    let scene = Scene::set();
    let mut open = Open::on(&scene.disk).unwrap();
    assert!(open.append(Kind::Event, 2, &mut 10));
    let seen = Seen::default();
    let observers: Vec<Box<dyn Observer>> = vec![Box::new(seen.clone())];
    let unverified = Unverified::read(open.ledger.clone(), open.files.clone(), observers).unwrap();
    let tree = open.tree();
    let mut signed = unverified
        .verify(&trusted(&scene.keys), |size| Ok(tree.root(size).unwrap()))
        .unwrap();
    assert!(open.append(Kind::Event, 1, &mut 20));
    publish_all(&mut signed, &scene.keys).unwrap();
    let seen = seen.0.lock().unwrap();
    let positions: Vec<u64> = seen.iter().map(|(position, _)| *position).collect();
    assert_eq!(
        positions,
        [5, 6, 7],
        "from the first that the lock did not cover"
    );
    let frontier = Lock::decode(&scene.disk.contents(LOCK_FILE).unwrap())
        .unwrap()
        .tree;
    assert_eq!(frontier.size(), Size::new(8));
    assert_eq!(seen.len(), 3);
}
