//! Cutting a stream of frames into runs of sound ones and regions of damage.

use std::io::{self, Read};
use std::sync::Arc;

use sabt_chain::frame::{FRAME_ALIGNMENT, FRAME_BYTES_MAX, FRAME_MAGIC, Frame, FrameHeader};

/// Frames are handed on in runs of about this many bytes: enough work that passing it to a thread costs nothing beside
/// it (1 MiB of records takes about a millisecond to hash), little enough that all cores get some.
const RUN_BYTES: usize = 1024 * 1024;

/// The window is refilled when no more than this is unread, so that a whole frame is always in it.
const WINDOW_LOW_BYTES: usize = FRAME_BYTES_MAX;

/// Length to which the window is refilled: with twice the longest frame, no byte is moved more than once.
const WINDOW_BYTES: usize = 2 * FRAME_BYTES_MAX;

/// Whole sound frames, one after another.
#[derive(Debug)]
pub(crate) struct FrameRun {
    /// The file they come from.
    pub(crate) file: Arc<str>,
    /// Offset of the first in the file.
    pub(crate) offset: u64,
    /// The frames.
    pub(crate) bytes: Vec<u8>,
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

/// Walks over the frames of one file.
pub(crate) struct FrameWalk<R> {
    reader: R,
    file: Arc<str>,
    /// What has been read and not handed on starts at `start` of `window`.
    window: Vec<u8>,
    start: usize,
    /// Offset of `window[start]` in the file.
    offset: u64,
    /// The reader has nothing more.
    exhausted: bool,
}

impl<R: Read> FrameWalk<R> {
    /// Walks over what `reader` gives, which stands at `offset` of `file`.
    pub(crate) fn new(reader: R, file: Arc<str>, offset: u64) -> Self {
        Self {
            reader,
            file,
            window: Vec::new(),
            start: 0,
            offset,
            exhausted: false,
        }
    }

    /// The next stretch; `None` when only zeros follow, or nothing.
    pub(crate) fn next_stretch(&mut self) -> io::Result<Option<Stretch>> {
        self.refill()?;
        let mut length = 0;
        let unread = &self.window[self.start..];
        while length < RUN_BYTES {
            let Ok(frame) = Frame::parse(&unread[length..]) else {
                break;
            };
            length += frame.bytes().len();
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
            };
            self.advance(length);
            return Ok(Some(Stretch::Run(run)));
        }
        self.damage()
    }

    /// Reads until the window holds a whole frame, or the file ends.
    fn refill(&mut self) -> io::Result<()> {
        let unread = self.window.len() - self.start;
        if self.exhausted || WINDOW_LOW_BYTES < unread {
            return Ok(());
        }
        self.window.drain(..self.start);
        self.start = 0;
        let wanted = WINDOW_BYTES - unread;
        // A length in memory fits 64 bits.
        let read = (&mut self.reader)
            .take(wanted as u64)
            .read_to_end(&mut self.window)?;
        self.exhausted = read < wanted;
        Ok(())
    }

    /// Marks `length` bytes of the window as read.
    fn advance(&mut self, length: usize) {
        self.start += length;
        self.offset += length as u64;
    }

    /// Skips to the next sound frame, or to the end; `None` if only zeros were skipped to the end.
    fn damage(&mut self) -> io::Result<Option<Stretch>> {
        let offset = self.offset;
        let mut bytes: Vec<u8> = Vec::new();
        let mut all_zero = true;
        loop {
            let unread = &self.window[self.start..];
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
