//! Backups of a registry that may be serving.
//!
//! No lock is taken. A backup ends where each ledger was signed last, so it holds durable records alone, and its root is
//! checked against what was signed. The next backup into the same directory copies only what is new, and carries over
//! what was erased since.
//!
//! Never in a backup: `signed.lock` (a copy that could sign would make a second history), the views (they are folded
//! from the ledgers), the keys of TLS. The secrets and the keys of subjects go to a directory of their own, because
//! erasing a person must reach every copy of their key.
//!
//! # Order, and what a crash between leaves
//!
//! 1. Records, the events first; again, until no anchor in one ledger names more of the other than was copied. *The
//!    manifest of the backup before stands, and all that it names.*
//! 2. Zeros over what the copied erasure records name. *As before: the records that explain the zeros are there.*
//! 3. Checkpoints, configuration, public keys, then the keys of the vault, so that every record's key is there.
//! 4. The manifest.

pub mod manifest;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use sabt_chain::frame::RecordView;
use sabt_chain::{Chain, Hash, Kind, LedgerName, Origin, OriginError, Position, Size};
use sabt_journal::{Archive, CopyError, durable, erase_copied};
use sabt_vault::files::PrivateFileError;
use sabt_vault::slots::{KeyFileError, copy_key_file};
use sabt_vault::{
    ASYLUM_AUDIT_KEYS_FILE, ASYLUM_KEYS_FILE, AUDIT_KEYS_FILE, SUBJECT_KEYS_FILE, secrets,
};

use self::manifest::{LedgerEntry, MANIFEST_BYTES_MAX, Manifest, ManifestError};
use crate::checkpoint::{self, CHECKPOINT_FILE, CheckpointError};
use crate::clock::Clock;
use crate::config::Config;
use crate::crash;
use crate::erasures::Erasures;
use crate::limits::BACKUP_ROUNDS_MAX;
use crate::registry::Layout;
use crate::tree::AnchorPlace;

/// File of the manifest.
pub const MANIFEST_FILE: &str = "manifest";
/// Stands in a directory from the first byte of its first backup until its first manifest.
const BEGUN_FILE: &str = "begun";

/// Ends the name of a log key that nothing has named yet. Another one takes its place under the same name after each
/// rotation, and what is named stands under a name of its own before: it is never copied.
const NEXT_KEY_ENDING: &str = ".next.log.key";

/// Where the secrets and the keys of subjects go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysTo<'a> {
    /// To a directory of their own.
    Directory(&'a Path),
    /// Nowhere: they are kept otherwise.
    Nowhere,
}

/// What was backed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    /// What the backup holds now.
    pub manifest: Manifest,
    /// Bytes of records that were written, of the events and of the disclosures.
    pub written_bytes: [u64; 2],
    /// Payloads that erasure records copied now name.
    pub erased: [usize; 2],
    /// Whether there had been a backup before.
    pub incremental: bool,
}

/// Why there is no new backup. The one before stands.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The directory holds something that is no backup.
    #[error(
        "{path} is not empty and holds no backup\n  hint: choose another directory, or empty it yourself"
    )]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// The manifest is damaged.
    #[error(
        "{path} is damaged: {source}\n  hint: `sabt-verify` tells what the backup is worth; make a new one elsewhere"
    )]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ManifestError,
    },
    /// The directory holds the backup of another registry.
    #[error("{path} holds a backup of {found}, not of {expected}")]
    Foreign {
        /// The directory.
        path: PathBuf,
        /// The registry that is to be backed up.
        expected: String,
        /// The registry whose backup it is.
        found: String,
    },
    /// Nothing was ever signed in this directory.
    #[error(
        "{path} is missing: nothing was signed in this directory yet\n  hint: start the registry once; a copy that was \
         restored is confirmed first, with `sabt restore DIR --confirm`"
    )]
    Unsigned {
        /// The lock that is missing.
        path: PathBuf,
    },
    /// A ledger cannot be copied.
    #[error("the {ledger} ledger is not copied: {source}")]
    Copy {
        /// Which one.
        ledger: LedgerName,
        /// Why not.
        #[source]
        source: CopyError,
    },
    /// The records are not those that were signed.
    #[error(
        "the {ledger} ledger does not have the root that was signed at {size} records\n  hint: keep the directory as \
         evidence and run `sabt-verify` on it"
    )]
    Root {
        /// Which one.
        ledger: LedgerName,
        /// How many records.
        size: Size,
    },
    /// A payload is all zeros and nothing says that it was erased.
    #[error(
        "the payload of record {position} of the {ledger} ledger is all zeros, but no erasure record names it\n  hint: \
         keep the directory as evidence and restore the ledger from a copy"
    )]
    Unexplained {
        /// Which ledger.
        ledger: LedgerName,
        /// Which record.
        position: Position,
    },
    /// The ledgers anchor each other faster than they can be copied.
    #[error(
        "the ledgers did not stand still long enough to be copied together\n  hint: run the backup again"
    )]
    Unsettled,
    /// The lock cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The keys of subjects cannot be copied.
    #[error("{path} is not copied: {source}")]
    Keys {
        /// The key file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: KeyFileError,
    },
    /// The secrets cannot be copied.
    #[error("the secrets are not copied: {0}")]
    Secrets(#[from] PrivateFileError),
    /// The name of the registry cannot be used.
    #[error("the registry's name cannot be used: {0}")]
    Name(#[from] OriginError),
    /// Something stands where a key is to be copied to, and is another key.
    #[error(
        "{path} holds another key than this registry's\n  hint: keep the keys of each registry in a directory of its own"
    )]
    OtherKey {
        /// The file.
        path: PathBuf,
    },
}

/// Backs a registry up to `destination`, which is made where it is missing.
///
/// # Errors
/// [`BackupError`]; the backup that was there before stands.
pub fn backup(
    source: &Path,
    config: &Config,
    destination: &Path,
    keys: KeysTo<'_>,
    clock: &Clock,
) -> Result<BackedUp, BackupError> {
    let (from, to) = (Layout::new(source), Layout::new(destination));
    let previous = prepare(&to, &config.registry)?;
    let (copies, checkpoints) = copy_ledgers(&from, &to, config, previous.as_ref())?;

    crash::point("backup.copied");
    let mut erased = [0; 2];
    for (copy, erased) in copies.iter().zip(&mut erased) {
        let ledger = copy.origin.ledger();
        *erased = erase_copied(&to.ledger(ledger), &copy.origin, &copy.erases)
            .map_err(|source| BackupError::Copy { ledger, source })?;
    }

    crash::point("backup.erased");
    for (name, note) in LedgerName::ALL.into_iter().zip(checkpoints) {
        if let Some(note) = note {
            write(&to.ledger(name).join(CHECKPOINT_FILE), &note)?;
        }
    }
    copy_public(&from, &to, config)?;
    crash::point("backup.public");
    if let KeysTo::Directory(directory) = keys {
        copy_keys(&from, &Layout::new(directory))?;
    }

    crash::point("backup.before_manifest");
    let written_bytes = copies.each_ref().map(|copy| copy.written_bytes);
    let manifest = Manifest {
        registry: config.registry.clone(),
        taken_at: clock.now_micros(),
        ledgers: copies.map(|copy| copy.reached),
    };
    write(
        &destination.join(MANIFEST_FILE),
        manifest.encode().as_bytes(),
    )?;
    crash::point("backup.after_manifest");
    let begun = destination.join(BEGUN_FILE);
    if begun.exists() {
        durable::remove_file(&begun).map_err(failed(&begun))?;
    }
    Ok(BackedUp {
        manifest,
        written_bytes,
        erased,
        incremental: previous.is_some(),
    })
}

/// Reads the manifest of a backup; `None` where there is none.
///
/// # Errors
/// [`BackupError::File`], [`BackupError::Manifest`].
pub fn read_manifest(directory: &Path) -> Result<Option<Manifest>, BackupError> {
    let path = directory.join(MANIFEST_FILE);
    let length = match fs::metadata(&path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&path)(error)),
    };
    if MANIFEST_BYTES_MAX < usize::try_from(length).unwrap_or(usize::MAX) {
        let source = io::Error::from(io::ErrorKind::FileTooLarge);
        return Err(failed(&path)(source));
    }
    let text = fs::read_to_string(&path).map_err(failed(&path))?;
    match Manifest::parse(&text) {
        Ok(manifest) => Ok(Some(manifest)),
        Err(source) => Err(BackupError::Manifest { path, source }),
    }
}

/// Makes the directory of the backup, or finds the backup in it.
fn prepare(to: &Layout, registry: &str) -> Result<Option<Manifest>, BackupError> {
    let root = to.root();
    durable::create_directories(root).map_err(failed(root))?;
    let previous = read_manifest(root)?;
    let begun = root.join(BEGUN_FILE);
    match &previous {
        Some(previous) if previous.registry != registry => {
            return Err(BackupError::Foreign {
                path: root.to_owned(),
                expected: registry.to_owned(),
                found: previous.registry.clone(),
            });
        }
        Some(_) => {}
        None if begun.exists() => {}
        None => {
            let mut entries = fs::read_dir(root).map_err(failed(root))?;
            if entries.next().is_some() {
                let path = root.to_owned();
                return Err(BackupError::NotEmpty { path });
            }
            durable::create_file(&begun, registry.as_bytes()).map_err(failed(&begun))?;
        }
    }
    for name in LedgerName::ALL {
        let ledger = to.ledger(name);
        durable::create_directory(&ledger).map_err(failed(&ledger))?;
    }
    Ok(previous)
}

/// One ledger on its way into the backup, over all rounds.
struct Copy {
    origin: Origin,
    /// How far the copy reaches. Before the first round that is as far as the backup before, but of none of its segments
    /// is it known yet that the source has it.
    reached: LedgerEntry,
    /// Bytes of records that were written.
    written_bytes: u64,
    /// Payloads of zeros among what was read.
    zeroed: BTreeSet<Position>,
    /// Payloads that the erasure records name that were read.
    explained: BTreeSet<Position>,
    /// Those among them that are named by records which the backup before does not hold.
    erases: BTreeSet<Position>,
    /// How many records of the other ledger the anchors cover that were read.
    anchors: Size,
    erasures: Erasures,
}

type Note = Option<Vec<u8>>;

/// Copies both ledgers, until neither names what was not copied.
fn copy_ledgers(
    from: &Layout,
    to: &Layout,
    config: &Config,
    previous: Option<&Manifest>,
) -> Result<([Copy; 2], [Note; 2]), BackupError> {
    let begin = |name| Copy::begin(from, &config.registry, name, previous);
    let mut copies = [begin(LedgerName::Events)?, begin(LedgerName::Disclosures)?];
    for _ in 0..BACKUP_ROUNDS_MAX {
        // A checkpoint is signed before it is published, so what is signed afterwards covers it.
        let notes = [
            read_note(&from.ledger(LedgerName::Events))?,
            read_note(&from.ledger(LedgerName::Disclosures))?,
        ];
        for copy in &mut copies {
            copy.go_on(from, to)?;
            crash::point("backup.ledger");
        }
        let [events, disclosures] = &copies;
        let anchored = events.anchors <= disclosures.reached.size
            && disclosures.anchors <= events.reached.size;
        if anchored && unexplained(&copies).is_none() {
            return Ok((copies, notes));
        }
    }
    Err(match unexplained(&copies) {
        Some((ledger, position)) => BackupError::Unexplained { ledger, position },
        None => BackupError::Unsettled,
    })
}

/// The first payload of zeros that no erasure record names; the record may be about to be signed.
fn unexplained(copies: &[Copy; 2]) -> Option<(LedgerName, Position)> {
    copies.iter().find_map(|copy| {
        let first = copy.zeroed.difference(&copy.explained).next()?;
        Some((copy.origin.ledger(), *first))
    })
}

impl Copy {
    /// Begins where the backup before ends.
    fn begin(
        from: &Layout,
        registry: &str,
        name: LedgerName,
        previous: Option<&Manifest>,
    ) -> Result<Self, BackupError> {
        let origin = Origin::new(registry, name)?;
        let (reached, erasures) = if let Some(previous) = previous {
            let entry = previous.ledger(name);
            let erasures = Archive::open(&from.ledger(name), &origin)
                .and_then(|archive| read_erasures(&archive, entry.size))
                .map_err(copy_failed(name))?;
            let segments = Vec::new();
            let reached = LedgerEntry {
                segments,
                ..entry.clone()
            };
            (reached, erasures)
        } else {
            let empty = LedgerEntry {
                size: Size::EMPTY,
                link: Chain::new(&origin).genesis(),
                root: Hash::EMPTY_ROOT,
                segments: Vec::new(),
            };
            (empty, Erasures::default())
        };
        Ok(Self {
            origin,
            reached,
            written_bytes: 0,
            zeroed: BTreeSet::new(),
            explained: BTreeSet::new(),
            erases: BTreeSet::new(),
            anchors: Size::EMPTY,
            erasures,
        })
    }

    /// Copies what was signed since.
    fn go_on(&mut self, from: &Layout, to: &Layout) -> Result<(), BackupError> {
        let name = self.origin.ledger();
        let directory = from.ledger(name);
        let Some((size, root)) = checkpoint::signed_head(&directory)? else {
            let path = directory.join(checkpoint::LOCK_FILE);
            return Err(BackupError::Unsigned { path });
        };
        let archive = Archive::open(&directory, &self.origin).map_err(copy_failed(name))?;
        let since = self.reached.size;
        let held = std::mem::take(&mut self.reached.segments);
        let (explained, erases) = (&mut self.explained, &mut self.erases);
        let (anchors, erasures) = (&mut self.anchors, &mut self.erasures);
        let copied = archive
            .copy_to(&to.ledger(name), since, &held, size, &mut |record| {
                let is_new = !since.covers(record.envelope.position);
                if let Some(anchor) = AnchorPlace::of(record) {
                    *anchors = anchor.covers.max(*anchors);
                }
                // What the anchors before say of erasures is known.
                if is_new || record.envelope.kind != Kind::Anchor {
                    let named = erasures.of(record);
                    if is_new {
                        erases.extend(&named);
                    }
                    explained.extend(named);
                }
            })
            .map_err(copy_failed(name))?;
        if copied.root != root {
            return Err(BackupError::Root { ledger: name, size });
        }
        self.written_bytes = self.written_bytes.saturating_add(copied.written_bytes);
        self.zeroed.extend(copied.zeroed);
        self.reached = LedgerEntry {
            size: copied.head.size,
            link: copied.head.link,
            root: copied.root,
            segments: copied.segments,
        };
        Ok(())
    }
}

fn copy_failed(ledger: LedgerName) -> impl FnOnce(CopyError) -> BackupError {
    move |source| BackupError::Copy { ledger, source }
}

/// What must be known of the records before `since` to read erasure records from there on: which of them were carried
/// over from other ledgers. That stands in the first records.
fn read_erasures(archive: &Archive, since: Size) -> Result<Erasures, CopyError> {
    let mut erasures = Erasures::default();
    archive.for_each(Position::FIRST, &mut |record: &RecordView<'_>| {
        if record.envelope.kind == Kind::Anchor && since.covers(record.envelope.position) {
            erasures.of(record);
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    Ok(erasures)
}

fn read_note(ledger: &Path) -> Result<Note, BackupError> {
    let path = ledger.join(CHECKPOINT_FILE);
    match fs::read(&path) {
        Ok(note) => Ok(Some(note)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(&path)(error)),
    }
}

/// Copies what anybody may see: the configuration, the public keys of the logs, the policy of the witnesses and the
/// authorities that vouch for them.
pub(crate) fn copy_public(from: &Layout, to: &Layout, config: &Config) -> Result<(), BackupError> {
    copy_file(
        &from.root().join(Config::FILE),
        &to.root().join(Config::FILE),
    )?;
    let checkpoints = &config.checkpoints;
    let named = checkpoints
        .witness_policy
        .iter()
        .chain(&checkpoints.witness_authority);
    for path in named.filter(|path| path.is_relative()) {
        copy_file(&from.root().join(path), &to.root().join(path))?;
    }
    for name in names_ending(&from.keys(), ".log.vkey")? {
        copy_file(&from.keys().join(&name), &to.keys().join(&name))?;
    }
    Ok(())
}

/// Copies a small public file where it is there, and makes the directory that it goes to.
pub(crate) fn copy_file(from: &Path, to: &Path) -> Result<(), BackupError> {
    let bytes = match fs::read(from) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(from)(error)),
    };
    if let Some(parent) = to.parent() {
        durable::create_directory(parent).map_err(failed(parent))?;
    }
    write(to, &bytes)
}

/// Copies secrets, log keys and the key files of the vault.
pub(crate) fn copy_keys(from: &Layout, to: &Layout) -> Result<(), BackupError> {
    for directory in [to.keys(), to.vault()] {
        durable::create_directories(&directory).map_err(failed(&directory))?;
    }
    secrets::copy(&from.keys(), &to.keys())?;
    for name in names_ending(&from.keys(), ".log.key")? {
        if name.ends_with(NEXT_KEY_ENDING) {
            continue;
        }
        let (source, destination) = (from.keys().join(&name), to.keys().join(&name));
        let bytes = zeroize::Zeroizing::new(fs::read(&source).map_err(failed(&source))?);
        match fs::read(&destination).map(zeroize::Zeroizing::new) {
            Ok(present) if present == bytes => {}
            Ok(_another) => return Err(BackupError::OtherKey { path: destination }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                durable::create_file(&destination, &bytes).map_err(failed(&destination))?;
            }
            Err(error) => return Err(failed(&destination)(error)),
        }
    }
    for name in [
        SUBJECT_KEYS_FILE,
        AUDIT_KEYS_FILE,
        ASYLUM_KEYS_FILE,
        ASYLUM_AUDIT_KEYS_FILE,
    ] {
        let path = from.vault().join(name);
        let compartment = matches!(name, ASYLUM_KEYS_FILE | ASYLUM_AUDIT_KEYS_FILE);
        if compartment && !from.keys().join(secrets::ASYLUM_KEY_FILE).exists() {
            // Founded before there was a compartment, and not opened for writing since.
            continue;
        }
        copy_key_file(&path, &to.vault().join(name))
            .map_err(|source| BackupError::Keys { path, source })?;
    }
    Ok(())
}

fn names_ending(directory: &Path, ending: &str) -> Result<Vec<String>, BackupError> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(directory)(error)),
    };
    let names = entries
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(failed(directory))?;
    Ok(names
        .into_iter()
        .filter(|name| name.ends_with(ending))
        .collect())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    durable::write_atomically(path, bytes).map_err(failed(path))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> BackupError + use<> {
    let path = path.to_owned();
    move |source| BackupError::File { path, source }
}
