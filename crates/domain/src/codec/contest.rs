//! Disputes as messages: either an act or a field group is contested, and what belongs to one outcome stands with no
//! other.

use sabt_proto::event::v1 as proto;

use super::field::{Field, Wire};
use super::reader::Reader;
use super::text;
use crate::access::{self, FieldGroup};
use crate::act::{ActId, DisputeFact, DisputedFact, Resolution, ResolveDispute};
use crate::fact::{AdverseDecision, DisputeOutcome};

impl Wire for DisputeFact {
    type Proto = proto::DisputeFact;

    fn read(message: &proto::DisputeFact, reader: &mut Reader) -> Option<Self> {
        let person = reader.at("person", |reader| Field::read(&message.person, reader));
        let fact = fact(message, reader);
        let ground = reader.at("ground", |reader| Field::read(&message.ground, reader));
        let statement_reference = reader.at("statement_reference", |reader| {
            text::optional_reference::read(&message.statement_reference, reader)
        });
        Some(Self {
            person: person?,
            fact: fact?,
            ground: ground?,
            statement_reference: statement_reference?,
        })
    }

    fn write(&self) -> proto::DisputeFact {
        let (target_act_id, field_group, field) = match self.fact {
            DisputedFact::Act(act) => (Field::write(&act), String::new(), String::new()),
            DisputedFact::Group { group, field } => (
                Vec::new(),
                group.code().to_owned(),
                field.map_or("", |field| field.name).to_owned(),
            ),
        };
        proto::DisputeFact {
            person: Field::write(&self.person),
            target_act_id,
            field_group,
            field,
            ground: Field::write(&self.ground),
            statement_reference: self.statement_reference.clone(),
        }
    }
}

fn fact(message: &proto::DisputeFact, reader: &mut Reader) -> Option<DisputedFact> {
    match (
        message.target_act_id.is_empty(),
        message.field_group.is_empty(),
    ) {
        (true, true) => reader.at("field_group", |reader| {
            reader.reject("is missing; name the act or the field group that is contested")
        }),
        (false, false) => reader.at("field_group", |reader| {
            reader.reject("stands beside an act; name one of the two")
        }),
        (false, true) if !message.field.is_empty() => reader.at("field", |reader| {
            reader.reject("stands beside an act; a field is named with its field group")
        }),
        (false, true) => reader
            .at("target_act_id", |reader| {
                <ActId as Field<Vec<u8>>>::read(&message.target_act_id, reader)
            })
            .map(DisputedFact::Act),
        (true, false) => {
            let group = reader.at("field_group", |reader| group(&message.field_group, reader));
            let group = group?;
            let named = Some(message.field.as_str()).filter(|name| !name.is_empty());
            let field = match named {
                Some(name) => Some(reader.at("field", |reader| field(name, group, reader))?),
                None => None,
            };
            Some(DisputedFact::Group { group, field })
        }
    }
}

fn group(code: &str, reader: &mut Reader) -> Option<FieldGroup> {
    match FieldGroup::from_code(code) {
        Some(group) if group.is_contestable() => Some(group),
        Some(_) => reader.reject("is not a field group that states facts about a person"),
        None => reader.reject("is not a field group of the access matrix"),
    }
}

fn field(name: &str, group: FieldGroup, reader: &mut Reader) -> Option<&'static access::Field> {
    match access::Field::named(name) {
        Some(field) if field.is_mark() => reader.reject("is a mark, not a fact"),
        Some(field) if field.groups.contains(&group) => Some(field),
        Some(_) => reader.reject("belongs to another field group"),
        None => reader.reject("is not a field of an answer"),
    }
}

impl Wire for ResolveDispute {
    type Proto = proto::ResolveDispute;

    fn read(message: &proto::ResolveDispute, reader: &mut Reader) -> Option<Self> {
        let person = reader.at("person", |reader| Field::read(&message.person, reader));
        let dispute = reader.at("dispute_act_id", |reader| {
            Field::read(&message.dispute_act_id, reader)
        });
        let outcome = reader.at("outcome", |reader| Field::read(&message.outcome, reader));
        let resolution = resolution(message, outcome?, reader);
        Some(Self {
            person: person?,
            dispute: dispute?,
            resolution: resolution?,
        })
    }

    fn write(&self) -> proto::ResolveDispute {
        let mut message = proto::ResolveDispute {
            person: Field::write(&self.person),
            dispute_act_id: Field::write(&self.dispute),
            outcome: Field::write(&self.resolution.outcome()),
            ..proto::ResolveDispute::default()
        };
        match &self.resolution {
            Resolution::Upheld { correction } => {
                message.correction_act_id = Field::write(correction);
            }
            Resolution::Rejected { decision } => message.decision = Field::write(decision),
            Resolution::Withdrawn => {}
        }
        message
    }
}

fn resolution(
    message: &proto::ResolveDispute,
    outcome: DisputeOutcome,
    reader: &mut Reader,
) -> Option<Resolution> {
    if outcome != DisputeOutcome::Upheld && !message.correction_act_id.is_empty() {
        return reader.at("correction_act_id", |reader| {
            reader.reject("belongs to a dispute that is upheld")
        });
    }
    if outcome != DisputeOutcome::Rejected && message.decision.is_some() {
        return reader.at("decision", |reader| {
            reader.reject("belongs to a dispute that is rejected")
        });
    }
    match outcome {
        DisputeOutcome::Upheld => reader
            .at("correction_act_id", |reader| {
                Field::read(&message.correction_act_id, reader)
            })
            .map(|correction| Resolution::Upheld { correction }),
        DisputeOutcome::Rejected => reader
            .at("decision", |reader| {
                <Option<AdverseDecision> as Field<_>>::read(&message.decision, reader)
            })
            .map(|decision| Resolution::Rejected { decision }),
        DisputeOutcome::Withdrawn => Some(Resolution::Withdrawn),
    }
}
