use crate::fact::{Document, DocumentReference, VoidReason, redacted};
use crate::number::PersonNumber;

/// A document for a person, issued here or recorded as brought.
#[derive(Clone, PartialEq, Eq)]
pub struct IssueDocument {
    /// For whom.
    pub person: PersonNumber,
    /// The document.
    pub document: Document,
    /// The document this one takes the place of, if any.
    pub replaces: Option<DocumentReference>,
}

/// A document was lost or stolen.
#[derive(Clone, PartialEq, Eq)]
pub struct ReportDocumentLost {
    /// Whose document.
    pub person: PersonNumber,
    /// Which document.
    pub document: DocumentReference,
    /// True if the person says it was stolen.
    pub stolen: bool,
}

/// A document loses its validity.
#[derive(Clone, PartialEq, Eq)]
pub struct VoidDocument {
    /// Whose document.
    pub person: PersonNumber,
    /// Which document.
    pub document: DocumentReference,
    /// Why.
    pub reason: VoidReason,
}

redacted!(IssueDocument, ReportDocumentLost, VoidDocument);
