//! Of those who were called, how many came, in per cent: computed from two published figures and from nothing else.
//!
//! **Architecture invariant:** a share is a function of a [`PublishedTable`]. No true count comes here, so that a percentage
//! tells nothing that the two figures beside it do not tell, and is no second way in.

use crate::category::{Category, Variable};
use crate::noise::DEVIATION_MAX;
use crate::tabulate::{PublishedCell, PublishedTable};

/// Fewest called, as published, of whom a percentage is given: of fewer it would tell of the noise and not of the people.
pub const SHARE_CALLED_MIN: u64 = 100;

/// What a percentage may be held against, and what not.
pub const YARDSTICK: &str = "For comparison: 96 per cent were reported of the 15th round of Amayesh (29 November 2020). \
     That report names neither its base population nor its date, so the two figures cannot be held against each other.";

const TOOK_PART: Category = Category::of("TOOK_PART");

/// Participation among those who were called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// One category for each variable of the table but the last, [`Category::ALL`] where it is a margin.
    pub categories: Vec<Category>,
    /// Figure of those called.
    pub called: u64,
    /// Figure of those who came.
    pub came: u64,
    /// What that is; `None` where fewer than [`SHARE_CALLED_MIN`] were called.
    pub part: Option<Part>,
}

/// A part of a whole, in tenths of a per cent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What the two figures make, rounded down, at most 1000: a round that is not complete never reads as if it were, but
    /// where noise makes it so.
    pub permille: u64,
    /// The true part is not less: that of counts as far from the figures as figures are from counts at most.
    pub lowest: u64,
    /// The true part is not more.
    pub highest: u64,
}

impl PublishedTable {
    /// Participation for each set of the other categories; nothing where the table does not tell it.
    pub fn shares(&self) -> Vec<Share> {
        if self.table.variables.last() != Some(&Variable::Participation) {
            return Vec::new();
        }
        let of_all = |cell: &&PublishedCell| cell.categories.last() == Some(&Category::ALL);
        let shares = self.cells.iter().filter(of_all).map(|cell| {
            let (_, categories) = cell.categories.split_last().unwrap_or((&TOOK_PART, &[]));
            let came = self
                .cells
                .iter()
                .find(|beside| beside.categories.split_last() == Some((&TOOK_PART, categories)));
            let (called, came) = (cell.figure, came.map_or(0, |cell| cell.figure));
            Share {
                categories: categories.to_vec(),
                called,
                came,
                part: Part::of(came, called),
            }
        });
        shares.collect()
    }
}

impl Part {
    fn of(came: u64, called: u64) -> Option<Self> {
        const WHOLE: u64 = 1_000;
        if called < SHARE_CALLED_MIN {
            return None;
        }
        let part = |came: u64, called: u64| came.saturating_mul(WHOLE).checked_div(called);
        let most = came.saturating_add(DEVIATION_MAX).saturating_mul(WHOLE);
        Some(Self {
            permille: part(came, called)?.min(WHOLE),
            lowest: part(
                came.saturating_sub(DEVIATION_MAX),
                called.saturating_add(DEVIATION_MAX),
            )?
            .min(WHOLE),
            highest: most
                .div_ceil(called.saturating_sub(DEVIATION_MAX).max(1))
                .min(WHOLE),
        })
    }
}
