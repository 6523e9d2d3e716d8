//! Claims to asylum that do not pass, and what everybody but the asylum unit is told of them.

use sabt_cli::cast::{ASYLUM_UNIT, BORDER_POLICE, POLICE};
use sabt_domain::access::Purpose;
use sabt_domain::number::ClaimNumber;
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, PersonStatus};
use tonic::Code;

use super::Row;
use super::world::World;
use crate::support;

pub(super) fn rows(world: &World) -> Vec<Row> {
    let mut rows = of_the_unit(world);
    rows.extend(of_others(world));
    rows
}

fn of_the_unit(world: &World) -> Vec<Row> {
    let precondition = Code::FailedPrecondition;
    let unknown = ClaimNumber::from_serial(99_000_000_000).unwrap();
    let row = |name, on: &str, body: Body, code, reason| {
        Row::new(name, world.claimed(on, body), code, reason).by(ASYLUM_UNIT.name)
    };
    let groundless = event::LodgeAsylumClaim {
        person: world.people.single.clone(),
        lodged_at: event::AsylumLodging::Authority.into(),
        ..event::LodgeAsylumClaim::default()
    };
    vec![
        row(
            "second claim to asylum",
            "1405-01-01",
            support::lodge(&world.people.wife),
            precondition,
            Reason::ClaimPending,
        ),
        row(
            "interview about a claim that ended",
            "1405-01-01",
            support::interview(&world.withdrawn_claim),
            precondition,
            Reason::ClaimDecided,
        ),
        row(
            "interview about no claim",
            "1405-01-01",
            support::interview(&unknown.to_string()),
            Code::NotFound,
            Reason::UnknownClaim,
        ),
        row(
            "claim refused without notice",
            "1405-01-01",
            support::refuse(&world.claim, "1405-02-01"),
            precondition,
            Reason::MissingNotice,
        ),
        row(
            "registration by the asylum unit",
            "1405-01-01",
            Body::RegisterDeath(support::death(&world.people.single)),
            Code::PermissionDenied,
            Reason::RoleNotAllowed,
        ),
        Row::malformed(
            "claim to asylum on no ground",
            world.claimed("1405-01-01", Body::LodgeAsylumClaim(groundless)),
            &["lodge_asylum_claim.grounds"],
        )
        .by(ASYLUM_UNIT.name),
    ]
}

fn of_others(world: &World) -> Vec<Row> {
    let status = event::GrantStatus {
        person: world.people.wife.clone(),
        status: PersonStatus::AsylumSeeker.into(),
        decided_by: String::new(),
    };
    let annulment = event::AnnulAct {
        target_act_id: world.lodging.clone(),
        reason: "entered by mistake".to_owned(),
    };
    let ask = |code: Purpose| api::GetAsylumClaimsRequest {
        purpose: Some(api::Purpose {
            code: code.code().to_owned(),
            legal_basis: "law:art.35".to_owned(),
            case_reference: "C-1".to_owned(),
            ..api::Purpose::default()
        }),
        at: None,
        person: world.people.wife.clone(),
    };
    vec![
        Row::new(
            "claim to asylum as a status",
            world.act("1405-01-01", Body::GrantStatus(status)),
            Code::FailedPrecondition,
            Reason::AsylumUnitOnly,
        ),
        Row::new(
            "claim to asylum at an office",
            world.act("1405-01-01", support::lodge(&world.people.wife)),
            Code::PermissionDenied,
            Reason::RoleNotAllowed,
        )
        .with(&[("roles_allowed", "ASYLUM_UNIT")]),
        Row::new(
            "annulment of a claim by an office",
            world.act("1405-01-01", Body::AnnulAct(annulment)),
            Code::NotFound,
            Reason::TargetUnknown,
        ),
        Row::new(
            "claims asked for by an office",
            ask(Purpose::Registration),
            Code::PermissionDenied,
            Reason::MethodNotAllowed,
        ),
        Row::new(
            "claims asked for by the border police",
            ask(Purpose::AsylumProcedure),
            Code::PermissionDenied,
            Reason::PurposeNotAllowed,
        )
        .by(BORDER_POLICE.name),
        Row::new(
            "claims asked for by the police",
            ask(Purpose::StayCheck),
            Code::PermissionDenied,
            Reason::MethodNotAllowed,
        )
        .by(POLICE.name),
    ]
}
