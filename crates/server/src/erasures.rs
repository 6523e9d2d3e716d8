//! Which payloads the records of a ledger say were erased.

use prost::{DecodeError, Message as _};
use sabt_chain::frame::RecordView;
use sabt_chain::{Kind, Position};
use sabt_domain::succession::Carried;
use sabt_proto::event::v1::{Anchor, Erasure};

/// Reads erasure records, those that were carried over from another ledger included. It must see every record that is
/// no event from the first on.
#[derive(Debug, Default)]
pub(crate) struct Erasures {
    carried: Carried,
}

impl Erasures {
    /// Positions, in this ledger, of the payloads that a record says were erased; of a record that is no erasure, none.
    /// A record whose payload cannot be read erases nothing: what it should have explained then shows.
    pub(crate) fn of(&mut self, record: &RecordView<'_>) -> Vec<Position> {
        self.read(record).unwrap_or_default()
    }

    /// The same for whoever has to know that a record cannot be read.
    pub(crate) fn read(&mut self, record: &RecordView<'_>) -> Result<Vec<Position>, DecodeError> {
        let position = record.envelope.position.get();
        match record.envelope.kind {
            Kind::Anchor => {
                if let Ok(anchor) = Anchor::decode(record.sealed) {
                    self.carried.take(position, &anchor);
                }
                Ok(Vec::new())
            }
            Kind::Erasure => {
                let shift = self.carried.shift(position);
                let named = Erasure::decode(record.sealed)?.positions;
                let here = named
                    .into_iter()
                    .map(|named| Position::new(named.saturating_add(shift)));
                Ok(here.collect())
            }
            Kind::Event | Kind::Governance => Ok(Vec::new()),
        }
    }
}
