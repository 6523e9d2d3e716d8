//! The manifest of a backup: what it holds, so that whoever restores it knows what must be there.
//!
//! ```text
//! sabt backup v1
//! registry registry.example/sabt
//! taken-at 1795000000000000
//! ledger events 1234 <link, hexadecimal> <root, base64>
//! segment events 0 1000 <digest, hexadecimal>
//! segment events 1000 1234 -
//! ledger disclosures 17 <link> <root>
//! segment disclosures 0 17 -
//! end <BLAKE3 of the lines above, hexadecimal>
//! ```
//!
//! A segment has its first record, the number of records of the ledger with it, and its digest if it is sealed. The
//! manifest is written last: a backup that was cut off has the one before, and all that it names is still there.

use std::fmt::Write as _;

use sabt_chain::{Hash, HexError, LedgerName, Link, Position, Size};
use sabt_journal::{CopiedSegment, SegmentDigest};

const TITLE: &str = "sabt backup v1";

/// Longest manifest: 100,000 segments of both ledgers, 64 MiB each, at 130 bytes a line.
pub(crate) const MANIFEST_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Name of the registry.
    pub registry: String,
    /// When it was taken, micros UTC.
    pub taken_at: i64,
    /// Both ledgers, the events first.
    pub ledgers: [LedgerEntry; 2],
}

/// One ledger of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// How many records.
    pub size: Size,
    /// Link of the last.
    pub link: Link,
    /// Root of the tree over them.
    pub root: Hash,
    /// Its segments.
    pub segments: Vec<CopiedSegment>,
}

/// A text that is no manifest: damaged, cut off, or of a later version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the manifest cannot be understood")]
pub struct ManifestError {
    /// Counted from 1.
    pub line: usize,
}

impl Manifest {
    /// One ledger of it.
    pub fn ledger(&self, name: LedgerName) -> &LedgerEntry {
        let [events, disclosures] = &self.ledgers;
        match name {
            LedgerName::Events => events,
            LedgerName::Disclosures => disclosures,
        }
    }

    /// The text form.
    pub fn encode(&self) -> String {
        let mut text = format!(
            "{TITLE}\nregistry {}\ntaken-at {}\n",
            self.registry, self.taken_at
        );
        for (name, ledger) in LedgerName::ALL.into_iter().zip(&self.ledgers) {
            let LedgerEntry {
                size, link, root, ..
            } = ledger;
            let mut line = format!("ledger {name} {size} {link} {}\n", root.to_base64());
            for segment in &ledger.segments {
                let digest = segment
                    .digest
                    .map_or_else(|| "-".to_owned(), |digest| digest.to_string());
                // Writing to a string cannot fail.
                let written = writeln!(
                    line,
                    "segment {name} {} {} {digest}",
                    segment.first, segment.size_after
                );
                debug_assert!(written.is_ok());
            }
            text.push_str(&line);
        }
        let digest = blake3::hash(text.as_bytes()).to_hex();
        format!("{text}end {digest}\n")
    }

    /// Reads the text form. Only what [`Manifest::encode`] writes is accepted.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let mut lines = (1..).zip(text.lines());
        let mut last = 0;
        let mut next = |keyword: &str| {
            let line = lines.next();
            last = line.map_or(last + 1, |(number, _)| number);
            let rest = line.and_then(|(_, line)| line.strip_prefix(keyword));
            rest.ok_or(ManifestError { line: last })
        };
        next(TITLE)?;
        let registry = next("registry ")?.to_owned();
        let taken_at = next("taken-at ")?;
        let taken_at = taken_at
            .parse()
            .map_err(|_no_number| ManifestError { line: 3 })?;
        let body: Vec<&str> = text.lines().skip(3).collect();
        let mut ledgers = Vec::new();
        for (number, line) in (4..).zip(&body) {
            let wrong = ManifestError { line: number };
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["ledger", name, size, link, root] => {
                    let expected = LedgerName::ALL.get(ledgers.len()).ok_or(wrong)?;
                    (*name == expected.as_str()).then_some(()).ok_or(wrong)?;
                    ledgers.push(LedgerEntry {
                        size: Size::new(size.parse().map_err(|_no_number| wrong)?),
                        link: link.parse().map_err(|_no_link| wrong)?,
                        root: Hash::from_base64(root).ok_or(wrong)?,
                        segments: Vec::new(),
                    });
                }
                ["segment", _, first, size_after, digest] => {
                    let segment = CopiedSegment {
                        first: Position::new(first.parse().map_err(|_no_number| wrong)?),
                        size_after: Size::new(size_after.parse().map_err(|_no_number| wrong)?),
                        digest: parse_digest(digest).map_err(|_no_digest| wrong)?,
                    };
                    ledgers.last_mut().ok_or(wrong)?.segments.push(segment);
                }
                ["end", _] => {}
                _ => return Err(wrong),
            }
        }
        let end = ManifestError {
            line: body.len() + 3,
        };
        let manifest = Self {
            registry,
            taken_at,
            ledgers: ledgers.try_into().map_err(|_not_two| end)?,
        };
        // The last line covers all the others, and there is only one way to write them.
        if manifest.encode() == text {
            Ok(manifest)
        } else {
            Err(end)
        }
    }
}

fn parse_digest(text: &str) -> Result<Option<SegmentDigest>, HexError> {
    if text == "-" {
        Ok(None)
    } else {
        text.parse().map(Some)
    }
}

#[cfg(test)]
mod tests;
