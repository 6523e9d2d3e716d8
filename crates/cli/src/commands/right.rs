//! `sabt verify-right`.

use sabt_domain::law::Right;
use sabt_proto::api::v1 as api;

use crate::args::VerifyRightArgs;
use crate::cast;
use crate::commands::query;
use crate::error::CliError;
use crate::out::Out;
use crate::purpose::{Asked, purpose};
use crate::render;
use crate::session::Session;
use crate::when::at;

/// Has this person this right?
///
/// # Errors
/// [`CliError`].
pub async fn run(args: &VerifyRightArgs, out: &mut Out) -> Result<(), CliError> {
    let right = named(&args.right)?;
    let args = &args.person;
    let at = Some(at(&args.at)?);
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    let request = api::VerifyRightRequest {
        purpose: Some(purpose(&args.purpose, &session.caller, Asked::Right)?),
        at,
        person: args.number.clone(),
        right: right.to_proto().into(),
    };
    let answer = session
        .client
        .persons()
        .verify_right(request)
        .await?
        .into_inner();
    query::emit(out, "sabt.api.v1.VerifyRightResponse", &answer)?;
    out.say(render::verdict(answer.verdict(), &answer.reason_class))?;
    if answer.verdict() == api::Verdict::Unknown {
        out.say("Unknown is not a no: ask the office for what the registry does not hold.")?;
    }
    out.say(format!(
        "{} (edition {})",
        answer.source, answer.law_edition
    ))?;
    query::contested(out, &answer.contested)?;
    query::info(out, answer.info.as_ref())
}

/// The right of this name, as it is written on the command line or in the contract.
///
/// # Errors
/// [`CliError::Usage`] if there is none.
pub fn named(name: &str) -> Result<Right, CliError> {
    let code = name.to_uppercase().replace('-', "_");
    Right::from_code(&code).ok_or_else(|| {
        let known: Vec<_> = Right::ALL
            .iter()
            .map(|right| right.code().to_lowercase().replace('_', "-"))
            .collect();
        CliError::usage(
            format!("there is no right called {name}"),
            format!("use one of: {}", known.join(", ")),
        )
    })
}
