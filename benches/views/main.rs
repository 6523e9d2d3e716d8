//! What the views take on the disk, table by table, and how fast they are folded anew.
//!
//! ```text
//! cargo bench --bench views -- [--persons N] [--dir REGISTRY] [--scratch DIR] [--sizing FILE]
//! ```
//! Without `--dir` a demonstration of so many persons is loaded first; with it, a closed registry is measured, whose views
//! are folded anew. Figures of different runs are not to be compared, but for sizes. With `--sizing` the registry is verified
//! and opened as well, and a page says what registries of other sizes come to.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod sizing;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs, process};

use clap::Parser as _;
use sabt_benches::{Outcome, bytes_on_disk, segments, written};
use sabt_chain::frame::{FRAME_ALIGNMENT, Frame};
use sabt_chain::segment::SEGMENT_HEADER_BYTES;
use sabt_cli::args::Cli;
use sabt_server::config::Config;
use sabt_server::registry;
use sabt_views::store::{FjallOptions, FjallStore, Store as _, Table, visit_prefix};

/// Persons unless told otherwise; each brings some twenty records.
const PERSONS: u32 = 3_000;

fn main() -> Outcome<()> {
    let own = format!("sabt-views-{}", process::id());
    let (mut persons, mut registry, mut scratch) = (PERSONS, None, env::temp_dir());
    let mut page = None;
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or("a value is missing");
        match argument.as_str() {
            "--persons" => persons = value()?.replace('_', "").parse()?,
            "--dir" => registry = Some(PathBuf::from(value()?)),
            "--sizing" => page = Some(PathBuf::from(value()?)),
            "--scratch" => scratch = PathBuf::from(value()?),
            // What cargo adds.
            "--bench" => {}
            other => return Err(format!("{other} is not known").into()),
        }
    }
    let scratch = scratch.join(own);
    let own = registry.is_none();
    let registry = registry.unwrap_or_else(|| scratch.join("registry"));
    if own {
        fs::create_dir_all(&scratch)?;
        load(&registry, persons);
    }
    let measured = measure(&registry).and_then(|measured| match &page {
        Some(page) => sizing::write(&registry, persons, &measured, page),
        None => Ok(()),
    });
    if own {
        fs::remove_dir_all(&scratch)?;
    }
    measured
}

/// What was measured of one registry.
struct Measured {
    events: Ledger,
    disclosures: Ledger,
    /// Bytes of the rebuilt views that come of events, and of look-ups.
    views: [f64; 2],
    /// Records folded, and how long that took.
    rebuilt: (u64, Duration),
}

/// Loads a demonstration, and closes it.
fn load(registry: &Path, persons: u32) {
    let (directory, persons) = (registry.display().to_string(), persons.to_string());
    let demo = Cli::parse_from(["sabt", "--json", "demo", &directory, "--persons", &persons]);
    // What it tells goes to the standard output; whether it went well shows when the registry is opened.
    sabt_cli::run(demo);
}

fn measure(registry: &Path) -> Outcome<Measured> {
    let config = Config::load(registry)?;
    let views = registry.join("views");
    let grown = bytes_on_disk(&views)?;
    let begun = Instant::now();
    let mut records = 0;
    registry::rebuild(registry, &config, &mut |_folded, total| records = total)?;
    let took = begun.elapsed();
    let [events, disclosures] = ["events", "disclosures"].map(|name| ledger(&registry.join(name)));
    let (events, disclosures) = (events?, disclosures?);
    println!(
        "{} events of {:.0} bytes sealed, {:.0} in segments; {} disclosures of {:.0} and {:.0}",
        events.records,
        events.per_record(events.sealed),
        events.per_record(events.bytes),
        disclosures.records,
        disclosures.per_record(disclosures.sealed),
        disclosures.per_record(disclosures.bytes),
    );
    println!(
        "rebuilt in {:.2} s, {:.0} records/s, peak memory {} MiB",
        took.as_secs_f64(),
        per(records, took.as_secs_f64()),
        sabt_benches::status_kib("self", "VmHWM") / 1024,
    );
    let of_look_ups = tables(&views, events.records)?;
    let rebuilt = bytes_on_disk(&views)?;
    println!(
        "the views take {grown} bytes as they grew, {rebuilt} rebuilt: {:.0} for each event",
        per(rebuilt, count(events.records)),
    );
    Ok(Measured {
        events,
        disclosures,
        views: [1.0 - of_look_ups, of_look_ups].map(|share| count(rebuilt) * share),
        rebuilt: (records, took),
    })
}

/// What one ledger holds.
#[derive(Default)]
struct Ledger {
    records: u64,
    /// Bytes of payloads, padding included.
    sealed: u64,
    /// Bytes of segments up to the last that is written.
    bytes: u64,
}

impl Ledger {
    fn per_record(&self, bytes: u64) -> f64 {
        per(bytes, count(self.records))
    }
}

fn ledger(directory: &Path) -> Outcome<Ledger> {
    let mut ledger = Ledger::default();
    for path in segments(directory)? {
        let mut bytes = written(&path)?;
        ledger.bytes += bytes.len() as u64;
        // The last frame may end with zeros.
        bytes.extend([0; FRAME_ALIGNMENT]);
        let mut rest = bytes.get(SEGMENT_HEADER_BYTES..).unwrap_or_default();
        while let Ok(frame) = Frame::parse(rest) {
            ledger.records += u64::from(frame.header().count());
            ledger.sealed += frame
                .records()
                .map(|record| record.sealed.len() as u64)
                .sum::<u64>();
            rest = rest.get(frame.bytes().len()..).unwrap_or_default();
        }
    }
    Ok(ledger)
}

/// Tables in which look-ups leave rows.
const OF_LOOK_UPS: [Table; 4] = [
    Table::Answers,
    Table::Looked,
    Table::AsylumLooked,
    Table::Drawn,
];

/// Entries of each table and their bytes, without what the engine adds. Returns which share of them comes of look-ups.
fn tables(views: &Path, events: u64) -> Outcome<f64> {
    let store = FjallStore::open(views, FjallOptions::default())?;
    let snapshot = store.snapshot()?;
    println!(
        "{:<14} {:>10} {:>12} {:>12} {:>10}",
        "table", "entries", "keys", "values", "an event"
    );
    let (mut all, mut of_look_ups) = (0, 0);
    for table in Table::ALL {
        let (mut entries, mut keys, mut values) = (0_u64, 0_u64, 0_u64);
        visit_prefix(&*snapshot, table, &[], |entry| {
            entries += 1;
            keys += entry.key.len() as u64;
            values += entry.value.len() as u64;
            Ok::<_, sabt_views::store::StoreError>(true)
        })?;
        all += keys + values;
        if OF_LOOK_UPS.contains(&table) {
            of_look_ups += keys + values;
        }
        let each = per(keys + values, count(events));
        println!(
            "{:<14} {entries:>10} {keys:>12} {values:>12} {each:>10.1}",
            table.name()
        );
    }
    Ok(per(of_look_ups, count(all)))
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn count(number: u64) -> f64 {
    number as f64
}

fn per(bytes: u64, of: f64) -> f64 {
    count(bytes) / of
}
