//! Marriages, guardians, households and files that cannot be.

use sabt_domain::refusal::Reason;
use sabt_domain::time::Day;
use sabt_proto::event::v1::{
    self as proto, DivorceKind, GuardianKind, MarriageForm, MarriageKind, RegisteredWith, Relation,
    act::Body, party::Who,
};

use crate::institutions::Desk;
use crate::life::Family;
use crate::life::state::{PersonIx, Spouse};
use crate::tables::{PROVINCES, Sex};

impl Family {
    pub(super) fn marriage_without_licence(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        if !person.is_here()
            || person.sex != Sex::Male
            || person.spouse != Spouse::None
            || person.age(day) < 18
        {
            return;
        }
        let wife = proto::Party {
            who: Some(Who::IranianNationalNumber(self.iranian())),
        };
        let body = Body::RegisterMarriage(proto::RegisterMarriage {
            husband: Some(self.party(ix)),
            wife: Some(wife),
            kind: MarriageKind::Permanent.into(),
            term_months: 0,
            form: MarriageForm::Religious.into(),
            registered_with: RegisteredWith::Iran.into(),
            deed_number: self.serial("M"),
            licence_number: String::new(),
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.refuse(
            desk,
            day,
            "service:10032154105",
            body,
            Reason::LicenceRequired,
        );
    }

    pub(super) fn second_husband(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        let Spouse::Person(husband) = person.spouse else {
            return;
        };
        let other = (0..self.people.len()).map(PersonIx).find(|&other| {
            let them = self.person(other);
            other != husband && them.sex == Sex::Male && them.is_here() && them.age(day) >= 18
        });
        let (Some(other), Sex::Female, true) = (other, person.sex, person.is_here()) else {
            return;
        };
        let body = Body::RegisterMarriage(proto::RegisterMarriage {
            husband: Some(self.party(other)),
            wife: Some(self.party(ix)),
            kind: MarriageKind::Permanent.into(),
            term_months: 0,
            form: MarriageForm::OfficialDeed.into(),
            registered_with: RegisteredWith::Iran.into(),
            deed_number: self.serial("M"),
            licence_number: String::new(),
        });
        self.refuse(
            self.desk_of(ix),
            day,
            "service:10032154104",
            body,
            Reason::AlreadyMarried,
        );
    }

    pub(super) fn divorce_without_marriage(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        if !person.is_here() || person.sex != Sex::Male {
            return;
        }
        let body = Body::RegisterDivorce(proto::RegisterDivorce {
            husband: Some(self.party(ix)),
            wife: Some(proto::Party {
                who: Some(Who::IranianNationalNumber(self.iranian())),
            }),
            kind: DivorceKind::Revocable.into(),
            deed_number: self.serial("T"),
            custody: Vec::new(),
        });
        self.refuse(
            self.desk_of(ix),
            day,
            "service:10032154107",
            body,
            Reason::NotMarried,
        );
    }

    pub(super) fn guardian_of_an_adult(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).is_here() || self.person(ix).age(day) < 18 {
            return;
        }
        let father = self.person(ix).names.father.written.to_owned();
        let body = Body::AppointGuardian(proto::AppointGuardian {
            child: self.reference(ix),
            guardian: Some(proto::Party {
                who: Some(Who::Named(father)),
            }),
            kind: GuardianKind::Appointed.into(),
            instrument: "ruling".to_owned(),
        });
        self.refuse(
            self.desk_of(ix),
            day,
            "glossary:guardian",
            body,
            Reason::NotAMinor,
        );
    }

    pub(super) fn not_a_member(&mut self, day: Day, ix: PersonIx) {
        let other = self.homes.iter().position(|home| {
            home.province == self.person(ix).province && !home.members.contains(&ix)
        });
        let (Some(other), true) = (other, self.person(ix).is_here()) else {
            return;
        };
        let body = Body::RemoveHouseholdMember(proto::RemoveHouseholdMember {
            household: self.homes[other].reference.clone(),
            person: self.reference(ix),
            reason: proto::MemberRemovalReason::Moved.into(),
        });
        self.refuse(
            self.desk_of(ix),
            day,
            "service:10032154107",
            body,
            Reason::NotAMember,
        );
    }

    pub(super) fn member_of_two_households(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        let other = self
            .homes
            .iter()
            .position(|home| !home.members.contains(&ix));
        let (Some(other), Some(_), true) = (other, person.home, person.is_here()) else {
            return;
        };
        let body = Body::AddHouseholdMember(proto::AddHouseholdMember {
            household: self.homes[other].reference.clone(),
            member: Some(proto::MemberRelation {
                person: self.reference(ix),
                relation: Relation::OtherRelative.into(),
            }),
        });
        self.refuse(
            self.desk_of(ix),
            day,
            "service:10032154107",
            body,
            Reason::AlreadyMember,
        );
    }

    pub(super) fn file_of_another_province(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).is_here() {
            return;
        }
        let held = self.person(ix).province;
        let other = (held + 1) % PROVINCES.len();
        let third = (held + 2) % PROVINCES.len();
        let body = Body::SendFileTransfer(proto::SendFileTransfer {
            person: self.reference(ix),
            from_province: PROVINCES[other].code.to_owned(),
            to_province: PROVINCES[third].code.to_owned(),
        });
        let desk = Desk::Registrar(other);
        self.refuse(
            desk,
            day,
            "service:12012154113",
            body,
            Reason::FileElsewhere,
        );
    }

    pub(super) fn receipt_without_transfer(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).is_here() {
            return;
        }
        let province = (self.person(ix).province + 1) % PROVINCES.len();
        let body = Body::ReceiveFileTransfer(proto::ReceiveFileTransfer {
            person: self.reference(ix),
            province: PROVINCES[province].code.to_owned(),
        });
        let desk = Desk::Registrar(province);
        self.refuse(
            desk,
            day,
            "service:12012154113",
            body,
            Reason::FileNotInTransit,
        );
    }
}
