//! Residence permits: given, renewed, converted, lapsed, revoked.

use sabt_domain::law::ResidenceStep;
use sabt_domain::time::Day;
use sabt_proto::event::v1::{
    self as proto, DocumentKind, PermitScope, PersonStatus, ResidenceBasis, ResidenceKind,
    act::Body,
};

use super::state::{Course, Permit, PersonIx};
use super::{Family, Step};
use crate::institutions::Desk;
use crate::rounds::{GRACE_DAYS, ROUNDS, ROUNDS_PER_CARD, card_end, first_day};
use crate::when::{DayMath, stated_jalali};

/// Of a thousand who hold a card, so many miss the round for which they are called.
const MISSED_PER_MILLE: u32 = 10;

/// Grounds on which residence of more than a year can be asked for (art. 21).
fn is_term_basis(basis: ResidenceBasis) -> bool {
    matches!(
        basis,
        ResidenceBasis::Elite
            | ResidenceBasis::Achievement
            | ResidenceBasis::Investor
            | ResidenceBasis::SpouseOfIranian
            | ResidenceBasis::IranianMother
            | ResidenceBasis::Refugee
    )
}

impl Family {
    /// Issues a permit from `day` to `until`.
    pub(super) fn issue_permit(
        &mut self,
        day: Day,
        ix: PersonIx,
        kind: ResidenceKind,
        basis: ResidenceBasis,
        until: Day,
    ) {
        self.show_conditions(day, ix, (kind, basis), ResidenceStep::Issue, day);
        let number = self.serial("R");
        let body = Body::IssueResidencePermit(proto::IssueResidencePermit {
            person: self.reference(ix),
            kind: kind.into(),
            basis: basis.into(),
            scope: scope(self.person(ix).age(day)).into(),
            permit_number: number.clone(),
            valid_from: Some(stated_jalali(day)),
            valid_until: Some(stated_jalali(until)),
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, "service:12012154100", body);
        self.person_mut(ix).permit = Some(Permit {
            kind,
            basis,
            number,
            from: day,
            until,
            renewals: 0,
        });
    }

    fn renew_permit(&mut self, day: Day, ix: PersonIx, until: Day) {
        if let Some(permit) = self.person(ix).permit.clone() {
            let held = (permit.kind, permit.basis);
            self.show_conditions(day, ix, held, ResidenceStep::Renew, permit.from);
        }
        let reference = self.reference(ix);
        let Some(permit) = &mut self.person_mut(ix).permit else {
            return;
        };
        permit.until = until;
        permit.renewals += 1;
        let body = Body::RenewResidencePermit(proto::RenewResidencePermit {
            person: reference,
            permit_number: permit.number.clone(),
            valid_until: Some(stated_jalali(until)),
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, "service:12012154100", body);
    }

    fn record_lapse(&mut self, day: Day, ix: PersonIx) {
        let reference = self.reference(ix);
        let Some(permit) = self.person_mut(ix).permit.take() else {
            return;
        };
        let body = Body::RecordResidencePermitLapse(proto::RecordResidencePermitLapse {
            person: reference,
            permit_number: permit.number,
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, "law:art.12(5)", body);
    }

    /// The first Amayesh round after `day`.
    pub(super) fn plan_next_round(&mut self, day: Day, ix: PersonIx) {
        let next =
            (0..ROUNDS.len()).find(|&round| first_day(round).is_some_and(|start| start > day));
        if let Some(round) = next {
            self.plan_round(ix, round);
        }
    }

    /// A day of the person's own within the grace of a round.
    fn plan_round(&mut self, ix: PersonIx, round: usize) {
        if let Some(start) = first_day(round) {
            let day = start.plus(self.draw.between(1, GRACE_DAYS - 40));
            self.plan(day, Step::Round(ix, round));
        }
    }

    /// A round of Amayesh: the permit is issued or renewed, with a new card two times in five. Whoever misses it has to
    /// begin again in the next.
    pub(super) fn round(&mut self, day: Day, ix: PersonIx, round: usize) {
        if !self.person(ix).is_here() || self.person(ix).course != Course::Amayesh {
            return;
        }
        if self.draw.permille(MISSED_PER_MILLE) {
            self.stay_away(day, ix, round);
            self.plan_round(ix, round + 1);
            return;
        }
        self.plan_round(ix, round + ROUNDS_PER_CARD);
        let until = card_end(round, day);
        if self
            .person(ix)
            .valid_permit(day)
            .is_some_and(|permit| permit.until < until)
        {
            self.renew_permit(day, ix, until);
            if self.draw.permille(400) {
                self.new_amayesh_card(day, ix);
            }
            self.take_part(day, ix, round);
            return;
        }
        self.record_lapse(day, ix);
        self.issue_permit(
            day,
            ix,
            ResidenceKind::Amayesh,
            ResidenceBasis::Campaign,
            until,
        );
        self.new_amayesh_card(day, ix);
        self.take_part(day, ix, round);
    }

    fn new_amayesh_card(&mut self, day: Day, ix: PersonIx) {
        self.issue_paper(day, ix, DocumentKind::AmayeshCard, "service:12012154100");
        self.perhaps_take_biometrics(day, ix);
    }

    /// Somebody with a passport asks for residence within three weeks, or is on a visit and leaves within the stay of the
    /// visa; of a thousand adults, eight lose the visa first.
    pub(super) fn plan_first_residence(&mut self, day: Day, ix: PersonIx) {
        let adult = 18 <= self.person(ix).age(day);
        if adult && self.person(ix).visa.is_some() && self.draw.permille(8) {
            let revoked = day.plus(self.draw.between(3, 30));
            self.plan(revoked, Step::RevokeVisa(ix));
        } else if self.draw.permille(150) && self.person(ix).home.is_none() {
            let leave = day.plus(self.draw.between(10, 85));
            self.plan(leave, Step::Depart(ix));
        } else {
            self.plan_within(day, 20, Step::Reside(ix));
        }
    }

    /// Residence of somebody who came with a visa: temporary, on the ground of the visa or of the family.
    pub(super) fn first_residence(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).is_here() || self.person(ix).valid_permit(day).is_some() {
            return;
        }
        if self.person(ix).status == Some(PersonStatus::VisaHolder) {
            self.change_status(day, ix, PersonStatus::Migrant, "law:art.20");
        }
        let basis = if self.person(ix).age(day) < 18 {
            ResidenceBasis::Family
        } else {
            self.draw
                .weighted(
                    &[
                        (ResidenceBasis::General, 440),
                        (ResidenceBasis::Work, 220),
                        (ResidenceBasis::Study, 160),
                        (ResidenceBasis::Investor, 90),
                        (ResidenceBasis::Elite, 50),
                        (ResidenceBasis::Achievement, 40),
                    ],
                    |basis| basis.1,
                )
                .0
        };
        self.temporary_permit(day, ix, basis);
    }

    /// Up to one year (TL-32).
    pub(super) fn temporary_permit(&mut self, day: Day, ix: PersonIx, basis: ResidenceBasis) {
        let until = last_day_of_term(day, 1);
        self.issue_permit(day, ix, ResidenceKind::Temporary, basis, until);
        if self.draw.permille(250) {
            self.issue_paper(day, ix, DocumentKind::ResidenceCard, "law:art.1(15)");
            self.perhaps_take_biometrics(day, ix);
        }
        self.plan_end_of_permit(ix);
    }

    /// The limited permit of a stateless person, a year at a time (art. 36 states no length).
    pub(super) fn limited_permit(&mut self, day: Day, ix: PersonIx) {
        let until = last_day_of_term(day, 1);
        self.issue_permit(
            day,
            ix,
            ResidenceKind::Limited,
            ResidenceBasis::Stateless,
            until,
        );
        self.issue_paper(day, ix, DocumentKind::HoviatCard, "law:art.36");
        self.plan_end_of_permit(ix);
    }

    /// Plans what the holder does about the end of the permit: most ask in time.
    fn plan_end_of_permit(&mut self, ix: PersonIx) {
        let Some(until) = self.person(ix).permit.as_ref().map(|permit| permit.until) else {
            return;
        };
        if self.draw.permille(900) {
            let ask = until.plus(-self.draw.between(3, 40));
            self.plan(ask, Step::Renew(ix));
        } else {
            let seen = until.plus(self.draw.between(2, 60));
            self.plan(seen, Step::Expire(ix));
        }
    }

    /// The holder asks in time: renewal as far as the rule allows (TL-35, TL-40: once), the next kind otherwise.
    pub(super) fn renew(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        let Some(permit) = person
            .valid_permit(day)
            .filter(|_| person.is_here())
            .cloned()
        else {
            return;
        };
        let refuge_ended =
            permit.kind == ResidenceKind::Refugee && person.course != Course::Refugee;
        if permit.kind == ResidenceKind::Amayesh || refuge_ended {
            return;
        }
        if self.draw.permille(8) {
            self.revoke(day, ix);
            return;
        }
        let years = match permit.kind {
            ResidenceKind::ThreeYear => 3,
            ResidenceKind::SevenYear => 7,
            ResidenceKind::Temporary
            | ResidenceKind::Refugee
            | ResidenceKind::Limited
            | ResidenceKind::Special
            | ResidenceKind::Amayesh
            | ResidenceKind::GuestTown
            | ResidenceKind::Unspecified => 1,
        };
        let once = matches!(
            permit.kind,
            ResidenceKind::Temporary | ResidenceKind::ThreeYear
        );
        if once && permit.renewals >= 1 {
            self.plan(permit.until.plus(1), Step::Expire(ix));
        } else if permit.kind == ResidenceKind::Refugee && permit.renewals >= 1 {
            self.ask_for_three_years(day, ix, ResidenceBasis::Refugee);
        } else {
            self.renew_permit(day, ix, last_day_of_term(permit.until.plus(1), years));
            self.plan_end_of_permit(ix);
        }
    }

    /// The permit has ended. Whoever had a last renewal, or a ground for more, goes on to the next kind; for the others
    /// the office records the lapse, and most ask again or leave.
    pub(super) fn expire(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        let Some(permit) = person
            .permit
            .clone()
            .filter(|p| person.is_here() && p.until < day)
        else {
            return;
        };
        let course = person.course;
        if permit.renewals == 0 || self.draw.permille(150) {
            self.record_lapse(day, ix);
        }
        let day = day.plus(1);
        match course {
            Course::Stateless => self.limited_permit(day, ix),
            Course::Passport if self.draw.permille(120) => {
                let leave = day.plus(self.draw.between(1, 50));
                self.plan(leave, Step::Depart(ix));
            }
            Course::Passport | Course::Refugee => self.next_kind(day, ix, &permit),
            Course::Amayesh | Course::Irregular => {}
        }
    }

    /// What follows a permit that has ended: three years after one where the ground allows it, seven after the renewed
    /// three, and the same again otherwise.
    fn next_kind(&mut self, day: Day, ix: PersonIx, ended: &Permit) {
        let person = self.person(ix);
        let grown = person.age(day) >= 18 && ended.basis == ResidenceBasis::Family;
        let basis = if grown {
            ResidenceBasis::General
        } else {
            ended.basis
        };
        match ended.kind {
            ResidenceKind::Temporary if is_term_basis(basis) => {
                self.term_permit(day, ix, ResidenceKind::ThreeYear, basis);
            }
            ResidenceKind::ThreeYear if ended.renewals > 0 => {
                self.term_permit(day, ix, ResidenceKind::SevenYear, basis);
            }
            ResidenceKind::SevenYear => self.term_permit(day, ix, ended.kind, basis),
            ResidenceKind::Refugee => self.refugee_permit(day, ix),
            ResidenceKind::Temporary
            | ResidenceKind::ThreeYear
            | ResidenceKind::Special
            | ResidenceKind::Amayesh
            | ResidenceKind::Limited
            | ResidenceKind::GuestTown
            | ResidenceKind::Unspecified => self.temporary_permit(day, ix, basis),
        }
    }

    fn term_permit(&mut self, day: Day, ix: PersonIx, kind: ResidenceKind, basis: ResidenceBasis) {
        let years = if kind == ResidenceKind::SevenYear {
            7
        } else {
            3
        };
        self.issue_permit(day, ix, kind, basis, last_day_of_term(day, years));
        self.plan_end_of_permit(ix);
    }

    /// A refugee, a year after the permit, asks for three-year residence (TL-61): a conversion.
    fn ask_for_three_years(&mut self, day: Day, ix: PersonIx, basis: ResidenceBasis) {
        let until = last_day_of_term(day, 3);
        self.convert_permit(
            day,
            ix,
            ResidenceKind::ThreeYear,
            basis,
            until,
            "law:art.35(2)",
        );
        self.plan_end_of_permit(ix);
    }

    pub(super) fn refugee_permit(&mut self, day: Day, ix: PersonIx) {
        let until = last_day_of_term(day, 1);
        self.issue_permit(
            day,
            ix,
            ResidenceKind::Refugee,
            ResidenceBasis::Refugee,
            until,
        );
        self.plan_end_of_permit(ix);
    }

    /// A permit is revoked after notice. Most leave afterwards.
    pub(super) fn revoke(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        if !person.is_here() || person.age(day) < 18 {
            return;
        }
        let Some(permit) = person.valid_permit(day).cloned() else {
            return;
        };
        let body = Body::RevokeResidencePermit(proto::RevokeResidencePermit {
            person: self.reference(ix),
            permit_number: permit.number,
            decision: Some(adverse(day, "art. 20 note 1")),
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, "law:art.20 note 1", body);
        self.person_mut(ix).permit = None;
        if self.draw.permille(700) {
            let leave = day.plus(self.draw.between(10, 45));
            self.plan(leave, Step::Depart(ix));
        }
    }

    /// Another kind of residence, with the person's consent on paper.
    pub(super) fn convert_permit(
        &mut self,
        day: Day,
        ix: PersonIx,
        kind: ResidenceKind,
        basis: ResidenceBasis,
        until: Day,
        legal_basis: &str,
    ) {
        let Some(old) = self.person(ix).valid_permit(day).cloned() else {
            return;
        };
        self.show_conditions(day, ix, (kind, basis), ResidenceStep::Convert, day);
        let number = self.serial("R");
        let body = Body::ConvertResidencePermit(proto::ConvertResidencePermit {
            person: self.reference(ix),
            permit_number: old.number,
            kind: kind.into(),
            basis: basis.into(),
            new_permit_number: number.clone(),
            valid_from: Some(stated_jalali(day)),
            valid_until: Some(stated_jalali(until)),
            consent_reference: format!("consent:{}", self.draw.digits(8)),
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, legal_basis, body);
        self.person_mut(ix).permit = Some(Permit {
            kind,
            basis,
            number,
            from: day,
            until,
            renewals: 0,
        });
    }
}

/// A decision that takes something away, served some days before.
pub(super) fn adverse(day: Day, ground: &str) -> proto::AdverseDecision {
    proto::AdverseDecision {
        decided_by: "BAFIA".to_owned(),
        ground: ground.to_owned(),
        served_on: Some(stated_jalali(day.plus(-4))),
        appeal_body: "Commission for Organising Foreign Nationals".to_owned(),
    }
}

/// The last day of a term of Jalali years that begins on `first`: the first day counts.
pub(super) fn last_day_of_term(first: Day, years: i32) -> Day {
    first.plus_jalali_years(years).plus(-1)
}

/// Individual from eighteen on, on the family's permit before (art. 25 note 1).
fn scope(age: u32) -> PermitScope {
    if age < 18 {
        PermitScope::Family
    } else {
        PermitScope::Individual
    }
}
