//! Questions. Each takes a [`Permit`] first and answers with what its field groups cover; without a permit there is
//! nothing to call.
//!
//! ```
//! use sabt_domain::access::Permit;
//! use sabt_domain::{life::At, number::PersonNumber};
//! use sabt_views::Views;
//!
//! fn opens(views: &Views, permit: &Permit, person: PersonNumber, at: &At) -> bool {
//!     views.person(permit, person, at).is_ok()
//! }
//! ```
//!
//! The same without a permit does not compile, nor does it with a permit that somebody made up:
//!
//! ```compile_fail,E0061
//! use sabt_domain::access::Permit;
//! use sabt_domain::{life::At, number::PersonNumber};
//! use sabt_views::Views;
//!
//! fn opens(views: &Views, permit: &Permit, person: PersonNumber, at: &At) -> bool {
//!     views.person(person, at).is_ok()
//! }
//! ```
//!
//! ```compile_fail,E0599
//! use sabt_domain::access::Permit;
//! use sabt_domain::{life::At, number::PersonNumber};
//! use sabt_views::Views;
//!
//! fn opens(views: &Views, person: PersonNumber, at: &At) -> bool {
//!     views.person(&Permit::default(), person, at).is_ok()
//! }
//! ```
//!
//! ```compile_fail,E0451
//! use sabt_domain::access::{Asker, Permit};
//!
//! fn of_somebody_else(permit: Permit, asker: Asker) -> Permit {
//!     Permit { asker, ..permit }
//! }
//! ```
//!
//! Values that could tell of protection stand in answers as [`Told`] alone, which only the gate of the permit makes. An
//! answer with another one in its place does not compile:
//!
//! ```
//! use sabt_domain::access::Told;
//! use sabt_domain::fact::Address;
//! use sabt_views::query::PersonView;
//!
//! fn put(view: PersonView, address: Told<Address>) -> PersonView {
//!     PersonView { address: Some(address), ..view }
//! }
//! ```
//!
//! ```compile_fail,E0308
//! use sabt_domain::access::Protected;
//! use sabt_domain::fact::Address;
//! use sabt_views::query::PersonView;
//!
//! fn put(view: PersonView, address: Protected<Address>) -> PersonView {
//!     PersonView { address: Some(address), ..view }
//! }
//! ```
//!
//! ```compile_fail,E0308
//! use sabt_domain::access::Told;
//! use sabt_domain::fact::Address;
//! use sabt_views::query::PersonView;
//!
//! fn put(view: PersonView, address: Address) -> PersonView {
//!     PersonView { address: Some(address), ..view }
//! }
//! ```
//!
//! [`Told`]: sabt_domain::access::Told
//!
//! Every answer is read from one snapshot and tells which ([`Answer::position`]). Nothing here records the disclosure:
//! the server does that before an answer leaves.

mod campaign;
mod case;
mod claims;
mod condition;
mod contest;
mod corrections;
mod deadlines;
mod disclosures;
mod document;
mod extract;
mod family;
mod feed;
mod find;
mod history;
mod household;
mod person;
mod removal;
mod retention;
mod right;
mod site;
mod statistics;
mod stay;
#[cfg(test)]
mod tests;
mod watch;
mod work;

pub use self::campaign::{CampaignReach, CampaignView, OfficeReach};
pub use self::case::{CaseEntry, CaseStepView, CaseView};
pub use self::claims::ClaimView;
pub use self::condition::{CONDITIONS_REST_ON, ConditionsQuery, ConditionsView};
pub use self::contest::Contested;
pub use self::corrections::{
    CORRECTIONS_LISTED_MAX, Corrections, Notice, OPEN_CORRECTIONS_MAX, OpenCorrections, OpenNotice,
    OpenRecipient,
};
pub use self::deadlines::{
    DEADLINE_MONTHS_MAX, DEADLINES_LISTED_MAX, DEADLINES_LOOKED_AT_MAX, DeadlineEntry,
    DeadlineQuery, DeadlinesView,
};
pub(crate) use self::disclosures::deferral_of;
pub use self::disclosures::{DISCLOSURES_LISTED_MAX, DisclosureEntry, Disclosures};
pub use self::document::{DOCUMENT_HOLDERS_MAX, DocumentVerdict};
pub use self::extract::{ExtractEntry, ExtractView};
pub use self::family::{FamilyView, Kinship, RELATIVES_NAMED_MAX, Relative};
pub use self::feed::Delivery;
pub use self::find::{CANDIDATES_MAX, Candidate, Candidates, FindQuery};
pub use self::history::HistoryEntry;
pub use self::household::HouseholdView;
pub use self::person::{DocumentView, PersonView, PresenceView, ResidenceView};
pub use self::removal::{RemovalAnswer, RemovalVerdict, RemovalView};
pub use self::retention::{
    ClaimRetentionView, DUE_LISTED_MAX, DUE_LOOKED_AT_MAX, DueEntry, DueQuery, DueView,
    RetentionView,
};
pub use self::site::{
    SITE_LIVES_OPENED_MAX, SITES_LISTED_MAX, SITES_LOOKED_AT_MAX, SiteView, SitesView, When,
};
pub use self::statistics::{Closings, PERSONS_PAGE_ENTRIES};
pub use self::stay::StayVerdict;
pub(crate) use self::watch::drawn_at;
pub use self::watch::{
    DrawnCounts, DrawnEntry, DrawnLookups, FLAGS_OPENED_MAX, FLAGS_SCANNED_MAX, FlagsFrom,
    GrantUse, GrantUses, Justification, LOOKUPS_LISTED_MAX, LookupFlag, LookupFlags,
    USES_SCANNED_MAX,
};
pub use self::work::{
    CaseDue, OFFICE_CASES_LISTED_MAX, OFFICE_CASES_LOOKED_AT_MAX, OFFICE_CASES_OPENED_MAX,
    OFFICE_CASES_TOLD_MAX, OfficeCaseEntry, OfficeCasesView,
};

use sabt_chain::{LedgerName, Size};
use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::act::SubjectId;
use sabt_domain::fact::OfficeCode;
use sabt_domain::governance::Enrolment;
use sabt_domain::number::PersonNumber;
use sabt_domain::refusal::{Reason, Refusal};

use crate::error::ViewsError;
use crate::reader::Reader;
use crate::store::StoreError;
use crate::views::Views;

/// An answer and what it reflects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// Number of records of the events ledger that were folded when it was read.
    pub position: Size,
    /// Whose data stand in it, the one asked about first: each gets a disclosure of their own.
    pub about: Vec<SubjectId>,
    /// What of this is contested, or rests on something that is.
    pub contested: Vec<Contested>,
    /// What is told.
    pub content: T,
}

impl<T> Answer<T> {
    /// The answer with its marks, each once: a relative may be a member of the household as well.
    fn marked(self, marks: Vec<Contested>) -> Self {
        let mut contested = Vec::with_capacity(marks.len());
        for mark in marks {
            if !contested.contains(&mark) {
                contested.push(mark);
            }
        }
        Self { contested, ..self }
    }
}

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The question may not be asked so, or there is nothing to answer about.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The views failed.
    #[error(transparent)]
    Views(#[from] ViewsError),
}

impl From<StoreError> for QueryError {
    fn from(error: StoreError) -> Self {
        Self::Views(error.into())
    }
}

/// A permit that has been checked for a method, and the snapshot the answer is read from.
struct Question<'a> {
    permit: &'a Permit,
    reader: Reader<'a>,
}

impl<'a> Question<'a> {
    fn begin(views: &'a Views, permit: &'a Permit, method: Method) -> Result<Self, QueryError> {
        permit.require(method)?;
        Ok(Self {
            permit,
            reader: Reader::new(views)?,
        })
    }

    /// The same for a method that is asked about one person.
    fn begin_about(
        views: &'a Views,
        permit: &'a Permit,
        method: Method,
        person: PersonNumber,
    ) -> Result<Self, QueryError> {
        permit.require_about(method, person)?;
        Self::begin(views, permit, method)
    }

    /// Checks that the permit covers a group without which there is no answer at all.
    fn require(&self, group: FieldGroup) -> Result<(), Refusal> {
        if self.permit.allows(group) {
            Ok(())
        } else {
            Err(self.not_given(group))
        }
    }

    fn not_given(&self, group: FieldGroup) -> Refusal {
        Refusal::new(Reason::MethodNotAllowed, "design:7.1")
            .with("policy", self.permit.edition())
            .with("field_group", group.code())
            .with("purpose", self.permit.purpose().code())
    }

    fn allows(&self, group: FieldGroup) -> bool {
        self.permit.allows(group)
    }

    /// True if the asker's agency has this office.
    fn is_own(&self, office: &OfficeCode, enrolment: &Enrolment) -> bool {
        let office = enrolment.office(office);
        office.is_some_and(|office| office.agency.as_str() == self.permit.asker().agency.as_str())
    }

    fn answer<T>(&self, about: Vec<SubjectId>, content: T) -> Result<Answer<T>, QueryError> {
        Ok(Answer {
            position: self.reader.size(LedgerName::Events)?,
            about,
            contested: Vec::new(),
            content,
        })
    }
}

/// The refusal where no such person is known. The same for a number never given, another kind of subject, and a
/// person erased.
fn unknown_person() -> Refusal {
    Refusal::new(Reason::UnknownPerson, "design:7.1")
}

fn unknown_household() -> Refusal {
    Refusal::new(Reason::UnknownHousehold, "design:7.1")
}
