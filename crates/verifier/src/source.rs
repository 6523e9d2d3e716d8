//! Where ledgers are read from.

mod directory;
mod files;
#[cfg(feature = "server")]
mod http;
#[cfg(feature = "server")]
mod server;
mod tiles;

pub use files::MemoryFiles;
pub(crate) use files::ReadSparse;
#[cfg(feature = "server")]
pub use http::{AuditEndpoint, EndpointError};
#[cfg(feature = "server")]
pub use server::{ServerAddress, ServerError};

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use sabt_chain::{LedgerName, Position, Size};

use crate::fault::{Finding, Place};
use crate::roots::AnchoredRoot;
use crate::walk::{Bounds, Damage, FrameRun};
use crate::work::Part;
use directory::DirectoryReader;
use files::Files;
#[cfg(feature = "server")]
use server::ServerReader;
use tiles::{DirectoryTiles, TilesReader};

/// What is to be verified.
#[derive(Debug)]
#[non_exhaustive]
pub enum Source {
    /// A registry's data directory, also while the registry is running, or an exported directory: of frames, or of
    /// tiles. Only read.
    Directory(PathBuf),
    /// The same, in memory.
    Memory(MemoryFiles),
    /// A running registry, over its RPC contract.
    #[cfg(feature = "server")]
    Server(ServerAddress),
    /// A registry's endpoint for auditors, which serves tiles over HTTPS.
    #[cfg(feature = "server")]
    Endpoint(AuditEndpoint),
}

/// Why a ledger could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// A file or directory could not be read.
    #[error("{path}: {source}")]
    File {
        /// The path, relative to the directory that is verified.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A directory holds no ledger.
    #[error("{path} holds neither segments (*.seg) nor an export (records.bin, or tile/)")]
    NoLedger {
        /// The path, relative to the directory that is verified.
        path: String,
    },
    /// A running registry could not be asked.
    #[cfg(feature = "server")]
    #[error(transparent)]
    Server(#[from] ServerError),
    /// An endpoint for auditors could not be asked.
    #[cfg(feature = "server")]
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
}

/// A piece of a ledger, as it was read.
#[derive(Debug)]
pub(crate) enum Piece {
    /// A segment file starts.
    Segment(SegmentStart),
    /// Records.
    Part(Part),
    /// Bytes that are no sound frame.
    Damage(Damage),
    /// Something is wrong with what was read, at a record or with the ledger as a whole.
    Finding {
        /// The record.
        position: Option<Position>,
        /// What is wrong.
        finding: Finding,
    },
    /// Records are missing here, for a reason already told.
    Lost,
    /// The segment file ends.
    SegmentEnd {
        /// No other follows.
        last: bool,
    },
    /// A file that looks like a segment and is none.
    Stray {
        /// Its name.
        file: Arc<str>,
    },
}

/// The start of a segment file.
#[derive(Debug)]
pub(crate) struct SegmentStart {
    /// The file.
    pub(crate) file: Arc<str>,
    /// Its first bytes, as many as a header has.
    pub(crate) header: Vec<u8>,
    /// Its length, bytes.
    pub(crate) file_bytes: u64,
    /// The first position, by its name.
    pub(crate) named: Position,
}

/// How many records are wanted of a ledger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// As many as somebody states a root for.
    pub(crate) records: Size,
    /// As many as its checkpoint signs.
    pub(crate) signed: Size,
}

impl Wanted {
    /// What the checkpoint signs, if there is one, and what anchors in the other ledger cover.
    pub(crate) fn new(signed: Option<Size>, anchors: &[AnchoredRoot]) -> Self {
        let signed = signed.unwrap_or(Size::EMPTY);
        let anchored = anchors.iter().map(|anchor| anchor.size);
        Self {
            records: anchored.fold(signed, Size::max),
            signed,
        }
    }
}

/// Where reading a ledger starts.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    /// How many records are not wanted. A source that cannot start just after them starts before, and those that come
    /// first are not looked at.
    pub(crate) from: Size,
    /// Where the frame after them stands, if that is known.
    pub(crate) place: Option<Place>,
    /// A size at which a piece ends, if a frame does.
    pub(crate) cut: Option<Size>,
}

/// Reads one ledger once.
pub(crate) enum LedgerReader {
    Directory(Box<DirectoryReader>),
    Tiles(Box<TilesReader>),
    #[cfg(feature = "server")]
    Server(Box<ServerReader>),
}

impl Source {
    /// The newest checkpoint of a ledger; `None` if there is none.
    pub(crate) fn checkpoint(&self, ledger: LedgerName) -> Result<Option<Vec<u8>>, SourceError> {
        match self {
            Self::Directory(root) => directory::checkpoint(&Files::on_disk(root), ledger),
            Self::Memory(files) => directory::checkpoint(&Files::in_memory(files), ledger),
            #[cfg(feature = "server")]
            Self::Endpoint(endpoint) => endpoint.tiles(ledger)?.checkpoint(),
            #[cfg(feature = "server")]
            Self::Server(address) => Ok(server::checkpoint(address, ledger)?),
        }
    }

    /// Starts to read a ledger: from a server the records wanted, from a directory all there are.
    pub(crate) fn read(
        &self,
        ledger: LedgerName,
        wanted: Wanted,
        start: &Start,
    ) -> Result<LedgerReader, SourceError> {
        Ok(match self {
            Self::Directory(root) => open_files(Files::on_disk(root), ledger, wanted, start)?,
            Self::Memory(files) => open_files(Files::in_memory(files), ledger, wanted, start)?,
            #[cfg(feature = "server")]
            Self::Endpoint(endpoint) => {
                let tiles = Arc::new(endpoint.tiles(ledger)?);
                LedgerReader::Tiles(Box::new(TilesReader::open(tiles, wanted, start.from)))
            }
            #[cfg(feature = "server")]
            Self::Server(address) => LedgerReader::Server(Box::new(ServerReader::open(
                address, ledger, wanted, start.from,
            )?)),
        })
    }
}

/// Starts to read a ledger from files: from its tiles, if that is all there is.
fn open_files(
    files: Files,
    ledger: LedgerName,
    wanted: Wanted,
    start: &Start,
) -> Result<LedgerReader, SourceError> {
    if directory::is_tiles(&files, ledger)? {
        let tiles = Arc::new(DirectoryTiles { files, ledger });
        return Ok(LedgerReader::Tiles(Box::new(TilesReader::open(
            tiles, wanted, start.from,
        ))));
    }
    let reader = DirectoryReader::open(files, ledger, start)?;
    Ok(LedgerReader::Directory(Box::new(reader)))
}

impl Start {
    /// At the first record.
    pub(crate) const fn at_first(cut: Option<Size>) -> Self {
        Self {
            from: Size::EMPTY,
            place: None,
            cut,
        }
    }

    const fn bounds(&self) -> Bounds {
        Bounds {
            from: self.from,
            cut: self.cut,
        }
    }
}

impl LedgerReader {
    /// The next piece; `None` at the end.
    pub(crate) fn next_piece(&mut self) -> Result<Option<Piece>, SourceError> {
        match self {
            Self::Directory(reader) => reader.next_piece(),
            Self::Tiles(reader) => reader.next_piece(),
            #[cfg(feature = "server")]
            Self::Server(reader) => Ok(reader.next_piece()?),
        }
    }

    /// How many records after the last one handed out may have been fetched already: not worth leaving out.
    pub(crate) fn records_ahead(&self) -> u64 {
        match self {
            Self::Tiles(reader) => reader.records_ahead(),
            // What is read ahead is in the system's memory, or of a stream that was asked for.
            Self::Directory(_) => 0,
            #[cfg(feature = "server")]
            Self::Server(_) => 0,
        }
    }

    /// Goes back to a run that does not hold sound frames, to look at every frame from there on.
    pub(crate) fn go_back(&mut self, run: &FrameRun) -> Result<(), SourceError> {
        match self {
            Self::Directory(reader) => reader.go_back(run),
            // Runs of frames come from files alone.
            Self::Tiles(_) => Ok(()),
            #[cfg(feature = "server")]
            Self::Server(_) => Ok(()),
        }
    }

    /// Takes back the buffer of a run that is done with.
    pub(crate) fn recycle(&mut self, run: FrameRun) {
        match self {
            Self::Directory(reader) => reader.recycle(run),
            Self::Tiles(_) => {}
            #[cfg(feature = "server")]
            Self::Server(_) => {}
        }
    }
}
