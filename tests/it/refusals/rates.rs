//! Questions that come faster than they may: told when to come back, and recorded without filling the ledger.

use std::time::Duration;

use sabt_chain::LedgerName;
use sabt_cli::cast::{POLICE, REGISTRAR};
use sabt_cli::client::Client;
use sabt_cli::files::{self, Mode};
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use tempfile::TempDir;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::queries::purpose;
use crate::support::{self, NOW, REGISTRY, SEGMENT_BYTES, TestRegistry};

/// A minute and a second, microseconds.
const MINUTE: i64 = 60_000_000;
const SECOND: i64 = 1_000_000;

async fn served(officer: u32, agency: u32) -> TestRegistry {
    let directory = TempDir::new().unwrap();
    support::establish(directory.path(), REGISTRY, SEGMENT_BYTES, Clock::fixed(NOW)).await;
    let path = directory.path().join(Config::FILE);
    let text = std::fs::read_to_string(&path).unwrap();
    let limited = text
        .replace(
            "officer_per_minute = 1200",
            &format!("officer_per_minute = {officer}"),
        )
        .replace(
            "agency_per_minute = 60000",
            &format!("agency_per_minute = {agency}"),
        );
    assert_ne!(limited, text, "the template states the usual rates");
    files::replace(&path, limited.as_bytes(), Mode::Public).unwrap();
    TestRegistry::serve(directory, Clock::fixed(NOW)).await
}

async fn ask(client: &Client) -> Result<(), Status> {
    let request = api::VerifyDocumentRequest {
        purpose: Some(purpose(POLICE)),
        document: Some(support::reference("P-NOBODY")),
        at: None,
    };
    client.persons().verify_document(request).await.map(drop)
}

/// The limit that was reached, and after how long it is worth asking again.
fn limited(status: &Status) -> (String, Duration) {
    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(info.reason, Reason::TooManyRequests.code());
    assert!(info.metadata["remedy"].starts_with("Ask again after "));
    let retry = details.retry_info().unwrap().retry_delay.unwrap();
    (info.metadata["limit"].clone(), retry)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_fast_is_told_when_to_come_back() {
    let registry = served(3, 5).await;
    let officer = registry.client(POLICE).await;
    let before = registry.size(LedgerName::Disclosures);
    for _question in 0..3 {
        ask(&officer).await.unwrap();
    }
    // However often it is asked, one record says so.
    for _question in 0..20 {
        let (limit, retry) = limited(&ask(&officer).await.unwrap_err());
        assert_eq!(
            (limit.as_str(), retry),
            ("officer", Duration::from_secs(20))
        );
    }
    assert_eq!(registry.size(LedgerName::Disclosures), before + 4);
    // So does a question that would be refused anyway: nothing is learnt from it.
    let request = api::GetPersonRequest {
        purpose: Some(purpose(POLICE)),
        at: None,
        person: "nobody".to_owned(),
    };
    limited(&officer.persons().get_person(request).await.unwrap_err());

    // A colleague finds what the agency has left, another agency its own.
    let colleague = registry.client_of(POLICE.agency, "P-COLLEAGUE").await;
    for _question in 0..2 {
        ask(&colleague).await.unwrap();
    }
    let (limit, _) = limited(&ask(&colleague).await.unwrap_err());
    assert_eq!(limit, "agency");
    let office = registry.client(REGISTRAR).await;
    let request = api::FindPersonRequest {
        purpose: Some(purpose(REGISTRAR)),
        document: Some(support::reference("P-NOBODY")),
        ..api::FindPersonRequest::default()
    };
    office.persons().find_person(request).await.unwrap();

    registry.clock().set(NOW + 20 * SECOND);
    ask(&officer).await.unwrap();
    limited(&ask(&officer).await.unwrap_err());
    registry.clock().set(NOW + 2 * MINUTE);
    let before = registry.size(LedgerName::Disclosures);
    for _question in 0..3 {
        ask(&officer).await.unwrap();
    }
    limited(&ask(&officer).await.unwrap_err());
    assert_eq!(registry.size(LedgerName::Disclosures), before + 4);
    drop((officer, colleague, office));
    let report = support::verify(registry.stop().await.path());
    assert!(report.is_sound(), "{}", report.to_json());
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_calls_of_any_kind_do_not_fill_the_ledger() {
    let registry = served(3, 60_000).await;
    let officer = registry.client(POLICE).await;
    let before = registry.size(LedgerName::Disclosures);
    for _call in 0..20 {
        let request = api::GetStatusRequest {};
        let refused = officer.operations().get_status(request).await.unwrap_err();
        let details = refused.get_error_details();
        let reason = &details.error_info().unwrap().reason;
        assert_eq!(reason, Reason::MethodNotAllowed.code());
    }
    // Three, and one that stands for those that came too fast.
    assert_eq!(registry.size(LedgerName::Disclosures), before + 4);
    // Questions have buckets of their own.
    ask(&officer).await.unwrap();
    drop(officer);
    drop(registry.stop().await);
}
