use super::TimeLimit;
use crate::fact::{AdmissionGround, SiteKind};

impl AdmissionGround {
    /// Kinds of site to which the ground admits.
    ///
    /// Guest towns house refugees (art. 1(12)) and shelter victims (art. 34; AM-52: whether that is a temporary residence is
    /// open, and nothing is made to depend on it), with their families. A care camp is a place of holding, so nobody is in
    /// one without a holding that has a legal basis and a clock of its own (AM-41): its definition names asylum seekers as
    /// well and its rule does not, and no ground is derived from that (AM-42). Of exit stations and return centres the
    /// sources give the names alone (duty 19): whoever is there either is held or waits to leave of their own will.
    pub const fn sites(self) -> &'static [SiteKind] {
        match self {
            Self::Refuge | Self::Victim | Self::Family => &[SiteKind::GuestTown],
            Self::Holding => &[
                SiteKind::CareCamp,
                SiteKind::ExitStation,
                SiteKind::ReturnCentre,
            ],
            Self::Departure => &[SiteKind::ExitStation, SiteKind::ReturnCentre],
        }
    }

    /// Where that comes from.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Refuge | Self::Family => "law:art. 1(12)",
            Self::Victim => "law:art. 34 (AM-52)",
            Self::Holding => "law:art. 8(4), 16, 20 note 2, 33 (AM-41, AM-42)",
            Self::Departure => "law:art. 17, duty:16, 19",
        }
    }

    /// True if whoever stays on this ground is sheltered there, so that where they stay is the address of a shelter
    /// (design:7.4).
    pub const fn shelters(self) -> bool {
        match self {
            Self::Refuge | Self::Victim | Self::Family => true,
            Self::Holding | Self::Departure => false,
        }
    }

    /// How long the law lets somebody stay on this ground, if it says so by itself. A stay that rests on a holding has the
    /// clock of the holding: it began with that and not on arrival, and no transfer starts it anew (TL-27, TL-57).
    pub const fn limit(self) -> Option<&'static TimeLimit> {
        match self {
            Self::Victim => Some(&TimeLimit::GUEST_TOWN),
            Self::Refuge | Self::Family | Self::Holding | Self::Departure => None,
        }
    }
}
