use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use sabt_chain::note::{CosignerKey, SignerKey};
use tempfile::TempDir;

use crate::origin::origin_hash;
use crate::server::{InitError, KnownLogs, LogsError, OpenError, Witness, init};
use crate::testing::{TestClock, TestLog, directory, name, open};

#[expect(
    clippy::disallowed_methods,
    reason = "a file of a test need not survive a crash"
)]
fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    std::fs::write(path, bytes).unwrap();
}

fn refused(dir: &Path) -> OpenError {
    Witness::open(dir, TestClock::new().clock()).unwrap_err()
}

#[test]
fn a_witness_is_made_once() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path().join("witness");
    let key = init(&dir, name("witness.example"), [1; 32]).unwrap();
    assert!(key.to_string().starts_with("witness.example+"));
    let mode = |file: &str| {
        let metadata = std::fs::metadata(dir.join(file)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode("witness.key"), 0o600);
    assert_eq!(mode("checkpoints"), 0o700);
    // The list of logs is there to be filled, and says how.
    assert!(open(&dir).logs().is_empty());

    let again = init(&dir, name("witness.example"), [2; 32]);
    assert!(matches!(again, Err(InitError::Exists { .. })));
    assert_eq!(*open(&dir).key(), key);
}

#[test]
fn a_directory_has_one_witness() {
    let (dir, _) = directory(&[]);
    let witness = open(dir.path());
    assert!(matches!(refused(dir.path()), OpenError::InUse { .. }));
    drop(witness);
    drop(open(dir.path()));
}

#[test]
fn a_witness_without_its_key_does_not_start() {
    let (dir, _) = directory(&[]);
    let path = dir.path().join("witness.key");
    std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(
        refused(dir.path()),
        OpenError::KeyMode { mode: 0o640, .. }
    ));
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    drop(open(dir.path()));

    // The key of a log is not that of a witness.
    let log = SignerKey::from_seed(name("log.example"), [1; 32]);
    write(&path, log.to_text().as_bytes());
    assert!(matches!(refused(dir.path()), OpenError::Key { .. }));
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(refused(dir.path()), OpenError::File { .. }));
    let nowhere = dir.path().join("nowhere");
    assert!(matches!(refused(&nowhere), OpenError::Directory { .. }));
}

/// A witness that cannot tell what it cosigned must not cosign again.
#[test]
fn a_witness_that_lost_its_memory_does_not_start() {
    let log = TestLog::new("log.example", "leaf", 9);
    let (dir, _) = directory(&[&log.signer]);
    let witness = open(dir.path());
    witness.add_checkpoint(log.request(0, 5).as_bytes());
    let note = witness.checkpoint(&origin_hash(&name("log.example")));
    let note = note.unwrap().to_string();
    drop(witness);

    let path = dir
        .path()
        .join("checkpoints")
        .join(origin_hash(&name("log.example")));
    let other = TestLog::new("other.example", "leaf", 9);
    let stranger = CosignerKey::from_seed(name("witness.example"), [4; 32]);
    let time = sabt_chain::note::CosignatureTime::new(1).unwrap();
    let by_stranger = stranger.cosign(&log.checkpoint(5), time);
    for damaged in [
        String::new(),
        note.replace("\n5\n", "\n4\n"),
        note.trim_end().to_owned(),
        log.note(5),
        other.note(5),
        format!("{}{by_stranger}", log.note(5)),
    ] {
        write(&path, &damaged);
        assert!(
            matches!(refused(dir.path()), OpenError::Memory { .. }),
            "{damaged}"
        );
    }
    write(&path, &note);
    drop(open(dir.path()));
}

#[test]
fn a_list_of_logs_is_read_strictly() {
    let key = |origin: &str, seed| {
        SignerKey::from_seed(name(origin), [seed; 32])
            .verifier()
            .to_string()
    };
    let parse = |text: &str| KnownLogs::parse(text.as_bytes());
    assert_eq!(parse("").unwrap(), KnownLogs::default());
    let (a, b, c) = (key("a", 1), key("a", 2), key("c", 3));
    let list = format!("# logs\n\n{a}\n  {b}  \r\n{c}\n{a}\n");
    assert_eq!(parse(&list).unwrap().into_logs().count(), 2);

    let witness = CosignerKey::from_seed(name("w"), [1; 32])
        .witness()
        .to_string();
    for wrong in ["log.example", &witness, &format!("{a} https://a.example")] {
        let list = format!("{a}\n{wrong}\n");
        assert!(matches!(parse(&list), Err(LogsError::Key { line: 2, .. })));
    }
    assert_eq!(KnownLogs::parse(&[0xff]), Err(LogsError::Text));
    let long = "#".repeat(1_000_001);
    assert!(matches!(parse(&long), Err(LogsError::Length { .. })));
}
