//! One screen: what happened, and how to go on.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use sabt_domain::refusal::Reason;
use sabt_server::registry::Layout;
use serde_json::json;

use super::load::Load;
use super::{LISTEN, Scenes};
use crate::error::CliError;
use crate::keys::{Keys, LEDGERS};
use crate::out::Out;
use crate::render;

/// Size of the blocks in which the system counts the space of files, bytes.
const BLOCK_BYTES: u64 = 512;

/// What was played.
pub(crate) struct Played<'a> {
    pub(crate) dir: &'a Path,
    pub(crate) registry: String,
    pub(crate) load: &'a Load,
    pub(crate) scenes: Scenes,
    pub(crate) span: Duration,
}

/// Tells the summary.
pub(crate) fn tell(out: &mut Out, played: &Played<'_>) -> Result<(), CliError> {
    let Played { dir, registry, load, scenes, span } = played;
    let layout = Layout::new(dir);
    let mut sizes = LEDGERS.map(|ledger| (ledger.as_str(), layout.ledger(ledger))).to_vec();
    sizes.extend([("vault", layout.vault()), ("views", layout.views())]);
    let sizes: Vec<(&str, u64)> =
        sizes.iter().map(|(name, path)| (*name, space(path))).collect();
    out.json(&json!({
        "summary": {
            "registry": registry, "elapsed_ms": render::millis(*span),
            "acts": load.submitted, "acts_per_second": load.rate(), "refused": load.refused,
            "bytes_on_disk": sizes.iter().copied().collect::<std::collections::BTreeMap<_, _>>(),
            "person": scenes.subject, "registered": scenes.registered,
        },
    }))?;
    out.say("")?;
    out.say(render::heading("Summary"))?;
    let mut table = render::table(["what", "how much"]);
    table.add_row(["time of the demonstration", &render::duration(*span)]);
    table.add_row([
        "acts loaded",
        &format!(
            "{} in {}, {} acts/s, each signed, decided and on disk",
            render::count(load.submitted),
            render::duration(load.span),
            render::count(load.rate())
        ),
    ]);
    table.add_row(["recorded", &render::count(load.recorded)]);
    let planned = match (load.planned, load.surprises) {
        (true, 0) => ", each as planned".to_owned(),
        (true, count) => format!("; {} OTHERWISE THAN PLANNED", render::count(count)),
        (false, _) => String::new(),
    };
    table.add_row(["refused", &format!("{}{planned}", render::count(load.refused_total()))]);
    for (name, bytes) in sizes {
        table.add_row([format!("space of {name}"), render::bytes(bytes)]);
    }
    out.table(table, "")?;
    if !load.refused.is_empty() {
        out.say("")?;
        let mut table = render::table(["acts", "refused as", "because"]);
        for (reason, count) in &load.refused {
            let meaning = Reason::from_code(reason).map_or("", Reason::message);
            table.add_row([&render::count(*count), reason, meaning]);
        }
        out.table(table, "")?;
    }
    go_on(out, dir, scenes)
}

fn go_on(out: &mut Out, dir: &Path, scenes: &Scenes) -> Result<(), CliError> {
    let keys = Keys::of(dir);
    let shown = render::shell(dir);
    let [events, disclosures] = LEDGERS.map(|ledger| render::shell(&keys.log_key(ledger)));
    let Scenes { registered, subject } = scenes;
    out.say("")?;
    out.say("Look further. Serve it, and ask in another terminal:")?;
    out.say(format!("  sabt serve {shown}        # on {LISTEN}, as {shown}/sabt.toml says"))?;
    for line in [
        format!("sabt person {subject} --dir {shown}"),
        format!("sabt family {subject} --dir {shown}"),
        format!("sabt history {registered} --dir {shown}"),
        format!("sabt verify-stay {subject} --dir {shown}"),
        format!("sabt who-looked {subject} --case 1405/9 --consent FORM-9 --dir {shown}"),
        format!("sabt feed --state job.json --dir {shown}"),
        format!("sabt-verify --log-key {events} --log-key {disclosures} {shown}"),
    ] {
        out.say(format!("  {line}"))?;
    }
    Ok(())
}

/// Space that a directory takes on disk. What cannot be read counts as nothing: this is for information.
fn space(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => space(&entry.path()),
            Ok(metadata) => metadata.blocks() * BLOCK_BYTES,
            Err(_) => 0,
        })
        .sum()
}
