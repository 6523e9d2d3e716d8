use super::Person;
use crate::fact::{Document, DocumentKey, VoidReason, redacted};
use crate::time::{Day, PartialDate};

/// A document of a person, and how it ended. All are kept, whichever of them the law calls the only proof (AM-07).
#[derive(Clone, PartialEq, Eq)]
pub struct HeldDocument {
    /// The document.
    pub document: Document,
    /// When it was issued or recorded, as the act states it.
    pub recorded_on: PartialDate,
    /// When it was reported lost.
    pub lost_on: Option<PartialDate>,
    /// How it ended before its time.
    pub end: Option<DocumentEnd>,
}

/// How a document ended before its time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DocumentEnd {
    /// Why.
    pub reason: VoidReason,
    /// When.
    pub on: PartialDate,
}

redacted!(HeldDocument, DocumentEnd);

/// Whether a document is valid on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentState {
    /// It is.
    Valid,
    /// Its first valid day has not come.
    NotYetValid,
    /// Its last valid day is past.
    Expired,
    /// It was reported lost.
    Lost,
    /// It was voided.
    Voided(VoidReason),
}

impl DocumentState {
    /// Class of the state for answers: `EXPIRED`, `VOIDED`, `LOST`, `NOT_YET_VALID`; empty when valid. Why a document was
    /// voided is not told.
    pub const fn reason_class(self) -> &'static str {
        match self {
            Self::Valid => "",
            Self::NotYetValid => "NOT_YET_VALID",
            Self::Expired => "EXPIRED",
            Self::Lost => "LOST",
            Self::Voided(_) => "VOIDED",
        }
    }
}

impl HeldDocument {
    pub(super) fn new(document: Document, on: PartialDate) -> Self {
        Self {
            document,
            recorded_on: on,
            lost_on: None,
            end: None,
        }
    }

    /// True while the document has neither been voided nor reported lost; it may have expired.
    pub fn is_live(&self) -> bool {
        self.end.is_none() && self.lost_on.is_none()
    }

    /// State on a day. Partial dates are read in the holder's favour: valid from the first day and until the last day they
    /// may mean.
    pub fn state(&self, day: Day) -> DocumentState {
        if let Some(end) = self.end.filter(|end| end.on.earliest() <= day) {
            // A loss that was followed by a replacement is still best told as a loss.
            return match (end.reason, self.lost_on) {
                (VoidReason::Lost, _) | (VoidReason::Replaced, Some(_)) => DocumentState::Lost,
                (reason, _) => DocumentState::Voided(reason),
            };
        }
        if self.lost_on.is_some_and(|on| on.earliest() <= day) {
            return DocumentState::Lost;
        }
        if self
            .document
            .valid_until
            .is_some_and(|until| until.latest() < day)
        {
            return DocumentState::Expired;
        }
        if self
            .document
            .issued_on
            .is_some_and(|issued| day < issued.earliest())
        {
            return DocumentState::NotYetValid;
        }
        DocumentState::Valid
    }
}

impl Person {
    /// State of a document of this person on a day; `None` if the person has no such document.
    pub fn document_state(&self, key: &DocumentKey, day: Day) -> Option<DocumentState> {
        self.document(key).map(|held| held.state(day))
    }

    /// The document with this key; of several in turn, the newest.
    pub fn document(&self, key: &DocumentKey) -> Option<&HeldDocument> {
        self.documents
            .iter()
            .rev()
            .find(|held| held.document.key() == *key)
    }

    /// The live document with this key.
    pub(crate) fn live_document(&self, key: &DocumentKey) -> Option<&HeldDocument> {
        self.document(key).filter(|held| held.is_live())
    }

    pub(super) fn document_mut(&mut self, key: &DocumentKey) -> Option<&mut HeldDocument> {
        self.documents
            .iter_mut()
            .rev()
            .find(|held| held.document.key() == *key)
    }

    /// Ends every document that has not ended and for which `which` says so.
    pub(super) fn end_documents(
        &mut self,
        reason: VoidReason,
        on: PartialDate,
        which: impl Fn(&Document) -> bool,
    ) {
        for held in &mut self.documents {
            if held.end.is_none() && which(&held.document) {
                held.end = Some(DocumentEnd { reason, on });
            }
        }
    }
}
