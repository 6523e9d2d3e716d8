//! The only clock of Sabt.

use std::sync::atomic::{AtomicI64, Ordering};

/// Reads the time, in microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    fixed: Option<std::sync::Arc<AtomicI64>>,
}

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Self { fixed: None }
    }

    /// A clock that stands still until [`Clock::set`]; for tests and reproducible stores.
    pub fn fixed(micros: i64) -> Self {
        Self {
            fixed: Some(std::sync::Arc::new(AtomicI64::new(micros))),
        }
    }

    /// Moves a fixed clock; does nothing to the clock of the machine.
    pub fn set(&self, micros: i64) {
        if let Some(fixed) = &self.fixed {
            fixed.store(micros, Ordering::SeqCst);
        }
    }

    /// Now. Before 1970 or beyond the year 290,000 the clock is broken and 0 is returned.
    pub fn now_micros(&self) -> i64 {
        if let Some(fixed) = &self.fixed {
            return fixed.load(Ordering::SeqCst);
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that reads the clock"
        )]
        let now = std::time::SystemTime::now();
        now.duration_since(std::time::UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_micros()).ok())
            .unwrap_or(0)
    }

    /// A new `UUIDv7` (RFC 9562): the time to the millisecond, and randomness.
    pub(crate) fn new_id(&self) -> uuid::Uuid {
        let micros = self.now_micros().max(0).unsigned_abs();
        let nanos = u32::try_from(micros % 1_000_000 * 1_000).unwrap_or(0);
        uuid::Uuid::new_v7(uuid::Timestamp::from_unix(
            uuid::NoContext,
            micros / 1_000_000,
            nanos,
        ))
    }
}
