//! Serving: one listener, every service, an orderly end.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sabt_proto::api::v1 as api;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::api::routes;
use crate::auditors::{Endpoint, Shown};
use crate::clock::Clock;
use crate::config::Config;
use crate::limits::{
    CALL_TIMEOUT, CONNECTIONS_MAX, SHUTDOWN_GRACE, SHUTDOWN_POLL, STREAMS_PER_CONNECTION_MAX,
};
use crate::listen::{self, ClientCertificates, TlsError};
use crate::registry::{Registry, RegistryError};
use crate::restore::{self, Evidence, RestoreError};
use crate::telemetry::{self, MetricsError};

/// Why a registry is not served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It does not open.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// It is a copy that was brought back, and it is not confirmed that nothing signed is missing from it.
    #[error("{0}")]
    Unconfirmed(#[source] RestoreError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address cannot be listened on.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// Metrics cannot be served.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// Reflection cannot be set up.
    #[error("the descriptors of the contract cannot be used: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("the transport failed: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// The registry stopped by itself on the first fault.
    #[error("the registry stopped on a fault: {0}")]
    Fault(String),
    /// The serving task was abandoned.
    #[error("the server was abandoned")]
    Abandoned,
}

/// A registry being served.
#[derive(Debug)]
pub struct Serving {
    addr: SocketAddr,
    audit_addr: Option<SocketAddr>,
    registry: Arc<Registry>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Serving {
    /// The address listened on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The address of the endpoint for auditors, if there is one.
    pub fn audit_addr(&self) -> Option<SocketAddr> {
        self.audit_addr
    }

    /// The registry, for tests and tools in the same process.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Stops: no new calls, calls in flight end, the writers finish, a last checkpoint is signed.
    pub async fn stop(self) -> Result<(), ServeError> {
        let Self {
            registry,
            stop,
            task,
            ..
        } = self;
        drop(registry);
        if stop.send(()).is_err() {
            tracing::debug!("the server had stopped before");
        }
        task.await.map_err(|_panicked| ServeError::Abandoned)?
    }

    /// Returns when the server has stopped, by a fault or by [`Serving::stop`] from elsewhere.
    pub async fn ended(self) -> Result<(), ServeError> {
        let Self {
            registry,
            stop,
            task,
            ..
        } = self;
        drop(registry);
        let outcome = task.await.map_err(|_panicked| ServeError::Abandoned)?;
        drop(stop);
        outcome
    }
}

/// Opens a registry and serves it until stopped. Must be called inside a multi-threaded runtime.
///
/// # Errors
/// [`ServeError`]; then nothing listens.
pub async fn start(dir: &Path, config: &Config, clock: Clock) -> Result<Serving, ServeError> {
    let acceptor = listen::acceptor(dir, &config.tls, ClientCertificates::Required)?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|source| ServeError::Listen {
            addr: config.listen,
            source,
        })?;
    let addr = listener.local_addr().map_err(|source| ServeError::Listen {
        addr: config.listen,
        source,
    })?;
    let auditors = Endpoint::bind(dir, config).await?;
    let audit_addr = auditors.as_ref().map(Endpoint::addr);
    if let Some(addr) = config.metrics {
        telemetry::serve_metrics(addr)?;
    }
    let (opening, settings) = (dir.to_owned(), config.clone());
    let opened = move || {
        confirm_copy(&opening, &settings)?;
        Ok::<_, ServeError>(Registry::open(&opening, &settings, clock)?)
    };
    let registry = tokio::task::spawn_blocking(opened)
        .await
        .map_err(|_panicked| ServeError::Abandoned)??;
    let registry = Arc::new(registry);
    tracing::info!(registry = registry.name(), %addr, ?audit_addr, "serving");

    let (stop, stopped) = oneshot::channel();
    let serving = Arc::clone(&registry);
    let task = tokio::spawn(run(serving, acceptor, listener, auditors, stopped));
    Ok(Serving {
        addr,
        audit_addr,
        registry,
        stop,
        task,
    })
}

/// Asks the configured witnesses, once, whether anything signed is missing from a copy that was brought back. Without
/// witnesses nobody is asked here, and opening refuses the copy with the remedy.
fn confirm_copy(dir: &Path, config: &Config) -> Result<(), ServeError> {
    let asked = config.checkpoints.witness_policy.is_some();
    if asked && restore::is_unconfirmed(dir, &config.registry).map_err(ServeError::Unconfirmed)? {
        restore::confirm(dir, config, &Evidence::Witnesses).map_err(ServeError::Unconfirmed)?;
        tracing::warn!(
            "a copy that was brought back is whole, as its witnesses say: it is written again"
        );
    }
    Ok(())
}

async fn run(
    registry: Arc<Registry>,
    acceptor: tokio_rustls::TlsAcceptor,
    listener: TcpListener,
    auditors: Option<Endpoint>,
    stopped: oneshot::Receiver<()>,
) -> Result<(), ServeError> {
    let (health, health_service) = tonic_health::server::health_reporter();
    health
        .set_serving::<api::registry_server::RegistryServer<crate::api::RegistryService>>()
        .await;
    health
        .set_serving::<api::persons_server::PersonsServer<crate::api::PersonsService>>()
        .await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(sabt_proto::DESCRIPTORS)
        .build_v1()?;
    let server = tonic::transport::Server::builder()
        .timeout(CALL_TIMEOUT)
        .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX);
    let health_routes = tonic::service::Routes::new(health_service).add_service(reflection);
    let router = routes(&registry, server, health_routes);

    let fault = Arc::clone(registry.fault());
    let ending = async move {
        tokio::select! {
            _ = stopped => {}
            () = fault.latched() => {}
        }
    };
    let (shutdown, grace) = oneshot::channel::<()>();
    let (ending_audits, audits_ending) = oneshot::channel::<()>();
    let auditing = auditors.map(|endpoint| {
        let shown = Shown::Registry(Arc::clone(&registry));
        // An error is what dropping the sender gives: both mean the end.
        let stopped = async move { drop(audits_ending.await) };
        tokio::spawn(endpoint.serve(shown, stopped))
    });
    let signal = async move {
        ending.await;
        health
            .set_not_serving::<api::registry_server::RegistryServer<crate::api::RegistryService>>()
            .await;
        drop((shutdown, ending_audits));
    };
    let incoming = listen::incoming(listener, acceptor, CONNECTIONS_MAX);
    let serve = router.serve_with_incoming_shutdown(incoming, signal);
    tokio::pin!(serve);
    let outcome = tokio::select! {
        outcome = &mut serve => outcome,
        // Streams that wait at the head would hold the end back for ever: they get a grace and are cut.
        () = async { drop(grace.await); tokio::time::sleep(SHUTDOWN_GRACE).await; } => Ok(()),
    };
    outcome?;
    if let Some(auditing) = auditing {
        auditing.await.map_err(|_panicked| ServeError::Abandoned)?;
    }
    close(registry).await
}

async fn close(registry: Arc<Registry>) -> Result<(), ServeError> {
    let fault = Arc::clone(registry.fault());
    // Calls that were cut still hold the registry for a moment; after a fault nothing is waited for.
    let mut shared = registry;
    let mut registry = None;
    let mut waited = Duration::ZERO;
    while waited < SHUTDOWN_GRACE && !fault.is_latched() {
        match Arc::try_unwrap(shared) {
            Ok(alone) => {
                registry = Some(alone);
                break;
            }
            Err(still) => shared = still,
        }
        tokio::time::sleep(SHUTDOWN_POLL).await;
        waited += SHUTDOWN_POLL;
    }
    if let Some(registry) = registry {
        tokio::task::spawn_blocking(move || registry.close())
            .await
            .map_err(|_panicked| ServeError::Abandoned)?;
    }
    if let Some(reason) = fault.reason() {
        return Err(ServeError::Fault(reason.to_owned()));
    }
    tracing::info!("stopped in order");
    Ok(())
}
