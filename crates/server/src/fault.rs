//! The first fault latches: after it nothing is acknowledged, and the process says why.

use std::sync::OnceLock;

use tokio::sync::Notify;

/// The first fault of the process, if there was one.
#[derive(Debug, Default)]
pub struct Fault {
    first: OnceLock<String>,
    notify: Notify,
}

impl Fault {
    /// Latches; later faults are logged and otherwise change nothing.
    pub(crate) fn latch(&self, place: &str, cause: &dyn std::error::Error) {
        let mut text = format!("{place}: {cause}");
        let mut source = cause.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        tracing::error!(fault = %text, "the registry stops accepting");
        metrics::gauge!("sabt_fault").set(1.0);
        if self.first.set(text).is_ok() {
            self.notify.notify_waiters();
        }
    }

    /// True after the first fault.
    pub fn is_latched(&self) -> bool {
        self.first.get().is_some()
    }

    /// What happened first.
    pub fn reason(&self) -> Option<&str> {
        self.first.get().map(String::as_str)
    }

    /// Returns when a fault has latched.
    pub async fn latched(&self) {
        loop {
            let notified = self.notify.notified();
            if self.is_latched() {
                return;
            }
            notified.await;
        }
    }
}
