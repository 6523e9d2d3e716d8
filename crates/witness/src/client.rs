//! What a log asks of a witness (C2SP tlog-witness): a cosignature on a checkpoint, and the newest checkpoint that the
//! witness has cosigned.
//!
//! Every call blocks, for at most [`Timeouts::total`]. One client keeps its connections and can be shared by threads.
//!
//! Witnesses differ from the specification, and from each other: some answer 403 for a log that they do not know,
//! some answer 409 without the size that they remember, some answer 429 when they are busy, some add signatures of
//! further keys, and not all of them set a content type. All that is understood; whatever is answered, a cosignature
//! counts only when it verifies.

mod error;
mod url;

pub use error::WitnessError;
pub use url::{WitnessUrl, WitnessUrlError};

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sabt_chain::checkpoint::{Checkpoint, UnverifiedCheckpoint};
use sabt_chain::note::{Cosigner, KeyName, NOTE_BYTES_MAX, SignatureLine, TrustedKeys, WitnessKey};
use sabt_chain::witness::{ADD_CHECKPOINT_PATH, encode_request};
use sabt_chain::{Hash, Size};
use ureq::http::{Response, StatusCode, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

use crate::origin::origin_hash;

/// Most bytes of an answer to `add-checkpoint`: 100 lines of post-quantum cosignatures would be 330 KB, but a witness
/// answers with a line for each of its own keys. The Go client of transparency-dev reads 16 KiB.
pub const COSIGNATURES_BYTES_MAX: u64 = 64 * 1024;

/// Most bytes of a checkpoint that a witness hands out: that of a note.
pub const CHECKPOINT_BYTES_MAX: u64 = NOTE_BYTES_MAX as u64;

/// How long a witness may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until there is a connection, TLS included; names are looked up within it too.
    pub connect: Duration,
    /// For a whole call, from the first byte sent to the last byte received.
    pub total: Duration,
}

impl Default for Timeouts {
    /// 3 and 10 seconds. A witness makes one write durable; the rest is the network.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            total: Duration::from_secs(10),
        }
    }
}

/// Which authorities may vouch for the TLS certificate of a witness.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Roots {
    /// Those that Mozilla trusts, as of when this program was built.
    #[default]
    WebPki,
    /// Those in a PEM file, and no others.
    File(PathBuf),
}

/// How to reach a witness.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClientOptions {
    /// How long it may take.
    pub timeouts: Timeouts,
    /// Who may vouch for it.
    pub roots: Roots,
}

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientSetupError {
    /// The file of certificates cannot be read.
    #[error("the certificates in {path} cannot be read: {source}")]
    Roots {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// The file of certificates holds none.
    #[error("{path} holds no certificate: no witness could be trusted by it")]
    NoRoots {
        /// The file.
        path: PathBuf,
    },
}

/// A cosignature that verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// The line to add to the checkpoint ([`sabt_chain::note::add_signatures`]).
    pub line: SignatureLine,
    /// The witness, and when it cosigned by its own clock.
    pub cosigner: Cosigner,
}

/// A checkpoint that a witness has handed out: the log has signed it, and this witness has cosigned it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CosignedCheckpoint {
    /// The checkpoint; its text form is byte for byte what the witness answered.
    pub checkpoint: Checkpoint,
    /// The witness, and when it cosigned by its own clock.
    pub cosigner: Cosigner,
}

/// A witness, as a log sees it.
#[derive(Debug, Clone)]
pub struct WitnessClient {
    url: WitnessUrl,
    key: WitnessKey,
    agent: Agent,
}

impl WitnessClient {
    /// The witness at `url`, whose cosignatures verify with `key`. Nothing is sent yet.
    pub fn new(
        url: WitnessUrl,
        key: WitnessKey,
        options: &ClientOptions,
    ) -> Result<Self, ClientSetupError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(read_roots(&options.roots)?)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .timeout_connect(Some(options.timeouts.connect))
            .timeout_global(Some(options.timeouts.total))
            .http_status_as_error(false)
            // A cosignature is asked of one place. A redirect would also turn the POST into a GET.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // Else the environment could choose whom the log talks to.
            .proxy(None)
            .user_agent(concat!("sabt/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Ok(Self { url, key, agent })
    }

    /// Where the witness is.
    pub const fn url(&self) -> &WitnessUrl {
        &self.url
    }

    /// The key that its cosignatures verify with.
    pub const fn key(&self) -> &WitnessKey {
        &self.key
    }

    /// Name of the witness.
    pub const fn name(&self) -> &KeyName {
        self.key.name()
    }

    /// Asks for a cosignature on `checkpoint`. `proof` shows that it continues the tree of `old` leaves, which must be
    /// what the witness remembers; from 0 leaves nothing is to be shown.
    ///
    /// A checkpoint that the witness has cosigned already may be sent again, with `old` its own size and no proof: the
    /// answer then tells whether the witness still is at it, ahead of it ([`WitnessError::Conflict`]), or has seen
    /// another history ([`WitnessError::Fork`]). Who restores a log learns by it what was lost, without signing.
    pub fn add_checkpoint(
        &self,
        old: Size,
        proof: &[Hash],
        checkpoint: &Checkpoint,
    ) -> Result<Cosignature, WitnessError> {
        let body = encode_request(old, proof, checkpoint);
        let response = self
            .agent
            .post(self.url.join(ADD_CHECKPOINT_PATH))
            .content_type("text/plain; charset=utf-8")
            .send(body)?;
        let status = response.status();
        if status == StatusCode::OK {
            let answer = read_body(response, COSIGNATURES_BYTES_MAX)?;
            return self.pick_cosignature(&answer, checkpoint);
        }
        let busy = busy(&response);
        // What is said beside a status is for people, except the size after 409: a hundred bytes would do.
        let text = read_body(response, COSIGNATURES_BYTES_MAX)?;
        Err(match status {
            StatusCode::CONFLICT => conflict(&text, old, checkpoint.size()),
            StatusCode::NOT_FOUND => WitnessError::UnknownLog,
            StatusCode::UNPROCESSABLE_ENTITY => WitnessError::Fork {
                text: error::excerpt(&text),
            },
            StatusCode::PAYLOAD_TOO_LARGE => WitnessError::TooLarge,
            _ => busy.unwrap_or_else(|| WitnessError::Refused {
                status: status.as_u16(),
                text: error::excerpt(&text),
            }),
        })
    }

    /// The newest checkpoint of the log named `origin` that the witness has cosigned, verified with the `log_keys` and
    /// with the key of the witness.
    ///
    /// `None` says little: the witness has not cosigned any, does not know the log, or does not offer this part of the
    /// interface, which is younger than the rest. [`Self::add_checkpoint`] asks the same of every witness.
    pub fn latest(
        &self,
        origin: &KeyName,
        log_keys: &TrustedKeys,
    ) -> Result<Option<CosignedCheckpoint>, WitnessError> {
        let path = format!("/{}/checkpoint", origin_hash(origin));
        let response = self.agent.get(self.url.join(&path)).call()?;
        let status = response.status();
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let busy = busy(&response);
        let answer = read_body(response, CHECKPOINT_BYTES_MAX)?;
        if status != StatusCode::OK {
            return Err(busy.unwrap_or_else(|| WitnessError::Refused {
                status: status.as_u16(),
                text: error::excerpt(&answer),
            }));
        }
        let checkpoint = UnverifiedCheckpoint::parse(&answer)?.verify(log_keys)?;
        if checkpoint.origin() != origin {
            return Err(WitnessError::Origin {
                origin: checkpoint.origin().clone(),
            });
        }
        let cosigners = checkpoint.note().cosigners([&self.key]);
        let cosigner = cosigners.map_err(WitnessError::BadSignature)?.pop();
        let cosigner = cosigner.ok_or_else(|| self.no_cosignature())?;
        Ok(Some(CosignedCheckpoint {
            checkpoint,
            cosigner,
        }))
    }

    /// The witness's own line among those that it answered with.
    fn pick_cosignature(
        &self,
        answer: &[u8],
        checkpoint: &Checkpoint,
    ) -> Result<Cosignature, WitnessError> {
        let lines = SignatureLine::parse_all(answer).map_err(WitnessError::Lines)?;
        let text = checkpoint.note().text();
        for line in lines {
            let cosigner = self.key.verify(text, &line);
            if let Some(cosigner) = cosigner.map_err(WitnessError::BadSignature)? {
                return Ok(Cosignature { line, cosigner });
            }
        }
        Err(self.no_cosignature())
    }

    fn no_cosignature(&self) -> WitnessError {
        WitnessError::NoCosignature {
            witness: self.name().clone(),
        }
    }
}

/// What 409 says: the size that the witness remembers; or, without one, what the sizes that were sent tell.
fn conflict(body: &[u8], old: Size, size: Size) -> WitnessError {
    let stated = str::from_utf8(body)
        .ok()
        .and_then(|text| text.trim_end().parse().ok());
    match stated {
        Some(stated) => WitnessError::Conflict {
            size: Size::new(stated),
        },
        // The proof was from the checkpoint's own size: the witness is there too, and has another root.
        None if old == size => WitnessError::Fork {
            text: error::excerpt(body),
        },
        None => WitnessError::ConflictUnsized {
            text: error::excerpt(body),
        },
    }
}

/// The answers after which to come again later: 429, and whatever a witness or a proxy before it says of itself.
fn busy(response: &Response<Body>) -> Option<WitnessError> {
    let status = response.status();
    let later = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
    later.then(|| {
        let seconds = response.headers().get(header::RETRY_AFTER);
        let seconds = seconds.and_then(|value| value.to_str().ok()?.parse().ok());
        WitnessError::Busy {
            status: status.as_u16(),
            retry_after: seconds.map(Duration::from_secs),
        }
    })
}

fn read_body(response: Response<Body>, limit: u64) -> Result<Vec<u8>, WitnessError> {
    let body = response.into_body().into_with_config().limit(limit);
    Ok(body.read_to_vec()?)
}

fn read_roots(roots: &Roots) -> Result<RootCerts, ClientSetupError> {
    let path = match roots {
        Roots::WebPki => return Ok(RootCerts::WebPki),
        Roots::File(path) => path,
    };
    let certificates = read_certificates(path).map_err(|source| ClientSetupError::Roots {
        path: path.clone(),
        source,
    })?;
    if certificates.is_empty() {
        return Err(ClientSetupError::NoRoots { path: path.clone() });
    }
    let certificates = certificates.iter();
    Ok(certificates
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .into())
}

fn read_certificates(
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, rustls::pki_types::pem::Error> {
    CertificateDer::pem_file_iter(path)?.collect()
}

#[cfg(test)]
mod tests;
