//! A frame cut into its sections, before anything but the header's numbers is checked.

use std::fmt;

use super::{FRAME_HEADER_BYTES, FrameError, FrameHeader};
use crate::wire::{self, Cursor};
use crate::{Envelope, Position};

/// The sections of a frame, unchecked. Readers want [`Frame`](super::Frame); this is for telling *what* is wrong with
/// a frame that does not parse.
#[derive(Clone, Copy)]
pub struct RawFrame<'a> {
    header: FrameHeader,
    bytes: &'a [u8],
    envelopes: &'a [u8],
    sealed: &'a [u8],
    padding: &'a [u8],
}

impl<'a> RawFrame<'a> {
    /// Cuts the frame that stands at the start of `bytes`; checks only that the header is possible and the bytes
    /// suffice.
    pub fn split(bytes: &'a [u8]) -> Result<Self, FrameError> {
        let header = FrameHeader::peek(bytes)?;
        let truncated = FrameError::Truncated {
            needed: header.total_len(),
            found: bytes.len(),
        };
        let bytes = bytes.get(..header.total_len()).ok_or(truncated)?;
        let mut cursor = Cursor::new(bytes);
        cursor.slice(FRAME_HEADER_BYTES).ok_or(truncated)?;
        let envelopes = cursor.slice(header.envelopes_len()).ok_or(truncated)?;
        let sealed = cursor.slice(header.sealed_len()).ok_or(truncated)?;
        Ok(Self {
            header,
            bytes,
            envelopes,
            sealed,
            padding: cursor.rest(),
        })
    }

    /// The header.
    pub const fn header(&self) -> &FrameHeader {
        &self.header
    }

    /// The frame's own bytes, with its padding.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The envelope section.
    pub const fn envelope_section(&self) -> &'a [u8] {
        self.envelopes
    }

    /// The payload section.
    pub const fn sealed_section(&self) -> &'a [u8] {
        self.sealed
    }

    /// What follows the payload section.
    pub const fn padding(&self) -> &'a [u8] {
        self.padding
    }

    /// Cuts the envelope section into envelopes, without decoding them.
    pub fn envelopes(&self) -> Envelopes<'a> {
        Envelopes {
            rest: self.envelopes,
            position: self.header.first_position(),
            left: self.header.count(),
        }
    }

    /// Checksum that header and envelopes should have.
    pub fn computed_checksum(&self) -> u32 {
        let covered = FRAME_HEADER_BYTES.saturating_sub(size_of::<u32>());
        let header = self.bytes.get(..covered).unwrap_or_default();
        crc32c::crc32c_append(crc32c::crc32c(header), self.envelopes)
    }

    /// Checks the checksum over header and envelopes.
    pub fn check_checksum(&self) -> Result<(), FrameError> {
        let (stored, computed) = (self.header.checksum(), self.computed_checksum());
        if stored == computed {
            Ok(())
        } else {
            let first = self.header.first_position();
            Err(FrameError::Checksum {
                first,
                stored,
                computed,
            })
        }
    }

    /// Checks that every envelope decodes, that positions are consecutive, and that both sections are filled exactly.
    pub fn check_records(&self) -> Result<(), FrameError> {
        let mut sealed = Cursor::new(self.sealed);
        let mut position = self.header.first_position();
        for envelope in self.envelopes() {
            let envelope = Envelope::decode(envelope?)
                .map_err(|source| FrameError::Envelope { position, source })?;
            if envelope.position != position {
                let found = envelope.position;
                return Err(FrameError::Position {
                    expected: position,
                    found,
                });
            }
            let unfit = FrameError::SealedSection { position };
            sealed.slice(envelope.sealed_size()).ok_or(unfit)?;
            position = position.next().ok_or(unfit)?;
        }
        if sealed.rest().is_empty() {
            Ok(())
        } else {
            Err(FrameError::SealedSection { position })
        }
    }

    /// Checks that the padding is zero.
    pub fn check_padding(&self) -> Result<(), FrameError> {
        if wire::is_zero(self.padding) {
            Ok(())
        } else {
            Err(FrameError::Padding {
                first: self.header.first_position(),
            })
        }
    }
}

impl fmt::Debug for RawFrame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawFrame")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

/// Iterates over the encoded envelopes of a [`RawFrame`]; the first error is the last item.
#[derive(Clone)]
pub struct Envelopes<'a> {
    rest: &'a [u8],
    /// Of the next envelope, if positions are consecutive.
    position: Position,
    /// How many envelopes the header still promises.
    left: u32,
}

impl<'a> Envelopes<'a> {
    fn cut(&mut self) -> Option<&'a [u8]> {
        let mut cursor = Cursor::new(self.rest);
        let length = cursor.u16()?;
        let envelope = cursor.slice(usize::from(length))?;
        self.rest = cursor.rest();
        self.left = self.left.checked_sub(1)?;
        // Nothing may be left over after the last.
        (self.left > 0 || self.rest.is_empty()).then_some(envelope)
    }
}

impl<'a> Iterator for Envelopes<'a> {
    type Item = Result<&'a [u8], FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let position = self.position;
        let Some(envelope) = self.cut() else {
            self.left = 0;
            return Some(Err(FrameError::EnvelopeSection { position }));
        };
        self.position = position.next().unwrap_or(position);
        Some(Ok(envelope))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = wire::index(self.left);
        (usize::from(left > 0), Some(left))
    }
}

impl fmt::Debug for Envelopes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelopes")
            .field("position", &self.position)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
