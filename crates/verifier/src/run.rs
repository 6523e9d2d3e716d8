//! The order of work: read, hash on all cores, check in order.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use sabt_chain::policy::Policy;
use sabt_chain::{Chain, LedgerName, Position, Size};

use crate::act_ids::ScratchError;
use crate::anchors::{Anchored, check_anchors, check_anchors_by_all_rules, check_history};
use crate::fault::{Fault, Finding, SuccessionFault};
use crate::faults::Faults;
use crate::feed::{Feed, Ready};
use crate::head::{Heads, Judged};
use crate::keeper::{Keeper, link_now};
use crate::ledger::{LedgerCheck, LedgerEnd};
use crate::report::{LedgerReport, Report};
use crate::roots::{AnchoredRoot, Roots};
use crate::signatures::CLAIMS_PER_JOB;
use crate::source::{LedgerReader, Source, SourceError, Start, Wanted};
use crate::state::{LedgerMemory, StateError};
use crate::survey::Surveyed;
use crate::trust::TrustedLogs;
use crate::waypoints::Waypoints;
use crate::work::{Computed, Context, Part, Pass, Workers};

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
    /// There is no room for a temporary file.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// The state file is of no use.
    #[error(transparent)]
    State(#[from] StateError),
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
    /// Records of both ledgers checked so far, now or before.
    pub done: u64,
    /// Records that the checkpoints of both ledgers stated at the start; `None` if one of them is missing.
    pub total: Option<u64>,
}

/// Verifies a registry's two ledgers.
///
/// The events ledger is read first, then the disclosures ledger, whose anchors of the events ledger are then checked by
/// reading the events ledger again just before the sizes anchored, for its tree alone. Each checkpoint is read before its records. So nothing
/// that a running registry adds meanwhile can look like a fault.
///
/// # Errors
/// [`VerifyError`], if a ledger cannot be read to its end, or the auditor's own files cannot be used. Nothing that stands *in* a ledger is an error: it is a fault
/// in the report.
pub fn verify(options: &Options) -> Result<Report, VerifyError> {
    let start = Instant::now();
    let mut keeper = Keeper::open(options)?;
    // Read first, so that whatever is anchored in the events ledger later covers at least as much.
    let of_disclosures = options.source.checkpoint(LedgerName::Disclosures)?;
    let of_events = options.source.checkpoint(LedgerName::Events)?;
    let sizes = [&of_events, &of_disclosures].map(|note| size_stated(note.as_deref()));
    let total = sizes[0].zip(sizes[1]);
    let total = total.map(|(events, disclosures)| events.saturating_add(disclosures));
    let faults = Faults::new(options.faults_listed);
    let read = LedgerToRead {
        ledger: LedgerName::Events,
        published: of_events,
        trust: &options.trust,
        anchors: Vec::new(),
        before: 0,
        total,
    };
    let LedgerOutcome {
        report: events,
        end: events_end,
    } = check_ledger(options, read, &mut keeper, faults)?;
    let content = events_end.content;
    let read = LedgerToRead {
        ledger: LedgerName::Disclosures,
        published: of_disclosures,
        // The keys of both logs, as the governance records in the events ledger have left them.
        trust: &content.trust,
        anchors: content.anchors,
        before: events.records,
        total,
    };
    let LedgerOutcome {
        report: disclosures,
        end: disclosures_end,
    } = check_ledger(options, read, &mut keeper, events_end.faults)?;
    let mut faults = disclosures_end.faults;
    let other = &disclosures_end.content.successions;
    if !content.successions.registries().eq(other.registries()) {
        let fault = SuccessionFault::OtherLedger;
        faults.add(succession_fault(LedgerName::Disclosures, fault));
    }
    let anchors = disclosures_end.content.anchors;
    let end = EventsEnd {
        signed: events.signed,
        found: events_end.state.size(),
        remembered: events_end.remembered,
        damaged: events_end.tally.damaged,
        waypoints: &events_end.waypoints,
    };
    end.check_anchors(options, anchors, &keeper, &mut faults)?;
    if faults.total() == 0 {
        keeper.finish(&options.trust)?;
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

/// How the events ledger ended, which what the disclosures ledger anchors of it is compared with afterwards.
struct EventsEnd<'a> {
    signed: Option<Size>,
    found: Size,
    remembered: Size,
    damaged: bool,
    waypoints: &'a Waypoints,
}

impl EventsEnd<'_> {
    fn check_anchors(
        &self,
        options: &Options,
        roots: Vec<AnchoredRoot>,
        keeper: &Keeper,
        faults: &mut Faults,
    ) -> Result<(), VerifyError> {
        let mut anchored = Anchored {
            ledger: LedgerName::Events,
            signed: self.signed,
            roots,
        };
        if self.damaged {
            return check_anchors_by_all_rules(options, &anchored, faults);
        }
        check_older(options, &mut anchored, keeper, self.remembered, faults)?;
        check_anchors(options, &anchored, self.waypoints, self.found, faults)
    }
}

/// Compares the anchors that cover less than was verified before, and takes them away.
fn check_older(
    options: &Options,
    anchored: &mut Anchored,
    keeper: &Keeper,
    remembered: Size,
    faults: &mut Faults,
) -> Result<(), VerifyError> {
    let ledger = anchored.ledger;
    let all = std::mem::take(&mut anchored.roots);
    let (older, newer) = all.into_iter().partition(|root| root.size < remembered);
    anchored.roots = newer;
    let older = Anchored {
        ledger,
        signed: anchored.signed,
        roots: older,
    };
    match keeper.resumed(ledger) {
        Some(memory) if !older.roots.is_empty() => {
            let known = (remembered, memory.state.root());
            check_history(options, &older, known, faults)
        }
        Some(_) | None => Ok(()),
    }
}

/// A ledger, and what is needed to check it.
struct LedgerToRead<'a> {
    ledger: LedgerName,
    /// The checkpoint published beside it.
    published: Option<Vec<u8>>,
    /// The keys trusted so far.
    trust: &'a TrustedLogs,
    /// What the other ledger anchors of it.
    anchors: Vec<AnchoredRoot>,
    /// Records of the other ledger, if that was read before.
    before: u64,
    /// Records of both ledgers, as their checkpoints state.
    total: Option<u64>,
}

/// How many records a note states, if it is a checkpoint.
fn size_stated(note: Option<&[u8]>) -> Option<u64> {
    Some(crate::head::stated(note?)?.size.get())
}

/// What came of one ledger.
struct LedgerOutcome {
    report: LedgerReport,
    end: LedgerEnd,
}

/// Checks one ledger by all rules, from where it was verified before.
fn check_ledger(
    options: &Options,
    read: LedgerToRead<'_>,
    keeper: &mut Keeper,
    mut faults: Faults,
) -> Result<LedgerOutcome, VerifyError> {
    let LedgerToRead {
        ledger,
        published,
        trust,
        anchors,
        before,
        total,
    } = read;
    let remembered = keeper.remembered(ledger, &options.remembered);
    let note = published.clone();
    let heads = Heads::new(ledger, published, &remembered, trust, &mut faults);
    let stated = heads.stated();
    let TakenUp {
        memory,
        forked,
        start,
    } = take_up(options, keeper, &heads, trust)?;
    let from = memory.as_ref().map_or(Size::EMPTY, |of| of.state.size());
    let mut anchored = Anchored {
        ledger,
        signed: stated,
        roots: anchors,
    };
    check_older(options, &mut anchored, keeper, from, &mut faults)?;
    let mut wanted = Wanted::new(stated, &anchored.roots);
    let mut roots = Roots::new(ledger, Some(&heads), anchored.roots);
    // If a checkpoint is remembered, that is what the fork is shown by.
    if let Some(of) = forked.filter(|of| of.checkpoint.is_none()) {
        let size = of.state.size();
        roots.expect_remembered(size, of.state.root());
        wanted.records = wanted.records.max(size);
    }
    let scratch = options.scratch.as_deref();
    let mut check = LedgerCheck::new(ledger, trust, roots, faults, scratch);
    check.set_stated(stated);
    if options.state.is_some() {
        check.keep_decisive_records();
    }
    if let Some(memory) = &memory
        && !check.resume_from(memory)
    {
        return Err(keeper.contradiction().into());
    }
    let reader = options.source.read(ledger, wanted, &start)?;
    let progress = Progress {
        ledger,
        anchors: false,
        records: from.get(),
        signed: stated,
        done: before,
        total,
    };
    let note = note.as_deref();
    drive(options, reader, &mut check, progress, &mut |check, feed| {
        keeper.pass(options, ledger, note, check, feed)
    })?;
    let mut end = check.finish(options.threads)?;
    let LedgerEnd {
        faults,
        content,
        heads: outcomes,
        found,
        ..
    } = &mut end;
    let judged = heads.judge(options, &content.trust, outcomes, *found, faults);
    let cut = content.successions.finish(*found);
    faults.extend(cut.map(|fault| succession_fault(ledger, fault)));
    let report = report(&options.trust, ledger, judged, &end);
    Ok(LedgerOutcome { report, end })
}

/// Something is wrong with what the first record says.
fn succession_fault(ledger: LedgerName, fault: SuccessionFault) -> Fault {
    Fault::at(ledger, Position::FIRST, None, Finding::Succession(fault))
}

/// Where a ledger is taken up.
struct TakenUp {
    /// What is remembered of the records before.
    memory: Option<LedgerMemory>,
    /// What is remembered of a ledger that is another by now.
    forked: Option<LedgerMemory>,
    start: Start,
}

/// Finds out where a ledger can be taken up: where it was verified to, if the last record verified before still stands
/// there, which is read again; else at its start.
///
/// Also at its start if that record is not there although the checkpoint covers it, which is how many are left is found
/// out, and if the checkpoint covers less than was verified and none is remembered that it could be compared with.
fn take_up(
    options: &Options,
    keeper: &mut Keeper,
    heads: &Heads,
    trust: &TrustedLogs,
) -> Result<TakenUp, VerifyError> {
    let (ledger, stated) = (heads.ledger(), heads.stated());
    let mut taken = TakenUp {
        memory: None,
        forked: None,
        start: Start::at_first(stated),
    };
    let Some(memory) = keeper.resume(ledger, heads).cloned() else {
        return Ok(taken);
    };
    let size = memory.state.size();
    let covered = stated.is_some_and(|stated| size <= stated);
    let start = Start {
        from: Size::new(size.get().saturating_sub(1)),
        place: None,
        cut: stated,
    };
    let continues = if stated.is_some() && !covered && memory.checkpoint.is_none() {
        false
    } else {
        let wanted = Wanted::new(stated, &[]);
        let mut reader = options.source.read(ledger, wanted, &start)?;
        let link = link_now(&mut reader, &Chain::new(trust.origin(ledger)), &memory)?;
        link.map_or(!covered, |link| link == memory.state.link)
    };
    if continues {
        taken.memory = Some(memory);
        taken.start = start;
    } else {
        keeper.forget(ledger);
        taken.forked = Some(memory);
    }
    Ok(taken)
}

/// What is done after each piece.
pub(crate) type AfterPiece<'a> =
    dyn FnMut(&mut LedgerCheck, &mut Feed<'_>) -> Result<(), VerifyError> + 'a;

/// Hands a ledger's pieces to its check.
pub(crate) fn drive(
    options: &Options,
    mut reader: LedgerReader,
    check: &mut LedgerCheck,
    progress: Progress,
    after: &mut AfterPiece<'_>,
) -> Result<(), VerifyError> {
    let context = Context {
        chain: Chain::new(options.trust.origin(progress.ledger)),
        cuts: check.awaited_sizes(),
    };
    thread::scope(|scope| {
        let workers = Workers::start(scope, context, options.threads);
        let mut feed = Feed::new(workers, &mut reader, Pass::Survey);
        while let Some(ready) = feed.next_ready()? {
            match ready {
                Ready::Piece(piece) => check.piece(piece),
                Ready::Computed(computed) => take(check, &mut feed, computed)?,
            }
            if let Some(claims) = check.take_claims(CLAIMS_PER_JOB) {
                feed.submit(claims);
            }
            check.forged(feed.take_forged());
            after(check, &mut feed)?;
            options.report(Progress {
                records: check.records(),
                done: progress.done.saturating_add(check.records()),
                ..progress
            });
        }
        settle(check, &mut feed);
        feed.drain();
        Ok(())
    })
}

/// Has all signatures read so far verified.
pub(crate) fn settle(check: &mut LedgerCheck, feed: &mut Feed<'_>) {
    if let Some(claims) = check.take_claims(1) {
        feed.submit(claims);
    }
    feed.settle();
    check.forged(feed.take_forged());
}

/// Hands what was computed of a part to the check: all at once if nothing is wrong, else record by record.
fn take(
    check: &mut LedgerCheck,
    feed: &mut Feed<'_>,
    computed: Computed,
) -> Result<(), SourceError> {
    match computed {
        Computed::Batches(batches) => batches.into_iter().for_each(|batch| check.batch(batch)),
        Computed::Survey(Part::Run(run), Surveyed::Unparsable) if !run.parsed => {
            feed.go_back(&run)?;
        }
        Computed::Survey(part, surveyed) => {
            let run = match &part {
                Part::Run(run) => Some(run),
                Part::Raw(_) => None,
            };
            let sound = match surveyed {
                Surveyed::Sound(survey) => check.survey(*survey, run).is_ok(),
                Surveyed::Odd | Surveyed::Unparsable => false,
            };
            if !sound {
                check.part(&part);
                // What is lost stays lost; so that the hashes are still computed on all cores.
                if !check.tree_is_known() {
                    feed.one_by_one();
                }
            }
            feed.recycle(part);
        }
        Computed::Leaves(..) => {}
    }
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
        remembered: end.remembered,
        signed: judged.signed,
        checkpoint_holds: judged.holds,
        cosignatures: judged.cosignatures,
        rotations: content.trust.rotated(ledger) as u64,
        successions: content.successions.report(),
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
    pub(crate) fn report(&self, progress: Progress) {
        if let Some(callback) = &self.progress {
            callback(progress);
        }
    }
}
