//! `sabt export`: both ledgers as files that `sabt-verify` reads without the registry.

use std::fs::{File, OpenOptions};
use std::io::BufWriter;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use prost::Message as _;
use sabt_chain::frame::FrameBuilder;
use sabt_chain::{Chain, Envelope, Epoch, LedgerName, Link, Origin, Position};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;
use sabt_verifier::export::{CHECKPOINT_FILE, LOG_KEY_FILE, RECORDS_FILE, RecordsWriter};
use serde_json::json;

use crate::args::ExportArgs;
use crate::cast;
use crate::error::CliError;
use crate::establish::check_vacant;
use crate::files::{self, Mode};
use crate::keys::LEDGERS;
use crate::out::Out;
use crate::session::Session;
use crate::{progress, render, text};

/// Records of one frame of an export, at least; a frame ends with an act. With payloads of up to 64 KiB
/// that stays far below the 16 MiB of a frame.
const FRAME_RECORDS: u32 = 128;

/// Reads both ledgers over the audit API, up to their newest checkpoints.
///
/// # Errors
/// [`CliError`]; what was written until then is to be removed.
pub async fn run(args: &ExportArgs, out: &mut Out) -> Result<(), CliError> {
    check_vacant(&args.out)?;
    let session = Session::open(&args.connect, cast::AUDITOR).await?;
    files::create_directory(&args.out)?;
    let mut log_keys = Vec::new();
    let mut table = render::table(["ledger", "records", "size"]);
    let mut ledgers = Vec::new();
    for ledger in LEDGERS {
        let directory = args.out.join(ledger.as_str());
        files::create_directory(&directory)?;
        let export = Export::begin(&session, ledger, &directory).await?;
        let Exported {
            records,
            bytes,
            log_keys: founding,
        } = export.run(&session).await?;
        if ledger == LedgerName::Events {
            log_keys = founding;
        }
        ledgers.push(json!({ "ledger": ledger.as_str(), "records": records, "bytes": bytes }));
        table.add_row([
            ledger.as_str().to_owned(),
            text::count(records),
            text::bytes(bytes),
        ]);
    }
    for (ledger, key) in LEDGERS.into_iter().zip(&log_keys) {
        let path = args.out.join(ledger.as_str()).join(LOG_KEY_FILE);
        files::create(&path, format!("{key}\n").as_bytes(), Mode::Public)?;
    }
    out.json(&json!({ "directory": args.out, "ledgers": ledgers, "log_keys": log_keys }))?;
    out.table(table, "")?;
    out.say("")?;
    out.say("Verify it, with log keys that you have from somebody else than the operator:")?;
    out.say(format!(
        "  sabt-verify --log-keys FILE {}",
        text::shell(&args.out)
    ))?;
    Ok(())
}

/// What was written of one ledger.
struct Exported {
    records: u64,
    bytes: u64,
    /// Keys of both logs, if this ledger holds the founding record.
    log_keys: Vec<String>,
}

/// The export of one ledger.
struct Export {
    ledger: api::Ledger,
    size: u64,
    chain: Chain,
    path: PathBuf,
    writer: RecordsWriter<BufWriter<File>>,
    frame: FrameBuilder,
    /// Link of the last record of the frame.
    link: Link,
    /// Keys of both logs, from the founding record.
    log_keys: Vec<String>,
}

impl Export {
    /// Fetches the checkpoint and makes the files.
    async fn begin(
        session: &Session,
        name: LedgerName,
        directory: &Path,
    ) -> Result<Self, CliError> {
        let ledger = match name {
            LedgerName::Events => api::Ledger::Events,
            LedgerName::Disclosures => api::Ledger::Disclosures,
        };
        let request = api::GetCheckpointRequest {
            ledger: ledger.into(),
        };
        let note = session
            .client
            .audit()
            .get_checkpoint(request)
            .await?
            .into_inner()
            .checkpoint;
        let checkpoint = directory.join(CHECKPOINT_FILE);
        files::create(&checkpoint, note.as_bytes(), Mode::Public)?;
        let path = directory.join(RECORDS_FILE);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o644)
            .open(&path)
            .map_err(CliError::path(&path))?;
        let chain = Chain::new(&Origin::new(&session.registry, name)?);
        let link = chain.genesis();
        Ok(Self {
            ledger,
            size: checkpoint_size(&note)?,
            chain,
            path,
            writer: RecordsWriter::new(BufWriter::new(file)),
            frame: FrameBuilder::new(Epoch::ZERO, Position::FIRST, link),
            link,
            log_keys: Vec::new(),
        })
    }

    /// Reads and writes every record.
    async fn run(mut self, session: &Session) -> Result<Exported, CliError> {
        let bar = progress::bar(self.size, "records");
        if self.size != 0 {
            let request = api::ReadRecordsRequest {
                ledger: self.ledger.into(),
                from: 0,
                until: self.size,
            };
            let mut pages = session
                .client
                .audit()
                .read_records(request)
                .await?
                .into_inner();
            while let Some(page) = pages.message().await? {
                for record in &page.records {
                    self.take(record)?;
                }
                bar.set_position(self.frame.next_position().get());
            }
            self.end_frame()?;
        }
        bar.finish_and_clear();
        let (records, bytes) = (self.writer.size().get(), self.writer.bytes());
        if records != self.size {
            return Err(CliError::Unsound(format!(
                "the registry sent {records} of the {} records that its checkpoint signs",
                self.size
            )));
        }
        let file = self
            .writer
            .finish()?
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error);
        files::sync(&file.map_err(CliError::path(&self.path))?)
            .map_err(CliError::path(&self.path))?;
        Ok(Exported {
            records,
            bytes,
            log_keys: self.log_keys,
        })
    }

    fn take(&mut self, record: &api::RawRecord) -> Result<(), CliError> {
        let envelope = Envelope::decode(&record.envelope)
            .map_err(sabt_chain::frame::FrameBuildError::Envelope)?;
        if record.position == 0 && self.ledger == api::Ledger::Events {
            self.log_keys = founding_keys(&record.payload);
        }
        self.frame.push(&record.envelope, &record.payload)?;
        self.link = self.chain.link(&record.envelope);
        if FRAME_RECORDS <= self.frame.count() && envelope.part.is_last() {
            self.end_frame()?;
        }
        Ok(())
    }

    /// Writes the frame and begins the next.
    fn end_frame(&mut self) -> Result<(), CliError> {
        if self.frame.is_empty() {
            return Ok(());
        }
        let next = FrameBuilder::new(Epoch::ZERO, self.frame.next_position(), self.link);
        let frame = std::mem::replace(&mut self.frame, next);
        self.writer.write_frame(&frame.finish()?)?;
        Ok(())
    }
}

/// The size that a checkpoint signs: its second line (C2SP tlog-checkpoint). Whether the signature holds
/// is for the verifier.
fn checkpoint_size(note: &str) -> Result<u64, CliError> {
    let size = note.lines().nth(1).and_then(|line| line.parse().ok());
    size.ok_or_else(|| CliError::Unsound("the registry sent no checkpoint".to_owned()))
}

/// The keys that stand in the founding record, which is in the clear.
fn founding_keys(payload: &[u8]) -> Vec<String> {
    let event = event::Event::decode(payload).ok();
    match event.and_then(|event| event.body) {
        Some(event::event::Body::RegistryFounded(founding)) => {
            vec![founding.events_log_key, founding.disclosures_log_key]
        }
        _ => Vec::new(),
    }
}
