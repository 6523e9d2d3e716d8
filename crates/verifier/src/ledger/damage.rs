//! Regions of damage: telling what is wrong, and taking what can still be read.

use std::sync::Arc;

use sabt_chain::Position;
use sabt_chain::frame::{Frame, FrameHeader};

use super::LedgerCheck;
use crate::examine::examine_run;
use crate::fault::{Fault, Finding, Place};
use crate::faults::Suspended;
use crate::mend::{Expected, diagnose};
use crate::mutant::{Check, removed};
use crate::walk::{Damage, FrameRun, is_zero};

impl LedgerCheck {
    /// Takes frames that were not hashed yet.
    pub(super) fn run(&mut self, run: &FrameRun) {
        for batch in examine_run(&self.chain, run) {
            self.batch(batch);
        }
    }

    /// Tells what is wrong with a region of damage, and takes what can still be read in it.
    pub(super) fn damage(&mut self, damage: &Damage) {
        let mut rest = damage.bytes.as_slice();
        let mut offset = damage.offset;
        let followed = damage.next.is_some();
        self.tally.damaged = true;
        while !rest.is_empty() && (followed || !is_zero(rest)) {
            let bytes = if let Ok(frame) = Frame::parse(rest) {
                frame.bytes().to_vec()
            } else {
                let expected = Expected {
                    position: self.next,
                    previous: self.verifier.state().link,
                    epoch: self.epoch,
                };
                let diagnosis = diagnose(rest, expected, followed);
                let place = Place {
                    file: Arc::clone(&damage.file),
                    offset: offset + diagnosis.offset as u64,
                };
                let Some(mended) = diagnosis.mended else {
                    self.unreadable(diagnosis.position, place, diagnosis.finding);
                    return;
                };
                self.mended(diagnosis.position, place, diagnosis.finding, &mended);
                mended
            };
            let length = bytes.len();
            self.run(&FrameRun {
                file: Arc::clone(&damage.file),
                offset,
                bytes,
                parsed: true,
            });
            rest = &rest[length.min(rest.len())..];
            offset += length as u64;
        }
    }

    /// Reports a fault of a frame that could be mended.
    fn mended(&mut self, position: Position, place: Place, finding: Finding, frame: &[u8]) {
        if removed(Check::Damage) {
            return;
        }
        let place = Some(place);
        let header = FrameHeader::peek(frame).ok();
        match header.filter(|_| Suspended::applies_to(&finding)) {
            None => self.fault(Some(position), place, finding),
            Some(header) => self.suspended.push(Suspended {
                fault: Fault::at(self.ledger, position, place, finding),
                first: header.first_position(),
                end: header.size_after().next_position(),
            }),
        }
    }

    /// Reports bytes from which no record can be read.
    fn unreadable(&mut self, position: Position, place: Place, finding: Finding) {
        let torn = matches!(finding, Finding::TornFrame { .. });
        if let Some(segment) = &mut self.segment {
            segment.torn |= torn;
        }
        // What was never written whole was never a record.
        if torn {
            self.content.lost(self.next);
        } else if finding != Finding::SegmentTail {
            self.lose();
        }
        self.fault(Some(position), Some(place), finding);
    }
}
