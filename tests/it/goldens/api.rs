//! The RPC contract as text: every service, message and enum with its numbers. A line that changes or goes breaks
//! somebody's program; new lines are how the contract grows.

use std::fmt::Write as _;

use prost_reflect::{
    Cardinality, DescriptorPool, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor,
    ServiceDescriptor,
};

/// Packages of the contracts.
const PACKAGES: [&str; 3] = ["sabt.api.v1", "sabt.event.v1", "sabt.extract.v1"];

#[test]
fn the_contracts_grow_and_never_change() {
    let pool = DescriptorPool::decode(sabt_proto::DESCRIPTORS).unwrap();
    for package in PACKAGES {
        let text = render(&pool, package);
        insta::with_settings!({
            snapshot_path => "../../../snapshots/api",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!(package, text) });
    }
}

fn render(pool: &DescriptorPool, package: &str) -> String {
    let mut text = String::new();
    for service in pool
        .services()
        .filter(|service| service.package_name() == package)
    {
        render_service(&service, &mut text);
    }
    let mut messages: Vec<_> = pool
        .all_messages()
        .filter(|message| message.package_name() == package && !message.is_map_entry())
        .collect();
    messages.sort_by(|a, b| a.full_name().cmp(b.full_name()));
    for message in &messages {
        render_message(message, &mut text);
    }
    let mut enums: Vec<_> = pool
        .all_enums()
        .filter(|descriptor| descriptor.package_name() == package)
        .collect();
    enums.sort_by(|a, b| a.full_name().cmp(b.full_name()));
    for descriptor in &enums {
        render_enum(descriptor, &mut text);
    }
    text
}

fn render_service(service: &ServiceDescriptor, text: &mut String) {
    writeln!(text, "service {}", service.full_name()).unwrap();
    for method in service.methods() {
        let stream = |streams| if streams { "stream " } else { "" };
        writeln!(
            text,
            "  rpc {}({}{}) returns ({}{})",
            method.name(),
            stream(method.is_client_streaming()),
            method.input().full_name(),
            stream(method.is_server_streaming()),
            method.output().full_name(),
        )
        .unwrap();
    }
}

fn render_message(message: &MessageDescriptor, text: &mut String) {
    writeln!(text, "message {}", message.full_name()).unwrap();
    for field in message.fields() {
        let oneof = field
            .containing_oneof()
            .map(|oneof| format!(" in {}", oneof.name()))
            .unwrap_or_default();
        let kind = render_kind(&field);
        writeln!(text, "  {} {} {kind}{oneof}", field.number(), field.name()).unwrap();
    }
}

fn render_kind(field: &FieldDescriptor) -> String {
    if field.is_map() {
        return "map".to_owned();
    }
    let kind = field.kind();
    let kind = if let Kind::Message(message) = &kind {
        message.full_name().to_owned()
    } else if let Kind::Enum(descriptor) = &kind {
        descriptor.full_name().to_owned()
    } else {
        format!("{kind:?}").to_lowercase()
    };
    match field.cardinality() {
        Cardinality::Repeated => format!("repeated {kind}"),
        Cardinality::Optional | Cardinality::Required => kind,
    }
}

fn render_enum(descriptor: &EnumDescriptor, text: &mut String) {
    writeln!(text, "enum {}", descriptor.full_name()).unwrap();
    for value in descriptor.values() {
        writeln!(text, "  {} {}", value.number(), value.name()).unwrap();
    }
}
