//! Mistakes that were recorded and are put right: corrections, annulments, one person registered twice.

use sabt_domain::time::Day;
use sabt_proto::event::v1::{self as proto, act::Body};

use super::people::{NewPerson, Slip};
use super::state::PersonIx;
use super::{Family, Step};
use crate::institutions::Desk;
use crate::when::DayMath;

impl Family {
    /// Whether the office makes a mistake when it registers somebody: in the name or in the birth date.
    pub(super) fn registration_slip(&mut self, ix: PersonIx) -> Slip {
        if !self.draw.permille(self.terms.mistakes.misread_per_mille) {
            return Slip::None;
        }
        // A birth date is misread only of adults, whom it leaves adults.
        let adult = self.person(ix).birth.plus(19 * 366) < self.busy_until;
        if adult && self.draw.permille(400) {
            Slip::BirthDate
        } else {
            Slip::Name
        }
    }

    /// The office corrects the registration; of those misread since there are disputes, two in five find it out themselves
    /// and contest it.
    pub(super) fn correct_registration(&mut self, day: Day, ix: PersonIx) {
        let target = self.person(ix).registered_by;
        let Some(wrong) = self.acts.iter().position(|act| act.act.act_id == target) else {
            return;
        };
        if self.may_contest(day, ix) && self.draw.permille(400) {
            self.contest_registration(day, ix, wrong);
        } else {
            self.correct(day, ix, wrong);
        }
    }

    /// The act at this place of the plan, with the right particulars.
    pub(super) fn correct(&mut self, day: Day, ix: PersonIx, wrong: usize) -> [u8; 16] {
        let particulars = self.particulars(ix, Slip::None);
        let wrong = &self.acts[wrong];
        let target = wrong.act.act_id.clone();
        let mut replacement = wrong.act.clone();
        replacement.act_id = Vec::new();
        let province = self.person(ix).province;
        if let Some(Body::RegisterPerson(body)) = &mut replacement.body {
            body.particulars = Some(particulars);
        }
        let body = Body::CorrectAct(Box::new(proto::CorrectAct {
            target_act_id: target,
            replacement: Some(Box::new(replacement)),
            reason: "misread".to_owned(),
        }));
        self.accept(Desk::Registrar(province), day, "duty:12", body)
    }

    /// The rare mistakes of a year.
    pub(super) fn perhaps_amend(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).is_here() {
            return;
        }
        if self
            .draw
            .permille(self.terms.mistakes.false_death_per_mille)
        {
            self.die_by_mistake(day, ix);
        } else if self
            .draw
            .permille(self.terms.mistakes.twice_registered_per_mille)
            && self.has_room()
        {
            self.register_again(day, ix);
        }
    }

    /// A living person is recorded as dead; weeks later the office annuls it (services row 18), and everything is as it
    /// was before.
    fn die_by_mistake(&mut self, day: Day, ix: PersonIx) {
        let target = self.register_death(day, ix);
        self.refuse_about_deceased(day, ix);
        let found = day.plus(self.draw.between(7, 50));
        self.annul(found, ix, target, "reported dead, is alive");
        if self.draw.permille(200) {
            self.refuse_second_annulment(found, ix, target);
        }
    }

    /// An act is annulled by mistake; the annulment is annulled, and the act stands again.
    pub(super) fn perhaps_annul_and_reinstate(&mut self, day: Day, ix: PersonIx, target: [u8; 16]) {
        if self.draw.permille(self.terms.mistakes.misread_per_mille) {
            let annulment = self.annul(day, ix, target, "entered twice");
            self.annul(day, ix, annulment, "was entered once");
        }
    }

    fn annul(&mut self, day: Day, ix: PersonIx, target: [u8; 16], reason: &str) -> [u8; 16] {
        let body = Body::AnnulAct(proto::AnnulAct {
            target_act_id: target.to_vec(),
            reason: reason.to_owned(),
        });
        self.accept(
            Desk::Registrar(self.person(ix).province),
            day,
            "service:10032154109",
            body,
        )
    }

    /// The same person is registered a second time, without papers; the two records are later confirmed to be about
    /// one human being, and one in five such findings is withdrawn again.
    fn register_again(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix).clone();
        let again = self.make_person(NewPerson {
            sex: person.sex,
            names: person.names,
            birth: person.birth,
            birthplace: person.birthplace,
            country: person.country,
            course: person.course,
            province: person.province,
        });
        self.register_without_papers(day, again);
        self.person_mut(again).closed = true;
        let found = day.plus(self.draw.between(60, 900));
        self.plan(found, Step::Link(ix, again));
    }

    fn register_without_papers(&mut self, day: Day, ix: PersonIx) {
        let province = self.person(ix).province;
        let address = self.address_in(province, 0);
        let body = Body::RegisterPerson(proto::RegisterPerson {
            particulars: Some(self.particulars(ix, Slip::None)),
            evidence: proto::EvidenceState::NoDocument.into(),
            documents: Vec::new(),
            address: Some(address),
        });
        let new = self.person_ref(ix);
        let act_id = self.accept_new(Desk::Registrar(province), day, "duty:12", body, new);
        let person = self.person_mut(ix);
        person.registered_on = day;
        person.registered_by = act_id;
    }

    /// Both records are about one person.
    pub(super) fn link(&mut self, day: Day, ix: PersonIx, other: PersonIx) {
        if !self.person(ix).is_here() {
            return;
        }
        let body = Body::ConfirmSamePerson(proto::ConfirmSamePerson {
            person: self.reference(ix),
            other: self.reference(other),
            evidence: format!("comparison {}", self.draw.digits(6)),
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, "duty:12", body);
        if self.draw.permille(200) {
            self.plan_within(day, 300, Step::Unlink(ix, other));
        }
    }

    /// The finding is withdrawn, and the records are found to be about two persons.
    pub(super) fn unlink(&mut self, day: Day, ix: PersonIx, other: PersonIx) {
        if !self.person(ix).is_here() {
            return;
        }
        let (person, other) = (self.reference(ix), self.reference(other));
        let desk = Desk::Registrar(self.person(ix).province);
        let withdrawal = Body::WithdrawIdentityLink(proto::WithdrawIdentityLink {
            person: person.clone(),
            other: other.clone(),
            reason: "fingerprints differ".to_owned(),
        });
        self.accept(desk, day, "duty:12", withdrawal);
        let distinct = Body::ConfirmDistinctPersons(proto::ConfirmDistinctPersons {
            person,
            other,
            evidence: format!("comparison {}", self.draw.digits(6)),
        });
        self.accept(desk, day, "duty:12", distinct);
    }
}
