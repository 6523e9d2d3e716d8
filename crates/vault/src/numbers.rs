//! Public numbers that speak of nothing.
//!
//! A person number must not tell who was registered before whom, how many are registered, or
//! where. So it is not the ordinal but its image under a keyed permutation: FF1 (NIST SP 800-38G)
//! over 11 decimal digits with AES-256. The same key with another tweak gives an independent
//! permutation for household codes. The twelfth digit, the check digit, is the domain's business.
//!
//! **Size of the space.** Numbers must not begin with zero, for a zero is lost in spreadsheets and
//! on forms. That leaves 9 * 10^10 of the 10^11 strings. Ordinal *i* is mapped to the 11-digit
//! number 10^10 + *i*, and the permutation is applied again and again until the result does not
//! begin with zero (cycle walking). A permutation walks in cycles, so the walk returns at the
//! latest to its start, which does not begin with zero; therefore it ends, and the map is a
//! permutation of the 9 * 10^10 numbers. Its mean length is 1.11 steps. The largest ordinal is
//! 89,999,999,999 ([`SubjectOrdinal::COUNT`] less one).
//!
//! **Strength.** The domain is far above the 10^6 that revision 1 of the standard asks for. The
//! known attacks on FF1's Feistel structure need more known pairs than this space has numbers for
//! ten rounds. What the permutation cannot hide is that of 9 * 10^10 possible numbers, 20 million
//! are given: a guessed number exists with a probability of one in 4,500, and behind a check digit
//! one in 45,000. Numbers are names, not secrets; knowing one gives no right to anything.

#[cfg(test)]
mod tests;

use std::fmt;

use aes::Aes256;
use fpe::ff1::{FF1, FlexibleNumeralString};

use crate::ordinal::{Space, SubjectOrdinal};
use crate::secret::SecretKey;

/// Decimal digits of a number, without the check digit.
pub const NUMBER_DIGITS: usize = 11;

/// The smallest number of [`NUMBER_DIGITS`] digits that does not begin with zero.
pub const NUMBER_MIN: u64 = 10_000_000_000;

/// The largest number of [`NUMBER_DIGITS`] digits.
pub const NUMBER_MAX: u64 = 99_999_999_999;

const RADIX: u16 = 10;

/// Steps after which a walk is held to be broken. One step in ten goes on, so a walk of more than
/// 64 steps has a probability of 10^-64; over all 9 * 10^10 ordinals of both kinds below 10^-52.
const WALK_STEPS_MAX: usize = 64;

const _: () = assert!(NUMBER_MAX - NUMBER_MIN + 1 == SubjectOrdinal::COUNT);

/// Whose number it is. Each kind has a permutation of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberKind {
    /// Person number.
    Person,
    /// Household code.
    Household,
    /// Number of a claim to asylum.
    AsylumClaim,
    /// Number of a campaign of registration.
    Campaign,
    /// Number of a service case.
    Case,
    /// Number of a biometric reference.
    Biometric,
}

impl NumberKind {
    fn tweak(self) -> &'static [u8] {
        match self {
            Self::Person => b"sabt person number v1",
            Self::Household => b"sabt household code v1",
            Self::AsylumClaim => b"sabt asylum claim v1",
            Self::Campaign => b"sabt campaign number v1",
            Self::Case => b"sabt service case v1",
            Self::Biometric => b"sabt biometric number v1",
        }
    }

    /// The space of the ordinals that these numbers stand for.
    const fn space(self) -> Space {
        match self {
            Self::Person | Self::Household | Self::Campaign | Self::Case | Self::Biometric => {
                Space::General
            }
            Self::AsylumClaim => Space::Claims,
        }
    }
}

/// The keyed permutations between ordinals and public numbers.
pub struct Numbering {
    cipher: FF1<Aes256>,
}

impl Numbering {
    /// The numbering of this secret. It can never be changed once a number has been given out.
    pub fn derive(secret: &SecretKey) -> Self {
        Self {
            cipher: cipher(&secret.derive("sabt numbering v1", &[])),
        }
    }

    /// The number of a subject at its place in the space of its kind: 11 digits, [`NUMBER_MIN`] to [`NUMBER_MAX`], no check digit.
    pub fn number(&self, kind: NumberKind, subject: SubjectOrdinal) -> u64 {
        walk(NUMBER_MIN + subject.place(), |numerals| {
            self.cipher.encrypt(kind.tweak(), numerals)
        })
    }

    /// The subject with this number, or `None` if it is not a number of 11 digits without a
    /// leading zero. Every other number belongs to exactly one ordinal, whether that has been
    /// given to a subject or not.
    pub fn ordinal(&self, kind: NumberKind, number: u64) -> Option<SubjectOrdinal> {
        if !(NUMBER_MIN..=NUMBER_MAX).contains(&number) {
            return None;
        }
        let start = walk(number, |numerals| {
            self.cipher.decrypt(kind.tweak(), numerals)
        });
        SubjectOrdinal::at(kind.space(), start - NUMBER_MIN)
    }
}

impl fmt::Debug for Numbering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Numbering(redacted)")
    }
}

fn cipher(key: &SecretKey) -> FF1<Aes256> {
    FF1::new(key.expose(), u32::from(RADIX)).expect("10 is a radix of FF1")
}

/// Applies `step` to `number` until the result does not begin with zero.
fn walk<E: fmt::Debug>(
    mut number: u64,
    step: impl Fn(&FlexibleNumeralString) -> Result<FlexibleNumeralString, E>,
) -> u64 {
    for _ in 0..WALK_STEPS_MAX {
        let stepped = step(&numerals(number)).expect("11 decimal digits are in the domain of FF1");
        number = value(stepped);
        if NUMBER_MIN <= number {
            return number;
        }
    }
    unreachable!("a walk over {WALK_STEPS_MAX} numbers with a leading zero");
}

fn numerals(mut number: u64) -> FlexibleNumeralString {
    let mut digits = vec![0; NUMBER_DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = u16::try_from(number % u64::from(RADIX)).expect("a digit is below 10");
        number /= u64::from(RADIX);
    }
    FlexibleNumeralString::from(digits)
}

fn value(numerals: FlexibleNumeralString) -> u64 {
    Vec::<u16>::from(numerals)
        .into_iter()
        .fold(0, |number, digit| {
            number * u64::from(RADIX) + u64::from(digit)
        })
}
