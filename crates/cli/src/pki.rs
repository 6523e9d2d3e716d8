//! A development authority: certificates for the server and for officers, so that a new registry can be
//! used at once. A ministry brings its own authority and replaces these files.

mod issued;
mod revocations;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
};
use sabt_server::identity::Caller;
use time::{Duration, OffsetDateTime};

pub use self::issued::Issued;
pub use self::revocations::RevocationList;
use crate::files::{self, FileError};

/// Days a development certificate is valid, and a revocation list of the development authority: a list that ends before
/// the certificates it may name would lock everybody out.
pub const VALID_DAYS: i64 = 825;
/// Name of the authority's certificate and key, without their endings.
const AUTHORITY: &str = "ca";
/// Name of the authority's revocation list.
const REVOCATIONS: &str = "ca.crl";

/// Why a certificate cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// The certificate library refused.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// No randomness for a serial number.
    #[error("the system gives no randomness: {0}")]
    Randomness(#[source] getrandom::Error),
    /// A file cannot be written or read.
    #[error(transparent)]
    File(#[from] FileError),
    /// What should be a certificate is none.
    #[error("there is no certificate that can be read")]
    NotACertificate,
    /// What should be the revocation list of the development authority is something else.
    #[error(
        "there is not just one revocation list of the development authority: whoever signs those lists revokes"
    )]
    NotOurList,
}

/// A certificate and its private key, PEM.
#[derive(Clone)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// The private key.
    pub key: zeroize::Zeroizing<String>,
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pair").finish_non_exhaustive()
    }
}

impl Pair {
    /// Reads `<stem>.pem` and `<stem>.key`.
    pub fn read(stem: &Path) -> Result<Self, FileError> {
        Ok(Self {
            certificate: files::read_text(&stem.with_extension("pem"))?,
            key: files::read_text(&stem.with_extension("key"))?.into(),
        })
    }

    /// Puts both in the place of those that stand there. Between the two a reader sees a certificate that does not fit
    /// its key.
    pub fn replace(&self, stem: &Path) -> Result<(), FileError> {
        files::replace(
            &stem.with_extension("key"),
            self.key.as_bytes(),
            files::Mode::Secret,
        )?;
        files::replace(
            &stem.with_extension("pem"),
            self.certificate.as_bytes(),
            files::Mode::Public,
        )
    }

    /// Writes `<stem>.pem` and `<stem>.key`, the key with mode 0600. Existing files are refused.
    pub fn write(&self, stem: &Path) -> Result<(), FileError> {
        files::create(
            &stem.with_extension("pem"),
            self.certificate.as_bytes(),
            files::Mode::Public,
        )?;
        files::create(
            &stem.with_extension("key"),
            self.key.as_bytes(),
            files::Mode::Secret,
        )
    }
}

/// Signs certificates of one registry.
pub struct Authority {
    registry: String,
    pair: Pair,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority")
            .field("registry", &self.registry)
            .finish_non_exhaustive()
    }
}

impl Authority {
    /// A new authority for a registry.
    pub fn generate(registry: &str) -> Result<Self, PkiError> {
        let key = KeyPair::generate()?;
        let mut params = params(&format!("{registry} development authority"), VALID_DAYS)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?.pem();
        let pair = Pair {
            certificate,
            key: key.serialize_pem().into(),
        };
        Ok(Self {
            registry: registry.to_owned(),
            pair,
        })
    }

    /// The authority whose files stand at `<stem>.pem` and `<stem>.key`.
    pub fn read(registry: &str, stem: &Path) -> Result<Self, PkiError> {
        Ok(Self {
            registry: registry.to_owned(),
            pair: Pair::read(stem)?,
        })
    }

    /// The authority of a data directory.
    pub fn open(registry: &str, data: &Path) -> Result<Self, PkiError> {
        Self::read(registry, &directory(data).join(AUTHORITY))
    }

    /// Writes its certificate, its key and an empty revocation list. Existing files are refused.
    pub fn write(&self, directory: &Path) -> Result<(), PkiError> {
        self.pair.write(&directory.join(AUTHORITY))?;
        let list = RevocationList::default().sign(self)?;
        files::create(
            &directory.join(REVOCATIONS),
            list.as_bytes(),
            files::Mode::Public,
        )?;
        Ok(())
    }

    /// Certificate and key of the authority itself.
    pub fn pair(&self) -> &Pair {
        &self.pair
    }

    /// A certificate for the server, good for `localhost` and the given address.
    pub fn server(&self, address: IpAddr) -> Result<Pair, PkiError> {
        self.server_valid_for(address, VALID_DAYS)
    }

    /// The same with a validity in days.
    pub fn server_valid_for(&self, address: IpAddr, days: i64) -> Result<Pair, PkiError> {
        let mut params = params(&format!("{} server", self.registry), days)?;
        params.subject_alt_names = vec![
            SanType::DnsName("localhost".try_into()?),
            SanType::IpAddress(address),
        ];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(&params)
    }

    /// A certificate for an officer or system of an agency.
    pub fn client(&self, agency: &str, officer: &str) -> Result<Pair, PkiError> {
        self.client_valid_for(agency, officer, VALID_DAYS)
    }

    /// The same with a validity in days; 0: it expires within the second; negative: it has expired that many days ago.
    pub fn client_valid_for(
        &self,
        agency: &str,
        officer: &str,
        days: i64,
    ) -> Result<Pair, PkiError> {
        let mut params = params(&format!("{agency}/{officer}"), days)?;
        let uri = Caller::uri(&self.registry, agency, officer);
        params.subject_alt_names = vec![SanType::URI(uri.as_str().try_into()?)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(&params)
    }

    fn issuer(&self) -> Result<Issuer<'static, KeyPair>, PkiError> {
        let key = KeyPair::from_pem(&self.pair.key)?;
        Ok(Issuer::from_ca_cert_pem(&self.pair.certificate, key)?)
    }

    fn sign(&self, params: &CertificateParams) -> Result<Pair, PkiError> {
        let issuer = self.issuer()?;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &issuer)?.pem();
        Ok(Pair {
            certificate,
            key: key.serialize_pem().into(),
        })
    }
}

fn params(common_name: &str, days: i64) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::new(Vec::new())?;
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    params.distinguished_name = name;
    let mut serial = [0_u8; 16];
    getrandom::fill(&mut serial).map_err(PkiError::Randomness)?;
    serial[0] &= 0x7f;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    let now = now();
    params.not_before = now - Duration::days(1) + Duration::days(days.min(0) * 2);
    params.not_after = now + Duration::days(days);
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// Now, to the second.
fn now() -> OffsetDateTime {
    let seconds = sabt_server::clock::Clock::system().now_micros() / 1_000_000;
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Where the development certificates stand in a data directory.
pub fn directory(data: &Path) -> PathBuf {
    data.join("keys").join("tls")
}

/// Where the revocation list of the development authority stands in a data directory.
pub fn revocations(data: &Path) -> PathBuf {
    directory(data).join(REVOCATIONS)
}
