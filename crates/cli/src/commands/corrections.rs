//! `corrections`: what was corrected after an agency had been told it.

use sabt_proto::api::v1 as api;

use super::query::{contested, emit, info};
use crate::args::{
    CorrectionsAcknowledgeArgs, CorrectionsArgs, CorrectionsCommand, CorrectionsListArgs,
};
use crate::cast;
use crate::error::CliError;
use crate::out::Out;
use crate::purpose::{Asked, purpose};
use crate::render;
use crate::session::Session;

/// Lists corrections, acknowledges one, or lists who has not.
///
/// # Errors
/// [`CliError`].
pub async fn run(args: &CorrectionsArgs, out: &mut Out) -> Result<(), CliError> {
    match &args.command {
        CorrectionsCommand::List(args) => list(args, out).await,
        CorrectionsCommand::Acknowledge(args) => acknowledge(args, out).await,
        CorrectionsCommand::Open(args) => open(args, out).await,
    }
}

async fn list(args: &CorrectionsListArgs, out: &mut Out) -> Result<(), CliError> {
    let session = Session::open(&args.connect, cast::CIVIL_REGISTRY).await?;
    let request = api::ListCorrectionsRequest {
        purpose: Some(purpose(&args.purpose, &session.caller, Asked::Data)?),
    };
    let mut persons = session.client.persons();
    let answer = persons.list_corrections(request).await?.into_inner();
    emit(out, "sabt.api.v1.ListCorrectionsResponse", &answer)?;
    out.table(
        render::corrections(&answer.corrections),
        "No correction waits.",
    )?;
    for correction in &answer.corrections {
        if let Some(person) = &correction.person {
            out.say("")?;
            out.say(format!("As recorded now, for {}:", correction.position))?;
            out.table(render::person(person), "")?;
        }
    }
    if answer.more {
        out.say("More wait than are listed: acknowledge these, then list again.")?;
    }
    contested(out, &answer.contested)?;
    info(out, answer.info.as_ref())
}

async fn acknowledge(args: &CorrectionsAcknowledgeArgs, out: &mut Out) -> Result<(), CliError> {
    let session = Session::open(&args.connect, cast::CIVIL_REGISTRY).await?;
    let request = api::AcknowledgeCorrectionRequest {
        purpose: Some(purpose(&args.purpose, &session.caller, Asked::Data)?),
        position: args.position,
    };
    let mut persons = session.client.persons();
    let answer = persons.acknowledge_correction(request).await?.into_inner();
    emit(out, "sabt.api.v1.AcknowledgeCorrectionResponse", &answer)?;
    out.say(format!("Correction {} is acknowledged.", args.position))?;
    info(out, answer.info.as_ref())
}

async fn open(args: &CorrectionsListArgs, out: &mut Out) -> Result<(), CliError> {
    let session = Session::open(&args.connect, cast::DATA_PROTECTION).await?;
    let request = api::ListOpenCorrectionsRequest {
        purpose: Some(purpose(&args.purpose, &session.caller, Asked::Supervision)?),
    };
    let mut audit = session.client.audit();
    let answer = audit.list_open_corrections(request).await?.into_inner();
    emit(out, "sabt.api.v1.ListOpenCorrectionsResponse", &answer)?;
    out.table(
        render::open_recipients(&answer.recipients),
        "Every correction is acknowledged.",
    )?;
    if !answer.notices.is_empty() {
        out.say("")?;
        out.table(render::open_notices(&answer.notices), "")?;
    }
    if answer.withheld != 0 {
        out.say(format!(
            "{} more are withheld as long as the look-ups behind them.",
            answer.withheld
        ))?;
    }
    if answer.more {
        out.say("There are more than a list holds.")?;
    }
    info(out, answer.info.as_ref())
}
