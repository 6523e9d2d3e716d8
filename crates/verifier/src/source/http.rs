//! Fetching tiles from a registry's endpoint for auditors, over HTTPS.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sabt_chain::LedgerName;
use sabt_chain::note::NOTE_BYTES_MAX;
use ureq::Agent;
use ureq::http::StatusCode;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

use super::tiles::Fetch;
use super::{ServerAddress, SourceError};
use crate::export::CHECKPOINT_FILE;

/// Runs fetched at a time: a few keep a network and two cores busy.
const RUNS_FETCHED: usize = 4;

/// Connections in all: one for each run, and one for the hash tiles that are compared meanwhile. All are kept from one
/// pass over a ledger to the next, for the registry records one disclosure for each that reads a ledger.
const CONNECTIONS_MAX: usize = RUNS_FETCHED + 1;

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest wait for one answer, its body included. A tile has tens of KiB.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);

/// How often a file is asked for before giving up, when the registry is busy or the connection breaks.
const ATTEMPTS_MAX: u32 = 5;

/// Wait before the second attempt; doubled before each further one: 0.25 + 0.5 + 1 + 2 s in all. (Tests are shorter than
/// that.)
const RETRY_PAUSE: Duration = Duration::from_millis(if cfg!(test) { 5 } else { 250 });

/// Most of a refusal's text that is shown, bytes.
const REFUSAL_BYTES_MAX: u64 = 1024;

/// Why an endpoint for auditors could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The address is not one of HTTPS.
    #[error("{url}: not an address of the form https://host:port")]
    Address {
        /// The address.
        url: String,
    },
    /// A certificate or key cannot be read.
    #[error("the {which} is not usable PEM")]
    Pem {
        /// Which file.
        which: &'static str,
    },
    /// The registry refused.
    #[error("{path}: the registry answered {status}: {message}")]
    Refused {
        /// What was asked for.
        path: String,
        /// HTTP status.
        status: u16,
        /// What it said, at most 1 KiB.
        message: String,
    },
    /// The server's certificate does not hold.
    #[error("{url}: not the server of this certificate authority: {reason}")]
    Certificate {
        /// What was asked.
        url: String,
        /// What is wrong.
        reason: rustls::CertificateError,
    },
    /// No answer, after several attempts.
    #[error("{path}: no answer after {ATTEMPTS_MAX} attempts: {source}")]
    Transport {
        /// What was asked for.
        path: String,
        /// What happened the last time.
        source: Box<ureq::Error>,
    },
}

/// A registry's endpoint for auditors, and the connections to it.
pub struct AuditEndpoint {
    address: ServerAddress,
    /// Made when it is first needed; whoever asks then asks over its connections.
    agent: OnceLock<Agent>,
}

/// One ledger at an endpoint.
pub(super) struct EndpointTiles {
    agent: Agent,
    /// `https://host:port/<ledger>`.
    prefix: String,
}

impl AuditEndpoint {
    /// The endpoint at an address; nothing is sent yet.
    pub const fn new(address: ServerAddress) -> Self {
        Self {
            address,
            agent: OnceLock::new(),
        }
    }

    /// One of its ledgers; nothing is sent yet.
    pub(super) fn tiles(&self, ledger: LedgerName) -> Result<EndpointTiles, EndpointError> {
        let url = self.address.url.trim_end_matches('/');
        // Tests talk to themselves.
        if !url.starts_with("https://") && !cfg!(test) {
            return Err(EndpointError::Address {
                url: url.to_owned(),
            });
        }
        Ok(EndpointTiles {
            agent: self.agent()?,
            prefix: format!("{url}/{ledger}"),
        })
    }

    fn agent(&self) -> Result<Agent, EndpointError> {
        if let Some(agent) = self.agent.get() {
            return Ok(agent.clone());
        }
        let agent = Agent::config_builder()
            .tls_config(tls(&self.address)?)
            .https_only(!cfg!(test))
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_per_call(Some(ANSWER_TIMEOUT))
            .max_idle_connections(CONNECTIONS_MAX)
            .max_idle_connections_per_host(CONNECTIONS_MAX)
            .user_agent(concat!("sabt-verify/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Ok(self.agent.get_or_init(|| agent).clone())
    }
}

impl fmt::Debug for AuditEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditEndpoint")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl EndpointTiles {
    /// The newest checkpoint of the ledger; `None` if there is none.
    pub(super) fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError> {
        self.fetch(CHECKPOINT_FILE, NOTE_BYTES_MAX)
    }

    /// Asks once.
    fn ask(&self, path: &str, limit: usize) -> Result<Answer, ureq::Error> {
        let url = format!("{}/{path}", self.prefix);
        let mut answer = self.agent.get(url).call()?;
        let status = answer.status();
        if status == StatusCode::OK {
            // One byte more than allowed, so that a longer body is told from one that fits.
            let body = answer.body_mut().with_config().limit(limit as u64 + 1);
            return match body.read_to_vec() {
                Ok(bytes) => Ok(Answer::Found(bytes)),
                Err(ureq::Error::BodyExceedsLimit(_)) => Ok(Answer::Found(vec![0; limit + 1])),
                Err(error) => Err(error),
            };
        }
        // Also read where it says nothing of use: what is left unread costs the connection.
        let text = answer.body_mut().with_config().limit(REFUSAL_BYTES_MAX);
        // A refusal that cannot be read is still a refusal.
        let message = text.lossy_utf8(true).read_to_string().unwrap_or_default();
        if status == StatusCode::NOT_FOUND {
            return Ok(Answer::Missing);
        }
        let busy = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        let (status, message) = (status.as_u16(), printable(&message));
        Ok(Answer::Refused {
            status,
            message,
            busy,
        })
    }
}

/// What an endpoint said.
enum Answer {
    Found(Vec<u8>),
    Missing,
    Refused {
        status: u16,
        message: String,
        /// Whether it may say something else a little later.
        busy: bool,
    },
}

impl Fetch for EndpointTiles {
    fn fetch(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, SourceError> {
        let mut pause = RETRY_PAUSE;
        let mut attempt = 1;
        loop {
            let last = attempt == ATTEMPTS_MAX;
            match self.ask(path, limit) {
                Ok(Answer::Found(bytes)) => return Ok(Some(bytes)),
                Ok(Answer::Missing) => return Ok(None),
                Ok(Answer::Refused {
                    status,
                    message,
                    busy,
                }) if last || !busy => {
                    let path = format!("{}/{path}", self.prefix);
                    let refused = EndpointError::Refused {
                        path,
                        status,
                        message,
                    };
                    return Err(refused.into());
                }
                Err(error) if let Some(reason) = certificate_error(&error) => {
                    let url = self.prefix.clone();
                    return Err(EndpointError::Certificate { url, reason }.into());
                }
                Err(source) if last => {
                    let transport = EndpointError::Transport {
                        path: format!("{}/{path}", self.prefix),
                        source: Box::new(source),
                    };
                    return Err(transport.into());
                }
                Ok(Answer::Refused { .. }) | Err(_) => {}
            }
            thread::park_timeout(pause);
            pause *= 2;
            attempt += 1;
        }
    }

    fn parallel(&self) -> usize {
        RUNS_FETCHED
    }
}

impl fmt::Debug for EndpointTiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointTiles")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// What is wrong with the server's certificate, if that is why there is no connection: asking again changes nothing.
fn certificate_error(error: &ureq::Error) -> Option<rustls::CertificateError> {
    let ureq::Error::Io(error) = error else {
        return None;
    };
    let error: &rustls::Error = error.get_ref()?.downcast_ref()?;
    if let rustls::Error::InvalidCertificate(reason) = error {
        Some(reason.clone())
    } else {
        None
    }
}

/// The registry's authority alone is trusted, and the auditor's certificate is shown.
fn tls(address: &ServerAddress) -> Result<TlsConfig, EndpointError> {
    let pem = |which| EndpointError::Pem { which };
    let certificates = |bytes: &[u8], which| {
        let parsed: Result<Vec<CertificateDer<'static>>, _> =
            CertificateDer::pem_slice_iter(bytes).collect();
        let parsed = parsed.ok().filter(|parsed| !parsed.is_empty());
        let parsed = parsed.ok_or(pem(which))?;
        Ok(parsed
            .iter()
            .map(|certificate| Certificate::from_der(certificate).to_owned())
            .collect::<Vec<_>>())
    };
    let mut config = TlsConfig::builder().unversioned_rustls_crypto_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ));
    // Tests talk to themselves.
    if !cfg!(test) {
        let authority = certificates(&address.ca, "certificate authority")?;
        let chain = certificates(&address.certificate, "client certificate")?;
        let key = PrivateKey::from_pem(&address.key).map_err(|_unusable| pem("private key"))?;
        config = config
            .root_certs(RootCerts::new_with_certs(&authority))
            .client_cert(Some(ClientCert::new_with_certs(&chain, key)));
    }
    Ok(config.build())
}

/// What somebody else wrote, on one line and without control characters.
fn printable(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests;
