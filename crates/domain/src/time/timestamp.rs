//! Points in time.

use std::fmt;

use super::{Calendar, Day};

/// A point in time: microseconds since 1970-01-01T00:00:00 UTC, leap seconds not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;
/// UTC+3:30.
const TEHRAN_OFFSET_MICROS: i64 = (3 * 3600 + 30 * 60) * MICROS_PER_SECOND;

impl Timestamp {
    /// From microseconds since 1970-01-01 UTC.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01 UTC.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The first moment of a day in Tehran.
    pub fn start_of_day_in_tehran(day: Day) -> Self {
        Self(
            i64::from(day.epoch_days())
                .saturating_mul(MICROS_PER_DAY)
                .saturating_sub(TEHRAN_OFFSET_MICROS),
        )
    }

    /// The day it is in Tehran at this moment. Iran has kept UTC+3:30 all year since 1401; the summer time of
    /// earlier years is ignored, so between 1370 and 1400 the last hour of a summer day counts to that day and
    /// not to the next. Facts carry their own dates; this is only used to read clocks.
    pub fn day_in_tehran(self) -> Day {
        let days = self
            .0
            .saturating_add(TEHRAN_OFFSET_MICROS)
            .div_euclid(MICROS_PER_DAY);
        // 2^63 microseconds are 107 million days: they fit.
        Day::from_epoch_days(i32::try_from(days).unwrap_or(i32::MAX))
    }

    /// This many seconds later; `None` beyond the range of the type.
    pub const fn plus_seconds(self, seconds: i64) -> Option<Self> {
        match seconds.checked_mul(MICROS_PER_SECOND) {
            Some(micros) => match self.0.checked_add(micros) {
                Some(sum) => Some(Self(sum)),
                None => None,
            },
            None => None,
        }
    }
}

/// RFC 3339 in UTC with microseconds, e.g. `2020-11-29T08:30:00.000000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = i32::try_from(self.0.div_euclid(MICROS_PER_DAY)).unwrap_or(i32::MAX);
        let (year, month, day) = Calendar::Gregorian.year_month_day(Day::from_epoch_days(days));
        let in_day = self.0.rem_euclid(MICROS_PER_DAY);
        let seconds = in_day / MICROS_PER_SECOND;
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let micros = in_day % MICROS_PER_SECOND;
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z"
        )
    }
}
