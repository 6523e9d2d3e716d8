use proptest::prelude::*;

use super::*;

fn calendars() -> impl Strategy<Value = Calendar> {
    prop::sample::select(Calendar::ALL)
}

/// Days all three calendars accept: the first of 1178 to the last of 1678 in the Persian calendar.
fn days() -> impl Strategy<Value = Day> {
    let first = jalali("1178-01-01").epoch_days();
    let last = PartialDate::parse("1678", Calendar::Jalali)
        .unwrap()
        .latest()
        .epoch_days();
    (first..=last).prop_map(Day::from_epoch_days)
}

fn jalali(text: &str) -> Day {
    let date = PartialDate::parse(text, Calendar::Jalali).unwrap();
    assert!(date.is_complete());
    date.earliest()
}

#[test]
fn known_days_in_three_calendars() {
    // Gregorian, Jalali, tabular Hijri.
    for (gregorian, persian, hijri) in [
        ("2020-11-29", "1399-09-09", "1442-04-13"),
        ("1970-01-01", "1348-10-11", "1389-10-22"),
        ("2021-03-20", "1399-12-30", "1442-08-06"),
        ("2024-03-19", "1402-12-29", "1445-09-09"),
        ("2025-03-20", "1403-12-30", "1446-09-20"),
    ] {
        let day = PartialDate::parse(gregorian, Calendar::Gregorian)
            .unwrap()
            .earliest();
        assert_eq!(day.to_string(), gregorian);
        assert_eq!(day.date_in(Calendar::Jalali).unwrap().to_string(), persian);
        assert_eq!(day.date_in(Calendar::Hijri).unwrap().to_string(), hijri);
    }
}

#[test]
fn the_epoch_is_day_zero() {
    assert_eq!(
        Day::from_date(Calendar::Gregorian, 1970, 1, 1)
            .unwrap()
            .epoch_days(),
        0
    );
    assert_eq!(Day::from_epoch_days(-1).to_string(), "1969-12-31");
}

#[test]
fn leap_years() {
    for (year, leap) in [
        (1370, true),
        (1375, true),
        (1387, true),
        (1391, true),
        (1395, true),
        (1399, true),
        (1400, false),
        (1401, false),
        (1402, false),
        (1403, true),
        (1404, false),
        (1408, true),
    ] {
        let last = PartialDate::complete(Calendar::Jalali, year, 12, 30);
        assert_eq!(last.is_ok(), leap, "{year}");
        if !leap {
            assert_eq!(last, Err(DateError::Day));
        }
    }
    assert!(PartialDate::complete(Calendar::Gregorian, 2000, 2, 29).is_ok());
    assert!(PartialDate::complete(Calendar::Gregorian, 1900, 2, 29).is_err());
    // Type II: years 2, 5, 7, 10, 13, 16, 18, 21, 24, 26, 29 of each cycle of 30.
    assert!(PartialDate::complete(Calendar::Hijri, 1445, 12, 30).is_ok());
    assert!(PartialDate::complete(Calendar::Hijri, 1444, 12, 30).is_err());
}

#[test]
fn refuses_what_does_not_exist() {
    let check = |year, month, day, expected| {
        assert_eq!(
            PartialDate::new(Calendar::Jalali, year, month, day),
            Err(expected)
        );
    };
    check(1399, Some(0), None, DateError::Month);
    check(1399, Some(13), None, DateError::Month);
    check(1399, Some(7), Some(31), DateError::Day);
    check(1399, Some(7), Some(0), DateError::Day);
    check(1399, None, Some(1), DateError::DayWithoutMonth);
    check(
        2020,
        None,
        None,
        DateError::Year {
            calendar: Calendar::Jalali,
        },
    );
    assert_eq!(
        PartialDate::new(Calendar::Gregorian, 1399, None, None),
        Err(DateError::Year {
            calendar: Calendar::Gregorian
        }),
    );
    assert_eq!(
        DateError::Year {
            calendar: Calendar::Gregorian
        }
        .to_string(),
        "has a year outside 1799..=2300 of the GREGORIAN calendar"
    );
}

#[test]
fn parses_and_prints_as_stated() {
    for text in ["1399", "1399-09", "1399-09-09"] {
        let date = PartialDate::parse(text, Calendar::Jalali).unwrap();
        assert_eq!(date.to_string(), text);
        assert_eq!(date.calendar(), Calendar::Jalali);
    }
    // 1399/9/9 in Persian digits.
    let persian = "\u{6f1}\u{6f3}\u{6f9}\u{6f9}/\u{6f9}/\u{6f9}";
    let date = PartialDate::parse(persian, Calendar::Jalali).unwrap();
    assert_eq!(date.to_string(), "1399-09-09");
    for text in [
        "",
        "-",
        "1399-",
        "1399-9-9-9",
        "99999",
        "1399-009",
        "13x9",
        "1399-+9",
        "-1399",
    ] {
        assert_eq!(
            PartialDate::parse(text, Calendar::Jalali),
            Err(DateError::Form),
            "{text}"
        );
    }
}

#[test]
fn partial_dates_span_what_they_may_mean() {
    let year = PartialDate::parse("1399", Calendar::Jalali).unwrap();
    assert_eq!(
        (year.earliest(), year.latest()),
        (jalali("1399-01-01"), jalali("1399-12-30"))
    );
    let month = PartialDate::parse("1400-12", Calendar::Jalali).unwrap();
    assert_eq!(
        (month.earliest(), month.latest()),
        (jalali("1400-12-01"), jalali("1400-12-29"))
    );
    assert!(month.may_be(jalali("1400-12-15")));
    assert!(!month.may_be(jalali("1401-01-01")));
}

#[test]
fn months_clamp_at_the_end() {
    let check = |from: &str, months: i32, to: &str| {
        assert_eq!(
            jalali(from).plus_months(Calendar::Jalali, months),
            Ok(jalali(to)),
            "{from}"
        );
    };
    check("1399-12-30", 12, "1400-12-29");
    check("1399-12-30", 48, "1403-12-30");
    check("1399-06-31", 1, "1399-07-30");
    check("1399-06-31", 6, "1399-12-30");
    check("1400-06-31", 6, "1400-12-29");
    check("1399-01-15", -1, "1398-12-15");
    check("1399-01-31", -1, "1398-12-29");
    check("1399-01-15", 0, "1399-01-15");
    assert!(
        jalali("1678-12-01")
            .plus_months(Calendar::Jalali, 1)
            .is_err()
    );
    assert!(
        jalali("1399-01-01")
            .plus_months(Calendar::Jalali, i32::MAX)
            .is_err()
    );
    assert!(
        jalali("1399-01-01")
            .plus_months(Calendar::Jalali, i32::MIN)
            .is_err()
    );
}

#[test]
fn an_age_is_reached_on_the_birthday() {
    let check = |birth: &str, on: &str, age: u32| {
        assert_eq!(
            jalali(birth).completed_years(Calendar::Jalali, jalali(on)),
            age,
            "{birth} {on}"
        );
    };
    check("1385-05-10", "1403-05-09", 17);
    check("1385-05-10", "1403-05-10", 18);
    check("1385-05-10", "1385-05-10", 0);
    check("1385-05-10", "1380-01-01", 0);
    // Born on a leap day: the last day of Esfand is the birthday in other years.
    check("1399-12-30", "1417-12-28", 17);
    check("1399-12-30", "1417-12-29", 18);
}

#[test]
fn tehran_is_three_and_a_half_hours_ahead() {
    let day = Day::from_date(Calendar::Gregorian, 2020, 11, 29).unwrap();
    let start = Timestamp::start_of_day_in_tehran(day);
    assert_eq!(start.to_string(), "2020-11-28T20:30:00.000000Z");
    assert_eq!(start.day_in_tehran(), day);
    let before = Timestamp::from_micros(start.micros() - 1);
    assert_eq!(before.day_in_tehran(), day.plus_days(-1).unwrap());
    assert_eq!(before.to_string(), "2020-11-28T20:29:59.999999Z");
    assert_eq!(
        start.plus_seconds(86_400).unwrap().day_in_tehran(),
        day.plus_days(1).unwrap()
    );
    assert_eq!(start.plus_seconds(i64::MAX), None);
}

#[test]
fn extremes_do_not_panic() {
    for micros in [i64::MIN, i64::MAX, 0] {
        let timestamp = Timestamp::from_micros(micros);
        assert!(!timestamp.to_string().is_empty());
        assert!(!timestamp.day_in_tehran().to_string().is_empty());
    }
    for days in [i32::MIN, i32::MAX] {
        let day = Day::from_epoch_days(days);
        assert!(day.date_in(Calendar::Jalali).is_err());
        assert!(day.plus_months(Calendar::Jalali, 1).is_err());
        assert_eq!(day.days_until(day), 0);
    }
    assert_eq!(Day::from_epoch_days(i32::MAX).plus_days(1), None);
}

proptest! {
    #[test]
    fn a_day_survives_every_calendar(day in days(), calendar in calendars()) {
        let date = day.date_in(calendar).unwrap();
        prop_assert!(date.is_complete());
        prop_assert_eq!(date.earliest(), day);
        prop_assert_eq!(date.latest(), day);
        prop_assert_eq!(PartialDate::parse(&date.to_string(), calendar), Ok(date));
    }

    #[test]
    fn the_next_day_is_the_next_date(day in days(), calendar in calendars()) {
        let date = day.date_in(calendar).unwrap();
        let Ok(next) = day.plus_days(1).unwrap().date_in(calendar) else { return Ok(()) };
        let key = |date: PartialDate| (date.year(), date.month(), date.day());
        prop_assert!(key(date) < key(next));
    }

    #[test]
    fn partial_dates_are_in_order(
        calendar in calendars(),
        year in 1178_i32..2299,
        month in prop::option::of(0_u8..14),
        day in prop::option::of(0_u8..33),
    ) {
        if let Ok(date) = PartialDate::new(calendar, year, month, day) {
            prop_assert!(date.earliest() <= date.latest());
            prop_assert_eq!(date.is_complete(), date.earliest() == date.latest());
            prop_assert_eq!(date.earliest().year_in(calendar), year);
            prop_assert_eq!(date.latest().year_in(calendar), year);
        }
    }

    #[test]
    fn months_go_forward(day in days(), months in 1_i32..200, calendar in calendars()) {
        if let Ok(later) = day.plus_months(calendar, months) {
            prop_assert!(later > day);
            // No month has fewer than 29 days in a lunar, 28 in a solar calendar, and none more than 31.
            let span = day.days_until(later);
            prop_assert!(span >= i64::from(months) * 28 - 3 && span <= i64::from(months) * 31);
        }
    }

    #[test]
    fn ages_agree_with_years_added(birth in days(), years in 0_u16..120) {
        if let Ok(birthday) = birth.plus_years(Calendar::Jalali, i32::from(years)) {
            prop_assert_eq!(birth.completed_years(Calendar::Jalali, birthday), u32::from(years));
            let eve = birthday.plus_days(-1).unwrap();
            prop_assert_eq!(
                birth.completed_years(Calendar::Jalali, eve),
                u32::from(years.saturating_sub(1))
            );
        }
    }

    /// The closed formula of the tabular calendar (Julian day number; R. H. van Gent, University of Utrecht),
    /// against the calendar crate.
    #[test]
    fn hijri_agrees_with_the_closed_formula(day in days()) {
        let date = day.date_in(Calendar::Hijri).unwrap();
        let year = date.year();
        let (month, of_month) = (i32::from(date.month().unwrap()), i32::from(date.day().unwrap()));
        let julian_day = (11 * year + 3) / 30 + 354 * year + 30 * month - (month - 1) / 2
            + of_month + 1_948_440 - 385;
        prop_assert_eq!(julian_day - 2_440_588, day.epoch_days());
    }

    #[test]
    fn parse_never_panics(text in "\\PC{0,16}", calendar in calendars()) {
        let _parsed = PartialDate::parse(&text, calendar);
    }
}
