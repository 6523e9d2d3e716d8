//! A person as their life tells: identity, documents, residence, status, family, household, file, presence, death.
//!
//! Everything here is derived from a [`crate::life::Life`]; nothing is stored. Fields are what holds on the day folded to;
//! what has ended stays, with its end, because questions look back.

mod apply;
mod campaign;
mod condition;
mod contest;
mod document;
mod family;
mod removal;
mod residence;
mod right;
mod site;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::campaign::CampaignRecord;
use crate::fact::{
    Address, AgencyCode, Document, EntryKind, EvidenceState, ExitKind, NationalityBasis,
    OfficerCode, Particulars, Party, Place, Relation, redacted,
};
use crate::law::{PersonStatus, ProvinceCode, ServiceId};
use crate::number::{CaseNumber, HouseholdCode, IranianNationalNumber, PersonNumber};
use crate::site::SiteStay;
use crate::time::{Calendar, Day, PartialDate};

pub use self::condition::{ConditionAnswer, ConditionState, PermitAsked, ShownBy, StatedCondition};
pub use self::contest::Dispute;
pub use self::document::{DocumentEnd, DocumentState, HeldDocument};
pub use self::family::{
    Child, Guardian, HeldLicence, MarriageEnd, MarriageEndGround, Parent, Spouse, Ward,
};
pub use self::removal::{
    Appeal, AppealEnd, CommissionSession, Decision, DecisionEffect, EntryBan, ExpulsionOrder,
    Holding, Obstacle, OrderEnd, OrderEndGround, Protection, Removal, Suspension,
};
pub use self::residence::{
    HeldPermit, HeldVisa, Permission, PermissionForm, PermissionState, PermitEnd, PermitEndGround,
    ResidenceAnswer, StayReason, Verdict,
};
pub use self::right::{RightAnswer, RightReason};

/// A person on some day.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Person number.
    pub number: PersonNumber,
    /// Who the person is.
    pub particulars: Particulars,
    /// On what papers the registration rests.
    pub evidence: EvidenceState,
    /// When the person was registered, as the act states it; for a birth, the day of birth.
    pub registered_on: PartialDate,
    /// Documents, in the order in which they were recorded.
    pub documents: Vec<HeldDocument>,
    /// Visas, in the order in which they were issued.
    pub visas: Vec<HeldVisa>,
    /// Residence permits, in the order in which they were issued.
    pub permits: Vec<HeldPermit>,
    /// Conditions of residence that were attested, and from which the person was exempted, in the order in which that was stated.
    pub conditions: Vec<StatedCondition>,
    /// Statuses held and given up.
    pub statuses: Vec<HeldStatus>,
    /// Marriage licences and registration permits.
    pub licences: Vec<HeldLicence>,
    /// Spouses, present and former.
    pub spouses: Vec<Spouse>,
    /// Parents, as far as they are known.
    pub parents: Vec<Parent>,
    /// Registered children.
    pub children: Vec<Child>,
    /// Guardians.
    pub guardians: Vec<Guardian>,
    /// Children whose guardian the person is.
    pub wards: Vec<Ward>,
    /// Who has custody, where a divorce ruled on it.
    pub custodian: Option<Party>,
    /// The household the person belongs to.
    pub household: Option<Membership>,
    /// Where the person lives.
    pub address: Option<Address>,
    /// Where the identification file is.
    pub file: FileLocation,
    /// The last crossing of a border; `None` if none is recorded.
    pub last_crossing: Option<Crossing>,
    /// Death, if registered.
    pub death: Option<Death>,
    /// Records found to be about the same human being.
    pub same_as: BTreeSet<PersonNumber>,
    /// Records found to be about somebody else.
    pub distinct_from: BTreeSet<PersonNumber>,
    /// What the person contests or contested.
    pub disputes: Vec<Dispute>,
    /// Campaigns in which the person took part, or was observed not to.
    pub campaigns: Vec<CampaignRecord>,
    /// As which officers agencies declared the person.
    pub officer_posts: Vec<OfficerPost>,
    /// Orders of expulsion, protections, and decisions with their appeals.
    pub removal: Removal,
    /// Stays in sites, in the order in which they began.
    pub site_stays: Vec<SiteStay>,
    /// Service cases that concern the person, in the order in which they were opened.
    pub cases: Vec<PersonCase>,
    /// How the record was closed, if the person became Iranian.
    pub closure: Option<RecordClosure>,
}

/// An agency declared the person to be an officer of its own.
#[derive(Clone, PartialEq, Eq)]
pub struct OfficerPost {
    /// The agency.
    pub agency: AgencyCode,
    /// Code of the officer.
    pub officer: OfficerCode,
    /// Since when.
    pub since: PartialDate,
    /// Position of the declaration.
    pub position: u64,
}

/// A service case that concerns a person.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonCase {
    /// The case.
    pub number: CaseNumber,
    /// Which service.
    pub service: ServiceId,
    /// Since when.
    pub since: PartialDate,
}

/// The end of a record whose person became Iranian. The life stays, and leads on to the register of Iranians.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecordClosure {
    /// When.
    pub on: PartialDate,
    /// On what ground.
    pub basis: NationalityBasis,
    /// The number under which the register of Iranians goes on.
    pub national_number: IranianNationalNumber,
}

/// A status held.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldStatus {
    /// Which.
    pub status: PersonStatus,
    /// Since when.
    pub since: PartialDate,
    /// Until when; `None`: still held.
    pub until: Option<PartialDate>,
}

/// Membership of a household.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The household.
    pub household: HouseholdCode,
    /// Relation to its head.
    pub relation: Relation,
    /// Since when.
    pub since: PartialDate,
}

/// Where an identification file is: in exactly one province, or between two (services row 22).
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum FileLocation {
    /// No record says where.
    Unknown,
    /// Held by this province.
    Held(ProvinceCode),
    /// On its way.
    InTransit {
        /// Province that sent it.
        from: ProvinceCode,
        /// Province that is to receive it.
        to: ProvinceCode,
    },
}

/// How a border was crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Into the country.
    In(EntryKind),
    /// Out of the country.
    Out(ExitKind),
}

/// A crossing of the border.
#[derive(Clone, PartialEq, Eq)]
pub struct Crossing {
    /// In or out.
    pub direction: Direction,
    /// Code of the border point; empty where the person crossed elsewhere.
    pub border_point: String,
    /// When.
    pub on: PartialDate,
}

/// A death.
#[derive(Clone, PartialEq, Eq)]
pub struct Death {
    /// When.
    pub on: PartialDate,
    /// Where.
    pub place: Option<Place>,
}

redacted!(
    Person,
    OfficerPost,
    PersonCase,
    RecordClosure,
    HeldStatus,
    Membership,
    FileLocation,
    Crossing,
    Death
);

impl Person {
    /// True if the person holds this status.
    pub fn holds(&self, status: PersonStatus) -> bool {
        self.statuses
            .iter()
            .any(|held| held.status == status && held.until.is_none())
    }

    /// Statuses held, in the order in which they were granted.
    pub fn current_statuses(&self) -> impl Iterator<Item = PersonStatus> {
        self.statuses
            .iter()
            .filter(|held| held.until.is_none())
            .map(|held| held.status)
    }

    /// True if the person was declared to be this officer.
    pub fn is_officer(&self, agency: &AgencyCode, officer: &str) -> bool {
        self.officer_posts
            .iter()
            .any(|post| post.agency == *agency && post.officer.as_str() == officer)
    }

    /// True if the person was Iranian on this day, as far as this record tells.
    pub fn became_iranian(&self, day: Day) -> bool {
        self.closure
            .is_some_and(|closure| closure.on.earliest() <= day)
    }

    /// True if the person is in the country as far as crossings tell; a registered person without any is taken to be.
    pub fn in_country(&self) -> bool {
        !matches!(
            &self.last_crossing,
            Some(Crossing {
                direction: Direction::Out(_),
                ..
            })
        )
    }

    /// Completed years of age on a day, by the Jalali calendar; `None` without a date of birth. A partial date of birth
    /// counts from its last day: in doubt the person is the younger one.
    pub fn age_years(&self, day: Day) -> Option<u32> {
        let birth = self.particulars.birth_date?;
        Some(birth.latest().completed_years(Calendar::Jalali, day))
    }

    /// A person as they are on the day of registration.
    fn registered(
        number: PersonNumber,
        particulars: Particulars,
        evidence: EvidenceState,
        on: PartialDate,
        file_province: Option<ProvinceCode>,
    ) -> Self {
        Self {
            number,
            particulars,
            evidence,
            registered_on: on,
            documents: Vec::new(),
            visas: Vec::new(),
            permits: Vec::new(),
            conditions: Vec::new(),
            statuses: Vec::new(),
            licences: Vec::new(),
            spouses: Vec::new(),
            parents: Vec::new(),
            children: Vec::new(),
            guardians: Vec::new(),
            wards: Vec::new(),
            custodian: None,
            household: None,
            address: None,
            file: file_province.map_or(FileLocation::Unknown, FileLocation::Held),
            last_crossing: None,
            death: None,
            same_as: BTreeSet::new(),
            distinct_from: BTreeSet::new(),
            disputes: Vec::new(),
            campaigns: Vec::new(),
            officer_posts: Vec::new(),
            removal: Removal::default(),
            site_stays: Vec::new(),
            cases: Vec::new(),
            closure: None,
        }
    }

    /// Records documents shown at registration; one shown twice is one document.
    fn show_documents(&mut self, documents: &[Document], on: PartialDate) {
        for document in documents {
            if self.live_document(&document.key()).is_none() {
                self.documents.push(HeldDocument::new(document.clone(), on));
            }
        }
    }
}
