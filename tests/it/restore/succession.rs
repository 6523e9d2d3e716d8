//! A registry that takes the place of one whose signed records are lost.

use std::fs;
use std::path::Path;

use sabt_chain::{LedgerName, Position};
use sabt_cli::args::RestoreArgs;
use sabt_cli::cast::{DATA_PROTECTION, REGISTRAR};
use sabt_cli::client::Client;
use sabt_cli::commands;
use sabt_cli::error::CliError;
use sabt_cli::out::Out;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::Sex;
use sabt_proto::event::v1::act::Body;
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::restore::{self, Evidence, RestoreError, SuccessionError};
use sabt_verifier::{Options, Source, TrustedLogs};
use tempfile::TempDir;

use super::{back_up, bring_back, checkpoints, copy_tree, erase, signed, started, write, zeroed};
use crate::queries::purpose;
use crate::support::{self, NOW, REGISTRY, TestRegistry};

const SUCCESSOR: &str = "it2.sabt.example";

async fn record(registry: &TestRegistry, on: &str, body: Body) -> api::Receipt {
    let client = registry.client(REGISTRAR).await;
    let author = registry.author(REGISTRAR.name);
    let act = support::act(on, body);
    let receipt = registry.submit(&client, &author, &act).await.unwrap();
    let folded = receipt.position + u64::from(receipt.parts);
    assert!(registry.registry().wait_for(folded, super::PATIENCE).await);
    receipt
}

async fn person(client: &Client, number: &str) -> api::Person {
    let request = api::GetPersonRequest {
        purpose: Some(purpose(REGISTRAR)),
        at: None,
        person: number.to_owned(),
    };
    let answer = client.persons().get_person(request).await.unwrap();
    answer.into_inner().person.unwrap()
}

fn succeed(dir: &Path, into: &Path, evidence: &Evidence) -> Result<(), CliError> {
    let Evidence::Checkpoints(files) = evidence else {
        panic!("files were given");
    };
    let args = RestoreArgs {
        source: dir.to_owned(),
        dir: None,
        keys: None,
        confirm: false,
        checkpoint: files.clone(),
        new_origin: Some(SUCCESSOR.to_owned()),
        into: Some(into.to_owned()),
    };
    crate::processes::settle();
    commands::restore::run(&args, &mut Out::stdout(true))
}

/// The act of the record at a position, and its link.
fn act_at(registry: &TestRegistry, position: u64) -> [u8; 16] {
    let position = Position::new(position);
    let journal = &registry.registry().ledger(LedgerName::Events).journal;
    let frame = journal.read(position).unwrap().next_frame().unwrap();
    let frame = frame.unwrap();
    let parsed = frame.frame();
    let mut records = parsed.records();
    let record = records.find(|record| record.envelope.position == position);
    record.unwrap().envelope.act_id.to_bytes()
}

/// A registry whose newest backup is older than what an auditor has seen.
struct Lost {
    woman: String,
    child: String,
    /// Position of the record of a person who was erased.
    forgotten: u64,
    /// Records of the events ledger that the copy holds.
    held: u64,
    /// Records of it that were signed.
    theirs: u64,
    /// The act of each record that is held.
    acts: Vec<[u8; 16]>,
    /// What the auditor has seen.
    newer: Evidence,
    /// What came with the copy.
    own: Evidence,
    back: TempDir,
    old: TempDir,
    _backup: [TempDir; 2],
}

async fn lose_a_tail() -> Lost {
    let registry = started().await;
    let (to, keys) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let register = |born| Body::RegisterPerson(support::register(Sex::Female, born));
    let forgotten = record(&registry, "1399-01-01", register("1360-01-01")).await;
    let mother = record(&registry, "1399-01-01", register("1370-02-03")).await;
    let woman = mother.numbers[0].clone();
    let birth = support::birth("1401-07-15", Some(&woman), None);
    let child = record(&registry, "1401-07-15", Body::RegisterBirth(birth)).await;
    let office = registry.client(REGISTRAR).await;
    person(&office, &woman).await;
    drop(office);
    write(&registry, 40).await;
    let directory = registry.stop().await;
    erase(
        directory.path(),
        &forgotten.numbers[0],
        &[forgotten.position],
    );
    let registry = TestRegistry::serve(directory, Clock::fixed(NOW)).await;
    signed(&registry).await;
    let old = back_up(registry.dir(), to.path(), keys.path()).unwrap();
    let held = old.manifest.ledger(LedgerName::Events).size;
    let acts: Vec<[u8; 16]> = (0..held.get())
        .map(|position| act_at(&registry, position))
        .collect();
    write(&registry, 5).await;
    signed(&registry).await;
    let newer = checkpoints(registry.dir(), to.path());
    let theirs = registry.size(LedgerName::Events);
    let back = bring_back(to.path(), keys.path(), registry.dir());
    Lost {
        woman,
        child: child.numbers[0].clone(),
        forgotten: forgotten.position,
        held: held.get(),
        theirs,
        acts,
        newer,
        own: checkpoints(back.path(), keys.path()),
        back,
        old: registry.stop().await,
        _backup: [to, keys],
    }
}

/// It is refused with the range, and only then is there a successor.
fn take_its_place(lost: &Lost) -> TempDir {
    let config = Config::load(lost.back.path()).unwrap();
    let refused = restore::confirm(lost.back.path(), &config, &lost.newer).unwrap_err();
    assert!(matches!(refused, RestoreError::Lost(_)), "{refused}");
    let range = format!("records {} to {}", lost.held, lost.theirs - 1);
    assert!(refused.to_string().contains(&range), "{refused}");
    let into = TempDir::new().unwrap();
    let whole = succeed(lost.back.path(), into.path(), &lost.own).unwrap_err();
    assert!(
        matches!(
            whole,
            CliError::Restore(RestoreError::Succession(SuccessionError::Whole { .. }))
        ),
        "{whole}"
    );
    assert!(fs::read_dir(into.path()).unwrap().next().is_none());
    succeed(lost.back.path(), into.path(), &lost.newer).unwrap();
    assert!(
        restore::is_unconfirmed(lost.back.path(), REGISTRY).unwrap(),
        "nothing was signed there"
    );
    assert!(!restore::is_unconfirmed(into.path(), SUCCESSOR).unwrap());
    assert_eq!(
        zeroed(into.path()).into_iter().collect::<Vec<_>>(),
        [lost.forgotten + 1]
    );
    copy_tree(
        &lost.back.path().join("keys/authors"),
        &into.path().join("keys/authors"),
    );
    into
}

/// It serves: persons, families, who has looked; old positions have moved by one. Returns when an act was recorded.
async fn serve(into: TempDir, lost: &Lost) -> TempDir {
    let registry = TestRegistry::serve(into, Clock::fixed(NOW)).await;
    for (position, act) in (0..).zip(&lost.acts) {
        assert_eq!(act_at(&registry, position + 1), *act);
    }
    let office = registry.client(REGISTRAR).await;
    assert_eq!(person(&office, &lost.woman).await.number, lost.woman);
    let request = api::GetFamilyRequest {
        purpose: Some(purpose(REGISTRAR)),
        at: None,
        person: lost.child.clone(),
    };
    let family = office.persons().get_family(request).await.unwrap();
    let relatives = family.into_inner().relatives;
    assert_eq!(relatives[0].who, Some(support::party(&lost.woman)));
    let officer = registry.client(DATA_PROTECTION).await;
    let request = api::ListDisclosuresRequest {
        purpose: Some(purpose(DATA_PROTECTION)),
        person: lost.woman.clone(),
        consent_reference: String::new(),
    };
    let looked = officer.audit().list_disclosures(request).await.unwrap();
    let looked = looked.into_inner().entries;
    let before = |entry: &&api::DisclosureEntry| {
        let disclosure = entry.disclosure.as_ref();
        disclosure.is_some_and(|disclosure| disclosure.agency == REGISTRAR.agency)
    };
    assert!(
        looked.iter().any(|entry| before(&entry)),
        "the question from before is told"
    );
    let register = Body::RegisterPerson(support::register(Sex::Female, "1375-01-01"));
    let receipt = record(&registry, "1405-06-20", register).await;
    assert_eq!(receipt.origin, format!("{SUCCESSOR}/events"));
    assert!(lost.held < receipt.position);
    drop((office, officer));
    signed(&registry).await;
    registry.stop().await
}

/// Auditors with the new keys find it sound and read what was lost; the old keys verify its last checkpoint.
fn audit(new: &Path, lost: &Lost) {
    let report = support::verify(new);
    assert!(report.is_sound(), "{report}");
    let succession = &report.events.successions[0];
    assert_eq!(succession.registry, REGISTRY);
    assert_eq!(
        (succession.carried, succession.known),
        (lost.held, lost.theirs)
    );
    assert!(!succession.checkpoint_verified);
    let range = format!("LOST: old positions {} to {}", lost.held, lost.theirs - 1);
    assert!(report.to_string().contains(&range), "{report}");
    let published = |dir: &Path| {
        super::LedgerName::ALL.map(|ledger| {
            let name = format!("{ledger}.log.vkey");
            fs::read_to_string(dir.join("keys").join(name)).unwrap()
        })
    };
    let vkeys = [published(new), published(lost.old.path())].concat();
    let options = Options::new(
        Source::Directory(new.to_owned()),
        TrustedLogs::from_vkeys(vkeys.iter().map(String::as_str)).unwrap(),
    );
    let report = sabt_verifier::verify(&options).unwrap();
    assert!(report.is_sound(), "{report}");
    assert!(report.events.successions[0].checkpoint_verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_goes_on_under_a_new_name() {
    let lost = lose_a_tail().await;
    let into = take_its_place(&lost);
    let new = serve(into, &lost).await;
    audit(new.path(), &lost);
    no_other_succeeds(new.path());
}

/// What was confirmed needs no successor, and one of the same name is none.
fn no_other_succeeds(new: &Path) {
    let other = TempDir::new().unwrap();
    let config = Config::load(new).unwrap();
    let clock = Clock::fixed(NOW);
    let refused = restore::succeed(
        new,
        &config,
        ("it3.sabt.example", other.path()),
        None,
        &clock,
    );
    assert!(matches!(refused, Err(RestoreError::Confirmed { .. })));
    let refused = restore::succeed(new, &config, (SUCCESSOR, other.path()), None, &clock);
    assert!(matches!(
        refused,
        Err(RestoreError::Succession(SuccessionError::SameName { .. }))
    ));
}
