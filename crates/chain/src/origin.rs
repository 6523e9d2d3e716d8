//! The name of a ledger.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Longest origin in bytes. It must fit the length byte of a segment header's field and a line of a checkpoint.
pub const ORIGIN_BYTES_MAX: usize = 200;

/// Which of a registry's two ledgers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LedgerName {
    /// What happened: the life events of subjects.
    Events,
    /// Who was told: every answer given about a subject.
    Disclosures,
}

impl LedgerName {
    /// Both, in the order in which they are told of.
    pub const ALL: [Self; 2] = [Self::Events, Self::Disclosures];

    /// Its place in [`Self::ALL`], for what is kept of each of them.
    pub const fn index(self) -> usize {
        match self {
            Self::Events => 0,
            Self::Disclosures => 1,
        }
    }

    /// The last path element of the origin, and the name of the ledger's directory.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Disclosures => "disclosures",
        }
    }

    /// The one of the two that this is not; they anchor each other.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Events => Self::Disclosures,
            Self::Disclosures => Self::Events,
        }
    }
}

impl fmt::Display for LedgerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Globally unique name of a ledger, `<registry>/events` or `<registry>/disclosures`, where the registry is a URL
/// without a scheme (C2SP tlog-checkpoint): lower-case ASCII letters, digits, `.`, `-`, `_`, `:` and single `/`.
///
/// Cloning is cheap.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    text: Arc<str>,
    ledger: LedgerName,
}

/// Why a text is not an [`Origin`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Longer than [`ORIGIN_BYTES_MAX`].
    #[error("an origin has at most {ORIGIN_BYTES_MAX} bytes, this one has {bytes}")]
    Length {
        /// Length of the text.
        bytes: usize,
    },
    /// It does not end in `/events` or `/disclosures`.
    #[error("an origin ends in \"/events\" or \"/disclosures\"")]
    Ledger,
    /// A byte that may not stand in a registry's name.
    #[error("byte {byte:#04x} may not stand in an origin")]
    Character {
        /// The byte.
        byte: u8,
    },
    /// The registry's name is empty or has an empty path element.
    #[error("an origin has no empty path element")]
    EmptyElement,
}

impl Origin {
    /// The origin of one ledger of `registry`.
    pub fn new(registry: &str, ledger: LedgerName) -> Result<Self, OriginError> {
        format!("{registry}/{ledger}").parse()
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The registry's part of the name.
    pub fn registry(&self) -> &str {
        self.text
            .rsplit_once('/')
            .map_or("", |(registry, _)| registry)
    }

    /// Which of the registry's ledgers it names.
    pub const fn ledger(&self) -> LedgerName {
        self.ledger
    }

    /// The origin of `ledger` of the same registry.
    pub fn sibling(&self, ledger: LedgerName) -> Result<Self, OriginError> {
        Self::new(self.registry(), ledger)
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > ORIGIN_BYTES_MAX {
            return Err(OriginError::Length { bytes: text.len() });
        }
        let (registry, last) = text.rsplit_once('/').ok_or(OriginError::Ledger)?;
        let ledger = match last {
            "events" => LedgerName::Events,
            "disclosures" => LedgerName::Disclosures,
            _ => return Err(OriginError::Ledger),
        };
        let allowed = |byte: &u8| {
            byte.is_ascii_lowercase()
                || byte.is_ascii_digit()
                || matches!(byte, b'.' | b'-' | b'_' | b':' | b'/')
        };
        if let Some(byte) = registry.bytes().find(|byte| !allowed(byte)) {
            return Err(OriginError::Character { byte });
        }
        if registry.split('/').any(str::is_empty) {
            return Err(OriginError::EmptyElement);
        }
        Ok(Self {
            text: text.into(),
            ledger,
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({})", self.text)
    }
}
