//! Copies of a registry that a witness remembers.

use super::*;
use crate::auditors::files;
use crate::witnesses::{TestWitness, log_keys, write_policy};

/// A registry whose checkpoints wait for one witness, the only one of its policy.
async fn witnessed() -> (TestRegistry, TestWitness) {
    let directory = TempDir::new().unwrap();
    let dir = directory.path();
    support::establish(dir, REGISTRY, SEGMENT_BYTES, Clock::fixed(NOW)).await;
    let mut witnesses = vec![TestWitness::start(1, &log_keys(dir)).await];
    write_policy(dir, 1, &witnesses);
    let registry = TestRegistry::serve(directory, Clock::fixed(NOW)).await;
    (registry, witnesses.remove(0))
}

/// Serves a copy that is to stay as it is, byte for byte; returns it and what its status says.
async fn unwritten(back: TempDir) -> (TempDir, String) {
    let before = files(back.path());
    let copy = TestRegistry::serve(back, Clock::fixed(NOW)).await;
    let client = copy.client(REGISTRAR).await;
    let request = api::GetStatusRequest {};
    let status = client.operations().get_status(request).await.unwrap();
    let status = status.into_inner();
    assert!(!status.writable);
    drop(client);
    let back = copy.stop().await;
    assert!(before == files(back.path()), "something was changed");
    (back, status.problem)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_alone_tells_whether_a_copy_is_whole() {
    let (registry, mut witness) = witnessed().await;
    let (old, new) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let keys = TempDir::new().unwrap();
    write(&registry, 5).await;
    signed(&registry).await;
    let made = back_up(registry.dir(), old.path(), keys.path()).unwrap();
    let ours = made.manifest.ledger(LedgerName::Events).size;
    write(&registry, 5).await;
    signed(&registry).await;
    let theirs = registry.size(LedgerName::Events);
    assert!(ours.get() < theirs);
    let source = registry.stop().await;
    back_up(source.path(), new.path(), keys.path()).unwrap();

    // It has seen what the older copy does not hold.
    let back = bring_back(old.path(), keys.path(), source.path());
    let (back, problem) = unwritten(back).await;
    let missing = format!(
        "events: records {ours} to {} are missing: witness w1.example has seen {theirs} records",
        theirs - 1
    );
    assert!(problem.contains(&missing), "{problem}");
    let config = Config::load(back.path()).unwrap();
    let before = files(back.path());
    let lost = restore::confirm(back.path(), &config, &Evidence::Witnesses).unwrap_err();
    let RestoreError::Lost(gaps) = &lost else {
        panic!("{lost}");
    };
    assert!(
        gaps.iter().any(|gap| matches!(gap, Gap::Missing { ledger: LedgerName::Events, ours: held, theirs: seen, .. }
            if *held == ours && seen.get() == theirs)),
        "{lost}"
    );
    assert!(before == files(back.path()));

    // Nobody else could tell: without it nothing is confirmed.
    witness.stop().await;
    let back = bring_back(new.path(), keys.path(), source.path());
    let (back, problem) = unwritten(back).await;
    assert!(
        problem.contains("events: witness w1.example: "),
        "{problem}"
    );
    let undecided = restore::confirm(back.path(), &config, &Evidence::Witnesses).unwrap_err();
    assert!(
        matches!(undecided, RestoreError::Undecided(_)),
        "{undecided}"
    );

    // And with it the newest copy is written again, without a further word of the operator.
    witness.resume().await;
    let registry = TestRegistry::serve(back, Clock::fixed(NOW)).await;
    assert_eq!(registry.size(LedgerName::Events), theirs);
    write(&registry, 1).await;
    signed(&registry).await;
    assert_sound(registry.stop().await.path());
    witness.stop().await;
}
