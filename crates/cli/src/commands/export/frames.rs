//! One ledger as a file of frames, with its checkpoint beside it.

use std::fs::{File, OpenOptions};
use std::io::BufWriter;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use prost::Message as _;
use sabt_chain::frame::FrameBuilder;
use sabt_chain::{Chain, Envelope, Epoch, LedgerName, Link, Origin, Position, Size};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;
use sabt_verifier::export::{CHECKPOINT_FILE, RECORDS_FILE, RecordsWriter};

use super::fetch::Sink;
use crate::error::CliError;
use crate::files::{self, Mode};

/// Records of one frame of an export, at least; a frame ends with an act. With payloads of up to 64 KiB
/// that stays far below the 16 MiB of a frame.
const FRAME_RECORDS: u32 = 128;

/// What was written.
pub(super) struct Written {
    pub(super) records: u64,
    pub(super) bytes: u64,
    /// Keys of both logs, if this ledger holds the founding record.
    pub(super) log_keys: Vec<String>,
}

/// The export of one ledger.
pub(super) struct Frames {
    chain: Chain,
    directory: PathBuf,
    writer: RecordsWriter<BufWriter<File>>,
    frame: FrameBuilder,
    /// Link of the last record of the frame.
    link: Link,
    log_keys: Vec<String>,
}

impl Frames {
    /// Makes the file of records.
    pub(super) fn create(
        registry: &str,
        name: LedgerName,
        directory: &Path,
    ) -> Result<Self, CliError> {
        let path = directory.join(RECORDS_FILE);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o644)
            .open(&path)
            .map_err(CliError::path(&path))?;
        let chain = Chain::new(&Origin::new(registry, name)?);
        let link = chain.genesis();
        Ok(Self {
            chain,
            directory: directory.to_owned(),
            writer: RecordsWriter::new(BufWriter::new(file)),
            frame: FrameBuilder::new(Epoch::ZERO, Position::FIRST, link),
            link,
            log_keys: Vec::new(),
        })
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

    /// Makes the file durable.
    pub(super) fn close(self) -> Result<Written, CliError> {
        let (records, bytes) = (self.writer.size().get(), self.writer.bytes());
        let path = self.directory.join(RECORDS_FILE);
        let file = self.writer.finish()?.into_inner();
        let file = file.map_err(std::io::IntoInnerError::into_error);
        files::sync(&file.map_err(CliError::path(&path))?).map_err(CliError::path(&path))?;
        Ok(Written {
            records,
            bytes,
            log_keys: self.log_keys,
        })
    }
}

impl Sink for Frames {
    fn size(&self) -> Size {
        self.frame.next_position().size_before()
    }

    fn take(&mut self, envelope: &Envelope, record: &api::RawRecord) -> Result<(), CliError> {
        if envelope.position == Position::FIRST {
            self.log_keys = founding_keys(&record.payload);
        }
        self.frame.push(&record.envelope, &record.payload)?;
        self.link = self.chain.link(&record.envelope);
        if FRAME_RECORDS <= self.frame.count() && envelope.part.is_last() {
            self.end_frame()?;
        }
        Ok(())
    }

    fn finish(&mut self, checkpoint: &str) -> Result<(), CliError> {
        self.end_frame()?;
        let path = self.directory.join(CHECKPOINT_FILE);
        Ok(files::create(&path, checkpoint.as_bytes(), Mode::Public)?)
    }
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
