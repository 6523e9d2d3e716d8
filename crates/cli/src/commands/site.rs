//! `site`: guest towns, care camps, exit stations and return centres.

use comfy_table::Table;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;

use super::query::{emit, info};
use crate::args::{SiteArgs, SiteCommand, SiteListArgs, SiteShowArgs};
use crate::error::CliError;
use crate::out::Out;
use crate::purpose::{Asked, purpose};
use crate::session::Session;
use crate::{cast, render, text, when};

/// Lists or shows sites.
///
/// # Errors
/// [`CliError`].
pub async fn run(args: &SiteArgs, out: &mut Out) -> Result<(), CliError> {
    match &args.command {
        SiteCommand::List(args) => list(args, out).await,
        SiteCommand::Show(args) => show(args, out).await,
    }
}

async fn list(args: &SiteListArgs, out: &mut Out) -> Result<(), CliError> {
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    let request = api::ListSitesRequest {
        purpose: Some(purpose(&args.purpose, &session.caller, Asked::Data)?),
        at: Some(when::at(&args.at)?),
        province: args.province.clone().unwrap_or_default(),
    };
    let answer = session.client.sites().list_sites(request).await?;
    let answer = answer.into_inner();
    emit(out, "sabt.api.v1.ListSitesResponse", &answer)?;
    out.table(render_sites(&answer.sites), "There is no site.")?;
    if answer.more {
        out.say("There are more sites than are listed: ask for one province.")?;
    }
    info(out, answer.info.as_ref())
}

async fn show(args: &SiteShowArgs, out: &mut Out) -> Result<(), CliError> {
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    let request = api::GetSiteRequest {
        purpose: Some(purpose(&args.purpose, &session.caller, Asked::Data)?),
        at: Some(when::at(&args.at)?),
        site: args.number.clone(),
    };
    let answer = session.client.sites().get_site(request).await?.into_inner();
    emit(out, "sabt.api.v1.GetSiteResponse", &answer)?;
    if let Some(site) = &answer.site {
        out.table(render_site(site), "")?;
        out.say("")?;
        out.table(
            render_inspections(&site.inspections),
            "It was never inspected.",
        )?;
        if site.occupancy.is_none() {
            out.say(
                "How many stay there is told to the agency that runs the site alone: small counts can tell of persons.",
            )?;
        }
    }
    info(out, answer.info.as_ref())
}

/// Sites, one a line.
pub(crate) fn render_sites(sites: &[api::Site]) -> Table {
    let mut out = render::table([
        "site",
        "kind",
        "name",
        "province",
        "places",
        "persons",
        "next inspection",
    ]);
    for site in sites {
        let terms = site.terms.clone().unwrap_or_default();
        let persons = site.occupancy.as_ref().map_or_else(String::new, persons);
        out.add_row([
            site.number.clone(),
            kind(&terms),
            text::isolate(&terms.name),
            terms.province,
            text::count(u64::from(site.capacity)),
            persons,
            inspection_due(site),
        ]);
    }
    out
}

/// A site, line by line.
pub(crate) fn render_site(site: &api::Site) -> Table {
    let mut out = render::table(["site", &site.number]);
    let terms = site.terms.clone().unwrap_or_default();
    out.add_row(["kind", &kind(&terms)]);
    out.add_row(["name", &text::isolate(&terms.name)]);
    out.add_row(["province", &terms.province]);
    out.add_row(["run by", &site.run_by]);
    out.add_row(["opened", &text::date(site.opened_on.as_ref())]);
    out.add_row(["places", &text::count(u64::from(site.capacity))]);
    if let Some(occupancy) = &site.occupancy {
        out.add_row(["persons", &persons(occupancy)]);
    }
    match &site.closed_on {
        Some(closed) => out.add_row(["closed", &text::date(Some(closed))]),
        None => out.add_row(["next inspection", &inspection_due(site)]),
    };
    out
}

/// Inspections, one a line.
pub(crate) fn render_inspections(inspections: &[api::SiteInspection]) -> Table {
    let mut out = render::table(["inspected", "by", "recorded at", "found", "report"]);
    for inspection in inspections {
        let findings: Vec<String> = inspection
            .findings()
            .map(|finding| text::word(finding.as_str_name(), "INSPECTION_FINDING_"))
            .collect();
        out.add_row([
            text::date_short(inspection.on.as_ref()),
            text::isolate(&inspection.inspected_by),
            inspection.office.clone(),
            findings.join(", "),
            text::isolate(&inspection.report_reference),
        ]);
    }
    out
}

fn kind(terms: &event::OpenSite) -> String {
    text::word(terms.kind().as_str_name(), "SITE_KIND_")
}

fn persons(occupancy: &api::SiteOccupancy) -> String {
    let persons = text::count(occupancy.persons);
    match (occupancy.over_capacity, occupancy.free) {
        (0, free) => format!("{persons}, {} free", text::count(free)),
        (over, _) => format!("{persons}, {} OVER CAPACITY", text::count(over)),
    }
}

fn inspection_due(site: &api::Site) -> String {
    match &site.inspection_due {
        None if site.closed_on.is_some() => {
            format!("closed {}", text::date_short(site.closed_on.as_ref()))
        }
        None => "none was held".to_owned(),
        Some(due) if site.inspection_overdue => {
            format!("{}, OVERDUE", text::date_short(Some(due)))
        }
        Some(due) => text::date_short(Some(due)),
    }
}
