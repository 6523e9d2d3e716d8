//! The alphabet and its check digits (Doc 9303 part 3, 4.9).

use super::Check;

/// The filler.
pub(super) const FILLER: char = '<';

/// The value of a character: digits 0 to 9, A to Z 10 to 35, the filler 0.
pub(super) fn value(c: char) -> Option<u32> {
    match c {
        FILLER => Some(0),
        '0'..='9' | 'A'..='Z' => c.to_digit(36),
        _ => None,
    }
}

/// The check digit of a text: weights 7, 3, 1, modulo 10. Characters outside the alphabet count as fillers.
pub(super) fn check_digit(text: impl Iterator<Item = char>) -> char {
    let sum = text
        .zip([7_u32, 3, 1].into_iter().cycle())
        .fold(0_u32, |sum, (c, weight)| {
            // A line has at most 44 characters of at most 35 * 7 each.
            sum.saturating_add(value(c).unwrap_or(0).saturating_mul(weight))
        });
    char::from_digit(sum % 10, 10).unwrap_or('0')
}

/// Compares a printed check digit.
pub(super) fn check(field: &str, printed: &str) -> Check {
    if printed.chars().eq([check_digit(field.chars())]) {
        Check::Right
    } else {
        Check::Wrong
    }
}

/// Compares a printed check digit that may be the filler where its field is empty.
pub(super) fn check_optional(field: &str, printed: &str) -> Check {
    if printed == "<" && field.chars().all(|c| c == FILLER) {
        Check::Absent
    } else {
        check(field, printed)
    }
}
