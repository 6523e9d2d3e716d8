//! `sabt case show|list`.

use sabt_proto::api::v1 as api;

use super::query::{contested, emit, info, latin};
use crate::args::{CaseArgs, CaseCommand, CaseShowArgs, PersonArgs};
use crate::cast;
use crate::error::CliError;
use crate::out::Out;
use crate::purpose::{Asked, purpose};
use crate::render;
use crate::session::Session;
use crate::when::at;

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

async fn list(args: &PersonArgs, out: &mut Out) -> Result<(), CliError> {
    let at = at(&args.at)?;
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    let request = api::ListCasesRequest {
        purpose: Some(purpose(&args.purpose, &session.caller, Asked::Data)?),
        at: Some(at),
        person: latin(&args.number),
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
