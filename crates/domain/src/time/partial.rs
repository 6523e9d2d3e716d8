//! Dates as stated.

use std::fmt;

use crate::number::digit_value;

use super::{Calendar, Day};

/// Why a date does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DateError {
    /// The text is not `year`, `year-month` or `year-month-day`.
    #[error("is not written as year, year-month or year-month-day")]
    Form,
    /// The year is outside [`Calendar::years`].
    #[error("has a year outside {:?} of the {} calendar", calendar.years(), calendar.code())]
    Year {
        /// The calendar.
        calendar: Calendar,
    },
    /// The month does not exist.
    #[error("has a month outside 1 to 12")]
    Month,
    /// The day does not exist in that month of that year.
    #[error("has a day that its month does not have")]
    Day,
    /// A day is given without a month.
    #[error("has a day but no month")]
    DayWithoutMonth,
}

/// A date that may be partial and keeps the calendar in which it was stated. It exists: a value of this type
/// stands for at least one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PartialDate {
    calendar: Calendar,
    year: i32,
    month: Option<u8>,
    day: Option<u8>,
    /// The first day it may mean: lives are ordered by it, and to reckon it anew for every comparison takes longer than that.
    earliest: Day,
}

impl PartialDate {
    /// A date; without a day it is a month, without a month it is a year.
    ///
    /// # Errors
    /// [`DateError`] if there is no such date, or its year is outside [`Calendar::years`].
    pub fn new(
        calendar: Calendar,
        year: i32,
        month: Option<u8>,
        day: Option<u8>,
    ) -> Result<Self, DateError> {
        if !calendar.years().contains(&year) {
            return Err(DateError::Year { calendar });
        }
        match (month, day) {
            (None, Some(_)) => return Err(DateError::DayWithoutMonth),
            (Some(month), _) if !(1..=12).contains(&month) => return Err(DateError::Month),
            _ => {}
        }
        // Every month begins with a day 1, so that only a stated day may not exist.
        let earliest = calendar.day(year, month.unwrap_or(1), day.unwrap_or(1));
        Ok(Self {
            calendar,
            year,
            month,
            day,
            earliest: earliest.ok_or(DateError::Day)?,
        })
    }

    /// A complete date.
    ///
    /// # Errors
    /// As [`PartialDate::new`].
    pub fn complete(calendar: Calendar, year: i32, month: u8, day: u8) -> Result<Self, DateError> {
        Self::new(calendar, year, Some(month), Some(day))
    }

    /// Reads `1399`, `1399-09` or `1399-09-09` (also with slashes, also in Persian or Arabic digits).
    ///
    /// # Errors
    /// [`DateError::Form`] for any other text; otherwise as [`PartialDate::new`].
    pub fn parse(text: &str, calendar: Calendar) -> Result<Self, DateError> {
        let mut parts = text.split(['-', '/']);
        let year = parts
            .next()
            .and_then(|part| number(part, 4))
            .ok_or(DateError::Form)?;
        let month = parts.next().map(small).transpose()?;
        let day = parts.next().map(small).transpose()?;
        if parts.next().is_some() {
            return Err(DateError::Form);
        }
        Self::new(calendar, year, month, day)
    }

    /// The calendar in which the date was stated.
    pub const fn calendar(self) -> Calendar {
        self.calendar
    }

    /// The year.
    pub const fn year(self) -> i32 {
        self.year
    }

    /// The month, 1 to 12, if stated.
    pub const fn month(self) -> Option<u8> {
        self.month
    }

    /// The day of the month, if stated.
    pub const fn day(self) -> Option<u8> {
        self.day
    }

    /// True if month and day are stated.
    pub const fn is_complete(self) -> bool {
        self.day.is_some()
    }

    /// The first day it may mean.
    pub const fn earliest(self) -> Day {
        self.earliest
    }

    /// The last day it may mean.
    pub fn latest(self) -> Day {
        if self.is_complete() {
            return self.earliest;
        }
        let month = self.month.unwrap_or(12);
        let last = self.calendar.days_in_month(self.year, month);
        let last = last.and_then(|last| self.calendar.day(self.year, month, last));
        // The constructor has seen a day of it, and no month is without a last one.
        last.unwrap_or(self.earliest)
    }

    /// True if the date may mean this day.
    pub fn may_be(self, day: Day) -> bool {
        self.earliest() <= day && day <= self.latest()
    }
}

/// As stated, without the calendar: `1399-09-09`, `1399-09` or `1399`.
impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(month) = self.month {
            write!(f, "-{month:02}")?;
        }
        if let Some(day) = self.day {
            write!(f, "-{day:02}")?;
        }
        Ok(())
    }
}

fn small(part: &str) -> Result<u8, DateError> {
    number(part, 2)
        .and_then(|value| u8::try_from(value).ok())
        .ok_or(DateError::Form)
}

fn number(part: &str, max_digits: usize) -> Option<i32> {
    if part.is_empty() || part.chars().count() > max_digits {
        return None;
    }
    part.chars().try_fold(0_i32, |value, c| {
        value
            .checked_mul(10)?
            .checked_add(i32::from(digit_value(c)?))
    })
}
