//! Machine-readable zones of travel documents: ICAO Doc 9303 parts 3 (check digits), 4 (TD3, passports), 5 (TD1,
//! cards) and 6 (TD2), eighth edition.
//!
//! A zone is evidence: it is kept as read even where check digits fail, and which of them fail is told one by
//! one, never as one yes or no. A wrong check digit says that a character was misread or that a printer erred; it
//! says nothing about the person.
//!
//! # Why not a crate
//!
//! `mrz` 0.9 gives per-field results for these formats without unsafe code, and the tests here compare with it. It
//! is not used to decide because most of it repairs optical misreadings, which a register must not do; because its
//! types print names and numbers in `Debug`; because it picks the century of a date by a year compiled into it; and
//! because its interface broke six times between July and September 2026, while the zone has not changed in decades.

mod date;
mod error;
mod field;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;

pub use date::MrzDate;
pub use error::MrzError;
pub use read::{Reading, read};

/// Size and shape of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Three lines of 30 characters: cards.
    Td1,
    /// Two lines of 36 characters: larger cards.
    Td2,
    /// Two lines of 44 characters: passports.
    Td3,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] = &[Self::Td1, Self::Td2, Self::Td3];

    /// Number of lines and characters a line.
    pub const fn shape(self) -> (usize, usize) {
        match self {
            Self::Td1 => (3, 30),
            Self::Td2 => (2, 36),
            Self::Td3 => (2, 44),
        }
    }
}

/// The mark of sex in a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SexMark {
    /// `F`.
    Female,
    /// `M`.
    Male,
    /// The filler, or `X` as some issuers print.
    Unspecified,
}

/// What a check digit says of its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// It belongs to the field.
    Right,
    /// It does not belong to the field.
    Wrong,
    /// The format has no such digit, or leaves it out because the field is empty.
    Absent,
}

/// The check digits of a zone, each on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checks {
    /// Of the document number.
    pub document_number: Check,
    /// Of the date of birth.
    pub birth_date: Check,
    /// Of the date of expiry.
    pub expiry_date: Check,
    /// Of the optional data (personal number): only TD3 has one.
    pub optional_data: Check,
    /// Over the fields together.
    pub composite: Check,
}

impl Checks {
    /// The names of the fields whose check digit is wrong, for a message to the clerk.
    pub fn wrong(&self) -> impl Iterator<Item = &'static str> {
        [
            ("document number", self.document_number),
            ("date of birth", self.birth_date),
            ("date of expiry", self.expiry_date),
            ("optional data", self.optional_data),
            ("whole zone", self.composite),
        ]
        .into_iter()
        .filter_map(|(name, check)| (check == Check::Wrong).then_some(name))
    }
}

/// The content of a zone. Fillers at the end of fields are left out; inside names they are spaces. `Debug` hides
/// everything about the person.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    /// Size and shape.
    pub format: Format,
    /// Document code: one or two letters, the first `P` for a passport.
    pub document_code: String,
    /// Issuing State or organisation, one to three letters.
    pub issuer: String,
    /// Document number, without its check digit; TD1 and TD2 hold more than nine characters by running into the
    /// optional data.
    pub document_number: String,
    /// Nationality, one to three letters.
    pub nationality: String,
    /// Date of birth.
    pub birth_date: MrzDate,
    /// Mark of sex.
    pub sex: SexMark,
    /// Date of expiry.
    pub expiry_date: MrzDate,
    /// Optional data; in TD1 those of the first line.
    pub optional: String,
    /// Optional data of the second line of TD1; empty in the others.
    pub optional_second: String,
    /// Primary identifier.
    pub surname: String,
    /// Secondary identifier; may be empty.
    pub given_names: String,
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zone")
            .field("format", &self.format)
            .field("document_code", &self.document_code)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
