//! One ledger of a restored copy: its records read again, and held against what others have seen.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;

use prost::Message as _;
use sabt_chain::checkpoint::{TreeHead, UnverifiedCheckpoint};
use sabt_chain::frame::RecordView;
use sabt_chain::note::{TrustedKeys, VerifierKey};
use sabt_chain::tree::Frontier;
use sabt_chain::{Hash, Kind, LedgerName, Origin, Position, Size};
use sabt_journal::Archive;
use sabt_proto::event::v1 as event;

use super::evidence::{Claim, Gap, Unanswered};
use super::{RestoreError, failed};
use crate::checkpoint::{CHECKPOINT_FILE, CheckpointError, Files, LOCK_FILE, Lock, LogKeys};
use crate::config::Config;
use crate::registry::Layout;

/// One ledger of a restored copy.
pub(crate) struct Copy {
    pub(super) name: LedgerName,
    pub(crate) origin: Origin,
    pub(super) directory: PathBuf,
    /// Keys that sign or have signed for it, the newest last.
    pub(super) vkeys: Vec<VerifierKey>,
    pub(crate) trusted: TrustedKeys,
    /// The tree over its records, once they were read.
    tree: Frontier,
    /// The published checkpoint that came with it.
    pub(crate) published: Option<sabt_chain::checkpoint::Checkpoint>,
}

impl Copy {
    /// How many records it holds, once they were read.
    pub(super) const fn size(&self) -> Size {
        self.tree.size()
    }

    pub(super) fn find(
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
    pub(super) fn read(
        &mut self,
        claims: &[Claim],
        gaps: &mut Vec<Gap>,
    ) -> Result<(), RestoreError> {
        let name = self.name;
        let own = self.published.iter().map(|published| Claim {
            ledger: name,
            who: "the checkpoint that came with the copy".to_owned(),
            size: published.size(),
            root: Some(published.root()),
            note: Some(published.to_string()),
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

    /// Who has seen a size that the copy holds, but told no root: whether they have seen this history is not known.
    pub(super) fn unproved(&self, claims: &[Claim]) -> Vec<Unanswered> {
        let unproved = claims.iter().filter(|claim| {
            claim.ledger == self.name && claim.root.is_none() && claim.size <= self.tree.size()
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
    pub(super) fn write_lock(&self, keys: &LogKeys) -> Result<(), RestoreError> {
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
pub(super) fn log_keys_in(
    layout: &Layout,
    config: &Config,
) -> Result<Vec<VerifierKey>, RestoreError> {
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

#[cfg(test)]
mod tests;
