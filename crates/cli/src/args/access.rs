//! Arguments of `access`.

use clap::{Args, Subcommand};

use super::ConnectArgs;

/// Arguments of `access`.
#[derive(Debug, Args)]
pub struct AccessArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AccessCommand,
}

/// Subcommands of `access`.
#[derive(Debug, Subcommand)]
pub enum AccessCommand {
    /// Show a policy: who may ask what, for which purpose, and what leaves (no server is asked)
    Show(AccessShowArgs),
    /// Tell which rule gives a field to a role for a purpose, or withholds it (no server is asked)
    Explain(AccessExplainArgs),
    /// Adopt a policy: from then on the registry decides under it
    Adopt(AccessAdoptArgs),
}

/// Arguments of `access show`.
#[derive(Debug, Args)]
pub struct AccessShowArgs {
    /// Edition; by default the newest that this program knows. Disclosures name theirs
    #[arg(long, value_name = "EDITION")]
    pub edition: Option<String>,
    /// Print the document itself, byte by byte as governance adopts it
    #[arg(long)]
    pub document: bool,
}

/// Arguments of `access explain`.
#[derive(Debug, Args)]
pub struct AccessExplainArgs {
    /// Role, e.g. police, registrar, data-protection-officer
    #[arg(long)]
    pub role: String,
    /// Purpose, e.g. stay-check
    #[arg(long)]
    pub purpose: String,
    /// Field of an answer, e.g. person.address, or a field group, e.g. protection
    #[arg(long)]
    pub field: String,
    /// Edition; by default the newest that this program knows. Disclosures name theirs
    #[arg(long, value_name = "EDITION")]
    pub edition: Option<String>,
}

/// Arguments of `access adopt`.
#[derive(Debug, Args)]
pub struct AccessAdoptArgs {
    /// Edition; none comes back once a later one was adopted
    pub edition: String,
    /// File of the governance authority's key; by default DIR/keys/governance.key
    #[arg(long, value_name = "FILE")]
    pub governance_key: Option<std::path::PathBuf>,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}
