//! `sabt deadlines`.

use comfy_table::Table;
use sabt_proto::api::v1 as api;

use super::query;
use crate::args::DeadlinesArgs;
use crate::cast;
use crate::error::CliError;
use crate::out::Out;
use crate::purpose::{Asked, purpose};
use crate::session::Session;
use crate::when::{at, date};
use crate::{json, listing, render, text};

/// Lists time limits that run.
///
/// # Errors
/// [`CliError`].
pub async fn run(args: &DeadlinesArgs, out: &mut Out) -> Result<(), CliError> {
    let until = args.until.as_deref();
    let until = until.map(|text| date(text, args.at.calendar)).transpose()?;
    let mut request = api::ListDeadlinesRequest {
        purpose: None,
        at: Some(at(&args.at)?),
        person: args.number.clone().unwrap_or_default(),
        office: args.office.clone().unwrap_or_default(),
        bearer: args
            .body
            .as_deref()
            .map(|body| body.to_uppercase().replace('-', "_"))
            .unwrap_or_default(),
        until,
        after: listing::after(args.after.as_deref())?,
    };
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    request.purpose = Some(purpose(&args.purpose, &session.caller, Asked::Data)?);
    let mut table = table();
    let mut info = None;
    for _page in 0..args.pages {
        let answer = session
            .client
            .persons()
            .list_deadlines(request.clone())
            .await?;
        let answer = answer.into_inner();
        for listed in &answer.listed {
            if out.is_json() {
                out.json(&json::to_value("sabt.api.v1.DeadlinesOf", listed)?)?;
            }
            add(listed, &mut table);
        }
        request.after = answer.next;
        info = answer.info;
        if request.after.is_empty() {
            break;
        }
    }
    out.table(table, "No time limit runs.")?;
    listing::say_more(&request.after, out)?;
    query::info(out, info.as_ref())
}

/// The table of time limits, still empty.
pub(crate) fn table() -> Table {
    render::table(["who", "what", "due", "by whom", "rule", "on lapse"])
}

/// Adds the time limits of one person.
pub(crate) fn add(listed: &api::DeadlinesOf, table: &mut Table) {
    let mut who = if listed.household.is_empty() {
        listed.person.clone()
    } else {
        format!("household {}", listed.household)
    };
    if listed.contested {
        who.push_str(" (contested)");
    }
    for deadline in &listed.deadlines {
        let what = format!("{} {}", text::words(&deadline.kind), deadline.number);
        let mut due = text::date(deadline.due.as_ref());
        if deadline.overdue {
            due.push_str(", OVERDUE");
        }
        let mut rule = deadline.article.clone();
        if !deadline.limit.is_empty() {
            rule = format!("{} {rule}", deadline.limit);
        }
        if !deadline.reading.is_empty() {
            rule = format!("{rule}, by the protective reading of {}", deadline.reading);
        }
        let lapse = if deadline.on_lapse.is_empty() {
            "the law says nothing"
        } else {
            &deadline.on_lapse
        };
        table.add_row([
            who.clone(),
            what.trim_end().to_owned(),
            due,
            text::words(&deadline.bearer),
            rule,
            lapse.to_owned(),
        ]);
    }
}
