//! Acts about sites that do not pass.

use sabt_domain::number::SiteNumber;
use sabt_domain::refusal::Reason;
use sabt_proto::event::v1 as event;
use sabt_proto::event::v1::act::Body;
use tonic::Code;

use super::Row;
use super::world::{Sites, World};
use crate::support;

/// A serial of a number that no site has.
const UNUSED: u64 = 12_345_678_901;

pub(super) fn opening(kind: event::SiteKind) -> Body {
    Body::OpenSite(event::OpenSite {
        kind: kind.into(),
        name: "Golestan".to_owned(),
        province: "IR-23".to_owned(),
        capacity: 1,
    })
}

pub(super) fn admission(person: &str, site: &str, ground: event::AdmissionGround) -> Body {
    Body::RecordSiteAdmission(event::RecordSiteAdmission {
        person: person.to_owned(),
        site: site.to_owned(),
        ground: ground.into(),
        over_capacity_reason: String::new(),
    })
}

pub(super) fn closing(site: &str) -> Body {
    Body::CloseSite(event::CloseSite {
        site: site.to_owned(),
    })
}

fn discharge(person: &str, site: &str) -> Body {
    Body::RecordSiteDischarge(event::RecordSiteDischarge {
        person: person.to_owned(),
        site: site.to_owned(),
        reason: event::DischargeReason::OwnWill.into(),
    })
}

fn inspection(site: &str, findings: &[event::InspectionFinding]) -> Body {
    Body::InspectSite(event::InspectSite {
        site: site.to_owned(),
        inspected_by: "judiciary".to_owned(),
        findings: findings.iter().map(|one| i32::from(*one)).collect(),
        report_reference: "R-1".to_owned(),
        next_on: Some(support::jalali("1405-12-01")),
    })
}

pub(super) fn rows(world: &World) -> Vec<Row> {
    use event::AdmissionGround::{Holding, Victim};

    let Sites {
        town,
        closed,
        camp,
        guest,
    } = &world.sites;
    let single = &world.people.single;
    let act = |body| world.act("1405-04-01", body);
    let nowhere = SiteNumber::from_serial(UNUSED).unwrap().to_string();
    let failed = |name, call, reason| Row::new(name, call, Code::FailedPrecondition, reason);
    let defects = [
        event::InspectionFinding::NoDefect,
        event::InspectionFinding::Safety,
    ];
    let malformed = Body::OpenSite(event::OpenSite::default());
    vec![
        Row::new(
            "admission to no site",
            act(admission(single, &nowhere, Victim)),
            Code::NotFound,
            Reason::UnknownSite,
        ),
        failed(
            "admission before the site was opened",
            world.act("1404-01-01", admission(single, town, Victim)),
            Reason::SiteNotOpen,
        ),
        failed(
            "admission to a site that has ended",
            act(admission(single, closed, Victim)),
            Reason::SiteClosed,
        ),
        failed(
            "admission where no place is free, without a reason",
            act(admission(single, town, Victim)),
            Reason::SiteFull,
        ),
        failed(
            "admission to a second site",
            act(admission(guest, camp, Holding)),
            Reason::InAnotherSite,
        ),
        failed(
            "admission to a camp without a holding",
            act(admission(single, camp, Holding)),
            Reason::HoldingMissing,
        ),
        failed(
            "shelter where people are held",
            act(admission(single, camp, Victim)),
            Reason::NotEligible,
        ),
        failed(
            "discharge of somebody who is not there",
            act(discharge(single, town)),
            Reason::NotInSite,
        ),
        failed(
            "the end of a site in which somebody stays",
            act(closing(town)),
            Reason::SiteOccupied,
        ),
        Row::new(
            "inspection by the office that runs the site",
            act(inspection(town, &defects[1..])),
            Code::PermissionDenied,
            Reason::OfficeNotAllowed,
        ),
        Row::malformed(
            "a site of no kind, name, province or place",
            act(malformed),
            &["open_site.kind", "open_site.name", "open_site.province"],
        ),
    ]
}
