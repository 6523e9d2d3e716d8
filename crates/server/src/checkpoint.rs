//! Checkpoints: the signed roots of both ledgers, at most [`CHECKPOINT_INTERVAL`] behind.
//!
//! Before signing, the root is recomputed from the records as they are read back. The newly signed
//! checkpoint first replaces the one in `signed.lock`, by comparison with what this process put there, and
//! is published only then. The lock is never part of a backup, so that an older copy that is brought back
//! cannot sign a second history.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use sabt_chain::checkpoint::{TreeHead, UnverifiedCheckpoint};
use sabt_chain::note::{KeyName, SignerKey, TrustedKeys};
use sabt_chain::tree::{Frontier, FrontierError};
use sabt_chain::{Hash, LedgerName, Origin, Size};
use sabt_journal::{ReadError, durable};

use crate::fault::Fault;
use crate::limits::CHECKPOINT_INTERVAL;
use crate::registry::{Layout, Ledger};

/// File of the newest checkpoint, in the directory of its ledger: a C2SP signed note.
pub const CHECKPOINT_FILE: &str = "checkpoint";
/// File that holds what was signed last; never backed up.
pub const LOCK_FILE: &str = "signed.lock";

/// Why a checkpoint does not fit its ledger, or cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A log key cannot be used.
    #[error("{path} is not a signing key of this log: {source}")]
    Key {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: sabt_chain::note::NoteKeyError,
    },
    /// The lock is damaged.
    #[error("{path} is damaged: it holds no tree and checkpoint that fit each other")]
    Lock {
        /// The file.
        path: PathBuf,
    },
    /// A checkpoint was published, but the lock is missing: this may be an older copy.
    #[error(
        "{path} is missing although a checkpoint of this ledger was signed: the directory may be an \
         older copy that was brought back, and signing from it could make a second history\n  \
         remedy: put the file back from the machine that ran this registry last"
    )]
    LockMissing {
        /// The file.
        path: PathBuf,
    },
    /// The ledger is shorter than what was signed.
    #[error(
        "the {ledger} ledger holds {found} records, but {signed} were signed: records are missing\n  \
         remedy: bring the whole ledger back; nothing is signed over a loss"
    )]
    Shorter {
        /// Which ledger.
        ledger: &'static str,
        /// Records found.
        found: Size,
        /// Records signed.
        signed: Size,
    },
    /// The ledger has another history than what was signed.
    #[error(
        "the {ledger} ledger does not continue the tree that was signed at {signed} records\n  \
         remedy: bring the signed ledger back; nothing is signed over another history"
    )]
    Fork {
        /// Which ledger.
        ledger: &'static str,
        /// Records signed.
        signed: Size,
    },
    /// Somebody else has signed with this key.
    #[error("{path} was changed by another process: two must never sign for one log")]
    Taken {
        /// The file.
        path: PathBuf,
    },
    /// The ledger cannot be read.
    #[error("the ledger cannot be read back: {0}")]
    Read(#[from] ReadError),
    /// Signing failed.
    #[error("the checkpoint cannot be signed: {0}")]
    Sign(#[from] sabt_chain::checkpoint::CheckpointError),
    /// The tree cannot be restored.
    #[error("the tree in the lock cannot be read: {0}")]
    Tree(#[from] FrontierError),
}

/// The signing keys of both logs.
pub struct LogKeys {
    events: SignerKey,
    disclosures: SignerKey,
}

impl std::fmt::Debug for LogKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogKeys(redacted)")
    }
}

impl LogKeys {
    /// File of a log key in the directory of keys, in the form `PRIVATE+KEY+...` of C2SP signed-note.
    pub fn file(ledger: LedgerName) -> String {
        format!("{}.log.key", ledger.as_str())
    }

    /// Reads both keys.
    pub fn read(keys: &Path, registry: &str) -> Result<Self, CheckpointError> {
        let read = |ledger| -> Result<SignerKey, CheckpointError> {
            let path = keys.join(Self::file(ledger));
            let text = std::fs::read_to_string(&path).map_err(|source| CheckpointError::File {
                path: path.clone(),
                source,
            })?;
            let text = zeroize::Zeroizing::new(text);
            let key: SignerKey =
                text.trim_end()
                    .parse()
                    .map_err(|source| CheckpointError::Key {
                        path: path.clone(),
                        source,
                    })?;
            let expected = format!("{registry}/{}", ledger.as_str());
            if key.verifier().name().as_str() != expected {
                return Err(CheckpointError::Lock { path });
            }
            Ok(key)
        };
        Ok(Self {
            events: read(LedgerName::Events)?,
            disclosures: read(LedgerName::Disclosures)?,
        })
    }

    fn of(&self, origin: &Origin) -> &SignerKey {
        match origin.ledger() {
            LedgerName::Events => &self.events,
            LedgerName::Disclosures => &self.disclosures,
        }
    }

    /// Name of the key of a ledger: its origin.
    pub fn name(&self, ledger: LedgerName) -> &KeyName {
        match ledger {
            LedgerName::Events => self.events.verifier().name(),
            LedgerName::Disclosures => self.disclosures.verifier().name(),
        }
    }
}

/// How many records were signed, by the lock of a ledger's directory; none if nothing was signed yet.
///
/// # Errors
/// [`CheckpointError::File`] or [`CheckpointError::Lock`].
pub(crate) fn signed_size(directory: &Path) -> Result<Size, CheckpointError> {
    let path = directory.join(LOCK_FILE);
    match std::fs::read(&path) {
        Ok(lock) => {
            let damaged = || CheckpointError::Lock { path: path.clone() };
            let (tree, _note) = split_lock(&lock).ok_or_else(damaged)?;
            Ok(Frontier::decode(&tree)?.size())
        }
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(Size::EMPTY),
        Err(source) => Err(CheckpointError::File { path, source }),
    }
}

/// A ledger, what was signed of it last, and the tree it was signed over.
pub(crate) struct Signed {
    ledger: Ledger,
    directory: PathBuf,
    tree: Frontier,
    /// Content of the lock; empty before the first signature.
    lock: Vec<u8>,
    size: Size,
    /// Whether this process has published: the first time it does so even if nothing is new.
    published: bool,
}

impl Signed {
    /// Reads what was signed last, and refuses a ledger that does not continue it. Of the ledger only what was
    /// not signed yet is read.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub(crate) fn open(
        layout: &Layout,
        ledger: &Ledger,
        keys: &LogKeys,
    ) -> Result<Self, CheckpointError> {
        let mut signed = Self::read(layout, ledger.clone(), keys)?;
        signed.advance()?;
        Ok(signed)
    }

    fn read(layout: &Layout, ledger: Ledger, keys: &LogKeys) -> Result<Self, CheckpointError> {
        let origin = ledger.chain.origin();
        let directory = layout.ledger(origin.ledger());
        let path = directory.join(LOCK_FILE);
        let lock = match std::fs::read(&path) {
            Ok(lock) => lock,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => {
                if directory.join(CHECKPOINT_FILE).exists() {
                    return Err(CheckpointError::LockMissing { path });
                }
                let (tree, size) = (Frontier::new(), Size::EMPTY);
                return Ok(Self {
                    ledger,
                    directory,
                    tree,
                    lock: Vec::new(),
                    size,
                    published: false,
                });
            }
            Err(source) => return Err(CheckpointError::File { path, source }),
        };
        let damaged = || CheckpointError::Lock { path: path.clone() };
        let (tree, note) = split_lock(&lock).ok_or_else(damaged)?;
        let tree = Frontier::decode(&tree)?;
        let trusted = TrustedKeys::only(keys.of(origin).verifier().clone());
        let checkpoint = UnverifiedCheckpoint::parse(note)
            .and_then(|checkpoint| checkpoint.verify(&trusted))
            .map_err(|_invalid| damaged())?;
        if checkpoint.root() != tree.root() || checkpoint.size() != tree.size() {
            return Err(damaged());
        }
        let size = tree.size();
        Ok(Self {
            ledger,
            directory,
            tree,
            lock,
            size,
            published: false,
        })
    }

    /// Carries the tree on over the records as they are read back, up to the head, and compares it with the
    /// tree the journal kept while writing.
    fn advance(&mut self) -> Result<(), CheckpointError> {
        let ledger = &self.ledger;
        let name = ledger.chain.origin().ledger().as_str();
        let state = ledger.journal.state()?;
        if state.size() < self.tree.size() {
            let (found, signed) = (state.size(), self.tree.size());
            return Err(CheckpointError::Shorter {
                ledger: name,
                found,
                signed,
            });
        }
        if self.tree.size() < state.size() {
            let mut reader = ledger.journal.read(self.tree.size().next_position())?;
            while self.tree.size() < state.size() {
                let Some(frame) = reader.next_frame()? else {
                    break;
                };
                for record in frame.frame().records() {
                    if record.envelope.position == self.tree.size().next_position() {
                        self.tree.append(Hash::leaf(record.envelope_bytes));
                    }
                }
            }
        }
        if self.tree.size() == state.size() && self.tree.root() != state.root() {
            return Err(CheckpointError::Fork {
                ledger: name,
                signed: self.size,
            });
        }
        Ok(())
    }

    /// Signs and publishes the tree as it stands; `None` if that had been done already.
    fn sign(&mut self, keys: &LogKeys) -> Result<Option<String>, CheckpointError> {
        self.advance()?;
        if self.tree.size() == self.size && self.published {
            return Ok(None);
        }
        let origin = self.ledger.chain.origin();
        let head = TreeHead::new(origin, self.tree.size(), self.tree.root());
        let note = head.sign(&[keys.of(origin)])?;
        self.swap_lock(join_lock(&self.tree.encode(), &note))?;
        // Crash here: the lock is ahead of what is published; the next start publishes again.
        write(&self.directory.join(CHECKPOINT_FILE), note.as_bytes())?;
        self.size = self.tree.size();
        self.published = true;
        Ok(Some(note))
    }

    /// Replaces the lock, if it still holds what this process last knew of it.
    fn swap_lock(&mut self, new: Vec<u8>) -> Result<(), CheckpointError> {
        let path = self.directory.join(LOCK_FILE);
        let present = match std::fs::read(&path) {
            Ok(present) => present,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(CheckpointError::File { path, source }),
        };
        if present != self.lock {
            return Err(CheckpointError::Taken { path });
        }
        write(&path, &new)?;
        self.lock = new;
        Ok(())
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CheckpointError> {
    durable::write_atomically(path, bytes).map_err(|source| CheckpointError::File {
        path: path.to_owned(),
        source,
    })
}

/// The lock: length of the tree (4 bytes, big-endian), the tree, the note.
fn join_lock(tree: &[u8], note: &str) -> Vec<u8> {
    let length = u32::try_from(tree.len()).unwrap_or(u32::MAX);
    let mut lock = Vec::with_capacity(4 + tree.len() + note.len());
    lock.extend_from_slice(&length.to_be_bytes());
    lock.extend_from_slice(tree);
    lock.extend_from_slice(note.as_bytes());
    lock
}

fn split_lock(lock: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (length, rest) = lock.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (tree, note) = rest.split_at_checked(length)?;
    Some((tree.to_vec(), note))
}

/// The thread that signs.
pub(crate) struct Checkpointer {
    /// Held open; when it is dropped the thread signs once more and ends.
    _open: Sender<()>,
    newest: Arc<Newest>,
}

/// The newest published checkpoints.
#[derive(Default)]
struct Newest(Mutex<[Option<String>; 2]>);

impl Newest {
    fn index(ledger: LedgerName) -> usize {
        match ledger {
            LedgerName::Events => 0,
            LedgerName::Disclosures => 1,
        }
    }

    fn set(&self, ledger: LedgerName, checkpoint: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[Self::index(ledger)] =
            Some(checkpoint);
    }
}

impl Checkpointer {
    /// Starts the thread; it signs once more and ends when the [`Checkpointer`] is dropped.
    pub(crate) fn start(
        mut signed: Vec<Signed>,
        keys: LogKeys,
        fault: Arc<Fault>,
    ) -> std::io::Result<(Self, std::thread::JoinHandle<()>)> {
        let (open, closed) = channel();
        let newest = Arc::new(Newest::default());
        let publish = Arc::clone(&newest);
        let thread = std::thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || {
                if let Err(err) = run(&mut signed, &keys, &fault, &closed, &publish) {
                    fault.latch("checkpoints", &err);
                }
            })?;
        Ok((
            Self {
                _open: open,
                newest,
            },
            thread,
        ))
    }

    /// The newest checkpoint of a ledger, as published.
    pub(crate) fn newest(&self, ledger: LedgerName) -> Option<String> {
        self.newest.0.lock().unwrap_or_else(PoisonError::into_inner)[Newest::index(ledger)].clone()
    }
}

fn run(
    all: &mut [Signed],
    keys: &LogKeys,
    fault: &Fault,
    closed: &Receiver<()>,
    newest: &Newest,
) -> Result<(), CheckpointError> {
    loop {
        if fault.is_latched() {
            // After a fault nothing is signed: what stands is looked at on the next start.
            return Ok(());
        }
        let ended = matches!(
            closed.recv_timeout(CHECKPOINT_INTERVAL),
            Err(RecvTimeoutError::Disconnected)
        );
        for signed in all.iter_mut() {
            if let Some(note) = signed.sign(keys)? {
                newest.set(signed.ledger.chain.origin().ledger(), note);
            }
        }
        if ended {
            return Ok(());
        }
    }
}
