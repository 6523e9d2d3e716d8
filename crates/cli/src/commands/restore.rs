//! `sabt restore`.

use std::path::Path;

use sabt_server::config::Config;
use sabt_server::restore::{self, Confirmation, Evidence};
use serde_json::json;

use crate::args::RestoreArgs;
use crate::error::CliError;
use crate::keys::LEDGERS;
use crate::out::Out;
use crate::{render, text};

/// Brings a backup back, or confirms what was brought back.
///
/// # Errors
/// [`CliError::Restore`].
pub fn run(args: &RestoreArgs, out: &mut Out) -> Result<(), CliError> {
    match &args.dir {
        Some(dir) => bring_back(args, dir, out),
        None => confirm(args, out),
    }
}

fn bring_back(args: &RestoreArgs, dir: &Path, out: &mut Out) -> Result<(), CliError> {
    let restored = restore::restore(&args.source, dir, args.keys.as_deref())?;
    let [events, disclosures] = restored.sizes;
    out.json(&json!({
        "registry": restored.registry, "directory": dir, "taken_at": restored.taken_at,
        "events": events.get(), "disclosures": disclosures.get(), "keys": restored.keys,
        "destroyed_again": restored.destroyed,
    }))?;
    let shown = text::shell(dir);
    out.say(format!(
        "{} is brought back to {shown}, as of {}.",
        restored.registry,
        text::instant(restored.taken_at)
    ))?;
    let mut table = render::table(["ledger", "records"]);
    for (name, size) in LEDGERS.into_iter().zip(restored.sizes) {
        table.add_row([name.to_string(), text::count(size.get())]);
    }
    out.table(table, "")?;
    if restored.destroyed != 0 {
        let destroyed = text::count(restored.destroyed as u64);
        out.prose(
            &format!("{destroyed} keys of subjects that have been erased were destroyed again."),
            "",
        )?;
    }
    out.say("")?;
    out.say("It is not written before it is confirmed that nothing signed is missing:")?;
    if !restored.keys {
        out.say(format!("  bring keys/ and vault/ to {shown}"))?;
    }
    out.say(format!(
        "  bring keys/tls/ to {shown}, or issue certificates anew"
    ))?;
    out.say(format!("  sabt restore {shown} --confirm"))?;
    Ok(())
}

fn confirm(args: &RestoreArgs, out: &mut Out) -> Result<(), CliError> {
    let config = Config::load(&args.source)?;
    let evidence = if args.checkpoint.is_empty() {
        Evidence::Witnesses
    } else {
        Evidence::Checkpoints(args.checkpoint.clone())
    };
    let Confirmation {
        sizes,
        claims,
        unanswered,
    } = restore::confirm(&args.source, &config, &evidence)?;
    let [events, disclosures] = sizes;
    let told: Vec<_> = claims
        .iter()
        .map(|claim| {
            json!({ "ledger": claim.ledger.as_str(), "who": claim.who, "size": claim.size.get() })
        })
        .collect();
    out.json(&json!({
        "registry": config.registry, "events": events.get(), "disclosures": disclosures.get(),
        "seen": told, "unanswered": unanswered.len(),
    }))?;
    let mut table = render::table(["ledger", "seen by", "records"]);
    for claim in &claims {
        table.add_row([
            claim.ledger.to_string(),
            claim.who.clone(),
            text::count(claim.size.get()),
        ]);
    }
    out.table(table, "")?;
    for unanswered in &unanswered {
        out.say(format!("no answer: {unanswered}"))?;
    }
    out.say(format!(
        "Nothing signed is missing: the copy holds {} events and {} disclosures.",
        text::count(events.get()),
        text::count(disclosures.get())
    ))?;
    out.say(format!("  sabt serve {}", text::shell(&args.source)))?;
    Ok(())
}
