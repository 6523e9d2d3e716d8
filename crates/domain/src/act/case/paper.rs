//! Papers that a case leads to, beside residence permits: passes, permits, certificates.

use crate::fact::{CountryCode, DepartureKind, DocumentKey, InsuranceEntitlement, redacted};
use crate::law::{DocumentKind, ProvinceCode};
use crate::number::PersonNumber;
use crate::time::PartialDate;

/// A paper is issued.
#[derive(Clone, PartialEq, Eq)]
pub struct PaperIssue {
    /// Registered persons who hold it, each once; empty where the applicant is an organisation or a vehicle.
    pub holders: Vec<PersonNumber>,
    /// Its number.
    pub number: String,
    /// First valid day.
    pub valid_from: PartialDate,
    /// Last valid day; `None` for papers without an end.
    pub valid_until: Option<PartialDate>,
    /// Number of the paper of the same kind that it takes the place of; may be empty.
    pub replaces: String,
    /// What it says.
    pub content: PaperContent,
}

/// The last valid day moves.
#[derive(Clone, PartialEq, Eq)]
pub struct PaperExtension {
    /// Number of the paper.
    pub paper_number: String,
    /// The new last valid day.
    pub valid_until: PartialDate,
}

/// An exit permit was not used by its last day.
#[derive(Clone, PartialEq, Eq)]
pub struct PaperLapse {
    /// Number of the paper.
    pub paper_number: String,
}

/// Defines what papers say, and the kind of document each of them is.
macro_rules! papers {
    ($($(#[$meta:meta])* $name:ident is $kind:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })+) => {
        /// What a paper says.
        #[derive(Clone, PartialEq, Eq)]
        pub enum PaperContent {
            $($(#[$meta])* $name($name),)+
        }

        impl PaperContent {
            /// Kind of document.
            pub const fn kind(&self) -> DocumentKind {
                match self {
                    $(Self::$name(_) => DocumentKind::$kind,)+
                }
            }
        }

        $(
            $(#[$meta])*
            #[derive(Clone, PartialEq, Eq)]
            pub struct $name {
                $($(#[$field_meta])* pub $field: $type,)*
            }

            impl From<$name> for PaperContent {
                fn from(content: $name) -> Self {
                    Self::$name(content)
                }
            }

            redacted!($name);
        )+
    };
}

papers! {
    /// Movement inside a province for 90 days (row 10).
    MovementPass is MovementPass {
        /// Province.
        province: ProvinceCode,
        /// Ground; may be empty.
        ground: String,
    }
    /// Travel between towns (row 25). No reason for the travel is asked for.
    TravelPass is TravelPass {
        /// Destination.
        destination: String,
    }
    /// Departure (row 23, row 17).
    ExitPermit is ExitPermit {
        /// Why.
        kind: DepartureKind,
        /// Border crossing named in it.
        border_point: String,
        /// Voluntary return: the declarations of the adults.
        declaration_reference: String,
    }
    /// Moving residence to another province (row 22).
    RelocationPermit is RelocationPermit {
        /// Province left.
        from_province: ProvinceCode,
        /// Province moved to.
        to_province: ProvinceCode,
    }
    /// Study at a university (row 19).
    StudyPermit is StudyPermit {
        /// University.
        institution: String,
        /// Level.
        level: String,
        /// Academic year.
        year: String,
    }
    /// Study of a child of an Iranian mother (row 21).
    StudyConfirmation is StudyConfirmation {
        /// School or university.
        institution: String,
        /// Level.
        level: String,
        /// School year.
        year: String,
    }
    /// School without residence (row 28). Closed to enforcement.
    SchoolingCertificate is SchoolingCertificate {
        /// County.
        county: String,
        /// Level.
        level: String,
        /// School year.
        year: String,
    }
    /// Health insurance (row 20).
    InsuranceBooklet is InsuranceBooklet {
        /// Class of entitlement.
        entitlement: InsuranceEntitlement,
    }
    /// A refugee's identity card (row 2a).
    RefugeeCard is RefugeeIdentityCard {
        /// Where the decision on refuge is kept.
        decision_reference: String,
    }
    /// Acquiring immovable property (duty 17).
    PropertyPermit is PropertyPermit {
        /// Registration plate of the land.
        property: String,
    }
    /// A project for refugees (row 1).
    ProjectPermit is ProjectPermit {
        /// Title.
        title: String,
        /// Province.
        province: ProvinceCode,
        /// Category of those served.
        target_category: String,
        /// Number of those served.
        target_number: u32,
        /// Funder; may be empty.
        funder: String,
    }
    /// Work of an international organisation (row 2).
    ActivityPermit is ActivityPermit {
        /// Authority that hosts it.
        host_authority: String,
        /// Province; `None` for the whole country.
        province: Option<ProvinceCode>,
    }
    /// A cultural, sports or social programme (row 26).
    ProgrammePermit is ProgrammePermit {
        /// Title.
        title: String,
        /// Place.
        place: String,
        /// How many are expected; nobody is named.
        expected_number: u32,
    }
    /// Release of an impounded vehicle (row 27).
    VehicleRelease is VehicleRelease {
        /// Number of the impound order.
        impound_order: String,
        /// Number of the ruling or the fine; may be empty.
        ruling: String,
    }
}

redacted!(PaperIssue, PaperExtension, PaperLapse, PaperContent);

impl PaperIssue {
    /// Kind, issuer and number of the paper.
    pub fn key(&self) -> DocumentKey {
        DocumentKey::new(self.content.kind(), CountryCode::IRAN, &self.number)
    }
}
