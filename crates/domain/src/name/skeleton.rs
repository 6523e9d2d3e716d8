//! Consonant skeletons: what is left of a name when the ways of writing it are taken away.
//!
//! Each consonant becomes one class, the same in Arabic, Latin and Cyrillic script; letters that Persian
//! pronounces alike are one class (the three s, the four z, the two t, ghayn and qaf). Short vowels are not written
//! in Arabic script and long ones are romanised in many ways, so vowels, waw and yeh vanish, except as the first
//! sound of the name. A final h is silent in Persian and vanishes. Doubled consonants are one.

use std::collections::BTreeSet;

use super::letters::normalise;

/// Longest skeleton, in classes: longer names are cut, which can only make more names meet.
const SKELETON_LIMIT: usize = 24;

/// The skeletons of one part of a name: one, or two where the spelling is ambiguous (`sh`, `th` and `dh` may be
/// one sound or two, as in Ishaq; Russian writes h and kh with one letter). Empty for a part without letters.
pub fn skeletons(part: &str) -> BTreeSet<String> {
    let words = strip_articles(&sharp_letters(part));
    // Only these letters are read in two ways, and most names have none of them.
    let readings = if words.contains(AMBIGUOUS) { 2 } else { 1 };
    [true, false]
        .into_iter()
        .take(readings)
        .map(|digraphs| skeleton(&words, digraphs))
        .filter(|skeleton| !skeleton.is_empty())
        .collect()
}

/// What makes two readings of a word: the second letter of a digraph that may be two sounds, and the Cyrillic kh.
pub(super) const AMBIGUOUS: [char; 2] = ['h', '\u{445}'];

/// Latin letters whose diacritic makes another consonant are spelt out before the diacritics are dropped.
fn sharp_letters(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for c in part.chars() {
        match c {
            '\u{15f}' | '\u{15e}' | '\u{161}' | '\u{160}' | '\u{219}' => out.push_str("sh"),
            '\u{e7}' | '\u{c7}' | '\u{10d}' | '\u{10c}' => out.push_str("ch"),
            '\u{11f}' | '\u{11e}' | '\u{121}' => out.push_str("gh"),
            '\u{17e}' | '\u{17d}' => out.push_str("zh"),
            '\u{1e2b}' | '\u{1e96}' => out.push_str("kh"),
            // Tajik letters whose descender would be lost as a mark.
            '\u{49b}' | '\u{49a}' | '\u{493}' | '\u{492}' => out.push('q'),
            '\u{4b3}' | '\u{4b2}' => out.push('h'),
            '\u{4b7}' | '\u{4b6}' => out.push('j'),
            _ => out.push(c),
        }
    }
    out
}

/// Normalised, with articles and spaces taken out: "al-Hashimi", "Alhashimi" and "Hashimi" meet.
fn strip_articles(part: &str) -> String {
    let normal = normalise(part);
    normal
        .split(' ')
        .filter(|word| !matches!(*word, "al" | "el" | "ul" | "ol" | "\u{627}\u{644}"))
        .collect()
}

pub(super) fn skeleton(word: &str, digraphs: bool) -> String {
    // Letters of an Arabic article written together with its word, only where enough is left.
    let word = match word.strip_prefix("\u{627}\u{644}") {
        Some(rest) if rest.chars().count() >= 4 => rest,
        _ => word,
    };
    let sounds = sounds(word, digraphs);
    let mut out = String::with_capacity(SKELETON_LIMIT);
    let last = sounds.len().saturating_sub(1);
    for (index, sound) in sounds.iter().copied().enumerate() {
        let class = match sound {
            // A first vowel of any kind is one class; later vowels vanish.
            'A' => {
                if index == 0 {
                    'a'
                } else {
                    continue;
                }
            }
            'y' | 'v' if index != 0 => continue,
            'h' if index == last && index != 0 => continue,
            sound => sound,
        };
        if !out.ends_with(class) && out.len() < SKELETON_LIMIT {
            out.push(class);
        }
    }
    assimilated(out)
}

/// The l of the article between two parts is written in Arabic script and by some romanisations only:
/// Abdolrahman, Abdurrahman; Nuruldin, Nooruddin.
fn assimilated(skeleton: String) -> String {
    let skeleton = match skeleton.strip_prefix("abdl") {
        Some(rest) => format!("abd{rest}"),
        None => skeleton,
    };
    match skeleton.strip_suffix("ldn") {
        Some(rest) => format!("{rest}dn"),
        None => skeleton,
    }
}

/// The sounds of a normalised word: consonant classes, `A` for a vowel, `y` and `v` where they may be either.
fn sounds(word: &str, digraphs: bool) -> Vec<char> {
    let mut sounds = Vec::with_capacity(word.len());
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied();
        let (class, consumed) = match next.and_then(|next| digraph(letter, next, digraphs)) {
            Some(class) => (class, true),
            // The Cyrillic letter for kh, which Russian spelling also puts for h.
            None if letter == '\u{445}' && !digraphs => ('h', false),
            None => (single(letter, next), false),
        };
        if consumed {
            letters.next();
        }
        if class != ' ' {
            sounds.push(class);
        }
        if letter == 'x' {
            sounds.push('s');
        }
    }
    sounds
}

/// Two Latin letters for one sound.
fn digraph(first: char, second: char, ambiguous: bool) -> Option<char> {
    Some(match (first, second) {
        ('k', 'h') => 'x',
        ('g', 'h') => 'q',
        ('s', 'h') if ambiguous => 'S',
        ('c', 'h') => 'c',
        ('z', 'h') | ('d', 'j') => 'j',
        ('p', 'h') => 'f',
        ('c', 'k') => 'k',
        ('t', 'h') if ambiguous => 's',
        ('d', 'h') if ambiguous => 'z',
        _ => return None,
    })
}

/// The class of one letter; a space where the letter has no sound of its own.
fn single(letter: char, next: Option<char>) -> char {
    match letter {
        'c' if matches!(next, Some('e' | 'i' | 'y')) => 's',
        'a' | 'e' | 'i' | 'o' | 'u' => 'A',
        'b'
        | 'd'
        | 'f'
        | 'g'
        | 'h'
        | 'j'
        | 'k'
        | 'l'
        | 'm'
        | 'n'
        | 'p'
        | 'q'
        | 'r'
        | 's'
        | 't'
        | 'v'
        | 'y'
        | 'z'
        | '0'..='9' => letter,
        'c' | 'x' => 'k',
        'w' => 'v',
        _ => arabic(letter).or_else(|| cyrillic(letter)).unwrap_or(' '),
    }
}

/// Persian letters, after normalisation.
fn arabic(letter: char) -> Option<char> {
    Some(match letter {
        '\u{627}' | '\u{639}' => 'A',
        '\u{628}' => 'b',
        '\u{67e}' => 'p',
        '\u{62a}' | '\u{637}' => 't',
        '\u{62b}' | '\u{633}' | '\u{635}' => 's',
        '\u{62c}' | '\u{698}' => 'j',
        '\u{686}' => 'c',
        '\u{62d}' | '\u{647}' => 'h',
        '\u{62e}' => 'x',
        '\u{62f}' => 'd',
        '\u{630}' | '\u{632}' | '\u{636}' | '\u{638}' => 'z',
        '\u{631}' => 'r',
        '\u{634}' => 'S',
        '\u{63a}' | '\u{642}' => 'q',
        '\u{641}' => 'f',
        '\u{6a9}' => 'k',
        '\u{6af}' => 'g',
        '\u{644}' => 'l',
        '\u{645}' => 'm',
        '\u{646}' => 'n',
        '\u{648}' => 'v',
        '\u{6cc}' => 'y',
        _ => return None,
    })
}

/// Cyrillic letters, after normalisation: Russian and what is left of Tajik ones.
fn cyrillic(letter: char) -> Option<char> {
    Some(match letter {
        '\u{430}' | '\u{435}' | '\u{438}' | '\u{43e}' | '\u{443}' | '\u{44b}' | '\u{44d}'
        | '\u{44e}' | '\u{44f}' | '\u{451}' => 'A',
        '\u{431}' => 'b',
        '\u{432}' => 'v',
        '\u{433}' => 'g',
        '\u{434}' => 'd',
        '\u{436}' => 'j',
        '\u{437}' => 'z',
        '\u{439}' => 'y',
        '\u{43a}' => 'k',
        '\u{43b}' => 'l',
        '\u{43c}' => 'm',
        '\u{43d}' => 'n',
        '\u{43f}' => 'p',
        '\u{440}' => 'r',
        '\u{441}' | '\u{446}' => 's',
        '\u{442}' => 't',
        '\u{444}' => 'f',
        '\u{445}' => 'x',
        '\u{447}' => 'c',
        '\u{448}' | '\u{449}' => 'S',
        _ => return None,
    })
}
