//! Arguments of `erase`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ConnectArgs;

/// Arguments of `erase`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct EraseArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: EraseCommand,
}

/// How the steps follow each other.
const HELP: &str = "\
An erasure takes two officers of two agencies. The data-protection officer looks at what is due and
proposes; an officer of the governance authority approves, offline; then the first carries it out.
For claims to asylum the asylum unit (--as asylum-unit) does what the data-protection officer does.
Nothing erases by itself, and nothing that was erased comes back.";

/// Subcommands of `erase`.
#[derive(Debug, Subcommand)]
pub enum EraseCommand {
    /// Until when what is recorded may be kept, by which rule; without a number, of whom something is due
    Due(EraseDueArgs),
    /// Propose to erase a person, household, service case, claim or biometric reference: name every record in an order, and
    /// sign it
    Propose(EraseProposeArgs),
    /// What an order says, and who has signed it
    Show(EraseShowArgs),
    /// Sign an order as the second officer, offline
    Approve(EraseApproveArgs),
    /// Hand a signed order in: key, sealed bytes and views of whom it names are destroyed
    CarryOut(EraseCarryOutArgs),
    /// Orders kept in a directory, and how they stand
    List(EraseListArgs),
}

/// Arguments of `erase due`.
#[derive(Debug, Args)]
#[command(after_help = DUE_HELP)]
pub struct EraseDueArgs {
    /// Person number, 12 digits; without it everybody is looked at
    pub number: Option<String>,
    /// A household instead of a person: its code, 12 digits
    #[arg(long, value_name = "CODE", conflicts_with = "number")]
    pub household: Option<String>,
    /// A service case instead of a person: its number, 12 digits
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["number", "household"])]
    pub service_case: Option<String>,
    /// The person's claims to asylum; for the asylum unit alone
    #[arg(long, requires = "number")]
    pub claims: bool,
    /// Of everybody, only this field group, e.g. ADDRESS
    #[arg(long, value_name = "GROUP", conflicts_with_all = ["number", "household", "service_case"])]
    pub group: Option<String>,
    /// Of everybody, go on where a listing stopped
    #[arg(long, value_name = "HEX", conflicts_with_all = ["number", "household", "service_case"])]
    pub after: Option<String>,
    /// Of everybody, stop after so many pages of at most 1,000 persons, households and cases
    #[arg(long, value_name = "PAGES", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub pages: u32,
    /// Number of the case that the question serves
    #[arg(long, value_name = "NUMBER")]
    pub case: String,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// What whoever looks has to know.
const DUE_HELP: &str = "\
A group is listed from three months before its end. An order erases a whole life and no single
group: it waits for the last clock. Biometric references have clocks and orders of their own and go
first. Vital events are kept, so whoever has one is erased only by order of a court, or where it
was unlawful to record them. Everybody who is listed finds that in the list of who has looked.";

/// Why a person is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum GroundArg {
    /// Every retention clock has run out; the registry checks it
    RetentionEnded,
    /// It should never have been recorded
    UnlawfulStorage,
    /// A court has ordered it
    CourtOrder,
}

/// Arguments of `erase propose`.
#[derive(Debug, Args)]
#[command(after_help = PROPOSE_HELP)]
pub struct EraseProposeArgs {
    /// Person number, 12 digits
    #[arg(required_unless_present_any = ["household", "service_case"])]
    pub number: Option<String>,
    /// A household instead of a person, to which nobody belongs who is still recorded: its code, 12 digits
    #[arg(long, value_name = "CODE", conflicts_with = "number")]
    pub household: Option<String>,
    /// A service case instead of a person, which concerns nobody who is still recorded: its number, 12 digits
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["number", "household", "claim"])]
    pub service_case: Option<String>,
    /// One of the person's claims to asylum instead of the person: its number; for the asylum unit alone
    #[arg(long, value_name = "NUMBER", requires = "number")]
    pub claim: Option<String>,
    /// One of the person's biometric references instead of the person: its number
    #[arg(
        long,
        value_name = "NUMBER",
        requires = "number",
        conflicts_with = "claim"
    )]
    pub biometric: Option<String>,
    /// Why
    #[arg(long, value_enum)]
    pub ground: GroundArg,
    /// Article, judgment or rule it rests on; recorded in the clear, so it may not tell of the person
    #[arg(long, value_name = "TEXT")]
    pub legal_basis: String,
    /// Number of the permit of destruction; recorded in the clear as well
    #[arg(long, value_name = "NUMBER")]
    pub permit: String,
    /// Number of the case; approved by both officers and never recorded
    #[arg(long, value_name = "NUMBER")]
    pub case: String,
    /// Code of the officer who is to approve it
    #[arg(long, value_name = "CODE", default_value = "G6001")]
    pub approver: String,
    /// Agency of that officer; GOVERNANCE for the key with which the registry was founded
    #[arg(long, value_name = "CODE", default_value = "GOVERNANCE")]
    pub approver_agency: String,
    /// Identifier of that officer's key, 16 hexadecimal digits; by default that of the key in DIR/keys
    #[arg(long, value_name = "HEX")]
    pub approver_key: Option<String>,
    /// Code of the officer who proposes; by default the one of the key
    #[arg(long, value_name = "CODE")]
    pub officer: Option<String>,
    /// Agency of the officer who proposes; by default the one of the key
    #[arg(long, value_name = "CODE")]
    pub agency: Option<String>,
    /// For how many days the order waits to be carried out, 30 at most
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=30))]
    pub days: u32,
    /// Key that signs, a name under DIR/keys/authors; by default the one of --as
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// What a proposer has to know.
const PROPOSE_HELP: &str = "\
The order stands in DIR/erasures/ID.order. Send that file to the officer who is to approve it. It
names the person: it is removed when the order has been carried out. A record about the person that
comes in meanwhile makes it void.";

/// Arguments of `erase show`.
#[derive(Debug, Args)]
pub struct EraseShowArgs {
    /// File of the order
    pub order: PathBuf,
}

/// Arguments of `erase approve`.
#[derive(Debug, Args)]
pub struct EraseApproveArgs {
    /// File of the order
    pub order: PathBuf,
    /// Key that signs, a name under DIR/keys/authors; `governance` is the key of governance acts
    #[arg(long, value_name = "NAME", default_value = "governance")]
    pub author: String,
    /// Directory of the keys
    #[arg(long, default_value = "sabt-demo")]
    pub dir: PathBuf,
}

/// Arguments of `erase carry-out`.
#[derive(Debug, Args)]
pub struct EraseCarryOutArgs {
    /// File of the order
    pub order: PathBuf,
    /// Key that signs the record, one of the two that signed the order; by default the one of --as
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// Arguments of `erase list`.
#[derive(Debug, Args)]
pub struct EraseListArgs {
    /// Directory of the orders
    #[arg(long, default_value = "sabt-demo")]
    pub dir: PathBuf,
}
