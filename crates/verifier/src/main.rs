//! `sabt-verify`: the auditor's program.

mod args;
mod progress;
mod setup;

use std::env;
use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use sabt_verifier::class::{EXIT_IO, EXIT_SOUND, EXIT_USAGE};
use sabt_verifier::extract::verify_extract;
use sabt_verifier::proof::verify_proof;
use sabt_verifier::verify;

use args::{Command, ExtractArguments, ProofArguments, Request};
use setup::{extract_request, options, proof_request};

fn main() -> ExitCode {
    let code = match args::parse(env::args_os().skip(1)) {
        Ok(Command::Help) => print(&args::help(), EXIT_SOUND),
        Ok(Command::Version) => print(
            concat!("sabt-verify ", env!("CARGO_PKG_VERSION"), "\n"),
            EXIT_SOUND,
        ),
        Ok(Command::Verify(request)) => run(&request),
        Ok(Command::Proof(arguments)) => run_proof(&arguments),
        Ok(Command::Extract(arguments)) => run_extract(&arguments),
        Err(error) => complain(&format!("{error}\ntry --help"), EXIT_USAGE),
    };
    ExitCode::from(code)
}

fn run(request: &Request) -> u8 {
    let options = match options(request) {
        Ok(options) => options,
        Err(error) => return complain(&in_full(&error), EXIT_USAGE),
    };
    let outcome = verify(&options);
    if options.progress.is_some() {
        progress::clear();
    }
    match outcome {
        Ok(report) if request.json => print(&(report.to_json() + "\n"), report.exit_code()),
        Ok(report) => print(&format!("{report}\n"), report.exit_code()),
        Err(error) => complain(&in_full(&error), EXIT_IO),
    }
}

fn run_proof(arguments: &ProofArguments) -> u8 {
    let request = match proof_request(arguments) {
        Ok(request) => request,
        Err(error) => return complain(&in_full(&error), EXIT_USAGE),
    };
    let report = verify_proof(&request);
    let text = if arguments.json {
        report.to_json()
    } else {
        report.to_string()
    };
    print(&(text + "\n"), report.exit_code())
}

fn run_extract(arguments: &ExtractArguments) -> u8 {
    let request = match extract_request(arguments) {
        Ok(request) => request,
        Err(error) => return complain(&in_full(&error), EXIT_USAGE),
    };
    let report = verify_extract(&request);
    let text = if arguments.json {
        report.to_json()
    } else {
        report.to_string()
    };
    print(&(text + "\n"), report.exit_code())
}

/// An error with its causes, as far as they say something new.
fn in_full(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}

/// Writes to standard output; gives back `code`, or that of an I/O error.
fn print(text: &str, code: u8) -> u8 {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => code,
        Err(_) => EXIT_IO,
    }
}

/// Writes to standard error; gives back `code`.
fn complain(text: &str, code: u8) -> u8 {
    // There is nowhere left to say that this failed; the exit code says that something did.
    drop(writeln!(io::stderr(), "sabt-verify: {text}"));
    code
}
