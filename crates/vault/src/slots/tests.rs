//! Key files on a disk that fails, forgets and lies.

mod memory_disk;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;

use self::memory_disk::MemoryDisk;
use super::cache::{CACHE_KEYS_MAX, KeyCache, Lookup};
use super::header::{HEADER_BYTES, Identity, Mark, SECTOR_BYTES};
use super::slot::{SLOT_BYTES, Slot};
use super::{
    BLOCK_SLOTS, Census, Expected, KeyFile, KeyFileError, KeyFileKind, PROVISION_SLOTS_MAX,
    SlotState, slot_offset,
};
use crate::kek::{FileKek, KeyEncryptionKey, WrappedKey};
use crate::secret::SecretKey;
use crate::secrets::Fingerprints;

const BLOCK: u64 = BLOCK_SLOTS as u64;

#[test]
fn gives_the_same_key_after_reopening() {
    let disk = formatted();
    let file = load(&disk).unwrap();
    file.ensure(0).unwrap();
    file.ensure(BLOCK).unwrap();
    let keys = [0, 7, BLOCK].map(|ordinal| *file.key(ordinal).unwrap().expose());
    drop(file);
    let file = load(&disk).unwrap();
    assert_eq!(
        [0, 7, BLOCK].map(|ordinal| *file.key(ordinal).unwrap().expose()),
        keys
    );
    assert_eq!(
        keys.iter().collect::<BTreeSet<_>>().len(),
        3,
        "every slot has a key of its own"
    );
}

#[test]
fn a_new_subject_costs_no_sync_within_a_block() {
    let disk = formatted();
    let file = load(&disk).unwrap();
    let before = disk.changes();
    (0..BLOCK).for_each(|ordinal| file.ensure(ordinal).unwrap());
    assert_eq!(disk.changes(), before);
    file.ensure(BLOCK).unwrap();
    assert_eq!(disk.changes(), before + 4, "block, sync, mark, sync");
}

#[test]
fn a_destroyed_key_stays_destroyed() {
    let disk = formatted();
    let file = load(&disk).unwrap();
    file.ensure(5).unwrap();
    file.destroy(5).unwrap();
    let refuses = |file: &KeyFile| {
        assert!(matches!(
            file.key(5),
            Err(KeyFileError::Destroyed { ordinal: 5 })
        ));
        assert!(matches!(
            file.ensure(5),
            Err(KeyFileError::Destroyed { ordinal: 5 })
        ));
        assert_eq!(file.state(5).unwrap(), SlotState::Destroyed);
        assert_eq!(file.state(6).unwrap(), SlotState::Live);
        assert_eq!(file.state(BLOCK).unwrap(), SlotState::Empty);
    };
    refuses(&file);
    file.destroy(5).unwrap();
    drop(file);
    let file = load(&disk.after_power_loss(|| false)).unwrap();
    refuses(&file);
    assert_eq!(
        file.census().unwrap(),
        Census {
            live: BLOCK - 1,
            destroyed: 1
        }
    );
    let slot = usize::try_from(slot_offset(5)).unwrap();
    let on_disk = disk.content();
    assert!(
        on_disk[slot + 2..slot + SLOT_BYTES]
            .iter()
            .all(|byte| *byte == 0)
    );
}

#[test]
fn refuses_ordinals_that_were_never_given_out() {
    let file = load(&formatted()).unwrap();
    assert!(matches!(
        file.key(BLOCK),
        Err(KeyFileError::NotProvisioned { .. })
    ));
    assert!(matches!(
        file.destroy(BLOCK),
        Err(KeyFileError::NotProvisioned { .. })
    ));
    for ordinal in [BLOCK + PROVISION_SLOTS_MAX, u64::MAX] {
        assert!(matches!(
            file.ensure(ordinal),
            Err(KeyFileError::OrdinalTooFar {
                provisioned: BLOCK,
                ..
            })
        ));
    }
}

#[test]
fn the_first_error_latches() {
    for change in 0..4 {
        let disk = formatted();
        let file = load(&disk).unwrap();
        file.ensure(1).unwrap();
        disk.fail_at(disk.changes() + change);
        assert!(matches!(file.ensure(BLOCK), Err(KeyFileError::Io { .. })));
        assert!(matches!(file.ensure(BLOCK), Err(KeyFileError::PreviousIo)));
        assert!(
            matches!(file.key(1), Err(KeyFileError::PreviousIo)),
            "cached keys as well"
        );
        assert!(matches!(file.destroy(1), Err(KeyFileError::PreviousIo)));
        assert!(matches!(file.state(1), Err(KeyFileError::PreviousIo)));
        assert!(matches!(file.census(), Err(KeyFileError::PreviousIo)));
    }
}

/// What is done in [`survives_power_loss_at_every_write_and_sync`]: two new blocks, destructions in
/// both, and a third block.
const SCRIPT: [Step; 6] = [
    Step::Ensure(0),
    Step::Ensure(BLOCK),
    Step::Destroy(BLOCK + 1),
    Step::Ensure(2 * BLOCK),
    Step::Destroy(3),
    Step::Ensure(3 * BLOCK),
];

#[derive(Clone, Copy)]
enum Step {
    Ensure(u64),
    Destroy(u64),
}

#[test]
fn survives_power_loss_at_every_write_and_sync() {
    let formatted = formatted().content();
    let whole = MemoryDisk::holding(formatted.clone());
    run_script(&load(&whole).unwrap());
    for change in 0..=whole.changes() {
        for seed in 1..=4 {
            let disk = MemoryDisk::holding(formatted.clone());
            let file = load(&disk).unwrap();
            disk.fail_at(change);
            let promised = run_script(&file);
            drop(file);
            let mut state = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed);
            let found = disk.after_power_loss(|| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state & 1 == 0
            });
            promised.check(&load(&found).unwrap());
        }
    }
}

#[derive(Default)]
struct Promised {
    keys: BTreeMap<u64, [u8; 32]>,
    destroyed: BTreeSet<u64>,
    /// Destroying failed half way: destroyed or not, but never another key.
    uncertain: BTreeSet<u64>,
}

/// Runs the script up to its first error and says what was acknowledged.
fn run_script(file: &KeyFile) -> Promised {
    let mut promised = Promised::default();
    for step in SCRIPT {
        match step {
            Step::Ensure(ordinal) => {
                if file.ensure(ordinal).is_err() {
                    break;
                }
                for ordinal in [ordinal, ordinal + 1, ordinal + 3] {
                    promised
                        .keys
                        .insert(ordinal, *file.key(ordinal).unwrap().expose());
                }
            }
            Step::Destroy(ordinal) => {
                if file.destroy(ordinal).is_err() {
                    promised.uncertain.insert(ordinal);
                    break;
                }
                promised.keys.remove(&ordinal);
                promised.destroyed.insert(ordinal);
            }
        }
    }
    promised
}

impl Promised {
    fn check(&self, file: &KeyFile) {
        for (ordinal, key) in &self.keys {
            match file.key(*ordinal) {
                Ok(found) => assert_eq!(found.expose(), key),
                Err(KeyFileError::Destroyed { .. }) => assert!(self.uncertain.contains(ordinal)),
                Err(error) => panic!("slot {ordinal}: {error}"),
            }
        }
        for ordinal in &self.destroyed {
            assert!(matches!(
                file.ensure(*ordinal),
                Err(KeyFileError::Destroyed { .. })
            ));
        }
        file.ensure(4 * BLOCK).unwrap();
        file.census().unwrap();
    }
}

#[test]
fn every_altered_byte_of_the_identity_is_refused() {
    let disk = formatted();
    for offset in 0..SECTOR_BYTES {
        disk.flip(offset, 0x01);
        load(&disk).unwrap_err();
        disk.flip(offset, 0x01);
    }
    load(&disk).unwrap();
}

#[test]
fn a_spoiled_mark_loses_no_key() {
    for spoiled in [512, 1024] {
        let disk = formatted();
        let file = load(&disk).unwrap();
        file.ensure(2 * BLOCK).unwrap();
        let key = *file.key(2 * BLOCK).unwrap().expose();
        drop(file);
        disk.flip(spoiled + 9, 0x80);
        assert_eq!(load(&disk).unwrap().key(2 * BLOCK).unwrap().expose(), &key);
        disk.flip(512 + 100, 0x80);
        disk.flip(1024 + 100, 0x80);
        assert!(matches!(load(&disk), Err(KeyFileError::HeaderCorrupt)));
    }
}

#[test]
fn a_used_block_beyond_the_mark_is_never_written_over() {
    let disk = formatted();
    let file = load(&disk).unwrap();
    file.ensure(BLOCK).unwrap();
    file.destroy(BLOCK + 4).unwrap();
    drop(file);
    // The newest mark (sequence 3, sector B) and one slot of its block are both damaged.
    disk.flip(1024, 0x01);
    disk.flip(usize::try_from(slot_offset(BLOCK + 9)).unwrap() + 20, 0x01);
    assert!(matches!(load(&disk), Err(KeyFileError::HeaderCorrupt)));
}

#[test]
fn a_damaged_slot_is_refused_with_its_ordinal_and_can_still_be_destroyed() {
    let base = formatted();
    let at = usize::try_from(slot_offset(9)).unwrap();
    for (offset, mask) in (0..SLOT_BYTES).map(|byte| (at + byte, 0x10)) {
        let disk = MemoryDisk::holding(base.content());
        disk.flip(offset, mask);
        let file = load(&disk).unwrap();
        assert!(matches!(
            file.key(9),
            Err(KeyFileError::CorruptSlot { ordinal: 9 })
        ));
        assert!(matches!(
            file.ensure(9),
            Err(KeyFileError::CorruptSlot { ordinal: 9 })
        ));
        file.key(8).unwrap();
    }
    let mut content = base.content();
    content[at..at + SLOT_BYTES].fill(0);
    let file = load(&MemoryDisk::holding(content)).unwrap();
    assert!(matches!(
        file.ensure(9),
        Err(KeyFileError::CorruptSlot { ordinal: 9 })
    ));
    assert!(matches!(
        file.census(),
        Err(KeyFileError::CorruptSlot { ordinal: 9 })
    ));
    file.destroy(9).unwrap();
    assert_eq!(file.state(9).unwrap(), SlotState::Destroyed);
}

#[test]
fn a_slot_moved_elsewhere_does_not_unwrap() {
    let mut content = formatted().content();
    let (from, to) = (slot_offset(3), slot_offset(4));
    let (from, to) = (usize::try_from(from).unwrap(), usize::try_from(to).unwrap());
    content.copy_within(from..from + SLOT_BYTES, to);
    let file = load(&MemoryDisk::holding(content)).unwrap();
    file.key(3).unwrap();
    assert!(matches!(
        file.key(4),
        Err(KeyFileError::CorruptSlot { ordinal: 4 })
    ));
}

#[test]
fn a_truncated_file_is_refused() {
    let content = formatted().content();
    for length in [0, 100, 4095, 4096, content.len() - 1] {
        let disk = MemoryDisk::holding(content[..length].to_vec());
        assert!(
            matches!(load(&disk), Err(KeyFileError::Truncated { .. })),
            "{length}"
        );
    }
}

#[test]
fn refuses_what_belongs_elsewhere() {
    let disk = formatted();
    let open = |expected: &Expected<'_>, master| {
        KeyFile::load(Box::new(disk.clone()), expected, kek(master)).map(drop)
    };
    let check = |expected: &Expected<'_>, master, fits: fn(&KeyFileError) -> bool| {
        let error = open(expected, master).unwrap_err();
        assert!(fits(&error), "{error:?}");
    };
    check(&expected(), 2, |error| {
        matches!(error, KeyFileError::WrongMasterKey)
    });
    let other = Expected {
        registry: "other.example",
        ..expected()
    };
    check(&other, 1, |error| {
        matches!(error, KeyFileError::WrongRegistry)
    });
    let other = Expected {
        kind: KeyFileKind::Audit,
        ..expected()
    };
    check(&other, 1, |error| {
        matches!(error, KeyFileError::WrongKind { .. })
    });
    let fingerprints = Fingerprints {
        routing: [9; 16],
        ..expected().fingerprints
    };
    let other = Expected {
        fingerprints,
        ..expected()
    };
    check(&other, 1, |error| {
        matches!(error, KeyFileError::WrongRoutingKey)
    });
    let fingerprints = Fingerprints {
        numbers: [9; 16],
        ..expected().fingerprints
    };
    let other = Expected {
        fingerprints,
        ..expected()
    };
    check(&other, 1, |error| {
        matches!(error, KeyFileError::WrongNumbersKey)
    });
    disk.flip(9, 0x02);
    check(&expected(), 1, |error| {
        matches!(error, KeyFileError::UnsupportedVersion { found: 3 })
    });
    disk.flip(0, 0x20);
    check(&expected(), 1, |error| {
        matches!(error, KeyFileError::NotAKeyFile)
    });
}

#[test]
fn one_process_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("subjects.keys");
    let file = KeyFile::create(&path, &expected(), kek(1)).unwrap();
    let second = KeyFile::open(&path, &expected(), kek(1));
    assert!(matches!(second, Err(KeyFileError::InUse)));
    let again = KeyFile::create(&path, &expected(), kek(1));
    assert!(
        matches!(again, Err(KeyFileError::File(_))),
        "never overwritten"
    );
    let key = *file.key(1).unwrap().expose();
    drop(file);
    let file = KeyFile::open(&path, &expected(), kek(1)).unwrap();
    assert_eq!(file.key(1).unwrap().expose(), &key);
}

#[test]
fn readers_see_a_key_or_its_destruction_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("subjects.keys");
    let file = KeyFile::create(&path, &expected(), kek(1)).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    for ordinal in 0..200 {
                        match file.key(ordinal) {
                            Ok(_) | Err(KeyFileError::Destroyed { .. }) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            });
        }
        let _done = SetOnDrop(&done);
        for ordinal in 0..200 {
            file.destroy(ordinal).unwrap();
            let key = file.key(ordinal);
            assert!(matches!(key, Err(KeyFileError::Destroyed { .. })));
        }
    });
    assert_eq!(
        file.census().unwrap(),
        Census {
            live: BLOCK - 200,
            destroyed: 200
        }
    );
}

/// Lets the readers end also when the writer panics.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn the_cache_is_bounded_and_keeps_what_is_used() {
    let cache = KeyCache::new();
    let keep = |ordinal: u64| match cache.lookup(ordinal) {
        Lookup::Hit(_) => true,
        Lookup::Miss(ticket) => {
            let key = Arc::new(SecretKey::copied_from(&[1; 32]));
            cache.insert(ordinal, &key, ticket);
            false
        }
    };
    let limit = CACHE_KEYS_MAX as u64;
    (0..limit).for_each(|ordinal| assert!(!keep(ordinal)));
    assert!(keep(16), "a second look marks it as used");
    (limit..limit + limit / 2).for_each(|ordinal| assert!(!keep(ordinal)));
    assert_eq!(cache.len(), CACHE_KEYS_MAX);
    assert!(keep(16) && !keep(0));
    cache.remove(16);
    assert_eq!(cache.len(), CACHE_KEYS_MAX - 1);
    assert!(!keep(16));
}

#[test]
fn a_key_loaded_before_a_removal_is_not_kept() {
    let cache = KeyCache::new();
    let Lookup::Miss(ticket) = cache.lookup(1) else {
        panic!("the cache is empty")
    };
    cache.remove(1);
    cache.insert(1, &Arc::new(SecretKey::copied_from(&[1; 32])), ticket);
    assert!(matches!(cache.lookup(1), Lookup::Miss(_)));
}

proptest! {
    #[test]
    fn slots_decode_to_what_was_encoded(wrapped: [u8; 32], state in 0_u8..3) {
        let mut bytes = [0; 60];
        bytes[..32].copy_from_slice(&wrapped);
        let slot = match state {
            0 => Slot::Empty,
            1 => Slot::Live(WrappedKey::from_bytes(bytes)),
            _ => Slot::Destroyed,
        };
        prop_assert_eq!(Slot::decode(&slot.encode()), Some(slot));
    }

    #[test]
    fn no_bytes_decode_to_another_form(bytes in proptest::array::uniform32(any::<u8>())) {
        let mut slot = [0; SLOT_BYTES];
        slot[..32].copy_from_slice(&bytes);
        slot[0] %= 4;
        slot[1] %= 2;
        if let Some(decoded) = Slot::decode(&slot) {
            prop_assert_eq!(decoded.encode(), slot);
        }
    }
}

#[test]
fn no_sector_of_zeros_or_noise_is_a_header() {
    for fill in [0, 0xFF, 0x55] {
        let sector = [fill; SECTOR_BYTES];
        assert_eq!(Mark::decode(&sector), None);
        Identity::decode(&sector).unwrap_err();
    }
    let mark = Mark {
        sequence: 8,
        provisioned: 3 * BLOCK,
    };
    assert_eq!(Mark::decode(&mark.encode()), Some(mark));
    assert_eq!(mark.offset(), 512);
    assert!(slot_offset(0) == HEADER_BYTES);
}

#[test]
fn debug_shows_no_secret() {
    let file = load(&formatted()).unwrap();
    assert_eq!(
        format!("{file:?}"),
        "KeyFile { kind: Subjects, provisioned: 1024, .. }"
    );
}

fn formatted() -> MemoryDisk {
    let disk = MemoryDisk::default();
    KeyFile::format(Box::new(disk.clone()), &expected(), kek(1)).unwrap();
    disk
}

fn load(disk: &MemoryDisk) -> Result<KeyFile, KeyFileError> {
    KeyFile::load(Box::new(disk.clone()), &expected(), kek(1))
}

fn expected() -> Expected<'static> {
    let fingerprints = Fingerprints {
        routing: [1; 16],
        numbers: [2; 16],
    };
    Expected {
        kind: KeyFileKind::Subjects,
        registry: "registry.example",
        fingerprints,
    }
}

fn kek(master: u8) -> Arc<dyn KeyEncryptionKey> {
    Arc::new(FileKek::from_master(&SecretKey::copied_from(&[master; 32])))
}
