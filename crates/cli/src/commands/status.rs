//! `sabt status`.

use sabt_proto::api::v1 as api;
use sabt_server::clock::Clock;

use crate::args::ConnectArgs;
use crate::cast;
use crate::erasures;
use crate::error::CliError;
use crate::json;
use crate::out::Out;
use crate::papers::LISTED_MAX;
use crate::render;
use crate::session::Session;

/// What the orders of erasure that wait in a directory are called.
const ORDERS: &str = "orders_of_erasure";

/// How the orders of a directory stand, in words.
fn in_directory(open: &[String], more: bool) -> String {
    let of = if more {
        format!(", of the newest {LISTED_MAX}; there are more")
    } else {
        String::new()
    };
    format!("{} in the directory{of}", open.join(", "))
}

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
    // What a directory keeps must not hide how the registry is: if it cannot be read, that is told last.
    let (orders, more, unread) = match erasures::standing(&args.dir, Clock::system().now_micros()) {
        Ok((orders, more)) => (orders.to_vec(), more, Ok(())),
        Err(err) => (Vec::new(), false, Err(err)),
    };
    let mut told = json::to_value("sabt.api.v1.GetStatusResponse", &status)?;
    if let Some(told) = told.as_object_mut() {
        let counts = orders.iter().map(|(state, count)| {
            (
                state.words().replace(' ', "_"),
                serde_json::Value::from(*count),
            )
        });
        let more = ("more".to_owned(), serde_json::Value::from(more));
        told.insert(ORDERS.to_owned(), counts.chain([more]).collect());
    }
    out.json(&told)?;
    let mut table = render::status(&status);
    let open = orders.iter().filter(|(_, count)| *count != 0);
    let open: Vec<String> = open
        .map(|(state, count)| format!("{count} {}", state.words()))
        .collect();
    if !open.is_empty() {
        table.add_row([ORDERS.replace('_', " "), in_directory(&open, more)]);
    }
    out.table(table, "")?;
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
        return unread;
    }
    Err(CliError::Unsound(format!(
        "the registry does not accept acts: {}\n  hint: its log says more; restart it when the cause is mended",
        status.problem
    )))
}
