//! Arguments of `certificate`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use rcgen::RevocationReason;

/// Arguments of `certificate`.
#[derive(Debug, Args)]
pub struct CertificateArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: CertificateCommand,
}

/// Subcommands of `certificate`.
#[derive(Debug, Subcommand)]
pub enum CertificateCommand {
    /// Issue a certificate to an officer or system of an agency
    Issue(IssueArgs),
    /// Put a new certificate and key in the place of old ones, for the same holder
    Renew(RenewArgs),
    /// Revoke a certificate: within some seconds its holder is refused, also on open connections
    #[command(after_help = REVOKED)]
    Revoke(RevokeArgs),
}

/// What an operator has to know of revoking.
const REVOKED: &str = "\
Nothing takes a certificate off the list again: `sabt certificate issue` or `renew` gives its holder
a new one. These commands sign with the development authority in DIR/keys/tls. A ministry's own
authority signs its own lists; put them into the file that tls.client_revocations in sabt.toml
names, and they count as fast.";

/// Arguments of `certificate issue`.
#[derive(Debug, Args)]
pub struct IssueArgs {
    /// Name for --as: the files are DIR/keys/tls/clients/NAME.pem and NAME.key
    pub name: String,
    /// Code of the agency, as it is or will be enrolled
    #[arg(long, value_name = "CODE")]
    pub agency: String,
    /// Code of the officer or system; never a name
    #[arg(long, value_name = "CODE")]
    pub officer: String,
    /// Days that it is valid
    #[arg(long, default_value_t = 825, value_parser = clap::value_parser!(u16).range(1..=825))]
    pub days: u16,
    /// Directory of the registry
    #[arg(long, default_value = "sabt-demo")]
    pub dir: PathBuf,
}

/// Arguments of `certificate renew`.
#[derive(Debug, Args)]
pub struct RenewArgs {
    /// Whose: a name under DIR/keys/tls/clients, or `server`
    pub name: String,
    /// Days that the new one is valid
    #[arg(long, default_value_t = 825, value_parser = clap::value_parser!(u16).range(1..=825))]
    pub days: u16,
    /// Do not revoke the old certificate: for a client that goes on with it for a while
    #[arg(long)]
    pub keep_old: bool,
    /// Directory of the registry
    #[arg(long, default_value = "sabt-demo")]
    pub dir: PathBuf,
}

/// Arguments of `certificate revoke`.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// A name under DIR/keys/tls/clients, or a file with a certificate of any client, PEM
    #[arg(value_name = "NAME|FILE")]
    pub certificate: String,
    /// Why
    #[arg(long, value_enum, default_value_t = ReasonArg::KeyCompromise)]
    pub reason: ReasonArg,
    /// Directory of the registry
    #[arg(long, default_value = "sabt-demo")]
    pub dir: PathBuf,
}

/// Why a certificate is revoked (RFC 5280 section 5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ReasonArg {
    /// The key was lost or is in wrong hands
    KeyCompromise,
    /// The holder has left the agency or changed duties
    AffiliationChanged,
    /// A new certificate has taken its place
    Superseded,
    /// The system it was issued to is not used any more
    CessationOfOperation,
    /// The holder may not act any more
    PrivilegeWithdrawn,
}

impl From<ReasonArg> for RevocationReason {
    fn from(reason: ReasonArg) -> Self {
        match reason {
            ReasonArg::KeyCompromise => Self::KeyCompromise,
            ReasonArg::AffiliationChanged => Self::AffiliationChanged,
            ReasonArg::Superseded => Self::Superseded,
            ReasonArg::CessationOfOperation => Self::CessationOfOperation,
            ReasonArg::PrivilegeWithdrawn => Self::PrivilegeWithdrawn,
        }
    }
}
