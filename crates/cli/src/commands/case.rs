//! `sabt case show|list`.

use sabt_proto::api::v1 as api;

use super::query::{contested, emit, info, latin};
use crate::args::{CaseArgs, CaseCommand, CaseListArgs, CaseShowArgs};
use crate::cast;
use crate::error::CliError;
use crate::out::Out;
use crate::purpose::{Asked, purpose};
use crate::session::Session;
use crate::when::at;
use crate::{json, listing, render};

/// Service cases.
///
/// # Errors
/// [`CliError`].
pub async fn run(args: &CaseArgs, out: &mut Out) -> Result<(), CliError> {
    match &args.command {
        CaseCommand::Show(args) => show(args, out).await,
        CaseCommand::List(args) => list(args, out).await,
    }
}

async fn show(args: &CaseShowArgs, out: &mut Out) -> Result<(), CliError> {
    let at = at(&args.at)?;
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    let request = api::GetCaseRequest {
        purpose: Some(purpose(&args.purpose, &session.caller, Asked::Data)?),
        at: Some(at),
        case: latin(&args.number),
    };
    let answer = session
        .client
        .persons()
        .get_case(request)
        .await?
        .into_inner();
    emit(out, "sabt.api.v1.GetCaseResponse", &answer)?;
    if let Some(case) = &answer.case {
        out.table(render::case::head(case), "")?;
        out.say("")?;
        out.table(render::case::steps(case), "No step is recorded yet.")?;
        if !case.opinions.is_empty() {
            out.say("")?;
            out.table(render::case::opinions(case), "")?;
        }
        if !case.papers.is_empty() {
            out.say("")?;
            out.table(render::case::papers(case), "")?;
        }
    }
    contested(out, &answer.contested)?;
    info(out, answer.info.as_ref())
}

async fn list(args: &CaseListArgs, out: &mut Out) -> Result<(), CliError> {
    let at = at(&args.at)?;
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    let purpose = purpose(&args.purpose, &session.caller, Asked::Data)?;
    if let Some(office) = &args.office {
        let request = api::ListOfficeCasesRequest {
            purpose: Some(purpose),
            at: Some(at),
            office: office.clone(),
            after: listing::after(args.after.as_deref())?,
        };
        return list_office(&session, request, args.pages, out).await;
    }
    let request = api::ListCasesRequest {
        purpose: Some(purpose),
        at: Some(at),
        person: latin(args.number.as_deref().unwrap_or_default()),
    };
    let answer = session
        .client
        .persons()
        .list_cases(request)
        .await?
        .into_inner();
    emit(out, "sabt.api.v1.ListCasesResponse", &answer)?;
    out.table(render::case::list(&answer.cases), "No case is recorded.")?;
    contested(out, &answer.contested)?;
    info(out, answer.info.as_ref())
}

/// The open cases of an office, page after page.
async fn list_office(
    session: &Session,
    mut request: api::ListOfficeCasesRequest,
    pages: u32,
    out: &mut Out,
) -> Result<(), CliError> {
    let mut cases = Vec::new();
    let mut told = None;
    for _page in 0..pages {
        let mut persons = session.client.persons();
        let answer = persons.list_office_cases(request.clone()).await?;
        let answer = answer.into_inner();
        for case in &answer.cases {
            if out.is_json() {
                out.json(&json::to_value("sabt.api.v1.OfficeCase", case)?)?;
            }
        }
        cases.extend(answer.cases);
        (request.after, told) = (answer.next, answer.info);
        if request.after.is_empty() {
            break;
        }
    }
    out.table(render::case::work(&cases), "No case is open.")?;
    listing::say_more(&request.after, out)?;
    info(out, told.as_ref())
}
