//! A civil day.

use std::fmt;

use super::{Calendar, DateError, PartialDate};

/// A civil day: days since 1970-01-01, in no particular calendar. `Display` writes it as a Gregorian ISO date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// Months of a year, in each of the calendars.
const MONTHS: i32 = 12;

impl Day {
    /// From days since 1970-01-01.
    pub const fn from_epoch_days(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    pub const fn epoch_days(self) -> i32 {
        self.0
    }

    /// The day with this date.
    ///
    /// # Errors
    /// [`DateError`] if there is no such day, or its year is outside [`Calendar::years`].
    pub fn from_date(calendar: Calendar, year: i32, month: u8, day: u8) -> Result<Self, DateError> {
        PartialDate::new(calendar, year, Some(month), Some(day)).map(PartialDate::earliest)
    }

    /// The date of this day in a calendar: always complete.
    ///
    /// # Errors
    /// [`DateError::Year`] if the year is outside [`Calendar::years`].
    pub fn date_in(self, calendar: Calendar) -> Result<PartialDate, DateError> {
        let (year, month, day) = calendar.year_month_day(self);
        PartialDate::new(calendar, year, Some(month), Some(day))
    }

    /// The year this day falls in. Days further than half a million years from now are clamped.
    pub fn year_in(self, calendar: Calendar) -> i32 {
        calendar.year_month_day(self).0
    }

    /// The day `days` later, or earlier if negative; `None` beyond the range of the type.
    pub const fn plus_days(self, days: i32) -> Option<Self> {
        match self.0.checked_add(days) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// Days from this day to `later`; negative if `later` is earlier.
    pub fn days_until(self, later: Self) -> i64 {
        i64::from(later.0).saturating_sub(i64::from(self.0))
    }

    /// The same day of the month `months` later (or earlier, if negative) in a calendar. Where that month is
    /// shorter, its last day: 1399-12-30 plus twelve Jalali months is 1400-12-29.
    ///
    /// # Errors
    /// [`DateError::Year`] if the result is outside [`Calendar::years`].
    pub fn plus_months(self, calendar: Calendar, months: i32) -> Result<Self, DateError> {
        let (year, month, day) = calendar.year_month_day(self);
        let from_zero = year
            .saturating_mul(MONTHS)
            .saturating_add(i32::from(month))
            .saturating_sub(1)
            .saturating_add(months);
        let year = from_zero.div_euclid(MONTHS);
        let month = u8::try_from(from_zero.rem_euclid(MONTHS).saturating_add(1)).unwrap_or(1);
        if !calendar.years().contains(&year) {
            return Err(DateError::Year { calendar });
        }
        let last = calendar
            .days_in_month(year, month)
            .ok_or(DateError::Month)?;
        calendar
            .day(year, month, day.min(last))
            .ok_or(DateError::Day)
    }

    /// The same day `years` later in a calendar, with the clamp of [`Day::plus_months`].
    ///
    /// # Errors
    /// [`DateError::Year`] if the result is outside [`Calendar::years`].
    pub fn plus_years(self, calendar: Calendar, years: i32) -> Result<Self, DateError> {
        self.plus_months(calendar, years.saturating_mul(MONTHS))
    }

    /// Whole years completed from this day (a day of birth) to `later`, counted in a calendar; 0 if `later`
    /// is not later. An age is reached on the birthday itself (the reading taken of AM-17).
    pub fn completed_years(self, calendar: Calendar, later: Self) -> u32 {
        let (year, month, day) = calendar.year_month_day(self);
        let (later_year, later_month, later_day) = calendar.year_month_day(later);
        let last = calendar.days_in_month(later_year, month).unwrap_or(day);
        let reached = (later_month, later_day) >= (month, day.min(last));
        let years = later_year
            .saturating_sub(year)
            .saturating_sub(i32::from(!reached));
        u32::try_from(years).unwrap_or(0)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = Calendar::Gregorian.year_month_day(*self);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}
