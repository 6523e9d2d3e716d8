//! Keys of the view tables. Numbers stand big-endian, so that key order is number order.

use sabt_domain::fact::OfficeCode;
use sabt_vault::ordinal::SubjectOrdinal;

use crate::blind::{BLIND_BYTES, Blind};

/// Bytes of an ordinal or a position in a key.
const NUMBER_BYTES: usize = 8;

/// Bytes of a key that an ordinal and a position make.
const LIFE_KEY_BYTES: usize = 2 * NUMBER_BYTES;

/// Key of the view version in [`Table::Meta`](crate::store::Table::Meta): a big-endian u32, readable whatever the
/// encoding of the other values.
pub(crate) const META_VERSION: &[u8] = b"version";

/// Key of the fingerprint of the index key.
pub(crate) const META_INDEX_KEY: &[u8] = b"index key";

/// Key that stands while a rebuild has not come to its end.
pub(crate) const META_LOADING: &[u8] = b"loading";

/// Key that stands while the engine's files may still hold rows that were erased.
pub(crate) const META_UNFORGOTTEN: &[u8] = b"unforgotten";

/// Key of how many records the events ledger has carried over from those that it succeeds; missing if it succeeds none.
pub(crate) const META_EVENTS_CARRIED: &[u8] = b"events carried";

/// The same of the disclosures ledger.
pub(crate) const META_DISCLOSURES_CARRIED: &[u8] = b"disclosures carried";

/// Key of the mark of the events ledger.
pub(crate) const META_EVENTS: &[u8] = b"events";

/// Key of the mark of the disclosures ledger.
pub(crate) const META_DISCLOSURES: &[u8] = b"disclosures";

/// What stands before the code of an office in the key of its agency.
const META_OFFICE: &[u8] = b"office ";

/// What stands before the position of an erasure in its key in [`Table::Meta`](crate::store::Table::Meta).
pub(crate) const META_ERASURE: &[u8] = b"erasure ";

/// The key in [`Table::Meta`](crate::store::Table::Meta) that says that an erasure of events is recorded.
pub(crate) fn erasure_key(position: u64) -> Vec<u8> {
    [META_ERASURE, &position.to_be_bytes()].concat()
}

/// `ordinal || position`: the key of a record in a subject's life.
pub(crate) fn life_key(subject: SubjectOrdinal, position: u64) -> [u8; LIFE_KEY_BYTES] {
    let mut key = [0; LIFE_KEY_BYTES];
    let (high, low) = key.split_at_mut(NUMBER_BYTES);
    high.copy_from_slice(&life_prefix(subject));
    low.copy_from_slice(&position.to_be_bytes());
    key
}

/// The prefix of everything in a subject's life.
pub(crate) fn life_prefix(subject: SubjectOrdinal) -> [u8; NUMBER_BYTES] {
    subject.get().to_be_bytes()
}

/// The position in a [`life_key`], or `None` if it is not one.
pub(crate) fn life_position(key: &[u8]) -> Option<u64> {
    let (_ordinal, position) = split_life(key)?;
    Some(position)
}

/// The subject in a [`life_key`], or `None` if it is not one.
pub(crate) fn life_subject(key: &[u8]) -> Option<SubjectOrdinal> {
    let (ordinal, _position) = split_life(key)?;
    SubjectOrdinal::new(ordinal)
}

/// `blinded value || ordinal || position`: the key of an index entry.
pub(crate) fn index_key(blind: &Blind, subject: SubjectOrdinal, position: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(BLIND_BYTES + LIFE_KEY_BYTES);
    key.extend_from_slice(blind);
    key.extend_from_slice(&life_key(subject, position));
    key
}

/// The subject of an [`index_key`], or `None` if it is not one.
pub(crate) fn index_subject(key: &[u8]) -> Option<SubjectOrdinal> {
    life_subject(key.get(BLIND_BYTES..)?)
}

/// `blinded value || position || ordinal`: the key of an entry that stands in the order of records.
pub(crate) fn ordered_key(blind: &Blind, position: u64, subject: SubjectOrdinal) -> Vec<u8> {
    [
        blind.as_slice(),
        &position.to_be_bytes(),
        &life_prefix(subject),
    ]
    .concat()
}

/// The position and the subject of an [`ordered_key`], or `None` if it is not one.
pub(crate) fn ordered(key: &[u8]) -> Option<(u64, SubjectOrdinal)> {
    let (position, ordinal) = split_life(key.get(BLIND_BYTES..)?)?;
    Some((position, SubjectOrdinal::new(ordinal)?))
}

/// `blinded value || position`: the key of a disclosure under a blinded subject.
pub(crate) fn blind_position_key(blind: &Blind, position: u64) -> Vec<u8> {
    [blind.as_slice(), &position.to_be_bytes()].concat()
}

/// The position in a [`blind_position_key`], or `None` if it is not one.
pub(crate) fn blind_position(key: &[u8]) -> Option<u64> {
    position_of(key.get(BLIND_BYTES..)?)
}

/// The key in [`Table::Meta`](crate::store::Table::Meta) of the agency that an office belongs to.
pub(crate) fn office_key(office: &OfficeCode) -> Vec<u8> {
    [META_OFFICE, office.as_str().as_bytes()].concat()
}

/// How a recipient stands to a correction, by one disclosure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Recipience {
    /// Position of the correction.
    pub(crate) correction: u64,
    pub(crate) recipient: Blind,
    /// [`Recipience::TOLD`] or [`Recipience::ACKNOWLEDGED`].
    pub(crate) kind: u8,
    /// Position of the disclosure.
    pub(crate) disclosure: u64,
}

impl Recipience {
    /// The disclosure told what was corrected.
    pub(crate) const TOLD: u8 = 0;
    /// The disclosure acknowledged the correction, or delivered it by a feed.
    pub(crate) const ACKNOWLEDGED: u8 = 1;

    /// Reads a [`recipient_key`]; `None` if it is not one.
    pub(crate) fn of(key: &[u8]) -> Option<Self> {
        let (life, rest) = key.split_at_checked(LIFE_KEY_BYTES)?;
        let (recipient, rest) = rest.split_at_checked(BLIND_BYTES)?;
        let (kind, disclosure) = rest.split_first()?;
        Some(Self {
            correction: life_position(life)?,
            recipient: recipient.try_into().ok()?,
            kind: *kind,
            disclosure: position_of(disclosure)?,
        })
    }
}

/// `ordinal || position || recipient`: the prefix of what a recipient was told of a correction.
pub(crate) fn recipient_prefix(
    subject: SubjectOrdinal,
    correction: u64,
    recipient: &Blind,
) -> Vec<u8> {
    [&life_key(subject, correction), recipient.as_slice()].concat()
}

/// `ordinal || position || recipient || kind || position in disclosures`.
pub(crate) fn recipient_key(subject: SubjectOrdinal, recipience: &Recipience) -> Vec<u8> {
    let mut key = recipient_prefix(subject, recipience.correction, &recipience.recipient);
    key.push(recipience.kind);
    key.extend_from_slice(&position_key(recipience.disclosure));
    key
}

/// Where an open notice stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NoticePlace {
    /// Position of the correction.
    pub(crate) correction: u64,
    pub(crate) subject: SubjectOrdinal,
}

impl NoticePlace {
    /// Reads a [`notice_key`]; `None` if it is not one.
    pub(crate) fn of(key: &[u8]) -> Option<Self> {
        let (correction, ordinal) = split_life(key.get(BLIND_BYTES..)?)?;
        Some(Self {
            correction,
            subject: SubjectOrdinal::new(ordinal)?,
        })
    }
}

/// `recipient || position || ordinal`: the key of an open notice, so that a recipient's stand in the order of the
/// corrections.
pub(crate) fn notice_key(recipient: &Blind, correction: u64, subject: SubjectOrdinal) -> Vec<u8> {
    [
        recipient.as_slice(),
        &position_key(correction),
        &life_prefix(subject),
    ]
    .concat()
}

/// The position of a record as a key of its own.
pub(crate) fn position_key(position: u64) -> [u8; NUMBER_BYTES] {
    position.to_be_bytes()
}

/// The position in a [`position_key`], or `None` if it is not one.
pub(crate) fn position_of(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.try_into().ok()?))
}

fn split_life(key: &[u8]) -> Option<(u64, u64)> {
    let key: &[u8; LIFE_KEY_BYTES] = key.try_into().ok()?;
    let (high, low) = key.split_at(NUMBER_BYTES);
    Some((position_of(high)?, position_of(low)?))
}

#[cfg(test)]
mod tests;
