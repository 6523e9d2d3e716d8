//! The listening socket: TLS 1.3 with client certificates, bounded connections, bounded handshakes.
//!
//! A handshake is judged by the files in force ([`Transport`]), and so is every request on a connection that is already
//! open ([`check`]): a certificate that was revoked, has expired or is not vouched for any more asks nothing further.

mod material;
mod peer;
mod revocations;
mod transport;

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

pub use self::material::TlsError;
pub(crate) use self::peer::problem;
pub use self::peer::{Distrust, Peer, PeerInfo, check};
pub use self::revocations::RevocationError;
use self::revocations::Revocations;
pub use self::transport::Transport;
use crate::limits::{ACCEPT_PAUSE, HANDSHAKE_TIMEOUT};

/// Whether a caller must show a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientCertificates {
    /// Yes: gRPC.
    Required,
    /// No, but one that is shown must be good: the endpoint for auditors, HTTP/1.1.
    Optional,
}

/// Accepts connections until the receiver is dropped, at most `connections_max` at once.
pub fn incoming(
    listener: TcpListener,
    transport: Arc<Transport>,
    clients: ClientCertificates,
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
                Arc::clone(&transport),
                clients,
                accepted.clone(),
            ));
        }
    });
    ReceiverStream::new(stream)
}

async fn handshake(
    socket: TcpStream,
    permit: OwnedSemaphorePermit,
    transport: Arc<Transport>,
    clients: ClientCertificates,
    accepted: mpsc::Sender<io::Result<TlsStream<Connection>>>,
) {
    if socket.set_nodelay(true).is_err() {
        return;
    }
    let acceptor = transport.acceptor(clients);
    let connection = Connection {
        socket,
        peer: Peer::new(transport),
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
    peer: Peer,
    _permit: OwnedSemaphorePermit,
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
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

#[cfg(test)]
mod tests;
