//! The same work done by PostgreSQL and UmaDB, set beside what Sabt and the machine did in the same run.
//!
//! `benches/peers/run` installs and starts everything; this program is given what the bench `registry` measured, adds what
//! the peers do, and writes the report.

mod event;
mod plan;
mod postgres;
mod ready;
mod report;
mod umadb;

use std::path::PathBuf;
use std::{env, fs, process};

use sabt_benches::Outcome;
use sabt_benches::figures::Figures;

use plan::Plan;
use postgres::{Cluster, Kind};
use umadb::Server;

/// What the command line says.
struct Settings {
    plan: Plan,
    umadb: PathBuf,
    scratch: PathBuf,
    figures: PathBuf,
    out: PathBuf,
}

#[expect(clippy::disallowed_methods, reason = "a report is no ledger")]
fn main() -> Outcome<()> {
    let mut settings = Settings {
        plan: Plan {
            events: 12_000,
            questions: 5_000,
        },
        umadb: "umadb".into(),
        scratch: env::temp_dir(),
        figures: "figures.tsv".into(),
        out: ".".into(),
    };
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or("a value is missing")?;
        match argument.as_str() {
            "--events" => settings.plan.events = value.replace('_', "").parse()?,
            "--questions" => settings.plan.questions = value.replace('_', "").parse()?,
            "--umadb" => settings.umadb = value.into(),
            "--scratch" => settings.scratch = value.into(),
            "--figures" => settings.figures = value.into(),
            "--out" => settings.out = value.into(),
            other => return Err(format!("{other} is not known").into()),
        }
    }
    // A directory of its own: it is taken away at the end.
    settings
        .scratch
        .push(format!("sabt-peers-{}", process::id()));
    fs::create_dir_all(&settings.scratch)?;
    let measured = tokio::runtime::Runtime::new()?.block_on(measure(&settings));
    fs::remove_dir_all(&settings.scratch)?;
    measured?;
    let figures = Figures::read(&settings.figures)?;
    let table = report::markdown(&figures, settings.plan)?;
    print!("{table}");
    fs::create_dir_all(&settings.out)?;
    fs::write(settings.out.join("peers.md"), table)?;
    fs::write(settings.out.join("peers.svg"), report::svg(&figures)?)?;
    Ok(())
}

async fn measure(settings: &Settings) -> Outcome<()> {
    let figures = Figures::to(settings.figures.clone());
    let cluster = Cluster::start(&settings.scratch.join("postgresql")).await?;
    for kind in [Kind::Plain, Kind::Chain] {
        eprintln!("{}", kind.name());
        postgres::measure(&cluster, kind, settings.plan, &figures).await?;
    }
    cluster.stop()?;
    eprintln!("{}", umadb::NAME);
    let server = Server::start(&settings.umadb, &settings.scratch.join("umadb")).await?;
    umadb::measure(&server, settings.plan, &figures).await
}
