//! Machine-readable zones of synthetic passports.

use sabt_domain::mrz::{Format, MrzDate, SexMark, Zone};
use sabt_domain::time::{Calendar, Day};

use crate::life::Person;
use crate::tables::Sex;

/// The two lines of a passport, with right check digits (ICAO 9303 part 4).
///
/// # Panics
/// If a transliteration of the name tables cannot be written: a test writes them all.
pub(crate) fn passport_lines(person: &Person, number: &str, until: Day) -> Vec<String> {
    let names = &person.names;
    // Who has no family name is entered under the given name alone.
    let (surname, given_names) = match names.family {
        Some(family) => (family.latin, names.given.latin),
        None => (names.given.latin, ""),
    };
    let zone = Zone {
        format: Format::Td3,
        document_code: "P".to_owned(),
        issuer: person.country.to_owned(),
        document_number: number.to_owned(),
        nationality: person.country.to_owned(),
        birth_date: date(person.birth),
        sex: match person.sex {
            Sex::Female => SexMark::Female,
            Sex::Male => SexMark::Male,
        },
        expiry_date: date(until),
        optional: String::new(),
        optional_second: String::new(),
        surname: surname.to_owned(),
        given_names: given_names.to_owned(),
    };
    zone.write()
        .expect("names and numbers of the tables fit a passport")
}

fn date(day: Day) -> MrzDate {
    MrzDate::from_date(
        day.date_in(Calendar::Gregorian)
            .expect("simulated years are in the calendar's range"),
    )
}
