//! Sites: what they are, and how many stay in them. They name no person.

use std::sync::Arc;

use sabt_domain::access::{FieldGroup, Method, Permit, Told};
use sabt_domain::codec::Value;
use sabt_domain::law::ProvinceCode;
use sabt_domain::life::At;
use sabt_domain::number::SiteNumber;
use sabt_domain::refusal::Refusal;
use sabt_domain::site::{Inspection, SiteStay};
use sabt_domain::time::Calendar;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::DisclosureVerb;
use sabt_views::query::{SiteView, When};
use tonic::{Request, Response, Status};

use super::ask::{Found, ask_at_length};
use super::persons::{found, refuse};
use super::reading;
use crate::registry::Registry;

/// `sabt.api.v1.Sites`.
pub(crate) struct SitesService(pub(crate) Arc<Registry>);

#[tonic::async_trait]
impl api::sites_server::Sites for SitesService {
    async fn get_site(
        &self,
        request: Request<api::GetSiteRequest>,
    ) -> Result<Response<api::GetSiteResponse>, Status> {
        ask_at_length(
            &self.0,
            Method::GetSite,
            request,
            |registry, permit, question, at| Box::pin(get(registry, permit, question, at)),
        )
        .await
    }

    async fn list_sites(
        &self,
        request: Request<api::ListSitesRequest>,
    ) -> Result<Response<api::ListSitesResponse>, Status> {
        ask_at_length(
            &self.0,
            Method::ListSites,
            request,
            |registry, permit, question, at| Box::pin(list(registry, permit, question, at)),
        )
        .await
    }
}

async fn get(
    registry: &Arc<Registry>,
    permit: &Permit,
    question: &api::GetSiteRequest,
    at: &At,
) -> Result<Found<api::GetSiteResponse>, Refusal> {
    let number: SiteNumber = question
        .site
        .parse()
        .map_err(|err| Refusal::field("site", format!("{err}")))?;
    let when = when(question.at.as_ref());
    let (work, permit, on) = (Arc::clone(registry), permit.clone(), *at);
    let answer = reading(move || {
        let enrolment = work.enrolment();
        let views = work.views();
        views
            .site(&permit, number, &enrolment, &on, when)
            .map_err(refuse)
    })
    .await?;
    Ok(found(
        registry,
        DisclosureVerb::Opened,
        vec![FieldGroup::Site],
        &answer,
        |view| api::GetSiteResponse {
            info: None,
            site: Some(site(view, at)),
        },
    ))
}

async fn list(
    registry: &Arc<Registry>,
    permit: &Permit,
    question: &api::ListSitesRequest,
    at: &At,
) -> Result<Found<api::ListSitesResponse>, Refusal> {
    let province = match question.province.as_str() {
        "" => None,
        code => {
            let known = ProvinceCode::from_code(code);
            let unknown = || Refusal::field("province", "is not a code of the province table");
            Some(known.ok_or_else(unknown)?)
        }
    };
    let when = when(question.at.as_ref());
    let (work, permit, on) = (Arc::clone(registry), permit.clone(), *at);
    let answer = reading(move || {
        let enrolment = work.enrolment();
        let views = work.views();
        views
            .sites(&permit, province, &enrolment, &on, when)
            .map_err(refuse)
    })
    .await?;
    Ok(found(
        registry,
        DisclosureVerb::Opened,
        vec![FieldGroup::Site],
        &answer,
        |view| api::ListSitesResponse {
            info: None,
            sites: view.sites.iter().map(|view| site(view, at)).collect(),
            more: view.more,
        },
    ))
}

/// Whether it is asked about now: nothing is recorded that holds from a later day on.
pub(super) fn when(at: Option<&api::AsOf>) -> When {
    match at {
        Some(at) if at.as_of.is_some() || at.known_at != 0 => When::Then,
        Some(_) | None => When::Now,
    }
}

fn site(view: &SiteView, at: &At) -> api::Site {
    let site = &view.site;
    let due = site.inspection_due();
    api::Site {
        number: site.number.to_string(),
        version: view.version,
        terms: Some(site.terms.to_message()),
        opened_on: Some(site.opened_on.to_message()),
        run_by: site.run_by.to_string(),
        capacity: site.capacity,
        inspections: site.inspections.iter().map(inspection).collect(),
        inspection_due: due.map(|due| due.to_message()),
        inspection_overdue: due.is_some_and(|due| due.latest() < at.as_of),
        closed_on: site.closed_on.map(|on| on.to_message()),
        occupancy: view.persons.map(|persons| {
            let capacity = u64::from(site.capacity);
            api::SiteOccupancy {
                persons,
                free: capacity.saturating_sub(persons),
                over_capacity: persons.saturating_sub(capacity),
            }
        }),
    }
}

fn inspection(inspection: &Inspection) -> api::SiteInspection {
    let terms = &inspection.terms;
    let findings = terms.findings.iter();
    api::SiteInspection {
        on: Some(inspection.on.to_message()),
        office: inspection.office.to_string(),
        inspected_by: terms.inspected_by.clone(),
        findings: findings
            .map(|finding| i32::from(finding.to_proto()))
            .collect(),
        report_reference: terms.report_reference.clone(),
        next_on: Some(terms.next_on.to_message()),
    }
}

/// A stay of a person, as their record tells it.
pub(super) fn stay(stay: &Told<SiteStay>) -> api::SiteStay {
    let until = stay
        .until()
        .and_then(|day| day.date_in(Calendar::Jalali).ok());
    api::SiteStay {
        site: stay.site.to_string(),
        act_id: stay.act_id.as_bytes().to_vec(),
        ground: i32::from(stay.ground.to_proto()),
        since: Some(stay.since.to_message()),
        admitted_on: Some(stay.admitted_on.to_message()),
        until: until.map(|until| until.to_message()),
        over_capacity_reason: stay.over_capacity_reason.clone(),
        ended: stay
            .end
            .map(|(_, end)| end.code().to_owned())
            .unwrap_or_default(),
        ended_on: stay.end.map(|(on, _)| on.to_message()),
    }
}
