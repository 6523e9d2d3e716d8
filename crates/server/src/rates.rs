//! How many questions an officer, and an agency, may ask.
//!
//! Each has a bucket that holds what may be asked in one minute and fills evenly. A question takes from both or, where
//! one is empty, from none: it is refused before anything is looked up, and told when to come back. The arithmetic is
//! that of the generic cell rate algorithm (ITU-T I.371): one instant a bucket, two comparisons a question.
//!
//! # What a flood leaves in the ledger
//!
//! Every refusal is recorded, so a caller who does nothing but ask could fill the disk with them. Therefore, of questions
//! refused because a bucket is empty, one a minute is recorded for each officer
//! ([`RATE_REFUSAL_RECORDED_EVERY_MICROS`]): it says that there were too many. Refusals of other calls have buckets of
//! the same size of their own, and when one is empty, the same holds. What is not recorded is counted in
//! `sabt_refusals_unrecorded_total`; it told nothing and looked nothing up.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sabt_domain::access::Asker;
use sabt_domain::refusal::{Reason, Refusal};

use crate::config::QuestionsConfig;
use crate::limits::{RATE_BUCKETS_MAX, RATE_REFUSAL_RECORDED_EVERY_MICROS};

/// A minute, microseconds: what a bucket holds and how long an empty one takes to be full.
const MINUTE: i64 = 60_000_000;

/// In the metadata of a refusal: after so many milliseconds it is worth asking again.
pub(crate) const RETRY_AFTER: &str = "retry_after_ms";

/// The buckets of everybody who asks.
pub(crate) struct Rates {
    officer: Rate,
    agency: Rate,
    buckets: Mutex<Generations>,
}

/// How fast a bucket fills.
#[derive(Clone, Copy)]
struct Rate {
    per_minute: u32,
}

/// Whose bucket: an agency's, or an officer's of an agency. Nobody in particular is one too: all whom the enrolment
/// does not know share it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    agency: String,
    officer: Option<String>,
}

/// A bucket as an instant: when it will be full again, microseconds since 1970.
#[derive(Clone, Copy, Default)]
struct Bucket {
    full_at: i64,
    /// When a refusal because of this bucket was recorded last.
    recorded_at: Option<i64>,
}

/// Buckets in two generations, so that what nobody asks for any more is let go of without being looked for. Whose bucket
/// is gone has a full one.
#[derive(Default)]
struct Generations {
    young: HashMap<Key, Bucket>,
    old: HashMap<Key, Bucket>,
}

impl Rates {
    /// With nobody having asked.
    pub(crate) fn new(config: &QuestionsConfig) -> Self {
        let rate = |per_minute| Rate { per_minute };
        Self {
            officer: rate(config.officer_per_minute),
            agency: rate(config.agency_per_minute),
            buckets: Mutex::default(),
        }
    }

    /// Takes a question from the buckets of an officer and the agency; of nobody if nobody is known to ask.
    ///
    /// # Errors
    /// [`Reason::TooManyRequests`], with the time after which it is worth asking again.
    pub(crate) fn take(&self, asker: Option<&Asker>, now: i64) -> Result<(), Refusal> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = [Key::officer(asker), Key::agency(asker)];
        let rates = [self.officer, self.agency];
        let filled = keys
            .each_ref()
            .map(|key| Rate::filled(buckets.get(key), now));
        for ((rate, bucket), whose) in rates.iter().zip(filled).zip(["officer", "agency"]) {
            if let Some(wait) = rate.wait(bucket, now) {
                return Err(refusal(whose, rate.per_minute, wait));
            }
        }
        for ((key, rate), bucket) in keys.into_iter().zip(rates).zip(filled) {
            let full_at = bucket.full_at.max(now) + rate.interval();
            buckets.put(key, Bucket { full_at, ..bucket });
        }
        Ok(())
    }

    /// True if a refusal because of an empty bucket is to be recorded: the first of a minute for each officer.
    pub(crate) fn records_refusal(&self, asker: Option<&Asker>, now: i64) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let key = Key::officer(asker);
        let bucket = buckets.get(&key).unwrap_or_default();
        let is_due = bucket.recorded_at.is_none_or(|at| {
            // A clock that was put back does not silence the record.
            !(0..RATE_REFUSAL_RECORDED_EVERY_MICROS).contains(&(now - at))
        });
        if is_due {
            let recorded_at = Some(now);
            buckets.put(
                key,
                Bucket {
                    recorded_at,
                    ..bucket
                },
            );
        }
        is_due
    }
}

impl Rate {
    /// So long takes one question to fill in again, microseconds.
    fn interval(self) -> i64 {
        MINUTE / i64::from(self.per_minute.max(1))
    }

    /// The bucket as it stands now. One that is to be full later than an empty one would be was seen by a clock that has
    /// been put back since; nobody is to wait for that.
    fn filled(bucket: Option<Bucket>, now: i64) -> Bucket {
        let bucket = bucket.unwrap_or_default();
        let full_at = if now + MINUTE < bucket.full_at {
            now
        } else {
            bucket.full_at
        };
        Bucket { full_at, ..bucket }
    }

    /// How long until a question can be taken, microseconds; `None` if it can be now.
    fn wait(self, bucket: Bucket, now: i64) -> Option<i64> {
        let wait = bucket.full_at.max(now) + self.interval() - MINUTE - now;
        (0 < wait).then_some(wait)
    }
}

impl Key {
    fn agency(asker: Option<&Asker>) -> Self {
        Self {
            agency: asker.map(|asker| asker.agency.clone()).unwrap_or_default(),
            officer: None,
        }
    }

    fn officer(asker: Option<&Asker>) -> Self {
        Self {
            officer: Some(asker.map(|asker| asker.officer.clone()).unwrap_or_default()),
            ..Self::agency(asker)
        }
    }
}

impl Generations {
    fn get(&self, key: &Key) -> Option<Bucket> {
        self.young.get(key).or_else(|| self.old.get(key)).copied()
    }

    fn put(&mut self, key: Key, bucket: Bucket) {
        if RATE_BUCKETS_MAX / 2 <= self.young.len() && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, bucket);
    }
}

fn refusal(whose: &'static str, per_minute: u32, wait: i64) -> Refusal {
    let millis = wait.unsigned_abs().div_ceil(1_000);
    let seconds = millis.div_ceil(1_000);
    let message = if whose == "officer" {
        format!("This officer may ask {per_minute} questions a minute, and has asked more.")
    } else {
        format!("This agency may ask {per_minute} questions a minute, and has asked more.")
    };
    Refusal::new(Reason::TooManyRequests, RULE)
        .with_message(message)
        .with_remedy(format!("Ask again after {seconds} s."))
        .with("limit", whose)
        .with(RETRY_AFTER, millis)
}

const RULE: &str = "design:limits questions a minute";

#[cfg(test)]
mod tests;
