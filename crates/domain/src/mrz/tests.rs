use proptest::prelude::*;

use crate::time::{Calendar, Day, PartialDate};

use super::*;

/// The specimens of Doc 9303 parts 4, 5 and 6.
const TD3: [&str; 2] = [
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
];
const TD2: [&str; 2] = [
    "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<",
    "D231458907UTO7408122F1204159<<<<<<<6",
];
const TD1: [&str; 3] = [
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
];

fn day(text: &str) -> Day {
    PartialDate::parse(text, Calendar::Gregorian)
        .unwrap()
        .earliest()
}

fn zone(format: Format) -> Zone {
    Zone {
        format,
        document_code: if format == Format::Td3 { "P" } else { "I" }.to_owned(),
        issuer: "AFG".to_owned(),
        document_number: "O1234567".to_owned(),
        nationality: "AFG".to_owned(),
        birth_date: MrzDate::from_date(
            PartialDate::parse("1990-07-01", Calendar::Gregorian).unwrap(),
        ),
        sex: SexMark::Male,
        expiry_date: MrzDate::from_date(
            PartialDate::parse("1410-01-01", Calendar::Jalali).unwrap(),
        ),
        optional: String::new(),
        optional_second: String::new(),
        surname: "RAHIMI".to_owned(),
        given_names: "MOHAMMAD NABI".to_owned(),
    }
}

#[test]
fn specimens() {
    for (lines, format, number, optional, optional_data) in [
        (
            &TD3[..],
            Format::Td3,
            "L898902C3",
            "ZE184226B",
            Check::Right,
        ),
        (&TD2, Format::Td2, "D23145890", "", Check::Absent),
        (&TD1, Format::Td1, "D23145890", "", Check::Absent),
    ] {
        let Reading { zone, checks } = read(lines).unwrap();
        assert_eq!(zone.format, format);
        assert_eq!(zone.issuer, "UTO");
        assert_eq!(zone.nationality, "UTO");
        assert_eq!(zone.document_number, number);
        assert_eq!(zone.optional, optional);
        assert_eq!(
            (zone.surname.as_str(), zone.given_names.as_str()),
            ("ERIKSSON", "ANNA MARIA")
        );
        assert_eq!(zone.sex, SexMark::Female);
        assert_eq!(
            zone.birth_date
                .birth(day("2020-01-01"))
                .unwrap()
                .to_string(),
            "1974-08-12"
        );
        assert_eq!(
            zone.expiry_date
                .expiry(day("2010-01-01"))
                .unwrap()
                .to_string(),
            "2012-04-15"
        );
        assert_eq!(checks.optional_data, optional_data);
        assert_eq!(checks.wrong().count(), 0);
        assert_eq!(zone.write().unwrap(), lines);
    }
}

#[test]
fn each_check_digit_speaks_for_its_field() {
    let check = |place: usize, expected: &[&str]| {
        let mut second = TD3[1].as_bytes().to_vec();
        second[place] = if second[place] == b'7' { b'8' } else { b'7' };
        let second = String::from_utf8(second).unwrap();
        let reading = read(&[TD3[0], &second]).unwrap();
        assert_eq!(
            reading.checks.wrong().collect::<Vec<_>>(),
            expected,
            "{place}"
        );
    };
    check(1, &["document number", "whole zone"]);
    check(14, &["date of birth", "whole zone"]);
    check(22, &["date of expiry", "whole zone"]);
    check(30, &["optional data", "whole zone"]);
    check(43, &["whole zone"]);
    // Nationality and sex are under no check digit.
    check(10, &[]);
}

#[test]
fn empty_optional_data_may_have_a_filler_or_a_zero() {
    let mut passport = zone(Format::Td3);
    passport.document_number = "P1234567".to_owned();
    let lines = passport.write().unwrap();
    assert!(lines[1][28..43].chars().all(|c| c == '<'));
    assert_eq!(read(&lines).unwrap().checks.optional_data, Check::Absent);
    // A printed zero counts as right; the composite is the same, because filler and zero weigh nothing.
    let zero = format!("{}0{}", &lines[1][..42], &lines[1][43..]);
    let reading = read(&[lines[0].as_str(), &zero]).unwrap();
    assert_eq!(reading.checks.optional_data, Check::Right);
    assert_eq!(reading.checks.composite, Check::Right);
}

#[test]
fn long_document_numbers_run_into_the_optional_data() {
    // The example of part 5, note j: D23145890734, overflow 734, check digit 9.
    let lines = [
        "I<UTOD23145890<7349<<<<<<<<<<<",
        "3407127M9507122UTO<<<<<<<<<<<2",
        "STEVENSON<<PETER<JOHN<<<<<<<<<",
    ];
    let Reading { zone, checks } = read(&lines).unwrap();
    assert_eq!(zone.document_number, "D23145890734");
    assert_eq!(zone.optional, "");
    assert_eq!(checks.document_number, Check::Right);
    assert_eq!(checks.wrong().count(), 0);
    assert_eq!(zone.write().unwrap(), lines);
}

#[test]
fn refuses_what_is_no_zone() {
    let shape = |lines: &[&str]| match read(lines) {
        Err(MrzError::Shape { lines, longest }) => (lines, longest),
        other => panic!("{other:?}"),
    };
    assert_eq!(shape(&[]), (0, 0));
    assert_eq!(shape(&[TD3[0]]), (1, 44));
    assert_eq!(shape(&[TD3[0], &TD3[1][1..]]), (2, 44));
    assert_eq!(shape(&[TD1[0], TD1[1], TD1[2], TD1[2]]), (4, 30));
    let wrong = TD3[0].replace('S', "\u{15e}");
    assert_eq!(
        read(&[&wrong, TD3[1]]),
        Err(MrzError::Character { line: 0, index: 9 })
    );
}

#[test]
fn small_letters_and_outer_space_are_accepted() {
    let small = TD3.map(|line| format!(" {} ", line.to_ascii_lowercase()));
    assert_eq!(read(&small), read(&TD3));
}

#[test]
fn centuries() {
    let birth = |text: &str, latest: &str| {
        MrzDate::from_field(text)
            .birth(day(latest))
            .map(|date| date.to_string())
    };
    assert_eq!(birth("261121", "2026-11-22").as_deref(), Some("2026-11-21"));
    assert_eq!(birth("261123", "2026-11-22").as_deref(), Some("1926-11-23"));
    assert_eq!(birth("74<<<<", "2026-11-22").as_deref(), Some("1974"));
    assert_eq!(birth("7408<<", "2026-11-22").as_deref(), Some("1974-08"));
    assert_eq!(birth("<<<<<<", "2026-11-22"), None);
    assert_eq!(birth("741332", "2026-11-22"), None);
    assert_eq!(birth("74AB01", "2026-11-22"), None);
    let expiry = |text: &str, around: &str| {
        MrzDate::from_field(text)
            .expiry(day(around))
            .map(|date| date.to_string())
    };
    assert_eq!(
        expiry("310101", "2026-11-22").as_deref(),
        Some("2031-01-01")
    );
    assert_eq!(
        expiry("991231", "2026-11-22").as_deref(),
        Some("1999-12-31")
    );
    assert_eq!(
        expiry("050101", "1998-11-22").as_deref(),
        Some("2005-01-01")
    );
}

#[test]
fn dates_of_other_calendars_are_printed_as_days() {
    let date = |text, calendar| MrzDate::from_date(PartialDate::parse(text, calendar).unwrap());
    assert_eq!(date("1399-09-09", Calendar::Jalali).as_str(), "201129");
    assert_eq!(date("1399-09", Calendar::Jalali), MrzDate::UNKNOWN);
    assert_eq!(date("1974-08", Calendar::Gregorian).as_str(), "7408<<");
}

#[test]
fn long_names_keep_a_given_initial() {
    let mut card = zone(Format::Td1);
    card.surname = "A".repeat(40);
    let lines = card.write().unwrap();
    assert_eq!(lines[2], format!("{}<<M", "A".repeat(27)));
    card.given_names = String::new();
    assert_eq!(card.write().unwrap()[2], "A".repeat(30));
}

#[test]
fn refuses_to_write_what_the_alphabet_lacks() {
    let check = |field: &str, change: &dyn Fn(&mut Zone)| {
        let mut zone = zone(Format::Td3);
        change(&mut zone);
        match zone.write() {
            Err(MrzError::Field { field: found }) => assert_eq!(found, field),
            other => panic!("{field}: {other:?}"),
        }
    };
    check("surname", &|zone| {
        zone.surname = "\u{6cc}".to_owned();
    });
    check("surname", &|zone| {
        zone.surname = " - ".to_owned();
    });
    check("given_names", &|zone| {
        zone.given_names = "M0".to_owned();
    });
    check("document_number", &|zone| {
        zone.document_number = "1234567890".to_owned();
    });
    check("document_number", &|zone| {
        zone.document_number = String::new();
    });
    check("issuer", &|zone| {
        zone.issuer = "afg".to_owned();
    });
    check("optional", &|zone| {
        zone.optional = "X".repeat(15);
    });
    check("optional_second", &|zone| {
        zone.optional_second = "X".to_owned();
    });
    check("document_code", &|zone| {
        zone.document_code = "PXX".to_owned();
    });
    check("nationality", &|zone| {
        zone.nationality = String::new();
    });
}

#[test]
fn debug_hides_the_person() {
    let text = format!("{:?}", read(&TD3).unwrap());
    for hidden in ["ERIKSSON", "ANNA", "L898902C3", "740812", "ZE184226B"] {
        assert!(!text.contains(hidden));
    }
}

fn zones() -> impl Strategy<Value = Zone> {
    let date = (1970_i32..2060, 1_u8..13, 1_u8..29).prop_map(|(year, month, day)| {
        MrzDate::from_date(PartialDate::complete(Calendar::Gregorian, year, month, day).unwrap())
    });
    (
        prop::sample::select(Format::ALL),
        "[A-Z][A-Z0-9]{0,8}",
        "[A-Z]{1,3}",
        (date.clone(), date),
        prop::sample::select(&[SexMark::Female, SexMark::Male, SexMark::Unspecified][..]),
        "([A-Z0-9]{1,7})?",
        "[A-Z]{1,9}( [A-Z]{1,4})?",
        "([A-Z]{1,7}( [A-Z]{1,5})?)?",
        "[A-Z0-9]{0,4}",
    )
        .prop_map(
            |(format, number, state, (birth, expiry), sex, optional, surname, given, more)| {
                // A number that runs over leaves less room for optional data.
                let long = format != Format::Td3 && number.len() == 9 && !more.is_empty();
                Zone {
                    format,
                    document_code: if format == Format::Td3 { "P" } else { "I" }.to_owned(),
                    issuer: state.clone(),
                    document_number: if long { number + &more } else { number },
                    nationality: state,
                    birth_date: birth,
                    sex,
                    expiry_date: expiry,
                    optional: if long { String::new() } else { optional },
                    optional_second: if format == Format::Td1 {
                        more
                    } else {
                        String::new()
                    },
                    surname,
                    given_names: given,
                }
            },
        )
}

fn other_reading(format: Format, lines: &[String]) -> Result<mrz::MrzData, mrz::MrzError> {
    match format {
        Format::Td1 => mrz::parse_td1(&lines[0], &lines[1], &lines[2]),
        Format::Td2 => mrz::parse_td2(&lines[0], &lines[1]),
        Format::Td3 => mrz::parse_td3(&lines[0], &lines[1]),
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(zone in zones()) {
        let lines = zone.write().unwrap();
        let (count, width) = zone.format.shape();
        prop_assert_eq!(lines.len(), count);
        prop_assert!(lines.iter().all(|line| line.len() == width));
        let reading = read(&lines).unwrap();
        prop_assert_eq!(reading.checks.wrong().count(), 0);
        prop_assert!(reading.zone == zone);
    }

    /// An independent implementation agrees on what is written and on damaged lines.
    #[test]
    fn another_implementation_agrees(zone in zones(), line in 0_usize..3, place in 0_usize..44, to in 0_usize..10) {
        let mut lines = zone.write().unwrap();
        prop_assert!(other_reading(zone.format, &lines).unwrap().valid());
        let digit = char::from_digit(u32::try_from(to).unwrap(), 10).unwrap();
        let (count, width) = zone.format.shape();
        // Damage one digit of the lines with check digits.
        let (line, place) = (line % count, place % width);
        if lines[line].as_bytes()[place].is_ascii_digit() {
            lines[line].replace_range(place..=place, &digit.to_string());
        }
        let other = other_reading(zone.format, &lines);
        if let Ok(other) = other {
            let ours = read(&lines).unwrap().checks;
            let said = |check: Check| check != Check::Wrong;
            prop_assert_eq!(Some(said(ours.birth_date)), other.checks.date_of_birth);
            prop_assert_eq!(Some(said(ours.expiry_date)), other.checks.date_of_expiry);
            prop_assert_eq!(Some(said(ours.composite)), other.checks.composite);
            prop_assert_eq!(Some(said(ours.document_number)), other.checks.document_number);
        }
    }

    #[test]
    fn reading_never_panics(lines in prop::collection::vec("\\PC{0,50}", 0..4)) {
        let _reading = read(&lines);
    }

    #[test]
    fn reading_the_alphabet_never_fails(
        first in "[A-Z0-9<]{44}",
        second in "[A-Z0-9<]{44}",
    ) {
        prop_assert!(read(&[first, second]).is_ok());
    }
}
