//! The crash table: the machine stops, or the disk fails, at every single step on the way from a record to a published
//! checkpoint, and of what was not synced everything, nothing or any part survives.
//!
//! After each such end the registry starts again and goes on. What must hold: it opens; its lock covers every
//! checkpoint that anybody was ever shown, by the published file or as a witness; and every one of those is a prefix
//! of the ledger for ever.
//!
//! The same table is run over paths with a step out of order or left out. It must find each of them.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use sabt_chain::checkpoint::{TreeHead, UnverifiedCheckpoint};
use sabt_chain::note::SignerKey;
use sabt_chain::{Kind, LedgerName, Size};
use sabt_journal::storage::memory::{Crash, Fault, MemoryDisk};
use sabt_journal::storage::{Storage, StorageFile};

use super::world::{ModelWitness, Open, log_key, origin, policy, publication, trusted};
use crate::checkpoint::panel::Panel;
use crate::checkpoint::publication::Publication;

/// Frames of one life, in records each; after each a checkpoint is signed, witnessed and published.
const FRAMES: [u8; 3] = [3, 1, 2];

/// The path under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Path {
    AsBuilt,
    /// Mutant: the witness is asked before the lock is replaced.
    WitnessBeforeLock,
    /// Mutant: the checkpoint is published before the lock is replaced.
    PublishBeforeLock,
    /// Mutant: the two small files are never synced.
    Unsynced,
}

/// How a life ended.
enum End {
    /// The script was carried out.
    Whole,
    /// The disk failed or the machine stopped; nothing went on after that.
    Cut,
}

/// What survives every crash: what others have seen.
struct Table {
    path: Path,
    disk: MemoryDisk,
    witness: ModelWitness,
    keys: Vec<SignerKey>,
    /// Every checkpoint that a witness was handed or that stood published.
    shown: Vec<TreeHead>,
    nonce: u128,
    /// Questions asked so far, and the one whose answer is lost with the machine.
    asked: u64,
    lost_answer: Option<u64>,
}

/// A disk whose syncs do nothing.
struct Unsynced(MemoryDisk);
struct UnsyncedFile(Arc<dyn StorageFile>);

impl Storage for Unsynced {
    fn list(&self) -> io::Result<Vec<String>> {
        self.0.list()
    }
    fn open(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        Ok(Arc::new(UnsyncedFile(self.0.open(name)?)))
    }
    fn open_or_create(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        Ok(Arc::new(UnsyncedFile(self.0.open_or_create(name)?)))
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }
    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

impl StorageFile for UnsyncedFile {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.0.read_exact_at(buffer, offset)
    }
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }
    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)
    }
    fn allocate(&self, bytes: u64) -> io::Result<()> {
        self.0.allocate(bytes)
    }
    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
    fn drop_cache(&self) -> io::Result<()> {
        self.0.drop_cache()
    }
}

impl Table {
    fn new(path: Path) -> Self {
        Self {
            path,
            disk: MemoryDisk::new(),
            witness: ModelWitness::new(1),
            keys: vec![log_key(1)],
            shown: Vec::new(),
            nonce: 0,
            asked: 0,
            lost_answer: None,
        }
    }

    /// Starts the registry, lets it work, and stops at the first fault as it would. `Err`: a promise is broken.
    /// `faulty`: whether a fault was set, so that not even opening need succeed.
    fn live(&mut self, faulty: bool) -> Result<End, String> {
        let small: Arc<dyn Storage> = match self.path {
            Path::Unsynced => Arc::new(Unsynced(self.disk.clone())),
            Path::AsBuilt | Path::WitnessBeforeLock | Path::PublishBeforeLock => {
                Arc::new(self.disk.clone())
            }
        };
        let opened = Open::with_files(&self.disk, small)
            .map_err(|err| err.to_string())
            .and_then(|open| match open.signed(&self.keys) {
                Ok(signed) => Ok((open, signed)),
                Err(err) => Err(err.to_string()),
            });
        let (mut open, signed) = match opened {
            Ok(opened) => opened,
            Err(_fault) if faulty => return Ok(End::Cut),
            Err(err) => return Err(format!("does not open: {err}")),
        };
        let locked = signed.newest().map_or(Size::EMPTY, |newest| newest.size);
        if let Some(shown) = self.shown.iter().find(|shown| locked < shown.size) {
            return Err(format!(
                "the lock covers {locked}, {} was shown",
                shown.size
            ));
        }
        let (mut panel, mut publication) = match publication(signed, Some(policy(1, 1)), &self.keys)
        {
            Ok(both) => both,
            Err(err) => return Err(format!("does not go on: {err}")),
        };
        for records in FRAMES {
            if !open.append(Kind::Event, records, &mut self.nonce) {
                return Ok(End::Cut);
            }
            if let End::Cut = self.cycle(&open, &mut panel, &mut publication)? {
                return Ok(End::Cut);
            }
        }
        let published = publication.shown().map(|shown| shown.size);
        let size = open.ledger.journal.head().unwrap().size;
        if published != Some(size) {
            return Err(format!("{published:?} of {size} records are published"));
        }
        Ok(End::Whole)
    }

    /// One checkpoint, in the order of the thread that signs.
    fn cycle(
        &mut self,
        open: &Open,
        panel: &mut Panel,
        publication: &mut Publication,
    ) -> Result<End, String> {
        let now = Instant::now();
        let governed = Size::new(u64::MAX);
        if matches!(self.path, Path::WitnessBeforeLock | Path::PublishBeforeLock) {
            let ahead = self.show_first(open, publication)?;
            if let End::Cut = ahead {
                return Ok(End::Cut);
            }
        }
        let keys = self.keys.clone();
        let signing = || Ok(keys.clone());
        if publication
            .sign(panel, governed, &trusted(&keys), signing, now)
            .is_err()
        {
            return Ok(End::Cut);
        }
        panel.turn(now, false);
        loop {
            if publication.publish(panel, now).is_err() {
                return Ok(End::Cut);
            }
            panel.turn(now, false);
            let questions = panel.questions(now);
            if questions.is_empty() {
                return Ok(End::Whole);
            }
            for question in questions {
                self.shown.push(question.checkpoint.tree_head().clone());
                let answer = self
                    .witness
                    .cosign(&question, &open.tree(), &trusted(&keys));
                self.asked += 1;
                if self.lost_answer == Some(self.asked - 1) {
                    return Ok(End::Cut);
                }
                let tree = open.tree();
                let root_at = |size| Ok(tree.root(size));
                let taken = panel.answer(&question, answer, &root_at, now);
                taken.map_err(|err| format!("the witness has seen another history: {err}"))?;
            }
        }
    }

    /// What the mutants do too early.
    fn show_first(&mut self, open: &Open, publication: &Publication) -> Result<End, String> {
        let mut ahead = match open.signed(&self.keys) {
            Ok(signed) => signed,
            Err(_fault) => return Ok(End::Cut),
        };
        let keys = self.keys.clone();
        let prepared = ahead.prepare(Size::new(u64::MAX), || Ok(keys.clone()));
        let Ok(Some(prepared)) = prepared else {
            return Ok(End::Cut);
        };
        let checkpoint = prepared.checkpoint();
        if self.path == Path::PublishBeforeLock {
            let replaced = open.files.replace_checkpoint(&checkpoint.note);
            return Ok(if replaced.is_ok() {
                End::Whole
            } else {
                End::Cut
            });
        }
        let mut panel = Panel::new(Some(policy(1, 1)), Instant::now());
        if let Some(published) = publication.signed().published() {
            panel.resume(LedgerName::Events, published, &trusted(&keys));
        }
        let now = Instant::now();
        panel
            .signed(LedgerName::Events, checkpoint, &trusted(&keys), now)
            .map_err(|err| err.to_string())?;
        panel.turn(now, false);
        for question in panel.questions(now) {
            self.shown.push(question.checkpoint.tree_head().clone());
            // The mutant does not care about the answer.
            drop(
                self.witness
                    .cosign(&question, &open.tree(), &trusted(&keys)),
            );
        }
        Ok(End::Whole)
    }

    /// Cuts the power. What stands published then was shown.
    fn crash(&mut self, crash: Crash) -> Result<(), String> {
        self.disk = self.disk.crash(crash);
        if let Some(note) = self.disk.contents("checkpoint") {
            let checkpoint = UnverifiedCheckpoint::parse(&note)
                .and_then(|checkpoint| checkpoint.verify(&trusted(&self.keys)))
                .map_err(|err| format!("the published checkpoint is torn: {err}"))?;
            self.shown.push(checkpoint.tree_head().clone());
        }
        Ok(())
    }

    /// Everything that was ever shown is a prefix of what stands at the end.
    fn check_history(&self) -> Result<(), String> {
        let open = Open::on(&self.disk).map_err(|err| err.to_string())?;
        let tree = open.tree();
        for shown in &self.shown {
            if tree.root(shown.size) != Some(shown.root) || shown.origin != (&origin()).into() {
                return Err(format!(
                    "a checkpoint over {} records is forked",
                    shown.size
                ));
            }
        }
        Ok(())
    }
}

/// What breaks first, and where.
#[derive(Clone, Copy, Debug)]
enum Broken {
    /// This step on the disk.
    Step(u64, Fault),
    /// The answer to this question.
    Answer(u64),
}

/// One row: a first life that breaks, a second that may break too, and a third that must not.
fn row(path: Path, first: Broken, crash: Crash, second: Option<u64>) -> Result<(), String> {
    let mut table = Table::new(path);
    match first {
        Broken::Step(step, fault) => table.disk.fail_at(step, fault),
        Broken::Answer(question) => table.lost_answer = Some(question),
    }
    table.live(true)?;
    table.lost_answer = None;
    table.crash(crash)?;
    if let Some(step) = second {
        table.disk.fail_at(step, Fault::PowerCut);
        table.live(true)?;
        table.crash(crash)?;
    }
    match table.live(false)? {
        End::Whole => table.check_history(),
        End::Cut => Err("stops without a fault".to_owned()),
    }
}

/// Steps on the disk and questions of a life without faults.
fn extent() -> (u64, u64) {
    let mut table = Table::new(Path::AsBuilt);
    assert!(matches!(table.live(false), Ok(End::Whole)));
    table.check_history().unwrap();
    (table.disk.steps(), table.asked)
}

/// Every row; how many there were, or the first that breaks a promise.
fn table(path: Path) -> Result<u64, String> {
    let crashes = [
        Crash::LoseUnsynced,
        Crash::KeepUnsynced,
        Crash::Random(1),
        Crash::Random(2),
        Crash::Random(3),
    ];
    let (steps, questions) = extent();
    let mut firsts = Vec::new();
    for step in 0..=steps {
        for fault in [Fault::PowerCut, Fault::Error, Fault::DoneButError] {
            firsts.push(Broken::Step(step, fault));
        }
    }
    firsts.extend((0..questions).map(Broken::Answer));
    let mut rows = 0;
    for first in firsts {
        for crash in crashes {
            // Each row also with a second crash, at a step that moves through the second life from row to row.
            for second in [None, Some(rows * 7 % (steps + 1))] {
                row(path, first, crash, second)
                    .map_err(|broken| format!("{first:?}, {crash:?}, {second:?}: {broken}"))?;
                rows += 1;
            }
        }
    }
    Ok(rows)
}

#[test]
fn no_signed_checkpoint_is_ever_lost_or_forked() {
    let rows = table(Path::AsBuilt).unwrap();
    println!("{rows} rows");
    assert!(1_000 < rows, "{rows} rows are no table");
}

#[test]
fn the_table_finds_a_witness_that_is_asked_before_the_lock_is_replaced() {
    let broken = table(Path::WitnessBeforeLock).unwrap_err();
    assert!(broken.contains("was shown"), "{broken}");
}

#[test]
fn the_table_finds_a_checkpoint_that_is_published_before_the_lock_is_replaced() {
    let broken = table(Path::PublishBeforeLock).unwrap_err();
    assert!(broken.contains("only 0 were signed"), "{broken}");
}

#[test]
fn the_table_finds_small_files_that_are_not_synced() {
    let broken = table(Path::Unsynced).unwrap_err();
    assert!(
        broken.contains("was shown") || broken.contains("does not open"),
        "{broken}"
    );
}
