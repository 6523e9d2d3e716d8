//! Births, and parentage found later.

use sabt_domain::time::Day;
use sabt_proto::event::v1::{
    self as proto, DocumentKind, Informant, InformantRelation, ParentRole, act::Body, party::Who,
};

use super::people::{NewPerson, Slip};
use super::state::{Birthplace, PersonIx, Spouse};
use super::{Family, Step};
use crate::institutions::Desk;
use crate::tables::Sex;
use crate::when::{DayMath, stated_jalali};

/// Fewest days between two births of one mother.
const BIRTH_GAP_DAYS: i32 = 400;

impl Family {
    /// A child is born to `parent`: a mother, or the father where the mother is Iranian.
    pub(super) fn bear(&mut self, day: Day, parent: PersonIx) {
        let (mother, father) = match (self.person(parent).sex, &self.person(parent).spouse) {
            (Sex::Female, Spouse::Person(father)) => (Some(parent), Some(*father)),
            (Sex::Male, Spouse::Iranian(_)) => (None, Some(parent)),
            // Children of an Iranian father are Iranians: they are not registered here.
            (Sex::Female, Spouse::Iranian(_) | Spouse::None)
            | (Sex::Male, Spouse::Person(_) | Spouse::None) => return,
        };
        let bearer = self.person(parent);
        let too_soon = bearer
            .last_birth
            .is_some_and(|last| day < last.plus(BIRTH_GAP_DAYS));
        if !bearer.is_here() || !self.has_room() || too_soon {
            return;
        }
        let child = self.newborn(day, parent, mother, father);
        let father_absent = mother.is_some() && self.draw.permille(25);
        self.register_birth(day, parent, child, father_absent);
        let person = self.person_mut(child);
        person.mother = mother;
        person.father = father.filter(|_| !father_absent);
        self.person_mut(parent).last_birth = Some(day);
        self.settle(day, child);
        if father_absent && let Some(father) = father {
            self.find_father(day, child, father);
        }
    }

    fn newborn(
        &mut self,
        day: Day,
        parent: PersonIx,
        mother: Option<PersonIx>,
        father: Option<PersonIx>,
    ) -> PersonIx {
        let sex = self.sex();
        let line = father.or(mother).unwrap_or(parent);
        let names = self.child_names(line, sex);
        let person = self.person(parent);
        let (country, course, province) = (person.country, person.course, person.province);
        let town = person.home.map_or(0, |home| self.homes[home.0].town);
        self.make_person(NewPerson {
            sex,
            names,
            birth: day,
            birthplace: Birthplace::Iran(province, town),
            country,
            course,
            province,
        })
    }

    fn register_birth(&mut self, day: Day, parent: PersonIx, child: PersonIx, no_father: bool) {
        let (mother, father) = match (self.person(parent).sex, self.person(parent).spouse.clone()) {
            (Sex::Female, Spouse::Person(father)) => (self.party(parent), self.party(father)),
            (_, Spouse::Iranian(number)) => (
                proto::Party {
                    who: Some(Who::IranianNationalNumber(number)),
                },
                self.party(parent),
            ),
            (_, Spouse::Person(_) | Spouse::None) => return,
        };
        let household = self
            .person(parent)
            .home
            .filter(|home| self.homes[home.0].head.is_some());
        let hospital = self.draw.permille(600);
        let body = Body::RegisterBirth(proto::RegisterBirth {
            child: Some(self.particulars(child, Slip::None)),
            mother: Some(mother),
            father: Some(father).filter(|_| !no_father),
            household: household
                .map(|home| self.homes[home.0].reference.clone())
                .unwrap_or_default(),
            informant: Some(Informant {
                relation: InformantRelation::Parent.into(),
                person: self.reference(parent),
            }),
            certificate: hospital.then(|| proto::Document {
                kind: DocumentKind::BirthCertificate.into(),
                issuer: "IRN".to_owned(),
                number: self.serial("N"),
                issued_on: Some(stated_jalali(day)),
                valid_until: None,
                mrz: Vec::new(),
            }),
        });
        let new = self.person_ref(child);
        let desk = Desk::Registrar(self.person(parent).province);
        let act_id = self.accept_new(desk, day, "service:12012154100", body, new);
        self.enter(day, child, act_id);
        // Where none is named the registry takes the mother's, else the father's, also one without a head.
        let of_spouse = || match self.person(parent).spouse {
            Spouse::Person(father) if !no_father => self.person(father).home,
            Spouse::Person(_) | Spouse::Iranian(_) | Spouse::None => None,
        };
        let joined = self.person(parent).home.or_else(of_spouse);
        if let Some(home) = joined {
            self.person_mut(child).home = Some(home);
            self.homes[home.0].members.push(child);
        }
    }

    /// The father, unknown at the registration of the birth, is found by ruling or test.
    fn find_father(&mut self, day: Day, child: PersonIx, father: PersonIx) {
        let later = day.plus(self.draw.between(20, 90));
        self.plan(later, Step::FindFather(child, father));
    }

    /// Records the finding.
    pub(super) fn confirm_father(&mut self, day: Day, child: PersonIx, father: PersonIx) {
        if !self.person(child).is_here() || !self.person(father).is_here() {
            return;
        }
        self.confirm_parent(day, child, father, ParentRole::Father);
        self.person_mut(child).father = Some(father);
    }

    /// A finding of who somebody's parent is, on a certificate or ruling.
    pub(super) fn confirm_parent(
        &mut self,
        day: Day,
        child: PersonIx,
        parent: PersonIx,
        role: ParentRole,
    ) {
        let body = Body::ConfirmParentage(proto::ConfirmParentage {
            child: self.reference(child),
            parent: Some(self.party(parent)),
            role: role.into(),
            evidence: format!("ruling {}/{}", day.jalali_year(), self.draw.digits(4)),
        });
        let desk = Desk::Registrar(self.person(child).province);
        self.accept(desk, day, "law:art.29", body);
    }
}
