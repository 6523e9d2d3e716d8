//! A ledger that succeeds another one, which lost records that were signed: its first record says so, and the records
//! that are left of the old ledger follow it. Their authors signed for the old origin; record p of the old ledger is
//! record p + 1 here.

use sabt_chain::{LedgerName, Origin, Position, Size};
use sabt_proto::event::v1::Anchor;

use crate::fault::{CheckpointFault, SuccessionFault};
use crate::head::stated;
use crate::mutant::{Check, removed};
use crate::report::SuccessionReport;
use crate::trust::TrustedLogs;

/// What the first record of a ledger says about the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Succession {
    /// Origin of the old *events* ledger, for which acts were signed.
    events_origin: Origin,
    carried: u64,
    known: u64,
    signed: Size,
    checkpoint_verified: bool,
}

impl Succession {
    /// How far positions in the old ledger are from those in this one.
    pub(crate) const SHIFT: u64 = 1;

    /// What the first record of `ledger` says; `None` if it succeeds none.
    pub(crate) fn read(
        ledger: LedgerName,
        anchor: &Anchor,
        trust: &TrustedLogs,
    ) -> Option<Result<Self, SuccessionFault>> {
        let stated = anchor.succession.as_ref()?;
        let registry = stated.registry.as_str();
        let origin = |ledger| {
            let origin = Origin::new(registry, ledger);
            let origin = origin.ok().filter(|_| registry != trust.registry());
            origin.ok_or(SuccessionFault::Registry)
        };
        let read = || {
            let (old, events_origin) = (origin(ledger)?, origin(LedgerName::Events)?);
            let (signed, checkpoint_verified) = checkpoint(&old, anchor, trust)?;
            let (carried, known) = (stated.carried, stated.known);
            if (known < carried || known < signed.get()) && !removed(Check::Succession) {
                return Err(SuccessionFault::Counts {
                    carried,
                    known,
                    signed,
                });
            }
            Ok(Self {
                events_origin,
                carried,
                known,
                signed,
                checkpoint_verified,
            })
        };
        Some(read())
    }

    /// Whether the record at `position` is one of the old ledger.
    pub(crate) const fn carries(&self, position: Position) -> bool {
        Self::SHIFT <= position.get() && position.get() - Self::SHIFT < self.carried
    }

    /// Name of the old registry.
    pub(crate) fn registry(&self) -> &str {
        self.events_origin.registry()
    }

    /// The origin for which the authors of carried records signed.
    pub(crate) const fn events_origin(&self) -> &Origin {
        &self.events_origin
    }

    /// What is wrong when the ledger ends with `found` records.
    pub(crate) fn finish(&self, found: Size) -> Option<SuccessionFault> {
        let followed = found.get().saturating_sub(Self::SHIFT);
        (followed < self.carried).then_some(SuccessionFault::Cut {
            carried: self.carried,
            found: followed,
        })
    }

    /// For the report.
    pub(crate) fn report(&self) -> SuccessionReport {
        SuccessionReport {
            registry: self.registry().to_owned(),
            carried: self.carried,
            known: self.known,
            signed: self.signed,
            checkpoint_verified: self.checkpoint_verified,
        }
    }
}

/// How many records the old ledger's last checkpoint signs, and whether it could be verified. An old log key may be
/// given; without one the checkpoint is only read.
fn checkpoint(
    old: &Origin,
    anchor: &Anchor,
    trust: &TrustedLogs,
) -> Result<(Size, bool), SuccessionFault> {
    let note = anchor.checkpoint.as_bytes();
    if let Some(verified) = trust.predecessor_checkpoint(old, note) {
        let checkpoint = verified.map_err(SuccessionFault::Checkpoint)?;
        return Ok((checkpoint.size(), true));
    }
    match stated(note) {
        Some((origin, size, _)) if origin == old.as_str() => Ok((size, false)),
        Some(_) => Err(SuccessionFault::Checkpoint(CheckpointFault::OtherOrigin)),
        None => Err(SuccessionFault::Checkpoint(CheckpointFault::Malformed)),
    }
}
