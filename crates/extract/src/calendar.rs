//! Days in three calendars, by arithmetic alone: the auditor's program converts dates with its own few lines.

use sabt_proto::event::v1::{Calendar, Date};

/// Days from 0001-01-01 to 1970-01-01.
const UNIX_EPOCH: i64 = 719_163;
/// What the cycle of 33 years counts from, as a day after 0001-01-01, which is day 1.
const JALALI_EPOCH: i64 = 226_894;
/// Day before 1 Muharram 1 of the civil epoch.
const HIJRI_EPOCH: i64 = 227_014;

/// Jalali years in which the cycle of 33 years is the calendar of the observatory. Dates outside are shown as stated.
const JALALI_YEARS: std::ops::RangeInclusive<i64> = 1178..=1500;

/// Year, month and day.
pub(crate) type Civil = (i64, u32, u32);

/// The day of a complete date, days since 1970-01-01; `None` for a partial date, and for one beyond the years converted.
pub(crate) fn day_of(date: &Date) -> Option<i64> {
    let (year, month, day) = (i64::from(date.year), date.month, date.day);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    match date.calendar() {
        Calendar::Gregorian => (1..=9999)
            .contains(&year)
            .then(|| from_gregorian(year, month, day)),
        Calendar::Jalali => JALALI_YEARS
            .contains(&year)
            .then(|| from_jalali(year, month, day)),
        Calendar::Hijri => (1..=1600)
            .contains(&year)
            .then(|| from_hijri(year, month, day)),
        Calendar::Unspecified => None,
    }
}

/// A day by the Gregorian calendar.
pub(crate) fn gregorian(days: i64) -> Civil {
    // The civil calendar from days, by H. Hinnant: eras of 400 years that begin in March.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, small(month), small(day))
}

/// A day by the Jalali calendar; `None` beyond the years converted.
pub(crate) fn jalali(days: i64) -> Option<Civil> {
    let guess = (days + UNIX_EPOCH - JALALI_EPOCH).div_euclid(365);
    let mut years = (guess - 3..=guess + 1).rev();
    let year = years.find(|year| from_jalali(*year, 1, 1) <= days)?;
    let of_year = days - from_jalali(year, 1, 1);
    let (month, day) = if of_year < 186 {
        (of_year / 31 + 1, of_year % 31 + 1)
    } else {
        ((of_year - 186) / 30 + 7, (of_year - 186) % 30 + 1)
    };
    JALALI_YEARS
        .contains(&year)
        .then(|| (year, small(month), small(day)))
}

fn from_gregorian(year: i64, month: u32, day: u32) -> i64 {
    let before = year - 1;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let month_days = (367 * i64::from(month) - 362) / 12;
    let correction = match (month, leap) {
        (1 | 2, _) => 0,
        (_, true) => 1,
        (_, false) => 2,
    };
    365 * before + before / 4 - before / 100 + before / 400 + month_days - correction
        + i64::from(day)
        - UNIX_EPOCH
}

fn from_jalali(year: i64, month: u32, day: u32) -> i64 {
    let leap_days = (8 * year + 21).div_euclid(33);
    let months = i64::from(month) - 1;
    let month_days = if month <= 7 {
        31 * months
    } else {
        30 * months + 6
    };
    JALALI_EPOCH + 365 * (year - 1) + leap_days + month_days + i64::from(day) - UNIX_EPOCH
}

fn from_hijri(year: i64, month: u32, day: u32) -> i64 {
    let leap_days = (11 * year + 3).div_euclid(30);
    let months = i64::from(month) - 1;
    let month_days = 29 * months + i64::from(month) / 2;
    HIJRI_EPOCH + 354 * (year - 1) + leap_days + month_days + i64::from(day) - UNIX_EPOCH
}

/// A month or day, which is small by construction.
fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests;
