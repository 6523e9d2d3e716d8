//! Backups of a registry that serves, copies that come back, and what is found by reading everything again.

mod killed;
mod read_only;
mod succession;
mod witnessed;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use sabt_chain::frame::{FrameBuilder, PayloadState};
use sabt_chain::{
    ActId, Chain, Digest, Envelope, Kind, LedgerName, Origin, Part, Position, SubjectTag, Timestamp,
};
use sabt_cli::cast::{AUDITOR, DATA_PROTECTION, REGISTRAR};
use sabt_cli::keys::Keys;
use sabt_journal::{Backend as _, FileJournal, Head, Options, Owner, PayloadRef};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;
use sabt_proto::event::v1::act::Body;
use sabt_server::backup::{self, BackedUp, BackupError, KeysTo};
use sabt_server::checkpoint::{CHECKPOINT_FILE, LOCK_FILE};
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::registry::{Layout, Registry, RegistryError};
use sabt_server::restore::{self, Evidence, Gap, RestoreError};
use sabt_vault::Vault;
use sabt_vault::secrets::KeyRing;
use sabt_vault::slots::SlotState;
use tempfile::TempDir;

use crate::support::{self, NOW, REGISTRY, TestRegistry, act, register};

/// Small, so that a few dozen records fill one.
const SEGMENT_BYTES: u64 = 64 * 1024;
/// Registrations that each of the writers submits while the backup runs.
const ACTS_PER_WRITER: usize = 25;
const WRITERS: usize = 4;
/// How long a test waits for what comes within a second or two.
const PATIENCE: Duration = Duration::from_secs(30);

async fn started() -> TestRegistry {
    let directory = TempDir::new().unwrap();
    support::establish(directory.path(), REGISTRY, SEGMENT_BYTES, Clock::fixed(NOW)).await;
    TestRegistry::serve(directory, Clock::fixed(NOW)).await
}

/// Registers persons one after the other; returns the receipts.
async fn write(registry: &TestRegistry, acts: usize) -> Vec<api::Receipt> {
    let client = registry.client(REGISTRAR).await;
    let author = registry.author(REGISTRAR.name);
    let mut receipts = Vec::new();
    for _ in 0..acts {
        let body = Body::RegisterPerson(register(event::Sex::Female, "1370"));
        let act = act("1405-06-20", body);
        receipts.push(registry.submit(&client, &author, &act).await.unwrap());
    }
    receipts
}

/// Waits until everything that stands now is signed and published.
async fn signed(registry: &TestRegistry) {
    let size = registry.size(LedgerName::Events);
    let started = std::time::Instant::now();
    while started.elapsed() < PATIENCE {
        // The first checkpoint of a registry may not be there yet.
        let path = registry.dir().join("events").join(CHECKPOINT_FILE);
        let note = fs::read_to_string(path).unwrap_or_default();
        let signed = note.lines().nth(1).map(|size| size.parse::<u64>().unwrap());
        if signed.is_some_and(|signed| size <= signed) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no checkpoint over {size} records");
}

fn back_up(dir: &Path, to: &Path, keys: &Path) -> Result<BackedUp, BackupError> {
    let config = Config::load(dir).unwrap();
    backup::backup(
        dir,
        &config,
        to,
        KeysTo::Directory(keys),
        &Clock::fixed(NOW),
    )
}

/// Brings a backup back, with its keys and with the certificates of the registry that it is of.
fn bring_back(backup: &Path, keys: &Path, tls_of: &Path) -> TempDir {
    let parent = TempDir::new().unwrap();
    restore::restore(backup, parent.path(), Some(keys)).unwrap();
    copy_tree(&tls_of.join("keys/tls"), &parent.path().join("keys/tls"));
    copy_tree(
        &tls_of.join("keys/authors"),
        &parent.path().join("keys/authors"),
    );
    parent
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn assert_sound(dir: &Path) {
    let report = support::verify(dir);
    assert!(report.is_sound(), "{report}");
}

fn checkpoints(dir: &Path, to: &Path) -> Evidence {
    let files = LedgerName::ALL.map(|ledger| {
        let file = to.join(format!("{ledger}.checkpoint"));
        fs::copy(dir.join(ledger.as_str()).join(CHECKPOINT_FILE), &file).unwrap();
        file
    });
    Evidence::Checkpoints(files.to_vec())
}

fn open(dir: &Path) -> Result<Registry, RegistryError> {
    crate::processes::settle();
    Registry::open(dir, &Config::load(dir).unwrap(), Clock::fixed(NOW))
}

/// Writes with all writers at once, and meanwhile backs up three times; returns the receipts and the backups.
async fn write_and_back_up(
    registry: &TestRegistry,
    to: &Path,
    keys: &Path,
) -> (Vec<api::Receipt>, Vec<BackedUp>) {
    let write_all = async {
        let writers = (0..WRITERS).map(|_| write(registry, ACTS_PER_WRITER));
        let mut all = Vec::new();
        for receipts in support::join(writers.collect()).await {
            all.extend(receipts);
        }
        all
    };
    let (dir, dest, keyed) = (registry.dir().to_owned(), to.to_owned(), keys.to_owned());
    let backing_up = async {
        let mut made = Vec::new();
        for _ in 0..3 {
            let (dir, dest, keyed) = (dir.clone(), dest.clone(), keyed.clone());
            tokio::time::sleep(Duration::from_millis(100)).await;
            let task = tokio::task::spawn_blocking(move || back_up(&dir, &dest, &keyed).unwrap());
            made.push(task.await.unwrap());
        }
        made
    };
    tokio::join!(write_all, backing_up)
}

/// What a receipt promises stands in the ledger.
fn assert_received(registry: &TestRegistry, receipts: &[api::Receipt]) {
    let journal = &registry.registry().ledger(LedgerName::Events).journal;
    for receipt in receipts {
        let last = receipt.position + u64::from(receipt.parts) - 1;
        let frame = journal
            .read(Position::new(last))
            .unwrap()
            .next_frame()
            .unwrap()
            .unwrap();
        let chain = Chain::new(&receipt.origin.parse().unwrap());
        let links: Vec<Vec<u8>> = frame
            .frame()
            .records()
            .map(|record| chain.link(record.envelope_bytes).to_bytes().to_vec())
            .collect();
        assert!(links.contains(&receipt.link), "{last}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_comes_back_whole() {
    let registry = started().await;
    let (to, keys) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    // What is missing above it is made.
    let keyed = keys.path().join("registry/keys");
    let (receipts, made) = write_and_back_up(&registry, to.path(), &keyed).await;
    assert!(made[1].incremental && made[0].manifest.ledger(LedgerName::Events).size.get() > 0);
    signed(&registry).await;
    let last = back_up(registry.dir(), to.path(), &keyed).unwrap();
    let held = last.manifest.ledger(LedgerName::Events).size.get();
    assert!(held >= registry.size(LedgerName::Events));

    // Never what could sign, read, or be rebuilt.
    for absent in [
        "events/signed.lock",
        "disclosures/signed.lock",
        "views",
        "vault",
        "keys/tls",
    ] {
        assert!(!to.path().join(absent).exists(), "{absent}");
    }
    assert!(!to.path().join("keys/master.key").exists());
    assert_sound(to.path());

    let back = bring_back(to.path(), &keyed, registry.dir());
    let evidence = checkpoints(registry.dir(), to.path());
    let source = registry.stop().await;
    for ledger in LedgerName::ALL {
        assert!(!back.path().join(ledger.as_str()).join(LOCK_FILE).exists());
    }
    let refused = open(back.path());
    assert!(
        matches!(refused, Err(RegistryError::Checkpoint(_))),
        "{refused:?}"
    );
    let config = Config::load(back.path()).unwrap();
    restore::confirm(back.path(), &config, &evidence).unwrap();
    drop(source);

    let registry = TestRegistry::serve(back, Clock::fixed(NOW)).await;
    assert!(receipts.len() == WRITERS * ACTS_PER_WRITER);
    assert_received(&registry, &receipts);
    write(&registry, 2).await;
    let directory = registry.stop().await;
    assert_sound(directory.path());
}

/// The sealed payloads at these positions.
fn payloads(journal: &FileJournal, positions: &[u64]) -> Vec<PayloadRef> {
    positions
        .iter()
        .map(|position| {
            let position = Position::new(*position);
            let frame = journal
                .read(position)
                .unwrap()
                .next_frame()
                .unwrap()
                .unwrap();
            let parsed = frame.frame();
            let mut records = parsed.records();
            let record = records
                .find(|record| record.envelope.position == position)
                .unwrap();
            PayloadRef {
                position,
                sealed_digest: record.envelope.sealed_digest,
            }
        })
        .collect()
}

/// The envelope of an erasure record behind `head`, signed by the data-protection officer.
fn erasure_envelope(
    dir: &Path,
    origin: &Origin,
    head: &Head,
    subject_tag: SubjectTag,
    (act_id, payload): (ActId, &[u8]),
) -> Envelope {
    let officer = Keys::of(dir).author(DATA_PROTECTION.name).unwrap();
    Envelope {
        kind: Kind::Erasure,
        position: head.size.next_position(),
        previous: head.link,
        recorded_at: Timestamp::from_micros(NOW),
        subject_tag,
        act_id,
        part: Part::ONLY,
        sealed_len: u32::try_from(payload.len()).unwrap(),
        sealed_digest: Digest::of(payload),
        authorship: Some(officer.sign_erasure_record(origin, act_id, payload)),
    }
}

/// Erases a person in a closed registry as the law has it: the record first, then the key, then the payloads.
fn erase(dir: &Path, number: &str, positions: &[u64]) {
    let layout = Layout::new(dir);
    let ring = KeyRing::open(&layout.keys()).unwrap();
    let vault = Vault::open(&layout.vault(), REGISTRY, ring).unwrap();
    let origin = Origin::new(REGISTRY, LedgerName::Events).unwrap();
    let options = Options {
        segment_bytes: SEGMENT_BYTES,
        ..Options::default()
    };
    crate::processes::settle();
    let journal = FileJournal::open(&layout.ledger(LedgerName::Events), &origin, &options).unwrap();
    let serial = number
        .parse::<sabt_domain::number::PersonNumber>()
        .unwrap()
        .serial();
    let kind = sabt_vault::numbers::NumberKind::Person;
    let subject = vault.numbering().ordinal(kind, serial).unwrap();
    let (order, case) = support::order(dir, number, positions, NOW);
    let act_id = ActId::from_bytes(*order.id.as_bytes());
    let signed = support::approved(dir, &order, &case).order.unwrap();
    let payload = sabt_domain::erasure::payload(&signed);
    let (epoch, head) = journal.open_epoch(&Owner::new("test").unwrap()).unwrap();
    let position = head.size.next_position();
    let routing = vault.routing_key(origin.as_str());
    let tag = SubjectTag::from_bytes(routing.tag(position.get(), subject));
    let envelope = erasure_envelope(dir, &origin, &head, tag, (act_id, &payload));
    let mut frame = FrameBuilder::new(epoch, position, head.link);
    frame.push(&envelope.encode().unwrap(), &payload).unwrap();
    journal
        .append(epoch, &head, &frame.finish().unwrap())
        .unwrap();
    vault.destroy(subject).unwrap();
    let payloads = payloads(&journal, positions);
    journal.erase(epoch, &payloads).unwrap();
}

fn zeroed(dir: &Path) -> BTreeSet<u64> {
    let registry = Config::load(dir).unwrap().registry;
    let origin = Origin::new(&registry, LedgerName::Events).unwrap();
    let archive = sabt_journal::Archive::open(&dir.join("events"), &origin).unwrap();
    let mut zeroed = BTreeSet::new();
    archive
        .for_each(Position::FIRST, &mut |record| {
            if record.payload_state() == PayloadState::Erased {
                zeroed.insert(record.envelope.position.get());
            }
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    zeroed
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_reaches_the_backup_and_does_not_come_undone() {
    let registry = started().await;
    let (to, keys, old_keys) = (
        TempDir::new().unwrap(),
        TempDir::new().unwrap(),
        TempDir::new().unwrap(),
    );
    let receipts = write(&registry, 30).await;
    signed(&registry).await;
    let first = back_up(registry.dir(), to.path(), keys.path()).unwrap();
    copy_tree(keys.path(), old_keys.path());
    let again = back_up(registry.dir(), to.path(), keys.path()).unwrap();
    assert_eq!(again.written_bytes[0], 0, "nothing is new");
    let directory = registry.stop().await;

    let erased = &receipts[0];
    erase(directory.path(), &erased.numbers[0], &[erased.position]);
    let registry = TestRegistry::serve(directory, Clock::fixed(NOW)).await;
    signed(&registry).await;
    let carried = back_up(registry.dir(), to.path(), keys.path()).unwrap();
    assert_eq!(carried.erased, [1, 0]);
    assert!(0 < carried.written_bytes[0] && carried.written_bytes[0] < first.written_bytes[0]);
    assert_eq!(zeroed(to.path()), BTreeSet::from([erased.position]));
    assert_sound(to.path());

    // What an earlier backup explained needs no explanation when the next one goes on from there.
    write(&registry, 2).await;
    signed(&registry).await;
    let later = back_up(registry.dir(), to.path(), keys.path()).unwrap();
    assert_eq!(later.erased, [0, 0]);
    assert!(later.written_bytes[0] < first.written_bytes[0]);
    assert_eq!(zeroed(to.path()), BTreeSet::from([erased.position]));
    assert_sound(to.path());

    // An old copy of the keys comes back: what was erased is destroyed again before anything is confirmed.
    let back = TempDir::new().unwrap();
    let restored = restore::restore(to.path(), back.path(), Some(old_keys.path())).unwrap();
    assert_eq!(restored.destroyed, 1);
    let layout = Layout::new(back.path());
    let ring = KeyRing::open(&layout.keys()).unwrap();
    let vault = Vault::open(&layout.vault(), REGISTRY, ring).unwrap();
    let serial = erased.numbers[0]
        .parse::<sabt_domain::number::PersonNumber>()
        .unwrap()
        .serial();
    let kind = sabt_vault::numbers::NumberKind::Person;
    let subject = vault.numbering().ordinal(kind, serial).unwrap();
    assert_eq!(vault.state(subject).unwrap(), SlotState::Destroyed);
    registry.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_is_not_written_and_says_what_is_missing() {
    let registry = started().await;
    let (to, keys) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    write(&registry, 5).await;
    signed(&registry).await;
    let old = back_up(registry.dir(), to.path(), keys.path()).unwrap();
    let ours = old.manifest.ledger(LedgerName::Events).size;
    write(&registry, 5).await;
    signed(&registry).await;
    let newer = checkpoints(registry.dir(), to.path());
    let theirs = registry.size(LedgerName::Events);

    let back = bring_back(to.path(), keys.path(), registry.dir());
    let config = Config::load(back.path()).unwrap();
    let published = fs::read(back.path().join("events").join(CHECKPOINT_FILE)).unwrap();
    let lost = restore::confirm(back.path(), &config, &newer).unwrap_err();
    let RestoreError::Lost(gaps) = &lost else {
        panic!("{lost}");
    };
    assert!(
        gaps.iter().any(|gap| matches!(gap, Gap::Missing { ledger: LedgerName::Events, ours: held, theirs: seen, .. }
            if *held == ours && seen.get() == theirs)),
        "{lost}"
    );
    assert!(
        lost.to_string()
            .contains(&format!("records {ours} to {}", theirs - 1)),
        "{lost}"
    );

    // Without evidence of both ledgers, or without witnesses, nothing is confirmed either.
    let Evidence::Checkpoints(files) = &newer else {
        panic!("files were given");
    };
    let one = Evidence::Checkpoints(files[1..].to_vec());
    let undecided = restore::confirm(back.path(), &config, &one).unwrap_err();
    assert!(
        matches!(undecided, RestoreError::Undecided(_)),
        "{undecided}"
    );
    let nobody = restore::confirm(back.path(), &config, &Evidence::Witnesses).unwrap_err();
    assert!(matches!(nobody, RestoreError::Evidence(_)), "{nobody}");

    // Nothing was signed or published.
    for ledger in LedgerName::ALL {
        assert!(!back.path().join(ledger.as_str()).join(LOCK_FILE).exists());
    }
    let after = fs::read(back.path().join("events").join(CHECKPOINT_FILE)).unwrap();
    assert!(after == published);
    assert!(open(back.path()).is_err());
    assert!(restore::is_unconfirmed(back.path(), REGISTRY).unwrap());
    registry.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_another_history_is_told_apart() {
    let registry = started().await;
    let (to, keys) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    write(&registry, 3).await;
    signed(&registry).await;
    back_up(registry.dir(), to.path(), keys.path()).unwrap();
    let back = bring_back(to.path(), keys.path(), registry.dir());
    write(&registry, 2).await;
    signed(&registry).await;
    let seen = checkpoints(registry.dir(), to.path());
    // The copy is written by somebody who throws the lock's absence to the wind.
    let config = Config::load(back.path()).unwrap();
    let own = checkpoints(back.path(), keys.path());
    restore::confirm(back.path(), &config, &own).unwrap();
    registry.stop().await;
    let fork = TestRegistry::serve(back, Clock::fixed(NOW)).await;
    write(&fork, 4).await;
    signed(&fork).await;
    let back = fork.stop().await;
    for ledger in LedgerName::ALL {
        fs::remove_file(back.path().join(ledger.as_str()).join(LOCK_FILE)).unwrap();
    }
    let told = restore::confirm(back.path(), &config, &seen).unwrap_err();
    let RestoreError::Lost(gaps) = &told else {
        panic!("{told}");
    };
    assert!(
        gaps.iter().any(|gap| matches!(
            gap,
            Gap::Fork {
                ledger: LedgerName::Events,
                ..
            }
        )),
        "{told}"
    );
}

/// Turns a bit of the first payload of a segment.
#[expect(
    clippy::disallowed_methods,
    reason = "what rots asks for no durability"
)]
fn rot(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    // In the payload of the founding act.
    let frame = sabt_chain::frame::Frame::parse(&bytes[4_096..]).unwrap();
    let payload = 4_096 + frame.records().next().unwrap().sealed_offset;
    bytes[payload + 3] ^= 4;
    fs::write(path, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn rot_is_found_within_one_pass_and_never_backed_up() {
    let registry = started().await;
    write(&registry, 150).await;
    signed(&registry).await;
    let directory = registry.stop().await;
    let name = format!("{:020}.seg", 0);
    let path = directory.path().join("events").join(&name);
    assert!(
        fs::read_dir(path.parent().unwrap()).unwrap().count() > 4,
        "more than one segment"
    );
    rot(&path);

    let registry = TestRegistry::serve(directory, Clock::fixed(NOW)).await;
    let client = registry.client(AUDITOR).await;
    let started = std::time::Instant::now();
    let scrub = loop {
        let request = api::GetStatusRequest {};
        let status = client.operations().get_status(request).await.unwrap();
        let ledgers = status.into_inner().ledgers;
        let scrub = ledgers[0].scrub.clone().unwrap();
        if scrub.passes == 1 {
            break scrub;
        }
        assert!(started.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(scrub.damages, 1);
    assert!(scrub.first_damage.contains(&name), "{}", scrub.first_damage);
    assert!(
        scrub.first_damage.contains("record 0"),
        "{}",
        scrub.first_damage
    );
    // The registry goes on, but no rotten segment is backed up.
    write(&registry, 1).await;
    let (to, keys) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let refused = back_up(registry.dir(), to.path(), keys.path()).unwrap_err();
    assert!(matches!(refused, BackupError::Copy { .. }), "{refused}");
    registry.stop().await;
}
