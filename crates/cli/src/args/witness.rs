//! Arguments of `witness`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `witness`.
#[derive(Debug, Args)]
pub struct WitnessArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: WitnessCommand,
}

/// Subcommands of `witness`.
#[derive(Debug, Subcommand)]
pub enum WitnessCommand {
    /// Make a new witness: its key, and an empty list of logs
    #[command(after_help = DIRECTORY)]
    Init(WitnessInitArgs),
    /// Serve a witness over HTTP (C2SP tlog-witness)
    #[command(after_help = DIRECTORY)]
    Serve(WitnessServeArgs),
}

/// What an operator has to know of the directory.
const DIRECTORY: &str = "\
The directory:
  witness.key  its key; whoever has it can cosign in its name
  logs         the logs that it knows: one verifier key a line, read at the start
  checkpoints  what it has cosigned of each log

Never bring the directory back from a backup: a witness that forgets can be shown a second history.
After a loss make a new witness under a new name.";

/// Arguments of `witness init`.
#[derive(Debug, Args)]
pub struct WitnessInitArgs {
    /// Directory of the new witness
    pub dir: PathBuf,
    /// Name of the witness, a URL without scheme: stands in every cosignature for ever
    #[arg(long)]
    pub name: String,
    /// Where logs will reach it; stands in the policy line that is printed
    #[arg(long)]
    pub url: Option<String>,
}

/// Arguments of `witness serve`.
#[derive(Debug, Args)]
pub struct WitnessServeArgs {
    /// Directory of the witness
    pub dir: PathBuf,
    /// Address for HTTP
    #[arg(long, default_value = "127.0.0.1:7380")]
    pub listen: SocketAddr,
    /// Certificate chain for HTTPS, PEM; without it a proxy has to speak TLS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
}
