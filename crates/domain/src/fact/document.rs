use super::{CountryCode, redacted};
use crate::law::DocumentKind;
use crate::number::digit_value;
use crate::time::PartialDate;

/// A document as shown or issued.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// Kind of paper.
    pub kind: DocumentKind,
    /// Issuing State or organisation. Where the law leaves open which body of a State issues a paper, nothing hangs on it
    /// (AM-50: exit papers; AM-59: work papers).
    pub issuer: CountryCode,
    /// Number as printed.
    pub number: String,
    /// Day of issue, if the document states one.
    pub issued_on: Option<PartialDate>,
    /// Last valid day, if the document states one.
    pub valid_until: Option<PartialDate>,
    /// Machine-readable zone as read, line by line; evidence, kept even where check digits fail.
    pub mrz: Vec<String>,
}

impl Document {
    /// The key under which this document is known.
    pub fn key(&self) -> DocumentKey {
        DocumentKey::new(self.kind, self.issuer, &self.number)
    }
}

/// A document named without its content.
#[derive(Clone, PartialEq, Eq)]
pub struct DocumentReference {
    /// Kind of paper.
    pub kind: DocumentKind,
    /// Issuing State or organisation.
    pub issuer: CountryCode,
    /// Number as printed.
    pub number: String,
}

impl DocumentReference {
    /// The key under which this document is known.
    pub fn key(&self) -> DocumentKey {
        DocumentKey::new(self.kind, self.issuer, &self.number)
    }
}

/// Kind, issuer and number of a document in the form in which documents are compared: Latin digits, capital letters,
/// no spaces and no dashes. Slashes stay: old tazkira numbers are volume, page and entry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentKey {
    kind: DocumentKind,
    issuer: CountryCode,
    number: String,
}

impl DocumentKey {
    /// The key of a document with this printed number.
    pub fn new(kind: DocumentKind, issuer: CountryCode, number: &str) -> Self {
        Self {
            kind,
            issuer,
            number: comparable(number),
        }
    }

    /// Kind of paper.
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// Issuing State or organisation.
    pub fn issuer(&self) -> CountryCode {
        self.issuer
    }

    /// Number in the form in which numbers are compared.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// One text that no other key shares, for keyed indexes: `PASSPORT|AFG|P01234567`.
    pub fn canonical_text(&self) -> String {
        format!("{}|{}|{}", self.kind.code(), self.issuer, self.number)
    }
}

redacted!(Document, DocumentReference, DocumentKey);

/// Brings a number to the form in which numbers are compared.
pub(crate) fn comparable(number: &str) -> String {
    let compared = number.chars().filter(|char| is_compared(*char));
    let mut comparable = String::with_capacity(number.len());
    if number.is_ascii() {
        // Nearly every number, and far less work.
        comparable.extend(compared.map(|char| char.to_ascii_uppercase()));
    } else {
        let digits = compared.map(|char| {
            digit_value(char).map_or(char, |digit| char::from(b'0'.saturating_add(digit)))
        });
        comparable.extend(digits.flat_map(char::to_uppercase));
    }
    comparable
}

/// True if something of a number is left in the form in which numbers are compared.
pub(crate) fn is_comparable(number: &str) -> bool {
    number.chars().any(is_compared)
}

fn is_compared(char: char) -> bool {
    !char.is_whitespace() && !matches!(char, '-' | '\u{2010}'..='\u{2015}' | '\u{200c}')
}
