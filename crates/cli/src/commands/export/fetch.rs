//! Reading both ledgers over the audit API so that what is read fits together.
//!
//! Each ledger anchors checkpoints of the other. An auditor who holds an anchor wants to hold what it anchors, so the
//! ledgers are read on until neither names more of the other than was read. The registry goes on meanwhile, but it
//! anchors at most every second: a round or two catch up with it.

use indicatif::ProgressBar;
use prost::Message as _;
use sabt_chain::{Envelope, Kind, LedgerName, Size};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::Anchor;

use crate::error::CliError;
use crate::progress;
use crate::session::Session;

/// Rounds after which a registry that never lets two ledgers fit is given up. Each takes longer than the last one only
/// if the registry records faster than it can be read.
const ROUNDS_MAX: usize = 64;

/// What takes the records of one ledger.
pub(super) trait Sink {
    /// How many records it holds: the position of the next.
    fn size(&self) -> Size;

    /// Takes the next record.
    fn take(&mut self, envelope: &Envelope, record: &api::RawRecord) -> Result<(), CliError>;

    /// Ends with the checkpoint over everything it holds.
    fn finish(&mut self, checkpoint: &str) -> Result<(), CliError>;
}

/// What was read of one ledger.
pub(super) struct Fetched<S> {
    pub(super) sink: S,
    /// Records that it did not hold before.
    pub(super) new: u64,
    ledger: api::Ledger,
    /// The newest checkpoint that was read up to.
    checkpoint: String,
    /// How many records of the other ledger the newest anchor read covers.
    anchored: u64,
}

/// Reads both ledgers, the events first, and ends each with its checkpoint.
///
/// # Errors
/// [`CliError`]; [`CliError::Unsound`] if what comes is no ledger.
pub(super) async fn both<S: Sink>(
    session: &Session,
    sinks: [S; 2],
) -> Result<[Fetched<S>; 2], CliError> {
    let mut ledgers = LedgerName::ALL
        .into_iter()
        .zip(sinks)
        .map(|(name, sink)| Fetched {
            sink,
            new: 0,
            ledger: match name {
                LedgerName::Events => api::Ledger::Events,
                LedgerName::Disclosures => api::Ledger::Disclosures,
            },
            checkpoint: String::new(),
            anchored: 0,
        });
    let (Some(mut events), Some(mut disclosures)) = (ledgers.next(), ledgers.next()) else {
        return Err(CliError::Otherwise("there are two ledgers".to_owned()));
    };
    events.read_on(session).await?;
    disclosures.read_on(session).await?;
    for _round in 0..ROUNDS_MAX {
        if events.sink.size().get() < disclosures.anchored {
            events.read_on(session).await?;
        } else if disclosures.sink.size().get() < events.anchored {
            disclosures.read_on(session).await?;
        } else {
            events.sink.finish(&events.checkpoint)?;
            disclosures.sink.finish(&disclosures.checkpoint)?;
            return Ok([events, disclosures]);
        }
    }
    Err(CliError::Unsound(format!(
        "after {ROUNDS_MAX} readings one ledger still anchors more of the other than its checkpoint covers"
    )))
}

impl<S: Sink> Fetched<S> {
    /// Reads up to the newest checkpoint.
    async fn read_on(&mut self, session: &Session) -> Result<(), CliError> {
        let request = api::GetCheckpointRequest {
            ledger: self.ledger.into(),
        };
        let answer = session.client.audit().get_checkpoint(request).await?;
        self.checkpoint = answer.into_inner().checkpoint;
        let (from, until) = (
            self.sink.size().get(),
            checkpoint_size(&self.checkpoint)?.get(),
        );
        if until < from {
            return Err(CliError::Unsound(format!(
                "the newest checkpoint covers {until} records, {from} were exported before: the registry went back"
            )));
        }
        let bar = progress::bar(until - from, "records");
        if from < until {
            self.read(session, from, until, &bar).await?;
        }
        bar.finish_and_clear();
        let found = self.sink.size().get();
        if found != until {
            return Err(CliError::Unsound(format!(
                "the registry sent records up to position {found}, its checkpoint signs {until}"
            )));
        }
        self.new += until - from;
        Ok(())
    }

    async fn read(
        &mut self,
        session: &Session,
        from: u64,
        until: u64,
        bar: &ProgressBar,
    ) -> Result<(), CliError> {
        let request = api::ReadRecordsRequest {
            ledger: self.ledger.into(),
            from,
            until,
        };
        let answer = session.client.audit().read_records(request).await?;
        let mut pages = answer.into_inner();
        while let Some(page) = pages.message().await? {
            for record in &page.records {
                let envelope = Envelope::decode(&record.envelope)
                    .map_err(sabt_chain::frame::FrameBuildError::Envelope)?;
                if envelope.kind == Kind::Anchor {
                    self.anchored = self.anchored.max(anchored(&record.payload));
                }
                self.sink.take(&envelope, record)?;
            }
            bar.set_position(self.sink.size().get() - from);
        }
        Ok(())
    }
}

/// The size that a checkpoint signs: its second line (C2SP tlog-checkpoint). Whether the signature holds is for the
/// verifier.
fn checkpoint_size(note: &str) -> Result<Size, CliError> {
    let size = note.lines().nth(1).and_then(|line| line.parse().ok());
    size.map(Size::new)
        .ok_or_else(|| CliError::Unsound("the registry sent no checkpoint".to_owned()))
}

/// How many records of the other ledger an anchor covers. That of a succession covers a ledger that is no more.
fn anchored(payload: &[u8]) -> u64 {
    let anchor = Anchor::decode(payload).ok();
    let anchor = anchor.filter(|anchor| anchor.succession.is_none());
    let size = anchor.and_then(|anchor| checkpoint_size(&anchor.checkpoint).ok());
    size.map_or(0, Size::get)
}
