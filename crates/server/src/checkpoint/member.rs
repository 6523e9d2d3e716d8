//! One witness of the policy, as far as it is known: what it remembers, and what stands between it and a cosignature.

use std::time::{Duration, Instant};

use sabt_chain::policy::{PolicyName, PolicyWitness};
use sabt_chain::{LedgerName, Size};
use sabt_witness::client::WitnessError;

use crate::limits::{WITNESS_PAUSE_FIRST, WITNESS_PAUSE_MAX};
use crate::telemetry;

/// One witness.
pub(super) struct Member {
    pub(super) name: PolicyName,
    /// Whether it is being asked.
    pub(super) busy: bool,
    /// Not asked before.
    pub(super) rested: Instant,
    /// Failures in a row.
    failures: u32,
    /// Conflicts in a row, over one ledger.
    pub(super) conflicts: u32,
    /// Whether the policy says where to ask it.
    pub(super) reachable: bool,
    /// What stands between it and a cosignature.
    pub(super) problem: String,
    /// What it is thought to remember of each ledger.
    pub(super) known: [Size; 2],
    /// What its newest cosignatures cover.
    pub(super) cosigned: [Size; 2],
}

impl Member {
    /// A witness that has not been heard yet.
    pub(super) fn new(witness: &PolicyWitness, now: Instant) -> Self {
        Self {
            name: witness.name().clone(),
            busy: false,
            rested: now,
            failures: 0,
            conflicts: 0,
            reachable: witness.url().is_some(),
            problem: match witness.url() {
                Some(_) => String::new(),
                None => "the policy names no URL for it".to_owned(),
            },
            known: [Size::EMPTY; 2],
            cosigned: [Size::EMPTY; 2],
        }
    }

    /// It has cosigned.
    pub(super) fn cosigned(&mut self, ledger: LedgerName, size: Size) {
        (self.failures, self.conflicts) = (0, 0);
        self.problem.clear();
        self.known[ledger.index()] = size;
        self.cosigned[ledger.index()] = self.cosigned[ledger.index()].max(size);
        metrics::gauge!(
            "sabt_witness_cosigned",
            "witness" => self.name.to_string(),
            "ledger" => ledger.as_str()
        )
        .set(telemetry::count(size.get()));
    }

    /// It could not be asked, or declined for a reason of its own.
    pub(super) fn failed(&mut self, err: &WitnessError, now: Instant) {
        let asked_for = if let WitnessError::Busy { retry_after, .. } = err {
            retry_after.unwrap_or_default()
        } else {
            Duration::ZERO
        };
        self.declined(err.to_string(), kind(err), asked_for, now);
    }

    /// It says that it remembers more than was ever shown to it, and does not show what.
    pub(super) fn claimed_more(&mut self, size: Size, now: Instant) {
        let problem = format!(
            "claims to have seen {size} records, but shows no checkpoint over them that a key of this log signed"
        );
        self.declined(problem, "unproved_size", Duration::ZERO, now);
    }

    /// It says that what it remembers is of another history, and does not show what.
    pub(super) fn claimed_fork(&mut self, text: &str, now: Instant) {
        let said = if text.is_empty() {
            String::new()
        } else {
            format!(" (\"{text}\")")
        };
        let problem = format!(
            "claims to have seen another history, but shows no checkpoint of it that a key of this log signed{said}"
        );
        self.declined(problem, "unproved_fork", Duration::ZERO, now);
    }

    /// Lets the witness rest, the longer the more often it gave no cosignature, and at least as long as it asked for.
    fn declined(&mut self, problem: String, kind: &'static str, asked_for: Duration, now: Instant) {
        let pause = WITNESS_PAUSE_FIRST
            .saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        self.rested = now + pause.max(asked_for).min(WITNESS_PAUSE_MAX);
        self.failures = self.failures.saturating_add(1);
        self.conflicts = 0;
        if self.problem != problem {
            tracing::warn!(witness = %self.name, problem, "a witness gives no cosignature");
        }
        self.problem = problem;
        metrics::counter!(
            "sabt_witness_failures_total",
            "witness" => self.name.to_string(),
            "kind" => kind
        )
        .increment(1);
    }
}

/// A failure as the label of a metric.
const fn kind(err: &WitnessError) -> &'static str {
    match err {
        WitnessError::Conflict { .. } | WitnessError::ConflictUnsized { .. } => "conflict",
        WitnessError::Fork { .. } => "fork",
        WitnessError::UnknownLog => "unknown_log",
        WitnessError::Busy { .. } => "busy",
        WitnessError::TooLarge | WitnessError::Refused { .. } => "refused",
        WitnessError::Transport(_) => "transport",
        WitnessError::AnswerTooLarge { .. } | WitnessError::Lines(_) => "malformed",
        WitnessError::BadSignature(_)
        | WitnessError::NoCosignature { .. }
        | WitnessError::Checkpoint(_)
        | WitnessError::Origin { .. } => "signature",
    }
}
