//! `sabt`: the operator's, office's and auditor's command.
//!
//! Everything it does goes through the same doors as everybody else's software: acts are signed here and
//! submitted over mutual TLS, questions state a purpose, the feed is followed link by link.
//!
//! | module | responsibility |
//! |---|---|
//! | [`args`], [`exit`], [`error`], [`refused`] | the command line and how it ends |
//! | [`commands`] | what each subcommand does |
//! | [`establish`], [`cast`], [`keys`], [`pki`], [`data`] | making a registry |
//! | [`rotation`] | replacing the key of a log |
//! | [`session`], [`client`], [`purpose`], [`when`] | asking |
//! | [`sign`], [`bulk`], [`intake`] | acts |
//! | [`disclosures`] | who looked, as FHIR and as CEF |
//! | [`grants`] | grants, issued and brought along |
//! | [`erasures`] | orders of erasure, from hand to hand |
//! | [`follow`] | the feed, checked link by link |
//! | [`mod@statistics`] | a table of statistics for terminals, as CSV and as a plot |
//! | [`tiles`] | a ledger as static files (C2SP tlog-tiles) |
//! | [`out`], [`render`], [`text`], [`json`], [`progress`], [`files`] | answers for people and machines; files |
//!
//! **Architecture invariant:** no rule of law and no view stands here.

pub mod args;
pub mod batches;
pub mod bulk;
pub mod cast;
pub mod client;
pub mod commands;
pub mod data;
pub mod disclosures;
pub mod erasures;
pub mod error;
pub mod establish;
pub mod exit;
pub mod files;
pub mod follow;
pub mod grants;
pub mod intake;
pub mod json;
pub mod keys;
pub mod listing;
pub mod out;
pub mod papers;
pub mod pki;
pub mod progress;
pub mod purpose;
pub mod refused;
pub mod render;
pub mod rotation;
pub mod session;
pub mod sign;
pub mod statistics;
pub mod text;
pub mod tiles;
pub mod when;

#[cfg(test)]
mod tests;

use std::io::Write as _;
use std::process::ExitCode;

use args::{Cli, Command};
use commands::{
    access, backup, batch, campaign, case, certificate, conditions, corrections, deadlines, demo,
    erase, export, extract, feed, grant, init, law, prove, query, rebuild, removal, restore, right,
    rotate, serve, services, site, statistics as tables, status, submit, watch, witness,
};
use error::CliError;
use exit::Exit;
use out::Out;

/// Does what the command line says, and tells how the process should end.
pub fn run(cli: Cli) -> ExitCode {
    let json = cli.json;
    let mut out = Out::stdout(json);
    let outcome = dispatch(cli.command, &mut out).and_then(|()| Ok(out.flush()?));
    let exit = match outcome {
        Ok(()) => Exit::Done,
        Err(err) if err.is_broken_pipe() => Exit::Done,
        Err(err) => {
            complain(&err, json);
            err.exit()
        }
    };
    exit.into()
}

/// Says on standard error what went wrong.
fn complain(err: &CliError, json: bool) {
    let text = if json {
        err.to_json().to_string()
    } else {
        format!("sabt: {err}")
    };
    // If that fails there is nowhere left to say so; the exit code says that something did.
    drop(writeln!(std::io::stderr(), "{text}"));
}

fn dispatch(command: Command, out: &mut Out) -> Result<(), CliError> {
    match command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            let mut command = <Cli as clap::CommandFactory>::command();
            clap_complete::generate(shell, &mut command, "sabt", &mut script);
            Ok(std::io::stdout().write_all(&script)?)
        }
        Command::Backup(args) => backup::run(&args, out),
        Command::Restore(args) => restore::run(&args, out),
        Command::Rebuild(args) => rebuild::run(&args, out),
        Command::Certificate(args) => certificate::run(&args, out),
        Command::Law(args) => law::run(&args, out),
        Command::Services(args) => services::run(&args, out),
        Command::Init(_)
        | Command::Serve(_)
        | Command::Demo(_)
        | Command::Submit(_)
        | Command::Batch(_)
        | Command::VerifyDocument(_)
        | Command::VerifyStay(_)
        | Command::VerifyRight(_)
        | Command::VerifyRemoval(_)
        | Command::Conditions(_)
        | Command::Deadlines(_)
        | Command::Find(_)
        | Command::Person(_)
        | Command::Family(_)
        | Command::History(_)
        | Command::Claims(_)
        | Command::Case(_)
        | Command::Feed(_)
        | Command::WhoLooked(_)
        | Command::Extract(_)
        | Command::Corrections(_)
        | Command::Statistics(_)
        | Command::Campaign(_)
        | Command::Site(_)
        | Command::Watch(_)
        | Command::Status(_)
        | Command::RotateLogKey(_)
        | Command::Access(_)
        | Command::Grant(_)
        | Command::Erase(_)
        | Command::Export(_)
        | Command::Prove(_)
        | Command::Witness(_) => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .map_err(|err| CliError::Otherwise(format!("no threads can be started: {err}")))?;
            runtime.block_on(ask(command, out))
        }
    }
}

async fn ask(command: Command, out: &mut Out) -> Result<(), CliError> {
    match command {
        Command::Init(args) => init::run(&args, out).await,
        Command::Serve(args) => serve::run(&args, out).await,
        Command::Demo(args) => demo::run(&args, out).await,
        Command::Submit(args) => submit::run(&args, out).await,
        Command::Batch(args) => batch::run(&args, out).await,
        Command::VerifyDocument(args) => query::verify_document(&args, out).await,
        Command::VerifyStay(args) => query::verify_stay(&args, out).await,
        Command::VerifyRight(args) => right::run(&args, out).await,
        Command::VerifyRemoval(args) => removal::run(&args, out).await,
        Command::Conditions(args) => conditions::run(&args, out).await,
        Command::Deadlines(args) => deadlines::run(&args, out).await,
        Command::Find(args) => query::find(&args, out).await,
        Command::Person(args) => query::person(&args, out).await,
        Command::Family(args) => query::family(&args, out).await,
        Command::History(args) => query::history(&args, out).await,
        Command::Claims(args) => query::claims(&args, out).await,
        Command::Case(args) => case::run(&args, out).await,
        Command::WhoLooked(args) => query::who_looked(&args, out).await,
        Command::Extract(args) => extract::run(&args, out).await,
        Command::Corrections(args) => corrections::run(&args, out).await,
        Command::Statistics(args) => tables::run(&args, out).await,
        Command::Campaign(args) => campaign::run(&args, out).await,
        Command::Site(args) => site::run(&args, out).await,
        Command::Watch(args) => watch::run(&args, out).await,
        Command::Feed(args) => feed::run(&args, out).await,
        Command::Status(args) => status::run(&args, out).await,
        Command::RotateLogKey(args) => rotate::run(&args, out).await,
        Command::Access(args) => access::run(&args, out).await,
        Command::Grant(args) => grant::run(&args, out).await,
        Command::Erase(args) => erase::run(&args, out).await,
        Command::Export(args) => Box::pin(export::run(&args, out)).await,
        Command::Prove(args) => prove::run(&args, out).await,
        Command::Witness(args) => witness::run(&args, out).await,
        // Those that need no runtime were met above.
        Command::Backup(_)
        | Command::Restore(_)
        | Command::Rebuild(_)
        | Command::Certificate(_)
        | Command::Law(_)
        | Command::Services(_)
        | Command::Completions { .. } => Ok(()),
    }
}
