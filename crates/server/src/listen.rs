//! The listening socket: TLS 1.3 with client certificates, bounded connections, bounded handshakes.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::{Connected, TcpConnectInfo};

use crate::config::TlsConfig;
use crate::limits::{ACCEPT_PAUSE, HANDSHAKE_TIMEOUT};

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A PEM file cannot be read.
    #[error("cannot read {path}: {source}")]
    Pem {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// The client authority cannot be used.
    #[error("the client authority cannot be used: {0}")]
    Authority(#[from] rustls::server::VerifierBuilderError),
    /// Certificate or key cannot be used.
    #[error("certificate or key cannot be used: {0}")]
    Config(#[from] rustls::Error),
}

/// Whether a caller must show a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientCertificates {
    /// Yes: gRPC.
    Required,
    /// No, but one that is shown must be good: the endpoint for auditors, HTTP/1.1.
    Optional,
}

/// An acceptor that speaks TLS 1.3 only and takes client certificates signed by the client authority.
pub fn acceptor(
    dir: &Path,
    tls: &TlsConfig,
    clients: ClientCertificates,
) -> Result<TlsAcceptor, TlsError> {
    let certificates = read_certificates(&dir.join(&tls.certificate))?;
    let key_path = dir.join(&tls.key);
    let key = PrivateKeyDer::from_pem_file(&key_path).map_err(|source| TlsError::Pem {
        path: key_path,
        source,
    })?;
    let mut roots = RootCertStore::empty();
    for certificate in read_certificates(&dir.join(&tls.client_authority))? {
        roots.add(certificate)?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let (verifier, protocol) = match clients {
        ClientCertificates::Required => (verifier, "h2"),
        ClientCertificates::Optional => (verifier.allow_unauthenticated(), "http/1.1"),
    };
    let verifier = verifier.build()?;
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(certificates, key)?;
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrap = |source| TlsError::Pem {
        path: path.to_owned(),
        source,
    };
    CertificateDer::pem_file_iter(path)
        .map_err(wrap)?
        .collect::<Result<_, _>>()
        .map_err(wrap)
}

/// Accepts connections until the receiver is dropped, at most `connections_max` at once.
pub fn incoming(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    connections_max: usize,
) -> ReceiverStream<io::Result<TlsStream<Connection>>> {
    let (accepted, stream) = mpsc::channel(16);
    tokio::spawn(async move {
        let permits = Arc::new(Semaphore::new(connections_max));
        loop {
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                return;
            };
            let socket = tokio::select! {
                () = accepted.closed() => return,
                socket = listener.accept() => socket,
            };
            let Ok((socket, _)) = socket else {
                // Out of descriptors or an aborted connection: both pass, and must not keep a core busy.
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            tokio::spawn(handshake(
                socket,
                permit,
                acceptor.clone(),
                accepted.clone(),
            ));
        }
    });
    ReceiverStream::new(stream)
}

async fn handshake(
    socket: TcpStream,
    permit: OwnedSemaphorePermit,
    acceptor: TlsAcceptor,
    accepted: mpsc::Sender<io::Result<TlsStream<Connection>>>,
) {
    if socket.set_nodelay(true).is_err() {
        return;
    }
    let connection = Connection {
        socket,
        _permit: permit,
    };
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(connection)).await {
        Ok(Ok(stream)) => {
            // The receiver is gone only when the server is stopping.
            drop(accepted.send(Ok(stream)).await);
        }
        Ok(Err(err)) => {
            metrics::counter!("sabt_tls_handshakes_failed_total").increment(1);
            tracing::debug!(error = %err, "TLS handshake failed");
        }
        Err(_elapsed) => {
            metrics::counter!("sabt_tls_handshakes_failed_total").increment(1);
        }
    }
}

/// A TCP connection that counts against the limit of its listener until it is dropped.
#[derive(Debug)]
pub struct Connection {
    socket: TcpStream,
    _permit: OwnedSemaphorePermit,
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.socket.connect_info()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }
}
