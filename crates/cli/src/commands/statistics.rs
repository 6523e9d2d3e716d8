//! `statistics`: protected tables for publication.

use std::path::Path;

use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use sabt_statistics::TABLES;
use serde_json::json;

use super::query::{emit, info};
use crate::args::{StatisticsArgs, StatisticsCommand, StatisticsTableArgs};
use crate::cast;
use crate::error::CliError;
use crate::files::{self, Mode};
use crate::out::Out;
use crate::purpose::{Asked, purpose};
use crate::refused::Refused;
use crate::render;
use crate::session::Session;
use crate::statistics::{Grid, csv, days, shares, svg};
use crate::text;
use crate::when::at;

/// How often the registry is asked while it counts: each time it waits some 20 seconds.
const ATTEMPTS_MAX: u32 = 45;

/// Before asking again: where another edition is counted the answer comes at once.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(2);

/// Lists the tables, or shows one.
///
/// # Errors
/// [`CliError`].
pub async fn run(args: &StatisticsArgs, out: &mut Out) -> Result<(), CliError> {
    match &args.command {
        StatisticsCommand::List => list(out),
        StatisticsCommand::Table(args) => table(args, out).await,
    }
}

fn list(out: &mut Out) -> Result<(), CliError> {
    let mut listing = render::table(["table", "shows"]);
    for table in TABLES {
        listing.add_row([table.code, table.title]);
        let variables: Vec<&str> = table.variables.iter().map(|v| v.code()).collect();
        out.json(&json!({
            "table": table.code,
            "title": table.title,
            "definition": table.measure.definition(),
            "variables": variables,
        }))?;
    }
    out.table(listing, "")?;
    Ok(())
}

async fn table(args: &StatisticsTableArgs, out: &mut Out) -> Result<(), CliError> {
    for file in args.csv.iter().chain(&args.svg) {
        check_new(file)?;
    }
    let at = Some(at(&args.at)?);
    let session = Session::open(&args.connect, cast::STATISTICS).await?;
    let request = api::GetStatisticsRequest {
        purpose: Some(purpose(&args.purpose, &session.caller, Asked::Data)?),
        at,
        table: args.table.clone(),
        cut_off: args.cut_off,
    };
    let answer = ask(&session, request).await?;
    if let Some(file) = &args.csv {
        let csv = csv::table(&session.registry, &answer);
        files::create(file, csv.as_bytes(), Mode::Public)?;
    }
    if let Some(file) = &args.svg {
        let plot = svg::plot(&session.registry, &answer);
        files::create(file, plot.as_bytes(), Mode::Public)?;
    }
    emit(out, "sabt.api.v1.GetStatisticsResponse", &answer)?;
    out.say(&answer.title)?;
    out.say("")?;
    out.table(Grid::of(&answer).table(), "Every figure is zero.")?;
    out.say("")?;
    if !answer.shares.is_empty() {
        out.table(shares(&answer), "")?;
        out.say("")?;
        out.prose(&answer.yardstick, "")?;
        out.say("")?;
    }
    for line in about(&answer) {
        out.prose(&line, "")?;
    }
    for (file, what) in [(&args.csv, "Table"), (&args.svg, "Plot")] {
        if let Some(file) = file {
            out.say(format!("{what}: {}", file.display()))?;
        }
    }
    info(out, answer.info.as_ref())
}

/// What a reader of the figures has to know.
fn about(answer: &api::GetStatisticsResponse) -> Vec<String> {
    let (what, days) = days(answer);
    let mut lines = vec![
        format!("{what}: {days}"),
        format!(
            "Cut-off: position {}, {}",
            answer.cut_off,
            text::instant(answer.known_at)
        ),
        answer.definition.clone(),
    ];
    let variables = answer.variables.iter();
    lines.extend(variables.map(|variable| format!("{}: {}", variable.code, variable.definition)));
    lines.push(answer.method.clone());
    lines
}

/// Asks, again while the registry counts.
async fn ask(
    session: &Session,
    request: api::GetStatisticsRequest,
) -> Result<api::GetStatisticsResponse, CliError> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let mut statistics = session.client.statistics();
        match statistics.get_statistics(request.clone()).await {
            Ok(answer) => return Ok(answer.into_inner()),
            Err(status) => {
                let refused = Refused::from_status(&status);
                let counting = refused.is_some_and(|refused| {
                    refused.reason == Reason::StatisticsInPreparation.code()
                });
                if !counting || attempts == ATTEMPTS_MAX {
                    return Err(status.into());
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

fn check_new(file: &Path) -> Result<(), CliError> {
    if file.exists() {
        return Err(CliError::usage(
            format!("{} is there already", file.display()),
            "name a new file",
        ));
    }
    Ok(())
}
