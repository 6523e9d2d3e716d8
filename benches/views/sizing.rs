//! What registries of other sizes come to, computed from one that was measured.

use std::fmt::Write as _;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::thread;
use std::time::Instant;

use sabt_benches::{Outcome, bytes_on_disk, status_kib};
use sabt_chain::LedgerName;
use sabt_cli::keys::Keys;
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::registry::Registry;
use sabt_verifier::{Options, Source, TrustedLogs, verify};

use super::{Measured, count, per};

/// Persons of the registries that the page tells of.
const PERSONS: [f64; 3] = [1e6, 20e6, 100e6];

/// Look-ups of each person that are reckoned with: a decade of one a month.
const LOOK_UPS: f64 = 120.0;

/// Events of a person in a year in a country where everybody's permit is renewed yearly.
const EVENTS_A_YEAR: f64 = 10.0;

const SECONDS_A_YEAR: f64 = 31_557_600.0;

/// Verifies and opens the registry, and writes the page.
#[expect(clippy::disallowed_methods, reason = "a page is no ledger")]
pub(crate) fn write(
    registry: &Path,
    persons: u32,
    measured: &Measured,
    page: &Path,
) -> Outcome<()> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let keys = Keys::of(registry);
    let vkeys: Vec<String> = LedgerName::ALL
        .iter()
        .map(|ledger| fs::read_to_string(keys.log_key(*ledger)))
        .collect::<Result<_, _>>()?;
    let trust = TrustedLogs::from_vkeys(vkeys.iter().map(String::as_str))?;
    let report = verify(&Options {
        threads: NonZeroUsize::new(cores).ok_or("no cores")?,
        ..Options::new(Source::Directory(registry.to_owned()), trust)
    })?;
    if !report.is_sound() {
        return Err(format!("the ledgers are not sound: {report}").into());
    }
    let records = report.ledgers().iter().map(|ledger| ledger.records).sum();
    let verified = per(records, report.elapsed.as_secs_f64());
    let config = Config::load(registry)?;
    let begun = Instant::now();
    Registry::open(registry, &config, Clock::system())?.close();
    let opened = begun.elapsed().as_secs_f64();

    let (events, disclosures) = (&measured.events, &measured.disclosures);
    let of_person = f64::from(persons);
    let life = Life {
        events: count(events.records) / of_person,
        ledger: events.per_record(events.bytes),
        views: measured.views[0] / count(events.records),
        look_up: disclosures.per_record(disclosures.bytes),
        look_up_views: measured.views[1] / count(disclosures.records),
        keys: per(bytes_on_disk(&registry.join("vault"))?, of_person),
    };
    let (folded, took) = measured.rebuilt;
    let rates = Rates {
        cores,
        rebuilt: per(folded, took.as_secs_f64()),
        verified,
        opened,
        peak: status_kib("self", "VmHWM") / 1024,
    };
    let text = text(persons, &life, &rates)?;
    print!("\n{text}");
    fs::write(page, text)?;
    Ok(())
}

/// What one person brings.
struct Life {
    /// Events.
    events: f64,
    /// Bytes of one in the ledger.
    ledger: f64,
    /// Bytes of one in the views.
    views: f64,
    /// Bytes of one look-up in the ledger.
    look_up: f64,
    /// Bytes of one look-up in the views.
    look_up_views: f64,
    /// Bytes of keys.
    keys: f64,
}

/// What this machine did.
struct Rates {
    cores: usize,
    /// Records folded in a second.
    rebuilt: f64,
    /// Records verified in a second.
    verified: f64,
    /// Seconds until the registry was open.
    opened: f64,
    /// Megabytes that folding anew took at most.
    peak: u64,
}

fn text(persons: u32, life: &Life, rates: &Rates) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let Rates {
        cores,
        rebuilt,
        verified,
        opened,
        peak,
    } = rates;
    writeln!(
        text,
        "# How large a machine

Computed from a registry of {persons} synthetic persons, measured on {cores} cores: `cargo bench -p sabt-benches --bench views --
--persons {persons} --sizing FILE` writes this page for your machine.

Each person brings {:.1} events over a life in the registry, {:.0} bytes each in the ledger and {:.0} in the views, and {:.0} bytes of keys; a
look-up takes {:.0} bytes and {:.0}. {LOOK_UPS:.0} look-ups a person are reckoned with. The views are folded anew at {rebuilt:.0} records a second,
both ledgers verified at {verified:.0}. Times shrink with cores: a rebuild up to eight, a verification without end.

Here opening takes {opened:.2} s, after a kill up to one: the engine of the views then replays its journal of some
64 MB. It opens every file of the views, one for each 4 to 16 MB, which counts in larger registries. The serving process takes some 300 MB of memory, a rebuild {peak} MB.
",
        life.events, life.ledger, life.views, life.keys, life.look_up, life.look_up_views,
    )?;
    writeln!(
        text,
        "| persons | events | look-ups | ledger of events | ledger of look-ups | views | keys | rebuild | verification | acts a second, the year round |"
    )?;
    writeln!(text, "|{}", "---|".repeat(10))?;
    for persons in PERSONS {
        let events = persons * life.events;
        let look_ups = persons * LOOK_UPS;
        writeln!(
            text,
            "| {:.0} M | {:.0} M | {:.0} M | {} | {} | {} | {} | {} | {} | {:.1} |",
            persons / 1e6,
            events / 1e6,
            look_ups / 1e6,
            bytes(events * life.ledger),
            bytes(look_ups * life.look_up),
            bytes(events * life.views + look_ups * life.look_up_views),
            bytes(persons * life.keys),
            span((events + look_ups) / rebuilt),
            span((events + look_ups) / verified),
            persons * EVENTS_A_YEAR / SECONDS_A_YEAR,
        )?;
    }
    writeln!(
        text,
        "
A rebuild needs room for the new views beside the old ones, a backup that of the ledgers once more. What a second of acts and
questions comes to on a machine, `cargo bench -p sabt-benches --bench registry` says."
    )?;
    Ok(text)
}

fn bytes(bytes: f64) -> String {
    if bytes < 1e9 {
        format!("{:.0} MB", bytes / 1e6)
    } else if bytes < 1e12 {
        format!("{:.0} GB", bytes / 1e9)
    } else {
        format!("{:.1} TB", bytes / 1e12)
    }
}

fn span(seconds: f64) -> String {
    if seconds < 3600.0 {
        format!("{:.0} min", (seconds / 60.0).max(1.0))
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}
