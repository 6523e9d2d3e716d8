//! Who signs and who asks: agencies, their offices, and synthetic keys.

use sabt_domain::access::Matrix;
use sabt_domain::law::{BorderKind, BorderPoint, ProvinceCode};
use sabt_domain::time::Timestamp;
use sabt_proto::event::v1::{self as proto, Act, Role, act::Body};

use crate::draw::Draw;

use crate::plan::AuthorRef;
use crate::tables::{AGENCIES, AgencyRow, PROVINCES};
use crate::when::stated_jalali;
use crate::{Seed, ids};

/// Agency and office of the governance authority.
pub(crate) const GOVERNANCE: &str = "GOVERNANCE";
/// The province of those who have one office.
const CAPITAL: &str = "IR-23";
/// The lane of governance acts: no family has it.
const GOVERNANCE_LANE: u32 = u32::MAX;

/// An agency that must be enrolled before the plan is submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agency {
    /// Code, e.g. "BAFIA".
    pub code: &'static str,
    /// Name in Persian.
    pub name_fa: &'static str,
    /// Name in English.
    pub name_en: &'static str,
    /// What it is towards the registry.
    pub role: Role,
    /// ISO 3166-1 alpha-3 code of the State it answers to.
    pub state: &'static str,
}

/// An office that must be enrolled, with its own key, before the plan is submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// Code, e.g. "THR-01".
    pub code: String,
    /// Agency it belongs to.
    pub agency: &'static str,
    /// Province of its seat, e.g. "IR-23".
    pub province: &'static str,
    /// Name in Persian.
    pub name_fa: String,
    /// Name in English.
    pub name_en: String,
}

/// Every agency of the synthetic country, in a fixed order.
pub fn agencies() -> Vec<Agency> {
    AGENCIES
        .iter()
        .map(|row| Agency {
            code: row.code,
            name_fa: row.name_fa,
            name_en: row.name_en,
            role: Role::from_str_name(&format!("ROLE_{}", row.role)).unwrap_or(Role::Unspecified),
            state: "IRN",
        })
        .collect()
}

/// Every office of the synthetic country, in a fixed order.
pub fn offices() -> Vec<Office> {
    let mut offices = Vec::new();
    for index in 0..PROVINCES.len() {
        for row in AGENCIES.iter() {
            for number in 0..office_count(row, index) {
                offices.push(office(row, index, number));
            }
        }
    }
    offices
}

/// The Ed25519 secret seed of the key with which an office signs. Deterministic, so that a demonstration can be
/// repeated: never use such a key for anything but synthetic data.
pub fn author_key(seed: Seed, author: &AuthorRef) -> [u8; 32] {
    ids::author_key(seed, &author.agency, &author.office)
}

/// The act that founds a registry of synthetic data. `public_key` derives an Ed25519 public key from its secret seed; the
/// governance key is that of the author with the agency `GOVERNANCE` and the office `GOVERNANCE`.
pub fn founding(
    seed: Seed,
    recorded_at_us: i64,
    public_key: impl Fn(&[u8; 32]) -> [u8; 32],
) -> Act {
    let governance = AuthorRef {
        agency: GOVERNANCE.to_owned(),
        office: GOVERNANCE.to_owned(),
    };
    let body = Body::FoundRegistry(proto::FoundRegistry {
        name: "population.example".to_owned(),
        events_log_key: "synthetic".to_owned(),
        disclosures_log_key: "synthetic".to_owned(),
        governance_key: public_key(&author_key(seed, &governance)).to_vec(),
    });
    governance_act(seed, recorded_at_us, 0, body)
}

/// The governance acts that enrol every agency, every office, and a key for every office, and adopt the newest access
/// policy, in an order in which a founded registry accepts them. The caller signs them with the governance key.
pub fn enrolment(
    seed: Seed,
    recorded_at_us: i64,
    public_key: impl Fn(&[u8; 32]) -> [u8; 32],
) -> Vec<Act> {
    let agencies = agencies().into_iter().map(|agency| {
        Body::EnrolAgency(proto::EnrolAgency {
            agency: agency.code.to_owned(),
            name_fa: agency.name_fa.to_owned(),
            name_en: agency.name_en.to_owned(),
            roles: vec![agency.role.into()],
            state: agency.state.to_owned(),
            rights: Vec::new(),
        })
    });
    let offices = offices().into_iter().flat_map(|office| {
        let author = AuthorRef {
            agency: office.agency.to_owned(),
            office: office.code.clone(),
        };
        let key = Body::EnrolKey(proto::EnrolKey {
            agency: office.agency.to_owned(),
            public_key: public_key(&author_key(seed, &author)).to_vec(),
            office: office.code.clone(),
            not_after: 0,
            supervisor: String::new(),
            emergency_officer: String::new(),
        });
        let office = Body::EnrolOffice(proto::EnrolOffice {
            office: office.code,
            agency: office.agency.to_owned(),
            province: office.province.to_owned(),
            name_fa: office.name_fa,
            name_en: office.name_en,
        });
        [office, key]
    });
    let matrix = Matrix::newest();
    let policy = Body::AdoptPolicy(proto::AdoptPolicy {
        edition: matrix.edition().to_owned(),
        digest: matrix.digest().to_vec(),
    });
    agencies
        .chain(offices)
        .chain([policy])
        .zip(1..)
        .map(|(body, sequence)| governance_act(seed, recorded_at_us, sequence, body))
        .collect()
}

pub(crate) fn governance_act(seed: Seed, recorded_at_us: i64, sequence: u32, body: Body) -> Act {
    let today = Timestamp::from_micros(recorded_at_us).day_in_tehran();
    Act {
        act_id: ids::act_id(seed, GOVERNANCE_LANE, sequence, recorded_at_us).to_vec(),
        office: GOVERNANCE.to_owned(),
        officer: "G1".to_owned(),
        occurred_on: Some(stated_jalali(today)),
        recorded_at: recorded_at_us,
        legal_basis: "charter:enrolment".to_owned(),
        case_reference: String::new(),
        batch_id: Vec::new(),
        expected: Vec::new(),
        body: Some(body),
    }
}

/// The counter at which an act is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Desk {
    /// The directorate for foreign nationals in a province (index).
    Registrar(usize),
    /// The border police at a border point.
    Border(BorderPoint),
    /// The asylum unit.
    Asylum,
    /// The office that organises campaigns.
    Organiser,
}

/// The office of a desk that serves the family `salt`.
pub(crate) fn author(desk: Desk, salt: u32) -> AuthorRef {
    let (agency, province) = match desk {
        Desk::Registrar(province) => ("BAFIA", province),
        Desk::Border(point) => ("BORDER", province_index(point.province().code())),
        Desk::Asylum => ("ASYLUM", province_index(CAPITAL)),
        Desk::Organiser => ("AMAYESH", province_index(CAPITAL)),
    };
    let row = agency_row(agency);
    let number = salt % office_count(row, province).max(1);
    AuthorRef {
        agency: agency.to_owned(),
        office: office_code(row, province, number),
    }
}

/// A border point that people of a country of origin use: three in four a land crossing to that country, if there is
/// one, the others an airport.
pub(crate) fn crossing(country: &str, draw: &mut Draw) -> BorderPoint {
    let by_land: Vec<BorderPoint> = BorderPoint::ALL
        .iter()
        .copied()
        .filter(|point| point.neighbour() == Some(country))
        .collect();
    if !by_land.is_empty() && draw.permille(750) {
        // The first crossing of each border is the busiest.
        let first = draw.index(by_land.len()).min(draw.index(by_land.len()));
        return by_land[first];
    }
    let by_air: Vec<BorderPoint> = BorderPoint::ALL
        .iter()
        .copied()
        .filter(|point| point.kind() == BorderKind::Air)
        .collect();
    let first = draw.index(by_air.len()).min(draw.index(by_air.len()));
    by_air[first]
}

/// Index of a province by its code.
///
/// # Panics
/// If there is no such province: only codes of the law's own table come here.
pub(crate) fn province_index(code: &str) -> usize {
    PROVINCES
        .iter()
        .position(|row| row.code == code)
        .expect("the table holds every province of the law")
}

fn agency_row(code: &str) -> &'static AgencyRow {
    AGENCIES
        .iter()
        .find(|row| row.code == code)
        .expect("every desk belongs to an agency of the table")
}

/// Offices of an agency in a province. The directorate has one for every fifty per mille of the Afghan nationals,
/// the border police are where there is a crossing, the supervisors, the organiser of campaigns, the asylum unit and the
/// statistics office sit in Tehran.
fn office_count(row: &AgencyRow, province: usize) -> u32 {
    let province = &PROVINCES[province];
    match row.role {
        "REGISTRAR" => 1 + province.weights[0] / 50,
        "BORDER_POLICE" => u32::from(
            BorderPoint::ALL
                .iter()
                .any(|point| point.province().code() == province.code),
        ),
        "AUDITOR"
        | "DATA_PROTECTION_OFFICER"
        | "CAMPAIGN_ORGANISER"
        | "ASYLUM_UNIT"
        | "STATISTICS_OFFICE" => u32::from(province.code == CAPITAL),
        // The civil registry and the police have one in each.
        _ => 1,
    }
}

fn office(row: &AgencyRow, province: usize, number: u32) -> Office {
    let code = office_code(row, province, number);
    let province = PROVINCES[province].code;
    let (province_fa, province_en) = ProvinceCode::from_code(province)
        .map_or((province, province), |code| {
            (code.name_fa(), code.name_en())
        });
    Office {
        name_fa: format!("{}\u{60c} {province_fa}\u{60c} {code}", row.name_fa),
        name_en: format!("{}, {province_en}, {code}", row.name_en),
        code,
        agency: row.code,
        province,
    }
}

fn office_code(row: &AgencyRow, province: usize, number: u32) -> String {
    format!(
        "{}-{:02}",
        PROVINCES[province].prefix,
        row.first_office + number
    )
}
