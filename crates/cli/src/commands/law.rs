//! `sabt law`.

use sabt_domain::law::{Edition, Right, RightRule, RightsHolder};
use serde_json::json;

use crate::args::{LawArgs, LawCommand};
use crate::error::CliError;
use crate::out::Out;
use crate::render;
use crate::text::words;

/// Does what the subcommand says.
///
/// # Errors
/// [`CliError`].
pub fn run(args: &LawArgs, out: &mut Out) -> Result<(), CliError> {
    match args.command {
        LawCommand::Rights => rights(out),
    }
}

/// Shows the table of rights of the newest edition.
///
/// # Errors
/// [`CliError`].
pub fn rights(out: &mut Out) -> Result<(), CliError> {
    let newest = Edition::ALL.last().copied().unwrap_or(Edition::FIRST);
    let day = newest.from();
    let rule = |right: Right| day.and_then(|day| RightRule::in_force(right, day));
    let mut table = render::table([
        "right",
        "temporary",
        "three year",
        "seven year",
        "special",
        "refugee",
        "stateless",
    ]);
    let mut rows = Vec::new();
    for right in Right::ALL {
        let cells =
            rule(*right).map(|rule| RightsHolder::ALL.iter().map(|holder| rule.cell(*holder)));
        let mut line = vec![words(right.code())];
        let mut told = Vec::new();
        for (cell, holder) in cells.into_iter().flatten().zip(RightsHolder::ALL) {
            line.push(words(cell.entitlement.code()));
            told.push(json!({
                "holder": holder.code(), "entitlement": cell.entitlement.code(), "source": cell.source,
            }));
        }
        line.resize(1 + RightsHolder::ALL.len(), "-".to_owned());
        table.add_row(line);
        rows.push(json!({
            "right": right.code(),
            "rests_on_residence": right.rests_on_residence(),
            "source": right.source(),
            "cells": told,
        }));
    }
    out.json(&json!({ "law_edition": newest.code, "rights": rows }))?;
    out.say(format!(
        "Rights attached to residence, edition {}",
        newest.code
    ))?;
    out.say("")?;
    out.table(table, "")?;
    sources(out)
}

fn sources(out: &mut Out) -> Result<(), CliError> {
    out.say("")?;
    for right in Right::ALL {
        let name = words(right.code());
        let free = if right.rests_on_residence() {
            ""
        } else {
            "; everybody has it, whatever the residence"
        };
        out.prose(&format!("{name}: {}{free}", right.source()), "")?;
    }
    out.say("")?;
    out.prose(
        "What a list does not name and what only a permit says is answered UNKNOWN, never NO: the lists are open, and \
         the registry does not hold the rest.",
        "",
    )?;
    Ok(())
}
