//! `sabt-verify --audit-url`: what the endpoint serves is verified, and who may not read it is told why.

use std::path::PathBuf;

use sabt_chain::{LedgerName, Size};
use sabt_cli::cast::{AUDITOR, POLICE};
use sabt_cli::keys::Keys;
use sabt_cli::pki::{Authority, Pair};
use sabt_verifier::report::Report;
use sabt_verifier::{
    AuditEndpoint, EndpointError, Options, ServerAddress, Source, SourceError, TrustedLogs,
    VerifyError,
};
use tempfile::TempDir;

use super::http::Agent;
use super::{checkpoint, grow, served};
use crate::support::{REGISTRY, TestRegistry};

/// The endpoint, for the bearer of a certificate.
fn address(registry: &TestRegistry, pair: &Pair) -> ServerAddress {
    let authority = registry.authority(REGISTRY);
    ServerAddress {
        url: format!("https://{}", registry.audit_addr()),
        ca: authority.pair().certificate.clone().into(),
        certificate: pair.certificate.clone().into(),
        key: pair.key.as_bytes().to_vec(),
    }
}

/// Verifies both ledgers over the endpoint.
async fn audited(
    registry: &TestRegistry,
    address: ServerAddress,
    state: Option<PathBuf>,
) -> Result<Report, VerifyError> {
    let keys = Keys::of(registry.dir());
    let vkeys =
        LedgerName::ALL.map(|ledger| std::fs::read_to_string(keys.log_key(ledger)).unwrap());
    let verifying = tokio::task::spawn_blocking(move || {
        let trust = TrustedLogs::from_vkeys(vkeys.iter().map(String::as_str)).unwrap();
        let options = Options {
            state,
            ..Options::new(Source::Endpoint(AuditEndpoint::new(address)), trust)
        };
        sabt_verifier::verify(&options)
    });
    verifying.await.unwrap()
}

/// Waits until checkpoints cover all records there are.
async fn published(registry: &TestRegistry) {
    let mut agent = Agent::connect(registry, None).await;
    for ledger in LedgerName::ALL {
        let size = registry.size(ledger);
        checkpoint(&mut agent, ledger, size).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_verifies_over_https_and_the_next_time_only_what_is_new() {
    let registry = served(1).await;
    let (pair, own) = (Agent::pair(&registry, AUDITOR), TempDir::new().unwrap());
    let state = Some(own.path().join("state"));
    // More than one tile, and then a few records of the next.
    grow(&registry, 300).await;
    published(&registry).await;
    let first = audited(&registry, address(&registry, &pair), state.clone())
        .await
        .unwrap();
    assert!(first.is_sound(), "{first}");
    assert!(300 <= first.events.records);
    assert_eq!(first.events.signed, Some(Size::new(first.events.records)));
    assert_eq!(first.events.remembered, Size::EMPTY);
    // Tiles hold no sealed payloads, and the report says so.
    assert!(300 - 50 < first.events.payloads_unread);

    grow(&registry, first.events.records + 20).await;
    published(&registry).await;
    let second = audited(&registry, address(&registry, &pair), state)
        .await
        .unwrap();
    assert!(second.is_sound(), "{second}");
    for (first, second) in first.ledgers().into_iter().zip(second.ledgers()) {
        assert_eq!(second.remembered.get(), first.records, "{second}");
        assert!(first.records <= second.records);
    }
    assert!(first.events.records + 20 <= second.events.records);
    assert!(second.events.bytes < first.events.bytes);
    // That an auditor read the ledgers stands in the disclosures.
    assert!(first.disclosures.records < second.disclosures.records);
    drop(registry.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_read_learns_why_nothing_was_verified() {
    let registry = served(86_400).await;
    published(&registry).await;
    let elsewhere = registry.authority("other.example");
    let elsewhere = elsewhere.client(AUDITOR.agency, AUDITOR.officer).unwrap();
    for (name, pair, expected) in [
        ("police", Agent::pair(&registry, POLICE), 403),
        ("of another registry", elsewhere, 401),
    ] {
        let error = audited(&registry, address(&registry, &pair), None)
            .await
            .unwrap_err();
        let VerifyError::Source(SourceError::Endpoint(EndpointError::Refused {
            path,
            status,
            message,
        })) = &error
        else {
            panic!("{name}: {error}");
        };
        assert_eq!(*status, expected, "{name}: {error}");
        assert!(path.contains("/events/"), "{name}: {error}");
        assert!(!message.is_empty(), "{name}: {error}");
    }
    let nobody = Pair {
        certificate: String::new(),
        key: String::new().into(),
    };
    let asked = address(&registry, &nobody);
    let error = audited(&registry, asked, None).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the client certificate is not usable PEM"
    );
    // Another server in its place is not believed, and not asked again and again.
    let other = Authority::generate(REGISTRY).unwrap();
    let asked = ServerAddress {
        ca: other.pair().certificate.clone().into(),
        ..address(&registry, &Agent::pair(&registry, AUDITOR))
    };
    let error = audited(&registry, asked, None).await.unwrap_err();
    assert!(
        matches!(
            error,
            VerifyError::Source(SourceError::Endpoint(EndpointError::Certificate { .. }))
        ),
        "{error}"
    );
    drop(registry.stop().await);
}
