//! Disputes, and ends of disputes, that do not pass.

use sabt_domain::refusal::Reason;
use sabt_proto::event::v1 as event;
use sabt_proto::event::v1::act::Body;
use tonic::Code;

use super::Row;
use super::world::World;
use crate::support;

pub(super) fn rows(world: &World) -> Vec<Row> {
    let person = &world.people.wife;
    let identity = || support::dispute(person, "IDENTITY");
    let contest = |body| world.act("1405-01-02", Body::DisputeFact(body));
    let end = |outcome: event::DisputeOutcome| event::ResolveDispute {
        person: person.clone(),
        dispute_act_id: world.dispute.clone(),
        outcome: outcome.into(),
        ..event::ResolveDispute::default()
    };
    let resolve = |body| world.act("1405-01-02", Body::ResolveDispute(body));
    let upheld = event::ResolveDispute {
        correction_act_id: world.marriage.clone(),
        ..end(event::DisputeOutcome::Upheld)
    };
    let elsewhere = event::ResolveDispute {
        dispute_act_id: world.marriage.clone(),
        ..end(event::DisputeOutcome::Withdrawn)
    };
    let withdrawal = Body::ResolveDispute(end(event::DisputeOutcome::Withdrawn));
    let withdrawn = support::by_office(support::BORDER, support::act("1405-01-02", withdrawal));
    let both = event::DisputeFact {
        target_act_id: world.marriage.clone(),
        ..identity()
    };
    let of_no_group = event::DisputeFact {
        field: "person.address".to_owned(),
        ground: 0,
        ..identity()
    };
    let muddled = event::ResolveDispute {
        correction_act_id: world.marriage.clone(),
        ..end(event::DisputeOutcome::Withdrawn)
    };
    vec![
        Row::new(
            "the same dispute again",
            contest(identity()),
            Code::AlreadyExists,
            Reason::DisputeStands,
        ),
        Row::new(
            "end of what is no dispute",
            resolve(elsewhere),
            Code::NotFound,
            Reason::DisputeUnknown,
        ),
        Row::new(
            "dispute upheld by an act from before it",
            resolve(upheld),
            Code::FailedPrecondition,
            Reason::CorrectionMissing,
        ),
        Row::new(
            "dispute withdrawn by another agency",
            world.border.sign(&withdrawn).unwrap(),
            Code::FailedPrecondition,
            Reason::DisputeOfOtherAgency,
        )
        .by("border-police"),
        Row::new(
            "dispute rejected without a decision",
            resolve(end(event::DisputeOutcome::Rejected)),
            Code::FailedPrecondition,
            Reason::DeciderMissing,
        ),
        Row::malformed(
            "dispute about nothing",
            contest(event::DisputeFact {
                field_group: String::new(),
                ..identity()
            }),
            &["dispute_fact.field_group"],
        ),
        Row::malformed(
            "dispute about two things",
            contest(both),
            &["dispute_fact.field_group"],
        ),
        Row::malformed(
            "dispute about a claim to asylum",
            contest(support::dispute(person, "ASYLUM_CLAIM")),
            &["dispute_fact.field_group"],
        ),
        Row::malformed(
            "dispute about a field of another group on no ground",
            contest(of_no_group),
            &["dispute_fact.field", "dispute_fact.ground"],
        ),
        Row::malformed(
            "withdrawal that names a correction",
            resolve(muddled),
            &["resolve_dispute.correction_act_id"],
        ),
    ]
}
