//! Removal as messages.

use sabt_proto::event::v1 as proto;

use super::field::{Field, Wire, wire};
use super::reader::Reader;
use super::text;
use crate::act::{
    ActId, BeginHolding, DecideAppeal, EndExpulsionSuspension, EndHolding, EndProtection,
    ExecuteExpulsion, ExtendExpulsionSuspension, ExtendHolding, HoldCommissionSession,
    ImposeEntryBan, LiftEntryBan, LiftStayOfRemoval, LodgeAppeal, NotifyOfHolding, OrderExpulsion,
    PlaceStayOfRemoval, RecordProtection, RecordThirdCountryDeparture, RecordViolationDecision,
    RecordVoluntaryReturn, RevokeVisa, ServeDecision, SuspendExpulsion, WithdrawExpulsionOrder,
};
use crate::event::StayOfRemovalPlaced;

wire! {
    OrderExpulsion {
        person, order_number: reference, decided_by: optional_text, ground, appeal_body: optional_text,
        court_ruling: optional_reference, destination,
    }
    ServeDecision { person, decision = decision_act_id, sms_sent_at, notice_placed_at }
    LodgeAppeal {
        person, decision = decision_act_id, appeal_number: reference, lodged_by, body: text,
    }
    HoldCommissionSession {
        person, appeal = appeal_act_id, session_number: reference, level, province,
    }
    SuspendExpulsion { person, order_number: reference, court: text, ruling_number: reference, cause }
    ExtendExpulsionSuspension {
        person, suspension = suspension_act_id, court: text, ruling_number: reference, until,
    }
    EndExpulsionSuspension {
        person, suspension = suspension_act_id, ending, ruling_number: optional_reference,
    }
    WithdrawExpulsionOrder { person, order_number: reference, decided_by: text, reason: text }
    ExecuteExpulsion { person, order_number: reference, border_point: reference, destination }
    RecordProtection { person, kind, finding_reference: reference }
    EndProtection { person, protection = protection_act_id, ending, decision }
    PlaceStayOfRemoval { person, ground, decided_by: text, reference: reference }
    StayOfRemovalPlaced { number, person, ground, decided_by: text, reference: reference }
    LiftStayOfRemoval { stay, reason: text }
    ImposeEntryBan { person, ban_number: reference, ground, review_on, decision }
    LiftEntryBan { person, ban_number: reference, ground, reference: reference }
    RevokeVisa { person, visa_number: reference, decision }
    RecordViolationDecision { person, documents, decision }
    BeginHolding {
        person, holding_number: reference, basis, place_kind, place: text, ordered_by: optional_text,
    }
    ExtendHolding { person, holding = holding_act_id, until, consent_reference: optional_reference }
    NotifyOfHolding { person, holding = holding_act_id, letter_number: reference }
    EndHolding { person, holding = holding_act_id, ending }
    RecordVoluntaryReturn {
        person, border_point: reference, destination, interviewed_by: optional_reference,
        language: optional_reference, information_reference: optional_reference,
        declaration_reference: optional_reference, declared_while_held,
    }
    RecordThirdCountryDeparture {
        person, border_point: reference, destination, programme_reference: optional_reference,
    }
}

impl Wire for DecideAppeal {
    type Proto = proto::DecideAppeal;

    fn read(message: &proto::DecideAppeal, reader: &mut Reader) -> Option<Self> {
        let person = reader.at("person", |reader| Field::read(&message.person, reader));
        let appeal = reader.at("appeal_act_id", |reader| {
            Field::read(&message.appeal_act_id, reader)
        });
        let outcome = reader.at("outcome", |reader| Field::read(&message.outcome, reader));
        let decided_by = reader.at("decided_by", |reader| {
            text::optional_text::read(&message.decided_by, reader)
        });
        let ground = reader.at("ground", |reader| {
            text::optional_text::read(&message.ground, reader)
        });
        let served_on = reader.at("served_on", |reader| {
            Field::read(&message.served_on, reader)
        });
        let session = if message.session_act_id.is_empty() {
            Some(None)
        } else {
            let session = reader.at("session_act_id", |reader| {
                <ActId as Field<Vec<u8>>>::read(&message.session_act_id, reader)
            });
            session.map(Some)
        };
        let declaration_reference = reader.at("declaration_reference", |reader| {
            text::optional_reference::read(&message.declaration_reference, reader)
        });
        Some(Self {
            person: person?,
            appeal: appeal?,
            outcome: outcome?,
            decided_by: decided_by?,
            ground: ground?,
            served_on: served_on?,
            session: session?,
            declaration_reference: declaration_reference?,
        })
    }

    fn write(&self) -> proto::DecideAppeal {
        proto::DecideAppeal {
            person: Field::write(&self.person),
            appeal_act_id: Field::write(&self.appeal),
            outcome: Field::write(&self.outcome),
            decided_by: self.decided_by.clone(),
            ground: self.ground.clone(),
            served_on: Field::write(&self.served_on),
            session_act_id: self.session.as_ref().map(Field::write).unwrap_or_default(),
            declaration_reference: self.declaration_reference.clone(),
        }
    }
}
