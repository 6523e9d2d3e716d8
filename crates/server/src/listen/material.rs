//! Certificate, key, client authority and revocation lists: read, checked, and made into acceptors.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::time_provider::TimeProvider;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use zeroize::Zeroizing;

use super::ClientCertificates;
use super::revocations::{RevocationError, Revocations};
use crate::clock::Clock;
use crate::config::TlsConfig;
use crate::limits::TLS_FILE_BYTES_MAX;

/// Bits of a file's mode that let others than its owner and group read it, or others than its owner write it.
const MODE_EXPOSED: u32 = 0o026;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file is longer than [`TLS_FILE_BYTES_MAX`].
    #[error("{path} is longer than {TLS_FILE_BYTES_MAX} bytes")]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// The private key may be read or written by others.
    #[error(
        "{path} holds a private key and may be used by others than its owner\n  remedy: chmod 600"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// A file is not PEM, or does not hold what it should.
    #[error("{path} does not hold what it should: {source}")]
    Pem {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// A file holds no certificate.
    #[error("{path} holds no certificate")]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A certificate cannot be read.
    #[error("{path} holds a certificate that cannot be read")]
    Certificate {
        /// The file.
        path: PathBuf,
    },
    /// The revocation lists cannot be used.
    #[error("{path}: {source}")]
    Revocations {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: RevocationError,
    },
    /// The client authority cannot be used.
    #[error("the client authority cannot be used: {0}")]
    Authority(#[from] rustls::server::VerifierBuilderError),
    /// Certificate or key cannot be used.
    #[error("certificate or key cannot be used: {0}")]
    Config(#[from] rustls::Error),
}

/// The files as they stand.
pub(super) struct Files {
    certificate: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
    client_authority: Vec<u8>,
    client_revocations: Option<Vec<u8>>,
}

impl Files {
    /// Reads them.
    pub(super) fn read(dir: &Path, tls: &TlsConfig) -> Result<Self, TlsError> {
        let key_path = dir.join(&tls.key);
        let (key, mode) = read(&key_path)?;
        let key = Zeroizing::new(key);
        if mode & MODE_EXPOSED != 0 {
            return Err(TlsError::Exposed { path: key_path });
        }
        let text = |path: &PathBuf| read(&dir.join(path)).map(|(bytes, _mode)| bytes);
        Ok(Self {
            certificate: text(&tls.certificate)?,
            key,
            client_authority: text(&tls.client_authority)?,
            client_revocations: tls.client_revocations.as_ref().map(text).transpose()?,
        })
    }

    /// Identity of what they hold.
    pub(super) fn digest(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        let revocations = self.client_revocations.as_deref().unwrap_or_default();
        for part in [
            &self.certificate,
            &self.key[..],
            &self.client_authority,
            revocations,
        ] {
            hasher.update(blake3::hash(part).as_bytes());
        }
        hasher.finalize()
    }
}

fn read(path: &Path) -> Result<(Vec<u8>, u32), TlsError> {
    let wrap = |source| TlsError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(wrap)?;
    let metadata = file.metadata().map_err(wrap)?;
    let too_long = || TlsError::TooLong {
        path: path.to_owned(),
    };
    let length = usize::try_from(metadata.len()).map_err(|_beyond| too_long())?;
    if TLS_FILE_BYTES_MAX < metadata.len() {
        return Err(too_long());
    }
    // With room for all of it the buffer never moves, so that no copy of a key is left behind.
    let mut bytes = Vec::with_capacity(length.saturating_add(64));
    file.take(TLS_FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(wrap)?;
    if TLS_FILE_BYTES_MAX < bytes.len() as u64 {
        return Err(too_long());
    }
    Ok((bytes, metadata.mode()))
}

/// What connections are accepted and callers are believed with, all of it from one reading of the files.
pub(super) struct Material {
    required: TlsAcceptor,
    optional: TlsAcceptor,
    /// Judges a client's chain by the client authority and the revocation lists.
    pub(super) verifier: Arc<dyn ClientCertVerifier>,
    /// The revocation lists; `None` if none are configured.
    pub(super) revocations: Option<Revocations>,
    /// End of validity of the server's certificate, seconds since 1970.
    pub(super) certificate_until: i64,
}

impl Material {
    /// Checks files and makes acceptors of them. Lists that are older than those of `former` are refused.
    pub(super) fn build(
        files: &Files,
        dir: &Path,
        tls: &TlsConfig,
        clock: &Clock,
        former: Option<&Self>,
    ) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let path = dir.join(&tls.certificate);
        let chain = certificates(&path, &files.certificate)?;
        let certificate_until = until(&path, chain.first())?;
        let key = PrivateKeyDer::from_pem_slice(&files.key).map_err(|source| TlsError::Pem {
            path: dir.join(&tls.key),
            source,
        })?;
        let certified = CertifiedKey::from_der(chain, key, &provider)?;

        let path = dir.join(&tls.client_authority);
        let authorities = certificates(&path, &files.client_authority)?;
        let mut roots = RootCertStore::empty();
        for authority in &authorities {
            roots.add(authority.clone())?;
        }
        let former = former.and_then(|former| former.revocations.as_ref());
        let revocations = match (&tls.client_revocations, &files.client_revocations) {
            (Some(path), Some(pem)) => {
                let algorithms = provider.signature_verification_algorithms;
                let read = Revocations::read(pem, &authorities, algorithms, former);
                Some(read.map_err(|source| TlsError::Revocations {
                    path: dir.join(path),
                    source,
                })?)
            }
            _ => None,
        };
        let builder = || {
            let roots = Arc::new(roots.clone());
            let builder = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider));
            match &revocations {
                // A list past its next update says nothing, and of whom no list speaks nothing is known: neither
                // lets anybody in.
                Some(revocations) => builder
                    .with_crls(revocations.lists())
                    .enforce_revocation_expiration(),
                None => builder,
            }
        };
        let verifier = builder().build()?;
        let accept = |verifier, protocol: &str| -> Result<TlsAcceptor, TlsError> {
            let time = Arc::new(Timekeeper(clock.clone()));
            let mut config = ServerConfig::builder_with_details(Arc::clone(&provider), time)
                .with_protocol_versions(&[&rustls::version::TLS13])?
                .with_client_cert_verifier(verifier)
                .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified.clone())));
            config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
            // A resumed session would bring back a client certificate without verifying it again.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
            Ok(TlsAcceptor::from(Arc::new(config)))
        };
        Ok(Self {
            required: accept(Arc::clone(&verifier), "h2")?,
            optional: accept(builder().allow_unauthenticated().build()?, "http/1.1")?,
            verifier,
            revocations,
            certificate_until,
        })
    }

    pub(super) const fn acceptor(&self, clients: ClientCertificates) -> &TlsAcceptor {
        match clients {
            ClientCertificates::Required => &self.required,
            ClientCertificates::Optional => &self.optional,
        }
    }
}

/// Handshakes and requests are judged by one clock.
#[derive(Debug)]
struct Timekeeper(Clock);

impl TimeProvider for Timekeeper {
    fn current_time(&self) -> Option<UnixTime> {
        Some(unix_time(&self.0))
    }
}

/// Now, for certificates.
pub(super) fn unix_time(clock: &Clock) -> UnixTime {
    let micros = clock.now_micros().max(0).unsigned_abs();
    UnixTime::since_unix_epoch(Duration::from_micros(micros))
}

/// End of validity of a certificate, seconds since 1970; of one that cannot be read none.
pub(super) fn not_after(certificate: &CertificateDer<'_>) -> Option<i64> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    Some(certificate.validity().not_after.timestamp())
}

fn until(path: &Path, leaf: Option<&CertificateDer<'_>>) -> Result<i64, TlsError> {
    leaf.and_then(not_after)
        .ok_or_else(|| TlsError::Certificate {
            path: path.to_owned(),
        })
}

fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    let found = found.map_err(|source| TlsError::Pem {
        path: path.to_owned(),
        source,
    })?;
    if found.is_empty() {
        return Err(TlsError::NoCertificate {
            path: path.to_owned(),
        });
    }
    Ok(found)
}
