use core::fmt;
use core::str::FromStr;

/// A text is not a code of the kind asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not {expected}")]
pub struct InvalidCode {
    /// What such a code looks like.
    pub expected: &'static str,
}

/// Defines a code: a short text of capital ASCII letters, digits and dashes that starts with a letter.
macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident, $least:literal..=$most:literal, $expected:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The code as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// A code that is written in this crate and known to fit.
            #[allow(dead_code, reason = "not every code has values that this crate writes")]
            pub(crate) fn known(code: &'static str) -> Self {
                Self(code.to_owned())
            }
        }

        impl FromStr for $name {
            type Err = InvalidCode;

            fn from_str(text: &str) -> Result<Self, InvalidCode> {
                let fits = ($least..=$most).contains(&text.len())
                    && text.starts_with(|first: char| first.is_ascii_uppercase())
                    && text.bytes().all(|byte| {
                        byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-'
                    });
                if fits { Ok(Self(text.to_owned())) } else { Err(InvalidCode { expected: $expected }) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

codes! {
    /// Code of an agency, e.g. `POLICE`.
    AgencyCode, 2..=16, "2 to 16 capital letters, digits or dashes, a letter first";
    /// Code of an office, e.g. `THR-01`.
    OfficeCode, 2..=24, "2 to 24 capital letters, digits or dashes, a letter first";
}

/// Code of an officer or system as it stands in a client certificate, e.g. `B3001`; never a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OfficerCode(String);

impl OfficerCode {
    /// Longest code, characters.
    pub const CHARS_MAX: usize = 32;

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OfficerCode {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        let fits = (1..=Self::CHARS_MAX).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidCode {
                expected: "1 to 32 letters, digits or dashes",
            })
        }
    }
}

impl fmt::Display for OfficerCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// ISO 3166-1 alpha-3 code of a State, or a three-letter code of ICAO 9303 part 3 section 5 for organisations and
/// the stateless (`UNO`, `XXA`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountryCode([u8; 3]);

impl CountryCode {
    /// Iran.
    pub const IRAN: Self = Self(*b"IRN");

    /// The code as text.
    ///
    /// # Panics
    ///
    /// Never: the bytes are capital ASCII letters by construction.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).expect("a country code is made of ASCII letters")
    }
}

impl FromStr for CountryCode {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        const EXPECTED: InvalidCode = InvalidCode {
            expected: "three capital letters, as in ISO 3166-1 alpha-3",
        };
        let bytes: [u8; 3] = text.as_bytes().try_into().map_err(|_length| EXPECTED)?;
        if bytes.iter().all(u8::is_ascii_uppercase) {
            Ok(Self(bytes))
        } else {
            Err(EXPECTED)
        }
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
