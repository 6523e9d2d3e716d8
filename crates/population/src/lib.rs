//! Deterministic synthetic life histories of foreign nationals, for the demonstration, tests and benchmarks.
//!
//! Nobody in it exists. From a [`Seed`] and a [`Scale`] a [`Population`] streams [`PlannedAct`]s: whole acts of the
//! stored contract, in the order in which offices recorded them, each with what the registry should answer
//! ([`Expectation`]). The same seed gives the same bytes on every machine and for ever; a golden test holds that.
//!
//! # Numbers
//!
//! Numbers of persons, households, cases, campaigns and the like are given by the registry when it accepts an act, so the
//! plan refers to subjects by local references ([`LocalRef`]: "@p12.3", "@h12.1") in the number fields. A [`Resolver`] learns the numbers from the
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
//! Rounds of Amayesh are campaigns of the whole country, and the whole country runs sites. They have lanes of their own that
//! are submitted before those of families ([`Population::opening`]), and another time after them, when they end
//! ([`Population::closing`]).
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
//! Round figures of the right order, not estimates of any real population. Nothing in a person's life depends on a claim to
//! asylum that is open.
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
//! | residence | Amayesh rounds of 1382 to 1404, 1 % miss one; temporary permits renewed once, then issued anew, followed by three and seven years, or lapsed; conversions with consent; 2 to 8 per mille revoked |
//! | conditions of residence | from 1405, before what the law asks them for: attested a few days before; of the incomes one in seven exempted by the council; of a domicile nothing where a home is recorded |
//! | households | split when sons found families; 9 % move a year, 1 % go to another province with their files; a dead head is replaced within 30 days |
//! | departures | 0.4 to 6 % of households a year, more in 1381 to 1385 and of irregular migrants from 1403; from 1381 on 40 % of card holders and 30 % of irregular migrants by voluntary return, 8 % of card holders and 25 % of refugees to a third country |
//! | campaigns | rounds thirteen (1397) to twenty; of those who came to the round before the last, 1 % stay away and others have died, left or changed their residence, so that 93 to 98 % are reached: the 96 % reported of the fifteenth names neither base nor day (services.md section 6); six in ten absences are observed |
//! | service cases | from 1397: 24 per mille of adults a year, 60 of pupils without residence, 90 of children of Iranian mothers; all services in scope, weights beside each (`life/case/offer.rs`): passes, insurance and residence papers often, nationality and what takes something away rarely; steps as the catalogue allows; 3 % withdrawn, 9 % refused, a third of these contested, two in five of them with success |
//! | expulsion | 90 per mille of irregular adults a year who provide for nobody are ordered to leave, 5 of a thousand persons ever; a quarter of orders carried out, 1 person of a thousand; the others voided, withdrawn, suspended, barred by illness, or left behind by a return (`life/removal/course.rs`) |
//! | visas | 8 per mille of adults who come with one lose it; a third object, half of them are right |
//! | holding | with one order in seven, and on arrival of one grown person in eight who comes alone without papers (of the displaced one in a hundred): a month at most, half a month more with consent; in a care camp |
//! | sites | thirteen since 1363: guest towns, care camps, exit stations, return centres; inspected once a year from 1398 on, one inspection in eight finds something |
//! | guest towns | one in four recognised refugees is housed there with the household, for 200 to 1500 days, and one such family in five moves to another; of a thousand grown women one a year from 1390 on is sheltered as a victim, with her children, and of men a third of that, for 175 days at most |
//! | ways out | of those who return, one party in four waits some days in a return centre from 1388 on, and half of these leave by an exit station |
//! | disputes | from 1398: 2 per mille of adults a year; two in five of those whose registration was misread contest it, and are right |
//! | biometrics | from 1396: of two in five from twelve years on, when a card is made; 4 % replaced then |
//!
//! About 18 acts a person, 140 bytes each. [`Mistakes`] sets how many acts are wrong: refused ones, each with the reason the registry must
//! give, and recorded ones that are corrected or annulled later. [`mod@reference`] holds
//! a registry in memory that answers the plan as expected; tests run every expectation against it.

mod campaigns;
mod draw;
mod ids;
mod institutions;
pub mod ledger;
mod life;
mod plan;
pub mod reference;
mod references;
mod resolve;
mod rounds;
mod sites;
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

use sabt_domain::time::{Day, Timestamp};

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

/// A stream of acts about a synthetic population. An iterator that ends when the scale is reached: sites and campaigns are
/// opened, then comes family after family. What it does not hand out is how they end ([`Population::closing`]).
#[derive(Debug, Clone)]
pub struct Population {
    seed: Seed,
    mistakes: Mistakes,
    last_day: Day,
    campaigns: bool,
    sites: bool,
    persons_left: u32,
    next_lane: u32,
    tally: campaigns::Tally,
    opened: bool,
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
            campaigns: true,
            sites: true,
            persons_left: scale.persons,
            next_lane: 0,
            tally: campaigns::Tally::default(),
            opened: false,
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

    /// The same population in a country that holds no campaigns and runs no sites: its lanes are those of families alone.
    #[must_use]
    pub fn families_alone(self) -> Population {
        Population {
            campaigns: false,
            sites: false,
            ..self
        }
    }

    /// The acts by which sites are opened and inspected ([`Lane::SITES`]) and campaigns begin ([`Lane::CAMPAIGNS`]).
    /// Families that stay there and take part refer to them, so that they are to be submitted first;
    /// [`Resolver::of_families`] hands their numbers on.
    pub fn opening(&self) -> Vec<PlannedAct> {
        let mut acts = Vec::new();
        if self.sites {
            acts.extend(sites::opening(self.seed, self.last_day));
        }
        if self.campaigns {
            acts.extend(campaigns::opening(self.seed, self.last_day));
        }
        acts
    }

    /// The acts by which sites end, and campaigns report how far they reached and end, once the families handed out so far have been
    /// recorded. The registry counts again what they state: `recorded_by` says when everything was recorded, at the
    /// latest a microsecond before these acts are; `None` is for a registry whose clock went along with the plan, which
    /// takes these acts in the order of time ([`chronological`]).
    pub fn closing(&self, recorded_by: Option<Timestamp>) -> Vec<PlannedAct> {
        let mut acts = Vec::new();
        if self.sites {
            acts.extend(sites::closing(self.seed, self.last_day));
        }
        if self.campaigns {
            let (last, tally) = (self.last_day, &self.tally);
            acts.extend(campaigns::closing(self.seed, last, tally, recorded_by));
        }
        acts
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
            campaigns: self.campaigns,
            sites: self.sites,
            budget: self.persons_left.min(life::FAMILY_PERSONS_MAX),
        };
        let acts = life::family(terms, lane);
        self.persons_left -= registered(&acts).min(self.persons_left);
        self.tally.add(&acts);
        Some(acts)
    }
}

impl Iterator for Population {
    type Item = PlannedAct;

    fn next(&mut self) -> Option<PlannedAct> {
        if !self.opened {
            self.opened = true;
            self.ready = self.opening().into();
        }
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
