//! Where statistics are counted: one edition at a time, and the last ones are kept.
//!
//! Counting reads every life and may take minutes. It runs on a thread of its own kind and page by page, so that nobody else
//! waits for it; who asks meanwhile is told to come again, and then finds it kept.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use sabt_domain::access::Permit;
use sabt_domain::life::At;
use sabt_domain::refusal::{Reason, Refusal};
use sabt_domain::time::Timestamp;
use sabt_statistics::{CutOff, Edition, Month, Period, Release};
use sabt_views::Views;
use sabt_views::query::{Closings, QueryError};

use crate::limits::{STATISTICS_CUT_OFFS_KEPT_MAX, STATISTICS_EDITIONS_KEPT_MAX};

const RULE: &str = "manual:1-8 item 7";

/// Which figures are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// Reference day and time of knowledge, each taken back to the last one there are figures for.
    pub(crate) at: At,
    /// Position from which on records do not count; 0: none.
    pub(crate) cut_off: u64,
    /// Now.
    pub(crate) now: Timestamp,
}

/// Counts editions and keeps the last ones.
#[derive(Debug, Default)]
pub(crate) struct StatisticsDesk {
    stopping: AtomicBool,
    /// Held by the one who counts.
    at_work: Mutex<()>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    closings: Option<Arc<Closings>>,
    /// Periods of a cut-off.
    periods: VecDeque<(CutOff, Arc<[Period]>)>,
    editions: VecDeque<Arc<Edition>>,
}

/// Why there are no figures yet, or none at all.
enum Lack {
    /// They have to be counted.
    Uncounted,
    /// There are none for this day and cut-off.
    NotClosed,
}

impl Kept {
    /// The edition asked for.
    fn edition(&self, asked: &Asked) -> Result<Arc<Edition>, Lack> {
        let release = self.release(asked)?;
        let mut editions = self.editions.iter();
        let found = editions.find(|edition| edition.release == release);
        found.map(Arc::clone).ok_or(Lack::Uncounted)
    }

    fn release(&self, asked: &Asked) -> Result<Release, Lack> {
        let cut_off = self.cut_off(asked)?;
        let mut kept = self.periods.iter();
        let (_, periods) = kept.find(|(of, _)| *of == cut_off).ok_or(Lack::Uncounted)?;
        let mut over = periods.iter().rev();
        let period = over.find(|period| period.last <= asked.at.as_of);
        let period = *period.ok_or(Lack::NotClosed)?;
        Ok(Release { cut_off, period })
    }

    /// What is closed does not change, but this month may close others: the list is complete only while the newest record is
    /// of the month that it is.
    fn cut_off(&self, asked: &Asked) -> Result<CutOff, Lack> {
        let closings = self.closings.as_ref().ok_or(Lack::Uncounted)?;
        let fits = |cut_off: &&CutOff| {
            cut_off.known_at <= asked.at.known_at
                && (asked.cut_off == 0 || cut_off.position <= asked.cut_off)
        };
        let found = closings.cut_offs.iter().rev().find(fits);
        let is_complete = closings.newest.is_some() && closings.newest == Month::at(asked.now);
        // A later cut-off that is listed shows that the one found was not overtaken.
        let is_overtaken = closings.cut_offs.last().is_some_and(|last| !fits(&last));
        if is_complete || is_overtaken {
            found.copied().ok_or(Lack::NotClosed)
        } else {
            Err(Lack::Uncounted)
        }
    }
}

impl StatisticsDesk {
    /// The figures asked for, kept or counted now. May take minutes.
    ///
    /// # Errors
    /// [`Reason::StatisticsNotClosed`], [`Reason::StatisticsInPreparation`] while others are counted, and what reading
    /// the views refuses.
    pub(crate) fn edition(
        &self,
        views: Arc<Views>,
        permit: &Permit,
        asked: &Asked,
    ) -> Result<Arc<Edition>, QueryError> {
        match self.kept().edition(asked) {
            Ok(edition) => return Ok(edition),
            Err(Lack::NotClosed) => return Err(not_closed().into()),
            Err(Lack::Uncounted) => {}
        }
        let at_work = match self.at_work.try_lock() {
            Ok(at_work) => at_work,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(in_preparation().into()),
        };
        let counted = self.count(&views, permit, asked);
        // Whoever waits for the desk wants the views to be let go of.
        drop(views);
        drop(at_work);
        counted
    }

    /// Ends what is being counted, and returns when it has let go of the views.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        drop(self.at_work.lock());
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(
        &self,
        views: &Views,
        permit: &Permit,
        asked: &Asked,
    ) -> Result<Arc<Edition>, QueryError> {
        let go_on = || !self.stopping.load(Ordering::Relaxed);
        if matches!(self.kept().cut_off(asked), Err(Lack::Uncounted)) {
            let closings = Arc::new(views.statistics_closings(permit, &go_on)?);
            self.kept().closings = Some(closings);
        }
        // Just read: complete, whatever the clock says.
        let closings = self.kept().closings.clone();
        let newest = closings.and_then(|closings| closings.newest);
        let now = newest.and_then(Month::last_moment);
        let now = now.ok_or_else(not_closed)?;
        let asked = Asked { now, ..*asked };
        let cut_off = known(self.kept().cut_off(&asked))?;
        if matches!(self.kept().release(&asked), Err(Lack::Uncounted)) {
            let periods = views.statistics_periods(permit, &cut_off, &go_on)?;
            let mut kept = self.kept();
            kept.periods.truncate(STATISTICS_CUT_OFFS_KEPT_MAX - 1);
            kept.periods.push_front((cut_off, periods.into()));
        }
        let release = known(self.kept().release(&asked))?;
        // Somebody may have counted it while this one waited for the desk.
        if let Ok(edition) = self.kept().edition(&asked) {
            return Ok(edition);
        }
        let edition = Arc::new(views.statistics(permit, &release, &go_on)?);
        let mut kept = self.kept();
        kept.editions.truncate(STATISTICS_EDITIONS_KEPT_MAX - 1);
        kept.editions.push_front(Arc::clone(&edition));
        Ok(edition)
    }
}

/// What was just read is not lacking.
fn known<T>(found: Result<T, Lack>) -> Result<T, Refusal> {
    found.map_err(|lack| match lack {
        Lack::Uncounted => in_preparation(),
        Lack::NotClosed => not_closed(),
    })
}

fn not_closed() -> Refusal {
    Refusal::new(Reason::StatisticsNotClosed, RULE)
}

/// The refusal where figures are being counted.
pub(crate) fn in_preparation() -> Refusal {
    Refusal::new(Reason::StatisticsInPreparation, RULE)
}
