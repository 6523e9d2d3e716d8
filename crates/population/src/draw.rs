//! Deterministic draws. Integer arithmetic only, so that every platform draws the same history.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::Seed;

/// The stream of chance of one lane. Two draws with the same seed, purpose and lane are the same for ever.
#[derive(Debug, Clone)]
pub(crate) struct Draw {
    rng: ChaCha8Rng,
}

impl Draw {
    /// The stream for `purpose` in `lane`: `ChaCha8` keyed with a hash of the seed.
    pub(crate) fn new(seed: Seed, purpose: &'static str, lane: u32) -> Draw {
        let mut hasher = blake3::Hasher::new_keyed(&seed.key());
        hasher.update(purpose.as_bytes());
        hasher.update(&lane.to_be_bytes());
        Draw {
            rng: ChaCha8Rng::from_seed(*hasher.finalize().as_bytes()),
        }
    }

    /// Fills `bytes`.
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        self.rng.fill_bytes(bytes);
    }

    /// A number below `bound`; 0 for a bound of 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // The high half of the product is uniform up to a bias of bound / 2^64, far below what any statistic sees.
        let product = u128::from(self.rng.next_u64()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or_default()
    }

    /// An index below `len`.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or_default()
    }

    /// A number of `low..=high`.
    pub(crate) fn between(&mut self, low: i32, high: i32) -> i32 {
        let width = u64::try_from(i64::from(high) - i64::from(low) + 1).unwrap_or(1);
        let step = i32::try_from(self.below(width)).unwrap_or_default();
        low.saturating_add(step)
    }

    /// True with a chance of `permille` in a thousand.
    pub(crate) fn permille(&mut self, permille: u32) -> bool {
        self.below(1000) < u64::from(permille)
    }

    /// True with a chance of `per` in a hundred thousand.
    pub(crate) fn per_lakh(&mut self, per: u32) -> bool {
        self.below(100_000) < u64::from(per)
    }

    /// One of the items.
    ///
    /// # Panics
    /// On an empty slice: the tables of this crate are not empty.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        assert!(!items.is_empty(), "a table of the population is empty");
        &items[self.index(items.len())]
    }

    /// One of the items, by weight.
    ///
    /// # Panics
    /// On an empty slice: the tables of this crate are not empty.
    pub(crate) fn weighted<'a, T>(&mut self, items: &'a [T], weight: impl Fn(&T) -> u32) -> &'a T {
        assert!(!items.is_empty(), "a table of the population is empty");
        let total: u64 = items.iter().map(|item| u64::from(weight(item))).sum();
        let mut rest = self.below(total);
        for item in items {
            let step = u64::from(weight(item));
            if rest < step {
                return item;
            }
            rest -= step;
        }
        &items[0]
    }

    /// `len` decimal digits, the first not zero.
    pub(crate) fn digits(&mut self, len: usize) -> String {
        (0..len)
            .map(|place| {
                let digit = if place == 0 {
                    1 + self.below(9)
                } else {
                    self.below(10)
                };
                char::from_digit(u32::try_from(digit).unwrap_or_default(), 10).unwrap_or('0')
            })
            .collect()
    }
}
