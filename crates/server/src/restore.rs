//! Bringing a backup back, and what must be shown before it is written again.
//!
//! A directory whose ledgers hold records and that has no `signed.lock` is a *restored copy*. It may be older than what
//! was signed and shown to others, and a record appended to it would then make a second history. So nothing is signed or
//! written in it until evidence from outside shows that nothing signed was lost: witnesses, which remember the largest
//! checkpoint that they have seen, or a checkpoint that an auditor has kept.
//!
//! The copy is *whole* when every answer covers at most as many records as it holds, with the root that it has at that
//! size, and those who gave no answer could not together have cosigned anything else. Then the lock is written anew.

mod carry;
mod copy;
mod erased;
mod evidence;
mod succession;

pub use self::carry::CarryError;
pub(crate) use self::copy::Copy;
pub use self::evidence::{Claim, Evidence, Gap, Unanswered};
pub use self::succession::{CarriedLedger, Succeeded, SuccessionError, succeed};

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use sabt_chain::{LedgerName, Origin, OriginError, Position, Size};
use sabt_journal::{Archive, CopyError, durable, erase_copied};

use self::evidence::Witnessing;
use crate::backup::manifest::Manifest;
use crate::backup::{self, BackupError};
use crate::checkpoint::{CHECKPOINT_FILE, CheckpointError, LOCK_FILE, LogKeys};
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
    /// No registry is made that succeeds this one.
    #[error(transparent)]
    Succession(#[from] SuccessionError),
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
    for (name, size) in LedgerName::ALL.into_iter().zip(&mut sizes) {
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
    let size = archive.extent(stated.size).map_err(ledger_failed)?;
    durable::create_directory(&destination).map_err(failed(&destination))?;
    let (mut erases, mut erasures) = (BTreeSet::new(), Erasures::default());
    let copied = archive
        .copy_to(&destination, Size::EMPTY, &[], size, &mut |record| {
            erases.extend(erasures.of(record));
        })
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
    backup::copy_file(
        &source.join(CHECKPOINT_FILE),
        &destination.join(CHECKPOINT_FILE),
    )?;
    Ok(copied.head.size)
}

/// Whether a directory is a restored copy that was not confirmed: a ledger holds records, or published a checkpoint, and
/// has no lock.
///
/// # Errors
/// [`RestoreError::Ledger`].
pub fn is_unconfirmed(dir: &Path, registry: &str) -> Result<bool, RestoreError> {
    let layout = Layout::new(dir);
    for name in LedgerName::ALL {
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
    let layout = Layout::new(dir);
    let Assessment {
        copies,
        claims,
        unanswered,
        gaps,
        open,
    } = assess(&layout, config, Some(evidence))?;
    if !gaps.is_empty() {
        return Err(RestoreError::Lost(gaps));
    }
    if open {
        return Err(RestoreError::Undecided(unanswered));
    }
    erased::destroy_again(&layout, &config.registry)?;
    let keys = LogKeys::of(&layout.keys());
    for copy in &copies {
        copy.write_lock(&keys)?;
    }
    Ok(Confirmation {
        sizes: copies.each_ref().map(Copy::size),
        claims,
        unanswered,
    })
}

/// What is known of a copy.
struct Assessment {
    /// The events first.
    copies: [Copy; 2],
    claims: Vec<Claim>,
    unanswered: Vec<Unanswered>,
    gaps: Vec<Gap>,
    /// Whether those who gave no answer could have seen what nobody else has.
    open: bool,
}

/// Reads the copy and holds it against the evidence; nothing is written. Without evidence only its own published checkpoint
/// can speak against it.
fn assess(
    layout: &Layout,
    config: &Config,
    evidence: Option<&Evidence>,
) -> Result<Assessment, RestoreError> {
    let dir = layout.root();
    if !is_unconfirmed(dir, &config.registry)? {
        let path = dir.to_owned();
        return Err(RestoreError::Confirmed { path });
    }
    let keys = LogKeys::of(&layout.keys());
    let enrolled = copy::log_keys_in(layout, config)?;
    let find = |name| Copy::find(layout, config, &keys, &enrolled, name);
    let mut copies = [find(LedgerName::Events)?, find(LedgerName::Disclosures)?];
    let witnessing = evidence.map(|evidence| Witnessing::by(evidence, dir, config));
    let witnessing = witnessing.transpose()?;
    let (claims, mut unanswered) = match &witnessing {
        Some(witnessing) => witnessing.gather(&copies)?,
        None => (Vec::new(), Vec::new()),
    };
    let mut gaps = Vec::new();
    for copy in &mut copies {
        copy.read(&claims, &mut gaps)?;
    }
    for copy in &copies {
        unanswered.extend(copy.unproved(&claims));
    }
    let open =
        witnessing.is_none_or(|witnessing| witnessing.is_open(&copies, &claims, &unanswered));
    Ok(Assessment {
        copies,
        claims,
        unanswered,
        gaps,
        open,
    })
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
