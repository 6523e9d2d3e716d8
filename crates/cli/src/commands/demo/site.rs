//! Sites, as the office that runs them sees them: places and a number, and no names.

use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Act, SiteKind};

use super::registrar::{dated, submit_as};
use super::stage::{Asking, Stage, purpose_of, timed};
use crate::cast::{BORDER_POLICE, REGISTRAR};
use crate::commands::site;
use crate::error::CliError;
use crate::json;

const OFFICE: &str = "THR-01";
const BASIS: &str = "law:art. 33";

/// What is told of the sites that were loaded; somebody else asks; and nobody is put into a camp without a holding.
pub(super) async fn play(stage: &mut Stage<'_>, person: &str) -> Result<(), CliError> {
    stage.out.say("")?;
    stage.note(
        "The organisation runs guest towns, care camps, exit stations and return centres; it answers for who is there, \
         and for how many.",
    )?;
    let question = |purpose| api::ListSitesRequest {
        purpose,
        at: None,
        province: String::new(),
    };
    let request = question(purpose_of(REGISTRAR)?);
    let mut sites = stage.client(REGISTRAR)?.sites();
    let (answer, took) = timed(sites.list_sites(request)).await;
    let answer = answer?.into_inner();
    let shown = json::to_value("sabt.api.v1.ListSitesResponse", &answer)?;
    let table = site::render_sites(&answer.sites);
    let asking = Asking::new(REGISTRAR, "lists the sites that the bureau runs", took);
    stage.tell(&asking, &shown, Some(table))?;
    stage.note(
        "A number and no names, also for who runs the site: where somebody stays stands in the record of each person, \
         and no question makes a list of them.",
    )?;
    let request = question(purpose_of(BORDER_POLICE)?);
    let mut border = stage.client(BORDER_POLICE)?.sites();
    let (refused, took) = timed(border.list_sites(request)).await;
    stage.tell_refused(&Asking::new(BORDER_POLICE, "asks the same", took), refused)?;
    let camp = answer.sites.iter().find(|site| {
        let terms = site.terms.clone().unwrap_or_default();
        terms.kind() == SiteKind::CareCamp && site.closed_on.is_none()
    });
    let none = || CliError::Unsound("no care camp was loaded".to_owned());
    admission(stage, person, &camp.ok_or_else(none)?.number).await
}

/// She has no papers; that alone puts nobody into a camp.
async fn admission(stage: &mut Stage<'_>, person: &str, camp: &str) -> Result<(), CliError> {
    let body = event::RecordSiteAdmission {
        person: person.to_owned(),
        site: camp.to_owned(),
        ground: event::AdmissionGround::Holding.into(),
        over_capacity_reason: String::new(),
    };
    let act = Act {
        office: OFFICE.to_owned(),
        officer: REGISTRAR.officer.to_owned(),
        legal_basis: BASIS.to_owned(),
        body: Some(Body::RecordSiteAdmission(body)),
        ..Act::default()
    };
    let (answer, took) = submit_as(stage, REGISTRAR, &dated(stage, act)).await?;
    let what = format!("records that the woman of the first scene is in care camp {camp}");
    stage.tell_refused(&Asking::new(REGISTRAR, &what, took), answer)
}
