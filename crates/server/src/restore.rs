//! Bringing a backup back, and what must be shown before it is written again.
//!
//! A directory whose ledgers hold records and that has no `signed.lock` is a *restored copy*. It may be older than what
//! was signed and shown to others, and a record appended to it would then make a second history. So nothing is signed or
//! written in it until evidence from outside shows that nothing signed was lost: witnesses, which remember the largest
//! checkpoint that they have seen, or a checkpoint that an auditor has kept.
//!
//! The copy is *whole* when every answer covers at most as many records as it holds, with the root that it has at that
//! size, and those who gave no answer could not together have cosigned anything else. Then the lock is written anew.

mod erased;
mod evidence;

pub use self::evidence::{Claim, Evidence, Gap, Unanswered};

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use prost::Message as _;
use sabt_chain::checkpoint::{TreeHead, UnverifiedCheckpoint};
use sabt_chain::frame::RecordView;
use sabt_chain::note::{TrustedKeys, VerifierKey};
use sabt_chain::tree::Frontier;
use sabt_chain::{Hash, Kind, LedgerName, Origin, OriginError, Position, Size};
use sabt_journal::{Archive, CopyError, durable, erase_copied};
use sabt_proto::event::v1 as event;

use crate::backup::manifest::{LEDGERS, Manifest};
use crate::backup::{self, BackupError};
use crate::checkpoint::{CHECKPOINT_FILE, CheckpointError, Files, LOCK_FILE, Lock, LogKeys};
use crate::config::{Config, ConfigError};
use crate::erasures::Erasures;
use crate::registry::Layout;

/// Why a backup is not restored, or a copy not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The directory holds something already.
    #[error(
        "{path} is not empty\n  hint: restore into a new directory; nothing is ever overwritten"
    )]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// There is no backup.
    #[error("{path} holds no manifest: it is no backup, or its first backup was cut off")]
    NoBackup {
        /// The directory.
        path: PathBuf,
    },
    /// Files cannot be copied.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The configuration cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A ledger cannot be copied or read.
    #[error("the {ledger} ledger: {source}")]
    Ledger {
        /// Which one.
        ledger: LedgerName,
        /// Why not.
        #[source]
        source: CopyError,
    },
    /// A segment of the backup is not what the manifest says.
    #[error("the {ledger} ledger of the backup is not what its manifest says at record {position}")]
    Manifest {
        /// Which ledger.
        ledger: LedgerName,
        /// First record of the segment.
        position: Position,
    },
    /// A payload is all zeros and nothing says that it was erased.
    #[error(
        "the payload of record {position} of the {ledger} ledger is all zeros, but no erasure record names it"
    )]
    Unexplained {
        /// Which ledger.
        ledger: LedgerName,
        /// Which record.
        position: Position,
    },
    /// Locks, checkpoints or log keys cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The name of the registry cannot be used.
    #[error("the registry's name cannot be used: {0}")]
    Name(#[from] OriginError),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] erased::KeysError),
    /// Nothing has to be confirmed.
    #[error("{path} has what was signed last: nothing has to be confirmed")]
    Confirmed {
        /// The directory.
        path: PathBuf,
    },
    /// The evidence cannot be used.
    #[error(transparent)]
    Evidence(#[from] evidence::EvidenceError),
    /// Signed records are missing, or the history is another one.
    #[error("{}", gaps(.0))]
    Lost(Vec<Gap>),
    /// Too few have answered.
    #[error("{}", unanswered(.0))]
    Undecided(Vec<Unanswered>),
}

/// What was brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Name of the registry.
    pub registry: String,
    /// When the backup was taken, micros UTC.
    pub taken_at: i64,
    /// Records of the events and of the disclosures.
    pub sizes: [Size; 2],
    /// Whether keys were brought back as well.
    pub keys: bool,
    /// Keys that were destroyed again because the ledger says that their subjects were erased.
    pub destroyed: usize,
}

/// What was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// Records of the events and of the disclosures.
    pub sizes: [Size; 2],
    /// What was held against them.
    pub claims: Vec<Claim>,
    /// Who gave no answer.
    pub unanswered: Vec<Unanswered>,
}

/// Copies the backup in `source` to `dir`, which is made; with `keys`, the directory that the keys were backed up to, the
/// keys as well. The copy has to be confirmed before it is written.
///
/// # Errors
/// [`RestoreError`]; what a failed attempt has left is for the user to remove.
pub fn restore(source: &Path, dir: &Path, keys: Option<&Path>) -> Result<Restored, RestoreError> {
    let no_backup = || RestoreError::NoBackup {
        path: source.to_owned(),
    };
    let manifest = backup::read_manifest(source)?.ok_or_else(no_backup)?;
    check_vacant(dir)?;
    let (from, to) = (Layout::new(source), Layout::new(dir));
    durable::create_directories(dir).map_err(failed(dir))?;
    let mut sizes = [Size::EMPTY; 2];
    for (name, size) in LEDGERS.into_iter().zip(&mut sizes) {
        *size = copy_ledger(&from, &to, &manifest, name)?;
    }
    let config = Config::load(source)?;
    backup::copy_public(&from, &to, &config)?;
    let mut destroyed = 0;
    if let Some(keys) = keys {
        backup::copy_keys(&Layout::new(keys), &to)?;
        destroyed = erased::destroy_again(&to, &manifest.registry)?;
    }
    Ok(Restored {
        registry: manifest.registry,
        taken_at: manifest.taken_at,
        sizes,
        keys: keys.is_some(),
        destroyed,
    })
}

fn copy_ledger(
    from: &Layout,
    to: &Layout,
    manifest: &Manifest,
    name: LedgerName,
) -> Result<Size, RestoreError> {
    let (source, destination) = (from.ledger(name), to.ledger(name));
    let stated = manifest.ledger(name);
    let ledger_failed = |source| RestoreError::Ledger {
        ledger: name,
        source,
    };
    let origin = Origin::new(&manifest.registry, name)?;
    let archive = Archive::open(&source, &origin).map_err(ledger_failed)?;
    // A backup that was cut off holds more than its manifest says, and that is sound too.
    let extent = archive.extent(stated.size).map_err(ledger_failed)?;
    durable::create_directory(&destination).map_err(failed(&destination))?;
    let (mut erases, mut erasures) = (BTreeSet::new(), Erasures::default());
    let copied = archive
        .copy_to(
            &destination,
            Size::EMPTY,
            extent.state.size(),
            &mut |record| {
                erases.extend(erasures.of(record));
            },
        )
        .map_err(ledger_failed)?;
    for segment in &stated.segments {
        let found = copied
            .segments
            .iter()
            .find(|copied| copied.first == segment.first);
        let same = found.is_some_and(|found| {
            segment.size_after <= found.size_after
                && segment
                    .digest
                    .is_none_or(|digest| found.digest == Some(digest))
        });
        if !same {
            return Err(RestoreError::Manifest {
                ledger: name,
                position: segment.first,
            });
        }
    }
    if copied.head.size == stated.size && copied.root != stated.root {
        return Err(RestoreError::Manifest {
            ledger: name,
            position: Position::FIRST,
        });
    }
    if let Some(position) = copied.zeroed.difference(&erases).next() {
        return Err(RestoreError::Unexplained {
            ledger: name,
            position: *position,
        });
    }
    erase_copied(&destination, &origin, &erases).map_err(ledger_failed)?;
    let note = source.join(CHECKPOINT_FILE);
    match fs::read(&note) {
        Ok(bytes) => {
            let path = destination.join(CHECKPOINT_FILE);
            durable::write_atomically(&path, &bytes).map_err(failed(&path))?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(&note)(error)),
    }
    Ok(copied.head.size)
}

/// Whether a directory is a restored copy that was not confirmed: a ledger holds records, or published a checkpoint, and
/// has no lock.
///
/// # Errors
/// [`RestoreError::Ledger`].
pub fn is_unconfirmed(dir: &Path, registry: &str) -> Result<bool, RestoreError> {
    let layout = Layout::new(dir);
    for name in LEDGERS {
        let directory = layout.ledger(name);
        if !directory.exists() || directory.join(LOCK_FILE).exists() {
            continue;
        }
        if directory.join(CHECKPOINT_FILE).exists() {
            return Ok(true);
        }
        let origin = Origin::new(registry, name)?;
        let mut holds_records = false;
        let looked = Archive::open(&directory, &origin).and_then(|archive| {
            archive.for_each(Position::FIRST, &mut |_record| {
                holds_records = true;
                ControlFlow::Break(())
            })
        });
        match looked {
            Ok(()) => {}
            // Whoever opens it says better what is wrong.
            Err(CopyError::NoLedger) => continue,
            Err(source) => {
                return Err(RestoreError::Ledger {
                    ledger: name,
                    source,
                });
            }
        }
        if holds_records {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Confirms a restored copy by evidence from outside, and writes the locks anew. Keys of subjects that the ledger says
/// were erased are destroyed again first.
///
/// # Errors
/// [`RestoreError::Lost`] with what is missing, [`RestoreError::Undecided`]; nothing was written then.
pub fn confirm(
    dir: &Path,
    config: &Config,
    evidence: &Evidence,
) -> Result<Confirmation, RestoreError> {
    if !is_unconfirmed(dir, &config.registry)? {
        let path = dir.to_owned();
        return Err(RestoreError::Confirmed { path });
    }
    let layout = Layout::new(dir);
    let keys = LogKeys::of(&layout.keys());
    let enrolled = log_keys_in(&layout, config)?;
    let mut copies = Vec::new();
    for name in LEDGERS {
        copies.push(Copy::find(&layout, config, &keys, &enrolled, name)?);
    }
    let (claims, mut unanswered) = evidence::gather(evidence, dir, config, &copies)?;
    let mut gaps = Vec::new();
    for copy in &mut copies {
        copy.read(&claims, &mut gaps)?;
    }
    if !gaps.is_empty() {
        return Err(RestoreError::Lost(gaps));
    }
    for copy in &copies {
        unanswered.extend(copy.unproved(&claims));
    }
    if evidence::is_open(evidence, dir, config, &copies, &claims, &unanswered)? {
        return Err(RestoreError::Undecided(unanswered));
    }
    erased::destroy_again(&layout, &config.registry)?;
    for copy in &copies {
        copy.write_lock(&keys)?;
    }
    let sizes = copies.iter().map(|copy| copy.tree.size());
    let mut sizes = sizes.chain([Size::EMPTY; 2]);
    Ok(Confirmation {
        sizes: [
            sizes.next().unwrap_or(Size::EMPTY),
            sizes.next().unwrap_or(Size::EMPTY),
        ],
        claims,
        unanswered,
    })
}

/// One ledger of a restored copy.
pub(crate) struct Copy {
    name: LedgerName,
    pub(crate) origin: Origin,
    directory: PathBuf,
    /// Keys that sign or have signed for it, the newest last.
    vkeys: Vec<VerifierKey>,
    pub(crate) trusted: TrustedKeys,
    /// The tree over its records, once they were read.
    tree: Frontier,
    /// The published checkpoint that came with it.
    pub(crate) published: Option<sabt_chain::checkpoint::Checkpoint>,
}

impl Copy {
    fn find(
        layout: &Layout,
        config: &Config,
        keys: &LogKeys,
        enrolled: &[VerifierKey],
        name: LedgerName,
    ) -> Result<Self, RestoreError> {
        let origin = Origin::new(&config.registry, name)?;
        let directory = layout.ledger(name);
        let first = keys.first(&origin)?.verifier().clone();
        let mut vkeys: Vec<VerifierKey> = enrolled
            .iter()
            .filter(|key| key.name().as_str() == origin.as_str())
            .cloned()
            .collect();
        if !vkeys.contains(&first) {
            vkeys.insert(0, first);
        }
        let trusted = TrustedKeys::new(vkeys.clone())
            .map_err(|source| CheckpointError::Enrolled { source })?;
        let path = directory.join(CHECKPOINT_FILE);
        let published = match fs::read(&path) {
            Ok(note) => {
                let note = UnverifiedCheckpoint::parse(&note)
                    .and_then(|note| note.verify(&trusted))
                    .map_err(|_invalid| CheckpointError::Published { path })?;
                Some(note)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(&path)(error)),
        };
        Ok(Self {
            name,
            origin,
            directory,
            vkeys,
            trusted,
            tree: Frontier::new(),
            published,
        })
    }

    /// Reads every record, computes the tree anew, and holds it against what was claimed.
    fn read(&mut self, claims: &[Claim], gaps: &mut Vec<Gap>) -> Result<(), RestoreError> {
        let name = self.name;
        let own = self.published.iter().map(|published| Claim {
            ledger: name,
            who: "the checkpoint that came with the copy".to_owned(),
            size: published.size(),
            root: Some(published.root()),
        });
        let claims: Vec<Claim> = claims
            .iter()
            .filter(|claim| claim.ledger == name)
            .cloned()
            .chain(own)
            .collect();
        let ledger_failed = |source| RestoreError::Ledger {
            ledger: name,
            source,
        };
        let archive = Archive::open(&self.directory, &self.origin).map_err(ledger_failed)?;
        let tree = &mut self.tree;
        check_at(tree, name, &claims, gaps);
        archive
            .for_each(Position::FIRST, &mut |record: &RecordView<'_>| {
                tree.append(Hash::leaf(record.envelope_bytes));
                check_at(tree, name, &claims, gaps);
                ControlFlow::Continue(())
            })
            .map_err(ledger_failed)?;
        let ours = tree.size();
        for claim in claims {
            if ours < claim.size {
                gaps.push(Gap::Missing {
                    ledger: name,
                    who: claim.who,
                    ours,
                    theirs: claim.size,
                });
            }
        }
        Ok(())
    }

    /// Who has seen a size that the copy holds, but beyond the checkpoint that could be shown to them, and told no root:
    /// whether they have seen this history is not known.
    fn unproved(&self, claims: &[Claim]) -> Vec<Unanswered> {
        let shown = self
            .published
            .as_ref()
            .map_or(Size::EMPTY, sabt_chain::checkpoint::Checkpoint::size);
        let unproved = claims.iter().filter(|claim| {
            claim.ledger == self.name
                && claim.root.is_none()
                && shown < claim.size
                && claim.size <= self.tree.size()
        });
        unproved
            .map(|claim| Unanswered {
                ledger: self.name,
                who: claim.who.clone(),
                why: format!(
                    "it has seen {} records, but does not show the checkpoint that it has seen",
                    claim.size
                ),
            })
            .collect()
    }

    /// Signs what the copy holds and writes the lock. Published is that when the registry opens.
    fn write_lock(&self, keys: &LogKeys) -> Result<(), RestoreError> {
        if self.directory.join(LOCK_FILE).exists() {
            return Ok(());
        }
        let mut missing = None;
        for vkey in self.vkeys.iter().rev() {
            match keys.find(self.name, vkey) {
                Ok(key) => {
                    let head = TreeHead::new(&self.origin, self.tree.size(), self.tree.root());
                    let note = head.sign(&[&key]).map_err(CheckpointError::Sign)?;
                    let files = Files::open(&self.directory)?;
                    files.replace_lock(&Lock::encode(&self.tree, &note))?;
                    return Ok(());
                }
                Err(error) => missing = missing.or(Some(error)),
            }
        }
        match missing {
            Some(error) => Err(error.into()),
            // There is always the first key.
            None => Ok(()),
        }
    }
}

fn check_at(tree: &Frontier, name: LedgerName, claims: &[Claim], gaps: &mut Vec<Gap>) {
    for claim in claims {
        if claim.size == tree.size() && claim.root.is_some_and(|root| root != tree.root()) {
            gaps.push(Gap::Fork {
                ledger: name,
                who: claim.who.clone(),
                size: claim.size,
            });
        }
    }
}

/// Every log key that the governance records name, in their order.
fn log_keys_in(layout: &Layout, config: &Config) -> Result<Vec<VerifierKey>, RestoreError> {
    let name = LedgerName::Events;
    let origin = Origin::new(&config.registry, name)?;
    let ledger_failed = |source| RestoreError::Ledger {
        ledger: name,
        source,
    };
    let archive = Archive::open(&layout.ledger(name), &origin).map_err(ledger_failed)?;
    let mut keys: Vec<VerifierKey> = Vec::new();
    archive
        .for_each(Position::FIRST, &mut |record: &RecordView<'_>| {
            if record.envelope.kind == Kind::Governance {
                for vkey in log_keys_of(record.sealed) {
                    // What is no key was refused when it was submitted.
                    if let Ok(key) = vkey.parse::<VerifierKey>()
                        && !keys.contains(&key)
                    {
                        keys.push(key);
                    }
                }
            }
            ControlFlow::Continue(())
        })
        .map_err(ledger_failed)?;
    Ok(keys)
}

fn log_keys_of(payload: &[u8]) -> Vec<String> {
    let Ok(event::Event { body, .. }) = event::Event::decode(payload) else {
        return Vec::new();
    };
    match body {
        Some(event::event::Body::RegistryFounded(founded)) => {
            vec![founded.events_log_key, founded.disclosures_log_key]
        }
        Some(event::event::Body::LogKeyRotated(rotated)) => vec![rotated.new_log_key],
        Some(_) | None => Vec::new(),
    }
}

/// Refuses a directory that holds something.
pub(crate) fn check_vacant(dir: &Path) -> Result<(), RestoreError> {
    match fs::read_dir(dir) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(RestoreError::NotEmpty {
                path: dir.to_owned(),
            }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(dir)(error)),
    }
}

fn gaps(gaps: &[Gap]) -> String {
    let mut text = "signed records are missing from this copy; it is not written:".to_owned();
    for gap in gaps {
        text.push_str("\n  ");
        text.push_str(&gap.to_string());
    }
    text.push_str(
        "\n  remedy: restore a newer backup; if there is none, `sabt restore DIR --new-origin NAME --into NEW` makes a \
         registry that succeeds this one and says so",
    );
    text
}

fn unanswered(unanswered: &[Unanswered]) -> String {
    let mut text =
        "nobody can say yet that nothing signed is missing from this copy; it is not written:"
            .to_owned();
    for who in unanswered {
        text.push_str("\n  ");
        text.push_str(&who.to_string());
    }
    text.push_str(
        "\n  remedy: try again when the witnesses answer, or give checkpoints that an auditor has kept of both ledgers \
         with `sabt restore DIR --confirm --checkpoint FILE`",
    );
    text
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> RestoreError + use<> {
    let path = path.to_owned();
    move |source| RestoreError::File { path, source }
}
