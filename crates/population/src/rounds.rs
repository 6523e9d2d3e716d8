//! The rounds of Amayesh, and for whom a card of each is good.

use sabt_domain::time::Day;

use crate::when::{DayMath, jalali};

/// First days of the rounds, Jalali year and month. The first round was held in 1382 and the fifteenth in 1399
/// (services.md section 6); the years between are approximate.
pub(crate) const ROUNDS: [(i32, u8); 20] = [
    (1382, 7),
    (1384, 3),
    (1385, 9),
    (1387, 2),
    (1388, 6),
    (1390, 1),
    (1391, 2),
    (1392, 3),
    (1393, 3),
    (1394, 3),
    (1395, 3),
    (1396, 4),
    (1397, 4),
    (1398, 4),
    (1399, 4),
    (1400, 5),
    (1401, 6),
    (1402, 8),
    (1403, 9),
    (1404, 9),
];

/// Days after the start of a round within which a card of the round before is still good, and everybody is served.
pub(crate) const GRACE_DAYS: i32 = 120;

/// Rounds for which a card is good: its holder comes to every second round.
pub(crate) const ROUNDS_PER_CARD: usize = 2;

/// The first day of a round by index; `None` after the newest.
pub(crate) fn first_day(round: usize) -> Option<Day> {
    ROUNDS
        .get(round)
        .map(|&(year, month)| jalali(year, month, 1))
}

/// Last valid day of a card given in a round: the grace of the round in which the holder comes again, or two years for
/// the newest.
pub(crate) fn card_end(round: usize, given: Day) -> Day {
    first_day(round + ROUNDS_PER_CARD)
        .map_or_else(|| given.plus_jalali_years(2), |next| next.plus(GRACE_DAYS))
}
