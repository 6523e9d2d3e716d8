//! Writing, with right check digits.

use super::field::{FILLER, check_digit, value};
use super::{Format, MrzError, SexMark, Zone};

/// Characters of the document number field.
const NUMBER_WIDTH: usize = 9;

impl Zone {
    /// The lines of the zone, with right check digits. Names that are too long are cut so that at least the first
    /// letter of the given names stands.
    ///
    /// # Errors
    /// [`MrzError::Field`] for a field that is empty where it must not be, too long, or has characters that cannot
    /// be written: names are letters, spaces, hyphens and apostrophes, the rest A to Z, 0 to 9 and fillers.
    pub fn write(&self) -> Result<Vec<String>, MrzError> {
        match self.format {
            Format::Td1 => self.write_td1(),
            Format::Td2 => self.write_two_lines(36),
            Format::Td3 => self.write_two_lines(44),
        }
    }

    fn write_td1(&self) -> Result<Vec<String>, MrzError> {
        let (number, digit, optional) = self.number_and_optional(15)?;
        let first = format!("{}{number}{digit}{optional}", self.head()?);
        let birth = with_digit(self.birth_date.as_str());
        let expiry = with_digit(self.expiry_date.as_str());
        let second_optional = field("optional_second", &self.optional_second, 0..=11, 11)?;
        let covered = [
            first.get(5..).unwrap_or(""),
            &birth,
            &expiry,
            &second_optional,
        ]
        .concat();
        let second = format!(
            "{birth}{}{expiry}{}{second_optional}{}",
            self.sex_mark(),
            self.nationality_field()?,
            check_digit(covered.chars())
        );
        Ok(vec![first, second, self.names(30)?])
    }

    fn write_two_lines(&self, width: usize) -> Result<Vec<String>, MrzError> {
        if !self.optional_second.is_empty() {
            return Err(MrzError::Field {
                field: "optional_second",
            });
        }
        let first = format!("{}{}", self.head()?, self.names(width.saturating_sub(5))?);
        let (number, digit, optional) = if self.format == Format::Td3 {
            let number = field(
                "document_number",
                &self.document_number,
                1..=9,
                NUMBER_WIDTH,
            )?;
            let optional = field("optional", &self.optional, 0..=14, 14)?;
            // An empty field has the filler as its digit.
            let optional_digit = if self.optional.is_empty() {
                FILLER
            } else {
                check_digit(optional.chars())
            };
            (
                number.clone(),
                check_digit(number.chars()),
                format!("{optional}{optional_digit}"),
            )
        } else {
            self.number_and_optional(7)?
        };
        let numbered = format!("{number}{digit}");
        let birth = with_digit(self.birth_date.as_str());
        let expiry = with_digit(self.expiry_date.as_str());
        let covered = [numbered.as_str(), &birth, &expiry, &optional].concat();
        let second = format!(
            "{numbered}{}{birth}{}{expiry}{optional}{}",
            self.nationality_field()?,
            self.sex_mark(),
            check_digit(covered.chars())
        );
        Ok(vec![first, second])
    }

    /// Document code and issuer.
    fn head(&self) -> Result<String, MrzError> {
        let code = field("document_code", &self.document_code, 1..=2, 2)?;
        let issuer = field("issuer", &self.issuer, 1..=3, 3)?;
        Ok(code + &issuer)
    }

    fn nationality_field(&self) -> Result<String, MrzError> {
        field("nationality", &self.nationality, 1..=3, 3)
    }

    /// Number, its digit and the optional data: a long number runs into the optional data.
    fn number_and_optional(&self, width: usize) -> Result<(String, char, String), MrzError> {
        let number = self.document_number.as_str();
        match number.split_at_checked(NUMBER_WIDTH) {
            Some((head, tail)) if !tail.is_empty() => {
                let head = field("document_number", head, 9..=9, NUMBER_WIDTH)?;
                if head.contains(FILLER) || tail.contains(FILLER) {
                    return Err(MrzError::Field {
                        field: "document_number",
                    });
                }
                let run = format!("{tail}{}<{}", check_digit(number.chars()), self.optional);
                Ok((
                    head,
                    FILLER,
                    field("document_number", &run, 0..=width, width)?,
                ))
            }
            _ => {
                let head = field("document_number", number, 1..=9, NUMBER_WIDTH)?;
                let digit = check_digit(head.chars());
                Ok((
                    head,
                    digit,
                    field("optional", &self.optional, 0..=width, width)?,
                ))
            }
        }
    }

    fn sex_mark(&self) -> char {
        match self.sex {
            SexMark::Female => 'F',
            SexMark::Male => 'M',
            SexMark::Unspecified => FILLER,
        }
    }

    fn names(&self, width: usize) -> Result<String, MrzError> {
        let mut surname = name("surname", &self.surname)?;
        let given = name("given_names", &self.given_names)?;
        if surname.is_empty() {
            return Err(MrzError::Field { field: "surname" });
        }
        if given.is_empty() {
            surname.truncate(width);
            return Ok(padded(surname, width));
        }
        surname.truncate(width.saturating_sub(3));
        let mut names = format!("{}<<{given}", surname.trim_end_matches(FILLER));
        names.truncate(width);
        Ok(padded(names, width))
    }
}

/// A field in its width, checked.
fn field(
    name: &'static str,
    text: &str,
    lengths: std::ops::RangeInclusive<usize>,
    width: usize,
) -> Result<String, MrzError> {
    let fits = lengths.contains(&text.len())
        && !text.starts_with(FILLER)
        && text.chars().all(|c| value(c).is_some());
    if fits {
        Ok(padded(text.to_owned(), width))
    } else {
        Err(MrzError::Field { field: name })
    }
}

/// A name in the alphabet: words joined by one filler, apostrophes left out (part 3, 4.6).
fn name(field: &'static str, text: &str) -> Result<String, MrzError> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' => out.push(c.to_ascii_uppercase()),
            '\'' => {}
            ' ' | '-' => {
                if !out.is_empty() && !out.ends_with(FILLER) {
                    out.push(FILLER);
                }
            }
            _ => return Err(MrzError::Field { field }),
        }
    }
    out.truncate(out.trim_end_matches(FILLER).len());
    Ok(out)
}

fn with_digit(date: &str) -> String {
    format!("{date}{}", check_digit(date.chars()))
}

fn padded(mut text: String, width: usize) -> String {
    while text.len() < width {
        text.push(FILLER);
    }
    text
}
