//! Views that are folded anew while the registry is served.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::registry::{self, Layout, RegistryError};
use sabt_vault::Vault;
use sabt_vault::secrets::KeyRing;
use sabt_views::Rebuild;
use sabt_views::store::{FjallOptions, FjallStore};
use tempfile::TempDir;

use super::{assert_views_are_a_rebuild, digest, office, published, started};
use crate::support::{NOW, REGISTRY, TestRegistry, approved, order};

/// Folds the views of a served registry anew; `seen` is told after every portion.
async fn fold_beside(
    registry: &TestRegistry,
    seen: impl FnMut(u64, u64) + Send + 'static,
) -> Result<(), RegistryError> {
    let dir = registry.dir().to_owned();
    let mut seen = seen;
    let folding = tokio::task::spawn_blocking(move || {
        registry::rebuild_beside(&dir, &Config::load(&dir).unwrap(), &mut seen)
    });
    folding.await.unwrap()
}

/// Something in the directory of the views that are served, which goes with them.
fn mark(layout: &Layout) -> PathBuf {
    let mark = layout.views().join("mark");
    fs::create_dir(&mark).unwrap();
    mark
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_start_takes_up_what_was_folded_beside_a_served_registry() {
    let registry = started(Clock::fixed(NOW)).await;
    let desk = office(&registry).await;
    let family = desk.family().await;
    desk.ask_about(&family.husband).await;
    published(&registry).await;
    let (events, disclosures) = (
        registry.size(sabt_chain::LedgerName::Events),
        registry.size(sabt_chain::LedgerName::Disclosures),
    );
    let (told, telling) = std::sync::mpsc::channel();
    fold_beside(&registry, move |folded, _total| told.send(folded).unwrap())
        .await
        .unwrap();
    assert!(events + disclosures <= telling.iter().max().unwrap());
    // The registry is served as before, and what comes now is not in it.
    desk.somebody().await;
    desk.ask_about(&family.wife).await;
    let directory = registry.stop().await;
    let layout = Layout::new(directory.path());
    assert!(layout.views_next().exists());
    let mark = mark(&layout);
    let served = digest(directory.path());
    assert!(!mark.exists() && !layout.views_next().exists());
    assert_views_are_a_rebuild(directory.path());
    assert_eq!(digest(directory.path()), served);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_takes_away_what_was_folded_beside_before_it() {
    let clock = Clock::fixed(NOW);
    let registry = started(clock).await;
    let desk = office(&registry).await;
    let family = desk.family().await;
    published(&registry).await;
    fold_beside(&registry, |_, _| {}).await.unwrap();
    let layout = Layout::new(registry.dir());
    assert!(layout.views_next().exists());
    let retention = desk.retention(&family.husband).await.unwrap();
    let (order, case) = order(registry.dir(), &family.husband, &retention.positions, NOW);
    let request = approved(registry.dir(), &order, &case);
    desk.erase(request).await.unwrap();
    assert!(!layout.views_next().exists());
    published(&registry).await;
    // The same happens to what is still being folded.
    let under_way = layout.clone();
    let gone = fold_beside(&registry, move |_, _| {
        if under_way.views_rebuilding().exists() {
            fs::remove_dir_all(under_way.views_rebuilding()).unwrap();
        }
    })
    .await;
    assert!(matches!(gone, Err(RegistryError::Discarded)), "{gone:?}");
    assert!(!layout.views_next().exists());
    // Where there is nothing to fold, that is what is said.
    let nowhere = TempDir::new().unwrap();
    let config = Config::load(registry.dir()).unwrap();
    let refused = registry::rebuild_beside(nowhere.path(), &config, &mut |_, _| {});
    assert!(
        matches!(refused, Err(RegistryError::Secrets(_))),
        "{refused:?}"
    );
    // Afterwards it can be folded again, without the person.
    fold_beside(&registry, |_, _| {}).await.unwrap();
    let directory = registry.stop().await;
    digest(directory.path());
    assert_views_are_a_rebuild(directory.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn views_beside_that_are_not_whole_are_removed_and_the_old_ones_serve() {
    let registry = started(Clock::fixed(NOW)).await;
    office(&registry).await.family().await;
    let directory = registry.stop().await;
    let layout = Layout::new(directory.path());
    let before = digest(directory.path());
    let ring = KeyRing::open(&layout.keys()).unwrap();
    let vault = Arc::new(Vault::open(&layout.vault(), REGISTRY, ring).unwrap());
    let store = FjallStore::open(&layout.views_next(), FjallOptions::default()).unwrap();
    drop(Rebuild::begin(Box::new(store), vault, REGISTRY).unwrap());
    assert_eq!(digest(directory.path()), before);
    assert!(!layout.views_next().exists());
}
