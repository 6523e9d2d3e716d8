//! Ways out of the country for good: exit, voluntary return and departure to a third country. Expulsion is none of them
//! ([`super::removal`]).

use sabt_domain::law::BorderPoint;
use sabt_domain::time::Day;
use sabt_proto::event::v1::{self as proto, DocumentKind, ExitKind, PersonStatus, act::Body};

use super::Family;
use super::state::{Course, PersonIx};
use crate::institutions::{Desk, crossing};
use crate::when::DayMath;

/// The first Jalali year in which returns are helped with, and people go on to third countries.
const FIRST_YEAR: i32 = 1381;
/// Where people go on to.
const THIRD_COUNTRIES: [&str; 4] = ["CAN", "DEU", "SWE", "AUS"];

/// How somebody leaves for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WayOut {
    /// Across the border, and no more is recorded.
    Exit,
    /// Of their own will, to their country, after an interview.
    Return,
    /// To this country, which is not theirs.
    Third(&'static str),
}

impl Family {
    /// How a party leaves. It follows from what everybody may know: nothing here depends on a claim that is open.
    pub(super) fn way_out(&mut self, day: Day, ix: PersonIx) -> WayOut {
        let person = self.person(ix);
        if day.jalali_year() < FIRST_YEAR {
            return WayOut::Exit;
        }
        let refugee = person.status == Some(PersonStatus::Refugee);
        let (returns, on) = match person.course {
            Course::Amayesh => (400, 80),
            Course::Irregular => (300, 0),
            Course::Refugee if refugee => (150, 250),
            Course::Refugee | Course::Passport | Course::Stateless => (0, 0),
        };
        let chance = self.draw.below(1000);
        if chance < returns {
            WayOut::Return
        } else if chance < returns + on {
            WayOut::Third(self.draw.pick::<&str>(&THIRD_COUNTRIES))
        } else {
            WayOut::Exit
        }
    }

    /// Records that somebody has left.
    pub(super) fn record_departure(
        &mut self,
        day: Day,
        ix: PersonIx,
        crossing: BorderPoint,
        way: WayOut,
    ) {
        match way {
            WayOut::Return => self.record_return_over(day, ix, crossing),
            WayOut::Third(destination) => {
                let body = proto::RecordThirdCountryDeparture {
                    person: self.reference(ix),
                    border_point: crossing.code().to_owned(),
                    destination: destination.to_owned(),
                    programme_reference: format!("resettlement:{}", self.draw.digits(5)),
                };
                let desk = Desk::Registrar(self.person(ix).province);
                self.accept(
                    desk,
                    day,
                    "duty:16",
                    Body::RecordThirdCountryDeparture(body),
                );
            }
            WayOut::Exit => {
                let papers = &self.person(ix).papers;
                let other = papers.first().map(super::papers::reference_to);
                let document = self.reference_of(ix, DocumentKind::Passport).or(other);
                let exit = Body::RecordExit(proto::RecordExit {
                    person: self.reference(ix),
                    border_point: crossing.code().to_owned(),
                    kind: ExitKind::Final.into(),
                    document,
                });
                self.accept(Desk::Border(crossing), day, "service:12012154114", exit);
            }
        }
    }

    /// Somebody returns of their own will, over a crossing to their country.
    pub(super) fn record_return(&mut self, day: Day, ix: PersonIx) {
        let crossing = crossing(self.person(ix).country, &mut self.draw);
        self.record_return_over(day, ix, crossing);
    }

    fn record_return_over(&mut self, day: Day, ix: PersonIx, crossing: BorderPoint) {
        let person = self.person(ix);
        let (destination, language) = (person.country, person.names.language.tag());
        let body = Body::RecordVoluntaryReturn(proto::RecordVoluntaryReturn {
            person: self.reference(ix),
            border_point: crossing.code().to_owned(),
            destination: destination.to_owned(),
            interviewed_by: format!("K{}", 1000 + self.draw.below(40)),
            language: language.to_owned(),
            information_reference: format!("leaflet:{}", self.draw.digits(3)),
            declaration_reference: format!("declaration:{}", self.draw.digits(6)),
            declared_while_held: false,
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, "law:art. 17", body);
    }
}
