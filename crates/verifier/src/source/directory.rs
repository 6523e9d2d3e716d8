//! Reading ledgers from a directory: a registry's own, or an exported one.

use std::collections::VecDeque;
use std::io::{self, Read as _};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use sabt_chain::frame::Frame;
use sabt_chain::note::NOTE_BYTES_MAX;
use sabt_chain::segment::SEGMENT_HEADER_BYTES;
use sabt_chain::{LedgerName, Position, Size};

use super::files::{Files, ReadSparse};
use super::tiles::TILE_DIRECTORY;
use super::{Piece, SegmentStart, SourceError, Start};
use crate::export::{CHECKPOINT_FILE, RECORDS_FILE};
use crate::fault::Place;
use crate::walk::{Bounds, FrameRun, FrameWalk, Pace, Stretch};
use crate::work::Part;

/// What a segment file's name ends with; before it stands the first position in this many digits.
const SEGMENT_SUFFIX: &str = ".seg";
const SEGMENT_DIGITS: usize = 20;

/// How often the end of the last segment is read again when it does not read well, for a running registry may just be
/// writing there. A frame of 16 MiB is in the page cache within 10 ms.
const REREADS_MAX: u32 = 5;

/// How long to wait before each time: 5 x 50 ms, a quarter of a second in all.
const REREAD_PAUSE: Duration = Duration::from_millis(50);

/// The checkpoint that stands beside a ledger.
pub(super) fn checkpoint(
    files: &Files,
    ledger: LedgerName,
) -> Result<Option<Vec<u8>>, SourceError> {
    let path = format!("{ledger}/{CHECKPOINT_FILE}");
    let read = files.read(&path, NOTE_BYTES_MAX);
    read.map_err(|source| file_error(&path, source))
}

/// Whether a ledger is to be read from tiles: they are there and nothing else is. An empty ledger has no tile; then the
/// other ledger's tell what kind of directory it is.
pub(super) fn is_tiles(files: &Files, ledger: LedgerName) -> Result<bool, SourceError> {
    let list = |ledger: LedgerName| {
        let directory = ledger.as_str();
        let names = files.list(directory);
        names.map_err(|source| file_error(directory, source))
    };
    let has_tiles = |names: &[String]| {
        names.iter().any(|name| {
            let rest = name.strip_prefix(TILE_DIRECTORY);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let names = list(ledger)?;
    let frames = |name: &String| name.ends_with(SEGMENT_SUFFIX) || name == RECORDS_FILE;
    if names.iter().any(frames) {
        return Ok(false);
    }
    let has_checkpoint = names.iter().any(|name| name == CHECKPOINT_FILE);
    Ok(has_tiles(&names) || (has_checkpoint && has_tiles(&list(ledger.other())?)))
}

/// Reads a ledger's files in order.
pub(crate) struct DirectoryReader {
    files: Files,
    /// All files of the ledger, in order.
    all: Vec<LedgerFile>,
    waiting: VecDeque<LedgerFile>,
    current: Option<OpenFile>,
    bounds: Bounds,
}

/// A file of a ledger.
#[derive(Clone, Debug)]
enum LedgerFile {
    Segment {
        path: Arc<str>,
        first: Position,
    },
    Stray {
        path: Arc<str>,
    },
    /// An export: frames alone.
    Records {
        path: Arc<str>,
    },
}

/// The file that is being read.
struct OpenFile {
    path: Arc<str>,
    walk: FrameWalk<Box<dyn ReadSparse>>,
    is_segment: bool,
    last: bool,
    /// The newest run of the last segment, until it is known whether it is the end.
    held: Option<FrameRun>,
    rereads: u32,
    bounds: Bounds,
}

impl DirectoryReader {
    pub(super) fn open(
        files: Files,
        ledger: LedgerName,
        start: &Start,
    ) -> Result<Self, SourceError> {
        let directory = ledger.as_str();
        let names = files.list(directory);
        let names = names.map_err(|source| file_error(directory, source))?;
        let path = |name: &str| Arc::from(format!("{directory}/{name}"));
        let mut waiting: VecDeque<LedgerFile> = names
            .iter()
            .filter_map(|name| segment_file(name, path(name)))
            .collect();
        let exported = names.iter().any(|name| name == RECORDS_FILE);
        if waiting.is_empty() {
            if !exported {
                return Err(SourceError::NoLedger {
                    path: directory.to_owned(),
                });
            }
            waiting.push_back(LedgerFile::Records {
                path: path(RECORDS_FILE),
            });
        }
        let mut reader = Self {
            files,
            all: waiting.iter().cloned().collect(),
            waiting,
            current: None,
            bounds: start.bounds(),
        };
        match &start.place {
            Some(place) => reader.go_to(place, Pace::Hop)?,
            None => reader.skip_to(start.from),
        }
        Ok(reader)
    }

    /// Leaves out the segments that end before `from` records.
    fn skip_to(&mut self, from: Size) {
        let starts_before = |file: &LedgerFile| matches!(file, LedgerFile::Segment { first, .. } if first.size_before() <= from);
        if let Some(index) = self.waiting.iter().rposition(starts_before) {
            self.waiting.drain(..index);
        }
    }

    /// Goes on at a frame. The segment that holds it is not announced again.
    fn go_to(&mut self, at: &Place, pace: Pace) -> Result<(), SourceError> {
        let path = &at.file;
        let Some(index) = self.all.iter().position(|file| file.path() == path) else {
            return Err(file_error(path, io::ErrorKind::NotFound.into()));
        };
        let opened = self.files.open(path, at.offset);
        let (reader, _) = opened.map_err(|source| file_error(path, source))?;
        let is_segment = matches!(self.all[index], LedgerFile::Segment { .. });
        self.waiting = self.all.iter().skip(index + 1).cloned().collect();
        self.current = Some(self.open_file(reader, path, at.offset, is_segment, pace));
        Ok(())
    }

    /// Goes back to a run that does not hold sound frames, to look at every frame from there on.
    pub(super) fn go_back(&mut self, run: &FrameRun) -> Result<(), SourceError> {
        let place = Place {
            file: Arc::clone(&run.file),
            offset: run.offset,
        };
        self.go_to(&place, Pace::Parse)
    }

    /// Takes back the buffer of a run that is done with.
    pub(super) fn recycle(&mut self, run: FrameRun) {
        if let Some(current) = &mut self.current {
            current.walk.recycle(run.bytes);
        }
    }

    fn open_file(
        &self,
        reader: Box<dyn ReadSparse>,
        path: &Arc<str>,
        offset: u64,
        is_segment: bool,
        pace: Pace,
    ) -> OpenFile {
        let mut rest = self.waiting.iter();
        let last = !rest.any(|file| matches!(file, LedgerFile::Segment { .. }));
        OpenFile {
            walk: FrameWalk::at_pace(reader, Arc::clone(path), offset, pace, self.bounds),
            path: Arc::clone(path),
            is_segment,
            last,
            held: None,
            rereads: if last && self.files.may_change() {
                REREADS_MAX
            } else {
                0
            },
            bounds: self.bounds,
        }
    }

    pub(super) fn next_piece(&mut self) -> Result<Option<Piece>, SourceError> {
        loop {
            let Some(mut current) = self.current.take() else {
                return self.next_file();
            };
            let path = Arc::clone(&current.path);
            let piece = current
                .next_piece(&self.files)
                .map_err(|source| file_error(&path, source))?;
            match piece {
                Some(piece) => {
                    self.current = Some(current);
                    return Ok(Some(piece));
                }
                None if current.is_segment => {
                    return Ok(Some(Piece::SegmentEnd { last: current.last }));
                }
                None => {}
            }
        }
    }

    /// Opens the next file.
    fn next_file(&mut self) -> Result<Option<Piece>, SourceError> {
        let Some(file) = self.waiting.pop_front() else {
            return Ok(None);
        };
        let (path, first) = match file {
            LedgerFile::Stray { path } => return Ok(Some(Piece::Stray { file: path })),
            LedgerFile::Segment { path, first } => (path, Some(first)),
            LedgerFile::Records { path } => (path, None),
        };
        let opened = self
            .files
            .open(&path, 0)
            .map_err(|source| file_error(&path, source));
        let (mut reader, file_bytes) = opened?;
        let mut header = Vec::new();
        if first.is_some() {
            let wanted = SEGMENT_HEADER_BYTES as u64;
            let read = (&mut reader).take(wanted).read_to_end(&mut header);
            read.map_err(|source| file_error(&path, source))?;
        }
        let offset = header.len() as u64;
        let current = self.open_file(reader, &path, offset, first.is_some(), Pace::Hop);
        self.current = Some(current);
        match first {
            Some(named) => Ok(Some(Piece::Segment(SegmentStart {
                file: path,
                header,
                file_bytes,
                named,
            }))),
            None => self.next_piece(),
        }
    }
}

impl LedgerFile {
    const fn path(&self) -> &Arc<str> {
        match self {
            Self::Segment { path, .. } | Self::Stray { path } | Self::Records { path } => path,
        }
    }
}

impl OpenFile {
    fn next_piece(&mut self, files: &Files) -> io::Result<Option<Piece>> {
        loop {
            match self.walk.next_stretch()? {
                Some(Stretch::Run(run)) if 0 < self.rereads => {
                    // The run is handed on when another follows it.
                    if let Some(before) = self.held.replace(run) {
                        return Ok(Some(Piece::Part(Part::Run(before))));
                    }
                }
                Some(Stretch::Run(run)) => return Ok(Some(Piece::Part(Part::Run(run)))),
                Some(Stretch::Damage(damage)) => {
                    if damage.next.is_some() || self.rereads == 0 {
                        return Ok(Some(Piece::Damage(damage)));
                    }
                    let from = self.held.take().map_or(damage.offset, |run| run.offset);
                    self.read_again(files, from)?;
                }
                None => match self.held.take() {
                    Some(run) if !ends_whole(&run) => self.read_again(files, run.offset)?,
                    Some(run) => return Ok(Some(Piece::Part(Part::Run(run)))),
                    None => return Ok(None),
                },
            }
        }
    }

    /// Waits, then goes on from an offset again.
    fn read_again(&mut self, files: &Files, offset: u64) -> io::Result<()> {
        self.rereads -= 1;
        thread::park_timeout(REREAD_PAUSE);
        let (reader, _) = files.open(&self.path, offset)?;
        let path = Arc::clone(&self.path);
        self.walk = FrameWalk::at_pace(reader, path, offset, Pace::Parse, self.bounds);
        Ok(())
    }
}

/// Whether the last frame of a run has all its payloads. Header and envelopes have a checksum; payloads that are still
/// being written only their digests give away.
fn ends_whole(run: &FrameRun) -> bool {
    let mut rest = run.bytes.as_slice();
    let mut last = None;
    while let Ok(frame) = Frame::parse(rest) {
        rest = &rest[frame.bytes().len()..];
        last = Some(frame);
    }
    last.is_none_or(|frame| frame.check_digests().is_ok_and(|erased| erased.is_empty()))
}

/// What a file name means; `None` if it is not a segment's.
fn segment_file(name: &str, path: Arc<str>) -> Option<LedgerFile> {
    let digits = name.strip_suffix(SEGMENT_SUFFIX)?;
    let canonical =
        digits.len() == SEGMENT_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    Some(match digits.parse() {
        Ok(first) if canonical => LedgerFile::Segment {
            path,
            first: Position::new(first),
        },
        Ok(_) | Err(_) => LedgerFile::Stray { path },
    })
}

pub(super) fn file_error(path: &str, source: io::Error) -> SourceError {
    SourceError::File {
        path: path.to_owned(),
        source,
    }
}
