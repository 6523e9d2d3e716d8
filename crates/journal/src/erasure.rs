//! Overwriting sealed payloads with zeros, in place.
//!
//! An erasure touches many places and a crash must not leave a payload half overwritten, which would look like
//! corruption. So the list of places is written down first, atomically; then the zeros; then the list is removed.
//! Opening a ledger with a list completes it: overwriting with zeros twice does no harm.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sabt_chain::frame::PayloadState;
use sabt_chain::segment::SEGMENT_HEADER_BYTES;
use sabt_chain::{Kind, Position, SEALED_BYTES_MAX};

use crate::backend::{ERASE_PAYLOADS_MAX, PayloadRef};
use crate::error::{
    Damage, DamageFault, EraseError, OpenError, Operation, ReadError, StorageError,
};
use crate::journal::{Shared, Writer};
use crate::layout::{INTENT_NAME, INTENT_TEMPORARY_NAME, segment_name};
use crate::storage::{Storage, is_full};
use crate::sync::{lock, write};
use crate::walk::{Located, Walker};
use crate::wide;

const INTENT_MAGIC: [u8; 8] = *b"SABTERA1";
/// Segment 8, offset 8, position 8, length 4.
const PLACE_BYTES: usize = 28;
const CHECKSUM_BYTES: usize = 4;
const INTENT_BYTES_MAX: usize = 8 + ERASE_PAYLOADS_MAX * PLACE_BYTES + CHECKSUM_BYTES;
const _: () = assert!(INTENT_BYTES_MAX <= 128 * 1024);

/// Where one payload stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// First position of the segment.
    segment: Position,
    /// First byte of the payload in the segment's file.
    offset: u64,
    position: Position,
    /// Length in bytes.
    len: u32,
}

/// The payloads of one erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Intent {
    places: Vec<Place>,
}

/// Erases payloads under the writer's lock. See [`crate::Backend::erase`].
pub(crate) fn erase(
    shared: &Arc<Shared>,
    writer: &mut Writer,
    payloads: &[PayloadRef],
) -> Result<usize, EraseError> {
    let count = payloads.len();
    if ERASE_PAYLOADS_MAX < count {
        return Err(EraseError::TooMany { count });
    }
    let intent = locate(shared, writer.newest_frame, payloads)?;
    if intent.places.is_empty() {
        return Ok(0);
    }
    // Crash before the rename of the list is durable: nothing was overwritten.
    if let Err(error) = write_intent(&*shared.storage, &intent) {
        if is_full(&error.source) {
            let removed = shared.storage.remove(INTENT_TEMPORARY_NAME);
            let removed = removed.map_err(|source| {
                StorageError::new(Operation::Remove, INTENT_TEMPORARY_NAME, source)
            });
            removed.map_err(|error| EraseError::Unknown {
                source: writer.fail(error),
            })?;
            return Err(EraseError::Full);
        }
        return Err(EraseError::Unknown {
            source: writer.fail(error),
        });
    }
    // Crash from here on: the next start completes the erasure.
    let overwritten = {
        let _no_reader = write(&shared.overwriting);
        let overwritten = overwrite(&*shared.storage, &intent);
        let mut published = lock(&shared.published);
        published.erasures = published.erasures.saturating_add(1);
        overwritten
    };
    let removed = overwritten.and_then(|()| remove_intent(&*shared.storage));
    removed.map_err(|error| EraseError::Unknown {
        source: writer.fail(error),
    })?;
    Ok(intent.places.len())
}

/// The list that a crash left, if there is one.
pub(crate) fn read_intent(
    storage: &dyn Storage,
    names: &[String],
) -> Result<Option<Intent>, OpenError> {
    if !names.iter().any(|name| name == INTENT_NAME) {
        return Ok(None);
    }
    let failed = |operation| move |source| StorageError::new(operation, INTENT_NAME, source);
    let file = storage.open(INTENT_NAME).map_err(failed(Operation::Open))?;
    let length = file.len().map_err(failed(Operation::Open))?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if INTENT_BYTES_MAX < length {
        return Err(intent_damage().into());
    }
    let mut bytes = vec![0_u8; length];
    file.read_exact_at(&mut bytes, 0)
        .map_err(failed(Operation::Read))?;
    Ok(Some(Intent::decode(&bytes).ok_or_else(intent_damage)?))
}

/// Overwrites what the list names, durably, and removes it.
pub(crate) fn complete(storage: &dyn Storage, intent: &Intent) -> Result<(), OpenError> {
    // The list has a checksum, but what it says is written into segments: nothing is written unless all of it is
    // possible.
    for (segment, places) in intent.by_segment() {
        let name = segment_name(segment);
        let file = storage.open(&name);
        let file = file.map_err(|source| StorageError::new(Operation::Open, &name, source))?;
        let length = file.len();
        let length = length.map_err(|source| StorageError::new(Operation::Open, &name, source))?;
        let fits = |place: &Place| {
            let end = place.offset.saturating_add(u64::from(place.len));
            wide(SEGMENT_HEADER_BYTES) <= place.offset
                && end <= length
                && place.len <= SEALED_BYTES_MAX
        };
        if !places.iter().all(fits) {
            return Err(intent_damage().into());
        }
    }
    overwrite(storage, intent)?;
    remove_intent(storage)?;
    Ok(())
}

impl Intent {
    /// How many payloads there are.
    pub(crate) const fn len(&self) -> usize {
        self.places.len()
    }

    /// All of the records.
    pub(crate) fn positions(&self) -> BTreeSet<Position> {
        self.places.iter().map(|place| place.position).collect()
    }

    /// The records of one segment among them.
    pub(crate) fn positions_in(&self, segment: Position) -> BTreeSet<Position> {
        let places = self.places.iter().filter(|place| place.segment == segment);
        places.map(|place| place.position).collect()
    }

    fn by_segment(&self) -> BTreeMap<Position, Vec<Place>> {
        let mut segments: BTreeMap<Position, Vec<Place>> = BTreeMap::new();
        for place in &self.places {
            segments.entry(place.segment).or_default().push(*place);
        }
        segments
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = INTENT_MAGIC.to_vec();
        for place in &self.places {
            bytes.extend_from_slice(&place.segment.get().to_be_bytes());
            bytes.extend_from_slice(&place.offset.to_be_bytes());
            bytes.extend_from_slice(&place.position.get().to_be_bytes());
            bytes.extend_from_slice(&place.len.to_be_bytes());
        }
        let checksum = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&checksum.to_be_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (content, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>()?;
        if crc32c::crc32c(content) != u32::from_be_bytes(*checksum) {
            return None;
        }
        let (places, rest) = content
            .strip_prefix(&INTENT_MAGIC)?
            .as_chunks::<PLACE_BYTES>();
        if !rest.is_empty() {
            return None;
        }
        let places = places
            .iter()
            .map(Place::decode)
            .collect::<Option<Vec<_>>>()?;
        Some(Self { places })
    }
}

impl Place {
    fn decode(bytes: &[u8; PLACE_BYTES]) -> Option<Self> {
        let (words, len) = bytes.split_last_chunk::<4>()?;
        let (words, _) = words.as_chunks::<8>();
        let [segment, offset, position] = words else {
            return None;
        };
        Some(Self {
            segment: Position::new(u64::from_be_bytes(*segment)),
            offset: u64::from_be_bytes(*offset),
            position: Position::new(u64::from_be_bytes(*position)),
            len: u32::from_be_bytes(*len),
        })
    }
}

/// Finds the payloads that still have to be overwritten, and refuses what must not be.
fn locate(
    shared: &Arc<Shared>,
    newest_frame: Position,
    payloads: &[PayloadRef],
) -> Result<Intent, EraseError> {
    let mut wanted = payloads.to_vec();
    wanted.sort_unstable_by_key(|payload| payload.position);
    wanted.dedup();
    let mut places = Vec::new();
    let mut at: Option<Located> = None;
    for payload in wanted {
        let position = payload.position;
        if newest_frame <= position {
            return Err(EraseError::NotCovered { position });
        }
        let located = match at
            .take()
            .filter(|located| located.frame.size_after().covers(position))
        {
            Some(located) => located,
            None => find(shared, position)?,
        };
        let frame = located.frame.frame();
        let record = frame
            .records()
            .find(|record| record.envelope.position == position);
        let record = record.expect("the frame was found by this position");
        let envelope = &record.envelope;
        if envelope.kind != Kind::Event {
            let kind = envelope.kind;
            return Err(EraseError::NotErasable { position, kind });
        }
        if envelope.sealed_digest != payload.sealed_digest {
            return Err(EraseError::DigestMismatch { position });
        }
        if record.payload_state() != PayloadState::Erased {
            places.push(Place {
                segment: located.segment,
                offset: located.offset.saturating_add(wide(record.sealed_offset)),
                position,
                len: envelope.sealed_len,
            });
        }
        at = Some(located);
    }
    Ok(Intent { places })
}

/// The frame that holds a record of the durable prefix.
fn find(shared: &Arc<Shared>, position: Position) -> Result<Located, ReadError> {
    let mut walker = Walker::new(Arc::clone(shared), position)?;
    let located = walker.next_located()?;
    located.ok_or_else(|| {
        let size = lock(&shared.published).state.size();
        ReadError::BeyondHead {
            from: position,
            size,
        }
    })
}

fn write_intent(storage: &dyn Storage, intent: &Intent) -> Result<(), StorageError> {
    let failed =
        |operation| move |source| StorageError::new(operation, INTENT_TEMPORARY_NAME, source);
    let bytes = intent.encode();
    let file = storage
        .open_or_create(INTENT_TEMPORARY_NAME)
        .map_err(failed(Operation::Open))?;
    file.set_len(0).map_err(failed(Operation::Resize))?;
    file.write_all_at(&bytes, 0)
        .map_err(failed(Operation::Write))?;
    file.sync_data().map_err(failed(Operation::Sync))?;
    let renamed = storage.rename(INTENT_TEMPORARY_NAME, INTENT_NAME);
    renamed.map_err(failed(Operation::Rename))?;
    storage
        .sync()
        .map_err(|source| StorageError::directory(Operation::Sync, source))
}

/// Writes the zeros, segment by segment, and syncs each.
fn overwrite(storage: &dyn Storage, intent: &Intent) -> Result<(), StorageError> {
    for (segment, places) in intent.by_segment() {
        let name = segment_name(segment);
        let failed = |operation| {
            let name = &name;
            move |source| StorageError::new(operation, name, source)
        };
        let file = storage.open(&name).map_err(failed(Operation::Open))?;
        for place in places {
            let zeros = vec![0_u8; usize::try_from(place.len).unwrap_or(usize::MAX)];
            file.write_all_at(&zeros, place.offset)
                .map_err(failed(Operation::Write))?;
        }
        file.sync_data().map_err(failed(Operation::Sync))?;
    }
    Ok(())
}

fn remove_intent(storage: &dyn Storage) -> Result<(), StorageError> {
    let removed = storage.remove(INTENT_NAME);
    removed.map_err(|source| StorageError::new(Operation::Remove, INTENT_NAME, source))?;
    storage
        .sync()
        .map_err(|source| StorageError::directory(Operation::Sync, source))
}

fn intent_damage() -> Damage {
    Damage {
        file: INTENT_NAME.to_owned(),
        offset: 0,
        position: Position::FIRST,
        fault: DamageFault::Intent,
    }
}
