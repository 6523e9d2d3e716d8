//! The revocation list of the development authority (RFC 5280 section 5).

use rcgen::{
    CertificateRevocationListParams, KeyIdMethod, RevocationReason, RevokedCertParams, SerialNumber,
};
use time::{Duration, OffsetDateTime};
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::{CertificateRevocationList, RevokedCertificate};

use super::{Authority, Issued, PkiError, VALID_DAYS, now};

/// What the label of a list in PEM is.
const LABEL: &str = "X509 CRL";

/// Which certificates are revoked. Nothing is ever taken off it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevocationList {
    /// Number of the list that was signed last; each has a greater one.
    number: u64,
    revoked: Vec<RevokedCertParams>,
}

impl RevocationList {
    /// Reads the list that an authority signed last.
    ///
    /// # Errors
    /// [`PkiError::NotOurList`] if the text is not just one list in the name of this authority.
    pub fn parse(pem: &str, authority: &Authority) -> Result<Self, PkiError> {
        let own = Issued::parse(&authority.pair().certificate)?;
        let mut blocks = Pem::iter_from_buffer(pem.as_bytes());
        let (Some(Ok(block)), None) = (blocks.next(), blocks.next()) else {
            return Err(PkiError::NotOurList);
        };
        let (_, list) = CertificateRevocationList::from_der(&block.contents)
            .map_err(|_malformed| PkiError::NotOurList)?;
        if block.label != LABEL || list.issuer().as_raw() != own.subject {
            return Err(PkiError::NotOurList);
        }
        let number = list.crl_number().and_then(|number| number.try_into().ok());
        Ok(Self {
            number: number.ok_or(PkiError::NotOurList)?,
            revoked: list.iter_revoked_certificates().map(entry).collect(),
        })
    }

    /// Adds a certificate; `false` if it is on the list already.
    pub fn revoke(&mut self, certificate: &Issued, reason: RevocationReason) -> bool {
        if self.revokes(certificate) {
            return false;
        }
        self.revoked.push(RevokedCertParams {
            serial_number: SerialNumber::from_slice(certificate.serial()),
            revocation_time: now(),
            reason_code: Some(reason),
            invalidity_date: None,
        });
        true
    }

    /// Whether a certificate is on the list.
    pub fn revokes(&self, certificate: &Issued) -> bool {
        let mut serials = self.revoked.iter().map(|entry| &entry.serial_number);
        serials.any(|serial| serial.as_ref() == certificate.serial())
    }

    /// The next list, signed, PEM: in force from now on.
    pub fn sign(&self, authority: &Authority) -> Result<String, PkiError> {
        self.sign_valid_for(authority, VALID_DAYS)
    }

    /// The same with a validity in days; not positive: it has ended that many days ago.
    pub fn sign_valid_for(&self, authority: &Authority, days: i64) -> Result<String, PkiError> {
        let next_update = now() + Duration::days(days);
        let list = CertificateRevocationListParams {
            this_update: now().min(next_update - Duration::seconds(1)),
            next_update,
            crl_number: SerialNumber::from(self.number.saturating_add(1)),
            issuing_distribution_point: None,
            revoked_certs: self.revoked.clone(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&authority.issuer()?)?.pem()?)
    }
}

fn entry(revoked: &RevokedCertificate<'_>) -> RevokedCertParams {
    let at = revoked.revocation_date.timestamp();
    RevokedCertParams {
        serial_number: SerialNumber::from_slice(revoked.raw_serial()),
        revocation_time: OffsetDateTime::from_unix_timestamp(at)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH),
        reason_code: revoked.reason_code().and_then(|(_, code)| reason(code.0)),
        invalidity_date: None,
    }
}

/// The reason of a code in RFC 5280 section 5.3.1.
fn reason(code: u8) -> Option<RevocationReason> {
    use RevocationReason as Reason;
    Some(match code {
        0 => Reason::Unspecified,
        1 => Reason::KeyCompromise,
        2 => Reason::CaCompromise,
        3 => Reason::AffiliationChanged,
        4 => Reason::Superseded,
        5 => Reason::CessationOfOperation,
        6 => Reason::CertificateHold,
        8 => Reason::RemoveFromCrl,
        9 => Reason::PrivilegeWithdrawn,
        10 => Reason::AaCompromise,
        _ => return None,
    })
}
