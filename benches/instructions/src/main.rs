//! How many instructions the hot functions take, held against a budget: a figure that a busy machine does not falsify.
//!
//! ```text
//! cargo run --release -p sabt-instructions               # count, and fail above the budget
//! cargo run --release -p sabt-instructions -- --update   # count, and write the budget anew
//! cargo run --release -p sabt-instructions -- --time     # how long a call takes on this machine instead
//! ```
//! Each function is run under cachegrind (Debian's package `valgrind`) in a process of its own, a few times and some more
//! times; what the additional times take is what one takes, whatever the preparations cost. A function that takes fewer
//! instructions than its budget by more than the tolerance fails as well, so that what was won is not lost unseen. The budget
//! holds for the compiler that it names: with another one only what is far above it fails. A processor without AVX2 gives
//! other figures.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod ledger;
mod works;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;
use std::{env, fs};

use works::Work;

/// What a benchmark comes to; an error ends it.
type Outcome<T> = Result<T, Box<dyn Error>>;

/// Times a function is run in the first process, and in the second.
const TIMES: [u64; 2] = [10, 40];

/// The same where it is timed, and how often.
const TIMED: [u64; 2] = [10, 1_010];
const TIMED_ROUNDS: usize = 5;

/// How far a figure may be from its budget, in hundredths.
const TOLERANCE_PERCENT: u64 = 5;

/// How far above its budget it may be where the budget was counted with another compiler.
const TOLERANCE_OTHER_PERCENT: u64 = 25;

/// What the budget begins with; the compiler follows.
const HEADER: &str =
    "# Instructions that one call takes: cargo run --release -p sabt-instructions -- --update\n# ";

fn main() -> Outcome<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => hold(),
        ["--update"] => update(),
        ["--time"] => time(),
        // What the process under cachegrind is told.
        ["--run", work, times] => {
            let work = Work::named(work).ok_or("no such work")?;
            work.run(times.parse()?)?;
            Ok(ExitCode::SUCCESS)
        }
        _ => Err("usage: sabt-instructions [--update|--time]".into()),
    }
}

/// Counts and compares.
fn hold() -> Outcome<ExitCode> {
    let text = fs::read_to_string(budget_file())?;
    let (budget, compiler) = (read_budget(&text)?, compiler()?);
    let same = text.starts_with(&format!("{HEADER}{compiler}\n"));
    let tolerance = if same {
        TOLERANCE_PERCENT
    } else {
        println!("{compiler} is not the compiler of the budget");
        TOLERANCE_OTHER_PERCENT
    };
    let mut held = true;
    for work in Work::ALL {
        let name = work.name();
        let counted = count(work)?;
        let Some(allowed) = budget.get(name).copied() else {
            println!("{name:<24} {counted:>12}   not in the budget: --update adds it");
            held = false;
            continue;
        };
        let (most, least) = (
            allowed * (100 + tolerance) / 100,
            allowed * (100 - tolerance) / 100,
        );
        let verdict = if most < counted {
            held = false;
            "more than the budget allows"
        } else if counted < least && same {
            held = false;
            "less: --update keeps what was won"
        } else {
            "held"
        };
        println!("{name:<24} {counted:>12}   budget {allowed:>12}   {verdict}");
    }
    Ok(if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Counts and writes the budget.
#[expect(
    clippy::disallowed_methods,
    reason = "it is written for whoever commits it"
)]
fn update() -> Outcome<ExitCode> {
    let mut budget = format!("{HEADER}{}\n", compiler()?);
    for work in Work::ALL {
        let counted = count(work)?;
        println!("{:<24} {counted:>12}", work.name());
        writeln!(budget, "{} {counted}", work.name())?;
    }
    fs::write(budget_file(), budget)?;
    Ok(ExitCode::SUCCESS)
}

/// Times every function, without cachegrind: the median of a few differences between some calls and more of them.
#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn time() -> Outcome<ExitCode> {
    for work in Work::ALL {
        let mut took = Vec::new();
        for _ in 0..TIMED_ROUNDS {
            let [few, more] = TIMED;
            let spent = |times| {
                let begun = Instant::now();
                work.run(times)?;
                Ok::<_, Box<dyn Error>>(begun.elapsed())
            };
            let difference = spent(more)?.saturating_sub(spent(few)?);
            took.push(difference.as_secs_f64() / (more - few) as f64);
        }
        took.sort_by(f64::total_cmp);
        let median = took[TIMED_ROUNDS / 2] * 1e6;
        println!("{:<24} {median:>12.1} us", work.name());
    }
    Ok(ExitCode::SUCCESS)
}

fn budget_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("budget.txt")
}

/// Which compiler this is built with, in one line.
fn compiler() -> Outcome<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// Reads lines of a name and a number.
fn read_budget(text: &str) -> Outcome<BTreeMap<String, u64>> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, count) = line
                .split_once(' ')
                .ok_or("a line of the budget is no name and number")?;
            Ok((name.to_owned(), count.trim().parse()?))
        })
        .collect()
}

/// Instructions that one call takes.
fn count(work: Work) -> Outcome<u64> {
    let [few, more] = TIMES;
    let (with_few, with_more) = (run(work, few)?, run(work, more)?);
    Ok(with_more.saturating_sub(with_few) / (more - few))
}

/// Instructions of a whole process.
fn run(work: Work, times: u64) -> Outcome<u64> {
    let mut cachegrind = Command::new("valgrind");
    cachegrind
        .args([
            "--tool=cachegrind",
            "--cache-sim=no",
            "--cachegrind-out-file=/dev/null",
        ])
        .arg(env::current_exe()?)
        .args(["--run", work.name(), &times.to_string()]);
    let output = cachegrind.output().map_err(|error| {
        format!("valgrind does not start (Debian: apt-get install valgrind): {error}")
    })?;
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{}: {told}", work.name()).into());
    }
    // "I refs:" or "I   refs:", by version.
    let counted = told.lines().find_map(|line| line.split_once("refs:"));
    let (_, counted) = counted.ok_or("cachegrind counts nothing")?;
    Ok(counted.trim().replace(',', "").parse()?)
}
