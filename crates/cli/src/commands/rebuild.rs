//! `sabt rebuild`.

use std::time::Instant;

use sabt_server::config::Config;
use sabt_server::registry;
use serde_json::json;

use crate::args::RebuildArgs;
use crate::error::CliError;
use crate::out::Out;
use crate::{progress, text};

/// Folds the views of a closed registry anew.
///
/// # Errors
/// [`CliError`]; the old views stay until the new ones are whole.
pub fn run(args: &RebuildArgs, out: &mut Out) -> Result<(), CliError> {
    let config = Config::load(&args.dir)?;
    let started = Instant::now();
    let bar = progress::bar(0, "records");
    let mut records = 0;
    registry::rebuild(&args.dir, &config, &mut |folded, total| {
        records = total;
        bar.set_length(total);
        bar.set_position(folded);
    })?;
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
    Ok(())
}
