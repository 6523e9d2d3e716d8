//! Numbers that stand for somebody: person numbers, household codes, Iranian national numbers.
//!
//! A person number and a household code are twelve digits: an eleven-digit serial without leading zero and one
//! check digit of H. M. Damm's quasigroup of order ten (dissertation, Marburg 2004), which catches every single
//! wrong digit and every swap of two neighbours. The household code starts the same computation from another
//! state, so no household code is a valid person number and the other way round: a number typed into the wrong
//! field is caught, and twelve digits alone say which of the two they are.

use std::fmt;
use std::str::FromStr;

#[cfg(test)]
mod tests;

/// Smallest serial: eleven digits, no leading zero.
pub const SERIAL_MIN: u64 = 10_000_000_000;
/// Largest serial: eleven digits.
pub const SERIAL_MAX: u64 = 99_999_999_999;

/// Digits of a person number and of a household code.
const DIGITS: usize = 12;
/// Digits of an Iranian national number.
const NATIONAL_DIGITS: usize = 10;
/// Longest text that is looked at: every digit may be followed by one separator, and then some.
const TEXT_LIMIT_BYTES: usize = 128;
/// State from which the check digit of a person number is computed.
const PERSON_START: u8 = 0;
/// State from which the check digit of a household code is computed.
const HOUSEHOLD_START: u8 = 1;
/// State from which the check digit of the number of a claim is computed.
const CLAIM_START: u8 = 2;
/// State from which the check digit of the number of a campaign is computed.
const CAMPAIGN_START: u8 = 7;
/// State from which the check digit of the number of a case is computed.
const CASE_START: u8 = 3;
/// State from which the check digit of the number of a site is computed.
const SITE_START: u8 = 4;
/// State from which the check digit of the number of a biometric reference is computed.
const BIOMETRIC_START: u8 = 5;

/// Why a text is not a number. Never contains the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NumberError {
    /// The number of digits is wrong.
    #[error("{expected} digits are needed, {found} were given")]
    Length {
        /// Digits needed.
        expected: usize,
        /// Digits given.
        found: usize,
    },
    /// Something that is neither a digit, a space nor a dash.
    #[error("character {index} is neither a digit, a space nor a dash")]
    Character {
        /// 0-based index of the character.
        index: usize,
    },
    /// The first digit of a person number or household code is never zero.
    #[error("the first digit is zero")]
    LeadingZero,
    /// The check digit does not belong to the other digits.
    #[error("the check digit is wrong")]
    CheckDigit,
    /// A serial is outside [`SERIAL_MIN`] to [`SERIAL_MAX`].
    #[error("the serial does not have eleven digits")]
    Serial,
}

macro_rules! twelve_digit_number {
    ($(#[$meta:meta])* $name:ident, $start:expr) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// From an eleven-digit serial; the check digit is added.
            ///
            /// # Errors
            /// [`NumberError::Serial`] outside [`SERIAL_MIN`] to [`SERIAL_MAX`].
            pub fn from_serial(serial: u64) -> Result<Self, NumberError> {
                if !(SERIAL_MIN..=SERIAL_MAX).contains(&serial) {
                    return Err(NumberError::Serial);
                }
                let check = u64::from(damm($start, digits_of(serial)));
                Ok(Self(serial.saturating_mul(10).saturating_add(check)))
            }

            /// The eleven digits before the check digit.
            pub const fn serial(self) -> u64 {
                self.0 / 10
            }

            /// All twelve digits as an integer.
            pub const fn to_u64(self) -> u64 {
                self.0
            }

            /// From all twelve digits as an integer.
            ///
            /// # Errors
            /// [`NumberError::LeadingZero`], [`NumberError::Length`] or [`NumberError::CheckDigit`].
            pub fn from_u64(number: u64) -> Result<Self, NumberError> {
                let serial = number / 10;
                if serial < SERIAL_MIN {
                    return Err(NumberError::LeadingZero);
                }
                if serial > SERIAL_MAX {
                    return Err(NumberError::Length { expected: DIGITS, found: digits_of(number).count() });
                }
                if damm($start, digits_of(number)) == 0 {
                    Ok(Self(number))
                } else {
                    Err(NumberError::CheckDigit)
                }
            }
        }

        impl FromStr for $name {
            type Err = NumberError;

            /// Reads twelve digits, European, Persian or Arabic; spaces and dashes between them are ignored.
            fn from_str(text: &str) -> Result<Self, NumberError> {
                Self::from_u64(parse_digits(text, DIGITS)?)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:012}", self.0)
            }
        }
    };
}

twelve_digit_number!(
    /// The public number of a registered person (bill art. 1(16)): twelve digits that speak of nothing. It is the one key;
    /// card, identifier of the civil registration and phone number are other data, and can change hands (AM-06).
    ///
    /// `Debug` hides it; `Display` writes it.
    PersonNumber,
    PERSON_START
);
twelve_digit_number!(
    /// The code of a household: twelve digits, never equal to a person number.
    HouseholdCode,
    HOUSEHOLD_START
);

twelve_digit_number!(
    /// The number of a claim to asylum: twelve digits, never equal to a person number or a household code.
    ///
    /// `Debug` hides it; `Display` writes it.
    ClaimNumber,
    CLAIM_START
);

twelve_digit_number!(
    /// The number of a campaign of registration: twelve digits, never equal to a number of another kind.
    ///
    /// `Debug` hides it; `Display` writes it.
    CampaignNumber,
    CAMPAIGN_START
);

twelve_digit_number!(
    /// The number of a service case: twelve digits, never equal to a number of another kind.
    ///
    /// `Debug` hides it; `Display` writes it.
    CaseNumber,
    CASE_START
);

impl fmt::Debug for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CaseNumber(redacted)")
    }
}

twelve_digit_number!(
    /// The number of a biometric reference: twelve digits, never equal to a number of another kind.
    ///
    /// `Debug` hides it; `Display` writes it.
    BiometricNumber,
    BIOMETRIC_START
);

impl fmt::Debug for BiometricNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BiometricNumber(redacted)")
    }
}

twelve_digit_number!(
    /// The number of a site: twelve digits, never equal to a number of another kind.
    ///
    /// `Debug` hides it; `Display` writes it.
    SiteNumber,
    SITE_START
);

impl fmt::Debug for SiteNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SiteNumber(redacted)")
    }
}

impl fmt::Debug for ClaimNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimNumber(redacted)")
    }
}

impl fmt::Debug for PersonNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonNumber(redacted)")
    }
}

impl fmt::Debug for HouseholdCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HouseholdCode(redacted)")
    }
}

impl fmt::Debug for CampaignNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CampaignNumber(redacted)")
    }
}

/// The national number of an Iranian: an external reference to the register of Iranians, ten digits, the last
/// one a check digit (weighted sum modulo eleven, as the Civil Registration Organisation computes it).
///
/// `Debug` hides it; `Display` writes it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IranianNationalNumber(u64);

impl IranianNationalNumber {
    /// From nine digits; the check digit is added.
    ///
    /// # Errors
    /// [`NumberError::Serial`] if `serial` has more than nine digits, or if the ten digits would be all equal:
    /// such numbers satisfy the sum but are not given out.
    pub fn from_serial(serial: u64) -> Result<Self, NumberError> {
        if serial > 999_999_999 {
            return Err(NumberError::Serial);
        }
        let number = serial
            .saturating_mul(10)
            .saturating_add(national_check_digit(serial));
        if all_equal(number) {
            Err(NumberError::Serial)
        } else {
            Ok(Self(number))
        }
    }
}

impl FromStr for IranianNationalNumber {
    type Err = NumberError;

    /// Reads ten digits, European, Persian or Arabic; spaces and dashes between them are ignored.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let number = parse_digits(text, NATIONAL_DIGITS)?;
        if !all_equal(number) && national_check_digit(number / 10) == number % 10 {
            Ok(Self(number))
        } else {
            Err(NumberError::CheckDigit)
        }
    }
}

impl fmt::Display for IranianNationalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}

impl fmt::Debug for IranianNationalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IranianNationalNumber(redacted)")
    }
}

/// The value of a European, Persian (U+06F0) or Arabic (U+0660) digit.
pub(crate) fn digit_value(c: char) -> Option<u8> {
    let zero = match c {
        '0'..='9' => '0',
        '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
        '\u{660}'..='\u{669}' => '\u{660}',
        _ => return None,
    };
    u8::try_from(u32::from(c).checked_sub(u32::from(zero))?).ok()
}

fn parse_digits(text: &str, expected: usize) -> Result<u64, NumberError> {
    if text.len() > TEXT_LIMIT_BYTES {
        return Err(NumberError::Length {
            expected,
            found: text.chars().count(),
        });
    }
    let mut number = 0_u64;
    let mut found = 0_usize;
    for (index, c) in text.chars().enumerate() {
        if let Some(digit) = digit_value(c) {
            // Saturation is harmless: a number this long fails the comparison of lengths below.
            number = number.saturating_mul(10).saturating_add(u64::from(digit));
            found = found.saturating_add(1);
        } else if !is_separator(c) {
            return Err(NumberError::Character { index });
        }
    }
    if found == expected {
        Ok(number)
    } else {
        Err(NumberError::Length { expected, found })
    }
}

/// Spaces, joiners that word processors leave behind, and the dashes in use.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{200c}' | '\u{200e}' | '\u{200f}'
        )
}

/// The decimal digits, most significant first.
fn digits_of(number: u64) -> impl Iterator<Item = u8> + Clone {
    let count = number.checked_ilog10().unwrap_or(0);
    (0..=count).rev().map(move |power| {
        let digit = number
            .checked_div(10_u64.saturating_pow(power))
            .unwrap_or(0)
            % 10;
        u8::try_from(digit).unwrap_or(0)
    })
}

/// Runs Damm's automaton from `start`; the result after a serial is its check digit, the result after a serial
/// with the right check digit is 0, because the diagonal of the quasigroup is 0.
#[expect(
    clippy::indexing_slicing,
    reason = "state and digit are decimal digits by construction, and the table is 10 x 10"
)]
fn damm(start: u8, digits: impl Iterator<Item = u8>) -> u8 {
    const QUASIGROUP: [[u8; 10]; 10] = [
        [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
        [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
        [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
        [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
        [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
        [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
        [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
        [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
        [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
        [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
    ];
    digits.fold(start, |state, digit| {
        QUASIGROUP[usize::from(state)][usize::from(digit)]
    })
}

/// Weights 10 down to 2 over the nine digits of `serial`, leading zeros included.
fn national_check_digit(serial: u64) -> u64 {
    let mut rest = serial;
    let mut sum = 0_u64;
    for weight in 2..=10_u64 {
        sum = sum.saturating_add((rest % 10).saturating_mul(weight));
        rest /= 10;
    }
    match sum % 11 {
        remainder @ (0 | 1) => remainder,
        remainder => 11_u64.saturating_sub(remainder),
    }
}

/// True for 0000000000, 1111111111 and so on.
fn all_equal(number: u64) -> bool {
    number.checked_rem(1_111_111_111) == Some(0)
}
