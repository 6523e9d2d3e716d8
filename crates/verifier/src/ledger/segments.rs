//! Segment files: what their headers say of the records before them, and their lengths.

use std::sync::Arc;

use sabt_chain::segment::SegmentHeader;
use sabt_chain::verify::LedgerVerifier;

use super::LedgerCheck;
use super::remembered::Resumption;
use crate::fault::{Finding, Place};
use crate::field::SegmentField;
use crate::header::{HeaderReading, read_header};
use crate::source::SegmentStart;

/// The segment whose frames are being read.
#[derive(Debug)]
pub(super) struct OpenSegment {
    /// The file.
    file: Arc<str>,
    /// Length in its header, bytes.
    stated_bytes: u64,
    /// Length of the file, bytes.
    actual_bytes: u64,
    /// Whether its last frame is torn.
    pub(super) torn: bool,
}

impl LedgerCheck {
    pub(super) fn begin_segment(&mut self, start: &SegmentStart) {
        self.tally.segments += 1;
        let place = |offset| {
            Some(Place {
                file: Arc::clone(&start.file),
                offset,
            })
        };
        let HeaderReading {
            header,
            finding,
            offset,
        } = read_header(&start.header);
        if let Some(finding) = finding {
            self.fault(Some(start.named), place(offset as u64), finding);
        }
        self.segment = None;
        let Some(header) = header else { return };
        self.segment = Some(OpenSegment {
            file: Arc::clone(&start.file),
            stated_bytes: header.segment_bytes,
            actual_bytes: start.file_bytes,
            torn: false,
        });
        if header.first_position() != start.named {
            let finding = Finding::SegmentDisagrees(SegmentField::FirstPosition);
            self.fault(Some(start.named), place(0), finding);
        }
        self.segment_start(&header, place(0));
    }

    /// Checks what a segment header says about everything before it.
    fn segment_start(&mut self, header: &SegmentHeader, place: Option<Place>) {
        if header.origin != *self.chain.origin() {
            let finding = Finding::SegmentDisagrees(SegmentField::Origin);
            self.fault(Some(self.next), place.clone(), finding);
        }
        // A segment that holds the last record verified before starts before it.
        let first = header.first_position();
        let before = |resumption: Resumption| first < resumption.position();
        if self.resumption.is_some_and(before) && self.tally.frames == 0 {
            return;
        }
        self.check_epoch(header.epoch, place.as_ref());
        let (expected, found) = (self.next, header.first_position());
        if found != expected {
            self.jump(found, place);
            if expected < found {
                self.resume(header);
            }
        } else if !self.tree_known || self.lost {
            self.resume(header);
        } else {
            let (known, stated) = (self.verifier.state(), &header.start);
            let disagreements = [
                (stated.link != known.link, SegmentField::Link),
                (
                    stated.recorded_at != known.recorded_at,
                    SegmentField::RecordedAt,
                ),
                (stated.frontier != known.frontier, SegmentField::Tree),
            ];
            for (_, field) in disagreements
                .into_iter()
                .filter(|(disagrees, _)| *disagrees)
            {
                self.fault(
                    Some(expected),
                    place.clone(),
                    Finding::SegmentDisagrees(field),
                );
            }
        }
    }

    /// Goes on from what a segment header says, after records were lost. If it lies, the signed root will tell.
    fn resume(&mut self, header: &SegmentHeader) {
        self.settle_suspect();
        self.verifier =
            LedgerVerifier::resume(self.chain.clone(), header.start.clone(), self.epoch);
        self.next = header.first_position();
        self.tree_known = true;
        self.lost = false;
        self.before = None;
    }

    pub(super) fn end_segment(&mut self, last: bool) {
        let Some(OpenSegment {
            file,
            stated_bytes,
            actual_bytes,
            torn,
        }) = self.segment.take()
        else {
            return;
        };
        let (stated, actual) = (stated_bytes, actual_bytes);
        if stated == actual || torn {
            return;
        }
        let finding = if last && actual < stated {
            self.content.lost(self.next);
            Finding::TornFile { stated, actual }
        } else {
            Finding::SegmentLength { stated, actual }
        };
        self.fault(
            Some(self.next),
            Some(Place {
                file,
                offset: actual,
            }),
            finding,
        );
    }
}
