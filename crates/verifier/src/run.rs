//! The order of work: read, hash on all cores, check in order.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use sabt_chain::policy::Policy;
use sabt_chain::tree::Frontier;
use sabt_chain::{Chain, Hash, LedgerName, Size};

use crate::examine::Batch;
use crate::faults::Faults;
use crate::head::{Heads, Judged};
use crate::ledger::{LedgerCheck, LedgerEnd};
use crate::report::{LedgerReport, Report};
use crate::roots::{AnchoredRoot, Roots};
use crate::signatures::{CLAIMS_PER_JOB, Claim};
use crate::source::{LedgerReader, Piece, Source, SourceError, Wanted};
use crate::trust::TrustedLogs;
use crate::work::{Job, Outcome, Sequence, Workers};

/// What to verify, and against which keys.
pub struct Options {
    /// Where the ledgers are.
    pub source: Source,
    /// The keys to trust.
    pub trust: TrustedLogs,
    /// Worker threads; with one, everything runs on the calling thread.
    pub threads: NonZeroUsize,
    /// How many faults the report lists. All are counted.
    pub faults_listed: usize,
    /// Called now and then with how far it has come.
    pub progress: Option<Box<dyn Fn(Progress)>>,
    /// The auditor's own file of what was verified before. What stands in it is not read again: only what is new is
    /// verified, and that it continues what is remembered. It is written anew when everything is sound, and now and
    /// then on the way, so that an interrupted verification goes on where it stopped.
    pub state: Option<PathBuf>,
    /// Which witnesses must have cosigned the published checkpoints; `None`: cosignatures are not looked at.
    pub policy: Option<Policy>,
    /// Checkpoints, of either ledger, that somebody saw before: the ledgers must continue them.
    pub remembered: Vec<Vec<u8>>,
    /// Directory for temporary files; `None`: the system's own. Only ledgers of more than some hundred thousand acts
    /// need it, with 24 bytes an act.
    pub scratch: Option<PathBuf>,
}

impl Options {
    /// To verify `source` against `trust`, from its start, on the calling thread alone.
    pub const fn new(source: Source, trust: TrustedLogs) -> Self {
        Self {
            source,
            trust,
            threads: NonZeroUsize::MIN,
            faults_listed: crate::FAULTS_LISTED,
            progress: None,
            state: None,
            policy: None,
            remembered: Vec::new(),
            scratch: None,
        }
    }
}

/// Why a verification came to no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A ledger could not be read to its end.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// How far a verification has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The ledger that is being read.
    pub ledger: LedgerName,
    /// Whether it is being read a second time, for what the other ledger anchors of it.
    pub anchors: bool,
    /// Records checked so far.
    pub records: u64,
    /// Records that the checkpoint states, verified or not; `None` without one.
    pub signed: Option<Size>,
}

/// Verifies a registry's two ledgers.
///
/// The events ledger is read first, then the disclosures ledger, whose anchors of the events ledger are then checked by
/// reading the events ledger a second time, for its tree alone. Each checkpoint is read before its records. So nothing
/// that a running registry adds meanwhile can look like a fault.
///
/// # Errors
/// [`VerifyError`], if a ledger cannot be read to its end, or the auditor's own files cannot be used. Nothing that stands *in* a ledger is an error: it is a fault
/// in the report.
pub fn verify(options: &Options) -> Result<Report, VerifyError> {
    let start = Instant::now();
    let limit = options.faults_listed;
    let events = check_ledger(
        options,
        &options.trust,
        LedgerName::Events,
        Vec::new(),
        Faults::new(limit),
    )?;
    let LedgerOutcome {
        report: events,
        end: events_end,
    } = events;
    let content = events_end.content;
    // The keys of both logs, as the governance records in the events ledger have left them.
    let trust = content.trust;
    let disclosures = check_ledger(
        options,
        &trust,
        LedgerName::Disclosures,
        content.anchors,
        events_end.faults,
    )?;
    let LedgerOutcome {
        report: disclosures,
        end: disclosures_end,
    } = disclosures;
    let mut faults = disclosures_end.faults;
    let anchors = disclosures_end.content.anchors;
    let anchored = Anchored {
        ledger: LedgerName::Events,
        signed: events.signed,
        roots: anchors,
    };
    if anchored.roots.is_empty() {
        // Nothing to compare.
    } else if events_end.tally.damaged {
        check_anchors_by_all_rules(options, anchored, &mut faults)?;
    } else {
        check_anchors(options, anchored, &mut faults)?;
    }
    Ok(Report {
        registry: options.trust.registry().to_owned(),
        governance_key: content.authors.governance_key(),
        governance_key_pinned: options.trust.governance_key().is_some(),
        agencies: content.authors.agencies(),
        keys: content.authors.keys(),
        events,
        disclosures,
        faults_total: faults.total(),
        faults: faults.into_sorted(),
        elapsed: start.elapsed(),
    })
}

/// What one ledger's anchors state of the other.
struct Anchored {
    /// The ledger that is anchored.
    ledger: LedgerName,
    /// How many of its records its checkpoint signs.
    signed: Option<Size>,
    /// The roots it must have.
    roots: Vec<AnchoredRoot>,
}

/// What came of one ledger.
struct LedgerOutcome {
    report: LedgerReport,
    end: LedgerEnd,
}

/// Checks one ledger by all rules.
fn check_ledger(
    options: &Options,
    trust: &TrustedLogs,
    ledger: LedgerName,
    anchors: Vec<AnchoredRoot>,
    mut faults: Faults,
) -> Result<LedgerOutcome, SourceError> {
    let published = options.source.checkpoint(ledger)?;
    let heads = Heads::new(ledger, published, &options.remembered, trust, &mut faults);
    let wanted = Wanted::new(heads.stated(), &anchors);
    let roots = Roots::new(ledger, Some(&heads), anchors);
    let mut check = LedgerCheck::new(ledger, trust, roots, faults);
    let reader = options.source.read(ledger, wanted)?;
    let progress = Progress {
        ledger,
        anchors: false,
        records: 0,
        signed: heads.stated(),
    };
    drive(options, reader, &mut check, progress)?;
    let mut end = check.finish();
    let LedgerEnd {
        faults,
        content,
        heads: outcomes,
        found,
        ..
    } = &mut end;
    let judged = heads.judge(options, &content.trust, outcomes, *found, faults);
    let report = report(&options.trust, ledger, judged, &end);
    Ok(LedgerOutcome { report, end })
}

/// Hands a ledger's pieces to its check.
fn drive(
    options: &Options,
    mut reader: LedgerReader,
    check: &mut LedgerCheck,
    progress: Progress,
) -> Result<(), SourceError> {
    let chain = Chain::new(options.trust.origin(progress.ledger));
    thread::scope(|scope| {
        let workers = Workers::start(scope, &chain, options.threads);
        let mut feed = Feed::new(workers, &mut reader, Pass::Full);
        while let Some(ready) = feed.next_ready()? {
            match ready {
                Ready::Piece(piece) => check.piece(piece),
                Ready::Batches(batches) => batches.into_iter().for_each(|batch| check.batch(batch)),
                Ready::Leaves(_) => {}
            }
            if let Some(claims) = check.take_claims(CLAIMS_PER_JOB) {
                feed.submit(Job::Signatures(claims));
            }
            check.forged(feed.take_forged());
            options.report(Progress {
                records: check.records(),
                ..progress
            });
        }
        if let Some(claims) = check.take_claims(1) {
            feed.submit(Job::Signatures(claims));
        }
        feed.drain();
        check.forged(feed.take_forged());
        Ok(())
    })
}

/// Compares what the other ledger anchors of a damaged ledger: reads it again by all rules, so that what could be mended
/// is in the tree, and keeps what is wrong with the anchors; the rest is reported already.
fn check_anchors_by_all_rules(
    options: &Options,
    anchored: Anchored,
    faults: &mut Faults,
) -> Result<(), SourceError> {
    let Anchored {
        ledger,
        signed,
        roots,
    } = anchored;
    let wanted = Wanted::new(signed, &roots);
    let roots = Roots::new(ledger, None, roots);
    let mut check = LedgerCheck::new(
        ledger,
        &options.trust,
        roots,
        Faults::new(options.faults_listed),
    );
    let reader = options.source.read(ledger, wanted)?;
    let progress = Progress {
        ledger,
        anchors: true,
        records: 0,
        signed: Some(wanted.records),
    };
    drive(options, reader, &mut check, progress)?;
    let found = check.finish().faults.into_sorted();
    faults.extend(found.into_iter().filter(|fault| fault.ledger != ledger));
    Ok(())
}

/// Reads a ledger again, for its tree alone, and compares what the other ledger anchors of it.
fn check_anchors(
    options: &Options,
    anchored: Anchored,
    faults: &mut Faults,
) -> Result<(), SourceError> {
    let Anchored {
        ledger,
        signed,
        roots,
    } = anchored;
    let wanted = Wanted::new(signed, &roots);
    let mut roots = Roots::new(ledger, None, roots);
    let chain = Chain::new(options.trust.origin(ledger));
    let mut reader = options.source.read(ledger, wanted)?;
    let mut frontier = Frontier::new();
    faults.extend(roots.compare(&frontier, None));
    thread::scope(|scope| {
        let workers = Workers::start(scope, &chain, options.threads);
        let mut feed = Feed::new(workers, &mut reader, Pass::Leaves);
        while !roots.is_empty()
            && let Some(ready) = feed.next_ready()?
        {
            let leaves: Vec<Hash> = match ready {
                Ready::Leaves(leaves) => leaves,
                // There was no damage on the first pass.
                Ready::Batches(_) | Ready::Piece(_) => Vec::new(),
            };
            for leaf in leaves {
                frontier.append(leaf);
                if roots.is_due(frontier.size()) {
                    faults.extend(roots.compare(&frontier, None));
                }
            }
            let records = frontier.size().get();
            options.report(Progress {
                ledger,
                anchors: true,
                records,
                signed: Some(wanted.records),
            });
        }
        feed.drain();
        Ok::<(), SourceError>(())
    })?;
    faults.extend(roots.finish(frontier.size()));
    Ok(())
}

fn report(
    trust: &TrustedLogs,
    ledger: LedgerName,
    judged: Judged,
    end: &LedgerEnd,
) -> LedgerReport {
    let LedgerEnd {
        tally,
        state,
        content,
        ..
    } = end;
    LedgerReport {
        ledger,
        origin: trust.origin(ledger).to_string(),
        records: tally.records,
        signed: judged.signed,
        checkpoint_holds: judged.holds,
        cosignatures: judged.cosignatures,
        rotations: content.trust.rotated(ledger) as u64,
        root: end.tree_known.then(|| state.root()),
        link: state.link,
        first_recorded_at: tally.first_recorded_at,
        last_recorded_at: state.recorded_at,
        kinds: content.kinds,
        acts: content.acts,
        signatures: tally.signatures,
        erased: content.erased,
        payloads_unread: tally.payloads_unread,
        segments: tally.segments,
        frames: tally.frames,
        bytes: tally.bytes,
    }
}

impl Options {
    fn report(&self, progress: Progress) {
        if let Some(callback) = &self.progress {
            callback(progress);
        }
    }
}

/// How much is computed of each record.
#[derive(Clone, Copy, Debug)]
enum Pass {
    Full,
    Leaves,
}

/// A piece of a ledger, computed, its turn come.
enum Ready {
    Piece(Piece),
    Batches(Vec<Batch>),
    Leaves(Vec<Hash>),
}

/// Reads a ledger, has its pieces computed on all cores, and gives them back in order.
struct Feed<'r> {
    workers: Workers,
    reader: &'r mut LedgerReader,
    pass: Pass,
    /// Computed before their turn; never more than as many as may be under way.
    waiting: BTreeMap<Sequence, Ready>,
    /// The piece whose turn it is.
    turn: Sequence,
    /// The number of the next piece to be read.
    read: Sequence,
    exhausted: bool,
    forged: Vec<Claim>,
}

impl<'r> Feed<'r> {
    fn new(workers: Workers, reader: &'r mut LedgerReader, pass: Pass) -> Self {
        Self {
            workers,
            reader,
            pass,
            waiting: BTreeMap::new(),
            turn: 0,
            read: 0,
            exhausted: false,
            forged: Vec::new(),
        }
    }

    /// The next piece in order; `None` at the end.
    fn next_ready(&mut self) -> Result<Option<Ready>, SourceError> {
        loop {
            self.fill()?;
            if let Some(ready) = self.waiting.remove(&self.turn) {
                self.turn += 1;
                return Ok(Some(ready));
            }
            if self.exhausted && self.turn == self.read {
                return Ok(None);
            }
            self.receive();
        }
    }

    /// Hands in a job whose outcome has no turn.
    fn submit(&mut self, job: Job) {
        while !self.workers.has_room() {
            self.receive();
        }
        self.workers.submit(job);
    }

    /// The claims found forged since the last call.
    fn take_forged(&mut self) -> Vec<Claim> {
        std::mem::take(&mut self.forged)
    }

    /// Waits for everything under way.
    fn drain(&mut self) {
        while self.receive() {}
    }

    /// Reads on while there is room.
    fn fill(&mut self) -> Result<(), SourceError> {
        while !self.exhausted
            && self.workers.has_room()
            && self.waiting.len() < self.workers.capacity()
        {
            let Some(piece) = self.reader.next_piece()? else {
                self.exhausted = true;
                break;
            };
            let sequence = self.read;
            self.read += 1;
            match (piece, self.pass) {
                (Piece::Run(run), Pass::Full) => self.workers.submit(Job::Run(sequence, run)),
                (Piece::Run(run), Pass::Leaves) => {
                    self.workers.submit(Job::RunLeaves(sequence, run));
                }
                (Piece::Raw(raw), Pass::Full) => self.workers.submit(Job::Raw(sequence, raw)),
                (Piece::Raw(raw), Pass::Leaves) => {
                    self.workers.submit(Job::RawLeaves(sequence, raw));
                }
                (piece, _) => {
                    self.waiting.insert(sequence, Ready::Piece(piece));
                }
            }
        }
        Ok(())
    }

    /// Takes one outcome; `false` if nothing is under way.
    fn receive(&mut self) -> bool {
        match self.workers.receive() {
            None => return false,
            Some(Outcome::Examined(sequence, batches)) => {
                self.waiting.insert(sequence, Ready::Batches(batches));
            }
            Some(Outcome::Leaves(sequence, leaves)) => {
                self.waiting.insert(sequence, Ready::Leaves(leaves));
            }
            Some(Outcome::Forged(claims)) => self.forged.extend(claims),
        }
        true
    }
}
