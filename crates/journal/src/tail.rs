//! What the newest segment holds after a crash: a pure function of its bytes.
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
use std::ops::Range;

use sabt_chain::frame::{
    FRAME_ALIGNMENT, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, FRAME_MAGIC, Frame, FrameError,
    FrameHeader,
};
use sabt_chain::segment::{SEGMENT_HEADER_BYTES, SegmentHeader};
use sabt_chain::verify::{Fault, FaultClass, Finding, LedgerVerifier};
use sabt_chain::{Chain, ENVELOPE_BYTES_MIN, Epoch, LedgerState, Position};

use crate::error::{DamageFault, FrameFault};
use crate::storage::TEAR_BYTES;
use crate::wide;

/// Shortest frame in bytes: one record with a payload of one byte, padded.
const FRAME_BYTES_MIN: usize =
    (FRAME_HEADER_BYTES + 2 + ENVELOPE_BYTES_MIN + 1).next_multiple_of(FRAME_ALIGNMENT);

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

/// Reads the newest segment, `bytes` from its header to its end. Payloads in `erasing` may be half overwritten:
/// their erasure had begun and will be completed.
pub(crate) fn scan(
    bytes: &[u8],
    header: &SegmentHeader,
    chain: &Chain,
    erasing: &BTreeSet<Position>,
) -> Result<Tail, TailDamage> {
    let mut reach = Reach {
        verifier: LedgerVerifier::resume(chain.clone(), header.start.clone(), header.epoch),
        end: SEGMENT_HEADER_BYTES,
    };
    let mut frames = Vec::new();
    // Where the newest frame begins, if it has payloads that are all zeros.
    let mut zeroed: Option<(Reach, Position)> = None;
    loop {
        let rest = bytes.get(reach.end..).unwrap_or_default();
        match next_frame(rest, &reach, erasing) {
            Ok(Some((next, first_zeroed))) => {
                frames.push((reach.state().next_position(), reach.end));
                let begin = std::mem::replace(&mut reach, next);
                zeroed = first_zeroed.map(|position| (begin, position));
            }
            Ok(None) => break,
            Err(fault) if may_be_torn(&fault) => {
                let torn = torn_range(bytes, &reach, fault)?;
                return Ok(Tail {
                    reach,
                    frames,
                    torn: Some(torn),
                });
            }
            Err(fault) => return Err(damage(&reach, fault.into())),
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
    let torn = torn_range(bytes, &begin, Fault { position, class }.into())?;
    frames.pop();
    Ok(Tail {
        reach: begin,
        frames,
        torn: Some(torn),
    })
}

/// The frame at the start of `rest`: how far the ledger reaches with it, and the first of its records with a
/// payload of zeros. `None` when only zeros are left.
fn next_frame(
    rest: &[u8],
    reach: &Reach,
    erasing: &BTreeSet<Position>,
) -> Result<Option<(Reach, Option<Position>)>, FrameFault> {
    let frame = match Frame::parse(rest) {
        Err(FrameError::Blank) if is_zero(rest) => return Ok(None),
        frame => frame?,
    };
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
        None => Ok(Some((next, first_zeroed))),
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

/// The bytes to clear when the frame at the end of `reach` is torn.
///
/// # Errors
/// When `fault` is something else than the trace of a torn write.
fn torn_range(bytes: &[u8], reach: &Reach, fault: FrameFault) -> Result<Range<usize>, TailDamage> {
    let start = reach.end;
    let rest = bytes.get(start..).unwrap_or_default();
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
