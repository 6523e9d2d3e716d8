//! A synthetic country, in memory.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use sabt_domain::act::SubjectId;
use sabt_domain::life::Life;
use sabt_domain::number::PersonNumber;
use sabt_domain::time::{Calendar, Day, Timestamp};
use sabt_population::reference::Reference;
use sabt_population::{Expectation, PlannedAct, Population, Resolver, Scale, Seed, chronological};

use crate::noise::StatisticsKey;
use crate::observe::observe;
use crate::release::{CutOff, Month, Period, Release};
use crate::tabulate::Tabulation;

/// Persons of the country.
const PERSONS: u32 = 400;

static COUNTRY: LazyLock<BTreeMap<PersonNumber, Life>> = LazyLock::new(|| {
    let mut population = Population::new(Seed(31), Scale { persons: PERSONS });
    let mut plan: Vec<PlannedAct> = population.by_ref().collect();
    plan.extend(population.closing(None));
    let plan = chronological(plan);
    let now = |planned: &PlannedAct| Timestamp::from_micros(planned.act.recorded_at);
    let mut registry = Reference::founded(Seed(31), now(&plan[0])).unwrap();
    let mut resolver = Resolver::new();
    for planned in &plan {
        if !matches!(planned.expect, Expectation::Accepted { .. }) {
            continue;
        }
        let act = planned.resolve(&resolver).unwrap();
        let receipt = registry
            .submit(&planned.author, &act, now(planned))
            .unwrap();
        resolver.record(planned, &receipt.numbers).unwrap();
    }
    let lives = registry.states().lives.iter();
    let persons = lives.filter_map(|(subject, life)| {
        if let SubjectId::Person(number) = subject {
            Some((*number, life.clone()))
        } else {
            None
        }
    });
    persons.collect()
});

/// Lives of everybody in the country.
pub(super) fn country() -> &'static BTreeMap<PersonNumber, Life> {
    &COUNTRY
}

/// A release about the end of a Jalali year, with the year as its period, known at the end of another.
pub(super) fn year_end(year: i32, known: i32) -> Release {
    let month = |year| Month::of(Day::from_date(Calendar::Jalali, year, 12, 1).unwrap()).unwrap();
    let last = month(year).last_day().unwrap();
    Release {
        cut_off: CutOff {
            known_at: month(known).last_moment().unwrap(),
            position: 0,
        },
        period: Period {
            first: Some(Day::from_date(Calendar::Jalali, year, 1, 1).unwrap()),
            last,
        },
    }
}

/// Counts lives in the order given.
pub(super) fn count<'a>(
    key: &StatisticsKey,
    lives: impl IntoIterator<Item = (&'a PersonNumber, &'a Life)>,
    release: &Release,
) -> Tabulation {
    let mut tabulation = Tabulation::default();
    for (number, life) in lives {
        tabulation.add(key.record_key(number.serial()), &observe(life, release));
    }
    tabulation
}
