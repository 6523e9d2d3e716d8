//! Who calls: read from the client certificate, believed only because TLS verified it.

use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, ParsedExtension, X509Certificate};

use crate::listen::PeerInfo;

/// The caller named by a verified client certificate: `sabt://<registry>/agency/<code>/officer/<code>`
/// as a URI in the subject alternative names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Code of the agency.
    pub agency: String,
    /// Code of the officer or system; never a name.
    pub officer: String,
}

/// Why a certificate names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The connection carries no client certificate.
    #[error("no client certificate")]
    NoCertificate,
    /// The certificate cannot be parsed.
    #[error("the client certificate cannot be read")]
    Unreadable,
    /// The certificate carries no `sabt://` name of this registry.
    #[error("the client certificate carries no sabt:// name of this registry")]
    NoName,
    /// The certificate carries more than one `sabt://` name.
    #[error("the client certificate carries more than one sabt:// name")]
    Ambiguous,
}

impl Caller {
    /// Longest agency or officer code, characters.
    pub const CODE_MAX: usize = 32;

    /// The URI that stands in a certificate.
    pub fn uri(registry: &str, agency: &str, officer: &str) -> String {
        format!("sabt://{registry}/agency/{agency}/officer/{officer}")
    }

    /// The caller of a request, read once for each connection.
    pub fn of<'a, T>(
        registry: &str,
        request: &'a tonic::Request<T>,
    ) -> Result<&'a Self, IdentityError> {
        let info = request.extensions().get::<PeerInfo>();
        let info = info.ok_or(IdentityError::NoCertificate)?;
        info.get_ref().caller(|| {
            let certificates = info.peer_certs().ok_or(IdentityError::NoCertificate)?;
            let leaf = certificates.first().ok_or(IdentityError::NoCertificate)?;
            Self::from_certificate(registry, leaf.as_ref())
        })
    }

    /// The caller named by a DER certificate that TLS has verified.
    pub fn from_certificate(registry: &str, der: &[u8]) -> Result<Self, IdentityError> {
        let (_, certificate) =
            X509Certificate::from_der(der).map_err(|_malformed| IdentityError::Unreadable)?;
        let mut found = None;
        for extension in certificate.extensions() {
            let ParsedExtension::SubjectAlternativeName(names) = extension.parsed_extension()
            else {
                continue;
            };
            for name in &names.general_names {
                let GeneralName::URI(uri) = name else {
                    continue;
                };
                if !uri.starts_with("sabt://") {
                    continue;
                }
                if found.is_some() {
                    return Err(IdentityError::Ambiguous);
                }
                found = Some(Self::parse(registry, uri).ok_or(IdentityError::NoName)?);
            }
        }
        found.ok_or(IdentityError::NoName)
    }

    fn parse(registry: &str, uri: &str) -> Option<Self> {
        let rest = uri
            .strip_prefix("sabt://")?
            .strip_prefix(registry)?
            .strip_prefix("/agency/")?;
        let (agency, officer) = rest.split_once("/officer/")?;
        let well_formed = |code: &str| {
            !code.is_empty()
                && code.len() <= Self::CODE_MAX
                && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        (well_formed(agency) && well_formed(officer)).then(|| Self {
            agency: agency.to_owned(),
            officer: officer.to_owned(),
        })
    }
}
