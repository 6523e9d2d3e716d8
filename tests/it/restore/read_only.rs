//! What a server does with a copy that is not confirmed: it tells its status, shows its checkpoints, and changes nothing.

use prost_reflect::DescriptorPool;
use sabt_cli::pki;
use sabt_proto::DESCRIPTORS;
use tonic::client::Grpc;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_prost::ProstCodec;
use tonic_types::StatusExt as _;

use super::*;
use crate::auditors::http::Agent;
use crate::auditors::{files, served};

/// The only call that is answered.
const STATUS: &str = "/sabt.api.v1.Operations/GetStatus";

/// A bare connection, over which any path can be called.
async fn channel(registry: &TestRegistry) -> Channel {
    let stem = pki::directory(registry.dir())
        .join("clients")
        .join(AUDITOR.name);
    let pair = pki::Pair::read(&stem).unwrap();
    let authority = registry.authority(REGISTRY).pair().certificate.clone();
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(authority))
        .identity(Identity::from_pem(&pair.certificate, pair.key.as_bytes()));
    let endpoint = Endpoint::from_shared(format!("https://{}", registry.server())).unwrap();
    endpoint.tls_config(tls).unwrap().connect().await.unwrap()
}

/// Calls a path with an empty message. A call that takes or gives a stream is refused like any other, before the first
/// message of it.
async fn call(channel: &Channel, path: &str) -> Status {
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    let codec = ProstCodec::<(), ()>::default();
    let outcome = grpc.unary(Request::new(()), path.parse().unwrap(), codec);
    outcome.await.expect_err(path)
}

/// The path of every call of the contract.
fn paths() -> Vec<String> {
    let pool = DescriptorPool::decode(DESCRIPTORS).unwrap();
    let services: Vec<_> = pool.services().collect();
    let methods = services.iter().flat_map(|service| {
        let name = service.full_name();
        let methods = service.methods();
        methods.map(move |method| format!("/{name}/{}", method.name()))
    });
    methods.collect()
}

async fn every_call_but_the_status_is_refused(registry: &TestRegistry) {
    let channel = channel(registry).await;
    let paths = paths();
    assert!(15 < paths.len() && paths.iter().any(|path| path == STATUS));
    for path in paths.iter().filter(|path| *path != STATUS) {
        let status = call(&channel, path).await;
        assert_eq!(status.code(), Code::Unavailable, "{path}: {status}");
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(info.reason, "RESTORED_COPY", "{path}");
        assert_eq!(info.metadata["rule"], "design:5.4", "{path}");
        let remedy = &info.metadata["remedy"];
        assert!(remedy.contains("sabt restore DIR --confirm"), "{path}");
    }
    let nowhere = call(&channel, "/sabt.api.v2.Registry/SubmitAct").await;
    assert_eq!(nowhere.code(), Code::Unimplemented);
    assert_eq!(health(&channel).await, [ServingStatus::NotServing; 3]);
}

async fn health(channel: &Channel) -> [ServingStatus; 3] {
    let mut client = HealthClient::new(channel.clone());
    let mut told = [ServingStatus::Unknown; 3];
    let services = ["", "sabt.api.v1.Registry", "sabt.api.v1.Persons"];
    for (service, told) in services.into_iter().zip(&mut told) {
        let service = service.to_owned();
        let response = client.check(HealthCheckRequest { service }).await;
        *told = response.unwrap().into_inner().status();
    }
    told
}

/// Whoever the authority vouches for is told the status, enrolled or not.
async fn the_status_tells_the_problem(registry: &TestRegistry, events: u64) {
    let unknown = registry.client_of("NOBODY", "N1").await;
    for client in [registry.client(REGISTRAR).await, unknown] {
        let request = api::GetStatusRequest {};
        let status = client.operations().get_status(request).await.unwrap();
        let status = status.into_inner();
        assert_eq!(
            (status.registry.as_str(), status.events),
            (REGISTRY, events)
        );
        assert!(!status.writable && !status.version.is_empty());
        assert!(status.ledgers.is_empty() && status.views_position == 0);
        let problem = &status.problem;
        assert!(problem.contains("restored copy"), "{problem}");
        assert!(problem.contains("sabt restore DIR --confirm"), "{problem}");
    }
}

async fn checkpoints_are_shown_and_tiles_are_not(registry: &TestRegistry) {
    let mut agent = Agent::connect(registry, None).await;
    for ledger in LedgerName::ALL {
        let answer = agent.get(&format!("/{ledger}/checkpoint")).await;
        let file = registry.dir().join(ledger.as_str()).join(CHECKPOINT_FILE);
        assert_eq!((answer.status, answer.body), (200, fs::read(file).unwrap()));
    }
    let auditor = Agent::pair(registry, AUDITOR);
    let mut agent = Agent::with(registry, Some(auditor)).await;
    let answer = agent.get("/events/tile/entries/000.p/1").await;
    assert_eq!(answer.status, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_not_confirmed_is_served_without_a_change() {
    let registry = served(86_400).await;
    write(&registry, 3).await;
    signed(&registry).await;
    let (to, keys) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let source = registry.stop().await;
    let made = back_up(source.path(), to.path(), keys.path()).unwrap();
    let events = made.manifest.ledger(LedgerName::Events).size.get();
    let back = bring_back(to.path(), keys.path(), source.path());

    let before = files(back.path());
    let copy = TestRegistry::serve(back, Clock::fixed(NOW)).await;
    every_call_but_the_status_is_refused(&copy).await;
    the_status_tells_the_problem(&copy, events).await;
    checkpoints_are_shown_and_tiles_are_not(&copy).await;
    let back = copy.stop().await;
    let after = files(back.path());
    assert!(before.keys().eq(after.keys()), "{:?}", after.keys());
    assert!(before == after);

    let evidence = checkpoints(source.path(), to.path());
    let config = Config::load(back.path()).unwrap();
    restore::confirm(back.path(), &config, &evidence).unwrap();
    let registry = TestRegistry::serve(back, Clock::fixed(NOW)).await;
    let connection = channel(&registry).await;
    assert_eq!(health(&connection).await, [ServingStatus::Serving; 3]);
    write(&registry, 1).await;
    assert!(events < registry.size(LedgerName::Events));
    drop(connection);
    assert_sound(registry.stop().await.path());
}
