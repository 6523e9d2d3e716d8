//! The 64 bytes of one slot.
//!
//! ```text
//! 0 state u8 | 1 version u8 | 2 wrapped key 60 (nonce 12, key 32, tag 16) | 62 zeros
//! ```
//!
//! An empty slot is all zeros, a destroyed one is zeros after its first two bytes: no single
//! altered byte turns one state into another without leaving bytes that fit neither.

use crate::kek::{WRAPPED_BYTES, WrappedKey};

/// Length of a slot. Eight of them fill a sector, so that a slot is never half written.
pub(crate) const SLOT_BYTES: usize = 64;

const VERSION: u8 = 1;
const LIVE: u8 = 1;
const DESTROYED: u8 = 2;
const WRAPPED_AT: usize = 2;
const WRAPPED_END: usize = WRAPPED_AT + WRAPPED_BYTES;

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Empty,
    Live(WrappedKey),
    Destroyed,
}

impl Slot {
    pub(crate) fn encode(self) -> [u8; SLOT_BYTES] {
        let mut bytes = [0; SLOT_BYTES];
        match self {
            Self::Empty => {}
            Self::Live(wrapped) => {
                bytes[..WRAPPED_AT].copy_from_slice(&[LIVE, VERSION]);
                bytes[WRAPPED_AT..WRAPPED_END].copy_from_slice(wrapped.as_bytes());
            }
            Self::Destroyed => bytes[..WRAPPED_AT].copy_from_slice(&[DESTROYED, VERSION]),
        }
        bytes
    }

    /// The slot in these bytes, or `None` if they are none.
    pub(crate) fn decode(bytes: &[u8; SLOT_BYTES]) -> Option<Self> {
        let mut wrapped = [0; WRAPPED_BYTES];
        wrapped.copy_from_slice(&bytes[WRAPPED_AT..WRAPPED_END]);
        let slot = match (bytes[0], bytes[1]) {
            (0, 0) => Self::Empty,
            (LIVE, VERSION) => Self::Live(WrappedKey::from_bytes(wrapped)),
            (DESTROYED, VERSION) => Self::Destroyed,
            (_, _) => return None,
        };
        // Whatever does not encode back to the same bytes holds something where zeros belong.
        (slot.encode() == *bytes).then_some(slot)
    }
}
