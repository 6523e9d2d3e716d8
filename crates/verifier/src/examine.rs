//! What can be worked out about a record without knowing the records around it: the part that runs on all cores.

use std::sync::Arc;

use sabt_chain::frame::{Frame, FrameHeader, PayloadState, RecordView};
use sabt_chain::verify::Examined;
use sabt_chain::{Chain, Envelope, EnvelopeError, Hash, Position};

use crate::fault::Place;
use crate::walk::FrameRun;

/// A record, with its hashes computed.
#[derive(Debug)]
pub(crate) struct Record {
    /// The envelope.
    pub(crate) envelope: Envelope,
    /// What the rules of every ledger need of it.
    pub(crate) examined: Examined,
    /// The payload, where it is in the clear and what was recorded.
    pub(crate) clear: Option<Box<[u8]>>,
    /// Whether the payload was compared with its digest. Where the source serves none it could not be, and the verdict
    /// in `examined` is the benefit of the doubt.
    pub(crate) payload_read: bool,
    /// Where the payload starts in the file, bytes.
    pub(crate) payload_offset: u64,
}

/// Records that stand together, with their hashes computed.
#[derive(Debug)]
pub(crate) struct Batch {
    /// The frame's header; `None` for records that came without frames.
    pub(crate) header: Option<FrameHeader>,
    /// Where the frame stands.
    pub(crate) place: Option<Place>,
    /// The records, in order.
    pub(crate) records: Vec<Record>,
    /// The first envelope that cannot be decoded; nothing after it is among the records.
    pub(crate) malformed: Option<(Position, EnvelopeError)>,
}

/// A record as a server sends it.
#[derive(Debug)]
pub(crate) struct RawRecord {
    /// The position asked for.
    pub(crate) position: Position,
    /// The envelope's bytes.
    pub(crate) envelope: Vec<u8>,
    /// The payload; `None` where the source serves none, so that it cannot be examined.
    pub(crate) payload: Option<Vec<u8>>,
}

/// Computes the hashes of all records of a run.
pub(crate) fn examine_run(chain: &Chain, run: &FrameRun) -> Vec<Batch> {
    frames(run)
        .map(|(offset, frame)| Batch {
            header: Some(*frame.header()),
            place: Some(Place {
                file: Arc::clone(&run.file),
                offset,
            }),
            records: frame
                .records()
                .map(|record| examine(chain, &record, offset))
                .collect(),
            malformed: None,
        })
        .collect()
}

/// Computes the hashes of records that came without frames.
pub(crate) fn examine_raw(chain: &Chain, raw: &[RawRecord]) -> Batch {
    let mut batch = Batch {
        header: None,
        place: None,
        records: Vec::new(),
        malformed: None,
    };
    for RawRecord {
        position,
        envelope: envelope_bytes,
        payload,
    } in raw
    {
        match Envelope::decode(envelope_bytes) {
            Ok(envelope) => {
                let record = match payload {
                    Some(payload) => {
                        let view = RecordView {
                            envelope,
                            envelope_bytes,
                            sealed: payload,
                            sealed_offset: 0,
                        };
                        examine(chain, &view, 0)
                    }
                    None => examine_without_payload(chain, envelope, envelope_bytes),
                };
                batch.records.push(record);
            }
            Err(error) => {
                batch.malformed = Some((*position, error));
                break;
            }
        }
    }
    batch
}

/// How many bytes of a run are sound frames: all of them, unless it was cut without looking into them.
pub(crate) fn frames_length(run: &FrameRun) -> usize {
    frames(run).map(|(_, frame)| frame.bytes().len()).sum()
}

/// The frames of a run, each with its offset in the file.
fn frames(run: &FrameRun) -> impl Iterator<Item = (u64, Frame<'_>)> {
    let mut rest = run.bytes.as_slice();
    let mut offset = run.offset;
    std::iter::from_fn(move || {
        let frame = Frame::parse(rest).ok()?;
        let at = offset;
        rest = &rest[frame.bytes().len()..];
        offset += frame.bytes().len() as u64;
        Some((at, frame))
    })
}

/// Computes the hashes of a record, whose frame stands at `frame_offset`.
pub(crate) fn examine(chain: &Chain, record: &RecordView<'_>, frame_offset: u64) -> Record {
    let examined = Examined::of(chain, record);
    let is_clear = record.envelope.kind.is_clear();
    let clear =
        (is_clear && examined.payload == PayloadState::Intact).then(|| record.sealed.into());
    Record {
        examined,
        clear,
        payload_read: true,
        payload_offset: frame_offset + record.sealed_offset as u64,
        envelope: record.envelope.clone(),
    }
}

/// The same, of a record whose payload the source does not serve.
fn examine_without_payload(chain: &Chain, envelope: Envelope, envelope_bytes: &[u8]) -> Record {
    let examined = Examined {
        position: envelope.position,
        previous: envelope.previous,
        recorded_at: envelope.recorded_at,
        act_id: envelope.act_id,
        part: envelope.part,
        link: chain.link(envelope_bytes),
        leaf: Hash::leaf(envelope_bytes),
        payload: PayloadState::Intact,
    };
    Record {
        envelope,
        examined,
        clear: None,
        payload_read: false,
        payload_offset: 0,
    }
}
