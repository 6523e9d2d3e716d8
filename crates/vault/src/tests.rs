//! The vault as its users see it.

mod compartment;

use tempfile::TempDir;

use crate::audit::{AuditEpoch, epoch_of};
use crate::ordinal::SubjectOrdinal;
use crate::seal::{PLAIN_LEN_MAX, PayloadError, RecordPlace};
use crate::secrets::KeyRing;
use crate::slots::{Census, KeyFileError, KeyFileKind, SlotState};
use crate::{KeyOwner, OpeningError, SealingError, Vault};

const REGISTRY: &str = "registry.example";
const EVENT: RecordPlace<'static> = RecordPlace {
    origin: "registry.example/events",
    position: 4,
    act_id: [1; 16],
};
const DISCLOSURE: RecordPlace<'static> = RecordPlace {
    origin: "registry.example/disclosures",
    position: 4,
    act_id: [2; 16],
};

#[test]
fn what_is_sealed_opens_before_and_after_reopening() {
    let home = Home::new();
    let vault = home.create();
    vault.ensure(subject(1)).unwrap();
    let sealed = seal(&vault, subject(1), &EVENT, b"born");
    assert_eq!(
        vault.open_sealed(subject(1), &EVENT, &sealed).unwrap()[..],
        b"born"[..]
    );
    drop(vault);
    let vault = home.open().unwrap();
    assert_eq!(
        vault.open_sealed(subject(1), &EVENT, &sealed).unwrap()[..],
        b"born"[..]
    );
}

#[test]
fn a_vault_is_read_beside_the_one_that_writes_it() {
    let home = Home::new();
    let vault = home.create();
    vault.ensure(subject(1)).unwrap();
    let ring = || KeyRing::open(&home.keys_dir()).unwrap();
    let beside = Vault::open_beside(&home.vault_dir(), REGISTRY, ring()).unwrap();
    // Keys that are provided later are found, and those that are destroyed later are gone for whoever has not read them.
    let far = subject(3 * u64::from(crate::slots::BLOCK_SLOTS));
    assert_eq!(beside.state(far).unwrap(), SlotState::Empty);
    vault.ensure(far).unwrap();
    let sealed = seal(&vault, far, &EVENT, b"born");
    assert_eq!(
        beside.open_sealed(far, &EVENT, &sealed).unwrap()[..],
        b"born"[..]
    );
    vault.destroy(subject(1)).unwrap();
    assert_eq!(beside.state(subject(1)).unwrap(), SlotState::Destroyed);
    // Nothing can be written by it, and the one that writes is not disturbed.
    let farther = subject(9 * u64::from(crate::slots::BLOCK_SLOTS));
    beside.ensure(farther).unwrap_err();
    vault.ensure(farther).unwrap();
    drop((vault, beside));
    home.open().unwrap();
}

#[test]
fn subjects_and_places_are_not_exchangeable() {
    let home = Home::new();
    let vault = home.create();
    let sealed = seal(&vault, subject(1), &EVENT, b"born");
    let rejected = |owner: KeyOwner, place: &RecordPlace<'_>| {
        let error = vault.open_sealed(owner, place, &sealed).unwrap_err();
        assert!(
            matches!(error, OpeningError::Payload(PayloadError::WrongKey)),
            "{error:?}"
        );
    };
    rejected(subject(2).into(), &EVENT);
    rejected(AuditEpoch::new(1).into(), &EVENT);
    rejected(subject(1).into(), &DISCLOSURE);
    rejected(
        subject(1).into(),
        &RecordPlace {
            position: 5,
            ..EVENT
        },
    );
}

#[test]
fn erasing_a_person_blinds_the_events_and_not_the_audit() {
    let home = Home::new();
    let vault = home.create();
    let month = epoch_of(1_795_000_000_000_000).unwrap();
    vault.ensure(subject(1)).unwrap();
    vault.ensure(month).unwrap();
    let event = seal(&vault, subject(1), &EVENT, b"born");
    let disclosure = seal(&vault, month, &DISCLOSURE, b"looked at");
    vault.destroy(subject(1)).unwrap();
    vault.destroy(subject(1)).unwrap();
    let check = |vault: &Vault| {
        let error = vault.open_sealed(subject(1), &EVENT, &event).unwrap_err();
        assert!(matches!(error, OpeningError::Destroyed));
        assert!(error.is_erased());
        assert_eq!(vault.state(subject(1)).unwrap(), SlotState::Destroyed);
        let refused = vault.ensure(subject(1));
        assert!(matches!(
            refused,
            Err(KeyFileError::Destroyed { ordinal: 1 })
        ));
        let refused = vault.seal_into(subject(1), &EVENT, b"x", &mut Vec::new());
        assert!(matches!(
            refused,
            Err(SealingError::Keys(KeyFileError::Destroyed { .. }))
        ));
        let opened = vault.open_sealed(month, &DISCLOSURE, &disclosure).unwrap();
        assert_eq!(opened[..], b"looked at"[..]);
    };
    check(&vault);
    drop(vault);
    let vault = home.open().unwrap();
    check(&vault);
    let census = vault.census(KeyFileKind::Subjects).unwrap();
    assert_eq!(
        census,
        Census {
            live: 1023,
            destroyed: 1
        }
    );
    assert_eq!(
        vault.census(KeyFileKind::Audit).unwrap(),
        Census {
            live: 1024,
            destroyed: 0
        }
    );
}

#[test]
fn overwritten_bytes_are_erased_and_other_faults_are_not() {
    let home = Home::new();
    let vault = home.create();
    let error = |sealed: &[u8]| vault.open_sealed(subject(1), &EVENT, sealed).unwrap_err();
    assert!(error(&[0; 64]).is_erased());
    assert!(!error(&[1; 64]).is_erased());
    let far = SubjectOrdinal::new(5_000).unwrap();
    let error = vault.open_sealed(far, &EVENT, &[1; 64]).unwrap_err();
    assert!(matches!(
        error,
        OpeningError::Keys(KeyFileError::NotProvisioned { ordinal: 5_000 })
    ));
}

#[test]
fn a_plaintext_that_is_too_long_leaves_the_buffer_alone() {
    let home = Home::new();
    let vault = home.create();
    let mut out = vec![1, 2, 3];
    let plaintext = vec![0; PLAIN_LEN_MAX + 1];
    let refused = vault.seal_into(subject(1), &EVENT, &plaintext, &mut out);
    assert!(matches!(refused, Err(SealingError::Payload(_))));
    assert_eq!(out, [1, 2, 3]);
}

#[test]
fn another_ring_or_registry_is_refused() {
    let home = Home::new();
    drop(home.create());
    let other = Home::new();
    drop(other.create());
    let open = |ring, registry| Vault::open(&home.vault_dir(), registry, ring).map(drop);
    let foreign = KeyRing::open(&other.keys_dir()).unwrap();
    // The routing secret is compared first; any of the foreign ring's secrets would do.
    assert!(matches!(
        open(foreign, REGISTRY),
        Err(KeyFileError::WrongRoutingKey)
    ));
    let own = KeyRing::open(&home.keys_dir()).unwrap();
    assert!(matches!(
        open(own, "other.example"),
        Err(KeyFileError::WrongRegistry)
    ));
    let own = KeyRing::open(&home.keys_dir()).unwrap();
    open(own, REGISTRY).unwrap();
}

#[test]
fn a_vault_is_created_once_and_used_once() {
    let home = Home::new();
    let vault = home.create();
    let ring = || KeyRing::open(&home.keys_dir()).unwrap();
    assert!(matches!(home.open(), Err(KeyFileError::InUse)));
    let again = Vault::create(&home.vault_dir(), REGISTRY, ring());
    assert!(matches!(again, Err(KeyFileError::File(_))));
    drop(vault);
    home.open().unwrap();
}

#[test]
fn threads_share_a_vault_and_debug_shows_no_secret() {
    fn shared<T: Send + Sync>(_: &T) {}
    let home = Home::new();
    let vault = home.create();
    shared(&vault);
    let key = hex::encode(vault.index_key().expose());
    let shown = format!("{vault:?}");
    assert!(
        !shown.contains(&key[..8]) && shown.contains("redacted"),
        "{shown}"
    );
    let numbers: Vec<String> = vault
        .index_key()
        .expose()
        .iter()
        .take(4)
        .map(ToString::to_string)
        .collect();
    assert!(!shown.contains(&numbers.join(", ")), "{shown}");
}

struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn keys_dir(&self) -> std::path::PathBuf {
        self.0.path().join("keys")
    }

    fn vault_dir(&self) -> std::path::PathBuf {
        self.0.path().join("vault")
    }

    fn create(&self) -> Vault {
        let ring = KeyRing::create(&self.keys_dir()).unwrap();
        Vault::create(&self.vault_dir(), REGISTRY, ring).unwrap()
    }

    fn open(&self) -> Result<Vault, KeyFileError> {
        Vault::open(
            &self.vault_dir(),
            REGISTRY,
            KeyRing::open(&self.keys_dir()).unwrap(),
        )
    }
}

fn subject(ordinal: u64) -> SubjectOrdinal {
    SubjectOrdinal::new(ordinal).unwrap()
}

fn seal(
    vault: &Vault,
    owner: impl Into<KeyOwner>,
    place: &RecordPlace<'_>,
    plaintext: &[u8],
) -> Vec<u8> {
    let mut sealed = Vec::new();
    vault
        .seal_into(owner, place, plaintext, &mut sealed)
        .unwrap();
    sealed
}
