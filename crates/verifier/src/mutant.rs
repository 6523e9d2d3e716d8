//! Checks that a test can take away, to show that it would notice their absence.
//!
//! In the program itself nothing can be taken away: [`removed`] is the constant `false` there.

/// A check of the verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// What cannot be read as it stands is damage, even if it can be mended.
    Damage,
    /// Records stand in order, none missing.
    Position,
    /// The checkpoint's records are all there.
    RecordsMissing,
    /// The records give the signed root.
    Root,
    /// Authors' signatures verify.
    Signature,
    /// Authors' keys are in force.
    KeyInForce,
    /// Payloads are destroyed only where an erasure record says so.
    Erasure,
    /// Erasures rest on an order that two officers signed.
    ErasureOrder,
    /// Every tile is there.
    TileMissing,
    /// A tile is what its name says.
    TileForm,
    /// Hash tiles follow from the entries.
    TileHash,
    /// No checkpoint is smaller than a remembered one.
    Stale,
    /// Remembered checkpoints are continued.
    Fork,
    /// Cosignatures verify.
    Cosignature,
    /// The policy's quorum cosigned.
    Quorum,
    /// What is anchored is what the other ledger has.
    Anchor,
    /// Both keys signed a rotation.
    Rotation,
    /// No retired key signs what came after it.
    RetiredLogKey,
    /// A proof is of the record that was asked for.
    ProofLink,
    /// A succession's numbers go together.
    Succession,
    /// A page shows what was signed.
    PrintOut,
    /// Records of an extract are in the tree.
    ExtractLeaf,
    /// Records that an extract tells come with their proofs.
    ExtractComplete,
    /// The act beside a record is the one that was signed.
    ExtractAct,
    /// A record tells what its act states.
    ExtractStated,
}

#[cfg(test)]
thread_local! {
    static REMOVED: std::cell::Cell<Option<Check>> = const { std::cell::Cell::new(None) };
}

/// Whether a test took this check away, on the thread that runs it.
#[cfg(test)]
pub(crate) fn removed(check: Check) -> bool {
    REMOVED.get() == Some(check)
}

/// Nothing is ever taken away.
#[cfg(not(test))]
pub(crate) const fn removed(_check: Check) -> bool {
    false
}

/// Runs `work` without a check. Only what runs on the calling thread is without it.
#[cfg(test)]
pub(crate) fn without<T>(check: Check, work: impl FnOnce() -> T) -> T {
    REMOVED.set(Some(check));
    let outcome = work();
    REMOVED.set(None);
    outcome
}
