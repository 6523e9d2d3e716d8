//! The three calendars, as integers: the only place that talks to `icu_calendar`.

use std::ops::RangeInclusive;

use icu_calendar::Date;
use icu_calendar::cal::{
    Gregorian, Hijri, Persian,
    hijri::{TabularAlgorithm, TabularAlgorithmEpoch, TabularAlgorithmLeapYears},
};
use icu_calendar::types::{Month, RataDie};
use sabt_proto::event::v1 as proto;

use super::Day;

closed_enum! {
    /// The calendar in which a date was stated.
    pub enum Calendar = proto::Calendar {
        /// Gregorian.
        Gregorian = "GREGORIAN",
        /// Solar Hijri, the civil calendar of Iran and Afghanistan.
        Jalali = "JALALI",
        /// Lunar Hijri, tabular, civil epoch. Sightings differ from the table by a day or two; what was
        /// stated is kept as stated.
        Hijri = "HIJRI",
    }
}

const HIJRI: Hijri<TabularAlgorithm> = Hijri::new_tabular(
    TabularAlgorithmLeapYears::TypeII,
    TabularAlgorithmEpoch::Friday,
);

/// `RataDie` of 1970-01-01.
const UNIX_EPOCH_RATA_DIE: i64 = 719_163;

impl Calendar {
    /// Years a date may have: those that touch 1799-03-21 (1 Farvardin 1178, from which on the Persian
    /// calendar is known to be right) to 2300-03-20 (the end of 1678), so that every Jalali date has its day in
    /// the other two. A year typed under the wrong calendar is refused,
    /// because Jalali and Hijri years overlap but neither meets the Gregorian ones.
    pub const fn years(self) -> RangeInclusive<i32> {
        match self {
            Self::Gregorian => 1799..=2300,
            Self::Jalali => 1178..=1678,
            Self::Hijri => 1213..=1730,
        }
    }

    /// The day, if it exists.
    pub(super) fn day(self, year: i32, month: u8, day: u8) -> Option<Day> {
        let rata_die = match self {
            Self::Gregorian => Date::try_new_gregorian(year, month, day)
                .ok()?
                .to_rata_die(),
            Self::Jalali => Date::try_new_persian(year, month, day).ok()?.to_rata_die(),
            Self::Hijri => {
                if !(1..=12).contains(&month) {
                    return None;
                }
                Date::try_new(year.into(), Month::new(month), day, HIJRI)
                    .ok()?
                    .to_rata_die()
            }
        };
        let days = rata_die.to_i64_date().checked_sub(UNIX_EPOCH_RATA_DIE)?;
        i32::try_from(days).ok().map(Day::from_epoch_days)
    }

    /// Year, month and day of a day. Days further than half a million years from now are clamped.
    pub(super) fn year_month_day(self, day: Day) -> (i32, u8, u8) {
        let rata_die =
            RataDie::new(i64::from(day.epoch_days()).saturating_add(UNIX_EPOCH_RATA_DIE));
        match self {
            Self::Gregorian => fields(&Date::from_rata_die(rata_die, Gregorian)),
            Self::Jalali => fields(&Date::from_rata_die(rata_die, Persian)),
            Self::Hijri => fields(&Date::from_rata_die(rata_die, HIJRI)),
        }
    }

    /// Days of a month, 28 to 31; `None` for a month that does not exist.
    pub(super) fn days_in_month(self, year: i32, month: u8) -> Option<u8> {
        (28..=31)
            .rev()
            .find(|day| self.day(year, month, *day).is_some())
            .or_else(|| {
                // Only Esfand and the short lunar months end on day 29, all others above; day 28 always exists.
                self.day(year, month, 1).map(|_| 28)
            })
    }
}

fn fields<C: icu_calendar::Calendar>(date: &Date<C>) -> (i32, u8, u8) {
    (
        date.year().extended_year(),
        date.month().ordinal,
        date.day_of_month().0,
    )
}
