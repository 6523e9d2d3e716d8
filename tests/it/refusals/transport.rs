//! Callers whom TLS turns away, callers whose certificate names nobody, and messages that are too long to be read.

use std::collections::BTreeMap;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair, SanType};
use sabt_cli::cast::REGISTRAR;
use sabt_cli::client::{Client, ConnectError, Credentials};
use sabt_cli::pki::{Authority, Pair};
use sabt_proto::api::v1 as api;
use sabt_server::identity::Caller;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::support::{REGISTRY, TestRegistry};

/// Connects callers with good certificates that name nobody of this registry.
pub(super) async fn connect_misnamed(
    registry: &TestRegistry,
    clients: &mut BTreeMap<&'static str, Client>,
) {
    let uri = |officer: &str| {
        let uri = Caller::uri(REGISTRY, REGISTRAR.agency, officer);
        SanType::URI(uri.as_str().try_into().unwrap())
    };
    let dns = SanType::DnsName("office.example".try_into().unwrap());
    for (name, alternatives) in [
        ("no-name", vec![dns]),
        ("two-names", vec![uri("K1001"), uri("K1002")]),
    ] {
        let pair = certificate(registry, alternatives);
        clients.insert(name, registry.connect(pair).await.unwrap());
    }
    let elsewhere = registry.authority("other.example");
    let pair = elsewhere
        .client(REGISTRAR.agency, REGISTRAR.officer)
        .unwrap();
    clients.insert("other-registry", registry.connect(pair).await.unwrap());
}

/// A client certificate of the registry's own authority with other names than it would give.
fn certificate(registry: &TestRegistry, alternatives: Vec<SanType>) -> Pair {
    let authority = Pair::read(&registry.authority_stem()).unwrap();
    let key = KeyPair::from_pem(&authority.key).unwrap();
    let issuer = Issuer::from_ca_cert_pem(&authority.certificate, key).unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.subject_alt_names = alternatives;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate().unwrap();
    Pair {
        certificate: params.signed_by(&key, &issuer).unwrap().pem(),
        key: key.serialize_pem().into(),
    }
}

/// In TLS 1.3 a client learns that its certificate was refused when it first reads: on connecting, or with its first
/// call.
async fn turned_away(connected: Result<Client, ConnectError>) -> bool {
    match connected {
        Err(_) => true,
        Ok(client) => {
            let status = client
                .operations()
                .get_status(api::GetStatusRequest {})
                .await;
            status.is_err_and(|status| is_of_transport(&status))
        }
    }
}

/// True if the status was made by the transport: every refusal of the registry says more.
fn is_of_transport(status: &Status) -> bool {
    status.get_error_details().error_info().is_none()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_fails_tls_is_turned_away_and_leaves_nothing() {
    let registry = TestRegistry::start().await;
    let before = registry.snapshot();
    let own = registry.authority(REGISTRY);
    let expired = own
        .client_valid_for(REGISTRAR.agency, REGISTRAR.officer, -1)
        .unwrap();
    let stranger = Authority::generate(REGISTRY).unwrap();
    let forged = stranger
        .client(REGISTRAR.agency, REGISTRAR.officer)
        .unwrap();
    for (name, pair) in [("expired", expired), ("of another authority", forged)] {
        assert!(turned_away(registry.connect(pair).await).await, "{name}");
    }

    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&own.pair().certificate));
    let endpoint = Endpoint::from_shared(format!("https://{}", registry.server()))
        .unwrap()
        .tls_config(tls)
        .unwrap();
    let anonymous = match endpoint.connect().await {
        Err(_) => true,
        Ok(channel) => {
            let mut client = api::operations_client::OperationsClient::new(channel);
            let status = client.get_status(api::GetStatusRequest {}).await;
            status.is_err_and(|status| is_of_transport(&status))
        }
    };
    assert!(anonymous, "a caller without certificate was heard");

    let plain = Endpoint::from_shared(format!("http://{}", registry.server())).unwrap();
    let unencrypted = match plain.connect().await {
        Err(_) => true,
        Ok(channel) => {
            let mut client = api::operations_client::OperationsClient::new(channel);
            client.get_status(api::GetStatusRequest {}).await.is_err()
        }
    };
    assert!(unencrypted, "a caller without TLS was heard");
    assert_eq!(registry.snapshot(), before);
    drop(registry.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_turns_away_from_a_server_of_another_authority() {
    let registry = TestRegistry::start().await;
    let stranger = Authority::generate(REGISTRY).unwrap();
    let own = registry.authority(REGISTRY);
    let credentials = Credentials {
        identity: own.client(REGISTRAR.agency, REGISTRAR.officer).unwrap(),
        authority: stranger.pair().certificate.clone(),
    };
    assert!(
        Client::connect(&registry.server(), &credentials)
            .await
            .is_err()
    );
    drop(registry.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_too_long_to_be_read_is_refused_by_the_transport() {
    let registry = TestRegistry::start().await;
    let client = registry.client(REGISTRAR).await;
    let before = registry.snapshot();
    let signed_act = api::SignedAct {
        act: vec![0; 64 * 1024],
        ..api::SignedAct::default()
    };
    let request = api::SubmitActRequest {
        signed_act: Some(signed_act),
    };
    let status = client.registry().submit_act(request).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status}");
    assert_eq!(registry.snapshot(), before);
    // The connection survives it.
    let status = client
        .operations()
        .get_status(api::GetStatusRequest {})
        .await;
    assert!(status.is_ok());
    drop((client, registry.stop().await));
}
