//! The first fault latches: after it nothing is acknowledged, and the process says why. A disk without room is no fault:
//! what needs room is refused until there is some.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use sabt_chain::LedgerName;
use tokio::sync::{Notify, watch};

/// The first fault of the process, if there was one, and which ledgers have no room.
#[derive(Debug, Default)]
pub struct Fault {
    first: OnceLock<String>,
    notify: Notify,
    full: watch::Sender<BTreeSet<LedgerName>>,
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

    /// Notes whether the disk has room for more of a ledger.
    pub(crate) fn set_full(&self, ledger: LedgerName, is_full: bool) {
        let changed = self.full.send_if_modified(|full| {
            if is_full {
                full.insert(ledger)
            } else {
                full.remove(&ledger)
            }
        });
        if changed {
            let name = ledger.as_str();
            let value = if is_full { 1.0 } else { 0.0 };
            metrics::gauge!("sabt_ledger_full", "ledger" => name).set(value);
            if is_full {
                tracing::warn!(ledger = name, "no space left: the ledger takes no records");
            } else {
                tracing::info!(
                    ledger = name,
                    "there is space again: the ledger takes records"
                );
            }
        }
    }

    /// Tells when a ledger has no room any more, and when it has some again.
    pub(crate) fn watch_full(&self) -> watch::Receiver<BTreeSet<LedgerName>> {
        self.full.subscribe()
    }

    /// Why not everything is accepted: the first fault, or else a ledger without room.
    pub fn problem(&self) -> Option<String> {
        if let Some(reason) = self.reason() {
            return Some(reason.to_owned());
        }
        let full = self.full.borrow();
        let names: Vec<_> = full.iter().map(|ledger| ledger.as_str()).collect();
        (!names.is_empty()).then(|| {
            format!(
                "the disk has no room for more of these ledgers: {}; make space, nothing has to be restarted",
                names.join(", ")
            )
        })
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
