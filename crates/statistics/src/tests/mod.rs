mod attacks;
mod noise;
mod recount;
mod release;
mod world;

use sabt_domain::time::{Day, Timestamp};

use crate::noise::{StatisticsKey, Tally};
use crate::release::{CutOff, Period, Release};

/// The key of the nth registry.
fn key(nth: u64) -> StatisticsKey {
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&nth.to_be_bytes());
    StatisticsKey::copied_from(&bytes)
}

/// A release at the nth cut-off.
fn release(nth: i64) -> Release {
    Release {
        cut_off: CutOff {
            known_at: Timestamp::from_micros(nth),
            position: 0,
        },
        period: Period {
            first: None,
            last: Day::from_epoch_days(20_000),
        },
    }
}

/// The cell of these persons.
fn cell(key: &StatisticsKey, persons: impl IntoIterator<Item = u64>) -> Tally {
    let mut tally = Tally::default();
    for person in persons {
        tally.add(key.record_key(person));
    }
    tally
}
