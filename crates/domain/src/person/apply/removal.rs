use super::super::removal::{
    Appeal, AppealEnd, CommissionSession, Decision, DecisionEffect, EntryBan, ExpulsionOrder,
    Holding, OrderEnd, OrderEndGround, Protection, Suspension,
};
use super::super::{Direction, DocumentEnd, HeldStatus, PermitEnd, PermitEndGround, Person};
use crate::act::{
    ActId, BeginHolding, ChangeStatus, DecideAppeal, EndExpulsionSuspension, EndHolding,
    EndProtection, ExecuteExpulsion, ExtendExpulsionSuspension, ExtendHolding,
    HoldCommissionSession, ImposeEntryBan, LiftEntryBan, LodgeAppeal, NotifyOfHolding,
    OrderExpulsion, RecordProtection, RecordViolationDecision, RevokeResidencePermit, RevokeVisa,
    ServeDecision, SuspendExpulsion, WithdrawExpulsionOrder,
};
use crate::event::EventBody;
use crate::fact::{AppealOutcome, ExitKind, VoidReason};
use crate::law::{PersonStatus, ResidenceKind, TimeLimit};
use crate::life::Effective;
use crate::time::{Calendar, PartialDate};

impl Person {
    /// Applies an event about removal; `None` if it is about something else, `Some(false)` if it finds nothing to act on.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller has an arm for each of the other events"
    )]
    pub(super) fn apply_removal(&mut self, effective: &Effective<'_>) -> Option<bool> {
        let by = effective.act_id;
        let on = effective.event.occurred_on;
        Some(match &effective.event.body {
            EventBody::ExpulsionOrdered(order) => self.add_order(order, effective),
            EventBody::DecisionServed(service) => self.serve(service, on),
            EventBody::AppealLodged(appeal) => self.lodge(appeal, by, on),
            EventBody::CommissionSessionHeld(session) => self.add_session(session, by, on),
            EventBody::AppealDecided(decided) => self.decide_appeal(decided, on),
            EventBody::ExpulsionSuspended(suspension) => self.suspend(suspension, by, on),
            EventBody::ExpulsionSuspensionExtended(extension) => self.extend_suspension(extension),
            EventBody::ExpulsionSuspensionEnded(ended) => self.end_suspension(ended, on),
            EventBody::ExpulsionOrderWithdrawn(withdrawn) => self.withdraw_order(withdrawn, on),
            EventBody::ExpulsionExecuted(executed) => self.execute(executed, on),
            EventBody::ProtectionRecorded(protection) => self.protect(protection, by, on),
            EventBody::ProtectionEnded(ended) => self.end_protection(ended, effective),
            EventBody::EntryBanImposed(ban) => self.add_ban(ban, effective),
            EventBody::EntryBanLifted(lifted) => self.lift_ban(lifted, on),
            EventBody::VisaRevoked(revocation) => self.revoke_visa(revocation, effective),
            EventBody::ViolationDecisionRecorded(violation) => {
                self.void_for_violation(violation, effective)
            }
            EventBody::HoldingBegan(holding) => self.hold(holding, by, on),
            EventBody::HoldingExtended(extension) => self.extend_holding(extension),
            EventBody::HoldingNotified(notice) => self.notify_of_holding(notice, on),
            EventBody::HoldingEnded(ended) => self.end_holding(ended, on),
            EventBody::VoluntaryReturnRecorded(left) => {
                self.cross(Direction::Out(ExitKind::Final), &left.border_point, on)
            }
            EventBody::ThirdCountryDepartureRecorded(left) => {
                self.cross(Direction::Out(ExitKind::Final), &left.border_point, on)
            }
            _ => return None,
        })
    }

    fn add_order(&mut self, order: &OrderExpulsion, effective: &Effective<'_>) -> bool {
        if self.removal.has_number(&order.order_number) {
            return false;
        }
        self.removal.orders.push(ExpulsionOrder {
            number: order.order_number.clone(),
            act_id: effective.act_id,
            ground: order.ground,
            decided_by: order.decided_by.clone(),
            appeal_body: order.appeal_body.clone(),
            court_ruling: order.court_ruling.clone(),
            destination: order.destination,
            ordered_on: effective.event.occurred_on,
            suspensions: Vec::new(),
            end: None,
        });
        let effect = DecisionEffect::Expulsion(order.order_number.clone());
        let limit = Some(order.ground.appeal_limit());
        self.decided(effect, limit, None, effective);
        true
    }

    /// A decision was taken against the person.
    fn decided(
        &mut self,
        effect: DecisionEffect,
        limit: Option<&'static TimeLimit>,
        served_on: Option<PartialDate>,
        effective: &Effective<'_>,
    ) {
        let same = self.removal.decisions.iter();
        let same = same.filter(|decision| decision.effect == effect && decision.is_appealed());
        let beside = same.map(|decision| decision.act_id).collect();
        self.removal.decisions.push(Decision {
            act_id: effective.act_id,
            position: effective.position,
            effect,
            taken_on: effective.event.occurred_on,
            served_on,
            limit,
            appeal: None,
            beside,
        });
    }

    fn decision_mut(&mut self, act_id: ActId) -> Option<&mut Decision> {
        let decisions = self.removal.decisions.iter_mut();
        decisions
            .into_iter()
            .find(|decision| decision.act_id == act_id)
    }

    fn order_mut(&mut self, number: &str) -> Option<&mut ExpulsionOrder> {
        let mut orders = self.removal.orders.iter_mut();
        orders.find(|order| order.number == number)
    }

    fn serve(&mut self, service: &ServeDecision, on: PartialDate) -> bool {
        let day = service.moment().day_in_tehran();
        let served_on = day.date_in(Calendar::Jalali).unwrap_or(on);
        let decision = self.decision_mut(service.decision);
        let unserved = decision.filter(|decision| decision.served_on.is_none());
        unserved
            .map(|decision| decision.served_on = Some(served_on))
            .is_some()
    }

    /// An appeal is suspensive (AM-36): what the decision took away is there again until the appeal is decided.
    fn lodge(&mut self, appeal: &LodgeAppeal, by: ActId, on: PartialDate) -> bool {
        if self.removal.has_number(&appeal.appeal_number) {
            return false;
        }
        let decision = self.decision_mut(appeal.decision);
        let Some(decision) = decision.filter(|decision| decision.appeal.is_none()) else {
            return false;
        };
        decision.appeal = Some(Appeal {
            act_id: by,
            number: appeal.appeal_number.clone(),
            lodged_on: on,
            lodged_by: appeal.lodged_by,
            body: appeal.body.clone(),
            sessions: Vec::new(),
            gave_back: false,
            end: None,
        });
        let (effect, taken_on) = (decision.effect.clone(), decision.taken_on);
        if !self.removal.is_taken_by_another(appeal.decision) {
            let gave_back = self.give_back(&effect, taken_on);
            if let Some(appeal) = self.open_appeal_mut(by) {
                appeal.gave_back = gave_back;
            }
        }
        true
    }

    fn open_appeal_mut(&mut self, act_id: ActId) -> Option<&mut Appeal> {
        let mut appeals = self
            .removal
            .decisions
            .iter_mut()
            .filter_map(|decision| decision.appeal.as_mut());
        appeals.find(|appeal| appeal.act_id == act_id && appeal.end.is_none())
    }

    fn add_session(&mut self, session: &HoldCommissionSession, by: ActId, on: PartialDate) -> bool {
        let Some(appeal) = self.open_appeal_mut(session.appeal) else {
            return false;
        };
        appeal.sessions.push(CommissionSession {
            act_id: by,
            number: session.session_number.clone(),
            held_on: on,
            level: session.level,
            province: session.province,
        });
        true
    }

    fn decide_appeal(&mut self, decided: &DecideAppeal, on: PartialDate) -> bool {
        let session = decided.session;
        let Some(appeal) = self.open_appeal_mut(decided.appeal) else {
            return false;
        };
        let held = |act| appeal.sessions.iter().any(|held| held.act_id == act);
        if session.is_some_and(|session| !held(session)) {
            return false;
        }
        appeal.end = Some(AppealEnd {
            on,
            outcome: decided.outcome,
            decided_by: decided.decided_by.clone(),
            ground: decided.ground.clone(),
            served_on: decided.served_on,
        });
        let appealed = self.removal.appeal(decided.appeal);
        let gave_back = appealed.is_some_and(|(_, appeal)| appeal.gave_back);
        let effect = appealed.map(|(decision, _)| decision.effect.clone());
        match (effect, decided.outcome) {
            (Some(DecisionEffect::Expulsion(number)), AppealOutcome::Accepted) => {
                self.end_order(&number, on, OrderEndGround::Voided);
            }
            (
                Some(effect),
                AppealOutcome::Rejected | AppealOutcome::Inadmissible | AppealOutcome::Withdrawn,
            ) if gave_back => self.take_away(&effect, on),
            // What the decision took away was given back when the appeal was lodged. What was not given back is not taken away
            // with it: it may have been granted anew since.
            (_, _) => {}
        }
        true
    }

    fn end_order(&mut self, number: &str, on: PartialDate, ground: OrderEndGround) -> bool {
        let order = self.order_mut(number).filter(|order| order.end.is_none());
        order
            .map(|order| order.end = Some(OrderEnd { on, ground }))
            .is_some()
    }

    /// Undoes what a decision took away, as far as nothing else has taken its place since.
    fn give_back(&mut self, effect: &DecisionEffect, taken_on: PartialDate) -> bool {
        match effect {
            DecisionEffect::Permit(number) => self.reopen_permit(number),
            DecisionEffect::Visa(number) => {
                let mut visas = self.visas.iter_mut();
                let visa = visas.find(|visa| visa.number == *number);
                visa.and_then(|visa| visa.end.take()).is_some()
            }
            DecisionEffect::Status { from, to } => self.reopen_status(*from, *to, taken_on),
            DecisionEffect::Documents(keys) => {
                let mut gave_back = false;
                for key in keys {
                    let replaced = self.live_document(key).is_some();
                    let held = self.document_mut(key).filter(|held| {
                        held.end
                            .is_some_and(|end| end.reason == VoidReason::Decision)
                    });
                    if let Some(held) = held.filter(|_| !replaced) {
                        held.end = None;
                        gave_back = true;
                    }
                }
                gave_back
            }
            // An order, a ban and the end of a protection are looked at together with their decision.
            DecisionEffect::Expulsion(_)
            | DecisionEffect::EntryBan(_)
            | DecisionEffect::Protection(_) => false,
        }
    }

    fn reopen_permit(&mut self, number: &str) -> bool {
        let Some(permit) = self.permit(number) else {
            return false;
        };
        let revoked = permit
            .end
            .is_some_and(|end| end.ground == PermitEndGround::Revoked);
        let (from, until) = (permit.from, permit.until);
        let fits = revoked && !self.has_overlap(from, until, Some(number));
        let mut permits = self.permits.iter_mut();
        let permit = permits.find(|permit| fits && permit.number == number);
        permit.and_then(|permit| permit.end.take()).is_some()
    }

    /// What the person has become since contradicts the status that is held again, and falls with the decision it rests on: a
    /// refugee whose appeal is open is no irregular migrant.
    fn reopen_status(
        &mut self,
        from: PersonStatus,
        to: PersonStatus,
        taken_on: PartialDate,
    ) -> bool {
        let is_old = |held: &HeldStatus| held.status == from && held.until == Some(taken_on);
        if self.holds(from) {
            return false;
        }
        let Some(old) = self.statuses.iter_mut().rfind(|held| is_old(held)) else {
            return false;
        };
        old.until = None;
        self.statuses.retain(|held| {
            let since = taken_on.earliest() <= held.since.earliest();
            let became = held.status == to && held.since == taken_on;
            !(became || since && held.status.contradicts(from))
        });
        true
    }

    /// Takes away again what was given back, from the day on which the appeal was decided.
    fn take_away(&mut self, effect: &DecisionEffect, on: PartialDate) {
        let revoked = PermitEnd {
            on,
            ground: PermitEndGround::Revoked,
        };
        match effect {
            DecisionEffect::Permit(number) => {
                if let Some(permit) = self.open_permit_mut(number) {
                    permit.end = Some(revoked);
                }
            }
            DecisionEffect::Visa(number) => {
                let mut visas = self.visas.iter_mut();
                if let Some(visa) = visas.find(|visa| visa.number == *number) {
                    visa.end = Some(revoked);
                }
            }
            DecisionEffect::Status { from, to } => {
                let mut statuses = self.statuses.iter_mut();
                let held = statuses.find(|held| held.status == *from && held.until.is_none());
                if let Some(held) = held {
                    held.until = Some(on);
                    self.add_status(*to, on);
                }
            }
            DecisionEffect::Documents(keys) => {
                for key in keys {
                    let held = self.document_mut(key);
                    if let Some(held) = held.filter(|held| held.end.is_none()) {
                        held.end = Some(DocumentEnd {
                            reason: VoidReason::Decision,
                            on,
                        });
                    }
                }
            }
            DecisionEffect::Expulsion(_)
            | DecisionEffect::EntryBan(_)
            | DecisionEffect::Protection(_) => {}
        }
    }

    fn suspend(&mut self, suspension: &SuspendExpulsion, by: ActId, on: PartialDate) -> bool {
        let order = self.order_mut(&suspension.order_number);
        let Some(order) = order.filter(|order| order.stands()) else {
            return false;
        };
        order.suspensions.push(Suspension {
            act_id: by,
            court: suspension.court.clone(),
            ruling_number: suspension.ruling_number.clone(),
            cause: suspension.cause,
            ruled_on: on,
            extended_until: None,
            ended: None,
        });
        true
    }

    fn suspension_mut(&mut self, act_id: ActId) -> Option<&mut Suspension> {
        let orders = self.removal.orders.iter_mut();
        let mut suspensions = orders.flat_map(|order| order.suspensions.iter_mut());
        suspensions.find(|suspension| suspension.act_id == act_id)
    }

    fn extend_suspension(&mut self, extension: &ExtendExpulsionSuspension) -> bool {
        let Some(suspension) = self.suspension_mut(extension.suspension) else {
            return false;
        };
        let later = suspension
            .extended_until
            .is_none_or(|until| until.latest() < extension.until.latest());
        if later {
            suspension.extended_until = Some(extension.until);
        }
        later
    }

    fn end_suspension(&mut self, ended: &EndExpulsionSuspension, on: PartialDate) -> bool {
        use crate::fact::SuspensionEnding as Ending;
        let Some(suspension) = self.suspension_mut(ended.suspension) else {
            return false;
        };
        // A court may lift what goes on after its cause has ended; otherwise nothing ends twice.
        let fits = match suspension.ended {
            None => true,
            Some((_, Ending::CauseEnded)) => ended.ending == Ending::LiftedByCourt,
            Some((_, Ending::LiftedByCourt)) => false,
        };
        if fits {
            suspension.ended = Some((on, ended.ending));
        }
        fits
    }

    fn withdraw_order(&mut self, withdrawn: &WithdrawExpulsionOrder, on: PartialDate) -> bool {
        self.end_order(&withdrawn.order_number, on, OrderEndGround::Withdrawn)
    }

    /// Whatever stood against it was looked at when it was recorded. What becomes known later is recorded beside it, and
    /// takes nothing of it back; but without an order that was served there is no expulsion.
    fn execute(&mut self, executed: &ExecuteExpulsion, on: PartialDate) -> bool {
        let order = self.removal.order(&executed.order_number);
        let decision = order.and_then(|order| self.removal.decision(order.act_id));
        let served = decision.is_some_and(|decision| decision.served_on.is_some());
        served
            && self.end_order(&executed.order_number, on, OrderEndGround::Executed)
            && self.cross(Direction::Out(ExitKind::Final), &executed.border_point, on)
    }

    fn protect(&mut self, protection: &RecordProtection, by: ActId, on: PartialDate) -> bool {
        let stands = self
            .removal
            .protections
            .iter()
            .any(|known| known.kind == protection.kind && known.end.is_none());
        if !stands {
            self.removal.protections.push(Protection {
                act_id: by,
                kind: protection.kind,
                since: on,
                finding_reference: protection.finding_reference.clone(),
                end: None,
            });
        }
        !stands
    }

    fn end_protection(&mut self, ended: &EndProtection, effective: &Effective<'_>) -> bool {
        let end = (effective.event.occurred_on, ended.ending, effective.act_id);
        let mut protections = self.removal.protections.iter_mut();
        let standing = protections
            .find(|known| known.act_id == ended.protection)
            .filter(|known| known.end.is_none());
        let Some(protection) = standing else {
            return false;
        };
        protection.end = Some(end);
        if let Some(decision) = &ended.decision {
            let effect = DecisionEffect::Protection(ended.protection);
            self.decided(effect, None, decision.served_on, effective);
        }
        true
    }

    fn hold(&mut self, holding: &BeginHolding, by: ActId, on: PartialDate) -> bool {
        let held = self.removal.holdings.iter().any(Holding::is_open);
        if held || self.removal.has_number(&holding.holding_number) {
            return false;
        }
        self.removal.holdings.push(Holding {
            number: holding.holding_number.clone(),
            act_id: by,
            basis: holding.basis,
            place_kind: holding.place_kind,
            place: holding.place.clone(),
            ordered_by: holding.ordered_by.clone(),
            since: on,
            extended_until: None,
            notified_on: None,
            ended: None,
        });
        true
    }

    fn open_holding_mut(&mut self, act_id: ActId) -> Option<&mut Holding> {
        let mut holdings = self.removal.holdings.iter_mut();
        holdings.find(|holding| holding.act_id == act_id && holding.is_open())
    }

    fn extend_holding(&mut self, extension: &ExtendHolding) -> bool {
        let holding = self.open_holding_mut(extension.holding);
        holding
            .map(|holding| holding.extended_until = Some(extension.until))
            .is_some()
    }

    /// The ministry may be told after the holding has ended: late is better than never.
    fn notify_of_holding(&mut self, notice: &NotifyOfHolding, on: PartialDate) -> bool {
        let mut holdings = self.removal.holdings.iter_mut();
        let holding = holdings.find(|holding| holding.act_id == notice.holding);
        holding
            .filter(|holding| holding.notified_on.is_none())
            .map(|holding| holding.notified_on = Some(on))
            .is_some()
    }

    fn end_holding(&mut self, ended: &EndHolding, on: PartialDate) -> bool {
        let holding = self.open_holding_mut(ended.holding);
        let ends = holding
            .map(|holding| holding.ended = Some((on, ended.ending)))
            .is_some();
        if ends {
            self.release(ended.holding, on);
        }
        ends
    }

    fn add_ban(&mut self, ban: &ImposeEntryBan, effective: &Effective<'_>) -> bool {
        if self.removal.has_number(&ban.ban_number) {
            return false;
        }
        self.removal.bans.push(EntryBan {
            number: ban.ban_number.clone(),
            act_id: effective.act_id,
            ground: ban.ground,
            since: effective.event.occurred_on,
            review_on: ban.review_on,
            lifted: None,
        });
        let effect = DecisionEffect::EntryBan(ban.ban_number.clone());
        let served_on = ban
            .decision
            .as_ref()
            .and_then(|decision| decision.served_on);
        self.decided(effect, None, served_on, effective);
        true
    }

    fn lift_ban(&mut self, lifted: &LiftEntryBan, on: PartialDate) -> bool {
        let mut bans = self.removal.bans.iter_mut();
        let ban = bans.find(|ban| ban.number == lifted.ban_number && ban.lifted.is_none());
        ban.map(|ban| ban.lifted = Some((on, lifted.ground)))
            .is_some()
    }

    fn revoke_visa(&mut self, revocation: &RevokeVisa, effective: &Effective<'_>) -> bool {
        let on = effective.event.occurred_on;
        let mut visas = self.visas.iter_mut();
        let visa = visas
            .find(|visa| visa.number == revocation.visa_number)
            .filter(|visa| visa.end.is_none());
        let Some(visa) = visa else {
            return false;
        };
        visa.end = Some(PermitEnd {
            on,
            ground: PermitEndGround::Revoked,
        });
        let effect = DecisionEffect::Visa(revocation.visa_number.clone());
        let served_on = revocation
            .decision
            .as_ref()
            .and_then(|decision| decision.served_on);
        self.decided(
            effect,
            Some(&TimeLimit::VISA_OBJECTION),
            served_on,
            effective,
        );
        true
    }

    fn void_for_violation(
        &mut self,
        violation: &RecordViolationDecision,
        effective: &Effective<'_>,
    ) -> bool {
        let keys: Vec<_> = violation
            .documents
            .iter()
            .map(crate::fact::DocumentReference::key)
            .collect();
        let all_live = keys.iter().all(|key| {
            let held = self
                .documents
                .iter()
                .rfind(|held| held.document.key() == *key);
            held.is_some_and(|held| held.end.is_none())
        });
        if !all_live {
            return false;
        }
        let effect = DecisionEffect::Documents(keys);
        self.take_away(&effect, effective.event.occurred_on);
        let served_on = violation
            .decision
            .as_ref()
            .and_then(|decision| decision.served_on);
        self.decided(effect, None, served_on, effective);
        true
    }

    /// A permit was revoked: the time for objecting hangs on its kind (AM-35, TL-36).
    pub(super) fn revoke_permit(
        &mut self,
        revocation: &RevokeResidencePermit,
        effective: &Effective<'_>,
    ) -> bool {
        let number = revocation.permit_number.as_str();
        let permit = self.permit(number);
        let temporary = permit.is_some_and(|permit| permit.kind == ResidenceKind::Temporary);
        let on = effective.event.occurred_on;
        let ended = self.end_permit(number, on, PermitEndGround::Revoked);
        if let Some(decision) = revocation.decision.as_ref().filter(|_| ended) {
            let limit = temporary.then_some(&TimeLimit::RESIDENCE_OBJECTION);
            let effect = DecisionEffect::Permit(number.to_owned());
            self.decided(effect, limit, decision.served_on, effective);
        }
        ended
    }

    /// A status became another; with a decision, one that the person may object to.
    pub(super) fn change_status_by(
        &mut self,
        change: &ChangeStatus,
        effective: &Effective<'_>,
    ) -> bool {
        let changed = self.change_status(change, effective.event.occurred_on);
        if let Some(decision) = change.decision.as_ref().filter(|_| changed) {
            let effect = DecisionEffect::Status {
                from: change.from,
                to: change.to,
            };
            self.decided(effect, None, decision.served_on, effective);
        }
        changed
    }
}
