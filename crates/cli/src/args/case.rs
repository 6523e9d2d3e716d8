//! Arguments of `case` and `services`.

use clap::{Args, Subcommand, ValueEnum};

use super::{AtArgs, ConnectArgs, PurposeArgs};

/// Arguments of `case`.
#[derive(Debug, Args)]
pub struct CaseArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: CaseCommand,
}

/// Subcommands of `case`.
#[derive(Debug, Subcommand)]
pub enum CaseCommand {
    /// A case: how it stands, its steps in order, its papers
    Show(CaseShowArgs),
    /// The cases that concern a person, or the open ones of an office
    #[command(after_help = LIST_HELP)]
    List(CaseListArgs),
}

/// What whoever lists the work of an office has to know.
const LIST_HELP: &str = "\
Of an office, its open cases, the one that has waited longest for a step first, with what each waits
for. The list names no person; but everybody whom a listed case concerns finds that in the list of
who has looked at their data.";

/// Arguments of `case list`.
#[derive(Debug, Args)]
pub struct CaseListArgs {
    /// Person number, 12 digits
    #[arg(required_unless_present = "office")]
    pub number: Option<String>,
    /// An office of your agency instead: its open cases
    #[arg(long, value_name = "CODE", conflicts_with = "number")]
    pub office: Option<String>,
    /// Of an office, go on where a listing stopped
    #[arg(long, value_name = "HEX", conflicts_with = "number")]
    pub after: Option<String>,
    /// Of an office, stop after so many pages of at most 50 cases
    #[arg(long, value_name = "PAGES", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub pages: u32,
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

/// Arguments of `case show`.
#[derive(Debug, Args)]
pub struct CaseShowArgs {
    /// Number of the case, 12 digits
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

/// Arguments of `services`.
#[derive(Debug, Args)]
pub struct ServicesArgs {
    /// Identifier of one service; without it, all are listed
    pub service: Option<String>,
    /// Language of the titles
    #[arg(long, value_enum, default_value_t = Language::Fa)]
    pub lang: Language,
}

/// Language of titles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Persian, as printed
    Fa,
    /// English
    En,
}
