//! Positions, sizes, times and names of fixed width: one type each, so that none can stand for another.

use std::fmt;
use std::str::FromStr;

use crate::wire;

/// Defines a newtype over `[u8; N]` whose `Debug` is its hexadecimal form.
macro_rules! byte_string {
    ($(#[$meta:meta])* $name:ident, $length:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $length]);

        impl $name {
            /// Width in bytes.
            pub const BYTES: usize = $length;

            /// Takes the bytes as they are.
            pub const fn from_bytes(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }

            /// The bytes, by value.
            pub const fn to_bytes(self) -> [u8; $length] {
                self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}

/// Gives a [`byte_string`] its text form: lower-case hexadecimal without separators.
macro_rules! hex_text {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::wire::write_hex(&self.0, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::HexError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::wire::parse_hex(text)
                    .map(Self)
                    .ok_or($crate::HexError { bytes: Self::BYTES })
            }
        }
    };
}

pub(crate) use {byte_string, hex_text};

/// A text was not the lower-case hexadecimal form of a value of known width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {bytes} bytes in lower-case hexadecimal")]
pub struct HexError {
    /// Width of the value that was expected.
    pub bytes: usize,
}

/// Place of a record in its ledger, 0-based and gapless; the same number is its leaf index in the Merkle tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position(u64);

impl Position {
    /// Of the first record of a ledger.
    pub const FIRST: Self = Self(0);

    /// The position with this number.
    pub const fn new(position: u64) -> Self {
        Self(position)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The position after this one; `None` after the last number there is.
    pub fn next(self) -> Option<Self> {
        self.advance(1)
    }

    /// The position `records` further on; `None` past the last number there is.
    pub fn advance(self, records: u64) -> Option<Self> {
        self.0.checked_add(records).map(Self)
    }

    /// How many records stand before this one.
    pub const fn size_before(self) -> Size {
        Size(self.0)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many records a ledger, or the tree over it, holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Size(u64);

impl Size {
    /// Of a ledger without records.
    pub const EMPTY: Self = Self(0);

    /// This many records.
    pub const fn new(records: u64) -> Self {
        Self(records)
    }

    /// The number of records.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The position that the next record takes.
    pub const fn next_position(self) -> Position {
        Position(self.0)
    }

    /// The position of the last record; `None` of an empty ledger.
    pub fn last_position(self) -> Option<Position> {
        self.0.checked_sub(1).map(Position)
    }

    /// Whether the record at `position` is among them.
    pub const fn covers(self, position: Position) -> bool {
        position.0 < self.0
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Term of one writer: it rises each time another process takes the ledger over, so that a writer that was replaced
/// without noticing is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epoch(u64);

impl Epoch {
    /// Before any writer.
    pub const ZERO: Self = Self(0);

    /// The epoch with this number.
    pub const fn new(epoch: u64) -> Self {
        Self(epoch)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The epoch after this one; `None` after the last number there is.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A moment: microseconds since 1970-01-01T00:00:00 UTC, leap seconds not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment this many microseconds after the start of 1970 UTC (before it, if negative).
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the start of 1970 UTC.
    pub const fn as_micros(self) -> i64 {
        self.0
    }
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// What an act says about one subject; the payload is sealed.
    Event,
    /// Agencies, keys, offices and policies; the payload is in the clear.
    Governance,
    /// That payloads were destroyed, and why; the payload is in the clear.
    Erasure,
    /// A checkpoint of the other ledger; the payload is in the clear.
    Anchor,
}

impl Kind {
    /// The number that stands in an envelope.
    pub const fn code(self) -> u8 {
        match self {
            Self::Event => 1,
            Self::Governance => 2,
            Self::Erasure => 3,
            Self::Anchor => 4,
        }
    }

    /// The kind with this number; `None` if there is none.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Event),
            2 => Some(Self::Governance),
            3 => Some(Self::Erasure),
            4 => Some(Self::Anchor),
            _ => None,
        }
    }

    /// Whether payloads of this kind are in the clear. Those of events are sealed, of the disclosures ledger too.
    pub const fn is_clear(self) -> bool {
        match self {
            Self::Event => false,
            Self::Governance | Self::Erasure | Self::Anchor => true,
        }
    }
}

/// Which record of its act a record is: `index` of `count`, 0-based.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Part {
    index: u8,
    count: u8,
}

impl Part {
    /// The only record of its act.
    pub const ONLY: Self = Self { index: 0, count: 1 };

    /// Part `index` of `count`; `None` unless `index < count`.
    pub const fn new(index: u8, count: u8) -> Option<Self> {
        if index < count {
            Some(Self { index, count })
        } else {
            None
        }
    }

    /// 0-based number of this part.
    pub const fn index(self) -> u8 {
        self.index
    }

    /// How many records the act has, 1 to 255.
    pub const fn count(self) -> u8 {
        self.count
    }

    /// Whether the act starts here; this part carries the authorship.
    pub const fn is_first(self) -> bool {
        self.index == 0
    }

    /// Whether the act ends here.
    pub const fn is_last(self) -> bool {
        // `index < count`, so the sum cannot overflow and the difference cannot underflow.
        self.count.saturating_sub(self.index) == 1
    }

    /// The part after this one; `None` after the last.
    pub const fn next(self) -> Option<Self> {
        Self::new(self.index.saturating_add(1), self.count)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}",
            u16::from(self.index).saturating_add(1),
            self.count
        )
    }
}

byte_string! {
    /// Names an act, given by its author (a `UUIDv7`); shared by all records of the act.
    ActId, 16
}

impl fmt::Display for ActId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for ActId {
    type Err = HexError;

    /// Reads the hyphenated form of a UUID in lower case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = HexError { bytes: Self::BYTES };
        let hyphens = [8, 13, 18, 23];
        let well_formed = text.len() == 36
            && text
                .bytes()
                .enumerate()
                .all(|(index, byte)| (byte == b'-') == hyphens.contains(&index));
        if !well_formed {
            return Err(error);
        }
        wire::parse_hex(&text.replace('-', ""))
            .map(Self)
            .ok_or(error)
    }
}

byte_string! {
    /// Names an author's public key: the first 8 bytes of SHA-256("sabt author key v1" || public key).
    KeyId, 8
}
hex_text!(KeyId);

byte_string! {
    /// The subject of a record, enciphered under the registry's routing key together with the position: fresh for
    /// every record, so that nobody without the key can tell which records are about one subject.
    SubjectTag, 16
}
hex_text!(SubjectTag);

byte_string! {
    /// What an author signs in place of the act: BLAKE3 of the act's bytes, keyed with a nonce that stays sealed.
    Commitment, 32
}
hex_text!(Commitment);

byte_string! {
    /// An Ed25519 signature (RFC 8032).
    Signature, 64
}
hex_text!(Signature);
