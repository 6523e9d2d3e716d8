//! Texts in Persian and sample acts, which stand in data files.

use sabt_domain::codec::Value as _;
use sabt_domain::time::{Calendar, Timestamp};
use sabt_proto::event::v1 as event;
use sabt_server::clock::Clock;

use crate::error::CliError;
use crate::json;

/// Name of the governance authority.
pub const GOVERNANCE_NAME_FA: &str = include_str!("../data/governance-name-fa.txt");

/// The registration of a person who has no papers, her name misheard.
const WITHOUT_PAPERS: &str = include_str!("../data/register-without-papers.json");
/// The same with her name as she writes it.
const WITHOUT_PAPERS_CORRECTED: &str =
    include_str!("../data/register-without-papers-corrected.json");

/// An act that registers a person without papers, as an office would write it.
///
/// # Errors
/// Never, unless the data file is damaged.
pub fn without_papers() -> Result<event::Act, CliError> {
    act(WITHOUT_PAPERS)
}

/// What the act should have said.
///
/// # Errors
/// Never, unless the data file is damaged.
pub fn without_papers_corrected() -> Result<event::Act, CliError> {
    act(WITHOUT_PAPERS_CORRECTED)
}

fn act(text: &str) -> Result<event::Act, CliError> {
    Ok(json::from_str("sabt.event.v1.Act", text)?)
}

/// This day in Tehran, in the civil calendar of Iran.
pub fn today(clock: &Clock) -> event::Date {
    days_from_today(clock, 0)
}

/// The day in Tehran so many days from now, in the civil calendar of Iran.
pub fn days_from_today(clock: &Clock, days: i32) -> event::Date {
    let today = Timestamp::from_micros(clock.now_micros()).day_in_tehran();
    // A day beyond the calendar has no date; the registry then says that it is missing.
    let day = today.plus_days(days);
    day.and_then(|day| day.date_in(Calendar::Jalali).ok())
        .map(|date| date.to_message())
        .unwrap_or_default()
}
