//! Protobuf messages as canonical proto3 JSON, both ways, by the contract's own descriptors.

use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{DescriptorPool, DeserializeOptions, DynamicMessage, SerializeOptions};

/// Why JSON and message do not meet.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// The text is not JSON of this message.
    #[error("not a {message}: {source}")]
    Parse {
        /// Full name of the message.
        message: &'static str,
        /// The cause, with line and column.
        #[source]
        source: serde_json::Error,
    },
    /// The message could not be carried over; the descriptors and the code disagree.
    #[error("the contract's descriptors do not fit {message}: {source}")]
    Contract {
        /// Full name of the message.
        message: &'static str,
        /// The cause.
        #[source]
        source: prost::DecodeError,
    },
}

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "compiled in; a test opens it")]
    DescriptorPool::decode(sabt_proto::DESCRIPTORS).expect("descriptors of the contracts")
});

fn descriptor(message: &'static str) -> prost_reflect::MessageDescriptor {
    #[expect(
        clippy::expect_used,
        reason = "names are literals of this crate; tests use each"
    )]
    POOL.get_message_by_name(message)
        .expect("a message of the contracts")
}

/// The message in JSON; `name` is its full name, such as `sabt.api.v1.Person`.
pub fn to_value<M: Message>(
    name: &'static str,
    message: &M,
) -> Result<serde_json::Value, JsonError> {
    let dynamic = DynamicMessage::decode(descriptor(name), message.encode_to_vec().as_slice())
        .map_err(|source| JsonError::Contract {
            message: name,
            source,
        })?;
    let options = SerializeOptions::new()
        .use_proto_field_name(true)
        .stringify_64_bit_integers(false);
    dynamic
        .serialize_with_options(serde_json::value::Serializer, &options)
        .map_err(|source| JsonError::Parse {
            message: name,
            source,
        })
}

/// The message written in JSON; field names in `snake_case` or `lowerCamelCase`, unknown fields refused.
pub fn from_str<M: Message + Default>(name: &'static str, text: &str) -> Result<M, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let wrap = |source| JsonError::Parse {
        message: name,
        source,
    };
    let dynamic =
        DynamicMessage::deserialize_with_options(descriptor(name), &mut deserializer, &options)
            .map_err(wrap)?;
    deserializer.end().map_err(wrap)?;
    M::decode(dynamic.encode_to_vec().as_slice()).map_err(|source| JsonError::Contract {
        message: name,
        source,
    })
}

/// The name of the field that is set in a oneof of a message, as in the contract: `residence_permit_issued`.
pub fn member<M: Message>(name: &'static str, oneof: &str, message: &M) -> Option<String> {
    let descriptor = descriptor(name);
    let dynamic =
        DynamicMessage::decode(descriptor.clone(), message.encode_to_vec().as_slice()).ok()?;
    let oneof = descriptor
        .oneofs()
        .find(|candidate| candidate.name() == oneof)?;
    let set = oneof.fields().find(|field| dynamic.has_field(field))?;
    Some(set.name().to_owned())
}

/// The values of an enum in the words of the command line, without the one that says nothing.
pub fn enum_words(name: &str, prefix: &str) -> String {
    let Some(descriptor) = POOL.get_enum_by_name(name) else {
        return String::new();
    };
    let words = descriptor
        .values()
        .filter(|value| value.number() != 0)
        .map(|value| {
            let name = value.name();
            name.strip_prefix(prefix)
                .unwrap_or(name)
                .to_lowercase()
                .replace('_', "-")
        });
    words.collect::<Vec<_>>().join(", ")
}
