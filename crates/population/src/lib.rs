//! Deterministic synthetic life histories of foreign nationals, for the demonstration, tests and benchmarks.
//!
//! Nobody in it exists. From a [`Seed`] and a [`Scale`] a [`Population`] streams [`PlannedAct`]s: whole acts of the
//! stored contract, in the order in which offices recorded them, each with what the registry should answer
//! ([`Expectation`]). The same seed gives the same bytes on every machine and for ever; a golden test holds that.
//!
//! # Numbers
//!
//! Person numbers and household codes are given by the registry when it accepts an act, so the plan refers to subjects by
//! local references ([`LocalRef`]: "@p12.3", "@h12.1") in the number fields. A [`Resolver`] learns the numbers from the
//! receipts and fills them in before an act is signed:
//!
//! ```text
//! for planned in population { let act = planned.resolve(&resolver)?; let receipt = submit(act); resolver.record(&planned, &receipt.numbers)?; }
//! ```
//!
//! # Lanes
//!
//! A lane is one family: one to three brothers with wives and children, who arrive within some years, marry within the
//! family, to Iranians, or to people new to the registry, and found households of their own; at most 40 persons. Acts
//! of different lanes touch no common person, household or document: lanes may be submitted concurrently, each in order.
//! Only one lane is in memory at a time, so millions of persons stream in a few megabytes. [`chronological`] brings a
//! small plan into the order of time instead.
//!
//! # Time
//!
//! From 1358 to 30 Shahrivar 1405 (21 September 2026), or to the day given to [`Population::until`]. A registry whose clock
//! is earlier refuses the later acts. Facts of one family come in the order of their days; only weddings abroad are dated
//! back.
//!
//! # Distributions
//!
//! Round figures of the right order, not estimates of any real population.
//!
//! | what | how it is drawn |
//! |---|---|
//! | origin | Afghanistan 79 %, Iraq 10 %, Pakistan 5 %, and Syria, Lebanon, Bahrain, Turkey, Azerbaijan, Tajikistan, India; 1 to 2 % stateless |
//! | arrival | 1358 to 1404, in the waves of each origin: Afghan families before 1381 two in three, with a wave from 1400 |
//! | course | displaced with Amayesh card; refugee; passport and visa; irregular; stateless: by origin and year |
//! | province | weights by origin in `data/places.tsv`: Tehran, Razavi Khorasan, Isfahan, Kerman first |
//! | names | `data/given_names.tsv`, `data/family_names.tsv`: Persian, Dari, Pashto, Arabic, Urdu in their own orthographies; one in eight Afghan families has no family name; two files in three also hold a transliteration |
//! | birth dates | born abroad without passport: half know only the year, one in five states a Hijri date; else the day |
//! | papers | of those without passport fewer than half show a tazkira or identity card; passports have zones with right check digits |
//! | family ties | couples who arrive have their marriage abroad recorded by its year, their children both parents |
//! | mortality | by age and sex, from 18 per mille in the first year over 1 to 2 to 140 above eighty |
//! | marriage | of the unmarried 8 to 10 % a year from eighteen; 3.5 % of weddings with an Iranian, under licence |
//! | births | by age of the mother, halved from 1370 to 1400; 2.5 % without a father at first, who is found by ruling |
//! | divorce | 4 per mille and year |
//! | residence | Amayesh rounds of 1382 to 1404, 3 % miss one; temporary permits renewed once, then issued anew, followed by three and seven years, or lapsed; conversions with consent; 2 to 8 per mille revoked |
//! | households | split when sons found families; 9 % move a year, 1 % go to another province with their files; a dead head is replaced within 30 days |
//! | departures | 0.4 to 6 % of households a year, more in 1381 to 1385 and of irregular migrants from 1403 |
//!
//! About 16 acts a person, 140 bytes each. [`Mistakes`] sets how many acts are wrong: refused ones, each with the reason the registry must
//! give, and recorded ones that are corrected or annulled later. [`mod@reference`] holds
//! a registry in memory that answers the plan as expected; tests run every expectation against it.

mod draw;
mod ids;
mod institutions;
pub mod ledger;
mod life;
mod plan;
pub mod reference;
mod references;
mod resolve;
mod tables;
mod when;
mod zone;

#[cfg(test)]
mod tests;

pub use institutions::{Agency, Office, agencies, author_key, enrolment, founding, offices};
pub use plan::{
    AuthorRef, Expectation, Lane, LocalRef, NotALocalRef, PlannedAct, SubjectSort, chronological,
};
pub use resolve::{Resolver, Unresolved};

use std::collections::VecDeque;

use sabt_domain::time::Day;

/// From which everything is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub u64);

/// How much is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Persons registered when every act with an expectation to be accepted has been: exactly this many.
    pub persons: u32,
}

/// How often something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mistakes {
    /// Acts that must be refused, for a thousand that are accepted.
    pub refused_per_mille: u32,
    /// Registrations with a misread name or birth date, corrected later, of a thousand.
    pub misread_per_mille: u32,
    /// Living persons reported dead, annulled later, of a thousand person-years.
    pub false_death_per_mille: u32,
    /// Persons registered twice, of a thousand person-years.
    pub twice_registered_per_mille: u32,
}

impl Mistakes {
    /// Nothing goes wrong: every act is accepted and none is amended.
    pub const NONE: Mistakes = Mistakes {
        refused_per_mille: 0,
        misread_per_mille: 0,
        false_death_per_mille: 0,
        twice_registered_per_mille: 0,
    };
}

impl Default for Mistakes {
    /// What a careful office might see.
    fn default() -> Mistakes {
        Mistakes {
            refused_per_mille: 30,
            misread_per_mille: 25,
            false_death_per_mille: 2,
            twice_registered_per_mille: 2,
        }
    }
}

/// A stream of acts about a synthetic population. An iterator that ends when the scale is reached.
#[derive(Debug, Clone)]
pub struct Population {
    seed: Seed,
    mistakes: Mistakes,
    last_day: Day,
    persons_left: u32,
    next_lane: u32,
    ready: VecDeque<PlannedAct>,
}

impl Population {
    /// A population with the mistakes of a careful office.
    pub fn new(seed: Seed, scale: Scale) -> Population {
        Population::with_mistakes(seed, scale, Mistakes::default())
    }

    /// A population with as many mistakes as asked for.
    pub fn with_mistakes(seed: Seed, scale: Scale, mistakes: Mistakes) -> Population {
        Population {
            seed,
            mistakes,
            last_day: when::last_day(),
            persons_left: scale.persons,
            next_lane: 0,
            ready: VecDeque::new(),
        }
    }

    /// The same population, as far as it is known on `last`: nothing is dated later. A registry refuses acts from its
    /// future, so a plan must end before its clock. Days before 1380-01-01 or after 1405-06-30 (2026-09-21), the end of the
    /// simulated time, count as those.
    #[must_use]
    pub fn until(self, last: Day) -> Population {
        Population {
            last_day: last.clamp(when::earliest_end(), when::last_day()),
            ..self
        }
    }

    /// The acts of the next family, or `None` when the scale is reached; a family may have none. What [`Iterator::next`] had not yet taken of
    /// the family before is skipped.
    pub fn next_lane(&mut self) -> Option<Vec<PlannedAct>> {
        self.ready.clear();
        if self.persons_left == 0 {
            return None;
        }
        let lane = Lane(self.next_lane);
        self.next_lane += 1;
        let terms = life::Terms {
            seed: self.seed,
            mistakes: self.mistakes,
            last_day: self.last_day,
            budget: self.persons_left.min(life::FAMILY_PERSONS_MAX),
        };
        let acts = life::family(terms, lane);
        self.persons_left -= registered(&acts).min(self.persons_left);
        Some(acts)
    }
}

impl Iterator for Population {
    type Item = PlannedAct;

    fn next(&mut self) -> Option<PlannedAct> {
        // A family that arrives after the last day has no acts; two in three arrive before 1380.
        while self.ready.is_empty() {
            self.ready = self.next_lane()?.into();
        }
        self.ready.pop_front()
    }
}

impl Seed {
    /// The key under which everything is derived.
    fn key(self) -> [u8; 32] {
        blake3::derive_key("sabt synthetic population v1", &self.0.to_be_bytes())
    }
}

fn registered(acts: &[PlannedAct]) -> u32 {
    let persons = acts
        .iter()
        .filter_map(|act| match &act.expect {
            Expectation::Accepted { numbers } => Some(numbers),
            Expectation::Refused { .. } => None,
        })
        .flatten()
        .filter(|local| local.sort == SubjectSort::Person)
        .count();
    u32::try_from(persons).unwrap_or(u32::MAX)
}
