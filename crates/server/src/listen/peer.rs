//! What a connection knows of whoever is at its other end, and whether that still holds.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::CertificateError;
use rustls::pki_types::CertificateDer;
use sabt_domain::refusal::{Reason, Refusal};
use tonic::transport::server::TlsConnectInfo;

use super::transport::Transport;
use crate::identity::{Caller, IdentityError};

/// The rule under which a certificate that does not hold any more is refused.
const RULE: &str = "design:7.1";

/// Why a certificate that TLS once verified does not hold any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distrust {
    /// Its authority has revoked it.
    Revoked,
    /// It is past the end of its validity.
    Expired,
    /// Its authority is not trusted any more, or no revocation list in force speaks of it.
    Unvouched,
}

impl Distrust {
    /// Why the verifier turned a certificate down.
    fn of(error: &rustls::Error) -> Self {
        use CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext, Revoked};
        let rustls::Error::InvalidCertificate(error) = error else {
            return Self::Unvouched;
        };
        if *error == Revoked {
            Self::Revoked
        } else if let Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. } =
            error
        {
            Self::Expired
        } else {
            Self::Unvouched
        }
    }

    /// The reason, for callers and the ledger.
    pub const fn reason(self) -> Reason {
        match self {
            Self::Revoked => Reason::CertificateRevoked,
            Self::Expired => Reason::CertificateExpired,
            Self::Unvouched => Reason::CertificateNotTrusted,
        }
    }

    /// The refusal.
    pub fn refusal(self) -> Refusal {
        Refusal::new(self.reason(), RULE)
    }
}

/// One end of a connection. Clones share what was found out last.
#[derive(Debug, Clone)]
pub struct Peer {
    transport: Arc<Transport>,
    verdict: Arc<Mutex<Option<Verdict>>>,
    caller: Arc<OnceLock<Result<Caller, IdentityError>>>,
}

/// What was found out of a chain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict {
    /// With which reading of the files.
    pub(super) generation: u64,
    /// Before this time nothing but another reading can change it, microseconds since 1970.
    pub(super) until: i64,
    /// What.
    pub(super) outcome: Result<(), Distrust>,
}

impl Peer {
    /// Of a new connection, nothing is known.
    pub(super) fn new(transport: Arc<Transport>) -> Self {
        Self {
            transport,
            verdict: Arc::default(),
            caller: Arc::default(),
        }
    }

    /// Whom the chain of this end names, read when it is first asked for: a connection keeps its certificates.
    pub(crate) fn caller(
        &self,
        read: impl FnOnce() -> Result<Caller, IdentityError>,
    ) -> Result<&Caller, IdentityError> {
        self.caller.get_or_init(read).as_ref().map_err(|err| *err)
    }

    /// Whether a chain that this end has shown still holds. The chain is verified anew when certificates, authority or
    /// revocation lists were read again, or one of them has come to its end; else this is two comparisons.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, chain: &[CertificateDer<'_>]) -> Result<(), Distrust> {
        let mut verdict = self.verdict.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verdict) = &*verdict
            && verdict.generation == self.transport.generation()
            && (verdict.outcome.is_err() || self.transport.now_micros() < verdict.until)
        {
            return verdict.outcome;
        }
        let new = self.transport.judge(chain);
        *verdict = Some(new);
        new.outcome
    }
}

/// A TLS connection to a peer, as requests carry it.
pub type PeerInfo = TlsConnectInfo<Peer>;

/// Whether the certificate that a connection carries still holds; where it carries none, nobody is named by it either.
///
/// # Errors
/// Why not.
pub fn check(info: &PeerInfo) -> Result<(), Distrust> {
    match info.peer_certs() {
        Some(chain) => info.get_ref().check(&chain),
        None => Ok(()),
    }
}

/// What is wrong with the files of TLS that a request came in by, for people.
pub(crate) fn problem<T>(request: &tonic::Request<T>) -> Option<String> {
    let info = request.extensions().get::<PeerInfo>()?;
    info.get_ref().transport.problem()
}

/// What a verifier's answer says of a certificate.
pub(super) fn outcome(
    verified: Result<rustls::server::danger::ClientCertVerified, rustls::Error>,
) -> Result<(), Distrust> {
    match verified {
        Ok(_verified) => Ok(()),
        Err(error) => Err(Distrust::of(&error)),
    }
}
