//! The events that every peer is given: as large as a registration usually is, and of as many subjects.

/// Bytes of an event.
pub const EVENT_BYTES: usize = 400;

/// Events in a request of a bulk load.
pub const BULK_EVENTS: usize = 100;

/// One event.
pub struct Event {
    /// Whom it is about.
    pub subject: String,
    /// What it says: bytes that do not repeat, as sealed ones do not.
    pub payload: Vec<u8>,
}

/// The event with this number. Each is about another subject, as a registration is.
pub fn event(number: usize) -> Event {
    let mut state = number as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let mut payload = Vec::with_capacity(EVENT_BYTES);
    while payload.len() < EVENT_BYTES {
        // SplitMix64 (Steele, Lea, Flood 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        payload.extend_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes());
    }
    Event {
        subject: subject(number),
        payload,
    }
}

/// Whom the event with this number is about.
pub fn subject(number: usize) -> String {
    format!("person-{number:010}")
}
