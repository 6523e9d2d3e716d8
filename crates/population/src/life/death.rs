//! Deaths and what follows from them.

use sabt_domain::time::Day;
use sabt_proto::event::v1::{
    self as proto, DocumentKind, GuardianKind, Informant, InformantRelation, act::Body,
};

use super::state::{PersonIx, Spouse};
use super::{Family, Step};
use crate::institutions::Desk;
use crate::tables::{PROVINCES, Sex};
use crate::when::{DayMath, stated_jalali};

impl Family {
    /// A death: registered on the word of the family or the police. The registry voids the papers, takes the person out
    /// of the household and ends the marriage by itself.
    pub(super) fn die(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).is_here() {
            return;
        }
        self.register_death(day, ix);
        let home = self.person(ix).home;
        let headless = home.filter(|home| self.homes[home.0].head == Some(ix));
        self.leave_home(ix);
        if let Spouse::Person(spouse) = self.person(ix).spouse {
            self.person_mut(spouse).spouse = Spouse::None;
        }
        let person = self.person_mut(ix);
        person.alive = false;
        person.papers.clear();
        person.permit = None;
        person.stay = None;
        if let Some(home) = headless {
            self.plan_within(day, 30, Step::NameHead(home));
        }
        self.appoint_guardians(day, ix);
        self.perhaps_settle_papers(day, ix);
    }

    /// The registration alone, as a mistake also makes it.
    pub(super) fn register_death(&mut self, day: Day, ix: PersonIx) -> [u8; 16] {
        let person = self.person(ix);
        let province = person.province;
        let informant = match person.spouse {
            Spouse::Person(spouse) => (InformantRelation::Spouse, self.reference(spouse)),
            Spouse::Iranian(_) | Spouse::None => (InformantRelation::Police, String::new()),
        };
        let row = &PROVINCES[province];
        let body = Body::RegisterDeath(proto::RegisterDeath {
            person: self.reference(ix),
            place: Some(proto::Place {
                country: "IRN".to_owned(),
                province: row.code.to_owned(),
                locality: row.towns[0].1.to_owned(),
            }),
            informant: Some(Informant {
                relation: informant.0.into(),
                person: informant.1,
            }),
            certificate: Some(proto::Document {
                kind: DocumentKind::DeathCertificate.into(),
                issuer: "IRN".to_owned(),
                number: self.serial("F"),
                issued_on: Some(stated_jalali(day)),
                valid_until: None,
                mrz: Vec::new(),
            }),
        });
        self.accept(Desk::Registrar(province), day, "service:10032154109", body)
    }

    /// Minors who lost their father get a guardian: the paternal grandfather by law, else the mother by appointment.
    fn appoint_guardians(&mut self, day: Day, dead: PersonIx) {
        if self.person(dead).sex != Sex::Male {
            return;
        }
        let orphans: Vec<PersonIx> = (0..self.people.len())
            .map(PersonIx)
            .filter(|&child| {
                let person = self.person(child);
                person.father == Some(dead) && person.is_here() && person.age(day) < 17
            })
            .collect();
        let appointed = day.plus(self.draw.between(10, 60));
        for child in orphans {
            let grandfather = self
                .person(dead)
                .father
                .filter(|&g| self.person(g).is_here());
            let mother = self
                .person(child)
                .mother
                .filter(|&m| self.person(m).is_here());
            let guardian = match (grandfather, mother) {
                (Some(grandfather), _) => (grandfather, GuardianKind::Legal),
                (None, Some(mother)) => (mother, GuardianKind::Appointed),
                (None, None) => continue,
            };
            self.plan(appointed, Step::Guard(child, guardian.0, guardian.1));
        }
    }

    /// Records the guardian, if child and guardian are still there.
    pub(super) fn guard(
        &mut self,
        day: Day,
        child: PersonIx,
        guardian: PersonIx,
        kind: GuardianKind,
    ) {
        if !self.person(child).is_here() || !self.person(guardian).is_here() {
            return;
        }
        let body = Body::AppointGuardian(proto::AppointGuardian {
            child: self.reference(child),
            guardian: Some(self.party(guardian)),
            kind: kind.into(),
            instrument: format!("ruling {}/{}", day.jalali_year(), self.draw.digits(4)),
        });
        let desk = Desk::Registrar(self.person(child).province);
        self.accept(desk, day, "glossary:guardian", body);
    }
}
