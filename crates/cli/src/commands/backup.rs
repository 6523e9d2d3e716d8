//! `sabt backup`.

use sabt_chain::LedgerName;
use sabt_server::backup::{self, KeysTo};
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use serde_json::json;

use crate::args::BackupArgs;
use crate::error::CliError;
use crate::out::Out;
use crate::{render, text};

/// Backs a registry up, whether it is served or not.
///
/// # Errors
/// [`CliError::Backup`]; the backup that was there before stands.
pub fn run(args: &BackupArgs, out: &mut Out) -> Result<(), CliError> {
    let config = Config::load(&args.dir)?;
    let keys = match &args.keys {
        Some(directory) => KeysTo::Directory(directory),
        None => KeysTo::Nowhere,
    };
    let made = backup::backup(&args.dir, &config, &args.dest, keys, &Clock::system())?;
    let ledgers = LedgerName::ALL
        .into_iter()
        .zip(made.written_bytes)
        .zip(made.erased);
    let mut table = render::table(["ledger", "records", "bytes copied", "payloads erased"]);
    let mut answer = Vec::new();
    for ((name, written), erased) in ledgers {
        let entry = made.manifest.ledger(name);
        table.add_row([
            name.to_string(),
            text::count(entry.size.get()),
            text::count(written),
            text::count(erased as u64),
        ]);
        answer.push(json!({
            "ledger": name.as_str(), "records": entry.size.get(), "root": entry.root.to_base64(),
            "written_bytes": written, "erased": erased,
        }));
    }
    out.json(&json!({
        "registry": config.registry, "destination": args.dest, "keys": args.keys,
        "incremental": made.incremental, "ledgers": answer,
    }))?;
    let what = if made.incremental {
        "carried on"
    } else {
        "made"
    };
    let shown = text::shell(&args.dest);
    out.say(format!(
        "The backup of {} in {shown} is {what}.",
        config.registry
    ))?;
    out.table(table, "")?;
    if let Some(keys) = &args.keys {
        let keys = text::shell(keys);
        out.prose(
            &format!("The keys are in {keys}. Who has both directories reads everything: keep them apart."),
            "",
        )?;
    }
    out.say(format!(
        "Check it: sabt-verify {shown} with the published log keys"
    ))?;
    Ok(())
}
