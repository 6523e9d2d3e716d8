//! Events: what the registry records of an act about exactly one subject.
//!
//! An event never says who its subject is; the record it stands in does. Where an event states exactly what its act
//! stated, it holds the act's own body.

mod body;

#[cfg(test)]
mod tests;

use crate::act::ActId;
use crate::fact::{Document, DocumentKey, OfficeCode, redacted};
use crate::time::{PartialDate, Timestamp};

pub use self::body::{
    ActAnnulled, ActCorrected, AsylumClaimLodged, BiometricReferenceRecorded, BirthRegistered,
    CampaignOpened, ChildBorn, DocumentExtended, EventBody, EventKind, HouseholdFormed,
    HouseholdJoined, HouseholdLeft, HouseholdSplit, PersonRecordClosed, PersonRegistered,
    ServiceCaseOpened, ServiceRequested, SiteOpened, SpouseDied, StayOfRemovalPlaced,
};

/// What the registry records about one subject.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// When the fact held.
    pub occurred_on: PartialDate,
    /// When the office recorded it, by the office's clock.
    pub office_recorded_at: Timestamp,
    /// Office that recorded it.
    pub office: OfficeCode,
    /// Article, resolution or service it rests on.
    pub legal_basis: String,
    /// Edition of the law tables under which the registry decided.
    pub law_edition: String,
    /// What happened.
    pub body: EventBody,
}

/// The act as it stands in part 0 of its records: exactly the bytes that its author signed.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredAct {
    /// A serialised `sabt.event.v1.Act`.
    pub bytes: Vec<u8>,
    /// Nonce of the author's commitment to those bytes.
    pub nonce: [u8; 32],
}

/// An event as it stands in the ledger.
#[derive(Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Position in the `events` ledger.
    pub position: u64,
    /// When the registry received it; never decreasing with the position.
    pub recorded_at: Timestamp,
    /// The act it belongs to.
    pub act_id: ActId,
    /// Part of that act, 0 first.
    pub part: u8,
    /// What was recorded.
    pub event: Event,
}

impl Event {
    /// True if the event states this by itself, or in the place of what it corrects.
    pub fn states(&self, what: impl Fn(&EventBody) -> bool) -> bool {
        if let EventBody::ActCorrected(corrected) = &self.body {
            corrected.replacement.iter().any(|event| what(&event.body))
        } else {
            what(&self.body)
        }
    }

    /// Documents that the event states of its subject, corrected content included: what an index of holders is made of.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a test compares with the documents that persons hold"
    )]
    pub fn documents(&self) -> Vec<DocumentKey> {
        match &self.body {
            EventBody::PersonRegistered(body) => body.documents.iter().map(Document::key).collect(),
            EventBody::BirthRegistered(body) => {
                body.certificate.iter().map(Document::key).collect()
            }
            EventBody::DeathRegistered(body) => {
                body.certificate.iter().map(Document::key).collect()
            }
            EventBody::DocumentIssued(body) => vec![body.document.key()],
            EventBody::ActCorrected(body) => {
                body.replacement.iter().flat_map(Self::documents).collect()
            }
            _ => Vec::new(),
        }
    }
}

redacted!(Event, StoredAct, Recorded);
