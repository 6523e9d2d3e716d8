//! One spelling for each letter, whatever keyboard or source wrote it.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use crate::number::digit_value;

/// The text in normal form: compatibility forms resolved (NFKD), diacritics, tatweel, joiners and direction
/// marks removed, Arabic letters in their Persian form, digits European, letters in lower case, everything that is
/// neither letter nor digit a single space. Zero-width non-joiners vanish: papers write compounds joined, split or
/// with a half space.
pub fn normalise(text: &str) -> String {
    let mut normal = Normal {
        out: String::with_capacity(text.len()),
        pending_space: false,
    };
    for c in text.chars() {
        if is_plain(c) {
            normal.push(letter(c.to_ascii_lowercase()));
            continue;
        }
        // The marks of a letter are not put into order as in NFKD: they vanish.
        decompose_compatible(c, |c| {
            for c in c.to_lowercase() {
                normal.push(letter(c));
            }
        });
    }
    normal.out
}

/// A text in normal form as it grows.
struct Normal {
    out: String,
    pending_space: bool,
}

impl Normal {
    fn push(&mut self, letter: Option<char>) {
        let Some(c) = letter else { return };
        if c == ' ' {
            self.pending_space = !self.out.is_empty();
            return;
        }
        if self.pending_space {
            self.out.push(' ');
            self.pending_space = false;
        }
        self.out.push(c);
    }
}

/// Letters, digits and signs of which most names consist: none of them decomposes, and only ASCII has lower case.
pub(super) const fn is_plain(c: char) -> bool {
    matches!(
        c,
        '\0'..='\x7f'
            | '\u{627}'..='\u{64a}'
            | '\u{67e}'
            | '\u{686}'
            | '\u{698}'
            | '\u{6a9}'
            | '\u{6af}'
            | '\u{6cc}'
            | '\u{6f0}'..='\u{6f9}'
    )
}

/// The normal form of one decomposed, lower-case character: `None` where it vanishes.
fn letter(c: char) -> Option<char> {
    if let Some(digit) = digit_value(c) {
        return char::from_digit(u32::from(digit), 10);
    }
    if c.is_ascii_lowercase() {
        return Some(c);
    }
    if is_combining_mark(c) || vanishes(c) {
        return None;
    }
    Some(match c {
        // Yeh: Arabic, dotless, Pashto e, tail, and with hamza that did not decompose.
        '\u{64a}' | '\u{649}' | '\u{6d0}' | '\u{6cd}' | '\u{6d2}' | '\u{6d3}' | '\u{626}' => {
            '\u{6cc}'
        }
        // Kaf: Arabic, swash, and the Sindhi form.
        '\u{643}' | '\u{6aa}' | '\u{6ac}' => '\u{6a9}',
        // Pashto gaf.
        '\u{6ab}' => '\u{6af}',
        // Heh: teh marbuta, heh with yeh, goal, doachashmee, ae.
        '\u{629}' | '\u{6c0}' | '\u{6c1}' | '\u{6c2}' | '\u{6be}' | '\u{6c3}' | '\u{6d5}' => {
            '\u{647}'
        }
        // Hamza carriers that did not decompose, and alef wasla.
        '\u{622}' | '\u{623}' | '\u{625}' | '\u{671}' => '\u{627}',
        '\u{624}' => '\u{648}',
        // Retroflex and other letters of Pashto and Urdu, to the Persian letter that papers put in their place.
        '\u{67c}' | '\u{679}' => '\u{62a}',
        '\u{689}' | '\u{688}' => '\u{62f}',
        '\u{693}' | '\u{691}' => '\u{631}',
        '\u{6bc}' | '\u{6ba}' => '\u{646}',
        '\u{69a}' => '\u{634}',
        '\u{681}' => '\u{632}',
        '\u{685}' => '\u{633}',
        '\u{696}' => '\u{698}',
        c if c.is_alphanumeric() => c,
        _ => ' ',
    })
}

/// Hamza on the line, tatweel, joiners, direction marks, apostrophes and the signs for ayn and hamza.
fn vanishes(c: char) -> bool {
    matches!(
        c,
        '\u{621}'
            | '\u{640}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
            | '\u{ad}'
            | '\''
            | '`'
            | '\u{2018}'
            | '\u{2019}'
            | '\u{2bb}'..='\u{2bf}'
    )
}
