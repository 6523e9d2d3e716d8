//! Values of the view tables, the one place that knows their encoding.
//!
//! bincode 2.0.1, native derive: the smallest and fastest of the codecs measured. Its maintenance has ended and it
//! cannot evolve a schema, so nothing here may outlive a view version: a change of any type in this module raises
//! [`VIEW_VERSION`](crate::VIEW_VERSION), and the views are rebuilt. The ledger and the wire never hold it.
//! Another codec takes its place by changing [`encode`] and [`decode`] and the derives.

use bincode::config::{Configuration, Limit};
use bincode::{BorrowDecode, Decode, Encode};
use sabt_chain::Timestamp;

use crate::store::{Table, VALUE_BYTES_MAX};

/// Index entries one event may cause. A person has at most a few tens of names, each with a few
/// search keys, and an act at most a few documents.
pub const POSTINGS_MAX: usize = 1_024;

const CONFIG: Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    Limit<VALUE_BYTES_MAX>,
> = bincode::config::standard().with_limit::<VALUE_BYTES_MAX>();

/// Bytes that a row without a payload takes at most, but for lists.
const ROW_BYTES: usize = 96;

/// A value of a view table.
pub(crate) trait Value: Encode + Decode<()> {
    /// About how many bytes it takes, so that they are allocated once.
    fn bytes_expected(&self) -> usize {
        ROW_BYTES
    }
}

impl Value for HistoryRow {
    fn bytes_expected(&self) -> usize {
        ROW_BYTES + self.sealed.len() + self.postings.len() * size_of::<Posting>()
    }
}

impl Value for ActRow {}

impl Value for AnswerRow {
    fn bytes_expected(&self) -> usize {
        ROW_BYTES + self.sealed.len()
    }
}

impl Value for GovernanceRow {}
impl Value for DrawnRow {}
impl Value for MarkRow {}
impl Value for RosterRow {}
/// Records of each layer that was carried over from a ledger that was succeeded.
impl Value for Vec<u64> {}

/// A stored value does not decode: its file is damaged. The remedy is a rebuild.
#[derive(Debug, thiserror::Error)]
#[error("a value of table {} of the views does not decode: rebuild the views", table.name())]
pub struct ValueError {
    /// The table it stands in.
    pub table: Table,
    #[source]
    source: bincode::error::DecodeError,
}

/// The value of [`Table::History`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct HistoryRow {
    /// When the registry received it: microseconds UTC.
    pub(crate) recorded_at: i64,
    pub(crate) act_id: [u8; 16],
    pub(crate) part: u8,
    /// The payload as sealed in the ledger; empty once it can never be opened again.
    pub(crate) sealed: Vec<u8>,
    /// Index entries this event caused, so that erasure finds them.
    pub(crate) postings: Vec<Posting>,
}

/// A [`HistoryRow`] as reading a life wants it: in place.
#[derive(BorrowDecode)]
pub(crate) struct HistoryView<'row> {
    pub(crate) recorded_at: i64,
    pub(crate) act_id: [u8; 16],
    pub(crate) part: u8,
    pub(crate) sealed: &'row [u8],
    _postings: Vec<Posting>,
}

impl<'row> HistoryView<'row> {
    /// Of a row in a table of lives.
    pub(crate) fn of(table: Table, row: &'row [u8]) -> Result<Self, ValueError> {
        whole(table, row, bincode::borrow_decode_from_slice(row, CONFIG))
    }
}

impl HistoryRow {
    /// The row of an event that nobody can read: erased, or its key destroyed.
    pub(crate) fn blank(recorded_at: Timestamp, act_id: [u8; 16], part: u8) -> Self {
        Self {
            recorded_at: recorded_at.as_micros(),
            act_id,
            part,
            sealed: Vec::new(),
            postings: Vec::new(),
        }
    }
}

/// One entry of a blind index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub(crate) enum Posting {
    Name([u8; 16]),
    Document([u8; 16]),
    /// The event says that a fact is contested.
    Dispute,
    /// The person who lodged a claim to asylum.
    Claimant([u8; 16]),
    /// The person's part in a campaign, by the blinded campaign.
    Campaign([u8; 16], RosterRow),
    /// The officer that the person was declared to be.
    Officer([u8; 16]),
    /// The person whose a biometric reference is.
    Biometric([u8; 16]),
    /// A time limit may end in this blinded month.
    Clock([u8; 16]),
    /// A site to which the person came.
    Site([u8; 16]),
    /// An office that took the service case.
    Work([u8; 16]),
}

/// The value of [`Table::Rosters`]: what one record says of a person's part in a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub(crate) struct RosterRow {
    /// First day the fact may mean, as days since 1970-01-01.
    pub(crate) day: i32,
    /// When the registry received it: microseconds UTC.
    pub(crate) recorded_at: i64,
    /// The office that handled it, blinded.
    pub(crate) office: [u8; 16],
    /// Whether the person was observed not to take part. Why, nobody reads here.
    pub(crate) absent: bool,
}

/// The value of [`Table::Acts`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct ActRow {
    /// Position of part 0.
    pub(crate) position: u64,
    pub(crate) recorded_at: i64,
    /// What the author signed in place of the act, if part 0 has authorship.
    pub(crate) commitment: Option<[u8; 32]>,
    /// Ordinal of each part's subject, in part order; 0 for the registry itself.
    pub(crate) ordinals: Vec<u64>,
}

/// The value of [`Table::Governance`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct GovernanceRow {
    pub(crate) recorded_at: i64,
    pub(crate) act_id: [u8; 16],
    pub(crate) part: u8,
    /// The payload, in the clear.
    pub(crate) payload: Vec<u8>,
}

/// The value of [`Table::Answers`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct AnswerRow {
    pub(crate) recorded_at: i64,
    pub(crate) act_id: [u8; 16],
    /// Ordinal of the subject it is about; 0 for nobody.
    pub(crate) subject: u64,
    /// The payload as sealed under an audit key in the ledger; empty once its retention has ended.
    pub(crate) sealed: Vec<u8>,
    /// Whether that is an audit key of the asylum compartment.
    pub(crate) compartment: bool,
}

/// The value of [`Table::Drawn`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct DrawnRow {
    pub(crate) recorded_at: i64,
    /// Agency that looked, blinded.
    pub(crate) agency: [u8; 16],
    /// True if the look-up was made on an emergency grant.
    pub(crate) emergency: bool,
}

/// How far one ledger has been folded; stands in [`Table::Meta`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct MarkRow {
    /// Number of records folded.
    pub(crate) size: u64,
    /// Link of the last of them, or the first `previous` of the ledger.
    pub(crate) link: [u8; 32],
    /// Largest ordinal met in the ledger.
    pub(crate) highest_ordinal: u64,
    /// Largest ordinal of a claim to asylum met in the ledger.
    pub(crate) highest_claim: u64,
}

pub(crate) fn encode(value: &impl Value) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(value.bytes_expected());
    // Encoding plain structs into memory has no way to fail but the limit, and the sizes were bounded before.
    #[expect(clippy::expect_used, reason = "sizes are bounded by the fold")]
    bincode::encode_into_std_write(value, &mut bytes, CONFIG)
        .expect("a view value within its limits encodes");
    bytes
}

pub(crate) fn decode<T: Value>(table: Table, bytes: &[u8]) -> Result<T, ValueError> {
    whole(table, bytes, bincode::decode_from_slice(bytes, CONFIG))
}

/// What was decoded, if nothing is left over.
fn whole<T>(
    table: Table,
    bytes: &[u8],
    decoded: Result<(T, usize), bincode::error::DecodeError>,
) -> Result<T, ValueError> {
    let (value, read) = decoded.map_err(|source| ValueError { table, source })?;
    if read == bytes.len() {
        Ok(value)
    } else {
        let source = bincode::error::DecodeError::Other("bytes are left over");
        Err(ValueError { table, source })
    }
}

#[cfg(test)]
mod tests;
