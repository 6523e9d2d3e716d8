//! Codecs of plain texts: what a text must be depends on the field, not on its type.

use super::reader::Reader;
use crate::fact::limits::{NAME_CHARS_MAX, REFERENCE_CHARS_MAX, TEXT_CHARS_MAX};

/// Defines a text codec: a module with `read` and `write`.
macro_rules! texts {
    ($($(#[$meta:meta])* $name:ident($max:expr, $required:literal);)+) => {$(
        $(#[$meta])*
        pub(in crate::codec) mod $name {
            use super::{Reader, check};
            #[allow(unused_imports, reason = "each codec uses one of the limits")]
            use super::{NAME_CHARS_MAX, REFERENCE_CHARS_MAX, TEXT_CHARS_MAX};

            pub(in crate::codec) fn read(text: &str, reader: &mut Reader) -> Option<String> {
                check(text, $max, $required, reader)
            }

            pub(in crate::codec) fn write(text: &str) -> String {
                text.to_owned()
            }
        }
    )+};
}

texts! {
    /// A number, code or reference that must be given.
    reference(REFERENCE_CHARS_MAX, true);
    /// A number, code or reference that may be empty.
    optional_reference(REFERENCE_CHARS_MAX, false);
    /// A stated text that must be given.
    text(TEXT_CHARS_MAX, true);
    /// A stated text that may be empty.
    optional_text(TEXT_CHARS_MAX, false);
    /// A part of a name; may be empty.
    name_part(NAME_CHARS_MAX, false);
}

/// A postal code: ten digits, or empty.
pub(in crate::codec) mod postal_code {
    use super::Reader;
    use crate::fact::comparable;

    const DIGITS: usize = 10;

    pub(in crate::codec) fn read(text: &str, reader: &mut Reader) -> Option<String> {
        let code = comparable(text);
        if code.is_empty() || (code.len() == DIGITS && code.bytes().all(|c| c.is_ascii_digit())) {
            Some(code)
        } else {
            reader.reject("is not ten digits")
        }
    }

    pub(in crate::codec) fn write(text: &str) -> String {
        text.to_owned()
    }
}

fn check(text: &str, chars_max: usize, required: bool, reader: &mut Reader) -> Option<String> {
    if required && text.trim().is_empty() {
        return reader.reject("is missing");
    }
    if is_longer(text, chars_max) {
        return reader.reject(format!("is longer than {chars_max} characters"));
    }
    if holds_forbidden(text) {
        return reader.reject("contains control characters");
    }
    Some(text.to_owned())
}

/// True if a text has more characters than that.
pub(super) fn is_longer(text: &str, chars_max: usize) -> bool {
    // No text has more characters than bytes.
    chars_max < text.len() && chars_max < text.chars().count()
}

/// True if a text holds a character which [`is_forbidden`].
pub(super) fn holds_forbidden(text: &str) -> bool {
    text.bytes().any(may_begin_forbidden) && text.chars().any(is_forbidden)
}

/// True for every byte that a character which [`is_forbidden`] begins with: most texts have none, and bytes are looked at many
/// at a time.
const fn may_begin_forbidden(byte: u8) -> bool {
    byte < 0x20 || matches!(byte, 0x7f | 0xc2 | 0xe2 | 0xef)
}

/// Control characters, and the marks that reorder what stands around them: they can make a text look like another one.
/// Joiners and the simple direction marks stay, because Persian is written with them.
fn is_forbidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::{is_forbidden, may_begin_forbidden};

    #[test]
    fn no_forbidden_character_is_overlooked() {
        let mut bytes = [0; 4];
        for char in (char::MIN..=char::MAX).filter(|char| is_forbidden(*char)) {
            let first = char.encode_utf8(&mut bytes).as_bytes()[0];
            assert!(may_begin_forbidden(first), "{:x}", u32::from(char));
        }
    }
}
