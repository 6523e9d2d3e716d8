//! Variables, and the categories they sort persons into.

use std::fmt;

use sabt_domain::law::ProvinceCode;

/// Longest code of a category, in bytes.
pub const CATEGORY_BYTES_MAX: usize = 24;

/// States whose nationals are told apart in tables that show more of them than their sex: those of whom many live in the
/// country. All others are counted together there, so that no cell shrinks to a family.
pub const MAIN_NATIONALITIES: [&str; 10] = [
    "AFG", "IRQ", "PAK", "IND", "BGD", "SYR", "TUR", "AZE", "LBN", "TJK",
];

/// A category of a variable: its code, in ASCII.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Category([u8; CATEGORY_BYTES_MAX]);

impl Category {
    /// All categories together: the margin over a variable.
    pub const ALL: Self = Self([0; CATEGORY_BYTES_MAX]);
    /// Not recorded.
    pub const UNKNOWN: Self = Self::of("UNKNOWN");
    /// What the table does not tell apart.
    pub const OTHER: Self = Self::of("OTHER");
    /// None, or one that would tell of protection: the two are never told apart.
    pub const OTHER_OR_NONE: Self = Self::of("OTHER_OR_NONE");

    /// The category with this code. A code that is too long is cut; none of those in use is.
    pub const fn of(code: &str) -> Self {
        let mut bytes = [0; CATEGORY_BYTES_MAX];
        let mut from = code.as_bytes();
        let mut into = bytes.as_mut_slice();
        while let ([first, rest @ ..], Some((place, left))) = (from, into.split_first_mut()) {
            *place = *first;
            from = rest;
            into = left;
        }
        Self(bytes)
    }

    /// The code; empty for [`Category::ALL`].
    pub fn code(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0);
        let code = self.0.get(..end.unwrap_or(CATEGORY_BYTES_MAX));
        code.and_then(|code| std::str::from_utf8(code).ok())
            .unwrap_or_default()
    }

    /// The age group of a person of so many completed years: of five years up to 79.
    pub fn of_age(years: Option<u32>) -> Self {
        const LAST: u32 = 80;
        match years {
            None => Self::UNKNOWN,
            Some(years) if LAST <= years => Self::of("80+"),
            Some(years) => {
                let first = years / 5 * 5;
                Self::of(&format!("{first:02}-{:02}", first + 4))
            }
        }
    }

    /// The nationality, where it is one of [`MAIN_NATIONALITIES`] or unknown.
    pub fn of_main(nationality: Self) -> Self {
        let is_main = MAIN_NATIONALITIES.contains(&nationality.code());
        if is_main || nationality == Self::UNKNOWN {
            nationality
        } else {
            Self::OTHER
        }
    }

    /// The province, if one is known.
    pub fn of_province(province: Option<ProvinceCode>) -> Self {
        province.map_or(Self::UNKNOWN, |province| Self::of(province.code()))
    }
}

impl fmt::Debug for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::ALL { "*" } else { self.code() })
    }
}

/// By what a table sorts persons. There is no other variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    /// Every State.
    Nationality,
    /// The States of [`MAIN_NATIONALITIES`], and the others together.
    MainNationality,
    /// Province that holds the person's file.
    Province,
    /// Sex.
    Sex,
    /// Age in groups of five years.
    AgeGroup,
    /// Status that tells nothing of protection.
    Status,
    /// Kind of residence permit that tells nothing of protection.
    PermitKind,
    /// Which of the four ways of leaving the country for good.
    WayOut,
    /// Whether somebody who was called to a campaign came.
    Participation,
    /// Which campaign of registration, a round.
    Campaign,
    /// The office at which somebody answered a campaign.
    ServiceOffice,
}

impl Variable {
    /// Every variable.
    pub const EVERY: [Self; 11] = [
        Self::Nationality,
        Self::MainNationality,
        Self::Province,
        Self::Sex,
        Self::AgeGroup,
        Self::Status,
        Self::PermitKind,
        Self::WayOut,
        Self::Participation,
        Self::Campaign,
        Self::ServiceOffice,
    ];

    /// Stable code, in lower case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nationality | Self::MainNationality => "nationality",
            Self::Province => "province",
            Self::Sex => "sex",
            Self::AgeGroup => "age-group",
            Self::Status => "status",
            Self::PermitKind => "permit-kind",
            Self::WayOut => "way-out",
            Self::Participation => "participation",
            Self::Campaign => "campaign",
            Self::ServiceOffice => "service-office",
        }
    }

    /// What it means, and which categories it has.
    pub const fn definition(self) -> &'static str {
        match self {
            Self::Nationality => {
                "First nationality recorded, ISO 3166-1 alpha-3; UNKNOWN also where the person has none."
            }
            Self::MainNationality => {
                "First nationality recorded: AFG, IRQ, PAK, IND, BGD, SYR, TUR, AZE, LBN, TJK, OTHER; UNKNOWN also where \
                 the person has none."
            }
            Self::Province => {
                "Province that holds the person's file, or the one it is on its way to; ISO 3166-2:IR."
            }
            Self::Sex => "As the papers state it.",
            Self::AgeGroup => {
                "Completed years by the Jalali calendar on the reference day, or on the day of death."
            }
            Self::Status => {
                "Status granted last of those held; OTHER_OR_NONE where there is none, or one that tells of protection."
            }
            Self::PermitKind => {
                "Kind of residence permit; OTHER_OR_NONE where there is none, or one that tells of protection."
            }
            Self::WayOut => {
                "EXIT across the border and no more, VOLUNTARY_RETURN with its own evidence, THIRD_COUNTRY that is not the \
                 person's, EXPULSION carried out: none of them is another."
            }
            Self::Participation => {
                "TOOK_PART in a campaign, or was observed to be ABSENT; who came after an absence took part."
            }
            Self::Campaign => {
                "Number of the campaign, which `sabt campaign show` tells the round of."
            }
            Self::ServiceOffice => {
                "Office to which the person came, or which observed that they did not."
            }
        }
    }
}

/// The categories a person is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Values {
    /// [`Variable::Nationality`], from which [`Variable::MainNationality`] follows.
    pub nationality: Category,
    /// [`Variable::Province`].
    pub province: Category,
    /// [`Variable::Sex`].
    pub sex: Category,
    /// [`Variable::AgeGroup`].
    pub age_group: Category,
    /// [`Variable::Status`].
    pub status: Category,
    /// [`Variable::PermitKind`].
    pub permit_kind: Category,
    /// [`Variable::WayOut`]; [`Category::OTHER_OR_NONE`] for who has not left.
    pub way_out: Category,
    /// [`Variable::Participation`]; [`Category::OTHER_OR_NONE`] for who was not called.
    pub participation: Category,
    /// [`Variable::Campaign`]; [`Category::OTHER_OR_NONE`] for who is not counted by campaign.
    pub campaign: Category,
    /// [`Variable::ServiceOffice`]; [`Category::OTHER_OR_NONE`] likewise.
    pub service_office: Category,
}

impl Values {
    /// The category of a variable.
    pub fn of(&self, variable: Variable) -> Category {
        match variable {
            Variable::Nationality => self.nationality,
            Variable::MainNationality => Category::of_main(self.nationality),
            Variable::Province => self.province,
            Variable::Sex => self.sex,
            Variable::AgeGroup => self.age_group,
            Variable::Status => self.status,
            Variable::PermitKind => self.permit_kind,
            Variable::WayOut => self.way_out,
            Variable::Participation => self.participation,
            Variable::Campaign => self.campaign,
            Variable::ServiceOffice => self.service_office,
        }
    }
}
