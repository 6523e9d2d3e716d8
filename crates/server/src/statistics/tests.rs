use std::sync::Arc;

use sabt_domain::access::{Asker, Matrix, Permit, Purpose, Role};
use sabt_domain::life::At;
use sabt_domain::refusal::Reason;
use sabt_domain::time::{Calendar, Day, Timestamp};
use sabt_statistics::{CutOff, Edition, Month, Period, Release};
use sabt_vault::Vault;
use sabt_vault::secrets::KeyRing;
use sabt_views::Views;
use sabt_views::query::{Closings, QueryError};
use sabt_views::store::MemoryStore;
use tempfile::TempDir;

use super::{Asked, Kept, Lack, StatisticsDesk};

fn day(month: u8) -> Day {
    Day::from_date(Calendar::Jalali, 1405, month, 15).unwrap()
}

/// The cut-off at the end of a month of 1405, with a thousand records in each.
fn cut_off(month: u8) -> CutOff {
    CutOff {
        known_at: Month::of(day(month)).unwrap().last_moment().unwrap(),
        position: 1_000 * u64::from(month),
    }
}

/// A question asked in a month, of what was known and held in another.
fn asked(now: u8, about: u8, cut_off: u64) -> Asked {
    Asked {
        at: At {
            as_of: day(about),
            known_at: Timestamp::start_of_day_in_tehran(day(about)),
        },
        cut_off,
        now: Timestamp::start_of_day_in_tehran(day(now)),
    }
}

/// What is kept when months 2, 3 and 5 are closed and the newest record is of month 6.
fn kept() -> Kept {
    let cut_offs: Vec<CutOff> = [2, 3, 5].map(cut_off).into();
    let newest = Month::of(day(6));
    let months = [1, 2, 3].map(|month| Month::of(day(month)).unwrap());
    let periods: Arc<[Period]> = Period::between(&months).into();
    let of = |cut_off: &CutOff| (*cut_off, Arc::clone(&periods));
    Kept {
        periods: cut_offs.iter().map(of).collect(),
        closings: Some(Arc::new(Closings { cut_offs, newest })),
        editions: [].into(),
    }
}

#[test]
fn day_and_cut_off_are_taken_back_to_the_last_closed_month() {
    let kept = kept();
    let found = |asked: &Asked| match kept.release(asked) {
        Ok(Release { cut_off, period }) => Some((cut_off.position, period.last)),
        Err(Lack::NotClosed) => None,
        Err(Lack::Uncounted) => panic!("what is kept is to be counted"),
    };
    let end = |month| Month::of(day(month)).unwrap().last_day().unwrap();
    // In the middle of month 6, and of earlier ones: their own ends are not over.
    assert_eq!(found(&asked(6, 6, 0)), Some((5_000, end(3))));
    assert_eq!(found(&asked(6, 5, 0)), Some((3_000, end(3))));
    assert_eq!(found(&asked(6, 3, 0)), Some((2_000, end(2))));
    assert_eq!(found(&asked(6, 2, 0)), None);
    // By position: a cut-off is one when all of it lies before.
    assert_eq!(found(&asked(6, 6, 5_000)), Some((5_000, end(3))));
    assert_eq!(found(&asked(6, 6, 4_999)), Some((3_000, end(3))));
    assert_eq!(found(&asked(6, 6, 1_999)), None);
    // A day before any period, known late.
    let early = Asked {
        at: At {
            as_of: end(1).plus_days(-1).unwrap(),
            ..asked(6, 6, 0).at
        },
        ..asked(6, 6, 0)
    };
    assert_eq!(found(&early), None);
}

#[test]
fn the_list_is_read_again_when_another_month_may_have_closed() {
    let kept = kept();
    // In month 7 month 6 may have closed, unless a later cut-off than the one asked for is listed already.
    let lacks = |asked: &Asked| matches!(kept.release(asked), Err(Lack::Uncounted));
    assert!(lacks(&asked(7, 7, 0)));
    assert!(!lacks(&asked(7, 5, 0)));
    assert!(!lacks(&asked(7, 7, 4_000)));
    assert!(matches!(
        Kept::default().release(&asked(7, 5, 0)),
        Err(Lack::Uncounted)
    ));
}

/// Views with nothing in them, in a directory of their own.
fn nothing() -> (TempDir, Arc<Views>) {
    let directory = tempfile::tempdir().unwrap();
    let ring = KeyRing::create(&directory.path().join("keys")).unwrap();
    let vault = Vault::create(&directory.path().join("vault"), "test.example", ring).unwrap();
    let store = Box::<MemoryStore>::default();
    let (views, _access) = Views::open(store, Arc::new(vault), "test.example").unwrap();
    (directory, Arc::new(views))
}

fn office() -> Permit {
    let asker = Asker {
        agency: "STATISTICS".to_owned(),
        officer: "C9001".to_owned(),
        roles: [Role::StatisticsOffice].into(),
        rights: std::collections::BTreeSet::new(),
        state: "IRN".to_owned(),
    };
    let purpose = Purpose::OfficialStatistics.code();
    Matrix::newest()
        .permit(&asker, purpose, "duty:12", "")
        .unwrap()
}

fn refused(outcome: Result<Arc<Edition>, QueryError>) -> Reason {
    match outcome {
        Err(QueryError::Refused(refusal)) => refusal.reason(),
        Err(err) => panic!("{err}"),
        Ok(_) => panic!("there is nothing to count"),
    }
}

#[test]
fn one_edition_is_counted_at_a_time_and_what_is_kept_waits_for_nobody() {
    let (_directory, views) = nothing();
    let desk = StatisticsDesk::default();
    let ask = || desk.edition(Arc::clone(&views), &office(), &asked(6, 6, 0));
    assert_eq!(refused(ask()), Reason::StatisticsNotClosed);
    let release = Release {
        cut_off: cut_off(5),
        period: Period {
            first: None,
            last: Month::of(day(3)).unwrap().last_day().unwrap(),
        },
    };
    let at_work = desk.at_work.lock().unwrap();
    assert_eq!(refused(ask()), Reason::StatisticsInPreparation);
    let mut known = kept();
    for (_, periods) in &mut known.periods {
        *periods = [release.period].into();
    }
    let tables = Vec::new();
    known
        .editions
        .push_back(Arc::new(Edition { release, tables }));
    *desk.kept() = known;
    assert_eq!(ask().unwrap().release, release);
    drop(at_work);
    // Whoever closes the registry ends the counting.
    *desk.kept() = Kept::default();
    desk.stop();
    assert_eq!(refused(ask()), Reason::ShuttingDown);
}
