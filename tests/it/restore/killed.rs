//! Backups that are killed, and what the next one makes of what they left.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;

use tokio::process::Command;

use super::*;
use crate::crash::process::CRASH_AT;
use crate::processes;

/// What a child backs up, where to, and where to the keys.
const BACK_UP: [&str; 3] = [
    "SABT_TEST_BACK_UP",
    "SABT_TEST_BACK_UP_TO",
    "SABT_TEST_BACK_UP_KEYS",
];
/// Every point of a backup, in order; the ledgers are copied one after the other.
const POINTS: [&str; 7] = [
    "backup.ledger:1",
    "backup.ledger:2",
    "backup.copied:1",
    "backup.erased:1",
    "backup.public:1",
    "backup.before_manifest:1",
    "backup.after_manifest:1",
];

/// Not a test by itself: the process that the test below kills.
#[test]
#[ignore = "started by the test of killed backups"]
fn child_backup() {
    let [Some(dir), Some(to), Some(keys)] = BACK_UP.map(std::env::var_os) else {
        return;
    };
    back_up(
        &PathBuf::from(dir),
        &PathBuf::from(to),
        &PathBuf::from(keys),
    )
    .unwrap();
}

/// Backs up in a process of its own, which kills itself there.
async fn kill_at(point: &str, dir: &Path, to: &Path, keys: &Path) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["restore::killed::child_backup", "--exact", "--ignored"])
        .args(["--test-threads=1"])
        .env(CRASH_AT, point);
    for (name, value) in BACK_UP.iter().zip([dir, to, keys]) {
        command.env(name, value);
    }
    let output = processes::output(&mut command).await.unwrap();
    assert_eq!(output.status.signal(), Some(9), "{point}: {output:?}");
}

/// A copy of the backup comes back whole, confirmed by these checkpoints.
fn assert_restores(to: &Path, keys: &Path, of: &Path, evidence: &Evidence) {
    assert_sound(to);
    let back = bring_back(to, keys, of);
    let config = Config::load(back.path()).unwrap();
    restore::confirm(back.path(), &config, evidence).unwrap();
    drop(open(back.path()).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_backup_is_gone_on_with() {
    let mut directory = started().await.stop().await;
    let (kept, kept_keys) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    for point in POINTS {
        let registry = TestRegistry::serve(directory, Clock::fixed(NOW)).await;
        let forgotten = write(&registry, 2).await.remove(0);
        signed(&registry).await;
        directory = registry.stop().await;
        let dir = directory.path();
        let (to, keys) = (TempDir::new().unwrap(), TempDir::new().unwrap());

        // The first backup of all: there is none until it is whole.
        kill_at(point, dir, to.path(), keys.path()).await;
        let whole = point.starts_with("backup.after_manifest");
        assert_eq!(backup::read_manifest(to.path()).unwrap().is_some(), whole);
        assert!(
            whole || restore::restore(to.path(), TempDir::new().unwrap().path(), None).is_err()
        );
        back_up(dir, to.path(), keys.path()).unwrap();
        let evidence = checkpoints(dir, to.path());
        assert_restores(to.path(), keys.path(), dir, &evidence);

        // One that goes on with the one before, and carries an erasure: what stands restores at any time.
        if kept.path().join("manifest").exists() {
            let before = backup::read_manifest(kept.path()).unwrap().unwrap();
            erase(dir, &forgotten.numbers[0], &[forgotten.position]);
            let registry = TestRegistry::serve(directory, Clock::fixed(NOW)).await;
            signed(&registry).await;
            directory = registry.stop().await;
            let dir = directory.path();
            kill_at(point, dir, kept.path(), kept_keys.path()).await;
            let stands = backup::read_manifest(kept.path()).unwrap().unwrap();
            assert_eq!(stands != before, whole);
            let scratch = TempDir::new().unwrap();
            restore::restore(kept.path(), scratch.path(), Some(kept_keys.path())).unwrap();
        }
        let dir = directory.path();
        back_up(dir, kept.path(), kept_keys.path()).unwrap();
        let evidence = checkpoints(dir, kept.path());
        assert_restores(kept.path(), kept_keys.path(), dir, &evidence);
    }
}
