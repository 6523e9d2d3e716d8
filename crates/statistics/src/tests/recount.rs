//! Counts are those of a naive recount over whole lives, and figures lie within the stated bound of them.

use std::collections::BTreeMap;

use sabt_domain::event::EventBody;
use sabt_domain::fact::ExitKind;
use sabt_domain::life::{At, Life};
use sabt_domain::person::Person;

use super::key;
use super::world::{count, country, year_end};
use crate::category::{Category, Variable};
use crate::noise::DEVIATION_MAX;
use crate::release::Release;
use crate::table::{Measure, TABLES, Table};
use crate::tabulate::Tabulation;

/// Years about which the tests ask, with the year at whose end it was known.
const ASKED: [(i32, i32); 4] = [(1382, 1404), (1395, 1396), (1400, 1400), (1403, 1404)];

/// True counts of a table's cells.
fn counts(tabulation: &Tabulation, table: &Table) -> BTreeMap<[Category; 3], u64> {
    let place = TABLES
        .iter()
        .position(|one| one.code == table.code)
        .unwrap();
    let of_table = tabulation.cells.iter().filter(|((at, _), _)| *at == place);
    of_table
        .map(|((_, cell), tally)| (*cell, tally.count))
        .collect()
}

/// Persons of the country on the reference day, with their lives.
fn persons(release: &Release) -> Vec<(&'static Life, Person)> {
    let at = At {
        as_of: release.period.last,
        known_at: release.cut_off.known_at,
    };
    let folded = country()
        .values()
        .filter_map(|life| Some((life, life.person(&at)?)));
    folded
        .filter(|(_, person)| person.registered_on.earliest() <= release.period.last)
        .filter(|(_, person)| !person.same_as.iter().any(|same| *same < person.number))
        .collect()
}

#[test]
fn the_population_is_what_a_recount_finds() {
    for (year, known) in ASKED {
        let release = year_end(year, known);
        let tabulation = count(&key(0), country(), &release);
        let table = Table::from_code("population-nationality").unwrap();
        let found = counts(&tabulation, table);
        let here = persons(&release);
        let here = here
            .iter()
            .filter(|(_, p)| p.death.is_none() && p.in_country());
        let here: Vec<_> = here.map(|(_, person)| person).collect();
        let all = found[&[Category::ALL; 3]];
        assert_eq!(all, u64::try_from(here.len()).unwrap(), "{year}");
        for sex in ["FEMALE", "MALE"] {
            let cell = [Category::ALL, Category::of(sex), Category::ALL];
            let recounted = here
                .iter()
                .filter(|p| p.particulars.sex.code() == sex)
                .count();
            assert_eq!(
                found.get(&cell).copied().unwrap_or(0),
                u64::try_from(recounted).unwrap()
            );
        }
        let afghans = here.iter().filter(|person| {
            let first = person
                .particulars
                .nationalities
                .iter()
                .find_map(|n| n.country);
            first.is_some_and(|country| country.as_str() == "AFG")
        });
        let cell = [Category::of("AFG"), Category::ALL, Category::ALL];
        let recounted = u64::try_from(afghans.count()).unwrap();
        assert_eq!(found.get(&cell).copied().unwrap_or(0), recounted);
    }
}

#[test]
fn flows_are_what_a_recount_finds() {
    for (year, known) in ASKED {
        let release = year_end(year, known);
        let tabulation = count(&key(0), country(), &release);
        let people = persons(&release);
        let happened = |of: fn(&EventBody) -> bool| {
            let counted = people.iter().filter(|(life, _)| {
                life.effective(release.cut_off.known_at)
                    .iter()
                    .any(|effective| {
                        let day = effective.event.occurred_on.earliest();
                        release.period.contains(day) && of(&effective.event.body)
                    })
            });
            u64::try_from(counted.count()).unwrap()
        };
        for (code, recounted) in [
            (
                "births",
                happened(|body| matches!(body, EventBody::BirthRegistered(_))),
            ),
            (
                "deaths",
                happened(|body| matches!(body, EventBody::DeathRegistered(_))),
            ),
            (
                "marriages",
                happened(|body| matches!(body, EventBody::MarriageRegistered(_))),
            ),
            (
                "entries",
                happened(|body| matches!(body, EventBody::EntryRecorded(_))),
            ),
            (
                "exits",
                happened(|body| matches!(body, EventBody::ExitRecorded(_))),
            ),
            (
                "registrations",
                happened(|body| matches!(body, EventBody::PersonRegistered(_))),
            ),
            (
                "permits-issued",
                happened(|body| matches!(body, EventBody::ResidencePermitIssued(_))),
            ),
            ("returns-nationality", happened(is_departure)),
            ("returns-province", happened(is_departure)),
            ("returns-age", happened(is_departure)),
            (
                "campaigns",
                happened(|body| {
                    matches!(
                        body,
                        EventBody::CampaignParticipationRecorded(_)
                            | EventBody::CampaignNonParticipationRecorded(_)
                    )
                }),
            ),
        ] {
            let found = counts(&tabulation, Table::from_code(code).unwrap());
            let all = found.get(&[Category::ALL; 3]).copied().unwrap_or(0);
            assert_eq!(all, recounted, "{code} of {year}");
        }
    }
}

/// One of the four ways of leaving for good.
fn is_departure(body: &EventBody) -> bool {
    way_of(body).is_some()
}

fn way_of(body: &EventBody) -> Option<&'static str> {
    if let EventBody::ExitRecorded(exit) = body {
        (exit.kind == ExitKind::Final).then_some("EXIT")
    } else if matches!(body, EventBody::VoluntaryReturnRecorded(_)) {
        Some("VOLUNTARY_RETURN")
    } else if matches!(body, EventBody::ThirdCountryDepartureRecorded(_)) {
        Some("THIRD_COUNTRY")
    } else {
        matches!(body, EventBody::ExpulsionExecuted(_)).then_some("EXPULSION")
    }
}

#[test]
fn ways_out_and_answers_to_campaigns_are_told_apart_as_a_recount_does() {
    let mut ways = std::collections::BTreeSet::new();
    for (year, known) in ASKED {
        let release = year_end(year, known);
        let tabulation = count(&key(0), country(), &release);
        let people = persons(&release);
        let with = |of: &dyn Fn(&EventBody) -> bool| {
            let counted = people.iter().filter(|(life, _)| {
                let effective = life.effective(release.cut_off.known_at);
                effective.iter().any(|effective| {
                    let day = effective.event.occurred_on.earliest();
                    release.period.contains(day) && of(&effective.event.body)
                })
            });
            u64::try_from(counted.count()).unwrap()
        };
        let found = counts(&tabulation, Table::from_code("returns-age").unwrap());
        for way in ["EXIT", "VOLUNTARY_RETURN", "THIRD_COUNTRY", "EXPULSION"] {
            let cell = [Category::of(way), Category::ALL, Category::ALL];
            let told = found.get(&cell).copied().unwrap_or(0);
            assert_eq!(
                told,
                with(&|body| way_of(body) == Some(way)),
                "{way} {year}"
            );
            if told != 0 {
                ways.insert(way);
            }
        }
        let came = |body: &EventBody| matches!(body, EventBody::CampaignParticipationRecorded(_));
        let found = counts(&tabulation, Table::from_code("campaigns").unwrap());
        let cell = [Category::ALL, Category::of("TOOK_PART"), Category::ALL];
        assert_eq!(
            found.get(&cell).copied().unwrap_or(0),
            with(&came),
            "{year}"
        );
    }
    assert!(
        ways.contains("EXIT") && ways.contains("VOLUNTARY_RETURN"),
        "{ways:?}"
    );
}

/// How a person answered each campaign, as the fold of their life tells: campaign, office of a participation, whether they came.
fn answers(person: &Person) -> Vec<(String, Option<String>)> {
    let records = person.campaigns.iter().map(|record| {
        let came = record.participation.as_ref();
        let office = came.map(|came| came.office.to_string());
        (record.campaign.to_string(), office)
    });
    records.collect()
}

#[test]
fn answers_to_each_campaign_are_what_a_recount_finds() {
    let mut with_percentage = 0;
    for (year, known) in ASKED {
        let release = year_end(year, known);
        let tabulation = count(&key(0), country(), &release);
        let mut called: BTreeMap<[Category; 2], u64> = BTreeMap::new();
        let mut came: BTreeMap<[Category; 2], u64> = BTreeMap::new();
        for (_, person) in persons(&release) {
            for (campaign, office) in answers(&person) {
                let campaign = Category::of(&campaign);
                *called.entry([campaign, Category::ALL]).or_default() += 1;
                if let Some(office) = office {
                    *came.entry([campaign, Category::ALL]).or_default() += 1;
                    *came.entry([campaign, Category::of(&office)]).or_default() += 1;
                }
            }
        }
        let found = counts(&tabulation, Table::from_code("campaign-offices").unwrap());
        let provinces = counts(&tabulation, Table::from_code("campaign-provinces").unwrap());
        for (cell, count) in &called {
            assert_eq!(
                found[&[cell[0], cell[1], Category::ALL]],
                *count,
                "{cell:?}"
            );
            assert_eq!(provinces[&[cell[0], cell[1], Category::ALL]], *count);
        }
        for (cell, count) in &came {
            let took_part = [cell[0], cell[1], Category::of("TOOK_PART")];
            assert_eq!(found[&took_part], *count, "{cell:?}");
        }
        // The true part lies between the bounds that are told beside the percentage.
        let edition = tabulation.publish(&key(0), &release);
        for code in ["campaign-offices", "campaign-provinces"] {
            let table = Table::from_code(code).unwrap();
            let truth = counts(&tabulation, table);
            for share in edition.table(table).unwrap().shares() {
                let Some(part) = share.part else { continue };
                let of = |participation| {
                    let [first, second] = [share.categories[0], share.categories[1]];
                    truth
                        .get(&[first, second, participation])
                        .copied()
                        .unwrap_or(0)
                };
                let (came, called) = (of(Category::of("TOOK_PART")), of(Category::ALL));
                assert!(part.lowest * called <= came * 1_000, "{share:?}");
                assert!(came * 1_000 <= part.highest * called, "{share:?}");
                with_percentage += 1;
            }
        }
    }
    assert!(0 < with_percentage);
}

#[test]
fn margins_are_the_sums_of_their_cells_before_protection() {
    for (year, known) in ASKED {
        let tabulation = count(&key(0), country(), &year_end(year, known));
        for table in TABLES {
            let found = counts(&tabulation, table);
            for (place, variable) in table.variables.iter().enumerate() {
                // Whoever was issued permits of two kinds, left on two ways, or answered two campaigns, is in two cells and once in
                // the margin.
                if [Variable::PermitKind, Variable::WayOut, Variable::Campaign].contains(variable) {
                    continue;
                }
                for (cell, margin) in found
                    .iter()
                    .filter(|(cell, _)| cell[place] == Category::ALL)
                    // Over all campaigns somebody may have come to one, and stayed away from another.
                    .filter(|(cell, _)| {
                        table.measure != Measure::Answered || cell[0] != Category::ALL
                    })
                {
                    let beside = found.iter().filter(|(other, _)| {
                        other[place] != Category::ALL
                            && (0..3).all(|at| at == place || other[at] == cell[at])
                    });
                    assert_eq!(*margin, beside.map(|(_, count)| count).sum::<u64>());
                }
            }
        }
    }
}

#[test]
fn figures_lie_within_the_bound_and_what_is_not_listed_is_zero() {
    let release = year_end(1403, 1404);
    for nth in 0..20 {
        let key = key(nth);
        let tabulation = count(&key, country(), &release);
        let edition = tabulation.publish(&key, &release);
        for published in &edition.tables {
            let mut truth = counts(&tabulation, published.table);
            for cell in &published.cells {
                let mut categories = [Category::ALL; 3];
                categories[..cell.categories.len()].copy_from_slice(&cell.categories);
                let count = truth.remove(&categories).unwrap();
                assert!(cell.figure.abs_diff(count) <= DEVIATION_MAX);
                assert!(cell.figure.is_multiple_of(5) && cell.figure != 0);
            }
            assert!(truth.values().all(|count| *count <= DEVIATION_MAX));
        }
    }
}

#[test]
fn the_order_of_counting_and_later_records_change_nothing() {
    let release = year_end(1400, 1400);
    let key = key(3);
    let edition = count(&key, country(), &release).publish(&key, &release);
    let backwards = count(&key, country().iter().rev(), &release);
    assert_eq!(backwards.publish(&key, &release), edition);
    // In two halves, as two threads would.
    let mut first = Tabulation::default();
    let (odd, even): (Vec<_>, Vec<_>) = country()
        .iter()
        .partition(|(number, _)| number.serial() % 2 == 1);
    first.absorb(count(&key, odd, &release));
    first.absorb(count(&key, even, &release));
    assert_eq!(first.publish(&key, &release), edition);
    // The lives as they were at the cut-off.
    let then: BTreeMap<_, Life> = country()
        .iter()
        .map(|(number, life)| {
            let mut known = Life::default();
            for recorded in life.records() {
                if recorded.recorded_at <= release.cut_off.known_at {
                    known.apply(recorded.clone());
                }
            }
            (*number, known)
        })
        .collect();
    let cut: usize = then.values().map(|life| life.records().len()).sum();
    let whole: usize = country().values().map(|life| life.records().len()).sum();
    assert!(cut < whole);
    assert_eq!(
        count(&key, &then, &release).publish(&key, &release),
        edition
    );
}

#[test]
fn no_category_tells_of_protection() {
    let release = year_end(1403, 1404);
    let tabulation = count(&key(0), country(), &release);
    let telling = [
        "REFUGEE",
        "ASYLUM",
        "DISPLACED",
        "STATELESS",
        "LIMITED",
        "GUEST_TOWN",
    ];
    for (_, categories) in tabulation.cells.keys() {
        for category in categories {
            assert!(!telling.iter().any(|word| category.code().contains(word)));
        }
    }
}
