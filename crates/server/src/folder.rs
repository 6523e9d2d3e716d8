//! Folding: what the ledgers hold beyond the views is folded into them, and whoever is enrolled is taken over.

use std::sync::Arc;

use arc_swap::ArcSwap;
use sabt_chain::frame::{Frame, RecordView};
use sabt_chain::{Chain, Kind, LedgerName, Link, Position, Size};
use sabt_domain::governance::Enrolment;
use sabt_journal::{Backend, ReadError, Reader, StoredFrame};
use sabt_views::{Portion, StateReader, Views, ViewsError, WriterAccess};
use tokio::sync::watch;

use crate::limits::{FOLD_RECORDS_MAX, REBUILD_PORTION_BYTES, REBUILD_PORTION_RECORDS};
use crate::registry::{Ledger, RegistryError};
use crate::telemetry::count;

/// Folds what the ledgers hold beyond the views, and takes over who is enrolled.
pub(crate) fn catch_up(events: &mut Folder, disclosures: &mut Folder) -> Result<(), RegistryError> {
    events.check_resume()?;
    disclosures.check_resume()?;
    events.fold()?;
    disclosures.fold()?;
    Ok(events.load_enrolment()?)
}

/// Folds what a ledger holds beyond the views. The views read the ledger; nothing is pushed to them.
pub(crate) struct Folder {
    ledger: LedgerName,
    chain: Chain,
    journal: Arc<dyn Backend>,
    views: Arc<Views>,
    /// Goes on where the last fold ended.
    reader: Option<Reader>,
    /// Of the events ledger: the writer's access, and where the position reached is announced.
    writing: Option<(WriterAccess, watch::Sender<u64>)>,
    enrolment: Arc<ArcSwap<Enrolment>>,
}

impl Folder {
    /// Of a ledger; [`Self::announcing`] makes it that of the events.
    pub(crate) fn new(
        name: LedgerName,
        ledger: &Ledger,
        views: &Arc<Views>,
        enrolment: &Arc<ArcSwap<Enrolment>>,
    ) -> Self {
        Self {
            ledger: name,
            chain: ledger.chain.clone(),
            journal: Arc::clone(&ledger.journal),
            views: Arc::clone(views),
            reader: None,
            writing: None,
            enrolment: Arc::clone(enrolment),
        }
    }

    /// With what folding the events takes and gives: the writer's access, and where the position reached is announced.
    pub(crate) fn announcing(self, access: WriterAccess, position: watch::Sender<u64>) -> Self {
        Self {
            writing: Some((access, position)),
            ..self
        }
    }

    /// Refuses views that were folded from another history than that of the ledger.
    fn check_resume(&self) -> Result<(), RegistryError> {
        let marks = self.views.marks();
        let size = marks.of(self.ledger).size;
        let link = link_at(&*self.journal, size)?;
        Ok(marks.check_resume(self.ledger, link)?)
    }

    /// Agencies, keys and offices as the ledger enrols them.
    pub(crate) fn enrolment(&self) -> Arc<Enrolment> {
        self.enrolment.load_full()
    }

    /// Takes over who is enrolled, as the views have folded it.
    fn load_enrolment(&self) -> Result<(), ViewsError> {
        if let Some(states) = self.states()? {
            self.enrolment.store(Arc::new(states.enrolment()?));
        }
        Ok(())
    }

    /// States for deciding; of the disclosures ledger there are none.
    pub(crate) fn states(&self) -> Result<Option<StateReader<'_>>, ViewsError> {
        self.writing
            .as_ref()
            .map(|(access, _)| self.views.states(access))
            .transpose()
    }

    /// Link of the record at a position.
    pub(crate) fn link_of(&self, position: u64) -> Result<Link, ReadError> {
        let mut reader = self.journal.read(Position::new(position))?;
        let head = self.journal.head()?;
        let Some(frame) = reader.next_frame()? else {
            return Ok(head.link);
        };
        let parsed = frame.frame();
        let record = parsed
            .records()
            .find(|record| record.envelope.position.get() == position);
        Ok(record.map_or(head.link, |record| self.chain.link(record.envelope_bytes)))
    }

    /// Folds up to the head of the ledger and announces the position reached.
    pub(crate) fn fold(&mut self) -> Result<(), RegistryError> {
        let mut reader = self.take_reader()?;
        let mut frames = Vec::new();
        let mut records = 0;
        let (mut governed, mut erased) = (false, false);
        loop {
            let frame = reader.next_frame()?;
            let ended = frame.is_none();
            if let Some(frame) = frame {
                records += frame.frame().header().count();
                frames.push(frame);
            }
            if FOLD_RECORDS_MAX <= records || (ended && !frames.is_empty()) {
                let parsed: Vec<_> = frames.iter().map(StoredFrame::frame).collect();
                let views: Vec<RecordView<'_>> = parsed.iter().flat_map(Frame::records).collect();
                let hold = |kind| views.iter().any(|record| record.envelope.kind == kind);
                governed |= hold(Kind::Governance);
                erased |= hold(Kind::Erasure);
                match self.ledger {
                    LedgerName::Events => self.views.fold_events(views)?,
                    LedgerName::Disclosures => self.views.fold_disclosures(views)?,
                };
                frames.clear();
                records = 0;
            }
            if ended {
                break;
            }
        }
        // What it has read ahead may be what was erased, so that it is let go of.
        self.reader = (!erased).then_some(reader);
        if governed {
            self.load_enrolment()?;
        }
        metrics::gauge!("sabt_corrections_open").set(count(self.views.open_corrections_count()));
        if let Some((_, position)) = &self.writing {
            let reached = self.views.position().get();
            position.send_replace(reached);
            let lag = self.journal.head()?.size.get().saturating_sub(reached);
            metrics::gauge!("sabt_views_lag_records").set(count(lag));
            metrics::gauge!("sabt_views_position").set(count(reached));
        }
        Ok(())
    }

    /// The reader that stands where the views end: to open one costs a walk from the nearest frame whose place is known,
    /// more than folding a record does.
    fn take_reader(&mut self) -> Result<Reader, ReadError> {
        let next = self.views.marks().of(self.ledger).size.next_position();
        match self.reader.take() {
            Some(reader) if reader.position() == next => Ok(reader),
            Some(_) | None => self.journal.read(next),
        }
    }
}

/// A ledger in portions of whole frames.
pub(crate) struct Portions<F> {
    next_frame: F,
}

/// Frames that are folded together.
pub(crate) struct Frames(Vec<StoredFrame>);

impl<F: FnMut() -> Result<Option<StoredFrame>, RegistryError>> Portions<F> {
    /// Of the frames that come, until there is none.
    pub(crate) fn of(next_frame: F) -> Self {
        Self { next_frame }
    }

    fn read(&mut self) -> Result<Frames, RegistryError> {
        let (mut frames, mut records, mut bytes) = (Vec::new(), 0, 0);
        while records < REBUILD_PORTION_RECORDS && bytes < REBUILD_PORTION_BYTES {
            let Some(frame) = (self.next_frame)()? else {
                break;
            };
            records += frame.frame().header().count();
            bytes += frame.bytes().len();
            frames.push(frame);
        }
        Ok(Frames(frames))
    }
}

impl<F: FnMut() -> Result<Option<StoredFrame>, RegistryError>> Iterator for Portions<F> {
    type Item = Result<Frames, RegistryError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.read() {
            Ok(Frames(frames)) if frames.is_empty() => None,
            portion => Some(portion),
        }
    }
}

impl Portion for Frames {
    fn frames(&self) -> impl Iterator<Item = Frame<'_>> + Clone {
        self.0.iter().map(StoredFrame::frame)
    }
}

/// The link of the record before `size`.
fn link_at(journal: &dyn Backend, size: Size) -> Result<Link, ReadError> {
    let head = journal.head()?;
    let Some(last) = size.last_position() else {
        return journal_genesis(journal);
    };
    if head.size == size {
        return Ok(head.link);
    }
    let mut reader = journal.read(last)?;
    match reader.next_frame()? {
        Some(frame) => {
            if frame.size_after() == size {
                return Ok(frame.link());
            }
            // The views stopped inside a frame: the next record's `previous` is the link asked for.
            let parsed = frame.frame();
            let link = parsed
                .records()
                .find(|record| record.envelope.position == size.next_position())
                .map_or(head.link, |record| record.envelope.previous);
            Ok(link)
        }
        // The views are ahead of the ledger: any link but theirs makes the check refuse.
        None => Ok(head.link),
    }
}

fn journal_genesis(journal: &dyn Backend) -> Result<Link, ReadError> {
    let mut reader = journal.read(Position::FIRST)?;
    match reader.next_frame()? {
        Some(frame) => Ok(frame.frame().header().previous()),
        None => Ok(journal.head()?.link),
    }
}

#[cfg(test)]
mod tests;
