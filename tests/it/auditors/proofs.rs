//! Receipts turn into proofs that are verified offline.

use std::path::Path;

use prost::Message as _;
use sabt_chain::checkpoint::UnverifiedCheckpoint;
use sabt_chain::note::TrustedKeys;
use sabt_chain::tlog_proof::{ProvenRecord, TlogProof};
use sabt_chain::{Chain, Digest, Kind, LedgerName, Link, Origin, Position};
use sabt_cli::args::ProveArgs;
use sabt_cli::cast::{POLICE, REGISTRAR};
use sabt_cli::client::Client;
use sabt_cli::commands::{prove, submit};
use sabt_cli::keys::Keys;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{Anchor, Sex};
use tempfile::TempDir;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{connect, grow, served, silent};
use crate::support::{self, REGISTRY, TestRegistry};

fn trusted(registry: &TestRegistry) -> TrustedKeys {
    let keys = LedgerName::ALL.map(|ledger| {
        let vkey = std::fs::read_to_string(Keys::of(registry.dir()).log_key(ledger));
        vkey.unwrap().trim().parse().unwrap()
    });
    TrustedKeys::new(keys).unwrap()
}

/// What an auditor does with a file, without the registry.
fn verified(file: &[u8], keys: &TrustedKeys) -> ProvenRecord {
    let proof = TlogProof::parse(file).unwrap();
    proof.verify_record(keys, None).unwrap()
}

fn link(name: LedgerName, file: &[u8]) -> Link {
    let chain = Chain::new(&Origin::new(REGISTRY, name).unwrap());
    chain.link(&TlogProof::parse(file).unwrap().extra.unwrap())
}

/// How often a proof is asked for; each time the registry waits for it.
const ASKED_MAX: u32 = 3;

async fn ask(
    client: &Client,
    request: &api::AwaitProofRequest,
) -> Result<api::AwaitProofResponse, Status> {
    let mut asked = 0;
    loop {
        asked += 1;
        match client.registry().await_proof(request.clone()).await {
            Err(status) if reason(&status) == "PROOF_NOT_READY" && asked < ASKED_MAX => {}
            outcome => return outcome.map(tonic::Response::into_inner),
        }
    }
}

fn reason(status: &Status) -> String {
    let info = status.get_details_error_info();
    info.map(|info| info.reason).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_receipt_gets_a_proof() {
    let registry = served(86_400).await;
    let client = registry.client(REGISTRAR).await;
    let author = registry.author("registrar");
    let keys = trusted(&registry);
    for _act in 0..3 {
        let body = support::register(Sex::Female, "1380-01-01");
        let act = support::act("1404-01-01", Body::RegisterPerson(body));
        let receipt = registry.submit(&client, &author, &act).await.unwrap();
        let request = api::AwaitProofRequest {
            origin: receipt.origin,
            position: receipt.position + u64::from(receipt.parts) - 1,
            link: receipt.link.clone(),
            anchored: false,
        };
        let before = registry.size(LedgerName::Disclosures);
        // Another agency may ask too: it knows the link.
        let police = registry.client(POLICE).await;
        for client in [&client, &police] {
            let response = ask(client, &request).await.unwrap();
            assert!(response.anchor.is_none());
            let file = response.proof.as_bytes();
            let record = verified(file, &keys);
            assert_eq!(record.envelope.position.get(), request.position);
            let link = link(LedgerName::Events, file);
            assert_eq!(link.as_bytes().as_slice(), receipt.link);
        }
        assert_eq!(registry.size(LedgerName::Disclosures), before);
    }
    drop((client, registry.stop().await));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_know_the_link_learns_nothing() {
    let registry = served(86_400).await;
    grow(&registry, 40).await;
    let client = registry.client(REGISTRAR).await;
    let (events, disclosures) = (
        format!("{REGISTRY}/events"),
        format!("{REGISTRY}/disclosures"),
    );
    let request = |origin: &str, position, link: Vec<u8>, anchored| api::AwaitProofRequest {
        origin: origin.to_owned(),
        position,
        link,
        anchored,
    };
    let mut told = Vec::new();
    for wrong in [
        request(&events, 3, vec![7; 32], false),
        request(&events, 1_000_000, vec![7; 32], false),
        request(&events, u64::MAX, vec![7; 32], false),
        request(&disclosures, 0, vec![7; 32], true),
        request("other.example/events", 3, vec![7; 32], false),
        request("", 3, vec![7; 32], false),
    ] {
        let before = registry.size(LedgerName::Disclosures);
        let status = ask(&client, &wrong).await.unwrap_err();
        assert_eq!(
            registry.size(LedgerName::Disclosures),
            before + 1,
            "{wrong:?}"
        );
        let info = status.get_details_error_info().unwrap();
        told.push((
            status.code(),
            status.message().to_owned(),
            info.reason,
            info.metadata,
        ));
    }
    assert_eq!(told[0].0, Code::NotFound);
    assert_eq!(told[0].2, "UNKNOWN_RECORD");
    assert!(told.iter().all(|answer| *answer == told[0]), "{told:?}");
    for malformed in [
        request(&events, 3, vec![7; 31], false),
        request(&events, 3, Vec::new(), false),
        request(&events, 3, vec![7; 32], true),
    ] {
        let status = ask(&client, &malformed).await.unwrap_err();
        assert_eq!(reason(&status), "INVALID_FIELD", "{status}");
    }
    let stranger = registry.client_of("NOBODY", "N1").await;
    let status = ask(&stranger, &request(&events, 3, vec![7; 32], false)).await;
    assert_eq!(reason(&status.unwrap_err()), "UNKNOWN_AGENCY");
    drop((client, stranger, registry.stop().await));
}

/// From a disclosure to a signed checkpoint of the events ledger.
fn verify_chain(keys: &TrustedKeys, record: &[u8], anchor: &[u8], payload: &[u8]) {
    let disclosure = verified(record, keys);
    assert_eq!(
        disclosure.proven.checkpoint().origin().as_str(),
        format!("{REGISTRY}/disclosures")
    );
    let anchoring = verified(anchor, keys);
    let origin = anchoring.proven.checkpoint().origin();
    assert_eq!(origin.as_str(), format!("{REGISTRY}/events"));
    assert_eq!(anchoring.envelope.kind, Kind::Anchor);
    assert!(anchoring.envelope.kind.is_clear());
    assert_eq!(Digest::of(payload), anchoring.envelope.sealed_digest);
    let note = Anchor::decode(payload).unwrap().checkpoint;
    assert_eq!(TlogProof::parse(record).unwrap().checkpoint, note);
    let anchored = UnverifiedCheckpoint::parse(note.as_bytes()).unwrap();
    let anchored = anchored.verify(keys).unwrap();
    assert!(anchored.size().covers(disclosure.envelope.position));
}

/// Asks something that is recorded, and returns the receipt of the disclosure.
async fn disclosure(registry: &TestRegistry, client: &Client) -> api::DisclosureReceipt {
    let request = api::FindPersonRequest {
        purpose: Some(crate::queries::purpose(REGISTRAR)),
        given_name: "nobody".to_owned(),
        family_name: "at all".to_owned(),
        birth_year: 1_370,
        ..api::FindPersonRequest::default()
    };
    let answer = client.persons().find_person(request).await.unwrap();
    let receipt = answer.into_inner().info.unwrap().disclosure.unwrap();
    assert_eq!(receipt.origin, format!("{REGISTRY}/disclosures"));
    assert!(receipt.position < registry.size(LedgerName::Disclosures));
    receipt
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disclosure_is_proved_up_to_the_events_ledger() {
    let registry = served(1).await;
    let client = registry.client(REGISTRAR).await;
    let keys = trusted(&registry);
    let mut first = None;
    for _question in 0..2 {
        let receipt = disclosure(&registry, &client).await;
        let request = api::AwaitProofRequest {
            origin: receipt.origin,
            position: receipt.position,
            link: receipt.link,
            anchored: true,
        };
        let response = ask(&client, &request).await.unwrap();
        let anchor = response.anchor.unwrap();
        let (record, anchoring) = (response.proof.as_bytes(), anchor.proof.as_bytes());
        verify_chain(&keys, record, anchoring, &anchor.payload);
        assert_eq!(
            TlogProof::parse(record).unwrap().position,
            Position::new(request.position)
        );
        first.get_or_insert(request);
    }
    // After a restart the anchors are found again, though nothing new is anchored.
    drop(client);
    let directory = registry.stop().await;
    let registry =
        TestRegistry::serve(directory, sabt_server::clock::Clock::fixed(support::NOW)).await;
    let client = registry.client(REGISTRAR).await;
    let response = ask(&client, &first.unwrap()).await.unwrap();
    let anchor = response.anchor.unwrap();
    let (record, anchoring) = (response.proof.as_bytes(), anchor.proof.as_bytes());
    verify_chain(&keys, record, anchoring, &anchor.payload);
    drop((client, registry.stop().await));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_what_does_not_come_is_told_to_ask_again() {
    let registry = served(86_400).await;
    let client = registry.client(REGISTRAR).await;
    let receipt = disclosure(&registry, &client).await;
    let request = api::AwaitProofRequest {
        origin: receipt.origin,
        position: receipt.position,
        link: receipt.link,
        anchored: true,
    };
    let before = registry.size(LedgerName::Disclosures);
    let status = client.registry().await_proof(request).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(reason(&status), "PROOF_NOT_READY");
    let info = status.get_details_error_info().unwrap();
    assert!(info.metadata["remedy"].contains("Retry"));
    // The wait does not lengthen the ledger that is waited for.
    assert_eq!(registry.size(LedgerName::Disclosures), before);
    drop((client, registry.stop().await));
}

fn prove_args(registry: &TestRegistry, out: &Path) -> ProveArgs {
    ProveArgs {
        receipt: None,
        origin: None,
        position: None,
        link: None,
        anchored: false,
        out: out.to_owned(),
        connect: connect(registry, REGISTRAR.name),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_writes_the_files_from_what_submit_prints() {
    let registry = served(1).await;
    let keys = trusted(&registry);
    let directory = TempDir::new().unwrap();
    let printed = directory.path().join("receipt.json");
    let acts = directory.path().join("act.json");
    let act = support::act(
        "1404-01-01",
        Body::RegisterPerson(support::register(Sex::Male, "1370-01-01")),
    );
    let json = sabt_cli::json::to_value("sabt.event.v1.Act", &act).unwrap();
    let mode = sabt_cli::files::Mode::Public;
    sabt_cli::files::create(&acts, json.to_string().as_bytes(), mode).unwrap();
    let args = sabt_cli::args::SubmitArgs {
        file: acts,
        author: None,
        connect: connect(&registry, REGISTRAR.name),
    };
    {
        let file = std::fs::File::create(&printed).unwrap();
        let mut out = sabt_cli::out::Out::to(Box::new(file), true);
        submit::run(&args, &mut out).await.unwrap();
        out.flush().unwrap();
    }
    let out = directory.path().join("proof");
    let args = ProveArgs {
        receipt: Some(printed),
        ..prove_args(&registry, &out)
    };
    prove::run(&args, &mut silent()).await.unwrap();
    let file = std::fs::read(out.join("record.tlog-proof")).unwrap();
    assert_eq!(verified(&file, &keys).envelope.kind, Kind::Event);
    assert!(!out.join("anchor.tlog-proof").exists());
    // What is there is not overwritten.
    assert!(prove::run(&args, &mut silent()).await.is_err());

    let client = registry.client(REGISTRAR).await;
    let receipt = disclosure(&registry, &client).await;
    let out = directory.path().join("anchored");
    let args = ProveArgs {
        origin: Some(receipt.origin),
        position: Some(receipt.position),
        link: Some(hex::encode(receipt.link)),
        anchored: true,
        ..prove_args(&registry, &out)
    };
    prove::run(&args, &mut silent()).await.unwrap();
    let read = |name: &str| std::fs::read(out.join(name)).unwrap();
    verify_chain(
        &keys,
        &read("record.tlog-proof"),
        &read("anchor.tlog-proof"),
        &read("anchor.payload"),
    );
    drop((client, registry.stop().await));
}
