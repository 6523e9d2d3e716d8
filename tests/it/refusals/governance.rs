//! Governance acts that do not pass.

use sabt_chain::note::SignerKey;
use sabt_chain::rotation::Rotation;
use sabt_chain::{LedgerName, Origin, Timestamp};
use sabt_cli::cast::GOVERNANCE;
use sabt_cli::keys::Keys;
use sabt_domain::access::Matrix;
use sabt_domain::refusal::Reason;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Role};
use sabt_server::checkpoint::LogKeys;
use tonic::Code;

use super::Row;
use super::world::{BOUND, PROTECTOR, REVOKED, UNKNOWN, World};
use crate::support::{self, NOW, TestRegistry};

pub(super) fn rows(world: &World) -> Vec<Row> {
    let mut rows = enrolments(world);
    rows.extend(endings(world));
    rows.extend(policies(world));
    rows.extend(rotations(world));
    rows.extend(orders(world));
    for row in &mut rows {
        row.who = GOVERNANCE.name;
    }
    rows
}

fn row(world: &World, name: &'static str, body: Body, code: Code, reason: Reason) -> Row {
    let signed = world
        .governance
        .sign(&support::governance_act(body))
        .unwrap();
    Row::new(name, signed, code, reason)
}

fn key(seed: u8) -> [u8; 32] {
    *TestRegistry::author_of_seed(seed).public()
}

fn enrolments(world: &World) -> Vec<Row> {
    let row = |name, body, code, reason| row(world, name, body, code, reason);
    let founding = Body::FoundRegistry(event::FoundRegistry {
        name: support::REGISTRY.to_owned(),
        events_log_key: "a".to_owned(),
        disclosures_log_key: "b".to_owned(),
        governance_key: world.governance.public().to_vec(),
    });
    let police = support::enrol_agency("POLICE", Role::Police);
    let office = |agency| support::enrol_office("THR-01", agency, "IR-23");
    let elsewhere = support::enrol_office("NEW-01", "NOBODY", "IR-23");
    let enrol = support::enrol_key;
    let (exists, denied, stands) = (
        Code::AlreadyExists,
        Code::PermissionDenied,
        Code::FailedPrecondition,
    );
    vec![
        row("second founding", founding, exists, Reason::AlreadyFounded),
        row(
            "agency enrolled twice",
            police,
            exists,
            Reason::AlreadyEnrolled,
        ),
        row(
            "office enrolled twice",
            office("BAFIA"),
            exists,
            Reason::AlreadyEnrolled,
        ),
        row(
            "key enrolled twice",
            enrol("BAFIA", &key(BOUND), "", 0),
            exists,
            Reason::AlreadyEnrolled,
        ),
        row(
            "key of nobody",
            enrol("NOBODY", &key(UNKNOWN), "", 0),
            denied,
            Reason::UnknownAgency,
        ),
        row(
            "key of a revoked agency",
            enrol("GONE", &key(UNKNOWN), "", 0),
            denied,
            Reason::RevokedAgency,
        ),
        row(
            "key for no office",
            enrol("BAFIA", &key(UNKNOWN), "XYZ-01", 0),
            denied,
            Reason::UnknownOffice,
        ),
        row(
            "key for another's office",
            enrol("BAFIA", &key(UNKNOWN), "THR-61", 0),
            denied,
            Reason::OfficeNotAllowed,
        ),
        row(
            "key that has expired",
            enrol("BAFIA", &key(UNKNOWN), "", NOW),
            stands,
            Reason::TermReversed,
        ),
        row("office of nobody", elsewhere, denied, Reason::UnknownAgency),
    ]
}

fn endings(world: &World) -> Vec<Row> {
    let row = |name, body, code, reason| row(world, name, body, code, reason);
    let any = support::governance_act(support::enrol_agency("ANY", Role::Police));
    let id = |seed| {
        TestRegistry::author_of_seed(seed)
            .sign(&any)
            .unwrap()
            .key_id
    };
    let revoke = |key_id: Vec<u8>| {
        Body::RevokeKey(event::RevokeKey {
            key_id,
            reason: "lost".to_owned(),
        })
    };
    let founder = world.governance.sign(&any).unwrap().key_id;
    let agency = |agency: &str| {
        let (agency, reason) = (agency.to_owned(), "dissolved".to_owned());
        Body::RevokeAgency(event::RevokeAgency { agency, reason })
    };
    let annulment = support::annulment(&world.enrolment);
    let (nobody, denied, stands) = (
        Code::Unauthenticated,
        Code::PermissionDenied,
        Code::FailedPrecondition,
    );
    vec![
        row(
            "revocation of an unknown key",
            revoke(id(UNKNOWN)),
            nobody,
            Reason::UnknownKey,
        ),
        row(
            "revocation of a revoked key",
            revoke(id(REVOKED)),
            nobody,
            Reason::RevokedKey,
        ),
        row(
            "revocation of the last governance key",
            revoke(founder),
            stands,
            Reason::EnrolmentInUse,
        ),
        row(
            "revocation of nobody",
            agency("NOBODY"),
            denied,
            Reason::UnknownAgency,
        ),
        row(
            "revocation of a revoked agency",
            agency("GONE"),
            denied,
            Reason::RevokedAgency,
        ),
        row(
            "annulment by governance",
            annulment,
            denied,
            Reason::RoleNotAllowed,
        ),
    ]
}

/// Policies that this registry does not know, and one whose time is over.
fn policies(world: &World) -> Vec<Row> {
    let policy = |name, edition: &str, digest: [u8; 32], reason| {
        let body = Body::AdoptPolicy(event::AdoptPolicy {
            edition: edition.to_owned(),
            digest: digest.to_vec(),
        });
        row(world, name, body, Code::FailedPrecondition, reason)
    };
    let (first, newest) = (Matrix::first_edition(), Matrix::newest());
    vec![
        policy(
            "policy of another edition",
            "1500-1",
            [0; 32],
            Reason::PolicyUnknown,
        ),
        policy(
            "policy that says something else",
            newest.edition(),
            *first.digest(),
            Reason::PolicyUnknown,
        ),
        policy(
            "policy that a later one has followed",
            first.edition(),
            *first.digest(),
            Reason::PolicySuperseded,
        ),
    ]
}

/// Rotations of a log key that is signed wrongly, whose new key the server lacks, or whose old key is none of the log's.
fn rotations(world: &World) -> Vec<Row> {
    let origin = Origin::new(support::REGISTRY, LedgerName::Events).unwrap();
    let keys = Keys::of(world.registry.dir());
    let first = LogKeys::of(keys.directory()).first(&origin).unwrap();
    let other = SignerKey::from_seed((&origin).into(), [88; 32]);
    let retire_at = Timestamp::from_micros(NOW + 1);
    let rotation = |old: &SignerKey, new: &SignerKey| {
        let (old_key, new_key) = (old.verifier().clone(), new.verifier().clone());
        let signed = Rotation::new(old_key, new_key, retire_at).unwrap();
        event::RotateLogKey {
            old_log_key: old.verifier().to_string(),
            new_log_key: new.verifier().to_string(),
            retire_at: retire_at.as_micros(),
            old_signature: signed.sign(old).as_bytes().to_vec(),
            new_signature: signed.sign(new).as_bytes().to_vec(),
        }
    };
    let sign = |body| {
        let act = support::governance_act(Body::RotateLogKey(body));
        world.governance.sign(&act).unwrap()
    };
    let lacking = rotation(&first, &other);
    let forged = event::RotateLogKey {
        old_signature: lacking.new_signature.clone(),
        ..lacking.clone()
    };
    vec![
        Row::malformed(
            "log key that the server lacks",
            sign(lacking),
            &["rotate_log_key.new_log_key"],
        ),
        Row::malformed(
            "log key that the old one does not vouch for",
            sign(forged),
            &["rotate_log_key.old_signature"],
        ),
        row(
            world,
            "rotation of a key that is none of the log's",
            Body::RotateLogKey(rotation(&other, &first)),
            Code::Unauthenticated,
            Reason::UnknownKey,
        ),
    ]
}

/// Orders of a court to withhold a disclosure for longer.
fn orders(world: &World) -> Vec<Row> {
    let order = |order_number: &str| {
        Body::ExtendDeferral(event::ExtendDeferral {
            disclosure: 0,
            until: NOW + 86_400_000_000,
            court: "Tehran 4".to_owned(),
            order_number: order_number.to_owned(),
        })
    };
    let protector = |body| {
        let act = support::governance_act(body);
        let author = TestRegistry::author_of_seed(PROTECTOR);
        author.sign(&act).unwrap()
    };
    let (denied, stands) = (Code::PermissionDenied, Code::FailedPrecondition);
    vec![
        row(
            world,
            "order of a court that the executive signed",
            order("1405/77"),
            denied,
            Reason::RoleNotAllowed,
        ),
        Row::new(
            "order about a disclosure that is not deferred",
            protector(order("1405/77")),
            stands,
            Reason::NotDeferred,
        ),
        Row::malformed(
            "order of a court without a number",
            protector(order("")),
            &["extend_deferral.order_number"],
        ),
        Row::new(
            "agency enrolled by the data-protection officer",
            protector(support::enrol_agency("NEW", Role::Police)),
            denied,
            Reason::RoleNotAllowed,
        ),
    ]
}
