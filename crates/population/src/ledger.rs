//! Whole ledgers of synthetic records, written straight to disk: for whoever measures, verifies or exports a registry
//! of a size that no test can submit act by act.
//!
//! What [`write()`] leaves behind is a registry as an auditor sees it: both ledgers with their segments, acts of one to
//! three parts that enrolled offices signed, governance records in the clear, disclosures, anchors both ways, lawful
//! erasures, checkpoints, and the log keys beside them. What only the registry itself can read is not there: sealed
//! payloads are random bytes of the lengths that sealing gives, and there is no vault. `sabt-verify` finds nothing wrong
//! with it; `sabt serve` cannot open it.
//!
//! ```text
//! DIR/log-keys                  the vkeys of both logs, one a line: what an auditor brings along
//! DIR/events/*.seg              segments
//! DIR/events/checkpoint         signed over all records
//! DIR/disclosures/...           the same
//! ```
//!
//! The same plan gives the same bytes, whatever the number of cores. All keys follow from the seed, so they protect
//! nothing but synthetic data.

mod batch;
mod error;
mod file;
mod registry;

pub use error::LedgerError;
pub use registry::SyntheticRegistry;

use std::num::{NonZeroU32, NonZeroU64};
use std::path::Path;

use sabt_chain::{LedgerName, Position, Size};

use crate::Seed;

/// File with the vkeys of both logs, one a line, events first.
pub const LOG_KEYS_FILE: &str = "log-keys";

/// What ledgers to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerPlan {
    /// Name of the registry: the origin of its ledgers without the ledger's name.
    pub registry: String,
    /// From which everything is drawn.
    pub seed: Seed,
    /// Records of life events; governance, erasures and anchors come on top.
    pub events: u64,
    /// Records of disclosures; anchors come on top.
    pub disclosures: u64,
    /// Payloads of events that are erased, spread evenly; at most as many as there are events.
    pub erased: u64,
    /// The ledgers anchor each other after every so many events.
    pub anchor_every: NonZeroU64,
    /// Records in a frame, as far as a segment has room for it.
    pub frame_records: NonZeroU32,
    /// Length of a segment in bytes: a multiple of 4,096, and at least 32 KiB, so that every act fits one.
    pub segment_bytes: u64,
}

impl LedgerPlan {
    /// So many events and a fifth as many disclosures, with an anchor after every 10,000 events, an erasure for every
    /// 2,000, and frames and segments as a busy registry writes them.
    pub fn new(registry: &str, seed: Seed, events: u64) -> Self {
        Self {
            registry: registry.to_owned(),
            seed,
            events,
            disclosures: events / 5,
            erased: events / 2_000,
            anchor_every: NonZeroU64::MIN.saturating_add(9_999),
            frame_records: NonZeroU32::MIN.saturating_add(255),
            segment_bytes: sabt_journal::SEGMENT_BYTES,
        }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Records of the events ledger.
    pub events: Size,
    /// Records of the disclosures ledger.
    pub disclosures: Size,
    /// Anchors in both ledgers together.
    pub anchors: u64,
    /// Positions in the events ledger whose payloads were erased, ascending.
    pub erased: Vec<Position>,
    /// The vkeys of both logs, events first.
    pub log_keys: [String; 2],
}

impl Written {
    /// Records of a ledger.
    pub const fn size(&self, ledger: LedgerName) -> Size {
        match ledger {
            LedgerName::Events => self.events,
            LedgerName::Disclosures => self.disclosures,
        }
    }
}

/// Writes a whole registry into `directory`, which is made where it is missing and must hold no ledger.
///
/// # Errors
/// [`LedgerError`].
pub fn write(directory: &Path, plan: &LedgerPlan) -> Result<Written, LedgerError> {
    let mut registry = SyntheticRegistry::create(directory, plan)?;
    let rounds = plan.events.div_ceil(plan.anchor_every.get()).max(1);
    let mut erased = Vec::new();
    for round in 0..rounds {
        let events = share(plan.events, round, rounds);
        let first = registry.append_events(events)?;
        erased.extend(spread(first, events, share(plan.erased, round, rounds)));
        registry.append_disclosures(share(plan.disclosures, round, rounds))?;
        registry.anchor()?;
    }
    registry.erase(&erased)?;
    registry.publish()?;
    Ok(Written {
        events: registry.size(LedgerName::Events),
        disclosures: registry.size(LedgerName::Disclosures),
        anchors: registry.anchors(),
        erased,
        log_keys: registry.log_keys(),
    })
}

/// The part of `total` that falls to one of `rounds` rounds; the parts add up to `total` and differ by at most 1.
fn share(total: u64, round: u64, rounds: u64) -> u64 {
    let until = |round: u64| {
        let part = u128::from(total) * u128::from(round) / u128::from(rounds);
        u64::try_from(part).unwrap_or(u64::MAX)
    };
    until(round + 1) - until(round)
}

/// `wanted` of the `count` positions from `first` on, evenly spread; all of them if there are no more.
fn spread(first: Position, count: u64, wanted: u64) -> impl Iterator<Item = Position> {
    let wanted = wanted.min(count);
    (0..wanted).filter_map(move |index| first.advance(index * (count / wanted.max(1))))
}

#[cfg(test)]
mod tests;
