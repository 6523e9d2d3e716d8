//! The state file's text: one value a line, in a fixed order.

use std::fmt::Write as _;
use std::num::ParseIntError;

use sabt_chain::tree::Frontier;
use sabt_chain::{Epoch, Hash, LedgerName, LedgerState, Link, Position, Size, Timestamp};

use super::{LedgerMemory, Memory};
use crate::report::KindCounts;
use crate::roots::AnchoredRoot;
use crate::trust::TrustedLogs;

/// The first line; the number is the version of the format.
const FIRST_LINE: &str = "sabt-verify state v1";

/// What stands for nothing.
const NONE: &str = "-";

/// Writes a memory as text.
pub(super) fn compose(memory: &Memory, trust: &TrustedLogs) -> String {
    let mut text = format!("{FIRST_LINE}\n");
    let mut line = |name: &str, value: &str| {
        // Writing to memory does not fail.
        let _written = writeln!(text, "{name} {value}");
    };
    for key in &memory.log_keys {
        line("log-key", key);
    }
    for ledger in LedgerName::ALL {
        let Some(of) = memory.of(ledger) else {
            continue;
        };
        let optional = |time: Option<Timestamp>| {
            time.map_or_else(|| NONE.to_owned(), |time| time.as_micros().to_string())
        };
        line("ledger", trust.origin(ledger).as_str());
        line("tree", &hex(&of.state.frontier.encode()));
        line("link", &of.state.link.to_string());
        line("recorded-at", &optional(of.state.recorded_at));
        line("first-recorded-at", &optional(of.first_recorded_at));
        line("epoch", &of.epoch.get().to_string());
        let kinds = of.kinds;
        line("events", &kinds.events.to_string());
        line("governance", &kinds.governance.to_string());
        line("erasures", &kinds.erasures.to_string());
        line("anchors", &kinds.anchors.to_string());
        line("acts", &of.acts.to_string());
        line("signatures", &of.signatures.to_string());
        line("erased", &of.erased.to_string());
        line("anchored", &of.anchored.get().to_string());
        line("clear", &ranges(&of.clear));
        line("unexplained", &ranges(&of.unexplained));
        let checkpoint = of.checkpoint.as_deref().map(hex);
        line("checkpoint", checkpoint.as_deref().unwrap_or(NONE));
        for anchor in &of.anchors {
            let (position, size) = (anchor.position.get(), anchor.size.get());
            let retired_at = optional(anchor.retired_at);
            line(
                "anchor",
                &format!("{position} {size} {} {retired_at}", anchor.root),
            );
        }
        for (envelope, payload) in &of.decisive {
            line("record", &format!("{} {}", hex(envelope), hex(payload)));
        }
        line("end", trust.origin(ledger).as_str());
    }
    text
}

/// Reads what [`compose`] wrote, and nothing else.
///
/// # Errors
/// The number of the first line that cannot stand, counted from 1.
pub(super) fn parse(text: &str, trust: &TrustedLogs) -> Result<Memory, usize> {
    let mut lines = Lines {
        lines: text.lines().collect(),
        next: 0,
    };
    let memory = lines.memory(trust).ok_or(lines.next)?;
    // One text for one memory: whatever else is in the file was not written by this program.
    if lines.next == lines.lines.len() && compose(&memory, trust) == text {
        Ok(memory)
    } else {
        Err(lines.next)
    }
}

struct Lines<'a> {
    lines: Vec<&'a str>,
    next: usize,
}

impl<'a> Lines<'a> {
    /// The value of the next line, which must have this name.
    fn value(&mut self, name: &str) -> Option<&'a str> {
        let line = self.lines.get(self.next).copied();
        self.next += 1;
        line?.strip_prefix(name)?.strip_prefix(' ')
    }

    /// The same, if the next line has this name.
    fn value_if(&mut self, name: &str) -> Option<&'a str> {
        let line = self.lines.get(self.next)?;
        let value = line.strip_prefix(name)?.strip_prefix(' ')?;
        self.next += 1;
        Some(value)
    }

    fn number(&mut self, name: &str) -> Option<u64> {
        self.value(name)?.parse().ok()
    }

    fn memory(&mut self, trust: &TrustedLogs) -> Option<Memory> {
        if self.lines.first() != Some(&FIRST_LINE) {
            self.next = 1;
            return None;
        }
        self.next = 1;
        let mut memory = Memory::default();
        while let Some(key) = self.value_if("log-key") {
            memory.log_keys.push(key.to_owned());
        }
        while let Some(origin) = self.value_if("ledger") {
            let ledger = if origin == trust.origin(LedgerName::Events).as_str() {
                &mut memory.events
            } else if origin == trust.origin(LedgerName::Disclosures).as_str() {
                &mut memory.disclosures
            } else {
                return None;
            };
            let of = self.ledger()?;
            if self.value("end")? != origin || ledger.replace(of).is_some() {
                return None;
            }
        }
        Some(memory)
    }

    fn ledger(&mut self) -> Option<LedgerMemory> {
        let frontier = Frontier::decode(&bytes(self.value("tree")?)?).ok()?;
        let link: Link = self.value("link")?.parse().ok()?;
        let recorded_at = time(self.value("recorded-at")?).ok()?;
        let mut of = LedgerMemory {
            state: LedgerState {
                frontier,
                link,
                recorded_at,
            },
            first_recorded_at: time(self.value("first-recorded-at")?).ok()?,
            epoch: Epoch::new(self.number("epoch")?),
            kinds: KindCounts {
                events: self.number("events")?,
                governance: self.number("governance")?,
                erasures: self.number("erasures")?,
                anchors: self.number("anchors")?,
            },
            acts: self.number("acts")?,
            signatures: self.number("signatures")?,
            erased: self.number("erased")?,
            anchored: Size::new(self.number("anchored")?),
            clear: positions(self.value("clear")?)?,
            unexplained: positions(self.value("unexplained")?)?,
            checkpoint: match self.value("checkpoint")? {
                NONE => None,
                digits => Some(bytes(digits)?),
            },
            anchors: Vec::new(),
            decisive: Vec::new(),
        };
        while let Some(value) = self.value_if("anchor") {
            of.anchors.push(anchor(value)?);
        }
        while let Some(value) = self.value_if("record") {
            let (envelope, payload) = value.split_once(' ')?;
            of.decisive.push((bytes(envelope)?, bytes(payload)?));
        }
        Some(of)
    }
}

fn anchor(value: &str) -> Option<AnchoredRoot> {
    let mut fields = value.split(' ');
    let position = Position::new(fields.next()?.parse().ok()?);
    let size = Size::new(fields.next()?.parse().ok()?);
    let root: Hash = fields.next()?.parse().ok()?;
    let retired_at = time(fields.next()?).ok()?;
    fields.next().is_none().then_some(AnchoredRoot {
        size,
        root,
        position,
        place: None,
        retired_at,
    })
}

/// A time, which may be missing.
fn time(value: &str) -> Result<Option<Timestamp>, ParseIntError> {
    match value {
        NONE => Ok(None),
        micros => micros.parse().map(Timestamp::from_micros).map(Some),
    }
}

/// Positions as ranges: `3-5,9`.
fn ranges(positions: &[Position]) -> String {
    let mut parts: Vec<(u64, u64)> = Vec::new();
    for position in positions.iter().map(|position| position.get()) {
        match parts.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(position) => *last = position,
            Some(_) | None => parts.push((position, position)),
        }
    }
    if parts.is_empty() {
        return NONE.to_owned();
    }
    let parts = parts.into_iter().map(|(first, last)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        }
    });
    parts.collect::<Vec<_>>().join(",")
}

fn positions(value: &str) -> Option<Vec<Position>> {
    let mut positions: Vec<Position> = Vec::new();
    if value == NONE {
        return Some(positions);
    }
    for part in value.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
        let after = positions.last().is_none_or(|before| before.get() < first);
        // A range as long as this is no registry's: it would only fill memory.
        if !after || last < first || RANGE_MAX < last - first {
            return None;
        }
        positions.extend((first..=last).map(Position::new));
    }
    Some(positions)
}

/// Longest range of positions: a hundred million erasures in a row.
const RANGE_MAX: u64 = 100_000_000;

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to memory does not fail.
        let _written = write!(text, "{byte:02x}");
    }
    text
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? * 16 + digit(*low)?))
        .collect()
}
