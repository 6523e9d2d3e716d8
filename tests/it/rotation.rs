//! `sabt rotate-log-key` against a registry that is being served: repeated after a failure, once more while a key is
//! still retiring, and followed by an auditor who knows only the first key.

use std::path::Path;

use sabt_chain::checkpoint::UnverifiedCheckpoint;
use sabt_chain::note::{TrustedKeys, VerifierKey};
use sabt_chain::{LedgerName, Origin, Timestamp};
use sabt_cli::args::ConnectArgs;
use sabt_cli::cast::GOVERNANCE;
use sabt_cli::commands::rotate::rotate;
use sabt_cli::keys::Keys;
use sabt_cli::rotation::{Rotations, Unfinished};
use sabt_cli::session::Session;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::Role;
use sabt_server::clock::Clock;
use sabt_server::registry::Layout;
use tempfile::TempDir;

use crate::support::{self, NOW, REGISTRY, SEGMENT_BYTES, TestRegistry};

/// A day, microseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

async fn session(registry: &TestRegistry) -> Session {
    let connect = ConnectArgs {
        dir: registry.dir().to_owned(),
        server: Some(registry.server()),
        registry: Some(REGISTRY.to_owned()),
        caller: None,
    };
    Session::open(&connect, GOVERNANCE).await.unwrap()
}

fn rotations(dir: &Path, ledger: LedgerName) -> Rotations {
    Rotations::new(&Keys::of(dir), Origin::new(REGISTRY, ledger).unwrap())
}

/// Rotates the key of a ledger; returns the new one and the receipt.
async fn rotated(
    registry: &TestRegistry,
    ledger: LedgerName,
    retire_at: i64,
) -> (Unfinished, api::Receipt) {
    let rotations = rotations(registry.dir(), ledger);
    let (session, authority) = (session(registry).await, registry.author("governance"));
    let retire_at = Timestamp::from_micros(retire_at);
    let clock = registry.clock();
    rotate(&session, &rotations, &authority, retire_at, clock)
        .await
        .unwrap()
}

/// Which of these keys signed the checkpoint of a ledger that was published last.
fn signers(dir: &Path, ledger: LedgerName, vkeys: &[String]) -> Vec<String> {
    let path = Layout::new(dir).ledger(ledger).join("checkpoint");
    let note = std::fs::read(path).unwrap();
    let keys: Vec<VerifierKey> = vkeys.iter().map(|vkey| vkey.parse().unwrap()).collect();
    let trusted = TrustedKeys::new(keys.clone()).unwrap();
    let checkpoint = UnverifiedCheckpoint::parse(&note).unwrap();
    let checkpoint = checkpoint.verify(&trusted).unwrap();
    let ids = checkpoint.signers().iter().map(|(_, id)| *id);
    ids.map(|id| {
        let key = keys.iter().find(|key| key.id() == id).unwrap();
        key.to_string()
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_logs_get_new_keys_and_an_auditor_with_the_first_ones_goes_on() {
    let directory = TempDir::new().unwrap();
    support::establish(directory.path(), REGISTRY, SEGMENT_BYTES, Clock::fixed(NOW)).await;
    let clock = Clock::fixed(NOW);
    let registry = TestRegistry::serve(directory, clock.clone()).await;
    let mut keys = [Vec::new(), Vec::new()];
    for (ledger, keys) in LedgerName::ALL.into_iter().zip(&mut keys) {
        let (begun, receipt) = rotated(&registry, ledger, NOW + 2 * DAY).await;
        assert!(!receipt.repeated);
        // The answer was lost: the same act again gives the same receipt, and no second record.
        let (again, repeated) = rotated(&registry, ledger, NOW + 9 * DAY).await;
        assert_eq!(again, begun);
        assert!(repeated.repeated);
        assert_eq!(repeated.position, receipt.position);
        rotations(registry.dir(), ledger).finish(&begun).unwrap();
        keys.extend([begun.body.old_log_key, begun.body.new_log_key]);
    }

    // Once more while the first key still retires: of the two that sign, the newer gives way.
    let (third, _receipt) = rotated(&registry, LedgerName::Events, NOW + 4 * DAY).await;
    assert_eq!(third.body.old_log_key, keys[0][1]);
    rotations(registry.dir(), LedgerName::Events)
        .finish(&third)
        .unwrap();
    keys[0].push(third.body.new_log_key);

    let directory = registry.stop().await;
    assert_eq!(
        signers(directory.path(), LedgerName::Events, &keys[0]),
        keys[0]
    );
    assert_eq!(
        signers(directory.path(), LedgerName::Disclosures, &keys[1]),
        keys[1]
    );
    assert!(support::verify(directory.path()).is_sound());

    // When the old keys have retired, the newest sign alone, and the auditor still knows only the first.
    clock.set(NOW + 5 * DAY);
    let registry = TestRegistry::serve(directory, clock).await;
    let client = registry.client(GOVERNANCE).await;
    let act = support::governance_act(support::enrol_agency("LATER", Role::Police));
    let author = registry.author("governance");
    registry.submit(&client, &author, &act).await.unwrap();
    // A refusal is a record of the disclosures.
    registry
        .submit(
            &client,
            &author,
            &support::governance_act(support::enrol_agency("LATER", Role::Police)),
        )
        .await
        .unwrap_err();
    drop(client);
    let directory = registry.stop().await;
    for (ledger, keys) in LedgerName::ALL.into_iter().zip(&keys) {
        let newest = keys.last().cloned();
        assert_eq!(
            signers(directory.path(), ledger, keys),
            Vec::from_iter(newest),
            "{ledger}"
        );
    }
    let report = support::verify(directory.path());
    assert!(report.is_sound(), "{}", report.to_json());
}
