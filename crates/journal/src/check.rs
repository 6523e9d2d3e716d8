//! Reading one segment from its first byte to its last and checking everything that it says.
//!
//! Unlike the walk of a reader, which gives what callers ask for, this sees every byte: the header, each frame with its
//! links, times, acts and payloads, and the zeros behind the last frame. It also computes the digest of the segment.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, RwLock};

use sabt_chain::frame::{
    FRAME_HEADER_BYTES, Frame, FrameError, FrameHeader, PayloadState, RecordView,
};
use sabt_chain::segment::{SEGMENT_HEADER_BYTES, SegmentHeader};
use sabt_chain::verify::{Fault, FaultClass, Finding, LedgerVerifier};
use sabt_chain::{Chain, Link, Position, Size};

use crate::ahead::Ahead;
use crate::backend::StoredFrame;
use crate::digest::SegmentDigest;
use crate::error::{Damage, DamageFault, FrameFault};
use crate::layout::segment_name;
use crate::segment::{SegmentFailure, open_segment};
use crate::storage::{Storage, StorageFile};
use crate::sync::read;
use crate::wide;

/// This much of a segment is read at once: 256 KiB, large enough that the calls do not count and small enough that a
/// rate can be kept in steps of it.
pub(crate) const GRANULE_BYTES: usize = 256 * 1024;

/// A frame of the segment under way.
pub(crate) struct Checked {
    /// Where it begins in the segment, in bytes.
    pub(crate) offset: u64,
    bytes: Vec<u8>,
    /// Records whose payload is neither intact nor erased.
    pub(crate) altered: Vec<Position>,
    /// Records whose payload is all zeros.
    pub(crate) erased: Vec<Position>,
}

impl Checked {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The frame, whose newest record has this link.
    pub(crate) fn into_stored(self, link: Link) -> Result<StoredFrame, FrameError> {
        StoredFrame::new(self.bytes, link)
    }

    pub(crate) fn len(&self) -> u64 {
        wide(self.bytes.len())
    }

    /// The records of the frame.
    pub(crate) fn for_each(&self, mut record: impl FnMut(&RecordView<'_>)) {
        if let Ok(frame) = Frame::parse(&self.bytes) {
            frame.records().for_each(|found| record(&found));
        }
    }
}

/// Reads a segment frame by frame.
pub(crate) struct SegmentCheck {
    file: Arc<dyn StorageFile>,
    header: SegmentHeader,
    verifier: LedgerVerifier,
    hasher: blake3::Hasher,
    /// Where the next frame begins, in bytes.
    offset: u64,
    ahead: Ahead,
}

impl SegmentCheck {
    /// Opens a segment and checks its header. Where `before` is known, the ledger up to this segment, the header must
    /// continue it.
    pub(crate) fn open(
        storage: &dyn Storage,
        chain: &Chain,
        first: Position,
        before: Option<LedgerVerifier>,
    ) -> Result<Self, SegmentFailure> {
        let (file, header) = open_segment(storage, chain.origin(), first)?;
        let verifier = match before {
            Some(mut before) => {
                check_header(&mut before, &header).map_err(|fault| {
                    SegmentFailure::Damage(Box::new(Damage {
                        file: segment_name(first),
                        offset: 0,
                        position: first,
                        fault,
                    }))
                })?;
                before
            }
            None => LedgerVerifier::resume(chain.clone(), header.start.clone(), header.epoch),
        };
        let mut hasher = blake3::Hasher::new();
        hasher.update(&header.encode());
        Ok(Self {
            file,
            header,
            verifier,
            hasher,
            offset: wide(SEGMENT_HEADER_BYTES),
            ahead: Ahead::of(GRANULE_BYTES),
        })
    }

    pub(crate) const fn header(&self) -> &SegmentHeader {
        &self.header
    }

    pub(crate) fn file(&self) -> &Arc<dyn StorageFile> {
        &self.file
    }

    pub(crate) fn segment_bytes(&self) -> u64 {
        self.header.segment_bytes
    }

    pub(crate) fn size(&self) -> Size {
        self.verifier.state().size()
    }

    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) const fn verifier(&self) -> &LedgerVerifier {
        &self.verifier
    }

    /// The next frame that begins before `limit`; `None` where nothing is written or `limit` is reached. `overwriting`
    /// keeps an erasure of this process out while bytes are taken.
    ///
    /// # Errors
    /// The damage. Altered payloads are none: they are told with the frame, because the walk can go on.
    pub(crate) fn next_frame(
        &mut self,
        limit: u64,
        overwriting: Option<&RwLock<()>>,
    ) -> Result<Option<Checked>, Box<Damage>> {
        let room = usize::try_from(limit.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        if room == 0 {
            return Ok(None);
        }
        self.fill(FRAME_HEADER_BYTES.min(room), room, overwriting)?;
        let length = match FrameHeader::peek(self.ahead.from(self.offset)) {
            Ok(header) => header.total_len(),
            Err(FrameError::Blank) => return Ok(None),
            Err(error) => return Err(self.damage(FrameFault::from(error).into())),
        };
        self.fill(length.min(room), room, overwriting)?;
        match self.take() {
            Ok(frame) => Ok(Some(frame)),
            Err(fault) => Err(self.damage(fault.into())),
        }
    }

    /// Reads the frame at hand again from the medium: whoever overwrites payloads beside us may have been half done.
    pub(crate) fn reread(&self, checked: &mut Checked) -> io::Result<()> {
        let mut bytes = vec![0_u8; checked.bytes.len()];
        self.file.read_exact_at(&mut bytes, checked.offset)?;
        let Ok(frame) = Frame::parse(&bytes) else {
            // It was sound a moment ago: what was found stands.
            return Ok(());
        };
        checked.altered.clear();
        checked.erased.clear();
        for record in frame.records() {
            let position = record.envelope.position;
            match record.payload_state() {
                PayloadState::Intact => {}
                PayloadState::Altered => checked.altered.push(position),
                PayloadState::Erased => checked.erased.push(position),
            }
        }
        checked.bytes = bytes;
        Ok(())
    }

    /// Counts these records of a frame, whose erasure has begun elsewhere, as erased.
    pub(crate) fn accept_erasing(checked: &mut Checked, erasing: &BTreeSet<Position>) {
        let Checked {
            altered, erased, ..
        } = checked;
        altered.retain(|position| {
            let begun = erasing.contains(position);
            if begun {
                erased.push(*position);
            }
            !begun
        });
    }

    /// The next piece of what stands behind the last frame, which must be zero to the end of the segment; returns its
    /// length in bytes, 0 at the end.
    pub(crate) fn next_rest(&mut self) -> Result<u64, Box<Damage>> {
        let room = self.header.segment_bytes.saturating_sub(self.offset);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let length = GRANULE_BYTES.min(room);
        self.fill(length, room, None)?;
        let piece = self.ahead.from(self.offset).get(..length);
        let piece = piece.unwrap_or_default();
        if piece.iter().any(|byte| *byte != 0) {
            return Err(self.damage(DamageFault::StrayBytes));
        }
        self.hasher.update(piece);
        self.offset = self.offset.saturating_add(wide(length));
        Ok(wide(length))
    }

    /// The digest of what was read, once all of it was.
    pub(crate) fn digest(&self) -> SegmentDigest {
        SegmentDigest::of(&self.hasher)
    }

    /// Checks that `next` continues this segment. Returns the ledger before it.
    pub(crate) fn continued_by(&self, next: &SegmentHeader) -> Result<LedgerVerifier, DamageFault> {
        let mut verifier = self.verifier.clone();
        check_header(&mut verifier, next)?;
        Ok(verifier)
    }

    /// Checks the frame at hand and goes on behind it.
    fn take(&mut self) -> Result<Checked, FrameFault> {
        let frame = Frame::parse(self.ahead.from(self.offset))?;
        let (expected, found) = (
            self.verifier.state().next_position(),
            frame.header().first_position(),
        );
        if found != expected {
            return Err(FrameError::Position { expected, found }.into());
        }
        let mut broken = None;
        let (mut altered, mut erased) = (Vec::new(), Vec::new());
        self.verifier.frame(&frame, &mut |finding| match finding {
            Finding::Erased(position) => erased.push(position),
            Finding::Fault(Fault {
                position,
                class: FaultClass::Payload,
            }) => altered.push(position),
            Finding::Fault(fault) => broken = broken.or(Some(fault)),
        });
        if let Some(fault) = broken {
            return Err(fault.into());
        }
        let bytes = frame.bytes();
        let covered = FRAME_HEADER_BYTES.saturating_add(frame.header().envelopes_len());
        let padding = covered.saturating_add(frame.header().sealed_len());
        self.hasher.update(bytes.get(..covered).unwrap_or_default());
        self.hasher.update(bytes.get(padding..).unwrap_or_default());
        let offset = self.offset;
        self.offset = offset.saturating_add(wide(bytes.len()));
        Ok(Checked {
            offset,
            bytes: bytes.to_vec(),
            altered,
            erased,
        })
    }

    /// Makes sure that `needed` bytes from here on are at hand, reading at most `room`.
    fn fill(
        &mut self,
        needed: usize,
        room: usize,
        overwriting: Option<&RwLock<()>>,
    ) -> Result<(), Box<Damage>> {
        let (file, offset) = (&self.file, self.offset);
        let taken = self.ahead.fill(offset, needed, room, |bytes| {
            let _no_erasure = overwriting.map(read);
            file.read_exact_at(bytes, offset)
        });
        taken.map_err(|error| {
            let kind = error.kind();
            self.damage(DamageFault::Unreadable { kind })
        })
    }

    /// Damage where the next frame begins.
    pub(crate) fn damage(&self, fault: DamageFault) -> Box<Damage> {
        self.damage_at(self.verifier.state().next_position(), self.offset, fault)
    }

    pub(crate) fn damage_at(
        &self,
        position: Position,
        offset: u64,
        fault: DamageFault,
    ) -> Box<Damage> {
        Box::new(Damage {
            file: segment_name(self.header.first_position()),
            offset,
            position,
            fault,
        })
    }
}

fn check_header(verifier: &mut LedgerVerifier, header: &SegmentHeader) -> Result<(), DamageFault> {
    let mut discontinuous = false;
    verifier.segment(header, &mut |_finding| discontinuous = true);
    if discontinuous {
        Err(DamageFault::Discontinuity)
    } else {
        Ok(())
    }
}
