//! Reading ledgers from a running registry, over its RPC contract.

use std::fmt;
use std::future::Future;
use std::io;
use std::time::Duration;

use sabt_chain::{LedgerName, Position, Size};
use sabt_proto::api::v1::audit_client::AuditClient;
use sabt_proto::api::v1::{GetCheckpointRequest, Ledger, ReadRecordsRequest, ReadRecordsResponse};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Status, Streaming};

use super::{Piece, Wanted};
use crate::examine::RawRecord;
use crate::work::Part;

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest wait for one answer, or one message of a stream. A registry that is busy answers within seconds.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);

/// Longest message. A record has at most 64 KiB and 224 bytes; a server that sends a thousand of the longest in one
/// message stays below.
const MESSAGE_BYTES_MAX: usize = 72 * 1024 * 1024;

/// How a running registry is reached. It is asked as an auditor: the certificate must carry that role.
#[derive(Clone)]
pub struct ServerAddress {
    /// `https://host:port`.
    pub url: String,
    /// Certificate authority of the registry, PEM.
    pub ca: Vec<u8>,
    /// The auditor's certificate, PEM.
    pub certificate: Vec<u8>,
    /// Its private key, PEM.
    pub key: Vec<u8>,
}

impl fmt::Debug for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerAddress")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Why a running registry could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// No runtime for network calls.
    #[error("cannot start network calls: {0}")]
    Runtime(io::Error),
    /// The address or the certificates are not usable, or nothing answers.
    #[error("cannot connect: {0}")]
    Connect(#[from] tonic::transport::Error),
    /// The registry refused or failed.
    #[error("the registry answered {code:?}: {message}", code = .0.code(), message = .0.message())]
    Status(Box<Status>),
    /// The registry did not answer.
    #[error("no answer within {} s", .0.as_secs())]
    Timeout(Duration),
}

/// The newest checkpoint of a ledger; `None` if there is none yet.
pub(super) fn checkpoint(
    address: &ServerAddress,
    ledger: LedgerName,
) -> Result<Option<Vec<u8>>, ServerError> {
    let mut connection = Connection::open(address)?;
    let request = GetCheckpointRequest {
        ledger: code(ledger).into(),
    };
    let client = &mut connection.client;
    match wait(&connection.runtime, client.get_checkpoint(request)) {
        Ok(response) => {
            let note = response.into_inner().checkpoint.into_bytes();
            Ok((!note.is_empty()).then_some(note))
        }
        Err(ServerError::Status(status)) if status.code() == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads the records of one ledger.
pub(crate) struct ServerReader {
    connection: Connection,
    /// `None` once it has ended.
    stream: Option<Streaming<ReadRecordsResponse>>,
    /// Records still to come. A server that sends more than it was asked for is not listened to for ever.
    remaining: u64,
}

impl ServerReader {
    /// Asks for as many records as are wanted, save the first `from`; if there are not so many, which the caller will see, for those that are
    /// signed.
    pub(super) fn open(
        address: &ServerAddress,
        ledger: LedgerName,
        wanted: Wanted,
        from: Size,
    ) -> Result<Self, ServerError> {
        let mut reader = Self {
            connection: Connection::open(address)?,
            stream: None,
            remaining: 0,
        };
        match reader.ask(ledger, from, wanted.records) {
            Err(ServerError::Status(status)) if is_beyond_end(&status) => {
                reader.ask(ledger, from, wanted.signed)?;
            }
            asked => asked?,
        }
        Ok(reader)
    }

    pub(super) fn next_piece(&mut self) -> Result<Option<Piece>, ServerError> {
        let Some(stream) = self.stream.as_mut().filter(|_| self.remaining != 0) else {
            return Ok(None);
        };
        let message = match wait(&self.connection.runtime, stream.message()) {
            Err(ServerError::Status(status)) if is_beyond_end(&status) => None,
            other => other?,
        };
        let Some(ReadRecordsResponse { mut records }) = message else {
            self.stream = None;
            return Ok(None);
        };
        records.truncate(usize::try_from(self.remaining).unwrap_or(usize::MAX));
        self.remaining -= records.len() as u64;
        let records = records.into_iter().map(|record| RawRecord {
            position: Position::new(record.position),
            envelope: record.envelope,
            payload: Some(record.payload),
        });
        Ok(Some(Piece::Part(Part::Raw(records.collect()))))
    }

    fn ask(&mut self, ledger: LedgerName, from: Size, records: Size) -> Result<(), ServerError> {
        if records <= from {
            return Ok(());
        }
        let request = ReadRecordsRequest {
            ledger: code(ledger).into(),
            from: from.get(),
            until: records.get(),
        };
        let client = &mut self.connection.client;
        let response = wait(&self.connection.runtime, client.read_records(request))?;
        self.stream = Some(response.into_inner());
        self.remaining = records.get() - from.get();
        Ok(())
    }
}

/// Whether the registry says that it has fewer records than were asked for.
fn is_beyond_end(status: &Status) -> bool {
    matches!(status.code(), Code::NotFound | Code::OutOfRange)
}

/// A connection and the runtime that drives it.
struct Connection {
    client: AuditClient<Channel>,
    runtime: Runtime,
}

impl Connection {
    fn open(address: &ServerAddress) -> Result<Self, ServerError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(ServerError::Runtime)?;
        let endpoint = endpoint(address)?.connect_timeout(CONNECT_TIMEOUT);
        let channel = runtime.block_on(endpoint.connect())?;
        let client = AuditClient::new(channel).max_decoding_message_size(MESSAGE_BYTES_MAX);
        Ok(Self { client, runtime })
    }
}

fn endpoint(address: &ServerAddress) -> Result<Endpoint, tonic::transport::Error> {
    let endpoint = Endpoint::from_shared(address.url.clone())?;
    // Tests talk to themselves.
    if cfg!(test) {
        return Ok(endpoint);
    }
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(&address.ca))
        .identity(Identity::from_pem(&address.certificate, &address.key));
    endpoint.tls_config(tls)
}

/// Waits for an answer.
fn wait<T>(
    runtime: &Runtime,
    answer: impl Future<Output = Result<T, Status>>,
) -> Result<T, ServerError> {
    match runtime.block_on(async { timeout(ANSWER_TIMEOUT, answer).await }) {
        Ok(answer) => answer.map_err(|status| ServerError::Status(Box::new(status))),
        Err(_) => Err(ServerError::Timeout(ANSWER_TIMEOUT)),
    }
}

const fn code(ledger: LedgerName) -> Ledger {
    match ledger {
        LedgerName::Events => Ledger::Events,
        LedgerName::Disclosures => Ledger::Disclosures,
    }
}

#[cfg(test)]
mod tests;
