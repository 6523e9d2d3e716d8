use sabt_proto::event::v1::Calendar;

use crate::args::CalendarArg;
use crate::when::{date, time};

#[test]
fn a_day_in_any_digits() {
    let jalali = |text| date(text, CalendarArg::Jalali).unwrap();
    let expected = jalali("1405-09-01");
    assert_eq!((expected.year, expected.month, expected.day), (1405, 9, 1));
    assert_eq!(expected.calendar(), Calendar::Jalali);
    // The same in Persian digits, with slashes.
    let persian = "\u{6f1}\u{6f4}\u{6f0}\u{6f5}/\u{6f9}/\u{6f1}";
    assert_eq!(jalali(persian), expected);
    // And in Arabic digits.
    assert_eq!(
        jalali("\u{661}\u{664}\u{660}\u{665}-\u{669}-\u{661}"),
        expected
    );
}

#[test]
fn what_is_not_a_day_is_refused() {
    for text in [
        "",
        "1405",
        "1405-09",
        "1405-09-01-02",
        "x-1-1",
        "1405-0-1",
        "1405-1-0",
    ] {
        assert!(date(text, CalendarArg::Gregorian).is_err(), "{text}");
    }
}

#[test]
fn a_time_is_a_number_or_rfc_3339() {
    assert_eq!(time("1789459200000000").unwrap(), 1_789_459_200_000_000);
    assert_eq!(time("2026-09-15T08:00:00Z").unwrap(), 1_789_459_200_000_000);
    assert_eq!(time("2026-09-15 08:00:00z").unwrap(), 1_789_459_200_000_000);
    for text in [
        "2026-09-15",
        "2026-09-15T08:00:00",
        "2026-02-30T00:00:00Z",
        "soon",
    ] {
        assert!(time(text).is_err(), "{text}");
    }
}
