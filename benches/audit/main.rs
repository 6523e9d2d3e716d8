//! What an audit costs, beside what hashing the same bytes alone costs on the same machine, and how much memory it takes.
//!
//! ```text
//! cargo bench --bench audit -- [--records N[,N...]] [--repeat R] [--scratch DIR]
//! ```
//! For each number of records it writes two synthetic registries: one of disclosures, which nobody signs, and one of
//! events with their authors' signatures. Each is verified from its directory in a process of its own, on one and on two
//! threads, in turn with the pure work: BLAKE3 of each envelope and payload, one after another, SHA-256 of each leaf and
//! node, and the same batches of signatures. (An audit hashes several payloads side by side.) What is read from a segment
//! beside that (headers, checksums, positions, times) is no part of the pure work, nor is reading. The best of R rounds
//! counts. The defaults end within a minute; ten million records take about 12 GB of disk.
//!
//! ```text
//! cargo bench --bench audit -- --write DIR RECORDS
//! cargo bench --bench audit -- --compare DIR ROUNDS
//! cargo bench --bench audit -- --serve DIR ADDRESS CERTIFICATE KEY
//! ```
//! These write a registry of disclosures and leave it there, compare audits of it with the pure work, and serve its tiles
//! over HTTPS, so that `sabt-verify` can be measured against an endpoint.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod pure;
mod serve;

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::time::{Duration, Instant};
use std::{env, fs};

use sabt_population::Seed;
use sabt_population::ledger::{LOG_KEYS_FILE, LedgerPlan, write};
use sabt_verifier::{Options, Source, TrustedLogs, verify};

use pure::Sample;
use serve::{Address, serve};

const REGISTRY: &str = "registry.example.ir";

/// Records unless told otherwise.
const RECORDS: [u64; 2] = [20_000, 200_000];

/// Rounds unless told otherwise.
const ROUNDS: usize = 3;

/// Events of the registry of disclosures.
const FEW_EVENTS: u64 = 1_000;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let mut records = RECORDS.to_vec();
    let mut rounds = ROUNDS;
    let mut scratch = env::temp_dir();
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or("a value is missing");
        match argument.as_str() {
            "--write" => {
                let directory = PathBuf::from(value()?);
                write(&directory, &few_events(value()?.parse()?))?;
                return Ok(());
            }
            "--compare" => return compare(Path::new(&value()?), value()?.parse()?),
            "--serve" => {
                let directory = PathBuf::from(value()?);
                let address = Address {
                    listen: value()?.parse()?,
                    certificate: value()?.into(),
                    key: value()?.into(),
                };
                return serve(&directory, &address);
            }
            "--audit" => return audit(Path::new(&value()?), value()?.parse()?),
            "--records" => {
                let numbers = value()?;
                records = numbers
                    .split(',')
                    .map(|number| number.replace('_', "").parse())
                    .collect::<Result<_, _>>()?;
            }
            "--repeat" => rounds = value()?.parse()?,
            "--scratch" => scratch = PathBuf::from(value()?),
            // What cargo adds.
            "--bench" => {}
            other => return Err(format!("{other} is not known").into()),
        }
    }
    for records in records {
        measure("without signatures", &scratch, &few_events(records), rounds)?;
        measure("with signatures", &scratch, &plan(records * 5 / 6), rounds)?;
    }
    Ok(())
}

/// Of so many disclosures, and few events.
fn few_events(disclosures: u64) -> LedgerPlan {
    LedgerPlan {
        disclosures,
        ..plan(FEW_EVENTS)
    }
}

fn plan(events: u64) -> LedgerPlan {
    LedgerPlan::new(REGISTRY, Seed(7), events)
}

/// Writes a registry, measures it, and takes it away.
fn measure(name: &str, scratch: &Path, plan: &LedgerPlan, rounds: usize) -> Outcome<()> {
    let directory = scratch.join(format!("sabt-audit-{}", process::id()));
    let start = Instant::now();
    let written = write(&directory, plan)?;
    let records = written.events.get() + written.disclosures.get();
    println!(
        "{records} records {name}, written in {:.1} s",
        start.elapsed().as_secs_f64()
    );
    let measured = compare(&directory, rounds);
    fs::remove_dir_all(&directory)?;
    measured
}

/// Measures pure work and audits in turn, and prints the best of each.
fn compare(directory: &Path, rounds: usize) -> Outcome<()> {
    let sample = Sample::read(directory)?;
    let mut pure = [Duration::MAX; 2];
    let mut envelopes = [Duration::MAX; 2];
    let mut audits = [Audit::WORST; 2];
    for _ in 0..rounds {
        for (index, threads) in [1, 2].into_iter().enumerate() {
            pure[index] = pure[index].min(sample.work(threads));
            envelopes[index] = envelopes[index].min(sample.envelopes(threads));
            let audited = audit_apart(directory, threads)?;
            if audited.elapsed < audits[index].elapsed {
                audits[index] = audited;
            }
        }
    }
    let records = audits[0].records;
    for (index, threads) in [1, 2].into_iter().enumerate() {
        let of_pure = sample.records_per_second(pure[index]);
        let of_envelopes = sample.records_per_second(envelopes[index]);
        let of_audit = audits[index].records_per_second();
        println!(
            "  {threads} thread(s): pure {of_pure:>9.0} records/s, audit {of_audit:>9.0} records/s \
             ({:.2} of pure, {:.2} of links, leaves and nodes alone), {:>6.1} s, peak memory {} KiB",
            of_audit / of_pure,
            of_audit / of_envelopes,
            audits[index].elapsed.as_secs_f64(),
            audits[index].peak_kib,
        );
    }
    let gain = |one: Duration, two: Duration| one.as_secs_f64() / two.as_secs_f64();
    println!(
        "  second core: pure {:.2} times, audit {:.2} times; {records} records, {} of them in the sample",
        gain(pure[0], pure[1]),
        gain(audits[0].elapsed, audits[1].elapsed),
        sample.records(),
    );
    Ok(())
}

/// One audit.
#[derive(Clone, Copy, Debug)]
struct Audit {
    records: u64,
    elapsed: Duration,
    peak_kib: u64,
}

impl Audit {
    const WORST: Self = Self {
        records: 0,
        elapsed: Duration::MAX,
        peak_kib: 0,
    };

    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    fn records_per_second(self) -> f64 {
        self.records as f64 / self.elapsed.as_secs_f64()
    }
}

/// Audits in a process of its own, so that its memory can be told.
fn audit_apart(directory: &Path, threads: usize) -> Outcome<Audit> {
    let output = Command::new(env::current_exe()?)
        .arg("--audit")
        .arg(directory)
        .arg(threads.to_string())
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let numbers: Vec<u64> = text
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    match (output.status.success(), numbers.as_slice()) {
        (true, [records, microseconds, peak_kib]) => Ok(Audit {
            records: *records,
            elapsed: Duration::from_micros(*microseconds),
            peak_kib: *peak_kib,
        }),
        _ => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}

/// Audits, and prints records, microseconds and peak memory.
fn audit(directory: &Path, threads: NonZeroUsize) -> Outcome<()> {
    let keys = fs::read_to_string(directory.join(LOG_KEYS_FILE))?;
    let trust = TrustedLogs::from_vkeys(keys.lines())?;
    let options = Options {
        threads,
        ..Options::new(Source::Directory(directory.to_owned()), trust)
    };
    let report = verify(&options)?;
    if !report.is_sound() {
        return Err(report.to_string().into());
    }
    let records: u64 = report.ledgers().iter().map(|ledger| ledger.records).sum();
    println!(
        "{records} {} {}",
        report.elapsed.as_micros(),
        sabt_benches::status_kib("self", "VmHWM")
    );
    Ok(())
}
