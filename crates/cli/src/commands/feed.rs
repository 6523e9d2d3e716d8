//! `sabt feed`.

use sabt_proto::api::v1 as api;
use serde_json::{Value, json};

use crate::args::FeedArgs;
use crate::cast;
use crate::error::CliError;
use crate::follow::Follower;
use crate::json;
use crate::out::Out;
use crate::purpose::{Asked, purpose};
use crate::session::Session;
use crate::{render, text};

/// Follows the ledger, checks every link, keeps the place.
///
/// # Errors
/// [`CliError`]; [`CliError::Broken`] if something was missed or changed.
pub async fn run(args: &FeedArgs, out: &mut Out) -> Result<(), CliError> {
    let session = Session::open(&args.connect, cast::CIVIL_REGISTRY).await?;
    let purpose = purpose(&args.purpose, &session.caller, Asked::Data)?;
    let mut follower = match &args.state {
        Some(state) => Follower::resume(&session.registry, state)?,
        None => Follower::new(&session.registry, args.from.unwrap_or(0))?,
    };
    let from = follower.next();
    let request = api::FollowRequest {
        purpose: Some(purpose),
        from,
        stop_at_head: !args.follow,
    };
    let mut pages = session.client.feed().follow(request).await?.into_inner();
    let mut delivered = 0_u64;
    loop {
        let page = tokio::select! {
            page = pages.message() => page?,
            // Between two pages nothing is half done: the state stands at the last page.
            _ = tokio::signal::ctrl_c() => None,
        };
        let Some(page) = page else { break };
        for entry in &page.entries {
            let link = follower.take(entry)?;
            show(out, entry, &link.to_string())?;
            delivered += u64::from(entry.event.is_some());
        }
        out.flush()?;
        // What was shown may be shown again after a crash here, but nothing is left out.
        if let Some(state) = &args.state {
            follower.save(state)?;
        }
    }
    out.json(&json!({ "from": from, "next": follower.next(), "delivered": delivered }))?;
    out.say(proof(from, &follower, delivered))?;
    Ok(())
}

fn show(out: &mut Out, entry: &api::FeedEntry, link: &str) -> Result<(), CliError> {
    if out.is_json() {
        let mut shown = json!({ "position": entry.position, "link": link });
        if let Some(event) = &entry.event {
            shown["subject"] = Value::from(entry.subject.clone());
            shown["event"] = json::to_value("sabt.event.v1.Event", event)?;
        }
        return Ok(out.json(&shown)?);
    }
    if let Some(event) = &entry.event {
        out.say(format!(
            "{:>10}  {}  {:<14}  {}",
            entry.position,
            text::date_short(event.occurred_on.as_ref()),
            entry.subject,
            render::event_name(event),
        ))?;
    }
    Ok(())
}

/// What was followed, in one sentence.
fn proof(from: u64, follower: &Follower, delivered: u64) -> String {
    let records = follower.next() - from;
    if records == 0 {
        return format!("Nothing new since position {from}.");
    }
    format!(
        "{} records from position {from} on, {} with content for this purpose. \
         Every link holds: nothing was missed.",
        text::count(records),
        text::count(delivered),
    )
}
