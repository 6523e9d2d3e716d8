//! The papers that cases lead to.

use sabt_domain::law::DocumentKind as Paper;
use sabt_domain::time::Day;
use sabt_proto::event::v1::{
    self as proto, DepartureKind, InsuranceEntitlement, advance_case::Step as CaseStep,
    paper_issue::Content,
};

use super::{CaseIx, Family};
use crate::institutions::crossing;
use crate::life::state::PersonIx;
use crate::tables::{PROVINCES, ProvinceRow};
use crate::when::{DayMath, stated_jalali};

/// From Amayesh card to passport (row 17).
const CONVERSION: &str = "12012154108";
/// Papers that are extended, and by how many days.
const EXTENDED: [(Paper, i32); 4] = [
    (Paper::MovementPass, 60),
    (Paper::InsuranceBooklet, 200),
    (Paper::RefugeeIdentityCard, 200),
    (Paper::ActivityPermit, 200),
];

impl Family {
    /// The paper, for those of the case who are still there.
    pub(super) fn paper(&mut self, day: Day, ix: CaseIx) -> Option<CaseStep> {
        let kind = *self.cases[ix.0].service.papers.last()?;
        let persons = self.cases[ix.0].persons.clone();
        let holders: Vec<String> = persons
            .iter()
            .filter(|&&person| self.person(person).is_here())
            .map(|&person| self.reference(person))
            .collect();
        let (content, days) = self.content(day, ix, kind)?;
        let number = self.serial("P");
        let until = day.plus(days);
        self.cases[ix.0].paper = Some((number.clone(), until));
        Some(CaseStep::PaperIssued(proto::PaperIssue {
            holders,
            number,
            valid_from: Some(stated_jalali(day)),
            valid_until: Some(stated_jalali(until)),
            replaces: String::new(),
            content: Some(content),
        }))
    }

    /// What a paper says, and for how many days it is good.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "no case of the population leads to another paper"
    )]
    fn content(&mut self, day: Day, ix: CaseIx, kind: Paper) -> Option<(Content, i32)> {
        let case = &self.cases[ix.0];
        let first = case.persons.first().copied();
        let conversion = case.service.id.as_str() == CONVERSION;
        let row = &PROVINCES[case.province];
        let to = &PROVINCES[(case.province + 1) % PROVINCES.len()];
        if let Some(content) = of_study(kind, row, day) {
            return Some((content, 300));
        }
        if let Some(content) = self.of_others(kind, row) {
            return Some((content, 365));
        }
        let content = match kind {
            Paper::MovementPass => Content::MovementPass(proto::MovementPass {
                province: row.code.to_owned(),
                ground: "until the card is made".to_owned(),
            }),
            Paper::TravelPass => Content::TravelPass(proto::TravelPass {
                destination: to.code.to_owned(),
            }),
            Paper::InsuranceBooklet => Content::InsuranceBooklet(proto::InsuranceBooklet {
                entitlement: if self.draw.permille(300) {
                    InsuranceEntitlement::Free
                } else {
                    InsuranceEntitlement::Paid
                }
                .into(),
            }),
            Paper::RefugeeIdentityCard => Content::RefugeeCard(proto::RefugeeCard {
                decision_reference: String::new(),
            }),
            Paper::RelocationPermit => Content::RelocationPermit(proto::RelocationPermit {
                from_province: row.code.to_owned(),
                to_province: to.code.to_owned(),
            }),
            Paper::ExitPermit => self.exit_permit(first?, conversion),
            _ => return None,
        };
        let days = match kind {
            Paper::TravelPass => self.draw.between(3, 20),
            Paper::ExitPermit => 30,
            Paper::MovementPass => 90,
            Paper::RelocationPermit => 60,
            _ => 350,
        };
        Some((content, days))
    }

    fn exit_permit(&mut self, ix: PersonIx, conversion: bool) -> Content {
        let point = crossing(self.person(ix).country, &mut self.draw);
        let kind = if conversion {
            DepartureKind::StatusConversion
        } else {
            DepartureKind::Travel
        };
        Content::ExitPermit(proto::ExitPermit {
            kind: kind.into(),
            border_point: point.code().to_owned(),
            declaration_reference: String::new(),
        })
    }

    /// Papers about land, projects, programmes and vehicles.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "papers of other kinds are written elsewhere"
    )]
    fn of_others(&mut self, kind: Paper, row: &ProvinceRow) -> Option<Content> {
        Some(match kind {
            Paper::PropertyPermit => Content::PropertyPermit(proto::PropertyPermit {
                property: format!("{}/{}", self.draw.digits(3), self.draw.digits(3)),
            }),
            Paper::ProjectPermit => Content::ProjectPermit(proto::ProjectPermit {
                title: "Classes for girls".to_owned(),
                province: row.code.to_owned(),
                target_category: "pupils".to_owned(),
                target_number: 120,
                funder: String::new(),
            }),
            Paper::ActivityPermit => Content::ActivityPermit(proto::ActivityPermit {
                host_authority: "governorate".to_owned(),
                province: row.code.to_owned(),
            }),
            Paper::ProgrammePermit => Content::ProgrammePermit(proto::ProgrammePermit {
                title: "Football of the neighbourhood".to_owned(),
                place: "municipal ground".to_owned(),
                expected_number: 200,
            }),
            Paper::VehicleRelease => Content::VehicleRelease(proto::VehicleRelease {
                impound_order: format!("impound {}", self.draw.digits(6)),
                ruling: String::new(),
            }),
            _ => return None,
        })
    }

    pub(super) fn hand_over(&mut self, ix: CaseIx) -> Option<CaseStep> {
        let (paper_number, _) = self.cases[ix.0].paper.clone()?;
        Some(CaseStep::DocumentHandedOver(proto::HandOver {
            paper_number,
            receiver: "the applicant".to_owned(),
        }))
    }

    /// A paper that may be extended is good for longer, by less than its first term.
    pub(super) fn extension(&mut self, ix: CaseIx) -> Option<CaseStep> {
        let case = &self.cases[ix.0];
        let days = EXTENDED
            .iter()
            .find(|row| case.service.papers.last() == Some(&row.0))?
            .1;
        let (paper_number, until) = case.paper.clone()?;
        let mut persons = case.persons.iter();
        persons
            .all(|&person| self.person(person).is_here())
            .then(|| {
                CaseStep::PaperExtended(proto::PaperExtension {
                    paper_number,
                    valid_until: Some(stated_jalali(until.plus(days))),
                })
            })
    }

    /// An exit permit that nobody used.
    pub(super) fn lapse(&mut self, ix: CaseIx) -> Option<CaseStep> {
        let case = &self.cases[ix.0];
        let (paper_number, _) = case.paper.clone()?;
        let exit = case.service.papers.last() == Some(&Paper::ExitPermit);
        exit.then_some(CaseStep::PaperLapsed(proto::PaperLapse { paper_number }))
    }
}

/// Papers of school and university.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "papers of other kinds are written elsewhere"
)]
fn of_study(kind: Paper, row: &ProvinceRow, day: Day) -> Option<Content> {
    let year = day.jalali_year().to_string();
    Some(match kind {
        Paper::SchoolingCertificate => Content::SchoolingCertificate(proto::SchoolingCertificate {
            county: row.towns[0].0.to_owned(),
            level: "primary".to_owned(),
            year,
        }),
        Paper::StudyPermit => Content::StudyPermit(proto::StudyPermit {
            institution: format!("State university, {}", row.code),
            level: "bachelor".to_owned(),
            year,
        }),
        Paper::StudyConfirmation => Content::StudyConfirmation(proto::StudyConfirmation {
            institution: format!("Secondary school, {}", row.code),
            level: "secondary".to_owned(),
            year,
        }),
        _ => return None,
    })
}
