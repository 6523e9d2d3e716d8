//! A certificate as its holder and its authority see it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sabt_server::identity::Caller;
use x509_parser::extensions::GeneralName;
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::{FromDer as _, ParsedExtension, X509Certificate};

use super::PkiError;

/// A certificate that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    der: Vec<u8>,
    serial: Vec<u8>,
    pub(super) subject: Vec<u8>,
    issuer: Vec<u8>,
    address: Option<IpAddr>,
    not_after: i64,
}

impl Issued {
    /// Reads the first certificate of a PEM text.
    pub fn parse(pem: &str) -> Result<Self, PkiError> {
        let (_, pem) =
            parse_x509_pem(pem.as_bytes()).map_err(|_malformed| PkiError::NotACertificate)?;
        let (_, certificate) = X509Certificate::from_der(&pem.contents)
            .map_err(|_malformed| PkiError::NotACertificate)?;
        Ok(Self {
            serial: certificate.raw_serial().to_vec(),
            subject: certificate.subject().as_raw().to_vec(),
            issuer: certificate.issuer().as_raw().to_vec(),
            address: address(&certificate),
            not_after: certificate.validity().not_after.timestamp(),
            der: pem.contents,
        })
    }

    /// Its serial number, big-endian.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// Whether it names the holder of another certificate as its issuer.
    pub fn is_issued_by(&self, authority: &Self) -> bool {
        self.issuer == authority.subject
    }

    /// The caller that it names to a registry.
    pub fn caller(&self, registry: &str) -> Option<Caller> {
        Caller::from_certificate(registry, &self.der).ok()
    }

    /// The first address that it is good for as a server's.
    pub const fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// End of its validity, microseconds since 1970.
    pub const fn not_after(&self) -> i64 {
        self.not_after.saturating_mul(1_000_000)
    }
}

fn address(certificate: &X509Certificate<'_>) -> Option<IpAddr> {
    let mut extensions = certificate.extensions().iter();
    let names = extensions.find_map(|extension| {
        let ParsedExtension::SubjectAlternativeName(names) = extension.parsed_extension() else {
            return None;
        };
        Some(names)
    })?;
    names.general_names.iter().find_map(|name| {
        let GeneralName::IPAddress(bytes) = name else {
            return None;
        };
        let v4 = <[u8; 4]>::try_from(*bytes).map(|bytes| Ipv4Addr::from(bytes).into());
        let v6 = <[u8; 16]>::try_from(*bytes).map(|bytes| Ipv6Addr::from(bytes).into());
        v4.or(v6).ok()
    })
}
