//! When a record does not link to the one before: which of the two was altered?
//!
//! If the record before was altered, this record's own link still fits the record after. If this record's `previous`
//! field was altered, its own link changed with it; then the record after fits the link it *would* have with the right
//! `previous`. So the answer stands one record later.

use sabt_chain::{Chain, Envelope, Link, Position};

use crate::fault::{Finding, Place};

/// A record of which it is not known yet whether it or the one before was altered.
#[derive(Debug)]
pub(crate) struct Suspect {
    position: Position,
    place: Option<Place>,
    before: Option<(Position, Option<Place>)>,
    /// The link it would have if it named the record before.
    mended_link: Option<Link>,
}

impl Suspect {
    /// The record of `envelope` should name `expected` and does not. `before` is the record before, if there is one.
    pub(crate) fn new(
        chain: &Chain,
        envelope: &Envelope,
        place: Option<&Place>,
        expected: Link,
        before: Option<(Position, Option<Place>)>,
    ) -> Self {
        let mended = Envelope {
            previous: expected,
            ..envelope.clone()
        };
        Self {
            position: envelope.position,
            place: place.cloned(),
            before,
            // The envelope was decoded, so it can be encoded.
            mended_link: mended.encode().ok().map(|bytes| chain.link(&bytes)),
        }
    }

    /// Whether the record after it, which names `previous`, shows that its own `previous` was altered.
    pub(crate) fn is_cleared_by(&self, previous: Link) -> bool {
        self.mended_link == Some(previous)
    }

    /// The fault, once the record after it is known: `own_link` says whether that one cleared the record before.
    pub(crate) fn settle(self, own_link: bool) -> (Position, Option<Place>, Finding) {
        match self.before {
            Some((position, place)) if !own_link => (position, place, Finding::EnvelopeAltered),
            Some(_) | None => (self.position, self.place, Finding::PreviousAltered),
        }
    }
}
