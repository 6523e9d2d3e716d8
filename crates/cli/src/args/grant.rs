//! Arguments of `grant`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ConnectArgs;

/// Arguments of `grant`.
#[derive(Debug, Args)]
pub struct GrantArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: GrantCommand,
}

/// Subcommands of `grant`.
#[derive(Debug, Subcommand)]
pub enum GrantCommand {
    /// Sign a grant for another officer of the agency, or in an emergency your own, offline
    Issue(GrantIssueArgs),
    /// Grants issued from this directory, how they stand, and how often they were used
    List(GrantListArgs),
    /// Let a grant hold no longer
    Revoke(GrantRevokeArgs),
}

/// Arguments of `grant issue`.
#[derive(Debug, Args)]
#[command(after_help = ISSUE_HELP)]
pub struct GrantIssueArgs {
    /// Code of the officer whom it is for, as in the officer's certificate
    #[arg(long, value_name = "CODE")]
    pub officer: String,
    /// Number of the case or shift that it serves
    #[arg(long, value_name = "NUMBER")]
    pub case: String,
    /// Purpose code; by default the one that fits the issuer
    #[arg(long, value_name = "CODE")]
    pub purpose: Option<String>,
    /// Legal basis; by default the one on which the purpose rests
    #[arg(long, value_name = "TEXT")]
    pub legal_basis: Option<String>,
    /// Person who may be asked about, 12 digits; may stand up to 64 times. Without it whoever is met, which
    /// the registry accepts from border police alone
    #[arg(long = "person", value_name = "NUMBER")]
    pub persons: Vec<String>,
    /// Field groups that may be told, e.g. identity,presence
    #[arg(
        long,
        value_name = "GROUPS",
        value_delimiter = ',',
        default_value = "identity"
    )]
    pub fields: Vec<String>,
    /// How long it holds, 12h at most: 8h, 90m
    #[arg(long, value_name = "SPAN", default_value = "1h")]
    pub valid: String,
    /// From when on it holds: 2026-11-22T01:20:00Z; by default from now on
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Key that signs, a name under DIR/keys/authors: border-supervisor or civil-supervisor of a new registry; for
    /// --purpose vital-emergency the officer's own, border-police
    #[arg(long, value_name = "NAME", default_value = "border-supervisor")]
    pub issuer: String,
    /// Agency of the issuer and the officer; by default the one whose supervisor the issuer is
    #[arg(long, value_name = "CODE")]
    pub agency: Option<String>,
    /// Directory of the issuer: keys, and DIR/grants for what is issued
    #[arg(long, default_value = "sabt-demo")]
    pub dir: PathBuf,
    /// Name of the registry; by default the one in DIR/sabt.toml
    #[arg(long)]
    pub registry: Option<String>,
}

/// What an issuer has to know.
const ISSUE_HELP: &str = "\
The grant stands in DIR/grants/ID.grant. The officer asks under it with --grant FILE, within the
access matrix and for nothing else than it states. It names persons: keep it as you keep the case.

Where a life is in danger and no supervisor is at hand, an officer issues their own, for one person
and one hour: --purpose vital-emergency --issuer border-police --fields identity,family. It alarms,
and a supervisor justifies it within three days.";

/// Arguments of `grant list`.
#[derive(Debug, Args)]
#[command(after_help = LIST_HELP)]
pub struct GrantListArgs {
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// What whoever reads the list has to know.
const LIST_HELP: &str = "\
Grants are listed from DIR/grants; how many answers were given under each the registry tells, to the
agency that issued it, and records that it was asked. Where it cannot be asked they are listed
without. Refusals are not answers: they tell nothing.";

/// Arguments of `grant revoke`.
#[derive(Debug, Args)]
pub struct GrantRevokeArgs {
    /// File of the grant, or its identifier together with --agency
    pub grant: String,
    /// Agency whose supervisor issued it, where no file tells
    #[arg(long, value_name = "CODE")]
    pub agency: Option<String>,
    /// Key that signs: of a supervisor of the agency, or of the data-protection officer; by default the one of --as
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}
