//! Merges of tables that leave the processors to whoever waits.
//!
//! The engine merges two levels of a table in one go: a few seconds of one processor, now and then. On average that is a few
//! hundredths of a processor, but while it lasts, a machine that is well used has one processor less, and every call waits
//! in a queue that grows. So a merge works for a few milliseconds and rests for twice as long, unless it keeps something
//! else waiting: the same thread flushes tables, and writes wait when too much is to be flushed.
//!
//! The engine calls a filter for every entry that it merges; this one keeps every entry, and takes its time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fjall::compaction::filter::{
    CompactionFilter, CompactionFilterResult, Context, Factory, ItemAccessor, Verdict,
};

/// Entries of a merge between two looks at the clock: a quarter of a millisecond.
const ENTRIES: u32 = 256;

/// How long a merge works before it rests.
const WORK: Duration = Duration::from_millis(2);

/// How many times as long as it worked it rests.
const REST: u32 = 2;

/// The longest rest: what looks like work may have been waiting for a processor.
const REST_MAX: Duration = Duration::from_millis(20);

/// Flushes and loads that may wait for a merge that takes its time.
const WAITING_MAX: u64 = 4;

/// How fast merges are to be.
#[derive(Default)]
pub(super) struct Pace {
    /// Flushes and loads that were asked for since the store was opened.
    asked: AtomicU64,
    closing: Mutex<bool>,
    closes: Condvar,
}

impl Pace {
    /// A flush or a load was asked for, behind what is being merged.
    pub(super) fn asked(&self) {
        self.asked.fetch_add(1, Ordering::Relaxed);
    }

    /// Closing waits for the merge that is under way, so that it rests no more.
    pub(super) fn closing(&self) {
        *self.closing.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.closes.notify_all();
    }

    /// Rests, unless the store is being closed.
    fn rest(&self, span: Duration) {
        let closing = self.closing.lock().unwrap_or_else(PoisonError::into_inner);
        // Woken early or late, a merge goes on: whether the lock is poisoned makes no difference to it.
        drop(
            self.closes
                .wait_timeout_while(closing, span, |closing| !*closing),
        );
    }
}

/// Makes the filter of each merge.
pub(super) struct Paced(pub(super) Arc<Pace>);

impl Factory for Paced {
    fn name(&self) -> &'static str {
        "pace"
    }

    fn make_filter(&self, _context: &Context) -> Box<dyn CompactionFilter> {
        Box::new(Merge::begin(&self.0))
    }
}

/// One merge.
struct Merge {
    pace: Arc<Pace>,
    asked_before: u64,
    entries: u32,
    /// When it last rested.
    since: Instant,
}

impl Merge {
    fn begin(pace: &Arc<Pace>) -> Self {
        Self {
            pace: Arc::clone(pace),
            // Everything that was asked for before is done: it is all one thread.
            asked_before: pace.asked.load(Ordering::Relaxed),
            entries: 0,
            since: Instant::now(),
        }
    }

    /// Rests, if it has worked for long enough and keeps little waiting.
    fn rest(&mut self) {
        let worked = self.since.elapsed();
        if worked < WORK {
            return;
        }
        if self.may_rest() {
            self.pace.rest((worked * REST).min(REST_MAX));
        }
        self.since = Instant::now();
    }

    fn may_rest(&self) -> bool {
        self.pace.asked.load(Ordering::Relaxed) - self.asked_before < WAITING_MAX
    }
}

impl CompactionFilter for Merge {
    fn filter_item(
        &mut self,
        _item: ItemAccessor<'_>,
        _context: &Context,
    ) -> CompactionFilterResult {
        self.entries += 1;
        if self.entries == ENTRIES {
            self.entries = 0;
            self.rest();
        }
        Ok(Verdict::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_that_keeps_others_waiting_rests_no_more() {
        let pace = Arc::new(Pace::default());
        pace.asked();
        let merge = Merge::begin(&pace);
        for _ in 1..WAITING_MAX {
            pace.asked();
            assert!(merge.may_rest());
        }
        pace.asked();
        assert!(!merge.may_rest());
        assert!(Merge::begin(&pace).may_rest());
    }

    #[test]
    fn closing_ends_every_rest() {
        let pace = Arc::new(Pace::default());
        let resting = Arc::clone(&pace);
        let rest = std::thread::spawn(move || resting.rest(Duration::MAX));
        pace.closing();
        rest.join().unwrap();
        // And none begins.
        pace.rest(Duration::MAX);
    }
}
