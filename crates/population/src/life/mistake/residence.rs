//! Permits, statuses, documents and crossings that cannot be.

use sabt_domain::refusal::Reason;
use sabt_domain::time::Day;
use sabt_proto::event::v1::{
    self as proto, DocumentKind, ExitKind, PermitScope, PersonStatus, ResidenceBasis,
    ResidenceKind, act::Body,
};

use crate::institutions::{Desk, crossing};
use crate::life::Family;
use crate::life::permit::last_day_of_term;
use crate::life::state::PersonIx;
use crate::when::{DayMath, stated_jalali};

impl Family {
    pub(super) fn second_permit(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        if !person.is_here() || person.age(day) < 18 || person.valid_permit(day).is_none() {
            return;
        }
        let number = self.serial("R");
        let body = self.temporary(day, ix, number, 90);
        self.refuse(
            self.desk_of(ix),
            day,
            "law:art.20",
            body,
            Reason::PermitOverlap,
        );
    }

    pub(super) fn permit_number_again(&mut self, day: Day, ix: PersonIx) {
        let Some(permit) = self
            .person(ix)
            .permit
            .clone()
            .filter(|_| self.person(ix).is_here())
        else {
            return;
        };
        let body = self.temporary(day, ix, permit.number, 30);
        self.refuse(
            self.desk_of(ix),
            day,
            "law:art.20",
            body,
            Reason::DuplicatePermit,
        );
    }

    pub(super) fn permit_too_long(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).is_here() {
            return;
        }
        let number = self.serial("R");
        let body = self.temporary(day, ix, number, 2 * 365);
        self.refuse(
            self.desk_of(ix),
            day,
            "law:art.19",
            body,
            Reason::TermTooLong,
        );
    }

    pub(super) fn term_without_ground(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).is_here() {
            return;
        }
        let body = Body::IssueResidencePermit(proto::IssueResidencePermit {
            person: self.reference(ix),
            kind: ResidenceKind::ThreeYear.into(),
            basis: ResidenceBasis::Study.into(),
            scope: PermitScope::Individual.into(),
            permit_number: self.serial("R"),
            valid_from: Some(stated_jalali(day)),
            valid_until: Some(stated_jalali(last_day_of_term(day, 3))),
        });
        self.refuse(
            self.desk_of(ix),
            day,
            "law:art.21",
            body,
            Reason::NotEligible,
        );
    }

    pub(super) fn renewal_beyond_the_limit(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        let renewed = person.valid_permit(day).filter(|permit| {
            permit.renewals > 0
                && matches!(
                    permit.kind,
                    ResidenceKind::Temporary | ResidenceKind::ThreeYear
                )
        });
        let (Some(permit), true) = (renewed, person.is_here()) else {
            return;
        };
        let body = Body::RenewResidencePermit(proto::RenewResidencePermit {
            person: self.reference(ix),
            permit_number: permit.number.clone(),
            valid_until: Some(stated_jalali(permit.until.plus(300))),
        });
        self.refuse(
            self.desk_of(ix),
            day,
            "law:art.20(5)",
            body,
            Reason::RenewalLimit,
        );
    }

    pub(super) fn lapse_of_a_valid_permit(&mut self, day: Day, ix: PersonIx) {
        let Some(number) = self.valid_number(day, ix) else {
            return;
        };
        let body = Body::RecordResidencePermitLapse(proto::RecordResidencePermitLapse {
            person: self.reference(ix),
            permit_number: number,
        });
        self.refuse(
            self.desk_of(ix),
            day,
            "law:art.12(5)",
            body,
            Reason::PermitStillValid,
        );
    }

    pub(super) fn conversion_without_consent(&mut self, day: Day, ix: PersonIx) {
        let Some(number) = self.valid_number(day, ix) else {
            return;
        };
        let body = Body::ConvertResidencePermit(proto::ConvertResidencePermit {
            person: self.reference(ix),
            permit_number: number,
            kind: ResidenceKind::Temporary.into(),
            basis: ResidenceBasis::General.into(),
            new_permit_number: self.serial("R"),
            valid_from: Some(stated_jalali(day)),
            valid_until: Some(stated_jalali(day.plus(200))),
            consent_reference: String::new(),
        });
        self.refuse(
            self.desk_of(ix),
            day,
            "service:12012154108",
            body,
            Reason::ConsentMissing,
        );
    }

    pub(super) fn revocation_without_notice(&mut self, day: Day, ix: PersonIx) {
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

    pub(super) fn transition_without_rule(&mut self, day: Day, ix: PersonIx) {
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

    pub(super) fn status_held_already(&mut self, day: Day, ix: PersonIx) {
        let Some(status) = self.person(ix).status.filter(|_| self.person(ix).is_here()) else {
            return;
        };
        let body = Body::GrantStatus(proto::GrantStatus {
            person: self.reference(ix),
            status: status.into(),
            decided_by: "BAFIA".to_owned(),
        });
        self.refuse(self.desk_of(ix), day, "law:art.1", body, Reason::StatusHeld);
    }

    pub(super) fn document_never_recorded(&mut self, day: Day, ix: PersonIx) {
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

    pub(super) fn exit_at_no_border_point(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).is_here() {
            return;
        }
        let point = crossing(self.person(ix).country, &mut self.draw);
        let body = Body::RecordExit(proto::RecordExit {
            person: self.reference(ix),
            border_point: "NOWHERE".to_owned(),
            kind: ExitKind::Travel.into(),
            document: None,
        });
        self.refuse(
            Desk::Border(point),
            day,
            "law:art.15",
            body,
            Reason::UnknownBorderPoint,
        );
    }

    fn valid_number(&self, day: Day, ix: PersonIx) -> Option<String> {
        let person = self.person(ix);
        person
            .valid_permit(day)
            .filter(|_| person.is_here())
            .map(|permit| permit.number.clone())
    }

    /// A temporary permit from `day` on.
    fn temporary(&self, day: Day, ix: PersonIx, permit_number: String, days: i32) -> Body {
        let adult = self.person(ix).age(day) >= 18;
        let scope = if adult {
            PermitScope::Individual
        } else {
            PermitScope::Family
        };
        Body::IssueResidencePermit(proto::IssueResidencePermit {
            person: self.reference(ix),
            kind: ResidenceKind::Temporary.into(),
            basis: ResidenceBasis::General.into(),
            scope: scope.into(),
            permit_number,
            valid_from: Some(stated_jalali(day)),
            valid_until: Some(stated_jalali(day.plus(days))),
        })
    }
}
