//! `sabt`: the operator's, office's and auditor's command.

use std::process::ExitCode;

use clap::Parser as _;
use mimalloc::MiMalloc;

/// An act and a question each make and drop some hundred small values; that of the C library takes a tenth of the
/// registry's time for it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    sabt_cli::run(sabt_cli::args::Cli::parse())
}
