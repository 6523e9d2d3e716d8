//! Reading.

use super::field::{FILLER, check, check_optional, value};
use super::{Check, Checks, Format, MrzDate, MrzError, SexMark, Zone};

/// A zone as read, and what each check digit says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The content.
    pub zone: Zone,
    /// The check digits.
    pub checks: Checks,
}

/// Reads a zone, one string a line. Space around lines is ignored and small letters count as capitals; nothing
/// else is repaired.
///
/// # Errors
/// [`MrzError::Shape`] if number and length of the lines fit no format, [`MrzError::Character`] for a character
/// outside the alphabet. Wrong check digits are no error.
pub fn read<S: AsRef<str>>(lines: &[S]) -> Result<Reading, MrzError> {
    let lines: Vec<String> = lines
        .iter()
        .map(|line| line.as_ref().trim().to_ascii_uppercase())
        .collect();
    let format = format_of(&lines)?;
    for (line, text) in lines.iter().enumerate() {
        if let Some(index) = text.chars().position(|c| value(c).is_none()) {
            return Err(MrzError::Character { line, index });
        }
    }
    let line = |index: usize| Line(lines.get(index).map_or("", String::as_str));
    Ok(match format {
        Format::Td1 => td1(line(0), line(1), line(2)),
        Format::Td2 | Format::Td3 => two_lines(format, line(0), line(1)),
    })
}

fn format_of(lines: &[String]) -> Result<Format, MrzError> {
    let fits = |format: &Format| {
        let (count, width) = format.shape();
        lines.len() == count && lines.iter().all(|line| line.chars().count() == width)
    };
    Format::ALL
        .iter()
        .copied()
        .find(fits)
        .ok_or_else(|| MrzError::Shape {
            lines: lines.len(),
            longest: lines
                .iter()
                .map(|line| line.chars().count())
                .max()
                .unwrap_or(0),
        })
}

/// A line of known length, all ASCII.
#[derive(Clone, Copy)]
struct Line<'a>(&'a str);

impl<'a> Line<'a> {
    fn at(self, from: usize, until: usize) -> &'a str {
        self.0.get(from..until).unwrap_or("")
    }
}

fn td1(first: Line<'_>, second: Line<'_>, third: Line<'_>) -> Reading {
    let number = DocumentNumber::read(first.at(5, 14), first.at(14, 15), first.at(15, 30));
    let composite = [
        first.at(5, 30),
        second.at(0, 7),
        second.at(8, 15),
        second.at(18, 29),
    ]
    .concat();
    let (surname, given_names) = names(third.0);
    Reading {
        checks: Checks {
            document_number: number.check,
            birth_date: check(second.at(0, 6), second.at(6, 7)),
            expiry_date: check(second.at(8, 14), second.at(14, 15)),
            optional_data: Check::Absent,
            composite: check(&composite, second.at(29, 30)),
        },
        zone: Zone {
            format: Format::Td1,
            document_code: trimmed(first.at(0, 2)),
            issuer: trimmed(first.at(2, 5)),
            document_number: number.number,
            nationality: trimmed(second.at(15, 18)),
            birth_date: MrzDate::from_field(second.at(0, 6)),
            sex: sex(second.at(7, 8)),
            expiry_date: MrzDate::from_field(second.at(8, 14)),
            optional: number.optional,
            optional_second: trimmed(second.at(18, 29)),
            surname,
            given_names,
        },
    }
}

/// TD2 and TD3 differ in width, and in that TD3 has a check digit for the optional data where TD2 lets the
/// document number run into them.
fn two_lines(format: Format, first: Line<'_>, second: Line<'_>) -> Reading {
    let (_, width) = format.shape();
    let composite_at = width.saturating_sub(1);
    let (number, optional_data) = if format == Format::Td3 {
        let number = DocumentNumber {
            number: trimmed(second.at(0, 9)),
            optional: trimmed(second.at(28, 42)),
            check: check(second.at(0, 9), second.at(9, 10)),
        };
        (number, check_optional(second.at(28, 42), second.at(42, 43)))
    } else {
        let number = DocumentNumber::read(
            second.at(0, 9),
            second.at(9, 10),
            second.at(28, composite_at),
        );
        (number, Check::Absent)
    };
    let composite = [
        second.at(0, 10),
        second.at(13, 20),
        second.at(21, composite_at),
    ]
    .concat();
    let (surname, given_names) = names(first.at(5, width));
    Reading {
        checks: Checks {
            document_number: number.check,
            birth_date: check(second.at(13, 19), second.at(19, 20)),
            expiry_date: check(second.at(21, 27), second.at(27, 28)),
            optional_data,
            composite: check(&composite, second.at(composite_at, width)),
        },
        zone: Zone {
            format,
            document_code: trimmed(first.at(0, 2)),
            issuer: trimmed(first.at(2, 5)),
            document_number: number.number,
            nationality: trimmed(second.at(10, 13)),
            birth_date: MrzDate::from_field(second.at(13, 19)),
            sex: sex(second.at(20, 21)),
            expiry_date: MrzDate::from_field(second.at(21, 27)),
            optional: number.optional,
            optional_second: String::new(),
            surname,
            given_names,
        },
    }
}

/// A document number with what is left of the optional data.
struct DocumentNumber {
    number: String,
    optional: String,
    check: Check,
}

impl DocumentNumber {
    /// A number of more than nine characters has the filler in place of its check digit; the rest of it, then its
    /// check digit, then a filler stand at the beginning of the optional data (parts 5 and 6, note j).
    fn read(field: &str, printed: &str, optional: &str) -> Self {
        let overflow = (printed == "<" && field.chars().all(|c| c != FILLER))
            .then(|| optional.split_once(FILLER))
            .flatten()
            .and_then(|(run, rest)| {
                let (tail, digit) = run.split_at_checked(run.len().checked_sub(1)?)?;
                (!tail.is_empty()).then_some((tail, digit, rest))
            });
        if let Some((tail, digit, rest)) = overflow {
            let number = format!("{field}{tail}");
            let check = check(&number, digit);
            Self {
                number,
                optional: trimmed(rest),
                check,
            }
        } else {
            Self {
                number: trimmed(field),
                optional: trimmed(optional),
                check: check_optional(field, printed),
            }
        }
    }
}

fn sex(mark: &str) -> SexMark {
    match mark {
        "F" => SexMark::Female,
        "M" => SexMark::Male,
        _ => SexMark::Unspecified,
    }
}

/// Primary and secondary identifier: two fillers between them, one filler for a space.
fn names(field: &str) -> (String, String) {
    let (surname, given) = field.split_once("<<").unwrap_or((field, ""));
    let spaced = |part: &str| part.replace(FILLER, " ").trim().to_owned();
    (spaced(surname), spaced(given))
}

fn trimmed(field: &str) -> String {
    field.trim_end_matches(FILLER).to_owned()
}
