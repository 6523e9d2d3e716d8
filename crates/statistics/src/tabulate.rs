//! Counting persons into the cells of every table, and publishing them.

use std::collections::{BTreeMap, BTreeSet};

use crate::category::Category;
use crate::noise::{RecordKey, StatisticsKey, Tally};
use crate::observe::Observation;
use crate::release::Release;
use crate::table::{DIMENSIONS_MAX, TABLES, Table};

/// Place of a table in [`TABLES`], and a category of each of its variables; [`Category::ALL`] in the margins, and for
/// variables it does not have.
pub(crate) type Cell = (usize, [Category; DIMENSIONS_MAX]);

/// Counts of one release, not yet protected. They never leave: only [`Tabulation::publish`] gives figures.
///
/// As large as the number of cells that anybody is in, whatever the number of persons.
#[derive(Default)]
pub struct Tabulation {
    pub(crate) cells: BTreeMap<Cell, Tally>,
}

/// A cell as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedCell {
    /// One category for each variable of the table, [`Category::ALL`] where it is a margin.
    pub categories: Vec<Category>,
    /// The figure.
    pub figure: u64,
}

/// A table as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedTable {
    /// Which.
    pub table: &'static Table,
    /// Cells and margins whose figure is not zero, in the order of their categories. A cell that is not here has the figure
    /// zero, whether anybody is in it or not.
    pub cells: Vec<PublishedCell>,
}

/// Every table of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// What the figures are about.
    pub release: Release,
    /// The tables, in the order of [`TABLES`].
    pub tables: Vec<PublishedTable>,
}

impl Edition {
    /// A table of the edition.
    pub fn table(&self, table: &Table) -> Option<&PublishedTable> {
        self.tables
            .iter()
            .find(|published| published.table.code == table.code)
    }
}

impl Tabulation {
    /// Counts a person, at most once in each cell. Each person is to be added once.
    pub fn add(&mut self, person: RecordKey, observations: &[Observation]) {
        let mut touched = BTreeSet::new();
        for observation in observations {
            for (place, table) in TABLES.iter().enumerate() {
                if table.measure == observation.measure {
                    touch(place, table, observation, &mut touched);
                }
            }
        }
        for cell in touched {
            self.cells.entry(cell).or_default().add(person);
        }
    }

    /// Adds the counts of other persons.
    pub fn absorb(&mut self, other: Self) {
        for (cell, tally) in other.cells {
            self.cells.entry(cell).or_default().absorb(tally);
        }
    }

    /// The protected figures.
    pub fn publish(&self, key: &StatisticsKey, release: &Release) -> Edition {
        let tables = TABLES.iter().enumerate().map(|(place, table)| {
            let from = (place, [Category::ALL; DIMENSIONS_MAX]);
            let until = (place + 1, [Category::ALL; DIMENSIONS_MAX]);
            let cells = self.cells.range(from..until).filter_map(|(cell, tally)| {
                let figure = tally.published(key, release);
                let categories = cell.1.iter().take(table.variables.len());
                (figure != 0).then(|| PublishedCell {
                    categories: categories.copied().collect(),
                    figure,
                })
            });
            PublishedTable {
                table,
                cells: cells.collect(),
            }
        });
        Edition {
            release: *release,
            tables: tables.collect(),
        }
    }
}

/// Adds the cells of a table that an observation falls into: one for each set of variables, the others summed over.
fn touch(place: usize, table: &Table, observation: &Observation, cells: &mut BTreeSet<Cell>) {
    for margins in 0..1_u32 << table.variables.len() {
        let mut categories = [Category::ALL; DIMENSIONS_MAX];
        for ((bit, variable), category) in table.variables.iter().enumerate().zip(&mut categories) {
            if margins >> bit & 1 == 0 {
                *category = observation.values.of(*variable);
            }
        }
        cells.insert((place, categories));
    }
}
