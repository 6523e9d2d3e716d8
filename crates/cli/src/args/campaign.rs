//! Arguments of `campaign`.

use clap::{Args, Subcommand};

use super::{AtArgs, CalendarArg, ConnectArgs, PurposeArgs};

/// Arguments of `campaign`.
#[derive(Debug, Args)]
pub struct CampaignArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: CampaignCommand,
}

/// Subcommands of `campaign`.
#[derive(Debug, Subcommand)]
pub enum CampaignCommand {
    /// Open a campaign; the registry gives it a number
    Open(CampaignOpenArgs),
    /// Show a campaign: what it is, whom it is to reach, what was reported of it
    Show(CampaignShowArgs),
    /// Count how far a campaign reaches, for each office and province; told to the agency that organises it
    Coverage(CampaignShowArgs),
    /// Close a campaign; whoever comes later is taken all the same
    Close(CampaignCloseArgs),
}

/// Who records an act about a campaign.
#[derive(Debug, Args)]
#[command(next_help_heading = "Act")]
pub struct OrganiserArgs {
    /// Directive that the act rests on
    #[arg(long, value_name = "TEXT")]
    pub directive: String,
    /// Code of the organising office, e.g. THR-96
    #[arg(long, value_name = "CODE")]
    pub office: String,
    /// Code of the officer; never a name
    #[arg(long, value_name = "CODE")]
    pub officer: String,
    /// Day of the act; by default today
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// Calendar of every date given
    #[arg(long, value_enum, default_value_t = CalendarArg::Gregorian)]
    pub calendar: CalendarArg,
    /// Key that signs, a name under DIR/keys/authors; by default the one of --as
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
}

/// Arguments of `campaign open`.
#[derive(Debug, Args)]
pub struct CampaignOpenArgs {
    /// Number of the round, from 1
    pub round: u32,
    /// Kind: amayesh, headcount, emergency-registration
    #[arg(long, default_value = "amayesh")]
    pub kind: String,
    /// First day on which somebody can take part
    #[arg(long, value_name = "DATE")]
    pub opens_on: String,
    /// Day until which people are called to come
    #[arg(long, value_name = "DATE")]
    pub closes_on: Option<String>,
    /// Document that participants get, e.g. amayesh-card
    #[arg(long, value_name = "KIND", requires_all = ["card_from", "card_until"])]
    pub card: Option<String>,
    /// First valid day of the card
    #[arg(long, value_name = "DATE", requires = "card")]
    pub card_from: Option<String>,
    /// Last valid day of the card
    #[arg(long, value_name = "DATE", requires = "card")]
    pub card_until: Option<String>,
    /// Province in which it is held, e.g. IR-23; may be repeated, by default all
    #[arg(long, value_name = "CODE")]
    pub province: Vec<String>,
    /// Nationality that it is for, e.g. AFG; may be repeated, by default all
    #[arg(long, value_name = "CODE")]
    pub nationality: Vec<String>,
    /// Status that it is for, e.g. displaced; may be repeated, by default all
    #[arg(long, value_name = "STATUS")]
    pub status: Vec<String>,
    /// Who records it.
    #[command(flatten)]
    pub organiser: OrganiserArgs,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// Arguments of `campaign show` and `campaign coverage`.
#[derive(Debug, Args)]
pub struct CampaignShowArgs {
    /// Number of the campaign, 12 digits
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

/// Arguments of `campaign close`.
#[derive(Debug, Args)]
pub struct CampaignCloseArgs {
    /// Number of the campaign, 12 digits
    pub number: String,
    /// Who records it.
    #[command(flatten)]
    pub organiser: OrganiserArgs,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}
