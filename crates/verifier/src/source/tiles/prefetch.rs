//! Fetching ahead on a few threads, in bounded memory, and handing on in order.

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::source::SourceError;

/// Runs fetched or being fetched for each thread. It bounds memory: 4 threads x 4 runs, each of at most 56 KiB of entries,
/// and of 16 MiB of payloads if all were in the clear and as long as a payload can be.
const RUNS_PER_THREAD: u64 = 4;

/// What came of fetching one run; a panic travels to whoever waits for it.
type Outcome<T> = thread::Result<Result<T, SourceError>>;

/// Runs that are fetched ahead.
pub(super) struct Prefetch<T> {
    shared: Arc<Shared<T>>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    /// The run after the last.
    end: u64,
    /// Most runs fetched ahead of the one whose turn it is.
    ahead: u64,
}

struct State<T> {
    /// The next run to be fetched.
    next: u64,
    /// The run whose turn it is.
    turn: u64,
    fetched: BTreeMap<u64, Outcome<T>>,
    stopped: bool,
}

impl<T: Send + 'static> Prefetch<T> {
    /// Fetches these runs on so many threads.
    pub(super) fn start(
        runs: Range<u64>,
        threads: usize,
        fetch: impl Fn(u64) -> Result<T, SourceError> + Send + Sync + 'static,
    ) -> Self {
        let count = runs.end.saturating_sub(runs.start);
        let threads = u64::try_from(threads).unwrap_or(u64::MAX).min(count);
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                next: runs.start,
                turn: runs.start,
                fetched: BTreeMap::new(),
                stopped: false,
            }),
            changed: Condvar::new(),
            end: runs.end.max(runs.start),
            ahead: threads.saturating_mul(RUNS_PER_THREAD),
        });
        let fetch = Arc::new(fetch);
        let spawn = |_| {
            let (shared, fetch) = (Arc::clone(&shared), Arc::clone(&fetch));
            thread::spawn(move || shared.work(fetch.as_ref()))
        };
        Self {
            threads: (0..threads).map(spawn).collect(),
            shared,
        }
    }

    /// Most runs fetched ahead of the one whose turn it is.
    pub(super) fn ahead(&self) -> u64 {
        self.shared.ahead
    }

    /// The next run in order; `None` at the end.
    ///
    /// # Panics
    /// If fetching it panicked, with what it panicked with.
    pub(super) fn next(&mut self) -> Result<Option<T>, SourceError> {
        let mut state = self.shared.lock();
        if state.turn == self.shared.end {
            return Ok(None);
        }
        let turn = state.turn;
        let outcome = loop {
            if let Some(outcome) = state.fetched.remove(&turn) {
                break outcome;
            }
            state = self.shared.wait(state);
        };
        state.turn += 1;
        drop(state);
        self.shared.changed.notify_all();
        outcome
            .unwrap_or_else(|panic| resume_unwind(panic))
            .map(Some)
    }
}

impl<T> Drop for Prefetch<T> {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // Panics were caught and handed on.
            drop(thread.join());
        }
    }
}

impl<T> Shared<T> {
    /// The life of a thread: until all runs are fetched or nobody wants them.
    fn work(&self, fetch: &(impl Fn(u64) -> Result<T, SourceError> + ?Sized)) {
        loop {
            let mut state = self.lock();
            while !state.stopped
                && state.next < self.end
                && state.turn.saturating_add(self.ahead) <= state.next
            {
                state = self.wait(state);
            }
            if state.stopped || state.next == self.end {
                return;
            }
            let run = state.next;
            state.next += 1;
            drop(state);
            let outcome = catch_unwind(AssertUnwindSafe(|| fetch(run)));
            self.lock().fetched.insert(run, outcome);
            self.changed.notify_all();
        }
    }

    /// Nothing panics while the lock is held.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State<T>>) -> MutexGuard<'s, State<T>> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }
}
