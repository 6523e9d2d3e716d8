//! Keys that came back with a backup although their subjects were erased.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sabt_chain::frame::RecordView;
use sabt_chain::{Kind, LedgerName, Origin, Position};
use sabt_journal::Archive;
use sabt_vault::Vault;
use sabt_vault::files::PrivateFileError;
use sabt_vault::ordinal::SubjectOrdinal;
use sabt_vault::routing::ForeignTag;
use sabt_vault::secrets::KeyRing;
use sabt_vault::slots::{KeyFileError, SlotState};

use super::RestoreError;
use crate::registry::Layout;

/// Why keys were not destroyed again.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The secrets cannot be read.
    #[error(
        "the keys cannot be read: {0}\n  hint: bring `keys/` and `vault/` back from where the keys are backed up"
    )]
    Secrets(#[from] PrivateFileError),
    /// The keys of subjects cannot be read.
    #[error(
        "the vault does not open: {0}\n  hint: bring `keys/` and `vault/` back from where the keys are backed up"
    )]
    Vault(#[from] KeyFileError),
    /// Whose key an erasure record says was destroyed cannot be read.
    #[error(
        "it cannot be told whose key was destroyed: {0}\n  hint: if the secrets are those of another registry, bring \
         `keys/` back from where the keys of this one are backed up; else `sabt-verify` tells what the copy is worth"
    )]
    Subject(#[from] ForeignTag),
}

/// Destroys the key of every subject that an erasure record of the events ledger names and whose key is alive again.
/// Returns how many there were. (Disclosures are erased by month, when the key of the month is destroyed; their records
/// name no subject, and their payloads were overwritten with the ledger.)
pub(super) fn destroy_again(layout: &Layout, registry: &str) -> Result<usize, RestoreError> {
    let name = LedgerName::Events;
    let origin = Origin::new(registry, name)?;
    let ring = KeyRing::open(&layout.keys()).map_err(KeysError::from)?;
    let vault = Vault::open(&layout.vault(), registry, ring).map_err(KeysError::from)?;
    let routing = vault.routing_key(origin.as_str());
    let ledger_failed = |source| RestoreError::Ledger {
        ledger: name,
        source,
    };
    let mut erased: BTreeSet<SubjectOrdinal> = BTreeSet::new();
    let mut foreign = None;
    Archive::open(&layout.ledger(name), &origin)
        .and_then(|archive| {
            archive.for_each(Position::FIRST, &mut |record: &RecordView<'_>| {
                let envelope = &record.envelope;
                if envelope.kind != Kind::Erasure {
                    return ControlFlow::Continue(());
                }
                let tag = envelope.subject_tag.as_bytes();
                match routing.subject(envelope.position.get(), tag) {
                    Ok(subject) => {
                        erased.insert(subject);
                        ControlFlow::Continue(())
                    }
                    Err(error) => {
                        foreign = Some(error);
                        ControlFlow::Break(())
                    }
                }
            })
        })
        .map_err(ledger_failed)?;
    if let Some(error) = foreign {
        return Err(KeysError::from(error).into());
    }
    let mut destroyed = 0;
    for subject in erased {
        if vault.state(subject).map_err(KeysError::from)? == SlotState::Live {
            vault.destroy(subject).map_err(KeysError::from)?;
            destroyed += 1;
        }
    }
    Ok(destroyed)
}
