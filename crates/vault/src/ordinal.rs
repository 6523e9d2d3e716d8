//! The internal number of a subject.

use std::fmt;

/// First value of each space but the general one. Spaces are wider than [`SubjectOrdinal::COUNT`], so that the bits above
/// a place tell its space.
const CLAIMS: u64 = 1 << 40;
const COMPARTMENT: u64 = 1 << 41;
const PLACES: u64 = CLAIMS - 1;

/// The internal ordinal of a subject: person, household, case, office, agency.
///
/// Ordinals are given out one after another from 1; 0 is the registry itself. They say when a
/// subject was first registered and therefore never leave the registry: outside stand only the
/// permuted public numbers of [`crate::numbers`].
///
/// There are three spaces of them ([`Space`]), each with [`SubjectOrdinal::COUNT`] places. What belongs to the asylum
/// compartment has spaces of its own, so that its growth moves no other number, and so that an ordinal alone says under
/// which keys its records are sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectOrdinal(u64);

/// Which ordinals one is among.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Space {
    /// Persons, households, and the registry itself.
    General,
    /// Claims to asylum, sealed under keys of the compartment.
    Claims,
    /// What a person of the general space is to the asylum unit: the subject of its look-ups.
    Compartment,
}

impl SubjectOrdinal {
    /// How many ordinals there are in a space: as many as there are 11-digit numbers without a leading zero,
    /// so that every subject can have a public number. At a million new subjects a day they last
    /// for 246 years.
    pub const COUNT: u64 = 90_000_000_000;

    /// The registry itself.
    pub const REGISTRY: Self = Self(0);

    /// Before the first claim to asylum.
    pub const NO_CLAIM: Self = Self(CLAIMS);

    /// The ordinal with this value, or `None` if there is none.
    pub const fn new(value: u64) -> Option<Self> {
        if value & PLACES < Self::COUNT && value < COMPARTMENT + CLAIMS {
            Some(Self(value))
        } else {
            None
        }
    }

    /// The ordinal at a place of a space, or `None` at or above [`Self::COUNT`].
    pub const fn at(space: Space, place: u64) -> Option<Self> {
        if Self::COUNT <= place {
            return None;
        }
        Some(Self(match space {
            Space::General => place,
            Space::Claims => CLAIMS + place,
            Space::Compartment => COMPARTMENT + place,
        }))
    }

    /// The value, which tells the space as well.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The space it is in.
    pub const fn space(self) -> Space {
        if self.0 < CLAIMS {
            Space::General
        } else if self.0 < COMPARTMENT {
            Space::Claims
        } else {
            Space::Compartment
        }
    }

    /// The place in its space, below [`Self::COUNT`].
    pub const fn place(self) -> u64 {
        self.0 & PLACES
    }

    /// True if it belongs to the asylum compartment.
    pub const fn is_compartment(self) -> bool {
        !matches!(self.space(), Space::General)
    }

    /// What this subject is to the asylum unit; what belongs to the compartment stays as it is.
    #[must_use]
    pub const fn in_compartment(self) -> Self {
        match self.space() {
            Space::General => Self(COMPARTMENT + self.0),
            Space::Claims | Space::Compartment => self,
        }
    }

    /// The ordinal after this one in its space, or `None` when the space is used up.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        Self::at(self.space(), self.place() + 1)
    }
}

impl fmt::Display for SubjectOrdinal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
