//! Acts about the wrong subject, at the wrong time, by the wrong author, or about the wrong act.

use sabt_domain::number::PersonNumber;
use sabt_domain::refusal::Reason;
use sabt_domain::time::{Calendar, Day};
use sabt_proto::event::v1::{self as proto, DocumentKind, EvidenceState, PersonStatus, act::Body};

use super::doubtful_nationality;
use crate::institutions::{Desk, author, crossing};
use crate::life::Family;
use crate::life::people::Slip;
use crate::life::state::PersonIx;
use crate::plan::Expectation;
use crate::tables::PROVINCES;
use crate::when::DayMath;

impl Family {
    pub(super) fn unknown_person(&mut self, day: Day, ix: PersonIx) {
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

    pub(super) fn future_date(&mut self, _day: Day, ix: PersonIx) {
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

    pub(super) fn before_birth(&mut self, _day: Day, ix: PersonIx) {
        let date = proto::Date {
            calendar: Calendar::Jalali.to_proto().into(),
            year: self.person(ix).birth.jalali_year() - 20,
            month: 1,
            day: 1,
        };
        let body = doubtful_nationality(self.reference(ix));
        let expect = Expectation::Refused {
            reason: Reason::BeforeBirth,
        };
        self.emit_dated(self.desk_of(ix), date, "law:art.36", body, expect);
    }

    pub(super) fn stale_version(&mut self, day: Day, ix: PersonIx) {
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

    pub(super) fn about_the_dead(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).alive {
            self.refuse_about_deceased(day, ix);
        }
    }

    pub(super) fn second_death(&mut self, day: Day, ix: PersonIx) {
        if self.person(ix).alive {
            return;
        }
        let body = Body::RegisterDeath(proto::RegisterDeath {
            person: self.reference(ix),
            place: None,
            informant: None,
            certificate: None,
        });
        self.refuse(
            self.desk_of(ix),
            day,
            "service:10032154109",
            body,
            Reason::AlreadyDeceased,
        );
    }

    pub(super) fn same_passport_again(&mut self, day: Day, ix: PersonIx) {
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

    pub(super) fn office_of_another_key(&mut self, day: Day, ix: PersonIx) {
        let body = doubtful_nationality(self.reference(ix));
        self.refuse(
            self.desk_of(ix),
            day,
            "law:art.36",
            body,
            Reason::OfficeNotAllowed,
        );
        let elsewhere = Desk::Registrar((self.person(ix).province + 1) % PROVINCES.len());
        if let Some(planned) = self.acts.last_mut() {
            planned.act.office = author(elsewhere, self.lane.0).office;
        }
    }

    pub(super) fn agency_without_the_role(&mut self, day: Day, ix: PersonIx) {
        let point = crossing(self.person(ix).country, &mut self.draw);
        let body = doubtful_nationality(self.reference(ix));
        self.refuse(
            Desk::Border(point),
            day,
            "law:art.36",
            body,
            Reason::RoleNotAllowed,
        );
    }

    pub(super) fn no_legal_basis(&mut self, day: Day, ix: PersonIx) {
        let body = doubtful_nationality(self.reference(ix));
        self.refuse(self.desk_of(ix), day, "", body, Reason::InvalidField);
    }

    pub(super) fn unknown_target(&mut self, day: Day, ix: PersonIx) {
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

    pub(super) fn another_kind_in_correction(&mut self, day: Day, ix: PersonIx) {
        let target = self.person(ix).registered_by;
        let Some(registration) = self.acts.iter().find(|act| act.act.act_id == target) else {
            return;
        };
        let mut replacement = registration.act.clone();
        replacement.act_id = Vec::new();
        replacement.body = Some(doubtful_nationality(self.reference(ix)));
        let body = Body::CorrectAct(Box::new(proto::CorrectAct {
            target_act_id: target.to_vec(),
            replacement: Some(Box::new(replacement)),
            reason: "misread".to_owned(),
        }));
        self.refuse(self.desk_of(ix), day, "duty:12", body, Reason::NotSameKind);
    }

    pub(super) fn annulment_of_a_lived_life(&mut self, day: Day, ix: PersonIx) {
        // Whoever was granted a status has a life that rests on the registration. A claim to asylum does not: an office that
        // annuls must not learn of it.
        if matches!(
            self.person(ix).status,
            None | Some(PersonStatus::AsylumSeeker)
        ) {
            return;
        }
        let body = Body::AnnulAct(proto::AnnulAct {
            target_act_id: self.person(ix).registered_by.to_vec(),
            reason: "recorded in error".to_owned(),
        });
        self.refuse(
            self.desk_of(ix),
            day,
            "duty:12",
            body,
            Reason::DependentActsStand,
        );
    }

    /// An act about somebody who is recorded as dead.
    pub(in crate::life) fn refuse_about_deceased(&mut self, day: Day, ix: PersonIx) {
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
    pub(in crate::life) fn refuse_second_annulment(
        &mut self,
        day: Day,
        ix: PersonIx,
        target: [u8; 16],
    ) {
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
