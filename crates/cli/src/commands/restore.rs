//! `sabt restore`.

use std::path::Path;

use sabt_chain::LedgerName;
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::restore::{self, Confirmation, Evidence};
use serde_json::json;

use crate::args::RestoreArgs;
use crate::cast::everybody;
use crate::error::CliError;
use crate::files;
use crate::out::Out;
use crate::pki::{self, Authority};
use crate::{render, text};

/// Brings a backup back, confirms what was brought back, or makes a registry that succeeds it.
///
/// # Errors
/// [`CliError::Restore`].
pub fn run(args: &RestoreArgs, out: &mut Out) -> Result<(), CliError> {
    match (&args.new_origin, &args.into, &args.dir) {
        (Some(name), Some(into), _) => succeed(args, name, into, out),
        (_, _, Some(dir)) => bring_back(args, dir, out),
        (_, _, None) => confirm(args, out),
    }
}

fn succeed(args: &RestoreArgs, name: &str, into: &Path, out: &mut Out) -> Result<(), CliError> {
    let config = Config::load(&args.source)?;
    let evidence = if !args.checkpoint.is_empty() {
        Some(Evidence::Checkpoints(args.checkpoint.clone()))
    } else if config.checkpoints.witness_policy.is_some() {
        Some(Evidence::Witnesses)
    } else {
        None
    };
    let clock = Clock::system();
    let made = restore::succeed(
        &args.source,
        &config,
        (name, into),
        evidence.as_ref(),
        &clock,
    )?;
    let certificates = issue_certificates(&args.source, name, into)?;
    let ledgers: Vec<_> = made
        .ledgers
        .iter()
        .map(|ledger| {
            json!({
                "ledger": ledger.name.as_str(), "carried": ledger.carried.get(), "known": ledger.known.get(),
                "log_key": ledger.vkey,
            })
        })
        .collect();
    out.json(&json!({
        "registry": made.registry, "succeeds": made.succeeds, "directory": into, "ledgers": ledgers,
        "certificates": certificates,
    }))?;
    let (registry, succeeds) = (&made.registry, &made.succeeds);
    out.say(format!("{registry} succeeds {succeeds}."))?;
    let mut table = render::table(["ledger", "carried over", "known", "lost"]);
    for ledger in &made.ledgers {
        let (carried, known) = (ledger.carried.get(), ledger.known.get());
        table.add_row([
            ledger.name.to_string(),
            text::count(carried),
            text::count(known),
            text::count(known.saturating_sub(carried)),
        ]);
    }
    out.table(table, "")?;
    out.say("New log keys, for auditors and witnesses:")?;
    for ledger in &made.ledgers {
        out.say(format!("  {}", ledger.vkey))?;
    }
    out.say("")?;
    out.say(format!(
        "Keep {} as evidence. What is left to do:",
        text::shell(&args.source)
    ))?;
    if certificates == 0 {
        out.say(format!(
            "  issue client certificates that name {registry}: those of {succeeds} do not count here"
        ))?;
    }
    out.say("  submit anew what was lost; authors sign for the new name from now on")?;
    out.say(format!("  sabt serve {}", text::shell(into)))?;
    Ok(())
}

/// Certificates name the registry. Where the development authority has its key, the cast get new ones. Returns how many.
fn issue_certificates(old: &Path, name: &str, new: &Path) -> Result<usize, CliError> {
    let (from, to) = (pki::directory(old), pki::directory(new));
    let stem = from.join("ca");
    if !stem.with_extension("key").exists() {
        return Ok(0);
    }
    let authority = Authority::read(name, &stem)?;
    let key = to.join("ca.key");
    files::create(&key, authority.pair().key.as_bytes(), files::Mode::Secret)?;
    let clients = to.join("clients");
    files::create_directory(&clients)?;
    let mut issued = 0;
    for player in everybody() {
        let had = from.join("clients").join(player.name);
        if had.with_extension("pem").exists() {
            let certificate = authority.client(player.agency, player.officer)?;
            certificate.write(&clients.join(player.name))?;
            issued += 1;
        }
    }
    Ok(issued)
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
    for (name, size) in LedgerName::ALL.into_iter().zip(restored.sizes) {
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
