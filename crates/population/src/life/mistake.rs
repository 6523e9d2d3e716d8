//! Acts that the registry must refuse, each for one reason.

use sabt_domain::number::PersonNumber;
use sabt_domain::refusal::Reason;
use sabt_domain::time::{Calendar, Day};
use sabt_proto::event::v1::{
    self as proto, DocumentKind, EvidenceState, MarriageForm, MarriageKind, PermitScope,
    PersonStatus, RegisteredWith, ResidenceBasis, ResidenceKind, act::Body, party::Who,
};

use super::Family;
use super::people::Slip;
use super::state::{PersonIx, Spouse};
use crate::institutions::Desk;
use crate::plan::Expectation;
use crate::tables::{PROVINCES, Sex};
use crate::when::{DayMath, stated_jalali};

/// The mistakes an office can make. One that does not apply to a person is not made about them.
#[derive(Debug, Clone, Copy)]
enum Mistake {
    UnknownPerson,
    FutureDate,
    SamePassportAgain,
    MarriageWithoutLicence,
    SecondPermit,
    FileOfAnotherProvince,
    ReceiptWithoutTransfer,
    DocumentNeverRecorded,
    TransitionWithoutRule,
    NotAMember,
    UnknownTarget,
    RevocationWithoutNotice,
    StaleVersion,
    AboutTheDead,
}

const MISTAKES: [Mistake; 14] = [
    Mistake::UnknownPerson,
    Mistake::FutureDate,
    Mistake::SamePassportAgain,
    Mistake::MarriageWithoutLicence,
    Mistake::SecondPermit,
    Mistake::FileOfAnotherProvince,
    Mistake::ReceiptWithoutTransfer,
    Mistake::DocumentNeverRecorded,
    Mistake::TransitionWithoutRule,
    Mistake::NotAMember,
    Mistake::UnknownTarget,
    Mistake::RevocationWithoutNotice,
    Mistake::StaleVersion,
    Mistake::AboutTheDead,
];

impl Family {
    /// Now and then an office slips up, about somebody it knows.
    pub(super) fn perhaps_slip_up(&mut self) {
        if !self.draw.permille(self.terms.mistakes.refused_per_mille) {
            return;
        }
        let ix = PersonIx(self.draw.index(self.people.len()));
        if self.person(ix).registered_by == [0; 16] {
            return;
        }
        // The first that applies, from a random one on.
        let first = self.draw.index(MISTAKES.len());
        let before = self.acts.len();
        for turn in 0..MISTAKES.len() {
            self.make(
                MISTAKES[(first + turn) % MISTAKES.len()],
                self.busy_until,
                ix,
            );
            if self.acts.len() > before {
                return;
            }
        }
    }

    fn make(&mut self, mistake: Mistake, day: Day, ix: PersonIx) {
        match mistake {
            Mistake::UnknownPerson => self.unknown_person(day, ix),
            Mistake::FutureDate => self.future_date(ix),
            Mistake::SamePassportAgain => self.same_passport_again(day, ix),
            Mistake::MarriageWithoutLicence => self.marriage_without_licence(day, ix),
            Mistake::SecondPermit => self.second_permit(day, ix),
            Mistake::FileOfAnotherProvince => self.file_of_another_province(day, ix),
            Mistake::ReceiptWithoutTransfer => self.receipt_without_transfer(day, ix),
            Mistake::DocumentNeverRecorded => self.document_never_recorded(day, ix),
            Mistake::TransitionWithoutRule => self.transition_without_rule(day, ix),
            Mistake::NotAMember => self.not_a_member(day, ix),
            Mistake::UnknownTarget => self.unknown_target(day, ix),
            Mistake::RevocationWithoutNotice => self.revocation_without_notice(day, ix),
            Mistake::StaleVersion => self.stale_version(day, ix),
            Mistake::AboutTheDead => self.about_the_dead(day, ix),
        }
    }

    fn desk_of(&self, ix: PersonIx) -> Desk {
        Desk::Registrar(self.person(ix).province)
    }

    fn unknown_person(&mut self, day: Day, ix: PersonIx) {
        // One number in about a thousand million persons' worth is taken; the registry of a test has far fewer.
        let serial = 10_000_000_000 + self.draw.below(89_000_000_000);
        if let Ok(number) = PersonNumber::from_serial(serial) {
            let body = doubtful_nationality(number.to_string());
            self.refuse(
                self.desk_of(ix),
                day,
                "law:art.36",
                body,
                Reason::UnknownPerson,
            );
        }
    }

    fn future_date(&mut self, ix: PersonIx) {
        if !self.person(ix).is_here() {
            return;
        }
        let year = 1500 + self.draw.between(0, 80);
        let date = proto::Date {
            calendar: Calendar::Jalali.to_proto().into(),
            year,
            month: 1,
            day: 1,
        };
        let body = doubtful_nationality(self.reference(ix));
        let expect = Expectation::Refused {
            reason: Reason::FutureDate,
        };
        self.emit_dated(self.desk_of(ix), date, "law:art.36", body, expect);
    }

    fn same_passport_again(&mut self, day: Day, ix: PersonIx) {
        let Some(paper) = self.person(ix).paper(DocumentKind::Passport).cloned() else {
            return;
        };
        let document = proto::Document {
            kind: DocumentKind::Passport.into(),
            issuer: paper.issuer.to_owned(),
            number: paper.number,
            issued_on: None,
            valid_until: None,
            mrz: Vec::new(),
        };
        let province = self.person(ix).province;
        let address = self.address_in(province, 0);
        let body = Body::RegisterPerson(proto::RegisterPerson {
            particulars: Some(self.particulars(ix, Slip::Name)),
            evidence: EvidenceState::Document.into(),
            documents: vec![document],
            address: Some(address),
        });
        self.refuse(
            self.desk_of(ix),
            day,
            "duty:12",
            body,
            Reason::DuplicateDocument,
        );
    }

    fn marriage_without_licence(&mut self, day: Day, ix: PersonIx) {
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

    fn second_permit(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        if !person.is_here() || person.age(day) < 18 || person.valid_permit(day).is_none() {
            return;
        }
        let body = Body::IssueResidencePermit(proto::IssueResidencePermit {
            person: self.reference(ix),
            kind: ResidenceKind::Temporary.into(),
            basis: ResidenceBasis::General.into(),
            scope: PermitScope::Individual.into(),
            permit_number: self.serial("R"),
            valid_from: Some(stated_jalali(day)),
            valid_until: Some(stated_jalali(day.plus(90))),
        });
        self.refuse(
            self.desk_of(ix),
            day,
            "law:art.20",
            body,
            Reason::PermitOverlap,
        );
    }

    fn file_of_another_province(&mut self, day: Day, ix: PersonIx) {
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

    fn receipt_without_transfer(&mut self, day: Day, ix: PersonIx) {
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

    fn document_never_recorded(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).is_here() {
            return;
        }
        let body = Body::ReportDocumentLost(proto::ReportDocumentLost {
            person: self.reference(ix),
            document: Some(proto::DocumentReference {
                kind: DocumentKind::AmayeshCard.into(),
                issuer: "IRN".to_owned(),
                number: self.serial("X"),
            }),
            stolen: false,
        });
        self.refuse(
            self.desk_of(ix),
            day,
            "service:12012154100",
            body,
            Reason::UnknownDocument,
        );
    }

    fn transition_without_rule(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        if !person.is_here() || person.status != Some(PersonStatus::Migrant) {
            return;
        }
        let body = Body::ChangeStatus(proto::ChangeStatus {
            person: self.reference(ix),
            from: PersonStatus::Migrant.into(),
            to: PersonStatus::Displaced.into(),
            decided_by: "BAFIA".to_owned(),
            decision: None,
        });
        self.refuse(
            self.desk_of(ix),
            day,
            "law:art.1",
            body,
            Reason::TransitionNotAllowed,
        );
    }

    fn not_a_member(&mut self, day: Day, ix: PersonIx) {
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

    fn unknown_target(&mut self, day: Day, ix: PersonIx) {
        let mut target = [0; 16];
        for byte in &mut target {
            *byte = u8::try_from(self.draw.below(256)).unwrap_or_default();
        }
        let body = Body::AnnulAct(proto::AnnulAct {
            target_act_id: target.to_vec(),
            reason: "recorded in error".to_owned(),
        });
        self.refuse(
            self.desk_of(ix),
            day,
            "duty:12",
            body,
            Reason::TargetUnknown,
        );
    }

    fn revocation_without_notice(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        if !person.is_here() {
            return;
        }
        let Some(permit) = person.valid_permit(day) else {
            return;
        };
        let body = Body::RevokeResidencePermit(proto::RevokeResidencePermit {
            person: self.reference(ix),
            permit_number: permit.number.clone(),
            decision: Some(proto::AdverseDecision {
                decided_by: "BAFIA".to_owned(),
                ground: "art. 20 note 1".to_owned(),
                served_on: None,
                appeal_body: "Commission for Organising Foreign Nationals".to_owned(),
            }),
        });
        self.refuse(
            self.desk_of(ix),
            day,
            "law:art.20 note 1",
            body,
            Reason::MissingNotice,
        );
    }

    fn stale_version(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).is_here() {
            return;
        }
        let body = doubtful_nationality(self.reference(ix));
        self.refuse(
            self.desk_of(ix),
            day,
            "law:art.36",
            body,
            Reason::VersionConflict,
        );
        let subject = self.reference(ix);
        if let Some(planned) = self.acts.last_mut() {
            // No life of the plan has so many events.
            planned.act.expected = vec![proto::ExpectedVersion {
                subject,
                version: 1_000_000,
            }];
        }
    }

    fn about_the_dead(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).alive {
            self.refuse_about_deceased(day, ix);
        }
    }

    /// An act about somebody who is recorded as dead.
    pub(super) fn refuse_about_deceased(&mut self, day: Day, ix: PersonIx) {
        let body = doubtful_nationality(self.reference(ix));
        self.refuse(
            self.desk_of(ix),
            day.plus(1),
            "law:art.36",
            body,
            Reason::PersonDeceased,
        );
    }

    /// A second annulment of an act that is annulled already.
    pub(super) fn refuse_second_annulment(&mut self, day: Day, ix: PersonIx, target: [u8; 16]) {
        let body = Body::AnnulAct(proto::AnnulAct {
            target_act_id: target.to_vec(),
            reason: "reported dead, is alive".to_owned(),
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.refuse(
            desk,
            day,
            "service:10032154109",
            body,
            Reason::TargetAnnulled,
        );
    }
}

/// An act that nothing stands against but what the mistake puts there: anybody may be found to be of doubtful nationality.
fn doubtful_nationality(person: String) -> Body {
    Body::GrantStatus(proto::GrantStatus {
        person,
        status: PersonStatus::DoubtfulNationality.into(),
        decided_by: "BAFIA".to_owned(),
    })
}
