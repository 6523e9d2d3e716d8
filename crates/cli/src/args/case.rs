//! Arguments of `case` and `services`.

use clap::{Args, Subcommand, ValueEnum};

use super::{AtArgs, ConnectArgs, PersonArgs, PurposeArgs};

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
    /// The cases that concern a person
    List(PersonArgs),
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
