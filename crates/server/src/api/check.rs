//! Whether an act would be recorded. It is let through and decided as if it were submitted, and what is told is told as every
//! answer: to whoever has a permit, not too often, and recorded for everybody whom the act is about. So a check is no way
//! to learn of somebody unseen.

use std::sync::Arc;

use sabt_domain::access::{FieldGroup, Permit};
use sabt_domain::refusal::Refusal;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::DisclosureVerb;

use super::ask::Found;
use super::persons::named;
use super::submit::admit;
use crate::registry::Registry;

/// Decides an act.
pub(super) async fn check(
    registry: &Arc<Registry>,
    permit: &Permit,
    question: &api::CheckActRequest,
) -> Result<Found<api::CheckActResponse>, Refusal> {
    let request = api::SubmitActRequest {
        signed_act: question.signed_act.clone(),
    };
    let act = admit(registry, Ok(permit.asker()), request)?;
    let position = registry.views_position();
    let checked = registry.submitter().check(act).await?;
    Ok(Found {
        answer: api::CheckActResponse {
            info: None,
            parts: checked.parts,
            recorded_before: checked.recorded_before,
        },
        verb: DisclosureVerb::Verified,
        subjects: checked
            .subjects
            .iter()
            .filter_map(|subject| named(registry, subject))
            .collect(),
        groups: vec![FieldGroup::Verdict],
        position,
        each: Vec::new(),
    })
}
