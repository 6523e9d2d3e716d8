//! `sabt demo`: a whole registry in one command. It is made, served and loaded; six users come by; both
//! ledgers are verified.

mod auditor;
mod border;
mod caseworker;
mod load;
mod police;
mod registrar;
mod samples;
mod site;
mod stage;
mod subject;
mod summary;
mod sync;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Instant;

use sabt_population::Seed;
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use serde_json::json;

use crate::args::DemoArgs;
use crate::error::CliError;
use crate::establish::{Enrol, Plan, check_vacant, establish};
use crate::intake;
use crate::out::Out;
use crate::text;

use load::Load;
use stage::Stage;

/// Name of the registry of the demonstration.
const REGISTRY: &str = "demo.example/sabt";
/// Where `sabt serve` serves it afterwards.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 7443);
/// How often its ledgers are anchored in each other: often enough to be seen in a demonstration of some seconds.
const ANCHOR_EVERY_SECS: u32 = 5;

/// Plays the demonstration.
///
/// # Errors
/// [`CliError`]; [`CliError::Otherwise`] if an act was answered otherwise than planned,
/// [`CliError::Unsound`] if a ledger does not verify.
pub async fn run(args: &DemoArgs, out: &mut Out) -> Result<(), CliError> {
    let started = Instant::now();
    check_vacant(&args.dir).map_err(elsewhere)?;
    // The user's acts are read before anything is made: a mistake in them costs nothing then.
    let acts = args
        .acts
        .as_deref()
        .map(|path| intake::read(path, &Clock::system()))
        .transpose()?;
    let mut stage = open(&args.dir, Seed(args.seed), out).await?;
    let load = match acts {
        Some(acts) => load::acts(&mut stage, &acts).await?,
        None => load::population(&mut stage, args.persons).await?,
    };
    load.tell(stage.out)?;
    let scenes = play(&mut stage, &load).await;
    // Whatever happened on it, the stage is cleared: the server ends in order.
    let registry = stage.registry.clone();
    let ended = stage.serving.stop().await;
    let scenes = scenes?;
    ended?;
    let report = auditor::verify(&args.dir).await?;
    out.heading("The end: both ledgers, verified from the files alone")?;
    out.json(&json!({ "verification": auditor::to_json(&report)? }))?;
    out.say(&report)?;
    let span = started.elapsed();
    let played = summary::Played {
        dir: &args.dir,
        registry,
        load: &load,
        scenes,
        report: &report,
        span,
    };
    summary::tell(out, &played)?;
    if !report.is_sound() {
        return Err(CliError::Unsound("the ledgers are not sound".to_owned()));
    }
    load.verdict()
}

/// Makes the registry and serves it in this process, on a free port.
async fn open<'a>(dir: &Path, seed: Seed, out: &'a mut Out) -> Result<Stage<'a>, CliError> {
    let begun = Instant::now();
    let enrol = Enrol::Population(seed);
    let plan = Plan {
        dir,
        registry: REGISTRY,
        listen: LISTEN,
        metrics: None,
        enrol,
    };
    let made = establish(&plan).await?;
    let mut config = Config::load(dir)?;
    config.listen.set_port(0);
    config.checkpoints.anchor_every_secs = ANCHOR_EVERY_SECS;
    let stage = Stage::open(dir, &config, seed, out).await?;
    let address = stage.serving.addr();
    stage.out.json(&json!({
        "registry": REGISTRY, "directory": dir, "address": address,
        "agencies": made.agencies, "offices": made.offices, "keys": made.keys,
    }))?;
    let founded = format!(
        "{REGISTRY} is founded in {} and served on {address} with mutual TLS: {} agencies, {} offices, \
         {} keys, in {}.",
        text::shell(dir),
        made.agencies,
        made.offices,
        made.keys,
        text::duration(begun.elapsed()),
    );
    stage.out.prose(&founded, "")?;
    Ok(stage)
}

/// What the scenes leave behind for whoever wants to look further.
#[derive(Debug, Clone)]
pub(crate) struct Scenes {
    /// Number of the person registered in the first scene.
    pub(crate) registered: String,
    /// Number of the person whom the police asked about and who asked back.
    pub(crate) subject: String,
}

async fn play(stage: &mut Stage<'_>, load: &Load) -> Result<Scenes, CliError> {
    let registered = registrar::play(stage).await?;
    let subject = police::play(stage, &load.samples, &registered).await?;
    border::play(stage, &subject).await?;
    sync::play(stage, &registered).await?;
    auditor::play(stage).await?;
    caseworker::play(stage, &registered.number, load).await?;
    subject::play(stage, &subject).await?;
    Ok(Scenes {
        registered: registered.number,
        subject,
    })
}

/// The hint for a directory that is taken.
fn elsewhere(err: CliError) -> CliError {
    let CliError::NotEmpty { path, .. } = err else {
        return err;
    };
    let shown = text::shell(&path);
    let hint = format!(
        "`sabt demo {shown}-2` makes another; `sabt serve {shown}` serves one that was made before; \
         remove the directory to begin anew"
    );
    CliError::NotEmpty { path, hint }
}
