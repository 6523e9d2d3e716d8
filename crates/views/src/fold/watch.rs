use super::Fold;
use crate::error::ViewsError;
use crate::keys::position_key;
use crate::store::Table;
use crate::value::{self, DrawnRow};

impl Fold<'_> {
    /// A look-up was drawn; it waits unless it has been justified.
    pub(super) fn note_drawn(&mut self, position: u64, drawn: &DrawnRow) -> Result<(), ViewsError> {
        let key = position_key(position);
        if self.current(Table::Justified, &key)?.is_none() {
            self.batch.put(Table::Drawn, key, value::encode(drawn));
        }
        Ok(())
    }

    /// A look-up was justified.
    pub(super) fn note_justified(
        &mut self,
        disclosure: u64,
        justification: u64,
    ) -> Result<(), ViewsError> {
        let key = position_key(disclosure);
        self.batch
            .put(Table::Justified, key, position_key(justification));
        self.forget_drawn(disclosure)
    }

    /// A look-up waits no longer.
    pub(super) fn forget_drawn(&mut self, disclosure: u64) -> Result<(), ViewsError> {
        let key = position_key(disclosure);
        if self.current(Table::Drawn, &key)?.is_some() {
            self.batch.delete(Table::Drawn, key);
        }
        Ok(())
    }
}
