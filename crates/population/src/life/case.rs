//! Service cases: somebody asks an office for something, the office looks at it, decides, and hands a paper over.
//!
//! Which steps a case takes follows from the catalogue of services of the law: a fee where there may be one, an inquiry,
//! the members of the commission, what has to be held. Chance says how it ends.

mod offer;
mod paper;
mod script;
mod step;

use std::collections::VecDeque;

use sabt_domain::law::{Catalogue, Service};
use sabt_domain::time::Day;
use sabt_proto::event::v1::{
    self as proto, Applicant, CaseOutcome, RequestChannel, act::Body, applicant::Who,
};

use super::state::PersonIx;
use super::{Family, Person, Step};
use crate::institutions::Desk;
use crate::plan::SubjectSort;
use crate::when::DayMath;
use offer::{Asks, OFFERS, Offer};
use script::Move;

pub(super) use step::before_office_hours;

/// A case of the family, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CaseIx(usize);

/// A case that is under way, or was.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// Reference in the plan.
    reference: String,
    service: &'static Service,
    /// Whom it concerns; whoever asked stands first. An organisation's or a vehicle's case concerns nobody.
    persons: Vec<PersonIx>,
    /// The desk that it lies on, by the province of whoever asked.
    province: usize,
    /// What is still to come: days after the move before, and the move.
    moves: VecDeque<(i32, Move)>,
    /// Number of the paper it led to, and its last day.
    paper: Option<(String, Day)>,
    /// A decision was taken.
    decided: bool,
    /// An appeal is open.
    appealed: bool,
    /// Whoever asked became Iranian.
    naturalised: bool,
}

/// What becomes of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Whoever asked is there.
    GoesOn,
    /// Whoever asked is gone, and nothing is recorded of it.
    LeftBehind,
    /// It is closed.
    Ends(CaseOutcome),
}

/// The first Jalali year in which cases are kept.
pub(super) const FIRST_YEAR: i32 = 1397;

impl Family {
    /// Somebody asks for one of the services that are open to them.
    pub(super) fn ask(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).is_here() {
            return;
        }
        let open: Vec<&Offer> = OFFERS
            .iter()
            .filter(|offer| self.is_open_to(offer, day, ix))
            .collect();
        if open.is_empty() {
            return;
        }
        let offer = **self.draw.weighted(&open, |offer| offer.weight);
        self.open_case(day, ix, &offer);
    }

    /// A case about somebody's death, for which the papers are brought some days later.
    pub(super) fn perhaps_settle_papers(&mut self, day: Day, dead: PersonIx) {
        if day.jalali_year() < FIRST_YEAR || !self.draw.permille(120) {
            return;
        }
        let later = day.plus(self.draw.between(1, 15));
        self.open_case(later, dead, &offer::OF_THE_DEAD);
    }

    /// Opens the case and plans what is to come of it.
    fn open_case(&mut self, day: Day, ix: PersonIx, offer: &Offer) {
        let Some(service) = service(offer.service) else {
            return;
        };
        let (who, persons) = self.applicant(offer, ix);
        let province = self.person(ix).province;
        let local = self.local(SubjectSort::Case, self.cases.len());
        let concerned = match &who {
            Who::Household(_) => persons.iter(),
            Who::Person(_) | Who::Organisation(_) | Who::Vehicle(_) => {
                persons.get(1..).unwrap_or_default().iter()
            }
        };
        let concerned = concerned.map(|&person| self.reference(person)).collect();
        let channel = match self.draw.below(10) {
            0..6 => RequestChannel::ServiceOffice,
            6..8 => RequestChannel::Online,
            _ => RequestChannel::Counter,
        };
        let body = Body::RequestService(proto::RequestService {
            service: offer.service.to_owned(),
            applicant: Some(Applicant { who: Some(who) }),
            concerned,
            channel: channel.into(),
            representative: String::new(),
            request: String::new(),
        });
        let desk = Desk::Registrar(province);
        self.accept_new(desk, day, &basis(service), body, local);
        let moves = self.script(service);
        let case = CaseIx(self.cases.len());
        self.cases.push(Case {
            reference: local.to_string(),
            service,
            persons,
            province,
            moves,
            paper: None,
            decided: false,
            appealed: false,
            naturalised: false,
        });
        self.plan(day, Step::Case(case));
    }

    /// Who asks, and whom it concerns.
    fn applicant(&mut self, offer: &Offer, ix: PersonIx) -> (Who, Vec<PersonIx>) {
        match offer.asks {
            Asks::Person => (Who::Person(self.reference(ix)), vec![ix]),
            Asks::Household => match self.person(ix).home {
                Some(home) => {
                    let here = |member: &PersonIx| self.person(*member).is_here();
                    let members = self.members(home).into_iter().filter(here).collect();
                    (
                        Who::Household(self.homes[home.0].reference.clone()),
                        members,
                    )
                }
                None => (Who::Person(self.reference(ix)), vec![ix]),
            },
            Asks::Organisation => {
                let organisation = proto::Organisation {
                    name: format!("Relief society no. {}", self.draw.digits(3)),
                    registration_number: self.draw.digits(6),
                    international: self.draw.permille(400),
                };
                (Who::Organisation(organisation), Vec::new())
            }
            Asks::Vehicle => {
                let vehicle = proto::Vehicle {
                    plate: format!("{}-{}", self.draw.digits(5), self.draw.digits(2)),
                    owner: String::new(),
                };
                (Who::Vehicle(vehicle), Vec::new())
            }
        }
    }

    /// The next moves of a case that fall on one day.
    pub(super) fn advance(&mut self, day: Day, ix: CaseIx) {
        loop {
            match self.fate(ix) {
                Fate::GoesOn => {}
                Fate::LeftBehind => {
                    self.cases[ix.0].moves.clear();
                    return;
                }
                Fate::Ends(outcome) => {
                    self.cases[ix.0].moves.clear();
                    self.close_case(day, ix, outcome);
                    return;
                }
            }
            let Some((wait, next)) = self.cases[ix.0].moves.front().copied() else {
                return;
            };
            if 0 < wait {
                if let Some(first) = self.cases[ix.0].moves.front_mut() {
                    first.0 = 0;
                }
                self.plan(day.plus(wait), Step::Case(ix));
                return;
            }
            self.cases[ix.0].moves.pop_front();
            self.make_move(day, ix, next);
        }
    }

    /// What becomes of a case whose applicants may be there no more.
    fn fate(&self, ix: CaseIx) -> Fate {
        let case = &self.cases[ix.0];
        let mut persons = case.persons.iter().map(|&person| self.person(person));
        let asked_on = case.naturalised || case.persons.is_empty() || persons.any(Person::is_here);
        if asked_on || case.service.for_deceased || case.moves.is_empty() {
            return Fate::GoesOn;
        }
        let mut persons = case.persons.iter().map(|&person| self.person(person));
        let outcome = if persons.all(|person| !person.alive) {
            CaseOutcome::ApplicantDied
        } else {
            CaseOutcome::Withdrawn
        };
        // Whoever left after the decision leaves the case behind, and an appeal that is open stays so.
        let ends = !case.appealed && (outcome == CaseOutcome::ApplicantDied || !case.decided);
        if ends {
            Fate::Ends(outcome)
        } else {
            Fate::LeftBehind
        }
    }

    /// Records a step of a case.
    fn record_step(&mut self, day: Day, ix: CaseIx, step: proto::advance_case::Step) {
        let case = &self.cases[ix.0];
        let (desk, basis) = (Desk::Registrar(case.province), basis(case.service));
        let body = Body::AdvanceCase(proto::AdvanceCase {
            case: case.reference.clone(),
            step: Some(step),
        });
        self.accept(desk, day, &basis, body);
    }
}

/// A service of the newest catalogue.
fn service(id: &str) -> Option<&'static Service> {
    let id = id.parse().ok()?;
    Catalogue::newest().service(&id)
}

/// The service as a legal basis.
fn basis(service: &Service) -> String {
    format!("service:{}", service.id)
}
