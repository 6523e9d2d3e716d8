//! Copies of a registry that a witness remembers.

use std::net::{IpAddr, Ipv4Addr};

use sabt_cli::args::RestoreArgs;
use sabt_cli::commands;
use sabt_cli::files::Mode;
use sabt_cli::out::Out;
use sabt_cli::pki::Authority;
use sabt_witness::server::TlsFiles;

use super::*;
use crate::auditors::files;
use crate::witnesses::{TestWitness, log_keys, write_authority, write_policy};

const SUCCESSOR: &str = "after.sabt.example";

/// A registry whose checkpoints wait for one witness, the only one of its policy.
async fn witnessed(tls: Option<&Certified>) -> (TestRegistry, TestWitness) {
    let directory = TempDir::new().unwrap();
    let dir = directory.path();
    support::establish(dir, REGISTRY, SEGMENT_BYTES, Clock::fixed(NOW)).await;
    let files = tls.map(|certified| certified.files.clone());
    let mut witnesses = vec![TestWitness::start_with(1, &log_keys(dir), files).await];
    if let Some(certified) = tls {
        write_authority(dir, &certified.authority);
    }
    write_policy(dir, 1, &witnesses);
    let registry = TestRegistry::serve(directory, Clock::fixed(NOW)).await;
    (registry, witnesses.remove(0))
}

/// The certificate of a witness, and the authority that vouches for it and for nobody else.
struct Certified {
    authority: String,
    files: TlsFiles,
    _directory: TempDir,
}

impl Certified {
    fn new() -> Self {
        let authority = Authority::generate("witnesses.example").unwrap();
        let server = authority.server(IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap();
        let directory = TempDir::new().unwrap();
        let stem = directory.path().join("witness");
        server.write(&stem).unwrap();
        Self {
            authority: authority.pair().certificate.clone(),
            files: TlsFiles {
                certificate: stem.with_extension("pem"),
                key: stem.with_extension("key"),
            },
            _directory: directory,
        }
    }
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
    let (registry, mut witness) = witnessed(None).await;
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

/// What a copy needs to ask the witnesses comes with it: their policy, and the authority that vouches for them.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_knows_the_authority_of_its_witnesses() {
    let certified = Certified::new();
    let (registry, mut witness) = witnessed(Some(&certified)).await;
    let (to, keys) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    write(&registry, 3).await;
    signed(&registry).await;
    let source = registry.stop().await;
    back_up(source.path(), to.path(), keys.path()).unwrap();

    // Another authority vouches for nothing here.
    let back = bring_back(to.path(), keys.path(), source.path());
    let config = Config::load(back.path()).unwrap();
    let authority = back.path().join("witness-ca.pem");
    let other = Authority::generate("others.example").unwrap();
    let other = other.pair().certificate.as_bytes();
    sabt_cli::files::replace(&authority, other, Mode::Public).unwrap();
    let refused = restore::confirm(back.path(), &config, &Evidence::Witnesses).unwrap_err();
    let RestoreError::Undecided(unanswered) = &refused else {
        panic!("{refused}");
    };
    assert_eq!(unanswered.len(), LedgerName::ALL.len(), "{refused}");

    fs::copy(to.path().join("witness-ca.pem"), &authority).unwrap();
    restore::confirm(back.path(), &config, &Evidence::Witnesses).unwrap();
    let registry = TestRegistry::serve(back, Clock::fixed(NOW)).await;
    write(&registry, 1).await;
    signed(&registry).await;
    assert_sound(registry.stop().await.path());
    witness.stop().await;
}

/// Nobody needs an auditor's files where the witnesses know what was lost.
#[tokio::test(flavor = "multi_thread")]
async fn witnesses_alone_bear_out_a_successor() {
    let (registry, mut witness) = witnessed(None).await;
    let (to, keys) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    write(&registry, 5).await;
    signed(&registry).await;
    let made = back_up(registry.dir(), to.path(), keys.path()).unwrap();
    let held = made.manifest.ledger(LedgerName::Events).size.get();
    write(&registry, 5).await;
    signed(&registry).await;
    let theirs = registry.size(LedgerName::Events);
    let source = registry.stop().await;
    let back = bring_back(to.path(), keys.path(), source.path());
    let into = TempDir::new().unwrap();
    let args = RestoreArgs {
        source: back.path().to_owned(),
        dir: None,
        keys: None,
        confirm: false,
        checkpoint: Vec::new(),
        new_origin: Some(SUCCESSOR.to_owned()),
        into: Some(into.path().to_owned()),
    };
    crate::processes::settle();
    commands::restore::run(&args, &mut Out::stdout(true)).unwrap();

    // Nothing is published before the witness is told of the new keys.
    let published = into.path().join("events").join(CHECKPOINT_FILE);
    assert!(!published.exists());
    witness.stop().await;
    witness.learn(&log_keys(into.path()));
    witness.resume().await;
    let registry = TestRegistry::serve(into, Clock::fixed(NOW)).await;
    signed(&registry).await;
    let into = registry.stop().await;
    let report = support::verify(into.path());
    assert!(report.is_sound(), "{report}");
    let succession = &report.events.successions[0];
    assert_eq!((succession.carried, succession.known), (held, theirs));
    witness.stop().await;
}
