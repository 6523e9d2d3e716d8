use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use sabt_chain::LedgerName;
use sabt_domain::access::{Matrix, Role};
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::registry::Registry;

use crate::cast::{CAST, everybody, signers};
use crate::client::Credentials;
use crate::error::CliError;
use crate::establish::{Enrol, Plan, check_vacant, establish, inventory};
use crate::exit::Exit;
use crate::keys::Keys;

const REGISTRY: &str = "test.example/sabt";

fn plan(dir: &Path, enrol: Enrol) -> Plan<'_> {
    let listen = "127.0.0.1:0".parse().unwrap();
    Plan {
        dir,
        registry: REGISTRY,
        listen,
        metrics: None,
        enrol,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_registry_can_be_used_at_once() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("registry");
    let made = establish(&plan(&dir, Enrol::Cast)).await.unwrap();
    assert_eq!(made.agencies, CAST.len());
    assert_eq!(made.keys, signers().count());
    for player in everybody() {
        Credentials::from_directory(&dir, player.name).unwrap();
    }
    for author in signers() {
        Keys::of(&dir).author(author.name).unwrap();
    }
    for (path, what) in inventory(&dir) {
        let starred = path.to_string_lossy().contains('*');
        assert!(starred || path.exists(), "{} ({what})", path.display());
    }
    assert_private(&dir);

    // Opened again, it knows whom it has enrolled.
    let config = Config::load(&dir).unwrap();
    let registry = Registry::open(&dir, &config, Clock::system()).unwrap();
    let enrolment = registry.enrolment();
    assert_eq!(
        hex::encode(enrolment.founding().unwrap().registry.governance_key.0),
        made.governance_key
    );
    assert_eq!(enrolment.agencies().count(), CAST.len());
    assert_eq!(enrolment.offices().count(), made.offices);
    assert!(
        enrolment
            .agencies()
            .any(|agency| agency.roles.contains(&Role::Governance))
    );
    let policy = enrolment.policy().unwrap();
    assert_eq!(policy.edition, Matrix::newest().edition());
    drop(enrolment);
    registry.close();

    let again = establish(&plan(&dir, Enrol::Cast)).await.unwrap_err();
    assert!(matches!(again, CliError::NotEmpty { .. }));
    assert_eq!(again.exit(), Exit::Usage);
    assert!(again.to_string().contains("sabt serve"), "{again}");
}

/// Secrets are readable by their owner alone; what is to be published by everybody.
fn assert_private(dir: &Path) {
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let keys = dir.join("keys");
    for name in [
        "events.log.key",
        "governance.key",
        "master.key",
        "authors/registrar.key",
        "tls/ca.key",
    ] {
        assert_eq!(mode(&keys.join(name)), 0o600, "{name}");
    }
    for ledger in LedgerName::ALL {
        assert_eq!(mode(&Keys::of(dir).log_key(ledger)), 0o644);
    }
    assert_eq!(mode(dir), 0o700);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_registry_enrols_those_who_enrol_others() {
    let home = tempfile::tempdir().unwrap();
    let made = establish(&plan(home.path(), Enrol::Governance))
        .await
        .unwrap();
    assert_eq!((made.agencies, made.offices, made.keys), (1, 0, 0));
    assert_eq!(made.clients, ["governance"]);
    Keys::of(home.path()).author("governance").unwrap();
    Keys::of(home.path()).author("registrar").unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_cannot_stand_in_an_origin_makes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("registry");
    let plan = Plan {
        registry: "two words",
        ..plan(&dir, Enrol::Cast)
    };
    assert_eq!(establish(&plan).await.unwrap_err().exit(), Exit::Usage);
    assert!(!dir.exists());
}

#[test]
fn only_an_empty_directory_is_vacant() {
    let home = tempfile::tempdir().unwrap();
    check_vacant(home.path()).unwrap();
    check_vacant(&home.path().join("missing")).unwrap();
    std::fs::create_dir(home.path().join("something")).unwrap();
    check_vacant(home.path()).unwrap_err();
}
