//! Rights attached to residence (law.md 5.5, 9), as a table with editions.
//!
//! # Readings
//!
//! - Lists that say "such as" or "including" are open (art. 20(4), 22 note 1, 35(3)), so that what they do not name is
//!   unsettled and never refused. The list of art. 36 is closed, and the same answer is given all the same: a "no"
//!   that only stateless persons are given would tell that somebody is one (design 7.4).
//! - AM-57: temporary residents may work. Their list does not name work; art. 32 gives it with "a residence permit",
//!   and art. 39(6)-(7) would have the Labour Code accept a temporary one.
//! - AM-61: immovables open with seven years of residence. Any valid document lifts the ban of art. 31, so that below
//!   seven years the answer is that nobody can tell here, not that it is forbidden.
//! - AM-52: residence in a guest town is temporary residence, with its rights.
//! - Refugees work: what art. 35(4) leaves to the council is kind and place, as for everybody jobs are those approved, and
//!   art. 32 and 39(6) give work with any residence permit. They rent: their open list does not name it, and the ban of
//!   art. 31 is lifted by their document (AM-61). With these readings the answers about refugees are those about temporary
//!   residents, all taken together, so that no set of answers tells of refuge.
//! - AM-46: refugees hold their rights by their status as well, with and without a card.
//! - What is not tied to residence at all: schooling (services row 28: missing residence does not bar school), filing
//!   suits and complaints (duty 22 as read in duties.md: the complaint of anyone is stored), and emergency treatment, which no
//!   article of the bill makes depend on residence.

use sabt_proto::event::v1 as proto;

use super::{Edition, ResidenceKind};
use crate::time::Day;

closed_enum! {
    /// A right that the law attaches to residence, or expressly to none.
    pub enum Right = proto::Right {
        /// Medical treatment and insurance.
        Medical = "MEDICAL",
        /// Driving licence.
        DrivingLicence = "DRIVING_LICENCE",
        /// Bank account.
        BankAccount = "BANK_ACCOUNT",
        /// Filing suits and complaints.
        Suits = "SUITS",
        /// Lease with deposit, and rent.
        Lease = "LEASE",
        /// Education.
        Education = "EDUCATION",
        /// Work in permitted jobs.
        Work = "WORK",
        /// Ownership of movables.
        Movables = "MOVABLES",
        /// Ownership and transfer of immovables.
        Immovables = "IMMOVABLES",
        /// Treatment in an emergency.
        EmergencyTreatment = "EMERGENCY_TREATMENT",
    }
}

impl Right {
    /// True if the right rests on residence or status; what does not is held by everybody who lives.
    pub const fn rests_on_residence(self) -> bool {
        match self {
            Self::Medical
            | Self::DrivingLicence
            | Self::BankAccount
            | Self::Lease
            | Self::Work
            | Self::Movables
            | Self::Immovables => true,
            Self::Suits | Self::Education | Self::EmergencyTreatment => false,
        }
    }

    /// Everything that rules this right, of whoever holds it: the same words for everybody, so that the article cited
    /// in an answer tells neither the kind of residence nor refuge.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Medical | Self::DrivingLicence | Self::BankAccount => {
                "law:art. 20(4), 22 note 1, 23 note 2, 24, 35(3), 36"
            }
            Self::Suits => {
                "law:art. 20(4), 22 note 1, 23 note 2, 24, 35(3), 36; duty:22 (a complaint of anyone)"
            }
            Self::Lease => "law:art. 20(4), 22 note 1, 23 note 2, 24, 31, 36 (AM-61)",
            Self::Education => {
                "service:12012154120 (row 28); law:art. 22 note 1, 23 note 2, 24, 35(3), 36"
            }
            Self::Work => "law:art. 22 note 1, 23 note 2, 24, 32, 35(4), 36, 39(6)-(8) (AM-57)",
            Self::Movables => "law:art. 22 note 1, 23 note 2, 24, 31 (AM-61)",
            Self::Immovables => "law:art. 23 note 2, 24, 31 (AM-61)",
            Self::EmergencyTreatment => "law:art. 20(4), 22 note 1, 35(3): no article bars it",
        }
    }
}

closed_enum! {
    /// Whose column of the table holds, in the order of the columns.
    pub enum RightsHolder {
        /// Temporary residents (art. 20), and residents of guest towns (art. 34, AM-52).
        Temporary = "TEMPORARY",
        /// Three-year residents (art. 22).
        ThreeYear = "THREE_YEAR",
        /// Seven-year residents (art. 23).
        SevenYear = "SEVEN_YEAR",
        /// Special residents (art. 24).
        Special = "SPECIAL",
        /// Refugees (art. 35).
        Refugee = "REFUGEE",
        /// Holders of a limited permit (art. 36).
        Stateless = "STATELESS",
    }
}

/// What the law says of a right and those who could hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entitlement {
    /// Named in the list.
    Listed,
    /// Every privilege of citizens is given.
    All,
    /// Not named in a list, be it open or closed.
    NotListed,
    /// If the permit says so, which the registry does not hold.
    ByPermit,
    /// Held in the kind and place that the council decides.
    AsDecided,
    /// Not named in a list that is open, and no ban stands against it.
    NotBarred,
}

impl Entitlement {
    /// The word of the table.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Listed => "YES",
            Self::All => "YES (ALL)",
            Self::NotListed => "NOT LISTED",
            Self::ByPermit => "BY PERMIT",
            Self::AsDecided => "AS DECIDED",
            Self::NotBarred => "NOT BARRED",
        }
    }

    /// True if the right is held.
    pub const fn is_held(self) -> bool {
        matches!(
            self,
            Self::Listed | Self::All | Self::AsDecided | Self::NotBarred
        )
    }
}

/// One cell of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RightCell {
    /// What the law says.
    pub entitlement: Entitlement,
    /// Article it says it in.
    pub source: &'static str,
}

/// One row of the table, as of an edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RightRule {
    /// The right.
    pub right: Right,
    /// Code of the edition with which it begins to hold.
    pub edition: &'static str,
    /// In the order of [`RightsHolder::ALL`].
    cells: [RightCell; 6],
}

use Entitlement::{All, AsDecided, ByPermit, Listed, NotBarred, NotListed};

/// The articles that list the rights of each holder, in the order of [`RightsHolder::ALL`].
const LISTS: [&str; 6] = [
    "law:art. 20(4)",
    "law:art. 22 note 1",
    "law:art. 23 note 2",
    "law:art. 24",
    "law:art. 35(3)",
    "law:art. 36",
];

const fn row(right: Right, entitlements: [Entitlement; 6]) -> RightRule {
    cited(right, entitlements, LISTS)
}

const fn cited(
    right: Right,
    entitlements: [Entitlement; 6],
    sources: [&'static str; 6],
) -> RightRule {
    let [
        temporary,
        three_year,
        seven_year,
        special,
        refugee,
        stateless,
    ] = entitlements;
    let [in_20, in_22, in_23, in_24, in_35, in_36] = sources;
    RightRule {
        right,
        edition: "1405-1",
        cells: [
            cell(temporary, in_20),
            cell(three_year, in_22),
            cell(seven_year, in_23),
            cell(special, in_24),
            cell(refugee, in_35),
            cell(stateless, in_36),
        ],
    }
}

const fn cell(entitlement: Entitlement, source: &'static str) -> RightCell {
    RightCell {
        entitlement,
        source,
    }
}

/// Of a right that every list names, the last one among what a permit may give.
const NAMED: [Entitlement; 6] = [Listed, Listed, Listed, All, Listed, ByPermit];

/// Rows, those of older editions first.
const RULES: [RightRule; 9] = [
    row(Right::Medical, NAMED),
    row(Right::DrivingLicence, NAMED),
    row(Right::BankAccount, NAMED),
    row(Right::Suits, NAMED),
    cited(
        Right::Lease,
        [Listed, Listed, Listed, All, NotBarred, ByPermit],
        [
            "law:art. 20(4)",
            "law:art. 22 note 1",
            "law:art. 23 note 2",
            "law:art. 24",
            "law:art. 35(3), 31 (AM-61)",
            "law:art. 36",
        ],
    ),
    row(
        Right::Education,
        [NotListed, Listed, Listed, All, Listed, ByPermit],
    ),
    cited(
        Right::Work,
        [Listed, Listed, Listed, All, AsDecided, ByPermit],
        [
            "law:art. 32, 39(6)-(7) (AM-57)",
            "law:art. 22 note 1",
            "law:art. 23 note 2",
            "law:art. 24",
            "law:art. 35(4), 32, 39(6)",
            "law:art. 36",
        ],
    ),
    row(
        Right::Movables,
        [NotListed, Listed, Listed, All, NotListed, NotListed],
    ),
    row(
        Right::Immovables,
        [NotListed, NotListed, Listed, All, NotListed, NotListed],
    ),
];

impl RightsHolder {
    /// The column of a kind of residence. The bill says nothing of cards of a registration round.
    pub const fn of(kind: ResidenceKind) -> Option<Self> {
        match kind {
            ResidenceKind::Temporary | ResidenceKind::GuestTown => Some(Self::Temporary),
            ResidenceKind::ThreeYear => Some(Self::ThreeYear),
            ResidenceKind::SevenYear => Some(Self::SevenYear),
            ResidenceKind::Special => Some(Self::Special),
            ResidenceKind::Refugee => Some(Self::Refugee),
            ResidenceKind::Limited => Some(Self::Stateless),
            ResidenceKind::Amayesh => None,
        }
    }
}

impl RightRule {
    /// The row of a right on a day; `None` for a right of which the table says nothing, because it rests on no
    /// residence. Before the first edition, the first holds.
    pub fn in_force(right: Right, day: Day) -> Option<&'static Self> {
        let edition = Edition::in_force(day);
        RULES.iter().rev().find(|rule| {
            let from = Edition::from_code(rule.edition);
            rule.right == right && from.is_some_and(|from| from.from() <= edition.from())
        })
    }

    /// What the law says of one who could hold it.
    pub const fn cell(&self, holder: RightsHolder) -> RightCell {
        let [
            temporary,
            three_year,
            seven_year,
            special,
            refugee,
            stateless,
        ] = self.cells;
        match holder {
            RightsHolder::Temporary => temporary,
            RightsHolder::ThreeYear => three_year,
            RightsHolder::SevenYear => seven_year,
            RightsHolder::Special => special,
            RightsHolder::Refugee => refugee,
            RightsHolder::Stateless => stateless,
        }
    }
}
