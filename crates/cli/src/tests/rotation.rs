use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use sabt_chain::authorship::AuthorSigningKey;
use sabt_chain::note::SignerKey;
use sabt_chain::rotation::Rotation;
use sabt_chain::{LedgerName, Origin, Signature, Timestamp};
use sabt_server::checkpoint::LogKeys;
use sabt_server::clock::Clock;
use tempfile::TempDir;

use crate::error::CliError;
use crate::keys::Keys;
use crate::rotation::Rotations;
use crate::sign::Author;

const RETIRE_AT: Timestamp = Timestamp::from_micros(1_900_000_000_000_000);

/// A directory with the first key of the events log.
fn keys() -> (TempDir, Keys, Origin) {
    let directory = tempfile::tempdir().unwrap();
    let keys = Keys::of(directory.path());
    std::fs::create_dir_all(keys.directory()).unwrap();
    let origin = Origin::new("registry.example", LedgerName::Events).unwrap();
    keys.create_log_key(&origin).unwrap();
    (directory, keys, origin)
}

fn authority() -> Author {
    Author::new(AuthorSigningKey::from_seed([1; 32]), "registry.example").unwrap()
}

fn first_key(keys: &Keys, origin: &Origin) -> SignerKey {
    LogKeys::of(keys.directory()).first(origin).unwrap()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn both_keys_sign_a_rotation_and_the_server_finds_the_new_one() {
    let (_directory, keys, origin) = keys();
    let rotations = Rotations::new(&keys, origin.clone());
    let new = rotations.next_key().unwrap();
    let old = rotations.candidates(&new).unwrap().remove(0);
    assert_eq!(old.verifier(), first_key(&keys, &origin).verifier());
    let begun = rotations
        .begin(&authority(), &old, &new, RETIRE_AT, &Clock::fixed(0))
        .unwrap();

    let signatures = [&begun.body.old_signature, &begun.body.new_signature]
        .map(|bytes| Signature::from_bytes(bytes.as_slice().try_into().unwrap()));
    let [old_key, new_key] = [&old, &new].map(|key| key.verifier().clone());
    Rotation::new(old_key, new_key, RETIRE_AT)
        .and_then(|rotation| rotation.verify(&signatures[0], &signatures[1]))
        .unwrap();
    let found = LogKeys::of(keys.directory()).find(LedgerName::Events, new.verifier());
    assert_eq!(found.unwrap().verifier(), new.verifier());
    let file = LogKeys::successor_file(LedgerName::Events, new.verifier().id());
    assert_eq!(mode(&keys.directory().join(file)), 0o600);
    assert_eq!(mode(&keys.directory().join("events.rotation")), 0o600);
}

#[test]
fn what_failed_is_repeated_as_it_was_signed() {
    let (_directory, keys, origin) = keys();
    let rotations = Rotations::new(&keys, origin.clone());
    assert!(rotations.unfinished().unwrap().is_none());
    let old = first_key(&keys, &origin);
    let made = rotations.next_key().unwrap();
    // Interrupted here, the key that was made is taken up again.
    assert_eq!(rotations.next_key().unwrap().verifier(), made.verifier());
    let begun = rotations
        .begin(&authority(), &old, &made, RETIRE_AT, &Clock::fixed(0))
        .unwrap();
    // Interrupted here, the act is submitted again as it stands.
    assert_eq!(rotations.unfinished().unwrap(), Some(begun.clone()));
    let again = rotations.key_of(&begun.body.new_log_key).unwrap();
    rotations
        .begin(&authority(), &old, &again, RETIRE_AT, &Clock::fixed(1))
        .unwrap();

    let public = rotations.finish(&begun).unwrap();
    let text = std::fs::read_to_string(&public).unwrap();
    assert_eq!(text.trim_end(), begun.body.new_log_key);
    assert_eq!(mode(&public), 0o644);
    assert!(rotations.unfinished().unwrap().is_none());
    // Repeated after the last step, nothing is wrong with it; the next rotation makes another key.
    rotations.finish(&begun).unwrap();
    assert_ne!(rotations.next_key().unwrap().verifier(), made.verifier());
}

#[test]
fn the_youngest_key_gives_way_first() {
    let (_directory, keys, origin) = keys();
    let rotations = Rotations::new(&keys, origin.clone());
    let first = first_key(&keys, &origin);
    // Two files made at once may bear one time.
    let file = std::fs::File::open(keys.directory().join("events.log.key")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    let second = rotations.next_key().unwrap();
    let begun = rotations.begin(&authority(), &first, &second, RETIRE_AT, &Clock::fixed(0));
    rotations.finish(&begun.unwrap()).unwrap();

    let third = rotations.next_key().unwrap();
    let candidates = |next| -> Vec<_> {
        let candidates = rotations.candidates(next).unwrap();
        candidates.iter().map(|key| key.verifier().id()).collect()
    };
    let both = [second.verifier().id(), first.verifier().id()];
    assert_eq!(candidates(&third), both);
    // A key never takes its own place.
    assert_eq!(candidates(&second), [first.verifier().id()]);

    let other = Origin::new("registry.example", LedgerName::Disclosures).unwrap();
    let refused = Rotations::new(&keys, other).candidates(&third);
    assert!(matches!(refused, Err(CliError::Unsound(_))));
}

#[test]
fn leftovers_that_cannot_be_used_are_told() {
    let (_directory, keys, origin) = keys();
    let rotations = Rotations::new(&keys, origin.clone());
    let pending = keys.directory().join("events.rotation");
    sabt_journal::durable::write_atomically(&pending, b"not an act").unwrap();
    let told = rotations.unfinished().unwrap_err().to_string();
    assert!(told.contains("remove it and run this again"), "{told}");

    let elsewhere = SignerKey::from_seed((&origin).into(), [9; 32]);
    let told = rotations.key_of(&elsewhere.verifier().to_string());
    let told = told.unwrap_err().to_string();
    assert!(told.contains("private half is not here"), "{told}");

    let damaged = keys.directory().join("events.next.log.key");
    sabt_journal::durable::write_atomically(&damaged, b"PRIVATE+KEY+x").unwrap();
    let told = rotations.next_key().unwrap_err().to_string();
    assert!(told.contains("is not a signing key"), "{told}");
    assert!(!told.contains("PRIVATE"), "{told}");
}
