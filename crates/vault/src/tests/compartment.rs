//! The keys of the asylum compartment.

use std::fs;

use super::{DISCLOSURE, EVENT, Home, REGISTRY, seal, subject};
use crate::audit::AuditEpoch;
use crate::durable;
use crate::numbers::NumberKind;
use crate::ordinal::{Space, SubjectOrdinal};
use crate::seal::{COMPARTMENT_LEN_MIN, PayloadError};
use crate::secrets::{ASYLUM_KEY_FILE, KeyRing, MASTER_KEY_FILE};
use crate::slots::{KeyFileError, SlotState};
use crate::{ASYLUM_AUDIT_KEYS_FILE, ASYLUM_KEYS_FILE, KeyOwner, OpeningError, Vault};

const MONTH: AuditEpoch = AuditEpoch::new(682);

fn claim(place: u64) -> SubjectOrdinal {
    SubjectOrdinal::at(Space::Claims, place).unwrap()
}

impl Home {
    fn open_for_writing(&self) -> Result<Vault, KeyFileError> {
        let ring = KeyRing::open(&self.keys_dir()).unwrap();
        Vault::open_for_writing(&self.vault_dir(), REGISTRY, ring)
    }

    /// The registry as it stood before there was a compartment.
    fn forget_compartment(&self) {
        fs::remove_file(self.keys_dir().join(ASYLUM_KEY_FILE)).unwrap();
        for file in [ASYLUM_KEYS_FILE, ASYLUM_AUDIT_KEYS_FILE] {
            fs::remove_file(self.vault_dir().join(file)).unwrap();
        }
    }
}

#[test]
fn ordinals_of_each_space_stay_apart() {
    let claim = claim(7);
    assert_eq!((claim.space(), claim.place()), (Space::Claims, 7));
    assert_eq!(SubjectOrdinal::new(claim.get()), Some(claim));
    assert_eq!(claim.next().unwrap().place(), 8);
    let person = subject(7);
    let looked_up = person.in_compartment();
    assert_eq!(looked_up.space(), Space::Compartment);
    assert_eq!(SubjectOrdinal::new(looked_up.get()), Some(looked_up));
    assert_eq!(looked_up.in_compartment(), looked_up);
    assert!(!person.is_compartment() && claim.is_compartment());
    assert_eq!(SubjectOrdinal::NO_CLAIM.next().unwrap().place(), 1);
    for space in [Space::General, Space::Claims, Space::Compartment] {
        let last = SubjectOrdinal::at(space, SubjectOrdinal::COUNT - 1).unwrap();
        assert_eq!(last.next(), None);
        assert_eq!(SubjectOrdinal::new(last.get()), Some(last));
        assert_eq!(SubjectOrdinal::new(last.get() + 1), None);
    }
    assert_eq!(SubjectOrdinal::new(3 << 40), None);
    assert_eq!(SubjectOrdinal::new(u64::MAX), None);
}

#[test]
fn a_claim_has_a_number_of_its_own_kind() {
    let home = Home::new();
    let vault = home.create();
    let numbering = vault.numbering();
    let number = numbering.number(NumberKind::AsylumClaim, claim(7));
    assert_ne!(number, numbering.number(NumberKind::Person, subject(7)));
    assert_eq!(
        numbering.ordinal(NumberKind::AsylumClaim, number),
        Some(claim(7))
    );
}

#[test]
fn the_keys_of_the_rest_of_the_registry_do_not_open_the_compartment() {
    let home = Home::new();
    let vault = home.create();
    vault.ensure(claim(1)).unwrap();
    vault.ensure(subject(1)).unwrap();
    vault.ensure(MONTH).unwrap();
    vault.ensure(KeyOwner::AsylumAudit(MONTH)).unwrap();
    let sealed = seal(&vault, claim(1), &EVENT, b"lodged");
    assert_eq!(sealed.len(), COMPARTMENT_LEN_MIN);
    let opened = vault.open_sealed(claim(1), &EVENT, &sealed).unwrap();
    assert_eq!(opened[..], b"lodged"[..]);
    let answer = seal(
        &vault,
        KeyOwner::AsylumAudit(MONTH),
        &DISCLOSURE,
        b"looked at",
    );
    for owner in [subject(1).into(), KeyOwner::Audit(MONTH)] {
        for (place, sealed) in [(&EVENT, &sealed), (&DISCLOSURE, &answer)] {
            assert!(vault.open_sealed(owner, place, sealed).is_err());
        }
    }
    let wrong = vault.open_sealed(KeyOwner::Audit(MONTH), &DISCLOSURE, &answer);
    assert!(matches!(
        wrong,
        Err(OpeningError::Payload(PayloadError::WrongKey))
    ));
    drop(vault);

    // Whoever has every key but this one, in its place.
    let keys = home.keys_dir();
    fs::copy(keys.join(MASTER_KEY_FILE), keys.join(ASYLUM_KEY_FILE)).unwrap();
    assert!(matches!(home.open(), Err(KeyFileError::WrongMasterKey)));
    // The keys are lost with it; they are not made anew.
    fs::remove_file(keys.join(ASYLUM_KEY_FILE)).unwrap();
    for opened in [home.open(), home.open_for_writing()] {
        assert!(matches!(opened, Err(KeyFileError::File(_))));
    }
}

#[test]
fn an_older_registry_gets_its_compartment_when_it_is_opened_for_writing() {
    let home = Home::new();
    drop(home.create());
    home.forget_compartment();
    let vault = home.open().unwrap();
    assert!(matches!(
        vault.ensure(claim(1)),
        Err(KeyFileError::NotProvisioned { .. })
    ));
    drop(vault);
    let vault = home.open_for_writing().unwrap();
    vault.ensure(claim(1)).unwrap();
    let index = vault.asylum_index_key().unwrap();
    let sealed = seal(&vault, claim(1), &EVENT, b"lodged");
    drop(vault);
    let vault = home.open().unwrap();
    assert_eq!(
        vault.open_sealed(claim(1), &EVENT, &sealed).unwrap()[..],
        b"lodged"[..]
    );
    assert_eq!(vault.asylum_index_key().unwrap().expose(), index.expose());
}

#[test]
fn making_a_compartment_is_taken_up_where_it_was_cut_off() {
    let home = Home::new();
    drop(home.create());
    let new = |name: &str| home.vault_dir().join(format!("{name}.new"));
    let path = |name: &str| home.vault_dir().join(name);
    // After the second step, with one file named and one not.
    durable::rename(&path(ASYLUM_AUDIT_KEYS_FILE), &new(ASYLUM_AUDIT_KEYS_FILE)).unwrap();
    drop(home.open().unwrap());
    drop(home.open_for_writing().unwrap());
    assert!(path(ASYLUM_AUDIT_KEYS_FILE).exists());
    // After the first step: nobody has the key of these files.
    for name in [ASYLUM_KEYS_FILE, ASYLUM_AUDIT_KEYS_FILE] {
        durable::rename(&path(name), &new(name)).unwrap();
    }
    fs::remove_file(home.keys_dir().join(ASYLUM_KEY_FILE)).unwrap();
    drop(home.open_for_writing().unwrap());
    // A file that was lost later is not made good by an empty one.
    fs::remove_file(path(ASYLUM_KEYS_FILE)).unwrap();
    assert!(matches!(
        home.open_for_writing(),
        Err(KeyFileError::File(_))
    ));
}

#[test]
fn destroying_a_claim_leaves_the_person_and_a_month_ends_in_both_places() {
    let home = Home::new();
    let vault = home.create();
    vault.destroy(claim(1)).unwrap();
    assert_eq!(vault.state(claim(1)).unwrap(), SlotState::Destroyed);
    assert_eq!(vault.state(subject(1)).unwrap(), SlotState::Live);
    vault.destroy(MONTH).unwrap();
    for owner in [KeyOwner::Audit(MONTH), KeyOwner::AsylumAudit(MONTH)] {
        assert_eq!(vault.state(owner).unwrap(), SlotState::Destroyed);
    }
    // Look-ups have no keys but those of their month.
    assert!(vault.state(subject(1).in_compartment()).is_err());
}

#[test]
fn a_successor_takes_the_compartment_over() {
    let home = Home::new();
    let old = home.create();
    old.ensure(claim(1)).unwrap();
    old.destroy(claim(2)).unwrap();
    let ring = KeyRing::open(&home.keys_dir()).unwrap();
    let directory = home.vault_dir().with_file_name("successor");
    let new = Vault::succeed(&old, &directory, "successor.example", ring).unwrap();
    let sealed = seal(&old, claim(1), &EVENT, b"lodged");
    assert_eq!(
        new.open_sealed(claim(1), &EVENT, &sealed).unwrap()[..],
        b"lodged"[..]
    );
    assert_eq!(new.state(claim(2)).unwrap(), SlotState::Destroyed);
    assert_eq!(
        new.asylum_index_key().unwrap().expose(),
        old.asylum_index_key().unwrap().expose()
    );
}
