//! Arguments of `site`.

use clap::{Args, Subcommand};

use super::{AtArgs, ConnectArgs, PurposeArgs};

/// Arguments of `site`.
#[derive(Debug, Args)]
pub struct SiteArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: SiteCommand,
}

/// Subcommands of `site`.
#[derive(Debug, Subcommand)]
pub enum SiteCommand {
    /// List the sites, with their places; how many stay there is told to the agency that runs a site
    List(SiteListArgs),
    /// Show a site: what it is, its places, its inspections and when the next one is due
    Show(SiteShowArgs),
}

/// Arguments of `site list`.
#[derive(Debug, Args)]
pub struct SiteListArgs {
    /// Province, e.g. IR-23; by default all
    #[arg(long, value_name = "CODE")]
    pub province: Option<String>,
    /// Why it is asked.
    #[command(flatten)]
    pub purpose: PurposeArgs,
    /// About when.
    #[command(flatten)]
    pub at: AtArgs,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// Arguments of `site show`.
#[derive(Debug, Args)]
pub struct SiteShowArgs {
    /// Number of the site, 12 digits
    pub number: String,
    /// Why it is asked.
    #[command(flatten)]
    pub purpose: PurposeArgs,
    /// About when.
    #[command(flatten)]
    pub at: AtArgs,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}
