//! What the anchors in one ledger state of the other, compared with it.

use std::thread;

use sabt_chain::tree::Frontier;
use sabt_chain::{Chain, Hash, LedgerName, Size};

use crate::faults::Faults;
use crate::feed::{Feed, Ready};
use crate::ledger::LedgerCheck;
use crate::roots::{AnchoredRoot, Roots};
use crate::run::{Options, Progress, VerifyError, drive};
use crate::source::{SourceError, Start, Wanted};
use crate::waypoints::{Waypoint, Waypoints};
use crate::work::{Computed, Context, Pass, Workers};

/// What one ledger's anchors state of the other.
pub(crate) struct Anchored {
    /// The ledger that is anchored.
    pub(crate) ledger: LedgerName,
    /// How many of its records its checkpoint signs.
    pub(crate) signed: Option<Size>,
    /// The roots it must have.
    pub(crate) roots: Vec<AnchoredRoot>,
}

/// Compares what the other ledger anchors of a damaged ledger: reads it again by all rules, so that what could be mended
/// is in the tree, and keeps what is wrong with the anchors; the rest is reported already.
pub(crate) fn check_anchors_by_all_rules(
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
        done: 0,
        total: None,
    };
    drive(options, reader, &mut check, progress, &mut |_, _| Ok(()))?;
    let found = check.finish(options.threads)?.faults.into_sorted();
    faults.extend(found.into_iter().filter(|fault| fault.ledger != ledger));
    Ok(())
}

/// Compares what the other ledger anchors of a ledger that was read to its end, which is at `found` records: reads on
/// from the waypoint before each size anchored, for the tree alone.
pub(crate) fn check_anchors(
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

/// Compares what the other ledger anchors of the part of a ledger that was verified before: reads that part again, for
/// its tree alone, which must come out as remembered.
pub(crate) fn check_history(
    options: &Options,
    anchored: &Anchored,
    remembered: (Size, Hash),
    faults: &mut Faults,
) -> Result<(), VerifyError> {
    let (size, root) = remembered;
    let mut roots = Roots::new(anchored.ledger, None, anchored.roots.clone());
    roots.expect_remembered(size, root);
    let leg = Leg {
        ledger: anchored.ledger,
        // As many as its checkpoint signs: a source may have the last ones in no other number.
        wanted: Wanted::new(anchored.signed, &[]),
        waypoint: Waypoint {
            tree: Frontier::new(),
            recorded_at: None,
            place: None,
        },
    };
    if !leg.walk(options, &mut roots, &Waypoints::new(), faults)? {
        // The records end, or cannot be read, before what is remembered.
        faults.extend(roots.finish(Size::EMPTY));
    }
    Ok(())
}

/// A part of a ledger that is read for its tree alone.
struct Leg {
    ledger: LedgerName,
    wanted: Wanted,
    waypoint: Waypoint,
}

impl Leg {
    /// Compares the roots awaited here, until none is left or a later waypoint stands before the next, beyond what is read
    /// ahead anyway; `false` if the next one is not reached.
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
            place,
        } = self.waypoint;
        let start = Start {
            from: tree.size(),
            place,
            cut: None,
        };
        faults.extend(roots.compare(&tree, recorded_at));
        let context = Context {
            chain: Chain::new(options.trust.origin(ledger)),
            cuts: roots.sizes(),
        };
        let mut reader = options.source.read(ledger, self.wanted, &start)?;
        let ahead = reader.records_ahead();
        thread::scope(|scope| {
            let workers = Workers::start(scope, context, options.threads);
            let mut feed = Feed::new(workers, &mut reader, Pass::Leaves(tree.size()));
            let mut known = true;
            while let Some(next) = roots.next_size() {
                let far = tree.size().get().saturating_add(ahead);
                let jump = waypoints.before(next);
                if jump.is_some_and(|waypoint| far < waypoint.tree.size().get()) {
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
                    done: 0,
                    total: None,
                });
            }
            feed.drain();
            Ok(known)
        })
    }
}
