//! `sabt serve`.

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
    let problem = serving.problem();
    out.json(&json!({
        "registry": config.registry, "address": address, "audit_address": audit,
        "writable": problem.is_none(), "problem": problem.unwrap_or_default(),
    }))?;
    match problem {
        None => out.say(format!(
            "{} is served on {address}. Ctrl-C ends it in order.",
            config.registry
        ))?,
        Some(problem) => {
            out.say(format!("{}: {problem}", config.registry))?;
            out.say(format!(
                "Only its status is served on {address}; every other call is refused. Ctrl-C ends it in order."
            ))?;
        }
    }
    match (audit, problem) {
        (Some(audit), None) => out.say(format!("Auditors read its ledgers at https://{audit}."))?,
        (Some(audit), Some(_)) => {
            out.say(format!(
                "Its published checkpoints are read at https://{audit}."
            ))?;
        }
        (None, _) => {}
    }
    out.flush()?;
    let faulted = serving.faulted();
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = faulted => {}
    }
    Ok(serving.stop().await?)
}
