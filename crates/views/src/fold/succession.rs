use sabt_chain::{LedgerName, Position};
use sabt_domain::succession::Carried;
use sabt_proto::event::v1::Anchor;

use super::Fold;
use crate::error::ViewsError;
use crate::keys::{META_DISCLOSURES_CARRIED, META_EVENTS_CARRIED};
use crate::store::Table;
use crate::value;

impl Fold<'_> {
    /// Takes notice of an anchor that says which ledger this one succeeds.
    pub(super) fn note_succession(
        &mut self,
        position: u64,
        anchor: &Anchor,
    ) -> Result<(), ViewsError> {
        if anchor.succession.is_none() {
            return Ok(());
        }
        let mut carried = self.carried()?;
        if carried.take(position, anchor) {
            let layers = value::encode(&carried.layers().to_vec());
            self.batch.put(Table::Meta, self.carried_key(), layers);
        }
        Ok(())
    }

    /// By how much the positions have moved that the record at `position` names.
    pub(super) fn shift(&self, position: Position) -> Result<u64, ViewsError> {
        Ok(self.carried()?.shift(position.get()))
    }

    fn carried(&self) -> Result<Carried, ViewsError> {
        match self.current(Table::Meta, self.carried_key())? {
            None => Ok(Carried::default()),
            Some(layers) => Ok(Carried::of_layers(value::decode(Table::Meta, &layers)?)),
        }
    }

    const fn carried_key(&self) -> &'static [u8] {
        match self.ledger {
            LedgerName::Events => META_EVENTS_CARRIED,
            LedgerName::Disclosures => META_DISCLOSURES_CARRIED,
        }
    }
}
