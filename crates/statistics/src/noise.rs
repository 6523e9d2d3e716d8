//! Record keys, cell keys, noise and rounding.

use std::fmt;

use zeroize::Zeroizing;

use crate::release::Release;

/// Greatest deviation that noise alone makes.
pub const NOISE_MAX: u64 = 6;

/// Published figures are multiples of this.
pub const BASE: u64 = 5;

/// Greatest difference of a published figure from the true one: rounding moves a number by less than [`BASE`].
pub const DEVIATION_MAX: u64 = NOISE_MAX + BASE - 1;

/// Sum of the weights of each row of [`NOISE`].
pub const NOISE_WEIGHT: u32 = 1 << 16;

/// Number of deviations from `-NOISE_MAX` to `NOISE_MAX`.
const DEVIATIONS: usize = 13;

/// Weights of the deviations from -6 to 6, by true count: 1, 2, 3, 4, 5, and 6 or more. Each row has the mean zero exactly and the
/// variance four to within a thousandth, leads to no negative number, and has the greatest entropy that allows
/// (weights proportional to exp(a v + b v^2), solved by Newton's method and rounded to sixteen bits; the rule of Eurostat's `ptable`).
pub const NOISE: [[u16; DEVIATIONS]; 6] = [
    [
        0, 0, 0, 0, 0, 44_572, 9_177, 2_855, 1_340, 949, 1_015, 1_638, 3_990,
    ],
    [
        0, 0, 0, 0, 18_878, 14_424, 10_683, 7_689, 5_367, 3_636, 2_390, 1_525, 944,
    ],
    [
        0, 0, 0, 7_008, 9_910, 11_811, 11_859, 10_038, 7_160, 4_304, 2_180, 931, 335,
    ],
    [
        0, 0, 2_278, 4_884, 8_371, 11_476, 12_581, 11_031, 7_735, 4_337, 1_945, 698, 200,
    ],
    [
        0, 643, 1_899, 4_402, 8_018, 11_473, 12_894, 11_385, 7_896, 4_302, 1_841, 619, 164,
    ],
    [
        153, 595, 1_806, 4_283, 7_937, 11_493, 13_002, 11_493, 7_937, 4_283, 1_806, 595, 153,
    ],
];

const RECORD: &[u8] = b"sabt statistics record key v1";
const PERTURB: &[u8] = b"sabt statistics noise v1";
const ROUND: &[u8] = b"sabt statistics rounding v1";

/// The key of a registry's statistics. Whoever has it and the ordinals can take the noise away.
pub struct StatisticsKey(Zeroizing<[u8; 32]>);

/// What a person adds to the key of every cell they are in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecordKey(u128);

impl StatisticsKey {
    /// Takes a copy of the bytes. Wiping the original is the caller's business.
    pub fn copied_from(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    /// The record key of a subject, by its internal ordinal.
    pub fn record_key(&self, ordinal: u64) -> RecordKey {
        RecordKey(self.draw(&[RECORD, &ordinal.to_be_bytes()]))
    }

    fn draw(&self, parts: &[&[u8]]) -> u128 {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        for part in parts {
            // The labels differ in length and content, and what follows them has one length each.
            hasher.update(part);
        }
        let mut drawn = [0; 16];
        hasher.finalize_xof().fill(&mut drawn);
        u128::from_be_bytes(drawn)
    }
}

impl fmt::Debug for StatisticsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StatisticsKey(redacted)")
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordKey(redacted)")
    }
}

/// A cell before protection: how many persons are in it, and the sum of their record keys.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) count: u64,
    key: u128,
}

impl Tally {
    pub(crate) fn add(&mut self, person: RecordKey) {
        self.absorb(Self {
            count: 1,
            key: person.0,
        });
    }

    pub(crate) fn absorb(&mut self, other: Self) {
        self.count += other.count;
        self.key = self.key.wrapping_add(other.key);
    }

    /// The number after noise and before rounding: a function of who is in the cell, and of the key.
    pub(crate) fn perturbed(self, key: &StatisticsKey) -> u64 {
        let row = usize::try_from(self.count)
            .unwrap_or(usize::MAX)
            .min(NOISE.len());
        let Some(row) = row.checked_sub(1).and_then(|row| NOISE.get(row)) else {
            return 0;
        };
        let drawn = key.draw(&[PERTURB, &self.key.to_be_bytes()]);
        let mut left = drawn % u128::from(NOISE_WEIGHT);
        let mut perturbed = self.count + NOISE_MAX;
        for (deviation, weight) in (0_u64..).zip(row) {
            let weight = u128::from(*weight);
            if left < weight {
                perturbed = self.count + deviation;
                break;
            }
            left -= weight;
        }
        // Rows give no weight to what would lead below zero.
        perturbed.saturating_sub(NOISE_MAX)
    }

    /// The figure as it is published.
    pub(crate) fn published(self, key: &StatisticsKey, release: &Release) -> u64 {
        let perturbed = self.perturbed(key);
        let above = perturbed % BASE;
        let drawn = key.draw(&[
            ROUND,
            &self.key.to_be_bytes(),
            &release.cut_off.known_at.micros().to_be_bytes(),
            &release.period.last.epoch_days().to_be_bytes(),
        ]);
        let below = perturbed - above;
        if drawn % u128::from(BASE) < u128::from(above) {
            below + BASE
        } else {
            below
        }
    }
}
