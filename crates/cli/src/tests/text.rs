use std::path::Path;
use std::time::Duration;

use sabt_proto::event::v1::{Calendar, Date};
use unicode_width::UnicodeWidthStr as _;

use crate::text::{
    bytes, count, date, date_short, duration, heading, instant, isolate, rate, shell, word, wrap,
};

#[test]
fn only_right_to_left_text_is_isolated() {
    assert_eq!(isolate("Zarmina"), "Zarmina");
    let persian = "\u{632}\u{631}\u{645}\u{6cc}\u{646}\u{647}";
    assert_eq!(isolate(persian), format!("\u{2068}{persian}\u{2069}"));
    // The isolates take no room on the screen.
    assert_eq!(isolate(persian).width(), persian.width());
}

#[test]
fn numbers_for_people() {
    assert_eq!(count(0), "0");
    assert_eq!(count(999), "999");
    assert_eq!(count(1_000), "1,000");
    assert_eq!(count(1_234_567), "1,234,567");
    assert_eq!(bytes(1_023), "1023 B");
    assert_eq!(bytes(1_536), "1.5 KiB");
    assert_eq!(bytes(u64::MAX), "16777215.9 TiB");
    assert_eq!(duration(Duration::from_micros(412)), "412 us");
    assert_eq!(duration(Duration::from_micros(3_250)), "3.2 ms");
    assert_eq!(duration(Duration::from_millis(12_480)), "12.4 s");
    assert_eq!(rate(30, Duration::from_millis(500)), 60);
    assert_eq!(rate(0, Duration::ZERO), 0);
}

#[test]
fn dates_keep_their_calendar_and_what_is_not_known() {
    let stated = |year, month, day| {
        Some(Date {
            calendar: Calendar::Jalali.into(),
            year,
            month,
            day,
        })
    };
    assert_eq!(date(stated(1399, 9, 9).as_ref()), "1399-09-09 Jalali");
    assert_eq!(date(stated(1399, 9, 0).as_ref()), "1399-09 Jalali");
    assert_eq!(date(stated(1399, 0, 0).as_ref()), "1399 Jalali");
    assert_eq!(date(None), "-");
    for stated in [stated(1399, 9, 9), stated(1399, 0, 0), None] {
        assert_eq!(date_short(stated.as_ref()).len(), 12);
    }
    assert_eq!(instant(1_789_459_200_000_000), "2026-09-15 08:00:00Z");
    assert_eq!(instant(0), "-");
}

#[test]
fn words_of_the_contract() {
    assert_eq!(
        word("RESIDENCE_KIND_THREE_YEAR", "RESIDENCE_KIND_"),
        "three year"
    );
    assert_eq!(word("SEX_UNSPECIFIED", "SEX_"), "-");
}

#[test]
fn lines_break_between_words_and_keep_their_indent() {
    assert_eq!(wrap("one two three", 8, ""), "one two\nthree");
    assert_eq!(wrap("one two three", 9, "  "), "  one two\n  three");
    assert_eq!(wrap("unbreakable", 4, ""), "unbreakable");
    assert_eq!(wrap("", 10, "  "), "  ");
    assert_eq!(wrap("took 2.5\u{a0}ms", 9, ""), "took\n2.5 ms");
    assert_eq!(heading("x", 80).width(), 80);
}

#[test]
fn paths_are_quoted_only_where_they_must_be() {
    assert_eq!(shell(Path::new("/srv/sabt-1")), "/srv/sabt-1");
    assert_eq!(shell(Path::new("my registry")), "'my registry'");
    assert_eq!(shell(Path::new("it's")), "'it'\\''s'");
    assert_eq!(shell(Path::new("")), "''");
}
