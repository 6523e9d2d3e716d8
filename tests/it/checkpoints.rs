//! Checkpoints of a served registry: shown from the start, anchored in the other ledger, signed by the keys in force, and
//! not at all in a directory that may be an older copy.

use std::fs;
use std::path::Path;
use std::time::Duration;

use sabt_chain::checkpoint::UnverifiedCheckpoint;
use sabt_chain::note::{KeyName, SignerKey, TrustedKeys};
use sabt_chain::rotation::Rotation;
use sabt_chain::{LedgerName, Origin, Timestamp};
use sabt_cli::cast::{AUDITOR, GOVERNANCE};
use sabt_cli::client::Client;
use sabt_cli::files::{self, Mode};
use sabt_cli::keys::Keys;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;
use sabt_proto::event::v1::act::Body;
use sabt_server::checkpoint::{CHECKPOINT_FILE, CheckpointError, LOCK_FILE, LogKeys};
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::registry::{Registry, RegistryError};
use tempfile::TempDir;

use crate::support::{self, NOW, REGISTRY, SEGMENT_BYTES, TestRegistry};

/// Changes a line of the configuration.
fn configure(dir: &Path, from: &str, to: &str) {
    let path = dir.join(Config::FILE);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::remove_file(&path).unwrap();
    files::create(&path, text.replace(from, to).as_bytes(), Mode::Public).unwrap();
}

async fn founded() -> TempDir {
    let directory = TempDir::new().unwrap();
    support::establish(directory.path(), REGISTRY, SEGMENT_BYTES, Clock::fixed(NOW)).await;
    directory
}

fn open(dir: &Path) -> Result<Registry, RegistryError> {
    crate::processes::settle();
    Registry::open(dir, &Config::load(dir).unwrap(), Clock::fixed(NOW))
}

async fn status(client: &Client) -> [api::LedgerStatus; 2] {
    let request = api::GetStatusRequest {};
    let response = client.operations().get_status(request).await.unwrap();
    response.into_inner().ledgers.try_into().unwrap()
}

async fn note(client: &Client) -> String {
    let request = api::GetCheckpointRequest {
        ledger: api::Ledger::Events.into(),
    };
    let response = client.audit().get_checkpoint(request).await.unwrap();
    response.into_inner().checkpoint
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_published_is_shown_from_the_start() {
    let directory = founded().await;
    let published = fs::read_to_string(directory.path().join("events").join(CHECKPOINT_FILE));
    let registry = TestRegistry::serve(directory, Clock::fixed(NOW)).await;
    let auditor = registry.client(AUDITOR).await;
    assert_eq!(note(&auditor).await, published.unwrap());
    let [events, disclosures] = status(&auditor).await;
    assert_eq!(events.ledger, i32::from(api::Ledger::Events));
    assert_eq!(disclosures.ledger, i32::from(api::Ledger::Disclosures));
    assert_eq!(
        (events.size, events.signed),
        (events.published, events.published)
    );
    assert_eq!((events.anchored, events.witnesses.len()), (0, 0));
    drop(auditor);
    registry.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledgers_are_anchored_in_each_other_and_then_keep_still() {
    let directory = founded().await;
    configure(
        directory.path(),
        "anchor_every_secs = 86400",
        "anchor_every_secs = 1",
    );
    let registry = TestRegistry::serve(directory, Clock::fixed(NOW)).await;
    let auditor = registry.client(AUDITOR).await;
    // One record in the disclosures: that the auditor has read.
    let request = api::ReadRecordsRequest {
        ledger: api::Ledger::Events.into(),
        from: 0,
        until: 1,
    };
    drop(auditor.audit().read_records(request).await.unwrap());
    let (size, disclosed) = (registry.size(LedgerName::Events), 1);
    let anchored = async || {
        let [events, disclosures] = status(&auditor).await;
        let all = size <= events.anchored && disclosed <= disclosures.anchored;
        all.then_some(())
    };
    support::until("an anchor in each ledger", anchored).await;

    // Anchors alone are no reason to anchor.
    let sizes = || LedgerName::ALL.map(|name| registry.size(name));
    tokio::time::sleep(Duration::from_secs(3)).await;
    let still = sizes();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(sizes(), still);
    assert!(still[0] <= size + 2, "{} records after {size}", still[0]);
    drop(auditor);
    let directory = registry.stop().await;
    let report = support::verify(directory.path());
    assert!(report.is_sound(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_with_records_and_without_a_lock_does_not_open() {
    let directory = founded().await;
    let dir = directory.path().join("events");
    fs::remove_file(dir.join(LOCK_FILE)).unwrap();
    let before = fs::read(dir.join(CHECKPOINT_FILE)).unwrap();
    for _published in 0..2 {
        let outcome = open(directory.path());
        let missing = matches!(
            &outcome,
            Err(RegistryError::Checkpoint(CheckpointError::LockMissing { ledger, .. }))
                if *ledger == LedgerName::Events
        );
        assert!(missing, "{:?}", outcome.map(drop));
        assert!(!dir.join(LOCK_FILE).exists(), "nothing was signed");
        let after = fs::read(dir.join(CHECKPOINT_FILE));
        assert!(after.is_err() || after.unwrap() == before);
        // Nor without the checkpoint that was published.
        drop(fs::remove_file(dir.join(CHECKPOINT_FILE)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_covered_within_a_second() {
    let registry = TestRegistry::serve(founded().await, Clock::fixed(NOW)).await;
    let client = registry.client(GOVERNANCE).await;
    let author = registry.author("governance");
    let mut fastest = support::PATIENCE;
    // A machine that does much else may miss it now and then, but not every time.
    for number in 0..5 {
        let agency = support::enrol_agency(&format!("MADE{number}"), event::Role::Police);
        let act = support::governance_act(agency);
        let receipt = registry.submit(&client, &author, &act).await.unwrap();
        let receipted = std::time::Instant::now();
        let covered = async || {
            let [events, _] = status(&client).await;
            (receipt.position < events.published).then_some(())
        };
        support::until("the checkpoint", covered).await;
        fastest = fastest.min(receipted.elapsed());
    }
    assert!(fastest <= Duration::from_secs(1), "{fastest:?}");
    drop(client);
    registry.stop().await;
}

/// A log key, its file, and the act that puts it in the place of the first.
struct Rotating {
    new: SignerKey,
    file: std::path::PathBuf,
    act: event::RotateLogKey,
}

fn rotating(dir: &Path, retire_at: i64) -> Rotating {
    let origin = Origin::new(REGISTRY, LedgerName::Events).unwrap();
    let keys = Keys::of(dir);
    let first = LogKeys::of(keys.directory()).first(&origin).unwrap();
    let new = SignerKey::from_seed(KeyName::from(&origin), [77; 32]);
    let (old_key, new_key) = (first.verifier().clone(), new.verifier().clone());
    let rotation = Rotation::new(old_key, new_key, Timestamp::from_micros(retire_at)).unwrap();
    let name = LogKeys::successor_file(LedgerName::Events, new.verifier().id());
    Rotating {
        act: event::RotateLogKey {
            old_log_key: first.verifier().to_string(),
            new_log_key: new.verifier().to_string(),
            retire_at,
            old_signature: rotation.sign(&first).as_bytes().to_vec(),
            new_signature: rotation.sign(&new).as_bytes().to_vec(),
        },
        file: keys.directory().join(name),
        new,
    }
}

impl Rotating {
    fn put_key(&self) {
        let text = self.new.to_text();
        files::create(&self.file, text.as_bytes(), Mode::Secret).unwrap();
    }
}

async fn rotate(
    registry: &TestRegistry,
    client: &Client,
    act: &event::RotateLogKey,
) -> Result<api::Receipt, tonic::Status> {
    let act = support::governance_act(Body::RotateLogKey(act.clone()));
    let author = registry.author("governance");
    registry.submit(client, &author, &act).await
}

/// Ids of the keys that signed the newest checkpoint over more than `size` records.
async fn signers(client: &Client, size: u64, keys: &TrustedKeys) -> Vec<String> {
    let newest = async || {
        let note = note(client).await;
        let checkpoint = UnverifiedCheckpoint::parse(note.as_bytes()).unwrap();
        let checkpoint = checkpoint.verify(keys).unwrap();
        let ids = checkpoint.signers().iter().map(|(_, id)| id.to_string());
        (size < checkpoint.size().get()).then(|| ids.collect())
    };
    support::until("a checkpoint", newest).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_key_is_rotated() {
    const HOUR: i64 = 3_600_000_000;
    let clock = Clock::fixed(NOW);
    let registry = TestRegistry::serve(founded().await, clock.clone()).await;
    let client = registry.client(GOVERNANCE).await;
    let auditor = registry.client(AUDITOR).await;
    let rotating = rotating(registry.dir(), NOW + HOUR);
    let keys = [&rotating.act.old_log_key, &rotating.act.new_log_key];
    let keys = TrustedKeys::new(keys.map(|vkey| vkey.parse().unwrap())).unwrap();
    let [old, new] = [0, 1].map(|place: usize| keys.keys()[place].id().to_string());

    // Refused while the key is not there, or one of the two did not sign.
    let refused = rotate(&registry, &client, &rotating.act).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{refused:?}");
    rotating.put_key();
    for old_forged in [true, false] {
        let mut forged = rotating.act.clone();
        let signature = if old_forged {
            &mut forged.old_signature
        } else {
            &mut forged.new_signature
        };
        signature[0] ^= 1;
        let refused = rotate(&registry, &client, &forged).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{refused:?}");
    }

    // From its record on both keys sign, then the new one alone.
    let before = registry.size(LedgerName::Events);
    let receipt = rotate(&registry, &client, &rotating.act).await.unwrap();
    assert_eq!(receipt.position, before);
    let signed = signers(&auditor, before, &keys).await;
    assert_eq!(
        signed,
        [old.clone(), new.clone()],
        "the rotation itself is covered by both"
    );
    clock.set(NOW + HOUR);
    let agency = support::enrol_agency("LATER", event::Role::Police);
    let author = registry.author("governance");
    let act = support::governance_act(agency);
    registry.submit(&client, &author, &act).await.unwrap();
    assert_eq!(signers(&auditor, before + 1, &keys).await, [new]);
    drop((client, auditor));
    let directory = registry.stop().await;

    // The old key is not needed any more; the new one is.
    let keys = Keys::of(directory.path()).directory().to_owned();
    fs::remove_file(keys.join(LogKeys::file(LedgerName::Events))).unwrap();
    let clock = Clock::fixed(NOW + HOUR);
    let registry = TestRegistry::serve(directory, clock).await;
    let directory = registry.stop().await;
    fs::remove_file(&rotating.file).unwrap();
    let config = Config::load(directory.path()).unwrap();
    crate::processes::settle();
    let outcome = Registry::open(directory.path(), &config, Clock::fixed(NOW + HOUR));
    let Err(RegistryError::Checkpoint(err @ CheckpointError::KeyMissing { .. })) = outcome else {
        panic!("opened without the key that signs");
    };
    assert!(err.to_string().contains("remedy"), "{err}");
}
