//! `sabt serve`.

use std::sync::Arc;

use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::{serve, telemetry};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::ServeArgs;
use crate::error::CliError;
use crate::out::Out;

/// Serves until a signal comes or a fault latches.
///
/// # Errors
/// [`CliError`] if the registry does not open or stops on a fault.
pub async fn run(args: &ServeArgs, out: &mut Out) -> Result<(), CliError> {
    let config = Config::load(&args.dir)?;
    telemetry::start_logging(&config.log);
    let no_signals =
        |err: std::io::Error| CliError::Otherwise(format!("signals cannot be received: {err}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    let serving = serve::start(&args.dir, &config, Clock::system()).await?;
    let address = serving.addr();
    let audit = serving.audit_addr();
    out.json(&json!({ "registry": config.registry, "address": address, "audit_address": audit }))?;
    out.say(format!(
        "{} is served on {address}. Ctrl-C ends it in order.",
        config.registry
    ))?;
    if let Some(audit) = audit {
        out.say(format!("Auditors read its ledgers at https://{audit}."))?;
    }
    out.flush()?;
    let fault = Arc::clone(serving.registry().fault());
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = fault.latched() => {}
    }
    Ok(serving.stop().await?)
}
