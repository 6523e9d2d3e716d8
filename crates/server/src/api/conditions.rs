//! Which conditions of residence are shown for a person.

use sabt_domain::access::Permit;
use sabt_domain::codec::Value as _;
use sabt_domain::fact::PermitScope;
use sabt_domain::law::{ResidenceBasis, ResidenceKind, ResidenceStep};
use sabt_domain::life::At;
use sabt_domain::person::{ConditionAnswer, ConditionState, ShownBy};
use sabt_domain::refusal::Refusal;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::DisclosureVerb;
use sabt_views::query::{CONDITIONS_REST_ON, ConditionsQuery};

use super::ask::Found;
use super::persons::{found, person_number, refuse};
use crate::registry::Registry;

/// Which conditions of a kind of residence are shown, by what, and which are missing?
pub(super) fn get(
    registry: &Registry,
    permit: &Permit,
    question: &api::GetResidenceConditionsRequest,
    at: &At,
) -> Result<Found<api::GetResidenceConditionsResponse>, Refusal> {
    let number = person_number("person", &question.person)?;
    let query = ConditionsQuery {
        kind: known("kind", ResidenceKind::from_proto(question.kind))?,
        basis: known("basis", ResidenceBasis::from_proto(question.basis))?,
        scope: known("scope", PermitScope::from_proto(question.scope))?,
        step: known("step", step(question.step()))?,
    };
    let views = registry.views();
    let answer = views.residence_conditions(permit, number, query, at);
    let groups = permit.groups();
    let groups = groups.filter(|group| CONDITIONS_REST_ON.contains(group));
    Ok(found(
        registry,
        DisclosureVerb::Opened,
        groups.collect(),
        &answer.map_err(refuse)?,
        |content| api::GetResidenceConditionsResponse {
            conditions: content.conditions.iter().map(message).collect(),
            law_edition: content.law_edition.to_owned(),
            ..api::GetResidenceConditionsResponse::default()
        },
    ))
}

fn known<T>(path: &'static str, value: Option<T>) -> Result<T, Refusal> {
    value.ok_or_else(|| Refusal::field(path, "is missing or not a value this registry knows"))
}

fn step(step: api::ResidenceStep) -> Option<ResidenceStep> {
    match step {
        api::ResidenceStep::Unspecified => None,
        api::ResidenceStep::Issue => Some(ResidenceStep::Issue),
        api::ResidenceStep::Convert => Some(ResidenceStep::Convert),
        api::ResidenceStep::Renew => Some(ResidenceStep::Renew),
    }
}

fn message(answer: &ConditionAnswer) -> api::ResidenceConditionState {
    let mut message = api::ResidenceConditionState {
        condition: answer.rule.condition.to_proto().into(),
        source: answer.rule.source.to_owned(),
        state: answer.state.code().to_owned(),
        ..api::ResidenceConditionState::default()
    };
    match &answer.state {
        ConditionState::Missing => {}
        ConditionState::NotAsked(ground) => {
            ground.code().clone_into(&mut message.not_asked);
            ground.source().clone_into(&mut message.reading);
        }
        ConditionState::Shown(shown) => {
            shown.code().clone_into(&mut message.shown_by);
            if let ShownBy::Act(stated) = shown {
                message.position = Some(stated.position);
                message.since = Some(stated.on.to_message());
                message.reference.clone_from(&stated.reference);
            }
        }
    }
    message
}
