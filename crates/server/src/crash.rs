//! Named points at which a test build kills the process.
//!
//! With the feature `crash-points` a process started with `SABT_CRASH_AT=<point>:<n>` kills itself with
//! SIGKILL the n-th time it passes the point. Without the feature nothing of this is compiled in.

/// Passes a named point.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub(crate) fn point(_name: &'static str) {}

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
