//! Opening the file of a segment.

use std::sync::Arc;

use sabt_chain::segment::{SEGMENT_HEADER_BYTES, SegmentHeader};
use sabt_chain::{Origin, Position};

use crate::error::{Damage, DamageFault, Operation, StorageError};
use crate::layout::segment_name;
use crate::storage::{Storage, StorageFile};
use crate::wide;

/// Why a segment was not opened.
#[derive(Debug)]
pub(crate) enum SegmentFailure {
    Storage(StorageError),
    Damage(Box<Damage>),
}

/// Opens the segment that begins with `first` and checks its header against its name, its length and the ledger.
pub(crate) fn open_segment(
    storage: &dyn Storage,
    origin: &Origin,
    first: Position,
) -> Result<(Arc<dyn StorageFile>, SegmentHeader), SegmentFailure> {
    let name = segment_name(first);
    let failed = |operation| {
        let name = &name;
        move |source| SegmentFailure::Storage(StorageError::new(operation, name, source))
    };
    let damaged = |fault| {
        SegmentFailure::Damage(Box::new(Damage {
            file: name.clone(),
            offset: 0,
            position: first,
            fault,
        }))
    };
    let file = storage.open(&name).map_err(failed(Operation::Open))?;
    let found = file.len().map_err(failed(Operation::Open))?;
    let header_bytes = wide(SEGMENT_HEADER_BYTES);
    if found < header_bytes {
        let expected = header_bytes;
        return Err(damaged(DamageFault::Length { expected, found }));
    }
    let mut block = vec![0_u8; SEGMENT_HEADER_BYTES];
    file.read_exact_at(&mut block, 0)
        .map_err(failed(Operation::Read))?;
    let header = SegmentHeader::decode(&block).map_err(|error| damaged(error.into()))?;
    if header.origin != *origin {
        return Err(damaged(DamageFault::Origin));
    }
    if header.first_position() != first {
        return Err(damaged(DamageFault::Discontinuity));
    }
    if header.segment_bytes != found {
        let expected = header.segment_bytes;
        return Err(damaged(DamageFault::Length { expected, found }));
    }
    Ok((file, header))
}
