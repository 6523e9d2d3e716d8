//! What compression of payloads would gain, record by record: the plaintexts of synthetic lives as they are, and by several
//! ways to shorten them, each before and after sealing pads them to its buckets.
//!
//! ```text
//! cargo bench --bench payloads -- [--persons N]
//! ```
//! No two records are ever compressed together. Dictionaries are trained on every fifth record and measured on the others;
//! names, places and streets of the population come from short lists, so that a dictionary gains more here than it would
//! gain from lives that were lived.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::collections::BTreeMap;
use std::env;

use lz4_flex::block;
use prost::Message as _;
use sabt_benches::Outcome;
use sabt_domain::act::SubjectId;
use sabt_domain::time::Timestamp;
use sabt_population::reference::Reference;
use sabt_population::{Population, Resolver, Scale, Seed};
use sabt_vault::seal::sealed_len_for;
use zstd::bulk::Compressor;

/// Persons unless told otherwise; each brings some twenty records.
const PERSONS: u32 = 2_000;

const SEED: Seed = Seed(7);

/// When everything is received: 18 November 2026, after the last day of the population.
const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

/// Every so many records, one is a sample for a dictionary.
const SAMPLE_EVERY: usize = 5;

/// Sizes of dictionaries in bytes.
const DICTIONARIES: [usize; 2] = [16 * 1024, 112 * 1024];

/// What a frame of zstd says that a record would not have to: magic, descriptor and length.
const ZSTD_FRAME_BYTES: usize = 6;

const ZSTD_LEVEL: i32 = 3;

/// A payload before it is sealed.
struct Plain {
    whole: Vec<u8>,
    /// The event alone.
    event: Vec<u8>,
    /// The act that stands with it in part 0, as signed.
    act: Vec<u8>,
}

fn main() -> Outcome<()> {
    let mut persons = PERSONS;
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--persons" => {
                let value = arguments.next().ok_or("a value is missing")?;
                persons = value.replace('_', "").parse()?;
            }
            // What cargo adds.
            "--bench" => {}
            other => return Err(format!("{other} is not known").into()),
        }
    }
    let plains = plains(persons)?;
    println!("{} records", plains.len());
    println!(
        "{:<44} {:>10} {:>10} {:>10}",
        "", "plain", "sealed", "lengths"
    );
    row("as it is", &plains, |plain| Ok(plain.whole.len()))?;
    row("lz4", &plains, |plain| {
        Ok(block::compress(&plain.whole).len())
    })?;
    row(
        "lz4 of the event, its own act as dictionary",
        &plains,
        |plain| {
            let event = block::compress_with_dict(&plain.event, &plain.act);
            let shortest = event.len().min(plain.event.len());
            Ok(plain.whole.len() - plain.event.len() + shortest)
        },
    )?;
    let mut zstd = Compressor::new(ZSTD_LEVEL)?;
    row("zstd", &plains, |plain| zstd_len(&mut zstd, &plain.whole))?;
    let samples: Vec<_> = plains.iter().step_by(SAMPLE_EVERY).collect();
    let samples: Vec<_> = samples.iter().map(|plain| &plain.whole).collect();
    for bytes in DICTIONARIES {
        let dictionary = zstd::dict::from_samples(&samples, bytes)?;
        let mut zstd = Compressor::with_dictionary(ZSTD_LEVEL, &dictionary)?;
        let name = format!("zstd, dictionary of {} KiB", bytes / 1024);
        row(&name, &plains, |plain| zstd_len(&mut zstd, &plain.whole))?;
    }
    Ok(())
}

fn zstd_len(zstd: &mut Compressor<'_>, plain: &[u8]) -> Outcome<usize> {
    let len = zstd.compress(plain)?.len();
    Ok(len.saturating_sub(ZSTD_FRAME_BYTES).min(plain.len()))
}

/// Means of the records that no dictionary was trained on, and how many different lengths the records of one shape (kind
/// of event, and lengths of event and act) come to: more than one means that a length tells of what is said, and not
/// only of how much.
fn row(
    name: &str,
    plains: &[Plain],
    mut shortened: impl FnMut(&Plain) -> Outcome<usize>,
) -> Outcome<()> {
    let (mut count, mut plain_bytes, mut sealed_bytes) = (0, 0, 0);
    let mut lengths: BTreeMap<(usize, usize), BTreeMap<usize, usize>> = BTreeMap::new();
    for (place, plain) in plains.iter().enumerate() {
        if place.is_multiple_of(SAMPLE_EVERY) {
            continue;
        }
        let len = shortened(plain)?;
        let sealed = sealed_len_for(len).ok_or("too long to be sealed")?;
        count += 1;
        plain_bytes += len;
        sealed_bytes += sealed;
        let shape = (plain.event.len(), plain.act.len());
        *lengths.entry(shape).or_default().entry(sealed).or_default() += 1;
    }
    let different: usize = lengths.values().map(BTreeMap::len).sum();
    println!(
        "{name:<44} {:>10.1} {:>10.1} {:>10.2}",
        mean(plain_bytes, count),
        mean(sealed_bytes, count),
        mean(different, lengths.len()),
    );
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn mean(sum: usize, count: usize) -> f64 {
    sum as f64 / count as f64
}

/// The payloads that the lives of so many persons come to.
fn plains(persons: u32) -> Outcome<Vec<Plain>> {
    let refused = |refusal: sabt_domain::refusal::Refusal| refusal.reason().code().to_owned();
    let mut registry = Reference::founded(SEED, NOW).map_err(refused)?;
    let mut population = Population::new(SEED, Scale { persons }).families_alone();
    let mut acts = BTreeMap::new();
    while let Some(family) = population.next_lane() {
        let mut resolver = Resolver::new();
        for planned in family.iter().filter(|planned| planned.is_accepted()) {
            let act = planned.resolve(&resolver)?;
            let receipt = registry
                .submit(&planned.author, &act, NOW)
                .map_err(refused)?;
            resolver.record(planned, &receipt.numbers)?;
            acts.insert(receipt.position, (act.encode_to_vec(), planned.nonce));
        }
    }
    let mut plains = BTreeMap::new();
    let lives = registry.states().lives.iter();
    // Governance stands in the clear, and is not sealed.
    let sealed = lives.filter(|(subject, _)| {
        !matches!(
            subject,
            SubjectId::Registry | SubjectId::Agency(_) | SubjectId::Office(_)
        )
    });
    for recorded in sealed.flat_map(|(_, life)| life.records()) {
        let signed = acts.get(&recorded.position).filter(|_| recorded.part == 0);
        let plain = Plain {
            whole: recorded
                .event
                .encode(signed.map(|(act, nonce)| (act.as_slice(), nonce))),
            event: recorded.event.encode(None),
            act: signed.map(|(act, _)| act.clone()).unwrap_or_default(),
        };
        plains.insert(recorded.position, plain);
    }
    Ok(plains.into_values().collect())
}
