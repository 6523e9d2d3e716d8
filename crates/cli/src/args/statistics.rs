//! Arguments of `statistics`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{AtArgs, ConnectArgs, PurposeArgs};

/// Arguments of `statistics`.
#[derive(Debug, Args)]
pub struct StatisticsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: StatisticsCommand,
}

/// Subcommands of `statistics`.
#[derive(Debug, Subcommand)]
pub enum StatisticsCommand {
    /// List the tables there are, with what they show
    List,
    /// Show a table, protected so that no figure tells of a person
    #[command(after_help = TABLE_HELP)]
    Table(Box<StatisticsTableArgs>),
}

/// What the help of `statistics table` ends with.
const TABLE_HELP: &str = "\
There are figures for the ends of Jalali months. A month closes when a later one has begun and at
least 100 subjects are new; until then it waits for the next one. The day and the cut-off asked for
are taken back to the last closed month, and the answer says which that is. The same table, day and
cut-off give the same figures for ever, whatever is recorded later; whoever is erased is counted no
more.

Every figure is a multiple of 5 and differs from the true one by at most 10; ones and twos are never
shown. So figures do not add up exactly, and small differences mean nothing.";

/// Arguments of `statistics table`.
#[derive(Debug, Args)]
pub struct StatisticsTableArgs {
    /// Code of the table, as `sabt statistics list` shows it
    pub table: String,
    /// Records from this position on do not count; by default the newest closed month
    #[arg(
        long,
        value_name = "POSITION",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub cut_off: u64,
    /// Also write the table as CSV, with definition, cut-off and method in its head; must not exist
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Also plot the table as SVG, by its first variable; must not exist
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
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
