//! The read-only endpoint for auditors: both ledgers as C2SP tlog-tiles over HTTPS, straight from the segments.
//!
//! | path | who may read it | cached |
//! |---|---|---|
//! | `/<ledger>/checkpoint` | everybody | no: it changes within a second |
//! | `/<ledger>/tile/...` | auditors, by client certificate | for ever, by whoever may read it |
//!
//! `<ledger>` is `events` or `disclosures`; the paths below `tile/` are those of [`sabt_chain::tile`]. What there is
//! follows from the *published* checkpoint: tiles and bundles that it covers, whole or cut to any width, since a
//! reader who holds an earlier checkpoint needs the widths of that one. Everything else is not found.
//!
//! Envelopes tell of nobody, but that somebody took them is recorded like any export: one disclosure for each
//! connection and ledger, durable before the first tile leaves. A copy that was restored and is not confirmed cannot
//! record anything, so it shows its checkpoints alone.

mod answer;
mod pace;
mod target;
mod visitor;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use sabt_chain::LedgerName;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::server::TlsStream;
use tokio_stream::StreamExt as _;

use self::pace::Paced;
use self::visitor::Visitor;
use crate::checkpoint::CHECKPOINT_FILE;
use crate::config::Config;
use crate::limits::{
    AUDIT_CONNECTION_AGE_MAX, AUDIT_CONNECTIONS_MAX, AUDIT_HEAD_BYTES_MAX, AUDIT_HEADERS_MAX,
    AUDIT_IDLE_TIMEOUT, AUDIT_READS_MAX, AUDIT_WRITE_TIMEOUT, SHUTDOWN_GRACE,
};
use crate::listen::{self, ClientCertificates, Connection, Transport};
use crate::registry::{Layout, Registry};
use crate::serve::ServeError;

/// What the endpoint shows.
#[derive(Debug, Clone)]
pub enum Shown {
    /// An open registry: checkpoints, and records to auditors.
    Registry(Arc<Registry>),
    /// A copy that may not be written: its checkpoints.
    Checkpoints(Arc<Checkpoints>),
}

/// Published checkpoints of a copy that may not be written.
#[derive(Debug, Default)]
pub struct Checkpoints {
    /// Of the events ledger; `None` if there is none.
    pub events: Option<String>,
    /// Of the disclosures ledger; `None` if there is none.
    pub disclosures: Option<String>,
}

impl Checkpoints {
    /// The published checkpoints that stand in a data directory. They are shown as they are: who reads them verifies
    /// them.
    ///
    /// # Errors
    /// Of the operating system, but for files that are not there.
    pub fn read(dir: &Path) -> std::io::Result<Self> {
        let layout = Layout::new(dir);
        let read =
            |ledger| match std::fs::read_to_string(layout.ledger(ledger).join(CHECKPOINT_FILE)) {
                Ok(note) => Ok(Some(note)),
                Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(err) => Err(err),
            };
        Ok(Self {
            events: read(LedgerName::Events)?,
            disclosures: read(LedgerName::Disclosures)?,
        })
    }

    fn of(&self, ledger: LedgerName) -> Option<&str> {
        match ledger {
            LedgerName::Events => self.events.as_deref(),
            LedgerName::Disclosures => self.disclosures.as_deref(),
        }
    }
}

/// The endpoint, listening; whoever connects waits until [`Endpoint::serve`].
pub struct Endpoint {
    listener: TcpListener,
    transport: Arc<Transport>,
    addr: SocketAddr,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint")
            .field("addr", &self.addr)
            .finish_non_exhaustive()
    }
}

impl Endpoint {
    /// Listens, if the configuration asks for it.
    ///
    /// # Errors
    /// [`ServeError::Listen`].
    pub async fn bind(
        config: &Config,
        transport: &Arc<Transport>,
    ) -> Result<Option<Self>, ServeError> {
        let Some(audit) = &config.audit else {
            return Ok(None);
        };
        let addr = audit.listen;
        let listening = |source| ServeError::Listen { addr, source };
        let listener = TcpListener::bind(addr).await.map_err(listening)?;
        let addr = listener.local_addr().map_err(listening)?;
        Ok(Some(Self {
            listener,
            transport: Arc::clone(transport),
            addr,
        }))
    }

    /// The address listened on.
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Serves until `stopped` is ready; then requests in flight end, for at most [`SHUTDOWN_GRACE`].
    pub async fn serve(self, shown: Shown, stopped: impl Future<Output = ()>) {
        let mut incoming = listen::incoming(
            self.listener,
            self.transport,
            ClientCertificates::Optional,
            AUDIT_CONNECTIONS_MAX,
        );
        let reads = Arc::new(Semaphore::new(AUDIT_READS_MAX));
        let graceful = GracefulShutdown::new();
        let mut conversations = JoinSet::new();
        tokio::pin!(stopped);
        loop {
            tokio::select! {
                () = &mut stopped => break,
                stream = incoming.next() => match stream {
                    Some(Ok(stream)) => {
                        let visitor = Visitor::new(shown.clone(), &stream, Arc::clone(&reads));
                        conversations.spawn(converse(stream, visitor, graceful.watcher()));
                    }
                    Some(Err(err)) => tracing::debug!(error = %err, "a connection was lost"),
                    None => break,
                },
                // Those that have ended are let go as they end.
                Some(_ended) = conversations.join_next() => {}
            }
        }
        drop(incoming);
        if tokio::time::timeout(SHUTDOWN_GRACE, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("auditors' connections were cut at the end of their grace");
        }
        conversations.shutdown().await;
    }
}

/// Answers the requests of one connection, one after another.
async fn converse(
    stream: TlsStream<Connection>,
    visitor: Visitor,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let visitor = Arc::new(visitor);
    let service = service_fn(move |request| {
        let visitor = Arc::clone(&visitor);
        async move { Ok::<_, Infallible>(visitor.answer(request).await) }
    });
    let connection = http(AUDIT_IDLE_TIMEOUT).serve_connection(
        TokioIo::new(Paced::new(stream, AUDIT_WRITE_TIMEOUT)),
        service,
    );
    let longest = AUDIT_CONNECTION_AGE_MAX + AUDIT_WRITE_TIMEOUT;
    match tokio::time::timeout(longest, watcher.watch(connection)).await {
        Ok(Ok(())) => {}
        Ok(Err(err)) => tracing::debug!(error = %err, "an auditor's connection broke off"),
        Err(_elapsed) => tracing::debug!("an auditor's connection was cut at its greatest age"),
    }
}

/// HTTP within the limits of one connection, on which a whole request comes within `idle`.
fn http(idle: Duration) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(idle)
        .max_headers(AUDIT_HEADERS_MAX)
        .max_buf_size(AUDIT_HEAD_BYTES_MAX);
    http
}

#[cfg(test)]
mod tests;
