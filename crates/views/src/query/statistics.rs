//! Statistics: what every life adds to the tables of a release, read page by page.
//!
//! Each pass reads the lives of all persons once, with a snapshot of its own for every page, so that nobody waits for it and
//! memory stays as flat as one life and the cells of the tables. What is recorded meanwhile lies behind the cut-off and does
//! not count. Claims to asylum stand in another table of the store, which is not read.

use std::collections::BTreeMap;

use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::life::Life;
use sabt_domain::refusal::{Reason, Refusal};
use sabt_domain::time::Timestamp;
use sabt_statistics::{
    Arrivals, CutOff, Edition, Month, Period, Release, Tabulation, observe, registered,
};
use sabt_vault::ordinal::SubjectOrdinal;

use super::{QueryError, Question};
use crate::error::ViewsError;
use crate::keys::{life_position, life_prefix, life_subject};
use crate::reader::{LIFE_RECORDS_MAX, Reader, recorded};
use crate::store::{Entry, Table};
use crate::value::{self, HistoryRow};
use crate::views::Views;

/// Records that a page holds, about 130 persons at 16 records each: 1 MB at a usual record of 500 bytes.
pub const PERSONS_PAGE_ENTRIES: usize = 2_048;

/// The cut-offs there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closings {
    /// Oldest first.
    pub cut_offs: Vec<CutOff>,
    /// The month in which the newest record was received: what is closed does not change before another month follows.
    pub newest: Option<Month>,
}

/// Whether to go on: asked before every page.
type GoOn<'a> = &'a (dyn Fn() -> bool + 'a);

impl Views {
    /// The cut-offs for which there are figures: ends of months after which something was received, so that nothing can be
    /// added to them. Opens no payload, so that an erasure moves none.
    ///
    /// # Errors
    /// [`QueryError`]; [`Reason::ShuttingDown`] when `go_on` said no.
    pub fn statistics_closings(
        &self,
        permit: &Permit,
        go_on: GoOn<'_>,
    ) -> Result<Closings, QueryError> {
        check(self, permit)?;
        let mut first_received = BTreeMap::<Month, u64>::new();
        let mut ends = BTreeMap::<Month, u64>::new();
        each_subject(
            self,
            PERSONS_PAGE_ENTRIES,
            go_on,
            &mut |_reader, _subject, rows| {
                let mut first = None;
                for row in rows {
                    let damaged = ViewsError::Damaged {
                        table: Table::History,
                    };
                    let position = life_position(&row.key).ok_or(damaged)?;
                    let row: HistoryRow = value::decode(Table::History, &row.value)?;
                    let Some(month) = Month::at(Timestamp::from_micros(row.recorded_at)) else {
                        continue;
                    };
                    first.get_or_insert(month);
                    let end = ends.entry(month).or_default();
                    *end = (*end).max(position.saturating_add(1));
                }
                if let Some(month) = first {
                    *first_received.entry(month).or_default() += 1;
                }
                Ok(())
            },
        )?;
        let newest = ends.keys().next_back().copied();
        first_received.retain(|month, _| Some(*month) < newest);
        let arrivals = Arrivals::from(first_received);
        let cut_offs = arrivals.closings().into_iter().filter_map(|month| {
            let (_, position) = ends.range(..=month).next_back()?;
            Some(CutOff {
                known_at: month.last_moment()?,
                position: *position,
            })
        });
        Ok(Closings {
            cut_offs: cut_offs.collect(),
            newest,
        })
    }

    /// The periods there are figures for, as known at a cut-off, oldest first.
    ///
    /// # Errors
    /// As [`Views::statistics_closings`].
    pub fn statistics_periods(
        &self,
        permit: &Permit,
        cut_off: &CutOff,
        go_on: GoOn<'_>,
    ) -> Result<Vec<Period>, QueryError> {
        check(self, permit)?;
        let mut arrivals = Arrivals::default();
        each_subject(
            self,
            PERSONS_PAGE_ENTRIES,
            go_on,
            &mut |reader, subject, rows| {
                let life = life(reader, subject, rows)?;
                if let Some(month) = registered(&life, cut_off) {
                    arrivals.add(month);
                }
                Ok(())
            },
        )?;
        Ok(Period::between(&arrivals.closings()))
    }

    /// Every table of a release.
    ///
    /// # Errors
    /// As [`Views::statistics_closings`].
    pub fn statistics(
        &self,
        permit: &Permit,
        release: &Release,
        go_on: GoOn<'_>,
    ) -> Result<Edition, QueryError> {
        check(self, permit)?;
        let key = self.keys.statistics_key();
        let mut tabulation = Tabulation::default();
        each_subject(
            self,
            PERSONS_PAGE_ENTRIES,
            go_on,
            &mut |reader, subject, rows| {
                let life = life(reader, subject, rows)?;
                tabulation.add(key.record_key(subject.get()), &observe(&life, release));
                Ok(())
            },
        )?;
        Ok(tabulation.publish(&key, release))
    }
}

fn check(views: &Views, permit: &Permit) -> Result<(), QueryError> {
    let question = Question::begin(views, permit, Method::GetStatistics)?;
    Ok(question.require(FieldGroup::Aggregates)?)
}

/// A subject of the general space and the rows of its life.
type Visit<'a> = &'a mut dyn FnMut(&Reader<'_>, SubjectOrdinal, &[Entry]) -> Result<(), ViewsError>;

/// Visits every subject of the general space but the registry itself, in the order of the ordinals, reading pages of so many
/// records.
pub(super) fn each_subject(
    views: &Views,
    page_entries: usize,
    go_on: GoOn<'_>,
    visit: Visit<'_>,
) -> Result<(), QueryError> {
    let table = Table::History;
    let mut from = SubjectOrdinal::REGISTRY
        .next()
        .map_or_else(Vec::new, |first| life_prefix(first).to_vec());
    let mut rows: Vec<Entry> = Vec::new();
    let mut current = None;
    loop {
        if !go_on() {
            return Err(Refusal::new(Reason::ShuttingDown, "design:5").into());
        }
        let reader = Reader::new(views)?;
        let page = reader
            .snapshot()
            .scan_prefix(table, &[], &from, page_entries)?;
        let is_last = page.len() < page_entries;
        if let Some(last) = page.last() {
            from.clone_from(&last.key);
            // The smallest key above the last one.
            from.push(0);
        }
        for entry in page {
            let damaged = ViewsError::Damaged { table };
            let subject = life_subject(&entry.key).ok_or(damaged)?;
            if let Some(whole) = current.replace(subject).filter(|whole| *whole != subject) {
                visit(&reader, whole, &rows)?;
                rows.clear();
            }
            if rows.len() == LIFE_RECORDS_MAX {
                return Err(ViewsError::LifeTooLong.into());
            }
            rows.push(entry);
        }
        if is_last {
            if let Some(whole) = current {
                visit(&reader, whole, &rows)?;
            }
            return Ok(());
        }
    }
}

fn life(reader: &Reader<'_>, subject: SubjectOrdinal, rows: &[Entry]) -> Result<Life, ViewsError> {
    let mut life = Life::default();
    for row in rows {
        if let Some(recorded) = recorded(reader.keys(), subject, &row.key, &row.value)? {
            life.apply(recorded);
        }
    }
    Ok(life)
}
