//! Acts from outside: JSON, one a line, read whole and checked before anything is sent.

use std::io::Read as _;
use std::path::Path;

use sabt_proto::event::v1::Act;
use sabt_server::clock::Clock;

use crate::error::CliError;
use crate::json;
use crate::sign::{ACT_ID_BYTES, new_act_id};

/// Longest input, bytes: a quarter of a million acts of one kilobyte. More is several files.
const INPUT_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Problems told of one input; whoever has more than these has made the same mistake again and again.
const PROBLEMS_MAX: usize = 20;

/// An act as it was read.
#[derive(Debug, Clone)]
pub struct Intake {
    /// Line it stands on, from 1.
    pub line: usize,
    /// The act, with identifier and time of recording.
    pub act: Act,
}

/// Reads acts from a file, or from standard input for `-`.
///
/// # Errors
/// [`CliError::Usage`] with the number of every line that is no act; [`CliError::Path`].
pub fn read(path: &Path, clock: &Clock) -> Result<Vec<Intake>, CliError> {
    let wrap = || CliError::path(path);
    let mut text = String::new();
    let mut input: Box<dyn std::io::Read> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path).map_err(wrap())?)
    };
    input
        .by_ref()
        .take(INPUT_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .map_err(wrap())?;
    if INPUT_BYTES_MAX < text.len() as u64 {
        return Err(CliError::usage(
            format!("{} is longer than {INPUT_BYTES_MAX} bytes", path.display()),
            "submit it in several files",
        ));
    }
    parse(&text, clock)
}

/// Parses acts, one a line; empty lines count but say nothing.
///
/// # Errors
/// [`CliError::Usage`].
pub fn parse(text: &str, clock: &Clock) -> Result<Vec<Intake>, CliError> {
    let mut acts = Vec::new();
    let mut problems = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        match act(index + 1, line, clock) {
            Ok(intake) => acts.push(intake),
            Err(problem) => problems.push(format!("line {}: {problem}", index + 1)),
        }
    }
    if problems.is_empty() {
        return Ok(acts);
    }
    let more = problems.len().saturating_sub(PROBLEMS_MAX);
    problems.truncate(PROBLEMS_MAX);
    if more != 0 {
        problems.push(format!("and {more} more"));
    }
    Err(CliError::usage(
        format!(
            "the input is not all acts; nothing was sent\n  {}",
            problems.join("\n  ")
        ),
        "each line is one sabt.event.v1.Act in proto3 JSON, bytes in base64",
    ))
}

/// The parser counts lines too, but here each act is one.
fn on_one_line(problem: &str) -> String {
    problem.replace(" at line 1 column ", ", column ")
}

fn act(line: usize, text: &str, clock: &Clock) -> Result<Intake, String> {
    let mut act: Act =
        json::from_str("sabt.event.v1.Act", text).map_err(|err| on_one_line(&err.to_string()))?;
    if act.act_id.is_empty() {
        act.act_id = new_act_id(clock).to_vec();
    } else if act.act_id.len() != ACT_ID_BYTES {
        return Err(format!(
            "act_id is not {ACT_ID_BYTES} bytes in base64; leave it out"
        ));
    }
    if act.recorded_at == 0 {
        act.recorded_at = clock.now_micros();
    }
    Ok(Intake { line, act })
}
