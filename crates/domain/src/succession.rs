//! Records that a ledger has carried over from the ledger it succeeds.
//!
//! Record 0 of a ledger that succeeds another one says so, and how many records of the old ledger follow it: record *p*
//! of the old ledger is record *p* + 1 of the new one. What these records say of positions was said in the old ledger
//! and counts there. A ledger that was succeeded may itself have succeeded one, so layers nest: the second layer's own
//! record 0 is carried to position 1, the third's to position 2.

use sabt_proto::event::v1::Anchor;

/// How far the layers of carried records reach. Layer *n* begins with the record after position *n*.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carried {
    /// Records of each layer, the outermost first.
    layers: Vec<u64>,
}

impl Carried {
    /// Of these numbers of records, as [`Carried::layers`] gives them.
    pub const fn of_layers(layers: Vec<u64>) -> Self {
        Self { layers }
    }

    /// How many records each layer has, the outermost first.
    pub fn layers(&self) -> &[u64] {
        &self.layers
    }

    /// Takes notice of the anchor at a position; true if it begins a layer. Positions come in order.
    pub fn take(&mut self, position: u64, anchor: &Anchor) -> bool {
        let depth = u64::try_from(self.layers.len()).unwrap_or(u64::MAX);
        let Some(succession) = &anchor.succession else {
            return false;
        };
        // Only where every record before it began a layer too; the first layer holds all the others.
        let nested = self
            .layers
            .last()
            .is_none_or(|outer| succession.carried < *outer);
        let begins = position == depth && nested;
        if begins {
            self.layers.push(succession.carried);
        }
        begins
    }

    /// By how much a position that the record at `position` names has moved since it was named.
    pub fn shift(&self, position: u64) -> u64 {
        let holds = |(begin, carried): &(u64, &u64)| {
            let end = begin.saturating_add(**carried);
            *begin < position && position <= end
        };
        let layers = (0_u64..).zip(&self.layers).filter(holds).count();
        u64::try_from(layers).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests;
