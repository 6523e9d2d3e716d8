//! Office hours: when the offices that serve persons are at work, in Tehran.

use crate::time::Timestamp;

/// Hours of one day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfficeHours {
    /// Name of the day.
    pub day: &'static str,
    /// Minute of the day from which on offices are at work; `None`: they are closed.
    pub opens_minute: Option<u16>,
    /// First minute after work.
    pub closes_minute: u16,
}

/// Where the hours come from. They are wider than any office's own, so that what lies outside is work at no office; official
/// holidays are not ruled (AM-23) and count as other days.
pub const OFFICE_HOURS_SOURCE: &str =
    "statute:Civil Service Management Act 1386, art. 87 (cited from memory; the hours are wider)";

/// Days from the Saturday before 1970-01-01, a Thursday, to that day.
const EPOCH_WEEKDAY: i32 = 5;

const MINUTE_MICROS: i64 = 60_000_000;

const fn open(day: &'static str, opens_hour: u16, closes_hour: u16) -> OfficeHours {
    OfficeHours {
        day,
        opens_minute: Some(opens_hour.saturating_mul(60)),
        closes_minute: closes_hour.saturating_mul(60),
    }
}

impl OfficeHours {
    /// The week, Saturday first. Friday is the weekly rest.
    pub const WEEK: [Self; 7] = [
        open("Saturday", 6, 19),
        open("Sunday", 6, 19),
        open("Monday", 6, 19),
        open("Tuesday", 6, 19),
        open("Wednesday", 6, 19),
        open("Thursday", 6, 15),
        Self {
            day: "Friday",
            opens_minute: None,
            closes_minute: 0,
        },
    ];

    /// The hours of the day on which a moment falls in Tehran.
    pub fn on(at: Timestamp) -> Self {
        let days = at.day_in_tehran().epoch_days();
        let weekday = days.saturating_add(EPOCH_WEEKDAY).rem_euclid(7);
        let [saturday, ..] = Self::WEEK;
        let index = usize::try_from(weekday).ok();
        index
            .and_then(|index| Self::WEEK.get(index).copied())
            .unwrap_or(saturday)
    }

    /// True if offices are at work at this moment.
    pub fn cover(at: Timestamp) -> bool {
        let hours = Self::on(at);
        let midnight = Timestamp::start_of_day_in_tehran(at.day_in_tehran());
        let since = at.micros().saturating_sub(midnight.micros());
        let minute = since.checked_div(MINUTE_MICROS).unwrap_or(0);
        hours.opens_minute.is_some_and(|opens| {
            i64::from(opens) <= minute && minute < i64::from(hours.closes_minute)
        })
    }
}
