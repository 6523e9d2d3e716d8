//! Editions of the tables of this module.

use crate::time::{Calendar, Day, PartialDate};

/// One edition of the law tables. A decision records the code of the edition under which it was taken.
///
/// The bill starts clocks of its own from enactment, promulgation and entry into force (AM-20). They bind institutions, and no
/// clock of a person starts on one of them: an edition has the one day from which decisions are taken under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Code: Jalali year and running number, e.g. `1405-1`.
    pub code: &'static str,
    /// What it is drawn from.
    pub source: &'static str,
    /// Jalali year, month and day from which decisions are taken under it.
    from: (i32, u8, u8),
}

/// Oldest first.
const EDITIONS: [Edition; 1] = [Edition {
    code: "1405-1",
    source: "bill on the residence of foreign nationals, 41 articles; table of 32 services; 25 duties",
    from: (1405, 1, 1),
}];

impl Edition {
    /// Every edition, oldest first.
    pub const ALL: &'static [Self] = &EDITIONS;

    /// The first edition.
    pub const FIRST: Self = {
        let [first, ..] = EDITIONS;
        first
    };

    /// The edition under which a decision of this day is taken; before the first edition, the first.
    pub fn in_force(day: Day) -> Self {
        Self::ALL
            .iter()
            .rev()
            .find(|edition| edition.from().is_some_and(|from| from <= day))
            .copied()
            .unwrap_or(Self::FIRST)
    }

    /// The edition with this code, if there is one.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|edition| edition.code == code)
            .copied()
    }

    /// The first day on which decisions are taken under it.
    pub fn from(&self) -> Option<Day> {
        let (year, month, day) = self.from;
        PartialDate::complete(Calendar::Jalali, year, month, day)
            .ok()
            .map(PartialDate::earliest)
    }
}
