//! A table of statistics, for terminals, as CSV and as a plot.

pub mod csv;
pub mod svg;

use std::collections::{BTreeMap, BTreeSet};

use comfy_table::{CellAlignment, ContentArrangement, Table};
use sabt_proto::api::v1 as api;

use crate::render::STYLE;
use crate::text::{self, count};

/// How a margin is called.
const ALL: &str = "all";

/// The days the figures are about, and what they are.
pub(crate) fn days(answer: &api::GetStatisticsResponse) -> (&'static str, String) {
    let last = text::date(answer.last_day.as_ref());
    let is_stock = sabt_statistics::Table::from_code(&answer.table)
        .is_some_and(|table| table.measure.is_stock());
    match &answer.first_day {
        _ if is_stock => ("Reference day", last),
        Some(first) => ("Period", format!("{} to {last}", text::date(Some(first)))),
        None => ("Period", format!("up to {last}")),
    }
}

/// The figures, with the categories of the last variable side by side.
#[derive(Debug)]
pub struct Grid<'a> {
    variables: &'a [api::StatisticsVariable],
    columns: BTreeSet<&'a str>,
    rows: BTreeMap<&'a [String], BTreeMap<&'a str, u64>>,
}

impl<'a> Grid<'a> {
    /// The figures of an answer.
    pub fn of(answer: &'a api::GetStatisticsResponse) -> Self {
        let mut grid = Self {
            variables: &answer.variables,
            columns: BTreeSet::new(),
            rows: BTreeMap::new(),
        };
        for cell in &answer.cells {
            if let Some((column, row)) = cell.categories.split_last() {
                grid.columns.insert(column);
                let row = grid.rows.entry(row).or_default();
                row.insert(column, cell.figure);
            }
        }
        grid
    }

    /// As a table for a terminal: margins first.
    pub fn table(&self) -> Table {
        let mut table = Table::new();
        table
            .load_style(STYLE)
            .set_content_arrangement(ContentArrangement::Dynamic);
        let labels = self.variables.len().saturating_sub(1);
        let header = self.variables.iter().take(labels);
        let header = header.map(|variable| variable.code.as_str());
        table.set_header(header.chain(self.columns.iter().map(|column| label(column))));
        for (row, figures) in &self.rows {
            let categories = row.iter().map(|category| label(category).to_owned());
            let figures = self
                .columns
                .iter()
                .map(|column| count(figures.get(column).copied().unwrap_or(0)));
            table.add_row(categories.chain(figures));
        }
        for column in table.column_iter_mut().skip(labels) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }
}

/// A category as people read it.
fn label(category: &str) -> &str {
    if category.is_empty() { ALL } else { category }
}

/// Of those called, how many came, with the bounds that noise leaves; no percentage where too few were called.
pub fn shares(answer: &api::GetStatisticsResponse) -> Table {
    let mut table = Table::new();
    table
        .load_style(STYLE)
        .set_content_arrangement(ContentArrangement::Dynamic);
    let labels = answer.variables.len().saturating_sub(1);
    let header = answer.variables.iter().take(labels);
    let header = header.map(|variable| variable.code.as_str());
    table.set_header(header.chain(["called", "came", "per cent", "between"]));
    for share in &answer.shares {
        let categories = share.categories.iter();
        let categories = categories.map(|category| label(category).to_owned());
        let bounds = share.lowest_permille.zip(share.highest_permille);
        let bounds = bounds.map_or_else(String::new, |(lowest, highest)| {
            format!("{} and {}", percent(lowest), percent(highest))
        });
        table.add_row(categories.chain([
            count(share.called),
            count(share.came),
            share.permille.map_or_else(|| "-".to_owned(), percent),
            bounds,
        ]));
    }
    for column in table.column_iter_mut().skip(labels) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Tenths of a per cent with one digit.
pub(crate) fn percent(permille: u32) -> String {
    format!("{}.{}", permille / 10, permille % 10)
}
