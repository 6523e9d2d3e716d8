//! `sabt witness`.

use std::sync::Arc;

use sabt_chain::note::{CosignatureTime, KeyName};
use sabt_server::clock::Clock;
use sabt_server::config::LogConfig;
use sabt_server::telemetry;
use sabt_witness::client::WitnessUrl;
use sabt_witness::server::{self, TlsFiles, Witness};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::{WitnessArgs, WitnessCommand, WitnessInitArgs, WitnessServeArgs};
use crate::error::CliError;
use crate::out::Out;
use crate::text;

/// Does what the subcommand says.
///
/// # Errors
/// [`CliError`].
pub async fn run(args: &WitnessArgs, out: &mut Out) -> Result<(), CliError> {
    match &args.command {
        WitnessCommand::Init(args) => init(args, out),
        WitnessCommand::Serve(args) => serve(args, out).await,
    }
}

/// Makes a witness and says what to publish and what comes next.
fn init(args: &WitnessInitArgs, out: &mut Out) -> Result<(), CliError> {
    let name: KeyName = args.name.parse().map_err(|error| {
        CliError::usage(
            format!("{:?} cannot be the name of a witness: {error}", args.name),
            "take a URL without scheme, e.g. witness.example.org",
        )
    })?;
    let url = args.url.as_deref().map(str::parse::<WitnessUrl>);
    let url = url.transpose().map_err(|error| {
        CliError::usage(
            error.to_string(),
            "give the URL that logs will reach the witness by",
        )
    })?;
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let key = server::init(&args.dir, name, seed)?;
    let name = key.name();
    let policy = match &url {
        Some(url) => format!("witness {name} {key} {url}"),
        None => format!("witness {name} {key}"),
    };
    out.json(&json!({
        "directory": args.dir,
        "name": name.as_str(),
        "key": key.to_string(),
        "policy": policy,
    }))?;
    let shown = text::shell(&args.dir);
    out.say(format!("The witness {name} is made in {shown}."))?;
    out.say("")?;
    out.say("Publish its verifier key:")?;
    out.say(format!("  {key}"))?;
    out.say("Line for the witness policy of a log:")?;
    out.say(format!("  {policy}"))?;
    out.say("")?;
    out.say("Next:")?;
    let list = text::shell(&args.dir.join("logs"));
    out.say(format!("  add the verifier keys of logs to {list}"))?;
    out.say(format!("  sabt witness serve {shown}"))?;
    Ok(())
}

/// Serves until a signal comes or a fault latches.
async fn serve(args: &WitnessServeArgs, out: &mut Out) -> Result<(), CliError> {
    telemetry::start_logging(&LogConfig::default());
    let no_signals =
        |err: std::io::Error| CliError::Otherwise(format!("signals cannot be received: {err}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(certificate), Some(key)) => Some(server::acceptor(&TlsFiles {
            certificate: certificate.clone(),
            key: key.clone(),
        })?),
        // The command line takes neither without the other.
        _ => None,
    };
    let witness = Arc::new(Witness::open(&args.dir, clock())?);
    let no_socket = |source| CliError::Listen {
        address: args.listen,
        source,
    };
    let listener = TcpListener::bind(args.listen).await.map_err(no_socket)?;
    let address = listener.local_addr().map_err(no_socket)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    tell(&witness, &format!("{scheme}://{address}"), out)?;
    if tls.is_none() && !address.ip().is_loopback() {
        out.say("Without TLS: logs on other machines need a proxy before it that speaks https.")?;
    }
    out.flush()?;
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    Ok(server::serve(witness, listener, tls, stop).await?)
}

/// Says who is served where, and which logs it knows.
fn tell(witness: &Witness, url: &str, out: &mut Out) -> Result<(), CliError> {
    let logs = witness.logs();
    let listed = logs.iter().map(|log| {
        json!({
            "origin": log.origin.as_str(),
            "size": log.size.map(sabt_chain::Size::get),
        })
    });
    out.json(&json!({
        "name": witness.key().name().as_str(),
        "key": witness.key().to_string(),
        "url": url,
        "logs": listed.collect::<Vec<_>>(),
    }))?;
    out.say(format!(
        "{} is served on {url}. Ctrl-C ends it in order.",
        witness.key().name()
    ))?;
    if logs.is_empty() {
        out.say("It knows no log: add verifier keys to the file `logs` and start it again.")?;
    }
    for log in logs {
        let size = log.size.map_or("nothing cosigned yet".to_owned(), |size| {
            format!("{size} leaves cosigned")
        });
        out.say(format!("  {}: {size}", log.origin))?;
    }
    Ok(())
}

/// The clock of the machine; before 1970 it is not set.
fn clock() -> server::Clock {
    let clock = Clock::system();
    Arc::new(move || {
        let seconds = u64::try_from(clock.now_micros() / 1_000_000).ok()?;
        CosignatureTime::new(seconds).filter(|time| time.as_seconds() != 0)
    })
}
