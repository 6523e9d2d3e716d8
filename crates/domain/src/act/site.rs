use crate::fact::{AdmissionGround, DischargeReason, InspectionFinding, SiteKind, redacted};
use crate::law::ProvinceCode;
use crate::number::{PersonNumber, SiteNumber};
use crate::time::PartialDate;

/// A site is opened. It is run by the office of the act.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenSite {
    /// What kind of place.
    pub kind: SiteKind,
    /// What it is called; never an address.
    pub name: String,
    /// Province in which it stands.
    pub province: ProvinceCode,
    /// Places; deciding asks for at least one.
    pub capacity: u32,
}

/// The number of places changes.
#[derive(Clone, PartialEq, Eq)]
pub struct ChangeSiteCapacity {
    /// The site.
    pub site: SiteNumber,
    /// Places from then on; 0 if nobody can stay there for the time being.
    pub capacity: u32,
    /// Why.
    pub reason: String,
}

/// Somebody is admitted to a site.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordSiteAdmission {
    /// Who.
    pub person: PersonNumber,
    /// To which site.
    pub site: SiteNumber,
    /// On what ground.
    pub ground: AdmissionGround,
    /// Why somebody is sheltered where no place is free; empty where one is.
    pub over_capacity_reason: String,
}

/// Somebody moves from one site to another, on the ground on which they stay. One act, so that nobody is in two places or
/// in none.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordSiteTransfer {
    /// Who.
    pub person: PersonNumber,
    /// Site that is left.
    pub from_site: SiteNumber,
    /// Site that receives.
    pub to_site: SiteNumber,
    /// Why somebody is sheltered where no place is free; empty where one is.
    pub over_capacity_reason: String,
}

/// Somebody leaves a site.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordSiteDischarge {
    /// Who.
    pub person: PersonNumber,
    /// Which site.
    pub site: SiteNumber,
    /// How.
    pub reason: DischargeReason,
}

/// A site was inspected.
#[derive(Clone, PartialEq, Eq)]
pub struct InspectSite {
    /// The site.
    pub site: SiteNumber,
    /// Who inspected, by body or code; never a name.
    pub inspected_by: String,
    /// What was found: at least one class, each once.
    pub findings: Vec<InspectionFinding>,
    /// The report, as the inspectors keep it.
    pub report_reference: String,
    /// Last day for the next inspection.
    pub next_on: PartialDate,
}

/// A site ends.
#[derive(Clone, PartialEq, Eq)]
pub struct CloseSite {
    /// The site.
    pub site: SiteNumber,
}

redacted!(
    OpenSite,
    ChangeSiteCapacity,
    RecordSiteAdmission,
    RecordSiteTransfer,
    RecordSiteDischarge,
    InspectSite,
    CloseSite,
);
