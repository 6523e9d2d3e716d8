//! Certificate revocation lists (RFC 5280 section 5) of the authorities that sign client certificates.

use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::CertificateRevocationList;

/// Why revocation lists cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RevocationError {
    /// The file is not PEM.
    #[error("the revocation lists cannot be read: {0}")]
    Pem(#[from] rustls::pki_types::pem::Error),
    /// A list is no list of RFC 5280.
    #[error("a revocation list cannot be read")]
    Unreadable,
    /// A list does not say how long it counts.
    #[error("a revocation list states no next update: it would count for ever")]
    Undated,
    /// A list in the name of an authority that did not sign it.
    #[error("a revocation list bears the name of a client authority, which did not sign it")]
    Forged,
    /// An authority without a list.
    #[error(
        "there is no revocation list of a client authority, so that nobody whom it vouches for could be let in\n  \
         remedy: put a list of each client authority into the file, also one that is empty"
    )]
    Missing,
    /// A list that was replaced by a newer one before.
    #[error(
        "a revocation list is older than the one in force: what was revoked since would count again"
    )]
    Older,
}

/// One list.
struct List {
    der: CertificateRevocationListDer<'static>,
    /// Name of its issuer, DER.
    issuer: Vec<u8>,
    /// When it was made, seconds since 1970.
    this_update: i64,
    /// Until when it counts, seconds since 1970.
    next_update: i64,
}

/// Lists that count together.
pub(super) struct Revocations(Vec<List>);

impl Revocations {
    /// Reads a PEM file of lists. Every authority needs one that it signed; of issuers that are not among the
    /// authorities, which stand between them and clients, lists are taken as they are and judged with the chain.
    pub(super) fn read(
        pem: &[u8],
        authorities: &[CertificateDer<'_>],
        algorithms: WebPkiSupportedAlgorithms,
        former: Option<&Self>,
    ) -> Result<Self, RevocationError> {
        let authorities = authorities
            .iter()
            .map(|der| X509Certificate::from_der(der).map(|(_, authority)| authority))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_malformed| RevocationError::Unreadable)?;
        let mut signed = vec![false; authorities.len()];
        let mut lists = Vec::new();
        for der in CertificateRevocationListDer::pem_slice_iter(pem) {
            let der = der?;
            let (_, list) = CertificateRevocationList::from_der(&der)
                .map_err(|_malformed| RevocationError::Unreadable)?;
            let issuer = list.issuer().as_raw();
            let mut named = false;
            let mut own = false;
            for (authority, signed) in authorities.iter().zip(&mut signed) {
                if authority.subject().as_raw() != issuer {
                    continue;
                }
                named = true;
                if is_signed(&list, authority, algorithms) {
                    own = true;
                    *signed = true;
                }
            }
            if named && !own {
                return Err(RevocationError::Forged);
            }
            let next_update = list.next_update().ok_or(RevocationError::Undated)?;
            let (issuer, this_update) = (issuer.to_vec(), list.last_update().timestamp());
            let next_update = next_update.timestamp();
            lists.push(List {
                der,
                issuer,
                this_update,
                next_update,
            });
        }
        if signed.contains(&false) {
            return Err(RevocationError::Missing);
        }
        let read = Self(lists);
        match former {
            Some(former) if read.goes_back_behind(former) => Err(RevocationError::Older),
            _ => Ok(read),
        }
    }

    /// Whether the newest list of an issuer is older than its newest one before.
    fn goes_back_behind(&self, former: &Self) -> bool {
        former.0.iter().any(|old| {
            let newest = self.0.iter().filter(|list| list.issuer == old.issuer);
            newest
                .map(|list| list.this_update)
                .max()
                .is_some_and(|newest| newest < old.this_update)
        })
    }

    /// The lists themselves.
    pub(super) fn lists(&self) -> impl Iterator<Item = CertificateRevocationListDer<'static>> {
        self.0.iter().map(|list| list.der.clone())
    }

    /// When the first of them stops to count, seconds since 1970.
    pub(super) fn until(&self) -> i64 {
        let ends = self.0.iter().map(|list| list.next_update);
        ends.min().unwrap_or(i64::MAX)
    }
}

/// Whether this authority signed the list. An algorithm fits a key or does not verify anything with it, so that the one
/// that the list names need not be looked up.
fn is_signed(
    list: &CertificateRevocationList<'_>,
    authority: &X509Certificate<'_>,
    algorithms: WebPkiSupportedAlgorithms,
) -> bool {
    let key = &authority.public_key().subject_public_key.data;
    let (message, signature) = (list.tbs_cert_list.as_ref(), &list.signature_value.data);
    algorithms
        .all
        .iter()
        .any(|algorithm| algorithm.verify_signature(key, message, signature).is_ok())
}
