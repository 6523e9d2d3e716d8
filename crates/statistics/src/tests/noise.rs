//! The table of noise, and what can be proved from it.

use std::collections::BTreeMap;

use super::{cell, key, release};
use crate::noise::{BASE, DEVIATION_MAX, NOISE, NOISE_MAX, NOISE_WEIGHT};

/// A distribution in units of one part in `NOISE_WEIGHT * BASE`.
type Distribution = BTreeMap<u64, u64>;

const WHOLE: u64 = NOISE_WEIGHT as u64 * BASE;

/// What step 3 makes of a count.
fn perturbed(count: u64) -> Distribution {
    if count == 0 {
        return [(0, WHOLE)].into();
    }
    let row = NOISE[usize::try_from(count).unwrap().min(NOISE.len()) - 1];
    let mut distribution = Distribution::new();
    for (deviation, weight) in (0..).zip(row).filter(|(_, weight)| *weight != 0) {
        distribution.insert(count + deviation - NOISE_MAX, u64::from(weight) * BASE);
    }
    distribution
}

/// What is published of a count.
fn published(count: u64) -> Distribution {
    let mut distribution = Distribution::new();
    for (value, weight) in perturbed(count) {
        let above = value % BASE;
        *distribution.entry(value - above).or_default() += weight / BASE * (BASE - above);
        *distribution.entry(value - above + BASE).or_default() += weight / BASE * above;
    }
    distribution.retain(|_, weight| *weight != 0);
    distribution
}

/// How often whoever sees a value tells the count right that led to it, all counts being as likely: parts of WHOLE.
fn told_right(counts: &[u64], of: fn(u64) -> Distribution) -> u64 {
    let seen: Vec<_> = counts.iter().map(|count| of(*count)).collect();
    let values: std::collections::BTreeSet<u64> =
        seen.iter().flat_map(|seen| seen.keys().copied()).collect();
    let best = |value| seen.iter().filter_map(|seen| seen.get(value)).max();
    let sum: u64 = values.iter().filter_map(best).sum();
    sum / u64::try_from(counts.len()).unwrap()
}

#[test]
fn every_row_has_the_mean_zero_the_stated_variance_and_nothing_below_zero() {
    for (count, row) in (1_i64..).zip(NOISE) {
        assert_eq!(row.iter().map(|w| u32::from(*w)).sum::<u32>(), NOISE_WEIGHT);
        let moment = |power| -> i64 {
            let weighed = (-6_i64..)
                .zip(row)
                .map(|(v, w)| v.pow(power) * i64::from(w));
            weighed.sum()
        };
        assert_eq!(moment(1), 0);
        let variance = moment(2) - 4 * i64::from(NOISE_WEIGHT);
        assert!(variance.abs() < i64::from(NOISE_WEIGHT) / 1_000, "{count}");
        let least = (-6_i64..)
            .zip(row)
            .find(|(_, weight)| *weight != 0)
            .unwrap();
        assert!(0 <= count + least.0);
    }
}

#[test]
fn the_mean_of_what_is_published_is_the_truth_and_one_and_two_never_are() {
    for count in 0..40 {
        let distribution = published(count);
        assert_eq!(distribution.values().sum::<u64>(), WHOLE);
        let mean: u64 = distribution
            .iter()
            .map(|(value, weight)| value * weight)
            .sum();
        assert_eq!(mean, count * WHOLE);
        for value in distribution.keys() {
            assert!(value.is_multiple_of(BASE) && value.abs_diff(count) <= DEVIATION_MAX);
        }
    }
}

#[test]
fn a_small_count_is_told_right_in_fewer_than_one_of_four_cases() {
    let small: Vec<u64> = (1..=9).collect();
    assert!(told_right(&small, published) * 4 < WHOLE);
    assert!(told_right(&small, perturbed) * 3 < WHOLE);
    // The same attack on the truth always succeeds.
    assert_eq!(told_right(&small, |count| [(count, WHOLE)].into()), WHOLE);
}

#[test]
fn counts_that_differ_by_one_are_hardly_told_apart() {
    for count in 0..40 {
        let pair = [count, count + 1];
        assert!(told_right(&pair, published) * 100 < 61 * WHOLE, "{count}");
        assert!(told_right(&pair, perturbed) * 100 < 72 * WHOLE, "{count}");
    }
}

#[test]
fn figures_are_drawn_as_the_table_says() {
    const KEYS: u64 = 20_000;
    for count in [1, 3, 12] {
        let mut drawn = Distribution::new();
        for nth in 0..KEYS {
            let key = key(nth);
            let tally = cell(&key, 0..count);
            *drawn.entry(tally.published(&key, &release(1))).or_default() += 1;
        }
        for (value, weight) in published(count) {
            let expected = weight * KEYS / WHOLE;
            let found = drawn.remove(&value).unwrap_or(0);
            // Five standard deviations of a share of 20,000, and the keys are fixed.
            assert!(found.abs_diff(expected) <= 360, "{count}: {value}");
        }
        assert!(drawn.is_empty());
    }
}
