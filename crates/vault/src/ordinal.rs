//! The internal number of a subject.

use std::fmt;

/// The internal ordinal of a subject: person, household, case, office, agency.
///
/// Ordinals are given out one after another from 1; 0 is the registry itself. They say when a
/// subject was first registered and therefore never leave the registry: outside stand only the
/// permuted public numbers of [`crate::numbers`]. Range: `0..SubjectOrdinal::COUNT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectOrdinal(u64);

impl SubjectOrdinal {
    /// How many ordinals there are: as many as there are 11-digit numbers without a leading zero,
    /// so that every subject can have a public number. At a million new subjects a day they last
    /// for 246 years.
    pub const COUNT: u64 = 90_000_000_000;

    /// The registry itself.
    pub const REGISTRY: Self = Self(0);

    /// The ordinal with this value, or `None` at or above [`Self::COUNT`].
    pub const fn new(value: u64) -> Option<Self> {
        if value < Self::COUNT {
            Some(Self(value))
        } else {
            None
        }
    }

    /// The value.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The ordinal after this one, or `None` when the space is used up.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        Self::new(self.0 + 1)
    }
}

impl fmt::Display for SubjectOrdinal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
