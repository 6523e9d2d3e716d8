//! The tables. There are no others.

use crate::category::Variable;

/// Most variables of a table.
pub const DIMENSIONS_MAX: usize = 3;

/// How figures are protected, for those who read them.
pub const METHOD: &str = "Cell-key method (Fraser and Wooton, 2005): noise of mean 0, variance 4 and at most 6, drawn by who \
     is in the cell, then random rounding to multiples of 5. No figure differs from the true one by more than 10; 1 and 2 \
     are never shown; figures do not add up exactly, and differences below 20 mean little.";

/// Who is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Registered, alive and in the country on the reference day.
    Population,
    /// Born in the period.
    Births,
    /// Died in the period.
    Deaths,
    /// Married in the period.
    Marriages,
    /// Divorced in the period.
    Divorces,
    /// Entered in the period.
    Entries,
    /// Left in the period.
    Exits,
    /// Registered in the period, births not counted.
    Registrations,
    /// Given a residence permit in the period.
    PermitsIssued,
    /// Left the country for good in the period, on one of four ways.
    Returns,
    /// Took part in a campaign in the period, or was observed not to.
    Called,
    /// Had taken part in a campaign by the reference day, or been observed not to.
    Answered,
}

impl Measure {
    /// True for a state on the reference day, false for what happened in a period.
    pub const fn is_stock(self) -> bool {
        matches!(self, Self::Population | Self::Answered)
    }

    /// Who is counted, in words.
    pub const fn definition(self) -> &'static str {
        match self {
            Self::Population => {
                "Persons registered, alive and in the country as far as crossings tell on the reference day."
            }
            Self::Births => "Persons whose birth in the period is registered.",
            Self::Deaths => "Persons whose death in the period is registered.",
            Self::Marriages => {
                "Registered persons who married in the period; two where both spouses are registered."
            }
            Self::Divorces => {
                "Registered persons who were divorced in the period; two where both spouses are registered."
            }
            Self::Entries => "Persons who entered in the period, however often.",
            Self::Exits => "Persons who left in the period, however often.",
            Self::Registrations => "Persons registered in the period; births are not among them.",
            Self::PermitsIssued => {
                "Persons to whom a residence permit was issued in the period; renewals and replacements are not counted."
            }
            Self::Returns => {
                "Persons who left the country for good in the period: exit, voluntary return, departure to a third country, \
                 expulsion carried out; journeys are not counted."
            }
            Self::Called => {
                "Persons who took part in a campaign of registration in the period, or were observed not to; who was neither \
                 is not counted, so that a share of this is not the coverage that an organiser reports."
            }
            Self::Answered => {
                "Persons who by the reference day had taken part in a campaign of registration, or been observed not to, once \
                 in each campaign. Called are those who came and those observed not to; an organiser's coverage has its own \
                 target list for a base."
            }
        }
    }
}

/// A table: who is counted, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Stable code: what is asked for.
    pub code: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// Who is counted.
    pub measure: Measure,
    /// By what, at most [`DIMENSIONS_MAX`].
    pub variables: &'static [Variable],
}

use Variable as V;

const fn table(
    code: &'static str,
    title: &'static str,
    measure: Measure,
    variables: &'static [Variable],
) -> Table {
    assert!(variables.len() <= DIMENSIONS_MAX);
    Table {
        code,
        title,
        measure,
        variables,
    }
}

/// Every table, in the order in which they are listed. To add one is a decision about confidentiality: each more gives whoever
/// combines tables more to combine.
pub const TABLES: &[Table] = &[
    table(
        "population-nationality",
        "Population by nationality and sex",
        Measure::Population,
        &[V::Nationality, V::Sex],
    ),
    table(
        "population-province",
        "Population by province, nationality and sex",
        Measure::Population,
        &[V::Province, V::MainNationality, V::Sex],
    ),
    table(
        "population-age",
        "Population by age, nationality and sex",
        Measure::Population,
        &[V::AgeGroup, V::MainNationality, V::Sex],
    ),
    table(
        "population-status",
        "Population by status, nationality and sex",
        Measure::Population,
        &[V::Status, V::MainNationality, V::Sex],
    ),
    table(
        "population-permit",
        "Population by residence permit, nationality and sex",
        Measure::Population,
        &[V::PermitKind, V::MainNationality, V::Sex],
    ),
    table(
        "births",
        "Births by province and nationality",
        Measure::Births,
        &[V::Province, V::MainNationality],
    ),
    table(
        "deaths",
        "Deaths by age and sex",
        Measure::Deaths,
        &[V::AgeGroup, V::Sex],
    ),
    table(
        "marriages",
        "Marriages by province and nationality",
        Measure::Marriages,
        &[V::Province, V::MainNationality],
    ),
    table(
        "divorces",
        "Divorces by province and nationality",
        Measure::Divorces,
        &[V::Province, V::MainNationality],
    ),
    table(
        "entries",
        "Entries by nationality and sex",
        Measure::Entries,
        &[V::MainNationality, V::Sex],
    ),
    table(
        "exits",
        "Exits by nationality and sex",
        Measure::Exits,
        &[V::MainNationality, V::Sex],
    ),
    table(
        "registrations",
        "Registrations by province and nationality",
        Measure::Registrations,
        &[V::Province, V::MainNationality],
    ),
    table(
        "permits-issued",
        "Residence permits issued by kind and nationality",
        Measure::PermitsIssued,
        &[V::PermitKind, V::MainNationality],
    ),
    table(
        "returns-nationality",
        "Departures for good by way, nationality and sex",
        Measure::Returns,
        &[V::WayOut, V::MainNationality, V::Sex],
    ),
    table(
        "returns-province",
        "Departures for good by way, province and nationality",
        Measure::Returns,
        &[V::WayOut, V::Province, V::MainNationality],
    ),
    table(
        "returns-age",
        "Departures for good by way, age and sex",
        Measure::Returns,
        &[V::WayOut, V::AgeGroup, V::Sex],
    ),
    table(
        "campaigns",
        "Persons called in campaigns by province, and whether they came",
        Measure::Called,
        &[V::Province, V::Participation],
    ),
    table(
        "campaign-provinces",
        "Participation in each campaign by province",
        Measure::Answered,
        &[V::Campaign, V::Province, V::Participation],
    ),
    table(
        "campaign-offices",
        "Participation in each campaign by service office",
        Measure::Answered,
        &[V::Campaign, V::ServiceOffice, V::Participation],
    ),
];

impl Table {
    /// The table with this code.
    pub fn from_code(code: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.code == code)
    }
}
