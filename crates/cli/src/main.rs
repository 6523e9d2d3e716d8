//! `sabt`: the operator's, office's and auditor's command.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    sabt_cli::run(sabt_cli::args::Cli::parse())
}
