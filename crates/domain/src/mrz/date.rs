//! Dates of two-digit years.

use std::fmt;

use crate::time::{Calendar, Day, PartialDate};

use super::field::FILLER;

/// Six characters: year of the century, month, day. Unknown parts are fillers. The century is not printed; it is
/// chosen by what the date is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MrzDate([u8; 6]);

impl MrzDate {
    /// No date at all.
    pub const UNKNOWN: Self = Self([b'<'; 6]);

    /// From a date as stated. Jalali and Hijri dates are printed as the Gregorian day they mean, if they mean one
    /// day; otherwise the date is unknown.
    pub fn from_date(date: PartialDate) -> Self {
        let gregorian = if date.calendar() == Calendar::Gregorian {
            Some(date)
        } else if date.is_complete() {
            date.earliest().date_in(Calendar::Gregorian).ok()
        } else {
            None
        };
        let Some(date) = gregorian else {
            return Self::UNKNOWN;
        };
        let year = date.year().rem_euclid(100);
        let part = |part: Option<u8>| part.map_or_else(|| "<<".to_owned(), |n| format!("{n:02}"));
        let text = format!("{year:02}{}{}", part(date.month()), part(date.day()));
        Self::from_field(&text)
    }

    /// The date of birth: in the latest century in which it does not lie after `latest`. `None` if the date does
    /// not exist or its year is unknown.
    pub fn birth(self, latest: Day) -> Option<PartialDate> {
        let century = latest.year_in(Calendar::Gregorian).div_euclid(100);
        [century, century.saturating_sub(1)]
            .into_iter()
            .filter_map(|century| self.in_century(century))
            .find(|date| date.earliest() <= latest)
    }

    /// The date of expiry: in the century in which it lies nearest to `around`, usually the day on which the
    /// document was issued or read. `None` if the date does not exist or its year is unknown.
    pub fn expiry(self, around: Day) -> Option<PartialDate> {
        let century = around.year_in(Calendar::Gregorian).div_euclid(100);
        [
            century.saturating_sub(1),
            century,
            century.saturating_add(1),
        ]
        .into_iter()
        .filter_map(|century| self.in_century(century))
        .min_by_key(|date| around.days_until(date.latest()).unsigned_abs())
    }

    /// The six characters.
    pub fn as_str(&self) -> &str {
        // Made of checked ASCII characters only.
        std::str::from_utf8(&self.0).unwrap_or("<<<<<<")
    }

    /// From a field of six characters of the alphabet; anything else is unknown.
    pub(super) fn from_field(field: &str) -> Self {
        match <[u8; 6]>::try_from(field.as_bytes()) {
            Ok(bytes) if bytes.is_ascii() => Self(bytes),
            _ => Self::UNKNOWN,
        }
    }

    fn in_century(self, century: i32) -> Option<PartialDate> {
        let text = self.as_str();
        let year = part(text.get(..2)?)??;
        let month = part(text.get(2..4)?)?;
        let day = part(text.get(4..)?)?;
        let year = century.checked_mul(100)?.checked_add(i32::from(year))?;
        PartialDate::new(Calendar::Gregorian, year, month, day).ok()
    }
}

/// A number, `Some(None)` for fillers, `None` for neither.
#[expect(
    clippy::option_option,
    reason = "unknown and malformed are different answers"
)]
fn part(text: &str) -> Option<Option<u8>> {
    if text.chars().all(|c| c == FILLER) {
        return Some(None);
    }
    text.chars()
        .all(|c| c.is_ascii_digit())
        .then(|| text.parse().ok())
}

impl fmt::Debug for MrzDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MrzDate(redacted)")
    }
}
