//! Whether what a record says is what its author signed.

use prost::Message as _;
use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};
use sabt_proto::event::v1::{Act, Event};

use crate::shown::POOL;

/// True if an event says of its act nothing else than the act says itself. What the registry adds (numbers, the province
/// of a file, the household that a child joins) is not compared, and neither is an event that an act brings about without
/// stating it, such as leaving a household: for those the registry alone vouches.
///
/// Digits and the spaces and hyphens in numbers do not count: the registry reads them in any script.
pub fn agrees(event: &Event, act: &Act) -> bool {
    let header = same_text(&event.office, &act.office)
        && same_text(&event.legal_basis, &act.legal_basis)
        && event.office_recorded_at == act.recorded_at;
    let bodies = body("sabt.event.v1.Event", &event.encode_to_vec())
        .zip(body("sabt.event.v1.Act", &act.encode_to_vec()));
    header
        && bodies.is_some_and(|(stated, signed)| {
            stated.0 != signed.0
                || (agree(&stated.1, &signed.1) && event.occurred_on == act.occurred_on)
        })
}

/// The body of a message that has one, and the number of its field: the same for an act and for what it states.
fn body(name: &str, bytes: &[u8]) -> Option<(u32, DynamicMessage)> {
    let message = DynamicMessage::decode(POOL.get_message_by_name(name)?, bytes).ok()?;
    let descriptor = message.descriptor();
    let bodies = descriptor.oneofs().find(|oneof| oneof.name() == "body")?;
    let field = bodies.fields().find(|field| message.has_field(field))?;
    let body = message.get_field(&field).as_message()?.clone();
    Some((field.number(), body))
}

/// True if the fields that two messages share by name and type agree. In messages of the same type these are all fields;
/// between others only what the act states counts.
fn agree(event: &DynamicMessage, act: &DynamicMessage) -> bool {
    let same = event.descriptor() == act.descriptor();
    let descriptor = event.descriptor();
    let mut shared = descriptor.fields().filter_map(|field| {
        let of_act = act.descriptor().get_field_by_name(field.name())?;
        let typed = field.kind() == of_act.kind() && field.cardinality() == of_act.cardinality();
        (typed && (same || act.has_field(&of_act))).then_some((field, of_act))
    });
    shared.all(|(field, of_act)| {
        let (stated, signed) = (event.get_field(&field), act.get_field(&of_act));
        event.has_field(&field) == act.has_field(&of_act) && same_value(&stated, &signed)
    })
}

fn same_value(stated: &Value, signed: &Value) -> bool {
    match (stated, signed) {
        (Value::String(stated), Value::String(signed)) => same_text(stated, signed),
        (Value::Message(stated), Value::Message(signed)) => agree(stated, signed),
        (Value::List(stated), Value::List(signed)) => {
            let mut pairs = stated.iter().zip(signed);
            stated.len() == signed.len() && pairs.all(|(stated, signed)| same_value(stated, signed))
        }
        (stated, signed) => stated == signed,
    }
}

fn same_text(stated: &str, signed: &str) -> bool {
    stated == signed || folded(stated).eq(folded(signed))
}

/// A text without what the registry passes over when it reads a number or code.
fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| {
            let value = match c {
                '\u{6f0}'..='\u{6f9}' => u32::from(c) - 0x6f0,
                '\u{660}'..='\u{669}' => u32::from(c) - 0x660,
                c => return c.to_ascii_uppercase(),
            };
            char::from_digit(value, 10).unwrap_or(c)
        })
}

#[cfg(test)]
mod tests;
