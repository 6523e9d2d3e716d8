//! Questions about until when something may be kept.

use std::sync::Arc;

use sabt_domain::access::{FieldGroup, Permit};
use sabt_domain::life::At;
use sabt_domain::refusal::Refusal;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::DisclosureVerb;
use sabt_views::query::DueQuery;

use super::ask::Found;
use super::cases::case_number;
use super::convert;
use super::persons::{found, household_code, person_number, refuse};
use super::reading;
use crate::registry::Registry;

/// Of a person, a household or a service case.
pub(super) fn get_retention(
    registry: &Registry,
    permit: &Permit,
    question: &api::GetRetentionRequest,
    at: &At,
) -> Result<Found<api::GetRetentionResponse>, Refusal> {
    let views = registry.views();
    let asked = (
        question.person.as_str(),
        question.household.as_str(),
        question.service_case.as_str(),
    );
    let answer = match asked {
        (person, "", "") => views.retention(permit, person_number("person", person)?, at),
        ("", household, "") => {
            let code = household_code("household", household)?;
            views.household_retention(permit, code, at)
        }
        ("", "", case) => views.case_retention(permit, case_number("service_case", case)?, at),
        _ => {
            let problem = "is stated beside another subject: ask about one alone";
            let second = if question.service_case.is_empty() {
                "household"
            } else {
                "service_case"
            };
            return Err(Refusal::field(second, problem));
        }
    };
    let groups = vec![FieldGroup::History];
    Ok(found(
        registry,
        DisclosureVerb::Opened,
        groups,
        &answer.map_err(refuse)?,
        |view| convert::retention(view, at.as_of),
    ))
}

/// A page of everybody of whom something is due.
pub(super) async fn list_due(
    registry: &Arc<Registry>,
    permit: &Permit,
    question: &api::ListRetentionsDueRequest,
    at: &At,
) -> Result<Found<api::ListRetentionsDueResponse>, Refusal> {
    let group = match question.field_group.as_str() {
        "" => None,
        code => {
            let group = FieldGroup::from_code(code).filter(|group| permit.allows(*group));
            let group = group
                .ok_or_else(|| Refusal::field("field_group", "is no field group of this question"));
            Some(group?)
        }
    };
    let query = DueQuery {
        group,
        after: question.after.clone(),
        looked_at: usize::try_from(question.looked_at).unwrap_or(usize::MAX),
    };
    let (work, permit, asked) = (Arc::clone(registry), permit.clone(), *at);
    let answer = reading(move || {
        let views = work.views();
        views
            .retentions_due(&permit, &query, &asked)
            .map_err(refuse)
    })
    .await?;
    let groups = vec![FieldGroup::History];
    Ok(found(
        registry,
        DisclosureVerb::Candidate,
        groups,
        &answer,
        |page| convert::retentions_due(page, at.as_of),
    ))
}

/// Of a person's claims to asylum.
pub(super) fn get_claim_retention(
    registry: &Registry,
    permit: &Permit,
    question: &api::GetClaimRetentionRequest,
    at: &At,
) -> Result<Found<api::GetClaimRetentionResponse>, Refusal> {
    let number = person_number("person", &question.person)?;
    let answer = registry.views().claim_retention(permit, number, at);
    let groups = vec![FieldGroup::AsylumClaim];
    Ok(found(
        registry,
        DisclosureVerb::Opened,
        groups,
        &answer.map_err(refuse)?,
        |claims| convert::claim_retention(claims, at.as_of),
    ))
}
