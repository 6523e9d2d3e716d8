//! A kill between each step of an erasure, and while the next start finishes it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sabt_chain::{LedgerName, Origin};
use sabt_journal::{FileJournal, Options};
use sabt_proto::api::v1 as api;
use sabt_server::clock::Clock;
use sabt_server::registry::Layout;
use sabt_vault::Vault;
use sabt_vault::secrets::KeyRing;
use sabt_views::Rebuild;
use sabt_views::store::{FjallOptions, FjallStore};
use tempfile::TempDir;
use tokio::time::timeout;

use super::scan::Needles;
use super::world::{Office, sealed};
use super::{SEGMENT_BYTES, assert_nothing_found, assert_sound, assert_views_are_a_rebuild};
use crate::crash::process::Server;
use crate::support::{self, REGISTRY, TestRegistry, approved, order};
use crate::synthetic::{fold_all, refusal_reason};

/// Every step, in order.
const STEPS: [&str; 6] = [
    "erase.before_record",
    "erase.recorded",
    "erase.key_destroyed",
    "erase.overwritten",
    "erase.folded",
    "erase.forgotten",
];

/// Those that a start passes again when it finishes what a kill left.
const RESUMED: [&str; 3] = ["erase.recorded", "erase.key_destroyed", "erase.overwritten"];

/// Longest that a process may take to die.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is known of a person before they are erased.
struct Target {
    number: String,
    positions: u64,
    request: api::EraseRequest,
    needles: Needles,
}

/// Registers somebody, and orders to erase them.
async fn target(registry: &TestRegistry) -> Target {
    let desk = super::office(registry).await;
    let number = desk.somebody().await;
    let moved = desk.submit("1402-05-01", super::world::moved(&number));
    moved.await.unwrap();
    let positions = desk.retention(&number).await.unwrap().positions;
    let mut needles = Needles::default();
    for (payload, position) in sealed(registry.registry(), &positions)
        .iter()
        .zip(&positions)
    {
        needles.add_windows(&format!("payload of {position}"), payload);
    }
    let now = registry.clock().now_micros();
    let (order, case) = order(registry.dir(), &number, &positions, now);
    Target {
        request: approved(registry.dir(), &order, &case),
        positions: positions.len() as u64,
        number,
        needles,
    }
}

/// Hands an order in to a server that kills itself at a step; nobody is told.
async fn killed_at(dir: &Path, target: &Target, step: &str) {
    let server = Server::start(dir, Some(&format!("{step}:1"))).await;
    let desk = Office::open(dir, &server.addr.to_string(), &Clock::system()).await;
    let status = desk.erase(target.request.clone()).await.unwrap_err();
    assert_eq!(refusal_reason(&status), None, "{step}: {status}");
    server.died().await;
}

/// A start that is killed at a step dies before it serves.
async fn start_killed_at(dir: &Path, step: &str) {
    use std::os::unix::process::ExitStatusExt as _;
    let mut child = Server::spawn(dir, Some(&format!("{step}:1")));
    let status = timeout(PATIENCE, child.wait()).await.unwrap().unwrap();
    assert_eq!(status.signal(), Some(9), "{step}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_between_the_steps_of_an_erasure() {
    let clock = Clock::system();
    let mut directory = TempDir::new().unwrap();
    support::establish(directory.path(), REGISTRY, SEGMENT_BYTES, clock.clone()).await;
    for step in STEPS {
        let registry = TestRegistry::serve(directory, clock.clone()).await;
        let target = target(&registry).await;
        directory = registry.stop().await;
        let dir = directory.path();
        killed_at(dir, &target, step).await;
        let recorded = step != "erase.before_record";
        if step == "erase.recorded" {
            for step in RESUMED {
                start_killed_at(dir, step).await;
            }
        }
        if step == "erase.key_destroyed" {
            // A rebuild of the views instead of a start finishes it as well.
            assert_views_are_a_rebuild(dir);
        }
        // The next start finishes it before anybody is served.
        let registry = TestRegistry::serve(directory, clock.clone()).await;
        let desk = super::office(&registry).await;
        assert_eq!(
            desk.person(&target.number).await.is_err(),
            recorded,
            "{step}"
        );
        if recorded {
            assert_nothing_found(&target.needles, registry.dir());
        }
        // Whoever was not told asks again, and is told the truth.
        let answer = desk.erase(target.request.clone()).await.unwrap();
        assert_eq!(answer.erased, target.positions, "{step}");
        assert_eq!(answer.receipt.unwrap().repeated, recorded, "{step}");
        desk.person(&target.number).await.unwrap_err();
        assert_nothing_found(&target.needles, registry.dir());
        directory = registry.stop().await;
        assert_sound(directory.path());
    }
    assert_views_are_a_rebuild(directory.path());
    assert_sound(directory.path());
}

/// Leaves views for the next start that have folded everything, whether it was signed or not.
fn fold_for_the_next_start(dir: &Path) {
    crate::processes::settle();
    let layout = Layout::new(dir);
    let ring = KeyRing::open(&layout.keys()).unwrap();
    let vault = Arc::new(Vault::open(&layout.vault(), REGISTRY, ring).unwrap());
    let store = FjallStore::open(&layout.views_next(), FjallOptions::default()).unwrap();
    let mut rebuild = Rebuild::begin(Box::new(store), vault, REGISTRY).unwrap();
    for ledger in LedgerName::ALL {
        let options = Options {
            segment_bytes: SEGMENT_BYTES,
            ..Options::default()
        };
        let origin = Origin::new(REGISTRY, ledger).unwrap();
        let journal = FileJournal::open(&layout.ledger(ledger), &origin, &options).unwrap();
        fold_all(&mut rebuild, ledger, &journal);
    }
    drop(rebuild.finish().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_that_have_folded_an_erasure_do_not_keep_it_from_being_carried_out() {
    let clock = Clock::system();
    let directory = TempDir::new().unwrap();
    support::establish(directory.path(), REGISTRY, SEGMENT_BYTES, clock.clone()).await;
    let registry = TestRegistry::serve(directory, clock.clone()).await;
    let target = target(&registry).await;
    let directory = registry.stop().await;
    killed_at(directory.path(), &target, "erase.recorded").await;
    fold_for_the_next_start(directory.path());
    let registry = TestRegistry::serve(directory, clock).await;
    assert!(!Layout::new(registry.dir()).views_next().exists());
    let desk = super::office(&registry).await;
    desk.person(&target.number).await.unwrap_err();
    assert_nothing_found(&target.needles, registry.dir());
    let directory = registry.stop().await;
    assert_sound(directory.path());
    assert_views_are_a_rebuild(directory.path());
}
