//! Checkpoints of one ledger, while it is not yet known which keys sign it: a log key that took another's place is known
//! only when the record of its rotation was read. Until then a checkpoint's size and root are what it states, no more.

use sabt_chain::checkpoint::{Checkpoint, TreeHead, UnverifiedCheckpoint};
use sabt_chain::note::NoteError;
use sabt_chain::{Hash, LedgerName, Size, Timestamp};

use crate::fault::{CheckpointFault, Fault, Finding, LogKeyFault};
use crate::faults::Faults;
use crate::mutant::{Check, removed};
use crate::report::{Cosignatures, Witness};
use crate::run::Options;
use crate::trust::TrustedLogs;

/// Index of a head among those of its ledger; the published one comes first, if there is one.
pub(crate) type HeadIndex = usize;

/// What a checkpoint states, before it is verified.
#[derive(Clone, Debug)]
struct Head {
    note: Vec<u8>,
    size: Size,
    root: Hash,
}

/// The checkpoints that a ledger is compared with.
#[derive(Clone, Debug)]
pub(crate) struct Heads {
    ledger: LedgerName,
    /// The one beside the ledger.
    published: Option<Head>,
    /// Those the auditor remembers.
    remembered: Vec<Head>,
}

/// How the tree compared with what a head states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeadOutcome {
    /// The tree was not known at that size, because of damage reported already.
    Unknown,
    /// The records end before.
    NotReached {
        /// How many there are.
        found: Size,
    },
    /// The tree reached the size.
    Reached {
        /// Whether it has that root.
        holds: bool,
        /// When the last record it covers was recorded.
        recorded_at: Option<Timestamp>,
    },
}

/// What is known of the published checkpoint in the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Judged {
    /// How many records it signs.
    pub(crate) signed: Option<Size>,
    /// Whether its root is that of the records.
    pub(crate) holds: bool,
    /// Who cosigned it, if a policy was given.
    pub(crate) cosignatures: Option<Cosignatures>,
}

impl Heads {
    /// The checkpoint published beside a ledger, and those of `remembered` that are of it.
    pub(crate) fn new(
        ledger: LedgerName,
        published: Option<Vec<u8>>,
        remembered: &[Vec<u8>],
        trust: &TrustedLogs,
        faults: &mut Faults,
    ) -> Self {
        let published = match published.map(|note| Head::read(note).ok_or(())) {
            None => Err(Finding::CheckpointMissing),
            Some(Err(())) => Err(Finding::Checkpoint(CheckpointFault::Malformed)),
            Some(Ok((_, head))) => Ok(head),
        };
        let published = published.map_err(|finding| faults.add(Fault::of_ledger(ledger, finding)));
        let origin = trust.origin(ledger).as_str();
        let remembered = remembered.iter().cloned().filter_map(Head::read);
        Self {
            ledger,
            published: published.ok(),
            remembered: remembered
                .filter(|(of, _)| of == origin)
                .map(|(_, head)| head)
                .collect(),
        }
    }

    /// The size that the published checkpoint states.
    pub(crate) fn stated(&self) -> Option<Size> {
        self.published.as_ref().map(|head| head.size)
    }

    /// The ledger.
    pub(crate) const fn ledger(&self) -> LedgerName {
        self.ledger
    }

    /// The sizes that the remembered ones state.
    pub(crate) fn remembered_sizes(&self) -> impl Iterator<Item = Size> {
        self.remembered.iter().map(|head| head.size)
    }

    /// What all of them state, in order of their index.
    pub(crate) fn claims(&self) -> impl Iterator<Item = (HeadIndex, Size, Hash)> {
        let heads = self.published.iter().chain(&self.remembered);
        heads
            .enumerate()
            .map(|(index, head)| (index, head.size, head.root))
    }

    /// Verifies the signatures, now that all keys are known, and says what is wrong.
    ///
    /// `outcomes` are in the order of [`Self::claims`]; `found` records are there.
    pub(crate) fn judge(
        self,
        options: &Options,
        trust: &TrustedLogs,
        outcomes: &[HeadOutcome],
        found: Size,
        faults: &mut Faults,
    ) -> Judged {
        let Self {
            ledger,
            published,
            remembered,
        } = self;
        let mut outcomes = outcomes.iter().copied();
        let mut judged = Judged::default();
        if let (Some(head), Some(outcome)) =
            (&published, published.as_ref().and_then(|_| outcomes.next()))
        {
            match trust.checkpoint(ledger, &head.note) {
                Err(fault) => faults.add(Fault::of_ledger(ledger, Finding::Checkpoint(fault))),
                Ok(checkpoint) => {
                    let retired_at = trust.retired_at(ledger, &checkpoint);
                    let findings = of_published(&checkpoint, outcome, retired_at);
                    faults.extend(
                        findings
                            .into_iter()
                            .map(|finding| Fault::of_ledger(ledger, finding)),
                    );
                    judged.signed = Some(checkpoint.size());
                    judged.holds = matches!(outcome, HeadOutcome::Reached { holds: true, .. });
                    judged.cosignatures = cosignatures(options, ledger, &checkpoint, faults);
                }
            }
        }
        let newest = judged.signed.unwrap_or(found);
        for (head, outcome) in remembered.iter().zip(outcomes) {
            // A remembered note that no trusted key signed binds nobody.
            let Ok(checkpoint) = trust.checkpoint(ledger, &head.note) else {
                let fault = CheckpointFault::Remembered;
                faults.add(Fault::of_ledger(ledger, Finding::Checkpoint(fault)));
                continue;
            };
            let finding = of_remembered(&checkpoint, outcome, newest);
            faults.extend(finding.map(|finding| Fault::of_ledger(ledger, finding)));
        }
        judged
    }
}

impl Head {
    /// Origin, size and root, if the note is a checkpoint at all.
    fn read(note: Vec<u8>) -> Option<(String, Self)> {
        let TreeHead { origin, size, root } = stated(&note)?;
        Some((origin.to_string(), Self { note, size, root }))
    }
}

/// What a checkpoint states, unverified; `None` if it is none.
pub(crate) fn stated(note: &[u8]) -> Option<TreeHead> {
    let unverified = UnverifiedCheckpoint::parse(note).ok()?;
    Some(unverified.claimed_head().clone())
}

/// What is wrong with the published checkpoint.
fn of_published(
    checkpoint: &Checkpoint,
    outcome: HeadOutcome,
    retired_at: Option<Timestamp>,
) -> Vec<Finding> {
    let size = checkpoint.size();
    let (holds, recorded_at) = match outcome {
        HeadOutcome::Unknown => return Vec::new(),
        HeadOutcome::NotReached { .. } if removed(Check::RecordsMissing) => return Vec::new(),
        HeadOutcome::NotReached { found } => {
            return vec![Finding::RecordsMissing {
                signed: size,
                found,
            }];
        }
        HeadOutcome::Reached { holds, recorded_at } => (holds, recorded_at),
    };
    let mut findings = Vec::new();
    if !holds && !removed(Check::Root) {
        findings.push(Finding::RootDiffers { size });
    }
    let retired = retired_at.zip(recorded_at);
    if retired.is_some_and(|(retired_at, recorded_at)| retired_at < recorded_at)
        && !removed(Check::RetiredLogKey)
    {
        findings.push(Finding::LogKey(LogKeyFault::Retired));
    }
    findings
}

/// What a remembered checkpoint shows.
fn of_remembered(checkpoint: &Checkpoint, outcome: HeadOutcome, newest: Size) -> Option<Finding> {
    let remembered = checkpoint.size();
    match outcome {
        HeadOutcome::Reached { holds: false, .. } if !removed(Check::Fork) => {
            Some(Finding::Forked { size: remembered })
        }
        HeadOutcome::Unknown | HeadOutcome::NotReached { .. } | HeadOutcome::Reached { .. }
            if newest < remembered && !removed(Check::Stale) =>
        {
            Some(Finding::CheckpointStale {
                found: newest,
                remembered,
            })
        }
        HeadOutcome::Unknown | HeadOutcome::NotReached { .. } | HeadOutcome::Reached { .. } => None,
    }
}

/// Who cosigned, by the policy that was given.
fn cosignatures(
    options: &Options,
    ledger: LedgerName,
    checkpoint: &Checkpoint,
    faults: &mut Faults,
) -> Option<Cosignatures> {
    let policy = options.policy.as_ref()?;
    let evaluation = match policy.evaluate(checkpoint) {
        Ok(evaluation) => evaluation,
        Err(error) => {
            if !removed(Check::Cosignature) {
                let witness = if let NoteError::Signature { name } = error {
                    name.to_string()
                } else {
                    error.to_string()
                };
                faults.add(Fault::of_ledger(
                    ledger,
                    Finding::CosignatureForged { witness },
                ));
            }
            return None;
        }
    };
    let missing: Vec<String> = evaluation
        .missing()
        .iter()
        .map(ToString::to_string)
        .collect();
    let quorum = evaluation.has_quorum();
    if !quorum && !removed(Check::Quorum) {
        let missing = missing.clone();
        faults.add(Fault::of_ledger(ledger, Finding::QuorumMissing { missing }));
    }
    let witnesses = evaluation
        .cosigners()
        .iter()
        .map(|(name, cosigner)| Witness {
            name: name.to_string(),
            cosigned_at_seconds: cosigner.time.as_seconds(),
        });
    Some(Cosignatures {
        quorum,
        witnesses: witnesses.collect(),
        missing,
    })
}
