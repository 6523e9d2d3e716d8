//! Days of the simulation, and dates as offices state them.

use sabt_domain::time::{Calendar, Day, Timestamp};
use sabt_proto::event::v1 as proto;

use crate::draw::Draw;

/// First year of the simulated time, Jalali.
pub(crate) const FIRST_YEAR: i32 = 1358;
/// The last simulated day, Jalali: 30 Shahrivar 1405.
pub(crate) const LAST_DAY: (i32, u8, u8) = (1405, 6, 30);

/// Microseconds of a minute.
const MINUTE_US: i64 = 60_000_000;

/// A day of the Jalali calendar.
///
/// # Panics
/// If there is no such day: only constants of this crate come here.
pub(crate) fn jalali(year: i32, month: u8, day: u8) -> Day {
    Day::from_date(Calendar::Jalali, year, month, day)
        .expect("a constant date of the population exists")
}

/// The last simulated day.
pub(crate) fn last_day() -> Day {
    let (year, month, day) = LAST_DAY;
    jalali(year, month, day)
}

/// The earliest day on which a plan may end: by then most families have arrived.
pub(crate) fn earliest_end() -> Day {
    jalali(1380, 1, 1)
}

/// Arithmetic within the simulated time, which lies far inside the range of [`Day`].
pub(crate) trait DayMath: Sized {
    /// The day `days` later; earlier if negative.
    fn plus(self, days: i32) -> Self;
    /// The same day of the Jalali calendar `years` later.
    fn plus_jalali_years(self, years: i32) -> Self;
    /// Completed years of age on `on`.
    fn age(self, on: Self) -> u32;
    /// The Jalali year.
    fn jalali_year(self) -> i32;
}

impl DayMath for Day {
    fn plus(self, days: i32) -> Day {
        self.plus_days(days)
            .expect("simulated days are far from the ends of the type")
    }

    fn plus_jalali_years(self, years: i32) -> Day {
        self.plus_years(Calendar::Jalali, years)
            .expect("simulated years are in the calendar's range")
    }

    fn age(self, on: Day) -> u32 {
        self.completed_years(Calendar::Jalali, on)
    }

    fn jalali_year(self) -> i32 {
        self.year_in(Calendar::Jalali)
    }
}

/// How exactly, and in which calendar, a date is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    /// The day.
    Day(Calendar),
    /// The month.
    Month(Calendar),
    /// The year: common for births before there were papers.
    Year(Calendar),
}

/// The date as an office writes it.
pub(crate) fn stated(day: Day, precision: Precision) -> proto::Date {
    let (Precision::Day(calendar) | Precision::Month(calendar) | Precision::Year(calendar)) =
        precision;
    let date = day
        .date_in(calendar)
        .expect("simulated years are in every calendar's range");
    let month = date.month().map_or(0, u32::from);
    let (month, day) = match precision {
        Precision::Day(_) => (month, date.day().map_or(0, u32::from)),
        Precision::Month(_) => (month, 0),
        Precision::Year(_) => (0, 0),
    };
    proto::Date {
        calendar: calendar.to_proto().into(),
        year: date.year(),
        month,
        day,
    }
}

/// The day in the Jalali calendar, as most offices write it.
pub(crate) fn stated_jalali(day: Day) -> proto::Date {
    stated(day, Precision::Day(Calendar::Jalali))
}

/// The day in the Gregorian calendar, as passports and visas write it.
pub(crate) fn stated_gregorian(day: Day) -> proto::Date {
    stated(day, Precision::Day(Calendar::Gregorian))
}

/// A time of day in office hours (08:00 to 14:00 in Tehran), in microseconds UTC.
pub(crate) fn office_hour(day: Day, draw: &mut Draw) -> i64 {
    let minutes = i64::from(draw.between(8 * 60, 14 * 60));
    Timestamp::start_of_day_in_tehran(day).micros() + minutes * MINUTE_US
}

/// A later moment of the same counter: two to twenty minutes on.
pub(crate) fn next_in_line(moment_us: i64, draw: &mut Draw) -> i64 {
    moment_us + i64::from(draw.between(2, 20)) * MINUTE_US
}
