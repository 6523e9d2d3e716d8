//! Corrections and annulments that do not pass.

use sabt_domain::refusal::Reason;
use sabt_proto::api::v1::SignedAct;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Act, Sex};
use tonic::Code;

use super::Row;
use super::world::World;
use crate::support;

pub(super) fn rows(world: &World) -> Vec<Row> {
    let mut rows = annulments(world);
    rows.extend(corrections(world));
    rows
}

fn refused(name: &'static str, signed: SignedAct, reason: Reason) -> Row {
    Row::new(name, signed, Code::FailedPrecondition, reason)
}

fn annulments(world: &World) -> Vec<Row> {
    let annul = |target: &[u8]| {
        let annulment = event::AnnulAct {
            target_act_id: target.to_vec(),
            reason: "entered by mistake".to_owned(),
        };
        world.act("1405-01-01", Body::AnnulAct(annulment))
    };
    let malformed = event::AnnulAct {
        target_act_id: vec![1; 15],
        reason: String::new(),
    };
    vec![
        Row::new(
            "annulment of nothing",
            annul(&[9; 16]),
            Code::NotFound,
            Reason::TargetUnknown,
        ),
        refused(
            "annulment of what is annulled",
            annul(&world.annulled),
            Reason::TargetAnnulled,
        ),
        refused(
            "annulment of a registration",
            annul(&world.registration),
            Reason::DependentActsStand,
        ),
        Row::malformed(
            "annulment of no act for no reason",
            world.act("1405-01-01", Body::AnnulAct(malformed)),
            &["annul_act.target_act_id", "annul_act.reason"],
        ),
    ]
}

fn corrections(world: &World) -> Vec<Row> {
    let people = &world.people;
    let correct = |target: &[u8], replacement: Act| {
        let correction = event::CorrectAct {
            target_act_id: target.to_vec(),
            replacement: Some(Box::new(replacement)),
            reason: "misread".to_owned(),
        };
        world.act("1405-01-01", Body::CorrectAct(Box::new(correction)))
    };
    let registration = || {
        support::act(
            "1398-01-01",
            Body::RegisterPerson(support::register(Sex::Male, "1372-01-01")),
        )
    };
    let death = support::act(
        "1404-01-01",
        Body::RegisterDeath(support::death(&people.man)),
    );
    let strangers = support::marriage(support::party(&people.man), support::party(&people.single));
    let strangers = support::act("1398-02-01", Body::RegisterMarriage(strangers));
    let annulment = support::annulment(&world.annulled);
    let empty = event::CorrectAct {
        target_act_id: world.registration.clone(),
        replacement: None,
        reason: "misread".to_owned(),
    };
    vec![
        Row::new(
            "correction of nothing",
            correct(&[9; 16], registration()),
            Code::NotFound,
            Reason::TargetUnknown,
        ),
        refused(
            "registration corrected into a death",
            correct(&world.registration, death),
            Reason::NotSameKind,
        ),
        refused(
            "correction of an annulment",
            correct(&world.annulment, support::act("1404-02-01", annulment)),
            Reason::TargetNotAmendable,
        ),
        refused(
            "marriage of other people",
            correct(&world.marriage, strangers),
            Reason::NotSameSubjects,
        ),
        Row::malformed(
            "correction by nothing",
            world.act("1405-01-01", Body::CorrectAct(Box::new(empty))),
            &["correct_act.replacement"],
        ),
    ]
}
