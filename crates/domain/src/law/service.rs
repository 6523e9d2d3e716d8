//! The catalogue of services: dated data, read from a text.
//!
//! The catalogue is a text for people, as the editions of the access policy are, and not a table in Rust: its titles are
//! Persian, a lawyer of the ministry reads it beside the printed table, and a service that needs no new rule is added to it
//! without a line of code. It is read strictly, whole, once.

mod parse;
#[cfg(test)]
mod tests;

use core::fmt;
use core::str::FromStr;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::DocumentKind;
use crate::access::FieldGroup;
use crate::fact::IssuingLevel;
use crate::number::digit_value;
use crate::time::Day;

pub use self::parse::{CatalogueError, CatalogueFault};

/// Digits of the identifier of a service in the printed table.
const SERVICE_DIGITS: usize = 11;

/// Identifier of a service: the eleven digits of the printed table, kept as text, or `DUTY-17` where a duty asks for a
/// service and the table has no row. The table's identifiers hold no check digit (services.md section 1, point 3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceId(String);

/// A text is not the identifier of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not the identifier of a service: eleven digits, or DUTY and a number")]
pub struct InvalidServiceId;

impl ServiceId {
    /// The identifier in Latin digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ServiceId {
    type Err = InvalidServiceId;

    /// Reads European, Persian or Arabic digits.
    fn from_str(text: &str) -> Result<Self, InvalidServiceId> {
        let (prefix, digits) = match text.strip_prefix("DUTY-") {
            Some(digits) => ("DUTY-", digits),
            None => ("", text),
        };
        let latin: Option<String> = digits
            .chars()
            .map(|char| digit_value(char).map(|digit| char::from(b'0'.saturating_add(digit))))
            .collect();
        let latin = latin.ok_or(InvalidServiceId)?;
        let fits = if prefix.is_empty() {
            latin.len() == SERVICE_DIGITS
        } else {
            latin.len() == 2
        };
        if fits {
            Ok(Self(format!("{prefix}{latin}")))
        } else {
            Err(InvalidServiceId)
        }
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

closed_enum! {
    /// Whether a service concerns foreign nationals, and on what its events are recorded (services.md section 2).
    pub enum ServiceScope {
        /// Events on a person or household.
        Person = "PERSON",
        /// It concerns foreign nationals, but the event belongs to an organisation, a programme or a vehicle.
        Other = "OTHER",
        /// It does not concern foreign nationals; no case of it is opened here.
        Out = "OUT",
    }
}

closed_enum! {
    /// Who or what a case is about.
    pub enum CaseSubject {
        /// A registered person.
        Person = "PERSON",
        /// A household.
        Household = "HOUSEHOLD",
        /// An organisation.
        Organisation = "ORGANISATION",
        /// A programme, asked for by an organisation or a person.
        Programme = "PROGRAMME",
        /// A vehicle, and no passenger.
        Vehicle = "VEHICLE",
    }
}

closed_enum! {
    /// What may happen in a case, or must before it is granted.
    pub enum Requirement {
        /// A document was shown; open to every service.
        Evidence = "EVIDENCE",
        /// A fee is paid, waived or not due.
        Fee = "FEE",
        /// Another authority is asked.
        Inquiry = "INQUIRY",
        /// Members of the commission are asked (art. 20).
        Consultation = "CONSULTATION",
        /// An interview; an event, never a gate (AM-24).
        Interview = "INTERVIEW",
        /// An oath.
        Oath = "OATH",
        /// Classes.
        Class = "CLASS",
        /// An exam.
        Exam = "EXAM",
        /// Reports after the grant.
        Report = "REPORT",
    }
}

/// A row of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Identifier.
    pub id: ServiceId,
    /// Row of the printed table, e.g. `2a`; empty where it has none.
    pub row: String,
    /// Title in Persian, as printed.
    pub title_fa: String,
    /// Title in English.
    pub title_en: String,
    /// Level of the responsible unit.
    pub level: IssuingLevel,
    /// The responsible unit.
    pub unit: String,
    /// For whom.
    pub recipients: String,
    /// Whether it concerns foreign nationals.
    pub scope: ServiceScope,
    /// Why the scope is what it is.
    pub reason: String,
    /// The service that this one is part of; it may stand in another subject group.
    pub parent: Option<ServiceId>,
    /// Who or what a case may be about.
    pub subjects: BTreeSet<CaseSubject>,
    /// What may happen in a case.
    pub allows: BTreeSet<Requirement>,
    /// What must have happened before it is granted.
    pub needs: BTreeSet<Requirement>,
    /// Papers that it may lead to.
    pub papers: BTreeSet<DocumentKind>,
    /// True if it may lead to nationality.
    pub grants_nationality: bool,
    /// True if granting it takes something away from the person, so that the grant needs notice and appeal (design 7.6).
    pub adverse: bool,
    /// True if it is about persons who have died.
    pub for_deceased: bool,
    /// The field group that keeps its cases.
    pub group: FieldGroup,
    /// The data it collects, bound to its purpose.
    pub data: String,
    /// Where the row comes from.
    pub source: String,
}

/// An edition of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// Name of the edition: that of the law tables it belongs to.
    pub edition: String,
    /// First day on which cases are decided under it.
    pub from: Day,
    services: Vec<Service>,
}

/// Oldest first.
const DOCUMENTS: [&str; 1] = [include_str!("../../law/services-1405-1.txt")];

#[expect(
    clippy::expect_used,
    reason = "the texts are part of the program, and a test reads them"
)]
static EDITIONS: LazyLock<[Catalogue; DOCUMENTS.len()]> =
    LazyLock::new(|| DOCUMENTS.map(|text| Catalogue::parse(text).expect("a whole catalogue")));

impl Catalogue {
    /// Every edition, oldest first.
    pub fn editions() -> &'static [Self] {
        &*EDITIONS
    }

    /// The edition under which a case is decided on this day; before the first one, the first.
    pub fn in_force(day: Day) -> &'static Self {
        let [first, ..] = &*EDITIONS;
        let mut editions = EDITIONS.iter().rev();
        editions
            .find(|edition| edition.from <= day)
            .unwrap_or(first)
    }

    /// The newest edition.
    pub fn newest() -> &'static Self {
        let [.., newest] = &*EDITIONS;
        newest
    }

    /// Reads the text of an edition.
    ///
    /// # Errors
    /// [`CatalogueError`] at the first line that is wrong.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        parse::catalogue(text)
    }

    /// The rows, in the order of the text.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The row with this identifier.
    pub fn service(&self, id: &ServiceId) -> Option<&Service> {
        self.services.iter().find(|service| service.id == *id)
    }
}

impl Service {
    /// True if the step may stand in a case of this service.
    pub fn allows(&self, requirement: Requirement) -> bool {
        requirement == Requirement::Evidence || self.allows.contains(&requirement)
    }
}

impl FieldGroup {
    /// The group that keeps the cases of a service, by the newest catalogue. Of a service that this program does not know,
    /// nothing is told to whoever is not told of protection.
    pub fn of_service(id: &ServiceId) -> Self {
        let service = Catalogue::newest().service(id);
        service.map_or(Self::Protection, |service| service.group)
    }
}
