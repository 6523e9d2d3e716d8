use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, Scope};

use sabt_chain::LedgerName;
use sabt_chain::frame::{Frame, RecordView};
use sabt_vault::Vault;

use crate::error::{FoldError, OpenError};
use crate::fold::{Amended, Fold, Prepared, THREADS, joined, prepare_here};
use crate::keys::META_LOADING;
use crate::load::WriterAccess;
use crate::meta::{Found, Marks, first_batch, inspect};
use crate::registry_keys::RegistryKeys;
use crate::store::{Batch, Overlaid, Snapshot, Store, StoreError, Table};
use crate::views::{Views, genesis, read_marks};

/// Bytes of rows gathered in memory before they are loaded, each key once and in order. At some 600 bytes an event a run
/// holds about 110,000 events; with one that is being loaded meanwhile and the maps' own overhead, 250 MiB in all.
const RUN_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Portions that wait between two threads: enough that neither waits for the other's every step.
const PORTIONS_AHEAD: usize = 2;

/// Records that are read and prepared together, whole acts.
pub trait Portion: Send {
    /// The frames in their order.
    fn frames(&self) -> impl Iterator<Item = Frame<'_>> + Clone;

    /// Their records in their order.
    fn records(&self) -> Vec<RecordView<'_>> {
        let counts = self.frames().map(|frame| frame.header().count());
        let mut records = Vec::with_capacity(counts.sum::<u32>() as usize);
        records.extend(self.frames().flat_map(|frame| frame.records()));
        records
    }
}

impl Portion for Vec<Frame<'_>> {
    fn frames(&self) -> impl Iterator<Item = Frame<'_>> + Clone {
        self.iter().copied()
    }
}

/// Fills an empty store from position 0 of both ledgers, faster than the fold of a serving registry does.
///
/// Four things go on at once: portions of the ledger are read; each is prepared, opened and decoded, on one of several
/// threads; what they bring is gathered in their order; and what was gathered before is loaded into the store, each key
/// once and in order, table by table. Who was told what was corrected is made of the tables at the end. The result does not
/// depend on how many threads there are.
///
/// Loading is not atomic, but every row is determined by the records alone, so what an interruption left behind is only
/// written again; the marks follow last. Until [`Rebuild::finish`] the store cannot be opened as views. An interrupted
/// rebuild goes on from [`Rebuild::marks`].
pub struct Rebuild {
    store: Box<dyn Store>,
    keys: RegistryKeys,
    marks: Marks,
    amended: Amended,
    run: Batch,
    run_bytes_max: usize,
    threads: usize,
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
        let mut amended = Amended::default();
        let marks = match found {
            Found::Whole => return Err(OpenError::Finished),
            Found::Loading => {
                let loaded = store.snapshot()?;
                amended = Amended::of(&*loaded)?;
                read_marks(&*loaded)?
            }
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
            amended,
            run: Batch::new(),
            run_bytes_max: RUN_BYTES_MAX,
            threads: *THREADS,
            failed: false,
        })
    }

    /// With so many threads that prepare, and runs of so many bytes.
    #[cfg(test)]
    pub(crate) fn with(self, threads: usize, run_bytes_max: usize) -> Self {
        Self {
            run_bytes_max,
            threads,
            ..self
        }
    }

    /// How far it has come; records before these are skipped.
    pub const fn marks(&self) -> &Marks {
        &self.marks
    }

    /// Folds portions of one ledger in their order, and tells `progress` after each how far it has come.
    ///
    /// # Errors
    /// The first error of `portions`, or [`FoldError`]. After an error the rebuild cannot go on; begun again, it goes on
    /// from what was loaded.
    pub fn fold<P: Portion, E: From<FoldError> + Send>(
        &mut self,
        ledger: LedgerName,
        portions: impl Iterator<Item = Result<P, E>> + Send,
        progress: &mut dyn FnMut(&Marks),
    ) -> Result<(), E> {
        if self.failed {
            return Err(FoldError::Latched.into());
        }
        // Set back at the end: an error on the way leaves the run half changed.
        self.failed = true;
        let (store, keys) = (&*self.store, &self.keys);
        let gathered = thread::scope(|scope| {
            let prepared = prepare_in_turn(scope, keys, ledger, portions, self.threads);
            let mut gathering = Gathering {
                ledger,
                store,
                keys,
                run: &mut self.run,
                run_bytes_max: self.run_bytes_max,
                marks: &mut self.marks,
                amended: &mut self.amended,
                loader: Loader::start(scope, store),
            };
            for prepared in prepared.iter().cycle() {
                // Nothing more comes from one of them, so nothing more comes: they are asked in turn. Had it ended by a
                // panic, the scope would pass that on.
                let Ok(prepared) = prepared.recv() else { break };
                gathering.take(prepared?)?;
                progress(gathering.marks);
            }
            gathering.loader.wait().map_err(FoldError::from)?;
            Ok::<(), E>(())
        });
        gathered?;
        self.failed = false;
        Ok(())
    }

    /// Loads what is left, weighs corrections against all that was told, and opens the views.
    ///
    /// # Errors
    /// [`FoldError`], as [`Rebuild::fold`].
    pub fn finish(mut self) -> Result<(Views, WriterAccess), FoldError> {
        if self.failed {
            return Err(FoldError::Latched);
        }
        self.load()?;
        self.amended
            .weigh(&self.keys, &self.marks, &*self.store, self.threads)?;
        // The rows must be safe before the word that they are all there.
        self.store.persist()?;
        let mut whole = Batch::new();
        whole.delete(Table::Meta, META_LOADING);
        self.store.apply(whole)?;
        self.store.persist()?;
        let views = Views::assemble(self.store, self.keys, self.marks)?;
        Ok((views, WriterAccess::only()))
    }

    /// Loads the run, then the marks that cover it.
    pub(crate) fn load(&mut self) -> Result<(), StoreError> {
        let run = Run {
            rows: std::mem::take(&mut self.run),
            marks: self.marks,
        };
        run.load(&*self.store)
    }
}

/// Reads portions on one thread and prepares them on others, one after the other in turn; what comes of them is to be
/// taken in the same turn. An error is the last that comes.
fn prepare_in_turn<'scope, P: Portion + 'scope, E: From<FoldError> + Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    keys: &'scope RegistryKeys,
    ledger: LedgerName,
    portions: impl Iterator<Item = Result<P, E>> + Send + 'scope,
    threads: usize,
) -> Vec<Receiver<Result<Vec<Prepared>, E>>> {
    let mut readers: Vec<SyncSender<Result<P, E>>> = Vec::with_capacity(threads);
    let mut prepared = Vec::with_capacity(threads);
    for _ in 0..threads {
        let (read, to_prepare) = sync_channel::<Result<P, E>>(PORTIONS_AHEAD);
        let (done, taken) = sync_channel(PORTIONS_AHEAD);
        scope.spawn(move || {
            for portion in to_prepare {
                let rows = portion.and_then(|portion| {
                    prepare_here(keys, ledger, &portion.records()).map_err(E::from)
                });
                // Whoever takes them has given up, so nobody wants the rest.
                if done.send(rows).is_err() {
                    break;
                }
            }
        });
        readers.push(read);
        prepared.push(taken);
    }
    scope.spawn(move || {
        for (portion, reader) in portions.zip(readers.iter().cycle()) {
            let failed = portion.is_err();
            if reader.send(portion).is_err() || failed {
                break;
            }
        }
    });
    prepared
}

/// Takes prepared records over, in their order.
struct Gathering<'a> {
    ledger: LedgerName,
    store: &'a dyn Store,
    keys: &'a RegistryKeys,
    run: &'a mut Batch,
    run_bytes_max: usize,
    marks: &'a mut Marks,
    amended: &'a mut Amended,
    loader: Loader,
}

impl Gathering<'_> {
    fn take(&mut self, prepared: Vec<Prepared>) -> Result<(), FoldError> {
        let before = *self.marks.of(self.ledger);
        let after = {
            let stored = self.store.snapshot()?;
            // What is being loaded stands over what is stored, whether it has got there or not.
            let base: Box<dyn Snapshot + '_> = match self.loader.loading() {
                Some(run) => Box::new(Overlaid::new(&run.rows, stored)),
                None => stored,
            };
            Fold::new(self.keys, self.ledger, before, &*base, self.run)
                .leaving(self.amended)
                .take_all(prepared)?
        };
        *self.marks.of_mut(self.ledger) = after;
        self.loader.poll()?;
        if self.run_bytes_max <= self.run.bytes() {
            self.loader.load(Run {
                rows: std::mem::take(self.run),
                marks: *self.marks,
            })?;
        }
        Ok(())
    }
}

/// Loads runs on a thread of its own, one at a time.
struct Loader {
    runs: SyncSender<Arc<Run>>,
    loaded: Receiver<Result<(), StoreError>>,
    loading: Option<Arc<Run>>,
}

impl Loader {
    fn start<'scope>(scope: &'scope Scope<'scope, '_>, store: &'scope dyn Store) -> Self {
        let (runs, to_load) = sync_channel::<Arc<Run>>(1);
        let (done, loaded) = sync_channel(1);
        scope.spawn(move || {
            for run in to_load {
                let outcome = run.load(store);
                // The run is let go before anybody hears that it is loaded.
                drop(run);
                if done.send(outcome).is_err() {
                    break;
                }
            }
        });
        Self {
            runs,
            loaded,
            loading: None,
        }
    }

    /// The run that is being loaded.
    fn loading(&self) -> Option<&Run> {
        self.loading.as_deref()
    }

    /// Takes notice of a run that is loaded, without waiting.
    fn poll(&mut self) -> Result<(), StoreError> {
        match self.loaded.try_recv() {
            Ok(outcome) => {
                self.loading = None;
                outcome
            }
            Err(_nothing_yet) => Ok(()),
        }
    }

    /// Waits until nothing is being loaded.
    fn wait(&mut self) -> Result<(), StoreError> {
        match self.loading.take() {
            // The thread ends without an answer by a panic alone, which the scope passes on.
            Some(_run) => self.loaded.recv().unwrap_or(Ok(())),
            None => Ok(()),
        }
    }

    /// Has a run loaded, after the one before it.
    fn load(&mut self, run: Run) -> Result<(), StoreError> {
        self.wait()?;
        let run = Arc::new(run);
        if self.runs.send(Arc::clone(&run)).is_ok() {
            self.loading = Some(run);
        }
        Ok(())
    }
}

/// Rows that are loaded together, and the marks that cover them.
struct Run {
    rows: Batch,
    marks: Marks,
}

impl Run {
    /// Loads every table, several at once, then what is deleted, and the marks.
    fn load(&self, store: &dyn Store) -> Result<(), StoreError> {
        let next = AtomicUsize::new(0);
        let load_tables = || {
            while let Some(table) = Table::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                let mut puts = self.rows.puts(*table).peekable();
                if puts.peek().is_some() {
                    store.bulk_load(*table, &mut puts)?;
                }
            }
            Ok::<(), StoreError>(())
        };
        thread::scope(|scope| {
            let beside = scope.spawn(load_tables);
            load_tables()?;
            joined(beside)
        })?;
        let mut last = self.deletions(store)?;
        self.marks.events.put(LedgerName::Events, &mut last);
        self.marks
            .disclosures
            .put(LedgerName::Disclosures, &mut last);
        store.apply(last)?;
        tracing::debug!(
            events = self.marks.events.size.get(),
            disclosures = self.marks.disclosures.size.get(),
            "loaded a run of rows"
        );
        Ok(())
    }

    /// What is stored and not to be: most that is deleted was put in the same run.
    fn deletions(&self, store: &dyn Store) -> Result<Batch, StoreError> {
        let mut deletions = Batch::new();
        let stored = store.snapshot()?;
        for table in Table::ALL {
            for (key, change) in self.rows.changes(table) {
                if change.is_none() && stored.get(table, key)?.is_some() {
                    deletions.delete(table, key);
                }
            }
        }
        Ok(deletions)
    }
}
