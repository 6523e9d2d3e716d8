//! How far a ledger has come.

use crate::tree::Frontier;
use crate::{Chain, Hash, Link, Position, Size, Timestamp};

/// Everything the next record of a ledger is checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerState {
    /// The Merkle tree over all records so far.
    pub frontier: Frontier,
    /// Link of the last record, or what the chain derives from the origin before the first.
    pub link: Link,
    /// When the last record was recorded; `None` before the first.
    pub recorded_at: Option<Timestamp>,
}

impl LedgerState {
    /// Of a ledger without records.
    pub fn genesis(chain: &Chain) -> Self {
        Self {
            frontier: Frontier::new(),
            link: chain.genesis(),
            recorded_at: None,
        }
    }

    /// How many records there are.
    pub const fn size(&self) -> Size {
        self.frontier.size()
    }

    /// The position that the next record takes.
    pub const fn next_position(&self) -> Position {
        self.frontier.size().next_position()
    }

    /// Root of the Merkle tree over all records so far.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }
}
