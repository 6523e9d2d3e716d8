//! A run of records worked out at once: the part that runs on all cores.
//!
//! What comes of it is small and takes the ordered part next to no time. Only where something is out of the ordinary
//! are the records gone through one by one, by [`crate::ledger`], which then says exactly what is wrong.

use std::sync::Arc;

use sabt_chain::frame::{FRAME_HEADER_BYTES, PayloadState, RawFrame};
use sabt_chain::tree::LeafRange;
use sabt_chain::verify::{Broken, Examined, Stretch};
use sabt_chain::{
    ActId, Authorship, Chain, DigestBatch, Envelope, Hash, Kind, LedgerName, Position, Size,
    Timestamp,
};

use crate::examine::{RawRecord, Record, frames_length};
use crate::fault::Place;
use crate::walk::FrameRun;

/// What came of a run.
#[derive(Debug)]
pub(crate) enum Surveyed {
    /// The records hold together among themselves.
    Sound(Box<Survey>),
    /// They do not; which one does not, only going through them one by one tells.
    Odd,
    /// Not all of it is sound frames.
    Unparsable,
}

/// Records that hold together among themselves, as far as the ordered part needs them.
#[derive(Debug)]
pub(crate) struct Survey {
    /// What the rules of every ledger need.
    pub(crate) stretch: Stretch,
    /// Frames; 0 if the records came without.
    pub(crate) frames: u64,
    /// Bytes of envelopes, and of the payloads that the source serves.
    pub(crate) bytes: u64,
    /// Records whose payload the source does not serve.
    pub(crate) payloads_unread: u64,
    /// Offset in the file of the frame that holds the last record.
    pub(crate) last_offset: u64,
    /// The ordinary events: sealed, their payload intact, with authorship just where it must be.
    pub(crate) events: u64,
    /// The acts that ordinary events start.
    pub(crate) acts: Vec<(ActId, Position)>,
    /// Their authorship.
    pub(crate) claims: Vec<Unchecked>,
    /// All other records, in order.
    pub(crate) specials: Vec<Special>,
}

/// An authorship of which it is not known yet which key was in force.
#[derive(Debug)]
pub(crate) struct Unchecked {
    /// The record, an event.
    pub(crate) position: Position,
    /// Offset in the file of its frame.
    pub(crate) offset: u64,
    /// The act.
    pub(crate) act_id: ActId,
    /// When it was recorded.
    pub(crate) recorded_at: Timestamp,
    /// What the envelope carries.
    pub(crate) authorship: Authorship,
}

/// A record that has to be looked at by itself.
#[derive(Debug)]
pub(crate) struct Special {
    /// The record.
    pub(crate) record: Record,
    /// Offset in the file of its frame.
    pub(crate) offset: u64,
}

/// Surveys a run of frames. `cuts` are the sizes at which the root of the tree is wanted, in ascending order.
pub(crate) fn survey_run(chain: &Chain, run: &FrameRun, cuts: &[Size]) -> Surveyed {
    let mut surveyor = Surveyor::new(chain, cuts);
    surveyor.batch = Some(DigestBatch::default());
    let mut surveyed = surveyor.frames(run);
    let batch = surveyor.batch.take();
    if surveyed.is_ok() && batch.is_some_and(|batch| !batch.finish()) {
        // Some payload was erased or altered: then each is looked at by itself.
        surveyor = Surveyor::new(chain, cuts);
        surveyed = surveyor.frames(run);
    }
    match surveyed {
        Ok(()) => surveyor.finish(),
        // What is odd must be gone through; that is of use only if all of it can be read.
        Err(Stop::Broken) if frames_length(run) == run.bytes.len() => Surveyed::Odd,
        Err(Stop::Broken | Stop::Unparsable) => Surveyed::Unparsable,
    }
}

/// Surveys records that came without frames.
pub(crate) fn survey_raw(chain: &Chain, raw: &[RawRecord], cuts: &[Size]) -> Surveyed {
    let mut surveyor = Surveyor::new(chain, cuts);
    for record in raw {
        let Ok(envelope) = Envelope::decode(&record.envelope) else {
            return Surveyed::Odd;
        };
        let view = View {
            envelope: &envelope,
            bytes: &record.envelope,
            payload: record.payload.as_deref(),
            payload_offset: 0,
            offset: 0,
        };
        if surveyor.record(&view).is_err() {
            return Surveyed::Odd;
        }
    }
    surveyor.finish()
}

/// Computes nothing but the leaves of a run of frames, from position `from` on; `None` if they cannot be read.
pub(crate) fn leaves_of_run(
    run: &FrameRun,
    from: Size,
    cuts: &[Size],
) -> Option<Vec<(LeafRange, Timestamp)>> {
    let mut leaves = Leaves::new(from, cuts);
    let mut rest = run.bytes.as_slice();
    while !rest.is_empty() {
        let frame = RawFrame::split(rest).ok()?;
        let mut position = frame.header().first_position();
        for envelope in frame.envelopes() {
            leaves.take(position, envelope.ok()?)?;
            position = position.next()?;
        }
        rest = &rest[frame.bytes().len()..];
    }
    leaves.finish()
}

/// The same, of records that came without frames.
pub(crate) fn leaves_of_raw(
    raw: &[RawRecord],
    from: Size,
    cuts: &[Size],
) -> Option<Vec<(LeafRange, Timestamp)>> {
    let mut leaves = Leaves::new(from, cuts);
    for record in raw {
        leaves.take(record.position, &record.envelope)?;
    }
    leaves.finish()
}

/// Collects leaves.
struct Leaves<'a> {
    from: Size,
    cuts: &'a [Size],
    ranges: Vec<(LeafRange, Timestamp)>,
    /// The range that is being filled, and the last envelope in it.
    open: Option<(LeafRange, &'a [u8])>,
}

impl<'a> Leaves<'a> {
    const fn new(from: Size, cuts: &'a [Size]) -> Self {
        Self {
            from,
            cuts,
            ranges: Vec::new(),
            open: None,
        }
    }

    /// Takes the next leaf; `None` if it does not follow the one before.
    fn take(&mut self, position: Position, envelope: &'a [u8]) -> Option<()> {
        let before = position.size_before();
        if before < self.from {
            return Some(());
        }
        if self.cuts.binary_search(&before).is_ok() {
            self.close()?;
        }
        let start = self.ranges.last().map_or(before, |(range, _)| range.end());
        let (range, last) = self
            .open
            .get_or_insert_with(|| (LeafRange::starting_at(start), envelope));
        if range.end() != before {
            return None;
        }
        range.append(Hash::leaf(envelope));
        *last = envelope;
        Some(())
    }

    fn close(&mut self) -> Option<()> {
        if let Some((range, last)) = self.open.take() {
            let recorded_at = Envelope::decode(last).ok()?.recorded_at;
            self.ranges.push((range, recorded_at));
        }
        Some(())
    }

    fn finish(mut self) -> Option<Vec<(LeafRange, Timestamp)>> {
        self.close()?;
        Some(self.ranges)
    }
}

/// Why surveying cannot go on.
enum Stop {
    /// A record breaks a rule.
    Broken,
    /// A frame is not sound.
    Unparsable,
}

impl From<Broken> for Stop {
    fn from(_broken: Broken) -> Self {
        Self::Broken
    }
}

/// A record as it was read.
struct View<'e, 'a> {
    envelope: &'e Envelope,
    bytes: &'a [u8],
    payload: Option<&'a [u8]>,
    payload_offset: u64,
    offset: u64,
}

/// Surveys records one after another.
struct Surveyor<'c, 'a> {
    chain: &'c Chain,
    /// Payloads whose digests are computed together; they count as intact until the batch says otherwise. `None` where
    /// each is looked at by itself.
    batch: Option<DigestBatch<'a>>,
    /// Whether events carry authorship.
    authored: bool,
    /// Those that are still to come; of those before the first record, none is missed.
    cuts: &'c [Size],
    stretch: Option<Stretch>,
    frames: u64,
    bytes: u64,
    payloads_unread: u64,
    last_offset: u64,
    events: u64,
    acts: Vec<(ActId, Position)>,
    claims: Vec<Unchecked>,
    specials: Vec<Special>,
}

impl<'c, 'a> Surveyor<'c, 'a> {
    fn new(chain: &'c Chain, cuts: &'c [Size]) -> Self {
        Self {
            chain,
            batch: None,
            authored: chain.origin().ledger() == LedgerName::Events,
            cuts,
            stretch: None,
            frames: 0,
            bytes: 0,
            payloads_unread: 0,
            last_offset: 0,
            events: 0,
            acts: Vec::new(),
            claims: Vec::new(),
            specials: Vec::new(),
        }
    }

    fn finish(self) -> Surveyed {
        match self.stretch {
            None => Surveyed::Odd,
            Some(stretch) => Surveyed::Sound(Box::new(Survey {
                stretch,
                frames: self.frames,
                bytes: self.bytes,
                payloads_unread: self.payloads_unread,
                last_offset: self.last_offset,
                events: self.events,
                acts: self.acts,
                claims: self.claims,
                specials: self.specials,
            })),
        }
    }

    fn frames(&mut self, run: &'a FrameRun) -> Result<(), Stop> {
        let mut rest = run.bytes.as_slice();
        let mut offset = run.offset;
        while !rest.is_empty() {
            let Ok(frame) = RawFrame::split(rest) else {
                return Err(Stop::Unparsable);
            };
            if frame.check_checksum().is_err() || frame.check_padding().is_err() {
                return Err(Stop::Unparsable);
            }
            self.frame(&frame, offset)?;
            rest = &rest[frame.bytes().len()..];
            offset += frame.bytes().len() as u64;
        }
        Ok(())
    }

    /// Takes a frame, checking in the same pass that its records fill it exactly.
    fn frame(&mut self, frame: &RawFrame<'a>, offset: u64) -> Result<(), Stop> {
        let header = frame.header();
        let mut sealed = frame.sealed_section();
        let mut payload_offset = offset + FRAME_HEADER_BYTES as u64 + header.envelopes_len() as u64;
        let mut position = header.first_position();
        for bytes in frame.envelopes() {
            let Ok(bytes) = bytes else {
                return Err(Stop::Unparsable);
            };
            let Ok(envelope) = Envelope::decode(bytes) else {
                return Err(Stop::Unparsable);
            };
            let length = usize::try_from(envelope.sealed_len).ok();
            let Some((payload, rest)) = length.and_then(|length| sealed.split_at_checked(length))
            else {
                return Err(Stop::Unparsable);
            };
            if envelope.position != position {
                return Err(Stop::Unparsable);
            }
            if position == header.first_position() && envelope.previous != header.previous() {
                return Err(Stop::Broken);
            }
            self.record(&View {
                envelope: &envelope,
                bytes,
                payload: Some(payload),
                payload_offset,
                offset,
            })?;
            sealed = rest;
            payload_offset += payload.len() as u64;
            position = position.next().ok_or(Stop::Unparsable)?;
        }
        if !sealed.is_empty() {
            return Err(Stop::Unparsable);
        }
        self.frames += 1;
        match &mut self.stretch {
            Some(stretch) => Ok(stretch.end_frame(header.epoch())?),
            None => Err(Stop::Unparsable),
        }
    }

    fn record(&mut self, view: &View<'_, 'a>) -> Result<(), Broken> {
        let envelope = view.envelope;
        let payload = self.payload(view);
        if payload == PayloadState::Altered {
            return Err(Broken);
        }
        let examined = Examined {
            position: envelope.position,
            previous: envelope.previous,
            recorded_at: envelope.recorded_at,
            act_id: envelope.act_id,
            part: envelope.part,
            link: self.chain.link(view.bytes),
            leaf: Hash::leaf(view.bytes),
            payload,
        };
        match &mut self.stretch {
            None => self.stretch = Some(self.start(&examined)?),
            Some(stretch) => stretch.push(&examined)?,
        }
        self.cut();
        let payload_len = view.payload.map_or(0, <[u8]>::len);
        self.bytes += (view.bytes.len() + payload_len) as u64;
        self.payloads_unread += u64::from(view.payload.is_none());
        self.last_offset = view.offset;
        let authored = self.authored && envelope.part.is_first();
        let ordinary = envelope.kind == Kind::Event
            && payload == PayloadState::Intact
            && authored == envelope.authorship.is_some()
            && envelope.position != Position::FIRST;
        if ordinary {
            self.ordinary(view);
        } else {
            self.special(view, examined);
        }
        Ok(())
    }

    /// The state of a payload, or that it is intact if the batch will tell.
    fn payload(&mut self, view: &View<'_, 'a>) -> PayloadState {
        let envelope = view.envelope;
        match (view.payload, &mut self.batch) {
            (None, _) => PayloadState::Intact,
            (Some(payload), Some(batch)) => {
                // Cut to the length that the envelope states.
                batch.push(payload, envelope.sealed_digest);
                PayloadState::Intact
            }
            (Some(payload), None) => PayloadState::of(envelope, payload),
        }
    }

    fn ordinary(&mut self, view: &View<'_, '_>) {
        let envelope = view.envelope;
        self.events += 1;
        if envelope.part.is_first() {
            self.acts.push((envelope.act_id, envelope.position));
        }
        if let Some(authorship) = envelope.authorship {
            self.claims.push(Unchecked {
                position: envelope.position,
                offset: view.offset,
                act_id: envelope.act_id,
                recorded_at: envelope.recorded_at,
                authorship,
            });
        }
    }

    fn special(&mut self, view: &View<'_, '_>, examined: Examined) {
        let is_clear = view.envelope.kind.is_clear();
        let clear = view
            .payload
            .filter(|_| is_clear && examined.payload == PayloadState::Intact);
        self.specials.push(Special {
            record: Record {
                examined,
                clear: clear.map(Into::into),
                payload_read: view.payload.is_some(),
                payload_offset: view.payload_offset,
                envelope: view.envelope.clone(),
            },
            offset: view.offset,
        });
    }

    /// Starts the stretch; cuts before it are of other runs.
    fn start(&mut self, first: &Examined) -> Result<Stretch, Broken> {
        let passed = first.position.size_before();
        let index = self.cuts.partition_point(|cut| *cut <= passed);
        self.cuts = &self.cuts[index..];
        Stretch::starting_with(first)
    }

    fn cut(&mut self) {
        if let Some(stretch) = &mut self.stretch
            && let Some((next, rest)) = self.cuts.split_first()
            && *next <= stretch.end().size_before()
        {
            stretch.cut();
            self.cuts = rest;
        }
    }
}

impl Survey {
    /// Where a record of the run stands: in `file`, in the frame at `offset`.
    pub(crate) fn place(file: Option<&Arc<str>>, offset: u64) -> Option<Place> {
        file.map(|file| Place {
            file: Arc::clone(file),
            offset,
        })
    }
}

#[cfg(test)]
mod tests;
