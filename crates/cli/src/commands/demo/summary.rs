//! One screen: what happened, and how to go on.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use sabt_chain::LedgerName;
use sabt_server::registry::Layout;
use sabt_verifier::report::Report;
use serde_json::json;

use super::load::Load;
use super::{LISTEN, Scenes};
use crate::error::CliError;
use crate::keys::Keys;
use crate::out::Out;
use crate::{render, text};

/// Size of the blocks in which the system counts the space of files, bytes.
const BLOCK_BYTES: u64 = 512;

/// What was played.
pub(crate) struct Played<'a> {
    pub(crate) dir: &'a Path,
    pub(crate) registry: String,
    pub(crate) load: &'a Load,
    pub(crate) scenes: Scenes,
    pub(crate) report: &'a Report,
    pub(crate) span: Duration,
}

/// Tells the summary.
pub(crate) fn tell(out: &mut Out, played: &Played<'_>) -> Result<(), CliError> {
    let Played {
        dir,
        registry,
        load,
        scenes,
        span,
        ..
    } = played;
    let spaces = spaces(dir);
    let by_name: BTreeMap<_, _> = spaces.iter().copied().collect();
    out.json(&json!({
        "summary": {
            "registry": registry, "elapsed_ms": text::millis(*span),
            "acts": load.submitted, "acts_per_second": load.rate(), "refused": load.refused,
            "bytes_on_disk": by_name,
            "person": scenes.subject, "registered": scenes.registered,
        },
    }))?;
    out.heading("Summary")?;
    let mut table = render::table(["what", "how much"]);
    table.add_row(["time of the demonstration", &text::duration(*span)]);
    let rate = format!(
        "{} in {}, {} acts/s, each signed, decided and on disk",
        text::count(load.submitted),
        text::duration(load.span),
        text::count(load.rate())
    );
    table.add_row(["acts loaded", &rate]);
    table.add_row(["recorded", &text::count(load.recorded)]);
    table.add_row(["refused", &refusals(load)]);
    for (name, space) in spaces {
        table.add_row([
            format!("space of {name}"),
            space_line(played.report, name, space),
        ]);
    }
    out.table(table, "")?;
    go_on(out, dir, scenes)
}

/// How many acts were refused, for which reasons, the most frequent first.
fn refusals(load: &Load) -> String {
    let mut text = text::count(load.refused_total());
    match (load.planned, load.surprises) {
        (true, 0) => text.push_str(", each as planned"),
        (true, surprises) => {
            text = format!(
                "{text}; {} acts OTHERWISE THAN PLANNED",
                text::count(surprises)
            );
        }
        (false, _) => {}
    }
    let mut reasons: Vec<(&String, &u64)> = load.refused.iter().collect();
    reasons.sort_by_key(|(reason, count)| (Reverse(**count), *reason));
    let reasons = reasons
        .into_iter()
        .map(|(reason, count)| format!("{} {reason}", text::count(*count)));
    let reasons = reasons.collect::<Vec<_>>().join(", ");
    if reasons.is_empty() {
        text
    } else {
        format!("{text}: {reasons}")
    }
}

/// Space of each part of the registry.
fn spaces(dir: &Path) -> Vec<(&'static str, u64)> {
    let layout = Layout::new(dir);
    let mut parts = LedgerName::ALL
        .map(|ledger| (ledger.as_str(), layout.ledger(ledger)))
        .to_vec();
    parts.extend([("vault", layout.vault()), ("views", layout.views())]);
    parts
        .into_iter()
        .map(|(name, path)| (name, space(&path)))
        .collect()
}

/// Space of a part; of a ledger also how much of it records take.
fn space_line(report: &Report, name: &str, space: u64) -> String {
    let ledger = report
        .ledgers()
        .into_iter()
        .find(|ledger| ledger.ledger.as_str() == name);
    match ledger {
        None => text::bytes(space),
        Some(ledger) => format!(
            "{}: {} in {} records, and zeros ahead of use",
            text::bytes(space),
            text::bytes(ledger.bytes),
            text::count(ledger.records),
        ),
    }
}

fn go_on(out: &mut Out, dir: &Path, scenes: &Scenes) -> Result<(), CliError> {
    let keys = Keys::of(dir);
    let shown = text::shell(dir);
    let [events, disclosures] = LedgerName::ALL.map(|ledger| text::shell(&keys.log_key(ledger)));
    let Scenes {
        registered,
        subject,
    } = scenes;
    out.say("")?;
    out.say("Look further. Serve it, and ask in another terminal:")?;
    out.say(format!(
        "  sabt serve {shown}        # on {LISTEN}, as {shown}/sabt.toml says"
    ))?;
    for line in [
        format!("sabt person {subject} --dir {shown}"),
        format!("sabt family {subject} --dir {shown}"),
        format!("sabt history {registered} --dir {shown}"),
        format!("sabt verify-stay {subject} --dir {shown}"),
        format!("sabt who-looked {subject} --consent FORM-9 --dir {shown}"),
        format!("sabt feed --state job.json --dir {shown}"),
        format!("sabt-verify --log-key {events} --log-key {disclosures} {shown}"),
    ] {
        out.say(format!("  {line}"))?;
    }
    Ok(())
}

/// Space that a directory takes on disk. What cannot be read counts as nothing: this is for information.
fn space(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else {
        return 0;
    };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => space(&entry.path()),
            Ok(metadata) => metadata.blocks() * BLOCK_BYTES,
            Err(_) => 0,
        })
        .sum()
}
