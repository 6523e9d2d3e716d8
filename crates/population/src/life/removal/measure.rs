//! What happens to an order, as acts.

use sabt_domain::refusal::Reason;
use sabt_domain::time::{Calendar, Day};
use sabt_proto::event::v1::{
    self as proto, AdmissionGround, AppealBy, AppealOutcome, CommissionLevel, DischargeReason,
    EntryBanGround, EntryBanLifting, HoldingBasis, HoldingEnding, HoldingPlace, ProtectionEnding,
    ProtectionKind, SiteKind, SuspensionCause, SuspensionEnding, act::Body,
};

use super::course::Measure;
use super::{Family, MatterIx, Step, adverse};
use crate::institutions::{Desk, crossing};
use crate::life::case::before_office_hours;
use crate::tables::PROVINCES;
use crate::when::{DayMath, stated_jalali};

const COMMISSION: &str = "Commission for Organising Foreign Nationals";
const COURT: &str = "Court of Administrative Justice";
const APPEAL_RULE: &str = "law:art. 12 note 4";
const HOLDING_RULE: &str = "law:art. 33";
const SUSPENSION_RULE: &str = "law:art. 18";
const PROTECTION_RULE: &str = "law:art. 13";

impl Family {
    /// Records a measure.
    pub(super) fn take_measure(&mut self, day: Day, ix: MatterIx, measure: Measure) {
        let person = self.matters[ix.0].person;
        match measure {
            Measure::Serve => self.serve(day, ix),
            Measure::Hold => self.hold(day, ix),
            Measure::Notify => self.notify_of_holding(day, ix),
            Measure::ExtendHolding => self.extend_holding(day, ix),
            Measure::EndHolding(ending) => self.end_holding(day, ix, ending),
            Measure::Release => self.end_holding(day, ix, HoldingEnding::Released),
            Measure::HandOver => self.discharge(day, person, DischargeReason::OtherAuthority),
            Measure::MoveToExit => {
                if self.stay(person).is_some_and(|stay| !stay.shelters()) {
                    self.move_to_exit(day, person);
                }
            }
            Measure::Appeal => self.appeal(day, ix),
            Measure::Session => self.sit(day, ix),
            Measure::EndAppeal(outcome) => self.end_appeal_against(day, ix, outcome),
            Measure::Attempt(reason) => self.attempt(day, ix, reason),
            Measure::Suspend => self.suspend(day, ix),
            Measure::ExtendSuspension => self.extend_suspension(day, ix),
            Measure::EndSuspension => self.end_suspension(day, ix),
            Measure::Protect(kind) => self.protect(day, ix, kind),
            Measure::EndProtection => self.end_protection(day, ix),
            Measure::Return => {
                let day = self.wait_to_leave(day, &[person]);
                self.record_return(day, person);
                self.is_gone(day, person);
            }
            Measure::Reside => self.plan(day.plus(1), Step::Reside(person)),
            Measure::Depart => self.plan(day.plus(1), Step::Depart(person)),
            Measure::Execute => self.execute(day, ix),
            Measure::Ban => self.ban(day, ix),
            Measure::LiftBan => self.lift_ban(day, ix),
            Measure::Withdraw => self.withdraw(day, ix, "no cause for it any more"),
        }
    }

    /// The number of the person whom the matter is about, and the desk that it lies on.
    fn of_matter(&self, ix: MatterIx) -> (String, Desk) {
        let person = self.matters[ix.0].person;
        let desk = Desk::Registrar(self.person(person).province);
        (self.reference(person), desk)
    }

    fn serve(&mut self, day: Day, ix: MatterIx) {
        let (person, desk) = self.of_matter(ix);
        let at = before_office_hours(day);
        let body = Body::ServeDecision(proto::ServeDecision {
            person,
            decision_act_id: self.matters[ix.0].decision.to_vec(),
            sms_sent_at: at,
            notice_placed_at: at,
        });
        self.accept(desk, day, "law:art. 3 note 3", body);
    }

    fn hold(&mut self, day: Day, ix: MatterIx) {
        let (person, desk) = self.of_matter(ix);
        let body = Body::BeginHolding(proto::BeginHolding {
            person,
            holding_number: self.serial("G"),
            basis: HoldingBasis::DisplacedOrIrregular.into(),
            place_kind: HoldingPlace::CareCamp.into(),
            place: "care camp of the province".to_owned(),
            ordered_by: "BAFIA".to_owned(),
        });
        let act = self.accept(desk, day, HOLDING_RULE, body);
        let held = self.matters[ix.0].person;
        self.matters[ix.0].holding = Some((act, day));
        // Whoever is sheltered when the order comes stays where they are.
        self.admit(day, held, SiteKind::CareCamp, AdmissionGround::Holding);
    }

    fn notify_of_holding(&mut self, day: Day, ix: MatterIx) {
        let (person, desk) = self.of_matter(ix);
        let Some((holding, _)) = self.matters[ix.0].holding else {
            return;
        };
        let body = Body::NotifyOfHolding(proto::NotifyOfHolding {
            person,
            holding_act_id: holding.to_vec(),
            letter_number: self.draw.digits(6),
        });
        self.accept(desk, day, "law:art. 16 note 2", body);
    }

    /// The commission agrees to another half month.
    fn extend_holding(&mut self, day: Day, ix: MatterIx) {
        let (person, desk) = self.of_matter(ix);
        let Some((holding, since)) = self.matters[ix.0].holding else {
            return;
        };
        let month = since.plus_months(Calendar::Jalali, 1).unwrap_or(since);
        let body = Body::ExtendHolding(proto::ExtendHolding {
            person,
            holding_act_id: holding.to_vec(),
            until: Some(stated_jalali(month.plus(15))),
            consent_reference: format!("minute:{}", self.draw.digits(5)),
        });
        self.accept(desk, day, "law:art. 33(3)", body);
    }

    /// Ends the holding, if there is one.
    pub(super) fn end_holding(&mut self, day: Day, ix: MatterIx, ending: HoldingEnding) {
        let (person, desk) = self.of_matter(ix);
        let Some((holding, _)) = self.matters[ix.0].holding.take() else {
            return;
        };
        let body = Body::EndHolding(proto::EndHolding {
            person,
            holding_act_id: holding.to_vec(),
            ending: ending.into(),
        });
        self.accept(desk, day, HOLDING_RULE, body);
        let held = self.person_mut(self.matters[ix.0].person);
        if held
            .stay
            .is_some_and(|stay| stay.ground == AdmissionGround::Holding)
        {
            held.stay = None;
        }
    }

    fn appeal(&mut self, day: Day, ix: MatterIx) {
        let (person, desk) = self.of_matter(ix);
        let lodged_by = if self.draw.permille(300) {
            AppealBy::Representative
        } else {
            AppealBy::Person
        };
        let body = Body::LodgeAppeal(proto::LodgeAppeal {
            person,
            decision_act_id: self.matters[ix.0].decision.to_vec(),
            appeal_number: self.serial("Q"),
            lodged_by: lodged_by.into(),
            body: COMMISSION.to_owned(),
        });
        self.matters[ix.0].appeal = self.accept(desk, day, APPEAL_RULE, body);
    }

    fn sit(&mut self, day: Day, ix: MatterIx) {
        let (person, desk) = self.of_matter(ix);
        let central = self.draw.permille(250);
        let province = PROVINCES[self.person(self.matters[ix.0].person).province].code;
        let body = Body::HoldCommissionSession(proto::HoldCommissionSession {
            person,
            appeal_act_id: self.matters[ix.0].appeal.to_vec(),
            session_number: self.draw.digits(5),
            level: if central {
                CommissionLevel::Central
            } else {
                CommissionLevel::Provincial
            }
            .into(),
            province: if central { "" } else { province }.to_owned(),
        });
        self.matters[ix.0].session = self.accept(desk, day, APPEAL_RULE, body).to_vec();
    }

    fn end_appeal_against(&mut self, day: Day, ix: MatterIx, outcome: AppealOutcome) {
        let (person, desk) = self.of_matter(ix);
        let withdrawn = outcome == AppealOutcome::Withdrawn;
        let loses = matches!(
            outcome,
            AppealOutcome::Rejected | AppealOutcome::Inadmissible
        );
        let stated = |text: &str| if withdrawn { "" } else { text }.to_owned();
        let declaration = format!("declaration:{}", self.draw.digits(6));
        let body = Body::DecideAppeal(proto::DecideAppeal {
            person,
            appeal_act_id: self.matters[ix.0].appeal.to_vec(),
            outcome: outcome.into(),
            decided_by: stated(COMMISSION),
            ground: stated("art. 12 note 4: the minute of the session"),
            served_on: loses.then(|| stated_jalali(day)),
            session_act_id: self.matters[ix.0].session.clone(),
            declaration_reference: if withdrawn {
                declaration
            } else {
                String::new()
            },
        });
        self.accept(desk, day, APPEAL_RULE, body);
    }

    fn suspend(&mut self, day: Day, ix: MatterIx) {
        let (person, desk) = self.of_matter(ix);
        let order_number = self.matters[ix.0].order.clone().unwrap_or_default();
        let body = Body::SuspendExpulsion(proto::SuspendExpulsion {
            person,
            order_number,
            court: COURT.to_owned(),
            ruling_number: self.draw.digits(8),
            cause: SuspensionCause::CourtResult.into(),
        });
        self.matters[ix.0].suspension = self.accept(desk, day, SUSPENSION_RULE, body);
    }

    fn extend_suspension(&mut self, day: Day, ix: MatterIx) {
        let (person, desk) = self.of_matter(ix);
        let body = Body::ExtendExpulsionSuspension(proto::ExtendExpulsionSuspension {
            person,
            suspension_act_id: self.matters[ix.0].suspension.to_vec(),
            court: COURT.to_owned(),
            ruling_number: self.draw.digits(8),
            until: Some(stated_jalali(day.plus(365))),
        });
        self.accept(desk, day, "law:art. 18 note 1", body);
    }

    fn end_suspension(&mut self, day: Day, ix: MatterIx) {
        let (person, desk) = self.of_matter(ix);
        let body = Body::EndExpulsionSuspension(proto::EndExpulsionSuspension {
            person,
            suspension_act_id: self.matters[ix.0].suspension.to_vec(),
            ending: SuspensionEnding::LiftedByCourt.into(),
            ruling_number: self.draw.digits(8),
        });
        self.accept(desk, day, SUSPENSION_RULE, body);
    }

    fn protect(&mut self, day: Day, ix: MatterIx, kind: ProtectionKind) {
        let (person, desk) = self.of_matter(ix);
        let body = Body::RecordProtection(proto::RecordProtection {
            person,
            kind: kind.into(),
            finding_reference: format!("finding:{}", self.draw.digits(6)),
        });
        self.matters[ix.0].protection = self.accept(desk, day, PROTECTION_RULE, body);
    }

    fn end_protection(&mut self, day: Day, ix: MatterIx) {
        let (person, desk) = self.of_matter(ix);
        let body = Body::EndProtection(proto::EndProtection {
            person,
            protection_act_id: self.matters[ix.0].protection.to_vec(),
            ending: ProtectionEnding::CauseEnded.into(),
            decision: None,
        });
        self.accept(desk, day, PROTECTION_RULE, body);
    }

    /// The order is carried out at the border, unless the person has found a lawful basis meanwhile.
    fn execute(&mut self, day: Day, ix: MatterIx) {
        let person = self.matters[ix.0].person;
        if !self.is_removable(person) {
            self.matters[ix.0].moves.clear();
            self.end_holding(day, ix, HoldingEnding::Released);
            self.withdraw(day, ix, "holds a visa by now");
            return;
        }
        let (desk, body) = self.expulsion(ix);
        self.accept(desk, day, "law:art. 12", body);
        self.is_gone(day, person);
    }

    /// Somebody would carry the order out while something stands against it; among planned mistakes alone.
    fn attempt(&mut self, day: Day, ix: MatterIx, reason: Reason) {
        let person = self.matters[ix.0].person;
        if self.terms.mistakes.refused_per_mille == 0 || !self.is_removable(person) {
            return;
        }
        let (desk, body) = self.expulsion(ix);
        self.refuse(desk, day, "law:art. 12", body, reason);
    }

    fn expulsion(&mut self, ix: MatterIx) -> (Desk, Body) {
        let (person, _) = self.of_matter(ix);
        let country = self.person(self.matters[ix.0].person).country;
        let point = crossing(country, &mut self.draw);
        let body = Body::ExecuteExpulsion(proto::ExecuteExpulsion {
            person,
            order_number: self.matters[ix.0].order.clone().unwrap_or_default(),
            border_point: point.code().to_owned(),
            destination: country.to_owned(),
        });
        (Desk::Border(point), body)
    }

    fn ban(&mut self, day: Day, ix: MatterIx) {
        let (person, desk) = self.of_matter(ix);
        let number = self.serial("Z");
        self.matters[ix.0].ban.clone_from(&number);
        let body = Body::ImposeEntryBan(proto::ImposeEntryBan {
            person,
            ban_number: number,
            ground: EntryBanGround::CostsUnpaid.into(),
            review_on: Some(stated_jalali(day.plus_jalali_years(1))),
            decision: Some(adverse(day, "art. 12 note 2")),
        });
        self.accept(desk, day, "law:art. 12 note 2", body);
    }

    fn lift_ban(&mut self, day: Day, ix: MatterIx) {
        let (person, desk) = self.of_matter(ix);
        let body = Body::LiftEntryBan(proto::LiftEntryBan {
            person,
            ban_number: self.matters[ix.0].ban.clone(),
            ground: EntryBanLifting::CostsPaid.into(),
            reference: format!("receipt:{}", self.draw.digits(8)),
        });
        self.accept(desk, day, "law:art. 12 note 2", body);
    }

    /// The order is taken back, if it is one.
    pub(super) fn withdraw(&mut self, day: Day, ix: MatterIx, reason: &str) {
        let (person, desk) = self.of_matter(ix);
        let Some(order_number) = self.matters[ix.0].order.clone() else {
            return;
        };
        let body = Body::WithdrawExpulsionOrder(proto::WithdrawExpulsionOrder {
            person,
            order_number,
            decided_by: "BAFIA".to_owned(),
            reason: reason.to_owned(),
        });
        self.accept(desk, day, "law:art. 12", body);
    }
}
