//! Months of disclosures.

use super::{AuditEpoch, BeforeAudit, MICROS_PER_DAY, epoch_of};

#[test]
fn months_begin_and_end_at_midnight_utc() {
    // Days since 1970-01-01 of the first day of each month.
    let firsts = [
        (0, "1970-01"),
        (31, "1970-02"),
        (59, "1970-03"),
        (11_016, "2000-02-29 is the last day of 2000-02"),
        (11_017, "2000-03"),
        (20_513, "2026-03"),
        (20_758, "2026-11"),
        (20_819, "2027-01"),
        (47_541, "2100-03, after a February of 28 days"),
    ];
    for (day, text) in firsts {
        let (month, is_first) = (&text[..7], !text.contains("last day"));
        let name = |micros| epoch_of(micros).map(|epoch| epoch.to_string());
        if !is_first {
            assert_eq!(name(day * MICROS_PER_DAY).unwrap(), "2000-02");
            continue;
        }
        assert_eq!(name(day * MICROS_PER_DAY).unwrap(), month);
        if 0 < day {
            assert_ne!(name(day * MICROS_PER_DAY - 1).unwrap(), month);
        }
    }
}

#[test]
fn every_day_of_four_centuries_is_in_the_month_a_calendar_puts_it() {
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (mut day, mut month) = (0, 0_u32);
    for year in 1970..2370 {
        let february = if leap(year) { 29 } else { 28 };
        for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            for _ in 0..days {
                assert_eq!(
                    epoch_of(day * MICROS_PER_DAY).unwrap(),
                    AuditEpoch::new(month)
                );
                day += 1;
            }
            month += 1;
        }
    }
}

#[test]
fn times_before_1970_are_refused_and_no_time_overflows() {
    assert_eq!(epoch_of(-1), Err(BeforeAudit { micros: -1 }));
    assert_eq!(epoch_of(i64::MIN), Err(BeforeAudit { micros: i64::MIN }));
    assert_eq!(epoch_of(i64::MAX).unwrap().to_string(), "294247-01");
}
