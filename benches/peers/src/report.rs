//! One table, and a plot, of what one run measured.

use std::fmt::{Error, Write as _};

use sabt_benches::figures::Figure;
use sabt_benches::work;

use crate::plan::Plan;
use crate::postgres::Kind;
use crate::umadb;

const SABT: &str = "Sabt";
const MACHINE: &str = "the machine";
const SYSTEMS: [&str; 4] = [SABT, Kind::Plain.name(), Kind::Chain.name(), umadb::NAME];

/// What is set beside each other, in this order: the work, and by how many callers.
const ROWS: [(&str, usize); 12] = [
    (work::APPEND, 1),
    (work::APPEND, 16),
    (work::APPEND, 64),
    (work::APPEND, 256),
    (work::BULK, 0),
    (work::REPLAY, 0),
    (work::VERIFY, 1),
    (work::VERIFY, 2),
    (work::STATE, 1),
    (work::STATE, 64),
    (work::BYTES, 0),
    (work::BYTES_ALL, 0),
];

/// What the table does not say by itself.
const NOTES: &str = "\
Every figure is of one run on one machine, the callers on the same cores as the servers: figures of other runs are not to be
compared, ratios within one are. Rates are per second, with median and 99th percentile of the answers; in brackets how
many times that of Sabt is the rate beside it. Everything is durable before it is acknowledged.

Sabt does what it promises: mutual TLS, the author's signature verified, the law decided, payloads sealed, links, a
disclosure record durable before each answer. Its events are registrations of persons with all they say; its replay is the feed
of envelopes and ciphertext to an auditor; its verification holds links, tree, signatures and authors of both ledgers.
PostgreSQL and UmaDB are given 400 bytes that do not repeat, without TLS, signatures, sealing or a record of who asked.
PostgreSQL has shared_buffers of 1 GB and max_wal_size of 8 GB, one connection a caller, prepared statements; its bulk load and
UmaDB's are 100 events a request, Sabt's is one stream of signed acts. PostgreSQL's disk is tables and indexes, without its
log of at most 8 GB.
";

/// The report as Markdown.
///
/// # Errors
/// None: writing to a string does not fail.
pub fn markdown(figures: &[Figure], plan: Plan) -> Result<String, Error> {
    let mut text = String::new();
    let events = plan.in_all();
    let mut line = |written: std::fmt::Arguments<'_>| writeln!(text, "{written}");
    line(format_args!(
        "# The same work by Sabt and by its peers\n\n{NOTES}"
    ))?;
    line(format_args!("{events} events."))?;
    if let Some(sync) = find(figures, MACHINE, work::SYNC, 0) {
        let micros = sync.median_micros;
        line(format_args!(
            "The machine: fdatasync {micros:.0} us (median);"
        ))?;
    }
    for callers in [1, 64] {
        if let Some(echo) = find(figures, MACHINE, work::ECHO, callers) {
            let (value, median) = (amount(echo.value), echo.median_micros);
            line(format_args!(
                "an echo over mutual TLS {value} /s by {callers} callers (median {median:.0} us)."
            ))?;
        }
    }
    line(format_args!("\n| work | {} |", SYSTEMS.join(" | ")))?;
    line(format_args!("|---{}|", "|---".repeat(SYSTEMS.len())))?;
    for (what, callers) in ROWS {
        let sabt = find(figures, SABT, what, callers);
        let cells: Vec<String> = SYSTEMS
            .iter()
            .map(|system| cell(find(figures, system, what, callers), sabt))
            .collect::<Result<_, _>>()?;
        line(format_args!(
            "| {} | {} |",
            title(what, callers),
            cells.join(" | ")
        ))?;
    }
    Ok(text)
}

/// Rates of every system beside Sabt's, as bars on a logarithmic scale.
///
/// # Errors
/// None: writing to a string does not fail.
pub fn svg(figures: &[Figure]) -> Result<String, Error> {
    const WIDTH: f64 = 900.0;
    const LEFT: f64 = 330.0;
    const BAR: f64 = 13.0;
    const COLOURS: [&str; 4] = ["#0b6e4f", "#8ecae6", "#219ebc", "#fb8500"];
    let rates: Vec<_> = ROWS
        .iter()
        .filter(|(what, _)| !matches!(*what, work::BYTES | work::BYTES_ALL))
        .collect();
    let highest = figures
        .iter()
        .map(|figure| figure.value)
        .fold(10.0, f64::max);
    let scale = (WIDTH - LEFT - 90.0) / highest.log10();
    let mut bars = String::new();
    let mut y = 40.0;
    for (at, system) in SYSTEMS.iter().enumerate() {
        let x = LEFT + 140.0 * at as f64;
        write!(
            bars,
            "<rect x='{x}' y='12' width='12' height='12' fill='{}'/><text x='{}' y='22'>{system}</text>",
            COLOURS[at],
            x + 17.0
        )?;
    }
    for (what, callers) in rates {
        write!(
            bars,
            "<text x='{}' y='{}' text-anchor='end'>{}</text>",
            LEFT - 8.0,
            y + 2.0 * BAR,
            title(what, *callers)
        )?;
        for (at, system) in SYSTEMS.iter().enumerate() {
            if let Some(figure) = find(figures, system, what, *callers) {
                let width = (figure.value.max(1.0).log10() * scale).max(1.0);
                write!(
                    bars,
                    "<rect x='{LEFT}' y='{y}' width='{width:.1}' height='{}' fill='{}'/>\
                     <text x='{:.1}' y='{}'>{}</text>",
                    BAR - 1.0,
                    COLOURS[at],
                    LEFT + width + 5.0,
                    y + BAR - 3.0,
                    amount(figure.value)
                )?;
            }
            y += BAR;
        }
        y += 10.0;
    }
    Ok(format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {y}' font-family='sans-serif' font-size='11'>\
         <title>Events or answers a second, logarithmic scale</title>\
         <rect width='{WIDTH}' height='{y}' fill='white'/>{bars}</svg>\n"
    ))
}

fn find<'a>(figures: &'a [Figure], system: &str, what: &str, callers: usize) -> Option<&'a Figure> {
    // The last one counts, should a file hold several runs.
    figures
        .iter()
        .rev()
        .find(|figure| figure.system == system && figure.work == what && figure.callers == callers)
}

fn title(what: &str, callers: usize) -> String {
    match (what, callers) {
        (_, 0) => what.to_owned(),
        (work::VERIFY, 1) => format!("{what}, 1 thread"),
        (work::VERIFY, threads) => format!("{what}, {threads} threads"),
        (_, 1) => format!("{what}, 1 caller"),
        (_, callers) => format!("{what}, {callers} callers"),
    }
}

fn cell(figure: Option<&Figure>, sabt: Option<&Figure>) -> Result<String, Error> {
    let Some(figure) = figure else {
        return Ok("-".to_owned());
    };
    let mut text = amount(figure.value);
    if 0.0 < figure.median_micros {
        let (median, p99) = (figure.median_micros / 1e3, figure.p99_micros / 1e3);
        write!(text, ", {median:.2} / {p99:.2} ms")?;
    }
    if let Some(sabt) = sabt
        && figure.system != SABT
        && 0.0 < figure.value
    {
        write!(text, " ({:.2})", sabt.value / figure.value)?;
    }
    Ok(text)
}

/// A number as people read it.
fn amount(value: f64) -> String {
    let whole = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if 0 < at && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
