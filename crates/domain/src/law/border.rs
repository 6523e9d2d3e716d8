//! Official entry and exit points (bill art. 7(2); manual 2-4 item 4: they are proposed by the border office, by
//! land, air and sea). The list is public knowledge of crossings open to passengers; opening and closing a point
//! is a new edition of the table.

use std::fmt;

use super::ProvinceCode;

closed_enum! {
    /// How one passes a border point.
    pub enum BorderKind {
        /// Road or rail crossing.
        Land = "LAND",
        /// International airport.
        Air = "AIR",
        /// Seaport with passenger traffic.
        Sea = "SEA",
    }
}

/// An official entry and exit point.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BorderPoint {
    code: &'static str,
    kind: BorderKind,
    province: ProvinceCode,
    neighbour: Option<&'static str>,
}

impl BorderPoint {
    /// Every border point.
    pub const ALL: &'static [Self] = &POINTS;

    /// The point with this code, if there is one.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|point| point.code == code).copied()
    }

    /// The stable code, e.g. `DOGHAROUN`.
    pub const fn code(self) -> &'static str {
        self.code
    }

    /// How one passes it.
    pub const fn kind(self) -> BorderKind {
        self.kind
    }

    /// The province it lies in.
    pub const fn province(self) -> ProvinceCode {
        self.province
    }

    /// The State on the other side of a land crossing, ISO 3166-1 alpha-3.
    pub const fn neighbour(self) -> Option<&'static str> {
        self.neighbour
    }
}

impl fmt::Display for BorderPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl fmt::Debug for BorderPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BorderPoint({})", self.code)
    }
}

const fn land(code: &'static str, province: ProvinceCode, neighbour: &'static str) -> BorderPoint {
    BorderPoint {
        code,
        kind: BorderKind::Land,
        province,
        neighbour: Some(neighbour),
    }
}

const fn air(code: &'static str, province: ProvinceCode) -> BorderPoint {
    BorderPoint {
        code,
        kind: BorderKind::Air,
        province,
        neighbour: None,
    }
}

const fn sea(code: &'static str, province: ProvinceCode) -> BorderPoint {
    BorderPoint {
        code,
        kind: BorderKind::Sea,
        province,
        neighbour: None,
    }
}

const POINTS: [BorderPoint; 41] = {
    use ProvinceCode as P;
    [
        // Afghanistan.
        land("DOGHAROUN", P::RazaviKhorasan, "AFG"),
        land("MAHIROUD", P::SouthKhorasan, "AFG"),
        land("MILAK", P::SistanAndBaluchestan, "AFG"),
        // Pakistan.
        land("MIRJAVEH", P::SistanAndBaluchestan, "PAK"),
        land("PISHIN", P::SistanAndBaluchestan, "PAK"),
        land("RIMDAN", P::SistanAndBaluchestan, "PAK"),
        // Iraq.
        land("SHALAMCHEH", P::Khuzestan, "IRQ"),
        land("CHAZABEH", P::Khuzestan, "IRQ"),
        land("MEHRAN", P::Ilam, "IRQ"),
        land("SOUMAR", P::Kermanshah, "IRQ"),
        land("KHOSRAVI", P::Kermanshah, "IRQ"),
        land("PARVIZKHAN", P::Kermanshah, "IRQ"),
        land("BASHMAQ", P::Kurdistan, "IRQ"),
        land("TAMARCHIN", P::WestAzerbaijan, "IRQ"),
        // Turkey.
        land("SERO", P::WestAzerbaijan, "TUR"),
        land("RAZI", P::WestAzerbaijan, "TUR"),
        land("BAZARGAN", P::WestAzerbaijan, "TUR"),
        // Azerbaijan and Armenia.
        land("POLDASHT", P::WestAzerbaijan, "AZE"),
        land("JOLFA", P::EastAzerbaijan, "AZE"),
        land("NORDUZ", P::EastAzerbaijan, "ARM"),
        land("BILEHSAVAR", P::Ardabil, "AZE"),
        land("ASTARA", P::Gilan, "AZE"),
        // Turkmenistan.
        land("INCHEHBOROUN", P::Golestan, "TKM"),
        land("BAJGIRAN", P::RazaviKhorasan, "TKM"),
        land("LOTFABAD", P::RazaviKhorasan, "TKM"),
        land("SARAKHS", P::RazaviKhorasan, "TKM"),
        // Airports.
        air("IMAM-KHOMEINI-AIRPORT", P::Tehran),
        air("MASHHAD-AIRPORT", P::RazaviKhorasan),
        air("SHIRAZ-AIRPORT", P::Fars),
        air("ISFAHAN-AIRPORT", P::Isfahan),
        air("TABRIZ-AIRPORT", P::EastAzerbaijan),
        air("AHVAZ-AIRPORT", P::Khuzestan),
        air("BANDAR-ABBAS-AIRPORT", P::Hormozgan),
        air("KISH-AIRPORT", P::Hormozgan),
        // Seaports.
        sea("BANDAR-ABBAS", P::Hormozgan),
        sea("BANDAR-LENGEH", P::Hormozgan),
        sea("QESHM", P::Hormozgan),
        sea("CHABAHAR", P::SistanAndBaluchestan),
        sea("BUSHEHR", P::Bushehr),
        sea("KHORRAMSHAHR", P::Khuzestan),
        sea("BANDAR-ANZALI", P::Gilan),
    ]
};
