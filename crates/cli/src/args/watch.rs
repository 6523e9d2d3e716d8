//! Arguments of `watch`.

use clap::{Args, Subcommand};

use super::{ConnectArgs, PurposeArgs};

/// Arguments of `watch`.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: WatchCommand,
}

/// Subcommands of `watch`.
#[derive(Debug, Subcommand)]
pub enum WatchCommand {
    /// Look-ups that a rule draws attention to, emergencies first
    Flags(WatchFlagsArgs),
    /// Look-ups that wait to be justified: drawn by lot, or made on an emergency grant
    Sample(WatchSampleArgs),
    /// State why a look-up of your agency was made
    Justify(WatchJustifyArgs),
    /// Declare which registered person an officer of your agency is
    Declare(WatchDeclareArgs),
}

/// Arguments of `watch flags`.
#[derive(Debug, Args)]
#[command(after_help = FLAGS_HELP)]
pub struct WatchFlagsArgs {
    /// Leave out what was recorded before: 2026-11-22T01:20:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Why it is asked.
    #[command(flatten)]
    pub purpose: PurposeArgs,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// Arguments of `watch sample`.
#[derive(Debug, Args)]
pub struct WatchSampleArgs {
    /// List those that were justified, with their grounds, instead of those that wait
    #[arg(long)]
    pub justified: bool,
    /// Why it is asked.
    #[command(flatten)]
    pub purpose: PurposeArgs,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// Arguments of `watch justify`.
#[derive(Debug, Args)]
#[command(after_help = JUSTIFY_HELP)]
pub struct WatchJustifyArgs {
    /// Position of the look-up, as `watch sample` lists it
    pub position: u64,
    /// Why: case-work, person-present, authority-request, danger-to-life, mistake or none
    #[arg(long, value_name = "GROUND")]
    pub ground: String,
    /// Code of the officer who states it; by default that of the certificate of the cast
    #[arg(long, value_name = "CODE")]
    pub officer: Option<String>,
    /// Key that signs, a name under DIR/keys/authors; by default the one of --as
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// Arguments of `watch declare`.
#[derive(Debug, Args)]
#[command(after_help = DECLARE_HELP)]
pub struct WatchDeclareArgs {
    /// The officer, by the number under which they are registered
    pub person: String,
    /// Code of the officer, as in the officer's certificate
    #[arg(long, value_name = "CODE")]
    pub officer: String,
    /// Office of the agency that records it, e.g. THR-01
    #[arg(long, value_name = "CODE")]
    pub office: String,
    /// Key that signs, a name under DIR/keys/authors; by default the one of --as
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

const FLAGS_HELP: &str = "\
A flag says which rule holds for one look-up of one officer. It proves nothing, and it names
nobody who was looked up. Agencies see their own; the data-protection officer sees all, and
alone sees those that rest on who an officer is.";

const JUSTIFY_HELP: &str = "\
The officer who looked justifies, or a supervisor of the agency; after an emergency grant a
supervisor does. It is recorded in the clear, so it states a ground of the list and no case.";

const DECLARE_HELP: &str = "\
Only the data-protection officer is told, so that look-ups of oneself and of one's own
household show.";
