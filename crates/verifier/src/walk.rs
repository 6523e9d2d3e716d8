//! Cutting a stream of frames into runs of sound ones and regions of damage.

use std::io;
use std::sync::Arc;

use sabt_chain::Size;
use sabt_chain::frame::{
    FRAME_ALIGNMENT, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, FRAME_MAGIC, Frame, FrameHeader,
};

use crate::source::ReadSparse;

/// Frames are handed on in runs of about this many bytes: enough work that passing it to a thread costs nothing beside
/// it (256 KiB of records take most of a millisecond to hash), little enough that it is still in the core's own cache
/// when it is hashed, and that all cores get some.
const RUN_BYTES: usize = 256 * 1024;

/// The window is refilled when no more than this is unread, so that a whole frame is always in it.
const WINDOW_LOW_BYTES: usize = FRAME_BYTES_MAX;

/// Length to which the window is refilled: with twice the longest frame, no byte is moved more than once.
const WINDOW_BYTES: usize = 2 * FRAME_BYTES_MAX;

/// Most zeros passed over at once: four times the longest segment there is by default. If anything stands behind them,
/// they are held in memory.
const ZEROS_PASSED_MAX: usize = 256 * 1024 * 1024;

/// Buffers kept to be used again: as many as two threads have under way, and some.
const SPARE_BUFFERS_MAX: usize = 8;

/// Longer buffers, which very long frames need, are not kept.
const SPARE_BYTES_MAX: usize = 4 * RUN_BYTES;

/// Whole frames, one after another.
#[derive(Debug)]
pub(crate) struct FrameRun {
    /// The file they come from.
    pub(crate) file: Arc<str>,
    /// Offset of the first in the file.
    pub(crate) offset: u64,
    /// The frames.
    pub(crate) bytes: Vec<u8>,
    /// Whether they are known to be sound. If not, they were cut by what their headers say.
    pub(crate) parsed: bool,
}

/// Bytes where frames should stand and none is sound.
#[derive(Debug)]
pub(crate) struct Damage {
    /// The file they come from.
    pub(crate) file: Arc<str>,
    /// Offset of the first byte in the file.
    pub(crate) offset: u64,
    /// The bytes, at most [`FRAME_BYTES_MAX`] of them: up to the next sound frame, or to the end of the file.
    pub(crate) bytes: Vec<u8>,
    /// The header of the next sound frame; `None` if there is none in the file.
    pub(crate) next: Option<FrameHeader>,
}

/// What stands next in a stream of frames.
#[derive(Debug)]
pub(crate) enum Stretch {
    /// Sound frames.
    Run(FrameRun),
    /// Damage.
    Damage(Damage),
}

/// How closely frames are looked at while they are cut into runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Only at the lengths in their headers. Whoever takes the runs checks that the frames are sound, which is done on
    /// all cores, and where they are not has the walk go back and go on at the other pace.
    Hop,
    /// At all of them; this finds where damage starts and ends.
    Parse,
}

/// Where runs are to start and end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Runs that end before this size are left out.
    pub(crate) from: Size,
    /// A run ends at this size, if a frame does.
    pub(crate) cut: Option<Size>,
}

impl Bounds {
    /// Everything, cut anywhere.
    #[cfg(test)]
    pub(crate) const NONE: Self = Self {
        from: Size::EMPTY,
        cut: None,
    };
}

/// Walks over the frames of one file.
pub(crate) struct FrameWalk<R> {
    reader: R,
    file: Arc<str>,
    /// What has been read and not handed on.
    window: Window,
    /// Offset in the file of the window's first byte.
    offset: u64,
    /// The reader has nothing more.
    exhausted: bool,
    pace: Pace,
    bounds: Bounds,
    /// Buffers to be used again.
    spare: Vec<Vec<u8>>,
}

impl<R: ReadSparse> FrameWalk<R> {
    /// Walks over what `reader` gives, which stands at `offset` of `file`, looking at every frame.
    #[cfg(test)]
    pub(crate) fn new(reader: R, file: Arc<str>, offset: u64) -> Self {
        Self::at_pace(reader, file, offset, Pace::Parse, Bounds::NONE)
    }

    /// The same, at another pace, with runs that start and end where it is asked for.
    pub(crate) fn at_pace(
        reader: R,
        file: Arc<str>,
        offset: u64,
        pace: Pace,
        bounds: Bounds,
    ) -> Self {
        Self {
            pace,
            bounds,
            spare: Vec::new(),
            reader,
            file,
            window: Window::default(),
            offset,
            exhausted: false,
        }
    }

    /// The next stretch; `None` when only zeros follow, or nothing.
    pub(crate) fn next_stretch(&mut self) -> io::Result<Option<Stretch>> {
        while self.pace == Pace::Hop {
            match self.hop()? {
                Some((run, end)) if end <= self.bounds.from => self.recycle(run.bytes),
                Some((run, _)) => return Ok(Some(Stretch::Run(run))),
                None if self.only_zeros_follow()? => return Ok(None),
                // Nothing that looks like a frame: to be looked at closely.
                None => self.pace = Pace::Parse,
            }
        }
        self.refill()?;
        let mut length = 0;
        let unread = self.window.unread();
        while length < RUN_BYTES {
            let Ok(frame) = Frame::parse(&unread[length..]) else {
                break;
            };
            length += frame.bytes().len();
            if self.bounds.cut == Some(frame.header().size_after()) {
                break;
            }
            if !self.exhausted && unread.len() - length < WINDOW_LOW_BYTES {
                break;
            }
        }
        if 0 < length {
            let bytes = unread[..length].to_vec();
            let run = FrameRun {
                file: Arc::clone(&self.file),
                offset: self.offset,
                bytes,
                parsed: true,
            };
            self.advance(length);
            return Ok(Some(Stretch::Run(run)));
        }
        self.damage()
    }

    /// Takes back the buffer of a run that is done with.
    pub(crate) fn recycle(&mut self, buffer: Vec<u8>) {
        if self.spare.len() < SPARE_BUFFERS_MAX && buffer.capacity() <= SPARE_BYTES_MAX {
            self.spare.push(buffer);
        }
    }

    /// The next run by what the headers say, and the size after it; `None` if there is no header, or no whole frame.
    ///
    /// While hopping, what is unread starts at the start of the window, which becomes the run: no byte of a run is
    /// moved, save those after its end.
    fn hop(&mut self) -> io::Result<Option<(FrameRun, Size)>> {
        let (mut length, mut end) = (0, Size::EMPTY);
        while length < RUN_BYTES && (length == 0 || self.bounds.cut != Some(end)) {
            let unread = &self.window.unread()[length..];
            let header = FrameHeader::peek(unread);
            match header {
                Ok(header) if header.total_len() <= unread.len() => {
                    length += header.total_len();
                    end = header.size_after();
                }
                _ if self.exhausted => break,
                Ok(header) => self.read_on(header.total_len() - unread.len())?,
                Err(_) if unread.len() < FRAME_HEADER_BYTES => self.read_on(FRAME_HEADER_BYTES)?,
                Err(_) => break,
            }
        }
        if length == 0 {
            return Ok(None);
        }
        let rest = self.spare.pop().unwrap_or_default();
        let bytes = self.window.cut(length, rest);
        let run = FrameRun {
            file: Arc::clone(&self.file),
            offset: self.offset,
            bytes,
            parsed: false,
        };
        self.offset += length as u64;
        Ok(Some((run, end)))
    }

    /// Whether only zeros follow, or nothing: the unused end of a segment, which is passed over without being kept.
    fn only_zeros_follow(&mut self) -> io::Result<bool> {
        let mut zeros: usize = 0;
        while zeros < ZEROS_PASSED_MAX && is_zero(self.window.unread()) {
            if self.exhausted {
                return Ok(true);
            }
            let length = self.window.unread().len();
            self.window.advance(length);
            zeros += length;
            let most = ZEROS_PASSED_MAX.saturating_sub(zeros);
            let passed = self.reader.pass_zeros(most as u64)?;
            // No more than asked for, which is a length in memory.
            zeros += usize::try_from(passed).unwrap_or(most);
            self.read_on(RUN_BYTES)?;
        }
        // Something stands behind them: then they are part of the damage.
        if zeros != 0 {
            self.window.prepend_zeros(zeros);
        }
        Ok(false)
    }

    /// Reads at least `least` bytes more, and otherwise what a run takes, unless the file ends.
    fn read_on(&mut self, least: usize) -> io::Result<()> {
        let unread = self.window.unread().len();
        self.read(least.max(RUN_BYTES.saturating_sub(unread)))
    }

    /// Reads until the window holds a whole frame, or the file ends.
    fn refill(&mut self) -> io::Result<()> {
        let unread = self.window.unread().len();
        if self.exhausted || WINDOW_LOW_BYTES < unread {
            return Ok(());
        }
        self.read(WINDOW_BYTES - unread)
    }

    fn read(&mut self, wanted: usize) -> io::Result<()> {
        let read = self.window.fill(&mut self.reader, wanted)?;
        self.exhausted = read < wanted;
        Ok(())
    }

    /// Marks `length` bytes of the window as read.
    fn advance(&mut self, length: usize) {
        self.window.advance(length);
        self.offset += length as u64;
    }

    /// Skips to the next sound frame, or to the end; `None` if only zeros were skipped to the end.
    fn damage(&mut self) -> io::Result<Option<Stretch>> {
        let offset = self.offset;
        let mut bytes: Vec<u8> = Vec::new();
        let mut all_zero = true;
        loop {
            let unread = self.window.unread();
            let sound = sound_frame(unread);
            let end = sound.map_or_else(
                || {
                    if self.exhausted {
                        unread.len()
                    } else {
                        unread.len() - WINDOW_LOW_BYTES
                    }
                },
                |(at, _)| at,
            );
            let skipped = &unread[..end];
            all_zero &= is_zero(skipped);
            let room = FRAME_BYTES_MAX - bytes.len();
            bytes.extend_from_slice(&skipped[..end.min(room)]);
            self.advance(end);
            let next = sound.map(|(_, header)| header);
            if next.is_some() || self.exhausted {
                if all_zero && next.is_none() {
                    return Ok(None);
                }
                let file = Arc::clone(&self.file);
                return Ok(Some(Stretch::Damage(Damage {
                    file,
                    offset,
                    bytes,
                    next,
                })));
            }
            self.refill()?;
        }
    }
}

/// Bytes of a file that have been read and not handed on.
#[derive(Default)]
struct Window {
    /// From `start` to `end` they are unread. What stands behind is left over from before: a buffer that is used again
    /// need not be cleared.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Window {
    fn unread(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Marks `length` bytes as read.
    const fn advance(&mut self, length: usize) {
        self.start += length;
    }

    /// Reads so many bytes more, or to the end of the file; returns how many.
    fn fill(&mut self, reader: &mut impl io::Read, wanted: usize) -> io::Result<usize> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let until = self.end + wanted;
        let before = self.end;
        while self.end < until {
            // The buffer grows with what there is to read: most files are shorter than the longest frame.
            let step = until.min(self.end + RUN_BYTES);
            if self.buffer.len() < step {
                self.buffer.resize(step, 0);
            }
            match reader.read(&mut self.buffer[self.end..step]) {
                Ok(0) => break,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.end - before)
    }

    /// Takes the first `length` unread bytes out, with the buffer they stand in; the others go on in `next`.
    fn cut(&mut self, length: usize, next: Vec<u8>) -> Vec<u8> {
        let (cut, end) = (self.start + length, self.end);
        let mut bytes = std::mem::replace(&mut self.buffer, next);
        let rest = &bytes[cut..end];
        if self.buffer.len() < rest.len() {
            self.buffer.resize(rest.len(), 0);
        }
        self.buffer[..rest.len()].copy_from_slice(rest);
        bytes.truncate(cut);
        bytes.drain(..self.start);
        (self.start, self.end) = (0, end - cut);
        bytes
    }

    /// Puts zeros before what is unread.
    fn prepend_zeros(&mut self, zeros: usize) {
        let mut buffer = vec![0; zeros];
        buffer.extend_from_slice(self.unread());
        (self.start, self.end) = (0, buffer.len());
        self.buffer = buffer;
    }
}

/// Whether every byte is zero.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<16>();
    words.iter().all(|word| u128::from_ne_bytes(*word) == 0) && rest.iter().all(|byte| *byte == 0)
}

/// The first sound frame after the first byte of `bytes`, at a multiple of the alignment.
///
/// A frame that is sound but for its payloads or its padding is found by its checksum; only such a frame could be taken
/// for one that is in truth the inside of a payload, and sealed payloads look like noise.
fn sound_frame(bytes: &[u8]) -> Option<(usize, FrameHeader)> {
    (FRAME_ALIGNMENT..bytes.len())
        .step_by(FRAME_ALIGNMENT)
        .find_map(|at| {
            let candidate = &bytes[at..];
            if !candidate.starts_with(&FRAME_MAGIC) {
                return None;
            }
            let frame = Frame::parse(candidate).ok()?;
            Some((at, *frame.header()))
        })
}

#[cfg(test)]
mod tests;
