//! Days and times on the command line.

use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;

use crate::args::{AtArgs, CalendarArg};
use crate::error::CliError;

const MICROS_PER_SECOND: i64 = 1_000_000;

impl From<CalendarArg> for event::Calendar {
    fn from(calendar: CalendarArg) -> Self {
        match calendar {
            CalendarArg::Gregorian => Self::Gregorian,
            CalendarArg::Jalali => Self::Jalali,
            CalendarArg::Hijri => Self::Hijri,
        }
    }
}

/// The state of the world that is asked for.
///
/// # Errors
/// [`CliError::Usage`] if a day or time cannot be read.
pub fn at(args: &AtArgs) -> Result<api::AsOf, CliError> {
    let as_of = args
        .as_of
        .as_deref()
        .map(|text| date(text, args.calendar))
        .transpose()?;
    let known_at = args.known_at.as_deref().map(time).transpose()?.unwrap_or(0);
    Ok(api::AsOf {
        as_of,
        known_at,
        min_position: args.min_position,
    })
}

/// A day: year, month and day between dashes or slashes, in Latin, Persian or Arabic digits. Whether it
/// exists in its calendar is for the registry.
///
/// # Errors
/// [`CliError::Usage`].
pub fn date(text: &str, calendar: CalendarArg) -> Result<event::Date, CliError> {
    let wrong = || {
        CliError::usage(
            format!("{text} is not a day"),
            "write 2026-11-22, or 1405-09-01 with --calendar jalali",
        )
    };
    let latin: String = text.trim().chars().map(latin_digit).collect();
    let mut parts = latin.split(['-', '/']);
    let (Some(year), Some(month), Some(day), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(wrong());
    };
    match (year.parse(), month.parse(), day.parse()) {
        (Ok(year), Ok(month), Ok(day)) if 1 <= month && 1 <= day => Ok(event::Date {
            calendar: event::Calendar::from(calendar).into(),
            year,
            month,
            day,
        }),
        _ => Err(wrong()),
    }
}

/// A moment in microseconds since 1970 UTC: the number itself, or `2026-11-22T01:20:00Z`.
///
/// # Errors
/// [`CliError::Usage`].
pub fn time(text: &str) -> Result<i64, CliError> {
    let wrong = || {
        CliError::usage(
            format!("{text} is not a time"),
            "write 2026-11-22T01:20:00Z, or microseconds since 1970",
        )
    };
    if let Ok(micros) = text.parse() {
        return Ok(micros);
    }
    rfc3339(text).ok_or_else(wrong)
}

/// Date, `T` or space, time to the second, `Z`.
fn rfc3339(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix(['Z', 'z'])?.split_once(['T', 't', ' '])?;
    let mut date = date.splitn(3, '-');
    let (year, month, day) = (
        date.next()?.parse().ok()?,
        date.next()?.parse::<u8>().ok()?,
        date.next()?.parse().ok()?,
    );
    let mut time = time.splitn(3, ':');
    let (hour, minute, second) = (
        time.next()?.parse().ok()?,
        time.next()?.parse().ok()?,
        time.next()?.parse().ok()?,
    );
    let date = time::Date::from_calendar_date(year, month.try_into().ok()?, day).ok()?;
    let time = time::Time::from_hms(hour, minute, second).ok()?;
    let seconds = time::PrimitiveDateTime::new(date, time)
        .assume_utc()
        .unix_timestamp();
    seconds.checked_mul(MICROS_PER_SECOND)
}

/// A Persian or Arabic-Indic digit as a Latin one; anything else as it is.
pub fn latin_digit(c: char) -> char {
    let code = u32::from(c);
    let value = match code {
        0x06F0..=0x06F9 => code - 0x06F0,
        0x0660..=0x0669 => code - 0x0660,
        _ => return c,
    };
    char::from_digit(value, 10).unwrap_or(c)
}
