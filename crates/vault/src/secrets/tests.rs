//! The key ring.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use super::{INDEX_KEY_FILE, KeyRing, MASTER_KEY_FILE, NUMBERS_KEY_FILE, ROUTING_KEY_FILE};
use crate::files::PrivateFileError;
use crate::kek::FileKek;
use crate::numbers::NumberKind;
use crate::ordinal::SubjectOrdinal;
use crate::secret::SecretKey;

const FILES: [&str; 4] = [
    MASTER_KEY_FILE,
    ROUTING_KEY_FILE,
    NUMBERS_KEY_FILE,
    INDEX_KEY_FILE,
];

#[test]
fn opens_what_it_created() {
    let directory = tempfile::tempdir().unwrap();
    let keys = directory.path().join("keys");
    let ring = KeyRing::create(&keys).unwrap();
    let again = KeyRing::open(&keys).unwrap();
    assert_eq!(ring.fingerprints(), again.fingerprints());
    assert_eq!(ring.index_key().expose(), again.index_key().expose());
    let subject = SubjectOrdinal::new(5).unwrap();
    assert_eq!(
        ring.numbering().number(NumberKind::Person, subject),
        again.numbering().number(NumberKind::Person, subject)
    );
    assert_eq!(
        ring.routing_key("o").tag(1, subject),
        again.routing_key("o").tag(1, subject)
    );
    assert_eq!(
        fs::metadata(&keys).unwrap().permissions().mode() & 0o777,
        0o700
    );
    for file in FILES {
        let mode = fs::metadata(keys.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn every_file_must_be_there_and_private() {
    for file in FILES {
        let directory = tempfile::tempdir().unwrap();
        KeyRing::create(directory.path()).unwrap();
        let path = directory.path().join(file);
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let refused = KeyRing::open(directory.path());
        assert!(
            matches!(refused, Err(PrivateFileError::Mode { path: found, .. }) if found == path)
        );
        fs::remove_file(&path).unwrap();
        let refused = KeyRing::open(directory.path());
        assert!(matches!(refused, Err(PrivateFileError::Missing { path: found }) if found == path));
    }
}

#[test]
fn nothing_is_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    KeyRing::create(directory.path()).unwrap();
    let refused = KeyRing::create(directory.path());
    assert!(matches!(refused, Err(PrivateFileError::Exists { .. })));
    KeyRing::open(directory.path()).unwrap();
}

#[test]
fn a_key_encryption_key_may_be_kept_elsewhere() {
    let directory = tempfile::tempdir().unwrap();
    let kek = || Arc::new(FileKek::from_master(&SecretKey::copied_from(&[1; 32])));
    KeyRing::create_with(directory.path(), kek()).unwrap();
    assert!(!directory.path().join(MASTER_KEY_FILE).exists());
    KeyRing::open_with(directory.path(), kek()).unwrap();
}

#[test]
fn debug_shows_no_secret() {
    let directory = tempfile::tempdir().unwrap();
    let ring = KeyRing::create(directory.path()).unwrap();
    assert_eq!(
        format!("{ring:?}"),
        "KeyRing { kek: FileKek(redacted), .. }"
    );
    assert_eq!(format!("{:?}", ring.index_key()), "SecretKey(redacted)");
}
