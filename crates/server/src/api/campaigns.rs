//! Campaigns of registration: what they are, and how far they reach. They name no person.

use std::sync::Arc;

use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::codec::Value;
use sabt_domain::life::At;
use sabt_domain::number::CampaignNumber;
use sabt_domain::refusal::Refusal;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::DisclosureVerb;
use sabt_views::query::{CampaignReach, CampaignView};
use tonic::{Request, Response, Status};

use super::ask::{Found, ask_at_length};
use super::persons::{found, refuse};
use super::reading;
use crate::registry::Registry;

/// `sabt.api.v1.Campaigns`.
pub(crate) struct CampaignsService(pub(crate) Arc<Registry>);

#[tonic::async_trait]
impl api::campaigns_server::Campaigns for CampaignsService {
    async fn get_campaign(
        &self,
        request: Request<api::GetCampaignRequest>,
    ) -> Result<Response<api::GetCampaignResponse>, Status> {
        ask_at_length(
            &self.0,
            Method::GetCampaign,
            request,
            |registry, permit, question, at| Box::pin(get(registry, permit, question, at)),
        )
        .await
    }
}

async fn get(
    registry: &Arc<Registry>,
    permit: &Permit,
    question: &api::GetCampaignRequest,
    at: &At,
) -> Result<Found<api::GetCampaignResponse>, Refusal> {
    let number: CampaignNumber = question
        .campaign
        .parse()
        .map_err(|err| Refusal::field("campaign", format!("{err}")))?;
    let (work, permit, at) = (Arc::clone(registry), permit.clone(), *at);
    let answer = reading(move || {
        let enrolment = work.enrolment();
        let views = work.views();
        views
            .campaign(&permit, number, &enrolment, &at)
            .map_err(refuse)
    })
    .await?;
    let groups = vec![FieldGroup::Campaign];
    Ok(found(
        registry,
        DisclosureVerb::Opened,
        groups,
        &answer,
        |view| api::GetCampaignResponse {
            info: None,
            campaign: Some(campaign(view)),
            reach: view.reach.as_ref().map(reach),
        },
    ))
}

fn campaign(view: &CampaignView) -> api::Campaign {
    let campaign = &view.campaign;
    api::Campaign {
        number: campaign.number.to_string(),
        version: view.version,
        terms: Some(campaign.terms.to_message()),
        ordered_on: Some(campaign.ordered_on.to_message()),
        directive: campaign.directive.clone(),
        organiser: campaign.organiser.to_string(),
        target: campaign.target.as_ref().map(Value::to_message),
        reports: campaign.reports.iter().map(Value::to_message).collect(),
        closed_on: campaign.closed_on.map(|on| on.to_message()),
    }
}

fn reach(reach: &CampaignReach) -> api::CampaignReach {
    api::CampaignReach {
        participants: reach.participants,
        listed: reach.listed,
        offices: reach
            .offices
            .iter()
            .map(|office| api::OfficeReach {
                office: office.office.to_string(),
                province: office.province.code().to_owned(),
                participants: office.participants,
            })
            .collect(),
        absences: reach
            .absences
            .iter()
            .map(|(reason, persons)| api::CampaignAbsence {
                reason: reason.to_proto().into(),
                persons: *persons,
            })
            .collect(),
    }
}
