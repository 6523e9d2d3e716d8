//! The order of work: read, hash on all cores, check in order.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use sabt_chain::policy::Policy;
use sabt_chain::tree::Frontier;
use sabt_chain::{Chain, LedgerName, Position, Size};

use crate::act_ids::ScratchError;
use crate::fault::{Fault, Finding, SuccessionFault};
use crate::faults::Faults;
use crate::feed::{Feed, Ready};
use crate::head::{Heads, Judged};
use crate::ledger::{LedgerCheck, LedgerEnd};
use crate::report::{LedgerReport, Report};
use crate::roots::{AnchoredRoot, Roots};
use crate::signatures::CLAIMS_PER_JOB;
use crate::source::{LedgerReader, Source, SourceError, Start, Wanted};
use crate::succession::Succession;
use crate::survey::Surveyed;
use crate::trust::TrustedLogs;
use crate::waypoints::{Waypoint, Waypoints};
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
/// reading the events ledger again just before the sizes anchored, for its tree alone. Each checkpoint is read before its records. So nothing
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
    let registries = [&content.succession, &disclosures_end.content.succession]
        .map(|succession| succession.as_ref().map(Succession::registry));
    if registries[0] != registries[1] {
        let fault = SuccessionFault::OtherLedger;
        faults.add(succession_fault(LedgerName::Disclosures, fault));
    }
    let anchors = disclosures_end.content.anchors;
    let anchored = Anchored {
        ledger: LedgerName::Events,
        signed: events.signed,
        roots: anchors,
    };
    if anchored.roots.is_empty() {
        // Nothing to compare.
    } else if events_end.tally.damaged {
        check_anchors_by_all_rules(options, &anchored, &mut faults)?;
    } else {
        let found = events_end.state.size();
        check_anchors(
            options,
            &anchored,
            &events_end.waypoints,
            found,
            &mut faults,
        )?;
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
) -> Result<LedgerOutcome, VerifyError> {
    let published = options.source.checkpoint(ledger)?;
    let heads = Heads::new(ledger, published, &options.remembered, trust, &mut faults);
    let stated = heads.stated();
    let wanted = Wanted::new(stated, &anchors);
    let roots = Roots::new(ledger, Some(&heads), anchors);
    let scratch = options.scratch.as_deref();
    let mut check = LedgerCheck::new(ledger, trust, roots, faults, scratch);
    let reader = options
        .source
        .read(ledger, wanted, &Start::at_first(stated))?;
    let progress = Progress {
        ledger,
        anchors: false,
        records: 0,
        signed: heads.stated(),
    };
    drive(options, reader, &mut check, progress)?;
    let mut end = check.finish()?;
    let LedgerEnd {
        faults,
        content,
        heads: outcomes,
        found,
        ..
    } = &mut end;
    let judged = heads.judge(options, &content.trust, outcomes, *found, faults);
    let succession = content.succession.as_ref();
    let cut = succession.and_then(|succession| succession.finish(*found));
    faults.extend(cut.map(|fault| succession_fault(ledger, fault)));
    let report = report(&options.trust, ledger, judged, &end);
    Ok(LedgerOutcome { report, end })
}

/// Something is wrong with what the first record says.
fn succession_fault(ledger: LedgerName, fault: SuccessionFault) -> Fault {
    Fault {
        ledger,
        position: Some(Position::FIRST),
        place: None,
        finding: Finding::Succession(fault),
    }
}

/// Hands a ledger's pieces to its check.
fn drive(
    options: &Options,
    mut reader: LedgerReader,
    check: &mut LedgerCheck,
    progress: Progress,
) -> Result<(), SourceError> {
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
            options.report(Progress {
                records: check.records(),
                ..progress
            });
        }
        if let Some(claims) = check.take_claims(1) {
            feed.submit(claims);
        }
        feed.drain();
        check.forged(feed.take_forged());
        Ok(())
    })
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

/// Compares what the other ledger anchors of a damaged ledger: reads it again by all rules, so that what could be mended
/// is in the tree, and keeps what is wrong with the anchors; the rest is reported already.
fn check_anchors_by_all_rules(
    options: &Options,
    anchored: &Anchored,
    faults: &mut Faults,
) -> Result<(), VerifyError> {
    let Anchored {
        ledger,
        signed,
        ref roots,
    } = *anchored;
    let wanted = Wanted::new(signed, roots);
    let roots = Roots::new(ledger, None, roots.clone());
    let mut check = LedgerCheck::new(
        ledger,
        &options.trust,
        roots,
        Faults::new(options.faults_listed),
        options.scratch.as_deref(),
    );
    let reader = options
        .source
        .read(ledger, wanted, &Start::at_first(None))?;
    let progress = Progress {
        ledger,
        anchors: true,
        records: 0,
        signed: Some(wanted.records),
    };
    drive(options, reader, &mut check, progress)?;
    let found = check.finish()?.faults.into_sorted();
    faults.extend(found.into_iter().filter(|fault| fault.ledger != ledger));
    Ok(())
}

/// Compares what the other ledger anchors of a ledger that was read to its end, which is at `found` records: reads on
/// from the waypoint before each size anchored, for the tree alone.
fn check_anchors(
    options: &Options,
    anchored: &Anchored,
    waypoints: &Waypoints,
    found: Size,
    faults: &mut Faults,
) -> Result<(), VerifyError> {
    let Anchored { ledger, signed, .. } = *anchored;
    let mut roots = Roots::new(ledger, None, anchored.roots.clone());
    let mut awaited = Faults::new(options.faults_listed);
    awaited.extend(roots.compare(&Frontier::new(), None));
    while let Some(size) = roots.next_size().filter(|size| *size <= found) {
        let known = match waypoints.before(size) {
            None => false,
            Some(waypoint) => {
                let leg = Leg {
                    ledger,
                    wanted: Wanted::new(signed, &anchored.roots),
                    start: Start {
                        from: waypoint.tree.size(),
                        place: waypoint.place.clone(),
                        cut: None,
                    },
                    waypoint: waypoint.clone(),
                };
                leg.walk(options, &mut roots, waypoints, &mut awaited)?
            }
        };
        if !known {
            // Something was gone through one by one there, or reads otherwise than before.
            return check_anchors_by_all_rules(options, anchored, faults);
        }
    }
    awaited.extend(roots.finish(found));
    faults.absorb(awaited);
    Ok(())
}

/// A part of a ledger that is read for its tree alone.
struct Leg {
    ledger: LedgerName,
    wanted: Wanted,
    start: Start,
    waypoint: Waypoint,
}

impl Leg {
    /// Compares the roots awaited here, until none is left or a later waypoint stands before the next; `false` if the
    /// next one is not reached.
    fn walk(
        self,
        options: &Options,
        roots: &mut Roots,
        waypoints: &Waypoints,
        faults: &mut Faults,
    ) -> Result<bool, SourceError> {
        let ledger = self.ledger;
        let Waypoint {
            mut tree,
            recorded_at,
            ..
        } = self.waypoint;
        faults.extend(roots.compare(&tree, recorded_at));
        let context = Context {
            chain: Chain::new(options.trust.origin(ledger)),
            cuts: roots.sizes(),
        };
        let mut reader = options.source.read(ledger, self.wanted, &self.start)?;
        thread::scope(|scope| {
            let workers = Workers::start(scope, context, options.threads);
            let mut feed = Feed::new(workers, &mut reader, Pass::Leaves(tree.size()));
            let mut known = true;
            while let Some(next) = roots.next_size() {
                let jump = waypoints.before(next);
                if jump.is_some_and(|waypoint| tree.size() < waypoint.tree.size()) {
                    break;
                }
                let Some(ready) = feed.next_ready()? else {
                    known = false;
                    break;
                };
                let Ready::Computed(Computed::Leaves(part, leaves)) = ready else {
                    // There was no damage on the first pass.
                    continue;
                };
                known = leaves.is_some_and(|leaves| {
                    leaves.iter().all(|(range, recorded_at)| {
                        let follows = tree.extend(range).is_ok();
                        faults.extend(roots.compare(&tree, Some(*recorded_at)));
                        follows
                    })
                });
                if !known {
                    break;
                }
                feed.recycle(part);
                options.report(Progress {
                    ledger,
                    anchors: true,
                    records: tree.size().get(),
                    signed: Some(self.wanted.records),
                });
            }
            feed.drain();
            Ok(known)
        })
    }
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
        succession: content.succession.as_ref().map(Succession::report),
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
