//! At which cut-offs and for which days there are figures.

use std::collections::BTreeMap;

use sabt_domain::time::{Calendar, Day, Timestamp};

/// Subjects that are new in a release, at least: those received since the cut-off before, and those registered as of days
/// since the reference day before.
pub const CLOSING_MIN: u64 = 100;

const MONTHS: i32 = 12;

/// A Jalali month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(i32);

impl Month {
    /// The month a day falls in; `None` outside the range of the calendar.
    pub fn of(day: Day) -> Option<Self> {
        let date = day.date_in(Calendar::Jalali).ok()?;
        let month = i32::from(date.month()?);
        Some(Self(date.year() * MONTHS + month - 1))
    }

    /// The month it is in Tehran at a moment.
    pub fn at(moment: Timestamp) -> Option<Self> {
        Self::of(moment.day_in_tehran())
    }

    /// Its last day; `None` outside the range of the calendar.
    pub fn last_day(self) -> Option<Day> {
        let month = u8::try_from(self.0.rem_euclid(MONTHS) + 1).ok()?;
        let first = Day::from_date(Calendar::Jalali, self.0.div_euclid(MONTHS), month, 1).ok()?;
        let next = first.plus_months(Calendar::Jalali, 1).ok()?;
        next.plus_days(-1)
    }

    /// Its last microsecond in Tehran.
    pub fn last_moment(self) -> Option<Timestamp> {
        let next = self.last_day()?.plus_days(1)?;
        let start = Timestamp::start_of_day_in_tehran(next).micros();
        Some(Timestamp::from_micros(start.checked_sub(1)?))
    }
}

/// How many subjects came new in each month. A subject comes once, so that the sum over months is a number of subjects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrivals(BTreeMap<Month, u64>);

impl Arrivals {
    /// Counts a subject that came new in this month.
    pub fn add(&mut self, month: Month) {
        *self.0.entry(month).or_default() += 1;
    }

    /// The months that close a release, in order: with each of them at least [`CLOSING_MIN`] subjects are new since the
    /// one before. Which months close depends on nothing that comes after them.
    pub fn closings(&self) -> Vec<Month> {
        let mut closings = Vec::new();
        let mut new = 0;
        for (month, count) in &self.0 {
            new += count;
            if CLOSING_MIN <= new {
                closings.push(*month);
                new = 0;
            }
        }
        closings
    }
}

impl From<BTreeMap<Month, u64>> for Arrivals {
    fn from(counts: BTreeMap<Month, u64>) -> Self {
        Self(counts)
    }
}

/// Up to where the registry's knowledge counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutOff {
    /// The last moment of a Jalali month in Tehran: records received later do not count.
    pub known_at: Timestamp,
    /// Position in the events ledger after the last record about a person or household that counts.
    pub position: u64,
}

/// The days of a flow; the last one is the reference day of a stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First day; `None` in the first period, which begins with the oldest fact.
    pub first: Option<Day>,
    /// Last day, that of a Jalali month.
    pub last: Day,
}

impl Period {
    /// True if the day falls into it.
    pub fn contains(&self, day: Day) -> bool {
        self.first.is_none_or(|first| first <= day) && day <= self.last
    }

    /// The periods that closings make, in order.
    pub fn between(closings: &[Month]) -> Vec<Self> {
        let mut periods = Vec::with_capacity(closings.len());
        let mut first = None;
        for last in closings.iter().filter_map(|month| month.last_day()) {
            periods.push(Self { first, last });
            first = last.plus_days(1);
        }
        periods
    }
}

/// What figures are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// Up to where the registry's knowledge counts.
    pub cut_off: CutOff,
    /// The days counted.
    pub period: Period,
}
