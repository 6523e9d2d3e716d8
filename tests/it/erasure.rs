//! Erasure: two officers order it, and nothing of the person is left in any file; everything else goes on.

mod beside;
mod biometrics;
mod cases;
mod claims;
mod crash;
mod due;
mod refused;
mod scan;
mod world;

use std::fs;
use std::path::Path;

use sabt_chain::LedgerName;
use sabt_cli::args::{
    ConnectArgs, EraseApproveArgs, EraseArgs, EraseCarryOutArgs, EraseCommand, EraseDueArgs,
    EraseListArgs, EraseProposeArgs, EraseShowArgs, ExportArgs, GroundArg,
};
use sabt_cli::cast::{AUDITOR, DATA_PROTECTION, Player};
use sabt_cli::commands::{erase, export};
use sabt_cli::erasures;
use sabt_cli::out::Out;
use sabt_domain::number::PersonNumber;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{AnnulAct, RegisterDivorce, RemoveHouseholdMember};
use sabt_server::backup::{self, KeysTo};
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::registry::{self, Layout, Registry};
use sabt_vault::Vault;
use sabt_vault::numbers::NumberKind;
use sabt_vault::ordinal::SubjectOrdinal;
use sabt_vault::secrets::KeyRing;
use sabt_vault::slots::SlotState;
use sabt_views::store::StoreDigest;
use tempfile::TempDir;
use tonic_types::StatusExt as _;

use self::scan::Needles;
use self::world::{Family, Office, acts_about, sealed, texts};
use crate::support::{self, NOW, REGISTRY, TestRegistry, approved, order, party};
use crate::synthetic::refusal_reason;

/// Small, so that what is about one person stands in several segments.
const SEGMENT_BYTES: u64 = 64 * 1024;
/// Bytes of the key file before its first slot and of a slot (`sabt_vault::slots`).
const SLOT_BYTES: usize = 64;
/// Persons who are registered between two acts of the family, so that segments fill.
const BETWEEN: usize = 160;

async fn started(clock: Clock) -> TestRegistry {
    let directory = TempDir::new().unwrap();
    support::establish(directory.path(), REGISTRY, SEGMENT_BYTES, clock.clone()).await;
    TestRegistry::serve(directory, clock).await
}

async fn office(registry: &TestRegistry) -> Office {
    Office::open(registry.dir(), &registry.server(), registry.clock()).await
}

fn back_up(dir: &Path, to: &Path) {
    let config = Config::load(dir).unwrap();
    let keys = KeysTo::Directory(&to.join("keys-of-it"));
    fs::create_dir_all(to).unwrap();
    backup::backup(dir, &config, &to.join("backup"), keys, &Clock::fixed(NOW)).unwrap();
}

fn silent() -> Out {
    Out::to(Box::new(std::io::sink()), true)
}

fn connect(registry: &TestRegistry, caller: Player) -> ConnectArgs {
    ConnectArgs {
        dir: registry.dir().to_owned(),
        server: Some(registry.server()),
        registry: Some(REGISTRY.to_owned()),
        caller: Some(caller.name.to_owned()),
    }
}

async fn exported(registry: &TestRegistry, out: &Path) {
    for tiles in [false, true] {
        let args = ExportArgs {
            out: out.join(if tiles { "tiles" } else { "frames" }),
            tiles,
            connect: connect(registry, AUDITOR),
        };
        Box::pin(export::run(&args, &mut silent())).await.unwrap();
    }
}

/// Waits until everything that stands now is signed and published.
async fn published(registry: &TestRegistry) {
    for ledger in LedgerName::ALL {
        let size = registry.size(ledger);
        let path = registry.dir().join(ledger.as_str()).join("checkpoint");
        support::until("a checkpoint over everything", async || {
            let note = fs::read_to_string(&path).ok()?;
            let covered: u64 = note.lines().nth(1)?.parse().ok()?;
            (size <= covered).then_some(())
        })
        .await;
    }
}

fn assert_sound(dir: &Path) {
    let report = support::verify(dir);
    assert!(report.is_sound(), "{report}");
}

/// The vault of a closed registry, and whom a person is there.
fn vault_of(dir: &Path, person: &str) -> (Vault, SubjectOrdinal) {
    let layout = Layout::new(dir);
    let ring = KeyRing::open(&layout.keys()).unwrap();
    let vault = Vault::open(&layout.vault(), REGISTRY, ring).unwrap();
    let serial = person.parse::<PersonNumber>().unwrap().serial();
    let ordinal = vault.numbering().ordinal(NumberKind::Person, serial);
    (vault, ordinal.unwrap())
}

/// The bytes of a person's slot in the key file of a closed registry, and whether a key is in it.
fn slot(dir: &Path, person: &str) -> (Vec<u8>, SlotState) {
    let (vault, ordinal) = vault_of(dir, person);
    let state = vault.state(ordinal).unwrap();
    drop(vault);
    let bytes = fs::read(Layout::new(dir).vault().join(sabt_vault::SUBJECT_KEYS_FILE)).unwrap();
    (bytes, state)
}

/// The key itself, which stands in no file at any time: wherever it is found, it has leaked.
fn add_key(needles: &mut Needles, dir: &Path, person: &str) {
    let (vault, ordinal) = vault_of(dir, person);
    let key = vault.reveal(ordinal).unwrap();
    needles.add("plain key", key.expose());
    needles.add("plain key in hexadecimal", hex(key.expose()).as_bytes());
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The slots in which two versions of a key file differ.
fn changed_slots(before: &[u8], after: &[u8]) -> Vec<Vec<u8>> {
    let pairs = before.chunks(SLOT_BYTES).zip(after.chunks(SLOT_BYTES));
    pairs
        .filter(|(before, after)| before != after)
        .map(|(before, _)| before.to_vec())
        .collect()
}

fn digest(dir: &Path) -> StoreDigest {
    crate::processes::settle();
    let registry = Registry::open(dir, &Config::load(dir).unwrap(), Clock::fixed(NOW)).unwrap();
    let digest = registry.views().digest().unwrap();
    registry.close();
    digest
}

/// The views of a closed registry are those that folding anew gives.
fn assert_views_are_a_rebuild(dir: &Path) {
    let before = digest(dir);
    registry::rebuild(dir, &Config::load(dir).unwrap(), &mut |_, _| ()).unwrap();
    assert_eq!(digest(dir), before);
}

fn assert_nothing_found(needles: &Needles, directory: &Path) {
    let found = needles.found_below(directory);
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::too_many_lines,
    reason = "one story, from the control to the last scan"
)]
async fn what_is_erased_is_found_nowhere_and_both_ledgers_verify() {
    let registry = started(Clock::fixed(NOW)).await;
    let desk = office(&registry).await;
    let family = desk.family().await;
    for _ in 0..BETWEEN {
        desk.somebody().await;
    }
    desk.submit("1403-01-01", world::moved(&family.husband))
        .await
        .unwrap();
    desk.ask_about(&family.husband).await;
    let retention = desk.retention(&family.husband).await.unwrap();
    let payloads = sealed(registry.registry(), &retention.positions);
    published(&registry).await;
    let before = TempDir::new().unwrap();
    back_up(registry.dir(), before.path());
    let clock = registry.clock().clone();
    let directory = registry.stop().await;
    assert_sound(directory.path());
    let (keys_before, state) = slot(directory.path(), &family.husband);
    assert_eq!(state, SlotState::Live);
    let mut plain_key = Needles::default();
    add_key(&mut plain_key, directory.path(), &family.husband);
    for dir in [directory.path(), before.path()] {
        assert_nothing_found(&plain_key, dir);
    }

    // What is looked for; the control finds all that is sealed, in the registry and in the backup before.
    let mut sealed_bytes = Needles::default();
    for (payload, position) in payloads.iter().zip(&retention.positions) {
        sealed_bytes.add_windows(&format!("payload of {position}"), payload);
    }
    let found_before = |dir: &Path| {
        let mut found: Vec<String> = sealed_bytes
            .found_below(dir)
            .into_iter()
            .map(|one| one.what)
            .collect();
        found.sort();
        found.dedup();
        found.len()
    };
    assert_eq!(
        found_before(&directory.path().join("events")),
        payloads.len()
    );
    assert_eq!(
        found_before(&directory.path().join("views")),
        payloads.len()
    );
    assert_eq!(found_before(before.path()), payloads.len());
    let segments: std::collections::BTreeSet<_> = sealed_bytes
        .found_below(&directory.path().join("events"))
        .into_iter()
        .map(|one| one.file)
        .collect();
    assert!(1 < segments.len(), "the records stand in several segments");

    let registry = TestRegistry::serve(directory, clock).await;
    let desk = office(&registry).await;
    let (order, case) = order(registry.dir(), &family.husband, &retention.positions, NOW);
    let request = approved(registry.dir(), &order, &case);
    let answer = desk.erase(request.clone()).await.unwrap();
    assert_eq!(answer.erased, payloads.len() as u64);
    let receipt = answer.receipt.unwrap();
    assert!(!receipt.repeated);

    // At once, while the registry serves.
    texts(&mut sealed_bytes, &family.husband);
    let needles = sealed_bytes;
    assert_nothing_found(&needles, registry.dir());
    published(&registry).await;
    let after = TempDir::new().unwrap();
    back_up(registry.dir(), &after.path().join("copy"));
    exported(&registry, after.path()).await;
    assert_nothing_found(&needles, after.path());
    assert_nothing_found(&plain_key, after.path());
    // The same order again is the same erasure.
    let again = desk.erase(request).await.unwrap().receipt.unwrap();
    assert_eq!(
        again,
        api::Receipt {
            repeated: true,
            ..receipt
        }
    );

    let directory = registry.stop().await;
    assert_sound(directory.path());
    let (keys_after, state) = slot(directory.path(), &family.husband);
    assert_eq!(state, SlotState::Destroyed);
    let changed = changed_slots(&keys_before, &keys_after);
    assert_eq!(
        changed.len(),
        1,
        "one key was destroyed and no other touched"
    );
    let mut wrapped = Needles::default();
    wrapped.add_windows("wrapped key", &changed[0]);
    for dir in [directory.path(), after.path()] {
        let found = wrapped.found_below(dir);
        // Every slot begins alike; what is left of this one is that it was one.
        let secret = found
            .iter()
            .filter(|one| !one.file.ends_with(sabt_vault::SUBJECT_KEYS_FILE));
        assert_eq!(secret.count(), 0);
    }
    assert_nothing_found(&needles, directory.path());
    assert_nothing_found(&plain_key, directory.path());
    assert_views_are_a_rebuild(directory.path());
    assert_nothing_found(&needles, directory.path());
    assert_sound(directory.path());
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one family, before and after")]
async fn whoever_was_erased_is_unknown_and_relatives_go_on() {
    let registry = started(Clock::fixed(NOW)).await;
    let desk = office(&registry).await;
    let Family {
        husband,
        wife,
        household,
        marriage: married,
    } = desk.family().await;
    desk.ask_about(&husband).await;
    assert_eq!((desk.find_passport().await, desk.find_name().await), (1, 1));
    let looked = desk.who_looked(&husband).await.unwrap();
    let retention = desk.retention(&husband).await.unwrap();
    assert!(
        retention
            .retentions
            .iter()
            .any(|row| row.field_group == "VITAL_EVENTS" && row.state == "KEPT")
    );
    let (order, case) = order(registry.dir(), &husband, &retention.positions, NOW);
    desk.erase(approved(registry.dir(), &order, &case))
        .await
        .unwrap();

    // Nobody is found, and nobody tells that there was somebody.
    assert_eq!((desk.find_passport().await, desk.find_name().await), (0, 0));
    let reason = |status: &tonic::Status| refusal_reason(status).unwrap();
    let never = "100000000007";
    let (gone, unknown) = (
        desk.person(&husband).await.unwrap_err(),
        desk.person(&unused(never)).await.unwrap_err(),
    );
    assert_eq!(reason(&gone), "UNKNOWN_PERSON");
    let details = |status: &tonic::Status| status.get_details_error_info().unwrap().metadata;
    assert_eq!(
        (gone.code(), gone.message(), details(&gone)),
        (unknown.code(), unknown.message(), details(&unknown))
    );
    assert_eq!(
        reason(&desk.retention(&husband).await.unwrap_err()),
        "UNKNOWN_PERSON"
    );
    // Who had looked stays known: an erasure destroys no evidence of misuse.
    assert!(looked < desk.who_looked(&husband).await.unwrap());

    // Nothing more is recorded about them, and the refusal names the rule.
    let events = registry.size(LedgerName::Events);
    for body in acts_about(&husband, &wife) {
        let status = desk.submit("1403-02-01", body).await.unwrap_err();
        assert_eq!(reason(&status), "SUBJECT_ERASED", "{status}");
        let rule = &status.get_details_error_info().unwrap().metadata["rule"];
        assert!(rule.contains("design:4 erasure"), "{rule}");
    }
    assert_eq!(registry.size(LedgerName::Events), events);

    // The wife's own facts are hers: her marriage, its end, her household, its correction.
    let relatives = desk.family_of(&wife).await.relatives;
    assert!(
        relatives
            .iter()
            .any(|one| one.relation == "spouse" && one.name.is_none())
    );
    let leave = Body::RemoveHouseholdMember(RemoveHouseholdMember {
        household,
        person: husband.clone(),
        reason: sabt_proto::event::v1::MemberRemovalReason::Moved.into(),
    });
    desk.submit("1403-03-01", leave).await.unwrap();
    let divorce = Body::RegisterDivorce(RegisterDivorce {
        husband: Some(party(&husband)),
        wife: Some(party(&wife)),
        kind: sabt_proto::event::v1::DivorceKind::Irrevocable.into(),
        deed_number: "T-1".to_owned(),
        custody: Vec::new(),
    });
    let divorced = desk.submit("1403-04-01", divorce).await.unwrap();
    assert_eq!(divorced.parts, 1);
    for target in [divorced.act_id, married] {
        let annul = Body::AnnulAct(AnnulAct {
            target_act_id: target,
            reason: "recorded by mistake".to_owned(),
        });
        assert_eq!(desk.submit("1403-05-01", annul).await.unwrap().parts, 1);
    }
    assert!(desk.family_of(&wife).await.relatives.is_empty());
    let directory = registry.stop().await;
    assert_views_are_a_rebuild(directory.path());
    assert_sound(directory.path());
}

/// A number with a right check digit that was never given: its last digit is tried.
fn unused(prefix: &str) -> String {
    let stem = &prefix[..11];
    let numbers = (0..10).map(|digit| format!("{stem}{digit}"));
    let mut valid = numbers.filter(|number| number.parse::<PersonNumber>().is_ok());
    valid.next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one order, from hand to hand")]
async fn two_officers_erase_from_the_command_line() {
    let registry = started(Clock::system()).await;
    let desk = office(&registry).await;
    let number = desk.somebody().await;
    // Asked so that the answer waits for the record: the commands ask for what is folded.
    desk.person(&number).await.unwrap();
    let dir = registry.dir().to_owned();
    let run = async |command: EraseCommand| {
        let mut out = silent();
        Box::pin(erase::run(&EraseArgs { command }, &mut out)).await
    };
    let due = || {
        EraseCommand::Due(EraseDueArgs {
            number: Some(number.clone()),
            household: None,
            service_case: None,
            claims: false,
            group: None,
            after: None,
            pages: 1,
            case: "E-7".to_owned(),
            connect: connect(&registry, DATA_PROTECTION),
        })
    };
    run(due()).await.unwrap();
    let propose = EraseProposeArgs {
        number: Some(number.clone()),
        household: None,
        service_case: None,
        claim: None,
        biometric: None,
        ground: GroundArg::CourtOrder,
        legal_basis: "judgment 12/1405".to_owned(),
        permit: "P-12".to_owned(),
        case: "E-7".to_owned(),
        approver: "G6001".to_owned(),
        approver_agency: "GOVERNANCE".to_owned(),
        approver_key: None,
        officer: None,
        agency: None,
        days: 7,
        author: None,
        connect: connect(&registry, DATA_PROTECTION),
    };
    run(EraseCommand::Propose(propose)).await.unwrap();
    let (kept, more) = erasures::list(&dir).unwrap();
    assert!(kept.len() == 1 && !more);
    let path = kept[0].path.clone();
    let carry_out = || {
        EraseCommand::CarryOut(EraseCarryOutArgs {
            order: path.clone(),
            author: None,
            connect: connect(&registry, DATA_PROTECTION),
        })
    };
    // One signature is not enough, and the wrong key signs nothing.
    let refused = run(carry_out()).await.unwrap_err();
    assert!(
        refused.to_string().contains("lacks a signature"),
        "{refused}"
    );
    let approve = |author: &str| {
        EraseCommand::Approve(EraseApproveArgs {
            order: path.clone(),
            author: author.to_owned(),
            dir: dir.clone(),
        })
    };
    let refused = run(approve("registrar")).await.unwrap_err();
    assert!(
        refused.to_string().contains("does not name the key"),
        "{refused}"
    );
    run(approve("governance")).await.unwrap();
    run(EraseCommand::Show(EraseShowArgs {
        order: path.clone(),
    }))
    .await
    .unwrap();
    run(carry_out()).await.unwrap();
    // What named the person is gone, and the receipt stands in its place.
    assert!(!path.exists() && path.with_extension("erased").exists());
    run(EraseCommand::List(EraseListArgs { dir: dir.clone() }))
        .await
        .unwrap();
    let mut needles = Needles::default();
    needles.add("number", number.as_bytes());
    assert_nothing_found(&needles, &dir);
    run(due()).await.unwrap_err();
    let directory = registry.stop().await;
    assert_sound(directory.path());
}
