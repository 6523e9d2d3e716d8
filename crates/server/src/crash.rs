//! Named points at which a test build kills the process, and a disk that fails for it.
//!
//! With the feature `crash-points` a process started with `SABT_CRASH_AT=<point>:<n>` kills itself with
//! SIGKILL the n-th time it passes the point, and one started with `SABT_DISK_FAULT` meets the fault that it names
//! (`disk`). Without the feature nothing of this is compiled in.

#[cfg(feature = "crash-points")]
mod disk;

use std::sync::Arc;

use sabt_chain::LedgerName;
use sabt_journal::storage::Storage;

/// Passes a named point.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub(crate) fn point(_name: &'static str) {}

/// The disk of a ledger.
#[cfg(not(feature = "crash-points"))]
#[inline]
pub(crate) fn disk(_ledger: LedgerName, storage: Arc<dyn Storage>) -> Arc<dyn Storage> {
    storage
}

/// The disk of a ledger, which fails where a test says so.
#[cfg(feature = "crash-points")]
pub(crate) fn disk(ledger: LedgerName, storage: Arc<dyn Storage>) -> Arc<dyn Storage> {
    disk::faulty(ledger, storage)
}

/// Passes a named point.
#[cfg(feature = "crash-points")]
pub(crate) fn point(name: &'static str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static TARGET: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static PASSED: AtomicU64 = AtomicU64::new(0);

    let target = TARGET.get_or_init(|| {
        #[expect(
            clippy::disallowed_methods,
            reason = "a test build is told where to die"
        )]
        let value = std::env::var("SABT_CRASH_AT").ok()?;
        let (point, count) = value.split_once(':')?;
        Some((point.to_owned(), count.parse().ok()?))
    });
    let Some((wanted, count)) = target else {
        return;
    };
    if wanted == name && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *count {
        // A crash, not an exit: no destructor runs, no buffer is flushed.
        if rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)
            .is_err()
        {
            std::process::abort();
        }
    }
}
