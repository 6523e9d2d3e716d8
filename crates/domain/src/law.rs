//! The law as data with dates: tables whose every row cites its source.

mod kinds;

pub use kinds::{DocumentKind, PersonStatus, ResidenceBasis, ResidenceKind};
