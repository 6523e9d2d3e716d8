//! `sabt status`.

use sabt_proto::api::v1 as api;

use crate::args::ConnectArgs;
use crate::cast;
use crate::error::CliError;
use crate::json;
use crate::out::Out;
use crate::render;
use crate::session::Session;

/// Tells what the registry says of itself.
///
/// # Errors
/// [`CliError`]; also if the registry says that it does not accept acts.
pub async fn run(args: &ConnectArgs, out: &mut Out) -> Result<(), CliError> {
    let session = Session::open(args, cast::AUDITOR).await?;
    let request = api::GetStatusRequest {};
    let status = session
        .client
        .operations()
        .get_status(request)
        .await?
        .into_inner();
    out.json(&json::to_value("sabt.api.v1.GetStatusResponse", &status)?)?;
    out.table(render::status(&status), "")?;
    if status.writable {
        return Ok(());
    }
    Err(CliError::Unsound(format!(
        "the registry does not accept acts: {}\n  hint: its log says more; restart it when the cause is mended",
        status.problem
    )))
}
