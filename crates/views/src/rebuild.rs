use std::sync::Arc;

use sabt_chain::LedgerName;
use sabt_chain::frame::RecordView;
use sabt_vault::Vault;

use crate::error::{FoldError, OpenError};
use crate::fold::Fold;
use crate::keys::META_LOADING;
use crate::load::WriterAccess;
use crate::meta::{Found, Marks, first_batch, inspect};
use crate::registry_keys::RegistryKeys;
use crate::store::{Batch, Store, StoreError, Table};
use crate::views::{Views, genesis, read_marks};

/// Bytes of rows gathered in memory before they are loaded, each key once and in order. With the maps' own overhead
/// about 150 MiB in all; at some 700 bytes an event a run holds about 90,000 events.
const RUN_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Fills an empty store from position 0 of both ledgers, faster than the fold of a serving registry does.
///
/// Rows are gathered, sorted and loaded table by table; the marks follow last. Loading is not atomic, but every row
/// is determined by the records alone, so what an interruption left behind is only written again. Until
/// [`Rebuild::finish`] the store cannot be opened as views. An interrupted rebuild goes on from
/// [`Rebuild::marks`].
pub struct Rebuild {
    store: Box<dyn Store>,
    keys: RegistryKeys,
    marks: Marks,
    run: Batch,
    failed: bool,
}

impl Rebuild {
    /// Begins in an empty store, or goes on with an interrupted rebuild.
    ///
    /// # Errors
    /// [`OpenError`]; [`OpenError::Finished`] where the store holds finished views.
    pub fn begin(
        store: Box<dyn Store>,
        vault: Arc<Vault>,
        registry: &str,
    ) -> Result<Self, OpenError> {
        let keys = RegistryKeys::new(vault, registry)?;
        let found = inspect(&*store.snapshot()?, &keys.index_fingerprint())?;
        let marks = match found {
            Found::Whole => return Err(OpenError::Finished),
            Found::Loading => read_marks(&*store.snapshot()?)?,
            Found::Empty => {
                let marks = genesis(&keys);
                store.apply(first_batch(&marks, &keys.index_fingerprint(), true))?;
                marks
            }
        };
        Ok(Self {
            store,
            keys,
            marks,
            run: Batch::new(),
            failed: false,
        })
    }

    /// How far it has come; records before these are skipped.
    pub const fn marks(&self) -> &Marks {
        &self.marks
    }

    /// Folds records of the events ledger, whole acts in order.
    ///
    /// # Errors
    /// [`FoldError`]. After an error the rebuild cannot go on; begun again, it goes on from what was loaded.
    pub fn fold_events<'a>(
        &mut self,
        records: impl IntoIterator<Item = RecordView<'a>>,
    ) -> Result<(), FoldError> {
        self.fold(LedgerName::Events, &records.into_iter().collect::<Vec<_>>())
    }

    /// Folds records of the disclosures ledger, whole acts in order.
    ///
    /// # Errors
    /// As [`Rebuild::fold_events`].
    pub fn fold_disclosures<'a>(
        &mut self,
        records: impl IntoIterator<Item = RecordView<'a>>,
    ) -> Result<(), FoldError> {
        self.fold(
            LedgerName::Disclosures,
            &records.into_iter().collect::<Vec<_>>(),
        )
    }

    /// Loads what is left and opens the views.
    ///
    /// # Errors
    /// [`FoldError`], as [`Rebuild::fold_events`].
    pub fn finish(mut self) -> Result<(Views, WriterAccess), FoldError> {
        if self.failed {
            return Err(FoldError::Latched);
        }
        self.load()?;
        // The rows must be safe before the word that they are all there.
        self.store.persist()?;
        let mut whole = Batch::new();
        whole.delete(Table::Meta, META_LOADING);
        self.store.apply(whole)?;
        self.store.persist()?;
        let views = Views::assemble(self.store, self.keys, self.marks)?;
        Ok((views, WriterAccess::only()))
    }

    fn fold(&mut self, ledger: LedgerName, records: &[RecordView<'_>]) -> Result<(), FoldError> {
        if self.failed {
            return Err(FoldError::Latched);
        }
        // Set back at the end: an error on the way leaves the run half changed.
        self.failed = true;
        let before = *self.marks.of(ledger);
        let after = {
            let base = self.store.snapshot()?;
            Fold::new(&self.keys, ledger, before, &*base, &mut self.run).run(records)?
        };
        *self.marks.of_mut(ledger) = after;
        if RUN_BYTES_MAX <= self.run.bytes() {
            self.load()?;
        }
        self.failed = false;
        Ok(())
    }

    /// Loads the run, then the marks that cover it.
    pub(crate) fn load(&mut self) -> Result<(), StoreError> {
        let mut run = std::mem::take(&mut self.run);
        for table in Table::ALL {
            // A table from which erasure takes something away goes through the batch below.
            if let Some(entries) = run.take_puts(table) {
                self.store.bulk_load(table, &mut entries.into_iter())?;
            }
        }
        self.marks.events.put(LedgerName::Events, &mut run);
        self.marks
            .disclosures
            .put(LedgerName::Disclosures, &mut run);
        self.store.apply(run)?;
        tracing::debug!(
            events = self.marks.events.size.get(),
            disclosures = self.marks.disclosures.size.get(),
            "loaded a run of rows"
        );
        Ok(())
    }
}
