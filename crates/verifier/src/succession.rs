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

/// The ledgers that a ledger succeeds, the last one first: one that was succeeded may have succeeded another. Record 0
/// says what follows it; if that is a successor too, its own record 0 follows as record 1, and so on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Successions(Vec<Succession>);

/// What the first record of a ledger says about the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Succession {
    /// Where it says so: 0, if the ledger is not itself carried by others.
    begin: Position,
    /// Origin of the old *events* ledger, for which acts were signed.
    events_origin: Origin,
    carried: u64,
    known: u64,
    signed: Size,
    checkpoint_verified: bool,
}

impl Successions {
    /// Takes notice of the anchor at a position; records come in order.
    pub(crate) fn take(
        &mut self,
        ledger: LedgerName,
        position: Position,
        anchor: &Anchor,
        trust: &TrustedLogs,
    ) -> Option<SuccessionFault> {
        let stated = anchor.succession.as_ref()?;
        let outer = self.0.last();
        // Only where every record before it began one too.
        if !self.may_begin(position) {
            return Some(SuccessionFault::OutOfPlace);
        }
        if let Some(outer) = outer.filter(|outer| outer.carried <= stated.carried) {
            let (carried, outer) = (stated.carried, outer.carried);
            return Some(SuccessionFault::NotWithin { carried, outer });
        }
        let under = outer.map_or(trust.registry(), Succession::registry);
        match Succession::read(ledger, position, anchor, under, trust) {
            Ok(succession) => {
                self.0.push(succession);
                None
            }
            Err(fault) => Some(fault),
        }
    }

    /// Whether the record at `position`, which comes next, may be the first record of a ledger.
    pub(crate) const fn may_begin(&self, position: Position) -> bool {
        position.get() == self.0.len() as u64
    }

    /// Whether there is none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The succession that carried the record at `position` over from the ledger in which it was first recorded; `None`
    /// if it was recorded in this one.
    pub(crate) fn of(&self, position: Position) -> Option<&Succession> {
        self.0
            .iter()
            .rfind(|succession| succession.carries(position))
    }

    /// By how much the positions that the record at `position` names have moved since it was recorded.
    pub(crate) fn shift(&self, position: Position) -> u64 {
        let carried = self
            .0
            .iter()
            .filter(|succession| succession.carries(position));
        carried.count() as u64
    }

    /// Names of the registries, the last one first.
    pub(crate) fn registries(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Succession::registry)
    }

    /// What is wrong when the ledger ends with `found` records.
    pub(crate) fn finish(&self, found: Size) -> Option<SuccessionFault> {
        let outermost = self.0.first()?;
        let followed = found.get().saturating_sub(1);
        (followed < outermost.carried).then_some(SuccessionFault::Cut {
            carried: outermost.carried,
            found: followed,
        })
    }

    /// For the report.
    pub(crate) fn report(&self) -> Vec<SuccessionReport> {
        self.0.iter().map(Succession::report).collect()
    }
}

impl Succession {
    fn read(
        ledger: LedgerName,
        begin: Position,
        anchor: &Anchor,
        under: &str,
        trust: &TrustedLogs,
    ) -> Result<Self, SuccessionFault> {
        let stated = anchor
            .succession
            .as_ref()
            .ok_or(SuccessionFault::OutOfPlace)?;
        let registry = stated.registry.as_str();
        let origin = |ledger| {
            let origin = Origin::new(registry, ledger);
            let origin = origin.ok().filter(|_| registry != under);
            origin.ok_or(SuccessionFault::Registry)
        };
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
            begin,
            events_origin,
            carried,
            known,
            signed,
            checkpoint_verified,
        })
    }

    /// Whether the record at `position` is one of the old ledger.
    fn carries(&self, position: Position) -> bool {
        self.begin < position && position.get() - self.begin.get() <= self.carried
    }

    /// Name of the old registry.
    pub(crate) fn registry(&self) -> &str {
        self.events_origin.registry()
    }

    /// The origin for which the authors of carried records signed.
    pub(crate) const fn events_origin(&self) -> &Origin {
        &self.events_origin
    }

    fn report(&self) -> SuccessionReport {
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
        Some(head) if head.origin.as_str() == old.as_str() => Ok((head.size, false)),
        Some(_) => Err(SuccessionFault::Checkpoint(CheckpointFault::OtherOrigin)),
        None => Err(SuccessionFault::Checkpoint(CheckpointFault::Malformed)),
    }
}
