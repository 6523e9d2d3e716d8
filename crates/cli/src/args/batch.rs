use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{CalendarArg, ConnectArgs, PurposeArgs};

/// Arguments of `batch`.
#[derive(Debug, Args)]
pub struct BatchArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: BatchCommand,
}

/// What to do with a batch.
#[derive(Debug, Subcommand)]
pub enum BatchCommand {
    /// Have every act of a file decided as if it were submitted, and record none
    Check(BatchCheckArgs),
    /// Submit the acts of a file as one batch, or go on with one that was broken off
    Submit(BatchSubmitArgs),
    /// What became of the acts of a batch
    Status(BatchStatusArgs),
    /// Take a batch back: annul every act of it that nothing else rests on, the last one first
    Retract(BatchRetractArgs),
}

/// Arguments of `batch check`.
#[derive(Debug, Args)]
#[command(after_help = CHECK_HELP)]
pub struct BatchCheckArgs {
    /// Acts as JSON (sabt.event.v1.Act), one a line; `-` reads standard input
    pub file: PathBuf,
    /// Key that signs, a name under DIR/keys/authors; by default the one of --as
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// Why it is asked.
    #[command(flatten)]
    pub purpose: PurposeArgs,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

const CHECK_HELP: &str = "\
Every act is decided by itself against what is recorded now: one that rests on another act of the
same file is refused here and passes when they are submitted in their order. Each check is a
question: it counts against the limits of questions, it is recorded for everybody whom the act is
about, and so is a refusal.";

/// Arguments of `batch submit`.
#[derive(Debug, Args)]
#[command(after_help = SUBMIT_HELP)]
pub struct BatchSubmitArgs {
    /// Acts as JSON (sabt.event.v1.Act), one a line. An act without `act_id` is given one; `batch_id` is given to
    /// every act
    pub file: PathBuf,
    /// Directory of the batch; by default FILE.batch
    #[arg(long, value_name = "DIR")]
    pub work: Option<PathBuf>,
    /// Key that signs, a name under DIR/keys/authors; by default the one of --as
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

const SUBMIT_HELP: &str = "\
Broken off at whatever point, the same command goes on and records nothing twice. Acts that are
refused are put into quarantine.jsonl of the directory of the batch, with the reason, the rule and
what would make them pass; the others stand. What is put right there is submitted as another batch.";

/// Arguments of `batch status`.
#[derive(Debug, Args)]
pub struct BatchStatusArgs {
    /// The file of acts, or the directory of the batch
    pub batch: PathBuf,
}

/// Arguments of `batch retract`.
#[derive(Debug, Args)]
#[command(after_help = RETRACT_HELP)]
pub struct BatchRetractArgs {
    /// The file of acts, or the directory of the batch
    pub batch: PathBuf,
    /// Why it is taken back
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Article or decision that the annulments rest on
    #[arg(long, value_name = "TEXT")]
    pub legal_basis: String,
    /// Code of the officer; never a name
    #[arg(long, value_name = "CODE")]
    pub officer: String,
    /// Day of the annulments; by default today
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// Calendar of --on
    #[arg(long, value_enum, default_value_t = CalendarArg::Gregorian)]
    pub calendar: CalendarArg,
    /// Key that signs, a name under DIR/keys/authors; by default the one of --as
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// How to reach the registry.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

const RETRACT_HELP: &str = "\
Broken off at whatever point, the same command goes on. An act that something later rests on is not
annulled: it is listed with why, and tried again when the command is given again.";
