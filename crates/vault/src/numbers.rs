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

mod ff1;
#[cfg(test)]
mod tests;

use std::fmt;

use self::ff1::{Ff1, Tweak};
use crate::ordinal::{Space, SubjectOrdinal};
use crate::secret::SecretKey;

/// Decimal digits of a number, without the check digit.
pub const NUMBER_DIGITS: usize = 11;

/// The smallest number of [`NUMBER_DIGITS`] digits that does not begin with zero.
pub const NUMBER_MIN: u64 = 10_000_000_000;

/// The largest number of [`NUMBER_DIGITS`] digits.
pub const NUMBER_MAX: u64 = 99_999_999_999;

/// Steps after which a walk is held to be broken. One step in ten goes on, so a walk of more than
/// 64 steps has a probability of 10^-64; over all 9 * 10^10 ordinals of both kinds below 10^-52.
const WALK_STEPS_MAX: usize = 64;

const _: () = assert!(NUMBER_MAX - NUMBER_MIN + 1 == SubjectOrdinal::COUNT);

/// Declares the kinds, each with the tweak under which its numbers are made.
macro_rules! kinds {
    ($($(#[$doc:meta])+ $kind:ident = $tweak:literal;)+) => {
        /// Whose number it is. Each kind has a permutation of its own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum NumberKind {
            $($(#[$doc])+ $kind),+
        }

        impl NumberKind {
            const ALL: [Self; [$($tweak.len()),+].len()] = [$(Self::$kind),+];

            fn tweak(self) -> &'static [u8] {
                match self {
                    $(Self::$kind => $tweak),+
                }
            }
        }
    };
}

kinds! {
    /// Person number.
    Person = b"sabt person number v1";
    /// Household code.
    Household = b"sabt household code v1";
    /// Number of a claim to asylum.
    AsylumClaim = b"sabt asylum claim v1";
    /// Number of a campaign of registration.
    Campaign = b"sabt campaign number v1";
    /// Number of a service case.
    Case = b"sabt service case v1";
    /// Number of a biometric reference.
    Biometric = b"sabt biometric number v1";
    /// Number of a site.
    Site = b"sabt site number v1";
}

impl NumberKind {
    /// The space of the ordinals that these numbers stand for.
    const fn space(self) -> Space {
        match self {
            Self::Person
            | Self::Household
            | Self::Campaign
            | Self::Case
            | Self::Biometric
            | Self::Site => Space::General,
            Self::AsylumClaim => Space::Claims,
        }
    }
}

/// The keyed permutations between ordinals and public numbers.
pub struct Numbering {
    cipher: Ff1,
    /// In the order of [`NumberKind::ALL`].
    tweaks: [Tweak; NumberKind::ALL.len()],
}

impl Numbering {
    /// The numbering of this secret. It can never be changed once a number has been given out.
    pub fn derive(secret: &SecretKey) -> Self {
        let cipher = Ff1::new(&secret.derive("sabt numbering v1", &[]));
        let tweaks = NumberKind::ALL.map(|kind| cipher.tweak(kind.tweak()));
        Self { cipher, tweaks }
    }

    /// The number of a subject at its place in the space of its kind: 11 digits, [`NUMBER_MIN`] to [`NUMBER_MAX`], no check digit.
    pub fn number(&self, kind: NumberKind, subject: SubjectOrdinal) -> u64 {
        walk(NUMBER_MIN + subject.place(), |number| {
            self.cipher.encrypt(self.tweak(kind), number)
        })
    }

    /// The subject with this number, or `None` if it is not a number of 11 digits without a
    /// leading zero. Every other number belongs to exactly one ordinal, whether that has been
    /// given to a subject or not.
    pub fn ordinal(&self, kind: NumberKind, number: u64) -> Option<SubjectOrdinal> {
        if !(NUMBER_MIN..=NUMBER_MAX).contains(&number) {
            return None;
        }
        let start = walk(number, |number| {
            self.cipher.decrypt(self.tweak(kind), number)
        });
        SubjectOrdinal::at(kind.space(), start - NUMBER_MIN)
    }

    const fn tweak(&self, kind: NumberKind) -> &Tweak {
        &self.tweaks[kind as usize]
    }
}

impl fmt::Debug for Numbering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Numbering(redacted)")
    }
}

/// Applies `step` to `number` until the result does not begin with zero.
fn walk(mut number: u64, step: impl Fn(u64) -> u64) -> u64 {
    for _ in 0..WALK_STEPS_MAX {
        number = step(number);
        if NUMBER_MIN <= number {
            return number;
        }
    }
    unreachable!("a walk over {WALK_STEPS_MAX} numbers with a leading zero");
}
