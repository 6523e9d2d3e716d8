//! The command line.

mod access;
mod batch;
mod campaign;
mod case;
mod certificate;
mod condition;
mod erase;
mod grant;
mod site;
mod statistics;
mod watch;
mod witness;

pub use access::{AccessAdoptArgs, AccessArgs, AccessCommand, AccessExplainArgs, AccessShowArgs};
pub use batch::{
    BatchArgs, BatchCheckArgs, BatchCommand, BatchRetractArgs, BatchStatusArgs, BatchSubmitArgs,
};
pub use campaign::{
    CampaignArgs, CampaignCloseArgs, CampaignCommand, CampaignOpenArgs, CampaignShowArgs,
    OrganiserArgs,
};
pub use case::{CaseArgs, CaseCommand, CaseListArgs, CaseShowArgs, Language, ServicesArgs};
pub use certificate::{
    CertificateArgs, CertificateCommand, IssueArgs, ReasonArg, RenewArgs, RevokeArgs,
};
pub use condition::ConditionsArgs;
pub use erase::{
    EraseApproveArgs, EraseArgs, EraseCarryOutArgs, EraseCommand, EraseDueArgs, EraseListArgs,
    EraseProposeArgs, EraseShowArgs, GroundArg,
};
pub use grant::{GrantArgs, GrantCommand, GrantIssueArgs, GrantListArgs, GrantRevokeArgs};
pub use site::{SiteArgs, SiteCommand, SiteListArgs, SiteShowArgs};
pub use statistics::{StatisticsArgs, StatisticsCommand, StatisticsTableArgs};
pub use watch::{
    WatchArgs, WatchCommand, WatchDeclareArgs, WatchFlagsArgs, WatchJustifyArgs, WatchSampleArgs,
};
pub use witness::{WitnessArgs, WitnessCommand, WitnessInitArgs, WitnessServeArgs};

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::exit::Exit;

/// Sabt: the national registry of foreign nationals, one binary, one directory.
#[derive(Debug, Parser)]
#[command(name = "sabt", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = Exit::TABLE)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Answer in JSON, one object a line where there are several
    #[arg(long, global = true)]
    pub json: bool,
}

/// Subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new registry: keys, certificates, configuration, the founding records
    Init(InitArgs),
    /// Serve a registry over gRPC with mutual TLS
    Serve(ServeArgs),
    /// Play a whole registry: load a population, then a scene for each of six users
    Demo(DemoArgs),
    /// Sign acts and submit them
    Submit(SubmitArgs),
    /// Acts of one file as one: check, submit, see what became of them, take them back
    Batch(BatchArgs),
    /// Is this document valid? Nothing else is told
    VerifyDocument(VerifyDocumentArgs),
    /// May this person stay on this day? Nothing else is told
    VerifyStay(PersonArgs),
    /// Has this person this right on this day? Neither kind of residence nor status is told
    VerifyRight(VerifyRightArgs),
    /// Does something stand against carrying an order of expulsion out? What it is, is never told
    VerifyRemoval(VerifyRemovalArgs),
    /// Which conditions of a kind of residence are shown for a person, by what, and which are missing
    Conditions(ConditionsArgs),
    /// Time limits that run: of a person, or of those whose file an office holds
    Deadlines(DeadlinesArgs),
    /// The law as this program knows it
    Law(LawArgs),
    /// Find a person by document, or by name and birth year
    Find(FindArgs),
    /// Open a person's record, cut to what your purpose allows
    Person(PersonArgs),
    /// A person's family and household
    Family(PersonArgs),
    /// A person's history, every correction and annulment visible
    History(PersonArgs),
    /// A person's claims to asylum; told to the asylum unit alone
    Claims(PersonArgs),
    /// Service cases: open one, or list those of a person
    Case(CaseArgs),
    /// The catalogue of services: who may ask for what, what it needs, what it leads to
    Services(ServicesArgs),
    /// Follow the ledger from a position on, in order and without gaps
    Feed(FeedArgs),
    /// Who looked at a person's data, when and why
    WhoLooked(WhoLookedArgs),
    /// Everything held about a person, signed, as a page to print and hand over
    Extract(ExtractArgs),
    /// What was corrected after your agency had been told it: list, acknowledge, see who has not
    Corrections(CorrectionsArgs),
    /// Tables for publication, protected so that no figure tells of a person
    Statistics(StatisticsArgs),
    /// Rounds of registration (Amayesh): open, show, count how far they reach, close
    Campaign(CampaignArgs),
    /// Guest towns, care camps, exit stations and return centres: list, show
    Site(SiteArgs),
    /// Look-ups of officers that draw attention; those drawn to be justified, and their justification
    Watch(WatchArgs),
    /// Issue, list and revoke grants, under which officers open records
    Grant(GrantArgs),
    /// What is due to be erased; orders of erasure, proposed, approved and carried out
    Erase(EraseArgs),
    /// What the registry says of itself
    Status(ConnectArgs),
    /// Write both ledgers to a directory that `sabt-verify` reads without the registry
    Export(ExportArgs),
    /// Wait for the proof that a record stands in a published checkpoint; verified offline
    Prove(ProveArgs),
    /// Back a registry up, also while it is served; the second time only what is new
    Backup(BackupArgs),
    /// Bring a backup back, and confirm that nothing signed is missing from it
    Restore(RestoreArgs),
    /// Issue, renew and revoke certificates of the development authority, also while a registry is served
    Certificate(CertificateArgs),
    /// Let a new key sign the checkpoints of a ledger, beside the old one until that retires
    RotateLogKey(RotateLogKeyArgs),
    /// Show the access policy, explain what it gives to whom, adopt another edition
    Access(AccessArgs),
    /// Fold the views anew from the ledgers
    Rebuild(RebuildArgs),
    /// Make or serve a witness, which keeps logs from showing two histories
    Witness(WitnessArgs),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Directory of the new registry; must not exist or be empty
    pub dir: PathBuf,
    /// Name of the registry, a URL without scheme: stands in both ledgers for ever
    #[arg(long, default_value = "registry.example/sabt")]
    pub registry: String,
    /// Address for gRPC
    #[arg(long, default_value = "127.0.0.1:7443")]
    pub listen: SocketAddr,
    /// Address for Prometheus metrics
    #[arg(long)]
    pub metrics: Option<SocketAddr>,
    /// Enrol the governance authority alone: agencies, keys and offices come later by governance acts
    #[arg(long)]
    pub bare: bool,
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Directory of the registry
    pub dir: PathBuf,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Directory of the registry; made anew if it does not exist, refused if it is not empty
    #[arg(default_value = "sabt-demo")]
    pub dir: PathBuf,
    /// Persons to load
    #[arg(long, default_value_t = 2_200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub persons: u32,
    /// Seed of the population: the same seed gives the same lives
    #[arg(long, default_value_t = 1_405)]
    pub seed: u64,
    /// Load your own acts instead of a population: one act a line as JSON, signed by nobody yet
    #[arg(long, value_name = "FILE", conflicts_with_all = ["persons", "seed"])]
    pub acts: Option<PathBuf>,
}

/// How to reach a registry and as whom.
#[derive(Debug, Args, Clone)]
#[command(next_help_heading = "Connection")]
pub struct ConnectArgs {
    /// Directory of the registry: certificates and keys, and the address if --server is not given
    #[arg(long, default_value = "sabt-demo")]
    pub dir: PathBuf,
    /// Address of the server, HOST:PORT; by default the one in DIR/sabt.toml
    #[arg(long, value_name = "HOST:PORT")]
    pub server: Option<String>,
    /// Name of the registry; by default the one in DIR/sabt.toml
    #[arg(long)]
    pub registry: Option<String>,
    /// Client certificate, a name under DIR/keys/tls/clients: registrar, border-police, police,
    /// civil-registry, auditor, data-protection, governance, asylum-unit, statistics, border-supervisor
    /// or civil-supervisor; by default the one whose work it is
    #[arg(long = "as", value_name = "NAME")]
    pub caller: Option<String>,
}

/// Why a question is asked.
#[derive(Debug, Args, Clone, Default)]
#[command(next_help_heading = "Purpose")]
pub struct PurposeArgs {
    /// Purpose code, e.g. `STAY_CHECK`; by default the one that fits the caller
    #[arg(long, value_name = "CODE")]
    pub purpose: Option<String>,
    /// Legal basis of the question; by default the one on which the purpose rests
    #[arg(long, value_name = "TEXT")]
    pub legal_basis: Option<String>,
    /// Number of the case or request that the question serves
    #[arg(long, value_name = "NUMBER")]
    pub case: Option<String>,
    /// A supervisor's grant (`sabt grant issue`), which also states purpose, legal basis and case
    #[arg(long, value_name = "FILE", conflicts_with_all = ["purpose", "legal_basis", "case"])]
    pub grant: Option<PathBuf>,
}

/// Which state of the world is asked for.
#[derive(Debug, Args, Clone)]
#[command(next_help_heading = "Time")]
pub struct AtArgs {
    /// Day the facts should hold on: 2026-11-22, or 1405-09-01 with --calendar jalali
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,
    /// Calendar of --as-of
    #[arg(long, value_enum, default_value_t = CalendarArg::Gregorian)]
    pub calendar: CalendarArg,
    /// What the registry knew at this time: 2026-11-22T01:20:00Z, or microseconds since 1970
    #[arg(long, value_name = "TIME")]
    pub known_at: Option<String>,
    /// Wait until this many records are folded (from a receipt: position + parts)
    #[arg(long, default_value_t = 0)]
    pub min_position: u64,
}

/// A calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum CalendarArg {
    /// Gregorian
    Gregorian,
    /// Solar Hijri, the civil calendar of Iran
    Jalali,
    /// Lunar Hijri, tabular
    Hijri,
}

/// Arguments of `submit`.
#[derive(Debug, Args)]
#[command(after_help = SUBMIT_HELP)]
pub struct SubmitArgs {
    /// Acts as JSON (sabt.event.v1.Act), one a line; `-` reads standard input. An act without `act_id`
    /// is given one
    pub file: PathBuf,
    /// Key that signs, a name under DIR/keys/authors; by default the one of --as
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// An act as it is submitted.
pub(crate) const SUBMIT_HELP: &str = r#"An act, which stands on one line:
  {"office": "THR-01", "officer": "K1001", "legal_basis": "duty:12",
   "occurred_on": {"calendar": "CALENDAR_JALALI", "year": 1405, "month": 1, "day": 15},
   "register_person": {"evidence": "EVIDENCE_STATE_NO_DOCUMENT",
    "particulars": {"sex": "SEX_FEMALE",
     "birth_date": {"calendar": "CALENDAR_JALALI", "year": 1370},
     "names": [{"kind": "NAME_KIND_AS_WRITTEN", "script": "SCRIPT_LATIN",
      "given": "Maryam", "family": "Ahmadi", "language": "en"}],
     "nationalities": [{"country": "AFG", "state": "NATIONALITY_STATE_CLAIMED"}]},
    "address": {"province": "IR-23"}}}
What else an act can hold, proto/sabt/event/v1/act.proto says field by field."#;

/// A person asked about.
#[derive(Debug, Args)]
pub struct PersonArgs {
    /// Person number, 12 digits
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

/// Arguments of `verify-right`.
#[derive(Debug, Args)]
pub struct VerifyRightArgs {
    /// The person asked about.
    #[command(flatten)]
    pub person: PersonArgs,
    /// The right, e.g. work, education, bank-account; `sabt law rights` lists them
    #[arg(long, value_name = "RIGHT")]
    pub right: String,
}

/// Arguments of `verify-removal`.
#[derive(Debug, Args)]
pub struct VerifyRemovalArgs {
    /// The person asked about.
    #[command(flatten)]
    pub person: PersonArgs,
    /// Number of the order that is to be carried out
    #[arg(long, value_name = "NUMBER")]
    pub order: String,
}

/// Arguments of `deadlines`.
#[derive(Debug, Args)]
#[command(after_help = DEADLINES_HELP)]
pub struct DeadlinesArgs {
    /// Person number, 12 digits
    #[arg(required_unless_present = "office")]
    pub number: Option<String>,
    /// An office of your agency instead: those whose file is in its province
    #[arg(long, value_name = "CODE", conflicts_with = "number")]
    pub office: Option<String>,
    /// Only what this body is to do: person, organisation, recording-agency, court, holding-authority
    #[arg(long, value_name = "BODY")]
    pub body: Option<String>,
    /// Of an office, the last day that is listed, in the calendar of --as-of; a month ahead if not given, at most a year
    #[arg(long, value_name = "DATE", conflicts_with = "number")]
    pub until: Option<String>,
    /// Of an office, go on where a listing stopped
    #[arg(long, value_name = "HEX", conflicts_with = "number")]
    pub after: Option<String>,
    /// Of an office, stop after so many pages of at most 1,000 persons and households
    #[arg(long, value_name = "PAGES", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
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

/// What whoever looks has to know.
const DEADLINES_HELP: &str = "\
Derived from the records and the table of time limits, and no decision. Where the law is silent or
contradicts itself the reading that protects the person is taken, and named (AM-...). What is about a
holding stays in the list when its day has passed. Everybody who is listed finds that in the list of
who has looked at their data.";

/// Arguments of `law`.
#[derive(Debug, Args)]
pub struct LawArgs {
    /// Which table.
    #[command(subcommand)]
    pub command: LawCommand,
}

/// Subcommands of `law`.
#[derive(Debug, Subcommand)]
pub enum LawCommand {
    /// Rights attached to each kind of residence, with their articles; asks no registry
    Rights,
}

/// Arguments of `verify-document`.
#[derive(Debug, Args)]
pub struct VerifyDocumentArgs {
    /// Kind, e.g. passport, amayesh-card, residence-card
    pub kind: String,
    /// Issuing State, three letters, e.g. AFG
    pub issuer: String,
    /// Number on the document
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

/// Arguments of `find`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("whom").required(true).args(["given", "document"]))]
pub struct FindArgs {
    /// Given name, in any script
    #[arg(long, value_name = "NAME", requires = "born")]
    pub given: Option<String>,
    /// Family name; only those who have none are found without it
    #[arg(long, value_name = "NAME", requires = "given")]
    pub family: Option<String>,
    /// Gregorian year of birth; one year on either side matches too
    #[arg(long, value_name = "YEAR", requires = "given")]
    pub born: Option<i32>,
    /// A document: KIND/ISSUER/NUMBER, e.g. passport/AFG/P01234567
    #[arg(long)]
    pub document: Option<String>,
    /// Why it is asked.
    #[command(flatten)]
    pub purpose: PurposeArgs,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// Arguments of `feed`.
#[derive(Debug, Args)]
pub struct FeedArgs {
    /// First position wanted; by default where --state left off, else 0
    #[arg(long, conflicts_with = "state")]
    pub from: Option<u64>,
    /// File that keeps the position and link reached: the next run resumes there and proves that it
    /// missed nothing
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Go on waiting for new records
    #[arg(long)]
    pub follow: bool,
    /// Why it is asked.
    #[command(flatten)]
    pub purpose: PurposeArgs,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// Arguments of `who-looked`.
#[derive(Debug, Args)]
pub struct WhoLookedArgs {
    /// Person number, 12 digits
    pub number: String,
    /// Reference to the person's signed consent, required from offices; it is also the case, unless
    /// --case names another
    #[arg(
        long,
        value_name = "REFERENCE",
        default_value = "",
        hide_default_value = true
    )]
    pub consent: String,
    /// table for people; fhir: audit events (IHE BALP, FHIR R4); cef: Common Event Format, for a security desk
    #[arg(long, value_enum, default_value_t = ListingFormat::Table)]
    pub format: ListingFormat,
    /// Why it is asked.
    #[command(flatten)]
    pub purpose: PurposeArgs,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// Arguments of `extract`.
#[derive(Debug, Args)]
pub struct ExtractArgs {
    /// Person number, 12 digits
    pub number: String,
    /// File to write, one HTML page in Persian and English; must not exist. It is the person's: only its owner
    /// may read it
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Reference to the person's signed consent, required from offices; it is also the case, unless
    /// --case names another
    #[arg(
        long,
        value_name = "REFERENCE",
        default_value = "",
        hide_default_value = true
    )]
    pub consent: String,
    /// Why it is asked.
    #[command(flatten)]
    pub purpose: PurposeArgs,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// Arguments of `corrections`.
#[derive(Debug, Args)]
pub struct CorrectionsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: CorrectionsCommand,
}

/// What to do with corrections.
#[derive(Debug, Subcommand)]
pub enum CorrectionsCommand {
    /// List what was corrected after your agency had been told it for this purpose
    List(CorrectionsListArgs),
    /// Acknowledge a correction: it waits for your agency no longer
    Acknowledge(CorrectionsAcknowledgeArgs),
    /// List who has not acknowledged, and since when
    Open(CorrectionsListArgs),
}

/// Arguments of `corrections list` and `corrections open`.
#[derive(Debug, Args)]
pub struct CorrectionsListArgs {
    /// Why it is asked.
    #[command(flatten)]
    pub purpose: PurposeArgs,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// Arguments of `corrections acknowledge`.
#[derive(Debug, Args)]
pub struct CorrectionsAcknowledgeArgs {
    /// Position of the correction, as listed
    pub position: u64,
    /// Why it is asked.
    #[command(flatten)]
    pub purpose: PurposeArgs,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// Form of a list of disclosures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ListingFormat {
    /// For people; with --json the registry's answer as it is.
    #[value(help = None)]
    Table,
    /// FHIR R4 Bundle of `AuditEvent`s (IHE BALP), on one line with --json.
    #[value(help = None)]
    Fhir,
    /// Common Event Format for a security desk, one line an entry.
    #[value(help = None)]
    Cef,
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Directory to write; must not exist or be empty, unless --tiles carries on what stands there
    pub out: PathBuf,
    /// Write C2SP tlog-tiles, which other people's tools verify: OUT/LEDGER/checkpoint, OUT/LEDGER/tile/...;
    /// a later run fetches only what is new. Sealed payloads are left out
    #[arg(long)]
    pub tiles: bool,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// Arguments of `prove`.
#[derive(Debug, Args)]
pub struct ProveArgs {
    /// Receipt of the record: a line that `sabt submit --json` printed, or the receipt alone
    #[arg(long, value_name = "FILE", conflicts_with_all = ["origin", "position", "link"])]
    pub receipt: Option<PathBuf>,
    /// Origin of the ledger, in place of a receipt: REGISTRY/events or REGISTRY/disclosures
    #[arg(long, requires_all = ["position", "link"])]
    pub origin: Option<String>,
    /// Position of the record
    #[arg(long, requires = "origin")]
    pub position: Option<u64>,
    /// Link of the record, 64 hexadecimal digits
    #[arg(long, value_name = "HEX", requires = "origin")]
    pub link: Option<String>,
    /// Of a disclosure: wait also until the events ledger anchors a checkpoint over it, and prove that
    #[arg(long)]
    pub anchored: bool,
    /// Directory for record.tlog-proof and, with --anchored, anchor.tlog-proof and anchor.payload
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// Arguments of `backup`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("secrets").required(true).args(["keys", "without_keys"]))]
pub struct BackupArgs {
    /// Directory of the registry
    pub dir: PathBuf,
    /// Directory of the backup; made if it does not exist, carried on if it holds a backup of this registry
    pub dest: PathBuf,
    /// Directory for the secrets and the keys of subjects. Keep it apart from DEST and replace it at each backup: who
    /// has both reads everything, and a person is erased only when their key is gone from every copy
    #[arg(long, value_name = "DIR")]
    pub keys: Option<PathBuf>,
    /// Leave the secrets and the keys of subjects out, because they are kept otherwise
    #[arg(long)]
    pub without_keys: bool,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
#[command(after_help = RESTORE_HELP)]
pub struct RestoreArgs {
    /// Directory of the backup; with --confirm or --new-origin, directory of the registry that was brought back
    pub source: PathBuf,
    /// Directory of the registry to make; must not exist or be empty
    #[arg(required_unless_present_any = ["confirm", "new_origin"], conflicts_with = "confirm")]
    pub dir: Option<PathBuf>,
    /// Directory to which `sabt backup --keys` copied the keys
    #[arg(long, value_name = "DIR", conflicts_with = "confirm")]
    pub keys: Option<PathBuf>,
    /// Confirm that nothing signed is missing: asks the witnesses of the policy in sabt.toml
    #[arg(long)]
    pub confirm: bool,
    /// A checkpoint that an auditor has kept, in place of the witnesses; one of each ledger is needed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dir", "keys"])]
    pub checkpoint: Vec<PathBuf>,
    /// Signed records are lost: make a registry of this name that succeeds the one in SOURCE and says so
    #[arg(long, value_name = "NAME", requires = "into", conflicts_with_all = ["confirm", "dir", "keys"])]
    pub new_origin: Option<String>,
    /// Directory of the registry that succeeds; must not exist or be empty
    #[arg(long, value_name = "NEW", requires = "new_origin")]
    pub into: Option<PathBuf>,
}

/// What the help of `restore` ends with.
const RESTORE_HELP: &str = "\
A copy that was brought back may be older than what was signed and shown to others. It is not
written before --confirm has shown that nothing signed is missing from it; `sabt serve` tries that
once with the witnesses. The certificates and keys under keys/tls are in no backup: bring them or
issue them anew.

If signed records are lost for good, --new-origin NAME --into NEW makes a registry whose ledgers
say which ones they succeed and how many records were lost. It has new log keys, which auditors
need, and keeps the keys of its subjects. Record p of the old ledger is record p + 1 of the new
one. Keep the old directory as evidence.";

/// Arguments of `rotate-log-key`.
#[derive(Debug, Args)]
pub struct RotateLogKeyArgs {
    /// Whose key
    #[arg(value_enum)]
    pub ledger: LedgerArg,
    /// Days during which both keys sign: enough for witnesses and auditors to learn the new one
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=3_650))]
    pub retire_in: u16,
    /// File of the governance authority's key; by default DIR/keys/governance.key
    #[arg(long, value_name = "FILE")]
    pub governance_key: Option<PathBuf>,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// A ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LedgerArg {
    /// The ledger of events
    Events,
    /// The ledger of disclosures
    Disclosures,
}

impl From<LedgerArg> for sabt_chain::LedgerName {
    fn from(ledger: LedgerArg) -> Self {
        match ledger {
            LedgerArg::Events => Self::Events,
            LedgerArg::Disclosures => Self::Disclosures,
        }
    }
}

/// Arguments of `rebuild`.
#[derive(Debug, Args)]
pub struct RebuildArgs {
    /// Directory of the registry
    pub dir: PathBuf,
    /// Fold beside a registry that is being served; its next start takes the new views up
    #[arg(long)]
    pub while_served: bool,
}
