//! What a registry does in a second with everything it promises switched on: mutual TLS, the author's signature verified,
//! the law decided, sealed, linked, synced, disclosures recorded. The server is a process of its own on the same machine as
//! its callers, so both share the cores.
//!
//! ```text
//! cargo bench --bench registry -- [--registrations N] [--questions N] [--scratch DIR] [--figures FILE]
//! cargo bench --bench registry -- --soak MINUTES [--rate CALLS] [--scratch DIR]
//! ```
//! What the machine can do at most is measured first, in the same run: a sync of a frame of one record, and a service that
//! answers at once over the same mutual TLS. Figures of different runs are not to be compared; ratios within one are.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod child;
mod machine;
mod soak;
mod work;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs, process};

use sabt_benches::callers::Seen;
use sabt_benches::figures::{Figure, Figures};
use sabt_benches::{Outcome, bytes_on_disk, segments, work as works, written};
use sabt_cli::establish::{Enrol, Plan, establish};
use sabt_population::Seed;
use sabt_proto::api::v1::SignedAct;
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::registry;
use sabt_verifier::{Options, Source, TrustedLogs, verify};

use child::Child;
use work::{Question, Registrations};

/// That of `sabt`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const REGISTRY: &str = "bench.example/sabt";

const SEED: u64 = 7;

/// Whose figures they are.
const SABT: &str = "Sabt";
const MACHINE: &str = "the machine";

/// Registrations unless told otherwise.
const REGISTRATIONS: usize = 12_000;

/// Questions of each kind by many callers unless told otherwise.
const QUESTIONS: usize = 5_000;

/// After so long the month in which everything was recorded is closed, so that there are figures about it.
const TWO_MONTHS_MICROS: i64 = 62 * 86_400 * 1_000_000;

/// Callers at once.
const CALLERS: [usize; 4] = [1, 16, 64, 256];

/// What the command line says.
struct Settings {
    registrations: usize,
    questions: usize,
    scratch: PathBuf,
    figures: Figures,
    /// Minutes of steady load; `None`: everything else is measured.
    soak: Option<u64>,
    /// Calls a second of a soak.
    rate: Option<u32>,
}

impl Settings {
    fn registry(&self) -> PathBuf {
        self.scratch.join("registry")
    }
}

fn main() -> Outcome<()> {
    // A directory of its own: it is taken away at the end.
    let own = format!("sabt-registry-{}", process::id());
    let mut settings = Settings {
        registrations: REGISTRATIONS,
        questions: QUESTIONS,
        scratch: env::temp_dir().join(&own),
        figures: Figures::default(),
        soak: None,
        rate: None,
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or("a value is missing");
        match argument.as_str() {
            "--serve" => {
                let directory = value()?;
                let serve = child::serve_registry(Path::new(&directory), Clock::system());
                return runtime.block_on(serve);
            }
            "--serve-later" => {
                let directory = value()?;
                let later = Clock::system().now_micros() + TWO_MONTHS_MICROS;
                let serve = child::serve_registry(Path::new(&directory), Clock::fixed(later));
                return runtime.block_on(serve);
            }
            "--echo" => return runtime.block_on(machine::serve_echo(Path::new(&value()?))),
            "--registrations" => settings.registrations = value()?.replace('_', "").parse()?,
            "--questions" => settings.questions = value()?.replace('_', "").parse()?,
            "--scratch" => settings.scratch = PathBuf::from(value()?).join(&own),
            "--soak" => settings.soak = Some(value()?.parse()?),
            "--rate" => settings.rate = Some(value()?.parse()?),
            "--figures" => settings.figures = Figures::to(value()?.into()),
            // What cargo adds.
            "--bench" => {}
            other => return Err(format!("{other} is not known").into()),
        }
    }
    fs::create_dir_all(&settings.scratch)?;
    let measured = runtime.block_on(measure(&settings));
    fs::remove_dir_all(&settings.scratch)?;
    measured
}

async fn measure(settings: &Settings) -> Outcome<()> {
    let directory = settings.registry();
    let plan = Plan {
        dir: &directory,
        registry: REGISTRY,
        listen: "127.0.0.1:7443".parse()?,
        metrics: None,
        enrol: Enrol::Population(Seed(SEED)),
    };
    let established = establish(&plan).await?;
    if let Some(minutes) = settings.soak {
        let server = Child::start("--serve", &directory)?;
        soak::soak(settings, &server, minutes).await?;
        let records = reopen(settings, server).await?;
        audit(settings, &established.log_keys)?;
        return rebuild(&directory, records);
    }
    of_the_machine(settings).await?;
    let server = Child::start("--serve", &directory)?;
    let (mut registrations, persons) = acts(settings, &server).await?;
    bulk(settings, &server, &mut registrations).await?;
    questions(settings, &server, &persons, registrations.documents()).await?;
    let (count, took) = work::records(settings, &server).await?;
    per_second("records to an auditor", count, took);
    let figure = Figure::of_span(SABT, works::REPLAY, count, took);
    settings.figures.add(&figure)?;
    let records = reopen(settings, server).await?;
    audit(settings, &established.log_keys)?;
    rebuild(&directory, records)?;
    statistics(settings, registrations.take(1)?).await
}

/// The first table of an edition, when everything has to be counted, and the second. A month is closed by the first act
/// of a later one.
async fn statistics(settings: &Settings, act: Vec<SignedAct>) -> Outcome<()> {
    let server = Child::start("--serve-later", &settings.registry())?;
    work::single_acts(settings, &server, 1, act).await?;
    for what in ["counted", "kept"] {
        let begun = Instant::now();
        work::statistics(settings, &server).await?;
        println!(
            "a table of statistics, {what}: {:.3} s",
            begun.elapsed().as_secs_f64()
        );
    }
    server.stop()
}

/// Kills the server, starts it again and stops it; how many records there are.
async fn reopen(settings: &Settings, server: Child) -> Outcome<u64> {
    println!(
        "memory of the serving process: {} MiB, at most {} MiB",
        sabt_benches::status_kib(&server.process().to_string(), "VmRSS") / 1024,
        sabt_benches::status_kib(&server.process().to_string(), "VmHWM") / 1024,
    );
    server.kill()?;
    let begun = Instant::now();
    let server = Child::start("--serve", &settings.registry())?;
    let status = work::status(settings, &server).await?;
    println!(
        "start after kill -9 to the first answer: {:.2} s with {} events and {} disclosures",
        begun.elapsed().as_secs_f64(),
        status.events,
        status.disclosures,
    );
    server.stop()?;
    disk(settings, status.events)?;
    Ok(status.events + status.disclosures)
}

async fn of_the_machine(settings: &Settings) -> Outcome<()> {
    let sync = machine::sync(&settings.scratch)?;
    println!(
        "the machine: fdatasync {:.0} us (median)",
        sync.as_secs_f64() * 1e6
    );
    let syncs = Figure {
        median_micros: sync.as_secs_f64() * 1e6,
        ..Figure::amount(MACHINE, works::SYNC, 1.0 / sync.as_secs_f64())
    };
    settings.figures.add(&syncs)?;
    let server = Child::start("--echo", &settings.registry())?;
    for callers in [1, 64] {
        let calls = if callers == 1 { 2_000 } else { 20_000 };
        let seen = machine::echo(settings, &server, callers, calls).await?;
        row(works::ECHO, callers, &seen);
        let figure = Figure::of_callers(MACHINE, works::ECHO, callers, &seen);
        settings.figures.add(&figure)?;
    }
    server.stop()
}

/// Single acts by ever more callers; what is left to register, and who was.
async fn acts(settings: &Settings, server: &Child) -> Outcome<(Registrations, Vec<String>)> {
    // Half of them one by one, in equal shares but for the lone caller, and half in bulk.
    let share = settings.registrations / 8;
    let mut registrations = Registrations::draw(settings.registrations)?;
    let mut persons = Vec::new();
    for callers in CALLERS {
        let acts = registrations.take(if callers == 1 { share / 2 } else { share })?;
        let (seen, mut numbers) = work::single_acts(settings, server, callers, acts).await?;
        row("single acts", callers, &seen);
        let figure = Figure::of_callers(SABT, works::APPEND, callers, &seen);
        settings.figures.add(&figure)?;
        persons.append(&mut numbers);
    }
    Ok((registrations, persons))
}

async fn bulk(
    settings: &Settings,
    server: &Child,
    registrations: &mut Registrations,
) -> Outcome<()> {
    let acts = registrations.take(settings.registrations / 2)?;
    let count = acts.len() as u64;
    let begun = Instant::now();
    let took = work::bulk(settings, server, acts).await?;
    per_second("acts over one stream", count, took);
    let figure = Figure::of_span(SABT, works::BULK, count, took);
    settings.figures.add(&figure)?;
    loop {
        let status = work::status(settings, server).await?;
        if status.events <= status.views_position {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    println!(
        "  views at the head after {:.2} times the load time",
        begun.elapsed().as_secs_f64() / took.as_secs_f64()
    );
    Ok(())
}

async fn questions(
    settings: &Settings,
    server: &Child,
    persons: &[String],
    documents: &[sabt_proto::event::v1::DocumentReference],
) -> Outcome<()> {
    for question in Question::ALL {
        for callers in [1, 64] {
            let calls = if callers == 1 {
                settings.questions / 5
            } else {
                settings.questions
            };
            let seen = work::questions(
                settings, server, callers, calls, question, persons, documents,
            )
            .await?;
            row(question.name(), callers, &seen);
            if question == Question::Person {
                let figure = Figure::of_callers(SABT, works::STATE, callers, &seen);
                settings.figures.add(&figure)?;
            }
        }
    }
    Ok(())
}

/// What the events take on the disk. Disclosures and the room that is kept back are no part of it.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn disk(settings: &Settings, events: u64) -> Outcome<()> {
    let mut bytes = 0;
    for segment in segments(&settings.registry().join("events"))? {
        bytes += written(&segment)?.len() as u64;
    }
    let views = bytes_on_disk(&settings.registry().join("views"))?;
    for (what, bytes) in [(works::BYTES, bytes), (works::BYTES_ALL, bytes + views)] {
        let each = bytes as f64 / events as f64;
        println!("{what}: {each:.0}");
        settings.figures.add(&Figure::amount(SABT, what, each))?;
    }
    Ok(())
}

/// Verifies both ledgers as an auditor does.
fn audit(settings: &Settings, keys: &[String]) -> Outcome<()> {
    let directory = settings.registry();
    let trust = TrustedLogs::from_vkeys(keys.iter().map(String::as_str))?;
    for threads in [1, 2] {
        let options = Options {
            threads: NonZeroUsize::new(threads).ok_or("no threads")?,
            ..Options::new(Source::Directory(directory.clone()), trust.clone())
        };
        let report = verify(&options)?;
        if !report.is_sound() {
            return Err(format!("the ledgers are not sound: {report}").into());
        }
        let records = report.ledgers().iter().map(|ledger| ledger.records).sum();
        per_second("records verified", records, report.elapsed);
        let figure = Figure {
            callers: threads,
            ..Figure::of_span(SABT, works::VERIFY, records, report.elapsed)
        };
        settings.figures.add(&figure)?;
    }
    Ok(())
}

fn rebuild(directory: &Path, records: u64) -> Outcome<()> {
    let config = Config::load(directory)?;
    let begun = Instant::now();
    registry::rebuild(directory, &config, &mut |_, _| {})?;
    per_second("records into new views", records, begun.elapsed());
    Ok(())
}

fn row(what: &str, callers: usize, seen: &Seen) {
    println!(
        "{what:<24} {callers:>4} callers {:>9.0} /s   median {:>8.3} ms   p99 {:>8.3} ms   server {:>6.0} us a call",
        seen.rate(),
        seen.median.as_secs_f64() * 1e3,
        seen.p99.as_secs_f64() * 1e3,
        seen.server_micros(),
    );
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn per_second(what: &str, count: u64, took: Duration) {
    println!(
        "{what:<24} {:>9.0} /s ({count} in {:.2} s)",
        count as f64 / took.as_secs_f64(),
        took.as_secs_f64()
    );
}
