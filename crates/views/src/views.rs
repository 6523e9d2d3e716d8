use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sabt_chain::frame::RecordView;
use sabt_chain::{Kind, LedgerName, Size};
use sabt_vault::Vault;

use crate::error::{FoldError, OpenError, ViewsError};
use crate::fold::Fold;
use crate::keys::{META_ERASURE, META_UNFORGOTTEN};
use crate::load::WriterAccess;
use crate::meta::{Found, Mark, Marks, first_batch, inspect};
use crate::registry_keys::RegistryKeys;
use crate::store::{
    Batch, Snapshot, Store, StoreDigest, StoreError, Table, digest, digest_of, visit_prefix,
};

/// The read models of a registry.
///
/// `Send` and `Sync`: one thread folds, any number read. A reader sees whole batches and does not wait for the
/// fold, except where the engine says so.
pub struct Views {
    pub(crate) store: Box<dyn Store>,
    pub(crate) keys: RegistryKeys,
    /// Held for the length of a fold.
    fold: Mutex<Health>,
    /// Held for a moment, so that asking for the position never waits for a fold.
    marks: Mutex<Marks>,
    /// Corrections that wait to be acknowledged.
    open_corrections: AtomicU64,
    /// Erasures of events that are recorded.
    erasures: AtomicU64,
}

/// Whether the fold may go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Health {
    Sound,
    /// A write failed: memory and store may differ.
    Failed,
}

impl Views {
    /// Opens the views in a store, or begins them in an empty one.
    ///
    /// `registry` is the name before `/events` and `/disclosures` in the origins. The returned
    /// [`WriterAccess`] is the only one there is for these views: the server hands it to its writer.
    ///
    /// # Errors
    /// [`OpenError`]; see [`OpenError::needs_rebuild`].
    pub fn open(
        store: Box<dyn Store>,
        vault: Arc<Vault>,
        registry: &str,
    ) -> Result<(Self, WriterAccess), OpenError> {
        let keys = RegistryKeys::new(vault, registry)?;
        let found = inspect(&*store.snapshot()?, &keys.index_fingerprint())?;
        let marks = match found {
            Found::Loading => return Err(OpenError::Unfinished),
            Found::Whole => read_marks(&*store.snapshot()?)?,
            Found::Empty => {
                let marks = genesis(&keys);
                store.apply(first_batch(&marks, &keys.index_fingerprint(), false))?;
                marks
            }
        };
        Ok((Self::assemble(store, keys, marks)?, WriterAccess::only()))
    }

    /// How far the views have come.
    pub fn marks(&self) -> Marks {
        *self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of events folded: what an answer given now reflects, or more.
    pub fn position(&self) -> Size {
        self.marks().events.size
    }

    /// Folds records of the events ledger, whole acts in order; what was folded before is skipped. The rows and
    /// the new position are applied in one batch.
    ///
    /// Returns the number of events folded. The caller chooses how much a call holds: a frame for freshness, some 1,000 to 10,000 records for speed.
    ///
    /// # Errors
    /// [`FoldError`]; nothing of the call was applied. After a failed write every later call is refused
    /// ([`FoldError::Latched`]).
    pub fn fold_events<'a>(
        &self,
        records: impl IntoIterator<Item = RecordView<'a>>,
    ) -> Result<Size, FoldError> {
        self.fold(LedgerName::Events, &records.into_iter().collect::<Vec<_>>())
    }

    /// Folds records of the disclosures ledger, as [`Views::fold_events`] does events. Returns the number of
    /// disclosures folded.
    ///
    /// # Errors
    /// As [`Views::fold_events`].
    pub fn fold_disclosures<'a>(
        &self,
        records: impl IntoIterator<Item = RecordView<'a>>,
    ) -> Result<Size, FoldError> {
        let records: Vec<_> = records.into_iter().collect();
        self.fold(LedgerName::Disclosures, &records)
    }

    /// Identity of everything in the views. Reads it all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn digest(&self) -> Result<StoreDigest, StoreError> {
        digest(&*self.store.snapshot()?)
    }

    /// Identity of what was folded from the events ledger alone: no answer and no refusal changes it. Reads it all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn events_digest(&self) -> Result<StoreDigest, StoreError> {
        let tables = [
            Table::History,
            Table::Names,
            Table::Documents,
            Table::Acts,
            Table::Governance,
            Table::Disputed,
            Table::Claims,
            Table::Claimants,
            Table::Biometrics,
            Table::Sites,
            Table::Work,
        ];
        digest_of(&*self.store.snapshot()?, &tables)
    }

    /// Makes everything folded so far survive a power loss. Not needed for correctness: what is missing is folded
    /// again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn persist(&self) -> Result<(), StoreError> {
        self.store.persist()
    }

    /// Whether rows were erased that the engine's files may still hold: [`Views::forget`] is still to be called. It stays
    /// true over a restart.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remembers(&self) -> Result<bool, StoreError> {
        let snapshot = self.store.snapshot()?;
        Ok(snapshot.get(Table::Meta, META_UNFORGOTTEN)?.is_some())
    }

    /// Writes the store anew, so that nothing of what was erased is left in a file of the engine. Nothing is folded
    /// meanwhile.
    ///
    /// # Errors
    /// [`FoldError`]; after a failure every later fold is refused, and the next start tries again.
    pub fn forget(&self) -> Result<(), FoldError> {
        let Ok(mut health) = self.fold.lock() else {
            return Err(FoldError::Latched);
        };
        if *health == Health::Failed {
            return Err(FoldError::Latched);
        }
        // Set back at the end: an error on the way leaves the store as only the next start can find out.
        *health = Health::Failed;
        self.store.rewrite()?;
        let mut forgotten = Batch::new();
        forgotten.delete(Table::Meta, META_UNFORGOTTEN);
        self.store.apply(forgotten)?;
        self.store.persist()?;
        *health = Health::Sound;
        Ok(())
    }

    /// How many notices of corrections wait to be acknowledged. Tells of nobody.
    pub fn open_corrections_count(&self) -> u64 {
        self.open_corrections.load(Ordering::Relaxed)
    }

    /// How many erasures of events are recorded. Tells of nobody.
    pub fn erasures_count(&self) -> u64 {
        self.erasures.load(Ordering::Relaxed)
    }

    pub(crate) fn assemble(
        store: Box<dyn Store>,
        keys: RegistryKeys,
        marks: Marks,
    ) -> Result<Self, StoreError> {
        let count = |table, prefix: &[u8]| {
            let mut count = 0;
            visit_prefix(&*store.snapshot()?, table, prefix, |_entry| {
                count += 1;
                Ok::<_, StoreError>(true)
            })?;
            Ok::<u64, StoreError>(count)
        };
        let open = count(Table::Notices, &[])?;
        let erasures = count(Table::Meta, META_ERASURE)?;
        Ok(Self {
            store,
            keys,
            fold: Mutex::new(Health::Sound),
            marks: Mutex::new(marks),
            open_corrections: AtomicU64::new(open),
            erasures: AtomicU64::new(erasures),
        })
    }

    fn fold(&self, ledger: LedgerName, records: &[RecordView<'_>]) -> Result<Size, FoldError> {
        // A fold that panicked may have written or not: as after a failed write, only the store knows.
        let Ok(mut health) = self.fold.lock() else {
            return Err(FoldError::Latched);
        };
        if *health == Health::Failed {
            return Err(FoldError::Latched);
        }
        let before = *self.marks().of(ledger);
        let mut batch = Batch::new();
        let (after, (opened, closed)) = {
            let base = self.store.snapshot()?;
            let after = Fold::new(&self.keys, ledger, before, &*base, &mut batch).run(records)?;
            (after, notices_changed(&*base, &batch)?)
        };
        if after != before {
            after.put(ledger, &mut batch);
            let new = records.iter().filter(|record| {
                record.envelope.kind == Kind::Erasure
                    && before.size.next_position() <= record.envelope.position
            });
            let erasures = new.count() as u64;
            if erasures != 0 {
                batch.put(Table::Meta, META_UNFORGOTTEN, []);
            }
            if let Err(error) = self.store.apply(batch) {
                *health = Health::Failed;
                tracing::error!(%ledger, size = before.size.get(), %error, "the views stop");
                return Err(error.into());
            }
            let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
            *marks.of_mut(ledger) = after;
            self.open_corrections.fetch_add(opened, Ordering::Relaxed);
            self.open_corrections.fetch_sub(closed, Ordering::Relaxed);
            if ledger == LedgerName::Events {
                self.erasures.fetch_add(erasures, Ordering::Relaxed);
            }
        }
        Ok(after.size)
    }
}

/// How many notices a batch opens and closes.
fn notices_changed(base: &dyn Snapshot, batch: &Batch) -> Result<(u64, u64), StoreError> {
    let (mut opened, mut closed) = (0, 0);
    for (key, change) in batch.changes(Table::Notices) {
        let was_open = base.get(Table::Notices, key)?.is_some();
        opened += u64::from(!was_open && change.is_some());
        closed += u64::from(was_open && change.is_none());
    }
    Ok((opened, closed))
}

impl fmt::Debug for Views {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Views")
            .field("marks", &self.marks())
            .finish_non_exhaustive()
    }
}

pub(crate) fn genesis(keys: &RegistryKeys) -> Marks {
    Marks {
        events: Mark::genesis(keys.of(LedgerName::Events).chain()),
        disclosures: Mark::genesis(keys.of(LedgerName::Disclosures).chain()),
    }
}

pub(crate) fn read_marks(snapshot: &dyn Snapshot) -> Result<Marks, ViewsError> {
    Ok(Marks {
        events: Mark::read(snapshot, LedgerName::Events)?,
        disclosures: Mark::read(snapshot, LedgerName::Disclosures)?,
    })
}
