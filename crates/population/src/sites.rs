//! Sites of the synthetic country: which there are, how the organisation opens, inspects and closes them.
//!
//! There are a dozen, of few thousand places each, whatever the scale of a plan: of ten thousand persons fewer than forty
//! are in any one of them at a time, so that none is full in a plan of a million persons, in whatever order its families are
//! submitted. Names are invented.

use sabt_domain::time::Day;
use sabt_proto::event::v1::{self as proto, InspectionFinding, SiteKind, act::Body};

use crate::draw::Draw;
use crate::institutions::{Desk, author, province_index};
use crate::plan::{Expectation, Lane, LocalRef, PlannedAct, SubjectSort};
use crate::when::{DayMath, jalali, last_day, next_in_line, office_hour, stated_jalali};
use crate::{Seed, ids};

/// A site of the table, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SiteIx(usize);

/// A site: kind, name, province, year of opening and places; the year of closing, if it has closed.
struct Row {
    kind: SiteKind,
    name: &'static str,
    province: &'static str,
    opened: i32,
    places: u32,
    closed: Option<i32>,
}

const fn row(kind: SiteKind, name: &'static str, province: &'static str, opened: i32) -> Row {
    let places = match kind {
        SiteKind::GuestTown => 4_500,
        SiteKind::CareCamp => 2_500,
        SiteKind::Unspecified | SiteKind::ExitStation | SiteKind::ReturnCentre => 1_200,
    };
    Row {
        kind,
        name,
        province,
        opened,
        places,
        closed: None,
    }
}

/// Sites in the order of their references. New ones are added at the end.
const SITES: [Row; 13] = [
    row(SiteKind::GuestTown, "Golestan", "IR-09", 1363),
    row(SiteKind::GuestTown, "Bahar", "IR-08", 1365),
    row(SiteKind::GuestTown, "Sarv", "IR-07", 1366),
    row(SiteKind::GuestTown, "Zagros", "IR-04", 1371),
    row(SiteKind::CareCamp, "Sepid", "IR-09", 1370),
    row(SiteKind::CareCamp, "Hamun", "IR-11", 1370),
    row(SiteKind::CareCamp, "Alborz", "IR-23", 1387),
    row(SiteKind::CareCamp, "Karun", "IR-06", 1388),
    row(SiteKind::ExitStation, "Dogharun", "IR-09", 1382),
    row(SiteKind::ExitStation, "Milak", "IR-11", 1384),
    row(SiteKind::ReturnCentre, "Soleyman", "IR-09", 1382),
    row(SiteKind::ReturnCentre, "Shahr-e Rey", "IR-23", 1386),
    Row {
        closed: Some(1402),
        ..row(SiteKind::ReturnCentre, "Niatak", "IR-11", 1384)
    },
];

/// The first Jalali year of which inspections are kept.
const FIRST_INSPECTED: i32 = 1398;
/// Days from one inspection to the next.
const INSPECTED_EVERY_DAYS: i32 = 360;
/// Days before the end of a site from which on nobody is sent there: everybody has left by then.
const EMPTIED_DAYS: i32 = 400;
/// Acts of the lane before those by which sites end, so that no two have one identifier.
const CLOSING_SEQUENCE: u32 = 10_000;
const BASIS: &str = "duty:19";

impl SiteIx {
    /// The site as acts name it.
    pub(crate) fn reference(self) -> LocalRef {
        LocalRef {
            lane: Lane::SITES,
            sort: SubjectSort::Site,
            ordinal: u32::try_from(self.0).unwrap_or_default() + 1,
        }
    }

    /// The counter of the site: its province's.
    pub(crate) fn desk(self) -> Desk {
        Desk::Registrar(province_index(SITES[self.0].province))
    }

    /// The site of a kind to which somebody of a province is sent on a day: that of the province, or else another.
    pub(crate) fn near(kind: SiteKind, province: usize, day: Day) -> Option<SiteIx> {
        let takes = |row: &Row| {
            let closes = row
                .closed
                .map(|year| jalali(year, 1, 1).plus(-EMPTIED_DAYS));
            row.kind == kind && opened_on(row).plus(1) < day && closes.is_none_or(|last| day < last)
        };
        let open: Vec<usize> = (0..SITES.len()).filter(|ix| takes(&SITES[*ix])).collect();
        let own = open
            .iter()
            .copied()
            .find(|ix| province_index(SITES[*ix].province) == province);
        let other = || open.get(province % open.len().max(1)).copied();
        own.or_else(other).map(SiteIx)
    }

    /// Another site of the same kind that takes people on a day.
    pub(crate) fn another(self, day: Day) -> Option<SiteIx> {
        let kind = SITES[self.0].kind;
        let mut provinces = SITES.iter().map(|row| province_index(row.province));
        let near = |province| SiteIx::near(kind, province, day);
        provinces.find_map(|province| near(province).filter(|other| *other != self))
    }
}

fn opened_on(row: &Row) -> Day {
    jalali(row.opened, 2, 1)
}

/// The acts by which sites are opened and inspected, until `last`.
pub(crate) fn opening(seed: Seed, last: Day) -> Vec<PlannedAct> {
    let mut draw = Draw::new(seed, "sites opened", Lane::SITES.0);
    let mut acts: Vec<(Day, SiteIx, Body)> = Vec::new();
    for (index, row) in SITES.iter().enumerate() {
        let open = Body::OpenSite(proto::OpenSite {
            kind: row.kind.into(),
            name: row.name.to_owned(),
            province: row.province.to_owned(),
            capacity: row.places,
        });
        let site = SiteIx(index);
        acts.push((opened_on(row), site, open));
        // All are drawn, so that an earlier end takes away what is later alone.
        let end = row.closed.map_or(last_day(), |year| jalali(year, 1, 1));
        let mut day = jalali(FIRST_INSPECTED, 1, 1).plus(draw.between(10, 350));
        while day <= end {
            acts.push((day, site, inspection(site, day, &mut draw)));
            day = day.plus(INSPECTED_EVERY_DAYS - draw.between(0, 60));
        }
    }
    acts.sort_by_key(|(day, site, _)| (*day, site.0));
    record(
        seed,
        &mut draw,
        0,
        acts.into_iter().filter(|act| act.0 <= last),
    )
}

/// The acts by which sites end, until `last`: by then everybody of the plan who stayed there has left.
pub(crate) fn closing(seed: Seed, last: Day) -> Vec<PlannedAct> {
    let mut draw = Draw::new(seed, "sites closed", Lane::SITES.0);
    let sites = SITES.iter().enumerate();
    let acts = sites.filter_map(|(index, row)| {
        let day = jalali(row.closed?, 2, 1);
        let body = Body::CloseSite(proto::CloseSite {
            site: SiteIx(index).reference().to_string(),
        });
        (day <= last).then_some((day, SiteIx(index), body))
    });
    record(seed, &mut draw, CLOSING_SEQUENCE, acts)
}

/// Of eight inspections, one finds something.
fn inspection(site: SiteIx, day: Day, draw: &mut Draw) -> Body {
    let defects = [
        InspectionFinding::Hygiene,
        InspectionFinding::HealthCare,
        InspectionFinding::Safety,
        InspectionFinding::IncompleteRecords,
        InspectionFinding::UnprotectedChildren,
    ];
    let mut findings = vec![InspectionFinding::NoDefect.into()];
    if draw.permille(125) {
        let first = draw.index(defects.len());
        findings = vec![defects[first].into()];
        if draw.permille(300) {
            findings.push(defects[(first + 1) % defects.len()].into());
        }
    }
    Body::InspectSite(proto::InspectSite {
        site: site.reference().to_string(),
        inspected_by: "General Inspection Organisation".to_owned(),
        findings,
        report_reference: format!("{}/{}", day.jalali_year(), draw.digits(4)),
        next_on: Some(stated_jalali(day.plus(INSPECTED_EVERY_DAYS))),
    })
}

/// Acts in the order of their days, recorded one after the other. The office of the province runs a site; another one, in
/// the capital, inspects it.
fn record(
    seed: Seed,
    draw: &mut Draw,
    first: u32,
    acts: impl Iterator<Item = (Day, SiteIx, Body)>,
) -> Vec<PlannedAct> {
    let mut clock = 0;
    let mut planned = Vec::new();
    for (sequence, (day, site, body)) in (first..).zip(acts) {
        clock = office_hour(day, draw).max(next_in_line(clock, draw));
        let author = if matches!(body, Body::InspectSite(_)) {
            author(Desk::Registrar(province_index("IR-23")), 1)
        } else {
            author(site.desk(), 0)
        };
        let numbers = if matches!(body, Body::OpenSite(_)) {
            vec![site.reference()]
        } else {
            Vec::new()
        };
        let act_id = ids::act_id(seed, Lane::SITES.0, sequence, clock);
        planned.push(PlannedAct {
            lane: Lane::SITES,
            act: proto::Act {
                act_id: act_id.to_vec(),
                office: author.office.clone(),
                officer: format!("K{}", 1000 + draw.below(40)),
                occurred_on: Some(stated_jalali(day)),
                recorded_at: clock,
                legal_basis: BASIS.to_owned(),
                case_reference: String::new(),
                batch_id: Vec::new(),
                expected: Vec::new(),
                body: Some(body),
            },
            author,
            nonce: ids::nonce(seed, &act_id),
            expect: Expectation::Accepted { numbers },
        });
    }
    planned
}
