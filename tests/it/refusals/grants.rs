//! Grants that do not hold, each for a reason of its own.

use sabt_cli::cast::{
    BORDER_POLICE, BORDER_SUPERVISOR, CIVIL_REGISTRY, CIVIL_SUPERVISOR, POLICE, Player, REGISTRAR,
};
use sabt_domain::access::{FieldGroup, Grant, Purpose};
use sabt_domain::act::KeyId;
use sabt_domain::refusal::Reason;
use sabt_domain::time::Timestamp;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{JustifyLookup, LookupGround, SignedGrant};
use tonic::Code;

use super::Row;
use super::world::{ANOTHER_OFFICER, World};
use crate::support::{self, HOUR, REGISTRY, TestRegistry, revocation, under};

pub(super) fn rows(world: &World) -> Vec<Row> {
    let mut rows = signatures(world);
    rows.extend(persons(world));
    rows.extend(scopes(world));
    rows.extend(times(world));
    rows.extend(revocations(world));
    rows
}

/// Opens the record of `man` as border police.
fn get(world: &World, purpose: api::Purpose) -> api::GetPersonRequest {
    get_of(world.people.man.clone(), purpose)
}

fn get_of(person: String, purpose: api::Purpose) -> api::GetPersonRequest {
    api::GetPersonRequest {
        purpose: Some(purpose),
        at: None,
        person,
    }
}

/// A grant for `man`.
fn good(world: &World) -> Grant {
    world.registry.border_grant(&[&world.people.man])
}

fn issued(world: &World, grant: &Grant) -> api::Purpose {
    under(grant, world.registry.issue(grant))
}

fn signed_by(world: &World, player: Player, grant: Grant) -> api::Purpose {
    let key = world.registry.key(player);
    let grant = Grant {
        issuer: KeyId(key.public().id().to_bytes()),
        ..grant
    };
    let signed = sabt_cli::grants::sign(&key, REGISTRY, &grant).unwrap();
    under(&grant, signed)
}

fn denied(name: &'static str, request: api::GetPersonRequest, reason: Reason) -> Row {
    Row::new(name, request, Code::PermissionDenied, reason).by(BORDER_POLICE.name)
}

fn signatures(world: &World) -> Vec<Row> {
    let grant = good(world);
    let genuine = world.registry.issue(&grant);
    let with = |signed: SignedGrant| get(world, under(&grant, signed));
    let unauthenticated = |name, signed, reason| {
        Row::new(name, with(signed), Code::Unauthenticated, reason).by(BORDER_POLICE.name)
    };
    let widened = Grant {
        groups: [FieldGroup::Identity, FieldGroup::Address].into(),
        ..grant.clone()
    };
    let prolonged = Grant {
        not_after: Timestamp::from_micros(grant.not_after.micros() + HOUR),
        ..grant.clone()
    };
    let changed = |changed: &Grant| SignedGrant {
        grant: changed.encode(),
        ..genuine.clone()
    };
    let stranger = TestRegistry::author_key_of_seed(super::world::UNKNOWN);
    let unknown = Grant {
        issuer: KeyId(stranger.public().id().to_bytes()),
        ..grant.clone()
    };
    let unknown = sabt_cli::grants::sign(&stranger, REGISTRY, &unknown).unwrap();
    // Names the supervisor's key, but another key has signed.
    let impostor = sabt_cli::grants::sign(&stranger, REGISTRY, &grant).unwrap();
    let short = SignedGrant {
        signature: vec![1; 63],
        ..genuine.clone()
    };
    let nothing = SignedGrant {
        grant: b"no grant".to_vec(),
        ..genuine.clone()
    };
    let elsewhere = Grant {
        origin: "other.example/events".to_owned(),
        ..grant.clone()
    };
    let supervisor = world.registry.key(BORDER_SUPERVISOR);
    let elsewhere = sabt_cli::grants::sign(&supervisor, "other.example", &elsewhere).unwrap();
    // Says that it is for this registry, but was signed for another.
    let transplanted = sabt_cli::grants::sign(&supervisor, "other.example", &grant).unwrap();
    vec![
        unauthenticated(
            "grant widened after it was signed",
            changed(&widened),
            Reason::GrantForged,
        ),
        unauthenticated(
            "grant prolonged after it was signed",
            changed(&prolonged),
            Reason::GrantForged,
        ),
        unauthenticated("grant of an impostor", impostor, Reason::GrantForged),
        unauthenticated(
            "grant signed for another registry",
            transplanted,
            Reason::GrantForged,
        ),
        unauthenticated("grant of an unknown key", unknown, Reason::UnknownKey),
        Row::malformed(
            "grant with a short signature",
            with(short),
            &["purpose.grant.signature"],
        )
        .by(BORDER_POLICE.name),
        Row::new(
            "bytes that are no grant",
            with(nothing),
            Code::InvalidArgument,
            Reason::MalformedGrant,
        )
        .by(BORDER_POLICE.name),
        denied(
            "grant of another registry",
            with(elsewhere),
            Reason::GrantOfOtherRegistry,
        ),
    ]
}

fn persons(world: &World) -> Vec<Row> {
    let grant = good(world);
    let own = Grant {
        officer: BORDER_SUPERVISOR.officer.parse().unwrap(),
        ..grant.clone()
    };
    let of_office = signed_by(world, BORDER_POLICE, grant.clone());
    let by_others = signed_by(world, CIVIL_SUPERVISOR, grant.clone());
    let for_others = Grant {
        agency: CIVIL_REGISTRY.agency.parse().unwrap(),
        officer: CIVIL_REGISTRY.officer.parse().unwrap(),
        ..grant.clone()
    };
    let for_others = signed_by(world, CIVIL_SUPERVISOR, for_others);
    vec![
        denied(
            "grant by a key that does not supervise",
            get(world, of_office),
            Reason::GrantNotBySupervisor,
        ),
        denied(
            "grant by the supervisor of another agency",
            get(world, by_others),
            Reason::GrantOfOtherAgency,
        ),
        denied(
            "grant of another agency",
            get(world, for_others),
            Reason::GrantOfOtherAgency,
        ),
        denied(
            "emergency grant signed by a supervisor",
            get(
                world,
                issued(
                    world,
                    &Grant {
                        purpose: Purpose::VitalEmergency,
                        ..good(world)
                    },
                ),
            ),
            Reason::GrantNotOwn,
        ),
        denied(
            "grant to oneself",
            get(world, issued(world, &own)),
            Reason::GrantSelfIssued,
        )
        .by(BORDER_SUPERVISOR.name),
        denied(
            "grant of another officer",
            get(world, issued(world, &grant)),
            Reason::GrantOfOtherOfficer,
        )
        .by(ANOTHER_OFFICER),
    ]
}

fn scopes(world: &World) -> Vec<Row> {
    let grant = good(world);
    let bare = |player: Player, basis: &str| api::Purpose {
        code: player.purpose.code().to_owned(),
        legal_basis: basis.to_owned(),
        case_reference: "C-1".to_owned(),
        ..api::Purpose::default()
    };
    let too_wide = Grant {
        groups: [FieldGroup::Identity, FieldGroup::Address].into(),
        ..grant.clone()
    };
    let other_purpose = Grant {
        purpose: Purpose::StayCheck,
        ..grant.clone()
    };
    let other_purpose = api::Purpose {
        code: grant.purpose.code().to_owned(),
        ..issued(world, &other_purpose)
    };
    let other_case = api::Purpose {
        case_reference: "C-2".to_owned(),
        ..issued(world, &grant)
    };
    let beyond = get_of(world.people.wife.clone(), issued(world, &grant));
    let search = api::FindPersonRequest {
        purpose: Some(issued(world, &grant)),
        document: Some(support::reference("P-1")),
        ..api::FindPersonRequest::default()
    };
    let history = api::GetHistoryRequest {
        purpose: Some(issued(world, &grant)),
        at: None,
        person: world.people.man.clone(),
    };
    let unnamed = Grant {
        agency: CIVIL_REGISTRY.agency.parse().unwrap(),
        officer: CIVIL_REGISTRY.officer.parse().unwrap(),
        purpose: CIVIL_REGISTRY.purpose,
        groups: [FieldGroup::Identity].into(),
        persons: [].into(),
        ..grant.clone()
    };
    let feed = api::FollowRequest {
        purpose: Some(signed_by(world, CIVIL_SUPERVISOR, unnamed.clone())),
        from: 0,
        stop_at_head: true,
    };
    let unnamed = signed_by(world, CIVIL_SUPERVISOR, unnamed);
    let civil = CIVIL_REGISTRY.name;
    let closed = Code::PermissionDenied;
    vec![
        denied(
            "record opened without a grant",
            get(world, bare(BORDER_POLICE, "duty:12")),
            Reason::GrantRequired,
        ),
        denied(
            "record opened by the civil registry without a grant",
            get(world, bare(CIVIL_REGISTRY, "duty:12")),
            Reason::GrantRequired,
        )
        .by(civil),
        denied(
            "grant beyond the matrix",
            get(world, issued(world, &too_wide)),
            Reason::GrantTooWide,
        ),
        denied(
            "grant that names nobody where it must",
            get(world, unnamed),
            Reason::GrantTooWide,
        )
        .by(civil),
        denied(
            "grant for another purpose",
            get(world, other_purpose),
            Reason::GrantOfOtherPurpose,
        ),
        denied(
            "grant for another case",
            get(world, other_case),
            Reason::GrantOfOtherPurpose,
        ),
        denied("person beyond the grant", beyond, Reason::GrantOutOfScope),
        Row::new(
            "search under a grant for one person",
            search,
            closed,
            Reason::GrantOutOfScope,
        )
        .by(BORDER_POLICE.name),
        Row::new("feed under a grant", feed, closed, Reason::GrantOutOfScope).by(civil),
        Row::new(
            "method that no grant opens",
            history,
            closed,
            Reason::MethodNotAllowed,
        )
        .by(BORDER_POLICE.name),
        denied(
            "grant that police bring from the border",
            get(world, issued(world, &grant)),
            Reason::PurposeNotAllowed,
        )
        .by(POLICE.name),
    ]
}

fn times(world: &World) -> Vec<Row> {
    let grant = good(world);
    let now = world.registry.clock().now_micros();
    let from_until = |from: i64, until: i64| {
        let grant = Grant {
            not_before: Timestamp::from_micros(now + from),
            not_after: Timestamp::from_micros(now + until),
            ..grant.clone()
        };
        get(world, issued(world, &grant))
    };
    vec![
        denied(
            "grant of yesterday",
            from_until(-24 * HOUR, -20 * HOUR),
            Reason::GrantExpired,
        ),
        denied(
            "grant that has just ended",
            from_until(-HOUR, -1),
            Reason::GrantExpired,
        ),
        denied(
            "grant of tomorrow",
            from_until(1, HOUR),
            Reason::GrantNotYetValid,
        ),
        denied(
            "grant for more than twelve hours",
            from_until(-HOUR, 11 * HOUR + 1),
            Reason::GrantTooLong,
        ),
        denied(
            "grant that was revoked",
            get(world, issued(world, &world.revoked_grant)),
            Reason::GrantRevoked,
        ),
    ]
}

fn revocations(world: &World) -> Vec<Row> {
    let grant = good(world);
    let signed = |player: Player, act| {
        let author = world.registry.author(player.name);
        author.sign(&act).unwrap()
    };
    let mut with_case = revocation(&grant);
    "C-1".clone_into(&mut with_case.case_reference);
    let justification = support::governance_act(Body::JustifyLookup(JustifyLookup {
        disclosure: 0,
        ground: LookupGround::CaseWork.into(),
    }));
    let closed = Code::PermissionDenied;
    vec![
        Row::new(
            "revocation by a key that does not supervise",
            signed(BORDER_POLICE, revocation(&grant)),
            closed,
            Reason::RoleNotAllowed,
        )
        .by(BORDER_POLICE.name),
        Row::new(
            "revocation by the supervisor of another agency",
            signed(CIVIL_SUPERVISOR, revocation(&grant)),
            closed,
            Reason::RoleNotAllowed,
        )
        .by(CIVIL_SUPERVISOR.name),
        Row::new(
            "revocation by an office",
            signed(REGISTRAR, revocation(&grant)),
            closed,
            Reason::RoleNotAllowed,
        ),
        Row::new(
            "justification of a look-up that was not drawn",
            signed(REGISTRAR, justification),
            Code::NotFound,
            Reason::LookupNotDrawn,
        ),
        Row::malformed(
            "revocation that names a case",
            signed(BORDER_SUPERVISOR, with_case),
            &["case_reference"],
        )
        .by(BORDER_SUPERVISOR.name),
        Row::new(
            "revocation of a grant that was revoked",
            signed(BORDER_SUPERVISOR, revocation(&world.revoked_grant)),
            closed,
            Reason::GrantRevoked,
        )
        .by(BORDER_SUPERVISOR.name),
    ]
}
