//! The client against our own witness.

use sabt_chain::Size;
use sabt_chain::note::{CosignerKey, add_signatures};

use crate::client::{ClientOptions, WitnessClient, WitnessError};
use crate::testing::{START, Served, TestLog, directory, name, open, verified};

const ORIGIN: &str = "log.example/events";

struct Fixture {
    log: TestLog,
    _dir: tempfile::TempDir,
    served: Served,
    client: WitnessClient,
}

fn fixture() -> Fixture {
    let log = TestLog::new(ORIGIN, "leaf", 30);
    let (dir, key) = directory(&[&log.signer]);
    let served = Served::new(open(dir.path()), None);
    let client = WitnessClient::new(served.url(), key, &ClientOptions::default()).unwrap();
    Fixture {
        log,
        _dir: dir,
        served,
        client,
    }
}

/// Grows to `size`, thinking that the witness is at `last`, as a log does: when the witness remembers less, growth is
/// proved from there. Tells when it was cosigned, and from which sizes growth was to be proved.
fn grow(
    fixture: &Fixture,
    log: &TestLog,
    last: u64,
    size: u64,
) -> (Result<u64, WitnessError>, Vec<u64>) {
    let checkpoint = log.checkpoint(size);
    let mut asked = vec![last.min(size)];
    let cosigned = loop {
        let old = *asked.last().unwrap();
        let proof = log.proof(old, size);
        let answer = fixture
            .client
            .add_checkpoint(Size::new(old), &proof, &checkpoint);
        match answer {
            Err(WitnessError::Conflict { size: known }) if known <= checkpoint.size() => {
                asked.push(known.get());
            }
            answer => break answer,
        }
    };
    let time = cosigned.map(|cosignature| {
        let published = add_signatures(&log.note(size), &[cosignature.line]).unwrap();
        let published = verified(&published, &log.keys());
        let cosigners = published.note().cosigners([fixture.client.key()]).unwrap();
        assert_eq!(cosigners, std::slice::from_ref(&cosignature.cosigner));
        cosignature.cosigner.time.as_seconds()
    });
    (time, asked)
}

#[test]
fn a_log_follows_what_the_witness_remembers() {
    let fixture = fixture();
    let log = &fixture.log;
    for (last, size, asked) in [
        (0, 5, vec![0]),
        (5, 7, vec![5]),
        // The log has forgotten what the witness knows.
        (0, 12, vec![0, 7]),
        (5, 13, vec![5, 12]),
        // It believes too much.
        (99, 14, vec![14, 13]),
        // It asks again for what it has.
        (14, 14, vec![14]),
        (0, 14, vec![0, 14]),
    ] {
        let (cosigned, from) = grow(&fixture, log, last, size);
        assert_eq!(cosigned.unwrap(), START);
        assert_eq!(from, asked, "from {last} to {size}");
    }
    let latest = fixture.client.latest(&name(ORIGIN), &log.keys());
    let latest = latest.unwrap().unwrap();
    assert_eq!(*latest.checkpoint.tree_head(), log.head(14));
    assert_eq!(latest.cosigner.time.as_seconds(), START);
}

#[test]
fn a_log_that_lost_records_learns_it() {
    let fixture = fixture();
    let log = &fixture.log;
    grow(&fixture, log, 0, 20).0.unwrap();
    let (behind, _) = grow(&fixture, log, 0, 12);
    assert!(matches!(behind, Err(WitnessError::Conflict { size }) if size.get() == 20));
    // The same by one question, without a proof and without a new signature.
    let checkpoint = log.checkpoint(12);
    let asked = fixture
        .client
        .add_checkpoint(Size::new(12), &[], &checkpoint);
    assert!(matches!(asked, Err(WitnessError::Conflict { size }) if size.get() == 20));
}

#[test]
fn a_log_that_has_another_history_learns_it() {
    let fixture = fixture();
    grow(&fixture, &fixture.log, 0, 20).0.unwrap();
    let other = TestLog::new(ORIGIN, "other", 30);
    for size in [20, 25] {
        let (forked, _) = grow(&fixture, &other, 20, size);
        assert!(matches!(forked, Err(WitnessError::Fork { .. })));
    }
}

#[test]
fn a_log_that_the_witness_does_not_know() {
    let fixture = fixture();
    let stranger = TestLog::new("stranger.example", "leaf", 9);
    let (unknown, _) = grow(&fixture, &stranger, 0, 5);
    assert!(matches!(unknown, Err(WitnessError::UnknownLog)));
    let latest = fixture
        .client
        .latest(&name("stranger.example"), &stranger.keys());
    assert!(latest.unwrap().is_none());
    assert!(
        fixture
            .client
            .latest(&name(ORIGIN), &fixture.log.keys())
            .unwrap()
            .is_none()
    );
}

#[test]
fn the_key_of_the_witness_is_checked() {
    let fixture = fixture();
    // The name is right and the key is not: another id, so that no line is looked at.
    let stranger = CosignerKey::from_seed(name("witness.example"), [1; 32]);
    let client = WitnessClient::new(
        fixture.served.url(),
        stranger.witness().clone(),
        &ClientOptions::default(),
    )
    .unwrap();
    let log = &fixture.log;
    let cosigned = client.add_checkpoint(Size::EMPTY, &[], &log.checkpoint(5));
    assert!(matches!(cosigned, Err(WitnessError::NoCosignature { .. })));
    let latest = client.latest(&name(ORIGIN), &log.keys());
    assert!(matches!(latest, Err(WitnessError::NoCosignature { .. })));
}
