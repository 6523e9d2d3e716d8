//! Deferred disclosures: an entry of who looked that its subject is told of later (design 7.5).
//!
//! A deferral has an end that is fixed when the entry is recorded, and lapses by itself. Only the order of a court,
//! recorded as an event before the end, moves the end; and no chain of orders moves it beyond [`WITHHELD_DAYS_MAX`]. How
//! many entries are withheld is told at once.
//!
//! The bill knows no deferral (AM-63), so the lengths are those of laws that do, and the shortest of them: 90 days, and 90
//! more with each order of a court, as in 18 U.S.C. section 2705(a)(1) and (4); twelve months in all, after which section
//! 101(6) of the German code of criminal procedure wants a court even where the first deferral needed none. These are
//! outer bounds that hold whatever the ledger says: an entry that states a later end is told of at the bound.

#[cfg(test)]
mod tests;

use crate::governance::Moment;
use crate::refusal::{Reason, Refusal};
use crate::time::Timestamp;

/// Source of the rules of this module.
pub(crate) const RULE: &str = "design:7.5";

/// Days from recording to the end that is fixed then (18 U.S.C. section 2705(a)(1)).
pub const DEFERRAL_DAYS_MAX: u16 = 90;

/// Days by which one order moves the end (18 U.S.C. section 2705(a)(4)).
pub const EXTENSION_DAYS_MAX: u16 = 90;

/// Days from recording after which an entry is told of, whatever was ordered (section 101(6) `StPO`).
pub const WITHHELD_DAYS_MAX: u16 = 365;

const _: () = assert!(DEFERRAL_DAYS_MAX < WITHHELD_DAYS_MAX);

const SECONDS_PER_DAY: i64 = 86_400;

/// This many days later; the end of time where that is beyond it.
pub(crate) fn days_after(start: Timestamp, days: u16) -> Timestamp {
    start
        .plus_seconds(i64::from(days).saturating_mul(SECONDS_PER_DAY))
        .unwrap_or(Timestamp::from_micros(i64::MAX))
}

/// From when to when an entry is withheld from its subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deferral {
    recorded_at: Timestamp,
    until: Timestamp,
}

/// An order of a court to withhold an entry for longer, as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// When the order was recorded.
    pub at: Moment,
    /// The end it states.
    pub until: Timestamp,
    /// The court.
    pub court: String,
    /// Number of the order.
    pub order_number: String,
}

impl Deferral {
    /// The deferral that a disclosure states; `None` if it states none. An end beyond [`DEFERRAL_DAYS_MAX`] counts as that
    /// many days.
    pub fn stated(recorded_at: Timestamp, embargo_until: i64) -> Option<Self> {
        let stated = Timestamp::from_micros(embargo_until);
        let until = stated.min(days_after(recorded_at, DEFERRAL_DAYS_MAX));
        (recorded_at < until).then_some(Self { recorded_at, until })
    }

    /// The deferral after one more order, recorded at `at`.
    ///
    /// # Errors
    /// [`Reason::DeferralLapsed`] if the entry is no longer withheld, [`Reason::DeferralTooLong`] if the new end lies beyond
    /// what an order or the whole may last, [`Reason::InvalidField`] if it does not move the end.
    pub fn extended(self, at: Timestamp, until: Timestamp) -> Result<Self, Refusal> {
        if !self.withholds(at) {
            return Err(Refusal::new(Reason::DeferralLapsed, RULE));
        }
        if until <= self.until {
            let problem = "does not lie after the end of the embargo";
            return Err(Refusal::field("extend_deferral.until", problem));
        }
        let latest = self.latest_extension();
        if latest < until {
            return Err(Refusal::new(Reason::DeferralTooLong, RULE).with("latest", latest));
        }
        Ok(Self { until, ..self })
    }

    /// The deferral with what was ordered up to `now`. An order that came too late or asks too much has no effect.
    #[must_use]
    pub fn with(self, extensions: &[Extension], now: Timestamp) -> Self {
        self.steps(extensions, now)
            .last()
            .map_or(self, |(deferral, _)| deferral)
    }

    /// The orders that had an effect up to `now`, oldest first.
    pub fn effective(
        self,
        extensions: &[Extension],
        now: Timestamp,
    ) -> impl Iterator<Item = &Extension> {
        self.steps(extensions, now).map(|(_, extension)| extension)
    }

    fn steps(
        self,
        extensions: &[Extension],
        now: Timestamp,
    ) -> impl Iterator<Item = (Self, &Extension)> {
        let mut current = self;
        extensions.iter().filter_map(move |extension| {
            if now < extension.at.at {
                return None;
            }
            current = current.extended(extension.at.at, extension.until).ok()?;
            Some((current, extension))
        })
    }

    /// True if the entry is withheld from its subject at `now`.
    pub fn withholds(self, now: Timestamp) -> bool {
        now < self.until
    }

    /// When the entry is told of.
    pub fn until(self) -> Timestamp {
        self.until
    }

    fn latest_extension(self) -> Timestamp {
        let by_order = days_after(self.until, EXTENSION_DAYS_MAX);
        by_order.min(days_after(self.recorded_at, WITHHELD_DAYS_MAX))
    }
}
