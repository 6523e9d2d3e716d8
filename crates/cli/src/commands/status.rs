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
/// [`CliError`]; also if the registry says that it does not accept acts, that stored records are damaged, or that files
/// of TLS need attention.
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
    let damages: u64 = status
        .ledgers
        .iter()
        .filter_map(|ledger| ledger.scrub.as_ref())
        .map(|scrub| scrub.damages)
        .sum();
    if status.writable && damages != 0 {
        return Err(CliError::Unsound(format!(
            "{damages} places of the stored records are damaged\n  hint: keep the directory as evidence; `sabt-verify` \
             tells what is touched; bring the segments named back from a backup"
        )));
    }
    if status.writable && !status.transport_problem.is_empty() {
        return Err(CliError::Unsound(format!(
            "{}\n  hint: put files that are in force in the places that [tls] in sabt.toml names; they are read again by \
             themselves",
            status.transport_problem
        )));
    }
    if status.writable {
        return Ok(());
    }
    Err(CliError::Unsound(format!(
        "the registry does not accept acts: {}\n  hint: its log says more; restart it when the cause is mended",
        status.problem
    )))
}
