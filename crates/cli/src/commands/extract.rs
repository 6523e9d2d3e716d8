//! `sabt extract`: everything held about a person, as a page that the person keeps and anybody verifies offline.

use std::path::Path;

use sabt_domain::refusal::Reason;
use sabt_extract::{page, signed};
use sabt_proto::api::v1 as api;
use sabt_proto::extract::v1::SignedExtract;
use serde_json::json;

use super::query::latin;
use crate::args::ExtractArgs;
use crate::cast;
use crate::error::CliError;
use crate::files::{self, Mode};
use crate::out::Out;
use crate::purpose::{Asked, purpose};
use crate::refused::Refused;
use crate::session::Session;
use crate::{render, text};

/// How often the registry is asked: each time it waits some 20 seconds for a published checkpoint.
const ATTEMPTS_MAX: u32 = 3;

/// Asks for the extract and writes the page.
///
/// # Errors
/// [`CliError`]; a file that is there is never overwritten, and then nothing is asked.
pub async fn run(args: &ExtractArgs, out: &mut Out) -> Result<(), CliError> {
    if args.out.exists() {
        return Err(CliError::usage(
            format!("{} is there already", args.out.display()),
            "name a new file with --out",
        ));
    }
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    let mut purpose = purpose(&args.purpose, &session.caller, Asked::Extract)?;
    if purpose.case_reference.is_empty() {
        // Where no other case is named, it is the request that the signed consent documents.
        purpose.case_reference.clone_from(&args.consent);
    }
    let request = api::GetExtractRequest {
        purpose: Some(purpose),
        person: latin(&args.number),
        consent_reference: args.consent.clone(),
    };
    let answer = ask(&session, request).await?;
    let signed = SignedExtract {
        extract: answer.extract,
        note: answer.note,
    };
    write(&args.out, &signed)?;
    let digest = hex::encode(signed::digest(&signed.extract));
    out.json(&json!({ "file": args.out, "sha256": digest }))?;
    out.say(args.out.display())?;
    out.say("")?;
    out.say("Print it and hand it over with the file. Anybody verifies the file offline, with a log key from")?;
    out.say("somebody else than the operator:")?;
    let file = text::shell(&args.out);
    out.say(format_args!("  sabt-verify extract {file} --log-keys FILE"))?;
    if let Some(info) = &answer.info {
        out.say("")?;
        out.say(render::info(info))?;
    }
    Ok(())
}

/// Asks, again if no checkpoint was published in time over what was recorded last.
async fn ask(
    session: &Session,
    request: api::GetExtractRequest,
) -> Result<api::GetExtractResponse, CliError> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        match session.client.persons().get_extract(request.clone()).await {
            Ok(answer) => return Ok(answer.into_inner()),
            Err(status) => {
                let refused = Refused::from_status(&status);
                let not_ready =
                    refused.is_some_and(|refused| refused.reason == Reason::ProofNotReady.code());
                if !not_ready || attempts == ATTEMPTS_MAX {
                    return Err(status.into());
                }
            }
        }
    }
}

/// Writes the page of a signed extract, for its owner alone. Whether the signature holds is for the verifier, who has
/// keys to trust.
///
/// # Errors
/// [`CliError`] if it is no extract, or the file cannot be made.
pub fn write(path: &Path, signed: &SignedExtract) -> Result<(), CliError> {
    let page =
        page::html(signed).map_err(|err| CliError::Unsound(format!("the registry sent: {err}")))?;
    files::create(path, page.as_bytes(), Mode::Secret)?;
    Ok(())
}
