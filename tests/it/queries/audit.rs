//! The feed of sync jobs, and what auditors read: checkpoints, records, proofs.

use std::time::Duration;

use sabt_chain::checkpoint::UnverifiedCheckpoint;
use sabt_chain::note::TrustedKeys;
use sabt_chain::proof::{ConsistencyProof, InclusionProof};
use sabt_chain::{Hash, LedgerName, Position, Size};
use sabt_cli::cast::{AUDITOR, CIVIL_REGISTRY};
use sabt_cli::client::Client;
use sabt_cli::follow::Follower;
use sabt_cli::keys::Keys;
use sabt_cli::pki::{self, Pair};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::event::Body;
use sabt_verifier::{Options, ServerAddress, Source, TrustedLogs};

use super::{Town, purpose};
use crate::support::REGISTRY;

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_job_misses_nothing_and_reads_what_it_may() {
    let town = Town::build().await;
    let job = town.registry.client(CIVIL_REGISTRY).await;
    let mut follower = Follower::new(REGISTRY, 0).unwrap();
    let request = api::FollowRequest {
        purpose: Some(purpose(CIVIL_REGISTRY)),
        from: 0,
        stop_at_head: true,
    };
    let mut pages = job.feed().follow(request).await.unwrap().into_inner();
    let (mut births, mut permits) = (0, 0);
    while let Some(page) = pages.message().await.unwrap() {
        for entry in &page.entries {
            follower.take(entry).unwrap();
            let body = entry.event.as_ref().and_then(|event| event.body.as_ref());
            births += usize::from(matches!(body, Some(Body::BirthRegistered(_))));
            permits += usize::from(matches!(body, Some(Body::ResidencePermitIssued(_))));
            assert_eq!(entry.subject.is_empty(), body.is_none());
        }
        assert_eq!(page.next, follower.next());
        assert!(page.disclosure.is_some());
    }
    assert_eq!(follower.next(), town.registry.size(LedgerName::Events));
    assert_eq!((births, permits), (1, 0));
    drop((pages, job));
    town.close().await;
}

/// The newest checkpoint of the events, as soon as it covers as many records.
async fn checkpoint(town: &Town, auditor: &Client, size: u64) -> (Size, Hash) {
    let vkey = std::fs::read_to_string(Keys::of(town.registry.dir()).log_key(LedgerName::Events));
    let keys = TrustedKeys::new([vkey.unwrap().trim().parse().unwrap()]).unwrap();
    for _attempt in 0..200 {
        let request = api::GetCheckpointRequest {
            ledger: api::Ledger::Events.into(),
        };
        // A registry that has just been opened publishes within a moment.
        if let Ok(response) = auditor.audit().get_checkpoint(request).await {
            let note = response.into_inner().checkpoint;
            let unverified = UnverifiedCheckpoint::parse(note.as_bytes()).unwrap();
            let checkpoint = unverified.verify(&keys).unwrap();
            if size <= checkpoint.size().get() {
                return (checkpoint.size(), checkpoint.root());
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no checkpoint over {size} records");
}

fn hashes(bytes: Vec<Vec<u8>>) -> Vec<Hash> {
    let hash = |bytes: Vec<u8>| Hash::from_bytes(bytes.try_into().unwrap());
    bytes.into_iter().map(hash).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn proofs_lead_to_the_signed_root() {
    let town = Town::build().await;
    let auditor = town.registry.client(AUDITOR).await;
    let events = i32::from(api::Ledger::Events);
    let (size, root) = checkpoint(&town, &auditor, town.registry.size(LedgerName::Events)).await;
    let request = api::ReadRecordsRequest {
        ledger: events,
        from: 0,
        until: size.get(),
    };
    let mut pages = auditor
        .audit()
        .read_records(request)
        .await
        .unwrap()
        .into_inner();
    let mut records = Vec::new();
    while let Some(page) = pages.message().await.unwrap() {
        records.extend(page.records);
    }
    assert_eq!(records.len() as u64, size.get());
    for (position, record) in (0..).zip(&records) {
        assert_eq!(record.position, position);
        let request = api::GetInclusionProofRequest {
            ledger: events,
            position,
            size: size.get(),
        };
        let proof = auditor
            .audit()
            .get_inclusion_proof(request)
            .await
            .unwrap()
            .into_inner();
        let proof = InclusionProof {
            position: Position::new(position),
            size,
            hashes: hashes(proof.hashes),
        };
        proof.verify(&Hash::leaf(&record.envelope), &root).unwrap();
    }

    let body = crate::support::register(sabt_proto::event::v1::Sex::Male, "1370-01-01");
    let act = sabt_proto::event::v1::act::Body::RegisterPerson(body);
    town.record("1404-01-01", act).await;
    let (new_size, new_root) = checkpoint(&town, &auditor, size.get() + 1).await;
    let request = api::GetConsistencyProofRequest {
        ledger: events,
        from_size: size.get(),
        to_size: new_size.get(),
    };
    let proof = auditor
        .audit()
        .get_consistency_proof(request)
        .await
        .unwrap()
        .into_inner();
    let proof = ConsistencyProof {
        old_size: size,
        new_size,
        hashes: hashes(proof.hashes),
    };
    proof.verify(&root, &new_root).unwrap();
    drop((pages, auditor));
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_verifies_a_running_registry_over_the_network() {
    let town = Town::build().await;
    let dir = town.registry.dir();
    let client = town.registry.client(AUDITOR).await;
    checkpoint(&town, &client, town.registry.size(LedgerName::Events)).await;
    let auditor = Pair::read(&pki::directory(dir).join("clients").join(AUDITOR.name)).unwrap();
    let address = ServerAddress {
        url: format!("https://{}", town.registry.server()),
        ca: town
            .registry
            .authority(REGISTRY)
            .pair()
            .certificate
            .clone()
            .into_bytes(),
        certificate: auditor.certificate.clone().into_bytes(),
        key: auditor.key.as_bytes().to_vec(),
    };
    let vkeys = LedgerName::ALL
        .map(|ledger| std::fs::read_to_string(Keys::of(dir).log_key(ledger)).unwrap());
    let trust = TrustedLogs::from_vkeys(vkeys.iter().map(String::as_str)).unwrap();
    let verified = tokio::task::spawn_blocking(move || {
        sabt_verifier::verify(&Options::new(Source::Server(address), trust))
    });
    let report = verified.await.unwrap().unwrap();
    assert_eq!(report.exit_code(), 0, "{}", report.to_json());
    drop(client);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_how_far_everything_is() {
    let town = Town::build().await;
    let request = api::GetStatusRequest {};
    let status = town
        .office
        .operations()
        .get_status(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(status.registry, REGISTRY);
    assert_eq!(status.events, town.registry.size(LedgerName::Events));
    assert_eq!(status.views_position, status.events);
    assert!(status.writable && status.problem.is_empty());
    town.close().await;
}
