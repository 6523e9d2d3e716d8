//! Certificates that are revoked, renewed or end while a registry is served; files that cannot be used; versions of
//! TLS; and that no dump of a configuration shows a secret.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair, SanType};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use sabt_chain::LedgerName;
use sabt_cli::args::{
    CertificateArgs, CertificateCommand, ConnectArgs, ReasonArg, RenewArgs, RevokeArgs,
};
use sabt_cli::cast::{AUDITOR, CIVIL_REGISTRY, POLICE, Player, REGISTRAR};
use sabt_cli::client::{Client, ConnectError};
use sabt_cli::commands::{certificate, status};
use sabt_cli::error::CliError;
use sabt_cli::files::{self, Mode};
use sabt_cli::out::Out;
use sabt_cli::pki::{self, Pair};
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::Sex;
use sabt_proto::event::v1::act::Body;
use sabt_server::config::Config;
use sabt_server::identity::Caller;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::auditors::http::Agent;
use crate::auditors::served;
use crate::queries::purpose;
use crate::support::{self, REGISTRY, TestRegistry};

/// So soon must a revocation count: two looks a second apart and some time for a busy machine.
const BOUND: Duration = Duration::from_secs(15);

fn run(command: CertificateCommand) {
    let mut out = Out::to(Box::new(std::io::sink()), false);
    certificate::run(&CertificateArgs { command }, &mut out).unwrap();
}

fn revoke(registry: &TestRegistry, player: Player) {
    run(CertificateCommand::Revoke(RevokeArgs {
        certificate: player.name.to_owned(),
        reason: ReasonArg::KeyCompromise,
        dir: registry.dir().to_owned(),
    }));
}

/// A question that an officer asks all day.
async fn verify_document(player: Player, client: &Client) -> Result<(), Status> {
    let request = api::VerifyDocumentRequest {
        purpose: Some(purpose(player)),
        document: Some(support::reference("P-NOBODY")),
        at: None,
    };
    client.persons().verify_document(request).await.map(drop)
}

/// Why a call was refused; empty if the transport refused it.
fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details
        .error_info()
        .map_or(String::new(), |info| info.reason.clone())
}

/// What somebody is told whom TLS turns away: on connecting, or with the first call.
async fn turned_away(connected: Result<Client, ConnectError>) -> String {
    match connected {
        Err(err) => err.to_string(),
        Ok(client) => {
            let status = verify_document(POLICE, &client).await.unwrap_err();
            CliError::from(status).to_string()
        }
    }
}

async fn transport_problem(client: &Client) -> String {
    let mut operations = client.operations();
    let status = operations.get_status(api::GetStatusRequest {}).await;
    status.unwrap().into_inner().transport_problem
}

fn player_pair(registry: &TestRegistry, player: Player) -> Pair {
    Agent::pair(registry, player)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_client_is_refused_within_seconds_and_others_go_on() {
    let registry = TestRegistry::start().await;
    let police = registry.client(POLICE).await;
    let auditor = registry.client(AUDITOR).await;
    verify_document(POLICE, &police).await.unwrap();

    revoke(&registry, POLICE);
    let revoked_at = Instant::now();
    let (mut before, mut after) = (0, 0);
    let status = support::until("the refusal", async || {
        before = registry.size(LedgerName::Disclosures);
        let answer = verify_document(POLICE, &police).await;
        after = registry.size(LedgerName::Disclosures);
        answer.err()
    })
    .await;
    assert!(revoked_at.elapsed() < BOUND, "{:?}", revoked_at.elapsed());
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(reason(&status), Reason::CertificateRevoked.code());
    assert_eq!(after, before + 1, "the refusal is recorded");
    // Whatever else it asks on the open connection.
    let status = police
        .operations()
        .get_status(api::GetStatusRequest {})
        .await
        .unwrap_err();
    assert_eq!(reason(&status), Reason::CertificateRevoked.code());
    // No new connection holds. Why, its bearer is told unless the connection is gone before the alert is read.
    support::until("the reason", async || {
        let again = registry.connect(player_pair(&registry, POLICE)).await;
        let told = turned_away(again).await;
        told.contains("(CertificateRevoked)").then_some(())
    })
    .await;

    // Others go on, on open connections and new ones, as does the same officer with a new certificate.
    assert_eq!(transport_problem(&auditor).await, "");
    assert_eq!(transport_problem(&registry.client(AUDITOR).await).await, "");
    let renewed = registry.client_of(POLICE.agency, POLICE.officer).await;
    verify_document(POLICE, &renewed).await.unwrap();
    drop((police, auditor, renewed));
    let report = support::verify(registry.stop().await.path());
    assert!(report.is_sound(), "{}", report.to_json());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_the_certificate_of_its_reader() {
    let registry = TestRegistry::start().await;
    let job = registry.client(CIVIL_REGISTRY).await;
    let request = api::FollowRequest {
        purpose: Some(purpose(CIVIL_REGISTRY)),
        from: 0,
        stop_at_head: false,
    };
    let mut pages = job.feed().follow(request).await.unwrap().into_inner();
    let head = registry.size(LedgerName::Events);
    while pages.message().await.unwrap().unwrap().next < head {}

    revoke(&registry, CIVIL_REGISTRY);
    let office = registry.client(REGISTRAR).await;
    let author = registry.author("registrar");
    // Something new to read, until it is not handed over any more.
    let status = support::until("the end of the stream", async || {
        let body = support::register(Sex::Male, "1370-01-01");
        let act = support::act("1404-01-01", Body::RegisterPerson(body));
        registry.submit(&office, &author, &act).await.unwrap();
        pages.message().await.err()
    })
    .await;
    assert_eq!(status.code(), Code::Unauthenticated, "{status}");
    assert_eq!(reason(&status), Reason::CertificateRevoked.code());
    drop((pages, job, office));
    drop(registry.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_on_which_nothing_comes_ends_too() {
    let registry = TestRegistry::start().await;
    let job = registry.client(CIVIL_REGISTRY).await;
    let request = api::FollowRequest {
        purpose: Some(purpose(CIVIL_REGISTRY)),
        from: registry.size(LedgerName::Events),
        stop_at_head: false,
    };
    let mut pages = job.feed().follow(request).await.unwrap().into_inner();
    revoke(&registry, CIVIL_REGISTRY);
    let end = tokio::time::timeout(support::PATIENCE, pages.message()).await;
    let status = end.unwrap().unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated, "{status}");
    assert_eq!(reason(&status), Reason::CertificateRevoked.code());
    drop((pages, job));
    drop(registry.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_office_submits_no_more_on_an_open_stream() {
    let registry = TestRegistry::start().await;
    let office = registry.client(REGISTRAR).await;
    let author = registry.author("registrar");
    let (acts, stream) = tokio::sync::mpsc::channel(1);
    let requests = tokio_stream::wrappers::ReceiverStream::new(stream);
    let mut bulk = office.registry();
    let answers = bulk.submit_acts(requests);
    let submit = async || {
        let body = support::register(Sex::Male, "1370-01-01");
        let act = support::act("1404-01-01", Body::RegisterPerson(body));
        let request = api::SubmitActRequest {
            signed_act: Some(author.sign(&act).unwrap()),
        };
        acts.send(request).await
    };
    submit().await.unwrap();
    let mut answers = answers.await.unwrap().into_inner();
    answers.message().await.unwrap().unwrap();

    revoke(&registry, REGISTRAR);
    let mut recorded = 0;
    let status = support::until("the end of the stream", async || {
        recorded = registry.size(LedgerName::Events);
        // An error means that the stream has ended.
        drop(submit().await);
        answers.message().await.err()
    })
    .await;
    assert_eq!(reason(&status), Reason::CertificateRevoked.code());
    // The last act may have come while the certificate still held, and its answer no more.
    let size = registry.size(LedgerName::Events);
    assert!(size <= recorded + 1, "{recorded} records became {size}");
    drop((acts, answers, office));
    drop(registry.stop().await);
}

/// Calls a method with an empty request.
async fn call(channel: &Channel, path: &str) -> Status {
    let mut grpc = tonic::client::Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<(), ()>::default();
    let path = PathAndQuery::try_from(path).unwrap();
    let answer = grpc.unary(tonic::Request::new(()), path, codec).await;
    answer.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_method_is_open_to_a_revoked_certificate() {
    let registry = TestRegistry::start().await;
    let pair = player_pair(&registry, POLICE);
    let authority = registry.authority(REGISTRY).pair().certificate.clone();
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(authority))
        .identity(Identity::from_pem(&pair.certificate, pair.key.as_bytes()));
    let endpoint = Endpoint::from_shared(format!("https://{}", registry.server())).unwrap();
    let channel = endpoint.tls_config(tls).unwrap().connect().await.unwrap();
    let pool = prost_reflect::DescriptorPool::decode(sabt_proto::DESCRIPTORS).unwrap();
    let contract: Vec<String> = pool
        .services()
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .map(|method| format!("/{}/{}", method.parent_service().full_name(), method.name()))
        .collect();
    assert!(10 < contract.len(), "{contract:?}");

    revoke(&registry, POLICE);
    support::until("the revocation", async || {
        let status = call(&channel, "/sabt.api.v1.Operations/GetStatus").await;
        (reason(&status) == Reason::CertificateRevoked.code()).then_some(())
    })
    .await;
    let others = [
        "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/sabt.api.v1.Persons/NoSuchMethod",
        "/",
    ];
    let snapshot = registry.snapshot();
    for path in others {
        let status = call(&channel, path).await;
        assert_eq!(reason(&status), Reason::CertificateRevoked.code(), "{path}");
    }
    assert_eq!(registry.snapshot(), snapshot, "these are no questions");
    for path in &contract {
        let before = registry.size(LedgerName::Disclosures);
        let status = call(&channel, path).await;
        assert_eq!(status.code(), Code::Unauthenticated, "{path}");
        assert_eq!(reason(&status), Reason::CertificateRevoked.code(), "{path}");
        let after = registry.size(LedgerName::Disclosures);
        assert_eq!(after, before + 1, "{path} is recorded");
    }
    assert_eq!(registry.snapshot().events, snapshot.events);
    drop(channel);
    drop(registry.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_auditor_reads_no_more_tiles() {
    let registry = served(86_400).await;
    let mut auditor = Agent::connect(&registry, Some(AUDITOR)).await;
    let tile = "/events/tile/entries/000.p/1";
    support::until("the first tile", async || {
        (auditor.get(tile).await.status == 200).then_some(())
    })
    .await;
    revoke(&registry, AUDITOR);
    let before = registry.size(LedgerName::Disclosures);
    let answer = support::until("the refusal", async || {
        let answer = auditor.get(tile).await;
        (answer.status != 200).then_some(answer)
    })
    .await;
    assert_eq!(answer.status, 401);
    let text = String::from_utf8(answer.body).unwrap();
    assert!(text.contains("revoked"), "{text}");
    assert_eq!(registry.size(LedgerName::Disclosures), before + 1);
    // Who shows no certificate is nobody, and reads what is public.
    let mut nobody = Agent::connect(&registry, None).await;
    assert_eq!(nobody.get("/events/checkpoint").await.status, 200);
    drop((auditor, nobody));
    drop(registry.stop().await);
}

/// A certificate of the police that ends in some seconds.
fn short_lived(registry: &TestRegistry, seconds: i64) -> Pair {
    let authority = Pair::read(&registry.authority_stem()).unwrap();
    let key = KeyPair::from_pem(&authority.key).unwrap();
    let issuer = Issuer::from_ca_cert_pem(&authority.certificate, key).unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    let uri = Caller::uri(REGISTRY, POLICE.agency, POLICE.officer);
    params.subject_alt_names = vec![SanType::URI(uri.as_str().try_into().unwrap())];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let now = time::OffsetDateTime::now_utc();
    params.not_before = now - time::Duration::days(1);
    params.not_after = now + time::Duration::seconds(seconds);
    let key = KeyPair::generate().unwrap();
    Pair {
        certificate: params.signed_by(&key, &issuer).unwrap().pem(),
        key: key.serialize_pem().into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_ends_ends_an_open_connection() {
    let registry = TestRegistry::start().await;
    let police = registry.connect(short_lived(&registry, 3)).await.unwrap();
    verify_document(POLICE, &police).await.unwrap();
    let status = support::until("the end", async || {
        verify_document(POLICE, &police).await.err()
    })
    .await;
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(reason(&status), Reason::CertificateExpired.code());
    drop((police, registry.stop().await));
}

/// Connects with these versions of TLS and the certificate of an auditor.
async fn handshake(
    registry: &TestRegistry,
    addr: SocketAddr,
    versions: &[&'static SupportedProtocolVersion],
) -> std::io::Result<TlsStream<TcpStream>> {
    let authority = registry.authority(REGISTRY).pair().certificate.clone();
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(authority.as_bytes()).unwrap();
    roots.add(authority).unwrap();
    let pair = player_pair(registry, AUDITOR);
    let chain = CertificateDer::pem_slice_iter(pair.certificate.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(chain.collect::<Result<_, _>>().unwrap(), key)
        .unwrap();
    let socket = TcpStream::connect(addr).await?;
    let name = ServerName::from(addr.ip());
    TlsConnector::from(Arc::new(config))
        .connect(name, socket)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_1_3_alone_is_spoken() {
    let registry = served(86_400).await;
    let calls: SocketAddr = registry.server().parse().unwrap();
    for addr in [calls, registry.audit_addr()] {
        let refused = handshake(&registry, addr, &[&rustls::version::TLS12])
            .await
            .unwrap_err();
        let told = refused.to_string();
        assert!(told.contains("ProtocolVersion"), "{told}");
        let both = [&rustls::version::TLS12, &rustls::version::TLS13];
        let stream = handshake(&registry, addr, &both).await.unwrap();
        let version = stream.get_ref().1.protocol_version();
        assert_eq!(version, Some(rustls::ProtocolVersion::TLSv1_3));
    }
    drop(registry.stop().await);
}

/// The certificate that the server shows to a new connection.
async fn shown(registry: &TestRegistry, addr: SocketAddr) -> CertificateDer<'static> {
    let stream = handshake(registry, addr, &[&rustls::version::TLS13])
        .await
        .unwrap();
    let chain = stream.get_ref().1.peer_certificates().unwrap();
    chain[0].clone().into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_server_is_seen_by_new_connections_and_old_ones_go_on() {
    let registry = served(86_400).await;
    let auditor = registry.client(AUDITOR).await;
    let mut agent = Agent::connect(&registry, Some(AUDITOR)).await;
    let addr: SocketAddr = registry.server().parse().unwrap();
    let before = shown(&registry, addr).await;
    run(CertificateCommand::Renew(RenewArgs {
        name: "server".to_owned(),
        days: 30,
        keep_old: false,
        dir: registry.dir().to_owned(),
    }));
    let pem = std::fs::read(pki::directory(registry.dir()).join("server.pem")).unwrap();
    let renewed = CertificateDer::from_pem_slice(&pem).unwrap();
    assert_ne!(before, renewed);
    for addr in [addr, registry.audit_addr()] {
        support::until("the new certificate", async || {
            (shown(&registry, addr).await == renewed).then_some(())
        })
        .await;
    }
    assert_eq!(transport_problem(&auditor).await, "");
    assert_eq!(agent.get("/events/checkpoint").await.status, 200);
    drop((auditor, agent, registry.stop().await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_client_takes_the_place_of_the_old_one() {
    let registry = TestRegistry::start().await;
    let old = registry.client(POLICE).await;
    run(CertificateCommand::Renew(RenewArgs {
        name: POLICE.name.to_owned(),
        days: 30,
        keep_old: false,
        dir: registry.dir().to_owned(),
    }));
    let new = registry.client(POLICE).await;
    let status = support::until("the end of the old one", async || {
        verify_document(POLICE, &old).await.err()
    })
    .await;
    assert_eq!(reason(&status), Reason::CertificateRevoked.code());
    verify_document(POLICE, &new).await.unwrap();
    drop((old, new, registry.stop().await));
}

/// `sabt status`.
async fn status_of(registry: &TestRegistry) -> Result<(), CliError> {
    let args = ConnectArgs {
        dir: registry.dir().to_owned(),
        server: Some(registry.server()),
        registry: Some(REGISTRY.to_owned()),
        caller: None,
    };
    status::run(&args, &mut Out::to(Box::new(std::io::sink()), false)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_changes_nothing_and_is_told() {
    let registry = TestRegistry::start().await;
    let auditor = registry.client(AUDITOR).await;
    let police = registry.client(POLICE).await;
    for name in ["ca.crl", "ca.pem", "server.pem", "server.key"] {
        let path = pki::directory(registry.dir()).join(name);
        let mode = if name == "server.key" {
            Mode::Secret
        } else {
            Mode::Public
        };
        let whole = std::fs::read(&path).unwrap();
        files::replace(&path, &whole[..whole.len() / 2], mode).unwrap();
        support::until("the problem", async || {
            let problem = transport_problem(&auditor).await;
            assert!(
                !problem.contains(registry.dir().to_str().unwrap()),
                "{problem}"
            );
            problem.contains("stay in force").then_some(())
        })
        .await;
        verify_document(POLICE, &police).await.unwrap();
        if name == "ca.crl" {
            let told = status_of(&registry).await.unwrap_err().to_string();
            assert!(
                told.contains("stay in force") && told.contains("hint:"),
                "{told}"
            );
        }
        if name != "ca.pem" {
            // The test's own client reads the authority's file.
            drop(registry.client(POLICE).await);
        }
        files::replace(&path, &whole, mode).unwrap();
        support::until("its end", async || {
            transport_problem(&auditor).await.is_empty().then_some(())
        })
        .await;
    }
    status_of(&registry).await.unwrap();
    drop((auditor, police, registry.stop().await));
}

/// Lines of the secret files below a directory that are long enough to be told apart.
fn secrets(directory: &Path) -> Vec<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut secrets = Vec::new();
    for (name, bytes) in crate::auditors::files(directory) {
        let mode = std::fs::metadata(directory.join(&name)).unwrap();
        if mode.permissions().mode() & 0o077 != 0 {
            continue;
        }
        secrets.push(hex::encode(&bytes));
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().filter(|line| !line.starts_with("-----"));
        secrets.extend(lines.filter(|line| 16 <= line.len()).map(str::to_owned));
    }
    secrets
}

#[tokio::test(flavor = "multi_thread")]
async fn no_dump_of_the_configuration_shows_a_secret() {
    let registry = TestRegistry::start().await;
    let secrets = secrets(&registry.dir().join("keys"));
    assert!(10 < secrets.len(), "{}", secrets.len());
    let config = Config::load(registry.dir()).unwrap();
    let environment = std::fs::read("/proc/self/environ").unwrap_or_default();
    let dumps = [
        std::fs::read_to_string(registry.dir().join(Config::FILE)).unwrap(),
        format!("{config:?} {config:#?}"),
        format!("{:?}", registry.authority(REGISTRY)),
        format!("{:?}", player_pair(&registry, AUDITOR)),
        String::from_utf8_lossy(&environment).into_owned(),
    ];
    for dump in &dumps {
        assert!(!dump.contains("PRIVATE KEY"));
        for secret in &secrets {
            assert!(!dump.contains(secret.as_str()));
        }
    }
    drop(registry.stop().await);
}
