//! The stored Merkle tree of a ledger: what proofs and tiles are made of.
//!
//! Kept are the roots of *runs* of 256 records and everything above them; what lies below is hashed again from the
//! ledger, of which one run at most is read. A run costs 32 bytes in the file `hashes` and 64 in memory: 1.25 MB and
//! 2.5 MB at ten million records.
//!
//! The file is a cache. It is believed only when the tree over it is the one that the journal has carried on since
//! the last segment began; otherwise every run is hashed again from the records.

mod anchors;
mod cache;
mod run;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use sabt_chain::frame::RecordView;
use sabt_chain::proof::{HashReader, MemoryTree, NotInTree};
use sabt_chain::tree::Frontier;
use sabt_chain::{Hash, Position, Size};
use sabt_journal::ReadError;

use crate::checkpoint::Observer;
use crate::limits::{TREE_RUNS_CACHED_MAX, TREE_WAIT};
use crate::registry::Ledger;

pub(crate) use self::anchors::{AnchorPlace, BLOCK_RECORDS, read_block};
use self::anchors::{Anchors, Lookup, read_frames};
pub(crate) use self::cache::HASHES_FILE;
use self::cache::RunRootFile;
pub(crate) use self::run::Run;

/// Level of the subtrees whose roots are kept: 2^8 records each, the leaves under one hash of a level-1 tile.
pub(crate) const RUN_LEVEL: u32 = 8;
/// Records of a complete run.
pub(crate) const RUN_RECORDS: u64 = 1 << RUN_LEVEL;
/// Runs that are read together where they stand in the same frames.
const RUNS_PER_BLOCK: u64 = BLOCK_RECORDS >> RUN_LEVEL;
/// How many blocks can be read at the same time: more than there are readers.
const BLOCKS_READ_MAX: usize = 16;
/// Runs that are hashed before they are handed over together: 16,384 records, some 20 ms of work.
const RUNS_PER_BATCH: usize = 64;

/// Why a hash of the tree cannot be given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TreeError {
    /// The ledger cannot be read.
    #[error("the ledger cannot be read: {0}")]
    Read(#[from] ReadError),
    /// The ledger is shorter than the subtree.
    #[error("the ledger is shorter than the subtree")]
    Short,
    /// The runs up to there are still being hashed.
    #[error(
        "the tree is being built: {built} of {wanted} runs of {RUN_RECORDS} records are hashed"
    )]
    Building {
        /// Runs whose roots are known.
        built: u64,
        /// Runs whose roots are needed.
        wanted: u64,
    },
    /// The records do not give the tree that was carried on while they were written.
    #[error(
        "the records read back do not give the tree of {size} records that was signed: a segment is damaged\n  \
         remedy: `sabt-verify` names the record; bring its segment back from a backup"
    )]
    Diverged {
        /// Records of the tree they were compared with.
        size: Size,
    },
    /// The registry is closing.
    #[error("the registry is closing")]
    Closing,
}

impl From<NotInTree> for TreeError {
    fn from(_missing: NotInTree) -> Self {
        Self::Short
    }
}

/// The Merkle tree of one ledger.
pub(crate) struct StoredTree {
    ledger: Ledger,
    state: Mutex<State>,
    grown: Condvar,
    closing: AtomicBool,
    /// Runs that were read lately, newest last.
    recent: Mutex<VecDeque<Arc<Run>>>,
    /// Held while a block is read: whoever wants another run of it waits, and mostly finds it at hand.
    reading: [Mutex<()>; BLOCKS_READ_MAX],
    anchors: Mutex<Anchors>,
}

struct State {
    /// A tree whose leaves are the roots of the runs.
    runs: MemoryTree,
    /// Where they are kept; `None` when that failed, and they are hashed again at the next start.
    file: Option<RunRootFile>,
    /// Whether somebody is hashing runs.
    filling: bool,
    /// The size at which the records gave another tree.
    diverged: Option<Size>,
    /// The run that is being observed.
    observed: Observed,
}

/// Leaves of one run as they pass by.
#[derive(Default)]
struct Observed {
    run: u64,
    leaves: Frontier,
}

impl std::fmt::Debug for StoredTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredTree")
            .field("ledger", &self.ledger)
            .finish_non_exhaustive()
    }
}

impl StoredTree {
    /// The tree of a ledger whose cache stands in `directory`. A thread reads the cache and hashes what is missing;
    /// until it is done, whoever needs a hash that is not there waits at most [`TREE_WAIT`].
    ///
    /// # Errors
    /// If the thread cannot be started.
    pub(crate) fn open(ledger: Ledger, directory: &Path) -> std::io::Result<(Arc<Self>, Filler)> {
        let tree = Arc::new(Self {
            ledger,
            state: Mutex::new(State {
                runs: MemoryTree::new(),
                file: None,
                filling: true,
                diverged: None,
                observed: Observed::default(),
            }),
            grown: Condvar::new(),
            closing: AtomicBool::new(false),
            recent: Mutex::new(VecDeque::new()),
            reading: Default::default(),
            anchors: Mutex::new(Anchors::default()),
        });
        let (begun, path) = (Arc::clone(&tree), directory.join(HASHES_FILE));
        let name = format!("tree-{}", tree.ledger.chain.origin().ledger().as_str());
        let thread = std::thread::Builder::new()
            .name(name)
            .spawn(move || begun.begin(&path))?;
        let filler = Filler {
            tree: Arc::clone(&tree),
            thread: Some(thread),
        };
        Ok((tree, filler))
    }

    /// The ledger.
    pub(crate) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Takes notice of a leaf. Told of every leaf in order, the tree needs not to read the records again, but for the run
    /// in which that began.
    pub(crate) fn observe(&self, position: Position, leaf: Hash) {
        let (run, index) = (position.get() >> RUN_LEVEL, position.get() % RUN_RECORDS);
        let mut state = self.lock();
        if index == 0 {
            let leaves = Frontier::new();
            state.observed = Observed { run, leaves };
        }
        let observed = &mut state.observed;
        if observed.run != run || observed.leaves.size().get() != index {
            return;
        }
        observed.leaves.append(leaf);
        if index + 1 != RUN_RECORDS || state.filling || state.diverged.is_some() {
            return;
        }
        if run <= state.len() {
            let root = state.observed.leaves.root();
            state.push(run, &[root]);
            drop(state);
            self.grown.notify_all();
            return;
        }
        // Some runs were not observed whole. Left out now, they and all that follow would be hashed at the next start. Where
        // they cannot be read, it is tried again with the next run, and whoever asks for a proof is told.
        drop(state);
        if let Err(err) = self.ensure(run + 1) {
            tracing::debug!(error = %err, "runs that were not observed are not hashed yet");
        }
    }

    /// A run, with its records below `until` at least; runs that were read lately are at hand.
    ///
    /// # Errors
    /// [`TreeError::Read`] or, if the ledger does not reach `until`, [`TreeError::Short`].
    pub(crate) fn run(&self, index: u64, until: u64) -> Result<Arc<Run>, TreeError> {
        let first = index << RUN_LEVEL;
        let wanted = until.saturating_sub(first).min(RUN_RECORDS);
        if let Some(run) = self.at_hand(index, wanted) {
            return Ok(run);
        }
        let block = usize::try_from(index / RUNS_PER_BLOCK).unwrap_or_default();
        let _alone = self.reading[block % BLOCKS_READ_MAX]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(run) = self.at_hand(index, wanted) {
            return Ok(run);
        }
        // All that is there of a run at the edge, which the next hash of the same proof needs.
        let size = self.ledger.journal.head()?.size.get();
        let count = size.saturating_sub(first).min(RUN_RECORDS);
        if wanted == 0 || count < wanted {
            return Err(TreeError::Short);
        }
        let (run, others) = Run::read(&self.ledger, index, count)?;
        for other in others {
            self.keep(Arc::new(other));
        }
        let run = Arc::new(run);
        self.keep(Arc::clone(&run));
        Ok(run)
    }

    /// A run that was read lately and has so many records.
    fn at_hand(&self, index: u64, wanted: u64) -> Option<Arc<Run>> {
        let mut recent = self.recent();
        let place = recent.iter().position(|run| run.index() == index)?;
        let run = recent.remove(place).filter(|run| wanted <= run.len())?;
        recent.push_back(Arc::clone(&run));
        Some(run)
    }

    fn keep(&self, run: Arc<Run>) {
        let mut recent = self.recent();
        recent.retain(|kept| kept.index() != run.index());
        if TREE_RUNS_CACHED_MAX <= recent.len() {
            recent.pop_front();
        }
        recent.push_back(run);
    }

    fn recent(&self) -> MutexGuard<'_, VecDeque<Arc<Run>>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An anchor that covers a record of the other ledger and stands below `published`, if there is one.
    ///
    /// # Errors
    /// [`TreeError::Read`], if older records have to be looked at and cannot be read.
    pub(crate) fn anchor_over(
        &self,
        position: Position,
        published: Size,
    ) -> Result<Option<AnchorPlace>, TreeError> {
        let lookup = match self.anchors().over(position, published) {
            Ok(anchor) => return Ok(Some(anchor)),
            Err(lookup) => lookup,
        };
        let Lookup::Before(end) = lookup else {
            return Ok(None);
        };
        let head = self.ledger.journal.head()?.size;
        let end = end.map_or(head, Position::size_before);
        let earlier = anchors::newest_before(&self.ledger, end.get())?;
        let mut anchors = self.anchors();
        anchors.found(earlier);
        Ok(anchors.over(position, published).ok())
    }

    fn anchors(&self) -> MutexGuard<'_, Anchors> {
        self.anchors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first work of a tree: the cache, and what it lacks.
    fn begin(&self, path: &Path) {
        let (file, roots) = match RunRootFile::open(path) {
            Ok((file, roots)) => (Some(file), roots),
            Err(err) => {
                tracing::warn!(path = %path.display(), error = %err, "the cache of hashes cannot be used");
                (None, Vec::new())
            }
        };
        let outcome = self.take_over(file, roots);
        let mut state = self.lock();
        state.filling = false;
        match outcome {
            Ok(()) | Err(TreeError::Closing) => {}
            Err(err) => {
                if let TreeError::Diverged { size } = &err {
                    state.diverged = Some(*size);
                }
                let ledger = self.ledger.chain.origin().ledger().as_str();
                tracing::error!(ledger, error = %err, "no proofs can be given");
            }
        }
        drop(state);
        self.grown.notify_all();
    }

    /// Takes over the cached roots if, carried on to the head, they give the tree of the journal; else hashes
    /// everything again.
    fn take_over(&self, file: Option<RunRootFile>, roots: Vec<Hash>) -> Result<(), TreeError> {
        let head = self.ledger.journal.state()?.frontier;
        let complete = head.size().get() >> RUN_LEVEL;
        let cached = roots.len() as u64;
        let mut runs: MemoryTree = roots.into_iter().take(index(complete)).collect();
        if cached != 0 {
            // What the cache lacks is hashed first: what is there may be foreign, and nobody may see it before.
            let kept = runs.size().get();
            let mut lacking = Vec::new();
            self.hash_runs(kept, complete, &mut |_first, roots| {
                lacking.extend_from_slice(roots);
            })?;
            runs.extend(lacking.iter().copied());
            if agrees(&runs, &head) {
                let mut state = self.lock();
                state.runs = runs;
                state.file = file;
                state.keep(|file| file.cut(kept).and_then(|()| file.append(&lacking)));
                return Ok(());
            }
            let ledger = self.ledger.chain.origin().ledger().as_str();
            tracing::warn!(
                ledger,
                "the cache of hashes does not fit the ledger; it is made anew"
            );
        }
        {
            let mut state = self.lock();
            state.file = file;
            state.keep(|file| file.cut(0));
        }
        self.hash_runs(0, complete, &mut |first, roots| {
            self.lock().push(first, roots);
            self.grown.notify_all();
        })?;
        if agrees(&self.lock().runs, &head) {
            Ok(())
        } else {
            Err(TreeError::Diverged { size: head.size() })
        }
    }

    /// Hashes the runs from `first` up to, not including, `until`, and hands their roots over in batches.
    fn hash_runs(
        &self,
        first: u64,
        until: u64,
        take: &mut dyn FnMut(u64, &[Hash]),
    ) -> Result<(), TreeError> {
        if until <= first {
            return Ok(());
        }
        let mut reader = self
            .ledger
            .journal
            .read(Position::new(first << RUN_LEVEL))?;
        let mut next = first << RUN_LEVEL;
        let mut leaves = Frontier::new();
        let mut batch = Vec::with_capacity(RUNS_PER_BATCH);
        let mut batch_first = first;
        while next < until << RUN_LEVEL {
            if self.closing.load(Ordering::Relaxed) {
                return Err(TreeError::Closing);
            }
            let frame = reader.next_frame()?.ok_or(TreeError::Short)?;
            for record in frame.frame().records() {
                if record.envelope.position.get() != next || until << RUN_LEVEL <= next {
                    continue;
                }
                leaves.append(Hash::leaf(record.envelope_bytes));
                next += 1;
                if next.is_multiple_of(RUN_RECORDS) {
                    batch.push(std::mem::take(&mut leaves).root());
                    if batch.len() == RUNS_PER_BATCH {
                        take(batch_first, &batch);
                        batch_first += batch.len() as u64;
                        batch.clear();
                    }
                }
            }
        }
        if !batch.is_empty() {
            take(batch_first, &batch);
        }
        Ok(())
    }

    /// Makes sure that the roots of the first `wanted` runs are known.
    fn ensure(&self, wanted: u64) -> Result<MutexGuard<'_, State>, TreeError> {
        loop {
            let mut state = self.lock();
            if state.filling && state.len() < wanted {
                let lacking = |state: &mut State| state.filling && state.len() < wanted;
                let outcome = self.grown.wait_timeout_while(state, TREE_WAIT, lacking);
                let (grown, timeout) = outcome.unwrap_or_else(PoisonError::into_inner);
                if timeout.timed_out() {
                    let built = grown.len();
                    return Err(TreeError::Building { built, wanted });
                }
                state = grown;
            }
            if let Some(size) = state.diverged {
                return Err(TreeError::Diverged { size });
            }
            if wanted <= state.len() {
                return Ok(state);
            }
            if state.filling {
                continue;
            }
            // Nobody observed these runs, or not yet: whoever needs them first hashes them.
            state.filling = true;
            let from = state.len();
            drop(state);
            let filled = self.hash_runs(from, wanted, &mut |first, roots| {
                self.lock().push(first, roots);
                self.grown.notify_all();
            });
            self.lock().filling = false;
            self.grown.notify_all();
            filled?;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Runs whose roots are known.
    fn len(&self) -> u64 {
        self.runs.size().get()
    }

    /// Takes the roots of the runs from `first` on, as far as they are the next.
    fn push(&mut self, first: u64, roots: &[Hash]) {
        let Some(known) = self.len().checked_sub(first) else {
            return;
        };
        let Some(new) = roots.get(index(known)..) else {
            return;
        };
        self.runs.extend(new.iter().copied());
        let new = new.to_vec();
        self.keep(|file| file.append(&new));
    }

    /// Writes to the file; one that cannot be written is given up until the next start.
    fn keep(&mut self, write: impl FnOnce(&mut RunRootFile) -> std::io::Result<()>) {
        if let Some(file) = &mut self.file
            && let Err(err) = write(file)
        {
            tracing::warn!(error = %err, "the cache of hashes cannot be written; it is made anew at the next start");
            self.file = None;
        }
    }
}

/// Whether the tree over the roots of runs is the left part of the tree that `head` is the edge of.
fn agrees(runs: &MemoryTree, head: &Frontier) -> bool {
    let complete = Size::new(head.size().get() >> RUN_LEVEL);
    // The frontier's subtrees stand in the order of the size's set bits: those of whole runs come first.
    let subtrees = index(u64::from(complete.get().count_ones()));
    let hashes = head.hashes().iter().take(subtrees).copied().collect();
    match Frontier::from_hashes(complete, hashes) {
        Ok(edge) => runs.root(complete) == Some(edge.root()),
        Err(_) => false,
    }
}

impl HashReader for StoredTree {
    type Error = TreeError;

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, TreeError> {
        if level < RUN_LEVEL {
            let up = RUN_LEVEL - level;
            let run = self.run(index >> up, (index + 1) << level)?;
            return Ok(run.leaves().subtree(level, index % (1 << up))?);
        }
        let wanted = (index + 1)
            .checked_shl(level - RUN_LEVEL)
            .ok_or(TreeError::Short)?;
        if self.ledger.journal.head()?.size.get() >> RUN_LEVEL < wanted {
            return Err(TreeError::Short);
        }
        Ok(self
            .ensure(wanted)?
            .runs
            .subtree(level - RUN_LEVEL, index)?)
    }
}

impl Observer for Arc<StoredTree> {
    fn observe(&mut self, record: &RecordView<'_>, leaf: Hash) {
        self.anchors().observe(record);
        StoredTree::observe(self, record.envelope.position, leaf);
    }
}

/// The thread with which a tree begins. Dropped, it is told to stop and waited for.
#[derive(Debug)]
pub(crate) struct Filler {
    tree: Arc<StoredTree>,
    thread: Option<JoinHandle<()>>,
}

impl Filler {
    /// Waits until the thread has done its work; for tests.
    #[cfg(test)]
    fn finish(mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        self.tree.closing.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of a tree has panicked");
        }
    }
}

/// A number of runs as an index; saturates where memory ends.
fn index(runs: u64) -> usize {
    usize::try_from(runs).unwrap_or(usize::MAX)
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
