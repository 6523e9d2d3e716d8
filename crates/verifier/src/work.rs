//! The worker threads: hashing and signatures, spread over all cores with bounded memory.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Scope};

use sabt_chain::tree::LeafRange;
use sabt_chain::{Chain, Size, Timestamp};

use crate::examine::{Batch, RawRecord, examine_raw, examine_run};
use crate::signatures::{Claim, forged_claims};
use crate::survey::{Surveyed, leaves_of_raw, leaves_of_run, survey_raw, survey_run};
use crate::walk::FrameRun;

/// Jobs under way for each thread: one being worked on, two waiting, so that no thread runs dry while the one that hands
/// them out does one itself.
const JOBS_PER_THREAD: usize = 3;

/// Most threads. Reading one ledger in order feeds no more; it also bounds memory: 64 threads x 3 jobs x 256 KiB of
/// frames, 48 MiB.
pub(crate) const THREADS_MAX: usize = 64;

/// Number of a piece of a ledger, in the order in which it was read.
pub(crate) type Sequence = u64;

/// How much is computed of each record.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pass {
    /// Everything; records are gone through one by one only where something is wrong.
    Survey,
    /// Everything, with all records to be gone through one by one.
    OneByOne,
    /// The leaves of the tree alone, after this many records.
    Leaves(Size),
}

/// A part of a ledger, as it was read.
#[derive(Debug)]
pub(crate) enum Part {
    /// Frames.
    Run(FrameRun),
    /// Records without frames.
    Raw(Vec<RawRecord>),
}

/// Something to compute.
#[derive(Debug)]
pub(crate) enum Job {
    /// The hashes of a part.
    Part(Sequence, Part, Pass),
    /// Signatures to be verified.
    Signatures(Vec<Claim>),
}

/// What was computed of a part.
#[derive(Debug)]
pub(crate) enum Computed {
    /// Of all records at once.
    Survey(Part, Surveyed),
    /// Of each record.
    Batches(Vec<Batch>),
    /// Leaves, and when the last record of each range was recorded; `None` if they cannot be read.
    Leaves(Part, Option<Vec<(LeafRange, Timestamp)>>),
}

/// What came of a job.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Hashes.
    Part(Sequence, Computed),
    /// The claims whose signature is forged.
    Forged(Vec<Claim>),
}

/// What the workers need to know of the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// Its chain.
    pub(crate) chain: Chain,
    /// The sizes at which the root of its tree is wanted, in ascending order.
    pub(crate) cuts: Arc<[Size]>,
}

/// The workers of one ledger, of which the calling thread is one: what is waiting it does itself rather than wait.
///
/// At most [`Workers::capacity`] jobs are under way at any time. Both channels hold that many, so no thread ever waits
/// for another to take something, and the one that hands out jobs cannot lock up with the ones that do them.
pub(crate) struct Workers {
    context: Context,
    pool: Pool,
    under_way: usize,
    capacity: usize,
}

enum Pool {
    /// No threads: a job is done when it is handed in. For small ledgers and tests.
    Inline(VecDeque<Outcome>),
    Threads {
        jobs: SyncSender<Job>,
        queue: Arc<Mutex<Receiver<Job>>>,
        outcomes: Receiver<thread::Result<Outcome>>,
    },
}

impl Workers {
    /// Starts workers in `scope`, so that with the calling thread there are `threads`.
    pub(crate) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        context: Context,
        threads: NonZeroUsize,
    ) -> Self {
        let threads = threads.get().min(THREADS_MAX);
        let capacity = threads * JOBS_PER_THREAD;
        let pool = if threads == 1 {
            Pool::Inline(VecDeque::new())
        } else {
            let (jobs, queue) = sync_channel(capacity);
            let (outcome_sender, outcomes) = sync_channel(capacity);
            let queue = Arc::new(Mutex::new(queue));
            for _ in 1..threads {
                let queue = Arc::clone(&queue);
                let outcome_sender = outcome_sender.clone();
                let context = context.clone();
                scope.spawn(move || work(&context, &queue, &outcome_sender));
            }
            Pool::Threads {
                jobs,
                queue,
                outcomes,
            }
        };
        Self {
            context,
            pool,
            under_way: 0,
            capacity,
        }
    }

    /// Whether another job may be handed in now.
    pub(crate) const fn has_room(&self) -> bool {
        self.under_way < self.capacity
    }

    /// How many jobs may be under way.
    pub(crate) const fn capacity(&self) -> usize {
        self.capacity
    }

    /// Hands a job in. There must be room.
    pub(crate) fn submit(&mut self, job: Job) {
        assert!(
            self.has_room(),
            "more jobs under way than the channels hold"
        );
        self.under_way += 1;
        match &mut self.pool {
            Pool::Inline(done) => done.push_back(perform(&self.context, job)),
            Pool::Threads { jobs, .. } => {
                jobs.send(job)
                    .expect("workers live until the channel closes");
            }
        }
    }

    /// Waits for the next outcome; `None` when nothing is under way. Outcomes come in any order.
    ///
    /// # Panics
    /// If a worker panicked, with what it panicked with.
    pub(crate) fn receive(&mut self) -> Option<Outcome> {
        self.under_way = self.under_way.checked_sub(1)?;
        match &mut self.pool {
            Pool::Inline(done) => done.pop_front(),
            Pool::Threads {
                queue, outcomes, ..
            } => {
                let outcome = match outcomes.try_recv() {
                    Ok(outcome) => outcome,
                    Err(_nothing_yet) => match waiting(queue) {
                        Some(job) => return Some(perform(&self.context, job)),
                        None => outcomes
                            .recv()
                            .expect("workers live until the channel closes"),
                    },
                };
                Some(outcome.unwrap_or_else(|panic| resume_unwind(panic)))
            }
        }
    }
}

/// A job that nobody has taken. A worker that has nothing to do holds the lock while it waits for one: then there is none.
fn waiting(queue: &Mutex<Receiver<Job>>) -> Option<Job> {
    queue.try_lock().ok()?.try_recv().ok()
}

/// The life of one worker: until no more jobs can come.
fn work(
    context: &Context,
    jobs: &Mutex<Receiver<Job>>,
    outcomes: &SyncSender<thread::Result<Outcome>>,
) {
    loop {
        // Nothing can panic while the lock is held.
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // A panic must reach the thread that waits for the outcome, or it would wait for ever.
        let outcome = catch_unwind(AssertUnwindSafe(|| perform(context, job)));
        if outcomes.send(outcome).is_err() {
            return;
        }
    }
}

fn perform(context: &Context, job: Job) -> Outcome {
    let Context { chain, cuts } = context;
    match job {
        Job::Signatures(claims) => Outcome::Forged(forged_claims(chain.origin(), &claims)),
        Job::Part(sequence, part, pass) => {
            let computed = match (pass, &part) {
                (Pass::Survey, Part::Run(run)) => {
                    let surveyed = survey_run(chain, run, cuts);
                    Computed::Survey(part, surveyed)
                }
                (Pass::Survey, Part::Raw(raw)) => {
                    let surveyed = survey_raw(chain, raw, cuts);
                    Computed::Survey(part, surveyed)
                }
                // Frames that were not looked at yet may be none.
                (Pass::OneByOne, Part::Run(run)) if !run.parsed => {
                    let surveyed = survey_run(chain, run, cuts);
                    Computed::Survey(part, surveyed)
                }
                (Pass::OneByOne, Part::Run(run)) => Computed::Batches(examine_run(chain, run)),
                (Pass::OneByOne, Part::Raw(raw)) => {
                    Computed::Batches(vec![examine_raw(chain, raw)])
                }
                (Pass::Leaves(from), Part::Run(run)) => {
                    let leaves = leaves_of_run(run, from, cuts);
                    Computed::Leaves(part, leaves)
                }
                (Pass::Leaves(from), Part::Raw(raw)) => {
                    let leaves = leaves_of_raw(raw, from, cuts);
                    Computed::Leaves(part, leaves)
                }
            };
            Outcome::Part(sequence, computed)
        }
    }
}
