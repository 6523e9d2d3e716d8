//! What is counted of lives, read page by page.

use sabt_domain::access::{Permit, Purpose, Role};
use sabt_domain::refusal::Reason;
use sabt_statistics::{Category, DEVIATION_MAX, Edition, Month, Release, TABLES};

use super::world::now;
use super::{QueryError, reason};
use crate::keys::life_position;
use crate::query::statistics::each_subject;
use crate::query::{Closings, PERSONS_PAGE_ENTRIES};
use crate::testing::{START_MICROS, TestRegistry, all_permits, folded, permit};
use crate::{Views, WriterAccess};

const DAY_MICROS: i64 = 86_400_000_000;

/// People of the first month: more than close one.
const PEOPLE: u64 = 130;

fn office() -> Permit {
    permit(Role::StatisticsOffice, Purpose::OfficialStatistics)
}

/// A registry with people of one month, every third of them with a second record, and somebody of the month after the next.
fn town() -> TestRegistry {
    let mut registry = TestRegistry::new();
    let mut people = Vec::new();
    for nth in 0..PEOPLE {
        people.push(registry.register("MkGiven", "Karimi", &format!("P{nth}")));
    }
    for person in people.iter().step_by(3) {
        let again = registry.registration(*person, "MkGiven", "Rezaei", "P-9");
        registry.act(&[(*person, again)]);
    }
    registry.events.set_clock(START_MICROS + 60 * DAY_MICROS);
    registry.register("MkGiven", "Karimi", "P-LATER");
    registry
}

fn closings(views: &Views) -> Closings {
    views.statistics_closings(&office(), &|| true).unwrap()
}

/// The newest edition there is.
fn newest(views: &Views) -> Edition {
    let cut_off = *closings(views).cut_offs.last().unwrap();
    let periods = views.statistics_periods(&office(), &cut_off, &|| true);
    let period = *periods.unwrap().last().unwrap();
    let release = Release { cut_off, period };
    views.statistics(&office(), &release, &|| true).unwrap()
}

fn population(edition: &Edition) -> u64 {
    let cells = &edition.table(&TABLES[0]).unwrap().cells;
    let all = cells
        .iter()
        .find(|cell| cell.categories == [Category::ALL; 2]);
    all.map_or(0, |cell| cell.figure)
}

#[test]
fn pages_of_any_length_show_the_same_lives() {
    let (views, _access): (Views, WriterAccess) = folded(&town());
    let visited = |page_entries| {
        let mut lives = Vec::new();
        each_subject(
            &views,
            page_entries,
            &|| true,
            &mut |_reader, subject, rows| {
                let positions = rows.iter().map(|row| life_position(&row.key).unwrap());
                lives.push((subject, positions.collect::<Vec<_>>()));
                Ok(())
            },
        )
        .unwrap();
        lives
    };
    let whole = visited(PERSONS_PAGE_ENTRIES);
    assert_eq!(whole.len() as u64, PEOPLE + 1);
    assert!(whole.iter().any(|(_, positions)| positions.len() == 2));
    for page_entries in [1, 2, 3, 7, 64, 173, 174, 175] {
        assert_eq!(visited(page_entries), whole, "{page_entries}");
    }
}

#[test]
fn a_month_closes_when_a_later_one_has_begun() {
    let mut registry = TestRegistry::new();
    for nth in 0..PEOPLE {
        registry.register("MkGiven", "Karimi", &format!("P{nth}"));
    }
    let (views, _) = folded(&registry);
    let open = closings(&views);
    assert!(open.cut_offs.is_empty() && open.newest.is_some());
    let (views, _) = folded(&town());
    let closed = closings(&views);
    assert_eq!(closed.cut_offs.len(), 1);
    let cut_off = closed.cut_offs[0];
    assert_eq!(cut_off.position, PEOPLE + PEOPLE.div_ceil(3));
    assert!(Month::at(cut_off.known_at) < closed.newest);
    let edition = newest(&views);
    assert_eq!(edition.release.cut_off, cut_off);
    assert!(population(&edition).abs_diff(PEOPLE) <= DEVIATION_MAX);
    assert!(edition.release.period.last <= now().as_of);
}

#[test]
fn an_erasure_moves_no_cut_off_and_the_erased_are_counted_no_more() {
    let mut registry = town();
    let (views, _) = folded(&registry);
    let before = closings(&views);
    for ordinal in 1..=60 {
        registry.erase(sabt_vault::ordinal::SubjectOrdinal::new(ordinal).unwrap());
    }
    let (views, _) = folded(&registry);
    assert_eq!(closings(&views).cut_offs, before.cut_offs);
    let cut_off = before.cut_offs[0];
    let period = sabt_statistics::Period {
        first: None,
        last: now().as_of,
    };
    let release = Release { cut_off, period };
    let edition = views.statistics(&office(), &release, &|| true).unwrap();
    assert!(population(&edition).abs_diff(PEOPLE - 60) <= DEVIATION_MAX);
}

#[test]
fn the_statistics_office_counts_and_nobody_else_and_whoever_stops_is_told() {
    let (views, _) = folded(&town());
    let refused = |outcome: Result<(), QueryError>| outcome.map_err(reason);
    for permit in all_permits() {
        let told = refused(views.statistics_closings(&permit, &|| true).map(drop));
        assert_eq!(told.is_ok(), permit.role() == Role::StatisticsOffice);
    }
    let stopped = views.statistics_closings(&office(), &|| false).map(drop);
    assert_eq!(refused(stopped), Err(Reason::ShuttingDown));
}
