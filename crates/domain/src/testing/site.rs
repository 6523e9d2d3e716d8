//! Builders of acts about sites.

use super::*;
use crate::number::SiteNumber;

/// A site of the present office, opened in 1399.
pub(crate) fn open_site(registry: &mut Registry, kind: SiteKind, capacity: u32) -> SiteNumber {
    let terms = OpenSite {
        kind,
        name: "site 3".into(),
        province: ProvinceCode::Tehran,
        capacity,
    };
    registry.ok("1399-01-01", terms).sites[0]
}

pub(crate) fn admit(
    person: PersonNumber,
    site: SiteNumber,
    ground: AdmissionGround,
) -> RecordSiteAdmission {
    RecordSiteAdmission {
        person,
        site,
        ground,
        over_capacity_reason: String::new(),
    }
}

pub(crate) fn transfer(
    person: PersonNumber,
    from_site: SiteNumber,
    to_site: SiteNumber,
) -> RecordSiteTransfer {
    RecordSiteTransfer {
        person,
        from_site,
        to_site,
        over_capacity_reason: String::new(),
    }
}

pub(crate) fn discharge(
    person: PersonNumber,
    site: SiteNumber,
    reason: DischargeReason,
) -> RecordSiteDischarge {
    RecordSiteDischarge {
        person,
        site,
        reason,
    }
}

pub(crate) fn inspect(site: SiteNumber, next_on: &str) -> InspectSite {
    InspectSite {
        site,
        inspected_by: "judiciary, Tehran".into(),
        findings: vec![InspectionFinding::NoDefect],
        report_reference: "1402/77".into(),
        next_on: on(next_on),
    }
}
