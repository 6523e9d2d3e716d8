//! A client in another language, made from the contract alone, against a registry that is being served.

use std::path::{Path, PathBuf};

use sabt_chain::LedgerName;
use sabt_cli::cast::{CIVIL_REGISTRY, REGISTRAR};
use sabt_cli::keys::Keys;
use sabt_cli::pki;
use sabt_domain::number::PersonNumber;
use sabt_server::clock::Clock;
use tempfile::TempDir;
use tokio::process::Command;

use crate::processes;
use crate::support::{self, NOW, REGISTRY, SEGMENT_BYTES, TestRegistry};

/// Runs a program to its end; returns what it printed.
async fn run(command: &mut Command) -> String {
    let output = processes::output(command).await.unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}: {}\n{error}",
        output.status
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The interpreter of the virtual environment, which is made if it is not there.
async fn interpreter() -> PathBuf {
    let environment = support::root().join("target/python");
    let python = environment.join("bin/python");
    let modules = "import grpc, grpc_tools, nacl, blake3";
    let ready = processes::output(Command::new(&python).args(["-c", modules])).await;
    if !ready.is_ok_and(|output| output.status.success()) {
        run(Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment))
        .await;
        run(Command::new(environment.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(support::root().join("tests/python/requirements.txt")))
        .await;
    }
    python
}

/// Stubs generated from the contract.
async fn stubs(python: &Path) -> TempDir {
    let stubs = TempDir::new().unwrap();
    let proto = support::root().join("proto");
    let mut command = Command::new(python);
    command.args(["-m", "grpc_tools.protoc", "-I"]).arg(&proto);
    for output in ["--python_out", "--grpc_python_out"] {
        command.arg(format!("{output}={}", stubs.path().display()));
    }
    for package in ["sabt/api/v1", "sabt/event/v1"] {
        for entry in std::fs::read_dir(proto.join(package)).unwrap() {
            command.arg(entry.unwrap().path());
        }
    }
    run(&mut command).await;
    stubs
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_made_from_the_contract_alone_submits_asks_and_follows() {
    let python = interpreter().await;
    let stubs = stubs(&python).await;
    let directory = TempDir::new().unwrap();
    support::establish(directory.path(), REGISTRY, SEGMENT_BYTES, Clock::fixed(NOW)).await;
    // The client dates its act by the clock of the machine.
    let registry = TestRegistry::serve(directory, Clock::system()).await;
    let before = registry.snapshot();

    let clients = pki::directory(registry.dir()).join("clients");
    let seed = Keys::of(registry.dir())
        .directory()
        .join("authors/registrar.key");
    let output = run(Command::new(&python)
        .arg(support::root().join("tests/python/client.py"))
        .arg(registry.server())
        .arg(registry.authority_stem().with_extension("pem"))
        .arg(clients.join(REGISTRAR.name))
        .arg(clients.join(CIVIL_REGISTRY.name))
        .arg(std::fs::read_to_string(seed).unwrap().trim())
        .arg(format!("{REGISTRY}/events"))
        .arg(support::TEHRAN)
        .env("STUBS", stubs.path()))
    .await;

    let told: serde_json::Value = serde_json::from_str(&output).unwrap();
    let number: PersonNumber = told["number"].as_str().unwrap().parse().unwrap();
    assert_eq!(number.to_string().len(), 12);
    let events = registry.size(LedgerName::Events);
    assert_eq!(told["records"], events);
    assert_eq!(events, before.events + 1);
    // The purpose of the civil registry covers who the person is; governance records have no subject to tell about.
    assert_eq!(told["contents"], 1);
    // One answer, one refusal, one page of the feed with content.
    assert_eq!(
        registry.size(LedgerName::Disclosures),
        before.disclosures + 3
    );
    drop(registry.stop().await);
}
