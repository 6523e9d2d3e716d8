//! The stored contract `sabt.event.v1` in both directions.
//!
//! Reading collects everything that is wrong, each with its path in the message; writing cannot fail. The same readers
//! serve acts that arrive and events that were stored, so the limits of [`crate::fact::limits`] may be widened but
//! never narrowed.
//!
//! An act is refused if it carries fields that this version of the contract does not know: its author signed them, so
//! they may not be passed over in silence. Stored events are read leniently in this respect.

mod acts;
mod campaign;
mod case;
mod contest;
mod erasures;
mod events;
mod facts;
mod field;
mod grants;
mod reader;
mod removal;
mod site;
mod text;
mod value;

#[cfg(test)]
mod tests;

use crate::refusal::FieldViolation;

pub use self::value::Value;

/// Stored bytes are not an event of this contract.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The bytes are not protobuf of the message asked for.
    #[error("the bytes are not a message of the stored contract")]
    Protobuf(#[source] prost::DecodeError),
    /// Fields are missing or malformed. The violations name paths, never contents.
    #[error("{} fields of the stored message are missing or malformed", .0.len())]
    Fields(Vec<FieldViolation>),
}
