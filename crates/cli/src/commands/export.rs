//! `sabt export`: both ledgers as files that others read without the registry.

mod fetch;
mod frames;

use std::path::Path;

use sabt_chain::{LedgerName, Origin, Size};
use sabt_proto::api::v1 as api;
use sabt_verifier::export::LOG_KEY_FILE;
use serde_json::json;

use self::fetch::{Fetched, Sink};
use self::frames::Frames;
use crate::args::ExportArgs;
use crate::cast;
use crate::error::CliError;
use crate::establish::check_vacant;
use crate::files::{self, Mode};
use crate::out::Out;
use crate::session::Session;
use crate::tiles::TileWriter;
use crate::{render, text};

/// Reads both ledgers over the audit API, up to checkpoints of which neither anchors more than the other covers.
///
/// # Errors
/// [`CliError`]. Of an export as tiles everything stays, and the next one goes on from there; another is to be
/// removed.
pub async fn run(args: &ExportArgs, out: &mut Out) -> Result<(), CliError> {
    if args.tiles {
        return export_tiles(args, out).await;
    }
    check_vacant(&args.out)?;
    let session = Session::open(&args.connect, cast::AUDITOR).await?;
    let mut sinks = Vec::new();
    for ledger in LedgerName::ALL {
        let directory = args.out.join(ledger.as_str());
        files::create_directory(&directory)?;
        sinks.push(Frames::create(&session.registry, ledger, &directory)?);
    }
    let fetched = fetch::both(&session, pair(sinks)?).await?;
    let mut log_keys = Vec::new();
    let mut bytes = Vec::new();
    for Fetched { sink, .. } in fetched {
        let written = sink.close()?;
        bytes.push((written.records, written.bytes));
        log_keys.extend(written.log_keys);
    }
    for (ledger, key) in LedgerName::ALL.into_iter().zip(&log_keys) {
        let path = args.out.join(ledger.as_str()).join(LOG_KEY_FILE);
        files::create(&path, format!("{key}\n").as_bytes(), Mode::Public)?;
    }
    let mut table = render::table(["ledger", "records", "size"]);
    let mut ledgers = Vec::new();
    for (ledger, (records, bytes)) in LedgerName::ALL.into_iter().zip(bytes) {
        ledgers.push(json!({ "ledger": ledger.as_str(), "records": records, "bytes": bytes }));
        table.add_row([
            ledger.as_str().to_owned(),
            text::count(records),
            text::bytes(bytes),
        ]);
    }
    out.json(&json!({ "directory": args.out, "ledgers": ledgers, "log_keys": log_keys }))?;
    conclude(out, table, &args.out)
}

/// Both ledgers as C2SP tlog-tiles, carried on where an earlier export ended.
async fn export_tiles(args: &ExportArgs, out: &mut Out) -> Result<(), CliError> {
    let session = Session::open(&args.connect, cast::AUDITOR).await?;
    files::create_directory(&args.out)?;
    let mut sinks = Vec::new();
    for ledger in LedgerName::ALL {
        let origin = Origin::new(&session.registry, ledger)?;
        sinks.push(TileWriter::open(&args.out.join(ledger.as_str()), &origin)?);
    }
    let fetched = fetch::both(&session, pair(sinks)?).await?;
    let mut table = render::table(["ledger", "records", "of them new"]);
    let mut ledgers = Vec::new();
    for (ledger, fetched) in LedgerName::ALL.into_iter().zip(fetched) {
        let (records, new) = (fetched.sink.size().get(), fetched.new);
        ledgers.push(json!({ "ledger": ledger.as_str(), "records": records, "new": new }));
        table.add_row([
            ledger.as_str().to_owned(),
            text::count(records),
            text::count(new),
        ]);
    }
    out.json(&json!({ "directory": args.out, "ledgers": ledgers }))?;
    conclude(out, table, &args.out)
}

fn conclude(out: &mut Out, table: comfy_table::Table, directory: &Path) -> Result<(), CliError> {
    out.table(table, "")?;
    out.say("")?;
    out.say("Verify it, with log keys that you have from somebody else than the operator:")?;
    out.say(format!(
        "  sabt-verify --log-keys FILE {}",
        text::shell(directory)
    ))?;
    Ok(())
}

/// One for each ledger.
fn pair<S>(sinks: Vec<S>) -> Result<[S; 2], CliError> {
    let pair = <[S; 2]>::try_from(sinks);
    pair.map_err(|_other| CliError::Otherwise("there are two ledgers".to_owned()))
}

impl Sink for TileWriter {
    fn size(&self) -> Size {
        Self::size(self)
    }

    fn take(
        &mut self,
        envelope: &sabt_chain::Envelope,
        record: &api::RawRecord,
    ) -> Result<(), CliError> {
        let clear = envelope
            .kind
            .is_clear()
            .then_some(record.payload.as_slice());
        Ok(self.push(&record.envelope, clear)?)
    }

    fn finish(&mut self, checkpoint: &str) -> Result<(), CliError> {
        Ok(Self::finish(self, checkpoint)?)
    }
}
