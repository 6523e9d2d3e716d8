//! Reading ledgers from tiles (C2SP tlog-tiles): entry bundles, the clear payloads beside them, and the hash tiles,
//! which must follow from the entries.
//!
//! Runs of 256 records are fetched ahead on a few threads and handed on in order. Sealed payloads are not in tiles, so
//! that they cannot be compared with their digests here.

mod prefetch;

use std::collections::VecDeque;
use std::sync::Arc;

use sabt_chain::tile::{
    BundleCoordinate, BundleError, CLEAR_BUNDLE_BYTES_MAX, ENTRY_BUNDLE_BYTES_MAX,
    HASH_TILE_BYTES_MAX, TILE_WIDTH, TileBuilder, TileCoordinate, TileLevel, TilePath, TileWidth,
    decode_clear, decode_entries, decode_hashes,
};
use sabt_chain::{Hash, Kind, LedgerName, Position, Size};

use super::directory::file_error;
use super::files::Files;
use super::{Piece, SourceError, Wanted};
use crate::examine::RawRecord;
use crate::fault::{Finding, TileFault};
use crate::mutant::{Check, removed};
use crate::work::Part;
use prefetch::Prefetch;

/// Name of the directory that holds a ledger's tiles.
pub(super) const TILE_DIRECTORY: &str = "tile";

/// Where files are fetched from, each below the ledger's own prefix.
pub(crate) trait Fetch: Send + Sync {
    /// The bytes at a path, `None` if there is nothing; of more than `limit` bytes, `limit + 1` may be given.
    fn fetch(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, SourceError>;

    /// How many fetches at a time are of use.
    fn parallel(&self) -> usize;
}

/// Tiles in a directory.
pub(super) struct DirectoryTiles {
    pub(super) files: Files,
    pub(super) ledger: LedgerName,
}

/// Fetches from a directory at a time: one waits for the disk while the other hashes.
const DIRECTORY_FETCHES: usize = 2;

impl Fetch for DirectoryTiles {
    fn fetch(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, SourceError> {
        let path = format!("{}/{path}", self.ledger);
        let read = self.files.read(&path, limit);
        read.map_err(|source| file_error(&path, source))
    }

    fn parallel(&self) -> usize {
        DIRECTORY_FETCHES
    }
}

/// Reads the records of one ledger.
pub(crate) struct TilesReader {
    fetch: Arc<dyn Fetch>,
    wanted: Wanted,
    runs: Prefetch<Run>,
    /// The tree over everything so far; `None` once entries are lost.
    tree: Option<TileBuilder>,
    /// Pieces that come before the next run.
    waiting: VecDeque<Piece>,
    ended: bool,
}

/// A run of records as it was fetched.
#[derive(Debug)]
struct Run {
    first: Position,
    /// `None`: they cannot be read, or are not there.
    records: Option<Vec<RawRecord>>,
    leaves: Vec<Hash>,
    findings: Vec<Finding>,
    /// There are no more, and nobody signed any.
    beyond: bool,
}

/// What came of fetching one file.
enum Fetched {
    Bytes(Vec<u8>, TileWidth),
    Missing,
    Long,
}

impl TilesReader {
    /// Reads from the run on that holds record `from`. Hash tiles above the leaves can be compared only if all leaves are
    /// read.
    pub(super) fn open(fetch: Arc<dyn Fetch>, wanted: Wanted, from: Size) -> Self {
        let runs = wanted.records.get().div_ceil(u64::from(TILE_WIDTH));
        let (of_run, threads) = (Arc::clone(&fetch), fetch.parallel());
        let first = from.get() / u64::from(TILE_WIDTH);
        let runs = Prefetch::start(first..runs, threads, move |index| {
            fetch_run(of_run.as_ref(), wanted, index)
        });
        Self {
            fetch,
            wanted,
            runs,
            tree: (first == 0).then(TileBuilder::new),
            waiting: VecDeque::new(),
            ended: false,
        }
    }

    /// How many records after the last one handed out may have been fetched already.
    pub(super) fn records_ahead(&self) -> u64 {
        self.runs.ahead().saturating_mul(u64::from(TILE_WIDTH))
    }

    pub(super) fn next_piece(&mut self) -> Result<Option<Piece>, SourceError> {
        loop {
            if let Some(piece) = self.waiting.pop_front() {
                return Ok(Some(piece));
            }
            if self.ended {
                return Ok(None);
            }
            match self.runs.next()? {
                Some(run) if !run.beyond => self.take(run)?,
                Some(_) | None => self.end()?,
            }
        }
    }

    /// Takes a run: its findings first, then its records, then what is wrong with the tiles that it fills.
    fn take(&mut self, run: Run) -> Result<(), SourceError> {
        let lost = run.records.is_none();
        for finding in run.findings {
            // A wrong hash of a leaf is at its record, a wrong file at the first of its run.
            let position = if let Finding::TileHash { index, .. } = &finding {
                run.first.advance(*index as u64)
            } else {
                Some(run.first)
            };
            self.find(position, finding);
        }
        self.waiting
            .extend(run.records.map(|raw| Piece::Part(Part::Raw(raw))));
        if lost {
            self.waiting.push_back(Piece::Lost);
            self.tree = None;
        }
        let Some(tree) = &mut self.tree else {
            return Ok(());
        };
        let mut filled = Vec::new();
        for leaf in run.leaves {
            let appended = tree.append(leaf, |tile, hashes| {
                // Tiles of leaves were compared where they were fetched.
                if tile.level != TileLevel::LEAVES {
                    filled.push((tile, hashes.to_vec()));
                }
                Ok::<(), std::convert::Infallible>(())
            });
            let Ok(()) = appended;
        }
        self.compare(filled)
    }

    /// Ends the ledger: what is left are the partial tiles above the leaves.
    fn end(&mut self) -> Result<(), SourceError> {
        self.ended = true;
        let Some(tree) = &self.tree else {
            return Ok(());
        };
        let partials = tree.partials();
        let partials = partials.filter(|(tile, _)| tile.level != TileLevel::LEAVES);
        let partials = partials.map(|(tile, hashes)| (tile, hashes.to_vec()));
        self.compare(partials.collect())
    }

    /// Compares hash tiles with what they must hold.
    fn compare(&mut self, tiles: Vec<(TileCoordinate, Vec<Hash>)>) -> Result<(), SourceError> {
        for (tile, hashes) in tiles {
            if let Some(finding) = check_tile(self.fetch.as_ref(), tile, &hashes)? {
                self.find(None, finding);
            }
        }
        Ok(())
    }

    fn find(&mut self, position: Option<Position>, finding: Finding) {
        let missing = TileFault::Missing;
        let check = if matches!(&finding, Finding::Tile { fault, .. } if *fault == missing) {
            Check::TileMissing
        } else if matches!(&finding, Finding::TileHash { .. }) {
            Check::TileHash
        } else {
            Check::TileForm
        };
        if !removed(check) {
            self.waiting.push_back(Piece::Finding { position, finding });
        }
    }
}

impl std::fmt::Debug for TilesReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TilesReader")
            .field("wanted", &self.wanted)
            .finish_non_exhaustive()
    }
}

/// Fetches a run, and compares its leaves with their tile.
fn fetch_run(fetch: &dyn Fetch, wanted: Wanted, index: u64) -> Result<Run, SourceError> {
    let first = Position::new(index * u64::from(TILE_WIDTH));
    let mut run = Run {
        first,
        records: None,
        leaves: Vec::new(),
        findings: Vec::new(),
        beyond: false,
    };
    let candidates = widths(index, wanted);
    let coordinate = |width| BundleCoordinate { index, width };
    let entries_path = |width| TilePath::Entries(coordinate(width));
    let (bytes, width) =
        match fetch_first(fetch, &candidates, entries_path, ENTRY_BUNDLE_BYTES_MAX)? {
            Fetched::Bytes(bytes, width) => (bytes, width),
            Fetched::Missing if !wanted.signed.covers(first) => {
                run.beyond = true;
                return Ok(run);
            }
            Fetched::Missing => {
                run.find(entries_path(candidates[0]), TileFault::Missing);
                return Ok(run);
            }
            Fetched::Long => {
                run.find(entries_path(candidates[0]), TileFault::Long);
                return Ok(run);
            }
        };
    let entries = match decode_entries(&bytes, width) {
        Ok(entries) => entries,
        Err(error) => {
            run.find(entries_path(width), bundle_fault(error));
            return Ok(run);
        }
    };
    // A full bundle stands in for a partial one; what is too much of it is left to whoever asks for more.
    let count = usize::from(candidates[0].get()).min(entries.len());
    let entries = &entries[..count];
    let mut records: Vec<RawRecord> = entries
        .iter()
        .enumerate()
        .map(|(number, entry)| RawRecord {
            // A run has 256 records.
            position: Position::new(first.get() + number as u64),
            envelope: entry.to_vec(),
            payload: None,
        })
        .collect();
    fetch_clear(fetch, &mut run, &candidates, index, &mut records)?;
    run.leaves = entries.iter().map(|entry| Hash::leaf(entry)).collect();
    let tile = u16::try_from(count).ok().and_then(TileWidth::new);
    if let Some(width) = tile {
        let tile = TileCoordinate {
            level: TileLevel::LEAVES,
            index,
            width,
        };
        run.findings.extend(check_tile(fetch, tile, &run.leaves)?);
    }
    run.records = Some(records);
    Ok(run)
}

/// Fetches the payloads in the clear of a run and gives each to its record.
fn fetch_clear(
    fetch: &dyn Fetch,
    run: &mut Run,
    candidates: &[TileWidth],
    index: u64,
    records: &mut [RawRecord],
) -> Result<(), SourceError> {
    let path = |width| TilePath::Clear(BundleCoordinate { index, width });
    let (bytes, width) = match fetch_first(fetch, candidates, path, CLEAR_BUNDLE_BYTES_MAX)? {
        Fetched::Bytes(bytes, width) => (bytes, width),
        Fetched::Missing => {
            run.find(path(candidates[0]), TileFault::Missing);
            return Ok(());
        }
        Fetched::Long => {
            run.find(path(candidates[0]), TileFault::Long);
            return Ok(());
        }
    };
    let payloads = match decode_clear(&bytes, width) {
        Ok(payloads) => payloads,
        Err(error) => {
            run.find(path(width), bundle_fault(error));
            return Ok(());
        }
    };
    for payload in payloads {
        if let Some(record) = records.get_mut(usize::from(payload.index)) {
            record.payload = Some(payload.bytes.to_vec());
        }
    }
    for record in records {
        let position = record.position;
        // The second byte of an envelope is its kind; one that has none is found when it is decoded.
        let kind = record.envelope.get(1).copied().and_then(Kind::from_code);
        match (kind, &record.payload) {
            (None, _) => record.payload = None,
            (Some(Kind::Event), Some(_)) => {
                run.find(path(width), TileFault::ClearUnexpected { position });
                record.payload = None;
            }
            (Some(Kind::Governance | Kind::Erasure | Kind::Anchor), None) => {
                run.find(path(width), TileFault::ClearMissing { position });
            }
            (Some(Kind::Event), None)
            | (Some(Kind::Governance | Kind::Erasure | Kind::Anchor), Some(_)) => {}
        }
    }
    Ok(())
}

impl Run {
    fn find(&mut self, path: TilePath, fault: TileFault) {
        self.findings.push(tile_finding(path, fault));
    }
}

/// Compares a hash tile with the hashes that it must hold.
fn check_tile(
    fetch: &dyn Fetch,
    tile: TileCoordinate,
    hashes: &[Hash],
) -> Result<Option<Finding>, SourceError> {
    let path = |width| TilePath::Hashes(TileCoordinate { width, ..tile });
    let candidates = [tile.width, TileWidth::FULL];
    let fault = |width, fault| Some(tile_finding(path(width), fault));
    Ok(
        match fetch_first(fetch, &candidates, path, HASH_TILE_BYTES_MAX)? {
            Fetched::Missing => fault(tile.width, TileFault::Missing),
            Fetched::Long => fault(tile.width, TileFault::Long),
            Fetched::Bytes(bytes, width) => match decode_hashes(&bytes, width) {
                None if bytes.len() < usize::from(width.get()) * Hash::BYTES => {
                    fault(width, TileFault::Short)
                }
                None => fault(width, TileFault::Long),
                Some(found) => {
                    let differs = hashes
                        .iter()
                        .zip(&found)
                        .position(|(own, found)| own != found);
                    differs.map(|index| Finding::TileHash {
                        path: path(width).to_string().into(),
                        index,
                    })
                }
            },
        },
    )
}

/// The widths under which a run may be found: as wide as wanted; full, which may stand in for every other; and as wide
/// as the checkpoint makes it.
fn widths(index: u64, wanted: Wanted) -> Vec<TileWidth> {
    let of = |size| BundleCoordinate::in_tree(index, size).map(|bundle| bundle.width);
    let mut widths: Vec<TileWidth> = of(wanted.records).into_iter().collect();
    widths.extend([TileWidth::FULL]);
    widths.extend(of(wanted.signed));
    widths.dedup();
    widths
}

/// The first of some files that is there.
fn fetch_first(
    fetch: &dyn Fetch,
    widths: &[TileWidth],
    path: impl Fn(TileWidth) -> TilePath,
    limit: usize,
) -> Result<Fetched, SourceError> {
    for (number, width) in widths.iter().enumerate() {
        if widths[..number].contains(width) {
            continue;
        }
        match fetch.fetch(&path(*width).to_string(), limit)? {
            None => {}
            Some(bytes) if limit < bytes.len() => return Ok(Fetched::Long),
            Some(bytes) => return Ok(Fetched::Bytes(bytes, *width)),
        }
    }
    Ok(Fetched::Missing)
}

fn tile_finding(path: TilePath, fault: TileFault) -> Finding {
    Finding::Tile {
        path: path.to_string().into(),
        fault,
    }
}

const fn bundle_fault(error: BundleError) -> TileFault {
    match error {
        BundleError::CutOff { .. } => TileFault::Short,
        BundleError::Excess { .. } => TileFault::Long,
        BundleError::ItemLength { .. } | BundleError::Record { .. } => TileFault::Malformed,
    }
}

#[cfg(test)]
mod tests;
