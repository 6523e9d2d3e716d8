//! Attacks on protected cells. Each is tried on figures and on the truth: where the truth is published it succeeds, so that
//! the attacks are shown to be attacks.

use super::{cell, key, release};
use crate::category::{Category, Values};
use crate::noise::{BASE, StatisticsKey, Tally};
use crate::observe::Observation;
use crate::release::Release;
use crate::share::SHARE_CALLED_MIN;
use crate::table::{Measure, TABLES, Table};
use crate::tabulate::{PublishedCell, PublishedTable, Tabulation};

/// Registries attacked, each with a key of its own.
const KEYS: u64 = 1_350;

/// What is published of a cell.
type Publisher = fn(Tally, &StatisticsKey, &Release) -> u64;

const PROTECTED: Publisher = |tally, key, release| tally.published(key, release);
const TRUTH: Publisher = |tally, _key, _release| tally.count;

/// How often of a hundred an attack succeeds.
fn successes(attack: impl Fn(u64) -> bool) -> u64 {
    let hits = (0..KEYS).filter(|nth| attack(*nth)).count();
    u64::try_from(hits).unwrap() * 100 / KEYS
}

/// The small count of a cell that is attacked: 1 to 9, each as often.
const fn small(nth: u64) -> u64 {
    nth % 9 + 1
}

/// The mean over many cut-offs, to the nearest number.
fn averaged(publish: Publisher, tally: Tally, key: &StatisticsKey) -> u64 {
    const RELEASES: u64 = 150;
    let sum: u64 = (0..150).map(|nth| publish(tally, key, &release(nth))).sum();
    (sum + RELEASES / 2) / RELEASES
}

#[test]
fn asking_again_gives_the_same_figure() {
    for nth in 0..100 {
        let key = key(nth);
        let tally = cell(&key, 0..small(nth));
        // Other persons, whatever their number, are another cell; the same ones in another order are the same.
        let reversed = cell(&key, (0..small(nth)).rev());
        let asked = release(7);
        assert_eq!(tally.published(&key, &asked), tally.published(&key, &asked));
        assert_eq!(
            tally.published(&key, &asked),
            reversed.published(&key, &asked)
        );
    }
}

#[test]
fn a_figure_does_not_tell_a_small_count() {
    // The most likely count behind a figure: a test of the table of noise shows that no guess is better by much.
    let guess = |figure| match figure {
        0 => 1,
        5 => 5,
        _ => 9,
    };
    let attack = |publish: Publisher, guess: fn(u64) -> u64| {
        successes(|nth| {
            let key = key(nth);
            let tally = cell(&key, 0..small(nth));
            guess(publish(tally, &key, &release(1))) == small(nth)
        })
    };
    assert!(attack(PROTECTED, guess) <= 27);
    assert_eq!(attack(TRUTH, |figure| figure), 100);
}

#[test]
fn averaging_over_cut_offs_does_not_tell_a_small_count() {
    let attack = |publish: Publisher| {
        successes(|nth| {
            let key = key(nth);
            averaged(publish, cell(&key, 0..small(nth)), &key) == small(nth)
        })
    };
    assert!(attack(PROTECTED) <= 36);
    assert_eq!(attack(TRUTH), 100);
}

#[test]
fn averaging_over_tables_meets_the_same_figure() {
    // Six women of one State and province, of one age and status: in the margins of every table of the population they are
    // the same cell.
    let key = key(5);
    let values = Values {
        nationality: Category::of("IRQ"),
        province: Category::of("IR-10"),
        sex: Category::of("FEMALE"),
        age_group: Category::of("30-34"),
        status: Category::of("MIGRANT"),
        permit_kind: Category::of("TEMPORARY"),
        way_out: Category::OTHER_OR_NONE,
        participation: Category::OTHER_OR_NONE,
        campaign: Category::OTHER_OR_NONE,
        service_office: Category::OTHER_OR_NONE,
    };
    let mut tabulation = Tabulation::default();
    for person in 0..6 {
        let observation = Observation {
            measure: Measure::Population,
            values,
        };
        tabulation.add(key.record_key(person), &[observation]);
    }
    let mut published = false;
    for nth in 0..50 {
        let edition = tabulation.publish(&key, &release(nth));
        let figures = edition.tables.iter().flat_map(|table| &table.cells);
        let figures: std::collections::BTreeSet<u64> = figures.map(|cell| cell.figure).collect();
        assert!(figures.len() <= 1);
        published |= figures.iter().any(|figure| *figure != 0);
    }
    assert!(published);
    // Eight cells in each of four tables, and four in that of all nationalities.
    assert_eq!(tabulation.cells.len(), 4 * 8 + 4);
    let of_population = TABLES
        .iter()
        .filter(|table| table.measure == Measure::Population);
    assert_eq!(of_population.count(), 5);
}

#[test]
fn the_same_expelled_persons_have_one_figure_in_every_table_of_returns() {
    // Three men of one State, province and age, expelled: whoever holds the tables against each other, and every cell against
    // its margins, meets one figure.
    let key = key(6);
    let values = Values {
        nationality: Category::of("AFG"),
        province: Category::of("IR-11"),
        sex: Category::of("MALE"),
        age_group: Category::of("25-29"),
        status: Category::OTHER_OR_NONE,
        permit_kind: Category::OTHER_OR_NONE,
        way_out: Category::of("EXPULSION"),
        participation: Category::OTHER_OR_NONE,
        campaign: Category::OTHER_OR_NONE,
        service_office: Category::OTHER_OR_NONE,
    };
    let mut tabulation = Tabulation::default();
    for person in 0..3 {
        let observation = Observation {
            measure: Measure::Returns,
            values,
        };
        tabulation.add(key.record_key(person), &[observation]);
    }
    assert_eq!(tabulation.cells.len(), 3 * 8);
    let mut shown = 0;
    for nth in 0..50 {
        let edition = tabulation.publish(&key, &release(nth));
        let cells = edition.tables.iter().flat_map(|table| &table.cells);
        let figures: Vec<u64> = cells.map(|cell| cell.figure).collect();
        // All of them, or none.
        assert!([0, 3 * 8].contains(&figures.len()));
        assert!(figures.windows(2).all(|pair| pair[0] == pair[1]));
        assert!(figures.iter().all(|figure| figure.is_multiple_of(BASE)));
        shown += usize::from(!figures.is_empty());
    }
    assert_ne!(shown, 0);
}

#[test]
fn a_margin_less_the_cells_beside_it_does_not_tell_a_small_count() {
    // A province with five nationalities. The attacker even knows the truth about all but one of them.
    let attack = |publish: Publisher| {
        successes(|nth| {
            let key = key(nth);
            let target = small(nth);
            let margin = cell(&key, 0..target + 40);
            averaged(publish, margin, &key).saturating_sub(40) == target
        })
    };
    assert!(attack(PROTECTED) <= 36);
    assert_eq!(attack(TRUTH), 100);
    // With figures in the place of the truth there is less to see still.
    let published = |publish: Publisher| {
        successes(|nth| {
            let key = key(nth);
            let target = small(nth);
            let shown =
                |persons: std::ops::Range<u64>| publish(cell(&key, persons), &key, &release(1));
            let beside: u64 = (0..4).map(|at| shown(100 * at..100 * at + 10)).sum();
            let everybody = (0..4).flat_map(|at| 100 * at..100 * at + 10);
            let everybody = cell(&key, everybody.chain(900..900 + target));
            publish(everybody, &key, &release(1)).checked_sub(beside) == Some(target)
        })
    };
    assert!(published(PROTECTED) <= 15);
    assert_eq!(published(TRUTH), 100);
}

/// What is published of a round at an office: those called, and those who came.
fn round(called: u64, came: u64) -> PublishedTable {
    let cell = |participation, figure| PublishedCell {
        categories: vec![Category::of("R"), Category::of("THR-01"), participation],
        figure,
    };
    PublishedTable {
        table: Table::from_code("campaign-offices").unwrap(),
        cells: vec![
            cell(Category::ALL, called),
            cell(Category::of("TOOK_PART"), came),
        ],
    }
}

#[test]
fn a_percentage_does_not_tell_how_few_stayed_away() {
    // An office called a hundred and some; a few did not come. The attacker takes the percentage of those called.
    const CAME: u64 = 110;
    let stayed_away = |table: &PublishedTable| {
        let share = table.shares().remove(0);
        let permille = share.part.unwrap().permille;
        (share.called * (1_000 - permille) + 500) / 1_000
    };
    let cells = |key: &StatisticsKey, nth: u64| {
        let came = cell(key, 0..CAME);
        let mut called = came;
        called.absorb(cell(key, CAME..CAME + small(nth)));
        (called, came)
    };
    let shown = |publish: Publisher, key: &StatisticsKey, (called, came), cut_off: i64| {
        let of = |tally| publish(tally, key, &release(cut_off));
        stayed_away(&round(of(called), of(came)))
    };
    let once = |publish: Publisher| {
        successes(|nth| {
            let key = key(nth);
            shown(publish, &key, cells(&key, nth), 1) == small(nth)
        })
    };
    assert!(once(PROTECTED) <= 27, "{}", once(PROTECTED));
    assert_eq!(once(TRUTH), 100);
    // At every cut-off of twelve years, averaged.
    let averages = |publish: Publisher| {
        successes(|nth| {
            let key = key(nth);
            let cells = cells(&key, nth);
            let told = (0..150).map(|cut_off| shown(publish, &key, cells, cut_off));
            (told.sum::<u64>() + 75) / 150 == small(nth)
        })
    };
    assert!(averages(PROTECTED) <= 36, "{}", averages(PROTECTED));
    assert_eq!(averages(TRUTH), 100);
}

#[test]
fn a_percentage_follows_from_figures_and_is_none_where_few_were_called() {
    let part = |called, came| round(called, came).shares().remove(0).part;
    let told = part(1_000, 960).unwrap();
    assert_eq!((told.permille, told.lowest, told.highest), (960, 940, 980));
    // Rounded down, and the bounds outwards.
    let told = part(135, 130).unwrap();
    assert_eq!(
        (told.permille, told.lowest, told.highest),
        (962, 827, 1_000)
    );
    // Noise may show more who came than were called.
    assert_eq!(part(100, 105).unwrap().permille, 1_000);
    for called in (0..SHARE_CALLED_MIN).step_by(5) {
        assert_eq!(part(called, called), None, "{called}");
    }
    assert!(part(SHARE_CALLED_MIN, 0).is_some_and(|told| told.permille == 0));
    // Nobody came of those called: the cell is not listed.
    let mut nobody = round(200, 0);
    nobody.cells.pop();
    assert_eq!(nobody.shares()[0].part.unwrap().permille, 0);
    // Tables that do not tell it have none.
    let births = Table::from_code("births").unwrap();
    let cells = round(200, 100).cells;
    let none = PublishedTable {
        table: births,
        cells,
    };
    assert!(none.shares().is_empty());
}

#[test]
fn the_difference_of_sets_one_person_apart_does_not_tell_the_person() {
    // Did somebody join a cell, or take the place of somebody? The attacker has the figure before and the figure after.
    for size in [1, 2, 5, 20] {
        let attack = |publish: Publisher, averages: bool| {
            successes(|nth| {
                let key = key(nth);
                let joined = nth % 2 == 0;
                let before = cell(&key, 0..size);
                let after = if joined {
                    cell(&key, 0..=size)
                } else {
                    cell(&key, 1..=size)
                };
                let (before, after) = if averages {
                    (
                        averaged(publish, before, &key),
                        averaged(publish, after, &key),
                    )
                } else {
                    (
                        publish(before, &key, &release(1)),
                        publish(after, &key, &release(2)),
                    )
                };
                let says_joined = before < after;
                says_joined == joined
            })
        };
        assert!(attack(PROTECTED, false) <= 64, "{size}");
        assert!(attack(PROTECTED, true) <= 72, "{size}");
        assert_eq!(attack(TRUTH, false), 100);
    }
}

#[test]
fn a_changed_figure_does_not_tell_that_somebody_came() {
    // Is the cell the same as at the cut-off before? Cell keys without rounding would tell it nearly always.
    for size in [1, 2, 3, 5, 8, 20] {
        let attack = |publish: Publisher| {
            successes(|nth| {
                let key = key(nth);
                let joined = nth % 2 == 0;
                let before = publish(cell(&key, 0..size), &key, &release(1));
                let after = cell(&key, 0..size + u64::from(joined));
                let after = publish(after, &key, &release(2));
                (before != after) == joined
            })
        };
        assert!(attack(PROTECTED) <= 68, "{size}");
        assert_eq!(attack(TRUTH), 100);
        let unrounded: Publisher = |tally, key, _release| tally.perturbed(key);
        assert!(80 <= attack(unrounded), "{size}");
    }
}

#[test]
fn nobody_in_a_cell_is_nobody_and_never_tells_that_somebody_is_not() {
    let (mut none, mut some) = (0, 0);
    for nth in 0..KEYS {
        let key = key(nth);
        assert_eq!(cell(&key, []).published(&key, &release(1)), 0);
        match cell(&key, [nth]).published(&key, &release(1)) {
            0 => none += 1,
            figure => {
                assert!(figure.is_multiple_of(BASE));
                some += 1;
            }
        }
    }
    // Four of five persons who are alone in a cell are shown as nobody.
    assert!(some * 4 < none);
}

/// A country of 300 persons of 8 provinces, 3 nationalities and 2 sexes, and what its nth inhabitant is.
fn inhabitant(nth: u64) -> Observation {
    let hash = blake3::hash(&nth.to_be_bytes());
    let drawn = |at: usize, of: &[&'static str]| {
        Category::of(of[usize::from(hash.as_bytes()[at]) % of.len()])
    };
    let provinces = [
        "IR-05", "IR-06", "IR-07", "IR-08", "IR-09", "IR-10", "IR-21", "IR-23",
    ];
    Observation {
        measure: Measure::Population,
        values: Values {
            nationality: drawn(0, &["AFG", "IRQ", "PAK"]),
            province: drawn(1, &provinces),
            sex: drawn(2, &["FEMALE", "MALE"]),
            age_group: Category::UNKNOWN,
            status: Category::OTHER_OR_NONE,
            permit_kind: Category::OTHER_OR_NONE,
            way_out: Category::OTHER_OR_NONE,
            participation: Category::OTHER_OR_NONE,
            campaign: Category::OTHER_OR_NONE,
            service_office: Category::OTHER_OR_NONE,
        },
    }
}

#[test]
fn cells_that_move_do_not_tell_what_a_newcomer_is() {
    const COUNTRY: u64 = 300;
    const ROUNDS: u64 = 60;
    let table = TABLES
        .iter()
        .position(|table| table.code == "population-province");
    let table = table.unwrap();
    let figures = |publish: Publisher, of: &Tabulation, key: &StatisticsKey, nth| {
        let cells = of.cells.iter().filter(|((place, _), _)| *place == table);
        let cells = cells.map(|((_, cell), tally)| (*cell, publish(*tally, key, &release(nth))));
        cells.collect::<std::collections::BTreeMap<_, _>>()
    };
    // Two cut-offs with one newcomer between them, which releases never are. The attacker names the province, nationality
    // and sex of whose cells and margins most have moved.
    let attack = |publish: Publisher| {
        let told = (0..ROUNDS).filter(|round| {
            let key = key(*round);
            let mut country = Tabulation::default();
            for person in 0..COUNTRY {
                country.add(key.record_key(person), &[inhabitant(person)]);
            }
            let before = figures(publish, &country, &key, 1);
            let newcomer = inhabitant(COUNTRY + round);
            country.add(key.record_key(COUNTRY + round), &[newcomer]);
            let after = figures(publish, &country, &key, 2);
            let moved = |cell: &[Category; 3]| {
                before.get(cell).copied().unwrap_or(0) != after.get(cell).copied().unwrap_or(0)
            };
            let score = |cell: &[Category; 3]| {
                let margins = (0..8_u32).filter(|margins| {
                    let mut beside = *cell;
                    for (bit, category) in beside.iter_mut().enumerate() {
                        if margins >> bit & 1 == 1 {
                            *category = Category::ALL;
                        }
                    }
                    moved(&beside)
                });
                margins.count()
            };
            let inner = after.keys().filter(|cell| !cell.contains(&Category::ALL));
            let named = inner.max_by_key(|cell| score(cell));
            let values = newcomer.values;
            named == Some(&[values.province, values.nationality, values.sex])
        });
        u64::try_from(told.count()).unwrap() * 100 / ROUNDS
    };
    assert!(attack(PROTECTED) <= 15, "{}", attack(PROTECTED));
    assert_eq!(attack(TRUTH), 100);
    let unrounded: Publisher = |tally, key, _release| tally.perturbed(key);
    assert!(90 <= attack(unrounded));
}
