//! Where frames stand in a segment: a sparse cache, never a source of truth.

use sabt_chain::Position;

/// One entry is kept for about this many bytes of a segment. A look-up then scans at most 256 KiB (some
/// 100 microseconds), and the entries of a 64 MiB segment are 256 of 16 bytes: 4 KiB, so 30 MB for the 7,500
/// segments of 20 million persons with 20 records of 1.2 kB each.
const STRIDE_BYTES: u64 = 256 * 1024;

/// Positions of some frames of one segment, in order. It grows as the segment is written or walked over, and
/// answers with the nearest frame known so far.
#[derive(Debug, Default)]
pub(crate) struct SparseIndex {
    entries: Vec<(Position, u64)>,
}

impl SparseIndex {
    /// Takes notice that the frame at byte `offset` begins with `first`. Frames may be told in any order; only
    /// those beyond the last entry by a stride are kept.
    pub(crate) fn note(&mut self, first: Position, offset: u64) {
        let due = match self.entries.last() {
            None => true,
            Some((_, last)) => last.saturating_add(STRIDE_BYTES) <= offset,
        };
        if due {
            self.entries.push((first, offset));
        }
    }

    /// The last known frame that begins at or before `position`: its byte offset.
    pub(crate) fn floor(&self, position: Position) -> Option<u64> {
        let after = self
            .entries
            .partition_point(|(first, _)| *first <= position);
        let (_, offset) = self.entries.get(after.checked_sub(1)?)?;
        Some(*offset)
    }
}

#[cfg(test)]
mod tests;
