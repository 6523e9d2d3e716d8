//! The HTTP interface of a witness (C2SP tlog-witness): submission and monitoring under one prefix.
//!
//! | request | answer |
//! |---|---|
//! | `POST /add-checkpoint` | a cosignature; [`sabt_chain::witness`] has the table of refusals |
//! | `GET /<hash>/checkpoint` | the newest checkpoint cosigned of the log whose origin has this hexadecimal SHA-256 |
//! | `GET /` | name, verifier key, logs and their sizes, for people |
//!
//! Beyond the specification: 405 and 404 for anything else, 408 for a body that takes too long, 413 for one that is
//! too long, 503 while the witness cannot cosign.

use std::convert::Infallible;
use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use sabt_chain::witness::{ADD_CHECKPOINT_PATH, Refusal, SIZE_CONTENT_TYPE, size_body};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::error::Fault;
use super::limits::{
    ACCEPT_PAUSE, BODY_BYTES_MAX, BODY_TIMEOUT, CONNECTION_TIMEOUT, CONNECTIONS_MAX,
    HANDSHAKE_TIMEOUT, HEAD_BYTES_MAX, HEAD_TIMEOUT, STOP_TIMEOUT,
};
use super::{Answer, Witness};

/// Content type of all that people may read.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

type TextResponse = Response<Full<Bytes>>;

/// Serves until `shutdown` completes or a fault latches; requests in progress are then answered.
///
/// # Errors
/// The fault that latched.
pub async fn serve(
    witness: Arc<Witness>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Arc<Fault>> {
    let connections = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let accept = async {
        loop {
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((socket, _)) => {
                    let connection = Connection {
                        witness: Arc::clone(&witness),
                        watcher: connections.watcher(),
                        _permit: permit,
                    };
                    tokio::spawn(connection.start(socket, tls.clone()));
                }
                // Out of descriptors, or a connection that has gone already: both pass.
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            }
        }
    };
    tokio::select! {
        () = accept => {}
        () = shutdown => {}
        () = witness.faulted() => {}
    }
    drop(listener);
    if timeout(STOP_TIMEOUT, connections.shutdown()).await.is_err() {
        tracing::warn!("connections were still open when the witness stopped");
    }
    witness.fault().map_or(Ok(()), Err)
}

/// A connection, which counts against [`CONNECTIONS_MAX`] until it is dropped.
struct Connection {
    witness: Arc<Witness>,
    watcher: Watcher,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn start(self, socket: TcpStream, tls: Option<TlsAcceptor>) {
        if socket.set_nodelay(true).is_err() {
            return;
        }
        let Some(tls) = tls else {
            return self.converse(socket).await;
        };
        match timeout(HANDSHAKE_TIMEOUT, tls.accept(socket)).await {
            Ok(Ok(stream)) => self.converse(stream).await,
            Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
            Err(_elapsed) => tracing::debug!("TLS handshake took too long"),
        }
    }

    async fn converse(self, stream: impl AsyncRead + AsyncWrite + Unpin + 'static) {
        let witness = self.witness;
        let service = service_fn(move |request| {
            let witness = Arc::clone(&witness);
            async move { Ok::<_, Infallible>(answer(witness, request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service);
        match timeout(CONNECTION_TIMEOUT, self.watcher.watch(connection)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "connection broke"),
            Err(_elapsed) => tracing::debug!("connection was open for too long"),
        }
    }
}

async fn answer(witness: Arc<Witness>, request: Request<Incoming>) -> TextResponse {
    let path = request.uri().path().to_owned();
    let reads = *request.method() == Method::GET || *request.method() == Method::HEAD;
    if path == ADD_CHECKPOINT_PATH {
        if *request.method() != Method::POST {
            return not_allowed("POST");
        }
        return match read_body(request.into_body()).await {
            Ok(body) => add_checkpoint(witness, body).await,
            Err(response) => response,
        };
    }
    let hash = path.strip_prefix('/');
    let hash = hash.and_then(|path| path.strip_suffix("/checkpoint"));
    if path != "/" && hash.is_none() {
        return text(StatusCode::NOT_FOUND, "nothing is here\n");
    }
    if !reads {
        return not_allowed("GET, HEAD");
    }
    match hash {
        None => text(StatusCode::OK, index(&witness)),
        Some(hash) => match witness.checkpoint(hash) {
            Some(note) => text(StatusCode::OK, note.to_string()),
            None => text(
                StatusCode::NOT_FOUND,
                "no checkpoint of such a log is cosigned here\n",
            ),
        },
    }
}

/// The whole body, or what to answer if it cannot be read.
async fn read_body(body: Incoming) -> Result<Bytes, TextResponse> {
    let too_large = || {
        let words = format!("a request has at most {BODY_BYTES_MAX} bytes\n");
        text(StatusCode::PAYLOAD_TOO_LARGE, words)
    };
    // What is announced as too long is not waited for.
    if usize::try_from(body.size_hint().lower()).is_ok_and(|bytes| BODY_BYTES_MAX < bytes) {
        return Err(too_large());
    }
    let body = Limited::new(body, BODY_BYTES_MAX).collect();
    match timeout(BODY_TIMEOUT, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(text(
            StatusCode::BAD_REQUEST,
            "invalid input: the body ended early\n",
        )),
        Err(_elapsed) => Err(text(
            StatusCode::REQUEST_TIMEOUT,
            "the body did not come in time\n",
        )),
    }
}

/// Decides in a thread that may block, since a checkpoint is made durable before it is cosigned.
async fn add_checkpoint(witness: Arc<Witness>, body: Bytes) -> TextResponse {
    let decided = tokio::task::spawn_blocking(move || witness.add_checkpoint(&body)).await;
    match decided {
        Ok(Answer::Cosigned(line)) => text(StatusCode::OK, line),
        Ok(Answer::Conflict(size)) => {
            let mut response = text(StatusCode::CONFLICT, size_body(size));
            let content_type = HeaderValue::from_static(SIZE_CONTENT_TYPE);
            response.headers_mut().insert(CONTENT_TYPE, content_type);
            response
        }
        Ok(Answer::Malformed(error)) => {
            let words = format!("invalid input: {}\n", chain(&error));
            text(StatusCode::BAD_REQUEST, words)
        }
        Ok(Answer::Refused(refusal)) => refused(&refusal),
        Ok(Answer::Clock) => text(
            StatusCode::SERVICE_UNAVAILABLE,
            "the clock of the witness is wrong: nothing is cosigned until it is right\n",
        ),
        Ok(Answer::Fault) | Err(_) => text(
            StatusCode::SERVICE_UNAVAILABLE,
            "the witness has stopped on a fault: nothing is cosigned\n",
        ),
    }
}

/// A refusal, beginning with the words that other witnesses use.
fn refused(refusal: &Refusal) -> TextResponse {
    let begin = match refusal {
        Refusal::UnknownLog { .. } => "unknown log",
        Refusal::Signature(_) => "invalid signature",
        Refusal::OldSize { .. } => "invalid input",
        Refusal::Fork { .. } => "inconsistent root",
        Refusal::Proof(_) => "bad consistency proof",
    };
    let status = StatusCode::from_u16(refusal.status());
    text(
        status.unwrap_or(StatusCode::FORBIDDEN),
        format!("{begin}: {}\n", chain(refusal)),
    )
}

/// What an error says, and what its causes say.
fn chain(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing into a string does not fail.
        write!(words, ": {error}").unwrap_or_default();
        cause = error.source();
    }
    words
}

/// What people see who open the witness in a browser.
fn index(witness: &Witness) -> String {
    let key = witness.key();
    let mut page = format!(
        "{} is a witness of transparency logs (https://c2sp.org/tlog-witness).\n\n\
         verifier key  {key}\n\n",
        key.name()
    );
    for log in witness.logs() {
        let size = log.size.map_or("nothing cosigned yet".to_owned(), |size| {
            format!("{size} leaves")
        });
        writeln!(page, "{}  {size}", log.origin).unwrap_or_default();
    }
    page
}

fn not_allowed(methods: &'static str) -> TextResponse {
    let mut response = text(
        StatusCode::METHOD_NOT_ALLOWED,
        format!("only {methods} here\n"),
    );
    let methods = HeaderValue::from_static(methods);
    response.headers_mut().insert(ALLOW, methods);
    response
}

fn text(status: StatusCode, words: impl Into<Bytes>) -> TextResponse {
    let mut response = Response::new(Full::new(words.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, TEXT);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
