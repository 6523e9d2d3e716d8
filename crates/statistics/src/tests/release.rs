//! There are no two releases one person apart.

use sabt_domain::time::{Calendar, Day};

use crate::release::{Arrivals, CLOSING_MIN, Month};

fn month(year: i32, month: u8) -> Month {
    Month::of(Day::from_date(Calendar::Jalali, year, month, 15).unwrap()).unwrap()
}

#[test]
fn a_month_ends_where_the_next_one_begins() {
    let last = month(1403, 12).last_day().unwrap();
    // 1403 is a leap year.
    assert_eq!(
        last,
        Day::from_date(Calendar::Jalali, 1403, 12, 30).unwrap()
    );
    let moment = month(1403, 12).last_moment().unwrap();
    assert_eq!(Month::at(moment), Some(month(1403, 12)));
    let next = sabt_domain::time::Timestamp::from_micros(moment.micros() + 1);
    assert_eq!(Month::at(next), Some(month(1404, 1)));
}

#[test]
fn at_least_a_hundred_subjects_are_new_between_two_releases_whoever_comes_when() {
    for seed in 0..200_u64 {
        let mut arrivals = Arrivals::default();
        let mut came = Vec::new();
        for nth in 0..48_u8 {
            let hash = blake3::hash(&[&seed.to_be_bytes()[..], &[nth]].concat());
            let count = u64::from(hash.as_bytes()[0]) * seed / 200;
            let month = month(1400 + i32::from(nth / 12), nth % 12 + 1);
            for _ in 0..count {
                arrivals.add(month);
            }
            came.push((month, count));
        }
        let closings = arrivals.closings();
        let mut after = None;
        for closing in &closings {
            let new: u64 = came
                .iter()
                .filter(|(month, _)| after.is_none_or(|after| after < *month) && month <= closing)
                .map(|(_, count)| count)
                .sum();
            assert!(CLOSING_MIN <= new);
            after = Some(*closing);
        }
        // What comes later moves no closing.
        let mut later = arrivals.clone();
        later.add(month(1404, 1));
        assert!(later.closings().starts_with(&closings));
    }
}
