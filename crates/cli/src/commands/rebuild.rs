//! `sabt rebuild`.

use std::time::Instant;

use sabt_server::config::Config;
use sabt_server::registry;
use serde_json::json;

use crate::args::RebuildArgs;
use crate::error::CliError;
use crate::out::Out;
use crate::{progress, text};

/// Folds the views of a registry anew: of a closed one in the place of the old ones, of one that is served beside them.
///
/// # Errors
/// [`CliError`]; the old views stay until the new ones are whole.
pub fn run(args: &RebuildArgs, out: &mut Out) -> Result<(), CliError> {
    let config = Config::load(&args.dir)?;
    let started = Instant::now();
    let bar = progress::bar(0, "records");
    let mut records = 0;
    let progress = &mut |folded, total| {
        records = total;
        bar.set_length(total);
        bar.set_position(folded);
    };
    if args.while_served {
        registry::rebuild_beside(&args.dir, &config, progress)?;
    } else {
        registry::rebuild(&args.dir, &config, progress)?;
    }
    bar.finish_and_clear();
    let elapsed = started.elapsed();
    let rate = text::rate(records, elapsed);
    out.json(&json!({
        "records": records, "elapsed_ms": text::millis(elapsed), "records_per_second": rate,
    }))?;
    out.say(format!(
        "The views are folded anew from {} records in {}, {} records/s.",
        text::count(records),
        text::duration(elapsed),
        text::count(rate),
    ))?;
    if args.while_served {
        out.say("The next start of the registry takes them up; what is recorded until then it folds itself.")?;
    }
    Ok(())
}
