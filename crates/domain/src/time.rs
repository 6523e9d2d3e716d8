//! Days, partial dates and timestamps.
//!
//! A fact is dated as it was stated: perhaps only a year, and in the calendar of the paper it comes from. What
//! the registry compares are days. A partial date stands for every day it may mean, from
//! [`PartialDate::earliest`] to [`PartialDate::latest`].
//!
//! Calendars are those of ICU4X (`icu_calendar`): proleptic Gregorian; Persian (solar Hijri, Jalali) by the
//! 33-year rule with the corrections by which it meets the astronomical rule from 1178 on; tabular Islamic with
//! type II leap years and the civil (Friday) epoch.

mod calendar;
mod day;
mod partial;
#[cfg(test)]
mod tests;
mod timestamp;

pub use calendar::Calendar;
pub use day::Day;
pub use partial::{DateError, PartialDate};
pub use timestamp::Timestamp;
