//! The auditor: every record, signature and checkpoint, verified without trusting anybody and without
//! reading anyone's data; and one flipped bit, found.

use std::iter;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sabt_chain::LedgerName;
use sabt_verifier::report::Report;
use sabt_verifier::{MemoryFiles, Options, Source, TrustedLogs};
use serde_json::Value;

use super::stage::{Asking, Stage};
use crate::cast::AUDITOR;
use crate::error::CliError;
use crate::files;
use crate::keys::Keys;
use crate::{render, text};

/// Bytes from the start of the first segment where the bit is flipped: behind the header of 4096 bytes and
/// the founding records.
const TAMPERED_OFFSET: usize = 64 * 1024;

/// Plays the scene.
pub(crate) async fn play(stage: &mut Stage<'_>) -> Result<(), CliError> {
    stage.begin(
        4,
        "auditor",
        "An auditor has the two log keys, as they were published, and a copy of the directory. Payloads stay \
         sealed: nobody's data is read.",
    )?;
    let report = verify(&stage.dir).await?;
    let what = "verifies both ledgers, while the registry is running";
    let asking = Asking::new(AUDITOR, what, report.elapsed);
    stage.tell(&asking, &to_json(&report)?, Some(table(&report)))?;
    if !report.is_sound() {
        stage.out.say(&report)?;
        return Err(CliError::Unsound("the ledgers are not sound".to_owned()));
    }
    stage.note("Sound: every link, digest, act, signature and signed root holds.")?;

    let tampered = tamper(&stage.dir).await?;
    let what = "verifies a copy in which somebody has flipped one bit";
    let asking = Asking::new(AUDITOR, what, tampered.elapsed);
    let mut table = render::table(["fault", ""]);
    if let Some(fault) = tampered.faults.first() {
        let position = fault
            .position
            .map_or_else(|| "-".to_owned(), |p| text::count(p.get()));
        table.add_row(["ledger", fault.ledger.as_str()]);
        table.add_row(["position", &position]);
        table.add_row([
            "class",
            &format!("{} (exit code {})", fault.class(), tampered.exit_code()),
        ]);
        table.add_row(["what", &fault.finding.to_string()]);
        table.add_row(["remedy", fault.class().remedy()]);
    }
    stage.tell(&asking, &to_json(&tampered)?, Some(table))?;
    if tampered.is_sound() {
        return Err(CliError::Unsound("a flipped bit was not found".to_owned()));
    }
    Ok(())
}

/// Verifies a data directory against the log keys published with it. An auditor has these from elsewhere.
pub(crate) async fn verify(dir: &Path) -> Result<Report, CliError> {
    let (dir, trust) = (dir.to_owned(), trust(dir)?);
    run(move || Ok(Source::Directory(dir)), trust).await
}

/// Verifies a copy in memory with one bit flipped in the middle of the events.
async fn tamper(dir: &Path) -> Result<Report, CliError> {
    let (dir, trust) = (dir.to_owned(), trust(dir)?);
    run(move || Ok(Source::Memory(tampered_copy(&dir)?)), trust).await
}

async fn run(
    source: impl FnOnce() -> Result<Source, CliError> + Send + 'static,
    trust: TrustedLogs,
) -> Result<Report, CliError> {
    let work = move || {
        let options = Options {
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            ..Options::new(source()?, trust)
        };
        Ok(sabt_verifier::verify(&options)?)
    };
    let abandoned = |_| CliError::Otherwise("the verification was abandoned".to_owned());
    tokio::task::spawn_blocking(work).await.map_err(abandoned)?
}

fn trust(dir: &Path) -> Result<TrustedLogs, CliError> {
    let keys = Keys::of(dir);
    let mut vkeys = Vec::new();
    for ledger in LedgerName::ALL {
        vkeys.push(files::read_text(&keys.log_key(ledger))?);
    }
    Ok(TrustedLogs::from_vkeys(vkeys.iter().map(String::as_str))?)
}

/// Both ledgers in memory, as an auditor's copy would hold them, one bit of the events changed.
fn tampered_copy(dir: &Path) -> Result<MemoryFiles, CliError> {
    let mut copy: Vec<(String, Vec<u8>)> = Vec::new();
    for ledger in LedgerName::ALL {
        let directory = dir.join(ledger.as_str());
        // The checkpoint first: what is recorded meanwhile may be more than it covers, never less. Other files come
        // and go while the registry is running, and an auditor needs none of them.
        let mut segments = files_in(&directory)?;
        segments.retain(|path| is_segment(path));
        for path in iter::once(directory.join("checkpoint")).chain(segments) {
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let bytes = std::fs::read(&path).map_err(CliError::path(&path))?;
            copy.push((format!("{}/{name}", ledger.as_str()), bytes));
        }
    }
    copy.sort_by(|one, other| one.0.cmp(&other.0));
    let first = copy
        .iter_mut()
        .find(|(name, _)| name.starts_with("events/") && is_segment(Path::new(name)));
    if let Some((_, bytes)) = first
        && let Some(byte) = nonzero_after(bytes, TAMPERED_OFFSET)
    {
        *byte ^= 1;
    }
    Ok(MemoryFiles::new(
        copy.into_iter()
            .map(|(name, bytes)| (name, Arc::from(bytes))),
    ))
}

/// The first byte at or after an offset that holds something; in a short ledger, the last that does.
fn nonzero_after(bytes: &mut [u8], offset: usize) -> Option<&mut u8> {
    let offset = bytes
        .iter()
        .skip(offset)
        .position(|byte| *byte != 0)
        .map(|found| offset + found);
    let offset = offset.or_else(|| bytes.iter().rposition(|byte| *byte != 0))?;
    bytes.get_mut(offset)
}

fn is_segment(path: &Path) -> bool {
    path.extension().is_some_and(|ext| ext == "seg")
}

fn files_in(directory: &Path) -> Result<Vec<PathBuf>, CliError> {
    let wrap = || CliError::path(directory);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(wrap())? {
        let path = entry.map_err(wrap())?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    Ok(files)
}

/// The report in few lines.
fn table(report: &Report) -> comfy_table::Table {
    let mut table = render::table(["verified", "events", "disclosures"]);
    let [events, disclosures] = report.ledgers();
    let mut row = |name: &str, value: fn(&sabt_verifier::report::LedgerReport) -> String| {
        table.add_row([name.to_owned(), value(events), value(disclosures)]);
    };
    row("records", |ledger| text::count(ledger.records));
    row("acts", |ledger| text::count(ledger.acts));
    row("signatures of authors", |ledger| {
        text::count(ledger.signatures)
    });
    row("signed by the log", |ledger| match ledger.signed {
        Some(size) if ledger.checkpoint_holds => {
            format!("{}, root holds", text::count(size.get()))
        }
        Some(_) => "ROOT DOES NOT HOLD".to_owned(),
        None => "NO CHECKPOINT".to_owned(),
    });
    row("payloads", |ledger| text::bytes(ledger.bytes));
    let rate = format!("{} records/s", text::count(report.records_per_second()));
    table.add_row(["speed", &rate]);
    table
}

/// The report as JSON.
pub(crate) fn to_json(report: &Report) -> Result<Value, CliError> {
    let damaged = |err| CliError::Otherwise(format!("the report is not JSON: {err}"));
    serde_json::from_str(&report.to_json()).map_err(damaged)
}
