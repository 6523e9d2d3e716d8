//! Acts whose author may not, or is not who the signature says; callers who are nobody.

use prost::Message as _;
use sabt_cli::cast::{BORDER_POLICE, GOVERNANCE, POLICE};
use sabt_cli::sign::Author;
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{Act, Role, Sex};
use tonic::Code;

use super::Row;
use super::world::{BOUND, EXPIRED, OF_REVOKED_AGENCY, REVOKED, UNKNOWN, World};
use crate::support::{self, TestRegistry};

pub(super) fn rows(world: &World) -> Vec<Row> {
    let mut rows = keys(world);
    rows.extend(signatures(world));
    rows.extend(offices(world));
    rows.extend(callers(world));
    rows
}

fn registration() -> Act {
    support::act(
        "1400-01-01",
        Body::RegisterPerson(support::register(Sex::Male, "1370-01-01")),
    )
}

fn keys(world: &World) -> Vec<Row> {
    let by = |seed: u8| {
        TestRegistry::author_of_seed(seed)
            .sign(&registration())
            .unwrap()
    };
    let nobody = Code::Unauthenticated;
    let denied = Code::PermissionDenied;
    vec![
        Row::new("unknown key", by(UNKNOWN), nobody, Reason::UnknownKey),
        Row::new("revoked key", by(REVOKED), nobody, Reason::RevokedKey),
        Row::new("expired key", by(EXPIRED), nobody, Reason::ExpiredKey),
        Row::new(
            "key of a revoked agency",
            by(OF_REVOKED_AGENCY),
            denied,
            Reason::RevokedAgency,
        ),
        Row::new(
            "key of another office",
            by(BOUND),
            denied,
            Reason::OfficeNotAllowed,
        ),
        Row::new(
            "act signed by another agency",
            world.signed(&registration()),
            denied,
            Reason::RoleNotAllowed,
        )
        .by(BORDER_POLICE.name),
    ]
}

fn signatures(world: &World) -> Vec<Row> {
    let signed = world.signed(&registration());
    let mut flipped = signed.clone();
    flipped.signature[10] ^= 1;
    let mut altered = signed.clone();
    altered.act = Act {
        officer: "K9999".to_owned(),
        ..Act::decode(signed.act.as_slice()).unwrap()
    }
    .encode_to_vec();
    let mut other_nonce = signed.clone();
    other_nonce.nonce[0] ^= 1;
    let other_key = api::SignedAct {
        key_id: world.border.sign(&registration()).unwrap().key_id,
        ..signed
    };
    let key = sabt_cli::keys::Keys::of(world.registry.dir())
        .author("registrar")
        .unwrap();
    let elsewhere = Author::new(key, "other.example")
        .unwrap()
        .sign(&registration())
        .unwrap();
    [
        ("altered signature", flipped),
        ("altered act", altered),
        ("altered nonce", other_nonce),
        ("signature of another key", other_key),
        ("signature for another registry", elsewhere),
    ]
    .into_iter()
    .map(|(name, signed)| Row::new(name, signed, Code::Unauthenticated, Reason::BadSignature))
    .collect()
}

fn offices(world: &World) -> Vec<Row> {
    let denied = Code::PermissionDenied;
    let from = |office| world.signed(&support::by_office(office, registration()));
    let permit = support::temporary(&world.people.single, "T-9", ("1404-01-01", "1404-06-01"));
    let at_the_border = support::by_office(support::BORDER, support::act("1404-01-01", permit));
    let at_the_border = world.border.sign(&at_the_border).unwrap();
    let agency = support::governance_act(support::enrol_agency("NEW", Role::Police));
    let mut reused = registration();
    reused.act_id.clone_from(&world.registration);
    vec![
        Row::new(
            "unknown office",
            from("XYZ-01"),
            denied,
            Reason::UnknownOffice,
        ),
        Row::new(
            "office of the police",
            from("THR-61"),
            denied,
            Reason::OfficeNotAllowed,
        ),
        Row::new(
            "permit issued at the border",
            at_the_border,
            denied,
            Reason::RoleNotAllowed,
        )
        .by(BORDER_POLICE.name)
        .with(&[("roles_allowed", "REGISTRAR")]),
        Row::new(
            "governance by an office",
            world.signed(&agency),
            denied,
            Reason::RoleNotAllowed,
        ),
        Row::new(
            "act id of another act",
            world.signed(&reused),
            Code::AlreadyExists,
            Reason::ActIdReused,
        ),
    ]
}

fn callers(world: &World) -> Vec<Row> {
    let question = || api::VerifyStayRequest {
        purpose: Some(api::Purpose {
            code: POLICE.purpose.code().to_owned(),
            legal_basis: "law:art. 8(4)".to_owned(),
            case_reference: String::new(),
            ..api::Purpose::default()
        }),
        at: None,
        person: world.people.man.clone(),
    };
    let act = || world.signed(&registration());
    let (nobody, denied) = (Code::Unauthenticated, Code::PermissionDenied);
    vec![
        Row::new(
            "certificate without a name",
            question(),
            nobody,
            Reason::NotIdentified,
        )
        .by("no-name"),
        Row::new(
            "certificate of another registry",
            question(),
            nobody,
            Reason::NotIdentified,
        )
        .by("other-registry"),
        Row::new(
            "certificate of two officers",
            question(),
            nobody,
            Reason::NotIdentified,
        )
        .by("two-names"),
        Row::new(
            "agency that is not enrolled",
            question(),
            denied,
            Reason::UnknownAgency,
        )
        .by("unknown-agency"),
        Row::new(
            "agency that was revoked",
            question(),
            denied,
            Reason::RevokedAgency,
        )
        .by("revoked-agency"),
        Row::new(
            "act of a caller without a name",
            act(),
            nobody,
            Reason::NotIdentified,
        )
        .by("no-name"),
        Row::new(
            "act of a revoked agency",
            act(),
            denied,
            Reason::RevokedAgency,
        )
        .by("revoked-agency"),
        Row::new("act of the police", act(), denied, Reason::MethodNotAllowed)
            .by(POLICE.name)
            .with(&[("method", "SubmitAct")]),
        Row::new(
            "act of an office sent by governance",
            act(),
            denied,
            Reason::RoleNotAllowed,
        )
        .by(GOVERNANCE.name),
    ]
}
