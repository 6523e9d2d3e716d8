//! The scrubber: reads both ledgers again and again, slowly, so that damage is found before it is needed.
//!
//! What it finds stops nothing: the registry goes on, and says so in its log, its metrics and its status. Whoever makes
//! backups is refused at the same places.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use sabt_chain::LedgerName;
use sabt_journal::{Damage, FileJournal, ScrubStep};
use sabt_proto::api::v1 as api;

use crate::clock::Clock;
use crate::erasures::Erasures;
use crate::limits::{SCRUB_GRANULE_BYTES, SCRUB_PAUSE, SCRUB_PLACES_MAX};

/// What the scrubber works with.
pub(crate) struct Scrubbing {
    /// The events first.
    pub(crate) journals: [Arc<FileJournal>; 2],
    pub(crate) clock: Clock,
    pub(crate) bytes_per_second: u64,
}

/// The way to the scrubber's thread, which ends at once when this is dropped.
pub(crate) struct Scrubber {
    _open: Sender<()>,
    state: Arc<State>,
}

impl Scrubber {
    /// What was found in a ledger, and how far the pass is.
    pub(crate) fn status(&self, ledger: LedgerName) -> api::ScrubStatus {
        self.state.of(ledger).clone()
    }
}

/// What was found so far.
#[derive(Default)]
struct State {
    events: Mutex<api::ScrubStatus>,
    disclosures: Mutex<api::ScrubStatus>,
}

impl State {
    fn of(&self, ledger: LedgerName) -> MutexGuard<'_, api::ScrubStatus> {
        let status = match ledger {
            LedgerName::Events => &self.events,
            LedgerName::Disclosures => &self.disclosures,
        };
        status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the thread.
pub(crate) fn start(scrubbing: Scrubbing) -> std::io::Result<(Scrubber, JoinHandle<()>)> {
    let (open, closed) = channel();
    let state = Arc::new(State::default());
    let worker = Worker {
        pace: Pace::new(scrubbing.bytes_per_second),
        scrubbing,
        state: Arc::clone(&state),
        told: BTreeSet::new(),
        closed,
    };
    let thread = std::thread::Builder::new()
        .name("scrubber".to_owned())
        .spawn(move || worker.run())?;
    Ok((Scrubber { _open: open, state }, thread))
}

struct Worker {
    scrubbing: Scrubbing,
    state: Arc<State>,
    pace: Pace,
    /// Places that were told: ledger, file, offset, position.
    told: BTreeSet<(LedgerName, String, u64, u64)>,
    closed: Receiver<()>,
}

impl Worker {
    fn run(mut self) {
        let journals = self.scrubbing.journals.clone();
        loop {
            for journal in &journals {
                if !self.pass(journal) {
                    return;
                }
            }
            if !self.wait(SCRUB_PAUSE) {
                return;
            }
        }
    }

    /// One pass over a ledger. False: the registry closes.
    fn pass(&mut self, journal: &FileJournal) -> bool {
        let ledger = journal.chain().origin().ledger();
        let mut scrub = journal.scrub();
        let mut erasures = Erasures::default();
        {
            let mut status = self.state.of(ledger);
            status.bytes_read = 0;
            status.bytes = scrub.bytes();
        }
        let read_total = metrics::counter!("sabt_scrub_bytes_total");
        loop {
            let mut found = Vec::new();
            let step = scrub.step(&mut |record| erasures.of(record), &mut |damage| {
                found.push(damage);
            });
            for damage in found {
                self.tell(ledger, &damage);
            }
            match step {
                ScrubStep::Read { bytes } => {
                    read_total.increment(bytes);
                    self.state.of(ledger).bytes_read += bytes;
                    if let Some(pause) = self.pace.after(bytes)
                        && !self.wait(pause)
                    {
                        return false;
                    }
                }
                ScrubStep::Ended => {
                    self.ended(ledger);
                    return true;
                }
            }
        }
    }

    fn ended(&self, ledger: LedgerName) {
        let now = self.scrubbing.clock.now_micros();
        let mut status = self.state.of(ledger);
        status.passes += 1;
        status.last_pass_at = now;
        let seconds = Duration::from_micros(now.max(0).unsigned_abs()).as_secs_f64();
        metrics::gauge!("sabt_scrub_last_pass_timestamp", "ledger" => ledger.as_str()).set(seconds);
    }

    /// Tells of a damage, once.
    fn tell(&mut self, ledger: LedgerName, damage: &Damage) {
        let place = (
            ledger,
            damage.file.clone(),
            damage.offset,
            damage.position.get(),
        );
        if SCRUB_PLACES_MAX <= self.told.len() || !self.told.insert(place) {
            return;
        }
        metrics::counter!("sabt_scrub_damages_total", "ledger" => ledger.as_str()).increment(1);
        tracing::error!(%ledger, %damage, "a stored record is damaged");
        let mut status = self.state.of(ledger);
        status.damages += 1;
        if status.first_damage.is_empty() {
            status.first_damage = damage.to_string();
        }
    }

    /// Waits. False: the registry closes.
    fn wait(&self, pause: Duration) -> bool {
        self.closed.recv_timeout(pause) == Err(RecvTimeoutError::Timeout)
    }
}

/// Keeps the rate: a bucket that is filled by time and emptied by reading, told in granules.
#[derive(Debug)]
struct Pace {
    bytes_per_second: u64,
    /// Read since the last pause.
    unpaid_bytes: u64,
}

impl Pace {
    const fn new(bytes_per_second: u64) -> Self {
        Self {
            bytes_per_second,
            unpaid_bytes: 0,
        }
    }

    /// How long to wait after `bytes` more were read; not at all until a granule is full.
    fn after(&mut self, bytes: u64) -> Option<Duration> {
        self.unpaid_bytes = self.unpaid_bytes.saturating_add(bytes);
        if self.unpaid_bytes < SCRUB_GRANULE_BYTES {
            return None;
        }
        let unpaid = std::mem::take(&mut self.unpaid_bytes);
        let micros = unpaid.saturating_mul(1_000_000) / self.bytes_per_second.max(1);
        Some(Duration::from_micros(micros))
    }
}

#[cfg(test)]
mod tests;
