//! What the newest segment holds after a crash: a pure function of its bytes, of which no more is held than a window or the
//! frame at hand, unless one may be torn.
//!
//! Only the newest segment can hold a torn frame, and only as its last, because every frame was synced before
//! the next was begun. The space behind the last frame was zero and durable before, so a torn frame shows:
//! at least one granule of it is still zero (assumption 2 of [`crate::storage`]). What is damaged in any other
//! way was whole once, may have been receipted, and is never cut:
//!
//! - a damaged frame with a valid frame anywhere behind it;
//! - a damaged frame without a zero granule, whose last bytes are not zero either;
//! - a sound frame that does not continue the chain;
//! - bytes behind the last frame, further away than the longest frame reaches.

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;

use sabt_chain::frame::{
    FRAME_ALIGNMENT, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, FRAME_MAGIC, Frame, FrameError,
    FrameHeader,
};
use sabt_chain::segment::{SEGMENT_HEADER_BYTES, SegmentHeader};
use sabt_chain::verify::{Fault, FaultClass, Finding, LedgerVerifier};
use sabt_chain::{Chain, ENVELOPE_BYTES_MIN, Epoch, LedgerState, Position};

use crate::ahead::Ahead;
use crate::error::{DamageFault, FrameFault};
use crate::storage::TEAR_BYTES;
use crate::wide;

/// Shortest frame in bytes: one record with a payload of one byte, padded.
const FRAME_BYTES_MIN: usize =
    (FRAME_HEADER_BYTES + 2 + ENVELOPE_BYTES_MIN + 1).next_multiple_of(FRAME_ALIGNMENT);

/// So much of a segment is read at once, or a frame if that is longer. The memory for a whole segment costs more than to
/// check it.
pub(crate) const WINDOW_BYTES: usize = 1024 * 1024;

/// How far the sound part of a segment reaches.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    /// Has taken every record up to that point.
    verifier: LedgerVerifier,
    /// Where the next frame goes, in bytes from the start of the file.
    pub(crate) end: usize,
}

impl Reach {
    /// The ledger at that point.
    pub(crate) const fn state(&self) -> &LedgerState {
        self.verifier.state()
    }

    /// The newest epoch that a frame or the header carries.
    pub(crate) const fn epoch(&self) -> Epoch {
        self.verifier.epoch()
    }
}

/// The sound part of the newest segment, and the torn rest if there is one.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(crate) reach: Reach,
    /// First record and byte offset of each frame.
    pub(crate) frames: Vec<(Position, usize)>,
    /// The bytes of a torn frame that must become zero before anything is written.
    pub(crate) torn: Option<Range<usize>>,
}

/// Damage in the newest segment: what, and where.
#[derive(Debug)]
pub(crate) struct TailDamage {
    pub(crate) offset: usize,
    pub(crate) position: Position,
    pub(crate) fault: DamageFault,
}

/// Why a segment cannot be told the end of.
#[derive(Debug)]
pub(crate) enum ScanError {
    /// The medium did not give its bytes.
    Read(io::Error),
    /// It is damaged.
    Damage(TailDamage),
}

impl From<io::Error> for ScanError {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

impl From<TailDamage> for ScanError {
    fn from(damage: TailDamage) -> Self {
        Self::Damage(damage)
    }
}

/// The bytes of a segment, a part of which is at hand.
pub(crate) struct Window<R> {
    /// Fills a buffer with what stands from an offset on.
    read: R,
    segment_bytes: usize,
    ahead: Ahead,
}

impl<R: FnMut(&mut [u8], u64) -> io::Result<()>> Window<R> {
    /// A segment of so many bytes, of which at least `least_bytes` are read at once.
    pub(crate) const fn new(segment_bytes: usize, least_bytes: usize, read: R) -> Self {
        Self {
            read,
            segment_bytes,
            ahead: Ahead::of(least_bytes),
        }
    }

    /// The bytes from `offset` on: `wanted` of them or more, fewer only where the segment ends.
    fn at(&mut self, offset: usize, wanted: usize) -> io::Result<&[u8]> {
        let room = self.segment_bytes.saturating_sub(offset);
        let offset = wide(offset);
        self.ahead.fill(offset, wanted.min(room), room, |bytes| {
            (self.read)(bytes, offset)
        })?;
        Ok(self.ahead.from(offset))
    }

    /// The bytes from `offset` on, with the whole frame that begins there, as far as the segment has it.
    fn frame(&mut self, offset: usize) -> io::Result<&[u8]> {
        let header = FrameHeader::peek(self.at(offset, FRAME_HEADER_BYTES)?);
        let wanted = header.map_or(FRAME_HEADER_BYTES, |header| header.total_len());
        self.at(offset, wanted)
    }

    /// Whether nothing stands from `offset` on.
    fn is_zero_from(&mut self, offset: usize) -> io::Result<bool> {
        let mut offset = offset;
        while offset < self.segment_bytes {
            let bytes = self.at(offset, 1)?;
            if !is_zero(bytes) {
                return Ok(false);
            }
            offset = offset.saturating_add(bytes.len());
        }
        Ok(true)
    }

    /// All that stands from `offset` on.
    fn rest(&mut self, offset: usize) -> io::Result<&[u8]> {
        self.at(offset, self.segment_bytes)
    }
}

/// Reads the newest segment from its header to its end. Payloads in `erasing` may be half overwritten: their erasure had
/// begun and will be completed.
pub(crate) fn scan(
    mut window: Window<impl FnMut(&mut [u8], u64) -> io::Result<()>>,
    header: &SegmentHeader,
    chain: &Chain,
    erasing: &BTreeSet<Position>,
) -> Result<Tail, ScanError> {
    let mut reach = Reach {
        verifier: LedgerVerifier::resume(chain.clone(), header.start.clone(), header.epoch),
        end: SEGMENT_HEADER_BYTES,
    };
    let mut frames = Vec::new();
    // Where the newest frame begins, if it has payloads that are all zeros.
    let mut zeroed: Option<(Reach, Position)> = None;
    loop {
        match next_frame(window.frame(reach.end)?, &reach, erasing) {
            Ok((next, first_zeroed)) => {
                frames.push((reach.state().next_position(), reach.end));
                let begin = std::mem::replace(&mut reach, next);
                zeroed = first_zeroed.map(|position| (begin, position));
            }
            Err(FrameFault::Frame(FrameError::Blank)) if window.is_zero_from(reach.end)? => break,
            Err(fault) if may_be_torn(&fault) => {
                let torn = torn_range(window.rest(reach.end)?, &reach, fault)?;
                return Ok(Tail {
                    reach,
                    frames,
                    torn: Some(torn),
                });
            }
            Err(fault) => return Err(damage(&reach, fault.into()).into()),
        }
    }
    // Payloads of the newest frame are never erased, so there zeros are what never reached the disk. (A torn
    // frame behind it would be proof that it was durable once, and is not met here.)
    let Some((begin, position)) = zeroed else {
        return Ok(Tail {
            reach,
            frames,
            torn: None,
        });
    };
    let class = FaultClass::Payload;
    let fault = Fault { position, class };
    let torn = torn_range(window.rest(begin.end)?, &begin, fault.into())?;
    frames.pop();
    Ok(Tail {
        reach: begin,
        frames,
        torn: Some(torn),
    })
}

/// The frame at the start of `bytes`: how far the ledger reaches with it, and the first of its records with a payload
/// of zeros.
fn next_frame(
    bytes: &[u8],
    reach: &Reach,
    erasing: &BTreeSet<Position>,
) -> Result<(Reach, Option<Position>), FrameFault> {
    let frame = Frame::parse(bytes)?;
    let mut next = reach.clone();
    let mut first_fault = None;
    let mut first_zeroed = None;
    next.verifier.frame(&frame, &mut |finding| match finding {
        Finding::Erased(position) => first_zeroed = first_zeroed.or(Some(position)),
        Finding::Fault(Fault {
            position,
            class: FaultClass::Payload,
        }) if erasing.contains(&position) => {}
        Finding::Fault(fault) => first_fault = first_fault.or(Some(fault)),
    });
    next.end = reach.end.saturating_add(frame.bytes().len());
    match first_fault {
        None => Ok((next, first_zeroed)),
        Some(fault) => Err(fault.into()),
    }
}

/// Whether a write that was cut short can leave this fault. Where the checksum holds, header and envelopes were
/// written whole, so nothing that they say can be the fault of a torn write.
fn may_be_torn(fault: &FrameFault) -> bool {
    match fault {
        FrameFault::Frame(error) => match error {
            FrameError::Blank
            | FrameError::Truncated { .. }
            | FrameError::Magic { .. }
            | FrameError::Count { .. }
            | FrameError::Lengths { .. }
            | FrameError::Checksum { .. }
            | FrameError::Digest { .. } => true,
            FrameError::EnvelopeSection { .. }
            | FrameError::Envelope { .. }
            | FrameError::Position { .. }
            | FrameError::SealedSection { .. }
            | FrameError::Padding { .. }
            | FrameError::Link { .. } => false,
        },
        FrameFault::Rule(fault) => fault.class == FaultClass::Payload,
        FrameFault::Trailing { .. } | FrameFault::TooLarge { .. } | FrameFault::Epoch { .. } => {
            false
        }
    }
}

/// The bytes to clear when the frame at the end of `reach` is torn. `rest` is all that stands from there on.
///
/// # Errors
/// When `fault` is something else than the trace of a torn write.
fn torn_range(rest: &[u8], reach: &Reach, fault: FrameFault) -> Result<Range<usize>, TailDamage> {
    let start = reach.end;
    if let Some((distance, later_position)) = later_frame(rest) {
        let later_offset = wide(start.saturating_add(distance));
        return Err(damage(
            reach,
            DamageFault::FollowedByFrame {
                fault,
                later_offset,
                later_position,
            },
        ));
    }
    let written = rest.iter().rposition(|byte| *byte != 0);
    let written_len = written.map_or(0, |last| last.saturating_add(1));
    let claimed_len = FrameHeader::peek(rest)
        .ok()
        .map(|header| header.total_len());
    if claimed_len.unwrap_or(FRAME_BYTES_MAX) < written_len {
        return Err(damage(reach, DamageFault::StrayBytes));
    }
    // A header that tells no length may have been torn itself; behind it there was a frame all the same.
    let frame_len = claimed_len
        .unwrap_or(written_len.max(FRAME_BYTES_MIN))
        .min(rest.len());
    let frame = rest.get(..frame_len).unwrap_or(rest);
    if !has_zero_granule(frame, start) && !ends_in_zeros(frame) {
        return Err(damage(reach, DamageFault::NotTorn { fault }));
    }
    Ok(start..start.saturating_add(written_len))
}

/// The first sound frame behind the beginning of `rest`: its distance and its first record.
fn later_frame(rest: &[u8]) -> Option<(usize, Position)> {
    let aligned = (FRAME_ALIGNMENT..rest.len()).step_by(FRAME_ALIGNMENT);
    aligned
        .filter_map(|distance| Some((distance, rest.get(distance..)?)))
        .filter(|(_, bytes)| bytes.starts_with(&FRAME_MAGIC))
        .find_map(|(distance, bytes)| {
            let frame = Frame::parse(bytes).ok()?;
            Some((distance, frame.header().first_position()))
        })
}

/// Whether a granule of the medium within `frame`, which begins at byte `start` of its file, is all zeros.
fn has_zero_granule(frame: &[u8], start: usize) -> bool {
    let granule = usize::try_from(TEAR_BYTES).unwrap_or(usize::MAX);
    let first_boundary = start.checked_next_multiple_of(granule).unwrap_or(start);
    let to_boundary = first_boundary.saturating_sub(start).min(frame.len());
    let (head, rest) = frame.split_at(to_boundary);
    (!head.is_empty() && is_zero(head)) || rest.chunks(granule).any(is_zero)
}

/// Whether the frame's last word is zero: the write stopped on its way and tore within a granule. The padding has
/// at most seven bytes, so a whole frame ends like that only if its last payload does.
fn ends_in_zeros(frame: &[u8]) -> bool {
    frame
        .last_chunk::<FRAME_ALIGNMENT>()
        .is_some_and(|word| is_zero(word))
}

fn is_zero(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<16>();
    words.iter().all(|word| u128::from_ne_bytes(*word) == 0) && rest.iter().all(|byte| *byte == 0)
}

fn damage(reach: &Reach, fault: DamageFault) -> TailDamage {
    TailDamage {
        offset: reach.end,
        position: reach.state().next_position(),
        fault,
    }
}
