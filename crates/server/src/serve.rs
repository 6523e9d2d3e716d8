//! Serving: one listener, every service, an orderly end.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sabt_proto::api::v1::{persons_server, registry_server};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::api;
use crate::auditors::{Endpoint, Shown};
use crate::clock::Clock;
use crate::config::Config;
use crate::copy::{self, UnconfirmedCopy};
use crate::guard;
use crate::limits::{
    CALL_TIMEOUT, CONNECTIONS_MAX, SHUTDOWN_GRACE, SHUTDOWN_POLL, STREAMS_PER_CONNECTION_MAX,
};
use crate::listen::{self, ClientCertificates, TlsError, Transport};
use crate::registry::{Registry, RegistryError};
use crate::restore::RestoreError;
use crate::telemetry::{self, MetricsError};

/// Why a registry is not served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It does not open.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// It is a copy that was brought back, or may be one, and cannot even be looked at.
    #[error(transparent)]
    Copy(#[from] RestoreError),
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

/// What is served.
#[derive(Debug, Clone)]
enum Served {
    /// An open registry.
    Registry(Arc<Registry>),
    /// A copy that may not be written.
    Copy(Arc<UnconfirmedCopy>),
}

impl Served {
    fn status(&self) -> ServingStatus {
        match self {
            Self::Registry(_) => ServingStatus::Serving,
            Self::Copy(_) => ServingStatus::NotServing,
        }
    }

    fn shown(&self) -> Shown {
        match self {
            Self::Registry(registry) => Shown::Registry(Arc::clone(registry)),
            Self::Copy(copy) => Shown::Checkpoints(Arc::clone(copy.checkpoints())),
        }
    }

    /// Every service of the contract beside these others, for callers whose certificates hold.
    fn routes(&self, others: Routes) -> Routes {
        match self {
            Self::Registry(registry) => {
                guard::routes(api::routes(registry, others), Some(Arc::clone(registry)))
            }
            Self::Copy(copy) => guard::routes(copy::routes(copy, others), None),
        }
    }

    /// Tells the health of a registry whenever its ledgers run out of room or have some again; never returns of a copy.
    async fn report_room(&self, health: &HealthReporter) {
        let Self::Registry(registry) = self else {
            return std::future::pending().await;
        };
        let mut full = registry.fault().watch_full();
        while full.changed().await.is_ok() {
            let status = if full.borrow_and_update().is_empty() {
                ServingStatus::Serving
            } else {
                ServingStatus::NotServing
            };
            report_health(health, status).await;
        }
        std::future::pending::<()>().await;
    }

    /// Returns on the first fault, which a copy cannot have.
    fn faulted(&self) -> impl Future<Output = ()> + Send + use<> {
        let fault = match self {
            Self::Registry(registry) => Some(Arc::clone(registry.fault())),
            Self::Copy(_) => None,
        };
        async move {
            match fault {
                Some(fault) => fault.latched().await,
                None => std::future::pending().await,
            }
        }
    }
}

/// A registry being served.
#[derive(Debug)]
pub struct Serving {
    addr: SocketAddr,
    audit_addr: Option<SocketAddr>,
    served: Served,
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

    /// The registry, for tests and tools in the same process; `None` if a copy is served that may not be written.
    pub fn registry(&self) -> Option<&Arc<Registry>> {
        match &self.served {
            Served::Registry(registry) => Some(registry),
            Served::Copy(_) => None,
        }
    }

    /// Why the copy that is served may not be written; `None` if a registry is served.
    pub fn problem(&self) -> Option<&str> {
        match &self.served {
            Served::Registry(_) => None,
            Served::Copy(copy) => Some(copy.problem()),
        }
    }

    /// Returns when the registry has stopped on a fault.
    pub fn faulted(&self) -> impl Future<Output = ()> + Send + use<> {
        self.served.faulted()
    }

    /// Stops: no new calls, calls in flight end, the writers finish, a last checkpoint is signed.
    pub async fn stop(self) -> Result<(), ServeError> {
        let Self {
            served, stop, task, ..
        } = self;
        drop(served);
        if stop.send(()).is_err() {
            tracing::debug!("the server had stopped before");
        }
        task.await.map_err(|_panicked| ServeError::Abandoned)?
    }

    /// Returns when the server has stopped, by a fault or by [`Serving::stop`] from elsewhere.
    pub async fn ended(self) -> Result<(), ServeError> {
        let Self {
            served, stop, task, ..
        } = self;
        drop(served);
        let outcome = task.await.map_err(|_panicked| ServeError::Abandoned)?;
        drop(stop);
        outcome
    }
}

/// Opens a registry and serves it until stopped. Must be called inside a multi-threaded runtime.
///
/// Of a copy that was brought back the configured witnesses are asked, once, whether anything signed is missing. If they
/// confirm it, it is opened as any other. Else nothing in the directory is changed: it tells its status and shows its
/// published checkpoints, and every other call is refused.
///
/// # Errors
/// [`ServeError`]; then nothing listens.
pub async fn start(dir: &Path, config: &Config, clock: Clock) -> Result<Serving, ServeError> {
    // Certificates are dated by the clock of the machine, whatever that of the registry shows.
    let transport = Transport::open(dir, &config.tls, Clock::system())?;
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
    let auditors = Endpoint::bind(config, &transport).await?;
    let audit_addr = auditors.as_ref().map(Endpoint::addr);
    if let Some(addr) = config.metrics {
        telemetry::serve_metrics(addr)?;
    }
    let (opening, settings) = (dir.to_owned(), config.clone());
    let opened = move || {
        if let Some(copy) = UnconfirmedCopy::find(&opening, &settings)? {
            return Ok(Served::Copy(Arc::new(copy)));
        }
        let registry = Registry::open(&opening, &settings, clock)?;
        Ok::<_, ServeError>(Served::Registry(Arc::new(registry)))
    };
    let served = tokio::task::spawn_blocking(opened)
        .await
        .map_err(|_panicked| ServeError::Abandoned)??;
    match &served {
        Served::Registry(registry) => {
            tracing::info!(registry = registry.name(), %addr, ?audit_addr, "serving");
        }
        Served::Copy(copy) => {
            let (registry, problem) = (copy.registry(), copy.problem());
            tracing::error!(registry, %addr, ?audit_addr, problem, "a restored copy is not written: only its status and its checkpoints are served");
        }
    }

    transport.watch();
    let (stop, stopped) = oneshot::channel();
    let serving = served.clone();
    let task = tokio::spawn(run(serving, transport, listener, auditors, stopped));
    Ok(Serving {
        addr,
        audit_addr,
        served,
        stop,
        task,
    })
}

async fn run(
    served: Served,
    transport: Arc<Transport>,
    listener: TcpListener,
    auditors: Option<Endpoint>,
    stopped: oneshot::Receiver<()>,
) -> Result<(), ServeError> {
    let (health, health_service) = tonic_health::server::health_reporter();
    report_health(&health, served.status()).await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(sabt_proto::DESCRIPTORS)
        .build_v1()?;
    let others = Routes::new(health_service).add_service(reflection);
    let router = tonic::transport::Server::builder()
        .timeout(CALL_TIMEOUT)
        .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
        .add_routes(served.routes(others));

    let faulted = served.faulted();
    let ending = async move {
        tokio::select! {
            _ = stopped => {}
            () = faulted => {}
        }
    };
    let (shutdown, grace) = oneshot::channel::<()>();
    let (ending_audits, audits_ending) = oneshot::channel::<()>();
    let auditing = auditors.map(|endpoint| {
        let shown = served.shown();
        // An error is what dropping the sender gives: both mean the end.
        let stopped = async move { drop(audits_ending.await) };
        tokio::spawn(endpoint.serve(shown, stopped))
    });
    let watched = served.clone();
    let signal = async move {
        tokio::select! {
            () = ending => {}
            () = watched.report_room(&health) => {}
        }
        drop(watched);
        report_health(&health, ServingStatus::NotServing).await;
        drop((shutdown, ending_audits));
    };
    let required = ClientCertificates::Required;
    let incoming = listen::incoming(listener, transport, required, CONNECTIONS_MAX);
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
    match served {
        Served::Registry(registry) => close(registry).await,
        Served::Copy(_) => Ok(()),
    }
}

/// Reports the health of the whole, which has no name, and of the services that callers watch.
async fn report_health(health: &HealthReporter, status: ServingStatus) {
    for service in [
        "",
        registry_server::SERVICE_NAME,
        persons_server::SERVICE_NAME,
    ] {
        health.set_service_status(service, status).await;
    }
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
